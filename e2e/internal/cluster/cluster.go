// Package cluster is a Kubernetes API server with its etcd, for the tests of one
// package: a real one, on loopback, and nothing more. No controller runs in it, so
// that Pods stay pending, ServiceAccounts get no token and a namespace that is
// deleted stays: a test has a namespace of its own and writes the status that it
// waits for.
package cluster

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/airstrip-dev/airstrip/e2e/internal/tool"
)

// Version is that of the API server.
const Version = "1.35.4"

// Cluster is a running API server.
type Cluster struct {
	Config     *rest.Config
	Kubeconfig string // a file

	typed     *kubernetes.Clientset
	dynamic   dynamic.Interface
	resources resources
	exclusive sync.Mutex
}

// One cluster serves all tests of a process.
var shared struct {
	sync.Mutex
	cluster   *Cluster
	dir       string
	processes []*process
}

// Main runs the tests of a package and ends what they started, also when they are
// interrupted. For TestMain.
func Main(m *testing.M) int {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		stop()
		os.Exit(130)
	}()
	defer stop()
	return m.Run()
}

// stop ends the processes, the last one first, and removes what they wrote.
func stop() {
	shared.Lock()
	defer shared.Unlock()
	end()
	if shared.dir != "" {
		os.RemoveAll(shared.dir)
	}
	shared.cluster, shared.dir = nil, ""
}

func end() {
	for _, p := range slices.Backward(shared.processes) {
		p.stop()
	}
	shared.processes = nil
}

// Get returns the cluster, started if it is not there yet. Where its programs
// cannot be had the test is skipped, as package tool has it.
func Get(tb testing.TB) *Cluster {
	tb.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster != nil {
		return shared.cluster
	}
	etcd := tool.Debian(tb, "etcd-server", "usr/bin/etcd")
	apiserver := tool.Build(tb, "k8s", "k8s.io/kubernetes/cmd/kube-apiserver", apiserverFlags()...)
	// A port that was free may be taken before the server has it.
	var err error
	for range 3 {
		var c *Cluster
		if c, err = start(tb.Context(), etcd, apiserver); err == nil {
			shared.cluster = c
			return c
		}
		end()
	}
	tb.Fatal(err)
	return nil
}

// apiserverFlags give the server its version, without which clients take it for
// another.
func apiserverFlags() []string {
	part := strings.Split(Version, ".")
	const pkg = "k8s.io/component-base/version"
	return []string{
		"-X " + pkg + ".gitVersion=v" + Version,
		"-X " + pkg + ".gitMajor=" + part[0],
		"-X " + pkg + ".gitMinor=" + part[1],
	}
}

// Dir is a folder that is there as long as the cluster is, for what other processes
// write.
func (c *Cluster) Dir(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp(shared.dir, "dir-")
	if err != nil {
		tb.Fatal(err)
	}
	return dir
}

// Start starts a program that lives as long as the cluster does. What it prints goes
// to the file that is returned.
func (c *Cluster) Start(tb testing.TB, env []string, program string, args ...string) (log string) {
	tb.Helper()
	shared.Lock()
	defer shared.Unlock()
	p, err := startProcess(shared.dir, env, program, args...)
	if err != nil {
		tb.Fatal(err)
	}
	shared.processes = append(shared.processes, p)
	return p.log
}

// Started tells whether a program was started, and has not ended.
func (c *Cluster) Started(program string) bool {
	shared.Lock()
	defer shared.Unlock()
	return slices.ContainsFunc(shared.processes, func(p *process) bool {
		select {
		case <-p.done:
			return false
		default:
			return p.cmd.Path == program
		}
	})
}

