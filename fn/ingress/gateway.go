package ingress

import (
	"fmt"
	"slices"
	"strconv"
)

const gatewayAPI = "gateway.networking.k8s.io/v1"

// gatewayForm is what differs between implementations of Gateway API.
type gatewayForm struct {
	// class is the GatewayClass.
	class string
	// certificates says that listeners name the Secret of the certificate.
	certificates bool
	// options are under tls of the https listeners.
	options map[string]string
	// infrastructure and addresses are those of the Gateway's spec.
	infrastructure map[string]any
	addresses      []any
	// timeouts says that timeouts of the rules are honoured.
	timeouts bool
	// oneListener says that all hosts are on one https listener, without a name.
	oneListener bool
	// named gives the rules names (ruleName), for policies of one rule.
	named bool
	// secret is the Secret that somebody makes for a listener, by its name.
	secret func(listener string) map[string]any
}

// What the API server adds by default inside lists is written out, here and in
// the policies: Argo CD compares lists as a whole and would never be in sync.

// gateway adds the Gateway, unless there is one, and the HTTPRoutes: one that
// leads to Airbyte, one that redirects.
func (s *site) gateway(f gatewayForm) {
	parent := s.Gateway.Parent
	var serving []string
	var routeNotes map[string]string
	plain := "http"
	if parent == nil {
		s.issuer()
		serving = s.listeners(f)
	} else {
		routeNotes = s.merged()
		if s.https && parent.SectionName == "" {
			s.warn("ingress-listener", "ingress.gateway.parent", "names no listener: where the Gateway has one for http too, Airbyte is served there as well; name the one for https as sectionName")
		}
		serving, plain = []string{parent.SectionName}, parent.HTTPSection
	}
	s.add(gatewayAPI, "HTTPRoute", s.name, routeNotes, map[string]any{
		"parentRefs": s.parents(serving...),
		"hostnames":  anyList(s.hosts),
		"rules":      s.rules(f),
	})
	if !s.redirects() || plain == "" {
		return
	}
	s.add(gatewayAPI, "HTTPRoute", s.name+"-redirect", nil, map[string]any{
		"parentRefs": s.parents(plain),
		"hostnames":  anyList(s.hosts),
		"rules": []any{map[string]any{
			"matches": []any{pathPrefix(rootPath)},
			"filters": []any{map[string]any{
				"type":            "RequestRedirect",
				"requestRedirect": map[string]any{"scheme": "https", "statusCode": 301},
			}},
		}},
	})
}

// listeners adds the Gateway, with an https listener for each host, since
// cert-manager wants its name, and returns the names of those that serve Airbyte.
func (s *site) listeners(f gatewayForm) []string {
	same := map[string]any{"namespaces": map[string]any{"from": "Same"}}
	var all []any
	if !s.https || s.redirects() {
		all = append(all, map[string]any{"name": "http", "port": 80, "protocol": "HTTP", "allowedRoutes": same})
	}
	serving := []string{"http"}
	if s.https {
		serving = nil
		for i, host := range s.hosts {
			name := listenerName(i)
			serving = append(serving, name)
			listener := map[string]any{"name": name, "port": 443, "protocol": "HTTPS", "allowedRoutes": same}
			if !f.oneListener {
				listener["hostname"] = host
			}
			if tls := s.listenerTLS(f, name); tls != nil {
				listener["tls"] = tls
			}
			all = append(all, listener)
			if f.oneListener {
				break
			}
		}
	}
	spec := map[string]any{"gatewayClassName": f.class, "listeners": all}
	if f.infrastructure != nil {
		spec["infrastructure"] = f.infrastructure
	}
	if f.addresses != nil {
		spec["addresses"] = f.addresses
	}
	s.add(gatewayAPI, "Gateway", s.name, s.merged(), spec)
	return serving
}

// listenerName is the name of the https listener of a host, by its place.
func listenerName(i int) string {
	if i == 0 {
		return "https"
	}
	return "https-" + strconv.Itoa(i+1)
}

func (s *site) listenerTLS(f gatewayForm, listener string) map[string]any {
	tls := map[string]any{"mode": "Terminate"}
	name, ok := s.certificateSecret()
	switch {
	case f.secret != nil:
		tls["certificateRefs"] = []any{f.secret(listener)}
	case ok && f.certificates:
		tls["certificateRefs"] = []any{map[string]any{"group": "", "kind": "Secret", "name": name}}
	case len(f.options) == 0:
		return nil
	}
	if len(f.options) > 0 {
		tls["options"] = anyMap(f.options)
	}
	return tls
}

