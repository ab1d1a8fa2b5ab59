package diff

import (
	"fmt"
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// build makes the sections of the page, with all of their rows.
func (p *mdPage) build() []*mdSection {
	return []*mdSection{
		{noun: "failed render", share: 15, groups: p.errors()},
		{noun: "risk", share: 30, groups: p.risks()},
		{noun: "image", share: 10, title: "#### Images\n\n", groups: p.images()},
		p.totals(),
		{noun: "change", share: 35, title: "#### Changes\n\n", groups: p.changes()},
		p.noise(),
	}
}

// errors are the environments that could not be rendered.
func (p *mdPage) errors() []*mdGroup {
	g := &mdGroup{}
	for _, e := range p.report.Environments {
		if e.Error != "" {
			text := mdCode(e.Name) + " could not be rendered, so nothing is said of what changes there.\n" + mdBlock("", fitLines(manifest.Visible(e.Error), 12, 200))
			g.units = append(g.units, &mdUnit{row: mdQuote("[!CAUTION]\n"+text) + "\n", envs: []string{e.Name}})
		}
	}
	return []*mdGroup{g}
}

// fitLines is a text of at most so many lines, none of them longer than width.
func fitLines(s string, most, width int) string {
	lines := split(s)
	if len(lines) > most {
		lines = append(lines[:most-1:most-1], fmt.Sprintf("… %s more", plural(len(lines)-most+1, "line")))
	}
	for i := range lines {
		lines[i] = fit(lines[i], width)
	}
	return strings.Join(lines, "\n")
}

// risks are one quote for those that block, one for the others, one for the waived.
func (p *mdPage) risks() []*mdGroup {
	blocking := &mdGroup{open: "> [!CAUTION]\n"}
	other := &mdGroup{open: "> [!WARNING]\n"}
	noted := &mdGroup{open: "> [!NOTE]\n"}
	for _, k := range p.report.Risks {
		line := "**" + mdProse(k.Code) + "**"
		if k.Object != (manifest.ID{}) {
			line += " " + mdCode(short(k.local(p.order).Object.String(), 120))
		}
		if k.Field != "" {
			line += " " + mdCode(short(k.Field, 120))
		}
		line += " in " + p.list(k.Environments) + ": " + mdProse(short(k.Message, 600))
		g := other
		switch gravity(k) {
		case waived:
			g = noted
			line += " *Waived" + until(k.Until) + ":* " + mdProse(short(k.Waived, 300))
		case blocks:
			g = blocking
		case notes:
			g = noted
		}
		g.units = append(g.units, &mdUnit{row: "> - " + line + "\n", envs: k.Environments})
	}
	return []*mdGroup{blocking, other, noted}
}

// until is the end of a waiver, as part of a sentence.
func until(day string) string {
	if day == "" {
		return ""
	}
	return " until " + manifest.OneLine(day)
}

func (p *mdPage) images() []*mdGroup {
	g := &mdGroup{open: mdRow("Image", "Before", "After", "Bump", "Environments") + mdRow("---", "---", "---", "---", "---")}
	for _, i := range p.report.Images {
		old, new := fitPair(manifest.OneLine(i.Old), manifest.OneLine(i.New), 40)
		name := mdCode(short(i.Repository, 100))
		if i.From != "" {
			name = mdCode(short(i.From, 100)) + " → " + name
		}
		g.units = append(g.units, &mdUnit{
			row:  mdRow(name, mdOrDash(old), mdOrDash(new), mdBump(i.Bump), p.list(i.Environments)),
			envs: i.Environments,
		})
	}
	return []*mdGroup{g}
}

// mdBump makes those stand out that ask for a look.
func mdBump(b Bump) string {
	if b == Major || b == Downgrade {
		return "**" + mdProse(string(b)) + "**"
	}
	return mdProse(string(b))
}

func mdOrDash(s string) string {
	if s == "" {
		return "–"
	}
	return mdCode(s)
}

// totals are the amounts that change, environments with the same ones on one row.
func (p *mdPage) totals() *mdSection {
	s := &mdSection{noun: "total", share: 10, title: "#### Resources\n\n"}
	changed := changedColumns(p.report.Totals)
	if len(changed) == 0 {
		return s
	}
	head, align := []string{"Environments"}, []string{"---"}
	for _, c := range changed {
		head, align = append(head, c.name), append(align, "--:")
	}
	g := &mdGroup{open: mdRow(head...) + mdRow(align...)}
	var keys []string
	sharing := map[string][]string{}
	cells := map[string][]string{}
	for _, t := range p.report.Totals {
		var row []string
		for _, c := range changed {
			old, new, _ := c.step(t)
			row = append(row, mdStep(old, new))
		}
		key := strings.Join(row, "|")
		if sharing[key] == nil {
			keys = append(keys, key)
		}
		sharing[key], cells[key] = append(sharing[key], t.Environment), row
	}
	for _, k := range keys {
		g.units = append(g.units, &mdUnit{row: mdRow(append([]string{p.list(sharing[k])}, cells[k]...)...), envs: sharing[k]})
	}
	s.groups = []*mdGroup{g}
	return s
}

// mdStep is a figure before and after.
func mdStep(old, new string) string {
	if old == new {
		return old
	}
	return old + " → **" + new + "**"
}

func mdCount(n int) string {
	if n == 0 {
		return "–"
	}
	return fmt.Sprint(n)
}

// openRows is how many changes are shown without a click, and smallGroup how many
// of one kind are even where there are more.
const (
	openRows   = 60
	smallGroup = 10
)

// changes are a table for each kind, whole objects first.
func (p *mdPage) changes() []*mdGroup {
	var groups []*mdGroup
	for _, k := range byKind(p.report.Rows) {
		title := k.title + " · " + plural(len(k.rows), "change")
		g := &mdGroup{open: "**" + mdProse(k.title) + "**\n\n"}
		forms := k.forms(p.order)
		if len(p.report.Rows) > openRows && len(forms) > smallGroup {
			g.open = "<details><summary>" + htmlCode(title) + "</summary>\n\n"
			g.close = "</details>\n\n"
		}
		g.open += mdRow("Change", "Environments") + mdRow("---", "---")
		for _, f := range forms {
			g.units = append(g.units, p.change(f, k.kind))
		}
		groups = append(groups, g)
	}
	return groups
}

// noise is a row for each field that it is about, in a part that opens on a click.
func (p *mdPage) noise() *mdSection {
	s := &mdSection{noun: "noise row", share: 5}
	if len(p.report.Noise) == 0 {
		return s
	}
	g := &mdGroup{
		open: "<details><summary>" + plural(len(p.report.Noise), "change") + " of labels, checksums and what follows from another change, not counted above" +
			"</summary>\n\n" + mdRow("Change", "Environments") + mdRow("---", "---"),
		close: "</details>\n\n",
	}
	for _, rows := range byField(p.report.Noise) {
		row := together(rows)
		what := mdWhat(row)
		if len(rows) > 1 { // so many checksums are not read one by one
			what = fmt.Sprintf("%s, %s", row.Op, plural(len(rows), "value"))
		}
		u := p.named(row, "", what)
		u.rows = len(rows)
		g.units = append(g.units, u)
	}
	s.groups = []*mdGroup{g}
	return s
}

// list names environments.
func (p *mdPage) list(envs []string) string {
	const most = 8
	var names []string
	switch all := len(p.order.names); {
	case len(envs) == all && all > 1:
		return "all"
	case all-len(envs) <= 2 && all > 6:
		for _, e := range p.order.names {
			if !slices.Contains(envs, e) {
				names = append(names, mdCode(e))
			}
		}
		return "all but " + strings.Join(names, " and ")
	}
	for _, e := range envs[:min(len(envs), most)] {
		names = append(names, mdCode(e))
	}
	list := strings.Join(names, ", ")
	if len(envs) > most {
		list += fmt.Sprintf(" and %d more", len(envs)-most)
	}
	return list
}
