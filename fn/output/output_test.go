package output

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

func TestLayout(t *testing.T) {
	service := "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: airbyte}\n"
	everyWay(t, func(t *testing.T, w way, dir string) {
		p := w.apply(t, dir, set(t, object("a", "1"), service))
		equal(t, changes(p), []string{"+ configmap-a.yaml", "+ kustomization.yaml", "+ service-s.yaml"})
		equal(t, snapshot(t, dir), map[string]string{
			"configmap-a.yaml": "apiVersion: v1\ndata:\n  text: \"1\"\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: airbyte\n",
			"service-s.yaml":   "apiVersion: v1\nkind: Service\nmetadata:\n  name: s\n  namespace: airbyte\n",
			"kustomization.yaml": "# Written by airstrip, which owns what is listed here: change the overlay, not these files.\n" +
				"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- configmap-a.yaml\n- service-s.yaml\n",
		})
		equal(t, paths(t, filepath.Dir(dir)), []string{"aks/", "aks/configmap-a.yaml", "aks/kustomization.yaml", "aks/service-s.yaml"})
	})
}

// What kustomize prints for the folder is the set, in its order.
func TestKustomizeBuild(t *testing.T) {
	role := "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: 'a:b/c', namespace: airbyte}\n"
	custom := "apiVersion: x.io/v1\nkind: Widget\nmetadata: {name: w, namespace: other}\n"
	sorted := set(t, object("b", "1"), role, object("a", "yes"), custom)
	sorted.Sort()
	tests := []struct {
		name  string
		set   manifest.Set
		files []string
		fifo  []string
	}{
		{"sorted", sorted, []string{"configmap-a.yaml", "configmap-b.yaml", "kustomization.yaml", "other_widget.x.io_w.yaml", "role-a%3Ab%2Fc.yaml"}, nil},
		{"in an order of its own", set(t, object("b", "1"), role, object("a", "1")),
			[]string{"configmap-a.yaml", "configmap-b.yaml", "kustomization.yaml", "role-a%3Ab%2Fc.yaml"}, []string{"kustomization.yaml"}},
		{"layers", set(t, layered("a", "1", "30-app"), layered("b", "1", "10-base"), object("c", "no layer")),
			[]string{
				"10-base/", "10-base/configmap-b.yaml", "10-base/configmap-c.yaml", "10-base/kustomization.yaml",
				"30-app/", "30-app/configmap-a.yaml", "30-app/kustomization.yaml", "kustomization.yaml",
			}, nil},
		{"layers in an order of their own", set(t, layered("b", "1", "10-base"), layered("a", "1", "10-base"), layered("0", "1", "30-app")),
			[]string{
				"10-base/", "10-base/configmap-a.yaml", "10-base/configmap-b.yaml", "10-base/kustomization.yaml",
				"30-app/", "30-app/configmap-0.yaml", "30-app/kustomization.yaml", "kustomization.yaml",
			}, []string{"10-base/kustomization.yaml", "kustomization.yaml"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			everyWay(t, func(t *testing.T, w way, dir string) {
				w.apply(t, dir, tt.set)
				equal(t, build(t, dir), encode(t, tt.set))
				equal(t, paths(t, dir), tt.files)
				var fifo []string
				for p, data := range snapshot(t, dir) {
					if strings.Contains(data, "sortOptions:\n  order: fifo\n") {
						fifo = append(fifo, p)
					}
				}
				slices.Sort(fifo)
				equal(t, fifo, tt.fifo)
			})
		})
	}
}

// From each state of the folder to each other, and nothing of the first stays.
func TestTransitions(t *testing.T) {
	states := map[string]manifest.Set{
		"flat":          set(t, object("a", "1"), object("b", "1")),
		"flat, other":   set(t, object("b", "2"), object("c", "1")),
		"layers":        set(t, layered("a", "1", "10-base"), layered("b", "1", "30-app")),
		"layers, other": set(t, layered("a", "1", "30-app"), layered("c", "1", "40-finish")),
	}
	for from, a := range states {
		for to, b := range states {
			if from == to {
				continue
			}
			t.Run(from+" to "+to, func(t *testing.T) {
				everyWay(t, func(t *testing.T, w way, dir string) {
					w.apply(t, dir, a)
					write(t, filepath.Join(dir, "README.md"), "mine")
					p := w.apply(t, dir, b)
					equal(t, p.Foreign, []string{"README.md"})
					os.Remove(filepath.Join(dir, "README.md"))
					fresh := filepath.Join(t.TempDir(), "fresh")
					w.apply(t, fresh, b)
					equal(t, snapshot(t, dir), snapshot(t, fresh))
					equal(t, len(paths(t, filepath.Dir(dir))), len(paths(t, fresh))+1)
				})
			})
		}
	}
}

func TestPlan(t *testing.T) {
	everyWay(t, func(t *testing.T, w way, dir string) {
		w.apply(t, dir, set(t, object("a", "1"), object("b", "1"), object("c", "1")))
		before := snapshot(t, dir)
		p, err := NewPlan(t.Context(), dir, home, set(t, object("a", "1"), object("b", "2"), object("d", "1")))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, changes(p), []string{"~ configmap-b.yaml", "- configmap-c.yaml", "+ configmap-d.yaml", "~ kustomization.yaml"})
		equal(t, p.Unchanged, 1)
		equal(t, string(p.Changes[0].Old), before["configmap-b.yaml"])
		equal(t, snapshot(t, dir), before) // planning changes nothing
		p.exchange = w.exchange
		if err := p.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		equal(t, len(p.Changes), 4) // afterwards it says what was done
		p, err = NewPlan(t.Context(), dir, home, set(t, object("a", "1"), object("b", "2"), object("d", "1")))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, len(p.Changes), 0)
		equal(t, p.Unchanged, 4)
	})
}
