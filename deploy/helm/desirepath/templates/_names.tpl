{{/* Names and labels. 50 letters leave room for what Kubernetes puts behind them. */}}

{{- define "desirepath.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "desirepath.fullname" -}}
{{- $name := include "desirepath.name" . -}}
{{- $both := printf "%s-%s" .Release.Name $name -}}
{{- if contains $name .Release.Name -}}
{{- $both = .Release.Name -}}
{{- end -}}
{{- default $both .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{/* The service by which the instances find each other, each under a name of its own. */}}
{{- define "desirepath.peers" -}}
{{- include "desirepath.fullname" . -}}-peers
{{- end -}}

{{/* What stands behind the name of a pod where another one asks it. */}}
{{- define "desirepath.place" -}}
{{- printf "%s.%s.svc:8080" (include "desirepath.peers" .) .Release.Namespace -}}
{{- end -}}

{{- define "desirepath.selector" -}}
app.kubernetes.io/name: {{ include "desirepath.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "desirepath.labels" -}}
{{ include "desirepath.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "desirepath.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else -}}
{{- printf "%s:%s" .repository (default $.Chart.AppVersion .tag) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "desirepath.scheme" -}}
{{- .Values.tls.secretName | empty | ternary "http" "https" -}}
{{- end -}}
