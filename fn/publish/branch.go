package publish

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// A NameError says that git takes no such name for a branch.
type NameError struct{ Branch string }

func (e *NameError) Error() string { return fmt.Sprintf("%q is no name for a branch", e.Branch) }

// Named says which names are none for a branch.
func (r *Repository) Named(ctx context.Context, branches ...string) error {
	var errs []error
	for _, b := range branches {
		if ok, err := r.quiet().ok(ctx, "check-ref-format", "refs/heads/"+b); err != nil {
			return err
		} else if !ok {
			errs = append(errs, &NameError{b})
		}
	}
	return errors.Join(errs...)
}

// Free says which branches may not be moved, or made: their names are none, a work tree
// has them, or another branch is in their place.
func (r *Repository) Free(ctx context.Context, branches ...string) error {
	var errs []error
	for _, b := range branches {
		errs = append(errs, r.free(ctx, b))
	}
	return errors.Join(errs...)
}

func (r *Repository) free(ctx context.Context, branch string) error {
	if err := r.Named(ctx, branch); err != nil {
		return err
	}
	refs, err := r.quiet().run(ctx, "for-each-ref", "--format=%(refname) %(worktreepath)", "refs/heads/")
	if err != nil {
		return err
	}
	var names []string
	for line := range strings.Lines(refs) {
		ref, where, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if ref == "refs/heads/"+branch && where != "" {
			return &StateError{where, fmt.Sprintf("the branch %s is checked out here, and its files would no longer fit it", branch),
				"check out the branch that the overlays are on"}
		}
		names = append(names, ref)
	}
	return besides(r.where(), branch, names)
}

// vacant says whether a branch that a remote has not got can be there. Servers refuse
// one that cannot with the words that they have for one that was moved.
func (r *Repository) vacant(ctx context.Context, remote Remote) error {
	out, err := r.network().run(ctx, "ls-remote", "--heads", remote.Name)
	if err != nil {
		return r.remoteError(ctx, remote.Name, err)
	}
	var names []string
	for line := range strings.Lines(out) {
		_, ref, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		names = append(names, ref)
	}
	url, err := r.URL(ctx, remote.Name)
	if err != nil {
		url = remote.Name
	}
	return besides(redact(url), remote.Branch, names)
}

// besides says whether a branch can be beside others: to git the name of one is a file,
// and where it goes on behind a slash a folder.
func besides(where, branch string, refs []string) error {
	for _, ref := range refs {
		other := strings.TrimPrefix(ref, "refs/heads/")
		if strings.HasPrefix(branch, other+"/") || strings.HasPrefix(other, branch+"/") {
			return &StateError{where, fmt.Sprintf("%s exists, so %s cannot", other, branch), "choose another --branch, or rename " + other}
		}
	}
	return nil
}
