package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/airstrip-dev/airstrip/fn/diff"
	"github.com/airstrip-dev/airstrip/fn/overlay"
	"github.com/airstrip-dev/airstrip/fn/publish"
)

// revisionSides compares the render of the work tree with that of another revision.
func (o *diffOptions) revisionSides(ctx context.Context, ref string, dirs []string) (sides []diff.Sides, err error) {
	rev, err := publish.MergeBase(ctx, ".", ref)
	if err != nil {
		return nil, err
	}
	root, err := publish.Root(ctx, ".")
	if err != nil {
		return nil, err
	}
	tree, remove, err := publish.Export(ctx, ".", rev)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	if root, err = filepath.EvalSymlinks(root); err != nil {
		return nil, err
	}
	rel, err := below(root, ".")
	if err != nil {
		return nil, err
	}
	here, there := filepath.Join(root, filepath.FromSlash(rel)), filepath.Join(tree, filepath.FromSlash(rel))
	if len(dirs) == 0 {
		if dirs, err = discovered("overlays"); err != nil {
			return nil, err
		}
		gone, err := discovered(filepath.Join(there, "overlays"))
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, gone...)
		slices.Sort(dirs)
		if dirs = slices.Compact(dirs); len(dirs) == 0 {
			return nil, noOverlays("those to compare")
		}
	}
	return o.treeSides(ctx, there, here, dirs)
}

// treeSides renders overlays of two trees, all at a time as far as jobs go.
func (o *diffOptions) treeSides(ctx context.Context, there, here string, dirs []string) ([]diff.Sides, error) {
	options, err := o.options()
	if err != nil {
		return nil, err
	}
	targets, err := (&renderOptions{}).targets(dirs)
	if err != nil {
		return nil, err
	}
	sides := make([]diff.Sides, len(dirs))
	results := make([][2]*overlay.Result, len(dirs))
	failures := make([][2]error, len(dirs))
	var g errgroup.Group
	g.SetLimit(o.jobs)
	for i, dir := range dirs {
		abs := dir
		if !filepath.IsAbs(abs) {
			abs = filepath.Join(here, dir)
		}
		rel, err := filepath.Rel(here, abs)
		if err != nil {
			return nil, err
		}
		sides[i].Name = filepath.Base(abs)
		if exists(targets[i]) {
			sides[i].Dir = filepath.ToSlash(targets[i])
		}
		old := filepath.Join(there, rel)
		was := exists(old)
		if was {
			g.Go(func() error {
				results[i][0], failures[i][0] = overlay.Build(ctx, old, options)
				return nil
			})
		}
		if exists(abs) || !was { // what is nowhere is an error of the new side
			g.Go(func() error {
				results[i][1], failures[i][1] = overlay.Build(ctx, dir, options)
				return nil
			})
		}
	}
	_ = g.Wait() // errors are kept apart, to show the other environments
	errs := make([]error, len(dirs))
	for i := range dirs {
		old, new := results[i][0], results[i][1]
		if err := failures[i][0]; err != nil {
			errs[i] = oldSideError{relocated{err, there}}
		}
		errs[i] = errors.Join(errs[i], failures[i][1])
		if errs[i] != nil {
			continue
		}
		if new != nil {
			fillNew(&sides[i], new)
		}
		if old != nil {
			sides[i].Old, sides[i].OldHome = old.Objects, old.Namespace
			if new == nil && len(old.Releases) > 0 {
				sides[i].Agent = string(old.Releases[0].Delivery)
			}
		}
	}
	return withErrors(sides, errs), errors.Join(errs...)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// oldSideError says that a revision cannot be rendered.
type oldSideError struct{ error }

func (e oldSideError) Unwrap() error { return e.error }
func (e oldSideError) Error() string {
	return "the old side: " + strings.ReplaceAll(e.error.Error(), "\n", "\nthe old side: ")
}
