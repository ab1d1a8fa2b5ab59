package render

// eval evaluates a pipeline and sets its variable.
func (f *frame) eval(p *pipe) any {
	v := f.pipeline(p)
	if len(p.decl) > 0 {
		f.set(p, p.decl[0], v)
	}
	return v
}

func (f *frame) set(p *pipe, name string, v any) {
	if !p.assign {
		f.vars = append(f.vars, variable{name, v})
		return
	}
	for i := len(f.vars) - 1; i >= 0; i-- {
		if f.vars[i].name == name {
			if f.weak > 0 {
				v = f.join(f.vars[i].val, v)
			}
			f.vars[i].val = v
			return
		}
	}
}

func (f *frame) variable(name string) any {
	if name == "$" {
		return f.root
	}
	for i := len(f.vars) - 1; i >= 0; i-- {
		if f.vars[i].name == name {
			return f.vars[i].val
		}
	}
	return opaque{}
}

func (f *frame) pipeline(p *pipe) any {
	var v any
	for i, cmd := range p.cmds {
		v = f.command(cmd, v, i > 0)
	}
	return v
}

func (f *frame) command(cmd []arg, piped any, isPiped bool) any {
	f.enter()
	defer f.leave()
	if cmd[0].kind == funcArg {
		c := &invocation{frame: f, args: cmd[1:], piped: piped, isPiped: isPiped}
		return f.fields(c.run(cmd[0].name), cmd[0].fields)
	}
	v := f.operand(&cmd[0])
	if len(cmd) == 1 && !isPiped {
		return v
	}
	// A method of what Helm hands in: .Files.Get, .Capabilities.APIVersions.Has.
	f.readAll(v, piped)
	for i := range cmd[1:] {
		f.readAll(f.operand(&cmd[i+1]))
	}
	return opaque{}
}

func (f *frame) operand(a *arg) any {
	var v any
	switch a.kind {
	case literalArg:
		v = a.val
	case dotArg:
		v = f.dot
	case varArg:
		v = f.variable(a.name)
	case funcArg:
		v = (&invocation{frame: f}).run(a.name)
	case pipeArg:
		v = f.eval(a.pipe)
	}
	return f.fields(v, a.fields)
}

func (f *frame) fields(v any, names []string) any {
	for _, n := range names {
		v = f.field(v, n)
	}
	return v
}
