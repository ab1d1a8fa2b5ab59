package overlay

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Chart is the chart that a release of an overlay names, and the file in which
// it does.
type Chart struct {
	Release string
	Ref     chart.Ref
	// File holds the version that counts: the patch of the overlay if it sets
	// one, else the base.
	File string
}

// Charts lists the charts of the releases in an overlay, with defaults, whether
// or not they are pinned yet.
func Charts(dir string) ([]Chart, error) {
	_, generators, err := open(dir)
	if err != nil {
		return nil, err
	}
	var charts []Chart
	for _, g := range generators {
		spec := manifest.Lookup(g.config.YNode(), "spec", "chart")
		c := Chart{
			Release: manifest.IDOf(g.config).Name,
			Ref: chart.Ref{
				Repo: manifest.Text(spec, "repo"), Name: manifest.Text(spec, "name"), Version: manifest.Text(spec, "version"),
				Digest: manifest.Text(spec, "digest"), Path: manifest.Text(spec, "path"),
			}.WithDefaults(),
			File: g.source,
		}
		for _, name := range g.files {
			if holds(name, []string{"spec", "chart", "version"}) {
				c.File = name
			}
		}
		charts = append(charts, c)
	}
	return charts, nil
}

// ErrNotEditable says that a file holds the version in a form that is not
// edited: a JSON patch, an inline generator, an alias.
var ErrNotEditable = errors.New("the digest cannot be written here")

// SetDigest returns the text of a file with the digest written into the chart of
// an AirbyteRelease, beside the version. Comments and layout stay as they are.
// The release is the only one in the file, or the one of that name.
func SetDigest(text []byte, release, digest string) ([]byte, error) {
	root := findRelease(text, release)
	if root == nil {
		return nil, ErrNotEditable
	}
	spec := manifest.Lookup(root, "spec", "chart")
	version := manifest.Field(spec, "version")
	if version == nil || version.Kind != yaml.ScalarNode {
		return nil, ErrNotEditable
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
	var err error
	if old := manifest.Field(spec, "digest"); old != nil {
		err = replace(lines, old, digest)
	} else {
		err = insert(lines, spec, version, digest)
	}
	if err != nil {
		return nil, err
	}
	out := bytes.Join(lines, nil)
	// What was meant must be what is there, and nothing else may have moved.
	chart := manifest.Lookup(findRelease(out, release), "spec", "chart")
	if manifest.Text(chart, "digest") != digest || manifest.Text(chart, "version") != version.Value {
		return nil, ErrNotEditable
	}
	return out, nil
}

// findRelease returns an AirbyteRelease in a file that has a chart version, with
// the positions of its nodes in the whole text, or nil.
func findRelease(text []byte, name string) *yaml.Node {
	var all []*yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var doc yaml.Node
		if dec.Decode(&doc) != nil {
			break
		}
		if len(doc.Content) != 1 {
			continue
		}
		root := doc.Content[0]
		if fn.Is(yaml.NewRNode(root)) && manifest.Lookup(root, "spec", "chart", "version") != nil {
			all = append(all, root)
		}
	}
	if len(all) == 1 {
		return all[0]
	}
	for _, root := range all {
		if manifest.Text(manifest.Field(root, "metadata"), "name") == name {
			return root
		}
	}
	return nil
}

// replace puts the digest where an old one stands.
func replace(lines [][]byte, old *yaml.Node, digest string) error {
	line, at := old.Line-1, old.Column-1
	token := old.Value
	switch old.Style {
	case yaml.DoubleQuotedStyle:
		token = `"` + token + `"`
	case yaml.SingleQuotedStyle:
		token = `'` + token + `'`
	}
	if line >= len(lines) || at > len(lines[line]) || !bytes.HasPrefix(lines[line][at:], []byte(token)) {
		return ErrNotEditable
	}
	rest := lines[line][at+len(token):]
	lines[line] = []byte(string(lines[line][:at]) + digest + string(rest))
	return nil
}

// insert puts the digest behind the version: on the next line, or in the same
// one where the chart is written in braces.
func insert(lines [][]byte, spec, version *yaml.Node, digest string) error {
	line := version.Line - 1
	if line >= len(lines) {
		return ErrNotEditable
	}
	if spec.Style&yaml.FlowStyle != 0 {
		token := version.Value
		at := version.Column - 1
		if version.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
			token = string(lines[line][at]) + token + string(lines[line][at])
		}
		if !bytes.HasPrefix(lines[line][at:], []byte(token)) {
			return ErrNotEditable
		}
		end := at + len(token)
		lines[line] = []byte(string(lines[line][:end]) + ", digest: " + digest + string(lines[line][end:]))
		return nil
	}
	for i := 0; i+1 < len(spec.Content); i += 2 {
		key := spec.Content[i]
		if key.Value != "version" {
			continue
		}
		indent := strings.Repeat(" ", key.Column-1)
		end := "\n"
		if strings.HasSuffix(string(lines[line]), "\r\n") {
			end = "\r\n"
		}
		if !bytes.HasSuffix(lines[line], []byte("\n")) {
			lines[line] = append(lines[line], end...)
		}
		lines[line] = []byte(string(lines[line]) + indent + "digest: " + digest + end)
		return nil
	}
	return ErrNotEditable
}

// Pin returns the text of the chart's file with the digest in it.
func (c Chart) Pin(text []byte, digest string) ([]byte, error) {
	out, err := SetDigest(text, c.Release, digest)
	if err != nil {
		return nil, fmt.Errorf("%s: release %s: %w; write it by hand: spec.chart.digest: %s", c.File, c.Release, err, digest)
	}
	return out, nil
}
