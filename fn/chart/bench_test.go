package chart

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
)

// official is the largest chart of generation 2, where AIRSTRIP_CHARTS has it.
func official(b *testing.B, name string) []byte {
	b.Helper()
	dir := os.Getenv("AIRSTRIP_CHARTS")
	if dir == "" {
		b.Skip("AIRSTRIP_CHARTS names no directory of official charts")
	}
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		b.Fatal(err)
	}
	return data
}

func BenchmarkLoad(b *testing.B) {
	for _, version := range []string{"1.9.2", "2.2.0"} {
		b.Run(version, func(b *testing.B) {
			data := official(b, "airbyte-"+version+".tgz")
			r := Ref{Name: "airbyte", Version: version, Digest: digestOf(data)}.WithDefaults()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Load(context.Background(), serves(data), r); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(version+" by Helm", func(b *testing.B) {
			data := official(b, "airbyte-"+version+".tgz")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := loader.LoadArchive(bytes.NewReader(data)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkClone(b *testing.B) {
	data := official(b, "airbyte-1.9.2.tgz")
	c, err := Load(b.Context(), serves(data), Ref{Name: "airbyte", Version: "1.9.2", Digest: digestOf(data)}.WithDefaults())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		Clone(c)
	}
}
