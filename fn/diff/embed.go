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
		if v, ok := manifest.JSON(trimmed); ok {
			if n := structure(v); n != nil {
				return n
			}
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

// literal is a value of YAML whose numbers are as they are written.
type literal struct{ value any }

// UnmarshalYAML implements yaml.Unmarshaler.
func (l *literal) UnmarshalYAML(n *yaml.Node) error {
	switch n.Kind {
	case yaml.MappingNode:
		var entries map[string]literal
		if err := n.Decode(&entries); err != nil {
			return err
		}
		m := make(map[string]any, len(entries))
		for k, e := range entries {
			m[k] = e.value
		}
		l.value = m
	case yaml.SequenceNode:
		var items []literal
		if err := n.Decode(&items); err != nil {
			return err
		}
		s := make([]any, len(items))
		for i, e := range items {
			s[i] = e.value
		}
		l.value = s
	default:
		if tag := n.ShortTag(); tag == yaml.NodeTagInt || tag == yaml.NodeTagFloat {
			l.value = json.Number(n.Value)
			return nil
		}
		return n.Decode(&l.value)
	}
	return nil
}

// yamlDocument reads one document, or several as a list.
func yamlDocument(text string) *yaml.Node {
	if manifest.CheckAliases([]byte(text)) != nil {
		return nil
	}
	var docs []any
	for dec := yaml.NewDecoder(bytes.NewReader([]byte(text))); ; {
		var l literal
		err := dec.Decode(&l)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil
		}
		if l.value != nil {
			docs = append(docs, l.value)
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

// structure is a value as a node, nil where it is a scalar, holds what has no name, or
// has a key that tells a secret.
func structure(v any) *yaml.Node {
	switch v.(type) {
	case map[string]any, []any:
		if n, err := manifest.FromValue(v); err == nil && len(n.Content) > 0 && !keysTell(n) {
			markExact(n)
			return n
		}
	}
	return nil
}

// keysTell reports whether a key holds what only a value should: password=x of a line
// that is read as password=x: y. As a text that is hidden.
func keysTell(n *yaml.Node) bool {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 && scrub(c.Value) != c.Value || keysTell(c) {
			return true
		}
	}
	return false
}

// exact marks a number whose form is part of what it says: of 1.10 and 1.1 a program
// may make two versions. Those of an object are what JSON makes of them.
var exact = yaml.TaggedStyle

func markExact(n *yaml.Node) {
	if n.Tag == yaml.NodeTagInt || n.Tag == yaml.NodeTagFloat {
		n.Style = exact
	}
	for _, c := range n.Content {
		markExact(c)
	}
}

// properties reads lines of key=value, and nothing else.
func properties(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: yaml.NodeTagMap}
	for line := range strings.Lines(text) {
		if len(n.Content) > 0 && strings.ContainsAny(line[:1], " \t") {
			return nil // goes on with the value above, as INI has it
		}
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
