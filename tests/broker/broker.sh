#!/usr/bin/env bash
# A real Apache Kafka for tests: one node, KRaft, on this machine only.
#
#   broker.sh start DIR PORT [OWNER]   starts it, waits until it answers; with OWNER it ends as soon
#                                      as the process of that id has ended
#   broker.sh stop DIR                 ends it and waits until it has ended
#   broker.sh tool CLASS ARGUMENTS...  runs a tool of Kafka, such as AclCommand
#   broker.sh fetch                    installs what is missing and fetches the jars, starts nothing
#
# PORT and PORT+1 must be free. With ADVERTISED_PORT clients are told to come to that port instead,
# where something stands that passes them on. With SECURE_PORT a second door stands open there, at
# localhost: TLS under DIR/ca.pem, SCRAM-SHA-512 for the user desirepath with the password in
# DIR/password, OAUTHBEARER with unsigned tokens; rights are asked there, and there are none yet; who
# comes by PORT may do everything. With COPIES every topic has so many. With JOINS, the folder of a
# broker that runs, it becomes the second of that one's cluster, without a vote; each leads what the
# first of its topics' copies are on, soon after it has come back. KAFKA_HEAP (512m) is the memory of
# the broker.
# A JDK, Maven and kcat are installed by apt when missing (as root, or with sudo); the jars come from
# Maven Central once and are kept in the cache.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/desirepath
libs=$cache/kafka-4.3.1

usage() {
    sed -n '2,/^set/p' "$0" | sed '$d; s/^# \{0,1\}//' >&2
    exit 64
}

