package validate

import (
	"cmp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Image is an image that an object of a set runs or hands on.
type Image struct {
	Name   string
	Object manifest.ID
	// Where in the object: the container, the container and its variable, or
	// the key of a ConfigMap.
	Where string
}

// Images lists the images that a set runs or hands on, sorted, each once.
func Images(s manifest.Set) []string {
	var names []string
	for _, i := range ImageUses(s) {
		names = append(names, i.Name)
	}
	return slices.Compact(names)
}

// ImageUses lists where a set names images: in containers, and in keys of
// ConfigMaps and plain variables that end in _IMAGE, from which Airbyte starts
// Pods of its own. Sorted by image.
func ImageUses(s manifest.Set) []Image {
	var uses []Image
	add := func(name string, id manifest.ID, where string) {
		if name != "" {
			uses = append(uses, Image{name, id, where})
		}
	}
	for _, n := range s {
		id := manifest.IDOf(n)
		for _, c := range manifest.Containers(manifest.Field(manifest.PodTemplate(n), "spec")) {
			container := manifest.Text(c, "name")
			add(manifest.Text(c, "image"), id, container)
			for _, env := range manifest.Items(manifest.Field(c, "env")) {
				if name := manifest.Text(env, "name"); strings.HasSuffix(name, imageKey) {
					add(manifest.Text(env, "value"), id, container+": "+name)
				}
			}
		}
		data := manifest.Field(n.YNode(), "data")
		if id.Kind != "ConfigMap" || data == nil || data.Kind != yaml.MappingNode {
			continue
		}
		for i := 0; i+1 < len(data.Content); i += 2 {
			if key := data.Content[i].Value; strings.HasSuffix(key, imageKey) {
				add(data.Content[i+1].Value, id, key)
			}
		}
	}
	slices.SortFunc(uses, func(a, b Image) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Object.String(), b.Object.String()), cmp.Compare(a.Where, b.Where))
	})
	return uses
}

// imageKey ends the names of variables that hold an image.
const imageKey = "_IMAGE"

// images reports images that may be another one tomorrow, and those that come from
// somewhere else than the registry of the environment.
func (c *checker) images(s manifest.Set) {
	for _, use := range ImageUses(s) {
		_, tag := manifest.SplitImage(use.Name)
		pinned := strings.Contains(use.Name, "@sha256:")
		switch {
		case tag == "" && !pinned:
			c.warn(use.Object, "image", use.Where, "%s has no tag, and so is whatever is latest", use.Name)
		case tag == "latest" && !pinned:
			c.warn(use.Object, "image", use.Where, "%s may be another image tomorrow: name a release", use.Name)
		}
		if registry := strings.TrimSuffix(c.Registry, "/"); registry != "" && !strings.HasPrefix(use.Name, registry+"/") {
			c.warn(use.Object, "image", use.Where, "%s is not from %s (spec.images.registry)", use.Name, registry)
		}
	}
}
