package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Remote is a branch of another repository.
type Remote struct {
	// Name is one that git knows: origin.
	Name string
	// Branch is the branch there, without refs/heads/.
	Branch string
}

func (m Remote) String() string { return m.Name + "/" + m.Branch }

// Upstream returns where git would push a branch to: what is configured, or the branch
// of the same name of the one remote, or of origin.
func (r *Repository) Upstream(ctx context.Context, branch string) (Remote, error) {
	g := r.quiet()
	out, err := g.run(ctx, "for-each-ref", "--format=%(push:remotename) %(push:remoteref)", "refs/heads/"+branch)
	if err != nil {
		return Remote{}, err
	}
	name, ref, _ := strings.Cut(out, " ")
	if name == "" {
		all, err := g.run(ctx, "remote")
		if err != nil {
			return Remote{}, err
		}
		names := strings.Fields(all)
		switch {
		case len(names) == 1:
			name = names[0]
		case len(names) == 0:
			return Remote{}, &StateError{r.where(), "has no remote to push to", "git remote add origin URL"}
		default:
			name = "origin"
		}
	}
	if b, ok := strings.CutPrefix(ref, "refs/heads/"); ok {
		branch = b
	}
	return Remote{name, branch}, nil
}

func (r *Repository) where() string {
	if r.Root != "" {
		return r.Root
	}
	return r.git.dir
}

// URL returns where a remote is pushed to, with its credentials if it has any: it is
// for parsing, not for printing.
func (r *Repository) URL(ctx context.Context, remote string) (string, error) {
	out, err := r.quiet().run(ctx, "remote", "get-url", "--push", remote)
	url, _, _ := strings.Cut(out, "\n")
	return url, err
}

// Default returns the branch that a remote has checked out.
func (r *Repository) Default(ctx context.Context, remote string) (string, error) {
	out, err := r.network().run(ctx, "ls-remote", "--symref", remote, "HEAD")
	if err != nil {
		return "", r.remoteError(ctx, remote, err)
	}
	for line := range strings.Lines(out) {
		if ref, ok := strings.CutPrefix(line, "ref: refs/heads/"); ok {
			branch, _, _ := strings.Cut(ref, "\t")
			return branch, nil
		}
	}
	return "", fmt.Errorf("%s: the repository is empty and names no branch: name one with --branch", remote)
}

// network is git for what goes to a remote. Ssh has a terminal to ask on wherever it
// runs, so it is told when nobody is there; unless somebody says how to run it.
func (r *Repository) network() git {
	g := r.quiet()
	if !g.prompt && os.Getenv("GIT_SSH_COMMAND") == "" && os.Getenv("GIT_SSH") == "" {
		_, command, _ := strings.Cut(r.config["core.sshcommand"], "=")
		g = g.with("GIT_SSH_COMMAND=" + cmp.Or(command, "ssh") + " -o BatchMode=yes")
	}
	return g
}

// tip fetches a branch of a remote, see fetched.
func (r *Repository) tip(ctx context.Context, remote Remote, whole bool) (string, error) {
	return r.fetched(ctx, remote.Name, "refs/heads/"+remote.Branch, whole)
}

// fetched fetches a ref of a remote and returns its commit: empty if the remote has no
// such ref. Nothing is written but objects, and the refs that a fetch keeps of a
// remote. Whole asks for all that came before it as well, which is not needed to look
// at the files; without a clone the files alone are fetched.
func (r *Repository) fetched(ctx context.Context, remote, ref string, whole bool) (string, error) {
	g := r.network()
	args := []string{"fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"}
	if r.Root == "" && !whole {
		args = append(args, "--depth=1")
	}
	for range 5 {
		out, err := g.run(ctx, "ls-remote", remote, ref)
		if err != nil {
			return "", r.remoteError(ctx, remote, err)
		}
		commit := ""
		for line := range strings.Lines(out) {
			if id, name, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t"); name == ref {
				commit = id
			}
		}
		if commit == "" {
			return "", nil
		}
		if _, err := g.run(ctx, append(args, remote, ref)...); err != nil {
			return "", r.remoteError(ctx, remote, err)
		}
		// Between the two the branch may have gone on, and only what it is now was fetched.
		if has, err := r.quiet().ok(ctx, "cat-file", "-e", commit+"^{commit}"); has || ctx.Err() != nil {
			return commit, err
		}
	}
	return "", fmt.Errorf("%s: %w", ref, errRace)
}

// push pushes a commit to a branch, forward only.
func (r *Repository) push(ctx context.Context, commit string, remote Remote) error {
	return r.pushRef(ctx, commit, remote.Name, "refs/heads/"+remote.Branch)
}

