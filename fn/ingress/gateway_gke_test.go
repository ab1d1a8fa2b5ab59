package ingress

import "testing"

func TestWriteGatewayGKE(t *testing.T) {
	for _, tt := range []struct {
		name       string
		spec       *Spec
		components []string
		kinds      []string
		want       string
	}{
		{"default", &Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "gke"}, TLS: &TLS{Type: "secret", SecretName: "airbyte-tls"}},
			[]string{"server", "keycloak"}, []string{"Gateway", "HTTPRoute", "GCPBackendPolicy", "HealthCheckPolicy"}, `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: airbyte
spec:
  gatewayClassName: gke-l7-global-external-managed
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
    name: https
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
  name: airbyte
spec:
  hostnames:
  - airbyte.example.com
  parentRefs:
  - group: gateway.networking.k8s.io
    kind: Gateway
    name: airbyte
    sectionName: https
  rules:
  - /auth/realms PathPrefix → airbyte-airbyte-keycloak-svc:8180
  - /auth/resources PathPrefix → airbyte-airbyte-keycloak-svc:8180
  - / PathPrefix → airbyte-airbyte-server-svc:8001
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: airbyte-redirect
spec:
  hostnames:
  - airbyte.example.com
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
---
apiVersion: networking.gke.io/v1
kind: GCPBackendPolicy
metadata:
  name: airbyte-airbyte-keycloak-svc
spec:
  default:
    connectionDraining:
      drainingTimeoutSec: 30
    timeoutSec: 600
  targetRef:
    group: ""
    kind: Service
    name: airbyte-airbyte-keycloak-svc
---
apiVersion: networking.gke.io/v1
kind: GCPBackendPolicy
metadata:
  name: airbyte-airbyte-server-svc
spec:
  default:
    connectionDraining:
      drainingTimeoutSec: 30
    timeoutSec: 600
  targetRef:
    group: ""
    kind: Service
    name: airbyte-airbyte-server-svc
---
apiVersion: networking.gke.io/v1
kind: HealthCheckPolicy
metadata:
  name: airbyte-airbyte-keycloak-svc
spec:
  default:
    checkIntervalSec: 15
    config:
      httpHealthCheck:
        portSpecification: USE_SERVING_PORT
        requestPath: /auth/health/ready
      type: HTTP
    timeoutSec: 5
  targetRef:
    group: ""
    kind: Service
    name: airbyte-airbyte-keycloak-svc
---
apiVersion: networking.gke.io/v1
kind: HealthCheckPolicy
metadata:
  name: airbyte-airbyte-server-svc
spec:
  default:
    checkIntervalSec: 15
    config:
      httpHealthCheck:
        portSpecification: USE_SERVING_PORT
        requestPath: /api/v1/health
      type: HTTP
    timeoutSec: 5
  targetRef:
    group: ""
    kind: Service
    name: airbyte-airbyte-server-svc
`},
		{"certificate map", &Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "gke"}, TLS: &TLS{Type: "certificate-map", CertificateMap: "airbyte", Policy: "modern"}, LoadBalancer: &LoadBalancer{Address: "airbyte"}},
			[]string{"server"}, []string{"Gateway", "GCPGatewayPolicy"}, `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  annotations:
    networking.gke.io/certmap: airbyte
  name: airbyte
spec:
  addresses:
  - type: NamedAddress
    value: airbyte
  gatewayClassName: gke-l7-global-external-managed
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
    name: https
    port: 443
    protocol: HTTPS
---
apiVersion: networking.gke.io/v1
kind: GCPGatewayPolicy
metadata:
  name: airbyte
spec:
  default:
    sslPolicy: modern
  targetRef:
    group: gateway.networking.k8s.io
    kind: Gateway
    name: airbyte
`},
		{"internal, and all that the policies have", &Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "gke"}, Scheme: "internal", TLS: &TLS{Type: "pre-shared", Certificates: []string{"one", "two"}}, Timeout: "20m", WAFPolicy: "armor", AccessLogs: &AccessLogs{SampleRate: "0.25"},
			HealthCheck: &HealthCheck{Path: "/well", Port: number1(9000), Timeout: "20s", HealthyThreshold: number1(2), UnhealthyThreshold: number1(4)}},
			[]string{"server"}, []string{"Gateway", "GCPBackendPolicy", "HealthCheckPolicy"}, `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: airbyte
spec:
  gatewayClassName: gke-l7-rilb
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
    name: https
    port: 443
    protocol: HTTPS
    tls:
      mode: Terminate
      options:
        networking.gke.io/pre-shared-certs: one,two
---
apiVersion: networking.gke.io/v1
kind: GCPBackendPolicy
metadata:
  name: airbyte-airbyte-server-svc
spec:
  default:
    connectionDraining:
      drainingTimeoutSec: 30
    logging:
      enabled: true
      sampleRate: 250000
    securityPolicy: armor
    timeoutSec: 1200
  targetRef:
    group: ""
    kind: Service
    name: airbyte-airbyte-server-svc
---
apiVersion: networking.gke.io/v1
kind: HealthCheckPolicy
metadata:
  name: airbyte-airbyte-server-svc
spec:
  default:
    checkIntervalSec: 20
    config:
      httpHealthCheck:
        port: 9000
        portSpecification: USE_FIXED_PORT
        requestPath: /well
      type: HTTP
    healthyThreshold: 2
    timeoutSec: 20
    unhealthyThreshold: 4
  targetRef:
    group: ""
    kind: Service
    name: airbyte-airbyte-server-svc
`},
		{"somebody else's Gateway", &Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "gke", Parent: &Parent{Name: "shared", Namespace: "infra", SectionName: "https", HTTPSection: "http"}}, TLS: &TLS{Type: "controller"}, AccessLogs: &AccessLogs{State: "disabled"}},
			[]string{"server"}, []string{"Gateway", "HTTPRoute", "GCPBackendPolicy"}, `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: airbyte
spec:
  hostnames:
  - airbyte.example.com
  parentRefs:
  - group: gateway.networking.k8s.io
    kind: Gateway
    name: shared
    namespace: infra
    sectionName: https
  rules:
  - / PathPrefix → airbyte-airbyte-server-svc:8001
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: airbyte-redirect
spec:
  hostnames:
  - airbyte.example.com
  parentRefs:
  - group: gateway.networking.k8s.io
    kind: Gateway
    name: shared
    namespace: infra
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
---
apiVersion: networking.gke.io/v1
kind: GCPBackendPolicy
metadata:
  name: airbyte-airbyte-server-svc
spec:
  default:
    connectionDraining:
      drainingTimeoutSec: 30
    logging:
      enabled: false
    timeoutSec: 600
  targetRef:
    group: ""
    kind: Service
    name: airbyte-airbyte-server-svc
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := kindsOf(made(t, tt.spec, tt.components...), tt.kinds...); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestCheckGatewayGKE(t *testing.T) {
	for _, tt := range []struct {
		spec *Spec
		want string
	}{
		{&Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "gke"}, TLS: &TLS{Type: "certificate-map", CertificateMap: "m"}, ClassName: "gke-l7-rilb"}, `ingress.tls.type: is certificate-map, and gke-l7-rilb is regional: maps are for global load balancers: take pre-shared, secret or cert-manager`},
		{&Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "gke"}, TLS: &TLS{Type: "secret", SecretName: "x"}, ClassName: "gke-l7-gxlb-mc"}, `ingress.className: is gke-l7-gxlb-mc, which serves several clusters: its routes lead to ServiceImports, and these lead to Services: take the one without -mc`},
		{&Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "gke"}, TLS: &TLS{Type: "secret", SecretName: "x"}, ClassName: "gke-l7-rilb", Scheme: "internet-facing"}, `ingress.scheme: is internet-facing, and className is gke-l7-rilb: leave one of them out`},
		{&Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "gke"}, TLS: &TLS{Type: "secret", SecretName: "x"}, HealthCheck: &HealthCheck{Timeout: "301s"}}, `ingress.healthCheck.timeout: is 301, want 1 to 300: `},
		{&Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "gke"}, TLS: &TLS{Type: "secret", SecretName: "x"}, TargetType: "ip"}, `ingress.targetType: has no counterpart in GKE Gateway: GKE Gateway always sends to the Pods themselves`},
		{&Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "gke"}, TLS: &TLS{Type: "google-managed"}}, `ingress.tls.type: is google-managed, which has no counterpart in GKE Gateway: a ManagedCertificate is for an Ingress; Certificate Manager issues others: tls.type: certificate-map`},
		{&Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "gke", Parent: &Parent{Name: "shared"}}, Scheme: "internal", TLS: &TLS{Type: "controller", Policy: "modern"}, LoadBalancer: &LoadBalancer{Address: "airbyte"}}, `ingress.scheme: belongs to the Gateway, and that is shared, which exists: set it there
ingress.tls.policy: belongs to the Gateway, and that is shared, which exists: set it there
ingress.loadBalancer.address: belongs to the Gateway, and that is shared, which exists: set it there`},
	} {
		if got := refused(t, tt.spec, "server"); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}
