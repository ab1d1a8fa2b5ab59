package diff

import (
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// list compares two lists: by what their items are known by, as a sequence, or by
// what is in them.
func (w *walker) list(c scope, old, new *yaml.Node) {
	if equal(old, new) {
		return
	}
	field := w.field()
	was, is := old.Content, new.Content
	if c.hide || c.sequence || slices.ContainsFunc(was, isSecretFlag) || slices.ContainsFunc(is, isSecretFlag) || c.named && (c.config || scalars(was) || scalars(is)) {
		w.sequence(c, old, new)
		return
	}
	if scalars(was) && scalars(is) {
		w.values(c, was, is)
		return
	}
	if wasKeys, isKeys, ok := w.keysOf(field, was, is); ok {
		w.keyed(c, field, was, is, wasKeys, isKeys)
		return
	}
	w.unkeyed(c, was, is)
}

func scalars(items []*yaml.Node) bool {
	return !slices.ContainsFunc(items, func(n *yaml.Node) bool { return n.Kind != yaml.ScalarNode })
}

// isSecretFlag reports whether the item behind one is a secret, so that it cannot be known
// by what it is.
func isSecretFlag(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && secretFlag(n.Value) }

// sequence is a list whose order is part of what it says: all of it changed, or its
// order did.
func (w *walker) sequence(c scope, old, new *yaml.Node) {
	op := Changed
	if !c.hide && !c.named && sameItems(old.Content, new.Content) {
		op = Reordered
	}
	w.emit(op, old, new, c)
}

func sameItems(a, b []*yaml.Node) bool {
	if len(a) != len(b) {
		return false
	}
	left := slices.Clone(b)
	for _, n := range a {
		i := slices.IndexFunc(left, func(o *yaml.Node) bool { return equal(n, o) })
		if i < 0 {
			return false
		}
		left = slices.Delete(left, i, i+1)
	}
	return true
}

// values compares lists of scalars, which are known by themselves.
func (w *walker) values(c scope, was, is []*yaml.Node) {
	set := func(keys []string) map[string]bool {
		all := make(map[string]bool, len(keys))
		for _, k := range keys {
			all[k] = true
		}
		return all
	}
	key := func(items []*yaml.Node) []string {
		keys := make([]string, len(items))
		seen := map[string]int{}
		for i, n := range items {
			keys[i] = n.ShortTag() + "\x00" + n.Value
			seen[keys[i]]++
			if k := seen[keys[i]]; k > 1 {
				keys[i] += "\x00" + strconv.Itoa(k)
			}
		}
		return keys
	}
	wasKeys, isKeys := key(was), key(is)
	one := func(op Op, i int, items []*yaml.Node, keys []string) {
		name := items[i].Value
		if strings.Count(keys[i], "\x00") > 1 || unfit(name) {
			name = strconv.Itoa(i)
		}
		w.below(step{name: name, item: true}, func() {
			if op == Removed {
				w.emit(op, items[i], nil, c)
			} else {
				w.emit(op, nil, items[i], c)
			}
		})
	}
	c.item = true
	before, after := set(wasKeys), set(isKeys)
	for i, k := range wasKeys {
		if !after[k] {
			one(Removed, i, was, wasKeys)
		}
	}
	for i, k := range isKeys {
		if !before[k] {
			one(Added, i, is, isKeys)
		}
	}
	w.order(wasKeys, isKeys, func(k string) string {
		return scrub(strings.Split(k, "\x00")[1])
	})
}

// maxStep is the length of an item beyond which its place in the list is the better
// name.
const maxStep = 80

// unfit reports whether an item cannot stand for itself in a path.
func unfit(key string) bool {
	return len(key) > maxStep || scrub(key) != key
}

// keyed compares lists whose items are known by something.
func (w *walker) keyed(c scope, field string, was, is []*yaml.Node, wasKeys, isKeys []string) {
	at := func(key string, i int, item *yaml.Node) step {
		if name := manifest.Text(item, "name"); name != "" && field == "ports" {
			key = name // which others of the list may not have
		}
		if unfit(key) {
			key = strconv.Itoa(i)
		}
		return step{name: key, item: true, any: field == "containers" || field == "initContainers"}
	}
	index := make(map[string]int, len(wasKeys))
	for i, k := range wasKeys {
		index[k] = i
	}
	kept := make(map[string]bool, len(isKeys))
	for _, k := range isKeys {
		kept[k] = true
	}
	for i, k := range wasKeys {
		if !kept[k] {
			w.below(at(k, i, was[i]), func() { w.emit(Removed, was[i], nil, c) })
		}
	}
	for i, k := range isKeys {
		j, ok := index[k]
		switch {
		case !ok:
			w.below(at(k, i, is[i]), func() { w.emit(Added, nil, is[i], c) })
		case otherSource(was[j], is[i]):
			w.below(at(k, i, is[i]), func() { w.emit(Changed, was[j], is[i], c) })
		default:
			w.steps = append(w.steps, at(k, i, is[i]))
			w.node(c, was[j], is[i])
			w.steps = w.steps[:len(w.steps)-1]
		}
	}
	w.order(wasKeys, isKeys, scrub)
}

// otherSource reports whether a variable has its value from elsewhere: that is one
// change and not a value gone and a source come.
func otherSource(a, b *yaml.Node) bool {
	return a.Kind == yaml.MappingNode && b.Kind == yaml.MappingNode &&
		(manifest.Field(a, "value") == nil) != (manifest.Field(b, "value") == nil) &&
		(manifest.Field(a, "valueFrom") == nil) != (manifest.Field(b, "valueFrom") == nil)
}

// unkeyed compares lists whose items are known by nothing: first what is the same,
// then what is alike, then what is left.
func (w *walker) unkeyed(c scope, was, is []*yaml.Node) {
	partner := make([]int, len(is))
	taken := make([]bool, len(was))
	pick := func(j int, fits func(i int) bool) {
		for i := range was {
			if !taken[i] && fits(i) {
				partner[j], taken[i] = i, true
				return
			}
		}
	}
	for j := range is {
		partner[j] = -1
		pick(j, func(i int) bool { return equal(was[i], is[j]) })
	}
	for j := range is {
		if partner[j] < 0 {
			pick(j, func(i int) bool { return alike(was[i], is[j]) })
		}
	}
	for i := range was {
		if !taken[i] {
			w.below(step{name: strconv.Itoa(i), item: true}, func() { w.emit(Removed, was[i], nil, c) })
		}
	}
	var wasKeys, isKeys []string
	for j := range is {
		w.below(step{name: strconv.Itoa(j), item: true}, func() {
			if partner[j] < 0 {
				w.emit(Added, nil, is[j], c)
			} else {
				w.node(c, was[partner[j]], is[j])
				isKeys = append(isKeys, strconv.Itoa(partner[j]))
			}
		})
	}
	for i := range was {
		if taken[i] {
			wasKeys = append(wasKeys, strconv.Itoa(i))
		}
	}
	w.order(wasKeys, isKeys, func(k string) string { return "item " + k })
}

// alike reports whether two items have at least half of their fields in common.
func alike(a, b *yaml.Node) bool {
	if a.Kind != yaml.MappingNode || b.Kind != yaml.MappingNode {
		return false
	}
	same := 0
	for i := 0; i+1 < len(a.Content); i += 2 {
		if o := manifest.Field(b, a.Content[i].Value); o != nil && equal(a.Content[i+1], o) {
			same++
		}
	}
	return same*4 >= len(a.Content)/2+len(b.Content)/2
}
