package ingress

import (
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// values are, for each annotation, what its controller takes and what it refuses
// or ignores.
type values struct{ good, bad []string }

var (
	parsedBools = values{[]string{"true", "false", "1", "T", "FALSE"}, []string{"yes", "", "enabled", " true"}}
	texts1      = values{[]string{"airbyte", "a b"}, []string{"", " "}}
	names1      = values{[]string{"airbyte", "a.b-c"}, []string{"", "a,b", "Airbyte", "a b"}}
	types1      = values{[]string{"Internal", "External"}, []string{"", "private"}}
)

func upTo(most, beyond string) values {
	return values{[]string{"1", most}, []string{"0", beyond, "-1", "1s", " 1", "", "1.5"}}
}

// TestCloudGrammars has values for each annotation of Google's and Azure's
// controllers that has a grammar.
func TestCloudGrammars(t *testing.T) {
	certificates := values{[]string{"one", "one, two", strings.Repeat("x,", 15)}, []string{"", ",", strings.Repeat("x,", 16)}}
	for f, all := range map[*family]map[string]values{
		&kubernetesAnnotations: {
			"class": {[]string{"gce", "nginx", ""}, nil}, "allow-http": parsedBools,
			"global-static-ip-name": texts1, "regional-static-ip-name": texts1,
		},
		&gceAnnotations: {"pre-shared-cert": certificates},
		&gkeAnnotations: {
			"managed-certificates": certificates, "v1beta1.FrontendConfig": names1, "suppress-firewall-xpn-error": parsedBools, "certmap": texts1,
			"max-rate-per-endpoint":      {[]string{"0", "100", "0.5"}, []string{"", "-1", "many", "NaN"}},
			"capacity-scaler":            {[]string{"0", "0.5", "1.0"}, []string{"", "-0.1", "1.1", "half", "NaN"}},
			"transparent-health-checker": {[]string{`{"enabled":true}`, `{"Enabled":true}`, `{}`, "null"}, []string{"true", `{"enabled":"true"}`, `[]`, ""}},
			"load-balancer-type":         types1, "load-balancer-ip-addresses": texts1, "load-balancer-subnet": texts1,
			"internal-load-balancer-subnet": texts1, "internal-load-balancer-allow-global-access": parsedBools,
			"l4-strong-session-affinity": texts1, "l4lb-config": texts1, "weighted-load-balancing": texts1,
			"custom-forwarding-rule": texts1, "ip-collection-v6": texts1,
			"app-protocols": {[]string{`{"http":"HTTP2"}`, `{}`, "null"}, []string{"", "HTTP2", `["HTTP2"]`, `{"http":1}`}},
		},
		&gkeServiceAnnotations: {
			"neg": {
				[]string{`{"ingress":true}`, `{"ingress":false}`, `{"exposed_ports":{"80":{},"443":{"name":"x"}}}`, `{"ingress":true,"zones":["*"]}`, `{"Ingress":true}`, `{"ingress":null}`, "null"},
				[]string{"", "true", `{ingress:true}`, `{"ingress":"true"}`, `[]`, `{"exposed_ports":{"http":{}}}`, `{"exposed_ports":[80]}`, `{"exposed_ports":{"0":{}}}`, `{"zones":"a"}`},
			},
			"backend-config": {
				[]string{`{"default":"x"}`, `{"ports":{"http":"x"}}`, `{"default":"x","ports":{"80":"y"}}`, `{"Default":"x","ports":null}`},
				[]string{"", "x", `{}`, `{"default":""}`, `{"default":1}`, `{"ports":{}}`, `{"ports":{"80":1}}`, `{"ports":["x"]}`, `["x"]`},
			},
			"app-protocols":      {[]string{`{"http":"HTTP"}`, `{"a":"HTTPS","b":"HTTP2"}`, "null"}, []string{"", "HTTP", `{"http":"http"}`, `{"http":"GRPC"}`, `["HTTP"]`, `{"http":1}`, `{"http":null}`}},
			"load-balancer-type": types1, "network-tier": {[]string{"Standard", "Premium"}, []string{"", "standard", "PREMIUM"}}, "l4-rbs": {[]string{"enabled"}, []string{"true", ""}},
		},
		&agicAnnotations: {
			"backend-path-prefix": {[]string{"/", "/x/"}, []string{"", "x"}}, "backend-hostname": texts1,
			"backend-protocol": {[]string{"http", "HTTPS"}, []string{"", "h2c", "http "}}, "ssl-redirect": parsedBools,
			"appgw-ssl-certificate": texts1, "appgw-ssl-profile": texts1,
			"appgw-trusted-root-certificate": {[]string{"one", "one,two"}, []string{"", "one, two", "one,"}},
			"connection-draining":            parsedBools, "connection-draining-timeout": upTo("3600", "3601"),
			"cookie-based-affinity": parsedBools, "cookie-based-affinity-distinct-name": parsedBools,
			"request-timeout": upTo("86400", "86401"), "override-frontend-port": upTo("64999", "65000"), "use-private-ip": parsedBools,
			"waf-policy-for-path":   {[]string{wafPolicy, strings.ToLower(wafPolicy)}, []string{"", "waf", trafficController, wafPolicy + "/x"}},
			"health-probe-hostname": texts1, "health-probe-port": upTo("65535", "65536"), "health-probe-path": {[]string{"/", "/x"}, []string{"", "x"}},
			"health-probe-status-codes": {[]string{"200", "200-399, 401"}, []string{"", "ok", "2xx", "200-"}},
			"health-probe-interval":     upTo("86400", "86401"), "health-probe-timeout": upTo("86400", "86401"), "health-probe-unhealthy-threshold": upTo("20", "21"),
			"rewrite-rule-set": texts1, "rewrite-rule-set-custom-resource": names1, "hostname-extension": texts1, "rule-priority": upTo("20000", "20001"),
		},
		&agcAnnotations: {
			"alb-id":   {[]string{trafficController, strings.ToUpper(trafficController)}, []string{"", "alb", wafPolicy}},
			"alb-name": names1, "alb-namespace": names1, "alb-frontend": texts1, "alb-ingress-extension": names1,
		},
	} {
		for name, a := range f.names {
			v, ok := all[name]
			if !ok && a.grammar != nil {
				t.Errorf("%s%s: no values", f.prefix, name)
			}
			for _, value := range v.good {
				if why := a.grammar(value); why != "" {
					t.Errorf("%s%s: %q %s", f.prefix, name, value, why)
				}
			}
			for _, value := range v.bad {
				if a.grammar(value) == "" {
					t.Errorf("%s%s: %q is taken", f.prefix, name, value)
				}
			}
		}
		for name := range all {
			if _, ok := f.names[name]; !ok {
				t.Errorf("%s%s: values, and it is not known", f.prefix, name)
			}
		}
	}
}

// TestCloudPlaces: an annotation that is read from another kind of object is
// reported.
func TestCloudPlaces(t *testing.T) {
	for _, tt := range []struct {
		kind, key, value string
		known            bool
	}{
		{"Ingress", agcPrefix + "alb-name", "alb", true},
		{"Gateway", agcPrefix + "alb-name", "alb", true},
		{"Service", agcPrefix + "alb-name", "alb", false},
		{"Gateway", agcPrefix + "alb-frontend", "front", false},
		{"Gateway", "networking.gke.io/certmap", "map", true},
		{"Ingress", "networking.gke.io/certmap", "map", false},
		{"Service", "networking.gke.io/managed-certificates", "one", false},
		{"Service", agicPrefix + "health-probe-path", "/well", false},
		{"Ingress", "cloud.google.com/backend-config", `{"default":"x"}`, false},
		{"Ingress", "kubernetes.io/ingress.class", "nginx", true},
		{"Ingress", "kubernetes.io/ingress.provider", "x", true}, // another controller's
		{"Ingress", "kubernetes.io/ingress.clas", "nginx", false},
		{"Gateway", "networking.gke.io/backend-services", "x", true},
		{"Gateway", "networking.gke.io/firewalls", "x", true},
		{"Gateway", "networking.gke.io/forwarding-rules", "x", true},
		{"Gateway", "networking.gke.io/health-checks", "x", true},
		{"Gateway", "networking.gke.io/last-reconcile-time", "x", true},
		{"Gateway", "networking.gke.io/target-proxies", "x", true},
		{"Gateway", "networking.gke.io/url-maps", "x", true},
	} {
		if _, message := judge(tt.kind, tt.key, tt.value); (message == "") != tt.known {
			t.Errorf("%s on %s: %q", tt.key, tt.kind, message)
		}
	}
}

// TestCloudFindings are what Google's and Azure's controllers need besides and
// no setting tells.
func TestCloudFindings(t *testing.T) {
	policy := &NetworkPolicy{Namespaces: []string{"jobs"}}
	upstream := &TLS{Type: "upstream"}
	gke := &Gateway{Implementation: "gke"}
	alb := &LoadBalancer{Name: "alb", Namespace: "infra"}
	for _, tt := range []struct {
		name string
		spec *Spec
		want string
	}{
		{"gce", &Spec{Controller: "gce", TLS: upstream, NetworkPolicy: policy}, ""},
		{"gce, internal", &Spec{Controller: "gce", Scheme: "internal", TLS: upstream, NetworkPolicy: policy}, "spec.ingress.networkPolicy.cidrs: is missing: the proxies of an internal load balancer are in the region's proxy-only subnet; name that network, or nothing reaches Airbyte"},
		{"gce, internal, with networks", &Spec{Controller: "gce", Scheme: "internal", TLS: upstream, NetworkPolicy: &NetworkPolicy{CIDRs: []string{"10.0.0.0/8"}}}, ""},
		{"gce, internal, no policy", &Spec{Controller: "gce", Scheme: "internal", TLS: upstream}, ""},
		{"gce, instance", &Spec{Controller: "gce", TargetType: "instance", TLS: upstream, NetworkPolicy: policy}, "spec.ingress.networkPolicy.cidrs: is missing: what comes in on a node's port comes from the nodes; name that network, or nothing reaches Airbyte"},
		{"gke, regional", &Spec{Controller: "gateway", Gateway: gke, ClassName: "gke-l7-regional-external-managed", TLS: upstream, NetworkPolicy: policy}, "spec.ingress.networkPolicy.cidrs: is missing: the proxies of gke-l7-regional-external-managed are in the region's proxy-only subnet; name that network, or nothing reaches Airbyte"},
		{"gke, global", &Spec{Controller: "gateway", Gateway: gke, TLS: upstream, NetworkPolicy: policy}, ""},
		{"agc, extension of the user", &Spec{Controller: "agc", TLS: upstream, LoadBalancer: alb, Annotations: map[string]string{agcPrefix + "alb-ingress-extension": "own"}}, "spec.ingress.annotations.alb.networking.azure.io/alb-ingress-extension: is own: see that it sets timeouts.requestTimeout to 600s for each Service, or a request ends after a minute"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, findings, problems := Make(release(t, "server"), tt.spec, Release{Name: "airbyte", Namespace: "airbyte", URL: "https://airbyte.example.com"})
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			var lines []string
			for _, f := range findings {
				if f.Severity != manifest.Warning {
					t.Errorf("%s is no warning", f.Field)
				}
				lines = append(lines, f.Field+": "+f.Message)
			}
			if got := strings.Join(lines, "\n"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestProbes: AGIC derives its health checks from the Pods', and says so where
// there is nothing to derive them from; GKE's instances cannot be asked on a port
// that only Pods have.
func TestProbes(t *testing.T) {
	set := release(t, "server")
	for _, n := range set {
		if manifest.IDOf(n).Kind != "Deployment" {
			continue
		}
		c := manifest.Items(manifest.Lookup(manifest.PodTemplate(n), "spec", "containers"))[0]
		probe := manifest.Lookup(c, "readinessProbe", "httpGet")
		manifest.SetField(probe, "port", manifest.String("9000"))
	}
	r := Release{Name: "airbyte", Namespace: "airbyte", URL: "https://airbyte.example.com"}
	_, _, problems := Make(set, &Spec{Controller: "gce", TargetType: "instance", TLS: &TLS{Type: "upstream"}}, r)
	if len(problems) != 1 || problems[0].Message != "is instance, and what is asked whether server is well is port 9000, which nodes do not have" {
		t.Errorf("got %v", problems)
	}
	for _, n := range set {
		if manifest.IDOf(n).Kind == "Deployment" {
			c := manifest.Items(manifest.Lookup(manifest.PodTemplate(n), "spec", "containers"))[0]
			manifest.SetField(c, "readinessProbe", manifest.String(""))
		}
	}
	_, findings, _ := Make(set, &Spec{Controller: "agic", TLS: &TLS{Type: "upstream"}}, r)
	if len(findings) != 1 || findings[0].Code != "ingress-health" {
		t.Errorf("got %v", findings)
	}
}
