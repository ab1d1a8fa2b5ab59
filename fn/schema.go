package fn

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Schema describes a field, in the terms that JSON Schema and the OpenAPI of a
// CustomResourceDefinition share. It is read off the Go types and their tags
// (json, doc, enum, default, example, required): they are the one source, and
// Load checks a config with what is published here.
type Schema struct {
	Type        string             `json:"type,omitempty"`
	Description string             `json:"description,omitempty"`
	Enum        []string           `json:"enum,omitempty"`
	Default     string             `json:"default,omitempty"`
	Example     string             `json:"example,omitempty"`
	Properties  map[string]*Schema `json:"properties,omitempty"`
	Required    []string           `json:"required,omitempty"`
	Items       *Schema            `json:"items,omitempty"`
	// Values describes what a map of free keys holds under each of them.
	Values *Schema `json:"additionalProperties,omitempty"`
	// Open objects take any field: the chart's own values.
	Open bool `json:"-"`
}

// SpecSchema describes spec.
func SpecSchema() *Schema { return schemaOf[Spec]() }

// SettingsSchema describes the part of spec that configures Airbyte.
func SettingsSchema() *Schema { return schemaOf[airbyte.Settings]() }

func schemaOf[T any]() *Schema { return schemaOfType(reflect.TypeFor[T]()) }

func schemaOfType(t reflect.Type) *Schema {
	switch t.Kind() {
	case reflect.String:
		return &Schema{Type: "string"}
	case reflect.Bool:
		return &Schema{Type: "boolean"}
	case reflect.Int, reflect.Int64:
		return &Schema{Type: "integer"}
	case reflect.Slice:
		return &Schema{Type: "array", Items: schemaOfType(t.Elem())}
	case reflect.Map:
		if t.Elem().Kind() == reflect.Interface {
			return &Schema{Type: "object", Open: true}
		}
		return &Schema{Type: "object", Values: schemaOfType(t.Elem())}
	case reflect.Interface:
		return &Schema{Open: true}
	case reflect.Pointer:
		return schemaOfType(t.Elem())
	case reflect.Struct:
		s := &Schema{Type: "object", Properties: map[string]*Schema{}}
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Anonymous {
				// As encoding/json reads it: its fields stand among ours.
				embedded := schemaOfType(f.Type)
				maps.Copy(s.Properties, embedded.Properties)
				s.Required = append(s.Required, embedded.Required...)
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name == "" || name == "-" {
				continue
			}
			p := schemaOfType(f.Type)
			p.Description = f.Tag.Get("doc")
			p.Default = f.Tag.Get("default")
			p.Example = f.Tag.Get("example")
			if enum := f.Tag.Get("enum"); enum != "" {
				p.Enum = strings.Split(enum, ",")
			}
			if f.Tag.Get("required") == "true" {
				s.Required = append(s.Required, name)
			}
			s.Properties[name] = p
		}
		return s
	}
	panic("fn: no schema for " + t.String())
}

// object checks a value against the schema of an object: unknown fields, missing
// ones, types, enums, all the way down.
func (c *checker) object(at string, s *Schema, value map[string]any) {
	known := slices.Sorted(maps.Keys(s.Properties))
	for _, key := range slices.Sorted(maps.Keys(value)) {
		field := at + "." + key
		p, ok := s.Properties[key]
		if !ok {
			c.unknown(field, key, known)
			continue
		}
		c.value(field, p, value[key])
	}
	for _, key := range s.Required {
		if v, ok := value[key]; !ok || v == nil {
			c.missing(at+"."+key, s.Properties[key])
		}
	}
}

// entries checks the values of a map whose keys are the user's. A null would be
// read as an empty value, which nobody means by it.
func (c *checker) entries(at string, s *Schema, value map[string]any) {
	for _, key := range slices.Sorted(maps.Keys(value)) {
		field := at + "." + key
		if value[key] == nil && s.Type != "" {
			c.add(field, "is null", "leave it out")
			continue
		}
		c.value(field, s, value[key])
	}
}

func (c *checker) missing(field string, s *Schema) {
	hint := ""
	switch {
	case len(s.Enum) > 0:
		hint = "one of " + strings.Join(s.Enum, ", ")
	case strings.HasSuffix(field, "kubeVersion"):
		hint = `write the version of the cluster in quotes: "1.33"`
	}
	c.add(field, "is missing", hint)
}

func (c *checker) value(field string, s *Schema, v any) {
	if v == nil || s.Type == "" {
		return
	}
	switch s.Type {
	case "object":
		m, ok := v.(map[string]any)
		switch {
		case !ok:
			c.add(field, fmt.Sprintf("is %s, want an object", describe(v)), "")
		case s.Values != nil:
			c.entries(field, s.Values, m)
		case !s.Open:
			c.object(field, s, m)
		}
	case "array":
		list, ok := v.([]any)
		if !ok {
			c.add(field, fmt.Sprintf("is %s, want a list", describe(v)), "")
			return
		}
		for i, e := range list {
			at := fmt.Sprintf("%s[%d]", field, i)
			if e == nil {
				c.add(at, "is null", "")
				continue
			}
			c.value(at, s.Items, e)
		}
	case "string":
		text, ok := v.(string)
		if !ok {
			hint := ""
			switch v.(type) {
			case int, int64, uint64, float64, bool:
				hint = "put it in quotes"
				if s.Example != "" {
					hint = fmt.Sprintf("write it as text, such as %q", s.Example)
				}
			}
			if len(s.Enum) > 0 {
				hint = "one of " + strings.Join(s.Enum, ", ")
			}
			c.add(field, fmt.Sprintf("is %s, want text", describe(v)), hint)
			return
		}
		if len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
			c.add(field, fmt.Sprintf("%q is not one of %s", text, strings.Join(s.Enum, ", ")), didYouMean(text, s.Enum))
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			c.add(field, fmt.Sprintf("is %s, want true or false", describe(v)), "")
		}
	case "integer":
		switch v.(type) {
		case int, int64, uint64:
		default:
			hint := ""
			if text, ok := v.(string); ok {
				if _, err := strconv.Atoi(text); err == nil {
					hint = "write it without quotes"
				}
			}
			c.add(field, fmt.Sprintf("is %s, want a whole number", describe(v)), hint)
		}
	}
}

func (c *checker) unknown(field, key string, known []string) {
	hint := didYouMean(key, known)
	if hint == "" {
		hint = "known here: " + strings.Join(known, ", ")
	}
	c.add(field, "unknown field", hint)
}

func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return "text"
	case bool:
		return fmt.Sprintf("the boolean %v", v)
	case int, int64, uint64, float64:
		return fmt.Sprintf("the number %v", v)
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	}
	return fmt.Sprintf("a %T", v)
}

func didYouMean(word string, known []string) string {
	best := manifest.Nearest(word, known)
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}
