package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/diff"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/output"
	"github.com/airstrip-dev/airstrip/fn/overlay"
)

// sides brings both sides of every environment. With sides, the errors are those of
// environments that cannot be compared, each of which says so itself; without, there
// is nothing to show.
func (o *diffOptions) sides(ctx context.Context, args []string) ([]diff.Sides, error) {
	if o.base != "" {
		return folderSides(o.base, args)
	}
	if o.between != "" {
		return o.betweenSides(ctx, args)
	}
	ref := o.against
	if ref == "" && !o.rendered {
		ref = targetBranch()
	}
	if ref != "" {
		return o.revisionSides(ctx, ref, args)
	}
	return o.renderedSides(ctx, args)
}

// targetBranch is the branch that a pull request is to go to, in CI.
func targetBranch() string {
	if os.Getenv("CI") == "" {
		return ""
	}
	for _, name := range []string{"GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"} {
		if ref := os.Getenv(name); ref != "" {
			return ref
		}
	}
	return ""
}

// discovered are the overlays of ours in the folder overlays/ at a path, by name: what
// is ours by its files, may be but for a mistake in them, or was rendered to a folder
// of that name beside it. Whoever builds it says what is wrong with it.
func discovered(at string) ([]string, error) {
	entries, err := os.ReadDir(at)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var dirs []string
	for _, e := range entries {
		if overlay.Candidate(filepath.Join(at, e.Name())) || output.Owns(filepath.Join(filepath.Dir(at), "rendered", e.Name())) {
			dirs = append(dirs, filepath.Join("overlays", e.Name()))
		}
	}
	return dirs, nil
}

// leftOver are the folders that airstrip has written into base and that none of the
// overlays gives any more, which are all there are: an agent goes on applying them.
func leftOver(base string, overlays []string) ([]string, error) {
	entries, err := os.ReadDir(base)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var dirs []string
	for _, e := range entries {
		name := e.Name()
		given := slices.Contains(overlays, filepath.Join("overlays", name)) || exists(name) && overlay.Candidate(name) // render NAME
		if dir := filepath.Join(base, name); !given && output.Owns(dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs, nil
}

// everyOverlay is what a command is about that was given no overlay: all of ours
// below overlays/. What says what to name where there is none.
func everyOverlay(dirs []string, what string) ([]string, error) {
	if len(dirs) > 0 {
		return dirs, nil
	}
	dirs, err := discovered("overlays")
	if err == nil && len(dirs) == 0 {
		err = noOverlays(what)
	}
	return dirs, err
}

func noOverlays(what string) error {
	return usageError{message: "there is no overlay below overlays/ here: name " + what}
}

// renderedSides compares the render of overlays with what render wrote before. Where
// they are all, a folder that none of them gives has gone.
func (o *diffOptions) renderedSides(ctx context.Context, given []string) ([]diff.Sides, error) {
	dirs, err := everyOverlay(given, "those to compare")
	if err != nil {
		return nil, err
	}
	var gone []string
	if len(given) == 0 {
		if gone, err = leftOver("rendered", dirs); err != nil {
			return nil, err
		}
	}
	targets, err := (&renderOptions{}).targets(dirs)
	if err != nil {
		return nil, err
	}
	options, err := o.options()
	if err != nil {
		return nil, err
	}
	sides := make([]diff.Sides, len(dirs), len(dirs)+len(gone))
	errs := make([]error, len(dirs), len(dirs)+len(gone))
	var g errgroup.Group
	g.SetLimit(o.jobs)
	for i, dir := range dirs {
		g.Go(func() error {
			sides[i].Name, sides[i].Dir = filepath.Base(targets[i]), shownAt(targets[i])
			errs[i] = renderedSide(ctx, &sides[i], dir, targets[i], options)
			return nil
		})
	}
	_ = g.Wait() // errors are kept apart, to show the other environments
	for _, dir := range gone {
		old, err := reader{}.folder(dir)
		sides = append(sides, diff.Sides{Name: filepath.Base(dir), Dir: shownAt(dir), Old: old, Agent: agentOf(old)})
		errs = append(errs, err)
	}
	return withErrors(sides, errs), errors.Join(errs...)
}

// renderedSide fills both sides from the plan of a write: what stands in the folder
// is read only where it would change.
func renderedSide(ctx context.Context, s *diff.Sides, dir, target string, options fn.Options) error {
	r, err := overlay.Build(ctx, dir, options)
	if err != nil {
		return err
	}
	plan, err := output.NewPlan(ctx, target, r.Namespace, r.Objects)
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	fillNew(s, r)
	return fillOld(s, r, plan)
}

// fillOld is the side that a plan replaces: what it changes, and what it leaves.
func fillOld(s *diff.Sides, r *overlay.Result, plan *output.Plan) error {
	changed := map[string]bool{}
	for _, c := range plan.Changes {
		base := path.Base(c.Path)
		changed[base] = true
		if c.Old == nil || base == "kustomization.yaml" {
			continue
		}
		old, _, err := manifest.DecodeText(string(c.Old), filepath.Join(plan.Dir, filepath.FromSlash(c.Path)))
		if err != nil {
			return err
		}
		s.Old = append(s.Old, old...)
	}
	for _, n := range r.Objects {
		if !changed[manifest.IDOf(n).File(r.Namespace)] {
			s.Old = append(s.Old, n)
		}
	}
	return nil
}

// fillNew is the side of a render, and what it says of its environment.
func fillNew(s *diff.Sides, r *overlay.Result) {
	s.New, s.NewHome, s.OldHome = r.Objects, r.Namespace, r.Namespace
	if len(r.Releases) > 0 {
		s.Agent = string(r.Releases[0].Delivery)
	}
}

// withErrors puts the errors of environments into them.
func withErrors(sides []diff.Sides, errs []error) []diff.Sides {
	for i, err := range errs {
		if err != nil {
			sides[i].Error = err.Error()
		}
	}
	return sides
}

// betweenSides compares two environments of the work tree.
func (o *diffOptions) betweenSides(ctx context.Context, args []string) ([]diff.Sides, error) {
	if len(args) > 0 {
		return nil, usageError{message: "--between names both environments: it takes no arguments"}
	}
	names := strings.Split(o.between, ",")
	if len(names) != 2 || names[0] == "" || names[1] == "" {
		return nil, usageError{message: fmt.Sprintf("--between is %q, want two environments, such as eks-alb,aks", o.between)}
	}
	options, err := o.options()
	if err != nil {
		return nil, err
	}
	var results [2]*overlay.Result
	var errs [2]error
	var g errgroup.Group
	g.SetLimit(o.jobs)
	for i, name := range names {
		dir := name
		if !strings.ContainsAny(name, `/\`) {
			dir = filepath.Join("overlays", name)
		}
		g.Go(func() error {
			results[i], errs[i] = overlay.Build(ctx, dir, options)
			return nil
		})
	}
	_ = g.Wait() // both errors are shown
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	s := diff.Sides{Name: filepath.Base(names[0]) + " → " + filepath.Base(names[1])}
	fillNew(&s, results[1])
	s.Old, s.OldHome = results[0].Objects, results[0].Namespace
	return []diff.Sides{s}, nil
}
