package ingress

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

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
			k, v, ok := strings.Cut(strings.TrimSpace(pair), "=")
			if !ok && k == "" {
				continue
			}
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
