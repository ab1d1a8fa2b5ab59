package ingress

import (
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// routedTo are the components of a release that has all three routes.
var routedTo = []string{"server", "keycloak", "connector-builder-server"}

// besides is what settings add to a release: the Services, which NGINX reads
// nothing from, left out.
func besides(t *testing.T, spec *Spec) string {
	t.Helper()
	var own []string
	for _, doc := range strings.Split(made(t, spec, routedTo...), "---\n") {
		if !strings.Contains(doc, "\nkind: Service\n") {
			own = append(own, doc)
		}
	}
	return strings.Join(own, "---\n")
}

// equal compares YAML, golden with the line break that it begins with.
func equal(t *testing.T, got, golden string) {
	t.Helper()
	if want := strings.TrimPrefix(golden, "\n"); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// noted is the value of an annotation of the one Ingress or Gateway that settings
// make.
func noted(t *testing.T, spec *Spec, key string) string {
	t.Helper()
	for _, line := range strings.Split(besides(t, spec), "\n") {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), key+": "); ok {
			return strings.Trim(value, `"`)
		}
	}
	return ""
}

// warned are the findings of settings, code and field, one a line.
func warned(t *testing.T, spec *Spec) string {
	t.Helper()
	if problems := spec.Check(); len(problems) > 0 {
		t.Fatalf("Check: %v", problems)
	}
	_, findings, problems := Make(release(t, routedTo...), spec, Release{Name: "airbyte", Namespace: "airbyte", URL: "https://airbyte.example.com", Keycloak: true})
	if len(problems) > 0 {
		t.Fatalf("Make: %v", problems)
	}
	var lines []string
	for _, f := range findings {
		if f.Severity != manifest.Warning {
			t.Errorf("%s is no warning", f.Code)
		}
		lines = append(lines, f.Code+" "+f.Field+": "+f.Message)
	}
	return strings.Join(lines, "\n")
}

func secretTLS() *TLS { return &TLS{Type: "secret", SecretName: "airbyte-tls"} }

func TestNGINX(t *testing.T) {
	equal(t, besides(t, &Spec{Controller: "nginx", TLS: secretTLS()}), `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    nginx.ingress.kubernetes.io/proxy-body-size: 10m
    nginx.ingress.kubernetes.io/proxy-read-timeout: "600"
    nginx.ingress.kubernetes.io/proxy-send-timeout: "600"
    nginx.ingress.kubernetes.io/ssl-redirect: "true"
  labels:
    app.kubernetes.io/instance: airbyte
    app.kubernetes.io/name: airbyte-ingress
  name: airbyte
  namespace: airbyte
spec:
  ingressClassName: nginx
  rules:
  - host: airbyte.example.com
    http:
      paths:
      - /api/v1/connector_builder Prefix → airbyte-airbyte-connector-builder-server-svc:80
      - /auth/realms Prefix → airbyte-airbyte-keycloak-svc:8180
      - /auth/resources Prefix → airbyte-airbyte-keycloak-svc:8180
      - / Prefix → airbyte-airbyte-server-svc:8001
  tls:
  - hosts:
    - airbyte.example.com
    secretName: airbyte-tls
`)
}

func TestNGINXSettings(t *testing.T) {
	upstream := &TLS{Type: "upstream"}
	for _, c := range []struct {
		name       string
		spec       Spec
		note, want string
	}{
		{"a timeout in minutes", Spec{Timeout: "30m"}, "proxy-read-timeout", "1800"},
		{"a timeout to send", Spec{Timeout: "30m"}, "proxy-send-timeout", "1800"},
		{"a body in mebibytes", Spec{MaxBodySize: "64Mi"}, "proxy-body-size", "64m"},
		{"a body that is rounded up", Spec{MaxBodySize: "20M"}, "proxy-body-size", "20m"},
		{"a body of a gibibyte", Spec{MaxBodySize: "1Gi"}, "proxy-body-size", "1024m"},
		{"no redirect", Spec{HTTPRedirect: "disabled"}, "ssl-redirect", "false"},
		{"nor a forced one", Spec{HTTPRedirect: "disabled"}, "force-ssl-redirect", "false"},
		{"a redirect by the forwarded scheme", Spec{TLS: upstream, HTTPRedirect: "enabled"}, "force-ssl-redirect", "true"},
		{"TLS before the controller", Spec{TLS: upstream}, "ssl-redirect", ""},
		{"which redirects nobody by default", Spec{TLS: upstream}, "force-ssl-redirect", ""},
		{"networks", Spec{AllowCIDRs: []string{"10.0.0.0/8", "192.0.2.7/32"}}, "whitelist-source-range", "10.0.0.0/8,192.0.2.7/32"},
		{"no log", Spec{AccessLogs: &AccessLogs{State: "disabled"}}, "enable-access-log", "false"},
		{"a log", Spec{AccessLogs: &AccessLogs{State: "enabled"}}, "enable-access-log", "true"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, controller := range []string{"nginx", "app-routing"} {
				spec := c.spec
				spec.Controller = controller
				if spec.TLS == nil {
					spec.TLS = secretTLS()
				}
				if controller == "app-routing" && spec.TLS.Type == "upstream" && spec.HTTPRedirect != "" {
					continue // refused: TestNGINXRefused
				}
				if got := noted(t, &spec, nginxPrefix+c.note); got != c.want {
					t.Errorf("%s: %s is %q, want %q", controller, c.note, got, c.want)
				}
			}
		})
	}
}

