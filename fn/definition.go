package fn

import (
	"strconv"
	"strings"
)

// dialect adds to a schema in the form that JSON Schema and OpenAPI share what
// the two write differently.
type dialect func(s *Schema, m map[string]any)

// openAPI is a schema in the form that JSON Schema and OpenAPI share.
func (s *Schema) openAPI(d dialect) map[string]any {
	m := map[string]any{}
	if s.Type != "" {
		m["type"] = s.Type
	}
	if s.Description != "" {
		m["description"] = s.Description
	}
	if s.Default != "" {
		m["default"] = s.literal(s.Default)
	}
	if len(s.Enum) > 0 {
		enum := make([]any, len(s.Enum))
		for i, e := range s.Enum {
			enum[i] = e
		}
		m["enum"] = enum
	}
	if s.Items != nil {
		m["items"] = s.Items.openAPI(d)
	}
	if len(s.Required) > 0 {
		required := make([]any, len(s.Required))
		for i, r := range s.Required {
			required[i] = r
		}
		m["required"] = required
	}
	switch {
	case s.Open:
	case s.Values != nil:
		m["additionalProperties"] = s.Values.openAPI(d)
	case s.Type == "object":
		properties := map[string]any{}
		for name, p := range s.Properties {
			properties[name] = p.openAPI(d)
		}
		m["properties"] = properties
	}
	d(s, m)
	return m
}

// literal is the text of a tag as a value of the schema's type: a default has to
// be valid where it stands. The tags are ours, so that what does not parse is a
// mistake in them.
func (s *Schema) literal(text string) any {
	var v any = text
	var err error
	switch s.Type {
	case "boolean":
		v, err = strconv.ParseBool(text)
	case "integer":
		v, err = strconv.ParseInt(text, 10, 64)
	}
	if err != nil {
		panic("fn: a tag of the schema: " + err.Error())
	}
	return v
}

// draft2020 is the dialect of JSON Schema 2020-12.
func draft2020(s *Schema, m map[string]any) {
	if s.Open && s.Type == "object" {
		m["additionalProperties"] = true
	}
	if s.Example != "" {
		m["examples"] = []any{s.literal(s.Example)}
	}
}

// openAPIV3 is the dialect of the structural schemas of Kubernetes.
func openAPIV3(s *Schema, m map[string]any) {
	if s.Open {
		m["x-kubernetes-preserve-unknown-fields"] = true
	}
	if s.Example != "" {
		m["example"] = s.literal(s.Example)
	}
}

// ReleaseSchema describes the whole object around a spec.
func ReleaseSchema() *Schema {
	metadata := &Schema{
		Type:        "object",
		Description: "Name and namespace of the release. Both are part of what the chart renders.",
		Required:    []string{"name", "namespace"},
		Properties: map[string]*Schema{
			"name":        {Type: "string", Description: "Name of the release."},
			"namespace":   {Type: "string", Description: "Namespace of the release; the chart writes it into its ConfigMaps."},
			"labels":      {Type: "object", Description: "Not used.", Values: &Schema{Type: "string"}},
			"annotations": {Type: "object", Description: "For kustomize: config.kubernetes.io/function.", Values: &Schema{Type: "string"}},
		},
	}
	spec := SpecSchema()
	spec.Description = "What is rendered, and for whom."
	return &Schema{
		Type:        "object",
		Description: "One release of the Airbyte chart in one environment.",
		Required:    []string{"apiVersion", "kind", "metadata", "spec"},
		Properties: map[string]*Schema{
			"apiVersion": {Type: "string", Description: "Version of this schema.", Enum: []string{APIVersion}},
			"kind":       {Type: "string", Description: "Kind of this object.", Enum: []string{Kind}},
			"metadata":   metadata,
			"spec":       spec,
		},
	}
}

// JSONSchema is the schema for editors. In a patch that kustomize merges into a
// base fields may be missing, so editors should use it with that in mind.
func JSONSchema() map[string]any {
	doc := ReleaseSchema().openAPI(draft2020)
	closeObjects(doc)
	doc["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	doc["title"] = Kind
	return doc
}

// WaiversJSONSchema is the schema of a file of waivers, for editors.
func WaiversJSONSchema() map[string]any {
	doc := WaiversSchema().openAPI(draft2020)
	closeObjects(doc)
	doc["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	doc["title"] = WaiversKind
	return doc
}

// closeObjects forbids fields that no schema names.
func closeObjects(schema map[string]any) {
	properties, ok := schema["properties"].(map[string]any)
	if ok {
		schema["additionalProperties"] = false
		for _, p := range properties {
			closeObjects(p.(map[string]any))
		}
	}
	for _, inner := range []string{"items", "additionalProperties"} {
		if s, ok := schema[inner].(map[string]any); ok {
			closeObjects(s)
		}
	}
}

func structural() map[string]any { return ReleaseSchema().openAPI(openAPIV3) }

// CRD is the schema in the shape of a CustomResourceDefinition. It is for tools
// that validate files; there is nothing to install in a cluster.
func CRD() map[string]any {
	crd := structural()
	// An API server knows what metadata holds, and takes no schema that says it
	// again.
	crd["properties"].(map[string]any)["metadata"] = map[string]any{"type": "object"}
	group, v, _ := strings.Cut(APIVersion, "/")
	plural := strings.ToLower(Kind) + "s"
	return map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1",
		"kind":       "CustomResourceDefinition",
		"metadata":   map[string]any{"name": plural + "." + group},
		"spec": map[string]any{
			"group": group,
			"names": map[string]any{"kind": Kind, "listKind": Kind + "List", "plural": plural, "singular": strings.ToLower(Kind)},
			"scope": "Namespaced",
			"versions": []any{map[string]any{
				"name": v, "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": crd},
			}},
		},
	}
}

// KRMFunctionDefinition describes the function for tools that read such
// definitions (kyaml: fn/framework.KRMFunctionDefinition).
func KRMFunctionDefinition() map[string]any {
	group, v, _ := strings.Cut(APIVersion, "/")
	return map[string]any{
		"apiVersion": "config.kubernetes.io/v1alpha1",
		"kind":       "KRMFunctionDefinition",
		"metadata":   map[string]any{"name": strings.ToLower(Kind) + "." + group},
		"spec": map[string]any{
			"group":       group,
			"names":       map[string]any{"kind": Kind},
			"description": "Renders the official Airbyte chart into plain manifests.",
			"publisher":   group,
			"versions": []any{map[string]any{
				"name": v, "idempotent": true, "license": "Apache-2.0",
				"usage":   "airstrip fn",
				"schema":  map[string]any{"openAPIV3Schema": structural()},
				"runtime": map[string]any{"exec": map[string]any{"platforms": []any{map[string]any{"bin": "airstrip", "os": "linux", "arch": "amd64"}}}},
			}},
		},
	}
}
