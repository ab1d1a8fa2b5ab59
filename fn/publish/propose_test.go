package publish

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// sets returns a Make that makes a file hold a text, whatever it held.
func sets(t testing.TB, text string) Make {
	return writes(t, map[string]string{"rendered/aks/service-a.yaml": text})
}

// A change is proposed on a branch of its own. Proposed again it is left alone or goes
// on top; when the base has gone on, it is made again on top of both, without force.
func TestPropose(t *testing.T) {
	isolate(t)
	r := newRepo(t, before)
	b := r.bare()
	was := r.git("rev-parse", "HEAD") + r.git("status", "--porcelain") + r.git("ls-files", "--stage")
	base := Remote{"origin", "main"}
	propose := func(make Make) Proposal {
		t.Helper()
		p, err := open(t, r.dir).Propose(context.Background(), base, "airstrip/render-main", time.Minute, make)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	head := func() string { return b.git("rev-parse", "airstrip/render-main") }

	if p := propose(sets(t, "a: 1\n")); p.Commit != "" || p.Changed {
		t.Errorf("nothing to propose: %+v", p)
	}
	first := propose(sets(t, "a: 2\n"))
	if !first.Changed || first.Commit != head() || b.git("rev-parse", head()+"^") != first.Base {
		t.Errorf("first: %+v", first)
	}
	if p := propose(sets(t, "a: 2\n")); p.Changed || p.Commit != first.Commit {
		t.Errorf("the same: %+v", p)
	}
	second := propose(sets(t, "a: 3\n"))
	if !second.Changed || second.Commit != head() || b.git("rev-parse", head()+"^") != first.Commit {
		t.Errorf("on top: %+v", second)
	}

	other := b.clone()
	tip := other.commit("gone on", map[string]string{"theirs.txt": "1\n", "rendered/aks/service-a.yaml": "a: theirs\n"})
	other.git("push", "--quiet", "origin", "main")
	third := propose(sets(t, "a: 3\n"))
	if got, want := strings.Fields(b.git("rev-list", "--parents", "-1", head())), []string{third.Commit, second.Commit, tip}; !slices.Equal(got, want) {
		t.Errorf("parents: %v, want %v", got, want)
	}
	if got := b.git("diff", "--name-only", "main...airstrip/render-main"); got != "rendered/aks/service-a.yaml" {
		t.Errorf("the pull request shows %q", got)
	}

	// Merged by squash, and the branch was left: the next change begins from the base.
	other.git("fetch", "--quiet")
	other.git("merge", "--quiet", "--squash", "origin/airstrip/render-main")
	other.commit("squashed", nil)
	other.git("push", "--quiet", "origin", "main")
	if p := propose(sets(t, "a: 3\n")); p.Commit != "" {
		t.Errorf("merged already: %+v", p)
	}
	fourth := propose(sets(t, "a: 4\n"))
	if got := b.git("diff", "main...airstrip/render-main"); !strings.Contains(got, "-a: 3\n+a: 4") || fourth.Commit != head() {
		t.Errorf("after the squash: %+v\n%s", fourth, got)
	}

	// Merged for good.
	other.git("fetch", "--quiet")
	other.git("merge", "--quiet", "--no-ff", "-m", "merge", "origin/airstrip/render-main")
	other.git("push", "--quiet", "origin", "main")
	fifth := propose(sets(t, "a: 5\n"))
	if b.git("rev-parse", head()+"^") != b.git("rev-parse", "main") || !fifth.Changed {
		t.Errorf("after the merge: %+v", fifth)
	}

	// A commit of somebody else's on the branch would be lost.
	other.git("fetch", "--quiet")
	other.git("checkout", "--quiet", "airstrip/render-main")
	other.commit("by hand", map[string]string{"rendered/aks/service-a.yaml": "a: by hand\n"})
	other.git("push", "--quiet", "origin", "airstrip/render-main")
	_, err := open(t, r.dir).Propose(context.Background(), base, "airstrip/render-main", time.Minute, sets(t, "a: 6\n"))
	if foreign := (*ForeignError)(nil); !errors.As(err, &foreign) || !strings.Contains(err.Error(), "commits of somebody else") {
		t.Errorf("by hand: %v", err)
	}
	if _, err := open(t, r.dir).Propose(context.Background(), Remote{"origin", "none"}, "airstrip/render-none", time.Minute, sets(t, "a: 6\n")); !errors.Is(err, ErrNoRevision) {
		t.Errorf("no base: %v", err)
	}
	if is := r.git("rev-parse", "HEAD") + r.git("status", "--porcelain") + r.git("ls-files", "--stage"); is != was {
		t.Error("the clone has changed")
	}
}

// A server may rebase a proposal, which leaves out its merges: nothing of it is lost.
func TestProposeIsRebased(t *testing.T) {
	isolate(t)
	r := newRepo(t, before)
	b := r.bare()
	other := b.clone()
	made := func(a, b string) map[string]string {
		return map[string]string{"rendered/aks/service-a.yaml": "a: " + a + "\n", "rendered/aks/service-b.yaml": "b: " + b + "\n"}
	}
	rebased := func(squash bool, n string) {
		t.Helper()
		var p Proposal
		for i, files := range []map[string]string{made("first"+n, "first"), made("second"+n, "first"), made("second"+n, "first"), made("third"+n, "second"+n)} {
			other.commit("gone on", map[string]string{"theirs.txt": n + strings.Repeat("1", i) + "\n"})
			other.git("push", "--quiet", "origin", "main")
			var err error
			p, err = open(t, r.dir).Propose(context.Background(), Remote{"origin", "main"}, "airstrip/render-main", time.Minute, writes(t, files))
			if err != nil || p.Commit != b.git("rev-parse", "airstrip/render-main") {
				t.Fatalf("%+v, %v", p, err)
			}
			if got := b.git("diff", "--name-only", "main...airstrip/render-main"); got == "" || strings.Contains(got, "theirs") {
				t.Errorf("the pull request shows %q", got)
			}
		}
		other.git("fetch", "--quiet")
		if squash {
			other.git("merge", "--quiet", "--squash", "origin/airstrip/render-main")
			other.commit("squashed", nil)
		} else {
			other.git("checkout", "--quiet", "--detach", "origin/airstrip/render-main")
			other.git("rebase", "--quiet", "main")
			other.git("branch", "--force", "main", "HEAD")
			other.git("checkout", "--quiet", "main")
		}
		if want := b.git("rev-parse", p.Commit+"^{tree}"); other.git("rev-parse", "main^{tree}") != want {
			t.Errorf("after %s, main differs from what was proposed:\n%s", n, other.git("diff", "--stat", "main", want))
		}
		other.git("push", "--quiet", "origin", "main")
	}
	// The branch is left after one squash, and deleted after the others: what it had is not
	// to be rebased a second time.
	rebased(false, "a")
	other.git("push", "--quiet", "origin", ":airstrip/render-main")
	rebased(true, "b")
	rebased(true, "c")
	other.git("push", "--quiet", "origin", ":airstrip/render-main")
	rebased(false, "d")
}

// A branch without a clone is proposed to as well.
func TestProposeConnected(t *testing.T) {
	isolate(t)
	r := newRepo(t, before)
	b := r.bare()
	for _, text := range []string{"a: 2\n", "a: 3\n"} {
		c, err := Connect(context.Background(), "file://"+b.dir, open(t, r.dir), Options{})
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Propose(context.Background(), Remote{"origin", "main"}, "airstrip/render-main", time.Minute, sets(t, text))
		if err != nil || !p.Changed || b.git("show", "airstrip/render-main:rendered/aks/service-a.yaml")+"\n" != text {
			t.Errorf("%+v, %v", p, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := b.git("rev-list", "--count", "main..airstrip/render-main"); got != "2" {
		t.Errorf("%s commits", got)
	}
}

// Branches that a clone has keep up with what is pushed to them, unless there is more
// in them, or they are checked out.
func TestPushToKeepsUp(t *testing.T) {
	isolate(t)
	r := newRepo(t, before)
	b := r.bare()
	r.git("branch", "behind")
	r.git("push", "--quiet", "origin", "behind")
	res, err := open(t, r.dir).PushTo(context.Background(), Remote{"origin", "behind"}, nil, time.Minute, sets(t, "a: 2\n"))
	if err != nil || b.git("rev-parse", "behind") != res.Commit || r.git("rev-parse", "behind") != res.Commit {
		t.Errorf("%+v, %v", res, err)
	}
	res, err = open(t, r.dir).PushTo(context.Background(), Remote{"origin", "new"}, nil, time.Minute, sets(t, "a: 2\n"))
	if err != nil || res.Parent != "" || b.git("rev-parse", "new") != res.Commit || b.git("ls-tree", "-r", "--name-only", "new") != "rendered/aks/service-a.yaml" {
		t.Errorf("an orphan: %+v, %v", res, err)
	}
	if out, err := r.try("rev-parse", "--verify", "refs/heads/new"); err == nil {
		t.Errorf("a branch was made: %s", out)
	}
	head := r.git("rev-parse", "main")
	if res, err = open(t, r.dir).PushTo(context.Background(), Remote{"origin", "main"}, nil, time.Minute, sets(t, "a: 2\n")); err != nil || !res.Changed {
		t.Errorf("%+v, %v", res, err)
	}
	if got := r.git("rev-parse", "main"); got != head {
		t.Errorf("the branch that is checked out was moved")
	}
}

// What was committed to a branch of the clone is pushed, and what is made goes on top;
// where both have gone on, the clone's is left, and that is said.
func TestPushToGoesOnFromLocal(t *testing.T) {
	isolate(t)
	ctx := context.Background()
	r := newRepo(t, before)
	b := r.bare()
	from := func(context.Context) (string, error) { return r.git("rev-parse", "main"), nil }
	next := Remote{"origin", "env-next"}
	commit := func(text string) Result {
		t.Helper()
		res, err := open(t, r.dir).CommitTo(ctx, next.Branch, r.git("rev-parse", "main"), sets(t, text))
		if err != nil || !res.Changed {
			t.Fatalf("%+v, %v", res, err)
		}
		return res
	}
	push := func(text string) Result {
		t.Helper()
		res, err := open(t, r.dir).PushTo(ctx, next, from, time.Minute, sets(t, text))
		if err != nil || b.git("rev-parse", next.Branch) != res.Commit {
			t.Fatalf("%+v, %v", res, err)
		}
		return res
	}

	t.Setenv("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z") // in one second the two would be one
	local := commit("a: 2\n")
	t.Setenv("GIT_COMMITTER_DATE", "2026-01-02T03:04:06Z")
	if res := push("a: 2\n"); !res.Changed || res.Commit != local.Commit {
		t.Errorf("a new branch: %+v, want %s", res, local.Commit)
	}
	local = commit("a: 3\n")
	if res := push("a: 4\n"); res.Parent != local.Commit || res.Behind != nil || r.git("rev-parse", next.Branch) != res.Commit {
		t.Errorf("on top: %+v, want %s", res, local.Commit)
	}

	local = commit("a: 5\n")
	other := b.clone("--branch", next.Branch)
	tip := other.commit("faster", map[string]string{"theirs.txt": "1\n"})
	other.git("push", "--quiet")
	if res := push("a: 6\n"); res.Parent != tip || res.Behind == nil || r.git("rev-parse", next.Branch) != local.Commit {
		t.Errorf("both: %+v, want %s", res, tip)
	}
}
