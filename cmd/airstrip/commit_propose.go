package main

import (
	"context"
	"fmt"
	"os"
	"strings"

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
	body, err := c.page(base.Branch)
	if err != nil {
		return err
	}
	opened, err := forge.Open(ctx, publish.PullRequest{
		Base: base.Branch, Head: head, Title: c.subject, Body: body,
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

// page is the body of a pull request: what changes, and how it came about.
func (c *committer) page(base string) (string, error) {
	foot := "\n\n```\n" + strings.ReplaceAll(c.made.trailers(), "`", "'") + "```\n"
	var b strings.Builder
	err := c.report.Markdown(&b, diff.MarkdownOptions{Limit: diff.BodyLimit - publish.Marks - len([]rune(foot)), Full: "airstrip diff --against " + base})
	return strings.TrimPrefix(b.String(), diff.Marker+"\n") + foot, err // it gets marks of its own
}
