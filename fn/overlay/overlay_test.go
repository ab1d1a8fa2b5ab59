package overlay_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/overlay"
)

const root = "../../"

var overlays = []string{root + "overlays/eks-alb", root + "overlays/gke-nginx", root + "overlays/aks"}

// options renders the stand-in chart, whatever an overlay pins.
func options() fn.Options {
	return fn.Options{Draft: true, Charts: &chart.Memo{}, Chart: root + "testdata/charts/airbyte/v2"}
}

// tree writes files into a new folder; the overlay is in its folder "o".
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "o")
}

const airbyte = `apiVersion: airstrip.dev/v1alpha1
kind: AirbyteRelease
metadata: {name: airbyte, namespace: airbyte}
spec:
  chart: {version: 2.0.0-standin.1, digest: "sha256:0000000000000000000000000000000000000000000000000000000000000000"}
  kubeVersion: "1.33"
  delivery: plain
`

func build(t *testing.T, dir string) (*overlay.Result, string) {
	t.Helper()
	res, err := overlay.Build(context.Background(), dir, options())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := res.Objects.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return res, b.String()
}

// An overlay that does more than generate goes through kustomize. What it adds
// and patches is there, the rest is as if it had generated only, and the order
// is that of the command.
func TestBuildThroughKustomize(t *testing.T) {
	plain := tree(t, map[string]string{
		"o/kustomization.yaml": "generators: [airbyte.yaml]\n", "o/airbyte.yaml": airbyte,
	})
	_, want := build(t, plain)
	more := tree(t, map[string]string{
		"o/kustomization.yaml": "generators: [airbyte.yaml]\nresources: [own.yaml]\n" +
			"patches: [{target: {kind: Deployment, name: airbyte-server}, patch: '[{\"op\": \"replace\", \"path\": \"/spec/replicas\", \"value\": 7}]'}]\n",
		"o/airbyte.yaml": airbyte,
		"o/own.yaml":     "apiVersion: v1\nkind: Namespace\nmetadata: {name: own}\n",
	})
	res, text := build(t, more)
	if !res.Objects.Sorted() {
		t.Error("not in the order that kustomize prints")
	}
	own := "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: own\n---\n"
	if !strings.HasPrefix(text, own) {
		t.Fatalf("does not begin with the Namespace:\n%.100s", text)
	}
	got := strings.Replace(strings.TrimPrefix(text, own), "replicas: 7\n", "replicas: 1\n", 1)
	if got != want {
		t.Error("more has changed than the patch says")
	}
	if strings.Contains(text, "internal.airstrip.dev") {
		t.Error("a mark of ours is left")
	}
}

// A transformer that moves what was rendered is refused: the chart has written
// the old namespace and names into its ConfigMaps.
func TestBuildMoved(t *testing.T) {
	for _, field := range []string{"namespace: other", "namePrefix: my-", "nameSuffix: -x"} {
		dir := tree(t, map[string]string{
			"o/kustomization.yaml": "generators: [airbyte.yaml]\n" + field + "\n", "o/airbyte.yaml": airbyte,
		})
		_, err := overlay.Build(context.Background(), dir, options())
		var moved *overlay.MovedError
		if !errors.As(err, &moved) {
			t.Errorf("%s: error is %v, want a MovedError", field, err)
		}
	}
	dir := tree(t, map[string]string{
		"o/kustomization.yaml": "generators: [airbyte.yaml]\nnamespace: airbyte\n", "o/airbyte.yaml": airbyte,
	})
	if _, err := overlay.Build(context.Background(), dir, options()); err != nil {
		t.Errorf("namespace: airbyte, where everything is already: %v", err)
	}
}

// A Job that is patched after it was named by its content is reported.
func TestBuildChangedJob(t *testing.T) {
	dir := tree(t, map[string]string{
		"o/kustomization.yaml": "generators: [airbyte.yaml]\n" +
			"patches: [{target: {kind: Job}, patch: '[{\"op\": \"add\", \"path\": \"/spec/backoffLimit\", \"value\": 9}]'}]\n",
		"o/airbyte.yaml": airbyte,
	})
	res, _ := build(t, dir)
	found := 0
	for _, f := range res.Findings {
		if f.Code == "job-changed" && f.Severity == manifest.Warning {
			found++
		}
	}
	if found == 0 {
		t.Error("no finding job-changed")
	}
}

