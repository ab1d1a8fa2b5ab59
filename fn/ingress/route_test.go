package ingress

import (
	"bytes"
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/manifest"
)

func TestRoutes(t *testing.T) {
	const (
		root, web = "/ airbyte-airbyte-server-svc:8001", "/ airbyte-airbyte-webapp-svc:80"
		builder   = "/api/v1/connector_builder airbyte-airbyte-connector-builder-server-svc:80\n"
		login     = "/auth/realms airbyte-airbyte-keycloak-svc:8180\n/auth/resources airbyte-airbyte-keycloak-svc:8180\n"
	)
	for _, tt := range []struct {
		name, app  string
		components []string
		keycloak   []string
		want       string
	}{
		{"2.1 and later", "2.2.0", []string{"server"}, nil, root},
		{"1.8 to 2.0", "2.0.1", []string{"server", "connector-builder-server"}, nil, builder + root},
		{"1.7, whose webapp knows no builder", "1.7.1", []string{"server", "webapp", "connector-builder-server"}, nil, builder + root},
		{"1.6, whose webapp passes everything on", "1.6.7", []string{"server", "webapp", "connector-builder-server"}, nil, web},
		{"1.6 with Keycloak", "1.6.7", []string{"server", "webapp", "keycloak"}, loginPaths, login + web},
		{"1.6 without its webapp", "1.6.7", []string{"server", "connector-builder-server"}, nil,
			"~ no Service leads to the web application, and a server before 1.7 has none: there is an API and no user interface; switch webapp on in the chart's values\n" + root},
		{"2.0 without its builder", "2.0.1", []string{"server"}, nil, "~ no Service leads to the connector builder, which is switched off: its pages do not work\n" + root},
		{"an alpha", "2.0.2-alpha-c905e75", []string{"server", "connector-builder-server"}, nil, builder + root},
		{"no version", "", []string{"server", "connector-builder-server"}, nil, builder + root},
		{"no version, with a webapp", "latest", []string{"server", "webapp"}, nil, web},
		{"Keycloak", "2.2.0", []string{"server", "keycloak"}, loginPaths, login + root},
		{"all of Keycloak", "2.2.0", []string{"server", "keycloak"}, []string{keycloakPath}, "/auth airbyte-airbyte-keycloak-svc:8180\n" + root},
		{"Keycloak that nobody uses", "2.2.0", []string{"server", "keycloak"}, nil, root},
		{"no Keycloak", "2.2.0", []string{"server"}, loginPaths,
			"! people log in through Keycloak, and no Service of the release leads to Pods of keycloak: there are airbyte-airbyte-server-svc"},
		{"no server", "2.2.0", []string{"keycloak"}, nil,
			"! the server answers for everything, and no Service of the release leads to Pods of server: there are airbyte-airbyte-keycloak-svc"},
		{"nothing", "2.2.0", nil, nil, "! the server answers for everything, and no Service of the release leads to Pods of server: there are none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := routesOf(release(t, tt.components...), parseApp(tt.app), tt.keycloak...); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

// routesOf are the routes, or the first problem.
func routesOf(set manifest.Set, app App, keycloak ...string) string {
	routes, problems, notes := Routes(set, app, keycloak...)
	if len(problems) > 0 {
		return "! " + problems[0].Message
	}
	var lines []string
	for _, n := range notes {
		lines = append(lines, "~ "+n.Message)
	}
	for _, r := range routes {
		lines = append(lines, fmt.Sprintf("%s %s:%d", r.Path, r.Service, r.Port))
	}
	return strings.Join(lines, "\n")
}

// TestAppOf: the image tells, and the chart where it does not.
func TestAppOf(t *testing.T) {
	set := release(t, "server")
	if got := AppOf(set, "1.6.0"); got != (App{major: 2}) {
		t.Errorf("by the image: %v", got)
	}
	for _, stated := range []string{"1.6.7", "v1.6.7"} {
		if got := AppOf(release(t, "webapp"), stated); got != (App{major: 1, minor: 6}) {
			t.Errorf("as the chart says %s: %v", stated, got)
		}
	}
	latest, _, err := manifest.DecodeText(strings.ReplaceAll(shownAll(t, set), ":2.0.1", ":latest"), "x.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got := AppOf(latest, "1.6.7"); got != (App{major: 1, minor: 6, guessed: "latest"}) {
		t.Errorf("by the chart, beside a tag that is no version: %v", got)
	}
	if got := AppOf(nil, "latest"); got.known() || got.Before(9, 9) {
		t.Errorf("unknown: %v", got)
	}
}

func shownAll(t *testing.T, set manifest.Set) string {
	t.Helper()
	var b bytes.Buffer
	if err := set.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestRoutesFound: what is looked at is what a Service leads to, whatever it is
// called.
func TestRoutesFound(t *testing.T) {
	const deployment = `
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: anything, annotations: {argocd.argoproj.io/sync-wave: "3"}}
spec:
  template:
    metadata: {labels: {app: front}}
    spec:
      containers:
      - {name: sidecar, image: "example.com/proxy:1"}
      - name: main
        image: registry.example.com:5000/mirror/airbyte/server@sha256:0123
        ports: [{name: web, containerPort: 9001}, {name: management, containerPort: 9085}]
        readinessProbe: {httpGet: {path: /ready, port: management}}
`
	for _, tt := range []struct{ name, service, want string }{
		{"image and named target port", `{selector: {app: front}, ports: [{name: http, port: 80, targetPort: web}]}`, "/ x:80 → 9001, /ready at 9085, wave 3"},
		{"one port without a name", `{selector: {app: front}, ports: [{port: 9001}]}`, "/ x:9001 → 9001, /ready at 9085, wave 3"},
		{"headless", `{clusterIP: None, selector: {app: front}, ports: [{port: 9001}]}`, "! the server answers for everything, and no Service of the release leads to Pods of server: there are none"},
		{"another port", `{selector: {app: front}, ports: [{name: http, port: 80, targetPort: 1234}]}`, "! Service x leads to port 1234, which no container of Deployment/anything has"},
		{"two ports, none of them http", `{selector: {app: front}, ports: [{name: a, port: 1}, {name: b, port: 2}]}`, "! Service x has no port named http: it has a 1, b 2"},
		{"leads elsewhere", `{selector: {app: back}, ports: [{port: 9001}]}`, "! the server answers for everything, and no Service of the release leads to Pods of server: there are x"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			set, _, err := manifest.DecodeText("apiVersion: v1\nkind: Service\nmetadata: {name: x}\nspec: "+tt.service+deployment, "x.yaml")
			if err != nil {
				t.Fatal(err)
			}
			routes, problems, _ := Routes(set, App{})
			var got string
			switch {
			case len(problems) > 0:
				got = "! " + problems[0].Message
			default:
				r := routes[0]
				got = fmt.Sprintf("%s %s:%d → %d, %s at %d, wave %s", r.Path, r.Service, r.Port, r.ContainerPort, r.Health.Path, r.Health.Port, r.wave)
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestRoutesAmbiguous(t *testing.T) {
	set := release(t, "server")
	twin, _, err := manifest.DecodeText("apiVersion: v1\nkind: Service\nmetadata: {name: twin}\nspec: {selector: {app.kubernetes.io/name: server}, ports: [{name: http, port: 1, targetPort: http}]}", "x.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if got := routesOf(append(set, twin...), App{}); !strings.Contains(got, "! several Services lead to the component server: airbyte-airbyte-server-svc, twin") {
		t.Errorf("got %s", got)
	}
}

// stringPrefix are the controllers that take a prefix letter by letter, where
// Kubernetes says element by element.
var stringPrefix = map[string]bool{"f5-nginx": true, "traefik": true, "agic": true}

// TestEveryPath: whatever the settings, each host and path leads to one Service,
// the one that the release expects, as the controller at hand reads paths.
func TestEveryPath(t *testing.T) {
	random := rand.New(rand.NewSource(4))
	paths := map[string]string{
		"/": "root", "/workspaces/1/connections": "root", "/api/v1/health": "root", "/api/public/v1/jobs": "root",
		"/auth_flow": "root", "/authentication": "root", "/author/x": "root", "/login": "root", "/api/v1/connector_builders": "root",
		"/auth/realms/airbyte/protocol/openid-connect/auth": "keycloak", "/auth/resources/x/login.css": "keycloak",
		"/auth/realmsx": "admin", "/auth/": "admin", "/auth/admin/": "admin", "/auth/health/ready": "admin",
		"/api/v1/connector_builder_projects/list":    "root",
		"/api/v1/connector_builder/manifest/resolve": "builder", "/api/v1/connector_builder/": "builder",
	}
	for range 400 {
		p := profiles[random.Intn(len(profiles))]
		components := []string{"server"}
		want := map[string]string{"root": "airbyte-airbyte-server-svc"}
		app := []App{{major: 1, minor: 6}, {major: 1, minor: 7}, {major: 2}, {major: 2, minor: 2}}[random.Intn(4)]
		for _, c := range []string{"webapp", "keycloak", "connector-builder-server"} {
			if random.Intn(2) == 0 {
				components = append(components, c)
			}
		}
		if contains(components, "webapp") && app.Before(1, 7) {
			want["root"] = "airbyte-airbyte-webapp-svc"
		}
		want["keycloak"], want["builder"], want["admin"] = want["root"], want["root"], want["root"]
		if contains(components, "keycloak") {
			want["keycloak"] = "airbyte-airbyte-keycloak-svc"
		}
		if contains(components, "connector-builder-server") && !app.Before(1, 7) {
			want["builder"] = "airbyte-airbyte-connector-builder-server-svc"
		}
		spec := base(p)
		if random.Intn(2) == 0 {
			spec.KeycloakAdmin = "exposed"
			want["admin"] = want["keycloak"]
		}
		if random.Intn(2) == 0 {
			spec.Hosts = []string{"two.example.com"}
		}
		// Any of the other settings changes nothing about where a path leads.
		row := p.settings[random.Intn(len(p.settings))]
		if sample := sampleOf(p, row.field); sample != nil && !strings.HasPrefix(row.field, "gateway.") {
			sample(spec)
		}
		set, _, problems := Make(release(t, components...), spec, Release{Name: "airbyte", Namespace: "airbyte", URL: "https://airbyte.example.com", App: app, Keycloak: contains(components, "keycloak")})
		if len(problems) > 0 {
			t.Fatalf("%s with %s: %v", p.name(), row.field, problems)
		}
		for _, host := range append([]string{"airbyte.example.com"}, spec.Hosts...) {
			for path, component := range paths {
				if got := leads(set, host, path, stringPrefix[p.controller]); got != want[component] {
					t.Errorf("%s, %v, %s: %s%s leads to %q, want %s", p.name(), components, row.field, host, path, got, want[component])
				}
			}
		}
		for path := range paths {
			if got := leads(set, "elsewhere.example.com", path, stringPrefix[p.controller]); got != "" {
				t.Errorf("%s: another host leads to %s", p.name(), got)
			}
		}
	}
}

// leads follows a request through all Ingresses and HTTPRoutes of a set: the
// longest prefix wins, an exact path before it; two that lead to different
// Services lead to both.
func leads(set manifest.Set, host, path string, letters bool) string {
	type rule struct{ path, kind, service string }
	var rules []rule
	for _, n := range set {
		switch id := manifest.IDOf(n); id.Kind {
		case "Ingress":
			for _, b := range backendsOf(n) {
				if b.host == host {
					service, _ := b.service()
					rules = append(rules, rule{strings.TrimSuffix(b.path, "*"), b.pathType, service})
				}
			}
		case "HTTPRoute":
			named := false
			for _, h := range manifest.Items(manifest.Lookup(n.YNode(), "spec", "hostnames")) {
				named = named || h.Value == host
			}
			for _, r := range manifest.Items(manifest.Lookup(n.YNode(), "spec", "rules")) {
				if !named {
					continue
				}
				for _, b := range manifest.Items(manifest.Field(r, "backendRefs")) {
					for _, m := range manifest.Items(manifest.Field(r, "matches")) {
						rules = append(rules, rule{manifest.Text(manifest.Field(m, "path"), "value"), manifest.Text(manifest.Field(m, "path"), "type"), manifest.Text(b, "name")})
					}
				}
			}
		}
	}
	found, best := "", -1
	for _, r := range rules {
		elements := strings.TrimSuffix(r.path, "/")
		matches := path == elements || strings.HasPrefix(path, elements+"/")
		weight := len(r.path)
		switch {
		case r.service == "":
			continue // a redirect
		case r.kind == "Exact":
			matches, weight = path == r.path, 1<<20
		case letters:
			matches = strings.HasPrefix(path, r.path)
		}
		switch {
		case !matches || weight < best:
		case weight == best && found != r.service:
			found += " and " + r.service
		default:
			found, best = r.service, weight
		}
	}
	return found
}
