package argocd

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/e2e/internal/cluster"
	"github.com/airstrip-dev/airstrip/e2e/internal/tool"
)

// repoServer is Argo CD's repo-server, beside a plugin server, over a git repository
// that a git daemon serves.
type repoServer struct {
	*sidecar
	tree    *tree
	address string
	url     string
	server  string // its log
}

func newRepoServer(t *testing.T, tr *tree) *repoServer {
	t.Helper()
	r := &repoServer{sidecar: newSidecar(t, tr), tree: tr}
	redis, env := redisServer(t)
	ports, err := cluster.FreePorts(4)
	if err != nil {
		t.Fatal(err)
	}
	loopback := func(i int) string { return fmt.Sprintf("127.0.0.1:%d", ports[i]) }

	r.git(t, "init", "--quiet", "--initial-branch=main")
	r.commit(t)
	log := start(t, env, redis, "--bind", "127.0.0.1", "--port", fmt.Sprint(ports[0]), "--save", "", "--dir", t.TempDir())
	eventually(t, "redis-server", log, listens(loopback(0)))

	daemon := start(t, tr.env, "git", "daemon", "--reuseaddr", "--export-all", "--listen=127.0.0.1", fmt.Sprintf("--port=%d", ports[1]), "--base-path="+filepath.Dir(tr.Dir), filepath.Dir(tr.Dir))
	eventually(t, "git daemon", daemon, listens(loopback(1)))
	r.url = fmt.Sprintf("git://%s/%s", loopback(1), filepath.Base(tr.Dir))

	r.address = loopback(2)
	gnupg := t.TempDir()
	helm := t.TempDir()
	r.server = start(t, append([]string{
		"ARGOCD_GPG_ENABLED=false", "ARGOCD_GNUPGHOME=" + gnupg, "ARGOCD_PLUGINSOCKFILEPATH=" + r.dir, "TMPDIR=" + t.TempDir(),
		"HELM_CACHE_HOME=" + helm, "HELM_CONFIG_HOME=" + helm, "HELM_DATA_HOME=" + helm,
	}, tr.env...), filepath.Join(bin(t), "argocd-repo-server"),
		"--redis", loopback(0), "--disable-tls", "--address", "127.0.0.1", "--port", fmt.Sprint(ports[2]),
		"--metrics-address", "127.0.0.1", "--metrics-port", fmt.Sprint(ports[3]))
	eventually(t, "argocd-repo-server", r.server, listens(r.address))
	return r
}

func listens(address string) func() bool {
	return func() bool {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return false
		}
		c.Close()
		return true
	}
}

// redisServer is Redis, of the system or of Debian's packages. The server there is
// the program that checks its files, under another name.
func redisServer(t *testing.T) (path string, env []string) {
	t.Helper()
	env = []string{"PATH=" + os.Getenv("PATH")}
	if path, err := exec.LookPath("redis-server"); err == nil {
		return path, env
	}
	machine, ok := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
	if !ok {
		t.Skipf("the libraries of redis-server on %s are unknown: install it", runtime.GOARCH)
	}
	path = filepath.Join(t.TempDir(), "redis-server")
	if err := os.Symlink(tool.Debian(t, "redis-tools", "usr/bin/redis-check-rdb"), path); err != nil {
		t.Fatal(err)
	}
	var dirs []string
	for _, lib := range []struct{ pkg, file string }{{"liblzf1", "liblzf.so.1"}, {"libjemalloc2", "libjemalloc.so.2"}} {
		dirs = append(dirs, filepath.Dir(tool.Debian(t, lib.pkg, "usr/lib/"+machine+"-linux-gnu/"+lib.file)))
	}
	return path, append(env, "LD_LIBRARY_PATH="+strings.Join(dirs, ":"))
}

