package diff

import (
	"slices"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Sides are the two sets of one environment.
type Sides struct {
	// Name is what the report calls the environment, Agent what applies it.
	Name, Agent string
	// Dir is the folder of its manifests in the repository, slash-separated, or empty.
	Dir string
	// OldHome and NewHome are the namespaces that the release lives in: an object that
	// names none is there, and a release that moves is still the same. Where they are
	// empty it is the namespace of most objects.
	OldHome, NewHome string
	Old, New         manifest.Set
	// Error says why one side is not there; the sets are then not looked at.
	Error string
}

// Options is what a comparison depends on besides the sets.
type Options struct {
	// Same says whether a key of a sealed Secret has the same value on both sides, where
	// somebody has the key to know. If nil, nobody has.
	Same func(old, new *yaml.RNode, key string) (same, known bool)
}

// Compare says what changed in each environment, and folds what is the same in many
// places. Risks are left to who knows the rules: AddRisk.
func Compare(envs []Sides, o Options) *Report {
	r := &Report{
		Environments: []Environment{}, Risks: []Risk{}, Images: []Image{}, Totals: []Total{}, Rows: []Row{}, Noise: []Row{},
	}
	var changes []change
	var images imageFold
	for i := range envs {
		s := &envs[i]
		env := Environment{Name: s.Name, Agent: s.Agent, Dir: s.Dir, Error: scrubError(s.Error)}
		if s.Error == "" {
			found := compareSides(s, o, &env)
			uses := imageChanges(s)
			changes = append(changes, images.add(s.Name, uses, found)...)
			r.Totals = append(r.Totals, Total{Environment: s.Name, Old: amountOf(s.Old), New: amountOf(s.New)})
		}
		r.Environments = append(r.Environments, env)
	}
	r.Images = images.fold()
	r.Rows, r.Noise = fold(changes)
	return r
}

// AddRisk adds a risk of an environment. One that is the same in several is one, and
// what blocks comes first, what somebody has answered for last.
func (r *Report) AddRisk(environment string, risk Risk) {
	o := r.order()
	local := func(f manifest.Finding, environment string) manifest.Finding {
		f.Object = o.local(f.Object, environment)
		return f
	}
	for i := range r.Risks {
		have := &r.Risks[i]
		if local(have.Finding, have.Environments[0]) == local(risk.Finding, environment) && have.Waived == risk.Waived && have.Until == risk.Until {
			if !slices.Contains(have.Environments, environment) {
				have.Environments = append(have.Environments, environment)
			}
			return
		}
	}
	risk.Environments = []string{environment}
	r.Risks = append(r.Risks, risk)
	slices.SortStableFunc(r.Risks, func(a, b Risk) int { return gravity(a) - gravity(b) })
}

// How grave a risk is, gravest first.
const (
	blocks = iota
	asks
	notes
	waived
)

func gravity(k Risk) int {
	switch {
	case k.Waived != "":
		return waived
	case k.Severity == manifest.Error:
		return blocks
	case k.Severity == manifest.Info:
		return notes
	}
	return asks
}

// Empty reports whether nothing changed, not even what is noise.
func (r *Report) Empty() bool {
	return len(r.Rows) == 0 && len(r.Noise) == 0 && len(r.Images) == 0
}

// change is one change in one place, before it is folded.
type change struct {
	op   Op
	path string
	// pattern is the path with * for the container, or the path.
	pattern     string
	old, new    Value
	environment string
	object      manifest.ID
	noise       bool
}

// compareSides lists the changes of an environment and counts its objects.
func compareSides(s *Sides, o Options, env *Environment) []change {
	env.Old, env.New = len(s.Old), len(s.New)
	pairs := pairObjects(s)
	env.Homes = slices.Compact([]string{s.OldHome, s.NewHome})
	renamed := map[rename]bool{}
	for _, p := range pairs {
		if p.hashed {
			renamed[rename{p.oldID.Kind, p.oldID.Name, p.newID.Name}] = true
		}
	}
	w := walker{environment: s.Name, options: o, renamed: renamed}
	for _, p := range pairs {
		before := len(w.changes)
		switch {
		case p.old == nil:
			env.Added++
			w.object(p.newID, p.new)
			w.emit(Added, nil, p.new.YNode(), w.root)
		case p.new == nil:
			env.Removed++
			w.object(p.oldID, p.old)
			w.emit(Removed, p.old.YNode(), nil, w.root)
		case p.old == p.new: // the same file
		default:
			w.home = s.home()
			w.pair(p)
			if slices.ContainsFunc(w.changes[before:], func(c change) bool { return !c.noise }) {
				env.Changed++
			}
		}
	}
	return w.changes
}

// home is where objects are that name no namespace.
func (s *Sides) home() [2]string { return [2]string{s.OldHome, s.NewHome} }
