// Package schemas holds what Airstrip writes to the schemas of its kinds, as an API
// server does. It is a module of its own: what runs those schemas is heavy.
package schemas

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/envoyproxy/gateway/api/v1alpha1"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	_ "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"
)

// crdsEnv names a folder with CRDs beside those of Gateway API: those of the
// controllers, which their projects publish.
const crdsEnv = "AIRSTRIP_CRDS"

// TestIngressSchemas holds all that is recorded of ingresses to the schemas of
// its kinds, as an API server does: types, unknown fields, CEL rules. Those of
// Kubernetes and of Gateway API are always here; those of the controllers if the
// environment says where.
func TestIngressSchemas(t *testing.T) {
	kinds := map[string]*crd{}
	readCRDs(t, kinds, filepath.Join(moduleOf(t, "sigs.k8s.io/gateway-api"), "config/crd/standard"))
	readCRDs(t, kinds, filepath.Join(moduleOf(t, "github.com/envoyproxy/gateway"), "charts/gateway-crds-helm"))
	if dir := os.Getenv(crdsEnv); dir != "" {
		readCRDs(t, kinds, dir)
	} else {
		t.Logf("%s is not set: kinds of the controllers' own are not checked", crdsEnv)
	}
	checked, without := map[string]int{}, map[string]int{}
	files, err := filepath.Glob("../../testdata/ingress/*/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no records: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, doc := range bytes.Split(data, []byte("---\n")) {
			o := decode(t, doc)
			if o == nil {
				continue // the findings at the top
			}
			kind, version := o["kind"].(string), o["apiVersion"].(string)
			at := filepath.Base(filepath.Dir(file)) + "/" + filepath.Base(file) + ": " + kind
			switch {
			case version == "networking.k8s.io/v1" && kind == "Ingress":
				strict(t, at, doc, &networkingv1.Ingress{})
			case version == "networking.k8s.io/v1" && kind == "NetworkPolicy":
				strict(t, at, doc, &networkingv1.NetworkPolicy{})
			case version == "v1" && kind == "Service":
				strict(t, at, doc, &corev1.Service{})
			case kinds[version+" "+kind] != nil:
				for _, e := range kinds[version+" "+kind].check(o) {
					t.Errorf("%s: %s", at, e)
				}
			default:
				without[version+" "+kind]++
				continue
			}
			checked[version+" "+kind]++
		}
	}
	for _, kind := range []string{"networking.k8s.io/v1 Ingress", "gateway.networking.k8s.io/v1 Gateway", "gateway.networking.k8s.io/v1 HTTPRoute"} {
		if checked[kind] == 0 {
			t.Errorf("no %s was checked", kind)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(checked)) {
		t.Logf("%4d %s", checked[kind], kind)
	}
	for _, kind := range slices.Sorted(maps.Keys(without)) {
		t.Logf("%4d %s: no schema here", without[kind], kind)
	}
}

// TestIngressSchemasBite: what an API server refuses is refused here too.
func TestIngressSchemasBite(t *testing.T) {
	kinds := map[string]*crd{}
	readCRDs(t, kinds, filepath.Join(moduleOf(t, "sigs.k8s.io/gateway-api"), "config/crd/standard"))
	route := kinds["gateway.networking.k8s.io/v1 HTTPRoute"]
	for _, tt := range []struct{ rule, want string }{
		{`{timeouts: {request: 10s, backendRequest: 20s}}`, "backendRequest timeout cannot be longer than request timeout"},
		{`{timeout: {request: 10s}}`, "unknown field"},
		{`{timeouts: {request: 10 s}}`, "should match"},
		{`{backendRefs: [{name: x}]}`, "Must have port for Service reference"},
	} {
		o := decode(t, []byte("{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: x, namespace: y}, spec: {rules: ["+tt.rule+"]}}"))
		if got := strings.Join(route.check(o), "\n"); !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.rule, got, tt.want)
		}
	}
}

