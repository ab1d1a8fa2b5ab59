package diff

import (
	"html/template"
	"slices"
	"strconv"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// htmlPage is what page.html shows. Every text in it can be seen (manifest.Visible), and is
// escaped by the template.
type htmlPage struct {
	Title, Verdict, Policy string
	Facts                  []string
	CSS                    template.CSS
	JS                     template.JS
	Failed                 []htmlFailed
	Risks                  []htmlRisk
	Images                 []htmlImage
	Columns                []string // the totals that change
	Environments           []htmlEnvironment
	Groups                 []htmlGroup
	NoiseGroups            []htmlGroup
	NoiseCount             string
	Kinds                  []string
	Ops                    []Op
	names                  []string
}

// Changes and Noise are what the two matrices show.
func (p htmlPage) Changes() htmlMatrix { return htmlMatrix{p.names, p.Groups} }

func (p htmlPage) Noise() htmlMatrix { return htmlMatrix{p.names, p.NoiseGroups} }

type htmlMatrix struct {
	Names  []string
	Groups []htmlGroup
}

// Span is the number of columns.
func (m htmlMatrix) Span() int { return len(m.Names) + 1 }

// Many says that the columns need another look.
func (m htmlMatrix) Many() bool { return len(m.Names) > 5 }

type htmlFailed struct{ Name, Error string }

type htmlRisk struct{ Class, Label, Code, Object, Field, In, Message, Waived, Until string }

type htmlImage struct{ Repository, Old, New, Bump, Class, In string }

type htmlStep struct{ Old, New string }

type htmlEnvironment struct {
	Index                   int
	Name, Agent             string
	Objects                 htmlStep
	Added, Removed, Changed string
	Error                   bool
	Totals                  []htmlStep
}

type htmlGroup struct {
	Title, Count string
	Rows         []htmlRow
}

type htmlRow struct {
	Op                  Op
	Label, Note         string
	Path, Where, In     string
	EnvIndex, KindIndex string
	Old, New            []mark
	Long                bool     // the two do not stand on one line
	Cells               []string // of each environment, the number of places
	Forms               []htmlForm
	Places              []htmlPlace
}

// htmlForm is the values whole, as they are in some environments.
type htmlForm struct {
	In    string // empty where they are the same in all places
	Lines []htmlLine
}

type htmlLine struct {
	Class, Sign string
	Marks       []mark
}

type htmlPlace struct{ Objects, Path, In string }

// view is the report as the page shows it.
func (r *Report) view() htmlPage {
	facts := r.facts()
	p := htmlPage{Verdict: strings.Join(facts, " · "), Facts: facts, NoiseCount: plural(len(r.Noise), "change")}
	v := viewer{order: r.order(), kinds: map[string]int{}}
	for _, name := range v.order.names {
		p.names = append(p.names, manifest.OneLine(name))
	}
	for _, k := range r.Risks {
		p.Risks = append(p.Risks, v.risk(k))
	}
	for _, i := range r.Images {
		name := i.Repository
		if i.From != "" {
			name = i.From + " → " + name
		}
		one := htmlImage{manifest.OneLine(name), manifest.OneLine(i.Old), manifest.OneLine(i.New), manifest.OneLine(string(i.Bump)), "", v.list(i.Environments)}
		if i.Bump == Major || i.Bump == Downgrade {
			one.Class = "loud"
		}
		p.Images = append(p.Images, one)
	}
	p.environments(r)
	p.Groups = v.groups(byKind(r.Rows))
	p.NoiseGroups = v.groups(byKind(r.Noise))
	p.Kinds = v.names
	all := slices.Concat(r.Rows, r.Noise)
	for _, op := range []Op{Added, Removed, Changed, Reordered, Renamed, Resealed, Reformatted} {
		if slices.ContainsFunc(all, func(row Row) bool { return row.Op == op }) {
			p.Ops = append(p.Ops, op)
		}
	}
	return p
}

func (p *htmlPage) environments(r *Report) {
	columns := changedColumns(r.Totals)
	for _, c := range columns {
		p.Columns = append(p.Columns, c.name)
	}
	totals := map[string]Total{}
	for _, t := range r.Totals {
		totals[t.Environment] = t
	}
	count := func(n int) string {
		if n == 0 {
			return "–"
		}
		return strconv.Itoa(n)
	}
	for i, e := range r.Environments {
		one := htmlEnvironment{
			Index: i, Name: manifest.OneLine(e.Name), Agent: manifest.OneLine(agentName(e.Agent)), Error: e.Error != "",
			Objects: htmlStep{strconv.Itoa(e.Old), strconv.Itoa(e.New)}, Added: count(e.Added), Removed: count(e.Removed), Changed: count(e.Changed),
		}
		t, known := totals[e.Name]
		for _, c := range columns {
			step := htmlStep{}
			if known {
				step.Old, step.New, _ = c.step(t)
			}
			one.Totals = append(one.Totals, step)
		}
		p.Environments = append(p.Environments, one)
		if e.Error != "" {
			p.Failed = append(p.Failed, htmlFailed{one.Name, manifest.Visible(e.Error)})
		}
	}
}

// viewer turns parts of a report into those of the page.
type viewer struct {
	order order
	// kinds are those met so far, for the filter.
	kinds map[string]int
	names []string
}

// list names environments.
func (v *viewer) list(envs []string) string {
	if len(envs) == len(v.order.names) && len(envs) > 1 {
		return "all environments"
	}
	return manifest.OneLine(strings.Join(envs, ", "))
}

func (v *viewer) risk(k Risk) htmlRisk {
	one := htmlRisk{
		Class: "warning", Label: "Risk", Code: manifest.OneLine(k.Code), Field: manifest.OneLine(k.Field), In: v.list(k.Environments),
		Message: manifest.OneLine(k.Message), Waived: manifest.OneLine(k.Waived), Until: manifest.OneLine(k.Until),
	}
	if k.Object != (manifest.ID{}) {
		one.Object = manifest.OneLine(k.local(v.order).Object.String())
	}
	switch gravity(k) {
	case waived:
		one.Class, one.Label = "note", "Waived"
	case blocks:
		one.Class, one.Label = "blocking", "Blocking"
	case notes:
		one.Class, one.Label = "note", "Note"
	}
	return one
}

func (v *viewer) groups(kinds []kindOf) []htmlGroup {
	var groups []htmlGroup
	for _, k := range kinds {
		rows := k.forms(v.order)
		g := htmlGroup{Title: manifest.OneLine(k.title), Count: strconv.Itoa(len(rows))}
		for _, forms := range rows {
			g.Rows = append(g.Rows, v.row(forms, k.kind))
		}
		groups = append(groups, g)
	}
	return groups
}

// kind is the number of a kind in the filter.
func (v *viewer) kind(name string) string {
	i, known := v.kinds[name]
	if !known {
		i = len(v.names)
		v.kinds[name] = i
		v.names = append(v.names, manifest.OneLine(name))
	}
	return strconv.Itoa(i)
}
