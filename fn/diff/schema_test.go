package diff

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// TestSchema holds reports of random sets, in JSON, to the schema, and reads them
// back.
func TestSchema(t *testing.T) {
	text, err := json.Marshal(Schema())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("report.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("report.json")
	if err != nil {
		t.Fatal(err)
	}
	reports := []*Report{Compare(nil, Options{})}
	for seed := range uint64(20) {
		g := generator{rand.New(rand.NewPCG(seed, 9))}
		r := Compare(append(g.sides(), Sides{Name: "broken", Error: "no"}), Options{})
		r.AddRisk("aks", Risk{Waived: "why", Until: "2027-01-01"})
		r.AddRisk("eks", Risk{Waived: "why", Until: "2027-01-01"})
		if len(r.Risks) != 1 || len(r.Risks[0].Environments) != 2 {
			t.Errorf("one risk of two environments is %v", r.Risks)
		}
		reports = append(reports, r)
	}
	for _, r := range reports {
		var b bytes.Buffer
		if err := r.JSON(&b); err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%v\n%s", err, b.String())
		}
		back := document{Report: &Report{}}
		if err := json.Unmarshal(b.Bytes(), &back); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(r, back.Report); d != "" {
			t.Errorf("read back (-want +got)\n%s", d)
		}
	}
	wrong, err := jsonschema.UnmarshalJSON(strings.NewReader(`{"apiVersion": "airstrip.dev/v1alpha1", "kind": "DiffReport", "verdict": ""}`))
	if err != nil {
		t.Fatal(err)
	}
	if schema.Validate(wrong) == nil {
		t.Error("a report without environments fits the schema")
	}
}

// TestMeanings finds descriptions of fields that there are not.
func TestMeanings(t *testing.T) {
	text, err := json.Marshal(Schema())
	if err != nil {
		t.Fatal(err)
	}
	for field, meaning := range meanings {
		if quoted, err := json.Marshal(meaning); err != nil || !bytes.Contains(text, quoted) {
			t.Errorf("%s is no field", field)
		}
	}
}
