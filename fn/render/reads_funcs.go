package render

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// invocation is the use of a function. Its arguments are evaluated when asked
// for, since some functions take one of two and the other has no effect then.
type invocation struct {
	*frame
	args    []arg
	piped   any
	isPiped bool
	vals    []any // pending until evaluated
	few     [4]any
}

type pending struct{}

func (c *invocation) n() int {
	if c.isPiped {
		return len(c.args) + 1
	}
	return len(c.args)
}

func (c *invocation) at(i int) any {
	if i >= len(c.args) {
		return c.piped // nil beyond the end
	}
	if c.vals == nil {
		c.vals = c.few[:0]
		for range c.args {
			c.vals = append(c.vals, pending{})
		}
	}
	if c.vals[i] == (pending{}) {
		c.vals[i] = c.operand(&c.args[i])
	}
	return c.vals[i]
}

func (c *invocation) all() []any {
	vs := make([]any, c.n())
	for i := range vs {
		vs[i] = c.at(i)
	}
	return vs
}

// skip passes over an argument that does not matter. Go evaluates it all the
// same, so it does matter if it can fail or change a value.
func (c *invocation) skip(by *footprint, is ...int) {
	for _, i := range is {
		if i >= len(c.args) || c.vals != nil && c.vals[i] != (pending{}) || c.args[i].kind == literalArg {
			continue
		}
		if c.isLoud(&c.args[i]) {
			c.at(i)
		} else {
			c.off(by, func() { c.readAll(c.operand(&c.args[i])) })
		}
	}
}

// run returns the value of the function. One that is not known reads all of its
// arguments.
func (c *invocation) run(name string) any {
	if strings.HasPrefix(name, "must") && len(name) > 4 {
		name = strings.ToLower(name[4:5]) + name[5:]
	}
	if v, ok := c.builtin(name); ok {
		return v
	}
	if f, ok := pure[name]; ok {
		return c.pure(name, f)
	}
	return c.derive(c.all()...)
}

// pure applies a function to scalars, if they are known.
func (c *invocation) pure(name string, f func([]any) any) any {
	comparison := name == "eq" || name == "ne"
	if comparison {
		c.compared++
	}
	vs := c.all()
	c.readAll(vs...)
	if comparison {
		c.compared--
	}
	known := make([]any, len(vs))
	for i, v := range vs {
		s, ok := scalar(v)
		if !ok {
			return c.derive(vs...)
		}
		known[i] = s
	}
	v := f(known)
	if s, ok := v.(string); v == (opaque{}) || ok && len(s) > maxText {
		return c.derive(vs...)
	}
	return v
}

// pure are functions of scalars; what they do not know is opaque.
var pure = map[string]func(vs []any) any{
	"eq": func(vs []any) any {
		if len(vs) < 2 {
			return opaque{}
		}
		for _, v := range vs[1:] {
			if !comparable(v, vs[0]) {
				return opaque{}
			}
		}
		return slices.Contains(vs[1:], vs[0])
	},
	"ne": func(vs []any) any {
		if len(vs) != 2 || !comparable(vs[0], vs[1]) {
			return opaque{}
		}
		return vs[0] != vs[1]
	},
	"lower":      text1(strings.ToLower),
	"upper":      text1(strings.ToUpper),
	"trim":       text1(strings.TrimSpace),
	"contains":   text2(func(a, b string) any { return strings.Contains(b, a) }),
	"hasPrefix":  text2(func(a, b string) any { return strings.HasPrefix(b, a) }),
	"hasSuffix":  text2(func(a, b string) any { return strings.HasSuffix(b, a) }),
	"trimPrefix": text2(func(a, b string) any { return strings.TrimPrefix(b, a) }),
	"trimSuffix": text2(func(a, b string) any { return strings.TrimSuffix(b, a) }),
	"toString": func(vs []any) any {
		if len(vs) != 1 || vs[0] == nil {
			return opaque{}
		}
		return fmt.Sprint(vs[0])
	},
	"print": func(vs []any) any {
		var b strings.Builder
		for _, v := range vs {
			s, ok := v.(string)
			if !ok {
				return opaque{}
			}
			b.WriteString(s)
		}
		return b.String()
	},
	"printf": func(vs []any) any {
		if len(vs) > 0 {
			// A width could ask for any amount of memory.
			format, _ := vs[0].(string)
			if !strings.Contains(verbs.Replace(format), "%") {
				return fmt.Sprintf(format, vs[1:]...)
			}
		}
		return opaque{}
	},
}

// comparable reports whether eq takes both: what is of one type, and anything
// with nil.
func comparable(a, b any) bool {
	return a == nil || b == nil || reflect.TypeOf(a) == reflect.TypeOf(b)
}

var verbs = strings.NewReplacer("%s", "", "%d", "", "%v", "")

func text1(f func(string) string) func([]any) any {
	return func(vs []any) any {
		if len(vs) == 1 {
			if s, ok := vs[0].(string); ok {
				return f(s)
			}
		}
		return opaque{}
	}
}

func text2(f func(a, b string) any) func([]any) any {
	return func(vs []any) any {
		if len(vs) == 2 {
			a, aok := vs[0].(string)
			if b, bok := vs[1].(string); aok && bok {
				return f(a, b)
			}
		}
		return opaque{}
	}
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
