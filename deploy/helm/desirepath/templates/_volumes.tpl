{{/* /etc/desirepath is what values say; under /run/desirepath are Secrets, each in a folder. */}}

{{/* Secrets by the name of their volume: [folder, Secret, keys that are taken; none: all]. */}}
{{- define "desirepath.secrets" -}}
{{- $secrets := dict -}}
{{- with .Values.applicationSecret -}}
{{- if .name -}}{{- $_ := set $secrets "secret" (list "secret" .name (list .key)) -}}{{- end -}}
{{- end -}}
{{- with .Values.tls -}}
{{- if .secretName -}}
{{- $_ := set $secrets "tls" (list "tls" .secretName (list "tls.crt" "tls.key")) -}}
{{- end -}}
{{- if .ownAuthority -}}
{{- $_ := set $secrets "authority" (list "authority" .secretName (list "ca.crt")) -}}
{{- end -}}
{{- end -}}
{{- range $folder, $name := .Values.secretFiles -}}
{{- $path := printf "secrets/%s" $folder -}}
{{- $_ := set $secrets (printf "secrets-%s" $folder) (list $path $name list) -}}
{{- end -}}
{{- toYaml $secrets -}}
{{- end -}}

{{- define "desirepath.mounts" -}}
- {name: config, mountPath: /etc/desirepath, readOnly: true}
{{- range $volume, $secret := include "desirepath.secrets" . | fromYaml }}
- {name: {{ $volume }}, mountPath: /run/desirepath/{{ first $secret }}, readOnly: true}
{{- end }}
{{- end -}}

{{- define "desirepath.volumes" -}}
- name: config
  projected:
    defaultMode: 0444
    sources:
      - configMap:
          name: {{ include "desirepath.fullname" . }}-config
      {{- if or .Values.journey .Values.mappings }}
      - configMap:
          name: {{ include "desirepath.fullname" . }}-rules
          items:
            {{- if .Values.journey }}
            - {key: journey.toml, path: journey.toml}
            {{- end }}
            {{- range $file, $_ := .Values.mappings }}
            - {key: {{ printf "mapping.%s" $file }}, path: mappings/{{ $file }}}
            {{- end }}
      {{- end }}
{{- if .Values.access.name }}
- name: access
  secret: {secretName: {{ .Values.access.name }}, defaultMode: 0440}
{{- end }}
{{- range $volume, $secret := include "desirepath.secrets" . | fromYaml }}
- name: {{ $volume }}
  secret:
    secretName: {{ index $secret 1 }}
    defaultMode: 0440
    {{- with index $secret 2 }}
    items:
      {{- range . }}
      - {key: {{ . }}, path: {{ . }}}
      {{- end }}
    {{- end }}
{{- end }}
{{- end -}}
