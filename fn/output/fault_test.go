//go:build !windows

package output

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// public is a folder that an ordinary user can reach and owns.
func public(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "output")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
			if e != nil && e.IsDir() {
				os.Chmod(p, 0o700)
			}
			return nil
		})
		os.RemoveAll(dir)
	})
	return dir
}

// giveAway makes a tree that of an ordinary user.
func giveAway(t *testing.T, dir string) {
	t.Helper()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() != 0 {
		return
	}
	err := filepath.WalkDir(dir, func(p string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(p, 65534, 65534))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadOnlyFolders(t *testing.T) {
	tests := []struct {
		name          string
		folder, above fs.FileMode // of the target, 0 if it does not exist, and of the folder above
		want          string
	}{
		{"folder", 0o555, 0o755, "DIR: permission denied: make the folder writable or choose another --output (nothing was changed)"},
		{"folder and the one above", 0o555, 0o555, "DIR: permission denied: make the folder writable or choose another --output (nothing was changed)"},
		{"the one above, no folder", 0, 0o555, "DIR: permission denied: make the folder writable or choose another --output (nothing was changed)"},
		// One can still write in place.
		{"the one above", 0o755, 0o555, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, w := range ways() {
				above := filepath.Join(public(t), "rendered")
				dir := filepath.Join(above, "aks")
				if err := os.Mkdir(above, 0o755); err != nil {
					t.Fatal(err)
				}
				if tt.folder != 0 {
					w.apply(t, dir, set(t, world("a")))
					write(t, filepath.Join(dir, "docs/README.md"), "mine")
				}
				giveAway(t, filepath.Dir(above))
				if tt.folder != 0 {
					if err := os.Chmod(dir, tt.folder); err != nil {
						t.Fatal(err)
					}
				}
				if err := os.Chmod(above, tt.above); err != nil {
					t.Fatal(err)
				}
				before := snapshot(t, above)
				out, err := command(t, w, dir, 1, "layers", "OUTPUT_TEST_NOBODY=1").CombinedOutput()
				var exit *exec.ExitError
				if errors.As(err, &exit) && exit.ExitCode() == 77 {
					t.Skip(string(out))
				}
				if tt.want == "" {
					if err != nil {
						t.Errorf("%s: %s", w.name, out)
					}
					equal(t, snapshot(t, dir), trees(t, "layers")["layers"])
					continue
				}
				equal(t, strings.ReplaceAll(string(out), dir, "DIR"), tt.want+"\n")
				equal(t, snapshot(t, above), before)
			}
		})
	}
}

// A folder of ours keeps its owner when another user, who may, renders.
func TestOwnerIsKept(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give files away")
	}
	everyWay(t, func(t *testing.T, w way, dir string) {
		w.apply(t, dir, set(t, layered("a", "1", "10-base")))
		giveAway(t, dir)
		w.apply(t, dir, set(t, layered("a", "2", "10-base")))
		for _, p := range []string{"", "10-base", "10-base/configmap-a.yaml"} {
			info, err := os.Lstat(filepath.Join(dir, p))
			if err != nil {
				t.Fatal(err)
			}
			if st := info.Sys().(*syscall.Stat_t); st.Uid != 65534 || st.Gid != 65534 {
				t.Errorf("%q belongs to %d:%d", p, st.Uid, st.Gid)
			}
		}
	})
}

// A limit on the size of files stands for a disk that fills up half way.
func TestFileTooLarge(t *testing.T) {
	everyWay(t, func(t *testing.T, w way, dir string) {
		w.apply(t, dir, set(t, object("o1", "same everywhere")))
		before := snapshot(t, filepath.Dir(dir))
		out, err := command(t, w, dir, 1, "b", "OUTPUT_TEST_FSIZE=1").CombinedOutput()
		if err == nil {
			t.Error("no error")
		}
		equal(t, string(out), filepath.Join(dir, "configmap-b10.yaml")+": file too large (nothing was changed)\n")
		equal(t, snapshot(t, filepath.Dir(dir)), before)

		fresh := filepath.Join(filepath.Dir(dir), "x", "y", "fresh")
		if _, err := command(t, w, fresh, 1, "b", "OUTPUT_TEST_FSIZE=1").CombinedOutput(); err == nil {
			t.Error("no error")
		}
		equal(t, snapshot(t, filepath.Dir(dir)), before)
	})
}

// A pipe where a file should be must not make us wait for who writes into it.
func TestSpecialFiles(t *testing.T) {
	everyWay(t, func(t *testing.T, w way, dir string) {
		w.apply(t, dir, set(t, object("a", "1")))
		for _, name := range []string{"pipe", "configmap-b.yaml"} {
			if err := syscall.Mkfifo(filepath.Join(dir, name), 0o644); err != nil {
				t.Skip(err)
			}
		}
		before := snapshot(t, dir)
		_, err := w.try(dir, set(t, object("b", "1")))
		equal(t, fmt.Sprint(err), filepath.Join(dir, "configmap-b.yaml")+": a special file where airstrip keeps a file: move it or choose another --output")
		equal(t, snapshot(t, dir), before)
		w.apply(t, dir, set(t, object("c", "1")))
		equal(t, slices.Contains(paths(t, dir), "pipe"), true)
	})
}

// A stop between two files changes nothing.
func TestCancelledWhileStaging(t *testing.T) {
	everyWay(t, func(t *testing.T, w way, dir string) {
		w.apply(t, dir, set(t, object("a", "1")))
		before := snapshot(t, filepath.Dir(dir))
		p, err := NewPlan(t.Context(), dir, home, set(t, world("a")))
		if err != nil {
			t.Fatal(err)
		}
		p.exchange = w.exchange
		for n := range 8 {
			err := p.Apply(&expiring{Context: t.Context(), left: n})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("after %d looks: %v", n, err)
			}
			equal(t, snapshot(t, filepath.Dir(dir)), before)
		}
	})
}

// expiring is a context that ends when it has been asked often enough.
type expiring struct {
	context.Context
	left int
}

func (e *expiring) Err() error {
	if e.left--; e.left < 0 {
		return context.Canceled
	}
	return nil
}
