package flux

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/airstrip-dev/airstrip/e2e/internal/airstrip"
	"github.com/airstrip-dev/airstrip/e2e/internal/cluster"
)

// charts are the two of an upgrade.
func charts(t *testing.T) (from, to airstrip.Chart) {
	t.Helper()
	named := map[string]airstrip.Chart{}
	for _, c := range airstrip.Charts(t) {
		named[c.Name] = c
	}
	for _, pair := range [][2]string{{"2.0.19", "2.2.0"}, {"standin-v2", "standin-v2-next"}} {
		from, ok := named[pair[0]]
		to, ok2 := named[pair[1]]
		if ok && ok2 {
			t.Logf("from %s to %s", from.Name, to.Name)
			return from, to
		}
	}
	t.Fatalf("%s has no two charts of an upgrade", os.Getenv(airstrip.ChartsEnv))
	return
}

// TestDelivery goes through the life of a release with Flux: installed layer after
// layer, reconciled with nothing to do, upgraded, broken by somebody, and mended.
func TestDelivery(t *testing.T) {
	from, to := charts(t)
	d := deliver(t, "examples/community", from)
	if want := []string{"10-base", "20-bootstrap", "30-app", "40-finish"}; !slices.Equal(d.layers, want) {
		t.Fatalf("the layers are %v, want %v", d.layers, want)
	}
	base, bootstrap, app, finish := d.layers[0], d.layers[1], d.layers[2], d.layers[3]

	// What the bootloader makes in the cluster is not Flux's.
	d.apply(t, "apiVersion: v1\nkind: Secret\nmetadata: {name: airbyte-auth-secrets, namespace: %s}\nstringData: {x: made-in-the-cluster}\n", d.namespace)
	auth := d.names(t, secret)["airbyte-auth-secrets"]

	first := d.install(t, "v1", base, bootstrap, app, finish)

	t.Run("secrets", func(t *testing.T) { d.opened(t, from) })
	t.Run("again", func(t *testing.T) { d.again(t) })

	before := d.state(t)
	d.publish(t, "v2", d.render(t, to))
	second := d.install(t, "v2", base, bootstrap, app, finish)

	t.Run("upgrade", func(t *testing.T) {
		for _, prefix := range []string{"airbyte-bootloader-"} {
			old, new := withPrefix(first, prefix), withPrefix(second, prefix)
			if len(old) != 1 || len(new) != 1 || old[0] == new[0] {
				t.Errorf("the Jobs were %v and are %v: the changed one has to run anew, and the old one to go", old, new)
			}
		}
		after := d.state(t)
		for name, uid := range before {
			if kind, _, _ := strings.Cut(name, "/"); after[name] == "" && kind != "Job" {
				t.Logf("pruned: %s", name)
			}
			switch kind, _, _ := strings.Cut(name, "/"); kind {
			case "StatefulSet", "Secret":
				if after[name] != uid {
					t.Errorf("%s was deleted or made anew", name)
				}
			case "Deployment":
				if after[name] != "" && after[name] != uid {
					t.Errorf("%s was made anew", name)
				}
			}
		}
		if gone := "Deployment/airbyte-connector-builder-server"; before[gone] == "" || after[gone] != "" {
			t.Errorf("%s is in the old version and not in the new one: before %q, after %q", gone, before[gone], after[gone])
		}
		if now := d.names(t, secret)["airbyte-auth-secrets"]; now.GetUID() != auth.GetUID() {
			t.Error("airbyte-auth-secrets, which is made in the cluster, was pruned")
		}
	})
	t.Run("tampered", func(t *testing.T) { d.tampered(t, to, base) })
}

