package publish

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A room is a work tree of its own on a repository: HEAD, index and, as a rule,
// files are in a temporary folder, objects, configuration and hooks are the
// repository's. Git knows it by its variables alone, so that one that is left
// behind is a folder in the temporary directory and nothing else.
type room struct {
	top  string
	tree string // the files
	git  git
	base string // the commit that it was made for, empty for none
}

// room makes one with the files of a commit, or with none. If tree is given, that is
// used as it stands, and only HEAD and index are new.
func (r *Repository) room(ctx context.Context, commit, tree string) (*room, error) {
	top, err := os.MkdirTemp("", "airstrip-room-")
	if err != nil {
		return nil, err
	}
	m := &room{top: top, tree: tree, base: commit}
	if err := m.furnish(ctx, r); err != nil {
		return nil, errors.Join(err, m.close())
	}
	return m, nil
}

func (m *room) furnish(ctx context.Context, r *Repository) error {
	dir := filepath.Join(m.top, "git")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	// A branch that is not there yet is born in a ref that belongs to this HEAD alone
	// (gitrepository-layout, refs/worktree).
	head := m.base
	if head == "" {
		head = "ref: refs/worktree/airstrip"
	}
	for name, text := range map[string]string{"HEAD": head, "commondir": r.common} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o644); err != nil {
			return err
		}
	}
	own := m.tree == ""
	if own {
		m.tree = filepath.Join(m.top, "tree")
	}
	m.git = r.git.with("GIT_DIR="+dir, "GIT_WORK_TREE="+m.tree, "GIT_INDEX_FILE="+filepath.Join(dir, "index"))
	m.git.dir = m.tree
	// Neither conditions on where the repository is (includeIf) nor config.worktree hold
	// for this one by themselves.
	m.git.config = r.configured(ofCommits)
	quiet := m.quiet()
	switch {
	case own && m.base != "":
		return checkout(ctx, quiet, m.base, m.top, m.tree)
	case own:
		return os.Mkdir(m.tree, 0o755)
	case m.base != "":
		_, err := quiet.run(ctx, "-c", "core.sparseCheckout=false", "read-tree", m.base)
		return err
	}
	return nil
}

func (m *room) quiet() git {
	g := m.git
	g.log = nil
	return g
}

func (m *room) close() error { return os.RemoveAll(m.top) }

// add puts files into the index as they are in the tree, and takes out those that
// are not there.
func (m *room) add(ctx context.Context, paths []string) error {
	if len(paths) == 0 {
		return nil
	}
	_, err := m.quiet().feed(ctx, []byte(strings.Join(paths, "\x00")+"\x00"),
		"-c", "core.sparseCheckout=false", "update-index", "--add", "--remove", "--replace", "-z", "--stdin")
	return err
}

// changed reports whether the index differs from a commit, none being empty.
func (m *room) changed(ctx context.Context, from string) (bool, error) {
	g := m.quiet()
	now, err := g.run(ctx, "write-tree")
	if err != nil {
		return false, err
	}
	was := ""
	if from == "" {
		was, err = g.feed(ctx, []byte{}, "hash-object", "-t", "tree", "--stdin")
	} else {
		was, err = g.run(ctx, "rev-parse", from+"^{tree}")
	}
	return now != was, err
}

// commit makes a commit of the index, by git commit: hooks, signature and identity
// are the user's. Parents beyond the room's own commit make it a merge.
func (m *room) commit(ctx context.Context, message string, merged ...string) (string, error) {
	file := filepath.Join(m.top, "message")
	if err := os.WriteFile(file, []byte(message), 0o644); err != nil {
		return "", err
	}
	if len(merged) > 0 {
		if err := os.WriteFile(filepath.Join(m.top, "git", "MERGE_HEAD"), []byte(strings.Join(merged, "\n")+"\n"), 0o644); err != nil {
			return "", err
		}
	}
	if _, err := m.git.run(ctx, "commit", "--quiet", "--cleanup=whitespace", "--file="+file); err != nil {
		return "", commitError(err)
	}
	return m.quiet().run(ctx, "rev-parse", "--verify", "HEAD^{commit}")
}

// IdentityError says that git does not know who commits.
type IdentityError struct{ err error }

func (e *IdentityError) Error() string { return "git does not know who commits" }
func (e *IdentityError) Unwrap() error { return e.err }

func commitError(err error) error {
	e := (*gitError)(nil)
	if !errors.As(err, &e) {
		return err
	}
	for _, s := range []string{"Please tell me who you are", "empty ident name", "no email was given", "unable to auto-detect email"} {
		if strings.Contains(e.stderr, s) {
			return &IdentityError{err}
		}
	}
	if e.said() == "" && strings.TrimSpace(e.stdout) == "" {
		return fmt.Errorf("git commit: exit status %d, and no word why: a hook of yours, as a rule", e.code)
	}
	if said := e.said(); said == "" {
		return fmt.Errorf("git commit: %s", strings.TrimSpace(e.stdout))
	}
	return err
}
