package manifest

import (
	"bytes"
	"fmt"
	"io"
	"time"

	yamlv2 "go.yaml.in/yaml/v2"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// Encode writes the set in its order as one YAML stream, all of it or, if an
// object cannot be encoded, nothing. The bytes are those that `kustomize build`
// prints for the same objects.
func (s Set) Encode(w io.Writer) error {
	var out bytes.Buffer
	for i, n := range s {
		b, err := Bytes(n)
		if err != nil {
			return err
		}
		if i > 0 {
			out.WriteString("---\n")
		}
		out.Write(b)
	}
	_, err := w.Write(out.Bytes())
	return err
}

// Bytes is the canonical YAML of one object: sorted keys, two spaces, LF, a
// final newline.
//
// Kustomize gets there from node to text to value to JSON to value to text;
// the steps between only normalise scalars, so they are left out here, and
// the tests hold the two to the same bytes.
func Bytes(n *yaml.RNode) ([]byte, error) {
	v, err := Value(n.YNode())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", IDOf(n), err)
	}
	var buf bytes.Buffer
	enc := yamlv2.NewEncoder(&buf)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("%s: %w", IDOf(n), err)
	}
	if err := enc.Close(); err != nil {
		return nil, fmt.Errorf("%s: %w", IDOf(n), err)
	}
	return buf.Bytes(), nil
}

// Value turns a node into the Go value that its JSON form has: map[string]any,
// []any, string, bool, int, int64, uint64, float64 or nil.
func Value(n *yaml.Node) (any, error) {
	if n == nil {
		return nil, nil
	}
	switch n.Kind {
	case yaml.DocumentNode:
		if len(n.Content) != 1 {
			return nil, fmt.Errorf("a document with %d roots", len(n.Content))
		}
		return Value(n.Content[0])
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			k := n.Content[i]
			if k.Kind != yaml.ScalarNode || k.Tag == yaml.NodeTagNull || k.Value == "<<" {
				return decoded(n)
			}
			v, err := Value(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			m[k.Value] = v
		}
		return m, nil
	case yaml.SequenceNode:
		s := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			v, err := Value(c)
			if err != nil {
				return nil, err
			}
			s = append(s, v)
		}
		return s, nil
	case yaml.ScalarNode:
		if n.Tag == yaml.NodeTagString {
			return n.Value, nil
		}
	}
	return decoded(n)
}

// decoded leaves a node to the YAML library: scalars other than strings,
// aliases, merge keys.
func decoded(n *yaml.Node) (any, error) {
	var v any
	if err := n.Decode(&v); err != nil {
		return nil, err
	}
	return asJSON(v)
}

// asJSON does to a value what a way through JSON would do to it.
func asJSON(v any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			j, err := asJSON(e)
			if err != nil {
				return nil, err
			}
			v[k] = j
		}
		return v, nil
	case []any:
		for i, e := range v {
			j, err := asJSON(e)
			if err != nil {
				return nil, err
			}
			v[i] = j
		}
		return v, nil
	case time.Time:
		return v.Format(time.RFC3339Nano), nil
	case float64:
		return jsonNumber(v)
	case map[any]any:
		return nil, fmt.Errorf("a mapping whose keys are not all text")
	}
	return v, nil
}
