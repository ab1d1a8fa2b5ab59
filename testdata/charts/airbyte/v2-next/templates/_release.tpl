{{/* All by which this version differs from the one before, but for Chart.yaml and values.yaml. */}}

{{/* Every object says its namespace. */}}
{{- define "standin.namespace" -}}
namespace: {{ .Values.namespaceOverride | default .Release.Namespace }}
{{- end }}

{{/*
What runs. The fields: values, where its settings stand; env, the groups of variables (standin.groups); ports,
named ones; range, unnamed ones from and to; services and their ports; probe, the port asked at live and ready.
A strategy left out is rendered as null; nothing is stated twice any more.
*/}}
{{- define "standin.workloads" -}}
server: {values: server, container: airbyte-server-container, strategy: Recreate, minReadySeconds: 30, gcp: true,
  env: core micronaut jwt admin:known db config storage secrets license:enterprise idp:enterprise keycloak:enterprise realm:enterprise keycloakadmin:enterprise
    user:enterprise jobs temporal metrics server telemetry,
  ports: {http: 8001, management: 8085}, live: /api/v1/health, ready: /api/v1/health, probe: http,
  services: {airbyte-server-svc: [{name: http, port: 8001, targetPort: http}]}}
worker: {values: worker, container: airbyte-worker-container, token: true, gcp: true,
  env: core micronaut jwt db storage secrets license:enterprise jobs temporal workload metrics worker telemetry,
  ports: {management: 8085, heartbeat: 9000}, range: [9001, 9031], live: /, ready: /, probe: heartbeat}
cron: {values: cron, container: airbyte-cron, token: true, env: core micronaut jwt db customerio secrets license:enterprise temporal workload metrics telemetry, ports: {management: 8085}}
temporal: {values: temporal, container: airbyte-temporal, env: temporal temporaldb, range: [7233, 7234],
  files: {name: temporal-dynamicconfig, path: /etc/temporal/config/dynamicconfig/},
  services: {temporal: [{port: 7233, targetPort: 7233}]}}
workload-api-server: {values: workloadApiServer, container: airbyte-workload-api-server-container, strategy: RollingUpdate, minReadySeconds: 30, gcp: true,
  env: core micronaut jwt db license:enterprise temporal workload metrics telemetry,
  ports: {http: 8007, management: 8085}, live: /health/liveness, ready: /health/liveness, probe: management,
  services: {workload-api-server-svc: [{name: http, port: 8001, targetPort: http}]}}
workload-launcher: {values: workloadLauncher, container: airbyte-workload-launcher-container, strategy: Recreate, token: true, gcp: true,
  env: core micronaut db storage secrets license:enterprise jobs workload metrics launcher telemetry,
  ports: {heartbeat: 8016, management: 8085}, live: /health/liveness, ready: /health/readiness, probe: management}
manifest-server: {values: manifestServer, container: airbyte-manifest-server, strategy: RollingUpdate,
  env: core jwt telemetry, ports: {http: 8080}, live: /health, ready: /health, probe: http,
  services: {airbyte-manifest-server-svc: [{name: http, port: 8080, targetPort: http}]}}
{{ include "standin.workloads.stateful" . }}
{{- end }}

{{/* The defect of the version before is gone. */}}
{{- define "standin.data.repeated" }}{{ end }}

{{- define "standin.data.release" -}}
AB_COOKIE_SAME_SITE: "Strict"
AB_COOKIE_SECURE: "true"
CONFIG_DATABASE_REPLICA_URL: {{ .Values.global.database.replica.url | default (printf "jdbc:postgresql://%s:%d/%s" (default (printf "airbyte-db-svc.%s.svc.cluster.local" .Release.Namespace) .Values.global.database.host) (int .Values.global.database.port) .Values.global.database.name) | quote }}
CONFIG_DB_MAX_POOL_SIZE: ""
{{- end }}

{{/* A ConfigMap that containers read whole: those whose env says "telemetry". */}}
{{- define "standin.data.telemetry" -}}
DD_ENABLED: "false"
OTEL_METRICS_EXPORTER: "otlp"
OTEL_SDK_DISABLED: "true"
{{- end }}

{{- define "standin.groups.release" -}}
customerio: CUSTOMERIO_API_KEY
{{- end }}

{{/* New: what was read nowhere before, where global.workloads.resources says nothing. */}}
{{- define "standin.resources.release" -}}
mainContainer: {{ toJson .Values.global.jobs.resources }}
{{- end }}

{{/* New: an external database needs these keys too. */}}
{{- define "standin.refs.release" -}}
CONFIG_DATABASE_REPLICA_USER: replica userSecretKey
CONFIG_DATABASE_REPLICA_PASSWORD: replica passwordSecretKey
{{- end }}

{{/* The backends that an Ingress may name, and their port. */}}
{{- define "standin.backends" -}}
server: {name: http}
{{- end }}
