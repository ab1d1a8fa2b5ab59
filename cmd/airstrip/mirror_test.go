package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/validate"
	"github.com/airstrip-dev/airstrip/internal/official"
)

func TestMirrorNames(t *testing.T) {
	m := mirror{registries: []string{"ghcr.io/acme", "r.example.com:5000"}}
	for _, tt := range []struct{ image, upstream, mirrored string }{
		{"airbyte/server:2.2.0", "airbyte/server:2.2.0", "ghcr.io/acme/airbyte/server:2.2.0"},
		{"postgres:13-alpine", "postgres:13-alpine", "ghcr.io/acme/postgres:13-alpine"},
		{"quay.io/a/b@sha256:00", "quay.io/a/b@sha256:00", "ghcr.io/acme/quay.io/a/b@sha256:00"},
		{"ghcr.io/acme/airbyte/server:2.2.0", "airbyte/server:2.2.0", "ghcr.io/acme/airbyte/server:2.2.0"},
		{"r.example.com:5000/a/b:1", "a/b:1", "r.example.com:5000/a/b:1"},
		{"ghcr.io/acmes/b:1", "ghcr.io/acmes/b:1", "ghcr.io/acme/ghcr.io/acmes/b:1"},
	} {
		upstream, mirrored := m.names(tt.image)
		if upstream != tt.upstream || mirrored != tt.mirrored {
			t.Errorf("%s is %s and %s, want %s and %s", tt.image, upstream, mirrored, tt.upstream, tt.mirrored)
		}
		if got, want := m.has(tt.image), tt.image == tt.mirrored; got != want {
			t.Errorf("%s comes from the mirror: %v, want %v", tt.image, got, want)
		}
	}
}

// The names in the mirror are those that the chart asks for when it is given the
// registry: for the stand-in charts, and for the official ones that are there.
func TestMirrorIsWhatTheChartAsksFor(t *testing.T) {
	const registry = "ghcr.io/acme"
	root := filepath.Join("..", "..")
	charts := map[string]string{}
	for _, name := range []string{"v1", "v2"} {
		charts["stand-in "+name] = filepath.Join(root, "testdata", "charts", "airbyte", name)
	}
	archives, err := official.Archives(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range official.Newest(archives) {
		charts[a.String()] = a.Path
	}
	for name, path := range charts {
		m := mirror{registries: []string{registry}}
		want := imagesOf(t, path, registry)
		var got []string
		for _, image := range imagesOf(t, path, "") {
			_, mirrored := m.names(image)
			got = append(got, mirrored)
		}
		if diff := cmp.Diff(want, got); diff != "" || len(want) < 4 {
			t.Errorf("%s (-what the chart asks for +the mirror):\n%s", name, diff)
		}
		if strings.HasPrefix(name, "airbyte-2") && !slices.Contains(got, registry+"/postgres:13-alpine") {
			t.Errorf("%s: the images of Keycloak are not rendered: %q", name, got)
		}
	}
}

// imagesOf renders a chart with all that it has, Keycloak included.
func imagesOf(t *testing.T, path, registry string) []string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`apiVersion: airstrip.dev/v1alpha1
kind: AirbyteRelease
metadata: {name: airbyte, namespace: airbyte}
spec:
  chart: {path: %q}
  kubeVersion: "1.33"
  delivery: plain
  edition: enterprise
  url: https://airbyte.example.com
`, abs)
	if strings.Contains(filepath.Base(path), "data-plane") {
		text += "  dataPlane: {region: eu}\n"
	} else {
		text += "  auth: {instanceAdmin: {firstName: Ada, lastName: Lovelace}, oidc: {domain: login.example.com, appName: airbyte}}\n"
	}
	if registry != "" {
		text += fmt.Sprintf("  images: {registry: %s}\n", registry)
	}
	n, err := yaml.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	config, err := fn.Load(n)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	set, _, err := fn.Generate(context.Background(), config, fn.Options{Draft: true, Root: ".", Charts: &chart.Memo{}})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return validate.Images(set)
}

func TestTagged(t *testing.T) {
	const digest = "@sha256:00"
	for _, tt := range []struct{ in, want pair }{
		{pair{"a/b:1", "r/a/b:1"}, pair{"a/b:1", "r/a/b:1"}},
		{pair{"a/b" + digest, "r/a/b" + digest}, pair{"a/b" + digest, "r/a/b" + digest}},
		{pair{"a/b:1" + digest, "r/a/b:1" + digest}, pair{"a/b" + digest, "r/a/b:1"}},
		{pair{"h:5000/b" + digest, "r/h:5000/b" + digest}, pair{"h:5000/b" + digest, "r/h:5000/b" + digest}},
	} {
		if got := tt.in.tagged(); got != tt.want {
			t.Errorf("%v is copied as %v, want %v", tt.in, got, tt.want)
		}
	}
}

func TestImageAndRegistryNames(t *testing.T) {
	for name, want := range map[string]bool{
		"postgres": true, "a/b:1.2-alpine": true, "h.example.com:5000/a/b_c:T": true, "a/b@sha256:0123abcdef": true, "a/b:1@sha256:00": true,
		"": false, "-x": false, "a b": false, "a'b": false, "a\nb": false, "$(id)": false, "a@sha256": false, "a;b": false,
	} {
		if imageName.MatchString(name) != want {
			t.Errorf("%q is an image: %v, want %v", name, !want, want)
		}
	}
	for name, want := range map[string]bool{
		"ghcr.io/acme": true, "localhost:5000": true, "r.example.com:5000/a/b-c": true, "acme": true,
		"": false, "https://ghcr.io": false, "ghcr.io//a": false, "ghcr.io/A": false, "ghcr.io/a b": false, "-x": false, "ghcr.io/a:tag": false, "$(id)": false,
	} {
		if (checkRegistry(name) == nil) != want {
			t.Errorf("%q is a registry: %v, want %v", name, !want, want)
		}
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{"a b": "'a b'", "": "''", "it's $HOME": `'it'\''s $HOME'`} {
		if got := quote(in); got != want {
			t.Errorf("%q is quoted %s, want %s", in, got, want)
		}
	}
}
