// Package output makes a directory equal to a set of objects: one object a
// file, and a kustomization.yaml that lists the files in apply order.
//
// That kustomization.yaml is also the ledger of what is ours. Files it listed
// and that are no longer made are deleted; files it never listed are left
// alone and reported. A set with layers gets a subfolder for each, with a
// ledger of its own.
//
// The package refuses what would harm somebody: an empty set, a path taken by
// a file that is not ours, a kustomization.yaml of another hand, a ledger that
// lists what airstrip never writes, and links or folders where a file of ours
// should be.
//
// # The promise
//
// A writer that dies at any point, or a machine that loses power, leaves the
// old tree or the new one whole. The complete new tree is made beside the old
// one, hard links standing for all that stays, synced, and put in its place by
// one atomic exchange. Files that do not change keep inode and times; if none
// changes, nothing is touched. Writers into one directory take turns, by a
// lock that dies with its holder. What a killed writer left behind is removed
// by the next.
//
// Some directories cannot be exchanged or should not be: the file system knows
// no exchange or no hard links (network file systems, Windows), the directory
// is a mount point, the caller stands in it, it is the root of a git work
// tree, or we may not write beside it. It is then written in place, file by
// file, each whole: first the ledger claims what will come and go, then files
// are written, then the ledger lists the new tree, then files are deleted. So
// at every moment each ledger names only files that exist, and a writer that
// dies half way leaves files of both trees, all owned, for the next to heal.
//
// An exchange gives the directory a new inode; its mode is kept, its owner if
// we may. A file that somebody adds while we work is carried over, but what he
// deletes in that moment comes back.
//
// The package stands at level 2, behind validation and before the commit, and
// may import fn/manifest and fn/diff. The Go API is not stable; the config
// file, the flags and the output layout are.
package output

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/airstrip-dev/airstrip/fn/diff"
	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// A Plan is what it takes to make a directory equal to a set.
type Plan struct {
	// Dir is the directory, as the caller named it.
	Dir string
	// Changes are the files to create, replace and delete, ledgers included,
	// in the order of their paths. With none, there is nothing to do.
	Changes []diff.File
	// Unchanged counts the files that stay as they are.
	Unchanged int
	// Foreign are the paths in Dir that are not ours, folders with a slash at
	// the end. They are left alone.
	Foreign []string

	tree     *tree
	owned    map[string]bool
	emptied  []string // subfolders of ours that go, since nothing stays in them
	exchange func(parent *os.File, a, b string) error
}

