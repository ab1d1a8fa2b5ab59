package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn"
)

// mirror is the registries that images are to come from: one, unless releases
// of one overlay differ. The chart writes the registry in front of the upstream
// name and changes nothing of it: postgres:13-alpine is found at
// ghcr.io/acme/postgres:13-alpine.
type mirror struct {
	registries []string
	// configured says that every release of the overlay names its registry.
	configured bool
}

// mirrorOf reads the registries of an overlay's releases; that of the flag is for
// those without one.
func mirrorOf(dir string, releases []*fn.Effective, flag string) (mirror, error) {
	m := mirror{configured: true}
	for _, r := range releases {
		name := registry(r)
		if name == "" {
			m.configured = false
		} else if !slices.Contains(m.registries, name) {
			m.registries = append(m.registries, name)
		}
	}
	if flag == "" || slices.Contains(m.registries, flag) {
		return m, nil
	}
	if m.configured {
		return m, usageError{message: fmt.Sprintf("--registry is %s, but %s takes its images from %s: leave it out, or change the config",
			flag, dir, strings.Join(m.registries, " and "))}
	}
	m.registries = append([]string{flag}, m.registries...)
	return m, nil
}

// registry is the registry that the values of a release have images come from,
// or "".
func registry(r *fn.Effective) string {
	// The chart of a data plane has no global.
	for _, path := range [][]string{{"global", "image", "registry"}, {"image", "registry"}} {
		var v any = r.Tree
		for _, key := range path {
			m, _ := v.(map[string]any)
			v = m[key]
		}
		if name, _ := v.(string); name != "" {
			return strings.TrimRight(name, "/")
		}
	}
	return ""
}

// has reports whether an image comes from the mirror.
func (m mirror) has(image string) bool {
	upstream, _ := m.names(image)
	return upstream != image
}

// names are those of an image upstream and in the mirror.
func (m mirror) names(image string) (upstream, mirrored string) {
	for _, r := range m.registries {
		if upstream, ok := strings.CutPrefix(image, r+"/"); ok {
			return upstream, image
		}
	}
	return image, m.registries[0] + "/" + image
}

// checkRegistry refuses what is no registry with or without a path.
func checkRegistry(name string) error {
	if registryName.MatchString(name) {
		return nil
	}
	return usageError{message: fmt.Sprintf("--registry is %q, want a host and perhaps a path, such as ghcr.io/acme", name)}
}

var (
	registryName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$`)
	imageName    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9./:_-]*(@[a-z0-9]+:[0-9a-f]+)?$`)
)
