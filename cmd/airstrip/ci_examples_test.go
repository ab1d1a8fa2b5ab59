package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// workflow is what is looked at of a workflow of GitHub Actions.
type workflow struct {
	On          any               `json:"on"`
	Permissions map[string]string `json:"permissions"`
	Jobs        map[string]struct {
		If          string            `json:"if"`
		Permissions map[string]string `json:"permissions"`
		Env         map[string]string `json:"env"`
		Steps       []struct {
			Name string            `json:"name"`
			ID   string            `json:"id"`
			If   string            `json:"if"`
			Uses string            `json:"uses"`
			Run  string            `json:"run"`
			Env  map[string]string `json:"env"`
			With map[string]any    `json:"with"`
		} `json:"steps"`
	} `json:"jobs"`
}

func readWorkflow(t *testing.T, name string) (workflow, string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "examples", "github-actions", name))
	if err != nil {
		t.Fatal(err)
	}
	var w workflow
	// A bare on is a boolean to YAML 1.1.
	if err := yaml.Unmarshal(regexp.MustCompile(`(?m)^on:`).ReplaceAll(data, []byte(`"on":`)), &w); err != nil {
		t.Fatal(err)
	}
	return w, string(data)
}

var expression = regexp.MustCompile(`\$\{\{ *(.*?) *\}\}`)

// evaluate puts values for expressions; one that nobody knows is a mistake.
func evaluate(t *testing.T, text string, values map[string]string) string {
	t.Helper()
	return expression.ReplaceAllStringFunc(text, func(s string) string {
		name := expression.FindStringSubmatch(s)[1]
		v, known := values[name]
		if !known {
			t.Fatalf("%s is known to nobody", name)
		}
		return v
	})
}

// needs skips a test where a program is missing that the runners of GitHub and GitLab
// have.
func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("%s is not here", p)
		}
	}
}

// forge is as much of the interfaces of GitHub and GitLab as the examples ask for
// (docs.github.com/en/rest: list pull requests, list, create and update issue
// comments, upload an analysis; docs.gitlab.com/api/notes).
type forge struct {
	t                           *testing.T
	comments                    []map[string]any
	created, updated, analysed  int
	head                        string // of pull request 7
	bot, otherBot               any    // who wrote a comment
	sarif                       map[string]any
	author, authorField, header string
}

const forgeToken = "forge-token-4711"

func (f *forge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if got := r.Header.Get(f.header); !strings.HasSuffix(got, forgeToken) {
		f.t.Errorf("%s %s: %s is %q", r.Method, r.URL, f.header, got)
	}
	var in map[string]any
	if r.Method != http.MethodGet {
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			f.t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
	}
	answer := func(v any) {
		if err := json.NewEncoder(w).Encode(v); err != nil {
			f.t.Error(err)
		}
	}
	path := r.URL.Path
	list := func() {
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		if r.URL.Query().Get("per_page") != "100" || page < 1 {
			f.t.Errorf("%s asks for no page", r.URL)
		}
		answer(f.comments[min((page-1)*100, len(f.comments)):min(page*100, len(f.comments))])
	}
	switch {
	case r.Method == "GET" && path == "/repos/example/platform/pulls":
		if r.URL.Query().Get("head") != "somebody:fix & \"more\"" || r.URL.Query().Get("state") != "open" {
			f.t.Errorf("asks for %s", r.URL.RawQuery)
		}
		answer([]any{map[string]any{"number": 7, "head": map[string]any{"sha": f.head}}})
	case r.Method == "GET" && path == "/user":
		answer(map[string]any{"id": f.bot})
	case r.Method == "GET" && (path == "/repos/example/platform/issues/7/comments" || path == "/projects/42/merge_requests/7/notes"):
		list()
	case r.Method == "POST" && (path == "/repos/example/platform/issues/7/comments" || path == "/projects/42/merge_requests/7/notes"):
		f.created++
		f.comments = append(f.comments, f.comment(f.bot, in["body"].(string)))
		w.WriteHeader(http.StatusCreated)
		answer(map[string]any{})
	case r.Method == "PATCH" && strings.HasPrefix(path, "/repos/example/platform/issues/comments/"),
		r.Method == "PUT" && strings.HasPrefix(path, "/projects/42/merge_requests/7/notes/"):
		id, _ := strconv.Atoi(path[strings.LastIndexByte(path, '/')+1:])
		c := f.comments[id-1000]
		if c[f.author].(map[string]any)[f.authorField] != f.bot {
			f.t.Errorf("changes the comment of %v", c[f.author])
		}
		f.updated++
		c["body"] = in["body"]
		answer(map[string]any{})
	case r.Method == "POST" && path == "/repos/example/platform/code-scanning/sarifs":
		f.analysed++
		f.sarif = in
		w.WriteHeader(http.StatusAccepted)
		answer(map[string]any{})
	default:
		f.t.Errorf("asks for %s %s", r.Method, r.URL)
		w.WriteHeader(http.StatusNotFound)
	}
}

