package ingress

import (
	"fmt"
	"math"
	"strings"
)

// gatewayGKE are Google's Application Load Balancers by Gateway API
// (docs.cloud.google.com/kubernetes-engine/docs/how-to/gatewayclass-capabilities
// and configure-gateway-resources). timeouts of a rule are among what GKE does
// not support (kubernetes-sigs/gateway-api, conformance/reports/v1.4.0), and it
// asks no readiness probe: both stand in policies attached to the Services.
var gatewayGKE = profile{
	controller: "gateway", implementation: "gke",
	title:   "GKE Gateway",
	source:  "docs.cloud.google.com/kubernetes-engine/docs/how-to/configure-gateway-resources; CRDs of gke-gateway-api",
	sources: googleSources,
	reads:   []*family{&gkeAnnotations, &gkeServiceAnnotations},
	settings: gatewaySettings(append([]setting{
		{"scheme", "`gatewayClassName`: gke-l7-global-external-managed, or gke-l7-rilb for internal"},
		{"tls.pre-shared", "`networking.gke.io/pre-shared-certs` under options of the listeners"},
		{"tls.certificates", "`networking.gke.io/pre-shared-certs` under options of the listeners"},
		{"tls.certificate-map", "`networking.gke.io/certmap` on the Gateway"},
		{"tls.certificateMap", "`networking.gke.io/certmap` on the Gateway"},
		{"tls.policy", "`sslPolicy` of a GCPGatewayPolicy"},
		{"timeout", "`timeoutSec` of a GCPBackendPolicy for each Service"},
		{"healthCheck.path", "`requestPath` of a HealthCheckPolicy for each Service"},
		{"healthCheck.port", "`port` of the HealthCheckPolicy, with USE_FIXED_PORT"},
		{"healthCheck.interval", "`checkIntervalSec`, 15 by default, at most 300"},
		{"healthCheck.timeout", "`timeoutSec` of the HealthCheckPolicy, 5 by default"},
		{"healthCheck.healthyThreshold", "`healthyThreshold`, at most 10"},
		{"healthCheck.unhealthyThreshold", "`unhealthyThreshold`, at most 10"},
		{"loadBalancer.address", "`NamedAddress` under addresses"},
		{"wafPolicy", "`securityPolicy` of the GCPBackendPolicy: a Cloud Armor policy, by name"},
		{"accessLogs.state", "`logging` of the GCPBackendPolicy"},
		{"accessLogs.sampleRate", "`sampleRate` of the GCPBackendPolicy, in millionths"},
	}, certificateSettings...)...),
	elsewhere: map[string]string{
		"maxBodySize":              "Google's load balancers have no limit",
		"allowCidrs":               "write a Cloud Armor policy that says so, and name it in wafPolicy",
		"targetType":               "GKE Gateway always sends to the Pods themselves",
		"healthCheck.successCodes": "Google's health checks take 200 and nothing else",
		"group.name":               "routes that share a Gateway share its load balancer: gateway.parent",
		"tls.google-managed":       "a ManagedCertificate is for an Ingress; Certificate Manager issues others: tls.type: certificate-map",
	},
	check: checkGatewayGKE,
	write: writeGatewayGKE,
}

// gkeClass is the GatewayClass that settings choose.
func gkeClass(s *Spec) string {
	switch {
	case s.ClassName != "":
		return s.ClassName
	case s.Scheme == "internal":
		return "gke-l7-rilb"
	}
	return "gke-l7-global-external-managed"
}

// gkeInternal and gkeRegional go by the names of GKE's classes, which are fixed.
// The proxies of regional ones are in a proxy-only subnet.
func gkeInternal(class string) bool {
	return strings.Contains(class, "-rilb") || strings.Contains(class, "-internal-")
}

func gkeRegional(class string) bool {
	return strings.Contains(class, "-regional-") || gkeInternal(class)
}

