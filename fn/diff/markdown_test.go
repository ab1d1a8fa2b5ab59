package diff

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

var update = flag.Bool("update", false, "rewrite the pages in testdata")

// golden holds what is written to a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: run the test with -update", err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, d)
	}
}

func markdown(t *testing.T, r *Report, o MarkdownOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Markdown(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMarkdown(t *testing.T) {
	same := sample()
	same.Risks, same.Images, same.Rows, same.Noise = nil, nil, nil, nil
	for i := range same.Environments {
		e := &same.Environments[i]
		e.New, e.Added, e.Removed, e.Changed = e.Old, 0, 0, 0
		same.Totals[i].New = same.Totals[i].Old
	}
	failed := sample()
	failed.Environments[0] = Environment{Name: "aks", Agent: "flux", Old: 25, Error: "overlays/aks/airbyte.yaml: spec.chart.verison: unknown field\n```\n@everyone"}
	for _, tc := range []struct {
		name    string
		report  *Report
		options MarkdownOptions
	}{
		{"sample.md", sample(), MarkdownOptions{}},
		{"same.md", same, MarkdownOptions{}},
		{"failed.md", failed, MarkdownOptions{}},
		{"limited.md", sample(), MarkdownOptions{Limit: 3500, Full: "https://ci.example.com/review/17#artifacts"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := markdown(t, tc.report, tc.options)
			checkPage(t, got, tc.report, tc.options)
			golden(t, tc.name, []byte(got))
			if again := markdown(t, tc.report, tc.options); again != got {
				t.Error("the same report gives another page")
			}
		})
	}
}

// TestMarkdownLimit writes at every limit what is there.
func TestMarkdownLimit(t *testing.T) {
	r := sample()
	whole := length(markdown(t, r, MarkdownOptions{}))
	written := 0
	for limit := 1; limit <= whole; limit += 7 {
		o := MarkdownOptions{Limit: limit, Full: "airstrip diff --format html"}
		var b bytes.Buffer
		if err := r.Markdown(&b, o); err != nil {
			if !strings.Contains(err.Error(), "3 environments: allow ") || written > 0 {
				t.Fatalf("limit %d: %v", limit, err)
			}
			continue
		}
		written++
		checkPage(t, b.String(), r, o)
	}
	if written < whole/10 {
		t.Errorf("%d pages were written", written)
	}
}

// TestMarkdownEverywhere is a report that is too long for its rows, most of them of
// one environment: each of the others has one nevertheless.
func TestMarkdownEverywhere(t *testing.T) {
	r := sample()
	first := r.Rows[5]
	r.Rows = nil
	for i := range 4000 {
		row := first
		row.Path = "spec.template.spec.containers[*].env[VARIABLE_" + strings.Repeat("X", i%40) + "].value"
		row.Places = []Place{{Environment: "aks", Object: manifest.ID{Kind: "Deployment", Name: "airbyte-server"}}}
		switch i {
		case 3000:
			row.Places[0].Environment = "eks-alb"
		case 3999:
			row.Places[0].Environment = "gke-nginx"
		}
		r.Rows = append(r.Rows, row)
	}
	got := markdown(t, r, MarkdownOptions{})
	checkPage(t, got, r, MarkdownOptions{})
	if n := length(got); n < BodyLimit*9/10 {
		t.Errorf("%d characters of %d are used", n, BodyLimit)
	}
	p := r.page(MarkdownOptions{Limit: BodyLimit})
	if _, err := p.text(); err != nil {
		t.Fatal(err)
	}
	shown := map[string]int{}
	for _, u := range p.sections[4].units {
		if u.in {
			for _, e := range u.envs {
				shown[e]++
			}
		}
	}
	if shown["eks-alb"] != 1 || shown["gke-nginx"] != 1 || shown["aks"] < 100 {
		t.Errorf("changes shown: %v", shown)
	}
}
