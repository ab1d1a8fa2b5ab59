package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/diff"
	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// folderSides compares two folders of manifests: one environment each, or one a
// subfolder. Nothing is built or rendered.
func folderSides(base string, args []string) ([]diff.Sides, error) {
	if len(args) == 0 {
		args = []string{"rendered"}
	}
	if len(args) > 1 {
		return nil, usageError{message: fmt.Sprintf("--base compares with one folder, got %d", len(args))}
	}
	names, err := environmentsOf(base, args[0])
	if err != nil {
		return nil, err
	}
	sides := make([]diff.Sides, len(names))
	errs := make([]error, len(names))
	read := reader{}
	objects := 0
	for i, name := range names {
		s := &sides[i]
		s.Name, s.Dir = name, shownAt(filepath.Join(args[0], name))
		if name == "." {
			abs, err := filepath.Abs(args[0])
			if err != nil {
				return nil, err
			}
			s.Name = filepath.Base(abs)
		}
		var oldErr, newErr error
		s.Old, oldErr = read.folder(filepath.Join(base, name))
		s.New, newErr = read.folder(filepath.Join(args[0], name))
		errs[i] = errors.Join(oldErr, newErr)
		objects += len(s.Old)
		s.Agent = agentOf(append(slices.Clone(s.Old), s.New...))
	}
	err = errors.Join(errs...)
	if err == nil && objects == 0 {
		return nil, fmt.Errorf("%s: holds no object: nothing can be compared with it", base)
	}
	return withErrors(sides, errs), err
}

// environmentsOf names the environments of two folders, which have to be of one form:
// else all of one side would be held against one of the other. A side that holds
// nothing is an error: more often than all being new, something was not downloaded.
func environmentsOf(base, dir string) ([]string, error) {
	old, oldErr := environmentsIn(base)
	names, err := environmentsIn(dir)
	if err := errors.Join(oldErr, err); err != nil {
		return nil, err
	}
	if (old[0] == ".") != (names[0] == ".") {
		holds := func(dir string, names []string) string {
			if names[0] == "." {
				return dir + " holds the manifests of one environment"
			}
			return fmt.Sprintf("%s holds %s, %s", dir, count(len(names), "environment"), strings.Join(names, ", "))
		}
		return nil, usageError{message: holds(base, old) + ", and " + holds(dir, names) + ": name the folder of that one"}
	}
	names = append(names, old...)
	slices.Sort(names)
	return slices.Compact(names), nil
}

// environmentsIn names the subfolders that hold manifests, or the folder itself, as
// ".", if it does. One of both there has to be.
func environmentsIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case e.Type().IsRegular() && isManifest(e.Name()):
			return []string{"."}, nil
		case strings.HasPrefix(e.Name(), ".") || !isFolder(path):
		default:
			found := false
			err := manifestsIn(path, func(string) error {
				found = true
				return fs.SkipAll
			})
			if err != nil {
				return nil, err
			}
			if found {
				names = append(names, e.Name())
			}
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: holds no manifest", dir)
	}
	return names, nil
}

func isManifest(name string) bool {
	switch filepath.Ext(name) {
	case ".yaml", ".yml", ".json":
		return !strings.HasPrefix(name, ".")
	}
	return false
}

// reader reads files, each text once: most of it is the same on both sides and in the
// other environments, and reading YAML is what a diff of folders costs. Nobody changes
// the objects.
type reader map[string]manifest.Set

func (r reader) decode(text, path string) (manifest.Set, error) {
	if set, ok := r[text]; ok {
		return set, nil
	}
	set, _, err := manifest.DecodeText(text, path)
	if err == nil {
		r[text] = set
	}
	return set, err
}

// folder reads every manifest in a folder and below, none if there is no folder. What
// lists files for kustomize is no object of a cluster.
func (r reader) folder(dir string) (manifest.Set, error) {
	var set manifest.Set
	err := manifestsIn(dir, func(path string) error {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		objects, err := r.decode(string(text), path)
		if err != nil {
			return err
		}
		for _, n := range objects {
			if !strings.HasPrefix(manifest.Text(n.YNode(), "apiVersion"), "kustomize.config.k8s.io/") {
				set = append(set, n)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	set.Sort()
	return set, nil
}

// manifestsIn calls f for every manifest in a folder and below. Where there is no folder
// there is none.
func manifestsIn(dir string, f func(path string) error) error {
	dir += string(filepath.Separator) // the folder, if it is a link to one
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && path == dir:
			return fs.SkipAll
		case err != nil:
			return err
		case d.IsDir() && path != dir && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case !d.Type().IsRegular() || !isManifest(d.Name()):
			return nil
		}
		return f(path)
	})
}

// agentOf tells what applies objects from how their order is said.
func agentOf(set manifest.Set) string {
	for _, n := range set {
		annotations := manifest.Texts(manifest.Lookup(n.YNode(), "metadata", "annotations"))
		if annotations[manifest.LayerAnnotation] != "" {
			return "flux"
		}
		for key := range annotations {
			if strings.HasPrefix(key, "argocd.argoproj.io/") {
				return "argocd"
			}
		}
	}
	return "plain"
}
