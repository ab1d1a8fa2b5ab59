package cluster

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// parentEnv has the test program be one that starts a process and is killed.
const parentEnv = "AIRSTRIP_E2E_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(parentEnv) == "" {
		os.Exit(Main(m))
	}
	p, err := startProcess(os.TempDir(), nil, "/bin/sleep", "600")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Remove(p.log)
	shared.processes = append(shared.processes, p)
	go func() {
		fmt.Println(p.cmd.Process.Pid)
		time.Sleep(time.Minute)
		os.Exit(1)
	}()
	os.Exit(Main(m)) // runs TestWaits
}

// TestWaits is what runs in a test program that is about to be interrupted.
func TestWaits(t *testing.T) {
	if os.Getenv(parentEnv) != "" {
		time.Sleep(time.Minute)
	}
}

// TestNothingIsLeft: what a test has started ends with it, whatever ends it.
func TestNothingIsLeft(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(signal.String(), func(t *testing.T) {
			parent := exec.Command(os.Args[0], "-test.run=^TestWaits$")
			parent.Env = append(os.Environ(), parentEnv+"=1")
			out, err := parent.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := parent.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(out).ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			child, err := strconv.Atoi(strings.TrimSpace(line))
			if err != nil {
				t.Fatalf("%s", line)
			}
			if !alive(child) {
				t.Fatal("it was not started")
			}
			time.Sleep(200 * time.Millisecond) // so that Main listens for signals
			parent.Process.Signal(signal)
			parent.Wait()
			for deadline := time.Now().Add(10 * time.Second); alive(child); time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					syscall.Kill(child, syscall.SIGKILL)
					t.Fatal("it is still there")
				}
			}
		})
	}
}

// alive tells whether a process runs: one that nobody has waited for does not.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}

func TestStopUsesForceWhereAskingDoesNotHelp(t *testing.T) {
	p, err := startProcess(t.TempDir(), nil, "/bin/sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.1; done")
	if err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(Tail(p.log), "deaf") {
		time.Sleep(10 * time.Millisecond)
	}
	p.stop()
	if alive(p.cmd.Process.Pid) {
		t.Error("it is still there")
	}
}
