package validate_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/fn/validate"
)

func decode(t *testing.T, s string) manifest.Set {
	t.Helper()
	set, _, err := manifest.Decode(strings.NewReader(s), "in.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func pods(images ...string) string {
	s := "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {containers: ["
	for _, image := range images {
		s += "{name: c, image: \"" + image + "\"},"
	}
	return s + "]}}}\n---\n"
}

func TestMixedTags(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"one release", pods("airbyte/server:2.0.1", "airbyte/worker:2.0.1", "busybox:1"), ""},
		{"two", pods("airbyte/server:2.0.1", "airbyte/worker:2.0.1", "airbyte/cron:2.0.2-alpha"), "2.0.1 on server, worker; 2.0.2-alpha on cron"},
		{"in a ConfigMap", pods("airbyte/server:2.0.1") + "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {INIT_IMAGE: airbyte/init:2.0.2, IMAGE_NOTE: airbyte/x:9}\n", "2.0.1 on server; 2.0.2 on init"},
		{"of a mirror", pods("r.example.com:5000/m/airbyte/server:1", "r.example.com:5000/m/airbyte/cron:2"), "1 on server; 2 on cron"},
		{"by digest", pods("airbyte/server:1", "airbyte/cron@sha256:00", "airbyte/db:1@sha256:11"), ""},
		{"that count for themselves", pods("airbyte/server:1", "airbyte/manifest-server:7"), ""},
		{"of others", pods("airbyte/server:1", "temporalio/auto-setup:2", "notairbyte/x:3", "airbyte:4"), ""},
	} {
		var got []string
		for _, f := range validate.Check(decode(t, tt.in), validate.Options{}) {
			if f.Code == "mixed-image-tags" {
				got = append(got, f.Message)
			}
		}
		var want []string
		if tt.want != "" {
			want = []string{"Airbyte images of several releases: " + tt.want}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: findings are %q, want %q", tt.name, got, want)
		}
	}
}

func TestImages(t *testing.T) {
	in := pods("b:1", "a", "b:1") +
		"apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {initContainers: [{name: i, image: init}], containers: [{name: c, image: pod, env: [{name: X_IMAGE, value: 'env:1'}, {name: Y_IMAGE, valueFrom: {}}, {name: IMAGE_TAG, value: t}]}]}\n---\n" +
		"apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: j}\nspec: {jobTemplate: {spec: {template: {spec: {containers: [{name: c, image: cron}]}}}}}\n---\n" +
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {X_IMAGE: x, EMPTY_IMAGE: \"\", OTHER: y}\n"
	if got, want := validate.Images(decode(t, in)), []string{"a", "b:1", "cron", "env:1", "init", "pod", "x"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	var got []string
	for _, i := range validate.ImageUses(decode(t, in)) {
		got = append(got, i.Name+" "+i.Object.String()+": "+i.Where)
	}
	want := []string{
		"a Deployment/d: c", "b:1 Deployment/d: c", "b:1 Deployment/d: c", "cron CronJob/j: c", "env:1 Pod/p: c: X_IMAGE",
		"init Pod/p: i", "pod Pod/p: c", "x ConfigMap/m: X_IMAGE",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
