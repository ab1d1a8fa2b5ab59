package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Exit codes, the same for every command.
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitFindings    = 3
	exitDifferences = 4
)

const exitStatus = `EXIT STATUS
  0  done
  1  error: nothing was written, unless the message says so
  2  wrong usage`

// terminal is what a command may talk to: data goes to out, talk to err.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

// run is the whole program but for the process around it.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	// Template functions that format a time use the local zone, of which the
	// output must not depend.
	time.Local = time.UTC

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		// The first signal ends the work in order, the second ends it.
		<-ctx.Done()
		stop()
	}()
	t := &terminal{stdin, stdout, stderr}
	(&helmLog{t: t, seen: map[string]bool{}}).catch()
	root := newRoot(t)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if i := (*interruptedError)(nil); err != nil && ctx.Err() != nil && !errors.As(err, &i) {
		fmt.Fprintln(stderr, "airstrip: error: interrupted: nothing was written")
		return exitError
	}
	return t.report(err)
}

// untilInterrupted does work that writes nothing, such as reading what may never come.
// Whatever it is at when ctx ends, and however well it listens, nothing of it is
// wanted: its error is that of ctx, and what work has set is not to be looked at.
func untilInterrupted(ctx context.Context, work func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		work()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func newRoot(t *terminal) *cobra.Command {
	root := &cobra.Command{
		Use:   "airstrip",
		Short: "Render the official Airbyte chart into plain manifests for GitOps",
		Example: `  airstrip render overlays/*          # every environment, to rendered/
  airstrip render -o - overlays/aks   # one environment, to stdout`,
		Long: `Airstrip renders the official Airbyte chart into plain manifests, one folder an
environment, that Argo CD or Flux applies with no Helm in the cluster.

` + exitStatus,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return nil
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return noneEmpty(cmd.Flags()) },
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(t.in)
	root.SetOut(t.out)
	root.SetErr(t.err)
	root.SetHelpTemplate(helpTemplate)
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(newHelp(t))
	root.AddCommand(
		newRender(t), newDiff(t), newCheck(t), newValidate(t), newCommit(t), newLock(t),
		newSeal(t), newOpen(t), newVerify(t), newRotate(t), newKeygen(t),
		newArgoCD(t), newFlux(t), newCMP(t), newFn(t), newPlugin(t), newInstallPlugin(t),
		newKeys(t), newImages(t), newPolicy(t), newValues(t), newExplain(t), newSchema(t),
		newDoctor(t), newVersion(t),
		newCompletion(t),
	)
	return root
}

// helpTemplate shows the example first; the text ends with EXIT STATUS.
const helpTemplate = `{{with .Short}}{{.}}

{{end}}{{with .Example}}EXAMPLE
{{.}}

{{end}}USAGE
  {{.UseLine}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} COMMAND

COMMANDS{{range .Commands}}{{if (or .IsAvailableCommand (eq .Name "help"))}}
  {{rpad .Name .NamePadding}}  {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

FLAGS
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}

{{.Long | trimTrailingWhitespaces}}
`

// usageError is a wrong command line, and the word that was meant where one is
// near.
type usageError struct{ message, meant string }

func (e usageError) Error() string { return e.message }

func unknownCommand(of *cobra.Command, name string) error {
	return usageError{fmt.Sprintf("unknown command %q", name), manifest.Nearest(name, commandNames(of))}
}

func flagError(cmd *cobra.Command, err error) error {
	e := usageError{message: err.Error()}
	if unknown := (*pflag.NotExistError)(nil); errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "" {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		e.meant = manifest.Nearest("--"+unknown.GetSpecifiedName(), names)
	}
	return e
}

// noneEmpty refuses a flag that is given with nothing, as a variable that is not set
// gives it, where that would be as if it had not been given at all: --branch "$B"
// must not commit to the branch that is checked out.
func noneEmpty(f *pflag.FlagSet) error {
	var err error
	f.Visit(func(one *pflag.Flag) {
		if err == nil && one.Value.Type() == "string" && one.Value.String() == "" && one.DefValue == "" {
			err = usageError{message: fmt.Sprintf("--%s is empty", one.Name)}
		}
	})
	return err
}

// overlays checks that a command was given at least one.
func overlays(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usageError{message: fmt.Sprintf("%s: name at least one overlay, such as overlays/aks", cmd.CommandPath())}
	}
	return nil
}

