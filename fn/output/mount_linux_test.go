package output

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// disk mounts a file system of its own, if it may.
func disk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("cannot mount: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func TestFullDisk(t *testing.T) {
	for _, w := range ways() {
		t.Run(w.name, func(t *testing.T) {
			top := disk(t, "256k")
			dir := filepath.Join(top, "aks")
			w.apply(t, dir, set(t, world("a")))
			fill(t, filepath.Join(top, "filler"))
			before := snapshot(t, top)
			_, err := w.try(dir, set(t, world("layers")))
			if !errors.Is(err, unix.ENOSPC) {
				t.Errorf("got %v, want no space left", err)
			}
			t.Log(err)
			equal(t, snapshot(t, top), before)
			if err := os.Remove(filepath.Join(top, "filler")); err != nil {
				t.Fatal(err)
			}
			w.apply(t, dir, set(t, world("layers")))
			equal(t, build(t, dir), encode(t, byLayer(set(t, world("layers")))))
		})
	}
}

// fill leaves room for some files, but not for all.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	info, _ := f.Stat()
	if err := f.Truncate(info.Size() - 4*4096); err != nil {
		t.Fatal(err)
	}
}

// A mount point cannot be exchanged, nor can a folder that holds one.
func TestMountPoints(t *testing.T) {
	dir := disk(t, "1m")
	w := way{"exchange", exchange}
	w.apply(t, dir, set(t, world("a")))
	w.apply(t, dir, set(t, world("layers")))
	equal(t, build(t, dir), encode(t, byLayer(set(t, world("layers")))))

	inner := disk(t, "1m")
	write(t, filepath.Join(inner, "kept"), "mine")
	target := filepath.Dir(inner) // TempDir makes it a folder beside others
	w.apply(t, target, set(t, world("a")))
	equal(t, snapshot(t, target)[filepath.Base(inner)+"/kept"], "mine")
	equal(t, build(t, target), encode(t, set(t, world("a"))))
}

func TestReadOnlyFileSystem(t *testing.T) {
	top := disk(t, "1m")
	dir := filepath.Join(top, "aks")
	w := way{"exchange", exchange}
	w.apply(t, dir, set(t, world("a")))
	if err := unix.Mount("", top, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		t.Skipf("cannot remount: %v", err)
	}
	before := snapshot(t, top)
	for _, to := range []string{dir, filepath.Join(top, "new")} {
		_, err := w.try(to, set(t, world("b")))
		equal(t, fmt.Sprint(err), to+": read-only file system: make the folder writable or choose another --output (nothing was changed)")
	}
	w.apply(t, dir, set(t, world("a"))) // with nothing to do, nothing is in the way
	equal(t, snapshot(t, top), before)
}
