package charttest

import (
	"net/http"
	"sync"
	"time"
)

// A Request is what the server saw.
type Request struct{ Path, Authorization string }

// recorder keeps what a server was asked.
type recorder struct {
	mu       sync.Mutex
	requests []Request
}

// Requests returns the requests so far.
func (r *recorder) Requests() []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Request(nil), r.requests...)
}

// record keeps a request and holds the answer back. It reports whether somebody
// still waits for it.
func (r *recorder) record(req *http.Request, delay time.Duration) bool {
	r.mu.Lock()
	r.requests = append(r.requests, Request{req.URL.Path, req.Header.Get("Authorization")})
	r.mu.Unlock()
	select {
	case <-time.After(delay):
		return true
	case <-req.Context().Done():
		return false
	}
}
