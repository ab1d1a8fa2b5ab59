package chart

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	helmchart "helm.sh/helm/v3/pkg/chart"
)

func TestInspect(t *testing.T) {
	tests := []struct {
		name string
		in   *helmchart.Metadata
		want []Finding
	}{
		{"a release", &helmchart.Metadata{Name: "airbyte", Version: "2.2.0", AppVersion: "2.2.0"}, nil},
		{"no metadata", nil, nil},
		{"no version of the app", &helmchart.Metadata{Name: "airbyte", Version: "2.2.0", AppVersion: "edge"}, nil},
		{"a pre-release", &helmchart.Metadata{Name: "airbyte", Version: "1.9.2", AppVersion: "2.0.2-alpha-c905e75"},
			[]Finding{{"chart-prerelease", "chart airbyte 1.9.2 installs the pre-release 2.0.2-alpha-c905e75"}}},
		{"deprecated", &helmchart.Metadata{Name: "airbyte", Version: "1.0.0", Deprecated: true},
			[]Finding{{"chart-deprecated", "chart airbyte 1.0.0 is deprecated by its authors"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Inspect(&helmchart.Chart{Metadata: tt.in})); diff != "" {
				t.Error(diff)
			}
		})
	}
}
