package ingress

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

const albPrefix = "alb.ingress.kubernetes.io/"

// albMost is the longest idle timeout of an Application Load Balancer.
const albMost = 4000 * time.Second

// albPolicy takes TLS 1.2 and 1.3. What the controller takes where nobody says,
// ELBSecurityPolicy-2016-08, still has TLS 1.0.
const albPolicy = "ELBSecurityPolicy-TLS13-1-2-2021-06"

var alb = profile{
	controller: "alb",
	title:      "AWS Load Balancer Controller",
	source:     "docs/guide/ingress of AWS Load Balancer Controller v3.5.0",
	reads:      []*family{&albAnnotations},
	settings: []setting{
		{"className", "`ingressClassName`, alb by default"},
		{"scheme", "`alb.ingress.kubernetes.io/scheme`"},
		{"tls.acm", "`alb.ingress.kubernetes.io/listen-ports`: HTTPS 443; without ARNs the controller finds the certificate by host"},
		{"tls.certificateArns", "`alb.ingress.kubernetes.io/certificate-arn`"},
		{"tls.upstream", "`alb.ingress.kubernetes.io/listen-ports`: HTTP 80 alone"},
		{"tls.policy", "`alb.ingress.kubernetes.io/ssl-policy`, TLS 1.2 and 1.3 by default"},
		{"httpRedirect", "`alb.ingress.kubernetes.io/listen-ports`: HTTP 80 beside HTTPS 443, and `ssl-redirect`"},
		{"timeout", "`alb.ingress.kubernetes.io/load-balancer-attributes`: `idle_timeout.timeout_seconds`, at most 4000"},
		{"healthCheck.path", "`alb.ingress.kubernetes.io/healthcheck-path`, on the Service"},
		{"healthCheck.port", "`alb.ingress.kubernetes.io/healthcheck-port`, on the Service"},
		{"healthCheck.interval", "`alb.ingress.kubernetes.io/healthcheck-interval-seconds`"},
		{"healthCheck.timeout", "`alb.ingress.kubernetes.io/healthcheck-timeout-seconds`"},
		{"healthCheck.healthyThreshold", "`alb.ingress.kubernetes.io/healthy-threshold-count`"},
		{"healthCheck.unhealthyThreshold", "`alb.ingress.kubernetes.io/unhealthy-threshold-count`"},
		{"healthCheck.successCodes", "`alb.ingress.kubernetes.io/success-codes`"},
		{"targetType", "`alb.ingress.kubernetes.io/target-type`, ip by default; with instance the Services become NodePort"},
		{"group.name", "`alb.ingress.kubernetes.io/group.name`"},
		{"group.order", "`alb.ingress.kubernetes.io/group.order`"},
		{"loadBalancer.name", "`alb.ingress.kubernetes.io/load-balancer-name`"},
		{"loadBalancer.attributes", "`alb.ingress.kubernetes.io/load-balancer-attributes`"},
		{"subnets", "`alb.ingress.kubernetes.io/subnets`"},
		{"securityGroups", "`alb.ingress.kubernetes.io/security-groups`, and `manage-backend-security-group-rules`"},
		{"allowCidrs", "`alb.ingress.kubernetes.io/inbound-cidrs`"},
		{"wafPolicy", "`alb.ingress.kubernetes.io/wafv2-acl-arn`"},
		{"accessLogs.state", "`alb.ingress.kubernetes.io/load-balancer-attributes`: `access_logs.s3.enabled`"},
		{"accessLogs.bucket", "`alb.ingress.kubernetes.io/load-balancer-attributes`: `access_logs.s3.bucket`"},
		{"accessLogs.prefix", "`alb.ingress.kubernetes.io/load-balancer-attributes`: `access_logs.s3.prefix`"},
		{"tags", "`alb.ingress.kubernetes.io/tags`"},
	},
	elsewhere: albElsewhere,
	check:     checkALB,
	write:     writeALB,
}

// albElsewhere are the hints for both APIs.
var albElsewhere = map[string]string{
	"maxBodySize":      "an Application Load Balancer has no limit",
	"tls.secret":       "import the certificate into ACM: tls.type: acm",
	"tls.cert-manager": "ACM issues certificates and renews them: tls.type: acm",
}

// albOnServices are the annotations that are written on each Service, and the
// settings that they come from.
var albOnServices = map[string]string{
	"healthcheck-path":             "spec.ingress.healthCheck.path",
	"healthcheck-port":             "spec.ingress.healthCheck.port",
	"healthcheck-interval-seconds": "spec.ingress.healthCheck.interval",
	"healthcheck-timeout-seconds":  "spec.ingress.healthCheck.timeout",
	"healthy-threshold-count":      "spec.ingress.healthCheck.healthyThreshold",
	"unhealthy-threshold-count":    "spec.ingress.healthCheck.unhealthyThreshold",
	"success-codes":                "spec.ingress.healthCheck.successCodes",
}

