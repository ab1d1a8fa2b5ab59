// Package manifest is the one vocabulary for Kubernetes objects: it decodes,
// identifies, orders and encodes them, and knows nothing of where they come
// from or go to.
//
// It tolerates, and reports, what kustomize refuses and what Helm lets through
// (duplicate mapping keys); what it writes is canonical, byte for byte what
// kustomize prints, so that putting kustomize after it changes nothing.
//
// It stands at level 0: every other package may import it, it imports none of
// ours. The Go API is not stable; the config file, the flags and the output
// layout are.
package manifest

import (
	"fmt"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// ID is what the API server knows an object by. The version is left out: one
// object is served under several.
type ID struct {
	Group     string `json:"group,omitempty"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// IDOf reads the identity of an object. Missing parts are empty.
func IDOf(n *yaml.RNode) ID {
	m := n.YNode()
	meta := Field(m, "metadata")
	group, _ := splitAPIVersion(Text(m, "apiVersion"))
	return ID{
		Group:     group,
		Kind:      Text(m, "kind"),
		Namespace: Text(meta, "namespace"),
		Name:      Text(meta, "name"),
	}
}

// String is how a message names an object: Deployment/airbyte-server, with the
// group where the kind is not one of Kubernetes' own, and the namespace never,
// since an environment has one.
func (id ID) String() string {
	kind := id.Kind
	if id.Group != "" && builtin(id.Group, id.Kind) == unknownScope {
		kind += "." + id.Group
	}
	return kind + "/" + id.Name
}

// Set is a list of objects in apply order, whose identities are unique.
// [Sort] and [Set.Check] make it so.
type Set []*yaml.RNode

// Check returns an error that names the first object without a kind or a name,
// and the first two that share an identity.
func (s Set) Check() error {
	seen := make(map[ID]bool, len(s))
	for _, n := range s {
		id := IDOf(n)
		switch {
		case id.Kind == "":
			return fmt.Errorf("object %q has no kind", id.Name)
		case id.Name == "":
			return fmt.Errorf("a %s has no metadata.name (generateName cannot be kept in git)", id.Kind)
		case seen[id]:
			return &DuplicateError{ID: id}
		}
		seen[id] = true
	}
	return nil
}

// DuplicateError reports two objects with one identity.
type DuplicateError struct {
	ID ID
	// Sources are the two files the objects come from, where they are known.
	Sources [2]string
}

func (e *DuplicateError) Error() string {
	where := ""
	if e.Sources[0] != "" {
		where = fmt.Sprintf(": %s and %s", e.Sources[0], e.Sources[1])
	}
	return fmt.Sprintf("%s is defined twice%s", e.ID, where)
}

// splitAPIVersion splits "apps/v1" into group and version; core has no group.
func splitAPIVersion(s string) (group, version string) {
	if i := strings.LastIndexByte(s, '/'); i >= 0 {
		return s[:i], s[i+1:]
	}
	return "", s
}

// Field returns the value of key in a mapping node, or nil.
func Field(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// Lookup follows a path of keys through mapping nodes, or returns nil.
func Lookup(n *yaml.Node, path ...string) *yaml.Node {
	for _, key := range path {
		n = Field(n, key)
	}
	return n
}

// Text returns the scalar at key as text; null and anything else is empty.
func Text(n *yaml.Node, key string) string {
	v := Field(n, key)
	if v == nil || v.Kind != yaml.ScalarNode || v.Tag == yaml.NodeTagNull {
		return ""
	}
	return v.Value
}

// Texts are the entries of a mapping node whose values are scalars.
func Texts(n *yaml.Node) map[string]string {
	m := map[string]string{}
	if n != nil && n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if v := n.Content[i+1]; v.Kind == yaml.ScalarNode {
				m[n.Content[i].Value] = v.Value
			}
		}
	}
	return m
}

// SetField sets key in a mapping node, replacing the value that is there.
func SetField(n *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content[i+1] = value
			return
		}
	}
	n.Content = append(n.Content, String(key), value)
}

// RemoveField removes key from a mapping node and reports whether it was there.
func RemoveField(n *yaml.Node, key string) bool {
	if n == nil || n.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content = append(n.Content[:i:i], n.Content[i+2:]...)
			return true
		}
	}
	return false
}

// Ensure returns the mapping at path below n, making what is missing and
// replacing nulls.
func Ensure(n *yaml.Node, path ...string) *yaml.Node {
	for _, key := range path {
		next := Field(n, key)
		if next == nil || next.Kind != yaml.MappingNode {
			next = &yaml.Node{Kind: yaml.MappingNode, Tag: yaml.NodeTagMap}
			SetField(n, key, next)
		}
		n = next
	}
	return n
}

// String returns a string scalar.
func String(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagString, Value: s}
}
