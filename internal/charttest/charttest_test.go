package charttest_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"helm.sh/helm/v3/pkg/chart/loader"

	"github.com/airstrip-dev/airstrip/internal/charttest"
)

func writeChart(t *testing.T, dir string, mtime time.Time, mode os.FileMode) {
	t.Helper()
	for name, text := range map[string]string{
		"Chart.yaml":               "apiVersion: v2\nname: airbyte\nversion: 2.0.0\n",
		"values.yaml":              "a: 1\n",
		"templates/configmap.yaml": "kind: ConfigMap\n",
		".helmignore":              "*.bak\n",
		"notes.bak":                "left out",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, mtime, mtime); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPackageIsReproducible(t *testing.T) {
	// Another directory name, time and mode: the same bytes.
	a, b := filepath.Join(t.TempDir(), "a"), filepath.Join(t.TempDir(), "elsewhere")
	writeChart(t, a, time.Unix(1, 0), 0o600)
	writeChart(t, b, time.Unix(1e9, 0), 0o755)
	first, err := charttest.Package(a)
	if err != nil {
		t.Fatal(err)
	}
	second, err := charttest.Package(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("the same chart was packed to different bytes")
	}
	const want = "sha256:abeb2c99c766eed74e067a1a6f8fb417cbcba2dd7f1f93c1314cabb836b6d805"
	if got := charttest.Digest(first); got != want {
		t.Errorf("digest is %s, want %s: it must not depend on the machine or on the version of Go", got, want)
	}
	c, err := loader.LoadArchive(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	if c.Name() != "airbyte" || len(c.Raw) != 4 {
		t.Errorf("helm reads %q with %d files, want airbyte with 4", c.Name(), len(c.Raw))
	}
}

func TestRepository(t *testing.T) {
	tgz, err := charttest.Minimal("airbyte", "2.0.0")
	if err != nil {
		t.Fatal(err)
	}
	repo := charttest.Repository{Archives: [][]byte{tgz}}
	srv := httptest.NewServer(&repo)
	defer srv.Close()

	index := get(t, srv.URL+"/charts/index.yaml", 200)
	for _, want := range []string{"\n  airbyte:\n", "airbyte-2.0.0.tgz", strings.TrimPrefix(charttest.Digest(tgz), "sha256:")} {
		if !strings.Contains(index, want) {
			t.Errorf("index lacks %q:\n%s", want, index)
		}
	}
	if got := get(t, srv.URL+"/charts/airbyte-2.0.0.tgz", 200); got != string(tgz) {
		t.Error("the archive came back changed")
	}
	get(t, srv.URL+"/charts/airbyte-9.9.9.tgz", 404)
	if got := len(repo.Requests()); got != 3 {
		t.Errorf("saw %d requests, want 3", got)
	}
}

func TestRegistry(t *testing.T) {
	tgz, err := charttest.Minimal("airbyte", "2.0.0")
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(&charttest.Registry{Archives: [][]byte{tgz}})
	defer srv.Close()

	get(t, srv.URL+"/v2/", 200)
	manifest := get(t, srv.URL+"/v2/some/where/airbyte/manifests/2.0.0", 200)
	if !strings.Contains(manifest, charttest.Digest(tgz)) {
		t.Errorf("manifest lacks the layer:\n%s", manifest)
	}
	if got := get(t, srv.URL+"/v2/some/where/airbyte/blobs/"+charttest.Digest(tgz), 200); got != string(tgz) {
		t.Error("the layer is not the archive")
	}
	get(t, srv.URL+"/v2/some/where/airbyte/manifests/9.9.9", 404)
}

func get(t *testing.T, url string, status int) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "identity")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != status {
		t.Errorf("%s: status %d, want %d", url, resp.StatusCode, status)
	}
	return string(body)
}