// install follows a revision through the layers: each waits for the one before. It
// returns the Jobs that are there in the end.
func (d *delivery) install(t *testing.T, revision, base, bootstrap, app, finish string) []string {
	t.Helper()
	// deployed is what the server is made of, or nothing.
	deployed := func() any {
		spec, _, _ := unstructured.NestedMap(d.names(t, deployment)["airbyte-server"].Object, "spec", "template")
		return spec
	}
	old, oldJobs := deployed(), d.names(t, job)
	waits := func(layer string) {
		t.Helper()
		d.eventually(t, layer+" waits for the layer before", func() bool {
			r := d.ready(t, layer)
			return r.reason == "DependencyNotReady" && r.revision != revision
		})
	}
	done := func(layer string) func() bool {
		return func() bool { r := d.ready(t, layer); return r.status == "True" && r.revision == revision }
	}

	// The database is not ready, and so nothing is bootstrapped.
	changed := false
	d.eventually(t, base+" is applied", func() bool {
		_, ok := d.names(t, configMap)["airbyte-airbyte-env"]
		return ok && (done(base)() || len(d.names(t, statefulSet)) > 0)
	})
	if !done(base)() {
		waits(bootstrap)
		changed = true
	}
	if got := d.names(t, job); !reflect.DeepEqual(slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(oldJobs))) && changed {
		t.Errorf("%s: Jobs before %s is ready: %v", revision, base, slices.Sorted(maps.Keys(got)))
	}
	d.eventually(t, base+" is ready", func() bool {
		d.run(t, statefulSet)
		return done(base)()
	})

	// The bootloader has not run, and so the server is what it was.
	isNew := func(name string) bool { _, had := oldJobs[name]; return !had }
	d.eventually(t, "a bootloader runs", func() bool {
		for name := range d.names(t, job) {
			if strings.HasPrefix(name, "airbyte-bootloader-") && isNew(name) {
				return true
			}
		}
		return false
	})
	waits(app)
	if !reflect.DeepEqual(deployed(), old) {
		t.Errorf("%s: the server is there before the bootloader has run", revision)
	}
	d.eventually(t, bootstrap+" is ready", func() bool {
		d.run(t, job)
		return done(bootstrap)()
	})

	// The server runs, and what comes last waits for it.
	d.eventually(t, "the server is deployed", func() bool { return deployed() != nil && !reflect.DeepEqual(deployed(), old) })
	if !done(app)() {
		waits(finish)
	}
	d.eventually(t, app+" is ready", func() bool {
		d.run(t, deployment)
		d.run(t, statefulSet)
		return done(app)()
	})
	d.eventually(t, finish+" is ready", func() bool {
		d.run(t, job)
		return done(finish)()
	})
	return slices.Sorted(maps.Keys(d.names(t, job)))
}

func withPrefix(names []string, prefix string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !strings.HasPrefix(name, prefix) })
}

// state are the uids of what is there, by kind and name.
func (d *delivery) state(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, kind := range kinds {
		for name, o := range d.names(t, kind) {
			all[kind.Kind+"/"+name] = string(o.GetUID())
		}
	}
	return all
}

// opened: the Secrets are in the cluster as airstrip cmp generate opens them.
func (d *delivery) opened(t *testing.T, chart airstrip.Chart) {
	t.Helper()
	text, err := d.tree.Generate(t, d.overlay, chart)
	if err != nil {
		t.Fatal(err)
	}
	live, checked := d.names(t, secret), 0
	for _, o := range cluster.Decode(t, text) {
		if o.GetKind() != "Secret" {
			continue
		}
		want, _, _ := unstructured.NestedMap(o.Object, "data")
		got, _, _ := unstructured.NestedMap(live[o.GetName()].Object, "data")
		if len(want) == 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is in the cluster with other values, or keys, than were sealed", o) // and which is nobody's business
		}
		checked++
	}
	if checked == 0 {
		t.Error("no Secret was opened")
	}
}