// parents are references to listeners of the Gateway.
func (s *site) parents(sections ...string) []any {
	var all []any
	for _, section := range sections {
		ref := map[string]any{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": s.name}
		if p := s.Gateway.Parent; p != nil {
			ref["name"] = p.Name
			if p.Namespace != "" {
				ref["namespace"] = p.Namespace
			}
		}
		if section != "" {
			ref["sectionName"] = section
		}
		all = append(all, ref)
	}
	return all
}

func (s *site) rules(f gatewayForm) []any {
	var all []any
	for i, r := range s.routes {
		rule := map[string]any{
			"matches":     []any{pathPrefix(r.Path)},
			"backendRefs": []any{map[string]any{"group": "", "kind": "Service", "name": r.Service, "port": r.Port, "weight": 1}},
		}
		if f.timeouts {
			// GEP-1742: backendRequest may not be longer than request.
			t := strconv.Itoa(seconds(s.timeout())) + "s"
			rule["timeouts"] = map[string]any{"request": t, "backendRequest": t}
		}
		if f.named {
			rule["name"] = s.ruleName(i)
		}
		all = append(all, rule)
	}
	return all
}

func pathPrefix(path string) map[string]any {
	return map[string]any{"path": map[string]any{"type": "PathPrefix", "value": path}}
}

// ruleName is the name of the rule of a route, by its place: what answers, with a
// number where several paths lead there.
func (s *site) ruleName(i int) string {
	name, n := s.routes[i].Component, 1
	for _, r := range s.routes[:i] {
		if r.Component == name {
			n++
		}
	}
	if n > 1 {
		name += "-" + strconv.Itoa(n)
	}
	return name
}

// policyFor adds an object of an implementation's own that is attached to a
// Service, and is named like it.
func (s *site) policyFor(r Route, apiVersion, kind string, spec map[string]any) {
	s.add(apiVersion, kind, r.Service, nil, spec)
}

// gatewaySettings are the fields that Gateway API itself has.
func gatewaySettings(more ...setting) []setting {
	return append([]setting{
		{"className", "`gatewayClassName`"},
		{"httpRedirect", "an HTTPRoute with a `requestRedirect` on the listener `http`"},
		{"tls.upstream", "no listener for https"},
		{"tls.controller", "TLS is the Gateway's own business (with gateway.parent)"},
		{"gateway.parent.name", "`parentRefs`; no Gateway is made"},
		{"gateway.parent.namespace", "`parentRefs`"},
		{"gateway.parent.sectionName", "`sectionName`"},
		{"gateway.parent.httpSectionName", "`sectionName` of the HTTPRoute that redirects"},
	}, more...)
}

// certificateSettings are for implementations whose listeners name a Secret.
var certificateSettings = []setting{
	{"tls.secret", "`certificateRefs`"},
	{"tls.secretName", "`certificateRefs`"},
	{"tls.cert-manager", "`cert-manager.io/cluster-issuer` or issuer on the Gateway, and `certificateRefs`"},
	{"tls.issuer.name", "`cert-manager.io/cluster-issuer`"},
	{"tls.issuer.kind", "`cert-manager.io/issuer` for an Issuer"},
}

// refuseGiven refuses those of some fields that are given: with a Gateway that
// exists, what would be written with it.
func refuseGiven(s *Spec, refuse func(field, message, hint string), message, hint string, fields ...string) {
	for _, field := range given(s) {
		if slices.Contains(fields, field) {
			refuse(field, message, hint)
		}
	}
}

// ofParent says of a field that it is decided where the Gateway is made.
func ofParent(p *Parent) string {
	return fmt.Sprintf("belongs to the Gateway, and that is %s, which exists", p.Name)
}

var gatewayOther = profile{
	controller: "gateway", implementation: "other",
	title:  "Gateway API",
	source: "gateway-api.sigs.k8s.io, standard channel of v1.6.3",
	settings: gatewaySettings(append([]setting{
		{"timeout", "`timeouts` of each rule; whether they are honoured depends on the implementation"},
	}, certificateSettings...)...),
	check: func(s *Spec, refuse func(field, message, hint string)) {
		if s.Gateway.Parent == nil && s.ClassName == "" {
			refuse("className", "is missing: which GatewayClass is it?", "kubectl get gatewayclass lists them")
		}
	},
	write: func(s *site) {
		s.gateway(gatewayForm{class: s.ClassName, certificates: true, timeouts: true})
	},
}
