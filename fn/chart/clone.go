package chart

import (
	"slices"

	helmchart "helm.sh/helm/v3/pkg/chart"
)

// Clone returns a chart that Helm may process without c noticing. Helm's
// ProcessDependencies rewrites a chart's values, metadata and subcharts for one
// set of values, so a chart that is rendered twice has to be cloned. The bytes
// of templates and files are shared. The clone has no parent.
func Clone(c *helmchart.Chart) *helmchart.Chart {
	// A new struct, not a copied one: the fields for parent and subcharts are
	// Helm's own and would still lead to c.
	out := &helmchart.Chart{
		Raw:       slices.Clone(c.Raw),
		Templates: slices.Clone(c.Templates),
		Files:     slices.Clone(c.Files),
		Schema:    c.Schema,
	}
	if c.Metadata != nil {
		md := *c.Metadata
		md.Dependencies = cloneDependencies(md.Dependencies)
		out.Metadata = &md
	}
	if c.Lock != nil {
		lock := *c.Lock
		lock.Dependencies = cloneDependencies(lock.Dependencies)
		out.Lock = &lock
	}
	if c.Values != nil {
		out.Values = cloneValue(c.Values).(map[string]any)
	}
	for _, d := range c.Dependencies() {
		out.AddDependency(Clone(d))
	}
	return out
}

func cloneDependencies(deps []*helmchart.Dependency) []*helmchart.Dependency {
	out := slices.Clone(deps)
	for i, d := range out {
		if d == nil {
			continue
		}
		c := *d
		c.Tags = slices.Clone(d.Tags)
		if d.ImportValues != nil {
			c.ImportValues = cloneValue(d.ImportValues).([]any)
		}
		out[i] = &c
	}
	return out
}

// cloneValue copies what a YAML document can be decoded to.
func cloneValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = cloneValue(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = cloneValue(e)
		}
		return out
	}
	return v
}
