package conformance

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/overlay"
	"github.com/airstrip-dev/airstrip/fn/secret"
)

func encode(t *testing.T, s manifest.Set) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The names that the API server takes (k8s.io/apimachinery, api/validation).
var (
	label     = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)
	subdomain = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
)

// check holds a render to what every render promises.
func check(t *testing.T, dir string, res *overlay.Result) {
	t.Helper()
	if err := res.Objects.Check(); err != nil {
		t.Errorf("%s: %v", dir, err)
	}
	for _, n := range res.Objects {
		checkObject(t, dir, res.Objects, n)
	}
	text := encode(t, res.Objects)
	again, findings, err := manifest.Decode(bytes.NewReader(text), dir)
	if err != nil {
		t.Errorf("%s: what was written cannot be read: %v", dir, err)
		return
	}
	if len(findings) > 0 {
		t.Errorf("%s: what was written needs repair: %v", dir, findings[0])
	}
	if !bytes.Equal(encode(t, again), text) {
		t.Errorf("%s: read and written again, other bytes", dir)
	}
	for _, f := range res.Findings {
		if f.Severity == manifest.Error {
			t.Errorf("%s: %v", dir, f)
		}
	}
	for _, n := range res.Objects {
		if clear := secret.InClear(n); len(clear) > 0 {
			t.Errorf("%s: %v holds values in clear", dir, manifest.IDOf(n))
		}
		if secret.IsSealed(n) {
			if s, err := secret.ParseObject(n); err != nil || len(s.Unfit) > 0 {
				t.Errorf("%s: %v is not sealed as it should be: %v", dir, manifest.IDOf(n), err)
			}
		}
	}
	for _, k := range fn.Keys(res.Objects, res.Releases...) {
		if k.State == airbyte.KeyMissing && !k.Optional {
			t.Errorf("%s: Secret/%s has no key %s", dir, k.Secret, k.Key)
		}
	}
}

func checkObject(t *testing.T, dir string, set manifest.Set, n *yaml.RNode) {
	t.Helper()
	id := manifest.IDOf(n)
	if id.Kind == "Pod" {
		t.Errorf("%s: %v is a bare Pod", dir, id)
	}
	if strings.Contains(id.Name, "test-connection") {
		t.Errorf("%s: %v is a test", dir, id)
	}
	if namespaced := set.ScopeOf(id) == manifest.Namespaced; namespaced != (id.Namespace != "") {
		t.Errorf("%s: %v: namespace is %q", dir, id, id.Namespace)
	}
	for _, meta := range []*yaml.Node{manifest.Field(n.YNode(), "metadata"), manifest.Field(manifest.PodTemplate(n), "metadata")} {
		for _, field := range []string{"annotations", "labels"} {
			m := manifest.Field(meta, field)
			for i := 0; m != nil && i+1 < len(m.Content); i += 2 {
				if key := m.Content[i].Value; strings.HasPrefix(key, "helm.sh/hook") {
					t.Errorf("%s: %v still has %s", dir, id, key)
				}
				if v := m.Content[i+1]; v.Kind != yaml.ScalarNode || v.Tag != yaml.NodeTagString {
					t.Errorf("%s: %v: %s %s is not text", dir, id, field, m.Content[i].Value)
				}
			}
		}
	}
	valid := subdomain.MatchString(id.Name) && len(id.Name) <= 253
	switch id.Kind {
	case "Service", "Namespace", "Job", "StatefulSet":
		valid = label.MatchString(id.Name)
	}
	if !valid {
		t.Errorf("%s: %v: no valid name", dir, id)
	}
	if bytes, err := manifest.Bytes(n); err != nil || strings.Contains(string(bytes), "internal.airstrip.dev") {
		t.Errorf("%s: %v: %v, or a mark of ours is left", dir, id, err)
	}
	noNulls(t, dir, id, "", n.YNode())
}

func noNulls(t *testing.T, dir string, id manifest.ID, at string, n *yaml.Node) {
	t.Helper()
	if n.Kind == yaml.ScalarNode && n.Tag == yaml.NodeTagNull {
		t.Errorf("%s: %v: %s is null", dir, id, at)
	}
	for i, c := range n.Content {
		if n.Kind != yaml.MappingNode {
			noNulls(t, dir, id, at+"[]", c)
		} else if i%2 == 1 {
			noNulls(t, dir, id, at+"."+n.Content[i-1].Value, c)
		}
	}
}
