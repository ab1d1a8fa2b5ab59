package publish

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Options are how git is to talk.
type Options struct {
	// Log, if set, gets what git, its hooks and the remote say, line by line and
	// without credentials.
	Log io.Writer
	// Prompt lets git and ssh ask for a password. Without it they fail instead, as
	// they must where nobody is there to answer.
	Prompt bool
}

// Repository is a git repository that commits are made in.
type Repository struct {
	// Root is the folder of the work tree, empty where there is none.
	Root string
	// git runs in Root, or in the repository where there is no work tree.
	git git
	// dir is the .git of the work tree, common what work trees share.
	dir, common string
	// config is what git is told here, by key: the last word, as -c takes it.
	config map[string]string
	// remove deletes what Connect has made.
	remove func() error
}

// Open returns the repository around dir. What an airstrip that was killed left in
// it is mended first.
func Open(ctx context.Context, dir string, o Options) (*Repository, error) {
	root, err := Root(ctx, dir)
	if err != nil {
		return nil, err
	}
	r := &Repository{Root: root, git: git{dir: root, log: o.Log, prompt: o.Prompt}, remove: func() error { return nil }}
	if err := r.locate(ctx); err != nil {
		return nil, err
	}
	return r, r.heal(ctx)
}

func (r *Repository) locate(ctx context.Context) error {
	out, err := r.quiet().run(ctx, "rev-parse", "--absolute-git-dir", "--git-common-dir")
	if err != nil {
		return err
	}
	dir, common, _ := strings.Cut(out, "\n")
	r.dir, r.common = filepath.FromSlash(dir), filepath.FromSlash(common)
	if !filepath.IsAbs(r.common) {
		r.common = filepath.Join(r.git.dir, r.common)
	}
	return r.configure(ctx)
}

// configure reads how git is configured here. A key without a value is not one with an
// empty one.
func (r *Repository) configure(ctx context.Context) error {
	entries, err := r.quiet().list(ctx, "config", "--null", "--includes", "--list")
	r.config = map[string]string{}
	for _, e := range entries {
		key, value, given := strings.Cut(e, "\n")
		switch {
		case !given:
			r.config[key] = key
		case key == "core.hookspath" || key == "core.attributesfile":
			r.config[key] = key + "=" + rooted(r.git.dir, value)
		default:
			r.config[key] = key + "=" + value
		}
	}
	return err
}

// rooted is a path of git's configuration as it is meant in the root of a work tree.
func rooted(root, path string) string {
	for _, front := range []string{"/", "~", "%("} { // the home of a user's, or git's own
		if strings.HasPrefix(path, front) {
			return path
		}
	}
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(root, path)
}

// Whose commits are made, and what else of the configuration has a say in them. It is in
// the arguments of git, which others on the machine can see: none of it is secret.
var (
	identity  = regexp.MustCompile(`^(user|author|committer|gpg)\.|^commit\.gpgsign$`)
	ofCommits = regexp.MustCompile(`^(user|author|committer|gpg|commit|i18n|filter)\.|^core\.(hookspath|attributesfile|autocrlf|eol)$`)
)

// configured are the settings whose key matches.
func (r *Repository) configured(keys *regexp.Regexp) []string {
	var some []string
	for _, key := range slices.Sorted(maps.Keys(r.config)) {
		if keys.MatchString(key) {
			some = append(some, r.config[key])
		}
	}
	return some
}

// Connect returns a repository for commits to a remote that there is no clone of. It
// holds only what is fetched for them, and Close deletes it. Commits in it are made
// with the identity and the signing key of like.
func Connect(ctx context.Context, url string, like *Repository, o Options) (*Repository, error) {
	top, err := os.MkdirTemp("", "airstrip-repository-")
	if err != nil {
		return nil, err
	}
	r := &Repository{git: git{dir: top, log: o.Log, prompt: o.Prompt}, remove: func() error { return os.RemoveAll(top) }}
	if err := r.connect(ctx, url, like); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Repository) connect(ctx context.Context, url string, like *Repository) error {
	init := []string{"init", "--quiet", "--bare", "--template="}
	g := r.quiet()
	if _, err := g.run(ctx, init...); err != nil {
		return err
	}
	if like != nil {
		r.git.config = like.configured(identity)
	}
	if err := r.locate(ctx); err != nil {
		return err
	}
	out, err := r.network().run(ctx, "ls-remote", "--heads", url)
	err = r.remoteError(ctx, url, err)
	// Who pushes tries for longer.
	if access := (*AccessError)(nil); err != nil && !(errors.As(err, &access) && access.Why == Unreachable) {
		return err
	}
	if id, _, _ := strings.Cut(out, "\t"); len(id) == 64 { // those of SHA-1 have 40 digits
		if err := errors.Join(os.RemoveAll(r.git.dir), os.Mkdir(r.git.dir, 0o700)); err != nil {
			return err
		}
		if _, err := g.run(ctx, append(init, "--object-format=sha256")...); err != nil {
			return err
		}
	}
	_, err = g.run(ctx, "remote", "add", "origin", url)
	return err
}

// Close deletes what was made for the time being.
func (r *Repository) Close() error { return r.remove() }

// quiet is the repository's git when nobody has to hear it.
func (r *Repository) quiet() git {
	g := r.git
	g.log = nil
	return g
}

