package render

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// builtin evaluates the functions that hand values on, that look at a part of
// them only, and those that run templates. The others are not ok.
func (c *invocation) builtin(name string) (v any, ok bool) {
	switch name {
	case "include":
		return c.include(), true
	case "tpl":
		return c.tpl(), true
	case "and", "or":
		return c.logic(name == "and"), true
	case "not", "empty":
		return known(c.truth(c.at(0)).not()), true
	case "default":
		return c.fallback(), true
	case "coalesce":
		return c.coalesce(), true
	case "ternary":
		return c.ternary(), true
	case "required":
		c.readAll(c.at(0))
		c.truth(c.at(1))
		return c.at(1), true
	case "typeOf", "kindOf", "typeIs", "kindIs":
		return c.typeOf(name), true
	case "toJson":
		c.readAll(c.at(0))
		if v := jsonOf(c.at(0)); v != (opaque{}) {
			return v, true
		}
		return c.derive(c.at(0)), true
	case "deepCopy":
		return c.at(0), true
	case "dict":
		return c.dict(), true
	case "list", "tuple":
		return c.newList(c.all(), false), true
	case "append", "push", "prepend", "concat", "first", "last", "rest", "initial", "values", "len":
		return c.lists(name), true
	case "index", "get", "dig", "hasKey", "keys", "pluck", "pick", "omit":
		return c.lookups(name), true
	case "set", "unset", "merge", "mergeOverwrite":
		return c.changeAll(name), true
	}
	return nil, false
}

func known(t truth) any {
	if t == maybe {
		return opaque{}
	}
	return t == yes
}

func (c *invocation) include() any {
	name, ok := scalar(c.at(0))
	if s, isText := name.(string); ok && isText {
		return c.call(s, c.at(1))
	}
	c.readAll(c.at(0), c.at(1))
	return opaque{}
}

// tpl runs text as a template. Text of which we only know what values it is made
// from may hold those of them that are templates.
func (c *invocation) tpl() any {
	text, data := c.at(0), c.at(1)
	c.readAll(text)
	if s, ok := scalar(text); ok {
		if s, ok := s.(string); ok {
			return c.runText(s, data)
		}
	}
	for _, s := range c.textsIn(text) {
		c.runText(s, data)
		// Such as: cat "{{ with .Scope }}" $text "{{ end }}"
		if d, ok := data.(*dict); ok && d.id == "" {
			for _, k := range sortedKeys(d.at) {
				if _, whole := d.at[k].(*dict); !whole && k != "Values" {
					c.runText(s, d.at[k])
				}
			}
		}
	}
	return opaque{}
}

