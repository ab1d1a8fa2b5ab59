package fn_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/transform"
	"github.com/airstrip-dev/airstrip/internal/charttest"
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

// BenchmarkLoad reads, verifies and unpacks a packaged chart.
func BenchmarkLoad(b *testing.B) {
	data, err := charttest.Package("../testdata/charts/airbyte/v2")
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "standin-v2.tgz")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		b.Fatal(err)
	}
	b.Run("chart=standin-v2", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := chart.Load(context.Background(), nil, chart.Ref{Path: path, Digest: charttest.Digest(data)}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
