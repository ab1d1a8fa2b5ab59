package ingress

import (
	"maps"
	"slices"
	"strconv"
)

// albGatewayAPI is the version that every release with Gateway API serves; from
// 3.5.0 on the controller prefers v1, with the same fields.
const albGatewayAPI = "gateway.k8s.aws/v1beta1"

// gatewayALB are Application Load Balancers by Gateway API
// (docs/guide/gateway of AWS Load Balancer Controller v3.5.0). Annotations of
// Ingress mean nothing there; certificates stand in a LoadBalancerConfiguration,
// and a listener that names a Secret is not heard.
var gatewayALB = profile{
	controller: "gateway", implementation: "alb",
	title:  "AWS Load Balancer Controller with Gateway API",
	source: "docs/guide/gateway of AWS Load Balancer Controller v3.5.0",
	settings: gatewaySettings(
		setting{"scheme", "`LoadBalancerConfiguration`: scheme"},
		setting{"tls.acm", "`LoadBalancerConfiguration`; without ARNs the controller finds the certificate by host"},
		setting{"tls.certificateArns", "`defaultCertificate` and certificates of the listener HTTPS:443"},
		setting{"tls.policy", "`sslPolicy` of the listener HTTPS:443, TLS 1.2 and 1.3 by default"},
		setting{"timeout", "`loadBalancerAttributes`: `idle_timeout.timeout_seconds`, at most 4000"},
		setting{"healthCheck.path", "`healthCheckPath` of a TargetGroupConfiguration for each Service"},
		setting{"healthCheck.port", "`healthCheckPort`"},
		setting{"healthCheck.interval", "`healthCheckInterval`"},
		setting{"healthCheck.timeout", "`healthCheckTimeout`"},
		setting{"healthCheck.healthyThreshold", "`healthyThresholdCount`"},
		setting{"healthCheck.unhealthyThreshold", "`unhealthyThresholdCount`"},
		setting{"healthCheck.successCodes", "`httpCode`"},
		setting{"targetType", "`targetType`, ip by default; with instance the Services become NodePort"},
		setting{"loadBalancer.name", "`loadBalancerName`"},
		setting{"loadBalancer.attributes", "`loadBalancerAttributes`"},
		setting{"subnets", "`loadBalancerSubnets`"},
		setting{"securityGroups", "`securityGroups`, and `manageBackendSecurityGroupRules`"},
		setting{"allowCidrs", "`sourceRanges`"},
		setting{"wafPolicy", "`webACL`"},
		setting{"accessLogs.state", "`loadBalancerAttributes`: `access_logs.s3.enabled`"},
		setting{"accessLogs.bucket", "`loadBalancerAttributes`: `access_logs.s3.bucket`"},
		setting{"accessLogs.prefix", "`loadBalancerAttributes`: `access_logs.s3.prefix`"},
		setting{"tags", "`tags`"},
	),
	elsewhere: with(albElsewhere, map[string]string{
		"group.name": "routes that share a Gateway share its load balancer: gateway.parent",
	}),
	check: func(s *Spec, refuse func(field, message, hint string)) {
		checkALB(s, refuse)
		if s.Gateway.Parent != nil {
			refuseGiven(s, refuse, "belongs to the Gateway, which is somebody else's", "set it in that Gateway's LoadBalancerConfiguration", albOfGateway...)
		}
	},
	write: writeGatewayALB,
}

// albOfGateway are the fields that are written with the Gateway, not with the
// routes.
var albOfGateway = []string{
	"scheme", "timeout", "tls.policy", "loadBalancer.name", "loadBalancer.attributes", "subnets", "securityGroups", "allowCidrs",
	"wafPolicy", "accessLogs.state", "accessLogs.bucket", "accessLogs.prefix", "tags",
}

