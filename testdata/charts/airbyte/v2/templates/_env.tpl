{{/*
Where secret variables come from: VARIABLE: feature, its value that names the key, the key without that. The feature's
own Secret is asked, else global.secretName, else the chart's; a key of no other name is named like the variable.
*/}}
{{- define "standin.refs.table" -}}
always:
  AIRBYTE_DUMMY_SECRET: own
  BUILDER_GITHUB_AIRBYTE_PAT_TOKEN: own
  CUSTOMERIO_API_KEY: own
  OPENAI_API_KEY_PROJ_FAILED_SYNC_ASSISTANT: own
  DATABASE_USER: database userSecretKey
  DATABASE_PASSWORD: database passwordSecretKey
  AB_JWT_SIGNATURE_SECRET: made jwtSignatureSecretSecretKey jwt-signature-secret
  AB_INSTANCE_ADMIN_PASSWORD: made passwordSecretKey instance-admin-password
  AB_INSTANCE_ADMIN_CLIENT_ID: made clientIdSecretKey instance-admin-client-id
  AB_INSTANCE_ADMIN_CLIENT_SECRET: made clientSecretSecretKey instance-admin-client-secret
  DATAPLANE_CLIENT_ID: made - dataplane-client-id
  DATAPLANE_CLIENT_SECRET: made - dataplane-client-secret
  AIRBYTE_LICENSE_KEY: enterprise licenseKeySecretKey
  INITIAL_USER_PASSWORD: admin passwordSecretKey
  KEYCLOAK_ADMIN_USER: keycloak adminUsernameSecretKey
  KEYCLOAK_ADMIN_PASSWORD: keycloak adminPasswordSecretKey
  KEYCLOAK_DATABASE_USERNAME: keycloakDatabase userSecretKey
  KEYCLOAK_DATABASE_PASSWORD: keycloakDatabase passwordSecretKey
  MINIO_ROOT_USER: storage - AWS_ACCESS_KEY_ID
  MINIO_ROOT_PASSWORD: storage - AWS_SECRET_ACCESS_KEY
  {{- include "standin.refs.release" . | nindent 2 }}
idp-oidc: {OIDC_CLIENT_ID: idp clientIdSecretKey, OIDC_CLIENT_SECRET: idp clientSecretSecretKey}
storage-minio: {AWS_ACCESS_KEY_ID: storage accessKeyIdSecretKey, AWS_SECRET_ACCESS_KEY: storage secretAccessKeySecretKey}
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

