package publish

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Tree is what a commit is made on top of.
type Tree struct {
	// Dir holds the files of the commit below, or is the user's work tree.
	Dir string
	// Commit is empty where there is none yet.
	Commit string
}

// Draft is a commit that is to be made.
type Draft struct {
	// Paths are the files that it adds, changes or deletes, slash-separated and
	// relative to the tree. Nothing else of the tree gets into it.
	Paths []string
	// Message is its message, trailers included.
	Message string
}

// Make changes the files of a tree to what is to be committed, and says which those
// are; no paths, and nothing is. It is called again, with another tree, when somebody
// else was faster.
type Make func(ctx context.Context, t Tree) (Draft, error)

// Result says what became of it.
type Result struct {
	// Commit is the branch's commit now.
	Commit string
	// Parent is the commit that it was made on top of, empty for none.
	Parent string
	// Changed says that the branch has moved to Commit.
	Changed bool
	// Attempts counts how often it was made.
	Attempts int
	// Behind says why the user's branch was not brought to what was pushed.
	Behind error
}

// compose makes a commit on top of base. It is in the repository afterwards, and no
// branch has it. Without a change there is none, and base is returned.
func (r *Repository) compose(ctx context.Context, base, tree string, make Make) (commit, subject string, err error) {
	m, err := r.room(ctx, base, tree)
	if err != nil {
		return "", "", err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	draft, err := m.draft(ctx, make)
	if err != nil || draft.Message == "" {
		return base, "", err
	}
	commit, err = m.commit(ctx, draft.Message)
	return commit, draft.subject(), err
}

// draft has the files of a room made and put into its index. Without a change the
// draft is empty.
func (m *room) draft(ctx context.Context, make Make) (Draft, error) {
	d, err := make(ctx, Tree{Dir: m.tree, Commit: m.base})
	if err != nil || len(d.Paths) == 0 {
		return Draft{}, err
	}
	if err := m.add(ctx, d.Paths); err != nil {
		return Draft{}, err
	}
	changed, err := m.changed(ctx, m.base)
	if err != nil || !changed {
		return Draft{}, err
	}
	if strings.TrimSpace(d.Message) == "" {
		return Draft{}, errors.New("the commit message is empty")
	}
	return d, nil
}

func (d Draft) subject() string {
	subject, _, _ := strings.Cut(strings.TrimSpace(d.Message), "\n")
	return subject
}

// patience is how long those who commit to one branch of one repository stand in each
// other's way.
const patience = 30 * time.Second

// Commit makes a commit on the branch that is checked out. Make is given the work tree.
func (r *Repository) Commit(ctx context.Context, make Make) (Result, error) {
	wait := newBackoff(patience)
	for n := 1; ; n++ {
		h, err := r.Ready(ctx)
		if err != nil {
			return Result{}, err
		}
		commit, subject, err := r.compose(ctx, h.Commit, r.Root, make)
		if err != nil || commit == h.Commit {
			return Result{Commit: h.Commit, Parent: h.Commit, Attempts: n}, err
		}
		err = r.advance(ctx, h, commit, subject)
		if errors.Is(err, errMoved) {
			if more, waitErr := wait.wait(ctx, 0); more || waitErr != nil {
				if waitErr != nil {
					return Result{}, waitErr
				}
				continue
			}
		}
		return Result{Commit: commit, Parent: h.Commit, Changed: err == nil, Attempts: n}, err
	}
}

// CommitTo makes a commit on a branch that is not checked out. A branch that is not
// there begins with the commit from, or, if that is empty, with nothing.
func (r *Repository) CommitTo(ctx context.Context, branch, from string, make Make) (Result, error) {
	wait := newBackoff(patience)
	for n := 1; ; n++ {
		if err := r.free(ctx, branch); err != nil {
			return Result{}, err
		}
		was, err := r.commitOf(ctx, "refs/heads/"+branch)
		if err != nil {
			return Result{}, err
		}
		base := was
		if base == "" {
			base = from
		}
		commit, subject, err := r.compose(ctx, base, "", make)
		if err != nil || commit == was {
			return Result{Commit: was, Parent: was, Attempts: n}, err
		}
		_, err = r.quiet().run(ctx, "update-ref", "--create-reflog", "-m", "commit: "+subject, "refs/heads/"+branch, commit, was)
		if err == nil {
			return Result{Commit: commit, Parent: base, Changed: true, Attempts: n}, nil
		}
		if now, nowErr := r.commitOf(ctx, "refs/heads/"+branch); nowErr != nil || now == was {
			return Result{}, errors.Join(err, nowErr)
		}
		if more, waitErr := wait.wait(ctx, 0); waitErr != nil || !more {
			return Result{}, errors.Join(err, waitErr)
		}
	}
}

// ancestor reports whether a commit is in the history of another.
func (r *Repository) ancestor(ctx context.Context, old, new string) (bool, error) {
	return r.quiet().ok(ctx, "merge-base", "--is-ancestor", old, new)
}
