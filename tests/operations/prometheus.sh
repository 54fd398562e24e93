# Prometheus and promtool from Debian's package, laid into the cache; to be sourced.
#
#   ensure_prometheus     sets $prometheus to the folder of both
#
# The package is taken apart and not installed: installing it would start a service.

ensure_prometheus() {
    local cache="${XDG_CACHE_HOME:-$HOME/.cache}/desirepath" sudo=() folder
    prometheus="$cache/prometheus/usr/bin"
    mkdir -p "$cache"
    exec 9>"$cache/prometheus.lock"
    flock 9
    if ! [ -x "$prometheus/promtool" ]; then
        [ "$(id -u)" -eq 0 ] || sudo=(sudo)
        folder=$(mktemp -d)
        # Readable for the user under whom apt fetches.
        chmod 755 "$folder"
        (cd "$folder" && { apt-get download -qq prometheus >&2 || {
            "${sudo[@]}" apt-get update -qq >&2 && apt-get download -qq prometheus >&2; }; })
        dpkg-deb -x "$folder"/prometheus_*.deb "$cache/prometheus"
        rm -r "$folder"
    fi
    exec 9>&-
}
