package ingress

import (
	"slices"
	"strings"
	"testing"
)

func acm() *TLS { return &TLS{Type: "acm"} }

// TestCheck: what is wrong whatever the release, by field and message.
func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name string
		spec Spec
		want []string // "field: part of the message"; none where all is well
	}{
		{"least", Spec{Controller: "alb", TLS: acm()}, nil},
		{"none", Spec{Controller: "none"}, nil},
		{"none with settings", Spec{Controller: "none", Timeout: "600s", TLS: acm()}, []string{"ingress.timeout: means nothing to controller none", "ingress.tls.type: means"}},
		{"chart with settings", Spec{Controller: "chart", ClassName: "x"}, []string{"ingress.className: means nothing to controller chart"}},
		{"chart with a network policy", Spec{Controller: "chart", NetworkPolicy: &NetworkPolicy{Namespaces: []string{"x"}}}, nil},
		{"gateway of nobody", Spec{Controller: "gateway"}, []string{"ingress.gateway: is missing"}},
		{"gateway beside an Ingress", Spec{Controller: "alb", Gateway: &Gateway{Implementation: "alb"}}, []string{"ingress.gateway: means nothing to controller alb"}},
		{"host with a scheme", Spec{Controller: "alb", Hosts: []string{"https://x.example.com"}}, []string{`ingress.hosts[0]: "https://x.example.com" is no host name`}},
		{"host with capitals", Spec{Controller: "alb", Hosts: []string{"X.example.com"}}, []string{"ingress.hosts[0]: \"X.example.com\" is no host name as Kubernetes writes it: write x.example.com"}},
		{"hosts that nothing can be for", Spec{Controller: "alb", Hosts: []string{"10.0.0.1", "*.example.com", "bücher.example", "a_b.example.com", "a.example.com.", ""}}, []string{
			"ingress.hosts[0]: 10.0.0.1 is an address", `ingress.hosts[1]: "*.example.com" is no host name: Airbyte has one URL: name each host`,
			`ingress.hosts[2]: "bücher.example" is no host name as DNS has it: write its form in ASCII`, `ingress.hosts[3]: "a_b.example.com" is no host name: small letters`,
			`ingress.hosts[4]: "a.example.com." is no host name as Kubernetes writes it: write a.example.com`, "ingress.hosts[5]: is empty"}},
		{"too many hosts", Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "envoy"}, Hosts: strings.Fields("a b c d e f g h i j k l m n o p")}, []string{"ingress.hosts: has 16: an HTTPRoute is for 16 at most"}},
		{"names that are too long", Spec{Controller: "alb", Name: strings.Repeat("a", 250)}, []string{"ingress.name: has 250 letters, want 244 at most"}},
		{"a Gateway's name that is too long", Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "envoy"}, Name: strings.Repeat("a", 64)}, []string{"ingress.name: has 64 letters: a Gateway has 63 at most"}},
		{"nothing in a list", Spec{Controller: "alb", SecurityGroups: []string{" "}, Subnets: []string{"a,b", "c", "c"}}, []string{
			"ingress.securityGroups[0]: is empty", `ingress.subnets[0]: "a,b" has a comma: write two entries`, `ingress.subnets[2]: "c" stands twice`}},
		{"nothing that is required", Spec{Controller: "alb", Group: &Group{}}, []string{"ingress.group.name: is empty"}},
		{"a group and its place", Spec{Controller: "alb", Group: &Group{Name: "A B", Order: number1(5000)}}, []string{`ingress.group.name: "A B" is no name of a group`, "ingress.group.order: is 5000, want -1000 to 1000"}},
		{"a tag of two", Spec{Controller: "alb", Tags: map[string]string{"a=b": "c"}}, []string{`ingress.tags: has a key "a=b"`}},
		{"no timeout", Spec{Controller: "alb", Timeout: "0s"}, []string{"ingress.timeout: is 0s, want more than nothing"}},
		{"a timeout of years", Spec{Controller: "nginx", Timeout: "2562047h47m"}, []string{"ingress.timeout: is 2562047h47m: nobody waits for longer than a day"}},
		{"a body of exabytes", Spec{Controller: "nginx", MaxBodySize: "10E"}, []string{"ingress.maxBodySize: is 10E: no request is larger than a tebibyte"}},
		{"codes backwards", Spec{Controller: "alb", HealthCheck: &HealthCheck{SuccessCodes: "299-200"}}, []string{"ingress.healthCheck.successCodes: has 299-200, which ends before it begins"}},
		{"more than a path", Spec{Controller: "alb", HealthCheck: &HealthCheck{Path: "/a b"}}, []string{`ingress.healthCheck.path: "/a b" is more than a path`}},
		{"redirect by nobody", Spec{Controller: "alb", TLS: &TLS{Type: "upstream"}, HTTPRedirect: "enabled"}, []string{"ingress.httpRedirect: is enabled, and TLS ends before AWS Load Balancer Controller"}},
		{"what stands on the Services", Spec{Controller: "alb", Annotations: map[string]string{"alb.ingress.kubernetes.io/success-codes": "200"}}, []string{
			"ingress.annotations.alb.ingress.kubernetes.io/success-codes: is said on each Service, which wins over the Ingress: write spec.ingress.healthCheck.successCodes"}},
		{"GKE's class", Spec{Controller: "gce", Annotations: map[string]string{"kubernetes.io/ingress.class": "gce-internal"}}, []string{"ingress.annotations.kubernetes.io/ingress.class: is what scheme becomes"}},
		{"two logs", Spec{Controller: "alb", AccessLogs: &AccessLogs{Bucket: "b"}, LoadBalancer: &LoadBalancer{Attributes: map[string]string{"access_logs.s3.bucket": "c"}}}, []string{
			"ingress.loadBalancer.attributes: has access_logs.s3.bucket, which is spec.ingress.accessLogs: say it there alone"}},
		{"a Gateway's listener twice", Spec{Controller: "gateway", TLS: &TLS{Type: "controller"}, Gateway: &Gateway{Implementation: "other", Parent: &Parent{Name: "shared", SectionName: "s", HTTPSection: "s"}}}, []string{
			"ingress.gateway.parent.httpSectionName: is s, as sectionName is"}},
		{"timeout without a unit", Spec{Controller: "alb", Timeout: "600"}, []string{`ingress.timeout: "600" is no duration: write the unit: 600s`}},
		{"timeout too short", Spec{Controller: "alb", Timeout: "30s"}, []string{"ingress.timeout: is 30s: checking a connection takes longer"}},
		{"timeout of half seconds", Spec{Controller: "alb", Timeout: "60.5s"}, []string{"ingress.timeout: is 60.5s: load balancers count whole seconds"}},
		{"timeout above the cap", Spec{Controller: "alb", Timeout: "2h"}, []string{"ingress.timeout: is 2h0m0s: an Application Load Balancer waits 4000s at most"}},
		{"body", Spec{Controller: "nginx", MaxBodySize: "10 MB"}, []string{`ingress.maxBodySize: "10 MB" is no quantity`}},
		{"small body", Spec{Controller: "nginx", MaxBodySize: "100k"}, []string{"ingress.maxBodySize: is 100k, which is less than a mebibyte"}},
		{"address for a network", Spec{Controller: "alb", AllowCIDRs: []string{"10.0.0.1", "10.0.0.1/8", "x", "2001:db8::/32"}}, []string{
			`ingress.allowCidrs[0]: "10.0.0.1" is no network: one address is 10.0.0.1/32`, "ingress.allowCidrs[1]: 10.0.0.1/8 has bits set behind the mask: write 10.0.0.0/8", `ingress.allowCidrs[2]: "x" is no network`}},
		{"secret without a name", Spec{Controller: "nginx", TLS: &TLS{Type: "secret"}}, []string{"ingress.tls.secretName: is missing: tls.type is secret"}},
		{"field of another type", Spec{Controller: "alb", TLS: &TLS{Type: "acm", SecretName: "x"}}, []string{"ingress.tls.secretName: has no counterpart", "ingress.tls.secretName: means nothing to tls.type acm"}},
		{"ARN", Spec{Controller: "alb", TLS: &TLS{Type: "acm", CertificateARNs: []string{"arn:aws:acm:eu-central-1:1:certificate/x"}}}, []string{"ingress.tls.certificateArns[0]: "}},
		{"redirect without TLS", Spec{Controller: "alb", HTTPRedirect: "enabled"}, []string{"ingress.httpRedirect: is enabled, and no TLS ends at the controller"}},
		{"path", Spec{Controller: "alb", HealthCheck: &HealthCheck{Path: "health"}}, []string{`ingress.healthCheck.path: "health" is no path: write /health`}},
		{"answer after the next question", Spec{Controller: "alb", HealthCheck: &HealthCheck{Interval: "5s", Timeout: "5s"}}, []string{"ingress.healthCheck.timeout: is 5s, and interval is 5s"}},
		{"codes", Spec{Controller: "alb", HealthCheck: &HealthCheck{SuccessCodes: "2xx"}}, []string{`ingress.healthCheck.successCodes: "2xx" are no status codes`}},
		{"thresholds", Spec{Controller: "alb", HealthCheck: &HealthCheck{HealthyThreshold: number1(0)}}, []string{"ingress.healthCheck.healthyThreshold: is 0, want at least 1"}},
		{"namespace", Spec{Controller: "none", NetworkPolicy: &NetworkPolicy{Namespaces: []string{"a.b"}, CIDRs: []string{"10.0.0.0"}}}, []string{
			"ingress.networkPolicy.cidrs[0]: ", `ingress.networkPolicy.namespaces[0]: "a.b" is no name of a namespace`}},
		{"labels", Spec{Controller: "alb", Labels: map[string]string{"a b": "x", "team": "x y"}}, []string{"ingress.labels.a b: ", "ingress.labels.team: "}},
		{"annotation name", Spec{Controller: "alb", Annotations: map[string]string{"a b": "x"}}, []string{"ingress.annotations.a b: is no name of an annotation"}},
		{"one subnet", Spec{Controller: "alb", Subnets: []string{"subnet-1"}}, []string{"ingress.subnets: names one"}},
		{"groups and networks", Spec{Controller: "alb", SecurityGroups: []string{"sg-1"}, AllowCIDRs: []string{"10.0.0.0/8"}}, []string{"ingress.allowCidrs: is ignored where securityGroups are given"}},
		{"WAF", Spec{Controller: "alb", WAFPolicy: "policy"}, []string{`ingress.wafPolicy: "policy" is no ARN of a regional web ACL`}},
		{"log without a bucket", Spec{Controller: "alb", AccessLogs: &AccessLogs{}}, []string{"ingress.accessLogs.bucket: is missing"}},
		{"attribute misspelt", Spec{Controller: "alb", LoadBalancer: &LoadBalancer{Attributes: map[string]string{"routing.http2.enable": "true"}}}, []string{
			"ingress.loadBalancer.attributes: has a key routing.http2.enable that is not known; did you mean routing.http2.enabled?"}},
		{"attribute that is a setting", Spec{Controller: "alb", LoadBalancer: &LoadBalancer{Attributes: map[string]string{"idle_timeout.timeout_seconds": "60"}}}, []string{
			"ingress.loadBalancer.attributes: has idle_timeout.timeout_seconds, which is spec.ingress.timeout"}},
		{"name of a load balancer", Spec{Controller: "alb", LoadBalancer: &LoadBalancer{Name: "internal-airbyte"}}, []string{"ingress.loadBalancer.name: "}},
		{"class of somebody else's Gateway", Spec{Controller: "gateway", ClassName: "x", Gateway: &Gateway{Implementation: "other", Parent: &Parent{Name: "shared"}}}, []string{"ingress.className: means nothing to a Gateway that exists"}},
		{"certificate for somebody else's Gateway", Spec{Controller: "gateway", TLS: &TLS{Type: "secret", SecretName: "x"}, Gateway: &Gateway{Implementation: "other", Parent: &Parent{Name: "shared"}}}, []string{"ingress.tls.type: is secret, and the Gateway is shared"}},
		{"redirect on no listener", Spec{Controller: "gateway", HTTPRedirect: "enabled", TLS: &TLS{Type: "controller"}, Gateway: &Gateway{Implementation: "other", Parent: &Parent{Name: "shared"}}}, []string{"ingress.gateway.parent.httpSectionName: is missing"}},
		{"class of a Gateway of nobody's", Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "other"}}, []string{"ingress.className: is missing: which GatewayClass"}},
		{"Gateway without a certificate", Spec{Controller: "gateway", ClassName: "x", TLS: &TLS{Type: "controller"}, Gateway: &Gateway{Implementation: "other"}}, []string{"ingress.tls.type: is controller, and the Gateway is made here"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, p := range tt.spec.Check() {
				got = append(got, p.Field+": "+p.Message+": "+p.Hint)
			}
			slices.Sort(got)
			if len(got) != len(tt.want) {
				t.Fatalf("got %d:\n%s\nwant %d", len(got), strings.Join(got, "\n"), len(tt.want))
			}
			slices.Sort(tt.want)
			for i := range got {
				if !strings.HasPrefix(got[i], tt.want[i]) {
					t.Errorf("got  %s\nwant %s", got[i], tt.want[i])
				}
			}
		})
	}
}

