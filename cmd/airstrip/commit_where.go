package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/publish"
)

// run commits to where the flags say.
func (c *committer) run(ctx context.Context) error {
	if c.o.branch == "" && c.target == c.source {
		return c.here(ctx)
	}
	head, tree, remove, err := c.committed(ctx)
	if err != nil {
		return err
	}
	if err = c.renderAll(ctx, tree); err == nil {
		c.revision = head
		if c.o.branch != "" {
			err = c.branches(ctx)
		} else {
			err = c.elsewhere(ctx)
		}
	}
	return errors.Join(err, remove())
}

// committed exports what is committed of the overlays' repository, and says so where
// the work tree differs.
func (c *committer) committed(ctx context.Context) (head, tree string, remove func() error, err error) {
	if head, err = publish.Resolve(ctx, c.source.Root, "HEAD"); err != nil {
		return "", "", nil, fmt.Errorf("nothing is committed yet that could be rendered: %w", err)
	}
	if err := c.warnUncommitted(ctx); err != nil {
		return "", "", nil, err
	}
	tree, remove, err = publish.Export(ctx, c.source.Root, head)
	return head, tree, remove, err
}

func (c *committer) warnUncommitted(ctx context.Context) error {
	changed, err := c.uncommitted(ctx)
	if len(changed) > 0 {
		fmt.Fprintf(c.t.err, "airstrip: warning: %s: not committed, and so not in what is rendered now\n", some(changed))
	}
	return err
}

// uncommitted are the files that may be rendered from and are not committed so. What was
// rendered is not among them.
func (c *committer) uncommitted(ctx context.Context) ([]string, error) {
	var dirs []string
	for _, r := range c.all {
		dirs = append(dirs, r.dir)
	}
	all, err := c.source.Uncommitted(ctx, dirs...)
	var sources []string
	for _, p := range all {
		if c.target != c.source || c.o.branch != "" || !c.isOutput(p) {
			sources = append(sources, p)
		}
	}
	return sources, err
}

func (c *committer) isOutput(p string) bool {
	for _, r := range c.all {
		if strings.HasPrefix(p, r.folder+"/") {
			return true
		}
	}
	return false
}

// some names the first few.
func some(names []string) string {
	const most = 3
	var first []string
	for _, n := range names[:min(len(names), most)] {
		first = append(first, named(n))
	}
	text := strings.Join(first, ", ")
	if len(names) > most {
		text += fmt.Sprintf(" and %d more", len(names)-most)
	}
	return text
}

// here commits to the branch of the overlays.
func (c *committer) here(ctx context.Context) error {
	head, err := c.source.Ready(ctx)
	if err != nil && !(c.o.pullRequest != "" && c.o.base != "") {
		return err
	}
	if c.o.pullRequest != "" {
		return c.proposeHere(ctx, head)
	}
	make := func(ctx context.Context, t publish.Tree) (publish.Draft, error) {
		if err := c.sources(ctx, t); err != nil {
			return publish.Draft{}, err
		}
		return c.onTop(ctx, t)
	}
	return c.checkedOut(ctx, head.Branch, make)
}

// checkedOut commits to the branch that is checked out where it goes to.
func (c *committer) checkedOut(ctx context.Context, branch string, make publish.Make) error {
	if err := c.target.Tracked(ctx, c.folders()...); err != nil {
		return err
	}
	if !c.o.push {
		res, err := c.target.Commit(ctx, make)
		return c.done(branch, res, err)
	}
	if c.target == c.source { // of another repository's, committed has said it
		if err := c.warnUncommitted(ctx); err != nil {
			return err
		}
	}
	res, err := c.target.Push(ctx, c.o.retry, make)
	return c.done(branch, res, err)
}

// proposeHere proposes what the sources of a branch give to that branch, as the remote
// has it.
func (c *committer) proposeHere(ctx context.Context, head publish.Head) error {
	base := c.o.base
	if base == "" {
		base = head.Branch
	}
	up, err := c.source.Upstream(ctx, base)
	if err != nil {
		return err
	}
	if err := c.warnUncommitted(ctx); err != nil {
		return err
	}
	return c.propose(ctx, up, func(ctx context.Context, t publish.Tree) (publish.Draft, error) {
		c.revision = t.Commit
		if err := c.renderAll(ctx, t.Dir); err != nil {
			return publish.Draft{}, err
		}
		return c.place(ctx, t, t.Dir, c.all)
	})
}

