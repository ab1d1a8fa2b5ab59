package render_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	helmchart "helm.sh/helm/v3/pkg/chart"

	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/render"
)

// inMemory is a chart made of the given templates.
func inMemory(templates map[string]string) *helmchart.Chart {
	c := &helmchart.Chart{
		Metadata: &helmchart.Metadata{APIVersion: "v2", Name: "c", Version: "1.0.0"},
		Values:   map[string]any{},
	}
	for name, text := range templates {
		c.Templates = append(c.Templates, &helmchart.File{Name: "templates/" + name, Data: []byte(text)})
	}
	return c
}

const head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n"

// answer renders a template expression into data.x of a ConfigMap.
func answer(t *testing.T, expression string, pins ...render.Pin) (string, error) {
	t.Helper()
	rel := release
	rel.Allow = pins
	out, err := render.Chart(inMemory(map[string]string{"c.yaml": head + "  x: " + expression + "\n"}), nil, rel)
	if err != nil {
		return "", err
	}
	return manifest.Text(manifest.Lookup(out.Objects[0].YNode(), "data"), "x"), nil
}

// pinned is, for every function, a pin, a call that has an answer of its own,
// and what the call gives with the pin.
var pinned = []struct {
	function string
	value    any
	call     string // as the only thing between braces
	want     string
}{
	{"ago", "3h", `ago (toDate "2006" "2020")`, "3h"},
	{"bcrypt", "$2a$x", `bcrypt "p"`, "$2a$x"},
	{"encryptAES", "abc=", `encryptAES "k" "v"`, "abc="},
	{"genCA", map[string]any{"Cert": "C", "Key": "K"}, `(genCA "ca" 365).Cert`, "C"},
	{"genCAWithKey", map[string]any{"Cert": "C", "Key": "K"}, `(genCAWithKey "ca" 365 "key").Key`, "K"},
	{"genPrivateKey", "KEY", `genPrivateKey "rsa"`, "KEY"},
	{"genSelfSignedCert", map[string]any{"Cert": "C", "Key": "K"}, `(genSelfSignedCert "cn" nil nil 365).Cert`, "C"},
	{"genSelfSignedCertWithKey", map[string]any{"Cert": "C", "Key": "K"}, `(genSelfSignedCertWithKey "cn" nil nil 365 "key").Cert`, "C"},
	{"genSignedCert", map[string]any{"Cert": "C", "Key": "K"}, `(genSignedCert "cn" nil nil 365 (dict)).Key`, "K"},
	{"genSignedCertWithKey", map[string]any{"Cert": "C", "Key": "K"}, `(genSignedCertWithKey "cn" nil nil 365 (dict) "key").Key`, "K"},
	{"htpasswd", "u:h", `htpasswd "u" "p"`, "u:h"},
	{"lookup", map[string]any{"data": map[string]any{"a": "b"}}, `(lookup "v1" "Secret" "ns" "s").data.a`, "b"},
	{"now", "2026-01-31T10:20:30Z", `now | date "2006-01-02"`, "2026-01-31"},
	{"randAlpha", "abc", `randAlpha 3`, "abc"},
	{"randAlphaNum", "a1", `randAlphaNum 2`, "a1"},
	{"randAscii", "a-1", `randAscii 3`, "a-1"},
	{"randBytes", "AAA=", `randBytes 2`, "AAA="},
	{"randInt", float64(7), `randInt 1 9`, "7"},
	{"randNumeric", "42", `randNumeric 2`, "42"},
	{"shuffle", "bca", `shuffle "abc"`, "bca"},
	{"uuidv4", "11111111-2222-4333-8444-555555555555", `uuidv4`, "11111111-2222-4333-8444-555555555555"},
}

func TestPinEveryFunction(t *testing.T) {
	var names []string
	for _, tt := range pinned {
		names = append(names, tt.function)
		pin := render.Pin{Function: tt.function, Value: tt.value}
		for place, expression := range map[string]string{
			"alone":          `{{ ` + tt.call + ` | quote }}`,
			"in parentheses": `{{ quote (` + tt.call + `) }}`,
			"trimmed":        `{{- print " " (` + tt.call + `) | trim | quote | print " " -}}`,
			"in a variable":  `{{ $v := (` + tt.call + `) }}{{ $v | quote }}`,
			"in if":          `{{ if (` + tt.call + `) }}{{ ` + tt.call + ` | quote }}{{ end }}`,
			"in else if":     `{{ if false }}{{ else if (` + tt.call + `) }}{{ ` + tt.call + ` | quote }}{{ end }}`,
			"in with":        `{{ with (` + tt.call + `) }}{{ . | quote }}{{ end }}`,
			"in range":       `{{ range (list (` + tt.call + `)) }}{{ . | quote }}{{ end }}`,
			"in define":      `{{ define "d" }}{{ ` + tt.call + ` | quote }}{{ end }}{{ include "d" . }}`,
			"in block":       `{{ block "b" . }}{{ ` + tt.call + ` | quote }}{{ end }}`,
			"for template":   `{{ define "e" }}{{ .v | quote }}{{ end }}{{ template "e" (dict "v" (` + tt.call + `)) }}`,
			"for include":    `{{ define "e" }}{{ .v | quote }}{{ end }}{{ include "e" (dict "v" (` + tt.call + `)) }}`,
			"twice":          `{{ $a := (` + tt.call + `) }}{{ $b := (` + tt.call + `) }}{{ eq (toString $a) (toString $b) | ternary $a "differ" | quote }}`,
		} {
			got, err := answer(t, expression, pin)
			if err != nil || got != tt.want {
				t.Errorf("%s %s: %q, %v; want %q", tt.function, place, got, err, tt.want)
			}
			_, err = answer(t, expression)
			if want := fmt.Sprintf("c/templates/c.yaml:5: %s ", tt.function); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s %s, not pinned: error is %v, want one with %q", tt.function, place, err, want)
			}
		}
	}
	slices.Sort(names)
	if want := render.PinnableFunctions(); !slices.Equal(names, want) {
		t.Errorf("tested are %v, there are %v", names, want)
	}
}

