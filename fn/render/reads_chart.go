package render

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	helmchart "helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
)

// file is a template file and the data it is given.
type file struct {
	text string
	data *dict
}

// charts lays out a chart and its subcharts as Helm's engine does.
type charts struct {
	files map[string]file
	top   *helmchart.Chart
	user  map[string]any
	root  *cell
}

func layOut(c *helmchart.Chart, user map[string]any) *charts {
	cs := &charts{files: make(map[string]file), top: c, user: user, root: &cell{chart: true}}
	cs.root.add(layer{user, true})
	cs.chart(c, c.Name(), cs.root)
	return cs
}

// chart adds the templates of c, whose values are at a cell, and returns the
// data they are given. At is the path of its folder.
func (cs *charts) chart(c *helmchart.Chart, at string, values *cell) *dict {
	values.chart = true
	values.add(layer{c.Values, false})
	subcharts := &dict{at: make(map[string]any), id: "subcharts of " + at}
	data := &dict{id: "data of " + at, at: map[string]any{
		"Values": values, "Subcharts": subcharts, "Chart": opaque{}, "Files": opaque{}, "Release": opaque{},
		"Capabilities": opaque{},
		"Template":     &dict{at: map[string]any{"Name": opaque{}, "BasePath": path.Join(at, "templates")}, id: "template of " + at},
	}}
	for _, s := range cs.enabled(c, values) {
		sub := values.kid(s.name)
		// A subchart sees the globals of its parent above its own.
		global := sub.kid("global")
		global.mirror = values.kid("global")
		global.layers = append(append([]layer(nil), global.mirror.layers...), global.layers...)
		global.dflt, global.full = global.dflt || global.mirror.dflt, global.full || global.mirror.full
		subcharts.at[s.name] = cs.chart(s.chart, at+"/charts/"+s.name, sub)
	}
	for _, t := range c.Templates {
		if t == nil || strings.EqualFold(c.Metadata.Type, "library") && !strings.HasPrefix(path.Base(t.Name), "_") {
			continue
		}
		cs.files[path.Join(at, t.Name)] = file{string(t.Data), data}
	}
	return data
}

// subchart is a subchart under the name that its parent has for it.
type subchart struct {
	name  string
	chart *helmchart.Chart
}

// enabled are the subcharts of c that take part. Which do is read from the
// values (chartutil: processDependencyEnabled).
func (cs *charts) enabled(c *helmchart.Chart, values *cell) []subchart {
	var list []subchart
	declared := make(map[string]bool)
	for _, dep := range c.Metadata.Dependencies {
		if dep == nil {
			continue
		}
		declared[dep.Name] = true
		for _, d := range c.Dependencies() {
			if d.Name() != dep.Name || !chartutil.IsCompatibleRange(dep.Version, d.Metadata.Version) {
				continue
			}
			s := subchart{dep.Name, d}
			if dep.Alias != "" {
				s.name = dep.Alias
			}
			for _, iv := range dep.ImportValues {
				imported(values.kid(s.name), values, iv)
			}
			if off := cs.off(dep, values, d.Values); off != "" {
				values.kid(s.name).off = off
			} else {
				list = append(list, s)
			}
			break
		}
	}
	for _, d := range c.Dependencies() {
		if !declared[d.Name()] {
			list = append(list, subchart{d.Name(), d})
		}
	}
	return list
}

// off says why a subchart takes no part; "" if it does, or if that is not
// certain.
func (cs *charts) off(dep *helmchart.Dependency, values *cell, defaults map[string]any) string {
	off := ""
	on := false
	for _, tag := range dep.Tags {
		at := cs.root.kid("tags").kid(tag)
		at.reads |= readAll
		switch at.value() {
		case true:
			on = true
		case false:
			off = "tags." + tag + " is false"
		}
	}
	if on {
		off = ""
	}
	name := dep.Name
	if dep.Alias != "" {
		name = dep.Alias
	}
	decided := false
	for _, condition := range strings.Split(strings.TrimSpace(dep.Condition), ",") {
		if condition == "" {
			continue
		}
		at := values
		for _, k := range strings.Split(condition, ".") {
			at = at.kid(k)
		}
		at.reads |= readAll
		if decided {
			continue
		}
		v := at.value()
		if rest, ok := strings.CutPrefix(condition, name+"."); ok && v == nil && !at.nulled {
			v, _ = chartutil.Values(defaults).PathValue(rest)
		}
		if b, ok := v.(bool); ok {
			decided = true
			if off = ""; !b {
				off = pathText(at.path()) + " is false"
			}
		}
	}
	if values.parent != nil {
		return "" // of subcharts of subcharts Helm reads other values as well
	}
	return off
}

// imported notes that values of a subchart are used as the parent's, which
// makes the parent's unknown.
func imported(sub, parent *cell, iv any) {
	from, to := "exports", ""
	switch iv := iv.(type) {
	case string:
		from += "." + iv
	case map[string]any:
		from, _ = iv["child"].(string)
		to, _ = iv["parent"].(string)
	}
	walk := func(at *cell, path string) *cell {
		for _, k := range strings.Split(path, ".") {
			if k != "" {
				at = at.kid(k)
			}
		}
		return at
	}
	walk(sub, from).reads |= readAll
	walk(parent, to).dirty = true
}

// mention reports whether a key stands in a template: if not, no template could
// read it by name.
func (cs *charts) mention(key string) bool {
	for _, f := range cs.files {
		if strings.Contains(f.text, key) {
			return true
		}
	}
	return false
}

// templates are the texts in values that are templates, keys included.
func templates(v any) (texts []string) {
	switch v := v.(type) {
	case string:
		if strings.Contains(v, "{{") {
			return []string{v}
		}
	case map[string]any:
		for k, e := range v {
			texts = append(append(texts, templates(k)...), templates(e)...)
		}
	case []any:
		for _, e := range v {
			texts = append(texts, templates(e)...)
		}
	}
	return texts
}

// texts are those of the user's values and of all charts' own.
func (cs *charts) texts() []string {
	all := templates(cs.user)
	var collect func(*helmchart.Chart)
	collect = func(c *helmchart.Chart) {
		all = append(all, templates(c.Values)...)
		for _, d := range c.Dependencies() {
			collect(d)
		}
	}
	collect(cs.top)
	slices.Sort(all)
	return slices.Compact(all)
}

// parse parses the files in the order of Helm's engine: the deepest first, so
// that a chart's own templates take the place of its subcharts'.
func (cs *charts) parse() *parsed {
	// As many as a chart of Airbyte's has, which saves growing them.
	p := &parsed{defines: make(map[string][]item, 1000), pipes: make(map[string]*pipe, 2000)}
	p.files = slices.SortedFunc(maps.Keys(cs.files), func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.Count(b, "/"), strings.Count(a, "/")), strings.Compare(b, a))
	})
	for _, name := range p.files {
		body, err := parseBody(cs.files[name].text, p.defines)
		if err != nil {
			panic(errGiveUp)
		}
		p.defines[name] = body
	}
	return p
}