// TestNGINXTLS: which Secret stands under spec.tls, if any.
func TestNGINXTLS(t *testing.T) {
	for _, c := range []struct {
		controller string
		tls        TLS
		want       string
	}{
		{"nginx", TLS{Type: "controller"}, "  tls:\n  - hosts:\n    - airbyte.example.com\n"},
		{"nginx", TLS{Type: "cert-manager", Issuer: &Issuer{Name: "le"}}, "  tls:\n  - hosts:\n    - airbyte.example.com\n    secretName: airbyte-tls\n"},
		{"nginx", TLS{Type: "upstream"}, ""},
		{"f5-nginx", TLS{Type: "controller"}, "  tls:\n  - hosts:\n    - airbyte.example.com\n"},
		{"f5-nginx", TLS{Type: "upstream"}, ""},
		{"app-routing", TLS{Type: "key-vault", CertificateURI: "https://v.vault.azure.net/certificates/a"}, "  tls:\n  - hosts:\n    - airbyte.example.com\n    secretName: keyvault-airbyte\n"},
	} {
		got := besides(t, &Spec{Controller: c.controller, TLS: &c.tls})
		if _, after, _ := strings.Cut(got, "        pathType: Prefix\n  tls:"); c.want == "" && after != "" || c.want != "" && !strings.HasSuffix(got, c.want) {
			t.Errorf("%s, %s: spec.tls is not\n%sin\n%s", c.controller, c.tls.Type, c.want, got)
		}
	}
}

func TestNGINXWarnings(t *testing.T) {
	const retired = "ingress-retired spec.ingress.controller: "
	for _, c := range []struct {
		spec Spec
		want []string
	}{
		{Spec{Controller: "nginx", TLS: secretTLS()}, []string{retired + "ingress-nginx is retired: since March 2026 there are no security fixes", "spec.ingress.controller: gateway (docs/ingress.md)"}},
		{Spec{Controller: "nginx", TLS: &TLS{Type: "upstream"}}, []string{retired, "ingress-forwarded spec.ingress.tls.type: ", `use-forwarded-headers: "true"`, "tells Airbyte so"}},
		{Spec{Controller: "nginx", TLS: &TLS{Type: "upstream"}, HTTPRedirect: "enabled"}, []string{"redirects it to https again and again"}},
		{Spec{Controller: "app-routing", TLS: secretTLS()}, []string{retired, "to the end of November 2026", "implementation: istio", "approuting-istio"}},
		{Spec{Controller: "app-routing", TLS: &TLS{Type: "upstream"}}, []string{"ingress-forwarded spec.ingress.tls.type: "}},
		{Spec{Controller: "f5-nginx", TLS: &TLS{Type: "upstream"}}, nil},
		{Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "nginx"}, TLS: &TLS{Type: "upstream"}}, []string{"ingress-forwarded spec.ingress.tls.type: "}},
		{Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "nginx"}, TLS: secretTLS()}, nil},
	} {
		got := warned(t, &c.spec)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in %q", c.spec.Controller, want, got)
			}
		}
		if c.want == nil && got != "" {
			t.Errorf("%s: %s", c.spec.Controller, got)
		}
	}
}