// published are modules that have CRDs and nothing to import, with their checksums.
var published = map[string]string{
	"github.com/external-secrets/external-secrets@v1.3.2": "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=",
	"github.com/bitnami-labs/sealed-secrets@v0.32.2":      "h1:YP3g8JLQqm482GbkaGLmO9AzelOsRaVSs41wv15CeB8=",
}

// readModules reads the CRDs of modules, each in those of the folders that it has. The
// modules are given with their checksums.
func readModules(t *testing.T, kinds map[string]*crd, modules map[string]string, folders ...string) {
	t.Helper()
	for module, sum := range modules {
		out, err := exec.Command("go", "mod", "download", "-json", module).Output()
		var info struct{ Dir, Sum, Error string }
		if jsonErr := json.Unmarshal(out, &info); jsonErr != nil || err != nil {
			t.Fatalf("%s: %v: %s", module, err, info.Error)
		}
		if info.Sum != sum {
			t.Fatalf("%s has the checksum %s, want %s", module, info.Sum, sum)
		}
		for _, dir := range folders {
			if dir = filepath.Join(info.Dir, dir); isDir(dir) {
				readCRDs(t, kinds, dir)
			}
		}
	}
}

// checkDocuments holds the objects of a file to the schemas of their kinds, and counts
// them.
func checkDocuments(t *testing.T, kinds map[string]*crd, name string, checked map[string]int) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i, doc := range bytes.Split(data, []byte("---\n")) {
		o := decode(t, doc)
		kind := o["apiVersion"].(string) + " " + o["kind"].(string)
		if kinds[kind] == nil {
			t.Fatalf("%s: no schema of %s", name, kind)
		}
		for _, e := range kinds[kind].check(o) {
			t.Errorf("%s, document %d: %s", name, i+1, e)
		}
		checked[kind]++
	}
}

// checkRefused holds that objects are refused, with these words.
func checkRefused(t *testing.T, kinds map[string]*crd, docs map[string]string) {
	t.Helper()
	for doc, want := range docs {
		o := decode(t, []byte(doc))
		if got := strings.Join(kinds[o["apiVersion"].(string)+" "+o["kind"].(string)].check(o), "\n"); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", doc, got, want)
		}
	}
}

// TestSecretSchemas holds what is recorded of other stores for Secrets than SOPS to
// the schemas of their kinds.
func TestSecretSchemas(t *testing.T) {
	kinds := map[string]*crd{}
	readModules(t, kinds, published, "config/crds/bases", "helm/sealed-secrets/crds")
	checked := map[string]int{}
	for _, name := range []string{"external", "controller"} {
		checkDocuments(t, kinds, "../../testdata/secrets/"+name+".yaml", checked)
	}
	t.Logf("%v", checked)
	// What the API server refuses is refused here too.
	checkRefused(t, kinds, map[string]string{
		`{apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {name: x}, spec: {data: [{secretKey: a, remoteRef: {key: b}}]}}`: "has defaults that are not written",
		`{apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {name: x}, spec: {secretStoreRef: {name: s, kind: Store}}}`:      "Unsupported value",
		`{apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {name: x}, spec: {target: {template: {mergePolicy: Both}}}}`:     "Unsupported value",
		`{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: {name: x}, spec: {template: {}}}`:                                    "encryptedData",
		`{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: {name: x}, spec: {encryptedData: {}, template: {data: {a: 1}}}}`:     "must be of type string",
	})
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// moduleOf is the folder of a module that has CRDs; one of its packages is imported
// so that it is there.
func moduleOf(t *testing.T, path string) string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(dir))
}