// sources renders what the tree of a commit on the overlays' own branch is to hold:
// the work tree as it is; or, of what others get, the commit.
func (c *committer) sources(ctx context.Context, t publish.Tree) error {
	c.revision = t.Commit
	switch {
	case t.Dir != c.source.Root:
		return c.renderAll(ctx, t.Dir)
	case !c.o.push:
		changed, err := c.uncommitted(ctx)
		if err != nil {
			return err
		}
		if len(changed) > 0 && t.Commit != "" {
			c.revision += "-dirty"
		}
		return c.renderAll(ctx, c.source.Root)
	case t.Commit == "":
		return errors.New("nothing is committed yet that could be rendered: commit the overlays first")
	}
	tree, remove, err := publish.Export(ctx, c.source.Root, t.Commit)
	if err != nil {
		return err
	}
	return errors.Join(c.renderAll(ctx, tree), remove())
}

// onTop places what was rendered into a tree that may be a work tree of the user's.
func (c *committer) onTop(ctx context.Context, t publish.Tree) (publish.Draft, error) {
	if t.Dir != c.target.Root {
		return c.place(ctx, t, t.Dir, c.all)
	}
	var base string
	var remove func() error
	var err error
	if t.Commit != "" {
		base, remove, err = publish.ExportFolders(ctx, t.Dir, t.Commit, c.folders()...)
	} else {
		base, err = os.MkdirTemp("", "airstrip-tree-")
		remove = func() error { return os.RemoveAll(base) }
	}
	if err != nil {
		return publish.Draft{}, err
	}
	d, err := c.place(ctx, t, base, c.all)
	return d, errors.Join(err, remove())
}

func (c *committer) folders() []string {
	var folders []string
	for _, r := range c.all {
		folders = append(folders, r.folder)
	}
	return folders
}

// elsewhere commits to the folders of another repository.
func (c *committer) elsewhere(ctx context.Context) error {
	make := func(ctx context.Context, t publish.Tree) (publish.Draft, error) { return c.onTop(ctx, t) }
	if c.target.Root == "" || c.o.pullRequest != "" {
		up := publish.Remote{Name: "origin", Branch: c.o.base}
		var err error
		if c.target.Root != "" {
			head, headErr := c.target.Ready(ctx)
			if headErr != nil && c.o.base == "" {
				return headErr
			}
			if up.Branch == "" {
				up.Branch = head.Branch
			}
			up, err = c.target.Upstream(ctx, up.Branch)
		} else if up.Branch == "" {
			up.Branch, err = c.target.Default(ctx, up.Name)
		}
		if err != nil {
			return err
		}
		if c.o.pullRequest != "" {
			return c.propose(ctx, up, make)
		}
		res, err := c.target.PushTo(ctx, up, nil, c.o.retry, make)
		return c.done(up.Branch, res, err)
	}
	head, err := c.target.Ready(ctx)
	if err != nil {
		return err
	}
	return c.checkedOut(ctx, head.Branch, make)
}

// done says what became of a commit.
func (c *committer) done(branch string, res publish.Result, err error) error {
	if err != nil {
		return err
	}
	if !res.Changed {
		fmt.Fprintf(c.t.err, "%s: nothing changed\n", branch)
		return nil
	}
	again := ""
	if res.Attempts > 1 {
		again = fmt.Sprintf(", rendered %d times since others pushed too", res.Attempts)
	}
	how := "committed"
	if c.o.push {
		how = "pushed"
	}
	fmt.Fprintf(c.t.err, "%s: %s %s %s%s\n", branch, how, short(res.Commit), c.subject, again)
	if res.Behind != nil {
		fmt.Fprintf(c.t.err, "airstrip: warning: it is pushed, and %s was left where it was: %v\n", branch, res.Behind)
	}
	_, err = fmt.Fprintf(c.t.out, "%s %s\n", res.Commit, branch)
	return err
}

func short(commit string) string { return commit[:min(len(commit), 9)] }

// interruptedError is an interrupt that came when something was there already.
type interruptedError struct{ what string }

func (e *interruptedError) Error() string { return "interrupted: " + filepath.ToSlash(e.what) }
