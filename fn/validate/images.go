package validate

import (
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Image is an image that an object of a set runs or hands on.
type Image = manifest.Image

// ImageUses lists where a set names images.
func ImageUses(s manifest.Set) []Image { return manifest.ImageUses(s) }

// Images lists the images that a set runs or hands on, sorted, each once.
func Images(s manifest.Set) []string {
	var names []string
	for _, i := range ImageUses(s) {
		names = append(names, i.Name)
	}
	return slices.Compact(names)
}

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
