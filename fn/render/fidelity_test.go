package render_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v3/pkg/action"
	helmchart "helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	helmvalues "helm.sh/helm/v3/pkg/cli/values"
	"helm.sh/helm/v3/pkg/getter"
	"helm.sh/helm/v3/pkg/releaseutil"
	"sigs.k8s.io/yaml"

	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/render"
	"github.com/airstrip-dev/airstrip/internal/official"
)

var update = flag.Bool("update", false, "rewrite testdata/refused.txt, with all official archives at hand")

// release is the one that both sides render.
var release = render.Release{
	Name: "ab", Namespace: "data", KubeVersion: "1.33", APIVersions: []string{"monitoring.coreos.com/v1"},
}

// refusedFile lists the values files that a chart's own templates refuse:
// "values chart", one a line. Helm fails on them, so there are no objects to
// compare; the test compares the errors and holds the list.
const refusedFile = "testdata/refused.txt"

// TestFidelity holds what a chart renders to against what `helm template
// --include-crds` makes of it, before any rewriting of ours: the same objects,
// each with the same content as the API server would get it. The comparison is
// with Helm's own code for that command (pkg/action), so with the Helm that
// go.mod names.
func TestFidelity(t *testing.T) {
	charts := standIns()
	archives, err := official.Archives("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(archives) == 0 {
		t.Logf("%s is not set: the stand-in charts only", official.Env)
	}
	all := archives
	if testing.Short() {
		archives = official.Newest(archives)
	}
	for _, a := range archives {
		charts = append(charts, subject{a.String(), a.Generation(), a.Path})
	}
	var (
		mu      sync.Mutex
		refused []string
		sum     struct{ charts, renders, refused, objects int }
	)
	known, err := readRefused()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("charts", func(t *testing.T) {
		for _, c := range charts {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				files, err := filepath.Glob("testdata/values/" + c.generation + "-*.yaml")
				if err != nil || len(files) < 12 {
					t.Fatalf("%d values files for %s, want at least 12 (%v)", len(files), c.generation, err)
				}
				mu.Lock()
				sum.charts++
				mu.Unlock()
				for _, file := range files {
					objects, fails := compare(t, c, file)
					name := strings.TrimSuffix(filepath.Base(file), ".yaml") + " " + c.name
					mu.Lock()
					sum.renders++
					sum.objects += objects
					if fails {
						sum.refused++
						refused = append(refused, name)
					}
					mu.Unlock()
					if fails != known[name] && !*update {
						t.Errorf("%s: Helm fails: %v, but %s says %v", name, fails, refusedFile, known[name])
					}
				}
			})
		}
	})
	if *update && len(archives) > 0 && len(archives) == len(all) && !t.Failed() {
		slices.Sort(refused)
		text := "# Values files that a chart's own templates refuse, in Helm and here alike.\n" + strings.Join(refused, "\n") + "\n"
		if err := os.WriteFile(refusedFile, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("fidelity: %d charts, %d renders: %d refused by Helm and by us, %d objects equal", sum.charts, sum.renders, sum.refused, sum.objects)
}

// subject is one chart to render.
type subject struct{ name, generation, path string }

func standIns() []subject {
	dir := "../../testdata/charts/"
	return []subject{
		{"stand-in-v1", "v1", dir + "airbyte/v1"}, {"stand-in-v2", "v2", dir + "airbyte/v2"}, {"stand-in-v2-next", "v2", dir + "airbyte/v2-next"},
		{"stand-in-data-plane", "dp", dir + "airbyte-data-plane/v2"},
	}
}

// compare renders one chart with one values file, both ways. It returns how many
// objects are equal, or that Helm fails.
func compare(t *testing.T, c subject, file string) (objects int, fails bool) {
	t.Helper()
	want, wantErr := helmTemplate(c.path, file)
	got, gotErr := ours(c.path, file)
	where := c.name + " " + filepath.Base(file)
	if wantErr != nil {
		if gotErr == nil {
			t.Errorf("%s: Helm fails and we do not: %v", where, wantErr)
		} else if core(gotErr) != core(wantErr) {
			t.Errorf("%s: another error than Helm's:\n ours %v\n Helm %v", where, gotErr, wantErr)
		}
		return 0, true
	}
	if gotErr != nil {
		t.Errorf("%s: we fail and Helm does not: %v", where, gotErr)
		return 0, false
	}
	for _, id := range slices.SortedFunc(maps.Keys(want), byText) {
		if _, ok := got[id]; !ok {
			t.Errorf("%s: %v is missing", where, id)
			continue
		}
		if diff := cmp.Diff(want[id], got[id]); diff != "" {
			t.Errorf("%s: %v (-Helm +ours):\n%s", where, id, diff)
			continue
		}
		objects++
	}
	for _, id := range slices.SortedFunc(maps.Keys(got), byText) {
		if _, ok := want[id]; !ok {
			t.Errorf("%s: %v is not Helm's", where, id)
		}
	}
	return objects, false
}

func byText(a, b manifest.ID) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }

