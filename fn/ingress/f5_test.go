package ingress

import (
	"strings"
	"testing"
)

func TestF5(t *testing.T) {
	equal(t, besides(t, &Spec{Controller: "f5-nginx", ClassName: "f5", TLS: secretTLS(), AllowCIDRs: []string{"10.0.0.0/8", "192.0.2.7/32"}}), `
apiVersion: k8s.nginx.org/v1
kind: Policy
metadata:
  labels:
    app.kubernetes.io/instance: airbyte
    app.kubernetes.io/name: airbyte-ingress
  name: airbyte
  namespace: airbyte
spec:
  accessControl:
    allow:
    - 10.0.0.0/8
    - 192.0.2.7/32
  ingressClassName: f5
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    nginx.org/client-max-body-size: 10m
    nginx.org/policies: airbyte
    nginx.org/proxy-read-timeout: 600s
    nginx.org/proxy-send-timeout: 600s
    nginx.org/ssl-redirect: "true"
  labels:
    app.kubernetes.io/instance: airbyte
    app.kubernetes.io/name: airbyte-ingress
  name: airbyte
  namespace: airbyte
spec:
  ingressClassName: f5
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
`)
}

func TestF5Settings(t *testing.T) {
	upstream := &TLS{Type: "upstream"}
	certManager := &TLS{Type: "cert-manager", Issuer: &Issuer{Name: "le", Kind: "Issuer"}}
	const inPlace = "acme.cert-manager.io/http01-edit-in-place"
	for _, c := range []struct {
		name       string
		spec       Spec
		note, want string
	}{
		{"a timeout", Spec{Timeout: "30m"}, f5Prefix + "proxy-read-timeout", "1800s"},
		{"a timeout to send", Spec{Timeout: "30m"}, f5Prefix + "proxy-send-timeout", "1800s"},
		{"a body", Spec{MaxBodySize: "64Mi"}, f5Prefix + "client-max-body-size", "64m"},
		{"no redirect", Spec{HTTPRedirect: "disabled"}, f5Prefix + "ssl-redirect", "false"},
		{"TLS before the controller", Spec{TLS: upstream}, f5Prefix + "redirect-to-https", "true"},
		{"which has nothing to redirect itself", Spec{TLS: upstream}, f5Prefix + "ssl-redirect", ""},
		{"and may leave it", Spec{TLS: upstream, HTTPRedirect: "disabled"}, f5Prefix + "redirect-to-https", "false"},
		{"an issuer", Spec{TLS: certManager}, "cert-manager.io/issuer", "le"},
		{"a challenge on the same host", Spec{TLS: certManager}, inPlace, "true"},
		{"that is solved elsewhere", Spec{TLS: certManager, Annotations: map[string]string{inPlace: "false"}}, inPlace, "false"},
		{"no challenge", Spec{}, inPlace, ""},
		{"a Policy's name", Spec{Name: "public", AllowCIDRs: []string{"10.0.0.0/8"}}, f5Prefix + "policies", "public"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.spec.Controller = "f5-nginx"
			if c.spec.TLS == nil {
				c.spec.TLS = secretTLS()
			}
			if got := noted(t, &c.spec, c.note); got != c.want {
				t.Errorf("%s is %q, want %q", c.note, got, c.want)
			}
		})
	}
}

func TestAppRouting(t *testing.T) {
	got := besides(t, &Spec{Controller: "app-routing", TLS: &TLS{
		Type: "key-vault", CertificateURI: "https://example.vault.azure.net/certificates/airbyte", ServiceAccount: "certificates",
	}})
	_, got, _ = strings.Cut(got, "metadata:\n")
	before, _, _ := strings.Cut(got, "  rules:")
	equal(t, before, `
  annotations:
    kubernetes.azure.com/tls-cert-keyvault-uri: https://example.vault.azure.net/certificates/airbyte
    kubernetes.azure.com/tls-cert-service-account: certificates
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
  ingressClassName: webapprouting.kubernetes.azure.com
`)
}
