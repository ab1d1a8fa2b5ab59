package manifest

import (
	"fmt"
	"strings"
	"testing"
)

func TestCheckAliases(t *testing.T) {
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 20; i++ {
		bomb += fmt.Sprintf("a%d: &a%[1]d [%s]\n", i, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 10), ", "))
	}
	for _, tt := range []struct{ name, in, wantErr string }{
		{"none", "a: 1\n", ""},
		{"ordinary", "a: &a {b: 1}\nc: *a\nd: [*a, *a]\n", ""},
		{"merge key", "a: &a {b: 1}\nc: {<<: *a, d: 2}\n", ""},
		{"an anchor twice", "a: &a [1]\nb: &a [*a]\n", "the anchor &a contains itself"},
		{"no YAML", "a && b || *c: [", ""},
		{"itself", "a: &a [*a]\n", "the anchor &a contains itself"},
		{"itself, deeper", "a: &a {b: {c: [*a]}}\n", "the anchor &a contains itself"},
		{"bomb", bomb, "aliases of aliases that stand for more than 1048576 nodes"},
		{"bomb behind a document that is none", "[\n---\n" + bomb, "aliases of aliases that stand for more than 1048576 nodes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := CheckAliases([]byte(tt.in)); err != nil {
				got = err.Error()
			}
			if got != tt.wantErr {
				t.Errorf("got %q, want %q", got, tt.wantErr)
			}
		})
	}
}
