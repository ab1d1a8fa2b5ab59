package gitea

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

const (
	begin = "<!-- airstrip:diff -->\n"
	end   = "\n<!-- /airstrip:diff -->"
)

// one is the pull request that is open, which has to be the only one that is airstrip's.
func (r *repo) one(t *testing.T, base string) pull {
	t.Helper()
	var found []pull
	for _, p := range r.pulls(t, "open") {
		if strings.HasPrefix(p.Head.Ref, "airstrip/") && p.Base.Ref == base {
			found = append(found, p)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d pull requests are open for %s", len(found), base)
	}
	return found[0]
}

// files are those that a pull request changes.
func (r *repo) files(t *testing.T, p pull) []string {
	t.Helper()
	var names []string
	for page := 1; ; page++ {
		var some []struct{ Filename string }
		r.get(t, r.api(fmt.Sprintf("/pulls/%d/files?page=%d", p.Number, page)), &some)
		for _, f := range some {
			names = append(names, f.Filename)
		}
		if len(some) == 0 {
			return names
		}
	}
}

// One pull request is opened, and from then on kept up to date: its body, between what
// people write, and one comment. With nothing new it is left alone.
func testPullRequest(t *testing.T, r *repo) {
	main := r.branch(t, "main")
	got := r.commit(t, "--pull-request", "gitea")
	p := r.one(t, "main")
	if p.Head.Ref != "airstrip/render-main" || p.Head.SHA != got.commit() || p.Base.SHA != main || r.branch(t, "main") != main {
		t.Errorf("it is of %+v into %+v; printed was %q", p.Head, p.Base, got.stdout)
	}
	if want := fmt.Sprintf("%s %s\n%s\n", p.Head.SHA, p.Head.Ref, p.HTMLURL); got.stdout != want {
		t.Errorf("stdout is %q, want %q", got.stdout, want)
	}
	if want := fmt.Sprintf("main: pull request %d opened: %s\n", p.Number, p.Title); !strings.Contains(got.stderr, want) {
		t.Errorf("stderr has no %q:\n%s", want, got.stderr)
	}
	if !strings.HasPrefix(p.Title, "Render aks, eks-alb, gke-nginx: chart ") {
		t.Errorf("the title is %q", p.Title)
	}
	for _, want := range []string{"airbyte/server", "Chart: airbyte " + r.rendered.Version, "Source-Revision: " + main} {
		if !strings.Contains(p.Body, want) {
			t.Errorf("the body has no %q:\n%s", want, p.Body)
		}
	}
	if !strings.HasPrefix(p.Body, begin+"### ") || !strings.HasSuffix(p.Body, end) {
		t.Errorf("the body is not between the marks:\n%s", p.Body)
	}
	names := r.files(t, p)
	if len(names) < 30 || slices.ContainsFunc(names, func(n string) bool { return !strings.HasPrefix(n, "rendered/") }) {
		t.Errorf("it changes %v", names)
	}
	if ours := r.ours(t, p); len(ours) != 0 {
		t.Errorf("comments: %+v", ours)
	}

	// Others open more requests than a page has, the newest of which are listed first.
	for i := range pageSize + 1 {
		branch := fmt.Sprintf("theirs-%d", i)
		r.do(t, http.MethodPost, r.api("/contents/"+branch+".txt"), map[string]any{"branch": "main", "new_branch": branch, "content": "MQo=", "message": branch})
		r.do(t, http.MethodPost, r.api("/pulls"), map[string]any{"base": "main", "head": branch, "title": branch})
	}
	// People write above and below the marks, and more comments than a page has.
	r.do(t, http.MethodPatch, r.api(fmt.Sprintf("/pulls/%d", p.Number)), map[string]any{"body": "Above.\r\n" + p.Body + "\r\nBelow."})
	for i := range pageSize + 1 {
		r.do(t, http.MethodPost, r.api(fmt.Sprintf("/issues/%d/comments", p.Number)), map[string]any{"body": begin + fmt.Sprintf("A page of CI, %d.", i)})
	}
	var said comment
	for i, host := range []string{"c.example.org", "d.example.org"} {
		r.change(t, host)
		got = r.commit(t, "--pull-request", "gitea")
		again := r.one(t, "main")
		if again.Number != p.Number || again.Head.SHA != got.commit() {
			t.Errorf("it is %d, of %+v; printed was %q", again.Number, again.Head, got.stdout)
		}
		eventually(t, "it can be merged", func() bool { again = r.one(t, "main"); return again.Mergeable })
		if want := fmt.Sprintf("main: pull request %d updated: %s\n", p.Number, again.Title); !strings.Contains(got.stderr, want) {
			t.Errorf("stderr has no %q:\n%s", want, got.stderr)
		}
		if !strings.HasPrefix(again.Body, "Above.\n"+begin) || !strings.HasSuffix(again.Body, end+"\nBelow.") || !strings.Contains(again.Body, "Source-Revision: "+r.branch(t, "main")) {
			t.Errorf("the body is\n%s", again.Body)
		}
		ours := r.ours(t, again)
		if len(ours) != 1 || !strings.Contains(ours[0].Body, got.commit()+" renders "+r.branch(t, "main")) || i > 0 && ours[0].ID != said.ID {
			t.Fatalf("after %s the comments are %+v", host, ours)
		}
		if again.Comments != pageSize+2 {
			t.Errorf("it has %d comments", again.Comments)
		}
		said = ours[0]
		r.git(t, "fetch", "--quiet", "origin")
		if out, err := r.tryGit("merge-base", "--is-ancestor", "origin/main", got.commit()); err != nil {
			t.Errorf("it lags behind main: %v %s", err, out)
		}
		p = again
	}

	// With nothing new, nothing is written.
	before := r.writes(t)
	r.commit(t, "--pull-request", "gitea")
	if now := r.writes(t); now != before {
		t.Errorf("%d requests that write", now-before)
	}
	if again := r.one(t, "main"); again.Head != p.Head || again.Body != p.Body {
		t.Errorf("it was of %+v and is of %+v", p.Head, again.Head)
	}
	if ours := r.ours(t, p); len(ours) != 1 || ours[0] != said {
		t.Errorf("the comment was %+v and is %+v", said, ours)
	}

	// A second one for the same branches is what Gitea refuses: it is found, not made.
	if status := r.ask(t, http.MethodPost, r.api("/pulls"), map[string]any{"base": "main", "head": p.Head.Ref, "title": "control"}, nil); status != http.StatusConflict {
		t.Errorf("a second one: %d", status)
	}

	r.merged(t, p)
}

// merged merges a pull request in each way that a project may have: nothing is left to
// propose, and with the next change there is another one.
func (r *repo) merged(t *testing.T, p pull) {
	t.Helper()
	for i, merge := range []map[string]any{{"Do": "rebase"}, {"Do": "merge"}, {"Do": "squash"}, {"Do": "squash", "delete_branch_after_merge": true}, {"Do": "rebase"}} {
		eventually(t, "it can be merged", func() bool {
			status := r.ask(t, http.MethodPost, r.api(fmt.Sprintf("/pulls/%d/merge", p.Number)), merge, nil)
			if status != http.StatusOK && status != http.StatusMethodNotAllowed {
				t.Fatalf("%v: %d", merge, status)
			}
			return status == http.StatusOK
		})
		got := r.commit(t, "--pull-request", "gitea")
		if got.stdout != "" || !strings.HasSuffix(got.stderr, "main: nothing changed\n") {
			t.Errorf("%v: printed was %q\n%s", merge, got.stdout, got.stderr)
		}
		if on := r.branch(t, p.Head.Ref); (on == "") != (merge["delete_branch_after_merge"] == true) {
			t.Errorf("%v: %s is %q", merge, p.Head.Ref, on)
		}
		r.git(t, "pull", "--quiet", "--ff-only", "origin", "main")
		if out, err := r.tryGit("diff", "--exit-code", "--stat", p.Head.SHA, "main"); err != nil {
			t.Errorf("%v: main is not what was proposed:\n%s", merge, out)
		}
		host := fmt.Sprintf("host-%d.example.net", i)
		r.change(t, host)
		got = r.commit(t, "--pull-request", "gitea")
		next := r.one(t, "main")
		if next.Number == p.Number || next.Head.SHA != got.commit() || !strings.Contains(got.stderr, fmt.Sprintf("main: pull request %d opened", next.Number)) {
			t.Errorf("%v: after %d comes %d, of %+v\n%s", merge, p.Number, next.Number, next.Head, got.stderr)
		}
		names := r.files(t, next)
		if len(names) == 0 || slices.ContainsFunc(names, func(n string) bool { return !strings.HasPrefix(n, "rendered/aks/") }) {
			t.Errorf("%v: the next one changes %v", merge, names)
		}
		if on := r.file(t, next.Head.Ref, "rendered/aks/configmap-airbyte-airbyte-env.yaml"); !strings.Contains(on, host) {
			t.Errorf("%v: the ConfigMap is\n%s", merge, on)
		}
		p = next
	}
}

// A branch an environment: a pull request for each.
func testEnvironments(t *testing.T, r *repo) {
	args := []string{"--branch", "env/{name}", "--pull-request", "gitea", "overlays/aks", "overlays/eks-alb"}
	r.commit(t, args...)
	var first []pull
	for _, base := range []string{"env/aks", "env/eks-alb"} {
		p := r.one(t, base)
		if p.Head.Ref != "airstrip/render-"+base {
			t.Errorf("it is of %s into %s", p.Head.Ref, p.Base.Ref)
		}
		first = append(first, p)
	}
	r.change(t, "e.example.org")
	r.commit(t, args...)
	if p := r.one(t, "env/aks"); p.Number != first[0].Number || p.Head.SHA == first[0].Head.SHA || len(r.ours(t, p)) != 1 {
		t.Errorf("env/aks: %+v, and was %+v", p, first[0])
	}
	if p := r.one(t, "env/eks-alb"); p.Number != first[1].Number || p.Head.SHA != first[1].Head.SHA {
		t.Errorf("env/eks-alb: %+v, and was %+v", p, first[1])
	}
}
