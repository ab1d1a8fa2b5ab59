package main

import (
	"maps"
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
// this test.
func TestReadme(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program twice")
	}
	out, digest := runGuide(t, "README.md", nil)
	for _, want := range []string{"stand-in", "3 overlays, ", "argocd.argoproj.io/hook: Sync", "MAC verified", "changed: license-key", digest} {
		if !strings.Contains(out, want) {
			t.Errorf("the README's commands do not print %q:\n%s", want, out)
		}
	}
}

// TestSecretsGuide runs those of docs/secrets.md, which need no cluster.
func TestSecretsGuide(t *testing.T) {
	out, _ := runGuide(t, "docs/secrets.md", map[string]string{
		"prod.env": guideSecrets, "gcp.json": "{\n  \"private_key\": \"k\"\n}\n",
		"azure.env": guideSecrets + "azure-blob-store-connection-string=c\nazure-key-vault-client-id=i\nazure-key-vault-client-secret=s\n",
	})
	for _, want := range []string{"sealed for 2 recipients (.sops.yaml: creation_rules[1])", "changed: database-password\n", "25 to 27 bytes", "sealed with a new data key"} {
		if !strings.Contains(out, want) {
			t.Errorf("the commands do not print %q:\n%s", want, out)
		}
	}
}

// TestFluxGuide runs those of docs/flux.md.
func TestFluxGuide(t *testing.T) {
	out, _ := runGuide(t, "docs/flux.md", map[string]string{
		"prod.env": guideSecrets, "gcp.json": "{\n  \"private_key\": \"k\"\n}\n",
	})
	for _, want := range []string{"sealed for 2 recipients", "MAC verified"} {
		if !strings.Contains(out, want) {
			t.Errorf("the commands do not print %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "renders now") {
		t.Errorf("what is printed is not for what was rendered:\n%s", out)
	}
}

// TestArgoCDGuide runs those of docs/argocd.md.
func TestArgoCDGuide(t *testing.T) {
	out, _ := runGuide(t, "docs/argocd.md", map[string]string{
		"azure.env": guideSecrets + "azure-blob-store-connection-string=c\nazure-key-vault-client-id=i\nazure-key-vault-client-secret=s\n",
	})
	for _, want := range []string{"sealed for 2 recipients", "database-password"} {
		if !strings.Contains(out, want) {
			t.Errorf("the commands do not print %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "renders now") {
		t.Errorf("what is printed is not for what was rendered:\n%s", out)
	}
}

// guideSecrets are values for the keys that the overlays read on every platform.
const guideSecrets = "database-user=u\ndatabase-password=p\nlicense-key=l\ninstance-admin-client-id=i\ninstance-admin-client-secret=s\ninstance-admin-password=p\njwt-signature-secret=j\n"

// runGuide runs the command blocks of a document in a copy of the repository with
// more files in it, and returns what they print. The official chart is not to be had
// without a network: renders get the stand-in, and lock a repository that publishes
// some chart as 2.2.0, with the digest returned.
func runGuide(t *testing.T, name string, files map[string]string) (out, digest string) {
	t.Helper()
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	script := "set -eux\n"
	for _, block := range strings.Split(string(text), "\n```sh\n")[1:] {
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
	if strings.Count(script, "\nairstrip ") < 5 {
		t.Fatalf("the blocks are not found:\n%s", script)
	}

	dir := t.TempDir()
	if files = maps.Clone(files); files == nil {
		files = map[string]string{}
	}
	for _, name := range []string{"bases", "cmd", "examples", "fn", "internal", "overlays", "testdata"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(root, name))); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"Makefile", "go.mod", "go.sum", ".sops.yaml"} {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(data)
	}
	archive, err := charttest.Minimal("airbyte", "2.2.0")
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(&charttest.Repository{Archives: [][]byte{archive}})
	defer srv.Close()
	base := filepath.Join(dir, "bases", "airbyte", "airbyte.yaml")
	if text, err = os.ReadFile(base); err != nil {
		t.Fatal(err)
	}
	files["bases/airbyte/airbyte.yaml"] = strings.Replace(string(text), "    version: 2.2.0\n", "    repo: "+srv.URL+"\n    version: 2.2.0\n", 1)
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"AIRSTRIP_CHART="+filepath.Join(dir, "testdata", "charts", "airbyte", "v2"),
		"AIRSTRIP_CACHE_DIR="+filepath.Join(dir, ".cache"),
		"XDG_CONFIG_HOME="+filepath.Join(dir, ".config"))
	printed, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	return string(printed), charttest.Digest(archive)
}
