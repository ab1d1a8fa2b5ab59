package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/chart"
)

// dataPlane is a whole configuration of a data plane.
const dataPlane = `
edition: enterprise
url: https://airbyte.example.com
dataPlane: {region: eu-west}
storage: {type: gcs, bucket: lake}
secretsManager: {type: gcp, gcp: {projectId: example, region: europe-west1}}
images: {registry: ghcr.io/example, pullSecrets: [regcred]}
serviceAccount: {name: airbyte-sa}
jobs: {nodeSelector: {pool: jobs}}
env: {JAVA_OPTS: -Xmx1g}
secretEnv: {TOKEN: {key: token}}
`

// TestSettingsGolden records what the containers of the stand-in charts see of
// whole configurations; with what they see anyhow left out.
func TestSettingsGolden(t *testing.T) {
	var charts chart.Memo
	for _, dir := range standInCharts(t) {
		path := filepath.Join(root, "testdata/charts", dir)
		specs, none := enterprises, `{}`
		if strings.HasPrefix(dir, "airbyte-data-plane") {
			specs, none = map[string]string{"data-plane": dataPlane}, `{url: "https://airbyte.example.com", storage: {type: minio}}`
		}
		before := seen(t, &charts, path, none)
		for _, name := range slices.Sorted(maps.Keys(specs)) {
			t.Run(name+" "+filepath.Base(dir), func(t *testing.T) {
				var lines []string
				for _, line := range seen(t, &charts, path, specs[name]) {
					if !slices.Contains(before, line) {
						lines = append(lines, line)
					}
				}
				golden(t, filepath.Join(root, "testdata/settings", name+"-"+filepath.Base(dir)+".txt"), strings.Join(lines, "\n")+"\n")
			})
		}
	}
}

// seen lists the variables of all containers, "NAME = value: container …", or
// what is refused.
func seen(t *testing.T, charts *chart.Memo, path, spec string) []string {
	t.Helper()
	conf, err := config(t, path, spec)
	if err != nil {
		t.Fatal(err)
	}
	set, _, err := fn.Generate(context.Background(), conf, fn.Options{Draft: true, Charts: charts})
	var refusal *fn.ConfigError
	if errors.As(err, &refusal) {
		return strings.Split(refusal.Error(), "\n")
	}
	if err != nil {
		t.Fatal(err)
	}
	readers := map[string][]string{}
	for _, line := range viewOf(set).sources() {
		container, source, _ := strings.Cut(line, ": ")
		_, container, _ = strings.Cut(container, "/") // the kind says nothing
		object, container, _ := strings.Cut(container, "/")
		object = strings.TrimPrefix(object, "airbyte-")
		if strings.Contains(container, "init") {
			object += "/init"
		}
		readers[source] = append(readers[source], object)
	}
	var lines []string
	for _, source := range slices.Sorted(maps.Keys(readers)) {
		lines = append(lines, fmt.Sprintf("%s: %s", source, strings.Join(readers[source], " ")))
	}
	return lines
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: write it with -update", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is out of date (-recorded +now):\n%s", path, diff)
	}
}
