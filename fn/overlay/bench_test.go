package overlay_test

import (
	"context"
	"io"
	"path/filepath"
	"testing"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/output"
	"github.com/airstrip-dev/airstrip/fn/overlay"
	"github.com/airstrip-dev/airstrip/internal/official"
)

func benchCharts(b *testing.B) []string {
	b.Helper()
	charts := []string{root + "testdata/charts/airbyte/v2"}
	archives, err := official.Archives(root)
	if err != nil {
		b.Fatal(err)
	}
	for _, a := range archives {
		if a.String() == "airbyte-2.2.0" {
			charts = append(charts, a.Path)
		}
	}
	return charts
}

// BenchmarkBuild builds the overlays with a chart in memory (warm) and with one
// that is read and unpacked for each (cold).
func BenchmarkBuild(b *testing.B) {
	for _, path := range benchCharts(b) {
		for _, memory := range []string{"warm", "cold"} {
			for _, dir := range overlays {
				b.Run("chart="+filepath.Base(path)+"/"+memory+"/overlay="+filepath.Base(dir), func(b *testing.B) {
					o := fn.Options{Charts: &chart.Memo{}, Chart: path}
					b.ReportAllocs()
					for b.Loop() {
						if memory == "cold" {
							o.Charts = &chart.Memo{}
						}
						if _, err := overlay.Build(context.Background(), dir, o); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

// BenchmarkWriteUnchanged compares a built overlay with a folder that is
// already equal to it, which is what most renders end with.
func BenchmarkWriteUnchanged(b *testing.B) {
	for _, path := range benchCharts(b) {
		b.Run("chart="+filepath.Base(path), func(b *testing.B) {
			ctx := context.Background()
			res, err := overlay.Build(ctx, overlays[1], fn.Options{Charts: &chart.Memo{}, Chart: path})
			if err != nil {
				b.Fatal(err)
			}
			folder := filepath.Join(b.TempDir(), "out")
			write := func() int {
				plan, err := output.NewPlan(ctx, folder, res.Namespace, res.Objects)
				if err == nil {
					err = plan.Apply(ctx)
				}
				if err != nil {
					b.Fatal(err)
				}
				return len(plan.Changes)
			}
			write()
			b.ReportAllocs()
			for b.Loop() {
				if n := write(); n != 0 {
					b.Fatalf("%d changes", n)
				}
			}
		})
	}
}

// BenchmarkEncode is what printing an overlay costs.
func BenchmarkEncode(b *testing.B) {
	res, err := overlay.Build(context.Background(), overlays[0], fn.Options{Charts: &chart.Memo{}, Chart: benchCharts(b)[0]})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := res.Objects.Encode(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
