package manifest

import (
	"regexp"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// formerGroups are groups of which kinds have moved to another.
var formerGroups = map[[2]string]string{
	{"extensions", "Ingress"}:           "networking.k8s.io",
	{"extensions", "NetworkPolicy"}:     "networking.k8s.io",
	{"extensions", "Deployment"}:        "apps",
	{"extensions", "DaemonSet"}:         "apps",
	{"extensions", "ReplicaSet"}:        "apps",
	{"extensions", "PodSecurityPolicy"}: "policy",
}

// Current is the identity with the group that its kind has moved to. The API server
// knows the object under both.
func (id ID) Current() ID {
	if group, moved := formerGroups[[2]string{id.Group, id.Kind}]; moved {
		id.Group = group
	}
	return id
}

// NamedByContent is the annotation of a Job whose name ends in a digest of its spec
// (fn/transform); it holds the name without.
const NamedByContent = "airstrip.dev/named-by-content"

// digest ends the names of Jobs that are named by content, and of what kustomize's
// generators make (kyaml: hasher.Encode: ten letters that spell no word).
var digest = regexp.MustCompile(`-(?:[0-9a-f]{10}|[2456789bcdfghkmt]{10})$`)

// Stem is a name without the digest of its content.
func Stem(name string) string {
	if at := digest.FindStringIndex(name); at != nil && at[0] > 0 {
		return name[:at[0]]
	}
	return name
}

// StemOf is the name of an object without the digest of its content, and the name
// itself where it has none. Two objects of a kind that have it in common are one
// that has changed.
func StemOf(n *yaml.RNode) string {
	if name := Text(Lookup(n.YNode(), "metadata", "annotations"), NamedByContent); name != "" {
		return name
	}
	id := IDOf(n)
	switch id.Kind {
	case "ConfigMap", "Secret", "Job":
		return Stem(id.Name)
	}
	return id.Name
}
