package ingress

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
