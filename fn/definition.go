package fn

import "strings"

// openAPI is a schema in the form that JSON Schema and OpenAPI share. What Open
// means differs between the two, so open says how to write it.
func (s *Schema) openAPI(open func(map[string]any)) map[string]any {
	m := map[string]any{}
	if s.Type != "" {
		m["type"] = s.Type
	}
	if s.Description != "" {
		m["description"] = s.Description
	}
	if s.Default != "" {
		m["default"] = s.Default
	}
	if len(s.Enum) > 0 {
		enum := make([]any, len(s.Enum))
		for i, e := range s.Enum {
			enum[i] = e
		}
		m["enum"] = enum
	}
	if s.Items != nil {
		m["items"] = s.Items.openAPI(open)
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
		open(m)
	case s.Type == "object":
		properties := map[string]any{}
		for name, p := range s.Properties {
			properties[name] = p.openAPI(open)
		}
		m["properties"] = properties
	}
	return m
}

// release describes the whole object around a spec.
func release(spec map[string]any) map[string]any {
	text := func(doc string) map[string]any { return map[string]any{"type": "string", "description": doc} }
	texts := func(doc string) map[string]any {
		return map[string]any{"type": "object", "description": doc, "additionalProperties": map[string]any{"type": "string"}}
	}
	return map[string]any{
		"type":        "object",
		"description": "One release of the Airbyte chart in one environment.",
		"required":    []any{"apiVersion", "kind", "metadata", "spec"},
		"properties": map[string]any{
			"apiVersion": map[string]any{"type": "string", "enum": []any{APIVersion}},
			"kind":       map[string]any{"type": "string", "enum": []any{Kind}},
			"metadata": map[string]any{
				"type":     "object",
				"required": []any{"name", "namespace"},
				"properties": map[string]any{
					"name":        text("Name of the release."),
					"namespace":   text("Namespace of the release; the chart writes it into its ConfigMaps."),
					"labels":      texts("Not used."),
					"annotations": texts("For kustomize: config.kubernetes.io/function."),
				},
			},
			"spec": spec,
		},
	}
}

// JSONSchema is the schema for editors. In a patch that kustomize merges into a
// base fields may be missing, so editors should use it with that in mind.
func JSONSchema() map[string]any {
	doc := release(SpecSchema().openAPI(func(m map[string]any) {
		if m["type"] == "object" {
			m["additionalProperties"] = true
		}
	}))
	closeObjects(doc)
	doc["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	doc["title"] = Kind
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
	if items, ok := schema["items"].(map[string]any); ok {
		closeObjects(items)
	}
}

func structural() map[string]any {
	return release(SpecSchema().openAPI(func(m map[string]any) { m["x-kubernetes-preserve-unknown-fields"] = true }))
}

// CRD is the schema in the shape of a CustomResourceDefinition. It is for tools
// that validate files; there is nothing to install in a cluster.
func CRD() map[string]any {
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
				"schema": map[string]any{"openAPIV3Schema": structural()},
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
