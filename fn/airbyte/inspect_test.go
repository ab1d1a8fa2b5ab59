package airbyte_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/airstrip-dev/airstrip/fn/airbyte"
)

// Charts in short, and the values that the rules ask for of their own.
var (
	defaults = map[string]string{
		"V1": `{global: {edition: community, serviceAccountName: airbyte-admin, jobs: {kube: {serviceAccountName: airbyte-admin}}, enterprise: {secretName: airbyte-config-secrets, licenseKeySecretKey: license-key},
		        storage: {type: minio}}, serviceAccount: {name: airbyte-admin}, postgresql: {enabled: true}}`,
		"V2": `{global: {edition: community, serviceAccountName: airbyte-admin, cluster: {type: hybrid}, storage: {type: minio}, database: {type: internal, replica: {}}, auth: {identityProvider: {type: simple}}},
		        serviceAccount: {name: airbyte-admin}, postgresql: {enabled: true}, keycloak: {enabled: false}, keycloakSetup: {enabled: false}}`,
		"DP": `{edition: community, storage: {type: s3, s3: {authenticationType: credentials}}}`,
	}
	chartsByName = map[string]airbyte.Chart{"V1": charts[0], "V2": charts[1], "DP": charts[2]}
)

const (
	s3      = "type: s3, bucket: {log: a, state: b, workloadOutput: c, activityPayload: d}"
	license = "enterprise: {secretName: s, licenseKeySecretKey: k}"
	people  = "secretName: s, security: {jwtSignatureSecretSecretKey: jwt-signature-secret}, instanceAdmin: {passwordSecretKey: p, clientIdSecretKey: i, clientSecretSecretKey: c}"
	dp      = `airbyteUrl: "https://a.example.com", secretsManager: {type: VAULT}, `
)

