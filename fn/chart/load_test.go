package chart

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v3/pkg/chart/loader"

	"github.com/airstrip-dev/airstrip/internal/charttest"
)

// A sourceFunc is a Source in a test's own words.
type sourceFunc func(ctx context.Context, r Ref) ([]byte, error)

func (f sourceFunc) Fetch(ctx context.Context, r Ref) ([]byte, error) { return f(ctx, r) }

func serves(data []byte) Source {
	return sourceFunc(func(context.Context, Ref) ([]byte, error) { return data, nil })
}

// neverAsked is a Source that fails the test when it is asked.
func neverAsked(t *testing.T) Source {
	return sourceFunc(func(_ context.Context, r Ref) ([]byte, error) {
		t.Errorf("the source was asked for %s", r)
		return nil, errors.New("never")
	})
}

func minimal(t testing.TB, name, version string) []byte {
	t.Helper()
	data, err := charttest.Minimal(name, version)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// pinned is the reference to an archive of Minimal.
func pinned(data []byte) Ref {
	return Ref{Repo: "https://charts.example.com", Name: "airbyte", Version: "2.0.0", Digest: digestOf(data)}
}

func TestLoad(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	c, err := Load(t.Context(), serves(data), pinned(data))
	if err != nil {
		t.Fatal(err)
	}
	if c.Name() != "airbyte" || c.Metadata.Version != "2.0.0" || c.Values["greeting"] != "hello" {
		t.Errorf("got %+v %v", c.Metadata, c.Values)
	}
}

func TestLoadRefuses(t *testing.T) {
	good := minimal(t, "airbyte", "2.0.0")
	chart := func(pairs ...string) []byte {
		return packFiles(t, append([]string{"airbyte/Chart.yaml", chartYAML}, pairs...)...)
	}
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"another chart", minimal(t, "redis", "2.0.0"), `Chart.yaml: name is "redis", not "airbyte"`},
		{"another version", minimal(t, "airbyte", "2.0.1"), `Chart.yaml: version is "2.0.1", not "2.0.0"`},
		{"no Chart.yaml", packFiles(t, "airbyte/values.yaml", "a: 1"), "Chart.yaml is missing"},
		{"bad Chart.yaml", packFiles(t, "airbyte/Chart.yaml", "{"), "cannot load Chart.yaml"},
		{"bad values", chart("airbyte/values.yaml", "a: [\n"), "cannot load values.yaml"},
		{"missing dependencies", packFiles(t, "airbyte/Chart.yaml", chartYAML+"dependencies: [{name: temporal, version: 1.0.0}, {name: cron, version: 1.0.0}]\n"),
			`charts/ lacks the dependencies temporal, cron; run "helm dependency build"`},
		{"cut short", good[:len(good)-20], "cut short"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Load(t.Context(), serves(tt.data), pinned(tt.data))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if prefix := "chart airbyte 2.0.0 from https://charts.example.com: "; !strings.HasPrefix(err.Error(), prefix) {
				t.Errorf("got %q, want the prefix %q", err, prefix)
			}
		})
	}
}

func TestLoadDigestDrift(t *testing.T) {
	want, got := minimal(t, "airbyte", "2.0.0"), minimal(t, "airbyte", "2.0.0+other")
	_, err := Load(t.Context(), serves(got), pinned(want))
	var drift *DigestError
	if !errors.As(err, &drift) {
		t.Fatalf("got %v, want a DigestError", err)
	}
	if diff := cmp.Diff(&DigestError{pinned(want), digestOf(want), digestOf(got), "https://charts.example.com"}, drift); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{"version 2.0.0 was published again with different bytes", "review what changed", `run "airstrip lock"`, digestOf(want), digestOf(got)} {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q lacks %q", err, text)
		}
	}
}

func TestLoadWantsADigest(t *testing.T) {
	r := pinned(nil)
	r.Digest = ""
	if _, err := Load(t.Context(), neverAsked(t), r); err == nil || !strings.Contains(err.Error(), "digest: missing") {
		t.Errorf("got %v", err)
	}
}

func TestLoadWithoutSource(t *testing.T) {
	if _, err := Load(t.Context(), nil, pinned(nil)); !errors.Is(err, ErrOffline) {
		t.Errorf("got %v, want ErrOffline", err)
	}
}

