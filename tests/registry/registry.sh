#!/usr/bin/env bash
# Apicurio Registry 2.6.13 as the tests need it: it answers as Confluent's registry does under
# http://127.0.0.1:PORT/apis/ccompat/v7, and keeps its schemas in DIR when it is killed.
#
#   registry.sh start DIR PORT [OWNER]   prints "ready" when it answers; it ends with process OWNER
#   registry.sh fetch                    only fetches the archive, 142 MB once
#
# Java and maven are installed when missing. The archive is cached; nothing is stored in the repository.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/desirepath
name=apicurio-registry-app-2.6.13.Final
app=$cache/$name

install_missing() {
    local missing=() sudo=()
    command -v java >/dev/null || missing+=(default-jdk-headless)
    command -v mvn >/dev/null || missing+=(maven)
    command -v curl >/dev/null || missing+=(curl)
    [ ${#missing[@]} -eq 0 ] && return
    [ "$(id -u)" -eq 0 ] || sudo=(sudo)
    echo "installing: ${missing[*]}" >&2
    "${sudo[@]}" apt-get update -qq >&2
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >&2
}

# The folder takes its name only when it is complete: a broken download is fetched again.
fetch() {
    [ -d "$app" ] && return
    mkdir -p "$cache"
    local part
    part=$(mktemp -d "$app.part.XXXXXX")
    mvn -q -B -f "$here/pom.xml" dependency:unpack-dependencies -DoutputDirectory="$part" >&2
    # Somebody else may have been faster; theirs is as good.
    mv -T "$part" "$app" 2>/dev/null || rm -rf "$part"
    [ -d "$app" ]
}

# Ends the registry when its owner has ended, however that ended.
end_with_owner() {
    while kill -0 "$1" 2>/dev/null; do sleep 1; done
    kill -KILL "$2" 2>/dev/null || true
}

start() {
    local dir=$1 port=$2 owner=${3:-} registry
    install_missing
    fetch
    mkdir -p "$dir"
    setsid nohup java -Xmx256m -Dquarkus.http.host=127.0.0.1 "-Dquarkus.http.port=$port" \
        "-Dquarkus.datasource.jdbc.url=jdbc:h2:file:$dir/schemas" \
        -jar "$app/$name-runner.jar" >"$dir/registry.log" 2>&1 </dev/null &
    registry=$!
    echo "$registry" >"$dir/pid"
    if [ -n "$owner" ]; then
        # In a session of its own: what kills the owner's whole group must not kill this.
        setsid nohup "$here/registry.sh" watch "$owner" "$registry" >/dev/null 2>&1 </dev/null &
    fi
    for _ in $(seq 480); do
        curl -fs -o "$dir/subjects" "http://127.0.0.1:$port/apis/ccompat/v7/subjects" && {
            echo ready
            return
        }
        kill -0 "$registry" 2>/dev/null || break
        sleep .25
    done
    echo "the registry on port $port does not answer; the end of $dir/registry.log:" >&2
    tail -20 "$dir/registry.log" >&2
    exit 1
}

case ${1:-} in
start) [ $# -ge 3 ] && start "$2" "$3" "${4:-}" ;;
watch) end_with_owner "$2" "$3" ;;
fetch) install_missing; fetch ;;
*) sed -n '2,/^set/p' "$0" | sed '$d; s/^# \{0,1\}//' >&2; exit 64 ;;
esac
