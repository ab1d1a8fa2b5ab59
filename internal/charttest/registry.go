package charttest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Registry is an OCI registry that holds charts in memory, to be served by
// httptest. It speaks as much of the distribution protocol as a pull needs.
// Every archive is at PREFIX/NAME:VERSION, for any prefix.
type Registry struct {
	Archives [][]byte

	// Username and Password, if set, are asked for by Basic authentication.
	Username, Password string
	// Delay holds back every answer.
	Delay time.Duration
	// Redirect, if set, sends requests for blobs to this URL and their path.
	Redirect string
	// Lie is added to the chart layer when it is served, not to its digest.
	Lie string

	recorder
}

func (r *Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if !r.record(req, r.Delay) {
		return
	}
	if user, password, _ := req.BasicAuth(); r.Username != "" && (user != r.Username || password != r.Password) {
		w.Header().Set("WWW-Authenticate", `Basic realm="charttest"`)
		fail(w, http.StatusUnauthorized, "UNAUTHORIZED")
		return
	}
	rest, ok := strings.CutPrefix(req.URL.Path, "/v2/")
	if !ok || rest == "" {
		return
	}
	repo, ref, isManifest := strings.Cut(rest, "/manifests/")
	if !isManifest {
		repo, ref, ok = strings.Cut(rest, "/blobs/")
		if !ok {
			fail(w, http.StatusNotFound, "UNSUPPORTED")
			return
		}
		if r.Redirect != "" {
			http.Redirect(w, req, r.Redirect+req.URL.Path, http.StatusTemporaryRedirect)
			return
		}
	}
	for _, archive := range r.Archives {
		img, err := newImage(archive)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if repo[strings.LastIndex(repo, "/")+1:] != img.name {
			continue
		}
		switch {
		case isManifest && (ref == img.tag || ref == Digest(img.manifest)):
			r.serve(w, manifestType, img.manifest)
			return
		case !isManifest && ref == Digest(img.config):
			r.serve(w, "application/octet-stream", img.config)
			return
		case !isManifest && ref == Digest(archive):
			r.serve(w, "application/octet-stream", append([]byte(r.Lie), archive...)[:len(archive)])
			return
		}
	}
	if isManifest {
		fail(w, http.StatusNotFound, "MANIFEST_UNKNOWN")
	} else {
		fail(w, http.StatusNotFound, "BLOB_UNKNOWN")
	}
}

func (r *Registry) serve(w http.ResponseWriter, contentType string, data []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	if contentType == manifestType {
		w.Header().Set("Docker-Content-Digest", Digest(data))
	}
	w.Write(data) // net/http leaves it out of the answer to HEAD
}

func fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"errors":[{"code":%q,"message":"charttest"}]}`, code)
}

const (
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.cncf.helm.config.v1+json"
	layerType    = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
)

// An image is a chart as helm push stores it.
type image struct {
	name, tag        string
	config, manifest []byte
}

func newImage(archive []byte) (image, error) {
	md, err := metadata(archive)
	if err != nil {
		return image{}, err
	}
	config, err := json.Marshal(md)
	if err != nil {
		return image{}, err
	}
	descriptor := func(mediaType string, data []byte) map[string]any {
		return map[string]any{
			"mediaType": mediaType,
			"digest":    fmt.Sprintf("sha256:%x", sha256.Sum256(data)),
			"size":      len(data),
		}
	}
	manifest, err := json.Marshal(map[string]any{
		"schemaVersion": 2,
		"mediaType":     manifestType,
		"config":        descriptor(configType, config),
		"layers":        []any{descriptor(layerType, archive)},
	})
	return image{
		name:     md.Name,
		tag:      strings.ReplaceAll(md.Version, "+", "_"), // tags have no plus
		config:   config,
		manifest: manifest,
	}, err
}
