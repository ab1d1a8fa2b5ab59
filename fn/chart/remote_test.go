package chart

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/airstrip-dev/airstrip/internal/charttest"
)

func serve(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv
}

// at is the reference to data in a repository.
func at(repo string, data []byte) Ref {
	r := pinned(data)
	r.Repo = repo
	return r
}

func TestRemoteHTTP(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	others := [][]byte{minimal(t, "airbyte", "1.9.2"), minimal(t, "airbyte-data-plane", "2.0.0")}
	tests := []struct {
		name string
		repo *charttest.Repository
	}{
		{"plain", &charttest.Repository{}},
		{"index without digest", &charttest.Repository{Digest: charttest.NoDigest}},
		{"index with prefixed digest", &charttest.Repository{Digest: func(d string) string { return "sha256:" + d }}},
		{"slow, but not too slow", &charttest.Repository{Delay: 20 * time.Millisecond}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			repo := tt.repo
			repo.Archives = append(others, data)
			srv := serve(t, repo)
			for _, base := range []string{srv.URL, srv.URL + "/charts", srv.URL + "/charts/"} {
				if _, err := Load(t.Context(), Remote{}, at(base, data)); err != nil {
					t.Errorf("%s: %v", base, err)
				}
				got, err := Resolve(t.Context(), Remote{}, at(base, data))
				if err != nil || got != digestOf(data) {
					t.Errorf("%s: got %s, %v", base, got, err)
				}
			}
		})
	}
}

func TestRemoteHTTPRefuses(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	index := func(url string) []byte {
		return fmt.Appendf(nil, "entries:\n  airbyte:\n  - version: 2.0.0\n    urls: [%q]\n", url)
	}
	tests := []struct {
		name string
		repo *charttest.Repository
		is   error
		want string
	}{
		{"not found", &charttest.Repository{Status: 404}, ErrNotFound, `/index.yaml answered "404 Not Found"`},
		{"failing", &charttest.Repository{Status: 503}, nil, `/index.yaml answered "503 Service Unavailable"`},
		{"unauthorized", &charttest.Repository{Username: "u", Password: "p"}, ErrUnauthorized, "set AIRSTRIP_REPO_USERNAME and AIRSTRIP_REPO_PASSWORD"},
		{"forbidden", &charttest.Repository{Status: 403}, ErrUnauthorized, "403 Forbidden"},
		{"a web page", &charttest.Repository{HTML: true}, nil, "a web page came instead of an index"},
		{"no such chart", &charttest.Repository{Archives: [][]byte{minimal(t, "redis", "2.0.0")}}, ErrNotFound, `lists no chart "airbyte"`},
		{"no such version", &charttest.Repository{Archives: [][]byte{minimal(t, "airbyte", "1.9.2")}}, ErrNotFound, "lists no version 2.0.0 of airbyte, but 1.9.2"},
		{"listed, not there", &charttest.Repository{Index: index("gone.tgz")}, ErrNotFound, "/gone.tgz answered"},
		{"no URL", &charttest.Repository{Index: []byte("entries:\n  airbyte:\n  - version: 2.0.0\n")}, nil, "no URL for this version"},
		{"a bad URL", &charttest.Repository{Index: index("http://[")}, nil, "which is none"},
		{"a file URL", &charttest.Repository{Index: index("file:///etc/passwd")}, nil, "neither HTTP nor a registry"},
		{"redirects in a circle", &charttest.Repository{Index: index("x.tgz"), Redirect: "/again"}, nil, "more than 10 redirects"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(t.Context(), Remote{}, at(serve(t, tt.repo).URL, data))
			if err == nil || !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("got %v, want %q (%v)", err, tt.want, tt.is)
			}
		})
	}
}

// A server that gives a web page with 200 for the archive only.
func TestRemoteArchiveIsAWebPage(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	srv := serve(t, &charttest.Repository{Archives: [][]byte{data}, Redirect: serve(t, &charttest.Repository{HTML: true}).URL})
	if _, err := Load(t.Context(), Remote{}, at(srv.URL, data)); err == nil || !strings.Contains(err.Error(), "a web page came instead of a chart archive") {
		t.Errorf("got %v", err)
	}
}

func TestRemoteDigestDrift(t *testing.T) {
	old, published := minimal(t, "airbyte", "2.0.0"), packFiles(t, "airbyte/Chart.yaml", chartYAML)
	for _, digest := range []func(string) string{nil, charttest.NoDigest} {
		repo := &charttest.Repository{Archives: [][]byte{published}, Digest: digest}
		srv := serve(t, repo)
		_, err := Load(t.Context(), Remote{}, at(srv.URL, old))
		var drift *DigestError
		if !errors.As(err, &drift) || drift.Got != digestOf(published) || drift.Want != digestOf(old) {
			t.Errorf("got %v", err)
		}
		if digest == nil && (drift.Where != srv.URL+"/index.yaml" || len(repo.Requests()) != 1) {
			t.Errorf("noticed at %s after %d requests, want at the index", drift.Where, len(repo.Requests()))
		}
	}
}

