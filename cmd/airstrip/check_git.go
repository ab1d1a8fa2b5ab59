package main

import (
	"context"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/output"
)

// history is what git knows of a rendered folder. It reads only, and where there
// is no git, no repository or no commit it knows nothing.
type history struct {
	ctx context.Context
	dir string
	// prefix is the folder below the root of the work tree, with a slash.
	prefix string
	known  bool
	// rendered leaves rendered folders out of what git is asked about.
	rendered []string
	// sources is whether something else has changed since a commit.
	sources map[string]bool
}

func newHistory(ctx context.Context, p *output.Plan, folders []string) *history {
	h := &history{ctx: ctx, dir: p.Dir, sources: map[string]bool{}}
	if len(p.Changes) == 0 {
		return h
	}
	prefix, ok := h.git("rev-parse", "--show-prefix")
	h.prefix, h.known = strings.TrimSpace(prefix), ok
	for _, f := range folders {
		if rel, err := filepath.Rel(p.Dir, f); err == nil {
			h.rendered = append(h.rendered, ":(exclude)"+filepath.ToSlash(rel))
		}
	}
	return h
}

// head is a file as it is in HEAD.
func (h *history) head(file string) ([]byte, bool) {
	if !h.known {
		return nil, false
	}
	s, ok := h.git("cat-file", "blob", "HEAD:"+path.Join(h.prefix, file))
	return []byte(s), ok
}

// untouched is the last commit that changed a file, shortened, if nothing beside the
// rendered folders has changed since, in git or in the work tree; else "". The
// sources then gave that commit what they give now.
func (h *history) untouched(file string) string {
	commit, ok := h.git("log", "-1", "--no-show-signature", "--format=%H", "HEAD", "--", file)
	commit = strings.TrimSpace(commit)
	if !ok || commit == "" {
		return ""
	}
	changed, known := h.sources[commit]
	if !known {
		tracked, ok := h.git(append([]string{"diff", "--no-ext-diff", "--name-only", commit, "--", ":(top)"}, h.rendered...)...)
		others, ok2 := h.git(append([]string{"ls-files", "--others", "--exclude-standard", "--", ":(top)"}, h.rendered...)...)
		changed = !ok || !ok2 || tracked != "" || others != ""
		h.sources[commit] = changed
	}
	if changed {
		return ""
	}
	return commit[:min(len(commit), 10)]
}

// git runs git in the folder. The variables by which git tells a hook which
// repository and index it runs for are left out: what is asked is of the folder.
func (h *history) git(args ...string) (string, bool) {
	cmd := exec.CommandContext(h.ctx, "git", append([]string{"--no-optional-locks", "-c", "core.fsmonitor=false"}, args...)...)
	cmd.Dir = filepath.Clean(h.dir)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return strings.HasPrefix(name, "GIT_") && !strings.HasPrefix(name, "GIT_CONFIG") && name != "GIT_CEILING_DIRECTORIES"
	})
	out, err := cmd.Output()
	return string(out), err == nil
}
