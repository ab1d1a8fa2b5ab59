package ingress

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

const (
	gceAllowHTTP      = "kubernetes.io/ingress.allow-http"
	gceFrontendConfig = "networking.gke.io/v1beta1.FrontendConfig"
	// gkeAPI holds ManagedCertificate and the policies of Gateways.
	gkeAPI = "networking.gke.io/v1"
)

// googleSources are the networks that Google's proxies and health checks come
// from (cloud.google.com/load-balancing/docs/health-checks, firewall rules).
var googleSources = []string{"130.211.0.0/22", "35.191.0.0/16"}

// googleDraining is how long requests may go on after their Pod has left: the
// time that Kubernetes gives a Pod to end. Google's own default is to cut them.
const googleDraining = 30

// gce are Google's Application Load Balancers by Ingress, as the controller
// built into GKE makes them (kubernetes/ingress-gce v1.41.0). It finds its
// Ingresses by annotation: one with an ingressClassName and none is nobody's
// (pkg/utils/utils.go). Its Prefix goes element by element, as Kubernetes
// defines it: /auth becomes /auth and /auth/* (pkg/controller/translator).
var gce = profile{
	controller: "gce",
	title:      "GKE Ingress",
	source:     "docs.cloud.google.com/kubernetes-engine/docs/how-to/ingress-configuration; ingress-gce v1.41.0",
	sources:    googleSources,
	reads:      []*family{&gceAnnotations, &gkeAnnotations, &gkeServiceAnnotations, &kubernetesAnnotations},
	settings: []setting{
		{"scheme", "`kubernetes.io/ingress.class`: gce, or gce-internal for internal"},
		{"tls.secret", "`secretName` under spec.tls"},
		{"tls.secretName", "`secretName` under spec.tls"},
		{"tls.cert-manager", "`cert-manager.io/cluster-issuer` or issuer, solved in place; `secretName` under spec.tls"},
		{"tls.issuer.name", "`cert-manager.io/cluster-issuer`"},
		{"tls.issuer.kind", "`cert-manager.io/issuer` for an Issuer"},
		{"tls.google-managed", "`ManagedCertificate` of all hosts, and `networking.gke.io/managed-certificates`"},
		{"tls.pre-shared", "`ingress.gcp.kubernetes.io/pre-shared-cert`"},
		{"tls.certificates", "`ingress.gcp.kubernetes.io/pre-shared-cert`, at most 15"},
		{"tls.upstream", "nothing: port 80 alone"},
		{"tls.policy", "`sslPolicy` of a FrontendConfig"},
		{"httpRedirect", "`redirectToHttps` of a FrontendConfig; disabled: `kubernetes.io/ingress.allow-http` is false"},
		{"timeout", "`timeoutSec` of a BackendConfig for each Service"},
		{"healthCheck.path", "`requestPath` under healthCheck of the BackendConfig"},
		{"healthCheck.port", "`port` under healthCheck of the BackendConfig"},
		{"healthCheck.interval", "`checkIntervalSec`, 15 by default, at most 300"},
		{"healthCheck.timeout", "`timeoutSec` under healthCheck, 5 by default"},
		{"healthCheck.healthyThreshold", "`healthyThreshold`, at most 10"},
		{"healthCheck.unhealthyThreshold", "`unhealthyThreshold`, at most 10"},
		{"targetType", "`cloud.google.com/neg` on the Services, which is on by default; with instance they become NodePort"},
		{"loadBalancer.address", "`kubernetes.io/ingress.global-static-ip-name`, regional-static-ip-name for internal"},
		{"wafPolicy", "`securityPolicy` of the BackendConfig: a Cloud Armor policy, by name"},
		{"accessLogs.state", "`logging` of the BackendConfig"},
		{"accessLogs.sampleRate", "`sampleRate` under logging"},
	},
	elsewhere: map[string]string{
		"className":                "scheme chooses between GKE's two, gce and gce-internal",
		"maxBodySize":              "Google's load balancers have no limit",
		"allowCidrs":               "write a Cloud Armor policy that says so, and name it in wafPolicy",
		"healthCheck.successCodes": "Google's health checks take 200 and nothing else",
		"tls.certificate-map":      "certificate maps hang on a Gateway: controller: gateway, implementation: gke",
	},
	check: checkGCE,
	write: writeGCE,
}

