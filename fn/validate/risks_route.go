package validate

import (
	"cmp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// classes reports fronts that go to another controller or load balancer.
func (r *review) classes() {
	for p := range r.changed() {
		switch p.id.Kind {
		case "Ingress":
			was, is := classOf(p.was), classOf(p.is)
			if was != is && reach(p.was) == reach(p.is) { // the other case is said by exposure
				r.warn(p.id, "route-class", "spec.ingressClassName", "was %s, is %s: another controller, or another load balancer of its, takes it, and the address changes: DNS has to follow", orNone(was), orNone(is))
			}
			const group, name = "alb.ingress.kubernetes.io/group.name", "alb.ingress.kubernetes.io/load-balancer-name"
			for _, key := range []string{group, name} {
				if a, b := annotation(p.was, key), annotation(p.is, key); a != b {
					r.warn(p.id, "route-class", annotationPath(key), "was %s, is %s: another load balancer takes it, and the address changes: DNS has to follow", orNone(a), orNone(b))
				}
			}
		case "Gateway":
			was, is := text(p.old("spec", "gatewayClassName")), text(p.new("spec", "gatewayClassName"))
			if was != is && !(reach(p.was) == internal && reach(p.is) == public) {
				r.warn(p.id, "route-class", "spec.gatewayClassName", "was %s, is %s: another controller takes it, and the address changes: DNS has to follow", orNone(was), orNone(is))
			}
		case "HTTPRoute", "GRPCRoute":
			was, is := parents(p.was), parents(p.is)
			for _, parent := range was {
				if !slices.Contains(is, parent) {
					r.warn(p.id, "route-class", "spec.parentRefs", "no longer joins %s: who comes in there does not get here", parent)
				}
			}
		}
	}
}

func classOf(n *yaml.RNode) string {
	return cmp.Or(text(at(n, "spec", "ingressClassName")), annotation(n, "kubernetes.io/ingress.class"))
}

// orNone is a value in a message, or that there is none.
func orNone(s string) string { return cmp.Or(shown(s), "not given") }

// parents are what a route joins, by kind and name, and by namespace where that is
// another one.
func parents(n *yaml.RNode) []string {
	var all []string
	for _, ref := range manifest.Items(at(n, "spec", "parentRefs")) {
		kind := manifest.Text(ref, "kind")
		if kind == "" {
			kind = "Gateway"
		}
		parent := kind + "/" + manifest.Text(ref, "name")
		if namespace := manifest.Text(ref, "namespace"); namespace != "" && namespace != manifest.IDOf(n).Namespace {
			parent += " of " + namespace
		}
		all = append(all, parent)
	}
	return all
}

// certificates are annotations of an Ingress that bring it a certificate.
var certificates = []string{
	"alb.ingress.kubernetes.io/certificate-arn", "alb.ingress.kubernetes.io/create-acm-cert",
	"networking.gke.io/managed-certificates", "networking.gke.io/certmap", "ingress.gcp.kubernetes.io/pre-shared-cert",
	"appgw.ingress.kubernetes.io/appgw-ssl-certificate", "kubernetes.azure.com/tls-cert-keyvault-uri",
	"traefik.ingress.kubernetes.io/router.tls",
}

// redirects are annotations that answer http with a redirect to https.
var redirects = []string{
	"alb.ingress.kubernetes.io/ssl-redirect", "appgw.ingress.kubernetes.io/ssl-redirect",
	"nginx.ingress.kubernetes.io/ssl-redirect", "nginx.ingress.kubernetes.io/force-ssl-redirect",
	"nginx.org/ssl-redirect", "nginx.org/redirect-to-https", "ingress.kubernetes.io/ssl-redirect", "networking.gke.io/v1beta1.FrontendConfig",
}

// encryption reports fronts that took https and take http alone, and those that no
// longer send http there.
func (r *review) encryption() {
	for p := range r.changed() {
		switch p.id.Kind {
		case "Ingress":
			if encrypted(p.was) && !encrypted(p.is) {
				r.error(p.id, "tls-dropped", "spec.tls", "has neither a certificate nor an https listener any more: logins and data travel in clear, or nobody gets in")
				continue
			}
			for _, key := range redirects {
				if a, b := annotation(p.was, key), annotation(p.is, key); on(a) && !on(b) && !slices.ContainsFunc(redirects, func(other string) bool { return on(annotation(p.is, other)) }) {
					r.warn(p.id, "redirect-dropped", annotationPath(key), "no longer sends http to https: who comes by http stays there")
				}
			}
		case "Gateway":
			if encrypted(p.was) && !encrypted(p.is) {
				r.error(p.id, "tls-dropped", "spec.listeners", "has no https listener any more: logins and data travel in clear, or nobody gets in")
			}
		}
	}
	is := redirecting(r.is)
	var said []manifest.ID
	for _, was := range redirecting(r.was) {
		here := func(id manifest.ID) bool { return sameNamespace(id, was) }
		if slices.ContainsFunc(is, here) || slices.ContainsFunc(said, here) || !slices.ContainsFunc(r.is, func(n *yaml.RNode) bool { return isRoute(manifest.IDOf(n)) && here(manifest.IDOf(n)) }) {
			continue
		}
		said = append(said, was)
		r.warn(was, "redirect-dropped", "spec.rules", "no longer sends http to https, and no other route does: who comes by http stays there, or finds nobody")
	}
}

func isRoute(id manifest.ID) bool { return id.Kind == "HTTPRoute" }

// redirecting are the routes that send to https.
func redirecting(s manifest.Set) []manifest.ID {
	var all []manifest.ID
	for _, n := range s {
		id := manifest.IDOf(n)
		if !isRoute(id) {
			continue
		}
		for _, rule := range manifest.Items(at(n, "spec", "rules")) {
			if slices.ContainsFunc(manifest.Items(manifest.Field(rule, "filters")), func(f *yaml.Node) bool {
				return manifest.Text(manifest.Field(f, "requestRedirect"), "scheme") == "https"
			}) {
				all = append(all, id)
				break
			}
		}
	}
	return all
}

func on(s string) bool { return s != "" && s != "false" }

// encrypted reports whether a front takes https.
func encrypted(n *yaml.RNode) bool {
	if manifest.IDOf(n).Kind == "Gateway" {
		return slices.ContainsFunc(manifest.Items(at(n, "spec", "listeners")), func(l *yaml.Node) bool {
			return manifest.Text(l, "protocol") == "HTTPS" || manifest.Text(l, "protocol") == "TLS"
		})
	}
	return len(manifest.Items(at(n, "spec", "tls"))) > 0 ||
		strings.Contains(annotation(n, "alb.ingress.kubernetes.io/listen-ports"), `"HTTPS"`) ||
		slices.ContainsFunc(certificates, func(key string) bool { return on(annotation(n, key)) })
}
