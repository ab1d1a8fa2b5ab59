// Package flux has Flux's kustomize-controller apply what Airstrip renders for it, to
// a real API server: layer after layer, Secrets opened, from one version to the next.
package flux

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/airstrip-dev/airstrip/e2e/internal/airstrip"
	"github.com/airstrip-dev/airstrip/e2e/internal/cluster"
	"github.com/airstrip-dev/airstrip/e2e/internal/tool"
)

func TestMain(m *testing.M) { os.Exit(cluster.Main(m)) }

var controller sync.Mutex

// start is a cluster in which kustomize-controller runs.
func start(t *testing.T) *cluster.Cluster {
	t.Helper()
	c := cluster.Get(t)
	program := tool.Build(t, "flux", "github.com/fluxcd/kustomize-controller")
	controller.Lock()
	defer controller.Unlock()
	if c.Started(program) {
		return c
	}
	// Without the kinds that it watches the controller ends.
	c.Install(t, "kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io")
	ports, err := cluster.FreePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	c.Start(t, []string{"KUBECONFIG=" + c.Kubeconfig, "RUNTIME_NAMESPACE=default"}, program,
		"--watch-all-namespaces", "--enable-leader-election=false", "--requeue-dependency=1s", "--no-cross-namespace-refs",
		fmt.Sprintf("--metrics-addr=127.0.0.1:%d", ports[0]), fmt.Sprintf("--health-addr=127.0.0.1:%d", ports[1]))
	return c
}

// delivery is one release that Flux delivers: a source, whose artifacts are served
// from here in place of source-controller, and a Kustomization for each layer.
type delivery struct {
	*cluster.Cluster
	namespace, overlay string
	tree               *airstrip.Tree
	url                string
	artifacts          string // a folder
	layers             []string
}

var (
	deployment  = schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}
	statefulSet = schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "StatefulSet"}
	job         = schema.GroupVersionKind{Group: "batch", Version: "v1", Kind: "Job"}
	secret      = schema.GroupVersionKind{Version: "v1", Kind: "Secret"}
	configMap   = schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}
	service     = schema.GroupVersionKind{Version: "v1", Kind: "Service"}

	// kinds are those that a release is watched by.
	kinds = []schema.GroupVersionKind{deployment, statefulSet, job, secret, configMap, service}
)

// newDelivery is a namespace with a source, of which nothing is published, and the
// key to what is sealed.
func newDelivery(t *testing.T, overlay string) *delivery {
	t.Helper()
	c := start(t)
	namespace := c.Namespace(t, "flux")
	d := &delivery{
		Cluster: c, namespace: namespace, overlay: overlay,
		tree:      airstrip.NewTree(t, airstrip.Program(t, c.Dir), namespace),
		artifacts: t.TempDir(),
	}
	server := httptest.NewServer(http.FileServer(http.Dir(d.artifacts)))
	t.Cleanup(server.Close)
	d.url = server.URL

	key, err := os.ReadFile(filepath.Join(airstrip.Root(t), "examples", "demo.agekey"))
	if err != nil {
		t.Fatal(err)
	}
	d.apply(t, "apiVersion: v1\nkind: Secret\nmetadata: {name: sops-age, namespace: %s}\nstringData:\n  demo.agekey: |\n%s", namespace, indent(string(key)))
	d.apply(t, `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: airbyte, namespace: %s}
spec: {interval: 1h, url: 'https://git.example.com/platform/airbyte', ref: {branch: main}}
`, namespace)
	return d
}

// deliver renders an overlay, publishes it as the first revision, and has Flux
// apply the layers.
func deliver(t *testing.T, overlay string, chart airstrip.Chart) *delivery {
	t.Helper()
	d := newDelivery(t, overlay)
	folder := d.render(t, chart)
	d.publish(t, "v1", folder)
	for i, layer := range d.layers {
		after := ""
		if i > 0 {
			after = fmt.Sprintf("\n  dependsOn: [{name: airbyte-%s}]", d.layers[i-1])
		}
		d.apply(t, `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: airbyte-%[1]s, namespace: %[2]s}
spec:
  interval: 1h
  retryInterval: 2s
  timeout: 5m
  path: ./%[1]s
  prune: true
  wait: true
  sourceRef: {kind: GitRepository, name: airbyte}
  decryption: {provider: sops, secretRef: {name: sops-age}}%[3]s
`, layer, d.namespace, after)
	}
	return d
}

func indent(text string) string {
	return "    " + strings.Join(strings.Split(strings.TrimSpace(text), "\n"), "\n    ") + "\n"
}