func writeGatewayALB(s *site) {
	form := gatewayForm{class: s.classOr("alb")}
	if s.Gateway.Parent == nil {
		form.infrastructure = map[string]any{"parametersRef": map[string]any{
			"group": "gateway.k8s.aws", "kind": "LoadBalancerConfiguration", "name": s.name,
		}}
		s.add(albGatewayAPI, "LoadBalancerConfiguration", s.name, nil, s.albConfiguration())
	} else {
		s.warn("ingress-timeout", "ingress.gateway.parent", "has an idle timeout of its own, 60 seconds by default: see that its LoadBalancerConfiguration sets idle_timeout.timeout_seconds to 600, or checking a connection ends in a 504")
	}
	for _, r := range s.backends() {
		s.policyFor(r, albGatewayAPI, "TargetGroupConfiguration", map[string]any{
			"targetReference":      map[string]any{"name": r.Service},
			"defaultConfiguration": s.albTargets(r),
		})
	}
	s.gateway(form)
}

// albConfiguration is what an Ingress says in annotations.
func (s *site) albConfiguration() map[string]any {
	spec := map[string]any{}
	text := func(key, value string) {
		if value != "" {
			spec[key] = value
		}
	}
	text("scheme", s.Scheme)
	if s.LoadBalancer != nil {
		text("loadBalancerName", s.LoadBalancer.Name)
	}
	attributes := albAttributes(s)
	var pairs []any
	for _, key := range slices.Sorted(maps.Keys(attributes)) {
		pairs = append(pairs, map[string]any{"key": key, "value": attributes[key]})
	}
	spec["loadBalancerAttributes"] = pairs
	if len(s.Subnets) > 0 {
		var subnets []any
		for _, id := range s.Subnets {
			subnets = append(subnets, map[string]any{"identifier": id})
		}
		spec["loadBalancerSubnets"] = subnets
	}
	if len(s.SecurityGroups) > 0 {
		spec["securityGroups"] = anyList(s.SecurityGroups)
		spec["manageBackendSecurityGroupRules"] = true
	}
	if len(s.AllowCIDRs) > 0 {
		spec["sourceRanges"] = anyList(s.AllowCIDRs)
	}
	if s.WAFPolicy != "" {
		spec["wafV2"] = map[string]any{"webACL": s.WAFPolicy}
	}
	if len(s.Tags) > 0 {
		spec["tags"] = anyMap(s.Tags)
	}
	if s.https {
		listener := map[string]any{"alpnPolicy": "None", "protocolPort": "HTTPS:443", "sslPolicy": albPolicy}
		if arns := s.TLS.CertificateARNs; len(arns) > 0 {
			listener["defaultCertificate"] = arns[0]
			if len(arns) > 1 {
				listener["certificates"] = anyList(arns[1:])
			}
		}
		if s.TLS.Policy != "" {
			listener["sslPolicy"] = s.TLS.Policy
		}
		spec["listenerConfigurations"] = []any{listener}
	}
	return spec
}

// albTargets are the target group of a route. The health check is taken whole,
// and its defaults are not those of an Ingress: 200-399 would take a redirect to
// a login page for an answer.
func (s *site) albTargets(r Route) map[string]any {
	p, h := s.probeOf(r), s.HealthCheck
	codes := "200"
	if h != nil && h.SuccessCodes != "" {
		codes = h.SuccessCodes
	}
	check := map[string]any{
		"healthCheckPath": p.Path, "healthCheckPort": "traffic-port", "healthCheckProtocol": "HTTP",
		"matcher": map[string]any{"httpCode": codes},
	}
	if p.Port != r.ContainerPort {
		check["healthCheckPort"] = strconv.Itoa(p.Port)
	}
	interval, timeout := albTimes(h)
	for _, f := range []struct {
		key string
		n   int
	}{
		{"healthCheckInterval", interval}, {"healthCheckTimeout", timeout},
		{"healthyThresholdCount", h.healthy()}, {"unhealthyThresholdCount", h.unhealthy()},
	} {
		if f.n > 0 {
			check[f.key] = f.n
		}
	}
	target := "ip"
	if s.TargetType != "" {
		target = s.TargetType
	}
	if target == "instance" {
		s.nodePort(r)
	}
	return map[string]any{"targetType": target, "protocol": "HTTP", "healthCheckConfig": check}
}
