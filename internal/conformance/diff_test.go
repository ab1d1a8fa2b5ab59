package conformance

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/diff"
	"github.com/airstrip-dev/airstrip/fn/overlay"
	"github.com/airstrip-dev/airstrip/internal/official"
)

// TestDiffUpgrades holds the reports of two upgrades of the official chart, over three
// environments, to a size that somebody reads. Rows and images count, labels of the
// release and checksums do not.
func TestDiffUpgrades(t *testing.T) {
	if os.Getenv(official.Env) == "" {
		t.Skipf("set %s to a folder of official archives", official.Env)
	}
	archives, err := official.Archives(root)
	if err != nil {
		t.Fatal(err)
	}
	path := map[string]string{}
	for _, a := range archives {
		path[a.String()] = a.Path
	}
	tree := sealedTree(t)
	for _, tt := range []struct {
		old, new       string
		rows, markdown int
	}{
		{"airbyte-2.0.16", "airbyte-2.0.19", 55, 12_000},
		{"airbyte-2.1.1", "airbyte-2.2.0", 27, 10_000},
	} {
		t.Run(tt.old+" "+tt.new, func(t *testing.T) {
			if path[tt.old] == "" || path[tt.new] == "" {
				t.Skipf("%s is not among the archives", tt.old)
			}
			var charts chart.Memo
			var sides []diff.Sides
			for _, name := range []string{"eks-alb", "gke-nginx", "aks"} {
				s := diff.Sides{Name: name}
				for _, version := range []string{tt.old, tt.new} {
					res, err := overlay.Build(t.Context(), filepath.Join(tree, "overlays", name), fn.Options{Charts: &charts, Chart: path[version]})
					if err != nil {
						t.Fatal(err)
					}
					s.Old, s.New = s.New, res.Objects
				}
				sides = append(sides, s)
			}
			r := diff.Compare(sides, diff.Options{})
			places := 0
			for _, row := range r.Rows {
				places += len(row.Places)
			}
			images := 0
			for _, i := range r.Images {
				places += len(i.Places)
				if len(i.Places) > 0 {
					images++
				}
			}
			var page bytes.Buffer
			if err := r.Markdown(&page, diff.MarkdownOptions{}); err != nil {
				t.Fatal(err)
			}
			t.Logf("diff: %s to %s: %d changes of fields in %d rows and %d images, %d rows of noise, %d bytes of Markdown", tt.old, tt.new, places, len(r.Rows), images, len(r.Noise), page.Len())
			if len(r.Rows)+images > tt.rows {
				t.Errorf("%d rows and %d images, want at most %d", len(r.Rows), images, tt.rows)
			}
			if places < 2*tt.rows {
				t.Errorf("%d changes of fields: fewer than there are", places)
			}
			if page.Len() > tt.markdown {
				t.Errorf("%d bytes of Markdown, want at most %d", page.Len(), tt.markdown)
			}
		})
	}
}
