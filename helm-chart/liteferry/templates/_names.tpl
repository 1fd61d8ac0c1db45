{{/*
The values under `liteferry:` of the chart that uses the library. `.` is that chart's root context.
Returns nothing; fails when the library is not a dependency under its own name.
*/}}
{{- define "liteferry.present" -}}
{{- if not (hasKey .Values "liteferry") }}
{{- fail "liteferry: the chart needs the dependency \"liteferry\" under that name: an alias or a condition is not supported. The switch is liteferry.enabled" }}
{{- end }}
{{- end }}

{{/* "true" when the toggle is on, else empty: for {{ if include "liteferry.enabled" . }}. */}}
{{- define "liteferry.enabled" -}}
{{- include "liteferry.present" . }}
{{- if .Values.liteferry.enabled }}true{{ end }}
{{- end }}

{{/* "native" or "classic". */}}
{{- define "liteferry.mode" -}}
{{- $mode := .Values.liteferry.mode }}
{{- $version := .Capabilities.KubeVersion.Version }}
{{- if eq $mode "auto" }}
{{- ternary "native" "classic" (semverCompare ">=1.29.0-0" $version) }}
{{- else if and (eq $mode "native") (semverCompare "<1.28.0-0" $version) }}
{{- fail (printf "liteferry.mode: native sidecars need Kubernetes 1.29 (1.28 with the feature gate SidecarContainers), this is %s. Use auto or classic" $version) }}
{{- else }}
{{- $mode }}
{{- end }}
{{- end }}

{{/* The agent's image, by digest or by tag. */}}
{{- define "liteferry.image" -}}
{{- $image := .Values.liteferry.image }}
{{- if $image.digest }}
{{- printf "%s@%s" $image.repository $image.digest }}
{{- else }}
{{- printf "%s:%s" $image.repository (default .Subcharts.liteferry.Chart.AppVersion $image.tag) }}
{{- end }}
{{- end }}

{{/* A dictionary from a dictionary, or from YAML as other templates give it. */}}
{{- define "liteferry.asYaml" -}}
{{- if kindIs "string" . }}{{ . }}{{ else }}{{ toYaml (default dict .) }}{{ end }}
{{- end }}
