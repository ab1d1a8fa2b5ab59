package publish

import (
	"context"
	"errors"
	"net/http"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// serveGit serves the bare repositories in a folder by git's own CGI program, to who
// has the password.
func serveGit(t *testing.T, root, password string) *httptest.Server {
	t.Helper()
	exe, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		t.Fatal(err)
	}
	backend := filepath.Join(strings.TrimSpace(string(exe)), "git-http-backend")
	if _, err := os.Stat(backend); err != nil {
		t.Skipf("no git-http-backend: %v", err)
	}
	h := &cgi.Handler{Path: backend, Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1", "REMOTE_USER=bot"}, InheritEnv: []string{"HOME", "PATH"}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, got, _ := r.BasicAuth(); got != password {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv
}

const password = "c4n4ry-p4ssw0rd"

// Over HTTP, with a password from wherever git gets it; without one it is said what to
// do, nobody is asked, and the password is in no message.
func TestHTTP(t *testing.T) {
	isolate(t)
	r := newRepo(t, before)
	b := r.bare()
	b.git("config", "http.receivepack", "true")
	srv := serveGit(t, filepath.Dir(b.dir), password)
	url := srv.URL + "/remote.git"
	with := func(p string) string { return strings.Replace(url, "http://", "http://bot:"+p+"@", 1) }

	other := b.clone()
	other.commit("faster", map[string]string{"theirs.txt": "1\n"})
	other.git("push", "--quiet", "origin", "main")
	r.git("remote", "set-url", "origin", with(password))
	res, err := open(t, r.dir).Push(context.Background(), time.Minute, writes(t, map[string]string{"rendered/aks/service-a.yaml": "a: 2\n"}))
	if err != nil || res.Attempts != 2 || b.git("rev-parse", "main") != res.Commit {
		t.Fatalf("%+v, %v", res, err)
	}

	for name, remote := range map[string]string{"none": url, "wrong": with("wr0ng-canary")} {
		r.git("remote", "set-url", "origin", remote)
		start := time.Now()
		_, err := open(t, r.dir).Push(context.Background(), time.Minute, writes(t, map[string]string{"rendered/aks/service-a.yaml": "a: 3 " + name + "\n"}))
		access := (*AccessError)(nil)
		if !errors.As(err, &access) || access.Why != Denied || strings.Contains(err.Error(), "canary") || time.Since(start) > 30*time.Second {
			t.Errorf("%s: %v", name, err)
		}
	}

	// A credential helper of the user's.
	r.git("remote", "set-url", "origin", url)
	r.git("config", "credential.helper", "!f() { test \"$1\" = get && printf 'username=bot\\npassword="+password+"\\n'; }; f")
	if res, err := open(t, r.dir).Push(context.Background(), time.Minute, writes(t, map[string]string{"rendered/aks/service-a.yaml": "a: 4\n"})); err != nil || b.git("rev-parse", "main") != res.Commit {
		t.Errorf("%+v, %v", res, err)
	}

	// Without a clone.
	for n, text := range []string{"a: 5\n", "a: 6\n"} {
		c, err := Connect(context.Background(), with(password), open(t, r.dir), Options{})
		if err != nil {
			t.Fatal(err)
		}
		branch, err := c.Default(context.Background(), "origin")
		if err != nil || branch != "main" {
			t.Errorf("the default branch is %q, %v", branch, err)
		}
		res, err := c.PushTo(context.Background(), Remote{"origin", "main"}, nil, time.Minute, writes(t, map[string]string{"rendered/aks/service-a.yaml": text}))
		if err != nil || !res.Changed || b.git("show", "main:rendered/aks/service-a.yaml")+"\n" != text {
			t.Errorf("%d: %+v, %v", n, res, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if got := b.git("rev-list", "--count", "main"); got != "6" {
		t.Errorf("%s commits", got)
	}

	// A server that is not there, and one that is not well, are tried for a while.
	srv.Close()
	_, err = open(t, r.dir).Push(context.Background(), time.Second, writes(t, map[string]string{"rendered/aks/service-a.yaml": "a: 7\n"}))
	access := (*AccessError)(nil)
	if !errors.As(err, &access) || access.Why != Unreachable || !strings.Contains(err.Error(), "gave up after") {
		t.Errorf("unreachable: %v", err)
	}
}

// A remote whose ids are SHA-256 is committed to as any other. An empty one does not
// tell that they are: then it is said at once what is wrong.
func TestConnectSHA256(t *testing.T) {
	isolate(t)
	like := newRepo(t, before)
	b := &repo{t, filepath.Join(t.TempDir(), "remote.git")}
	like.git("init", "--quiet", "--bare", "--object-format=sha256", b.dir)
	b.git("config", "http.receivepack", "true")
	srv := serveGit(t, filepath.Dir(b.dir), "")
	push := func(url, branch string) (Result, error) {
		c, err := Connect(context.Background(), url, open(t, like.dir), Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.PushTo(context.Background(), Remote{"origin", branch}, nil, time.Minute, writes(t, map[string]string{"a.yaml": branch + "\n"}))
	}
	urls := []string{b.dir, srv.URL + "/remote.git"}
	for _, url := range urls {
		start := time.Now()
		_, err := push(url, "main")
		if access := (*AccessError)(nil); !errors.As(err, &access) || access.Why != Mismatched || time.Since(start) > 30*time.Second {
			t.Errorf("%s, empty: %v", url, err)
		}
	}
	first := &repo{t, t.TempDir()}
	first.git("init", "--quiet", "--object-format=sha256")
	first.commit("first", before)
	first.git("push", "--quiet", b.dir, "main")
	for i, url := range urls {
		for _, branch := range []string{"main", []string{"env/aks", "env/gke"}[i]} {
			res, err := push(url, branch)
			if err != nil || res.Commit != b.git("rev-parse", branch) || b.git("show", branch+":a.yaml") != branch {
				t.Errorf("%s, %s: %+v, %v", url, branch, res, err)
			}
		}
	}
}

// A server that answers 502 for a moment is no reason to give up.
func TestHTTPUnwell(t *testing.T) {
	isolate(t)
	r := newRepo(t, before)
	b := r.bare()
	b.git("config", "http.receivepack", "true")
	srv := serveGit(t, filepath.Dir(b.dir), "")
	unwell := 3
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if unwell > 0 {
			unwell--
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		srv.Config.Handler.ServeHTTP(w, req)
	}))
	defer front.Close()
	r.git("remote", "set-url", "origin", front.URL+"/remote.git")
	res, err := open(t, r.dir).Push(context.Background(), time.Minute, writes(t, rendered))
	if err != nil || !res.Changed || b.git("rev-parse", "main") != res.Commit {
		t.Fatalf("%+v, %v", res, err)
	}
}

// Over ssh, to a server with a key of its own.
func TestSSH(t *testing.T) {
	sshd, err := exec.LookPath("sshd")
	if err != nil {
		if sshd, err = exec.LookPath("/usr/sbin/sshd"); err != nil {
			t.Skip("no sshd (openssh-server)")
		}
	}
	isolate(t)
	r := newRepo(t, before)
	b := r.bare()
	dir := t.TempDir()
	for _, name := range []string{"host", "user"} {
		if out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	port := freePort(t)
	// Sshd wants folders that nobody else can write to, which temporary ones are not below.
	config := "Port " + strconv.Itoa(port) + "\nListenAddress 127.0.0.1\nHostKey " + dir + "/host\nAuthorizedKeysFile " + dir + "/user.pub\n" +
		"StrictModes no\nPidFile none\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
	if err := os.WriteFile(filepath.Join(dir, "sshd_config"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Skipf("sshd as root wants /run/sshd: %v", err)
		}
	}
	var log strings.Builder
	cmd := exec.Command(sshd, "-D", "-e", "-f", filepath.Join(dir, "sshd_config"))
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	waitFor(t, port)
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	r.git("remote", "set-url", "origin", "ssh://"+me.Username+"@127.0.0.1:"+strconv.Itoa(port)+b.dir)
	known := filepath.Join(dir, "known_hosts")
	ssh := "ssh -F none -i " + dir + "/user -o IdentitiesOnly=yes -o UserKnownHostsFile=" + known + " -o GlobalKnownHostsFile=none"
	r.git("config", "core.sshCommand", ssh)

	try := func(text string) (Result, error) {
		return open(t, r.dir).Push(context.Background(), time.Minute, writes(t, map[string]string{"rendered/aks/service-a.yaml": text}))
	}
	_, err = try("a: 2\n")
	access := (*AccessError)(nil)
	if !errors.As(err, &access) || access.Why != UnknownHost {
		t.Errorf("unknown host: %v\n%s", err, log.String())
	}
	host, err := os.ReadFile(filepath.Join(dir, "host.pub"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(known, []byte("[127.0.0.1]:"+strconv.Itoa(port)+" "+string(host)), 0o600); err != nil {
		t.Fatal(err)
	}
	other := b.clone()
	other.commit("faster", map[string]string{"theirs.txt": "1\n"})
	other.git("push", "--quiet", "origin", "main")
	res, err := try("a: 3\n")
	if err != nil || res.Attempts != 2 || b.git("rev-parse", "main") != res.Commit {
		cmd.Process.Kill()
		t.Fatalf("%+v, %v", res, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "user.pub"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := try("a: 4\n"); !errors.As(err, &access) || access.Why != Denied {
		t.Errorf("no key: %v", err)
	}
}