// Publishing a version again leaves several entries; the digest knows which.
func TestRemoteChoosesAmongEntriesByDigest(t *testing.T) {
	first, second := minimal(t, "airbyte", "2.0.0"), packFiles(t, "airbyte/Chart.yaml", chartYAML)
	mux := http.NewServeMux()
	mux.HandleFunc("/index.yaml", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "entries:\n  airbyte:\n  - version: 2.0.0\n    digest: %s\n    urls: [1.tgz]\n  - version: 2.0.0\n    digest: %s\n    urls: [2.tgz]\n",
			digestOf(first), digestOf(second))
	})
	mux.HandleFunc("/1.tgz", func(w http.ResponseWriter, _ *http.Request) { w.Write(first) })
	mux.HandleFunc("/2.tgz", func(w http.ResponseWriter, _ *http.Request) { w.Write(second) })
	srv := serve(t, mux)
	for _, data := range [][]byte{first, second} {
		if _, err := Load(t.Context(), Remote{}, at(srv.URL, data)); err != nil {
			t.Error(err)
		}
	}
}

func TestResolveWhenIndexAndArchiveDisagree(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	srv := serve(t, &charttest.Repository{Archives: [][]byte{data}, Digest: charttest.WrongDigest})
	_, err := Resolve(t.Context(), Remote{}, at(srv.URL, data))
	var drift *DigestError
	if err == nil || errors.As(err, &drift) || !strings.Contains(err.Error(), "the index of the repository says sha256:000") {
		t.Errorf("got %v, want the disagreement, without the advice to lock", err)
	}
}

