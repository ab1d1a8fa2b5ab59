package manifest_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

const odd = `# A comment, then every scalar that two YAML readers disagree on.
apiVersion: v1
kind: ConfigMap
metadata:
  name: odd
immutable: yes
data:
  TWICE: first
  long: a sentence that is longer than the eighty columns at which the old emitter of kustomize folds plain text
  octal: 0644
  exp: 1e3
  float: 1.50
  whole: 1.0
  date: 2001-01-01
  time: 2001-01-01T00:00:00Z
  sexagesimal: 12:30:45
  under: 1_000
  hex: 0x1F
  tilde: ~
  empty: ""
  block: |
    one
      two   
    three
  folded: >-
    a
    b
  unicode: "zürich \u2028 日本"
  tab: "a\tb"
  crlf: "a\r\nb"
  TWICE: second
---
---
# nothing here
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: a}}
- {apiVersion: apps/v1, kind: Deployment, metadata: {name: b}}
---
null
---
apiVersion: v1
kind: Secret
metadata: {name: anchored}
stringData: &x {1: a, true: b, 2.5: c}
data: *x
`

func decode(t *testing.T, s string) (manifest.Set, []manifest.Finding) {
	t.Helper()
	set, findings, err := manifest.Decode(strings.NewReader(s), "odd.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return set, findings
}

func encode(t *testing.T, s manifest.Set) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// kustomize is what `kustomize build` prints for the text as one resource.
func kustomize(t testing.TB, text string) (string, error) {
	t.Helper()
	fs := filesys.MakeFsInMemory()
	for name, data := range map[string]string{
		"/k/kustomization.yaml": "resources: [in.yaml]\n", "/k/in.yaml": text,
	} {
		if err := fs.WriteFile(name, []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	m, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(fs, "/k")
	if err != nil {
		return "", err
	}
	out, err := m.AsYaml()
	return string(out), err
}

func TestDecodeReadsAsHelmApplies(t *testing.T) {
	set, findings := decode(t, odd)
	var ids []string
	for _, n := range set {
		ids = append(ids, manifest.IDOf(n).String())
	}
	if diff := cmp.Diff([]string{"ConfigMap/odd", "Service/a", "Deployment/b", "Secret/anchored"}, ids); diff != "" {
		t.Error(diff)
	}
	data := manifest.Field(set[0].YNode(), "data")
	for key, want := range map[string]string{
		"TWICE": "second", "octal": "420", "exp": "1000", "float": "1.5", "whole": "1", "date": "2001-01-01",
		"sexagesimal": "12:30:45", "under": "1000", "hex": "31", "block": "one\n  two   \nthree\n",
	} {
		if got := manifest.Text(data, key); got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
	if got := manifest.Field(set[0].YNode(), "immutable"); got.Tag != yaml.NodeTagBool || got.Value != "true" {
		t.Errorf("yes became %s %s, want the boolean true", got.Tag, got.Value)
	}
	if got := manifest.Text(manifest.Field(set[3].YNode(), "data"), "2.5"); got != "c" {
		t.Errorf("data.2.5 = %q, want c", got)
	}
	want := []manifest.Finding{{
		Severity: manifest.Warning, Code: "duplicate-key", File: "odd.yaml",
		Object: manifest.ID{Kind: "ConfigMap", Name: "odd"}, Field: "data.TWICE",
		Message: "duplicate key: the last one wins, as when Helm applies it",
	}}
	if diff := cmp.Diff(want, findings); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeErrors(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"not an object", "- a\n", "odd.yaml: document 1: want a Kubernetes object, got a list"},
		{"no kind", "apiVersion: v1\nmetadata: {name: a}\n", "odd.yaml: document 1: an object without a kind"},
		{"syntax", "kind: A\n---\na: [\n", "odd.yaml: document 2: line 3: did not find expected node content"},
		{"recursive alias", "a: &a [*a]\n", "odd.yaml: document 1: anchor 'a' value contains itself"},
		{"JSON objects one after the other", "{\"kind\": \"A\"}\n{\"kind\": \"B\"}\n", "odd.yaml: document 1: goes on behind its end: put a line of three dashes before each further object"},
		{"behind three dots", "kind: A\n---\nkind: B\n...\nkind: C\n", "odd.yaml: document 2: goes on behind its end: put a line of three dashes before each further object"},
		{"not a number", "kind: A\nx: .nan\n", "odd.yaml: document 1: NaN is not a JSON number"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := manifest.Decode(strings.NewReader(tt.in), "odd.yaml")
			if err == nil || err.Error() != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

// An alias bomb must end in an error, and soon.
func TestDecodeAliasBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("kind: A\na0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 9; i++ {
		p, n := string(rune('0'+i-1)), string(rune('0'+i))
		b.WriteString("a" + n + ": &a" + n + " [" + strings.Repeat("*a"+p+", ", 8) + "*a" + p + "]\n")
	}
	_, _, err := manifest.Decode(strings.NewReader(b.String()), "bomb.yaml")
	if err == nil || !strings.Contains(err.Error(), "excessive aliasing") {
		t.Errorf("got %v, want an error about excessive aliasing", err)
	}
}

func TestEncodeIsWhatKustomizePrints(t *testing.T) {
	set, _ := decode(t, odd)
	set.Sort()
	got := encode(t, set)
	want, err := kustomize(t, got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kustomize prints it otherwise (-kustomize +ours):\n%s", diff)
	}
	again, _ := decode(t, got)
	if diff := cmp.Diff(got, encode(t, again)); diff != "" {
		t.Errorf("not a fixed point:\n%s", diff)
	}
}

// Nodes that kustomize's own reader made must encode as kustomize prints them.
func TestEncodeOfForeignNodes(t *testing.T) {
	const in = `apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: &d
  yes: yes
  oct: 0644
  o: 0o14
  date: 2001-01-01
  f: 1e3
  g: 1.5e300
  m: -0.0
  u: 18446744073709551615
  anchor: &x {k: v, "<": ">"}
  alias: *x
  merged: {<<: *x, z: 1}
`
	n, err := yaml.Parse(in)
	if err != nil {
		t.Fatal(err)
	}
	want, err := kustomize(t, in)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, encode(t, manifest.Set{n})); diff != "" {
		t.Errorf("(-kustomize +ours):\n%s", diff)
	}
}

func TestCheck(t *testing.T) {
	set, _ := decode(t, "kind: A\nmetadata: {name: x}\n---\nkind: A\nmetadata: {name: x}\n")
	if err := set.Check(); err == nil || err.Error() != "A/x is defined twice" {
		t.Errorf("got %v", err)
	}
	set, _ = decode(t, "kind: A\nmetadata: {generateName: x-}\n")
	if err := set.Check(); err == nil || !strings.Contains(err.Error(), "no metadata.name") {
		t.Errorf("got %v", err)
	}
}

func TestFile(t *testing.T) {
	tests := []struct {
		id   manifest.ID
		want string
	}{
		{manifest.ID{Group: "apps", Kind: "Deployment", Namespace: "airbyte", Name: "airbyte-server"}, "deployment-airbyte-server.yaml"},
		{manifest.ID{Kind: "Namespace", Name: "airbyte"}, "namespace-airbyte.yaml"},
		{manifest.ID{Kind: "ConfigMap", Namespace: "other", Name: "a"}, "other_configmap-a.yaml"},
		{manifest.ID{Group: "cert-manager.io", Kind: "Certificate", Namespace: "airbyte", Name: "tls"}, "certificate.cert-manager.io_tls.yaml"},
		{manifest.ID{Group: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: "system:a/../b"}, "clusterrole-system%3Aa%2F..%2Fb.yaml"},
	}
	for _, tt := range tests {
		if got := tt.id.File("airbyte"); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.id, got, tt.want)
		}
	}
	long := manifest.ID{Kind: "ConfigMap", Name: strings.Repeat("a", 253)}
	other := long
	other.Name = strings.Repeat("a", 252) + "b"
	if a, b := long.File(""), other.File(""); len(a) > 255 || a == b {
		t.Errorf("long names: %s, %s", a, b)
	}
}

// Kustomize's own table of scopes is the check on ours.
func TestScopes(t *testing.T) {
	for _, typ := range []yaml.TypeMeta{
		{APIVersion: "v1", Kind: "Pod"}, {APIVersion: "v1", Kind: "Namespace"}, {APIVersion: "v1", Kind: "PersistentVolume"},
		{APIVersion: "apps/v1", Kind: "Deployment"}, {APIVersion: "batch/v1", Kind: "CronJob"},
		{APIVersion: "rbac.authorization.k8s.io/v1", Kind: "ClusterRole"}, {APIVersion: "rbac.authorization.k8s.io/v1", Kind: "RoleBinding"},
		{APIVersion: "networking.k8s.io/v1", Kind: "Ingress"}, {APIVersion: "networking.k8s.io/v1", Kind: "IngressClass"},
		{APIVersion: "storage.k8s.io/v1", Kind: "StorageClass"}, {APIVersion: "scheduling.k8s.io/v1", Kind: "PriorityClass"},
		{APIVersion: "apiextensions.k8s.io/v1", Kind: "CustomResourceDefinition"},
		{APIVersion: "policy/v1", Kind: "PodDisruptionBudget"}, {APIVersion: "discovery.k8s.io/v1", Kind: "EndpointSlice"},
		{APIVersion: "admissionregistration.k8s.io/v1", Kind: "ValidatingWebhookConfiguration"},
	} {
		want, known := openapi.IsNamespaceScoped(typ)
		if !known {
			t.Errorf("%v: kustomize does not know it", typ)
		}
		group, _, _ := strings.Cut(typ.APIVersion, "/")
		if !strings.Contains(typ.APIVersion, "/") {
			group = ""
		}
		got := manifest.Set{}.ScopeOf(manifest.ID{Group: group, Kind: typ.Kind})
		if (got == manifest.Namespaced) != want {
			t.Errorf("%v: namespaced is %v, want %v", typ, got == manifest.Namespaced, want)
		}
	}
	crd, _ := decode(t, "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: w}\nspec: {group: x.io, scope: Cluster, names: {kind: W}}\n")
	if crd.ScopeOf(manifest.ID{Group: "x.io", Kind: "W"}) != manifest.Cluster {
		t.Error("the scope in a CustomResourceDefinition of the set is not used")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(odd)
	f.Add("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: \"0o14\", y: 'y', d: \"2001-01-01\"}\n")
	f.Fuzz(func(t *testing.T, in string) {
		set, _, err := manifest.Decode(strings.NewReader(in), "fuzz")
		if err != nil || set.Check() != nil {
			return
		}
		var out bytes.Buffer
		if set.Encode(&out) != nil {
			return
		}
		again, findings, err := manifest.Decode(bytes.NewReader(out.Bytes()), "again")
		if err != nil || len(findings) > 0 {
			t.Fatalf("what we wrote we cannot read: %v %v\n%s", err, findings, out.Bytes())
		}
		var back bytes.Buffer
		if err := again.Encode(&back); err != nil {
			t.Fatal(err)
		}
		if out.String() != back.String() {
			t.Fatalf("not a fixed point:\n%s", cmp.Diff(out.String(), back.String()))
		}
	})
}

func FuzzFile(f *testing.F) {
	f.Add("apps", "Deployment", "airbyte", "a", "", "Service", "", "a")
	f.Fuzz(func(t *testing.T, g1, k1, ns1, n1, g2, k2, ns2, n2 string) {
		a := manifest.ID{Group: g1, Kind: k1, Namespace: ns1, Name: n1}
		b := manifest.ID{Group: g2, Kind: k2, Namespace: ns2, Name: n2}
		name := a.File("home")
		if strings.ContainsAny(name, "/\\\x00 ") || strings.HasPrefix(name, ".") || len(name) > 255 {
			t.Fatalf("%q is not safe", name)
		}
		fold := func(id manifest.ID) manifest.ID {
			id.Kind = strings.ToLower(id.Kind)
			if id.Namespace == "home" {
				id.Namespace = ""
			}
			return id
		}
		if name == b.File("home") && fold(a) != fold(b) {
			t.Fatalf("%v and %v share %s", a, b, name)
		}
	})
}

// JSON is read as such where it is no YAML.
func TestDecodeJSON(t *testing.T) {
	set, _ := decode(t, `{"kind": "A", "metadata": {"name": "\ud83d\ude00"}, "data": [1.0, 1.5, 12345678901234567890, true]}`)
	var got []any
	if err := set[0].Field("data").Value.YNode().Decode(&got); err != nil || set[0].GetName() != "\U0001f600" {
		t.Fatalf("%v: %s", err, encode(t, set))
	}
	if diff := cmp.Diff([]any{1, 1.5, uint64(12345678901234567890), true}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
