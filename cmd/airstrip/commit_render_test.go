package main

import (
	"strings"
	"testing"
)

// A file of somebody else's is named in one line, whatever its name is.
func TestCommitLeaves(t *testing.T) {
	for file, want := range map[string]string{
		"rendered/aks/mine ü.txt":           "rendered/aks/mine ü.txt",
		"rendered/aks/a\n::add-mask::x":     `"rendered/aks/a\n::add-mask::x"`,
		"::add-mask::x/a":                   `"::add-mask::x/a"`,
		"rendered/aks/\x1b[2Jgone":          `"rendered/aks/\x1b[2Jgone"`,
		"rendered/aks/\u202egpj.\u202cyaml": `"rendered/aks/\u202egpj.\u202cyaml"`,
		"rendered/aks/\xff":                 `"rendered/aks/\xff"`,
	} {
		var b strings.Builder
		c := &committer{t: &terminal{err: &b}}
		c.leaves(file)
		if got, want := b.String(), "airstrip: warning: "+want+": not written by airstrip, left alone and not committed\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if got := some([]string{file, "b", "c", "d"}); got != want+", b, c and 1 more" {
			t.Errorf("got %q", got)
		}
	}
}
