{{/* Subcharts use these too: a template's name is known to the whole release. */}}

{{/* (list root component): what selectors select. */}}
{{- define "standin.selector" -}}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
{{- end }}

{{/* (list root name component): name and labels, of the chart that asks. */}}
{{- define "standin.meta" -}}
{{- $root := index . 0 -}}
name: {{ index . 1 }}
labels:
  helm.sh/chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version }}
  {{- include "standin.selector" (list $root (index . 2)) | nindent 2 }}
  app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ $root.Release.Service }}
{{- end }}

{{/* (list events weight [annotations]): annotations of a Helm hook, and others. */}}
{{- define "standin.hook" -}}
helm.sh/hook: {{ index . 0 }}
helm.sh/hook-weight: {{ index . 1 | quote }}
{{- range slice . 2 }}
{{- range $key, $value := . }}
{{ $key }}: {{ $value | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- define "standin.image" -}}
{{- $root := index . 0 }}{{ $image := index . 1 }}{{ $global := $root.Values.global.image -}}
{{ with $global.registry }}{{ . }}/{{ end }}{{ $image.repository }}:{{ coalesce $image.tag $global.tag $root.Chart.AppVersion }}
{{- end }}

{{- define "standin.pod" -}}
serviceAccountName: {{ .Values.serviceAccountName | default .Values.global.serviceAccountName }}
securityContext: {fsGroup: 1000}
{{- include "standin.pull" . }}
{{- range $field, $value := pick .Values "nodeSelector" "tolerations" "affinity" }}
{{- with $value }}
{{ $field }}: {{ toJson . }}
{{- end }}
{{- end }}
{{- end }}

{{- define "standin.pull" -}}
{{- with .Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ .name }}
  {{- end }}
{{- end }}
{{- end }}