{{/*
(list root [section]): the rows that apply now, as "VARIABLE: {ref: secret/key}"; with a value where the chart's own
Secret has an entry, whoever reads it: what stands inline, in the clear.
*/}}
{{- define "standin.refs" -}}
{{- $root := index . 0 }}{{ $g := $root.Values.global }}{{ $auth := $g.auth }}{{ $idp := $auth.identityProvider }}{{ $kc := $root.Values.keycloak }}{{ $own := printf "%s-airbyte-secrets" $root.Release.Name }}
{{- if and (eq $g.storage.type "gcs") (not (or $g.storage.secretName (dig "gcs" "credentialsJson" "" $g.storage) (dig "gcs" "credentialsJsonPath" "" $g.storage))) }}{{ fail "global.storage: gcs needs a secretName" }}{{ end }}
{{- $store := include "standin.map" (list $g.storage $g.storage.type (list "s3" "gcs" "azure")) | fromYaml }}
{{- $managers := dict "AWS_SECRET_MANAGER" "awsSecretManager" "GOOGLE_SECRET_MANAGER" "googleSecretManager" "AZURE_KEY_VAULT" "azureKeyVault" "VAULT" "vault" }}
{{- $manager := include "standin.map" (list $g.secretsManager (get $managers (toString $g.secretsManager.type)) (values $managers)) | fromYaml }}
{{- $features := dict "database" $g.database "replica" (merge (pick $g.database "secretName") (omit ($g.database.replica | default dict) "secretName")) "enterprise" $g.enterprise "admin" $auth.instanceAdmin "keycloakDatabase" $kc.database
      "keycloak" (merge (pick $kc "secretName") (omit $kc.auth "secretName")) "idp" (merge (pick $idp "secretName") ($idp.oidc | default dict))
      "storage" (merge (pick $g.storage "secretName") (omit $store "secretName")) "manager" (merge (pick $g.secretsManager "secretName") (omit $manager "secretName"))
      "auth" (merge (pick $auth "secretName") (omit $auth.instanceAdmin "secretName") (omit $auth.security "secretName")) "made" (merge (dict "secretName" "airbyte-auth-secrets") $auth.instanceAdmin $auth.security) }}
{{- $table := include "standin.refs.table" $root | fromYaml }}
{{- $plain := dict "AIRBYTE_DUMMY_SECRET" "dummy" "DATABASE_USER" "airbyte" "DATABASE_PASSWORD" "airbyte" "KEYCLOAK_DATABASE_USERNAME" "airbyte" "KEYCLOAK_DATABASE_PASSWORD" "airbyte"
      "CONFIG_DATABASE_REPLICA_USER" ($g.database.user | default "airbyte") "CONFIG_DATABASE_REPLICA_PASSWORD" ($g.database.password | default "airbyte") }}
{{- if eq $g.storage.type "minio" }}{{ $plain = merge $plain (dict "AWS_ACCESS_KEY_ID" "minio" "AWS_SECRET_ACCESS_KEY" "minio123") }}{{ end }}
{{- range $section := concat (list "always" (printf "idp-%s" $idp.type) (printf "storage-%s" $g.storage.type) (printf "manager-%s" $g.secretsManager.type)) (slice . 1) }}
{{- range $variable, $row := get $table $section | default dict }}
{{- $words := concat (splitList " " $row) (list "-" "") }}{{ $feature := get $features (first $words) | default dict }}{{ $key := index $words 1 }}
{{ $variable }}:
  ref: {{ coalesce $feature.secretName $g.secretName $own }}/{{ coalesce (get $feature $key) (hasPrefix "-" (index $words 2) | ternary "" (index $words 2)) $variable }}
{{- if eq $row "own" }}
  value: {{ get $plain $variable | quote }}
{{- else if not (or (eq $key "-") (eq (first $words) "made")) }}
  value: {{ get $feature (trimSuffix "SecretKey" $key) | default (get $plain $variable) | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* (list map key keys): the map under the key; without it the render fails, for one of these keys. */}}
{{- define "standin.map" -}}
{{- $under := get (first .) (toString (index . 1)) }}
{{- if and (has (index . 1) (last .)) (not (kindIs "map" $under)) }}{{ fail (printf "%s is chosen, and there is no such map" (index . 1)) }}{{ end }}
{{- kindIs "map" $under | ternary $under dict | toYaml }}
{{- end }}

