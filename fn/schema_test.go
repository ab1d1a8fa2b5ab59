package fn

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// settings has a field of every kind that a spec may have.
type settings struct {
	Inline
	Text    string            `json:"text" doc:"A text." required:"true" example:"hello"`
	Choice  *string           `json:"choice,omitempty" doc:"A choice." enum:"a,b" default:"a"`
	Replica *int              `json:"replica,omitempty" doc:"A number." default:"1"`
	On      bool              `json:"on,omitempty" doc:"A switch." default:"false"`
	Env     map[string]string `json:"env,omitempty" doc:"Texts by name."`
	Refs    map[string]ref    `json:"refs,omitempty" doc:"Objects by name."`
	Lists   map[string][]ref  `json:"lists,omitempty" doc:"Lists by name."`
	Any     map[string]any    `json:"any,omitempty" doc:"Anything by name."`
	One     any               `json:"one,omitempty" doc:"Anything."`
}

// Inline stands among the fields of what embeds it.
type Inline struct {
	Size string `json:"size,omitempty" doc:"A size."`
}

type ref struct {
	Key string `json:"key" doc:"A key." required:"true"`
}

// What is published of typed maps, pointers and embedded structs refuses what
// the checker refuses.
func TestSchemaKinds(t *testing.T) {
	s := schemaOf[settings]()
	if _, ok := s.Properties["Inline"]; ok {
		t.Error("an embedded struct is a field of its own")
	}
	published := map[string]*jsonschema.Schema{
		"JSON Schema": compileSchema(t, s.openAPI(draft2020)),
		"OpenAPI":     compileSchema(t, s.openAPI(openAPIV3)),
	}
	for _, tt := range []struct {
		in   string // the fields beside text
		want []string
	}{
		{`"env": {"A": "b", "c.d": ""}`, nil},
		{`"env": {}, "refs": {"R": {"key": "k"}}, "lists": {"L": [{"key": "k"}], "M": []}`, nil},
		{`"any": {"a": [1, {"b": null}], "c": null}, "one": [1]`, nil},
		{`"size": "xl", "choice": "b", "replica": 3, "on": true`, nil},
		{`"env": {"PORT": 5432}`, []string{"spec.env.PORT: is the number 5432, want text"}},
		{`"env": {"ON": true, "OFF": null}`, []string{"spec.env.OFF: is null", "spec.env.ON: is the boolean true, want text"}},
		{`"env": ["A=b"]`, []string{"spec.env: is a list, want an object"}},
		{`"refs": {"R": {"kee": "k"}}`, []string{"spec.refs.R.kee: unknown field", "spec.refs.R.key: is missing"}},
		{`"refs": {"R": "k"}`, []string{"spec.refs.R: is text, want an object"}},
		{`"lists": {"L": [{}]}`, []string{"spec.lists.L[0].key: is missing"}},
		{`"choice": "c"`, []string{`spec.choice: "c" is not one of a, b`}},
		{`"replica": "3"`, []string{"spec.replica: is text, want a whole number"}},
		{`"inline": {}`, []string{"spec.inline: unknown field"}},
	} {
		text := `{"text": "t", ` + tt.in + `}`
		var value map[string]any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		var c checker
		c.object("spec", s, whole(value).(map[string]any))
		var got []string
		for _, p := range c.problems {
			got = append(got, p.Field+": "+p.Message)
		}
		slices.Sort(got)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.in, diff)
		}
		for form, schema := range published {
			v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(v); (err != nil) != (tt.want != nil) {
				t.Errorf("%s: %s says %v", tt.in, form, err)
			}
		}
	}
}

// Defaults and examples are published as values of the field's type.
func TestSchemaLiterals(t *testing.T) {
	s := schemaOf[settings]()
	for _, tt := range []struct {
		name, field string
		d           dialect
		want        any
	}{
		{"text", "examples", draft2020, []any{"hello"}},
		{"text", "example", openAPIV3, "hello"},
		{"choice", "default", draft2020, "a"},
		{"replica", "default", openAPIV3, int64(1)},
		{"on", "default", openAPIV3, false},
	} {
		if diff := cmp.Diff(tt.want, s.Properties[tt.name].openAPI(tt.d)[tt.field]); diff != "" {
			t.Errorf("%s of %s (-want +got):\n%s", tt.field, tt.name, diff)
		}
	}
}

// whole makes the numbers of JSON what the config decoder makes of them.
func whole(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = whole(e)
		}
	case []any:
		for i, e := range v {
			v[i] = whole(e)
		}
	case float64:
		return int64(v)
	}
	return v
}

// compileSchema compiles a schema, closed as an editor or a strict API server
// takes it.
func compileSchema(t *testing.T, schema map[string]any) *jsonschema.Schema {
	t.Helper()
	closeObjects(schema)
	b, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}
