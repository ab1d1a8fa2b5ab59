package secret

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// InClear returns the values of a Secret that anybody could read who reads the
// object, by key. What says of itself that it is sealed is sealed only as far as
// each of its values is.
func InClear(n *yaml.RNode) map[string]Value {
	id := manifest.IDOf(n)
	if id.Group != "" || id.Kind != "Secret" {
		return nil
	}
	marked := manifest.Field(n.YNode(), "sops") != nil
	clear := map[string]Value{}
	for _, field := range []string{"data", "stringData"} {
		values := manifest.Field(n.YNode(), field)
		if values == nil || values.Kind != yaml.MappingNode {
			continue
		}
		for i := 0; i+1 < len(values.Content); i += 2 {
			key, value := values.Content[i].Value, values.Content[i+1]
			if _, ok := tokenSize(value.Value); marked && ok {
				continue
			}
			b := []byte(value.Value)
			if field == "data" {
				if decoded, err := base64.StdEncoding.DecodeString(value.Value); err == nil {
					b = decoded
				}
			}
			if value.Kind != yaml.ScalarNode || value.Tag != yaml.NodeTagNull && len(b) > 0 {
				clear[key] = NewValue(b)
			} else if field == "stringData" {
				delete(clear, key)
			}
		}
	}
	return clear
}

// Replace puts the values of a sealed Secret into an object that holds some in
// clear, key by key. Keys that are empty stay empty, and so need not be sealed;
// other keys of the object are left out and returned. The sops block is that of
// the sealed Secret: empty values are of no account to its MAC.
func (s *Sealed) Replace(n *yaml.RNode) (left []string) {
	root := n.YNode()
	tokens := s.Tokens()
	values := map[string]string{}
	for _, k := range s.Keys {
		values[k.Name] = tokens[k.Name]
	}
	clear := InClear(n)
	for _, field := range []string{"data", "stringData"} {
		for _, key := range keysOf(manifest.Field(root, field)) {
			switch _, sealed := values[key]; {
			case sealed:
			case clear[key].Len() > 0:
				left = append(left, key)
			default:
				values[key] = ""
			}
		}
		manifest.RemoveField(root, field)
	}
	manifest.SetField(root, "data", mapping(values))
	manifest.SetField(root, "sops", yaml.CopyYNode(manifest.Field(s.root, "sops")))
	slices.Sort(left)
	return slices.Compact(left)
}

// mapping is a mapping of texts, sorted.
func mapping(texts map[string]string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: yaml.NodeTagMap}
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		n.Content = append(n.Content, manifest.String(key), manifest.String(texts[key]))
	}
	return n
}

// Empty takes values out of a Secret, by key, and reports whether keys are left.
func Empty(n *yaml.RNode, keys []string) (left bool) {
	root := n.YNode()
	for _, field := range []string{"data", "stringData"} {
		values := manifest.Field(root, field)
		for _, key := range keys {
			manifest.RemoveField(values, key)
		}
		if values != nil && len(values.Content) == 0 {
			manifest.RemoveField(root, field)
		}
		left = left || values != nil && len(values.Content) > 0
	}
	return left
}

func keysOf(n *yaml.Node) []string {
	var keys []string
	for i := 0; n != nil && n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		keys = append(keys, n.Content[i].Value)
	}
	return keys
}

// Made is a Secret that somebody made in clear, as far as its values are not
// empty; nil if the object is none.
func Made(n *yaml.RNode) *Plain {
	clear := InClear(n)
	if len(clear) == 0 {
		return nil
	}
	id := manifest.IDOf(n)
	return &Plain{Name: id.Name, Namespace: id.Namespace, Type: strings.TrimSpace(manifest.Text(n.YNode(), "type")), Values: clear}
}
