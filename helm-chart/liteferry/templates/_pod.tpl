{{/*
What the agent adds to a pod. A chart's author needs three of these: initContainers, containers and volumes.
All of them take the chart's root context and render nothing while the toggle is off, except that volumes and
terminationGracePeriodSeconds then give back what they were given.
*/}}

{{/*
First among the pod's init containers: those that come after it find the data in place.
    initContainers:
      {{- include "liteferry.initContainers" . | nindent 8 }}
*/}}
{{- define "liteferry.initContainers" -}}
{{- if include "liteferry.enabled" . }}
{{- $command := ternary "run" "restore" (eq (include "liteferry.mode" .) "native") }}
{{- include "liteferry.container" (dict "context" . "command" $command) }}
{{- end }}
{{- end }}

{{/*
After the application's containers. Empty with native sidecars.
    containers:
      - name: app …
      {{- include "liteferry.containers" . | nindent 8 }}
*/}}
{{- define "liteferry.containers" -}}
{{- if include "liteferry.enabled" . }}
{{- if eq (include "liteferry.mode" .) "classic" }}
{{- include "liteferry.container" (dict "context" . "command" "watch") }}
{{- end }}
{{- end }}
{{- end }}

{{/*
The data volume. Off, it is as it was given. On, its name belongs to an emptyDir, so that no mount of the application
changes, and what it was is mounted by the agent alone.
    volumes:
      {{- include "liteferry.volumes" (dict "context" . "volume" (dict "name" "data" "persistentVolumeClaim" …)) | nindent 8 }}
"volume" is a dictionary, or YAML as an include gives it. It may have any source that keeps data: a claim, nfs, csi, hostPath.
With the toggle off, it may be an emptyDir, too. What Kubernetes does not know as a source is refused in both.
*/}}
{{- define "liteferry.volumes" -}}
{{- $volume := include "liteferry.asYaml" .volume | fromYaml }}
{{- if not $volume.name }}
{{- fail (printf "liteferry.volumes: \"volume\" must be one volume of a pod, with a name and a source; it is %s" (toJson .volume)) }}
{{- end }}
{{- include "liteferry.refuseSource" $volume }}
{{- if not (include "liteferry.enabled" .context) -}}
- {{ toYaml $volume | nindent 2 | trim }}
{{- else }}
{{- $values := .context.Values.liteferry }}
{{- if ne $volume.name $values.dataVolume }}
{{- fail (printf "liteferry.dataVolume is %q, and the volume given to liteferry.volumes is %q: they must be the same" $values.dataVolume $volume.name) }}
{{- end }}
{{- if or (hasKey $volume "emptyDir") (hasKey $volume "ephemeral") }}
{{- fail "liteferry.enabled: the data volume ends with the pod, so there is nothing to keep the data on. Turn persistence on, or Liteferry off" }}
{{- end }}
{{- range $source := omit $volume "name" }}
{{- if $source.readOnly }}
{{- fail "liteferry.enabled: the data volume is read-only, and the agent must write to it" }}
{{- end }}
{{- end -}}
- name: {{ $volume.name | quote }}
  emptyDir:
    {{- if $values.local.sizeLimit }}
    sizeLimit: {{ $values.local.sizeLimit | quote }}
    {{- else }} {}
    {{- end }}
- name: liteferry-volume
  {{- omit $volume "name" | toYaml | nindent 2 }}
- name: liteferry-state
  emptyDir:
    {{- if $values.state.sizeLimit }}
    sizeLimit: {{ $values.state.sizeLimit | quote }}
    {{- else }} {}
    {{- end }}
{{- end }}
{{- end }}

