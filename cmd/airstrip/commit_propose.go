package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/diff"
	"github.com/airstrip-dev/airstrip/fn/publish"
)

// headPrefix begins the branches that pull requests are made of; the branch that they
// are for follows.
const headPrefix = "airstrip/render-"

// propose pushes a change to a branch of its own, and opens or updates the pull request
// of it.
func (c *committer) propose(ctx context.Context, base publish.Remote, make publish.Make) error {
	url, err := c.target.URL(ctx, base.Name)
	if err != nil {
		return err
	}
	forge, err := publish.NewForge(c.o.pullRequest, url, c.o.api, os.Getenv)
	if err != nil {
		return err
	}
	forge.CAFile = os.Getenv("AIRSTRIP_CA_FILE")
	head := headPrefix + base.Branch
	p, err := c.target.Propose(ctx, base, head, c.o.retry, make)
	if err != nil {
		return err
	}
	if p.Commit == "" {
		fmt.Fprintf(c.t.err, "%s: nothing changed\n", base.Branch)
		return nil
	}
	opened, err := forge.Open(ctx, publish.PullRequest{
		Base: base.Branch, Head: head, Title: c.subject,
		Body:    func(limit int) string { return c.page(base.Branch, limit) },
		Comment: fmt.Sprintf("%s renders %s: %s", p.Commit, c.made.Revision, c.report.Verdict()),
	}, c.o.retry)
	if err != nil {
		return fmt.Errorf("%s is pushed, and has no pull request: %w", head, err)
	}
	what := "updated"
	if opened.New {
		what = "opened"
	}
	fmt.Fprintf(c.t.err, "%s: pull request %d %s: %s\n", base.Branch, opened.Number, what, c.subject)
	_, err = fmt.Fprintf(c.t.out, "%s %s\n%s\n", p.Commit, head, opened.URL)
	return err
}

// page is the body of a pull request: what changes, and how it came about. Where limit
// does not hold that, it is where to find it; always the same, so that it fits where one
// was.
func (c *committer) page(base string, limit int) string {
	full := "airstrip diff --against " + fn.Quoted(base)
	foot := "\n\n```\n" + strings.ReplaceAll(c.made.trailers(), "`", "'") + "```\n"
	var b strings.Builder
	limit = min(limit, diff.BodyLimit) - utf8.RuneCountInString(foot)
	if limit <= 0 || c.report.Markdown(&b, diff.MarkdownOptions{Limit: limit, Full: full}) != nil {
		return "`" + strings.ReplaceAll(full, "`", "'") + "`"
	}
	return strings.TrimPrefix(b.String(), diff.Marker+"\n") + foot // it gets marks of its own
}
