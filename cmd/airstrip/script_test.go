package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"sigs.k8s.io/kustomize/kustomize/v5/commands"

	"github.com/airstrip-dev/airstrip/internal/charttest"
	"github.com/airstrip-dev/airstrip/internal/sopstest"
)

// The scripts in testdata/script are what a user sees. They run the program and
// the real kustomize command, linked from its module, as processes:
//
//	go test ./cmd/airstrip -run TestScript/render
//	go test ./cmd/airstrip -run TestScript -update
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"airstrip": main,
		"kustomize": func() {
			if err := commands.NewDefaultCommand().Execute(); err != nil {
				os.Exit(1)
			}
		},
	})
}

func TestScript(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	sops := ""
	if !testing.Short() {
		sops = sopstest.Binary(t)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, ".home")
			for name, value := range map[string]string{
				"ROOT": root,
				// The stand-in charts, as directories.
				"CHART_V1":     filepath.Join(root, "testdata", "charts", "airbyte", "v1"),
				"CHART_V2":     filepath.Join(root, "testdata", "charts", "airbyte", "v2"),
				"CHART_V2NEXT": filepath.Join(root, "testdata", "charts", "airbyte", "v2-next"),
				// The identity of the examples, and its public key.
				"DEMO_KEY": filepath.Join(root, "examples", "demo.agekey"), "DEMO_RECIPIENT": demoRecipient,
				// A day on which what is waived until then is still waived.
				"SOON": time.Now().AddDate(0, 1, 0).Format("2006-01-02"),
				// The sops command; with -short there is none.
				"SOPS": sops,
				"HOME": home, "XDG_CONFIG_HOME": filepath.Join(home, ".config"), "XDG_CACHE_HOME": filepath.Join(home, ".cache"),
				"AIRSTRIP_CACHE_DIR": filepath.Join(env.WorkDir, ".cache"),
				"GIT_CONFIG_GLOBAL":  "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
				// A stray request to the world outside fails at once.
				"http_proxy": "http://127.0.0.1:1", "https_proxy": "http://127.0.0.1:1", "no_proxy": "127.0.0.1,localhost",
				// Nobody's settings but the script's.
				"AIRSTRIP_CHART": "", "AIRSTRIP_OFFLINE": "", "KUSTOMIZE_PLUGIN_HOME": "", "HELM_REGISTRY_CONFIG": "",
			} {
				env.Setenv(name, value)
			}
			env.Values[serversKey{}] = servers{}
			return os.MkdirAll(home, 0o755)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"tree":   tree,
			"pack":   pack,
			"serve":  serve,
			"copyto": copyTo,
			"sealed": sealed,
			"hash":   hash,
			"status": status,
			"sub":    sub,
			"sparse": sparse,
			"asked":  asked,
			"down":   down,
			"forge":  serveForge,
		},
	})
}

const demoRecipient = "age1m2d0fp8qw5pgfar29edpjhgvn53uc3s0mhyrvmehh0fsplpe5fassq65mr"

// tree DIR prints the files below DIR, sorted, to be compared with `cmp stdout`.
func tree(ts *testscript.TestScript, neg bool, args []string) {
	var names []string
	root := ts.MkAbs(args[0])
	ts.Check(filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(root, path)
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	}))
	sort.Strings(names)
	_, err := fmt.Fprintln(ts.Stdout(), strings.Join(names, "\n"))
	ts.Check(err)
}

// pack DIR FILE packs a chart directory into an archive and sets DIGEST.
func pack(ts *testscript.TestScript, neg bool, args []string) {
	archive, err := charttest.Package(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), archive, 0o644))
	ts.Setenv("DIGEST", charttest.Digest(archive))
}

