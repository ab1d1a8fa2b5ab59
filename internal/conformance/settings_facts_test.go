package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// workloads are what tables call the objects of a release named airbyte. In a
// data plane all there is, is the launcher: of S W L, the other two are left
// out there.
var workloads = map[string]string{
	"S":     "airbyte-server",
	"W":     "airbyte-worker",
	"C":     "airbyte-cron",
	"T":     "airbyte-temporal",
	"L":     "airbyte-workload-launcher airbyte-airbyte-data-plane",
	"A":     "airbyte-workload-api-server",
	"B":     "airbyte-connector-builder-server",
	"M":     "airbyte-manifest-server",
	"boot":  "airbyte-airbyte-bootloader airbyte-bootloader",
	"kc":    "airbyte-keycloak",
	"kci":   "airbyte-keycloak", // its init container
	"ks":    "airbyte-keycloak-setup keycloak-setup",
	"kcs":   "Service/airbyte-airbyte-keycloak-svc",
	"db":    "airbyte-db",
	"minio": "airbyte-minio",
	"env":   "ConfigMap/airbyte-airbyte-env ConfigMap/airbyte-airbyte-data-plane-env",
	"own":   "Secret/airbyte-airbyte-secrets Secret/airbyte-airbyte-data-plane-secrets",
}

// view is a render, as a container in the cluster would see it.
type view struct {
	objects   map[string]*yaml.RNode // by Kind/name
	dataPlane bool
}

func viewOf(set manifest.Set) view {
	v := view{objects: map[string]*yaml.RNode{}}
	for _, n := range set {
		id := manifest.IDOf(n)
		v.objects[id.Kind+"/"+id.Name] = n
	}
	v.dataPlane = v.find("airbyte-airbyte-data-plane") != nil
	return v
}

// find returns the object of a name in the tables, nil if there is none.
func (v view) find(name string) *yaml.RNode {
	if known, ok := workloads[name]; ok {
		name = known
	}
	for _, name := range strings.Fields(name) {
		if n := v.objects[name]; n != nil {
			return n
		}
		for _, kind := range []string{"Deployment", "StatefulSet", "Job"} {
			if n := v.objects[kind+"/"+name]; n != nil {
				return n
			}
		}
	}
	return nil
}

// container is the one that a workload is there for, or that which prepares it.
func container(object *yaml.RNode, init bool) *yaml.Node {
	field := "containers"
	if init {
		field = "initContainers"
	}
	all := manifest.Items(manifest.Field(manifest.Field(manifest.PodTemplate(object), "spec"), field))
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// env is the environment of a container: "= value" for what is known, "<-
// secret[key]" for what a Secret holds.
func (v view) env(c *yaml.Node) map[string]string {
	env := map[string]string{}
	for _, e := range manifest.Items(manifest.Field(c, "env")) {
		env[manifest.Text(e, "name")] = v.source(e)
	}
	return env
}

func (v view) source(e *yaml.Node) string {
	from := manifest.Field(e, "valueFrom")
	if ref := manifest.Field(from, "secretKeyRef"); ref != nil {
		return "<- " + manifest.Text(ref, "name") + "[" + manifest.Text(ref, "key") + "]"
	}
	ref := manifest.Field(from, "configMapKeyRef")
	if ref == nil {
		return "= " + manifest.Text(e, "value")
	}
	cm := v.objects["ConfigMap/"+manifest.Text(ref, "name")]
	if cm == nil {
		return "missing ConfigMap " + manifest.Text(ref, "name")
	}
	value := manifest.Lookup(cm.YNode(), "data", manifest.Text(ref, "key"))
	if value == nil {
		return "missing key " + manifest.Text(ref, "key")
	}
	return "= " + strings.TrimSpace(value.Value) // V1 has some with an empty line first
}

// fact is one line of a table:
//
//	S W: STORAGE_TYPE = s3                     a variable with a value
//	S: AWS_ACCESS_KEY_ID <- secret[key]        a variable from a Secret
//	S: AWS_KMS_KEY_ARN absent                  no such variable
//	S: .spec.replicas = 2                      a field
//	S: .pod.spec.nodeSelector = {"a":"b"}      a field of its Pods
//	S: .container.resources.limits.cpu = 1     a field of its container
//	S: .metadata.labels[a.b/c] = d             a key with dots, or an index
//	Service/airbyte-x: present                 an object
type fact struct {
	objects    []string
	what, want string
}

func parseFacts(text string) ([]fact, error) {
	var facts []fact
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		names, rest, ok := strings.Cut(line, ": ")
		what, want, _ := strings.Cut(rest, " ")
		if !ok {
			return nil, fmt.Errorf("no fact: %s", line)
		}
		if what == "present" || what == "absent" {
			what, want = "", what
		}
		facts = append(facts, fact{strings.Fields(names), what, strings.TrimSpace(want)})
	}
	return facts, nil
}

// hold checks the facts of a table against a render.
func (v view) hold(t *testing.T, text string) {
	t.Helper()
	facts, err := parseFacts(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range facts {
		for _, name := range f.objects {
			if v.dataPlane && (name == "S" || name == "W") {
				continue
			}
			if got := v.look(name, f.what); got != f.want {
				t.Errorf("%s: %s %s, want %s", name, f.what, got, f.want)
			}
		}
	}
}

// look tells what there is, in the words of a fact.
func (v view) look(name, what string) string {
	object := v.find(name)
	if object == nil {
		return "absent"
	}
	n := object.YNode()
	main := container(object, name == "kci")
	switch {
	case what == "":
		return "present"
	case strings.HasPrefix(what, ".pod."):
		n, what = manifest.PodTemplate(object), strings.TrimPrefix(what, ".pod.")
	case strings.HasPrefix(what, ".container."):
		n, what = main, strings.TrimPrefix(what, ".container.")
	case strings.HasPrefix(what, "."):
		what = what[1:]
	default:
		if s, ok := v.env(main)[what]; ok {
			return strings.TrimSpace(s)
		}
		return "absent"
	}
	for _, key := range keysOf(what) {
		if i, err := strconv.Atoi(key); err == nil && n != nil && n.Kind == yaml.SequenceNode {
			if i >= len(n.Content) {
				return "absent"
			}
			n = n.Content[i]
		} else {
			n = manifest.Field(n, key)
		}
	}
	if n == nil {
		return "absent"
	}
	if n.Kind == yaml.ScalarNode {
		return strings.TrimSpace("= " + n.Value)
	}
	value, err := manifest.Value(n)
	if err != nil {
		return err.Error()
	}
	b, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return "= " + string(b)
}

// keysOf splits a path at its dots, but for those in brackets.
func keysOf(path string) []string {
	var keys []string
	for path != "" {
		if path[0] == '[' {
			key, rest, _ := strings.Cut(path[1:], "]")
			keys, path = append(keys, key), strings.TrimPrefix(rest, ".")
			continue
		}
		n := strings.IndexAny(path, ".[")
		if n < 0 {
			return append(keys, path)
		}
		keys = append(keys, path[:n])
		path = strings.TrimPrefix(path[n:], ".")
	}
	return keys
}

// sources lists what every container reads, "workload: NAME <- secret[key]".
func (v view) sources() []string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(v.objects)) {
		object := v.objects[name]
		for _, c := range manifest.Containers(manifest.Field(manifest.PodTemplate(object), "spec")) {
			env := v.env(c)
			for _, key := range slices.Sorted(maps.Keys(env)) {
				lines = append(lines, fmt.Sprintf("%s/%s: %s %s", name, manifest.Text(c, "name"), key, strings.TrimSpace(env[key])))
			}
		}
	}
	return lines
}
