package ingress

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
)

// DefaultTimeout is how long a request may take where nobody says otherwise. It
// is what Airbyte's own installer gives NGINX: checking a connection starts a
// Pod and waits for it.
const DefaultTimeout = 600 * time.Second

// IdleTimeout is how long the server has to keep a connection open on which
// nothing happens, as a duration: a minute longer than a request may take. It is
// empty where no ingress is written.
func (s *Spec) IdleTimeout() string {
	if s == nil || s.Controller == "none" || s.Controller == "chart" {
		return ""
	}
	return fmt.Sprintf("%ds", seconds(s.timeout()+time.Minute))
}

// leastTimeout is what every controller gives by default; below it, checking a
// connection is not going to work.
const leastTimeout = 60 * time.Second

// mostTimeout is what nobody waits for, and mostBody what nobody sends: limits that
// are surely slips.
const (
	mostTimeout = 24 * time.Hour
	mostBody    = 1 << 40
)

// amounts checks times and sizes.
func (k *checker) amounts() {
	s := k.spec
	switch d, ok := k.duration("timeout", s.Timeout); {
	case ok && d < leastTimeout:
		k.add("timeout", fmt.Sprintf("is %s: checking a connection takes longer than a minute, and ends in a 504 then", s.Timeout), "leave it out, it is 600s by default")
	case d > mostTimeout:
		k.add("timeout", fmt.Sprintf("is %s: nobody waits for longer than a day", s.Timeout), "leave it out, it is 600s by default")
	}
	if s.MaxBodySize != "" {
		q, err := resource.ParseQuantity(s.MaxBodySize)
		switch {
		case err != nil:
			k.add("maxBodySize", fmt.Sprintf("%q is no quantity", s.MaxBodySize), "such as 10Mi")
		case q.CmpInt64(mostBody) > 0:
			k.add("maxBodySize", fmt.Sprintf("is %s: no request is larger than a tebibyte", s.MaxBodySize), "such as 10Mi")
		case q.CmpInt64(1<<20) < 0:
			k.add("maxBodySize", fmt.Sprintf("is %s, which is less than a mebibyte: definitions of connectors are larger", s.MaxBodySize), "such as 10Mi")
		}
	}
}

// duration checks a time of whole seconds.
func (k *checker) duration(field, text string) (time.Duration, bool) {
	if text == "" {
		return 0, false
	}
	d, err := duration(text)
	switch {
	case err != nil:
		hint := "such as 600s"
		if regexp.MustCompile(`^[0-9]+$`).MatchString(text) {
			hint = "write the unit: " + text + "s"
		}
		k.add(field, fmt.Sprintf("%q is no duration", text), hint)
	case d <= 0:
		k.add(field, fmt.Sprintf("is %s, want more than nothing", text), "such as 600s")
	case d%time.Second != 0:
		k.add(field, fmt.Sprintf("is %s: load balancers count whole seconds", text), "")
	default:
		return d, true
	}
	return 0, false
}

func (k *checker) networks(field string, cidrs []string) {
	for i, text := range cidrs {
		at := fmt.Sprintf("%s[%d]", field, i)
		p, err := netip.ParsePrefix(text)
		switch {
		case err != nil:
			hint := "such as 10.0.0.0/8"
			if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
				hint = fmt.Sprintf("one address is %s/%d", a, a.BitLen())
			}
			k.add(at, fmt.Sprintf("%q is no network", text), hint)
		case p.Masked() != p:
			k.add(at, fmt.Sprintf("%s has bits set behind the mask", text), "write "+p.Masked().String())
		}
	}
}

var statusCodes = regexp.MustCompile(`^[1-5][0-9]{2}(-[1-5][0-9]{2})?(,[1-5][0-9]{2}(-[1-5][0-9]{2})?)*$`)

func (k *checker) healthCheck() {
	h := k.spec.HealthCheck
	if h == nil {
		return
	}
	switch {
	case h.Path == "":
	case !strings.HasPrefix(h.Path, "/"):
		k.add("healthCheck.path", fmt.Sprintf("%q is no path", h.Path), "write /"+h.Path)
	case strings.ContainsAny(h.Path, " ?#"):
		k.add("healthCheck.path", fmt.Sprintf("%q is more than a path", h.Path), "such as /api/v1/health")
	}
	if h.Port != nil && (*h.Port < 1 || *h.Port > 65535) {
		k.add("healthCheck.port", fmt.Sprintf("is %d, want 1 to 65535", *h.Port), "")
	}
	interval, ok1 := k.duration("healthCheck.interval", h.Interval)
	timeout, ok2 := k.duration("healthCheck.timeout", h.Timeout)
	if ok1 && ok2 && timeout >= interval {
		k.add("healthCheck.timeout", fmt.Sprintf("is %s, and interval is %s: an answer has to come before the next question", timeout, interval), "")
	}
	k.threshold("healthCheck.healthyThreshold", h.HealthyThreshold)
	k.threshold("healthCheck.unhealthyThreshold", h.UnhealthyThreshold)
	if h.SuccessCodes == "" {
		return
	}
	if !statusCodes.MatchString(h.SuccessCodes) {
		k.add("healthCheck.successCodes", fmt.Sprintf("%q are no status codes", h.SuccessCodes), "such as 200 or 200-299 or 200,301")
		return
	}
	for _, part := range strings.Split(h.SuccessCodes, ",") {
		if first, last, ok := strings.Cut(part, "-"); ok && first > last {
			k.add("healthCheck.successCodes", fmt.Sprintf("has %s, which ends before it begins", part), "such as 200-299")
		}
	}
}

func (k *checker) threshold(field string, n *int) {
	if n != nil && *n < 1 {
		k.add(field, fmt.Sprintf("is %d, want at least 1", *n), "")
	}
}