// serve [http|oci] VAR FILE... [OPTION...] serves archives and puts the URL in
// VAR. The options are those of charttest's servers: html, status=404, delay=3s,
// user=NAME:PASSWORD, nodigest, wrongdigest, redirect=URL, index=FILE, lie.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	kind, name, rest := args[0], args[1], args[2:]
	repo, registry := &charttest.Repository{}, &charttest.Registry{}
	for _, arg := range rest {
		key, value, _ := strings.Cut(arg, "=")
		switch key {
		case "html":
			repo.HTML = true
		case "status":
			_, err := fmt.Sscan(value, &repo.Status)
			ts.Check(err)
		case "delay":
			d, err := time.ParseDuration(value)
			ts.Check(err)
			repo.Delay, registry.Delay = d, d
		case "user":
			user, password, _ := strings.Cut(value, ":")
			repo.Username, repo.Password = user, password
			registry.Username, registry.Password = user, password
		case "nodigest":
			repo.Digest = charttest.NoDigest
		case "wrongdigest":
			repo.Digest = charttest.WrongDigest
		case "redirect":
			repo.Redirect, registry.Redirect = value, value
		case "index":
			index, err := os.ReadFile(ts.MkAbs(value))
			ts.Check(err)
			repo.Index = index
		case "lie":
			registry.Lie = "lie"
		default:
			archive, err := os.ReadFile(ts.MkAbs(arg))
			ts.Check(err)
			repo.Archives = append(repo.Archives, archive)
			registry.Archives = append(registry.Archives, archive)
		}
	}
	if kind == "oci" {
		srv := httptest.NewServer(registry)
		ts.Defer(srv.Close)
		ts.Setenv(name, "oci://"+strings.TrimPrefix(srv.URL, "http://")+"/charts")
		ts.Value(serversKey{}).(servers)[name] = server{srv, registry.Requests}
		return
	}
	srv := httptest.NewServer(repo)
	ts.Defer(srv.Close)
	ts.Setenv(name, srv.URL)
	ts.Value(serversKey{}).(servers)[name] = server{srv, repo.Requests}
}

// servers are those that a script has started, by the variable of their URL.
type servers map[string]server

type serversKey struct{}

type server struct {
	*httptest.Server
	requests func() []charttest.Request
}

// asked VAR waits until the server of VAR has been asked for something.
func asked(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(serversKey{}).(servers)[args[0]]
	for range 1000 {
		if len(s.requests()) > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("nobody asked %s", args[0])
}

// down VAR closes the server of VAR; its port answers no more.
func down(ts *testscript.TestScript, neg bool, args []string) {
	ts.Value(serversKey{}).(servers)[args[0]].Close()
}

// status N PROGRAM ARG... runs a program, which must exit with status N.
func status(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// sub FILE OLD NEW replaces a text, which must be there, in a file.
func sub(ts *testscript.TestScript, neg bool, args []string) {
	data, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	if !strings.Contains(string(data), args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.ReplaceAll(string(data), args[1], args[2])), 0o644))
}

// sparse FILE MIB makes a file of that size that takes no room.
func sparse(ts *testscript.TestScript, neg bool, args []string) {
	size, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), nil, 0o644))
	ts.Check(os.Truncate(ts.MkAbs(args[0]), int64(size)<<20))
}

// copyto FROM TO copies a directory of the repository into the script's own.
func copyTo(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(os.CopyFS(ts.MkAbs(args[1]), os.DirFS(ts.MkAbs(args[0]))))
}

// sealed DIR... puts sealed Secrets into overlays: every key that a stand-in chart
// fills, and every key of the config Secret, sealed for examples/demo.agekey.
func sealed(ts *testscript.TestScript, neg bool, args []string) {
	files, err := filepath.Glob(filepath.Join(ts.Getenv("ROOT"), "testdata", "sealed", "*.yaml"))
	ts.Check(err)
	for _, dir := range args {
		ts.Check(os.MkdirAll(ts.MkAbs(dir), 0o755))
		for _, file := range files {
			data, err := os.ReadFile(file)
			ts.Check(err)
			ts.Check(os.WriteFile(filepath.Join(ts.MkAbs(dir), filepath.Base(file)), data, 0o644))
		}
	}
}

// hash VAR FILE puts the sha256 of a file into VAR.
func hash(ts *testscript.TestScript, neg bool, args []string) {
	data, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	sum := sha256.Sum256(data)
	ts.Setenv(args[0], hex.EncodeToString(sum[:]))
}
