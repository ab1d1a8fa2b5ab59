package fn_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	k8syaml "sigs.k8s.io/yaml"

	"github.com/airstrip-dev/airstrip/fn"
)

// The CustomResourceDefinition is structural by the API server's own rules.
func TestCRDIsStructural(t *testing.T) {
	b, err := json.Marshal(fn.CRD())
	if err != nil {
		t.Fatal(err)
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if err := json.Unmarshal(b, &crd); err != nil {
		t.Fatal(err)
	}
	for _, v := range crd.Spec.Versions {
		var props apiextensions.JSONSchemaProps
		if err := apiextensionsv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(v.Schema.OpenAPIV3Schema, &props, nil); err != nil {
			t.Fatal(err)
		}
		s, err := schema.NewStructural(&props)
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range schema.ValidateStructural(nil, s) {
			t.Error(err)
		}
	}
}

// Every AirbyteRelease of the repository, merged by kustomize where an overlay
// patches a base, is valid by the JSON Schema that editors get. Broken by one
// word, it is not, and Load refuses it as well.
func TestJSONSchemaTakesOurOwn(t *testing.T) {
	check := compile(t, fn.JSONSchema())
	found := 0
	for _, dir := range []string{"overlays", "examples", "testdata/overlays"} {
		err := filepath.WalkDir(filepath.Join("..", filepath.FromSlash(dir)), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.Name() != "kustomization.yaml" {
				return err
			}
			for _, text := range releases(t, path) {
				found++
				if list, _ := problems(t, text); len(list) > 0 {
					t.Errorf("%s: Load says %q", path, list)
				}
				if err := check(text); err != nil {
					t.Errorf("%s: %v", path, err)
				}
				for what, broken := range map[string]string{
					"a typo":     strings.Replace(text, "kubeVersion:", "kubeVersoin:", 1),
					"a type":     strings.Replace(text, "spec:\n", "spec:\n  unset: a.b\n", 1),
					"an enum":    strings.Replace(text, "delivery: ", "delivery: by-", 1),
					"a root key": text + "status: {}\n",
				} {
					if list, _ := problems(t, broken); len(list) == 0 {
						t.Errorf("%s: %s: Load takes it", path, what)
					}
					if check(broken) == nil {
						t.Errorf("%s: %s: the schema takes it", path, what)
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < 7 {
		t.Errorf("found %d configs", found)
	}
}

// releases returns the configs that a kustomization lists under generators.
func releases(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var k struct {
		Generators []string `json:"generators"`
	}
	if err := k8syaml.Unmarshal(data, &k); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var texts []string
	for _, entry := range k.Generators {
		path := filepath.Join(filepath.Dir(file), entry)
		text, err := os.ReadFile(path)
		if err != nil { // a folder that builds one
			m, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), path)
			if err != nil {
				t.Fatal(err)
			}
			if text, err = m.AsYaml(); err != nil {
				t.Fatal(err)
			}
		}
		texts = append(texts, string(text))
	}
	return texts
}
