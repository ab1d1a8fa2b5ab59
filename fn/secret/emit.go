package secret

import (
	"bytes"
	"errors"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/stores"
	yamlv3 "go.yaml.in/yaml/v3"
)

// emit prints a sealed tree as SOPS does (sops v3, stores/yaml: EmitEncryptedFile),
// with its library of the same version, so that SOPS' own commands leave the lines
// alone that they do not change. SOPS' package for it brings in the clients of S3
// and Cloud Storage; a test holds the two to the same bytes.
func emit(tree sops.Tree, indent int) ([]byte, error) {
	branches, err := stores.SerializeMetadata(tree, stores.MetadataOpts{})
	if err != nil || len(branches) != 1 {
		return nil, errors.New("SOPS cannot print it")
	}
	root, err := node(branches[0])
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	enc := yamlv3.NewEncoder(&out)
	enc.SetIndent(indent)
	if err := enc.Encode(&yamlv3.Node{Kind: yamlv3.DocumentNode, Content: []*yamlv3.Node{root}}); err != nil {
		return nil, errors.New("SOPS cannot print it")
	}
	if err := enc.Close(); err != nil {
		return nil, errors.New("SOPS cannot print it")
	}
	return out.Bytes(), nil
}

func node(v any) (*yamlv3.Node, error) {
	n := &yamlv3.Node{}
	switch v := v.(type) {
	case sops.TreeBranch:
		n.Kind = yamlv3.MappingNode
		for _, item := range v {
			key, err := node(item.Key)
			if err != nil {
				return nil, err
			}
			value, err := node(item.Value)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, key, value)
		}
	case []any:
		n.Kind = yamlv3.SequenceNode
		for _, e := range v {
			c, err := node(e)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, c)
		}
	default:
		if err := n.Encode(v); err != nil {
			// SOPS overlooks it and prints null.
			return nil, errors.New("a value cannot be printed")
		}
	}
	return n, nil
}
