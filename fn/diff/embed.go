package diff

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"path"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// maxDocument is the size of a text beyond which it is compared as a text.
const maxDocument = 1 << 20

// embedded compares two texts by what is written in them, where both are documents.
// It reports whether they are.
func (w *walker) embedded(c scope, old, new *yaml.Node) bool {
	if !isText(old) || !isText(new) {
		return false
	}
	a := c.document(old.Value)
	if a == nil {
		return false
	}
	b := c.document(new.Value)
	if b == nil || a.Kind != b.Kind {
		return false
	}
	before := len(w.changes)
	w.node(c.within(), a, b)
	if len(w.changes) == before {
		w.add(change{op: Reformatted, old: Value{Present: true}, new: Value{Present: true}})
	}
	return true
}

// document is what is written in a text: a mapping or a list, of JSON anywhere, of
// YAML and properties in the settings of a program. It is nil for everything else.
func (c scope) document(text string) *yaml.Node {
	if len(text) > maxDocument {
		return nil
	}
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return nil
	}
	if trimmed[0] == '{' || trimmed[0] == '[' {
		if n := jsonDocument(trimmed); n != nil {
			return n
		}
	}
	if !c.config && !c.annotation {
		return nil
	}
	switch ext := strings.ToLower(path.Ext(c.key)); {
	case ext == ".properties" || ext == ".env" || ext == ".ini" && !strings.Contains(text, "\n["):
		return properties(text)
	case ext == ".yaml" || ext == ".yml" || ext == ".json" || strings.Contains(trimmed, "\n"):
		if n := yamlDocument(text); n != nil {
			return n
		}
		return properties(text)
	}
	return nil
}

func jsonDocument(text string) *yaml.Node {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil || dec.More() {
		return nil
	}
	return structure(numbers(v))
}

// numbers turns numbers of JSON into those that a node is made of.
func numbers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = numbers(e)
		}
	case []any:
		for i, e := range v {
			v[i] = numbers(e)
		}
	case json.Number:
		if i, err := v.Int64(); err == nil {
			return i
		}
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v.String()
	}
	return v
}

// yamlDocument reads one document, or several as a list.
func yamlDocument(text string) *yaml.Node {
	if manifest.CheckAliases([]byte(text)) != nil {
		return nil
	}
	var docs []any
	for dec := yaml.NewDecoder(bytes.NewReader([]byte(text))); ; {
		var v any
		err := dec.Decode(&v)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil
		}
		if v != nil {
			docs = append(docs, v)
		}
	}
	switch len(docs) {
	case 0:
		return nil
	case 1:
		return structure(docs[0])
	}
	return structure(docs)
}

// structure is a value as a node, nil where it is a scalar or holds what has no name.
func structure(v any) *yaml.Node {
	switch v.(type) {
	case map[string]any, map[any]any, []any:
		if n, err := manifest.FromValue(v); err == nil && len(n.Content) > 0 {
			return n
		}
	}
	return nil
}

// properties reads lines of key=value, and nothing else.
func properties(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: yaml.NodeTagMap}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == '!' || line[0] == ';' {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		key = strings.TrimSpace(strings.TrimPrefix(key, "export "))
		if !ok || key == "" || strings.ContainsAny(key, " \t{}()\"'$<>|") || strings.HasSuffix(line, "\\") {
			return nil
		}
		manifest.SetField(n, key, manifest.String(strings.TrimSpace(value)))
	}
	if len(n.Content) == 0 {
		return nil
	}
	return n
}
