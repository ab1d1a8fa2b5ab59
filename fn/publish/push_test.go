package publish

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// bare makes a bare repository with what r has, and makes it r's origin.
func (r *repo) bare() *repo {
	r.t.Helper()
	b := &repo{r.t, filepath.Join(r.t.TempDir(), "remote.git")}
	r.git("clone", "--quiet", "--bare", ".", b.dir)
	r.git("remote", "add", "origin", b.dir)
	r.git("fetch", "--quiet", "origin")
	r.git("branch", "--quiet", "--set-upstream-to=origin/main", "main")
	return b
}

// clone makes a clone of a bare repository.
func (r *repo) clone(args ...string) *repo {
	r.t.Helper()
	c := &repo{r.t, filepath.Join(r.t.TempDir(), "clone")}
	r.git(append(append([]string{"clone", "--quiet"}, args...), "file://"+r.dir, c.dir)...)
	return c
}

func hook(t testing.TB, dir, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, "hooks"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "hooks", name), []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// Nobody else pushes: the branch and its remote move together.
func TestPush(t *testing.T) {
	isolate(t)
	r := newRepo(t, before)
	b := r.bare()
	work[1].do(r)
	res, err := open(t, r.dir).Push(context.Background(), time.Minute, writes(t, rendered))
	if err != nil || !res.Changed || res.Attempts != 1 || res.Behind != nil {
		t.Fatalf("%+v, %v", res, err)
	}
	for what, got := range map[string]string{"remote": b.git("rev-parse", "main"), "branch": r.git("rev-parse", "main"), "tracking": r.git("rev-parse", "origin/main")} {
		if got != res.Commit {
			t.Errorf("%s is %s, want %s", what, got, res.Commit)
		}
	}
	if got := r.git("status", "--porcelain", "--untracked-files=all"); got != "M  staged.txt" {
		t.Errorf("status %q", got)
	}
}

// Somebody was faster: the commit is made again on top of his, the branch that is
// checked out gets both, and what the user has at hand stays.
func TestPushRace(t *testing.T) {
	isolate(t)
	r := newRepo(t, before)
	b := r.bare()
	other := b.clone()
	tip := other.commit("faster", map[string]string{"theirs.txt": "1\n", "rendered/gke/service-g.yaml": "g: 1\n", "moved.txt": "theirs\n"})
	other.git("push", "--quiet", "origin", "main")
	for _, i := range []int{1, 2, 3, 4, 6, 12} {
		work[i].do(r)
	}
	was := r.git("status", "--porcelain", "--untracked-files=all")

	var seen []Tree
	make := func(ctx context.Context, tree Tree) (Draft, error) {
		seen = append(seen, tree)
		return writes(t, map[string]string{"rendered/aks/service-a.yaml": "a: 2\n"})(ctx, tree)
	}
	res, err := open(t, r.dir).Push(context.Background(), time.Minute, make)
	if err != nil || !res.Changed || res.Attempts != 2 || res.Behind != nil {
		t.Fatalf("%+v, %v", res, err)
	}
	if len(seen) != 2 || seen[1].Commit != tip || seen[1].Dir == r.dir {
		t.Errorf("made for %+v", seen)
	}
	if got := b.git("log", "-2", "--format=%H %s", "main"); got != res.Commit+" Render aks\n"+tip+" faster" {
		t.Errorf("the remote has:\n%s", got)
	}
	if got := r.git("rev-parse", "main"); got != res.Commit {
		t.Errorf("the branch is at %s, want %s", got, res.Commit)
	}
	if got := read(t, r.dir, "moved.txt") + read(t, r.dir, "theirs.txt"); got != "theirs\n1\n" {
		t.Errorf("the work tree has %q", got)
	}
	if is := r.git("status", "--porcelain", "--untracked-files=all"); is != was {
		t.Errorf("status was\n%s\nis\n%s", was, is)
	}
}

// What he pushed is in the way of something of the user's: it is pushed all the same,
// and the user's branch and files stay.
func TestPushRaceInTheWay(t *testing.T) {
	isolate(t)
	r := newRepo(t, before)
	b := r.bare()
	other := b.clone()
	other.commit("faster", map[string]string{"unstaged.txt": "theirs\n"})
	other.git("push", "--quiet", "origin", "main")
	r.write(map[string]string{"unstaged.txt": "mine\n"})
	head := r.git("rev-parse", "main")
	index := r.git("ls-files", "--stage")
	res, err := open(t, r.dir).Push(context.Background(), time.Minute, writes(t, rendered))
	if err != nil || !res.Changed || res.Behind == nil {
		t.Fatalf("%+v, %v", res, err)
	}
	if got := b.git("rev-parse", "main"); got != res.Commit {
		t.Errorf("the remote is at %s", got)
	}
	if got := r.git("rev-parse", "main"); got != head || r.git("ls-files", "--stage") != index || read(t, r.dir, "unstaged.txt") != "mine\n" {
		t.Errorf("branch or index or file has changed")
	}
}

