package chart

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// Airbyte's two chart repositories. Generation 2 did not replace the first
// repository but got one of its own, which also holds the data plane chart.
const (
	repoV1 = "https://airbytehq.github.io/helm-charts"
	repoV2 = "https://airbytehq.github.io/charts"
)

const (
	nameAirbyte   = "airbyte"
	nameDataPlane = "airbyte-data-plane"
	digestPrefix  = "sha256:"
)

// A Ref names one chart: either in a repository, by Repo, Name, Version and
// Digest, or on disk, by Path. Its zero fields mean what WithDefaults says.
type Ref struct {
	// Repo is the URL of an HTTP repository, or oci:// and the registry path
	// that holds the chart, without the chart's name.
	Repo string `json:"repo,omitempty" yaml:"repo,omitempty" doc:"URL of an HTTP chart repository, or oci:// and the registry path without the chart's name. By default where Airbyte publishes the name and version."`
	// Name is the chart's name in its Chart.yaml.
	Name string `json:"name,omitempty" yaml:"name,omitempty" doc:"Name of the chart: airbyte, or airbyte-data-plane." default:"airbyte"`
	// Version is one exact version, never a range.
	Version string `json:"version,omitempty" yaml:"version,omitempty" doc:"Exact version: 1.x is chart V1, 2.x is chart V2. Ranges are refused."`
	// Digest is "sha256:" and 64 hex digits, of the .tgz archive.
	Digest string `json:"digest,omitempty" yaml:"digest,omitempty" doc:"sha256: and 64 hex digits of the .tgz archive, required for anything fetched; airstrip lock writes it."`
	// Path is a chart directory or a .tgz archive. Relative paths are resolved
	// by the caller. With it, Name and Version are checked when they are set.
	Path string `json:"path,omitempty" yaml:"path,omitempty" doc:"A chart directory or .tgz archive instead, relative to the kustomization that lists the generator."`
}

// WithDefaults fills in the name airbyte and the repository where Airbyte
// publishes that name and version. A reference with a Path is complete.
func (r Ref) WithDefaults() Ref {
	if r.Path != "" {
		return r
	}
	if r.Name == "" {
		r.Name = nameAirbyte
	}
	if r.Repo == "" {
		r.Repo = defaultRepo(r.Name, r.Version)
	}
	return r
}

func defaultRepo(name, version string) string {
	switch name {
	case nameDataPlane:
		return repoV2
	case nameAirbyte:
		v, err := semver.StrictNewVersion(version)
		if err != nil {
			return "" // Validate has more to say about the version
		}
		if v.Major() < 2 {
			return repoV1
		}
		return repoV2
	}
	return ""
}

// String is the reference as error messages show it.
func (r Ref) String() string {
	id := strings.TrimSpace(r.Name + " " + r.Version)
	switch {
	case r.Path != "" && id == "":
		return "at " + r.Path
	case r.Path != "":
		return id + " at " + r.Path
	case r.Repo != "":
		return id + " from " + r.safeRepo()
	}
	return id
}

// safeRepo is Repo without the password that Validate refuses but still has to
// talk about.
func (r Ref) safeRepo() string {
	u, err := url.Parse(r.Repo)
	if err == nil && u.User == nil {
		return r.Repo
	}
	scheme, rest, _ := strings.Cut(r.Repo, "://")
	return scheme + "://" + rest[strings.LastIndex(rest, "@")+1:]
}

// A FieldError is a problem with one field of a Ref.
type FieldError struct{ Field, Message string }

func (e FieldError) Error() string { return e.Field + ": " + e.Message }

// Validate returns all that keeps r from being loaded, in the order of the
// fields. It expects defaults to be filled in.
func (r Ref) Validate() []FieldError {
	problems := r.problems()
	if r.Path == "" && r.Digest == "" {
		problems = append(problems, FieldError{"digest",
			`missing: a version can be published again with different bytes, only a digest pins it; run "airstrip lock"`})
	}
	return problems
}

var (
	// What OCI allows in a repository name, which is also all that is safe in
	// a URL and in a message.
	namePattern   = regexp.MustCompile(`^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$`)
	digestPattern = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

// problems is Validate for a reference that may not have its digest yet.
func (r Ref) problems() []FieldError {
	var ps []FieldError
	add := func(field, format string, args ...any) {
		ps = append(ps, FieldError{field, fmt.Sprintf(format, args...)})
	}
	if r.Path != "" && r.Repo != "" {
		add("repo", "path and repo exclude each other; remove one")
	} else if r.Path == "" {
		if msg := repoProblem(r); msg != "" {
			add("repo", "%s", msg)
		}
	}
	if (r.Path == "" || r.Name != "") && !namePattern.MatchString(r.Name) {
		add("name", "%q is not a chart name", r.Name)
	}
	if r.Path == "" || r.Version != "" {
		if msg := versionProblem(r.Version); msg != "" {
			add("version", "%s", msg)
		}
	}
	if r.Digest != "" && !digestPattern.MatchString(r.Digest) {
		add("digest", `%q is not "sha256:" and 64 lower-case hex digits`, r.Digest)
	}
	return ps
}

func repoProblem(r Ref) string {
	if r.Repo == "" {
		if versionProblem(r.Version) != "" && r.Name == nameAirbyte {
			return "" // the version decides on the repository, and has its own problem
		}
		return fmt.Sprintf("missing: no default repository is known for chart %q", r.Name)
	}
	u, err := url.Parse(r.Repo)
	switch {
	case err != nil:
		return "not a URL" // the error quotes the text, and with it a password
	case u.User != nil:
		return "holds a user name or password; set AIRSTRIP_REPO_USERNAME and AIRSTRIP_REPO_PASSWORD, or log in with \"helm registry login\""
	case u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "oci":
		return fmt.Sprintf("%q is not an https://, http:// or oci:// URL", r.Repo)
	case u.Host == "":
		return fmt.Sprintf("%q names no host", r.Repo)
	}
	return ""
}

func versionProblem(version string) string {
	if version == "" {
		return "missing: give an exact version such as 2.2.0"
	}
	if _, err := semver.StrictNewVersion(version); err == nil {
		return ""
	}
	if exact, err := semver.NewVersion(version); err == nil && strings.HasPrefix(version, "v") {
		return fmt.Sprintf("%q must be written without v: %s", version, exact)
	}
	return fmt.Sprintf(`%q is not an exact version; "airstrip lock" needs one such as 2.2.0, because a digest pins one archive and a range names many`, version)
}
