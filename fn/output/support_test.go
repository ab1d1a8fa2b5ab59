package output

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

const home = "airbyte"

// object is one ConfigMap; its text tells versions apart.
func object(name, text string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s, namespace: %s}\ndata: {text: %q}\n", name, home, text)
}

func layered(name, text, layer string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s, namespace: %s, annotations: {%s: %q}}\ndata: {text: %q}\n",
		name, home, manifest.LayerAnnotation, layer, text)
}

// set decodes objects, in the order given.
func set(t testing.TB, objects ...string) manifest.Set {
	t.Helper()
	s, _, err := manifest.Decode(strings.NewReader(strings.Join(objects, "---\n")), "test")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A way is one of the two ways to write. What a test asks of both is what the
// package promises of both.
type way struct {
	name     string
	exchange func(*os.File, string, string) error
}

func ways() []way {
	w := []way{{"in place", func(*os.File, string, string) error { return syscall.EINVAL }}}
	if canExchange {
		w = append(w, way{"exchange", exchange})
	}
	return w
}

func (w way) apply(t testing.TB, dir string, s manifest.Set) *Plan {
	t.Helper()
	p, err := w.try(dir, s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (w way) try(dir string, s manifest.Set) (*Plan, error) {
	p, err := NewPlan(context.Background(), dir, home, s)
	if err != nil {
		return nil, err
	}
	p.exchange = w.exchange
	return p, p.Apply(context.Background())
}

// everyWay runs a test in a folder that does not exist yet, written each way.
func everyWay(t *testing.T, test func(t *testing.T, w way, dir string)) {
	for _, w := range ways() {
		t.Run(w.name, func(t *testing.T) { test(t, w, filepath.Join(t.TempDir(), "rendered", "aks")) })
	}
}

// snapshot is every path below dir with its content: folders end in a slash,
// links say where they lead.
func snapshot(t testing.TB, dir string) map[string]string {
	t.Helper()
	m := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || p == dir {
			return err
		}
		rel, _ := filepath.Rel(dir, p)
		switch {
		case e.IsDir():
			m[rel+"/"] = ""
		case e.Type()&fs.ModeSymlink != 0:
			to, err := os.Readlink(p)
			m[rel] = "-> " + to
			return err
		case e.Type().IsRegular():
			b, err := os.ReadFile(p)
			m[rel] = string(b)
			return err
		default:
			m[rel] = e.Type().String()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func paths(t testing.TB, dir string) []string { return slices.Sorted(maps.Keys(snapshot(t, dir))) }

func equal[T any](t testing.TB, got, want T) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func write(t testing.TB, path, data string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

func changes(p *Plan) []string {
	var out []string
	for _, c := range p.Changes {
		switch {
		case c.Old == nil:
			out = append(out, "+ "+c.Path)
		case c.New == nil:
			out = append(out, "- "+c.Path)
		default:
			out = append(out, "~ "+c.Path)
		}
	}
	return out
}

// build is what `kustomize build dir` prints.
func build(t testing.TB, dir string) string {
	t.Helper()
	o := krusty.MakeDefaultOptions()
	o.Reorder = krusty.ReorderOptionUnspecified // as the command has it
	m, err := krusty.MakeKustomizer(o).Run(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		t.Fatal(err)
	}
	b, err := m.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func encode(t testing.TB, s manifest.Set) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// byLayer is a set in an order of its own as its layers are applied.
func byLayer(s manifest.Set) manifest.Set {
	var all manifest.Set
	for _, l := range s.Layers() {
		all = append(all, l.Objects...)
	}
	return all
}

func ledger(resources ...string) string {
	b, err := encodeLedger(resources, true)
	if err != nil {
		panic(err)
	}
	return string(b)
}