func TestNGINXRefused(t *testing.T) {
	annotations := func(name, value string) map[string]string { return map[string]string{name: value} }
	for _, c := range []struct {
		name string
		spec Spec
		want string
	}{
		{"two lists of networks", Spec{Controller: "nginx", AllowCIDRs: []string{"10.0.0.0/8"}, Annotations: annotations(nginxPrefix+"allowlist-source-range", "0.0.0.0/0")},
			"ingress.annotations." + nginxPrefix + "allowlist-source-range: wins over whitelist-source-range"},
		{"two classes", Spec{Controller: "nginx", Annotations: annotations("kubernetes.io/ingress.class", "public")},
			"ingress.annotations.kubernetes.io/ingress.class: stands beside ingressClassName, and the API server takes one of them: write className: public"},
		{"two classes, F5", Spec{Controller: "f5-nginx", Annotations: annotations("kubernetes.io/ingress.class", "public")}, "write className: public"},
		{"a value that would be ignored", Spec{Controller: "nginx", Annotations: annotations(nginxPrefix+"proxy-connect-timeout", "10s")},
			`ingress.annotations.` + nginxPrefix + `proxy-connect-timeout: "10s" is no whole number: it takes no unit`},
		{"a value beside a setting", Spec{Controller: "nginx", Timeout: "700s", Annotations: annotations(nginxPrefix+"proxy-read-timeout", "900")},
			"ingress.annotations." + nginxPrefix + `proxy-read-timeout: is "900", and spec.ingress.timeout makes it "700"`},
		{"a word of the block list", Spec{Controller: "app-routing", Annotations: annotations(nginxPrefix+"app-root", "/workspaces/root1")},
			"ingress.annotations." + nginxPrefix + `app-root: holds "root", for which the add-on skips the whole Ingress`},
		{"a brace", Spec{Controller: "app-routing", Annotations: annotations(nginxPrefix+"server-snippet", "if ($x) { return 1; }")}, `server-snippet: holds "{"`},
		{"a loop", Spec{Controller: "app-routing", TLS: &TLS{Type: "upstream"}, HTTPRedirect: "enabled"}, "ingress.httpRedirect: is enabled, and TLS ends before the application routing add-on of AKS"},
		{"no certificate's URI", Spec{Controller: "app-routing", TLS: &TLS{Type: "key-vault", CertificateURI: "https://v.vault.azure.net/airbyte"}},
			`ingress.tls.certificateUri: "https://v.vault.azure.net/airbyte" is no URI of a certificate`},
		{"a policy beside allowCidrs", Spec{Controller: "f5-nginx", AllowCIDRs: []string{"10.0.0.0/8"}, Annotations: annotations(f5Prefix+"policies", "cors")},
			"ingress.annotations." + f5Prefix + `policies: is "cors", and spec.ingress.allowCidrs makes it "airbyte": say it there alone`},
		{"scheme", Spec{Controller: "nginx", Scheme: "internal"}, "ingress.scheme: has no counterpart in ingress-nginx: an annotation of the controller's Service"},
		{"scheme of the add-on", Spec{Controller: "app-routing", Scheme: "internal"}, "az aks approuting update --nginx Internal"},
		{"log of F5", Spec{Controller: "f5-nginx", AccessLogs: &AccessLogs{State: "disabled"}}, "ingress.accessLogs.state: has no counterpart in F5 NGINX Ingress Controller: access-log-off"},
		{"a timeout that the server does not hear of", Spec{Controller: "nginx", Annotations: annotations(nginxPrefix+"proxy-read-timeout", "1800")},
			"ingress.annotations." + nginxPrefix + `proxy-read-timeout: is "1800", and spec.ingress.timeout makes it "600": say it there alone`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.spec.TLS == nil {
				c.spec.TLS = secretTLS()
			}
			if got := refused(t, &c.spec, routedTo...); !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	// The list is the add-on's: ingress-nginx itself has none.
	spec := Spec{Controller: "nginx", TLS: secretTLS(), Annotations: annotations(nginxPrefix+"app-root", "/workspaces/root1")}
	if got := refused(t, &spec, routedTo...); got != "" {
		t.Error(got)
	}
}

func TestKeyVaultSecret(t *testing.T) {
	if got := keyVaultSecret(strings.Repeat("a", 250)); len(got) != 253 || !strings.HasPrefix(got, "keyvault-a") {
		t.Errorf("%d letters: %s", len(got), got)
	}
}
