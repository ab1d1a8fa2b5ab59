package diff

import (
	"cmp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// secret compares Secrets by key. Of what SOPS wrote beside the values, the recipients
// are public and matter; the rest follows from the values.
func (w *walker) secret(p pair, c scope) {
	old, new := p.old.YNode(), p.new.YNode()
	w.mapping(c, old, new, func(key string) bool { return key == "data" || key == "stringData" || key == "sops" })
	for _, field := range []string{"data", "stringData"} {
		w.below(step{name: field}, func() { w.secretKeys(p, manifest.Field(old, field), manifest.Field(new, field)) })
	}
	was, is := manifest.Field(old, "sops"), manifest.Field(new, "sops")
	w.below(step{name: "sops"}, func() { w.sops(was, is) })
}

// told of a value of a Secret is that it is there.
var told = Value{Present: true, Hidden: true}

func (w *walker) secretKeys(p pair, old, new *yaml.Node) {
	if old != nil && old.Kind != yaml.MappingNode || new != nil && new.Kind != yaml.MappingNode {
		if old == nil || new == nil || !equal(old, new) {
			w.add(change{op: opOf(old, new), old: toldOf(old), new: toldOf(new)})
		}
		return
	}
	sealed := manifest.Field(p.old.YNode(), "sops") != nil && manifest.Field(p.new.YNode(), "sops") != nil
	for _, key := range keysIn(old, new) {
		was, is := manifest.Field(old, key), manifest.Field(new, key)
		if was != nil && is != nil && equal(was, is) {
			continue
		}
		op := opOf(was, is)
		if op == Changed && sealed && w.options.Same != nil {
			if same, known := w.options.Same(p.old, p.new, key); same && known {
				op = Resealed
			}
		}
		w.below(step{name: key}, func() { w.add(change{op: op, old: toldOf(was), new: toldOf(is)}) })
	}
}

func opOf(old, new *yaml.Node) Op {
	switch {
	case old == nil:
		return Added
	case new == nil:
		return Removed
	}
	return Changed
}

func toldOf(n *yaml.Node) Value {
	if n == nil {
		return Value{}
	}
	return told
}

// keysIn are the keys of two mappings, sorted.
func keysIn(a, b *yaml.Node) []string {
	var keys []string
	for _, n := range []*yaml.Node{a, b} {
		for i := 0; n != nil && i+1 < len(n.Content); i += 2 {
			keys = append(keys, n.Content[i].Value)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// following are the fields of SOPS' block that change whenever something is sealed,
// and say nothing more.
var following = []string{"mac", "lastmodified", "version", "created_at", "enc"}

// sops compares what SOPS wrote beside the values of a Secret.
func (w *walker) sops(old, new *yaml.Node) {
	was, is := recipientsOf(old), recipientsOf(new)
	for _, r := range was {
		if !slices.Contains(is, r) {
			w.recipient(Removed, r)
		}
	}
	for _, r := range is {
		if !slices.Contains(was, r) {
			w.recipient(Added, r)
		}
	}
	follows := false
	for _, key := range keysIn(old, new) {
		a, b := manifest.Field(old, key), manifest.Field(new, key)
		if a != nil && b != nil && equal(a, b) {
			continue
		}
		scalar := (a == nil || a.Kind == yaml.ScalarNode) && (b == nil || b.Kind == yaml.ScalarNode)
		if !scalar || slices.Contains(following, key) {
			follows = follows || old != nil && new != nil
			continue
		}
		w.below(step{name: key}, func() { w.emit(opOf(a, b), a, b, scope{}) })
	}
	if follows {
		w.add(change{op: Changed, old: told, new: told, noise: true})
	}
}

// recipient is somebody who can open a Secret from now on, or cannot.
func (w *walker) recipient(op Op, r [2]string) {
	name := r[1]
	if len(name) > maxStep { // a post-quantum key has 1959 letters
		name = name[:24] + "…" + name[len(name)-16:]
	}
	v := Value{Present: true, Text: r[1]}
	c := change{op: op, new: v}
	if op == Removed {
		c = change{op: op, old: v}
	}
	w.below(step{name: r[0]}, func() { w.below(step{name: name, item: true}, func() { w.add(c) }) })
}

// recipientsOf lists kind and name of who can open a Secret, in any key group.
func recipientsOf(sops *yaml.Node) [][2]string {
	var all [][2]string
	for _, r := range manifest.Recipients(sops) {
		var parts []string
		for _, p := range r.Parts {
			parts = append(parts, scrub(p))
		}
		all = append(all, [2]string{r.Kind, strings.Join(parts, " ")})
	}
	slices.SortFunc(all, func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	return slices.Compact(all)
}
