package output

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// A folder that changed after it was planned is looked at again.
func TestApplyLooksAgain(t *testing.T) {
	everyWay(t, func(t *testing.T, w way, dir string) {
		p, err := NewPlan(t.Context(), dir, home, set(t, object("a", "1")))
		if err != nil {
			t.Fatal(err)
		}
		w.apply(t, dir, set(t, object("b", "1")))
		p.exchange = w.exchange
		if err := p.Apply(t.Context()); err != nil {
			t.Fatal(err)
		}
		equal(t, changes(p), []string{"+ configmap-a.yaml", "- configmap-b.yaml", "~ kustomization.yaml"})
		equal(t, paths(t, dir), []string{"configmap-a.yaml", "kustomization.yaml"})
	})
}

func TestForeignFilesStay(t *testing.T) {
	everyWay(t, func(t *testing.T, w way, dir string) {
		w.apply(t, dir, set(t, layered("a", "1", "10-base"), layered("b", "1", "30-app")))
		write(t, filepath.Join(dir, "README.md"), "mine")
		write(t, filepath.Join(dir, "docs/deep/run.sh"), "#!/bin/sh\n")
		write(t, filepath.Join(dir, "10-base/NOTES"), "mine")
		if err := os.MkdirAll(filepath.Join(dir, "empty"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("../../elsewhere", filepath.Join(dir, "link")); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(dir, "docs/deep/run.sh"), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(dir, "docs"), 0o710); err != nil {
			t.Fatal(err)
		}
		script, _ := os.Stat(filepath.Join(dir, "docs/deep/run.sh"))
		docs, _ := os.Stat(filepath.Join(dir, "docs"))
		p := w.apply(t, dir, set(t, object("a", "2")))
		equal(t, p.Foreign, []string{"10-base/NOTES", "README.md", "docs/", "empty/", "link"})
		equal(t, paths(t, dir), []string{
			"10-base/", "10-base/NOTES", "README.md", "configmap-a.yaml",
			"docs/", "docs/deep/", "docs/deep/run.sh", "empty/", "kustomization.yaml", "link",
		})
		equal(t, snapshot(t, dir)["link"], "-> ../../elsewhere")
		after, err := os.Stat(filepath.Join(dir, "docs/deep/run.sh"))
		if err != nil || !os.SameFile(script, after) || after.Mode() != script.Mode() {
			t.Errorf("the script is another file: %v %v %v", err, script, after)
		}
		after, err = os.Stat(filepath.Join(dir, "docs"))
		if err != nil || after.Mode() != docs.Mode() || !after.ModTime().Equal(docs.ModTime()) {
			t.Errorf("the folder's mode or time changed: %v %v", docs, after)
		}
	})
}

// What comes into the folder while the new tree is made must not be lost with
// the old one.
func TestForeignFilesThatComeMeanwhile(t *testing.T) {
	if !canExchange {
		t.Skip("no exchange on this system")
	}
	dir := filepath.Join(t.TempDir(), "aks")
	w := way{exchange: exchange}
	w.apply(t, dir, set(t, object("a", "1")))
	write(t, filepath.Join(dir, "README.md"), "old")
	w.exchange = func(parent *os.File, a, b string) error {
		write(t, filepath.Join(dir, "new/deep/file"), "new")
		write(t, filepath.Join(dir, "tmp"), "newer")
		if err := os.Rename(filepath.Join(dir, "tmp"), filepath.Join(dir, "README.md")); err != nil {
			t.Fatal(err)
		}
		return exchange(parent, a, b)
	}
	w.apply(t, dir, set(t, object("b", "1")))
	equal(t, paths(t, filepath.Dir(dir)), []string{
		"aks/", "aks/README.md", "aks/configmap-b.yaml", "aks/kustomization.yaml", "aks/new/", "aks/new/deep/", "aks/new/deep/file",
	})
	equal(t, snapshot(t, dir)["README.md"], "newer")
}

func TestUnchangedIsUntouched(t *testing.T) {
	everyWay(t, func(t *testing.T, w way, dir string) {
		w.apply(t, dir, set(t, object("a", "1"), object("b", "1")))
		write(t, filepath.Join(dir, "README.md"), "mine")
		stat := func() map[string]fs.FileInfo {
			m := map[string]fs.FileInfo{}
			err := filepath.WalkDir(filepath.Dir(dir), func(p string, e fs.DirEntry, err error) error {
				if err != nil {
					return err
				}
				m[p], err = os.Lstat(p)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		same := func(a, b fs.FileInfo) bool {
			return a != nil && b != nil && os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Mode() == b.Mode()
		}

		before := stat()
		p := w.apply(t, dir, set(t, object("a", "1"), object("b", "1")))
		equal(t, len(p.Changes), 0)
		after := stat()
		equal(t, len(after), len(before))
		for path := range before {
			if !same(before[path], after[path]) {
				t.Errorf("%s was touched by a render with nothing changed", path)
			}
		}

		w.apply(t, dir, set(t, object("a", "1"), object("b", "2")))
		after = stat()
		for path, want := range map[string]bool{"configmap-a.yaml": true, "kustomization.yaml": true, "README.md": true, "configmap-b.yaml": false} {
			path = filepath.Join(dir, path)
			if got := same(before[path], after[path]); got != want {
				t.Errorf("%s: same is %v, want %v", path, got, want)
			}
		}
	})
}

func TestModesAreKept(t *testing.T) {
	everyWay(t, func(t *testing.T, w way, dir string) {
		w.apply(t, dir, set(t, layered("a", "1", "10-base")))
		for path, mode := range map[string]fs.FileMode{
			"": 0o750 | fs.ModeSetgid, "10-base": 0o705, "10-base/configmap-a.yaml": 0o640, "kustomization.yaml": 0o600,
		} {
			if err := os.Chmod(filepath.Join(dir, path), mode); err != nil {
				t.Fatal(err)
			}
		}
		w.apply(t, dir, set(t, layered("a", "2", "10-base"), layered("b", "1", "20-bootstrap")))
		for path, want := range map[string]fs.FileMode{
			"": fs.ModeDir | 0o750 | fs.ModeSetgid, "10-base": fs.ModeDir | 0o705, "10-base/configmap-a.yaml": 0o640, "kustomization.yaml": 0o600,
		} {
			info, err := os.Stat(filepath.Join(dir, path))
			if err != nil || info.Mode() != want {
				t.Errorf("%q: %v, %v, want %v", path, info.Mode(), err, want)
			}
		}
	})
}

func TestTargetIsALink(t *testing.T) {
	everyWay(t, func(t *testing.T, w way, dir string) {
		behind := filepath.Join(t.TempDir(), "behind")
		w.apply(t, behind, set(t, object("a", "1")))
		if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(behind, dir); err != nil {
			t.Fatal(err)
		}
		w.apply(t, dir, set(t, object("b", "1")))
		equal(t, paths(t, behind), []string{"configmap-b.yaml", "kustomization.yaml"})
		equal(t, paths(t, filepath.Dir(dir)), []string{"aks"})
	})
}

// A relative path that climbs and names folders that do not exist yet.
func TestRelativeTarget(t *testing.T) {
	top := t.TempDir()
	if err := os.Mkdir(filepath.Join(top, "work"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Join(top, "work"))
	for _, dir := range []string{"a/b/c", "../d/e", "f"} {
		way{exchange: exchange}.apply(t, dir, set(t, object("a", "1")))
		equal(t, paths(t, dir), []string{"configmap-a.yaml", "kustomization.yaml"})
	}
	write(t, "file", "")
	_, err := NewPlan(t.Context(), "file/x/y", home, set(t, object("a", "1")))
	equal(t, fmt.Sprint(err), "file: a file, not a folder: choose another --output")
	_, err = NewPlan(t.Context(), "/", home, set(t, object("a", "1")))
	equal(t, fmt.Sprint(err), "/: the root of the file system: choose another --output")
}

// An exchange would leave a shell in a folder that is gone, or take the ground
// from under a running git.
func TestFoldersThatAreNotExchanged(t *testing.T) {
	refuse := func(*os.File, string, string) error {
		t.Error("exchanged")
		return syscall.EINVAL
	}
	for name, prepare := range map[string]func(dir string){
		"working directory": func(dir string) { t.Chdir(dir) },
		"git work tree":     func(dir string) { write(t, filepath.Join(dir, ".git/HEAD"), "ref: refs/heads/main\n") },
	} {
		dir := filepath.Join(t.TempDir(), "aks")
		way{exchange: exchange}.apply(t, dir, set(t, object("a", "1")))
		prepare(dir)
		before, _ := os.Stat(dir)
		way{exchange: refuse}.apply(t, dir, set(t, object("b", "1")))
		after, _ := os.Stat(dir)
		if !os.SameFile(before, after) {
			t.Errorf("%s: the folder is another one", name)
		}
		if got := build(t, dir); got != encode(t, set(t, object("b", "1"))) {
			t.Errorf("%s: got %s", name, got)
		}
	}
}

// An exchange that fails for a reason that no other way avoids is an error,
// and leaves nothing.
func TestExchangeFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "aks")
	w := way{exchange: func(*os.File, string, string) error { return syscall.EIO }}
	w.apply(t, dir, set(t, object("a", "1")))
	if !canExchange {
		t.Skip("no exchange on this system")
	}
	before := snapshot(t, filepath.Dir(dir))
	_, err := w.try(dir, set(t, object("b", "1")))
	equal(t, fmt.Sprint(err), dir+": input/output error (nothing was changed)")
	equal(t, snapshot(t, filepath.Dir(dir)), before)
}

// The next run removes what a killed one left, and nothing else.
func TestLeftovers(t *testing.T) {
	everyWay(t, func(t *testing.T, w way, dir string) {
		above := filepath.Dir(dir)
		s := set(t, object("a", "1"))
		w.apply(t, dir, s)
		want := []string{".airstrip-aks-2-77/", ".airstrip-aks-2-77/tree/", ".airstrip-aks-notes/", ".airstrip-gke-5/", ".airstrip-aks-6"}
		for _, p := range []string{".airstrip-aks-2-77/tree", ".airstrip-aks-notes", ".airstrip-gke-5", ".airstrip-aks-1/tree/10-base", ".airstrip-aks-18446744073709551615", "aks/.airstrip-3"} {
			if err := os.MkdirAll(filepath.Join(above, p), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		write(t, filepath.Join(above, ".airstrip-aks-6"), "a file")
		write(t, filepath.Join(above, ".airstrip-aks-1/tree/10-base/x"), "half")
		write(t, filepath.Join(above, "aks/.airstrip-3/x"), "half")
		if err := os.Chmod(filepath.Join(above, ".airstrip-aks-1/tree/10-base"), 0o500); err != nil {
			t.Fatal(err)
		}
		p, err := NewPlan(t.Context(), dir, home, s)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, p.Foreign, nil)
		w.apply(t, dir, s)
		want = append(want, "aks/", "aks/configmap-a.yaml", "aks/kustomization.yaml")
		slices.Sort(want)
		equal(t, paths(t, above), want)
	})
}

func TestCancelledWhileWaiting(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "aks")
	p, err := NewPlan(t.Context(), dir, home, set(t, object("a", "1")))
	if err != nil {
		t.Fatal(err)
	}
	release, err := lock(t.Context(), filepath.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, cancel := context.WithTimeout(t.Context(), 20e6)
	defer cancel()
	err = p.Apply(ctx)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the end of the deadline", err)
	}
	equal(t, fmt.Sprint(err), dir+": waiting for another run to finish: context deadline exceeded")
	_, err = NewPlan(ctx, dir, home, set(t, object("a", "1")))
	equal(t, fmt.Sprint(err), dir+": waiting for another run to finish: context deadline exceeded")
	equal(t, paths(t, filepath.Dir(dir)), nil)
	release()
	if err := p.Apply(t.Context()); err != nil {
		t.Error(err)
	}
}

// A run that is cancelled before it writes leaves not even the folders above.
func TestCancelledLeavesNothing(t *testing.T) {
	top := t.TempDir()
	p, err := NewPlan(t.Context(), filepath.Join(top, "a/b/c"), home, set(t, object("a", "1")))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Apply(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	equal(t, paths(t, top), nil)
}

// A writer in place that was killed between two files has claimed what it was
// about to make and to delete. Whatever is rendered next, none of it is left.
func TestHalfWrittenInPlace(t *testing.T) {
	everyWay(t, func(t *testing.T, w way, dir string) {
		w.apply(t, dir, set(t, object("a", "1"), object("gone", "1")))
		was, err := os.ReadFile(filepath.Join(dir, ledgerFile))
		if err != nil {
			t.Fatal(err)
		}
		claim, err := withPending(was, []string{"10-base/configmap-b.yaml", "10-base/kustomization.yaml", "configmap-gone.yaml", "configmap-new.yaml", "30-app/configmap-c.yaml"})
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, ledgerFile), string(claim))
		write(t, filepath.Join(dir, "10-base/configmap-b.yaml"), "half of the other tree")
		write(t, filepath.Join(dir, "configmap-new.yaml"), "half of the other tree")
		equal(t, build(t, dir), encode(t, set(t, object("a", "1"), object("gone", "1"))))
		p := w.apply(t, dir, set(t, object("a", "1"), object("new", "2")))
		equal(t, changes(p), []string{"- 10-base/configmap-b.yaml", "- configmap-gone.yaml", "~ configmap-new.yaml", "~ kustomization.yaml"})
		equal(t, p.Foreign, nil)
		equal(t, paths(t, dir), []string{"configmap-a.yaml", "configmap-new.yaml", "kustomization.yaml"})
	})
}
