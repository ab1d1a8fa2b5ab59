package fn_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"sigs.k8s.io/kustomize/kyaml/yaml"
	k8syaml "sigs.k8s.io/yaml"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/render"
	"github.com/airstrip-dev/airstrip/fn/secret"
	"github.com/airstrip-dev/airstrip/fn/transform"
)

const (
	header = "apiVersion: airstrip.dev/v1alpha1\nkind: AirbyteRelease\nmetadata: {name: airbyte, namespace: data}\n"
	digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	least  = header + "spec:\n  chart: {version: 2.2.0, digest: \"" + digest + "\"}\n  kubeVersion: \"1.33\"\n  delivery: flux\n"
)

// good are configs that Load takes.
var good = map[string]string{
	"the least": least,
	"all of it": least + `  apiVersions: [monitoring.coreos.com/v1]
  capabilities: cluster
  labels: relabel
  namespaceObject: create
  valuesFiles: [a.yaml, b/c.yaml]
  values: {any: {thing: [1, true, null, "x"]}, "dotted.key": 1.5}
  unset: [server.resources, 'a\.b.c']
  allow: [{function: now, value: "2026-01-31T00:00:00Z"}, {function: lookup, value: {}, template: templates/x.yaml}, {function: randInt, value: 3}]
`,
	"a chart on disk":                      header + "spec: {chart: {path: ./chart}, kubeVersion: \"1.33\", delivery: plain}\n",
	"a data plane":                         header + "spec: {chart: {name: airbyte-data-plane, version: 2.2.0, digest: \"" + digest + "\"}, kubeVersion: v1.33.4, delivery: argocd}\n",
	"a registry":                           header + "spec: {chart: {repo: \"oci://r.example.com/charts\", name: airbyte, version: 2.2.0, digest: \"" + digest + "\"}, kubeVersion: \"1.33\", delivery: argocd}\n",
	"labels and annotations of the object": strings.Replace(least, "namespace: data", "namespace: data, labels: {a: b}, annotations: {c: d}", 1),
	"empty lists":                          least + "  apiVersions: []\n  valuesFiles: []\n  values: {}\n  unset: []\n  allow: []\n",
}

// bad are configs whose form is wrong: Load refuses them, and so does each
// schema. Problems are "field: message", or its beginning.
var bad = map[string]struct {
	in       string
	problems []string
	hint     string
}{
	"nothing":                    {"{}", []string{"apiVersion: ", "kind: ", "metadata.name: is missing", "metadata.namespace: is missing", "spec.chart: is missing", "spec.delivery: is missing", "spec.kubeVersion: is missing"}, ""},
	"another version":            {strings.Replace(least, "v1alpha1", "v2", 1), []string{`apiVersion: "airstrip.dev/v2" is not supported`}, ""},
	"another kind":               {strings.Replace(least, "kind: AirbyteRelease", "kind: Airbyte", 1), []string{`kind: "Airbyte" is not supported`}, ""},
	"a misspelt field":           {least + "  lables: keep\n", []string{"spec.lables: unknown field"}, `did you mean "labels"?`},
	"a misspelt field deep down": {strings.Replace(least, "{version: 2.2.0", "{verison: 2.2.0", 1), []string{"spec.chart.verison: unknown field"}, `did you mean "version"?`},
	"an unknown field":           {least + "  zzz: 1\n", []string{"spec.zzz: unknown field"}, "known here: "},
	"beside spec":                {least + "status: {}\n", []string{"status: unknown field"}, ""},
	"in metadata":                {strings.Replace(least, "namespace: data", "namespace: data, nmae: x", 1), []string{"metadata.nmae: unknown field"}, `did you mean "name"?`},
	"no delivery":                {strings.Replace(least, "  delivery: flux\n", "", 1), []string{"spec.delivery: is missing"}, "one of argocd, flux, plain"},
	"no chart":                   {header + "spec: {kubeVersion: \"1.33\", delivery: flux}\n", []string{"spec.chart: is missing"}, ""},
	"a number as version":        {strings.Replace(least, `"1.33"`, "1.33", 1), []string{"spec.kubeVersion: is the number 1.33, want text"}, "put it in quotes"},
	"an enum":                    {strings.Replace(least, "flux", "fluxx", 1), []string{`spec.delivery: "fluxx" is not one of argocd, flux, plain`}, `did you mean "flux"?`},
	"an enum, case":              {strings.Replace(least, "flux", "Flux", 1), []string{`spec.delivery: "Flux" is not one of`}, `did you mean "flux"?`},
	"text for a list":            {least + "  valuesFiles: a.yaml\n", []string{"spec.valuesFiles: is text, want a list"}, ""},
	"a time without its unit":    {least + "  ingress: {controller: alb, timeout: 600}\n", []string{"spec.ingress.timeout: is the number 600, want text"}, `write it as text, such as "600s"`},
	"a list of numbers":          {least + "  valuesFiles: [1]\n", []string{"spec.valuesFiles[0]: is the number 1, want text"}, "put it in quotes"},
	"null in a list":             {least + "  unset: [null]\n", []string{"spec.unset[0]: is null"}, ""},
	"a list for values":          {least + "  values: [1]\n", []string{"spec.values: is a list, want an object"}, ""},
	"text for an object":         {header + "spec: {chart: \"2.2.0\", kubeVersion: \"1.33\", delivery: flux}\n", []string{"spec.chart: is text, want an object"}, ""},
	"spec in a list":             {header + "spec: [1]\n", []string{"spec: is a list, want an object", "spec.chart: is missing", "spec.delivery: is missing", "spec.kubeVersion: is missing"}, ""},
	"a pin without value":        {least + "  allow: [{function: uuidv4}]\n", []string{"spec.allow[0].value: is missing"}, ""},
	"a misspelt pin":             {least + "  allow: [{function: uuidv4, value: x, file: y}]\n", []string{"spec.allow[0].file: unknown field"}, ""},
	"several":                    {strings.Replace(least, "flux", "helm", 1) + "  labels: gone\n  unsset: []\n", []string{`spec.delivery: "helm"`, `spec.labels: "gone"`, "spec.unsset: unknown field"}, ""},
}

