#!/usr/bin/env bash
# The chart in deploy/helm, rendered by helm itself, and held to Kubernetes' own schemas, to the
# types of the Prometheus operator, and to the program, which reads what it would be given. The
# composition is read by Docker Compose's own loader, which comes the same way.
#
#   tests/helm.sh                everything
#   tests/helm.sh WORD…          the tests whose names have one of these words
#   UPDATE=1 tests/helm.sh       writes what is made of deploy/ and schemas/ into the chart first
#
# DESIREPATH names a program that is built already. No cluster is here: that the objects are what
# Kubernetes takes is tested, and that the program starts on what they say; not what a cluster does.
# It ends with 75 where helm is not there yet and the modules of Go cannot be reached.
set -euo pipefail
cd "$(dirname "$0")/.."
. tests/data/python.sh
. tests/helm/tools.sh

command -v python3 >/dev/null || {
    echo 'python3 is missing: install it, then run this again' >&2
    exit 69
}
ensure_helm
# kubernetes-validate (Apache-2.0) brings the schemas of Kubernetes.
ensure_python venv-helm kubernetes_validate PyYAML==6.0.3 kubernetes-validate==1.37.0
if [ -z "${DESIREPATH:-}" ]; then
    export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/desirepath/target}"
    cargo build --release --locked --workspace --bin desirepath
    DESIREPATH="$CARGO_TARGET_DIR/release/desirepath"
fi
export DESIREPATH HELM="$helm" READERS="$readers"
[ -z "${UPDATE:-}" ] || "$python" tests/helm/schema.py
words=()
for word; do words+=(-k "$word"); done
exec "$python" -m unittest discover -s tests/helm -t tests/helm -p '*_test.py' -v "${words[@]}"
