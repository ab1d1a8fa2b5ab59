package publish

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
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
		{"taken out of the ignored", "rendered/gke", func(r *repo) { r.write(map[string]string{".gitignore": "*.yaml\n!rendered/**\n"}) }, ""},
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

// Settings that hold where the repository is, for one of its work trees or on one
// branch, hold for what is committed from there as they do for git commit.
func TestCommitConditions(t *testing.T) {
	work := "[user]\n\tname = Work\n\temail = work@corp.example.com\n"
	for _, tt := range []struct {
		name string
		do   func(t *testing.T, r *repo)
	}{
		{"the folder", func(t *testing.T, r *repo) {
			t.Setenv("GIT_CONFIG_GLOBAL", filepath.Join(t.TempDir(), "gitconfig"))
			r.git("config", "--global", "user.name", "Private")
			r.git("config", "--global", "user.email", "private@example.com")
			r.git("config", "--global", "includeIf.gitdir:"+filepath.ToSlash(r.git("rev-parse", "--absolute-git-dir"))+".path", filepath.Join(r.dir, ".git", "work"))
		}},
		{"the branch", func(t *testing.T, r *repo) { r.git("config", "includeIf.onbranch:main.path", "work") }},
		{"the work tree", func(t *testing.T, r *repo) {
			r.git("config", "extensions.worktreeConfig", "true")
			r.git("config", "--worktree", "include.path", "work")
		}},
		{"the caller", func(t *testing.T, r *repo) {
			r.git("config", "includeIf.onbranch:main.path", "work")
			r.git("config", "user.name", "Repository")
			for name, value := range map[string]string{"COUNT": "1", "KEY_0": "user.name", "VALUE_0": "Called = so"} {
				t.Setenv("GIT_CONFIG_"+name, value)
			}
			t.Setenv("GIT_CONFIG", os.DevNull)
		}},
	} {
		for _, mode := range []string{"here", "to a branch", "to another repository"} {
			t.Run(tt.name+", "+mode, func(t *testing.T) {
				isolate(t)
				r := &repo{t, t.TempDir()}
				r.git("init", "--quiet")
				b := newRepo(t, before).bare()
				hook(t, filepath.Join(r.dir, "my"), "commit-msg", `echo "Change-Id: I1234" >>"$1"`+"\n")
				r.write(map[string]string{".git/work": work + "[core]\n\thooksPath = my/hooks\n[gpg]\n\tprogram = " + filepath.ToSlash(r.dir) + "/sign\n[commit]\n\tgpgSign\n", ".git/info/exclude": "/my\n"})
				sign := "#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\necho signed\n"
				if err := os.WriteFile(filepath.Join(r.dir, "sign"), []byte(sign), 0o755); err != nil {
					t.Fatal(err)
				}
				r.commit("first", before)
				tt.do(t, r)
				r.git("commit", "--quiet", "--allow-empty", "-m", "by git\n\nReviewed-by: Ada")
				const format = "--format=%an <%ae>|%(trailers:key=Change-Id,valueonly)"
				want := r.git("log", "-1", format)
				if !strings.Contains(want, "work@corp.example.com>|I1234") || !strings.Contains(r.git("cat-file", "commit", "HEAD"), "gpgsig signed") {
					t.Fatalf("git itself commits as %q", want)
				}
				ctx, to := context.Background(), r
				var res Result
				var err error
				switch mode {
				case "here":
					res, err = open(t, r.dir).Commit(ctx, writes(t, rendered))
				case "to a branch":
					res, err = open(t, r.dir).CommitTo(ctx, "env/aks", "", writes(t, map[string]string{"a.yaml": "a: 1\n"}))
				default:
					to, want = b, strings.Replace(want, "I1234", "", 1) // hooks are a repository's own
					c, connectErr := Connect(ctx, b.dir, open(t, r.dir), Options{})
					if connectErr != nil {
						t.Fatal(connectErr)
					}
					defer c.Close()
					res, err = c.PushTo(ctx, Remote{"origin", "main"}, nil, time.Minute, writes(t, rendered))
				}
				if err != nil || !res.Changed {
					t.Fatalf("%+v, %v", res, err)
				}
				if got := to.git("log", "-1", format, res.Commit); strings.TrimSpace(got) != strings.TrimSpace(want) {
					t.Errorf("committed as %q, want %q", got, want)
				}
				if got := to.git("cat-file", "commit", res.Commit); !strings.Contains(got, "gpgsig signed") {
					t.Errorf("not signed:\n%s", got)
				}
			})
		}
	}
}