// inspected are values that trigger one rule, by the path that is named and the
// beginning of what is said, and their mended twin; without one where the twin
// of another case is mended in that as well.
var inspected = []struct{ in, wrong, path, says, right string }{
	{"V2", `global: {edition: Enterprise, airbyteUrl: "https://a"}`, "global.edition", `"Enterprise" is unknown`, `global: {edition: enterprise, airbyteUrl: "https://a", ` + license + `}`},
	{"V1", `global: {edition: ENTERPRISE}`, "global.edition", `"ENTERPRISE" is unknown`, `global: {edition: pro}`},
	{"V2", `global: {storage: {type: S3}}`, "global.storage.type", `"S3" is unknown`, `global: {storage: {secretName: s, s3: {authenticationType: credentials}, ` + s3 + `}}`},
	{"V1", `global: {storage: {type: s4}}`, "global.storage.type", `"s4" is unknown`, `global: {storage: {secretName: s, ` + strings.Replace(s3, "s3", "S3", 1) + `}}`},
	{"V2", `global: {secretsManager: {type: awsSecretManager}}`, "global.secretsManager.type", `"awsSecretManager" is unknown`, `global: {secretsManager: {type: AWS_SECRET_MANAGER}}`},
	{"V1", `global: {secretsManager: {type: aws}}`, "global.secretsManager.type", `"aws" is unknown`, `global: {secretsManager: {type: AWS_SECRET_MANAGER}}`},
	{"V2", `global: {edition: enterprise, airbyteUrl: "https://a", ` + license + `, auth: {identityProvider: {type: OIDC}}}`, "global.auth.identityProvider.type", `"OIDC" is unknown`, `global: {edition: enterprise, airbyteUrl: "https://a", ` + license + `, auth: {identityProvider: {type: generic-oidc}}}`},
	{"V1", `global: {edition: enterprise, airbyteUrl: "https://a", auth: {instanceAdmin: {firstName: a, lastName: b}, identityProvider: {type: generic-oidc}}}`, "global.auth.identityProvider.type", `"generic-oidc" is unknown`, `global: {edition: enterprise, airbyteUrl: "https://a", auth: {instanceAdmin: {firstName: a, lastName: b}, identityProvider: {type: oidc}}}`},
	{"V2", `global: {cluster: {type: control}}`, "global.cluster.type", `"control" is unknown`, `global: {cluster: {type: control-plane}}`},
	{"DP", dp + `storage: {type: GCS}`, "storage.type", `"GCS" is unknown`, dp + `storage: {type: gcs, secretName: s, bucket: {log: a, state: b, workloadOutput: c, activityPayload: d}}`},

	{"V2", `global: {airbyteUrl: a.example.com}`, "global.airbyteUrl", "is no absolute", `global: {airbyteUrl: "https://a.example.com"}`},
	{"V2", `global: {airbyteUrl: "https://a.example.com/"}`, "global.airbyteUrl", "has a path", `global: {airbyteUrl: "https://a.example.com:8443"}`},
	{"V2", `global: {edition: enterprise, ` + license + `}`, "global.airbyteUrl", "is missing: Airbyte takes itself", `global: {edition: enterprise, airbyteUrl: "https://a", ` + license + `}`},
	{"DP", `storage: {type: minio}, secretsManager: {type: VAULT}`, "airbyteUrl", "is missing: a data plane", dp + `storage: {type: minio}`},

	{"V2", `global: {edition: enterprise, airbyteUrl: "https://a"}`, "global.enterprise.secretName", "is missing: the license key would be empty", `global: {edition: enterprise, airbyteUrl: "https://a", secretName: all}`},
	{"V2", `global: {edition: enterprise, airbyteUrl: "https://a", enterprise: {secretName: s}}`, "global.enterprise.licenseKeySecretKey", "is missing: the license key would be empty", `global: {edition: enterprise, airbyteUrl: "https://a", ` + license + `}`},
	{"DP", dp + `storage: {type: minio}, edition: enterprise`, "enterprise.secretName", "is missing", dp + `storage: {type: minio}, edition: enterprise, ` + license},

	{"V2", `global: {storage: {` + s3 + `, s3: {authenticationType: credentials}}}`, "global.storage.secretName", "is missing: S3 with credentials", `global: {storage: {` + s3 + `, s3: {authenticationType: instanceProfile}}}`},
	{"V2", `global: {storage: {` + s3 + `, secretName: s, s3: {authenticationType: instanceProfile}}}`, "global.storage.secretName", "is set although", `global: {storage: {` + s3 + `, secretName: s, s3: {authenticationType: credentials}}}`},
	{"V2", `global: {storage: {` + s3 + `, secretName: s, s3: {authenticationType: keys}}}`, "global.storage.s3.authenticationType", `"keys" is unknown`, ``},
	{"V2", `global: {storage: {` + strings.Replace(s3, "s3", "gcs", 1) + `, gcs: {credentialsJson: x}}}`, "global.storage.gcs.credentialsJson", "is a credential in clear", `global: {storage: {secretName: s, ` + strings.Replace(s3, "s3", "gcs", 1) + `}}`},
	{"V2", `global: {storage: {` + strings.Replace(s3, "s3", "gcs", 1) + `}}`, "global.storage.secretName", "is missing: the key of the service account", ``},
	{"V2", `global: {storage: {secretName: s, ` + strings.Replace(s3, "s3", "azure", 1) + `}}`, "global.storage.azure.connectionStringSecretKey", "is missing", `global: {storage: {secretName: s, ` + strings.Replace(s3, "s3", "azure", 1) + `, azure: {connectionStringSecretKey: k}}}`},
	{"V2", `global: {storage: {type: s3, secretName: s, bucket: {log: a, state: b, activityPayload: c}, s3: {authenticationType: credentials}}}`, "global.storage.bucket.workloadOutput", "is missing: the chart uses a bucket of a fixed name", ``},
	{"V2", `{global: {storage: {` + s3 + `, secretName: s, s3: {authenticationType: credentials}}}, server: {auditLoggingEnabled: true}}`, "global.storage.bucket.auditLogging", "is missing", ``},

	{"V2", `global: {auth: {instanceAdmin: {passwordSecretKey: p}}}`, "global.auth.instanceAdmin.passwordSecretKey", "names a key and", `global: {auth: {` + people + `}}`},
	{"V2", `global: {secretsManager: {type: VAULT, vault: {authTokenSecretKey: k}}}`, "global.secretsManager.vault.authTokenSecretKey", "names a key and", `global: {secretName: all, secretsManager: {type: VAULT, vault: {authTokenSecretKey: k}}}`},
	{"V2", `{global: {database: {type: external, host: db, user: u, passwordSecretKey: p, replica: {passwordSecretKey: p}}}, postgresql: {enabled: false}}`, "global.database.passwordSecretKey", "names a key and", `{global: {database: {type: external, host: db, secretName: s, userSecretKey: u, passwordSecretKey: p, replica: {passwordSecretKey: p}}}, postgresql: {enabled: false}}`},
	{"DP", `airbyteUrl: "https://a", storage: {type: minio}, secretsManager: {type: AZURE_KEY_VAULT, azureKeyVault: {clientIdSecretKey: k}}`, "secretsManager.azureKeyVault.clientIdSecretKey", "names a key and", `airbyteUrl: "https://a", storage: {type: minio}, secretsManager: {type: AZURE_KEY_VAULT, secretName: s, azureKeyVault: {clientIdSecretKey: k}}`},
	{"V2", `{global: {database: {type: external, host: db, secretName: s, userSecretKey: u, password: x, passwordSecretKey: p, replica: {passwordSecretKey: p}}}, postgresql: {enabled: false}}`, "global.database.password", "stands beside", ``},

	{"V2", `global: {database: {type: external, host: db}}`, "postgresql.enabled", "is on, and", `{global: {database: {type: external, host: db}}, postgresql: {enabled: false}}`},
	{"V1", `global: {database: {host: db}}`, "postgresql.enabled", "is on: chart V1 then ignores", ``},
	{"V2", `postgresql: {enabled: false}`, "global.database.host", "is missing, and postgresql.enabled is false", ``},
	{"V2", `{global: {database: {host: db}}, postgresql: {enabled: false}}`, "global.database.type", "is not external", ``},
	{"V2", `{global: {database: {type: external, host: db, secretName: s, userSecretKey: u, passwordSecretKey: p}}, postgresql: {enabled: false}}`, "global.database.replica.passwordSecretKey", "is missing: from 2.1 on", ``},
	{"V2", `{global: {database: {type: external, host: db, secretName: s, user: u}}, postgresql: {enabled: false}}`, "global.database.user", "is ignored beside", ``},

	{"V2", `serviceAccount: {name: sa}`, "serviceAccount.name", "global.serviceAccountName is", `{global: {serviceAccountName: sa}, serviceAccount: {name: sa}}`},
	{"V1", `{global: {serviceAccountName: sa}, serviceAccount: {name: sa}}`, "global.jobs.kube.serviceAccountName", "is \"airbyte-admin\" and", `{global: {serviceAccountName: sa, jobs: {kube: {serviceAccountName: sa}}}, serviceAccount: {name: sa}}`},

	{"V2", `global: {auth: {identityProvider: {type: generic-oidc}}}`, "global.auth.identityProvider.type", "is of the enterprise edition", ``},
	{"V2", `global: {auth: {secretName: s, security: {jwtSignatureSecretSecretKey: jwt-signature-secret}, instanceAdmin: {passwordSecretKey: p, clientSecretSecretKey: c}}}`, "global.auth.instanceAdmin.clientIdSecretKey", "is missing: with global.auth.secretName", `global: {auth: {` + people + `}}`},
	{"V2", `global: {auth: {` + strings.Replace(people, "jwt-signature-secret", "j", 1) + `}}`, "global.auth.security.jwtSignatureSecretSecretKey", `is "j"`, `global: {auth: {` + people + `}}`},
	{"DP", `airbyteUrl: "https://a", storage: {type: minio}`, "secretsManager.type", "is missing: the data plane then looks", dp + `storage: {type: minio}`},
	{"V1", `global: {edition: enterprise, airbyteUrl: "https://a", auth: {instanceAdmin: {firstName: a}}}`, "global.auth.instanceAdmin.lastName", "is missing: chart V1 does not render", ``},
	{"V2", oidc(`keycloak: {database: {host: h}}, keycloakSetup: {enabled: true, env_vars: {IDENTITY_PROVIDER_TYPE: oidc}}`), "keycloak.enabled", "is not true", ``},
	{"V2", oidc(`keycloak: {enabled: true}, keycloakSetup: {env_vars: {IDENTITY_PROVIDER_TYPE: oidc}}`), "keycloakSetup.enabled", "is not true", ``},
	{"V2", oidc(`keycloak: {enabled: true}, keycloakSetup: {enabled: true}`), "keycloakSetup.extraEnv", "has no IDENTITY_PROVIDER_TYPE", oidc(`keycloak: {enabled: true}, keycloakSetup: {enabled: true, extraEnv: [{name: IDENTITY_PROVIDER_TYPE, value: oidc}]}`)},
	{"V2", strings.Replace(oidc(`postgresql: {enabled: false}, keycloak: {enabled: true}, keycloakSetup: {enabled: true, env_vars: {IDENTITY_PROVIDER_TYPE: oidc}}`), "global: {", "global: {database: {type: external, host: db}, ", 1), "keycloak.database.host", "is missing: Keycloak would look", ``},

	{"V1", `{global: {airbyteUrl: "https://a"}, ingress: {enabled: true, hosts: [{host: a}]}}`, "ingress.hosts", "is of chart V2", `{global: {airbyteUrl: "https://a"}, ingress: {enabled: true, rules: [{host: a}]}}`},
	{"V2", `{global: {airbyteUrl: "https://a"}, ingress: {enabled: true, rules: [{host: a}]}}`, "ingress.rules", "is of chart V1", ``},
	{"V2", `{global: {airbyteUrl: "https://a"}, ingress: {enabled: true, hosts: [{host: b}]}}`, "ingress.hosts[0].host", `is "b", and the URL's host is "a"`, ``},
	{"V2", `{global: {airbyteUrl: "https://a"}, ingress: {enabled: true, hosts: [{host: a, paths: [{backend: keycloak}]}]}}`, "ingress.hosts[0].paths[0].backend", "keycloak is no backend", `{global: {airbyteUrl: "https://a"}, ingress: {enabled: true, hosts: [{host: a, paths: [{backend: server}]}]}}`},
	{"V2", `ingress: {enabled: true}`, "global.airbyteUrl", "is missing", `ingress: {enabled: false}`},
}

