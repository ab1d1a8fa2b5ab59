package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/ingress"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/internal/official"
)

// ingresses are settings for each controller, as somebody has them in earnest.
var ingresses = map[string]string{
	"alb": `{controller: alb, scheme: internal, tls: {type: acm, certificateArns: ["arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"]},
		group: {name: internal-apps, order: 10}, allowCidrs: [10.0.0.0/8], accessLogs: {bucket: example-logs, prefix: airbyte}, tags: {team: data}, healthCheck: {interval: 20s}}`,
	"nginx":       `{controller: nginx, tls: {type: cert-manager, issuer: {name: letsencrypt}}, allowCidrs: [10.0.0.0/8], networkPolicy: {namespaces: [ingress-nginx]}}`,
	"f5-nginx":    `{controller: f5-nginx, tls: {type: cert-manager, issuer: {name: letsencrypt}}, allowCidrs: [10.0.0.0/8], maxBodySize: 50Mi}`,
	"traefik":     `{controller: traefik, tls: {type: secret, secretName: airbyte-tls}, allowCidrs: [10.0.0.0/8], maxBodySize: 50Mi}`,
	"gce":         `{controller: gce, tls: {type: google-managed}, wafPolicy: airbyte, loadBalancer: {address: airbyte}, hosts: [airbyte.example.org]}`,
	"agic":        `{controller: agic, scheme: internal, tls: {type: application-gateway, certificates: [airbyte]}}`,
	"app-routing": `{controller: app-routing, tls: {type: key-vault, certificateUri: "https://example.vault.azure.net/certificates/airbyte"}}`,
	"agc":         `{controller: agc, loadBalancer: {namespace: azure-alb, name: airbyte}, tls: {type: cert-manager, issuer: {name: letsencrypt}}}`,
	"gateway-alb": `{controller: gateway, gateway: {implementation: alb}, scheme: internal, tls: {type: acm, certificateArns: ["arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"]},
		allowCidrs: [10.0.0.0/8], accessLogs: {bucket: example-logs, prefix: airbyte}, tags: {team: data}, healthCheck: {interval: 20s}}`,
	"gateway-gke":   `{controller: gateway, gateway: {implementation: gke}, tls: {type: certificate-map, certificateMap: airbyte}, wafPolicy: airbyte, loadBalancer: {address: airbyte}}`,
	"gateway-agc":   `{controller: gateway, gateway: {implementation: agc}, loadBalancer: {namespace: azure-alb, name: airbyte}, tls: {type: cert-manager, issuer: {name: letsencrypt}}}`,
	"gateway-envoy": `{controller: gateway, gateway: {implementation: envoy}, tls: {type: cert-manager, issuer: {name: letsencrypt}}, allowCidrs: [10.0.0.0/8]}`,
	"gateway-nginx": `{controller: gateway, gateway: {implementation: nginx}, tls: {type: cert-manager, issuer: {name: letsencrypt}}, maxBodySize: 50Mi}`,
	"gateway-istio": `{controller: gateway, gateway: {implementation: istio}, className: approuting-istio, scheme: internal, tls: {type: cert-manager, issuer: {name: letsencrypt}}}`,
	"gateway-other": `{controller: gateway, gateway: {implementation: other, parent: {name: shared, namespace: infra, sectionName: https, httpSectionName: http}}, tls: {type: controller}}`,
}

// logins are the ways to log in that decide about routes.
var logins = map[string]string{
	"community":    `{edition: community}`,
	"generic-oidc": `{edition: enterprise, auth: {instanceAdmin: {firstName: Ada, lastName: Lovelace}, genericOidc: {clientId: a, audience: a, issuer: "https://login.example.com", authorizationServerEndpoint: "https://login.example.com/oauth2", jwksEndpoint: "https://login.example.com/keys"}}}`,
	"oidc":         `{edition: enterprise, auth: {instanceAdmin: {firstName: Ada, lastName: Lovelace}, oidc: {domain: login.example.com, appName: airbyte}}}`,
}

// exposed generates a release with a way to log in and an ingress.
func exposed(t *testing.T, charts *chart.Memo, path, login, settings string) (manifest.Set, []manifest.Finding, error) {
	t.Helper()
	spec := strings.TrimSuffix(strings.TrimSpace(login), "}") + `, url: "https://airbyte.example.com", ingress: ` + settings + "}"
	conf, err := config(t, path, spec)
	if err != nil {
		t.Fatal(err)
	}
	return fn.Generate(context.Background(), conf, fn.Options{Draft: true, Charts: charts})
}

// written is what an ingress adds to a render, and the Services that it changes.
func written(t *testing.T, set, without manifest.Set) string {
	t.Helper()
	before := map[manifest.ID]string{}
	for _, n := range without {
		before[manifest.IDOf(n)] = text(t, n)
	}
	var b strings.Builder
	for _, n := range set {
		id := manifest.IDOf(n)
		if id.Kind == "Job" || manifest.PodTemplate(n) != nil || id.Kind == "ConfigMap" {
			continue // the server's idle timeout
		}
		if now := text(t, n); now != before[id] {
			b.WriteString("---\n" + now)
		}
	}
	return b.String()
}

