package publish

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Settings of a repository, and of whoever calls, under which a commit is as always.
func TestCommitSettings(t *testing.T) {
	isolate(t)
	for _, tt := range []struct {
		name string
		do   func(t *testing.T, r *repo) *repo
	}{
		{"line ends of Windows", func(t *testing.T, r *repo) *repo {
			r.git("config", "core.autocrlf", "true")
			r.git("config", "core.safecrlf", "true")
			return r
		}},
		{"a linked work tree", func(t *testing.T, r *repo) *repo {
			other := &repo{t, filepath.Join(t.TempDir(), "other")}
			r.git("worktree", "add", "--quiet", "-b", "topic", other.dir)
			return other
		}},
		{"a submodule", func(t *testing.T, r *repo) *repo {
			super := newRepo(t, map[string]string{"a": "1\n"})
			super.git("submodule", "--quiet", "add", r.dir, "sub")
			return &repo{t, filepath.Join(super.dir, "sub")}
		}},
		{"a sparse checkout that has the folder", func(t *testing.T, r *repo) *repo {
			r.commit("more", map[string]string{"elsewhere/x": "1\n"})
			r.git("sparse-checkout", "set", "rendered")
			return r
		}},
		{"a sparse index", func(t *testing.T, r *repo) *repo {
			r.commit("more", map[string]string{"elsewhere/x": "1\n"})
			r.git("sparse-checkout", "set", "--cone", "--sparse-index", "rendered")
			return r
		}},
		{"a split index", func(t *testing.T, r *repo) *repo { r.git("update-index", "--split-index"); return r }},
		{"index version 4", func(t *testing.T, r *repo) *repo { r.git("update-index", "--index-version", "4"); return r }},
		{"packed refs", func(t *testing.T, r *repo) *repo { r.git("pack-refs", "--all"); return r }},
		{"in a hook of another commit", func(t *testing.T, r *repo) *repo {
			t.Setenv("GIT_INDEX_FILE", filepath.Join(r.dir, ".git", "next-index-1.lock"))
			t.Setenv("GIT_PREFIX", "elsewhere/")
			return r
		}},
		{"for another repository", func(t *testing.T, r *repo) *repo {
			other := newRepo(t, before)
			t.Setenv("GIT_DIR", filepath.Join(other.dir, ".git"))
			t.Setenv("GIT_WORK_TREE", other.dir)
			return r
		}},
		{"a filter of the user's", func(t *testing.T, r *repo) *repo {
			r.git("config", "filter.case.clean", "tr a-z A-Z")
			r.git("config", "filter.case.smudge", "tr A-Z a-z")
			r.write(map[string]string{".git/info/attributes": "unrelated.txt filter=case\n"})
			return r
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := tt.do(t, newRepo(t, before))
			r.plainly(func() {
				r.write(map[string]string{"staged.txt": "2\n"})
				if strings.Contains(tt.name, "sparse") {
					r.git("add", "--sparse", "staged.txt")
				} else {
					r.git("-c", "core.safecrlf=false", "add", "staged.txt")
				}
			})
			res, err := open(t, filepath.Join(r.dir, "rendered")).Commit(context.Background(), writes(t, rendered))
			if err != nil || !res.Changed {
				t.Fatalf("%+v, %v", res, err)
			}
			r.plainly(func() {
				if got := r.git("rev-parse", "HEAD"); got != res.Commit {
					t.Errorf("HEAD is %s, want %s", got, res.Commit)
				}
				if got := r.git("cat-file", "blob", "HEAD:rendered/aks/service-a.yaml"); got != "a: 2" {
					t.Errorf("committed %q", got)
				}
				if got := r.git("-c", "core.safecrlf=false", "status", "--porcelain"); got != "M  staged.txt" {
					t.Errorf("status %q", got)
				}
				if tt.name == "a sparse index" {
					return // git itself notes trees in it that it has not written
				}
				if out, err := r.try("fsck", "--strict"); err != nil {
					t.Errorf("fsck: %s", out)
				}
			})
		})
	}
}

// plainly runs without what a test has put into the environment.
func (r *repo) plainly(f func()) {
	names := []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"}
	for _, name := range names {
		if value, ok := os.LookupEnv(name); ok {
			os.Unsetenv(name)
			defer os.Setenv(name, value)
		}
	}
	f()
}

// Folders that cannot be committed to are named before anything is written to them.
func TestTracked(t *testing.T) {
	isolate(t)
	for _, tt := range []struct {
		name, folder string
		do           func(r *repo)
		want         string
	}{
		{"as it should be", "rendered/aks", func(r *repo) {}, ""},
		{"new", "rendered/gke", func(r *repo) {}, ""},
		{"no commit yet", "rendered/gke", func(r *repo) { r.git("checkout", "--quiet", "--orphan", "new") }, ""},
		{"some files ignored", "rendered/aks", func(r *repo) { r.write(map[string]string{".gitignore": "secret-*\n"}) }, ""},
		{"ignored", "rendered/gke", func(r *repo) { r.write(map[string]string{".gitignore": "/rendered/\n"}) }, "is ignored by git: .gitignore:1:/rendered/"},
		{"sparse", "rendered/aks", func(r *repo) { r.git("sparse-checkout", "set", "elsewhere") }, "is not part of this sparse checkout"},
		{"submodule", "sub/aks", func(r *repo) {
			other := newRepo(r.t, map[string]string{"a": "1\n"})
			r.git("submodule", "--quiet", "add", other.dir, "sub")
			r.git("commit", "--quiet", "-m", "sub")
		}, "sub: is a submodule"},
		{"other case", "rendered/AKS", func(r *repo) {}, "rendered/aks is in git already"},
		{"other case above", "Rendered/aks", func(r *repo) {}, "rendered is in git already"},
	} {
		r := newRepo(t, before)
		tt.do(r)
		err := open(t, r.dir).Tracked(context.Background(), tt.folder)
		state := (*StateError)(nil)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && (!errors.As(err, &state) || !strings.Contains(err.Error(), tt.want) || state.Hint == ""):
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

// A branch is ours that we have begun, and for what we have begun it.
func TestClaim(t *testing.T) {
	tree := Tree{Dir: t.TempDir()}
	paths, err := Claim("env/aks", "overlays/aks", tree)
	if err != nil || len(paths) != 2 {
		t.Fatalf("%v, %v", paths, err)
	}
	if got := read(t, tree.Dir, ".gitattributes"); !strings.HasPrefix(got, "* -text\n") {
		t.Errorf("attributes: %q", got)
	}
	if paths, err := Claim("env/aks", "overlays/aks", tree); err != nil || len(paths) != 0 {
		t.Errorf("again: %v, %v", paths, err)
	}
	foreign := (*ForeignError)(nil)
	if _, err := Claim("env/aks", "overlays/gke", tree); !errors.As(err, &foreign) || err.Error() != "branch env/aks: renders overlays/aks, not overlays/gke" {
		t.Errorf("another: %v", err)
	}
	if err := os.Remove(filepath.Join(tree.Dir, claimFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Claim("env/aks", "overlays/aks", tree); !errors.As(err, &foreign) {
		t.Errorf("somebody else's: %v", err)
	}
}
