{{/* More rows of standin.workloads: when, whether at all; name, free of the release; hook, rendered as one; plain, no service account; local, no global.env_vars. */}}
{{- define "standin.workloads.stateful" -}}
{{- $pg := .Values.postgresql -}}
airbyte-db: {values: postgresql, kind: StatefulSet, name: airbyte-db, container: airbyte-db-container, hook: true, replicas: 1, plain: {fsGroup: 70},
  literal: {POSTGRES_DB: {{ $pg.postgresqlDatabase | quote }}, POSTGRES_USER: {{ $pg.postgresqlUsername | quote }}, POSTGRES_PASSWORD: {{ $pg.postgresqlPassword | quote }}, PGDATA: /data/pgdata},
  env: "", local: true, range: [5432, 5433], claim: {name: airbyte-volume-db, path: /data, size: 500Mi}, services: {airbyte-db-svc: [{port: 5432}]}}
airbyte-minio: {values: minio, kind: StatefulSet, name: airbyte-minio, container: airbyte-minio, hook: true, plain: {fsGroup: 1000},
  when: {{ eq (lower .Values.global.storage.type) "minio" }}, args: [server, /storage], env: minio, local: true, range: [9000, 9001],
  claim: {name: airbyte-minio-pv-claim, path: /storage, size: {{ .Values.minio.storage.volumeClaimValue }}}, services: {airbyte-minio-svc: [{port: 9000, targetPort: 9000}]}}
keycloak: {values: keycloak, kind: StatefulSet, container: airbyte-keycloak, init: true, when: {{ eq .Values.global.edition "enterprise" }},
  env: keycloak keycloakadmin keycloakdb, local: true, ports: {http: 8180}, range: [7800, 7801], live: /auth/health/live, ready: /auth/health/ready, probe: http,
  claim: {name: keycloak-storage, path: /opt/keycloak/data/infinispan, size: 1Gi},
  services: {airbyte-keycloak-svc: [{name: http, port: 8180, targetPort: http}],
    airbyte-keycloak-headless-svc: [{name: jgroups, port: 7800, targetPort: 7800}, {name: http, port: 8180, targetPort: http}]}}
{{- end }}