// TestMakeRefuses: what only shows together with the release.
func TestMakeRefuses(t *testing.T) {
	airbyte := Release{Name: "airbyte", Namespace: "airbyte", URL: "https://airbyte.example.com"}
	for _, tt := range []struct {
		name string
		spec Spec
		url  string
		want string
	}{
		{"no URL", Spec{Controller: "alb"}, "", "url: is missing: an ingress needs a host"},
		{"no host", Spec{Controller: "alb", TLS: acm()}, "airbyte.example.com", `url: "airbyte.example.com" has no host`},
		{"a port", Spec{Controller: "alb", TLS: acm()}, "https://airbyte.example.com:8443", `url: "https://airbyte.example.com:8443" has a port`},
		{"https without TLS", Spec{Controller: "alb"}, airbyte.URL, "ingress.tls: is missing, and the URL is https"},
		{"TLS without https", Spec{Controller: "alb", TLS: acm()}, "http://airbyte.example.com", "ingress.tls: is set, and the URL is http://airbyte.example.com"},
		{"host twice", Spec{Controller: "alb", TLS: acm(), Hosts: []string{"airbyte.example.com"}}, airbyte.URL, "ingress.hosts[0]: \"airbyte.example.com\" stands twice"},
		{"nobody comes in", Spec{Controller: "alb", TLS: acm(), NetworkPolicy: &NetworkPolicy{}}, airbyte.URL, "ingress.networkPolicy: names nobody"},
		{"annotation against a setting", Spec{Controller: "alb", TLS: acm(), Scheme: "internal", Annotations: map[string]string{"alb.ingress.kubernetes.io/scheme": "internet-facing"}}, airbyte.URL,
			`ingress.annotations.alb.ingress.kubernetes.io/scheme: is "internet-facing", and spec.ingress.scheme makes it "internal"`},
		{"attribute against a setting", Spec{Controller: "alb", TLS: acm(), Annotations: map[string]string{"alb.ingress.kubernetes.io/load-balancer-attributes": "idle_timeout.timeout_seconds=60"}}, airbyte.URL,
			"ingress.annotations.alb.ingress.kubernetes.io/load-balancer-attributes: says something else of idle_timeout.timeout_seconds than spec.ingress.timeout"},
		{"annotation of a bad value", Spec{Controller: "alb", TLS: acm(), Annotations: map[string]string{"alb.ingress.kubernetes.io/ip-address-type": "ipv6"}}, airbyte.URL,
			`ingress.annotations.alb.ingress.kubernetes.io/ip-address-type: "ipv6" is not one of ipv4, dualstack`},
		{"chart makes none", Spec{Controller: "chart"}, airbyte.URL, "ingress.controller: is chart, and the chart makes no Ingress"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := airbyte
			r.URL = tt.url
			_, _, problems := Make(release(t, "server"), &tt.spec, r)
			if len(problems) == 0 {
				t.Fatalf("nothing is refused, want %s", tt.want)
			}
			if got := problems[0].Field + ": " + problems[0].Message; !strings.HasPrefix(got, tt.want) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestAnnotationsJoin: what is said in key=value beside ours is kept; a default
// of ours gives way.
func TestAnnotationsJoin(t *testing.T) {
	if joined, clash := join("a=1,b=2", ""); joined != "a=1,b=2" || clash != "" {
		t.Errorf("with nothing: %q, %q", joined, clash)
	}
	got := made(t, &Spec{Controller: "alb", TLS: acm(), Annotations: map[string]string{
		"alb.ingress.kubernetes.io/load-balancer-attributes": "routing.http2.enabled=false",
		"alb.ingress.kubernetes.io/target-type":              "instance",
		"example.com/anything":                               "kept",
	}}, "server")
	for _, want := range []string{
		"alb.ingress.kubernetes.io/load-balancer-attributes: idle_timeout.timeout_seconds=600,routing.http2.enabled=false\n",
		"alb.ingress.kubernetes.io/target-type: instance\n",
		"example.com/anything: kept\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// TestFindings: what is ignored is said, with the nearest name.
func TestFindings(t *testing.T) {
	spec := &Spec{Controller: "alb", TLS: acm(), Annotations: map[string]string{
		"alb.ingress.kubernetes.io/heathcheck-path":        "/x",
		"nginx.ingress.kubernetes.io/proxy-read-timeout":   "600",
		"alb.ingress.kubernetes.io/actions.something-else": `{"type":"forward","targetGroupARN":"a"}`,
	}}
	set := release(t, "server")
	_, findings, problems := Make(set, spec, Release{Name: "airbyte", Namespace: "airbyte", URL: "https://airbyte.example.com"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got []string
	for _, f := range findings {
		got = append(got, f.String())
	}
	want := []string{
		"spec.ingress.annotations.alb.ingress.kubernetes.io/heathcheck-path: is unknown, and ignored; did you mean alb.ingress.kubernetes.io/healthcheck-path?",
		"spec.ingress.annotations.nginx.ingress.kubernetes.io/proxy-read-timeout: is of another controller: AWS Load Balancer Controller ignores it",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
