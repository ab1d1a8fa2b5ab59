package main

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/publish"
)

// branchCommit is a branch and what goes to it.
type branchCommit struct {
	// name is the branch that agents read, to the one that is committed to.
	name, to string
	// claims is what the branch is for, see publish.Claim.
	claims string
	all    []*rendering
}

// grouped says which renders go to which branch, in the order of their names.
func (c *committer) grouped() []branchCommit {
	if !strings.Contains(c.o.branch, "{name}") {
		return []branchCommit{{c.o.branch, c.o.branch, "several overlays, a folder each", c.all}}
	}
	var groups []branchCommit
	for _, r := range c.all {
		name := strings.ReplaceAll(c.o.branch, "{name}", r.name)
		to := name
		if c.o.promoter {
			to = publish.Proposed(name, c.o.path)
		}
		groups = append(groups, branchCommit{name, to, r.dir, []*rendering{r}})
	}
	return groups
}

// branches commits to branches that hold nothing but what was rendered.
func (c *committer) branches(ctx context.Context) error {
	groups := c.grouped()
	if err := c.possible(ctx, groups); err != nil {
		return err
	}
	var finished []string
	for _, g := range groups {
		if err := c.toBranch(ctx, g); err != nil {
			if len(finished) > 0 {
				return fmt.Errorf("%w (%s: done already)", err, strings.Join(finished, ", "))
			}
			return err
		}
		finished = append(finished, g.to)
	}
	return nil
}

// possible says, before there is a commit, what can be known to keep one from a branch.
// What only a remote knows is seen when it is pushed.
func (c *committer) possible(ctx context.Context, groups []branchCommit) error {
	var names []string
	for _, g := range groups {
		names = append(names, g.name, g.to)
	}
	names = slices.Compact(names)
	if c.o.push || c.o.pullRequest != "" {
		return c.target.Named(ctx, names...)
	}
	return c.target.Free(ctx, names...)
}

func (c *committer) toBranch(ctx context.Context, g branchCommit) error {
	remote := ""
	if c.o.push || c.o.pullRequest != "" {
		up, err := c.target.Upstream(ctx, g.name)
		if err != nil {
			return err
		}
		remote = up.Name
	}
	active := publish.Remote{Name: remote, Branch: g.name}
	if c.o.promoter || c.o.pullRequest != "" {
		if err := c.begin(ctx, remote, g); err != nil {
			return err
		}
	}
	make := func(ctx context.Context, t publish.Tree) (publish.Draft, error) { return c.claimed(ctx, g, t) }
	if c.o.pullRequest != "" {
		return c.propose(ctx, active, make)
	}
	res, err := c.send(ctx, remote, g, make)
	if err == nil && c.o.promoter {
		if err := c.target.Note(ctx, remote, res.Commit, c.revision, c.o.retry); err != nil {
			return err
		}
	}
	return c.done(g.to, res, err)
}

// send commits to a branch, and pushes it where there is a remote.
func (c *committer) send(ctx context.Context, remote string, g branchCommit, make publish.Make) (publish.Result, error) {
	if remote == "" {
		from, err := c.origin(ctx, g)
		if err != nil {
			return publish.Result{}, err
		}
		return c.target.CommitTo(ctx, g.to, from, make)
	}
	var from func(context.Context) (string, error)
	if g.to != g.name {
		from = func(ctx context.Context) (string, error) {
			return c.target.Tip(ctx, publish.Remote{Name: remote, Branch: g.name})
		}
	}
	return c.target.PushTo(ctx, publish.Remote{Name: remote, Branch: g.to}, from, c.o.retry, make)
}

// origin is the commit that a branch begins with which is not there yet: what was fetched
// of it, or else that of the branch it is proposed for.
func (c *committer) origin(ctx context.Context, g branchCommit) (string, error) {
	up, err := c.target.Upstream(ctx, g.to)
	if err == nil { // or there is no remote, and nothing fetched
		if known, err := c.target.Known(ctx, up); err != nil || known != "" {
			return known, err
		}
	}
	if g.to == g.name {
		return "", nil
	}
	return c.target.Local(ctx, g.name)
}

// begin makes sure that the branch is there which a change is proposed for.
func (c *committer) begin(ctx context.Context, remote string, g branchCommit) error {
	start := func(_ context.Context, t publish.Tree) (publish.Draft, error) {
		if t.Commit != "" {
			return publish.Draft{}, nil
		}
		paths, err := publish.Claim(g.name, g.claims, t)
		return publish.Draft{Paths: paths, Message: fmt.Sprintf("Begin %s\n\nAirstrip-Version: %s\n", g.name, ownVersion())}, err
	}
	_, err := c.send(ctx, remote, branchCommit{name: g.name, to: g.name}, start)
	return err
}

// claimed places what was rendered into the tree of a branch that is ours.
func (c *committer) claimed(ctx context.Context, g branchCommit, t publish.Tree) (publish.Draft, error) {
	claim, err := publish.Claim(g.name, g.claims, t)
	if err != nil {
		return publish.Draft{}, err
	}
	d, err := c.place(ctx, t, t.Dir, g.all)
	if err != nil {
		return d, err
	}
	if c.o.promoter {
		meta, err := c.metadata(ctx, t, len(d.Paths) > 0)
		if err != nil {
			return d, err
		}
		d.Paths = append(d.Paths, meta...)
	}
	if len(d.Paths) == 0 {
		return d, nil
	}
	d.Paths = append(d.Paths, claim...)
	return d, nil
}

// metadata says in a tree what it was rendered from, if that has changed it, or if it
// does not say so yet.
func (c *committer) metadata(ctx context.Context, t publish.Tree, changed bool) ([]string, error) {
	folder := path.Clean(c.o.path)
	if !changed && exists(filepath.Join(t.Dir, filepath.FromSlash(folder), publish.MetadataFile)) {
		return nil, nil
	}
	meta, err := c.source.Describe(ctx, c.revision)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, folder := range slices.Compact([]string{".", folder}) {
		at, err := publish.WriteMetadata(t, folder, meta)
		if err != nil {
			return nil, err
		}
		paths = append(paths, at)
	}
	return paths, nil
}
