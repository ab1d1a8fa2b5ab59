package publish

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repo is a git repository for a test, whose git knows no settings but its own.
type repo struct {
	t   testing.TB
	dir string
}

// isolate keeps the settings of whoever runs the tests out of them.
func isolate(t testing.TB) {
	t.Helper()
	home := t.TempDir()
	for name, value := range map[string]string{
		"HOME": home, "XDG_CONFIG_HOME": home, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": filepath.Join(home, "gitconfig"),
		"GIT_AUTHOR_NAME": "", "GIT_TERMINAL_PROMPT": "", "GIT_DIR": "", "GIT_INDEX_FILE": "", "GIT_WORK_TREE": "",
	} {
		if setter, ok := t.(interface{ Setenv(string, string) }); ok {
			setter.Setenv(name, value)
		}
	}
	for _, name := range []string{"GIT_AUTHOR_NAME", "GIT_TERMINAL_PROMPT", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"} {
		os.Unsetenv(name)
	}
	config := "[user]\n\tname = Ada\n\temail = ada@example.com\n[init]\n\tdefaultBranch = main\n[protocol \"file\"]\n\tallow = always\n"
	if err := os.WriteFile(filepath.Join(home, "gitconfig"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
}

// newRepo makes a repository with one commit of files.
func newRepo(t testing.TB, files map[string]string) *repo {
	t.Helper()
	r := &repo{t, t.TempDir()}
	r.git("init", "--quiet")
	r.commit("first", files)
	return r
}

func (r *repo) git(args ...string) string {
	r.t.Helper()
	out, err := r.try(args...)
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSuffix(out, "\n")
}

func (r *repo) try(args ...string) (string, error) {
	cmd := exec.Command("git", args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "GIT_OPTIONAL_LOCKS=0")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

func (r *repo) write(files map[string]string) {
	r.t.Helper()
	for name, text := range files {
		path := filepath.Join(r.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *repo) commit(message string, files map[string]string) string {
	r.t.Helper()
	r.write(files)
	r.git("add", "--all")
	r.git("commit", "--quiet", "--allow-empty", "--no-verify", "-m", message)
	return r.git("rev-parse", "HEAD")
}

func read(t testing.TB, path ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// snapshot is what a user sees of his repository: refs, what is staged, what is
// in the work tree, and whether anything was left behind in .git.
func (r *repo) snapshot() string {
	r.t.Helper()
	var b strings.Builder
	out, _ := r.try("symbolic-ref", "HEAD")
	b.WriteString(out)
	for _, args := range [][]string{
		{"for-each-ref"}, {"ls-files", "--stage", "--debug"}, {"diff"}, {"diff", "--cached"},
		{"status", "--porcelain=v2", "--untracked-files=all"}, {"worktree", "list"}, {"stash", "list"},
	} {
		out, _ := r.try(args...)
		b.WriteString(strings.Join(args, " ") + ":\n" + out)
	}
	dir := r.git("rev-parse", "--absolute-git-dir")
	entries, err := os.ReadDir(dir)
	if err != nil {
		r.t.Fatal(err)
	}
	for _, e := range entries {
		b.WriteString(e.Name() + "\n")
	}
	return b.String()
}
