package render_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	helmvalues "helm.sh/helm/v3/pkg/cli/values"
	"helm.sh/helm/v3/pkg/getter"

	"github.com/airstrip-dev/airstrip/fn/render"
)

// mergeBothWays merges values files, ours and Helm's way.
func mergeBothWays(t *testing.T, texts ...string) (got, want map[string]any) {
	t.Helper()
	var options helmvalues.Options
	got = map[string]any{}
	for i, text := range texts {
		name := filepath.Join(t.TempDir(), fmt.Sprintf("values-%d.yaml", i))
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		options.ValueFiles = append(options.ValueFiles, name)
		file, _, err := render.ReadValues([]byte(text), name)
		if err != nil {
			t.Fatal(err)
		}
		got = render.MergeValues(got, file)
	}
	want, err := options.MergeValues(getter.Providers{})
	if err != nil {
		t.Fatal(err)
	}
	return got, want
}

func TestMergeValuesAsHelm(t *testing.T) {
	for _, texts := range [][]string{
		{""},
		{"a: 1"},
		{"a: 1", "a: 2"},
		{"a: {b: 1, c: 2}", "a: {b: 3}"},
		{"a: {b: 1}", "a: null"},
		{"a: null", "a: {b: 1}"},
		{"a: {b: {c: 1}}", "a: {b: null, d: 1}"},
		{"a: {b: 1}", "a: [1]", "a: {c: 1}"},
		{"a: [1, 2]", "a: [3]"},
		{"a: [{b: 1}]", "a: [{c: 2}]"},
		{"a: {b: 1}", "a: text", "a: {c: 2}"},
		{"a: {}", "a: {b: {}}", "a: {b: {c: []}}"},
		{"a: 1e3\nb: 0644\nc: 0x10\nd: yes\ne: \"yes\"\nf: 1.0\ng: 12345678901234567890\nh: 1_000\ni: ~\nj: 2020-01-01\nk: .5\nl: -0"},
		{"a: &x {b: 1}\nc: {<<: *x, d: 2}", "c: {b: null}"},
		{"1: one\ntrue: two\n2.5: three", "1: uno"},
		{"a: 1\na: 2\nb: {c: 1, c: {d: 1}}"},
		{"\"a.b\": 1", "a: {b: 2}"},
		{"global: {a: {b: 1}}\nsub: {global: {a: {b: 2}}}", "sub: null", "sub: {x: 1}"},
	} {
		t.Run(strings.Join(texts, " + "), func(t *testing.T) {
			got, want := mergeBothWays(t, texts...)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-Helm +ours):\n%s", diff)
			}
		})
	}
}

// The values files of the fidelity test, laid over one another.
func TestMergeValuesFilesAsHelm(t *testing.T) {
	for _, generation := range []string{"v1", "v2", "dp"} {
		files, err := filepath.Glob("testdata/values/" + generation + "-*.yaml")
		if err != nil || len(files) == 0 {
			t.Fatalf("%d files, %v", len(files), err)
		}
		var texts []string
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, string(data))
		}
		for range 2 {
			got, want := mergeBothWays(t, texts...)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-Helm +ours):\n%s", generation, diff)
			}
			slices.Reverse(texts)
		}
	}
}

func TestMergeValuesChangesNothing(t *testing.T) {
	base := map[string]any{"a": map[string]any{"b": map[string]any{"c": 1.0}}, "d": 1.0}
	over := map[string]any{"a": map[string]any{"b": map[string]any{"c": 2.0}, "e": nil}}
	before := mustJSON(t, base) + mustJSON(t, over)
	out := render.MergeValues(base, over)
	out["a"].(map[string]any)["b"].(map[string]any)["c"] = 3.0
	out["a"].(map[string]any)["f"] = 3.0
	if after := mustJSON(t, base) + mustJSON(t, over); after != before {
		t.Errorf("%s became %s", before, after)
	}
}

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Unset is `helm --set path=null`.
func TestUnsetAsHelm(t *testing.T) {
	base := "a: {b: {c: 1}, d: [1]}\ne: text\n\"x.y\": {z: 1}\n"
	for _, path := range []string{"a", "a.b", "a.b.c", "a.b.nothing", "nothing.at.all", "e", `x\.y`, `x\.y.z`, "a.d"} {
		name := filepath.Join(t.TempDir(), "values.yaml")
		if err := os.WriteFile(name, []byte(base), 0o644); err != nil {
			t.Fatal(err)
		}
		options := helmvalues.Options{ValueFiles: []string{name}, Values: []string{path + "=null"}}
		want, err := options.MergeValues(getter.Providers{})
		if err != nil {
			t.Fatal(err)
		}
		values, _, err := render.ReadValues([]byte(base), name)
		if err != nil {
			t.Fatal(err)
		}
		before := mustJSON(t, values)
		got, err := render.Unset(values, path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-Helm +ours):\n%s", path, diff)
		}
		if after := mustJSON(t, values); after != before {
			t.Errorf("%s: the values were changed: %s", path, after)
		}
	}
	for path, want := range map[string]string{
		"": "an empty key", ".": "an empty key", "a..b": "an empty key", "a.": "an empty key",
		"a[0]": "list entries cannot be unset", "a.b]": "list entries cannot be unset",
	} {
		if _, err := render.Unset(nil, path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error is %v, want %q", path, err, want)
		}
	}
}

func TestReadValues(t *testing.T) {
	_, findings, err := render.ReadValues([]byte("a: 1\nb: {c: 1, c: 2}\na: 2\n"), "f.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range findings {
		got = append(got, f.Code+" "+f.File+" "+f.Field)
	}
	slices.Sort(got)
	if want := []string{"duplicate-value f.yaml a", "duplicate-value f.yaml b.c"}; !slices.Equal(got, want) {
		t.Errorf("findings are %v, want %v", got, want)
	}
	for text, want := range map[string]string{
		"a: [":               "f.yaml: line 1: ",
		"- a list":           "f.yaml: ",
		"text":               "f.yaml: ",
		"a: 1\n\tb: 2":       "f.yaml: line 2: ",
		"a: &a [*a, *a, *a]": "f.yaml: ",
	} {
		if _, _, err := render.ReadValues([]byte(text), "f.yaml"); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: error is %v, want %q", text, err, want)
		}
	}
	for _, text := range []string{"", "# only a comment\n", "---\n", "null\n", "{}"} {
		if v, _, err := render.ReadValues([]byte(text), "f.yaml"); err != nil || len(v) != 0 {
			t.Errorf("%q: %v, %v; want nothing", text, v, err)
		}
	}
	if _, _, err := render.ReadValues(make([]byte, render.MaxValues+1), "f.yaml"); err == nil || !strings.Contains(err.Error(), "this is no values file") {
		t.Errorf("a huge file: %v", err)
	}
}
