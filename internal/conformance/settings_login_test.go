package conformance

// Who may use Airbyte: edition, license, URL, administrator, identity provider.
var loginSettings = []setting{
	{
		name: "no settings", spec: `{}`,
		facts: when{
			"": `
				S: AIRBYTE_EDITION = community
				env: .data.DATABASE_PORT = 5432
				S W A: DATABASE_USER <- airbyte-airbyte-secrets[DATABASE_USER]
				S W A: DATABASE_PASSWORD <- airbyte-airbyte-secrets[DATABASE_PASSWORD]
				db minio: present
				kc ks kcs: absent
				ServiceAccount/airbyte-admin: present`,
			"V1": `env: .data.DATABASE_HOST = airbyte-db-svc`,
			"V2": `
				env: .data.DATABASE_HOST = airbyte-db-svc.data.svc.cluster.local
				S W L: SECRET_PERSISTENCE =
				S W L: STORAGE_TYPE = minio
				S W L: MINIO_ENDPOINT = http://airbyte-minio-svc.data:9000
				S W L: S3_PATH_STYLE_ACCESS = true
				S W L: AWS_ACCESS_KEY_ID <- airbyte-airbyte-secrets[AWS_ACCESS_KEY_ID]
				boot: DATAPLANE_CLIENT_ID_SECRET_KEY = dataplane-client-id
				L: DATAPLANE_CLIENT_ID <- airbyte-auth-secrets[dataplane-client-id]
				L: DATAPLANE_CLIENT_SECRET <- airbyte-auth-secrets[dataplane-client-secret]`,
		},
	},
	{
		name: "community", spec: `{edition: community, url: "https://airbyte.example.com"}`,
		facts: when{
			"": `
				S W A L: AIRBYTE_EDITION = community
				S: AIRBYTE_URL = https://airbyte.example.com
				S: AIRBYTE_LICENSE_KEY absent`,
			"V2": `
				W A L: AIRBYTE_URL = https://airbyte.example.com
				S L: CONTROL_PLANE_AUTH_ENDPOINT = https://airbyte.example.com`,
		},
	},
	{
		name: "enterprise", spec: `{edition: enterprise, url: "https://airbyte.example.com"}`,
		refused: when{"V1": `
			values.global.auth.instanceAdmin.firstName: is missing
			values.global.auth.instanceAdmin.lastName: is missing`},
		facts: when{
			"": `
				S W A L: AIRBYTE_EDITION = enterprise
				S C: AIRBYTE_LICENSE_KEY <- airbyte-config-secrets[license-key]`,
			"V2": `
				S: AIRBYTE_API_HOST = https://airbyte.example.com/api/public
				W L A: AIRBYTE_LICENSE_KEY <- airbyte-config-secrets[license-key]
				S: KEYCLOAK_HOST = airbyte.example.com
				kc ks kcs: absent`,
		},
	},
	{
		name: "calls of the API are authorized", official: true, spec: `{edition: enterprise, url: "https://airbyte.example.com"}`, on: "V2 >=2.0.18",
		facts: when{"": `env: .data.API_AUTHORIZATION_ENABLED = true`},
	},
	{
		name: "license elsewhere", spec: `
  edition: enterprise
  url: https://airbyte.example.com
  license: {secretName: license, secretKey: key}
  auth: {instanceAdmin: {firstName: Ada, lastName: Lovelace}}`,
		facts: when{"": `S C: AIRBYTE_LICENSE_KEY <- license[key]`},
	},
	{
		name: "config Secret of another name", spec: `
  edition: enterprise
  url: https://airbyte.example.com
  configSecret: {name: mine}
  auth: {instanceAdmin: {firstName: Ada, lastName: Lovelace}}`,
		facts: when{
			"":   `S C: AIRBYTE_LICENSE_KEY <- mine[license-key]`,
			"V1": `S: INITIAL_USER_PASSWORD <- mine[instance-admin-password]`,
			"V2": `
				S: INITIAL_USER_PASSWORD <- mine[instance-admin-password]
				boot: AB_INSTANCE_ADMIN_PASSWORD <- mine[instance-admin-password]`,
		},
	},
	{
		name: "instance admin", spec: `
  edition: enterprise
  url: https://airbyte.example.com
  auth:
    secretName: people
    instanceAdmin: {firstName: Ada, lastName: Lovelace, emailSecretKey: mail, passwordSecretKey: pass, clientIdSecretKey: id, clientSecretSecretKey: secret}`,
		facts: when{
			"": `
				S: INITIAL_USER_FIRST_NAME = Ada
				S: INITIAL_USER_LAST_NAME = Lovelace
				S: INITIAL_USER_PASSWORD <- people[pass]`,
			"V1": `S ks: INITIAL_USER_EMAIL <- people[mail]`,
			"V2": `
				boot: AB_INSTANCE_ADMIN_PASSWORD <- people[pass]
				boot: AB_INSTANCE_ADMIN_CLIENT_ID <- people[id]
				boot: AB_INSTANCE_ADMIN_CLIENT_SECRET <- people[secret]
				boot: AB_JWT_SIGNATURE_SECRET <- people[jwt-signature-secret]
				S W: AB_JWT_SIGNATURE_SECRET <- airbyte-auth-secrets[jwt-signature-secret]`,
			"V2 >=2.0.18": `S: AB_INSTANCE_ADMIN_CLIENT_ID <- airbyte-auth-secrets[id]`,
		},
	},
	{
		name: "a key for signatures of another name", spec: `{auth: {jwtSignatureSecretKey: jwt, instanceAdmin: {firstName: Ada, lastName: Lovelace}}}`,
		refused: when{"V2": `auth.jwtSignatureSecretKey: is "jwt"`},
	},
	{
		name: "instance admin, community", spec: `
  edition: community
  auth: {instanceAdmin: {firstName: Ada, lastName: Lovelace}}`,
		facts: when{"V2": `
			boot: AB_INSTANCE_ADMIN_PASSWORD <- airbyte-config-secrets[instance-admin-password]
			boot: AB_INSTANCE_ADMIN_CLIENT_ID <- airbyte-config-secrets[instance-admin-client-id]
			boot: AB_INSTANCE_ADMIN_CLIENT_SECRET <- airbyte-config-secrets[instance-admin-client-secret]
			boot: AB_JWT_SIGNATURE_SECRET <- airbyte-config-secrets[jwt-signature-secret]`},
	},
	{
		name: "oidc", spec: `
  edition: enterprise
  url: https://airbyte.example.com
  auth:
    instanceAdmin: {firstName: Ada, lastName: Lovelace}
    oidc: {domain: example.okta.com, appName: airbyte}
  database: {type: external, host: db.example.com}`,
		facts: when{
			"": `
				kc ks kcs: present
				S ks: IDENTITY_PROVIDER_TYPE = oidc
				S ks: OIDC_DOMAIN = example.okta.com
				S ks: OIDC_APP_NAME = airbyte
				S ks: OIDC_CLIENT_ID <- airbyte-config-secrets[client-id]
				S ks: OIDC_CLIENT_SECRET <- airbyte-config-secrets[client-secret]
				ks: INITIAL_USER_EMAIL <- airbyte-config-secrets[instance-admin-email]
				ks: INITIAL_USER_PASSWORD <- airbyte-config-secrets[instance-admin-password]
				ks: INITIAL_USER_FIRST_NAME = Ada
				kc: KEYCLOAK_DATABASE_URL = jdbc:postgresql://db.example.com:5432/airbyte?currentSchema=keycloak
				kc: KEYCLOAK_DATABASE_USERNAME <- airbyte-config-secrets[database-user]
				kc: KEYCLOAK_DATABASE_PASSWORD <- airbyte-config-secrets[database-password]
				kci: DATABASE_USER <- airbyte-config-secrets[database-user]`,
			"V2": `
				kc: KEYCLOAK_DATABASE_HOST = db.example.com
				kc: KEYCLOAK_DATABASE_PORT = 5432
				kc: KEYCLOAK_DATABASE_NAME = airbyte
				S kc ks: KEYCLOAK_ADMIN_USER <- airbyte-config-secrets[keycloak-admin-user]
				S kc ks: KEYCLOAK_ADMIN_PASSWORD <- airbyte-config-secrets[keycloak-admin-password]`,
		},
	},
	{
		name: "oidc, the text of the button", spec: `
  edition: enterprise
  url: https://airbyte.example.com
  auth:
    instanceAdmin: {firstName: Ada, lastName: Lovelace}
    oidc: {domain: example.okta.com, appName: airbyte, displayName: Sign in}`,
		refused: when{"V1 V2 -OIDC_DISPLAY_NAME": `auth.oidc.displayName: chart airbyte`},
		facts:   when{"V1 V2 +OIDC_DISPLAY_NAME": `S ks: OIDC_DISPLAY_NAME = Sign in`},
	},
	{
		name: "oidc, keys and a database of its own", spec: `
  edition: enterprise
  url: https://airbyte.example.com
  auth:
    secretName: people
    instanceAdmin: {firstName: Ada, lastName: Lovelace}
    oidc: {domain: example.okta.com, appName: airbyte, clientIdSecretKey: id, clientSecretSecretKey: secret}
    keycloak:
      adminUserSecretKey: kc-user
      adminPasswordSecretKey: kc-password
      database: {secretName: kc, host: kc.example.com, port: 5433, name: kc, userSecretKey: u, passwordSecretKey: p}
  database: {type: external, host: db.example.com}`,
		refused: when{"V1": `
			auth.keycloak.database.host: chart airbyte
			auth.keycloak.database.port: chart airbyte
			auth.keycloak.database.name: chart airbyte`},
		facts: when{"V2": `
			S ks: OIDC_CLIENT_ID <- people[id]
			S ks: OIDC_CLIENT_SECRET <- people[secret]
			kc ks: KEYCLOAK_ADMIN_USER <- people[kc-user]
			kc ks: KEYCLOAK_ADMIN_PASSWORD <- people[kc-password]
			kc: KEYCLOAK_DATABASE_HOST = kc.example.com
			kc: KEYCLOAK_DATABASE_PORT = 5433
			kc: KEYCLOAK_DATABASE_NAME = kc
			kc: KEYCLOAK_DATABASE_USERNAME <- kc[u]
			kc: KEYCLOAK_DATABASE_PASSWORD <- kc[p]`},
	},
	{
		name: "oidc on the bundled database", spec: `
  edition: enterprise
  url: https://airbyte.example.com
  auth:
    instanceAdmin: {firstName: Ada, lastName: Lovelace}
    oidc: {domain: example.okta.com, appName: airbyte}
  database: {type: internal}`,
		facts: when{"": `
			kc ks db: present
			S: OIDC_CLIENT_ID <- airbyte-config-secrets[client-id]`},
	},
	{
		name: "generic oidc", spec: `
  edition: enterprise
  url: https://airbyte.example.com
  auth:
    instanceAdmin: {firstName: Ada, lastName: Lovelace}
    genericOidc:
      clientId: client
      audience: everyone
      extraScopes: groups profile
      issuer: https://login.example.com
      authorizationServerEndpoint: https://login.example.com/oauth2
      jwksEndpoint: https://login.example.com/keys
      fields: {subject: who, email: mail, name: called}`,
		refused: when{
			"V1":              `auth.genericOidc.: chart airbyte`,
			"V2 -extraScopes": `auth.genericOidc.extraScopes: chart airbyte`,
		},
		facts: when{"V2": `
			S: IDENTITY_PROVIDER_TYPE = generic-oidc
			S boot: AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_OIDC_CLIENT_ID = client
			S: AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_OIDC_AUDIENCE = everyone
			S: AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_OIDC_EXTRA_SCOPES = groups profile
			S: DEFAULT_REALM = https://login.example.com
			S: AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_OIDC_ENDPOINTS_AUTHORIZATION_SERVER_ENDPOINT = https://login.example.com/oauth2
			S: AB_AIRBYTE_AUTH_JWKS_ENDPOINT = https://login.example.com/keys
			S: AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_OIDC_FIELDS_SUB = who
			S: AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_OIDC_FIELDS_EMAIL = mail
			S: AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_OIDC_FIELDS_NAME = called
			S: AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_OIDC_FIELDS_ISSUER = iss
			kc ks kcs: absent`},
	},
	{
		name: "audit log", spec: `
  edition: enterprise
  url: https://airbyte.example.com
  auth: {instanceAdmin: {firstName: Ada, lastName: Lovelace}}
  auditLog: enabled
  storage: {type: s3, buckets: {log: a, state: b, workloadOutput: c, activityPayload: d, auditLogging: e}, s3: {region: eu-central-1}}`,
		refused: when{"V1 <1.9.0": `auditLog: chart airbyte`},
		facts: when{"": `
			S: AUDIT_LOGGING_ENABLED = true
			S: STORAGE_BUCKET_AUDIT_LOGGING = e`},
	},
}
