package render_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	helmchart "helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"

	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/render"
)

// A schema stands by itself: what it refers to is in it, or one of the drafts.
func TestSchemaIsWhole(t *testing.T) {
	for _, tt := range []struct{ schema, refers string }{
		{`{"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {}}, "properties": {"a": {"$ref": "#/definitions/a"}}}`, ""},
		{`{"$id": "https://example.com/v.json", "$defs": {"a": {"$id": "a.json"}}, "properties": {"a": {"$ref": "a.json"}, "b": {"$ref": "https://example.com/v.json#"}}}`, ""},
		{`{"$schema": "https://json-schema.org/draft/2020-12/schema", "properties": {"$ref": {"type": "string"}, "a": {"$ref": "https://json-schema.org/draft/2020-12/schema"}}}`, ""},
		{`{"default": {"$ref": "https://example.com/a.json"}}`, ""},
		{`{"properties": {"a": {"$ref": "https://127.0.0.1:1/a.json#/x"}}}`, "https://127.0.0.1:1/a.json#/x"},
		{`{"allOf": [{"$ref": "../../etc/a.json"}]}`, "../../etc/a.json"},
		{`{"$id": "https://127.0.0.1:1/v.json", "$dynamicRef": "a.json"}`, "a.json"},
		{`{"$schema": "https://127.0.0.1:1/meta.json"}`, "https://127.0.0.1:1/meta.json"},
	} {
		c, sub := inMemory(nil), inMemory(nil)
		sub.Metadata.Name = "sub"
		sub.Schema = []byte(tt.schema)
		c.AddDependency(sub)
		_, err := render.Chart(c, map[string]any{"sub": map[string]any{}}, release)
		want := fmt.Sprintf("c/charts/sub/values.schema.json: refers to %q, which would be fetched", tt.refers)
		if tt.refers == "" && err != nil || tt.refers != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%s: got %v", tt.schema, err)
		}
	}
}

func TestChartRefuses(t *testing.T) {
	library := inMemory(nil)
	library.Metadata.Type = "library"
	dependent := inMemory(nil)
	dependent.Metadata.Dependencies = []*helmchart.Dependency{{Name: "there"}, {Name: "here"}}
	newer := inMemory(nil)
	newer.Metadata.KubeVersion = ">=1.40"
	schema := inMemory(nil)
	schema.Schema = []byte(`{"type": "object", "required": ["must"]}`)
	configMap := func(name string) string { return strings.Replace(head, "name: c", "name: "+name, 1) + "  x: y\n" }
	for _, tt := range []struct {
		name  string
		chart *helmchart.Chart
		kube  string
		want  string
	}{
		{"a library", library, "1.33", "a chart of type library has nothing to render"},
		{"missing dependencies", dependent, "1.33", "here"},
		{"an old cluster", newer, "1.33", "the chart wants Kubernetes >=1.40, kubeVersion is v1.33"},
		{"no version", inMemory(nil), "", "the Kubernetes version is not given"},
		{"no such version", inMemory(nil), "new", `kubeVersion "new"`},
		{"values that a schema refuses", schema, "1.33", "must"},
		{"a failing template", inMemory(map[string]string{"a.yaml": "x\n{{ fail \"no\" }}"}), "1.33", "c/templates/a.yaml:2:3"},
		{"a nil pointer", inMemory(map[string]string{"a.yaml": "\n\n{{ .Values.a.b }}"}), "1.33", "c/templates/a.yaml:3:10"},
		{"no template", inMemory(map[string]string{"a.yaml": "{{"}), "1.33", "c/templates/a.yaml:1"},
		{"no YAML", inMemory(map[string]string{"a.yaml": "---\n# one\n---\na: [\n"}), "1.33", "c/templates/a.yaml: document "},
		{"no object", inMemory(map[string]string{"a.yaml": "- a\n"}), "1.33", "c/templates/a.yaml: document 1: want a Kubernetes object, got a list"},
		{"no name", inMemory(map[string]string{"a.yaml": "kind: Job\napiVersion: batch/v1\nmetadata: {generateName: a-}\n"}), "1.33", "generateName cannot be kept in git"},
		{"one object twice", inMemory(map[string]string{"a.yaml": configMap("a"), "b.yaml": configMap("a")}), "1.33", "ConfigMap/a is defined twice: c/templates/a.yaml and c/templates/b.yaml"},
		{"annotations in a list", inMemory(map[string]string{"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: [a]}\n"}), "1.33", "c/templates/a.yaml: ConfigMap/a: metadata.annotations is not a map of text"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rel := release
			rel.KubeVersion = tt.kube
			out, err := render.Chart(tt.chart, nil, rel)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want one with %q", err, tt.want)
			}
			if out != nil {
				t.Error("objects come with the error")
			}
		})
	}
	var twice *manifest.DuplicateError
	if _, err := render.Chart(inMemory(map[string]string{"a.yaml": configMap("a") + "---\n" + configMap("a")}), nil, release); !errors.As(err, &twice) {
		t.Errorf("error is %v, want a DuplicateError", err)
	}
}

