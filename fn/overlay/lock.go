package overlay

import (
	"bytes"
	"errors"
	"fmt"
	"os"
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
	tree, err := read(dir)
	if err != nil {
		return nil, err
	}
	if len(tree.generators()) == 0 {
		return nil, fmt.Errorf("%s: %w", tree.file, ErrNoGenerator)
	}
	var charts []Chart
	for _, g := range tree.generators() {
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
			if holds(name, "spec.chart.version") {
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
// its AirbyteRelease, beside the version. Comments and layout stay as they are.
func SetDigest(text []byte, digest string) ([]byte, error) {
	root, err := findRelease(text)
	if err != nil {
		return nil, err
	}
	spec := manifest.Lookup(root, "spec", "chart")
	version := manifest.Field(spec, "version")
	if version == nil || version.Kind != yaml.ScalarNode {
		return nil, ErrNotEditable
	}
	lines := bytes.SplitAfter(text, []byte("\n"))
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
	again, err := findRelease(out)
	if err != nil {
		return nil, ErrNotEditable
	}
	chart := manifest.Lookup(again, "spec", "chart")
	if manifest.Text(chart, "digest") != digest || manifest.Text(chart, "version") != version.Value {
		return nil, ErrNotEditable
	}
	return out, nil
}

// findRelease returns the AirbyteRelease in a file that has a chart version,
// with the positions of its nodes in the whole text.
func findRelease(text []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var doc yaml.Node
		if err := dec.Decode(&doc); err != nil {
			return nil, ErrNotEditable
		}
		if len(doc.Content) != 1 {
			continue
		}
		root := doc.Content[0]
		if fn.Is(yaml.NewRNode(root)) && manifest.Lookup(root, "spec", "chart", "version") != nil {
			return root, nil
		}
	}
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

// WriteDigest writes the digest into a chart's file and reports whether that
// changed it.
func WriteDigest(c Chart, digest string, write func(name string, data []byte) error) (bool, error) {
	text, err := os.ReadFile(c.File)
	var out []byte
	if info, serr := os.Stat(c.File); serr == nil && info.IsDir() {
		err = ErrNotEditable // no file of the folder has the version as such
	} else if err != nil {
		return false, err
	} else {
		out, err = SetDigest(text, digest)
	}
	if err != nil {
		return false, fmt.Errorf("%s: release %s: %w; write it by hand: spec.chart.digest: %s", c.File, c.Release, err, digest)
	}
	if bytes.Equal(text, out) {
		return false, nil
	}
	return true, write(c.File, out)
}
