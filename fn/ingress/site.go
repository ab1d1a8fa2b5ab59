package ingress

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// A site is one ingress in the making: what was asked for, what was found, and
// what has been written so far.
type site struct {
	Spec
	release Release
	profile *profile

	name   string
	hosts  []string
	routes []Route
	https  bool // TLS ends at the controller
	wave   string

	// annotations are those of the main object: the Ingress, or the Gateway.
	annotations map[string]note
	objects     []object
	findings    []manifest.Finding
	problems    []Problem
}

// note is the value of an annotation and the setting that it comes from; without
// one it is our default, which an annotation of the user's own replaces.
type note struct{ value, field string }

// object is a Kubernetes object in the making.
type object map[string]any

func (s *site) refuse(field, message, hint string) {
	s.problems = append(s.problems, Problem{Field: field, Message: message, Hint: hint})
}

// warn reports something about a setting, such as ingress.timeout.
func (s *site) warn(code, field, message string) {
	s.findings = append(s.findings, manifest.Finding{Severity: manifest.Warning, Code: code, Field: "spec." + field, Message: message})
}

// timeout is how long a request may take.
func (s *site) timeout() time.Duration {
	if d, err := duration(s.Timeout); err == nil && d > 0 {
		return d
	}
	return DefaultTimeout
}

// bodySize is the largest body in bytes, or 0 where the controller's own limit
// is high enough and nobody asked.
func (s *site) bodySize() int64 {
	if s.MaxBodySize == "" {
		return 0
	}
	q, err := resource.ParseQuantity(s.MaxBodySize)
	if err != nil {
		return 0 // said by Check
	}
	return q.Value()
}

// redirects reports whether port 80 redirects to https.
func (s *site) redirects() bool { return s.https && s.HTTPRedirect != "disabled" }

// seconds are whole seconds, as most controllers count.
func seconds(d time.Duration) int { return int(d / time.Second) }

// duration reads a duration such as 600s or 10m; an empty one is zero.
func duration(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	return time.ParseDuration(text)
}

// usualHealth is where components answer whose Pods have no readiness probe over
// HTTP: the path of the probe in the charts that have one.
var usualHealth = map[string]string{
	"server": "/api/v1/health", "webapp": "/index.html", "keycloak": "/auth/health/ready", "connector-builder-server": "/v1/health",
}

// probeOf is the health check of a route: what the settings say of the route of
// /, else what the Pod's own readiness probe asks.
func (s *site) probeOf(r Route) Probe {
	p := r.Health
	if p.Path == "" {
		p.Path = usualHealth[r.Component]
	}
	if p.Port == 0 {
		p.Port = r.ContainerPort
	}
	if h := s.HealthCheck; h != nil && r.Path == rootPath {
		if h.Path != "" {
			p.Path = h.Path
		}
		if h.Port != nil {
			p.Port = *h.Port
		}
	}
	return p
}

// interval, timeout, healthy and unhealthy are what a health check says, in
// seconds and in answers; zero where it does not.
func (h *HealthCheck) interval() int { return h.seconds(func() string { return h.Interval }) }
func (h *HealthCheck) timeout() int  { return h.seconds(func() string { return h.Timeout }) }
func (h *HealthCheck) healthy() int  { return h.count(func() *int { return h.HealthyThreshold }) }
func (h *HealthCheck) unhealthy() int {
	return h.count(func() *int { return h.UnhealthyThreshold })
}

func (h *HealthCheck) seconds(text func() string) int {
	if h == nil {
		return 0
	}
	d, _ := duration(text())
	return seconds(d)
}

func (h *HealthCheck) count(n func() *int) int {
	if h == nil || n() == nil {
		return 0
	}
	return *n()
}

// certificateSecret is the Secret that holds the certificate; ok is false where
// none does.
func (s *site) certificateSecret() (name string, ok bool) {
	if s.TLS == nil {
		return "", false
	}
	switch s.TLS.Type {
	case "secret":
		return s.TLS.SecretName, true
	case "cert-manager":
		if s.TLS.SecretName == "" {
			return s.name + "-tls", true
		}
		return s.TLS.SecretName, true
	}
	return "", false
}