func checkALB(s *Spec, refuse func(field, message, hint string)) {
	if d, err := duration(s.Timeout); err == nil && d > albMost {
		refuse("timeout", fmt.Sprintf("is %s: an Application Load Balancer waits 4000s at most", d), "")
	}
	if s.AccessLogs != nil && s.AccessLogs.State != "disabled" && s.AccessLogs.Bucket == "" {
		refuse("accessLogs.bucket", "is missing: an Application Load Balancer writes its log to S3", "")
	}
	if s.LoadBalancer != nil && s.LoadBalancer.Name != "" {
		if why := albName(s.LoadBalancer.Name); why != "" {
			refuse("loadBalancer.name", fmt.Sprintf("%q %s", s.LoadBalancer.Name, why), "")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(albOnServices)) {
		if _, own := s.Annotations[albPrefix+name]; own {
			refuse("annotations."+albPrefix+name, "is said on each Service, which wins over the Ingress", "write "+albOnServices[name])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.Tags)) {
		if key == "" || strings.ContainsAny(key, "=,") {
			refuse("tags", fmt.Sprintf("has a key %q: AWS takes letters, digits, spaces and . : / + - @ _", key), "")
		}
	}
	if s.TLS != nil && s.TLS.Policy != "" && !strings.HasPrefix(s.TLS.Policy, "ELBSecurityPolicy-") {
		refuse("tls.policy", fmt.Sprintf("%q is no SSL policy of Elastic Load Balancing", s.TLS.Policy), "such as "+albPolicy)
	}
	if g := s.Group; g != nil && g.Order != nil && (*g.Order < -1000 || *g.Order > 1000) {
		refuse("group.order", fmt.Sprintf("is %d, want -1000 to 1000", *g.Order), "")
	}
	if g := s.Group; g != nil && g.Name != "" {
		if why := albGroup(g.Name); why != "" {
			refuse("group.name", fmt.Sprintf("%q %s", g.Name, why), "")
		}
	}
	if n := len(s.Subnets); n == 1 {
		refuse("subnets", "names one: an Application Load Balancer stands in two zones at least", "")
	}
	if s.WAFPolicy != "" {
		if why := webACL(s.WAFPolicy); why != "" {
			refuse("wafPolicy", fmt.Sprintf("%q %s", s.WAFPolicy, why), "")
		}
	}
	if h := s.HealthCheck; h != nil {
		within(refuse, "healthCheck.interval", h.interval(), 5, 300)
		within(refuse, "healthCheck.timeout", h.timeout(), 2, 120)
		within(refuse, "healthCheck.healthyThreshold", h.healthy(), 2, 10)
		within(refuse, "healthCheck.unhealthyThreshold", h.unhealthy(), 2, 10)
	}
	if l := s.LoadBalancer; l != nil {
		for _, key := range slices.Sorted(maps.Keys(l.Attributes)) {
			field := owner(key, "")
			switch why := assigned(albAttributeKeys)(key + "=" + l.Attributes[key]); {
			case why != "":
				refuse("loadBalancer.attributes", why, "")
			case field == "spec.ingress.timeout", field == "spec.ingress.accessLogs" && s.AccessLogs != nil:
				refuse("loadBalancer.attributes", fmt.Sprintf("has %s, which is %s", key, field), "say it there alone")
			}
		}
	}
	if len(s.SecurityGroups) > 0 && len(s.AllowCIDRs) > 0 {
		refuse("allowCidrs", "is ignored where securityGroups are given: the controller then makes no rules of its own", "put the networks into the security group, or leave securityGroups out")
	}
}

// writeALB follows docs/guide/ingress/annotations.md of the controller.
// Health checks stand on the Services, which win over the Ingress: the paths
// behind one Ingress have different ones.
func writeALB(s *site) {
	set := func(name, value, field string) { s.annotate(albPrefix+name, value, field) }
	if s.Scheme != "" {
		set("scheme", s.Scheme, "ingress.scheme")
	}
	target := "ip"
	if s.TargetType != "" {
		target = s.TargetType
	}
	set("target-type", target, ifSet(s.TargetType, "ingress.targetType"))
	set("backend-protocol", "HTTP", "")
	listen := `[{"HTTP":80}]`
	switch {
	case s.https && s.redirects():
		listen = `[{"HTTP":80},{"HTTPS":443}]`
		set("ssl-redirect", "443", "ingress.httpRedirect")
	case s.https:
		listen = `[{"HTTPS":443}]`
	}
	set("listen-ports", listen, "ingress.httpRedirect")
	if s.https {
		if len(s.TLS.CertificateARNs) > 0 {
			set("certificate-arn", strings.Join(s.TLS.CertificateARNs, ","), "ingress.tls.certificateArns")
		}
		policy, field := albPolicy, ""
		if s.TLS.Policy != "" {
			policy, field = s.TLS.Policy, "ingress.tls.policy"
		}
		set("ssl-policy", policy, field)
	}
	set("load-balancer-attributes", assignments(albAttributes(s)), "")
	if g := s.Group; g != nil {
		set("group.name", g.Name, "ingress.group.name")
		if g.Order != nil {
			set("group.order", strconv.Itoa(*g.Order), "ingress.group.order")
		}
	}
	if l := s.LoadBalancer; l != nil && l.Name != "" {
		set("load-balancer-name", l.Name, "ingress.loadBalancer.name")
	}
	for _, list := range []struct {
		name, field string
		values      []string
	}{
		{"subnets", "ingress.subnets", s.Subnets},
		{"security-groups", "ingress.securityGroups", s.SecurityGroups},
		{"inbound-cidrs", "ingress.allowCidrs", s.AllowCIDRs},
	} {
		if len(list.values) > 0 {
			set(list.name, strings.Join(list.values, ","), list.field)
		}
	}
	if len(s.SecurityGroups) > 0 {
		// Without it the controller leaves the way to the Pods to those groups.
		set("manage-backend-security-group-rules", "true", "")
	}
	if s.WAFPolicy != "" {
		set("wafv2-acl-arn", s.WAFPolicy, "ingress.wafPolicy")
	}
	if len(s.Tags) > 0 {
		set("tags", assignments(s.Tags), "ingress.tags")
	}
	for _, r := range s.backends() {
		s.albHealth(r)
		if target == "instance" {
			s.nodePort(r)
		}
	}
	s.ingress(ingressForm{class: s.classOr("alb")})
}

// ifSet is the field that a value comes from; without one it is our default.
func ifSet(value, field string) string {
	if value == "" {
		return ""
	}
	return field
}

func albAttributes(s *site) map[string]string {
	attributes := map[string]string{"idle_timeout.timeout_seconds": strconv.Itoa(seconds(s.timeout()))}
	if s.LoadBalancer != nil {
		maps.Copy(attributes, s.LoadBalancer.Attributes)
	}
	if a := s.AccessLogs; a != nil {
		attributes["access_logs.s3.enabled"] = strconv.FormatBool(a.State != "disabled")
		if a.Bucket != "" {
			attributes["access_logs.s3.bucket"] = a.Bucket
		}
		if a.Prefix != "" {
			attributes["access_logs.s3.prefix"] = a.Prefix
		}
	}
	return attributes
}

func (s *site) albHealth(r Route) {
	p := s.probeOf(r)
	set := func(name, value string) { s.annotateService(r, albPrefix+name, value) }
	set("healthcheck-path", p.Path)
	if p.Port != r.ContainerPort {
		set("healthcheck-port", strconv.Itoa(p.Port))
	}
	codes := "200"
	h := s.HealthCheck
	if h != nil && h.SuccessCodes != "" {
		codes = h.SuccessCodes
	}
	set("success-codes", codes)
	number := func(name string, n int) {
		if n > 0 {
			set(name, strconv.Itoa(n))
		}
	}
	interval, timeout := albTimes(h)
	number("healthcheck-interval-seconds", interval)
	number("healthcheck-timeout-seconds", timeout)
	number("healthy-threshold-count", h.healthy())
	number("unhealthy-threshold-count", h.unhealthy())
}

// albTimes are the seconds between two questions, and for an answer, which AWS
// wants to be fewer. Where one is given both are written, so that the other's
// default, 15 and 5, does not contradict it; where none is, none is.
func albTimes(h *HealthCheck) (interval, timeout int) {
	interval, timeout = h.interval(), h.timeout()
	switch {
	case interval == 0 && timeout == 0:
	case interval == 0:
		interval = max(15, timeout+1)
	case timeout == 0:
		timeout = min(5, interval-1)
	}
	return interval, timeout
}

// listenPorts is the grammar of listen-ports: [{"HTTP":80},{"HTTPS":443}].
func listenPorts(v any) string {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return `is no list of ports, such as [{"HTTP":80},{"HTTPS":443}]`
	}
	for _, e := range list {
		m, _ := e.(map[string]any)
		if len(m) == 0 {
			return `is no list of ports, such as [{"HTTP":80},{"HTTPS":443}]`
		}
		for _, protocol := range keys(m) {
			port := m[protocol]
			if protocol != "HTTP" && protocol != "HTTPS" {
				return fmt.Sprintf("has a protocol %s, want HTTP or HTTPS", protocol)
			}
			if n, ok := port.(float64); !ok || n < 1 || n > 65535 || n != float64(int(n)) {
				b, _ := json.Marshal(port)
				return fmt.Sprintf("has a port %s, want a number of 1 to 65535", b)
			}
		}
	}
	return ""
}
