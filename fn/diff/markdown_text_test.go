package diff

import (
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"a\nb":           "a\nb",
		"a\tb\r\x00\x7f": "a␉b␍␀␡",
		"\u202egnp":      "⟨U+202E⟩gnp",
		"a\u00a0b\u200b": "a⟨U+00A0⟩b⟨U+200B⟩",
		"\xff":           "⟨0xFF⟩",
		"größe 日本 שלום":  "größe 日本 שלום",
		"\U000e0041":     "⟨U+E0041⟩",
		"\u3164\u2800":   "⟨U+3164⟩⟨U+2800⟩",
	} {
		if got := manifest.Visible(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestMarkdownText(t *testing.T) {
	for _, tc := range []struct {
		name string
		of   func(string) string
		in   string
		want string
	}{
		{"code", mdCode, "a", "`a`"},
		{"code", mdCode, "", "*empty*"},
		{"code", mdCode, "a`b", "``a`b``"},
		{"code", mdCode, "`", "`` ` ``"},
		{"code", mdCode, " a  ", "`␠a␠␠`"},
		{"code", mdCode, "  ", "`␠␠`"},
		{"code", mdCode, "a\nb", "`a⏎b`"},
		{"code", mdCode, strings.Repeat("`", 90), "`⟨90 backticks⟩`"},
		{"row", func(s string) string { return mdRow(mdCode(s)) }, `a|b\|c`, "| `a\\|b\\\\|c` |\n"},
		{"prose", mdProse, "it is gone, and stays so: 3 of 4.", "it is gone, and stays so: 3 of 4."},
		{"prose", mdProse, "ask @everyone about #12 (see www.example.com).", "ask `@everyone` about `#12` (see `www.example.com`)."},
		{"prose", mdProse, `from "internal" to "internet-facing"`, `from "internal" to "internet-facing"`},
		{"prose", mdProse, `from "2.0.1" to <b>`, "from \"`2.0.1`\" to `<b>`"},
		{"prose", mdProse, "commit 0123456 or deadbeef", "commit `0123456` or `deadbeef`"},
		{"prose", mdProse, "www. x", "`www`. x"},
		{"prose", mdProse, "a ... b", "a `...` b"},
		{"full", mdFull, "https://ci.example.com/1?a=b&c#d", "[the whole review](<https://ci.example.com/1?a=b&c#d>)"},
		{"full", mdFull, "https://ci.example.com/)> <b>", "`https://ci.example.com/)> <b>`"},
		{"full", mdFull, "javascript:alert(1)", "`javascript:alert(1)`"},
		{"html", htmlCode, "<b>&\n", "<code>&lt;b&gt;&amp;⏎</code>"},
	} {
		if got := tc.of(tc.in); got != tc.want {
			t.Errorf("%s of %q: got %q, want %q", tc.name, tc.in, got, tc.want)
		}
	}
}

func TestFitPair(t *testing.T) {
	long := strings.Repeat("x", 100)
	for _, tc := range []struct{ old, new, wantOld, wantNew string }{
		{"a", "b", "a", "b"},
		{long + "a" + long, long + "b" + long, "…xxxxxxxxxxxxaxxxxxxxxxxxx…", "…xxxxxxxxxxxxbxxxxxxxxxxxx…"},
		{long, long + "b", "…xxxxxxxxxxxx", "…xxxxxxxxxxxxb"},
		{long, "b", "xxxxxxxxxxxxxxxxxxxxxxxxxx…xxxxxxxxxxxxx", "b"},
	} {
		o, n := fitPair(tc.old, tc.new, 40)
		if o != tc.wantOld || n != tc.wantNew {
			t.Errorf("%s and %s: got %s and %s", tc.old, tc.new, o, n)
		}
	}
}

func TestFigures(t *testing.T) {
	for _, tc := range []struct{ got, want string }{
		{cores(0), "0"}, {cores(250), "250m"}, {cores(2000), "2"}, {cores(2750), "2.75"},
		{size(0), "0"}, {size(512 << 20), "512Mi"}, {size(1536 << 20), "1.5Gi"}, {size(500 << 30), "500Gi"},
		{plural(1, "change"), "1 change"}, {plural(0, "change"), "0 changes"},
		{braced([]string{"airbyte-server", "airbyte-worker"}), "airbyte-{server,worker}"},
		{braced([]string{"airbyte", "airbyte-worker"}), "airbyte, airbyte-worker"},
		{braced([]string{"a-b", "a-c"}), "a-b, a-c"},
	} {
		if tc.got != tc.want {
			t.Errorf("got %s, want %s", tc.got, tc.want)
		}
	}
	// What rounds to one text is told in full.
	old, new, changed := columns()[3].step(Total{Old: Amount{MemoryRequests: 1 << 30}, New: Amount{MemoryRequests: 1<<30 + 1}})
	if old != "1073741824" || new != "1073741825" || !changed {
		t.Errorf("got %s and %s", old, new)
	}
}

func TestVerdict(t *testing.T) {
	r := sample()
	if got, want := r.Verdict(), "3 environments · 13 objects · 16 changes · 2 risks (1 blocking) · 1 waived · 1 note"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	r.Risks = []Risk{{Finding: manifest.Finding{Severity: manifest.Info, Code: "job-reruns"}}}
	r.Environments[1].Error = "does not render"
	if got, want := r.Verdict(), "3 environments · 1 not rendered · 13 objects · 16 changes · no risks · 1 note"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := (&Report{Environments: r.Environments[:1]}).Verdict(), "1 environment · nothing changes"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