// core is what an error says. Of what is rendered and cannot be read, be it no
// YAML or no object, only the template counts: Helm and we say it in other
// words.
func core(err error) string {
	s := strings.TrimPrefix(err.Error(), "YAML parse error on ")
	if file, _, ok := strings.Cut(s, ": "); ok && strings.HasSuffix(file, ".yaml") {
		return "cannot read " + file
	}
	return s
}

// helmTemplate is `helm template --include-crds`: cmd/helm/template.go of Helm,
// without the flags.
func helmTemplate(chartPath, valuesFile string) (map[manifest.ID]any, error) {
	c, err := loader.Load(chartPath)
	if err != nil {
		return nil, err
	}
	paths, err := unsetPaths(valuesFile)
	if err != nil {
		return nil, err
	}
	options := helmvalues.Options{ValueFiles: []string{valuesFile}}
	for _, p := range paths {
		options.Values = append(options.Values, p+"=null")
	}
	vals, err := options.MergeValues(getter.Providers{})
	if err != nil {
		return nil, err
	}
	return helmInstall(c, vals)
}

func helmInstall(c *helmchart.Chart, vals map[string]any) (map[manifest.ID]any, error) {
	kube, err := chartutil.ParseKubeVersion(release.KubeVersion)
	if err != nil {
		return nil, err
	}
	install := action.NewInstall(&action.Configuration{Log: func(string, ...any) {}})
	install.DryRun, install.DryRunOption = true, "true"
	install.ClientOnly = true
	install.Replace = true
	install.IncludeCRDs = true
	install.ReleaseName, install.Namespace = release.Name, release.Namespace
	install.KubeVersion, install.APIVersions = kube, release.APIVersions
	rel, err := install.Run(c, vals)
	if err != nil {
		return nil, err
	}
	objects := map[manifest.ID]any{}
	texts := slices.Collect(maps.Values(releaseutil.SplitManifests(rel.Manifest)))
	for _, h := range rel.Hooks {
		texts = append(texts, h.Manifest)
	}
	for _, text := range texts {
		if err := addHelm(objects, text); err != nil {
			return nil, err
		}
	}
	return objects, nil
}

// addHelm decodes a manifest as Helm does before it sends it (k8s.io/cli-runtime:
// YAML to JSON, Lists unfolded). The newline that ends a manifest is gone by
// now; `helm template` prints one, and the reader that Helm applies with adds
// one (k8s.io/apimachinery: yaml.LineReader).
func addHelm(objects map[manifest.ID]any, text string) error {
	b, err := yaml.YAMLToJSON([]byte(text + "\n"))
	if err != nil {
		return err
	}
	return addJSON(objects, b)
}

func addJSON(objects map[manifest.ID]any, b []byte) error {
	v, err := decodeJSON(b)
	if err != nil {
		return err
	}
	o, _ := v.(map[string]any)
	if len(o) == 0 {
		return nil
	}
	if items, ok := o["items"].([]any); ok {
		for _, item := range items {
			b, err := json.Marshal(item)
			if err != nil {
				return err
			}
			if err := addJSON(objects, b); err != nil {
				return err
			}
		}
		return nil
	}
	text := func(m map[string]any, key string) string { s, _ := m[key].(string); return s }
	meta, _ := o["metadata"].(map[string]any)
	id := manifest.ID{Kind: text(o, "kind"), Namespace: text(meta, "namespace"), Name: text(meta, "name")}
	if group, _, ok := strings.Cut(text(o, "apiVersion"), "/"); ok {
		id.Group = group
	}
	if _, twice := objects[id]; twice {
		return fmt.Errorf("%v twice", id)
	}
	objects[id] = o
	return nil
}

// decodeJSON keeps whole numbers whole, so that two of them which differ only
// beyond 53 bits do differ.
func decodeJSON(b []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return numbers(v)
}

func numbers(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			if v[k], err = numbers(v[k]); err != nil {
				return nil, err
			}
		}
	case []any:
		for i := range v {
			if v[i], err = numbers(v[i]); err != nil {
				return nil, err
			}
		}
	case json.Number:
		if i, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return i, nil
		}
		f, err := v.Float64()
		if f == float64(int64(f)) && f < 1<<53 && f > -1<<53 {
			return int64(f), err
		}
		return f, err
	}
	return v, nil
}