func TestPinPlaces(t *testing.T) {
	for _, tt := range []struct{ name, expression, function, want string }{
		{"as an argument, without parentheses", `{{ date "2006" now | quote }}`, "now", "2026"},
		{"with a field", `{{ now.Year | quote }}`, "now", "2026"},
		{"with a field in parentheses", `{{ (now).Year | quote }}`, "now", "2026"},
		{"piped into", `{{ 3 | randAlpha | quote }}`, "randAlpha", "2026-01-31T10:20:30Z"},
		{"piped through", `{{ 3 | randAlpha | upper | quote }}`, "randAlpha", "2026-01-31T10:20:30Z"},
		{"nested in itself", `{{ randAlpha (len (randAlpha 3)) | quote }}`, "randAlpha", "2026-01-31T10:20:30Z"},
		{"the last of several arguments", `{{ list "a" uuidv4 | last | quote }}`, "uuidv4", "2026-01-31T10:20:30Z"},
		{"the first of several arguments", `{{ list uuidv4 "a" | first | quote }}`, "uuidv4", "2026-01-31T10:20:30Z"},
		{"over several lines", "{{ list\n  uuidv4\n  \"a\"\n | first | quote }}", "uuidv4", "2026-01-31T10:20:30Z"},
		{"beyond ASCII", `{{ print "äöü" | trunc 0 }}{{ uuidv4 | quote }}`, "uuidv4", "2026-01-31T10:20:30Z"},
	} {
		got, err := answer(t, tt.expression, render.Pin{Function: tt.function, Value: "2026-01-31T10:20:30Z"})
		if err != nil || got != tt.want {
			t.Errorf("%s: %q, %v; want %q", tt.name, got, err, tt.want)
		}
	}
}

// What is no use of a function is left alone.
func TestPinLeavesTheRest(t *testing.T) {
	for expression, want := range map[string]string{
		`now lookup randAlphaNum uuidv4`:                    "now lookup randAlphaNum uuidv4",
		`{{/* now: lookup */}}text`:                         "text",
		`{{ "now" }}`:                                       "now",
		`{{ .Values.now | default "uuidv4" }}`:              "uuidv4",
		"{{ `lookup` }}":                                    "lookup",
		`{{ $now := "x" }}{{ $now }}`:                       "x",
		`{{ dict "now" 1 | keys | join "," }}`:              "now",
		`{{ define "now" }}a{{ end }}{{ include "now" . }}`: "a",
		`{{ with dict "now" (dict "shuffle" "b") }}{{ .now.shuffle }}{{ end }}`: "b",
		`{{ nowhere := 1 }}`: "",
	} {
		got, err := answer(t, expression)
		if want == "" {
			// Text that is no template gets Helm's error, not one of ours.
			if err == nil || !strings.Contains(err.Error(), "parse error at (c/templates/c.yaml:5)") {
				t.Errorf("%s: error is %v, want Helm's", expression, err)
			}
		} else if err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", expression, got, err, want)
		}
	}
}

// A use that is never reached hurts nobody: charts have such for options that
// are off.
func TestPinUnreached(t *testing.T) {
	got, err := answer(t, `{{ if .Values.off }}{{ randAlphaNum 5 }}{{ else }}calm{{ end }}`)
	if err != nil || got != "calm" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestPinLookup(t *testing.T) {
	empty := render.Pin{Function: "lookup", Value: map[string]any{}}
	for expression, want := range map[string]string{
		`{{ lookup "v1" "Secret" "ns" "s" | empty | quote }}`:                                              "true",
		`{{ if (lookup "v1" "Secret" "ns" "s") }}there{{ else }}gone{{ end }}`:                             "gone",
		`{{ with lookup "v1" "Secret" "ns" "s" }}{{ .data }}{{ else }}gone{{ end }}`:                       "gone",
		`{{ (lookup "v1" "Secret" "ns" "s").data | default "none" }}`:                                      "none",
		`{{ get (lookup "v1" "Secret" "ns" "s") "data" | default "none" }}`:                                "none",
		`{{ "s" | lookup "v1" "Secret" "ns" | len | quote }}`:                                              "0",
		`{{ range $k, $v := lookup "v1" "Secret" .Release.Namespace "s" }}{{ $k }}{{ else }}gone{{ end }}`: "gone",
	} {
		if got, err := answer(t, expression, empty); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", expression, got, err, want)
		}
	}
}

