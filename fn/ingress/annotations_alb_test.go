package ingress

import (
	"strings"
	"testing"
)

// Values are what AWS Load Balancer Controller v3.5.0 takes, and what it refuses
// or, where it hands a value on, AWS does.
func TestALBAnnotations(t *testing.T) {
	const (
		certificate = "arn:aws:acm:eu-central-1:111122223333:certificate/a"
		acl         = "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/a/b"
	)
	judged(t, &albAnnotations, "dry-run-plan security-groups frontend-nlb-security-groups", []grammarCase{
		{"load-balancer-name", []string{"airbyte", strings.Repeat("a", 32)}, []string{"", "internal-a", "a_b", "-a", strings.Repeat("a", 33)}},
		{"group.name", []string{"a", "a.b-c"}, []string{"", "A", ".a", strings.Repeat("a", 64)}},
		{"group.order", []string{"-1000", "0", "+1", "1000"}, []string{"1001", "-1001", "", "ten", " 10", "10 "}},
		{"tags target-node-labels frontend-nlb-tags listener-attributes.HTTP-[0-9]* listener-attributes.HTTPS-[0-9]*",
			[]string{"", "a=b", "a=b, c = d", `a=b\,c`, "a="}, []string{"a", "=b", "a=b,c"}},
		{"ip-address-type", []string{"ipv4", "dualstack", "dualstack-without-public-ipv4"}, []string{"IPv4", ""}},
		{"scheme frontend-nlb-scheme", []string{"internal", "internet-facing"}, []string{"Internal", "public", ""}},
		{"subnets frontend-nlb-subnets", []string{"a", "a, b", "a,,b,"}, []string{"", ",", " "}},
		{"shield-advanced-protection use-regex-path-match manage-backend-security-group-rules multi-cluster-target-group enable-frontend-nlb create-acm-cert",
			[]string{"true", "false", "1", "T", "False"}, []string{"", "yes", "on", "tRUE", " true"}},
		{"customer-owned-ipv4-pool ssl-policy auth-scope auth-session-cookie frontend-nlb-healthcheck-success-codes", []string{"a"}, []string{""}},
		{"wafv2-acl-name waf-acl-id web-acl-id ipam-ipv4-pool-id", []string{"a", ""}, []string{" "}},
		{"load-balancer-attributes",
			[]string{"", "idle_timeout.timeout_seconds=600", "deletion_protection.enabled = true , access_logs.s3.enabled=false", "new.one=x", "zonal_shift.config.enabled=true"},
			[]string{"idle_timeout.timeout_seconds=1h", "idle_timeout.timeout_seconds=4001", "idle_timeout.timeout_second=60", "deletion_protection.enabled=1", "a"}},
		{"target-group-attributes", []string{"", "stickiness.enabled=true, deregistration_delay.timeout_seconds = 30"}, []string{"stickiness.enabled=yes", "slow_start.duration_seconds=29", "stickiness"}},
		{"wafv2-acl-arn", []string{acl, "none"}, []string{"", "a", "arn:aws:wafv2:us-east-1:111122223333:global/webacl/a/b"}},
		{"listen-ports", []string{`[{"HTTP":80},{"HTTPS":443}]`, `[{"HTTP":80,"HTTPS":443}]`},
			[]string{"", "[]", "null", "[{}]", `[{"http":80}]`, `[{"HTTP":0}]`, `[{"HTTP":65536}]`, `[{"HTTP":"80"}]`, `[{"HTTP":80.0}]`, `[{"HTTP":8e1}]`, `{"HTTP":80}`}},
		{"ssl-redirect target-control-port.*", []string{"443", "65535"}, []string{"0", "65536", "", " 443", "https"}},
		{"inbound-cidrs", []string{"10.0.0.0/8", "10.0.0.0/8,, 2001:db8::/32,"}, []string{"", ",", "10.0.0.1", "10.0.0.0/40", "fe80::%eth0/64"}},
		{"security-group-prefix-lists", []string{"pl-0a", "pl-0a, pl-1b,"}, []string{"sg-0a", "pl-"}},
		{"certificate-arn", []string{"", certificate, certificate + ",," + certificate + ", "}, []string{"a", acl}},
		{"target-type", []string{"ip", "instance"}, []string{"IP", ""}},
		{"backend-protocol healthcheck-protocol frontend-nlb-healthcheck-protocol", []string{"HTTP", "HTTPS"}, []string{"http", "TCP", ""}},
		{"backend-protocol-version", []string{"HTTP1", "HTTP2", "GRPC"}, []string{"HTTP/2", ""}},
		{"healthcheck-port", []string{"traffic-port", "8080", "http", "8080-tcp"}, []string{"", "0", "70000", "Http", "80 80", "-1"}},
		{"frontend-nlb-healthcheck-port", []string{"traffic-port", "80"}, []string{"http", "0", ""}},
		{"healthcheck-path frontend-nlb-healthcheck-path", []string{"/", "/api/v1/health"}, []string{"", "health"}},
		{"healthcheck-interval-seconds frontend-nlb-healthcheck-interval-seconds", []string{"5", "300"}, []string{"4", "301", "10s", " 10", "10 "}},
		{"healthcheck-timeout-seconds frontend-nlb-healthcheck-timeout-seconds", []string{"2", "120"}, []string{"1", "121", " 5"}},
		{"healthy-threshold-count unhealthy-threshold-count frontend-nlb-healthcheck-healthy-threshold-count frontend-nlb-healthcheck-unhealthy-threshold-count",
			[]string{"2", "10"}, []string{"1", "11", ""}},
		{"success-codes", []string{"200", "200-299", "200,301", "200-299,499", "0-5", "12"}, []string{"", "500", "200-500", "299-200", "2xx", "200-", "200, 301", "+200"}},
		{"auth-type", []string{"none", "oidc", "cognito"}, []string{"OIDC", ""}},
		{"auth-idp-cognito", []string{`{"userPoolARN":"a","userPoolClientID":"b","userPoolDomain":"c"}`, `{"UserPoolArn":"a","userpoolclientid":"b","userPoolDomain":"c","new":1}`},
			[]string{"", "a", "[]", `{"userPoolARN":"a","userPoolClientID":"b"}`, `{"userPoolARN":1,"userPoolClientID":"b","userPoolDomain":"c"}`}},
		{"auth-idp-oidc", []string{`{"issuer":"a","authorizationEndpoint":"b","tokenEndpoint":"c","userinfoendpoint":"d","secretName":"e"}`},
			[]string{"{}", `{"issuer":"a","authorizationEndpoint":"b","tokenEndpoint":"c","userInfoEndpoint":"d"}`}},
		{"auth-on-unauthenticated-request", []string{"authenticate", "allow", "deny"}, []string{"Deny", ""}},
		{"auth-session-timeout", []string{"1", "604800"}, []string{"0", "604801", "1h"}},
		{"jwt-validation",
			[]string{`{"jwksEndpoint":"a","issuer":"b"}`, `{"JWKSEndpoint":"a","Issuer":"b","additionalClaims":[{"format":"single-string","name":"c","values":["d"]}]}`},
			[]string{"{}", `{"jwksEndpoint":"","issuer":"b"}`, `{"jwksEndpoint":"a","issuer":""}`, `{"jwksEndpoint":"a","issuer":"b","additionalClaims":[{"name":"c"}]}`}},
		{"actions.*", []string{
			`{"type":"redirect","redirectConfig":{"statusCode":"HTTP_301"}}`, `{"Type":"fixed-response","fixedresponseconfig":{"StatusCode":"404","contentType":"text/plain"}}`,
			`{"type":"forward","targetGroupARN":"a"}`, `{"type":"forward","targetGroupName":"a"}`, `{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"a","servicePort":80}]}}`,
			`{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"a","servicePort":"http","weight":1},{"targetGroupARN":"b","weight":2}]}}`,
		}, []string{
			"", "{}", `{"type":"Redirect"}`, `{"type":"redirect"}`, `{"type":"redirect","redirectConfig":{}}`, `{"type":"redirect","redirectConfig":{"statusCode":301}}`,
			`{"type":"fixed-response","redirectConfig":{"statusCode":"301"}}`, `{"type":"forward"}`, `{"type":"forward","targetGroupARN":"a","forwardConfig":{}}`,
			`{"type":"forward","forwardConfig":{"targetGroups":[{}]}}`, `{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"a"}]}}`,
			`{"type":"forward","forwardConfig":{"targetGroups":[{"targetGroupARN":"a"},{"targetGroupARN":"b"}]}}`,
		}},
		{"conditions.*", []string{
			"[]", `[{"field":"host-header","hostHeaderConfig":{"values":["a"]}}]`, `[{"field":"path-pattern","pathPatternConfig":{"regexValues":["a"]}}]`,
			`[{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"a","values":["b"]}},{"field":"query-string","queryStringConfig":{"values":[{"key":"a","value":"b"}]}}]`,
			`[{"Field":"source-ip","sourceipconfig":{"Values":["10.0.0.0/8"]}},{"field":"http-request-method","httpRequestMethodConfig":{"values":["GET"]}}]`,
		}, []string{
			"", "{}", "[{}]", `["a"]`, `[{"field":"Host-Header","hostHeaderConfig":{"values":["a"]}}]`, `[{"field":"host-header"}]`, `[{"field":"source-ip","hostHeaderConfig":{"values":["a"]}}]`,
			`[{"field":"path-pattern","pathPatternConfig":{"values":["a"],"regexValues":["b"]}}]`, `[{"field":"query-string","queryStringConfig":{"values":[{"key":"a"}]}}]`,
			`[{"field":"http-header","httpHeaderConfig":{"values":"b"}}]`, `[{"field":"http-request-method","httpRequestMethodConfig":{}}]`,
		}},
		{"transforms.*", []string{
			`[{"type":"url-rewrite","urlRewriteConfig":{"rewrites":[{"regex":"a","replace":"b"}]}}]`, `[{"type":"host-header-rewrite","hostHeaderRewriteConfig":{"rewrites":[{"regex":"a","replace":"b"}]}}]`,
		}, []string{"{}", "[{}]", `[{"type":"rewrite"}]`, `[{"type":"url-rewrite"}]`, `[{"type":"url-rewrite","hostHeaderRewriteConfig":{"rewrites":[{}]}}]`, `[{"type":"host-header-rewrite","hostHeaderRewriteConfig":{"rewrites":[]}}]`}},
		{"mutual-authentication", []string{
			`[{"port":443,"mode":"off"},{"port":8443,"mode":"passthrough"}]`, `[{"port":443,"mode":"verify","trustStore":"a","ignoreClientCertificateExpiry":true,"advertiseTrustStoreCaNames":"on"}]`,
		}, []string{
			"", "[]", "{}", `[{"mode":"off"}]`, `[{"port":443}]`, `[{"port":443,"mode":"Verify","trustStore":"a"}]`, `[{"port":443,"mode":"verify"}]`, `[{"port":443,"mode":"off","trustStore":"a"}]`,
			`[{"port":443,"mode":"verify","trustStore":"a","advertiseTrustStoreCaNames":"yes"}]`, `[{"port":"443","mode":"off"}]`,
		}},
		{"minimum-load-balancer-capacity", []string{"CapacityUnits=100", "CapacityUnits = 0", ""}, []string{"CapacityUnits=a", "Capacity=100", "CapacityUnits=2147483648", "units=1"}},
		{"acm-pca-arn", []string{"arn:aws:acm-pca:eu-central-1:111122223333:certificate-authority/a"}, []string{"", certificate}},
		{"frontend-nlb-listener-port-mapping", []string{"80=443", "80=443, 8080 = 80", ""}, []string{"http=443", "80=https", "80", "80=0"}},
		{"frontend-nlb-eip-allocations", []string{"eipalloc-0a", "eipalloc-0a, eipalloc-1b,"}, []string{"0a", "eipalloc-0a,b"}},
		{"frontend-nlb-attributes", []string{"", "dns_record.client_routing_policy=any_availability_zone", "load_balancing.cross_zone.enabled=true"}, []string{"dns_record.client_routing_policy=any", "a"}},
	})
}

