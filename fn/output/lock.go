package output

import (
	"context"
	"fmt"
	"time"
)

// lock waits until nobody else writes into the folders below dir, or until ctx
// ends. The lock is released by the function returned, or by our death.
func lock(ctx context.Context, dir string) (release func(), err error) {
	const slowest = 100 * time.Millisecond
	for pause := time.Millisecond; ; pause = min(2*pause, slowest) {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("waiting for another run to finish: %w", err)
		}
		release, err := tryLock(dir)
		if release != nil || err != nil {
			return release, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}
