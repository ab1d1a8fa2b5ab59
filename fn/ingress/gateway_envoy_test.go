package ingress

import (
	"strings"
	"testing"
)

func envoy() *Gateway { return &Gateway{Implementation: "envoy"} }

// beside are the objects of some kinds, without what all of them have.
func beside(t *testing.T, spec *Spec, kinds ...string) string {
	t.Helper()
	return kindsOf(made(t, spec, routedTo...), kinds...)
}

// TestGatewayEnvoy: what is written where nobody says more than the certificate.
func TestGatewayEnvoy(t *testing.T) {
	equal(t, besides(t, &Spec{Controller: "gateway", Gateway: envoy(), TLS: &TLS{Type: "cert-manager", Issuer: &Issuer{Name: "letsencrypt"}}, Hosts: []string{"two.example.com"}}), `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  annotations:
    cert-manager.io/cluster-issuer: letsencrypt
  labels:
    app.kubernetes.io/instance: airbyte
    app.kubernetes.io/name: airbyte-ingress
  name: airbyte
  namespace: airbyte
spec:
  gatewayClassName: eg
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
        name: airbyte-tls
      mode: Terminate
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
        name: airbyte-tls
      mode: Terminate
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  labels:
    app.kubernetes.io/instance: airbyte
    app.kubernetes.io/name: airbyte-ingress
  name: airbyte
  namespace: airbyte
spec:
  hostnames:
  - airbyte.example.com
  - two.example.com
  parentRefs:
  - group: gateway.networking.k8s.io
    kind: Gateway
    name: airbyte
    sectionName: https
  - group: gateway.networking.k8s.io
    kind: Gateway
    name: airbyte
    sectionName: https-2
  rules:
  - /api/v1/connector_builder PathPrefix → airbyte-airbyte-connector-builder-server-svc:80
    timeouts:
      backendRequest: 600s
      request: 600s
  - /auth/realms PathPrefix → airbyte-airbyte-keycloak-svc:8180
    timeouts:
      backendRequest: 600s
      request: 600s
  - /auth/resources PathPrefix → airbyte-airbyte-keycloak-svc:8180
    timeouts:
      backendRequest: 600s
      request: 600s
  - / PathPrefix → airbyte-airbyte-server-svc:8001
    timeouts:
      backendRequest: 600s
      request: 600s
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  labels:
    app.kubernetes.io/instance: airbyte
    app.kubernetes.io/name: airbyte-ingress
  name: airbyte-redirect
  namespace: airbyte
spec:
  hostnames:
  - airbyte.example.com
  - two.example.com
  parentRefs:
  - group: gateway.networking.k8s.io
    kind: Gateway
    name: airbyte
    sectionName: http
  rules:
  - filters:
    - requestRedirect:
        scheme: https
        statusCode: 301
      type: RequestRedirect
    matches:
    - path:
        type: PathPrefix
        value: /
`)
}

// TestEnvoyHealth: a policy for the rules of each Service, each with the question
// of its own Pods, and with the limit of a body, since that of the HTTPRoute
// would not be heard beside it.
func TestEnvoyHealth(t *testing.T) {
	spec := &Spec{Controller: "gateway", Gateway: envoy(), TLS: secretTLS(), MaxBodySize: "20M",
		HealthCheck: &HealthCheck{Path: "/special", Port: number1(8085), Interval: "20s", UnhealthyThreshold: number1(4), SuccessCodes: "200-202,204,201"}}
	equal(t, beside(t, spec, "BackendTrafficPolicy"), `
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata:
  name: airbyte-airbyte-connector-builder-server-svc
spec:
  healthCheck:
    active:
      http:
        expectedStatuses:
        - 200
        - 201
        - 202
        - 204
        path: /v1/health
      interval: 20s
      timeout: 5s
      type: HTTP
      unhealthyThreshold: 4
  requestBuffer:
    limit: "20000000"
  targetRefs:
  - group: gateway.networking.k8s.io
    kind: HTTPRoute
    name: airbyte
    sectionName: connector-builder-server
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata:
  name: airbyte-airbyte-keycloak-svc
spec:
  healthCheck:
    active:
      http:
        expectedStatuses:
        - 200
        - 201
        - 202
        - 204
        path: /auth/health/ready
      interval: 20s
      timeout: 5s
      type: HTTP
      unhealthyThreshold: 4
  requestBuffer:
    limit: "20000000"
  targetRefs:
  - group: gateway.networking.k8s.io
    kind: HTTPRoute
    name: airbyte
    sectionName: keycloak
  - group: gateway.networking.k8s.io
    kind: HTTPRoute
    name: airbyte
    sectionName: keycloak-2
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata:
  name: airbyte-airbyte-server-svc
spec:
  healthCheck:
    active:
      http:
        expectedStatuses:
        - 200
        - 201
        - 202
        - 204
        path: /special
      interval: 20s
      overrides:
        port: 8085
      timeout: 5s
      type: HTTP
      unhealthyThreshold: 4
  requestBuffer:
    limit: "20000000"
  targetRefs:
  - group: gateway.networking.k8s.io
    kind: HTTPRoute
    name: airbyte
    sectionName: server
`)
	route := beside(t, spec, "HTTPRoute")
	for _, name := range []string{"connector-builder-server", "keycloak", "keycloak-2", "server"} {
		if strings.Count(route, "\n    name: "+name+"\n") != 1 {
			t.Errorf("no rule %s in\n%s", name, route)
		}
	}
}

