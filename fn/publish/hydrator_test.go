package publish

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The file is that of Argo CD's hydrator, field by field (argoproj/argo-cd,
// util/hydrator/hydrator.go), and is read by GitOps Promoter
// (argoproj-labs/gitops-promoter, docs/advanced-usage/custom-hydrator.md).
func TestDescribe(t *testing.T) {
	isolate(t)
	r := newRepo(t, map[string]string{"a": "1\n"})
	r.git("remote", "add", "origin", "https://bot:s3cr3t@git.example.com/acme/platform.git")
	t.Setenv("GIT_AUTHOR_DATE", "2026-02-03T04:05:06+01:00")
	r.git("commit", "--quiet", "--allow-empty", "-m", `Bump <b>server</b> & more

Why it was done.

Argocd-reference-commit-author: Grace <grace@example.com>
Argocd-reference-commit-sha: 0123456789abcdef
Argocd-reference-commit-subject: fix: the server
Argocd-reference-commit-body: "two\nlines"
Argocd-reference-commit-repourl: https://git.example.com/acme/server
Argocd-reference-commit-date: 2026-02-01T00:00:00Z
Argocd-reference-commit-nonsense: x
Signed-off-by: Ada <ada@example.com>`)
	dry := r.git("rev-parse", "HEAD")
	m, err := open(t, r.dir).Describe(context.Background(), dry)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	at, err := WriteMetadata(Tree{Dir: dir}, "app", m)
	if err != nil || at != "app/hydrator.metadata" {
		t.Fatalf("%s, %v", at, err)
	}
	want := fmt.Sprintf(`{
  "repoURL": "https://git.example.com/acme/platform.git",
  "drySha": "%s",
  "author": "Ada <ada@example.com>",
  "date": "2026-02-03T04:05:06+01:00",
  "subject": "Bump <b>server</b> & more",
  "body": "Why it was done.\n\nArgocd-reference-commit-nonsense: x\nSigned-off-by: Ada <ada@example.com>",
  "references": [
    {
      "commit": {
        "author": "\"Grace\" <grace@example.com>",
        "date": "2026-02-01T00:00:00Z",
        "subject": "fix: the server",
        "body": "two\nlines",
        "sha": "0123456789abcdef",
        "repoUrl": "https://git.example.com/acme/server"
      }
    }
  ]
}
`, dry)
	if d := cmp.Diff(want, read(t, dir, at)); d != "" {
		t.Error(d)
	}
}

func TestProposed(t *testing.T) {
	for _, tt := range [][3]string{{"env/aks", "", "env/aks-next"}, {"env/aks", "app-a", "env/aks-next/app-a"}} {
		if got := Proposed(tt[0], tt[1]); got != tt[2] {
			t.Errorf("Proposed(%q, %q) = %q, want %q", tt[0], tt[1], got, tt[2])
		}
	}
}

// Notes are those that git notes reads, also beside many, and those of others stay.
func TestNote(t *testing.T) {
	isolate(t)
	r := newRepo(t, map[string]string{"a": "1\n"})
	b := r.bare()
	ref := "--ref=" + NotesRef
	commit := r.git("rev-parse", "HEAD")
	repository := open(t, r.dir)
	for _, dry := range []string{strings.Repeat("1", 40), strings.Repeat("2", 40), strings.Repeat("2", 40)} {
		if err := repository.Note(context.Background(), "", commit, dry, time.Minute); err != nil {
			t.Fatal(err)
		}
		if got := r.git("notes", ref, "show", commit); got != `{"drySha":"`+dry+`"}` {
			t.Errorf("the note is %q", got)
		}
	}
	if got := r.git("rev-list", "--count", NotesRef); got != "2" {
		t.Errorf("%s commits of notes for two notes", got)
	}

	// Enough for git to spread them over folders.
	var commits []string
	for i := range 300 {
		commits = append(commits, r.commit(fmt.Sprint(i), nil))
		r.git("notes", ref, "add", "-m", "{}", commits[i])
	}
	if !strings.Contains(r.git("ls-tree", "-r", "--name-only", NotesRef), "/") {
		t.Error("git does not spread so few notes over folders")
	}
	for _, c := range []string{commits[0], commit} {
		if err := repository.Note(context.Background(), "", c, strings.Repeat("3", 40), time.Minute); err != nil {
			t.Fatal(err)
		}
		if got := r.git("notes", ref, "show", c); got != `{"drySha":"`+strings.Repeat("3", 40)+`"}` {
			t.Errorf("the note is %q", got)
		}
	}
	if got := len(strings.Split(r.git("notes", ref, "list"), "\n")); got != 301 {
		t.Errorf("%d notes, want 301", got)
	}

	// Several push theirs at once.
	r.git("push", "--quiet", "origin", "main", NotesRef)
	var wg sync.WaitGroup
	errs := make([]error, 5)
	for i := range errs {
		c := open(t, b.clone().dir)
		wg.Add(1)
		go func() {
			defer wg.Done()
			errs[i] = c.Note(context.Background(), "origin", commits[i], fmt.Sprintf("%040d", i), time.Minute)
		}()
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
		if got := b.git("notes", ref, "show", commits[i]); got != fmt.Sprintf(`{"drySha":"%040d"}`, i) {
			t.Errorf("note %d is %q", i, got)
		}
	}
	if got := len(strings.Split(b.git("notes", ref, "list"), "\n")); got != 301 {
		t.Errorf("%d notes, want 301", got)
	}
}
