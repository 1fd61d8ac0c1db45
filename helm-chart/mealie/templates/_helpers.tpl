{{- define "mealie.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "mealie.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "mealie.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "mealie.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "mealie.selectorLabels" -}}
app.kubernetes.io/name: {{ include "mealie.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "mealie.labels" -}}
{{ include "mealie.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "mealie.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{- define "mealie.serviceAccountName" -}}
{{- default (ternary (include "mealie.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name }}
{{- end }}

{{- define "mealie.claimName" -}}
{{- default (include "mealie.fullname" .) .Values.persistence.existingClaim }}
{{- end }}

{{/* The volume with Mealie's data, as it is without Liteferry: Liteferry's template takes it, and swaps it when it is on. */}}
{{- define "mealie.dataVolume" -}}
{{- $volume := default dict .Values.persistence.volume }}
{{- if and $volume .Values.persistence.existingClaim }}
{{- fail "persistence.existingClaim and persistence.volume: give one of them, which is where the data is. Leave the other one empty" }}
{{- end }}
{{- if or (hasKey $volume "emptyDir") (hasKey $volume "ephemeral") }}
{{- fail "persistence.volume: what is on an emptyDir or an ephemeral volume ends with the pod. If it may, set persistence.enabled to false" }}
{{- end }}
{{- if hasKey $volume "name" }}
{{- fail "persistence.volume: leave name away, the chart has one: give the source alone, as {nfs: {server: nas, path: /mealie}}" }}
{{- end }}
name: data
{{- if not .Values.persistence.enabled }}
emptyDir: {}
{{- else if .Values.persistence.volume }}
{{ toYaml .Values.persistence.volume }}
{{- else }}
persistentVolumeClaim:
  claimName: {{ include "mealie.claimName" . | quote }}
{{- end }}
{{- end }}

{{- define "mealie.probe" -}}
httpGet:
  path: /api/app/about
  port: http
periodSeconds: {{ .periodSeconds }}
timeoutSeconds: {{ .timeoutSeconds }}
failureThreshold: {{ .failureThreshold }}
{{- end }}
