package publish

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

func (f *Forge) api(c *client) forgeAPI {
	switch f.Kind {
	case "gitlab":
		return gitlab{c, "/projects/" + url.PathEscape(f.Project)}
	case "gitea":
		return gitea{github{c, "/repos/" + f.Project}}
	}
	return github{c, "/repos/" + f.Project}
}

// perPage is how many entries a page has, which all three take.
const perPage = 50

// pages asks for one page after the other, until one is empty or get says that it has
// what it looked for: a server may be set to give less on a page than is asked for. Page
// begins with 1.
func pages(get func(query url.Values) (n int, done bool, err error), query url.Values, size string) error {
	for page := 1; page <= 200; page++ {
		query.Set("page", strconv.Itoa(page))
		query.Set(size, strconv.Itoa(perPage))
		n, done, err := get(query)
		if err != nil || done || n == 0 {
			return err
		}
	}
	return nil
}

// issue is what GitHub and Gitea call a pull request.
type issue struct {
	Number int    `json:"number"`
	URL    string `json:"html_url"`
	Title  string `json:"title"`
	Body   string `json:"body"`
	Head   struct {
		Ref  string `json:"ref"`
		Repo *struct {
			FullName string `json:"full_name"`
		} `json:"repo"`
	} `json:"head"`
	Base struct {
		Ref string `json:"ref"`
	} `json:"base"`
}

func (i issue) found() *found { return &found{i.Number, i.URL, i.Title, i.Body} }

// is reports whether it is of these two branches, and not of a fork.
func (i issue) is(pr PullRequest, project string) bool {
	return i.Head.Ref == pr.Head && i.Base.Ref == pr.Base && (i.Head.Repo == nil || strings.EqualFold(i.Head.Repo.FullName, project))
}

type issueComment struct {
	ID   int64  `json:"id"`
	Body string `json:"body"`
}

// github is docs.github.com/en/rest, versions 2022-11-28: pulls/pulls and
// issues/comments.
type github struct {
	*client
	repo string
}

func (g github) find(ctx context.Context, pr PullRequest) (*found, error) {
	owner, _, _ := strings.Cut(g.forge.Project, "/")
	var list []issue
	err := g.do(ctx, http.MethodGet, g.repo+"/pulls", url.Values{"state": {"open"}, "head": {owner + ":" + pr.Head}, "base": {pr.Base}}, nil, &list)
	for _, i := range list {
		if i.is(pr, g.forge.Project) {
			return i.found(), nil
		}
	}
	return nil, err
}

func (g github) create(ctx context.Context, pr PullRequest, title, body string) (*found, error) {
	var i issue
	err := g.do(ctx, http.MethodPost, g.repo+"/pulls", nil, map[string]any{"title": title, "head": pr.Head, "base": pr.Base, "body": body}, &i)
	return i.found(), err
}

func (g github) update(ctx context.Context, n int, title, body string) error {
	return g.do(ctx, http.MethodPatch, fmt.Sprintf("%s/pulls/%d", g.repo, n), nil, map[string]any{"title": title, "body": body}, nil)
}

func (g github) comments(ctx context.Context, n int) ([]comment, error) {
	return issueComments(ctx, g.client, fmt.Sprintf("%s/issues/%d/comments", g.repo, n), "per_page")
}

func (g github) comment(ctx context.Context, n int, text string) error {
	return g.do(ctx, http.MethodPost, fmt.Sprintf("%s/issues/%d/comments", g.repo, n), nil, map[string]any{"body": text}, nil)
}

func (g github) edit(ctx context.Context, _ int, id int64, text string) error {
	return g.do(ctx, http.MethodPatch, fmt.Sprintf("%s/issues/comments/%d", g.repo, id), nil, map[string]any{"body": text}, nil)
}

func issueComments(ctx context.Context, c *client, path, size string) ([]comment, error) {
	var all []comment
	err := pages(func(query url.Values) (int, bool, error) {
		var list []issueComment
		err := c.do(ctx, http.MethodGet, path, query, nil, &list)
		for _, i := range list {
			all = append(all, comment{i.ID, i.Body})
		}
		return len(list), false, err
	}, url.Values{}, size)
	return all, err
}

// gitea is docs.gitea.com/api: repository and issue, which is GitHub's but for how
// lists are asked for. Forgejo speaks it too.
type gitea struct{ github }

func (g gitea) find(ctx context.Context, pr PullRequest) (*found, error) {
	var is *found
	err := pages(func(query url.Values) (int, bool, error) {
		var list []issue
		err := g.do(ctx, http.MethodGet, g.repo+"/pulls", query, nil, &list)
		for _, i := range list {
			if i.is(pr, g.forge.Project) {
				is = i.found()
				return len(list), true, nil
			}
		}
		return len(list), false, err
	}, url.Values{"state": {"open"}}, "limit")
	return is, err
}

// comments are not paged by Gitea: of one issue it returns all.
func (g gitea) comments(ctx context.Context, n int) ([]comment, error) {
	var list []issueComment
	err := g.do(ctx, http.MethodGet, fmt.Sprintf("%s/issues/%d/comments", g.repo, n), nil, nil, &list)
	var all []comment
	for _, i := range list {
		all = append(all, comment{i.ID, i.Body})
	}
	return all, err
}

// gitlab is docs.gitlab.com/api: merge_requests and notes.
type gitlab struct {
	*client
	project string
}

type mergeRequest struct {
	IID           int    `json:"iid"`
	URL           string `json:"web_url"`
	Title         string `json:"title"`
	Description   string `json:"description"`
	SourceProject int    `json:"source_project_id"`
	TargetProject int    `json:"target_project_id"`
}

func (m mergeRequest) found() *found { return &found{m.IID, m.URL, m.Title, m.Description} }

func (g gitlab) find(ctx context.Context, pr PullRequest) (*found, error) {
	var list []mergeRequest
	err := g.do(ctx, http.MethodGet, g.project+"/merge_requests",
		url.Values{"state": {"opened"}, "source_branch": {pr.Head}, "target_branch": {pr.Base}}, nil, &list)
	for _, m := range list {
		if m.SourceProject == m.TargetProject { // one of a fork may have a branch of that name
			return m.found(), nil
		}
	}
	return nil, err
}

func (g gitlab) create(ctx context.Context, pr PullRequest, title, body string) (*found, error) {
	var m mergeRequest
	err := g.do(ctx, http.MethodPost, g.project+"/merge_requests", nil,
		map[string]any{"source_branch": pr.Head, "target_branch": pr.Base, "title": title, "description": body}, &m)
	return m.found(), err
}

func (g gitlab) update(ctx context.Context, n int, title, body string) error {
	return g.do(ctx, http.MethodPut, fmt.Sprintf("%s/merge_requests/%d", g.project, n), nil, map[string]any{"title": title, "description": body}, nil)
}

func (g gitlab) comments(ctx context.Context, n int) ([]comment, error) {
	return issueComments(ctx, g.client, fmt.Sprintf("%s/merge_requests/%d/notes", g.project, n), "per_page")
}

func (g gitlab) comment(ctx context.Context, n int, text string) error {
	return g.do(ctx, http.MethodPost, fmt.Sprintf("%s/merge_requests/%d/notes", g.project, n), nil, map[string]any{"body": text}, nil)
}

func (g gitlab) edit(ctx context.Context, n int, id int64, text string) error {
	return g.do(ctx, http.MethodPut, fmt.Sprintf("%s/merge_requests/%d/notes/%d", g.project, n, id), nil, map[string]any{"body": text}, nil)
}
