package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/diff"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/output"
	"github.com/airstrip-dev/airstrip/fn/overlay"
	"github.com/airstrip-dev/airstrip/fn/publish"
	"github.com/airstrip-dev/airstrip/fn/validate"
)

// rendering is one environment on its way into a commit.
type rendering struct {
	name string
	// given is the overlay as the user has named it.
	given string
	// dir is the overlay, relative to the repository of the overlays; folder is where
	// its objects go, relative to the tree that they are committed in. Both with slashes.
	dir, folder string

	result *overlay.Result
	charts []commitChart
}

// relocated says an error with the paths of the repository instead of those of a
// temporary tree, which is gone when the error is read.
type relocated struct {
	error
	from string
}

func (e relocated) Unwrap() error { return e.error }
func (e relocated) Error() string {
	text := strings.ReplaceAll(e.error.Error(), e.from+string(filepath.Separator), "")
	return strings.ReplaceAll(text, e.from, ".")
}

// renderAll renders the overlays of a tree.
func (c *committer) renderAll(ctx context.Context, tree string) error {
	dirs := make([]string, len(c.all))
	for i, r := range c.all {
		dirs[i] = filepath.Join(tree, filepath.FromSlash(r.dir))
		if tree == c.source.Root {
			dirs[i] = r.given
		}
	}
	results, err := build(ctx, c.t, dirs, c.options, c.o.jobs)
	talk := newTalk(c.t, false)
	for i, r := range results {
		if r != nil {
			talk.findings(c.all[i].given, relocatedFindings(r.Findings, tree))
		}
	}
	if c.rendered == "" {
		talk.print() // and not again when it is made again
	}
	c.rendered = tree
	if err != nil {
		return c.absent(tree, relocated{err, tree})
	}
	for i, r := range c.all {
		r.result = results[i]
		if r.charts, err = chartsOf(ctx, dirs[i], results[i], c.options); err != nil {
			return relocated{err, tree}
		}
	}
	return nil
}

// absent adds to an error what a tree of git's lacks, which may be why.
func (c *committer) absent(tree string, err error) error {
	if tree == c.source.Root {
		return err
	}
	names, absentErr := publish.Absent(tree)
	if absentErr != nil || len(names) == 0 {
		return err
	}
	return errors.Join(err, fmt.Errorf("of what is committed, submodules and files of Git LFS are not there: %s", strings.Join(names, ", ")))
}

func relocatedFindings(findings []manifest.Finding, tree string) []manifest.Finding {
	prefix := tree + string(filepath.Separator)
	moved := slices.Clone(findings)
	for i := range moved {
		moved[i].File = strings.TrimPrefix(moved[i].File, prefix)
		moved[i].Message = strings.ReplaceAll(moved[i].Message, prefix, "")
	}
	return moved
}

// chartsOf names the charts that were rendered. One from a path has no digest.
func chartsOf(ctx context.Context, dir string, r *overlay.Result, options fn.Options) ([]commitChart, error) {
	charts := make([]commitChart, len(r.Releases))
	var effective []*fn.Effective
	for i, release := range r.Releases {
		ref := release.Chart
		if ref.Path == "" && options.Chart == "" {
			charts[i] = commitChart{ref.Name, ref.Version, ref.Digest}
			continue
		}
		if effective == nil {
			var err error
			if effective, err = overlay.Values(ctx, dir, options); err != nil {
				return nil, err
			}
		}
		charts[i].Name, charts[i].Version, _ = strings.Cut(effective[i].Chart, " ")
	}
	return charts, nil
}

// placing is one environment between a tree as it is committed and as it is to be.
type placing struct {
	*rendering
	// was is the plan over what is committed, plan that over where it is written.
	was, plan *output.Plan
	side      diff.Sides
	said      commitEnvironment
}

