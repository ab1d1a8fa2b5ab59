package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/diff"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/output"
	"github.com/airstrip-dev/airstrip/fn/publish"
)

// checkOptions are the flags of check.
type checkOptions struct {
	source
	output, format string
	jobs           int
	fix, allowDrop bool
}

func (o *checkOptions) AddFlags(f *pflag.FlagSet) {
	o.source.AddFlags(f)
	f.StringVarP(&o.output, "output", "o", "", "where overlays are rendered to, as for render")
	f.StringVar(&o.format, "format", "text", "text, json, sarif or github")
	f.IntVarP(&o.jobs, "jobs", "j", runtime.NumCPU(), "overlays to render at a time")
	f.BoolVar(&o.fix, "fix", false, "render what is not as it should be")
	f.BoolVar(&o.allowDrop, "allow-drop", false, "with --fix: write a folder that loses more than half of its objects")
}

func newCheck(t *terminal) *cobra.Command {
	var o checkOptions
	cmd := &cobra.Command{
		Use:   "check [DIR...]",
		Short: "Say whether the rendered folders are what the overlays give",
		Example: `  airstrip check                           # every overlay below overlays/
  airstrip check --offline overlays/aks    # with no network: charts from the cache
  airstrip check --format github           # in a pull request
  airstrip check --fix                     # and render what is not`,
		Long: `Each DIR is an overlay; without any it is every overlay below overlays/. It is rendered
in memory and compared with its folder, byte for byte. No key is needed: what is sealed
is compared as it is. Named are files that are

  stale      not what the sources give, and git does not tell why: they have changed,
             or the file was changed and committed
  edited     changed by hand: HEAD has what the sources give; or none of the sources
             has changed since the commit that wrote it
  missing    not there
  left-over  there, and the sources no longer make them; without DIR also a folder
             whose overlay is gone, which is yours to remove
  foreign    not airstrip's, in its folder: a warning, which alone is no failure

What kept an overlay from being rendered is an error, and the others are checked. With
--fix what is not as it should be is rendered, all of it or nothing.

` + environment + exitStatus + `
  4  a folder is not what its overlay gives (with --fix: 0, once it is)`,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), t, args) },
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

func (o *checkOptions) run(ctx context.Context, t *terminal, dirs []string) error {
	if err := choice("--format", o.format, "text", "json", "sarif", "github"); err != nil {
		return err
	}
	if o.jobs < 1 {
		return usageError{message: fmt.Sprintf("--jobs is %d, want at least 1", o.jobs)}
	}
	dirs, gone, err := o.overlays(dirs)
	if err != nil {
		return err
	}
	render := renderOptions{source: o.source, output: o.output, allowDrop: o.allowDrop}
	targets, err := render.targets(dirs)
	if err != nil {
		return err
	}
	options, err := o.options()
	if err != nil {
		return err
	}
	results, failures := buildEach(ctx, t, dirs, options, o.jobs)
	if err := ctx.Err(); err != nil {
		return err
	}
	errs := errors.Join(failures...)
	r := &report{}
	var plans []*output.Plan
	var behind []string // their overlays
	for i, result := range results {
		if failures[i] != nil {
			continue // what it has so far is not what its sources give
		}
		plan, err := output.NewPlan(ctx, targets[i], result.Namespace, result.Objects)
		if err != nil {
			errs = errors.Join(errs, fmt.Errorf("%s: %w", dirs[i], err))
			continue
		}
		for _, f := range o.look(ctx, dirs[i], plan, targets) {
			r.add(dirs[i], f)
		}
		if len(plan.Changes) == 0 {
			continue
		}
		if err := render.dropped(plan); o.fix && err != nil {
			errs = errors.Join(errs, fmt.Errorf("%s: %w", dirs[i], err))
		}
		plans, behind = append(plans, plan), append(behind, dirs[i])
	}
	for _, dir := range gone {
		r.add(filepath.ToSlash(dir), manifest.Finding{Severity: manifest.Error, Code: "left-over", File: o.place(dir), Message: orphan(ctx, dir)})
	}
	if err := r.write(t.out, o.format); err != nil {
		return err
	}
	switch {
	case errs != nil:
		return errs
	case len(plans) == 0 && len(gone) == 0:
		return nil
	case len(plans) == 0:
		return errDifferences
	case !o.fix:
		fmt.Fprintf(t.err, "airstrip: hint: look at it with airstrip diff, and render it: airstrip check --fix%s\n", o.flags(dirs))
		return errDifferences
	}
	err = writePlans(ctx, behind, plans, func(i int) {
		fmt.Fprintf(t.err, "airstrip: %s: rendered again, %s\n", filepath.ToSlash(plans[i].Dir), count(len(plans[i].Changes), "file"))
	})
	if err == nil && len(gone) > 0 {
		err = errDifferences
	}
	return err
}

