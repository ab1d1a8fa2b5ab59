package diff

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Verdict is the report on one line: how far it reaches, what it holds.
func (r *Report) Verdict() string { return strings.Join(r.facts(), " · ") }

// facts are the parts of the verdict.
func (r *Report) facts() []string {
	parts := []string{plural(len(r.Environments), "environment")}
	failed := 0
	for _, e := range r.Environments {
		if e.Error != "" {
			failed++
		}
	}
	if failed > 0 {
		parts = append(parts, fmt.Sprintf("%d not rendered", failed))
	}
	if r.Empty() && failed == 0 {
		return append(parts, "nothing changes")
	}
	parts = append(parts, plural(r.objects(), "object"), plural(r.changes(), "change"))
	var n [waived + 1]int
	for _, k := range r.Risks {
		n[gravity(k)]++
	}
	switch risks := n[blocks] + n[asks]; {
	case risks == 0:
		parts = append(parts, "no risks")
	case n[blocks] == 0:
		parts = append(parts, plural(risks, "risk"))
	default:
		parts = append(parts, fmt.Sprintf("%s (%d blocking)", plural(risks, "risk"), n[blocks]))
	}
	if n[waived] > 0 {
		parts = append(parts, fmt.Sprintf("%d waived", n[waived]))
	}
	if n[notes] > 0 {
		parts = append(parts, plural(n[notes], "note"))
	}
	return parts
}

// objects counts what changes, noise left out; an object that is in several
// environments counts once.
func (r *Report) objects() int {
	seen := map[manifest.ID]bool{}
	o := r.order()
	add := func(places []Place) {
		for _, p := range places {
			id := o.local(p.Object, p.Environment)
			id.Name = stem(id.Name) // an environment has its own hashes
			seen[id] = true
		}
	}
	for _, row := range r.Rows {
		add(row.Places)
	}
	for _, i := range r.Images {
		add(i.Places)
	}
	return len(seen)
}

// changes counts what a reader reads one by one: rows, and images that are no row.
func (r *Report) changes() int {
	n := len(r.Rows)
	for _, i := range r.Images {
		if len(i.Places) > 0 {
			n++
		}
	}
	return n
}

// names are those of the environments.
func (r *Report) names() []string {
	names := make([]string, len(r.Environments))
	for i, e := range r.Environments {
		names[i] = e.Name
	}
	return names
}

// plural is a count with its noun: 1 change, 2 changes.
func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// agentName is how an agent's own people spell it.
func agentName(agent string) string {
	switch agent {
	case "argocd":
		return "Argo CD"
	case "flux":
		return "Flux"
	case "plain":
		return "kubectl"
	}
	return agent
}

// cores writes thousandths of a core as Kubernetes does.
func cores(milli int64) string {
	if milli%1000 != 0 && milli < 1000 {
		return strconv.FormatInt(milli, 10) + "m"
	}
	return trimmed(float64(milli) / 1000)
}

// size writes bytes as Kubernetes does, rounded to two places.
func size(bytes int64) string {
	units := []string{"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"}
	n, u := float64(bytes), 0
	for n >= 1024 && u < len(units)-1 {
		n, u = n/1024, u+1
	}
	return trimmed(n) + units[u]
}

