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
		name := strings.TrimSuffix(e.Name(), ".json.gz")
		if name == "lifecycle" {
			continue
		}
		l := load(name)
		if len(l.Kinds) == 0 || len(l.Types) < len(l.Kinds) {
			t.Errorf("%s has %d kinds and %d types", name, len(l.Kinds), len(l.Types))
		}
		for key, kind := range l.Kinds {
			if l.named(kind) == nil {
				t.Errorf("%s: %s: no type %s", name, key, kind)
			}
		}
		for key := range l.Types {
			names(t, l, key, l.named(key))
		}
	}
	for _, minor := range KubeVersions() {
		l := load("kubernetes-" + minor)
		for _, kind := range []string{"v1 Pod", "v1 Secret", "apps/v1 Deployment", "batch/v1 Job", "networking.k8s.io/v1 Ingress", "rbac.authorization.k8s.io/v1 Role"} {
			if l.Kinds[kind] == "" {
				t.Errorf("Kubernetes %s has no %s", minor, kind)
			}
		}
		if got := l.named("io.k8s.api.core.v1.Container").Fields["imagePullPolicy"].Enum; !slices.Equal(got, []string{"Always", "IfNotPresent", "Never"}) {
			t.Errorf("Kubernetes %s: imagePullPolicy is one of %v", minor, got)
		}
	}
	if len(lives()) < 100 || lives()["extensions/v1beta1 Ingress"].Removed != "1.22" {
		t.Errorf("the lives of %d kinds, of them %+v", len(lives()), lives()["extensions/v1beta1 Ingress"])
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
	} {
		if got := nearestKube(Minor(version)); got != want {
			t.Errorf("%q: got %s, want %s", version, got, want)
		}
	}
}
