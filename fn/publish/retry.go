package publish

import (
	"context"
	"math/rand/v2"
	"time"
)

// sleep waits, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// backoff waits longer each time, by chance a little more or less so that those who
// met once do not meet again, and ends when the time for all of it is up.
type backoff struct {
	next, most time.Duration
	end        time.Time
}

func newBackoff(total time.Duration) *backoff {
	return &backoff{next: 100 * time.Millisecond, most: 8 * time.Second, end: time.Now().Add(total)}
}

// wait returns false when there is no time left. At least is what a server asked for.
func (b *backoff) wait(ctx context.Context, atLeast time.Duration) (bool, error) {
	d := b.next/2 + rand.N(b.next)
	b.next = min(b.next*8/5, b.most)
	d = max(d, atLeast)
	if time.Now().Add(d).After(b.end) {
		return false, nil
	}
	return true, sleep(ctx, d)
}