func (f *forge) comment(author any, body string) map[string]any {
	return map[string]any{"id": 1000 + len(f.comments), f.author: map[string]any{f.authorField: author}, "body": body}
}

// crowd fills more than a page with comments of others, among them one that copies
// the marker.
func (f *forge) crowd() {
	for i := range 150 {
		body := fmt.Sprintf("comment %d", i)
		if i == 20 {
			body = "<!-- airstrip:diff -->\nnot airstrip's"
		}
		f.comments = append(f.comments, f.comment(f.otherBot, body))
	}
}

// change puts a dangerous change on a branch of a scratch repository, and returns its
// commit. The render is not committed with it.
func change(t *testing.T, dir string) string {
	t.Helper()
	inShell(t, dir, 0, "git checkout -q -b fix && sed -i 's/replicas: 2/replicas: 0/' overlays/prod/airbyte.yaml && git commit -qam 'no replicas' && git update-ref refs/remotes/origin/main main")
	return strings.TrimSpace(inShell(t, dir, 0, "git rev-parse HEAD"))
}

// TestGitHubReview runs the steps of the workflow for pull requests.
func TestGitHubReview(t *testing.T) {
	w, text := readWorkflow(t, "airstrip.yaml")
	// What the pull request of a stranger gets: nothing but the repository.
	if w.On != "pull_request" || len(w.Permissions) != 1 || w.Permissions["contents"] != "read" || strings.Contains(text, "secrets.") || strings.Contains(text, "github.token") {
		t.Errorf("on %v with %v, or a token", w.On, w.Permissions)
	}
	dir := scratchRepository(t)
	change(t, dir)
	summary := filepath.Join(t.TempDir(), "summary")
	env := []string{"CI=true", "GITHUB_BASE_REF=main", "GITHUB_STEP_SUMMARY=" + summary, "AIRSTRIP_CACHE_DIR=" + t.TempDir()}
	values := map[string]string{"github.server_url": "https://github.example.com", "github.repository": "example/platform", "github.run_id": "1"}
	want := map[string]int{"Is the committed render what the sources give?": exitDifferences, "Would a cluster take it?": 0, "What changes, and is it dangerous?": exitFindings}
	job := w.Jobs["review"]
	if job.Permissions != nil {
		t.Errorf("the job has %v", job.Permissions)
	}
	ran := 0
	for _, s := range job.Steps {
		code, run := want[s.Name]
		if !run {
			if s.Uses == "" && s.Name != "Install airstrip" {
				t.Errorf("the step %q is not run by this test", s.Name)
			}
			continue
		}
		ran++
		if strings.Contains(s.Run, "${{") {
			t.Errorf("%s: an expression is put into the text of a script", s.Name)
		}
		stepEnv := env
		for k, v := range s.Env {
			stepEnv = append(stepEnv, k+"="+evaluate(t, v, values))
		}
		out := inShell(t, dir, code, s.Run, stepEnv...)
		if code == exitDifferences && !strings.Contains(out, "::error file=rendered/prod/") {
			t.Errorf("%s: prints %s", s.Name, out)
		}
	}
	if ran != len(want) {
		t.Errorf("%d of %d steps", ran, len(want))
	}
	for file, text := range map[string]string{
		filepath.Join(dir, "review", "review.md"): "replicas", summary: "<!-- airstrip:diff -->",
		filepath.Join(dir, "review", "review.html"): "<!doctype html>", filepath.Join(dir, "review", "risks.sarif"): `"ruleId": "replicas"`,
	} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(bytes.ToLower(data), []byte(strings.ToLower(text))) {
			t.Errorf("%s has no %q:\n%.2000s", file, text, data)
		}
	}
}

