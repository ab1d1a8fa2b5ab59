package chart

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/airstrip-dev/airstrip/internal/charttest"
)

// TestMain makes the test binary a process that loads one chart, when a test
// has started it as such.
func TestMain(m *testing.M) {
	if dir := os.Getenv("CHART_TEST_CACHE"); dir != "" {
		r := Ref{Repo: os.Getenv("CHART_TEST_REPO"), Name: "airbyte", Version: "2.0.0", Digest: os.Getenv("CHART_TEST_DIGEST")}
		c, err := Load(context.Background(), Cache{Dir: dir, Next: Remote{}}, r)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(c.Name(), c.Metadata.Version)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// process is a command that fills the cache dir from the repository.
func process(t *testing.T, dir, repo, digest string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe)
	cmd.Env = append(os.Environ(), "CHART_TEST_CACHE="+dir, "CHART_TEST_REPO="+repo, "CHART_TEST_DIGEST="+digest)
	return cmd
}

// counts counts how often the Source behind it is asked.
func counts(n *atomic.Int32, next Source) Source {
	return sourceFunc(func(ctx context.Context, r Ref) ([]byte, error) {
		n.Add(1)
		return next.Fetch(ctx, r)
	})
}

func entryFile(dir string, data []byte) string {
	return filepath.Join(dir, "sha256", strings.TrimPrefix(digestOf(data), "sha256:")+".tgz")
}

func TestCache(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	dir := filepath.Join(t.TempDir(), "not", "made", "yet")
	var asked atomic.Int32
	c := Cache{Dir: dir, Next: counts(&asked, serves(data))}
	for range 3 {
		if _, err := Load(t.Context(), c, pinned(data)); err != nil {
			t.Fatal(err)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("fetched %d times, want once", n)
	}
	onlyEntry(t, dir, data)
	if _, err := Load(t.Context(), Cache{Dir: dir}, pinned(data)); err != nil {
		t.Errorf("offline: %v", err)
	}
}

// onlyEntry checks that the cache holds data and no trace of writing it.
func onlyEntry(t *testing.T, dir string, data []byte) {
	t.Helper()
	got, err := os.ReadFile(entryFile(dir, data))
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("the entry is not the archive (%v)", err)
	}
	files, err := os.ReadDir(filepath.Join(dir, "sha256"))
	if err != nil || len(files) != 1 {
		t.Errorf("the cache holds %v, %v, want the entry alone", files, err)
	}
}

func TestCacheHeals(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	damages := map[string][]byte{
		"truncated": data[:len(data)/2],
		"empty":     {},
		"tampered":  append(bytes.Clone(data[:len(data)-1]), 'x'),
		"larger":    append(bytes.Clone(data), 'x'),
	}
	for name, damaged := range damages {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			writeFiles(t, dir, filepath.Join("sha256", filepath.Base(entryFile(dir, data))), string(damaged))
			if _, err := Load(t.Context(), Cache{Dir: dir}, pinned(data)); !errors.Is(err, ErrOffline) || !strings.Contains(err.Error(), "was damaged") {
				t.Errorf("offline: got %v", err)
			}
			writeFiles(t, dir, filepath.Join("sha256", filepath.Base(entryFile(dir, data))), string(damaged))
			if _, err := Load(t.Context(), Cache{Dir: dir, Next: serves(data)}, pinned(data)); err != nil {
				t.Fatal(err)
			}
			onlyEntry(t, dir, data)
		})
	}
}

// Whatever is wrong with the directory, the chart is fetched and rendered.
func TestCacheThatCannotBeUsed(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	root := t.TempDir()
	writeFiles(t, root, "file", "in the way", "dir/sha256", "in the way", "ro/x", "")
	if err := os.Mkdir(filepath.Join(root, "as-dir"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(entryFile(filepath.Join(root, "as-dir"), data), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(root, "ro"), 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(filepath.Join(root, "ro"), 0o755) })
	for _, dir := range []string{"", filepath.Join(root, "file"), filepath.Join(root, "dir"), filepath.Join(root, "ro"), filepath.Join(root, "as-dir"), "/dev/null/x"} {
		if _, err := Load(t.Context(), Cache{Dir: dir, Next: serves(data)}, pinned(data)); err != nil {
			t.Errorf("%q: %v", dir, err)
		}
	}
}

func TestCacheOffline(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	dir := t.TempDir()
	_, err := Load(t.Context(), Cache{Dir: dir}, pinned(data))
	if !errors.Is(err, ErrOffline) {
		t.Fatalf("got %v, want ErrOffline", err)
	}
	for _, want := range []string{"chart airbyte 2.0.0 from", digestOf(data), dir, "run once with the network"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q lacks %q", err, want)
		}
	}
	if _, err := Load(t.Context(), Cache{}, pinned(data)); !errors.Is(err, ErrOffline) || !strings.Contains(err.Error(), "AIRSTRIP_CACHE_DIR") {
		t.Errorf("got %v", err)
	}
	if _, err := Resolve(t.Context(), Cache{Dir: dir}, pinned(data)); !errors.Is(err, ErrOffline) {
		t.Errorf("got %v, want ErrOffline", err)
	}
}

