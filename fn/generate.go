package fn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	helmchart "helm.sh/helm/v3/pkg/chart"

	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/render"
	"github.com/airstrip-dev/airstrip/fn/transform"
	"github.com/airstrip-dev/airstrip/fn/validate"
)

// Options is what a render depends on besides the config.
type Options struct {
	// Root is the directory that relative paths of the config start from.
	Root string
	// Charts loads charts, each once however many releases use it.
	Charts *chart.Memo
	// Chart, if set, is the path of a chart that is rendered in place of the
	// one in the config.
	Chart string
}

// Generate renders one release: chart, render, repair, lower hooks, validate.
// The set that it returns is in apply order; findings tell what was repaired
// and what deserves a look. Nothing is written and nothing is printed.
func Generate(ctx context.Context, c *Config, o Options) (manifest.Set, []manifest.Finding, error) {
	ref := c.Chart
	if o.Chart != "" {
		ref = chart.Ref{Path: o.Chart}
	} else if ref.Path != "" && !filepath.IsAbs(ref.Path) {
		ref.Path = filepath.Join(o.Root, ref.Path)
	}
	ch, err := o.Charts.Load(ctx, ref)
	if err != nil {
		return nil, nil, err
	}
	findings := inspect(ch)
	values, more, err := c.values(o.Root)
	if err != nil {
		return nil, nil, err
	}
	findings = append(findings, more...)
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	out, err := render.Chart(ch, values, render.Release{
		Name: c.Name, Namespace: c.Namespace, KubeVersion: c.KubeVersion, APIVersions: c.APIVersions, Allow: c.Allow,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("chart %s: %w", ref, err)
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	findings = append(findings, out.Findings...)
	set, more, err := transform.Apply(out.Objects, out.Sources, transform.Options{
		Delivery: c.Delivery, Labels: c.Labels, Namespace: c.Namespace, NamespaceObject: c.NamespaceObject,
	})
	findings = append(findings, more...)
	if err != nil {
		return nil, nil, fmt.Errorf("chart %s: %w", ref, err)
	}
	if len(out.Objects) == 0 || len(set) == 0 {
		return nil, nil, fmt.Errorf("chart %s: %w", ref, ErrEmpty)
	}
	return set, append(findings, validate.Check(set)...), nil
}

// ErrEmpty says that there is nothing to deliver. An agent that prunes would
// delete everything it once applied.
var ErrEmpty = errors.New("rendered no objects")

func inspect(c *helmchart.Chart) []manifest.Finding {
	var findings []manifest.Finding
	for _, f := range chart.Inspect(c) {
		findings = append(findings, manifest.Finding{
			Severity: manifest.Warning, Code: f.Code, Message: f.Message,
		})
	}
	return findings
}

// values joins the values files, the inline values and the paths to unset, in
// that order, as Helm joins -f and --set.
func (c *Config) values(root string) (map[string]any, []manifest.Finding, error) {
	values := map[string]any{}
	var findings []manifest.Finding
	for i, name := range c.ValuesFiles {
		path := name
		if !filepath.IsAbs(path) {
			path = filepath.Join(root, path)
		}
		data, err := readValuesFile(path)
		if err != nil {
			return nil, nil, fmt.Errorf("spec.valuesFiles[%d]: %w", i, err)
		}
		file, more, err := render.ReadValues(data, path)
		if err != nil {
			return nil, nil, fmt.Errorf("spec.valuesFiles[%d]: %w", i, err)
		}
		findings = append(findings, more...)
		values = render.MergeValues(values, file)
	}
	values = render.MergeValues(values, c.Values)
	for _, path := range c.Unset {
		var err error
		if values, err = render.Unset(values, path); err != nil {
			return nil, nil, err
		}
	}
	return values, findings, nil
}

// readValuesFile reads one byte more than is allowed, so that a huge file is
// told from a large one without being read.
func readValuesFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", path)
	}
	if info.Size() > render.MaxValues {
		return nil, fmt.Errorf("%s: %d MB, want at most %d: this is no values file", path, info.Size()>>20, render.MaxValues>>20)
	}
	return io.ReadAll(io.LimitReader(f, render.MaxValues+1))
}