func checkGCE(s *Spec, refuse func(field, message, hint string)) {
	checkGoogle(s, refuse)
	if _, own := s.Annotations[classAnnotation]; own {
		refuse("annotations."+classAnnotation, "is what scheme becomes", "write scheme: internal, or leave it out")
	}
	if s.TLS != nil && len(s.TLS.Certificates) > 15 {
		refuse("tls.certificates", fmt.Sprintf("names %d, and a load balancer of Google's has 15 at most", len(s.TLS.Certificates)), "")
	}
	if s.TargetType == "instance" && s.HealthCheck != nil && s.HealthCheck.Port != nil {
		refuse("healthCheck.port", "is a port of the Pod, and targetType: instance asks nodes", "leave one of them out")
	}
	if s.Scheme != "internal" {
		return
	}
	// What is GA for external load balancers alone:
	// docs.cloud.google.com/kubernetes-engine/docs/how-to/ingress-configuration.
	// A redirect is an error of the whole Ingress (pkg/loadbalancers/url_maps.go).
	if s.HTTPRedirect == "enabled" {
		refuse("httpRedirect", "is enabled, and an internal load balancer of GKE Ingress cannot redirect", "leave it out: port 80 is closed then; controller: gateway, implementation: gke can")
	}
	if s.TLS != nil && s.TLS.Type == "google-managed" {
		refuse("tls.type", "is google-managed: Google asks the host from outside, and scheme is internal", "take secret, cert-manager or pre-shared")
	}
	if s.TLS != nil && s.TLS.Policy != "" {
		refuse("tls.policy", "has no counterpart in an internal load balancer of GKE Ingress", "controller: gateway, implementation: gke has one")
	}
	if s.WAFPolicy != "" {
		refuse("wafPolicy", "has no counterpart in an internal load balancer of GKE Ingress", "")
	}
	if s.TargetType == "instance" {
		refuse("targetType", "is instance, and an internal load balancer of GKE sends to Pods alone", "leave it out")
	}
}

// checkGoogle refuses what no load balancer of Google's takes, be it made by an
// Ingress or a Gateway. BackendConfig has no limits in its schema: a wrong value
// is found when the load balancer is made, and nothing is changed then.
func checkGoogle(s *Spec, refuse func(field, message, hint string)) {
	h := s.HealthCheck
	within(refuse, "healthCheck.interval", h.interval(), 1, 300)
	within(refuse, "healthCheck.timeout", h.timeout(), 1, 300)
	within(refuse, "healthCheck.healthyThreshold", h.healthy(), 1, 10)
	within(refuse, "healthCheck.unhealthyThreshold", h.unhealthy(), 1, 10)
	a := s.AccessLogs
	if a == nil || a.SampleRate == "" {
		return
	}
	if rate, err := strconv.ParseFloat(a.SampleRate, 64); err != nil || !(rate >= 0 && rate <= 1) {
		refuse("accessLogs.sampleRate", fmt.Sprintf("is %q, want a number from 0.0 to 1.0", a.SampleRate), "")
	}
	if a.State == "disabled" {
		refuse("accessLogs.sampleRate", "means nothing where state is disabled", "leave one of them out")
	}
}

func writeGCE(s *site) {
	class, address := "gce", "kubernetes.io/ingress.global-static-ip-name"
	if s.Scheme == "internal" {
		class, address = "gce-internal", "kubernetes.io/ingress.regional-static-ip-name"
		s.askNetworks("the proxies of an internal load balancer are in the region's proxy-only subnet")
	}
	s.annotate(classAnnotation, class, ifSet(s.Scheme, "ingress.scheme"))
	if l := s.LoadBalancer; l != nil && l.Address != "" {
		s.annotate(address, l.Address, "ingress.loadBalancer.address")
	}
	if s.https {
		s.gceFrontend()
		s.gceCertificates()
	}
	for _, r := range s.backends() {
		s.gceBackend(r)
	}
	if s.TargetType == "instance" {
		s.askNetworks("what comes in on a node's port comes from the nodes")
	}
	var form ingressForm
	form.secret, form.tls = s.certificateSecret()
	s.ingress(form)
}

// askNetworks asks for networks that a NetworkPolicy has to name and that no
// setting tells.
func (s *site) askNetworks(why string) {
	if n := s.NetworkPolicy; n != nil && len(n.CIDRs) == 0 {
		s.warn("ingress-networkpolicy", "ingress.networkPolicy.cidrs", "is missing: "+why+"; name that network, or nothing reaches Airbyte")
	}
}

// gceFrontend says what port 80 does, and which ciphers 443 takes. A redirect
// hangs on port 80, and an internal load balancer has none: with both ports and
// no static address it is not even made (pkg/loadbalancers/l7.go).
func (s *site) gceFrontend() {
	if s.Scheme == "internal" || !s.redirects() {
		s.annotate(gceAllowHTTP, "false", ifSet(s.HTTPRedirect, "ingress.httpRedirect"))
	}
	if s.Scheme == "internal" {
		return
	}
	spec, field := map[string]any{}, ifSet(s.HTTPRedirect, "ingress.httpRedirect")
	if s.redirects() {
		spec["redirectToHttps"] = map[string]any{"enabled": true, "responseCodeName": "MOVED_PERMANENTLY_DEFAULT"}
	}
	if s.TLS.Policy != "" {
		spec["sslPolicy"], field = s.TLS.Policy, "ingress.tls.policy"
	}
	if len(spec) == 0 || s.Annotations[gceFrontendConfig] != "" && field == "" {
		return
	}
	s.annotate(gceFrontendConfig, s.name, field)
	s.add("networking.gke.io/v1beta1", "FrontendConfig", s.name, nil, spec)
}

