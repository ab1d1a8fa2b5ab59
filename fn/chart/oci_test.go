package chart

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/internal/charttest"
)

// ociRepo is the reference to the charts of a server, as a registry.
func ociRepo(url string) string {
	return "oci://" + strings.TrimPrefix(url, "http://") + "/some/charts"
}

// noLogins keeps the logins of whoever runs the tests out of them.
func noLogins(t *testing.T) Remote {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("DOCKER_CONFIG", dir)
	return Remote{PlainHTTP: true, RegistryConfig: filepath.Join(dir, "helm.json")}
}

func TestRemoteOCI(t *testing.T) {
	m := noLogins(t)
	for _, version := range []string{"2.0.0", "2.0.0+build.5"} { // a tag has "_" for "+"
		data := minimal(t, "airbyte", version)
		r := at(ociRepo(serve(t, &charttest.Registry{Archives: [][]byte{data}}).URL), data)
		r.Version = version
		if _, err := Load(t.Context(), m, r); err != nil {
			t.Error(err)
		}
		if got, err := Resolve(t.Context(), m, r); err != nil || got != digestOf(data) {
			t.Errorf("got %s, %v", got, err)
		}
	}
}

func TestRemoteOCIRefuses(t *testing.T) {
	m := noLogins(t)
	data := minimal(t, "airbyte", "2.0.0")
	large := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		// A manifest whose chart is as large as it says, and too large.
		if strings.Contains(req.URL.Path, "/manifests/") {
			w.Header().Set("Content-Type", "application/vnd.oci.image.manifest.v1+json")
			fmt.Fprintf(w, `{"schemaVersion":2,"config":{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":%q,"size":2},
				"layers":[{"mediaType":"application/vnd.cncf.helm.chart.content.v1.tar+gzip","digest":%q,"size":99999999999}]}`,
				digestOf([]byte("{}")), someDigest)
			return
		}
		if strings.HasSuffix(req.URL.Path, digestOf([]byte("{}"))) {
			fmt.Fprint(w, "{}")
			return
		}
		w.Header().Set("Content-Length", "99999999999")
		zeros := make([]byte, 1<<20)
		for req.Context().Err() == nil {
			if _, err := w.Write(zeros); err != nil {
				return
			}
		}
	})
	tests := []struct {
		name     string
		registry http.Handler
		is       error
		want     string
	}{
		{"not found", &charttest.Registry{}, ErrNotFound, "/some/charts/airbyte:2.0.0"},
		{"unauthorized", &charttest.Registry{Username: "u", Password: "p"}, ErrUnauthorized, `log in with "helm registry login 127.0.0.1:`},
		{"other bytes than the manifest says", &charttest.Registry{Archives: [][]byte{data}, Lie: "x"}, nil, "sent other bytes than its manifest says"},
		{"too large", large, nil, "larger than 64 MiB"},
		{"failing", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }), nil, "500 Internal Server Error"},
		{"no registry", &charttest.Repository{HTML: true}, nil, "not a Helm chart"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(t.Context(), m, at(ociRepo(serve(t, tt.registry).URL), data))
			if err == nil || !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("got %v, want %q (%v)", err, tt.want, tt.is)
			}
		})
	}
}

func TestRemoteOCIDigestDrift(t *testing.T) {
	m := noLogins(t)
	old, published := minimal(t, "airbyte", "2.0.0"), packFiles(t, "airbyte/Chart.yaml", chartYAML)
	_, err := Load(t.Context(), m, at(ociRepo(serve(t, &charttest.Registry{Archives: [][]byte{published}}).URL), old))
	var drift *DigestError
	if !errors.As(err, &drift) || drift.Got != digestOf(published) || !strings.HasPrefix(drift.Where, "oci://127.0.0.1:") {
		t.Errorf("got %v", err)
	}
}

func TestRemoteOCILogin(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	registry := &charttest.Registry{Archives: [][]byte{data}, Username: "user", Password: "hunter2"}
	elsewhere := &charttest.Registry{Archives: [][]byte{data}}
	registry.Redirect = serve(t, elsewhere).URL
	srv := serve(t, registry)
	host := strings.TrimPrefix(srv.URL, "http://")
	login := fmt.Sprintf(`{"auths":{%q:{"auth":"dXNlcjpodW50ZXIy"}}}`, host)

	t.Run("of helm", func(t *testing.T) {
		m := noLogins(t)
		if err := os.WriteFile(m.RegistryConfig, []byte(login), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(t.Context(), m, at(ociRepo(srv.URL), data)); err != nil {
			t.Error(err)
		}
	})
	t.Run("of docker", func(t *testing.T) {
		m := noLogins(t)
		if err := os.WriteFile(filepath.Join(filepath.Dir(m.RegistryConfig), "config.json"), []byte(login), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(t.Context(), m, at(ociRepo(srv.URL), data)); err != nil {
			t.Error(err)
		}
	})
	t.Run("by user name and password", func(t *testing.T) {
		m := noLogins(t)
		m.Username, m.Password, m.Host = "user", "hunter2", host
		if _, err := Load(t.Context(), m, at(ociRepo(srv.URL), data)); err != nil {
			t.Error(err)
		}
		m.Host = "ghcr.io"
		if _, err := Load(t.Context(), m, at(ociRepo(srv.URL), data)); !errors.Is(err, ErrUnauthorized) {
			t.Errorf("a password for another host: got %v", err)
		}
	})
	for _, req := range elsewhere.Requests() {
		if req.Authorization != "" {
			t.Errorf("the store of blobs got authorization %q", req.Authorization)
		}
	}
	if len(elsewhere.Requests()) == 0 {
		t.Error("the redirect was not followed, so this test shows nothing")
	}
}

// Some HTTP repositories only list charts, and keep them in a registry.
func TestRemoteIndexLeadsToARegistry(t *testing.T) {
	m := noLogins(t)
	data := minimal(t, "airbyte", "2.0.0")
	registry := &charttest.Registry{Archives: [][]byte{data}}
	srv := serve(t, &charttest.Repository{Index: fmt.Appendf(nil,
		"entries:\n  airbyte:\n  - version: 2.0.0\n    urls: [%s/airbyte:2.0.0]\n", ociRepo(serve(t, registry).URL))})
	if _, err := Load(t.Context(), m, at(srv.URL, data)); err != nil {
		t.Error(err)
	}

	// The password is the index's, even when the registry asks for one.
	registry.Username = "user"
	m.Username, m.Password = "user", "hunter2"
	if _, err := Load(t.Context(), m, at(srv.URL, data)); !errors.Is(err, ErrUnauthorized) {
		t.Errorf("got %v, want ErrUnauthorized", err)
	}
	for _, req := range registry.Requests() {
		if req.Authorization != "" {
			t.Errorf("the registry got authorization %q", req.Authorization)
		}
	}
}
