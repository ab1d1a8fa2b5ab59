{{- define "standin.fullname" -}}
{{ contains .Chart.Name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) }}
{{- end }}

{{/* (list root component): what selectors select. The bundled stores have no label "airbyte". */}}
{{- define "standin.selector" -}}
{{- if not (hasPrefix "airbyte-" (index . 1)) -}}
airbyte: {{ index . 1 }}
{{ end -}}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
{{- end }}

{{/* (list root name component): name and labels. */}}
{{- define "standin.meta" -}}
{{- $root := index . 0 -}}
name: {{ index . 1 }}
{{- with include "standin.namespace" $root }}
{{ . }}
{{- end }}
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

{{/* (list root image): registry, repository and tag. */}}
{{- define "standin.image" -}}
{{- $root := index . 0 }}{{ $image := index . 1 }}{{ $global := $root.Values.global.image -}}
{{ with $global.registry }}{{ . }}/{{ end }}{{ $image.repository }}:{{ coalesce $image.tag $global.tag $root.Chart.AppVersion }}
{{- end }}

{{/* (list root values): what Pods have in common. Of values marked fallen, maps and resources miss their field by an indent. */}}
{{- define "standin.pod" -}}
{{- $root := index . 0 }}{{ $values := index . 1 -}}
serviceAccountName: {{ $values.serviceAccountName | default $root.Values.global.serviceAccountName }}
securityContext: {fsGroup: 1000}
{{- with $root.Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ .name }}
  {{- end }}
{{- end }}
{{- range $field, $value := pick $values "nodeSelector" "tolerations" "affinity" }}
{{- with $value }}
{{- if and (ne $field "tolerations") (hasKey $values "fallen") }}
{{ $field }}:
{{ toYaml . }}
{{- else }}
{{ $field }}: {{ toJson . }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/*
(list root groups values [refs]): image, variables and resources of a container. global.env_vars goes before the
values' own, but is not for values marked local; a variable stated there and above is stated twice.
*/}}
{{- define "standin.container" -}}
{{- $root := index . 0 }}{{ $values := index . 2 -}}
image: {{ include "standin.image" (list $root $values.image) }}
imagePullPolicy: IfNotPresent
{{- if and (contains "telemetry" (index . 1)) (include "standin.data.telemetry" $root) }}
envFrom:
  - configMapRef: {name: {{ $root.Release.Name }}-airbyte-telemetry-env}
{{- end }}
env:
  {{- range $name, $value := $values.literal }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
  {{- with include "standin.env" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- range $name, $value := merge (dict) (hasKey $values "local" | ternary dict $root.Values.global.env_vars) ($values.env_vars | default dict) }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
  {{- with $values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $values.resources }}
{{- if hasKey $values "fallen" }}
resources:
{{ toYaml . }}
{{- else }}
resources: {{ toJson . }}
{{- end }}
{{- end }}
{{- end }}
