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
	"syscall"
)

// A swap makes the complete new tree beside the old one and exchanges the two.
// Its paths are relative to the folder above both.
type swap struct {
	plan  *Plan
	root  *os.Root // the folder above
	old   string   // the target
	temp  string   // the folder in which we stage
	tree  string   // the new tree in it; the old one after the exchange
	going map[string]bool
}

func (p *Plan) swap(ctx context.Context, parent, name string, exists bool) (err error) {
	root, err := os.OpenRoot(parent)
	if err != nil {
		return p.failed("", err)
	}
	defer root.Close()
	dir, err := root.Open(".")
	if err != nil {
		return p.failed("", err)
	}
	defer dir.Close()
	temp, err := mkTemp(root, name)
	if err != nil {
		return p.failed("", err)
	}
	s := &swap{plan: p, root: root, old: name, temp: temp, tree: path.Join(temp, "tree"), going: map[string]bool{}}
	for _, c := range p.Changes {
		s.going[c.Path] = true
	}
	if err := s.build(ctx, exists); err != nil {
		return errors.Join(err, s.discard())
	}
	if exists {
		err = p.exchange(dir, name, s.tree)
	} else {
		err = root.Rename(s.tree, name)
	}
	if err != nil {
		return errors.Join(p.failed("", err), s.discard())
	}
	// From here on the new tree stands: ctx is asked no more, and no error, whatever
	// it is of, leads to another way.
	left := filepath.Join(parent, temp)
	if err := syncDir(root, "."); err != nil {
		return fmt.Errorf("%s: written, but not yet safe from a power cut, and the old files are still in %s: %v", p.Dir, left, reason(err))
	}
	if exists {
		if err := s.rescue(""); err != nil {
			return fmt.Errorf("%s: written, but a file that came meanwhile may still be in %s: %v", p.Dir, left, reason(err))
		}
	}
	if err := s.discard(); err != nil {
		return fmt.Errorf("%s: written, but %v", p.Dir, err)
	}
	return nil
}

// build makes the new tree: links to what stays, files for what is new.
func (s *swap) build(ctx context.Context, exists bool) error {
	if err := s.root.Mkdir(s.tree, 0o777); err != nil {
		return s.plan.failed("", err)
	}
	if exists {
		info, err := s.root.Lstat(s.old)
		if err != nil {
			return s.plan.failed("", err)
		}
		// The mode comes first: it may decide the group of what is made inside.
		if err := become(s.root, s.tree, info); err != nil {
			return s.plan.failed("", err)
		}
		if err := s.carry(ctx, ""); err != nil {
			return err
		}
	}
	if err := s.plan.stage(ctx, s.root, s.old, s.tree); err != nil {
		return err
	}
	for _, dir := range slices.Backward(s.plan.tree.folders()) {
		if err := syncDir(s.root, path.Join(s.tree, dir)); err != nil {
			return s.plan.failed(dir, err)
		}
	}
	if err := syncDir(s.root, s.temp); err != nil {
		return s.plan.failed("", err)
	}
	return nil
}

// carry links into the new tree what stays of a folder of the old one.
func (s *swap) carry(ctx context.Context, dir string) error {
	if err := ctx.Err(); err != nil {
		return s.plan.failed("", err)
	}
	entries, err := readDir(s.root, path.Join(s.old, dir))
	if err != nil {
		return s.plan.failed(dir, err)
	}
	for _, e := range entries {
		p := path.Join(dir, e.Name())
		from, to := path.Join(s.old, p), path.Join(s.tree, p)
		switch {
		case s.going[p] || slices.Contains(s.plan.emptied, p):
			continue
		case e.IsDir():
			if err := s.carryDir(ctx, p); err != nil {
				return err
			}
		case e.Type()&fs.ModeSymlink != 0:
			// Not every system can link to a symbolic link.
			var target string
			if target, err = s.root.Readlink(from); err == nil {
				err = s.root.Symlink(target, to)
			}
		default:
			err = s.root.Link(from, to)
		}
		if err != nil {
			return s.plan.failed(p, err)
		}
	}
	return nil
}

func (s *swap) carryDir(ctx context.Context, dir string) error {
	from, to := path.Join(s.old, dir), path.Join(s.tree, dir)
	info, err := s.root.Lstat(from)
	if err != nil {
		return s.plan.failed(dir, err)
	}
	if err := s.root.Mkdir(to, 0o700); err != nil {
		return s.plan.failed(dir, err)
	}
	if err := s.carry(ctx, dir); err != nil {
		return err
	}
	// The mode comes last, as it may forbid us to write.
	err = errors.Join(syncDir(s.root, to), become(s.root, to, info), s.root.Chtimes(to, info.ModTime(), info.ModTime()))
	if err != nil {
		return s.plan.failed(dir, err)
	}
	return nil
}

// rescue carries over what came into a folder of the old tree, or was replaced
// in it, after we had looked.
func (s *swap) rescue(dir string) error {
	entries, err := readDir(s.root, path.Join(s.tree, dir))
	if err != nil {
		return err
	}
	for _, e := range entries {
		p := path.Join(dir, e.Name())
		if _, ours := s.plan.tree.files[p]; ours || s.plan.owned[p] {
			continue
		}
		if e.IsDir() {
			if err := s.rescue(p); err != nil {
				return err
			}
			continue
		}
		from, to := path.Join(s.tree, p), path.Join(s.old, p)
		was, err := s.root.Lstat(from)
		if err != nil {
			return err
		}
		is, err := s.root.Lstat(to)
		if err == nil && (os.SameFile(was, is) || was.Mode() == is.Mode() && was.Mode()&fs.ModeSymlink != 0) {
			continue
		}
		if err := s.root.MkdirAll(path.Dir(to), 0o777); err != nil {
			return err
		}
		if err := s.root.Rename(from, to); err != nil {
			return err
		}
	}
	return nil
}

// discard removes the folder in which we staged, and whatever is in it now.
func (s *swap) discard() error {
	if err := removeAll(s.root, s.temp); err != nil {
		return fmt.Errorf("%s is left behind: remove it: %w", filepath.Join(s.root.Name(), s.temp), reason(err))
	}
	return nil
}

// exchangeable reports whether the system can exchange the directory and
// nobody would miss its inode: not the caller's shell, if it stands in it, and
// not a running git.
func exchangeable(target string) bool {
	if !canExchange {
		return false
	}
	if _, err := os.Lstat(filepath.Join(target, ".git")); err == nil {
		return false
	}
	wd, err := os.Getwd()
	if err != nil {
		return true
	}
	if wd, err = filepath.EvalSymlinks(wd); err != nil {
		return true
	}
	rel, err := filepath.Rel(target, wd)
	return err != nil || !filepath.IsLocal(rel)
}

// cannotSwap reports whether an error is about the way and not about the work:
// then another way may lead there.
func cannotSwap(err error) bool {
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission) {
		return true
	}
	for _, no := range []syscall.Errno{
		syscall.EINVAL, syscall.EXDEV, syscall.EBUSY, syscall.EROFS, syscall.EMLINK, syscall.ENAMETOOLONG,
	} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}
