package publish

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// heal mends what those of us left who were killed. One who had the lock has moved the
// branch or has not, which says whether the index is to follow.
func (r *Repository) heal(ctx context.Context) error {
	if pid, to, ready, ours := r.owner(); ours && !alive(pid) {
		if err := r.unlockRefs(ctx); err != nil {
			return err
		}
		head, err := r.commitOf(ctx, "HEAD")
		if err != nil {
			return err
		}
		if head == to {
			if err := os.Rename(ready, filepath.Join(r.dir, "index")); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		if err := os.Remove(r.lockPath()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return r.sweep()
}

// sweep deletes the files of processes that are gone.
func (r *Repository) sweep() error {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		for _, mark := range []string{readyMark, "index.lock."} {
			rest, ours := strings.CutPrefix(e.Name(), mark)
			number, _, _ := strings.Cut(rest, ".") // git adds .lock
			if pid, err := strconv.Atoi(number); ours && err == nil && !alive(pid) {
				if err := os.Remove(filepath.Join(r.dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
			}
		}
	}
	return nil
}

// unlockRefs deletes the locks on HEAD and its branch that a git has left which was
// killed with its airstrip as it moved the branch. Git commands that move them take the
// lock of the index first, which is still ours; so a lock that is younger than that one
// is of that git, and it has had the time to go away if the git is alive.
func (r *Repository) unlockRefs(ctx context.Context) error {
	ours, err := os.Stat(r.lockPath())
	if err != nil {
		return err
	}
	head, err := r.Head(ctx)
	if err != nil {
		return err
	}
	locks := []string{filepath.Join(r.dir, "HEAD.lock")}
	if head.Branch != "" {
		locks = append(locks, filepath.Join(r.common, "refs", "heads", filepath.FromSlash(head.Branch)+".lock"))
	}
	for _, lock := range locks {
		for wait := 50 * time.Millisecond; ; wait *= 2 {
			info, err := os.Stat(lock)
			if errors.Is(err, fs.ErrNotExist) {
				break
			}
			if err != nil {
				return err
			}
			if info.ModTime().Before(ours.ModTime()) {
				break // somebody else's, and git says so
			}
			if wait > time.Second {
				if err := os.Remove(lock); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
				break
			}
			if err := sleep(ctx, wait); err != nil {
				return err
			}
		}
	}
	return nil
}