// overlays are those to check, and the folders that belong to none of them where they
// are all.
func (o *checkOptions) overlays(given []string) (dirs, gone []string, err error) {
	if dirs, err = everyOverlay(given, "those to check"); err != nil || len(given) > 0 {
		return dirs, nil, err
	}
	base := o.output
	if base == "" {
		base = "rendered"
	}
	gone, err = leftOver(base, dirs)
	return dirs, gone, err
}

// orphan says that a folder is of an overlay that is gone. Nobody but the user removes
// it: that takes a deployment away.
func orphan(ctx context.Context, dir string) string {
	mend := "git rm -r "
	if _, err := publish.Root(ctx, dir); err != nil {
		mend = "rm -r "
	}
	return "belongs to no overlay, and is applied as long as it is there: " + mend + fn.Quoted(filepath.ToSlash(dir))
}

// place is a folder as the reader of a format finds it: people from where they are, a
// forge from the root of the repository.
func (o *checkOptions) place(dir string) string {
	if o.format == "github" || o.format == "sarif" {
		return shownAt(dir)
	}
	return filepath.ToSlash(filepath.Clean(dir))
}

// flags are the arguments that a command takes after this one to do the same.
func (o *checkOptions) flags(dirs []string) string {
	s := ""
	if o.output != "" {
		s = " --output " + fn.Quoted(o.output)
	}
	all, err := discovered("overlays")
	if err == nil && len(all) == len(dirs) {
		return s
	}
	for _, d := range dirs {
		s += " " + fn.Quoted(filepath.ToSlash(d))
	}
	return s
}

// look says of each file of a folder in what it is not as it should be.
func (o *checkOptions) look(ctx context.Context, dir string, p *output.Plan, folders []string) []manifest.Finding {
	mend := "airstrip render "
	if o.output != "" {
		mend += "--output " + fn.Quoted(o.output) + " "
	}
	mend += fn.Quoted(filepath.ToSlash(dir))
	if len(p.Changes) == 0 && len(p.Foreign) == 0 {
		return nil
	}
	folder := o.place(p.Dir)
	var findings []manifest.Finding
	add := func(severity manifest.Severity, code, file, message string) {
		findings = append(findings, manifest.Finding{Severity: severity, Code: code, File: path.Join(folder, file), Message: message})
	}
	if _, err := os.Lstat(p.Dir); err != nil {
		add(manifest.Error, "missing", "", "is not there, and "+filepath.ToSlash(dir)+" gives it: "+mend)
		return findings
	}
	history := newHistory(ctx, p, folders)
	for _, c := range p.Changes {
		switch {
		case c.Old == nil:
			add(manifest.Error, "missing", c.Path, "is missing: "+mend)
		case c.New == nil:
			add(manifest.Error, "left-over", c.Path, "is no longer made: "+mend)
		case bytes.Equal(bytes.ReplaceAll(c.Old, []byte("\r\n"), []byte("\n")), c.New):
			add(manifest.Error, "edited", c.Path, "has other line ends, as git makes them with core.autocrlf: put \"rendered/** -text\" into .gitattributes, and "+mend)
		default:
			code, why := history.why(c)
			add(manifest.Error, code, c.Path, why+": "+mend)
		}
	}
	for _, f := range p.Foreign {
		add(manifest.Warning, "foreign", f, "is not written by airstrip, and left alone")
	}
	return findings
}

// why says why a file differs from what the sources give, as far as git knows.
func (h *history) why(c diff.File) (code, message string) {
	const plain = "is not what the sources give"
	switch head, ok := h.head(c.Path); {
	case !ok:
		return "stale", plain
	case bytes.Equal(head, c.New):
		return "edited", "was changed by hand: HEAD has what the sources give"
	case !bytes.Equal(head, c.Old):
		return "stale", plain + ", and neither is the one in HEAD"
	}
	if commit := h.untouched(c.Path); commit != "" {
		return "edited", "is not what the sources give, and none of them has changed since " + commit + " wrote it: it was changed by hand, or rendered by another airstrip"
	}
	return "stale", plain + ", which have changed since it was rendered, or it was changed and committed"
}