func (r *Repository) pushRef(ctx context.Context, commit, remote, ref string) error {
	g := r.network()
	g.log = r.git.log
	_, err := g.run(ctx, "push", "--porcelain", "--no-follow-tags", "--recurse-submodules=no", remote, commit+":"+ref)
	e := (*gitError)(nil)
	if !errors.As(err, &e) {
		return err
	}
	for line := range strings.Lines(e.stdout) {
		// flag TAB from:to TAB summary (reason), see git-push(1), OUTPUT
		f := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(f) == 3 && f[0] == "!" {
			return rejection(strings.TrimPrefix(ref, "refs/heads/"), f[2], e.said())
		}
	}
	return r.remoteError(ctx, remote, err)
}

// errRace says that somebody else was faster.
var errRace = errors.New("somebody else has pushed")

// A RefusedError says that a remote does not take what it was pushed, however often:
// the branch is protected, as a rule, or a rule of the server's was broken.
type RefusedError struct{ Branch, Reason, Said string }

func (e *RefusedError) Error() string {
	text := fmt.Sprintf("the remote refuses what is pushed to %s: %s", e.Branch, e.Reason)
	if e.Said != "" {
		text += "\n" + e.Said
	}
	return text
}

// races are the reasons that mean: the branch was moved. The later ones are those of
// servers that found out while they wrote.
var races = []string{
	"fetch first", "non-fast-forward", "stale info", "needs force", "remote ref updated since checkout",
	"cannot lock ref", "failed to lock", "failed to update ref", "incorrect old value provided", "reference already exists", "unable to lock",
}

// rejection is what a rejected push means; summary is as git prints it:
// [rejected] (fetch first).
func rejection(branch, summary, said string) error {
	_, reason, _ := strings.Cut(summary, "(")
	reason = strings.TrimSuffix(reason, ")")
	for _, s := range races {
		if strings.Contains(reason, s) {
			return fmt.Errorf("%s: %w: %s", branch, errRace, reason)
		}
	}
	var remote []string
	for line := range strings.Lines(said) {
		if text, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "remote: "); ok && !slices.Contains([]string{"", "error:"}, strings.TrimSpace(text)) { // Gitea has such lines around what it says
			remote = append(remote, "remote: "+strings.TrimSpace(text))
		}
	}
	return &RefusedError{branch, reason, strings.Join(remote, "\n")}
}

// An AccessError says that a remote could not be reached, or lets nobody in who has
// these credentials.
type AccessError struct {
	Remote string // its URL, without credentials
	Said   string
	Why    Access
}

// Access is what is wrong with the way to a remote.
type Access string

const (
	// Denied: no credentials, or wrong ones, or not enough.
	Denied Access = "denied"
	// Missing: there is no such repository, or none that these credentials may see.
	Missing Access = "missing"
	// UnknownHost: ssh does not know the key of the host.
	UnknownHost Access = "unknown host key"
	// Mismatched: its objects have other ids, SHA-256 and not SHA-1 or the other way round.
	Mismatched Access = "mismatched ids"
	// Unreachable: no such host, no answer, an answer of 5xx. It may be better soon.
	Unreachable Access = "unreachable"
)

func (e *AccessError) Error() string { return fmt.Sprintf("%s: %s", e.Remote, e.Said) }

// signs are what git, curl and ssh say, by what it means.
var signs = []struct {
	why  Access
	said []string
}{
	{Missing, []string{"push to create is not enabled"}}, // Gitea, with a 403
	{Mismatched, []string{"mismatched algorithms", "does not support this repository's hash algorithm"}},
	{UnknownHost, []string{"host key verification failed", "remote host identification has changed"}},
	{Denied, []string{
		"could not read username", "could not read password", "authentication failed", "terminal prompts disabled", "permission denied",
		"returned error: 401", "returned error: 403", "access denied", "invalid credentials",
	}},
	{Missing, []string{"returned error: 404", "not found", "does not appear to be a git repository"}},
	{Unreachable, []string{
		"could not resolve", "connection refused", "connection reset", "connection timed out", "timed out", "hung up", "early eof", "failed to connect",
		"returned error: 5", "returned error: 429", "rpc failed", "unable to connect", "network is unreachable", "connection closed", "empty reply",
	}},
}

func (r *Repository) remoteError(ctx context.Context, remote string, err error) error {
	e := (*gitError)(nil)
	if !errors.As(err, &e) {
		return err
	}
	said := strings.ToLower(e.stderr)
	for _, s := range signs {
		for _, words := range s.said {
			if strings.Contains(said, words) {
				url, urlErr := r.URL(ctx, remote)
				if urlErr != nil {
					url = remote
				}
				return &AccessError{redact(url), e.said(), s.why}
			}
		}
	}
	return err
}
