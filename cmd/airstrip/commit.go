package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/diff"
	"github.com/airstrip-dev/airstrip/fn/publish"
)

// commitOptions are the flags of commit.
type commitOptions struct {
	source
	output    string
	jobs      int
	allowDrop bool
	message   string

	branch, repo, path string
	promoter           bool

	push        bool
	retry       time.Duration
	pullRequest string
	base, api   string
}

func (o *commitOptions) AddFlags(f *pflag.FlagSet) {
	o.source.AddFlags(f)
	f.StringVarP(&o.output, "output", "o", "", "commit below this `DIR` of the work tree (default rendered/, beside the folder overlays/)")
	f.IntVarP(&o.jobs, "jobs", "j", runtime.NumCPU(), "overlays to render at a time")
	f.BoolVar(&o.allowDrop, "allow-drop", false, "commit a folder that loses more than half of its objects")
	f.StringVarP(&o.message, "message", "m", "", "`TEMPLATE` of the message, or @FILE that holds one (docs/commit.md)")
	f.StringVar(&o.branch, "branch", "", "commit to this `BRANCH`, and not to the one that is checked out; with {name} in it, one for each overlay")
	f.StringVar(&o.repo, "repo", "", "commit to another repository, by the `DIR|URL` of it")
	f.StringVar(&o.path, "path", "", "`FOLDER` in the repository of --repo, or on the branch of --branch")
	f.BoolVar(&o.promoter, "promoter", false, "write what GitOps Promoter takes a change from: BRANCH-next, hydrator.metadata and its note")
	f.BoolVar(&o.push, "push", false, "push, and render again on top of what others have pushed")
	f.DurationVar(&o.retry, "retry-for", 2*time.Minute, "how long to try to push")
	f.StringVar(&o.pullRequest, "pull-request", "", "push to a branch of its own, and open or update a pull request: github, gitlab or gitea")
	f.StringVar(&o.base, "base", "", "`BRANCH` that the pull request is for (default the one that is checked out, or that of --branch)")
	f.StringVar(&o.api, "api-url", "", "`URL` of the API, where it does not follow from the remote's")
}

func newCommit(t *terminal) *cobra.Command {
	var o commitOptions
	cmd := &cobra.Command{
		Use:   "commit [DIR...]",
		Short: "Render overlays and commit what came of it with git",
		Example: `  airstrip commit overlays/*                     # to rendered/, on this branch
  airstrip commit --push overlays/*              # and push; others may push too
  airstrip commit --pull-request github          # or propose it, all of overlays/
  airstrip commit --branch 'env/{name}' --push   # one branch an environment`,
		Long: `Renders each DIR, without any every overlay below overlays/, and commits the files
that airstrip owns, with your git: hooks, signature, identity and credentials are
yours. What else you have staged or changed stays as it is. When nothing changed
there is no commit.

Without --branch, --repo, --push and --pull-request the work tree is rendered, as by
airstrip render. With one of them, what is committed is: what others get can be made
again from a commit. The commits go to stdout, a line each: commit and branch; and
with --pull-request its address.

A push that somebody else was faster than is rendered again on top of his. Nothing is
ever pushed with force, and no text merged. A branch or folder that airstrip does not
own is refused.

ENVIRONMENT
` + variables + `  GITHUB_TOKEN, GH_TOKEN    for --pull-request github
  GITLAB_TOKEN              for --pull-request gitlab
  GITEA_TOKEN               for --pull-request gitea
  GITHUB_API_URL, CI_API_V4_URL  as --api-url, for the server that they belong to

` + exitStatus,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), t, args) },
	}
	o.AddFlags(cmd.Flags())
	return cmd
}

