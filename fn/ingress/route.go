package ingress

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Route says where requests go whose path begins with Path, element by element.
type Route struct {
	Path string
	// Component is what answers: server, webapp, keycloak, connector-builder-server.
	Component string
	// Service and Port are the backend; PortName is the port's name, if it has one.
	Service  string
	Port     int
	PortName string
	// Selector are the labels of the Pods, ContainerPort where they listen.
	Selector      map[string]string
	ContainerPort int
	// Health is what their readiness probe asks.
	Health Probe

	service, work *yaml.RNode
	wave          string
}

// Probe is a question over HTTP.
type Probe struct {
	Path string
	Port int
}

// The paths. Airbyte's web application calls everything under its own host.
const (
	rootPath     = "/"
	builderPath  = "/api/v1/connector_builder"
	keycloakPath = "/auth"
)

// loginPaths are what a browser asks Keycloak for to log in. Keycloak advises to
// keep the others inside: its admin console, health and metrics (Keycloak's
// guide to reverse proxies, "Exposed path recommendations"). Airbyte's own web
// server, up to 1.7, let through the same two.
var loginPaths = []string{keycloakPath + "/realms", keycloakPath + "/resources"}

// Routes finds the routes of a release among its objects, the most special
// first: Services, their ports and the readiness probes of what they lead to. No
// name is assembled. A component that has to be there and is not is a problem
// that lists the Services there are.
//
// What answers where depends on the version of the application: up to 1.6 the
// web application has a server of its own, which passes everything on; from 1.7
// on Airbyte's server has the web application, and the connector builder answers
// below /api; from 2.1 on the server answers for that too. Charts do not tell
// it: chart 2.0.0 comes with application 1.6.
func Routes(set manifest.Set, app App, keycloak ...string) ([]Route, []Problem, []manifest.Finding) {
	f := finder{set: set}
	var routes []Route
	if app.guessed != "" {
		f.note(fmt.Sprintf("the server's image has tag %s, which is no version: routes are those of %d.%d, as the chart says", app.guessed, app.major, app.minor))
	}
	r, ok := f.find(builderPath, "connector-builder-server")
	switch {
	case ok && !app.Before(1, 7):
		routes = append(routes, r)
	case !ok && app.known() && !app.Before(1, 7) && app.Before(2, 1):
		f.note("no Service leads to the connector builder, which is switched off: its pages do not work")
	}
	if len(keycloak) > 0 {
		r, ok := f.find(keycloakPath, "keycloak")
		if !ok {
			f.missing("keycloak", "people log in through Keycloak")
		}
		for _, path := range keycloak {
			r.Path = path
			routes = append(routes, r)
		}
	}
	r, ok = f.find(rootPath, "webapp")
	if ok && (app.Before(1, 7) || !app.known()) {
		return append(routes, r), f.problems, f.notes
	}
	if !ok && app.Before(1, 7) {
		f.note("no Service leads to the web application, and a server before 1.7 has none: there is an API and no user interface; switch webapp on in the chart's values")
	}
	r, ok = f.find(rootPath, "server")
	if !ok {
		f.missing("server", "the server answers for everything")
	}
	return append(routes, r), f.problems, f.notes
}

type finder struct {
	set      manifest.Set
	problems []Problem
	notes    []manifest.Finding
}

func (f *finder) note(message string) {
	f.notes = append(f.notes, manifest.Finding{Severity: manifest.Warning, Code: "ingress-routes", Field: "spec.ingress.controller", Message: message})
}

func (f *finder) refuse(message, hint string) {
	f.problems = append(f.problems, Problem{Field: "ingress.controller", Message: message, Hint: hint})
}

func (f *finder) missing(component, why string) {
	var names []string
	for _, n := range f.set {
		if isService(n) {
			names = append(names, manifest.IDOf(n).Name)
		}
	}
	sort.Strings(names)
	there := "there are none"
	if len(names) > 0 {
		there = "there are " + strings.Join(names, ", ")
	}
	f.refuse(fmt.Sprintf("%s, and no Service of the release leads to Pods of %s: %s", why, component, there),
		"switch the component on in the chart's values, or write the ingress yourself beside controller: none")
}

