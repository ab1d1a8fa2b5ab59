package ingress

import (
	"strconv"
	"strings"
)

const f5Prefix = "nginx.org/"

var f5 = profile{
	controller: "f5-nginx",
	title:      "F5 NGINX Ingress Controller",
	source:     "content/nic of nginx/documentation, for v5.5.4",
	forwarded:  true,
	reads:      []*family{&f5Annotations, &f5PlusAnnotations, &f5ProtectAnnotations, &f5DoSAnnotations},
	settings: []setting{
		{"className", "`ingressClassName`, nginx by default"},
		{"tls.secret", "`secretName` under spec.tls"},
		{"tls.secretName", "`secretName` under spec.tls"},
		{"tls.cert-manager", "`cert-manager.io/cluster-issuer` or issuer, secretName under spec.tls, and acme.cert-manager.io/http01-edit-in-place"},
		{"tls.issuer.name", "`cert-manager.io/cluster-issuer`"},
		{"tls.issuer.kind", "`cert-manager.io/issuer` for an Issuer"},
		{"tls.controller", "`hosts` under spec.tls, without a Secret: -wildcard-tls-secret of the controller, which refuses TLS where it has none"},
		{"tls.upstream", "`nginx.org/redirect-to-https`, which also tells Airbyte that people came by https"},
		{"httpRedirect", "`nginx.org/ssl-redirect`, which is read from 5.4.0 on; below, the redirect is always on"},
		{"timeout", "`nginx.org/proxy-read-timeout` and proxy-send-timeout"},
		{"maxBodySize", "`nginx.org/client-max-body-size`, in whole mebibytes, 10m by default"},
		{"allowCidrs", "`nginx.org/policies` and a Policy, from 5.4.0 on: an older controller ignores it and lets everybody in; the controller has to see the clients' own addresses"},
	},
	elsewhere: proxyElsewhere("NGINX", "controller", nginxService, probesElsewhere("NGINX"), map[string]string{
		"scheme":           nginxService,
		"accessLogs.state": "access-log-off in the controller's ConfigMap, for all Ingresses",
		"tls.policy":       "ssl-protocols and ssl-ciphers in the controller's ConfigMap, or the annotation nginx.org/ssl-ciphers",
	}),
	write: writeF5,
}

// writeF5 follows advanced-configuration-with-annotations.md of the controller's
// documentation (nginx/documentation, content/nic).
func writeF5(s *site) {
	set := func(name, value, field string) { s.annotate(f5Prefix+name, value, field) }
	timeout := strconv.Itoa(seconds(s.timeout())) + "s"
	set("proxy-read-timeout", timeout, "ingress.timeout")
	set("proxy-send-timeout", timeout, "ingress.timeout")
	set("client-max-body-size", s.bodyOr10m(), ifSet(s.MaxBodySize, "ingress.maxBodySize"))
	redirect := ifSet(s.HTTPRedirect, "ingress.httpRedirect")
	switch {
	case s.https:
		set("ssl-redirect", strconv.FormatBool(s.redirects()), redirect)
	case s.upstream():
		// Without it NGINX says X-Forwarded-Proto: http, whatever came in
		// (internal/configs/version1/nginx.ingress.tmpl). It redirects none but those
		// whom the load balancer before it marks with http.
		set("redirect-to-https", strconv.FormatBool(s.HTTPRedirect != "disabled"), redirect)
	}
	class := s.classOr("nginx")
	if len(s.AllowCIDRs) > 0 {
		s.add("k8s.nginx.org/v1", "Policy", s.name, nil, map[string]any{
			// Without a class every F5 controller of the cluster takes it.
			"ingressClassName": class,
			"accessControl":    map[string]any{"allow": anyList(s.AllowCIDRs)},
		})
		set("policies", s.name, "ingress.allowCidrs")
	}
	s.issuer()
	if s.TLS != nil && s.TLS.Type == "cert-manager" {
		// One host belongs to one Ingress, the older one: that of cert-manager's
		// challenge would get no requests (cert-manager docs, usage/ingress).
		s.annotate("acme.cert-manager.io/http01-edit-in-place", "true", "")
	}
	secret, _ := s.certificateSecret()
	s.ingress(ingressForm{class: class, path: elementPath, secret: secret, tls: s.https})
}

// elementPath is the path of a route for controllers that take a Prefix as the
// beginning of a text (F5: internal/configs/ingress.go, generateIngressPath, which
// writes it into the location as it is): /api/v1/connector_builder would send
// /api/v1/connector_builder_projects to the connector builder, which the server
// answers, and /auth would send /auth_flow, a page of Airbyte's own, to Keycloak.
// All that those two answer lies below the slash.
func elementPath(r Route) string { return strings.TrimSuffix(r.Path, "/") + "/" }
