package publish

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// fakeForge answers as a forge documents it, and refuses what that would refuse.
type fakeForge struct {
	t       *testing.T
	kind    string
	project string
	token   string
	// open are the pull requests, comments those of number 1.
	open []map[string]any
	// most is how many entries the server puts on a page at most.
	most     int
	comments []map[string]any
	requests []string
	// before, if set, may answer in the place of the forge.
	before func(w http.ResponseWriter, r *http.Request) bool
}

func (f *fakeForge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.requests = append(f.requests, r.Method+" "+r.URL.EscapedPath())
	if f.before != nil && f.before(w, r) {
		return
	}
	fail := func(status int, message string) {
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"message": %q}`, message)
	}
	header, value := "Authorization", "token "+f.token
	switch f.kind {
	case "github":
		value = "Bearer " + f.token
	case "gitlab":
		header, value = "PRIVATE-TOKEN", f.token
	}
	if r.Header.Get(header) != value {
		fail(401, "Bad credentials")
		return
	}
	if f.kind == "github" && (r.Header.Get("Accept") != "application/vnd.github+json" || r.Header.Get("X-GitHub-Api-Version") != "2022-11-28" || r.Header.Get("User-Agent") == "") {
		fail(415, "headers")
		return
	}
	var in map[string]any
	if r.Method != http.MethodGet {
		if r.Header.Get("Content-Type") != "application/json" {
			fail(415, "want JSON")
			return
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			fail(400, err.Error())
			return
		}
	}
	for _, long := range []struct {
		field string
		limit map[string]int
	}{
		{"title", map[string]int{"github": 256, "gitlab": 255, "gitea": 255}},
		{"body", map[string]int{"github": 65536}},
		{"description", map[string]int{"gitlab": 1 << 20}},
	} {
		text, _ := in[long.field].(string)
		if most := long.limit[f.kind]; most > 0 && len([]rune(text)) > most {
			fail(422, fmt.Sprintf("%s is too long (maximum is %d characters)", long.field, most))
			return
		}
	}
	repo := map[string]string{"github": "/repos/" + f.project, "gitea": "/api/v1/repos/" + f.project, "gitlab": "/api/v4/projects/" + strings.ReplaceAll(f.project, "/", "%2F")}[f.kind]
	path, ok := strings.CutPrefix(r.URL.EscapedPath(), repo)
	if !ok {
		fail(404, "Not Found")
		return
	}
	if f.kind == "gitlab" {
		f.gitlab(w, r, path, in, fail)
	} else {
		f.pulls(w, r, path, in, fail)
	}
}

func answer(w http.ResponseWriter, status int, v any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// pulls is GitHub (docs.github.com/en/rest/pulls/pulls, rest/issues/comments) and Gitea
// (docs.gitea.com/api: repoListPullRequests, repoCreatePullRequest,
// repoEditPullRequest, issueGetComments, issueCreateComment, issueEditComment).
func (f *fakeForge) pulls(w http.ResponseWriter, r *http.Request, path string, in map[string]any, fail func(int, string)) {
	q := r.URL.Query()
	switch {
	case r.Method == "GET" && path == "/pulls":
		if q.Get("state") != "open" {
			fail(422, "state")
			return
		}
		list := []map[string]any{}
		for _, p := range f.open {
			head, base := p["head"].(map[string]any)["ref"].(string), p["base"].(map[string]any)["ref"].(string)
			owner, _, _ := strings.Cut(f.project, "/")
			if f.kind == "github" && (q.Get("head") != owner+":"+head || q.Get("base") != base) {
				continue // Gitea knows no such filters
			}
			list = append(list, p)
		}
		slices.Reverse(list) // the newest first
		answer(w, 200, f.page(list, q.Get("page"), q.Get(map[string]string{"github": "per_page", "gitea": "limit"}[f.kind])))
	case r.Method == "POST" && path == "/pulls":
		for _, field := range []string{"title", "head", "base", "body"} {
			if in[field] == nil || in[field] == "" {
				fail(422, "Validation Failed: "+field)
				return
			}
		}
		p := f.pull(in["head"].(string), in["base"].(string), in["title"].(string), in["body"].(string))
		f.open = append(f.open, p)
		answer(w, 201, p)
	case r.Method == "PATCH" && path == "/pulls/1":
		f.open[0]["title"], f.open[0]["body"] = in["title"], in["body"]
		answer(w, map[string]int{"github": 200, "gitea": 201}[f.kind], f.open[0])
	case r.Method == "GET" && path == "/issues/1/comments":
		if f.kind == "gitea" {
			answer(w, 200, f.comments)
			return
		}
		answer(w, 200, f.page(f.comments, q.Get("page"), q.Get("per_page")))
	case r.Method == "POST" && path == "/issues/1/comments":
		f.comments = append(f.comments, map[string]any{"id": len(f.comments) + 1, "body": in["body"]})
		answer(w, 201, f.comments[len(f.comments)-1])
	case r.Method == "PATCH" && strings.HasPrefix(path, "/issues/comments/"):
		f.edit(w, strings.TrimPrefix(path, "/issues/comments/"), in, fail)
	default:
		fail(404, "Not Found")
	}
}

// gitlab is docs.gitlab.com/api/merge_requests and api/notes.
func (f *fakeForge) gitlab(w http.ResponseWriter, r *http.Request, path string, in map[string]any, fail func(int, string)) {
	q := r.URL.Query()
	switch {
	case r.Method == "GET" && path == "/merge_requests":
		list := []map[string]any{}
		for _, p := range f.open {
			if q.Get("state") == "opened" && q.Get("source_branch") == p["source_branch"] && q.Get("target_branch") == p["target_branch"] {
				list = append(list, p)
			}
		}
		answer(w, 200, list)
	case r.Method == "POST" && path == "/merge_requests":
		for _, field := range []string{"title", "source_branch", "target_branch", "description"} {
			if in[field] == nil || in[field] == "" {
				fail(400, field+" is missing")
				return
			}
		}
		p := f.pull(in["source_branch"].(string), in["target_branch"].(string), in["title"].(string), in["description"].(string))
		f.open = append(f.open, p)
		answer(w, 201, p)
	case r.Method == "PUT" && path == "/merge_requests/1":
		f.open[0]["title"], f.open[0]["description"] = in["title"], in["description"]
		answer(w, 200, f.open[0])
	case r.Method == "GET" && path == "/merge_requests/1/notes":
		answer(w, 200, f.page(f.comments, q.Get("page"), q.Get("per_page")))
	case r.Method == "POST" && path == "/merge_requests/1/notes":
		f.comments = append(f.comments, map[string]any{"id": len(f.comments) + 1, "body": in["body"]})
		answer(w, 201, f.comments[len(f.comments)-1])
	case r.Method == "PUT" && strings.HasPrefix(path, "/merge_requests/1/notes/"):
		f.edit(w, strings.TrimPrefix(path, "/merge_requests/1/notes/"), in, fail)
	default:
		fail(404, "404 Not Found")
	}
}

func (f *fakeForge) edit(w http.ResponseWriter, id string, in map[string]any, fail func(int, string)) {
	n, err := strconv.Atoi(id)
	if err != nil || n < 1 || n > len(f.comments) {
		fail(404, "Not Found")
		return
	}
	f.comments[n-1]["body"] = in["body"]
	answer(w, 200, f.comments[n-1])
}

func (f *fakeForge) pull(head, base, title, body string) map[string]any {
	n := len(f.open) + 1
	url := fmt.Sprintf("https://git.example.com/%s/%d", f.project, n)
	if f.kind == "gitlab" {
		return map[string]any{"iid": n, "web_url": url, "title": title, "description": body, "source_branch": head, "target_branch": base, "source_project_id": 7, "target_project_id": 7}
	}
	return map[string]any{"number": n, "html_url": url, "title": title, "body": body,
		"head": map[string]any{"ref": head, "repo": map[string]any{"full_name": f.project}}, "base": map[string]any{"ref": base}}
}

func (f *fakeForge) page(all []map[string]any, page, size string) []map[string]any {
	p, s := 1, 30
	if n, err := strconv.Atoi(page); err == nil {
		p = n
	}
	if n, err := strconv.Atoi(size); err == nil {
		s = min(n, cmp.Or(f.most, 100))
	}
	from, to := min((p-1)*s, len(all)), min(p*s, len(all))
	return append([]map[string]any{}, all[from:to]...)
}

func (f *fakeForge) text() string {
	if f.kind == "gitlab" {
		return f.open[0]["description"].(string)
	}
	return f.open[0]["body"].(string)
}

const canary = "c4n4ry_t0ken"

// serve starts a forge and returns what is found of it from a remote on it.
func serve(t *testing.T, f *fakeForge) *Forge {
	t.Helper()
	f.t, f.token = t, canary
	srv := httptest.NewServer(f)
	t.Cleanup(srv.Close)
	env := map[string]string{"GITHUB_TOKEN": canary, "GITLAB_TOKEN": canary + "\n", "GITEA_TOKEN": canary}
	api := ""
	if f.kind == "github" {
		api = srv.URL
	}
	forge, err := NewForge(f.kind, srv.URL+"/"+f.project+".git", api, func(name string) string { return env[name] })
	if err != nil {
		t.Fatal(err)
	}
	return forge
}

func says(text string) func(int) string { return func(int) string { return text } }

var request = PullRequest{Base: "main", Head: "airstrip/render-main", Title: "Render aks", Body: says("| a | b |"), Comment: "Rendered again."}

// One pull request is opened, and then kept up to date: its body between the marks,
// and one comment.
func TestForges(t *testing.T) {
	for kind, project := range map[string]string{"github": "acme/platform", "gitlab": "acme/teams/platform", "gitea": "acme/platform"} {
		t.Run(kind, func(t *testing.T) {
			f := &fakeForge{kind: kind, project: project}
			forge := serve(t, f)
			// Comments of others, on more than one page.
			for i := range 59 {
				f.comments = append(f.comments, map[string]any{"id": i + 1, "body": []string{"looks good", markBegin + "\n| a page |"}[i%2]})
			}
			ctx := context.Background()
			o, err := forge.Open(ctx, request, time.Minute)
			if err != nil || !o.New || o.Number != 1 || o.URL == "" {
				t.Fatalf("%+v, %v", o, err)
			}
			if got, want := f.text(), markBegin+"\n| a | b |\n"+markEnd; got != want {
				t.Errorf("the body is %q", got)
			}
			if len(f.comments) != 59 {
				t.Errorf("%d comments", len(f.comments))
			}

			field := "body"
			if kind == "gitlab" {
				field = "description"
			}
			f.open[0][field] = "Mine above.\r\n" + f.text() + "\nMine below."
			again := request
			again.Body, again.Title = says("| c | d |"), "Render aks: chart 2.1.1 → 2.2.0"
			for n := range 2 {
				again.Comment = fmt.Sprintf("Rendered again, %d.", n)
				if o, err = forge.Open(ctx, again, time.Minute); err != nil || o.New || o.Number != 1 {
					t.Fatalf("%+v, %v", o, err)
				}
				if got, want := f.text(), "Mine above.\n"+markBegin+"\n| c | d |\n"+markEnd+"\nMine below."; got != want {
					t.Errorf("the body is %q, want %q", got, want)
				}
				if f.open[0]["title"] != again.Title || len(f.open) != 1 {
					t.Errorf("the pull requests are %v", f.open)
				}
				if len(f.comments) != 60 || f.comments[59]["body"] != commentMark+"\n"+again.Comment {
					t.Errorf("%d comments, the last %v", len(f.comments), f.comments[len(f.comments)-1])
				}
			}
			// With nothing new nothing is written.
			f.requests = nil
			if _, err = forge.Open(ctx, again, time.Minute); err != nil {
				t.Fatal(err)
			}
			for _, r := range f.requests {
				if !strings.HasPrefix(r, "GET ") {
					t.Errorf("%s for nothing", r)
				}
			}
		})
	}
}

// What a person writes is never cut, and is no reason to be refused: the page takes what
// is left, and where it does not fit the body stays.
func TestForgeLimits(t *testing.T) {
	for kind, limit := range map[string]int{"github": 65536, "gitlab": 1 << 20, "gitea": 2 << 20} {
		t.Run(kind, func(t *testing.T) {
			f := &fakeForge{kind: kind, project: "acme/platform"}
			forge := serve(t, f)
			pr := request
			pr.Title = strings.Repeat("é", 300)
			pr.Body = func(limit int) string { return strings.Repeat("ü", max(min(limit, 65536), 4)) }
			field := "body"
			if kind == "gitlab" {
				field = "description"
			}
			for _, people := range []int{0, 60000, limit - marks - 10, limit - marks - 2, limit - 10} {
				if people > 0 {
					f.open[0][field] = strings.Repeat("ö", people-2)
				}
				for range 2 {
					if _, err := forge.Open(context.Background(), pr, time.Minute); err != nil {
						t.Fatalf("beside %d characters: %v", people, err)
					}
					if got := strings.Count(f.text(), "ö"); got != max(people-2, 0) {
						t.Errorf("of %d characters %d are left", people, got)
					}
					if got, fits := strings.Count(f.text(), "ü"), kind == "gitea" || people+marks+4 <= limit; (got > 0) != fits {
						t.Errorf("beside %d characters the page has %d", people, got)
					}
				}
			}
			title := f.open[0]["title"].(string)
			if n := len([]rune(title)); n != kinds[kind].title || !strings.HasSuffix(title, "é…") {
				t.Errorf("the title has %d characters: %s", n, title)
			}
		})
	}
}

// A request that somebody has set to draft stays one, where its title says so.
func TestForgeDraft(t *testing.T) {
	for title, want := range map[string]string{
		"":                      "Render aks",
		"Render aks":            "Render aks",
		"Another":               "Render aks",
		"Drafty: another":       "Render aks",
		"Draft: another":        "Draft: Render aks",
		"draft:another":         "draft:Render aks",
		"[Draft] (Draft) other": "[Draft] (Draft) Render aks",
		"WIP: another":          "WIP: Render aks",
		"[WIP] another":         "[WIP] Render aks",
		"Draft: Render aks":     "Draft: Render aks",
	} {
		if got := kinds["gitlab"].retitle(title, "Render aks"); got != want {
			t.Errorf("after %q comes %q, want %q", title, got, want)
		}
	}
	if got := kinds["gitea"].retitle("WIP: a", "Draft: b"); got != "Draft: b" {
		t.Errorf("a draft is titled %q", got)
	}
	f := &fakeForge{kind: "gitlab", project: "acme/platform"}
	forge := serve(t, f)
	for range 3 {
		if _, err := forge.Open(context.Background(), request, time.Minute); err != nil {
			t.Fatal(err)
		}
		f.open[0]["title"] = "Draft: " + strings.TrimPrefix(f.open[0]["title"].(string), "Draft: ")
	}
	if got := f.open[0]["title"]; got != "Draft: "+request.Title {
		t.Errorf("the title is %q", got)
	}
}

// A server may put less on a page than it is asked for.
func TestForgeSmallPages(t *testing.T) {
	f := &fakeForge{kind: "gitea", project: "acme/platform", most: 3}
	forge := serve(t, f)
	f.open = append(f.open, f.pull(request.Head, request.Base, "ours", ""))
	for i := range 6 {
		f.open = append(f.open, f.pull(fmt.Sprintf("theirs-%d", i), request.Base, "theirs", "theirs"))
	}
	if o, err := forge.Open(context.Background(), request, time.Minute); err != nil || o.Number != 1 || o.New || len(f.open) != 7 {
		t.Errorf("%+v, %v, %d are open", o, err, len(f.open))
	}
}

// A request of a fork, with a branch of that name, is not ours.
func TestForgeFork(t *testing.T) {
	f := &fakeForge{kind: "github", project: "acme/platform"}
	forge := serve(t, f)
	p := f.pull(request.Head, request.Base, "theirs", "theirs")
	p["head"].(map[string]any)["repo"] = map[string]any{"full_name": "mallory/platform"}
	f.open = append(f.open, p)
	if o, err := forge.Open(context.Background(), request, time.Minute); err != nil || o.Number != 2 {
		t.Errorf("%+v, %v", o, err)
	}
}

// What a server says when it will not, or cannot just now.
func TestForgeAnswers(t *testing.T) {
	status := func(code int, header map[string]string, body string) func(w http.ResponseWriter, r *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			for k, v := range header {
				w.Header().Set(k, v)
			}
			w.WriteHeader(code)
			_, _ = io.WriteString(w, body)
			return true
		}
	}
	once := func(f func(w http.ResponseWriter, r *http.Request) bool) func(w http.ResponseWriter, r *http.Request) bool {
		n := 0
		return func(w http.ResponseWriter, r *http.Request) bool {
			if n++; n > 1 {
				return false
			}
			return f(w, r)
		}
	}
	soon := strconv.FormatInt(time.Now().Add(time.Second).Unix(), 10)
	for _, tt := range []struct {
		name   string
		before func(w http.ResponseWriter, r *http.Request) bool
		want   string // of error and hint; empty: it works in the end
	}{
		{"401", status(401, nil, `{"message":"Bad credentials"}`), "401 Unauthorized: Bad credentials|GITHUB_TOKEN is not valid there"},
		{"403", status(403, nil, `{"message":"Resource not accessible by integration"}`), "403 Forbidden: Resource not accessible by integration|pull-requests: write"},
		{"404", status(404, nil, `{"message":"Not Found"}`), "404 Not Found: Not Found|there is no acme/platform there, or the token of GITHUB_TOKEN may not see it"},
		{"422", status(422, nil, `{"message":"Validation Failed","errors":[{"message":"No commits between main and x"}]}`), "Validation Failed: No commits between main and x|"},
		{"moved", status(301, map[string]string{"Location": "https://evil.example.com/"}, ""), "301 Moved Permanently|the repository has moved"},
		{"not an API", status(200, nil, "<html>login"), "what came is not the JSON of the API|"},
		{"the token in an answer", status(400, nil, `{"message":"no user for `+canary+`"}`), "no user for …|"},
		{"limited for long", status(429, map[string]string{"Retry-After": "3600"}, `{}`), "asks for 1h0m0s of patience|limits how often"},
		{"limited", once(status(429, map[string]string{"Retry-After": "1"}, `{}`)), ""},
		{"limited, as GitHub says it", once(status(403, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": soon}, `{"message":"API rate limit exceeded"}`)), ""},
		{"unwell", once(status(502, nil, "bad gateway")), ""},
		{"gone in the middle", once(func(w http.ResponseWriter, r *http.Request) bool { panic(http.ErrAbortHandler) }), ""},
		{"unwell for long", status(503, nil, `{"message":"maintenance"}`), "503 Service Unavailable: maintenance|"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := &fakeForge{kind: "github", project: "acme/platform", before: tt.before}
			forge := serve(t, f)
			_, err := forge.Open(context.Background(), request, 4*time.Second)
			if tt.want == "" {
				if err != nil || len(f.open) != 1 {
					t.Errorf("%v, %d requests are open", err, len(f.open))
				}
				return
			}
			if err == nil {
				t.Fatal("no error")
			}
			text, hint := err.Error(), ""
			if e := (*ForgeError)(nil); errors.As(err, &e) {
				hint = e.Hint
			}
			want, wantHint, _ := strings.Cut(tt.want, "|")
			if !strings.Contains(text, want) || !strings.Contains(hint, wantHint) || strings.Contains(text+hint, canary) {
				t.Errorf("got %s\nhint %s", text, hint)
			}
		})
	}
}

// A request that was heard and not answered is not made twice.
func TestForgeLostAnswer(t *testing.T) {
	f := &fakeForge{kind: "github", project: "acme/platform"}
	lost := false
	f.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost && !lost {
			lost = true
			var in map[string]any
			_ = json.NewDecoder(r.Body).Decode(&in)
			f.open = append(f.open, f.pull(in["head"].(string), in["base"].(string), in["title"].(string), in["body"].(string)))
			w.WriteHeader(http.StatusBadGateway)
			return true
		}
		return false
	}
	forge := serve(t, f)
	if o, err := forge.Open(context.Background(), request, time.Minute); err != nil || o.Number != 1 || len(f.open) != 1 {
		t.Errorf("%+v, %v, %d are open", o, err, len(f.open))
	}
}

// A request that did not even reach the server was not heard, and one that was
// interrupted is known for it. Neither tells the token.
func TestForgeUnheard(t *testing.T) {
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	f := &Forge{Kind: "gitea", API: srv.URL + "/" + canary, token: canary}
	c, err := f.client(time.Second)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = c.once(context.Background(), http.MethodPost, f.API, nil)
	if passing := (*passingError)(nil); !errors.As(err, &passing) || strings.Contains(err.Error(), canary) {
		t.Errorf("nobody is there: %T %v", err, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err = c.once(ctx, http.MethodPost, f.API, nil); !errors.Is(err, context.Canceled) || strings.Contains(err.Error(), canary) {
		t.Errorf("interrupted: %T %v", err, err)
	}
}

// Where the API is, and to whom the token may go.
func TestNewForge(t *testing.T) {
	actions := map[string]string{"GITHUB_TOKEN": "t", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_API_URL": "https://api.github.com"}
	enterprise := map[string]string{"GH_TOKEN": "t", "GITHUB_SERVER_URL": "https://ghe.example.com", "GITHUB_API_URL": "https://ghe.example.com/api/v3"}
	ci := map[string]string{"GITLAB_TOKEN": "t", "CI_SERVER_URL": "https://gitlab.example.com:8443", "CI_API_V4_URL": "https://gitlab.example.com:8443/api/v4"}
	below := map[string]string{"GITLAB_TOKEN": "t", "CI_SERVER_URL": "https://host/gitlab"}
	belowCI := map[string]string{"GITLAB_TOKEN": "t", "CI_SERVER_URL": "https://host/gitlab", "CI_API_V4_URL": "https://host/gitlab/api/v4"}
	for _, tt := range []struct {
		name, kind, remote, api string
		env                     map[string]string
		want, project, wantErr  string
	}{
		{"https", "github", "https://github.com/acme/platform.git", "", map[string]string{"GITHUB_TOKEN": "t"}, "https://api.github.com", "acme/platform", ""},
		{"ssh", "github", "git@github.com:acme/platform.git", "", actions, "https://api.github.com", "acme/platform", ""},
		{"ssh over 443", "github", "ssh://git@ssh.github.com:443/acme/platform.git", "", actions, "https://api.github.com", "acme/platform", ""},
		{"enterprise", "github", "git@ghe.example.com:acme/platform", "", enterprise, "https://ghe.example.com/api/v3", "acme/platform", ""},
		{"enterprise by itself", "github", "https://u:p@ghe.example.com/acme/platform", "", map[string]string{"GH_TOKEN": "t"}, "https://ghe.example.com/api/v3", "acme/platform", ""},
		{"another server than the job's", "github", "https://evil.example.com/acme/platform", "", actions, "", "", "the remote is on evil.example.com, and this job's token is for github.com"},
		{"gitlab", "gitlab", "https://gitlab.com/a/b/c.git", "", map[string]string{"GITLAB_TOKEN": "t"}, "https://gitlab.com/api/v4", "a/b/c", ""},
		{"gitlab ci", "gitlab", "ssh://git@gitlab.example.com:2222/a/b.git", "", ci, "https://gitlab.example.com:8443/api/v4", "a/b", ""},
		{"a job's own token", "gitlab", "https://gitlab.com/a/b.git", "", map[string]string{"CI_JOB_TOKEN": "t"}, "", "", "may not open merge requests"},
		{"gitea", "gitea", "http://git.internal:3000/a/b.git", "", map[string]string{"GITEA_TOKEN": "t"}, "http://git.internal:3000/api/v1", "a/b", ""},
		{"given", "gitea", "git@git.internal:a/b.git", "https://git.internal/forge/api/v1/", map[string]string{"GITEA_TOKEN": "t"}, "https://git.internal/forge/api/v1", "a/b", ""},
		{"below a path", "gitlab", "https://host/gitlab/group/proj.git", "", belowCI, "https://host/gitlab/api/v4", "group/proj", ""},
		{"below a path, of the server alone", "gitlab", "https://host/gitlab/group/sub/proj.git", "", below, "https://host/gitlab/api/v4", "group/sub/proj", ""},
		{"below a path, by ssh", "gitlab", "git@host:gitlab/proj.git", "", belowCI, "https://host/gitlab/api/v4", "gitlab/proj", ""},
		{"below a path, a group of that name", "gitlab", "https://host/gitlab/gitlab/proj.git", "", belowCI, "https://host/gitlab/api/v4", "gitlab/proj", ""},
		{"below a path, given", "gitea", "https://u@host:3000/forge/a/b.git", "https://host:3000/forge/api/v1/", map[string]string{"GITEA_TOKEN": "t"}, "https://host:3000/forge/api/v1", "a/b", ""},
		{"below no path, with another's API", "gitlab", "https://host/gitlab/sub/proj.git", "https://proxy/gitlab/api/v4", map[string]string{"GITLAB_TOKEN": "t"}, "https://proxy/gitlab/api/v4", "gitlab/sub/proj", ""},
		{"given, with a password", "gitea", "git@git.internal:a/b.git", "https://u:p@git.internal/", map[string]string{"GITEA_TOKEN": "t"}, "", "", "want the URL of an API"},
		{"no token", "gitea", "https://git.internal/a/b.git", "", nil, "", "", "GITEA_TOKEN is not set"},
		{"no token but a header", "gitea", "https://git.internal/a/b.git", "", map[string]string{"GITEA_TOKEN": "a\r\nX: b"}, "", "", "GITEA_TOKEN holds what is no token"},
		{"a folder", "github", "/srv/git/platform.git", "", actions, "", "", "no repository of a forge"},
		{"no owner", "github", "https://github.com/platform", "", actions, "", "", "no repository of a forge"},
	} {
		f, err := NewForge(tt.kind, tt.remote, tt.api, func(name string) string { return tt.env[name] })
		if tt.wantErr != "" {
			if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
				t.Errorf("%s: %v, want %s", tt.name, err, tt.wantErr)
			}
			continue
		}
		if err != nil || f.API != tt.want || f.Project != tt.project {
			t.Errorf("%s: %+v, %v", tt.name, f, err)
		}
	}
}

func TestRemark(t *testing.T) {
	for in, want := range map[string]string{
		"":                       marked("new"),
		"mine":                   "mine\n\n" + marked("new"),
		"mine\n" + marked("old"): "mine\n" + marked("new"),
		marked("old\n"+markEnd+" in a value") + "\nbelow": marked("new") + "\nbelow",
		markBegin + " alone":                              markBegin + " alone\n\n" + marked("new"),
	} {
		if got := kinds["github"].remark(in, says("new")); got != want {
			t.Errorf("remark(%q) = %q, want %q", in, got, want)
		}
	}
}