{{/*
(list root groups ["local"]): image, variables and resources of a subchart's container. global.env_vars goes before
the subchart's own, but is not for a local one; a variable stated there and above is stated twice.
*/}}
{{- define "standin.container" -}}
{{- $root := index . 0 }}{{ $values := $root.Values -}}
image: {{ include "standin.image" (list $root $values.image) }}
imagePullPolicy: IfNotPresent
env:
  {{- include "standin.env" . | trim | nindent 2 }}
  {{- range $name, $value := merge (dict) (has "local" . | ternary dict $values.global.env_vars) ($values.env_vars | default dict) }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
  {{- with $values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $values.resources }}
resources: {{ toJson . }}
{{- end }}
{{- end }}

{{/* The plain, the literal and the secret variables that go together: NAME, or NAME=OTHER. Those of a feature that is off are left out. */}}
{{- define "standin.groups" -}}
{{- $g := .Values.global }}{{ $storage := lower $g.storage.type }}{{ $kube := $g.jobs.kube }}{{ $pull := $kube.main_container_image_pull_secret -}}
core: AIRBYTE_VERSION AIRBYTE_EDITION AIRBYTE_SERVER_HOST LOG_LEVEL
url: AIRBYTE_URL
api: AIRBYTE_API_HOST
internal: INTERNAL_API_HOST
workload: WORKLOAD_API_HOST
db: DATABASE_HOST DATABASE_PORT DATABASE_DB DATABASE_URL DATABASE_USER DATABASE_PASSWORD
jwt: AB_JWT_SIGNATURE_SECRET
license: AIRBYTE_LICENSE_KEY
storage: >-
  STORAGE_TYPE=storage STORAGE_BUCKET_ACTIVITY_PAYLOAD STORAGE_BUCKET_AUDIT_LOGGING STORAGE_BUCKET_LOG STORAGE_BUCKET_STATE STORAGE_BUCKET_WORKLOAD_OUTPUT
  S3_PATH_STYLE_ACCESS {{ if eq $storage "minio" }}MINIO_ENDPOINT{{ else if eq $storage "gcs" }}GOOGLE_APPLICATION_CREDENTIALS{{ else if and (eq $storage "s3") $g.storage.s3.region }}AWS_DEFAULT_REGION{{ end }}
  AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AZURE_STORAGE_CONNECTION_STRING
orchestrator: CONTAINER_ORCHESTRATOR_SECRET_NAME CONTAINER_ORCHESTRATOR_SECRET_MOUNT_PATH
secrets: >-
  SECRET_PERSISTENCE AWS_SECRET_MANAGER_REGION AWS_SECRET_MANAGER_ACCESS_KEY_ID AWS_SECRET_MANAGER_SECRET_ACCESS_KEY AWS_SECRET_MANAGER_SECRET_TAGS AWS_KMS_KEY_ARN
  SECRET_STORE_GCP_PROJECT_ID SECRET_STORE_GCP_CREDENTIALS AB_AZURE_KEY_VAULT_VAULT_URL AB_AZURE_KEY_VAULT_TENANT_ID AB_AZURE_KEY_VAULT_TAGS
  AB_AZURE_KEY_VAULT_CLIENT_ID AB_AZURE_KEY_VAULT_CLIENT_SECRET VAULT_ADDRESS VAULT_PREFIX VAULT_AUTH_TOKEN
user: INITIAL_USER_FIRST_NAME INITIAL_USER_LAST_NAME INITIAL_USER_EMAIL INITIAL_USER_PASSWORD
idp: >-
  IDENTITY_PROVIDER_TYPE OIDC_DOMAIN OIDC_APP_NAME OIDC_DISPLAY_NAME OIDC_CLIENT_ID OIDC_CLIENT_SECRET
  AIRBYTE_AUTH_IDENTITY_PROVIDER_TYPE AIRBYTE_AUTH_IDENTITY_PROVIDER_OIDC_DOMAIN AIRBYTE_AUTH_IDENTITY_PROVIDER_OIDC_APP_NAME
  AIRBYTE_AUTH_IDENTITY_PROVIDER_OIDC_CLIENT_ID=OIDC_CLIENT_ID AIRBYTE_AUTH_IDENTITY_PROVIDER_OIDC_CLIENT_SECRET=OIDC_CLIENT_SECRET
  AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_OIDC_ISSUER AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_AUDIENCE=OIDC_CLIENT_ID AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_OIDC_AUDIENCE=OIDC_CLIENT_ID
  AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_VERIFY_ISSUER AB_AIRBYTE_AUTH_IDENTITY_PROVIDER_VERIFY_AUDIENCE
realm: KEYCLOAK_INTERNAL_HOST
keycloak: KEYCLOAK_ADMIN_USER KEYCLOAK_ADMIN_PASSWORD
keycloakdb: KEYCLOAK_DATABASE_URL KEYCLOAK_DATABASE_USERNAME=DATABASE_USER KEYCLOAK_DATABASE_PASSWORD=DATABASE_PASSWORD
temporal: TEMPORAL_HOST
temporaldb: >-
  POSTGRES_SEEDS={{ empty $g.database.hostSecretKey | ternary "DATABASE_HOST" "POSTGRES_SEEDS" }} DB_PORT=DATABASE_PORT POSTGRES_USER=DATABASE_USER POSTGRES_PWD=DATABASE_PASSWORD
  POSTGRES_TLS_ENABLED POSTGRES_TLS_DISABLE_HOST_VERIFICATION SQL_TLS_ENABLED SQL_TLS_DISABLE_HOST_VERIFICATION
jobs: >-
  {{ range $variable, $field := dict "ANNOTATIONS" "annotations" "LABELS" "labels" "NODE_SELECTORS" "nodeSelector" "TOLERATIONS" "tolerations" }}{{ with get $kube $field }}JOB_KUBE_{{ $variable }} {{ end }}{{ end }}
  {{- with $pull }}JOB_KUBE_MAIN_CONTAINER_IMAGE_PULL_SECRET{{ end }}
resources: JOB_MAIN_CONTAINER_CPU_REQUEST JOB_MAIN_CONTAINER_CPU_LIMIT JOB_MAIN_CONTAINER_MEMORY_REQUEST JOB_MAIN_CONTAINER_MEMORY_LIMIT
dataplane: DATAPLANE_CLIENT_ID_SECRET_KEY DATAPLANE_CLIENT_SECRET_SECRET_KEY
launcher: >-
  CONTROL_PLANE_TOKEN_ENDPOINT DATAPLANE_CLIENT_ID DATAPLANE_CLIENT_SECRET DATAPLANE_CLIENT_ID_SECRET_NAME DATAPLANE_CLIENT_SECRET_SECRET_NAME
  CONNECTOR_PROFILER_IMAGE CONNECTOR_SIDECAR_IMAGE CONTAINER_ORCHESTRATOR_IMAGE WORKLOAD_INIT_IMAGE
  JOB_KUBE_SERVICEACCOUNT JOB_KUBE_CONNECTOR_IMAGE_REGISTRY {{ with $pull }}{{ else }}JOB_KUBE_MAIN_CONTAINER_IMAGE_PULL_SECRET{{ end }}
  FILE_TRANSFER_EPHEMERAL_STORAGE_REQUEST FILE_TRANSFER_EPHEMERAL_STORAGE_LIMIT {{ include "standin.literals.refs" . | fromYaml | keys | sortAlpha | join " " }}
builder: CONNECTOR_BUILDER_SERVER_API_HOST
{{- end }}

{{/* The map of the secrets manager: its type may be written in any case, and with underscores. */}}
{{- define "standin.manager" -}}
{{- $sm := .Values.global.secretsManager }}
{{- range list "awsSecretManager" "googleSecretManager" "azureKeyVault" "vault" }}
{{- if eq (lower .) (lower (replace "_" "" (toString $sm.type))) }}
{{ . }}: {{ toJson (get $sm .) }}
{{- end }}
{{- end }}
{{- end }}

{{/* Where secret variables come from, seen from any subchart: VARIABLE: secret/key. */}}
{{- define "standin.refs" -}}
{{- $g := .Values.global }}{{ $own := printf "%s-airbyte-secrets" .Release.Name }}{{ $storage := lower $g.storage.type }}{{ $idp := $g.auth.identityProvider }}{{ $admin := $g.auth.instanceAdmin }}{{ $db := $g.database -}}
{{- $store := get $g.storage $storage | default dict }}{{ $storeSecret := coalesce $g.storage.secretName $g.storage.storageSecretName $own -}}
{{- $manager := include "standin.manager" . | fromYaml }}{{ $managerSecret := $g.secretsManager.secretsManagerSecretName | default "airbyte-config-secrets" -}}
{{- $dbSecret := $own }}{{ if $db.userSecretKey }}{{ $dbSecret = required "global.database.secretName is empty" $db.secretName }}{{ end -}}
AB_JWT_SIGNATURE_SECRET: airbyte-auth-secrets/jwt-signature-secret
DATAPLANE_CLIENT_ID: airbyte-auth-secrets/dataplane-client-id
DATAPLANE_CLIENT_SECRET: airbyte-auth-secrets/dataplane-client-secret
DATABASE_USER: {{ $dbSecret }}/{{ $db.userSecretKey | default "DATABASE_USER" }}
DATABASE_PASSWORD: {{ $dbSecret }}/{{ $db.passwordSecretKey | default "DATABASE_PASSWORD" }}
{{- with $db.hostSecretKey }}
POSTGRES_SEEDS: {{ $db.secretName }}/{{ . }}
{{- end }}
{{- if eq $storage "minio" }}
AWS_ACCESS_KEY_ID: {{ $storeSecret }}/{{ $store.accessKeyIdSecretKey | default "MINIO_ACCESS_KEY_ID" }}
AWS_SECRET_ACCESS_KEY: {{ $storeSecret }}/{{ $store.secretAccessKeySecretKey | default "MINIO_SECRET_ACCESS_KEY" }}
{{- else if and (eq $storage "s3") (eq $g.storage.s3.authenticationType "credentials") }}
AWS_ACCESS_KEY_ID: {{ $storeSecret }}/{{ $store.accessKeyIdSecretKey | default "s3-access-key-id" }}
AWS_SECRET_ACCESS_KEY: {{ $storeSecret }}/{{ $store.secretAccessKeySecretKey | default "s3-secret-access-key" }}
{{- else if and (eq $storage "azure") (not $g.storage.azure.connectionString) }}
{{- with $store.connectionStringSecretKey }}
AZURE_STORAGE_CONNECTION_STRING: {{ $storeSecret }}/{{ . }}
{{- end }}
{{- end }}
{{- with $manager.awsSecretManager }}
{{- if eq .authenticationType "credentials" }}
AWS_SECRET_MANAGER_ACCESS_KEY_ID: {{ $managerSecret }}/{{ .accessKeyIdSecretKey | default "aws-secret-manager-access-key-id" }}
AWS_SECRET_MANAGER_SECRET_ACCESS_KEY: {{ $managerSecret }}/{{ .secretAccessKeySecretKey | default "aws-secret-manager-secret-access-key" }}
{{- end }}
{{- end }}
{{- with $manager.googleSecretManager }}
SECRET_STORE_GCP_CREDENTIALS: {{ $managerSecret }}/{{ .credentialsSecretKey | default "google-secret-manager-credentials" }}
{{- end }}
{{- with $manager.azureKeyVault }}
AB_AZURE_KEY_VAULT_CLIENT_ID: {{ $managerSecret }}/{{ .clientIdSecretKey | default "azure-key-vault-client-id" }}
AB_AZURE_KEY_VAULT_CLIENT_SECRET: {{ $managerSecret }}/{{ .clientSecretSecretKey | default "azure-key-vault-client-secret" }}
{{- end }}
{{- with $manager.vault }}
VAULT_AUTH_TOKEN: {{ $managerSecret }}/{{ .authTokenSecretKey | default "vault-auth-token" }}
{{- end }}
{{- if eq $g.edition "enterprise" }}
AIRBYTE_LICENSE_KEY: {{ required "global.enterprise.secretName is empty" $g.enterprise.secretName }}/{{ $g.enterprise.licenseKeySecretKey }}
{{- $adminSecret := required "global.auth.instanceAdmin.secretName is empty" $admin.secretName }}
INITIAL_USER_EMAIL: {{ $adminSecret }}/{{ required "global.auth.instanceAdmin.emailSecretKey is empty" $admin.emailSecretKey }}
INITIAL_USER_PASSWORD: {{ $adminSecret }}/{{ required "global.auth.instanceAdmin.passwordSecretKey is empty" $admin.passwordSecretKey }}
KEYCLOAK_ADMIN_USER: {{ $own }}/KEYCLOAK_ADMIN_USER
KEYCLOAK_ADMIN_PASSWORD: {{ $own }}/KEYCLOAK_ADMIN_PASSWORD
{{- if $idp.type }}
{{- $idpSecret := required "global.auth.identityProvider.secretName is empty" $idp.secretName }}
OIDC_CLIENT_ID: {{ $idpSecret }}/{{ $idp.oidc.clientIdSecretKey }}
OIDC_CLIENT_SECRET: {{ $idpSecret }}/{{ $idp.oidc.clientSecretSecretKey }}
{{- end }}
{{- end }}
{{- end }}

{{/* The variables whose value stands in the Pod itself; null where the value is missing. */}}
{{- define "standin.literals" -}}
{{- $g := .Values.global }}{{ $type := $g.secretsManager.type }}{{ $manager := include "standin.manager" . | fromYaml -}}
storage: {{ upper $g.storage.type | quote }}
JOB_KUBE_SERVICEACCOUNT: {{ $g.jobs.kube.serviceAccountName | quote }}
DATAPLANE_CLIENT_ID_SECRET_NAME: airbyte-auth-secrets
DATAPLANE_CLIENT_ID_SECRET_KEY: dataplane-client-id
DATAPLANE_CLIENT_SECRET_SECRET_NAME: airbyte-auth-secrets
DATAPLANE_CLIENT_SECRET_SECRET_KEY: dataplane-client-secret
{{- if eq $g.database.type "external" }}
{{- range list "POSTGRES_TLS_ENABLED" "POSTGRES_TLS_DISABLE_HOST_VERIFICATION" "SQL_TLS_ENABLED" "SQL_TLS_DISABLE_HOST_VERIFICATION" }}
{{ . }}: "true"
{{- end }}
{{- end }}
{{- if eq (lower $g.storage.type) "gcs" }}
CONTAINER_ORCHESTRATOR_SECRET_NAME: {{ $g.storage.storageSecretName | default "airbyte-config-secrets" | quote }}
CONTAINER_ORCHESTRATOR_SECRET_MOUNT_PATH: /secrets/gcs-log-creds
{{- else if eq (lower $g.storage.type) "azure" }}
{{- with $g.storage.azure.connectionString }}
AZURE_STORAGE_CONNECTION_STRING: {{ quote . }}
{{- end }}
{{- end }}
SECRET_PERSISTENCE: {{ with $type }}{{ snakecase . | lower }}{{ end }}
{{- with $manager.awsSecretManager }}
{{- with .region }}
AWS_SECRET_MANAGER_REGION: {{ quote . }}
{{- end }}
{{- with .kms }}
AWS_KMS_KEY_ARN: {{ quote . }}
{{- end }}
{{- with .tags }}
AWS_SECRET_MANAGER_SECRET_TAGS: {{ include "standin.tags" . | quote }}
{{- end }}
{{- end }}
{{- with $manager.googleSecretManager }}
SECRET_STORE_GCP_PROJECT_ID: {{ toJson .projectId }}
{{- end }}
{{- with $manager.azureKeyVault }}
AB_AZURE_KEY_VAULT_VAULT_URL: {{ toJson .vaultUrl }}
AB_AZURE_KEY_VAULT_TENANT_ID: {{ toJson .tenantId }}
{{- with .tags }}
AB_AZURE_KEY_VAULT_TAGS: {{ include "standin.tags" . | quote }}
{{- end }}
{{- end }}
{{- with $manager.vault }}
VAULT_ADDRESS: {{ toJson .address }}
VAULT_PREFIX: {{ toJson .prefix }}
{{- end }}
{{ include "standin.literals.refs" . }}
{{- end }}

{{/* Where the secrets manager's variables come from, told to the launcher once more. */}}
{{- define "standin.literals.refs" -}}
{{- $refs := include "standin.refs" . | fromYaml }}
{{- range $variable, $names := dict "AWS_SECRET_MANAGER_ACCESS_KEY_ID" "_REF_NAME _REF_KEY" "AWS_SECRET_MANAGER_SECRET_ACCESS_KEY" "_REF_NAME _REF_KEY" "SECRET_STORE_GCP_CREDENTIALS" "_NAME _KEY"
      "AB_AZURE_KEY_VAULT_CLIENT_ID" "_REF_NAME _REF_REF_KEY" "AB_AZURE_KEY_VAULT_CLIENT_SECRET" "_REF_REF_NAME _REF_REF_KEY" "VAULT_AUTH_TOKEN" "_REF_NAME _REF_KEY" }}
{{- with get $refs $variable }}
{{- range $i, $name := splitList " " $names }}
{{ replace "GCP_CREDENTIALS" "GCP_SECRET" $variable }}{{ $name }}: {{ index (splitList "/" (get $refs $variable)) $i | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "standin.tags" -}}
{{ range $i, $tag := . }}{{ if $i }},{{ end }}{{ $tag.key }}={{ $tag.value }}{{ end }}
{{- end }}

{{/* (list root groups …): the variables of the groups; those of a feature that is off are left out, and all are for an unknown edition. */}}
{{- define "standin.env" -}}
{{- $root := index . 0 }}{{ $groups := include "standin.groups" $root | fromYaml }}{{ $refs := include "standin.refs" $root | fromYaml }}{{ $data := include "standin.data" $root | fromYaml }}{{ $literals := include "standin.literals" $root | fromYaml }}
{{- range $group := has $root.Values.global.edition (list "community" "pro" "enterprise") | ternary (splitList " " (index . 1)) list }}
{{- range $variable := compact (splitList " " (get $groups $group)) }}
{{- $name := regexFind "^[^=]+" $variable }}{{ $source := regexReplaceAll ".*=" $variable "" }}{{ $ref := splitList "/" (get $refs $source) }}
{{- if hasKey $refs $source }}
- name: {{ $name }}
  valueFrom: {secretKeyRef: {name: {{ first $ref }}, key: {{ last $ref | quote }}}}
{{- else if hasKey $literals $source }}
- {name: {{ $name }}, value: {{ get $literals $source | toJson }}}
{{- else if hasKey $data $source }}
- name: {{ $name }}
  valueFrom: {configMapKeyRef: {name: {{ $root.Release.Name }}-airbyte-env, key: {{ $source }}}}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
