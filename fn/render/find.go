package render

import (
	"sort"
	"strings"
	"text/template/parse"
)

// find lists the uses of unpinned functions in a template, in their order. A
// template that does not parse has none: Helm will say what is wrong with it.
func find(name, text string) []use {
	tree := parse.New(name)
	tree.Mode = parse.SkipFuncCheck
	trees := make(map[string]*parse.Tree)
	if _, err := tree.Parse(text, "", "", trees); err != nil {
		return nil
	}
	w := walker{text: text, seen: make(map[int]bool)}
	for _, t := range trees {
		if t.Root != nil {
			w.walk(t.Root, false)
		}
	}
	if tree.Root != nil {
		w.walk(tree.Root, false)
	}
	sort.Slice(w.uses, func(i, j int) bool { return w.uses[i].pos < w.uses[j].pos })
	return w.uses
}

type walker struct {
	text string
	uses []use
	seen map[int]bool
}

func (w *walker) walk(n parse.Node, called bool) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, c := range n.Nodes {
			w.walk(c, false)
		}
	case *parse.ActionNode:
		w.walk(n.Pipe, false)
	case *parse.TemplateNode:
		w.walk(n.Pipe, false)
	case *parse.IfNode:
		w.branch(&n.BranchNode)
	case *parse.RangeNode:
		w.branch(&n.BranchNode)
	case *parse.WithNode:
		w.branch(&n.BranchNode)
	case *parse.PipeNode:
		if n == nil {
			return
		}
		for _, c := range n.Cmds {
			for i, arg := range c.Args {
				w.walk(arg, i == 0)
			}
		}
	case *parse.ChainNode:
		w.walk(n.Node, called)
	case *parse.IdentifierNode:
		pos := int(n.Pos)
		if _, ok := unpinned[n.Ident]; ok && !w.seen[pos] && strings.HasPrefix(w.text[pos:], n.Ident) {
			w.seen[pos] = true
			w.uses = append(w.uses, use{n.Ident, pos, called})
		}
	}
}

func (w *walker) branch(n *parse.BranchNode) {
	w.walk(n.Pipe, false)
	w.walk(n.List, false)
	w.walk(n.ElseList, false)
}
