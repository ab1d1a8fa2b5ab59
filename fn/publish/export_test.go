package publish

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A revision is exported whole, and the repository does not notice.
func TestExport(t *testing.T) {
	isolate(t)
	r := newRepo(t, map[string]string{"overlays/aks/airbyte.yaml": "version: 1\n", "lib/values.yaml": "a: 1\n", "notes.txt": "old\n"})
	first := r.git("rev-parse", "HEAD")
	r.git("tag", "v1")
	r.commit("second", map[string]string{"overlays/aks/airbyte.yaml": "version: 2\n"})
	// Something of everything that may be in the way.
	r.write(map[string]string{"notes.txt": "staged\n", "new.txt": "intended\n", "untracked.txt": "x\n"})
	r.git("add", "notes.txt")
	r.git("add", "--intent-to-add", "new.txt")
	r.write(map[string]string{"notes.txt": "unstaged\n"})
	r.write(map[string]string{".git/hooks/post-checkout": "#!/bin/sh\ntouch \"$(git rev-parse --show-toplevel)/hooked\"\n"})
	if err := os.Chmod(filepath.Join(r.dir, ".git/hooks/post-checkout"), 0o755); err != nil {
		t.Fatal(err)
	}
	// As in a hook of the user's.
	t.Setenv("GIT_INDEX_FILE", filepath.Join(r.dir, ".git", "nowhere"))
	before := ""
	func() {
		os.Unsetenv("GIT_INDEX_FILE")
		before = r.snapshot()
		os.Setenv("GIT_INDEX_FILE", filepath.Join(r.dir, ".git", "nowhere"))
	}()

	for _, rev := range []string{first, "v1", "main~1", "HEAD^"} {
		tree, remove, err := Export(context.Background(), filepath.Join(r.dir, "overlays", "aks"), rev)
		if err != nil {
			t.Fatalf("%s: %v", rev, err)
		}
		if got := read(t, tree, "overlays/aks/airbyte.yaml"); got != "version: 1\n" {
			t.Errorf("%s: airbyte.yaml is %q", rev, got)
		}
		if got := read(t, tree, "lib/values.yaml") + read(t, tree, "notes.txt"); got != "a: 1\nold\n" {
			t.Errorf("%s: the rest is %q", rev, got)
		}
		if _, err := os.Stat(filepath.Join(tree, ".git")); err == nil {
			t.Errorf("%s: the tree has a .git", rev)
		}
		if err := remove(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Dir(tree)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: something is left of %s", rev, filepath.Dir(tree))
		}
	}
	os.Unsetenv("GIT_INDEX_FILE")
	if after := r.snapshot(); after != before {
		t.Errorf("the repository was:\n%s\nand is:\n%s", before, after)
	}
}

