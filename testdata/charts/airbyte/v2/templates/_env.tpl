{{/*
Where secret variables come from: VARIABLE: feature, and its value that names the key. The feature's own Secret
is asked, else global.secretName, else the chart's; a key that is not named is named like the variable.
*/}}
{{- define "standin.refs.table" -}}
always:
  AIRBYTE_DUMMY_SECRET: own
  BUILDER_GITHUB_AIRBYTE_PAT_TOKEN: own
  CUSTOMERIO_API_KEY: own
  OPENAI_API_KEY_PROJ_FAILED_SYNC_ASSISTANT: own
  DATABASE_USER: database userSecretKey
  DATABASE_PASSWORD: database passwordSecretKey
  AB_JWT_SIGNATURE_SECRET: made jwt-signature-secret
  AB_INSTANCE_ADMIN_PASSWORD: made instance-admin-password
  AB_INSTANCE_ADMIN_CLIENT_ID: made instance-admin-client-id
  AB_INSTANCE_ADMIN_CLIENT_SECRET: made instance-admin-client-secret
  DATAPLANE_CLIENT_ID: made dataplane-client-id
  DATAPLANE_CLIENT_SECRET: made dataplane-client-secret
  {{- include "standin.refs.release" . | nindent 2 }}
edition-enterprise:
  AIRBYTE_LICENSE_KEY: enterprise licenseKeySecretKey
  INITIAL_USER_PASSWORD: admin passwordSecretKey
  KEYCLOAK_ADMIN_USER: keycloak adminUsernameSecretKey
  KEYCLOAK_ADMIN_PASSWORD: keycloak adminPasswordSecretKey
  KEYCLOAK_DATABASE_USERNAME: keycloakDatabase userSecretKey
  KEYCLOAK_DATABASE_PASSWORD: keycloakDatabase passwordSecretKey
idp-oidc: {OIDC_CLIENT_ID: idp clientIdSecretKey, OIDC_CLIENT_SECRET: idp clientSecretSecretKey}
storage-minio: {AWS_ACCESS_KEY_ID: own, AWS_SECRET_ACCESS_KEY: own}
storage-s3: {AWS_ACCESS_KEY_ID: storage accessKeyIdSecretKey, AWS_SECRET_ACCESS_KEY: storage secretAccessKeySecretKey}
storage-gcs: {GOOGLE_APPLICATION_CREDENTIALS_JSON: storage credentialsJsonSecretKey}
storage-azure: {AZURE_STORAGE_CONNECTION_STRING: storage connectionStringSecretKey}
manager-AWS_SECRET_MANAGER: {AWS_SECRET_MANAGER_ACCESS_KEY_ID: manager accessKeyIdSecretKey, AWS_SECRET_MANAGER_SECRET_ACCESS_KEY: manager secretAccessKeySecretKey}
manager-GOOGLE_SECRET_MANAGER: {SECRET_STORE_GCP_CREDENTIALS: manager credentialsSecretKey}
manager-AZURE_KEY_VAULT: {AB_AZURE_KEY_VAULT_CLIENT_ID: manager clientIdSecretKey, AB_AZURE_KEY_VAULT_CLIENT_SECRET: manager clientSecretSecretKey}
manager-VAULT: {VAULT_AUTH_TOKEN: manager authTokenSecretKey}
bootloader:
  AB_INSTANCE_ADMIN_PASSWORD: auth passwordSecretKey
  AB_INSTANCE_ADMIN_CLIENT_ID: auth clientIdSecretKey
  AB_INSTANCE_ADMIN_CLIENT_SECRET: auth clientSecretSecretKey
  AB_JWT_SIGNATURE_SECRET: auth jwtSignatureSecretSecretKey
{{- end }}