{{/* The plain variables, as the data of the ConfigMap. */}}
{{- define "standin.data" -}}
{{- $refs := include "standin.refs" (list .) | fromYaml }}{{ $g := .Values.global }}{{ $rel := .Release.Name }}{{ $ns := .Release.Namespace }}{{ $idp := $g.auth.identityProvider }}{{ $sm := $g.secretsManager -}}
{{- $url := default "http://localhost:8080" $g.airbyteUrl }}{{ $server := printf "%s-airbyte-server-svc.%s:8001" $rel $ns }}{{ $keycloak := printf "%s-airbyte-keycloak-svc.%s:8180" $rel $ns -}}
{{- $bundled := printf "airbyte-db-svc.%s.svc.cluster.local" $ns }}{{ $db := default $bundled $g.database.host }}{{ $kdb := .Values.keycloak.database -}}
AB_KUBERNETES_SECRET_NAME: "airbyte-auth-secrets"
{{- range $variable := list "AB_INSTANCE_ADMIN_PASSWORD" "AB_INSTANCE_ADMIN_CLIENT_ID" "AB_INSTANCE_ADMIN_CLIENT_SECRET" }}
{{ $variable }}_SECRET_KEY: {{ (get $refs $variable).ref | splitList "/" | last | quote }}
{{- end }}
AB_JWT_SIGNATURE_SECRET_KEY: "jwt-signature-secret"
AIRBYTE_EDITION: {{ $g.edition | quote }}
AIRBYTE_VERSION: {{ .Chart.AppVersion | quote }}
AIRBYTE_URL: {{ $url | quote }}
AIRBYTE_API_HOST: "{{ default (eq $g.edition "community" | ternary "http://localhost:8001" "") $g.airbyteUrl }}/api/public"
AIRBYTE_SERVER_HOST: {{ $server | quote }}
INTERNAL_API_HOST: "http://{{ $server }}"
WORKLOAD_API_HOST: "http://{{ $rel }}-workload-api-server-svc.{{ $ns }}:8001"
MANIFEST_SERVER_API_HOST: "http://{{ $rel }}-airbyte-manifest-server-svc.{{ $ns }}:8080"
CONTROL_PLANE_AUTH_ENDPOINT: {{ $g.airbyteUrl | quote }}
CONTROL_PLANE_TOKEN_ENDPOINT: "http://{{ $server }}/api/v1/dataplanes/token"
DATAPLANE_CLIENT_ID_SECRET_NAME: "airbyte-auth-secrets"
DATAPLANE_CLIENT_ID_SECRET_KEY: "dataplane-client-id"
DATAPLANE_CLIENT_SECRET_SECRET_NAME: "airbyte-auth-secrets"
DATAPLANE_CLIENT_SECRET_SECRET_KEY: "dataplane-client-secret"
LOG_LEVEL: "info"
MICRONAUT_ENVIRONMENTS: "k8s,control-plane,{{ has $idp.type (list "" "simple") | ternary "edition-community" $idp.type }}"
DATABASE_HOST: {{ $db | quote }}
DATABASE_PORT: {{ $g.database.port | quote }}
DATABASE_DB: {{ $g.database.name | quote }}
DATABASE_URL: "jdbc:postgresql://{{ $db }}:{{ int $g.database.port }}/{{ $g.database.name }}"
{{- range $variable := list "POSTGRES_TLS_ENABLED" "POSTGRES_TLS_DISABLE_HOST_VERIFICATION" "SQL_TLS_ENABLED" "SQL_TLS_DISABLE_HOST_VERIFICATION" }}
{{ $variable }}: {{ eq $g.database.type "external" | quote }}
{{- end }}
INITIAL_USER_FIRST_NAME: {{ $g.auth.instanceAdmin.firstName | quote }}
INITIAL_USER_LAST_NAME: {{ $g.auth.instanceAdmin.lastName | quote }}
IDENTITY_PROVIDER_TYPE: {{ $idp.type | default "simple" | quote }}
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
KEYCLOAK_INTERNAL_HOST: {{ eq $g.edition "community" | ternary "localhost" $keycloak | quote }}
KEYCLOAK_INTERNAL_REALM_ISSUER: "{{ $keycloak }}/auth/realms/_airbyte-internal"
KEYCLOAK_DATABASE_HOST: {{ default $bundled $kdb.host | quote }}
KEYCLOAK_DATABASE_PORT: {{ $kdb.port | quote }}
KEYCLOAK_DATABASE_NAME: {{ $kdb.name | quote }}
KEYCLOAK_DATABASE_URL: "jdbc:postgresql://{{ default $bundled $kdb.host }}:{{ int $kdb.port }}/{{ $kdb.name }}?currentSchema=keycloak"
JAVA_OPTS_APPEND: "-Djgroups.dns.query={{ $rel }}-airbyte-keycloak-headless-svc"
STORAGE_TYPE: {{ $g.storage.type | quote }}
{{- range $variable, $bucket := dict "ACTIVITY_PAYLOAD" "activityPayload" "AUDIT_LOGGING" "auditLogging" "LOG" "log" "STATE" "state" "WORKLOAD_OUTPUT" "workloadOutput" }}
STORAGE_BUCKET_{{ $variable }}: {{ get ($g.storage.bucket | default dict) $bucket | default "airbyte-bucket" | quote }}
{{- end }}
{{- if eq $g.storage.type "s3" }}
AWS_DEFAULT_REGION: {{ $g.storage.s3.region | default "" | quote }}
AWS_AUTHENTICATION_TYPE: {{ $g.storage.s3.authenticationType | default "credentials" | quote }}
{{- else if eq $g.storage.type "gcs" }}
GOOGLE_APPLICATION_CREDENTIALS: {{ $g.storage.gcs.credentialsJsonPath | default "/secrets/gcp-creds/gcp.json" | quote }}
GCS_CREDENTIALS_SECRET_NAME: {{ $refs.GOOGLE_APPLICATION_CREDENTIALS_JSON.ref | splitList "/" | first | quote }}
{{- else if eq $g.storage.type "minio" }}
MINIO_ENDPOINT: {{ ($g.storage.minio | default dict).endpoint | default (printf "http://airbyte-minio-svc.%s:9000" $ns) | quote }}
S3_PATH_STYLE_ACCESS: "true"
{{- end }}
SECRET_PERSISTENCE: {{ $sm.type | quote }}
{{- if eq $sm.type "AWS_SECRET_MANAGER" }}
AWS_SECRET_MANAGER_REGION: {{ $sm.awsSecretManager.region | default "" | quote }}
AWS_SECRET_MANAGER_SECRET_TAGS: "{{ range $i, $tag := $sm.awsSecretManager.tags }}{{ if $i }},{{ end }}{{ $tag.key }}={{ $tag.value }}{{ end }}"
AWS_KMS_KEY_ARN: {{ $sm.awsSecretManager.kmsArn | default "" | quote }}
{{- else if eq $sm.type "GOOGLE_SECRET_MANAGER" }}
SECRET_STORE_GCP_PROJECT_ID: {{ $sm.googleSecretManager.projectId | default "" | quote }}
SECRET_STORE_GCP_REGION: {{ $sm.googleSecretManager.region | default "" | quote }}
{{- else if eq $sm.type "AZURE_KEY_VAULT" }}
AB_AZURE_KEY_VAULT_TENANT_ID: {{ $sm.azureKeyVault.tenantId | default "" | quote }}
AB_AZURE_KEY_VAULT_VAULT_URL: {{ $sm.azureKeyVault.vaultUrl | default "" | quote }}
AB_AZURE_KEY_VAULT_TAGS: {{ $sm.azureKeyVault.tags | default "" | quote }}
{{- else if eq $sm.type "VAULT" }}
VAULT_ADDRESS: {{ $sm.vault.address | default "" | quote }}
VAULT_PREFIX: {{ $sm.vault.prefix | default "" | quote }}
{{- end }}
{{- range $variable, $name := dict "SECRET_STORE_GCP_CREDENTIALS" "SECRET_STORE_GCP_SECRET" "AB_AZURE_KEY_VAULT_CLIENT_ID" "AB_AZURE_KEY_CLIENT_ID_REF" "AB_AZURE_KEY_VAULT_CLIENT_SECRET" "AB_AZURE_KEY_CLIENT_SECRET_REF" "VAULT_AUTH_TOKEN" "VAULT_AUTH_TOKEN_REF" }}
{{- with get $refs $variable }}
{{ $name }}_NAME: {{ .ref | splitList "/" | first | quote }}
{{ $name }}_KEY: {{ .ref | splitList "/" | last | quote }}
{{- end }}
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
JOB_KUBE_TOLERATIONS: "{{ range $i, $toleration := $g.jobs.kube.tolerations }}{{ if $i }};{{ end }}{{ $comma := "" }}{{ range $key, $value := $toleration }}{{ $comma }}{{ $key }}={{ $value }}{{ $comma = "," }}{{ end }}{{ end }}"
{{- range $variable, $value := include "standin.resources" . | fromYaml }}
{{ $variable }}: {{ $value | quote }}
{{- end }}
CONTAINER_ORCHESTRATOR_SECRET_NAME: {{ $g.secretName | quote }}
CONTAINER_ORCHESTRATOR_SECRET_MOUNT_PATH: "/secrets/gcp-creds"
{{- $pull := "" }}{{ range $g.imagePullSecrets }}{{ $pull = printf "%s%s," $pull .name }}{{ end }}
JOB_KUBE_MAIN_CONTAINER_IMAGE_PULL_SECRET: {{ $pull | default $g.jobs.kube.mainContainerImagePullSecret | quote }}
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

