package ingress

import "testing"

const (
	trafficController = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ServiceNetworking/trafficControllers/alb"
	wafPolicy         = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/applicationGatewayWebApplicationFirewallPolicies/waf"
)

func TestWriteAGC(t *testing.T) {
	for _, tt := range []struct {
		name       string
		spec       *Spec
		components []string
		kinds      []string
		want       string
	}{
		{"managed", &Spec{Controller: "agc", TLS: &TLS{Type: "secret", SecretName: "airbyte-tls"}, LoadBalancer: &LoadBalancer{Name: "alb", Namespace: "infra"}},
			[]string{"server", "keycloak"}, []string{"HealthCheckPolicy", "IngressExtension", "Ingress"}, `apiVersion: alb.networking.azure.io/v1
kind: HealthCheckPolicy
metadata:
  name: airbyte-airbyte-keycloak-svc
spec:
  default:
    http:
      path: /auth/health/ready
  targetRef:
    group: ""
    kind: Service
    name: airbyte-airbyte-keycloak-svc
    namespace: airbyte
---
apiVersion: alb.networking.azure.io/v1
kind: HealthCheckPolicy
metadata:
  name: airbyte-airbyte-server-svc
spec:
  default:
    http:
      path: /api/v1/health
  targetRef:
    group: ""
    kind: Service
    name: airbyte-airbyte-server-svc
    namespace: airbyte
---
apiVersion: alb.networking.azure.io/v1
kind: IngressExtension
metadata:
  name: airbyte
spec:
  backendSettings:
  - service: airbyte-airbyte-keycloak-svc
    timeouts:
      requestTimeout: 600s
  - service: airbyte-airbyte-server-svc
    timeouts:
      requestTimeout: 600s
---
apiVersion: alb.networking.azure.io/v1
kind: IngressExtension
metadata:
  name: airbyte-redirect
spec:
  rules:
  - host: airbyte.example.com
    requestRedirect:
      scheme: https
      statusCode: 301
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    alb.networking.azure.io/alb-frontend: airbyte-airbyte
    alb.networking.azure.io/alb-ingress-extension: airbyte
    alb.networking.azure.io/alb-name: alb
    alb.networking.azure.io/alb-namespace: infra
  name: airbyte
spec:
  ingressClassName: azure-alb-external
  rules:
  - host: airbyte.example.com
    http:
      paths:
      - /auth/realms Prefix → airbyte-airbyte-keycloak-svc:8180
      - /auth/resources Prefix → airbyte-airbyte-keycloak-svc:8180
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
    alb.networking.azure.io/alb-frontend: airbyte-airbyte
    alb.networking.azure.io/alb-ingress-extension: airbyte-redirect
    alb.networking.azure.io/alb-name: alb
    alb.networking.azure.io/alb-namespace: infra
  name: airbyte-redirect
spec:
  ingressClassName: azure-alb-external
  rules:
  - host: airbyte.example.com
    http:
      paths:
      - / Prefix → airbyte-airbyte-server-svc:8001
`},
		{"its own, and all of a health check", &Spec{Controller: "agc", TLS: &TLS{Type: "cert-manager", Issuer: &Issuer{Name: "letsencrypt"}}, HTTPRedirect: "disabled", Timeout: "20m", LoadBalancer: &LoadBalancer{ID: trafficController, Frontend: "front"},
			HealthCheck: &HealthCheck{Path: "/well", Port: number1(9000), Interval: "20s", Timeout: "10s", HealthyThreshold: number1(2), UnhealthyThreshold: number1(4), SuccessCodes: "200-299,301"}},
			[]string{"server"}, []string{"HealthCheckPolicy", "IngressExtension", "Ingress"}, `apiVersion: alb.networking.azure.io/v1
kind: HealthCheckPolicy
metadata:
  name: airbyte-airbyte-server-svc
spec:
  default:
    healthyThreshold: 2
    http:
      match:
        statusCodes:
        - end: 299
          start: 200
        - end: 301
          start: 301
      path: /well
    interval: 20s
    port: 9000
    timeout: 10s
    unhealthyThreshold: 4
  targetRef:
    group: ""
    kind: Service
    name: airbyte-airbyte-server-svc
    namespace: airbyte
---
apiVersion: alb.networking.azure.io/v1
kind: IngressExtension
metadata:
  name: airbyte
spec:
  backendSettings:
  - service: airbyte-airbyte-server-svc
    timeouts:
      requestTimeout: 1200s
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    alb.networking.azure.io/alb-frontend: front
    alb.networking.azure.io/alb-id: /subscriptions/s/resourceGroups/g/providers/Microsoft.ServiceNetworking/trafficControllers/alb
    alb.networking.azure.io/alb-ingress-extension: airbyte
    cert-manager.io/cluster-issuer: letsencrypt
  name: airbyte
spec:
  ingressClassName: azure-alb-external
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
		{"no TLS", &Spec{Controller: "agc", TLS: &TLS{Type: "upstream"}, LoadBalancer: &LoadBalancer{Name: "alb", Namespace: "infra"}},
			[]string{"server"}, []string{"Ingress"}, `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    alb.networking.azure.io/alb-ingress-extension: airbyte
    alb.networking.azure.io/alb-name: alb
    alb.networking.azure.io/alb-namespace: infra
  name: airbyte
spec:
  ingressClassName: azure-alb-external
  rules:
  - host: airbyte.example.com
    http:
      paths:
      - / Prefix → airbyte-airbyte-server-svc:8001
`},
		{"IngressExtension of the user", &Spec{Controller: "agc", TLS: &TLS{Type: "secret", SecretName: "airbyte-tls"}, Annotations: map[string]string{agcPrefix + "alb-ingress-extension": "own"}, LoadBalancer: &LoadBalancer{Name: "alb", Namespace: "infra"}},
			[]string{"server"}, []string{"IngressExtension", "Ingress"}, `apiVersion: alb.networking.azure.io/v1
kind: IngressExtension
metadata:
  name: airbyte-redirect
spec:
  rules:
  - host: airbyte.example.com
    requestRedirect:
      scheme: https
      statusCode: 301
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    alb.networking.azure.io/alb-frontend: airbyte-airbyte
    alb.networking.azure.io/alb-ingress-extension: own
    alb.networking.azure.io/alb-name: alb
    alb.networking.azure.io/alb-namespace: infra
  name: airbyte
spec:
  ingressClassName: azure-alb-external
  rules:
  - host: airbyte.example.com
    http:
      paths:
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
    alb.networking.azure.io/alb-frontend: airbyte-airbyte
    alb.networking.azure.io/alb-ingress-extension: airbyte-redirect
    alb.networking.azure.io/alb-name: alb
    alb.networking.azure.io/alb-namespace: infra
  name: airbyte-redirect
spec:
  ingressClassName: azure-alb-external
  rules:
  - host: airbyte.example.com
    http:
      paths:
      - / Prefix → airbyte-airbyte-server-svc:8001
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := kindsOf(made(t, tt.spec, tt.components...), tt.kinds...); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestCheckAGC(t *testing.T) {
	for _, tt := range []struct {
		spec *Spec
		want string
	}{
		{&Spec{Controller: "agc", TLS: &TLS{Type: "secret", SecretName: "x"}, Timeout: "700s"}, `ingress.loadBalancer: is missing: which Application Gateway for Containers is it?: name and namespace of the ApplicationLoadBalancer, or id and frontend of a resource of your own`},
		{&Spec{Controller: "agc", TLS: &TLS{Type: "secret", SecretName: "x"}, LoadBalancer: &LoadBalancer{Name: "alb"}}, `ingress.loadBalancer.namespace: is missing: where is the ApplicationLoadBalancer alb?: kubectl get applicationloadbalancer -A lists them`},
		{&Spec{Controller: "agc", TLS: &TLS{Type: "secret", SecretName: "x"}, LoadBalancer: &LoadBalancer{ID: trafficController}}, `ingress.loadBalancer.frontend: is missing: which frontend of that resource is it?: az network alb frontend list`},
		{&Spec{Controller: "agc", TLS: &TLS{Type: "secret", SecretName: "x"}, LoadBalancer: &LoadBalancer{ID: "alb", Frontend: "front"}}, `ingress.loadBalancer.id: "alb" is no resource id of an Application Gateway for Containers: az network alb show --query id`},
		{&Spec{Controller: "agc", TLS: &TLS{Type: "secret", SecretName: "x"}, LoadBalancer: &LoadBalancer{ID: trafficController, Name: "alb"}}, `ingress.loadBalancer.id: stands beside the name of an ApplicationLoadBalancer: one of them decides: keep either id and frontend, or name and namespace`},
		{&Spec{Controller: "agc", TLS: &TLS{Type: "secret", SecretName: "x"}, Scheme: "internal", WAFPolicy: wafPolicy, LoadBalancer: &LoadBalancer{Name: "alb", Namespace: "infra"}}, `ingress.scheme: has no counterpart in Application Gateway for Containers by Ingress: its frontends are public, private ones do not exist yet; agic and app-routing have them
ingress.wafPolicy: has no counterpart in Application Gateway for Containers by Ingress: WebApplicationFirewallPolicies are for Gateways: controller: gateway, implementation: agc`},
		{&Spec{Controller: "agc", TLS: &TLS{Type: "secret", SecretName: "x"}, Timeout: "700s", Annotations: map[string]string{agcPrefix + "alb-ingress-extension": "own"}, LoadBalancer: &LoadBalancer{Name: "alb", Namespace: "infra"}}, `ingress.annotations.alb.networking.azure.io/alb-ingress-extension: is "own", and spec.ingress.timeout makes it "airbyte": say it there alone`},
	} {
		if got := refused(t, tt.spec, "server"); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}