// No connection is made when the cache can answer, nor ever when offline.
func TestCacheMakesNoConnection(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	dir := t.TempDir()
	if _, err := (Cache{Dir: dir, Next: serves(data)}).Fetch(t.Context(), pinned(data)); err != nil {
		t.Fatal(err)
	}
	// Whatever would go by the default client fails as well.
	old := http.DefaultTransport
	http.DefaultTransport = &http.Transport{DialContext: noNetwork(t)}
	t.Cleanup(func() { http.DefaultTransport = old })

	missing := pinned([]byte("missing"))
	for _, repo := range []string{"https://charts.example.com", "oci://charts.example.com/x"} {
		r := pinned(data)
		r.Repo, missing.Repo = repo, repo
		if _, err := Load(t.Context(), Cache{Dir: dir, Next: Remote{dial: noNetwork(t)}}, r); err != nil {
			t.Error(err)
		}
		if _, err := Load(t.Context(), Cache{Dir: dir}, r); err != nil {
			t.Error(err)
		}
		if _, err := Load(t.Context(), Cache{Dir: dir}, missing); !errors.Is(err, ErrOffline) {
			t.Errorf("got %v, want ErrOffline", err)
		}
	}
}

// What Resolve has fetched is there for the render that follows.
func TestCacheKeepsWhatResolveFetches(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	dir := t.TempDir()
	r := pinned(data)
	r.Digest = ""
	digest, err := Resolve(t.Context(), Cache{Dir: dir, Next: serves(data)}, r)
	if err != nil {
		t.Fatal(err)
	}
	r.Digest = digest
	if _, err := Load(t.Context(), Cache{Dir: dir}, r); err != nil {
		t.Error(err)
	}
}

func TestCacheDoesNotStoreUnderAnotherDigest(t *testing.T) {
	data, other := minimal(t, "airbyte", "2.0.0"), minimal(t, "airbyte", "2.0.1")
	dir := t.TempDir()
	var drift *DigestError
	if _, err := Load(t.Context(), Cache{Dir: dir, Next: serves(other)}, pinned(data)); !errors.As(err, &drift) {
		t.Errorf("got %v, want a DigestError", err)
	}
	if _, err := os.Stat(entryFile(dir, data)); err == nil {
		t.Error("other bytes are in the cache under the digest that was asked for")
	}
}

func TestCacheFilledByTenProcesses(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	srv := serve(t, &charttest.Repository{Archives: [][]byte{data}, Delay: 50 * time.Millisecond})
	dir := filepath.Join(t.TempDir(), "cache")
	var cmds []*exec.Cmd
	for range 10 {
		cmd := process(t, dir, srv.URL, digestOf(data))
		cmd.Stdout, cmd.Stderr = new(bytes.Buffer), new(bytes.Buffer)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		cmds = append(cmds, cmd)
	}
	for _, cmd := range cmds {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, cmd.Stderr)
		}
		if got := fmt.Sprint(cmd.Stdout); got != "airbyte 2.0.0\n" {
			t.Errorf("got %q", got)
		}
	}
	onlyEntry(t, dir, data)
}

// A writer is killed at every kind of moment; no reader ever sees half a file.
func TestCacheSurvivesKilledWriters(t *testing.T) {
	large := strings.Repeat("0123456789abcdef", 4<<20/16) // so that writing takes its time
	big, err := charttest.Files("airbyte", map[string]string{"Chart.yaml": chartYAML, "1": large, "2": large, "3": large, "4": large})
	if err != nil {
		t.Fatal(err)
	}
	srv := serve(t, &charttest.Repository{Archives: [][]byte{big}})
	dir := t.TempDir()
	file := entryFile(dir, big)
	killed := 0
	for i := range 8 {
		os.Remove(file)
		cmd := process(t, dir, srv.URL, digestOf(big))
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// The temporary file shows that it is writing.
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
			if left, _ := filepath.Glob(filepath.Join(dir, "sha256", ".tmp-*")); len(left) > killed {
				break
			}
			if _, err := os.Stat(file); err == nil {
				break
			}
			time.Sleep(100 * time.Microsecond)
		}
		time.Sleep(time.Duration(i) * time.Millisecond)
		cmd.Process.Kill()
		cmd.Wait()
		left, _ := filepath.Glob(filepath.Join(dir, "sha256", ".tmp-*"))
		killed = len(left)
		if data, err := os.ReadFile(file); err == nil && !bytes.Equal(data, big) {
			t.Fatalf("a killed writer left %d of %d bytes under the final name", len(data), len(big))
		}
	}
	t.Logf("%d of 8 writers left a temporary file", killed)

	// Those left over are swept up once they are old, and the next run heals.
	left, _ := filepath.Glob(filepath.Join(dir, "sha256", ".tmp-*"))
	for _, name := range left {
		past := time.Now().Add(-2 * staleAfter)
		if err := os.Chtimes(name, past, past); err != nil {
			t.Fatal(err)
		}
	}
	os.Remove(file)
	if out, err := process(t, dir, srv.URL, digestOf(big)).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	onlyEntry(t, dir, big)
}

// A process that is killed in the middle of its download leaves nothing.
func TestCacheIsFilledOnlyByWholeDownloads(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	dir := t.TempDir()
	half := make(chan struct{})
	h := http.NewServeMux()
	h.Handle("/index.yaml", &charttest.Repository{Archives: [][]byte{data}})
	h.HandleFunc("/", func(w http.ResponseWriter, req *http.Request) {
		w.Write(data[:len(data)/2])
		w.(http.Flusher).Flush()
		close(half)
		<-req.Context().Done() // until the reader is killed
	})
	srv := httptest.NewServer(h)
	defer srv.Close()
	cmd := process(t, dir, srv.URL, digestOf(data))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-half
	cmd.Process.Kill()
	cmd.Wait()
	if files, _ := os.ReadDir(filepath.Join(dir, "sha256")); len(files) != 0 {
		t.Errorf("half a download left %v in the cache", files)
	}
}
