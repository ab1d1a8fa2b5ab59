package ingress

import (
	"strconv"
	"strings"
)

const nginxPrefix = "nginx.ingress.kubernetes.io/"

// defaultBody is the largest body that the server takes (MAX_REQUEST_SIZE of its
// image: 10 MB), for controllers whose own limit is lower.
const defaultBody = 10 << 20

// mebibytes are what NGINX writes as 10m, rounded up.
func mebibytes(bytes int64) string { return strconv.FormatInt((bytes+1<<20-1)>>20, 10) + "m" }

// bodyOr10m is the largest body as NGINX writes it. NGINX's own limit is 1m, and
// definitions of connectors are larger.
func (s *site) bodyOr10m() string {
	if n := s.bodySize(); n > 0 {
		return mebibytes(n)
	}
	return mebibytes(defaultBody)
}

// nginxSettings are what the annotations of ingress-nginx can say, whoever runs
// it; class says which IngressClass is the usual one.
func nginxSettings(class string, more ...setting) []setting {
	return append([]setting{
		{"className", "`ingressClassName`, " + class + " by default"},
		{"tls.secret", "`secretName` under spec.tls"},
		{"tls.secretName", "`secretName` under spec.tls"},
		{"tls.cert-manager", "`cert-manager.io/cluster-issuer` or issuer, and secretName under spec.tls"},
		{"tls.issuer.name", "`cert-manager.io/cluster-issuer`"},
		{"tls.issuer.kind", "`cert-manager.io/issuer` for an Issuer"},
		{"tls.upstream", "no spec.tls"},
		{"httpRedirect", "`nginx.ingress.kubernetes.io/ssl-redirect`"},
		{"timeout", "`nginx.ingress.kubernetes.io/proxy-read-timeout` and proxy-send-timeout"},
		{"maxBodySize", "`nginx.ingress.kubernetes.io/proxy-body-size`, in whole mebibytes, 10m by default"},
		{"allowCidrs", "`nginx.ingress.kubernetes.io/whitelist-source-range`; the controller has to see the clients' own addresses"},
		{"accessLogs.state", "`nginx.ingress.kubernetes.io/enable-access-log`"},
	}, more...)
}

const nginxService = "an annotation of the controller's Service (controller.service.annotations of its chart)"

var nginx = profile{
	controller: "nginx",
	title:      "ingress-nginx",
	source:     "docs/user-guide/nginx-configuration of ingress-nginx controller-v1.15.1",
	forwarded:  true,
	reads:      []*family{&nginxAnnotations},
	settings: nginxSettings("nginx",
		setting{"tls.controller", "`hosts` under spec.tls, without a Secret: --default-ssl-certificate of the controller"},
	),
	elsewhere: proxyElsewhere("NGINX", "controller", nginxService, probesElsewhere("NGINX"), map[string]string{
		"scheme":     nginxService,
		"tls.policy": "ssl-protocols and ssl-ciphers in the controller's ConfigMap",
	}),
	check: checkNGINX,
	write: func(s *site) {
		s.warn("ingress-retired", "ingress.controller", "ingress-nginx is retired: since March 2026 there are no security fixes; "+
			"go to Gateway API, spec.ingress.controller: gateway (docs/ingress.md)")
		if s.upstream() {
			loop := ""
			if s.HTTPRedirect == "enabled" {
				loop = ", and redirects it to https again and again"
			}
			s.warn("ingress-forwarded", "ingress.tls.type", `TLS ends before the controller: without use-forwarded-headers: "true" in its ConfigMap it takes each request for http, tells Airbyte so`+loop)
		}
		secret, _ := s.certificateSecret()
		s.nginxIngress("nginx", secret)
	},
}

// checkNGINX refuses what no Ingress of ingress-nginx can be.
func checkNGINX(s *Spec, refuse func(field, message, hint string)) {
	// The alias gives way to the name (internal/ingress/annotations/parser/main.go).
	if _, own := s.Annotations[nginxPrefix+"allowlist-source-range"]; own && len(s.AllowCIDRs) > 0 {
		refuse("annotations."+nginxPrefix+"allowlist-source-range", "wins over whitelist-source-range, which allowCidrs becomes", "keep one of them")
	}
}

// upstream reports whether TLS ends before the controller.
func (s *site) upstream() bool {
	return s.TLS != nil && s.TLS.Type == "upstream" && strings.HasPrefix(s.release.URL, "https:")
}

// nginxIngress follows docs/user-guide/nginx-configuration/annotations.md of
// ingress-nginx. Numbers have no unit there: 600s would be ignored with no more
// than a line in the controller's log.
//
// A Prefix is matched element by element (internal/ingress/controller/location.go),
// so that /api/v1/connector_builder_projects, which the server answers, does not
// go to the connector builder.
func (s *site) nginxIngress(class, secret string) {
	set := func(name, value, field string) { s.annotate(nginxPrefix+name, value, field) }
	timeout := strconv.Itoa(seconds(s.timeout()))
	set("proxy-read-timeout", timeout, "ingress.timeout")
	set("proxy-send-timeout", timeout, "ingress.timeout")
	set("proxy-body-size", s.bodyOr10m(), ifSet(s.MaxBodySize, "ingress.maxBodySize"))
	redirect := ifSet(s.HTTPRedirect, "ingress.httpRedirect")
	switch {
	case s.HTTPRedirect == "disabled":
		set("ssl-redirect", "false", redirect)
		set("force-ssl-redirect", "false", redirect)
	case s.https:
		// True by default, but for a ConfigMap that says otherwise.
		set("ssl-redirect", "true", redirect)
	case s.HTTPRedirect == "enabled" && s.upstream():
		// ssl-redirect means nothing to a host without spec.tls.
		set("force-ssl-redirect", "true", redirect)
	}
	if len(s.AllowCIDRs) > 0 {
		// Every version reads this name; allowlist-source-range is of 1.9.1, and an
		// older controller would let everybody in.
		set("whitelist-source-range", strings.Join(s.AllowCIDRs, ","), "ingress.allowCidrs")
	}
	if a := s.AccessLogs; a != nil {
		set("enable-access-log", strconv.FormatBool(a.State != "disabled"), "ingress.accessLogs.state")
	}
	s.issuer()
	s.ingress(ingressForm{class: s.classOr(class), secret: secret, tls: s.https})
}
