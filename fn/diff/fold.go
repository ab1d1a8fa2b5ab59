package diff

import (
	"cmp"
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// foldKey is what changes have in common that are one row.
type foldKey struct {
	noise    bool
	op       Op
	class    string
	pattern  string
	old, new Value
}

// fold makes rows of changes: one for all that are the same, whatever environment,
// object and container they are in.
func fold(changes []change) (rows, noise []Row) {
	at := map[foldKey]int{}
	var all []Row
	var patterns []string
	var quiet []bool
	for _, c := range changes {
		key := foldKey{c.noise, c.op, classOf(c), c.pattern, c.old, c.new}
		i, ok := at[key]
		if !ok {
			i = len(all)
			at[key] = i
			all = append(all, Row{Op: c.op, Path: c.path, Old: c.old, New: c.new})
			patterns, quiet = append(patterns, c.pattern), append(quiet, c.noise)
		}
		row := &all[i]
		if row.Path != c.path {
			row.Path = patterns[i]
		}
		row.Places = append(row.Places, Place{c.environment, c.object, c.path})
		if !slices.Contains(row.Kinds, c.object.Kind) {
			row.Kinds = append(row.Kinds, c.object.Kind)
		}
	}
	rows, noise = []Row{}, []Row{}
	for i := range all {
		slices.Sort(all[i].Kinds)
		if quiet[i] {
			noise = append(noise, all[i])
		} else {
			rows = append(rows, all[i])
		}
	}
	slices.SortStableFunc(rows, compareRows)
	slices.SortStableFunc(noise, compareRows)
	return rows, noise
}

// workloads are the kinds that describe Pods in the same words.
var workloads = []string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"}

// classOf names the objects whose changes can be one row: those of a kind, all
// workloads, and of what is called or marked somehow, all of them.
func classOf(c change) string {
	switch {
	case c.path == "": // a whole object, or its name
		return c.object.Group + "/" + c.object.Kind + "/" + stem(c.object.Name)
	case strings.HasPrefix(c.path, "metadata."):
		return ""
	case slices.Contains(workloads, c.object.Kind):
		return "workload"
	}
	return c.object.Group + "/" + c.object.Kind
}

// compareRows orders rows as a reader looks for them: whole objects, then fields, by
// where they are first.
func compareRows(a, b Row) int {
	return cmp.Or(
		cmp.Compare(weight(a), weight(b)),
		slices.Compare(a.Kinds, b.Kinds),
		cmp.Compare(a.Path, b.Path),
		compareObjects(a.Places[0].Object, b.Places[0].Object),
		cmp.Compare(a.Op, b.Op),
		cmp.Compare(a.Old.Text, b.Old.Text),
		cmp.Compare(a.New.Text, b.New.Text),
	)
}

func weight(r Row) int {
	switch {
	case r.Path != "":
		return 3
	case r.Op == Removed:
		return 0
	case r.Op == Added:
		return 1
	}
	return 2
}

func compareObjects(a, b manifest.ID) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}