// What a revision only points at is left out, and listed.
func TestExportAbsent(t *testing.T) {
	isolate(t)
	sub := newRepo(t, map[string]string{"values.yaml": "a: 1\n"})
	r := newRepo(t, map[string]string{
		"charts/airbyte.tgz": pointer + "oid sha256:4d7a\nsize 12\n",
		"kept.yaml":          "# version https://git-lfs.github.com/spec/v1\n",
	})
	r.git("submodule", "--quiet", "add", sub.dir, "shared")
	r.git("commit", "--quiet", "-m", "submodule")
	tree, remove, err := Export(context.Background(), r.dir, "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	got, err := Absent(tree)
	if want := []string{"charts/airbyte.tgz", "shared/"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("absent: %v, %v, want %v", got, err, want)
	}
	for _, name := range []string{"charts/airbyte.tgz", "shared"} {
		if _, err := os.Stat(filepath.Join(tree, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is there", name)
		}
	}
	if read(t, tree, "kept.yaml") == "" {
		t.Error("kept.yaml is empty")
	}
}

// Line ends are those of the repository, whatever a checkout makes of them; and a
// sparse checkout does not make the tree sparse.
func TestExportSettings(t *testing.T) {
	isolate(t)
	r := newRepo(t, map[string]string{"a/x.yaml": "x: 1\n", "b/y.yaml": "y: 1\n"})
	r.git("config", "core.autocrlf", "true")
	r.git("sparse-checkout", "set", "a")
	tree, remove, err := Export(context.Background(), r.dir, "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	if got := read(t, tree, "a/x.yaml") + read(t, tree, "b/y.yaml"); got != "x: 1\ny: 1\n" {
		t.Errorf("got %q", got)
	}
}

func TestExportFails(t *testing.T) {
	isolate(t)
	r := newRepo(t, map[string]string{"a": "1\n"})
	for _, rev := range []string{"nothere", "--all", "", "HEAD:a", "HEAD~7"} {
		_, _, err := Export(context.Background(), r.dir, rev)
		if !errors.Is(err, ErrNoRevision) {
			t.Errorf("%q: %v", rev, err)
		}
	}
	_, _, err := Export(context.Background(), t.TempDir(), "HEAD")
	if !errors.Is(err, ErrNoRepository) {
		t.Errorf("no repository: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Export(ctx, r.dir, "HEAD"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, _, err := Export(context.Background(), r.dir, "HEAD"); err == nil || err.Error() != "git is not on PATH: install it" {
		t.Errorf("no git: %v", err)
	}
}

func TestRoot(t *testing.T) {
	isolate(t)
	r := newRepo(t, map[string]string{"a/b/c": "1\n"})
	want, err := filepath.EvalSymlinks(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other")
	r.git("worktree", "add", "--quiet", "--detach", other)
	for dir, want := range map[string]string{r.dir: want, filepath.Join(r.dir, "a", "b"): want, filepath.Join(other, "a"): other} {
		if got, err := Root(context.Background(), dir); err != nil || got != want {
			t.Errorf("Root(%s) = %s, %v, want %s", dir, got, err, want)
		}
	}
	if _, err := Root(context.Background(), t.TempDir()); !errors.Is(err, ErrNoRepository) {
		t.Errorf("no repository: %v", err)
	}
}

func TestMergeBase(t *testing.T) {
	isolate(t)
	r := newRepo(t, map[string]string{"a": "1\n"})
	base := r.git("rev-parse", "HEAD")
	r.commit("on main", map[string]string{"b": "1\n"})
	r.git("checkout", "--quiet", "-b", "topic", base)
	r.commit("on topic", map[string]string{"c": "1\n"})
	got, err := MergeBase(context.Background(), r.dir, "main")
	if err != nil || got != base {
		t.Errorf("main: %s, %v, want %s", got, err, base)
	}

	// In CI there is a branch of the remote's only.
	ci := &repo{t, filepath.Join(t.TempDir(), "ci")}
	r.git("clone", "--quiet", "--branch", "topic", "file://"+r.dir, ci.dir)
	if got, err := MergeBase(context.Background(), ci.dir, "main"); err != nil || got != base {
		t.Errorf("origin/main: %s, %v, want %s", got, err, base)
	}
	unfetched := (*UnfetchedError)(nil)
	if _, err := MergeBase(context.Background(), ci.dir, "gone"); !errors.As(err, &unfetched) || !strings.Contains(unfetched.Fetch(), "git fetch origin gone:") {
		t.Errorf("gone: %v", err)
	}

	shallow := &repo{t, filepath.Join(t.TempDir(), "shallow")}
	r.git("clone", "--quiet", "--depth", "1", "--no-single-branch", "--branch", "topic", "file://"+r.dir, shallow.dir)
	short := (*ShallowError)(nil)
	if _, err := MergeBase(context.Background(), shallow.dir, "main"); !errors.As(err, &short) {
		t.Errorf("shallow: %v", err)
	}

	r.git("checkout", "--quiet", "--orphan", "alone")
	r.commit("unrelated", nil)
	if _, err := MergeBase(context.Background(), r.dir, "main"); err == nil || !strings.Contains(err.Error(), "no commit in common") {
		t.Errorf("unrelated: %v", err)
	}
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"unable to access 'https://bot:s3cr3t@git.example.com/x.git/': 403": "unable to access 'https://…@git.example.com/x.git/': 403",
		"https://token@github.com/a/b":                                      "https://…@github.com/a/b",
		"https://a:b/c@d@github.com/a/b":                                    "https://…@github.com/a/b",
		"ssh://git@github.com/a/b":                                          "ssh://…@github.com/a/b",
		"git@github.com:a/b":                                                "git@github.com:a/b",
		"https://x.example/y?private_token=abc&z=1":                         "https://x.example/y?private_token=…&z=1",
	} {
		if got := redact(in); got != want {
			t.Errorf("redact(%q) = %q, want %q", in, got, want)
		}
	}
}
