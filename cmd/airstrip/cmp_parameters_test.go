package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// What is announced means, sent back, what it was announced for.
func TestParameterValues(t *testing.T) {
	for text, want := range map[string]any{
		"":               "",
		"true":           true,
		"null":           nil,
		"3":              int64(3),
		"-1":             int64(-1),
		"123456789012":   int64(123456789012),
		"0.5":            0.5,
		"2.10":           "2.10", // as a number it would be 2.1
		"0644":           "0644",
		"1e3":            "1e3",
		"yes":            "yes",
		`"3"`:            "3",
		"plain":          "plain",
		"a: b # c":       "a: b # c",
		"<&>":            "<&>",
		"two\nlines":     "two\nlines",
		`["a",1]`:        []any{"a", 1.0},
		`{"a":{"b":[]}}`: map[string]any{"a": map[string]any{"b": []any{}}},
	} {
		got, err := readValue(text)
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("readValue(%q) = %#v, %v, want %#v", text, got, err, want)
		}
	}
	for _, text := range []string{"{a}", "[a", `"a`, "{{ .Values.a }}"} {
		if got, err := readValue(text); err == nil {
			t.Errorf("readValue(%q) = %#v, want an error", text, got)
		}
	}
}

func FuzzParameterValues(f *testing.F) {
	for _, s := range []string{"true", "null", "3", "2.10", `"a"`, "a", "", "{", " 3", "1e400", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, v := range []any{s, []any{s}, map[string]any{"k": s}} {
			// JSON knows no other text.
			b, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(b, &v); err != nil {
				t.Fatal(err)
			}
			again, err := readValue(writeValue(v))
			if err != nil || !cmp.Equal(again, v) {
				t.Errorf("%#v is announced as %q, which is read as %#v, %v", v, writeValue(v), again, err)
			}
		}
	})
}

// The example's plugin runs commands that there are, without a flag that they do not
// know.
func TestPluginExample(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "examples", "argocd-cmp", "plugin.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	type command struct {
		Command []string `json:"command"`
	}
	// The fields of cmpserver/plugin/config.go that are used.
	var plugin struct {
		APIVersion string            `json:"apiVersion"`
		Kind       string            `json:"kind"`
		Metadata   map[string]string `json:"metadata"`
		Spec       struct {
			Generate   command `json:"generate"`
			Parameters struct {
				Dynamic command `json:"dynamic"`
			} `json:"parameters"`
			Discover struct {
				Find command `json:"find"`
			} `json:"discover"`
			ProvideGitCreds bool `json:"provideGitCreds"`
		} `json:"spec"`
	}
	if err := yaml.UnmarshalStrict(data, &plugin); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"airstrip cmp generate": plugin.Spec.Generate.Command, "airstrip cmp parameters": plugin.Spec.Parameters.Dynamic.Command, "airstrip cmp discover": plugin.Spec.Discover.Find.Command,
	} {
		if len(args) == 0 || args[0] != "airstrip" {
			t.Fatalf("the command is %q", args)
		}
		found, rest, err := newRoot(&terminal{}).Find(args[1:])
		if err != nil || found.CommandPath() != want || found.ParseFlags(rest) != nil {
			t.Errorf("%q is %q, %v, want %s", args, found.CommandPath(), err, want)
		}
	}
	if plugin.Metadata["name"] != pluginName {
		t.Errorf("the plugin is named %q, Applications name %q", plugin.Metadata["name"], pluginName)
	}
}
