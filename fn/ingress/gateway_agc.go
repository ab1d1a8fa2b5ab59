package ingress

import (
	"fmt"
	"slices"
)

// gatewayAGC is Application Gateway for Containers by Gateway API
// (learn.microsoft.com/azure/application-gateway/for-containers,
// api-specification-kubernetes). timeouts of a rule are heard from ALB
// Controller 1.11.1 on, and the add-on of AKS is 1.10 up to Kubernetes 1.35; a
// RoutePolicy is heard by all, and both together are a conflict.
var gatewayAGC = profile{
	controller: "gateway", implementation: "agc",
	title:  "Application Gateway for Containers by Gateway API",
	source: "learn.microsoft.com/azure/application-gateway/for-containers/api-specification-kubernetes; ALB Controller 1.10 to 1.12",
	reads:  []*family{&agcAnnotations},
	settings: gatewaySettings(append([]setting{
		{"tls.policy", "`policyType` of a FrontendTLSPolicy: 2023-06 or 2023-06-S"},
		{"timeout", "`routeTimeout` of a RoutePolicy"},
		{"loadBalancer.name", "`alb.networking.azure.io/alb-name`: an ApplicationLoadBalancer"},
		{"loadBalancer.namespace", "`alb.networking.azure.io/alb-namespace`"},
		{"loadBalancer.id", "`alb.networking.azure.io/alb-id`: a resource of your own"},
		{"loadBalancer.frontend", "`alb.networking.azure.io/alb-frontend` under addresses, with an id"},
		{"wafPolicy", "`WebApplicationFirewallPolicy`: a WAF policy, by resource id"},
	}, slices.Concat(agcHealthSettings, certificateSettings)...)...),
	elsewhere: with(agcElsewhere, map[string]string{
		"allowCidrs": "write a rule of a WAF policy, and name it in wafPolicy",
		"group.name": "routes that share a Gateway share its frontend: gateway.parent",
	}),
	check: checkGatewayAGC,
	write: writeGatewayAGC,
}

// agcPolicies are the predefined TLS policies (for-containers/tls-policy).
var agcPolicies = []string{"2023-06", "2023-06-S"}

func checkGatewayAGC(s *Spec, refuse func(field, message, hint string)) {
	checkWAFPolicyID(s, refuse)
	if s.TLS != nil && s.TLS.Policy != "" && !slices.Contains(agcPolicies, s.TLS.Policy) {
		refuse("tls.policy", fmt.Sprintf("is %q, want 2023-06 or 2023-06-S", s.TLS.Policy), "")
	}
	p := s.Gateway.Parent
	if p == nil {
		checkAGC(s, refuse)
		if l := s.LoadBalancer; l != nil && l.ID == "" && l.Frontend != "" {
			refuse("loadBalancer.frontend", "means nothing to an ApplicationLoadBalancer: the controller makes a frontend for each Gateway", "leave it out")
		}
		return
	}
	refuseGiven(s, refuse, ofParent(p), "set it there", "tls.policy",
		"loadBalancer.name", "loadBalancer.namespace", "loadBalancer.id", "loadBalancer.frontend", "loadBalancer.address", "loadBalancer.attributes")
}

func writeGatewayAGC(s *site) {
	form := gatewayForm{class: s.classOr(agcClass), certificates: true}
	if s.Gateway.Parent == nil {
		s.agcResource()
		if l := s.LoadBalancer; l.Frontend != "" {
			form.addresses = []any{map[string]any{"type": agcPrefix + "alb-frontend", "value": l.Frontend}}
		}
	}
	s.gateway(form)
	ref := s.agcRef("HTTPRoute")
	s.add(agcAPI, "RoutePolicy", s.name, nil, map[string]any{
		"targetRef": ref, "default": map[string]any{"timeouts": map[string]any{"routeTimeout": s.agcSeconds()}},
	})
	if s.https && s.TLS.Policy != "" {
		ref := s.agcRef("Gateway")
		var sections []any
		for i := range s.hosts {
			sections = append(sections, listenerName(i))
		}
		ref["sectionNames"] = sections
		s.add(agcAPI, "FrontendTLSPolicy", s.name, nil, map[string]any{
			"targetRef": ref, "default": map[string]any{"policyType": map[string]any{"type": "predefined", "name": s.TLS.Policy}},
		})
	}
	if s.WAFPolicy != "" {
		// On the HTTPRoute, since the Gateway may be somebody else's.
		s.add(agcAPI, "WebApplicationFirewallPolicy", s.name, nil, map[string]any{
			"targetRef": ref, "webApplicationFirewall": map[string]any{"id": s.WAFPolicy},
		})
	}
	for _, r := range s.backends() {
		s.agcHealth(r)
	}
}

// agcRef refers to the object of that kind that is ours.
func (s *site) agcRef(kind string) map[string]any {
	return map[string]any{
		"group": "gateway.networking.k8s.io", "kind": kind, "name": s.name, "namespace": s.release.Namespace,
	}
}