// Whatever is wrong is said with the file, and nothing is rendered.
func TestBuildRefuses(t *testing.T) {
	generates := "generators: [airbyte.yaml]\n"
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no kustomization", map[string]string{"o/a.yaml": ""}, "no kustomization.yaml"},
		{"two of them", map[string]string{"o/kustomization.yaml": "", "o/kustomization.yml": ""}, "keep one"},
		{"nothing of ours", map[string]string{"o/kustomization.yaml": "resources: []\n"}, "no AirbyteRelease"},
		{"an unknown field", map[string]string{"o/kustomization.yaml": "generator: [a]\n"}, "o/kustomization.yaml: "},
		{"a foreign generator", map[string]string{
			"o/kustomization.yaml": "generators: [airbyte.yaml]\n",
			"o/airbyte.yaml":       "apiVersion: example.com/v1\nkind: Evil\nmetadata: {name: e}\n",
		}, "is not ours and is not run"},
		{"a foreign transformer", map[string]string{
			"o/kustomization.yaml": generates + "transformers: [evil.yaml]\n", "o/airbyte.yaml": airbyte,
			"o/evil.yaml": "apiVersion: example.com/v1\nkind: Evil\nmetadata: {name: e}\n",
		}, "is not ours and is not run"},
		{"ours as a transformer", map[string]string{"o/kustomization.yaml": "transformers: [airbyte.yaml]\n", "o/airbyte.yaml": airbyte}, "list it under generators"},
		{"a remote resource", map[string]string{"o/kustomization.yaml": generates + "resources: ['https://example.com/x.yaml']\n", "o/airbyte.yaml": airbyte}, "is remote"},
		{"a release twice", map[string]string{"o/kustomization.yaml": "generators: [airbyte.yaml, again.yaml]\n", "o/airbyte.yaml": airbyte, "o/again.yaml": airbyte}, "already generated by"},
		{"a file outside", map[string]string{"o/kustomization.yaml": "generators: [../airbyte.yaml]\n", "airbyte.yaml": airbyte}, "is not below"},
		{"itself", map[string]string{"o/kustomization.yaml": "resources: [../o]\n"}, "includes itself"},
		{"a duplicate key", map[string]string{"o/kustomization.yaml": generates, "o/airbyte.yaml": airbyte + "  delivery: flux\n"}, "duplicate key"},
		{"a generator among resources of a generator", map[string]string{
			"o/kustomization.yaml": "generators: [g]\n", "o/g/kustomization.yaml": "generators: [airbyte.yaml]\n", "o/g/airbyte.yaml": airbyte,
		}, "a generator cannot be generated"},
		{"where it was built", map[string]string{"o/kustomization.yaml": generates + "buildMetadata: [originAnnotations]\n", "o/airbyte.yaml": airbyte}, "originAnnotations"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res, err := overlay.Build(context.Background(), tree(t, tt.files), options())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want one with %q", err, tt.want)
			}
			if res != nil {
				t.Error("a result comes with the error")
			}
		})
	}
}

// The file that holds the offending field is named, the base or the patch.
func TestBuildLocatesProblems(t *testing.T) {
	files := map[string]string{
		"o/kustomization.yaml":    "generators: [g]\n",
		"o/g/kustomization.yaml":  "resources: [../../base]\npatches: [{path: patch.yaml}]\n",
		"o/g/patch.yaml":          "apiVersion: airstrip.dev/v1alpha1\nkind: AirbyteRelease\nmetadata: {name: airbyte, namespace: airbyte}\nspec: {delivery: argo}\n",
		"base/kustomization.yaml": "resources: [airbyte.yaml]\n",
		"base/airbyte.yaml":       strings.Replace(airbyte, "kubeVersion", "kubeversion", 1),
	}
	_, err := overlay.Build(context.Background(), tree(t, files), options())
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"patch.yaml: spec.delivery: ", "base/airbyte.yaml: spec.kubeversion: unknown field"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error does not say %q:\n%v", want, err)
		}
	}
}

// A canceled context ends a build.
func TestBuildCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := overlay.Build(ctx, overlays[0], options()); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want context.Canceled", err)
	}
}
