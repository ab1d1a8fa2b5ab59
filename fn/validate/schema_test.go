package validate

import (
	"slices"
	"strings"
	"testing"
)

// TestSchemasAreWhole parses every type that is embedded, and follows every name.
func TestSchemasAreWhole(t *testing.T) {
	if got, want := KubeVersions(), []string{"1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37"}; !slices.Equal(got, want) {
		t.Fatalf("schemas are of %v, want %v", got, want)
	}
	entries, err := schemas.ReadDir("schemas")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), ".gz")
		if name == "lifecycle" {
			continue
		}
		l := load(name)
		kinds := 0
		for key, value := range l.lines {
			if strings.HasPrefix(value, "{") {
				names(t, l, key, l.named(key))
				continue
			}
			kinds++
			if l.named(value) == nil {
				t.Errorf("%s: %s: no type %s", name, key, value)
			}
		}
		if kinds == 0 || len(l.lines) < 2*kinds {
			t.Errorf("%s has %d lines, %d of them kinds", name, len(l.lines), kinds)
		}
	}
	for _, minor := range KubeVersions() {
		l := load("kubernetes-" + minor)
		for _, kind := range []string{"v1 Pod", "v1 Secret", "apps/v1 Deployment", "batch/v1 Job", "networking.k8s.io/v1 Ingress", "rbac.authorization.k8s.io/v1 Role"} {
			if l.kind(strings.Fields(kind)[0], strings.Fields(kind)[1]) == nil {
				t.Errorf("Kubernetes %s has no %s", minor, kind)
			}
		}
		if got := l.named("io.k8s.api.core.v1.Container").Fields["imagePullPolicy"].Enum; !slices.Equal(got, []string{"Always", "IfNotPresent", "Never"}) {
			t.Errorf("Kubernetes %s: imagePullPolicy is one of %v", minor, got)
		}
	}
	for key := range lives() {
		version, kind, _ := strings.Cut(key, " ")
		if lifeOf(version, kind) == (life{}) {
			t.Errorf("nothing is said of %s", key)
		}
	}
	if ingress := lifeOf("extensions/v1beta1", "Ingress"); len(lives()) < 100 || ingress.Removed != "1.22" {
		t.Errorf("the lives of %d kinds, of them %+v", len(lives()), ingress)
	}
}

func names(t *testing.T, l *library, at string, s *schema) {
	t.Helper()
	if s == nil {
		return
	}
	if s.Ref != "" && l.named(s.Ref) == nil {
		t.Errorf("%s names %s, which is not there", at, s.Ref)
	}
	for name, field := range s.Fields {
		names(t, l, at+"."+name, field)
	}
	names(t, l, at+"[]", s.Items)
	names(t, l, at+"{}", s.Values)
}

func TestNearestKube(t *testing.T) {
	for version, want := range map[string]string{
		"1.33": "1.33", "v1.33.4-eks-1a2b": "1.33", "1.9": "1.31", "1.30": "1.31", "1.38": "1.37", "2.0": "1.37", "": "1.37", "latest": "1.37",
		"1.33+": "1.33", "1.033": "1.37", "01.33": "1.37", "1.99999999999999999999999": "1.37", "1.33x": "1.37",
	} {
		if got := nearestKube(Minor(version)); got != want {
			t.Errorf("%q: got %s, want %s", version, got, want)
		}
	}
}
