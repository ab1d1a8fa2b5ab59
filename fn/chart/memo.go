package chart

import (
	"context"
	"sync"

	helmchart "helm.sh/helm/v3/pkg/chart"
)

// Memo loads each reference once, however many overlays render it and
// however many at a time, and hands out clones. Its zero value, with a Source,
// is ready to use. It must not be copied.
type Memo struct {
	Source Source

	mu    sync.Mutex
	calls map[Ref]*call
}

type call struct {
	done  chan struct{}
	chart *helmchart.Chart
	err   error
}

// Load is the function Load with a memory. A failure is remembered as well,
// so a repository that is down is waited for once; unless it failed because
// its caller gave up, when the next caller tries again.
func (m *Memo) Load(ctx context.Context, r Ref) (*helmchart.Chart, error) {
	for {
		m.mu.Lock()
		c, waiting := m.calls[r]
		if !waiting {
			c = &call{done: make(chan struct{})}
			if m.calls == nil {
				m.calls = map[Ref]*call{}
			}
			m.calls[r] = c
		}
		m.mu.Unlock()

		if !waiting {
			m.run(ctx, r, c)
			return c.result()
		}
		select {
		case <-c.done:
		case <-ctx.Done():
			return nil, refError(r, ctx.Err())
		}
		if m.known(r, c) {
			return c.result()
		}
	}
}

func (m *Memo) run(ctx context.Context, r Ref, c *call) {
	defer close(c.done)
	c.chart, c.err = Load(ctx, m.Source, r)
	if c.err != nil && ctx.Err() != nil {
		m.mu.Lock()
		delete(m.calls, r)
		m.mu.Unlock()
	}
}

// known reports whether c is still the answer for r.
func (m *Memo) known(r Ref, c *call) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.calls[r] == c
}

func (c *call) result() (*helmchart.Chart, error) {
	if c.err != nil {
		return nil, c.err
	}
	return Clone(c.chart), nil
}
