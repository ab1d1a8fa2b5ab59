package ingress

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"k8s.io/apimachinery/pkg/util/validation"
)

// host refuses what no Ingress and no certificate can be for.
func host(name string) (message, hint string) {
	if strings.ContainsAny(name, "/:") {
		return fmt.Sprintf("%q is no host name", name), "without scheme, port and path: airbyte.example.com"
	}
	if _, err := netip.ParseAddr(name); err == nil {
		return fmt.Sprintf("%s is an address: an ingress goes by names", name), "such as airbyte.example.com"
	}
	if len(validation.IsDNS1123Subdomain(name)) == 0 {
		return "", ""
	}
	switch small := strings.ToLower(strings.TrimSuffix(name, ".")); {
	case strings.Contains(name, "*"):
		return fmt.Sprintf("%q is no host name: Airbyte has one URL", name), "name each host"
	case len(validation.IsDNS1123Subdomain(small)) == 0:
		return fmt.Sprintf("%q is no host name as Kubernetes writes it", name), "write " + small
	case strings.IndexFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) >= 0:
		return fmt.Sprintf("%q is no host name as DNS has it", name), "write its form in ASCII, which begins with xn--"
	}
	return fmt.Sprintf("%q is no host name: small letters, digits, dashes and dots", name), "such as airbyte.example.com"
}

// names checks what becomes a name in Kubernetes.
func (k *checker) names() {
	s := k.spec
	k.subdomain("name", s.Name)
	// A Gateway's name becomes a label (GEP-1762), an Ingress may get a twin that
	// redirects, a certificate's Secret an ending.
	switch most := 253 - len("-redirect"); {
	case s.Controller == "gateway" && len(s.Name) > 63:
		k.add("name", fmt.Sprintf("has %d letters: a Gateway has 63 at most", len(s.Name)), "")
	case len(s.Name) > most:
		k.add("name", fmt.Sprintf("has %d letters, want %d at most", len(s.Name), most), "")
	}
	k.subdomain("className", s.ClassName)
	for i, name := range s.Hosts {
		if message, hint := host(name); name != "" && message != "" {
			k.add(fmt.Sprintf("hosts[%d]", i), message, hint)
		}
	}
	if s.Controller == "gateway" && len(s.Hosts) > 15 {
		k.add("hosts", fmt.Sprintf("has %d: an HTTPRoute is for 16 at most, with that of the URL", len(s.Hosts)), "")
	}
	for _, key := range slices.Sorted(maps.Keys(s.Labels)) {
		switch value := s.Labels[key]; {
		case len(validation.IsQualifiedName(key)) > 0:
			k.add("labels."+key, "is no name of a label: letters, digits, dashes, dots, at most 63", "")
		case len(validation.IsValidLabelValue(value)) > 0:
			k.add("labels."+key, fmt.Sprintf("%q is no value of a label: letters, digits, dashes, dots, at most 63", value), "")
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.Annotations)) {
		if len(validation.IsQualifiedName(strings.ToLower(key))) > 0 {
			k.add("annotations."+key, "is no name of an annotation", "")
		}
	}
}

// gateway checks a Gateway that exists, or says what one that is made needs.
func (k *checker) gateway() {
	if k.spec.Gateway == nil {
		return
	}
	s, p := k.spec, k.spec.Gateway.Parent
	if p == nil {
		if s.TLS != nil && s.TLS.Type == "controller" && k.profile != nil {
			k.add("tls.type", "is controller, and the Gateway is made here: its listeners need a certificate", "one of "+strings.Join(k.profile.types(), ", "))
		}
		return
	}
	k.subdomain("gateway.parent.name", p.Name)
	k.label("gateway.parent.namespace", p.Namespace)
	k.subdomain("gateway.parent.sectionName", p.SectionName)
	k.subdomain("gateway.parent.httpSectionName", p.HTTPSection)
	if p.HTTPSection != "" && p.HTTPSection == p.SectionName {
		k.add("gateway.parent.httpSectionName", fmt.Sprintf("is %s, as sectionName is: Airbyte would be redirected to itself", p.HTTPSection), "name the listener for http")
	}
	if s.TLS != nil && s.TLS.Type != "controller" && s.TLS.Type != "upstream" {
		k.add("tls.type", fmt.Sprintf("is %s, and the Gateway is %s, which has certificates of its own", s.TLS.Type, p.Name), "write type: controller")
	}
	if s.ClassName != "" {
		k.add("className", fmt.Sprintf("means nothing to a Gateway that exists, %s", p.Name), "leave it out")
	}
	if s.HTTPRedirect == "enabled" && p.HTTPSection == "" {
		k.add("gateway.parent.httpSectionName", "is missing: the redirect has to hang on the listener for http alone", "name that listener, or leave httpRedirect out")
	}
	if p.HTTPSection != "" && p.SectionName == "" {
		k.add("gateway.parent.sectionName", "is missing beside httpSectionName: the routes would serve http too", "name the listener for https")
	}
}

func (k *checker) subdomain(field, name string) {
	switch {
	case len(name) > 253:
		k.add(field, fmt.Sprintf("has %d letters, want 253 at most", len(name)), "")
	case name != "" && len(validation.IsDNS1123Subdomain(name)) > 0:
		k.add(field, fmt.Sprintf("%q is no name: small letters, digits, dashes and dots", name), "")
	}
}

func (k *checker) label(field, name string) {
	if name != "" && len(validation.IsDNS1123Label(name)) > 0 {
		k.add(field, fmt.Sprintf("%q is no name of a namespace", name), "")
	}
}
