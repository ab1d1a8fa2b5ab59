package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"
	"strings"

	yamlv2 "go.yaml.in/yaml/v2"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// FromValue builds a node from decoded YAML or JSON: maps with any scalar as
// key, lists, strings, numbers, booleans and nil. A [json.Number] stays as it is
// written.
func FromValue(v any) (*yaml.Node, error) {
	var b builder
	return b.node(v)
}

// JSON decodes a text that is one JSON document and nothing else, its numbers as
// [json.Number], and reports whether it is.
func JSON(text string) (any, bool) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return nil, false
	}
	_, err := dec.Token()
	return v, errors.Is(err, io.EOF) // what stands behind would be left out
}

// asFloats makes the numbers below n that are not whole what they are in an object.
func asFloats(n *yaml.Node) *yaml.Node {
	if n == nil {
		return nil
	}
	if n.Tag == yaml.NodeTagFloat {
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil {
			if same, err := float(f); err == nil {
				return same
			}
		}
	}
	for i, c := range n.Content {
		n.Content[i] = asFloats(c)
	}
	return n
}

// builder makes nodes and notes the keys that stand twice.
type builder struct {
	path       []string
	duplicates []string
}

func (b *builder) node(v any) (*yaml.Node, error) {
	switch v := v.(type) {
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagNull, Value: "null"}, nil
	case string:
		return String(v), nil
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagBool, Value: strconv.FormatBool(v)}, nil
	case int:
		return integer(strconv.Itoa(v)), nil
	case int64:
		return integer(strconv.FormatInt(v, 10)), nil
	case uint64:
		return integer(strconv.FormatUint(v, 10)), nil
	case float64:
		return float(v)
	case json.Number:
		return number(string(v))
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: yaml.NodeTagSeq, Content: make([]*yaml.Node, 0, len(v))}
		for i, e := range v {
			c, err := b.below("["+strconv.Itoa(i)+"]", e)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, c)
		}
		return n, nil
	case yamlv2.MapSlice:
		return b.mapping(v)
	case map[any]any:
		entries := make(yamlv2.MapSlice, 0, len(v))
		for k, e := range v {
			key, err := keyText(k)
			if err != nil {
				return nil, err
			}
			entries = append(entries, yamlv2.MapItem{Key: key, Value: e})
		}
		sort.Slice(entries, func(i, j int) bool { return entries[i].Key.(string) < entries[j].Key.(string) })
		return b.mapping(entries)
	case map[string]any:
		entries := make(yamlv2.MapSlice, 0, len(v))
		for k, e := range v {
			entries = append(entries, yamlv2.MapItem{Key: k, Value: e})
		}
		sort.Slice(entries, func(i, j int) bool { return entries[i].Key.(string) < entries[j].Key.(string) })
		return b.mapping(entries)
	}
	return nil, fmt.Errorf("a value of type %T has no YAML form", v)
}

func (b *builder) below(key string, v any) (*yaml.Node, error) {
	b.path = append(b.path, key)
	n, err := b.node(v)
	b.path = b.path[:len(b.path)-1]
	return n, err
}

// mapping keeps the order of the entries; of those with one key, the last wins.
func (b *builder) mapping(entries yamlv2.MapSlice) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: yaml.NodeTagMap, Content: make([]*yaml.Node, 0, 2*len(entries))}
	seen := make(map[string]int, len(entries))
	for _, entry := range entries {
		key, err := keyText(entry.Key)
		if err != nil {
			return nil, err
		}
		c, err := b.below(key, entry.Value)
		if err != nil {
			return nil, err
		}
		if at, twice := seen[key]; twice {
			b.duplicates = append(b.duplicates, FieldPath(append(b.path, key)...))
			n.Content[at] = c
			continue
		}
		n.Content = append(n.Content, String(key), c)
		seen[key] = len(n.Content) - 1
	}
	return n, nil
}

// FieldPath joins keys and indices: spec, containers, [0], env make
// spec.containers[0].env.
func FieldPath(path ...string) string {
	var b strings.Builder
	for _, p := range path {
		if b.Len() > 0 && !strings.HasPrefix(p, "[") {
			b.WriteByte('.')
		}
		b.WriteString(p)
	}
	return b.String()
}

func integer(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagInt, Value: s}
}

// number is a number in the form that it has.
func number(s string) (*yaml.Node, error) {
	if _, err := strconv.ParseInt(s, 0, 64); err == nil {
		return integer(s), nil
	}
	if _, err := strconv.ParseUint(s, 0, 64); err == nil {
		return integer(s), nil
	}
	if f, err := strconv.ParseFloat(s, 64); err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("%s is not a JSON number", s)
	}
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagFloat, Value: s}, nil
}

// float writes whole numbers as integers, since JSON, through which every
// object passes on its way to the API server, knows one kind of number.
func float(f float64) (*yaml.Node, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("%v is not a JSON number", f)
	}
	v, err := jsonNumber(f)
	if err != nil {
		return nil, err
	}
	if f, ok := v.(float64); ok {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagFloat, Value: strconv.FormatFloat(f, 'g', -1, 64)}, nil
	}
	return FromValue(v)
}

// jsonNumber is a float after a way through JSON: 1.0 and 1e3 are integers.
func jsonNumber(f float64) (any, error) {
	b, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	var v any
	if err := yamlv2.Unmarshal(b, &v); err != nil {
		return nil, err
	}
	return v, nil
}

// keyText is a mapping key as sigs.k8s.io/yaml turns it into a JSON name.
func keyText(k any) (string, error) {
	switch k := k.(type) {
	case string:
		return k, nil
	case int:
		return strconv.Itoa(k), nil
	case int64:
		return strconv.FormatInt(k, 10), nil
	case uint64:
		return strconv.FormatUint(k, 10), nil
	case float64:
		return strconv.FormatFloat(k, 'g', -1, 64), nil
	case bool:
		return strconv.FormatBool(k), nil
	}
	return "", fmt.Errorf("a mapping key of type %T", k)
}
