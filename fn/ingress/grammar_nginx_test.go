package ingress

import (
	"strings"
	"testing"
)

// grammarCase is what some annotations of a family take, and what not.
type grammarCase struct {
	names     string
	good, bad []string
}

// judged holds each annotation of a family to its cases; one that takes anything
// is in the list of those.
func judged(t *testing.T, f *family, anything string, cases []grammarCase) {
	t.Helper()
	seen := map[string]bool{}
	for _, name := range strings.Fields(anything) {
		seen[name] = true
	}
	for _, c := range cases {
		for _, name := range strings.Fields(c.names) {
			seen[name] = true
			a, ok := f.names[name]
			if !ok {
				t.Errorf("%s%s is not known", f.prefix, name)
				continue
			}
			for _, v := range c.good {
				if why := a.grammar(v); why != "" {
					t.Errorf("%s: %q %s", name, v, why)
				}
			}
			for _, v := range c.bad {
				if a.grammar(v) == "" {
					t.Errorf("%s: %q is taken", name, v)
				}
			}
		}
	}
	for name := range f.names {
		if !seen[name] {
			t.Errorf("%s%s has no case", f.prefix, name)
		}
	}
}

// The values are what the validators of ingress-nginx v1.15.1 took, ignored and
// refused when they were run; -1 s they take, and NGINX does not.
func TestNGINXAnnotations(t *testing.T) {
	judged(t, &nginxAnnotations, "auth-snippet configuration-snippet modsecurity-snippet server-snippet stream-snippet", []grammarCase{
		{"affinity", []string{"cookie", ""}, []string{"Cookie", "ip"}},
		{"affinity-canary-behavior", []string{"sticky", "legacy"}, []string{"none"}},
		{"affinity-mode", []string{"balanced", "persistent"}, []string{"sticky"}},
		{"allowlist-source-range denylist-source-range limit-allowlist limit-whitelist whitelist-source-range",
			[]string{"10.0.0.0/8", "10.0.0.0/8, 1.2.3.4", "2001:db8::/32"}, []string{"10.0.0.0/40", "10.0.0.0/8,nope", "10.0.0.0/8 1.2.3.4", "fe80::1%eth0", "fe80::%eth0/64"}},
		{"allowlist-source-range denylist-source-range whitelist-source-range", nil, []string{""}},
		{"limit-allowlist limit-whitelist", []string{""}, nil},
		{"app-root rewrite-target", []string{"/", "/$1", "/a/$2", "a"}, []string{"/(.*)/$1", "/a b", "/a;", "/{a}"}},
		{"x-forwarded-prefix", []string{"/auth", "true"}, []string{"/a;", "/(.*)"}},
		{"auth-always-set-cookie auth-keepalive-share-vars auth-tls-pass-certificate-to-upstream canary cors-allow-credentials " +
			"disable-proxy-intercept-errors enable-access-log enable-cors enable-global-auth enable-modsecurity enable-opentelemetry " +
			"enable-owasp-core-rules enable-rewrite-log force-ssl-redirect from-to-www-redirect http2-push-preload " +
			"opentelemetry-trust-incoming-span preserve-trailing-slash relative-redirects service-upstream session-cookie-change-on-failure " +
			"session-cookie-conditional-samesite-none session-cookie-secure ssl-passthrough ssl-prefer-server-ciphers ssl-redirect " +
			"upstream-hash-by-subset use-port-in-redirects use-regex",
			[]string{"true", "false", "True", "1", "f", ""}, []string{"yes", "on", "off", "tRuE", " true"}},
		{"auth-cache-duration", []string{"200 202 401 5m, 200 202 401 5m", "10m", "200 1h 30m", "any 5m", ", 5m,,", "200 100ms", ""},
			[]string{"5m;", "5m\n", "200", "200 202", "5m 200", "200 5", "200 5x", "1.5h", "200, 5m"}},
		{"auth-cache-key modsecurity-transaction-id upstream-hash-by", []string{"$remote_user$http_authorization", "${request_uri}"}, []string{"a;b", "a/b"}},
		{"auth-keepalive auth-keepalive-requests auth-keepalive-timeout auth-tls-verify-depth cors-max-age limit-burst-multiplier limit-connections " +
			"limit-rate limit-rate-after limit-rpm limit-rps proxy-ssl-verify-depth upstream-hash-by-subset-size",
			[]string{"0", "10", "-1", ""}, []string{"10s", "1.5", " 10", "10r/s", "ten"}},
		{"proxy-connect-timeout proxy-read-timeout proxy-send-timeout proxy-next-upstream-timeout proxy-next-upstream-tries proxy-buffers-number canary-weight canary-weight-total",
			[]string{"0", "60", "101"}, []string{"60s", "1.5", "-1", "1m", "60 "}},
		{"permanent-redirect-code", []string{"301", "308"}, []string{"200", "309", "abc"}},
		{"temporal-redirect-code", []string{"302", "307"}, []string{"308", "200", "abc"}},
		{"auth-method", []string{"GET", "POST"}, []string{"get", "FETCH"}},
		{"auth-proxy-set-headers auth-secret canary-by-cookie canary-by-header canary-by-header-value custom-headers fastcgi-params-configmap " +
			"session-cookie-domain session-cookie-name", []string{"default/x", "a-b_c.d"}, []string{"a;b", "a$b", "a\nb"}},
		{"auth-realm", []string{"Authentication Required - a"}, []string{"x\ny", `a"b`, "a, b"}},
		{"auth-request-redirect auth-signin-redirect-param proxy-cookie-path proxy-redirect-from proxy-redirect-to session-cookie-path",
			[]string{"https://a.b/c?d=e&f=g", "/a /b", "off"}, []string{"/$1", "/a%20b", "/a#b"}},
		{"permanent-redirect temporal-redirect", []string{"https://x/y"}, []string{"x y", "https://x/$1"}},
		{"auth-proxy-set-headers auth-secret custom-headers fastcgi-params-configmap", []string{"a/b"}, []string{"a/b/c"}},
		{"auth-response-headers cors-allow-headers", []string{"X-A, X-B", "X_A", "X-A,,X-B,", ""}, []string{"X-A; X-B", "X:A"}},
		{"auth-response-headers", nil, []string{"X A", "X-A, X B", "X-A\n"}},
		{"auth-secret-type", []string{"auth-file", "auth-map"}, []string{"file"}},
		{"auth-signin", []string{"https://$host/oauth2/start?rd=$request_uri"}, []string{"https://a/{b}", "https://a/#b"}},
		{"auth-url", []string{"https://$host/oauth2/auth", "http://a.b.svc.cluster.local:4180/auth", "https://a/b..c"}, []string{"https://a..b/auth", "ftp:/x", "/auth", "https://a/{b}"}},
		{"auth-tls-error-page", []string{"https://a.b/c.html", "@named", "/error"}, []string{"/a b;", "/{a}"}},
		{"auth-tls-match-cn", []string{"CN=airbyte", "CN=(a|b)"}, []string{"airbyte", "CN=(a"}},
		{"auth-tls-secret proxy-ssl-secret", []string{"default/ca"}, []string{"ca", "a/b;c", "a/b/c", "/ca"}},
		{"auth-tls-verify-client", []string{"on", "off", "optional", "optional_no_ca"}, []string{"true"}},
		{"auth-type", []string{"basic", "digest"}, []string{"oauth"}},
		{"backend-protocol", []string{"HTTP", "https", "GRPC", "FCGI", "AUTO_HTTP"}, []string{"H2C", "AJP"}},
		{"canary-by-header-pattern mirror-host mirror-target proxy-ssl-name upstream-vhost", []string{"a.b", "^(a|b)$"}, []string{"a;b", "a b", "bad;{}\nx"}},
		{"canary-by-header-pattern", nil, []string{" a", "a "}},
		{"client-body-buffer-size proxy-body-size proxy-buffer-size proxy-busy-buffers-size proxy-max-temp-file-size",
			[]string{"10m", "10M", "1g", "0", "10 m", "512b"}, []string{"10MB", "10Mi", "1.5m", "10mb"}},
		{"connection-proxy-header", []string{"close", "keep-alive"}, []string{"upgrade"}},
		{"cors-allow-methods", []string{"GET, POST", "GET"}, []string{"GET;POST", "*"}},
		{"cors-allow-origin", []string{"https://a.b, https://c.d", "*", "null", "https://*.a.b:8080"}, []string{"https://a.b/c", "a;b"}},
		{"cors-expose-headers", []string{"*", "X-A, X-B"}, []string{"X-A;X-B"}},
		{"custom-http-errors", []string{"404,503", "404"}, []string{"304", "404;503", "4xx"}},
		{"default-backend", []string{"x", "my-svc"}, []string{"My", "a.b", "1a", strings.Repeat("a", 64)}},
		{"fastcgi-index", []string{"index.php"}, []string{"a/b", "a;"}},
		{"load-balance", []string{"round_robin", "ewma", "chash"}, []string{"least_conn", "EWMA"}},
		{"mirror-request-body proxy-buffering proxy-request-buffering proxy-ssl-server-name proxy-ssl-verify", []string{"on", "off"}, []string{"On", "true"}},
		{"opentelemetry-operation-name", []string{"my-op_1"}, []string{"a.b"}},
		{"proxy-cookie-domain", []string{"off", "a.b c.d"}, []string{"a.b", "a b c"}},
		{"proxy-http-version", []string{"1.0", "1.1"}, []string{"2", "1"}},
		{"proxy-next-upstream", []string{"error timeout", "off"}, []string{"http_501", "error,timeout"}},
		{"proxy-ssl-ciphers ssl-ciphers", []string{"HIGH:!aNULL:!MD5"}, []string{"a;b", "a b;"}},
		{"proxy-ssl-protocols", []string{"TLSv1.2 TLSv1.3"}, []string{"TLSv1.1", "SSLv3"}},
		{"satisfy", []string{"any", "all"}, []string{"Any", "none"}},
		{"server-alias", []string{"a.b, c.d", `~^www\d+\.example\.com$`}, []string{"a;b", "a b"}},
		{"session-cookie-expires session-cookie-max-age", []string{"3600", "-1", "0"}, []string{"1h", "1.5"}},
		{"session-cookie-expires", []string{"3 600"}, nil},
		{"session-cookie-max-age", nil, []string{"3 600", " 3600"}},
		{"session-cookie-samesite", []string{"Lax", "none"}, []string{"off"}},
	})
}

