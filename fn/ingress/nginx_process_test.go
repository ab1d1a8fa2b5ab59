package ingress

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// realScale shortens times: a second of a setting is 10 ms here, since no timeout
// can be asked for below a minute.
const realScale = 100

// realClient asks an NGINX that listens on random ports of the loopback as a
// browser asks realHost.
type realClient struct{ http.Client }

// startNGINX runs NGINX with one server until the test ends: in one process, with
// the rights of the test, and with all of its files in a directory of the test's.
func startNGINX(t *testing.T, binary string, s realServer) *realClient {
	t.Helper()
	dir := t.TempDir()
	certificate := realCertificate(t, dir)
	backends := map[string]string{}
	for _, l := range s.locations {
		if backends[l.service] == "" {
			backends[l.service] = realBackend(t, l.service)
		}
	}
	// Another process may take a port between our looking and NGINX's listening.
	for range 5 {
		plain, secure := freePort(t), freePort(t)
		config := realConfig(t, dir, plain, secure, s, backends)
		if !runNGINX(t, binary, dir, config, secure) {
			continue
		}
		ports := map[string]string{"80": plain, "443": secure}
		client := &realClient{}
		client.Timeout = 20 * time.Second
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		transport := &http.Transport{
			ExpectContinueTimeout: 5 * time.Second,
			TLSClientConfig:       &tls.Config{RootCAs: certificate, ServerName: "example.com"},
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				_, port, err := net.SplitHostPort(address)
				if err != nil {
					return nil, err
				}
				return new(net.Dialer).DialContext(ctx, network, ports[port])
			},
		}
		client.Transport = transport
		t.Cleanup(transport.CloseIdleConnections)
		return client
	}
	t.Fatal("NGINX does not start")
	return nil
}

// runNGINX starts NGINX and waits for it to listen; false where a port was taken.
func runNGINX(t *testing.T, binary, dir, config, address string) bool {
	t.Helper()
	var talk bytes.Buffer
	cmd := exec.Command(binary, "-p", dir, "-e", filepath.Join(dir, "error.log"), "-c", config)
	cmd.Stdout, cmd.Stderr = &talk, &talk
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // it is killed in the end
	}()
	stop := func() {
		_ = cmd.Process.Kill() // it may have ended
		<-ended
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		select {
		case <-ended:
			if strings.Contains(talk.String(), "Address already in use") {
				return false
			}
			t.Fatalf("NGINX ends: %s", talk.String())
		default:
		}
		if c, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			_ = c.Close() // nothing was written
			t.Cleanup(stop)
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	stop()
	t.Fatalf("NGINX does not listen: %s", talk.String())
	return false
}

// realConfig writes the configuration and returns its path.
func realConfig(t *testing.T, dir, plain, secure string, s realServer, backends map[string]string) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "daemon off;\nmaster_process off;\npid %s/nginx.pid;\nevents {}\nhttp {\n  access_log off;\n", dir)
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&b, "  %s_temp_path %s/%s;\n", kind, dir, kind)
	}
	fmt.Fprintf(&b, "  server {\n    listen %s;\n    listen %s ssl;\n    server_name %s;\n", plain, secure, realHost)
	fmt.Fprintf(&b, "    ssl_certificate %s/tls.crt;\n    ssl_certificate_key %s/tls.key;\n", dir, dir)
	if s.redirect != "" {
		fmt.Fprintf(&b, "    if ($scheme = http) { return %s; }\n", s.redirect)
	}
	for _, network := range s.allow {
		fmt.Fprintf(&b, "    allow %s;\n", network)
	}
	if len(s.allow) > 0 {
		b.WriteString("    deny all;\n")
	}
	for _, l := range s.locations {
		fmt.Fprintf(&b, "    location %s {\n      client_max_body_size %s;\n      proxy_read_timeout %s;\n      proxy_send_timeout %s;\n", l.match, l.body, scaled(t, l.read), scaled(t, l.send))
		fmt.Fprintf(&b, "      proxy_http_version 1.1;\n      proxy_set_header Host $host;\n      proxy_pass http://%s;\n    }\n", backends[l.service])
	}
	b.WriteString("  }\n}\n")
	path := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// scaled is a time of NGINX's, shortened.
func scaled(t *testing.T, text string) string {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%dms", (d / realScale).Milliseconds())
}

// realBackend is a server that says its name and what it was asked for, after the
// time that ?wait= names; it returns its address.
func realBackend(t *testing.T, name string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return // NGINX hung up
		}
		if wait, err := time.ParseDuration(r.URL.Query().Get("wait")); err == nil {
			select {
			case <-time.After(wait):
			case <-r.Context().Done():
			}
		}
		fmt.Fprint(w, name, " ", r.RequestURI)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// realCertificate writes a certificate that httptest has, and returns who trusts
// it.
func realCertificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	defer server.Close()
	pair := server.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{
		"tls.crt": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]},
		"tls.key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return pool
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// do sends a request; a body is announced first, so that NGINX may refuse it
// before it is sent.
func (c *realClient) do(t *testing.T, method, url string, body []byte) *http.Response {
	t.Helper()
	resp, _ := c.send(t, method, url, body)
	return resp
}

func (c *realClient) get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	resp, body := c.send(t, http.MethodGet, url, nil)
	return resp.StatusCode, body
}

func (c *realClient) send(t *testing.T, method, url string, body []byte) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if len(body) > 0 {
		req.Header.Set("Expect", "100-continue")
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(got)
}
