package render

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	helmchart "helm.sh/helm/v3/pkg/chart"
)

// refuseForeignSchemas refuses a schema of values that refers to one outside of itself:
// Helm would fetch that from the network, or read a file of this machine, and no digest
// pins it.
func refuseForeignSchemas(c *helmchart.Chart) error {
	for _, sub := range c.Dependencies() {
		if err := refuseForeignSchemas(sub); err != nil {
			return err
		}
	}
	var schema any
	if len(c.Schema) == 0 || json.Unmarshal(c.Schema, &schema) != nil {
		return nil // what is no JSON Helm refuses
	}
	s := schemaRefs{inside: map[string]bool{}}
	s.walk(schema, url.URL{Scheme: "file", Path: "/values.schema.json"})
	for _, ref := range s.refs {
		// The drafts of json-schema.org come with Helm.
		if !s.inside[ref.to] && !strings.Contains(ref.to, "://json-schema.org/") {
			return fmt.Errorf("%s/values.schema.json: refers to %q, which would be fetched from elsewhere at each render: put that schema under $defs", c.ChartFullPath(), ref.written)
		}
	}
	return nil
}

// schemaRefs are the references of a schema, and the schemas that it holds, by URL.
type schemaRefs struct {
	inside map[string]bool
	refs   []struct{ written, to string }
}

func (s *schemaRefs) walk(v any, base url.URL) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			s.walk(e, base)
		}
	case map[string]any:
		if id, ok := v["$id"].(string); ok {
			if u, err := base.Parse(id); err == nil {
				base = *u
			}
		}
		base.Fragment = ""
		s.inside[base.String()] = true
		for _, key := range []string{"$schema", "$ref", "$dynamicRef", "$recursiveRef"} {
			ref, _ := v[key].(string)
			if u, err := base.Parse(ref); err == nil && ref != "" {
				u.Fragment = ""
				s.refs = append(s.refs, struct{ written, to string }{ref, u.String()})
			}
		}
		for key, e := range v {
			if key != "default" && key != "examples" && key != "enum" && key != "const" {
				s.walk(e, base)
			}
		}
	}
}
