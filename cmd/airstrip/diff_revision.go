package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/airstrip-dev/airstrip/fn/diff"
	"github.com/airstrip-dev/airstrip/fn/overlay"
	"github.com/airstrip-dev/airstrip/fn/publish"
)

// revisionSides compares the render of the work tree with that of another revision of
// the repository that the overlays are in.
func (o *diffOptions) revisionSides(ctx context.Context, ref string, dirs []string) (sides []diff.Sides, err error) {
	every := len(dirs) == 0
	if every {
		if dirs, err = discovered("overlays"); err != nil {
			return nil, err
		}
	}
	root, err := repository(ctx, dirs)
	if err != nil {
		return nil, err
	}
	if _, err := publish.Resolve(ctx, root, "HEAD"); errors.Is(err, publish.ErrNoRevision) {
		return nil, fmt.Errorf("%s: nothing is committed yet", root)
	}
	rev, err := publish.MergeBase(ctx, root, ref)
	if err != nil {
		return nil, err
	}
	tree, remove, err := publish.Export(ctx, root, rev)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, remove()) }()
	if every {
		rel, err := within(root, "overlays")
		if err != nil {
			return nil, err
		}
		gone, err := discovered(filepath.Join(tree, filepath.FromSlash(rel)))
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, gone...)
		slices.Sort(dirs)
		if dirs = slices.Compact(dirs); len(dirs) == 0 {
			return nil, noOverlays("those to compare")
		}
	}
	return o.treeSides(ctx, tree, root, dirs)
}

// repository is the root of the work tree that overlays are in, be they there or not,
// and that of overlays/ where there is none.
func repository(ctx context.Context, dirs []string) (string, error) {
	if len(dirs) == 0 {
		dirs = []string{"overlays"}
	}
	var root string
	for i, dir := range dirs {
		at := dir
		for !isFolder(at) && at != filepath.Dir(at) {
			at = filepath.Dir(at)
		}
		one, err := publish.Root(ctx, at)
		if err != nil {
			return "", err
		}
		if one, err = filepath.EvalSymlinks(one); err != nil {
			return "", err
		}
		if i > 0 && one != root {
			return "", usageError{message: fmt.Sprintf("%s and %s are in two repositories, %s and %s: compare those of one at a time", dirs[0], dir, root, one)}
		}
		root = one
	}
	return root, nil
}

// shownAt is a path as who shows a repository knows it: from its root, or, where that
// cannot be said, as it is. It has slashes.
func shownAt(path string) string {
	if rel, err := inRepository(path); err == nil {
		return rel
	}
	return filepath.ToSlash(path)
}

// within is the path of an overlay in its repository: where it stands, for a link may
// have led elsewhere before, or where it leads to, if it stands in another.
func within(root, dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	rel, err := below(root, filepath.Dir(abs))
	if err != nil {
		return below(root, dir)
	}
	return path.Join(rel, filepath.Base(abs)), nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// treeSides renders overlays as they are, and as they were in a tree that corresponds
// to the root of their repository, all at a time as far as jobs go.
func (o *diffOptions) treeSides(ctx context.Context, tree, root string, dirs []string) ([]diff.Sides, error) {
	options, err := o.options()
	if err != nil {
		return nil, err
	}
	targets, err := (&renderOptions{}).targets(dirs)
	if err != nil {
		return nil, err
	}
	seen := tree // as it is said from here
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, tree); err == nil {
			seen = rel
		}
	}
	sides := make([]diff.Sides, len(dirs))
	results := make([][2]*overlay.Result, len(dirs))
	failures := make([][2]error, len(dirs))
	var g errgroup.Group
	g.SetLimit(o.jobs)
	for i, dir := range dirs {
		rel, err := within(root, dir)
		if err != nil {
			return nil, err
		}
		sides[i].Name = filepath.Base(targets[i])
		if exists(targets[i]) {
			sides[i].Dir = shownAt(targets[i])
		}
		old := filepath.Join(tree, filepath.FromSlash(rel))
		was := exists(old)
		if was {
			g.Go(func() error {
				results[i][0], failures[i][0] = overlay.Build(ctx, old, options)
				return nil
			})
		}
		if exists(dir) || !was { // what is nowhere is an error of the new side
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
			errs[i] = oldSideError{relocated{relocated{err, tree}, seen}}
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
