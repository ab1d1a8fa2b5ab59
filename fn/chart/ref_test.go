package chart

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const someDigest = "sha256:2da7f32d2fdbb5e00fed4635cfbe51c8d7533c9d57966bed301a362be441fa9f"

func TestRefWithDefaults(t *testing.T) {
	tests := []struct {
		name     string
		in, want Ref
	}{
		{"chart V1", Ref{Version: "1.9.2"}, Ref{Name: "airbyte", Version: "1.9.2", Repo: "https://airbytehq.github.io/helm-charts"}},
		{"chart V2", Ref{Version: "2.2.0"}, Ref{Name: "airbyte", Version: "2.2.0", Repo: "https://airbytehq.github.io/charts"}},
		{"V2 pre-release", Ref{Version: "2.0.4-1"}, Ref{Name: "airbyte", Version: "2.0.4-1", Repo: "https://airbytehq.github.io/charts"}},
		{"data plane", Ref{Name: "airbyte-data-plane", Version: "2.2.0"}, Ref{Name: "airbyte-data-plane", Version: "2.2.0", Repo: "https://airbytehq.github.io/charts"}},
		{"a mirror", Ref{Repo: "oci://example.com/charts", Version: "2.2.0"}, Ref{Repo: "oci://example.com/charts", Name: "airbyte", Version: "2.2.0"}},
		{"on disk", Ref{Path: "/charts/airbyte"}, Ref{Path: "/charts/airbyte"}},
		{"another chart", Ref{Name: "redis", Version: "1.0.0"}, Ref{Name: "redis", Version: "1.0.0"}},
		{"no version", Ref{}, Ref{Name: "airbyte"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.in.WithDefaults()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRefValidate(t *testing.T) {
	tests := []struct {
		name string
		in   Ref
		want string // field: and the beginning of the message, one to a line
	}{
		{"good", Ref{Version: "2.2.0", Digest: someDigest}, ""},
		{"good pre-release and build", Ref{Version: "2.2.0-rc.1+build.5", Digest: someDigest}, ""},
		{"good path", Ref{Path: "/x"}, ""},
		{"good path with checks", Ref{Path: "/x", Name: "airbyte", Version: "2.2.0", Digest: someDigest}, ""},
		{"caret", Ref{Version: "^2", Digest: someDigest}, `version: "^2" is not an exact version; "airstrip lock" needs one`},
		{"tilde", Ref{Version: "~2.1", Digest: someDigest}, `version: "~2.1" is not an exact version`},
		{"wildcard", Ref{Version: "2.x", Digest: someDigest}, `version: "2.x" is not an exact version`},
		{"comparison", Ref{Version: ">=2", Digest: someDigest}, `version: ">=2" is not an exact version`},
		{"latest", Ref{Version: "latest", Digest: someDigest}, `version: "latest" is not an exact version`},
		{"two numbers", Ref{Version: "2.2", Digest: someDigest}, `version: "2.2" is not an exact version`},
		{"v", Ref{Version: "v2.2.0", Digest: someDigest}, `version: "v2.2.0" must be written without v: 2.2.0`},
		{"space", Ref{Version: "2.2.0 ", Digest: someDigest}, `version: "2.2.0 " is not an exact version`},
		{"empty", Ref{Digest: someDigest}, "version: missing"},
		{"no digest", Ref{Version: "2.2.0"}, "digest: missing"},
		{"short digest", Ref{Version: "2.2.0", Digest: "sha256:abc"}, `digest: "sha256:abc" is not`},
		{"bare digest", Ref{Version: "2.2.0", Digest: strings.TrimPrefix(someDigest, "sha256:")}, `digest: "2da7`},
		{"upper case digest", Ref{Version: "2.2.0", Digest: "sha256:" + strings.Repeat("A", 64)}, `digest: "sha256:AAAA`},
		{"path and repo", Ref{Path: "/x", Repo: "https://example.com"}, "repo: path and repo exclude each other"},
		{"unknown chart", Ref{Name: "redis", Version: "1.0.0", Digest: someDigest}, `repo: missing: no default repository is known for chart "redis"`},
		{"chart name is a path", Ref{Repo: "https://example.com", Name: "../x", Version: "1.0.0", Digest: someDigest}, `name: "../x" is not a chart name`},
		{"ftp", Ref{Repo: "ftp://example.com", Version: "1.0.0", Digest: someDigest}, `repo: "ftp://example.com" is not`},
		{"a directory as repo", Ref{Repo: "./charts", Version: "1.0.0", Digest: someDigest}, `repo: "./charts" is not`},
		{"no host", Ref{Repo: "https:///x", Version: "1.0.0", Digest: someDigest}, "repo: \"https:///x\" names no host"},
		{"all at once", Ref{Name: "A", Repo: "x", Version: "*", Digest: "y"}, "repo: \nname: \nversion: \ndigest: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.in.WithDefaults().Validate()
			var want []string
			if tt.want != "" {
				want = strings.Split(tt.want, "\n")
			}
			if len(got) != len(want) {
				t.Fatalf("got %v, want %q", got, want)
			}
			for i := range got {
				if !strings.HasPrefix(got[i].Error(), want[i]) {
					t.Errorf("got %q, want %q…", got[i], want[i])
				}
			}
		})
	}
}

func TestRefWithoutDefaultsIsIncomplete(t *testing.T) {
	got := Ref{Name: "airbyte", Version: "2.2.0", Digest: someDigest}.Validate()
	if len(got) != 1 || got[0].Field != "repo" {
		t.Errorf("got %v, want one problem with repo", got)
	}
}

func TestRefNeverShowsAPassword(t *testing.T) {
	for _, repo := range []string{"https://user:hunter2@example.com/charts", "https://user:hunter2@example.com:bad port/"} {
		r := Ref{Repo: repo, Name: "airbyte", Version: "2.2.0", Digest: someDigest}
		_, err := Load(t.Context(), nil, r)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v, want an error without the password", err)
		}
	}
}
