package airbyte_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/airstrip-dev/airstrip/fn/airbyte"
)

// charts are one of each generation.
var charts = []airbyte.Chart{
	airbyte.Of("airbyte", "1.9.2"), airbyte.Of("airbyte", "2.2.0"), airbyte.Of("airbyte-data-plane", "2.2.0"),
}

// elsewhere are the fields that are no row: what becomes of them.
var elsewhere = map[string]string{
	"storage.bucket":        "the default of storage.buckets",
	"serviceAccount.labels": "set on the rendered object",
	"workloadIdentity.type": "says which of its fields count",
	"secretEnv":             "components.*.secretEnv",
}

// leaves lists the fields of a struct that hold values, as they are written.
func leaves(t reflect.Type, at string) []string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return []string{at}
	}
	var all []string
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		all = append(all, leaves(t.Field(i).Type, strings.TrimPrefix(at+"."+name, "."))...)
	}
	return all
}

func TestTableIsWhole(t *testing.T) {
	got := map[string]bool{}
	for _, r := range airbyte.Table() {
		if got[r.Field] {
			t.Errorf("%s: two rows", r.Field)
		}
		got[r.Field] = true
	}
	want := map[string]bool{}
	for _, f := range leaves(reflect.TypeFor[airbyte.Settings](), "") {
		want[f] = true
	}
	for f := range elsewhere {
		if !want[f] {
			t.Errorf("%s: no field", f)
		}
		delete(want, f)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields and rows differ (-fields +rows):\n%s", diff)
	}
}

// fillIn sets every field to something.
func fillIn(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillIn(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			fillIn(v.Field(i))
			if choice, _, some := strings.Cut(v.Type().Field(i).Tag.Get("enum"), ","); some {
				v.Field(i).SetString(choice)
			}
		}
	case reflect.String:
		v.SetString("x")
	case reflect.Int:
		v.SetInt(1)
	case reflect.Interface:
		v.Set(reflect.ValueOf("x"))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fillIn(v.Index(0))
	case reflect.Map:
		value := reflect.New(v.Type().Elem()).Elem()
		fillIn(value)
		v.Set(reflect.MakeMap(v.Type()))
		for _, key := range []string{"cpu", "memory"} { // all that V2 knows of jobs
			v.SetMapIndex(reflect.ValueOf(key), value)
		}
	}
}

// maximal are settings that together have everything: what excludes another is
// in one of its own.
func maximal() []*airbyte.Settings {
	var all []*airbyte.Settings
	for _, identity := range []string{"irsa", "gke", "azure"} {
		s := &airbyte.Settings{}
		fillIn(reflect.ValueOf(s).Elem())
		s.WorkloadIdentity.Type = identity
		s.Storage.GCS.CredentialsSecretKey = "gcp.json" // the one that V1 takes
		s.DataPlane.Role = "control-plane"
		s.Env["ELSEWHERE"] = "x" // no component has it: it can be global
		all = append(all, s)
	}
	return all
}

// alsoSet are the values that follow from a section being there.
var alsoSet = []string{
	"global.auth.identityProvider.type", "global.auth.identityProvider.secretName",
	"keycloak.enabled", "keycloakSetup.enabled", "keycloak.secretName",
	"workloadLauncher.extraEnv",
}

// What the table promises is set, and nothing else.
func TestTableIsTrue(t *testing.T) {
	for _, c := range charts {
		set := map[string]bool{}
		for _, s := range maximal() {
			v, _ := s.Compile(c)
			for path := range v.Origin {
				set[path] = true
			}
		}
		promised := map[string]bool{}
		for _, r := range airbyte.Table() {
			for _, p := range r.Paths[c.Generation] {
				promised[p] = true
				if !slices.ContainsFunc(slices.Collect(maps.Keys(set)), func(s string) bool { return below(s, p) }) {
					t.Errorf("%v: %s becomes %s, which is not set", c, r.Field, p)
				}
			}
		}
		for _, s := range slices.Sorted(maps.Keys(set)) {
			ok := slices.Contains(alsoSet, s)
			for p := range promised {
				ok = ok || below(s, p)
			}
			if !ok {
				t.Errorf("%v: %s is set, and no row says so", c, s)
			}
		}
	}
}

func below(path, above string) bool {
	return path == above || strings.HasPrefix(path, above+".")
}

// Every value that is set knows the setting that it comes from, and whether the
// user wrote that.
func TestOrigins(t *testing.T) {
	s := &airbyte.Settings{Database: &airbyte.Database{Type: "external", Host: "db"}, ServiceAccount: &airbyte.ServiceAccount{Annotations: map[string]string{"a.b/c": "d"}}}
	v, problems := s.Compile(charts[1])
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	want := map[string]airbyte.Leaf{
		"global.database.host":              {Keys: []string{"global", "database", "host"}, Value: []string{"global", "database", "host"}, Setting: "database.host", Given: true},
		"global.database.port":              {Keys: []string{"global", "database", "port"}, Value: []string{"global", "database", "port"}, Setting: "database.port"},
		`serviceAccount.annotations.a\.b/c`: {Keys: []string{"serviceAccount", "annotations", "a.b/c"}, Value: []string{"serviceAccount", "annotations"}, Setting: "serviceAccount.annotations.a.b/c", Given: true},
	}
	for path, leaf := range want {
		if diff := cmp.Diff(leaf, v.Origin[path]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", path, diff)
		}
	}
}

func TestPath(t *testing.T) {
	if got, want := airbyte.Path("a", "b.c/d", "e"), `a.b\.c/d.e`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestOf(t *testing.T) {
	for in, want := range map[string]airbyte.Generation{
		"airbyte 1.5.0": airbyte.V1, "airbyte 0.50.1": airbyte.V1, "airbyte 2.0.4-1": airbyte.V2, "airbyte 3.0.0": airbyte.V2,
		"airbyte-data-plane 2.0.0": airbyte.DataPlane, "nginx 1.0.0": "",
	} {
		name, version, _ := strings.Cut(in, " ")
		if got := airbyte.Of(name, version).Generation; got != want {
			t.Errorf("%s: got %q, want %q", in, got, want)
		}
	}
}