// Somebody was faster with the same.
func TestPushRaceSame(t *testing.T) {
	isolate(t)
	r := newRepo(t, before)
	b := r.bare()
	other := b.clone()
	other.git("config", "user.name", "Grace") // made by one person in one second, the two commits would be one
	if _, err := open(t, other.dir).Push(context.Background(), time.Minute, writes(t, rendered)); err != nil {
		t.Fatal(err)
	}
	again := map[string]string{}
	for name, text := range rendered {
		if text != "" {
			again[name] = text
		}
	}
	again["rendered/aks/service-b.yaml"] = ""
	make := func(ctx context.Context, tree Tree) (Draft, error) {
		if tree.Dir != r.dir {
			delete(again, "rendered/aks/service-b.yaml") // it is gone there already
		}
		return writes(t, again)(ctx, tree)
	}
	res, err := open(t, r.dir).Push(context.Background(), time.Minute, make)
	if err != nil || res.Changed || res.Commit != b.git("rev-parse", "main") {
		t.Fatalf("%+v, %v", res, err)
	}
	if got := r.git("rev-parse", "main"); got != res.Commit {
		t.Errorf("the branch is at %s, want %s", got, res.Commit)
	}
	if got := r.git("status", "--porcelain", "--untracked-files=all"); got != "" {
		t.Errorf("status %q", got)
	}
}

// Commits of the user's that are not pushed are his to rebase.
func TestPushDiverged(t *testing.T) {
	isolate(t)
	r := newRepo(t, before)
	b := r.bare()
	other := b.clone()
	other.commit("faster", map[string]string{"theirs.txt": "1\n"})
	other.git("push", "--quiet", "origin", "main")
	r.commit("mine", map[string]string{"mine.txt": "1\n"})
	was := r.git("rev-parse", "main") + r.git("ls-files", "--stage") + b.git("rev-parse", "main")
	_, err := open(t, r.dir).Push(context.Background(), time.Minute, writes(t, rendered))
	if diverged := (*DivergedError)(nil); !errors.As(err, &diverged) {
		t.Errorf("got %v", err)
	}
	if is := r.git("rev-parse", "main") + r.git("ls-files", "--stage") + b.git("rev-parse", "main"); is != was {
		t.Error("something has changed")
	}
}

// A branch that takes no pushes is told from one that others push to: there is one
// attempt, the remote's words, and nothing changes.
func TestPushRefused(t *testing.T) {
	isolate(t)
	r := newRepo(t, before)
	b := r.bare()
	hook(t, b.dir, "pre-receive", "echo pushed >>"+filepath.Join(b.dir, "count")+"\necho 'GH006: Protected branch update failed for refs/heads/main.' >&2\nexit 1\n")
	head, index := r.git("rev-parse", "main"), r.git("ls-files", "--stage")
	_, err := open(t, r.dir).Push(context.Background(), time.Minute, writes(t, rendered))
	refused := (*RefusedError)(nil)
	if !errors.As(err, &refused) || !strings.Contains(err.Error(), "the remote refuses what is pushed to main: pre-receive hook declined\nremote: GH006: Protected branch") {
		t.Errorf("got %v", err)
	}
	if got := read(t, b.dir, "count"); got != "pushed\n" {
		t.Errorf("pushed %q", got)
	}
	if r.git("rev-parse", "main") != head || r.git("ls-files", "--stage") != index {
		t.Error("the branch or the index has changed")
	}
}

// A push that is refused for good reason again and again ends, in time.
func TestPushGivesUp(t *testing.T) {
	isolate(t)
	r := newRepo(t, before)
	b := r.bare()
	// The remote moves on whenever somebody pushes.
	hook(t, b.dir, "pre-receive", `unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
t=$(git rev-parse main^{tree}); n=$(git -c user.name=x -c user.email=x@y commit-tree $t -p main -m more); git update-ref refs/heads/main $n`+"\n")
	start := time.Now()
	_, err := open(t, r.dir).Push(context.Background(), 2*time.Second, writes(t, map[string]string{"rendered/aks/service-a.yaml": "a: 2\n"}))
	if err == nil || !strings.Contains(err.Error(), "gave up after") || !errors.Is(err, errRace) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
}

