package output

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A folder is the output folder as it stands.
type folder struct {
	dir  string   // as the caller named it, for messages
	root *os.Root // nil where there is no folder yet
	// owned and layers are the paths and subfolders that the ledgers claim,
	// whether or not they exist.
	owned  map[string]bool
	layers map[string]bool
}

// openFolder reads the ledgers. Subfolders that a new tree needs are looked
// into as well, since a lost ledger at the top must not orphan theirs.
func openFolder(dir, target string, t *tree) (*folder, error) {
	f := &folder{dir: dir, owned: map[string]bool{}, layers: map[string]bool{}}
	root, err := os.OpenRoot(target)
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, reason(err))
	}
	f.root = root
	if err := f.claim(t); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (f *folder) Close() {
	if f.root != nil {
		f.root.Close()
	}
}

// at is how a message names a path in the folder.
func (f *folder) at(p string) string { return filepath.Join(f.dir, filepath.FromSlash(p)) }

// claim fills owned and layers. All that is wrong is reported at once.
func (f *folder) claim(t *tree) error {
	var errs []error
	listed, pending, err := f.ledger(ledgerFile)
	errs = append(errs, err)
	for _, name := range listed {
		switch {
		case isFile(name):
			f.owned[name] = true
		case isLayer(name):
			f.layers[name] = true
		default:
			errs = append(errs, f.foreignEntry(ledgerFile, name))
		}
	}
	for _, p := range pending {
		if !isPath(p) {
			errs = append(errs, f.foreignEntry(ledgerFile, p))
			continue
		}
		f.owned[p] = true
		if layer, _, nested := strings.Cut(p, "/"); nested {
			f.layers[layer] = true
		}
	}
	look := maps.Clone(f.layers)
	for _, l := range t.layers {
		look[l] = true
	}
	for _, l := range slices.Sorted(maps.Keys(look)) {
		errs = append(errs, f.claimLayer(l))
	}
	return errors.Join(errs...)
}

func (f *folder) claimLayer(layer string) error {
	info, err := f.root.Lstat(layer)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", f.at(layer), reason(err))
	case !info.IsDir():
		return fmt.Errorf("%s: %s where airstrip keeps a folder: move it or choose another --output", f.at(layer), describe(info))
	}
	ledger := path.Join(layer, ledgerFile)
	listed, _, err := f.ledger(ledger)
	errs := []error{err}
	for _, name := range listed {
		if !isFile(name) {
			errs = append(errs, f.foreignEntry(ledger, name))
			continue
		}
		f.owned[path.Join(layer, name)] = true
		f.layers[layer] = true
	}
	return errors.Join(errs...)
}

// ledger reads one ledger, if it exists, and claims it.
func (f *folder) ledger(p string) (resources, pending []string, err error) {
	data, err := f.read(p)
	if err != nil || data == nil {
		return nil, nil, err
	}
	if resources, pending, err = decodeLedger(data); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.at(p), err)
	}
	f.owned[p] = true
	return resources, pending, nil
}

func (f *folder) foreignEntry(ledger, name string) error {
	return fmt.Errorf("%s: lists %q, which airstrip never writes: take it out and render again", f.at(ledger), name)
}

// read returns the content of a file, and nil if there is none. It refuses
// whatever is not a plain file: through a link we would write elsewhere.
func (f *folder) read(p string) ([]byte, error) {
	if f.root == nil {
		return nil, nil
	}
	info, err := f.root.Lstat(p)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("%s: %w", f.at(p), reason(err))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: %s where airstrip keeps a file: move it or choose another --output", f.at(p), describe(info))
	}
	data, err := f.root.ReadFile(p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.at(p), reason(err))
	}
	return data, nil
}

// rivals returns an error for each file that makes kustomize refuse a folder
// in which we keep a kustomization.yaml.
func (f *folder) rivals(t *tree) error {
	if f.root == nil {
		return nil
	}
	var errs []error
	for _, dir := range t.folders() {
		for _, name := range []string{"kustomization.yml", "Kustomization"} {
			p := path.Join(dir, name)
			if _, err := f.root.Lstat(p); err == nil {
				errs = append(errs, fmt.Errorf("%s: kustomize refuses a folder with two kustomizations: move it or choose another --output", f.at(p)))
			}
		}
	}
	return errors.Join(errs...)
}

// foreign lists what is neither ours nor going to be: files, and whole folders
// with a slash at the end.
func (f *folder) foreign(t *tree) ([]string, error) {
	if f.root == nil {
		return nil, nil
	}
	var found []string
	var list func(dir string) error
	list = func(dir string) error {
		entries, err := readDir(f.root, dir)
		if err != nil {
			return fmt.Errorf("%s: %w", f.at(dir), reason(err))
		}
		for _, e := range entries {
			p := path.Join(dir, e.Name())
			switch _, wanted := t.files[p]; {
			case wanted || f.owned[p] || dir == "" && isTemp(e.Name(), ""):
			case e.IsDir() && dir == "" && (f.layers[p] || slices.Contains(t.layers, p)):
				if err := list(p); err != nil {
					return err
				}
			case e.IsDir():
				found = append(found, p+"/")
			default:
				found = append(found, p)
			}
		}
		return nil
	}
	err := list("")
	return found, err
}

func describe(info fs.FileInfo) string {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return "a symbolic link"
	case info.IsDir():
		return "a folder"
	case info.Mode().IsRegular():
		return "a file"
	}
	return "a special file"
}

// reason strips the path that the caller puts in front.
func reason(err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		return p.Err
	case errors.As(err, &l):
		return l.Err
	}
	return err
}

// readDir lists a folder in the order of names. The empty name is the root.
func readDir(root *os.Root, name string) ([]fs.DirEntry, error) {
	d, err := root.Open(path.Join(".", name))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	entries, err := d.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}
