{{/*
The optional objects beside the application's. A chart's author includes them as one whole file:
    {{- include "liteferry.objects" (dict
          "context" .
          "name" (include "app.fullname" .)
          "labels" (include "app.labels" .)
          "selectorLabels" (include "app.selectorLabels" .)
          "applicationPorts" (list (dict "protocol" "TCP" "port" 8080))
          "volume" (include "app.data" .)
          "pod" (dict "securityContext" .Values.podSecurityContext "tolerations" .Values.tolerations)
        ) }}
"name" is that of the Deployment or StatefulSet, "selectorLabels" what its pods have, "applicationPorts" the ports of the
pod that others than the agent serve, "volume" what liteferry.volumes takes, "pod" what the pod of a job takes over from the
application's: fields of a pod's spec, empty ones are left out. Renders nothing while the toggle is off.
*/}}
{{- define "liteferry.objects" -}}
{{- if include "liteferry.enabled" .context }}
{{- $values := .context.Values.liteferry }}
{{- range .applicationPorts }}
{{- if and (eq (toString .port) (toString $values.port)) (eq (default "TCP" .protocol) "TCP") }}
{{- fail (printf "liteferry.port: %d is a port of the application, and the containers of a pod share their ports. Take another one, such as 9180" (int $values.port)) }}
{{- end }}
{{- end }}
{{- if $values.podMonitor.enabled }}
---
{{ include "liteferry.podMonitor" . }}
{{- end }}
{{- if $values.prometheusRule.enabled }}
---
{{ include "liteferry.prometheusRule" . }}
{{- end }}
{{- if $values.dashboard.enabled }}
---
{{ include "liteferry.dashboard" . }}
{{- end }}
{{- if $values.networkPolicy.enabled }}
---
{{ include "liteferry.networkPolicy" . }}
{{- end }}
{{- if $values.rehearsal.enabled }}
---
{{ include "liteferry.rehearsal" . }}
{{- end }}
{{- end }}
{{- end }}

{{/* Metadata of an optional object: (list . SUFFIX MORE-LABELS). The name of a CronJob has 52 characters at most. */}}
{{- define "liteferry.metadata" -}}
{{- $object := index . 0 -}}
{{- $length := ternary 32 50 (eq (index . 1) "liteferry-rehearsal") -}}
name: {{ printf "%s-%s" (trunc $length $object.name | trimSuffix "-") (index . 1) | quote }}
namespace: {{ $object.context.Release.Namespace | quote }}
labels:
  {{- mergeOverwrite (include "liteferry.asYaml" $object.labels | fromYaml) (default dict (index . 2)) | toYaml | nindent 2 }}
{{- end }}

{{- define "liteferry.podMonitor" -}}
{{- $monitor := .context.Values.liteferry.podMonitor -}}
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  {{- include "liteferry.metadata" (list . "liteferry" $monitor.labels) | nindent 2 }}
spec:
  selector:
    matchLabels:
      {{- include "liteferry.asYaml" .selectorLabels | nindent 6 }}
  namespaceSelector:
    matchNames:
      - {{ .context.Release.Namespace | quote }}
  podMetricsEndpoints:
    - port: liteferry
      path: /metrics
      {{- with $monitor.interval }}
      interval: {{ . | quote }}
      {{- end }}
      {{- with $monitor.scrapeTimeout }}
      scrapeTimeout: {{ . | quote }}
      {{- end }}
      {{- with $monitor.relabelings }}
      relabelings:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $monitor.metricRelabelings }}
      metricRelabelings:
        {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end }}