// ours is the way of the program, up to the point where it begins to rewrite.
func ours(chartPath, valuesFile string) (map[manifest.ID]any, error) {
	c, err := load(chartPath)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(valuesFile)
	if err != nil {
		return nil, err
	}
	vals, _, err := render.ReadValues(data, valuesFile)
	if err != nil {
		return nil, err
	}
	paths, err := unsetPaths(valuesFile)
	if err != nil {
		return nil, err
	}
	for _, p := range paths {
		if vals, err = render.Unset(vals, p); err != nil {
			return nil, err
		}
	}
	return chartObjects(c, vals)
}

func chartObjects(c *helmchart.Chart, vals map[string]any) (map[manifest.ID]any, error) {
	out, err := render.Chart(c, vals, release)
	if err != nil {
		return nil, err
	}
	objects := map[manifest.ID]any{}
	for _, n := range out.Objects {
		v, err := manifest.Value(n.YNode())
		if err != nil {
			return nil, err
		}
		b, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		if err := addJSON(objects, b); err != nil {
			return nil, err
		}
	}
	return objects, nil
}

var memo chart.Memo

func load(path string) (*helmchart.Chart, error) {
	return memo.Load(context.Background(), chart.Ref{Path: path})
}

// unsetPaths reads the line "# unset: a.b, c" of a values file.
func unsetPaths(file string) ([]string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	line, _, _ := strings.Cut(string(data), "\n")
	list, ok := strings.CutPrefix(line, "# unset: ")
	if !ok {
		return nil, nil
	}
	return strings.Split(list, ", "), nil
}

func readRefused() (map[string]bool, error) {
	data, err := os.ReadFile(refusedFile)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	known := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			known[line] = true
		}
	}
	return known, err
}

// TestFidelityOfText is about what no chart of Airbyte does: the odd ways in
// which documents begin and end, and what YAML 1.1 takes for a number.
func TestFidelityOfText(t *testing.T) {
	object := func(name, data string) string {
		return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + name + "\ndata:\n" + data
	}
	for name, text := range map[string]string{
		"a kept block at the end":              object("a", "  x: |+\n    text\n\n\n"),
		"a kept block before another document": object("a", "  x: |+\n    text\n\n\n---\n"+object("b", "  y: z\n")),
		"a stripped block at the end":          object("a", "  x: |-\n    text\n\n\n"),
		"white space after a block":            object("a", "  x: |\n    text\n        \n"),
		"no newline at the end":                object("a", "  x: |\n    text"),
		"a folded block":                       object("a", "  x: >\n    two\n    lines\n\n    more\n"),
		"blank lines before":                   "\n\n  \n" + object("a", "  x: y\n"),
		"documents of nothing":                 "---\n---\n# comment\n---\n" + object("a", "  x: y\n") + "---\n\n---",
		"no newline after the dashes":          "---" + object("a", "  x: y\n"),
		"a comment after the dashes":           "--- # first\n" + object("a", "  x: y\n"),
		"Windows line ends":                    strings.ReplaceAll(object("a", "  x: |\n    text\n")+"---\n"+object("b", "  y: z\n"), "\n", "\r\n"),
		"dashes inside a block":                object("a", "  x: |\n    one\n    ---\n    two\n"),
		"a list":                               "apiVersion: v1\nkind: ConfigMapList\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: b}\n",
		"scalars":                              object("a", "  a: 0644\n  b: 0o17\n  c: 1e3\n  d: 1_000\n  e: 0b101\n  f: .5\n  g: 190:20:30\n  h: yes\n  i: 'yes'\n  j: ~\n  k: 2020-01-01\n  l: 12345678901234567890\n  m: 1.0\n  n: -0.0\n  o: 1e400x\n  p: =\n  q: 0x1F\n  r: 9007199254740993\n"),
		"keys":                                 object("a", "  1: a\n  true: b\n  1.5: c\n  yes: d\n  ~x: e\n"),
		"anchors":                              object("a", "  x: &x text\n  y: *x\n") + "extra: &m {a: 1}\nmore: {<<: *m, b: 2}\n",
		"duplicate keys":                       object("a", "  x: one\n  x: two\n  y: 1\ndata:\n  z: last\n"),
		"binary":                               object("a", "  x: !!binary aGk=\n  y: !!str 12\n  z: !!float 3\n"),
		"beyond ASCII":                         object("a", "  x: \"\\u00fc\\U0001F600\"\n  y: ü😀\n  z: \"tab\\tbell\\a\"\n"),
	} {
		t.Run(name, func(t *testing.T) {
			// As a value, so that no brace is a template.
			render := func() *helmchart.Chart { return inMemory(map[string]string{"x.yaml": "{{ .Values.text }}"}) }
			want, wantErr := helmInstall(render(), map[string]any{"text": text})
			got, err := chartObjects(render(), map[string]any{"text": text})
			if (wantErr != nil) != (err != nil) {
				t.Fatalf("error is %v, Helm's is %v", err, wantErr)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-Helm +ours):\n%s", diff)
			}
		})
	}
}
