package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/output"
	"github.com/airstrip-dev/airstrip/fn/validate"
)

// renderOptions are the flags of render.
type renderOptions struct {
	source
	output  string
	jobs    int
	verbose bool
	// allowDrop lets a folder lose most of its objects.
	allowDrop bool
}

func (o *renderOptions) AddFlags(f *pflag.FlagSet) {
	o.source.AddFlags(f)
	f.StringVarP(&o.output, "output", "o", "", "write below this `DIR`, or - to print one overlay (default rendered/, beside the folder overlays/)")
	f.IntVarP(&o.jobs, "jobs", "j", runtime.NumCPU(), "overlays to render at a time")
	f.BoolVar(&o.allowDrop, "allow-drop", false, "write a folder that loses more than half of its objects")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "name every repair, not only what deserves a look")
}

func newRender(t *terminal) *cobra.Command {
	var o renderOptions
	cmd := &cobra.Command{
		Use:   "render DIR...",
		Short: "Render overlays into folders of plain manifests",
		Example: `  airstrip render overlays/*              # to rendered/eks-alb, rendered/gke-nginx, …
  airstrip render -o - overlays/aks       # to stdout
  airstrip render --offline overlays/aks  # from the cache alone`,
		Long: `Each DIR is a kustomize overlay that lists an AirbyteRelease under generators.
Its objects go to OUTPUT/<name of DIR>/, one object a file, with a
kustomization.yaml that lists them in apply order and is the record of what
airstrip owns there. Files it does not own are left alone. All overlays are
rendered and checked before the first file is written.

` + environment + exitStatus,
		Args: overlays,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), t, args) },
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

func (o *renderOptions) run(ctx context.Context, t *terminal, dirs []string) error {
	start := time.Now()
	if o.output == "-" && len(dirs) > 1 {
		return usageError{message: "-o - prints one overlay, not several"}
	}
	if o.jobs < 1 {
		return usageError{message: fmt.Sprintf("--jobs is %d, want at least 1", o.jobs)}
	}
	targets, err := o.targets(dirs)
	if err != nil {
		return err
	}
	options, err := o.options()
	if err != nil {
		return err
	}
	results, err := build(ctx, t, dirs, options, o.jobs)
	talk := newTalk(t, o.verbose)
	for i, r := range results {
		if r != nil {
			talk.findings(dirs[i], r.Findings)
		}
	}
	talk.print()
	if err != nil {
		return err
	}
	if o.output == "-" {
		return results[0].Objects.Encode(t.out)
	}
	// Whatever keeps one overlay from being written keeps all of them.
	plans := make([]*output.Plan, len(results))
	for i, r := range results {
		if plans[i], err = output.NewPlan(ctx, targets[i], r.Namespace, r.Objects); err != nil {
			return fmt.Errorf("%s: %w", dirs[i], err)
		}
		if err := o.dropped(plans[i]); err != nil {
			return fmt.Errorf("%s: %w", dirs[i], err)
		}
	}
	for i, p := range plans {
		t.warn(immutable(p, results[i].Objects))
	}
	var sum summary
	err = writePlans(ctx, dirs, plans, func(i int) {
		sum.add(results[i], plans[i])
		for _, f := range plans[i].Foreign {
			fmt.Fprintf(t.err, "airstrip: warning: %s: not written by airstrip, left alone\n", named(filepath.Join(plans[i].Dir, f)))
		}
	})
	if err != nil {
		return err
	}
	sum.repairs = talk.repairs()
	sum.seconds = time.Since(start).Seconds()
	fmt.Fprintln(t.err, sum.String())
	return nil
}

// writePlans carries out the plans of overlays, one after the other, and tells of each.
func writePlans(ctx context.Context, dirs []string, plans []*output.Plan, told func(i int)) error {
	for i, p := range plans {
		if err := p.Apply(ctx); err != nil {
			return fmt.Errorf("%s: %w%s", dirs[i], err, alreadyWritten(dirs[:i]))
		}
		// Now that one is written, an interrupt waits for the others.
		ctx = context.WithoutCancel(ctx)
		told(i)
	}
	return nil
}

// dropped refuses a plan after which most of the objects would be gone: an agent
// that prunes deletes what is missing, and what is missing is more often a
// mistake in a value than meant.
func (o *renderOptions) dropped(p *output.Plan) error {
	before, after := p.Objects()
	if o.allowDrop || before < minDrop || after*2 >= before {
		return nil
	}
	return &dropError{dir: p.Dir, before: before, after: after}
}

// minDrop is the number of objects below which a folder may shrink as it likes.
const minDrop = 6

type dropError struct {
	dir           string
	before, after int
}

func (e *dropError) Error() string {
	return fmt.Sprintf("%s holds %d objects and would hold %d: an agent that prunes would delete the rest", e.dir, e.before, e.after)
}

// alreadyWritten ends an error that keeps some overlays from being written, and
// not all of them.
func alreadyWritten(dirs []string) string {
	if len(dirs) == 0 {
		return ""
	}
	return fmt.Sprintf(" (%s: written already)", strings.Join(dirs, ", "))
}

// targets names the folder of each overlay.
func (o *renderOptions) targets(dirs []string) ([]string, error) {
	if insideGit(o.output) {
		return nil, usageError{message: fmt.Sprintf("--output is %q: a folder .git is git's own, choose another", o.output)}
	}
	seen := map[string]string{}
	targets := make([]string, len(dirs))
	for i, dir := range dirs {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(abs)
		if first, twice := seen[name]; twice {
			return nil, usageError{message: fmt.Sprintf("%s and %s would both be written to %s: give one folder another name, or render them with different --output", first, dir, name)}
		}
		seen[name] = dir
		base := o.output
		if base == "" {
			base = filepath.Join(beside(abs), "rendered")
		}
		targets[i] = filepath.Join(base, name)
	}
	return targets, nil
}

// insideGit reports a path through a folder .git, in which nothing is a file of anybody's
// work tree. Git goes by any case.
func insideGit(path string) bool {
	return slices.ContainsFunc(strings.Split(filepath.ToSlash(path), "/"), func(name string) bool { return strings.EqualFold(name, ".git") })
}

// beside is the folder that rendered/ goes to: the one that holds overlays/, or
// the one that holds the overlay where its parent has another name.
func beside(dir string) string {
	parent := filepath.Dir(dir)
	if filepath.Base(parent) == "overlays" {
		parent = filepath.Dir(parent)
	}
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, parent); err == nil {
			return rel
		}
	}
	return parent
}

// immutable finds what the API server will refuse of an object that is in the
// cluster already, as far as what stands in the folder is there.
func immutable(p *output.Plan, set manifest.Set) []manifest.Finding {
	is := make(map[manifest.ID]*yaml.RNode, len(set))
	for _, n := range set {
		is[manifest.IDOf(n)] = n
	}
	var findings []manifest.Finding
	for _, c := range p.Changes {
		old, _, err := manifest.DecodeText(string(c.Old), c.Path)
		if err != nil {
			continue // whoever wrote that, it is replaced
		}
		for _, was := range old {
			id := manifest.IDOf(was)
			if is[id] == nil {
				continue
			}
			for _, field := range validate.Immutable(was, is[id]) {
				findings = append(findings, manifest.Finding{
					Severity: manifest.Warning, Code: "immutable-field", File: filepath.Join(p.Dir, filepath.FromSlash(c.Path)), Object: id, Field: field,
					Message: "changes, which the API server refuses of an object that is there: delete that first, or render into another namespace (docs/upgrade.md)",
				})
			}
		}
	}
	return findings
}
