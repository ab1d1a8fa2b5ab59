//go:build ignore

// Command generate writes the schemas that fn/validate embeds, from the modules
// that publish them, into the folder that it is given:
//
//	go generate ./fn/validate
//
// Of each only what is checked is kept: no descriptions, no lists of objects. It
// takes the OpenAPI document of each minor version of Kubernetes, the enums that
// the document lacks from the generated code beside it, what became of each API
// version from k8s.io/api, and the CustomResourceDefinitions of the kinds that
// Airstrip writes, as far as a module publishes them.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sigs.k8s.io/yaml"
)

// modules are the sources, by what go.sum would say of them.
var modules = map[string]string{
	"k8s.io/kubernetes@v1.31.14":                          "h1:UtjLfqvXLuSVDdJ4+NpQCIfFkKkLnAAVmxAEMsnkhjk=",
	"k8s.io/kubernetes@v1.32.13":                          "h1:5TGYdZ6YZqdp6h/Rp1vX/4TIoybMPdgv97LCZCtPuNQ=",
	"k8s.io/kubernetes@v1.33.13":                          "h1:bmH31xUdSzeA5vk0wZAK9MZp11mdLuzUSeKk0qN3hPQ=",
	"k8s.io/kubernetes@v1.34.4":                           "h1:Yy6R4QB8C9kJPp25GFqEvX5XQwY5qzKeqD0Xx6oAcmk=",
	"k8s.io/kubernetes@v1.35.4":                           "h1:o/8dBC/pHVpYoGV4OAIytAlNPZbdYVTXJHoYvXC4qzM=",
	"k8s.io/kubernetes@v1.36.3":                           "h1:qDQdoMiluAE2Eab6Fa52YV+WjiGz9mZFFoagEA6cI+o=",
	"k8s.io/kubernetes@v1.37.2":                           "h1:A2VDEiObzkYqFTKhSsn0ZEb0RlLEXpHWj93gi2HqEwE=",
	"k8s.io/api@v0.37.2":                                  "h1:PnxqnUFy93jr2GcpWDkKOm8wfy25kT9wa572MuQS8oc=",
	"sigs.k8s.io/gateway-api@v1.6.3":                      "h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc=",
	"github.com/envoyproxy/gateway@v1.9.1":                "h1:vAVp6/AlBXJ1aOhp1mxL7fNEzVEfjADUguUhm2wzxQY=",
	"github.com/external-secrets/external-secrets@v1.3.2": "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=",
	"github.com/bitnami-labs/sealed-secrets@v0.32.2":      "h1:YP3g8JLQqm482GbkaGLmO9AzelOsRaVSs41wv15CeB8=",
}

// custom are the folders with definitions, and the kinds that are taken of them.
var custom = []struct{ module, dir, kinds string }{
	{"sigs.k8s.io/gateway-api@v1.6.3", "config/crd/standard", "GatewayClass Gateway HTTPRoute GRPCRoute ReferenceGrant BackendTLSPolicy"},
	{"github.com/envoyproxy/gateway@v1.9.1", "charts/gateway-crds-helm/templates/generated", "SecurityPolicy"},
	{"github.com/external-secrets/external-secrets@v1.3.2", "config/crds/bases", "ExternalSecret"},
	{"github.com/bitnami-labs/sealed-secrets@v0.32.2", "helm/sealed-secrets/crds", "SealedSecret"},
}

// object is a JSON object.
type object = map[string]any

// document is a file that is written: the type of each kind, by "group/version
// Kind", and the types.
type document struct {
	Kinds map[string]string
	Types map[string]any
}

// lines are a document as it is written: a kind with the name of its type, or a
// type with its schema, on each.
func (d *document) lines() map[string]any {
	lines := maps.Clone(d.Types)
	for kind, name := range d.Kinds {
		lines[kind] = name
	}
	return lines
}

func main() {
	log.SetFlags(0)
	out := "."
	if len(os.Args) > 1 {
		out = os.Args[1]
	}
	for module := range modules {
		if version, ok := strings.CutPrefix(module, "k8s.io/kubernetes@v"); ok {
			minor := strings.Join(strings.Split(version, ".")[:2], ".")
			write(filepath.Join(out, "kubernetes-"+minor+".gz"), kubernetes(download(module)).lines())
		}
	}
	write(filepath.Join(out, "lifecycle.gz"), lifecycle(download("k8s.io/api@v0.37.2")))
	byGroup := map[string]*document{}
	for _, c := range custom {
		definitions(filepath.Join(download(c.module), c.dir), strings.Fields(c.kinds), byGroup)
	}
	for group, d := range byGroup {
		write(filepath.Join(out, group+".gz"), d.lines())
	}
}

