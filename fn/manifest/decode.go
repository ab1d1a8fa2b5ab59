package manifest

import (
	"errors"
	"fmt"
	"io"
	"regexp"
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
	return DecodeText(string(data), source)
}

// DecodeText is Decode for a text that is in memory already.
func DecodeText(text, source string) (Set, []Finding, error) {
	if len(text) > MaxSize {
		return nil, nil, fmt.Errorf("%s: larger than %d MiB", source, MaxSize>>20)
	}
	var (
		set      Set
		findings []Finding
		line     = 1
	)
	for i, text := range split(text) {
		root, duplicates, err := decodeDocument(text)
		if err == nil {
			var objects Set
			objects, err = unfold(root)
			set = append(set, objects...)
			for _, path := range duplicates {
				f := Finding{
					Severity: Warning, Code: "duplicate-key", File: source, Field: path,
					Message: "duplicate key: the last one wins, as when Helm applies it",
				}
				if len(objects) > 0 {
					f.Object = IDOf(objects[0])
				}
				findings = append(findings, f)
			}
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s: document %d: %w", source, i+1, below(err, line))
		}
		line += strings.Count(text, "\n")
	}
	return set, findings, nil
}

// split cuts a stream at the lines that begin with three dashes. What follows
// them on the line belongs to the next document, as for Helm, whose templates
// trim a newline too many now and then ("---apiVersion: v1").
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

var lineNumber = regexp.MustCompile(`line (\d+)`)

// below moves the line numbers in an error of a document to where the document
// stands in its stream.
func below(err error, first int) error {
	return errors.New(lineNumber.ReplaceAllStringFunc(err.Error(), func(s string) string {
		n, convErr := strconv.Atoi(strings.TrimPrefix(s, "line "))
		if convErr != nil {
			return s
		}
		return fmt.Sprintf("line %d", n+first-1)
	}))
}

// decodeDocument turns one document into a node, nil if it is empty, and lists
// the paths of its duplicate keys.
func decodeDocument(text string) (*yaml.Node, []string, error) {
	// A MapSlice keeps every entry in its order, so that one pass reads the
	// document and sees what stands twice. It does not merge, which no
	// template does.
	if !strings.Contains(text, "<<") {
		var doc yamlv2.MapSlice
		if decodeOne(text, &doc) == nil {
			if doc == nil && strings.TrimSpace(text) == "" {
				return nil, nil, nil
			}
			if doc != nil {
				var b builder
				n, err := b.node(doc)
				return n, b.duplicates, err
			}
		}
	}
	var doc any
	if err := decodeOne(text, &doc); err != nil {
		// Surrogate pairs, and characters that YAML wants escaped, are JSON and no YAML.
		v, ok := JSON(text)
		if !ok {
			return nil, nil, errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
		}
		n, err := FromValue(v)
		return asFloats(n), nil, err
	}
	if doc == nil {
		return nil, nil, nil
	}
	n, err := FromValue(doc)
	return n, Duplicates([]byte(text)), err
}

// decodeOne decodes a text of one document, or of none. A second one, behind three
// dots or as JSON objects follow each other, would be dropped without a word.
func decodeOne(text string, into any) error {
	dec := yamlv2.NewDecoder(strings.NewReader(text))
	if err := dec.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	var more any
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return errors.New("goes on behind its end: put a line of three dashes before each further object")
	}
	return nil
}

// Duplicates lists the paths of the keys that stand more than once in one
// mapping of a YAML document, as data.LOG_LEVEL or items[2].name.
func Duplicates(data []byte) []string {
	var doc yamlv2.MapSlice
	if yamlv2.Unmarshal(data, &doc) != nil {
		return nil
	}
	var b builder
	if _, err := b.node(doc); err != nil {
		return nil
	}
	return b.duplicates
}

// unfold turns a decoded document into objects: none when it is empty, the
// items when it is a List, itself otherwise.
func unfold(n *yaml.Node) (Set, error) {
	if n == nil || n.Tag == yaml.NodeTagNull {
		return nil, nil
	}
	if n.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("want a Kubernetes object, got %s", describe(n))
	}
	if len(n.Content) == 0 {
		return nil, nil
	}
	kind := Text(n, "kind")
	if items := Field(n, "items"); items != nil && strings.HasSuffix(kind, "List") {
		if items.Kind != yaml.SequenceNode && items.Tag != yaml.NodeTagNull {
			return nil, fmt.Errorf("%s: items is %s, want a list", kind, describe(items))
		}
		var set Set
		for _, item := range items.Content {
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
	return Set{yaml.NewRNode(n)}, nil
}

func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "an object"
	case n.Tag == yaml.NodeTagString:
		return "text"
	}
	return n.Value
}