// Ten at a time push to one branch, some from clones and some to a branch that they
// have not checked out: all land, and nothing is lost.
func TestPushConcurrently(t *testing.T) {
	isolate(t)
	r := newRepo(t, before)
	b := r.bare()
	const n = 10
	var wg sync.WaitGroup
	errs := make([]error, n)
	attempts := make([]int, n)
	for i := range n {
		c := b.clone()
		repository := open(t, c.dir)
		wg.Add(1)
		go func() {
			defer wg.Done()
			make := writes(t, map[string]string{fmt.Sprintf("rendered/env%d/service-a.yaml", i): fmt.Sprintf("a: %d\n", i), "rendered/aks/service-a.yaml": fmt.Sprintf("last: %d\n", i)})
			var res Result
			if i%2 == 0 {
				res, errs[i] = repository.Push(context.Background(), 5*time.Minute, make)
			} else {
				res, errs[i] = repository.PushTo(context.Background(), Remote{"origin", "main"}, nil, 5*time.Minute, make)
			}
			attempts[i] = res.Attempts
		}()
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	t.Logf("attempts: %v", attempts)
	if got := b.git("rev-list", "--count", "main"); got != fmt.Sprint(n+1) {
		t.Errorf("the branch has %s commits, want %d", got, n+1)
	}
	for i := range n {
		if got, want := b.git("show", fmt.Sprintf("main:rendered/env%d/service-a.yaml", i)), fmt.Sprintf("a: %d", i); got != want {
			t.Errorf("env%d: %q", i, got)
		}
	}
	if got := b.git("rev-list", "--merges", "--count", "main"); got != "0" {
		t.Errorf("%s merges", got)
	}
}

// Ten at a time commit in one work tree.
func TestCommitConcurrently(t *testing.T) {
	isolate(t)
	r := newRepo(t, before)
	const n = 10
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		repository := open(t, r.dir)
		wg.Add(1)
		go func() {
			defer wg.Done()
			make := writes(t, map[string]string{fmt.Sprintf("rendered/env%d/service-a.yaml", i): "a: 1\n"})
			if i%2 == 0 {
				_, errs[i] = repository.Commit(context.Background(), make)
			} else {
				_, errs[i] = repository.CommitTo(context.Background(), "deploy", "", make)
			}
		}()
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if got := r.git("rev-list", "--count", "main") + " " + r.git("rev-list", "--count", "deploy"); got != "6 5" {
		t.Errorf("main and deploy have %s commits", got)
	}
	if got := r.git("status", "--porcelain"); got != "" {
		t.Errorf("status:\n%s", got)
	}
}

// What servers say of a push that they do not take, as they say it.
func TestRejection(t *testing.T) {
	const gitea = "remote: error:\nremote: error: Not allowed to push to protected branch main\nremote: error:\nTo http://git.example.com/a/b.git\n"
	err := rejection("main", "[remote rejected] (pre-receive hook declined)", gitea)
	if want := "the remote refuses what is pushed to main: pre-receive hook declined\nremote: error: Not allowed to push to protected branch main"; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

// What git says of a remote, by what helps.
func TestRemoteErrors(t *testing.T) {
	r := &Repository{git: git{dir: t.TempDir()}}
	for said, want := range map[string]Access{
		"remote: Push to create is not enabled for users.\nfatal: unable to access 'http://git.example.com/a/b.git/': The requested URL returned error: 403": Missing, // Gitea
		"remote: Not found.\nfatal: repository 'http://git.example.com/a/b.git/' not found":                                                                  Missing, // Gitea
		"fatal: unable to access 'http://git.example.com/a/b.git/': The requested URL returned error: 403":                                                   Denied,
		"fatal: Authentication failed for 'http://git.example.com/a/b.git/'":                                                                                 Denied,
		"git@git.example.com: Permission denied (publickey).\nfatal: Could not read from remote repository.":                                                 Denied,
		"fatal: unable to access 'http://git.example.com/a/b.git/': The requested URL returned error: 502":                                                   Unreachable,
	} {
		access := (*AccessError)(nil)
		if err := r.remoteError(t.Context(), "origin", &gitError{stderr: said}); !errors.As(err, &access) || access.Why != want {
			t.Errorf("%s: %v, want %s", said, err, want)
		}
	}
}