func start(ctx context.Context, etcd, apiserver string) (*Cluster, error) {
	if shared.dir == "" {
		dir, err := os.MkdirTemp("", "airstrip-e2e-")
		if err != nil {
			return nil, err
		}
		shared.dir = dir
	}
	dir, err := os.MkdirTemp(shared.dir, "cluster-")
	if err != nil {
		return nil, err
	}
	ports, err := FreePorts(3)
	if err != nil {
		return nil, err
	}
	client, peer := fmt.Sprintf("http://127.0.0.1:%d", ports[0]), fmt.Sprintf("http://127.0.0.1:%d", ports[1])
	p, err := startProcess(dir, nil, etcd,
		"--data-dir="+filepath.Join(dir, "etcd"), "--unsafe-no-fsync",
		"--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls="+peer, "--initial-advertise-peer-urls="+peer, "--initial-cluster=default="+peer)
	if err != nil {
		return nil, err
	}
	shared.processes = append(shared.processes, p)
	if err := await(ctx, p, http.DefaultClient, client+"/health"); err != nil {
		return nil, err
	}

	serving, err := newCertificate(dir)
	if err != nil {
		return nil, err
	}
	token := make([]byte, 16)
	rand.Read(token)
	config := &rest.Config{
		Host:            fmt.Sprintf("https://127.0.0.1:%d", ports[2]),
		BearerToken:     hex.EncodeToString(token),
		TLSClientConfig: rest.TLSClientConfig{CAData: serving.pem},
		QPS:             -1, // the server has limits of its own
	}
	tokens := filepath.Join(dir, "tokens.csv")
	if err := os.WriteFile(tokens, []byte(config.BearerToken+",admin,admin,system:masters\n"), 0o600); err != nil {
		return nil, err
	}
	p, err = startProcess(dir, nil, apiserver,
		"--etcd-servers="+client,
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", ports[2]),
		"--tls-cert-file="+serving.cert, "--tls-private-key-file="+serving.key,
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-signing-key-file="+serving.key, "--service-account-key-file="+serving.key,
		"--token-auth-file="+tokens, "--authorization-mode=RBAC",
		// Nobody makes the ServiceAccount default, without which it admits no Pod.
		"--disable-admission-plugins=ServiceAccount",
		"--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.0.0.0/16")
	if err != nil {
		return nil, err
	}
	shared.processes = append(shared.processes, p)
	c := &Cluster{Config: config, Kubeconfig: filepath.Join(dir, "kubeconfig")}
	config.WarningHandlerWithContext = warnings{}
	if err := os.WriteFile(c.Kubeconfig, kubeconfig(config), 0o600); err != nil {
		return nil, err
	}
	httpClient, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, err
	}
	if err := await(ctx, p, httpClient, config.Host+"/readyz"); err != nil {
		return nil, err
	}
	if c.typed, err = kubernetes.NewForConfig(config); err != nil {
		return nil, err
	}
	if c.dynamic, err = dynamic.NewForConfig(config); err != nil {
		return nil, err
	}
	c.resources.discovery = c.typed.Discovery()
	return c, nil
}

func kubeconfig(c *rest.Config) []byte {
	return fmt.Appendf(nil, `apiVersion: v1
kind: Config
current-context: e2e
clusters:
- name: e2e
  cluster: {server: %q, certificate-authority-data: %s}
users:
- name: e2e
  user: {token: %q}
contexts:
- name: e2e
  context: {cluster: e2e, user: e2e}
`, c.Host, base64.StdEncoding.EncodeToString(c.CAData), c.BearerToken)
}

// FreePorts are ports of loopback that nobody listens on.
func FreePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // only when all are found, so that they differ
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// patience is far above what any server here takes to start, on a machine that
// others use as well.
const patience = 4 * time.Minute

// await waits until a process answers at url.
func await(ctx context.Context, p *process, client *http.Client, url string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		if res, err := client.Do(req); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s ended: %v\n%s", p.name, p.err, Tail(p.log))
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %v\n%s", p.name, ctx.Err(), Tail(p.log))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Namespace makes a namespace for a test, named as it is wanted or after what it
// starts with.
func (c *Cluster) Namespace(tb testing.TB, prefix string) string {
	tb.Helper()
	n, err := c.typed.CoreV1().Namespaces().Create(tb.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: prefix + "-"}}, metav1.CreateOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	return n.Name
}
