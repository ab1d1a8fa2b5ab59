// Package sopstest is the sops command for tests: the one that people type, built
// from source in a module of its own (e2e/sops), so that its command line is no
// dependency of ours. It is built once, into the cache folder of the user, and
// found there by whoever asks next.
package sopstest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// Version is that of the command, and of the library in go.mod.
const Version = "3.13.3"

// command is the import path of the command.
const command = "github.com/getsops/sops/v3/cmd/sops"

// A test may set another home before it asks for the command; what it takes to
// build it is that of the process.
var (
	environ       = os.Environ()
	cacheDir, _   = os.UserCacheDir()
	workingDir, _ = os.Getwd()
)

// Binary returns the path of the command, built if it is not there yet: that takes
// a minute, and as many modules as it needs have to be in the module cache. With
// -short it is not built.
func Binary(tb testing.TB) string {
	tb.Helper()
	path, err := location()
	if err != nil {
		tb.Fatal(err)
	}
	if exists(path) {
		return path
	}
	if testing.Short() {
		tb.Skipf("-short: %s is not built", path)
	}
	if err := build(path); err != nil {
		tb.Fatalf("the sops command of e2e/sops cannot be built: %v", err)
	}
	return path
}

// location is where the command is or will be. The name of the folder stands for
// all that decides what it is.
var location = sync.OnceValues(func() (string, error) {
	root, err := root()
	if err != nil {
		return "", err
	}
	if cacheDir == "" {
		return "", errors.New("no folder for caches")
	}
	h := sha256.New()
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(root, "e2e", "sops", name))
		if err != nil {
			return "", err
		}
		h.Write(data)
	}
	h.Write([]byte(runtime.Version()))
	name := "sops"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(cacheDir, "airstrip-tests", "sops-"+hex.EncodeToString(h.Sum(nil))[:16], name), nil
})

// root is the repository that the test runs in.
func root() (string, error) {
	for dir := workingDir; ; dir = filepath.Dir(dir) {
		if exists(filepath.Join(dir, "e2e", "sops", "go.mod")) {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", errors.New("e2e/sops is not above " + workingDir)
		}
	}
}

var building sync.Mutex

// build builds the command under a name of its own and then gives it the one that
// everybody looks for, so that nobody ever starts half a file. Of two processes
// that build at the same time the first gives it, and the other has the same.
func build(path string) error {
	building.Lock()
	defer building.Unlock()
	if exists(path) {
		return nil
	}
	root, err := root()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), "build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	temp := filepath.Join(dir, filepath.Base(path))
	cmd := exec.Command("go", "build", "-C", filepath.Join(root, "e2e", "sops"), "-o", temp, command)
	cmd.Env = append(environ[:len(environ):len(environ)], "CGO_ENABLED=0", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.New(strings.TrimSpace(err.Error() + "\n" + string(out)))
	}
	if err := os.Link(temp, path); err == nil || exists(path) {
		return nil
	}
	return os.Rename(temp, path) // where a file has but one name
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// patience is far above what any command here takes.
const patience = 2 * time.Minute

// Run runs the command in dir. Of the environment it gets the search path and
// what env adds, and a home that is empty, so that it finds no key but those of
// the test. The error is an [*exec.ExitError] where it has an exit code.
func Run(tb testing.TB, dir string, env []string, stdin string, args ...string) (stdout, stderr string, err error) {
	tb.Helper()
	home := tb.TempDir()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, Binary(tb), args...)
	cmd.Dir = dir
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "USERPROFILE=" + home, "XDG_CONFIG_HOME=" + filepath.Join(home, ".config"),
		"TMPDIR=" + home, "TMP=" + home, "SOPS_DISABLE_VERSION_CHECK=1",
	}, env...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	return out.String(), errs.String(), err
}

// ExitCode is the exit code that an error of [Run] stands for: 0 for nil, -1 for
// what never came to an end of its own.
func ExitCode(err error) int {
	if err == nil {
		return 0
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return -1
}
