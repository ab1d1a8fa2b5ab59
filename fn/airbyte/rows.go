package airbyte

import "strings"

// row says which values a setting becomes, by generation: paths separated by
// blanks, or none where the generation has no counterpart. A row marked by hand
// is set in compile.go, where one value depends on more than one setting; its
// paths are here all the same, so that the table and the docs made from it are
// whole.
type row struct {
	field      string
	v1, v2, dp string
	byHand     bool
}

func (r row) paths(g Generation) []string {
	switch g {
	case V1:
		return strings.Fields(r.v1)
	case DataPlane:
		return strings.Fields(r.dp)
	}
	return strings.Fields(r.v2)
}

// rows is the table. Its facts were found by rendering the official charts
// 1.9.2, 2.0.19, 2.1.1, 2.2.0 and airbyte-data-plane 2.2.0, and the conformance
// suite holds it against all releases.
var rows = append([]row{
	{"edition", "global.edition", "global.edition", "edition", false},
	{"url", "global.airbyteUrl", "global.airbyteUrl", "airbyteUrl", false},
	{"license.secretName", "global.enterprise.secretName", "global.enterprise.secretName", "enterprise.secretName", false},
	{"license.secretKey", "global.enterprise.licenseKeySecretKey", "global.enterprise.licenseKeySecretKey", "enterprise.licenseKeySecretKey", false},

	{"auth.secretName", "global.auth.instanceAdmin.secretName", "global.auth.secretName global.auth.instanceAdmin.secretName", "", false},
	{"auth.jwtSignatureSecretKey", "", "global.auth.security.jwtSignatureSecretSecretKey", "", false},
	{"auth.instanceAdmin.firstName", "global.auth.instanceAdmin.firstName", "global.auth.instanceAdmin.firstName", "", false},
	{"auth.instanceAdmin.lastName", "global.auth.instanceAdmin.lastName", "global.auth.instanceAdmin.lastName", "", false},
	{"auth.instanceAdmin.emailSecretKey", "global.auth.instanceAdmin.emailSecretKey", "keycloakSetup.extraEnv", "", true},
	{"auth.instanceAdmin.passwordSecretKey", "global.auth.instanceAdmin.passwordSecretKey", "global.auth.instanceAdmin.passwordSecretKey", "", false},
	{"auth.instanceAdmin.clientIdSecretKey", "", "global.auth.instanceAdmin.clientIdSecretKey", "", false},
	{"auth.instanceAdmin.clientSecretSecretKey", "", "global.auth.instanceAdmin.clientSecretSecretKey", "", false},

	{"auth.oidc.domain", oidc + "domain", oidc + "domain keycloakSetup.extraEnv", "", true},
	{"auth.oidc.appName", oidc + "appName", oidc + "appName keycloakSetup.extraEnv", "", true},
	{"auth.oidc.displayName", oidc + "displayName", oidc + "displayName keycloakSetup.extraEnv", "", true},
	{"auth.oidc.clientIdSecretKey", oidc + "clientIdSecretKey", oidc + "clientIdSecretKey keycloakSetup.extraEnv", "", true},
	{"auth.oidc.clientSecretSecretKey", oidc + "clientSecretSecretKey", oidc + "clientSecretSecretKey keycloakSetup.extraEnv", "", true},
	{"auth.genericOidc.clientId", "", generic + "clientId", "", false},
	{"auth.genericOidc.audience", "", generic + "audience", "", false},
	{"auth.genericOidc.extraScopes", "", generic + "extraScopes", "", false},
	{"auth.genericOidc.issuer", "", generic + "issuer", "", false},
	{"auth.genericOidc.authorizationServerEndpoint", "", generic + "endpoints.authorizationServerEndpoint", "", false},
	{"auth.genericOidc.jwksEndpoint", "", generic + "endpoints.jwksEndpoint", "", false},
	{"auth.genericOidc.fields.subject", "", generic + "fields.subject", "", false},
	{"auth.genericOidc.fields.email", "", generic + "fields.email", "", false},
	{"auth.genericOidc.fields.name", "", generic + "fields.name", "", false},
	{"auth.genericOidc.fields.issuer", "", generic + "fields.issuer", "", false},
	{"auth.keycloak.adminUserSecretKey", "", "keycloak.auth.adminUsernameSecretKey", "", false},
	{"auth.keycloak.adminPasswordSecretKey", "", "keycloak.auth.adminPasswordSecretKey", "", false},
	{"auth.keycloak.database.secretName", "", "keycloak.database.secretName", "", false},
	{"auth.keycloak.database.host", "", "keycloak.database.host", "", false},
	{"auth.keycloak.database.port", "", "keycloak.database.port", "", false},
	{"auth.keycloak.database.name", "", "keycloak.database.name", "", false},
	{"auth.keycloak.database.userSecretKey", "", "keycloak.database.userSecretKey", "", false},
	{"auth.keycloak.database.passwordSecretKey", "", "keycloak.database.passwordSecretKey", "", false},

	{"database.type", "global.database.type postgresql.enabled", "global.database.type postgresql.enabled", "", true},
	{"database.host", "global.database.host", "global.database.host", "", false},
	{"database.port", "global.database.port", "global.database.port", "", false},
	{"database.name", "global.database.database", "global.database.name", "", false},
	{"database.user", "global.database.user", "", "", false},
	{"database.secretName", "global.database.secretName", "global.database.secretName", "", false},
	{"database.userSecretKey", "global.database.userSecretKey", "global.database.userSecretKey", "", false},
	{"database.passwordSecretKey", "global.database.passwordSecretKey", "global.database.passwordSecretKey", "", false},
	{"database.replica.url", "", "global.database.replica.url", "", false},
	{"database.replica.userSecretKey", "", "global.database.replica.userSecretKey", "", false},
	{"database.replica.passwordSecretKey", "", "global.database.replica.passwordSecretKey", "", false},
	{"database.tls", "global.database.type", "global.database.type", "", true},
	{"database.cloudSqlProxy", "", "global.cloudSqlProxy.enabled", "", false},

	{"storage.type", "global.storage.type", "global.storage.type", "storage.type", false},
	{"storage.secretName", "global.storage.secretName global.storage.storageSecretName", "global.storage.secretName", "storage.secretName", false},
	{"storage.buckets.log", "global.storage.bucket.log", "global.storage.bucket.log", "storage.bucket.log", false},
	{"storage.buckets.state", "global.storage.bucket.state", "global.storage.bucket.state", "storage.bucket.state", false},
	{"storage.buckets.workloadOutput", "global.storage.bucket.workloadOutput", "global.storage.bucket.workloadOutput", "storage.bucket.workloadOutput", false},
	{"storage.buckets.activityPayload", "global.storage.bucket.activityPayload", "global.storage.bucket.activityPayload", "storage.bucket.activityPayload", false},
	{"storage.buckets.auditLogging", "global.storage.bucket.auditLogging", "global.storage.bucket.auditLogging", "storage.bucket.auditLogging", false},
	{"storage.s3.region", "global.storage.s3.region", "global.storage.s3.region", "storage.s3.region", false},
	{"storage.s3.authentication", "global.storage.s3.authenticationType", "global.storage.s3.authenticationType", "storage.s3.authenticationType", false},
	{"storage.s3.accessKeyIdSecretKey", "global.storage.s3.accessKeyIdSecretKey", "global.storage.s3.accessKeyIdSecretKey", "storage.s3.accessKeyIdSecretKey", false},
	{"storage.s3.secretAccessKeySecretKey", "global.storage.s3.secretAccessKeySecretKey", "global.storage.s3.secretAccessKeySecretKey", "storage.s3.secretAccessKeySecretKey", false},
	{"storage.gcs.credentialsSecretKey", "", "global.storage.gcs.credentialsJsonSecretKey", "storage.gcs.credentialsJsonSecretKey workloadLauncher.volumes workloadLauncher.volumeMounts", true},
	{"storage.azure.connectionStringSecretKey", "global.storage.azure.connectionStringSecretKey", "global.storage.azure.connectionStringSecretKey", "storage.azure.connectionStringSecretKey", false},
	{"storage.minio.endpoint", "global.storage.minio.endpoint", "global.storage.minio.endpoint minio.enabled", "storage.minio.endpoint", true},
	{"storage.minio.accessKeyIdSecretKey", "global.storage.minio.accessKeyIdSecretKey", "global.storage.minio.accessKeyIdSecretKey", "storage.minio.accessKeyIdSecretKey", false},
	{"storage.minio.secretAccessKeySecretKey", "global.storage.minio.secretAccessKeySecretKey", "global.storage.minio.secretAccessKeySecretKey", "storage.minio.secretAccessKeySecretKey", false},

	{"secretsManager.type", "global.secretsManager.type", "global.secretsManager.type", "secretsManager.type", false},
	{"secretsManager.secretName", "global.secretsManager.secretsManagerSecretName", "global.secretsManager.secretName", "secretsManager.secretName", false},
	{"secretsManager.aws.region", "global." + aws + "region", "global." + aws + "region", aws + "region", false},
	{"secretsManager.aws.authentication", "global." + aws + "authenticationType", "global." + aws + "accessKeyIdSecretKey", aws + "accessKeyIdSecretKey", true},
	{"secretsManager.aws.accessKeyIdSecretKey", "global." + aws + "accessKeyIdSecretKey", "global." + aws + "accessKeyIdSecretKey", aws + "accessKeyIdSecretKey", false},
	{"secretsManager.aws.secretAccessKeySecretKey", "global." + aws + "secretAccessKeySecretKey", "global." + aws + "secretAccessKeySecretKey", aws + "secretAccessKeySecretKey", false},
	{"secretsManager.aws.kmsKeyArn", "global." + aws + "kms", "global." + aws + "kmsArn", aws + "kmsArn", false},
	{"secretsManager.aws.tags", "global." + aws + "tags", "global." + aws + "tags", aws + "tags", false},
	{"secretsManager.gcp.projectId", "global." + gsm + "projectId", "global." + gsm + "projectId", gsm + "projectId", false},
	{"secretsManager.gcp.region", "global." + gsm + "region", "global." + gsm + "region", gsm + "region", false},
	{"secretsManager.gcp.credentialsSecretKey", "global." + gsm + "credentialsSecretKey", "global." + gsm + "credentialsSecretKey", gsm + "credentialsSecretKey", false},
	{"secretsManager.azure.vaultUrl", "global." + akv + "vaultUrl", "global." + akv + "vaultUrl", akv + "vaultUrl", false},
	{"secretsManager.azure.tenantId", "global." + akv + "tenantId", "global." + akv + "tenantId", akv + "tenantId", false},
	{"secretsManager.azure.clientIdSecretKey", "global." + akv + "clientIdSecretKey", "global." + akv + "clientIdSecretKey", akv + "clientIdSecretKey", false},
	{"secretsManager.azure.clientSecretSecretKey", "global." + akv + "clientSecretSecretKey", "global." + akv + "clientSecretSecretKey", akv + "clientSecretSecretKey", false},
	{"secretsManager.azure.tags", "global." + akv + "tags", "global." + akv + "tags", "", false},
	{"secretsManager.vault.address", "global." + vault + "address", "global." + vault + "address", vault + "address", false},
	{"secretsManager.vault.prefix", "global." + vault + "prefix", "global." + vault + "prefix", vault + "prefix", false},
	{"secretsManager.vault.authTokenSecretKey", "global." + vault + "authTokenSecretKey", "global." + vault + "authTokenSecretKey", vault + "authTokenSecretKey", false},

	{"images.registry", "global.image.registry", "global.image.registry", "image.registry image.repository", true},
	{"images.tag", "global.image.tag", "global.image.tag", "image.tag", false},
	{"images.pullSecrets", "global.imagePullSecrets", "global.imagePullSecrets", "imagePullSecrets", false},

	{"serviceAccount.name", "global.serviceAccountName global.jobs.kube.serviceAccountName serviceAccount.name", "global.serviceAccountName serviceAccount.name", "serviceAccount.name", false},
	{"serviceAccount.create", "serviceAccount.create", "serviceAccount.create", "serviceAccount.create", false},
	{"serviceAccount.annotations", "serviceAccount.annotations", "serviceAccount.annotations", "serviceAccount.annotations", false},

	{"workloadIdentity.roleArn", "serviceAccount.annotations", "serviceAccount.annotations", "serviceAccount.annotations", true},
	{"workloadIdentity.serviceAccount", "serviceAccount.annotations", "serviceAccount.annotations", "serviceAccount.annotations", true},
	{"workloadIdentity.clientId", "serviceAccount.annotations", "serviceAccount.annotations", "serviceAccount.annotations", true},
	{"workloadIdentity.tenantId", "serviceAccount.annotations", "serviceAccount.annotations", "serviceAccount.annotations", true},

	{"dataPlane.role", "", "global.cluster.type workloadLauncher.enabled", "", true},
	{"dataPlane.region", "", "", "workloadLauncher.podLabels jobs.kube.labels", true},
	{"dataPlane.secretName", "", "", "dataPlane.secretName dataPlane.clientIdSecretName dataPlane.clientSecretSecretName", false},
	{"dataPlane.clientIdSecretKey", "", "", "dataPlane.clientIdSecretKey", false},
	{"dataPlane.clientSecretSecretKey", "", "", "dataPlane.clientSecretSecretKey", false},

	{"auditLog", "server.env_vars.AUDIT_LOGGING_ENABLED", "server.auditLoggingEnabled", "", false},

	{"env", "global.env_vars", "global.env_vars", "workloadLauncher.extraEnv", true},

	{"jobs.resources.requests", "global.jobs.resources.requests", "global." + mainContainer + "cpu.request global." + mainContainer + "memory.request", mainContainer + "cpu.request " + mainContainer + "memory.request", true},
	{"jobs.resources.limits", "global.jobs.resources.limits", "global." + mainContainer + "cpu.limit global." + mainContainer + "memory.limit", mainContainer + "cpu.limit " + mainContainer + "memory.limit", true},
	{"jobs.nodeSelector", "global.jobs.kube.nodeSelector", "global.jobs.kube.nodeSelector", "jobs.kube.nodeSelector", false},
	{"jobs.tolerations", "global.jobs.kube.tolerations", "global.jobs.kube.tolerations", "jobs.kube.tolerations", false},
	{"jobs.labels", "global.jobs.kube.labels", "global.jobs.kube.labels", "jobs.kube.labels", false},
	{"jobs.annotations", "global.jobs.kube.annotations", "global.jobs.kube.annotations", "jobs.kube.annotations", false},
}, componentRows()...)