// TestGitHubComment runs the steps of the workflow that may write, against a server in
// the place of GitHub.
func TestGitHubComment(t *testing.T) {
	needs(t, "bash", "curl", "jq", "gzip", "base64")
	w, text := readWorkflow(t, "airstrip-comment.yaml")
	job := w.Jobs["comment"]
	if len(w.Permissions) != 0 || strings.Contains(text, "actions/checkout") || strings.Contains(text, "secrets.") || job.If != "github.event.workflow_run.event == 'pull_request'" {
		t.Error("it looks at the files of a pull request, or may do too much")
	}
	f := &forge{t: t, head: "0123abcd", bot: "github-actions[bot]", otherBot: "somebody", author: "user", authorField: "login", header: "Authorization"}
	f.crowd()
	server := httptest.NewServer(f)
	defer server.Close()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, "review", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	values := map[string]string{
		"github.token": forgeToken, "github.event.workflow_run.head_repository.owner.login": "somebody",
		"github.event.workflow_run.head_branch": `fix & "more"`, "github.event.workflow_run.head_sha": "0123abcd",
	}
	run := func() {
		t.Helper()
		outputs := filepath.Join(t.TempDir(), "outputs")
		env := []string{"GITHUB_API_URL=" + server.URL, "GITHUB_REPOSITORY=example/platform", "GITHUB_OUTPUT=" + outputs}
		for k, v := range job.Env {
			env = append(env, k+"="+evaluate(t, v, values))
		}
		delete(values, "steps.pull.outputs.number")
		for _, s := range job.Steps {
			if s.Run == "" {
				continue
			}
			if strings.Contains(s.Run, "${{") {
				t.Errorf("%s: an expression is put into the text of a script", s.Name)
			}
			if s.If == "${{ steps.pull.outputs.number != '' }}" && values["steps.pull.outputs.number"] == "" {
				continue
			}
			stepEnv := env
			for k, v := range s.Env {
				stepEnv = append(stepEnv, k+"="+evaluate(t, v, values))
			}
			inShell(t, dir, 0, s.Run, stepEnv...)
			if s.ID == "pull" {
				out, err := os.ReadFile(outputs)
				if err != nil {
					t.Fatal(err)
				}
				values["steps.pull.outputs.number"] = strings.TrimSpace(strings.TrimPrefix(string(out), "number="))
			}
		}
	}
	write("review.md", "<!-- airstrip:diff -->\nfirst \"$(id)\" `id`\n")
	write("risks.sarif", `{"version": "2.1.0"}`)
	run()
	write("review.md", "<!-- airstrip:diff -->\nsecond\n")
	run()
	if f.created != 1 || f.updated != 1 || f.analysed != 2 {
		t.Errorf("%d comments made, %d changed, %d analyses", f.created, f.updated, f.analysed)
	}
	if got := f.comments[150]["body"]; got != "<!-- airstrip:diff -->\nsecond\n" {
		t.Errorf("the comment is %q", got)
	}
	if f.sarif["commit_sha"] != "0123abcd" || f.sarif["ref"] != "refs/pull/7/head" {
		t.Errorf("the analysis is of %v, %v", f.sarif["commit_sha"], f.sarif["ref"])
	}
	packed, err := base64.StdEncoding.DecodeString(f.sarif["sarif"].(string))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if sarif, err := io.ReadAll(z); err != nil || string(sarif) != `{"version": "2.1.0"}` {
		t.Errorf("%v, %s", err, sarif)
	}

	// Another push came since: nothing is said of what is no longer the head.
	f.head = "4567cdef"
	run()
	if f.created != 1 || f.updated != 1 || f.analysed != 2 {
		t.Error("it comments on what is no longer there")
	}
	// What the review left is not airstrip's.
	f.head = "0123abcd"
	write("review.md", "@everybody look at this\n")
	out, err := exec.Command("bash", "-eu", "-c", "cd "+dir+"\n"+job.Steps[2].Run).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "review.md is not what airstrip writes") {
		t.Errorf("%v: %s", err, out)
	}
}

