package render

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template/parse"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"

	"github.com/airstrip-dev/airstrip/internal/official"
)

// The parser is held to text/template/parse: both write down what they
// understood in the same way.

// understood is what our parser makes of a template, by name; "" is the body.
func understood(text string) (map[string]string, error) {
	defines := make(map[string][]item)
	body, err := parseBody(text, defines)
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	defines[""] = body
	for name, body := range defines {
		var b strings.Builder
		if err := writeItems(&b, body); err != nil {
			return nil, err
		}
		all[name] = b.String()
	}
	return all, nil
}

func writeItems(b *strings.Builder, body []item) error {
	for i := range body {
		it := &body[i]
		var p *pipe
		var err error
		if it.kind != textItem && it.text != "" {
			if p, err = parsePipe(it.text); err != nil {
				return err
			}
		}
		switch it.kind {
		case textItem:
			b.WriteString(it.text)
		case leaveItem:
			b.WriteString("{leave}")
		case templateItem:
			fmt.Fprintf(b, "{template %q %s}", it.name, writePipe(p))
		case actionItem:
			fmt.Fprintf(b, "{%s}", writePipe(p))
		default:
			fmt.Fprintf(b, "{%v %s}", it.kind, writePipe(p))
			if err := writeItems(b, it.list); err != nil {
				return err
			}
			b.WriteString("{else}")
			if err := writeItems(b, it.els); err != nil {
				return err
			}
			b.WriteString("{end}")
		}
	}
	return nil
}

func writePipe(p *pipe) string {
	if p == nil {
		return ""
	}
	text := strings.Join(p.decl, ",")
	if text != "" {
		text += fmt.Sprintf(" assign=%v ", p.assign)
	}
	for _, cmd := range p.cmds {
		text += "|"
		for _, a := range cmd {
			switch a.kind {
			case literalArg:
				text += fmt.Sprintf(" %T:%v", a.val, a.val)
			case dotArg:
				text += " dot"
			case pipeArg:
				text += " (" + writePipe(a.pipe) + ")"
			default:
				text += " " + a.name
			}
			for _, f := range a.fields {
				text += "." + f
			}
		}
	}
	return text
}

// wanted is what text/template/parse makes of it.
func wanted(text string) (map[string]string, error) {
	tree := parse.New("")
	tree.Mode = parse.SkipFuncCheck
	trees := map[string]*parse.Tree{}
	if _, err := tree.Parse(text, "", "", trees); err != nil {
		return nil, err
	}
	all := map[string]string{"": ""}
	for name, t := range trees {
		var b strings.Builder
		writeNode(&b, t.Root)
		all[name] = b.String()
	}
	return all, nil
}

func writeNode(b *strings.Builder, n parse.Node) {
	branch := func(kind itemKind, n *parse.BranchNode) {
		fmt.Fprintf(b, "{%v %s}", kind, pipeText(n.Pipe))
		writeNode(b, n.List)
		b.WriteString("{else}")
		if n.ElseList != nil {
			writeNode(b, n.ElseList)
		}
		b.WriteString("{end}")
	}
	switch n := n.(type) {
	case *parse.ListNode:
		for _, c := range n.Nodes {
			writeNode(b, c)
		}
	case *parse.TextNode:
		b.Write(n.Text)
	case *parse.ActionNode:
		fmt.Fprintf(b, "{%s}", pipeText(n.Pipe))
	case *parse.TemplateNode:
		fmt.Fprintf(b, "{template %q %s}", n.Name, pipeText(n.Pipe))
	case *parse.IfNode:
		branch(ifItem, &n.BranchNode)
	case *parse.WithNode:
		branch(withItem, &n.BranchNode)
	case *parse.RangeNode:
		branch(rangeItem, &n.BranchNode)
	case *parse.BreakNode, *parse.ContinueNode:
		b.WriteString("{leave}")
	}
}

func pipeText(p *parse.PipeNode) string {
	if p == nil {
		return ""
	}
	var names []string
	for _, v := range p.Decl {
		names = append(names, v.Ident[0])
	}
	text := strings.Join(names, ",")
	if text != "" {
		text += fmt.Sprintf(" assign=%v ", p.IsAssign)
	}
	for _, cmd := range p.Cmds {
		text += "|"
		for _, a := range cmd.Args {
			text += " " + argText(a)
		}
	}
	return text
}

