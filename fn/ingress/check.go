package ingress

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
)

// DefaultTimeout is how long a request may take where nobody says otherwise. It
// is what Airbyte's own installer gives NGINX: checking a connection starts a
// Pod and waits for it.
const DefaultTimeout = 600 * time.Second

// IdleTimeout is how long the server has to keep a connection open on which
// nothing happens, as a duration: a minute longer than a request may take. It is
// empty where no ingress is written.
func (s *Spec) IdleTimeout() string {
	if s == nil || s.Controller == "none" || s.Controller == "chart" {
		return ""
	}
	d, err := duration(s.Timeout)
	if err != nil || d == 0 {
		d = DefaultTimeout
	}
	return fmt.Sprintf("%ds", seconds(d+time.Minute))
}

// leastTimeout is what every controller gives by default; below it, checking a
// connection is not going to work.
const leastTimeout = 60 * time.Second

// Check finds what is wrong with settings whatever the release: what is missing,
// what contradicts, what the controller has no counterpart for.
func (s *Spec) Check() []Problem {
	if s == nil {
		return nil
	}
	k := &checker{spec: s}
	k.counterparts()
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
	if class, own := s.Annotations[classAnnotation]; own && s.Controller != "gateway" && profileOf(s) != nil && profileOf(s).supports("className") {
		// pkg/apis/networking/validation of Kubernetes.
		k.add("annotations."+classAnnotation, "stands beside ingressClassName, and the API server takes one of them", "write className: "+class)
	}
	if p := profileOf(s); p != nil && p.check != nil {
		p.check(s, k.add)
	}
	return k.problems
}

type checker struct {
	spec     *Spec
	problems []Problem
}

func (k *checker) add(field, message, hint string) {
	k.problems = append(k.problems, Problem{Field: "ingress." + field, Message: message, Hint: hint})
}

