package diff

import (
	"strconv"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// summaryValue and summaryNames are what a row shows, in characters, before it is
// opened.
const (
	summaryValue = 120
	summaryNames = 300
	summaryLine  = 70 // of both values together
)

// row is a change, or several forms of one; kind is that of all objects in its group,
// or "".
func (v *viewer) row(forms []Row, kind string) htmlRow {
	row := together(forms)
	one := htmlRow{Op: row.Op, Label: string(row.Op), Path: manifest.OneLine(row.Path), Cells: make([]string, len(v.order.names))}
	counts := make([]int, len(v.order.names))
	for _, p := range row.Places {
		if i, known := v.order.index[p.Environment]; known {
			counts[i]++
		}
	}
	var indices []string
	for i, n := range counts {
		if n > 0 {
			one.Cells[i] = strconv.Itoa(n)
			indices = append(indices, strconv.Itoa(i))
		}
	}
	one.EnvIndex = strings.Join(indices, " ")
	var kinds []string
	for _, k := range row.Kinds {
		kinds = append(kinds, v.kind(k))
	}
	one.KindIndex = strings.Join(kinds, " ")
	one.In = v.list(v.order.touched(row.Places))

	var at []string
	sets := v.order.where(row.Places)
	for _, s := range sets {
		text := strings.Join(objectNames(s.objects, kind == ""), ", ")
		if len(sets) > 1 {
			text += " (" + v.list(s.environments) + ")"
		}
		at = append(at, text)
	}
	one.Where = short(strings.Join(at, "; "), summaryNames)
	one.Places = v.places(row)
	one.values(row)
	for _, form := range forms {
		if f := (htmlForm{Lines: whole(form)}); f.Lines != nil {
			if len(forms) > 1 {
				f.In = v.list(v.order.touched(form.Places))
			}
			one.Forms = append(one.Forms, f)
		}
	}
	return one
}

// values fills in what the row shows of the two sides.
func (one *htmlRow) values(row Row) {
	switch {
	case row.Op == Reordered:
		one.Note = "the same items in another order"
		return
	case row.Op == Reformatted:
		one.Note = "says the same in another form"
		return
	case row.Op == Resealed:
		one.Label, one.Note = "encrypted anew", "the value is the same"
		return
	case row.Old.Hidden || row.New.Hidden:
		one.Note = "hidden"
		return
	}
	old, new := row.Old.Text, row.New.Text
	if from, ok := source(row); ok {
		one.Note = from
		return
	}
	long := lines(old) > 1 || lines(new) > 1
	switch {
	case row.Path == "" && row.Op != Renamed:
	case long:
		gone, come := changedLines(old, new)
		one.Note = plural(come, "line") + " in, " + strconv.Itoa(gone) + " out"
	default:
		o, n := fitValues(old, new, summaryValue)
		switch {
		case !row.Old.Present:
			one.New = []mark{{Text: orEmpty(n)}}
		case !row.New.Present:
			one.Old = []mark{{Text: orEmpty(o)}}
		default:
			one.Old, one.New = marks(orEmpty(o), orEmpty(n))
			one.Long = length(o)+length(n) > summaryLine
		}
	}
}

// whole is both values, where the row does not show all of them already.
func whole(row Row) []htmlLine {
	old, new := row.Old.Text, row.New.Text
	if _, said := source(row); said {
		return nil
	}
	if row.Op == Reordered && old != new || lines(old) > 1 || lines(new) > 1 || length(old) > summaryValue || length(new) > summaryValue {
		return allLines(old, new)
	}
	return nil
}

// orEmpty makes an empty value seen.
func orEmpty(s string) string {
	if s == "" {
		return `""`
	}
	return s
}

// allLines is both texts whole, with the words marked that differ.
func allLines(old, new string) []htmlLine {
	var out []htmlLine
	runs := delta(split(old), split(new))
	for i := 0; i < len(runs); i++ {
		r := runs[i]
		var next run
		if r.op == '-' && i+1 < len(runs) && runs[i+1].op == '+' {
			next = runs[i+1]
			i++
		}
		var gone, come []htmlLine
		for j := range max(len(r.items), len(next.items)) {
			switch {
			case j < len(r.items) && j < len(next.items):
				o, n := marks(manifest.Visible(r.items[j]), manifest.Visible(next.items[j]))
				gone, come = append(gone, line('-', o)), append(come, line('+', n))
			case j < len(r.items):
				gone = append(gone, line(r.op, []mark{{Text: manifest.Visible(r.items[j])}}))
			default:
				come = append(come, line('+', []mark{{Text: manifest.Visible(next.items[j])}}))
			}
		}
		out = append(append(out, gone...), come...)
	}
	return out
}

func line(op byte, m []mark) htmlLine {
	switch op {
	case '-':
		return htmlLine{"gone", "−", m}
	case '+':
		return htmlLine{"come", "+", m}
	}
	return htmlLine{"same", " ", m}
}

// places are the objects of a row, those of one field and the same environments
// together. A field is said where it is not the one that the row names.
func (v *viewer) places(row Row) []htmlPlace {
	var paths []string
	at := map[string][]Place{}
	for _, p := range row.Places {
		if at[p.Path] == nil {
			paths = append(paths, p.Path)
		}
		at[p.Path] = append(at[p.Path], p)
	}
	var places []htmlPlace
	for _, path := range paths {
		for _, s := range v.order.where(at[path]) {
			names := make([]string, len(s.objects))
			for i, id := range s.objects {
				names[i] = id.String()
			}
			one := htmlPlace{Objects: manifest.OneLine(strings.Join(names, ", ")), In: v.list(s.environments)}
			if path != row.Path {
				one.Path = manifest.OneLine(path)
			}
			places = append(places, one)
		}
	}
	return places
}
