// Package argocd holds Airstrip to the parts of Argo CD that render and sync: its
// plugin server, its repo-server and its sync engine, against a real API server.
package argocd

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/airstrip-dev/airstrip/e2e/internal/airstrip"
	"github.com/airstrip-dev/airstrip/e2e/internal/cluster"
	"github.com/airstrip-dev/airstrip/e2e/internal/tool"
)

// Version is that of Argo CD, as e2e/tools/argo has it.
const Version = "3.2.12"

func TestMain(m *testing.M) {
	code := cluster.Main(m)
	if programs.dir != "" {
		os.RemoveAll(programs.dir)
	}
	os.Exit(code)
}

// programs is a folder on the PATH of what is started here: Airstrip, and Argo CD
// under the names that its one binary goes by.
var programs struct {
	sync.Mutex
	dir string
}

func bin(t *testing.T) string {
	t.Helper()
	programs.Lock()
	defer programs.Unlock()
	if programs.dir != "" {
		return programs.dir
	}
	argo := tool.Build(t, "argo", "./mini", "-X github.com/argoproj/argo-cd/v3/common.version="+Version)
	dir, err := os.MkdirTemp("", "airstrip-argocd-")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"argocd-cmp-server", "argocd-repo-server", "argocd-git-ask-pass"} {
		if err := os.Symlink(argo, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	programs.dir = dir
	airstrip.Program(t, func(testing.TB) string { return dir })
	return dir
}

// onPath puts a program beside Argo CD's, which looks for it on the PATH: a package of
// the module e2e/tools/NAME.
func onPath(t *testing.T, name, pkg string) {
	t.Helper()
	path := filepath.Join(bin(t), name)
	if _, err := os.Lstat(path); err == nil {
		return
	}
	if err := os.Symlink(tool.Build(t, name, pkg), path); err != nil {
		t.Fatal(err)
	}
}

// tree is a copy of the overlays, and what Airstrip is given to render them.
type tree struct {
	*airstrip.Tree
	env []string
}

// newTree copies the overlays, which are rendered with one chart, offline.
// There is one more, for which the chart brings its own database and storage.
func newTree(t *testing.T, namespace string) *tree {
	t.Helper()
	root := airstrip.Root(t)
	tr := &tree{airstrip.NewTree(t, filepath.Join(bin(t), "airstrip"), namespace), []string{
		"PATH=" + bin(t) + string(os.PathListSeparator) + os.Getenv("PATH"),
		"HOME=" + t.TempDir(),
		"SOPS_AGE_KEY_FILE=" + filepath.Join(root, "examples", "demo.agekey"),
		"AIRSTRIP_CHART=" + chart(t).Path,
		"AIRSTRIP_OFFLINE=1",
	}}
	from, to := filepath.Join(tr.Dir, "examples", "community"), filepath.Join(tr.Dir, "overlays", "community")
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	tr.edit(t, "overlays/community/airbyte.yaml", "delivery: flux", "delivery: argocd")
	tr.edit(t, "overlays/community/airbyte.yaml", "  namespaceObject: create\n", "")
	return tr
}

// chart is the newest official release where there are any, and otherwise what stands
// in for it.
func chart(t *testing.T) airstrip.Chart {
	t.Helper()
	charts := airstrip.Charts(t)
	if charts[0].Official {
		return charts[len(charts)-1]
	}
	for _, c := range charts {
		if c.Generation() == "v2" {
			return c
		}
	}
	t.Fatal("no chart of generation 2")
	return airstrip.Chart{}
}

// unpacked copies the chart into a folder, as a repository has it.
func unpacked(t *testing.T, to string) {
	t.Helper()
	c := chart(t)
	if !c.Official {
		if err := os.CopyFS(to, os.DirFS(c.Path)); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("tar", "-xzf", c.Path, "-C", to, "--strip-components=1").CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", c.Path, err, out)
	}
}

// edit replaces a piece of a file that is there once.
func (tr *tree) edit(t *testing.T, name, old, new string) {
	t.Helper()
	path := filepath.Join(tr.Dir, name)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), old); n != 1 {
		t.Fatalf("%s has %q %d times", name, old, n)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(data), old, new, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// overlays are those that deliver to Argo CD.
func (tr *tree) overlays(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(tr.Dir, "overlays", "*"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, dir := range files {
		rel := "overlays/" + filepath.Base(dir)
		for _, name := range []string{"airbyte.yaml", "airbyte/airbyte.yaml"} {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err == nil && strings.Contains(string(data), "\n  delivery: argocd\n") {
				all = append(all, rel)
			}
		}
	}
	if len(all) < 3 {
		t.Fatalf("overlays that deliver to Argo CD: %v", all)
	}
	return all
}

// commandLine is what the command line makes of an overlay with these parameters.
func (tr *tree) commandLine(t *testing.T, overlay, parameters string) []object {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin(t), "airstrip"), "cmp", "generate")
	cmd.Dir = filepath.Join(tr.Dir, overlay)
	cmd.Env = tr.env
	if parameters != "" {
		cmd.Env = append(cmd.Env, "ARGOCD_APP_PARAMETERS="+parameters)
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", overlay, err, &stderr)
	}
	var all []object
	for _, o := range cluster.Decode(t, out) {
		all = append(all, o.Object)
	}
	return all
}

