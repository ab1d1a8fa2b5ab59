package chart

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Limits and times of one fetch.
const (
	maxIndex       = 128 << 20 // read as a stream, never held
	defaultTimeout = 2 * time.Minute
	maxRedirects   = 10
)

// Remote is the Source that goes to the network: to HTTP repositories and OCI
// registries. Its zero value is ready to use.
//
// Registries are read by Helm's client, with Helm's and Docker's logins. HTTP
// repositories are not read by Helm's getter: it takes no context, reads
// without limit, lets credentials follow a redirect to another port, and
// parses the whole of an index of thousands of entries; and importing it links
// kubectl's libraries, which take over 20 MiB of memory before anything is
// rendered. What its users know holds here too: proxies come from the
// environment, and credentials go to the repository's own scheme, host and
// port only.
type Remote struct {
	// Username and Password are for the repository. For a registry they take
	// the place of the login file.
	Username, Password string
	// Host, if set, is the only host (with its port, if the URL has one) that
	// the password is sent to. Set it where the references are not trusted:
	// the repository of a pull request is its author's choice.
	Host string
	// CAFile holds certificates, in PEM, that are trusted beside the system's.
	CAFile string
	// RegistryConfig is Helm's registry login file; empty means Helm's default.
	RegistryConfig string
	// PlainHTTP makes requests to registries without TLS.
	PlainHTTP bool
	// Timeout bounds each download; zero means two minutes, as in Helm.
	Timeout time.Duration

	dial func(ctx context.Context, network, addr string) (net.Conn, error) // for tests
}

// Fetch returns the archive that r names.
func (m Remote) Fetch(ctx context.Context, r Ref) ([]byte, error) {
	client, err := m.client()
	if err != nil {
		return nil, err
	}
	defer client.CloseIdleConnections()

	if host, ok := strings.CutPrefix(r.Repo, "oci://"); ok {
		ref := strings.TrimSuffix(host, "/") + "/" + r.Name + ":" + r.Version
		return m.pull(ctx, client, r, ref, true)
	}
	base, err := url.Parse(r.Repo)
	if err != nil {
		return nil, FieldError{"repo", "not a URL"}
	}
	return m.fetchHTTP(ctx, client, r, base)
}

func (m Remote) fetchHTTP(ctx context.Context, client *http.Client, r Ref, base *url.URL) ([]byte, error) {
	found, err := m.lookUp(ctx, client, r, base)
	if err != nil {
		return nil, err
	}
	u, err := archiveURL(base, found)
	if err != nil {
		return nil, err
	}
	if u.Scheme == "oci" {
		return m.pull(ctx, client, r, u.Host+u.Path, false)
	}
	body, err := m.get(ctx, client, base, u, maxArchive)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	data, err := io.ReadAll(body)
	if err != nil {
		return nil, m.explain(ctx, u, err)
	}
	if isHTML(data) {
		return nil, fmt.Errorf("%s: %w", show(u), notAnArchive(data))
	}
	if err := verify(r, data, show(u)); err != nil {
		return nil, err
	}
	if want := found.digest(); r.Digest == "" && want != "" && digestOf(data) != want {
		return nil, fmt.Errorf("%s is %s, but the index of the repository says %s: it is being published, or was tampered with; try again later",
			show(u), digestOf(data), want)
	}
	return data, nil
}

// lookUp finds the index entry of r. Of several entries for one version, which
// is what publishing twice leaves behind, it is the one with r's digest.
func (m Remote) lookUp(ctx context.Context, client *http.Client, r Ref, base *url.URL) (entry, error) {
	u := base.JoinPath("index.yaml")
	body, err := m.get(ctx, client, base, u, maxIndex)
	if err != nil {
		return entry{}, err
	}
	defer body.Close()
	found, others, err := findVersion(body, r.Name, r.Version)
	if err != nil {
		return entry{}, m.explain(ctx, u, err)
	}
	if len(found) == 0 {
		if len(others) == 0 {
			return entry{}, fmt.Errorf("%w: %s lists no chart %q", ErrNotFound, show(u), r.Name)
		}
		return entry{}, fmt.Errorf("%w: %s lists no version %s of %s, but %s", ErrNotFound, show(u), r.Version, r.Name, strings.Join(others, ", "))
	}
	for _, e := range found {
		if got := e.digest(); r.Digest == "" || got == "" || got == r.Digest {
			return e, nil
		}
	}
	return entry{}, &DigestError{Ref: r, Want: r.Digest, Got: found[0].digest(), Where: show(u)}
}

// archiveURL resolves the first URL of an entry, as Helm does.
func archiveURL(base *url.URL, e entry) (*url.URL, error) {
	if len(e.URLs) == 0 {
		return nil, errors.New("the index has no URL for this version")
	}
	ref, err := url.Parse(e.URLs[0])
	if err != nil {
		return nil, fmt.Errorf("the index has the URL %q, which is none", e.URLs[0])
	}
	dir := *base
	dir.Path = strings.TrimSuffix(dir.Path, "/") + "/"
	u := dir.ResolveReference(ref)
	switch {
	case u.Scheme == "http" && base.Scheme == "https":
		return nil, fmt.Errorf("the index leads from https to %s: refused", show(u))
	case u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "oci":
		return nil, fmt.Errorf("the index leads to %s, which is neither HTTP nor a registry", show(u))
	}
	return u, nil
}

// get starts a download whose body fails when it is larger than limit.
func (m Remote) get(ctx context.Context, client *http.Client, base, u *url.URL, limit int64) (io.ReadCloser, error) {
	ctx, cancel := context.WithTimeout(ctx, m.timeout())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		cancel()
		return nil, err
	}
	req.Header.Set("User-Agent", "airstrip")
	if limit == maxArchive {
		// Else a server that calls .tgz a gzip encoding has it unpacked on the
		// way, and the digest is that of a .tar.
		req.Header.Set("Accept-Encoding", "identity")
	}
	sent := sameOrigin(base, u) && m.mayLogIn(u.Host)
	if sent {
		req.SetBasicAuth(m.Username, m.Password)
	}
	resp, err := client.Do(req)
	if err != nil {
		err = m.explain(ctx, u, err)
		cancel()
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		cancel()
		return nil, statusError(resp, u, sent)
	}
	return &limitedBody{ReadCloser: resp.Body, left: limit, limit: limit, done: cancel}, nil
}

// mayLogIn reports whether there is a password that host may see.
func (m Remote) mayLogIn(host string) bool {
	return m.Username != "" && m.Password != "" && (m.Host == "" || strings.EqualFold(m.Host, host))
}

func (m Remote) timeout() time.Duration {
	if m.Timeout > 0 {
		return m.Timeout
	}
	return defaultTimeout
}

func statusError(resp *http.Response, u *url.URL, sent bool) error {
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		if sent {
			return fmt.Errorf("%w: %s answered %q to the user name and password in AIRSTRIP_REPO_USERNAME and AIRSTRIP_REPO_PASSWORD",
				ErrUnauthorized, show(u), resp.Status)
		}
		return fmt.Errorf("%w: %s answered %q; set AIRSTRIP_REPO_USERNAME and AIRSTRIP_REPO_PASSWORD (for a registry: helm registry login)",
			ErrUnauthorized, show(u), resp.Status)
	case http.StatusNotFound, http.StatusGone:
		return fmt.Errorf("%w: %s answered %q", ErrNotFound, show(u), resp.Status)
	}
	return fmt.Errorf("%s answered %q", show(u), resp.Status)
}
