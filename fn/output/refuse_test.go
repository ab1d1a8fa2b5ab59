package output

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Every refusal names the path and the fix, and leaves all as it was.
func TestRefusals(t *testing.T) {
	one := []string{object("a", "1")}
	lower := "apiVersion: x.io/v1\nkind: WIDGET\nmetadata: {name: a, namespace: airbyte}\n"
	upper := "apiVersion: x.io/v1\nkind: Widget\nmetadata: {name: a, namespace: airbyte}\n"
	tests := []struct {
		name  string
		files map[string]string // "-> x" is a link, "/" a folder
		set   []string
		want  string // DIR stands for the folder
	}{
		{"nothing to write", nil, nil,
			"DIR: nothing to write: an empty folder would make the delivery agent delete everything"},
		{"two objects, one file", nil, []string{lower, upper},
			"DIR: WIDGET.x.io/a in namespace airbyte and Widget.x.io/a in namespace airbyte need the same file, widget.x.io_a.yaml: rename one of them"},
		{"namespace left out once", nil, []string{object("a", "1"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"},
			"DIR: ConfigMap/a in namespace airbyte and ConfigMap/a in no namespace need the same file, configmap-a.yaml: rename one of them"},
		{"no name", nil, []string{"apiVersion: v1\nkind: ConfigMap\n"},
			"DIR: a ConfigMap has no metadata.name (generateName cannot be kept in git)"},
		{"hostile layer", nil, []string{layered("a", "1", "../x")},
			`DIR: ConfigMap/a: annotation airstrip.dev/layer: "../x" cannot name a folder: use lower-case letters, digits and dashes`},
		{"target is a file", map[string]string{"": "text"}, one,
			"DIR: a file, not a folder: choose another --output"},
		{"target is a link to nothing", map[string]string{"": "-> nothing"}, one,
			"DIR: a symbolic link to nothing: remove it or choose another --output"},
		{"path taken", map[string]string{"configmap-a.yaml": "mine"}, one,
			"DIR/configmap-a.yaml: airstrip needs this name, but the file is not listed in kustomization.yaml: move it or choose another --output"},
		{"all paths taken are named", map[string]string{"configmap-a.yaml": "mine", "configmap-b.yaml": "mine"},
			[]string{object("a", "1"), object("b", "1")},
			"DIR/configmap-a.yaml: airstrip needs this name, but the file is not listed in kustomization.yaml: move it or choose another --output\n" +
				"DIR/configmap-b.yaml: airstrip needs this name, but the file is not listed in kustomization.yaml: move it or choose another --output"},
		{"path taken by a folder", map[string]string{"configmap-a.yaml/x": "mine"}, one,
			"DIR/configmap-a.yaml: a folder where airstrip keeps a file: move it or choose another --output"},
		{"kustomization of another hand", map[string]string{"kustomization.yaml": "resources: []\n"}, one,
			"DIR/kustomization.yaml: not written by airstrip: move it or choose another --output"},
		{"empty kustomization", map[string]string{"kustomization.yaml": ""}, one,
			"DIR/kustomization.yaml: not written by airstrip: move it or choose another --output"},
		{"kustomization of another name", map[string]string{"Kustomization": "", "kustomization.yml": ""}, one,
			"DIR/kustomization.yml: kustomize refuses a folder with two kustomizations: move it or choose another --output\n" +
				"DIR/Kustomization: kustomize refuses a folder with two kustomizations: move it or choose another --output"},
		{"kustomization of another hand in a layer", map[string]string{"10-base/kustomization.yaml": "resources: []\n"}, []string{layered("a", "1", "10-base")},
			"DIR/10-base/kustomization.yaml: not written by airstrip: move it or choose another --output"},
		{"layer is a file", map[string]string{"10-base": "mine"}, []string{layered("a", "1", "10-base")},
			"DIR/10-base: a file where airstrip keeps a folder: move it or choose another --output"},
		{"layer is a link", map[string]string{"10-base": "-> ../outside"}, []string{layered("a", "1", "10-base")},
			"DIR/10-base: a symbolic link where airstrip keeps a folder: move it or choose another --output"},
		{"old layer is a link", map[string]string{"kustomization.yaml": ledger("10-base"), "10-base": "-> ../outside"}, one,
			"DIR/10-base: a symbolic link where airstrip keeps a folder: move it or choose another --output"},
		{"file is a link", map[string]string{"kustomization.yaml": ledger("configmap-a.yaml"), "configmap-a.yaml": "-> ../outside/configmap-a.yaml"}, one,
			"DIR/configmap-a.yaml: a symbolic link where airstrip keeps a file: move it or choose another --output"},
		{"old file is a link", map[string]string{"kustomization.yaml": ledger("configmap-z.yaml"), "configmap-z.yaml": "-> ../outside/configmap-a.yaml"}, one,
			"DIR/configmap-z.yaml: a symbolic link where airstrip keeps a file: move it or choose another --output"},
		{"ledger is a link", map[string]string{"kustomization.yaml": "-> ../outside/kustomization.yaml"}, one,
			"DIR/kustomization.yaml: a symbolic link where airstrip keeps a file: move it or choose another --output"},
		{"hostile ledger", map[string]string{"kustomization.yaml": ledger("../outside/configmap-a.yaml", "/etc/passwd", "..", ".git", "10-base/../../x-y.yaml", `c:\x-y.yaml`, "README.md", "")}, one,
			"DIR/kustomization.yaml: lists \"../outside/configmap-a.yaml\", which airstrip never writes: take it out and render again\n" +
				"DIR/kustomization.yaml: lists \"/etc/passwd\", which airstrip never writes: take it out and render again\n" +
				"DIR/kustomization.yaml: lists \"..\", which airstrip never writes: take it out and render again\n" +
				"DIR/kustomization.yaml: lists \".git\", which airstrip never writes: take it out and render again\n" +
				"DIR/kustomization.yaml: lists \"10-base/../../x-y.yaml\", which airstrip never writes: take it out and render again\n" +
				"DIR/kustomization.yaml: lists \"c:\\\\x-y.yaml\", which airstrip never writes: take it out and render again\n" +
				"DIR/kustomization.yaml: lists \"README.md\", which airstrip never writes: take it out and render again\n" +
				"DIR/kustomization.yaml: lists \"\", which airstrip never writes: take it out and render again"},
		{"hostile claim", map[string]string{"kustomization.yaml": ledger() + "# pending: ../outside/configmap-a.yaml\n"}, one,
			"DIR/kustomization.yaml: lists \"../outside/configmap-a.yaml\", which airstrip never writes: take it out and render again"},
		{"hostile ledger of a layer", map[string]string{"kustomization.yaml": ledger("10-base"), "10-base/kustomization.yaml": ledger("../../outside/configmap-a.yaml")}, one,
			"DIR/10-base/kustomization.yaml: lists \"../../outside/configmap-a.yaml\", which airstrip never writes: take it out and render again"},
		{"broken ledger", map[string]string{"kustomization.yaml": marker + "resources: [\n"}, one,
			"DIR/kustomization.yaml: line 2: did not find expected node content: restore the file from git"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			everyWay(t, func(t *testing.T, w way, dir string) {
				above := filepath.Dir(dir)
				write(t, filepath.Join(above, "outside/configmap-a.yaml"), "of somebody else")
				write(t, filepath.Join(above, "outside/kustomization.yaml"), ledger("configmap-a.yaml"))
				for name, data := range tt.files {
					path := filepath.Join(dir, name)
					to, link := strings.CutPrefix(data, "-> ")
					if !link {
						write(t, path, data)
						continue
					}
					if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.Symlink(to, path); err != nil {
						t.Fatal(err)
					}
				}
				before := snapshot(t, above)
				_, err := w.try(dir, set(t, tt.set...))
				got := strings.ReplaceAll(fmt.Sprint(err), dir, "DIR")
				equal(t, filepath.ToSlash(got), tt.want)
				equal(t, snapshot(t, above), before)
			})
		})
	}
}

// A file that is not on the ledger but is what we would write is taken over.
func TestSameBytesAreAdopted(t *testing.T) {
	everyWay(t, func(t *testing.T, w way, dir string) {
		w.apply(t, dir, set(t, object("a", "1"), object("b", "1")))
		if err := os.Remove(filepath.Join(dir, ledgerFile)); err != nil {
			t.Fatal(err)
		}
		p := w.apply(t, dir, set(t, object("a", "1"), object("b", "1")))
		equal(t, changes(p), []string{"+ kustomization.yaml"})
		p = w.apply(t, dir, set(t, object("a", "1")))
		equal(t, changes(p), []string{"- configmap-b.yaml", "~ kustomization.yaml"})
	})
}

// Who merges two renders has conflicts in our files; rendering again ends them.
func TestMergeConflict(t *testing.T) {
	everyWay(t, func(t *testing.T, w way, dir string) {
		write(t, filepath.Join(dir, "kustomization.yaml"), marker+"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"+
			"- configmap-a.yaml\n<<<<<<< HEAD\n- configmap-b.yaml\n=======\n- configmap-c.yaml\nsortOptions:\n  order: fifo\n>>>>>>> main\n")
		for _, name := range []string{"a", "b", "c"} {
			write(t, filepath.Join(dir, "configmap-"+name+".yaml"), "<<<<<<< HEAD\n")
		}
		w.apply(t, dir, set(t, object("a", "1"), object("c", "1")))
		equal(t, paths(t, dir), []string{"configmap-a.yaml", "configmap-c.yaml", "kustomization.yaml"})
		equal(t, build(t, dir), encode(t, set(t, object("a", "1"), object("c", "1"))))
	})
}

// Whatever stands in a ledger, no path of it leads out of the folder.
func FuzzLedger(f *testing.F) {
	f.Add([]byte(ledger("configmap-a.yaml", "10-base")))
	f.Add([]byte(ledger("../x-y.yaml") + "# pending: 10-base/../../x-y.yaml\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		resources, pending, err := decodeLedger(data)
		if err != nil {
			return
		}
		for _, name := range resources {
			if isFile(name) || isLayer(name) {
				if !filepath.IsLocal(name) || strings.ContainsAny(name, `/\`) {
					t.Errorf("%q", name)
				}
			}
		}
		for _, p := range pending {
			if isPath(p) && (!filepath.IsLocal(p) || strings.Count(p, "/") > 1 || filepath.Clean(p) != p) {
				t.Errorf("%q", p)
			}
		}
	})
}

// Every name that an object gets is one that a ledger may list.
func FuzzFileNames(f *testing.F) {
	f.Add("apps", "Deployment", "airbyte", "a")
	f.Fuzz(func(t *testing.T, group, kind, namespace, name string) {
		if file := (manifest.ID{Group: group, Kind: kind, Namespace: namespace, Name: name}).File(home); !isFile(file) {
			t.Errorf("%q is not taken for ours", file)
		}
	})
}
