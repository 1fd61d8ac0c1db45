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

{{/* Bytes of what Kubernetes takes as a quantity, "1.5Gi" or a number; empty for another form. */}}
{{- define "liteferry.bytes" -}}
{{- $text := toString . }}
{{- if kindIs "float64" . }}
{{- $text = int64 . | toString }}
{{- end }}
{{- $number := regexFind "^[0-9]+([.][0-9]+)?" $text }}
{{- $unit := trimPrefix $number $text }}
{{- $units := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "T" 1000000000000 "P" 1000000000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 "Ti" 1099511627776 "Pi" 1125899906842624 }}
{{- if and $number (hasKey $units $unit) }}
{{- mulf (float64 $number) (float64 (get $units $unit)) | int64 }}
{{- end }}
{{- end }}

{{/* A dictionary from a dictionary, or from YAML as other templates give it. */}}
{{- define "liteferry.asYaml" -}}
{{- if kindIs "string" . }}{{ . }}{{ else }}{{ toYaml (default dict .) }}{{ end }}
{{- end }}