// oidc are values with single sign-on through Keycloak, but for the rest.
func oidc(rest string) string {
	return `{global: {edition: enterprise, airbyteUrl: "https://a", ` + license + `, auth: {identityProvider: {type: oidc}}}, ` + rest + `}`
}

func TestInspect(t *testing.T) {
	for _, tt := range inspected {
		defaults := values(t, defaults[tt.in])
		problems := airbyte.Inspect(chartsByName[tt.in], values(t, flow(tt.wrong)), defaults)
		if !slices.ContainsFunc(problems, func(p airbyte.Problem) bool {
			return p.Value && p.Field == tt.path && strings.Contains(p.Message, tt.says)
		}) {
			t.Errorf("%s: %s: got %q, want %s: %s", tt.in, tt.wrong, said(problems), tt.path, tt.says)
		}
		if tt.right == "" {
			continue // another case has the twin
		}
		if right := said(airbyte.Inspect(chartsByName[tt.in], values(t, flow(tt.right)), defaults)); len(right) > 0 {
			t.Errorf("%s: %s: %q", tt.in, tt.right, right)
		}
	}
}

// flow puts braces around values in short.
func flow(s string) string {
	if strings.HasPrefix(s, "{") {
		return s
	}
	return "{" + s + "}"
}

// The chart's own values are sound.
func TestInspectDefaults(t *testing.T) {
	for name, c := range chartsByName {
		if name == "DP" {
			continue // it cannot do without a URL
		}
		if problems := airbyte.Inspect(c, nil, values(t, defaults[name])); len(problems) > 0 {
			t.Errorf("%s: %q", name, said(problems))
		}
	}
}

