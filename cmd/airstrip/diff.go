package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/airstrip-dev/airstrip/fn/diff"
	"github.com/airstrip-dev/airstrip/fn/output"
	"github.com/airstrip-dev/airstrip/fn/validate"
)

// diffOptions are the flags of diff.
type diffOptions struct {
	source
	against, base, between  string
	format, output, color   string
	full                    string
	limit                   int
	failOn, waivers         string
	exitCode, all, rendered bool
	jobs                    int
}

func (o *diffOptions) AddFlags(f *pflag.FlagSet) {
	o.source.AddFlags(f)
	f.StringVar(&o.against, "against", "", "compare with what the sources gave where HEAD and this git `REF` went different ways (default in CI: the branch that a pull request is to go to)")
	f.BoolVar(&o.rendered, "rendered", false, "compare with the rendered folders on disk, in CI too")
	f.StringVar(&o.base, "base", "", "compare folders of rendered manifests: this `DIR` is the old one, the argument the new one")
	f.StringVar(&o.between, "between", "", "compare two environments of the work tree, as `OLD,NEW`")
	f.StringVar(&o.format, "format", "text", "text, markdown, html, json or sarif (risks alone)")
	f.StringVarP(&o.output, "output", "o", "", "write to `FILE` instead of stdout")
	f.StringVar(&o.color, "color", "auto", "auto, always or never; NO_COLOR is honoured")
	f.BoolVar(&o.all, "all", false, "text: write every value whole, and what is noise")
	f.StringVar(&o.full, "full", "", "markdown: `WHERE` the whole of it is, a URL or a few words, for what does not fit")
	f.IntVar(&o.limit, "limit", diff.BodyLimit, "markdown: the most characters that the page may have")
	f.BoolVar(&o.exitCode, "exit-code", false, "exit with 4 when something differs")
	f.StringVar(&o.failOn, "fail-on", "", "exit with 3 on risks: `risk=`error, risk=warning, or their codes")
	f.StringVar(&o.waivers, "waivers", "", "`FILE` of risks that somebody has answered for (default "+waiversFile+" beside overlays/, if it is there)")
	f.IntVarP(&o.jobs, "jobs", "j", runtime.NumCPU(), "renders at a time")
}

func newDiff(t *terminal) *cobra.Command {
	var o diffOptions
	cmd := &cobra.Command{
		Use:   "diff [DIR...]",
		Short: "Show what changes in each environment, dangerous things first",
		Example: `  airstrip diff                             # what render would change in rendered/
  airstrip diff --against main              # what this branch changes, whatever is rendered
  airstrip diff --base old/rendered rendered  # two folders of manifests
  airstrip diff --between eks-alb,aks       # how two environments differ
  airstrip diff --against main --format markdown -o comment.md
  airstrip diff --against main --fail-on risk=error`,
		Long: `Each DIR is an overlay; without any it is every overlay below overlays/. Its render
of the work tree is the new side. The old side is

  the rendered folder on disk   as render left it: rendered/<name of DIR>
  --against REF                 the render of the sources of another revision: the
                                commit from which HEAD and REF went different ways.
                                Its charts come from the cache, or as those of a render do
  --base DIR                    a folder of manifests; both sides are read as they are
  --between OLD,NEW             the first of two environments

In CI, where CI is set and GITHUB_BASE_REF or CI_MERGE_REQUEST_TARGET_BRANCH_NAME names
the branch that a pull request is to go to, that is what it compares with unless told
otherwise.

Objects are paired by kind, namespace and name, or by likeness where they were renamed;
fields by path; items of lists by what they are known by; texts in ConfigMaps by what is
written in them. A change that is the same in many places is told once. Values of Secrets
are never shown, nor are those whose name or form says that they are secret; that a sealed
value was encrypted anew and is the same is told where an age identity is at hand.

An environment that cannot be rendered is named, and the others are compared.

` + environment + exitStatus + `
  3  a risk that --fail-on names
  4  something differs (--exit-code)`,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), t, args, cmd.Flags()) },
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

// errDifferences and errBlocked end a command that has shown why.
var (
	errDifferences = errors.New("differences")
	errBlocked     = errors.New("blocked")
)

