package output

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// A tree is what the folder shall hold of ours.
type tree struct {
	layers []string          // subfolders in apply order; a flat tree has none
	files  map[string][]byte // by slash-separated path, ledgers included
}

// paths are those of the files, sorted.
func (t *tree) paths() []string { return slices.Sorted(maps.Keys(t.files)) }

// folders are those that need a ledger: the folder itself, then its layers.
func (t *tree) folders() []string { return append([]string{""}, t.layers...) }

// layout lays a set out as files and the ledgers that list them.
func layout(home string, s manifest.Set) (*tree, error) {
	if len(s) == 0 {
		return nil, errors.New("nothing to write: an empty folder would make the delivery agent delete everything")
	}
	if err := s.Check(); err != nil {
		return nil, err
	}
	t := &tree{files: make(map[string][]byte, len(s)+1)}
	layers := s.Layers()
	if len(layers) == 1 && layers[0].Name == "" {
		return t, t.add("", home, s)
	}
	for _, l := range layers {
		if !isLayer(l.Name) {
			return nil, fmt.Errorf("%s: annotation %s: %q cannot name a folder: use lower-case letters, digits and dashes",
				manifest.IDOf(l.Objects[0]), manifest.LayerAnnotation, l.Name)
		}
		t.layers = append(t.layers, l.Name)
		if err := t.add(l.Name, home, l.Objects); err != nil {
			return nil, err
		}
	}
	var err error
	t.files[ledgerFile], err = encodeLedger(t.layers, s.Sorted())
	return t, err
}

// add lays the objects out in one folder, with a ledger of its own.
func (t *tree) add(folder, home string, s manifest.Set) error {
	names := make([]string, 0, len(s))
	taken := make(map[string]manifest.ID, len(s))
	for _, n := range s {
		id := manifest.IDOf(n)
		name := id.File(home)
		if other, ok := taken[name]; ok {
			return fmt.Errorf("%s in %s and %s in %s need the same file, %s: rename one of them",
				other, namespace(other), id, namespace(id), name)
		}
		taken[name] = id
		b, err := manifest.Bytes(n)
		if err != nil {
			return err
		}
		names = append(names, name)
		t.files[path.Join(folder, name)] = b
	}
	var err error
	t.files[path.Join(folder, ledgerFile)], err = encodeLedger(names, s.Sorted())
	return err
}

func namespace(id manifest.ID) string {
	if id.Namespace == "" {
		return "no namespace"
	}
	return "namespace " + id.Namespace
}
