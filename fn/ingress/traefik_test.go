package ingress

import (
	"strings"
	"testing"
)

// TestTraefik: what is written where nobody says more than the certificate.
// Paths end in a slash, since Traefik takes them letter by letter.
func TestTraefik(t *testing.T) {
	equal(t, besides(t, &Spec{Controller: "traefik", TLS: secretTLS()}), `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    traefik.ingress.kubernetes.io/router.entrypoints: websecure
    traefik.ingress.kubernetes.io/router.tls: "true"
  labels:
    app.kubernetes.io/instance: airbyte
    app.kubernetes.io/name: airbyte-ingress
  name: airbyte
  namespace: airbyte
spec:
  ingressClassName: traefik
  rules:
  - host: airbyte.example.com
    http:
      paths:
      - /api/v1/connector_builder/ Prefix → airbyte-airbyte-connector-builder-server-svc:80
      - /auth/realms/ Prefix → airbyte-airbyte-keycloak-svc:8180
      - /auth/resources/ Prefix → airbyte-airbyte-keycloak-svc:8180
      - / Prefix → airbyte-airbyte-server-svc:8001
  tls:
  - hosts:
    - airbyte.example.com
    secretName: airbyte-tls
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    traefik.ingress.kubernetes.io/router.entrypoints: web
    traefik.ingress.kubernetes.io/router.middlewares: airbyte-airbyte-redirect@kubernetescrd
  labels:
    app.kubernetes.io/instance: airbyte
    app.kubernetes.io/name: airbyte-ingress
  name: airbyte-redirect
  namespace: airbyte
spec:
  ingressClassName: traefik
  rules:
  - host: airbyte.example.com
    http:
      paths:
      - / Prefix → airbyte-airbyte-server-svc:8001
---
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata:
  labels:
    app.kubernetes.io/instance: airbyte
    app.kubernetes.io/name: airbyte-ingress
  name: airbyte-redirect
  namespace: airbyte
spec:
  redirectScheme:
    permanent: true
    scheme: https
`)
}

// TestTraefikSettings: the annotations of the Ingress, and the specs beside it.
func TestTraefikSettings(t *testing.T) {
	upstream := &TLS{Type: "upstream"}
	const middlewares = "router.middlewares"
	for _, c := range []struct {
		name       string
		spec       Spec
		note, want string
		beside     string
	}{
		{"TLS before Traefik", Spec{TLS: upstream}, "router.entrypoints", "web", ""},
		{"which is no router of TLS", Spec{TLS: upstream}, "router.tls", "", ""},
		{"and is redirected by what came in", Spec{TLS: upstream, HTTPRedirect: "enabled"}, middlewares, "airbyte-airbyte-redirect@kubernetescrd", ""},
		{"Traefik's own certificate", Spec{TLS: &TLS{Type: "controller"}}, "router.tls", "true", ""},
		{"a TLSOption", Spec{TLS: &TLS{Type: "controller", Policy: "modern.v1"}}, "router.tls.options", "airbyte-modern.v1@kubernetescrd", ""},
		{"that of all namespaces", Spec{TLS: &TLS{Type: "controller", Policy: "default"}}, "router.tls.options", "default", ""},
		{"that of a file", Spec{TLS: &TLS{Type: "controller", Policy: "modern@file"}}, "router.tls.options", "modern@file", ""},
		{"no redirect", Spec{HTTPRedirect: "disabled"}, middlewares, "", ""},
		{"networks", Spec{HTTPRedirect: "disabled", AllowCIDRs: []string{"10.0.0.0/8"}}, middlewares, "airbyte-airbyte-allow@kubernetescrd",
			"spec:\n  ipAllowList:\n    sourceRange:\n    - 10.0.0.0/8\n"},
		{"networks, a body and one's own", Spec{MaxBodySize: "50Mi", AllowCIDRs: []string{"10.0.0.0/8"}, Annotations: map[string]string{traefikPrefix + middlewares: "airbyte-headers@kubernetescrd"}}, middlewares,
			"airbyte-airbyte-allow@kubernetescrd,airbyte-airbyte-body@kubernetescrd,airbyte-headers@kubernetescrd",
			"spec:\n  buffering:\n    maxRequestBodyBytes: 52428800\n"},
		{"a name with dots", Spec{Name: "my.airbyte", MaxBodySize: "50Mi"}, middlewares, "airbyte-my-airbyte-body@kubernetescrd", "  name: my.airbyte-body\n"},
		{"no log", Spec{AccessLogs: &AccessLogs{State: "disabled"}}, "router.observability.accesslogs", "false", ""},
		{"a timeout", Spec{Timeout: "30m"}, middlewares, "", "spec:\n  forwardingTimeouts:\n    responseHeaderTimeout: 1800s\n"},
		{"entry points of one's own", Spec{Annotations: map[string]string{traefikPrefix + "router.entrypoints": "public"}}, "router.entrypoints", "public", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.spec.Controller = "traefik"
			if c.spec.TLS == nil {
				c.spec.TLS = secretTLS()
			}
			if got := firstNoted(besides(t, &c.spec), traefikPrefix+c.note); got != c.want {
				t.Errorf("%s is %q, want %q", c.note, got, c.want)
			}
			if got := besides(t, &c.spec); !strings.Contains(got, c.beside) {
				t.Errorf("no\n%sin\n%s", c.beside, got)
			}
		})
	}
}

