{{/*
Where secret variables come from: VARIABLE: feature, and its value that names the key. The feature's own Secret is
asked, else secretName, else the chart's; a key that is not named is named like the variable.
*/}}
{{- define "standin.refs.table" -}}
always:
  DATAPLANE_CLIENT_ID: dataPlane clientIdSecretKey
  DATAPLANE_CLIENT_SECRET: dataPlane clientSecretSecretKey
  AIRBYTE_LICENSE_KEY: enterprise licenseKeySecretKey
storage-minio: {AWS_ACCESS_KEY_ID: storage accessKeyIdSecretKey, AWS_SECRET_ACCESS_KEY: storage secretAccessKeySecretKey}
storage-s3: {AWS_ACCESS_KEY_ID: storage accessKeyIdSecretKey, AWS_SECRET_ACCESS_KEY: storage secretAccessKeySecretKey}
storage-gcs: {GOOGLE_APPLICATION_CREDENTIALS_JSON: storage credentialsJsonSecretKey}
storage-azure: {AZURE_STORAGE_CONNECTION_STRING: storage connectionStringSecretKey}
manager-AWS_SECRET_MANAGER: {AWS_SECRET_MANAGER_ACCESS_KEY_ID: manager accessKeyIdSecretKey, AWS_SECRET_MANAGER_SECRET_ACCESS_KEY: manager secretAccessKeySecretKey}
manager-GOOGLE_SECRET_MANAGER: {SECRET_STORE_GCP_CREDENTIALS: manager credentialsSecretKey}
manager-AZURE_KEY_VAULT: {AB_AZURE_KEY_VAULT_CLIENT_ID: manager clientIdSecretKey, AB_AZURE_KEY_VAULT_CLIENT_SECRET: manager clientSecretSecretKey}
manager-VAULT: {VAULT_AUTH_TOKEN: manager authTokenSecretKey}
{{- end }}

