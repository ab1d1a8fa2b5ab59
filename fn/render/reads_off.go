package render

import (
	"fmt"
	"strings"
)

// decidedBy is the value that decided what was evaluated since the trail had
// the given length: the last one, as evaluation ends with what decides.
func (in *interpreter) decidedBy(start int) *footprint {
	if !in.explore || len(in.trail) == start {
		return nil
	}
	fp := in.trail[len(in.trail)-1]
	for fp.at.mirror != nil {
		fp.at = fp.at.mirror
	}
	return &fp
}

func (fp footprint) reason() string { return pathText(fp.at.path()) + " is " + fp.state() }

// kinship is how many keys the paths of a cell and of its switch have in common
// at their beginning; 0 where the cell is below the switch.
func (c *cell) kinship(d *cell) int {
	if c == nil || d == nil {
		return 0
	}
	top := d.depth
	for c != d {
		if c.depth >= d.depth {
			c = c.parent
		} else {
			d = d.parent
		}
	}
	if c.depth == top {
		return 0
	}
	return c.depth
}

// state is in words what the value is. Text is told only where templates
// compare it, so that it is one of a few words and no secret.
func (fp footprint) state() string {
	switch v := fp.at.value().(type) {
	case nil:
		return "not set"
	case bool, int, int64, float64:
		return fmt.Sprint(v)
	case string:
		switch {
		case v == "":
			return "empty"
		case fp.compared && len(v) <= 40 && !strings.ContainsAny(v, "\n{"):
			return v
		case fp.compared:
			return "something else"
		}
		return "set"
	default:
		if size(v) == 0 {
			return "empty"
		}
		return "set"
	}
}

// loudFunctions fail, or change what they are given.
var loudFunctions = map[string]bool{
	"fail": true, "required": true, "set": true, "unset": true, "merge": true, "mergeOverwrite": true,
	"mustMerge": true, "mustMergeOverwrite": true,
}

// isLoud reports whether evaluating an argument may do more than give a value.
func (in *interpreter) isLoud(a *arg) bool {
	return a.kind == funcArg && loudFunctions[a.name] || a.kind == pipeArg && in.isLoudPipe(a.pipe)
}

func (in *interpreter) isLoudPipe(p *pipe) bool {
	if p == nil {
		return false
	}
	for _, cmd := range p.cmds {
		if cmd[0].kind == funcArg && cmd[0].name == "include" {
			if len(cmd) < 2 {
				return true
			}
			name, ok := cmd[1].val.(string)
			if !ok || in.isLoudTemplate(name) {
				return true
			}
		}
		for i := range cmd {
			if in.isLoud(&cmd[i]) {
				return true
			}
		}
	}
	return false
}

func (in *interpreter) isLoudTemplate(name string) bool {
	loud, ok := in.loud[name]
	if !ok {
		in.loud[name] = false // one that calls itself adds nothing
		in.enter()
		loud = in.isLoudBody(in.defines[name])
		in.leave()
		in.loud[name] = loud
	}
	return loud
}

func (in *interpreter) isLoudBody(body []item) bool {
	for i := range body {
		it := &body[i]
		in.parse(it)
		if in.isLoudPipe(it.pipe) || it.block != nil &&
			(it.kind == templateItem && in.isLoudTemplate(it.name) || in.isLoudBody(it.list) || in.isLoudBody(it.els)) {
			return true
		}
	}
	return false
}

// isWanted reports whether a template's body has one of the keys that code is
// explored for, or runs a template that has.
func (in *interpreter) isWanted(body []item) bool {
	for i := range body {
		it := &body[i]
		if it.block != nil && (it.kind == templateItem && in.isWantedTemplate(it.name) || in.isWanted(it.list) || in.isWanted(it.els)) {
			return true
		}
		if it.kind != textItem && in.isWantedText(it.text) {
			return true
		}
	}
	return false
}

func (in *interpreter) isWantedText(text string) bool {
	for _, k := range in.keys {
		if strings.Contains(text, k) {
			return true
		}
	}
	for i, s := range strings.Split(text, `"`) {
		if _, ok := in.defines[s]; ok && i%2 == 1 && in.isWantedTemplate(s) {
			return true
		}
	}
	return false
}

func (in *interpreter) isWantedTemplate(name string) bool {
	wanted, ok := in.wanted[name]
	if !ok {
		in.wanted[name] = false
		in.enter()
		wanted = in.isWanted(in.defines[name])
		in.leave()
		in.wanted[name] = wanted
	}
	return wanted
}
