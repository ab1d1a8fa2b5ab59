package ingress

import (
	"fmt"
	"regexp"
	"strconv"
)

const (
	agcPrefix = "alb.networking.azure.io/"
	agcAPI    = "alb.networking.azure.io/v1"
	agcClass  = "azure-alb-external"
)

// trafficControllerID is the resource id of an Application Gateway for
// Containers, whose letters may be of either case.
var trafficControllerID = regexp.MustCompile(`(?i)^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/Microsoft\.ServiceNetworking/trafficControllers/[^/]+$`)

// agcElsewhere are the hints for both APIs. There are no private frontends:
// Azure/AKS#5739.
var agcElsewhere = map[string]string{
	"scheme":           "its frontends are public, private ones do not exist yet; agic and app-routing have them",
	"allowCidrs":       "write a rule of a WAF policy: controller: gateway, implementation: agc",
	"subnets":          "associations of the ApplicationLoadBalancer, or of the resource in Azure",
	"targetType":       "Application Gateway for Containers always sends to the Pods themselves",
	"maxBodySize":      "Application Gateway for Containers documents no limit; with a WAF the WAF policy has one",
	"tls.key-vault":    "certificates come from Secrets alone: copy it into one, with External Secrets for instance, and write tls.type: secret",
	"accessLogs.state": "a diagnostic setting of the resource in Azure",
}

// agc is Application Gateway for Containers by Ingress
// (learn.microsoft.com/azure/application-gateway/for-containers; ALB Controller
// 1.10 to 1.12). Its Prefix goes element by element, as Kubernetes defines it.
var agc = profile{
	controller: "agc",
	title:      "Application Gateway for Containers by Ingress",
	source:     "learn.microsoft.com/azure/application-gateway/for-containers; ALB Controller 1.10 to 1.12",
	reads:      []*family{&agcAnnotations},
	settings: append([]setting{
		{"className", "`ingressClassName`, azure-alb-external by default"},
		{"tls.secret", "`secretName` under spec.tls"},
		{"tls.secretName", "`secretName` under spec.tls"},
		{"tls.cert-manager", "`cert-manager.io/cluster-issuer` or issuer, and `secretName` under spec.tls"},
		{"tls.issuer.name", "`cert-manager.io/cluster-issuer`"},
		{"tls.issuer.kind", "`cert-manager.io/issuer` for an Issuer"},
		{"tls.upstream", "nothing: port 80 alone"},
		{"httpRedirect", "an Ingress and an IngressExtension with `requestRedirect`, on the same frontend"},
		{"timeout", "`requestTimeout` of an IngressExtension, for each Service"},
		{"loadBalancer.name", "`alb.networking.azure.io/alb-name`: an ApplicationLoadBalancer"},
		{"loadBalancer.namespace", "`alb.networking.azure.io/alb-namespace`"},
		{"loadBalancer.id", "`alb.networking.azure.io/alb-id`: a resource of your own"},
		{"loadBalancer.frontend", "`alb.networking.azure.io/alb-frontend`"},
	}, agcHealthSettings...),
	elsewhere: with(agcElsewhere, map[string]string{
		"tls.policy": "FrontendTLSPolicies are for Gateways: controller: gateway, implementation: agc",
		"wafPolicy":  "WebApplicationFirewallPolicies are for Gateways: controller: gateway, implementation: agc",
	}),
	check: checkAGC,
	write: writeAGC,
}

// agcHealthSettings are what health checks become with either API.
var agcHealthSettings = []setting{
	{"healthCheck.path", "`path` of a HealthCheckPolicy for each Service"},
	{"healthCheck.port", "`port` of the HealthCheckPolicy"},
	{"healthCheck.interval", "`interval` of the HealthCheckPolicy"},
	{"healthCheck.timeout", "`timeout` of the HealthCheckPolicy"},
	{"healthCheck.healthyThreshold", "`healthyThreshold`"},
	{"healthCheck.unhealthyThreshold", "`unhealthyThreshold`"},
	{"healthCheck.successCodes", "`statusCodes`"},
}

// checkAGC wants to know which Application Gateway for Containers it is: one
// that the controller makes (an ApplicationLoadBalancer), or one that exists.
func checkAGC(s *Spec, refuse func(field, message, hint string)) {
	l := s.LoadBalancer
	if l == nil {
		l = &LoadBalancer{}
	}
	switch {
	case l.ID == "" && l.Name == "":
		refuse("loadBalancer", "is missing: which Application Gateway for Containers is it?", "name and namespace of the ApplicationLoadBalancer, or id and frontend of a resource of your own")
	case l.ID != "" && (l.Name != "" || l.Namespace != ""):
		refuse("loadBalancer.id", "stands beside the name of an ApplicationLoadBalancer: one of them decides", "keep either id and frontend, or name and namespace")
	case l.ID == "" && l.Namespace == "":
		refuse("loadBalancer.namespace", "is missing: where is the ApplicationLoadBalancer "+l.Name+"?", "kubectl get applicationloadbalancer -A lists them")
	case l.ID != "" && !trafficControllerID.MatchString(l.ID):
		refuse("loadBalancer.id", fmt.Sprintf("%q is no resource id of an Application Gateway for Containers", l.ID), "az network alb show --query id")
	case l.ID != "" && l.Frontend == "":
		refuse("loadBalancer.frontend", "is missing: which frontend of that resource is it?", "az network alb frontend list")
	}
}

