package argocd

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/e2e/internal/cluster"
)

// event is a line of what e2e/tools/argo/sync did.
type event struct {
	Do, Object, Hook, Phase, Status, Message string
	Helm                                     bool
	Wave                                     int
	OutOfSync                                map[string][]string
	UID, Version                             string
}

// kind and name of the object; of a deletion, from its path.
func (e event) kind() string {
	part := strings.Split(e.Object, "/")
	if e.Do == "delete" {
		return map[string]string{"jobs": "Job", "statefulsets": "StatefulSet", "pods": "Pod"}[part[len(part)-2]]
	}
	return part[1]
}

func (e event) name() string { return e.Object[strings.LastIndex(e.Object, "/")+1:] }

// history is what happened in one sync, in its order.
type history []event

func (h history) of(do string) history {
	return slices.Collect(func(yield func(event) bool) {
		for _, e := range h {
			if e.Do == do && !yield(e) {
				return
			}
		}
	})
}

// first is where something first happens to objects of a kind, or -1.
func (h history) first(do, kind string) int {
	return slices.IndexFunc(h, func(e event) bool { return e.Do == do && e.kind() == kind })
}

func (h history) last(do, kind string) int {
	for i := range slices.Backward(h) {
		if h[i].Do == do && h[i].kind() == kind {
			return i
		}
	}
	return -1
}

// live is what is in the cluster in the end, by name.
func (h history) live() map[string]event {
	all := map[string]event{}
	for _, e := range h.of("live") {
		all[e.Object] = e
	}
	return all
}

// application is one of Argo CD, in a namespace of its own and named as it is: what
// has the name of another would be taken for its.
type application struct {
	cluster   *cluster.Cluster
	namespace string
	manifests []string
	options   []string // its syncOptions
}

// sync syncs: as the button does, or as automated sync does, which leaves alone what
// is in sync.
func (a *application) sync(t *testing.T, auto bool) history {
	t.Helper()
	out := run(t, "sync", map[string]any{
		"kubeconfig": a.cluster.Kubeconfig, "app": a.namespace, "namespace": a.namespace, "manifests": a.manifests,
		"options": a.options, "prune": true, "auto": auto, "seconds": 180,
	})
	var h history
	for line := range strings.Lines(string(out)) {
		var e event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		h = append(h, e)
	}
	return h
}

// succeeded fails the test when a sync has not.
func (h history) succeeded(t *testing.T) history {
	t.Helper()
	done := h.of("done")
	if len(done) == 1 && done[0].Status == "Succeeded" {
		return h
	}
	for _, e := range h.of("result") {
		if e.Status != "Synced" && e.Status != "Succeeded" {
			t.Logf("%s: %s: %s", e.Object, e.Status, e.Message)
		}
	}
	t.Fatalf("the sync ended with %+v", done)
	return nil
}

// steps are the phases and waves in which objects were applied.
func (h history) steps() []step {
	var all []step
	for _, e := range h.of("apply") {
		all = append(all, step{slices.Index([]string{"PreSync", "Sync", "PostSync"}, e.Phase), e.Wave})
	}
	return all
}

type step struct{ phase, wave int }

func compareSteps(a, b step) int {
	if a.phase != b.phase {
		return a.phase - b.phase
	}
	return a.wave - b.wave
}

// TestSync has the repo-server render an overlay by our plugin, and the sync engine
// apply it to an API server.
func TestSync(t *testing.T) {
	c := cluster.Get(t)
	c.Install(t, "gateway.networking.k8s.io")
	for _, overlay := range []string{"overlays/community", "overlays/aks", "overlays/eks-alb"} {
		t.Run(filepath.Base(overlay), func(t *testing.T) {
			namespace := c.Namespace(t, "argocd")
			tr := newTree(t, namespace)
			r := newRepoServer(t, tr)
			render := func(plugin map[string]any) []string {
				t.Helper()
				a := r.render(t, namespace, r.source(overlay, plugin))
				if a.Error != "" {
					t.Fatal(a.Error)
				}
				return a.Manifest.Manifests
			}
			app := &application{c, namespace, render(map[string]any{"name": "airstrip"}), []string{"ServerSideApply=true"}}

			first := app.sync(t, true).succeeded(t)
			inOrder(t, first, overlay == "overlays/community")

			// Nothing differs, so that automated sync does nothing.
			second := app.sync(t, true)
			if got := second.of("compare")[0].OutOfSync; len(got) > 0 {
				t.Errorf("after a sync, out of sync: %v", got)
			}
			if n := len(second.of("apply")) + len(second.of("delete")); n > 0 {
				t.Errorf("%d objects are applied or deleted by a second sync", n)
			}
			same(t, first.live(), second.live())

			// The button runs the Jobs again, as it is meant to, and touches nothing else.
			third := app.sync(t, false).succeeded(t)
			onlyJobsDeleted(t, third)
			same(t, first.live(), third.live())

			// A change is applied, and what it does not change stays.
			app.manifests = render(map[string]any{"name": "airstrip", "parameters": []any{map[string]any{"name": "values", "map": map[string]any{"server.replicaCount": "3"}}}})
			fourth := app.sync(t, true).succeeded(t)
			if got := slices.Collect(maps.Keys(fourth.of("compare")[0].OutOfSync)); len(got) != 1 || !strings.HasSuffix(got[0], "/airbyte-server") {
				t.Errorf("out of sync with one value changed: %v, want the server alone", got)
			}
			onlyJobsDeleted(t, fourth)
			same(t, first.live(), fourth.live(), "/airbyte-server")
		})
	}
}