{{/* The rows that apply now, as "VARIABLE: {ref: secret/key, value: what stands inline}". */}}
{{- define "standin.refs" -}}
{{- $v := .Values }}{{ $root := . }}{{ $plain := dict }}
{{- $store := include "standin.map" (list $v.storage $v.storage.type (list "s3" "gcs" "azure")) | fromYaml }}
{{- if eq $v.storage.type "minio" }}{{ $plain = dict "AWS_ACCESS_KEY_ID" "minio" "AWS_SECRET_ACCESS_KEY" "minio123" }}{{ end }}
{{- $managers := dict "AWS_SECRET_MANAGER" "awsSecretManager" "GOOGLE_SECRET_MANAGER" "googleSecretManager" "AZURE_KEY_VAULT" "azureKeyVault" "VAULT" "vault" }}
{{- $manager := include "standin.map" (list $v.secretsManager (get $managers (toString $v.secretsManager.type)) (values $managers)) | fromYaml }}
{{- $features := dict "dataPlane" $v.dataPlane "enterprise" $v.enterprise "storage" (merge (pick $v.storage "secretName") (omit $store "secretName")) "manager" (merge (pick $v.secretsManager "secretName") (omit $manager "secretName")) }}
{{- $table := include "standin.refs.table" . | fromYaml }}
{{- range $section := list "always" (printf "storage-%s" $v.storage.type) (printf "manager-%s" $v.secretsManager.type) }}
{{- range $variable, $row := get $table $section | default dict }}
{{- $feature := get $features (splitList " " $row | first) }}{{ $key := splitList " " $row | last }}
{{ $variable }}:
  ref: {{ coalesce $feature.secretName $v.secretName (printf "%s-airbyte-data-plane-secrets" $root.Release.Name) }}/{{ get $feature $key | default $variable }}
  value: {{ get $feature (trimSuffix "SecretKey" $key) | default (get $plain $variable) | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* The plain variables, as the data of the ConfigMap; the Deployment reads each of them. */}}
{{- define "standin.data" -}}
{{- $v := .Values }}{{ $refs := include "standin.refs" . | fromYaml }}{{ $tag := $v.image.tag | default .Chart.AppVersion }}{{ $sm := $v.secretsManager }}{{ $resources := $v.workloads.resources -}}
AIRBYTE_EDITION: {{ $v.edition | quote }}
AIRBYTE_VERSION: {{ .Chart.AppVersion | quote }}
AIRBYTE_URL: {{ $v.airbyteUrl | quote }}
INTERNAL_API_HOST: {{ $v.airbyteUrl | quote }}
WORKLOAD_API_HOST: {{ $v.airbyteUrl | quote }}
CONTROL_PLANE_AUTH_ENDPOINT: {{ $v.dataPlane.controlPlaneAuthEndpoint | default $v.airbyteUrl | quote }}
CONTROL_PLANE_TOKEN_ENDPOINT: "{{ $v.airbyteUrl }}/api/v1/dataplanes/token"
{{- /* The Secret that is named here is not the one that the Pod reads: clientIdSecretName stops at this. */}}
{{- range $variable, $field := dict "DATAPLANE_CLIENT_ID" "clientId" "DATAPLANE_CLIENT_SECRET" "clientSecret" }}
{{- $ref := splitList "/" (get $refs $variable).ref }}
{{ $variable }}_SECRET_NAME: {{ get $v.dataPlane (printf "%sSecretName" $field) | default (first $ref) | quote }}
{{ $variable }}_SECRET_KEY: {{ last $ref | quote }}
{{- end }}
LOG_LEVEL: {{ $v.logging.level | quote }}
MICRONAUT_ENVIRONMENTS: "k8s,data-plane"
WORKER_ENVIRONMENT: "kubernetes"
WORKLOADS_NAMESPACE: {{ $v.workloads.namespace | quote }}
WORKLOAD_LAUNCHER_PARALLELISM: {{ $v.workloadLauncher.parallelism | quote }}
CONTAINER_ORCHESTRATOR_SECRET_NAME: {{ $v.workloads.containerOrchestrator.secretName | default $v.secretName | quote }}
CONTAINER_ORCHESTRATOR_SECRET_MOUNT_PATH: "/secrets/gcp-creds"
STORAGE_TYPE: {{ $v.storage.type | quote }}
{{- range $variable, $bucket := dict "ACTIVITY_PAYLOAD" "activityPayload" "AUDIT_LOGGING" "auditLogging" "LOG" "log" "STATE" "state" "WORKLOAD_OUTPUT" "workloadOutput" }}
STORAGE_BUCKET_{{ $variable }}: {{ get $v.storage.bucket $bucket | default "airbyte-bucket" | quote }}
{{- end }}
{{- if eq $v.storage.type "s3" }}
AWS_DEFAULT_REGION: {{ $v.storage.s3.region | default "" | quote }}
AWS_AUTHENTICATION_TYPE: {{ $v.storage.s3.authenticationType | default "credentials" | quote }}
{{- else if eq $v.storage.type "gcs" }}
GOOGLE_APPLICATION_CREDENTIALS: {{ $v.storage.gcs.credentialsJsonPath | default "/secrets/gcp-creds/gcp.json" | quote }}
{{- else if eq $v.storage.type "minio" }}
MINIO_ENDPOINT: {{ ($v.storage.minio | default dict).endpoint | default (printf "http://airbyte-minio-svc.%s:9000" ($v.namespaceOverride | default .Release.Namespace)) | quote }}
S3_PATH_STYLE: "true"
{{- end }}
SECRET_PERSISTENCE: {{ $sm.type | default "vault" | quote }}
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
{{- range $variable := list "CLIENT_ID" "CLIENT_SECRET" }}
{{- $ref := splitList "/" (get $refs (printf "AB_AZURE_KEY_VAULT_%s" $variable)).ref }}
AB_AZURE_KEY_{{ $variable }}_REF_NAME: {{ first $ref | quote }}
AB_AZURE_KEY_{{ $variable }}_REF_KEY: {{ last $ref | quote }}
{{- end }}
{{- else if eq $sm.type "VAULT" }}
VAULT_ADDRESS: {{ $sm.vault.address | default "" | quote }}
VAULT_PREFIX: {{ $sm.vault.prefix | default "" | quote }}
{{- end }}
JOB_KUBE_SERVICEACCOUNT: {{ $v.serviceAccount.name | quote }}
{{- range $variable, $field := dict "ANNOTATIONS" "annotations" "LABELS" "labels" "NODE_SELECTORS" "nodeSelector" }}
JOB_KUBE_{{ $variable }}: {{ get $v.jobs.kube $field | default dict | include "standin.pairs" | quote }}
{{- end }}
JOB_KUBE_TOLERATIONS: "{{ range $i, $toleration := $v.jobs.kube.tolerations }}{{ if $i }};{{ end }}{{ include "standin.pairs" $toleration }}{{ end }}"
{{- $pull := list }}{{ range $v.imagePullSecrets }}{{ $pull = append $pull .name }}{{ end }}
JOB_KUBE_MAIN_CONTAINER_IMAGE_PULL_SECRET: {{ join "," $pull | default $v.jobs.kube.mainContainerImagePullSecret | quote }}
JOB_KUBE_LOCAL_VOLUME_ENABLED: {{ $v.jobs.kube.localVolume.enabled | quote }}
CONNECTOR_SPECIFIC_RESOURCE_DEFAULTS_ENABLED: {{ $resources.useConnectorResourceDefaults | quote }}
{{- range $variable, $kind := dict "JOB_MAIN_CONTAINER" "mainContainer" "CHECK_JOB_MAIN_CONTAINER" "check" "DISCOVER_JOB_MAIN_CONTAINER" "discover" "REPLICATION_ORCHESTRATOR" "replication" "SIDECAR_MAIN_CONTAINER" "sidecar" }}
{{- range $what := list "cpu" "memory" }}{{ range $how := list "request" "limit" }}
{{ upper (printf "%s_%s_%s" $variable $what $how) }}: {{ dig $kind $what $how "" $resources | quote }}
{{- end }}{{ end }}
{{- end }}
{{- range $how := list "request" "limit" }}
FILE_TRANSFER_EPHEMERAL_STORAGE_{{ upper $how }}: {{ dig "fileTransfer" "storage" $how "" $resources | quote }}
{{- end }}
{{- range $variable, $repository := dict "CONNECTOR_PROFILER" "async-profiler" "CONNECTOR_SIDECAR" "connector-sidecar" "CONTAINER_ORCHESTRATOR" "container-orchestrator" "WORKLOAD_INIT" "workload-init-container" }}
{{ $variable }}_IMAGE: "{{ with $v.image.registry }}{{ . }}/{{ end }}airbyte/{{ $repository }}:{{ $tag }}"
{{- end }}
{{- end }}
