package ingress

import (
	"maps"
	"slices"

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

// redirects reports whether port 80 redirects to https.
func (s *site) redirects() bool { return s.https && s.HTTPRedirect != "disabled" }

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