func TestResolve(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	src := sourceFunc(func(_ context.Context, r Ref) ([]byte, error) {
		if r.Digest != "" {
			t.Errorf("asked for %s, want whatever is published", r.Digest)
		}
		return data, nil
	})
	r := pinned([]byte("the old one"))
	got, err := Resolve(t.Context(), src, r)
	if err != nil || got != digestOf(data) {
		t.Errorf("got %s, %v, want %s", got, err, digestOf(data))
	}

	// A digest is only given for what can be rendered.
	if _, err := Resolve(t.Context(), serves(minimal(t, "redis", "2.0.0")), r); err == nil || !strings.Contains(err.Error(), `name is "redis"`) {
		t.Errorf("got %v", err)
	}
	r.Version = "^2"
	if _, err := Resolve(t.Context(), neverAsked(t), r); err == nil || !strings.Contains(err.Error(), "version: ") {
		t.Errorf("got %v", err)
	}
	if _, err := Resolve(t.Context(), nil, pinned(data)); !errors.Is(err, ErrOffline) {
		t.Errorf("got %v, want ErrOffline", err)
	}
	if _, err := Resolve(t.Context(), neverAsked(t), Ref{Path: "/x"}); err == nil || !strings.Contains(err.Error(), "path: ") {
		t.Errorf("got %v", err)
	}
}

func TestLoadIsDeterministic(t *testing.T) {
	pairs := []string{"airbyte/Chart.yaml", chartYAML}
	for _, name := range []string{"worker", "cron", "server", "temporal", "webapp", "metrics"} {
		pairs = append(pairs, "airbyte/charts/"+name+"/Chart.yaml", "apiVersion: v2\nname: "+name+"\nversion: 1.0.0\n")
	}
	data := packFiles(t, pairs...)
	for range 20 {
		c, err := Load(t.Context(), serves(data), pinned(data))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, d := range c.Dependencies() {
			names = append(names, d.Name())
		}
		if diff := cmp.Diff([]string{"cron", "metrics", "server", "temporal", "webapp", "worker"}, names); diff != "" {
			t.Fatal(diff)
		}
	}
}

// A few lines of YAML can stand for gigabytes. That has to end in an error
// before it ends in an exhausted machine.
func TestLoadYAMLBombs(t *testing.T) {
	var aliases strings.Builder
	aliases.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for _, level := range "123456789" {
		prev := string(level - 1)
		aliases.WriteString("a" + string(level) + ": &a" + string(level) + " [" + strings.Repeat("*a"+prev+", ", 9) + "*a" + prev + "]\n")
	}
	bombs := map[string]string{
		"aliases of aliases": aliases.String(),
		"itself":             "a: &a [*a]\n",
		"itself by merge":    "a: &a\n  <<: *a\n",
		"depth":              "a: " + strings.Repeat("[", 100_000) + "\n",
	}
	for name, bomb := range bombs {
		for _, file := range []string{"Chart.yaml", "values.yaml", "Chart.lock", "charts/sub/values.yaml"} {
			t.Run(name+" in "+file, func(t *testing.T) {
				files := map[string]string{"Chart.yaml": chartYAML, "charts/sub/Chart.yaml": strings.Replace(chartYAML, "airbyte", "sub", 1)}
				files[file] += bomb
				data, err := charttest.Files("airbyte", files)
				if err != nil {
					t.Fatal(err)
				}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				start := time.Now()
				_, err = Load(t.Context(), serves(data), pinned(data))
				runtime.ReadMemStats(&after)
				if err == nil {
					t.Error("the bomb was loaded")
				}
				if took := time.Since(start); took > 5*time.Second {
					t.Errorf("took %s", took)
				}
				if used := after.TotalAlloc - before.TotalAlloc; used > 256<<20 {
					t.Errorf("allocated %d MiB", used>>20)
				}
			})
		}
	}
}

// The archives of others are Helm's to read, so we have to agree with Helm.
func TestLoadAgreesWithHelm(t *testing.T) {
	data, err := charttest.Files("airbyte", map[string]string{
		"Chart.yaml":                 chartYAML,
		"values.yaml":                "a: {b: [1, two, 3.0, null, true]}\n",
		"values.schema.json":         "{}",
		"README.md":                  "text",
		"crds/crd.yaml":              "kind: CustomResourceDefinition\n",
		"templates/a.yaml":           "{{ . }}",
		"charts/sub/Chart.yaml":      "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
		"charts/sub/templates/b.yml": "b",
		"charts/packed-1.0.0.tgz":    string(packFiles(t, "packed/Chart.yaml", "apiVersion: v2\nname: packed\nversion: 1.0.0\n", "packed/values.yaml", "c: 1\n")),
	})
	if err != nil {
		t.Fatal(err)
	}
	ours, err := Load(t.Context(), serves(data), pinned(data))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "airbyte-2.0.0.tgz")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	helms, err := loader.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	ours.Raw, helms.Raw = nil, nil // which has the packed subchart as it is
	sortDependencies(helms)
	if diff := diffCharts(helms, ours); diff != "" {
		t.Error(diff)
	}
}
