#!/usr/bin/env bash
# Builds the page that a browser shows into ../dist/page, from where the next `cargo build` takes it
# into the program. Does nothing where the sources are those that were built last.
#
#   pipeline/serve/web/build.sh            as above
#   pipeline/serve/web/build.sh --check    checks types and runs the tests of its arithmetic too
set -euo pipefail
cd "$(dirname "$0")"
. ./node.sh

stamp=../dist/page/.built-from
sources() {
    find index.html package.json package-lock.json vite.config.ts public src -type f | LC_ALL=C sort |
        xargs sha256sum | sha256sum | cut -d' ' -f1
}
built_from=$(sources)
is_built=false
[ -f "$stamp" ] && [ "$(cat "$stamp")" = "$built_from" ] && is_built=true
$is_built && [ "${1:-}" != --check ] && exit 0

ensure_node
if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    npm ci --no-audit --no-fund --silent
fi
if [ "${1:-}" = --check ]; then
    npm run --silent check
    npm run --silent test
fi
$is_built && exit 0
npm run --silent build -- --logLevel warn
echo "$built_from" >"$stamp"
