package overlay

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn"
)

// How much of a stranger's tree is looked at.
const (
	maxDiscovered     = 200
	maxDiscoveredSize = 1 << 20
)

// Discover reports whether the folder in dir is an overlay that names an
// AirbyteRelease, by what is written in its files and in those that they list. It is
// for who has to ask it of any folder at all: nothing is built, little is read, and
// what is broken is no error. An overlay of ours with a mistake in it is still one
// of ours, so that whoever builds it gets to see the mistake.
func Discover(dir string) bool {
	d := discovery{left: maxDiscovered, seen: map[string]bool{}}
	return d.folder(dir, false)
}

type discovery struct {
	left int
	seen map[string]bool
}

// folder looks through a kustomization. Inside one that is listed under generators,
// resources are what is generated from.
func (d *discovery) folder(dir string, generator bool) bool {
	key := filepath.Clean(dir)
	if d.seen[key] {
		return false
	}
	d.seen[key] = true
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		var k struct{ Generators, Resources, Bases, Components []string }
		data := d.read(filepath.Join(dir, name))
		if data == nil || yaml.Unmarshal(data, &k) != nil {
			continue
		}
		for _, entry := range k.Generators {
			if mentions([]byte(entry)) || d.entry(dir, entry, true) {
				return true
			}
		}
		for _, entry := range append(append(k.Resources, k.Bases...), k.Components...) {
			if d.entry(dir, entry, generator) {
				return true
			}
		}
	}
	return false
}

// entry follows an entry of a kustomization: a folder, or a file, which counts where
// generators come from.
func (d *discovery) entry(dir, entry string, generator bool) bool {
	if strings.Contains(entry, "\n") || remote.MatchString(entry) {
		return false
	}
	path := filepath.Join(dir, entry)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return false
	case info.IsDir():
		return d.folder(path, generator)
	}
	return generator && mentions(d.read(path))
}

// read returns the beginning of a file, and nil if there is none or enough was read.
func (d *discovery) read(path string) []byte {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() || d.left == 0 {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	d.left--
	data, err := io.ReadAll(io.LimitReader(f, maxDiscoveredSize))
	if err != nil {
		return nil
	}
	return data
}

// mentions reports whether a text says that it is one of ours.
func mentions(text []byte) bool {
	group, _, _ := strings.Cut(fn.APIVersion, "/")
	return bytes.Contains(text, []byte(fn.Kind)) && bytes.Contains(text, []byte(group+"/"))
}
