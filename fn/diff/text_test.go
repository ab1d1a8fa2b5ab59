package diff

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

func text(t *testing.T, r *Report, o TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Text(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	r := sample()
	for name, o := range map[string]TextOptions{"sample.txt": {}, "sample-all.txt": {All: true}, "sample-color.txt": {Color: true}} {
		golden(t, name, []byte(text(t, r, o)))
	}
}

// TestTextIsData holds the terminal to what Text itself writes: no other escape
// sequence gets there, and no text ends a line that it did not begin.
func TestTextIsData(t *testing.T) {
	const evil = "a\x1b[2J\r\nRisks\u202e"
	r := Compare(nil, Options{})
	r.Environments = []Environment{{Name: evil, Error: evil}, {Name: "x"}}
	place := []Place{{Environment: "x"}}
	place[0].Object.Kind, place[0].Object.Name = evil, evil
	r.Images = []Image{{Repository: evil, Old: evil, New: evil, Environments: []string{evil}}}
	r.Totals = []Total{{Environment: evil, New: Amount{Replicas: 1}}}
	r.Rows = []Row{
		{Op: Changed, Kinds: []string{evil}, Path: evil, Old: Value{Present: true, Text: evil}, New: Value{Present: true, Text: "x"}, Places: place},
		{Op: Renamed, Kinds: []string{evil}, Old: Value{Present: true, Text: "a\x1b"}, New: Value{Present: true, Text: "b\x1b"}, Places: place},
	}
	r.AddRisk(evil, Risk{Waived: evil, Until: evil})
	for _, o := range []TextOptions{{}, {All: true}} {
		out := text(t, r, o)
		if strings.ContainsAny(out, "\x1b\r\u202e") {
			t.Errorf("a sign that moves others got through:\n%q", out)
		}
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, "Risks") && strings.TrimSpace(line) != "Risks" {
				t.Errorf("a line that nobody wrote: %q", line)
			}
		}
	}
}

// TestTextGivesNoCommands holds the log of a job to what its runner takes for none.
func TestTextGivesNoCommands(t *testing.T) {
	const forged = "a\n::error::x\n \t ::set-output name=a::b\nx ##[add-mask]a\nfn::y\u00a0\n"
	side := func(v string) []Sides {
		set := decode(t, "kind: ConfigMap\napiVersion: v1\nmetadata: {name: c}\n")
		manifest.SetField(manifest.Ensure(set[0].YNode(), "data"), "a", manifest.String(forged+v))
		return []Sides{{Name: "x", New: set}, {Name: "bad", Error: "execution error at (c:1:1): \n" + forged}}
	}
	s := side("w")
	s[0].Old = side("z")[0].New
	command := regexp.MustCompile(`(?m)^\s*::|##\[`)
	out := text(t, Compare(s, Options{}), TextOptions{All: true, Actions: true})
	if at := command.FindString(out); at != "" {
		t.Errorf("%q is a command in\n%s", at, out)
	}
	for _, want := range []string{" ⟨U+003A⟩:error::x\n", "x ##⟨U+005B⟩add-mask]a\n", " fn::y"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if out := text(t, Compare(s, Options{}), TextOptions{All: true}); !command.MatchString(out) {
		t.Errorf("a terminal is shown another text:\n%s", out)
	}
}

// What blocks is read first, in whatever order it was found.
func TestRisksAreInOrder(t *testing.T) {
	var r Report
	add := func(s manifest.Severity, code, waived string) {
		r.AddRisk("aks", Risk{Finding: manifest.Finding{Severity: s, Code: code}, Waived: waived})
	}
	add(manifest.Info, "job-reruns", "")
	add(manifest.Error, "endpoint", "moves")
	add(manifest.Warning, "probe", "")
	add(manifest.Error, "exposed", "")
	add(manifest.Error, "auth-off", "")
	var got []string
	for _, k := range r.Risks {
		got = append(got, k.Code)
	}
	if want := []string{"exposed", "auth-off", "probe", "job-reruns", "endpoint"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
