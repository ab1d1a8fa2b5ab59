// Package charttest serves charts to tests: it packs a chart directory into
// the same archive on every machine, and offers archives as an HTTP repository
// or as an OCI registry, with the faults that real servers have.
//
// It returns errors instead of taking a testing.TB, because script tests set
// their servers up before there is one.
package charttest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"path"
	"slices"
	"time"

	helmchart "helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
)

// epoch is the time of every file; zip's first year, which all tools accept.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// Package packs the chart directory dir as helm package would, but with
// nothing of the machine or the day in it. The top directory of the archive is
// named after the chart.
func Package(dir string) ([]byte, error) {
	c, err := loader.LoadDir(dir)
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, f := range c.Raw {
		files[f.Name] = string(f.Data)
	}
	return Files(c.Name(), files)
}

// Files packs a chart out of memory; the names are relative to the chart.
func Files(top string, files map[string]string) ([]byte, error) {
	var out bytes.Buffer
	// The header of gzip stays empty: no name, no time, and the system is
	// "unknown" by Go's default. Nothing is compressed, because how well Go
	// compresses, and so the digest, may change with its version.
	zw, err := gzip.NewWriterLevel(&out, gzip.NoCompression)
	if err != nil {
		return nil, err
	}
	tw := tar.NewWriter(zw)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		err := tw.WriteHeader(&tar.Header{
			Typeflag: tar.TypeReg,
			Name:     path.Join(top, name),
			Size:     int64(len(files[name])),
			Mode:     0o644,
			ModTime:  epoch,
			Format:   tar.FormatPAX,
		})
		if err != nil {
			return nil, err
		}
		if _, err := tw.Write([]byte(files[name])); err != nil {
			return nil, err
		}
	}
	if err := tw.Close(); err != nil {
		return nil, err
	}
	if err := zw.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Minimal packs a chart with one ConfigMap, for tests that need some chart.
func Minimal(name, version string) ([]byte, error) {
	return Files(name, map[string]string{
		"Chart.yaml":                fmt.Sprintf("apiVersion: v2\nname: %s\nversion: %s\nappVersion: %[2]s\n", name, version),
		"values.yaml":               "greeting: hello\n",
		"templates/_helpers.tpl":    "",
		"templates/configmap.yaml":  "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  greeting: {{ .Values.greeting }}\n",
		"templates/tests/test.yaml": "",
	})
}

// Digest is the digest of an archive, in the form that pins it.
func Digest(archive []byte) string {
	sum := sha256.Sum256(archive)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func metadata(archive []byte) (*helmchart.Metadata, error) {
	c, err := loader.LoadArchive(bytes.NewReader(archive))
	if err != nil {
		return nil, err
	}
	return c.Metadata, nil
}
