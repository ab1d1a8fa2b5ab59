package fn_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn"
)

var update = flag.Bool("update", false, "rewrite docs/config.md")

// TestConfigReference keeps the table in docs/config.md equal to the types.
func TestConfigReference(t *testing.T) {
	const begin, end = "<!-- fields -->\n", "<!-- /fields -->\n"
	path := filepath.Join("..", "docs", "config.md")
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(doc), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s: no place for the fields", path)
	}
	var b strings.Builder
	b.WriteString("| field | type | |\n|---|---|---|\n")
	fields(&b, "spec", fn.SpecSchema())
	want := before + begin + b.String() + end + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if string(doc) != want {
		t.Errorf("%s is out of date: go test ./fn -run TestConfigReference -update", path)
	}
}

func fields(b *strings.Builder, at string, s *fn.Schema) {
	names := make([]string, 0, len(s.Properties))
	for name := range s.Properties {
		names = append(names, name)
	}
	sort.Strings(names)
	required := map[string]bool{}
	for _, name := range s.Required {
		required[name] = true
	}
	for _, name := range names {
		p := s.Properties[name]
		typ := p.Type
		if len(p.Enum) > 0 {
			typ = strings.Join(p.Enum, ", ")
		}
		if typ == "" {
			typ = "any"
		}
		notes := p.Description
		if p.Default != "" {
			notes += " Default: " + p.Default + "."
		}
		if required[name] {
			notes += " **Required.**"
		}
		fmt.Fprintf(b, "| `%s.%s` | %s | %s |\n", at, name, typ, strings.ReplaceAll(notes, "|", "\\|"))
		fields(b, at+"."+name, p)
		if p.Items != nil && len(p.Items.Properties) > 0 {
			fields(b, at+"."+name+"[]", p.Items)
		}
	}
}