func (d *delivery) apply(t *testing.T, format string, args ...any) {
	t.Helper()
	for _, o := range cluster.Decode(t, fmt.Appendf(nil, format, args...)) {
		if _, err := d.Apply(t.Context(), o, false); err != nil {
			t.Fatalf("%s: %v", o, err)
		}
	}
}

// render renders the overlay with a chart and returns the folder.
func (d *delivery) render(t *testing.T, chart airstrip.Chart) string {
	t.Helper()
	folder, err := d.tree.Render(t, d.overlay, chart)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	d.layers = nil
	for _, e := range entries {
		if e.IsDir() {
			d.layers = append(d.layers, e.Name())
		}
	}
	return folder
}

// publish serves a folder as a revision of the source.
func (d *delivery) publish(t *testing.T, revision, folder string) {
	t.Helper()
	data := archive(t, folder)
	name := revision + ".tar.gz"
	if err := os.WriteFile(filepath.Join(d.artifacts, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
	live, err := d.Live(t.Context(), d.named("source.toolkit.fluxcd.io/v1", "GitRepository", "airbyte"))
	if err != nil || live == nil {
		t.Fatalf("there is no source: %v", err)
	}
	now := time.Now().UTC().Format(time.RFC3339)
	err = d.SetStatus(t.Context(), live, map[string]any{
		"observedGeneration": live.GetGeneration(),
		"artifact": map[string]any{
			"path": name, "url": d.url + "/" + name, "revision": "main@sha1:" + revision, "size": int64(len(data)),
			"digest": fmt.Sprintf("sha256:%x", sha256.Sum256(data)), "lastUpdateTime": now,
		},
		"conditions": []any{map[string]any{
			"type": "Ready", "status": "True", "reason": "Succeeded", "message": "stored artifact",
			"lastTransitionTime": now, "observedGeneration": live.GetGeneration(),
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// archive packs a folder as source-controller does.
func archive(t *testing.T, folder string) []byte {
	t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	w := tar.NewWriter(z)
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		if err := w.WriteHeader(&tar.Header{Name: filepath.ToSlash(name), Mode: 0o644, Size: int64(len(data)), Typeflag: tar.TypeReg}); err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	})
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func (d *delivery) named(version, kind, name string) cluster.Object {
	o := cluster.Object{Unstructured: unstructured.Unstructured{Object: map[string]any{"apiVersion": version, "kind": kind}}}
	o.SetNamespace(d.namespace)
	o.SetName(name)
	return o
}

// names are those of a kind in the namespace, with what they were made as.
func (d *delivery) names(t *testing.T, kind schema.GroupVersionKind) map[string]unstructured.Unstructured {
	t.Helper()
	list, err := d.List(t.Context(), kind, d.namespace)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]unstructured.Unstructured{}
	for _, o := range list {
		all[o.GetName()] = o
	}
	return all
}

// ready is what a layer says of itself: the condition Ready and the revision that
// it applied last.
type ready struct{ status, reason, message, revision string }

func (d *delivery) ready(t *testing.T, layer string) ready {
	t.Helper()
	return d.readyOf(t, "airbyte-"+layer)
}

func (d *delivery) readyOf(t *testing.T, name string) ready {
	t.Helper()
	live, err := d.Live(t.Context(), d.named("kustomize.toolkit.fluxcd.io/v1", "Kustomization", name))
	if err != nil || live == nil {
		t.Fatalf("there is no Kustomization %s: %v", name, err)
	}
	r := ready{}
	r.revision, _, _ = unstructured.NestedString(live.Object, "status", "lastAppliedRevision")
	r.revision = strings.TrimPrefix(r.revision, "main@sha1:")
	conditions, _, _ := unstructured.NestedSlice(live.Object, "status", "conditions")
	for _, one := range conditions {
		if one, ok := one.(map[string]any); ok && one["type"] == "Ready" {
			r.status, _ = one["status"].(string)
			r.reason, _ = one["reason"].(string)
			r.message, _ = one["message"].(string)
		}
	}
	return r
}

// patience is far above what the controller takes for anything here.
const patience = 3 * time.Minute

// eventually waits until ok, and says what it waited for where that never comes.
func (d *delivery) eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	if cluster.Within(patience, ok) {
		return
	}
	for _, layer := range d.layers {
		r := d.ready(t, layer)
		t.Logf("%s: %s %s at %q: %s", layer, r.status, r.reason, r.revision, r.message)
	}
	t.Fatalf("it never comes to pass that %s", what)
}
