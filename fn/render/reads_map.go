package render

import (
	"fmt"
	"slices"
)

// lookups are the functions that take something out of a map or list.
func (c *invocation) lookups(name string) any {
	vs := c.all()
	if len(vs) == 0 {
		return opaque{}
	}
	switch name {
	case "index":
		v := vs[0]
		for _, k := range vs[1:] {
			v = c.index(v, k)
		}
		return v
	case "get":
		// "" where there is nothing.
		if v := c.index(vs[0], c.at(1)); c.has(vs[0], c.at(1)) == yes {
			return v
		} else if c.has(vs[0], c.at(1)) == maybe {
			return c.join(v, "")
		}
		return ""
	case "hasKey":
		return known(c.has(vs[0], c.at(1)))
	case "dig":
		if len(vs) < 3 {
			break
		}
		v, missing := vs[len(vs)-1], vs[len(vs)-2]
		t := yes
		for _, k := range vs[:len(vs)-2] {
			h := c.has(v, k)
			if v = c.index(v, k); h == no {
				return missing
			} else if h == maybe {
				t = maybe
			}
		}
		if t == yes {
			return v
		}
		return c.join(v, missing)
	case "keys":
		for _, v := range vs {
			keys, _, _ := c.elements(v)
			c.readAll(keys...)
		}
		return opaque{}
	case "pluck":
		var found []any
		for _, v := range vs[1:] {
			if c.has(v, vs[0]) != no {
				found = append(found, c.index(v, vs[0]))
			}
		}
		return c.newList(found, true)
	case "pick", "omit":
		keys, vals, sure := c.parts(vs[0])
		if !sure || slices.ContainsFunc(vs[1:], func(v any) bool { _, ok := scalar(v); return !ok }) {
			break
		}
		c.readAll(vs[1:]...)
		d := &dict{at: make(map[string]any)}
		for i, k := range keys {
			named := slices.ContainsFunc(vs[1:], func(v any) bool { s, _ := scalar(v); return s == k })
			if named == (name == "pick") {
				d.at[fmt.Sprint(k)] = vals[i]
			}
		}
		return d
	}
	c.readAll(vs...)
	return opaque{}
}

// index is v[k]. Where k is not known it may be any of v.
func (in *interpreter) index(v, k any) any {
	in.readAll(k)
	key, ok := scalar(k)
	if at, isCell := v.(*cell); isCell && ok {
		if s, isText := key.(string); isText {
			in.mark(at, readVia)
			return at.kid(s)
		}
	}
	if i, isInt := key.(int); ok && isInt {
		switch v := v.(type) {
		case *cell:
			if i >= 0 {
				in.mark(v, readVia)
				return v.kid(element(i))
			}
		case *list:
			if !v.loose && 0 <= i && i < len(v.at) {
				return v.at[i]
			}
		}
	}
	if s, isText := key.(string); ok && isText {
		switch v.(type) {
		case *dict, *either:
			return in.field(v, s)
		}
	}
	_, vals, sure := in.parts(v)
	if !sure {
		in.readAll(v)
		vals = append(vals, opaque{})
	}
	return in.joinAll(vals)
}

// has reports whether v has the key k.
func (in *interpreter) has(v, k any) truth {
	in.readAll(k)
	key, ok := scalar(k)
	s, isText := key.(string)
	if !ok || !isText {
		keys, _, _ := in.elements(v)
		in.readAll(keys...)
		return maybe
	}
	switch v := v.(type) {
	case nil:
		return no
	case *cell:
		in.mark(v, readVia)
		e := v.kid(s)
		in.mark(e, readHas)
		if !e.known() || e.nulled {
			return maybe
		}
		return truthIf(len(e.layers) > 0)
	case *dict:
		if _, has := v.at[s]; has && !v.open {
			return yes
		}
		if !v.open {
			return no
		}
	case *either:
		t := in.has(v.of[0], k)
		for _, e := range v.of[1:] {
			if in.has(e, k) != t {
				t = maybe
			}
		}
		return t
	}
	return maybe
}

// changeAll are the functions that change their first argument, and return it.
func (c *invocation) changeAll(name string) any {
	vs := c.all()
	if len(vs) == 0 {
		return opaque{}
	}
	targets := []any{vs[0]}
	if e, ok := vs[0].(*either); ok {
		targets = e.of
		c.maybe++
		defer func() { c.maybe-- }()
	}
	for _, t := range targets {
		c.change(name, t, vs[1:])
	}
	return vs[0]
}

func (c *invocation) change(name string, target any, with []any) {
	d, ok := target.(*dict)
	if !ok || c.why != "" {
		// Values are changed in place: what is below is not known from here on,
		// nor is any result from before.
		c.readAll(with...)
		if at, ok := target.(*cell); ok && c.why == "" {
			c.dirty(name, at, with)
		}
		return
	}
	if d.id != "" {
		d.id = ""
		clear(c.memo)
	}
	c.effects++
	switch name {
	case "set", "unset":
		if len(with) == 0 {
			return
		}
		v := any(nil)
		if name == "set" && len(with) > 1 {
			v = with[1]
		}
		c.readAll(with[0])
		k, _ := scalar(with[0])
		s, isText := k.(string)
		switch {
		case !isText:
			c.blurKeys(d, v)
		case c.maybe > 0:
			d.open = true
			c.put(d, s, c.join(d.at[s], v))
		case name == "unset":
			delete(d.at, s)
		default:
			c.put(d, s, v)
		}
	default:
		for _, v := range with {
			c.merge(d, v)
		}
	}
}

// merge copies what v has to d. Where both have something, the one that wins
// depends on what is empty; of two maps, both do.
func (c *invocation) merge(d *dict, v any) {
	keys, vals, sure := c.parts(v)
	if !sure {
		c.readAll(v)
		d.open = true
	}
	for i, k := range keys {
		s, isText := k.(string)
		old, has := d.at[s]
		switch {
		case !isText:
			c.blurKeys(d, vals[i])
		case has || c.maybe > 0:
			d.open = d.open || !has
			c.put(d, s, c.join(old, vals[i]))
		default:
			c.put(d, s, vals[i])
		}
	}
}

func (in *interpreter) put(d *dict, k string, v any) {
	if old, has := d.at[k]; !has || old != v {
		in.changes++
		d.at[k] = v
	}
}

// blurKeys puts v under a key of d that is not known.
func (in *interpreter) blurKeys(d *dict, v any) {
	in.readAll(v)
	d.open = true
	for _, k := range sortedKeys(d.at) {
		in.put(d, k, in.join(d.at[k], opaque{}))
	}
}

// dirty notes that a template changes the values at a cell.
func (c *invocation) dirty(name string, at *cell, with []any) {
	if name == "merge" || name == "mergeOverwrite" {
		// With nothing to merge, nothing changes.
		if !slices.ContainsFunc(with, func(v any) bool { return c.truth(v) != no }) {
			return
		}
	}
	for ; at != nil; at = at.mirror {
		if !at.dirty {
			at.dirty = true
			c.effects++
			c.changes++
			clear(c.memo)
		}
	}
}
