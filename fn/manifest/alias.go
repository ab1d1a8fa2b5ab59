package manifest

import (
	"bytes"
	"fmt"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// maxNodes is how many nodes a document may have once its aliases are followed.
const maxNodes = 1 << 20

// CheckAliases refuses a YAML stream in which aliases of aliases stand for more
// than any real file holds, or an alias for itself. Kustomize follows aliases
// without counting: a few hundred bytes take all the memory there is. What does
// not parse is left to whoever reads it.
func CheckAliases(data []byte) error {
	if bytes.IndexByte(data, '&') < 0 || bytes.IndexByte(data, '*') < 0 {
		return nil
	}
	for _, text := range split(string(data)) {
		var doc yaml.Node
		if yaml.Unmarshal([]byte(text), &doc) != nil {
			continue
		}
		if err := CheckNode(&doc); err != nil {
			return err
		}
	}
	return nil
}

// CheckNode is CheckAliases for a document that is parsed already.
func CheckNode(n *yaml.Node) error {
	_, err := expandedSize(n, map[*yaml.Node]int{})
	return err
}

// expandedSize counts the nodes below n, aliases followed. Sizes that are known
// are not counted again; the one that is being counted is -1.
func expandedSize(n *yaml.Node, known map[*yaml.Node]int) (int, error) {
	if n.Kind == yaml.AliasNode {
		switch size, counted := known[n.Alias]; {
		case !counted && n.Alias != nil:
			return expandedSize(n.Alias, known)
		case size < 0:
			return 0, fmt.Errorf("the anchor &%s contains itself", n.Value)
		default:
			return size, nil
		}
	}
	if n.Anchor != "" {
		known[n] = -1
	}
	size := 1
	for _, c := range n.Content {
		s, err := expandedSize(c, known)
		if err != nil {
			return 0, err
		}
		if size += s; size > maxNodes {
			return 0, fmt.Errorf("aliases of aliases that stand for more than %d nodes", maxNodes)
		}
	}
	if n.Anchor != "" {
		known[n] = size
	}
	return size, nil
}
