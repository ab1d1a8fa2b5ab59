package publish

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// writes returns a Make that makes a tree hold files; an empty text deletes one.
func writes(t testing.TB, files map[string]string) Make {
	return func(_ context.Context, tree Tree) (Draft, error) {
		d := Draft{Message: "Render aks\n\nChart: airbyte 2.2.0 (aks)\nAirstrip-Version: test\n"}
		for name, text := range files {
			path := filepath.Join(tree.Dir, name)
			d.Paths = append(d.Paths, name)
			if text == "" {
				if err := os.Remove(path); err != nil {
					return d, err
				}
				continue
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return d, err
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				return d, err
			}
		}
		slices.Sort(d.Paths)
		return d, nil
	}
}

func open(t testing.TB, dir string) *Repository {
	t.Helper()
	r, err := Open(context.Background(), dir, Options{Log: testLog{t}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

type testLog struct{ t testing.TB }

func (l testLog) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimRight(string(p), "\n"))
	return len(p), nil
}

// work is one thing that a user may have in his repository while airstrip commits,
// and what git shows of it.
var work = []struct {
	name string
	do   func(r *repo)
}{
	{"a stash", func(r *repo) {
		r.write(map[string]string{"stashed.txt": "2\n"})
		r.git("stash", "push", "--quiet", "stashed.txt")
	}},
	{"a staged change", func(r *repo) { r.write(map[string]string{"staged.txt": "2\n"}); r.git("add", "staged.txt") }},
	{"an unstaged change", func(r *repo) { r.write(map[string]string{"unstaged.txt": "2\n"}) }},
	{"a file staged in part", func(r *repo) {
		r.write(map[string]string{"part.txt": "2\n"})
		r.git("add", "part.txt")
		r.write(map[string]string{"part.txt": "3\n"})
	}},
	{"a new file, staged", func(r *repo) { r.write(map[string]string{"new.txt": "1\n"}); r.git("add", "new.txt") }},
	{"a new file, intended", func(r *repo) { r.write(map[string]string{"intent.txt": "1\n"}); r.git("add", "-N", "intent.txt") }},
	{"a new file, untracked", func(r *repo) { r.write(map[string]string{"untracked.txt": "1\n"}) }},
	{"a deletion, staged", func(r *repo) { r.git("rm", "--quiet", "gone.txt") }},
	{"a deletion, unstaged", func(r *repo) { os.Remove(filepath.Join(r.dir, "lost.txt")) }},
	{"a rename, staged", func(r *repo) { r.git("mv", "moved.txt", "elsewhere.txt") }},
	{"a mode, staged", func(r *repo) { r.git("update-index", "--chmod=+x", "mode.txt") }},
	{"a file assumed unchanged", func(r *repo) {
		r.git("update-index", "--assume-unchanged", "assumed.txt")
		r.write(map[string]string{"assumed.txt": "2\n"})
	}},
	{"a file beside the rendered ones", func(r *repo) {
		r.write(map[string]string{"rendered/aks/mine.yaml": "1\n"})
		r.git("add", "rendered/aks/mine.yaml")
	}},
}

var before = map[string]string{
	"staged.txt": "1\n", "unstaged.txt": "1\n", "part.txt": "1\n", "gone.txt": "1\n", "lost.txt": "1\n", "moved.txt": "1\n", "mode.txt": "1\n",
	"assumed.txt": "1\n", "stashed.txt": "1\n",
	"rendered/aks/service-a.yaml": "a: 1\n", "rendered/aks/service-b.yaml": "b: 1\n", "rendered/aks/service-s.yaml": "s: 1\n",
}

var rendered = map[string]string{
	"rendered/aks/service-a.yaml": "a: 2\n", "rendered/aks/service-b.yaml": "", "rendered/aks/service-c.yaml": "c: 1\n", "rendered/aks/service-s.yaml": "s: 2\n",
}

// others is what a repository shows of everything but the rendered files.
func (r *repo) others() string {
	var b strings.Builder
	for _, args := range [][]string{
		{"ls-files", "--stage", "-t", "-v", "--", ".", ":!rendered/aks/service-*"},
		{"diff", "HEAD", "--", ".", ":!rendered/aks/service-*"},
		{"diff", "--cached", "--", ".", ":!rendered/aks/service-*"},
		{"diff", "--", ".", ":!rendered/aks/service-*"},
		{"status", "--porcelain=v2", "--untracked-files=all", "--", ".", ":!rendered/aks/service-*"},
		{"stash", "list"}, {"worktree", "list", "--porcelain"}, {"symbolic-ref", "HEAD"},
	} {
		out := r.git(args...)
		if args[0] == "worktree" {
			out, _, _ = strings.Cut(out, "HEAD")
		}
		b.WriteString(strings.Join(args, " ") + ":\n" + out + "\n")
	}
	return b.String()
}

// What is committed is what was rendered, and what the user has at hand stays as it
// is: every two of the things that he may have, and all at once.
func TestCommitLeavesTheRest(t *testing.T) {
	isolate(t)
	check := func(t *testing.T, does ...int) {
		r := newRepo(t, before)
		for _, i := range does {
			work[i].do(r)
		}
		// A rendered file that the user has staged in another state is ours all the same.
		r.write(map[string]string{"rendered/aks/service-s.yaml": "s: by hand\n"})
		r.git("add", "rendered/aks/service-s.yaml")
		was, parent := r.others(), r.git("rev-parse", "HEAD")
		res, err := open(t, r.dir).Commit(context.Background(), writes(t, rendered))
		if err != nil {
			t.Fatal(err)
		}
		if !res.Changed || res.Parent != parent || res.Commit != r.git("rev-parse", "main") {
			t.Errorf("result %+v", res)
		}
		if is := r.others(); is != was {
			t.Errorf("was:\n%s\nis:\n%s", was, is)
		}
		if got, want := r.git("diff-tree", "--no-commit-id", "-r", "--name-status", "HEAD"),
			"M\trendered/aks/service-a.yaml\nD\trendered/aks/service-b.yaml\nA\trendered/aks/service-c.yaml\nM\trendered/aks/service-s.yaml"; got != want {
			t.Errorf("committed:\n%s", got)
		}
		if got := r.git("status", "--porcelain", "--untracked-files=all", "--", "rendered/aks/service-*"); got != "" {
			t.Errorf("the rendered files are not as committed:\n%s", got)
		}
		if got := r.git("log", "-1", "--format=%an <%ae>|%s|%(trailers:key=Chart,valueonly)"); got != "Ada <ada@example.com>|Render aks|airbyte 2.2.0 (aks)\n" {
			t.Errorf("the commit says %q", got)
		}
		if got := r.git("reflog", "-1", "--format=%gs", "main"); got != "commit: Render aks" {
			t.Errorf("the reflog says %q", got)
		}
		if out, err := r.try("fsck", "--strict"); err != nil {
			t.Errorf("fsck: %s", out)
		}
	}
	t.Run("nothing", func(t *testing.T) { check(t) })
	for i := range work {
		t.Run(work[i].name, func(t *testing.T) { check(t, i) })
	}
	var all []int
	for i := range work {
		all = append(all, i)
	}
	t.Run("everything", func(t *testing.T) { check(t, all...) })
}

// Nothing changed: nothing is written, to no file of the repository.
func TestCommitNothing(t *testing.T) {
	isolate(t)
	r := newRepo(t, before)
	was := r.snapshot()
	res, err := open(t, r.dir).Commit(context.Background(), writes(t, map[string]string{"rendered/aks/service-a.yaml": "a: 1\n"}))
	if err != nil || res.Changed || res.Commit != r.git("rev-parse", "HEAD") {
		t.Errorf("%+v, %v", res, err)
	}
	if is := r.snapshot(); is != was {
		t.Errorf("was:\n%s\nis:\n%s", was, is)
	}
}

// The first commit of a repository.
func TestCommitFirst(t *testing.T) {
	isolate(t)
	r := &repo{t, t.TempDir()}
	r.git("init", "--quiet")
	r.write(map[string]string{"mine.txt": "1\n"})
	r.git("add", "mine.txt")
	res, err := open(t, r.dir).Commit(context.Background(), writes(t, map[string]string{"rendered/aks/service-a.yaml": "a: 1\n"}))
	if err != nil || !res.Changed || res.Parent != "" {
		t.Fatalf("%+v, %v", res, err)
	}
	if got := r.git("ls-tree", "-r", "--name-only", "main"); got != "rendered/aks/service-a.yaml" {
		t.Errorf("committed: %s", got)
	}
	if got := r.git("status", "--porcelain"); got != "A  mine.txt" {
		t.Errorf("status: %s", got)
	}
	if got := r.git("for-each-ref", "--format=%(refname)"); got != "refs/heads/main" {
		t.Errorf("refs: %s", got)
	}
}

// Where a commit would go wrong there is none, and it is said why.
func TestCommitRefuses(t *testing.T) {
	isolate(t)
	conflict := func(r *repo) {
		r.git("checkout", "--quiet", "-b", "other")
		r.commit("other", map[string]string{"staged.txt": "other\n"})
		r.git("checkout", "--quiet", "main")
		r.commit("main", map[string]string{"staged.txt": "main\n"})
	}
	for _, tt := range []struct {
		name string
		do   func(r *repo)
		want string
	}{
		{"merge", func(r *repo) { conflict(r); r.try("merge", "other") }, "a merge is in progress"},
		{"rebase", func(r *repo) { conflict(r); r.try("rebase", "other") }, "a rebase is in progress"},
		{"apply", func(r *repo) { conflict(r); r.try("rebase", "--apply", "other") }, "a rebase is in progress"},
		{"cherry-pick", func(r *repo) { conflict(r); r.try("cherry-pick", "other") }, "a cherry-pick is in progress"},
		{"revert", func(r *repo) {
			conflict(r)
			r.commit("more", map[string]string{"staged.txt": "more\n"})
			r.try("revert", "--no-edit", "HEAD~1")
		}, "a revert is in progress"},
		{"detached", func(r *repo) { r.git("checkout", "--quiet", "--detach") }, "no branch is checked out"},
		{"bisect", func(r *repo) {
			r.commit("2", map[string]string{"staged.txt": "2\n"})
			r.commit("3", map[string]string{"staged.txt": "3\n"})
			r.git("bisect", "start", "HEAD", "HEAD~2")
		}, "no branch is checked out"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRepo(t, before)
			tt.do(r)
			was := r.snapshot()
			_, err := open(t, r.dir).Commit(context.Background(), writes(t, rendered))
			state := (*StateError)(nil)
			if !errors.As(err, &state) || !strings.Contains(err.Error(), tt.want) || state.Hint == "" {
				t.Errorf("got %v", err)
			}
			if is := r.snapshot(); is != was {
				t.Errorf("was:\n%s\nis:\n%s", was, is)
			}
		})
	}
}

