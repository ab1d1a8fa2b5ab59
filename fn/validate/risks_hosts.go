package validate

import (
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// gateways is the group of Gateway API.
const gateways = "gateway.networking.k8s.io"

// isFront reports whether an object is what people come in by.
func isFront(id manifest.ID) bool {
	switch id.Kind {
	case "Ingress", "Gateway", "HTTPRoute", "GRPCRoute", "TLSRoute", "IngressRoute", "VirtualServer":
		return true
	}
	return false
}

// matcher is what Traefik matches of a host (doc.traefik.io, routing/routers: rule).
var (
	matcher = regexp.MustCompile(`(!?)\bHost(Regexp|SNI|SNIRegexp)?\(([^)]*)\)`)
	quoted  = regexp.MustCompile("[`\"]([^`\"]*)[`\"]")
)

// hostsOf are the hosts that a front serves as far as it says so itself; "" is any.
// Where nobody can tell, as of a regular expression, that is any as well.
func hostsOf(n *yaml.RNode) []string {
	var hosts []string
	switch manifest.IDOf(n).Kind {
	case "Ingress":
		rules := manifest.Items(at(n, "spec", "rules"))
		for _, rule := range rules {
			hosts = append(hosts, manifest.Text(rule, "host"))
		}
		if len(rules) == 0 && (at(n, "spec", "defaultBackend") != nil || at(n, "spec", "backend") != nil) {
			hosts = append(hosts, "")
		}
	case "HTTPRoute", "GRPCRoute", "TLSRoute":
		if hosts = scalars(at(n, "spec", "hostnames")); len(hosts) == 0 {
			hosts = append(hosts, "")
		}
	case "IngressRoute":
		for _, route := range manifest.Items(at(n, "spec", "routes")) {
			before := len(hosts)
			for _, m := range matcher.FindAllStringSubmatch(manifest.Text(route, "match"), -1) {
				switch {
				case m[1] != "":
				case strings.HasSuffix(m[2], "Regexp"):
					hosts = append(hosts, "")
				default:
					for _, q := range quoted.FindAllStringSubmatch(m[3], -1) {
						hosts = append(hosts, q[1])
					}
				}
			}
			if len(hosts) == before {
				hosts = append(hosts, "")
			}
		}
	case "VirtualServer":
		if host := text(at(n, "spec", "host")); host != "" {
			hosts = append(hosts, host)
		}
	}
	return hosts
}

// reached are the hosts by which people get to a front of a set: of a route those
// that its Gateways listen for as well. One that only sends http to https gets
// nobody anywhere.
func reached(s manifest.Set, n *yaml.RNode) []string {
	hosts := hostsOf(n)
	id := manifest.IDOf(n)
	if id.Group != gateways {
		return hosts
	}
	if rules := manifest.Items(at(n, "spec", "rules")); len(rules) > 0 && !slices.ContainsFunc(rules, leads) {
		return nil
	}
	var all []string
	for _, ref := range manifest.Items(at(n, "spec", "parentRefs")) {
		for _, listens := range listening(s, id.Namespace, ref) {
			for _, h := range hosts {
				switch {
				case covers(id.Kind, listens, h):
					all = append(all, h)
				case covers(id.Kind, h, listens):
					all = append(all, listens)
				}
			}
		}
	}
	return all
}

// leads reports whether a rule of a route does more than send http to https.
func leads(rule *yaml.Node) bool {
	return !slices.ContainsFunc(manifest.Items(manifest.Field(rule, "filters")), func(f *yaml.Node) bool {
		redirect := manifest.Field(f, "requestRedirect")
		return manifest.Text(redirect, "scheme") == "https" && manifest.Text(redirect, "hostname") == ""
	})
}

// listening are the hosts that what a route joins listens for; "" is any, which may
// be where it is not in the set.
func listening(s manifest.Set, namespace string, ref *yaml.Node) []string {
	kind := manifest.Text(ref, "kind")
	if kind == "Service" { // of a mesh, which people do not come in by
		return nil
	}
	if ns := manifest.Text(ref, "namespace"); ns != "" {
		namespace = ns
	}
	gateway := find(s, manifest.ID{Group: gateways, Kind: "Gateway", Namespace: namespace, Name: manifest.Text(ref, "name")})
	if gateway == nil || kind != "" && kind != "Gateway" {
		return []string{""}
	}
	var all []string
	for _, l := range manifest.Items(at(gateway, "spec", "listeners")) {
		if section, port := manifest.Text(ref, "sectionName"), manifest.Text(ref, "port"); (section == "" || section == manifest.Text(l, "name")) && (port == "" || port == manifest.Text(l, "port")) {
			all = append(all, manifest.Text(l, "hostname"))
		}
	}
	return all
}

// serves reports whether a front of a set leads somewhere from a host.
func serves(s manifest.Set, host string) bool {
	return slices.ContainsFunc(s, func(n *yaml.RNode) bool {
		kind := manifest.IDOf(n).Kind
		return slices.ContainsFunc(reached(s, n), func(pattern string) bool { return covers(kind, pattern, host) })
	})
}

// covers reports whether a host of a front stands for another. The star of an Ingress
// is one label, that of a Gateway and of nginx one or more.
func covers(kind, pattern, host string) bool {
	if pattern == "" || pattern == "*" || pattern == host {
		return true
	}
	rest, ok := strings.CutPrefix(pattern, "*.")
	label, below := strings.CutSuffix(host, "."+rest)
	return ok && below && label != "" && (kind != "Ingress" || !strings.Contains(label, "."))
}

// unserved are the hosts that a front named, or by which it was reached, and that
// nothing serves now.
func (r *review) unserved(p pair) []string {
	var lost []string
	for _, h := range append(hostsOf(p.was), reached(r.was, p.was)...) {
		if h != "" && !slices.Contains(lost, h) && !serves(r.is, h) {
			lost = append(lost, h)
		}
	}
	return lost
}

// hosts reports hosts that a front which is still there no longer serves. One that
// goes as a whole is reported by deletes.
func (r *review) hosts() {
	said := map[string]bool{}
	for p := range r.changed() {
		if !isFront(p.id) {
			continue
		}
		for _, h := range r.unserved(p) {
			names := slices.ContainsFunc(hostsOf(p.is), func(is string) bool { return covers(p.id.Kind, is, h) })
			if !names && !said[h] { // else its Gateway no longer listens for it
				said[h] = true
				r.error(p.id, "host-dropped", "spec", "no longer serves %s, and nothing else does: who comes by that name finds nobody", h)
			}
		}
	}
	r.listeners(said)
}

// listeners reports hosts that a Gateway no longer listens for, though its routes
// still name them.
func (r *review) listeners(said map[string]bool) {
	var others manifest.Set
	var is []*yaml.Node
	for _, n := range r.is {
		switch id := manifest.IDOf(n); {
		case id.Group != gateways:
			others = append(others, n)
		case id.Kind == "Gateway":
			is = append(is, manifest.Items(at(n, "spec", "listeners"))...)
		}
	}
	for p := range r.changed("Gateway") {
		for i, l := range manifest.Items(p.old("spec", "listeners")) {
			host, protocol := manifest.Text(l, "hostname"), manifest.Text(l, "protocol")
			if host != "" && !said[host] && !serves(others, host) && !slices.ContainsFunc(is, func(l *yaml.Node) bool {
				return manifest.Text(l, "protocol") == protocol && covers("Gateway", manifest.Text(l, "hostname"), host)
			}) {
				r.error(p.id, "host-dropped", itemPath("spec.listeners", i, l)+".hostname", "no longer listens for %s: who comes by that name finds nobody", host)
			}
		}
	}
}