func (o *diffOptions) run(ctx context.Context, t *terminal, args []string, f *pflag.FlagSet) error {
	if err := o.check(f); err != nil {
		return err
	}
	on, err := parseFailOn(o.failOn)
	if err != nil {
		return err
	}
	judge, err := newJudge(on, o.waivers, args)
	if err != nil {
		return err
	}
	sides, errs := o.sides(ctx, args)
	if sides == nil {
		return errs
	}
	report := diff.Compare(sides, diff.Options{Same: sealedSame(ctx)})
	for _, s := range sides {
		if len(args) == 0 && o.base == "" && o.between == "" {
			judge.all = append(judge.all, s.Name)
		}
		if s.Error != "" || o.between != "" {
			continue // one environment is no danger to another
		}
		for _, f := range validate.Risks(s.Old, s.New, s.Agent) {
			report.AddRisk(s.Name, judge.risk(s.Name, f))
		}
		judge.environments = append(judge.environments, s.Name)
	}
	t.warn(judge.notes())
	if err := o.write(ctx, t, report); err != nil {
		return errors.Join(errs, err)
	}
	if len(judge.blocking) > 0 {
		fmt.Fprintf(t.err, "airstrip: error: --fail-on %s: %s\n", o.failOn, judge.verdict())
	}
	switch {
	case errs != nil:
		return errs
	case len(judge.blocking) > 0:
		return errBlocked
	case o.exitCode && !report.Empty():
		return errDifferences
	}
	return nil
}

// check refuses flags that do not go together, and those that would do nothing.
func (o *diffOptions) check(f *pflag.FlagSet) error {
	if err := choice("--format", o.format, "text", "markdown", "html", "json", "sarif"); err != nil {
		return err
	}
	if err := choice("--color", o.color, "auto", "always", "never"); err != nil {
		return err
	}
	if o.limit < 1 {
		return usageError{message: fmt.Sprintf("--limit is %d, want at least 1", o.limit)}
	}
	if o.jobs < 1 {
		return usageError{message: fmt.Sprintf("--jobs is %d, want at least 1", o.jobs)}
	}
	var modes []string
	for flag, set := range map[string]bool{"--against": o.against != "", "--base": o.base != "", "--between": o.between != "", "--rendered": o.rendered} {
		if set {
			modes = append(modes, flag)
		}
	}
	if len(modes) > 1 {
		return usageError{message: "--against, --base, --between and --rendered each say what the old side is: give one"}
	}
	for _, bad := range []struct {
		is   bool
		says string
	}{
		{o.between != "" && f.Changed("fail-on"), "--fail-on is for changes: between two environments there are no risks"},
		{o.between != "" && f.Changed("waivers"), "--waivers is for changes: between two environments there are no risks"},
		{o.base != "" && f.Changed("chart"), "--chart is for what is rendered: --base compares folders as they are"},
		{o.format != "markdown" && f.Changed("limit"), "--limit is for --format markdown"},
		{o.format != "markdown" && f.Changed("full"), "--full is for --format markdown"},
		{o.format != "text" && f.Changed("all"), "--all is for --format text"},
	} {
		if bad.is {
			return usageError{message: bad.says}
		}
	}
	return nil
}

// write prints the report, or writes it to a file as a whole.
func (o *diffOptions) write(ctx context.Context, t *terminal, r *diff.Report) error {
	if o.output == "" || o.output == "-" {
		return o.print(t.out, r, o.colored(t.out))
	}
	var b bytes.Buffer
	if err := o.print(&b, r, o.color == "always"); err != nil {
		return err
	}
	_, err := output.EditFile(ctx, o.output, 0o644, func([]byte) ([]byte, error) { return b.Bytes(), nil })
	return err
}

func (o *diffOptions) print(w io.Writer, r *diff.Report, color bool) error {
	switch o.format {
	case "markdown":
		return r.Markdown(w, diff.MarkdownOptions{Limit: o.limit, Full: o.full})
	case "html":
		return r.HTML(w, diff.HTMLOptions{Title: o.title()})
	case "json":
		return r.JSON(w)
	case "sarif":
		return r.SARIF(w, ownVersion())
	}
	return r.Text(w, diff.TextOptions{Color: color, All: o.all, Actions: onActions()})
}

// title says what is compared, as far as the command line does.
func (o *diffOptions) title() string {
	switch {
	case o.against != "":
		return "What changes since " + o.against
	case o.between != "":
		old, new, _ := strings.Cut(o.between, ",")
		return "From " + old + " to " + new
	case o.base != "":
		return "What changes since " + o.base
	}
	return ""
}

// colored reports whether what is written to w is to have colours (no-color.org).
func (o *diffOptions) colored(w io.Writer) bool {
	if o.color != "auto" {
		return o.color == "always"
	}
	f, ok := w.(*os.File)
	return ok && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && term.IsTerminal(int(f.Fd()))
}
