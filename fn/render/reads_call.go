package render

import (
	"fmt"
	"slices"
	"strings"
)

// memoKey is a template with its data: where both are the same, so is what is
// read and printed.
type memoKey struct {
	template, data string
	why            string
}

type memoResult struct {
	text  any // nil while the template runs
	trail []footprint
}

// call runs a template and returns what it prints.
func (in *interpreter) call(name string, data any) any {
	body, ok := in.defines[name]
	if !ok {
		in.readAll(data)
		return opaque{}
	}
	return in.run(name, body, data)
}

func (in *interpreter) run(name string, body []item, data any) any {
	in.enter()
	defer in.leave()
	if in.why != "" && !in.isWantedTemplate(name) {
		return opaque{}
	}
	key := memoKey{name, ident(data), in.why}
	if key.data != "" {
		if r, ok := in.memo[key]; ok {
			if in.explore {
				for _, fp := range r.trail {
					in.trail = append(in.trail, footprint{fp.at, fp.compared || in.compared > 0})
				}
			}
			if r.text == nil {
				return opaque{} // it calls itself
			}
			return r.text
		}
		in.memo[key] = &memoResult{}
	}
	start, effects := len(in.trail), in.effects
	f := &frame{interpreter: in, dot: data, root: data}
	f.items(body)
	var text any = opaque{}
	if !f.blur {
		text = string(f.out)
	}
	if key.data != "" {
		if delete(in.memo, key); in.effects == effects {
			trail := in.trail[start:]
			in.memo[key] = &memoResult{text, slices.Clone(trail[max(0, len(trail)-8):])}
		}
	}
	return text
}

// ident is a text that says what v is, "" if that takes too long. Two values
// with the same one are used alike.
func ident(v any) string {
	if d, ok := v.(*dict); ok && d.id != "" {
		return d.id
	}
	var b strings.Builder
	if !writeIdent(&b, v, 0) {
		return ""
	}
	return b.String()
}

func writeIdent(b *strings.Builder, v any, depth int) bool {
	if depth > 8 || b.Len() > 1000 {
		return false
	}
	switch v := v.(type) {
	case *cell:
		fmt.Fprintf(b, "c%p", v)
	case *dict:
		if v.id != "" {
			b.WriteString(v.id)
			return true
		}
		b.WriteByte('{')
		for _, k := range sortedKeys(v.at) {
			fmt.Fprintf(b, "%q:", k)
			if !writeIdent(b, v.at[k], depth+1) {
				return false
			}
		}
		fmt.Fprintf(b, "}%v", v.open)
	case *list:
		b.WriteByte('[')
		for _, e := range v.at {
			if !writeIdent(b, e, depth+1) {
				return false
			}
			b.WriteByte(',')
		}
		fmt.Fprintf(b, "]%v", v.loose)
	case *either:
		b.WriteByte('(')
		for _, e := range v.of {
			if !writeIdent(b, e, depth+1) {
				return false
			}
			b.WriteByte('|')
		}
		b.WriteByte(')')
	default:
		if s, ok := v.(string); ok && len(s) > maxText {
			return false
		}
		fmt.Fprintf(b, "%T%#v", v, v)
	}
	return true
}