// gitlabJob is what is looked at of a job of GitLab CI.
type gitlabJob struct {
	Rules     []map[string]string `json:"rules"`
	Variables map[string]string   `json:"variables"`
	Script    []string            `json:"script"`
	Artifacts struct {
		Paths   []string          `json:"paths"`
		Reports map[string]string `json:"reports"`
	} `json:"artifacts"`
}

// TestGitLabCI runs the scripts of both jobs, one after the other, against a server in
// the place of GitLab.
func TestGitLabCI(t *testing.T) {
	needs(t, "bash", "curl", "jq")
	data, err := os.ReadFile(filepath.Join("..", "..", "examples", "gitlab-ci", ".gitlab-ci.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var jobs map[string]gitlabJob
	if err := yaml.Unmarshal(data, &jobs); err != nil {
		t.Fatal(err)
	}
	review, note := jobs["airstrip"], jobs["airstrip note"]
	if strings.Contains(strings.Join(review.Script, "\n"), "TOKEN") || !strings.Contains(note.Rules[0]["if"], "&& $AIRSTRIP_NOTE_TOKEN") || note.Variables["GIT_STRATEGY"] != "none" {
		t.Error("the job that reads has a token, or the one that writes reads the repository")
	}
	dir := scratchRepository(t)
	inShell(t, dir, 0, "git clone -q --bare . ../origin.git && git remote add origin ../origin.git")
	t.Cleanup(func() { os.RemoveAll(filepath.Join(dir, "..", "origin.git")) })
	change(t, dir)
	env := []string{"CI=true", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main", "CI_JOB_URL=https://gitlab.example.com/example/platform/-/jobs/1", "AIRSTRIP_CACHE_DIR=" + t.TempDir()}
	inShell(t, dir, exitFindings, strings.Join(review.Script, "\n"), env...)
	for _, file := range []string{"review.md", "review.html", "risks.sarif"} {
		if info, err := os.Stat(filepath.Join(dir, "review", file)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", file, err)
		}
	}
	// docs.gitlab.com/ci/testing/code_quality: what a report has to have.
	var quality []struct {
		Description string `json:"description"`
		Check       string `json:"check_name"`
		Fingerprint string `json:"fingerprint"`
		Severity    string `json:"severity"`
		Location    struct {
			Path  string         `json:"path"`
			Lines map[string]int `json:"lines"`
		} `json:"location"`
	}
	text, err := os.ReadFile(filepath.Join(dir, review.Artifacts.Reports["codequality"]))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &quality); err != nil {
		t.Fatal(err)
	}
	if len(quality) != 1 || quality[0].Check != "stale" || quality[0].Severity != "major" || quality[0].Fingerprint == "" || quality[0].Description == "" ||
		!strings.HasPrefix(quality[0].Location.Path, "rendered/prod/") || quality[0].Location.Lines["begin"] != 1 {
		t.Errorf("the report is %s", text)
	}

	f := &forge{t: t, bot: float64(5), otherBot: float64(6), author: "author", authorField: "id", header: "Private-Token"}
	f.crowd()
	server := httptest.NewServer(f)
	defer server.Close()
	env = []string{"CI_API_V4_URL=" + server.URL, "CI_PROJECT_ID=42", "CI_MERGE_REQUEST_IID=7", "AIRSTRIP_NOTE_TOKEN=" + forgeToken}
	for range 2 {
		inShell(t, dir, 0, strings.Join(note.Script, "\n"), env...)
	}
	if f.created != 1 || f.updated != 1 || !strings.HasPrefix(f.comments[150]["body"].(string), "<!-- airstrip:diff -->\n") {
		t.Errorf("%d notes made, %d changed", f.created, f.updated)
	}
}
