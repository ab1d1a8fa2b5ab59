package overlay

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
)

// An overlay that only names our generators is not given to kustomize. This
// holds the short way to what kustomize would have printed.
func TestOnlyGeneratesEqualsKustomize(t *testing.T) {
	dirs, err := filepath.Glob("../../overlays/*")
	if err != nil {
		t.Fatal(err)
	}
	own, err := filepath.Glob("../../testdata/overlays/v1-*")
	if err != nil || len(dirs) < 3 || len(own) < 3 {
		t.Fatalf("overlays are %v and %v (%v)", dirs, own, err)
	}
	for _, dir := range append(dirs, own...) {
		version := "v2"
		if strings.HasPrefix(filepath.Base(dir), "v1-") {
			version = "v1"
		}
		tree, err := read(dir)
		if err != nil {
			t.Fatal(err)
		}
		if !tree.onlyGenerates() {
			t.Errorf("%s does more than name generators: this test says nothing about it", dir)
			continue
		}
		var short manifest.Set
		for _, g := range tree.generators() {
			config, err := fn.Load(g.config)
			if err != nil {
				t.Fatal(err)
			}
			g.objects, _, err = fn.Generate(context.Background(), config, fn.Options{
				Draft: true, Root: g.root, Charts: &chart.Memo{}, Chart: "../../testdata/charts/airbyte/" + version,
			})
			if err != nil {
				t.Fatal(err)
			}
			short = append(short, g.objects...)
		}
		short.Sort()
		want := encoded(t, short)
		long, err := tree.build()
		if err != nil {
			t.Fatal(err)
		}
		if got := encoded(t, long); got != want {
			t.Errorf("%s: kustomize prints something else than the short way", dir)
		}
	}
}

func encoded(t *testing.T, s manifest.Set) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestOnlyGenerates(t *testing.T) {
	for _, tt := range []struct {
		text string
		want bool
	}{
		{"generators: [a.yaml]\n", true},
		{"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata: {name: x}\ngenerators: [a.yaml]\n", true},
		{"generators: [a.yaml]\nnamespace: x\n", false},
		{"generators: [a.yaml]\nresources: []\n", false},
		{"generators: [a.yaml]\nsortOptions: {order: fifo}\n", false},
		{"generators: [a.yaml]\nbuildMetadata: [managedByLabel]\n", false},
		{"generators: [a.yaml, {}]\n", false},
	} {
		k := &kustomization{data: []byte(tt.text), byEntry: map[int]bool{0: true}}
		if err := k.spec.Unmarshal(k.data); err != nil && !strings.Contains(tt.text, "{}") {
			t.Fatal(err)
		}
		if strings.Contains(tt.text, "{}") {
			k.spec.Generators = []string{"a.yaml", "b.yaml"}
		}
		if got := k.onlyGenerates(); got != tt.want {
			t.Errorf("%q: %v, want %v", tt.text, got, tt.want)
		}
	}
}

func TestRemote(t *testing.T) {
	for s, want := range map[string]bool{
		"https://example.com/x.yaml": true,
		"http://example.com/x":       true,
		"ssh://git@example.com/x":    true,
		"git::https://example.com/x": true,
		"git@github.com:o/r":         true,
		"github.com/o/r?ref=v1":      true,
		"github.com:o/r":             true,
		"gitlab.com/o/r":             true,
		"bitbucket.org/o/r":          true,
		"file:///etc/passwd":         true,
		"../base":                    false,
		"base":                       false,
		"a/b@c/d.yaml":               false,
		"./github.com/o/r":           false,
		"dir/https-notes.yaml":       false,
		"C:\\x":                      false,
		"oci://example.com/x":        true,
	} {
		if got := remote.MatchString(s); got != want {
			t.Errorf("%q: remote is %v, want %v", s, got, want)
		}
	}
}

