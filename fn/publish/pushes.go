package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// A DivergedError says that a branch has commits that are not ours to make again.
type DivergedError struct{ Branch, Remote string }

func (e *DivergedError) Error() string {
	return fmt.Sprintf("%s has commits that %s has not, and %s has gone on: nothing was pushed", e.Branch, e.Remote, e.Remote)
}

// Push makes a commit on the branch that is checked out, and pushes the branch. When
// the remote's has gone on, the commit is made again on top of it, in a tree of its
// own. The branch that is checked out gets what was pushed, once it was: until then,
// and if it cannot be, nothing but the files of the work tree has changed.
func (r *Repository) Push(ctx context.Context, total time.Duration, make Make) (Result, error) {
	h, err := r.Ready(ctx)
	if err != nil {
		return Result{}, err
	}
	up, err := r.Upstream(ctx, h.Branch)
	if err != nil {
		return Result{}, err
	}
	first, subject, err := r.compose(ctx, h.Commit, r.Root, make)
	if err != nil || first == h.Commit {
		return Result{Commit: h.Commit, Parent: h.Commit, Attempts: 1}, err
	}
	res := Result{Commit: first, Parent: h.Commit, Changed: true, Attempts: 1}
	for wait := newBackoff(total); ; {
		err := r.push(ctx, res.Commit, up)
		if err == nil {
			break
		}
		if err := again(ctx, wait, err, res.Attempts); err != nil {
			return Result{}, err
		}
		tip, err := r.tip(ctx, up, true)
		if err != nil {
			if err := again(ctx, wait, err, res.Attempts); err != nil {
				return Result{}, err
			}
			continue
		}
		if tip == "" {
			if err := r.vacant(ctx, up); err != nil {
				if err := again(ctx, wait, err, res.Attempts); err != nil {
					return Result{}, err
				}
			}
			continue // it is gone, and is made again
		}
		// What we pushed may have got there before the line broke.
		if there, err := r.ancestor(ctx, res.Commit, tip); err != nil || there {
			if err != nil {
				return Result{}, err
			}
			break
		}
		if ours, err := r.ancestor(ctx, h.Commit, tip); err != nil || !ours {
			if err == nil {
				err = &DivergedError{h.Branch, up.String()}
			}
			return Result{}, err
		}
		res.Attempts++
		if res.Commit, subject, err = r.compose(ctx, tip, "", make); err != nil {
			return Result{}, err
		}
		res.Parent = tip
		if res.Changed = res.Commit != tip; !res.Changed {
			break // who was faster has rendered the same
		}
	}
	if res.Commit == first {
		return res, r.advance(ctx, h, first, subject)
	}
	res.Behind = r.forward(ctx, h, first, res.Commit, subject)
	return res, nil
}

// again waits for the next attempt after an error that may not be there then; any
// other it returns.
func again(ctx context.Context, wait *backoff, err error, attempts int) error {
	access := (*AccessError)(nil)
	if !errors.Is(err, errRace) && !(errors.As(err, &access) && access.Why == Unreachable) {
		return err
	}
	more, waitErr := wait.wait(ctx, 0)
	switch {
	case waitErr != nil:
		return waitErr
	case !more:
		return fmt.Errorf("gave up after %d attempts: %w", attempts, err)
	}
	return nil
}

// forward brings the branch that is checked out, whose files already are those of
// first, to another commit. Files that differ are changed as git checkout does it:
// if one of them has changes of the user's, nothing is done.
func (r *Repository) forward(ctx context.Context, h Head, first, to, subject string) error {
	return r.move(ctx, h, to, subject, func(g git) error {
		if err := r.follow(ctx, g, h.Commit, first); err != nil {
			return err
		}
		_, err := g.run(ctx, "read-tree", "-m", "-u", first, to)
		return err
	})
}

// PushTo makes a commit on a branch of a remote that is not checked out, and pushes
// it. A branch that is not there yet begins with the commit that from returns, or, if
// that is empty or from is nil, with nothing. Where the user's branch of that name goes on
// from there, its commits are pushed as well.
func (r *Repository) PushTo(ctx context.Context, up Remote, from func(context.Context) (string, error), total time.Duration, make Make) (Result, error) {
	if err := r.Named(ctx, up.Branch); err != nil {
		return Result{}, err
	}
	var res Result
	made := ""
	for wait := newBackoff(total); ; {
		tip, err := r.tip(ctx, up, false)
		if err == nil && tip == "" {
			err = r.vacant(ctx, up)
		}
		if err == nil {
			if made != "" && tip != "" {
				// As in Push: the line may have broken after it got there. In a shallow
				// repository only the tip can be compared.
				if there, _ := r.ancestor(ctx, made, tip); there {
					res.Commit = tip
					break
				}
			}
			base := tip
			if base == "" && from != nil {
				if base, err = from(ctx); err != nil {
					return Result{}, err
				}
			}
			if base, err = r.ahead(ctx, up.Branch, base); err != nil {
				return Result{}, err
			}
			res.Attempts++
			res.Parent = base
			if res.Commit, _, err = r.compose(ctx, base, "", make); err != nil {
				return Result{}, err
			}
			if res.Changed = res.Commit != tip; !res.Changed {
				break
			}
			made = res.Commit
			if err = r.push(ctx, res.Commit, up); err == nil {
				break
			}
		}
		if err := again(ctx, wait, err, res.Attempts); err != nil {
			return Result{}, err
		}
	}
	var err error
	res.Behind, err = r.keepUp(ctx, up, res.Commit)
	return res, err
}

// ahead is the commit of the user's branch, if he has one that goes on from base; else
// base.
func (r *Repository) ahead(ctx context.Context, branch, base string) (string, error) {
	if r.Root == "" {
		return base, nil
	}
	local, err := r.commitOf(ctx, "refs/heads/"+branch)
	if err != nil || local == "" || base == "" {
		return cmp.Or(local, base), err
	}
	if on, err := r.ancestor(ctx, base, local); err != nil || !on {
		return base, err
	}
	return local, nil
}

// keepUp moves the user's branch of that name, if he has one that nothing but what was
// pushed is missing from. One that has more is left behind.
func (r *Repository) keepUp(ctx context.Context, up Remote, commit string) (behind, err error) {
	if r.Root == "" || commit == "" {
		return nil, nil
	}
	ref := "refs/heads/" + up.Branch
	was, err := r.commitOf(ctx, ref)
	if err != nil || was == "" || was == commit {
		return nil, err
	}
	if within, err := r.ancestor(ctx, was, commit); err != nil || !within {
		return fmt.Errorf("it has commits that %s has not", up), err
	}
	if r.free(ctx, up.Branch) != nil {
		return nil, nil
	}
	_, err = r.quiet().run(ctx, "update-ref", "-m", "commit: pushed", ref, commit, was)
	return nil, err
}