{{/* (list root [section]): the rows that apply now, as "VARIABLE: secret/key". */}}
{{- define "standin.refs" -}}
{{- $root := index . 0 }}{{ $g := $root.Values.global }}{{ $auth := $g.auth }}{{ $idp := $auth.identityProvider }}{{ $kc := $root.Values.keycloak }}
{{- $store := get $g.storage $g.storage.type }}
{{- $manager := get $g.secretsManager (get (dict "AWS_SECRET_MANAGER" "awsSecretManager" "GOOGLE_SECRET_MANAGER" "googleSecretManager" "AZURE_KEY_VAULT" "azureKeyVault" "VAULT" "vault") $g.secretsManager.type) }}
{{- $features := dict "database" $g.database "replica" (merge (pick $g.database "secretName") ($g.database.replica | default dict)) "enterprise" $g.enterprise "admin" $auth.instanceAdmin "keycloakDatabase" $kc.database
      "keycloak" (merge (pick $kc "secretName") $kc.auth) "idp" (merge (pick $idp "secretName") ($idp.oidc | default dict))
      "storage" (merge (pick $g.storage "secretName") ($store | default dict)) "manager" (merge (pick $g.secretsManager "secretName") ($manager | default dict))
      "auth" (merge (pick $auth "secretName") (omit $auth.instanceAdmin "secretName") $auth.security) }}
{{- $table := include "standin.refs.table" $root | fromYaml }}
{{- range $section := concat (list "always" (printf "edition-%s" $g.edition) (printf "idp-%s" $idp.type) (printf "storage-%s" $g.storage.type) (printf "manager-%s" $g.secretsManager.type)) (slice . 1) }}
{{- range $variable, $row := get $table $section | default dict }}
{{- $words := splitList " " $row }}{{ $feature := get $features (first $words) | default dict }}
{{- if eq (first $words) "made" }}
{{ $variable }}: airbyte-auth-secrets/{{ last $words }}
{{- else }}
{{ $variable }}: {{ coalesce $feature.secretName $g.secretName (printf "%s-airbyte-secrets" $root.Release.Name) }}/{{ get $feature (last $words) | default $variable }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* The plain variables, as the data of the ConfigMap. */}}
{{- define "standin.data" -}}
{{- $g := .Values.global }}{{ $rel := .Release.Name }}{{ $ns := .Release.Namespace }}{{ $idp := $g.auth.identityProvider }}{{ $sm := $g.secretsManager -}}
{{- $url := default "http://localhost:8080" $g.airbyteUrl }}{{ $server := printf "%s-airbyte-server-svc.%s:8001" $rel $ns }}{{ $keycloak := printf "%s-airbyte-keycloak-svc.%s:8180" $rel $ns -}}
{{- $bundled := printf "airbyte-db-svc.%s.svc.cluster.local" $ns }}{{ $db := default $bundled $g.database.host }}{{ $kdb := .Values.keycloak.database -}}
AB_KUBERNETES_SECRET_NAME: "airbyte-auth-secrets"
AIRBYTE_EDITION: {{ $g.edition | quote }}
AIRBYTE_VERSION: {{ .Chart.AppVersion | quote }}
AIRBYTE_URL: {{ $url | quote }}
AIRBYTE_API_HOST: "{{ default "http://localhost:8001" $g.airbyteUrl }}/api/public"
AIRBYTE_SERVER_HOST: {{ $server | quote }}
INTERNAL_API_HOST: "http://{{ $server }}"
WORKLOAD_API_HOST: "http://{{ $rel }}-workload-api-server-svc.{{ $ns }}:8001"
MANIFEST_SERVER_API_HOST: "http://{{ $rel }}-airbyte-manifest-server-svc.{{ $ns }}:8080"
CONTROL_PLANE_TOKEN_ENDPOINT: "http://{{ $server }}/api/v1/dataplanes/token"
DATAPLANE_CLIENT_ID_SECRET_NAME: "airbyte-auth-secrets"
DATAPLANE_CLIENT_ID_SECRET_KEY: "dataplane-client-id"
DATAPLANE_CLIENT_SECRET_SECRET_NAME: "airbyte-auth-secrets"
DATAPLANE_CLIENT_SECRET_SECRET_KEY: "dataplane-client-secret"
LOG_LEVEL: "info"
MICRONAUT_ENVIRONMENTS: "k8s,control-plane,{{ has $idp.type (list "oidc" "generic-oidc") | ternary $idp.type (printf "edition-%s" $g.edition) }}"
DATABASE_HOST: {{ $db | quote }}
DATABASE_PORT: {{ $g.database.port | quote }}
DATABASE_DB: {{ $g.database.name | quote }}
DATABASE_URL: "jdbc:postgresql://{{ $db }}:{{ int $g.database.port }}/{{ $g.database.name }}"
POSTGRES_TLS_ENABLED: {{ eq $g.database.type "external" | quote }}
SQL_TLS_ENABLED: {{ eq $g.database.type "external" | quote }}
INITIAL_USER_FIRST_NAME: {{ $g.auth.instanceAdmin.firstName | quote }}
INITIAL_USER_LAST_NAME: {{ $g.auth.instanceAdmin.lastName | quote }}
IDENTITY_PROVIDER_TYPE: {{ $idp.type | quote }}
AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_VERIFY_ISSUER: {{ $idp.verifyIssuer | quote }}
AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_VERIFY_AUDIENCE: {{ $idp.verifyAudience | quote }}
{{- if eq $idp.type "oidc" }}
{{- range $variable, $field := dict "DOMAIN" "domain" "APP_NAME" "appName" "DISPLAY_NAME" "displayName" }}
OIDC_{{ $variable }}: {{ get $idp.oidc $field | quote }}
{{- end }}
{{- else if eq $idp.type "generic-oidc" }}
DEFAULT_REALM: {{ $idp.genericOidc.issuer | quote }}
AB_AIRBYTE_AUTH_JWKS_ENDPOINT: {{ $idp.genericOidc.endpoints.jwksEndpoint | quote }}
{{- range $variable, $value := include "standin.data.generic" $idp.genericOidc | fromYaml }}
AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_OIDC_{{ $variable }}: {{ $value | quote }}
{{- end }}
{{- end }}
KEYCLOAK_HOST: {{ (urlParse (default "" $g.airbyteUrl)).host | quote }}
KEYCLOAK_INTERNAL_HOST: {{ eq $g.edition "enterprise" | ternary $keycloak "localhost" | quote }}
KEYCLOAK_INTERNAL_REALM_ISSUER: "{{ $keycloak }}/auth/realms/_airbyte-internal"
KEYCLOAK_DATABASE_URL: "jdbc:postgresql://{{ default $bundled $kdb.host }}:{{ int $kdb.port }}/{{ $kdb.name }}?currentSchema=keycloak"
JAVA_OPTS_APPEND: "-Djgroups.dns.query={{ $rel }}-airbyte-keycloak-headless-svc"
STORAGE_TYPE: {{ $g.storage.type | quote }}
{{- range $variable, $bucket := dict "ACTIVITY_PAYLOAD" "activityPayload" "AUDIT_LOGGING" "auditLogging" "LOG" "log" "STATE" "state" "WORKLOAD_OUTPUT" "workloadOutput" }}
STORAGE_BUCKET_{{ $variable }}: {{ get ($g.storage.bucket | default dict) $bucket | default "airbyte-bucket" | quote }}
{{- end }}
{{- if eq $g.storage.type "s3" }}
AWS_DEFAULT_REGION: {{ $g.storage.s3.region | quote }}
AWS_AUTHENTICATION_TYPE: {{ $g.storage.s3.authenticationType | quote }}
{{- else if eq $g.storage.type "gcs" }}
GOOGLE_APPLICATION_CREDENTIALS: "/secrets/gcp-creds/gcp.json"
GCS_CREDENTIALS_SECRET_NAME: {{ required "global.storage: gcs needs a secretName" $g.storage.secretName | quote }}
{{- else if eq $g.storage.type "minio" }}
MINIO_ENDPOINT: "http://airbyte-minio-svc.{{ $ns }}:9000"
S3_PATH_STYLE_ACCESS: "true"
{{- end }}
SECRET_PERSISTENCE: {{ $sm.type | quote }}
{{- if eq $sm.type "AWS_SECRET_MANAGER" }}
AWS_SECRET_MANAGER_REGION: {{ $sm.awsSecretManager.region | quote }}
AWS_SECRET_MANAGER_SECRET_TAGS: "{{ range $i, $tag := $sm.awsSecretManager.tags }}{{ if $i }},{{ end }}{{ $tag.key }}={{ $tag.value }}{{ end }}"
AWS_KMS_KEY_ARN: {{ $sm.awsSecretManager.kmsArn | quote }}
{{- else if eq $sm.type "GOOGLE_SECRET_MANAGER" }}
SECRET_STORE_GCP_PROJECT_ID: {{ $sm.googleSecretManager.projectId | quote }}
{{- else if eq $sm.type "AZURE_KEY_VAULT" }}
AB_AZURE_KEY_VAULT_TENANT_ID: {{ $sm.azureKeyVault.tenantId | quote }}
AB_AZURE_KEY_VAULT_VAULT_URL: {{ $sm.azureKeyVault.vaultUrl | quote }}
AB_AZURE_KEY_VAULT_TAGS: {{ $sm.azureKeyVault.tags | quote }}
{{- else if eq $sm.type "VAULT" }}
VAULT_ADDRESS: {{ $sm.vault.address | quote }}
VAULT_PREFIX: {{ $sm.vault.prefix | quote }}
{{- end }}
TEMPORAL_HOST: "{{ $rel }}-temporal:7233"
TEMPORAL_WORKER_PORTS: {{ untilStep 9000 9031 1 | join " " | quote }}
PUBLISH_METRICS: "true"
STATSD_PORT: "8125"
AUDIT_LOGGING_ENABLED: {{ .Values.server.auditLoggingEnabled | quote }}
HTTP_IDLE_TIMEOUT: {{ .Values.server.httpIdleTimeout | quote }}
WORKER_ENVIRONMENT: "kubernetes"
JOB_KUBE_SERVICEACCOUNT: {{ $g.serviceAccountName | quote }}
{{- range $variable, $field := dict "ANNOTATIONS" "annotations" "LABELS" "labels" "NODE_SELECTORS" "nodeSelector" }}
JOB_KUBE_{{ $variable }}: "{{ $comma := "" }}{{ range $key, $value := get $g.jobs.kube $field | default dict }}{{ $comma }}{{ $key }}={{ $value }}{{ $comma = "," }}{{ end }}"
{{- end }}
JOB_KUBE_MAIN_CONTAINER_IMAGE_PULL_SECRET: "{{ range $g.imagePullSecrets }}{{ .name }},{{ end }}"
JOB_KUBE_CONNECTOR_IMAGE_REGISTRY: {{ $g.image.registry | quote }}
{{- range $variable, $repository := dict "CONNECTOR_PROFILER" "async-profiler" "CONNECTOR_SIDECAR" "connector-sidecar" "CONTAINER_ORCHESTRATOR" "container-orchestrator" "WORKLOAD_INIT" "workload-init-container" }}
{{ $variable }}_IMAGE: {{ include "standin.image" (list $ (dict "repository" (printf "airbyte/%s" $repository))) | quote }}
{{- end }}
STANDIN_SHAPE: {{ toJson .Values.standin.shape | quote }}
STANDIN_TEXT: "příliš žluťoučký kůň – 滑走路 ✈"
STANDIN_NO: "no"
STANDIN_NULL: "~"
STANDIN_OCTAL: "0644"
STANDIN_EXPONENT: "1e3"
STANDIN_DATE: "2024-01-01"
{{ include "standin.data.release" . }}
{{- end }}

