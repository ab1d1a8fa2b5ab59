package validate

import (
	"regexp"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// namedByContent is the annotation of a Job whose name ends in a digest of its
// spec (fn/transform); it holds the name without.
const namedByContent = "airstrip.dev/named-by-content"

// digestName is a name that ends in the digest of kustomize's generators
// (sigs.k8s.io/kustomize/api/hasher: ten letters of an alphabet without vowels)
// or of a Job of ours.
var digestName = regexp.MustCompile(`^(.+)-([2456789bcdfghkmt]{10}|[0-9a-f]{10})$`)

// stem is what stands before the digest in the name of an object, and the name
// itself where there is none.
func stem(n *yaml.RNode) string {
	id := manifest.IDOf(n)
	switch id.Kind {
	case "Job":
		if base := manifest.Text(at(n, "metadata", "annotations"), namedByContent); base != "" {
			return base
		}
	case "ConfigMap", "Secret":
	default:
		return id.Name
	}
	if m := digestName.FindStringSubmatch(id.Name); m != nil {
		return m[1]
	}
	return id.Name
}

// pairUp finds for each object the one that stood for it before: of the same
// identity, or else the only one that differs in a namespace that one side leaves
// out, or in the digest of its name.
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
	for _, loose := range []func(*yaml.RNode, manifest.ID) manifest.ID{
		func(_ *yaml.RNode, id manifest.ID) manifest.ID { id.Namespace = ""; return id },
		func(n *yaml.RNode, id manifest.ID) manifest.ID { id.Namespace, id.Name = "", stem(n); return id },
	} {
		left, count := map[manifest.ID]*yaml.RNode{}, map[manifest.ID]int{}
		for _, n := range was {
			if !taken[n] {
				key := loose(n, manifest.IDOf(n))
				left[key] = n
				count[key]++
			}
		}
		wanted := map[manifest.ID]int{}
		for _, p := range pairs {
			if p.was == nil {
				wanted[loose(p.is, p.id)]++
			}
		}
		for i, p := range pairs {
			if p.was != nil {
				continue
			}
			key := loose(p.is, p.id)
			old := left[key]
			if old == nil || count[key] != 1 || wanted[key] != 1 || !sameNamespace(manifest.IDOf(old), p.id) {
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

// find is the object of an identity in a set.
func find(s manifest.Set, id manifest.ID) *yaml.RNode {
	for _, n := range s {
		if manifest.IDOf(n) == id {
			return n
		}
	}
	return nil
}

// selectedIn reports whether a selector means Pods of a workload in a set.
func selectedIn(s manifest.Set, namespace string, selector *yaml.Node) bool {
	for _, n := range s {
		t := manifest.PodTemplate(n)
		if t == nil || manifest.IDOf(n).Namespace != namespace {
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
