#!/usr/bin/env bash
# Makes the packages, installs the .deb into an empty Debian and unpacks the tarball into an empty
# folder, and looks at both: what people do first works, the service runs as its user, removing keeps
# data and purging does not. Prints how long it takes from the package to the first insight.
#
#   tests/package.sh            DESIREPATH names a program that is built already
#
# The empty Debian is made by mmdebstrap once, in the cache folder; where that cannot be (no root, no
# mirror) this says so and fails. Works as root, or as a user with sudo.
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${XDG_CACHE_HOME:-$HOME/.cache}/desirepath
sudo=()
[ "$(id -u)" -eq 0 ] || sudo=(sudo)
work=$(mktemp -d)
root=$work/root
server=
finish() {
    [ -z "$server" ] || "${sudo[@]}" kill "$server" 2>/dev/null || true
    "${sudo[@]}" rm -rf "$work"
}
trap finish EXIT

say() { printf '%s\n' "$1"; }
fail() { printf 'tests/package.sh: %s\n' "$1" >&2; exit 1; }
now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f s", b - a }'; }

install_missing() {
    local missing=()
    command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
    command -v systemd-analyze >/dev/null || missing+=(systemd)
    command -v lintian >/dev/null || missing+=(lintian)
    command -v curl >/dev/null || missing+=(curl)
    [ ${#missing[@]} -eq 0 ] && return
    echo "installing: ${missing[*]}" >&2
    "${sudo[@]}" apt-get update -qq >&2
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends "${missing[@]}" >&2
}

# Of the release that runs here, because the program is built against its C library. It holds what the
# .deb depends on, as apt would bring it, and nothing that the .deb forgot to name.
empty_debian() {
    local codename archive needed
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    needed=$(dpkg-deb -f "$deb" Depends | sed 's/ *([^)]*)//g; s/, */,/g')
    archive=$cache/empty-$codename-$(printf '%s' "$needed" | cksum | cut -d' ' -f1).tar
    if [ ! -f "$archive" ]; then
        mkdir -p "$cache"
        "${sudo[@]}" mmdebstrap --quiet --variant=essential "--include=$needed" \
            --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io \
            "$codename" "$work/empty.tar" >&2
        # It takes its name when it is complete.
        "${sudo[@]}" mv "$work/empty.tar" "$archive"
    fi
    mkdir "$root"
    "${sudo[@]}" tar -C "$root" -xf "$archive"
}

inside() { "${sudo[@]}" chroot "$root" "$@"; }
as_service() { inside setpriv --reuid desirepath --regid desirepath --clear-groups "$@"; }

# $1 --demo--> what an owner sees first.
looks_like_a_report() {
    grep -q '^Stage .*Converted of those decided$' "$1" && grep -q '^awareness  *[1-9]' "$1" &&
        grep -q 'The biggest leak is' "$1"
}

the_deb_is_installed_and_answers() {
    local begun
    "${sudo[@]}" cp "$deb" "$root/tmp/desirepath.deb"
    begun=$(now)
    inside dpkg --install /tmp/desirepath.deb >"$work/install.log" 2>&1 ||
        { cat "$work/install.log" >&2; fail 'the .deb does not install'; }
    say "  installed after                $(since "$begun")"
    inside desirepath demo --once >"$work/deb.txt" 2>"$work/deb.err" ||
        { cat "$work/deb.err" >&2; fail 'the demo of the .deb fails'; }
    say "  install to first insight       $(since "$begun")   (.deb; the promise is 60 s)"
    looks_like_a_report "$work/deb.txt" || { cat "$work/deb.txt" >&2; fail 'that is no report'; }
    [ "$(inside desirepath --version)" = "desirepath $version" ] || fail 'another version'
}

everything_is_in_its_place() {
    local file bad page
    for file in usr/share/bash-completion/completions/desirepath \
        usr/share/fish/vendor_completions.d/desirepath.fish \
        usr/share/zsh/vendor-completions/_desirepath usr/share/doc/desirepath/copyright \
        usr/share/doc/desirepath/third-party-licences.txt.gz usr/share/doc/desirepath/docs/tutorial.md \
        usr/share/doc/desirepath/examples/journey.example.toml usr/share/doc/desirepath/README.md \
        usr/lib/systemd/system/desirepath.service usr/lib/systemd/system/desirepath-digest.timer; do
        [ -s "$root/$file" ] || fail "$file is missing or empty"
    done
    # shellcheck disable=SC2016
    [ "$(bash -c '. "$1"; COMP_WORDS=(desirepath repo); COMP_CWORD=1; _desirepath desirepath repo desirepath
        echo "${COMPREPLY[*]}"' - "$root/usr/share/bash-completion/completions/desirepath")" = report ] ||
        fail 'bash does not complete repo to report'
    # A man page for every command that `help` names.
    for page in '' $(inside desirepath help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/-\1/p'); do
        [ "$page" = -help ] || gunzip -c "$root/usr/share/man/man1/desirepath$page.1.gz" |
            grep -q '^\.SH' || fail "there is no man page desirepath$page(1)"
    done
    # Nothing but folders and the program is executable, and nobody but root writes anything.
    bad=$(dpkg-deb -c "$deb" | awk '!/^[dl]rwxr-xr-x root\/root/ && !/^-rw-r--r-- root\/root/ &&
        !/^-rwxr-xr-x root\/root .* \.\/usr\/bin\/desirepath$/')
    [ -z "$bad" ] || fail "modes or owners: $bad"
    [ "$(inside dpkg --verify desirepath)" = '' ] || fail 'dpkg --verify finds other sums'
}

# Each commented key has to be one that the program knows, or the example lies.
the_configuration_holds() {
    inside desirepath check --offline --config /etc/desirepath/desirepath.toml >"$work/check.txt" ||
        { cat "$work/check.txt" >&2; fail 'the configuration as installed'; }
    grep -q '^log.data *"/var/lib/desirepath"' "$work/check.txt" || fail 'data lie elsewhere'
    sed -E 's/^#("?[a-z_.]+"? = |\[)/\1/; s/^file = .*//; s/^(certificate|key) = .*//' \
        "$root/etc/desirepath/desirepath.toml" >"$work/all.toml"
    "${sudo[@]}" cp "$work/all.toml" "$root/tmp/all.toml"
    inside desirepath check --offline --config /tmp/all.toml >"$work/check.txt" 2>&1 ||
        { cat "$work/check.txt" >&2; fail 'a commented key of the configuration is wrong'; }
}

# What systemd does with the unit, as far as that goes without systemd: user, folder, command.
the_service_runs_as_its_user() {
    local unit=$root/usr/lib/systemd/system/desirepath.service command port answer
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    read -r -a command <<<"$(sed -n 's/^ExecStart=//p' "$unit")"
    inside install -d -m 700 -o desirepath -g desirepath /var/lib/desirepath
    "${sudo[@]}" chroot "$root" setpriv --reuid desirepath --regid desirepath --clear-groups \
        env "DESIREPATH__HTTP__LISTEN=127.0.0.1:$port" "${command[@]}" >"$work/run.log" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        curl -fs "http://127.0.0.1:$port/livez" >/dev/null && break
        kill -0 "$server" 2>/dev/null || break
        sleep .1
    done
    curl -fs "http://127.0.0.1:$port/livez" >/dev/null ||
        { cat "$work/run.log" >&2; fail 'the service does not come alive'; }
    # Whoever may read the folder asks the instance through it.
    answer=$(as_service desirepath report --data /var/lib/desirepath) || fail 'no report of the service'
    case $answer in *Stage*) ;; *) fail "that is no report: $answer" ;; esac
    "${sudo[@]}" kill -TERM "$server"
    wait "$server" || { cat "$work/run.log" >&2; fail 'SIGTERM does not end it well'; }
    server=
    [ "$(stat -c '%U %a' "$root/var/lib/desirepath" | cut -d' ' -f2)" = 700 ] || fail 'data are open'
}

# Verified against the program in the empty Debian, as if it were installed here.
the_units_are_sound_and_closed() {
    local unit exposure
    for unit in desirepath.service desirepath-digest.service desirepath-digest.timer; do
        mkdir -p "$work/units"
        sed 's|^ExecStart=/usr/bin/desirepath|ExecStart=/bin/true|' \
            "$root/usr/lib/systemd/system/$unit" >"$work/units/$unit"
    done
    for unit in "$work"/units/*; do
        systemd-analyze verify --man=no "$unit" >"$work/verify.txt" 2>&1 ||
            { cat "$work/verify.txt" >&2; fail "systemd-analyze verify ${unit##*/}"; }
    done
    # 0 is closed, 100 open. What is left is network: it serves.
    for unit in desirepath.service desirepath-digest.service; do
        exposure=$(systemd-analyze security --offline=true --threshold=20 "$work/units/$unit" \
            --no-pager 2>&1) || { printf '%s\n' "$exposure" >&2; fail "$unit is more open than 2.0"; }
        say "  exposure of $unit: $(printf '%s\n' "$exposure" | sed -n 's/.*level for .*: \([0-9.]* [A-Z]*\).*/\1/p') (systemd-analyze security)"
    done
}

removing_keeps_data_and_purging_does_not() {
    inside dpkg --install /tmp/desirepath.deb >"$work/again.log" 2>&1 || fail 'it does not upgrade'
    inside test -d /var/lib/desirepath/log || fail 'an upgrade lost the data'
    inside dpkg --remove desirepath >"$work/remove.log" 2>&1 || fail 'it does not go'
    [ ! -e "$root/usr/bin/desirepath" ] || fail 'the program stayed'
    inside test -d /var/lib/desirepath/log || fail 'removing took the data'
    [ -f "$root/etc/desirepath/desirepath.toml" ] || fail 'removing took the configuration'
    inside dpkg --purge desirepath >"$work/purge.log" 2>&1 || fail 'it does not purge'
    [ ! -e "$root/var/lib/desirepath" ] || fail 'purging left data'
    [ ! -e "$root/etc/desirepath" ] || fail 'purging left configuration'
}

the_tarball_answers_too() {
    local begun top
    mkdir "$work/empty"
    begun=$(now)
    tar -C "$work/empty" -xzf "$tarball"
    top=$work/empty/desirepath-$version-$arch
    (cd "$work/empty" && env -i HOME="$work/empty" "$top/bin/desirepath" demo --once) \
        >"$work/tar.txt" 2>"$work/tar.err" || { cat "$work/tar.err" >&2; fail 'its demo fails'; }
    say "  unpacking to first insight     $(since "$begun")   (.tar.gz; the promise is 60 s)"
    looks_like_a_report "$work/tar.txt" || fail 'that is no report'
    [ "$(ls -A "$work/empty")" = "desirepath-$version-$arch" ] || fail 'the demo left something'
    [ -s "$top/LICENSE" ] && [ -s "$top/share/man/man1/desirepath.1.gz" ] &&
        [ -s "$top/share/zsh/site-functions/_desirepath" ] || fail 'files are missing'
}

the_same_commit_gives_the_same_bytes() {
    wait "$again" || fail 'the second run fails'
    cmp "$work/out/SHA256SUMS" "$work/again/SHA256SUMS" || fail 'two runs differ'
}

say '== packages'
install_missing
deploy/package.sh "$work/out"
deploy/package.sh "$work/again" >/dev/null 2>&1 &
again=$!
deb=$(echo "$work"/out/*.deb)
tarball=$(echo "$work"/out/*.tar.gz)
version=$(dpkg-deb -f "$deb" Version)
arch=$(dpkg-deb -f "$deb" Architecture)
empty_debian
say "in an empty $(. "$root/etc/os-release" && echo "$PRETTY_NAME"), by chroot:"
the_deb_is_installed_and_answers
everything_is_in_its_place
the_configuration_holds
the_service_runs_as_its_user
the_units_are_sound_and_closed
removing_keeps_data_and_purging_does_not
the_tarball_answers_too
the_same_commit_gives_the_same_bytes
lintian --fail-on error "$deb" || fail 'lintian finds mistakes'
say '== packages are good'
