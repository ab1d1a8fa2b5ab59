{{- define "standin.selector" -}}
app.kubernetes.io/name: {{ .Values.nameOverride | default .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* These are on the Pods as well: a chart of another version restarts them. */}}
{{- define "standin.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{ include "standin.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* (list root name): name, namespace and labels. */}}
{{- define "standin.meta" -}}
{{- $root := index . 0 -}}
name: {{ index . 1 }}
namespace: {{ $root.Values.namespaceOverride | default $root.Release.Namespace }}
labels:
  {{- include "standin.labels" $root | nindent 2 }}
{{- end }}

{{/* The name of the Deployment; the ConfigMap and the Secret have another. */}}
{{- define "standin.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{ .Values.fullnameOverride | default (contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name)) }}
{{- end }}

{{- define "standin.pairs" -}}
{{ $comma := "" }}{{ range $key, $value := . }}{{ $comma }}{{ $key }}={{ $value }}{{ $comma = "," }}{{ end }}
{{- end }}

{{/* (list map key keys): the map under the key; without it the render fails, for one of these keys. */}}
{{- define "standin.map" -}}
{{- $under := get (first .) (toString (index . 1)) }}
{{- if and (has (index . 1) (last .)) (not (kindIs "map" $under)) }}{{ fail (printf "%s is chosen, and there is no such map" (index . 1)) }}{{ end }}
{{- kindIs "map" $under | ternary $under dict | toYaml }}
{{- end }}
