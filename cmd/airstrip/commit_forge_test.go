package main

import (
	"encoding/json"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// forge VAR DIR TOKEN serves the bare repositories in DIR over HTTP, and so much of
// GitHub's API as commit uses (docs.github.com/en/rest), to who has the token; and puts
// its URL into VAR. The pull request that was opened is written to DIR/pull.json, its
// comments to DIR/comments.json.
func serveForge(ts *testscript.TestScript, neg bool, args []string) {
	exe, err := exec.Command("git", "--exec-path").Output()
	ts.Check(err)
	dir, token := ts.MkAbs(args[1]), args[2]
	f := &forgeServer{ts: ts, dir: dir, token: token, git: &cgi.Handler{
		Path: filepath.Join(strings.TrimSpace(string(exe)), "git-http-backend"), InheritEnv: []string{"PATH"},
		Env: []string{"GIT_PROJECT_ROOT=" + dir, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=bot", "HOME=" + ts.Getenv("HOME")},
	}}
	if _, err := os.Stat(f.git.Path); err != nil {
		ts.Fatalf("no git-http-backend, which is part of git as a rule: %v", err)
	}
	srv := httptest.NewServer(f)
	ts.Defer(srv.Close)
	ts.Setenv(args[0], srv.URL)
}

type forgeServer struct {
	ts         *testscript.TestScript
	dir, token string
	git        *cgi.Handler

	mu       sync.Mutex
	pull     map[string]any
	comments []map[string]any
}

func (f *forgeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, api := strings.CutPrefix(r.URL.Path, "/api/v3/repos/acme/platform")
	if !api {
		if _, password, _ := r.BasicAuth(); password != f.token {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		f.git.ServeHTTP(w, r)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer "+f.token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var in map[string]any
	if r.Method != http.MethodGet {
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
	}
	var out any
	switch r.Method + " " + path {
	case "GET /pulls":
		out = []any{}
		if f.pull != nil {
			out = []any{f.pull}
		}
	case "POST /pulls":
		f.pull = map[string]any{"number": 1, "html_url": "https://git.example.com/acme/platform/pull/1", "title": in["title"], "body": in["body"],
			"head": map[string]any{"ref": in["head"]}, "base": map[string]any{"ref": in["base"]}}
		out = f.pull
	case "PATCH /pulls/1":
		f.pull["title"], f.pull["body"] = in["title"], in["body"]
		out = f.pull
	case "GET /issues/1/comments":
		out = append([]map[string]any{}, f.comments...)
	case "POST /issues/1/comments":
		f.comments = append(f.comments, map[string]any{"id": len(f.comments) + 1, "body": in["body"]})
		out = f.comments[len(f.comments)-1]
	case "PATCH /issues/comments/1":
		f.comments[0]["body"] = in["body"]
		out = f.comments[0]
	default:
		w.WriteHeader(http.StatusNotFound)
		return
	}
	for name, v := range map[string]any{"pull.json": f.pull, "comments.json": f.comments} {
		var b strings.Builder
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if e.Encode(v) == nil {
			_ = os.WriteFile(filepath.Join(f.dir, name), []byte(b.String()), 0o644)
		}
	}
	_ = json.NewEncoder(w).Encode(out)
}