{{/*
The series of this release alone, so that two releases do not raise each other's alerts. A pod is called NAME-NUMBER in a
StatefulSet and NAME-HASH-RANDOM in a Deployment, where Kubernetes cuts what comes before RANDOM at 58 characters.
*/}}
{{- define "liteferry.matchers" -}}
{{- $values := .context.Values.liteferry }}
{{- $namespace := .context.Release.Namespace }}
{{- if $values.prometheusRule.matchers }}
{{- $values.prometheusRule.matchers }}
{{- else if $values.podMonitor.enabled }}
{{- printf "job=%q" (printf "%s/%s" $namespace (include "liteferry.metadata" (list . "liteferry" nil) | fromYaml).name) }}
{{- else }}
{{- $pods := printf "%s-([0-9]+|[a-z0-9]+-[a-z0-9]{5})" (regexQuoteMeta .name) }}
{{- if gt (len .name) 46 }}
{{- $pods = printf "%s.+" (trunc 57 .name | regexQuoteMeta) }}
{{- end }}
{{- printf "namespace=%q,container=\"liteferry\",pod=~%q" $namespace $pods }}
{{- end }}
{{- end }}

{{/* The plain rules of monitoring/rules.yaml. Into each selector of a metric go the matchers. */}}
{{- define "liteferry.prometheusRule" -}}
{{- $rule := .context.Values.liteferry.prometheusRule }}
{{- $matchers := include "liteferry.matchers" . }}
{{- $metric := "\\b(liteferry_[a-z_]+|process_[a-z_]+|up)" }}
{{- $cronJob := (include "liteferry.metadata" (list . "liteferry-rehearsal" nil) | fromYaml).name | printf "namespace=%q,cronjob=%q" .context.Release.Namespace }}
{{- $known := list }}
{{- $groups := list }}
{{- range $group := (.context.Subcharts.liteferry.Files.Get "monitoring/rules.yaml" | fromYaml).groups }}
{{- $rules := list }}
{{- range $alert := $group.rules }}
{{- $known = append $known $alert.alert }}
{{- if not (has $alert.alert $rule.disabled) }}
{{- $expression := regexReplaceAll (printf "%s\\{" $metric) $alert.expr "${1}{<>," }}
{{- $expression = regexReplaceAll (printf "%s([^a-z_{]|$)" $metric) $expression "${1}{<>}${2}" | replace "<>" $matchers }}
{{- $expression = replace "cronjob=~\".+-liteferry-rehearsal\"" $cronJob $expression }}
{{- $_ := set $alert "expr" $expression }}
{{- $_ := set $alert "labels" (merge (deepCopy $rule.alertLabels) (default dict $alert.labels)) }}
{{- $rules = append $rules $alert }}
{{- end }}
{{- end }}
{{- if $rules }}
{{- $groups = append $groups (set $group "rules" $rules) }}
{{- end }}
{{- end }}
{{- range $rule.disabled }}
{{- if not (has . $known) }}
{{- fail (printf "liteferry.prometheusRule.disabled: there is no alert %q; there are %s" . (join ", " $known)) }}
{{- end }}
{{- end -}}
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  {{- include "liteferry.metadata" (list . "liteferry" $rule.labels) | nindent 2 }}
spec:
  groups:
    {{- toYaml $groups | nindent 4 }}
{{- end }}

