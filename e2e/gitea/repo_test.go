package gitea

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/airstrip-dev/airstrip/e2e/internal/airstrip"
)

// repo is a repository on the server, and a clone of it that holds the overlays.
type repo struct {
	*server
	name string
	dir  string
	bin  string
	home string
	// rendered is the chart.
	rendered airstrip.Chart
}

// newRepo makes a repository and pushes the overlays to its branch main.
func newRepo(t *testing.T, s *server, name string) *repo {
	t.Helper()
	r := &repo{server: s, name: user + "/" + name, home: t.TempDir(), rendered: chart(t)}
	r.bin = airstrip.Program(t, func(testing.TB) string { return program })
	r.dir = airstrip.NewTree(t, r.bin, "airbyte").Dir
	// What the token is for, git gets as well, from a helper that asks the environment.
	config := "[user]\n\tname = Ada\n\temail = ada@example.com\n[credential]\n" +
		"\thelper = \"!f() { test \\\"$1\\\" = get && printf 'username=" + user + "\\npassword=%s\\n' \\\"$GIT_TOKEN\\\"; }; f\"\n"
	if err := os.WriteFile(filepath.Join(r.home, ".gitconfig"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	s.do(t, http.MethodPost, "/user/repos", map[string]any{"name": name, "default_branch": "main", "private": true})
	r.git(t, "init", "--quiet", "--initial-branch=main")
	r.git(t, "add", "--all")
	r.git(t, "commit", "--quiet", "--message=Overlays")
	r.git(t, "remote", "add", "origin", s.url+"/"+r.name+".git")
	r.git(t, "push", "--quiet", "--set-upstream", "origin", "main")
	r.seen(t)
	return r
}

// env is what programs here are given, with a token for git and one for the API.
func (r *repo) env(git, api string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + r.home, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"GIT_TOKEN=" + git, "GITEA_TOKEN=" + api,
		"AIRSTRIP_CHART=" + r.rendered.Path, "AIRSTRIP_OFFLINE=1",
	}
}

// api is the path of something of this repository.
func (r *repo) api(path string) string { return "/repos/" + r.name + path }

func (r *repo) git(t *testing.T, args ...string) string {
	t.Helper()
	out, err := r.tryGit(args...)
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (r *repo) tryGit(args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = r.dir, r.env(r.token, "")
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// ran is what a run of airstrip came to.
type ran struct {
	code           int
	stdout, stderr string
}

// airstrip runs it with the token that the documentation asks for, for git as for the
// API.
func (r *repo) airstrip(t *testing.T, args ...string) ran {
	t.Helper()
	return r.airstripAs(t, r.token, r.token, args...)
}

func (r *repo) airstripAs(t *testing.T, git, api string, args ...string) ran {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), r.bin, args...)
	cmd.Dir, cmd.Env = r.dir, r.env(git, api)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	got := ran{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
	for _, token := range []string{git, api, r.admin} {
		if token != "" && strings.Contains(got.stdout+got.stderr, token) {
			t.Errorf("airstrip %s prints a token", strings.Join(args, " "))
		}
	}
	return got
}

// commit runs airstrip commit, which has to work, and returns what it says.
func (r *repo) commit(t *testing.T, args ...string) ran {
	t.Helper()
	got := r.airstrip(t, append([]string{"commit"}, args...)...)
	if got.code != 0 {
		t.Fatalf("airstrip commit %s: exit status %d\n%s", strings.Join(args, " "), got.code, got.stderr)
	}
	return got
}

// refused runs airstrip commit, which has to fail with these words on stderr.
func (got ran) refused(t *testing.T, words ...string) {
	t.Helper()
	if got.code != 1 || got.stdout != "" {
		t.Errorf("exit status %d, stdout %q; want 1 and nothing", got.code, got.stdout)
	}
	for _, w := range words {
		if !strings.Contains(got.stderr, w) {
			t.Errorf("stderr has no %q:\n%s", w, got.stderr)
		}
	}
}

// change has the overlay of AKS say another host, in a commit that is pushed.
func (r *repo) change(t *testing.T, host string) {
	t.Helper()
	path := filepath.Join(r.dir, "overlays", "aks", "airbyte", "airbyte.yaml")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(data), "\n")
	found := false
	for i, line := range lines {
		if strings.HasPrefix(line, "  url: ") {
			lines[i], found = "  url: https://"+host+"\n", true
		}
	}
	if !found {
		t.Fatalf("%s has no url", path)
	}
	if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o644); err != nil {
		t.Fatal(err)
	}
	r.git(t, "commit", "--quiet", "--all", "--message=aks: "+host)
	r.git(t, "push", "--quiet", "origin", "main")
	r.seen(t)
}

// seen waits until the server's API has the commit that was pushed.
func (r *repo) seen(t *testing.T) {
	t.Helper()
	tip := r.git(t, "rev-parse", "main")
	eventually(t, "the API knows main", func() bool { return r.branch(t, "main") == tip })
}

// branch is the commit of a branch on the server, empty without one.
func (r *repo) branch(t *testing.T, name string) string {
	t.Helper()
	var b struct{ Commit struct{ ID string } }
	if r.ask(t, http.MethodGet, r.api("/branches/"+name), nil, &b) == http.StatusNotFound {
		return ""
	}
	return b.Commit.ID
}

// file is one on a branch of the server.
func (r *repo) file(t *testing.T, branch, path string) string {
	t.Helper()
	var f struct{ Content []byte }
	r.get(t, r.api("/contents/"+path+"?ref="+branch), &f)
	return string(f.Content)
}

// pull is a pull request, as the API has it.
type pull struct {
	Number      int
	Title, Body string
	Mergeable   bool
	Comments    int
	HTMLURL     string `json:"html_url"`
	Head, Base  struct {
		Ref, SHA string
	}
}

// pulls are those in a state, from all pages.
func (r *repo) pulls(t *testing.T, state string) []pull {
	t.Helper()
	var all []pull
	for page := 1; ; page++ {
		var some []pull
		r.get(t, r.api(fmt.Sprintf("/pulls?state=%s&page=%d", state, page)), &some)
		all = append(all, some...)
		if len(some) == 0 {
			return all
		}
	}
}

// comment is one of a pull request.
type comment struct {
	ID      int64
	Body    string
	Created time.Time `json:"created_at"`
	Updated time.Time `json:"updated_at"`
}

// ours are the comments that airstrip has written.
func (r *repo) ours(t *testing.T, p pull) []comment {
	t.Helper()
	var all, ours []comment
	r.get(t, r.api(fmt.Sprintf("/issues/%d/comments", p.Number)), &all)
	for _, c := range all {
		if strings.HasPrefix(c.Body, "<!-- airstrip:commit -->") {
			ours = append(ours, c)
		}
	}
	return ours
}
