{{/* What no schema can say: values that are each right, and together wrong. */}}
{{- define "desirepath.refusals" -}}
{{- $log := default dict .Values.config.log -}}
{{- $replicas := int .Values.replicas -}}
{{- $kafka := default dict .Values.config.kafka -}}
{{- if not .Values.image.repository -}}
{{- fail "image.repository is empty: say where the image of deploy/Dockerfile is" -}}
{{- end -}}
{{- if eq (default "embedded" $log.kind) "kafka" -}}
{{- if not $kafka.brokers -}}
{{- fail "config.log.kind is kafka: say config.kafka.brokers" -}}
{{- end -}}
{{- if not .Values.applicationSecret.name -}}
{{- fail "config.log.kind is kafka: say applicationSecret.name, by which all instances sign" -}}
{{- end -}}
{{- $partitions := int (default 4 $log.partitions) -}}
{{- if gt $replicas $partitions -}}
{{- $why := printf "with %d partitions the others would have nothing to do" $partitions -}}
{{- fail (printf "replicas is %d: %s" $replicas $why) -}}
{{- end -}}
{{- else if gt $replicas 1 -}}
{{- $fix := "say replicas: 1, or config.log.kind: kafka" -}}
{{- fail (printf "replicas is %d, and the log lies in the volume of one: %s" $replicas $fix) -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) -}}
{{- fail "ingress.enabled: say ingress.hosts, for a request for another name is refused" -}}
{{- end -}}
{{- if and .Values.podMonitor.enabled (not .Values.podMonitor.keySecret.name) -}}
{{- fail "podMonitor.enabled: say podMonitor.keySecret.name, a Secret with a key that may read" -}}
{{- end -}}
{{- if and .Values.tls.ownAuthority (not .Values.tls.secretName) -}}
{{- fail "tls.ownAuthority: say tls.secretName, a Secret that has ca.crt too" -}}
{{- end -}}
{{- range .Values.config.source -}}
{{- $file := trimPrefix "mappings/" .mapping -}}
{{- if not (hasKey $.Values.mappings $file) -}}
{{- $fix := "say mappings/NAME.toml, and its text under mappings" -}}
{{- fail (printf "config.source names mapping %s: %s" .mapping $fix) -}}
{{- end -}}
{{- end -}}
{{- end -}}
