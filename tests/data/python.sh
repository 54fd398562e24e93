# A library from PyPI in a virtual environment of its own in the cache; to be sourced.
#
#   ensure_python ENVIRONMENT MODULE PIP-ARGUMENT…   sets $python
#
# Tests run side by side, so whoever comes first makes it and the others wait.

ensure_python() {
    local cache="${XDG_CACHE_HOME:-$HOME/.cache}/desirepath" module=$2 sudo=()
    local environment="$cache/$1"
    shift 2
    mkdir -p "$cache"
    exec 9>"$environment.lock"
    flock 9
    if ! "$environment/bin/python" -c "import $module" 2>/dev/null; then
        python3 -m venv "$environment" >&2 || {
            [ "$(id -u)" -eq 0 ] || sudo=(sudo)
            "${sudo[@]}" apt-get update -qq >&2
            "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >&2
            python3 -m venv "$environment" >&2
        }
        "$environment/bin/pip" install -q --disable-pip-version-check "$@" >&2
    fi
    exec 9>&-
    python="$environment/bin/python"
}
