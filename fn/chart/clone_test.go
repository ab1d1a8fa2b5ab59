package chart

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	helmchart "helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
)

// plain is all of a chart that a test can compare, subcharts included.
type plain struct {
	Chart        helmchart.Chart
	Dependencies []plain
}

func toPlain(c *helmchart.Chart) plain {
	p := plain{Chart: helmchart.Chart{
		Raw: c.Raw, Metadata: c.Metadata, Lock: c.Lock, Templates: c.Templates,
		Values: c.Values, Schema: c.Schema, Files: c.Files,
	}}
	for _, d := range c.Dependencies() {
		p.Dependencies = append(p.Dependencies, toPlain(d))
	}
	return p
}

func diffCharts(a, b *helmchart.Chart) string {
	if reflect.DeepEqual(toPlain(a), toPlain(b)) { // in no time, where cmp takes seconds
		return ""
	}
	return cmp.Diff(toPlain(a), toPlain(b), cmp.FilterPath(func(p cmp.Path) bool {
		name := p.Last().String()
		return name == ".parent" || name == ".dependencies"
	}, cmp.Ignore()))
}

// umbrella has all that Helm rewrites: an alias, a condition, tags, and values
// imported from subcharts in both forms.
func umbrella(t testing.TB) *helmchart.Chart {
	t.Helper()
	data := packFiles(t,
		"airbyte/Chart.yaml", chartYAML+`
dependencies:
- {name: worker, version: 1.0.0, condition: worker.enabled, tags: [back]}
- {name: worker, version: 1.0.0, alias: second, import-values: [data]}
- {name: web, version: ">=1", import-values: [{child: settings, parent: web.settings}]}
`,
		"airbyte/values.yaml", "worker: {enabled: true, list: [{a: 1}]}\ngone: null\n",
		"airbyte/charts/worker/Chart.yaml", "apiVersion: v2\nname: worker\nversion: 1.0.0\n",
		"airbyte/charts/worker/values.yaml", "exports: {data: {x: 1}}\ndeep: {y: null}\n",
		"airbyte/charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.2.0\ndependencies: [{name: inner, version: 1.0.0, condition: inner.enabled}]\n",
		"airbyte/charts/web/values.yaml", "settings: {z: 1}\n",
		"airbyte/charts/web/charts/inner/Chart.yaml", "apiVersion: v2\nname: inner\nversion: 1.0.0\n",
	)
	c, err := Load(t.Context(), serves(data), pinned(data))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCloneKeepsTheOriginal(t *testing.T) {
	original, untouched := umbrella(t), umbrella(t)
	clone := Clone(original)
	if diff := diffCharts(original, clone); diff != "" {
		t.Fatalf("the clone differs:\n%s", diff)
	}
	values := map[string]any{"worker": map[string]any{"enabled": false}, "inner": map[string]any{"enabled": false}}
	if err := chartutil.ProcessDependenciesWithMerge(clone, values); err != nil {
		t.Fatal(err)
	}
	if diffCharts(original, clone) == "" {
		t.Error("Helm changed nothing, so this test shows nothing")
	}
	if diff := diffCharts(untouched, original); diff != "" {
		t.Errorf("processing the clone changed the original:\n%s", diff)
	}
	clone.Metadata.Name = "changed"
	clone.Values["new"] = 1
	clone.Templates = append(clone.Templates, &helmchart.File{Name: "templates/new"})
	if diff := diffCharts(untouched, original); diff != "" {
		t.Errorf("changing the clone changed the original:\n%s", diff)
	}
	for _, d := range original.Dependencies() {
		if d.Parent() != original {
			t.Errorf("the parent of %s is no longer the original", d.Name())
		}
	}
}

func TestCloneHasNoParent(t *testing.T) {
	c := umbrella(t)
	if sub := Clone(c.Dependencies()[0]); !sub.IsRoot() {
		t.Error("the clone of a subchart still has a parent")
	}
	for _, d := range Clone(c).Dependencies() {
		if d.Root() == c {
			t.Errorf("the clone's %s belongs to the original", d.Name())
		}
	}
}

// Over the official charts, where AIRSTRIP_CHARTS says where they are.
func TestCloneOfficialCharts(t *testing.T) {
	for _, file := range officialCharts(t) {
		original, err := Load(t.Context(), nil, Ref{Path: file})
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		before := Clone(original)
		if err := chartutil.ProcessDependenciesWithMerge(Clone(original), chartutil.Values{}); err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
		if diff := diffCharts(before, original); diff != "" {
			t.Errorf("%s: %s", filepath.Base(file), diff)
		}
	}
}

func officialCharts(t testing.TB) []string {
	t.Helper()
	dir := os.Getenv("AIRSTRIP_CHARTS")
	if dir == "" {
		t.Skip("AIRSTRIP_CHARTS names no directory of official charts")
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: no archives (%v)", dir, err)
	}
	return files
}
