package output

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// calls are the system calls that a writer could see fail, if strace knows them.
var calls = []string{
	"openat", "read", "write", "close", "fsync", "renameat", "renameat2", "fchmodat", "?fchmodat2", "fchmod", "fchownat", "fchown", "unlinkat",
	"mkdirat", "getdents64", "newfstatat", "fstat", "statx", "flock", "fcntl", "readlinkat", "lseek", "linkat", "epoll_ctl",
}

// faults are what is done to each of them.
var faults = map[string]string{
	"no space": "error=ENOSPC", "I/O error": "error=EIO", "no access": "error=EACCES", "interrupted": "error=EINTR",
	// The call is not made, and the process dies in it; or it is made, and it dies right after.
	"killed before": "error=EIO:signal=SIGKILL", "killed after": "signal=SIGKILL",
}

// scene is a writer with a folder to itself.
type scene struct {
	name string
	// before makes what the writer finds.
	before func(t *testing.T, dir string)
	// env is what the writer is told.
	env func(dir string) []string
	// next writes once more, something else.
	next func(t *testing.T, dir string)
	// sample is one fault for each call, another each time, where the calls are many.
	sample bool
}

func scenes() []scene {
	w := ways()[len(ways())-1]
	file := func(dir string) string { return filepath.Join(dir, "file") }
	editor := func(dir string) []string { return []string{"OUTPUT_TEST_EDIT=" + file(dir)} }
	next := func(t *testing.T, dir string) {
		_, err := EditFile(context.Background(), file(dir), 0o600, func([]byte) ([]byte, error) { return []byte("next\n"), nil })
		if err != nil {
			t.Error(err)
		}
	}
	return []scene{
		{"new file", func(*testing.T, string) {}, editor, next, false},
		{"file", func(t *testing.T, dir string) { write(t, file(dir), "old\n") }, editor, next, false},
		{
			"folder", func(t *testing.T, dir string) { w.apply(t, filepath.Join(dir, "aks"), set(t, world("small a"))) },
			func(dir string) []string {
				return []string{"OUTPUT_TEST_DIR=" + filepath.Join(dir, "aks"), "OUTPUT_TEST_WAY=" + w.name, "OUTPUT_TEST_ROUNDS=1", "OUTPUT_TEST_SETS=small b"}
			},
			func(t *testing.T, dir string) { w.apply(t, filepath.Join(dir, "aks"), set(t, world("small c"))) },
			true,
		},
	}
}

// TestFaultAtEverySystemCall lets every system call of a writer fail, one at a
// time and in every way: there is what was there or what was to come, the answer
// is true, and the next writer finds its way and cleans up.
func TestFaultAtEverySystemCall(t *testing.T) {
	if testing.Short() {
		t.Skip("starts hundreds of processes")
	}
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	if out, err := exec.Command(strace, "-o", "/dev/null", "true").CombinedOutput(); err != nil {
		t.Skipf("strace may not trace here: %v: %s", err, out)
	}
	offset := rand.IntN(len(faults))
	for _, s := range scenes() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			in := injector{scene: s, strace: strace}
			all := in.traced(t)
			runs, seen := 0, map[string]int{}
			for i, at := range all {
				for j, fault := range slices.Sorted(maps.Keys(faults)) {
					if s.sample && (i+j+offset)%len(faults) != 0 {
						continue
					}
					if fault == "no space" && !slices.Contains([]string{"openat", "write", "fsync", "renameat", "mkdirat"}, at.call) {
						continue
					}
					// A call to close closes, whatever it says; strace would leave it open.
					if at.call == "close" && !strings.HasPrefix(fault, "killed") {
						continue
					}
					runs++
					seen[in.run(t, at, fault)]++
				}
			}
			t.Logf("%d calls, %d runs with one fault each: %v", len(all), runs, seen)
			for _, outcome := range []string{"refused, old", "done, new", "died, old", "died, new"} {
				if seen[outcome] == 0 {
					t.Errorf("no run ended %q: the faults miss the writer", outcome)
				}
			}
		})
	}
}

// injector runs the writer of a scene with faults.
type injector struct {
	scene
	strace string
	// old, new and next are the folder as it can be.
	old, new, after map[string]string
}

