package chart

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"helm.sh/helm/v3/pkg/registry"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content"
	"oras.land/oras-go/v2/errdef"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/errcode"
)

// pull gets the chart layer of ref, which is host/path/name:version, with
// Helm's registry client: its login file, Docker's after it, its tokens, and
// "_" in a tag for "+" in a version. logIn is false where the registry is not
// the repository that the user named, but one that its index leads to.
func (m Remote) pull(ctx context.Context, client *http.Client, r Ref, ref string, logIn bool) ([]byte, error) {
	host, _, _ := strings.Cut(ref, "/")
	u := &url.URL{Scheme: "oci", Host: host, Path: strings.TrimPrefix(ref, host)}

	ctx, cancel := context.WithTimeout(ctx, m.timeout())
	defer cancel()
	bounded := *client
	bounded.Transport = &boundTransport{ctx: ctx, base: client.Transport}
	opts := []registry.ClientOption{
		registry.ClientOptHTTPClient(&bounded),
		registry.ClientOptCredentialsFile(m.RegistryConfig),
		registry.ClientOptEnableCache(true), // one token for manifest and layers
	}
	if m.PlainHTTP {
		opts = append(opts, registry.ClientOptPlainHTTP())
	}
	sent := logIn && m.mayLogIn(host)
	if sent {
		opts = append(opts, registry.ClientOptBasicAuth(m.Username, m.Password))
	}
	c, err := registry.NewClient(opts...)
	if err != nil {
		return nil, fmt.Errorf("registry login file: %w", err)
	}
	result, err := c.Pull(ref)
	if err != nil {
		return nil, m.explainPull(ctx, u, err, sent)
	}
	if err := verify(r, result.Chart.Data, show(u)); err != nil {
		return nil, err
	}
	return result.Chart.Data, nil
}

func (m Remote) explainPull(ctx context.Context, u *url.URL, err error, sent bool) error {
	var (
		status *errcode.ErrorResponse
		doing  *oras.CopyError
	)
	if errors.As(err, &doing) { // it names the memory we copy to as the destination
		err = doing.Err
	}
	switch {
	case errors.As(err, &status) && (status.StatusCode == http.StatusUnauthorized || status.StatusCode == http.StatusForbidden),
		errors.Is(err, auth.ErrBasicCredentialNotFound):
		if sent {
			return fmt.Errorf("%w: %s refuses the user name and password in AIRSTRIP_REPO_USERNAME and AIRSTRIP_REPO_PASSWORD", ErrUnauthorized, show(u))
		}
		return fmt.Errorf("%w: %s; log in with \"helm registry login %s\"", ErrUnauthorized, show(u), u.Host)
	case errors.As(err, &status) && status.StatusCode == http.StatusNotFound, errors.Is(err, errdef.ErrNotFound):
		return fmt.Errorf("%w: %s", ErrNotFound, show(u))
	case errors.As(err, &status):
		return fmt.Errorf("%s answered %q", show(u), fmt.Sprintf("%d %s", status.StatusCode, http.StatusText(status.StatusCode)))
	case errors.Is(err, content.ErrMismatchedDigest), errors.Is(err, content.ErrTrailingData):
		return fmt.Errorf("%s: the registry sent other bytes than its manifest says", show(u))
	case strings.HasPrefix(err.Error(), "manifest does not contain"), strings.HasPrefix(err.Error(), "could not load config"):
		return fmt.Errorf("%s: not a Helm chart: %v", show(u), err)
	}
	return m.explain(ctx, u, err)
}

// boundTransport gives the requests of a client that takes no context, which
// is Helm's, one all the same, and bounds what they can answer.
type boundTransport struct {
	ctx  context.Context
	base http.RoundTripper
}

func (t *boundTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	stop := context.AfterFunc(t.ctx, func() { cancel(t.ctx.Err()) })
	release := func() { stop(); cancel(nil) }
	resp, err := t.base.RoundTrip(req.WithContext(ctx))
	if err != nil {
		if cause := t.ctx.Err(); cause != nil {
			err = cause
		}
		release()
		return nil, err
	}
	resp.Body = &limitedBody{ReadCloser: resp.Body, left: maxArchive, limit: maxArchive, done: release}
	return resp, nil
}
