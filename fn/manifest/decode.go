package manifest

import (
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

// MaxSize is the largest stream, in bytes, that Decode reads: far above any
// real set of manifests, far below what would exhaust a CI runner.
const MaxSize = 64 << 20

// Decode reads a stream of YAML documents as kubectl and Helm read them: YAML
// 1.1 scalars (yes is true, 0644 is 420), the last of duplicate keys wins,
// anchors expanded, empty documents dropped, Lists unfolded.
//
// Kustomize refuses duplicate keys and reads some scalars differently, so
// each duplicate key is returned as a warning. Source names the stream in
// errors and findings. The objects come back in the order of the stream.
func Decode(r io.Reader, source string) (Set, []Finding, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", source, err)
	}
	if len(data) > MaxSize {
		return nil, nil, fmt.Errorf("%s: larger than %d MiB", source, MaxSize>>20)
	}
	var (
		set      Set
		findings []Finding
		dec      = newDocuments(data)
	)
	for i := 0; ; i++ {
		doc, err := dec.next()
		if errors.Is(err, io.EOF) {
			return set, findings, nil
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s: document %d: %w", source, i+1, err)
		}
		objects, err := unfold(doc.value)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: document %d: %w", source, i+1, err)
		}
		set = append(set, objects...)
		if len(doc.duplicates) > 0 {
			var id ID
			if len(objects) > 0 {
				id = IDOf(objects[0])
			}
			for _, path := range doc.duplicates {
				findings = append(findings, Finding{
					Severity: Warning, Code: "duplicate-key", File: source, Object: id, Field: path,
					Message: "duplicate key: the last one wins, as when Helm applies it",
				})
			}
		}
	}
}

// documents splits a stream and decodes it document by document.
type documents struct{ rest []string }

type document struct {
	value      any
	duplicates []string
}

func newDocuments(data []byte) *documents {
	return &documents{rest: split(string(data))}
}

// split cuts a stream at the lines that begin with three dashes. What follows
// them on the line belongs to the next document, as for Helm, whose templates
// trim a newline too many now and then ("---apiVersion: v1"). The v2 decoder
// can read a stream itself, but not twice, and duplicates need the second look.
func split(s string) []string {
	var docs []string
	for {
		if rest, ok := strings.CutPrefix(s, "---"); ok {
			s = rest
		}
		i := strings.Index(s, "\n---")
		if i < 0 {
			return append(docs, s)
		}
		docs = append(docs, s[:i+1])
		s = s[i+1:]
	}
}

func (d *documents) next() (*document, error) {
	if len(d.rest) == 0 {
		return nil, io.EOF
	}
	text := d.rest[0]
	d.rest = d.rest[1:]
	var doc document
	// Strict first: almost every document is clean, and one pass says so.
	if yamlv2.UnmarshalStrict([]byte(text), &doc.value) == nil {
		return &doc, nil
	}
	doc.value = nil
	if err := yamlv2.Unmarshal([]byte(text), &doc.value); err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	doc.duplicates = Duplicates([]byte(text))
	return &doc, nil
}

// Duplicates lists the paths of the keys that stand more than once in one
// mapping of a YAML document, as data.LOG_LEVEL or items[2].name.
func Duplicates(data []byte) []string {
	var v any
	if yamlv2.UnmarshalStrict(data, &v) == nil {
		return nil
	}
	// A MapSlice keeps every entry, so that repeated ones can be named.
	var all yamlv2.MapSlice
	if yamlv2.Unmarshal(data, &all) != nil {
		return nil
	}
	return duplicates(nil, "", all)
}

// duplicates lists the paths of keys that stand twice in one mapping.
func duplicates(found []string, path string, v any) []string {
	switch v := v.(type) {
	case yamlv2.MapSlice:
		seen := make(map[string]bool, len(v))
		for _, item := range v {
			key, err := keyText(item.Key)
			if err != nil {
				continue
			}
			at := join(path, key)
			if seen[key] {
				found = append(found, at)
			}
			seen[key] = true
			found = duplicates(found, at, item.Value)
		}
	case []any:
		for i, e := range v {
			found = duplicates(found, fmt.Sprintf("%s[%d]", path, i), e)
		}
	}
	return found
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// unfold turns a decoded document into objects: none when it is empty, the
// items when it is a List, itself otherwise.
func unfold(v any) (Set, error) {
	if v == nil {
		return nil, nil
	}
	m, ok := v.(map[any]any)
	if !ok {
		return nil, fmt.Errorf("want a Kubernetes object, got %s", describe(v))
	}
	if len(m) == 0 {
		return nil, nil
	}
	kind, _ := m["kind"].(string)
	if items, isList := m["items"]; isList && strings.HasSuffix(kind, "List") {
		list, ok := items.([]any)
		if !ok && items != nil {
			return nil, fmt.Errorf("%s: items is %s, want a list", kind, describe(items))
		}
		var set Set
		for _, item := range list {
			objects, err := unfold(item)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", kind, err)
			}
			set = append(set, objects...)
		}
		return set, nil
	}
	if kind == "" {
		return nil, errors.New("an object without a kind")
	}
	n, err := FromValue(m)
	if err != nil {
		return nil, err
	}
	return Set{yaml.NewRNode(n)}, nil
}

func describe(v any) string {
	switch v.(type) {
	case []any:
		return "a list"
	case string:
		return "text"
	case nil:
		return "null"
	}
	return fmt.Sprintf("a %T", v)
}

// FromValue builds a node from decoded YAML or JSON: maps with any scalar as
// key, lists, strings, numbers, booleans and nil. Mapping keys are sorted.
func FromValue(v any) (*yaml.Node, error) {
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
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: yaml.NodeTagSeq, Content: make([]*yaml.Node, 0, len(v))}
		for _, e := range v {
			c, err := FromValue(e)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, c)
		}
		return n, nil
	case map[any]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			key, err := keyText(k)
			if err != nil {
				return nil, err
			}
			m[key] = e
		}
		return mapping(m)
	case map[string]any:
		return mapping(v)
	}
	return nil, fmt.Errorf("a value of type %T has no YAML form", v)
}

func mapping(m map[string]any) (*yaml.Node, error) {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: yaml.NodeTagMap, Content: make([]*yaml.Node, 0, 2*len(m))}
	for _, k := range keys {
		c, err := FromValue(m[k])
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, String(k), c)
	}
	return n, nil
}

func integer(s string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagInt, Value: s}
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
