package ingress

import (
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// TestChartIngress: the chart's own Ingress is followed from each host and route
// to the Service that has to answer.
func TestChartIngress(t *testing.T) {
	const server, builder = "{service: {name: airbyte-airbyte-server-svc, port: {number: 8001}}}", "{service: {name: airbyte-airbyte-connector-builder-server-svc, port: {name: http}}}"
	paths := func(host string, paths ...string) string {
		s := "{host: " + host + ", http: {paths: ["
		for i := 0; i < len(paths); i += 2 {
			s += "{path: " + paths[i] + ", pathType: Prefix, backend: " + paths[i+1] + "},"
		}
		return s + "]}}"
	}
	for _, tt := range []struct {
		name, rules string
		components  []string
		keycloak    bool
		want        string
	}{
		{"good", paths("airbyte.example.com", "/", server), []string{"server"}, false, ""},
		{"with the builder", paths("airbyte.example.com", "/", server, "/api/v1/connector_builder/", builder), []string{"server", "connector-builder-server"}, false, ""},
		{"without the builder", paths("airbyte.example.com", "/", server), []string{"server", "connector-builder-server"}, false,
			"Ingress/chart leads airbyte.example.com/api/v1/connector_builder to Service airbyte-airbyte-server-svc, want airbyte-airbyte-connector-builder-server-svc"},
		{"without Keycloak", paths("airbyte.example.com", "/", server), []string{"server", "keycloak"}, true,
			"Ingress/chart leads airbyte.example.com/auth/realms to Service airbyte-airbyte-server-svc, want airbyte-airbyte-keycloak-svc"},
		{"another host", paths("other.example.com", "/", server), []string{"server"}, false,
			"Ingress/chart leads airbyte.example.com/ nowhere, want Service airbyte-airbyte-server-svc"},
		{"a Service that is gone", paths("airbyte.example.com", "/", server, "/x", builder), []string{"server"}, false,
			"Ingress/chart leads to Service airbyte-airbyte-connector-builder-server-svc, which the release does not have: it has airbyte-airbyte-server-svc"},
		{"a port that is gone", paths("airbyte.example.com", "/", strings.Replace(server, "8001", "80", 1)), []string{"server"}, false,
			"Ingress/chart leads to port 80 of Service airbyte-airbyte-server-svc, which has 8001, http"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			own, _, err := manifest.DecodeText("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: chart, namespace: airbyte}\nspec: {rules: ["+tt.rules+"]}", "chart.yaml")
			if err != nil {
				t.Fatal(err)
			}
			r := Release{Name: "airbyte", Namespace: "airbyte", URL: "https://airbyte.example.com", Keycloak: tt.keycloak}
			_, _, problems := Make(append(release(t, tt.components...), own...), &Spec{Controller: "chart"}, r)
			got := ""
			if len(problems) > 0 {
				got = problems[0].Message
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			_, _, problems = Make(append(release(t, tt.components...), own...), &Spec{Controller: "alb", TLS: acm()}, r)
			if len(problems) == 0 || !strings.Contains(problems[0].Message, "the chart makes Ingress/chart too") {
				t.Errorf("beside one of ours: %v", problems)
			}
		})
	}
}

func TestNetworkPolicy(t *testing.T) {
	got := made(t, &Spec{Controller: "none", NetworkPolicy: &NetworkPolicy{Namespaces: []string{"edge", "apps"}, CIDRs: []string{"10.0.0.0/8"}}}, "server")
	want := `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  labels:
    app.kubernetes.io/instance: airbyte
    app.kubernetes.io/name: airbyte-ingress
  name: airbyte-airbyte-server-svc-ingress
  namespace: airbyte
spec:
  ingress:
  - from:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: apps
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: edge
    - ipBlock:
        cidr: 10.0.0.0/8
    ports:
    - port: 8001
      protocol: TCP
  - from:
    - podSelector: {}
  podSelector:
    matchLabels:
      app.kubernetes.io/instance: airbyte
      app.kubernetes.io/name: server
  policyTypes:
  - Ingress
`
	if !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
