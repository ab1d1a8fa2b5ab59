// Package airstrip runs the program under test, built from this repository, over
// copies of its overlays.
package airstrip

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// ChartsEnv names the folder with the official archives, as everywhere in this
// repository.
const ChartsEnv = "AIRSTRIP_CHARTS"

// Root is the repository.
func Root(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for ; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "bases", "airbyte")); err == nil {
			return dir
		}
	}
	tb.Fatal("the repository is not above the test")
	return ""
}

// Chart is a chart that overlays are rendered with.
type Chart struct {
	Name, Version, Path string
	Official            bool
}

// Generation is v1 or v2.
func (c Chart) Generation() string { return "v" + c.Version[:1] }

// StandIns are the charts of this repository that stand in for the official ones.
func StandIns(tb testing.TB) []Chart {
	root := Root(tb)
	var all []Chart
	for _, c := range []struct{ folder, version string }{{"v1", "1.9.0-standin.1"}, {"v2", "2.0.0-standin.1"}, {"v2-next", "2.1.0-standin.1"}} {
		all = append(all, Chart{"standin-" + c.folder, c.version, filepath.Join(root, "testdata", "charts", "airbyte", c.folder), false})
	}
	return all
}

// Charts are the official archives, or the stand-ins where there are none.
func Charts(tb testing.TB) []Chart {
	tb.Helper()
	dir := os.Getenv(ChartsEnv)
	if dir == "" {
		return StandIns(tb)
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(Root(tb), dir)
	}
	paths, err := filepath.Glob(filepath.Join(dir, "airbyte-[0-9]*.tgz"))
	if err != nil || len(paths) == 0 {
		tb.Fatalf("%s=%s: no airbyte-VERSION.tgz there", ChartsEnv, dir)
	}
	slices.Sort(paths)
	var all []Chart
	for _, path := range paths {
		version := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "airbyte-"), ".tgz")
		all = append(all, Chart{version, version, path, true})
	}
	return all
}

var program struct {
	sync.Mutex
	path string
}

// Program builds airstrip into dir, once for all tests of a process.
func Program(tb testing.TB, dir string) string {
	tb.Helper()
	program.Lock()
	defer program.Unlock()
	if program.path != "" {
		return program.path
	}
	path := filepath.Join(dir, "airstrip")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "./cmd/airstrip")
	cmd.Dir = Root(tb)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("airstrip cannot be built: %v\n%s", err, out)
	}
	program.path = path
	return path
}

// Tree is a copy of the overlays of the repository, for one namespace.
type Tree struct {
	Dir     string
	program string
	root    string
}

// NewTree copies the overlays, with the releases in this namespace. Their sealed
// Secrets hold every key that any release of the chart reads, so that each overlay
// renders with each.
func NewTree(tb testing.TB, program, namespace string) *Tree {
	tb.Helper()
	t := &Tree{tb.TempDir(), program, Root(tb)}
	for _, dir := range []string{"bases", "overlays", "examples", "testdata/overlays"} {
		if err := os.CopyFS(filepath.Join(t.Dir, dir), os.DirFS(filepath.Join(t.root, dir))); err != nil {
			tb.Fatal(err)
		}
	}
	sealed, err := filepath.Glob(filepath.Join(t.root, "testdata", "sealed", "*.sops.yaml"))
	if err != nil || len(sealed) == 0 {
		tb.Fatalf("no sealed Secrets: %v", err)
	}
	err = filepath.WalkDir(t.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.Name() != "kustomization.yaml" {
			return err
		}
		for _, from := range sealed {
			data, err := os.ReadFile(from)
			if err == nil {
				err = os.WriteFile(filepath.Join(filepath.Dir(path), filepath.Base(from)), data, 0o644)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = t.rename(namespace)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// rename writes another namespace where the overlays and the metadata of sealed
// Secrets, which is in clear and outside the MAC, have airbyte.
func (t *Tree) rename(namespace string) error {
	return filepath.WalkDir(t.Dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		lines := strings.SplitAfter(string(data), "\n")
		for i, line := range lines {
			if strings.TrimSpace(line) == "namespace: airbyte" {
				lines[i] = strings.Replace(line, "airbyte", namespace, 1)
			}
		}
		return os.WriteFile(path, []byte(strings.Join(lines, "")), 0o644)
	})
}

// Generate is what airstrip cmp generate prints for an overlay: its objects with
// sealed Secrets opened, as they go to the cluster.
func (t *Tree) Generate(tb testing.TB, overlay string, chart Chart, flags ...string) ([]byte, error) {
	tb.Helper()
	return t.run(tb, filepath.Join(t.Dir, overlay), append([]string{"cmp", "generate", "--offline", "--chart", chart.Path}, flags...)...)
}

// Render renders an overlay into files and returns their folder.
func (t *Tree) Render(tb testing.TB, overlay string, chart Chart) (string, error) {
	tb.Helper()
	output := tb.TempDir()
	_, err := t.run(tb, t.Dir, "render", "--offline", "--chart", chart.Path, "--output", output, overlay)
	return filepath.Join(output, filepath.Base(overlay)), err
}

func (t *Tree) run(tb testing.TB, dir string, args ...string) ([]byte, error) {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), t.program, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.Dir, "SOPS_AGE_KEY_FILE=" + filepath.Join(t.root, "examples", "demo.agekey")}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("airstrip %s: %v\n%s", strings.Join(args, " "), err, errors(stderr.String()))
	}
	return stdout.Bytes(), nil
}

// errors are the lines of what airstrip said that are no warnings.
func errors(stderr string) string {
	var all []string
	for line := range strings.Lines(stderr) {
		if !strings.HasPrefix(line, "airstrip: warning:") {
			all = append(all, strings.TrimRight(line, "\n"))
		}
	}
	return strings.Join(all, "\n")
}
