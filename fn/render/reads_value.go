package render

import "slices"

// What an expression of a template may stand for is one of
//
//	a scalar or nil   which is known
//	*cell             a place in the values
//	*dict, *list      made by the template
//	*either           one of several
//	opaque            something of which all that it was made from is read
//	*derived          that, made from these places in the values and no others
type opaque struct{}

type derived struct{ from []*cell }

// dict is a map that a template made, or the data that a template of the chart
// is given.
type dict struct {
	at   map[string]any
	open bool   // it may hold more, which is read
	id   string // of the data of a chart, while no template changes it
}

// list may be loose: of unknown length and order.
type list struct {
	at    []any
	loose bool
}

type either struct{ of []any }

// The bounds of what a template can make us hold.
const (
	maxText  = 4096
	maxAlts  = 12
	maxList  = 1000
	maxSteps = 100_000 // Airbyte's charts take 20,000
	maxDepth = 150
)

// join is a value that is one of both.
func (in *interpreter) join(a, b any) any {
	if a == b {
		return a
	}
	var of []any
	for _, v := range []any{a, b} {
		if e, ok := v.(*either); ok {
			of = append(of, e.of...)
		} else {
			of = append(of, v)
		}
	}
	var out []any
	for _, v := range of {
		if !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	if e, ok := a.(*either); ok && len(e.of) == len(out) {
		return a
	}
	if len(out) > maxAlts {
		in.readAll(out...)
		return opaque{}
	}
	return &either{out}
}

func (in *interpreter) joinAll(vs []any) any {
	if len(vs) == 0 {
		return nil
	}
	v := vs[0]
	for _, w := range vs[1:] {
		v = in.join(v, w)
	}
	return v
}

// readAll notes that everything in vs is read.
func (in *interpreter) readAll(vs ...any) {
	for _, v := range vs {
		in.enter()
		switch v := v.(type) {
		case *cell:
			in.mark(v, readAll)
		case *dict:
			for _, e := range v.at {
				in.readAll(e)
			}
		case *list:
			in.readAll(v.at...)
		case *either:
			in.readAll(v.of...)
		}
		in.leave()
	}
}

// derive is what an unknown function makes of vs, which it reads.
func (in *interpreter) derive(vs ...any) any {
	in.readAll(vs...)
	d := &derived{}
	for _, v := range vs {
		if s, ok := v.(*derived); ok {
			d.from = append(d.from, s.from...)
		} else if c, ok := v.(*cell); ok {
			d.from = append(d.from, c)
		} else if _, ok := scalar(v); !ok {
			return opaque{}
		}
	}
	if len(d.from) == 0 || len(d.from) > maxAlts {
		return opaque{}
	}
	return d
}

// field is v.name.
func (in *interpreter) field(v any, name string) any {
	switch v := v.(type) {
	case *cell:
		if v.chart {
			switch name { // the methods of chartutil.Values
			case "AsMap", "Encode", "PathValue", "Table", "YAML":
				in.readAll(v)
				return opaque{}
			}
		}
		in.mark(v, readVia)
		return v.kid(name)
	case *dict:
		if e, ok := v.at[name]; ok || !v.open {
			return e
		}
	case *either:
		out := make([]any, len(v.of))
		for i, e := range v.of {
			out[i] = in.field(e, name)
		}
		return in.joinAll(out)
	case nil:
		return nil
	}
	return opaque{}
}

// scalar is the scalar or nil that v is known to be.
func scalar(v any) (any, bool) {
	switch v := v.(type) {
	case nil, string, bool, int, int64, float64:
		return v, true
	case *cell:
		if v.known() {
			switch s := v.value().(type) {
			case nil, string, bool, int, int64, float64:
				return s, true
			}
		}
	}
	return nil, false
}

// truth is what if makes of a value.
type truth uint8

const (
	maybe truth = iota
	yes
	no
)

func truthIf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (t truth) not() truth { return [...]truth{maybe, no, yes}[t] }

func (in *interpreter) truth(v any) truth {
	if c, ok := v.(*cell); ok {
		in.mark(c, readSelf)
		if !c.known() {
			return maybe
		}
	}
	if s, ok := scalar(v); ok {
		switch s := s.(type) {
		case string:
			return truthIf(s != "")
		case bool:
			return truthIf(s)
		case int:
			return truthIf(s != 0)
		case int64:
			return truthIf(s != 0)
		case float64:
			return truthIf(s != 0)
		}
		return no
	}
	switch v := v.(type) {
	case *cell:
		elements, sure := v.elements()
		if sure || len(elements) == 0 {
			return truthIf(len(elements) > 0)
		}
	case *dict:
		if !v.open {
			return truthIf(len(v.at) > 0)
		}
	case *list:
		if !v.loose || len(v.at) == 0 {
			return truthIf(len(v.at) > 0)
		}
	case *either:
		t := in.truth(v.of[0])
		for _, e := range v.of[1:] {
			if in.truth(e) != t {
				t = maybe
			}
		}
		return t
	}
	return maybe
}

// elements are the parts of v where it matters that each of them is there.
func (in *interpreter) elements(v any) (keys, vals []any, sure bool) {
	keys, vals, sure = in.parts(v)
	for _, e := range vals {
		if c, ok := e.(*cell); ok {
			in.mark(c, readHas)
		}
	}
	return keys, vals, sure
}

// parts are the keys and values of a map or list, in the order of range. They
// are sure if it is these and no others.
func (in *interpreter) parts(v any) (keys, vals []any, sure bool) {
	switch v := v.(type) {
	case nil:
		return nil, nil, true
	case *cell:
		in.mark(v, readSelf)
		s, isScalar := scalar(v)
		if !v.known() || isScalar && s != nil {
			in.readAll(v)
			break
		}
		_, isList := v.value().([]any)
		kids, sure := v.elements()
		for i, k := range kids {
			vals = append(vals, k)
			if isList {
				keys = append(keys, i)
			} else {
				keys = append(keys, k.key)
			}
		}
		return keys, vals, sure
	case *dict:
		for _, k := range sortedKeys(v.at) {
			keys, vals = append(keys, k), append(vals, v.at[k])
		}
		if !v.open {
			return keys, vals, true
		}
		return append(keys, opaque{}), append(vals, opaque{}), false
	case *list:
		for i, e := range v.at {
			keys, vals = append(keys, i), append(vals, e)
		}
		if v.loose {
			for i := range keys {
				keys[i] = opaque{}
			}
		}
		return keys, vals, !v.loose
	case *either:
		for _, e := range v.of {
			k, w, _ := in.parts(e)
			keys, vals = append(keys, k...), append(vals, w...)
		}
		return keys, vals, false
	}
	return []any{opaque{}}, []any{opaque{}}, false
}
