package diff

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// signs are what a line begins with.
var signs = map[Op]struct {
	sign  string
	color style
}{
	Added: {"+", green}, Removed: {"-", red}, Changed: {"~", yellow}, Renamed: {"→", yellow},
	Reordered: {"⇅", dim}, Resealed: {"=", dim}, Reformatted: {"=", dim},
}

// row writes a change: what, how, and in which objects of which environments.
func (t *textPage) row(row Row) {
	sign := signs[row.Op]
	what := manifest.OneLine(row.Path)
	if what == "" {
		what = string(row.Op)
	}
	how, block := t.values(row)
	if how != "" {
		what += ": " + how
	}
	fmt.Fprintf(t, "    %s %s\n", t.paint(sign.color, sign.sign), what)
	for _, l := range block {
		color := dim
		switch l[0] {
		case '+':
			color = green
		case '-':
			color = red
		}
		fmt.Fprintf(t, "        %s\n", t.paint(color, l))
	}
	for _, set := range t.order.where(row.Places) {
		text := manifest.OneLine(strings.Join(objectNames(set.objects, len(row.Kinds) > 1), ", "))
		if !t.options.All {
			text = fit(text, textNames)
		}
		fmt.Fprintf(t, "        %s\n", t.paint(dim, text+t.in(set.environments)))
	}
}

// values says how a value changed, on the line or in lines of their own.
func (t *textPage) values(row Row) (how string, block []string) {
	switch row.Op {
	case Reformatted:
		return "says the same in another form", nil
	case Resealed:
		return "encrypted anew, the value is the same", nil
	case Reordered:
		return "the same items in another order", t.block(row.Old.Text, row.New.Text)
	}
	if row.Old.Hidden || row.New.Hidden || lines(row.Old.Text) <= 1 && lines(row.New.Text) <= 1 {
		return t.step(row), nil
	}
	if from, ok := source(row); ok {
		return from, nil
	}
	if all := lines(row.Old.Text) + lines(row.New.Text); !t.options.All && row.Op != Changed && all > textLines {
		return plural(all, "line"), nil
	}
	return "", t.block(row.Old.Text, row.New.Text)
}

// keyRef is a variable that has its value from a ConfigMap or a Secret, as canonical
// YAML.
var keyRef = regexp.MustCompile(`^name: \S+\nvalueFrom:\n  (configMap|secret)KeyRef:\n    key: (\S+)\n    name: (\S+)$`)

// source says in a few words where a variable that comes or goes has its value from.
func source(row Row) (string, bool) {
	if row.Op == Changed {
		return "", false
	}
	m := keyRef.FindStringSubmatch(row.Old.Text + row.New.Text)
	if m == nil {
		return "", false
	}
	kind := map[string]string{"configMap": "ConfigMap", "secret": "Secret"}[m[1]]
	return manifest.OneLine(fmt.Sprintf("from %s/%s, key %s", kind, m[3], m[2])), true
}

// step is a change of values that have a line each.
func (t *textPage) step(row Row) string {
	old, new := manifest.OneLine(row.Old.Text), manifest.OneLine(row.New.Text)
	if !t.options.All {
		old, new = fitPair(old, new, textValue)
	}
	side := func(v Value, text string) string {
		switch {
		case v.Hidden:
			return "(hidden)"
		case text == "":
			return `""`
		}
		return text
	}
	switch {
	case row.Old.Hidden && row.New.Hidden:
		return "(hidden)"
	case !row.Old.Present && !row.New.Present:
		return ""
	case !row.Old.Present:
		return side(row.New, new)
	case !row.New.Present:
		return side(row.Old, old)
	}
	return side(row.Old, old) + " → " + side(row.New, new)
}

// block is two texts line by line, as far as there is room.
func (t *textPage) block(old, new string) []string {
	if old == new {
		return nil
	}
	all := split(unified(old, new))
	if t.options.All {
		return all
	}
	for i, l := range all {
		all[i] = fit(l, textNames)
	}
	if len(all) > 2*textLines {
		rest := len(all) - 2*textLines
		all = append(all[:2*textLines:2*textLines], fmt.Sprintf("… %s more (--all)", plural(rest, "line")))
	}
	return all
}