func trimmed(n float64) string {
	s := strconv.FormatFloat(n, 'f', 2, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

// column is one of the amounts of a Total.
type column struct {
	name string
	of   func(Amount) int64
	show func(int64) string
}

// columns are the amounts, in the order in which they are shown.
func columns() []column {
	count := func(n int64) string { return strconv.FormatInt(n, 10) }
	return []column{
		{"Replicas", func(a Amount) int64 { return int64(a.Replicas) }, count},
		{"CPU requests", func(a Amount) int64 { return a.CPURequests }, cores},
		{"CPU limits", func(a Amount) int64 { return a.CPULimits }, cores},
		{"Memory requests", func(a Amount) int64 { return a.MemoryRequests }, size},
		{"Memory limits", func(a Amount) int64 { return a.MemoryLimits }, size},
		{"Storage", func(a Amount) int64 { return a.Storage }, size},
	}
}

// step is an amount before and after; where both round to one text, in full.
func (c column) step(t Total) (old, new string, changed bool) {
	a, b := c.of(t.Old), c.of(t.New)
	old, new = c.show(a), c.show(b)
	if a != b && old == new {
		old, new = strconv.FormatInt(a, 10), strconv.FormatInt(b, 10)
	}
	return old, new, a != b
}

// changedColumns are those in which anything changes.
func changedColumns(totals []Total) []column {
	return slices.DeleteFunc(columns(), func(c column) bool {
		return !slices.ContainsFunc(totals, func(t Total) bool { return c.of(t.Old) != c.of(t.New) })
	})
}

// setOf are objects that changed in the same environments.
type setOf struct {
	objects      []manifest.ID
	environments []string
}

// order is the environments of a report, and the place of each.
type order struct {
	names []string
	index map[string]int
	homes map[string][]string
}

func (r *Report) order() order {
	o := order{r.names(), make(map[string]int, len(r.Environments)), make(map[string][]string, len(r.Environments))}
	for i, e := range r.Environments {
		o.index[e.Name], o.homes[e.Name] = i, e.Homes
	}
	return o
}

// local is an object as it is known in an environment: without a namespace where that is
// the release's own, and else with it before the name. The second is for a reader, who
// would take two of one name for one.
func (o order) local(id manifest.ID, environment string) manifest.ID {
	if homes := o.homes[environment]; id.Namespace != "" && len(homes) > 0 && !slices.Contains(homes, id.Namespace) {
		id.Name = id.Namespace + "/" + id.Name
	}
	id.Namespace = ""
	return id
}

// local is the risk with its object as it is known in its environments.
func (k Risk) local(o order) Risk {
	if len(k.Environments) > 0 {
		k.Object = o.local(k.Object, k.Environments[0])
	}
	return k
}

// pick are the names at some places, in order, each once.
func (o order) pick(places []int) []string {
	slices.Sort(places)
	places = slices.Compact(places)
	names := make([]string, len(places))
	for i, p := range places {
		names[i] = o.names[p]
	}
	return names
}

// touched are the environments of a row.
func (o order) touched(places []Place) []string {
	var in []int
	for _, p := range places {
		if i, known := o.index[p.Environment]; known {
			in = append(in, i)
		}
	}
	return o.pick(in)
}

// where sorts the objects of a row by the environments that each is in.
func (o order) where(places []Place) []setOf {
	type object struct {
		id   manifest.ID
		name string
		in   []int
	}
	var objects []*object
	of := map[manifest.ID]*object{}
	for _, p := range places {
		i, known := o.index[p.Environment]
		if !known {
			continue
		}
		id := o.local(p.Object, p.Environment)
		at := of[id]
		if at == nil {
			at = &object{id: id, name: id.String()}
			of[id] = at
			objects = append(objects, at)
		}
		at.in = append(at.in, i)
	}
	slices.SortFunc(objects, func(a, b *object) int { return strings.Compare(a.name, b.name) })
	var sets []setOf
	index := map[string]int{}
	for _, at := range objects {
		envs := o.pick(at.in)
		key := strings.Join(envs, "\x00")
		i, known := index[key]
		if !known {
			i = len(sets)
			index[key] = i
			sets = append(sets, setOf{environments: envs})
		}
		sets[i].objects = append(sets[i].objects, at.id)
	}
	return sets
}

// braced writes names that begin alike once: airbyte-{server,worker}.
func braced(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, ", ")
	}
	prefix := names[0]
	for _, n := range names[1:] {
		for !strings.HasPrefix(n, prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	prefix = prefix[:strings.LastIndexAny(prefix, "-/")+1]
	if len(prefix) < 4 {
		return strings.Join(names, ", ")
	}
	ends := make([]string, len(names))
	for i, n := range names {
		ends[i] = n[len(prefix):]
	}
	return prefix + "{" + strings.Join(ends, ",") + "}"
}

// objectNames names objects, those of a kind together, and their kinds if that is
// asked.
func objectNames(ids []manifest.ID, kinds bool) []string {
	var of []string
	names := map[string][]string{}
	for _, id := range ids {
		kind := strings.TrimSuffix(id.String(), id.Name)
		if names[kind] == nil {
			of = append(of, kind)
		}
		names[kind] = append(names[kind], id.Name)
	}
	texts := make([]string, len(of))
	for i, kind := range of {
		texts[i] = braced(names[kind])
		if kinds {
			texts[i] = kind + texts[i]
		}
	}
	return texts
}
