package ingress

import (
	"strings"
	"testing"
)

func istio() *Gateway { return &Gateway{Implementation: "istio"} }

func keyVault() *TLS {
	return &TLS{Type: "key-vault", CertificateURI: "https://example.vault.azure.net/certificates/airbyte", ServiceAccount: "airbyte-tls"}
}

func TestGatewayIstio(t *testing.T) {
	equal(t, beside(t, &Spec{Controller: "gateway", Gateway: istio(), TLS: secretTLS(), HTTPRedirect: "disabled"}, "Gateway"), `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: airbyte
spec:
  gatewayClassName: istio
  listeners:
  - allowedRoutes:
      namespaces:
        from: Same
    hostname: airbyte.example.com
    name: https
    port: 443
    protocol: HTTPS
    tls:
      certificateRefs:
      - group: ""
        kind: Secret
        name: airbyte-tls
      mode: Terminate
`)
	if got := besides(t, &Spec{Controller: "gateway", Gateway: istio(), TLS: secretTLS(), Timeout: "30m"}); strings.Count(got, "      backendRequest: 1800s\n      request: 1800s\n") != 4 {
		t.Errorf("not four rules of 1800s in\n%s", got)
	}
}

// TestIstioOnAzure: what the application routing add-on knows beside, an internal
// address and Key Vault. A Secret is made for each listener.
func TestIstioOnAzure(t *testing.T) {
	equal(t, beside(t, &Spec{Controller: "gateway", Gateway: istio(), ClassName: "approuting-istio", Scheme: "internal", TLS: keyVault(), Hosts: []string{"two.example.com"}}, "Gateway"), `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: airbyte
spec:
  gatewayClassName: approuting-istio
  infrastructure:
    annotations:
      service.beta.kubernetes.io/azure-load-balancer-internal: "true"
  listeners:
  - allowedRoutes:
      namespaces:
        from: Same
    name: http
    port: 80
    protocol: HTTP
  - allowedRoutes:
      namespaces:
        from: Same
    hostname: airbyte.example.com
    name: https
    port: 443
    protocol: HTTPS
    tls:
      certificateRefs:
      - group: ""
        kind: Secret
        name: kv-gw-cert-airbyte-https
        namespace: airbyte
      mode: Terminate
      options:
        kubernetes.azure.com/tls-cert-keyvault-uri: https://example.vault.azure.net/certificates/airbyte
        kubernetes.azure.com/tls-cert-service-account: airbyte-tls
  - allowedRoutes:
      namespaces:
        from: Same
    hostname: two.example.com
    name: https-2
    port: 443
    protocol: HTTPS
    tls:
      certificateRefs:
      - group: ""
        kind: Secret
        name: kv-gw-cert-airbyte-https-2
        namespace: airbyte
      mode: Terminate
      options:
        kubernetes.azure.com/tls-cert-keyvault-uri: https://example.vault.azure.net/certificates/airbyte
        kubernetes.azure.com/tls-cert-service-account: airbyte-tls
`)
	public := &Spec{Controller: "gateway", Gateway: istio(), ClassName: azureIstio, Scheme: "internet-facing", TLS: secretTLS()}
	if got := beside(t, public, "Gateway"); !strings.Contains(got, "azure-load-balancer-internal: \"false\"\n") {
		t.Errorf("got\n%s", got)
	}
}

func TestIstioRefused(t *testing.T) {
	vault := func(change func(*TLS)) *TLS {
		tls := keyVault()
		change(tls)
		return tls
	}
	for _, c := range []struct {
		name string
		spec Spec
		want string
	}{
		{"scheme of no cloud", Spec{Gateway: istio(), TLS: secretTLS(), Scheme: "internal"}, "ingress.scheme: is a matter of the cloud, which Istio's Gateway does not tell: className: approuting-istio is on AKS"},
		{"scheme of another class", Spec{Gateway: istio(), ClassName: "istio-internal", TLS: secretTLS(), Scheme: "internal"}, "ingress.scheme: is a matter of the cloud"},
		{"scheme of somebody else's", Spec{Gateway: &Gateway{Implementation: "istio", Parent: &Parent{Name: "shared"}}, TLS: &TLS{Type: "controller"}, Scheme: "internal"}, "ingress.scheme: belongs to the Gateway, and that is shared, which exists: set it there"},
		{"Key Vault of no cloud", Spec{Gateway: istio(), TLS: keyVault()}, "ingress.tls.type: is key-vault, which is for the application routing add-on of AKS"},
		{"Key Vault without an identity", Spec{Gateway: istio(), ClassName: azureIstio, TLS: vault(func(t *TLS) { t.ServiceAccount = "" })}, "ingress.tls.serviceAccount: is missing: a Gateway has no identity of the add-on"},
		{"no URI", Spec{Gateway: istio(), ClassName: azureIstio, TLS: vault(func(t *TLS) { t.CertificateURI = "airbyte" })}, `ingress.tls.certificateUri: "airbyte" is no URI of a certificate`},
		{"body", Spec{Gateway: istio(), TLS: secretTLS(), MaxBodySize: "20Mi"}, "ingress.maxBodySize: has no counterpart in Istio: Envoy, which Istio runs, has no limit of its own"},
	} {
		c.spec.Controller = "gateway"
		if got := refused(t, &c.spec, routedTo...); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got  %s\nwant %s", c.name, got, c.want)
		}
	}
}
