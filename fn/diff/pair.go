package diff

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// pair is an object before and after; one side is nil where it is new or gone.
type pair struct {
	old, new     *yaml.RNode
	oldID, newID manifest.ID
	// renamed pairs stand under two names; hashed ones because their content is part
	// of the name.
	renamed, hashed bool
}

// side is one set of an environment, by identity.
type side struct {
	objects []object
	byKey   map[manifest.ID]int
}

type object struct {
	node *yaml.RNode
	id   manifest.ID
	key  manifest.ID
	// paired objects are done with.
	paired bool
}

// newSide indexes a set. The key of an object has no namespace where it is at home
// or in none.
func newSide(set manifest.Set, home string) *side {
	s := &side{objects: make([]object, len(set)), byKey: make(map[manifest.ID]int, len(set))}
	for i, n := range set {
		id := manifest.IDOf(n)
		key := id.Current()
		if id.Namespace == home || set.ScopeOf(id) == manifest.Cluster {
			key.Namespace = ""
		}
		s.objects[i] = object{node: n, id: id, key: key}
		if _, twice := s.byKey[key]; !twice { // the first counts, the other is added or removed
			s.byKey[key] = i
		}
	}
	return s
}

// homeOf is the namespace of most objects of a set, or default.
func homeOf(set manifest.Set) string {
	count := map[string]int{}
	for _, n := range set {
		if ns := manifest.IDOf(n).Namespace; ns != "" {
			count[ns]++
		}
	}
	home := ""
	for ns, n := range count {
		if home == "" || n > count[home] || n == count[home] && ns < home {
			home = ns
		}
	}
	return cmp.Or(home, "default")
}

// pairObjects pairs what is the same object: by identity, then by the name without
// the hash of its content, then by likeness. The order is that of the new set, with
// what is gone behind it.
func pairObjects(s *Sides) []pair {
	s.OldHome = cmp.Or(s.OldHome, homeOf(s.Old))
	s.NewHome = cmp.Or(s.NewHome, homeOf(s.New))
	was, is := newSide(s.Old, s.OldHome), newSide(s.New, s.NewHome)
	pairs := make([]pair, 0, len(is.objects))
	match := func(i, j int, renamed, hashed bool) {
		a, b := &was.objects[i], &is.objects[j]
		a.paired, b.paired = true, true
		pairs = append(pairs, pair{a.node, b.node, a.id, b.id, renamed, hashed})
	}
	for j := range is.objects {
		key := is.objects[j].key
		if i, ok := was.byKey[key]; ok && is.byKey[key] == j && !was.objects[i].paired {
			match(i, j, false, false)
		}
	}
	pairByStem(was, is, match)
	pairByLikeness(was, is, match)
	for _, o := range is.objects {
		if !o.paired {
			pairs = append(pairs, pair{new: o.node, newID: o.id})
		}
	}
	for _, o := range was.objects {
		if !o.paired {
			pairs = append(pairs, pair{old: o.node, oldID: o.id})
		}
	}
	return pairs
}

// stem is a name without the hash of its content.
func stem(name string) string { return manifest.Stem(name) }

// namedByContent holds the name of a Job without the hash, see fn/transform.
const namedByContent = manifest.NamedByContent

// pairByStem pairs objects whose names differ in the hash of their content. A name
// that is hashed on one side only counts too: its generator was told so.
func pairByStem(was, is *side, match func(i, j int, renamed, hashed bool)) {
	open := map[manifest.ID][]int{}
	key := func(o *object) manifest.ID {
		k := o.key
		k.Name = manifest.StemOf(o.node)
		return k
	}
	for i := range was.objects {
		if o := &was.objects[i]; !o.paired {
			open[key(o)] = append(open[key(o)], i)
		}
	}
	for j := range is.objects {
		o := &is.objects[j]
		if o.paired {
			continue
		}
		k := key(o)
		if left := open[k]; len(left) > 0 {
			match(left[0], j, true, true)
			open[k] = left[1:]
		}
	}
}

// How much two objects of a kind must have in common to be one that was renamed. What
// runs the same images needs less: names of other objects stand all over it.
const (
	like        = 0.75
	likeRunning = 0.6
)

// minLeaves is the number of fields below which likeness means nothing: two
// ServiceAccounts have everything in common but the name.
const minLeaves = 5

// pairByLikeness pairs what is left of each kind, the likest first.
func pairByLikeness(was, is *side, match func(i, j int, renamed, hashed bool)) {
	type candidate struct {
		i, j  int
		score float64
	}
	var all []candidate
	seed := maphash.MakeSeed()
	leaves := map[*object]map[uint64]int{}
	of := func(o *object) map[uint64]int {
		if leaves[o] == nil {
			leaves[o] = leavesOf(o, seed)
		}
		return leaves[o]
	}
	for i := range was.objects {
		a := &was.objects[i]
		if a.paired {
			continue
		}
		for j := range is.objects {
			b := &is.objects[j]
			if b.paired || a.key.Group != b.key.Group || a.key.Kind != b.key.Kind || a.key.Namespace != b.key.Namespace {
				continue
			}
			least := like
			if template := manifest.PodTemplate(a.node); template != nil {
				if least = likeRunning; !sameImages(a.node, b.node) {
					continue
				}
			}
			if score := likeness(of(a), of(b)); score >= least {
				all = append(all, candidate{i, j, score})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.i, b.i), cmp.Compare(a.j, b.j))
	})
	for _, c := range all {
		if !was.objects[c.i].paired && !is.objects[c.j].paired {
			match(c.i, c.j, true, false)
		}
	}
}

// sameImages reports whether two workloads run images of the same repositories.
func sameImages(a, b *yaml.RNode) bool {
	of := func(n *yaml.RNode) []string {
		var all []string
		for _, c := range manifest.Containers(manifest.Field(manifest.PodTemplate(n), "spec")) {
			repo, _ := manifest.SplitImage(manifest.Text(c, "image"))
			all = append(all, baseOf(repo))
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	return slices.Equal(of(a), of(b))
}

// leavesOf are the fields of an object, hashed with their paths. Its own name, wherever
// it stands, is the same for all.
func leavesOf(o *object, seed maphash.Seed) map[uint64]int {
	all := map[uint64]int{}
	var walk func(path string, n *yaml.Node)
	walk = func(path string, n *yaml.Node) {
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				walk(path+"\x00"+n.Content[i].Value, n.Content[i+1])
			}
		case yaml.SequenceNode:
			for _, c := range n.Content {
				walk(path+"\x00", c)
			}
		default:
			all[maphash.String(seed, path+"\x01"+strings.ReplaceAll(n.Value, o.id.Name, "\x02"))]++
		}
	}
	walk("", o.node.YNode())
	return all
}

// likeness is the share of fields that two objects have in common.
func likeness(a, b map[uint64]int) float64 {
	both, total := 0, 0
	for h, n := range a {
		both += min(n, b[h])
		total += n
	}
	for _, n := range b {
		total += n
	}
	if total < 2*minLeaves {
		return 0
	}
	return 2 * float64(both) / float64(total)
}