// committer carries one run of commit.
type committer struct {
	t       *terminal
	o       *commitOptions
	options fn.Options
	message *template.Template
	// source is the repository of the overlays, target that of the commits.
	source, target *publish.Repository
	dirs           []string
	all            []*rendering
	// judge knows what somebody has answered for.
	judge *judge
	// revision is the commit that is rendered, as the message says it.
	revision string
	// rendered is the tree that was rendered last.
	rendered string
	// report, made and subject are about the commit that was made last.
	report *diff.Report
	made   commitMessage
	// subject is that of its message.
	subject string
	// foreign are files that were warned of, wrote the folders of the user's work tree
	// that were written.
	foreign, wrote []string
}

func (o *commitOptions) run(ctx context.Context, t *terminal, dirs []string) error {
	if err := o.check(); err != nil {
		return err
	}
	every := len(dirs) == 0
	dirs, err := everyOverlay(dirs, "those to commit")
	if err != nil {
		return err
	}
	if every && o.repo == "" && o.branch == "" {
		gone, err := leftOver(cmp.Or(o.output, "rendered"), dirs)
		if err != nil {
			return err
		}
		for _, dir := range gone {
			fmt.Fprintf(t.err, "airstrip: warning: %s %s\n", inLog(filepath.ToSlash(dir)), orphan(ctx, dir))
		}
	}
	c := &committer{t: t, o: o, dirs: dirs}
	if c.message, err = messageTemplate(o.message); err != nil {
		return err
	}
	if c.options, err = o.options(); err != nil {
		return err
	}
	if c.judge, err = newJudge(failOn{}, "", dirs); err != nil {
		return err
	}
	if c.source, err = publish.Open(ctx, dirs[0], c.git()); err != nil {
		return err
	}
	if c.target, err = c.connect(ctx); err != nil {
		return err
	}
	if err := c.locate(ctx); err != nil {
		return err
	}
	err = c.run(ctx)
	slices.Sort(c.wrote)
	switch wrote := strings.Join(slices.Compact(c.wrote), ", "); {
	case err == nil || wrote == "":
	case ctx.Err() != nil:
		err = &interruptedError{wrote + ": written, and not committed"}
	default:
		fmt.Fprintf(t.err, "airstrip: warning: %s: written, and not committed\n", wrote)
	}
	if closeErr := c.target.Close(); err == nil {
		err = closeErr
	}
	return err
}

// check refuses flags that say nothing together.
func (o *commitOptions) check() error {
	if o.jobs < 1 {
		return usageError{message: fmt.Sprintf("--jobs is %d, want at least 1", o.jobs)}
	}
	if o.pullRequest != "" {
		if err := choice("--pull-request", o.pullRequest, "github", "gitlab", "gitea"); err != nil {
			return err
		}
	}
	clean := path.Clean("/" + filepath.ToSlash(o.path))[1:]
	for _, bad := range []struct {
		is   bool
		says string
	}{
		{o.push && o.pullRequest != "", "--pull-request pushes a branch of its own: without --push"},
		{o.path != "" && o.repo == "" && o.branch == "", "--path is for --repo and --branch; in this repository it is --output"},
		{o.output != "" && (o.repo != "" || o.branch != ""), "--output is a folder of this work tree; with --repo or --branch it is --path"},
		{o.promoter && !strings.Contains(o.branch, "{name}"), "--promoter needs a branch for each environment: --branch 'env/{name}'"},
		{strings.ContainsAny(strings.ReplaceAll(o.branch, "{name}", ""), "{}"), fmt.Sprintf("--branch is %q: what stands in braces can only be {name}", o.branch)},
		{o.promoter && o.pullRequest != "", "--promoter leaves the pull requests to GitOps Promoter: without --pull-request"},
		{o.retry < 0, fmt.Sprintf("--retry-for is %s, want a time such as 2m", o.retry)},
		{o.base != "" && o.pullRequest == "", "--base is for --pull-request"},
		{o.base != "" && o.branch != "", "--base and --branch both name the branch that the pull request is for"},
		{o.api != "" && o.pullRequest == "", "--api-url is for --pull-request"},
		{o.path != "" && clean != strings.TrimSuffix(filepath.ToSlash(o.path), "/") && o.path != ".", fmt.Sprintf("--path is %q, want a folder in the repository", o.path)},
		{isURL(o.repo) && !o.push && o.pullRequest == "", "there is no clone of --repo to commit to: add --push or --pull-request"},
	} {
		if bad.is {
			return usageError{message: bad.says}
		}
	}
	o.path = clean
	return nil
}