func TestWithin(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{"a/b", "ab", "c"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{"a/f", "a/b/f", "ab/f", "a/..f"} {
		if err := os.WriteFile(filepath.Join(dir, f), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "ab", "f"), filepath.Join(dir, "a", "out")); err != nil {
		t.Skip(err)
	}
	if err := os.Symlink(filepath.Join(dir, "a", "b"), filepath.Join(dir, "a", "in")); err != nil {
		t.Skip(err)
	}
	for path, want := range map[string]bool{
		"a": true, "a/f": true, "a/b/f": true, "a/..f": true, "a/in/f": true, "a/b/../f": true,
		"ab/f": false, "a/out": false, "c": false, "a/../ab/f": false, "a/nothing": false,
	} {
		if got := within(filepath.Join(dir, "a"), filepath.Join(dir, path)); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}

func TestSetDigest(t *testing.T) {
	const (
		head = "apiVersion: airstrip.dev/v1alpha1\nkind: AirbyteRelease\nmetadata: {name: a}\n"
		d    = "sha256:1111111111111111111111111111111111111111111111111111111111111111"
		old  = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	)
	for _, tt := range []struct{ name, in, want string }{
		{"beside the version",
			head + "spec:\n  chart:\n    # which\n    version: 2.2.0 # now\n  delivery: flux\n",
			head + "spec:\n  chart:\n    # which\n    version: 2.2.0 # now\n    digest: " + d + "\n  delivery: flux\n"},
		{"in place of an old one",
			head + "spec:\n  chart:\n    digest: " + old + " # pinned\n    version: 2.2.0\n",
			head + "spec:\n  chart:\n    digest: " + d + " # pinned\n    version: 2.2.0\n"},
		{"in quotes",
			head + "spec:\n  chart: {version: \"2.2.0\", digest: \"" + old + "\"}\n",
			head + "spec:\n  chart: {version: \"2.2.0\", digest: " + d + "}\n"},
		{"in single quotes", head + "spec: {chart: {digest: '" + old + "', version: 2.2.0}}\n", head + "spec: {chart: {digest: " + d + ", version: 2.2.0}}\n"},
		{"into braces", head + "spec:\n  chart: {version: 2.2.0}\n", head + "spec:\n  chart: {version: 2.2.0, digest: " + d + "}\n"},
		{"into braces, quoted version", head + "spec: {chart: {version: '2.2.0', name: airbyte}}\n", head + "spec: {chart: {version: '2.2.0', digest: " + d + ", name: airbyte}}\n"},
		{"at the end of a file without a newline", head + "spec:\n  chart:\n    version: 2.2.0", head + "spec:\n  chart:\n    version: 2.2.0\n    digest: " + d + "\n"},
		{"Windows line ends",
			strings.ReplaceAll(head+"spec:\n  chart:\n    version: 2.2.0\n  delivery: flux\n", "\n", "\r\n"),
			strings.ReplaceAll(head+"spec:\n  chart:\n    version: 2.2.0\n    digest: "+d+"\n  delivery: flux\n", "\n", "\r\n")},
		{"second document", "a: 1\n---\n" + head + "spec:\n  chart:\n    version: 2.2.0\n", "a: 1\n---\n" + head + "spec:\n  chart:\n    version: 2.2.0\n    digest: " + d + "\n"},
		{"the same again", head + "spec:\n  chart:\n    version: 2.2.0\n    digest: " + d + "\n", head + "spec:\n  chart:\n    version: 2.2.0\n    digest: " + d + "\n"},
		{"tabs and umlauts in comments", head + "spec: # Größe\t\n  chart: # ü\n    version: 2.2.0\t# ö\n", head + "spec: # Größe\t\n  chart: # ü\n    version: 2.2.0\t# ö\n    digest: " + d + "\n"},
		{"an empty one", head + "spec:\n  chart:\n    version: 2.2.0\n    digest: \"\"\n", head + "spec:\n  chart:\n    version: 2.2.0\n    digest: " + d + "\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := SetDigest([]byte(tt.in), "airbyte", d)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			again, err := SetDigest(got, "airbyte", d)
			if err != nil || !bytes.Equal(again, got) {
				t.Errorf("a second time changes it: %v\n%s", err, again)
			}
		})
	}
	for name, in := range map[string]string{
		"no release":    "apiVersion: v1\nkind: ConfigMap\n",
		"no version":    head + "spec: {delivery: flux}\n",
		"a JSON patch":  "- {op: add, path: /spec/chart/version, value: 2.2.0}\n",
		"an alias":      head + "x: &v 2.2.0\nspec:\n  chart:\n    version: *v\n",
		"no YAML":       "a: [\n",
		"a list":        head + "spec:\n  chart:\n    version: [2.2.0]\n",
		"several lines": head + "spec:\n  chart:\n    version: 2.2.0\n    digest: >-\n      sha256:0000\n",
		"empty":         "",
	} {
		if got, err := SetDigest([]byte(in), "airbyte", d); !errors.Is(err, ErrNotEditable) {
			t.Errorf("%s: error is %v, want ErrNotEditable; text\n%s", name, err, got)
		}
	}
}

// A duplicate key is refused in whichever document of a file it stands.
func TestParseRefusesDuplicateKeys(t *testing.T) {
	for _, in := range []string{"kind: A\nx: 1\nx: 2\n", "kind: A\n---\nkind: B\nx: {y: 1, y: 2}\n"} {
		if _, err := parse([]byte(in), "a.yaml"); err == nil || !strings.HasSuffix(err.Error(), ": duplicate key") {
			t.Errorf("%q: got %v", in, err)
		}
	}
}
