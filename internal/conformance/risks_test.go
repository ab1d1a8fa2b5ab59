package conformance

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/overlay"
	"github.com/airstrip-dev/airstrip/fn/validate"
	"github.com/airstrip-dev/airstrip/internal/official"
)

// bumps are steps between official releases, as people take them, and what a reviewer
// is told of each, in every overlay: that it is a major version, that the role may
// touch ConfigMaps, and that the database is migrated, which is all true. Nothing
// is refused, lost or opened by them.
var bumps = []struct {
	was, is string
	want    []string
}{
	{"2.0.16", "2.0.19", []string{"warning image-major", "info job-reruns"}},
	{"2.1.1", "2.2.0", []string{"info job-reruns"}},
	{"2.0.0", "2.2.0", []string{"warning image-major", "warning role-widened", "info job-reruns"}},
	{"1.8.5", "1.9.2", []string{"warning image-major", "info job-reruns"}},
}

// TestConformanceRisks holds bumps that are known to go well to silence.
func TestConformanceRisks(t *testing.T) {
	archives, err := official.Archives(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(archives) == 0 {
		t.Skipf("%s is not set", official.Env)
	}
	paths := map[string]official.Archive{}
	for _, a := range archives {
		if a.Name == "airbyte" {
			paths[a.Version.Original()] = a
		}
	}
	tree := sealedTree(t)
	var charts chart.Memo
	for _, b := range bumps {
		for _, dir := range overlays[paths[b.is].Generation()] {
			var sets [2]*overlay.Result
			for i, v := range []string{b.was, b.is} {
				res, err := overlay.Build(context.Background(), filepath.Join(tree, dir), fn.Options{Charts: &charts, Chart: paths[v].Path})
				if err != nil {
					t.Fatalf("%s %s: %v", v, dir, err)
				}
				sets[i] = res
			}
			agent := string(sets[1].Releases[0].Delivery)
			var got []string
			for _, f := range validate.Risks(sets[0].Objects, sets[1].Objects, agent) {
				got = append(got, string(f.Severity)+" "+f.Code)
				t.Logf("%s to %s, %s, %s: %s: %v", b.was, b.is, dir, agent, f.Code, f)
			}
			if got = slices.Compact(got); !slices.Equal(got, b.want) {
				t.Errorf("%s to %s, %s: %q, want %q", b.was, b.is, dir, got, b.want)
			}
			if same := validate.Risks(sets[1].Objects, sets[1].Objects, agent); len(same) > 0 {
				t.Errorf("%s, %s: nothing changes, and %v", b.is, dir, same[0])
			}
		}
	}
}