{{- define "standin.data.generic" -}}
CLIENT_ID: {{ .clientId | quote }}
AUDIENCE: {{ .audience | quote }}
EXTRA_SCOPES: {{ .extraScopes | quote }}
ENDPOINTS_AUTHORIZATION_SERVER_ENDPOINT: {{ .endpoints.authorizationServerEndpoint | quote }}
FIELDS_SUB: {{ .fields.subject | quote }}
FIELDS_EMAIL: {{ .fields.email | quote }}
FIELDS_NAME: {{ .fields.name | quote }}
FIELDS_ISSUER: {{ .fields.issuer | quote }}
{{- end }}

{{/* Which variables go together. NAME=OTHER reads another one, NAME@field the Pod; those of a feature that is off are left out. */}}
{{- define "standin.groups" -}}
core: AIRBYTE_EDITION AIRBYTE_VERSION AIRBYTE_URL AIRBYTE_API_HOST AIRBYTE_SERVER_HOST INTERNAL_API_HOST MANIFEST_SERVER_API_HOST AIRBYTE_DUMMY_SECRET LOG_LEVEL MICRONAUT_ENVIRONMENTS
jwt: AB_JWT_SIGNATURE_SECRET
admin: AB_INSTANCE_ADMIN_PASSWORD AB_INSTANCE_ADMIN_CLIENT_ID AB_INSTANCE_ADMIN_CLIENT_SECRET
config: CONFIG_DB_MAX_POOL_SIZE BUILDER_GITHUB_AIRBYTE_PAT_TOKEN CUSTOMERIO_API_KEY OPENAI_API_KEY_PROJ_FAILED_SYNC_ASSISTANT
storage: >-
  STORAGE_TYPE STORAGE_BUCKET_ACTIVITY_PAYLOAD STORAGE_BUCKET_AUDIT_LOGGING STORAGE_BUCKET_LOG STORAGE_BUCKET_STATE STORAGE_BUCKET_WORKLOAD_OUTPUT
  MINIO_ENDPOINT S3_PATH_STYLE_ACCESS AWS_DEFAULT_REGION AWS_AUTHENTICATION_TYPE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
  GOOGLE_APPLICATION_CREDENTIALS GOOGLE_APPLICATION_CREDENTIALS_JSON GCS_CREDENTIALS_SECRET_NAME AZURE_STORAGE_CONNECTION_STRING