install_missing() {
    local missing=() sudo=()
    command -v java >/dev/null || missing+=(default-jdk-headless)
    command -v mvn >/dev/null || missing+=(maven)
    command -v kcat >/dev/null || missing+=(kcat)
    command -v openssl >/dev/null || missing+=(openssl)
    [ ${#missing[@]} -eq 0 ] && return
    [ "$(id -u)" -eq 0 ] || sudo=(sudo)
    echo "installing: ${missing[*]}" >&2
    "${sudo[@]}" apt-get update -qq >&2
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >&2
}

# The folder takes its name only when it is complete: a broken download is fetched again.
fetch_jars() {
    [ -d "$libs" ] && return
    mkdir -p "$cache"
    local part
    part=$(mktemp -d "$libs.part.XXXXXX")
    mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$part" >&2
    # Somebody else may have been faster; theirs is as good.
    mv -T "$part" "$libs" 2>/dev/null || rm -rf "$part"
    [ -d "$libs" ]
}

write_properties() {
    local dir=$1 port=$2 controller=$(($2 + 1)) advertised=${ADVERTISED_PORT:-$2} copies=${COPIES:-1}
    local roles=broker,controller node=1 voters listeners
    voters=1@127.0.0.1:$controller
    listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
    if [ -n "${JOINS:-}" ]; then
        roles=broker node=2 listeners=PLAINTEXT://127.0.0.1:$port
        voters=$(sed -n 's/^controller.quorum.voters=//p' "$JOINS/server.properties")
    fi
    cat >"$dir/server.properties" <<P
process.roles=$roles
node.id=$node
controller.quorum.voters=$voters
listeners=$listeners
advertised.listeners=PLAINTEXT://127.0.0.1:$advertised
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=$dir/data
default.replication.factor=$copies
offsets.topic.replication.factor=$copies
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=$copies
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
num.partitions=1
P
    [ "$copies" = 1 ] || cat >>"$dir/server.properties" <<P
leader.imbalance.check.interval.seconds=5
leader.imbalance.per.broker.percentage=0
P
    [ -z "${SECURE_PORT:-}" ] || write_secure_door "$dir"
}

# Later lines win over earlier ones. The controller and PORT know nobody by name, and let everybody do
# what they like.
write_secure_door() {
    local dir=$1 door listeners advertised modules=org.apache.kafka.common.security
    door=SECURE://localhost:$SECURE_PORT
    listeners=$(sed -n 's/^listeners=//p' "$dir/server.properties")
    advertised=$(sed -n 's/^advertised.listeners=//p' "$dir/server.properties")
    make_certificate "$dir" 2>"$dir/certificate.log"
    cat >>"$dir/server.properties" <<P
listeners=$listeners,$door
advertised.listeners=$advertised,$door
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURE:SASL_SSL
listener.name.secure.ssl.keystore.type=PEM
listener.name.secure.ssl.keystore.location=$dir/server.pem
listener.name.secure.sasl.enabled.mechanisms=SCRAM-SHA-512,OAUTHBEARER
listener.name.secure.scram-sha-512.sasl.jaas.config=$modules.scram.ScramLoginModule required;
listener.name.secure.oauthbearer.sasl.jaas.config=$modules.oauthbearer.OAuthBearerLoginModule \
required unsecuredLoginStringClaim_sub="broker";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
P
}

# An authority that is trusted nowhere else, and a certificate of localhost.
make_certificate() {
    local dir=$1 key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
    [ -e "$dir/server.pem" ] && return
    openssl rand -hex 16 >"$dir/password"
    openssl req -x509 "${key[@]}" -days 2 -subj '/CN=authority of a test' \
        -keyout "$dir/ca.key" -out "$dir/ca.pem"
    openssl req "${key[@]}" -subj /CN=localhost -keyout "$dir/server.key" -out "$dir/server.csr"
    openssl x509 -req -days 2 -in "$dir/server.csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" \
        -CAcreateserial -extfile <(echo 'subjectAltName=DNS:localhost') -out "$dir/server.crt"
    cat "$dir/server.key" "$dir/server.crt" >"$dir/server.pem"
}

format() {
    local dir=$1 id users=()
    [ -e "$dir/data/meta.properties" ] && return
    if [ -n "${JOINS:-}" ]; then
        id=$(sed -n 's/^cluster.id=//p' "$JOINS/data/meta.properties")
    else
        id=$(java -cp "$libs/*" kafka.tools.StorageTool random-uuid 2>/dev/null | tail -1)
    fi
    [ -z "${SECURE_PORT:-}" ] ||
        users=(--add-scram "SCRAM-SHA-512=[name=desirepath,password=$(cat "$dir/password")]")
    java -cp "$libs/*" kafka.tools.StorageTool format -t "$id" -c "$dir/server.properties" \
        "${users[@]}" --ignore-formatted >"$dir/format.log" 2>&1
}

# Ends the broker when its owner has ended, however that ended; its log stays, its data does not.
# One that ended before may be started again on its data.
end_with_owner() {
    local owner=$1 broker=$2 dir=$3
    while kill -0 "$owner" 2>/dev/null; do sleep 1; done
    kill -KILL "$broker" 2>/dev/null || true
    rm -rf "$dir/data"
}

start() {
    local dir=$1 port=$2 owner=${3:-} heap=${KAFKA_HEAP:-512m} broker
    install_missing
    fetch_jars
    mkdir -p "$dir"
    write_properties "$dir" "$port"
    format "$dir"
    setsid nohup java "-Xmx$heap" "-Xms$heap" -XX:+UseG1GC -cp "$libs/*" kafka.Kafka \
        "$dir/server.properties" >"$dir/broker.log" 2>&1 </dev/null &
    broker=$!
    echo "$broker" >"$dir/pid"
    if [ -n "$owner" ]; then
        # In a session of its own: what kills the owner's whole group must not kill this.
        setsid nohup "$here/broker.sh" watch "$owner" "$broker" "$dir" >/dev/null 2>&1 </dev/null &
    fi
    for _ in $(seq 240); do
        kcat -b "127.0.0.1:$port" -L -m 1 >/dev/null 2>&1 && {
            echo ready
            return
        }
        kill -0 "$broker" 2>/dev/null || break
        sleep .25
    done
    echo "the broker on port $port does not answer; the end of $dir/broker.log:" >&2
    tail -20 "$dir/broker.log" >&2
    exit 1
}

stop() {
    local broker
    broker=$(cat "$1/pid")
    kill "$broker" 2>/dev/null || return 0
    for _ in $(seq 120); do
        kill -0 "$broker" 2>/dev/null || return 0
        sleep .25
    done
    kill -KILL "$broker"
}

case ${1:-} in
start) [ $# -ge 3 ] || usage; start "$2" "$3" "${4:-}" ;;
stop) [ $# -eq 2 ] || usage; stop "$2" ;;
watch) end_with_owner "$2" "$3" "$4" ;;
tool) shift; exec java -cp "$libs/*" "org.apache.kafka.tools.$1" "${@:2}" ;;
fetch) install_missing; fetch_jars ;;
*) usage ;;
esac