// firstNoted is an annotation of the first object.
func firstNoted(made, key string) string {
	first, _, _ := strings.Cut(made, "\n---\n")
	for _, line := range strings.Split(first, "\n") {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), key+": "); ok {
			return strings.Trim(value, `"`)
		}
	}
	return ""
}

// TestTraefikTimeout: all Services name the one ServersTransport, and none does
// where nobody asked.
func TestTraefikTimeout(t *testing.T) {
	const note = "traefik.ingress.kubernetes.io/service.serverstransport: airbyte-airbyte@kubernetescrd\n"
	for timeout, want := range map[string]int{"": 0, "600s": 3} {
		if got := made(t, &Spec{Controller: "traefik", TLS: secretTLS(), Timeout: timeout}, routedTo...); strings.Count(got, note) != want || strings.Contains(got, "ServersTransport") != (want > 0) {
			t.Errorf("timeout %q: not %d Services in\n%s", timeout, want, got)
		}
	}
}

func TestTraefikWarnings(t *testing.T) {
	for _, c := range []struct {
		name string
		spec Spec
		want []string
	}{
		{"always", Spec{TLS: secretTLS()}, []string{"ingress-timeout spec.ingress.controller: Traefik cuts a request that takes more than 60 seconds to arrive"}},
		{"TLS before Traefik", Spec{TLS: &TLS{Type: "upstream"}}, []string{"ingress-timeout", "ingress-forwarded spec.ingress.tls.type: ", "forwardedHeaders.trustedIPs"}},
		{"and a redirect", Spec{TLS: &TLS{Type: "upstream"}, HTTPRedirect: "enabled"}, []string{"redirects it to https again and again", "ingress-names"}},
		{"names", Spec{TLS: secretTLS(), Timeout: "700s", MaxBodySize: "20Mi"}, []string{"ingress-names spec.ingress.controller: ", "safeNaming"}},
	} {
		c.spec.Controller = "traefik"
		got := warned(t, &c.spec)
		for _, want := range c.want {
			if strings.Count(got, want) != 1 {
				t.Errorf("%s: not one %q in\n%s", c.name, want, got)
			}
		}
		if c.name == "always" && strings.Count(got, "\n") > 1 {
			t.Errorf("more than one: %s", got)
		}
	}
}

