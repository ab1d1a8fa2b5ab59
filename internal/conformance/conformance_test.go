package conformance

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/output"
	"github.com/airstrip-dev/airstrip/fn/overlay"
	"github.com/airstrip-dev/airstrip/internal/charttest"
	"github.com/airstrip-dev/airstrip/internal/official"
)

var update = flag.Bool("update", false, "rewrite the records in testdata/conformance")

const root = "../../"

// overlays are what a chart of each generation is rendered through. Values of V2
// mean little to V1 and nothing to the data plane chart, so these have overlays
// of their own, on the same platforms.
var overlays = map[string][]string{
	"v2": {
		"overlays/eks-alb", "overlays/gke-nginx", "overlays/aks", "examples/community",
		"examples/gateway-api/alb", "examples/gateway-api/gke", "examples/gateway-api/nginx", "examples/gateway-api/agc",
	},
	"v1": {"testdata/overlays/v1-eks-alb", "testdata/overlays/v1-gke-nginx", "testdata/overlays/v1-aks"},
	"dp": {"testdata/overlays/dataplane"},
}

// subject is one archive under test.
type subject struct {
	name, generation, path string
	official               bool
	version                string
}

// TestConformance renders every archive through every overlay of its generation.
// Without official archives it does so with the stand-in charts, packaged.
func TestConformance(t *testing.T) {
	subjects, officials := subjectsOf(t)
	tree := sealedTree(t)

	var (
		mu       sync.Mutex
		first    = map[string][]byte{} // by archive and overlay
		accepted int
		objects  int
	)
	t.Run("archives", func(t *testing.T) {
		var charts chart.Memo
		for _, s := range subjects {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				r := record{name: s.name}
				if s.official {
					r.archive = digestOfFile(t, s.path)
				}
				for _, dir := range overlays[s.generation] {
					res, err := overlay.Build(context.Background(), filepath.Join(tree, dir), fn.Options{Charts: &charts, Chart: s.path})
					if err != nil {
						t.Errorf("%s: %v", dir, err)
						continue
					}
					check(t, dir, res)
					r.add(t, filepath.Base(dir), res)
					text := encode(t, res.Objects)
					ok := accept(t, dir, res, text)
					mu.Lock()
					first[s.name+" "+dir] = text
					objects += len(res.Objects)
					if ok {
						accepted++
					}
					mu.Unlock()
				}
				expect(t, s, r.counts)
				r.compare(t)
			})
		}
	})
	t.Run("again", func(t *testing.T) {
		// One after the other on one processor, where the first pass was many at
		// a time; and the charts are read anew.
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		for _, s := range subjects {
			var charts chart.Memo
			for _, dir := range overlays[s.generation] {
				want, built := first[s.name+" "+dir]
				if !built {
					continue
				}
				res, err := overlay.Build(context.Background(), filepath.Join(tree, dir), fn.Options{Charts: &charts, Chart: s.path})
				if err != nil {
					t.Errorf("%s: %s: %v", s.name, dir, err)
				} else if !bytes.Equal(encode(t, res.Objects), want) {
					t.Errorf("%s: %s: two builds, two results", s.name, dir)
				}
			}
		}
	})
	t.Logf("conformance: %d archives (%d official), %d renders, %d objects, %d accepted by kustomize",
		len(subjects), officials, len(first), objects, accepted)
	if accepted != len(first) {
		t.Errorf("kustomize accepts %d of %d renders", accepted, len(first))
	}
}

// subjectsOf are the stand-in charts and the official archives, and how many those
// are.
func subjectsOf(t *testing.T) (subjects []subject, officials int) {
	t.Helper()
	subjects = standIns(t)
	archives, err := official.Archives(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(archives) == 0 {
		t.Logf("%s is not set: no official chart is rendered, the stand-in charts only", official.Env)
	}
	if testing.Short() {
		archives = official.Newest(archives)
	}
	for _, a := range archives {
		subjects = append(subjects, subject{a.String(), a.Generation(), a.Path, true, a.Version.Original()})
	}
	return subjects, len(archives)
}

// standIns packages the stand-in charts, as they would be published.
func standIns(t *testing.T) []subject {
	t.Helper()
	dir := t.TempDir()
	var list []subject
	for _, c := range []struct{ chart, folder, generation, version string }{
		{"airbyte", "v1", "v1", "1.9.0-standin.1"}, {"airbyte", "v2", "v2", "2.0.0-standin.1"}, {"airbyte", "v2-next", "v2", "2.1.0-standin.1"},
		{"airbyte-data-plane", "v2", "dp", "2.2.0-standin.1"},
	} {
		data, err := charttest.Package(root + "testdata/charts/" + c.chart + "/" + c.folder)
		if err != nil {
			t.Fatal(err)
		}
		name := c.chart + "-" + c.version
		path := filepath.Join(dir, name+".tgz")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		list = append(list, subject{name, c.generation, path, false, c.version})
	}
	return list
}

// kustomize shares the OpenAPI schema of the process among its builds, so one
// at a time.
var kustomize sync.Mutex

// accept writes the objects as the command does and builds the folder with
// kustomize, which has to print what airstrip printed.
func accept(t *testing.T, dir string, res *overlay.Result, want []byte) bool {
	t.Helper()
	folder := filepath.Join(t.TempDir(), filepath.Base(dir))
	plan, err := output.NewPlan(context.Background(), folder, res.Namespace, res.Objects)
	if err == nil {
		err = plan.Apply(context.Background())
	}
	if err != nil {
		t.Errorf("%s: %v", dir, err)
		return false
	}
	kustomize.Lock()
	defer kustomize.Unlock()
	options := krusty.MakeDefaultOptions()
	options.Reorder = krusty.ReorderOptionUnspecified // as the command has it
	m, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		t.Errorf("%s: kustomize refuses the folder: %v", dir, err)
		return false
	}
	got, err := m.AsYaml()
	if err != nil {
		t.Errorf("%s: %v", dir, err)
		return false
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: kustomize prints other bytes: %s", dir, firstDifference(got, want))
		return false
	}
	return true
}

func firstDifference(got, want []byte) string {
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d: %q, want %q", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}
