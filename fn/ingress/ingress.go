// Package ingress writes the resources through which people reach a release:
// an Ingress or the objects of Gateway API, what the controller needs beside
// them (annotations on Services, policies, certificates), and a NetworkPolicy.
//
// On the line … lower hooks → ingress → secrets → … it stands where the objects
// of the release are known: backends are Services found among them, health
// checks are their own readiness probes. It refuses settings that the chosen
// controller has no counterpart for, and annotations whose value the controller
// would refuse or ignore.
//
// The Go API is not stable; the config file, the flags and the output layout are.
package ingress

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// Release is what an ingress depends on besides its settings and the objects of
// the release.
type Release struct {
	Name, Namespace string
	// URL is where people reach Airbyte; empty where nobody said.
	URL string
	// App is the version of the application.
	App App
	// Keycloak says that people log in through the chart's Keycloak.
	Keycloak bool
}

// Problem is one thing wrong with the settings, and the way out where there is
// one. Field is below spec: ingress.tls.type.
type Problem struct{ Field, Message, Hint string }

// Make returns the set with the resources of the ingress added, in apply order.
// Services that it routes to get the annotations that the controller reads
// there. With problems there is no set. The settings are taken to be valid, see
// [Spec.Check].
func Make(set manifest.Set, spec *Spec, r Release) (manifest.Set, []manifest.Finding, []Problem) {
	if spec == nil {
		spec = &Spec{Controller: "none"}
	}
	s := &site{Spec: *spec, release: r, profile: profileOf(spec)}
	s.prepare(set)
	if len(s.problems) > 0 {
		return nil, s.findings, s.problems
	}
	switch spec.Controller {
	case "none":
	case "chart":
		s.chart(set)
	default:
		s.alone(set)
		s.profile.write(s)
		s.patient(set)
	}
	s.networkPolicy()
	if len(s.problems) > 0 {
		return nil, s.findings, s.problems
	}
	for _, o := range s.objects {
		n, err := manifest.FromValue(map[string]any(o))
		if err != nil {
			return nil, s.findings, []Problem{{Field: "ingress", Message: err.Error()}}
		}
		set = append(set, yaml.NewRNode(n))
	}
	set.Sort()
	if err := set.Check(); err != nil {
		return nil, s.findings, []Problem{{Field: "ingress.name", Message: err.Error(), Hint: "choose another name"}}
	}
	findings, problems := s.lint(set)
	if len(problems) > 0 {
		return nil, append(s.findings, findings...), problems
	}
	return set, append(s.findings, findings...), nil
}

// prepare finds what every controller needs: hosts and routes.
func (s *site) prepare(set manifest.Set) {
	s.name = s.Name
	if s.name == "" {
		s.name = s.release.Name
	}
	s.hosting()
	var paths []string
	if s.release.Keycloak {
		paths = loginPaths
		if s.KeycloakAdmin == "exposed" {
			paths = []string{keycloakPath}
		}
	}
	if s.KeycloakAdmin == "exposed" && !s.release.Keycloak {
		s.warn("ingress-keycloak", "ingress.keycloakAdmin", "has no effect: nobody logs in through Keycloak here")
	}
	routes, problems, notes := Routes(set, s.release.App, paths...)
	s.routes = routes
	if s.Controller != "none" || s.NetworkPolicy != nil {
		s.problems = append(s.problems, problems...)
		s.findings = append(s.findings, notes...)
	}
	s.wave = wave(s.routes)
}

// patient reports a server that hangs up before the load balancer does.
func (s *site) patient(set manifest.Set) {
	for _, r := range s.routes {
		if r.Path != rootPath || r.Component != "server" {
			continue
		}
		text := variable(set, r.work, idleTimeout)
		if idle, err := time.ParseDuration(text); err == nil && idle < s.timeout() {
			s.findings = append(s.findings, manifest.Finding{
				Severity: manifest.Warning, Code: "ingress-idle", Object: manifest.IDOf(r.work), Field: idleTimeout,
				Message: fmt.Sprintf("is %s, and a request may take %ds: the server hangs up before the load balancer does; leave it out, it follows spec.ingress.timeout", text, seconds(s.timeout())),
			})
		}
	}
}

// idleTimeout is the variable that says how long the server keeps a quiet
// connection.
const idleTimeout = "HTTP_IDLE_TIMEOUT"

// hosting takes the hosts from the URL and the settings.
func (s *site) hosting() {
	if s.Controller == "none" {
		return
	}
	u, err := url.Parse(s.release.URL)
	switch {
	case s.release.URL == "":
		s.refuse("url", "is missing: an ingress needs a host", "such as https://airbyte.example.com")
		return
	case err != nil || u.Hostname() == "":
		s.refuse("url", fmt.Sprintf("%q has no host", s.release.URL), "such as https://airbyte.example.com")
		return
	case u.Port() != "":
		s.refuse("url", fmt.Sprintf("%q has a port: a load balancer listens on 80 and 443", s.release.URL), "leave the port out")
	}
	if message, hint := host(u.Hostname()); message != "" {
		s.refuse("url", "host "+message, hint)
	}
	s.hosts = []string{u.Hostname()}
	for i, h := range s.Hosts {
		if slices.Contains(s.hosts, h) {
			s.refuse(fmt.Sprintf("ingress.hosts[%d]", i), fmt.Sprintf("%q stands twice, or is the host of the URL already", h), "leave it out")
		}
		s.hosts = append(s.hosts, h)
	}
	if s.Controller == "chart" {
		return
	}
	s.https = u.Scheme == "https" && s.TLS != nil && s.TLS.Type != "upstream"
	switch {
	case u.Scheme == "https" && s.TLS == nil:
		s.refuse("ingress.tls", "is missing, and the URL is https", "say where the certificate comes from; type: upstream, if TLS ends before the controller")
	case u.Scheme == "http" && s.TLS != nil:
		s.refuse("ingress.tls", fmt.Sprintf("is set, and the URL is %s: Airbyte would send people to http", s.release.URL), "write https:// in spec.url")
	}
}
