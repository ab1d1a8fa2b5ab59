package validate

import (
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// pairUp finds for each object the one that stood for it before: of the same
// identity, or else the only one that differs in the group that its kind has moved
// from, in a namespace that one side leaves out, or in the digest of its name. What
// is alike and has another name is another object to the API server, and so here,
// though fn/diff pairs it.
func pairUp(was, is manifest.Set) []pair {
	byID := make(map[manifest.ID]*yaml.RNode, len(was))
	for _, n := range was {
		byID[manifest.IDOf(n)] = n
	}
	pairs := make([]pair, 0, len(is))
	taken := map[*yaml.RNode]bool{}
	for _, n := range is {
		id := manifest.IDOf(n)
		p := pair{id: id, is: n}
		if old := byID[id]; old != nil {
			p.was, taken[old] = old, true
		}
		pairs = append(pairs, p)
	}
	for _, loose := range []struct{ anywhere, stem bool }{{false, false}, {true, false}, {false, true}, {true, true}} {
		key := func(n *yaml.RNode) manifest.ID {
			id := manifest.IDOf(n).Current()
			if loose.anywhere {
				id.Namespace = ""
			}
			if loose.stem {
				id.Name = manifest.StemOf(n)
			}
			return id
		}
		left, count := map[manifest.ID]*yaml.RNode{}, map[manifest.ID]int{}
		for _, n := range was {
			if !taken[n] {
				left[key(n)] = n
				count[key(n)]++
			}
		}
		wanted := map[manifest.ID]int{}
		for _, p := range pairs {
			if p.was == nil {
				wanted[key(p.is)]++
			}
		}
		for i, p := range pairs {
			if p.was != nil {
				continue
			}
			k := key(p.is)
			old := left[k]
			if old == nil || count[k] != 1 || wanted[k] != 1 || !sameNamespace(manifest.IDOf(old), p.id) {
				continue
			}
			taken[old] = true
			pairs[i].was = inNamespace(old, p.id.Namespace)
		}
	}
	for i, p := range pairs {
		pairs[i].same = p.stays() && equal(p.was.YNode(), p.is.YNode())
	}
	for _, n := range was {
		if !taken[n] {
			pairs = append(pairs, pair{id: manifest.IDOf(n), was: n})
		}
	}
	return pairs
}

func sameNamespace(a, b manifest.ID) bool {
	return a.Namespace == b.Namespace || a.Namespace == "" || b.Namespace == ""
}

// inNamespace is an object as it is in the cluster, where one side leaves that to
// whoever applies it.
func inNamespace(n *yaml.RNode, namespace string) *yaml.RNode {
	if at(n, "metadata", "namespace") != nil || namespace == "" {
		return n
	}
	c := n.Copy()
	manifest.SetField(manifest.Ensure(c.YNode(), "metadata"), "namespace", manifest.String(namespace))
	return c
}

// find is the object of an identity in a set, or else the one that leaves its
// namespace to whoever applies it.
func find(s manifest.Set, id manifest.ID) *yaml.RNode {
	var loose *yaml.RNode
	for _, n := range s {
		switch manifest.IDOf(n) {
		case id:
			return n
		case withoutNamespace(id):
			loose = n
		}
	}
	return loose
}

// selectedIn reports whether a selector means Pods of a workload in a set.
func selectedIn(s manifest.Set, namespace string, selector *yaml.Node) bool {
	for _, n := range s {
		t := manifest.PodTemplate(n)
		if t == nil || !sameNamespace(manifest.IDOf(n), manifest.ID{Namespace: namespace}) {
			continue
		}
		if selects(selector, manifest.Texts(manifest.Lookup(t, "metadata", "labels"))) {
			return true
		}
	}
	return false
}

// annotation is the value of an annotation of an object.
func annotation(n *yaml.RNode, key string) string {
	return manifest.Text(at(n, "metadata", "annotations"), key)
}

// annotationPath is the path of an annotation.
func annotationPath(key string) string { return below("metadata.annotations", key) }

// words are the entries of a list in an annotation.
func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
}
