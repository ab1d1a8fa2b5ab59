package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/airstrip-dev/airstrip/fn/diff"
)

// The page fits where it has to; where next to nothing is left, it is the way to what it
// would say.
func TestCommitPage(t *testing.T) {
	c := &committer{report: diff.Compare(nil, diff.Options{}), made: commitMessage{Version: "test"}}
	whole := c.page("main", 1<<20)
	if !strings.Contains(whole, c.report.Verdict()) || !strings.Contains(whole, "Airstrip-Version: test") || strings.Contains(whole, diff.Marker) {
		t.Fatalf("the page is\n%s", whole)
	}
	n := utf8.RuneCountInString(whole)
	for limit, want := range map[int]string{
		diff.BodyLimit: whole, n + len(diff.Marker) + 1: whole, 60: "`airstrip diff --against main`", 0: "`airstrip diff --against main`", -5: "`airstrip diff --against main`",
	} {
		if got := c.page("main", limit); got != want {
			t.Errorf("within %d it is\n%s", limit, got)
		}
	}
	for limit := 60; limit < 2*n; limit++ {
		if got := utf8.RuneCountInString(c.page("main", limit)); got > limit {
			t.Errorf("within %d it has %d characters", limit, got)
		}
	}
}
