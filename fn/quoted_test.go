package fn_test

import (
	"os/exec"
	"testing"

	"github.com/airstrip-dev/airstrip/fn"
)

// A word is one to a shell, and the same as before.
func TestQuoted(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Log("there is no bash to ask")
	}
	for word, want := range map[string]string{
		"overlays/prod":            "overlays/prod",
		"overlays/prod-eu_1.2@x":   "overlays/prod-eu_1.2@x",
		"":                         "''",
		"overlays/prod eu":         "'overlays/prod eu'",
		"overlays/it's":            `'overlays/it'\''s'`,
		"a`b`$c\"d":                "'a`b`$c\"d'",
		"~/x;y&z|*?[1]{2}(3)<4>#!": "'~/x;y&z|*?[1]{2}(3)<4>#!'",
		"überall":                  "'überall'",
		"a\nb\t\x1b'\"\\":          `$'a\nb\t\x1b\'"\\'`,
		"a\xff1":                   `$'a\xff1'`,
	} {
		got := fn.Quoted(word)
		if got != want {
			t.Errorf("%q: got %s, want %s", word, got, want)
		}
		if bash == "" {
			continue
		}
		if out, err := exec.Command(bash, "-c", "printf %s "+got).Output(); err != nil || string(out) != word {
			t.Errorf("%s: bash takes it for %q, %v", got, out, err)
		}
	}
}
