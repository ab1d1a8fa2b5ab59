package charttest

import (
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

// Repository is an HTTP chart repository, to be served by httptest:
//
//	repo := charttest.Repository{Archives: [][]byte{tgz}}
//	srv := httptest.NewServer(&repo)
//
// The fields are read at each request; set them before, or while none is under
// way.
type Repository struct {
	Archives [][]byte

	// Username and Password, if set, are asked for by Basic authentication.
	Username, Password string
	// Delay holds back every answer.
	Delay time.Duration
	// Status, if set, is the answer to every request: 404, 503.
	Status int
	// HTML answers every request with a web page and 200.
	HTML bool
	// ArchiveBase is where the index says the archives are: the URL of
	// another server. Empty means relative URLs.
	ArchiveBase string
	// Redirect, if set, sends requests for archives to this URL and their path.
	Redirect string
	// Digest makes the digest in the index of the true one; nil leaves it.
	Digest func(digest string) string
	// Index, if set, is the index itself.
	Index []byte

	recorder
}

// NoDigest is for Repository.Digest: an index without digests.
func NoDigest(string) string { return "" }

// WrongDigest is for Repository.Digest: the digest of other bytes.
func WrongDigest(digest string) string { return strings.Repeat("0", len(digest)) }

func (r *Repository) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if !r.record(req, r.Delay) {
		return
	}
	user, password, _ := req.BasicAuth()
	switch {
	case r.Username != "" && (user != r.Username || password != r.Password):
		w.Header().Set("WWW-Authenticate", "Basic")
		w.WriteHeader(http.StatusUnauthorized)
	case r.Status != 0:
		w.WriteHeader(r.Status)
	case r.HTML:
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!DOCTYPE html><title>Sign in</title>")
	case strings.HasSuffix(req.URL.Path, "/index.yaml"):
		r.serveIndex(w)
	case r.Redirect != "":
		http.Redirect(w, req, r.Redirect+req.URL.Path, http.StatusFound)
	default:
		r.serveArchive(w, req)
	}
}

func (r *Repository) serveIndex(w http.ResponseWriter) {
	index := r.Index
	if index == nil {
		var err error
		if index, err = r.index(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	w.Header().Set("Content-Type", "text/yaml")
	w.Write(index)
}

// index is in the form that helm repo index writes.
func (r *Repository) index() ([]byte, error) {
	entries := map[string][]map[string]any{}
	for _, archive := range r.Archives {
		md, err := metadata(archive)
		if err != nil {
			return nil, err
		}
		e := map[string]any{
			"apiVersion": md.APIVersion,
			"appVersion": md.AppVersion,
			"created":    "2026-01-02T03:04:05Z",
			"name":       md.Name,
			"version":    md.Version,
			"urls":       []string{r.ArchiveBase + fileName(md.Name, md.Version)},
		}
		digest := strings.TrimPrefix(Digest(archive), "sha256:")
		if r.Digest != nil {
			digest = r.Digest(digest)
		}
		if digest != "" {
			e["digest"] = digest
		}
		entries[md.Name] = append(entries[md.Name], e)
	}
	return yaml.Marshal(map[string]any{"apiVersion": "v1", "entries": entries, "generated": "2026-01-02T03:04:05Z"})
}

func (r *Repository) serveArchive(w http.ResponseWriter, req *http.Request) {
	for _, archive := range r.Archives {
		if md, err := metadata(archive); err == nil && path.Base(req.URL.Path) == fileName(md.Name, md.Version) {
			// What some servers do, and why a client must not ask for gzip.
			w.Header().Set("Content-Type", "application/x-tar")
			if strings.Contains(req.Header.Get("Accept-Encoding"), "gzip") {
				w.Header().Set("Content-Encoding", "gzip")
			}
			w.Write(archive)
			return
		}
	}
	http.NotFound(w, req)
}

func fileName(name, version string) string { return name + "-" + version + ".tgz" }
