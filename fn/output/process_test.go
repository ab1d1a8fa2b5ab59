//go:build !windows

package output

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

func init() {
	// Where calls of a writer are counted, they are counted by thread: it keeps to the
	// first, which only an init can see to.
	if os.Getenv("OUTPUT_TEST_EDIT")+os.Getenv("OUTPUT_TEST_DIR") != "" {
		runtime.LockOSThread()
	}
}

// The test binary is also the writer that the tests start, starve and kill.
func TestMain(m *testing.M) {
	write := writer
	if name := os.Getenv("OUTPUT_TEST_EDIT"); name != "" {
		write = func() error { return edit(name) }
	} else if os.Getenv("OUTPUT_TEST_DIR") == "" {
		os.Exit(m.Run())
	}
	err := restrain()
	if err == nil {
		err = write()
	}
	if err != nil {
		fmt.Println(err)
		if errors.Is(err, errSkip) {
			os.Exit(77)
		}
		os.Exit(1)
	}
}

var errSkip = errors.New("the folder for the test is out of reach for an ordinary user")

// restrain takes rights away from a writer, if it is told to.
func restrain() error {
	if os.Getenv("OUTPUT_TEST_NOBODY") != "" && os.Getuid() == 0 {
		if err := errors.Join(syscall.Setgid(65534), syscall.Setuid(65534)); err != nil {
			return err
		}
		if _, err := os.Stat(filepath.Dir(os.Getenv("OUTPUT_TEST_DIR") + os.Getenv("OUTPUT_TEST_EDIT"))); err != nil {
			return errSkip
		}
	}
	if os.Getenv("OUTPUT_TEST_FSIZE") != "" {
		return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 512, Max: 512})
	}
	return nil
}

// writer renders the named sets into a folder, one after the other, as often
// as it is told.
func writer() error {
	dir := os.Getenv("OUTPUT_TEST_DIR")
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

// edit is the writer of one file, which says whether it changed it.
func edit(name string) error {
	changed, err := EditFile(context.Background(), name, 0o600, func([]byte) ([]byte, error) { return newText, nil })
	if changed {
		fmt.Println("changed")
	}
	return err
}

var newText = []byte(strings.Repeat("new\n", 3000))

// world is a stream of objects by name: flat or with layers, in part the same.
func world(name string) string {
	var objects []string
	n := 12
	if strings.HasPrefix(name, "small") {
		n = 2
	}
	for i := range n {
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
