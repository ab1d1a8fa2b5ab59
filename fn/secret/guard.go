package secret

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// What a file of ours may be at most. A Secret holds up to 1 MiB
// (k8s.io/api/core/v1, MaxSecretSize), which base64 twice over makes 1.8 MiB.
const (
	maxFile  = 4 << 20
	maxNodes = 5000
	maxDepth = 16
	// maxKey is above what Kubernetes takes for a key of anything, in bytes.
	maxKey = 512
	// maxMarks is how many marks a sealed file may have that begin or part YAML
	// values. It is counted before the file is parsed, which takes seconds for
	// millions of values.
	maxMarks = 40_000
	// maxPlainMarks is that of a file in clear, whose values may be of many lines.
	maxPlainMarks = 250_000
)

// sealedDocument is document for a sealed file, whose values hold few marks.
func sealedDocument(data []byte) (*yaml.Node, error) {
	if crowded(data, maxMarks) {
		return nil, fmt.Errorf("more than %d values: this is no Secret", maxNodes)
	}
	return document(data)
}

func crowded(data []byte, most int) bool {
	marks := 0
	for _, b := range data {
		switch b {
		case '\n', ',', '[', '{', '?':
			marks++
		}
	}
	return marks > most
}

// document parses a file that holds one YAML document, before SOPS gets to see
// it: SOPS follows aliases from the second document on without counting, to the
// end of the memory or of the stack, which no recover catches, and panics on some
// words. Nothing that has a meaning beyond itself is let through: anchors,
// aliases, tags, merge keys, duplicate keys.
//
// Errors name lines and fields, never content.
func document(data []byte) (root *yaml.Node, err error) {
	defer func() {
		if recover() != nil {
			root, err = nil, errors.New("is no YAML")
		}
	}()
	switch {
	case len(data) > maxFile:
		return nil, fmt.Errorf("larger than %d MiB: this is no Secret", maxFile>>20)
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return nil, errors.New("begins with a byte order mark: save it as UTF-8 without one")
	case !utf8.Valid(data):
		return nil, errors.New("is not UTF-8")
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, errors.New("is empty")
	case err != nil:
		return nil, syntax(err)
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return nil, errors.New("holds more than one document: keep one Secret in a file")
	}
	if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("holds no Kubernetes object")
	}
	g := guard{}
	if err := g.node(doc.Content[0], 1); err != nil {
		return nil, err
	}
	return doc.Content[0], nil
}

// guard walks a document.
type guard struct{ nodes int }

func (g *guard) node(n *yaml.Node, depth int) error {
	if g.nodes++; g.nodes > maxNodes {
		return fmt.Errorf("more than %d values: this is no Secret", maxNodes)
	}
	if depth > maxDepth {
		return fmt.Errorf("line %d: nested deeper than %d", n.Line, maxDepth)
	}
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		return fmt.Errorf("line %d: anchors and aliases are not read here: write the value out", n.Line)
	case n.Style&yaml.TaggedStyle != 0:
		return fmt.Errorf("line %d: YAML tags are not read here", n.Line)
	}
	if n.Kind != yaml.MappingNode {
		for _, c := range n.Content {
			if err := g.node(c, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || key.ShortTag() != yaml.NodeTagString:
			return fmt.Errorf("line %d: a key that is not text", key.Line)
		case len(key.Value) > maxKey:
			return fmt.Errorf("line %d: a key that is longer than %d bytes", key.Line, maxKey)
		case seen[key.Value]:
			return fmt.Errorf("line %d: the same key stands twice", key.Line)
		}
		seen[key.Value] = true
		if err := g.node(key, depth+1); err != nil {
			return err
		}
		if err := g.node(value, depth+1); err != nil {
			return err
		}
	}
	return nil
}

var (
	yamlLine = regexp.MustCompile(`line (\d+)`)
	// yamlSays are the texts of the YAML scanner that quote nothing (go.yaml.in/yaml/v3,
	// scannerc.go and parserc.go).
	yamlSays = []string{
		"mapping values are not allowed in this context", "did not find expected key", "did not find expected '-' indicator",
		"did not find expected ',' or '}'", "did not find expected ',' or ']'", "could not find expected ':'",
		"found character that cannot start any token", "found a tab character that violates indentation",
		"found unexpected end of stream", "block sequence entries are not allowed in this context", "did not find expected node content",
		"control characters are not allowed",
	}
)

// syntax is an error of the YAML library without what it may quote: the name of
// an alias is a value that begins with an asterisk.
func syntax(err error) error {
	text := err.Error()
	says := "is no YAML"
	for _, s := range yamlSays {
		if strings.Contains(text, s) {
			says = s
		}
	}
	if strings.Contains(text, "unknown anchor") {
		says = "an alias without its anchor: put a text that begins with an asterisk in quotes"
	}
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		return fmt.Errorf("line %s: %s", m[1], says)
	}
	return errors.New(says)
}
