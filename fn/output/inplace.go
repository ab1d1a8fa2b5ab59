package output

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/airstrip-dev/airstrip/fn/diff"
)

// Where two more versions of the top ledger are staged, under names that no
// file of ours can have.
const (
	oldLedger = "kustomization.old"
	newLedger = "kustomization.new"
)

// inPlace writes file by file, in an order that leaves no moment at which a
// ledger names what does not exist, nor at which a file of ours is on no
// ledger. See the package doc for what that is worth.
func (p *Plan) inPlace(ctx context.Context, target string) (err error) {
	root, err := os.OpenRoot(target)
	if err != nil {
		return p.failed("", err)
	}
	defer root.Close()
	temp, err := mkTemp(root, "")
	if err != nil {
		return p.failed("", err)
	}
	defer func() {
		if gone := removeAll(root, temp); gone != nil {
			err = errors.Join(err, fmt.Errorf("%s: remove it: %w", filepath.Join(p.Dir, temp), reason(gone)))
		}
	}()

	pending := p.pending()
	if err := p.stage(ctx, root, "", temp); err != nil {
		return err
	}
	if err := p.stageLedgers(root, temp, pending); err != nil {
		return p.failed(ledgerFile, err)
	}
	if err := p.moveIn(root, temp, len(pending) > 0); err != nil {
		return fmt.Errorf("%s: written only in part: %w: render again", p.Dir, reason(err))
	}
	return nil
}

// pending lists what will come and go: while it does, the top ledger claims it.
func (p *Plan) pending() []string {
	var paths []string
	for _, c := range p.Changes {
		if (c.Old == nil || c.New == nil) && c.Path != ledgerFile {
			paths = append(paths, c.Path)
		}
	}
	return paths
}

// stageLedgers stages the top ledger three times: the old and the new one with
// a claim to what is pending, and the new one for good.
func (p *Plan) stageLedgers(root *os.Root, temp string, pending []string) error {
	if len(pending) == 0 {
		return nil
	}
	was, err := root.ReadFile(ledgerFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	like, _ := root.Lstat(ledgerFile)
	is := p.tree.files[ledgerFile]
	for name, ledger := range map[string][]byte{oldLedger: was, newLedger: is} {
		claim, err := withPending(ledger, pending)
		if err != nil {
			return err
		}
		if err := writeFile(root, path.Join(temp, name), claim, 0o666, like); err != nil {
			return err
		}
	}
	// It is staged already if it changes; in a tree with layers it may not.
	if err := writeFile(root, path.Join(temp, ledgerFile), is, 0o666, like); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(root, temp)
}

// moveIn makes what is staged visible.
func (p *Plan) moveIn(root *os.Root, temp string, pending bool) error {
	move := func(from, to string) error {
		if err := root.Rename(path.Join(temp, from), to); err != nil {
			return err
		}
		return syncDir(root, path.Dir(to))
	}
	if pending {
		if err := move(oldLedger, ledgerFile); err != nil {
			return err
		}
	}
	// Files come before the ledgers that list them, and go after.
	var files, ledgers, gone []diff.File
	top := pending
	for _, c := range p.Changes {
		switch {
		case c.Path == ledgerFile:
			top = true
		case c.New == nil:
			gone = append(gone, c)
		case path.Base(c.Path) == ledgerFile:
			ledgers = append(ledgers, c)
		default:
			files = append(files, c)
		}
	}
	for _, c := range append(files, ledgers...) {
		if err := root.MkdirAll(path.Dir(c.Path), 0o777); err != nil {
			return err
		}
		if err := move(c.Path, c.Path); err != nil {
			return err
		}
	}
	if pending {
		if err := move(newLedger, ledgerFile); err != nil {
			return err
		}
	}
	if err := p.clear(root, gone); err != nil {
		return err
	}
	if !top {
		return nil
	}
	return move(ledgerFile, ledgerFile)
}

// clear deletes what is no longer made, ledgers first.
func (p *Plan) clear(root *os.Root, gone []diff.File) error {
	slices.SortStableFunc(gone, func(a, b diff.File) int { return rank(a) - rank(b) })
	for _, c := range gone {
		if err := root.Remove(c.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err := syncDir(root, path.Dir(c.Path)); err != nil {
			return err
		}
	}
	for _, layer := range p.emptied {
		root.Remove(layer) // fails, as it should, if something came meanwhile
	}
	return nil
}

func rank(c diff.File) int {
	if path.Base(c.Path) == ledgerFile {
		return 0
	}
	return 1
}