// isURL tells what git clones from the folder of a clone.
func isURL(repo string) bool {
	if repo == "" {
		return false
	}
	if _, err := os.Stat(repo); err == nil {
		return false
	}
	front, _, found := strings.Cut(repo, ":")
	return strings.Contains(repo, "://") || found && !strings.ContainsAny(front, `/\`) && len(front) > 1
}

// git is how git talks: it may ask where somebody is there to answer.
func (c *committer) git() publish.Options {
	in, ok := c.t.in.(*os.File)
	return publish.Options{Log: c.t.err, Prompt: ok && term.IsTerminal(int(in.Fd())) && os.Getenv("CI") == ""}
}

// connect returns the repository that is committed to. The folder of a bare one is as good
// as its URL.
func (c *committer) connect(ctx context.Context) (*publish.Repository, error) {
	switch {
	case c.o.repo == "":
		return c.source, nil
	case isURL(c.o.repo):
		return publish.Connect(ctx, c.o.repo, c.source, c.git())
	}
	r, err := publish.Open(ctx, c.o.repo, c.git())
	if !errors.Is(err, publish.ErrNoWorkTree) {
		return r, err
	}
	if !c.o.push && c.o.pullRequest == "" {
		return nil, usageError{message: fmt.Sprintf("--repo %s is %v to commit to: add --push or --pull-request, or name a clone of it", c.o.repo, publish.ErrNoWorkTree)}
	}
	dir, err := filepath.Abs(c.o.repo)
	if err != nil {
		return nil, err
	}
	return publish.Connect(ctx, dir, c.source, c.git())
}

// locate finds where each overlay is in its repository, and where its objects go.
func (c *committer) locate(ctx context.Context) error {
	r := renderOptions{output: c.o.output}
	targets, err := r.targets(c.dirs)
	if err != nil {
		return err
	}
	for i, dir := range c.dirs {
		rel, err := below(c.source.Root, dir)
		if err != nil {
			return err
		}
		name := filepath.Base(targets[i]) // as render calls it
		one := &rendering{name: name, given: dir, dir: rel}
		switch {
		case c.o.branch != "" && strings.Contains(c.o.branch, "{name}"):
			one.folder = path.Clean(c.o.path)
		case c.o.branch != "" || c.o.repo != "" && c.o.path != "":
			one.folder = path.Join(c.o.path, name)
		case c.o.repo != "":
			one.folder = path.Join("rendered", name)
		default:
			if one.folder, err = below(c.source.Root, targets[i]); err != nil {
				return err
			}
		}
		if insideGit(one.folder) {
			return usageError{message: fmt.Sprintf("%s would be committed to %s: a folder .git is git's own, choose another with --path or --output", dir, one.folder)}
		}
		c.all = append(c.all, one)
	}
	slices.SortStableFunc(c.all, func(a, b *rendering) int { return strings.Compare(a.name, b.name) })
	return nil
}

// below is the path of a folder in a repository, whether or not it is there.
func below(root, dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	real, rest := abs, ""
	for {
		if resolved, err := filepath.EvalSymlinks(real); err == nil {
			real = resolved
			break
		}
		if filepath.Dir(real) == real {
			break
		}
		real, rest = filepath.Dir(real), filepath.Join(filepath.Base(real), rest)
	}
	rel, err := filepath.Rel(root, filepath.Join(real, rest))
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", fmt.Errorf("%s is not in the repository %s, whose overlays are committed: commit it by itself, or name the repository with --repo", dir, root)
	}
	return filepath.ToSlash(rel), nil
}
