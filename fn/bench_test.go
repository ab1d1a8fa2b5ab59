package fn_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/transform"
	"github.com/airstrip-dev/airstrip/internal/official"
)

// BenchmarkGenerate is the whole pipeline with the chart in memory: values,
// templates, repair, hooks, validation.
func BenchmarkGenerate(b *testing.B) {
	charts := map[string]string{"standin-v2": "../testdata/charts/airbyte/v2"}
	archives, err := official.Archives("..")
	if err != nil {
		b.Fatal(err)
	}
	for _, a := range archives {
		if a.String() == "airbyte-2.2.0" {
			charts[a.String()] = a.Path
		}
	}
	for _, name := range []string{"standin-v2", "airbyte-2.2.0"} {
		path, ok := charts[name]
		if !ok {
			continue
		}
		b.Run("chart="+name, func(b *testing.B) {
			path, err := filepath.Abs(path)
			if err != nil {
				b.Fatal(err)
			}
			config := &fn.Config{Name: "airbyte", Namespace: "airbyte", Spec: fn.Spec{
				Chart: chart.Ref{Path: path}, KubeVersion: "1.33",
				Delivery: transform.Flux, Labels: transform.StripLabels, NamespaceObject: transform.CreateNamespace,
			}}
			var memo chart.Memo
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := fn.Generate(context.Background(), config, fn.Options{Charts: &memo}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
