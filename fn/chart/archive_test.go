package chart

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v3/pkg/chart/loader"
)

const chartYAML = "apiVersion: v2\nname: airbyte\nversion: 2.0.0\n"

// pack writes any entries at all, in order, as a hostile packer would.
func pack(t testing.TB, headers []tar.Header, contents ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	zw := gzip.NewWriter(&out)
	tw := tar.NewWriter(zw)
	for i, h := range headers {
		var content string
		if i < len(contents) {
			content = contents[i]
		}
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		h.Size = int64(len(content))
		if err := tw.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// packFiles packs regular files: name, content, name, content, …
func packFiles(t testing.TB, pairs ...string) []byte {
	t.Helper()
	var headers []tar.Header
	var contents []string
	for i := 0; i < len(pairs); i += 2 {
		headers = append(headers, tar.Header{Name: pairs[i], Mode: 0o644})
		contents = append(contents, pairs[i+1])
	}
	return pack(t, headers, contents...)
}

func TestUnpackRefuses(t *testing.T) {
	good := packFiles(t, "airbyte/Chart.yaml", chartYAML)
	badSum := bytes.Clone(good)
	badSum[len(badSum)-8] ^= 1 // the CRC of gzip
	link := func(typeflag byte, target string) []byte {
		return pack(t, []tar.Header{{Name: "airbyte/values.yaml", Typeflag: typeflag, Linkname: target}})
	}
	tests := []struct {
		name    string
		archive []byte
		want    string
	}{
		{"nothing", nil, "archive is empty"},
		{"not gzip", []byte("hello"), "not in gzip format"},
		{"a web page", []byte("\n<!DOCTYPE html>"), "a web page came instead"},
		{"not tar", gzipped(t, "hello, this is no tar archive at all"), "archive ends too early"},
		{"an empty tar", pack(t, nil), "archive is empty"},
		{"cut short", good[:len(good)/2], "cut short"},
		{"without its checksum", good[:len(good)-4], "cut short"},
		{"a wrong checksum", badSum, "archive is damaged"},
		{"parent directory", packFiles(t, "airbyte/../../etc/passwd", "x"), "leaves the chart's directory"},
		{"parent as top directory", packFiles(t, "../Chart.yaml", chartYAML), "leaves the chart's directory"},
		{"parent in Windows form", packFiles(t, `airbyte\..\x`, "x"), "leaves the chart's directory"},
		{"absolute", packFiles(t, "/etc/passwd", "x"), "absolute path"},
		{"drive", packFiles(t, `C:\airbyte\Chart.yaml`, "x"), "absolute path"},
		{"drive below", packFiles(t, `airbyte/c:/x`, "x"), "absolute path"},
		{"no top directory", packFiles(t, "Chart.yaml", chartYAML), "not in the chart's directory"},
		{"symlink", link(tar.TypeSymlink, "/etc/passwd"), "is a link or a device"},
		{"hard link", link(tar.TypeLink, "airbyte/Chart.yaml"), "is a link or a device"},
		{"device", link(tar.TypeChar, ""), "is a link or a device"},
		{"a file twice", packFiles(t, "airbyte/a", "1", "airbyte/a", "2"), "has a twice"},
		{"a file twice below two tops", packFiles(t, "airbyte/a", "1", "other/a", "2"), "has a twice"},
		{"a broken subchart", packFiles(t, "airbyte/charts/x-1.0.0.tgz", "no"), "charts/x-1.0.0.tgz: not a chart archive"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := unpack(tt.archive, newBudget())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func gzipped(t testing.TB, text string) []byte {
	t.Helper()
	var out bytes.Buffer
	zw := gzip.NewWriter(&out)
	zw.Write([]byte(text))
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestUnpackLimits(t *testing.T) {
	zeros := strings.Repeat("\x00", 1<<20)
	nested := packFiles(t, "a/Chart.yaml", zeros)
	tests := []struct {
		name    string
		archive []byte
		budget  budget
		want    string
	}{
		{"one file", packFiles(t, "a/x", strings.Repeat("x", maxFile+1)), *newBudget(), "x: larger than 32 MiB"},
		{"total", packFiles(t, "a/x", zeros, "a/y", zeros, "a/z", zeros), budget{2 << 20, 10}, "unpacked"},
		{"count", packFiles(t, "a/x", "", "a/y", "", "a/z", ""), budget{1 << 20, 2}, "more than"},
		{"padding after the end", append(packFiles(t, "a/x", "1"), gzipped(t, zeros)...), budget{1 << 19, 2}, "unpacked"},
		{"headers alone", pack(t, slices.Repeat([]tar.Header{{Name: "a/x/", Typeflag: tar.TypeDir}}, 3000)), budget{1 << 20, 10}, "unpacked"},
		{"archives in an archive", packFiles(t, "a/charts/x.tgz", string(nested), "a/charts/y.tgz", string(nested)), budget{3 << 19, 10}, "charts/y.tgz: larger than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := unpack(tt.archive, &tt.budget)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestUnpackNames(t *testing.T) {
	sub := packFiles(t, "sub/Chart.yaml", "sub", "sub/charts/deep-1.0.0.tgz", string(packFiles(t, "deep/Chart.yaml", "deep")))
	files, err := unpack(pack(t, []tar.Header{
		{Name: "airbyte/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "airbyte/Chart.yaml"},
		{Name: "./airbyte/values.yaml"},
		{Name: `airbyte\templates\a.yaml`},
		{Name: "airbyte/charts/sub-1.0.0.tgz"},
		{Name: "airbyte/charts/_skipped.tgz"},
		{Name: "airbyte/files/x.tgz"},
	}, "", "chart", "\ufeffvalues", "a", string(sub), "skipped", "kept"), newBudget())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range files {
		got[f.Name] = string(f.Data)
	}
	want := map[string]string{
		"Chart.yaml":       "chart",
		"values.yaml":      "values", // without the byte order mark
		"templates/a.yaml": "a",
		"charts/sub-1.0.0.tgz.unpacked/Chart.yaml":                                "sub",
		"charts/sub-1.0.0.tgz.unpacked/charts/deep-1.0.0.tgz.unpacked/Chart.yaml": "deep",
		"charts/_skipped.tgz": "skipped",
		"files/x.tgz":         "kept",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestIsSubchartArchive(t *testing.T) {
	tests := map[string]bool{
		"charts/x.tgz":               true,
		"charts/a/charts/x.tgz":      true,
		"charts/a/x.tgz":             false,
		"x.tgz":                      false,
		"files/charts/x.tgz":         false,
		"charts/_x.tgz":              false,
		"charts/.x.tgz":              false,
		"charts/_off/charts/x.tgz":   false,
		"charts/x.tar":               false,
		"charts/a/templates/x.tgz":   false,
		"charts/a/charts/b/x.tgz":    false,
		"charts/charts/charts/x.tgz": true,
	}
	for name, want := range tests {
		if got := isSubchartArchive(name); got != want {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}

// Whatever bytes arrive, the answer is files within the chart or an error.
func FuzzUnpack(f *testing.F) {
	f.Add(packFiles(f, "airbyte/Chart.yaml", chartYAML))
	f.Add(packFiles(f, "airbyte/charts/x.tgz", string(packFiles(f, "x/Chart.yaml", chartYAML))))
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, data []byte) {
		files, err := unpack(data, &budget{bytes: 1 << 20, files: 100})
		if err != nil {
			return
		}
		for _, file := range files {
			if strings.HasPrefix(file.Name, "/") || strings.HasPrefix(file.Name, "../") {
				t.Errorf("unpacked %q", file.Name)
			}
		}
		loader.LoadFiles(files) // must not panic
	})
}
