package ingress

import (
	"strings"
	"testing"
	"time"
)

func TestGatewayNGINX(t *testing.T) {
	got := besides(t, &Spec{
		Controller: "gateway", Gateway: &Gateway{Implementation: "nginx"}, TLS: secretTLS(), Timeout: "3h", MaxBodySize: "64Mi",
		AllowCIDRs: []string{"10.0.0.0/8"}, AccessLogs: &AccessLogs{State: "disabled"},
	})
	gateway, rest, _ := strings.Cut(got, "---\n")
	equal(t, gateway, `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  labels:
    app.kubernetes.io/instance: airbyte
    app.kubernetes.io/name: airbyte-ingress
  name: airbyte
  namespace: airbyte
spec:
  gatewayClassName: nginx
  infrastructure:
    parametersRef:
      group: gateway.nginx.org
      kind: NginxProxy
      name: airbyte
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
`)
	_, policies, _ := strings.Cut(rest, "apiVersion: gateway.nginx.org/v1alpha1\n")
	equal(t, policies, `
kind: ClientSettingsPolicy
metadata:
  labels:
    app.kubernetes.io/instance: airbyte
    app.kubernetes.io/name: airbyte-ingress
  name: airbyte
  namespace: airbyte
spec:
  body:
    maxSize: 64m
  targetRef:
    group: gateway.networking.k8s.io
    kind: HTTPRoute
    name: airbyte
---
apiVersion: gateway.nginx.org/v1alpha1
kind: ProxySettingsPolicy
metadata:
  labels:
    app.kubernetes.io/instance: airbyte
    app.kubernetes.io/name: airbyte-ingress
  name: airbyte
  namespace: airbyte
spec:
  targetRefs:
  - group: gateway.networking.k8s.io
    kind: HTTPRoute
    name: airbyte
  timeout:
    read: 180m
    send: 180m
---
apiVersion: gateway.nginx.org/v1alpha2
kind: NginxProxy
metadata:
  labels:
    app.kubernetes.io/instance: airbyte
    app.kubernetes.io/name: airbyte-ingress
  name: airbyte
  namespace: airbyte
spec:
  kubernetes:
    service:
      loadBalancerSourceRanges:
      - 10.0.0.0/8
  logging:
    accessLog:
      disable: true
`)
}

// TestGatewayNGINXPlain: a NginxProxy is made where something stands in it, and
// no rule has timeouts, which NGINX Gateway Fabric ignores.
func TestGatewayNGINXPlain(t *testing.T) {
	got := besides(t, &Spec{Controller: "gateway", Gateway: &Gateway{Implementation: "nginx"}, TLS: secretTLS()})
	for _, word := range []string{"NginxProxy", "parametersRef", "timeouts:"} {
		if strings.Contains(got, word) {
			t.Errorf("%s is in\n%s", word, got)
		}
	}
	for _, word := range []string{"maxSize: 10m", "read: 600s", "send: 600s"} {
		if !strings.Contains(got, word) {
			t.Errorf("%s is not in\n%s", word, got)
		}
	}
}

func TestGatewayNGINXRefused(t *testing.T) {
	for _, c := range []struct {
		name, want string
		spec       Spec
	}{
		{"networks of another's Gateway", "ingress.allowCidrs: means nothing to a Gateway that exists, shared: set it in the NginxProxy of that Gateway", Spec{AllowCIDRs: []string{"10.0.0.0/8"}}},
		{"log of another's Gateway", "ingress.accessLogs.state: means nothing to a Gateway that exists, shared", Spec{AccessLogs: &AccessLogs{State: "enabled"}}},
		{"scheme", "ingress.scheme: has no counterpart in NGINX Gateway Fabric: an annotation of the cloud's", Spec{Scheme: "internal"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.spec.Controller, c.spec.Gateway, c.spec.TLS = "gateway", &Gateway{Implementation: "nginx", Parent: &Parent{Name: "shared"}}, &TLS{Type: "controller"}
			if got := refused(t, &c.spec, routedTo...); !strings.Contains(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestFourDigits(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		want string
	}{
		{600 * time.Second, "600s"},
		{9999 * time.Second, "9999s"},
		{10000 * time.Second, "167m"},
		{24 * time.Hour, "1440m"},
		{200 * time.Hour, "200h"},
		{200*time.Hour + time.Second, "201h"},
	} {
		if got := shortTime(c.d); got != c.want {
			t.Errorf("%s: %s, want %s", c.d, got, c.want)
		}
	}
	for size, want := range map[string]string{"": "10m", "2Mi": "2m", "9999Mi": "9999m", "10000Mi": "10g", "11Gi": "11g", "1500k": "2m"} {
		if got := (&site{Spec: Spec{MaxBodySize: size}}).shortSize(); got != want {
			t.Errorf("%s: %s, want %s", size, got, want)
		}
	}
}