// TestIngressGolden records what is written for each controller, generation and
// way to log in.
func TestIngressGolden(t *testing.T) {
	var charts chart.Memo
	for _, dir := range []string{"v1", "v2", "v2-next"} {
		path := filepath.Join(root, "testdata/charts/airbyte", dir)
		for _, login := range slices.Sorted(maps.Keys(logins)) {
			without, _, err := exposed(t, &charts, path, logins[login], "{controller: none}")
			var refusal *fn.ConfigError
			if errors.As(err, &refusal) && dir == "v1" && login == "generic-oidc" {
				continue // chart V1 knows no generic OIDC
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range slices.Sorted(maps.Keys(ingresses)) {
				t.Run(strings.Join([]string{name, dir, login}, " "), func(t *testing.T) {
					set, findings, err := exposed(t, &charts, path, logins[login], ingresses[name])
					if err != nil {
						t.Fatal(err)
					}
					var b strings.Builder
					for _, f := range findings {
						if strings.HasPrefix(f.Code, "ingress-") || f.Code == "annotation-kept" {
							fmt.Fprintf(&b, "# %s: %s\n", f.Severity, f)
						}
					}
					golden(t, filepath.Join(root, "testdata/ingress", name, dir+"-"+login+".yaml"), b.String()+written(t, set, without))
				})
			}
		}
	}
}

// TestIngressPage renders what docs/ingress.md calls the least for each controller.
func TestIngressPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs/ingress.md"))
	if err != nil {
		t.Fatal(err)
	}
	var charts chart.Memo
	found := 0
	for line := range strings.Lines(string(page)) {
		settings, ok := strings.CutPrefix(strings.TrimSpace(line), "ingress: {controller:")
		if !ok {
			continue
		}
		found++
		if _, _, err := exposed(t, &charts, filepath.Join(root, "testdata/charts/airbyte/v2"), logins["oidc"], "{controller:"+settings); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
	if found != len(ingress.Table()) {
		t.Errorf("%d controllers, want %d", found, len(ingress.Table()))
	}
}

func text(t *testing.T, n interface{ String() (string, error) }) string {
	t.Helper()
	s, err := n.String()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestIngressReleases holds the routes of every official release to what its
// application serves, for every way to log in, and writes them for every
// controller.
func TestIngressReleases(t *testing.T) {
	var charts chart.Memo
	archives, err := official.Archives(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(archives) == 0 {
		t.Skipf("%s is not set", official.Env)
	}
	made, refused, releases := 0, 0, 0
	for _, a := range archives {
		if a.Generation() == "dp" {
			continue
		}
		releases++
		t.Run(a.String(), func(t *testing.T) {
			ch, err := charts.Load(context.Background(), chart.Ref{Path: a.Path})
			if err != nil {
				t.Fatal(err)
			}
			for _, login := range slices.Sorted(maps.Keys(logins)) {
				set, _, err := exposed(t, &charts, a.Path, logins[login], "{controller: none}")
				var refusal *fn.ConfigError
				if errors.As(err, &refusal) {
					refused++ // what this release cannot be told, see TestSettings
					continue
				}
				if err != nil {
					if a.Version.Major() == 2 && a.Version.LessThan(semver.MustParse("2.0.8")) {
						continue // fails in a template, whatever the ingress
					}
					t.Fatal(err)
				}
				// What the guides of the releases say, with Keycloak's paths narrowed.
				app := ingress.AppOf(set, ch.Metadata.AppVersion)
				want := map[string]string{}
				name := func(part string) string { return "airbyte-airbyte-" + part + "-svc" }
				want["/"] = name("server")
				if app.Before(1, 7) && a.String() != "airbyte-2.0.4-2" { // that one has no web application
					want["/"] = name("webapp")
				}
				if !app.Before(1, 7) && app.Before(2, 1) {
					want["/api/v1/connector_builder"] = name("connector-builder-server")
				}
				if login == "oidc" {
					want["/auth/realms"], want["/auth/resources"] = name("keycloak"), name("keycloak")
				}
				for controller, settings := range ingresses {
					set, _, err := exposed(t, &charts, a.Path, logins[login], settings)
					if err != nil {
						t.Errorf("%s, %s: %v", login, controller, err)
						continue
					}
					made++
					if got := routed(set); !maps.Equal(got, want) {
						t.Errorf("%s, %s: routes %v, want %v", login, controller, got, want)
					}
					var b bytes.Buffer
					if err := set.Encode(&b); err != nil {
						t.Errorf("%s, %s: %v", login, controller, err)
					}
				}
			}
		})
	}
	t.Logf("%d ingresses over %d releases; %d ways to log in refused by the release", made, releases, refused)
}

// routed are the paths of the first host and the Services that they lead to, in
// Ingresses and HTTPRoutes.
func routed(set manifest.Set) map[string]string {
	all := map[string]string{}
	for _, n := range set {
		switch manifest.IDOf(n).Kind {
		case "Ingress":
			for i, rule := range manifest.Items(manifest.Lookup(n.YNode(), "spec", "rules")) {
				if i > 0 {
					break
				}
				for _, p := range manifest.Items(manifest.Lookup(rule, "http", "paths")) {
					path := strings.TrimSuffix(manifest.Text(p, "path"), "*")
					if path != "/" {
						path = strings.TrimSuffix(path, "/")
					}
					all[path] = manifest.Text(manifest.Lookup(p, "backend", "service"), "name")
				}
			}
		case "HTTPRoute":
			for _, rule := range manifest.Items(manifest.Lookup(n.YNode(), "spec", "rules")) {
				for _, b := range manifest.Items(manifest.Field(rule, "backendRefs")) {
					for _, m := range manifest.Items(manifest.Field(rule, "matches")) {
						all[manifest.Text(manifest.Field(m, "path"), "value")] = manifest.Text(b, "name")
					}
				}
			}
		}
	}
	return all
}
