package ingress

import "testing"

func TestWriteAGIC(t *testing.T) {
	for _, tt := range []struct {
		name       string
		spec       *Spec
		components []string
		kinds      []string
		want       string
	}{
		{"default", &Spec{Controller: "agic", TLS: &TLS{Type: "secret", SecretName: "airbyte-tls"}},
			[]string{"server", "keycloak", "connector-builder-server"}, []string{"Ingress"}, `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    appgw.ingress.kubernetes.io/request-timeout: "600"
    appgw.ingress.kubernetes.io/ssl-redirect: "true"
  name: airbyte
spec:
  ingressClassName: azure-application-gateway
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
`},
		{"all", &Spec{Controller: "agic", Scheme: "internal", TLS: &TLS{Type: "application-gateway", Certificates: []string{"airbyte"}, Policy: "modern"}, HTTPRedirect: "disabled", Timeout: "20m", WAFPolicy: wafPolicy,
			HealthCheck: &HealthCheck{Interval: "20s", Timeout: "10s", UnhealthyThreshold: number1(4), SuccessCodes: "200-299,301"}},
			[]string{"server"}, []string{"Ingress"}, `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    appgw.ingress.kubernetes.io/appgw-ssl-certificate: airbyte
    appgw.ingress.kubernetes.io/appgw-ssl-profile: modern
    appgw.ingress.kubernetes.io/health-probe-interval: "20"
    appgw.ingress.kubernetes.io/health-probe-status-codes: 200-299,301
    appgw.ingress.kubernetes.io/health-probe-timeout: "10"
    appgw.ingress.kubernetes.io/health-probe-unhealthy-threshold: "4"
    appgw.ingress.kubernetes.io/request-timeout: "1200"
    appgw.ingress.kubernetes.io/ssl-redirect: "false"
    appgw.ingress.kubernetes.io/use-private-ip: "true"
    appgw.ingress.kubernetes.io/waf-policy-for-path: /subscriptions/s/resourceGroups/g/providers/Microsoft.Network/applicationGatewayWebApplicationFirewallPolicies/waf
  name: airbyte
spec:
  ingressClassName: azure-application-gateway
  rules:
  - host: airbyte.example.com
    http:
      paths:
      - / Prefix → airbyte-airbyte-server-svc:8001
`},
		{"public, cert-manager", &Spec{Controller: "agic", ClassName: "special", Scheme: "internet-facing", TLS: &TLS{Type: "cert-manager", Issuer: &Issuer{Name: "letsencrypt"}}},
			[]string{"server"}, []string{"Ingress"}, `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    appgw.ingress.kubernetes.io/request-timeout: "600"
    appgw.ingress.kubernetes.io/ssl-redirect: "true"
    appgw.ingress.kubernetes.io/use-private-ip: "false"
    cert-manager.io/cluster-issuer: letsencrypt
  name: airbyte
spec:
  ingressClassName: special
  rules:
  - host: airbyte.example.com
    http:
      paths:
      - / Prefix → airbyte-airbyte-server-svc:8001
  tls:
  - hosts:
    - airbyte.example.com
    secretName: airbyte-tls
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := kindsOf(made(t, tt.spec, tt.components...), tt.kinds...); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestCheckAGIC(t *testing.T) {
	for _, tt := range []struct {
		spec *Spec
		want string
	}{
		{&Spec{Controller: "agic", TLS: &TLS{Type: "secret", SecretName: "x"}, WAFPolicy: "waf"}, `ingress.wafPolicy: "waf" is no resource id of a WAF policy: az network application-gateway waf-policy show --query id`},
		{&Spec{Controller: "agic", TLS: &TLS{Type: "secret", SecretName: "x"}, HealthCheck: &HealthCheck{Path: "/well", UnhealthyThreshold: number1(21)}}, `ingress.healthCheck.path: has no counterpart in Application Gateway Ingress Controller: each Pod is asked what its readinessProbe asks; one path would be for Keycloak too
ingress.healthCheck.unhealthyThreshold: is 21, want 1 to 20: `},
		{&Spec{Controller: "agic", TLS: &TLS{Type: "application-gateway", Certificates: []string{"one", "two"}}}, `ingress.tls.certificates: names 2, and an Ingress has one here: a certificate may be for several hosts`},
		{&Spec{Controller: "agic", TLS: &TLS{Type: "secret", SecretName: "x"}, Annotations: map[string]string{agicPrefix + "request-timeout": "60"}, Timeout: "700s"}, `ingress.annotations.appgw.ingress.kubernetes.io/request-timeout: is "60", and spec.ingress.timeout makes it "700": say it there alone`},
	} {
		if got := refused(t, tt.spec, "server"); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}
