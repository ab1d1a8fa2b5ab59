//go:build !windows

package publish

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestHelperProcess is no test: it is the process that the tests below kill.
func TestHelperProcess(t *testing.T) {
	dir := os.Getenv("PUBLISH_TEST_DIR")
	if dir == "" {
		t.Skip("runs as a process of another test")
	}
	r, err := Open(context.Background(), dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	make := writes(t, rendered)
	if os.Getenv("PUBLISH_TEST_PUSH") != "" {
		_, err = r.Push(context.Background(), time.Minute, make)
	} else {
		_, err = r.Commit(context.Background(), make)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// shim is a git that counts its calls, and at one of them kills the process that called
// it: before git does its work, or after.
func shim(t *testing.T) (path, count string) {
	t.Helper()
	real, err := exec.LookPath("git")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	count = filepath.Join(dir, "count")
	script := fmt.Sprintf(`#!/bin/sh
n=$(($(cat %[1]s) + 1))
echo $n >%[1]s
if [ "$n" = "$KILL_BEFORE" ]; then kill -9 $PPID; exit 1; fi
if [ "$n" = "$KILL_AFTER" ]; then %[2]s "$@"; kill -9 $PPID; exit 1; fi
exec %[2]s "$@"
`, count, real)
	if err := os.WriteFile(filepath.Join(dir, "git"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir, count
}

func helper(t *testing.T, dir string, env ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run=^TestHelperProcess$")
	cmd.Env = append(append(os.Environ(), "PUBLISH_TEST_DIR="+dir, "TMPDIR="+t.TempDir()), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// whole checks what a killed commit has left, and that the next one mends and ends it.
func whole(t *testing.T, r *repo, head, index, others string) {
	t.Helper()
	_, err := os.Stat(filepath.Join(r.dir, ".git", "index.lock"))
	locked := err == nil
	moved := r.git("rev-parse", "main") != head
	if !moved && !strings.Contains(r.git("reflog", "main", "-1"), "first") {
		t.Error("the reflog has a commit that is not there")
	}
	if is := r.git("ls-files", "--stage"); !moved && is != index {
		t.Errorf("the index is\n%s", is)
	} else if moved && is == index && !locked {
		t.Error("the branch has moved, the index has not, and nothing keeps git from committing what is in it")
	}
	if !locked {
		if is := r.others(); is != others {
			t.Errorf("was\n%s\nis\n%s", others, is)
		}
	}

	repository, err := Open(context.Background(), r.dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	again := func(ctx context.Context, tree Tree) (Draft, error) {
		d, err := writes(t, map[string]string{"rendered/aks/service-a.yaml": "a: 2\n", "rendered/aks/service-c.yaml": "c: 1\n", "rendered/aks/service-s.yaml": "s: 2\n"})(ctx, tree)
		d.Paths = append(d.Paths, "rendered/aks/service-b.yaml")
		return d, errors.Join(err, os.RemoveAll(filepath.Join(tree.Dir, "rendered/aks/service-b.yaml")))
	}
	if _, err := repository.Commit(context.Background(), again); err != nil {
		t.Fatal(err)
	}
	if got := r.git("rev-list", "--count", "main"); got != "2" {
		t.Errorf("%s commits", got)
	}
	if is := r.others(); is != others {
		t.Errorf("after the next: was\n%s\nis\n%s", others, is)
	}
	if got := r.git("status", "--porcelain", "--untracked-files=all", "--", "rendered/aks/service-*"); got != "" {
		t.Errorf("after the next: %s", got)
	}
	entries, err := os.ReadDir(filepath.Join(r.dir, ".git"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "index.") {
			t.Errorf("%s is left", e.Name())
		}
	}
	if out, err := r.try("fsck", "--strict", "--no-dangling"); err != nil {
		t.Errorf("fsck: %s", out)
	}
}

// Killed before or after any of the git commands that it runs, airstrip leaves branch
// and index as they were, or the commit done.
func TestKilledAtEachGit(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a process for each time it is killed")
	}
	isolate(t)
	dir, count := shim(t)
	path := dir + ":" + os.Getenv("PATH")
	for _, when := range []string{"KILL_BEFORE", "KILL_AFTER"} {
		for n := 1; ; n++ {
			r := newRepo(t, before)
			work[1].do(r)
			work[3].do(r)
			head, index, others := r.git("rev-parse", "main"), r.git("ls-files", "--stage"), r.others()
			if err := os.WriteFile(count, []byte("0\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			err := helper(t, r.dir, "PATH="+path, when+"="+strconv.Itoa(n)).Run()
			if err == nil {
				if n < 8 {
					t.Errorf("it ran only %d git commands", n)
				}
				break
			}
			t.Run(fmt.Sprintf("%s/%d", when, n), func(t *testing.T) { whole(t, &repo{t, r.dir}, head, index, others) })
		}
	}
}

// Killed with all that it has started, whenever.
func TestKilledAnytime(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a process for each time it is killed")
	}
	isolate(t)
	took := time.Duration(0)
	for n := range 25 {
		r := newRepo(t, before)
		work[1].do(r)
		head, index, others := r.git("rev-parse", "main"), r.git("ls-files", "--stage"), r.others()
		cmd := helper(t, r.dir)
		start := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			time.Sleep(rand.N(took))
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		}
		_ = cmd.Wait()
		if n == 0 {
			took = time.Since(start)
			continue
		}
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			// A git that died with it may have had the lock of a copy of the index.
			whole(t, &repo{t, r.dir}, head, index, others)
		})
	}
}

// Asked to end, it ends, and leaves nothing.
func TestTerminated(t *testing.T) {
	isolate(t)
	r := newRepo(t, before)
	hook(t, filepath.Join(r.dir, ".git"), "pre-commit", "touch "+filepath.Join(r.dir, ".git", "hooked")+"\nsleep 60\n")
	was := r.git("rev-parse", "main") + r.git("ls-files", "--stage")
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for range 1000 {
			if _, err := os.Stat(filepath.Join(r.dir, ".git", "hooked")); err == nil {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
	}()
	start := time.Now()
	_, err := open(t, r.dir).Commit(ctx, writes(t, rendered))
	if !errors.Is(err, context.Canceled) || time.Since(start) > 30*time.Second {
		t.Errorf("got %v after %s", err, time.Since(start))
	}
	if is := r.git("rev-parse", "main") + r.git("ls-files", "--stage"); is != was {
		t.Error("branch or index has changed")
	}
	if left, _ := filepath.Glob(filepath.Join(r.dir, ".git", "index.*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// Another git's lock is waited for, and then named.
func TestLocked(t *testing.T) {
	isolate(t)
	r := newRepo(t, before)
	lock := filepath.Join(r.dir, ".git", "index.lock")
	if err := os.WriteFile(lock, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := open(t, r.dir).Commit(context.Background(), writes(t, rendered))
	locked := (*LockedError)(nil)
	if !errors.As(err, &locked) || locked.Ours != 0 || !strings.Contains(err.Error(), "another git command is at work, or was killed") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(lock); err != nil {
		t.Errorf("the lock is gone: %v", err)
	}
	// One that goes away in time is no trouble. The files are rendered by now.
	time.AfterFunc(200*time.Millisecond, func() { os.Remove(lock) })
	res, err := open(t, r.dir).Commit(context.Background(), func(_ context.Context, tree Tree) (Draft, error) {
		return Draft{Paths: []string{"rendered/aks/service-a.yaml"}, Message: "Render aks\n"}, nil
	})
	if err != nil || !res.Changed {
		t.Errorf("%+v, %v", res, err)
	}
}

// A git that was killed while it moved the branch leaves locks on HEAD and the branch,
// which the next run takes away: those that came after the lock on the index, which no
// other git passes. An older one is somebody else's.
func TestKilledMovingTheBranch(t *testing.T) {
	isolate(t)
	dead := exec.Command("true")
	if err := dead.Run(); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		age  time.Duration // of the locks on refs, to that on the index
		left bool
	}{{"of the same run", 0, false}, {"older", -time.Hour, true}} {
		t.Run(test.name, func(t *testing.T) {
			r := newRepo(t, before)
			dir := filepath.Join(r.dir, ".git")
			text := fmt.Sprintf("%s%d moves to %s with %sx%s", lockMark, dead.Process.Pid, strings.Repeat("1", 40), readyMark, lockAdvice)
			if err := os.WriteFile(filepath.Join(dir, "index.lock"), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			locks := []string{filepath.Join(dir, "HEAD.lock"), filepath.Join(dir, "refs", "heads", "main.lock")}
			for _, lock := range locks {
				if err := os.WriteFile(lock, nil, 0o644); err != nil {
					t.Fatal(err)
				}
				when := time.Now().Add(test.age)
				if err := os.Chtimes(lock, when, when); err != nil {
					t.Fatal(err)
				}
			}
			res, err := open(t, r.dir).Commit(context.Background(), writes(t, rendered))
			if test.left {
				if err == nil || !strings.Contains(err.Error(), ".lock") {
					t.Errorf("got %v", err)
				}
			} else if err != nil || !res.Changed {
				t.Errorf("%+v, %v", res, err)
			}
			for _, lock := range locks {
				if _, err := os.Stat(lock); (err == nil) != test.left {
					t.Errorf("%s: %v", lock, err)
				}
			}
		})
	}
}
