package fn_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/internal/charttest"
	"github.com/airstrip-dev/airstrip/internal/official"
)

// benchmark runs a benchmark for the stand-in chart and, if it is at hand, an
// official one.
func benchmark(b *testing.B, run func(b *testing.B, c *fn.Config, o fn.Options)) {
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
			config, err := fn.Load(yaml.MustParse(`
apiVersion: airstrip.dev/v1alpha1
kind: AirbyteRelease
metadata: {name: airbyte, namespace: airbyte}
spec: {chart: {path: ` + path + `}, kubeVersion: "1.33", delivery: flux, namespaceObject: create, configSecret: {backend: existing}}
`))
			if err != nil {
				b.Fatal(err)
			}
			// A draft, since the chart makes a Secret that nobody has sealed here.
			run(b, config, fn.Options{Charts: &chart.Memo{}, Draft: true})
		})
	}
}

// BenchmarkGenerate is the pipeline with the chart in memory, up to validation:
// values, templates, repair, hooks, secrets.
func BenchmarkGenerate(b *testing.B) {
	benchmark(b, func(b *testing.B, c *fn.Config, o fn.Options) {
		b.ReportAllocs()
		for b.Loop() {
			if _, _, err := fn.Generate(context.Background(), c, o); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkValidate is the last step of it: schemas, references, names, images.
func BenchmarkValidate(b *testing.B) {
	benchmark(b, func(b *testing.B, c *fn.Config, o fn.Options) {
		set, _, err := fn.Generate(context.Background(), c, o)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			fn.Validate(set, c)
		}
	})
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
