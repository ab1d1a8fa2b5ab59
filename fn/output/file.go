package output

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// maxEdited is the largest file, in bytes, that EditFile reads.
const maxEdited = 64 << 20

// EditFile replaces one file as a whole, or makes it. Edit is given what the file
// holds, nil if there is none, and returns what it is to hold; with nil, or with
// the same bytes, the file is not touched. A file that is replaced keeps its mode
// and, if we may, its owner; a new one gets mode, less the umask. A link is
// followed.
//
// A writer that dies at any point leaves the old file or the new one, and what
// else it left is removed by the next. Writers of files in one folder take turns,
// so that what edit was given is what is replaced. On error nothing is changed,
// unless the error says otherwise.
func EditFile(ctx context.Context, name string, mode fs.FileMode, edit func(old []byte) ([]byte, error)) (changed bool, err error) {
	failed := func(err error) error {
		if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
			return fmt.Errorf("%s: %w: make the file and its folder writable (nothing was changed)", name, reason(err))
		}
		return fmt.Errorf("%s: %w (nothing was changed)", name, reason(err))
	}
	target := name
	if real, err := filepath.EvalSymlinks(name); err == nil {
		target = real
	} else if info, err := os.Lstat(name); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return false, fmt.Errorf("%s: a symbolic link to nothing", name)
	}
	dir, base := filepath.Split(target)
	if dir == "" {
		dir = "."
	}
	release, err := lock(ctx, dir)
	if err != nil {
		return false, failed(err)
	}
	defer release()
	root, err := os.OpenRoot(dir)
	if err != nil {
		return false, failed(err)
	}
	defer root.Close()
	old, info, err := readOld(root, base)
	if err != nil {
		return false, failed(err)
	}
	data, err := edit(old)
	if err != nil || data == nil || old != nil && bytes.Equal(old, data) {
		return false, err
	}
	if err := ctx.Err(); err != nil {
		return false, failed(err)
	}
	prefix := "." + base + tempPrefix
	if err := sweepFiles(root, prefix); err != nil {
		return false, failed(err)
	}
	temp := prefix + strings.ToLower(rand.Text()[:10])
	if err := writeFile(root, temp, data, mode, info); err != nil {
		return false, errors.Join(failed(err), removeFile(root, temp))
	}
	if err := root.Rename(temp, base); err != nil {
		return false, errors.Join(failed(err), removeFile(root, temp))
	}
	if err := syncDir(root, "."); err != nil {
		return true, fmt.Errorf("%s: written, but not yet safe from a power cut: %w", name, reason(err))
	}
	return true, nil
}

// readOld reads a file and what is known of it, nil if there is none.
func readOld(root *os.Root, name string) ([]byte, fs.FileInfo, error) {
	info, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, errors.New("not a regular file")
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxEdited+1))
	if err == nil && len(data) > maxEdited {
		err = fmt.Errorf("larger than %d MiB", maxEdited>>20)
	}
	if data == nil {
		data = []byte{}
	}
	return data, info, err
}

// sweepFiles removes what killed writers of a file left. The lock sees to it that
// they are dead.
func sweepFiles(root *os.Root, prefix string) error {
	entries, err := readDir(root, "")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Type().IsRegular() && strings.HasPrefix(e.Name(), prefix) {
			if err := removeFile(root, e.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

func removeFile(root *os.Root, name string) error {
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is left behind: remove it: %w", name, reason(err))
	}
	return nil
}