// download returns the folder of a module, if it is the one that is meant.
func download(module string) string {
	out, err := exec.Command("go", "mod", "download", "-json", module).Output()
	var info struct{ Dir, Sum, Error string }
	if json.Unmarshal(out, &info) != nil || err != nil {
		log.Fatalf("%s: %v: %s", module, err, info.Error)
	}
	if info.Sum != modules[module] {
		log.Fatalf("%s has the checksum %s, want %s", module, info.Sum, modules[module])
	}
	return info.Dir
}

// write writes a file of lines, sorted and compressed: the same for the same content.
// What is no text by itself is written as JSON.
func write[V any](name string, lines map[string]V) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	check(err)
	for _, key := range slices.Sorted(maps.Keys(lines)) {
		value, ok := any(lines[key]).(string)
		if !ok {
			data, err := json.Marshal(lines[key])
			check(err)
			value = string(data)
		}
		_, err := fmt.Fprintf(z, "%s\t%s\n", key, value)
		check(err)
	}
	check(z.Close())
	check(os.WriteFile(name, b.Bytes(), 0o644))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// kubernetes reads the OpenAPI document of a release.
func kubernetes(dir string) *document {
	data, err := os.ReadFile(filepath.Join(dir, "api/openapi-spec/swagger.json"))
	check(err)
	var swagger struct{ Definitions map[string]object }
	check(json.Unmarshal(data, &swagger))
	addEnums(filepath.Join(dir, "pkg/generated/openapi/zz_generated.openapi.go"), swagger.Definitions)
	d := &document{map[string]string{}, map[string]any{}}
	var add func(name string)
	add = func(name string) {
		if _, ok := d.Types[name]; ok {
			return
		}
		d.Types[name] = nil
		d.Types[name] = reduce(swagger.Definitions[name], add)
	}
	for name, def := range swagger.Definitions {
		gvks, _ := def["x-kubernetes-group-version-kind"].([]any)
		if len(gvks) != 1 {
			continue // DeleteOptions and the like, which are in every group
		}
		gvk := gvks[0].(object)
		kind, version := gvk["kind"].(string), gvk["version"].(string)
		if group := gvk["group"].(string); group != "" {
			version = group + "/" + version
		}
		if properties, _ := def["properties"].(object); strings.HasSuffix(kind, "List") || properties["metadata"] == nil {
			continue
		}
		d.Kinds[version+" "+kind] = name
		add(name)
	}
	return d
}

// kept are the keywords that are checked, and how they are written here.
var kept = map[string]string{
	"type": "type", "format": "format", "enum": "enum", "pattern": "pattern", "required": "required",
	"minLength": "minLength", "maxLength": "maxLength", "minItems": "minItems", "maxItems": "maxItems",
	"minimum": "minimum", "maximum": "maximum", "default": "default",
	"x-kubernetes-list-map-keys": "keys", "x-kubernetes-int-or-string": "intOrString",
	"x-kubernetes-preserve-unknown-fields": "open", "x-kubernetes-embedded-resource": "resource",
}

// reduce keeps of a schema what is checked, and tells which types it names.
func reduce(schema object, named func(string)) object {
	out := object{}
	for from, to := range kept {
		if v, ok := schema[from]; ok {
			out[to] = v
		}
	}
	if enum, ok := out["enum"].([]any); ok {
		texts := make([]string, len(enum))
		for i, v := range enum {
			texts[i] = fmt.Sprint(v) // status codes are numbers
		}
		out["enum"] = texts
	}
	if schema["x-kubernetes-list-type"] == "set" {
		out["set"] = true
	}
	if ref, ok := schema["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/definitions/")
		out["ref"] = name
		named(name)
	}
	if properties, ok := schema["properties"].(object); ok {
		fields := object{}
		for name, p := range properties {
			fields[name] = reduce(p.(object), named)
		}
		out["fields"] = fields
	}
	if items, ok := schema["items"].(object); ok {
		out["items"] = reduce(items, named)
	}
	switch more := schema["additionalProperties"].(type) {
	case object:
		out["values"] = reduce(more, named)
	case bool:
		if more {
			out["open"] = true
		}
	}
	return out
}

// addEnums adds the values that a field may have, which the document leaves out.
func addEnums(file string, definitions map[string]object) {
	byFunc := map[string]object{}
	for name, def := range definitions {
		if rest, ok := strings.CutPrefix(name, "io.k8s."); ok {
			byFunc["schema_k8sio_"+strings.ReplaceAll(rest, ".", "_")] = def
		}
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	check(err)
	found := 0
	for _, decl := range parsed.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || byFunc[fn.Name.Name] == nil {
			continue
		}
		properties, _ := byFunc[fn.Name.Name]["properties"].(object)
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			// "imagePullPolicy": {SchemaProps: spec.SchemaProps{Enum: []interface{}{"Always", …}}}
			field, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			key, ok := field.Key.(*ast.BasicLit)
			if !ok {
				return true
			}
			name, _ := strconv.Unquote(key.Value)
			property, ok := properties[name].(object)
			if !ok {
				return true
			}
			if enum := enumOf(field.Value); len(enum) > 0 {
				property["enum"] = enum
				found++
			}
			return false
		})
	}
	if found < 50 {
		log.Fatalf("%s: only %d enums were found", file, found)
	}
}

