// Package gitea holds airstrip commit to a real Gitea: it is pushed to over HTTP, and
// asked by its API what is there.
package gitea

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/airstrip-dev/airstrip/e2e/internal/airstrip"
	"github.com/airstrip-dev/airstrip/e2e/internal/cluster"
	"github.com/airstrip-dev/airstrip/e2e/internal/tool"
)

// Version is that of Gitea, as e2e/tools/gitea has it.
const Version = "1.26.0"

// pageSize is the most entries that the server puts on a page, as an administrator may
// have it: fewer than anybody asks for.
const pageSize = 3

// settings of a server that asks nobody anything and reaches nothing but loopback.
const settings = `
WORK_PATH = %[1]s

[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = %[2]d
ROOT_URL = http://127.0.0.1:%[2]d/
STATIC_ROOT_PATH = %[3]s
OFFLINE_MODE = true
DISABLE_SSH = true

[database]
DB_TYPE = sqlite3
PATH = %[1]s/gitea.db

[security]
INSTALL_LOCK = true

[service]
DISABLE_REGISTRATION = true

[mailer]
ENABLED = false

[log]
MODE = console

[indexer]
ISSUE_INDEXER_TYPE = db

[actions]
ENABLED = false

[i18n]
LANGS = en-US
NAMES = English

[api]
MAX_RESPONSE_ITEMS = %[4]d
`

// server is a Gitea with one user, who owns all that is in it.
type server struct {
	url     string
	program string
	config  string
	env     []string
	log     string
	// admin is a token for everything, token one for what docs/commit.md says is needed.
	admin, token string
}

const user = "acme"

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{program: tool.Build(t, "gitea", "./gitea", "-X main.version="+Version)}
	static := tool.Source(t, "gitea", "code.gitea.io/gitea")
	dir := t.TempDir()
	ports, err := cluster.FreePorts(1)
	if err != nil {
		t.Fatal(err)
	}
	s.url = fmt.Sprintf("http://127.0.0.1:%d", ports[0])
	s.config = filepath.Join(dir, "app.ini")
	s.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "GIT_CONFIG_NOSYSTEM=1", "GITEA_I_AM_BEING_UNSAFE_RUNNING_AS_ROOT=true"}
	if err := os.WriteFile(s.config, fmt.Appendf(nil, settings, dir, ports[0], static, pageSize), 0o600); err != nil {
		t.Fatal(err)
	}
	s.command(t, "migrate")
	s.command(t, "admin", "user", "create", "--username", user, "--email", user+"@example.com", "--random-password", "--must-change-password=false", "--admin")
	s.admin = s.newToken(t, "all")
	s.token = s.newToken(t, "write:repository,write:issue")
	s.log = cluster.Run(t, s.env, s.program, "web", "--config", s.config)
	eventually(t, "gitea is well", func() bool {
		res, err := http.Get(s.url + "/api/healthz")
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	var v struct{ Version string }
	if s.get(t, "/version", &v); v.Version != Version {
		t.Fatalf("it is Gitea %s", v.Version)
	}
	return s
}

// writes are the requests that the API has had by which something may change.
func (s *server) writes(t *testing.T) int {
	t.Helper()
	log, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		n += strings.Count(string(log), "completed "+method+" /api/v1/")
	}
	if n == 0 {
		t.Fatalf("the log does not say:\n%s", cluster.Tail(s.log))
	}
	return n
}

// eventually waits until something is so: part of what a push sets off is done later.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	if !cluster.Within(time.Minute, so) {
		t.Fatalf("not within a minute: %s", what)
	}
}

// command runs one of Gitea's own commands.
func (s *server) command(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(s.program, append(args, "--config", s.config)...)
	cmd.Env = s.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("gitea %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (s *server) newToken(t *testing.T, scopes string) string {
	t.Helper()
	name := strings.NewReplacer(":", "-", ",", "-").Replace(scopes)
	out := strings.TrimSpace(s.command(t, "admin", "user", "generate-access-token", "--username", user, "--token-name", name, "--scopes", scopes, "--raw"))
	return out[strings.LastIndexByte(out, '\n')+1:]
}

// ask sends a request to the API as the administrator, and returns the status.
func (s *server) ask(t *testing.T, method, path string, in, out any) int {
	t.Helper()
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+"/api/v1"+path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "token "+s.admin)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode/100 == 2 && out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return res.StatusCode
}

func (s *server) get(t *testing.T, path string, out any) {
	t.Helper()
	if status := s.ask(t, http.MethodGet, path, nil, out); status != http.StatusOK {
		t.Fatalf("GET %s: %d", path, status)
	}
}

func (s *server) do(t *testing.T, method, path string, in any) {
	t.Helper()
	if status := s.ask(t, method, path, in, nil); status/100 != 2 {
		t.Fatalf("%s %s: %d", method, path, status)
	}
}

// chart is what stands in for the official one.
func chart(t *testing.T) airstrip.Chart {
	t.Helper()
	for _, c := range airstrip.StandIns(t) {
		if c.Generation() == "v2" {
			return c
		}
	}
	t.Fatal("no chart of generation 2")
	return airstrip.Chart{}
}

var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "airstrip-gitea-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	program = dir
	code := cluster.Main(m)
	os.RemoveAll(dir)
	os.Exit(code)
}
