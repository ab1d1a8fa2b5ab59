package render

import (
	"slices"
	"strconv"
	"strings"
)

// expression is the text of a pipeline in the course of being parsed.
type expression struct {
	s     string
	i     int
	depth int
}

func parsePipe(text string) (*pipe, error) {
	e := &expression{s: text}
	p, err := e.pipeline()
	if err != nil || e.i < len(e.s) {
		return nil, errSyntax
	}
	return p, nil
}

func (e *expression) blanks() {
	for e.i < len(e.s) && strings.IndexByte(space, e.s[e.i]) >= 0 {
		e.i++
	}
}

// peek is the byte at hand, 0 at the end.
func (e *expression) peek() byte {
	if e.i < len(e.s) {
		return e.s[e.i]
	}
	return 0
}

func (e *expression) word() string {
	start := e.i
	for e.i < len(e.s) && wordByte(e.s[e.i]) {
		e.i++
	}
	return e.s[start:e.i]
}

// pipeline ends before a closing parenthesis or at the end.
func (e *expression) pipeline() (*pipe, error) {
	if e.depth++; e.depth > 200 {
		return nil, errSyntax
	}
	defer func() { e.depth-- }()
	p := &pipe{}
	e.declaration(p)
	var few [4][]arg
	cmds := few[:0]
	for {
		cmd, err := e.command()
		if err != nil {
			return nil, err
		}
		cmds = append(cmds, cmd)
		if e.peek() != '|' {
			p.cmds = slices.Clone(cmds)
			return p, nil
		}
		e.i++
	}
}

// declaration reads $x :=, $x = and $k, $v := if they are there.
func (e *expression) declaration(p *pipe) {
	e.blanks()
	start := e.i
	var names []string
	for e.peek() == '$' {
		from := e.i
		e.i++
		e.word()
		names = append(names, e.s[from:e.i])
		e.blanks()
		switch {
		case e.peek() == ',' && len(names) == 1:
			e.i++
			e.blanks()
			continue
		case strings.HasPrefix(e.s[e.i:], ":="):
			e.i += 2
			p.decl = names
			return
		case e.peek() == '=':
			e.i++
			p.decl, p.assign = names, true
			return
		}
		break
	}
	e.i = start
}

func (e *expression) command() ([]arg, error) {
	var few [4]arg
	cmd := few[:0]
	for {
		e.blanks()
		switch e.peek() {
		case 0, '|', ')':
			if len(cmd) == 0 {
				return nil, errSyntax
			}
			return slices.Clone(cmd), nil
		}
		a, err := e.operand()
		if err != nil {
			return nil, err
		}
		cmd = append(cmd, a)
	}
}

// operand is a value and the fields that are taken of it.
func (e *expression) operand() (arg, error) {
	a, err := e.term()
	if err != nil {
		return a, err
	}
	var few [8]string
	fields := few[:0]
	for e.peek() == '.' && e.i+1 < len(e.s) && wordByte(e.s[e.i+1]) {
		e.i++
		fields = append(fields, e.word())
	}
	if len(fields) > 0 {
		a.fields = slices.Clone(fields)
	}
	switch c := e.peek(); {
	case c == 0 || c == '|' || c == ')' || c == '(' || strings.IndexByte(space, c) >= 0:
		return a, nil
	}
	return a, errSyntax
}

func (e *expression) term() (arg, error) {
	switch c := e.peek(); {
	case c == '"' || c == '`' || c == '\'':
		n := quoted(e.s[e.i:])
		if n == 0 {
			return arg{}, errSyntax
		}
		text := e.s[e.i : e.i+n]
		e.i += n
		if c == '\'' {
			r, _, rest, err := strconv.UnquoteChar(text[1:n-1], '\'')
			if err != nil || rest != "" {
				return arg{}, errSyntax
			}
			return arg{val: int(r)}, nil
		}
		s, err := strconv.Unquote(text)
		return arg{val: s}, err
	case c == '(':
		e.i++
		p, err := e.pipeline()
		if err != nil || e.peek() != ')' {
			return arg{}, errSyntax
		}
		e.i++
		return arg{kind: pipeArg, pipe: p}, nil
	case c == '$':
		start := e.i
		e.i++
		e.word()
		return arg{kind: varArg, name: e.s[start:e.i]}, nil
	case c == '.' && !e.digit(e.i+1):
		if e.i+1 >= len(e.s) || !wordByte(e.s[e.i+1]) {
			e.i++
		}
		return arg{kind: dotArg}, nil
	case c == '.' || c == '+' || c == '-' || e.digit(e.i):
		return e.number()
	case wordByte(c):
		switch w := e.word(); w {
		case "true", "false":
			return arg{val: w == "true"}, nil
		case "nil":
			return arg{}, nil
		default:
			return arg{kind: funcArg, name: w}, nil
		}
	}
	return arg{}, errSyntax
}

func (e *expression) digit(i int) bool { return i < len(e.s) && '0' <= e.s[i] && e.s[i] <= '9' }

// number takes the whole word: what Go's templates would not read as a number,
// they refuse.
func (e *expression) number() (arg, error) {
	start := e.i
	for e.i++; e.i < len(e.s) && (wordByte(e.s[e.i]) || strings.IndexByte(".+-", e.s[e.i]) >= 0); e.i++ {
	}
	text := e.s[start:e.i]
	if i, err := strconv.ParseInt(text, 0, 0); err == nil {
		return arg{val: int(i)}, nil
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return arg{val: f}, nil
	}
	return arg{val: opaque{}}, nil
}