// TestEnvoyPolicies: on a Gateway of somebody else's, what its own policies say
// stays.
func TestEnvoyPolicies(t *testing.T) {
	spec := &Spec{Controller: "gateway", TLS: &TLS{Type: "controller"}, MaxBodySize: "50Mi", AllowCIDRs: []string{"10.0.0.0/8", "2001:db8::/32"},
		Gateway: &Gateway{Implementation: "envoy", Parent: &Parent{Name: "shared", Namespace: "infra"}}}
	equal(t, beside(t, spec, "BackendTrafficPolicy", "SecurityPolicy"), `
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata:
  name: airbyte
spec:
  mergeType: StrategicMerge
  requestBuffer:
    limit: 50Mi
  targetRefs:
  - group: gateway.networking.k8s.io
    kind: HTTPRoute
    name: airbyte
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: SecurityPolicy
metadata:
  name: airbyte
spec:
  authorization:
    defaultAction: Deny
    rules:
    - action: Allow
      name: allow-cidrs
      principal:
        clientCIDRs:
        - 10.0.0.0/8
        - 2001:db8::/32
  mergeType: StrategicMerge
  targetRefs:
  - group: gateway.networking.k8s.io
    kind: HTTPRoute
    name: airbyte
`)
	spec.Gateway, spec.TLS = envoy(), secretTLS()
	if got := besides(t, spec); strings.Contains(got, "mergeType") {
		t.Errorf("merged with nothing:\n%s", got)
	}
}

func TestEnvoyRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		spec Spec
		want string
	}{
		{"scheme", Spec{TLS: secretTLS(), Scheme: "internal"}, "ingress.scheme: has no counterpart in Envoy Gateway: an annotation of the cloud's on the Gateway's Service: provider.kubernetes.envoyService of an EnvoyProxy"},
		{"body", Spec{TLS: secretTLS(), MaxBodySize: "4Gi"}, "ingress.maxBodySize: is 4Gi: Envoy Gateway counts to 4Gi, less one byte"},
		{"codes", Spec{TLS: secretTLS(), HealthCheck: &HealthCheck{SuccessCodes: "200,299-201"}}, "ingress.healthCheck.successCodes: has 299-201, which ends before it begins"},
		{"redirect", Spec{TLS: &TLS{Type: "upstream"}, HTTPRedirect: "enabled"}, "ingress.httpRedirect: is enabled, and TLS ends before Envoy Gateway"},
		{"certificate", Spec{TLS: &TLS{Type: "controller"}}, "ingress.tls.type: is controller, and the Gateway is made here"},
	} {
		c.spec.Controller, c.spec.Gateway = "gateway", envoy()
		if got := refused(t, &c.spec, routedTo...); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got  %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestForwarded: who takes each request for http where TLS ends before, and that
// nothing else is said.
func TestForwarded(t *testing.T) {
	for implementation, want := range map[string]string{"envoy": "clientIPDetection.xForwardedFor", "istio": "gatewayTopology.numTrustedProxies"} {
		spec := &Spec{Controller: "gateway", Gateway: &Gateway{Implementation: implementation}, TLS: &TLS{Type: "upstream"}}
		if got := warned(t, spec); !strings.HasPrefix(got, "ingress-forwarded spec.ingress.tls.type: ") || !strings.Contains(got, want) {
			t.Errorf("%s: got %s", implementation, got)
		}
		spec.TLS = secretTLS()
		if got := warned(t, spec); got != "" {
			t.Errorf("%s: got %s", implementation, got)
		}
	}
}