// place makes the folders of a tree hold what was rendered, and says what is to be
// committed: the files in which it differs from base, which is the tree as it is
// committed. That is the tree itself, but for the user's work tree, in which it may
// have been rendered before.
func (c *committer) place(ctx context.Context, t publish.Tree, base string, all []*rendering) (publish.Draft, error) {
	var d publish.Draft
	var places []*placing
	for _, r := range all {
		p, err := c.plan(ctx, t, base, r)
		if err != nil {
			return d, err
		}
		for _, f := range p.was.Changes {
			d.Paths = append(d.Paths, path.Join(r.folder, f.Path))
		}
		places = append(places, p)
	}
	c.compare(ctx, places)
	var err error
	if d.Message, err = c.made.text(c.message); err != nil {
		return d, err
	}
	c.subject, _, _ = strings.Cut(d.Message, "\n")
	return d, c.write(ctx, t, places)
}

// plan compares what was rendered with what is committed, and with where it goes.
func (c *committer) plan(ctx context.Context, t publish.Tree, base string, r *rendering) (*placing, error) {
	p := &placing{rendering: r, side: diff.Sides{Name: r.name}, said: commitEnvironment{Name: r.name, Charts: r.charts}}
	folder := filepath.FromSlash(r.folder)
	var err error
	if p.was, err = output.NewPlan(ctx, filepath.Join(base, folder), r.result.Namespace, r.result.Objects); err != nil {
		return nil, relocated{err, base}
	}
	if err := c.dropped(r, p.was); err != nil {
		return nil, err
	}
	fillNew(&p.side, r.result)
	if err := fillOld(&p.side, r.result, p.was); err != nil {
		return nil, relocated{err, base}
	}
	if p.plan = p.was; t.Dir != base {
		if p.plan, err = output.NewPlan(ctx, filepath.Join(t.Dir, folder), r.result.Namespace, r.result.Objects); err != nil {
			return nil, relocated{err, t.Dir}
		}
	}
	trailers, err := c.target.LastTrailers(ctx, t.Commit, r.folder, "Chart")
	p.said.OldCharts = parseCharts(trailers, r.name)
	return p, err
}

// compare is what the message and a pull request say.
func (c *committer) compare(ctx context.Context, places []*placing) {
	m := commitMessage{Revision: c.revision, Version: ownVersion()}
	var sides []diff.Sides
	var every []commitEnvironment
	for _, p := range places {
		if len(p.was.Changes) > 0 {
			m.Environments = append(m.Environments, p.said)
		}
		every, sides = append(every, p.said), append(sides, p.side)
	}
	if len(m.Environments) == 0 {
		m.Environments = every // a branch may begin, or say more, with nothing changed
	}
	c.report = diff.Compare(sides, diff.Options{Same: sealedSame(ctx)})
	for _, s := range sides {
		for _, f := range validate.Risks(s.Old, s.New, s.Agent) {
			c.report.AddRisk(s.Name, c.judge.risk(s.Name, f))
		}
	}
	m.Images = c.report.Images
	for _, e := range c.report.Environments {
		m.Added, m.Changed, m.Removed = m.Added+e.Added, m.Changed+e.Changed, m.Removed+e.Removed
	}
	c.made = m
}

// write carries the plans out, all of them once one is.
func (c *committer) write(ctx context.Context, t publish.Tree, places []*placing) error {
	for _, p := range places {
		if err := p.plan.Apply(ctx); err != nil {
			return relocated{err, t.Dir}
		}
		ctx = context.WithoutCancel(ctx)
		if t.Dir != c.target.Root {
			continue
		}
		if len(p.plan.Changes) > 0 {
			c.wrote = append(c.wrote, named(p.folder))
		}
		for _, f := range p.plan.Foreign {
			c.leaves(path.Join(p.folder, f))
		}
	}
	return nil
}

// leaves says of a file in a folder of ours that it is somebody else's.
func (c *committer) leaves(file string) {
	if !slices.Contains(c.foreign, file) {
		c.foreign = append(c.foreign, file)
		fmt.Fprintf(c.t.err, "airstrip: warning: %s: not written by airstrip, left alone and not committed\n", named(file))
	}
}

func (c *committer) dropped(r *rendering, p *output.Plan) error {
	o := renderOptions{allowDrop: c.o.allowDrop}
	err := o.dropped(p)
	if drop := (*dropError)(nil); errors.As(err, &drop) {
		drop.dir = r.folder
	}
	return err
}