// object is one, decoded.
type object = map[string]any

func decode(t *testing.T, manifests []string) []object {
	t.Helper()
	var all []object
	for _, m := range manifests {
		var o object
		if err := yaml.Unmarshal([]byte(m), &o); err != nil {
			t.Fatal("a manifest is no YAML") // the error may quote a value
		}
		all = append(all, o)
	}
	return all
}

func metadata(o object) map[string]any {
	m, _ := o["metadata"].(map[string]any)
	return m
}

func id(o object) string {
	return fmt.Sprintf("%v/%v/%v", o["kind"], metadata(o)["namespace"], metadata(o)["name"])
}

// compare holds what Argo CD got to what the command line prints. Where it differs
// the test names the object and nothing that is in it.
func compare(t *testing.T, got, want []object) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("Argo CD got %d objects, the command line prints %d", len(got), len(want))
	}
	byID := map[string]object{}
	for _, o := range got {
		byID[id(o)] = o
	}
	for _, o := range want {
		if g, ok := byID[id(o)]; !ok {
			t.Errorf("Argo CD has no %s", id(o))
		} else if !reflect.DeepEqual(g, o) {
			t.Errorf("%s is not the same", id(o))
		}
	}
}

// secrets are the values of the Secrets among objects, as they are and in base64.
// The short ones are left out: they are words that any text may have.
func secrets(t *testing.T, all []object) []string {
	t.Helper()
	var values []string
	for _, o := range all {
		if o["kind"] != "Secret" {
			continue
		}
		data, _ := o["data"].(map[string]any)
		for _, v := range data {
			coded, _ := v.(string)
			plain, err := base64.StdEncoding.DecodeString(coded)
			if err != nil {
				t.Fatalf("%s is not open", id(o))
			}
			if len(plain) >= 8 {
				values = append(values, coded, string(plain))
			}
		}
	}
	if len(values) == 0 {
		t.Fatal("no Secret has a value")
	}
	return values
}

// hidden fails the test when a text has a value.
func hidden(t *testing.T, where, text string, values []string) {
	t.Helper()
	for _, v := range values {
		if strings.Contains(text, v) {
			t.Errorf("%s has the value of a Secret", where)
			return
		}
	}
}

// start starts a program that ends with the test, and returns the file that its
// output goes to.
func start(t *testing.T, env []string, program string, args ...string) (log string) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), filepath.Base(program)+".log"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cmd := exec.Command(program, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, f, f
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		cmd.Wait()
		close(done)
	}()
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		select {
		case <-done:
		case <-time.After(time.Second): // the plugin server does not listen
			cmd.Process.Kill()
			<-done
		}
		if t.Failed() {
			t.Logf("%s:\n%s", filepath.Base(program), cluster.Tail(f.Name()))
		}
	})
	return f.Name()
}

// eventually waits until something is so.
func eventually(t *testing.T, what, log string, so func() bool) {
	t.Helper()
	if !cluster.Within(2*time.Minute, so) {
		t.Fatalf("%s: not within two minutes\n%s", what, cluster.Tail(log))
	}
}

// ask runs one of the programs of e2e/tools/argo: a question as JSON, the answer
// decoded.
func ask(t *testing.T, program string, question, answer any) {
	t.Helper()
	out := run(t, program, question)
	if err := json.Unmarshal(out, answer); err != nil {
		t.Fatalf("%s: %v", program, err)
	}
}

func run(t *testing.T, program string, question any) []byte {
	t.Helper()
	path := tool.Build(t, "argo", "./"+program)
	in, err := json.Marshal(question)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path)
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir()) // Argo CD's client leaves folders behind
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, &stderr)
	}
	return out
}