// wrong are configs of the right form that Load refuses for what they say,
// which no schema can know.
var wrong = map[string]struct{ in, problem string }{
	"no digest":             {strings.Replace(least, ", digest: \""+digest+"\"", "", 1), "spec.chart.digest: missing"},
	"a range":               {strings.Replace(least, "2.2.0", "\"~2.2\"", 1), "spec.chart.version: "},
	"no version":            {strings.Replace(least, "version: 2.2.0, ", "", 1), "spec.chart.version: missing"},
	"a short digest":        {strings.Replace(least, digest, "sha256:00", 1), "spec.chart.digest: "},
	"path and repo":         {header + "spec: {chart: {path: x, repo: \"https://example.com\"}, kubeVersion: \"1.33\", delivery: flux}\n", "spec.chart.repo: "},
	"no Kubernetes version": {strings.Replace(least, "1.33", "latest", 1), `spec.kubeVersion: "latest" is no version`},
	"a Kubernetes version with a zero before it": {strings.Replace(least, "1.33", "1.033", 1), `spec.kubeVersion: "1.033" is no version`},
	"a bad release name":                         {strings.Replace(least, "name: airbyte", "name: Airbyte_1", 1), `metadata.name: "Airbyte_1" cannot be a release name`},
	"a list entry unset":                         {least + "  unset: [\"a[0]\"]\n", "spec.unset[0]: "},
	"an unknown function":                        {least + "  allow: [{function: uuid, value: x}]\n", "spec.allow[0]: "},
	"an empty pin":                               {least + "  allow: [{function: uuidv4, value: \"\"}]\n", "spec.allow[0]: "},
}

func problems(t *testing.T, in string) (list []string, hints string) {
	t.Helper()
	n, err := yaml.Parse(in)
	if err != nil {
		t.Fatal(err)
	}
	config, err := fn.Load(n)
	if err == nil {
		return nil, ""
	}
	if config != nil {
		t.Error("a config comes with the error")
	}
	var c *fn.ConfigError
	if !errors.As(err, &c) {
		t.Fatalf("error is a %T", err)
	}
	for i, p := range c.Problems {
		list = append(list, c.Line(i))
		hints += p.Hint + "\n"
	}
	return list, hints
}

