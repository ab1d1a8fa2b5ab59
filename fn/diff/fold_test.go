package diff

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// unfold turns the rows and images of a report back into the changes of every field
// in every place.
func unfold(r *Report) []string {
	var all []string
	add := func(noise bool, op Op, p Place, old, new Value) {
		all = append(all, fmt.Sprint(noise, op, p.Environment, p.Object, p.Path, old, new))
	}
	for _, row := range r.Rows {
		for _, p := range row.Places {
			add(false, row.Op, p, row.Old, row.New)
		}
	}
	for _, row := range r.Noise {
		for _, p := range row.Places {
			add(true, row.Op, p, row.Old, row.New)
		}
	}
	for _, i := range r.Images {
		from := i.Repository
		if i.From != "" {
			from = i.From
		}
		for _, p := range i.Places {
			add(false, Changed, p,
				Value{Present: true, Text: imageRef{from, i.Old}.String()}, Value{Present: true, Text: imageRef{i.Repository, i.New}.String()})
		}
	}
	slices.Sort(all)
	return all
}

// unfolded are the changes as they are before anything is folded.
func unfolded(envs []Sides) []string {
	var all []string
	for i := range envs {
		for _, c := range compareSides(&envs[i], Options{}, &Environment{}) {
			all = append(all, fmt.Sprint(c.noise, c.op, c.environment, c.object, c.path, c.old, c.new))
		}
	}
	slices.Sort(all)
	return all
}

// holdFold checks that a report says each change once, and that each row's path fits
// its places.
func holdFold(t *testing.T, envs []Sides) *Report {
	t.Helper()
	r := Compare(envs, Options{})
	if want, got := unfolded(envs), unfold(r); !slices.Equal(want, got) {
		t.Fatalf("unfolded, the report says something else (-fields +report):\n%s", cmp.Diff(want, got))
	}
	for _, row := range slices.Concat(r.Rows, r.Noise) {
		for _, p := range row.Places {
			if p.Path != row.Path && !strings.Contains(row.Path, "[*]") {
				t.Errorf("row %s has a place at %s", row.Path, p.Path)
			}
			if !slices.Contains(row.Kinds, p.Object.Kind) {
				t.Errorf("row %s is of %v and has a place in %v", row.Path, row.Kinds, p.Object)
			}
		}
	}
	return r
}

// generator makes sets that have much in common, as environments do.
type generator struct{ *rand.Rand }

func (g generator) pick(words ...string) string { return words[g.IntN(len(words))] }

func (g generator) set() manifest.Set {
	var b strings.Builder
	for _, name := range []string{"server", "worker", "cron"} {
		if g.IntN(6) == 0 {
			continue
		}
		fmt.Fprintf(&b, "---\napiVersion: apps/v1\nkind: %s\nmetadata:\n  name: %s\n  labels: {app: x, helm.sh/chart: c-%d}\nspec:\n  replicas: %d\n  template:\n    spec:\n",
			g.pick("Deployment", "Deployment", "StatefulSet"), name, g.IntN(3), g.IntN(3))
		for _, list := range []string{"initContainers", "containers"} {
			fmt.Fprintf(&b, "      %s:\n", list)
			for _, c := range []string{"main", name} {
				fmt.Fprintf(&b, "      - name: %s\n        image: %s:%s\n        env:\n", c, g.pick("a/x", "b/a/x"), g.pick("1.0.0", "1.1.0", "latest@sha256:00"))
				for _, i := range g.Perm(4) {
					if g.IntN(4) > 0 {
						fmt.Fprintf(&b, "        - {name: V%d, value: %q}\n", i, g.pick("a", "b", "*", "x y", "postgres://u:p@h/d"))
					}
				}
				fmt.Fprintf(&b, "        args: [%s, %s]\n", g.pick("a", "b"), g.pick("a", "b"))
			}
		}
	}
	fmt.Fprintf(&b, "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: env\ndata:\n  A: %q\n  W_IMAGE: w:%s\n  DB_PASSWORD: %q\n  app.yml: |\n    log: %s\n    %slist: [%s]\n",
		g.pick("1", "2", ""), g.pick("1", "2"), g.pick("hunter1", "hunter2"), g.pick("INFO", "DEBUG"), g.pick("", "# why\n    "), g.pick("1, 2", "2, 1", "1"))
	fmt.Fprintf(&b, "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: np}\nspec:\n  ingress:\n  - from: [{podSelector: {matchLabels: {a: %s}}}]\n  - ports: [{port: %d}]\n  podSelector: {}\n",
		g.pick("x", "y"), g.IntN(3))
	fmt.Fprintf(&b, "---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: boot-%010x}\nspec: {template: {spec: {containers: [{name: b, image: \"b:%d\"}]}}}\n", g.IntN(3), g.IntN(3))
	fmt.Fprintf(&b, "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {k: v%d, %s: x}\n", g.IntN(2), g.pick("a", "b"))
	set, _, err := manifest.DecodeText(b.String(), "generated")
	if err != nil {
		panic(err)
	}
	return set
}

