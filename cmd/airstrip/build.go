package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/overlay"
)

// build renders overlays, some at a time. Results are in the order of dirs; all
// that fail are in the error.
func build(ctx context.Context, t *terminal, dirs []string, options fn.Options, jobs int) ([]*overlay.Result, error) {
	results, errs := buildEach(ctx, t, dirs, options, jobs)
	return results, errors.Join(errs...)
}

// buildEach is build with the error of each overlay. One that failed may have a result
// all the same, as far as it got.
func buildEach(ctx context.Context, t *terminal, dirs []string, options fn.Options, jobs int) ([]*overlay.Result, []error) {
	show := progress(t)
	results := make([]*overlay.Result, len(dirs))
	errs := make([]error, len(dirs))
	var g errgroup.Group
	g.SetLimit(jobs)
	for i, dir := range dirs {
		g.Go(func() error {
			results[i], errs[i] = overlay.Build(ctx, dir, options)
			if errs[i] == nil {
				show(dir, len(results[i].Objects))
			}
			return nil
		})
	}
	_ = g.Wait() // errors are kept apart, to show all of them
	return results, errs
}

// progress returns what shows a line per overlay on a terminal, and nothing in
// a pipe.
func progress(t *terminal) func(dir string, objects int) {
	f, ok := t.err.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return func(string, int) {}
	}
	return func(dir string, objects int) {
		fmt.Fprintf(f, "%s: %s\n", dir, count(objects, "object"))
	}
}
