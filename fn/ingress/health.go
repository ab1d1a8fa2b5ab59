package ingress

import (
	"slices"
	"strconv"
	"strings"
)

// usualHealth is where components answer whose Pods have no readiness probe over
// HTTP: the path of the probe in the charts that have one.
var usualHealth = map[string]string{
	"server": "/api/v1/health", "webapp": "/index.html", "keycloak": "/auth/health/ready", "connector-builder-server": "/v1/health",
}

// probeOf is the health check of a route: what the settings say of the route of
// /, else what the Pod's own readiness probe asks.
func (s *site) probeOf(r Route) Probe {
	p := r.Health
	if p.Path == "" {
		p.Path = usualHealth[r.Component]
	}
	if p.Port == 0 {
		p.Port = r.ContainerPort
	}
	if h := s.HealthCheck; h != nil && r.Path == rootPath {
		if h.Path != "" {
			p.Path = h.Path
		}
		if h.Port != nil {
			p.Port = *h.Port
		}
	}
	return p
}

// interval, timeout, healthy and unhealthy are what a health check says, in
// seconds and in answers; zero where it does not.
func (h *HealthCheck) interval() int {
	if h == nil {
		return 0
	}
	d, _ := duration(h.Interval)
	return seconds(d)
}

func (h *HealthCheck) timeout() int {
	if h == nil {
		return 0
	}
	d, _ := duration(h.Timeout)
	return seconds(d)
}

func (h *HealthCheck) healthy() int {
	if h == nil || h.HealthyThreshold == nil {
		return 0
	}
	return *h.HealthyThreshold
}

func (h *HealthCheck) unhealthy() int {
	if h == nil || h.UnhealthyThreshold == nil {
		return 0
	}
	return *h.UnhealthyThreshold
}

// codeRanges are 200-299,301 as first and last of each range.
func codeRanges(codes string) [][2]int {
	var all [][2]int
	for part := range strings.SplitSeq(codes, ",") {
		first, last, ok := strings.Cut(part, "-")
		if !ok {
			last = first
		}
		from, _ := strconv.Atoi(first)
		to, _ := strconv.Atoi(last)
		all = append(all, [2]int{from, to})
	}
	return all
}

// statusRanges are the same as objects.
func statusRanges(codes string) []any {
	var all []any
	for _, r := range codeRanges(codes) {
		all = append(all, map[string]any{"start": r[0], "end": r[1]})
	}
	return all
}

// statusList is 200-202,301 one by one.
func statusList(codes string) []any {
	var all []int
	for _, r := range codeRanges(codes) {
		for n := r[0]; n <= r[1]; n++ {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	var list []any
	for _, n := range slices.Compact(all) {
		list = append(list, n)
	}
	return list
}