func TestF5Annotations(t *testing.T) {
	judged(t, &f5Annotations, "location-snippets server-snippets", []grammarCase{
		{"add-header", []string{"X-A: b", "X-A: b:always, X-C: d", "X-A", `X-A: \"b\"`}, []string{"", "X-A: b:never", ": b", "X A: b", "X_A: b", "X-A: $b", `X-A: "b"`, `X-A: b\`}},
		{"add-header-inherit", []string{"on", "MERGE"}, []string{"true", "", " "}},
		{"app-root", []string{"/workspaces", "/a,b"}, []string{"/", "/a/", "//a", "a", "/a~", "/a/../b", ""}},
		{"basic-auth-realm", []string{"My Realm", `a \"b\"`}, []string{`a"b`, "$a", `a\`}},
		{"basic-auth-secret", []string{"users"}, []string{"ns/users", "", "Users"}},
		{"client-body-buffer-size limit-req-zone-size proxy-buffer-size proxy-max-temp-file-size upstream-zone-size", []string{"8k", "1M", "0"}, []string{"1g", "8kb", "", "1.5m"}},
		{"proxy-busy-buffers-size", []string{"", "8k"}, []string{"1g"}},
		{"client-max-body-size", []string{"10m", "1g", "0", "10M"}, []string{"10MB", "10Mi", "", "1.5m"}},
		{"ssl-ciphers", []string{"HIGH"}, []string{""}},
		{"fail-timeout proxy-connect-timeout proxy-next-upstream-timeout proxy-read-timeout proxy-send-timeout",
			[]string{"60", "60s", "1m30s", "1h", "500ms", "1m 30s"}, []string{"1.5s", "", " ", "30s1m", "60S", "-1"}},
		{"grpc-services ssl-services websocket-services", []string{"a", "a,b"}, []string{"a, b", "", "a;b"}},
		{"hsts hsts-behind-proxy hsts-include-subdomains limit-req-dry-run limit-req-no-delay limit-req-scale proxy-buffering redirect-to-https " +
			"ssl-prefer-server-ciphers ssl-redirect use-cluster-ip", []string{"true", "False", "1"}, []string{"yes", "on", ""}},
		{"server-tokens", []string{"true", "mine"}, []string{`a"b`, "$a"}},
		{"hsts-max-age keepalive limit-req-burst limit-req-delay", []string{"0", "32", "-1"}, []string{"32s", "", "1.5", "9223372036854775808", " 32"}},
		{"http-redirect-code", []string{"301", "302", "307", "308"}, []string{"303", ""}},
		{"lb-method", []string{"round_robin", "least_conn", "random two least_conn", "hash $request_uri", "hash $request_uri consistent", "least_time header"},
			[]string{"ewma", "hash", "hash $a other", "random three", ""}},
		{"limit-req-key", []string{"${binary_remote_addr}", "$a${b}"}, []string{"a", "$a;", ""}},
		{"limit-req-log-level", []string{"info", "error"}, []string{"debug"}},
		{"limit-req-rate", []string{"10r/s", "1r/m"}, []string{"0r/s", "10", "10r/h", "99999999999999999999r/s"}},
		{"limit-req-reject-code", []string{"429", "503"}, []string{"200", "a"}},
		{"listen-ports listen-ports-ssl", []string{"80", "80,8080"}, []string{"80, 8080", "0", "", "http", "65536", "80,99999999999"}},
		{"max-conns max-fails proxy-next-upstream-tries", []string{"0", "3", "18446744073709551615"}, []string{"-1", "+1", "a", "", "18446744073709551616"}},
		{"mergeable-ingress-type", []string{"master", "minion"}, []string{"Master", ""}},
		{"path-regex", []string{"case_sensitive", "case_insensitive", "exact"}, []string{"true", ""}},
		{"policies", []string{"a", "ns/a, b"}, []string{"", "A", "/a", "ns/", "a b"}},
		{"proxy-buffers", []string{"8 4k"}, []string{"8", "4k", "8 4g", "8, 4k"}},
		{"proxy-hide-headers proxy-pass-headers", []string{"X-A", "X-A, X-B"}, []string{"", "X A", "X-A:", "X_A", "X.A", "$a"}},
		{"proxy-next-upstream", []string{"error timeout http_502"}, []string{"error error", "http_501", "error,timeout", ""}},
		{"proxy-redirect-from proxy-redirect-to", []string{"off", "default", "http://a/", "~^http://a$"}, []string{"http://a b", "a;", ""}},
		{"proxy-redirect-from", []string{"~*^http://(a|b)/"}, []string{"~^http://(a", "~*["}},
		{"proxy-set-headers", []string{"X-A", "X-A: b, X-C", "X-A: http://b"}, []string{"", "X A: b", ": b", "X_A: b", "X-A: $host", `X-A: "b"`, "X-A,"}},
		{"rewrite-target", []string{"/", "/$1"}, []string{"", "a", "//a", "http://a", "/a;", "/../a", `/a\b`}},
		{"rewrites", []string{"serviceName=tea rewrite=/", "serviceName=a rewrite=/b;serviceName=c rewrite=/d"}, []string{"", "tea=/", "serviceName=tea", "serviceName=tea rewrite=b", "serviceName=tea rewrite=/$1"}},
		{"sticky-cookie-services", []string{"serviceName=tea srv_id expires=1h path=/"}, []string{"", "tea srv_id", "serviceName=tea"}},
	})
	if _, got := judge("Ingress", f5Prefix+"custom-http-errors", "404"); !strings.HasPrefix(got, "is unknown") { // in no release yet
		t.Errorf("custom-http-errors: %q", got)
	}
	judged(t, &f5PlusAnnotations, "", []grammarCase{
		{"health-checks health-checks-mandatory", []string{"true"}, []string{"yes", ""}},
		{"health-checks-mandatory-queue", []string{"500"}, []string{"-1", ""}},
		{"jwt-key", []string{"key"}, []string{"ns/key", ""}},
		{"jwt-login-url", []string{"https://login.example.com/a"}, []string{"/a", "https://a/$b", "https://a b"}},
		{"jwt-realm", []string{"My Realm"}, []string{"", "$a"}},
		{"jwt-token", []string{"$http_token"}, []string{"http_token", "", "$a$b"}},
		{"policies", []string{"waf"}, []string{"", "W"}},
		{"slow-start", []string{"30s"}, []string{"1.5s", ""}},
		{"sticky-cookie-services", []string{"serviceName=tea srv_id"}, []string{"tea"}},
	})
	judged(t, &f5ProtectAnnotations, "", []grammarCase{
		{"app-protect-enable app-protect-security-log-enable", []string{"True"}, []string{"on"}},
		{"app-protect-policy", []string{"default/waf", "waf"}, []string{"", "a b"}},
		{"app-protect-security-log", []string{"default/log,default/other"}, []string{"", "a b", "default/log, default/other"}},
		{"app-protect-security-log-destination", []string{"syslog:server=127.0.0.1:514", "stderr", "syslog:server=localhost:514,/var/log/a.log", "syslog:server=logs.example.com:514"},
			[]string{"", "stdout", "syslog:server=127.0.0.1", "syslog:server=logs:514", "syslog:server=127.0.0.1:70000", "stderr, stderr", "/a;b"}},
	})
	judged(t, &f5DoSAnnotations, "", []grammarCase{{"app-protect-dos-resource", []string{"default/dos"}, []string{"", "a b"}}})
}

func TestAppRoutingAnnotations(t *testing.T) {
	judged(t, &appRoutingAnnotations, "use-osm-mtls insecure-disable-osm", []grammarCase{
		{"tls-cert-keyvault-uri", []string{"https://v.vault.azure.net/certificates/a", "https://v.vault.azure.net/certificates/a/0123abcd"},
			[]string{"", "v.vault.azure.net/certificates/a", "https://v.vault.azure.net/a", "https://v.vault.azure.net/certificates/", "https://%"}},
		{"tls-cert-service-account ingress-host service-account-name", []string{"a"}, []string{""}},
		{"tls-cert-keyvault-managed", []string{"true", "True"}, []string{"yes"}},
	})
}
