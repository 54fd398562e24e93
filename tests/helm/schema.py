"""The part of values.schema.json that is made of the program's own schema, and copies in files/.

`UPDATE=1 tests/helm.sh` writes both anew; the rest of the schema is written by hand in the file
itself. It is draft 7: what helm before 3.18 reads.
"""

import json

from house import CHART, DEPLOY, ROOT

SCHEMA = CHART / "values.schema.json"
# What the cluster says of an instance, and no values: section, keys.
OF_THE_CHART = {"log": {"data", "secret"}, "http": {"listen", "advertise", "behind_proxy", "tls"},
                "map": {"file"}}
COPIES = {
    CHART / "files/desirepath.rules.yml": DEPLOY / "alerts/desirepath.rules.yml",
    CHART / "files/operator.json": DEPLOY / "grafana/operator.json",
    CHART / "files/business.json": DEPLOY / "grafana/business.json",
}


def of_draft_7(schema):
    """The same in draft 7, on one line where it has lines."""
    if isinstance(schema, list):
        return [of_draft_7(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"].replace("#/$defs/", "#/definitions/")}
    left_out = ("format", "default")
    made = {key: of_draft_7(value) for key, value in schema.items() if key not in left_out}
    if isinstance(made.get("description"), str):
        made["description"] = " ".join(made["description"].split())
    # A property may be called as a keyword is.
    for key in ("properties", "$defs"):
        if key in schema:
            made[key] = {name: of_draft_7(value) for name, value in schema[key].items()}
    return made


def sections() -> tuple[dict, dict]:
    """The schema of `config`, and what it refers to."""
    program = of_draft_7(json.loads((ROOT / "schemas/desirepath.schema.json").read_text()))
    definitions = program.pop("$defs")
    for section, keys in OF_THE_CHART.items():
        name = program["properties"][section]["$ref"].rsplit("/", 1)[1]
        known = definitions[name]["properties"]
        for key in keys:
            del known[key]
        if not known:
            del program["properties"][section], definitions[name]
    # Nobody refers to the certificate any more.
    del definitions["TlsSection"]
    kept = ("type", "additionalProperties", "properties")
    return {key: program[key] for key in kept}, definitions


def made() -> str:
    """The whole schema as it should be."""
    schema = json.loads(SCHEMA.read_text())
    schema["properties"]["config"], schema["definitions"] = sections()
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def update():
    SCHEMA.write_text(made())
    for copy, origin in COPIES.items():
        copy.write_bytes(origin.read_bytes())


if __name__ == "__main__":
    update()
