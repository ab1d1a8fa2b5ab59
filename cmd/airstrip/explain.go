package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/manifest"
)

func newExplain(t *terminal) *cobra.Command {
	var recursive bool
	cmd := &cobra.Command{
		Use:   "explain [FIELD]",
		Short: "Explain a field of the AirbyteRelease",
		Example: `  airstrip explain spec.storage
  airstrip explain spec.allow.function
  airstrip explain --recursive spec   # all fields with their types`,
		Long: `Prints type, default and description of a field and of the fields below it, as
kubectl explain does. Without FIELD it explains the AirbyteRelease. What is printed
is what a config is checked with; airstrip schema prints all of it for editors.

` + exitStatus,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return one("a field such as spec.storage")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			field := ""
			if len(args) > 0 {
				field = args[0]
			}
			e, err := findField(fn.ReleaseSchema(), field)
			if err != nil {
				return err
			}
			e.write(t.out, recursive)
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return fieldPaths("", fn.ReleaseSchema()), cobra.ShellCompDirectiveNoFileComp
		},
	}
	cmd.Flags().BoolVar(&recursive, "recursive", false, "all fields below, with their types and no descriptions")
	return cmd
}

// explanation is a field and its schema. The root has no name.
type explanation struct {
	name     string
	schema   *fn.Schema
	required bool
}

// listIndex is what errors put behind the name of a list.
var listIndex = regexp.MustCompile(`\[[0-9]*\]`)

// findField follows a path of fields. The entries of a list and of a map are
// those of its field: spec.allow.function, spec.secretEnv.NAME.key.
func findField(root *fn.Schema, path string) (explanation, error) {
	e := explanation{schema: root}
	path = listIndex.ReplaceAllString(path, "")
	if path == "" {
		return e, nil
	}
	at := ""
	for _, name := range strings.Split(path, ".") {
		below := fields(e.schema)
		if e.schema.Values != nil {
			// Any word is a name in it, and is described with the others.
			value := *e.schema.Values
			value.Description = cmp.Or(value.Description, e.schema.Description)
			e = explanation{name: name, schema: &value}
			at += "." + name
			continue
		}
		next, ok := below.Properties[name]
		if !ok {
			return e, unknownField(root, strings.TrimPrefix(at, "."), name, e.schema)
		}
		e = explanation{name: name, schema: next, required: slices.Contains(below.Required, name)}
		at += "." + name
	}
	return e, nil
}

// fields is the schema that has the fields of another: of a list its items'.
func fields(s *fn.Schema) *fn.Schema {
	for s.Items != nil {
		s = s.Items
	}
	return s
}

// unknownField names the field that was meant: the one of which only the end was
// written, or the nearest.
func unknownField(root *fn.Schema, at, name string, s *fn.Schema) error {
	below := fields(s)
	known := slices.Sorted(maps.Keys(below.Properties))
	path := strings.TrimPrefix(at+"."+name, ".")
	e := usageError{message: fmt.Sprintf("unknown field %s", path)}
	for _, p := range fieldPaths("", root) {
		if strings.HasSuffix(p, "."+path) {
			e.meant = p
			return e
		}
	}
	if near := manifest.Nearest(name, known); near != "" {
		e.meant = strings.TrimPrefix(at+"."+near, ".")
		return e
	}
	switch {
	case s.Open || below.Open || below.Type == "":
		e.message += fmt.Sprintf(": %s takes any field", at)
	case len(known) == 0:
		e.message += fmt.Sprintf(": %s has no fields", at)
	case at == "":
		e.message += ": known are " + strings.Join(known, ", ")
	default:
		e.message += fmt.Sprintf(": %s has %s", at, strings.Join(known, ", "))
	}
	return e
}

// fieldPaths lists every field, those above before those below.
func fieldPaths(at string, s *fn.Schema) []string {
	var all []string
	s = fields(s)
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		path := strings.TrimPrefix(at+"."+name, ".")
		all = append(all, path)
		all = append(all, fieldPaths(path, s.Properties[name])...)
	}
	return all
}

func (e explanation) write(w io.Writer, recursive bool) {
	fmt.Fprintf(w, "KIND:     %s\nVERSION:  %s\n\n", fn.Kind, fn.APIVersion)
	if e.name != "" {
		fmt.Fprintf(w, "FIELD: %s <%s>%s\n\n", e.name, typeName(e.schema), e.mark())
	}
	if len(e.schema.Enum) > 0 {
		fmt.Fprintf(w, "ENUM:\n    %s\n\n", strings.Join(e.schema.Enum, "\n    "))
	}
	if e.schema.Default != "" {
		fmt.Fprintf(w, "DEFAULT: %s\n\n", e.schema.Default)
	}
	if e.schema.Example != "" {
		fmt.Fprintf(w, "EXAMPLE: %s\n\n", e.schema.Example)
	}
	fmt.Fprintf(w, "DESCRIPTION:\n%s\n", wrap(e.schema.Description, "    "))
	if below := entry(e.schema); len(below.Properties) > 0 {
		fmt.Fprint(w, "\nFIELDS:\n")
		writeFields(w, below, "  ", recursive)
	}
}

// entry is the schema whose fields are shown: of a list its items', of a map its
// values'.
func entry(s *fn.Schema) *fn.Schema {
	for {
		switch {
		case s.Items != nil:
			s = s.Items
		case s.Values != nil:
			s = s.Values
		default:
			return s
		}
	}
}

func (e explanation) mark() string {
	if e.required {
		return " -required-"
	}
	return ""
}

func writeFields(w io.Writer, s *fn.Schema, indent string, recursive bool) {
	for i, name := range slices.Sorted(maps.Keys(s.Properties)) {
		e := explanation{name: name, schema: s.Properties[name], required: slices.Contains(s.Required, name)}
		if i > 0 && !recursive {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s%s  <%s>%s\n", indent, e.name, typeName(e.schema), e.mark())
		if recursive {
			writeFields(w, entry(e.schema), indent+"  ", true)
			continue
		}
		if len(e.schema.Enum) > 0 {
			fmt.Fprintln(w, wrap("enum: "+strings.Join(e.schema.Enum, ", "), indent))
		}
		if e.schema.Default != "" {
			fmt.Fprintf(w, "%sdefault: %s\n", indent, e.schema.Default)
		}
		fmt.Fprintln(w, wrap(e.schema.Description, indent+"  "))
	}
}

// typeName is a type as kubectl explain calls it.
func typeName(s *fn.Schema) string {
	switch {
	case s.Type == "":
		return "any"
	case s.Items != nil:
		return "[]" + typeName(s.Items)
	case s.Values != nil:
		return "map[string]" + typeName(s.Values)
	case s.Type == "object":
		return "Object"
	}
	return s.Type
}

// wrap breaks a text into indented lines of at most 80 columns; a longer word has
// a line of its own.
func wrap(text, indent string) string {
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		switch n := len([]rune(word)); {
		case column == 0:
			b.WriteString(indent + word)
			column = len(indent) + n
		case column+1+n > 80:
			b.WriteString("\n" + indent + word)
			column = len(indent) + n
		default:
			b.WriteString(" " + word)
			column += 1 + n
		}
	}
	return b.String()
}
