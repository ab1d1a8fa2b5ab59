package conformance

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/internal/official"
)

// garbage is what templates leave of values that they did not expect. V2 until
// 2.0.19 has some of its own, whatever the settings.
var (
	garbage = regexp.MustCompile(`%!|<nil>|<no value>|map\[`)
	theirs  = regexp.MustCompile(`(?m)^  OTEL_RESOURCE_ATTRIBUTES: .*$`)
)

// sound holds a render to what every render of settings promises.
func sound(t testing.TB, set manifest.Set, findings []manifest.Finding) {
	t.Helper()
	if err := set.Check(); err != nil {
		t.Error(err)
	}
	for _, f := range findings {
		if f.Severity == manifest.Error && f.Code != fn.SecretFinding || f.Code == "setting-overruled" || f.Code == "unread-value" {
			t.Error(f)
		}
	}
	for _, n := range set {
		id := manifest.IDOf(n)
		text, err := manifest.Bytes(n)
		if err != nil {
			t.Error(err)
		}
		if found := garbage.Find(theirs.ReplaceAll(text, nil)); found != nil {
			t.Errorf("%v: has %q", id, found)
		}
		for _, c := range manifest.Containers(manifest.Field(manifest.PodTemplate(n), "spec")) {
			seen := map[string]bool{}
			for _, e := range manifest.Items(manifest.Field(c, "env")) {
				name := manifest.Text(e, "name")
				if seen[name] {
					t.Errorf("%v: variable %s twice", id, name)
				}
				seen[name] = true
			}
		}
	}
}

// known is what is known of a chart.
type known struct {
	airbyte.Chart
	templates string
}

func chartOf(t testing.TB, charts *chart.Memo, path string) known {
	t.Helper()
	c, err := charts.Load(context.Background(), chart.Ref{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range c.Raw {
		if strings.Contains(f.Name, "templates/") {
			b.Write(f.Data)
		}
	}
	return known{airbyte.Of(c.Name(), c.Metadata.Version), b.String()}
}

var version = regexp.MustCompile(`\d+\.\d+\.\d+(-[-\w]+)?`)

// standInCharts are the folders of the stand-in charts.
func standInCharts(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(root + "testdata/charts/*/*/Chart.yaml")
	if err != nil || len(found) < 4 {
		t.Fatalf("stand-in charts: %q, %v", found, err)
	}
	for i, f := range found {
		found[i], _ = filepath.Rel(root+"testdata/charts", filepath.Dir(f))
	}
	return found
}

// settingsSubjects are the stand-in charts and the official ones, one of those
// whose templates and values differ in numbers of versions only: the newest.
func settingsSubjects(t *testing.T, charts *chart.Memo) []subject {
	t.Helper()
	archives, err := official.Archives(root)
	if err != nil {
		t.Fatal(err)
	}
	var list []subject
	for _, dir := range standInCharts(t) {
		if filepath.Base(dir) == "v2" {
			continue // v2-next has all that it has; the goldens show both
		}
		path := filepath.Join(root, "testdata/charts", dir)
		list = append(list, subject{name: "stand-in " + dir, path: path})
	}
	seen := map[string]bool{}
	for _, a := range slices.Backward(archives) {
		c, err := charts.Load(context.Background(), chart.Ref{Path: a.Path})
		if err != nil {
			t.Fatal(err)
		}
		h := sha256.New()
		for _, f := range c.Raw {
			if strings.Contains(f.Name, "templates/") || strings.HasSuffix(f.Name, "values.yaml") {
				fmt.Fprintf(h, "%s\n%s\n", f.Name, version.ReplaceAll(f.Data, nil))
			}
		}
		if a.Generation() == "v2" && a.Version.LessThan(semver.MustParse("2.0.8")) {
			continue // see TestSettingsOfEarlyReleases
		}
		if sum := a.Name + string(h.Sum(nil)); !seen[sum] {
			seen[sum] = true
			list = append(list, subject{a.String(), a.Generation(), a.Path, true, a.Version.Original()})
		}
	}
	return list
}
