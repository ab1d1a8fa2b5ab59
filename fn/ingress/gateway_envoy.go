package ingress

import (
	"fmt"
	"math"
	"strconv"
)

const envoyAPI = "gateway.envoyproxy.io/v1alpha1"

const envoyService = "an annotation of the cloud's on the Gateway's Service: provider.kubernetes.envoyService of an EnvoyProxy"

// gatewayEnvoy is Envoy Gateway (v1.9). Timeouts are those of the HTTPRoute: the
// standard's own, they stand before the ones of a BackendTrafficPolicy, and with
// one for the request a quiet connection is held for an hour at least
// (internal/xds/translator/route.go). Without any, Envoy hangs up after 15
// seconds. A ClientTrafficPolicy is not needed: its timeouts are longer, and its
// bufferLimit is no limit of a body, but how much of one is held at a time.
var gatewayEnvoy = profile{
	controller: "gateway", implementation: "envoy",
	title:  "Envoy Gateway",
	source: "gateway.envoyproxy.io/docs and the CRDs of Envoy Gateway v1.9.1",
	settings: gatewaySettings(append([]setting{
		{"timeout", "`timeouts` of each rule"},
		{"maxBodySize", "`requestBuffer` of a BackendTrafficPolicy, which keeps a request until it is whole; Envoy has no limit of its own"},
		{"healthCheck.path", "`healthCheck` of a BackendTrafficPolicy for the rules of each Service; without any of these, the Pods' own readiness probes decide"},
		{"healthCheck.port", "`overrides` under healthCheck.active"},
		{"healthCheck.interval", "`interval` under healthCheck.active, 15s by default"},
		{"healthCheck.timeout", "`timeout` under healthCheck.active, 5s by default"},
		{"healthCheck.healthyThreshold", "`healthyThreshold`"},
		{"healthCheck.unhealthyThreshold", "`unhealthyThreshold`"},
		{"healthCheck.successCodes", "`expectedStatuses`, one by one"},
		{"allowCidrs", "`clientCIDRs` of a SecurityPolicy for the HTTPRoute; Envoy has to see the clients' own addresses"},
	}, certificateSettings...)...),
	elsewhere: proxyElsewhere("Envoy", "Gateway", envoyService, map[string]string{
		"scheme":           envoyService,
		"wafPolicy":        "an EnvoyExtensionPolicy of your own, or the firewall of a load balancer before the Gateway",
		"accessLogs.state": "telemetry.accessLog of an EnvoyProxy; there is a log by default",
		"tls.policy":       "tls.minVersion and tls.ciphers of a ClientTrafficPolicy of your own; TLS 1.2 and 1.3 by default",
	}),
	check: checkGatewayEnvoy,
	write: writeGatewayEnvoy,
}

func checkGatewayEnvoy(s *Spec, refuse func(field, message, hint string)) {
	// buildRequestBuffer of internal/gatewayapi/backendtrafficpolicy.go.
	if s.bodySize() > math.MaxUint32 {
		refuse("maxBodySize", fmt.Sprintf("is %s: Envoy Gateway counts to 4Gi, less one byte", s.MaxBodySize), "")
	}
}

func writeGatewayEnvoy(s *site) {
	if s.upstream() {
		s.warn("ingress-forwarded", "ingress.tls.type", "TLS ends before Envoy, which takes each request for http and tells Airbyte so, unless a ClientTrafficPolicy of the Gateway trusts what stands before it: clientIPDetection.xForwardedFor")
	}
	s.gateway(gatewayForm{
		// The class of the quickstart (examples/kubernetes/quickstart.yaml); the
		// chart makes none.
		class: s.classOr("eg"), certificates: true, timeouts: true, named: s.HealthCheck != nil,
	})
	s.envoyTraffic()
	if len(s.AllowCIDRs) > 0 {
		s.add(envoyAPI, "SecurityPolicy", s.name, nil, s.envoyPolicy([]any{routeRef(s.name, "")}, map[string]any{
			"authorization": map[string]any{
				"defaultAction": "Deny",
				"rules": []any{map[string]any{
					"name": "allow-cidrs", "action": "Allow",
					"principal": map[string]any{"clientCIDRs": anyList(s.AllowCIDRs)},
				}},
			},
		}))
	}
}

// routeRef refers to an HTTPRoute, or to one of its rules.
func routeRef(name, rule string) map[string]any {
	ref := map[string]any{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": name}
	if rule != "" {
		ref["sectionName"] = rule
	}
	return ref
}

// envoyPolicy completes a policy of routes. One of a route replaces one of its
// Gateway, where mergeType does not say otherwise: a Gateway of somebody else's
// may ask for a login in its own.
func (s *site) envoyPolicy(targets []any, spec map[string]any) map[string]any {
	spec["targetRefs"] = targets
	if s.Gateway.Parent != nil {
		spec["mergeType"] = "StrategicMerge"
	}
	return spec
}

// envoyTraffic adds what is said of requests on their way to the Pods. A policy
// is of an HTTPRoute or of one rule of it: what Keycloak is asked differs from
// what the server is. Of two, that of the rule alone is heard.
func (s *site) envoyTraffic() {
	body := s.bodySize()
	limit := func() map[string]any {
		if body == 0 {
			return map[string]any{}
		}
		return map[string]any{"requestBuffer": map[string]any{"limit": envoyQuantity(body)}}
	}
	switch {
	case s.HealthCheck != nil:
		for _, r := range s.backends() {
			var targets []any
			for i, other := range s.routes {
				if other.Service == r.Service {
					targets = append(targets, routeRef(s.name, s.ruleName(i)))
				}
			}
			spec := limit()
			spec["healthCheck"] = map[string]any{"active": s.envoyHealth(r)}
			s.policyFor(r, envoyAPI, "BackendTrafficPolicy", s.envoyPolicy(targets, spec))
		}
	case body > 0:
		s.add(envoyAPI, "BackendTrafficPolicy", s.name, nil, s.envoyPolicy([]any{routeRef(s.name, "")}, limit()))
	}
}

// envoyQuantity is a size as the schema takes it: no fraction, no exponent.
func envoyQuantity(n int64) string {
	if n%(1<<20) == 0 {
		return strconv.FormatInt(n>>20, 10) + "Mi"
	}
	return strconv.FormatInt(n, 10)
}

// envoyHealth is asked by every Envoy. Its own defaults, 3 seconds and 1, are
// meant for smaller servers.
func (s *site) envoyHealth(r Route) map[string]any {
	p, h := s.probeOf(r), s.HealthCheck
	ask := map[string]any{"path": p.Path}
	if h.SuccessCodes != "" {
		ask["expectedStatuses"] = statusList(h.SuccessCodes)
	}
	interval, timeout := googleTimes(h)
	active := map[string]any{
		"type": "HTTP", "http": ask,
		"interval": strconv.Itoa(interval) + "s", "timeout": strconv.Itoa(timeout) + "s",
	}
	s.googleThresholds(active)
	if p.Port != r.ContainerPort {
		active["overrides"] = map[string]any{"port": p.Port}
	}
	return active
}
