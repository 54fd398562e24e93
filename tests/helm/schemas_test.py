"""What others take: Kubernetes, old and new, the Prometheus operator, and Docker Compose."""

import json
import os
import subprocess
import tempfile
import unittest

import kubernetes_validate

from house import CASES, DEPLOY, EVERYTHING, KUBERNETES, LEAST, Broken, objects, read_yaml

READERS = os.environ.get("READERS", "readers")
OF_THE_OPERATOR = "monitoring.coreos.com/v1"


def refused(found: list[dict], kubernetes: str) -> list[str]:
    """What Kubernetes of a version would not take, by its own schema."""
    wrong = []
    for one in found:
        if one["apiVersion"] == OF_THE_OPERATOR:
            continue
        try:
            kubernetes_validate.validate(one, kubernetes, strict=True)
        except kubernetes_validate.ValidationError as error:
            wrong.append(f"{one['kind']}: {error.message}")
    return wrong


def reader(*arguments, text: str = "") -> subprocess.CompletedProcess:
    return subprocess.run([READERS, *map(str, arguments)], input=text, capture_output=True,
                          text=True, check=False, timeout=60)


def of_the_operator(found: list[dict]) -> subprocess.CompletedProcess:
    own = [json.dumps(one) for one in found if one["apiVersion"] == OF_THE_OPERATOR]
    return reader("operator", text="\n".join(own))


class Schemas(unittest.TestCase):
    def test_every_object_is_one_that_kubernetes_takes(self):
        for name, case in CASES.items():
            found = objects(*case)
            for kubernetes in KUBERNETES:
                with self.subTest(name, kubernetes=kubernetes):
                    self.assertEqual([], refused(found, kubernetes))

    def test_a_key_that_kubernetes_does_not_know_is_noticed(self):
        for file, old, new, wrong in (
            ("templates/statefulset.yaml", "serviceName:", "serviceNames:", "serviceNames"),
            ("templates/_pod.tpl", "periodSeconds: 10", "periodSeconds: often", "often"),
            ("templates/networkpolicy.yaml", "policyTypes:", "policies:", "policies"),
        ):
            with self.subTest(file), Broken(file, old, new) as chart:
                found = refused(objects(LEAST, chart=chart), KUBERNETES[-1])
                self.assertTrue(any(wrong in one for one in found), found)

    def test_every_object_is_one_that_the_operator_takes(self):
        for name, case in CASES.items():
            with self.subTest(name):
                done = of_the_operator(objects(*case))
                count = 2 if case[0] == EVERYTHING else 0
                self.assertEqual((0, f"{count}\n"), (done.returncode, done.stdout), done.stderr)

    def test_a_key_that_the_operator_does_not_know_is_noticed(self):
        with Broken("templates/monitoring.yaml", "interval:", "every:") as chart:
            done = of_the_operator(objects(EVERYTHING, chart=chart))
            self.assertEqual(1, done.returncode)
            self.assertIn('unknown field "every"', done.stderr)

    def test_the_composition_is_one_that_docker_compose_takes(self):
        path = DEPLOY / "compose.yaml"
        done = reader("compose", path)
        services = len(read_yaml(path)["services"])
        self.assertEqual((0, f"{services}\n"), (done.returncode, done.stdout), done.stderr)
        for old, new, wrong in (
            ("network_mode:", "network-mode:", "network-mode"),
            ("depends_on: [prometheus]", "depends_on: [prometheuss]", "prometheuss"),
            ("interval: 5s", "interval: often", "often"),
        ):
            with self.subTest(new), tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                text = path.read_text()
                self.assertIn(old, text)
                file.write(text.replace(old, new, 1))
                file.flush()
                done = reader("compose", file.name)
                self.assertEqual(1, done.returncode)
                self.assertIn(wrong, done.stderr)


if __name__ == "__main__":
    unittest.main()
