//go:build !windows

package output

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// killed starts a writer that goes on for ever and kills it at a random time.
func killed(t *testing.T, w way, dir, sets string) {
	t.Helper()
	cmd := command(t, w, dir, 1<<30, sets)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		rest, _ := io.ReadAll(out)
		t.Errorf("the writer says %s%s (%v)", line, rest, err)
	}
	time.Sleep(time.Duration(rand.IntN(30_000)) * time.Microsecond)
	cmd.Process.Kill()
	cmd.Wait()
}

// quick is a folder on a file system that syncs at once, if there is one: there
// a random moment is seldom one of waiting.
func quick(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "output")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// trees are the snapshots of the named sets, with the foreign file.
func trees(t *testing.T, names ...string) map[string]map[string]string {
	m := map[string]map[string]string{}
	for _, name := range names {
		dir := filepath.Join(quick(t), "want")
		way{exchange: exchange}.apply(t, dir, set(t, world(name)))
		write(t, filepath.Join(dir, "docs/README.md"), "mine")
		m[name] = snapshot(t, dir)
	}
	return m
}

func which(trees map[string]map[string]string, got map[string]string) string {
	for name, tree := range trees {
		if fmt.Sprint(tree) == fmt.Sprint(got) {
			return name
		}
	}
	return ""
}

const killRounds = 100

// Killed at any point, the folder is the old tree or the new one.
func TestKilledDuringExchange(t *testing.T) {
	if testing.Short() || !canExchange {
		t.Skip("slow, and only where folders can be exchanged")
	}
	for _, sets := range []string{"a,b", "a,layers"} {
		t.Run(sets, func(t *testing.T) {
			dir := filepath.Join(quick(t), "aks")
			write(t, filepath.Join(dir, "docs/README.md"), "mine")
			w := way{"exchange", exchange}
			want := trees(t, strings.Split(sets, ",")...)
			seen, left := map[string]int{}, 0
			for range killRounds / 2 {
				killed(t, w, dir, sets)
				name := which(want, snapshot(t, dir))
				if name == "" {
					t.Fatalf("neither the old tree nor the new one: %q", paths(t, dir))
				}
				seen[name]++
				if entries, _ := os.ReadDir(filepath.Dir(dir)); len(entries) > 1 {
					left++
				}
			}
			t.Logf("found %v, leftovers %d times", seen, left)
			w.apply(t, dir, set(t, world("a")))
			equal(t, which(want, snapshot(t, dir)), "a")
			entries, _ := os.ReadDir(filepath.Dir(dir))
			equal(t, len(entries), 1)
		})
	}
}

// In place, the promise is less: no half files, no ledger that names what does
// not exist, nothing foreign touched, and the next run heals.
func TestKilledInPlace(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	for _, sets := range []string{"a,b", "a,layers"} {
		t.Run(sets, func(t *testing.T) {
			dir := filepath.Join(quick(t), "aks")
			write(t, filepath.Join(dir, "docs/README.md"), "mine")
			w := ways()[0]
			names := strings.Split(sets, ",")
			want := trees(t, append(names, "other")...)
			mixed := 0
			for i := range killRounds / 2 {
				killed(t, w, dir, sets)
				got := snapshot(t, dir)
				if which(want, got) == "" {
					mixed++
				}
				checkInPlace(t, dir, got, want[names[0]], want[names[1]])
				// What comes next may be something else than was interrupted.
				next := []string{names[0], names[1], "other"}[i%3]
				w.apply(t, dir, set(t, world(next)))
				equal(t, which(want, snapshot(t, dir)), next)
				equal(t, len(paths(t, filepath.Dir(dir))), len(paths(t, dir))+1)
			}
			t.Logf("killed half way %d times", mixed)
		})
	}
}

func checkInPlace(t *testing.T, dir string, got, a, b map[string]string) {
	t.Helper()
	for p, data := range got {
		if strings.HasPrefix(p, tempPrefix) || strings.HasSuffix(p, "/") {
			continue
		}
		if path.Base(p) != ledgerFile {
			if data != a[p] && data != b[p] {
				t.Errorf("%s is of neither tree: %.40q", p, data)
			}
			continue
		}
		listed, _, err := decodeLedger([]byte(data))
		if err != nil {
			t.Errorf("%s: %v", p, err)
		}
		for _, name := range listed {
			if _, err := os.Stat(filepath.Join(dir, path.Dir(p), name)); err != nil {
				t.Errorf("%s lists %s: %v", p, name, err)
			}
		}
	}
	if got["docs/README.md"] != "mine" {
		t.Error("the foreign file is gone")
	}
}

// However many write at once, the result is one of theirs, whole.
func TestRaceOfProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("slow")
	}
	everyWay(t, func(t *testing.T, w way, dir string) {
		write(t, filepath.Join(dir, "docs/README.md"), "mine")
		names := []string{"a", "b", "layers", "layers2"}
		var wg sync.WaitGroup
		for _, name := range names {
			wg.Go(func() {
				if out, err := command(t, w, dir, 8, name).CombinedOutput(); err != nil {
					t.Errorf("%s: %v: %s", name, err, out)
				}
			})
		}
		wg.Wait()
		if which(trees(t, names...), snapshot(t, dir)) == "" {
			t.Errorf("the result is nobody's: %q", paths(t, dir))
		}
		entries, _ := os.ReadDir(filepath.Dir(dir))
		equal(t, len(entries), 1)
	})
}

// Writers of one process take turns too, and so do those that make the folder.
func TestRaceOfGoroutines(t *testing.T) {
	everyWay(t, func(t *testing.T, w way, dir string) {
		names := []string{"a", "b", "layers"}
		var wg sync.WaitGroup
		for i := range 9 {
			s := set(t, world(names[i%3]))
			wg.Go(func() {
				if _, err := w.try(dir, s); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		write(t, filepath.Join(dir, "docs/README.md"), "mine")
		if which(trees(t, names...), snapshot(t, dir)) == "" {
			t.Errorf("the result is nobody's: %q", paths(t, dir))
		}
		entries, _ := os.ReadDir(filepath.Dir(dir))
		equal(t, len(entries), 1)
	})
}