secrets: >-
  SECRET_PERSISTENCE AWS_SECRET_MANAGER_ACCESS_KEY_ID AWS_SECRET_MANAGER_SECRET_ACCESS_KEY AWS_SECRET_MANAGER_REGION AWS_SECRET_MANAGER_SECRET_TAGS AWS_KMS_KEY_ARN
  SECRET_STORE_GCP_CREDENTIALS SECRET_STORE_GCP_PROJECT_ID AB_AZURE_KEY_VAULT_CLIENT_ID AB_AZURE_KEY_VAULT_CLIENT_SECRET
  AB_AZURE_KEY_VAULT_TENANT_ID AB_AZURE_KEY_VAULT_VAULT_URL AB_AZURE_KEY_VAULT_TAGS VAULT_ADDRESS VAULT_PREFIX VAULT_AUTH_TOKEN
license: AIRBYTE_LICENSE_KEY
idp: >-
  IDENTITY_PROVIDER_TYPE AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_VERIFY_ISSUER AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_VERIFY_AUDIENCE
  OIDC_DOMAIN OIDC_APP_NAME OIDC_DISPLAY_NAME OIDC_CLIENT_ID OIDC_CLIENT_SECRET DEFAULT_REALM AB_AIRBYTE_AUTH_JWKS_ENDPOINT
  {{- range list "CLIENT_ID" "AUDIENCE" "EXTRA_SCOPES" "ENDPOINTS_AUTHORIZATION_SERVER_ENDPOINT" "FIELDS_SUB" "FIELDS_EMAIL" "FIELDS_NAME" "FIELDS_ISSUER" }}
  AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_OIDC_{{ . }}
  {{- end }}
