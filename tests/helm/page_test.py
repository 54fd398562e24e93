"""The page on Kubernetes: what it tells people to write and to type is what the chart takes."""

import re
import shlex
import tempfile
import unittest
from pathlib import Path

from house import FULLNAME, HERE, KUBERNETES, NAME, NAMESPACE, ROOT
from house import container, helm, named, pod, read_objects

import yaml

PAGE = (ROOT / "docs/how-to/kubernetes.md").read_text()
FILES = dict(re.findall(r"In `([\w.]+)`[^`]*:\n\n```yaml\n(.*?)```", PAGE, re.S))
COMMANDS = "".join(re.findall(r"```sh\n(.*?)```", PAGE, re.S)).splitlines()


def installed(command: str, folder: Path) -> list[dict]:
    """What a command of the page would install."""
    words = shlex.split(command.replace(" deploy/helm/", f" {ROOT}/deploy/helm/"))
    words = [str(folder / word) if word in FILES else word for word in words[1:]]
    del words[0:2 if words[:2] == ["upgrade", "--install"] else 1]
    done = helm("template", *words, "--kube-version", KUBERNETES[-1])
    assert done.returncode == 0, f"{command}: {done.stderr}"
    return read_objects(done.stdout)


class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        for name, text in FILES.items():
            (Path(folder.name) / name).write_text(text)
        commands = [command for command in COMMANDS if command.startswith("helm ")]
        cls.installed = {command: installed(command, Path(folder.name)) for command in commands}

    def test_every_file_is_used_and_every_command_installs(self):
        self.assertEqual({"values.yaml", "kafka.yaml", "doors.yaml"}, set(FILES))
        self.assertEqual(3, len(self.installed))
        for name in FILES:
            self.assertIn(name, " ".join(self.installed).split())
        for command, found in self.installed.items():
            meta = named(found, "StatefulSet")["metadata"]
            self.assertEqual(NAMESPACE, meta["namespace"], command)

    def test_every_secret_that_is_used_is_made_before(self):
        made = {}
        for command in COMMANDS:
            secret = re.search(r"create secret generic (\S+) (.*)", command)
            if secret:
                keys = re.findall(r"--from-(?:literal|file)=(?:.*/)?([\w.]+)", secret[2])
                made[secret[1]] = set(keys)
        *_, found = self.installed.values()
        for volume in pod(found)["volumes"]:
            if "secret" in volume:
                source = volume["secret"]
                used = {one["key"] for one in source.get("items", [])}
                self.assertLessEqual(used, made[source["secretName"]], source)
        [endpoint] = named(found, "PodMonitor")["spec"]["podMetricsEndpoints"]
        key = endpoint["authorization"]["credentials"]
        self.assertIn(key["key"], made[key["name"]])
        password = yaml.safe_load(FILES["kafka.yaml"])["config"]["kafka"]["client"]["sasl.password"]
        folder, name = password["file"].rsplit("/", 1)
        [mount] = [one for one in container(found)["volumeMounts"] if one["mountPath"] == folder]
        [volume] = [one for one in pod(found)["volumes"] if one["name"] == mount["name"]]
        self.assertIn(name, made[volume["secret"]["secretName"]])

    def test_commands_name_what_is_there(self):
        *_, found = self.installed.values()
        for command in COMMANDS:
            if command.startswith("kubectl") and "create namespace" not in command:
                self.assertIn(f"--namespace {NAMESPACE} ", command)
            for name in re.findall(r"\b(?:exec|cp) ([\w-]+)", command):
                self.assertEqual(f"{FULLNAME}-0", name)
            for path in re.findall(r"/var/lib/\S+", command):
                self.assertTrue(path.startswith("/var/lib/desirepath/"), path)
        self.assertIn(f"rollout restart statefulset/{FULLNAME}`", PAGE)
        peers = named(found, "Service", "-peers")["metadata"]["name"]
        self.assertIn(f"`*.{peers}.{NAMESPACE}.svc`", PAGE)
        self.assertTrue(all(f" {NAME} " in command for command in self.installed))

    def test_its_numbers_are_those_of_the_chart(self):
        *_, found = self.installed.values()

        def seconds(name: str) -> int:
            probe = container(found)[name]
            return probe["periodSeconds"] * probe["failureThreshold"]

        self.assertIn(f"`/livez`, for {seconds('startupProbe') // 60} minutes", PAGE)
        self.assertEqual(60, seconds("livenessProbe"))
        for version in KUBERNETES:
            self.assertIn(version.removesuffix(".0"), PAGE)
        tools = (HERE / "tools.sh").read_text()
        version = re.search(r"HELM_VERSION=v(\d+\.\d+)\.", tools)
        self.assertIn(f"helm {version[1]},", PAGE)


if __name__ == "__main__":
    unittest.main()
