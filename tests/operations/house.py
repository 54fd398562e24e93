"""Where things are, and what several tests read."""

import json
import os
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
PROGRAM = os.environ["DESIREPATH"]
PROMETHEUS = Path(os.environ["PROMETHEUS"])

RULES = DEPLOY / "alerts" / "desirepath.rules.yml"
CASES = sorted((DEPLOY / "alerts").glob("*.test.yml"))


def read_yaml(path: Path):
    return yaml.safe_load(path.read_text())


def alerts() -> list[dict]:
    groups = read_yaml(RULES)["groups"]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


def records() -> list[dict]:
    groups = read_yaml(RULES)["groups"]
    return [rule for group in groups for rule in group["rules"] if "record" in rule]


def metrics_of_the_program() -> set[str]:
    """Every name in the one place that names metrics, with those that a histogram adds."""
    text = (ROOT / "pipeline/telemetry/src/name.rs").read_text()
    names = set(re.findall(r'= "((?:desirepath|process)_\w+)"', text))
    assert len(names) > 20, names
    histograms = set(re.findall(r'= "(\w+)", Histogram', text))
    return names | {f"{name}_{part}" for name in histograms for part in ("bucket", "count", "sum")}


def metrics_in(expression: str) -> set[str]:
    """Metrics that an expression reads; what stands in braces or quotes is none."""
    bare = re.sub(r'\{[^}]*\}|"[^"]*"', "", expression)
    return set(re.findall(r"\b(?:desirepath|process)_\w+|\bdesirepath:[\w:]+", bare))


def dashboards() -> dict[str, dict]:
    found = {path.name: json.loads(path.read_text())
             for path in sorted((DEPLOY / "grafana").glob("*.json"))}
    assert found, "no dashboard"
    return found
