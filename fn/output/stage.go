package output

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// tempPrefix begins the name of every folder in which we stage.
const tempPrefix = ".airstrip-"

// isTemp reports whether name is a folder in which the target was staged. The
// number after the last dash keeps the folders of "aks" and "aks-2" apart.
// Inside the target, where there is no name to tell, target is empty.
func isTemp(name, target string) bool {
	if target != "" {
		target += "-"
	}
	number, ok := strings.CutPrefix(name, tempPrefix+target)
	return ok && number != "" && strings.Trim(number, "0123456789") == ""
}

// mkTemp makes a folder that only we can enter.
func mkTemp(root *os.Root, target string) (string, error) {
	if target != "" {
		target += "-"
	}
	for {
		name := tempPrefix + target + strconv.FormatUint(rand.Uint64(), 10)
		if err := root.Mkdir(name, 0o700); !errors.Is(err, fs.ErrExist) {
			return name, err
		}
	}
}

// removeAll removes a folder, also where folders in it are read-only.
func removeAll(root *os.Root, name string) error {
	err := root.RemoveAll(name)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	var open func(dir string)
	open = func(dir string) {
		root.Chmod(dir, 0o700)
		entries, _ := readDir(root, dir)
		for _, e := range entries {
			if e.IsDir() {
				open(path.Join(dir, e.Name()))
			}
		}
	}
	open(name)
	return root.RemoveAll(name)
}

// sweep removes what killed writers of this target left, beside it and in it.
// The lock sees to it that they are dead.
func sweep(parent, name string) error {
	for _, place := range []struct{ dir, target string }{{parent, name}, {filepath.Join(parent, name), ""}} {
		root, err := os.OpenRoot(place.dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		defer root.Close()
		entries, err := readDir(root, "")
		if err != nil {
			return err
		}
		for _, e := range entries {
			if !e.IsDir() || !isTemp(e.Name(), place.target) {
				continue
			}
			if err := removeAll(root, e.Name()); err != nil {
				return fmt.Errorf("%s, left by a killed run, cannot be removed (%w): remove it",
					filepath.Join(place.dir, e.Name()), reason(err))
			}
		}
	}
	return nil
}

// stage writes all new content below the folder to, synced. What replaces a
// file in the folder from gets that file's mode and, if we may, its owner.
func (p *Plan) stage(ctx context.Context, root *os.Root, from, to string) error {
	for _, c := range p.Changes {
		if c.New == nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return p.failed("", err)
		}
		name := path.Join(to, c.Path)
		if err := root.MkdirAll(path.Dir(name), 0o777); err != nil {
			return p.failed(c.Path, err)
		}
		var like fs.FileInfo
		if c.Old != nil {
			like, _ = root.Lstat(path.Join(from, c.Path))
		}
		if err := writeFile(root, name, c.New, 0o666, like); err != nil {
			return p.failed(c.Path, err)
		}
	}
	return nil
}

// writeFile makes a file, synced, with the mode and, if we may, the owner of the
// one that it is to replace; where there is none, with mode, less the umask.
func writeFile(root *os.Root, name string, data []byte, mode fs.FileMode, like fs.FileInfo) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if like != nil {
		// Some file systems know one mode only, and say so.
		if err := become(root, name, like); err != nil && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

// become gives name the mode and, if we may, the owner of another file.
func become(root *os.Root, name string, like fs.FileInfo) error {
	chown(root, name, like)
	return root.Chmod(name, like.Mode())
}

// failed is an error about one path in the folder before anything is visible.
func (p *Plan) failed(path string, err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		err = fmt.Errorf("%w: make the folder writable or choose another --output", reason(err))
	}
	return fmt.Errorf("%s: %w (nothing was changed)", filepath.Join(p.Dir, filepath.FromSlash(path)), reason(err))
}

// mkdirAll makes a folder and those above it, and returns the ones it made,
// the deepest first.
func mkdirAll(dir string) (made []string, err error) {
	var missing []string
	for dir = filepath.Clean(dir); ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		missing = append(missing, dir)
	}
	for i := len(missing) - 1; i >= 0; i-- {
		err := os.Mkdir(missing[i], 0o777)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return made, err
		}
		made = append([]string{missing[i]}, made...)
	}
	return made, nil
}
