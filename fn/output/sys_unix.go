//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package output

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"syscall"

	"golang.org/x/sys/unix"
)

// tryLock locks the folder itself, so that no lock file is left in anybody's
// tree. It returns nil if another process holds the lock.
func tryLock(dir string) (release func(), err error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	for {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err != unix.EINTR {
			break
		}
	}
	if err == unix.EWOULDBLOCK {
		f.Close()
		return nil, nil
	}
	// Some network file systems lock no folders. There writers do not take
	// turns; we would rather write than not.
	return func() { f.Close() }, nil
}

// chown gives name the owner and group of like, or at least the group, if we
// may.
func chown(root *os.Root, name string, like fs.FileInfo) {
	st, ok := like.Sys().(*syscall.Stat_t)
	if !ok {
		return
	}
	if root.Lchown(name, int(st.Uid), int(st.Gid)) != nil {
		root.Lchown(name, -1, int(st.Gid))
	}
}

// syncDir makes the names in a folder last.
func syncDir(root *os.Root, name string) error {
	d, err := root.Open(path.Join(".", name))
	if err != nil {
		return err
	}
	defer d.Close()
	// Some file systems cannot sync a folder, and need not.
	if err := d.Sync(); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