func (g generator) sides() []Sides {
	var envs []Sides
	for _, name := range []string{"aks", "eks", "gke"} {
		envs = append(envs, Sides{Name: name, Old: g.set(), New: g.set()})
	}
	return envs
}

// TestFoldLosesNothing unfolds reports of random sets.
func TestFoldLosesNothing(t *testing.T) {
	rows, fields := 0, 0
	for seed := range uint64(60) {
		g := generator{rand.New(rand.NewPCG(seed, 7))}
		r := holdFold(t, g.sides())
		rows += len(r.Rows)
		fields += len(unfold(r))
	}
	if rows == 0 || rows >= fields {
		t.Errorf("%d rows of %d fields: nothing was folded", rows, fields)
	}
}

// FuzzCompare holds any two sets to: the fold loses nothing, the same set has no
// changes, another has some, and the report is the same each time.
func FuzzCompare(f *testing.F) {
	f.Add("kind: A\nmetadata: {name: x}\nspec: {a: [1, 2]}\n", "kind: A\nmetadata: {name: x}\nspec: {a: [2, 1]}\n")
	f.Add("kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\ndata: {a.yml: \"x: 1\"}\n", "kind: ConfigMap\napiVersion: v1\nmetadata: {name: x}\ndata: {a.yml: \"x:   1\"}\n")
	f.Add("kind: Secret\napiVersion: v1\nmetadata: {name: x}\ndata: [x]\nsops: {}\n", "kind: Secret\napiVersion: v1\nmetadata: {name: x-0123456789}\nsops: [1]\n")
	f.Add("kind: A\nmetadata: {name: x}\nspec: {l: [{name: a}, {name: a}, 1]}\n", "kind: A\nmetadata: {name: x}\nspec: {l: [{name: a, x: \"true\"}]}\n")
	f.Fuzz(func(t *testing.T, a, b string) {
		old, _, err := manifest.DecodeText(a, "a")
		if err != nil {
			return
		}
		new, _, err := manifest.DecodeText(b, "b")
		if err != nil || old.Check() != nil || new.Check() != nil {
			return
		}
		r := holdFold(t, []Sides{{Name: "x", Old: old, New: new}, {Name: "y", Old: old, New: new}})
		if d := cmp.Diff(r, Compare([]Sides{{Name: "x", Old: old, New: new}, {Name: "y", Old: old, New: new}}, Options{})); d != "" {
			t.Errorf("compared again:\n%s", d)
		}
		if !Compare([]Sides{{Name: "x", Old: old, New: old}}, Options{}).Empty() {
			t.Error("a set differs from itself")
		}
		if !sameSets(old, new) && r.Empty() {
			t.Error("sets that differ have no changes")
		}
	})
}

// sameSets compares the bytes, in any order of objects.
func sameSets(a, b manifest.Set) bool {
	texts := func(s manifest.Set) []string {
		var all []string
		for _, n := range s {
			b, err := manifest.Bytes(n)
			if err != nil {
				return nil
			}
			all = append(all, string(b))
		}
		slices.Sort(all)
		return all
	}
	return slices.Equal(texts(a), texts(b))
}