// decode reads a document as the API server does: whole numbers are integers.
func decode(t *testing.T, doc []byte) map[string]any {
	t.Helper()
	b, err := yaml.YAMLToJSON(doc)
	if err != nil {
		t.Fatal(err)
	}
	var o map[string]any
	if err := json.Unmarshal(b, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// strict decodes a document into a type of Kubernetes that has all its fields.
func strict(t *testing.T, at string, doc []byte, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict(doc, into); err != nil {
		t.Errorf("%s: %v", at, err)
	}
}

// crd is what an API server makes of one version of a CustomResourceDefinition.
type crd struct {
	structural *schema.Structural
	schema     validation.SchemaValidator
	rules      *cel.Validator
}

func (c *crd) check(o map[string]any) []string {
	var all []string
	for _, unknown := range pruning.PruneWithOptions(o, c.structural, true, schema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}) {
		all = append(all, "unknown field "+unknown)
	}
	written := runtime.DeepCopyJSON(o)
	defaulting.Default(o, c.structural)
	// What the API server adds inside a list, Argo CD takes for a difference: it
	// compares lists as a whole.
	all = append(all, added("spec", written["spec"], o["spec"])...)
	for _, e := range validation.ValidateCustomResource(nil, o, c.schema) {
		all = append(all, e.Error())
	}
	if c.rules == nil {
		return all
	}
	errs, _ := c.rules.Validate(context.Background(), field.NewPath(""), c.structural, o, nil, celconfig.RuntimeCELCostBudget)
	for _, e := range errs {
		all = append(all, e.Error())
	}
	return all
}

// added are the lists in which something was added.
func added(at string, written, stored any) []string {
	var all []string
	switch w := written.(type) {
	case map[string]any:
		s, _ := stored.(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(w)) {
			all = append(all, added(at+"."+key, w[key], s[key])...)
		}
	case []any:
		if diff := cmp.Diff(written, stored); diff != "" {
			all = append(all, at+" has defaults that are not written (-written +stored):\n"+diff)
		}
	}
	return all
}

// readCRDs reads the CustomResourceDefinitions of a folder, by "apiVersion kind".
func readCRDs(t *testing.T, kinds map[string]*crd, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, doc := range bytes.Split(data, []byte("\n---\n")) {
			var v1 apiextensionsv1.CustomResourceDefinition
			if yaml.Unmarshal(doc, &v1) != nil || v1.Kind != "CustomResourceDefinition" {
				continue
			}
			apiextensionsv1.SetDefaults_CustomResourceDefinition(&v1)
			var internal apiextensions.CustomResourceDefinition
			if err := apiextensionsv1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(&v1, &internal, nil); err != nil {
				return err
			}
			for _, version := range internal.Spec.Versions {
				props := internal.Spec.Validation
				if version.Schema != nil {
					props = version.Schema
				}
				if props == nil || props.OpenAPIV3Schema == nil {
					continue
				}
				s, err := schema.NewStructural(props.OpenAPIV3Schema)
				if err != nil {
					t.Errorf("%s: %v", path, err)
					continue
				}
				v, _, err := validation.NewSchemaValidator(props.OpenAPIV3Schema)
				if err != nil {
					t.Errorf("%s: %v", path, err)
					continue
				}
				kinds[internal.Spec.Group+"/"+version.Name+" "+internal.Spec.Names.Kind] = &crd{s, v, cel.NewValidator(s, true, celconfig.PerCallLimit)}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestEmbeddedSchemas makes the schemas of fn/validate again, from the modules that
// publish them, and compares.
func TestEmbeddedSchemas(t *testing.T) {
	out := t.TempDir()
	generate := exec.Command("go", "run", "schemas/generate.go", out)
	generate.Dir = "../../fn/validate"
	if text, err := generate.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	made, err := filepath.Glob(filepath.Join(out, "*.gz"))
	if err != nil || len(made) < 8 {
		t.Fatalf("%d files: %v", len(made), err)
	}
	there, err := filepath.Glob("../../fn/validate/schemas/*.gz")
	if err != nil || len(there) != len(made) {
		t.Fatalf("%d files are embedded and %d are made: %v", len(there), len(made), err)
	}
	for _, file := range made {
		embedded := filepath.Join("../../fn/validate/schemas", filepath.Base(file))
		if !bytes.Equal(unzipped(t, file), unzipped(t, embedded)) {
			t.Errorf("%s is not what go generate ./fn/validate makes", embedded)
		}
	}
}

func unzipped(t *testing.T, file string) []byte {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
