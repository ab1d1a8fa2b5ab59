// Package apiserver holds what Airstrip renders to a real API server: it is
// accepted, it stays as it was written, and the next version upgrades it.
package apiserver

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/airstrip-dev/airstrip/e2e/internal/airstrip"
	"github.com/airstrip-dev/airstrip/e2e/internal/cluster"
)

func TestMain(m *testing.M) { os.Exit(cluster.Main(m)) }

// overlays are those of the repository that each generation of the chart renders,
// with its tests' own for chart V1: the others have settings that V1 has no
// counterpart for.
var overlays = map[string][]overlay{
	"v2": {
		{dir: "overlays/eks-alb"}, {dir: "overlays/gke-nginx"}, {dir: "overlays/aks"},
		{dir: "examples/community"}, {dir: "examples/single-folder"},
		{dir: "examples/gateway-api/alb"}, {dir: "examples/gateway-api/gke"}, {dir: "examples/gateway-api/nginx"}, {dir: "examples/gateway-api/agc"},
	},
	"v1": {
		{dir: "testdata/overlays/v1-eks-alb"}, {dir: "testdata/overlays/v1-gke-nginx"}, {dir: "testdata/overlays/v1-aks"},
		{dir: "examples/v1", not: []string{"1.5.", "1.6.", "1.7.", "1.8."}}, // the audit log came with 1.9
		{dir: "examples/community"}, {dir: "examples/single-folder"},
	},
}

// overlay is a folder, and the versions of the chart that have not what it sets.
type overlay struct {
	dir string
	not []string
}

func (o overlay) renders(chart airstrip.Chart) bool {
	return !slices.ContainsFunc(o.not, func(v string) bool { return strings.HasPrefix(chart.Version, v) })
}

// release is one overlay in a namespace of its own.
type release struct {
	*cluster.Cluster
	overlay   string
	namespace string
	tree      *airstrip.Tree
}

func newRelease(t *testing.T, c *cluster.Cluster, overlay string) *release {
	t.Helper()
	namespace := c.Namespace(t, "e2e")
	return &release{c, overlay, namespace, airstrip.NewTree(t, program(t, c), namespace)}
}

func program(t *testing.T, c *cluster.Cluster) string {
	t.Helper()
	return airstrip.Program(t, c.Dir)
}

// objects are what goes to the cluster with this chart, Secrets opened.
func (r *release) objects(t *testing.T, chart airstrip.Chart) []cluster.Object {
	t.Helper()
	text, err := r.tree.Generate(t, r.overlay, chart)
	if err != nil {
		t.Fatal(err)
	}
	all := cluster.Decode(t, text)
	if len(all) < 10 {
		t.Fatalf("%d objects", len(all))
	}
	for _, o := range all {
		if o.GetName() == "airbyte-auth-secrets" {
			t.Errorf("%s is rendered: the bootloader makes it", o)
		}
		if o.GetKind() != "Namespace" && o.GetNamespace() != r.namespace && o.GetNamespace() != "" {
			t.Fatalf("%s is in the namespace %s", o, o.GetNamespace())
		}
	}
	serve(t, r.Cluster, all)
	return all
}

// serve has the server know the kinds of objects.
func serve(t *testing.T, c *cluster.Cluster, all []cluster.Object) {
	t.Helper()
	for _, o := range all {
		if _, err := c.ClusterScoped(o); err == nil {
			continue
		}
		kind := o.GroupVersionKind()
		if cluster.HasDefinition(t, kind.Group) {
			c.Install(t, kind.Group)
		} else {
			t.Logf("%s of %s: its definition is in no module, any field is taken", kind.Kind, kind.GroupVersion())
			c.InstallStandIn(t, kind)
		}
	}
}

// alone keeps other tests away while objects that are in no namespace are applied.
func (r *release) alone(t *testing.T, all []cluster.Object) {
	t.Helper()
	for _, o := range all {
		if scoped, err := r.ClusterScoped(o); err != nil {
			t.Fatal(err)
		} else if scoped && o.GetKind() != "Namespace" {
			t.Cleanup(r.Exclusive())
			return
		}
	}
}

