//go:build !windows

package output

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// The test binary is also the writer that the tests start, starve and kill.
func TestMain(m *testing.M) {
	if os.Getenv("OUTPUT_TEST_DIR") == "" {
		os.Exit(m.Run())
	}
	if err := writer(); err != nil {
		fmt.Println(err)
		if errors.Is(err, errSkip) {
			os.Exit(77)
		}
		os.Exit(1)
	}
}

var errSkip = errors.New("the folder for the test is out of reach for an ordinary user")

// writer renders the named sets into a folder, one after the other, as often
// as it is told.
func writer() error {
	dir := os.Getenv("OUTPUT_TEST_DIR")
	if os.Getenv("OUTPUT_TEST_NOBODY") != "" && os.Getuid() == 0 {
		if err := errors.Join(syscall.Setgid(65534), syscall.Setuid(65534)); err != nil {
			return err
		}
		if _, err := os.Stat(filepath.Dir(dir)); err != nil {
			return errSkip
		}
	}
	if os.Getenv("OUTPUT_TEST_FSIZE") != "" {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 512, Max: 512}); err != nil {
			return err
		}
	}
	var w way
	for _, w = range ways() {
		if w.name == os.Getenv("OUTPUT_TEST_WAY") {
			break
		}
	}
	var rounds int
	fmt.Sscan(os.Getenv("OUTPUT_TEST_ROUNDS"), &rounds)
	for i := range rounds {
		for _, name := range strings.Split(os.Getenv("OUTPUT_TEST_SETS"), ",") {
			s, _, err := manifest.Decode(strings.NewReader(world(name)), name)
			if err != nil {
				return err
			}
			if _, err := w.try(dir, s); err != nil {
				return err
			}
			if i == 0 {
				fmt.Println("ready")
			}
		}
	}
	return nil
}

// world is a stream of objects by name: flat or with layers, in part the same.
func world(name string) string {
	var objects []string
	for i := range 12 {
		text := "same everywhere"
		if i%2 == 0 {
			text = strings.Repeat(name+" ", 400)
		}
		switch {
		case strings.HasPrefix(name, "layers"):
			objects = append(objects, layered(fmt.Sprint("o", i), text, []string{"10-base", "30-app"}[i%2]))
		case i > 8: // names of its own
			objects = append(objects, object(fmt.Sprint(name, i), text))
		default:
			objects = append(objects, object(fmt.Sprint("o", i), text))
		}
	}
	return strings.Join(objects, "---\n")
}

func command(t testing.TB, w way, dir string, rounds int, sets string, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "OUTPUT_TEST_DIR="+dir, "OUTPUT_TEST_WAY="+w.name, "OUTPUT_TEST_SETS="+sets, fmt.Sprint("OUTPUT_TEST_ROUNDS=", rounds))
	cmd.Env = append(cmd.Env, env...)
	return cmd
}
