package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	k8syaml "sigs.k8s.io/yaml"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/airbyte"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/internal/official"
)

// choices are valid settings by what they are about, one of which is taken or
// none, by the charts that have them. What belongs together stands in one text.
var choices = [][]struct{ on, spec string }{
	{{"", `edition: community`}, {"", `edition: enterprise`}, {"", `{edition: enterprise, license: {secretKey: k}}`}},
	{{"", `url: https://airbyte.example.com`}, {"", `url: http://10.0.0.1:8080`}},
	{{"", `configSecret: {name: mine}`}},
	{
		{"V1 V2", `auth: {instanceAdmin: {firstName: Ada, lastName: Lovelace}}`},
		{"V1 V2", `auth: {instanceAdmin: {firstName: "${X}", lastName: "{{ y }}"}}`},
		{"V1 V2", `{edition: enterprise, auth: {instanceAdmin: {firstName: Ada, lastName: Lovelace}, oidc: {domain: example.okta.com, appName: airbyte}}}`},
		{"V1 V2", `{edition: enterprise, auth: {instanceAdmin: {firstName: A, lastName: B}, oidc: {domain: d, appName: a}, keycloak: {adminUserSecretKey: u}}}`},
		{"V2 >=2.0.18", `{edition: enterprise, auth: {instanceAdmin: {firstName: A, lastName: B}, oidc: {domain: d, appName: a, displayName: "Sign in: now"}}}`},
		{"V2", `{edition: enterprise, auth: {instanceAdmin: {firstName: A, lastName: B}, genericOidc: {clientId: c, audience: a, extraScopes: x y, issuer: "https://i", authorizationServerEndpoint: "https://i/s", jwksEndpoint: "https://i/k", fields: {email: mail}}}}`},
	},
	{
		{"V1 V2", `database: {type: internal}`}, {"V1 V2", `database: {type: external, host: db}`},
		{"V1 V2", `database: {type: external, host: db, port: 1234, name: mine, tls: disabled}`}, {"V1", `database: {type: external, host: db, user: u}`},
		{"V2 >=2.1.0", `database: {type: external, host: db, replica: {url: "jdbc:x", userSecretKey: u}}`}, {"V2", `database: {type: external, host: db, cloudSqlProxy: enabled}`},
	},
	{
		{"", `storage: {type: s3, bucket: lake, s3: {region: r}}`}, {"", `storage: {type: s3, bucket: lake, s3: {region: r, authentication: instanceProfile}}`},
		{"", `storage: {type: gcs, bucket: lake}`}, {"V2 DP", `storage: {type: gcs, bucket: lake, gcs: {credentialsSecretKey: k}}`}, {"V2 DP", `storage: {type: azure, bucket: lake, buckets: {auditLogging: audit}}`},
		{"", `storage: {type: minio}`}, {"", `storage: {type: minio, bucket: lake, minio: {endpoint: "https://minio.example.com"}}`},
	},
	{
		{"", `secretsManager: {type: aws, aws: {region: r, tags: {a: b, c: "1"}, kmsKeyArn: "arn:aws:kms:r:111122223333:key/k"}}`}, {"", `secretsManager: {type: aws, aws: {region: r, authentication: instanceProfile}}`},
		{"V2 DP", `secretsManager: {type: gcp, gcp: {projectId: p, region: r}}`}, {"V1 V2", `secretsManager: {type: azure, azure: {vaultUrl: "https://v", tenantId: t, tags: {a: b}}}`}, {"", `secretsManager: {type: vault, vault: {address: "https://v", prefix: p/}}`},
		{"V2 DP", `secretsManager: {type: gcp, gcp: {projectId: "0123"}}`},
	},
	{{"", `images: {registry: ghcr.io/example, tag: "1"}`}, {"", `images: {pullSecrets: [a, b]}`}},
	{{"", `serviceAccount: {name: sa, annotations: {a.b/c: d}, labels: {e.f/g: "true"}}`}, {"", `serviceAccount: {create: external}`}},
	{
		{"", `{workloadIdentity: {type: irsa, roleArn: "arn:aws:iam::111122223333:role/airbyte"}, serviceAccount: {name: sa}}`}, {"", `workloadIdentity: {type: eks-pod-identity}`},
		{"", `{workloadIdentity: {type: gke, serviceAccount: a@p.iam.gserviceaccount.com}, serviceAccount: {name: sa}}`}, {"", `{workloadIdentity: {type: azure, clientId: c}, serviceAccount: {name: sa}}`},
	},
	{{"V2", `dataPlane: {role: hybrid}`}, {"V2", `dataPlane: {role: control-plane}`}, {"DP", `dataPlane: {region: eu-west}`}, {"DP", `dataPlane: {clientIdSecretKey: k}`}},
	{{"V1 V2", `auditLog: disabled`}, {"V2", `{auditLog: enabled, edition: enterprise}`}},
	{{"", `env: {A: "1", B: "{{ x }}"}`}, {"", `{env: {A: "true"}, secretEnv: {C: {key: c}}}`}},
	{{"", `jobs: {resources: {requests: {cpu: 1, memory: 1Gi}}, labels: {a: b}}`}, {"", `jobs: {nodeSelector: {a: b}, tolerations: [{key: a, operator: Exists}], annotations: {c: d}}`}},
	{
		{"V1 V2", `components: {server: {replicas: 2, env: {A: "2"}}, worker: {secretEnv: {A: {key: k}}}}`},
		{"", `components: {workloadLauncher: {resources: {limits: {cpu: 2}}, podLabels: {a: "1"}, secretEnv: {D: {key: d}}}}`},
		{"V1 V2", `components: {keycloakSetup: {env: {A: x}}, bootloader: {podAnnotations: {a: b}}, temporal: {tolerations: [{operator: Exists}]}}`},
		{"V1", `components: {connectorBuilderServer: {replicas: 2}}`}, {"V2 >=2.1.0", `components: {manifestServer: {replicas: 2}}`},
		{"V1 V2", `components: {cron: {affinity: {podAntiAffinity: {}}}, workloadApiServer: {replicas: 3}}`},
	},
}

