package overlay

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Plain are objects that are there already: rendered before, or written by hand.
type Plain struct {
	Objects manifest.Set
	// Files are the files that they stand in, where they are read as they are and
	// not built.
	Files    map[manifest.ID]string
	Findings []manifest.Finding
}

// Read reads plain objects from a file, from a folder with a kustomization, which
// is built, or from one without, all of whose YAML and JSON files are read, as Argo CD
// reads them. It refuses an overlay of ours, which is for [Build].
func Read(ctx context.Context, path string) (*Plain, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, missing(err))
	}
	p := &Plain{Files: map[manifest.ID]string{}}
	switch {
	case !info.IsDir():
		err = p.file(path)
	case hasKustomization(path):
		err = p.kustomization(path)
	default:
		err = p.folder(ctx, path)
	}
	if err != nil {
		return nil, err
	}
	if len(p.Objects) == 0 {
		return nil, fmt.Errorf("%s: holds no objects", path)
	}
	if err := p.Objects.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}

// Generates reports whether a path is an overlay of ours, which is for [Build].
func Generates(path string) (bool, error) {
	info, err := os.Stat(path)
	if err != nil {
		return false, fmt.Errorf("%s: %w", path, missing(err))
	}
	if !info.IsDir() || !hasKustomization(path) {
		return false, nil
	}
	tree, err := read(path)
	return err == nil && len(tree.generators()) > 0, err
}

func hasKustomization(dir string) bool {
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

func (p *Plain) file(path string) error {
	if slices.Contains(konfig.RecognizedKustomizationFileNames(), filepath.Base(path)) {
		return fmt.Errorf("%s: is for kustomize, and no object of a cluster: name its folder", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	set, findings, err := manifest.DecodeText(string(data), path)
	if err != nil {
		return err
	}
	for _, n := range set {
		id := manifest.IDOf(n)
		switch {
		case fn.Is(n):
			return fmt.Errorf("%s: is an AirbyteRelease: name the overlay that lists it under generators", path)
		case p.Files[id] != "" && p.Files[id] != path:
			return &manifest.DuplicateError{ID: id, Sources: [2]string{p.Files[id], path}}
		}
		p.Files[id] = path
	}
	if err := set.Check(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	p.Objects = append(p.Objects, set...)
	p.Findings = append(p.Findings, findings...)
	return nil
}

func (p *Plain) kustomization(dir string) error {
	tree, err := read(dir)
	if err != nil {
		return err
	}
	if len(tree.generators()) > 0 {
		return fmt.Errorf("%s: generates an AirbyteRelease: it is for Build", tree.file)
	}
	if !tree.onlyLists() {
		p.Objects, err = tree.build()
		return err
	}
	for _, part := range tree.all() {
		for _, entry := range part.spec.Resources {
			path := filepath.Join(part.dir, entry)
			if info, err := os.Stat(path); err == nil && info.IsDir() {
				continue // one of its own
			}
			if err := p.file(path); err != nil {
				return err
			}
		}
	}
	return nil
}

// onlyLists reports whether a tree does nothing but list files, as what we write.
func (k *kustomization) onlyLists() bool {
	for _, part := range k.all() {
		var fields map[string]any
		if yaml.Unmarshal(part.data, &fields) != nil {
			return false
		}
		for key := range fields {
			if key != "apiVersion" && key != "kind" && key != "metadata" && key != "resources" {
				return false
			}
		}
	}
	return true
}

// folder reads all YAML and JSON files below a folder. A link to a file is one.
func (p *Plain) folder(ctx context.Context, dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != dir:
			return filepath.SkipDir
		case d.IsDir() || !slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(path)):
			return nil
		}
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			return err
		}
		return p.file(path)
	})
}
