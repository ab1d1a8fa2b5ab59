package apiserver

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/airstrip-dev/airstrip/e2e/internal/airstrip"
	"github.com/airstrip-dev/airstrip/e2e/internal/cluster"
)

// pairs are the upgrades that are tried, of the official charts or of the stand-ins.
var pairs = []struct{ from, to string }{
	{"2.0.0", "2.2.0"}, {"2.0.18", "2.2.0"}, {"2.0.19", "2.2.0"}, {"2.1.0", "2.2.0"}, {"2.1.1", "2.2.0"},
	{"1.8.5", "1.9.2"},
	{"standin-v2", "standin-v2-next"},
}

// chart finds a chart by its name.
func chart(t *testing.T, name string) (airstrip.Chart, bool) {
	t.Helper()
	charts := airstrip.Charts(t)
	i := slices.IndexFunc(charts, func(c airstrip.Chart) bool { return c.Name == name })
	if i < 0 {
		return airstrip.Chart{}, false
	}
	return charts[i], true
}

// newest is the newest chart of a generation that upgrades are tried to.
func newest(t *testing.T, generation string) airstrip.Chart {
	t.Helper()
	for _, name := range map[string][]string{"v1": {"1.9.2", "standin-v1"}, "v2": {"2.2.0", "standin-v2-next"}}[generation] {
		if c, ok := chart(t, name); ok {
			return c
		}
	}
	t.Fatalf("there is no newest chart %s in %s", generation, os.Getenv(airstrip.ChartsEnv))
	return airstrip.Chart{}
}

// TestUpgrades goes from each version to the next one, in place: nothing is refused,
// what holds state is neither deleted nor made anew, and the bootloader, which
// migrates the database, runs again before the new server does.
func TestUpgrades(t *testing.T) {
	c := cluster.Get(t)
	program(t, c)
	tried := 0
	for _, pair := range pairs {
		from, ok := chart(t, pair.from)
		to, ok2 := chart(t, pair.to)
		if !ok || !ok2 {
			continue
		}
		tried++
		for _, o := range overlays[to.Generation()] {
			if !o.renders(from) {
				continue
			}
			t.Run(pair.from+" to "+pair.to+"/"+o.dir, func(t *testing.T) {
				t.Parallel()
				r := newRelease(t, c, o.dir)
				before, after := r.objects(t, from), r.objects(t, to)
				r.alone(t, append(slices.Clone(before), after...))
				was := r.apply(t, before, false)
				r.ranBefore(t, after, was)
				is := r.apply(t, after, false)
				if t.Failed() {
					return
				}
				kept(t, before, was, is)
				bootloads(t, r, to, after, was, is)
			})
		}
	}
	if tried == 0 {
		t.Fatalf("%s has no two charts of an upgrade: %v", airstrip.ChartsEnv, pairs)
	}
}

const (
	hook         = "argocd.argoproj.io/hook"
	deletePolicy = "argocd.argoproj.io/hook-delete-policy"
	wave         = "argocd.argoproj.io/sync-wave"
)