{{/* What job Pods may use, by variable. */}}
{{- define "standin.resources" -}}
{{- $resources := .Values.global.workloads.resources }}{{ $release := include "standin.resources.release" . | fromYaml -}}
CONNECTOR_SPECIFIC_RESOURCE_DEFAULTS_ENABLED: {{ $resources.useConnectorResourceDefaults | quote }}
{{- range $variable, $kind := dict "JOB_MAIN_CONTAINER" "mainContainer" "CHECK_JOB_MAIN_CONTAINER" "check" "DISCOVER_JOB_MAIN_CONTAINER" "discover" "REPLICATION_ORCHESTRATOR" "replication" "SIDECAR_MAIN_CONTAINER" "sidecar" }}
{{- range $what := list "cpu" "memory" }}{{ range $how := list "request" "limit" }}
{{ upper (printf "%s_%s_%s" $variable $what $how) }}: {{ dig $kind $what $how "" $resources | default (dig $kind (printf "%ss" $how) $what "" $release) | quote }}
{{- end }}{{ end }}
{{- end }}
{{- range $how := list "request" "limit" }}
FILE_TRANSFER_EPHEMERAL_STORAGE_{{ upper $how }}: {{ dig "fileTransfer" "storage" $how "" $resources | quote }}
{{- end }}
{{- end }}

