package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/airstrip-dev/airstrip/internal/charttest"
	"github.com/airstrip-dev/airstrip/internal/kmstest"
)

// Argo CD ends a plugin with SIGTERM, and five seconds later with SIGKILL. The plugin
// has ended by then, whatever it waits for: a repository, a key service.
func TestCMPEndsWhenAsked(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("has no SIGTERM")
	}
	chart, err := filepath.Abs(filepath.Join("..", "..", "testdata", "charts", "airbyte", "v2-next"))
	if err != nil {
		t.Fatal(err)
	}
	archive, err := charttest.Minimal("airbyte", "2.2.0")
	if err != nil {
		t.Fatal(err)
	}
	repo := &charttest.Repository{Archives: [][]byte{archive}, Delay: time.Minute}
	vault := &kmstest.Vault{}
	for name, test := range map[string]struct {
		server http.Handler
		asked  func() bool
		// spec is what of the config leads to the server at URL.
		spec string
		// before is run while the server still answers.
		before []string
		hang   func()
	}{
		"a repository": {
			repo, func() bool { return len(repo.Requests()) > 0 },
			"  chart: {repo: URL, version: 2.2.0, digest: \"" + charttest.Digest(archive) + "\"}\n", nil, func() {},
		},
		"a key service": {
			vault, func() bool {
				r := vault.Requests()
				return len(r) > 0 && r[len(r)-1].Op == kmstest.Decrypt
			},
			"  chart: {path: " + chart + "}\n  secrets: [{name: airbyte-airbyte-secrets, recipients: {vault: [URL/v1/transit/keys/airbyte]}}]\n",
			[]string{"seal", "."}, func() { vault.Break(kmstest.Fault{Hang: true}) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(test.server)
			defer server.Close()
			dir := t.TempDir()
			for name, text := range map[string]string{
				"kustomization.yaml": "generators: [airbyte.yaml]\n",
				"airbyte.yaml": "apiVersion: airstrip.dev/v1alpha1\nkind: AirbyteRelease\nmetadata: {name: airbyte, namespace: airbyte}\nspec:\n  kubeVersion: \"1.34\"\n  delivery: argocd\n" +
					strings.ReplaceAll(test.spec, "URL", server.URL),
			} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			command := func(args ...string) (*exec.Cmd, *bytes.Buffer) {
				cmd := exec.Command("airstrip", args...)
				cmd.Dir = dir
				cmd.Env = append(os.Environ(), "AIRSTRIP_CACHE_DIR="+filepath.Join(dir, ".cache"), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "VAULT_TOKEN=t", "AIRSTRIP_CHART=", "AIRSTRIP_OFFLINE=")
				var out bytes.Buffer
				cmd.Stdout, cmd.Stderr = &out, &out
				return cmd, &out
			}
			if test.before != nil {
				cmd, out := command(test.before...)
				if err := cmd.Run(); err != nil {
					t.Fatalf("airstrip %v: %v\n%s", test.before, err, out)
				}
			}
			test.hang()
			cmd, out := command("cmp", "generate")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- cmd.Wait() }()
			for deadline := time.Now().Add(time.Minute); !test.asked(); {
				select {
				case err := <-ended:
					t.Fatalf("it ended before it asked: %v\n%s", err, out)
				case <-time.After(5 * time.Millisecond):
				}
				if time.Now().After(deadline) {
					_ = cmd.Process.Kill()
					t.Fatalf("nobody asked\n%s", out)
				}
			}
			start := time.Now()
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			select {
			case <-ended:
				if d := time.Since(start); d > time.Second {
					t.Errorf("it ended after %v, want a second at most", d)
				}
			case <-time.After(10 * time.Second):
				_ = cmd.Process.Kill()
				t.Fatal("it does not end")
			}
			if got, want := out.String(), "airstrip: error: interrupted: nothing was written\n"; got != want {
				t.Errorf("it prints %q, want %q", got, want)
			}
			if cmd.ProcessState.ExitCode() != exitError {
				t.Errorf("exit status %d, want %d", cmd.ProcessState.ExitCode(), exitError)
			}
		})
	}
}