// The longer fronts of paths.
const (
	oidc    = "global.auth.identityProvider.oidc."
	generic = "global.auth.identityProvider.genericOidc."
	aws     = "secretsManager.awsSecretManager."
	gsm     = "secretsManager.googleSecretManager."
	akv     = "secretsManager.azureKeyVault."
	vault   = "secretsManager.vault."

	mainContainer = "workloads.resources.mainContainer."
)

// components names each component's values, by generation.
var components = []row{
	{field: "server", v1: "server", v2: "server"},
	{field: "worker", v1: "worker", v2: "worker"},
	{field: "cron", v1: "cron", v2: "cron"},
	{field: "temporal", v1: "temporal", v2: "temporal"},
	{field: "workloadLauncher", v1: "workload-launcher", v2: "workloadLauncher", dp: "workloadLauncher"},
	{field: "workloadApiServer", v1: "workload-api-server", v2: "workloadApiServer"},
	{field: "connectorBuilderServer", v1: "connector-builder-server", v2: "connectorBuilderServer"},
	{field: "manifestServer", v2: "manifestServer"},
	{field: "keycloak", v1: "keycloak", v2: "keycloak"},
	{field: "keycloakSetup", v1: "keycloak-setup", v2: "keycloakSetup"},
	{field: "bootloader", v1: "airbyte-bootloader", v2: "airbyteBootloader"},
}

