package publish

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// MergeBase returns the commit from which HEAD and ref went different ways: what a
// pull request of HEAD into ref is compared with. A branch that is known only from
// the remote, as in CI, is meant as well.
func MergeBase(ctx context.Context, dir, ref string) (string, error) {
	g := git{dir: dir}
	other, err := Resolve(ctx, dir, ref)
	if errors.Is(err, ErrNoRevision) {
		if other, err = Resolve(ctx, dir, "origin/"+ref); errors.Is(err, ErrNoRevision) {
			return "", &UnfetchedError{Ref: ref}
		}
	}
	if err != nil {
		return "", err
	}
	head, err := Resolve(ctx, dir, "HEAD")
	if err != nil {
		return "", err
	}
	base, err := g.run(ctx, "merge-base", head, other)
	if e := (*gitError)(nil); !errors.As(err, &e) || e.code != 1 {
		return base, err
	}
	shallow, err := g.run(ctx, "rev-parse", "--is-shallow-repository")
	if err != nil {
		return "", err
	}
	if shallow == "true" {
		return "", &ShallowError{Ref: ref}
	}
	return "", fmt.Errorf("HEAD and %s have no commit in common", ref)
}

// UnfetchedError says that a branch is not in the clone.
type UnfetchedError struct{ Ref string }

func (e *UnfetchedError) Error() string { return e.Ref + ": " + ErrNoRevision.Error() }

// Fetch is the command that brings it.
func (e *UnfetchedError) Fetch() string {
	name := strings.TrimPrefix(e.Ref, "origin/")
	return fmt.Sprintf("git fetch origin %s:refs/remotes/origin/%s", name, name)
}

// ShallowError says that a clone ends before the commit that was looked for.
type ShallowError struct{ Ref string }

func (e *ShallowError) Error() string {
	return fmt.Sprintf("this clone is shallow and does not reach back to where HEAD and %s went different ways", e.Ref)
}
