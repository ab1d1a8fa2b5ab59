//go:build !windows

package output

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// put is EditFile with what the file is to hold.
func put(name, text string) (bool, error) {
	return EditFile(context.Background(), name, 0o600, func([]byte) ([]byte, error) { return []byte(text), nil })
}

func TestEditFileMakesReplacesAndLeavesAlone(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	var got []byte
	changed, err := EditFile(context.Background(), name, 0o640, func(old []byte) ([]byte, error) { got = old; return []byte("1"), nil })
	if !changed || err != nil || got != nil {
		t.Errorf("a new file: %v, %v, it held %q", changed, err, got)
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode() != 0o640 {
		t.Errorf("a new file has mode %v, %v", info.Mode(), err)
	}
	if err := os.Chmod(name, 0o604); err != nil {
		t.Fatal(err)
	}
	changed, err = EditFile(context.Background(), name, 0o640, func(old []byte) ([]byte, error) { return append(old, '2'), nil })
	if !changed || err != nil {
		t.Errorf("another text: %v, %v", changed, err)
	}
	long := time.Unix(1, 0)
	if err := os.Chtimes(name, long, long); err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string][]byte{"the same": []byte("12"), "nothing": nil} {
		changed, err = EditFile(context.Background(), name, 0o640, func([]byte) ([]byte, error) { return text, nil })
		if changed || err != nil {
			t.Errorf("%s: %v, %v", what, changed, err)
		}
	}
	mine := errors.New("mine")
	if _, err = EditFile(context.Background(), name, 0o640, func([]byte) ([]byte, error) { return []byte("3"), mine }); err != mine {
		t.Errorf("an error of edit: %v", err)
	}
	info, err = os.Stat(name)
	if err != nil || info.Mode() != 0o604 || !info.ModTime().Equal(long) {
		t.Errorf("touched: %v, %v, %v", info.Mode(), info.ModTime(), err)
	}
	equal(t, snapshot(t, filepath.Dir(name)), map[string]string{"file": "12"})
	// There is nothing, and there is a file with nothing in it.
	if changed, err = EditFile(context.Background(), name, 0, func([]byte) ([]byte, error) { return []byte{}, nil }); !changed || err != nil {
		t.Errorf("emptied: %v, %v", changed, err)
	}
	EditFile(context.Background(), name, 0, func(old []byte) ([]byte, error) { got = old; return nil, nil })
	if got == nil {
		t.Error("an empty file passes for none")
	}
}

func TestEditFileFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "real", "file"), "old")
	for link, to := range map[string]string{"link": "real/file", "dangling": "real/none", "round": "round"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if changed, err := put(filepath.Join(dir, "link"), "new"); !changed || err != nil {
		t.Errorf("%v, %v", changed, err)
	}
	for _, link := range []string{"dangling", "round"} {
		_, err := put(filepath.Join(dir, link), "new")
		equal(t, fmt.Sprint(err), filepath.Join(dir, link)+": a symbolic link to nothing")
	}
	equal(t, snapshot(t, dir), map[string]string{"real/": "", "real/file": "new", "link": "-> real/file", "dangling": "-> real/none", "round": "-> round"})
}

func TestEditFileRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644), os.Mkdir(filepath.Join(dir, "folder"), 0o755), os.WriteFile(filepath.Join(dir, "large"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(dir, "large"), maxEdited+1); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"pipe": "not a regular file", "folder": "not a regular file", "large": "larger than 64 MiB", "none/file": "no such file or directory",
	} {
		_, err := put(filepath.Join(dir, name), "new")
		equal(t, fmt.Sprint(err), filepath.Join(dir, name)+": "+want+" (nothing was changed)")
	}
	ctx, cancel := context.WithCancel(context.Background())
	_, err := EditFile(ctx, filepath.Join(dir, "file"), 0o644, func([]byte) ([]byte, error) { cancel(); return []byte("new"), nil })
	equal(t, fmt.Sprint(err), filepath.Join(dir, "file")+": context canceled (nothing was changed)")
	if len(paths(t, dir)) != 3 {
		t.Errorf("left behind: %q", paths(t, dir))
	}
}

// starve runs the writer of a file with less than it needs.
func starve(t *testing.T, name, env string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "OUTPUT_TEST_EDIT="+name, env+"=1")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 77 {
		t.Skip(string(out))
	}
	if err == nil {
		t.Error("no error")
	}
	return strings.TrimSpace(string(out))
}

func TestEditFileOnFullDisk(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "file")
	equal(t, starve(t, name, "OUTPUT_TEST_FSIZE"), name+": file too large (nothing was changed)")
	equal(t, len(paths(t, dir)), 0)
	write(t, name, "old\n")
	equal(t, starve(t, name, "OUTPUT_TEST_FSIZE"), name+": file too large (nothing was changed)")
	equal(t, snapshot(t, dir), map[string]string{"file": "old\n"})
}

func TestEditFileInReadOnlyFolder(t *testing.T) {
	dir := filepath.Join(public(t), "folder")
	name := filepath.Join(dir, "file")
	write(t, name, "old\n")
	giveAway(t, filepath.Dir(dir))
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	equal(t, starve(t, name, "OUTPUT_TEST_NOBODY"), name+": permission denied: make the file and its folder writable (nothing was changed)")
	equal(t, snapshot(t, dir), map[string]string{"file": "old\n"})
}

// What a killed writer left is removed, and nothing else.
func TestEditFileSweeps(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".file.airstrip-abc", ".file.airstrip-", ".other.airstrip-abc", "file.airstrip-abc", ".airstrip-abc"} {
		write(t, filepath.Join(dir, name), "x")
	}
	if _, err := put(filepath.Join(dir, "file"), "new"); err != nil {
		t.Fatal(err)
	}
	got := paths(t, dir)
	if len(got) < 4 || bytes.Contains([]byte(strings.Join(got, " ")), []byte(".file"+tempPrefix+"abc")) {
		t.Errorf("left: %q", got)
	}
}

// Writers take turns: no line is lost.
func TestEditFileTakesTurns(t *testing.T) {
	name := filepath.Join(quick(t), "file")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 10 {
				_, err := EditFile(context.Background(), name, 0o644, func(old []byte) ([]byte, error) { return fmt.Appendf(old, "%d.%d\n", i, j), nil })
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	text, err := os.ReadFile(name)
	if got := strings.Count(string(text), "\n"); err != nil || got != 80 {
		t.Errorf("%d lines, %v", got, err)
	}
}
