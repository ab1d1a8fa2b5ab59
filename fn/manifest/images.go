package manifest

import (
	"cmp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// Image is an image that an object of a set runs or hands on.
type Image struct {
	Name   string
	Object ID
	// Where in the object: the container, the container and its variable, or
	// the key of a ConfigMap.
	Where string
}

// ImageKey ends the names of variables that hold an image.
const ImageKey = "_IMAGE"

// ImageUses lists where a set names images: in containers, and in keys of
// ConfigMaps and plain variables that end in _IMAGE, from which Airbyte starts
// Pods of its own. Sorted by image.
func ImageUses(s Set) []Image {
	var uses []Image
	add := func(name string, id ID, where string) {
		if name != "" {
			uses = append(uses, Image{name, id, where})
		}
	}
	for _, n := range s {
		id := IDOf(n)
		for _, c := range Containers(Field(PodTemplate(n), "spec")) {
			container := Text(c, "name")
			add(Text(c, "image"), id, container)
			for _, env := range Items(Field(c, "env")) {
				if name := Text(env, "name"); strings.HasSuffix(name, ImageKey) {
					add(Text(env, "value"), id, container+": "+name)
				}
			}
		}
		data := Field(n.YNode(), "data")
		if id.Kind != "ConfigMap" || data == nil || data.Kind != yaml.MappingNode {
			continue
		}
		for i := 0; i+1 < len(data.Content); i += 2 {
			if key := data.Content[i].Value; strings.HasSuffix(key, ImageKey) {
				add(data.Content[i+1].Value, id, key)
			}
		}
	}
	slices.SortFunc(uses, func(a, b Image) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Object.String(), b.Object.String()), cmp.Compare(a.Where, b.Where))
	})
	return uses
}