// textsIn are the templates that may be in a value.
func (c *invocation) textsIn(v any) (texts []string) {
	if at, ok := v.(*cell); ok {
		v = &derived{[]*cell{at}}
	}
	d, ok := v.(*derived)
	if !ok {
		return c.texts()
	}
	for _, at := range d.from {
		if !at.known() {
			return c.texts()
		}
		for _, l := range at.layers {
			texts = append(texts, templates(l.v)...)
		}
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

func (c *invocation) runText(text string, data any) any {
	if !strings.Contains(text, "{{") {
		return text
	}
	name := "tpl " + text
	body, ok := c.defines[name]
	if !ok {
		defines := make(map[string][]item)
		var err error
		if body, err = parseBody(text, defines); err != nil || len(defines) > 0 {
			panic(errGiveUp)
		}
		c.defines[name] = body
	}
	return c.frame.run(name, body, data)
}

func (c *invocation) logic(and bool) any {
	var or []any
	for i := range c.n() {
		start := len(c.trail)
		v := c.at(i)
		if i == c.n()-1 {
			or = append(or, v)
			break
		}
		t := c.truth(v)
		if t != truthIf(and) {
			or = append(or, v)
		}
		if t == truthIf(!and) {
			for j := i + 1; j < len(c.args); j++ {
				// Go does not evaluate it.
				c.off(c.decidedBy(start), func() { c.readAll(c.operand(&c.args[j])) })
			}
			break
		}
	}
	return c.joinAll(or)
}

func (c *invocation) fallback() any {
	if c.n() < 2 {
		return c.at(0)
	}
	start := len(c.trail)
	v := c.at(1)
	switch c.truth(v) {
	case yes:
		c.skip(c.decidedBy(start), 0)
		return v
	case no:
		return c.at(0)
	}
	return c.join(c.at(0), v)
}

func (c *invocation) coalesce() any {
	var or []any
	for i := range c.n() {
		start := len(c.trail)
		v := c.at(i)
		t := c.truth(v)
		if t != no {
			or = append(or, v)
		}
		if t == yes {
			for j := i + 1; j < c.n(); j++ {
				c.skip(c.decidedBy(start), j)
			}
			return c.joinAll(or)
		}
	}
	return c.joinAll(append(or, nil))
}

func (c *invocation) ternary() any {
	start := len(c.trail)
	v := c.at(2)
	switch c.truth(v) {
	case yes:
		c.skip(c.decidedBy(start), 1)
		return c.at(0)
	case no:
		c.skip(c.decidedBy(start), 0)
		return c.at(1)
	}
	c.readAll(v)
	return c.join(c.at(0), c.at(1))
}

func (c *invocation) typeOf(name string) any {
	v := c.at(c.n() - 1)
	c.truth(v)
	if at, ok := v.(*cell); ok {
		if !at.known() || at.chart { // which is of a type of Helm's
			return opaque{}
		}
		v = at.value()
	}
	var t, k string
	switch v := v.(type) {
	case nil:
		t, k = "<nil>", "invalid"
	case map[string]any, *dict:
		t, k = "map[string]interface {}", "map"
	case []any, *list:
		t, k = "[]interface {}", "slice"
	case string, bool, int, int64, float64:
		t = fmt.Sprintf("%T", v)
		k = t
	default:
		return opaque{}
	}
	switch name {
	case "typeOf":
		return t
	case "kindOf":
		return k
	case "kindIs":
		t = k
	}
	want, ok := scalar(c.at(0))
	if !ok {
		return opaque{}
	}
	return want == t
}

// jsonOf is toJson of values that are known.
func jsonOf(v any) any {
	if at, ok := v.(*cell); ok {
		if !at.known() {
			return opaque{}
		}
		left := 200
		whole, ok := at.whole(&left)
		if !ok {
			return opaque{}
		}
		v = whole
	} else if _, ok := scalar(v); !ok {
		return opaque{}
	}
	b, err := json.Marshal(v)
	if err != nil || len(b) > maxText {
		return opaque{}
	}
	return string(b)
}

// whole is what is here with its layers merged, if it has no nulls and no more
// than so many parts.
func (c *cell) whole(left *int) (any, bool) {
	if *left--; *left < 0 {
		return nil, false
	}
	switch v := c.value().(type) {
	case map[string]any, []any:
		kids, sure := c.elements()
		m, l := make(map[string]any), make([]any, 0, len(kids))
		for _, k := range kids {
			e, ok := k.whole(left)
			if sure = sure && ok; !sure {
				return nil, false
			}
			m[k.key], l = e, append(l, e)
		}
		if _, ok := v.([]any); ok {
			return l, sure
		}
		return m, sure
	default:
		return v, true
	}
}

func (c *invocation) dict() any {
	d := &dict{at: make(map[string]any)}
	for i := 0; i < c.n(); i += 2 {
		v := any("")
		if i+1 < c.n() {
			v = c.at(i + 1)
		}
		if k, ok := scalar(c.at(i)); ok {
			d.at[fmt.Sprint(k)] = v
			continue
		}
		c.readAll(c.at(i), v)
		d.open = true
	}
	return d
}