// one checks that a command was given one argument, of which what says more.
func one(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError{message: fmt.Sprintf("%s takes one argument, %s, got %d", cmd.CommandPath(), what, len(args))}
		}
		return nil
	}
}

// choice checks a flag that takes one of a few words.
func choice(flag, value string, words ...string) error {
	if slices.Contains(words, value) {
		return nil
	}
	last := len(words) - 1
	return usageError{
		message: fmt.Sprintf("%s is %q, want %s or %s", flag, value, strings.Join(words[:last], ", "), words[last]),
		meant:   manifest.Nearest(value, words),
	}
}

// noArgs is cobra's of that name, which calls an argument an unknown command.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{message: fmt.Sprintf("%s takes no arguments, got %q", cmd.CommandPath(), args[0])}
	}
	return nil
}

// report prints an error as whole lines, each with the way out below it, and
// returns the exit code.
func (t *terminal) report(err error) int {
	if err == nil {
		return exitOK
	}
	switch {
	case errors.Is(err, errFindings), errors.Is(err, errBlocked):
		return exitFindings
	case errors.Is(err, errDifferences):
		return exitDifferences
	}
	said := map[string]bool{} // what several overlays share is wrong once
	for _, e := range flatten(err) {
		text := e.Error()
		if p, ok := e.(*fs.PathError); ok && errors.Is(p, fs.ErrNotExist) {
			text = fmt.Sprintf("%s: %v", p.Path, p.Err) // which call did not find it says nothing
		}
		if said[text] {
			continue
		}
		said[text] = true
		for line := range strings.Lines(text) {
			fmt.Fprintf(t.err, "airstrip: error: %s\n", inLog(strings.TrimSuffix(line, "\n")))
		}
		if h := hint(e); h != "" {
			fmt.Fprintf(t.err, "airstrip: hint: %s\n", h)
		}
	}
	if u := (usageError{}); errors.As(err, &u) {
		return exitUsage
	}
	return exitError
}

// inLog is a text as one line of a log: what manifests and file names bring along
// neither moves the rest of it, nor commands the runner of GitHub Actions.
func inLog(s string) string {
	s = manifest.OneLine(strings.ReplaceAll(s, "\t", " "))
	if onActions() {
		return manifest.NoCommands(s)
	}
	return s
}

// onActions reports whether the log is that of a job of GitHub Actions.
func onActions() bool { return os.Getenv("GITHUB_ACTIONS") == "true" }

// errFindings ends a command that has said all it has to say.
var errFindings = errors.New("findings")

// problem is one line of a config error, with its own hint.
type problem struct{ line, hint string }

func (p problem) Error() string { return p.line }

// flatten splits joined errors and config errors into one error a line. What
// was put in front of them stands in front of each.
func flatten(err error) []error {
	if c, ok := err.(*fn.ConfigError); ok {
		var all []error
		for i, p := range c.Problems {
			all = append(all, problem{c.Line(i), p.Hint})
		}
		return all
	}
	var all []error
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			all = append(all, flatten(inner)...)
		}
	case interface{ Unwrap() error }:
		inner := e.Unwrap()
		if inner == nil {
			break
		}
		front, found := strings.CutSuffix(err.Error(), inner.Error())
		if parts := flatten(inner); found && len(parts) > 1 {
			for _, part := range parts {
				all = append(all, fronted{front, part})
			}
		}
	}
	if len(all) == 0 {
		return []error{err}
	}
	return all
}

// fronted is an error with text in front.
type fronted struct {
	front string
	error
}

func (f fronted) Error() string { return f.front + f.error.Error() }
func (f fronted) Unwrap() error { return f.error }
