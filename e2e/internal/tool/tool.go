// Package tool builds the programs that the e2e suite runs against: an API server,
// controllers. Each comes from a module of its own below e2e/tools, whose go.mod and
// go.sum say what it is made of, and is built once, into the cache folder of the user.
package tool

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// LimitEnv says how long the build of a tool that is not cached may take, such as
// 20m, and 0 that none is built. A test whose tool cannot be had under it is
// skipped. Without it a tool is given its own deadline, and has to be had.
const LimitEnv = "AIRSTRIP_E2E_BUILD"

// deadlines are of tools that take longer than deadline. They are for two cores
// that others use as well.
var deadlines = map[string]time.Duration{"k8s": 35 * time.Minute}

const deadline = 20 * time.Minute

// A test may set another home before it asks for a tool; what it takes to build one
// is that of the process.
var (
	environ       = os.Environ()
	cacheDir, _   = os.UserCacheDir()
	workingDir, _ = os.Getwd()
)

// Build returns the path of a program: package pkg of the module e2e/tools/MODULE,
// built with these linker flags beside -s and -w. What was built before is taken
// from the cache.
func Build(tb testing.TB, module, pkg string, ldflags ...string) string {
	tb.Helper()
	dir, err := moduleDir(module)
	if err != nil {
		tb.Fatal(err)
	}
	path, err := location(dir, pkg, ldflags)
	if err != nil {
		tb.Fatal(err)
	}
	if exists(path) {
		return path
	}
	limit, optional, err := allowed(module)
	if err != nil {
		tb.Fatal(err)
	}
	if limit <= 0 || testing.Short() {
		tb.Skipf("%s of e2e/tools/%s is not built (%s), and is not to be: %s=%s", filepath.Base(path), module, path, LimitEnv, os.Getenv(LimitEnv))
	}
	start := time.Now()
	err = once(path, func() error { return build(tb.Context(), dir, path, pkg, ldflags, limit) })
	var not *unavailable
	switch {
	case err == nil:
		tb.Logf("built %s of e2e/tools/%s in %s", filepath.Base(path), module, time.Since(start).Round(time.Second))
	case optional && errors.As(err, &not):
		tb.Skipf("%s of e2e/tools/%s: %v", filepath.Base(path), module, err)
	default:
		tb.Fatalf("%s of e2e/tools/%s: %v", filepath.Base(path), module, err)
	}
	return path
}

// Source returns the folder of a module that those of e2e/tools/MODULE are built from,
// by its path: a program may read what lies there.
func Source(tb testing.TB, module, path string) string {
	tb.Helper()
	dir, err := moduleDir(module)
	if err != nil {
		tb.Fatal(err)
	}
	limit, optional, err := allowed(module)
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(tb.Context(), max(limit, time.Minute))
	defer cancel()
	cmd := command(ctx, dir, "mod", "download", "-json", path)
	if limit <= 0 || testing.Short() {
		cmd.Env = append(cmd.Env, "GOPROXY=off") // what is there is taken
	}
	out, runErr := cmd.Output()
	var found struct{ Dir, Error string }
	if err := json.Unmarshal(out, &found); err == nil && found.Dir != "" {
		return found.Dir
	}
	reason := fmt.Sprintf("%s of e2e/tools/%s cannot be had: %s, %v", path, module, found.Error, runErr)
	if optional {
		tb.Skip(reason)
	}
	tb.Fatal(reason)
	return ""
}

// allowed is how long a build may take, and whether to do without is allowed too.
func allowed(module string) (limit time.Duration, optional bool, err error) {
	limit = deadline
	if d, ok := deadlines[module]; ok {
		limit = d
	}
	value, ok := os.LookupEnv(LimitEnv)
	if !ok {
		return limit, false, nil
	}
	most, err := time.ParseDuration(value)
	if err != nil {
		return 0, false, fmt.Errorf("%s=%s: want a duration such as 20m, or 0", LimitEnv, value)
	}
	return min(limit, most), true, nil
}

// unavailable is an error of the place that a tool is built in, not of the tool.
type unavailable struct{ reason string }

func (e *unavailable) Error() string { return e.reason }

// moduleDir is the folder of a module of e2e/tools.
func moduleDir(module string) (string, error) {
	for dir := workingDir; ; dir = filepath.Dir(dir) {
		if tools := filepath.Join(dir, "e2e", "tools"); exists(tools) {
			tool := filepath.Join(tools, module)
			if !exists(filepath.Join(tool, "go.mod")) {
				return "", fmt.Errorf("%s: no such module", tool)
			}
			return tool, nil
		}
		if filepath.Dir(dir) == dir {
			return "", errors.New("e2e/tools is not above " + workingDir)
		}
	}
}

