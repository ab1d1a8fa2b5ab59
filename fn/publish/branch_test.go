package publish

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// A branch cannot be beside one whose name its own goes on from, or that goes on from
// its own. That is said at once, whoever has the other, and nobody else is blamed.
func TestBesides(t *testing.T) {
	isolate(t)
	ctx := context.Background()
	for _, c := range []struct{ there, ours string }{{"prod", "prod/aks"}, {"prod/aks", "prod"}, {"airstrip", headForProd}} {
		make := writes(t, map[string]string{"a.yaml": "a: 1\n"})
		for how, do := range map[string]func(r *repo) error{
			"to a remote's branch": func(r *repo) error {
				_, err := open(t, r.dir).PushTo(ctx, Remote{"origin", c.ours}, nil, time.Minute, make)
				return err
			},
			"from the branch that is checked out": func(r *repo) error {
				r.git("checkout", "--quiet", "-b", c.ours)
				_, err := open(t, r.dir).Push(ctx, time.Minute, make)
				return err
			},
			"to a proposal": func(r *repo) error {
				_, err := open(t, r.dir).Propose(ctx, Remote{"origin", "main"}, c.ours, time.Minute, make)
				return err
			},
			"to a branch": func(r *repo) error {
				r.git("branch", c.there)
				_, err := open(t, r.dir).CommitTo(ctx, c.ours, "", make)
				return err
			},
		} {
			t.Run(c.ours+"/"+how, func(t *testing.T) {
				r := newRepo(t, before)
				b := r.bare()
				b.git("branch", c.there, "main")
				start := time.Now()
				err := do(r)
				state := (*StateError)(nil)
				if !errors.As(err, &state) || !strings.HasSuffix(err.Error(), ": "+c.there+" exists, so "+c.ours+" cannot") || !strings.HasSuffix(state.Hint, "rename "+c.there) {
					t.Errorf("got %v", err)
				}
				if took := time.Since(start); took > 20*time.Second {
					t.Errorf("took %s", took)
				}
			})
		}
	}
}

// headForProd is the branch of a pull request.
const headForProd = "airstrip/render-prod"

// All names that are none are said.
func TestNamed(t *testing.T) {
	isolate(t)
	r := newRepo(t, before)
	err := open(t, r.dir).Named(context.Background(), "env/aks", "env/prod eu", "env/.x")
	if err == nil || err.Error() != "\"env/prod eu\" is no name for a branch\n\"env/.x\" is no name for a branch" {
		t.Errorf("got %v", err)
	}
}
