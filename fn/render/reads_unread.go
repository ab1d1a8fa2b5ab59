package render

import (
	"slices"
)

// Unread is a value that has no effect.
type Unread struct {
	// Path leads to it; the elements of lists are [0], [1] and so on. If it
	// leads to a map or list, nothing in there has an effect.
	Path []string
	// Near is the path of a value that is read and was perhaps meant, nil if
	// none comes to mind.
	Near []string
	// Reason says what switches the code off that would read it, such as
	// "metrics.enabled is false"; empty if there is no such code.
	Reason string
}

// Unread lists the values that no template reads, sorted. A map or list in
// which no template looks for anything is listed as a whole.
func (r *Reads) Unread(values map[string]any) []Unread {
	if len(values) == 0 {
		return nil
	}
	if r.analyse(); r.all {
		return nil
	}
	var list []Unread
	for _, k := range sortedKeys(values) {
		found, _ := r.unread([]string{k}, r.charts.root.kids[k], values[k], r.charts.root.reads)
		list = append(list, found...)
	}
	r.explore(list)
	for i := range list {
		u := &list[i]
		v := any(values)
		for _, k := range u.Path {
			v, _ = under(v, k)
		}
		if u.Reason = r.reason(u.Path, v); u.Reason == "" {
			u.Near = r.near(u.Path, v)
		}
	}
	return list
}

// explore runs what is switched off and could read one of the values.
func (r *Reads) explore(list []Unread) {
	var keys []string
	for _, u := range list {
		key := u.Path[len(u.Path)-1]
		if !r.explored[key] && r.charts.mention(key) {
			keys = append(keys, key)
		}
		r.explored[key] = true
	}
	if len(keys) > 0 {
		r.run(keys)
	}
}

// unread lists what is not read at a path and below. All of it is listed as one
// if that is all there is. Above are the reads of what is above.
func (r *Reads) unread(path []string, at *cell, v any, above flags) (list []Unread, all bool) {
	keys := below(v)
	if above&readAll != 0 || at != nil && at.read(at.reads, len(keys) > 0) {
		return nil, false
	}
	var reads flags
	if at != nil {
		reads = at.reads
	}
	all = true
	for _, k := range keys {
		e, _ := under(v, k)
		var kid *cell
		if at != nil {
			kid = at.kids[k]
		}
		l, whole := r.unread(append(slices.Clone(path), k), kid, e, reads)
		list, all = append(list, l...), all && whole
	}
	switch {
	case !all:
		return list, false
	case len(keys) > 0 && at != nil && at.present(reads):
		// All of it together has the effect of being there.
		return nil, false
	case len(keys) > 0 && reads != 0:
		return list, false // and each was looked for in vain
	}
	return []Unread{{Path: path}}, true
}

// read reports whether some of the reads of c are reads of what the user has
// there, which is a map or list with something in it or not.
func (c *cell) read(f flags, filled bool) bool {
	switch {
	case f&readAll != 0:
		return true
	case filled:
		return false
	case f&readSelf != 0, c.present(f):
		return true
	case f&readVia == 0:
		return false
	}
	// Templates look further down. A map with nothing in it may be there so
	// that they can; anything else replaces what they look for.
	if _, isMap := c.value().(map[string]any); isMap {
		return !c.dflt
	}
	return true
}

// present reports whether it is read that the user has something there, where
// the chart has not.
func (c *cell) present(f flags) bool {
	return f&readHas != 0 && !c.dflt || f&readSelf != 0 && !c.full
}

// below are the keys of a map or the elements of a list, in their order.
func below(v any) []string {
	switch v := v.(type) {
	case map[string]any:
		return sortedKeys(v)
	case []any:
		keys := make([]string, len(v))
		for i := range v {
			keys[i] = element(i)
		}
		return keys
	}
	return nil
}

// reason says what switches off the code that would read what is at a path.
func (r *Reads) reason(path []string, v any) string {
	for n := range path {
		if at := r.charts.root.find(path[:n+1]...); at != nil && at.off != "" {
			return at.off
		}
	}
	for n := range path {
		if at := r.charts.root.find(path[:n+1]...); at != nil && at.could&readAll != 0 {
			return at.why
		}
	}
	if at := r.charts.root.find(path...); at != nil {
		return at.reason(v)
	}
	return ""
}

// reason is that of c, or else the first of what the user has below.
func (c *cell) reason(v any) string {
	keys := below(v)
	if c.read(c.could, len(keys) > 0) {
		return c.why
	}
	for _, k := range keys {
		if kid := c.kids[k]; kid != nil {
			e, _ := under(v, k)
			if why := kid.reason(e); why != "" {
				return why
			}
		}
	}
	return ""
}
