package diff

import (
	"fmt"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// What a row shows of a value, a path and the names of objects, in characters.
const (
	rowValue = 60
	rowPath  = 160
	rowNames = 240
)

// change is the row of a change, or of several forms of one; kind is left out where
// it is said above.
func (p *mdPage) change(forms []Row, kind string) *mdUnit {
	row := together(forms)
	u := p.named(row, kind, mdWhat(row))
	u.rows = len(forms)
	body := ""
	for _, form := range forms {
		block := mdValues(form)
		if block != "" && len(forms) > 1 {
			block = "In " + p.list(p.order.touched(form.Places)) + ":\n\n" + block + "\n"
		}
		body += block
	}
	if body == "" {
		return u
	}
	summary := htmlCode(short(row.Path, rowPath))
	if row.Path == "" {
		summary = htmlCode(string(row.Op))
	}
	if n := len(row.Places); n > 0 {
		summary += " in " + htmlCode(short(p.order.local(row.Places[0].Object, row.Places[0].Environment).String(), rowPath))
		if n > 1 {
			summary += fmt.Sprintf(" and %s", plural(n-1, "other place"))
		}
	}
	u.detail = mdDetails(summary, strings.TrimRight(body, "\n")+"\n")
	return u
}

// named is a row that says what happened in words that are Markdown already. What
// and where share a cell: forges give a table no more width than the page has, and
// fields are long.
func (p *mdPage) named(row Row, kind, what string) *mdUnit {
	const most = 4
	var at []string
	sets := p.order.where(row.Places)
	for i, s := range sets {
		if i == most-1 && len(sets) > most {
			at = append(at, fmt.Sprintf("and %d more", len(sets)-i))
			break
		}
		one := mdObjects(s.objects, kind)
		if len(sets) > 1 {
			one += " (" + p.list(s.environments) + ")"
		}
		at = append(at, one)
	}
	objects := strings.Join(at, ", ")
	if row.Path == "" {
		what += " " + objects
	} else {
		what = mdCode(short(row.Path, rowPath)) + "<br>" + what + "<br>in " + objects
	}
	envs := p.order.touched(row.Places)
	return &mdUnit{row: mdRow(what, p.list(envs)), rows: 1, envs: envs}
}

// mdObjects names objects, the first few kinds of them; kind is not said.
func mdObjects(ids []manifest.ID, kind string) string {
	const most = 4
	names := objectNames(ids, kind == "")
	rest := len(names) - most
	if rest > 0 {
		names = names[:most]
	}
	for i := range names {
		names[i] = mdCode(short(names[i], rowNames))
	}
	if rest > 0 {
		names = append(names, "and more of "+plural(rest, "other kind"))
	}
	return strings.Join(names, ", ")
}

// mdWhat says in a cell what happened.
func mdWhat(row Row) string {
	old, new := row.Old.Text, row.New.Text
	many := lines(old) > 1 || lines(new) > 1
	if !many {
		old, new = fitValues(old, new, rowValue)
	}
	side := func(v Value, text string) string {
		switch {
		case v.Hidden:
			return "*hidden*"
		case lines(v.Text) > 1:
			return fmt.Sprintf("*%s*", plural(lines(v.Text), "line"))
		}
		return mdCode(text)
	}
	switch row.Op {
	case Added:
		if row.Path == "" {
			return "**added**"
		}
		if from, ok := source(row); ok {
			return "added: " + mdProse(from)
		}
		return "added: " + side(row.New, new)
	case Removed:
		if row.Path == "" {
			return "**removed**"
		}
		if from, ok := source(row); ok {
			return "removed: " + mdProse(from)
		}
		return "removed: " + side(row.Old, old)
	case Reordered:
		return "the same items in another order"
	case Reformatted:
		return "says the same in another form"
	case Resealed:
		return "encrypted anew, the value is the same"
	case Renamed:
		return "**renamed** from " + side(row.Old, old) + " to"
	}
	switch {
	case row.Old.Hidden && row.New.Hidden:
		return "changed, *hidden*"
	case many && row.Old.Present && row.New.Present && !row.Old.Hidden && !row.New.Hidden:
		gone, come := changedLines(row.Old.Text, row.New.Text)
		if gone+come == 0 {
			return "changed: the end of the last line"
		}
		return fmt.Sprintf("changed: %s added, %d removed", plural(come, "line"), gone)
	case !row.Old.Present:
		return "added: " + side(row.New, new)
	case !row.New.Present:
		return "removed: " + side(row.Old, old)
	}
	return side(row.Old, old) + " → " + side(row.New, new)
}

// What a block shows of a long value.
const (
	blockLines = 80
	blockWidth = 400
)

// mdValues is a block with the values that a row has no room for, or "".
func mdValues(row Row) string {
	old, new := row.Old.Text, row.New.Text
	if row.Op == Reordered || row.Op == Resealed || row.Op == Renamed {
		return ""
	}
	if _, ok := source(row); ok {
		return "" // the row says it
	}
	if lines(old) < 2 && lines(new) < 2 && length(old) <= rowValue && length(new) <= rowValue {
		return ""
	}
	language := "diff"
	var text string
	switch {
	case old == "" && row.Path == "":
		language, text = "yaml", manifest.Visible(new) // a whole object
	case row.Path == "" && new == "":
		language, text = "yaml", manifest.Visible(old)
	default:
		text = unified(old, new)
	}
	return mdBlock(language, fitLines(text, blockLines, blockWidth))
}

// unified is the lines of two texts, those that differ marked - and +, with three
// around them.
func unified(old, new string) string {
	const around = 3
	var b strings.Builder
	put := func(op byte, items []string) {
		for _, l := range items {
			b.WriteByte(op)
			b.WriteString(manifest.Visible(l))
			b.WriteByte('\n')
		}
	}
	runs := delta(split(old), split(new))
	for i, r := range runs {
		if r.op != ' ' {
			put(r.op, r.items)
			continue
		}
		head, tail := around, around
		if i == 0 {
			head = 0
		}
		if i == len(runs)-1 {
			tail = 0
		}
		if len(r.items) <= head+tail+1 {
			put(' ', r.items)
			continue
		}
		put(' ', r.items[:head])
		fmt.Fprintf(&b, "@@ %d lines alike @@\n", len(r.items)-head-tail)
		put(' ', r.items[len(r.items)-tail:])
	}
	return b.String()
}
