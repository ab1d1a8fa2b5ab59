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
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/overlay"
	"github.com/airstrip-dev/airstrip/fn/publish"
	"github.com/airstrip-dev/airstrip/fn/secret"
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
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
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
	for _, e := range flatten(err) {
		text := e.Error()
		if p, ok := e.(*fs.PathError); ok && errors.Is(p, fs.ErrNotExist) {
			text = fmt.Sprintf("%s: %v", p.Path, p.Err) // which call did not find it says nothing
		}
		fmt.Fprintf(t.err, "airstrip: error: %s\n", strings.ReplaceAll(text, "\n", "\nairstrip: error: "))
		if h := hint(e); h != "" {
			fmt.Fprintf(t.err, "airstrip: hint: %s\n", h)
		}
	}
	if u := (usageError{}); errors.As(err, &u) {
		return exitUsage
	}
	return exitError
}

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

// hint is the one table from errors to the way out.
func hint(err error) string {
	var (
		p       problem
		wrong   usageError
		digest  *chart.DigestError
		version *chart.VersionError
		foreign *overlay.ForeignError
		moved   *overlay.MovedError
		drop    *dropError
		noRule  *noRuleError
		nobody  *nobodyError
		noKey   *secret.NoKeyError
		none    *noneSealedError
		agent   *deliveryError
		sealed  *sealedError

		state    *publish.StateError
		locked   *publish.LockedError
		refused  *publish.RefusedError
		access   *publish.AccessError
		identity *publish.IdentityError
		diverged *publish.DivergedError
		owned    *publish.ForeignError
		shallow  *publish.ShallowError
		unknown  *publish.UnfetchedError
		token    *publish.TokenError
		answer   *publish.ForgeError
	)
	switch {
	case errors.As(err, &p):
		return p.hint
	case errors.As(err, &wrong) && wrong.meant != "":
		return fmt.Sprintf("did you mean %q?", wrong.meant)
	case errors.As(err, &wrong):
		return "airstrip help lists the commands, airstrip COMMAND --help their flags"
	case errors.As(err, &digest):
		return "if the new archive is wanted, look at what changed and pin it with: airstrip lock DIR"
	case errors.As(err, &version):
		return "the digest is that of the other version; pin the one you want with: airstrip lock DIR"
	case errors.Is(err, chart.ErrOffline):
		return "render once with the network, or give the archive with --chart FILE"
	case errors.Is(err, chart.ErrUnauthorized):
		return "set AIRSTRIP_REPO_USERNAME and AIRSTRIP_REPO_PASSWORD, or for a registry: helm registry login"
	case errors.As(err, &foreign):
		return "airstrip runs no programs of the tree it renders; put its output into the tree instead"
	case errors.As(err, &moved):
		return "set metadata.name and metadata.namespace of the AirbyteRelease, and no namespace or namePrefix over it"
	case errors.As(err, &drop):
		return "if that is meant, add --allow-drop"
	case errors.As(err, &noRule):
		return "name them: spec.configSecret.recipients: {age: [age1…]}, or a creation rule in .sops.yaml; airstrip keygen makes a key"
	case errors.As(err, &nobody):
		return "there is nobody to ask: give them with --from-env-file FILE, --from-file KEY=PATH or --set KEY <FILE, or declare where the Secret comes from: spec.configSecret.backend"
	case errors.As(err, &noKey):
		return "name the file of your identity in SOPS_AGE_KEY_FILE; or have somebody who can open it add your public key and run airstrip seal"
	case errors.Is(err, secret.ErrTampered):
		return "restore the file from git, and see who changed it"
	case errors.As(err, &none):
		return "airstrip seal " + none.dir
	case errors.As(err, &agent):
		return fmt.Sprintf("set spec.delivery: %s in it, and render it again", agent.wants)
	case errors.As(err, &sealed):
		return "add --plugin, whose plugin opens them; or have them made in the cluster: spec.configSecret.backend and spec.secrets, externalSecret or sealedSecret (docs/argocd.md)"
	case errors.Is(err, overlay.ErrNoGenerator):
		return "list the AirbyteRelease, or the folder that builds it, under generators:"
	case errors.As(err, &state):
		return state.Hint
	case errors.As(err, &locked) && locked.Ours == 0:
		return "wait for it; or, if no git is running in this repository, delete " + locked.Path
	case errors.As(err, &refused):
		return "if the branch is protected, propose the change: --pull-request github, gitlab or gitea"
	case errors.As(err, &access):
		return accessHints[access.Why]
	case errors.As(err, &identity):
		return "git config user.name NAME, and git config user.email ADDRESS; or set GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_COMMITTER_NAME and GIT_COMMITTER_EMAIL"
	case errors.As(err, &diverged):
		return "git pull --rebase, and run it again"
	case errors.As(err, &owned):
		return "name another branch; airstrip writes to branches that it has begun, and to none else"
	case errors.As(err, &shallow):
		return "git fetch --deepen=100, or git fetch --unshallow; in GitHub Actions fetch-depth: 0, in GitLab CI GIT_DEPTH: 0"
	case errors.As(err, &unknown):
		return unknown.Fetch()
	case errors.Is(err, publish.ErrNoRepository):
		return "git init, or git clone: what is committed is in a repository"
	case errors.As(err, &token):
		return token.Hint
	case errors.As(err, &answer):
		return answer.Hint
	case errors.Is(err, fn.ErrNoConfig):
		return "airstrip fn is run by kustomize; by hand it is: airstrip render -o - DIR"
	}
	return ""
}

// accessHints say what lets git in.
var accessHints = map[publish.Access]string{
	publish.Denied: "give git credentials for it: a credential helper (git help credentials), an ssh key, or GIT_ASKPASS; in CI a token with write access, " +
		"in GitHub Actions permissions: {contents: write} and actions/checkout with persist-credentials",
	publish.Missing:     "look at the address: git remote -v; to who may not see a repository a server says the same, so look at the credentials too, and at what they are for",
	publish.UnknownHost: "add the host's key, compared with what its owner publishes: ssh-keyscan HOST >> ~/.ssh/known_hosts",
	publish.Unreachable: "look at the network and at http_proxy, https_proxy and no_proxy; --retry-for says how long to try",
}
