package render

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// cell is one place in the values, and what templates do with it. Cells are
// made when something looks at them.
type cell struct {
	parent *cell
	key    string
	depth  int
	kids   map[string]*cell
	// mirror is the place that this one takes its value from, too: the globals
	// of a subchart are those of its parent.
	mirror *cell
	// layers are what is here, the most significant first: one value, or maps
	// that are merged. None is null or nothing.
	layers []layer
	chart  bool // the root of the values of a chart
	nulled bool // by a layer that has layers below
	// dflt is set where the chart has a value of its own, full where that is a
	// map or list with something in it.
	dflt, full bool
	// dirty is set where a template changed the values: what is here, and
	// below, is not known.
	dirty bool
	// off says why the templates of a subchart with these values do not run.
	off string

	reads flags
	// could are the reads of code that is switched off, and why by which value.
	could    flags
	why      string
	switched *cell
}

type layer struct {
	v    any
	user bool
}

// flags are ways to read a value.
type flags uint8

const (
	readAll  flags = 1 << iota // itself and everything below
	readSelf                   // a scalar; or whether a map is empty
	readVia                    // on the way to something below
	readHas                    // whether it is there
)

// kid is the cell below c.
func (c *cell) kid(key string) *cell {
	if k, ok := c.kids[key]; ok {
		return k
	}
	k := &cell{parent: c, key: key, depth: c.depth + 1}
	if c.mirror != nil {
		k.mirror = c.mirror.kid(key)
	}
	for _, l := range c.layers {
		v, ok := under(l.v, key)
		if ok {
			k.add(layer{v, l.user})
		}
	}
	if c.kids == nil {
		c.kids = make(map[string]*cell)
	}
	c.kids[key] = k
	return k
}

// add puts a layer below those that are there.
func (c *cell) add(l layer) {
	_, isMap := l.v.(map[string]any)
	if !l.user && l.v != nil {
		c.dflt = true
		c.full = c.full || size(l.v) > 0
	}
	switch {
	case c.nulled:
		return
	case len(c.layers) > 0:
		if _, above := c.layers[0].v.(map[string]any); !above || !isMap {
			return
		}
	case l.v == nil:
		c.nulled = true
		return
	}
	c.layers = append(c.layers, l)
	for key, k := range c.kids {
		if v, ok := under(l.v, key); ok {
			k.add(layer{v, l.user})
		}
	}
}

// under is v[key], of a map or with a key such as [3] of a list.
func under(v any, key string) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		e, ok := v[key]
		return e, ok
	case []any:
		n, ok := strings.CutPrefix(key, "[")
		if n, found := strings.CutSuffix(n, "]"); ok && found {
			if i, err := strconv.Atoi(n); err == nil && 0 <= i && i < len(v) {
				return v[i], true
			}
		}
	}
	return nil, false
}

func element(i int) string { return "[" + strconv.Itoa(i) + "]" }

func size(v any) int {
	switch v := v.(type) {
	case map[string]any:
		return len(v)
	case []any:
		return len(v)
	}
	return 0
}

// known reports whether no template changed what is here.
func (c *cell) known() bool {
	for ; c != nil; c = c.mirror {
		for p := c; p != nil; p = p.parent {
			if p.dirty {
				return false
			}
		}
	}
	return true
}

// value is what is here: nil, a scalar, a list, or one map of those that are
// merged. It counts if known.
func (c *cell) value() any {
	if len(c.layers) == 0 {
		return nil
	}
	return c.layers[0].v
}

// elements are the cells below, in their order. They are not sure if a null may
// be among them.
func (c *cell) elements() (list []*cell, sure bool) {
	if l, ok := c.value().([]any); ok {
		for i := range l {
			list = append(list, c.kid(element(i)))
		}
		return list, true
	}
	keys := make(map[string]bool)
	for _, l := range c.layers {
		if m, ok := l.v.(map[string]any); ok {
			for k := range m {
				keys[k] = true
			}
		}
	}
	sure = true
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		e := c.kid(k)
		sure = sure && len(e.layers) > 0
		list = append(list, e)
	}
	return list, sure
}

// path leads from the root of all values to c.
func (c *cell) path() []string {
	if c.parent == nil {
		return nil
	}
	return append(c.parent.path(), c.key)
}

// find is the cell at a path, nil if nothing looked there.
func (c *cell) find(path ...string) *cell {
	for _, k := range path {
		if c == nil {
			return nil
		}
		c = c.kids[k]
	}
	return c
}