func writeAGC(s *site) {
	s.agcResource()
	if f := s.LoadBalancer.Frontend; f != "" {
		s.annotate(agcPrefix+"alb-frontend", f, "ingress.loadBalancer.frontend")
	} else if s.redirects() {
		// Two Ingresses are on one address where they name one frontend; it is made
		// by that name.
		s.annotate(agcPrefix+"alb-frontend", s.release.Namespace+"-"+s.name, "")
	}
	if s.redirects() {
		s.agcRedirect()
	}
	s.agcTimeout()
	for _, r := range s.backends() {
		s.agcHealth(r)
	}
	s.issuer()
	form := ingressForm{class: s.classOr(agcClass)}
	form.secret, form.tls = s.certificateSecret()
	s.ingress(form)
}

// agcResource says in annotations which Application Gateway for Containers it is.
func (s *site) agcResource() {
	l := s.LoadBalancer
	if l.ID != "" {
		s.annotate(agcPrefix+"alb-id", l.ID, "ingress.loadBalancer.id")
		return
	}
	s.annotate(agcPrefix+"alb-name", l.Name, "ingress.loadBalancer.name")
	s.annotate(agcPrefix+"alb-namespace", l.Namespace, "ingress.loadBalancer.namespace")
}

// agcTimeout adds the timeout of each Service, unless the user names an
// IngressExtension of his own, of which an Ingress has one.
func (s *site) agcTimeout() {
	if own := s.Annotations[agcPrefix+"alb-ingress-extension"]; own != "" && s.Timeout == "" {
		s.warn("ingress-timeout", "ingress.annotations."+agcPrefix+"alb-ingress-extension", fmt.Sprintf("is %s: see that it sets timeouts.requestTimeout to 600s for each Service, or a request ends after a minute", own))
		return
	}
	var backends []any
	for _, r := range s.backends() {
		backends = append(backends, map[string]any{"service": r.Service, "timeouts": map[string]any{"requestTimeout": s.agcSeconds()}})
	}
	s.annotate(agcPrefix+"alb-ingress-extension", s.name, "ingress.timeout")
	s.add(agcAPI, "IngressExtension", s.name, nil, map[string]any{"backendSettings": backends})
}

func (s *site) agcSeconds() string { return strconv.Itoa(seconds(s.timeout())) + "s" }

// agcRedirect adds an Ingress without TLS on the same frontend, whose extension
// redirects (how-to-url-redirect-ingress-api). It is called when the annotations
// that choose the frontend are set, and no others. An Ingress has to name a
// Service; nothing gets there.
func (s *site) agcRedirect() {
	name := s.name + "-redirect"
	notes := map[string]string{}
	for key, n := range s.annotations {
		notes[key] = n.value
		if own := s.Annotations[key]; own != "" {
			notes[key] = own
		}
	}
	notes[agcPrefix+"alb-ingress-extension"] = name
	var redirects []any
	for _, host := range s.hosts {
		redirects = append(redirects, map[string]any{"host": host, "requestRedirect": map[string]any{"scheme": "https", "statusCode": 301}})
	}
	s.add(agcAPI, "IngressExtension", name, nil, map[string]any{"rules": redirects})
	s.rootIngress(name, s.classOr(agcClass), notes)
}

// agcHealth adds the health check of a Service, which counts for Ingresses and
// Gateways alike. Without one the controller asks what a readinessProbe asks.
func (s *site) agcHealth(r Route) {
	p, h := s.probeOf(r), s.HealthCheck
	ask := map[string]any{"path": p.Path}
	health := map[string]any{"http": ask}
	if p.Port != r.ContainerPort || r.Path == rootPath && h != nil && h.Port != nil {
		health["port"] = p.Port
	}
	for _, f := range []struct {
		key string
		n   int
	}{{"healthyThreshold", h.healthy()}, {"unhealthyThreshold", h.unhealthy()}} {
		if f.n > 0 {
			health[f.key] = f.n
		}
	}
	interval, timeout := albTimes(h)
	for _, f := range []struct {
		key string
		n   int
	}{{"interval", interval}, {"timeout", timeout}} {
		if f.n > 0 {
			health[f.key] = strconv.Itoa(f.n) + "s"
		}
	}
	if h != nil && h.SuccessCodes != "" {
		ask["match"] = map[string]any{"statusCodes": statusRanges(h.SuccessCodes)}
	}
	ref := serviceRef(r)
	ref["namespace"] = s.release.Namespace
	s.policyFor(r, agcAPI, "HealthCheckPolicy", map[string]any{"targetRef": ref, "default": health})
}
