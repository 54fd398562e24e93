#!/usr/bin/env bash
# Holds JSON against JSON Schemas: schemas.sh FILE, whose lines are {"schema": PATH, "value": …}, prints
# a line for each, "ok" or what is wrong first.
# From PyPI: jsonschema (MIT): seconds once.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/data/python.sh
ensure_python venv-schemas jsonschema jsonschema==4.26.0
exec "$python" - "$@" <<'END'
import json
import sys

import jsonschema

known = {}
for line in open(sys.argv[1]):
    row = json.loads(line)
    path = row["schema"]
    if path not in known:
        schema = json.load(open(path))
        jsonschema.Draft202012Validator.check_schema(schema)
        known[path] = jsonschema.Draft202012Validator(schema)
    wrong = jsonschema.exceptions.best_match(known[path].iter_errors(row["value"]))
    print("ok" if wrong is None else f"{path} {wrong.json_path}: {wrong.message}"[:500])
END