// location is where a program is or will be. The name of the folder stands for all
// that decides what it is.
func location(dir, pkg string, ldflags []string) (string, error) {
	if cacheDir == "" {
		return "", errors.New("no folder for caches")
	}
	h := sha256.New()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if name := d.Name(); name != "go.mod" && name != "go.sum" && filepath.Ext(name) != ".go" {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		fmt.Fprintf(h, "%s %d\n%s", filepath.ToSlash(name), len(data), data)
		return err
	})
	if err != nil {
		return "", err
	}
	fmt.Fprintf(h, "%s %s/%s %s %q", runtime.Version(), runtime.GOOS, runtime.GOARCH, pkg, ldflags)
	name := programName(pkg)
	return filepath.Join(cacheDir, "airstrip-tests", name+"-"+hex.EncodeToString(h.Sum(nil))[:16], name), nil
}

// programName is what go build calls the program of a package.
func programName(pkg string) string {
	name := filepath.Base(filepath.ToSlash(pkg))
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return name
}

var (
	building sync.Mutex
	failed   = map[string]error{}
)

// once makes what is to be at path, and tries no second time: the tests after one
// that had to do without would each wait as long as it did.
func once(path string, produce func() error) error {
	building.Lock()
	defer building.Unlock()
	if err := failed[path]; err != nil {
		return err
	}
	if exists(path) {
		return nil
	}
	err := produce()
	failed[path] = err
	return err
}

// build builds a program under a name of its own and then gives it the one that
// everybody looks for, so that nobody ever starts half a file.
func build(ctx context.Context, dir, path, pkg string, ldflags []string, limit time.Duration) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(filepath.Dir(path), "build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	program := filepath.Join(temp, filepath.Base(path))
	flags := strings.Join(append([]string{"-s", "-w"}, ldflags...), " ")
	// That modules cannot be had is found out apart from what does not compile.
	missing := run(ctx, dir, "list", "-deps", pkg)
	if missing == nil {
		err = run(ctx, dir, "build", "-trimpath", "-ldflags="+flags, "-o", program, pkg)
	}
	switch {
	case ctx.Err() == context.DeadlineExceeded:
		return &unavailable{fmt.Sprintf("not built within %s; what was compiled is kept, and the next run goes on from there", limit)}
	case missing != nil:
		return &unavailable{"its modules cannot be had: " + missing.Error()}
	case err != nil:
		return err
	}
	if err := os.Link(program, path); err == nil || exists(path) {
		return nil
	}
	return os.Rename(program, path) // where a file has but one name
}

// run runs a go command in dir. The error ends with the last lines of its output.
func run(ctx context.Context, dir string, args ...string) error {
	cmd := command(ctx, dir, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go %s: %v\n%s", args[0], err, lastLines(stderr.Bytes()))
	}
	return nil
}

// command is a go command in dir.
func command(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(environ[:len(environ):len(environ)], "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // so that it ends its compilers
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// Debian returns the path of a program of a Debian package: of the one that is
// installed or, unpacked into the cache, of the one that apt-get has. FILE is where
// the package has it, such as usr/bin/etcd. Of other packages it gets only what is
// installed.
func Debian(tb testing.TB, pkg, file string) string {
	tb.Helper()
	if path, err := exec.LookPath(filepath.Base(file)); err == nil {
		return path
	}
	if cacheDir == "" {
		tb.Fatal("no folder for caches")
	}
	folder := filepath.Join(cacheDir, "airstrip-tests", "debian-"+pkg)
	path := filepath.Join(folder, filepath.FromSlash(file))
	if exists(path) {
		return path
	}
	limit, optional, err := allowed("")
	if err != nil {
		tb.Fatal(err)
	}
	if limit <= 0 || testing.Short() {
		tb.Skipf("%s of the package %s is not there, and is not to be downloaded: %s=%s", file, pkg, LimitEnv, os.Getenv(LimitEnv))
	}
	err = once(path, func() error { return unpack(tb.Context(), pkg, folder) })
	switch {
	case err == nil && exists(path):
		return path
	case err == nil:
		tb.Fatalf("the package %s has no %s", pkg, file)
	case optional:
		tb.Skipf("%s of the package %s: %v", file, pkg, err)
	default:
		tb.Fatalf("%s of the package %s: %v", file, pkg, err)
	}
	return ""
}

// unpack downloads a package and puts what is in it into folder. Nothing is
// installed, and nothing of it is started.
func unpack(ctx context.Context, pkg, folder string) error {
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(filepath.Dir(folder), "unpack-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	for _, script := range []string{`apt-get download "$1"`, `dpkg -x ./*.deb files`} {
		cmd := exec.CommandContext(ctx, "sh", "-c", script, "sh", pkg)
		cmd.Dir, cmd.Env = temp, environ
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %v\n%s", script, err, lastLines(out))
		}
	}
	if err := os.Rename(filepath.Join(temp, "files"), folder); err != nil && !exists(folder) {
		return err
	}
	return nil
}

func lastLines(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], "\n")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
