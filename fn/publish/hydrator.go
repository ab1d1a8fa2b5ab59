package publish

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// What GitOps Promoter and Argo CD's source hydrator know of a rendered commit
// (argoproj-labs/gitops-promoter, docs/advanced-usage/custom-hydrator.md;
// argoproj/argo-cd, util/hydrator/hydrator.go and commitserver/commit).
const (
	// MetadataFile is where a rendered commit says what it was rendered from.
	MetadataFile = "hydrator.metadata"
	// NotesRef holds the same for commits that had nothing to change.
	NotesRef = "refs/notes/hydrator.metadata"
)

// Proposed is the branch that a promoter takes a change of another branch from. Of
// several in folders of one branch, each has its own.
func Proposed(branch, folder string) string {
	return strings.TrimSuffix(branch+"-next/"+folder, "/")
}

// Metadata is the content of hydrator.metadata: HydratorCommitMetadata of Argo CD, of
// which a promoter needs drySha.
type Metadata struct {
	RepoURL    string      `json:"repoURL,omitempty"`
	DrySHA     string      `json:"drySha,omitempty"`
	Commands   []string    `json:"commands,omitempty"`
	Author     string      `json:"author,omitempty"`
	Date       string      `json:"date,omitempty"`
	Subject    string      `json:"subject,omitempty"`
	Body       string      `json:"body,omitempty"`
	References []Reference `json:"references,omitempty"`
}

// Reference is a commit, as a rule of the application's code, that led to the one
// that was rendered (RevisionReference of Argo CD).
type Reference struct {
	Commit *ReferencedCommit `json:"commit,omitempty"`
}

// ReferencedCommit is CommitMetadata of Argo CD.
type ReferencedCommit struct {
	Author  string `json:"author,omitempty"`
	Date    string `json:"date,omitempty"`
	Subject string `json:"subject,omitempty"`
	Body    string `json:"body,omitempty"`
	SHA     string `json:"sha,omitempty"`
	RepoURL string `json:"repoUrl,omitempty"`
}

// Describe returns the metadata of what is rendered from a commit. The repository is
// named by the URL of the remote, where there is one, without credentials.
func (r *Repository) Describe(ctx context.Context, commit string) (Metadata, error) {
	out, err := r.quiet().run(ctx, "show", "--no-patch", "--no-show-signature", "--no-notes", "--encoding=UTF-8", "--format=%an <%ae>%x00%aI%x00%s%x00%b", commit)
	if err != nil {
		return Metadata{}, err
	}
	f := strings.SplitN(out, "\x00", 4)
	if len(f) != 4 {
		return Metadata{}, fmt.Errorf("git show: unexpected %q", out)
	}
	m := Metadata{DrySHA: commit, Author: f[0], Date: f[1], Subject: f[2]}
	m.Body, m.References = references(f[3])
	if h, err := r.Head(ctx); err == nil && h.Branch != "" {
		if up, err := r.Upstream(ctx, h.Branch); err == nil {
			m.RepoURL = r.publicURL(ctx, up.Name)
		}
	} else if names, err := r.quiet().run(ctx, "remote"); err == nil && names == "origin" {
		m.RepoURL = r.publicURL(ctx, "origin")
	}
	return m, nil
}

// publicURL is the URL of a remote without credentials, empty if it is none.
func (r *Repository) publicURL(ctx context.Context, remote string) string {
	text, err := r.quiet().run(ctx, "remote", "get-url", remote)
	if err != nil {
		return ""
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" {
		return redact(text) // git@host:path is no URL, and holds no password
	}
	if u.Scheme != "ssh" {
		u.User = nil
	} else if u.User != nil {
		u.User = url.User(u.User.Username())
	}
	return u.String()
}

// sha is what Argo CD takes for one in a trailer.
var sha = regexp.MustCompile(`^[0-9a-f]{5,40}$`)

// references reads the Argocd-reference-commit- trailers of a commit, and returns the
// body without them (GetReferences in argoproj/argo-cd, util/git/client.go).
func references(body string) (string, []Reference) {
	var c ReferencedCommit
	var rest strings.Builder
	for line := range strings.Lines(body) {
		if !c.read(strings.TrimRight(line, "\r\n")) {
			rest.WriteString(line)
		}
	}
	text := strings.TrimRight(rest.String(), "\n")
	if c == (ReferencedCommit{}) {
		return text, nil
	}
	return text, []Reference{{Commit: &c}}
}

// read takes a line that is a valid trailer.
func (c *ReferencedCommit) read(line string) bool {
	key, value, ok := strings.Cut(line, ": ")
	name, ours := strings.CutPrefix(key, "Argocd-reference-commit-")
	if !ok || !ours {
		return false
	}
	switch name {
	case "repourl":
		if _, err := url.Parse(value); err != nil {
			return false
		}
		c.RepoURL = value
	case "author":
		a, err := mail.ParseAddress(value)
		if err != nil {
			return false
		}
		c.Author = a.String()
	case "date":
		t, err := time.Parse(time.RFC3339, value)
		if err != nil {
			return false
		}
		c.Date = t.Format(time.RFC3339)
	case "subject":
		c.Subject = value
	case "body":
		return json.Unmarshal([]byte(value), &c.Body) == nil
	case "sha":
		if !sha.MatchString(value) {
			return false
		}
		c.SHA = value
	default:
		return false
	}
	return true
}

// WriteMetadata writes it into a folder of a tree and returns its path there.
func WriteMetadata(t Tree, folder string, m Metadata) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		return "", err
	}
	at := path.Join(folder, MetadataFile)
	file := filepath.Join(t.Dir, filepath.FromSlash(at))
	return at, errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, b.Bytes(), 0o644))
}
