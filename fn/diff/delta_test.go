package diff

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDelta puts both sequences together again from what delta says.
func TestDelta(t *testing.T) {
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 3))
		sequence := func() []string {
			s := make([]string, rng.IntN(40))
			if seed%100 == 0 {
				s = make([]string, 1500) // more edits than are looked for
			}
			for i := range s {
				s[i] = string(rune('a' + rng.IntN(4)))
			}
			return s
		}
		a, b := sequence(), sequence()
		var gone, come []string
		last := byte(0)
		for _, r := range delta(a, b) {
			if r.op != '+' {
				gone = append(gone, r.items...)
			}
			if r.op != '-' {
				come = append(come, r.items...)
			}
			if last == '+' && r.op == '-' {
				t.Errorf("seed %d: what comes stands before what goes", seed)
			}
			last = r.op
		}
		if g, c := strings.Join(gone, ""), strings.Join(come, ""); g != strings.Join(a, "") || c != strings.Join(b, "") {
			t.Errorf("seed %d: %q and %q become %q and %q", seed, a, b, g, c)
		}
	}
}

func TestDeltaIsShort(t *testing.T) {
	for _, tc := range []struct{ a, b, want string }{
		{"", "", ""},
		{"abc", "abc", " abc"},
		{"abc", "", "-abc"},
		{"", "abc", "+abc"},
		{"abcd", "abxd", " ab-c+x d"},
		{"abcabba", "cbabac", "-ab c-a+b b-b+a a+c"},
		{"abc", "bcd", "-a bc+d"},
	} {
		got, edits := "", 0
		for _, r := range delta(strings.Split(tc.a, ""), strings.Split(tc.b, "")) {
			got += string(r.op) + strings.Join(r.items, "")
			if r.op != ' ' {
				edits += len(r.items)
			}
		}
		if tc.a == "abcabba" { // has several shortest ways, of five edits
			if edits != 5 {
				t.Errorf("%s to %s takes %d edits: %s", tc.a, tc.b, edits, got)
			}
			continue
		}
		if got != tc.want {
			t.Errorf("%s to %s: got %q, want %q", tc.a, tc.b, got, tc.want)
		}
	}
}

func TestMarks(t *testing.T) {
	show := func(m []mark) string {
		var b strings.Builder
		for _, one := range m {
			if one.Changed {
				b.WriteString("[" + one.Text + "]")
			} else {
				b.WriteString(one.Text)
			}
		}
		return b.String()
	}
	for _, tc := range []struct{ old, new, wantOld, wantNew string }{
		{"https://a.example.com/x", "https://b.example.com/x", "https://[a].example.com/x", "https://[b].example.com/x"},
		{"airbyte-2.0.1", "airbyte-2.1.0", "airbyte-[2.0.1]", "airbyte-[2.1.0]"},
		{"internal", "internet-facing", "[internal]", "[internet-facing]"},
		{"a b", "", "[a b]", "[]"},
		{"größe: 1 Mi", "größe: 2 Mi", "größe: [1] Mi", "größe: [2] Mi"},
	} {
		o, n := marks(tc.old, tc.new)
		if d := cmp.Diff([]string{tc.wantOld, tc.wantNew}, []string{show(o), show(n)}); d != "" {
			t.Errorf("%s to %s: %s", tc.old, tc.new, d)
		}
	}
}