{{- define "standin.data.generic" -}}
CLIENT_ID: {{ .clientId | quote }}
AUDIENCE: {{ .audience | quote }}
EXTRA_SCOPES: {{ .extraScopes | default "" | quote }}
ENDPOINTS_AUTHORIZATION_SERVER_ENDPOINT: {{ .endpoints.authorizationServerEndpoint | quote }}
FIELDS_SUB: {{ .fields.subject | quote }}
FIELDS_EMAIL: {{ .fields.email | quote }}
FIELDS_NAME: {{ .fields.name | quote }}
FIELDS_ISSUER: {{ .fields.issuer | quote }}
{{- end }}

{{/*
Which variables go together. NAME=OTHER reads another one, NAME@field the Pod; those of a feature that is off are left
out. A group asked for as "group:edition" is there in that edition only, as "group:known" in one that there is.
*/}}
{{- define "standin.groups" -}}
core: AIRBYTE_EDITION AIRBYTE_VERSION AIRBYTE_URL AIRBYTE_API_HOST AIRBYTE_SERVER_HOST INTERNAL_API_HOST MANIFEST_SERVER_API_HOST AIRBYTE_DUMMY_SECRET LOG_LEVEL
micronaut: MICRONAUT_ENVIRONMENTS
jwt: AB_JWT_SIGNATURE_SECRET
admin: AB_INSTANCE_ADMIN_PASSWORD AB_INSTANCE_ADMIN_CLIENT_ID AB_INSTANCE_ADMIN_CLIENT_SECRET
config: CONFIG_DB_MAX_POOL_SIZE BUILDER_GITHUB_AIRBYTE_PAT_TOKEN CUSTOMERIO_API_KEY OPENAI_API_KEY_PROJ_FAILED_SYNC_ASSISTANT
db: >-
  DATABASE_HOST DATABASE_PORT DATABASE_URL DATABASE_DB
  {{ if not .Values.global.cloudSqlProxy.enabled }}DATABASE_USER DATABASE_PASSWORD CONFIG_DATABASE_REPLICA_URL {{ include "standin.refs.release" . | fromYaml | keys | sortAlpha | join " " }}{{ end }}
