package tool

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// module is a module with one program, which prints a variable.
func module(t *testing.T, gomod, source string) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range map[string]string{"go.mod": gomod, "main.go": source} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const (
	gomod  = "module example.com/hello\n\ngo 1.26.0\n"
	source = "package main\n\nimport \"fmt\"\n\nvar version = \"none\"\n\nfunc main() { fmt.Println(version) }\n"
)

func TestBuiltProgramStaysWhereItIsFound(t *testing.T) {
	dir := module(t, gomod, source)
	path := filepath.Join(t.TempDir(), "hello-1", "hello")
	flags := []string{"-X main.version=v1"}
	if err := build(t.Context(), dir, path, "example.com/hello", flags, time.Minute); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(path).Output()
	if got := strings.TrimSpace(string(out)); err != nil || got != "v1" {
		t.Errorf("got %q, %v; want v1", got, err)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if len(left) != 1 {
		t.Errorf("beside the program are left: %v", left)
	}
}

func TestNothingIsMadeTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made")
	calls := 0
	makes := func(err error) error {
		return once(path, func() error { calls++; return err })
	}
	want := errors.New("it takes too long")
	if first, second := makes(want), makes(nil); first != want || second != want || calls != 1 {
		t.Errorf("got %v, then %v, of %d calls", first, second, calls)
	}
	path = filepath.Join(t.TempDir(), "there")
	if err := os.WriteFile(path, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := makes(want); err != nil || calls != 1 {
		t.Errorf("what is there: got %v, of %d calls", err, calls)
	}
}

func TestLocationTellsWhatAProgramIsMadeOf(t *testing.T) {
	const pkg = "example.com/hello"
	at := func(gomod, source, pkg string, ldflags ...string) string {
		path, err := location(module(t, gomod, source), pkg, ldflags)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	seen := map[string]string{at(gomod, source, pkg): "the program itself"}
	if seen[at(gomod, source, pkg)] == "" {
		t.Error("the same program is elsewhere in another folder")
	}
	for what, path := range map[string]string{
		"another go.mod":          at(gomod+"\n", source, pkg),
		"another source":          at(gomod, source+"\n", pkg),
		"another package":         at(gomod, source, pkg+"/v2/hello"),
		"a linker flag":           at(gomod, source, pkg, "-X main.version=v1"),
		"another linker flag":     at(gomod, source, pkg, "-X main.version=v2"),
		"lines moved to go.mod":   at(gomod+source, "", pkg),
		"two flags joined in one": at(gomod, source, pkg, "-X main.version=v1 -X main.version=v2"),
		"two flags":               at(gomod, source, pkg, "-X main.version=v1", "-X main.version=v2"),
	} {
		if other := seen[path]; other != "" {
			t.Errorf("%s and %s are at %s", what, other, path)
		}
		seen[path] = what
	}
}

// Only what the place of the build lacks lets a test be skipped.
func TestBuildTellsWhatIsMissingFromWhatIsWrong(t *testing.T) {
	for _, tt := range []struct {
		name, gomod, source string
		limit               time.Duration
		missing             bool
		want                string
	}{
		{"does not compile", gomod, "package main\n\nfunc main() { undefined() }\n", time.Minute, false, "undefined: undefined"},
		{"module that is not there", gomod, "package main\n\nimport _ \"airstrip.invalid/nowhere\"\n\nfunc main() {}\n", time.Minute, true, "airstrip.invalid/nowhere"},
		{"no time", gomod, source, time.Nanosecond, true, "not built within 1ns"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "hello-1", "hello")
			err := build(t.Context(), module(t, tt.gomod, tt.source), path, "example.com/hello", nil, tt.limit)
			var not *unavailable
			if err == nil || !strings.Contains(err.Error(), tt.want) || errors.As(err, &not) != tt.missing {
				t.Errorf("got %v; want %q, a reason to skip: %v", err, tt.want, tt.missing)
			}
			if exists(path) {
				t.Error("there is a program")
			}
		})
	}
}

func TestLimit(t *testing.T) {
	for _, tt := range []struct {
		value, module string
		want          time.Duration
		wantErr       bool
	}{
		{"0", "k8s", 0, false},
		{"5m", "k8s", 5 * time.Minute, false},
		{"2h", "k8s", 35 * time.Minute, false},
		{"2h", "flux", 20 * time.Minute, false},
		{"none", "flux", 0, true},
	} {
		t.Setenv(LimitEnv, tt.value)
		got, optional, err := allowed(tt.module)
		if got != tt.want || (err != nil) != tt.wantErr || err == nil && !optional {
			t.Errorf("%s=%s, %s: got %s, optional %v, %v", LimitEnv, tt.value, tt.module, got, optional, err)
		}
	}
	os.Unsetenv(LimitEnv)
	if got, optional, err := allowed("flux"); got != 20*time.Minute || optional || err != nil {
		t.Errorf("unset: got %s, optional %v, %v", got, optional, err)
	}
}

func TestModulesAreComplete(t *testing.T) {
	for _, name := range []string{"k8s", "flux", "gitea"} {
		dir, err := moduleDir(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{"go.mod", "go.sum"} {
			if !exists(filepath.Join(dir, file)) {
				t.Errorf("%s has no %s", dir, file)
			}
		}
	}
	if _, err := moduleDir("nothing"); err == nil {
		t.Error("e2e/tools/nothing is there")
	}
}

func TestInstalledProgramIsTaken(t *testing.T) {
	dir := t.TempDir()
	want := filepath.Join(dir, "airstrip-e2e-installed")
	if err := os.WriteFile(want, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	t.Setenv(LimitEnv, "0")
	if got := Debian(t, "no-such-package", "usr/bin/airstrip-e2e-installed"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
