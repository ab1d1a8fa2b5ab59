package chart

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	helmchart "helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
)

func writeFiles(t *testing.T, dir string, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		name := filepath.Join(dir, pairs[i])
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(pairs[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func chartDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "airbyte")
	writeFiles(t, dir,
		"Chart.yaml", chartYAML,
		"values.yaml", "\ufeffa: 1\n",
		".helmignore", "*.bak\nscratch/\n",
		"templates/a.yaml", "a",
		"templates/.hidden", "ignored by default",
		"templates/a.yaml.bak", "ignored",
		"scratch/x", "ignored",
		"charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
	)
	return dir
}

func TestLoadDirectory(t *testing.T) {
	dir := chartDir(t)
	ours, err := Load(t.Context(), nil, Ref{Path: dir})
	if err != nil {
		t.Fatal(err)
	}
	helms, err := loader.LoadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	byName := func(a, b *helmchart.File) int { return strings.Compare(a.Name, b.Name) }
	slices.SortFunc(ours.Raw, byName)
	slices.SortFunc(helms.Raw, byName)
	if diff := diffCharts(helms, ours); diff != "" {
		t.Error(diff)
	}
}

func TestLoadDirectoryChecksNameAndVersion(t *testing.T) {
	dir := chartDir(t)
	tests := []struct {
		ref  Ref
		want string
	}{
		{Ref{Path: dir, Name: "airbyte", Version: "2.0.0"}, ""},
		{Ref{Path: dir, Version: "2.0.1"}, `version is "2.0.0", not "2.0.1"`},
		{Ref{Path: dir, Name: "redis"}, `name is "airbyte", not "redis"`},
		{Ref{Path: dir, Digest: someDigest}, "digest: a directory has no digest"},
	}
	for _, tt := range tests {
		_, err := Load(t.Context(), neverAsked(t), tt.ref)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.ref, err, tt.want)
		}
	}
}

func TestLoadDirectoryLinks(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	writeFiles(t, filepath.Dir(secret), "secret", "hunter2")
	link := func(target, name string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
				t.Skip(err)
			}
		}
	}
	tests := []struct {
		name string
		make func(t *testing.T, dir string)
		want string
	}{
		{"to a file", link("a.yaml", "templates/b.yaml"), ""},
		{"to a directory", link("templates", "files"), ""},
		{"to a directory beside the chart", link("../templates", "files"), "files: this link cannot be followed"},
		{"to a file outside", link(secret, "templates/b.yaml"), "templates/b.yaml: this link cannot be followed"},
		{"to the directory outside", link(filepath.Dir(secret), "templates/more"), "cannot be followed"},
		{"relative, outside", link("../../../secret", "templates/b.yaml"), "cannot be followed"},
		{"to nowhere", link("missing", "templates/b.yaml"), "cannot be followed"},
		{"to nowhere but ignored", link("missing", "templates/x.bak"), ""},
		{"in a circle", link(".", "templates/again"), "cannot be followed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := chartDir(t)
			tt.make(t, dir)
			_, err := Load(t.Context(), nil, Ref{Path: dir})
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestLoadArchiveFile(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	file := filepath.Join(t.TempDir(), "airbyte.tgz")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(t.Context(), nil, Ref{Path: file}); err != nil {
		t.Error(err)
	}
	if _, err := Load(t.Context(), nil, Ref{Path: file, Digest: digestOf(data)}); err != nil {
		t.Error(err)
	}
	_, err := Load(t.Context(), nil, Ref{Path: file, Digest: someDigest})
	var drift *DigestError
	if !errors.As(err, &drift) || !strings.Contains(err.Error(), "the file was replaced") {
		t.Errorf("got %v, want a DigestError about the file", err)
	}
	if _, err := Load(t.Context(), nil, Ref{Path: file + ".missing"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
	if err := os.Truncate(file, 100); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(t.Context(), nil, Ref{Path: file}); err == nil || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("got %v", err)
	}
}
