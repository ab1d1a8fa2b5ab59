package diff

import (
	"reflect"
	"strings"
)

// Schema is the JSON Schema of what JSON writes, made from the types.
func Schema() map[string]any {
	s := schemaOf(reflect.TypeFor[document]())
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "Report of airstrip diff"
	properties := s["properties"].(map[string]any)
	properties["apiVersion"] = map[string]any{"const": ReportAPIVersion}
	properties["kind"] = map[string]any{"const": ReportKind}
	return s
}

// The values of types that have a few, and what fields mean where their names do
// not say it.
var (
	enums = map[reflect.Type][]any{
		reflect.TypeFor[Op]():   {Added, Removed, Changed, Reordered, Renamed, Resealed, Reformatted},
		reflect.TypeFor[Bump](): {Downgrade, Major, Minor, Patch, Other, Moved, NewOne, Dropped},
	}
	meanings = map[string]string{
		"document.verdict":    "The report on one line, for people.",
		"document.noise":      "Changes that follow from a release and say nothing by themselves: labels of chart and version, checksums.",
		"Environment.agent":   "What applies it: argocd, flux or plain.",
		"Environment.dir":     "The folder of its manifests in the repository, where that is known.",
		"Environment.homes":   "The namespaces of its release, before and after. An object that is there is named without.",
		"Environment.old":     "Objects before; new: after; added, removed, changed: what became of them, noise left out.",
		"Environment.error":   "Why a side could not be rendered. Nothing is then said of what changed.",
		"Row.path":            "The field; empty for a whole object. Where places differ in a container, it is *.",
		"Row.places":          "Each place in which the change was made.",
		"Place.object":        "The object afterwards, or before where it was removed.",
		"Value.present":       "Tells a field that is there, be it empty, from one that is not.",
		"Value.text":          "A scalar as it is, or canonical YAML of what is not one. Of a reordered list, what stands behind what.",
		"Value.hidden":        "The value is not told: it is a Secret's, or its name or form says so.",
		"Image.from":          "The repository that it was taken from before, where that is another.",
		"Image.old":           "Tag or digest before; empty where the image was not used.",
		"Image.new":           "Tag or digest afterwards; empty where the image is used no more.",
		"Image.places":        "The fields in which it changed so; they are not among the rows.",
		"Risk.severity":       "error blocks, warning asks for a reader, info tells what happens as a matter of course.",
		"Risk.waived":         "The reason that somebody gave for going on.",
		"Risk.until":          "The last day of the waiver, as 2006-01-02.",
		"Amount.storageBytes": "Claims of StatefulSets times their replicas, and PersistentVolumeClaims.",
	}
)

func schemaOf(t reflect.Type) map[string]any {
	if values, ok := enums[t]; ok {
		return map[string]any{"enum": values}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem())
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem())}
	case reflect.Struct:
		properties, required := map[string]any{}, []any{}
		fields(t, t.Name(), properties, &required)
		return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
	}
	panic("a report has no " + t.String())
}

// fields adds the fields of a struct, those of embedded ones as its own.
func fields(t reflect.Type, of string, properties map[string]any, required *[]any) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			inner := f.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			fields(inner, of, properties, required)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		s := schemaOf(f.Type)
		if text, ok := meanings[of+"."+name]; ok {
			s["description"] = text
		}
		properties[name] = s
		if options == "" {
			*required = append(*required, name)
		}
	}
}