// componentRows is what can be set of a component, for each.
func componentRows() []row {
	var all []row
	for _, c := range components {
		for _, f := range []struct {
			field, value string
			byHand       bool
		}{
			{"replicas", "replicaCount", false},
			{"resources.requests", "resources.requests", false},
			{"resources.limits", "resources.limits", false},
			{"nodeSelector", "nodeSelector", false},
			{"tolerations", "tolerations", false},
			{"affinity", "affinity", false},
			{"podLabels", "podLabels", false},
			{"podAnnotations", "podAnnotations", false},
			{"env", "env_vars", true},
			{"secretEnv", "extraEnv", true},
		} {
			below := func(prefix string) string {
				if prefix == "" {
					return ""
				}
				return prefix + "." + f.value
			}
			r := row{"components." + c.field + "." + f.field, below(c.v1), below(c.v2), below(c.dp), f.byHand}
			if f.field == "env" && c.dp != "" {
				r.dp = c.dp + ".extraEnv" // the only way the chart has
			}
			if c.field == "keycloakSetup" && (strings.HasPrefix(f.field, "resources") || f.field == "affinity" || f.field == "nodeSelector") {
				// V2 writes them a level too high, into an object that the API
				// server refuses.
				r.v2 = ""
			}
			all = append(all, r)
		}
	}
	return all
}
