package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The container image is the static binary on an empty file system, run as
// `airstrip fn` by nobody, with no home, no network and nothing to write to.
// The image itself is not built here; the binary is put into those conditions
// as far as the machine allows.
func TestContainerForm(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs chroot and setpriv, which are Linux's")
	}
	if testing.Short() {
		t.Skip("builds the program")
	}
	if os.Getuid() != 0 {
		t.Skip("only root can become nobody in an empty root directory")
	}
	for _, tool := range []string{"go", "chroot"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	if err := exec.Command("chroot", "--userspec=65534:65534", "--groups=", "/", "/bin/true").Run(); err != nil {
		t.Skip("this root cannot become nobody: ", err)
	}
	// Nobody has to be able to walk to it, and t.TempDir is for its owner.
	root, err := os.MkdirTemp("", "airstrip-container-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	build := exec.Command("go", "build", "-o", filepath.Join(root, "airstrip"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	chartDir, err := filepath.Abs(filepath.Join("..", "..", "testdata", "charts", "airbyte", "v2-next"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(root, "src", "chart"), os.DirFS(chartDir)); err != nil {
		t.Fatal(err)
	}
	sealed := os.DirFS(filepath.Join(filepath.Dir(chartDir), "..", "..", "sealed"))
	if err := os.CopyFS(filepath.Join(root, "src"), sealed); err != nil {
		t.Fatal(err)
	}
	chmodAll(t, root)

	input := resourceList("chart: {path: src/chart}")
	command := []string{"chroot", "--userspec=65534:65534", "--groups=", root, "/airstrip", "fn"}
	if exec.Command("unshare", "--net", "true").Run() == nil {
		command = append([]string{"unshare", "--net"}, command...)
	} else {
		t.Log("no network namespaces here: a network is not ruled out")
	}
	t.Run("renders", func(t *testing.T) {
		got, stderr, err := contained(command, input)
		if err != nil {
			t.Fatalf("%v\n%s", err, stderr)
		}
		var out, talk bytes.Buffer
		t.Chdir(root)
		if code := run([]string{"fn"}, strings.NewReader(input), &out, &talk); code != exitOK {
			t.Fatalf("exit status %d\n%s", code, &talk)
		}
		if !bytes.Equal(got, out.Bytes()) {
			t.Error("prints other bytes than outside")
		}
		if n := bytes.Count(got, []byte("\n  kind: ")); n < 20 {
			t.Errorf("%d objects, want the chart's", n)
		}
	})
	t.Run("says that it has no chart", func(t *testing.T) {
		got, stderr, err := contained(command, resourceList("chart: {version: 2.2.0, digest: sha256:"+strings.Repeat("0", 64)+"}"))
		if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != exitError {
			t.Errorf("%v, want exit status %d", err, exitError)
		}
		if bytes.Contains(got, []byte("kind: ConfigMap")) {
			t.Errorf("prints items:\n%s", got)
		}
		if !bytes.Contains(stderr, []byte("airstrip: error: AirbyteRelease/airbyte: chart airbyte 2.2.0 from ")) {
			t.Errorf("stderr:\n%s", stderr)
		}
	})
	// Nothing may have been written anywhere.
	entries, err := os.ReadDir(root)
	if err != nil || len(entries) != 2 {
		t.Errorf("the root holds %v, %v, want airstrip and src", entries, err)
	}
}

// contained runs a command with an empty environment and no way to a network
// that there might be.
func contained(command []string, stdin string) (stdout, stderr []byte, err error) {
	var out, talk bytes.Buffer
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "https_proxy=http://127.0.0.1:1", "http_proxy=http://127.0.0.1:1"}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &talk
	err = cmd.Run()
	return out.Bytes(), talk.Bytes(), err
}

func resourceList(chart string) string {
	return fmt.Sprintf(`apiVersion: config.kubernetes.io/v1
kind: ResourceList
functionConfig:
  apiVersion: airstrip.dev/v1alpha1
  kind: AirbyteRelease
  metadata: {name: airbyte, namespace: airbyte}
  spec:
    kubeVersion: "1.33"
    delivery: argocd
    secrets: [{name: airbyte-airbyte-secrets, file: src/airbyte-airbyte-secrets.sops.yaml}]
    %s
items: []
`, chart)
}

// chmodAll lets everybody read what is below dir, and nobody write.
func chmodAll(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chmod(path, 0o555)
	})
	if err != nil {
		t.Fatal(err)
	}
}
