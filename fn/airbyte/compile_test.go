package airbyte_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	k8syaml "sigs.k8s.io/yaml"

	"github.com/airstrip-dev/airstrip/fn/airbyte"
)

func settings(t *testing.T, text string) *airbyte.Settings {
	t.Helper()
	var s struct {
		airbyte.Settings
		ConfigSecret struct {
			Name string `json:"name"`
		} `json:"configSecret"`
	}
	if err := k8syaml.UnmarshalStrict([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	s.Settings.ConfigSecret = s.ConfigSecret.Name
	return &s.Settings
}

func values(t *testing.T, text string) map[string]any {
	t.Helper()
	tree := map[string]any{}
	if err := k8syaml.Unmarshal([]byte(text), &tree); err != nil {
		t.Fatal(err)
	}
	return tree
}

// said writes problems as "field: message".
func said(problems []airbyte.Problem) []string {
	var lines []string
	for _, p := range problems {
		s := p.Field + ": " + p.Message
		if p.Warning {
			s = "warning: " + s
		}
		lines = append(lines, s)
	}
	return lines
}

// compiled are settings and what each generation is handed. A generation with no
// values is refused for the fields.
var compiled = []struct {
	name, in    string
	v1, v2, dp  string
	v1no, v2no  string
	dpno        string
	onlyControl bool // the data plane is left out
}{
	{
		name: "nothing", in: `{}`, v1: `{}`, v2: `{}`,
		dp: `dataPlane: {secretName: airbyte-config-secrets, clientIdSecretName: airbyte-config-secrets, clientSecretSecretName: airbyte-config-secrets, clientIdSecretKey: data-plane-client-id, clientSecretSecretKey: data-plane-client-secret}`,
	},
	{
		name: "enterprise", onlyControl: true, in: `{edition: enterprise, url: "https://a.example.com"}`,
		v1: `global: {edition: enterprise, airbyteUrl: "https://a.example.com", enterprise: {secretName: airbyte-config-secrets, licenseKeySecretKey: license-key}}`,
		v2: `global: {edition: enterprise, airbyteUrl: "https://a.example.com", enterprise: {secretName: airbyte-config-secrets, licenseKeySecretKey: license-key}}`,
	},
	{
		name: "instance admin", in: `{configSecret: {name: mine}, auth: {instanceAdmin: {firstName: Ada, lastName: Lovelace}}}`,
		v1: `global: {auth: {instanceAdmin: {secretName: mine, firstName: Ada, lastName: Lovelace, emailSecretKey: instance-admin-email, passwordSecretKey: instance-admin-password}}}`,
		v2: `global: {auth: {secretName: mine, security: {jwtSignatureSecretSecretKey: jwt-signature-secret}, instanceAdmin: {secretName: mine, firstName: Ada, lastName: Lovelace,
		     passwordSecretKey: instance-admin-password, clientIdSecretKey: instance-admin-client-id, clientSecretSecretKey: instance-admin-client-secret}}}`,
		dpno: "auth.instanceAdmin.firstName auth.instanceAdmin.lastName",
	},
	{
		name: "generic oidc", in: `auth: {genericOidc: {clientId: c, audience: a, issuer: i, authorizationServerEndpoint: s, jwksEndpoint: j}}`,
		v1no: "auth.genericOidc.clientId auth.genericOidc.audience auth.genericOidc.issuer auth.genericOidc.authorizationServerEndpoint auth.genericOidc.jwksEndpoint",
		v2: `global: {auth: {identityProvider: {type: generic-oidc, genericOidc: {clientId: c, audience: a, issuer: i,
		     endpoints: {authorizationServerEndpoint: s, jwksEndpoint: j}, fields: {subject: sub, email: email, name: name, issuer: iss}}}}}`,
		dpno: "auth.genericOidc.clientId auth.genericOidc.audience auth.genericOidc.issuer auth.genericOidc.authorizationServerEndpoint auth.genericOidc.jwksEndpoint",
	},
	{
		name: "internal database", onlyControl: true, in: `database: {type: internal}`,
		v1: `{global: {database: {type: internal}}, postgresql: {enabled: true}}`,
		v2: `{global: {database: {type: internal}}, postgresql: {enabled: true}}`,
	},
	{
		name: "external database", onlyControl: true, in: `database: {type: external, host: db}`,
		v1: `{global: {database: {type: external, host: db, port: 5432, database: airbyte, secretName: airbyte-config-secrets, userSecretKey: database-user, passwordSecretKey: database-password}}, postgresql: {enabled: false}}`,
		v2: `{global: {database: {type: external, host: db, port: 5432, name: airbyte, secretName: airbyte-config-secrets, userSecretKey: database-user, passwordSecretKey: database-password,
		     replica: {userSecretKey: database-user, passwordSecretKey: database-password}}}, postgresql: {enabled: false}}`,
	},
	{
		name: "no TLS, a proxy", onlyControl: true, in: `database: {type: external, host: db, tls: disabled, cloudSqlProxy: enabled}`,
		v1no: "database.cloudSqlProxy",
		v2: `{global: {cloudSqlProxy: {enabled: true}, database: {type: internal, host: db, port: 5432, name: airbyte, secretName: airbyte-config-secrets, userSecretKey: database-user, passwordSecretKey: database-password}},
		     postgresql: {enabled: false}}`,
	},
	{
		name: "secrets manager, tags", onlyControl: true, in: `secretsManager: {type: aws, aws: {region: r, tags: {b: "2", a: "1"}, kmsKeyArn: k}}`,
		v1: `global: {secretsManager: {type: awsSecretManager, secretsManagerSecretName: airbyte-config-secrets, awsSecretManager: {authenticationType: credentials, region: r, kms: k, tags: [{key: a, value: "1"}, {key: b, value: "2"}],
		     accessKeyIdSecretKey: aws-secret-manager-access-key-id, secretAccessKeySecretKey: aws-secret-manager-secret-access-key}}}`,
		v2: `global: {secretsManager: {type: AWS_SECRET_MANAGER, secretName: airbyte-config-secrets, awsSecretManager: {region: r, kmsArn: k, tags: [{key: a, value: "1"}, {key: b, value: "2"}],
		     accessKeyIdSecretKey: aws-secret-manager-access-key-id, secretAccessKeySecretKey: aws-secret-manager-secret-access-key}}}`,
	},
	{
		name: "key vault, tags", onlyControl: true, in: `secretsManager: {type: azure, azure: {vaultUrl: u, tenantId: t, tags: {b: "2", a: "1"}}}`,
		v1: `global: {secretsManager: {type: azureKeyVault, secretsManagerSecretName: airbyte-config-secrets, azureKeyVault: {vaultUrl: u, tenantId: t, tags: [{key: a, value: "1"}, {key: b, value: "2"}],
		     clientIdSecretKey: azure-key-vault-client-id, clientSecretSecretKey: azure-key-vault-client-secret}}}`,
		v2: `global: {secretsManager: {type: AZURE_KEY_VAULT, secretName: airbyte-config-secrets, azureKeyVault: {vaultUrl: u, tenantId: t, tags: "a=1,b=2",
		     clientIdSecretKey: azure-key-vault-client-id, clientSecretSecretKey: azure-key-vault-client-secret}}}`,
	},
	{
		name: "ServiceAccount", onlyControl: true, in: `serviceAccount: {name: sa, create: external}`,
		v1: `{global: {serviceAccountName: sa, jobs: {kube: {serviceAccountName: sa}}}, serviceAccount: {name: sa, create: false}}`,
		v2: `{global: {serviceAccountName: sa}, serviceAccount: {name: sa, create: false}}`,
	},
	{
		name: "audit log", onlyControl: true, in: `auditLog: enabled`,
		v1: `server: {env_vars: {AUDIT_LOGGING_ENABLED: "true"}}`, v2: `server: {auditLoggingEnabled: true}`,
	},
	{
		name: "a name that a component sets is not global", onlyControl: true, in: `{env: {A: "1", B: "2"}, components: {server: {env: {A: "3"}}}}`,
		v1: `{global: {env_vars: {B: "2"}}, server: {env_vars: {A: "3"}}, worker: {env_vars: {A: "1"}}, cron: {env_vars: {A: "1"}}, temporal: {env_vars: {A: "1"}}, workload-launcher: {env_vars: {A: "1"}},
		     workload-api-server: {env_vars: {A: "1"}}, connector-builder-server: {env_vars: {A: "1"}}, keycloak: {env_vars: {A: "1"}}, keycloak-setup: {env_vars: {A: "1"}}, airbyte-bootloader: {env_vars: {A: "1"}}}`,
		v2: `{global: {env_vars: {B: "2"}}, server: {env_vars: {A: "3"}}, worker: {env_vars: {A: "1"}}, cron: {env_vars: {A: "1"}}, temporal: {env_vars: {A: "1"}}, workloadLauncher: {env_vars: {A: "1"}},
		     workloadApiServer: {env_vars: {A: "1"}}, connectorBuilderServer: {env_vars: {A: "1"}}, manifestServer: {env_vars: {A: "1"}}, keycloak: {env_vars: {A: "1"}}, keycloakSetup: {env_vars: {A: "1"}}, airbyteBootloader: {env_vars: {A: "1"}}}`,
	},
}

func TestCompile(t *testing.T) {
	for _, tt := range compiled {
		for _, g := range []struct {
			chart    airbyte.Chart
			want, no string
		}{{charts[0], tt.v1, tt.v1no}, {charts[1], tt.v2, tt.v2no}, {charts[2], tt.dp, tt.dpno}} {
			if tt.onlyControl && g.chart.Generation == airbyte.DataPlane {
				continue
			}
			t.Run(fmt.Sprintf("%s, %v", tt.name, g.chart), func(t *testing.T) {
				got, problems := settings(t, tt.in).Compile(g.chart)
				var fields []string
				for _, p := range problems {
					fields = append(fields, p.Field)
				}
				if diff := cmp.Diff(strings.Fields(g.no), fields, cmp.Transformer("", func(s []string) string { return strings.Join(s, " ") })); diff != "" {
					t.Errorf("refused (-want +got):\n%s", diff)
				}
				if g.no != "" {
					return
				}
				b, err := json.Marshal(got.Tree)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(values(t, g.want), values(t, string(b))); diff != "" {
					t.Errorf("values (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// The audit log came with V1 1.9: before, the variable would arrive and the
// bucket would not.
func TestAuditLogOfEarlyCharts(t *testing.T) {
	_, problems := settings(t, "auditLog: enabled").Compile(airbyte.Of("airbyte", "1.8.5"))
	if diff := cmp.Diff([]string{"auditLog: chart airbyte 1.8.5 has no counterpart for it"}, said(problems)); diff != "" {
		t.Error(diff)
	}
}

// Compile must not change the settings: they are compiled again for messages.
func TestCompileLeavesSettings(t *testing.T) {
	for _, s := range maximal() {
		before, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range charts {
			s.Compile(c)
		}
		if after, _ := json.Marshal(s); string(before) != string(after) {
			t.Error("settings changed")
		}
	}
}

// V1 writes some texts without quotes; what does not survive that is refused.
func TestUnquoted(t *testing.T) {
	for in, field := range map[string]string{
		`{auth: {instanceAdmin: {firstName: "true", lastName: Lovelace}}}`:              "auth.instanceAdmin.firstName",
		`{auth: {instanceAdmin: {firstName: "Ada #1", lastName: Lovelace}}}`:            "auth.instanceAdmin.firstName",
		`{auth: {instanceAdmin: {firstName: Ada, lastName: "{{ x }}"}}}`:                "auth.instanceAdmin.lastName",
		`{auth: {instanceAdmin: {firstName: Ada, lastName: "King-Noel, Countess"}}}`:    "",
		`{secretsManager: {type: gcp, gcp: {projectId: "0123456"}}}`:                    "secretsManager.gcp.projectId",
		`{secretsManager: {type: gcp, gcp: {projectId: example-1}}}`:                    "",
		`{secretsManager: {type: aws, aws: {region: r, tags: {a: "x: y"}}}}`:            "secretsManager.aws.tags",
		`{secretsManager: {type: vault, vault: {address: "https://v", prefix: "1e3"}}}`: "secretsManager.vault.prefix",
	} {
		for _, c := range charts[:2] {
			want := field
			if c.Generation == airbyte.V2 {
				want = ""
			}
			var got string
			if _, problems := settings(t, in).Compile(c); len(problems) > 0 {
				got = problems[0].Field
			}
			if got != want {
				t.Errorf("%v: %s: refused for %q, want %q", c, in, got, want)
			}
		}
	}
}
