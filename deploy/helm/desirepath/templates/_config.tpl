{{/* desirepath.toml: what values say, and what the cluster makes of it. */}}

{{/* helm's own toToml is not used: it writes every whole number of values as 4.0. */}}
{{- define "desirepath.toml.value" -}}
{{- if kindIs "map" . -}}
{{- $pairs := list -}}
{{- range $key, $value := . -}}
{{- $pairs = append $pairs (include "desirepath.toml.pair" (list $key $value)) -}}
{{- end -}}
{ {{- printf " %s " (join ", " $pairs) -}} }
{{- else if kindIs "slice" . -}}
{{- $values := list -}}
{{- range . -}}{{- $values = append $values (include "desirepath.toml.value" .) -}}{{- end -}}
{{- printf "[%s]" (join ", " $values) -}}
{{- else if kindIs "float64" . -}}
{{- int64 . -}}
{{- else -}}
{{- toJson . -}}
{{- end -}}
{{- end -}}

{{- define "desirepath.toml.pair" -}}
{{- $key := first . -}}
{{- $isBare := regexMatch "^[A-Za-z0-9_-]+$" $key -}}
{{- $value := include "desirepath.toml.value" (last .) -}}
{{- printf "%s = %s" (ternary $key (toJson $key) $isBare) $value -}}
{{- end -}}

{{- define "desirepath.toml" -}}
{{- range $key, $value := . -}}
{{- if not (kindIs "map" $value) }}
{{ include "desirepath.toml.pair" (list $key $value) }}
{{- end -}}
{{- end -}}
{{- range $section, $keys := . -}}
{{- if and (kindIs "map" $keys) $keys }}

[{{ $section }}]
{{- range $key, $value := $keys }}
{{ include "desirepath.toml.pair" (list $key $value) }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The configuration as a tree of YAML. */}}
{{- define "desirepath.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $log := default dict $config.log -}}
{{- $_ := set $log "data" "/var/lib/desirepath/data" -}}
{{- with .Values.applicationSecret -}}
{{- if .name -}}
{{- $_ := set $log "secret" (dict "file" (printf "/run/desirepath/secret/%s" .key)) -}}
{{- end -}}
{{- end -}}
{{- $http := default dict $config.http -}}
{{- $_ := set $http "listen" (printf "%s:8080" .Values.listen) -}}
{{- $name := include "desirepath.fullname" . -}}
{{- $inside := printf "%s.%s" $name .Release.Namespace -}}
{{- $names := list $name $inside (printf "%s.svc" $inside) -}}
{{- $ingress := .Values.ingress.enabled | ternary .Values.ingress.hosts list -}}
{{- $_ := set $http "hosts" (concat $ingress (default list $http.hosts) $names | uniq) -}}
{{- if .Values.tls.secretName -}}
{{- $tls := dict "certificate" "/run/desirepath/tls/tls.crt" "key" "/run/desirepath/tls/tls.key" -}}
{{- $_ := set $http "tls" $tls -}}
{{- end -}}
{{- /* Before pods that speak TLS as well: links have the name and port of the ingress. */ -}}
{{- if or .Values.ingress.enabled (not .Values.tls.secretName) -}}
{{- $_ := set $http "behind_proxy" true -}}
{{- end -}}
{{- $map := dict -}}
{{- if .Values.journey -}}
{{- $_ := set $map "file" "/etc/desirepath/journey.toml" -}}
{{- end -}}
{{- $config | merge (dict "log" $log "http" $http "map" $map) | toYaml -}}
{{- end -}}
