package conformance

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/airstrip-dev/airstrip/fn"
	"github.com/airstrip-dev/airstrip/fn/chart"
	"github.com/airstrip-dev/airstrip/fn/manifest"
	"github.com/airstrip-dev/airstrip/internal/official"
)

// guide holds what Airbyte's guide to Self-Managed Enterprise shows and what the
// chart makes nothing of, refuses, or breaks on. Each is said to whoever copies
// it, with a word of what to do.
var guide = []struct {
	name, charts, values string
	// want stands in one line of the errors and findings: a place, and what is
	// said there.
	want []string
}{
	{"login at the top level", "v1", `{auth: {instanceAdmin: {firstName: Ada}}}`, []string{"spec.values.auth", "global.auth"}},
	{"display-name", "v1", `{global: {edition: enterprise, airbyteUrl: "https://a.example.com", auth: {instanceAdmin: {firstName: Ada, lastName: Lovelace}, identityProvider: {type: oidc, secretName: s, oidc: {domain: d, appName: a, display-name: Login, clientIdSecretKey: i, clientSecretSecretKey: s}}}}}`, []string{"oidc.display-name", "displayName"}},
	{"secrets manager at the top level", "v1", `{secretsManager: {type: awsSecretManager}}`, []string{"spec.values.secretsManager", "global.secretsManager"}},
	{"Secret of the secrets manager, by the name of the storage's", "v1", `{global: {secretsManager: {type: googleSecretManager, storageSecretName: gcp-cred-secrets, googleSecretManager: {projectId: p, credentialsSecretKey: gcp.json}}}}`,
		[]string{"secretsManager.storageSecretName", "secretsManagerSecretName"}},
	{"database from the Secret", "v1", `{postgresql: {enabled: false}, global: {database: {secretName: airbyte-config-secrets, hostSecretKey: database-host, portSecretKey: database-port, databaseSecretKey: database-name, userSecretKey: database-user, passwordSecretKey: database-password}}}`,
		[]string{"global.database.host: is missing", "spec.database"}},
	{"database without its type", "v1", `{postgresql: {enabled: false}, global: {database: {secretName: s, host: h, port: 5432, database: d, userSecretKey: u, passwordSecretKey: p}}}`,
		[]string{"global.database.type: is not external", "TLS"}},
	{"project of Google Cloud Storage", "v2", `{global: {storage: {type: gcs, secretName: s, storageSecretName: s, bucket: {log: b, state: b, workloadOutput: b, activityPayload: b}, gcs: {projectId: p}}}}`,
		[]string{"storage.gcs.projectId", "never reads it"}},
	{"ingress of the other generation", "v1", `{global: {airbyteUrl: "https://a.example.com"}, ingress: {enabled: true, hosts: [{host: a.example.com}]}}`, []string{"ingress.hosts", "ingress.rules"}},

	{"no license", "v2", `{global: {edition: enterprise, airbyteUrl: "https://a.example.com"}}`, []string{"global.enterprise.secretName: is missing", "empty"}},
	{"e-mail of the administrator", "v2", `{global: {auth: {instanceAdmin: {emailSecretKey: instance-admin-email}}}}`, []string{"instanceAdmin.emailSecretKey", "no release of V2 reads it"}},
	{"password without its Secret", "v2", `{global: {auth: {instanceAdmin: {passwordSecretKey: instance-admin-password}}}}`, []string{"instanceAdmin.passwordSecretKey", "name the Secret"}},
	{"the Secret of the administrator alone", "v2", `{global: {auth: {secretName: airbyte-config-secrets}}}`, []string{"jwtSignatureSecretSecretKey: is missing", "four keys"}},
	{"oidc alone", "v2", `{global: {edition: enterprise, airbyteUrl: "https://a.example.com", enterprise: {secretName: s, licenseKeySecretKey: k}, auth: {identityProvider: {type: oidc, secretName: s, oidc: {domain: d, appName: a, clientIdSecretKey: i, clientSecretSecretKey: s}}}}}`,
		[]string{"keycloak.enabled: is not true", "genericOidc"}},
	{"oidc without the setup's variables", "v2", `{global: {edition: enterprise, airbyteUrl: "https://a.example.com", enterprise: {secretName: s, licenseKeySecretKey: k}, auth: {identityProvider: {type: oidc, secretName: s, oidc: {domain: d, appName: a, clientIdSecretKey: i, clientSecretSecretKey: s}}}}, keycloak: {enabled: true}, keycloakSetup: {enabled: true}}`,
		[]string{"keycloakSetup.extraEnv", "IDENTITY_PROVIDER_TYPE"}},
	{"Keycloak without its database", "v2", `{global: {edition: enterprise, airbyteUrl: "https://a.example.com", enterprise: {secretName: s, licenseKeySecretKey: k}, database: {type: external, host: h}, auth: {identityProvider: {type: oidc, secretName: s, oidc: {domain: d, appName: a, clientIdSecretKey: i, clientSecretSecretKey: s}}}}, postgresql: {enabled: false}, keycloak: {enabled: true}, keycloakSetup: {enabled: true}}`,
		[]string{"keycloak.database.host: is missing", "spec.database"}},
	{"Secret of generic OIDC", "v2", `{global: {edition: enterprise, airbyteUrl: "https://a.example.com", enterprise: {secretName: s, licenseKeySecretKey: k}, auth: {identityProvider: {secretName: s, type: generic-oidc, genericOidc: {clientId: c, audience: a, extraScopes: "", issuer: "https://i", endpoints: {authorizationServerEndpoint: "https://i/a", jwksEndpoint: "https://i/k"}, fields: {subject: sub, email: email, name: name, issuer: iss}}}}}}`,
		[]string{"identityProvider.secretName", ""}},
	{"Secret of the storage by its name in V1", "v2", `{global: {storage: {storageSecretName: airbyte-config-secrets}}}`, []string{"storage.storageSecretName", "global.storage.secretName"}},
	{"kind of storage in another case", "v2", `{global: {storage: {type: S3, s3: {region: r}}}}`, []string{"global.storage.type", "write s3"}},
	{"keys of S3 in clear", "v2", `{global: {storage: {type: s3, s3: {region: r, authenticationType: credentials, accessKeyId: "", secretAccessKey: ""}}}}`, []string{"global.storage.secretName: is missing", "credentials"}},
	{"S3 by the role of the Pod, and a Secret", "v2", `{global: {storage: {type: s3, secretName: s, s3: {region: r, authenticationType: instanceProfile}, bucket: {log: b, state: b, workloadOutput: b, activityPayload: b}}}}`, []string{"storage.secretName", "remove it"}},
	{"a bucket forgotten", "v2", `{global: {storage: {type: s3, secretName: s, s3: {region: r, authenticationType: credentials}, bucket: {log: b, state: b, workloadOutput: b}}}}`, []string{"bucket.activityPayload: is missing", "spec.storage.bucket"}},
	{"key of Google Cloud in the values", "v2", `{global: {storage: {type: gcs, bucket: {log: b, state: b, workloadOutput: b, activityPayload: b}, gcs: {credentialsJson: e30=}}}}`, []string{"gcs.credentialsJson", "in clear"}},
	{"secrets manager switched off", "v2", `{global: {secretsManager: {enabled: false, type: VAULT, secretName: s, vault: {address: "https://v", authTokenSecretKey: t}}}}`, []string{"secretsManager.enabled", "type alone"}},
	{"KMS key", "v2", `{global: {secretsManager: {type: AWS_SECRET_MANAGER, awsSecretManager: {region: r, kms: arn}}}}`, []string{"awsSecretManager.kms", "kmsArn"}},
	{"how AWS Secrets Manager is reached", "v2", `{global: {secretsManager: {type: AWS_SECRET_MANAGER, awsSecretManager: {region: r, authenticationType: instanceProfile}}}}`, []string{"awsSecretManager.authenticationType", "identity of the Pod"}},
	{"kind of secrets manager of V1", "v2", `{global: {secretsManager: {type: awsSecretManager, awsSecretManager: {region: r}}}}`, []string{"secretsManager.type", "write AWS_SECRET_MANAGER"}},
	{"name of the database by its name in V1", "v2", `{postgresql: {enabled: false}, global: {database: {type: external, host: h, database: d}}}`, []string{"global.database.database", "global.database.name"}},
	{"user in clear beside the Secret", "v2", `{postgresql: {enabled: false}, global: {database: {type: external, host: h, secretName: s, user: u, passwordSecretKey: p}}}`, []string{"global.database.user", "userSecretKey"}},
	{"no keys of the replica", "v2.1", `{postgresql: {enabled: false}, global: {database: {type: external, host: h, secretName: s, userSecretKey: u, passwordSecretKey: p}}}`, []string{"replica.passwordSecretKey: is missing", "spec.database"}},
	{"an external database beside the bundled one", "v1 v2", `{global: {database: {type: external, host: h, port: 5432, name: d, database: d}}}`, []string{"postgresql.enabled: is on", "spec.database"}},
	{"no database", "v1 v2", `{postgresql: {enabled: false}}`, []string{"global.database.host: is missing", "spec.database"}},
	{"pull secrets below image", "v1 v2", `{global: {image: {registry: r.example.com, imagePullSecrets: [{name: regcred}]}}}`, []string{"global.image.imagePullSecrets", "global.imagePullSecrets"}},
	{"one name of the ServiceAccount", "v1 v2", `{serviceAccount: {name: airbyte-sa}}`, []string{"serviceAccount.name", "set both"}},
	{"backend keycloak", "v2", `{global: {airbyteUrl: "https://a.example.com"}, ingress: {enabled: true, className: nginx, hosts: [{host: a.example.com, paths: [{path: /auth, pathType: Prefix, backend: keycloak}]}]}}`, []string{"paths[0].backend", "ingress of your own"}},
	{"another host than the URL's", "v2", `{global: {airbyteUrl: "https://a.example.com"}, ingress: {enabled: true, className: nginx, hosts: [{host: b.example.com, paths: [{path: /, pathType: Prefix, backend: server}]}]}}`, []string{"hosts[0].host", "equal"}},
	{"URL with a slash", "v1 v2", `{global: {airbyteUrl: "https://a.example.com/"}}`, []string{"global.airbyteUrl", "write https://a.example.com"}},
	{"URL without a scheme", "v1 v2", `{global: {airbyteUrl: a.example.com}}`, []string{"global.airbyteUrl", "absolute"}},

	{"id of a data plane", "dp", `{airbyteUrl: "https://a.example.com", dataPlane: {id: x}}`, []string{"dataPlane.id", "credentials decide"}},
	{"values below global", "dp", `{airbyteUrl: "https://a.example.com", global: {edition: enterprise}}`, []string{"spec.values.global", "no global values"}},
}

