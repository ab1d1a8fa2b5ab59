package fn

import (
	"context"
	"fmt"

	helmchart "helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
)

// Effective are the values that a chart is rendered with, its defaults included,
// and where each comes from.
type Effective struct {
	// Release and Chart are for the reader: airbyte, airbyte 2.2.0.
	Release, Chart string
	Tree           map[string]any
	values         *chartValues
}

// EffectiveValues computes the values of a release without rendering it.
func EffectiveValues(ctx context.Context, c *Config, o Options) (*Effective, error) {
	loaded, _, err := o.load(ctx, c)
	if err != nil {
		return nil, err
	}
	v, _, err := c.values(loaded, o.Root)
	if err != nil {
		return nil, err
	}
	tree, err := coalesce(loaded, v.tree)
	if err != nil {
		return nil, err
	}
	return &Effective{
		Release: c.Name, Chart: fmt.Sprintf("%s %s", loaded.Metadata.Name, loaded.Metadata.Version), Tree: tree, values: v,
	}, nil
}

// coalesce lays values over the defaults of a chart and its subcharts, as Helm
// does before it renders.
func coalesce(ch *helmchart.Chart, values map[string]any) (map[string]any, error) {
	if err := chartutil.ProcessDependenciesWithMerge(ch, values); err != nil {
		return nil, err
	}
	return chartutil.CoalesceValues(ch, values)
}

// ChartDefault is the origin of a value that nobody set.
const ChartDefault = "chart"

// Origin is where the value at a path comes from: the field of a setting, a
// values file, spec.values, or [ChartDefault].
func (e *Effective) Origin(path ...string) string {
	if r, ok := e.values.source(path); ok {
		if r.file != "" {
			return r.file
		}
		return "spec.values"
	}
	if leaf, ok := above(e.values.settings.Origin, path); ok {
		return "spec." + leaf.Setting
	}
	return ChartDefault
}
