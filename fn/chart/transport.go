package chart

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"
)

// client returns an HTTP client that keeps credentials and TLS where they were.
func (m Remote) client() (*http.Client, error) {
	roots, err := m.roots()
	if err != nil {
		return nil, err
	}
	dial := m.dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: 15 * time.Second}).DialContext
	}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         dial,
			ForceAttemptHTTP2:   true, // a dialer of our own turns it off
			TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
			TLSHandshakeTimeout: 15 * time.Second,
		},
		CheckRedirect: checkRedirect,
	}, nil
}

// roots adds the CA file to the system's certificates. Helm's replace them, but
// here one repository is two hosts more often than not: the index behind the
// company's certificate, the archives at a public one.
func (m Remote) roots() (*x509.CertPool, error) {
	if m.CAFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(m.CAFile)
	if err != nil {
		return nil, fmt.Errorf("CA file (AIRSTRIP_CA_FILE): %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("CA file (AIRSTRIP_CA_FILE): %s holds no certificate in PEM form", m.CAFile)
	}
	return pool, nil
}

// checkRedirect follows to other hosts, but without credentials, and never
// from TLS to plain HTTP. Go's own rule lets credentials go to any port and
// any subdomain of a host.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first, last := via[0].URL, via[len(via)-1].URL
	if last.Scheme == "https" && req.URL.Scheme != "https" {
		return fmt.Errorf("redirect from https to %s: refused", show(req.URL))
	}
	if len(via) >= maxRedirects {
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	if !sameOrigin(first, req.URL) {
		req.Header.Del("Authorization")
		req.Header.Del("Cookie")
	}
	return nil
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}

// errTooLarge is what a limitedBody fails with.
type errTooLarge struct{ limit int64 }

func (e errTooLarge) Error() string { return fmt.Sprintf("larger than %d MiB", e.limit>>20) }

// A limitedBody is a response body that fails, rather than ends, at its limit.
type limitedBody struct {
	io.ReadCloser
	left, limit int64
	done        func()
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, errTooLarge{b.limit}
	}
	return n, err
}

func (b *limitedBody) Close() error {
	defer b.done()
	return b.ReadCloser.Close()
}

// explain makes an error of net/http, which is several layers of what it was
// doing, into one of ours that says what is wrong at u.
func (m Remote) explain(ctx context.Context, u *url.URL, err error) error {
	var (
		wrapped  *url.Error
		timeout  net.Error
		notFound *net.DNSError
		record   tls.RecordHeaderError
		cert     *tls.CertificateVerificationError
	)
	for errors.As(err, &wrapped) { // it repeats the URL, with its query
		err = wrapped.Err
	}
	where := show(u)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return fmt.Errorf("%s: %w", where, context.Canceled)
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.Is(err, context.DeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("%s: no complete answer in time (%s): %w", where, m.timeout(), context.DeadlineExceeded)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%s: connection refused; the server is down, or the address is wrong", where)
	case errors.As(err, &notFound):
		return fmt.Errorf("%s: host %s is not known; check the address, the network and HTTPS_PROXY", where, notFound.Name)
	case errors.As(err, &cert):
		return fmt.Errorf("%s: certificate not trusted: %v; set AIRSTRIP_CA_FILE if it is a private one", where, cert.Err)
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return fmt.Errorf("%s: the server speaks plain HTTP, not https", where)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: the connection ended before the download was complete", where)
	}
	return fmt.Errorf("%s: %w", where, err)
}

// show is a URL for messages: a query can hold a signature, a user a password.
func show(u *url.URL) string {
	s := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	return s.String()
}
