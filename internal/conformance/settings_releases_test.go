package conformance

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/internal/official"
)

// enterprises are whole configurations, one for each cloud.
var enterprises = map[string]string{
	"aws": `
edition: enterprise
url: https://airbyte.example.com
auth:
  instanceAdmin: {firstName: Ada, lastName: Lovelace}
  genericOidc:
    clientId: client
    audience: everyone
    issuer: https://login.example.com
    authorizationServerEndpoint: https://login.example.com/oauth2
    jwksEndpoint: https://login.example.com/keys
database: {type: external, host: db.example.com}
storage: {type: s3, bucket: lake, s3: {region: eu-central-1, authentication: instanceProfile}}
secretsManager: {type: aws, aws: {region: eu-central-1, tags: {team: data}, kmsKeyArn: "arn:aws:kms:eu-central-1:111122223333:key/1234abcd"}}
images: {registry: ghcr.io/example, pullSecrets: [regcred]}
serviceAccount: {name: airbyte-sa}
workloadIdentity: {type: irsa, roleArn: "arn:aws:iam::111122223333:role/airbyte"}
auditLog: enabled
`,
	"gcp": `
edition: enterprise
url: https://airbyte.example.com
auth:
  instanceAdmin: {firstName: Ada, lastName: Lovelace}
  oidc: {domain: example.okta.com, appName: airbyte}
database: {type: external, host: 127.0.0.1}
storage: {type: gcs, bucket: lake}
secretsManager: {type: gcp, gcp: {projectId: example}}
serviceAccount: {name: airbyte-sa, labels: {team: data}}
workloadIdentity: {type: gke, serviceAccount: airbyte@example.iam.gserviceaccount.com}
components:
  server: {replicas: 2, resources: {requests: {cpu: 500m}, limits: {memory: 2Gi}}, nodeSelector: {pool: airbyte}}
jobs: {nodeSelector: {pool: jobs}, tolerations: [{key: jobs, operator: Exists}]}
`,
	"azure": `
edition: enterprise
url: https://airbyte.example.com
auth: {instanceAdmin: {firstName: Ada, lastName: Lovelace}}
database: {type: external, host: db.example.com, port: 5433, name: airbyte, secretName: db}
storage: {type: azure, bucket: lake}
secretsManager: {type: azure, azure: {vaultUrl: "https://example.vault.azure.net/", tenantId: tenant}}
serviceAccount: {name: airbyte-sa}
workloadIdentity: {type: azure, clientId: client}
env: {JOB_MAIN: x}
secretEnv: {TOKEN: {key: token}}
`,
}

// ours are the variables that may still come from the Secret of the chart in a
// whole configuration: no setting covers them.
var ours = map[string]bool{
	"AIRBYTE_DUMMY_SECRET":                      true,
	"BUILDER_GITHUB_AIRBYTE_PAT_TOKEN":          true,
	"CUSTOMERIO_API_KEY":                        true,
	"OPENAI_API_KEY_PROJ_FAILED_SYNC_ASSISTANT": true,
	"SEGMENT_WRITE_KEY":                         true,
	"WORKLOAD_API_BEARER_TOKEN":                 true,
	// V1 takes them from values in clear only; V2 without Keycloak names them
	// all the same.
	"KEYCLOAK_ADMIN_USER":     true,
	"KEYCLOAK_ADMIN_PASSWORD": true,
}

// identity are the keys that V2 asks for although the Pod's identity is used.
// They are there, and empty.
var identity = map[string]bool{"AWS_ACCESS_KEY_ID": true, "AWS_SECRET_ACCESS_KEY": true}

// TestSettingsOfReleases renders whole configurations with every release. From
// 2.0.8 on and with V1 each renders, or is refused for a setting that it names;
// earlier builds of V2 may fail in their templates.
func TestSettingsOfReleases(t *testing.T) {
	archives, err := official.Archives(root)
	if err != nil {
		t.Fatal(err)
	}
	var charts chart.Memo
	counts := map[string]int{}
	for _, a := range archives {
		if a.Name != "airbyte" {
			continue
		}
		early := a.Version.Major() == 2 && a.Version.LessThan(semver.MustParse("2.0.8"))
		for cloud, spec := range enterprises {
			conf, err := config(t, a.Path, spec)
			if err != nil {
				t.Fatal(err)
			}
			set, findings, err := fn.Generate(context.Background(), conf, fn.Options{Draft: true, Charts: &charts})
			var c *fn.ConfigError
			switch {
			case errors.As(err, &c):
				counts["refused"]++
				for _, p := range c.Problems {
					if !early && (a.Version.Major() == 2 || !lackedByV1(p.Field)) {
						t.Errorf("%v: %s: %s: %s", a, cloud, p.Field, p.Message)
					}
				}
			case err != nil && early:
				counts["failed early"]++
			case err != nil:
				t.Errorf("%v: %s: %v", a, cloud, err)
			default:
				counts["rendered"]++
				if !early {
					t.Run(a.String()+" "+cloud, func(t *testing.T) {
						sound(t, set, findings)
						leftovers(t, viewOf(set))
					})
				}
			}
		}
	}
	t.Logf("releases: %v", counts)
}

// lackedByV1 reports whether a setting is one that V1 has no counterpart for.
func lackedByV1(field string) bool {
	return strings.HasPrefix(field, "spec.auth.genericOidc.") || field == "spec.auditLog"
}

// leftovers finds variables that a setting covers and that come from the
// chart's own Secret all the same.
func leftovers(t *testing.T, v view) {
	t.Helper()
	for _, line := range v.sources() {
		where, source, _ := strings.Cut(line, ": ")
		name, from, _ := strings.Cut(source, " ")
		key, own := strings.CutPrefix(from, "<- airbyte-airbyte-secrets[")
		if !own || ours[name] {
			continue
		}
		value := v.look("own", ".stringData."+strings.TrimSuffix(key, "]"))
		if identity[name] && value == "=" {
			continue
		}
		t.Errorf("%s: %s comes from the chart's own Secret", where, name)
	}
}
