package publish

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Proposal is a branch that holds a change of another.
type Proposal struct {
	Result
	// Base is the commit of the branch that is to be changed, and has what is proposed
	// where Result.Commit is empty.
	Base string
}

// Propose makes a commit on top of a branch of a remote and pushes it to another, for
// a pull request. That branch is airstrip's own: one with commits of somebody else is
// refused. When the base has gone on, the change is made again on top of it, and the
// commit has both as parents; its files are those that were made, so that nothing was
// merged. A change that is there already is left as it is, and without one there is no
// commit.
func (r *Repository) Propose(ctx context.Context, base Remote, head string, total time.Duration, make Make) (Proposal, error) {
	up := Remote{base.Name, head}
	var p Proposal
	for wait := newBackoff(total); ; {
		err := r.propose(ctx, &p, base, up, make)
		if err == nil {
			return p, nil
		}
		if err := again(ctx, wait, err, p.Attempts); err != nil {
			return p, err
		}
	}
}

func (r *Repository) propose(ctx context.Context, p *Proposal, base, up Remote, make Make) error {
	tip, err := r.tip(ctx, base, true)
	if err != nil {
		return err
	}
	if tip == "" {
		return fmt.Errorf("%s: %w: push it first, or name another with --base", base, ErrNoRevision)
	}
	head, err := r.tip(ctx, up, true)
	if err != nil {
		return err
	}
	p.Base, p.Parent, p.Attempts = tip, tip, p.Attempts+1
	m, err := r.room(ctx, tip, "")
	if err != nil {
		return err
	}
	commit, err := r.proposed(ctx, m, tip, head, up.Branch, make)
	if err = errors.Join(err, m.close()); err != nil || commit == "" {
		p.Commit, p.Changed = "", false
		return err
	}
	p.Commit, p.Changed = commit, commit != head
	if !p.Changed {
		return nil
	}
	return r.push(ctx, commit, up)
}

// proposed makes the commit for a branch whose own commit is head, if it has one.
func (r *Repository) proposed(ctx context.Context, m *room, tip, head, branch string, make Make) (string, error) {
	draft, err := m.draft(ctx, make)
	if err != nil || draft.Message == "" {
		return "", err
	}
	if head == "" {
		return m.commit(ctx, draft.Message)
	}
	merged, err := r.ancestor(ctx, head, tip)
	if err != nil {
		return "", err
	}
	if merged {
		return m.commit(ctx, draft.Message) // what was proposed before is in the base
	}
	if err := r.ours(ctx, branch, tip, head); err != nil {
		return "", err
	}
	var parents []string
	current, err := r.ancestor(ctx, tip, head)
	if err != nil {
		return "", err
	}
	if current {
		if changed, err := m.changed(ctx, head); err != nil || !changed {
			return head, err
		}
	} else {
		parents = append(parents, tip)
	}
	// The commit goes on top of what is there, with the files as they were made.
	if err := os.WriteFile(filepath.Join(m.top, "git", "HEAD"), []byte(head+"\n"), 0o644); err != nil {
		return "", err
	}
	return m.commit(ctx, draft.Message, parents...)
}

// ours refuses a branch with commits that airstrip has not made.
func (r *Repository) ours(ctx context.Context, branch, base, head string) error {
	all, err := r.quiet().list(ctx, "log", "-z", "--no-show-signature", "--format=%h %(trailers:key=Airstrip-Version,valueonly,separator=%x2C)", head, "^"+base)
	if err != nil {
		return err
	}
	for _, c := range all {
		if id, version, _ := strings.Cut(c, " "); strings.TrimSpace(version) == "" {
			return &ForeignError{branch, fmt.Sprintf("has commits of somebody else (%s), which would be lost: merge or delete it", id)}
		}
	}
	return nil
}

// Tip returns the commit of a branch of a remote, empty if there is no such branch.
func (r *Repository) Tip(ctx context.Context, m Remote) (string, error) { return r.tip(ctx, m, false) }

// Local returns the commit of a branch, empty if there is no such branch.
func (r *Repository) Local(ctx context.Context, branch string) (string, error) {
	return r.commitOf(ctx, "refs/heads/"+branch)
}

// Known returns the commit that a branch of a remote had when it was last fetched,
// empty if it never was.
func (r *Repository) Known(ctx context.Context, m Remote) (string, error) {
	return r.commitOf(ctx, "refs/remotes/"+m.Name+"/"+m.Branch)
}
