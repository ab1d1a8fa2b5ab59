package sopstest_test

import (
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/airstrip-dev/airstrip/internal/sopstest"
)

func TestCommandIsOfTheVersionThatWeLink(t *testing.T) {
	stdout, stderr, err := sopstest.Run(t, t.TempDir(), nil, "", "--version")
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	if want := "sops " + sopstest.Version; strings.TrimSpace(stdout) != want {
		t.Errorf("got %q, want %q", stdout, want)
	}
	for _, file := range []string{"../../go.mod", "../../e2e/sops/go.mod"} {
		mod, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if want := "github.com/getsops/sops/v3 v" + sopstest.Version; !strings.Contains(string(mod), want) {
			t.Errorf("%s: does not require %s", file, want)
		}
	}
}

func TestCommandIsBuiltOnce(t *testing.T) {
	before, err := os.Stat(sopstest.Binary(t))
	if err != nil {
		t.Fatal(err)
	}
	// Another home must not mean another build.
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", "")
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			after, err := os.Stat(sopstest.Binary(t))
			if err != nil || !os.SameFile(before, after) {
				t.Errorf("got another file, or none: %v", err)
			}
		})
	}
	wait.Wait()
}

func TestRunHasNothingOfTheEnvironment(t *testing.T) {
	t.Setenv("SOPS_AGE_RECIPIENTS", "age1m2d0fp8qw5pgfar29edpjhgvn53uc3s0mhyrvmehh0fsplpe5fassq65mr")
	dir := t.TempDir()
	args := []string{"encrypt", "--input-type", "yaml", "--output-type", "yaml", "--filename-override", "a.yaml"}
	if stdout, _, err := sopstest.Run(t, dir, nil, "a: b\n", args...); err == nil {
		t.Errorf("sealed for somebody whom only the environment named:\n%s", stdout)
	}
	stdout, stderr, err := sopstest.Run(t, dir, []string{"SOPS_AGE_RECIPIENTS=" + os.Getenv("SOPS_AGE_RECIPIENTS")}, "a: b\n", args...)
	if err != nil || !strings.Contains(stdout, "ENC[AES256_GCM,data:") {
		t.Errorf("%v\n%s%s", err, stdout, stderr)
	}
}

func TestExitCode(t *testing.T) {
	_, _, err := sopstest.Run(t, t.TempDir(), nil, "", "decrypt", "nowhere.yaml")
	if got := sopstest.ExitCode(err); got <= 0 {
		t.Errorf("got %d for a file that is not there", got)
	}
	if got := sopstest.ExitCode(nil); got != 0 {
		t.Errorf("got %d for no error", got)
	}
}