func TestPinOneTemplate(t *testing.T) {
	templates := map[string]string{
		"a.yaml": strings.Replace(head, "name: c", "name: a", 1) + "  x: {{ uuidv4 }}\n",
		"b.yaml": strings.Replace(head, "name: c", "name: b", 1) + "  x: {{ uuidv4 }}\n",
	}
	rel := release
	rel.Allow = []render.Pin{
		{Function: "uuidv4", Value: "all"}, {Function: "uuidv4", Value: "only-b", Template: "templates/b.yaml"},
	}
	out, err := render.Chart(inMemory(templates), nil, rel)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"all", "only-b"} {
		if got := manifest.Text(manifest.Field(out.Objects[i].YNode(), "data"), "x"); got != want {
			t.Errorf("object %d: %q, want %q", i, got, want)
		}
	}
	rel.Allow = rel.Allow[1:]
	_, err = render.Chart(inMemory(templates), nil, rel)
	if err == nil || !strings.Contains(err.Error(), "c/templates/a.yaml:5: uuidv4") {
		t.Errorf("error is %v, want one that names a.yaml", err)
	}
}

// Subcharts are pinned too, and the error names their file.
func TestPinSubchart(t *testing.T) {
	parent := inMemory(nil)
	child := inMemory(map[string]string{"x.yaml": "{{/*\n\n*/}}\n" + head + "  x: {{ uuidv4 }}\n"})
	child.Metadata.Name = "child"
	parent.AddDependency(child)
	_, err := render.Chart(parent, nil, release)
	if want := "c/charts/child/templates/x.yaml:8: uuidv4 is random"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v, want one with %q", err, want)
	}
}

// A value that a template hands to tpl is a template too, out of a pin's reach.
func TestPinValues(t *testing.T) {
	template := head + "  x: {{ tpl .Values.text . | quote }}\n"
	for text, want := range map[string]string{
		"{{ uuidv4 }}":          "values: text: uuidv4 is random",
		"{{ now | date \"2\"}}": "values: text: now reads the clock",
		"now, plainly":          "",
		"{{ .Release.Name }}":   "",
		"{{ .now }}":            "",
	} {
		c := inMemory(map[string]string{"c.yaml": template})
		_, err := render.Chart(c, map[string]any{"text": text}, release)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error is %v, want %q", text, err, want)
		}
	}
	deep := map[string]any{"text": "", "a": map[string]any{"b": []any{map[string]any{"c": "{{ lookup \"v1\" \"Pod\" \"\" \"\" }}"}}}}
	_, err := render.Chart(inMemory(map[string]string{"c.yaml": template}), deep, release)
	if want := "values: a.b[0].c: lookup asks a cluster"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v, want one with %q", err, want)
	}
	// A chart that never calls tpl takes such text as text.
	out, err := render.Chart(inMemory(map[string]string{"c.yaml": head + "  x: {{ .Values.text | quote }}\n"}), map[string]any{"text": "{{ uuidv4 }}"}, release)
	if err != nil || manifest.Text(manifest.Field(out.Objects[0].YNode(), "data"), "x") != "{{ uuidv4 }}" {
		t.Errorf("without tpl: %v", err)
	}
}

func TestPinCheck(t *testing.T) {
	for _, tt := range []struct {
		pin  render.Pin
		want string // in the error, empty for none
	}{
		{render.Pin{Function: "uuidv4", Value: "x"}, ""},
		{render.Pin{Function: "randInt", Value: float64(3)}, ""},
		{render.Pin{Function: "lookup", Value: map[string]any{}}, ""},
		{render.Pin{Function: "uuid", Value: "x"}, "not a function that can be pinned"},
		{render.Pin{Function: "", Value: "x"}, "not a function that can be pinned"},
		{render.Pin{Function: "uuidv4", Value: ""}, "empty or of the wrong type"},
		{render.Pin{Function: "uuidv4"}, "empty or of the wrong type"},
		{render.Pin{Function: "randInt", Value: 1.5}, "empty or of the wrong type"},
		{render.Pin{Function: "randInt", Value: float64(0)}, "empty or of the wrong type"},
		{render.Pin{Function: "genCA", Value: map[string]any{}}, "empty or of the wrong type"},
		{render.Pin{Function: "now", Value: "yesterday"}, "RFC 3339"},
		{render.Pin{Function: "now"}, "RFC 3339"},
	} {
		err := tt.pin.Check()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%+v: error is %v, want %q", tt.pin, err, tt.want)
		}
	}
}