func TestRemoteCredentials(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	const basic = "Basic dXNlcjpodW50ZXIy" // user:hunter2
	elsewhere := &charttest.Repository{Archives: [][]byte{data}}
	other := serve(t, elsewhere)
	tests := []struct {
		name      string
		repo      *charttest.Repository
		elsewhere []charttest.Request // what the other server sees
	}{
		{"all in one place", &charttest.Repository{}, nil},
		{"archives on another host", &charttest.Repository{ArchiveBase: other.URL + "/"}, []charttest.Request{{Path: "/airbyte-2.0.0.tgz"}}},
		// The other server differs in its port only, and gets nothing.
		{"redirect to another host", &charttest.Repository{Redirect: other.URL + "/store"}, []charttest.Request{{Path: "/store/airbyte-2.0.0.tgz"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			repo := tt.repo
			repo.Archives, repo.Username, repo.Password = [][]byte{data}, "user", "hunter2"
			srv := serve(t, repo)
			seen := len(elsewhere.Requests())
			if _, err := Load(t.Context(), Remote{Username: "user", Password: "hunter2"}, at(srv.URL, data)); err != nil {
				t.Fatal(err)
			}
			for _, req := range repo.Requests() {
				if req.Authorization != basic {
					t.Errorf("%s: got authorization %q", req.Path, req.Authorization)
				}
			}
			if diff := cmp.Diff(tt.elsewhere, elsewhere.Requests()[seen:]); tt.elsewhere != nil && diff != "" {
				t.Error(diff)
			}
		})
	}

	t.Run("wrong", func(t *testing.T) {
		srv := serve(t, &charttest.Repository{Username: "user", Password: "other"})
		_, err := Load(t.Context(), Remote{Username: "user", Password: "hunter2"}, at(srv.URL, data))
		if !errors.Is(err, ErrUnauthorized) || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "to the user name and password in") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("for another host only", func(t *testing.T) {
		repo := &charttest.Repository{Archives: [][]byte{data}}
		srv := serve(t, repo)
		if _, err := Load(t.Context(), Remote{Username: "user", Password: "hunter2", Host: "charts.example.com"}, at(srv.URL, data)); err != nil {
			t.Fatal(err)
		}
		for _, req := range repo.Requests() {
			if req.Authorization != "" {
				t.Errorf("%s: got authorization %q", req.Path, req.Authorization)
			}
		}
	})
}

func TestRemoteTLS(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	repo := &charttest.Repository{Archives: [][]byte{data}}
	srv := httptest.NewUnstartedServer(repo)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // it tells of handshakes that are meant to fail
	srv.StartTLS()
	defer srv.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o644); err != nil {
		t.Fatal(err)
	}
	trusting := Remote{CAFile: ca}
	if _, err := Load(t.Context(), trusting, at(srv.URL, data)); err != nil {
		t.Error(err)
	}

	plain := serve(t, repo)
	refused := func(name string, m Remote, repo, want string) {
		t.Helper()
		if _, err := Load(t.Context(), m, at(repo, data)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
	refused("unknown certificate", Remote{}, srv.URL, "set AIRSTRIP_CA_FILE")
	refused("not TLS", trusting, strings.Replace(plain.URL, "http:", "https:", 1), "speaks plain HTTP")
	repo.Redirect = plain.URL
	refused("redirect to plain HTTP", trusting, srv.URL, "redirect from https to http://")
	repo.Redirect, repo.ArchiveBase = "", plain.URL+"/"
	refused("index leads to plain HTTP", trusting, srv.URL, "the index leads from https to http://")
	refused("no CA file", Remote{CAFile: ca + ".missing"}, srv.URL, "AIRSTRIP_CA_FILE")
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	refused("empty CA file", Remote{CAFile: empty}, srv.URL, "holds no certificate")
}

func TestRemoteIsDown(t *testing.T) {
	srv := httptest.NewServer(nil)
	srv.Close()
	_, err := Load(t.Context(), Remote{}, at(srv.URL, nil))
	if err == nil || !strings.Contains(err.Error(), "connection refused; the server is down") {
		t.Errorf("got %v", err)
	}
}

// trickle answers at once and then sends a byte now and then, for ever.
func trickle(w http.ResponseWriter, req *http.Request) {
	fmt.Fprint(w, "entries:\n")
	for {
		fmt.Fprint(w, "#")
		w.(http.Flusher).Flush()
		select {
		case <-req.Context().Done():
			return
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestRemoteIsSlow(t *testing.T) {
	tests := map[string]http.Handler{
		"silent": &charttest.Repository{Delay: time.Hour},
		"slow":   http.HandlerFunc(trickle),
	}
	for name, h := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Load(t.Context(), Remote{Timeout: 100 * time.Millisecond}, at(serve(t, h).URL, nil))
			if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no complete answer in time (100ms)") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// Ctrl-C ends a download at once, wherever it is.
func TestRemoteCancel(t *testing.T) {
	registry := &charttest.Registry{Archives: [][]byte{minimal(t, "airbyte", "2.0.0")}, Delay: time.Hour}
	tests := map[string]string{
		"waiting":  serve(t, &charttest.Repository{Delay: time.Hour}).URL,
		"reading":  serve(t, http.HandlerFunc(trickle)).URL,
		"registry": "oci://" + strings.TrimPrefix(serve(t, registry).URL, "http://") + "/charts",
	}
	for name, repo := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(50*time.Millisecond, cancel)
			start := time.Now()
			_, err := Load(ctx, Remote{PlainHTTP: true}, at(repo, nil))
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want context.Canceled", err)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
}

func TestRemoteConnectionBreaks(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	h := http.NewServeMux()
	h.Handle("/index.yaml", &charttest.Repository{Archives: [][]byte{data}})
	h.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		w.Write(data[:len(data)/2])
	})
	_, err := Load(t.Context(), Remote{}, at(serve(t, h).URL, data))
	if err == nil || !strings.Contains(err.Error(), "the connection ended before the download was complete") {
		t.Errorf("got %v", err)
	}
}

func TestRemoteLimits(t *testing.T) {
	zeros := make([]byte, 1<<20)
	h := http.NewServeMux()
	h.HandleFunc("/index.yaml", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "entries:\n  airbyte:\n  - version: 2.0.0\n    urls: [x.tgz]\n")
	})
	h.HandleFunc("/x.tgz", func(w http.ResponseWriter, _ *http.Request) {
		for range maxArchive>>20 + 1 {
			w.Write(zeros)
		}
	})
	h.HandleFunc("/endless/index.yaml", func(w http.ResponseWriter, req *http.Request) {
		fmt.Fprint(w, "entries:\n")
		line := []byte("  " + strings.Repeat("#", 1<<20) + "\n")
		for req.Context().Err() == nil {
			w.Write(line)
		}
	})
	srv := serve(t, h)
	if _, err := Load(t.Context(), Remote{}, at(srv.URL, nil)); err == nil || !strings.Contains(err.Error(), "larger than 64 MiB") {
		t.Errorf("got %v", err)
	}
	if _, err := Load(t.Context(), Remote{}, at(srv.URL+"/endless", nil)); err == nil || !strings.Contains(err.Error(), "larger than 128 MiB") {
		t.Errorf("got %v", err)
	}
}

// noNetwork is a dialer that fails the test.
func noNetwork(t *testing.T) func(context.Context, string, string) (net.Conn, error) {
	return func(_ context.Context, network, addr string) (net.Conn, error) {
		t.Errorf("dialed %s %s", network, addr)
		return nil, errors.New("no network in this test")
	}
}
