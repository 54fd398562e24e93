#!/usr/bin/env bash
# What an import costs, in CPU-seconds, beside DuckDB's bare read_json of the same file, in one run:
# a million touchpoints in JSON lines of 127 bytes. Wants nothing but Rust, Python and the network once.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
cargo build --release --locked -p app --bin desirepath
cargo bench --locked -p benches --bench import --no-run
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 - "$folder/touchpoints.jsonl" <<'PYTHON'
import random, sys
random.seed(1)
line = ('{"event_id":"%08d","time":%d,"customer_id":"c-%06d","channel":"store",'
        '"kind":"purchase_made","source":"bench"}\n')
with open(sys.argv[1], "w") as file:
    for n in range(1_000_000):
        file.write(line % (n, 1774430043000 + n * 1000, random.randrange(100_000)))
PYTHON
cat > "$folder/read.py" <<'PYTHON'
import duckdb, sys
duckdb.sql(f"select min(COLUMNS(*)) from read_json('{sys.argv[1]}', "
           "format='newline_delimited')").fetchall()
PYTHON
spent() { # NAME COMMAND…
    local name=$1
    shift
    python3 - "$name" "$@" <<'PYTHON'
import resource, subprocess, sys
done = subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
assert done.returncode == 0, sys.argv
use = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{sys.argv[1]:<34} {use.ru_utime + use.ru_stime:6.2f} CPU-seconds "
      f"({use.ru_utime:.2f} user, {use.ru_stime:.2f} system)")
PYTHON
}
tests/data/duckdb.sh -c "import duckdb"
printf 'import duckdb\n' > "$folder/nothing.py"
spent "DuckDB, started and nothing read" tests/data/duckdb.sh "$folder/nothing.py"
spent "DuckDB, read_json" tests/data/duckdb.sh "$folder/read.py" "$folder/touchpoints.jsonl"
IMPORT_FILE="$folder/touchpoints.jsonl" cargo bench -q --locked -p benches --bench import
spent "desirepath import, counted" "$target/release/desirepath" import "$folder/touchpoints.jsonl" \
    --data "$folder/data"
