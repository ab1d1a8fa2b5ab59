package ingress

import (
	"fmt"
	"strconv"
	"time"
)

const ngfAPI = "gateway.nginx.org/"

var gatewayNGINX = profile{
	controller: "gateway", implementation: "nginx",
	title:  "NGINX Gateway Fabric",
	source: "content/ngf of nginx/documentation, for v2.6.7",
	settings: gatewaySettings(append([]setting{
		{"timeout", "`ProxySettingsPolicy`: timeout.read and timeout.send, which needs 2.6"},
		{"maxBodySize", "`ClientSettingsPolicy`: body.maxSize, in whole mebibytes, 10m by default"},
		{"allowCidrs", "`loadBalancerSourceRanges` of the Gateway's Service, by a NginxProxy of the Gateway's own, which stands before that of the class; a load balancer has to honour them"},
		{"accessLogs.state", "`accessLog` of a NginxProxy of the Gateway's own, which stands before that of the class"},
	}, certificateSettings...)...),
	elsewhere: proxyElsewhere("NGINX", "controller", "an annotation of the Gateway's Service: kubernetes.service of the class's NginxProxy", probesElsewhere("NGINX"), map[string]string{
		"scheme":     "an annotation of the cloud's on the Gateway's Service: kubernetes.service of the class's NginxProxy",
		"group.name": "gateway.parent shares a Gateway",
		"tls.policy": "ssl-protocols and ssl-ciphers under tls.options of a listener, on a Gateway of your own: gateway.parent",
	}),
	check: checkGatewayNGINX,
	write: writeGatewayNGINX,
}

func checkGatewayNGINX(s *Spec, refuse func(field, message, hint string)) {
	if p := s.Gateway.Parent; p != nil {
		refuseGiven(s, refuse, fmt.Sprintf("means nothing to a Gateway that exists, %s", p.Name), "set it in the NginxProxy of that Gateway", "allowCidrs", "accessLogs.state")
	}
}

// writeGatewayNGINX follows content/ngf of nginx/documentation and the CRDs of
// release 2.6. Timeouts of an HTTPRoute are not among what NGINX Gateway Fabric
// supports (overview/gateway-api-compatibility.md): it ignores them, and NGINX
// hangs up after its own 60 seconds.
func writeGatewayNGINX(s *site) {
	if s.upstream() {
		// X-Forwarded-Proto is the scheme of the connection, whatever came in
		// (internal/controller/nginx/config/servers.go).
		s.warn("ingress-forwarded", "ingress.tls.type", "TLS ends before NGINX Gateway Fabric, which takes each request for http and tells Airbyte so")
	}
	form := gatewayForm{class: s.classOr("nginx"), certificates: true}
	if proxy := s.nginxProxy(); proxy != nil {
		s.add(ngfAPI+"v1alpha2", "NginxProxy", s.name, nil, proxy)
		form.infrastructure = map[string]any{
			"parametersRef": map[string]any{"group": "gateway.nginx.org", "kind": "NginxProxy", "name": s.name},
		}
	}
	s.gateway(form)
	route := map[string]any{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": s.name}
	s.add(ngfAPI+"v1alpha1", "ClientSettingsPolicy", s.name, nil, map[string]any{
		"targetRef": route,
		"body":      map[string]any{"maxSize": s.shortSize()},
	})
	timeout := shortTime(s.timeout())
	s.add(ngfAPI+"v1alpha1", "ProxySettingsPolicy", s.name, nil, map[string]any{
		"targetRefs": []any{route},
		"timeout":    map[string]any{"read": timeout, "send": timeout},
	})
}

// nginxProxy is what the Gateway's own NginxProxy says; nil where it has none.
func (s *site) nginxProxy() map[string]any {
	spec := map[string]any{}
	if len(s.AllowCIDRs) > 0 {
		spec["kubernetes"] = map[string]any{"service": map[string]any{"loadBalancerSourceRanges": anyList(s.AllowCIDRs)}}
	}
	if a := s.AccessLogs; a != nil {
		spec["logging"] = map[string]any{"accessLog": map[string]any{"disable": a.State == "disabled"}}
	}
	if len(spec) == 0 {
		return nil
	}
	return spec
}

// shortTime is a time in at most four digits, the grammar of the CRDs
// ([0-9]{1,4}(ms|s|m|h)?), rounded up where it has to be.
func shortTime(d time.Duration) string {
	n := seconds(d)
	for _, unit := range []string{"s", "m"} {
		if n <= 9999 {
			return strconv.Itoa(n) + unit
		}
		n = (n + 59) / 60
	}
	return strconv.Itoa(n) + "h"
}

// shortSize is the largest body in at most four digits: \d{1,4}(k|m|g)?, small
// letters alone.
func (s *site) shortSize() string {
	if n := s.bodySize(); n > 9999<<20 {
		return strconv.FormatInt((n+1<<30-1)>>30, 10) + "g"
	}
	return s.bodyOr10m()
}