// annotate sets an annotation of the main object. The field is the setting that
// says so, such as ingress.timeout; it is empty for what we choose ourselves.
func (s *site) annotate(key, value, field string) {
	if s.annotations == nil {
		s.annotations = map[string]note{}
	}
	s.annotations[key] = note{value, field}
}

// issuer sets the annotation that makes cert-manager issue a certificate for an
// Ingress or a Gateway (cert-manager docs, usage/ingress and usage/gateway).
func (s *site) issuer() {
	if s.TLS == nil || s.TLS.Type != "cert-manager" || s.TLS.Issuer == nil {
		return
	}
	key := "cert-manager.io/cluster-issuer"
	if s.TLS.Issuer.Kind == "Issuer" {
		key = "cert-manager.io/issuer"
	}
	s.annotate(key, s.TLS.Issuer.Name, "ingress.tls.issuer")
}

// merged are the annotations of the main object, the user's own among them. One
// that says something else than a setting does is refused; lists of key=value
// are joined.
func (s *site) merged() map[string]string {
	all := make(map[string]string, len(s.annotations)+len(s.Annotations))
	for key, n := range s.annotations {
		all[key] = n.value
	}
	for _, key := range slices.Sorted(maps.Keys(s.Annotations)) {
		own, ours := s.Annotations[key], s.annotations[key]
		switch {
		case ours.value == "" || ours.value == own:
			all[key] = own
		case pairs(key):
			joined, clash := join(ours.value, own)
			if clash != "" {
				s.refuse("ingress.annotations."+key, fmt.Sprintf("says something else of %s than %s", clash, owner(clash, ours.field)), "say it there alone")
			}
			all[key] = joined
		case ours.field != "":
			s.refuse("ingress.annotations."+key, fmt.Sprintf("is %q, and spec.%s makes it %q", own, ours.field, ours.value), "say it there alone")
		default:
			all[key] = own
		}
	}
	return all
}

// owner is the setting that says something of an attribute, such as
// idle_timeout.timeout_seconds.
func owner(attribute, field string) string {
	switch {
	case attribute == "idle_timeout.timeout_seconds":
		field = "ingress.timeout"
	case strings.HasPrefix(attribute, "access_logs."):
		field = "ingress.accessLogs"
	case field == "":
		field = "ingress.loadBalancer.attributes"
	}
	return "spec." + field
}

// join joins two lists of key=value; clash is a key that both have with
// different values.
func join(ours, own string) (joined, clash string) {
	values := map[string]string{}
	for _, text := range []string{ours, own} {
		for _, pair := range splitList(text) {
			k, v, _ := strings.Cut(strings.TrimSpace(pair), "=")
			v = strings.ReplaceAll(v, `\,`, ",")
			if old, ok := values[k]; ok && old != v {
				clash = k
			}
			values[k] = v
		}
	}
	return assignments(values), clash
}

// assignments writes key=value,key=value in the order of the keys. A comma in a
// value is written \, as the AWS Load Balancer Controller reads it.
func assignments(m map[string]string) string {
	var all []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		all = append(all, k+"="+strings.ReplaceAll(m[k], ",", `\,`))
	}
	return strings.Join(all, ",")
}

// annotateService sets an annotation on the Service of a route. One that the
// chart's values set stays, and is reported where it says something else.
func (s *site) annotateService(r Route, key, value string) {
	at := manifest.Ensure(manifest.Ensure(r.service.YNode(), "metadata"), "annotations")
	if old := manifest.Text(at, key); old != "" && old != value {
		s.findings = append(s.findings, manifest.Finding{
			Severity: manifest.Warning, Code: "annotation-kept", Object: manifest.IDOf(r.service), Field: "metadata.annotations." + key,
			Message: fmt.Sprintf("is %q from the chart's values; the ingress would say %q: leave it out of the values, or see that it fits", old, value),
		})
		return
	}
	manifest.SetField(at, key, manifest.String(value))
}

