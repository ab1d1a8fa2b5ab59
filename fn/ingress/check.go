package ingress

import (
	"fmt"
	"maps"
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

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

// mostTimeout is what nobody waits for, and mostBody what nobody sends: limits that
// are surely slips.
const (
	mostTimeout = 24 * time.Hour
	mostBody    = 1 << 40
)

// Check finds what is wrong with settings whatever the release: what is missing,
// what contradicts, what the controller has no counterpart for.
func (s *Spec) Check() []Problem {
	if s == nil {
		return nil
	}
	k := &checker{spec: s}
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
	p, made := k.spec.Gateway.Parent, profileOf(k.spec)
	if p == nil {
		if k.spec.TLS != nil && k.spec.TLS.Type == "controller" && made != nil {
			k.add("tls.type", "is controller, and the Gateway is made here: its listeners need a certificate", "one of "+strings.Join(made.types(), ", "))
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

// amounts checks times and sizes.
func (k *checker) amounts() {
	s := k.spec
	switch d, ok := k.duration("timeout", s.Timeout); {
	case ok && d < leastTimeout:
		k.add("timeout", fmt.Sprintf("is %s: checking a connection takes longer than a minute, and ends in a 504 then", s.Timeout), "leave it out, it is 600s by default")
	case d > mostTimeout:
		k.add("timeout", fmt.Sprintf("is %s: nobody waits for longer than a day", s.Timeout), "leave it out, it is 600s by default")
	}
	if s.MaxBodySize != "" {
		q, err := resource.ParseQuantity(s.MaxBodySize)
		switch {
		case err != nil:
			k.add("maxBodySize", fmt.Sprintf("%q is no quantity", s.MaxBodySize), "such as 10Mi")
		case q.CmpInt64(mostBody) > 0:
			k.add("maxBodySize", fmt.Sprintf("is %s: no request is larger than a tebibyte", s.MaxBodySize), "such as 10Mi")
		case q.CmpInt64(1<<20) < 0:
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
	case d <= 0:
		k.add(field, fmt.Sprintf("is %s, want more than nothing", text), "such as 600s")
	case d%time.Second != 0:
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
			if a, err := netip.ParseAddr(text); err == nil && a.Zone() == "" {
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
	k.subdomain("tls.certificateMap", t.CertificateMap)
	if t.Issuer != nil {
		k.subdomain("tls.issuer.name", t.Issuer.Name)
	}
	for i, arn := range t.CertificateARNs {
		if !certificateARN.MatchString(arn) {
			k.add(fmt.Sprintf("tls.certificateArns[%d]", i), fmt.Sprintf("%q is no ARN of a certificate", arn), "such as arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012")
		}
	}
	if p := profileOf(k.spec); t.Type == "upstream" && k.spec.HTTPRedirect == "enabled" && p != nil && !p.forwarded {
		k.add("httpRedirect", "is enabled, and TLS ends before "+p.title+", which cannot tell http from https then", "let what stands before it redirect")
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
	switch {
	case h.Path == "":
	case !strings.HasPrefix(h.Path, "/"):
		k.add("healthCheck.path", fmt.Sprintf("%q is no path", h.Path), "write /"+h.Path)
	case strings.ContainsAny(h.Path, " ?#"):
		k.add("healthCheck.path", fmt.Sprintf("%q is more than a path", h.Path), "such as /api/v1/health")
	}
	if h.Port != nil && (*h.Port < 1 || *h.Port > 65535) {
		k.add("healthCheck.port", fmt.Sprintf("is %d, want 1 to 65535", *h.Port), "")
	}
	interval, ok1 := k.duration("healthCheck.interval", h.Interval)
	timeout, ok2 := k.duration("healthCheck.timeout", h.Timeout)
	if ok1 && ok2 && timeout >= interval {
		k.add("healthCheck.timeout", fmt.Sprintf("is %s, and interval is %s: an answer has to come before the next question", timeout, interval), "")
	}
	k.threshold("healthCheck.healthyThreshold", h.HealthyThreshold)
	k.threshold("healthCheck.unhealthyThreshold", h.UnhealthyThreshold)
	if h.SuccessCodes == "" {
		return
	}
	if !statusCodes.MatchString(h.SuccessCodes) {
		k.add("healthCheck.successCodes", fmt.Sprintf("%q are no status codes", h.SuccessCodes), "such as 200 or 200-299 or 200,301")
		return
	}
	for _, part := range strings.Split(h.SuccessCodes, ",") {
		if first, last, ok := strings.Cut(part, "-"); ok && first > last {
			k.add("healthCheck.successCodes", fmt.Sprintf("has %s, which ends before it begins", part), "such as 200-299")
		}
	}
}

func (k *checker) threshold(field string, n *int) {
	if n != nil && *n < 1 {
		k.add(field, fmt.Sprintf("is %d, want at least 1", *n), "")
	}
}

// within refuses a number outside of what a controller takes; zero is not given.
func within(refuse func(field, message, hint string), field string, n, least, most int) {
	if n != 0 && (n < least || n > most) {
		refuse(field, fmt.Sprintf("is %d, want %d to %d", n, least, most), "")
	}
}
