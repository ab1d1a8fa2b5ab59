package ingress

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// families are the annotations that are known, by prefix.
var families = []*family{
	&albAnnotations, &nginxAnnotations, &f5Annotations, &f5PlusAnnotations, &f5ProtectAnnotations, &f5DoSAnnotations, &traefikAnnotations,
	&gceAnnotations, &gkeAnnotations, &gkeServiceAnnotations, &kubernetesAnnotations,
	&agicAnnotations, &agcAnnotations, &appRoutingAnnotations, &certManagerAnnotations, &acmeAnnotations,
}

// classAnnotation chose the controller before there was spec.ingressClassName.
const classAnnotation = "kubernetes.io/ingress.class"

// pairs reports whether an annotation is a list of key=value, which can be
// joined with another.
func pairs(key string) bool {
	f, name := familyOf(key)
	return f == &albAnnotations && (name == "load-balancer-attributes" || name == "target-group-attributes" || name == "tags")
}

func familyOf(key string) (*family, string) {
	for _, f := range families {
		if name, ok := strings.CutPrefix(key, f.prefix); ok {
			return f, name
		}
	}
	return nil, ""
}

// known finds an annotation in a family; a name in the table may be a pattern, as
// of path.Match.
func (f *family) known(name string) (annotation, bool) {
	if f.fold {
		name = strings.ToLower(name)
	}
	if a, ok := f.names[name]; ok {
		return a, true
	}
	for _, pattern := range keys(f.names) {
		if ok, _ := path.Match(pattern, name); ok {
			return f.names[pattern], true
		}
	}
	return annotation{}, false
}

// lintSet looks at the annotations of Ingresses, Services and Gateways of a set,
// whoever wrote them: values that the controller would refuse or ignore, and
// names that it does not know.
func lintSet(set manifest.Set) []manifest.Finding {
	var findings []manifest.Finding
	for _, n := range set {
		id := manifest.IDOf(n)
		switch id.Kind {
		case "Ingress", "Service", "Gateway":
		default:
			continue
		}
		notes := manifest.Texts(manifest.Lookup(n.YNode(), "metadata", "annotations"))
		if notes[classAnnotation] != "" && manifest.Text(manifest.Field(n.YNode(), "spec"), "ingressClassName") != "" {
			findings = append(findings, manifest.Finding{
				Severity: manifest.Error, Code: "ingress-annotation", Object: id, Field: "metadata.annotations." + classAnnotation,
				Message: "stands beside spec.ingressClassName: the API server refuses both together",
			})
		}
		for _, key := range slices.Sorted(maps.Keys(notes)) {
			if severity, message := judge(id.Kind, key, notes[key]); message != "" {
				findings = append(findings, manifest.Finding{
					Severity: severity, Code: "ingress-annotation", Object: id, Field: "metadata.annotations." + key, Message: message,
				})
			}
		}
	}
	return findings
}

// judge says what is wrong with one annotation.
func judge(kind, key, value string) (manifest.Severity, string) {
	f, name := familyOf(key)
	if f == nil {
		return "", ""
	}
	a, ok := f.known(name)
	switch {
	case !ok && f.shared && meant(name, keys(f.names)) == "":
		return "", ""
	case !ok:
		happens := "ignored"
		if f.unknown != "" {
			happens = f.unknown
		}
		return manifest.Warning, "is unknown, and " + happens + meant(key, f.keys())
	case !a.on.reads(kind):
		return manifest.Warning, fmt.Sprintf("is read from %s, not from %s: it is ignored here", a.on, kind)
	case a.grammar != nil:
		if why := a.grammar(value); why != "" {
			return manifest.Error, fmt.Sprintf("%q %s", value, why)
		}
	}
	return "", ""
}

// lint turns what lintSet finds into problems, of the setting or of the chart's
// values, and reports annotations of the user's own that belong to another
// controller.
func (s *site) lint(set manifest.Set) (findings []manifest.Finding, problems []Problem) {
	for _, f := range lintSet(set) {
		key := strings.TrimPrefix(f.Field, "metadata.annotations.")
		if _, own := s.Annotations[key]; own && f.Object.Kind != "Service" {
			f.Object, f.Field = manifest.ID{}, "spec.ingress.annotations."+key
		} else if n := s.annotations[key]; n.field != "" && n.value != "" && f.Object.Kind != "Service" && f.Object.Name == s.name {
			f.Object, f.Field = manifest.ID{}, "spec."+n.field
		}
		if f.Severity == manifest.Error {
			field, message := strings.TrimPrefix(f.Field, "spec."), f.Message
			if f.Object != (manifest.ID{}) {
				field, message = "values", fmt.Sprintf("%s: %s: %s", f.Object, f.Field, f.Message)
			}
			problems = append(problems, Problem{Field: field, Message: message})
			continue
		}
		findings = append(findings, f)
	}
	if s.profile == nil {
		return findings, problems
	}
	for _, key := range slices.Sorted(maps.Keys(s.Annotations)) {
		said := slices.ContainsFunc(findings, func(f manifest.Finding) bool { return f.Field == "spec.ingress.annotations."+key })
		if f, _ := familyOf(key); f != nil && !said && !f.beside && !slices.Contains(s.profile.reads, f) {
			findings = append(findings, manifest.Finding{
				Severity: manifest.Warning, Code: "ingress-annotation", Field: "spec.ingress.annotations." + key,
				Message: fmt.Sprintf("is of another controller: %s ignores it", s.profile.title),
			})
		}
	}
	return findings, problems
}

func (f *family) keys() []string {
	var all []string
	for name := range f.names {
		if !strings.Contains(name, "*") {
			all = append(all, f.prefix+name)
		}
	}
	slices.Sort(all)
	return all
}

func keys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

// meant names the nearest of the known words.
func meant(word string, known []string) string {
	if best := manifest.Nearest(word, known); best != "" {
		return fmt.Sprintf("; did you mean %s?", best)
	}
	return ""
}

// alone refuses an Ingress of the chart's beside ours: both would claim the
// host.
func (s *site) alone(set manifest.Set) {
	for _, n := range set {
		if id := manifest.IDOf(n); id.Kind == "Ingress" {
			s.refuse("ingress.controller", fmt.Sprintf("is %s, and the chart makes %s too: two would claim the host", s.Controller, id),
				"set ingress.enabled: false in the chart's values, or controller: chart to keep that one")
		}
	}
}
