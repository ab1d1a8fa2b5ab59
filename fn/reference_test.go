package fn_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/ingress"
	"github.com/airstrip-dev/airstrip/fn/validate"
)

var update = flag.Bool("update", false, "rewrite the tables of docs/config.md, docs/settings.md, docs/ingress.md and docs/review.md")

// TestConfigReference keeps the table in docs/config.md equal to the types.
func TestConfigReference(t *testing.T) {
	spec, settings := fn.SpecSchema(), fn.SettingsSchema()
	for name := range settings.Properties {
		delete(spec.Properties, name) // those are in docs/settings.md
	}
	spec.Properties["ingress"].Properties = nil // those are in docs/ingress.md
	var b strings.Builder
	b.WriteString("| field | type | |\n|---|---|---|\n")
	fields("spec", spec, func(field string, s *fn.Schema, required bool) {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", field, typeOf(s), notes(s, required))
	})
	hold(t, "config.md", map[string]string{"fields": b.String()})
}

// TestSettingsReference keeps the tables in docs/settings.md equal to the types
// and to what they become.
func TestSettingsReference(t *testing.T) {
	rows := map[string]airbyte.Row{}
	for _, r := range airbyte.Table() {
		rows[r.Field] = r
	}
	settings := fn.SettingsSchema()
	components := settings.Properties["components"]
	one := components.Properties["server"]
	delete(settings.Properties, "components")

	sections := map[string]string{}
	var b strings.Builder
	line := func(field string, s *fn.Schema, required bool) {
		r := rows[field]
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", field, typeOf(s), notes(s, required),
			paths(r, airbyte.V1), paths(r, airbyte.V2), paths(r, airbyte.DataPlane))
	}
	b.WriteString("| setting | type | | chart V1 | chart V2 | data plane |\n|---|---|---|---|---|---|\n")
	fields("", settings, line)
	sections["settings"] = b.String()

	b.Reset()
	b.WriteString("| component | | chart V1 | chart V2 | data plane |\n|---|---|---|---|---|\n")
	for _, r := range airbyte.ComponentTable() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", r.Field, components.Properties[r.Field].Description,
			paths(r, airbyte.V1), paths(r, airbyte.V2), paths(r, airbyte.DataPlane))
	}
	sections["components"] = b.String()

	b.Reset()
	b.WriteString("| of a component | type | | value below the component's |\n|---|---|---|---|\n")
	fields("", one, func(field string, s *fn.Schema, required bool) {
		var below []string
		for _, p := range rows["components.server."+field].Paths[airbyte.V2] {
			below = append(below, code(strings.TrimPrefix(p, "server.")))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", field, typeOf(s), notes(s, required), strings.Join(below, ", "))
	})
	sections["component"] = b.String()
	hold(t, "settings.md", sections)
}

// TestIngressReference keeps the tables in docs/ingress.md equal to the types and
// to what is written for each controller.
func TestIngressReference(t *testing.T) {
	sections := map[string]string{}
	var b strings.Builder
	b.WriteString("| field | type | |\n|---|---|---|\n")
	fields("", fn.SpecSchema().Properties["ingress"], func(field string, s *fn.Schema, required bool) {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", field, typeOf(s), notes(s, required))
	})
	sections["fields"] = b.String()

	b.Reset()
	for _, c := range ingress.Table() {
		fmt.Fprintf(&b, "### %s: %s\n\n", c.Name, c.Title)
		fmt.Fprintf(&b, "Source: %s.\n\n", c.Source)
		b.WriteString("| setting | what is written |\n|---|---|\n")
		for _, row := range c.Settings {
			fmt.Fprintf(&b, "| `%s` | %s |\n", row[0], row[1])
		}
		for _, row := range c.Elsewhere {
			fmt.Fprintf(&b, "| `%s` | refused: %s |\n", row[0], row[1])
		}
		b.WriteString("\n")
	}
	sections["controllers"] = b.String()
	sections["matrix"] = matrix(ingress.Table())
	hold(t, "ingress.md", sections)
}

// matrix is a table of settings by controllers.
func matrix(all []ingress.Controller) string {
	var b strings.Builder
	var fields []string
	has := map[string]bool{}
	b.WriteString("| setting |")
	for _, c := range all {
		fmt.Fprintf(&b, " %s |", strings.Replace(c.Name, "gateway/", "g/", 1))
		for _, row := range c.Settings {
			if !slices.Contains(fields, row[0]) {
				fields = append(fields, row[0])
			}
			has[c.Name+" "+row[0]] = true
		}
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(all)) + "\n")
	slices.Sort(fields)
	for _, field := range fields {
		fmt.Fprintf(&b, "| `%s` |", field)
		for _, c := range all {
			mark := "–"
			if has[c.Name+" "+field] {
				mark = "✓"
			}
			fmt.Fprintf(&b, " %s |", mark)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// hold keeps the sections of a page between their marks equal to what they have
// to be.
func hold(t *testing.T, name string, sections map[string]string) {
	t.Helper()
	path := filepath.Join("..", "docs", name)
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := string(doc)
	for _, section := range slices.Sorted(maps.Keys(sections)) {
		begin, end := "<!-- "+section+" -->\n", "<!-- /"+section+" -->\n"
		before, rest, ok1 := strings.Cut(want, begin)
		_, after, ok2 := strings.Cut(rest, end)
		if !ok1 || !ok2 {
			t.Fatalf("%s: no place for %s", path, section)
		}
		want = before + begin + sections[section] + end + after
	}
	switch {
	case string(doc) == want:
	case *update:
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is out of date: go test ./fn -run Reference -update", path)
	}
}

// fields calls f for each field of a schema, what is below it after it.
func fields(at string, s *fn.Schema, f func(field string, s *fn.Schema, required bool)) {
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		field := strings.TrimPrefix(at+"."+name, ".")
		f(field, p, slices.Contains(s.Required, name))
		fields(field, p, f)
		if p.Items != nil {
			fields(field+"[]", p.Items, f)
		}
		if p.Values != nil {
			fields(field+".NAME", p.Values, f)
		}
	}
}

func typeOf(s *fn.Schema) string {
	switch {
	case len(s.Enum) > 0:
		return strings.Join(s.Enum, ", ")
	case s.Type == "":
		return "any"
	}
	return s.Type
}

func notes(s *fn.Schema, required bool) string {
	text := s.Description
	if s.Default != "" {
		text += " Default: " + s.Default + "."
	}
	if required {
		text += " **Required.**"
	}
	return strings.ReplaceAll(text, "|", "\\|")
}

func paths(r airbyte.Row, g airbyte.Generation) string {
	var all []string
	for _, p := range r.Paths[g] {
		all = append(all, code(p))
	}
	if all == nil && r.Paths != nil {
		return "–"
	}
	return strings.Join(all, ", ")
}

func code(s string) string { return "`" + s + "`" }

// TestRisksReference keeps the table in docs/review.md equal to the rules.
func TestRisksReference(t *testing.T) {
	var b strings.Builder
	b.WriteString("| code | severity | what |\n|---|---|---|\n")
	for _, r := range validate.RiskRules() {
		var severities []string
		for _, s := range r.Severities {
			severities = append(severities, string(s))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", r.Code, strings.Join(severities, ", "), r.What)
	}
	hold(t, "review.md", map[string]string{"risks": b.String()})
}
