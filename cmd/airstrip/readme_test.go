package main

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/internal/charttest"
)

// TestReadme runs every command block of the README, in its order and in one
// shell, in a copy of the repository. `make test` is left out: it is what runs
// this test. The official chart is not to be had without a network: renders get
// the stand-in, and lock a repository that publishes some chart as 2.2.0.
func TestReadme(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program twice")
	}
	root := filepath.Join("..", "..")
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	script := "set -eux\n"
	for _, block := range strings.Split(string(readme), "\n```sh\n")[1:] {
		commands, _, ok := strings.Cut(block, "\n```")
		if !ok {
			t.Fatal("a block that does not end")
		}
		for _, line := range strings.Split(commands, "\n") {
			if !strings.HasPrefix(line, "make test") {
				script += line + "\n"
			}
		}
	}
	if !strings.Contains(script, "make demo") || !strings.Contains(script, "airstrip lock") {
		t.Fatalf("the blocks are not found:\n%s", script)
	}

	dir := t.TempDir()
	for _, name := range []string{"bases", "cmd", "examples", "fn", "internal", "overlays", "testdata"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(root, name))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"Makefile", "go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	archive, err := charttest.Minimal("airbyte", "2.2.0")
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(&charttest.Repository{Archives: [][]byte{archive}})
	defer srv.Close()
	base := filepath.Join(dir, "bases", "airbyte", "airbyte.yaml")
	text, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.Replace(string(text), "    version: 2.2.0\n", "    repo: "+srv.URL+"\n    version: 2.2.0\n", 1))
	if err := os.WriteFile(base, text, 0o644); err != nil {
		t.Fatal(err)
	}

	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"AIRSTRIP_CHART="+filepath.Join(dir, "testdata", "charts", "airbyte", "v2"),
		"AIRSTRIP_CACHE_DIR="+filepath.Join(dir, ".cache"),
		"XDG_CONFIG_HOME="+filepath.Join(dir, ".config"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"stand-in", "3 overlays, ", "argocd.argoproj.io/hook: Sync", charttest.Digest(archive)} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the README's commands do not print %q:\n%s", want, out)
		}
	}
}
