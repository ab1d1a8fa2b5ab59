package chart

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	helmchart "helm.sh/helm/v3/pkg/chart"
)

func TestMemoLoadsOnce(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	var asked atomic.Int32
	m := Memo{Source: counts(&asked, serves(data))}
	charts := make([]*helmchart.Chart, 20)
	var wg sync.WaitGroup
	for i := range charts {
		wg.Go(func() {
			c, err := m.Load(t.Context(), pinned(data))
			if err != nil {
				t.Error(err)
				return
			}
			c.Values["mine"] = i // a race, were it shared
			charts[i] = c
		})
	}
	wg.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("fetched %d times, want once", n)
	}
	for i, c := range charts {
		if c.Values["mine"] != i {
			t.Errorf("chart %d has the values of another", i)
		}
	}
	other := minimal(t, "airbyte", "2.0.1")
	if _, err := m.Load(t.Context(), pinned(other)); err == nil {
		t.Error("another digest was answered with the first chart")
	}
}

func TestMemoRemembersFailures(t *testing.T) {
	var asked atomic.Int32
	m := Memo{Source: counts(&asked, sourceFunc(func(context.Context, Ref) ([]byte, error) {
		return nil, ErrNotFound
	}))}
	for range 3 {
		if _, err := m.Load(t.Context(), pinned(nil)); !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v, want ErrNotFound", err)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
}

// Who gives up does not take the others with him.
func TestMemoCancel(t *testing.T) {
	data := minimal(t, "airbyte", "2.0.0")
	var asked atomic.Int32
	started := make(chan struct{})
	m := Memo{Source: sourceFunc(func(ctx context.Context, r Ref) ([]byte, error) {
		if asked.Add(1) == 1 {
			close(started)
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return data, nil
	})}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := m.Load(ctx, pinned(data)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	})
	<-started
	for range 5 {
		wg.Go(func() {
			if _, err := m.Load(t.Context(), pinned(data)); err != nil {
				t.Error(err)
			}
		})
	}
	hasty, cancelHasty := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancelHasty()
	if _, err := m.Load(hasty, pinned(data)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want context.DeadlineExceeded", err)
	}
	cancel()
	wg.Wait()
	if n := asked.Load(); n != 2 {
		t.Errorf("asked %d times, want twice: for who gave up, and for all others", n)
	}
}
