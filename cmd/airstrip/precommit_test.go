package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// preCommitHook is what pre-commit reads of a hook (pre-commit.com, creating new
// hooks).
type preCommitHook struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	Description   string   `json:"description"`
	Entry         string   `json:"entry"`
	Args          []string `json:"args"`
	Language      string   `json:"language"`
	PassFilenames *bool    `json:"pass_filenames"`
	Files         string   `json:"files"`
}

func preCommitHooks(t *testing.T) []preCommitHook {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", ".pre-commit-hooks.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var hooks []preCommitHook
	if err := yaml.UnmarshalStrict(data, &hooks); err != nil {
		t.Fatal(err)
	}
	if len(hooks) != 2 {
		t.Fatalf("%d hooks, want 2", len(hooks))
	}
	return hooks
}

// A scratch repository with two overlays, rendered and committed.
func scratchRepository(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not here")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"overlays/dev/kustomization.yaml":  "generators: [airbyte.yaml]\n",
		"overlays/dev/airbyte.yaml":        scratchRelease("argocd"),
		"overlays/prod/kustomization.yaml": "generators: [airbyte.yaml]\n",
		"overlays/prod/airbyte.yaml":       scratchRelease("flux"),
		"chart/Chart.yaml":                 "apiVersion: v2\nname: airbyte\nversion: 2.9.0\n",
		"chart/values.yaml":                "replicas: 2\n",
		"chart/templates/server.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: {name: airbyte-server}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: server}}
  template:
    metadata: {labels: {app: server}}
    spec: {containers: [{name: server, image: "airbyte/server:2.2.0"}]}
`,
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GIT_CONFIG_GLOBAL", "/dev/null")
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		t.Setenv("GIT_"+who+"_NAME", "a")
		t.Setenv("GIT_"+who+"_EMAIL", "a@example.com")
	}
	inShell(t, dir, 0, "git init -q -b main && airstrip render overlays/dev overlays/prod 2>&1 && git add . && git commit -qm first")
	return dir
}

func scratchRelease(delivery string) string {
	return fmt.Sprintf("apiVersion: airstrip.dev/v1alpha1\nkind: AirbyteRelease\nmetadata: {name: airbyte, namespace: airbyte}\nspec:\n  kubeVersion: \"1.33\"\n  delivery: %s\n  chart: {path: ../../chart}\n  values: {replicas: 2}\n", delivery)
}

// inShell runs a script, holds it to an exit status, and returns what it printed.
func inShell(t *testing.T, dir string, want int, script string, env ...string) string {
	t.Helper()
	cmd := exec.Command("bash", "-eu", "-o", "pipefail", "-c", script)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != want {
		t.Fatalf("exit status %d, want %d: %s\n%s", got, want, script, out)
	}
	return string(out)
}

// TestPreCommitHooks runs the hooks as pre-commit does, in the root of a repository
// and with no file names: over what is as it should be, and over what is not.
func TestPreCommitHooks(t *testing.T) {
	hooks := preCommitHooks(t)
	dir := scratchRepository(t)
	command := func(h preCommitHook) string { return strings.Join(append([]string{h.Entry}, h.Args...), " ") }
	for _, h := range hooks {
		if h.PassFilenames == nil || *h.PassFilenames {
			t.Errorf("%s is given file names", h.ID)
		}
		inShell(t, dir, 0, command(h)+" 2>&1")
	}
	inShell(t, dir, 0, `sed -i 's/replicas: 2/replicas: {a: b}/' overlays/dev/airbyte.yaml`)
	if out := inShell(t, dir, exitError, command(hooks[0])+" 2>&1"); !strings.Contains(out, "overlays/dev") {
		t.Errorf("check prints %s", out)
	}
	if out := inShell(t, dir, exitFindings, command(hooks[1])+" 2>&1"); !strings.Contains(out, "spec.replicas: is text, want a whole number") {
		t.Errorf("validate prints %s", out)
	}
	inShell(t, dir, 0, "git checkout -q . && sed -i 's/replicas: 2/replicas: 3/' overlays/dev/airbyte.yaml")
	if out := inShell(t, dir, exitDifferences, command(hooks[0])+" 2>&1"); !strings.Contains(out, "rendered/dev/deployment-airbyte-server.yaml") {
		t.Errorf("check prints %s", out)
	}
	inShell(t, dir, 0, command(hooks[1])+" 2>&1")
}

// TestPreCommit has pre-commit itself run them, on a commit. It builds nothing: the
// hooks are the repository's own, of the language system.
func TestPreCommit(t *testing.T) {
	if _, err := exec.LookPath("pre-commit"); err != nil {
		t.Skip("pre-commit is not here: apt-get install pre-commit")
	}
	dir := scratchRepository(t)
	t.Setenv("PRE_COMMIT_HOME", t.TempDir())
	var config strings.Builder
	config.WriteString("repos:\n- repo: local\n  hooks:\n")
	for _, h := range preCommitHooks(t) {
		fmt.Fprintf(&config, "  - {id: %s, name: %s, entry: %s, language: system, pass_filenames: false, files: '%s'}\n", h.ID, h.Name, h.Entry, h.Files)
	}
	if err := os.WriteFile(filepath.Join(dir, ".pre-commit-config.yaml"), []byte(config.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	inShell(t, dir, 0, "git add . && git commit -qm hooks && pre-commit install")
	inShell(t, dir, 0, "echo a >README.md && git add . && git commit -m readme 2>&1 | grep -c Skipped | grep -qx 2")
	inShell(t, dir, 0, "sed -i 's/replicas: 2/replicas: 3/' overlays/dev/airbyte.yaml && git add .")
	out := inShell(t, dir, 1, "git commit -m three 2>&1")
	for _, want := range []string{"airstrip check", "Failed", "rendered/dev/deployment-airbyte-server.yaml", "exit code: 4"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in %s", want, out)
		}
	}
	out = inShell(t, dir, 0, "airstrip check --fix 2>&1 && git add . && git commit -m three 2>&1")
	if strings.Count(out, "Passed") != 2 {
		t.Errorf("the hooks do not pass: %s", out)
	}
}
