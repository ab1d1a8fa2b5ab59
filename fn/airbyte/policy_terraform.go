package airbyte

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// terraform writes Terraform's language the way terraform fmt leaves it.
type terraform struct{ strings.Builder }

// argument is a name and an expression.
type argument struct{ name, value string }

// block is a block: its arguments in groups, between which there is a blank line,
// and the blocks in it.
type block struct {
	kind   string
	labels []string
	groups [][]argument
	blocks []block
}

// notes writes comments, at the top.
func (t *terraform) notes(notes []string) {
	for _, n := range notes {
		fmt.Fprintf(t, "# %s\n", n)
	}
}

// variable writes a text that whoever applies it has to give.
func (t *terraform) variable(name, description string) {
	t.block(block{"variable", []string{name}, [][]argument{{{"description", quote(description)}, {"type", "string"}}}, nil})
}

func (t *terraform) block(b block) {
	if t.Len() > 0 {
		t.WriteByte('\n')
	}
	b.write(t, "")
}

func (b block) write(t *terraform, indent string) {
	t.WriteString(indent + b.kind)
	for _, l := range b.labels {
		t.WriteString(" " + quote(l))
	}
	t.WriteString(" {\n")
	inner := indent + "  "
	for i, g := range b.groups {
		if i > 0 {
			t.WriteByte('\n')
		}
		t.WriteString(aligned(g, inner))
	}
	for _, c := range b.blocks {
		t.WriteByte('\n')
		c.write(t, inner)
	}
	t.WriteString(indent + "}\n")
}

// aligned writes arguments one below the other. The equals signs of those that
// follow each other on one line each stand in one column.
func aligned(args []argument, indent string) string {
	var b strings.Builder
	for len(args) > 0 {
		run := slices.IndexFunc(args, func(a argument) bool { return strings.Contains(a.value, "\n") })
		switch run {
		case -1:
			run = len(args)
		case 0:
			fmt.Fprintf(&b, "%s%s = %s\n", indent, args[0].name, strings.ReplaceAll(args[0].value, "\n", "\n"+indent))
			args = args[1:]
			continue
		}
		width := 0
		for _, a := range args[:run] {
			width = max(width, len(a.name))
		}
		for _, a := range args[:run] {
			fmt.Fprintf(&b, "%s%-*s = %s\n", indent, width, a.name, a.value)
		}
		args = args[run:]
	}
	return b.String()
}

// ref is a reference inside a text that is still to be quoted. No text of a
// config has the NUL that tells it from one that only looks like it.
func ref(name string) string { return "\x00{" + name + "}" }

// quote writes a text so that nothing in it is a template, but for what [ref]
// made.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i, r := range text {
		switch {
		case r == 0:
			b.WriteByte('$')
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case (r == '$' || r == '%') && strings.HasPrefix(text[i+1:], "{"):
			b.WriteString(string(r) + string(r))
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

// list writes texts on one line.
func list(texts []string) string {
	quoted := make([]string, len(texts))
	for i, s := range texts {
		quoted[i] = quote(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// encoded writes a document as a call of jsonencode.
func encoded(doc Document) string {
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(doc); err != nil {
		panic("airbyte: " + err.Error()) // plain data always marshals
	}
	return "jsonencode(" + expression(json.NewDecoder(&b)) + ")"
}

// expression writes the next value of a JSON text, its keys in their order.
func expression(d *json.Decoder) string {
	token, err := d.Token()
	if err != nil {
		panic("airbyte: " + err.Error()) // it was written a moment ago
	}
	switch token {
	case json.Delim('{'):
		var args []argument
		for d.More() {
			key, _ := d.Token()
			name := key.(string)
			if !plainKey.MatchString(name) {
				name = quote(name)
			}
			args = append(args, argument{name, expression(d)})
		}
		_, _ = d.Token()
		return "{\n" + aligned(args, "  ") + "}"
	case json.Delim('['):
		var b strings.Builder
		for d.More() {
			fmt.Fprintf(&b, "  %s,\n", strings.ReplaceAll(expression(d), "\n", "\n  "))
		}
		_, _ = d.Token()
		return "[\n" + b.String() + "]"
	}
	return quote(fmt.Sprint(token))
}

var (
	plainKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	notWord  = regexp.MustCompile(`[^a-z0-9]+`)
)

// identifiers names workloads in Terraform, each by its own name as far as that
// goes, and no two alike.
func identifiers(ws []Workload) []string {
	var names []string
	for _, w := range ws {
		base := strings.Trim(notWord.ReplaceAllString(strings.ToLower(w.Name), "_"), "_")
		if base == "" || base[0] <= '9' {
			base = strings.TrimSuffix("airbyte_"+base, "_")
		}
		name := base
		for n := 2; slices.Contains(names, name); n++ {
			name = fmt.Sprintf("%s_%d", base, n)
		}
		names = append(names, name)
	}
	return names
}
