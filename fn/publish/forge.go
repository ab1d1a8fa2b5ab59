package publish

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// Forge is a server that has pull requests: GitHub, GitLab, Gitea, or one that speaks
// as they do.
type Forge struct {
	// Kind is github, gitlab or gitea.
	Kind string
	// API is where its REST API begins: https://api.github.com.
	API string
	// Project is the repository on it: acme/platform.
	Project string
	// CAFile holds certificates, in PEM, that are trusted beside the system's.
	CAFile string

	token string
	// tokenFrom is the variable that the token was in.
	tokenFrom string
}

// PullRequest is what is to be there.
type PullRequest struct {
	Base, Head, Title string
	// Body returns what stands between marks, around which a person may write, in as many
	// characters as the server and those words leave. A longer one is left out.
	Body func(limit int) string
	// Comment is what is said of an update, in one comment that is edited in place.
	Comment string
}

// Opened is a pull request that is there.
type Opened struct {
	Number int
	URL    string
	New    bool
}

// kind is how the servers differ outside of their API.
type kind struct {
	tokens []string
	// api and server are the variables of their CI: where the API is, and of which server.
	api, server string
	// path is where the API of a server is.
	path string
	// scope is what the token has to be good for.
	scope string
	// title and body are how many characters they may have.
	title, body int
}

var kinds = map[string]kind{
	"github": {[]string{"GITHUB_TOKEN", "GH_TOKEN"}, "GITHUB_API_URL", "GITHUB_SERVER_URL", "/api/v3", "contents and pull requests: write", 256, 65536},
	"gitlab": {[]string{"GITLAB_TOKEN"}, "CI_API_V4_URL", "CI_SERVER_URL", "/api/v4", "scope api", 255, 1 << 20},
	"gitea":  {[]string{"GITEA_TOKEN"}, "", "", "/api/v1", "repository: read and write, issue: read and write", 255, math.MaxInt},
}

// A TokenError says that there is no token for a forge, or that it is not to be sent
// there.
type TokenError struct{ What, Hint string }

func (e *TokenError) Error() string { return e.What }

// NewForge finds the API of the server that a remote is on, and the token for it in
// the environment. With api that is where the API is.
func NewForge(kind, remote, api string, getenv func(string) string) (*Forge, error) {
	k, ok := kinds[kind]
	if !ok {
		return nil, fmt.Errorf("forge %q: want github, gitlab or gitea", kind)
	}
	at, project, err := parseRemote(remote)
	if err != nil {
		return nil, err
	}
	f := &Forge{Kind: kind, Project: project}
	server := &url.URL{}
	if k.server != "" && getenv(k.server) != "" {
		if server, err = url.Parse(getenv(k.server)); err != nil {
			return nil, fmt.Errorf("%s: %w", k.server, err)
		}
	}
	switch {
	case api != "":
		f.API = api
	case k.api != "" && getenv(k.api) != "" && (server.Host == "" || strings.EqualFold(server.Host, at.Host) || strings.EqualFold(server.Hostname(), at.Hostname())):
		f.API = getenv(k.api)
	case server.Host != "" && !strings.EqualFold(server.Hostname(), at.Hostname()):
		return nil, &TokenError{fmt.Sprintf("the remote is on %s, and this job's token is for %s", at.Host, server.Host),
			"give the API of the remote's server with --api-url, and a token of that server"}
	case kind == "github" && strings.EqualFold(at.Hostname(), "github.com"):
		f.API = "https://api.github.com"
	default:
		f.API = at.String() + strings.TrimRight(server.Path, "/") + k.path
	}
	f.API = strings.TrimSuffix(f.API, "/")
	u, err := url.Parse(f.API)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return nil, fmt.Errorf("%s: want the URL of an API, such as https://git.example.com%s", redact(f.API), k.path)
	}
	u.Path = strings.TrimSuffix(u.Path, k.path)
	if strings.HasPrefix(remote, "http://") || strings.HasPrefix(remote, "https://") { // ssh has no such path
		f.Project = withoutBase(project, at, u, server)
	}
	for _, name := range k.tokens {
		if t := strings.TrimSpace(getenv(name)); t != "" {
			f.token, f.tokenFrom = t, name
			break
		}
	}
	switch {
	case f.token == "" && kind == "gitlab" && getenv("CI_JOB_TOKEN") != "":
		return nil, &TokenError{"there is no GITLAB_TOKEN, and a job's own token may not open merge requests",
			"set GITLAB_TOKEN to a project access token with " + k.scope + ", as a masked variable"}
	case f.token == "":
		return nil, &TokenError{"there is no token: " + strings.Join(k.tokens, " or ") + " is not set", "set it to one with " + k.scope}
	case strings.ContainsFunc(f.token, func(r rune) bool { return r <= ' ' || r > '~' }):
		return nil, &TokenError{f.tokenFrom + " holds what is no token: spaces, line ends or other characters", "set it to the token alone"}
	}
	return f, nil
}

// withoutBase is a project on a server without the path that all of the server is below,
// as one of some URLs of it has that.
func withoutBase(project string, at *url.URL, servers ...*url.URL) string {
	for _, s := range servers {
		rest, below := strings.CutPrefix(project, strings.Trim(s.Path, "/")+"/")
		if below && strings.Contains(rest, "/") && strings.EqualFold(s.Hostname(), at.Hostname()) {
			return rest
		}
	}
	return project
}

