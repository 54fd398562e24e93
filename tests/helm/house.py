"""Where things are, and how the chart is rendered."""

import functools
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "desirepath"
HELM = os.environ.get("HELM", "helm")
PROGRAM = os.environ.get("DESIREPATH", "desirepath")

# The oldest that the chart says it runs on, and the newest that the schemas know.
KUBERNETES = ("1.27.0", "1.37.0")
NAME, NAMESPACE = "map", "journeys"
FULLNAME = f"{NAME}-desirepath"
# What must be said; and everything that can be turned on.
LEAST, EVERYTHING = HERE / "values/least.yaml", HERE / "values/everything.yaml"
JOURNEY = (DEPLOY / "journey.example.toml").read_text()
CASES = {
    "least": (LEAST,),
    "least with TLS": (LEAST, 'tls={"secretName": "shop-tls", "ownAuthority": true}'),
    "everything": (EVERYTHING, f"journey={json.dumps(JOURNEY)}"),
    "everything without TLS": (EVERYTHING, 'tls={"secretName": "", "ownAuthority": false}'),
}


def helm(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run([HELM, *map(str, arguments)], capture_output=True, text=True, check=False,
                          timeout=120)


def template(values: Path, *sets: str, chart: Path = CHART,
             kubernetes: str = KUBERNETES[-1]) -> subprocess.CompletedProcess:
    """What helm makes of values, and of further ones as NAME=JSON."""
    make = remembered if chart == CHART else rendered
    return make(values, sets, chart, kubernetes)


def rendered(values: Path, sets: tuple, chart: Path, kubernetes: str):
    more = [word for one in sets for word in ("--set-json", one)]
    return helm("template", NAME, chart, "--namespace", NAMESPACE, "--kube-version", kubernetes,
                "--values", values, *more)


# Our own chart does not change while it is looked at.
remembered = functools.cache(rendered)


def read_yaml(path: Path):
    return yaml.safe_load(path.read_text())


class Strict(yaml.SafeLoader):
    """Refuses a key that stands twice, of which a cluster would take the last without a word."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep) for key, _ in node.value]
        twice = [key for key in keys if keys.count(key) > 1]
        assert not twice, f"{twice} stand twice{node.start_mark}"
        return super().construct_mapping(node, deep)


def read_objects(text: str) -> list[dict]:
    return [one for one in yaml.load_all(text, Strict) if one]


def objects(values: Path, *sets: str, chart: Path = CHART) -> list[dict]:
    done = template(values, *sets, chart=chart)
    assert done.returncode == 0, done.stderr
    found = read_objects(done.stdout)
    assert len(found) > 5, done.stdout
    return found


def named(found: list[dict], kind: str, end: str = "") -> dict:
    [one] = [one for one in found
             if one["kind"] == kind and one["metadata"]["name"] == FULLNAME + end]
    return one


def pod(found: list[dict]) -> dict:
    return named(found, "StatefulSet")["spec"]["template"]["spec"]


def container(found: list[dict]) -> dict:
    [one] = pod(found)["containers"]
    return one


class Broken:
    """A copy of the chart in which something is broken, to see that it is noticed."""

    def __init__(self, file: str, old: str, new: str):
        self.folder = tempfile.TemporaryDirectory()
        self.chart = Path(self.folder.name) / "desirepath"
        shutil.copytree(CHART, self.chart)
        path = self.chart / file
        text = path.read_text()
        assert old in text, f"{file} no longer says {old}"
        path.write_text(text.replace(old, new))

    def __enter__(self) -> Path:
        return self.chart

    def __exit__(self, *_):
        self.folder.cleanup()