// Head is what is checked out.
type Head struct {
	// Branch is empty where HEAD is detached.
	Branch string
	// Commit is empty where there is none yet.
	Commit string
}

// Head returns what is checked out.
func (r *Repository) Head(ctx context.Context) (Head, error) {
	var h Head
	g := r.quiet()
	ref, err := g.run(ctx, "symbolic-ref", "--quiet", "HEAD")
	if err != nil && !saidNo(err) {
		return h, err
	}
	h.Branch = strings.TrimPrefix(ref, "refs/heads/")
	h.Commit, err = r.commitOf(ctx, "HEAD")
	return h, err
}

// commitOf is the commit that a name stands for, empty if nothing has that name.
func (r *Repository) commitOf(ctx context.Context, name string) (string, error) {
	commit, err := Resolve(ctx, r.git.dir, name)
	if errors.Is(err, ErrNoRevision) {
		return "", nil
	}
	return commit, err
}

// StateError says that a repository is in the middle of something, or has nothing
// checked out that a commit could go to.
type StateError struct{ Root, What, Hint string }

func (e *StateError) Error() string { return fmt.Sprintf("%s: %s", e.Root, e.What) }

// unfinished are the files that git keeps while something is half done.
var unfinished = []struct{ file, what, hint string }{
	{"MERGE_HEAD", "a merge is in progress", "finish it with git commit, or give it up with git merge --abort"},
	{"rebase-merge", "a rebase is in progress", "finish it with git rebase --continue, or give it up with --abort"},
	{"rebase-apply", "a rebase is in progress", "finish it with git rebase --continue, or git am --continue, or give it up with --abort"},
	{"CHERRY_PICK_HEAD", "a cherry-pick is in progress", "finish it with git cherry-pick --continue, or give it up with --abort"},
	{"REVERT_HEAD", "a revert is in progress", "finish it with git revert --continue, or give it up with --abort"},
}

// Ready returns the branch that is checked out, or a StateError that says why
// nothing can be committed to it.
func (r *Repository) Ready(ctx context.Context) (Head, error) {
	h, err := r.Head(ctx)
	if err != nil {
		return h, err
	}
	for _, u := range unfinished {
		if _, err := os.Lstat(filepath.Join(r.dir, u.file)); err == nil {
			return h, &StateError{r.Root, u.what, u.hint}
		}
	}
	if h.Branch == "" {
		return h, &StateError{r.Root, "no branch is checked out, and a commit on none would be lost",
			"check one out first: git checkout -B BRANCH; or name where the render goes with --branch"}
	}
	return h, nil
}

// Tracked says what of the folders below Root keeps airstrip from committing them
// there: they are ignored, left out of a sparse checkout, a submodule, or have the
// name of another but for its case.
func (r *Repository) Tracked(ctx context.Context, folders ...string) error {
	var errs []error
	for _, folder := range folders {
		errs = append(errs, r.tracked(ctx, folder))
	}
	return errors.Join(errs...)
}

func (r *Repository) tracked(ctx context.Context, folder string) error {
	g := r.quiet()
	stages, err := g.list(ctx, "ls-files", "-z", "-t", "--cached", "--", folder)
	if err != nil {
		return err
	}
	for _, s := range stages {
		if strings.HasPrefix(s, "S ") {
			return &StateError{folder, "is not part of this sparse checkout", "git sparse-checkout add " + folder}
		}
	}
	if err := r.clashes(ctx, folder); err != nil {
		return err
	}
	// Of files, one by one, the user may ignore what he likes: they are airstrip's. A rule
	// that takes the folder out of the ignored is one that --verbose shows as well.
	g = g.with("GIT_LITERAL_PATHSPECS=0")
	file := folder + "/kustomization.yaml"
	if ignored, err := g.ok(ctx, "check-ignore", "--quiet", "--", file); err != nil || !ignored {
		return err
	}
	rule, err := g.run(ctx, "check-ignore", "--verbose", "--", file)
	if err != nil {
		return err
	}
	rule, _, _ = strings.Cut(rule, "\t")
	return &StateError{folder, "is ignored by git: " + rule, "take the rule out, or render into another folder with --output"}
}

// clashes says whether HEAD has something else where a folder is to be.
func (r *Repository) clashes(ctx context.Context, folder string) error {
	g := r.quiet()
	if h, err := r.commitOf(ctx, "HEAD"); err != nil || h == "" {
		return err
	}
	parts := strings.Split(folder, "/")
	for i := range parts {
		at := strings.Join(parts[:i], "/")
		names, err := g.list(ctx, "ls-tree", "-z", "HEAD:"+at)
		if err != nil {
			return nil // not there yet
		}
		for _, n := range names {
			meta, name, _ := strings.Cut(n, "\t")
			switch {
			case name == parts[i] && strings.HasPrefix(meta, "160000 "):
				return &StateError{strings.Join(parts[:i+1], "/"), "is a submodule", "render into another folder with --output, or name the submodule with --repo"}
			case name != parts[i] && strings.EqualFold(name, parts[i]):
				return &StateError{folder, fmt.Sprintf("%s is in git already, and the two are one folder on some machines", strings.TrimPrefix(at+"/"+name, "/")),
					"give the overlay the name that its folder has in git, or git mv that"}
			}
		}
	}
	return nil
}