// An error says which field and which rule, and tells no value that may be secret: not
// one that a schema refuses, nor one that a template puts into its own words.
func TestErrorsTellNoSecrets(t *testing.T) {
	const secret = "Hunter2 'geheim\\\""
	for _, tt := range []struct{ name, schema, template, want string }{
		{"pattern", `{"pattern": "^[a-z'\"]+$"}`, "", `- at '/auth/password': does not match pattern '^[a-z\'"]+$'`},
		{"format", `{"format": "ipv4"}`, "", "- at '/auth/password': is not valid ipv4\n"},
		{"format with its own error", `{"format": "uri"}`, "", "- at '/auth/password': is not valid uri\n"},
		{"length", `{"minLength": 99}`, "", "- at '/auth/password': minLength: want 99"},
		{"one of", `{"enum": ["a", "b"]}`, "", "- at '/auth/password': value must be one of 'a', 'b'"},
		{"type", `{"type": "integer"}`, "", "- at '/auth/password': got string, want integer"},
		{"below", `{"anyOf": [{"type": "null"}, {"pattern": "^x$"}]}`, "", "  - at '/auth/password': does not match pattern '^x$'"},
		{"fail", "", `{{ fail (printf "no %s there" .Values.auth.password) }}`, "c/templates/a.yaml:1:3): no (hidden) there"},
		{"fail with a quoted one", "", `{{ fail (printf "no %q there" .Values.auth.password) }}`, `no "(hidden)" there`},
		{"fail with all", "", `{{ fail (toJson .Values) }}`, `{"auth":{"password":"(hidden)"`},
		{"fail with a variable", "", `{{ fail (index .Values.env 0 "value") }}`, ": (hidden)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := inMemory(map[string]string{"a.yaml": tt.template})
			if tt.schema != "" {
				c.Schema = []byte(`{"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"auth": {"properties": {"password": ` + tt.schema + `}}}}`)
			}
			_, err := render.Chart(c, map[string]any{"auth": map[string]any{"password": secret, "user": "sa"}, "env": []any{map[string]any{"name": "API_TOKEN", "value": secret}}}, release)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want one with %q", err, tt.want)
			} else if strings.Contains(err.Error(), "Hunter2") {
				t.Errorf("error tells the value: %v", err)
			}
		})
	}
}

// Notes and partials are no manifests; CRDs come first; each object is known by
// the file that it comes from.
func TestChartFiles(t *testing.T) {
	c := inMemory(map[string]string{
		"NOTES.txt": "{{ uuidv4 | trunc 0 }}no: [yaml", "_partial.tpl": "no: [yaml", "sub/_also.yaml": "no: [yaml",
		"b.yaml": head + "  x: y\n", "empty.yaml": "{{ if .Values.on }}x{{ end }}", "comment.yaml": "# nothing\n---\n---\n",
	})
	c.Templates = slices.DeleteFunc(c.Templates, func(f *helmchart.File) bool { return f.Name == "templates/NOTES.txt" })
	c.Files = append(c.Files, &helmchart.File{Name: "crds/x.yaml", Data: []byte(
		"apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: xs.example.com}\n")})
	out, err := render.Chart(c, nil, release)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range out.Objects {
		id := manifest.IDOf(n)
		got = append(got, fmt.Sprintf("%s %s", id, out.Sources[id]))
	}
	want := []string{"CustomResourceDefinition/xs.example.com c/crds/x.yaml", "ConfigMap/c c/templates/b.yaml"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What one render is told of its cluster is not there for the next.
func TestChartCapabilitiesDoNotLeak(t *testing.T) {
	before := slices.Clone(chartutil.DefaultCapabilities.APIVersions)
	has := `{{ .Capabilities.APIVersions.Has "leak.example.com/v1" }} {{ .Capabilities.KubeVersion.Version }}`
	templates := map[string]string{"c.yaml": head + "  x: " + has + "\n"}
	for _, tt := range []struct {
		kube string
		apis []string
		want string
	}{
		{"1.33", []string{"leak.example.com/v1"}, "true v1.33"},
		{"v1.34.2", nil, "false v1.34.2"},
	} {
		out, err := render.Chart(inMemory(templates), nil, render.Release{Name: "r", Namespace: "n", KubeVersion: tt.kube, APIVersions: tt.apis})
		if err != nil {
			t.Fatal(err)
		}
		if got := manifest.Text(manifest.Field(out.Objects[0].YNode(), "data"), "x"); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
	if !slices.Equal(before, chartutil.DefaultCapabilities.APIVersions) || chartutil.DefaultCapabilities.KubeVersion.Version == "v1.34.2" {
		t.Error("Helm's default capabilities were changed")
	}
}

// A chart that is rendered from a clone is not changed by it, and renders the
// same again.
func TestChartAgain(t *testing.T) {
	numbered := func(generation, number string) string {
		files, err := filepath.Glob("testdata/values/" + generation + "-" + number + "-*.yaml")
		if err != nil || len(files) != 1 {
			t.Fatalf("values %s-%s: %v (%v)", generation, number, files, err)
		}
		return files[0]
	}
	for _, s := range standIns() {
		first, err := ours(s.path, numbered(s.generation, "09"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ours(s.path, numbered(s.generation, "08")); err != nil {
			t.Fatal(err)
		}
		again, err := ours(s.path, numbered(s.generation, "09"))
		if err != nil {
			t.Fatal(err)
		}
		if mustJSON(t, fmt.Sprint(first)) != mustJSON(t, fmt.Sprint(again)) {
			t.Errorf("%s: two renders, two results", s.name)
		}
	}
}
