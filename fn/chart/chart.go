// Package chart turns a pinned reference into a verified, loaded Helm chart:
// from a directory, an archive, an HTTP repository or an OCI registry, with a
// content-addressed cache in between. It is the first step of the line
//
//	load → chart → render → …
//
// A published version is not immutable: version 1.9.1 of the Airbyte chart was
// published eleven times with different bytes. So the digest decides what a
// reference means, everything that is fetched must have one, and it is the
// sha256 of the .tgz archive wherever the archive comes from.
//
// The package refuses version ranges, archives whose name or version is not
// the one asked for, archives with links or with paths that leave the chart,
// and anything larger than the limits below. Archives are parsed by Helm's own
// loader, and registries are read by Helm's own client.
package chart

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	helmchart "helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
)

// A Source finds the .tgz archive of a chart. Remote and Cache are Sources.
//
// A Source need not check Ref.Digest, though it may: Load does. When
// Ref.Digest is empty, whatever is published under the version now is meant.
type Source interface {
	Fetch(ctx context.Context, r Ref) ([]byte, error)
}

// Load returns the chart that r names. A reference with a Path is read from
// disk and src may be nil; any other comes from src and must have a digest.
func Load(ctx context.Context, src Source, r Ref) (*helmchart.Chart, error) {
	if problems := r.Validate(); len(problems) > 0 {
		return nil, refError(r, joinFields(problems))
	}
	c, err := load(ctx, src, r)
	if err != nil {
		return nil, refError(r, err)
	}
	return c, nil
}

// Resolve fetches the archive that is published under r's version now, checks
// that it is the chart it claims to be, and returns its digest. The digest in
// r, if any, is ignored: Resolve is how a reference gets a new one.
func Resolve(ctx context.Context, src Source, r Ref) (digest string, err error) {
	r.Digest = ""
	if problems := r.problems(); len(problems) > 0 {
		return "", refError(r, joinFields(problems))
	}
	if r.Path != "" {
		return "", refError(r, FieldError{"path", "a chart on disk is not locked; lock a chart that is fetched"})
	}
	if src == nil {
		return "", refError(r, fmt.Errorf("%w: the published version cannot be looked up", ErrOffline))
	}
	data, err := src.Fetch(ctx, r)
	if err != nil {
		return "", refError(r, err)
	}
	if _, err := parse(r, data); err != nil {
		return "", refError(r, err)
	}
	return digestOf(data), nil
}

func load(ctx context.Context, src Source, r Ref) (*helmchart.Chart, error) {
	if r.Path != "" {
		return loadPath(r)
	}
	if src == nil {
		return nil, fmt.Errorf("%w: %s is needed", ErrOffline, r.Digest)
	}
	data, err := src.Fetch(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := verify(r, data, r.Repo); err != nil {
		return nil, err
	}
	return parse(r, data)
}

func loadPath(r Ref) (*helmchart.Chart, error) {
	fi, err := os.Stat(r.Path)
	if err != nil {
		return nil, errors.Unwrap(err) // the reference names the path
	}
	if fi.IsDir() {
		if r.Digest != "" {
			return nil, FieldError{"digest", "a directory has no digest; remove it, or package the chart and give the archive"}
		}
		files, err := readDir(r.Path, newBudget())
		if err != nil {
			return nil, err
		}
		return assemble(r, files)
	}
	data, err := readFile(r.Path, maxArchive)
	if err != nil {
		return nil, err
	}
	if err := verify(r, data, r.Path); err != nil {
		return nil, err
	}
	return parse(r, data)
}

// parse unpacks and loads an archive.
func parse(r Ref, data []byte) (*helmchart.Chart, error) {
	files, err := unpack(data, newBudget())
	if err != nil {
		return nil, err
	}
	return assemble(r, files)
}

// assemble hands the files to Helm and checks that the result is the chart
// that was asked for, with nothing missing.
func assemble(r Ref, files []*loader.BufferedFile) (*helmchart.Chart, error) {
	if !slices.ContainsFunc(files, func(f *loader.BufferedFile) bool { return f.Name == "Chart.yaml" }) {
		return nil, errors.New("Chart.yaml is missing: this is not a Helm chart")
	}
	c, err := loader.LoadFiles(files)
	if err != nil {
		return nil, err
	}
	if r.Name != "" && c.Name() != r.Name {
		return nil, fmt.Errorf("Chart.yaml: name is %q, not %q", c.Name(), r.Name)
	}
	if r.Version != "" && c.Metadata.Version != r.Version {
		return nil, &VersionError{Want: r.Version, Got: c.Metadata.Version}
	}
	sortDependencies(c)
	if missing := missingDependencies(c); len(missing) > 0 {
		return nil, fmt.Errorf("charts/ lacks the dependencies %s; run \"helm dependency build\"", strings.Join(missing, ", "))
	}
	return c, nil
}

// sortDependencies undoes that Helm collects subcharts in a map, whose order
// differs between two loads of the same bytes.
func sortDependencies(c *helmchart.Chart) {
	deps := c.Dependencies()
	slices.SortStableFunc(deps, func(a, b *helmchart.Chart) int {
		return strings.Compare(a.Name()+" "+a.Metadata.Version, b.Name()+" "+b.Metadata.Version)
	})
	for _, d := range deps {
		sortDependencies(d)
	}
}

// missingDependencies is what helm install checks and Helm's loader does not:
// a chart checked out from git has its dependencies listed, not vendored.
func missingDependencies(c *helmchart.Chart) []string {
	var missing []string
	for _, want := range c.Metadata.Dependencies {
		if !slices.ContainsFunc(c.Dependencies(), func(d *helmchart.Chart) bool { return d.Name() == want.Name }) {
			missing = append(missing, want.Name)
		}
	}
	return missing
}

// verify compares data with the digest in r, if there is one.
func verify(r Ref, data []byte, where string) error {
	if r.Digest == "" {
		return nil
	}
	if got := digestOf(data); got != r.Digest {
		return &DigestError{Ref: r, Want: r.Digest, Got: got, Where: where}
	}
	return nil
}

func digestOf(data []byte) string {
	sum := sha256.Sum256(data)
	return digestPrefix + hex.EncodeToString(sum[:])
}