{{- define "liteferry.dashboard" -}}
{{- $dashboard := .context.Values.liteferry.dashboard -}}
apiVersion: v1
kind: ConfigMap
metadata:
  {{- include "liteferry.metadata" (list . "liteferry-dashboard" $dashboard.labels) | nindent 2 }}
  {{- with $dashboard.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
data:
  liteferry.json: |-
    {{- .context.Subcharts.liteferry.Files.Get "monitoring/dashboard.json" | trim | nindent 4 }}
{{- end }}

{{/*
A policy that selects a pod closes all its ports that it does not open. So this one opens the application's, to everybody
unless told otherwise, and the agent's port to those that scrape. Probes come from the node and are always let through.
*/}}
{{- define "liteferry.networkPolicy" -}}
{{- $policy := .context.Values.liteferry.networkPolicy }}
{{- $ports := concat (default list .applicationPorts) $policy.applicationPorts }}
{{- if not $ports }}
{{- fail "liteferry.networkPolicy: without the application's ports it would cut the application off. Give them in applicationPorts" }}
{{- end -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "liteferry.metadata" (list . "liteferry" nil) | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "liteferry.asYaml" .selectorLabels | nindent 6 }}
  policyTypes:
    - Ingress
  ingress:
    - ports:
        {{- toYaml $ports | nindent 8 }}
      {{- with $policy.applicationFrom }}
      from:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    {{- with $policy.metricsFrom }}
    - ports:
        # by number: not every network plugin finds the name of a port in an init container
        - protocol: TCP
          port: {{ $.context.Values.liteferry.port }}
      from:
        {{- toYaml . | nindent 8 }}
    {{- end }}
    {{- with $policy.extraIngress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{/*
Restores what the volume has to scratch, and checks it. On the application's node, which may be the only one that can mount
the volume; without a pod of the application it waits there until its deadline. Its pod has labels of its own, or the
application's service would send it traffic.
*/}}
{{- define "liteferry.rehearsal" -}}
{{- $context := .context }}
{{- $values := .context.Values.liteferry }}
{{- $volume := include "liteferry.asYaml" .volume | fromYaml }}
{{- if not $volume.name }}
{{- fail "liteferry.rehearsal: this chart does not tell liteferry.objects its data volume: its author must give \"volume\"" }}
{{- end }}
{{- $size := default $values.local.sizeLimit $values.rehearsal.sizeLimit -}}
apiVersion: batch/v1
kind: CronJob
metadata:
  {{- include "liteferry.metadata" (list . "liteferry-rehearsal" nil) | nindent 2 }}
spec:
  schedule: {{ $values.rehearsal.schedule | quote }}
  concurrencyPolicy: Forbid
  successfulJobsHistoryLimit: 1
  failedJobsHistoryLimit: 1
  jobTemplate:
    spec:
      # a second try, as a node may go
      backoffLimit: 1
      activeDeadlineSeconds: {{ int64 $values.rehearsal.timeoutSeconds }}
      template:
        metadata:
          labels:
            app.kubernetes.io/name: liteferry-rehearsal
            app.kubernetes.io/instance: {{ $context.Release.Name | quote }}
        spec:
          {{- range $field, $value := .pod }}
          {{- if $value }}
          {{ $field }}:
            {{- toYaml $value | nindent 12 }}
          {{- end }}
          {{- end }}
          restartPolicy: Never
          automountServiceAccountToken: false
          enableServiceLinks: false
          affinity:
            podAffinity:
              requiredDuringSchedulingIgnoredDuringExecution:
                - topologyKey: kubernetes.io/hostname
                  labelSelector:
                    matchLabels:
                      {{- include "liteferry.asYaml" .selectorLabels | nindent 22 }}
          containers:
            - name: liteferry-rehearsal
              image: {{ include "liteferry.image" $context | quote }}
              imagePullPolicy: {{ $values.image.pullPolicy }}
              args:
                - rehearse
                - --in=/liteferry/scratch
              {{- $environment := include "liteferry.rehearsalEnv" $values | trim }}
              {{- with $environment }}
              env:
                {{- . | nindent 16 }}
              {{- end }}
              {{- with $values.resources }}
              resources:
                {{- toYaml . | nindent 16 }}
              {{- end }}
              securityContext:
                {{- include "liteferry.securityContext" $context | nindent 16 }}
              # which point is not sound is then in the pod's status
              terminationMessagePolicy: FallbackToLogsOnError
              volumeMounts:
                - name: liteferry-volume
                  mountPath: /liteferry/volume
                  readOnly: true
                  {{- with $values.subPath }}
                  subPath: {{ . | quote }}
                  {{- end }}
                - name: liteferry-scratch
                  mountPath: /liteferry/scratch
          volumes:
            - name: liteferry-volume
              {{- omit $volume "name" | toYaml | nindent 14 }}
            - name: liteferry-scratch
              emptyDir:
                {{- if $size }}
                sizeLimit: {{ $size | quote }}
                {{- else }} {}
                {{- end }}
{{- end }}

{{- define "liteferry.rehearsalEnv" -}}
{{- include "liteferry.option" (list "CHECK_TIMEOUT" .agent.checkTimeoutSeconds "s") }}
{{- with .javaOptions }}
- name: JDK_JAVA_OPTIONS
  value: {{ . | quote }}
{{- end }}
{{- with .extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}