{{/*
The API server drops a field that it does not know, and makes an emptyDir of a volume without a source: a slip of the pen
in the source would end the data with the pod, and nobody would be told.
*/}}
{{- define "liteferry.refuseSource" -}}
{{- $durable := list "persistentVolumeClaim" "nfs" "csi" "hostPath" "awsElasticBlockStore" "azureDisk" "azureFile" "cephfs" "cinder" "fc" "flexVolume" "gcePersistentDisk" "glusterfs" "iscsi" "portworxVolume" "rbd" "vsphereVolume" }}
{{- $others := list "configMap" "downwardAPI" "gitRepo" "image" "projected" "secret" }}
{{- $where := printf "liteferry.volumes: the data volume %q" .name }}
{{- $needs := printf "It needs one source that keeps data: %s" (join ", " $durable) }}
{{- $sources := omit . "name" }}
{{- $known := concat $durable $others (list "emptyDir" "ephemeral") }}
{{- $fields := list }}
{{- range $key := keys $sources | sortAlpha }}
{{- $value := get $sources $key }}
{{- if not (or (has $key $known) (kindIs "map" $value) (kindIs "invalid" $value)) }}
{{- $fields = append $fields (quote $key) }}
{{- end }}
{{- end }}
{{- with $fields }}
{{- fail (printf "%s has %s, which must be below a source, as {nfs: {server: nas, path: /export}} or {persistentVolumeClaim: {claimName: data}}. Where it is, Kubernetes would ignore it, and the data would end with the pod" $where (join " and " .)) }}
{{- end }}
{{- range $key := keys $sources | sortAlpha }}
{{- if has $key $others }}
{{- fail (printf "%s has the source %q, which does not keep what the application writes. %s" $where $key $needs) }}
{{- end }}
{{- if not (has $key $known) }}
{{- $meant := "" }}
{{- range $durable }}
{{- /* the same letters: another case, or two of them swapped */}}
{{- if eq (lower . | splitList "" | sortAlpha | join "") (lower $key | splitList "" | sortAlpha | join "") }}
{{- $meant = printf "Did you mean %s? " . }}
{{- end }}
{{- end }}
{{- fail (printf "%s has %q, which is no source of a volume: Kubernetes would ignore it, and the data would end with the pod. %s%s" $where $key $meant $needs) }}
{{- end }}
{{- if and (has $key $durable) (or (not (kindIs "map" (get $sources $key))) (empty (get $sources $key))) }}
{{- fail (printf "%s has nothing below %q: Kubernetes would ignore it, and the data would end with the pod. Say there where the data is, as for nfs: {nfs: {server: nas, path: /export}}" $where $key) }}
{{- end }}
{{- end }}
{{- if ne (len $sources) 1 }}
{{- fail (printf "%s has %s. %s" $where (empty $sources | ternary "no source: the data would end with the pod" (keys $sources | sortAlpha | join " and " | printf "more than one source: %s")) $needs) }}
{{- end }}
{{- end }}

{{/*
How long the pod may take to stop: as long as the application alone, then what is left of a pass that is under way, the
last flush, and the last call of the heartbeat URL, which may take 5 s.
    terminationGracePeriodSeconds: {{ include "liteferry.terminationGracePeriodSeconds" (dict "context" . "application" 30) }}
*/}}
{{- define "liteferry.terminationGracePeriodSeconds" -}}
{{- $seconds := int64 .application }}
{{- if include "liteferry.enabled" .context }}
{{- $values := .context.Values.liteferry }}
{{- if eq (include "liteferry.mode" .context) "classic" }}
{{- $seconds = add $seconds (int64 $values.agent.lingerSeconds) }}
{{- end }}
{{- $seconds = add $seconds (int64 $values.agent.flushTimeoutSeconds) 1 (mul 2 (int64 $values.shutdown.longestPassSeconds)) }}
{{- if or $values.agent.heartbeatUrl.value $values.agent.heartbeatUrl.secretName }}
{{- $seconds = add $seconds 5 }}
{{- end }}
{{- end }}
{{- $seconds }}
{{- end }}

{{/*
How long a Deployment may take before it counts as failed: as long as without Liteferry, and the longest start of the agent.
    progressDeadlineSeconds: {{ include "liteferry.progressDeadlineSeconds" (dict "context" . "application" 600) }}
*/}}
{{- define "liteferry.progressDeadlineSeconds" -}}
{{- $seconds := int64 .application }}
{{- if include "liteferry.enabled" .context }}
{{- $seconds = add $seconds (include "liteferry.startSeconds" .context) }}
{{- end }}
{{- $seconds }}
{{- end }}

{{/* The longest start of the agent: the wait for the pod before, then the restore. */}}
{{- define "liteferry.startSeconds" -}}
{{- add (int64 .Values.liteferry.agent.leaseWaitSeconds) (int64 .Values.liteferry.restore.timeoutSeconds) }}
{{- end }}