func checkGatewayGKE(s *Spec, refuse func(field, message, hint string)) {
	checkGoogle(s, refuse)
	if p := s.Gateway.Parent; p != nil {
		refuseGiven(s, refuse, ofParent(p), "set it there", "scheme", "tls.policy", "loadBalancer.address")
		return
	}
	class := gkeClass(s)
	if strings.HasSuffix(class, "-mc") {
		refuse("className", fmt.Sprintf("is %s, which serves several clusters: its routes lead to ServiceImports, and these lead to Services", class), "take the one without -mc")
	}
	if s.ClassName != "" && s.Scheme != "" && gkeInternal(class) != (s.Scheme == "internal") {
		refuse("scheme", fmt.Sprintf("is %s, and className is %s", s.Scheme, class), "leave one of them out")
	}
	if s.TLS != nil && s.TLS.Type == "certificate-map" && gkeRegional(class) {
		refuse("tls.type", fmt.Sprintf("is certificate-map, and %s is regional: maps are for global load balancers", class), "take pre-shared, secret or cert-manager")
	}
}

func writeGatewayGKE(s *site) {
	form := gatewayForm{
		class: gkeClass(&s.Spec), certificates: true,
		// A load balancer of Google's has one set of certificates for port 443;
		// cert-manager alone needs to be told the hosts.
		oneListener: s.TLS == nil || s.TLS.Type != "cert-manager",
	}
	if s.Gateway.Parent == nil {
		s.gkeGateway(&form)
	}
	for _, r := range s.backends() {
		s.policyFor(r, gkeAPI, "GCPBackendPolicy", map[string]any{"targetRef": serviceRef(r), "default": s.gkeBackend()})
		s.policyFor(r, gkeAPI, "HealthCheckPolicy", map[string]any{"targetRef": serviceRef(r), "default": s.gkeHealth(r)})
	}
	s.gateway(form)
}

// gkeGateway is what hangs on the Gateway itself.
func (s *site) gkeGateway(form *gatewayForm) {
	if gkeRegional(form.class) {
		s.askNetworks("the proxies of " + form.class + " are in the region's proxy-only subnet")
	}
	if l := s.LoadBalancer; l != nil && l.Address != "" {
		form.addresses = []any{map[string]any{"type": "NamedAddress", "value": l.Address}}
	}
	if !s.https {
		return
	}
	switch s.TLS.Type {
	case "pre-shared":
		form.options = map[string]string{"networking.gke.io/pre-shared-certs": strings.Join(s.TLS.Certificates, ",")}
	case "certificate-map":
		s.annotate("networking.gke.io/certmap", s.TLS.CertificateMap, "ingress.tls.certificateMap")
	}
	if s.TLS.Policy != "" {
		s.add(gkeAPI, "GCPGatewayPolicy", s.name, nil, map[string]any{
			"targetRef": map[string]any{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": s.name},
			"default":   map[string]any{"sslPolicy": s.TLS.Policy},
		})
	}
}

func serviceRef(r Route) map[string]any {
	return map[string]any{"group": "", "kind": "Service", "name": r.Service}
}

func (s *site) gkeBackend() map[string]any {
	policy := map[string]any{
		"timeoutSec":         seconds(s.timeout()),
		"connectionDraining": map[string]any{"drainingTimeoutSec": googleDraining},
	}
	if s.WAFPolicy != "" {
		policy["securityPolicy"] = s.WAFPolicy
	}
	if a := s.AccessLogs; a != nil {
		logging := map[string]any{"enabled": a.State != "disabled"}
		if a.State != "disabled" {
			logging["sampleRate"] = int(math.Round(a.rate() * 1e6))
		}
		policy["logging"] = logging
	}
	return policy
}

// gkeHealth follows the schema of HealthCheckPolicy: a port goes with
// USE_FIXED_PORT alone, and is then one of the Pod. The schema's own rules fail
// where portSpecification is left out, though it says that it may be
// (GoogleCloudPlatform/gke-gateway-api, config/crd).
func (s *site) gkeHealth(r Route) map[string]any {
	p := s.probeOf(r)
	ask := map[string]any{"requestPath": p.Path, "portSpecification": "USE_SERVING_PORT"}
	if p.Port != r.ContainerPort || r.Path == rootPath && s.HealthCheck != nil && s.HealthCheck.Port != nil {
		ask["portSpecification"], ask["port"] = "USE_FIXED_PORT", p.Port
	}
	interval, timeout := googleTimes(s.HealthCheck)
	health := map[string]any{
		"checkIntervalSec": interval, "timeoutSec": timeout,
		"config": map[string]any{"type": "HTTP", "httpHealthCheck": ask},
	}
	s.googleThresholds(health)
	return health
}
