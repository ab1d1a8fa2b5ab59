package cluster

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

// published are the modules whose files have the definitions of kinds that our
// objects are of, or that controllers read, with their checksums.
var published = []struct{ module, sum, dir string }{
	{"sigs.k8s.io/gateway-api@v1.6.3", "h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc=", "config/crd/standard"},
	{"github.com/envoyproxy/gateway@v1.9.1", "h1:vAVp6/AlBXJ1aOhp1mxL7fNEzVEfjADUguUhm2wzxQY=", "charts/gateway-crds-helm/templates/generated"},
	{"github.com/argoproj/argo-cd/v3@v3.2.12", "h1:XbOyqcoPIjMhiP+y05Zi2U+HfG3b2TNfGJgVuK5Y8g0=", "manifests/crds"},
	{"github.com/fluxcd/kustomize-controller@v1.9.5", "h1:/XY2zy3K7fntyppEXIHG7oRMzmfgIt50eJzUfaPX1Kc=", "config/crd/bases"},
	{"github.com/fluxcd/source-controller@v1.9.0", "h1:5msg2yyjVYDULZos+2ve8MZzcSqTpusiXmrOeBhc9yY=", "config/crd/bases"},
	{"github.com/external-secrets/external-secrets@v1.3.2", "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=", "config/crds/bases"},
	{"github.com/cert-manager/cert-manager@v1.21.2", "h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=", "deploy/crds"},
	{"github.com/bitnami-labs/sealed-secrets@v0.32.2", "h1:YP3g8JLQqm482GbkaGLmO9AzelOsRaVSs41wv15CeB8=", "helm/sealed-secrets/crds"},
}

var definition = schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"}

var installing sync.Mutex

// Install installs the definitions of these groups, from the modules that publish
// them: gateway.networking.k8s.io, argoproj.io, … Those of a group that no module
// has are an error.
func (c *Cluster) Install(tb testing.TB, groups ...string) {
	tb.Helper()
	installing.Lock()
	defer installing.Unlock()
	all, err := definitions()
	if err != nil {
		tb.Fatal(err)
	}
	for _, group := range groups {
		if len(all[group]) == 0 {
			tb.Fatalf("no module has the kinds of %s", group)
		}
		for _, crd := range all[group] {
			c.install(tb, crd)
		}
	}
}

// InstallStandIn installs a kind that takes any field: for those of controllers
// whose definitions are in no module that can be had. What is applied to it proves
// no more than that the server takes it.
func (c *Cluster) InstallStandIn(tb testing.TB, kind schema.GroupVersionKind) {
	tb.Helper()
	installing.Lock()
	defer installing.Unlock()
	plural := strings.ToLower(kind.Kind) + "s"
	if strings.HasSuffix(kind.Kind, "y") {
		plural = strings.ToLower(strings.TrimSuffix(kind.Kind, "y")) + "ies"
	}
	text := fmt.Appendf(nil, `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %[1]s.%[2]s}
spec:
  group: %[2]s
  names: {kind: %[3]s, listKind: %[3]sList, plural: %[1]s, singular: %[4]s}
  scope: Namespaced
  versions:
  - name: %[5]s
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`, plural, kind.Group, kind.Kind, strings.ToLower(kind.Kind), kind.Version)
	c.install(tb, Decode(tb, text)[0])
}

// HasDefinition tells whether a module has the kinds of a group.
func HasDefinition(tb testing.TB, group string) bool {
	tb.Helper()
	all, err := definitions()
	if err != nil {
		tb.Fatal(err)
	}
	return len(all[group]) > 0
}

// install applies a definition and waits until its kind is served.
func (c *Cluster) install(tb testing.TB, crd Object) {
	tb.Helper()
	live, err := c.Live(tb.Context(), crd)
	if err == nil && live == nil {
		live, err = c.Apply(tb.Context(), crd, false)
	}
	deadline := time.Now().Add(time.Minute)
	for err == nil && !established(live) {
		if time.Now().After(deadline) {
			err = fmt.Errorf("it is not served")
			break
		}
		time.Sleep(50 * time.Millisecond)
		live, err = c.Live(tb.Context(), crd)
	}
	if err != nil {
		tb.Fatalf("%s: %v", crd, err)
	}
}

func established(crd *unstructured.Unstructured) bool {
	conditions, _, _ := unstructured.NestedSlice(crd.Object, "status", "conditions")
	for _, one := range conditions {
		if one, ok := one.(map[string]any); ok && one["type"] == "Established" && one["status"] == "True" {
			return true
		}
	}
	return false
}

// definitions are those of all published modules, by group.
var definitions = sync.OnceValues(func() (map[string][]Object, error) {
	all := map[string][]Object{}
	for _, p := range published {
		dir, err := download(p.module, p.sum)
		if err != nil {
			return nil, err
		}
		err = filepath.WalkDir(filepath.Join(dir, p.dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, doc := range bytes.Split(plain(data), []byte("\n---\n")) {
				var fields map[string]any
				if err := yaml.Unmarshal(doc, &fields); err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
				o := Object{Unstructured: unstructured.Unstructured{Object: fields}, Text: doc}
				if o.GroupVersionKind() != definition {
					continue
				}
				group, _, _ := unstructured.NestedString(fields, "spec", "group")
				all[group] = append(all[group], o)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
})

// plain leaves out the lines of a file that only a Helm template has: the condition
// that it stands under.
func plain(data []byte) []byte {
	var kept [][]byte
	for _, line := range bytes.SplitAfter(data, []byte("\n")) {
		if !bytes.HasPrefix(bytes.TrimSpace(line), []byte("{{")) {
			kept = append(kept, line)
		}
	}
	return bytes.Join(kept, nil)
}

// download is the folder of a module that has to have this checksum.
func download(module, sum string) (string, error) {
	cmd := exec.Command("go", "mod", "download", "-json", module)
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	out, err := cmd.Output()
	var info struct{ Dir, Sum, Error string }
	if jsonErr := json.Unmarshal(out, &info); jsonErr != nil || err != nil {
		return "", fmt.Errorf("%s: %v: %s", module, err, info.Error)
	}
	if info.Sum != sum {
		return "", fmt.Errorf("%s has the checksum %s, want %s", module, info.Sum, sum)
	}
	return info.Dir, nil
}