func TestTraefikRefused(t *testing.T) {
	note := func(key, value string) Spec {
		return Spec{TLS: secretTLS(), Annotations: map[string]string{key: value}}
	}
	for _, c := range []struct {
		name string
		spec Spec
		want string
	}{
		{"scheme", Spec{TLS: secretTLS(), Scheme: "internal"}, "ingress.scheme: has no counterpart in Traefik: an annotation of Traefik's Service"},
		{"old class", note("kubernetes.io/ingress.class", "public"), "ingress.annotations.kubernetes.io/ingress.class: stands beside ingressClassName"},
		{"capitals", note(traefikPrefix+"router.entryPoints", "web"), "ingress.annotations.traefik.ingress.kubernetes.io/router.entryPoints: has capitals, which mean nothing to Traefik: write traefik.ingress.kubernetes.io/router.entrypoints"},
		{"no TLS", note(traefikPrefix+"router.tls", "false"), `ingress.annotations.traefik.ingress.kubernetes.io/router.tls: is "false", and spec.ingress.tls.type makes it "true"`},
		{"one priority", note(traefikPrefix+"router.priority", "10"), "ingress.annotations.traefik.ingress.kubernetes.io/router.priority: is one number for all paths: / would be as near as /api/v1/connector_builder/"},
		{"a Middleware of nobody's", note(traefikPrefix+"router.middlewares", "headers"), `ingress.annotations.traefik.ingress.kubernetes.io/router.middlewares: "headers" has an entry "headers" that is not NAME@PROVIDER`},
		{"no TLSOption", Spec{TLS: &TLS{Type: "controller", Policy: "TLS_1_2"}}, `ingress.tls.policy: "TLS_1_2" is no name of a TLSOption`},
		{"of no provider", Spec{TLS: &TLS{Type: "controller", Policy: "modern@"}}, `ingress.tls.policy: "modern@" is no name of a TLSOption`},
	} {
		c.spec.Controller = "traefik"
		if got := refused(t, &c.spec, routedTo...); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got  %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestTraefikAnnotations: what Traefik takes, and what it drops or ignores; v3.7.13
// was asked about most of these.
func TestTraefikAnnotations(t *testing.T) {
	const ref = "airbyte-headers@kubernetescrd"
	judged(t, &traefikAnnotations, "router.observability service.sticky.cookie.name service.sticky.cookie.path service.sticky.cookie.domain", []grammarCase{
		{"router.observability.accesslogs router.observability.metrics router.observability.tracing service.passhostheader service.nativelb service.nodeportlb service.sticky.cookie.secure service.sticky.cookie.httponly",
			[]string{"true", "false", "1", "F"}, []string{"yes", "on", ""}},
		{"router.tls service.sticky.cookie", []string{"true", "TRUE", "", "false"}, []string{"yes", "1", "maybe"}},
		{"router.priority service.sticky.cookie.maxage", []string{"10", "-1", "0"}, []string{"high", "4.2", "", " 42", "1h"}},
		{"router.entrypoints", []string{"web", "web, websecure", ""}, []string{"web,,websecure"}},
		{"router.middlewares service.middlewares", []string{ref, ref + ", b@file", ""}, []string{"headers", "@file", "a b@file"}},
		{"router.pathmatcher", []string{"Path", "PathPrefix", "PathRegexp"}, []string{"pathprefix", "Exact"}},
		{"router.rulesyntax", []string{"v2", "v3", "default", ""}, []string{"v4"}},
		{"router.tls.options", []string{ref, "default"}, []string{"modern", ""}},
		{"router.tls.certresolver router.tls.domains.[0-9]*.main router.tls.domains.[0-9]*.sans", []string{"example.com"}, []string{""}},
		{"router.observability.traceverbosity", []string{"minimal", "detailed"}, []string{"all"}},
		{"service.serversscheme", []string{"http", "https", "h2c", "HTTPS"}, []string{"ftp", "grpc"}},
		{"service.serverstransport", []string{ref}, []string{"slow", ""}},
		{"service.sticky.cookie.samesite", []string{"none", "Lax", "strict"}, []string{"any"}},
	})
	for key, want := range map[string]string{
		"router.entryPoints":        "", // capitals mean nothing
		"router.entrypoint":         "is unknown, and where it begins with router. or service., Traefik leaves out the Ingress or the paths to the Service; did you mean traefik.ingress.kubernetes.io/router.entrypoints?",
		"service.passhostheader":    "is read from Service, not from Ingress: it is ignored here",
		"router.tls.domains.0.sans": "",
	} {
		if _, got := judge("Ingress", traefikPrefix+key, "true"); got != want {
			t.Errorf("%s: got  %q\nwant %q", key, got, want)
		}
	}
}