storage: >-
  STORAGE_TYPE STORAGE_BUCKET_ACTIVITY_PAYLOAD STORAGE_BUCKET_AUDIT_LOGGING STORAGE_BUCKET_LOG STORAGE_BUCKET_STATE STORAGE_BUCKET_WORKLOAD_OUTPUT
  MINIO_ENDPOINT S3_PATH_STYLE_ACCESS AWS_DEFAULT_REGION AWS_AUTHENTICATION_TYPE AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
  GOOGLE_APPLICATION_CREDENTIALS GOOGLE_APPLICATION_CREDENTIALS_JSON GCS_CREDENTIALS_SECRET_NAME AZURE_STORAGE_CONNECTION_STRING
secrets: >-
  SECRET_PERSISTENCE AWS_SECRET_MANAGER_ACCESS_KEY_ID AWS_SECRET_MANAGER_SECRET_ACCESS_KEY AWS_SECRET_MANAGER_REGION AWS_SECRET_MANAGER_SECRET_TAGS AWS_KMS_KEY_ARN
  SECRET_STORE_GCP_CREDENTIALS SECRET_STORE_GCP_PROJECT_ID SECRET_STORE_GCP_REGION SECRET_STORE_GCP_SECRET_NAME SECRET_STORE_GCP_SECRET_KEY
  AB_AZURE_KEY_VAULT_CLIENT_ID AB_AZURE_KEY_VAULT_CLIENT_SECRET AB_AZURE_KEY_VAULT_TENANT_ID AB_AZURE_KEY_VAULT_VAULT_URL AB_AZURE_KEY_VAULT_TAGS
  AB_AZURE_KEY_CLIENT_ID_REF_NAME AB_AZURE_KEY_CLIENT_ID_REF_KEY AB_AZURE_KEY_CLIENT_SECRET_REF_NAME AB_AZURE_KEY_CLIENT_SECRET_REF_KEY
  VAULT_ADDRESS VAULT_PREFIX VAULT_AUTH_TOKEN VAULT_AUTH_TOKEN_REF_NAME VAULT_AUTH_TOKEN_REF_KEY
license: AIRBYTE_LICENSE_KEY
idp: >-
  IDENTITY_PROVIDER_TYPE AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_VERIFY_ISSUER AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_VERIFY_AUDIENCE
  OIDC_DOMAIN OIDC_APP_NAME OIDC_DISPLAY_NAME OIDC_CLIENT_ID OIDC_CLIENT_SECRET DEFAULT_REALM AB_AIRBYTE_AUTH_JWKS_ENDPOINT
  {{- range list "CLIENT_ID" "AUDIENCE" "EXTRA_SCOPES" "ENDPOINTS_AUTHORIZATION_SERVER_ENDPOINT" "FIELDS_SUB" "FIELDS_EMAIL" "FIELDS_NAME" "FIELDS_ISSUER" }}
  AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_OIDC_{{ . }}
  {{- end }}
keycloak: KEYCLOAK_HOST JAVA_OPTS_APPEND
keycloakadmin: KEYCLOAK_ADMIN_USER KEYCLOAK_ADMIN_PASSWORD
keycloakdb: KEYCLOAK_DATABASE_HOST KEYCLOAK_DATABASE_PORT KEYCLOAK_DATABASE_NAME KEYCLOAK_DATABASE_URL KEYCLOAK_DATABASE_USERNAME KEYCLOAK_DATABASE_PASSWORD
realm: KEYCLOAK_INTERNAL_HOST KEYCLOAK_INTERNAL_REALM_ISSUER
user: INITIAL_USER_FIRST_NAME INITIAL_USER_LAST_NAME INITIAL_USER_PASSWORD
server: AUDIT_LOGGING_ENABLED HTTP_IDLE_TIMEOUT CONTROL_PLANE_AUTH_ENDPOINT
jobs: >-
  JOB_KUBE_SERVICEACCOUNT JOB_KUBE_NAMESPACE@metadata.namespace JOB_KUBE_ANNOTATIONS JOB_KUBE_LABELS JOB_KUBE_NODE_SELECTORS JOB_KUBE_TOLERATIONS
  JOB_KUBE_MAIN_CONTAINER_IMAGE_PULL_SECRET {{ include "standin.resources" . | fromYaml | keys | sortAlpha | join " " }}