// parseRemote splits the URL of a remote into its web server and the repository on it.
func parseRemote(remote string) (*url.URL, string, error) {
	server := &url.URL{Scheme: "https"}
	project := ""
	if u, err := url.Parse(remote); err == nil && u.Host != "" {
		server.Host = u.Host
		switch u.Scheme {
		case "http":
			server.Scheme = "http"
		case "https":
		default:
			server.Host = u.Hostname() // the port is that of ssh
			if strings.EqualFold(server.Host, "ssh.github.com") {
				server.Host = "github.com"
			}
		}
		project = u.Path
	} else if host, p, ok := strings.Cut(remote, ":"); ok && !strings.Contains(host, "/") {
		server.Host = host[strings.LastIndexByte(host, '@')+1:]
		project = p
	}
	project = strings.TrimSuffix(strings.Trim(project, "/"), ".git")
	if server.Host == "" || !strings.Contains(project, "/") {
		return nil, "", fmt.Errorf("%s: no repository of a forge: want https://HOST/OWNER/NAME or git@HOST:OWNER/NAME", redact(remote))
	}
	return server, project, nil
}

// The marks around what is ours of a text that others may write in.
const (
	markBegin = "<!-- airstrip:diff -->"
	markEnd   = "<!-- /airstrip:diff -->"
	// commentMark begins a comment of ours. A page of fn/diff that somebody else posts as
	// one begins with markBegin.
	commentMark = "<!-- airstrip:commit -->"
)

func marked(text string) string { return markBegin + "\n" + strings.TrimSpace(text) + "\n" + markEnd }

// marks is how much longer a body gets by its marks.
var marks = len(marked(""))

// around is what stands before and after the marks of a text; in one without, they get
// below.
func around(old string) (before, after string) {
	old = strings.ReplaceAll(old, "\r\n", "\n") // as forges send what was typed into a form
	begin := strings.Index(old, markBegin)
	end := strings.LastIndex(old, markEnd)
	switch {
	case begin >= 0 && end > begin:
		return old[:begin], old[end+len(markEnd):]
	case strings.TrimSpace(old) == "":
		return "", ""
	}
	return strings.TrimRight(old, "\n") + "\n\n", ""
}

// remark replaces what is between the marks of a body, if there is room for it.
func (k kind) remark(old string, page func(limit int) string) string {
	before, after := around(old)
	limit := k.body - marks - utf8.RuneCountInString(before+after)
	text := page(limit)
	if utf8.RuneCountInString(text) > limit {
		return old
	}
	return before + marked(text) + after
}

// unready is how a title says that its request is not to be merged yet, to GitLab or Gitea.
var unready = regexp.MustCompile(`(?i)^(\s*(draft:|\[draft\]|\(draft\)|wip:|\[wip\]))+\s*`)

// retitle is a title in the place of an old one: as unready, and not longer than it may be.
func (k kind) retitle(old, title string) string {
	if !unready.MatchString(title) {
		title = unready.FindString(old) + title
	}
	if all := []rune(title); len(all) > k.title {
		title = string(all[:k.title-1]) + "…"
	}
	return title
}

// found is a pull request as its server has it.
type found struct {
	number           int
	url, title, body string
}

type comment struct {
	id   int64
	body string
}

// forgeAPI is what of a server's API is used.
type forgeAPI interface {
	// find returns the open pull request of a head into a base, or nil.
	find(ctx context.Context, pr PullRequest) (*found, error)
	create(ctx context.Context, pr PullRequest, title, body string) (*found, error)
	update(ctx context.Context, number int, title, body string) error
	comments(ctx context.Context, number int) ([]comment, error)
	comment(ctx context.Context, number int, text string) error
	edit(ctx context.Context, number int, id int64, text string) error
}

// Open opens a pull request, or brings the one that is open for the same branches up
// to date.
func (f *Forge) Open(ctx context.Context, pr PullRequest, total time.Duration) (Opened, error) {
	c, err := f.client(total)
	if err != nil {
		return Opened{}, err
	}
	api := f.api(c)
	for wait := newBackoff(total); ; {
		o, err := open1(ctx, kinds[f.Kind], api, pr)
		// Whether a request that was not answered was heard is seen by looking again.
		lost := (*lostError)(nil)
		if !errors.As(err, &lost) {
			return o, err
		}
		if more, waitErr := wait.wait(ctx, 0); waitErr != nil || !more {
			return o, errors.Join(err, waitErr)
		}
	}
}

func open1(ctx context.Context, k kind, api forgeAPI, pr PullRequest) (Opened, error) {
	is, err := api.find(ctx, pr)
	if err != nil {
		return Opened{}, err
	}
	was := found{}
	if is != nil {
		was = *is
	}
	title, body := k.retitle(was.title, pr.Title), k.remark(was.body, pr.Body)
	if is == nil {
		is, err := api.create(ctx, pr, title, body)
		if err != nil {
			return Opened{}, err
		}
		return Opened{is.number, is.url, true}, nil
	}
	o := Opened{Number: is.number, URL: is.url}
	if body != is.body || title != is.title {
		if err := api.update(ctx, is.number, title, body); err != nil {
			return o, err
		}
	}
	if pr.Comment == "" {
		return o, nil
	}
	all, err := api.comments(ctx, is.number)
	if err != nil {
		return o, err
	}
	text := commentMark + "\n" + strings.TrimSpace(pr.Comment)
	for _, c := range all {
		if strings.HasPrefix(strings.TrimSpace(c.body), commentMark) {
			if strings.ReplaceAll(c.body, "\r\n", "\n") == text {
				return o, nil
			}
			return o, api.edit(ctx, is.number, c.id, text)
		}
	}
	return o, api.comment(ctx, is.number, text)
}