func TestCause(t *testing.T) {
	for _, tt := range []struct {
		chart              airbyte.Chart
		path, why, instead string
	}{
		{charts[1], "global.database.database", "it is of chart V1", "global.database.name"},
		{charts[0], "global.database.name", "it is of chart V2", "global.database.database"},
		{charts[0], "global.database.hostSecretKey", "the guide shows it", "global.database.host"},
		{charts[0], "auth.instanceAdmin.firstName", "the guide shows it at the top level", "global.auth"},
		{charts[1], "global.storage.storageSecretName", "it is of chart V1", "global.storage.secretName"},
		{charts[0], "global.secretsManager.secretName", "it is of chart V2", "global.secretsManager.secretsManagerSecretName"},
		{charts[1], "global.storage.gcs.projectId", "the guide shows it", ""},
		{charts[2], "global.airbyteUrl", "the chart of a data plane has no global values", ""},
		{charts[1], "workload-launcher.replicaCount", "it is of chart V1", "workloadLauncher.replicaCount"},
		{charts[1], "airbyteUrl", "it is of the chart airbyte-data-plane", "global.airbyteUrl"},
		{charts[1], "global.nonsense", "", ""},
		{charts[1], "global.database.name", "", ""},
	} {
		why, instead := airbyte.Cause(tt.chart, strings.Split(tt.path, ".")...)
		if !strings.HasPrefix(why, tt.why) || why != "" && tt.why == "" || instead != tt.instead {
			t.Errorf("%v: %s: got %q, %q, want %q, %q", tt.chart, tt.path, why, instead, tt.why, tt.instead)
		}
	}
}
