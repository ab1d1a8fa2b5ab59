package ingress

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"k8s.io/apimachinery/pkg/util/validation"
)

const (
	traefikPrefix = "traefik.ingress.kubernetes.io/"
	traefikAPI    = "traefik.io/v1alpha1"
)

const traefikService = "an annotation of Traefik's Service (service.annotations of its chart)"

// traefik is Traefik v3 by Ingress (docs/content/reference/routing-configuration/
// kubernetes/ingress.md of v3.7.13). What an annotation cannot say stands in
// Middlewares and ServersTransports, for which its provider kubernetesCRD is on,
// as its chart has it.
var traefik = profile{
	controller: "traefik",
	title:      "Traefik",
	source:     "docs/content/reference/routing-configuration/kubernetes of Traefik v3.7.13",
	forwarded:  true,
	reads:      []*family{&traefikAnnotations},
	settings: []setting{
		{"className", "`ingressClassName`, traefik by default"},
		{"tls.secret", "`secretName` under spec.tls"},
		{"tls.secretName", "`secretName` under spec.tls"},
		{"tls.cert-manager", "`cert-manager.io/cluster-issuer` or issuer, and secretName under spec.tls"},
		{"tls.issuer.name", "`cert-manager.io/cluster-issuer`"},
		{"tls.issuer.kind", "`cert-manager.io/issuer` for an Issuer"},
		{"tls.controller", "`traefik.ingress.kubernetes.io/router.tls` without a Secret: the certificate of the TLSStore default"},
		{"tls.upstream", "`traefik.ingress.kubernetes.io/router.entrypoints`: web"},
		{"tls.policy", "`traefik.ingress.kubernetes.io/router.tls.options`: a TLSOption of the release's namespace, by name, or NAME@PROVIDER"},
		{"httpRedirect", "`redirectScheme` of a Middleware, on a second Ingress for the entry point web"},
		{"timeout", "`responseHeaderTimeout` of a ServersTransport, and service.serverstransport on the Services; where timeout is not set, Traefik waits for an answer as long as it takes"},
		{"maxBodySize", "`maxRequestBodyBytes` of a Middleware, which keeps requests and answers until they are whole; Traefik has no limit of its own"},
		{"allowCidrs", "`ipAllowList` of a Middleware; Traefik has to see the clients' own addresses"},
		{"accessLogs.state", "`traefik.ingress.kubernetes.io/router.observability.accesslogs`, from v3.3 on; whether there is a log at all is static configuration"},
	},
	elsewhere: proxyElsewhere("Traefik", "controller", traefikService, probesElsewhere("Traefik"), map[string]string{
		"scheme":      traefikService,
		"group.order": "the longest rule wins, whatever the order",
	}),
	check: checkTraefik,
	write: writeTraefik,
}

func checkTraefik(s *Spec, refuse func(field, message, hint string)) {
	for _, key := range slices.Sorted(maps.Keys(s.Annotations)) {
		// Traefik takes capitals for small letters, so that two spellings of one
		// name would be read in no certain order.
		if small := strings.ToLower(key); strings.HasPrefix(key, traefikPrefix) && small != key {
			refuse("annotations."+key, "has capitals, which mean nothing to Traefik", "write "+small)
		}
	}
	if s.TLS != nil && s.TLS.Policy != "" {
		why := traefikRef(s.TLS.Policy)
		if strings.Contains(s.TLS.Policy, "@") && why != "" || !strings.Contains(s.TLS.Policy, "@") && len(validation.IsDNS1123Subdomain(s.TLS.Policy)) > 0 {
			refuse("tls.policy", fmt.Sprintf("%q is no name of a TLSOption", s.TLS.Policy), "its name in the release's namespace, or NAME@PROVIDER")
		}
	}
}

func writeTraefik(s *site) {
	set := func(name, value, field string) { s.annotate(traefikPrefix+name, value, field) }
	// v3 has readTimeout 60s for all of an entry point (pkg/config/static), from
	// the first byte of a request to the last of its body. Answers have no limit.
	point := "web"
	if s.https {
		// spec.tls alone leaves plain http open (loadRouters of the provider).
		point = "websecure"
		set("router.tls", "true", "ingress.tls.type")
	}
	// Entry points may have other names.
	set("router.entrypoints", point, "")
	s.warn("ingress-timeout", "ingress.controller", fmt.Sprintf("Traefik cuts a request that takes more than 60 seconds to arrive, and no Ingress can change that: "+
		"set entryPoints.%[1]s.transport.respondingTimeouts.readTimeout in its static configuration, ports.%[1]s.transport.respondingTimeouts.readTimeout of its chart, to %[2]ds", point, seconds(s.timeout())))
	if s.upstream() {
		loop := ""
		if s.HTTPRedirect == "enabled" {
			loop = ", and redirects it to https again and again"
		}
		s.warn("ingress-forwarded", "ingress.tls.type", "TLS ends before Traefik: without forwardedHeaders.trustedIPs of the entry point web it takes each request for http, tells Airbyte so"+loop)
	}
	if s.TLS != nil && s.TLS.Policy != "" {
		set("router.tls.options", s.traefikOptions(), "ingress.tls.policy")
	}
	if a := s.AccessLogs; a != nil {
		set("router.observability.accesslogs", fmt.Sprint(a.State != "disabled"), "ingress.accessLogs.state")
	}
	s.traefikMiddlewares()
	if s.Timeout != "" {
		s.traefikTimeout()
	}
	if _, own := s.Annotations[traefikPrefix+"router.priority"]; own && len(s.routes) > 1 {
		s.refuse("ingress.annotations."+traefikPrefix+"router.priority", "is one number for all paths: / would be as near as "+elementPath(s.routes[0]), "leave it out, the longest rule wins")
	}
	s.issuer()
	secret, _ := s.certificateSecret()
	class := s.classOr("traefik")
	// A Prefix is a PathPrefix, letter by letter, unless strictPrefixMatching is on
	// (v3.5; pkg/provider/kubernetes/ingress); with it, the slash at the end means
	// nothing.
	s.ingress(ingressForm{class: class, path: elementPath, secret: secret, tls: s.https && secret != ""})
	if s.redirects() {
		s.traefikRedirect(class)
	}
}

