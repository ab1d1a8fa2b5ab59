package render

import (
	"errors"
	"fmt"
	"slices"
)

// interpreter runs templates on values of which some are not known: the
// release, the cluster, the results of most functions. It runs what certainly
// runs, both ways where it cannot know, and notes what is read.
type interpreter struct {
	*parsed
	memo  map[memoKey]*memoResult
	texts func() []string // the values that are templates themselves
	loud  map[string]bool

	steps, depth int
	// maybe counts the branches that we are in and that may not be taken.
	maybe int
	// effects counts what templates do to maps, changes those that made a
	// difference.
	effects, changes int
	// compared counts the comparisons whose operands are being evaluated.
	compared int

	// explore has code run that is switched off, if it has one of the keys; why
	// says by what, which depends on the value at switched.
	explore  bool
	keys     []string
	wanted   map[string]bool
	why      string
	switched *cell
	trail    []footprint
}

// footprint is a value that was read, and whether to compare it.
type footprint struct {
	at       *cell
	compared bool
}

// errGiveUp is the panic of an interpreter that would take too long.
var errGiveUp = errors.New("too much to analyse")

func (in *interpreter) enter() {
	in.steps++
	in.depth++
	if in.steps > maxSteps || in.depth > maxDepth {
		panic(errGiveUp)
	}
}

func (in *interpreter) leave() { in.depth-- }

func (in *interpreter) mark(c *cell, f flags) {
	if in.explore {
		in.trail = append(in.trail, footprint{c, in.compared > 0})
	}
	for ; c != nil; c = c.mirror {
		if in.why == "" {
			if !in.explore { // when all of this is known
				c.reads |= f
			}
			continue
		}
		if c.could |= f; c.why == "" || c.kinship(in.switched) > c.kinship(c.switched) {
			c.why, c.switched = in.why, in.switched
		}
	}
}

// frame is one template being run.
type frame struct {
	*interpreter
	dot, root any
	vars      []variable
	// weak counts the branches of this template that may not be taken: what
	// they assign may not be assigned.
	weak int
	out  []byte
	blur bool // what is printed is not known
}

type variable struct {
	name string
	val  any
}

// parse parses the expression of an item, if it has one that was not yet.
func (in *interpreter) parse(it *item) {
	if it.pipe != nil || it.text == "" || it.kind == textItem {
		return
	}
	p, ok := in.pipes[it.text]
	if !ok {
		var err error
		if p, err = parsePipe(it.text); err != nil {
			panic(errGiveUp)
		}
		in.pipes[it.text] = p
	}
	it.pipe = p
}

func (f *frame) items(body []item) {
	for i := range body {
		f.item(&body[i])
	}
}

func (f *frame) item(it *item) {
	f.enter()
	defer f.leave()
	f.parse(it)
	switch it.kind {
	case textItem:
		f.write(it.text)
	case actionItem:
		v := f.eval(it.pipe)
		if len(it.pipe.decl) == 0 {
			f.print(v)
		}
	case ifItem, withItem:
		f.branch(it)
	case rangeItem:
		f.loop(it)
	case templateItem:
		var data any
		if it.pipe != nil {
			data = f.eval(it.pipe)
		}
		f.print(f.call(it.name, data))
	}
}

func (f *frame) write(text string) {
	if f.blur = f.blur || f.weak > 0 || len(f.out)+len(text) > maxText; !f.blur {
		f.out = append(f.out, text...)
	}
}

func (f *frame) print(v any) {
	f.readAll(v)
	s, ok := scalar(v)
	if !ok || f.blur {
		f.blur = true
		return
	}
	switch s := s.(type) {
	case nil:
		f.write("<no value>")
	case string:
		f.write(s)
	default:
		f.write(fmt.Sprint(s))
	}
}

func (f *frame) branch(it *item) {
	vars, dot, start := len(f.vars), f.dot, len(f.trail)
	v := f.eval(it.pipe)
	t := f.truth(v)
	then := func() {
		if t == no && !f.isWanted(it.list) {
			return
		}
		if it.kind == withItem {
			f.dot = v
		}
		f.items(it.list)
		f.dot = dot
	}
	otherwise := func() { f.items(it.els) }
	by := f.decidedBy(start)
	switch t {
	case yes:
		then()
		f.off(by, otherwise)
	case no:
		otherwise()
		f.off(by, then)
	default:
		f.perhaps(then)
		f.perhaps(otherwise)
	}
	f.vars = f.vars[:vars]
}

// perhaps runs code that may or may not run.
func (f *frame) perhaps(code func()) {
	f.blur = true
	f.weak++
	f.maybe++
	code()
	f.weak--
	f.maybe--
}

// off runs code that does not run, for what it would read.
func (f *frame) off(by *footprint, code func()) {
	if !f.explore || by == nil {
		return
	}
	why, switched, vars, out, blur := f.why, f.switched, slices.Clone(f.vars), f.out, f.blur
	if f.why == "" {
		f.why, f.switched = by.reason(), by.at
	}
	f.perhaps(code)
	f.why, f.switched, f.vars, f.out, f.blur = why, switched, vars, out, blur
}

func (f *frame) loop(it *item) {
	vars, dot := len(f.vars), f.dot
	decl := it.pipe.decl
	keys, vals, sure := f.elements(f.pipeline(it.pipe))
	sure = sure && !leaves(it.list)
	body := func(i int) {
		before := len(f.vars)
		switch {
		case len(decl) == 1:
			f.set(it.pipe, decl[0], vals[i])
		case len(decl) == 2:
			f.set(it.pipe, decl[0], keys[i])
			f.set(it.pipe, decl[1], vals[i])
		}
		f.dot = vals[i]
		f.items(it.list)
		f.vars = f.vars[:before]
	}
	round := func() {
		for i := range vals {
			body(i)
		}
		f.dot = dot
	}
	if sure {
		round()
		if len(vals) == 0 {
			f.items(it.els)
		}
	} else {
		f.perhaps(func() {
			// What a round assigns, the next one may use.
			for settled := false; !settled; {
				before, changes := slices.Clone(f.vars), f.changes
				round()
				settled = slices.Equal(before, f.vars) && changes == f.changes
			}
			f.items(it.els)
		})
	}
	f.vars = f.vars[:vars]
}

// leaves reports whether a break or continue may cut a round short.
func leaves(body []item) bool {
	for i := range body {
		if it := &body[i]; it.kind == leaveItem || it.block != nil && (leaves(it.list) || leaves(it.els)) {
			return true
		}
	}
	return false
}
