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
// refused. When the base has gone on, a merge brings it, and the change is made again on
// top of both; its files are those that were made, so that no text was merged. A change
// that is there already is left as it is, and without one there is no commit.
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
	if head == "" {
		if err := r.vacant(ctx, up); err != nil {
			return err
		}
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
	current, err := r.ancestor(ctx, tip, head)
	if err != nil {
		return "", err
	}
	if current {
		if changed, err := m.changed(ctx, head); err != nil || !changed {
			return head, err
		}
	}
	// The commit goes on top of what is there, with the files as they were made.
	if err := os.WriteFile(filepath.Join(m.top, "git", "HEAD"), []byte(head+"\n"), 0o644); err != nil {
		return "", err
	}
	if current {
		return m.commit(ctx, draft.Message)
	}
	return m.overtake(ctx, tip, head, draft.Message)
}

// overtake makes the commit on top of head, and of the tip of a base that has gone on. A
// server that merges by rebasing leaves out merges, and what is in them: so the merge has
// what was proposed before, on the files of the base, and a commit of its own what is new.
func (m *room) overtake(ctx context.Context, tip, head, message string) (string, error) {
	g := m.quiet()
	made, err := g.run(ctx, "write-tree")
	if err != nil {
		return "", err
	}
	if err := m.before(ctx, tip, head); err != nil {
		return "", err
	}
	before, err := g.run(ctx, "write-tree")
	if err != nil {
		return "", err
	}
	if before == made {
		return m.commit(ctx, message, tip)
	}
	if _, err := m.commit(ctx, "Go on from "+tip+"\n\n"+trailers(message), tip); err != nil {
		return "", err
	}
	if _, err := g.run(ctx, "-c", "core.sparseCheckout=false", "read-tree", made); err != nil {
		return "", err
	}
	return m.commit(ctx, message)
}

// before makes the index hold the files of tip, with those as head has them that it
// changes.
func (m *room) before(ctx context.Context, tip, head string) error {
	g := m.quiet()
	if _, err := g.run(ctx, "-c", "core.sparseCheckout=false", "read-tree", tip); err != nil {
		return err
	}
	from, err := g.run(ctx, "merge-base", tip, head)
	if saidNo(err) {
		return nil // the base was begun anew
	} else if err != nil {
		return err
	}
	entries, err := g.entries(ctx, from, head)
	if err != nil {
		return err
	}
	_, err = g.feed(ctx, []byte(entries), "-c", "core.sparseCheckout=false", "update-index", "--replace", "-z", "--index-info")
	return err
}

// trailers are the last paragraph of a message, by which a commit is known as ours.
func trailers(message string) string {
	message = strings.TrimSpace(message)
	return message[strings.LastIndex(message, "\n\n")+1:]
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
