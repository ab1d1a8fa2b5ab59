package publish

import (
	"context"
	"strings"
)

// LastTrailers returns the values that the trailers of a name have in the newest
// commit with one of them that changed a folder, as of a commit; none where there is
// no such commit.
func (r *Repository) LastTrailers(ctx context.Context, commit, folder, name string) ([]string, error) {
	if commit == "" {
		return nil, nil
	}
	args := []string{"log", "--max-count=1", "--no-show-signature", "--extended-regexp", "--grep=^" + name + ": .", "--format=%(trailers:key=" + name + ",valueonly,unfold)", commit, "--"}
	if folder != "." && folder != "" {
		args = append(args, folder)
	}
	out, err := r.quiet().run(ctx, args...)
	if err != nil {
		return nil, err
	}
	var values []string
	for line := range strings.Lines(out) {
		if line = strings.TrimSpace(line); line != "" {
			values = append(values, line)
		}
	}
	return values, nil
}

// Uncommitted lists what is in the work tree and not in HEAD, as of the last commit:
// tracked files that differ anywhere, and new ones below folders.
func (r *Repository) Uncommitted(ctx context.Context, folders ...string) ([]string, error) {
	g := r.quiet()
	head, err := r.commitOf(ctx, "HEAD")
	if err != nil {
		return nil, err
	}
	var paths []string
	if head != "" {
		if paths, err = g.list(ctx, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", head); err != nil {
			return nil, err
		}
	}
	fresh, err := g.list(ctx, append([]string{"ls-files", "--others", "--exclude-standard", "-z", "--"}, folders...)...)
	return append(paths, fresh...), err
}