temporal: TEMPORAL_HOST
workload: WORKLOAD_API_HOST
temporaldb: >-
  POSTGRES_SEEDS=DATABASE_HOST DB_PORT=DATABASE_PORT POSTGRES_USER=DATABASE_USER POSTGRES_PWD=DATABASE_PASSWORD
  POSTGRES_TLS_ENABLED POSTGRES_TLS_DISABLE_HOST_VERIFICATION SQL_TLS_ENABLED SQL_TLS_DISABLE_HOST_VERIFICATION
metrics: PUBLISH_METRICS STATSD_HOST@status.hostIP STATSD_PORT
worker: WORKER_ENVIRONMENT TEMPORAL_WORKER_PORTS
launcher: >-
  CONTROL_PLANE_AUTH_ENDPOINT CONTROL_PLANE_TOKEN_ENDPOINT DATAPLANE_CLIENT_ID DATAPLANE_CLIENT_SECRET
  DATAPLANE_CLIENT_ID_SECRET_NAME DATAPLANE_CLIENT_ID_SECRET_KEY DATAPLANE_CLIENT_SECRET_SECRET_NAME DATAPLANE_CLIENT_SECRET_SECRET_KEY
  JOB_KUBE_CONNECTOR_IMAGE_REGISTRY CONNECTOR_PROFILER_IMAGE CONNECTOR_SIDECAR_IMAGE CONTAINER_ORCHESTRATOR_IMAGE WORKLOAD_INIT_IMAGE
  CONTAINER_ORCHESTRATOR_SECRET_NAME CONTAINER_ORCHESTRATOR_SECRET_MOUNT_PATH
minio: MINIO_ROOT_USER MINIO_ROOT_PASSWORD
mc: MINIO_ENDPOINT MINIO_ROOT_USER MINIO_ROOT_PASSWORD
bootloader: >-
  AB_KUBERNETES_SECRET_NAME AIRBYTE_VERSION DATAPLANE_CLIENT_ID_SECRET_KEY DATAPLANE_CLIENT_SECRET_SECRET_KEY LOG_LEVEL MICRONAUT_ENVIRONMENTS JOB_KUBE_NAMESPACE@metadata.namespace
  AB_INSTANCE_ADMIN_PASSWORD_SECRET_KEY AB_INSTANCE_ADMIN_CLIENT_ID_SECRET_KEY AB_INSTANCE_ADMIN_CLIENT_SECRET_SECRET_KEY AB_JWT_SIGNATURE_SECRET_KEY
{{ include "standin.groups.release" . }}
{{- end }}

{{/* (list root groups values [section]): the variables of the groups; section adds rows of standin.refs.table. */}}
{{- define "standin.env" -}}
{{- $root := index . 0 }}{{ $groups := include "standin.groups" $root | fromYaml }}{{ $data := include "standin.data" $root | fromYaml -}}
{{- $refs := include "standin.refs" (concat (list $root) (slice . 3)) | fromYaml }}
{{- $editions := dict "enterprise" (list "enterprise") "known" (list "community" "cloud" "enterprise") }}
{{- range $asked := splitList " " (index . 1) }}{{ $group := splitList ":" $asked }}
{{- if has $root.Values.global.edition (get $editions (last $group) | default (list $root.Values.global.edition)) }}
{{- range $variable := compact (splitList " " (get $groups (first $group))) }}
{{- $name := regexFind "^[^=@]+" $variable }}{{ $source := regexReplaceAll ".*[=@]" $variable "" }}{{ $ref := splitList "/" (dig $source "ref" "" $refs) }}
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
{{- end }}