// apply applies objects and returns what the server has then. What it refuses, or
// warns of, are errors of the test.
func (r *release) apply(t *testing.T, all []cluster.Object, dryRun bool) map[string]*unstructured.Unstructured {
	t.Helper()
	live := map[string]*unstructured.Unstructured{}
	for _, o := range all {
		var warnings []string
		got, err := r.Apply(cluster.WithWarnings(t.Context(), &warnings), o, dryRun)
		if err != nil {
			t.Errorf("%s is refused: %v", o, err)
			continue
		}
		for _, w := range warnings {
			// The controller of GKE reads the class in no other place.
			if strings.Contains(w, "kubernetes.io/ingress.class") && strings.HasPrefix(o.GetAnnotations()["kubernetes.io/ingress.class"], "gce") {
				continue
			}
			t.Errorf("%s: warning: %s", o, w)
		}
		live[o.String()] = got
	}
	return live
}

// refused are the objects that the server does not take, with its reasons.
func (r *release) refused(t *testing.T, all []cluster.Object) map[string]string {
	t.Helper()
	reasons := map[string]string{}
	for _, o := range all {
		if _, err := r.Apply(t.Context(), o, true); err != nil {
			reasons[o.String()] = err.Error()
		}
	}
	return reasons
}

// edit replaces text of an object, which has to be there.
func edit(t *testing.T, o cluster.Object, old, new string) cluster.Object {
	t.Helper()
	text := strings.Replace(string(o.Text), old, new, 1)
	if text == string(o.Text) {
		t.Fatalf("%s has no %q", o, old)
	}
	return cluster.Decode(t, []byte(text))[0]
}

// one is the object of a kind whose name starts as given.
func one(t *testing.T, all []cluster.Object, kind, prefix string) cluster.Object {
	t.Helper()
	i := slices.IndexFunc(all, func(o cluster.Object) bool {
		return o.GetKind() == kind && strings.HasPrefix(o.GetName(), prefix)
	})
	if i < 0 {
		t.Fatalf("there is no %s/%s…", kind, prefix)
	}
	return all[i]
}

// differ is the first field of an object that an apply changed, or "". What only
// tells that there was an apply is left out, and so is what a controller writes.
func differ(was, is *unstructured.Unstructured) string {
	first := ""
	for _, pair := range [][2]*unstructured.Unstructured{{was, is}, {is, was}} {
		a, b := pair[0].DeepCopy(), pair[1].DeepCopy()
		for _, o := range []*unstructured.Unstructured{a, b} {
			o.SetManagedFields(nil)
			o.SetResourceVersion("")
			delete(o.Object, "status")
		}
		if all := changed("", a.Object, b.Object); len(all) > 0 && first == "" {
			first = all[0]
		}
	}
	return first
}

// changed are the fields that were written and are stored as something else. What
// is empty, false or 0 may be left out.
func changed(at string, written, stored any) []string {
	switch w := written.(type) {
	case map[string]any:
		s, ok := stored.(map[string]any)
		if !ok && (stored != nil || len(w) > 0) {
			return []string{at}
		}
		var all []string
		for key := range w {
			all = append(all, changed(at+"."+key, w[key], s[key])...)
		}
		slices.Sort(all)
		return all
	case []any:
		s, ok := stored.([]any)
		if (!ok && stored != nil) || len(s) != len(w) {
			return []string{at}
		}
		var all []string
		for i := range w {
			all = append(all, changed(fmt.Sprintf("%s[%d]", at, i), w[i], s[i])...)
		}
		return all
	default:
		text := fmt.Sprint(written)
		if text == fmt.Sprint(stored) || stored == nil && (text == "" || text == "false" || text == "0") {
			return nil
		}
		return []string{at}
	}
}
