package diff

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// hostile are texts that want to be more than text.
var hostile = []string{
	"", " ", "  a  ", "\n", "a\nb", "a\r\nb\n", "\n\n\n# heading\n\n", "|", `\|`, `\\|`, `a\`, "`", "``", "` `", "a`b``c```d", "```\n```\n````\n", "~~~\n",
	"| a | b |\n|---|---|\n", "</code></details></summary>", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!-- airstrip:diff -->", "--> <b>", "]]>",
	"@everyone", "@airbytehq/platform", "x@example.com", "#123", "airbytehq/airbyte#1", "GH-12", "!45", "~bug", "%v1", "$x$", "&amp; &#124; &lt;", "0123456789abcdef0123456789abcdef01234567",
	"https://example.com/?a=b&copy;=c", "www.example.com", "www.", "mailto:x@example.com", "[a](javascript:alert(1))", "![a](https://example.com/a.png)", "[^1]", ":tada:", "**a** _b_ ~~c~~",
	"> [!CAUTION]\n> a", "- a\n- b", "\u202egnp.exe", "a\u2066b\u2069", "\u200b\u200d\ufeff", "\x00\x07\x1b[31mred\x7f", "\xff\xfe", "e\u0301", "\U000e0041", "\u3164", "\u2028", "日本語", "שלום", "🛩️",
	"{{.}}", "${VAR}", "</script>", "';alert(1)//", "\"><svg onload=alert(1)>", "<!--", "<![CDATA[", strings.Repeat("x", 3000), strings.Repeat("`", 200), strings.Repeat("a\n", 500), strings.Repeat("|", 100),
}

// random is a report of whatever the source says, its texts hostile.
func random(rng *rand.Rand, rows int, text func() string) *Report {
	r := &Report{}
	environments := 1 + rng.IntN(12)
	if rng.IntN(20) == 0 {
		environments = 300
	}
	for i := range environments {
		e := Environment{Name: fmt.Sprintf("env-%d", i), Agent: []string{"argocd", "flux", "plain"}[rng.IntN(3)], Old: rng.IntN(40), New: rng.IntN(40), Changed: rng.IntN(9)}
		if rng.IntN(5) == 0 {
			e.Name = fmt.Sprintf("%d-", i) + fit(text(), 200)
		}
		if rng.IntN(9) == 0 {
			e.Error = "error: " + text()
		}
		r.Environments = append(r.Environments, e)
		amount := func() Amount {
			return Amount{rng.IntN(3), rng.Int64N(5000), rng.Int64N(5000), rng.Int64N(1 << 40), rng.Int64N(1 << 40), rng.Int64N(1 << 50)}
		}
		t := Total{e.Name, amount(), amount()}
		if rng.IntN(2) == 0 {
			t.New = t.Old
		}
		r.Totals = append(r.Totals, t)
	}
	some := func() []string {
		var envs []string
		for _, e := range r.Environments {
			if rng.IntN(2) == 0 {
				envs = append(envs, e.Name)
			}
		}
		if envs == nil {
			envs = []string{r.Environments[rng.IntN(len(r.Environments))].Name}
		}
		return envs
	}
	kinds := []string{"ConfigMap", "Deployment", "Secret", text()}
	object := func() manifest.ID {
		return manifest.ID{Group: []string{"", "apps", "example.com"}[rng.IntN(3)], Kind: kinds[rng.IntN(len(kinds))], Namespace: "airbyte", Name: text()}
	}
	value := func() Value {
		switch rng.IntN(6) {
		case 0:
			return Value{}
		case 1:
			return Value{Present: true, Hidden: true}
		}
		return Value{Present: true, Text: text()}
	}
	row := func() Row {
		row := Row{Op: []Op{Added, Removed, Changed, Changed, Reordered, Renamed, Resealed}[rng.IntN(7)], Old: value(), New: value()}
		if rng.IntN(6) > 0 {
			row.Path = "spec." + text()
		} else if row.Op == Changed || row.Op == Reordered || row.Op == Resealed {
			row.Op = Added
		}
		for _, e := range some() {
			for range 1 + rng.IntN(3) {
				id := object()
				row.Places = append(row.Places, Place{Environment: e, Object: id, Path: row.Path})
				row.Kinds = []string{id.Kind}
			}
		}
		return row
	}
	for range rng.IntN(rows + 1) {
		r.Rows = append(r.Rows, row())
	}
	for range rng.IntN(rows/4 + 1) {
		r.Noise = append(r.Noise, row())
	}
	for range rng.IntN(rows/8 + 2) {
		k := Risk{Finding: manifest.Finding{Severity: manifest.Error, Code: "service-type", Object: object(), Field: text(), Message: "changes from " + text() + " to " + text()}, Environments: some()}
		if rng.IntN(2) == 0 {
			k.Severity = manifest.Warning
		}
		if rng.IntN(4) == 0 {
			k.Waived, k.Until = "for "+text(), "2027-01-31"
		}
		r.Risks = append(r.Risks, k)
	}
	for range rng.IntN(rows/8 + 2) {
		r.Images = append(r.Images, Image{
			Repository: text(), Old: text(), New: text(), Environments: some(),
			Bump: []Bump{Downgrade, Major, Minor, Patch, Other, NewOne, Dropped}[rng.IntN(7)],
		})
	}
	return r
}

func anyOf(rng *rand.Rand) func() string {
	return func() string {
		s := hostile[rng.IntN(len(hostile))]
		if rng.IntN(4) == 0 {
			s += hostile[rng.IntN(len(hostile))]
		}
		return s
	}
}

// TestMarkdownRandom writes random reports with hostile texts at random limits.
func TestMarkdownRandom(t *testing.T) {
	runs := 120
	if testing.Short() {
		runs = 20
	}
	refused := 0
	for seed := range uint64(runs) {
		rng := rand.New(rand.NewPCG(seed, 7))
		rows := 20
		if seed%10 == 0 {
			rows = 1500
		}
		r := random(rng, rows, anyOf(rng))
		o := MarkdownOptions{Limit: 500 + rng.IntN(80000), Full: hostile[rng.IntN(len(hostile))]}
		var b bytes.Buffer
		if err := r.Markdown(&b, o); err != nil {
			refused++
			if o.Limit > 20000 && len(r.Environments) < 20 {
				t.Errorf("seed %d: %v", seed, err)
			}
			continue
		}
		checkPage(t, b.String(), r, o)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if refused > runs/4 {
		t.Errorf("%d of %d pages were refused", refused, runs)
	}
}

// FuzzMarkdown puts one text everywhere.
func FuzzMarkdown(f *testing.F) {
	for i, s := range hostile {
		f.Add(s, uint64(i))
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		if len(text) > 5000 {
			t.Skip("names are not that long")
		}
		rng := rand.New(rand.NewPCG(seed, 7))
		r := random(rng, 12, func() string { return text })
		o := MarkdownOptions{Limit: 200 + rng.IntN(BodyLimit)}
		var b bytes.Buffer
		if err := r.Markdown(&b, o); err != nil {
			return
		}
		checkPage(t, b.String(), r, o)
	})
}
