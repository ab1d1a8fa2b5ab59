package render

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// The syntax of templates, as text/template/parse has it, with one difference
// that pays for the second parser: an expression is parsed when it is first
// evaluated. A chart is mostly templates that one set of values never reaches,
// and parsing them all took a quarter of the time of a render. Both parsers are
// held to the same result over every chart at hand.

// item is a piece of a template's body.
type item struct {
	kind itemKind
	text string // what is printed; of an action its expression
	pipe *pipe  // the expression, once parsed
	*block
}

// block is what if, with, range and template have beside an expression.
type block struct {
	name      string // of the template that is called
	list, els []item
}

type itemKind uint8

const (
	textItem itemKind = iota
	actionItem
	ifItem
	withItem
	rangeItem
	templateItem
	leaveItem // break, continue
)

// pipe is a pipeline: commands, each a function or a value with its arguments.
type pipe struct {
	decl   []string // variables that are set, with their $
	assign bool     // by =, so they are declared already
	cmds   [][]arg
}

type arg struct {
	kind   argKind
	val    any      // of a literal
	name   string   // of a function or a variable
	pipe   *pipe    // in parentheses
	fields []string // .a.b after any of them
}

type argKind uint8

const (
	literalArg argKind = iota
	dotArg             // . and .a.b
	varArg
	funcArg
	pipeArg
)

var errSyntax = errors.New("not a template")

// source is a template file in the course of being cut up.
type source struct {
	rest    string
	trim    bool // the action before ended with -}}
	depth   int
	items   []item // of the bodies that are open
	defines map[string][]item
}

// parseBody cuts a template into its parts. What it defines goes to defines.
func parseBody(text string, defines map[string][]item) ([]item, error) {
	s := &source{rest: text, defines: defines}
	list, end, err := s.body()
	if err != nil || end != "" {
		return nil, errSyntax
	}
	return list, nil
}

const space = " \t\r\n"

// next returns the text before the next action, and the action.
func (s *source) next() (text, action string, more bool, err error) {
	text, rest, more := strings.Cut(s.rest, "{{")
	if strings.HasPrefix(rest, "-") && len(rest) > 1 && strings.IndexByte(space, rest[1]) >= 0 {
		text, rest = strings.TrimRight(text, space), rest[2:]
	}
	if s.trim {
		text = strings.TrimLeft(text, space)
	}
	if !more {
		s.rest = ""
		return text, "", false, nil
	}
	end := 0
	if strings.HasPrefix(rest, "/*") {
		if end = strings.Index(rest, "*/"); end < 0 {
			return "", "", false, errSyntax
		}
		end += len("*/")
		s.trim = end+1 < len(rest) && strings.IndexByte(space, rest[end]) >= 0 && rest[end+1] == '-'
		if s.trim {
			end += 2
		}
		if !strings.HasPrefix(rest[end:], "}}") {
			return "", "", false, errSyntax
		}
		s.rest = rest[end+2:]
		return text, "", true, nil
	}
	for ; ; end++ {
		if end+1 >= len(rest) {
			return "", "", false, errSyntax
		}
		switch c := rest[end]; {
		case c == '"' || c == '\'' || c == '`':
			n := quoted(rest[end:])
			if n == 0 {
				return "", "", false, errSyntax
			}
			end += n - 1
			continue
		case c != '}' || rest[end+1] != '}':
			continue
		}
		break
	}
	action, s.rest = rest[:end], rest[end+2:]
	n := len(action)
	if s.trim = n > 1 && action[n-1] == '-' && strings.IndexByte(space, action[n-2]) >= 0; s.trim {
		action = action[:n-1]
	}
	if action = strings.Trim(action, space); action == "" {
		return "", "", false, errSyntax
	}
	return text, action, true, nil
}

// quoted is the length of the literal that s begins with, 0 if it has no end.
func quoted(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			return i + 1
		case s[0] == '`':
		case s[i] == '\n':
			return 0
		case s[i] == '\\':
			i++
		}
	}
	return 0
}

// body reads up to the action that ends it: end, else and what follows it, or
// nothing at the end of the file.
func (s *source) body() (list []item, end string, err error) {
	if s.depth++; s.depth > 200 {
		return nil, "", errSyntax
	}
	start := len(s.items)
	for {
		text, action, more, err := s.next()
		if err != nil {
			return nil, "", err
		}
		if text != "" {
			s.items = append(s.items, item{kind: textItem, text: text})
		}
		word, rest := keyword(action)
		if !more || word == "end" || word == "else" {
			list = slices.Clone(s.items[start:])
			s.items = s.items[:start]
			s.depth--
			return list, action, nil
		}
		if action == "" {
			continue // a comment
		}
		it := item{text: rest}
		switch word {
		case "if", "with", "range":
			it.kind, it.block = blockKind[word], &block{}
			err = s.branch(&it)
		case "break", "continue":
			it.kind = leaveItem
		case "template", "block", "define":
			it, err = s.named(word, rest)
		default:
			it.kind, it.text = actionItem, action
		}
		if err != nil {
			return nil, "", err
		}
		if word != "define" {
			s.items = append(s.items, it)
		}
	}
}

var blockKind = map[string]itemKind{"if": ifItem, "with": withItem, "range": rangeItem}

// named reads a template, block or define.
func (s *source) named(word, rest string) (item, error) {
	n := 0
	if rest != "" && (rest[0] == '"' || rest[0] == '`') {
		n = quoted(rest)
	}
	name, err := strconv.Unquote(rest[:n])
	if err != nil {
		return item{}, errSyntax
	}
	it := item{kind: templateItem, text: strings.Trim(rest[n:], space), block: &block{name: name}}
	if word == "template" {
		return it, nil
	}
	body, end, err := s.body()
	if err != nil || end != "end" {
		return item{}, errSyntax
	}
	// As in text/template: what is empty does not take another's place.
	if _, ok := s.defines[name]; !ok || !blank(body) {
		s.defines[name] = body
	}
	return it, nil
}

func (s *source) branch(it *item) error {
	var end string
	var err error
	if it.list, end, err = s.body(); err != nil {
		return err
	}
	if end == "end" {
		return nil
	}
	word, rest := keyword(end)
	if word != "else" {
		return errSyntax
	}
	if rest == "" {
		if it.els, end, err = s.body(); err != nil || end != "end" {
			return errSyntax
		}
		return nil
	}
	// else if and else with: one end closes both.
	word, rest = keyword(rest)
	inner := item{kind: ifItem, text: rest, block: &block{}}
	switch {
	case word == "with":
		inner.kind = withItem
	case word != "if":
		return errSyntax
	}
	if s.depth++; s.depth > 200 {
		return errSyntax
	}
	err = s.branch(&inner)
	s.depth--
	it.els = []item{inner}
	return err
}

func keyword(action string) (word, rest string) {
	i := 0
	for i < len(action) && letter(action[i]) {
		i++
	}
	if i < len(action) && wordByte(action[i]) {
		return "", action
	}
	return action[:i], strings.Trim(action[i:], space)
}

func blank(list []item) bool {
	for _, it := range list {
		if it.kind != textItem || strings.Trim(it.text, space) != "" {
			return false
		}
	}
	return true
}

// wordByte reports whether c may stand inside a name; what is not ASCII may.
func wordByte(c byte) bool { return letter(c) || '0' <= c && c <= '9' || c >= 0x80 }