// traefikMiddlewares adds what a request passes on its way, and the user's own
// behind.
func (s *site) traefikMiddlewares() {
	const key = traefikPrefix + "router.middlewares"
	var chain []string
	field := ""
	add := func(name, setting string, spec map[string]any) {
		chain, field = append(chain, s.traefikMiddleware(name, spec)), setting
	}
	if len(s.AllowCIDRs) > 0 {
		add("allow", "ingress.allowCidrs", map[string]any{"ipAllowList": map[string]any{"sourceRange": anyList(s.AllowCIDRs)}})
	}
	if s.upstream() && s.HTTPRedirect == "enabled" {
		add("redirect", "ingress.httpRedirect", traefikToHTTPS)
	}
	if n := s.bodySize(); n > 0 {
		add("body", "ingress.maxBodySize", map[string]any{"buffering": map[string]any{"maxRequestBodyBytes": int(n)}})
	}
	if len(chain) == 0 {
		return
	}
	s.traefikNames()
	if own := s.Annotations[key]; own != "" {
		chain = append(chain, own)
		s.Annotations = maps.Clone(s.Annotations)
		s.Annotations[key] = strings.Join(chain, ",")
	}
	s.annotate(key, strings.Join(chain, ","), field)
}

// traefikToHTTPS answers 301 to GET, and 308 to the others.
var traefikToHTTPS = map[string]any{"redirectScheme": map[string]any{"scheme": "https", "permanent": true}}

// traefikMiddleware adds a Middleware and returns how an Ingress names it.
func (s *site) traefikMiddleware(name string, spec map[string]any) string {
	s.add(traefikAPI, "Middleware", s.name+"-"+name, nil, spec)
	return s.traefikName(s.name + "-" + name)
}

// traefikName is what the provider kubernetesCRD calls an object of the
// release's namespace (pkg/provider/kubernetes/crd/name_builder.go): runs of what
// is neither letter nor digit become a dash.
func (s *site) traefikName(name string) string {
	words := strings.FieldsFunc(s.release.Namespace+"-"+name, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	return strings.Join(words, "-") + "@kubernetescrd"
}

// traefikNames says what no object of the cluster tells. The redirect depends on
// it too, but nothing is lost without it.
func (s *site) traefikNames() {
	for _, f := range s.findings {
		if f.Code == "ingress-names" {
			return
		}
	}
	s.warn("ingress-names", "ingress.controller", "the objects beside the Ingress are named NAMESPACE-NAME@kubernetescrd: see that providers.kubernetesCRD.safeNaming of Traefik is not on (v3.7.11, off by default), or it finds none of them and leaves out what names them")
}

// traefikOptions names a TLSOption. Unlike other names it is written as it is;
// one that is called default is default in all namespaces.
func (s *site) traefikOptions() string {
	policy := s.TLS.Policy
	if policy == "default" || strings.Contains(policy, "@") {
		return policy
	}
	s.traefikNames()
	return s.release.Namespace + "-" + policy + "@kubernetescrd"
}

// traefikTimeout limits the time to an answer's first byte, which is not limited
// otherwise. Only a Service can name a ServersTransport.
func (s *site) traefikTimeout() {
	s.traefikNames()
	s.add(traefikAPI, "ServersTransport", s.name, nil, map[string]any{
		"forwardingTimeouts": map[string]any{"responseHeaderTimeout": fmt.Sprintf("%ds", seconds(s.timeout()))},
	})
	for _, r := range s.backends() {
		s.annotateService(r, traefikPrefix+"service.serverstransport", s.traefikName(s.name))
	}
}

// traefikRedirect adds an Ingress on the entry point for http. It needs a backend
// with ready Pods, although no request gets there. The paths that cert-manager
// is asked for over http are longer, and win.
func (s *site) traefikRedirect(class string) {
	notes := map[string]string{
		traefikPrefix + "router.entrypoints": "web",
		traefikPrefix + "router.middlewares": s.traefikMiddleware("redirect", traefikToHTTPS),
	}
	s.rootIngress(s.name+"-redirect", class, notes)
}