// enumOf finds the enum of a property itself, not of what is in it.
func enumOf(e ast.Expr) (enum []string) {
	props := literal(literal(e, "SchemaProps"), "Enum")
	list, ok := props.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	for _, v := range list.Elts {
		if lit, ok := v.(*ast.BasicLit); ok {
			s, err := strconv.Unquote(lit.Value)
			check(err)
			enum = append(enum, s)
		}
	}
	return enum
}

// literal is the value of a key in a composite literal.
func literal(e ast.Expr, key string) ast.Expr {
	lit, ok := e.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	for _, v := range lit.Elts {
		if kv, ok := v.(*ast.KeyValueExpr); ok {
			if name, ok := kv.Key.(*ast.Ident); ok && name.Name == key {
				return kv.Value
			}
		}
	}
	return nil
}

var (
	groupName = regexp.MustCompile(`GroupName\s*=\s*"([^"]*)"`)
	lifeFunc  = regexp.MustCompile(`func \(in \*(\w+)\) APILifecycle(Introduced|Deprecated|Removed)\(\) \(major, minor int\) \{\s*return (\d+), (\d+)`)
	lifeNext  = regexp.MustCompile(`func \(in \*(\w+)\) APILifecycleReplacement\(\) \S+ \{\s*return schema.GroupVersionKind\{Group: "([^"]*)", Version: "([^"]*)", Kind: "([^"]*)"`)
)

// lifecycle reads since when and until when each kind is served.
func lifecycle(dir string) map[string]map[string]string {
	all := map[string]map[string]string{}
	files, err := filepath.Glob(filepath.Join(dir, "*/*/zz_generated.prerelease-lifecycle.go"))
	check(err)
	for _, file := range files {
		register, err := os.ReadFile(filepath.Join(filepath.Dir(file), "register.go"))
		check(err)
		group := groupName.FindSubmatch(register)
		if group == nil {
			log.Fatalf("%s: no GroupName", filepath.Dir(file))
		}
		version := filepath.Base(filepath.Dir(file))
		if len(group[1]) > 0 {
			version = string(group[1]) + "/" + version
		}
		data, err := os.ReadFile(file)
		check(err)
		at := func(kind string) map[string]string {
			key := version + " " + kind
			if all[key] == nil {
				all[key] = map[string]string{}
			}
			return all[key]
		}
		for _, m := range lifeFunc.FindAllStringSubmatch(string(data), -1) {
			if !strings.HasSuffix(m[1], "List") {
				at(m[1])[strings.ToLower(m[2])] = m[3] + "." + m[4]
			}
		}
		for _, m := range lifeNext.FindAllStringSubmatch(string(data), -1) {
			if !strings.HasSuffix(m[1], "List") {
				at(m[1])["replacement"] = strings.TrimPrefix(m[2]+"/"+m[3], "/") + " " + m[4]
			}
		}
	}
	return all
}

// templated are the lines by which a chart leaves a definition out.
var templated = regexp.MustCompile(`(?m)^\{\{.*\}\}\n?`)

// definitions reads CustomResourceDefinitions.
func definitions(dir string, kinds []string, byGroup map[string]*document) {
	wanted := map[string]bool{}
	for _, kind := range kinds {
		wanted[kind] = true
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	check(err)
	found := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		check(err)
		data = templated.ReplaceAll(data, nil)
		for _, doc := range bytes.Split(data, []byte("\n---")) {
			var crd struct {
				Kind string
				Spec struct {
					Group    string
					Names    struct{ Kind string }
					Versions []struct {
						Name   string
						Served bool
						Schema struct{ OpenAPIV3Schema object }
					}
				}
			}
			if yaml.Unmarshal(doc, &crd) != nil || crd.Kind != "CustomResourceDefinition" || !wanted[crd.Spec.Names.Kind] {
				continue
			}
			found++
			d := byGroup[crd.Spec.Group]
			if d == nil {
				d = &document{map[string]string{}, map[string]any{}}
				byGroup[crd.Spec.Group] = d
			}
			for _, v := range crd.Spec.Versions {
				if !v.Served {
					continue
				}
				name := crd.Spec.Group + "." + v.Name + "." + crd.Spec.Names.Kind
				d.Kinds[crd.Spec.Group+"/"+v.Name+" "+crd.Spec.Names.Kind] = name
				schema := reduce(v.Schema.OpenAPIV3Schema, nil)
				if fields, ok := schema["fields"].(object); ok {
					fields["status"] = object{"open": true}   // is the controller's
					fields["metadata"] = object{"open": true} // held to Kubernetes' own
				}
				d.Types[name] = schema
			}
		}
	}
	if found != len(kinds) {
		log.Fatalf("%s: %d definitions, want %s", dir, found, strings.Join(kinds, ", "))
	}
}