// nodePort makes the Service of a route reachable on the port of every node.
func (s *site) nodePort(r Route) {
	manifest.SetField(manifest.Ensure(r.service.YNode(), "spec"), "type", manifest.String("NodePort"))
}

// add adds an object of the release's namespace, with the labels that all of
// ours have and the place in order of what it leads to.
func (s *site) add(apiVersion, kind, name string, annotations map[string]string, spec map[string]any) {
	labels := map[string]string{"app.kubernetes.io/instance": s.release.Name, "app.kubernetes.io/name": "airbyte-ingress"}
	maps.Copy(labels, s.Labels)
	notes := maps.Clone(annotations)
	id := manifest.ID{Kind: kind}
	if s.wave != "" && !id.Passive() {
		if notes == nil {
			notes = map[string]string{}
		}
		if _, own := notes[waveAnnotation]; !own {
			notes[waveAnnotation] = s.wave
		}
	}
	meta := map[string]any{"name": name, "namespace": s.release.Namespace, "labels": anyMap(labels)}
	if len(notes) > 0 {
		meta["annotations"] = anyMap(notes)
	}
	s.objects = append(s.objects, object{"apiVersion": apiVersion, "kind": kind, "metadata": meta, "spec": spec})
}

// ingressForm is what differs between controllers in an Ingress.
type ingressForm struct {
	// class is the ingressClassName; empty where the controller reads another form.
	class string
	// path is the path of a route, where it is not the route's own.
	path func(Route) string
	// pathType is Prefix unless said otherwise.
	pathType string
	// secret is the Secret named under spec.tls; with tls, hosts are listed there
	// even without one.
	secret string
	tls    bool
}

// ingress adds the Ingress: every host has every route, the most special first.
func (s *site) ingress(f ingressForm) {
	if f.pathType == "" {
		f.pathType = "Prefix"
	}
	spec := map[string]any{"rules": s.ingressRules(s.routes, f)}
	if f.class != "" {
		spec["ingressClassName"] = f.class
	}
	if f.tls {
		entry := map[string]any{"hosts": anyList(s.hosts)}
		if f.secret != "" {
			entry["secretName"] = f.secret
		}
		spec["tls"] = []any{entry}
	}
	s.add("networking.k8s.io/v1", "Ingress", s.name, s.merged(), spec)
}

// backends are the routes, one for each Service: several paths may lead to one.
func (s *site) backends() []Route {
	var all []Route
	for _, r := range s.routes {
		if !slices.ContainsFunc(all, func(o Route) bool { return o.Service == r.Service }) {
			all = append(all, r)
		}
	}
	return all
}

// ingressRules are the same paths for each host.
func (s *site) ingressRules(routes []Route, f ingressForm) []any {
	var paths []any
	for _, r := range routes {
		path := r.Path
		if f.path != nil {
			path = f.path(r)
		}
		paths = append(paths, map[string]any{
			"path": path, "pathType": f.pathType,
			"backend": map[string]any{"service": map[string]any{"name": r.Service, "port": map[string]any{"number": r.Port}}},
		})
	}
	var rules []any
	for _, host := range s.hosts {
		rules = append(rules, map[string]any{"host": host, "http": map[string]any{"paths": slices.Clone(paths)}})
	}
	return rules
}

// rootIngress adds an Ingress of one path for each host, for controllers that
// redirect by one: it has to name a Service, and nothing gets there.
func (s *site) rootIngress(name, class string, notes map[string]string) {
	root := s.routes[len(s.routes)-1:]
	s.add("networking.k8s.io/v1", "Ingress", name, notes, map[string]any{
		"ingressClassName": class, "rules": s.ingressRules(root, ingressForm{pathType: "Prefix"}),
	})
}

// classOr is the class of the settings, or the controller's usual one.
func (s *site) classOr(usual string) string {
	if s.ClassName != "" {
		return s.ClassName
	}
	return usual
}

func anyMap(m map[string]string) map[string]any {
	all := make(map[string]any, len(m))
	for k, v := range m {
		all[k] = v
	}
	return all
}

func anyList(list []string) []any {
	all := make([]any, len(list))
	for i, v := range list {
		all[i] = v
	}
	return all
}
