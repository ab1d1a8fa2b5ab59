package argocd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/e2e/internal/airstrip"
)

// sidecar is Argo CD's plugin server with our plugin, which is described to it by
// the file of the example.
type sidecar struct {
	dir    string // where its socket is
	socket string
	log    string
}

func newSidecar(t *testing.T, tr *tree) *sidecar {
	t.Helper()
	// A socket's path has to be short.
	dir, err := os.MkdirTemp("", "cmp-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	example := filepath.Join(airstrip.Root(t), "examples", "argocd-cmp", "plugin.yaml")
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	config := t.TempDir()
	if err := os.WriteFile(filepath.Join(config, "plugin.yaml"), data, 0o644); err != nil {
		t.Fatal(err)
	}
	s := &sidecar{dir: dir, socket: filepath.Join(dir, "airstrip.sock")}
	s.log = start(t, append([]string{"ARGOCD_PLUGINSOCKFILEPATH=" + dir, "ARGOCD_CMP_WORKDIR=" + t.TempDir(), "TMPDIR=" + t.TempDir()}, tr.env...),
		filepath.Join(bin(t), "argocd-cmp-server"), "--config-dir-path", config)
	eventually(t, "argocd-cmp-server", s.log, func() bool {
		_, err := os.Stat(s.socket)
		return err == nil
	})
	return s
}

// said is what the plugin server has logged, which is what plugins say as well.
func (s *sidecar) said(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

type answer struct {
	Supported, Discovers bool
	Manifests            []string
	Parameters           []parameter
	Error                string
}

type parameter struct {
	Name, String, CollectionType string
	Map                          map[string]string
}

func (s *sidecar) ask(t *testing.T, tr *tree, do, path string, env ...string) answer {
	t.Helper()
	var a answer
	ask(t, "askcmp", map[string]any{
		"socket": s.socket, "do": do, "root": tr.Dir, "path": path,
		"env": append([]string{"ARGOCD_APP_NAME=airbyte", "KUBE_VERSION=1.35.4"}, env...),
	}, &a)
	return a
}

// Over its socket, the way the repo-server speaks to it, the plugin server answers
// with the objects that the command line prints, in their order.
func TestPluginServer(t *testing.T) {
	tr := newTree(t, "airbyte")
	s := newSidecar(t, tr)
	for _, overlay := range tr.overlays(t) {
		t.Run(filepath.Base(overlay), func(t *testing.T) {
			if a := s.ask(t, tr, "match", overlay); a.Error != "" || !a.Discovers || !a.Supported {
				t.Errorf("not discovered: %+v", a)
			}
			a := s.ask(t, tr, "generate", overlay)
			if a.Error != "" {
				t.Fatal(a.Error)
			}
			got, want := decode(t, a.Manifests), tr.commandLine(t, overlay, "")
			compare(t, got, want)
			if slices.Compare(ids(got), ids(want)) != 0 {
				t.Errorf("the order is %v, want %v", ids(got), ids(want))
			}
			if overlay != "overlays/community" {
				hidden(t, "the log of the plugin server", s.said(t), secrets(t, got))
			}
		})
	}
	for _, path := range []string{"bases/airbyte", "overlays"} {
		if a := s.ask(t, tr, "match", path); a.Error != "" || a.Supported {
			t.Errorf("%s is taken for an overlay: %+v", path, a)
		}
	}
}

func ids(all []object) []string {
	var s []string
	for _, o := range all {
		s = append(s, id(o))
	}
	return s
}

// Parameters are announced with what holds without them, and change what they say.
func TestPluginParameters(t *testing.T) {
	tr := newTree(t, "airbyte")
	s := newSidecar(t, tr)
	a := s.ask(t, tr, "parameters", "overlays/aks")
	if a.Error != "" {
		t.Fatal(a.Error)
	}
	announced := map[string]parameter{}
	for _, p := range a.Parameters {
		announced[p.Name] = p
	}
	if p := announced["kube-version"]; p.String != "1.33" {
		t.Errorf("kube-version is announced as %+v, want the 1.33 of the overlay", p)
	}
	if p := announced["values"]; p.CollectionType != "map" {
		t.Errorf("values is announced as %+v, want a map", p)
	}

	before := tr.commandLine(t, "overlays/aks", "")
	parameters := `[{"name": "values", "map": {"server.replicaCount": "3"}}]`
	a = s.ask(t, tr, "generate", "overlays/aks", "ARGOCD_APP_PARAMETERS="+parameters)
	if a.Error != "" {
		t.Fatal(a.Error)
	}
	got := decode(t, a.Manifests)
	compare(t, got, tr.commandLine(t, "overlays/aks", parameters))
	if replicas(before) == 3 || replicas(got) != 3 {
		t.Errorf("the server has %v replicas before and %v after, want 3", replicas(before), replicas(got))
	}

	// An environment of a folder of overlays.
	a = s.ask(t, tr, "generate", "overlays", `ARGOCD_APP_PARAMETERS=[{"name": "environment", "string": "aks"}]`)
	if a.Error != "" {
		t.Fatal(a.Error)
	}
	compare(t, decode(t, a.Manifests), before)

	a = s.ask(t, tr, "generate", "overlays/aks", `ARGOCD_APP_PARAMETERS=[{"name": "chart-verison", "string": "2.2.0"}]`)
	for _, want := range []string{"chart-verison", "chart-version", "kube-version", "values"} {
		if !strings.Contains(a.Error, want) {
			t.Errorf("the error of an unknown parameter does not say %s: %s", want, a.Error)
		}
	}
}

// replicas of the server.
func replicas(all []object) float64 {
	for _, o := range all {
		if o["kind"] == "Deployment" && strings.HasSuffix(id(o), "/airbyte-server") {
			spec, _ := o["spec"].(map[string]any)
			data, _ := json.Marshal(spec["replicas"])
			var n float64
			_ = json.Unmarshal(data, &n)
			return n
		}
	}
	return 0
}

// mistakes are overlays that cannot be rendered, and what the error has to name.
var mistakes = []struct {
	name, file, old, new string
	want                 []string
}{
	{"a misspelt field", "overlays/aks/airbyte/airbyte.yaml", "  database:\n", "  databse:\n", []string{"airbyte.yaml", "spec.databse", "database"}},
	{"a wrong value", "overlays/aks/airbyte/airbyte.yaml", "delivery: argocd", "delivery: argo-cd", []string{"airbyte.yaml", "spec.delivery", "argocd"}},
	{"a tampered Secret", "overlays/aks/airbyte-config-secrets.sops.yaml", "", "", []string{"airbyte-config-secrets"}},
}

// break makes the mistake number i.
func (tr *tree) spoil(t *testing.T, i int) {
	t.Helper()
	m := mistakes[i]
	if m.old == "" {
		m.old, m.new = tampered(t, filepath.Join(tr.Dir, m.file))
	}
	tr.edit(t, m.file, m.old, m.new)
}

// tampered is the first sealed value of a file, and the same with another first
// character.
func tampered(t *testing.T, path string) (old, new string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(data), "ENC[AES256_GCM,data:")
	if !ok {
		t.Fatalf("%s has no sealed value", path)
	}
	value, _, _ := strings.Cut(rest, ",")
	first := "A"
	if strings.HasPrefix(value, "A") {
		first = "B"
	}
	return "data:" + value + ",", "data:" + first + value[1:] + ","
}

// What Argo CD shows of an overlay that is wrong names the file and the field, and
// has no value of a Secret.
func TestPluginMistakes(t *testing.T) {
	for i, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			tr := newTree(t, "airbyte")
			values := secrets(t, tr.commandLine(t, "overlays/aks", ""))
			s := newSidecar(t, tr)
			tr.spoil(t, i)
			a := s.ask(t, tr, "generate", "overlays/aks")
			for _, want := range m.want {
				if !strings.Contains(a.Error, want) {
					t.Errorf("the error does not say %s:\n%s", want, a.Error)
				}
			}
			if len(a.Manifests) > 0 {
				t.Error("manifests beside the error")
			}
			hidden(t, "the error", a.Error, values)
			hidden(t, "the log of the plugin server", s.said(t), values)
		})
	}
}