// NewPlan compares dir with the set and changes nothing. Home is the namespace
// of the release, whose objects need no namespace in their file names. If
// somebody is writing, it waits for him to finish, or until ctx ends.
func NewPlan(ctx context.Context, dir, home string, s manifest.Set) (*Plan, error) {
	t, err := layout(home, s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	p := &Plan{Dir: dir, tree: t, exchange: exchange}
	target, err := resolve(dir)
	if err != nil {
		return nil, err
	}
	if filepath.Dir(target) == target {
		return nil, fmt.Errorf("%s: the root of the file system: choose another --output", dir)
	}
	release, err := lock(ctx, filepath.Dir(target))
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	// Who cannot lock may still look: there may be no folder above yet.
	if err == nil {
		defer release()
	}
	if err := p.look(target); err != nil {
		return nil, err
	}
	return p, nil
}

// Objects counts the objects that the directory holds, by its ledger, and those
// that it will hold.
func (p *Plan) Objects() (before, after int) {
	for name := range p.tree.files {
		if path.Base(name) != ledgerFile {
			after++
		}
	}
	before = after
	for _, c := range p.Changes {
		switch {
		case path.Base(c.Path) == ledgerFile:
		case c.Old == nil:
			before--
		case c.New == nil:
			before++
		}
	}
	return before, after
}

// Apply carries the plan out. It waits until nobody else writes beside the
// directory, or until ctx ends, and then looks again: afterwards the plan says
// what was done, which is what it said before unless somebody changed the
// directory in between.
//
// On error nothing is changed, unless the error says otherwise.
func (p *Plan) Apply(ctx context.Context) (err error) {
	target, err := resolve(p.Dir)
	if err != nil {
		return err
	}
	parent, name := filepath.Split(target)
	made, err := mkdirAll(parent)
	defer func() {
		if err != nil {
			for _, dir := range made {
				os.Remove(dir) // fails, as it should, if somebody uses it
			}
		}
	}()
	if err != nil {
		return fmt.Errorf("%s: %w", p.Dir, err)
	}
	release, err := lock(ctx, parent)
	if err != nil {
		return fmt.Errorf("%s: %w", p.Dir, err)
	}
	defer release()
	if err := p.look(target); err != nil {
		return err
	}
	if err := sweep(parent, name); err != nil {
		return fmt.Errorf("%s: %w", p.Dir, err)
	}
	if len(p.Changes) == 0 {
		return nil
	}
	_, err = os.Lstat(target)
	exists := err == nil
	if exists && !exchangeable(target) {
		return p.inPlace(ctx, target)
	}
	err = p.swap(ctx, parent, name, exists)
	if exists && cannotSwap(err) {
		return p.inPlace(ctx, target)
	}
	return err
}

// look fills the plan from the directory as it stands.
func (p *Plan) look(target string) error {
	f, err := openFolder(p.Dir, target, p.tree)
	if err != nil {
		return err
	}
	defer f.Close()
	p.Changes, p.Unchanged, p.Foreign, p.emptied, p.owned = nil, 0, nil, nil, f.owned
	errs := []error{f.rivals(p.tree)}
	for _, path := range p.tree.paths() {
		data := p.tree.files[path]
		old, err := f.read(path)
		switch {
		case err != nil:
			errs = append(errs, err)
		case old != nil && bytes.Equal(old, data):
			p.Unchanged++
		case old != nil && !f.owned[path]:
			errs = append(errs, fmt.Errorf("%s: airstrip needs this name, but the file is not listed in %s: move it or choose another --output",
				f.at(path), ledgerFile))
		default:
			p.Changes = append(p.Changes, diff.File{Path: path, Old: old, New: data})
		}
	}
	for path := range f.owned {
		if _, wanted := p.tree.files[path]; wanted {
			continue
		}
		old, err := f.read(path)
		if err != nil {
			errs = append(errs, err)
		} else if old != nil {
			p.Changes = append(p.Changes, diff.File{Path: path, Old: old})
		}
	}
	slices.SortFunc(p.Changes, func(a, b diff.File) int { return strings.Compare(a.Path, b.Path) })
	foreign, err := f.foreign(p.tree)
	p.Foreign = foreign
	for _, layer := range slices.Sorted(maps.Keys(f.layers)) {
		inside := func(path string) bool { return strings.HasPrefix(path, layer+"/") }
		if !slices.Contains(p.tree.layers, layer) && !slices.ContainsFunc(p.Foreign, inside) {
			p.emptied = append(p.emptied, layer)
		}
	}
	return errors.Join(append(errs, err)...)
}

// resolve returns the absolute path of the directory without links, also where
// it, or folders above it, do not exist yet.
func resolve(dir string) (string, error) {
	dir = filepath.Clean(dir)
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("%s: %w", dir, err)
	}
	target, err := filepath.EvalSymlinks(abs)
	if err == nil {
		info, err := os.Stat(target)
		if err == nil && !info.IsDir() {
			err = fmt.Errorf("%s: %s, not a folder: choose another --output", dir, describe(info))
		}
		return target, err
	}
	if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		return "", fmt.Errorf("%s: %w", dir, reason(err))
	}
	if _, err := os.Lstat(abs); err == nil {
		return "", fmt.Errorf("%s: a symbolic link to nothing: remove it or choose another --output", dir)
	}
	parent, err := resolve(filepath.Dir(dir))
	return filepath.Join(parent, filepath.Base(dir)), err
}