// TestALBNames: a listener has a protocol in capitals, and only the Ingress's
// annotation is a plan of the controller's.
func TestALBNames(t *testing.T) {
	for _, c := range []struct {
		kind, name string
		known      bool
	}{
		{"Ingress", "listener-attributes.HTTP-80", true},
		{"Ingress", "listener-attributes.HTTPS-443", true},
		{"Ingress", "listener-attributes.http-80", false},
		{"Ingress", "listener-attributes.TCP-80", false},
		{"Ingress", "listener-attributes.443", false},
		{"Ingress", "dry-run-plan", true},
		{"Service", "dry-run-plan", false},
	} {
		if _, message := judge(c.kind, albPrefix+c.name, "a=b"); (message == "") != c.known {
			t.Errorf("%s on %s: %q", c.name, c.kind, message)
		}
	}
}

// TestALBMessages: of a wrong kind of value in JSON, the field is named; of an
// empty web ACL, what it does.
func TestALBMessages(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"actions.a", `{"type":"redirect","redirectConfig":{"statusCode":301}}`, "has RedirectConfig.StatusCode, which is a JSON number"},
		{"wafv2-acl-arn", "", "is empty, which takes the web ACL away: write none"},
	} {
		if _, got := judge("Ingress", albPrefix+c.name, c.value); !strings.Contains(got, c.want) {
			t.Errorf("%s: got  %s\nwant %s", c.name, got, c.want)
		}
	}
}