// find looks for the Service that leads to a component.
func (f *finder) find(path, component string) (Route, bool) {
	var found []Route
	for _, n := range f.set {
		if !isService(n) {
			continue
		}
		selector := manifest.Texts(manifest.Lookup(n.YNode(), "spec", "selector"))
		// Some releases make Keycloak's Services without Keycloak.
		work := f.workload(selector)
		if work == nil || !is(component, selector, work) {
			continue
		}
		r := Route{Path: path, Component: component, Service: manifest.IDOf(n).Name, Selector: selector, service: n, work: work}
		if f.port(&r, n, work) {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 0:
		return Route{}, false
	case 1:
		return found[0], true
	}
	var names []string
	for _, r := range found {
		names = append(names, r.Service)
	}
	f.refuse(fmt.Sprintf("several Services lead to the component %s: %s", component, strings.Join(names, ", ")), "")
	return found[0], true
}

// isService leaves out headless Services: a load balancer finds no address there.
func isService(n *yaml.RNode) bool {
	id := manifest.IDOf(n)
	return id.Kind == "Service" && id.Group == "" && manifest.Text(manifest.Lookup(n.YNode(), "spec"), "clusterIP") != "None"
}

// workload is what runs the Pods that a selector chooses.
func (f *finder) workload(selector map[string]string) *yaml.RNode {
	if len(selector) == 0 {
		return nil
	}
	for _, n := range f.set {
		switch manifest.IDOf(n).Kind {
		case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet":
		default:
			continue
		}
		labels := manifest.Texts(manifest.Lookup(manifest.PodTemplate(n), "metadata", "labels"))
		chosen := true
		for k, v := range selector {
			chosen = chosen && labels[k] == v
		}
		if chosen {
			return n
		}
	}
	return nil
}

// is reports whether Pods are those of a component: by the label that both
// generations of the chart select by, else by the name of their image, which a
// nameOverride does not change.
func is(component string, selector map[string]string, work *yaml.RNode) bool {
	if selector["app.kubernetes.io/name"] == component {
		return true
	}
	for _, c := range manifest.Items(manifest.Lookup(manifest.PodTemplate(work), "spec", "containers")) {
		if name, _ := image(manifest.Text(c, "image")); name == component {
			return true
		}
	}
	return false
}

// port completes a route with the port named http, or the only one, and with
// what stands behind it.
func (f *finder) port(r *Route, service, work *yaml.RNode) bool {
	ports := manifest.Items(manifest.Lookup(service.YNode(), "spec", "ports"))
	at := slices.IndexFunc(ports, func(p *yaml.Node) bool { return manifest.Text(p, "name") == "http" })
	if at < 0 && len(ports) == 1 {
		at = 0
	}
	if at < 0 {
		var names []string
		for _, p := range ports {
			names = append(names, strings.TrimPrefix(manifest.Text(p, "name")+" "+manifest.Text(p, "port"), " "))
		}
		f.refuse(fmt.Sprintf("Service %s has no port named http: it has %s", r.Service, strings.Join(names, ", ")), "")
		return false
	}
	r.PortName = manifest.Text(ports[at], "name")
	r.Port, _ = strconv.Atoi(manifest.Text(ports[at], "port"))
	target := manifest.Text(ports[at], "targetPort")
	if target == "" {
		target = strconv.Itoa(r.Port)
	}
	r.wave = manifest.Text(manifest.Lookup(work.YNode(), "metadata", "annotations"), waveAnnotation)
	for _, c := range manifest.Items(manifest.Lookup(manifest.PodTemplate(work), "spec", "containers")) {
		if n, ok := containerPort(c, target); ok {
			r.ContainerPort = n
			r.Health = probe(c)
		}
	}
	if r.ContainerPort == 0 {
		f.refuse(fmt.Sprintf("Service %s leads to port %s, which no container of %s has", r.Service, target, manifest.IDOf(work)), "")
	}
	return true
}

// containerPort resolves a port of a container, given by name or number.
func containerPort(container *yaml.Node, port string) (int, bool) {
	for _, p := range manifest.Items(manifest.Field(container, "ports")) {
		number := manifest.Text(p, "containerPort")
		if n, err := strconv.Atoi(number); err == nil && (port == number || port == manifest.Text(p, "name")) {
			return n, true
		}
	}
	return 0, false
}

// probe is what the readiness probe of a container asks over HTTP.
func probe(container *yaml.Node) Probe {
	get := manifest.Lookup(container, "readinessProbe", "httpGet")
	if get == nil {
		return Probe{}
	}
	p := Probe{Path: manifest.Text(get, "path")}
	port := manifest.Text(get, "port")
	if n, err := strconv.Atoi(port); err == nil {
		p.Port = n
	} else {
		p.Port, _ = containerPort(container, port)
	}
	return p
}

// wave is when Argo CD applies what answers for /: what routes there comes with
// it, not before, since Argo CD waits for a load balancer's address.
func wave(routes []Route) string {
	for _, r := range routes {
		if r.Path == rootPath {
			return r.wave
		}
	}
	return ""
}

// waveAnnotation orders objects for Argo CD (docs/user-guide/sync-waves.md).
const waveAnnotation = "argocd.argoproj.io/sync-wave"
