package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Root returns the folder of the work tree that dir is in.
func Root(ctx context.Context, dir string) (string, error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s: no such folder", dir)
	}
	root, err := git{dir: dir}.run(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return "", notARepository(dir, err)
	}
	return filepath.FromSlash(root), nil
}

// notARepository puts a name to the commonest failures of all.
func notARepository(dir string, err error) error {
	e := (*gitError)(nil)
	switch {
	case !errors.As(err, &e):
		return err
	case strings.Contains(e.stderr, "not a git repository"):
		return fmt.Errorf("%s: %w", dir, ErrNoRepository)
	case strings.Contains(e.stderr, "must be run in a work tree"):
		return fmt.Errorf("%s: %w", dir, ErrNoWorkTree)
	}
	return fmt.Errorf("%s: %w", dir, err)
}

// ErrNoRepository says that a folder is in no git repository.
var ErrNoRepository = errors.New("not in a git repository")

// ErrNoWorkTree says that a folder is a bare repository, or git's own of one that is not.
var ErrNoWorkTree = errors.New("a repository without a work tree")

// Export writes the files of a revision of the repository around dir into a new
// temporary folder: tree is what corresponds to the root of the work tree, and
// remove deletes it. Index, work tree, refs and worktrees of the repository stay
// as they are, and no hook runs. Filters that git is configured with do run.
//
// What a revision only points at, submodules and files that Git LFS would have to
// fetch, is not there; Absent lists it.
func Export(ctx context.Context, dir, rev string) (tree string, remove func() error, err error) {
	return ExportFolders(ctx, dir, rev)
}

// ExportFolders is Export for some folders of a revision, slash-separated and
// relative to its root; one that it has not got is no error. Without any it is all.
func ExportFolders(ctx context.Context, dir, rev string, folders ...string) (tree string, remove func() error, err error) {
	commit, err := Resolve(ctx, dir, rev)
	if err != nil {
		return "", nil, err
	}
	top, err := os.MkdirTemp("", "airstrip-tree-")
	if err != nil {
		return "", nil, err
	}
	remove = func() error { return os.RemoveAll(top) }
	tree = filepath.Join(top, "tree")
	if err := exportTo(ctx, dir, commit, top, tree, folders); err != nil {
		return "", nil, errors.Join(fmt.Errorf("%s: %w", rev, err), remove())
	}
	return tree, remove, nil
}

// Resolve returns the commit that a name stands for.
func Resolve(ctx context.Context, dir, rev string) (string, error) {
	commit, err := git{dir: dir}.run(ctx, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	switch {
	case saidNo(err):
		return "", fmt.Errorf("%s: %w", rev, ErrNoRevision)
	case err != nil:
		return "", notARepository(dir, err)
	}
	return commit, nil
}

// ErrNoRevision says that the repository has nothing of that name.
var ErrNoRevision = errors.New("no such branch, tag or commit here")

func exportTo(ctx context.Context, dir, commit, top, tree string, folders []string) error {
	g := git{dir: dir}
	at, err := g.run(ctx, "rev-parse", "--absolute-git-dir")
	if err != nil {
		return err
	}
	g = g.with("GIT_DIR="+filepath.FromSlash(at), "GIT_WORK_TREE="+tree, "GIT_INDEX_FILE="+filepath.Join(top, "index"))
	return checkout(ctx, g, commit, top, tree, folders...)
}

// checkout fills the folder tree with the files of a commit. G knows the repository,
// that tree is its work tree and where its index is.
func checkout(ctx context.Context, g git, commit, top, tree string, folders ...string) error {
	if err := os.MkdirAll(tree, 0o755); err != nil {
		return err
	}
	g.dir = tree
	if _, err := g.run(ctx, "-c", "core.sparseCheckout=false", "read-tree", commit); err != nil {
		return err
	}
	entries, err := g.list(ctx, append([]string{"ls-files", "--stage", "-z", "--"}, folders...)...)
	if err != nil {
		return err
	}
	var paths strings.Builder
	for _, e := range entries {
		_, name, _ := strings.Cut(e, "\t")
		paths.WriteString(name + "\x00")
	}
	// Line ends as they are in the repository, on every machine.
	if _, err := g.feed(ctx, []byte(paths.String()), "-c", "core.autocrlf=false", "-c", "core.eol=lf", "-c", "core.sparseCheckout=false",
		"checkout-index", "--force", "--quiet", "-u", "-z", "--stdin"); err != nil {
		return err
	}
	absent, err := removeStandIns(tree, entries)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(top, "absent"), []byte(strings.Join(absent, "\x00")), 0o644)
}

// pointer is how every file begins that stands for one of Git LFS
// (github.com/git-lfs/git-lfs, docs/spec.md), none of which is longer than
// maxPointer.
const (
	pointer    = "version https://git-lfs.github.com/spec/v1\n"
	maxPointer = 1024
)

// removeStandIns deletes what would be read as something that it is not, and lists
// it. Entries are those of git ls-files --stage.
func removeStandIns(tree string, entries []string) ([]string, error) {
	var absent []string
	for _, e := range entries {
		meta, name, _ := strings.Cut(e, "\t")
		path := filepath.Join(tree, filepath.FromSlash(name))
		if strings.HasPrefix(meta, "160000 ") {
			absent = append(absent, name+"/")
			if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			continue
		}
		info, err := os.Lstat(path)
		if err != nil || !info.Mode().IsRegular() || info.Size() > maxPointer {
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if bytes.HasPrefix(data, []byte(pointer)) {
			absent = append(absent, name)
			if err := os.Remove(path); err != nil {
				return nil, err
			}
		}
	}
	slices.Sort(absent)
	return absent, nil
}

// Absent lists what an exported tree lacks: submodules, with a slash at the end,
// and files of Git LFS.
func Absent(tree string) ([]string, error) {
	data, err := os.ReadFile(filepath.Join(filepath.Dir(tree), "absent"))
	if err != nil || len(data) == 0 {
		return nil, err
	}
	return strings.Split(string(data), "\x00"), nil
}
