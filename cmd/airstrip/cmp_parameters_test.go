package main

import (
	"math/rand/v2"
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

// What is announced is read again as what it is.
func TestParameterValuesAreAnnounced(t *testing.T) {
	texts := []string{"", "true", "null", "3", "-0", "2.10", "1e400", `"a"`, "a", "{", "[]", " 3", " true", "3 ", "\n", "\\", "ü", "a: b", "<&>", "0x1", ".5", "9223372036854775808"}
	// And what nobody thinks of: short texts of the letters that JSON is made of.
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		b := make([]byte, random.IntN(6))
		for i := range b {
			b[i] = ` "0123.-+eE{}[],:tn\\`[random.IntN(21)]
		}
		texts = append(texts, string(b))
	}
	values := []any{true, false, nil, 3.0, 0.5, -1.0, 1e6, []any{}, map[string]any{}}
	for _, s := range texts {
		values = append(values, s, []any{s}, map[string]any{"k": s})
	}
	for _, v := range values {
		again, err := readValue(writeValue(v))
		if i, ok := again.(int64); ok {
			again = float64(i)
		}
		if err != nil || !cmp.Equal(again, v) {
			t.Fatalf("%#v is announced as %q, which is read as %#v, %v", v, writeValue(v), again, err)
		}
	}
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
