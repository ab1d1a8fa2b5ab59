package diff

import (
	"cmp"
	"math/big"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// walker goes through pairs of objects and writes down what differs.
type walker struct {
	environment string
	options     Options
	// renamed are the objects of the environment that stand under another name because
	// of their content.
	renamed map[rename]bool
	home    [2]string
	// own are the namespaces of the object on both sides.
	own [2]string

	id      manifest.ID
	root    scope
	steps   []step
	changes []change
}

// rename is an object of a kind under two names.
type rename struct{ kind, old, new string }

// object begins with the fields of an object.
func (w *walker) object(id manifest.ID, n *yaml.RNode) {
	w.id, w.steps = id, w.steps[:0]
	w.root = scopeOf(n.YNode())
}

// pair compares an object with what it was.
func (w *walker) pair(p pair) {
	w.object(p.newID, p.new)
	w.own = [2]string{cmp.Or(p.oldID.Namespace, w.home[0]), cmp.Or(p.newID.Namespace, w.home[1])}
	if p.renamed {
		w.changes = append(w.changes, change{
			op: Renamed, old: Value{Present: true, Text: p.oldID.Name}, new: Value{Present: true, Text: p.newID.Name},
			environment: w.environment, object: w.id,
		})
	}
	old, new := p.old.YNode(), p.new.YNode()
	c := w.root
	if w.id.Kind == "Secret" && w.id.Group == "" {
		w.secret(p, c)
		return
	}
	w.mapping(c, old, new, nil)
}

// below does work one step further down.
func (w *walker) below(s step, work func()) {
	w.steps = append(w.steps, s)
	work()
	w.steps = w.steps[:len(w.steps)-1]
}

// field is the key that the walker stands at, seen through lists.
func (w *walker) field() string {
	for i := len(w.steps) - 1; i >= 0; i-- {
		if !w.steps[i].item {
			return w.steps[i].name
		}
	}
	return ""
}

// node compares two values that both are there.
func (w *walker) node(c scope, old, new *yaml.Node) {
	if old.Kind != new.Kind {
		w.emit(Changed, old, new, c)
		return
	}
	switch new.Kind {
	case yaml.MappingNode:
		w.mapping(c, old, new, nil)
	case yaml.SequenceNode:
		w.list(c, old, new)
	default:
		if !sameScalar(old, new) {
			w.scalar(c, old, new)
		}
	}
}

// sameScalar reports whether two scalars are the same value. Nodes that kustomize made
// have no tag now and then, and numbers have several forms.
func sameScalar(a, b *yaml.Node) bool {
	if a.Tag == b.Tag && (a.Value == b.Value || a.Tag == yaml.NodeTagString) {
		return a.Value == b.Value
	}
	if a.Style&b.Style&exact != 0 {
		x, ok := new(big.Int).SetString(a.Value, 0)
		y, ok2 := new(big.Int).SetString(b.Value, 0)
		return ok && ok2 && x.Cmp(y) == 0
	}
	x, err := manifest.Value(a)
	y, err2 := manifest.Value(b)
	return err == nil && err2 == nil && x == y
}

// isText reports whether a node is a string, tagged as one or not.
func isText(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && (n.Tag == yaml.NodeTagString || n.ShortTag() == yaml.NodeTagString)
}

// scalar is two scalars that differ: as they are, or as what is written in them.
func (w *walker) scalar(c scope, old, new *yaml.Node) {
	if c.hide || c.named || !w.embedded(c, old, new) {
		w.emit(Changed, old, new, c)
	}
}

// mapping compares two mappings by key, but for those that are left out.
func (w *walker) mapping(c scope, old, new *yaml.Node, leave func(key string) bool) {
	for i := 0; i+1 < len(old.Content); i += 2 {
		key := old.Content[i].Value
		if (leave == nil || !leave(key)) && find(new, key, i) == nil {
			w.steps = append(w.steps, step{name: key})
			w.one(Removed, c.child(old, key), old.Content[i+1])
			w.steps = w.steps[:len(w.steps)-1]
		}
	}
	for i := 0; i+1 < len(new.Content); i += 2 {
		key, value := new.Content[i].Value, new.Content[i+1]
		if leave != nil && leave(key) || len(w.steps) == 1 && w.steps[0].name == "metadata" && key == "name" {
			continue // a name is what the object is known by, and a rename has been said
		}
		was := find(old, key, i)
		if was != nil && was.Kind == yaml.ScalarNode && value.Kind == yaml.ScalarNode && sameScalar(was, value) {
			continue
		}
		w.steps = append(w.steps, step{name: key})
		if child := c.child(new, key); was == nil {
			w.one(Added, child, value)
		} else {
			w.node(child.and(c.child(old, key)), was, value)
		}
		w.steps = w.steps[:len(w.steps)-1]
	}
}

// one is a field that is on one side only. Of a list whose items are known by
// something each is told by itself, as if the list had been there and empty.
func (w *walker) one(op Op, c scope, n *yaml.Node) {
	if n.Kind == yaml.SequenceNode && len(n.Content) > 0 && !c.hide && !c.named && !c.sequence && !scalars(n.Content) {
		empty := &yaml.Node{Kind: yaml.SequenceNode, Tag: yaml.NodeTagSeq}
		old, new := empty, n
		if op == Removed {
			old, new = n, empty
		}
		if was, is, ok := w.keysOf(w.field(), old.Content, new.Content); ok {
			w.keyed(c, w.field(), old.Content, new.Content, was, is)
			return
		}
	}
	if op == Removed {
		w.emit(op, n, nil, c)
	} else {
		w.emit(op, nil, n, c)
	}
}

// find returns the value of a key, which is likely to be where it is on the other
// side.
func find(n *yaml.Node, key string, hint int) *yaml.Node {
	for near := max(0, hint-8); near <= hint+8 && near+1 < len(n.Content); near += 2 {
		if n.Content[near].Value == key {
			return n.Content[near+1]
		}
	}
	return manifest.Field(n, key)
}

// equal reports whether two values are the same; of mappings the order does not
// count.
func equal(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || len(a.Content) != len(b.Content) {
		return false
	}
	switch a.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(a.Content); i += 2 {
			o := find(b, a.Content[i].Value, i)
			if o == nil || !equal(a.Content[i+1], o) {
				return false
			}
		}
		return true
	case yaml.SequenceNode:
		for i := range a.Content {
			if !equal(a.Content[i], b.Content[i]) {
				return false
			}
		}
		return true
	}
	return sameScalar(a, b)
}
