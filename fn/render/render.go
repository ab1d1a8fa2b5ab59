// Package render turns a chart and its values into objects, as `helm template
// --include-crds` would, hooks and custom resource definitions included.
//
// It is pure: no network, no cluster, no clock. A template that asks for one
// of them, or for chance, is refused by name and line unless its answer is
// pinned, so that the same input always gives the same bytes.
//
// On the line load → chart → render → repair → … it is the third step. The Go
// API is not stable; the config file, the flags and the output layout are.
package render

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	helmchart "helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Release is what a template knows of the world besides its values.
type Release struct {
	Name, Namespace string
	// KubeVersion is the version of the cluster, such as 1.33 or v1.33.4.
	KubeVersion string
	// APIVersions are served by the cluster beside those Helm assumes.
	APIVersions []string
	// Allow pins the answers of functions that are otherwise refused.
	Allow []Pin
}

// Output is what a chart rendered to.
type Output struct {
	// Objects are in the order of their template files; hooks still carry
	// their annotations.
	Objects manifest.Set
	// Sources holds the template file of each object.
	Sources map[manifest.ID]string
	// Findings are the repairs that reading the templates took.
	Findings []manifest.Finding
}

// Chart renders c, which it may change: pass a copy if it is used again.
// Values are the user's own; the chart's defaults are merged below them.
//
// Errors of a template name its file and line. An error of a schema names field and
// rule, and none tells a value whose name says that it is secret.
func Chart(c *helmchart.Chart, values map[string]any, rel Release) (*Output, error) {
	if t := c.Metadata.Type; t != "" && t != "application" {
		return nil, fmt.Errorf("a chart of type %s has nothing to render", t)
	}
	if missing := missingDependencies(c); len(missing) > 0 {
		return nil, fmt.Errorf("dependencies in Chart.yaml but not in charts/: %s; run helm dependency build", strings.Join(missing, ", "))
	}
	caps, err := capabilities(c, rel)
	if err != nil {
		return nil, err
	}
	if err := chartutil.ProcessDependenciesWithMerge(c, values); err != nil {
		return nil, err
	}
	if err := pin(c, rel.Allow); err != nil {
		return nil, err
	}
	if err := refuseForeignSchemas(c); err != nil {
		return nil, err
	}
	vals, err := chartutil.ToRenderValues(c, values, chartutil.ReleaseOptions{
		Name: rel.Name, Namespace: rel.Namespace, Revision: 1, IsInstall: true,
	}, caps)
	if err != nil {
		return nil, withoutValues(err)
	}
	if err := refuseUnpinnedValues(c, vals); err != nil {
		return nil, err
	}
	files, err := engine.Engine{}.Render(c, vals)
	if err != nil {
		return nil, conceal(err, values)
	}
	out := &Output{Sources: make(map[manifest.ID]string)}
	for _, crd := range c.CRDObjects() {
		if err := out.add(crd.Filename, string(crd.File.Data)); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		base := path.Base(name)
		// Helm's rules: notes are for people, partials for other templates.
		if base == "NOTES.txt" || strings.HasPrefix(base, "_") {
			continue
		}
		if err := out.add(name, files[name]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// add decodes one rendered file.
func (o *Output) add(source, text string) error {
	set, findings, err := manifest.DecodeText(trim(text), source)
	if err != nil {
		return err
	}
	o.Findings = append(o.Findings, findings...)
	for _, n := range set {
		id := manifest.IDOf(n)
		if id.Name == "" {
			return fmt.Errorf("%s: a %s has no metadata.name (generateName cannot be kept in git)", source, id.Kind)
		}
		// Helm reads the head of every manifest and fails on such annotations
		// (pkg/releaseutil: SimpleHead); an object without its hook annotation
		// would be another object.
		if a := manifest.Lookup(n.YNode(), "metadata", "annotations"); !texts(a) {
			return fmt.Errorf("%s: %s: metadata.annotations is not a map of text", source, id)
		}
		if first, twice := o.Sources[id]; twice {
			return &manifest.DuplicateError{ID: id, Sources: [2]string{first, source}}
		}
		o.Sources[id] = source
	}
	o.Objects = append(o.Objects, set...)
	return nil
}

// trim takes the white space around each document of a file away, as Helm does
// before it reads them (pkg/releaseutil: SplitManifests). It shows where the
// last thing in a document is a block of text.
func trim(text string) string {
	docs := strings.Split("\n"+text, "\n---")
	for i := range docs {
		docs[i] = strings.TrimSpace(docs[i])
	}
	return strings.Join(docs, "\n---\n") + "\n"
}

// texts reports whether n is a mapping with scalar values, null or absent.
func texts(n *yaml.Node) bool {
	if n == nil || n.Tag == yaml.NodeTagNull {
		return true
	}
	for i := 1; i < len(n.Content); i += 2 {
		if n.Content[i].Kind != yaml.ScalarNode {
			return false
		}
	}
	return n.Kind == yaml.MappingNode
}

// capabilities describes the cluster to the templates.
func capabilities(c *helmchart.Chart, rel Release) (*chartutil.Capabilities, error) {
	if rel.KubeVersion == "" {
		return nil, errors.New("the Kubernetes version is not given (as a library Helm would assume v1.20.0)")
	}
	v, err := chartutil.ParseKubeVersion(rel.KubeVersion)
	if err != nil {
		return nil, fmt.Errorf("kubeVersion %q: %w", rel.KubeVersion, err)
	}
	if want := c.Metadata.KubeVersion; want != "" && !chartutil.IsCompatibleRange(want, v.String()) {
		return nil, fmt.Errorf("the chart wants Kubernetes %s, kubeVersion is %s", want, v)
	}
	// Helm's DefaultCapabilities is a shared pointer; copy it or one render
	// leaks into the next.
	caps := chartutil.DefaultCapabilities.Copy()
	caps.KubeVersion = *v
	caps.APIVersions = append(caps.APIVersions[:len(caps.APIVersions):len(caps.APIVersions)], rel.APIVersions...)
	return caps, nil
}

func missingDependencies(c *helmchart.Chart) []string {
	have := make(map[string]bool)
	for _, d := range c.Dependencies() {
		have[d.Name()] = true
	}
	var missing []string
	for _, d := range c.Metadata.Dependencies {
		if !have[d.Name] {
			missing = append(missing, d.Name)
		}
	}
	return missing
}
