package ingress

import (
	"fmt"
	"reflect"
	"strings"
)

// Check finds what is wrong with settings whatever the release: what is missing,
// what contradicts, what the controller has no counterpart for.
func (s *Spec) Check() []Problem {
	if s == nil {
		return nil
	}
	k := &checker{spec: s, profile: profileOf(s)}
	k.counterparts()
	k.blanks("", reflect.ValueOf(*s))
	k.names()
	k.amounts()
	k.tls()
	checkIssuer(s, k.add)
	k.healthCheck()
	if n := s.NetworkPolicy; n != nil {
		k.networks("networkPolicy.cidrs", n.CIDRs)
		for i, name := range n.Namespaces {
			k.label(fmt.Sprintf("networkPolicy.namespaces[%d]", i), name)
		}
	}
	k.networks("allowCidrs", s.AllowCIDRs)
	k.gateway()
	if class, own := s.Annotations[classAnnotation]; own && s.Controller != "gateway" && k.profile != nil && k.profile.supports("className") {
		// pkg/apis/networking/validation of Kubernetes.
		k.add("annotations."+classAnnotation, "stands beside ingressClassName, and the API server takes one of them", "write className: "+class)
	}
	if p := k.profile; p != nil && p.check != nil {
		p.check(s, k.add)
	}
	return k.problems
}

type checker struct {
	spec *Spec
	// profile is nil for chart and none.
	profile  *profile
	problems []Problem
}

func (k *checker) add(field, message, hint string) {
	k.problems = append(k.problems, Problem{Field: "ingress." + field, Message: message, Hint: hint})
}

// counterparts refuses what the controller cannot be told.
func (k *checker) counterparts() {
	s, p := k.spec, k.profile
	switch {
	case s.Controller == "gateway" && s.Gateway == nil:
		k.add("gateway", "is missing: controller is gateway", "say whose it is: gateway.implementation, one of "+strings.Join(implementations(), ", "))
		return
	case s.Controller != "gateway" && s.Gateway != nil:
		k.add("gateway", fmt.Sprintf("means nothing to controller %s", s.Controller), "write controller: gateway, or leave it out")
		return
	}
	unknown := p != nil && s.TLS != nil && s.TLS.Type != "" && !p.supports("tls."+s.TLS.Type)
	for _, field := range given(s) {
		if common[field] && p != nil || p != nil && p.supports(field) {
			continue
		}
		switch {
		case unknown && field == "tls."+s.TLS.Type:
			hint := "one of " + strings.Join(p.types(), ", ")
			if also := p.elsewhere[field]; also != "" {
				hint = also
			}
			k.add("tls.type", fmt.Sprintf("is %s, which has no counterpart in %s", s.TLS.Type, p.title), hint)
		case unknown && strings.HasPrefix(field, "tls."):
			// Of a type that is refused already.
		case p != nil:
			hint := p.elsewhere[field]
			if hint == "" {
				hint = "leave it out; docs/ingress.md says who has it"
			}
			k.add(field, "has no counterpart in "+p.title, hint)
		case field == "controller" || strings.HasPrefix(field, "networkPolicy."):
		case s.TLS != nil && field == "tls."+s.TLS.Type:
		case s.Controller == "chart":
			k.add(field, "means nothing to controller chart: the chart's own Ingress is made of its values", "write it under spec.values.ingress")
		case s.Controller == "none":
			k.add(field, "means nothing to controller none: no ingress is written", "leave it out")
		}
	}
}

// blanks refuses what is given and says nothing, and lists whose entries are
// lists: most would be joined by commas.
func (k *checker) blanks(at string, v reflect.Value) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	switch {
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			field := strings.TrimPrefix(at+"."+name, ".")
			if f.Tag.Get("required") == "true" && v.Field(i).IsZero() && f.Tag.Get("enum") == "" {
				k.add(field, "is empty", "")
			}
			k.blanks(field, v.Field(i))
		}
	case v.Kind() == reflect.Slice:
		seen := map[string]bool{}
		for i := range v.Len() {
			field, text := fmt.Sprintf("%s[%d]", at, i), v.Index(i).String()
			switch {
			case strings.TrimSpace(text) == "":
				k.add(field, "is empty", "leave it out")
			case strings.Contains(text, ","):
				k.add(field, fmt.Sprintf("%q has a comma", text), "write two entries")
			case seen[text]:
				k.add(field, fmt.Sprintf("%q stands twice", text), "leave it out")
			}
			seen[text] = true
		}
	}
}

func implementations() []string {
	var all []string
	for _, p := range profiles {
		if p.implementation != "" {
			all = append(all, p.implementation)
		}
	}
	return all
}

// within refuses a number outside of what a controller takes; zero is not given.
func within(refuse func(field, message, hint string), field string, n, least, most int) {
	if n != 0 && (n < least || n > most) {
		refuse(field, fmt.Sprintf("is %d, want %d to %d", n, least, most), "")
	}
}
