{{/* One instance. It passes what Kubernetes calls the restricted standard. */}}

{{- define "desirepath.closed" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* A probe comes by the pod's address, under which nobody may ask: so it says a name. */}}
{{- define "desirepath.probe" -}}
httpGet:
  path: {{ last . }}
  port: http
  scheme: {{ include "desirepath.scheme" (first .) | upper }}
  httpHeaders: [{name: Host, value: localhost}]
{{- end -}}

{{- define "desirepath.pod" -}}
serviceAccountName: {{ include "desirepath.fullname" . }}
automountServiceAccountToken: false
# Variables of other services are none of the program's configuration.
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ int .Values.user }}
  runAsGroup: {{ int .Values.user }}
  fsGroup: {{ int .Values.user }}
  # A volume that is as it should be is not walked through file by file at every start.
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.topologySpread }}
topologySpreadConstraints:
  {{- range . }}
  - topologyKey: {{ .topologyKey }}
    whenUnsatisfiable: {{ .whenUnsatisfiable }}
    maxSkew: 1
    labelSelector:
      matchLabels: {{- include "desirepath.selector" $ | nindent 8 }}
  {{- end }}
{{- end }}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "priorityClassName" }}
{{- with get $.Values $key }}
{{ $key }}: {{ toJson . }}
{{- end }}
{{- end }}
{{- if .Values.access.name }}
initContainers:
  # Keys are a file that an instance writes to, so it gets a copy. One that has not changed since
  # is not copied again: sessions of browsers stand in the same file.
  - name: access
    image: {{ include "desirepath.image" . }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    securityContext: {{- include "desirepath.closed" . | nindent 6 }}
    resources: {{- toYaml .Values.resources | nindent 6 }}
    command: [/bin/sh, -euc]
    args:
      - |
        home=/var/lib/desirepath
        cmp -s /run/desirepath/access/access.json "$home/access.taken" && exit
        mkdir -p -m 0700 "$home/data"
        install -m 0600 /run/desirepath/access/access.json "$home/data/access.json"
        install -m 0600 /run/desirepath/access/access.json "$home/access.taken"
    volumeMounts:
      - {name: data, mountPath: /var/lib/desirepath}
      - {name: access, mountPath: /run/desirepath/access, readOnly: true}
{{- end }}
containers:
  - name: desirepath
    image: {{ include "desirepath.image" . }}
    imagePullPolicy: {{ .Values.image.pullPolicy }}
    args: [run, --config, /etc/desirepath/desirepath.toml]
    # Where `kubectl exec … desirepath link` finds the same configuration.
    workingDir: /etc/desirepath
    securityContext: {{- include "desirepath.closed" . | nindent 6 }}
    resources: {{- toYaml .Values.resources | nindent 6 }}
    ports:
      - {name: http, containerPort: 8080}
    env:
      - name: POD_NAME
        valueFrom: {fieldRef: {fieldPath: metadata.name}}
      # Each is found by a name that stays its own, whatever address it gets.
      - name: DESIREPATH__HTTP__ADVERTISE
        value: {{ include "desirepath.scheme" . }}://$(POD_NAME).{{ include "desirepath.place" . }}
      {{- if .Values.tls.ownAuthority }}
      - name: SSL_CERT_DIR
        value: /etc/ssl/certs:/run/desirepath/authority
      {{- end }}
      {{- range $variable, $secret := .Values.secretEnv }}
      - name: {{ $variable }}
        valueFrom:
          secretKeyRef: {{- toYaml $secret | nindent 12 }}
      {{- end }}
    # Alive is who answers, whatever the brokers do: restarts would mend nothing there.
    startupProbe:
      {{- include "desirepath.probe" (list . "/livez") | nindent 6 }}
      periodSeconds: 5
      timeoutSeconds: 5
      failureThreshold: {{ .Values.startupFailureThreshold }}
    livenessProbe:
      {{- include "desirepath.probe" (list . "/livez") | nindent 6 }}
      periodSeconds: 10
      timeoutSeconds: 5
      failureThreshold: 6
    # Ready is who has restored its tasks.
    readinessProbe:
      {{- include "desirepath.probe" (list . "/readyz") | nindent 6 }}
      periodSeconds: 5
      timeoutSeconds: 5
      failureThreshold: 2
    volumeMounts:
      - {name: data, mountPath: /var/lib/desirepath}
      - {name: tmp, mountPath: /tmp}
      {{- include "desirepath.mounts" . | nindent 6 }}
volumes:
  - name: tmp
    emptyDir: {sizeLimit: 64Mi}
  {{- include "desirepath.volumes" . | trim | nindent 2 }}
{{- end -}}
