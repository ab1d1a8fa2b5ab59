package diff

import (
	"bytes"
	"strings"
	"testing"
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
