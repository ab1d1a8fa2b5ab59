package manifest

import "sort"

// first and last are kustomize's legacy order, "DO NOT CHANGE!" in its source
// (api/internal/builtins/SortOrderTransformer.go).
var (
	first = []string{
		"Namespace", "ResourceQuota", "StorageClass", "CustomResourceDefinition",
		"ServiceAccount", "PodSecurityPolicy", "Role", "ClusterRole", "RoleBinding",
		"ClusterRoleBinding", "ConfigMap", "Secret", "Endpoints", "Service",
		"LimitRange", "PriorityClass", "PersistentVolume", "PersistentVolumeClaim",
		"Deployment", "StatefulSet", "CronJob", "PodDisruptionBudget",
	}
	last = []string{"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"}

	rank = ranks()
)

func ranks() map[string]int {
	m := make(map[string]int, len(first)+len(last))
	for i, kind := range first {
		m[kind] = i - len(first)
	}
	for i, kind := range last {
		m[kind] = i + 1
	}
	return m
}

// Sort puts the set in apply order, which is the order that `kustomize build`
// prints by default.
func (s Set) Sort() {
	keys := make(map[int]sortKey, len(s))
	index := make([]int, len(s))
	for i, n := range s {
		index[i] = i
		keys[i] = keyOf(IDOf(n), Text(n.YNode(), "apiVersion"))
	}
	sort.SliceStable(index, func(i, j int) bool { return keys[index[i]].less(keys[index[j]]) })
	sorted := make(Set, len(s))
	for i, at := range index {
		sorted[i] = s[at]
	}
	copy(s, sorted)
}

// Sorted reports whether the set is in the order that Sort gives.
func (s Set) Sorted() bool {
	for i := 1; i < len(s); i++ {
		a := keyOf(IDOf(s[i-1]), Text(s[i-1].YNode(), "apiVersion"))
		b := keyOf(IDOf(s[i]), Text(s[i].YNode(), "apiVersion"))
		if b.less(a) {
			return false
		}
	}
	return true
}

type sortKey struct {
	kind      string
	rank      int
	gvk, rest string
}

func keyOf(id ID, apiVersion string) sortKey {
	group, version := splitAPIVersion(apiVersion)
	or := func(s, empty string) string {
		if s == "" {
			return empty
		}
		return s
	}
	return sortKey{
		kind: id.Kind,
		rank: rank[id.Kind],
		gvk:  or(group, "~G") + "_" + or(version, "~V") + "_" + or(id.Kind, "~K"),
		rest: or(id.Namespace, "~X") + "|" + or(id.Name, "~N"),
	}
}

func (a sortKey) less(b sortKey) bool {
	if a.rank != b.rank {
		return a.rank < b.rank
	}
	if a.gvk != b.gvk {
		return a.gvk < b.gvk
	}
	return a.rest < b.rest
}
