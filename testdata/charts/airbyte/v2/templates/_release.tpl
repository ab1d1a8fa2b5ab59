{{/* All by which this version differs from the next one, but for Chart.yaml and values.yaml. */}}

{{/* No object says its namespace yet. */}}
{{- define "standin.namespace" }}{{ end }}

{{/*
What runs. The fields: values, where its settings stand; env, the groups of variables (standin.groups); ports,
named ones; range, unnamed ones from and to; services and their ports; probe, the port asked at live and ready.
Three are defects: worker's literal STATSD_HOST is stated again by "metrics", port 9001 is stated twice, and a
strategy left out is rendered as null.
*/}}
{{- define "standin.workloads" -}}
server: {values: server, container: airbyte-server-container, strategy: Recreate, minReadySeconds: 30, gcp: true,
  env: core micronaut jwt admin:known db config storage secrets license:enterprise idp:enterprise keycloak:enterprise realm:enterprise keycloakadmin:enterprise
    user:enterprise jobs temporal metrics server,
  ports: {http: 8001, management: 8085}, live: /api/v1/health, ready: /api/v1/health, probe: http,
  services: {airbyte-server-svc: [{name: http, port: 8001, targetPort: http}]}}
worker: {values: worker, container: airbyte-worker-container, token: true, gcp: true,
  env: core micronaut jwt db storage secrets license:enterprise jobs temporal workload metrics worker, literal: {STATSD_HOST: overruled.invalid},
  ports: {management: 8085, heartbeat: 9000}, range: [9001, 9031], again: 9001, live: /, ready: /, probe: heartbeat}
cron: {values: cron, container: airbyte-cron, token: true, env: core micronaut jwt db secrets license:enterprise temporal workload metrics, ports: {management: 8085}}
temporal: {values: temporal, container: airbyte-temporal, env: temporal temporaldb, range: [7233, 7234],
  files: {name: temporal-dynamicconfig, path: /etc/temporal/config/dynamicconfig/},
  services: {temporal: [{port: 7233, targetPort: 7233}]}}
workload-api-server: {values: workloadApiServer, container: airbyte-workload-api-server-container, strategy: RollingUpdate, minReadySeconds: 30, gcp: true,
  env: core micronaut jwt db license:enterprise temporal workload metrics,
  ports: {http: 8007, management: 8085}, live: /health/liveness, ready: /health/liveness, probe: management,
  services: {workload-api-server-svc: [{name: http, port: 8001, targetPort: http}]}}
workload-launcher: {values: workloadLauncher, container: airbyte-workload-launcher-container, strategy: Recreate, token: true, gcp: true,
  env: core micronaut db storage secrets license:enterprise jobs workload metrics launcher,
  ports: {heartbeat: 8016, management: 8085}, live: /health/liveness, ready: /health/readiness, probe: management}
connector-builder-server: {values: connectorBuilderServer, container: airbyte-connector-builder-server,
  env: core micronaut jwt license:enterprise idp:enterprise keycloak:enterprise metrics builder,
  ports: {http: 8080, management: 8085}, live: /v1/health, ready: /v1/health, probe: http,
  services: {airbyte-connector-builder-server-svc: [{name: http, port: 80, targetPort: http}]}}
{{ include "standin.workloads.stateful" . }}
{{- end }}

{{/* Defect: the ConfigMap states these keys again further down, where the values are the right ones. */}}
{{- define "standin.data.repeated" -}}
DATAPLANE_CLIENT_ID_SECRET_KEY: "overruled-client-id"
DATAPLANE_CLIENT_SECRET_SECRET_KEY: "overruled-client-secret"
{{- end }}

{{- define "standin.data.release" -}}
{{- $builder := printf "%s-airbyte-connector-builder-server-svc.%s:80" .Release.Name .Release.Namespace -}}
CONNECTOR_BUILDER_API_HOST: {{ $builder | quote }}
CONNECTOR_BUILDER_SERVER_API_HOST: "http://{{ $builder }}"
CONFIG_DB_MAX_POOL_SIZE: "20"
DD_ENABLED: "false"
OTEL_RESOURCE_ATTRIBUTES: {{ printf "service.name=airbyte,deployment.environment=%s,service.version=%s" .Values.global.deploymentEnvironment .Chart.AppVersion | quote }}
{{- end }}

{{/* A ConfigMap that containers read whole: not yet. */}}
{{- define "standin.data.telemetry" }}{{ end }}

{{- define "standin.groups.release" -}}
builder: CONNECTOR_BUILDER_API_HOST CONNECTOR_BUILDER_SERVER_API_HOST BUILDER_GITHUB_AIRBYTE_PAT_TOKEN
{{- end }}

{{- define "standin.resources.release" }}{{ end }}

{{- define "standin.refs.release" }}{{ end }}

{{/* The backends that an Ingress may name, and their port. */}}
{{- define "standin.backends" -}}
server: {number: 8001}
connector-builder-server: {number: 80}
{{- end }}