// randomSpec takes some of the choices; now and then one that the chart at hand
// does not have.
func randomSpec(t *testing.T, r *rand.Rand, c known) string {
	t.Helper()
	spec := map[string]any{}
	for _, some := range choices {
		n := r.IntN(len(some) + 2)
		if n >= len(some) || !fits(t, some[n].on, c) && r.IntN(20) > 0 {
			continue
		}
		tree := map[string]any{}
		if err := k8syaml.Unmarshal([]byte(some[n].spec), &tree); err != nil {
			t.Fatal(err)
		}
		for k, v := range tree {
			spec[k] = v
		}
	}
	if c.Generation == airbyte.DataPlane && spec["url"] == nil && r.IntN(20) > 0 {
		spec["url"] = "https://airbyte.example.com"
	}
	b, err := k8syaml.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestRandomSettings holds that whatever valid settings are combined, they
// render to something sound, or are refused for a field that there is.
func TestRandomSettings(t *testing.T) {
	log.SetOutput(io.Discard) // Helm warns of values of another type
	defer log.SetOutput(os.Stderr)
	archives, err := official.Archives(root)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, dir := range standInCharts(t) {
		paths = append(paths, filepath.Join(root, "testdata/charts", dir))
	}
	each := 10
	for _, a := range official.Newest(archives) {
		each = 40
		paths = append(paths, a.Path)
	}
	var charts chart.Memo
	rendered, refused := 0, 0
	for n, path := range paths {
		c := chartOf(t, &charts, path)
		for i := range each {
			r := rand.New(rand.NewPCG(uint64(n), uint64(i))) // the same each time
			spec := randomSpec(t, r, c)
			name := fmt.Sprintf("%s %d", strings.TrimPrefix(filepath.ToSlash(path), root), i)
			ok := t.Run(name, func(t *testing.T) {
				conf, err := config(t, path, spec)
				var set manifest.Set
				var findings []manifest.Finding
				if err == nil {
					set, findings, err = fn.Generate(context.Background(), conf, fn.Options{Draft: true, Charts: &charts})
				}
				var c *fn.ConfigError
				switch {
				case errors.As(err, &c):
					refused++
					for _, p := range c.Problems {
						if !isField(p.Field) {
							t.Errorf("refused for %s, which is no field: %s", p.Field, p.Message)
						}
					}
				case err != nil:
					t.Error(err)
				default:
					rendered++
					sound(t, set, findings)
					secrets(t, conf, set)
				}
			})
			if !ok {
				t.Logf("%s:\n%s", name, spec)
			}
		}
	}
	t.Logf("random settings: %d rendered, %d refused", rendered, refused)
	if rendered < refused {
		t.Error("nearly all are refused: nothing is proven")
	}
}

// isField reports whether the schema has a field.
func isField(field string) bool {
	s := fn.SpecSchema()
	for i, key := range strings.Split(field, ".") {
		if i == 0 {
			if key != "spec" {
				return false
			}
			continue
		}
		if s.Open || s.Values != nil {
			return true // a key of a map, dots and all
		}
		if s = s.Properties[key]; s == nil {
			return false
		}
	}
	return true
}

// secrets checks that nothing is read from a Secret that neither the settings
// nor the chart name.
func secrets(t *testing.T, c *fn.Config, set manifest.Set) {
	t.Helper()
	known := map[string]bool{"airbyte-auth-secrets": true, "airbyte-airbyte-secrets": true, "airbyte-airbyte-data-plane-secrets": true}
	known[c.ConfigSecret.Name] = true
	for _, line := range viewOf(set).sources() {
		if _, ref, found := strings.Cut(line, " <- "); found {
			if name, _, _ := strings.Cut(ref, "["); !known[name] {
				t.Errorf("%s: nobody named that Secret", line)
			}
		}
	}
}