func (r *repoServer) git(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = r.tree.Dir
	cmd.Env = append([]string{"GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=e2e", "GIT_AUTHOR_EMAIL=e2e@example.com", "GIT_COMMITTER_NAME=e2e", "GIT_COMMITTER_EMAIL=e2e@example.com"}, r.tree.env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// commit commits the tree as it is.
func (r *repoServer) commit(t *testing.T) {
	t.Helper()
	r.git(t, "add", "--all")
	r.git(t, "commit", "--quiet", "--message=change")
}

// source is the source of an Application.
type source map[string]any

func (r *repoServer) source(path string, plugin map[string]any) source {
	s := source{"repoURL": r.url, "path": path, "targetRevision": "main"}
	if plugin != nil {
		s["plugin"] = plugin
	}
	return s
}

// rendered is what the repo-server answers the application controller.
type rendered struct {
	Manifest struct {
		Manifests  []string
		SourceType string
	}
	Details struct {
		Type   string
		Plugin struct{ ParametersAnnouncement []parameter }
	}
	Error string
}

// render asks for the manifests of an Application that is named as its namespace is.
func (r *repoServer) render(t *testing.T, namespace string, s source) rendered {
	t.Helper()
	var a rendered
	ask(t, "askrepo", map[string]any{"address": r.address, "manifest": map[string]any{
		"repo":     map[string]any{"repo": r.url},
		"revision": "main", "noCache": true, "noRevisionCache": true,
		"appName": namespace, "namespace": namespace, "applicationSource": s,
		"appLabelKey": "app.kubernetes.io/instance", "trackingMethod": "annotation",
		"kubeVersion": "1.35.4", "apiVersions": []string{"v1", "apps/v1", "gateway.networking.k8s.io/v1"},
		"projectName": "default", "projectSourceRepos": []string{"*"},
	}}, &a)
	return a
}

// untracked takes off the annotation by which Argo CD knows its own.
func untracked(t *testing.T, all []object) []object {
	t.Helper()
	for _, o := range all {
		annotations, _ := metadata(o)["annotations"].(map[string]any)
		if _, ok := annotations["argocd.argoproj.io/tracking-id"]; !ok && annotations["argocd.argoproj.io/hook"] == nil {
			t.Errorf("%s is not tracked", id(o))
		}
		delete(annotations, "argocd.argoproj.io/tracking-id")
		if len(annotations) == 0 {
			delete(metadata(o), "annotations")
		}
	}
	return all
}

// From a git repository, by the plugin's name and by discovery, the repo-server
// makes the objects that the command line prints, and adds nothing but its tracking.
func TestRepoServer(t *testing.T) {
	tr := newTree(t, "airbyte")
	r := newRepoServer(t, tr)
	parameters := []any{map[string]any{"name": "values", "map": map[string]any{"server.replicaCount": "3"}}}
	for _, overlay := range tr.overlays(t) {
		for _, test := range []struct {
			name       string
			plugin     map[string]any
			parameters string
		}{
			{"by name", map[string]any{"name": "airstrip"}, ""},
			{"by discovery", nil, ""},
			{"with parameters", map[string]any{"name": "airstrip", "parameters": parameters}, `[{"name": "values", "map": {"server.replicaCount": "3"}}]`},
			{"with parameters, by discovery", map[string]any{"parameters": parameters}, `[{"name": "values", "map": {"server.replicaCount": "3"}}]`},
		} {
			t.Run(filepath.Base(overlay)+" "+test.name, func(t *testing.T) {
				a := r.render(t, "airbyte", r.source(overlay, test.plugin))
				if a.Error != "" {
					t.Fatal(a.Error)
				}
				if a.Manifest.SourceType != "Plugin" {
					t.Errorf("it is rendered as %s", a.Manifest.SourceType)
				}
				compare(t, untracked(t, decode(t, a.Manifest.Manifests)), tr.commandLine(t, overlay, test.parameters))
			})
		}
	}
}

// The folder that airstrip render writes is a Kustomize source to the repo-server,
// whose kustomize makes of it what is in the files.
func TestRepoServerFolder(t *testing.T) {
	onPath(t, "kustomize", "sigs.k8s.io/kustomize/kustomize/v5")
	tr := newTree(t, "airbyte")
	overlays := tr.overlays(t)
	cmd := exec.Command(filepath.Join(bin(t), "airstrip"), append([]string{"render"}, overlays...)...)
	cmd.Dir, cmd.Env = tr.Dir, tr.env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r := newRepoServer(t, tr)
	for _, overlay := range overlays {
		t.Run(filepath.Base(overlay), func(t *testing.T) {
			folder := filepath.Join("rendered", filepath.Base(overlay))
			a := r.render(t, "airbyte", r.source(folder, nil))
			if a.Error != "" {
				t.Fatal(a.Error)
			}
			if a.Manifest.SourceType != "Kustomize" {
				t.Errorf("it is rendered as %s", a.Manifest.SourceType)
			}
			files, err := filepath.Glob(filepath.Join(tr.Dir, folder, "*.yaml"))
			if err != nil || len(files) < 10 {
				t.Fatalf("%d files: %v", len(files), err)
			}
			var want []object
			for _, file := range files {
				if filepath.Base(file) == "kustomization.yaml" {
					continue
				}
				data, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				for _, o := range cluster.Decode(t, data) {
					want = append(want, o.Object)
				}
			}
			compare(t, untracked(t, decode(t, a.Manifest.Manifests)), want)
		})
	}
}

// Argo CD's interface shows the parameters of the plugin.
func TestRepoServerDetails(t *testing.T) {
	tr := newTree(t, "airbyte")
	r := newRepoServer(t, tr)
	var a rendered
	ask(t, "askrepo", map[string]any{"address": r.address, "details": map[string]any{
		"repo": map[string]any{"repo": r.url}, "source": r.source("overlays/aks", nil), "appName": "airbyte", "trackingMethod": "annotation",
	}}, &a)
	if a.Error != "" {
		t.Fatal(a.Error)
	}
	var names []string
	for _, p := range a.Details.Plugin.ParametersAnnouncement {
		names = append(names, p.Name)
	}
	if a.Details.Type != "Plugin" || !strings.Contains(strings.Join(names, " "), "kube-version") {
		t.Errorf("it is a %s with the parameters %v", a.Details.Type, names)
	}
}

// What reaches the Application's conditions of an overlay that is wrong names the
// file and the field, and has no value of a Secret. So it is with the plugin named;
// after a discovery that said no, Argo CD would say something else altogether.
func TestRepoServerMistakes(t *testing.T) {
	tr := newTree(t, "airbyte")
	values := secrets(t, tr.commandLine(t, "overlays/aks", ""))
	r := newRepoServer(t, tr)
	for i, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			r.git(t, "checkout", "--quiet", "-B", "main", "main")
			tr.spoil(t, i)
			r.commit(t)
			defer r.git(t, "reset", "--quiet", "--hard", "HEAD~1")
			for _, plugin := range []map[string]any{{"name": "airstrip"}, nil} {
				a := r.render(t, "airbyte", r.source("overlays/aks", plugin))
				for _, want := range m.want {
					if !strings.Contains(a.Error, want) {
						t.Errorf("plugin %v: the error does not say %s:\n%s", plugin, want, a.Error)
					}
				}
				hidden(t, "the error", a.Error, values)
			}
		})
	}
	hidden(t, "the log of the plugin server", r.said(t), values)
	data, err := os.ReadFile(r.server)
	if err != nil {
		t.Fatal(err)
	}
	hidden(t, "the log of the repo-server", string(data), values)
}