func TestLoadGood(t *testing.T) {
	for name, in := range good {
		if list, _ := problems(t, in); len(list) > 0 {
			t.Errorf("%s: %q", name, list)
		}
	}
	n, err := yaml.Parse(good["all of it"])
	if err != nil {
		t.Fatal(err)
	}
	got, err := fn.Load(n)
	if err != nil {
		t.Fatal(err)
	}
	want := &fn.Config{Name: "airbyte", Namespace: "data", Spec: fn.Spec{
		Chart:       chart.Ref{Repo: "https://airbytehq.github.io/charts", Name: "airbyte", Version: "2.2.0", Digest: digest},
		KubeVersion: "1.33", APIVersions: []string{"monitoring.coreos.com/v1"},
		Capabilities: fn.ClusterCapabilities,
		Delivery:     transform.Flux, Labels: transform.RelabelLabels, NamespaceObject: transform.CreateNamespace,
		ConfigSecret: &secret.Spec{Name: "airbyte-config-secrets", Backend: secret.SOPS},
		Settings:     airbyte.Settings{ConfigSecret: "airbyte-config-secrets"},
		ValuesFiles:  []string{"a.yaml", "b/c.yaml"},
		Values:       map[string]any{"any": map[string]any{"thing": []any{1.0, true, nil, "x"}}, "dotted.key": 1.5},
		Unset:        []string{"server.resources", `a\.b.c`},
		Allow: []render.Pin{
			{Function: "now", Value: "2026-01-31T00:00:00Z"}, {Function: "lookup", Value: map[string]any{}, Template: "templates/x.yaml"},
			{Function: "randInt", Value: 3.0},
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLoadDefaults(t *testing.T) {
	for version, repo := range map[string]string{
		"1.9.2": "https://airbytehq.github.io/helm-charts", "2.0.0": "https://airbytehq.github.io/charts", "2.0.4-1": "https://airbytehq.github.io/charts",
	} {
		n, err := yaml.Parse(strings.Replace(least, "2.2.0", version, 1))
		if err != nil {
			t.Fatal(err)
		}
		c, err := fn.Load(n)
		if err != nil {
			t.Fatal(err)
		}
		if c.Chart.Repo != repo || c.Chart.Name != "airbyte" || c.Labels != transform.StripLabels || c.NamespaceObject != transform.ExternalNamespace || c.Capabilities != fn.FixedCapabilities {
			t.Errorf("%s: %+v", version, c)
		}
	}
}

func TestLoadBad(t *testing.T) {
	for name, tt := range bad {
		list, hints := problems(t, tt.in)
		ok := len(list) == len(tt.problems)
		for i := 0; ok && i < len(list); i++ {
			ok = strings.HasPrefix(list[i], tt.problems[i])
		}
		if !ok {
			t.Errorf("%s: problems are %q, want %q", name, list, tt.problems)
		}
		if !strings.Contains(hints, tt.hint) {
			t.Errorf("%s: hints are %q, want %q", name, hints, tt.hint)
		}
	}
	for name, tt := range wrong {
		if list, _ := problems(t, tt.in); len(list) != 1 || !strings.HasPrefix(list[0], tt.problem) {
			t.Errorf("%s: problems are %q, want %q", name, list, tt.problem)
		}
	}
}

// The three schemas that are published take what Load takes and refuse what it
// refuses, as far as form goes.
func TestSchemasAgreeWithLoad(t *testing.T) {
	openAPI := func(doc map[string]any) any {
		spec := doc["spec"].(map[string]any)
		version := spec["versions"].([]any)[0].(map[string]any)
		return strict(version["schema"].(map[string]any)["openAPIV3Schema"])
	}
	// What metadata holds is for the API server to know, not for a CRD.
	implied := []string{"in metadata"}
	for form, schema := range map[string]any{
		"JSON Schema": fn.JSONSchema(), "CRD": openAPI(fn.CRD()), "KRMFunctionDefinition": openAPI(fn.KRMFunctionDefinition()),
	} {
		t.Run(form, func(t *testing.T) {
			check := compile(t, schema)
			for name, in := range good {
				if err := check(in); err != nil {
					t.Errorf("%s is refused: %v", name, err)
				}
			}
			for name, tt := range bad {
				if check(tt.in) == nil && !(form == "CRD" && slices.Contains(implied, name)) {
					t.Errorf("%s is accepted", name)
				}
			}
			for name, tt := range wrong {
				if err := check(tt.in); err != nil {
					t.Errorf("%s is of the right form and refused: %v", name, err)
				}
			}
		})
	}
}

// strict turns a structural schema into a JSON Schema that says the same when
// fields are validated strictly: what has no schema is refused, unless unknown
// fields are preserved.
func strict(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	for k, e := range m {
		out[k] = e
	}
	open, _ := out["x-kubernetes-preserve-unknown-fields"].(bool)
	delete(out, "x-kubernetes-preserve-unknown-fields")
	if properties, ok := out["properties"].(map[string]any); ok {
		all := map[string]any{}
		for k, p := range properties {
			all[k] = strict(p)
		}
		out["properties"] = all
		if !open {
			out["additionalProperties"] = false
		}
	}
	for _, inner := range []string{"items", "additionalProperties"} {
		if s, ok := out[inner]; ok {
			out[inner] = strict(s)
		}
	}
	return out
}

func compile(t *testing.T, schema any) func(text string) error {
	t.Helper()
	b, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return func(text string) error {
		b, err := k8syaml.YAMLToJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
		if err != nil {
			t.Fatal(err)
		}
		return s.Validate(v)
	}
}

// Every field says what it is for, and what is required is there.
func TestSchemaDescribes(t *testing.T) {
	var walk func(at string, s *fn.Schema)
	walk = func(at string, s *fn.Schema) {
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			p := s.Properties[name]
			if p.Description == "" {
				t.Errorf("%s.%s has no description", at, name)
			}
			if p.Default != "" && len(p.Enum) > 0 && !slices.Contains(p.Enum, p.Default) {
				t.Errorf("%s.%s: default %q is none of %q", at, name, p.Default, p.Enum)
			}
			walk(at+"."+name, p)
			if p.Items != nil {
				walk(at+"."+name+"[]", p.Items)
			}
			if p.Values != nil {
				walk(at+"."+name+".NAME", p.Values)
			}
		}
		for _, name := range s.Required {
			if s.Properties[name] == nil {
				t.Errorf("%s.%s is required and unknown", at, name)
			}
		}
	}
	walk("spec", fn.SpecSchema())
}
