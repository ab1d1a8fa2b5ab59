package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"
)

// git runs git commands in a folder.
type git struct {
	dir string
	// env is set beside what is left of the environment.
	env []string
	// config is set beside the configuration that is found, as -c takes it.
	config []string
	// log, if set, gets what git and its hooks say.
	log io.Writer
	// prompt lets git, and ssh behind it, ask a person.
	prompt bool
}

// with returns g with more variables set.
func (g git) with(env ...string) git {
	g.env = append(slices.Clip(g.env), env...)
	return g
}

// settings hold for every command: nothing of them changes what is committed.
var settings = []string{
	"-c", "core.fsmonitor=false", // it would be started for an index that is gone in a moment
	"-c", "core.safecrlf=false", // our bytes are LF, whatever a checkout would make of them
	"-c", "core.quotePath=false",
	"-c", "advice.detachedHead=false",
	"-c", "gc.auto=0", "-c", "maintenance.auto=false",
}

// run runs git and returns what it printed, without the last line's end.
func (g git) run(ctx context.Context, args ...string) (string, error) {
	return g.feed(ctx, nil, args...)
}

// feed is run with something to read.
func (g git) feed(ctx context.Context, stdin []byte, args ...string) (string, error) {
	var all []string
	for _, c := range g.config {
		all = append(all, "-c", c)
	}
	cmd := exec.CommandContext(ctx, "git", slices.Concat(all, settings, args)...)
	cmd.Dir = g.dir
	cmd.Env = g.environment(os.Environ())
	// A git that is asked to end removes its lock files; one that is killed leaves them.
	cmd.Cancel = func() error { return terminate(cmd.Process) }
	cmd.WaitDelay = 10 * time.Second
	if stdin != nil {
		cmd.Stdin = bytes.NewReader(stdin)
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	out := strings.TrimSuffix(stdout.String(), "\n")
	switch {
	case err == nil:
		return out, g.tell(stderr.String())
	case ctx.Err() != nil:
		return out, fmt.Errorf("git %s: %w", args[0], ctx.Err())
	case errors.Is(err, exec.ErrNotFound):
		return out, errors.New("git is not on PATH: install it")
	}
	e := &gitError{args: args, stdout: redact(stdout.String()), stderr: redact(stderr.String()), code: -1}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		e.code = exit.ExitCode()
	} else {
		e.stderr = err.Error()
	}
	return out, e
}

// tell hands on what was said by git, hooks and servers on the way to success; what
// they say of a failure is in its error.
func (g git) tell(said string) error {
	if g.log == nil {
		return nil
	}
	for line := range strings.FieldsFuncSeq(redact(said), func(r rune) bool { return r == '\n' || r == '\r' }) {
		if line = strings.TrimRight(line, " "); line == "" || line == "remote:" {
			continue
		}
		if _, err := fmt.Fprintln(g.log, line); err != nil {
			return err
		}
	}
	return nil
}

// saidNo reports a command that answered with exit status 1.
func saidNo(err error) bool {
	e := (*gitError)(nil)
	return errors.As(err, &e) && e.code == 1
}

// ok runs a command that answers with its exit status: 0 yes, 1 no.
func (g git) ok(ctx context.Context, args ...string) (bool, error) {
	_, err := g.run(ctx, args...)
	if saidNo(err) {
		return false, nil
	}
	return err == nil, err
}

// list runs a command that prints a list, each entry ended by a NUL.
func (g git) list(ctx context.Context, args ...string) ([]string, error) {
	out, err := g.run(ctx, args...)
	if err != nil || out == "" {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(out, "\x00"), "\x00"), nil
}

// local are the variables that choose a repository (git rev-parse
// --local-env-vars), without those that carry configuration.
var local = []string{
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_OBJECT_DIRECTORY", "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE",
	"GIT_GRAFT_FILE", "GIT_INDEX_FILE", "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_PREFIX", "GIT_SHALLOW_FILE",
	"GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_INTERNAL_SUPER_PREFIX", "GIT_QUARANTINE_PATH",
	"GIT_CONFIG", // which is the file of git config alone
}

// fixed are set by us, whatever they were.
var fixed = []string{
	"LC_ALL=C",                // what git says is read here
	"LANGUAGE=",               // which goes before LC_ALL
	"GIT_OPTIONAL_LOCKS=0",    // looking at a repository changes nothing in it
	"GIT_LITERAL_PATHSPECS=1", // a file name is no pattern
}

func (g git) environment(from []string) []string {
	set := append(slices.Clip(fixed), g.env...)
	if !g.prompt {
		set = append(set, "GIT_TERMINAL_PROMPT=0")
	}
	var env []string
	for _, v := range from {
		name, _, _ := strings.Cut(v, "=")
		if !slices.Contains(local, name) {
			env = append(env, v)
		}
	}
	return append(env, set...) // of two, the last counts
}

// gitError is a git command that failed.
type gitError struct {
	args           []string
	stdout, stderr string
	code           int
}

// Error is the command and what it said, a line after the other.
func (e *gitError) Error() string {
	said := e.said()
	if said == "" {
		said = fmt.Sprintf("exit status %d", e.code)
	}
	return fmt.Sprintf("git %s: %s", e.args[0], said)
}

// said is what git printed on stderr, without the words in front.
func (e *gitError) said() string {
	var lines []string
	for line := range strings.Lines(e.stderr) {
		line = strings.TrimRight(line, " \r\n")
		if strings.HasPrefix(line, "hint: ") || line == "" {
			continue // git's advice is about git commands that were not typed
		}
		for _, front := range []string{"fatal: ", "error: "} {
			line = strings.TrimPrefix(line, front)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

var (
	userinfo = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://)[^\s'"]*@`)
	inQuery  = regexp.MustCompile(`([?&](?:private_token|job_token|access_token|token|password)=)[^\s&'"]*`)
)

// redact takes the credentials out of the URLs in a text. A password may hold a
// slash that nobody escaped, so the last @ is what ends it.
func redact(s string) string {
	return inQuery.ReplaceAllString(userinfo.ReplaceAllString(s, "${1}…@"), "${1}…")
}
