package publish

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The index and the branch of a work tree change together, and git has no one step for
// it. So the index that is to come is made ready beside the one that is there, and
// git's own lock is held over the two steps that are left: to move the branch, and to
// rename the index. Who is killed between them leaves the lock, by which git refuses
// to touch an index that does not fit its branch; the next run finishes or undoes.
//
// The lock is told from one of git's by what it holds, which no index begins with.
const (
	lockMark   = "airstrip commit: process "
	lockAdvice = ". If it is no longer running, run airstrip commit again, or delete this file.\n"
	readyMark  = "index.airstrip."
)

// A LockedError says that the index is locked by somebody else.
type LockedError struct {
	Path string
	Age  time.Duration
	Ours int // the process id of an airstrip that is at work, else 0
}

func (e *LockedError) Error() string {
	if e.Ours != 0 {
		return fmt.Sprintf("%s: another airstrip commit is at work (process %d)", e.Path, e.Ours)
	}
	return fmt.Sprintf("%s is there, for %s: another git command is at work, or was killed", e.Path, e.Age.Round(time.Second))
}

func (r *Repository) lockPath() string { return filepath.Join(r.dir, "index.lock") }

// readyPath is where an index is made ready, for one commit.
func (r *Repository) readyPath() string {
	return filepath.Join(r.dir, fmt.Sprintf("%s%d.%08x", readyMark, os.Getpid(), rand.Uint32()))
}

// lock takes git's lock on the index, and waits a little for whoever has it.
func (r *Repository) lock(ctx context.Context, ready, to string) (unlock func() error, err error) {
	for wait := 20 * time.Millisecond; ; wait *= 2 {
		err := exclusive(r.lockPath(), fmt.Sprintf("%s%d moves to %s with %s%s", lockMark, os.Getpid(), to, filepath.Base(ready), lockAdvice))
		if err == nil {
			return func() error { return os.Remove(r.lockPath()) }, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		if wait > 2*time.Second {
			return nil, r.locked()
		}
		if err := sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// exclusive makes a file that must not be there, whole: its content is there before
// its name is.
func exclusive(path, text string) error {
	temp := fmt.Sprintf("%s.%d.%08x", path, os.Getpid(), rand.Uint32())
	defer os.Remove(temp)
	if err := os.WriteFile(temp, []byte(text), 0o644); err != nil {
		return err
	}
	err := os.Link(temp, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// A file system without hard links.
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

func (r *Repository) locked() error {
	info, err := os.Stat(r.lockPath())
	if err != nil {
		return fmt.Errorf("the index: %w", err)
	}
	pid, _, _, _ := r.owner()
	return &LockedError{Path: r.lockPath(), Age: time.Since(info.ModTime()), Ours: pid}
}

// owner reads a lock of ours: the process that took it, the commit that it was about to
// move to, and the index that it had made ready.
func (r *Repository) owner() (pid int, to, ready string, ours bool) {
	data, err := os.ReadFile(r.lockPath())
	if err != nil {
		return 0, "", "", false
	}
	line, _, _ := strings.Cut(string(data), lockAdvice)
	rest, ours := strings.CutPrefix(line, lockMark)
	if !ours {
		return 0, "", "", false
	}
	number, rest, _ := strings.Cut(rest, " moves to ")
	to, name, _ := strings.Cut(rest, " with ")
	if pid, err = strconv.Atoi(number); err != nil || !strings.HasPrefix(name, readyMark) || name != filepath.Base(name) {
		return 0, "", "", false
	}
	return pid, to, filepath.Join(r.dir, name), true
}

// advance moves the branch that is checked out from one commit to another, the second
// a child of the first that holds what already stands in the work tree; and the index
// with it, in the paths that differ and in no other.
func (r *Repository) advance(ctx context.Context, h Head, to, subject string) error {
	return r.move(ctx, h, to, subject, func(g git) error { return r.follow(ctx, g, h.Commit, to) })
}

// follow puts the paths in which two commits differ into an index, as the second has
// them.
func (r *Repository) follow(ctx context.Context, g git, from, to string) error {
	entries, err := r.quiet().entries(ctx, from, to)
	if err != nil {
		return err
	}
	if _, err := g.feed(ctx, []byte(entries), "update-index", "-z", "--index-info"); err != nil {
		return err
	}
	// Files are told from the index by their times, which git looks up here; that others
	// have changes is no failure.
	_, err = g.ok(ctx, "update-index", "-q", "--refresh")
	return err
}

// move makes an index ready and then moves branch and index.
func (r *Repository) move(ctx context.Context, h Head, to, subject string, change func(g git) error) error {
	ready, index := r.readyPath(), filepath.Join(r.dir, "index")
	g := r.quiet().with("GIT_DIR="+r.dir, "GIT_WORK_TREE="+r.Root, "GIT_INDEX_FILE="+ready)
	defer os.Remove(ready) // unless it was renamed
	for range 5 {
		was, err := copyIndex(index, ready)
		if err != nil {
			return err
		}
		if err := change(g); err != nil {
			return err
		}
		moved, err := r.swap(ctx, h, to, subject, ready, was)
		if moved || err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: the index changes all the time: somebody else is at work in %s", index, r.Root)
}

// copyIndex copies an index, if there is one, and returns what is in it. Its time goes
// with it: git holds entries that are as young as their index for possibly changed
// (Documentation/technical/racy-git).
func copyIndex(from, to string) ([]byte, error) {
	info, err := os.Stat(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(to, data, info.Mode().Perm()); err != nil {
		return nil, err
	}
	return data, os.Chtimes(to, info.ModTime(), info.ModTime())
}

// swap does the two steps, unless somebody has changed the index since it was read.
func (r *Repository) swap(ctx context.Context, h Head, to, subject, ready string, was []byte) (moved bool, err error) {
	index := filepath.Join(r.dir, "index")
	unlock, err := r.lock(ctx, ready, to)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	is, err := os.ReadFile(index)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if string(is) != string(was) {
		return false, nil
	}
	// An interrupt waits from here on, for the time of a rename.
	ctx = context.WithoutCancel(ctx)
	now, err := r.Head(ctx)
	if err == nil && now != h {
		err = fmt.Errorf("%s: %w", r.Root, errMoved)
	}
	if err == nil {
		_, err = r.quiet().run(ctx, "update-ref", "-m", "commit: "+subject, "HEAD", to, h.Commit)
	}
	if err != nil {
		return false, err
	}
	return true, os.Rename(ready, index)
}

// errMoved says that HEAD is not what it was.
var errMoved = errors.New("somebody has committed or checked out something in the meantime: run airstrip commit again")

// entries lists the paths in which two commits differ, as update-index --index-info
// reads them.
func (g git) entries(ctx context.Context, from, to string) (string, error) {
	args := []string{"diff-tree", "-r", "-z", "--no-renames", "--raw", "--no-abbrev", from, to}
	if from == "" {
		args = []string{"diff-tree", "-r", "-z", "--no-renames", "--raw", "--no-abbrev", "--root", "--no-commit-id", to}
	}
	raw, err := g.list(ctx, args...)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i := 0; i+1 < len(raw); i += 2 {
		// :oldmode newmode oldid newid status
		f := strings.Fields(raw[i])
		if len(f) != 5 {
			return "", fmt.Errorf("git diff-tree: unexpected %q", raw[i])
		}
		fmt.Fprintf(&b, "%s %s\t%s\x00", f[1], f[3], raw[i+1])
	}
	return b.String(), nil
}