// The user's hooks, signing key and identity hold; a hook that says no is heard, and
// then nothing is done.
func TestCommitIsTheUsers(t *testing.T) {
	isolate(t)
	hook := func(r *repo, name, text string) {
		r.write(map[string]string{".git/hooks/" + name: "#!/bin/sh\n" + text})
		if err := os.Chmod(filepath.Join(r.dir, ".git/hooks", name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("hooks run, in the work tree", func(t *testing.T) {
		r := newRepo(t, before)
		hook(r, "pre-commit", "pwd >ran; git diff --cached --name-only >>ran\n")
		hook(r, "commit-msg", `echo "Change-Id: I1234" >>"$1"`+"\n")
		if _, err := open(t, r.dir).Commit(context.Background(), writes(t, rendered)); err != nil {
			t.Fatal(err)
		}
		root := r.git("rev-parse", "--show-toplevel")
		if got, want := read(t, r.dir, "ran"), root+"\nrendered/aks/service-a.yaml\nrendered/aks/service-b.yaml\nrendered/aks/service-c.yaml\nrendered/aks/service-s.yaml\n"; got != want {
			t.Errorf("the hook saw %q", got)
		}
		if got := r.git("log", "-1", "--format=%(trailers:key=Change-Id,valueonly)"); got != "I1234\n" {
			t.Errorf("the trailer is %q", got)
		}
	})
	t.Run("a hook says no", func(t *testing.T) {
		r := newRepo(t, before)
		hook(r, "pre-commit", "echo 'no YAML on Fridays' >&2; exit 1\n")
		was := r.git("rev-parse", "HEAD") + r.git("ls-files", "--stage")
		_, err := open(t, r.dir).Commit(context.Background(), writes(t, rendered))
		if err == nil || !strings.Contains(err.Error(), "no YAML on Fridays") {
			t.Errorf("got %v", err)
		}
		if is := r.git("rev-parse", "HEAD") + r.git("ls-files", "--stage"); is != was {
			t.Errorf("was %s, is %s", was, is)
		}
	})
	t.Run("identity", func(t *testing.T) {
		r := newRepo(t, before)
		r.git("config", "user.name", "Grace")
		r.git("config", "user.email", "grace@example.com")
		t.Setenv("GIT_COMMITTER_NAME", "CI")
		if _, err := open(t, r.dir).Commit(context.Background(), writes(t, rendered)); err != nil {
			t.Fatal(err)
		}
		if got := r.git("log", "-1", "--format=%an %ae %cn"); got != "Grace grace@example.com CI" {
			t.Errorf("by %s", got)
		}
	})
	t.Run("nobody", func(t *testing.T) {
		r := newRepo(t, before)
		r.git("config", "user.useConfigOnly", "true")
		t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
		_, err := open(t, r.dir).Commit(context.Background(), writes(t, rendered))
		if identity := (*IdentityError)(nil); !errors.As(err, &identity) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("signed", func(t *testing.T) {
		if _, err := exec.LookPath("ssh-keygen"); err != nil {
			t.Skip("no ssh-keygen, which signs here (openssh-client)")
		}
		r := newRepo(t, before)
		key := filepath.Join(t.TempDir(), "key")
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		r.git("config", "gpg.format", "ssh")
		r.git("config", "user.signingKey", key)
		r.git("config", "commit.gpgSign", "true")
		if _, err := open(t, r.dir).Commit(context.Background(), writes(t, rendered)); err != nil {
			t.Fatal(err)
		}
		if got := r.git("cat-file", "commit", "HEAD"); !strings.Contains(got, "BEGIN SSH SIGNATURE") {
			t.Errorf("not signed:\n%s", got)
		}
	})
}
