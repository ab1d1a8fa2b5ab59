package render_test

import (
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/render"
	"github.com/airstrip-dev/airstrip/internal/official"
)

// BenchmarkChart renders a chart that is loaded already: merging values, the
// templates, decoding what they give.
func BenchmarkChart(b *testing.B) {
	subjects := []subject{{"standin-v1", "v1", standIns()[0].path}, {"standin-v2", "v2", standIns()[1].path}}
	archives, err := official.Archives("../..")
	if err != nil {
		b.Fatal(err)
	}
	for _, a := range archives {
		if a.String() == "airbyte-2.2.0" || a.String() == "airbyte-1.9.2" {
			subjects = append(subjects, subject{a.String(), a.Generation(), a.Path})
		}
	}
	for _, s := range subjects {
		b.Run("chart="+s.name, func(b *testing.B) {
			c, err := load(s.path)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := render.Chart(chart.Clone(c), map[string]any{}, release); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkReadValues reads a values file of the size of the chart's own.
func BenchmarkReadValues(b *testing.B) {
	c, err := load(standIns()[1].path)
	if err != nil {
		b.Fatal(err)
	}
	data, err := yaml.Marshal(c.Values)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := render.ReadValues(data, "values.yaml"); err != nil {
			b.Fatal(err)
		}
	}
}
