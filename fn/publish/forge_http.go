package publish

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// client talks to the API of one forge. Its token goes to that host and no other: a
// redirect is an error.
type client struct {
	forge *Forge
	http  *http.Client
	total time.Duration
}

// maxAnswer is the most that is read of one answer.
const maxAnswer = 16 << 20

func (f *Forge) client(total time.Duration) (*client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if f.CAFile != "" {
		pem, err := os.ReadFile(f.CAFile)
		if err != nil {
			return nil, err
		}
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s: no certificate in PEM form", f.CAFile)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &client{forge: f, total: total, http: &http.Client{
		Transport:     transport,
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// lostError is a request of which nobody knows whether it was heard.
type lostError struct{ err error }

func (e *lostError) Error() string { return e.err.Error() }
func (e *lostError) Unwrap() error { return e.err }

// A ForgeError is an answer that is none that was asked for.
type ForgeError struct {
	Method, URL string
	Status      int
	// Said is what the server says, Hint what it is about.
	Said, Hint string
}

func (e *ForgeError) Error() string {
	text := fmt.Sprintf("%s %s: %d %s", e.Method, e.URL, e.Status, http.StatusText(e.Status))
	if e.Said != "" {
		text += ": " + e.Said
	}
	return text
}

// do sends a request with a JSON body, if in is one, and reads the answer into out. It
// tries again what may work later: at once what only looks, and what writes if the
// server says that it has done nothing.
func (c *client) do(ctx context.Context, method, path string, query url.Values, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	at := c.forge.API + path
	if len(query) > 0 {
		at += "?" + query.Encode()
	}
	for wait := newBackoff(c.total); ; {
		answer, header, err := c.once(ctx, method, at, body)
		if err == nil {
			if out == nil {
				return nil
			}
			if err := json.Unmarshal(answer, out); err != nil {
				return fmt.Errorf("%s %s: what came is not the JSON of the API: is %s its address?", method, at, c.forge.API)
			}
			return nil
		}
		after, again := pause(method, header, err)
		if !again || ctx.Err() != nil {
			return err
		}
		more, waitErr := wait.wait(ctx, after)
		switch {
		case waitErr != nil:
			return waitErr
		case !more && after > 0:
			return fmt.Errorf("%w (it asks for %s of patience)", err, after.Round(time.Second))
		case !more:
			return err
		}
	}
}

func (c *client) once(ctx context.Context, method, at string, body []byte) ([]byte, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, method, at, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("User-Agent", "airstrip")
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	switch c.forge.Kind {
	case "github":
		req.Header.Set("Accept", "application/vnd.github+json")
		req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
		req.Header.Set("Authorization", "Bearer "+c.forge.token)
	case "gitlab":
		req.Header.Set("PRIVATE-TOKEN", c.forge.token)
	default:
		req.Header.Set("Authorization", "token "+c.forge.token)
	}
	res, err := c.http.Do(req)
	if err != nil {
		dial := (*net.OpError)(nil)
		unheard := errors.As(err, &dial) && dial.Op == "dial"
		if err = c.hidden(err); unheard || method != http.MethodPost {
			return nil, nil, &passingError{err}
		}
		return nil, nil, &lostError{err}
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, nil, &lostError{c.hidden(err)}
	}
	if res.StatusCode/100 == 2 {
		return answer, res.Header, nil
	}
	return nil, res.Header, c.refused(method, at, res, answer)
}

// passingError is one that may be gone the next time, after a request that was not
// heard.
type passingError struct{ err error }

func (e *passingError) Error() string { return e.err.Error() }
func (e *passingError) Unwrap() error { return e.err }

// refused explains an answer that is not 2xx.
func (c *client) refused(method, at string, res *http.Response, answer []byte) error {
	e := &ForgeError{Method: method, URL: redact(at), Status: res.StatusCode, Said: c.hide(said(answer))}
	scope := kinds[c.forge.Kind].scope
	switch {
	case res.StatusCode/100 == 3:
		e.Hint = fmt.Sprintf("the repository has moved, or %s is not the address of the API: see git remote set-url, and --api-url", c.forge.API)
	case res.StatusCode == http.StatusUnauthorized:
		e.Hint = c.forge.tokenFrom + " is not valid there, or has expired"
	case limited(res.Header, res.StatusCode):
		e.Hint = "the server limits how often it is asked: run it again later, or with --retry-for"
	case res.StatusCode == http.StatusForbidden:
		e.Hint = fmt.Sprintf("the token of %s may not do that: it needs %s", c.forge.tokenFrom, scope)
		if c.forge.Kind == "github" {
			e.Hint += "; in GitHub Actions that is permissions: {contents: write, pull-requests: write}, and the setting \"Allow GitHub Actions to create and approve pull requests\""
		}
	case res.StatusCode == http.StatusNotFound:
		e.Hint = fmt.Sprintf("there is no %s there, or the token of %s may not see it: it needs %s", c.forge.Project, c.forge.tokenFrom, scope)
	}
	if res.StatusCode >= 500 && method == http.MethodPost {
		return &lostError{e}
	}
	return e
}

// said is the message in an answer: GitHub and Gitea say message and errors, GitLab
// message, of any form, or error.
func said(answer []byte) string {
	var a struct {
		Message any    `json:"message"`
		Error   string `json:"error"`
		Errors  []any  `json:"errors"`
	}
	if json.Unmarshal(answer, &a) != nil {
		return ""
	}
	var parts []string
	if a.Message != nil {
		parts = append(parts, fmt.Sprint(a.Message))
	}
	if a.Error != "" {
		parts = append(parts, a.Error)
	}
	for _, one := range a.Errors {
		if m, ok := one.(map[string]any); ok && m["message"] != nil {
			one = m["message"]
		}
		parts = append(parts, fmt.Sprint(one))
	}
	text := strings.Join(strings.Fields(strings.Join(parts, ": ")), " ")
	return text[:min(len(text), 500)]
}

// hide takes the token out of what others have written.
func (c *client) hide(text string) string {
	return redact(strings.ReplaceAll(text, c.forge.token, "…"))
}

// hiddenError is an error that may hold the token, and does not say it.
type hiddenError struct {
	error
	text string
}

func (e *hiddenError) Error() string { return e.text }
func (e *hiddenError) Unwrap() error { return e.error }

func (c *client) hidden(err error) error { return &hiddenError{err, c.hide(err.Error())} }

// limited reports whether an answer says that too much was asked: 429, or as GitHub
// does it 403 with a header that says until when.
func limited(h http.Header, status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusForbidden && (h.Get("Retry-After") != "" || h.Get("X-RateLimit-Remaining") == "0")
}

// pause says whether to try again, and after how long at least.
func pause(method string, h http.Header, err error) (time.Duration, bool) {
	passing, answer := (*passingError)(nil), (*ForgeError)(nil)
	if errors.As(err, &passing) {
		return 0, true
	}
	if !errors.As(err, &answer) {
		return 0, false
	}
	switch {
	case limited(h, answer.Status):
		return max(retryAfter(h), time.Second), true
	case answer.Status >= 500:
		return retryAfter(h), method != http.MethodPost
	}
	return 0, false
}

func retryAfter(h http.Header) time.Duration {
	if text := h.Get("Retry-After"); text != "" {
		if seconds, err := strconv.Atoi(text); err == nil {
			return time.Duration(seconds) * time.Second
		}
		if at, err := http.ParseTime(text); err == nil {
			return time.Until(at)
		}
	}
	if h.Get("X-RateLimit-Remaining") == "0" {
		if at, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
			return time.Until(time.Unix(at, 0))
		}
	}
	return 0
}
