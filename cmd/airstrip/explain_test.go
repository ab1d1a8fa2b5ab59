package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn"
)

// described is a schema with every kind of field.
func described() *fn.Schema {
	text := func(doc string) *fn.Schema { return &fn.Schema{Type: "string", Description: doc} }
	ref := &fn.Schema{Type: "object", Required: []string{"key"}, Properties: map[string]*fn.Schema{"key": text("A key."), "name": text("A name.")}}
	return &fn.Schema{Type: "object", Properties: map[string]*fn.Schema{
		"size":   {Type: "integer", Description: "How many.", Default: "1", Example: "3"},
		"list":   {Type: "array", Description: "Objects.", Items: ref},
		"env":    {Type: "object", Description: "Texts by name.", Values: &fn.Schema{Type: "string"}},
		"refs":   {Type: "object", Description: "Objects by name.", Values: ref},
		"lists":  {Type: "object", Description: "Lists by name.", Values: &fn.Schema{Type: "array", Items: ref}},
		"values": {Type: "object", Description: "Anything.", Open: true},
		"any":    {Description: "A value."},
	}}
}

func TestFindField(t *testing.T) {
	for _, tt := range []struct{ path, want string }{
		{"size", "size <integer> How many."},
		{"list", "list <[]Object> Objects."},
		{"list.key", "key <string> -required- A key."},
		{"list[3].name", "name <string> A name."},
		{"list[].name", "name <string> A name."},
		{"env", "env <map[string]string> Texts by name."},
		{"env.PORT", "PORT <string> Texts by name."},
		{"refs", "refs <map[string]Object> Objects by name."},
		{"refs.A", "A <Object> Objects by name."},
		{"refs.A.key", "key <string> -required- A key."},
		{"lists", "lists <map[string][]Object> Lists by name."},
		{"lists.A.name", "name <string> A name."},
		{"values", "values <Object> Anything."},
		{"any", "any <any> A value."},

		{"sise", `unknown field sise; did you mean "size"?`},
		{"key", `unknown field key; did you mean "list.key"?`},
		{"list.nam", `unknown field list.nam; did you mean "list.name"?`},
		{"refs.A.kee", `unknown field refs.A.kee; did you mean "refs.A.key"?`},
		{"values.a", "unknown field values.a: values takes any field"},
		{"any.a", "unknown field any.a: any takes any field"},
		{"env.A.b", "unknown field env.A.b: env.A has no fields"},
		{"list.zzzzzzz", "unknown field list.zzzzzzz: list has key, name"},
		{"zzzzzzz", "unknown field zzzzzzz: known are any, env, list, lists, refs, size, values"},
		{"size.", "unknown field size.: size has no fields"},
	} {
		e, err := findField(described(), tt.path)
		got := strings.TrimSpace(e.name+" <"+typeName(e.schema)+">"+e.mark()) + " " + e.schema.Description
		if err != nil {
			got = err.Error()
			if u := err.(usageError); u.meant != "" {
				got += "; " + hint(err)
			}
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.path, got, tt.want)
		}
	}
}

func TestExplainWrite(t *testing.T) {
	e, err := findField(described(), "size")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	e.write(&out, false)
	const want = `KIND:     AirbyteRelease
VERSION:  airstrip.dev/v1alpha1

FIELD: size <integer>

DEFAULT: 1

EXAMPLE: 3

DESCRIPTION:
    How many.
`
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", &out, want)
	}
}

// Every field can be explained, on lines that fit.
func TestExplainAll(t *testing.T) {
	root := fn.ReleaseSchema()
	paths := fieldPaths("", root)
	if len(paths) < 20 {
		t.Fatalf("fields: %q", paths)
	}
	for _, path := range append(paths, "") {
		e, err := findField(root, path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		var out bytes.Buffer
		e.write(&out, false)
		for _, line := range strings.Split(out.String(), "\n") {
			if long := len([]rune(line)) > 80; long && strings.Contains(strings.TrimSpace(line), " ") && !strings.HasPrefix(line, "FIELD") && !strings.HasPrefix(line, "EXAMPLE") {
				t.Errorf("%s: %q is longer than 80 columns", path, line)
			}
			if strings.TrimRight(line, " ") != line {
				t.Errorf("%s: blanks at the end of %q", path, line)
			}
		}
	}
}

func TestWrap(t *testing.T) {
	word := strings.Repeat("x", 39)
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"short", "a  b\nc", "  a b c"},
		{"just fits", word + " " + word[1:], "  " + word + " " + word[1:]},
		{"one letter too long", word + " " + word, "  " + word + "\n  " + word},
		{"a long word", "a " + strings.Repeat("y", 90) + " b", "  a\n  " + strings.Repeat("y", 90) + "\n  b"},
	} {
		if got := wrap(tt.in, "  "); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