keycloak: KEYCLOAK_HOST KEYCLOAK_INTERNAL_HOST KEYCLOAK_INTERNAL_REALM_ISSUER KEYCLOAK_ADMIN_USER KEYCLOAK_ADMIN_PASSWORD JAVA_OPTS_APPEND
keycloakdb: KEYCLOAK_DATABASE_URL KEYCLOAK_DATABASE_USERNAME KEYCLOAK_DATABASE_PASSWORD
server: INITIAL_USER_FIRST_NAME INITIAL_USER_LAST_NAME INITIAL_USER_PASSWORD AUDIT_LOGGING_ENABLED HTTP_IDLE_TIMEOUT
jobs: JOB_KUBE_SERVICEACCOUNT JOB_KUBE_NAMESPACE@metadata.namespace JOB_KUBE_ANNOTATIONS JOB_KUBE_LABELS JOB_KUBE_NODE_SELECTORS JOB_KUBE_MAIN_CONTAINER_IMAGE_PULL_SECRET
temporal: TEMPORAL_HOST WORKLOAD_API_HOST
temporaldb: POSTGRES_SEEDS=DATABASE_HOST DB_PORT=DATABASE_PORT POSTGRES_USER=DATABASE_USER POSTGRES_PWD=DATABASE_PASSWORD POSTGRES_TLS_ENABLED SQL_TLS_ENABLED
metrics: PUBLISH_METRICS STATSD_HOST@status.hostIP STATSD_PORT
worker: WORKER_ENVIRONMENT TEMPORAL_WORKER_PORTS
launcher: CONTROL_PLANE_TOKEN_ENDPOINT DATAPLANE_CLIENT_ID DATAPLANE_CLIENT_SECRET JOB_KUBE_CONNECTOR_IMAGE_REGISTRY CONNECTOR_PROFILER_IMAGE CONNECTOR_SIDECAR_IMAGE CONTAINER_ORCHESTRATOR_IMAGE WORKLOAD_INIT_IMAGE
minio: MINIO_ENDPOINT MINIO_ROOT_USER=AWS_ACCESS_KEY_ID MINIO_ROOT_PASSWORD=AWS_SECRET_ACCESS_KEY
{{ include "standin.groups.release" . }}
{{- end }}

{{/* (list root groups values [section]): the variables of the groups; section adds rows of standin.refs.table. */}}
{{- define "standin.env" -}}
{{- $root := index . 0 }}{{ $groups := include "standin.groups" $root | fromYaml }}{{ $data := include "standin.data" $root | fromYaml -}}
{{- $refs := include "standin.refs" (concat (list $root) (slice . 3)) | fromYaml }}
{{- range $group := splitList " " (index . 1) }}
{{- range $variable := splitList " " (get $groups $group) }}
{{- $name := regexFind "^[^=@]+" $variable }}{{ $source := regexReplaceAll ".*[=@]" $variable "" }}{{ $ref := splitList "/" (get $refs $source) }}
{{- if contains "@" $variable }}
- name: {{ $name }}
  valueFrom: {fieldRef: {fieldPath: {{ $source }}}}
{{- else if hasKey $refs $source }}
- name: {{ $name }}
  valueFrom: {secretKeyRef: {name: {{ first $ref }}, key: {{ last $ref | quote }}}}
{{- else if hasKey $data $source }}
- name: {{ $name }}
  valueFrom: {configMapKeyRef: {name: {{ $root.Release.Name }}-airbyte-env, key: {{ $source }}}}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
