package ingress

import "testing"

func TestWriteGatewayAGC(t *testing.T) {
	for _, tt := range []struct {
		name       string
		spec       *Spec
		components []string
		kinds      []string
		want       string
	}{
		{"managed", &Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "agc"}, TLS: &TLS{Type: "secret", SecretName: "airbyte-tls"}, LoadBalancer: &LoadBalancer{Name: "alb", Namespace: "infra"}},
			[]string{"server"}, []string{"Gateway", "HTTPRoute", "RoutePolicy", "HealthCheckPolicy"}, `apiVersion: alb.networking.azure.io/v1
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
kind: RoutePolicy
metadata:
  name: airbyte
spec:
  default:
    timeouts:
      routeTimeout: 600s
  targetRef:
    group: gateway.networking.k8s.io
    kind: HTTPRoute
    name: airbyte
    namespace: airbyte
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  annotations:
    alb.networking.azure.io/alb-name: alb
    alb.networking.azure.io/alb-namespace: infra
  name: airbyte
spec:
  gatewayClassName: azure-alb-external
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
`},
		{"its own, and all policies", &Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "agc"}, TLS: &TLS{Type: "secret", SecretName: "airbyte-tls", Policy: "2023-06-S"}, Hosts: []string{"two.example.com"}, Timeout: "20m", WAFPolicy: wafPolicy, LoadBalancer: &LoadBalancer{ID: trafficController, Frontend: "front"}},
			[]string{"server"}, []string{"Gateway", "RoutePolicy", "FrontendTLSPolicy", "WebApplicationFirewallPolicy"}, `apiVersion: alb.networking.azure.io/v1
kind: FrontendTLSPolicy
metadata:
  name: airbyte
spec:
  default:
    policyType:
      name: 2023-06-S
      type: predefined
  targetRef:
    group: gateway.networking.k8s.io
    kind: Gateway
    name: airbyte
    namespace: airbyte
    sectionNames:
    - https
    - https-2
---
apiVersion: alb.networking.azure.io/v1
kind: RoutePolicy
metadata:
  name: airbyte
spec:
  default:
    timeouts:
      routeTimeout: 1200s
  targetRef:
    group: gateway.networking.k8s.io
    kind: HTTPRoute
    name: airbyte
    namespace: airbyte
---
apiVersion: alb.networking.azure.io/v1
kind: WebApplicationFirewallPolicy
metadata:
  name: airbyte
spec:
  targetRef:
    group: gateway.networking.k8s.io
    kind: HTTPRoute
    name: airbyte
    namespace: airbyte
  webApplicationFirewall:
    id: /subscriptions/s/resourceGroups/g/providers/Microsoft.Network/applicationGatewayWebApplicationFirewallPolicies/waf
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  annotations:
    alb.networking.azure.io/alb-id: /subscriptions/s/resourceGroups/g/providers/Microsoft.ServiceNetworking/trafficControllers/alb
  name: airbyte
spec:
  addresses:
  - type: alb.networking.azure.io/alb-frontend
    value: front
  gatewayClassName: azure-alb-external
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
`},
		{"somebody else's Gateway", &Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "agc", Parent: &Parent{Name: "shared"}}, TLS: &TLS{Type: "controller"}, WAFPolicy: wafPolicy},
			[]string{"server"}, []string{"Gateway", "HTTPRoute", "RoutePolicy", "WebApplicationFirewallPolicy"}, `apiVersion: alb.networking.azure.io/v1
kind: RoutePolicy
metadata:
  name: airbyte
spec:
  default:
    timeouts:
      routeTimeout: 600s
  targetRef:
    group: gateway.networking.k8s.io
    kind: HTTPRoute
    name: airbyte
    namespace: airbyte
---
apiVersion: alb.networking.azure.io/v1
kind: WebApplicationFirewallPolicy
metadata:
  name: airbyte
spec:
  targetRef:
    group: gateway.networking.k8s.io
    kind: HTTPRoute
    name: airbyte
    namespace: airbyte
  webApplicationFirewall:
    id: /subscriptions/s/resourceGroups/g/providers/Microsoft.Network/applicationGatewayWebApplicationFirewallPolicies/waf
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
    name: shared
  rules:
  - / PathPrefix → airbyte-airbyte-server-svc:8001
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := kindsOf(made(t, tt.spec, tt.components...), tt.kinds...); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestCheckGatewayAGC(t *testing.T) {
	for _, tt := range []struct {
		spec *Spec
		want string
	}{
		{&Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "agc"}, TLS: &TLS{Type: "secret", SecretName: "x"}, Timeout: "700s"}, `ingress.loadBalancer: is missing: which Application Gateway for Containers is it?: name and namespace of the ApplicationLoadBalancer, or id and frontend of a resource of your own`},
		{&Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "agc"}, TLS: &TLS{Type: "secret", SecretName: "x"}, LoadBalancer: &LoadBalancer{Name: "alb", Namespace: "infra", Frontend: "front"}}, `ingress.loadBalancer.frontend: means nothing to an ApplicationLoadBalancer: the controller makes a frontend for each Gateway: leave it out`},
		{&Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "agc"}, TLS: &TLS{Type: "secret", SecretName: "x"}, WAFPolicy: "waf", LoadBalancer: &LoadBalancer{Name: "alb", Namespace: "infra"}}, `ingress.wafPolicy: "waf" is no resource id of a WAF policy: az network application-gateway waf-policy show --query id`},
		{&Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "agc"}, TLS: &TLS{Type: "secret", SecretName: "x"}, Scheme: "internal", LoadBalancer: &LoadBalancer{Name: "alb", Namespace: "infra"}}, `ingress.scheme: has no counterpart in Application Gateway for Containers by Gateway API: its frontends are public, private ones do not exist yet; agic and app-routing have them`},
		{&Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "agc"}, TLS: &TLS{Type: "secret", SecretName: "x", Policy: "modern"}, LoadBalancer: &LoadBalancer{Name: "alb", Namespace: "infra"}}, `ingress.tls.policy: is "modern", want 2023-06 or 2023-06-S: `},
		{&Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "agc", Parent: &Parent{Name: "shared"}}, TLS: &TLS{Type: "controller", Policy: "2023-06"}, LoadBalancer: &LoadBalancer{Name: "alb", Namespace: "infra"}}, `ingress.tls.policy: belongs to the Gateway, and that is shared, which exists: set it there
ingress.loadBalancer.name: belongs to the Gateway, and that is shared, which exists: set it there
ingress.loadBalancer.namespace: belongs to the Gateway, and that is shared, which exists: set it there`},
	} {
		if got := refused(t, tt.spec, "server"); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}
