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
serviceAccountName: {{ .Values.global.serviceAccountName }}
securityContext: {fsGroup: 1000}
{{- with .Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ .name }}
  {{- end }}
{{- end }}
{{- range $field, $value := pick .Values "nodeSelector" "tolerations" }}
{{- with $value }}
{{ $field }}: {{ toJson . }}
{{- end }}
{{- end }}
{{- end }}

{{/* (list root groups): image, variables and resources of a subchart's container. */}}
{{- define "standin.container" -}}
{{- $root := index . 0 }}{{ $values := $root.Values -}}
image: {{ include "standin.image" (list $root $values.image) }}
imagePullPolicy: IfNotPresent
env:
  {{- include "standin.env" . | trim | nindent 2 }}
  {{- range $name, $value := merge (dict) ($values.env_vars | default dict) ($values.global.env_vars | default dict) }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
  {{- with $values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $values.resources }}
resources: {{ toJson . }}
{{- end }}
{{- end }}

{{/* The plain and the secret variables that go together: NAME, or NAME=OTHER. */}}
{{- define "standin.groups" -}}
core: AIRBYTE_VERSION AIRBYTE_EDITION AIRBYTE_URL AIRBYTE_API_HOST AIRBYTE_SERVER_HOST INTERNAL_API_HOST WORKLOAD_API_HOST LOG_LEVEL
db: DATABASE_HOST DATABASE_PORT DATABASE_DB DATABASE_URL DATABASE_USER DATABASE_PASSWORD
jwt: AB_JWT_SIGNATURE_SECRET
license: AIRBYTE_LICENSE_KEY
storage: >-
  STORAGE_TYPE STORAGE_BUCKET_ACTIVITY_PAYLOAD STORAGE_BUCKET_AUDIT_LOGGING STORAGE_BUCKET_LOG STORAGE_BUCKET_STATE STORAGE_BUCKET_WORKLOAD_OUTPUT
  MINIO_ENDPOINT AWS_DEFAULT_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY GOOGLE_APPLICATION_CREDENTIALS AZURE_STORAGE_CONNECTION_STRING
secrets: >-
  SECRET_PERSISTENCE AWS_SECRET_MANAGER_REGION AWS_SECRET_MANAGER_ACCESS_KEY_ID AWS_SECRET_MANAGER_SECRET_ACCESS_KEY SECRET_STORE_GCP_PROJECT_ID
  SECRET_STORE_GCP_CREDENTIALS AB_AZURE_KEY_VAULT_VAULT_URL AB_AZURE_KEY_VAULT_TENANT_ID AB_AZURE_KEY_VAULT_CLIENT_ID AB_AZURE_KEY_VAULT_CLIENT_SECRET
  VAULT_ADDRESS VAULT_PREFIX VAULT_AUTH_TOKEN
user: INITIAL_USER_FIRST_NAME INITIAL_USER_LAST_NAME INITIAL_USER_EMAIL INITIAL_USER_PASSWORD
idp: IDENTITY_PROVIDER_TYPE OIDC_DOMAIN OIDC_APP_NAME OIDC_DISPLAY_NAME OIDC_CLIENT_ID OIDC_CLIENT_SECRET
keycloak: KEYCLOAK_INTERNAL_HOST KEYCLOAK_HOSTNAME_URL KEYCLOAK_ADMIN_USER KEYCLOAK_ADMIN_PASSWORD
keycloakdb: KEYCLOAK_DATABASE_URL KEYCLOAK_DATABASE_USERNAME=DATABASE_USER KEYCLOAK_DATABASE_PASSWORD=DATABASE_PASSWORD
temporal: TEMPORAL_HOST
temporaldb: POSTGRES_SEEDS=DATABASE_HOST DB_PORT=DATABASE_PORT POSTGRES_USER=DATABASE_USER POSTGRES_PWD=DATABASE_PASSWORD
launcher: CONTROL_PLANE_TOKEN_ENDPOINT DATAPLANE_CLIENT_ID DATAPLANE_CLIENT_SECRET CONNECTOR_PROFILER_IMAGE CONNECTOR_SIDECAR_IMAGE CONTAINER_ORCHESTRATOR_IMAGE WORKLOAD_INIT_IMAGE
builder: CONNECTOR_BUILDER_SERVER_API_HOST
{{- end }}

{{/* Where secret variables come from, seen from any subchart: VARIABLE: secret/key. */}}
{{- define "standin.refs" -}}
{{- $g := .Values.global }}{{ $own := printf "%s-airbyte-secrets" .Release.Name }}{{ $storage := lower $g.storage.type }}{{ $sm := $g.secretsManager }}{{ $idp := $g.auth.identityProvider -}}
{{- $store := get $g.storage $storage | default dict }}{{ $storeSecret := coalesce $g.storage.secretName $g.storage.storageSecretName "airbyte-config-secrets" -}}
{{- $manager := get $sm $sm.type | default dict }}{{ $managerSecret := $sm.secretsManagerSecretName | default "airbyte-config-secrets" -}}
AB_JWT_SIGNATURE_SECRET: airbyte-auth-secrets/jwt-signature-secret
DATAPLANE_CLIENT_ID: airbyte-auth-secrets/dataplane-client-id
DATAPLANE_CLIENT_SECRET: airbyte-auth-secrets/dataplane-client-secret
DATABASE_USER: {{ $g.database.secretName | default $own }}/{{ $g.database.userSecretKey | default "DATABASE_USER" }}
DATABASE_PASSWORD: {{ $g.database.secretName | default $own }}/{{ $g.database.passwordSecretKey | default "DATABASE_PASSWORD" }}
{{- if eq $storage "minio" }}
AWS_ACCESS_KEY_ID: {{ $own }}/MINIO_ACCESS_KEY_ID
AWS_SECRET_ACCESS_KEY: {{ $own }}/MINIO_SECRET_ACCESS_KEY
{{- else if and (eq $storage "s3") (eq $store.authenticationType "credentials") }}
AWS_ACCESS_KEY_ID: {{ $storeSecret }}/{{ $store.accessKeyIdSecretKey | default "s3-access-key-id" }}
AWS_SECRET_ACCESS_KEY: {{ $storeSecret }}/{{ $store.secretAccessKeySecretKey | default "s3-secret-access-key" }}
{{- else if eq $storage "azure" }}
AZURE_STORAGE_CONNECTION_STRING: {{ $storeSecret }}/{{ $store.connectionStringSecretKey }}
{{- end }}
{{- if and (eq $sm.type "awsSecretManager") (eq $manager.authenticationType "credentials") }}
AWS_SECRET_MANAGER_ACCESS_KEY_ID: {{ $managerSecret }}/{{ $manager.accessKeyIdSecretKey | default "aws-secret-manager-access-key-id" }}
AWS_SECRET_MANAGER_SECRET_ACCESS_KEY: {{ $managerSecret }}/{{ $manager.secretAccessKeySecretKey | default "aws-secret-manager-secret-access-key" }}
{{- else if eq $sm.type "googleSecretManager" }}
SECRET_STORE_GCP_CREDENTIALS: {{ $managerSecret }}/{{ $manager.credentialsSecretKey | default "google-secret-manager-credentials" }}
{{- else if eq $sm.type "azureKeyVault" }}
AB_AZURE_KEY_VAULT_CLIENT_ID: {{ $managerSecret }}/{{ $manager.clientIdSecretKey | default "azure-key-vault-client-id" }}
AB_AZURE_KEY_VAULT_CLIENT_SECRET: {{ $managerSecret }}/{{ $manager.clientSecretSecretKey | default "azure-key-vault-client-secret" }}
{{- else if eq $sm.type "vault" }}
VAULT_AUTH_TOKEN: {{ $managerSecret }}/{{ $manager.authTokenSecretKey | default "vault-auth-token" }}
{{- end }}
{{- if eq $g.edition "enterprise" }}
AIRBYTE_LICENSE_KEY: {{ required "global.enterprise.secretName is empty" $g.enterprise.secretName }}/{{ $g.enterprise.licenseKeySecretKey }}
INITIAL_USER_EMAIL: {{ $g.auth.instanceAdmin.secretName }}/{{ $g.auth.instanceAdmin.emailSecretKey }}
INITIAL_USER_PASSWORD: {{ $g.auth.instanceAdmin.secretName }}/{{ $g.auth.instanceAdmin.passwordSecretKey }}
KEYCLOAK_ADMIN_USER: {{ $own }}/KEYCLOAK_ADMIN_USER
KEYCLOAK_ADMIN_PASSWORD: {{ $own }}/KEYCLOAK_ADMIN_PASSWORD
{{- if eq $idp.type "oidc" }}
OIDC_CLIENT_ID: {{ $idp.secretName }}/{{ $idp.oidc.clientIdSecretKey }}
OIDC_CLIENT_SECRET: {{ $idp.secretName }}/{{ $idp.oidc.clientSecretSecretKey }}
{{- end }}
{{- end }}
{{- end }}

{{/* (list root groups): the variables of the groups; those of a feature that is off are left out, and all are for an unknown edition. */}}
{{- define "standin.env" -}}
{{- $root := index . 0 }}{{ $groups := include "standin.groups" $root | fromYaml }}{{ $refs := include "standin.refs" $root | fromYaml }}{{ $data := include "standin.data" $root | fromYaml }}
{{- range $group := has $root.Values.global.edition (list "community" "pro" "enterprise") | ternary (splitList " " (index . 1)) list }}
{{- range $variable := splitList " " (get $groups $group) }}
{{- $name := regexFind "^[^=]+" $variable }}{{ $source := regexReplaceAll ".*=" $variable "" }}{{ $ref := splitList "/" (get $refs $source) }}
{{- if hasKey $refs $source }}
- name: {{ $name }}
  valueFrom: {secretKeyRef: {name: {{ first $ref }}, key: {{ last $ref | quote }}}}
{{- else if hasKey $data $source }}
- name: {{ $name }}
  valueFrom: {configMapKeyRef: {name: {{ $root.Release.Name }}-airbyte-env, key: {{ $source }}}}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