// counterparts refuses what the controller cannot be told.
func (k *checker) counterparts() {
	s, p := k.spec, profileOf(k.spec)
	switch {
	case s.Controller == "gateway" && s.Gateway == nil:
		k.add("gateway", "is missing: controller is gateway", "say whose it is: gateway.implementation, one of "+strings.Join(implementations(), ", "))
		return
	case s.Controller != "gateway" && s.Gateway != nil:
		k.add("gateway", fmt.Sprintf("means nothing to controller %s", s.Controller), "write controller: gateway, or leave it out")
		return
	}
	for _, field := range given(s) {
		if common[field] && p != nil || p != nil && p.supports(field) {
			continue
		}
		switch {
		case p != nil:
			if field != "tls.type" {
				k.add(field, fmt.Sprintf("has no counterpart in %s", p.title), p.elsewhere[field])
			}
		case field == "controller" || strings.HasPrefix(field, "networkPolicy."):
		case s.Controller == "chart":
			k.add(field, "means nothing to controller chart: the chart's own Ingress is made of its values", "write it under spec.values.ingress")
		case s.Controller == "none":
			k.add(field, "means nothing to controller none: no ingress is written", "leave it out")
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

// names checks what becomes a name in Kubernetes.
func (k *checker) names() {
	s := k.spec
	k.subdomain("name", s.Name)
	k.subdomain("className", s.ClassName)
	for i, host := range s.Hosts {
		field := fmt.Sprintf("hosts[%d]", i)
		if strings.Contains(host, "/") || strings.Contains(host, ":") {
			k.add(field, fmt.Sprintf("%q is no host name", host), "without scheme, port and path: airbyte.example.com")
			continue
		}
		k.subdomain(field, host)
	}
	if g := s.Gateway; g != nil && g.Parent != nil {
		k.subdomain("gateway.parent.name", g.Parent.Name)
		k.label("gateway.parent.namespace", g.Parent.Namespace)
	}
	for key, value := range s.Labels {
		if len(validation.IsQualifiedName(key)) > 0 || len(validation.IsValidLabelValue(value)) > 0 {
			k.add("labels."+key, fmt.Sprintf("%q is no label: letters, digits, dashes, dots, at most 63", value), "")
		}
	}
	for key := range s.Annotations {
		if len(validation.IsQualifiedName(strings.ToLower(key))) > 0 {
			k.add("annotations."+key, "is no name of an annotation", "")
		}
	}
}

func (k *checker) subdomain(field, name string) {
	if name != "" && len(validation.IsDNS1123Subdomain(name)) > 0 {
		k.add(field, fmt.Sprintf("%q is no name: small letters, digits, dashes and dots", name), "")
	}
}

func (k *checker) label(field, name string) {
	if name != "" && len(validation.IsDNS1123Label(name)) > 0 {
		k.add(field, fmt.Sprintf("%q is no name of a namespace", name), "")
	}
}

// amounts checks times and sizes.
func (k *checker) amounts() {
	s := k.spec
	if d, ok := k.duration("timeout", s.Timeout); ok && d < leastTimeout {
		k.add("timeout", fmt.Sprintf("is %s: checking a connection takes longer than a minute, and ends in a 504 then", d), "leave it out, it is 600s by default")
	}
	if s.MaxBodySize != "" {
		q, err := resource.ParseQuantity(s.MaxBodySize)
		switch {
		case err != nil:
			k.add("maxBodySize", fmt.Sprintf("%q is no quantity", s.MaxBodySize), "such as 10Mi")
		case q.Value() < 1<<20:
			k.add("maxBodySize", fmt.Sprintf("is %s, which is less than a mebibyte: definitions of connectors are larger", s.MaxBodySize), "such as 10Mi")
		}
	}
}

// duration checks a time of whole seconds.
func (k *checker) duration(field, text string) (time.Duration, bool) {
	if text == "" {
		return 0, false
	}
	d, err := duration(text)
	switch {
	case err != nil:
		hint := "such as 600s"
		if regexp.MustCompile(`^[0-9]+$`).MatchString(text) {
			hint = "write the unit: " + text + "s"
		}
		k.add(field, fmt.Sprintf("%q is no duration", text), hint)
	case d < time.Second || d%time.Second != 0:
		k.add(field, fmt.Sprintf("is %s: load balancers count whole seconds", text), "")
	default:
		return d, true
	}
	return 0, false
}

func (k *checker) networks(field string, cidrs []string) {
	for i, text := range cidrs {
		at := fmt.Sprintf("%s[%d]", field, i)
		p, err := netip.ParsePrefix(text)
		switch {
		case err != nil:
			hint := "such as 10.0.0.0/8"
			if a, err := netip.ParseAddr(text); err == nil {
				hint = fmt.Sprintf("one address is %s/%d", a, a.BitLen())
			}
			k.add(at, fmt.Sprintf("%q is no network", text), hint)
		case p.Masked() != p:
			k.add(at, fmt.Sprintf("%s has bits set behind the mask", text), "write "+p.Masked().String())
		}
	}
}

// tlsFields are the fields of tls that belong to each type; the first is needed.
var tlsFields = map[string][]string{
	"secret":              {"secretName"},
	"cert-manager":        {"issuer", "secretName"},
	"acm":                 {"", "certificateArns"},
	"google-managed":      {""},
	"pre-shared":          {"certificates"},
	"certificate-map":     {"certificateMap"},
	"key-vault":           {"certificateUri", "serviceAccount"},
	"application-gateway": {"certificates"},
	"controller":          {""},
	"upstream":            {""},
}

var certificateARN = regexp.MustCompile(`^arn:aws[a-z-]*:(acm:[a-z0-9-]+|iam:):[0-9]{12}:(certificate/[0-9A-Za-z-]+|server-certificate/.+)$`)

func (k *checker) tls() {
	t := k.spec.TLS
	if t == nil || t.Type == "" {
		if k.spec.HTTPRedirect == "enabled" {
			k.add("httpRedirect", "is enabled, and no TLS ends at the controller", "set tls, or leave it out")
		}
		return
	}
	set := map[string]bool{
		"secretName": t.SecretName != "", "issuer": t.Issuer != nil, "certificateArns": len(t.CertificateARNs) > 0,
		"certificates": len(t.Certificates) > 0, "certificateMap": t.CertificateMap != "", "certificateUri": t.CertificateURI != "",
		"serviceAccount": t.ServiceAccount != "",
	}
	fields := tlsFields[t.Type]
	if need := fields[0]; need != "" && !set[need] {
		k.add("tls."+need, fmt.Sprintf("is missing: tls.type is %s", t.Type), "")
	}
	for _, field := range []string{"secretName", "issuer", "certificateArns", "certificates", "certificateMap", "certificateUri", "serviceAccount"} {
		if set[field] && !slices.Contains(fields, field) {
			k.add("tls."+field, fmt.Sprintf("means nothing to tls.type %s", t.Type), "leave it out, or see that the type is what you mean")
		}
	}
	k.subdomain("tls.secretName", t.SecretName)
	k.subdomain("tls.serviceAccount", t.ServiceAccount)
	if t.Issuer != nil {
		k.subdomain("tls.issuer.name", t.Issuer.Name)
	}
	for i, arn := range t.CertificateARNs {
		if !certificateARN.MatchString(arn) {
			k.add(fmt.Sprintf("tls.certificateArns[%d]", i), fmt.Sprintf("%q is no ARN of a certificate", arn), "such as arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012")
		}
	}
	if t.Type == "upstream" && t.Policy != "" {
		k.add("tls.policy", "means nothing where TLS ends before the controller", "leave it out")
	}
}

var statusCodes = regexp.MustCompile(`^[1-5][0-9]{2}(-[1-5][0-9]{2})?(,[1-5][0-9]{2}(-[1-5][0-9]{2})?)*$`)

func (k *checker) healthCheck() {
	h := k.spec.HealthCheck
	if h == nil {
		return
	}
	if h.Path != "" && !strings.HasPrefix(h.Path, "/") {
		k.add("healthCheck.path", fmt.Sprintf("%q is no path", h.Path), "write /"+h.Path)
	}
	if h.Port != nil && (*h.Port < 1 || *h.Port > 65535) {
		k.add("healthCheck.port", fmt.Sprintf("is %d, want 1 to 65535", *h.Port), "")
	}
	interval, ok1 := k.duration("healthCheck.interval", h.Interval)
	timeout, ok2 := k.duration("healthCheck.timeout", h.Timeout)
	if ok1 && ok2 && timeout >= interval {
		k.add("healthCheck.timeout", fmt.Sprintf("is %s, and interval is %s: an answer has to come before the next question", timeout, interval), "")
	}
	for field, n := range map[string]*int{"healthyThreshold": h.HealthyThreshold, "unhealthyThreshold": h.UnhealthyThreshold} {
		if n != nil && *n < 1 {
			k.add("healthCheck."+field, fmt.Sprintf("is %d, want at least 1", *n), "")
		}
	}
	if h.SuccessCodes != "" && !statusCodes.MatchString(h.SuccessCodes) {
		k.add("healthCheck.successCodes", fmt.Sprintf("%q are no status codes", h.SuccessCodes), "such as 200 or 200-299 or 200,301")
	}
}

// within refuses a number outside of what a controller takes; zero is not given.
func within(refuse func(field, message, hint string), field string, n, least, most int) {
	if n != 0 && (n < least || n > most) {
		refuse(field, fmt.Sprintf("is %d, want %d to %d", n, least, most), "")
	}
}
