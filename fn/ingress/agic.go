package ingress

import (
	"fmt"
	"regexp"
	"strconv"
)

const agicPrefix = "appgw.ingress.kubernetes.io/"

// wafPolicyID is the resource id of a WAF policy, whose letters may be of either
// case.
var wafPolicyID = regexp.MustCompile(`(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.Network/applicationGatewayWebApplicationFirewallPolicies/[^/]+$`)

// agic is the Application Gateway Ingress Controller
// (Azure/application-gateway-kubernetes-ingress 1.9, docs/annotations.md and
// pkg/appgw).
var agic = profile{
	controller: "agic",
	title:      "Application Gateway Ingress Controller",
	source:     "docs/annotations.md of application-gateway-kubernetes-ingress 1.9",
	reads:      []*family{&agicAnnotations},
	settings: []setting{
		{"className", "`ingressClassName`, azure-application-gateway by default"},
		{"scheme", "`appgw.ingress.kubernetes.io/use-private-ip`: true for internal"},
		{"tls.secret", "`secretName` under spec.tls"},
		{"tls.secretName", "`secretName` under spec.tls"},
		{"tls.cert-manager", "`cert-manager.io/cluster-issuer` or issuer, and `secretName` under spec.tls"},
		{"tls.issuer.name", "`cert-manager.io/cluster-issuer`"},
		{"tls.issuer.kind", "`cert-manager.io/issuer` for an Issuer"},
		{"tls.application-gateway", "`appgw.ingress.kubernetes.io/appgw-ssl-certificate`"},
		{"tls.certificates", "`appgw.ingress.kubernetes.io/appgw-ssl-certificate`: one"},
		{"tls.upstream", "nothing: port 80 alone"},
		{"tls.policy", "`appgw.ingress.kubernetes.io/appgw-ssl-profile`: an SSL profile of the gateway, by name"},
		{"httpRedirect", "`appgw.ingress.kubernetes.io/ssl-redirect`; with false nothing listens on port 80"},
		{"timeout", "`appgw.ingress.kubernetes.io/request-timeout`, at most a day, as everywhere"},
		{"healthCheck.interval", "`appgw.ingress.kubernetes.io/health-probe-interval`"},
		{"healthCheck.timeout", "`appgw.ingress.kubernetes.io/health-probe-timeout`"},
		{"healthCheck.unhealthyThreshold", "`appgw.ingress.kubernetes.io/health-probe-unhealthy-threshold`, at most 20"},
		{"healthCheck.successCodes", "`appgw.ingress.kubernetes.io/health-probe-status-codes`"},
		{"wafPolicy", "`appgw.ingress.kubernetes.io/waf-policy-for-path`: a WAF policy, by resource id"},
	},
	// AGIC asks each Pod what its own readinessProbe asks, at the port that it says
	// (pkg/appgw/health_probes.go), so that nothing has to be written. Annotations
	// of the Ingress win over that, for all of its Services at once, and Keycloak
	// has another path than the server. An Ingress of its own for / is no way out:
	// of two with one host, the last by name decides which WAF policy the listener
	// gets (pkg/appgw/frontend_listeners.go), and only that with / has one to give.
	elsewhere: map[string]string{
		"healthCheck.path":             "each Pod is asked what its readinessProbe asks; one path would be for Keycloak too",
		"healthCheck.port":             "each Pod is asked at the port of its readinessProbe; one port would be for Keycloak too",
		"healthCheck.healthyThreshold": "one good answer is enough for an Application Gateway",
		"maxBodySize":                  "an Application Gateway has no lower limit; with a WAF the WAF policy has one",
		"allowCidrs":                   "write a rule of the WAF policy, or of the subnet's network security group",
		"accessLogs.state":             "a diagnostic setting of the Application Gateway",
		"targetType":                   "an Application Gateway always sends to the Pods themselves",
		"tls.key-vault":                "put the certificate on the gateway and name it: az network application-gateway ssl-cert create --key-vault-secret-id; tls.type: application-gateway",
	},
	check: checkAGIC,
	write: writeAGIC,
}

func checkAGIC(s *Spec, refuse func(field, message, hint string)) {
	h := s.HealthCheck
	within(refuse, "healthCheck.interval", h.interval(), 1, 86400)
	within(refuse, "healthCheck.timeout", h.timeout(), 1, 86400)
	within(refuse, "healthCheck.unhealthyThreshold", h.unhealthy(), 1, 20)
	if s.TLS != nil && len(s.TLS.Certificates) > 1 {
		refuse("tls.certificates", fmt.Sprintf("names %d, and an Ingress has one here", len(s.TLS.Certificates)), "a certificate may be for several hosts")
	}
	checkWAFPolicyID(s, refuse)
}

func checkWAFPolicyID(s *Spec, refuse func(field, message, hint string)) {
	if s.WAFPolicy != "" && !wafPolicyID.MatchString(s.WAFPolicy) {
		refuse("wafPolicy", fmt.Sprintf("%q is no resource id of a WAF policy", s.WAFPolicy), "az network application-gateway waf-policy show --query id")
	}
}

func writeAGIC(s *site) {
	set := func(name, value, field string) { s.annotate(agicPrefix+name, value, field) }
	number := func(name string, n int, field string) {
		if n > 0 {
			set(name, strconv.Itoa(n), field)
		}
	}
	if s.Scheme != "" {
		set("use-private-ip", strconv.FormatBool(s.Scheme == "internal"), "ingress.scheme")
	}
	set("request-timeout", strconv.Itoa(seconds(s.timeout())), "ingress.timeout")
	if s.https {
		// Without ssl-redirect there is no listener for http beside that for https
		// (pkg/appgw/ingress_rules.go).
		set("ssl-redirect", strconv.FormatBool(s.redirects()), ifSet(s.HTTPRedirect, "ingress.httpRedirect"))
		if s.TLS.Type == "application-gateway" {
			set("appgw-ssl-certificate", s.TLS.Certificates[0], "ingress.tls.certificates")
		}
		if s.TLS.Policy != "" {
			set("appgw-ssl-profile", s.TLS.Policy, "ingress.tls.policy")
		}
		s.issuer()
	}
	if s.WAFPolicy != "" {
		set("waf-policy-for-path", s.WAFPolicy, "ingress.wafPolicy")
	}
	if h := s.HealthCheck; h != nil {
		interval, timeout := albTimes(h)
		number("health-probe-interval", interval, "ingress.healthCheck.interval")
		number("health-probe-timeout", timeout, "ingress.healthCheck.timeout")
		number("health-probe-unhealthy-threshold", h.unhealthy(), "ingress.healthCheck.unhealthyThreshold")
		if h.SuccessCodes != "" {
			set("health-probe-status-codes", h.SuccessCodes, "ingress.healthCheck.successCodes")
		}
	}
	for _, r := range s.backends() {
		if r.Health.Path == "" {
			s.warn("ingress-health", "ingress.controller", fmt.Sprintf("%s has no readinessProbe over HTTP: Application Gateway asks what its livenessProbe asks, or else %s", r.Component, agicPath(r)))
		}
	}
	form := ingressForm{class: s.classOr("azure-application-gateway"), path: agicPath}
	form.secret, form.tls = s.certificateSecret()
	s.ingress(form)
}

// agicPath ends in a slash: AGIC makes /auth* of /auth (preparePathFromPathType
// in pkg/appgw/requestroutingrules.go), which takes the page /auth_flow of the
// web application too. All of Keycloak's URLs, and of the connector builder's,
// begin with their path and a slash.
func agicPath(r Route) string {
	if r.Path == rootPath {
		return r.Path
	}
	return r.Path + "/"
}
