package ingress

import (
	"strings"
	"testing"
)

// kindsOf are the objects of some kinds in what was made, without the labels and
// the namespace that all of them have.
func kindsOf(made string, kinds ...string) string {
	var all []string
	for _, doc := range strings.Split(made, "---\n") {
		for _, kind := range kinds {
			if strings.Contains(doc, "\nkind: "+kind+"\n") {
				doc = strings.Replace(doc, "  labels:\n    app.kubernetes.io/instance: airbyte\n    app.kubernetes.io/name: airbyte-ingress\n", "", 1)
				all = append(all, strings.Replace(doc, "\n  namespace: airbyte\n", "\n", 1))
			}
		}
	}
	return strings.Join(all, "---\n")
}

func TestWriteGCE(t *testing.T) {
	for _, tt := range []struct {
		name       string
		spec       *Spec
		components []string
		kinds      []string
		want       string
	}{
		{"default", &Spec{Controller: "gce", TLS: &TLS{Type: "secret", SecretName: "airbyte-tls"}},
			[]string{"server"}, []string{"Service", "BackendConfig", "FrontendConfig", "Ingress"}, `apiVersion: v1
kind: Service
metadata:
  annotations:
    cloud.google.com/backend-config: '{"default":"airbyte-airbyte-server-svc"}'
    cloud.google.com/neg: '{"ingress":true}'
  name: airbyte-airbyte-server-svc
spec:
  ports:
  - name: http
    port: 8001
    targetPort: http
  selector:
    app.kubernetes.io/instance: airbyte
    app.kubernetes.io/name: server
---
apiVersion: cloud.google.com/v1
kind: BackendConfig
metadata:
  name: airbyte-airbyte-server-svc
spec:
  connectionDraining:
    drainingTimeoutSec: 30
  healthCheck:
    checkIntervalSec: 15
    requestPath: /api/v1/health
    timeoutSec: 5
    type: HTTP
  timeoutSec: 600
---
apiVersion: networking.gke.io/v1beta1
kind: FrontendConfig
metadata:
  name: airbyte
spec:
  redirectToHttps:
    enabled: true
    responseCodeName: MOVED_PERMANENTLY_DEFAULT
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    kubernetes.io/ingress.class: gce
    networking.gke.io/v1beta1.FrontendConfig: airbyte
  name: airbyte
spec:
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
		{"google-managed, and all that a BackendConfig has", &Spec{Controller: "gce", TLS: &TLS{Type: "google-managed", Policy: "modern"}, Hosts: []string{"two.example.com"}, Timeout: "20m", WAFPolicy: "armor", AccessLogs: &AccessLogs{SampleRate: "0.25"}, LoadBalancer: &LoadBalancer{Address: "airbyte"},
			HealthCheck: &HealthCheck{Path: "/well", Port: number1(9000), Interval: "3s", HealthyThreshold: number1(2), UnhealthyThreshold: number1(4)}},
			[]string{"server"}, []string{"BackendConfig", "FrontendConfig", "ManagedCertificate", "Ingress"}, `apiVersion: cloud.google.com/v1
kind: BackendConfig
metadata:
  name: airbyte-airbyte-server-svc
spec:
  connectionDraining:
    drainingTimeoutSec: 30
  healthCheck:
    checkIntervalSec: 3
    healthyThreshold: 2
    port: 9000
    requestPath: /well
    timeoutSec: 3
    type: HTTP
    unhealthyThreshold: 4
  logging:
    enable: true
    sampleRate: 0.25
  securityPolicy:
    name: armor
  timeoutSec: 1200
---
apiVersion: networking.gke.io/v1
kind: ManagedCertificate
metadata:
  name: airbyte
spec:
  domains:
  - airbyte.example.com
  - two.example.com
---
apiVersion: networking.gke.io/v1beta1
kind: FrontendConfig
metadata:
  name: airbyte
spec:
  redirectToHttps:
    enabled: true
    responseCodeName: MOVED_PERMANENTLY_DEFAULT
  sslPolicy: modern
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    kubernetes.io/ingress.class: gce
    kubernetes.io/ingress.global-static-ip-name: airbyte
    networking.gke.io/managed-certificates: airbyte
    networking.gke.io/v1beta1.FrontendConfig: airbyte
  name: airbyte
spec:
  rules:
  - host: airbyte.example.com
    http:
      paths:
      - / Prefix → airbyte-airbyte-server-svc:8001
  - host: two.example.com
    http:
      paths:
      - / Prefix → airbyte-airbyte-server-svc:8001
`},
		{"internal", &Spec{Controller: "gce", Scheme: "internal", TLS: &TLS{Type: "pre-shared", Certificates: []string{"one", "two"}}, LoadBalancer: &LoadBalancer{Address: "airbyte"}},
			[]string{"server"}, []string{"FrontendConfig", "Ingress"}, `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    ingress.gcp.kubernetes.io/pre-shared-cert: one,two
    kubernetes.io/ingress.allow-http: "false"
    kubernetes.io/ingress.class: gce-internal
    kubernetes.io/ingress.regional-static-ip-name: airbyte
  name: airbyte
spec:
  rules:
  - host: airbyte.example.com
    http:
      paths:
      - / Prefix → airbyte-airbyte-server-svc:8001
`},
		{"no redirect", &Spec{Controller: "gce", HTTPRedirect: "disabled", TLS: &TLS{Type: "cert-manager", Issuer: &Issuer{Name: "letsencrypt"}}},
			[]string{"server"}, []string{"FrontendConfig", "Ingress"}, `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    acme.cert-manager.io/http01-edit-in-place: "true"
    cert-manager.io/cluster-issuer: letsencrypt
    kubernetes.io/ingress.allow-http: "false"
    kubernetes.io/ingress.class: gce
  name: airbyte
spec:
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
		{"FrontendConfig of the user", &Spec{Controller: "gce", TLS: &TLS{Type: "secret", SecretName: "airbyte-tls"}, Annotations: map[string]string{gceFrontendConfig: "own"}},
			[]string{"server"}, []string{"FrontendConfig", "Ingress"}, `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  annotations:
    kubernetes.io/ingress.class: gce
    networking.gke.io/v1beta1.FrontendConfig: own
  name: airbyte
spec:
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
		{"instance", &Spec{Controller: "gce", TLS: &TLS{Type: "upstream"}, TargetType: "instance", AccessLogs: &AccessLogs{State: "disabled"}},
			[]string{"server"}, []string{"Service", "BackendConfig"}, `apiVersion: v1
kind: Service
metadata:
  annotations:
    cloud.google.com/backend-config: '{"default":"airbyte-airbyte-server-svc"}'
    cloud.google.com/neg: '{"ingress":false}'
  name: airbyte-airbyte-server-svc
spec:
  ports:
  - name: http
    port: 8001
    targetPort: http
  selector:
    app.kubernetes.io/instance: airbyte
    app.kubernetes.io/name: server
  type: NodePort
---
apiVersion: cloud.google.com/v1
kind: BackendConfig
metadata:
  name: airbyte-airbyte-server-svc
spec:
  connectionDraining:
    drainingTimeoutSec: 30
  healthCheck:
    checkIntervalSec: 15
    requestPath: /api/v1/health
    timeoutSec: 5
    type: HTTP
  logging:
    enable: false
  timeoutSec: 600
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := kindsOf(made(t, tt.spec, tt.components...), tt.kinds...); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestCheckGCE(t *testing.T) {
	for _, tt := range []struct {
		spec *Spec
		want string
	}{
		{&Spec{Controller: "gce", TLS: &TLS{Type: "secret", SecretName: "x"}, ClassName: "gce"}, `ingress.className: has no counterpart in GKE Ingress: scheme chooses between GKE's two, gce and gce-internal`},
		{&Spec{Controller: "gce", TLS: &TLS{Type: "secret", SecretName: "x"}, Scheme: "internal", HTTPRedirect: "enabled", WAFPolicy: "armor", TargetType: "instance"}, `ingress.httpRedirect: is enabled, and an internal load balancer of GKE Ingress cannot redirect: leave it out: port 80 is closed then; controller: gateway, implementation: gke can
ingress.wafPolicy: has no counterpart in an internal load balancer of GKE Ingress: 
ingress.targetType: is instance, and an internal load balancer of GKE sends to Pods alone: leave it out`},
		{&Spec{Controller: "gce", Scheme: "internal", TLS: &TLS{Type: "google-managed", Policy: "modern"}}, `ingress.tls.type: is google-managed: Google asks the host from outside, and scheme is internal: take secret, cert-manager or pre-shared
ingress.tls.policy: has no counterpart in an internal load balancer of GKE Ingress: controller: gateway, implementation: gke has one`},
		{&Spec{Controller: "gce", TLS: &TLS{Type: "google-managed"}, Hosts: []string{"a-host-with-a-name-that-is-longer-than-sixty-three-letters.example.com"}}, `ingress.tls.type: is google-managed, and such a certificate cannot be for "a-host-with-a-name-that-is-longer-than-sixty-three-letters.example.com": names have a dot, and 63 letters at most: `},
		{&Spec{Controller: "gce", TLS: &TLS{Type: "pre-shared", Certificates: strings.Fields("a b c d e f g h i j k l m n o p")}}, `ingress.tls.certificates: names 16, and a load balancer of Google's has 15 at most: `},
		{&Spec{Controller: "gce", TLS: &TLS{Type: "secret", SecretName: "x"}, TargetType: "instance", HealthCheck: &HealthCheck{Port: number1(9000)}}, `ingress.healthCheck.port: is a port of the Pod, and targetType: instance asks nodes: leave one of them out`},
		{&Spec{Controller: "gce", TLS: &TLS{Type: "secret", SecretName: "x"}, HealthCheck: &HealthCheck{Interval: "301s", HealthyThreshold: number1(11), UnhealthyThreshold: number1(11)}}, `ingress.healthCheck.interval: is 301, want 1 to 300: 
ingress.healthCheck.healthyThreshold: is 11, want 1 to 10: 
ingress.healthCheck.unhealthyThreshold: is 11, want 1 to 10: `},
		{&Spec{Controller: "gce", TLS: &TLS{Type: "secret", SecretName: "x"}, HealthCheck: &HealthCheck{SuccessCodes: "200"}}, `ingress.healthCheck.successCodes: has no counterpart in GKE Ingress: Google's health checks take 200 and nothing else`},
		{&Spec{Controller: "gce", TLS: &TLS{Type: "secret", SecretName: "x"}, AccessLogs: &AccessLogs{SampleRate: "25%"}}, `ingress.accessLogs.sampleRate: is "25%", want a number from 0.0 to 1.0: `},
		{&Spec{Controller: "gce", TLS: &TLS{Type: "secret", SecretName: "x"}, AccessLogs: &AccessLogs{State: "disabled", SampleRate: "0.5"}}, `ingress.accessLogs.sampleRate: means nothing where state is disabled: leave one of them out`},
		{&Spec{Controller: "gce", TLS: &TLS{Type: "secret", SecretName: "x"}, AllowCIDRs: []string{"10.0.0.0/8"}}, `ingress.allowCidrs: has no counterpart in GKE Ingress: write a Cloud Armor policy that says so, and name it in wafPolicy`},
		{&Spec{Controller: "gce", TLS: &TLS{Type: "secret", SecretName: "x"}, Annotations: map[string]string{gceFrontendConfig: "own"}, HTTPRedirect: "enabled"}, `ingress.annotations.networking.gke.io/v1beta1.FrontendConfig: is "own", and spec.ingress.httpRedirect makes it "airbyte": say it there alone`},
	} {
		if got := refused(t, tt.spec, "server"); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}