// call is one system call of a run, the nth of its name.
type call struct {
	call string
	n    int
}

func (in *injector) command(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(in.strace, append(append([]string{"-f"}, args...), self)...)
	cmd.Env = append(os.Environ(), in.env(dir)...)
	return cmd
}

// traced learns from a run with no faults what the folder is to be, and which
// calls are made, from the first that concerns it.
func (in *injector) traced(t *testing.T) []call {
	t.Helper()
	dir, logFile := t.TempDir(), filepath.Join(t.TempDir(), "log")
	in.before(t, dir)
	in.old = snapshot(t, dir)
	if out, err := in.command(t, dir, "-o", logFile, "-e", "trace="+strings.Join(calls, ",")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	in.new = snapshot(t, dir)
	in.next(t, dir)
	in.after = snapshot(t, dir)
	log, err := os.ReadFile(logFile)
	if err != nil {
		t.Fatal(err)
	}
	var all []call
	count := map[string]int{}
	begun, thread := false, ""
	// A line for each call, as in "123 openat(…": the writer keeps to the first thread.
	for _, m := range regexp.MustCompile(`(?m)^(\d+) +(\w+)\((.*)$`).FindAllStringSubmatch(string(log), -1) {
		if thread == "" {
			thread = m[1]
		}
		if m[1] != thread || strings.HasPrefix(m[3], "1, ") { // standard output
			continue
		}
		name := m[2]
		count[name]++
		begun = begun || strings.Contains(m[3], dir)
		// A call that is newer than strace has no name there, and cannot be made to fail.
		if begun && !strings.HasPrefix(name, "syscall_") {
			all = append(all, call{name, count[name]})
		}
	}
	if len(all) < 15 {
		t.Fatalf("only %v:\n%s", all, log)
	}
	return all
}

// run runs the writer with one fault and says how it ended.
func (in *injector) run(t *testing.T, at call, fault string) string {
	t.Helper()
	dir := t.TempDir()
	defer os.RemoveAll(dir)
	in.before(t, dir)
	cmd := in.command(t, dir, "-o", "/dev/null", "-e", "trace="+at.call, "-e", fmt.Sprintf("inject=%s:%s:when=%d", at.call, faults[fault], at.n))
	out, err := cmd.CombinedOutput()
	how := "done"
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		how = "died"
		if status := exit.Sys().(syscall.WaitStatus); status.ExitStatus() == 1 {
			how = "refused"
		}
	}
	// What a writer leaves beside the folder or the file is nothing to anybody, if it
	// is dead or says so.
	got := snapshot(t, dir)
	maps.DeleteFunc(got, func(name, _ string) bool {
		left := strings.Contains(name, tempPrefix)
		if left && how != "died" && !strings.Contains(string(out), tempPrefix) {
			t.Errorf("%s at %s #%d: leaves %s, and says %q", fault, at.call, at.n, name, out)
		}
		return left
	})
	state := "half"
	switch {
	case maps.Equal(got, in.old):
		state = "old"
	case maps.Equal(got, in.new):
		state = "new"
	}
	outcome := how + ", " + state
	says := string(out)
	switch outcome {
	case "died, old", "died, new", "done, new":
	case "refused, old":
		if strings.Contains(says, "written") || !strings.Contains(says, dir) {
			t.Errorf("%s at %s #%d: nothing was changed, and the writer says %q", fault, at.call, at.n, says)
		}
	case "refused, new":
		if strings.Contains(says, "nothing was changed") {
			t.Errorf("%s at %s #%d: all was changed, and the writer says %q", fault, at.call, at.n, says)
		}
	default:
		t.Errorf("%s at %s #%d: %s (%v), says %q, %q", fault, at.call, at.n, outcome, err, says, slices.Sorted(maps.Keys(got)))
	}
	in.next(t, dir)
	if got := snapshot(t, dir); !maps.Equal(got, in.after) {
		t.Errorf("%s at %s #%d: the next writer leaves %q", fault, at.call, at.n, slices.Sorted(maps.Keys(got)))
	}
	return outcome
}