// TestGuide renders each example over the newest chart of its generations.
func TestGuide(t *testing.T) {
	archives, err := official.Archives(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(archives) == 0 {
		t.Skipf("%s is not set", official.Env)
	}
	var memo chart.Memo
	for _, a := range official.Newest(archives) {
		for _, g := range guide {
			of := strings.Fields(g.charts)
			since21 := a.Generation() == "v2" && a.Version.Minor() >= 1
			if !slices.Contains(of, a.Generation()) && !(since21 && slices.Contains(of, "v2.1")) {
				continue
			}
			t.Run(a.String()+"/"+g.name, func(t *testing.T) {
				said := say(t, &memo, a, g.values)
				for _, line := range said {
					if strings.Contains(line, g.want[0]) && strings.Contains(line, g.want[1]) {
						return
					}
				}
				t.Errorf("%s\nwant a line with %q and %q, got:\n%s", g.values, g.want[0], g.want[1], strings.Join(said, "\n"))
			})
		}
	}
}

// say renders values and returns every line that the user would see.
func say(t *testing.T, memo *chart.Memo, a official.Archive, values string) []string {
	t.Helper()
	path, err := filepath.Abs(a.Path)
	if err != nil {
		t.Fatal(err)
	}
	n, err := yaml.Parse("{apiVersion: " + fn.APIVersion + ", kind: " + fn.Kind +
		", metadata: {name: airbyte, namespace: airbyte}, spec: {chart: {path: x}, kubeVersion: '1.34', delivery: plain, values: " + values + "}}")
	if err != nil {
		t.Fatal(err)
	}
	config, err := fn.Load(n)
	if err != nil {
		t.Fatal(err)
	}
	_, findings, err := fn.Generate(context.Background(), config, fn.Options{Draft: true, Charts: memo, Chart: path})
	var said []string
	for _, f := range findings {
		if f.Severity != manifest.Info {
			said = append(said, f.String())
		}
	}
	if c, ok := err.(*fn.ConfigError); ok {
		for i, p := range c.Problems {
			said = append(said, c.Line(i)+"; "+p.Hint)
		}
	} else if err != nil {
		said = append(said, err.Error())
	}
	return said
}
