{{/*
What NOTES.txt says about Liteferry, in both states.
    {{ include "liteferry.notes" (dict "context" . "workload" "deployment/app" "persistent" true "applicationStop" 30) }}
With "stopped" true, for a workload with 0 replicas, it names no command that needs a pod.
*/}}
{{- define "liteferry.notes" -}}
{{- $namespace := .context.Release.Namespace }}
{{- if not .persistent -}}
The data is not kept: persistence is off, and it ends with the pod.
{{- else if not (include "liteferry.enabled" .context) -}}
Liteferry is off: the application works on its volume directly. If that is on NFS or another network storage, databases of
SQLite are slow there, and can be locked or damaged. To work on the node's disk, and keep the volume as the durable copy,
set in your values file

  liteferry:
    enabled: true

and upgrade the release with that file. The volume keeps the data as plain files. The way back is in
{{ include "liteferry.movingOut" . }}
{{- else if .stopped -}}
Liteferry is on, as a {{ include "liteferry.mode" .context }} sidecar: while the application runs, it works on the node's disk. The volume has the
durable copy, as plain files. The application starts when the volume is restored.

Only if the agent's log ended with "stopped: everything is on the volume", set liteferry.enabled to false and upgrade. Else the
volume may lack something, and how to go on is in
{{ include "liteferry.movingOut" . }}
{{- else -}}
Liteferry is on, as a {{ include "liteferry.mode" .context }} sidecar: the application works on the node's disk. The volume has the durable copy, as plain
files, a few seconds behind. The application starts when the volume is restored.

  What the agent does:
    kubectl logs --namespace {{ $namespace }} {{ .workload }} --container liteferry --follow
{{- if eq (include "liteferry.mode" .context) "classic" }}
  Why the application does not start, if it does not:
    kubectl logs --namespace {{ $namespace }} {{ .workload }} --container liteferry-restore
{{- end }}
  What is on the volume:
    kubectl exec --namespace {{ $namespace }} {{ .workload }} --container liteferry -- liteferry status
  Whether the databases there are sound:
    helm test {{ .context.Release.Name }} --namespace {{ $namespace }} --logs

Never delete the pod with --force or --grace-period=0: what is not yet on the volume would be lost. It takes up to
{{ include "liteferry.terminationGracePeriodSeconds" (dict "context" .context "application" .applicationStop) }} seconds to stop.
To go back to the volume alone, scale to 0 first, and read the end of the agent's log while it stops:

    kubectl logs --namespace {{ $namespace }} {{ .workload }} --container liteferry --follow &
    kubectl scale --namespace {{ $namespace }} {{ .workload }} --replicas=0

Only if its last line is "stopped: everything is on the volume", set liteferry.enabled to false and upgrade. Else the volume
lacks something that ends with the pod:
{{ include "liteferry.movingOut" . }}
{{- end }}
{{- end }}

{{- define "liteferry.movingOut" -}}
https://github.com/liteferry/liteferry/blob/main/docs/kubernetes/moving-out.md
{{- end }}

{{/*
For the pod of `helm test`: what is on the volume is there and sound. They mount it read-only.
    containers:
      {{- include "liteferry.testContainers" . | nindent 4 }}
    volumes:
      {{- include "liteferry.testVolumes" (dict "context" . "volume" …) | nindent 4 }}
A volume that one node alone may mount needs an affinity to the application's pod.
*/}}
{{- define "liteferry.testContainers" -}}
{{- if include "liteferry.enabled" . }}
{{- $context := . }}
{{- range $command := list (list "status") (list "verify" "--check=quick") }}
- name: liteferry-{{ first $command }}
  image: {{ include "liteferry.image" $context | quote }}
  imagePullPolicy: {{ $context.Values.liteferry.image.pullPolicy }}
  args:
    {{- toYaml $command | nindent 4 }}
  {{- with $context.Values.liteferry.resources }}
  resources:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    {{- include "liteferry.securityContext" $context | nindent 4 }}
  volumeMounts:
    - name: liteferry-volume
      mountPath: /liteferry/volume
      readOnly: true
      {{- with $context.Values.liteferry.subPath }}
      subPath: {{ . | quote }}
      {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "liteferry.testVolumes" -}}
{{- if include "liteferry.enabled" .context -}}
- name: liteferry-volume
  {{- omit (include "liteferry.asYaml" .volume | fromYaml) "name" | toYaml | nindent 2 }}
{{- end }}
{{- end }}