{{/* Annotations for the pod; empty when there are none. */}}
{{- define "liteferry.podAnnotations" -}}
{{- if include "liteferry.enabled" . }}
{{- $values := .Values.liteferry }}
{{- if $values.podAnnotations.clusterAutoscaler }}
cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes: {{ printf "%s,liteferry-state" $values.dataVolume | quote }}
{{- end }}
{{- if $values.podAnnotations.velero }}
backup.velero.io/backup-volumes-excludes: {{ printf "%s,liteferry-state" $values.dataVolume | quote }}
{{- end }}
{{- if $values.podAnnotations.prometheus }}
prometheus.io/scrape: "true"
prometheus.io/path: /metrics
prometheus.io/port: {{ $values.port | toString | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* One container of the agent. "command": run, restore or watch. */}}
{{- define "liteferry.container" -}}
{{- $context := .context }}
{{- $values := .context.Values.liteferry }}
{{- include "liteferry.refuseOwner" $values }}
{{- include "liteferry.refuseHeap" $values }}
{{- $serves := ne .command "restore" -}}
- name: {{ ternary "liteferry" "liteferry-restore" $serves }}
  image: {{ include "liteferry.image" $context | quote }}
  imagePullPolicy: {{ $values.image.pullPolicy }}
  {{- if eq .command "run" }}
  # what makes it a sidecar: it goes on while the application runs, and is stopped after it
  restartPolicy: Always
  {{- end }}
  args:
    - {{ .command }}
    {{- if and $values.restore.at (ne .command "watch") }}
    {{- /* not as variables, which would also hold for commands that are run by kubectl exec */}}
    - --at={{ ternary $values.restore.at (int64 $values.restore.at) (kindIs "string" $values.restore.at) }}
    - --request={{ default "values" $values.restore.request }}
    {{- end }}
    {{- if $serves }}
    {{- with $values.extraArgs }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- end }}
  env:
    {{- include "liteferry.env" (dict "context" $context "command" .command) | trim | nindent 4 }}
  {{- if $serves }}
  ports:
    - name: liteferry
      containerPort: {{ $values.port }}
      protocol: TCP
  {{- end }}
  {{- if eq .command "run" }}
  # The application starts when this succeeds: local is restored and checked.
  startupProbe:
    httpGet:
      path: /startupz
      port: liteferry
    periodSeconds: 1
    timeoutSeconds: 5
    # the wait for the lease, and the restore
    failureThreshold: {{ include "liteferry.startSeconds" $context }}
  {{- end }}
  {{- if and $serves $values.liveness.enabled }}
  livenessProbe:
    httpGet:
      path: /livez
      port: liteferry
    periodSeconds: {{ $values.liveness.periodSeconds }}
    timeoutSeconds: {{ $values.liveness.timeoutSeconds }}
    failureThreshold: {{ $values.liveness.failureThreshold }}
  {{- end }}
  {{- if and $serves $values.readiness.enabled }}
  readinessProbe:
    httpGet:
      path: /readyz
      port: liteferry
    periodSeconds: {{ $values.readiness.periodSeconds }}
    timeoutSeconds: {{ $values.readiness.timeoutSeconds }}
    failureThreshold: {{ $values.readiness.failureThreshold }}
  {{- end }}
  {{- with $values.resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- include "liteferry.securityContext" $context | nindent 4 }}
  # why it ended is then in the pod's status
  terminationMessagePolicy: FallbackToLogsOnError
  volumeMounts:
    - name: {{ $values.dataVolume | quote }}
      mountPath: /liteferry/local
      {{- with $values.subPath }}
      subPath: {{ . | quote }}
      {{- end }}
    - name: liteferry-volume
      mountPath: /liteferry/volume
      {{- with $values.subPath }}
      subPath: {{ . | quote }}
      {{- end }}
    - name: liteferry-state
      mountPath: /liteferry/state
    {{- with $values.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{/* An agent takes the volume at once from one with the same owner, so a name for all pods would undo the lease. */}}
{{- define "liteferry.refuseOwner" -}}
{{- $why := "must not name an owner: with the same one in each pod, the next pod takes the volume over while the pod before still flushes, and what that one had not published is lost. Remove it: each pod is an owner of its own, by its UID" }}
{{- range .extraEnv }}
{{- if eq (toString .name) "LITEFERRY_OWNER" }}
{{- fail (printf "liteferry.extraEnv: LITEFERRY_OWNER %s" $why) }}
{{- end }}
{{- end }}
{{- range .extraArgs }}
{{- if or (eq . "--owner") (hasPrefix "--owner=" .) }}
{{- fail (printf "liteferry.extraArgs: %s %s" . $why) }}
{{- end }}
{{- end }}
{{- end }}

{{/* A heap for which the limit has no room ends the agent some day, by a signal. 64 MiB are what it takes besides. */}}
{{- define "liteferry.refuseHeap" -}}
{{- $options := default "" .javaOptions }}
{{- range .extraEnv }}
{{- if eq (toString .name) "JDK_JAVA_OPTIONS" }}
{{- if $options }}
{{- fail "liteferry.extraEnv: JDK_JAVA_OPTIONS would replace liteferry.javaOptions. Give one of them" }}
{{- end }}
{{- $options = toString .value }}
{{- end }}
{{- end }}
{{- $heap := regexFindAll "-Xmx[0-9]+[kKmMgGtT]?|-XX:MaxHeapSize=[0-9]+[kKmMgGtT]?" $options -1 | last }}
{{- $start := regexFindAll "-Xms[0-9]+[kKmMgGtT]?" $options -1 | last }}
{{- if $heap }}
{{- $bytes := include "liteferry.heapBytes" $heap | int64 }}
{{- if and $start (gt (include "liteferry.heapBytes" $start | int64) $bytes) }}
{{- fail (printf "liteferry.javaOptions: %s is more than %s, and Java would not start. Leave it out" $start $heap) }}
{{- end }}
{{- with .resources }}
{{- with .limits }}
{{- with .memory }}
{{- $limit := include "liteferry.bytes" . }}
{{- if and $limit (gt (add $bytes 67108864) (int64 $limit)) }}
{{- fail (printf "liteferry.javaOptions: %s does not fit into liteferry.resources.limits.memory, which is %v: the agent takes 64Mi beside its heap, and would be killed. Raise the limit, or leave the option out: the heap has 70 %% of the limit" $heap .) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Of an option of Java: its units are those of 1024. */}}
{{- define "liteferry.heapBytes" -}}
{{- $size := regexFind "[0-9]+[kKmMgGtT]?$" . | upper }}
{{- include "liteferry.bytes" (regexReplaceAll "([KMGT])$" $size "${1}i") }}
{{- end }}

{{/*
The agent's user is that of liteferry.runAsUser, of its own security context, or of the pod's, which is podSecurityContext by
the custom of charts. The kubelet does not start a container that is to be root and not to be root.
*/}}
{{- define "liteferry.securityContext" -}}
{{- $values := .Values.liteferry }}
{{- $security := deepCopy (default dict $values.securityContext) }}
{{- if not (kindIs "invalid" $values.runAsUser) }}
{{- $_ := set $security "runAsUser" (int64 $values.runAsUser) }}
{{- end }}
{{- $user := $security.runAsUser }}
{{- $pod := .Values.podSecurityContext }}
{{- if and (kindIs "invalid" $user) (kindIs "map" $pod) }}
{{- $user = $pod.runAsUser }}
{{- end }}
{{- if eq (toString $user) "0" }}
{{- $_ := set $security "runAsNonRoot" false }}
{{- end }}
{{- if not (kindIs "invalid" $values.runAsGroup) }}
{{- $_ := set $security "runAsGroup" (int64 $values.runAsGroup) }}
{{- end }}
{{- toYaml $security }}
{{- end }}

{{/*
The agent's settings beyond those that its image has. The containers of a pod share them: what one command does not know of another's it ignores. As a
variable, and not as an argument, a setting also holds for commands that are run in the container by kubectl exec.
*/}}
{{- define "liteferry.env" -}}
{{- $values := .context.Values.liteferry }}
{{- $serves := ne .command "restore" }}
{{- $agent := $values.agent }}
{{- $settle := ternary 250 $agent.settleMilliseconds (kindIs "invalid" $agent.settleMilliseconds) | int64 }}
{{- $maxDelay := ternary 2 $agent.maxDelaySeconds (kindIs "invalid" $agent.maxDelaySeconds) | int64 }}
{{- if lt (mul $maxDelay 1000) $settle }}
{{- fail "liteferry.agent.maxDelaySeconds must not be shorter than liteferry.agent.settleMilliseconds, or no change ever settles" }}
{{- end }}
{{- if $serves }}
- name: LITEFERRY_LISTEN
  value: {{ printf "%s:%d" $values.listenAddress (int64 $values.port) | quote }}
{{- if $values.pageNames }}
- name: LITEFERRY_PAGE_NAMES
  value: "true"
{{- end }}
{{- end }}
{{- include "liteferry.option" (list "CHECK" $agent.check) }}
{{- include "liteferry.option" (list "CHECK_TIMEOUT" $agent.checkTimeoutSeconds "s") }}
{{- include "liteferry.option" (list "SETTLE" $agent.settleMilliseconds "ms") }}
{{- include "liteferry.option" (list "MAX_DELAY" $agent.maxDelaySeconds "s") }}
{{- include "liteferry.option" (list "RESCAN" $agent.rescanSeconds "s") }}
{{- include "liteferry.option" (list "DELETE_GUARD" $agent.deleteGuardSeconds "s") }}
{{- include "liteferry.option" (list "BUSY_TIMEOUT" $agent.busyTimeoutSeconds "s") }}
{{- include "liteferry.option" (list "FLUSH_TIMEOUT" $agent.flushTimeoutSeconds "s") }}
{{- include "liteferry.option" (list "PUBLISH" $agent.publish) }}
{{- include "liteferry.option" (list "FOLD_AFTER" $agent.foldAfterSeconds "s") }}
{{- include "liteferry.option" (list "LEASE_DURATION" $agent.leaseDurationSeconds "s") }}
{{- include "liteferry.option" (list "LEASE_WAIT" $agent.leaseWaitSeconds "s") }}
{{- if eq .command "watch" }}
{{- include "liteferry.option" (list "LINGER" $agent.lingerSeconds "s") }}
{{- end }}
{{- include "liteferry.option" (list "READY_MAX_LAG" $agent.readyMaxLagSeconds "s") }}
{{- include "liteferry.option" (list "TRANSFERS" $agent.transfers "") }}
{{- with $agent.include }}
{{- include "liteferry.option" (list "INCLUDE" (join "," .)) }}
{{- end }}
{{- with $agent.exclude }}
{{- include "liteferry.option" (list "EXCLUDE" (join "," .)) }}
{{- end }}
{{- $history := $values.history }}
{{- include "liteferry.option" (list "KEEP" $history.keep) }}
{{- include "liteferry.option" (list "KEEP_ALL" $history.keepAllSeconds "s") }}
{{- include "liteferry.option" (list "KEEP_HOURLY" $history.keepHourly "") }}
{{- include "liteferry.option" (list "KEEP_DAILY" $history.keepDaily "") }}
{{- include "liteferry.option" (list "KEEP_WEEKLY" $history.keepWeekly "") }}
{{- include "liteferry.option" (list "KEEP_BYTES" $history.keepBytes) }}
{{- include "liteferry.option" (list "KEEP_FILE_BYTES" $history.keepFileBytes) }}
{{- with $history.keepExclude }}
{{- include "liteferry.option" (list "KEEP_EXCLUDE" (join "," .)) }}
{{- end }}
{{- if and $values.restore.acceptOlder (ne .command "watch") }}
{{- include "liteferry.option" (list "ACCEPT_OLDER" "true") }}
{{- end }}
{{- include "liteferry.option" (list "LOG_FORMAT" $agent.logFormat) }}
{{- include "liteferry.option" (list "LOG_LEVEL" $agent.logLevel) }}
{{- if and $agent.heartbeatUrl.value $agent.heartbeatUrl.secretName }}
{{- fail "liteferry.agent.heartbeatUrl: give either value or secretName, not both" }}
{{- end }}
{{- if $serves }}
{{- with $agent.heartbeatUrl.value }}
{{- include "liteferry.option" (list "HEARTBEAT_URL" .) }}
{{- end }}
{{- if $agent.heartbeatUrl.secretName }}
- name: LITEFERRY_HEARTBEAT_URL
  valueFrom:
    secretKeyRef:
      name: {{ $agent.heartbeatUrl.secretName | quote }}
      key: {{ $agent.heartbeatUrl.secretKey | quote }}
{{- end }}
{{- include "liteferry.option" (list "HEARTBEAT_INTERVAL" $agent.heartbeatIntervalSeconds "s") }}
{{- end }}
{{- /* for the doctor, as a pod cannot see them */}}
{{- with $values.local.sizeLimit }}
{{- include "liteferry.option" (list "LOCAL_LIMIT" (include "liteferry.bytes" .)) }}
{{- end }}
{{- with $values.state.sizeLimit }}
{{- include "liteferry.option" (list "STATE_LIMIT" (include "liteferry.bytes" .)) }}
{{- end }}
{{- with $values.javaOptions }}
- name: JDK_JAVA_OPTIONS
  value: {{ . | quote }}
{{- end }}
{{- with $values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* One variable, unless its value is null: (list NAME VALUE UNIT); without UNIT the value is text. */}}
{{- define "liteferry.option" -}}
{{- $value := index . 1 }}
{{- if not (kindIs "invalid" $value) }}
- name: LITEFERRY_{{ index . 0 }}
  value: {{ if eq (len .) 3 }}{{ printf "%d%s" (int64 $value) (index . 2) | quote }}{{ else }}{{ $value | quote }}{{ end }}
{{- end }}
{{- end }}