// ranBefore deletes, as Argo CD does, the hooks of the last sync that say so.
func (r *release) ranBefore(t *testing.T, after []cluster.Object, was map[string]*unstructured.Unstructured) {
	t.Helper()
	for _, o := range after {
		if was[o.String()] == nil || !strings.Contains(o.GetAnnotations()[deletePolicy], "BeforeHookCreation") {
			continue
		}
		if o.GetKind() != "Job" {
			t.Errorf("%s is a hook: Argo CD deletes it at each sync", o)
		}
		if err := r.Delete(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
}

// kept: what holds state is there after an upgrade, and is the same object.
func kept(t *testing.T, before []cluster.Object, was, is map[string]*unstructured.Unstructured) {
	t.Helper()
	var pruned []string
	held := 0
	for _, o := range before {
		now := is[o.String()]
		switch o.GetKind() {
		case "StatefulSet", "PersistentVolumeClaim", "Secret", "ExternalSecret", "SealedSecret", "Namespace":
			held++
			if now == nil {
				t.Errorf("%s is not there any more: an agent that prunes deletes it", o)
			} else if now.GetUID() != was[o.String()].GetUID() {
				t.Errorf("%s was made anew", o)
			}
		default:
			if now == nil {
				pruned = append(pruned, o.String())
			}
		}
	}
	t.Logf("%d that hold state are kept; pruned: %s", held, strings.Join(pruned, " "))
}

// bootloads: the bootloader runs again, and before the new server starts.
func bootloads(t *testing.T, r *release, to airstrip.Chart, after []cluster.Object, was, is map[string]*unstructured.Unstructured) {
	t.Helper()
	job := bootloader(t, after)
	server := one(t, after, "Deployment", "airbyte-server")
	if old := was[job.String()]; old != nil && old.GetUID() == is[job.String()].GetUID() {
		t.Errorf("%s does not run again", job)
	}
	if job.GetAnnotations()[hook] != "" {
		if job.GetAnnotations()[hook] != "Sync" || waveOf(t, job) >= waveOf(t, server) {
			t.Errorf("%s has the wave %d of %s, %s has %d", job, waveOf(t, job), job.GetAnnotations()[hook], server, waveOf(t, server))
		}
		return
	}
	// With Flux the files are in layers, of which the next one waits for the last. With
	// neither there is no order: Pods that need another start again until it is there.
	folder, err := r.tree.Render(t, r.overlay, to)
	if err != nil {
		t.Fatal(err)
	}
	layer := func(o cluster.Object) string {
		name := strings.ToLower(o.GetKind()) + "-" + o.GetName() + ".yaml"
		found, err := filepath.Glob(filepath.Join(folder, "*", name))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 0 {
			found = []string{filepath.Join(folder, name)}
		}
		if _, err := os.Stat(found[0]); err != nil {
			t.Fatal(err)
		}
		rel, err := filepath.Rel(folder, filepath.Dir(found[0]))
		if err != nil {
			t.Fatal(err)
		}
		return rel
	}
	if layer(job) != "." && layer(job) >= layer(server) {
		t.Errorf("%s is in the layer %s, %s is in %s", job, layer(job), server, layer(server))
	}
}

func bootloader(t *testing.T, all []cluster.Object) cluster.Object {
	t.Helper()
	i := slices.IndexFunc(all, func(o cluster.Object) bool {
		return o.GetKind() == "Job" && strings.Contains(o.GetName(), "bootloader")
	})
	if i < 0 {
		t.Fatal("there is no bootloader")
	}
	return all[i]
}

func waveOf(t *testing.T, o cluster.Object) int {
	t.Helper()
	value := o.GetAnnotations()[wave]
	if value == "" {
		return 0
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		t.Fatalf("%s: %v", o, err)
	}
	return n
}

// TestBarePod is the upgrade without Airstrip: the chart has its bootloader as a
// bare Pod. The server refuses its next version or, where that has only another
// image, takes it for the Pod that has run, which does not run again.
func TestBarePod(t *testing.T) {
	c := cluster.Get(t)
	tried, refused := 0, 0
	for _, pair := range pairs {
		from, ok := chart(t, pair.from)
		to, ok2 := chart(t, pair.to)
		if !ok || !ok2 {
			continue
		}
		tried++
		t.Run(pair.from+" to "+pair.to, func(t *testing.T) {
			r := newRelease(t, c, overlays[to.Generation()][0].dir)
			bare := func(chart airstrip.Chart) cluster.Object {
				return cluster.BarePod(t, bootloader(t, r.objects(t, chart)))
			}
			before, after := bare(from), bare(to)
			was := r.apply(t, []cluster.Object{before}, false)[before.String()]
			is, err := r.Apply(t.Context(), after, false)
			switch {
			case err != nil && strings.Contains(err.Error(), "pod updates may not change fields"):
				refused++
				t.Log("refused")
			case err != nil:
				t.Error(err)
			case is.GetUID() != was.GetUID():
				t.Error("a bare Pod was made anew")
			default:
				t.Log("taken for the Pod that has run")
			}
		})
	}
	if tried == 0 || refused == 0 {
		t.Errorf("%d upgrades of a bare Pod, %d refused", tried, refused)
	}
}

// TestGenerations: chart V2 cannot take the place of V1, as the server says, and has
// to be given a namespace of its own, as docs/upgrade.md has it.
func TestGenerations(t *testing.T) {
	c := cluster.Get(t)
	from, to := newest(t, "v1"), newest(t, "v2")
	for _, overlay := range []string{"examples/v1", "examples/community", "examples/single-folder"} {
		t.Run(overlay, func(t *testing.T) {
			r := newRelease(t, c, overlay)
			before, after := r.objects(t, from), r.objects(t, to)
			r.alone(t, append(slices.Clone(before), after...))
			was := r.apply(t, before, false)
			r.ranBefore(t, after, was)
			reasons := r.refused(t, after)
			selectors := 0
			for o, reason := range reasons {
				switch kind, _, _ := strings.Cut(o, "/"); {
				case kind == "Deployment" && strings.Contains(reason, "spec.selector") && strings.Contains(reason, "field is immutable"):
					selectors++
				case kind == "StatefulSet" && strings.Contains(reason, "updates to statefulset spec"):
				default:
					t.Errorf("%s is refused, and docs/upgrade.md does not say so: %s", o, reason)
				}
			}
			if selectors == 0 {
				t.Error("no Deployment is refused: V2 could take the place of V1")
			}
			t.Logf("refused in place: %s", strings.Join(slices.Sorted(maps.Keys(reasons)), " "))

			// The same release elsewhere.
			elsewhere := c.Namespace(t, "e2e")
			next := &release{c, overlay, elsewhere, airstrip.NewTree(t, program(t, c), elsewhere)}
			moved := next.objects(t, to)
			next.apply(t, moved, true)
			next.apply(t, moved, false)
		})
	}
}
