package diff

import (
	"slices"
	"strings"
)

// kindOf is the changes that are shown together.
type kindOf struct {
	title string
	kind  string // the one kind that all are of, or ""
	rows  []Row
}

// forms are the rows, those together that say the same of the same objects: one that
// comes in every environment, but differs between them, is one thing to read.
func (k kindOf) forms(o order) [][]Row {
	index := map[string]int{}
	var forms [][]Row
	for _, row := range k.rows {
		if row.Path != "" || row.Op != Added && row.Op != Removed {
			forms = append(forms, []Row{row})
			continue
		}
		var names []string
		for _, p := range row.Places {
			names = append(names, o.local(p.Object, p.Environment).String())
		}
		slices.Sort(names)
		key := string(row.Op) + "\x00" + strings.Join(slices.Compact(names), "\x00")
		if i, known := index[key]; known {
			forms[i] = append(forms[i], row)
			continue
		}
		index[key] = len(forms)
		forms = append(forms, []Row{row})
	}
	return forms
}

// together is one row with the places of several.
func together(rows []Row) Row {
	row := rows[0]
	if len(rows) == 1 {
		return row
	}
	row.Places = nil
	for _, one := range rows {
		row.Places = append(row.Places, one.Places...)
	}
	return row
}

// byKind keeps the order of the rows, and puts whole objects first.
func byKind(rows []Row) []kindOf {
	var objects kindOf
	var kinds []kindOf
	index := map[string]int{}
	for _, row := range rows {
		if row.Path == "" {
			objects.rows = append(objects.rows, row)
			continue
		}
		title := strings.Join(row.Kinds, ", ")
		i, known := index[title]
		if !known {
			i = len(kinds)
			index[title] = i
			k := kindOf{title: title}
			if len(row.Kinds) == 1 {
				k.kind = row.Kinds[0]
			}
			kinds = append(kinds, k)
		}
		kinds[i].rows = append(kinds[i].rows, row)
	}
	if len(objects.rows) > 0 {
		objects.title = "Objects"
		kinds = slices.Insert(kinds, 0, objects)
	}
	return kinds
}

// byField are rows of the same field that had the same happen to them, together.
func byField(rows []Row) [][]Row {
	type key struct {
		op   Op
		path string
	}
	var keys []key
	of := map[key][]Row{}
	for _, row := range rows {
		k := key{row.Op, row.Path}
		if of[k] == nil {
			keys = append(keys, k)
		}
		of[k] = append(of[k], row)
	}
	fields := make([][]Row, len(keys))
	for i, k := range keys {
		fields[i] = of[k]
	}
	return fields
}
