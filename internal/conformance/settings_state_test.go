package conformance

// What Airbyte keeps and where: database, storage, secrets manager.
var stateSettings = []setting{
	{
		name: "internal database", spec: `database: {type: internal}`,
		facts: when{"": `
			db Service/airbyte-db-svc: present
			T: POSTGRES_USER <- airbyte-airbyte-secrets[DATABASE_USER]`},
	},
	{
		name: "external database", spec: `database: {type: external, host: db.example.com}`,
		facts: when{
			"": `
				db: absent
				Service/airbyte-db-svc: absent
				C boot S W A L: DATABASE_HOST = db.example.com
				C boot S W A L: DATABASE_PORT = 5432
				C boot S W A L: DATABASE_DB = airbyte
				C boot S W A L: DATABASE_URL = jdbc:postgresql://db.example.com:5432/airbyte
				C boot S W A L: DATABASE_USER <- airbyte-config-secrets[database-user]
				C boot S W A L: DATABASE_PASSWORD <- airbyte-config-secrets[database-password]
				T: POSTGRES_SEEDS = db.example.com
				T: DB_PORT = 5432
				T: POSTGRES_USER <- airbyte-config-secrets[database-user]
				T: POSTGRES_PWD <- airbyte-config-secrets[database-password]
				T: SQL_TLS_ENABLED = true
				T: POSTGRES_TLS_ENABLED = true
				T: SQL_TLS_DISABLE_HOST_VERIFICATION = true`,
			"V2 >=2.1.0": `
				C boot S W A L: CONFIG_DATABASE_REPLICA_USER <- airbyte-config-secrets[database-user]
				C boot S W A L: CONFIG_DATABASE_REPLICA_PASSWORD <- airbyte-config-secrets[database-password]`,
			"V2 <2.1.0": `S: CONFIG_DATABASE_REPLICA_USER absent`,
		},
	},
	{
		name: "external database, everything said", spec: `
  database: {type: external, host: db.example.com, port: 6543, name: mine, secretName: db, userSecretKey: u, passwordSecretKey: p, tls: disabled}`,
		facts: when{
			"": `
				C boot S W A L: DATABASE_PORT = 6543
				C boot S W A L: DATABASE_DB = mine
				C boot S W A L: DATABASE_USER <- db[u]
				C boot S W A L: DATABASE_PASSWORD <- db[p]
				T: POSTGRES_USER <- db[u]
				T: POSTGRES_PWD <- db[p]
				T: DB_PORT = 6543
				db: absent`,
			"V1": `T: SQL_TLS_ENABLED absent`,
			"V2": `T: SQL_TLS_ENABLED = false`,
		},
	},
	{
		name: "database user in clear", official: true, spec: `database: {type: external, host: db.example.com, user: ada}`,
		refused: when{"V2": `database.user: chart airbyte`},
		facts: when{"V1": `
			S: DATABASE_USER <- airbyte-airbyte-secrets[DATABASE_USER]
			own: .stringData.DATABASE_USER = ada
			S: DATABASE_PASSWORD <- airbyte-config-secrets[database-password]`},
	},
	{
		name: "replica", official: true, spec: `
  database:
    type: external
    host: db.example.com
    replica: {url: "jdbc:postgresql://replica.example.com:5432/airbyte", userSecretKey: ru, passwordSecretKey: rp}`,
		refused: when{
			"V1":        `database.replica.url: chart airbyte`,
			"V2 <2.1.0": `database.replica.url: chart airbyte`,
		},
		facts: when{"V2 >=2.1.0": `
			C boot S W A L: CONFIG_DATABASE_REPLICA_URL = jdbc:postgresql://replica.example.com:5432/airbyte
			C boot S W A L: CONFIG_DATABASE_REPLICA_USER <- airbyte-config-secrets[ru]
			C boot S W A L: CONFIG_DATABASE_REPLICA_PASSWORD <- airbyte-config-secrets[rp]`},
	},
	{
		name: "Cloud SQL proxy", spec: `database: {type: external, host: 127.0.0.1, cloudSqlProxy: enabled}`,
		refused: when{"V1": `database.cloudSqlProxy: chart airbyte`},
		facts: when{
			"V2": `
				C boot S W A L: DATABASE_USER absent
				C boot S W A L: DATABASE_PASSWORD absent
				T: POSTGRES_PWD <- airbyte-config-secrets[database-password]`,
			"V2 >=2.1.0": `S W: CONFIG_DATABASE_REPLICA_USER absent`,
		},
	},
	{
		name: "S3 with credentials, a bucket each", on: "V1 V2 DP", spec: `
  storage:
    type: s3
    buckets: {log: a, state: b, workloadOutput: c, activityPayload: d, auditLogging: e}
    s3: {region: eu-central-1}`,
		refused: when{"V1 <1.9.0": `storage.buckets.auditLogging: chart airbyte`},
		facts: when{
			"": `
				S W L: AWS_DEFAULT_REGION = eu-central-1
				S W L: AWS_ACCESS_KEY_ID <- airbyte-config-secrets[s3-access-key-id]
				S W L: AWS_SECRET_ACCESS_KEY <- airbyte-config-secrets[s3-secret-access-key]
				S W L: STORAGE_BUCKET_LOG = a
				S W L: STORAGE_BUCKET_STATE = b
				S W L: STORAGE_BUCKET_WORKLOAD_OUTPUT = c
				S W L: STORAGE_BUCKET_ACTIVITY_PAYLOAD = d
				S W L: STORAGE_BUCKET_AUDIT_LOGGING = e
				minio: absent`,
			"V1": `
				S W A L: STORAGE_TYPE = S3
				A: AWS_ACCESS_KEY_ID <- airbyte-config-secrets[s3-access-key-id]`,
			"V2 DP": `
				S W L: STORAGE_TYPE = s3
				S W L: AWS_AUTHENTICATION_TYPE = credentials`,
		},
	},
	{
		name: "S3 with keys of other names, one bucket", on: "V1 V2 DP", spec: `
  storage: {type: s3, bucket: lake, secretName: keys, buckets: {state: mine}, s3: {region: eu-central-1, accessKeyIdSecretKey: id, secretAccessKeySecretKey: key}}`,
		facts: when{"": `
			S W L: AWS_ACCESS_KEY_ID <- keys[id]
			S W L: AWS_SECRET_ACCESS_KEY <- keys[key]
			S W L: STORAGE_BUCKET_LOG = lake
			S W L: STORAGE_BUCKET_STATE = mine
			S W L: STORAGE_BUCKET_WORKLOAD_OUTPUT = lake
			S W L: STORAGE_BUCKET_ACTIVITY_PAYLOAD = lake`},
	},
	{
		name: "S3 by instance profile", on: "V1 V2 DP", spec: `
  storage: {type: s3, bucket: lake, s3: {region: eu-central-1, authentication: instanceProfile}}`,
		facts: when{
			"": `S W L: AWS_DEFAULT_REGION = eu-central-1`,
			"V1": `
				S W A L: AWS_ACCESS_KEY_ID absent
				S W A L: AWS_SECRET_ACCESS_KEY absent`,
			"V2": `
				S W L: AWS_AUTHENTICATION_TYPE = instanceProfile
				S W L: AWS_ACCESS_KEY_ID <- airbyte-airbyte-secrets[AWS_ACCESS_KEY_ID]
				own: .stringData.AWS_ACCESS_KEY_ID =`,
			"DP": `L: AWS_AUTHENTICATION_TYPE = instanceProfile`,
		},
	},
	{
		name: "GCS", on: "V1 V2 DP", spec: `storage: {type: gcs, bucket: lake}`,
		facts: when{
			"": `
				S W L: STORAGE_BUCKET_LOG = lake
				minio: absent`,
			"V1": `
				S W L: STORAGE_TYPE = GCS
				S W L: GOOGLE_APPLICATION_CREDENTIALS = /secrets/gcs-log-creds/gcp.json
				W L: CONTAINER_ORCHESTRATOR_SECRET_NAME = airbyte-config-secrets
				S W L: .container.volumeMounts[0].mountPath = /secrets/gcs-log-creds
				S W L: .pod.spec.volumes[0].secret.secretName = airbyte-config-secrets`,
			"V2 DP": `
				S W L: STORAGE_TYPE = gcs
				S W L: GOOGLE_APPLICATION_CREDENTIALS = /secrets/gcp-creds/gcp.json
				S W L: GOOGLE_APPLICATION_CREDENTIALS_JSON <- airbyte-config-secrets[gcp.json]
				S W L: .container.volumeMounts[0].mountPath = /secrets/gcp-creds
				S W L: .pod.spec.volumes[0].secret.items = [{"key":"gcp.json","path":"gcp.json"}]
				S W L: .pod.spec.volumes[0].secret.secretName = airbyte-config-secrets`,
		},
	},
	{
		name: "GCS with a key of another name", on: "V1 V2 DP", spec: `storage: {type: gcs, bucket: lake, secretName: keys, gcs: {credentialsSecretKey: sa.json}}`,
		refused: when{"V1": `storage.gcs.credentialsSecretKey: is "sa.json", and chart V1 reads no key but gcp.json`},
		facts: when{"V2 DP": `
			S W L: GOOGLE_APPLICATION_CREDENTIALS_JSON <- keys[sa.json]
			S W L: .pod.spec.volumes[0].secret.items = [{"key":"sa.json","path":"gcp.json"}]
			S W L: .pod.spec.volumes[0].secret.secretName = keys`},
	},
	{
		name: "Azure Blob", on: "V1 V2 DP", spec: `storage: {type: azure, bucket: lake}`,
		facts: when{
			"": `
				S W L: AZURE_STORAGE_CONNECTION_STRING <- airbyte-config-secrets[azure-blob-store-connection-string]
				S W L: STORAGE_BUCKET_LOG = lake
				minio: absent`,
			"V1":    `S W L: STORAGE_TYPE = AZURE`,
			"V2 DP": `S W L: STORAGE_TYPE = azure`,
		},
	},
	{
		name: "Azure Blob, a key of another name", on: "V1 V2 DP", spec: `storage: {type: azure, bucket: lake, secretName: keys, azure: {connectionStringSecretKey: blob}}`,
		facts: when{"": `S W L: AZURE_STORAGE_CONNECTION_STRING <- keys[blob]`},
	},
	{
		name: "MinIO of the chart", spec: `storage: {type: minio}`,
		facts: when{
			"": `
				minio: present
				S W L: S3_PATH_STYLE_ACCESS = true`,
			"V1": `
				S: STORAGE_TYPE = MINIO
				S W L: MINIO_ENDPOINT = http://airbyte-minio-svc:9000`,
			"V2": `
				S: STORAGE_TYPE = minio
				S W L: MINIO_ENDPOINT = http://airbyte-minio-svc.data:9000`,
		},
	},
	{
		name: "MinIO elsewhere", on: "V1 V2 DP", spec: `
  storage: {type: minio, bucket: lake, minio: {endpoint: "https://minio.example.com:9000"}}`,
		facts: when{
			"": `
				S W L: MINIO_ENDPOINT = https://minio.example.com:9000
				S W L: AWS_ACCESS_KEY_ID <- airbyte-config-secrets[minio-access-key-id]
				S W L: AWS_SECRET_ACCESS_KEY <- airbyte-config-secrets[minio-secret-access-key]
				S W L: STORAGE_BUCKET_LOG = lake`,
			"V2 DP": `minio: absent`,
		},
	},
	{
		name: "AWS Secrets Manager", on: "V1 V2 DP", spec: `
  secretsManager:
    type: aws
    aws:
      region: eu-central-1
      tags: {team: data, env: prod}
      kmsKeyArn: arn:aws:kms:eu-central-1:111122223333:key/1234abcd`,
		facts: when{
			"": `
				S W L: AWS_SECRET_MANAGER_REGION = eu-central-1
				S W L: AWS_SECRET_MANAGER_SECRET_TAGS = env=prod,team=data
				S W L: AWS_KMS_KEY_ARN = arn:aws:kms:eu-central-1:111122223333:key/1234abcd
				S W L: AWS_SECRET_MANAGER_ACCESS_KEY_ID <- airbyte-config-secrets[aws-secret-manager-access-key-id]
				S W L: AWS_SECRET_MANAGER_SECRET_ACCESS_KEY <- airbyte-config-secrets[aws-secret-manager-secret-access-key]`,
			"V1":    `S W L: SECRET_PERSISTENCE = aws_secret_manager`,
			"V2 DP": `S W L: SECRET_PERSISTENCE = AWS_SECRET_MANAGER`,
		},
	},
	{
		name: "AWS Secrets Manager, keys of other names", on: "V1 V2 DP", spec: `
  secretsManager: {type: aws, secretName: keys, aws: {region: eu-central-1, accessKeyIdSecretKey: id, secretAccessKeySecretKey: key}}`,
		facts: when{"": `
			S W L: AWS_SECRET_MANAGER_ACCESS_KEY_ID <- keys[id]
			S W L: AWS_SECRET_MANAGER_SECRET_ACCESS_KEY <- keys[key]`},
	},
	{
		name: "AWS Secrets Manager by instance profile", on: "V1 V2 DP", spec: `
  secretsManager: {type: aws, aws: {region: eu-central-1, authentication: instanceProfile}}`,
		facts: when{
			"":   `S W L: AWS_SECRET_MANAGER_REGION = eu-central-1`,
			"V1": `S W L: AWS_SECRET_MANAGER_ACCESS_KEY_ID absent`,
			"V2": `
				S W L: AWS_SECRET_MANAGER_ACCESS_KEY_ID <- airbyte-airbyte-secrets[AWS_SECRET_MANAGER_ACCESS_KEY_ID]
				own: .stringData.AWS_SECRET_MANAGER_ACCESS_KEY_ID =`,
		},
	},
	{
		name: "Google Secret Manager", on: "V1 V2 DP", spec: `
  secretsManager: {type: gcp, gcp: {projectId: example}}`,
		facts: when{
			"": `
				S W L: SECRET_STORE_GCP_PROJECT_ID = example
				S W L: SECRET_STORE_GCP_CREDENTIALS <- airbyte-config-secrets[gcp.json]`,
			"V1":    `S W L: SECRET_PERSISTENCE = google_secret_manager`,
			"V2 DP": `S W L: SECRET_PERSISTENCE = GOOGLE_SECRET_MANAGER`,
		},
	},
	{
		name: "Google Secret Manager in a region", official: true, on: "V1 V2 DP", spec: `
  secretsManager: {type: gcp, secretName: keys, gcp: {projectId: example, region: europe-west1, credentialsSecretKey: gsm.json}}`,
		refused: when{"V1 -googleSecretManager.region": `secretsManager.gcp.region: chart airbyte`},
		facts: when{
			"V1": `
				S W: SECRET_STORE_GCP_REGION = europe-west1
				S W L: SECRET_STORE_GCP_CREDENTIALS <- keys[gsm.json]`,
			"V2 DP": `
				S W L: SECRET_STORE_GCP_REGION = europe-west1
				S W L: SECRET_STORE_GCP_CREDENTIALS <- keys[gsm.json]`,
		},
	},
	{
		name: "Azure Key Vault", on: "V1 V2 DP", spec: `
  secretsManager: {type: azure, azure: {vaultUrl: "https://example.vault.azure.net/", tenantId: tenant}}`,
		facts: when{
			"": `
				S W L: AB_AZURE_KEY_VAULT_VAULT_URL = https://example.vault.azure.net/
				S W L: AB_AZURE_KEY_VAULT_TENANT_ID = tenant
				S W L: AB_AZURE_KEY_VAULT_CLIENT_ID <- airbyte-config-secrets[azure-key-vault-client-id]
				S W L: AB_AZURE_KEY_VAULT_CLIENT_SECRET <- airbyte-config-secrets[azure-key-vault-client-secret]`,
			"V1":    `S W L: SECRET_PERSISTENCE = azure_key_vault`,
			"V2 DP": `S W L: SECRET_PERSISTENCE = AZURE_KEY_VAULT`,
		},
	},
	{
		name: "Azure Key Vault, tags and keys of other names", on: "V1 V2 DP", spec: `
  secretsManager:
    type: azure
    secretName: keys
    azure: {vaultUrl: "https://example.vault.azure.net/", tenantId: tenant, clientIdSecretKey: id, clientSecretSecretKey: secret, tags: {team: data, env: prod}}`,
		refused: when{
			"DP":                     `secretsManager.azure.tags: chart airbyte-data-plane`,
			"V2 -azureKeyVault.tags": `secretsManager.azure.tags: chart airbyte`,
		},
		facts: when{"V1 V2": `
			S W L: AB_AZURE_KEY_VAULT_TAGS = env=prod,team=data
			S W L: AB_AZURE_KEY_VAULT_CLIENT_ID <- keys[id]
			S W L: AB_AZURE_KEY_VAULT_CLIENT_SECRET <- keys[secret]`},
	},
	{
		name: "Vault", on: "V1 V2 DP", spec: `
  secretsManager: {type: vault, vault: {address: "https://vault.example.com:8200", prefix: airbyte/, authTokenSecretKey: token}}`,
		facts: when{
			"": `
				S W L: VAULT_ADDRESS = https://vault.example.com:8200
				S W L: VAULT_PREFIX = airbyte/
				S W L: VAULT_AUTH_TOKEN <- airbyte-config-secrets[token]`,
			"V1":    `S W L: SECRET_PERSISTENCE = vault`,
			"V2 DP": `S W L: SECRET_PERSISTENCE = VAULT`,
			"V2": `
				S W L: VAULT_AUTH_TOKEN_REF_NAME = airbyte-config-secrets
				S W L: VAULT_AUTH_TOKEN_REF_KEY = token`,
		},
	},
}
