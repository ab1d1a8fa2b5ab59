package chart

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/ignore"
)

// readDir reads a chart directory as Helm does: .helmignore holds, and links
// are followed. Unlike Helm it follows no link out of the directory, because
// the directory may be a stranger's pull request and the link may lead to a
// file of the machine that renders it.
func readDir(dir string, b *budget) ([]*loader.BufferedFile, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()

	rules := ignore.Empty()
	switch text, err := root.ReadFile(ignore.HelmIgnore); {
	case err == nil:
		if rules, err = ignore.Parse(bytes.NewReader(text)); err != nil {
			return nil, fmt.Errorf("%s: %w", ignore.HelmIgnore, err)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	rules.AddDefaults()

	w := dirWalk{root: root, rules: rules, budget: b}
	if err := w.walk("."); err != nil {
		return nil, err
	}
	return unpackSubcharts(w.files, b)
}

type dirWalk struct {
	root   *os.Root
	rules  *ignore.Rules
	budget *budget
	files  []*loader.BufferedFile
}

func (w *dirWalk) walk(dir string) error {
	entries, err := fs.ReadDir(w.root.FS(), dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		fi, err := w.root.Stat(name) // follows links, refuses to leave the root
		if err != nil {
			if lfi, lerr := w.root.Lstat(name); lerr == nil && w.rules.Ignore(name, lfi) {
				continue
			}
			if e.Type()&fs.ModeSymlink != 0 {
				return fmt.Errorf("%s: this link cannot be followed within the chart's directory (%w); copy what it leads to", name, reason(err))
			}
			return err
		}
		if w.rules.Ignore(name, fi) {
			continue
		}
		if fi.IsDir() {
			// Counted as well: links that lead in circles make directories
			// out of nothing, until the system has seen too many on one path.
			if err := w.budget.spend(name, 0); err != nil {
				return err
			}
			if err := w.walk(name); err != nil {
				return err
			}
			continue
		}
		if err := w.read(name, fi); err != nil {
			return err
		}
	}
	return nil
}

func (w *dirWalk) read(name string, fi fs.FileInfo) error {
	if !fi.Mode().IsRegular() {
		return fmt.Errorf("%s: not a regular file", name)
	}
	if err := w.budget.spend(name, fi.Size()); err != nil {
		return err
	}
	data, err := w.root.ReadFile(name)
	if err != nil {
		return err
	}
	w.files = append(w.files, &loader.BufferedFile{Name: name, Data: bytes.TrimPrefix(data, utf8BOM)})
	return nil
}

// reason is an error of the file system without operation and path.
func reason(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}