// inOrder holds a first sync to what docs/delivery.md promises.
func inOrder(t *testing.T, h history, bundled bool) {
	t.Helper()
	if !slices.IsSortedFunc(h.steps(), compareSteps) {
		t.Errorf("phases and waves are not in order: %v", h.steps())
	}
	for _, e := range h.of("apply") {
		if e.Helm {
			t.Errorf("%s is taken for a Helm hook", e.Object)
		}
		if e.Hook != "" && e.kind() != "Job" {
			t.Errorf("%s is a hook", e.Object)
		}
		if e.Hook == "PreSync" {
			t.Errorf("%s runs before what it reads", e.Object)
		}
	}
	if d := h.of("delete"); len(d) > 0 && !all(d, func(e event) bool { return e.kind() == "Job" }) {
		t.Errorf("a first sync deletes %+v", d)
	}
	type moment struct {
		do, kind string
		last     bool
	}
	at := func(m moment) int {
		if m.last {
			return h.last(m.do, m.kind)
		}
		return h.first(m.do, m.kind)
	}
	before := [][2]moment{
		{{"apply", "ServiceAccount", true}, {"apply", "Job", false}},
		{{"apply", "ConfigMap", true}, {"apply", "Job", false}},
		{{"status", "Job", false}, {"apply", "Deployment", false}},
	}
	if bundled {
		before = append(before, [][2]moment{
			{{"status", "StatefulSet", true}, {"apply", "Job", false}},
		}...)
	} else {
		before = append(before, [2]moment{{"apply", "Secret", true}, {"apply", "Job", false}})
	}
	for _, pair := range before {
		x, y := at(pair[0]), at(pair[1])
		if x < 0 || y < 0 || x >= y {
			t.Errorf("%s %s at %d, want before %s %s at %d", pair[0].do, pair[0].kind, x, pair[1].do, pair[1].kind, y)
		}
	}
	for i, e := range h {
		if e.Do == "apply" && e.Hook == "PostSync" && i < h.last("status", "Deployment") {
			t.Errorf("%s runs before the Deployments are ready", e.Object)
		}
	}
}

func all(h history, f func(event) bool) bool {
	return !slices.ContainsFunc(h, func(e event) bool { return !f(e) })
}

func onlyJobsDeleted(t *testing.T, h history) {
	t.Helper()
	for _, e := range h.of("delete") {
		if e.kind() != "Job" {
			t.Errorf("%s is deleted", e.Object)
		}
	}
	if len(h.of("delete")) == 0 {
		t.Error("the bootloader does not run again")
	}
}

// same holds objects of the cluster to what they were, to the version, but for Jobs
// and what has to change.
func same(t *testing.T, was, is map[string]event, changed ...string) {
	t.Helper()
	if len(was) < 10 {
		t.Errorf("%d objects in the cluster", len(was))
	}
	for name, old := range was {
		if old.kind() == "Job" {
			continue
		}
		now, ok := is[name]
		may := slices.ContainsFunc(changed, func(suffix string) bool { return strings.HasSuffix(name, suffix) })
		switch {
		case !ok:
			t.Errorf("%s is gone", name)
		case now.UID != old.UID:
			t.Errorf("%s is another object of that name", name)
		case now.Version != old.Version && !may:
			t.Errorf("%s has changed", name)
		}
	}
}

// TestChartAlone is the case that Airstrip is for, and proves that TestSync can fail:
// Argo CD renders the same chart by itself, and takes its Helm hooks for hooks of its
// own. A second sync, with nothing changed, deletes the database and makes it anew.
func TestChartAlone(t *testing.T) {
	c := cluster.Get(t)
	namespace := c.Namespace(t, "argocd")
	tr := newTree(t, namespace)
	unpacked(t, filepath.Join(tr.Dir, "chart"))
	onPath(t, "helm", "helm.sh/helm/v3/cmd/helm")
	r := newRepoServer(t, tr)
	a := r.render(t, namespace, r.source("chart", nil))
	if a.Error != "" || a.Manifest.SourceType != "Helm" {
		t.Fatalf("source type %q: %s", a.Manifest.SourceType, a.Error)
	}
	app := &application{c, namespace, a.Manifest.Manifests, nil}
	first := app.sync(t, false).succeeded(t)
	hooks := first.of("apply")
	hooks = slices.DeleteFunc(hooks, func(e event) bool { return !e.Helm })
	if !slices.ContainsFunc(hooks, func(e event) bool { return e.kind() == "StatefulSet" && e.Hook == "PreSync" }) {
		t.Errorf("no StatefulSet is taken for a Helm hook: %+v", hooks)
	}
	second := app.sync(t, false).succeeded(t)
	var databases []string
	for name, old := range first.live() {
		if old.kind() != "StatefulSet" {
			continue
		}
		if now, ok := second.live()[name]; ok && now.UID != old.UID {
			databases = append(databases, old.name())
		}
	}
	if len(databases) == 0 || second.first("delete", "StatefulSet") < 0 {
		t.Errorf("no StatefulSet was deleted and made anew: the chart is not what Airstrip is for, or this test sees nothing")
	}
	t.Logf("a second sync of the chart with nothing changed deleted %d objects, and made anew the StatefulSets %v", len(second.of("delete")), databases)
}
