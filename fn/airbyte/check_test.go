package airbyte_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/airstrip-dev/airstrip/fn/airbyte"
)

const (
	lake    = "type: s3, bucket: lake, s3: {region: r}"
	generic = "clientId: c, audience: a, issuer: 'https://i', authorizationServerEndpoint: 'https://i/s', jwksEndpoint: 'https://i/k'"
)

// checks are settings with what is wrong with them; right is what they become
// when it is mended.
var checks = []struct {
	wrong string
	want  []string
	right string
}{
	{`url: airbyte.example.com`, []string{`url: "airbyte.example.com" is no absolute http or https URL`}, `url: https://airbyte.example.com`},
	{`url: ftp://airbyte.example.com`, []string{`url: "ftp://airbyte.example.com" is no absolute http or https URL`}, `url: http://airbyte.example.com`},
	{`url: https://airbyte.example.com/`, []string{`url: "https://airbyte.example.com/" has a path: the chart appends its own to it`}, `url: https://airbyte.example.com:8443`},
	{`url: https://a:b@airbyte.example.com`, []string{`url: holds credentials`}, ``},
	{`url: https://airbyte.example.com?a`, []string{`url: "https://airbyte.example.com?a" has a path: the chart appends its own to it`}, ``},

	{`license: {}`, []string{"license: is of the enterprise edition, any other ignores it"}, `{edition: enterprise, license: {}}`},
	{`{edition: community, auditLog: enabled}`, []string{"auditLog: is of the enterprise edition, any other ignores it"}, `{edition: community, auditLog: disabled}`},
	{`auth: {genericOidc: {` + generic + `}}`, []string{"auth.genericOidc: is of the enterprise edition, any other ignores it"}, `{edition: enterprise, auth: {genericOidc: {` + generic + `}}}`},
	{`auth: {instanceAdmin: {}, oidc: {domain: d, appName: a}}`, []string{"auth.oidc: is of the enterprise edition, any other ignores it"}, `{edition: enterprise, auth: {instanceAdmin: {}, oidc: {domain: d, appName: a}}}`},

	{`{edition: enterprise, auth: {instanceAdmin: {}, oidc: {domain: d, appName: a}, genericOidc: {` + generic + `}}}`, []string{"auth.genericOidc: stands beside auth.oidc: there is one way to log in"}, ``},
	{`{edition: enterprise, auth: {oidc: {domain: d, appName: a}}}`, []string{"auth.instanceAdmin: is missing: the setup of Keycloak makes the first administrator from it"}, ``},
	{`auth: {keycloak: {}}`, []string{"auth.keycloak: stands without auth.oidc, which alone brings Keycloak"}, `{edition: enterprise, auth: {instanceAdmin: {}, oidc: {domain: d, appName: a}, keycloak: {}}}`},
	{`{edition: enterprise, auth: {genericOidc: {clientId: c, audience: a, issuer: i, authorizationServerEndpoint: 'https://i', jwksEndpoint: 'https://i'}}}`, []string{`auth.genericOidc.issuer: "i" is no absolute http or https URL`}, ``},
	{`auth: {secretName: s}`, []string{"auth.secretName: nothing is read from it"}, `auth: {secretName: s, instanceAdmin: {}}`},

	{`database: {type: internal, host: db, port: 1}`, []string{"database.host: is of an external database, and database.type is internal", "database.port: is of an external database, and database.type is internal"}, `database: {type: internal}`},
	{`database: {type: external}`, []string{"database.host: is missing: an external database has one"}, `database: {type: external, host: db}`},
	{`database: {type: external, host: "db:5432"}`, []string{`database.host: "db:5432" is no host name`}, `database: {type: external, host: db, port: 5432}`},
	{`database: {type: external, host: "postgres://db"}`, []string{`database.host: "postgres://db" is no host name`}, ``},
	{`database: {type: external, host: db, port: 70000}`, []string{"database.port: 70000 is no port"}, ``},
	{`database: {type: external, host: db, port: -1}`, []string{"database.port: -1 is no port"}, ``},
	{`database: {type: external, host: db, user: u, userSecretKey: k}`, []string{"database.user: stands beside database.userSecretKey: two sources for one thing"}, `database: {type: external, host: db, user: u}`},
	{`database: {type: external, host: db, cloudSqlProxy: enabled, replica: {}}`, []string{"database.replica: is not passed: database.cloudSqlProxy is enabled"}, `database: {type: external, host: db, replica: {}}`},

	{`storage: {type: s3, bucket: lake}`, []string{"storage.s3: is missing"}, `storage: {` + lake + `}`},
	{`storage: {` + lake + `, gcs: {}}`, []string{"storage.gcs: has no effect: storage.type is s3"}, ``},
	{`storage: {type: s3, bucket: lake, s3: {region: r, authentication: instanceProfile, accessKeyIdSecretKey: k}}`, []string{"storage.s3.authentication: is instanceProfile, and keys are named beside it: two sources for one thing"}, `storage: {type: s3, bucket: lake, s3: {region: r, authentication: instanceProfile}}`},
	{`storage: {type: gcs, buckets: {log: a, state: b}}`, []string{
		"storage.buckets.workloadOutput: is missing: the chart would use a bucket of a fixed name", "storage.buckets.activityPayload: is missing: the chart would use a bucket of a fixed name",
	}, `storage: {type: gcs, buckets: {log: a, state: b, workloadOutput: c, activityPayload: d}}`},
	{`{edition: enterprise, auditLog: enabled, storage: {type: azure, buckets: {log: a, state: b, workloadOutput: c, activityPayload: d}}}`, []string{"storage.buckets.auditLogging: is missing: the chart would use a bucket of a fixed name"}, `{edition: enterprise, auditLog: enabled, storage: {type: azure, bucket: lake}}`},
	{`storage: {type: minio, bucket: lake, minio: {endpoint: "minio:9000"}}`, []string{`storage.minio.endpoint: "minio:9000" is no absolute http or https URL`}, `storage: {type: minio, bucket: lake, minio: {endpoint: "http://minio:9000"}}`},
	{`storage: {type: minio, minio: {endpoint: "http://minio:9000"}}`, []string{
		"storage.buckets.log: is missing: the chart would use a bucket of a fixed name", "storage.buckets.state: is missing: the chart would use a bucket of a fixed name",
		"storage.buckets.workloadOutput: is missing: the chart would use a bucket of a fixed name", "storage.buckets.activityPayload: is missing: the chart would use a bucket of a fixed name",
	}, `storage: {type: minio}`},

	{`secretsManager: {type: aws}`, []string{"secretsManager.aws: is missing"}, `secretsManager: {type: aws, aws: {region: r}}`},
	{`secretsManager: {type: gcp, aws: {region: r}, gcp: {projectId: p}}`, []string{"secretsManager.aws: has no effect: secretsManager.type is gcp"}, `secretsManager: {type: gcp, gcp: {projectId: p}}`},
	{`secretsManager: {type: aws, aws: {region: r, authentication: instanceProfile, secretAccessKeySecretKey: k}}`, []string{"secretsManager.aws.authentication: is instanceProfile, and keys are named beside it: two sources for one thing"}, ``},
	{`secretsManager: {type: aws, aws: {region: r, kmsKeyArn: 1234abcd}}`, []string{`secretsManager.aws.kmsKeyArn: "1234abcd" is no ARN of a KMS key`}, `secretsManager: {type: aws, aws: {region: r, kmsKeyArn: "arn:aws-cn:kms:cn-north-1:111122223333:alias/airbyte"}}`},
	{`secretsManager: {type: azure, azure: {vaultUrl: vault, tenantId: t, tags: {a: "b,c"}}}`, []string{`secretsManager.azure.vaultUrl: "vault" is no absolute http or https URL`, "secretsManager.azure.tags.a: holds a comma or an equals sign, which separate tags"}, `secretsManager: {type: azure, azure: {vaultUrl: "https://v/", tenantId: t, tags: {a: b}}}`},
	{`secretsManager: {type: vault, vault: {address: vault}}`, []string{`secretsManager.vault.address: "vault" is no absolute http or https URL`}, `secretsManager: {type: vault, vault: {address: "https://vault:8200"}}`},

	{`images: {registry: "https://ghcr.io/example"}`, []string{"images.registry: has a scheme, which no image name has"}, `images: {registry: ghcr.io/example}`},
	{`images: {registry: ghcr.io/example/}`, []string{"images.registry: ends in a slash"}, ``},

	{`workloadIdentity: {type: irsa}`, []string{`workloadIdentity.roleArn: "" is no ARN of an IAM role`}, `workloadIdentity: {type: irsa, roleArn: "arn:aws:iam::111122223333:role/airbyte"}`},
	{`workloadIdentity: {type: eks-pod-identity, roleArn: airbyte}`, []string{`workloadIdentity.roleArn: "airbyte" is no ARN of an IAM role`}, `workloadIdentity: {type: eks-pod-identity}`},
	{`workloadIdentity: {type: gke, serviceAccount: airbyte}`, []string{`workloadIdentity.serviceAccount: "airbyte" is no Google service account`}, `workloadIdentity: {type: gke, serviceAccount: a@p.iam.gserviceaccount.com}`},
	{`workloadIdentity: {type: azure}`, []string{"workloadIdentity.clientId: is missing"}, `workloadIdentity: {type: azure, clientId: c, tenantId: t}`},
	{`workloadIdentity: {type: azure, clientId: c, serviceAccount: a@p.iam.gserviceaccount.com}`, []string{"workloadIdentity.serviceAccount: has no effect: workloadIdentity.type is azure"}, ``},
	{`{serviceAccount: {create: external}, workloadIdentity: {type: azure, clientId: c}}`, []string{"serviceAccount.create: is external: workloadIdentity cannot annotate a ServiceAccount that is not in the output"}, `{serviceAccount: {create: external}, workloadIdentity: {type: eks-pod-identity}}`},

	{`env: {A-B: x}`, []string{"env.A-B: is no name of an environment variable"}, `env: {A_B: x}`},
	{`{env: {A: x}, secretEnv: {A: {key: k}}}`, []string{"secretEnv.A: stands beside env.A: two sources for one variable"}, `{env: {A: x}, secretEnv: {B: {key: k}}}`},
	{`components: {cron: {env: {A: x}, secretEnv: {A: {key: k}, 1B: {key: k}}}}`, []string{"components.cron.secretEnv.A: stands beside components.cron.env.A: two sources for one variable", "components.cron.secretEnv.1B: is no name of an environment variable"}, `{env: {A: x}, components: {cron: {secretEnv: {A: {key: k}}}}}`},
	{`{dataPlane: {role: control-plane}, components: {workloadLauncher: {replicas: 2}}}`, []string{"components.workloadLauncher: has no effect: dataPlane.role is control-plane, which leaves jobs to data planes"}, `{dataPlane: {role: hybrid}, components: {workloadLauncher: {replicas: 2}}}`},
	{`components: {worker: {replicas: -1}}`, []string{"components.worker.replicas: is -1"}, `components: {worker: {replicas: 0}}`},
}

func TestCheck(t *testing.T) {
	for _, tt := range checks {
		if diff := cmp.Diff(tt.want, said(settings(t, tt.wrong).Check())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.wrong, diff)
		}
		if right := said(settings(t, tt.right).Check()); len(right) > 0 {
			t.Errorf("%s: %q", tt.right, right)
		}
	}
}

// Nothing is wrong with settings that say nothing.
func TestCheckNothing(t *testing.T) {
	if problems := (&airbyte.Settings{}).Check(); len(problems) > 0 {
		t.Error(problems)
	}
}
