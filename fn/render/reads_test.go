package render_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	helmchart "helm.sh/helm/v3/pkg/chart"
	"sigs.k8s.io/yaml"

	"github.com/airstrip-dev/airstrip/fn/render"
	"github.com/airstrip-dev/airstrip/internal/official"
)

func valuesOf(t testing.TB, text string) map[string]any {
	t.Helper()
	values, _, err := render.ReadValues([]byte(text), "values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// readsChart is a chart of one template, with its defaults.
func readsChart(t testing.TB, template, defaults string) *helmchart.Chart {
	t.Helper()
	c := inMemory(map[string]string{"x.yaml": template})
	c.Values = valuesOf(t, defaults)
	return c
}

func dotted(path []string) string { return strings.Join(path, ".") }

func unreadPaths(list []render.Unread) string {
	var paths []string
	for _, u := range list {
		paths = append(paths, dotted(u.Path))
	}
	return strings.Join(paths, " ")
}

func TestReadsConstructs(t *testing.T) {
	for _, tt := range []struct {
		name, template, defaults, values string
		want                             string // the paths that are unread
	}{
		{"a field", `{{ .Values.a.b }}`, ``, `{a: {b: 1, c: 2}, d: 3}`, "a.c d"},
		{"a field of a map that is printed", `{{ .Values.a }}`, ``, `{a: {b: {c: 2}}}`, ""},
		{"a comment", `{{/* .Values.a */}}{{- /* .Values.a */ -}}`, ``, `{a: 1}`, "a"},
		{"text", `.Values.a }} {{ "{{ .Values.a }}" }}`, ``, `{a: 1}`, "a"},
		{"all of it", `{{ toYaml .Values }}`, ``, `{a: {b: 1}}`, ""},
		{"a method of the values", `{{ .Values.AsMap }}`, ``, `{a: {b: 1}}`, ""},
		{"a function that is not known", `{{ frobnicate .Values.a "x" }}`, ``, `{a: {b: 1}, c: 2}`, "c"},
		{"a method", `{{ .Capabilities.APIVersions.Has .Values.a }}`, ``, `{a: b, c: 2}`, "c"},

		{"a variable", `{{ $x := .Values.a }}{{ $x.b }}`, ``, `{a: {b: 1, c: 2}}`, "a.c"},
		{"a variable nobody uses", `{{ $x := .Values.a }}`, ``, `{a: {b: 1}}`, "a"},
		{"a variable that is assigned", `{{ $x := .Values.a }}{{ $x = .Values.b }}{{ $x }}`, ``, `{a: 1, b: 2}`, "a"},
		{"a variable that may be assigned", `{{ $x := .Values.a }}{{ if .Release.Name }}{{ $x = .Values.b }}{{ end }}{{ $x }}`, ``, `{a: 1, b: 2}`, ""},
		{"a variable in a scope", `{{ $x := .Values.a }}{{ if true }}{{ $x := .Values.b }}{{ end }}{{ $x }}`, ``, `{a: 1, b: 2}`, "b"},
		{"the root", `{{ with .Values.a }}{{ .b }}{{ $.Values.c }}{{ end }}`, ``, `{a: {b: 1, d: 2}, c: 2}`, "a.d"},
		{"parentheses", `{{ (((.Values.a).b).c) }}{{ ((.Values.x).y).z }}`, ``, `{a: {b: {c: 1, d: 2}}}`, "a.b.d"},

		{"if", `{{ if .Values.a }}{{ .Values.b }}{{ else }}{{ .Values.c }}{{ end }}`, ``, `{a: true, b: 1, c: 2}`, "c"},
		{"else", `{{ if .Values.a }}{{ .Values.b }}{{ else }}{{ .Values.c }}{{ end }}`, ``, `{a: false, b: 1, c: 2}`, "b"},
		{"else if", `{{ if .Values.a }}{{ .Values.b }}{{ else if .Values.c }}{{ .Values.d }}{{ else }}{{ .Values.e }}{{ end }}`, ``,
			`{a: false, b: 1, c: true, d: 1, e: 1}`, "b e"},
		{"if nobody knows", `{{ if .Release.IsUpgrade }}{{ .Values.a }}{{ else }}{{ .Values.b }}{{ end }}`, ``, `{a: 1, b: 2, c: 3}`, "c"},
		{"with of nothing", `{{ with .Values.a }}{{ .b }}{{ else }}{{ .Values.c }}{{ end }}`, ``, `{c: 1, d: 2}`, "d"},
		{"a map that is only tested, of the chart", `{{ if .Values.a }}x{{ end }}`, `{a: {b: 1}}`, `{a: {b: 2}}`, "a.b"},
		{"a map that is only tested, of the user", `{{ if .Values.a }}x{{ end }}`, `{a: {}}`, `{a: {b: 2}}`, ""},
		{"and, or, not", `{{ if and .Values.a (or .Values.b .Values.c) (not .Values.d) }}{{ .Values.e }}{{ end }}`, ``,
			`{a: 1, b: 1, c: 1, d: false, e: 1}`, "c"},
		{"eq and ne", `{{ if eq .Values.a "x" "y" }}{{ .Values.b }}{{ end }}{{ if ne .Values.a "y" }}{{ .Values.c }}{{ end }}`, ``,
			`{a: "y", b: 1, c: 1}`, "c"},
		{"eq nil", `{{ if eq .Values.a nil }}{{ .Values.b }}{{ end }}`, ``, `{a: y, b: 1}`, "b"},
		{"a helper decides", `{{ define "t" }}{{ .Values.a | default "x" | lower }}{{ end }}{{ if eq (include "t" .) "x" }}{{ .Values.b }}{{ else }}{{ .Values.c }}{{ end }}`, ``,
			`{b: 1, c: 1}`, "c"},
		{"types", `{{ if kindIs "string" .Values.a }}{{ .Values.b }}{{ else if eq (typeOf .Values.a) "bool" }}{{ .Values.c }}{{ end }}`, ``,
			`{a: true, b: 1, c: 1}`, "b"},
		{"the type of the values", `{{ if typeIs "map[string]interface {}" .Values }}{{ .Values.a }}{{ else }}{{ .Values.b }}{{ end }}`, ``, `{a: 1, b: 2}`, ""},
		{"contains, of JSON", `{{ if contains "{{" (toJson .Values.a) }}{{ .Values.b }}{{ end }}`, ``, `{a: {b: c}, b: 1}`, "b"},

		{"range over a map", `{{ range $k, $v := .Values.a }}{{ $v.x }}{{ end }}`, ``, `{a: {m: {x: 1, z: 2}}}`, "a.m.z"},
		{"range over a map of the chart", `{{ range $k, $v := .Values.a }}{{ $v.x }}{{ end }}`, `{a: {m: {x: 1, z: 2}}}`, `{a: {m: {x: 3, z: 4}}}`, "a.m.z"},
		{"range over a list", `{{ range .Values.a }}{{ .x }}{{ end }}`, `{a: []}`, `{a: [1]}`, ""},
		{"range over nothing", `{{ range .Values.a }}{{ .x }}{{ else }}{{ .Values.b }}{{ end }}`, ``, `{b: 1, c: 2}`, "c"},
		{"range and break", `{{ $x := "" }}{{ range .Values.a }}{{ $x = .v }}{{ break }}{{ end }}{{ if eq $x "2" }}{{ .Values.b }}{{ end }}`, ``,
			`{a: [{v: "1"}, {v: "2"}], b: 1}`, ""},
		{"range assigns", `{{ $l := list }}{{ range .Values.a }}{{ $l = append $l . }}{{ end }}{{ join "," $l }}`, ``, `{a: [1, 2], b: 1}`, "b"},
		{"range over what nobody knows", `{{ $x := .Values.a }}{{ range (lookup "v1" "Pod" "" "").items }}{{ $x.b }}{{ $x = $x.c }}{{ end }}`, ``,
			`{a: {b: 1, c: {b: 2, d: 3}}}`, ""},

		{"include", `{{ define "t" }}{{ .b }}{{ end }}{{ include "t" .Values.a }}`, ``, `{a: {b: 1, c: 2}}`, "a.c"},
		{"template", `{{ define "t" }}{{ .b }}{{ $.c }}{{ end }}{{ template "t" .Values.a }}`, ``, `{a: {b: 1, c: 2, d: 3}}`, "a.d"},
		{"block", `{{ block "t" .Values.a }}{{ .b }}{{ end }}`, ``, `{a: {b: 1, c: 2}}`, "a.c"},
		{"a name that is computed", `{{ define "t" }}{{ .b }}{{ end }}{{ include (print "t" "") .Values.a }}`, ``, `{a: {b: 1, c: 2}}`, "a.c"},
		{"a name nobody knows", `{{ include .Release.Name .Values.a }}`, ``, `{a: {b: 1, c: 2}, d: 1}`, "d"},
		{"another file", `{{ include (print $.Template.BasePath "/x.yaml") . | sha256sum }}`, ``, `{a: 1}`, "a"},
		{"a template that calls itself", `{{ define "t" }}{{ .v }}{{ with .next }}{{ include "t" . }}{{ end }}{{ end }}{{ include "t" .Values.a }}`, ``,
			`{a: {v: 1, w: 2, next: {v: 1, w: 2}}}`, "a.next.w a.w"},
		{"a define nobody calls", `{{ define "t" }}{{ .Values.a }}{{ end }}`, ``, `{a: 1}`, "a"},

		{"dict", `{{ $d := dict "x" .Values.a "y" .Values.b }}{{ $d.x.c }}`, ``, `{a: {c: 1, d: 2}, b: 1}`, "a.d b"},
		{"dict to a template", `{{ define "t" }}{{ .root.Values.a }}{{ .v.b }}{{ end }}{{ include "t" (dict "root" $ "v" .Values.c) }}`, ``,
			`{a: 1, c: {b: 1, d: 2}}`, "c.d"},
		{"list to a template", `{{ define "t" }}{{ $v := index . 0 }}{{ $root := index . 1 }}{{ $v.b }}{{ $root.Values.a }}{{ end }}{{ include "t" (list .Values.c $) }}`, ``,
			`{a: 1, c: {b: 1, d: 2}}`, "c.d"},
		{"set and get", `{{ $d := dict }}{{ $_ := set $d "k" .Values.a }}{{ (get $d "k").b }}`, ``, `{a: {b: 1, c: 2}}`, "a.c"},
		{"set of values", `{{ $_ := set .Values.a "k" .Values.b }}{{ toYaml .Values.a }}`, ``, `{a: {b: 1}, b: {x: 1}, c: 1}`, "c"},
		{"merge", `{{ $d := merge (dict "x" 1) .Values.a }}{{ $d.b }}`, ``, `{a: {b: 1, c: 2}}`, "a.c"},
		{"merge of both", `{{ $d := mergeOverwrite (dict) .Values.a .Values.b }}{{ $d.x }}`, ``, `{a: {x: 1, z: 1}, b: {x: 2, z: 2}}`, "a.z b.z"},
		{"merge into values", `{{ if .Values.a.up }}{{ .Values.c }}{{ end }}{{ $_ := mergeOverwrite .Values.a .Values.b }}{{ if .Values.a.up }}{{ .Values.d }}{{ end }}`, ``,
			`{a: {up: false}, b: {up: true}, c: 1, d: 1}`, "c"},
		{"deepCopy, pick, omit", `{{ toYaml (omit (deepCopy .Values.a) "b") }}{{ toYaml (pick .Values.c "d") }}`, ``,
			`{a: {b: 1, c: 2}, c: {d: 1, e: 2}}`, "a.b c.e"},
		{"pluck and first", `{{ pluck "k" .Values.a .Values.b | first }}`, ``, `{a: {k: 1, l: 2}, b: {k: 1}}`, "a.l"},
		{"dig", `{{ dig "b" "c" "none" .Values.a }}`, ``, `{a: {b: {c: 1, d: 2}}}`, "a.b.d"},
		{"dig into nothing", `{{ dig "b" "c" .Values.d .Values.a }}`, ``, `{a: {x: 1}, d: 1}`, "a.x"},
		{"index", `{{ index .Values.a "b-c" }}{{ (index .Values.l 1).x }}`, ``, `{a: {b-c: 1, d: 2}, l: [{x: 1}, {x: 2, z: 3}]}`, "a.d l.[0] l.[1].z"},
		{"index by what nobody knows", `{{ (index .Values.a .Release.Name).x }}`, ``, `{a: {p: {x: 1, z: 2}, q: {x: 1}}}`, "a.p.z"},
		{"hasKey, of the user", `{{ if hasKey .Values.a "b" }}x{{ end }}`, `{a: {}}`, `{a: {b: 1, c: 2}}`, "a.c"},
		{"hasKey, of the chart", `{{ if hasKey .Values.a "b" }}x{{ end }}`, `{a: {b: 1}}`, `{a: {b: 2}}`, "a.b"},
		{"keys and values", `{{ keys .Values.a }}{{ range values .Values.b }}{{ .x }}{{ end }}`, `{a: {k: 1}, b: {k: {x: 1, z: 1}}}`, `{a: {k: 1}, b: {k: {x: 1, z: 1}}}`, "a.k b.k.z"},
		{"first, last, rest", `{{ first .Values.a }}{{ last .Values.b }}{{ join "" (rest .Values.c) }}`, `{a: [1, 2], b: [1, 2], c: [1, 2]}`, `{a: [1, 2], b: [1, 2], c: [1, 2]}`, "a.[1] b.[0] c.[0]"},
		{"concat", `{{ range concat .Values.a (list "x") }}{{ . }}{{ end }}`, ``, `{a: [1], b: 1}`, "b"},

		{"default, set", `{{ .Values.a | default .Values.b }}`, ``, `{a: 1, b: 2}`, "b"},
		{"default, empty", `{{ default .Values.b .Values.a }}`, ``, `{a: "", b: 2}`, ""},
		{"coalesce", `{{ coalesce .Values.a .Values.b .Values.c }}`, ``, `{a: "", b: 2, c: 3}`, "c"},
		{"ternary", `{{ ternary .Values.a .Values.b (eq .Values.c "x") }}`, ``, `{a: 1, b: 2, c: x}`, "b"},
		{"ternary that may fail", `{{ ternary "x" (required "b" .Values.b) .Values.c }}`, ``, `{b: 2, c: true}`, ""},
		{"required", `{{ required "a" .Values.a }}{{ $_ := required "b" .Values.b }}`, ``, `{a: 1, b: 2, c: 3}`, "c"},
		{"fail", `{{ if .Values.a }}{{ fail (printf "%s" .Values.b) }}{{ end }}`, ``, `{a: true, b: x, c: 1}`, "c"},

		{"tpl of the user's text", `{{ tpl .Values.a . }}`, ``, `{a: "{{ .Values.b }}", b: 1, c: 2}`, "c"},
		{"tpl of the chart's text", `{{ tpl .Values.a . }}`, `{a: "{{ .Values.b }}"}`, `{b: 1, c: 2}`, "c"},
		{"tpl of a whole map", `{{ tpl (toYaml .Values.a) . }}`, ``, `{a: {x: "{{ .Values.b }}"}, b: 1, c: 2}`, "c"},
		{"tpl with a scope", `{{ tpl (cat "{{ with .S }}" (toYaml .Values.a) "{{ end }}") (merge (dict "S" .Values.s) .) }}`, ``,
			`{a: ["{{ .b }}"], s: {b: 1, c: 2}}`, "s.c"},
		{"text that is no template is not run", `{{ .Values.a }}`, ``, `{a: "{{ .Values.b }}", b: 1}`, "b"},
		{"tpl of half a template", `{{ tpl (toYaml .Values.a) . }}`, ``, `{a: ["{{ if .Values.b }}", "{{ end }}"], b: 1, c: 1}`, ""},

		{"text that is no template, elsewhere", `{{ tpl (toYaml .Values.a | indent 2) . }}`, ``, `{a: [x], b: "{{ no", c: 1}`, "b c"},

		{"null", `{{ .Values.a }}{{ .Values.b.c }}`, `{a: 1, b: {c: 2}}`, `{a: null, d: null}`, "d"},
		{"an empty map that is needed", `{{ .Values.a.b }}`, ``, `{a: {}, c: {}}`, "c"},
		{"a map in the place of text", `{{ .Values.a }}`, `{a: x}`, `{a: {b: 1}}`, ""},
		{"a template that does not parse", `{{ .Values.a `, ``, `{b: 1}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := readsChart(t, tt.template, tt.defaults)
			values := valuesOf(t, tt.values)
			if got := unreadPaths(render.ReadsOf(c, values).Unread(values)); got != tt.want {
				t.Errorf("unread: %q, want %q", got, tt.want)
			}
		})
	}
}

// umbrella is a chart with two subcharts, one of them under an alias.
func umbrella(t testing.TB) *helmchart.Chart {
	sub := func(name, template, defaults string) *helmchart.Chart {
		c := readsChart(t, template, defaults)
		c.Metadata = &helmchart.Metadata{APIVersion: "v2", Name: name, Version: "1.0.0"}
		return c
	}
	c := readsChart(t, `{{ .Values.top }}{{ .Values.web.shared }}`, `{web: {enabled: true}, other: {enabled: false}}`)
	c.Metadata.Dependencies = []*helmchart.Dependency{
		{Name: "server", Version: "1.0.0", Alias: "web", Condition: "web.enabled"},
		{Name: "other", Version: "1.0.0", Condition: "other.enabled", Tags: []string{"extra"}},
	}
	c.AddDependency(
		sub("server", `{{ .Values.port }}{{ .Values.global.url }}{{ include "helper" . }}`, `{port: 80}`),
		sub("other", `{{ .Values.x }}{{ define "helper" }}{{ .Values.helped }}{{ end }}`, `{x: 1}`),
	)
	// Named templates are global, so one of another chart is called; but a
	// subchart that is off defines none.
	c.Templates = append(c.Templates, &helmchart.File{Name: "templates/_h.tpl", Data: []byte(`{{ define "helper" }}{{ .Values.helped }}{{ end }}`)})
	return c
}

func TestReadsOfSubcharts(t *testing.T) {
	for _, tt := range []struct {
		name, values string
		want         string
	}{
		{"values of an alias", `{web: {port: 1, prot: 2, helped: 1}, server: {port: 1}}`, "server web.prot"},
		{"values for the parent", `{top: 1, port: 2, web: {shared: 1}}`, "port"},
		{"globals", `{global: {url: a, uri: b}, web: {global: {url: c, uri: d}}}`, "global.uri web.global.uri"},
		{"conditions and tags", `{web: {enabled: false, port: 1}, tags: {extra: true, none: true}}`, "tags.none web.port"},
		{"off", `{other: {x: 1}}`, "other"},
		{"on", `{other: {x: 1, z: 1, enabled: true}}`, "other.z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			values := valuesOf(t, tt.values)
			if got := unreadPaths(render.ReadsOf(umbrella(t), values).Unread(values)); got != tt.want {
				t.Errorf("unread: %q, want %q", got, tt.want)
			}
		})
	}
}

func TestReadsImported(t *testing.T) {
	c := umbrella(t)
	c.Metadata.Dependencies[0].ImportValues = []any{map[string]any{"child": "data", "parent": "mine"}}
	values := valuesOf(t, `{web: {data: {a: 1}, date: {a: 1}}}`)
	if got := unreadPaths(render.ReadsOf(c, values).Unread(values)); got != "web.date" {
		t.Errorf("unread: %q, want web.date", got)
	}
}

func TestReadsReasons(t *testing.T) {
	template := `
{{ define "type" }}{{ .Values.storage.type | default "minio" }}{{ end }}
{{ if .Values.metrics.enabled }}{{ .Values.metrics.port }}{{ with .Values.metrics.tls }}{{ .cert }}{{ end }}{{ end }}
{{ if eq (include "type" .) "s3" }}{{ .Values.storage.s3.region }}{{ end }}
{{ if .Values.password }}{{ else }}{{ .Values.generated }}{{ end }}
{{ .Values.name | default .Values.fallback }}`
	for _, tt := range []struct{ values, want string }{
		{`{metrics: {port: 1}}`, "metrics.port: metrics.enabled is not set"},
		{`{metrics: {enabled: false, tls: {cert: x}}}`, "metrics.tls: metrics.enabled is false"},
		{`{metrics: {enabled: false, prot: 1}}`, "metrics.prot: "},
		{`{storage: {type: gcs, s3: {region: x}}}`, "storage.s3: storage.type is gcs"},
		{`{storage: {s3: {region: x}}}`, "storage.s3: storage.type is not set"},
		{`{password: hunter2, generated: x}`, "generated: password is set"},
		{`{name: x, fallback: y}`, "fallback: name is set"},
	} {
		c := readsChart(t, template, "{storage: {}, metrics: {}}")
		values := valuesOf(t, tt.values)
		var got []string
		for _, u := range render.ReadsOf(c, values).Unread(values) {
			got = append(got, dotted(u.Path)+": "+u.Reason)
		}
		if got := strings.Join(got, "; "); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.values, got, tt.want)
		}
	}
	c, values := umbrella(t), valuesOf(t, `{other: {x: 1}}`)
	if got := render.ReadsOf(c, values).Unread(values); len(got) != 1 || got[0].Reason != "other.enabled is false" {
		t.Errorf("a subchart that is off: %+v", got)
	}
}

func TestReadsNear(t *testing.T) {
	c := readsChart(t, `
{{ .Values.global.auth.instanceAdmin.firstName }}{{ .Values.keycloak.auth.user }}
{{ with .Values.global.database }}{{ .name }}{{ .host }}{{ .secretName }}{{ .userSecretKey }}{{ end }}
{{ with .Values.global.storage }}{{ .type }}{{ .bucket.log }}{{ .kmsArn }}{{ end }}
{{ .Values.server.replicaCount }}{{ .Values.worker.replicaCount }}{{ .Values.server.env_vars }}{{ .Values.server.image.tag }}
`, "{global: {database: {port: 1}, storage: {bucket: {}, type: x}, auth: {instanceAdmin: {}}}, server: {image: {}}, worker: {}, keycloak: {auth: {}}}")
	for _, tt := range []struct{ values, want string }{
		{`{auth: {instanceAdmin: {firstName: x}}}`, "global.auth"},
		{`{global: {auth: {firstName: x}}}`, ""},
		{`{enterprise: {auth: {instanceAdmin: {firstName: x}}}}`, ""},
		{`{global: {database: {database: x}}}`, ""},
		{`{global: {database: {nmae: x}}}`, "global.database.name"},
		{`{global: {database: {Host: x}}}`, "global.database.host"},
		{`{global: {database: {databaseSecretName: x}}}`, "global.database.secretName"},
		{`{global: {storage: {kms: x}}}`, "global.storage.kmsArn"},
		{`{global: {storge: {bucket: {log: x}}}}`, "global.storage"},
		{`{global: {server: {replicaCount: 2}}}`, "server"},
		{`{replicaCount: 2}`, ""},
		{`{sever: {replicaCount: 2}}`, "server"},
		{`{server: {envVars: {a: b}}}`, "server.env_vars"},
		{`{server: {replicas: 2}}`, ""},
		{`{server: {nobody: 2}}`, ""},
	} {
		values := valuesOf(t, tt.values)
		list := render.ReadsOf(c, values).Unread(values)
		if len(list) != 1 {
			t.Errorf("%s: unread %q, want one", tt.values, unreadPaths(list))
		} else if got := dotted(list[0].Near); got != tt.want {
			t.Errorf("%s: %q is near %s, want %q", tt.values, got, dotted(list[0].Path), tt.want)
		}
	}
}

func TestReadsHas(t *testing.T) {
	c := readsChart(t, `{{ .Values.a.b }}{{ toYaml .Values.c }}{{ range .Values.l }}{{ .x }}{{ end }}`, "")
	r := render.ReadsOf(c, valuesOf(t, `{a: {b: 1}, l: [{x: 1}]}`))
	for path, want := range map[string]bool{
		"a": true, "a b": true, "a c": false, "c": true, "c d e": true, "d": false, "l": true, "l [0] x": true, "l [0] y": false,
	} {
		if got := r.Has(strings.Fields(path)...); got != want {
			t.Errorf("Has(%s) is %v, want %v", path, got, want)
		}
	}
}

// TestReadsChangesNothing holds ReadsOf to leaving its arguments alone.
func TestReadsChangesNothing(t *testing.T) {
	c, values := umbrella(t), valuesOf(t, `{web: {port: 1, prot: 2}, global: {url: a}}`)
	before, _ := yaml.Marshal([]any{c.Values, c.Metadata, values, c.Dependencies()[0].Values})
	first := render.ReadsOf(c, values).Unread(values)
	after, _ := yaml.Marshal([]any{c.Values, c.Metadata, values, c.Dependencies()[0].Values})
	if diff := cmp.Diff(string(before), string(after)); diff != "" {
		t.Errorf("changed (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(first, render.ReadsOf(c, values).Unread(values)); diff != "" {
		t.Errorf("another time, another answer:\n%s", diff)
	}
}

// TestReadsBounds gives it what would take forever, or all memory. Everything
// is read then.
func TestReadsBounds(t *testing.T) {
	for name, template := range map[string]string{
		"recursion":        `{{ define "t" }}{{ include "t" (dict "d" . "k" .Values) }}{{ end }}{{ include "t" . }}`,
		"text that grows":  `{{ $x := "aaaaaaaaaaaaaaaa" }}{{ range .Values.l }}{{ $x = printf "%s%s" $x $x }}{{ end }}`,
		"lists that grow":  `{{ $x := .Values.l }}{{ range .Values.l }}{{ $x = concat $x $x }}{{ end }}`,
		"maps that grow":   `{{ $x := dict }}{{ range .Values.l }}{{ $x = dict "a" $x "b" $x }}{{ end }}{{ toYaml $x }}`,
		"a map of itself":  `{{ $x := dict }}{{ $_ := set $x "x" $x }}{{ toYaml $x }}{{ include "t" $x }}{{ define "t" }}{{ .x.x.x }}{{ end }}`,
		"many rounds":      `{{ range $.Values.l }}{{ range $.Values.l }}{{ range $.Values.l }}{{ range $.Values.l }}{{ range $.Values.l }}x{{ end }}{{ end }}{{ end }}{{ end }}{{ end }}`,
		"rounds for ever":  `{{ $x := dict }}{{ range (lookup "" "" "" "") }}{{ $x = dict "x" $x }}{{ end }}`,
		"deep parentheses": `{{ ` + strings.Repeat("(", 100000) + `.Values.a` + strings.Repeat(")", 100000) + ` }}`,
		"deep blocks":      strings.Repeat(`{{ if .Values.a }}`, 100000) + strings.Repeat(`{{ end }}`, 100000),
		"deep else":        `{{ if .Values.a }}` + strings.Repeat(`{{ else if .Values.a }}`, 100000) + `{{ end }}`,
	} {
		t.Run(name, func(t *testing.T) {
			var l []any
			for i := range 60 {
				l = append(l, fmt.Sprint(i))
			}
			values := map[string]any{"l": l, "b": 1}
			c := readsChart(t, template, "")
			render.ReadsOf(c, values).Unread(values)
		})
	}
}

// FuzzReads runs on templates of any shape: it has to end, and not to panic.
func FuzzReads(f *testing.F) {
	for _, seed := range []string{
		`{{ .Values.a.b | default "x" | quote }}`,
		`{{- define "t" -}}{{ . }}{{- end -}}{{ include "t" (dict "a" .Values.a) }}`,
		`{{ range $k, $v := .Values.a }}{{ $k }}{{ $v.x }}{{ else }}{{ break }}{{ end }}`,
		`{{ with $x := index .Values "a" 0 }}{{ set $x "b" . }}{{ else if $x }}{{ end }}`,
		`{{ tpl (toYaml .Values) . }}{{ dig "a" "b" 1 .Values }}{{ pick .Values "a" }}`,
		`{{ merge .Values .Values }}{{ $x := list 1 2 }}{{ $x = append $x $x }}{{ first $x }}`,
		"{{ `raw` }}{{ 'c' }}{{ 1.5e3 }}{{ -0x1F }}{{ nil }}{{/* c */}}{{ block \"b\" . }}{{ end }}",
		`{{ hasKey }}{{ get }}{{ index }}{{ ternary }}{{ set }}{{ merge }}{{ dict "a" }}{{ first }}{{ default }}{{ and }}`,
	} {
		f.Add(seed, `{"a": [{"b": "{{ .Values.c }}", "x": null}]}`)
	}
	f.Fuzz(func(t *testing.T, template, text string) {
		values, _, err := render.ReadValues([]byte(text), "values.yaml")
		if err != nil {
			return
		}
		c := inMemory(map[string]string{"x.yaml": template})
		c.Values = values
		for _, u := range render.ReadsOf(c, values).Unread(values) {
			if len(u.Path) == 0 || slices.Equal(u.Path, u.Near) {
				t.Errorf("%+v", u)
			}
		}
	})
}

func TestReadsNamed(t *testing.T) {
	c := inMemory(map[string]string{"x.yaml": "{{ .Values.a.b }}{{ if (.Values.c).d }}{{ toYaml $.Values.e.f-g }}{{ end }} .Values.h."})
	r := render.ReadsOf(c, nil)
	for path, want := range map[string]bool{"a.b": true, "a": false, "a.b.c": false, "c": true, "e.f": true, "h": true, "": false} {
		if got := r.Named(strings.Split(path, ".")...); got != want {
			t.Errorf("%q: %v, want %v", path, got, want)
		}
	}
}

// BenchmarkReads is what looking for unread values adds to a render, to hold
// against BenchmarkChart.
func BenchmarkReads(b *testing.B) {
	subjects := []subject{{"standin-v1", "v1", standIns()[0].path}, {"standin-v2", "v2", standIns()[1].path}}
	archives, err := official.Archives("../..")
	if err != nil {
		b.Fatal(err)
	}
	for _, a := range archives {
		if a.String() == "airbyte-2.2.0" || a.String() == "airbyte-1.9.2" {
			subjects = append(subjects, subject{a.String(), a.Generation(), a.Path})
		}
	}
	for _, s := range subjects {
		for name, extra := range map[string]string{
			"all-read": "{}",
			"unread":   "{global: {nobody: 1}, sever: {replicaCount: 2}}",
			"off":      "{metrics: {podLabels: {a: b}}, global: {storage: {gcs: {credentialsJson: x}}}}",
		} {
			b.Run("chart="+s.name+"/values="+name, func(b *testing.B) {
				c, err := load(s.path)
				if err != nil {
					b.Fatal(err)
				}
				files, err := filepath.Glob("testdata/values/" + s.generation + "-02-*.yaml")
				if err != nil || len(files) != 1 {
					b.Fatal(files, err)
				}
				data, err := os.ReadFile(files[0])
				if err != nil {
					b.Fatal(err)
				}
				values := render.MergeValues(valuesOf(b, string(data)), valuesOf(b, extra))
				b.ReportAllocs()
				for b.Loop() {
					render.ReadsOf(c, values).Unread(values)
				}
			})
		}
	}
}
