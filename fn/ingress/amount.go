package ingress

import (
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
)

// timeout is how long a request may take.
func (s *Spec) timeout() time.Duration {
	if d, err := duration(s.Timeout); err == nil && d > 0 {
		return d
	}
	return DefaultTimeout
}

// bodySize is the largest body in bytes, or 0 where the controller's own limit
// is high enough and nobody asked.
func (s *Spec) bodySize() int64 {
	if s.MaxBodySize == "" {
		return 0
	}
	q, err := resource.ParseQuantity(s.MaxBodySize)
	if err != nil {
		return 0 // said by Check
	}
	return q.Value()
}

// seconds are whole seconds, as most controllers count.
func seconds(d time.Duration) int { return int(d / time.Second) }

// duration reads a duration such as 600s or 10m; an empty one is zero.
func duration(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	return time.ParseDuration(text)
}
