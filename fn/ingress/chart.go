package ingress

import (
	"fmt"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// chart checks the Ingress that the chart makes of its own values: that its
// backends are there, and that every route leads to what has to answer.
func (s *site) chart(set manifest.Set) {
	found := false
	for _, n := range set {
		if id := manifest.IDOf(n); id.Kind == "Ingress" && id.Group == "networking.k8s.io" {
			found = true
			s.resolved(set, n)
			s.reached(n)
		}
	}
	if !found {
		s.refuse("ingress.controller", "is chart, and the chart makes no Ingress", "set ingress.enabled: true in the chart's values, with its hosts; or name your controller, and Airstrip writes one")
	}
}

// resolved looks each backend of an Ingress up among the Services of a set.
func (s *site) resolved(set manifest.Set, n *yaml.RNode) {
	seen := map[string]bool{}
	for _, b := range backendsOf(n) {
		name, port := b.service()
		if seen[name+":"+port] {
			continue
		}
		seen[name+":"+port] = true
		var services []string
		var ports []string
		exists := false
		for _, o := range set {
			if !isService(o) {
				continue
			}
			id := manifest.IDOf(o)
			services = append(services, id.Name)
			if id.Name != name {
				continue
			}
			exists = true
			for _, p := range manifest.Items(manifest.Lookup(o.YNode(), "spec", "ports")) {
				ports = append(ports, manifest.Text(p, "port"))
				if t := manifest.Text(p, "name"); t != "" {
					ports = append(ports, t)
				}
			}
		}
		switch {
		case !exists:
			s.refuse("ingress.controller", fmt.Sprintf("%s leads to Service %s, which the release does not have: it has %s", manifest.IDOf(n), name, strings.Join(services, ", ")), "mend ingress in the chart's values")
		case !slices.Contains(ports, port):
			s.refuse("ingress.controller", fmt.Sprintf("%s leads to port %s of Service %s, which has %s", manifest.IDOf(n), port, name, strings.Join(ports, ", ")), "mend ingress in the chart's values")
		}
	}
}

// reached follows a request for each route of each host through an Ingress.
func (s *site) reached(n *yaml.RNode) {
	for _, host := range s.hosts {
		for _, r := range s.routes {
			s.follow(n, host, r)
		}
	}
}

// follow asks for the path of a route and for one below it.
func (s *site) follow(n *yaml.RNode, host string, r Route) {
	for _, path := range []string{r.Path, strings.TrimSuffix(r.Path, "/") + "/x"} {
		service, _, ok := Resolve(n, host, path)
		switch {
		case !ok:
			s.refuse("ingress.controller", fmt.Sprintf("%s leads %s%s nowhere, want Service %s", manifest.IDOf(n), host, path, r.Service), "mend ingress in the chart's values; its host has to be that of the URL")
			return
		case service != r.Service:
			s.refuse("ingress.controller", fmt.Sprintf("%s leads %s%s to Service %s, want %s", manifest.IDOf(n), host, path, service, r.Service),
				"the chart's Ingress may have no backend for it: name your controller, and Airstrip writes one that has")
			return
		}
	}
}

// backend is a path of an Ingress and where it leads.
type backend struct {
	host, path, pathType string
	node                 *yaml.Node
}

// service is the name of the Service, and its port as a number or a name.
func (b backend) service() (name, port string) {
	service := manifest.Field(b.node, "service")
	p := manifest.Field(service, "port")
	if port = manifest.Text(p, "number"); port == "" {
		port = manifest.Text(p, "name")
	}
	return manifest.Text(service, "name"), port
}

func backendsOf(n *yaml.RNode) []backend {
	var all []backend
	if d := manifest.Lookup(n.YNode(), "spec", "defaultBackend"); d != nil {
		all = append(all, backend{node: d})
	}
	for _, rule := range manifest.Items(manifest.Lookup(n.YNode(), "spec", "rules")) {
		for _, p := range manifest.Items(manifest.Lookup(rule, "http", "paths")) {
			all = append(all, backend{manifest.Text(rule, "host"), manifest.Text(p, "path"), manifest.Text(p, "pathType"), manifest.Field(p, "backend")})
		}
	}
	return all
}

// Resolve follows a request through an Ingress as Kubernetes defines it: an exact
// path first, then the longest prefix, element by element (networking.k8s.io/v1,
// HTTPIngressPath). It returns the Service and its port, by number or name. Two
// rules of one host and path that lead to different Services lead nowhere.
func Resolve(n *yaml.RNode, host, path string) (service, port string, ok bool) {
	best := -1
	for _, b := range backendsOf(n) {
		weight, matches := 0, b.host == host || b.host == ""
		elements := strings.TrimSuffix(b.path, "/")
		if b.pathType == "ImplementationSpecific" {
			elements = strings.TrimSuffix(strings.TrimSuffix(b.path, "*"), "/")
		}
		switch {
		case b.pathType == "Exact":
			matches, weight = matches && b.path == path, 1<<20
		case b.path == "" && b.pathType == "":
			weight = 0 // the default backend
		default:
			matches = matches && (elements == "" || strings.TrimSuffix(path, "/") == elements || strings.HasPrefix(path, elements+"/"))
			weight = 1 + len(elements)
		}
		if b.host != "" {
			weight += 1 << 21
		}
		if !matches || weight < best {
			continue
		}
		s, p := b.service()
		if weight == best && (s != service || p != port) {
			return "", "", false
		}
		best, service, port = weight, s, p
	}
	return service, port, best >= 0
}
