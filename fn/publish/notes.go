package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Note says of a rendered commit what it stands for by now, though nothing of it had
// to change: {"drySha": …} in refs/notes/hydrator.metadata, which a promoter waits
// for. With a remote the note is pushed, after those that others have pushed in
// between.
func (r *Repository) Note(ctx context.Context, remote, commit, drySHA string, total time.Duration) error {
	text, err := json.Marshal(map[string]string{"drySha": drySHA})
	if err != nil {
		return err
	}
	for wait := newBackoff(total); ; {
		tip, err := r.notes(ctx, remote)
		if err != nil {
			return err
		}
		next, err := r.note(ctx, tip, commit, string(text))
		if err != nil || next == tip {
			return err
		}
		if remote == "" {
			_, err = r.quiet().run(ctx, "update-ref", "-m", "notes: airstrip commit", NotesRef, next, tip)
			if now, nowErr := r.commitOf(ctx, NotesRef); err != nil && nowErr == nil && now != tip {
				err = fmt.Errorf("%s: %w", NotesRef, errRace)
			}
		} else {
			err = r.pushRef(ctx, next, remote, NotesRef)
		}
		if err == nil {
			return nil
		}
		if err := again(ctx, wait, err, 1); err != nil {
			return fmt.Errorf("%s: %w", NotesRef, err)
		}
	}
}

// notes is the commit of the notes, empty for none.
func (r *Repository) notes(ctx context.Context, remote string) (string, error) {
	if remote == "" {
		return r.commitOf(ctx, NotesRef)
	}
	return r.fetched(ctx, remote, NotesRef, false)
}

// note makes the commit that adds a note to those of another. It is not git notes, which
// only knows how to do that to a ref of the user's.
func (r *Repository) note(ctx context.Context, tip, commit, text string) (string, error) {
	m, err := r.room(ctx, "", "")
	if err != nil {
		return "", err
	}
	next, err := m.note(ctx, tip, commit, text)
	return next, errors.Join(err, m.close())
}

func (m *room) note(ctx context.Context, tip, commit, text string) (string, error) {
	g := m.quiet()
	if tip != "" {
		if _, err := g.run(ctx, "read-tree", tip); err != nil {
			return "", err
		}
	}
	blob, err := g.feed(ctx, []byte(text+"\n"), "hash-object", "-w", "--stdin")
	if err != nil {
		return "", err
	}
	all, err := g.list(ctx, "ls-files", "-z")
	if err != nil {
		return "", err
	}
	// With many notes git spreads them over folders, 3f/2a…; the new one goes where its
	// neighbours are.
	path, deepest := commit, 0
	var entries strings.Builder
	for _, p := range all {
		if n := strings.Count(p, "/"); n > deepest {
			deepest = n
		}
		if strings.ReplaceAll(p, "/", "") == commit {
			fmt.Fprintf(&entries, "0 %s\t%s\x00", strings.Repeat("0", len(commit)), p)
		}
	}
	for i := range deepest {
		path = path[:i*3+2] + "/" + path[i*3+2:]
	}
	fmt.Fprintf(&entries, "100644 %s\t%s\x00", blob, path)
	if _, err := g.feed(ctx, []byte(entries.String()), "update-index", "-z", "--index-info"); err != nil {
		return "", err
	}
	changed, err := m.changed(ctx, tip)
	if err != nil || !changed {
		return tip, err
	}
	tree, err := g.run(ctx, "write-tree")
	if err != nil {
		return "", err
	}
	args := []string{"commit-tree", tree, "-m", "Notes added by 'airstrip commit'"}
	if tip != "" {
		args = append(args, "-p", tip)
	}
	next, err := g.run(ctx, args...)
	if err != nil {
		return "", commitError(err)
	}
	return next, nil
}
