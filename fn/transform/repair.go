package transform

import (
	"fmt"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// repair makes every object one that the API server reads in one way only.
func (t *pass) repair() {
	for _, o := range t.objects {
		// What a custom resource means by null or by a list is its own affair.
		if !manifest.BuiltIn(o.RNode) {
			continue
		}
		t.textOnly(o)
		if template := manifest.PodTemplate(o.RNode); template != nil {
			t.podLists(o, manifest.FieldPath(manifest.PodTemplatePath(o.id().Kind), "spec"), manifest.Field(template, "spec"))
		}
		if o.id().Kind == "Service" {
			t.unique(o, "spec", manifest.Field(o.YNode(), "spec"), list{"ports", "port", "protocol"})
		}
		if o.id().Kind == "ServiceAccount" {
			t.unique(o, "", o.YNode(), list{"secrets", "name", ""})
		}
		if o.id().Kind != "CustomResourceDefinition" {
			t.dropNulls(o, o.YNode())
		}
		t.sayDefaults(o)
	}
}

// sayDefaults writes what the API server fills in where Argo CD 3.2 takes its absence
// for a difference: it deletes and recreates a binding on every sync, and calls a
// StatefulSet that it applies from the server's side out of sync for ever
// (https://github.com/argoproj/argo-cd/issues/11143).
func (t *pass) sayDefaults(o *object) {
	say := func(path string, n *yaml.Node, field, value string) {
		if n == nil || n.Kind != yaml.MappingNode || manifest.Text(n, field) != "" {
			return
		}
		manifest.SetField(n, field, manifest.String(value))
		t.note(manifest.Info, "default", o, path+"."+field, "the API server would make it %s", value)
	}
	switch o.id().Kind {
	case "RoleBinding", "ClusterRoleBinding":
		say("roleRef", manifest.Field(o.YNode(), "roleRef"), "apiGroup", "rbac.authorization.k8s.io")
	case "StatefulSet":
		for i, c := range manifest.Items(manifest.Lookup(o.YNode(), "spec", "volumeClaimTemplates")) {
			path := fmt.Sprintf("spec.volumeClaimTemplates[%d]", i)
			say(path, c, "apiVersion", "v1")
			say(path, c, "kind", "PersistentVolumeClaim")
		}
	}
}

// list is a list that the API server keeps as a map, with the one or two
// fields that are its key ("x-kubernetes-list-map-keys" in Kubernetes' OpenAPI).
type list struct{ field, key, second string }

var (
	podLists = []list{
		{"volumes", "name", ""}, {"imagePullSecrets", "name", ""}, {"hostAliases", "ip", ""},
		{"containers", "name", ""}, {"initContainers", "name", ""},
		{"topologySpreadConstraints", "topologyKey", "whenUnsatisfiable"}, {"resourceClaims", "name", ""},
	}
	containerLists = []list{
		{"env", "name", ""}, {"ports", "containerPort", "protocol"},
		{"volumeMounts", "mountPath", ""}, {"volumeDevices", "devicePath", ""},
	}
)

func (t *pass) podLists(o *object, at string, spec *yaml.Node) {
	for _, l := range podLists {
		t.unique(o, at, spec, l)
	}
	for _, field := range []string{"initContainers", "containers"} {
		for _, c := range manifest.Items(manifest.Field(spec, field)) {
			for _, l := range containerLists {
				t.unique(o, fmt.Sprintf("%s.%s[%s]", at, field, manifest.Text(c, "name")), c, l)
			}
		}
	}
}

// unique keeps the last of the entries of a list that share a key. A server-side
// apply refuses them ("duplicate entries for key"), and of two environment
// variables a container sees the last.
func (t *pass) unique(o *object, at string, parent *yaml.Node, l list) {
	node := manifest.Field(parent, l.field)
	items := manifest.Items(node)
	if len(items) < 2 {
		return
	}
	last := make(map[string]int, len(items))
	for i, item := range items {
		last[l.keyOf(item)] = i
	}
	if len(last) == len(items) {
		return
	}
	kept := items[:0:0]
	for i, item := range items {
		key := l.keyOf(item)
		if last[key] == i || key == "" {
			kept = append(kept, item)
			continue
		}
		t.note(manifest.Warning, "duplicate-entry", o, strings.TrimPrefix(fmt.Sprintf("%s.%s[%s]", at, l.field, key), "."),
			"duplicate entry: the last one wins, as in the container; a server-side apply would refuse it")
	}
	node.Content = kept
}

func (l list) keyOf(item *yaml.Node) string {
	key := manifest.Text(item, l.key)
	if l.second == "" || key == "" {
		return key
	}
	second := manifest.Text(item, l.second)
	if second == "" && l.second == "protocol" {
		second = "TCP"
	}
	return key + "/" + second
}

// textOnly makes labels and annotations text. Helm would be refused by the API
// server; kustomize quotes them, and so do we.
func (t *pass) textOnly(o *object) {
	check := func(at string, meta *yaml.Node) {
		for _, field := range []string{"labels", "annotations"} {
			m := manifest.Field(meta, field)
			if m == nil || m.Kind != yaml.MappingNode {
				continue
			}
			for i := 0; i+1 < len(m.Content); i += 2 {
				v := m.Content[i+1]
				if v.Kind == yaml.ScalarNode && v.Tag != yaml.NodeTagString && v.Tag != yaml.NodeTagNull {
					t.note(manifest.Warning, "not-text", o, fmt.Sprintf("%s.%s.%s", at, field, m.Content[i].Value),
						"%s is quoted: the API server takes only text here", v.Value)
					m.Content[i+1] = manifest.String(v.Value)
				}
			}
		}
	}
	check("metadata", manifest.Field(o.YNode(), "metadata"))
	if template := manifest.PodTemplate(o.RNode); template != nil && template != o.YNode() {
		check(manifest.FieldPath(manifest.PodTemplatePath(o.id().Kind), "metadata"), manifest.Field(template, "metadata"))
	}
}

// dropNulls removes the fields that are null: to the API server they are
// absent, to a differ they are a difference. Path is where n stands.
func (t *pass) dropNulls(o *object, n *yaml.Node, path ...string) {
	switch n.Kind {
	case yaml.MappingNode:
		kept := n.Content[:0]
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			if value.Tag == yaml.NodeTagNull {
				t.note(manifest.Info, "null", o, manifest.FieldPath(append(path, key.Value)...), "null is dropped: it is the same as absent")
				continue
			}
			if value.Kind != yaml.ScalarNode {
				t.dropNulls(o, value, append(path, key.Value)...)
			}
			kept = append(kept, key, value)
		}
		n.Content = kept
	case yaml.SequenceNode:
		for i, c := range n.Content {
			if c.Kind != yaml.ScalarNode {
				t.dropNulls(o, c, append(path, "["+strconv.Itoa(i)+"]")...)
			}
		}
	}
}