func argText(n parse.Node) string {
	switch n := n.(type) {
	case *parse.DotNode:
		return "dot"
	case *parse.FieldNode:
		return "dot." + strings.Join(n.Ident, ".")
	case *parse.VariableNode:
		return strings.Join(n.Ident, ".")
	case *parse.IdentifierNode:
		return n.Ident
	case *parse.ChainNode:
		return argText(n.Node) + "." + strings.Join(n.Field, ".")
	case *parse.PipeNode:
		return "(" + pipeText(n) + ")"
	case *parse.NilNode:
		return "<nil>:<nil>"
	case *parse.BoolNode:
		return fmt.Sprintf("%T:%v", n.True, n.True)
	case *parse.StringNode:
		return fmt.Sprintf("%T:%v", n.Text, n.Text)
	case *parse.NumberNode:
		switch {
		case n.IsInt && !strings.ContainsAny(n.Text, ".eEpPi") || n.IsInt && strings.HasPrefix(n.Text, "'"):
			return fmt.Sprintf("%T:%v", int(n.Int64), n.Int64)
		case n.IsFloat:
			return fmt.Sprintf("%T:%v", n.Float64, n.Float64)
		}
		return "render.opaque:{}"
	}
	return fmt.Sprintf("%T", n)
}

func compareParsers(t *testing.T, name, text string, mayRefuse bool) {
	t.Helper()
	want, err := wanted(text)
	if err != nil {
		return // Helm refuses it
	}
	got, err := understood(text)
	if err != nil {
		if !mayRefuse {
			t.Errorf("%s: %v", name, err)
		}
	} else if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-text/template +ours):\n%s", name, diff)
	}
}

func TestReadsParser(t *testing.T) {
	for _, text := range []string{
		"a {{- 1 }} b {{ 2 -}} \n c {{- /* d */ -}} e {{/* f */}} g",
		"{{ \"}}\" }}{{ `\n}}` }}{{ '}' }}{{ \"\\\"}}\" }}{{ '\\'' }}",
		"{{ if (eq .a 1) }}x{{ else if(.b) }}y{{ else }}z{{ end }}{{ with .b }}{{else with $x := .c}}{{ $x.d }}{{ else }}z{{ end }}",
		"{{ range $i, $e := .l }}{{ break }}{{ else }}{{ end }}{{ range $e := .l }}{{continue}}{{ end }}",
		"{{ $x := 1 }}{{ $x = 2 }}{{ $x | printf \"%d\" | quote }}{{ $ }}{{ $.a.b }}",
		"{{ (.a.b).c }}{{ ((.a).b) }}{{ now.Year }}{{ (dict \"a\" 1).a }}{{ f (g .x | h) nil true false . }}",
		"{{ 1 }}{{ -1 }}{{ +1 }}{{ 1.5 }}{{ .5 }}{{ 1e3 }}{{ 0x1F }}{{ 0b11 }}{{ 1_000 }}{{ 0o17 }}{{ 'ü' }}{{ 1i }}",
		"{{ define \"a\" }} {{ end }}{{ define \"b\" -}} x {{- end }}{{ block \"c\" .x }}y{{ end }}{{ template \"a\" }}{{ template `b` . }}",
		"{{ define \"a\" }}x{{ end }}{{ define \"a\" }} {{/* empty */}} {{ end }}",
		"{{ with .a }}{{ end }}{{ä.ö}}{{ .ä }}{{ _x 1 }}{{ iffy }}{{ ending .x }}{{ elsewhere }}",
		"{{ f\n.x\n|\ng }}{{ x|y }}{{ x | y}}",
	} {
		if _, err := wanted(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		compareParsers(t, text, text, false)
	}
	var charts []string
	for _, name := range []string{"v1", "v2", "v2-next"} {
		charts = append(charts, "../../testdata/charts/airbyte/"+name)
	}
	archives, err := official.Archives("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range archives {
		charts = append(charts, a.Path)
	}
	for _, path := range charts {
		if _, err := os.Stat(path); err != nil {
			t.Fatal(err)
		}
		c, err := loader.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		compareChart(t, c)
	}
}

func compareChart(t *testing.T, c *chart.Chart) {
	for _, f := range c.Templates {
		compareParsers(t, filepath.Join(c.Name()+"-"+c.Metadata.Version, f.Name), string(f.Data), false)
	}
	for _, d := range c.Dependencies() {
		compareChart(t, d)
	}
}

func FuzzReadsParser(f *testing.F) {
	f.Add("{{- if .a -}} x {{- else if eq $.b \"c\" }}{{ include `t` (dict \"k\" 1.5) | nindent 4 }}{{ end }}")
	f.Add("{{ range $k, $v := .l }}{{ $k = $v }}{{ end }}{{ define \"t\" }}{{ (.x).y }}{{ end }}{{/* c */}}")
	f.Fuzz(func(t *testing.T, text string) {
		// Such as {{ range $, $ }}, which nobody writes.
		compareParsers(t, text, text, true)
	})
}
