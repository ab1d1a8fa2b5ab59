package render

import "slices"

// newList bounds what a list holds.
func (in *interpreter) newList(at []any, loose bool) any {
	if len(at) > maxList {
		in.readAll(at...)
		return opaque{}
	}
	return &list{at, loose}
}

// listOf is v as a list; what is no list is loose, or not ok and read.
func (c *invocation) listOf(v any) (l *list, ok bool) {
	switch v := v.(type) {
	case *list:
		return v, true
	case opaque:
		return nil, false
	}
	_, vals, sure := c.parts(v)
	if !sure && slices.Contains(vals, any(opaque{})) {
		c.readAll(v)
		return nil, false
	}
	return &list{vals, !sure}, true
}

func (c *invocation) lists(name string) any {
	if name == "append" || name == "push" || name == "prepend" {
		l, ok := c.listOf(c.at(0))
		if !ok {
			c.readAll(c.all()...)
			return opaque{}
		}
		if name == "prepend" {
			return c.newList(append([]any{c.at(1)}, l.at...), l.loose)
		}
		return c.newList(append(slices.Clone(l.at), c.at(1)), l.loose)
	}
	if name == "concat" {
		sum := &list{}
		for _, v := range c.all() {
			l, ok := c.listOf(v)
			if !ok {
				c.readAll(c.all()...)
				return opaque{}
			}
			sum.at, sum.loose = append(sum.at, l.at...), sum.loose || l.loose
		}
		return c.newList(sum.at, sum.loose)
	}
	v := c.at(0)
	if s, ok := scalar(v); ok && s != nil {
		c.readAll(v)
		if s, ok := s.(string); ok && name == "len" {
			return len(s)
		}
		return opaque{}
	}
	l, ok := c.listOf(v)
	switch {
	case !ok:
		c.readAll(v)
	case name == "values":
		return c.newList(l.at, true)
	case name == "len" && !l.loose:
		c.elements(v)
		return len(l.at)
	case name == "len":
	case l.loose:
		if name == "first" || name == "last" {
			return c.joinAll(append([]any{nil}, l.at...))
		}
		return l
	case len(l.at) == 0:
		return nil
	case name == "first":
		return l.at[0]
	case name == "last":
		return l.at[len(l.at)-1]
	case name == "rest":
		return c.newList(l.at[1:], false)
	case name == "initial":
		return c.newList(l.at[:len(l.at)-1], false)
	}
	return opaque{}
}