// managedDomain is the schema of ManagedCertificate: at most 100 of at most 63
// letters each (GoogleCloudPlatform/gke-managed-certs v1.2.12).
var managedDomain = regexp.MustCompile(`^(([a-z0-9]+|[a-z0-9][-a-z0-9]*[a-z0-9])\.)+[a-z][-a-z0-9]*[a-z0-9]$`)

func (s *site) gceCertificates() {
	switch s.TLS.Type {
	case "cert-manager":
		s.issuer()
		// Each Ingress has an address of its own, so that one made for a challenge
		// is not where the host leads; and the load balancer wants a certificate
		// before there is one (cert-manager.io/docs/usage/ingress, annotations).
		s.annotate("acme.cert-manager.io/http01-edit-in-place", "true", "")
	case "pre-shared":
		s.annotate("ingress.gcp.kubernetes.io/pre-shared-cert", strings.Join(s.TLS.Certificates, ","), "ingress.tls.certificates")
	case "google-managed":
		for _, host := range s.hosts {
			if len(host) > 63 || !managedDomain.MatchString(host) {
				s.refuse("ingress.tls.type", fmt.Sprintf("is google-managed, and such a certificate cannot be for %q: names have a dot, and 63 letters at most", host), "")
			}
		}
		if len(s.hosts) > 100 {
			s.refuse("ingress.tls.type", fmt.Sprintf("is google-managed, and such a certificate has 100 hosts at most, not %d", len(s.hosts)), "")
		}
		s.annotate("networking.gke.io/managed-certificates", s.name, "ingress.tls.type")
		s.add(gkeAPI, "ManagedCertificate", s.name, nil, map[string]any{"domains": anyList(s.hosts)})
	}
}

// gceBackend adds what GKE wants to know of a Service: a BackendConfig, which
// the Service names. Without a health check there, Google asks / once and for
// all when the load balancer is made, or what the readiness probe said then.
func (s *site) gceBackend(r Route) {
	p := s.probeOf(r)
	interval, timeout := googleTimes(s.HealthCheck)
	health := map[string]any{"type": "HTTP", "requestPath": p.Path, "checkIntervalSec": interval, "timeoutSec": timeout}
	if s.TargetType == "instance" {
		// GKE makes network endpoint groups where nothing is said.
		s.annotateService(r, "cloud.google.com/neg", `{"ingress":false}`)
		s.nodePort(r)
		if p.Port != r.ContainerPort {
			s.refuse("ingress.targetType", fmt.Sprintf("is instance, and what is asked whether %s is well is port %d, which nodes do not have", r.Component, p.Port), "leave it out")
		}
	} else {
		s.annotateService(r, "cloud.google.com/neg", `{"ingress":true}`)
		if p.Port != r.ContainerPort || r.Path == rootPath && s.HealthCheck != nil && s.HealthCheck.Port != nil {
			health["port"] = p.Port
		}
	}
	s.googleThresholds(health)
	spec := map[string]any{
		"timeoutSec": seconds(s.timeout()), "healthCheck": health,
		"connectionDraining": map[string]any{"drainingTimeoutSec": googleDraining},
	}
	if s.WAFPolicy != "" {
		spec["securityPolicy"] = map[string]any{"name": s.WAFPolicy}
	}
	if a := s.AccessLogs; a != nil {
		logging := map[string]any{"enable": a.State != "disabled"}
		if a.State != "disabled" {
			logging["sampleRate"] = a.rate()
		}
		spec["logging"] = logging
	}
	s.annotateService(r, "cloud.google.com/backend-config", fmt.Sprintf(`{"default":%q}`, r.Service))
	s.policyFor(r, "cloud.google.com/v1", "BackendConfig", spec)
}

// googleTimes are the seconds between two questions, and for an answer, which
// Google wants to be no longer: both are written, so that no default of one
// contradicts the other.
func googleTimes(h *HealthCheck) (interval, timeout int) {
	interval, timeout = h.interval(), h.timeout()
	if interval == 0 {
		interval = max(15, timeout)
	}
	if timeout == 0 {
		timeout = min(5, interval)
	}
	return interval, timeout
}

func (s *site) googleThresholds(health map[string]any) {
	if n := s.HealthCheck.healthy(); n > 0 {
		health["healthyThreshold"] = n
	}
	if n := s.HealthCheck.unhealthy(); n > 0 {
		health["unhealthyThreshold"] = n
	}
}

// rate is the part of the requests that is logged, all where nothing is said.
func (a *AccessLogs) rate() float64 {
	if rate, err := strconv.ParseFloat(a.SampleRate, 64); err == nil {
		return rate
	}
	return 1
}
