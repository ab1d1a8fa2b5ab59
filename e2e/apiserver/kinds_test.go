package apiserver

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/e2e/internal/airstrip"
	"github.com/airstrip-dev/airstrip/e2e/internal/cluster"
)

// TestRecords applies what is recorded of ingresses and of other stores for Secrets,
// and what the examples have for Argo CD and Flux: their kinds are installed from the
// modules that publish them.
func TestRecords(t *testing.T) {
	c := cluster.Get(t)
	root := airstrip.Root(t)
	var files []string
	for _, pattern := range []string{"testdata/ingress/*/*.yaml", "testdata/secrets/*.yaml"} {
		some, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(some) == 0 {
			t.Fatalf("%s: no records: %v", pattern, err)
		}
		files = append(files, some...)
	}
	files = append(files, agents(t, root)...)
	counts, standIns := map[string]int{}, map[string]int{}
	for _, file := range files {
		name, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r := &release{Cluster: c}
		var all []cluster.Object
		for _, o := range cluster.Decode(t, records(data)) {
			// A record of other stores has the same Secret in several ways.
			if r.namespace == "" || strings.Contains(name, "secrets/") {
				r.namespace = c.Namespace(t, "e2e")
			}
			if old := o.GetNamespace(); old != "" {
				o = edit(t, o, "\n  namespace: "+old+"\n", "\n  namespace: "+r.namespace+"\n")
			}
			all = append(all, o)
			kind := o.GetAPIVersion() + " " + o.GetKind()
			if group := o.GroupVersionKind().Group; strings.Contains(group, ".") && !strings.HasSuffix(group, "networking.k8s.io") && !cluster.HasDefinition(t, group) {
				standIns[kind]++
			} else {
				counts[kind]++
			}
		}
		serve(t, c, all)
		for _, o := range all {
			was, is := r.apply(t, []cluster.Object{o}, false), r.apply(t, []cluster.Object{o}, false)
			if was[o.String()] == nil || is[o.String()] == nil {
				t.Errorf("in %s", name)
			} else if at := differ(was[o.String()], is[o.String()]); at != "" {
				t.Errorf("%s: %s: applied again, %s changes", name, o, at)
			}
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%4d %s", counts[kind], kind)
	}
	for _, kind := range slices.Sorted(maps.Keys(standIns)) {
		t.Logf("%4d %s: any field is taken", standIns[kind], kind)
	}
	for _, kind := range []string{
		"gateway.networking.k8s.io/v1 HTTPRoute", "gateway.envoyproxy.io/v1alpha1 SecurityPolicy", "networking.k8s.io/v1 Ingress",
		"external-secrets.io/v1 ExternalSecret", "bitnami.com/v1alpha1 SealedSecret",
		"argoproj.io/v1alpha1 Application", "kustomize.toolkit.fluxcd.io/v1 Kustomization", "source.toolkit.fluxcd.io/v1 GitRepository",
	} {
		if counts[kind] == 0 {
			t.Errorf("no %s was applied", kind)
		}
	}
}

// records are the objects of a record, which begins with what was found.
func records(data []byte) []byte {
	var all [][]byte
	for _, doc := range bytes.Split(data, []byte("---\n")) {
		if bytes.Contains(doc, []byte("\nkind: ")) {
			all = append(all, doc)
		}
	}
	return bytes.Join(all, []byte("---\n"))
}

// agents are the files of the examples with objects for Argo CD and Flux.
func agents(t *testing.T, root string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(filepath.Join(root, "examples"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte("\nkind: ConfigManagementPlugin\n")) {
			return err // a file of the sidecar, which no server keeps
		}
		if err == nil && (bytes.Contains(data, []byte("\napiVersion: argoproj.io/")) || bytes.Contains(data, []byte(".toolkit.fluxcd.io/"))) {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestKindsBite: what is wrong with objects of these kinds is refused, and what is
// right is not.
func TestKindsBite(t *testing.T) {
	c := cluster.Get(t)
	c.Install(t, "gateway.networking.k8s.io", "argoproj.io", "kustomize.toolkit.fluxcd.io", "source.toolkit.fluxcd.io", "external-secrets.io", "cert-manager.io", "bitnami.com")
	r := &release{Cluster: c, namespace: c.Namespace(t, "e2e")}
	for _, tt := range []struct{ kind, spec, old, new, want string }{
		{"gateway.networking.k8s.io/v1 HTTPRoute", "{rules: [{backendRefs: [{name: x, port: 80}]}]}", ", port: 80", "", "Must have port for Service reference"},
		{"gateway.networking.k8s.io/v1 HTTPRoute", "{rules: [{timeouts: {request: 20s, backendRequest: 10s}}]}", "10s", "30s", "backendRequest timeout cannot be longer"},
		{"argoproj.io/v1alpha1 Application", "{project: default, destination: {namespace: x}, source: {repoURL: x, path: z}, syncPolicy: {automated: {selfHeal: true}}}", "selfHeal", "selfheal", "field not declared in schema"},
		{"argoproj.io/v1alpha1 AppProject", "{destinations: [{namespace: x, server: z}]}", "destinations", "destination", "field not declared in schema"},
		{"kustomize.toolkit.fluxcd.io/v1 Kustomization", "{interval: 10m, prune: true, sourceRef: {kind: GitRepository, name: x}}", "10m", "often", "spec.interval"},
		{"kustomize.toolkit.fluxcd.io/v1 Kustomization", "{interval: 10m, prune: true, sourceRef: {kind: GitRepository, name: x}}", "prune: true, ", "", "spec.prune"},
		{"source.toolkit.fluxcd.io/v1 GitRepository", "{interval: 1m, url: 'https://git.example.com/x'}", "https", "ftp", "spec.url"},
		{"external-secrets.io/v1 ExternalSecret", "{secretStoreRef: {name: s, kind: SecretStore}, target: {name: x}}", "kind: SecretStore", "kind: Store", "Unsupported value"},
		{"cert-manager.io/v1 Certificate", "{secretName: x, issuerRef: {name: z}, dnsNames: [a.example.com]}", "secretName: x, ", "", "spec.secretName"},
		{"bitnami.com/v1alpha1 SealedSecret", "{encryptedData: {a: AgA=}}", "encryptedData: {a: AgA=}", "template: {}", "encryptedData"},
	} {
		version, kind, _ := strings.Cut(tt.kind, " ")
		right := cluster.Decode(t, []byte("apiVersion: "+version+"\nkind: "+kind+"\nmetadata: {name: x, namespace: "+r.namespace+"}\nspec: "+tt.spec+"\n"))[0]
		wrong := edit(t, right, tt.old, tt.new)
		r.apply(t, []cluster.Object{right}, true)
		if got := r.refused(t, []cluster.Object{wrong})[wrong.String()]; !strings.Contains(got, tt.want) {
			t.Errorf("%s %s: got %q, want %q", kind, wrong.Object["spec"], got, tt.want)
		}
	}
}