// again: asked to reconcile with nothing new, Flux changes nothing.
func (d *delivery) again(t *testing.T) {
	t.Helper()
	versions := func() map[string]string {
		all := map[string]string{}
		for _, kind := range kinds {
			for name, o := range d.names(t, kind) {
				all[kind.Kind+"/"+name] = o.GetResourceVersion()
			}
		}
		return all
	}
	before := versions()
	for _, layer := range d.layers {
		o := d.named("kustomize.toolkit.fluxcd.io/v1", "Kustomization", "airbyte-"+layer)
		if err := d.Annotate(t.Context(), o, "reconcile.fluxcd.io/requestedAt", "again"); err != nil {
			t.Fatal(err)
		}
		d.eventually(t, layer+" is reconciled", func() bool {
			live, err := d.Live(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			handled, _, _ := unstructured.NestedString(live.Object, "status", "lastHandledReconcileAt")
			return handled == "again" && d.ready(t, layer).status == "True"
		})
	}
	after := versions()
	for name, version := range before {
		if after[name] != version {
			t.Errorf("%s is changed by a reconciliation with nothing to do", name)
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d objects, before there were %d", len(after), len(before))
	}
}

// tampered: one bit of a sealed value is another, and Flux says so and applies
// nothing of the layer, though another object of it has changed as well.
func (d *delivery) tampered(t *testing.T, chart airstrip.Chart, base string) {
	t.Helper()
	folder := d.render(t, chart)
	sealed, err := filepath.Glob(filepath.Join(folder, base, "secret-*.yaml"))
	if err != nil || len(sealed) == 0 {
		t.Fatalf("no sealed Secret in %s: %v", base, err)
	}
	rewrite(t, sealed[0], func(text []byte) []byte {
		at := bytes.Index(text, []byte("ENC[AES256_GCM,data:")) + len("ENC[AES256_GCM,data:")
		if text[at] == 'A' {
			text[at] = 'B'
		} else {
			text[at] = 'A'
		}
		return text
	})
	config := filepath.Join(folder, base, "configmap-airbyte-airbyte-env.yaml")
	rewrite(t, config, func(text []byte) []byte {
		return bytes.Replace(text, []byte("\ndata:\n"), []byte("\ndata:\n  TAMPERED: \"true\"\n"), 1)
	})
	before := d.names(t, secret)
	d.publish(t, "v3", folder)
	d.eventually(t, "the Secret is reported", func() bool { return d.ready(t, base).reason == "BuildFailed" })
	if r := d.ready(t, base); r.status != "False" || !strings.Contains(r.message, "decrypt") || r.revision != "v2" {
		t.Errorf("%s says %s at %s: %s", base, r.status, r.revision, r.message)
	} else {
		t.Logf("%s: %s", r.reason, r.message)
	}
	data, _, _ := unstructured.NestedMap(d.names(t, configMap)["airbyte-airbyte-env"].Object, "data")
	if len(data) == 0 || data["TAMPERED"] != nil {
		t.Error("an object beside the tampered Secret was applied")
	}
	for name, o := range d.names(t, secret) {
		if was := before[name]; was.GetResourceVersion() != o.GetResourceVersion() {
			t.Errorf("Secret/%s was changed", name)
		}
	}
	// Mended, it is applied.
	d.publish(t, "v4", d.render(t, chart))
	d.eventually(t, "what was mended is applied", func() bool {
		r := d.ready(t, base)
		return r.status == "True" && r.revision == "v4"
	})
}

func rewrite(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	is := change(bytes.Clone(was))
	if bytes.Equal(was, is) {
		t.Fatalf("%s is not changed", path)
	}
	if err := os.WriteFile(path, is, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestRawChart is the same without Airstrip: the chart's bootloader is a bare Pod,
// whose next version Flux cannot apply, nor anything beside it.
func TestRawChart(t *testing.T) {
	from, to := charts(t)
	d := newDelivery(t, "examples/community")
	d.apply(t, `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: raw, namespace: %[1]s}
spec: {interval: 1h, retryInterval: 2s, path: ./raw, prune: true, sourceRef: {kind: GitRepository, name: airbyte}}
`, d.namespace)
	state := func() ready { return d.readyOf(t, "raw") }
	raw := func(revision string, chart airstrip.Chart) {
		text, err := d.tree.Generate(t, d.overlay, chart, "--secrets", "pass")
		if err != nil {
			t.Fatal(err)
		}
		folder := t.TempDir()
		for _, o := range cluster.Decode(t, text) {
			if o.GetKind() == "Job" && strings.HasPrefix(o.GetName(), "airbyte-bootloader") {
				write(t, filepath.Join(folder, "raw", "pod.yaml"), cluster.BarePod(t, o).Text)
			}
			if o.GetKind() == "ConfigMap" && o.GetName() == "airbyte-airbyte-env" {
				write(t, filepath.Join(folder, "raw", "config.yaml"), o.Text)
			}
		}
		d.publish(t, revision, folder)
	}
	raw("raw1", from)
	d.eventually(t, "the first version is applied", func() bool { return state().status == "True" && state().revision == "raw1" })
	config := d.names(t, configMap)["airbyte-airbyte-env"]
	raw("raw2", to)
	d.eventually(t, "the next version is refused", func() bool { return state().reason == "ReconciliationFailed" })
	if r := state(); !strings.Contains(r.message, "Pod/"+d.namespace+"/airbyte-bootloader dry-run failed") {
		t.Errorf("it says %s", r.message)
	}
	if now := d.names(t, configMap)["airbyte-airbyte-env"]; now.GetResourceVersion() != config.GetResourceVersion() {
		t.Error("what is beside the Pod was applied")
	}
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestConfigSecret: what an overlay has sealed of its own arrives as it was sealed.
func TestConfigSecret(t *testing.T) {
	_, chart := charts(t)
	d := deliver(t, "overlays/gke-nginx", chart)
	d.eventually(t, "the first layer is ready", func() bool { return d.ready(t, d.layers[0]).status == "True" })
	d.opened(t, chart)
	if _, ok := d.names(t, secret)["airbyte-config-secrets"]; !ok {
		t.Error("airbyte-config-secrets is not there")
	}
}
