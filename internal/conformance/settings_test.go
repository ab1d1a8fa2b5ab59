package conformance

import (
	"context"
	"errors"
	"io"
	"log"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/Masterminds/semver/v3"
	"sigs.k8s.io/kustomize/kyaml/yaml"
	k8syaml "sigs.k8s.io/yaml"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/chart"
)

// setting is one thing that people set, and what is to be seen of it in the
// cluster. Where a chart has no counterpart, it is refused: field and message,
// or their beginnings.
type setting struct {
	name string
	// on are the charts that it is for; "V1 V2" if empty.
	on    string
	spec  string
	facts when
	// refused problems are all that there are.
	refused when
	// official says that the stand-in charts are too simple for it.
	official bool
}

// when holds texts by the charts that they are of, "" for all. Several may fit.
// A condition is one or more generations, a range of versions, and words that
// the templates have to mention, or not: "V2 DP", "V2 >=2.1.0", "V1 +OIDC",
// "V2 -OIDC". V2 went its way in several branches at once, and what 2.0.14 can,
// 2.0.17 cannot.
type when map[string]string

func (w when) of(t *testing.T, c known) (texts []string) {
	t.Helper()
	for condition, text := range w {
		if fits(t, condition, c) {
			texts = append(texts, text)
		}
	}
	return texts
}

func fits(t *testing.T, condition string, c known) bool {
	t.Helper()
	if condition == "" {
		return true
	}
	generation := map[airbyte.Generation]string{airbyte.V1: "V1", airbyte.V2: "V2", airbyte.DataPlane: "DP"}[c.Generation]
	words := strings.Fields(condition)
	if !slices.Contains(words, generation) {
		return false
	}
	for _, w := range words {
		if strings.ContainsAny(w[:1], "+-") && strings.Contains(c.templates, w[1:]) != (w[0] == '+') {
			return false
		}
		if strings.ContainsAny(w[:1], "<>=") {
			constraint, err := semver.NewConstraint(w)
			if err != nil {
				t.Fatal(err)
			}
			v, err := semver.NewVersion(c.Version)
			if err != nil {
				t.Fatal(err)
			}
			release, _ := v.SetPrerelease("") // 2.0.4-1 is a second build of 2.0.4
			if !constraint.Check(&release) {
				return false
			}
		}
	}
	return true
}

// config is the AirbyteRelease of a setting.
func config(t testing.TB, path, spec string) (*fn.Config, error) {
	t.Helper()
	tree := map[string]any{}
	if err := k8syaml.Unmarshal([]byte(spec), &tree); err != nil {
		t.Fatal(err)
	}
	tree["chart"] = map[string]any{"path": path}
	tree["kubeVersion"], tree["delivery"] = "1.33", "argocd"
	b, err := k8syaml.Marshal(map[string]any{
		"apiVersion": fn.APIVersion, "kind": fn.Kind, "metadata": map[string]any{"name": "airbyte", "namespace": "data"}, "spec": tree,
	})
	if err != nil {
		t.Fatal(err)
	}
	n, err := yaml.Parse(string(b))
	if err != nil {
		t.Fatal(err)
	}
	return fn.Load(n)
}

// TestSettings renders every setting with every chart that it is for, and holds
// the render to the facts. Of releases whose templates are the same, one stands
// for all.
func TestSettings(t *testing.T) {
	log.SetOutput(io.Discard) // Helm warns of values of another type
	defer log.SetOutput(os.Stderr)
	var charts chart.Memo
	var cases, renders atomic.Int64
	t.Run("charts", func(t *testing.T) {
		for _, s := range settingsSubjects(t, &charts) {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				c := chartOf(t, &charts, s.path)
				for _, set := range slices.Concat(loginSettings, stateSettings, podSettings, dataPlaneSettings) {
					on := set.on
					if on == "" {
						on = "V1 V2"
					}
					if !fits(t, on, c) || set.official && !s.official {
						continue
					}
					cases.Add(1)
					t.Run(set.name, func(t *testing.T) {
						if set.try(t, &charts, s.path, c) {
							renders.Add(1)
						}
					})
				}
			})
		}
	})
	t.Logf("settings: %d cases, %d rendered, the rest refused as they should be", cases.Load(), renders.Load())
}

// try renders a setting and reports whether the chart has it.
func (s setting) try(t *testing.T, charts *chart.Memo, path string, c known) bool {
	t.Helper()
	spec := s.spec
	if c.Generation == airbyte.DataPlane {
		spec = withURL(t, spec)
	}
	conf, err := config(t, path, spec)
	if err != nil {
		t.Fatal(err)
	}
	set, findings, err := fn.Generate(context.Background(), conf, fn.Options{Draft: true, Charts: charts})
	if want := s.refused.of(t, c); len(want) > 0 {
		refused(t, err, strings.Join(want, "\n"))
		return false
	}
	if err != nil {
		t.Fatal(err)
	}
	sound(t, set, findings)
	v := viewOf(set)
	for _, text := range s.facts.of(t, c) {
		v.hold(t, text)
	}
	return true
}

// withURL adds what no data plane can do without.
func withURL(t *testing.T, spec string) string {
	t.Helper()
	tree := map[string]any{}
	if err := k8syaml.Unmarshal([]byte(spec), &tree); err != nil {
		t.Fatal(err)
	}
	tree["url"] = "https://airbyte.example.com"
	b, err := k8syaml.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// refused checks that the error has all the problems that are wanted, by their
// beginnings, and no other.
func refused(t *testing.T, err error, want string) {
	t.Helper()
	var c *fn.ConfigError
	if !errors.As(err, &c) {
		t.Fatalf("error is %v, want %s", err, strings.TrimSpace(want))
	}
	met := map[string]bool{}
	for _, p := range c.Problems {
		found := false
		for line := range strings.Lines(want) {
			field, message, _ := strings.Cut(strings.TrimSpace(line), ": ")
			if field != "" && strings.HasPrefix(p.Field, "spec."+field) && strings.HasPrefix(p.Message, message) {
				found, met[strings.TrimSpace(line)] = true, true
			}
		}
		if !found {
			t.Errorf("unexpected: %s: %s", p.Field, p.Message)
		}
	}
	for line := range strings.Lines(want) {
		if line = strings.TrimSpace(line); line != "" && !met[line] {
			t.Errorf("missing: %s", line)
		}
	}
}
