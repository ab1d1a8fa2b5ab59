package ingress

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

// release is what a chart renders of what is routed to: a Deployment and a
// Service for each component.
func release(t *testing.T, components ...string) manifest.Set {
	t.Helper()
	known := map[string]struct{ service, port, container, health string }{
		"server":                   {"airbyte-airbyte-server-svc", "8001", "8001", "/api/v1/health"},
		"webapp":                   {"airbyte-airbyte-webapp-svc", "80", "8080", "/index.html"},
		"keycloak":                 {"airbyte-airbyte-keycloak-svc", "8180", "8180", "/auth/health/ready"},
		"connector-builder-server": {"airbyte-airbyte-connector-builder-server-svc", "80", "8080", "/v1/health"},
	}
	var b strings.Builder
	for _, name := range components {
		c := known[name]
		b.WriteString(`---
apiVersion: v1
kind: Service
metadata: {name: ` + c.service + `, namespace: airbyte}
spec:
  selector: {app.kubernetes.io/name: ` + name + `, app.kubernetes.io/instance: airbyte}
  ports: [{name: http, port: ` + c.port + `, targetPort: http}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: airbyte-` + name + `, namespace: airbyte}
spec:
  template:
    metadata:
      labels: {app.kubernetes.io/name: ` + name + `, app.kubernetes.io/instance: airbyte}
    spec:
      containers:
      - name: main
        image: airbyte/` + name + `:2.0.1
        ports: [{name: http, containerPort: ` + c.container + `}]
        readinessProbe: {httpGet: {path: ` + c.health + `, port: http}}
`)
	}
	set, _, err := manifest.Decode(strings.NewReader(b.String()), "release.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// made is the YAML that settings add to a release, and the Services that they
// change, in the order of Make.
func made(t *testing.T, spec *Spec, components ...string) string {
	t.Helper()
	if problems := spec.Check(); len(problems) > 0 {
		t.Fatalf("Check: %v", problems)
	}
	set, _, problems := Make(release(t, components...), spec, Release{Name: "airbyte", Namespace: "airbyte", URL: "https://airbyte.example.com", Keycloak: contains(components, "keycloak")})
	if len(problems) > 0 {
		t.Fatalf("Make: %v", problems)
	}
	var shown manifest.Set
	for _, n := range set {
		if id := manifest.IDOf(n); id.Kind != "Deployment" {
			shown = append(shown, n)
		}
	}
	var b bytes.Buffer
	if err := shown.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return folded(b.String())
}

// A rule of an Ingress or an HTTPRoute is many lines and all but two words the
// same: goldens in these tests have one, testdata/ingress has them all.
var (
	ingressRule = regexp.MustCompile(`( *)- backend:\n *service:\n *name: (.*)\n *port:\n *number: (.*)\n *path: (.*)\n *pathType: (.*)\n`)
	routeRule   = regexp.MustCompile(`( *)- backendRefs:\n *- group: ""\n *kind: Service\n *name: (.*)\n *port: (.*)\n *weight: 1\n *matches:\n *- path:\n *type: (.*)\n *value: (.*)\n`)
)

func folded(text string) string {
	text = ingressRule.ReplaceAllString(text, "$1- $4 $5 → $2:$3\n")
	return routeRule.ReplaceAllString(text, "$1- $5 $4 → $2:$3\n")
}

func contains(list []string, word string) bool {
	for _, w := range list {
		if w == word {
			return true
		}
	}
	return false
}

// refused are the problems of settings, those that Check finds and those that
// Make finds, one a line.
func refused(t *testing.T, spec *Spec, components ...string) string {
	t.Helper()
	problems := spec.Check()
	if len(problems) == 0 {
		_, _, problems = Make(release(t, components...), spec, Release{Name: "airbyte", Namespace: "airbyte", URL: "https://airbyte.example.com", Keycloak: contains(components, "keycloak")})
	}
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.Field+": "+p.Message+": "+p.Hint)
	}
	return strings.Join(lines, "\n")
}
