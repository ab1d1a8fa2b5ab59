package overlay

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// How much of a stranger's tree is looked at.
const (
	maxDiscovered     = 200
	maxDiscoveredSize = 1 << 20
)

// Discover reports whether the folder in dir is an overlay that names an
// AirbyteRelease, by what is written in its files and in those that they list. It is
// for who has to ask it of any folder at all: nothing is built, little is read, and
// what is broken is no error. An AirbyteRelease with a mistake in it is still one
// of ours, so that whoever builds it gets to see the mistake.
func Discover(dir string) bool {
	d := newDiscovery()
	return d.folder(dir, false)
}

// Candidate is Discover for a folder that stands among overlays of ours: one whose
// kustomization cannot be read, or does not lead to what it lists, may be ours as
// well, and has to be built for its mistake to be seen. One that was left out would
// be checked by nobody.
func Candidate(dir string) bool {
	if _, err := os.Stat(dir); err != nil {
		return true
	}
	d := newDiscovery()
	return d.folder(dir, false) || d.broken
}

type discovery struct {
	left int
	seen map[string]bool
	// broken says that something was in the way of a release, had there been one.
	broken bool
}

func newDiscovery() *discovery {
	return &discovery{left: maxDiscovered, seen: map[string]bool{}}
}

// folder looks through a kustomization. Inside one that is listed under generators,
// resources are what is generated from.
func (d *discovery) folder(dir string, generator bool) bool {
	key := filepath.Clean(dir)
	if d.seen[key] {
		return false
	}
	listed := len(d.seen) > 0
	d.seen[key] = true
	files := 0
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); err != nil {
			continue
		}
		files++
		k, ok := d.kustomization(path)
		if !ok {
			continue
		}
		for _, entry := range k.Generators {
			if d.entry(dir, entry, true) {
				return true
			}
		}
		//lint:ignore SA1019 overlays that use the old field are still built
		for _, entry := range append(append(k.Resources, k.Bases...), k.Components...) {
			if d.entry(dir, entry, generator) {
				return true
			}
		}
	}
	d.broken = d.broken || files > 1 || files == 0 && listed
	return false
}

// kustomization reads as much of a kustomization as there is to read.
func (d *discovery) kustomization(path string) (k types.Kustomization, ok bool) {
	if d.left == 0 {
		return k, false // not looked at, which says nothing of it
	}
	data := d.read(path)
	if data == nil || manifest.CheckAliases(data) != nil {
		d.broken = true
		return k, false
	}
	if err := k.Unmarshal(data); err == nil {
		d.broken = d.broken || k.CheckEmpty() != nil
		return k, true
	}
	d.broken = true
	var some struct{ Generators, Resources, Bases, Components []string }
	err := yaml.Unmarshal(data, &some)
	k = types.Kustomization{Generators: some.Generators, Resources: some.Resources, Components: some.Components}
	k.Resources = append(k.Resources, some.Bases...)
	return k, err == nil
}

// entry follows an entry of a kustomization: a folder, or a file, which counts where
// generators come from.
func (d *discovery) entry(dir, entry string, generator bool) bool {
	if strings.Contains(entry, "\n") || strings.HasPrefix(strings.TrimSpace(entry), "{") {
		return generator && d.release([]byte(entry))
	}
	if remote.MatchString(entry) || strings.Contains(entry, "//") || strings.Contains(entry, "?") {
		return false
	}
	path := filepath.Join(dir, entry)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		// A file that is no generator hides none.
		ext := filepath.Ext(entry)
		d.broken = d.broken || generator || ext != ".yaml" && ext != ".yml" && ext != ".json"
		return false
	case info.IsDir():
		return d.folder(path, generator)
	}
	return generator && d.release(d.read(path))
}

// release reports whether a generator is one of ours. One that says nothing, or half
// of it, may have been meant to be.
func (d *discovery) release(text []byte) bool {
	kind, group := mentions(text)
	d.broken = d.broken || kind != group || len(bytes.TrimSpace(text)) == 0 && d.left > 0
	return kind && group
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

// mentions reports whether a text has the kind and the group of what is ours.
func mentions(text []byte) (kind, group bool) {
	name, _, _ := strings.Cut(fn.APIVersion, "/")
	return bytes.Contains(text, []byte(fn.Kind)), bytes.Contains(text, []byte(name+"/"))
}
