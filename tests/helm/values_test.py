"""Values: each that is wrong is refused by a word of its own; the schema is the program's."""

import re
import unittest

from house import CASES, CHART, EVERYTHING, KUBERNETES, LEAST, ROOT, Broken
from house import container, helm, named, objects, read_objects, read_yaml, template
from schema import SCHEMA, made

import yaml

# What is said, and what is answered. Each is a value beside the least that must be said.
WRONG = {
    "image.repository": ('image.repository=""', "image.repository is empty"),
    "a key that is not known": ("replica=3", "'replica' not allowed"),
    "a key of the program that is not known": (
        'config.http={"listn": "x"}', "at '/config/http': additional properties 'listn'"),
    "a key that the chart says itself": (
        'config.log={"data": "/x"}', "at '/config/log': additional properties 'data'"),
    "another port": ('config.http={"listen": "0.0.0.0:9"}', "properties 'listen' not allowed"),
    "a kind of log": ('config.log={"kind": "nats"}', "at '/config/log/kind'"),
    "partitions": ('config.log={"partitions": 0}', "at '/config/log/partitions'"),
    "a text for a number": ('config.log={"partitions": "8"}', "got string, want integer"),
    "a secret itself": ('config.mail={"password": "hunter2"}', "at '/config/mail/password'"),
    "a secret of the client itself": (
        'config.kafka={"client": {"sasl.password": "hunter2"}}', "got string, want object"),
    "a setting that is the program's": (
        'config.kafka={"client": {"group.id": "x"}}', "invalid propertyName 'group.id'"),
    "none": ("replicas=0", "at '/replicas'"),
    "several on the embedded log": ("replicas=3", "the log lies in the volume of one"),
    "no broker": ('config.log={"kind": "kafka"}', "say config.kafka.brokers"),
    "no secret of all": (
        'config={"log": {"kind": "kafka"}, "kafka": {"brokers": "a:9092"}}',
        "say applicationSecret.name"),
    "an ingress for nobody": ("ingress.enabled=true", "say ingress.hosts"),
    "metrics without a key": ("podMonitor.enabled=true", "say podMonitor.keySecret.name"),
    "an own authority of nobody": ("tls.ownAuthority=true", "say tls.secretName"),
    "a mapping that is not there": (
        'config.source=[{"topic": "a", "mapping": "mappings/a.toml"}]',
        "names mapping mappings/a.toml"),
    "a digest": ('image.digest="latest"', "at '/image/digest'"),
    "a name of a Secret": ('access.name="Not A Name"', "at '/access/name'"),
    "a literal variable": ('secretEnv={"A": "hunter2"}', "at '/secretEnv/A'"),
    "root": ("user=0", "at '/user'"),
    "a size": ('storage.size="much"', "at '/storage/size'"),
}


class Values(unittest.TestCase):
    def test_each_that_is_wrong_is_refused_by_a_word_of_its_own(self):
        for name, (said, answered) in WRONG.items():
            with self.subTest(name):
                done = template(LEAST, said)
                self.assertNotEqual(0, done.returncode, done.stdout)
                self.assertIn(answered, done.stderr)
                self.assertNotIn("hunter2", done.stdout + done.stderr)

    def test_more_instances_than_partitions_are_refused(self):
        done = template(EVERYTHING, "replicas=13")
        self.assertIn("with 12 partitions the others would have nothing to do", done.stderr)

    def test_nothing_is_said_of_an_image_by_default(self):
        done = helm("template", CHART, "--kube-version", KUBERNETES[-1])
        self.assertIn("image.repository is empty", done.stderr)

    def test_an_older_kubernetes_is_refused_and_the_oldest_known_is_not(self):
        self.assertEqual(0, template(LEAST, kubernetes=KUBERNETES[0]).returncode)
        self.assertIn("incompatible", template(LEAST, kubernetes="1.26.9").stderr)

    def test_helm_finds_nothing_to_say_of_the_chart(self):
        for name, (values, *sets) in CASES.items():
            with self.subTest(name):
                sets = [word for one in sets for word in ("--set-json", one)]
                done = helm("lint", CHART, "--strict", "--kube-version", KUBERNETES[-1],
                            "--values", values, *sets)
                self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        with Broken("templates/ingress.yaml", "{{- end }}\n{{- end }}", "{{- end }}") as chart:
            self.assertNotEqual(0, template(LEAST, chart=chart).returncode)

    def test_the_schema_is_the_program_s_own(self):
        self.assertEqual(made(), SCHEMA.read_text(), "it is stale: UPDATE=1 tests/helm.sh")

    def test_every_value_has_its_place_in_the_schema_and_in_the_templates(self):
        templates = "".join(path.read_text() for path in (CHART / "templates").iterdir())
        known = yaml.safe_load(SCHEMA.read_text())["properties"]
        values = read_yaml(CHART / "values.yaml")
        self.assertEqual(set(values), set(known) - {"global"})
        for key, value in values.items():
            self.assertRegex(templates, rf'\.Values\.{key}\b|"{key}"', key)
            if isinstance(value, dict) and "properties" in known[key] and key != "config":
                self.assertEqual(set(value), set(known[key]["properties"]), key)

    def test_names_stay_short_enough_for_what_comes_behind_them(self):
        long = "a-name-of-sixty-letters-and-more-as-somebody-may-well-choose-it"
        for said in (f'fullnameOverride="{long}"', f'nameOverride="{long}"'):
            done = template(LEAST, said)
            self.assertEqual(0, done.returncode, done.stderr)
            for one in read_objects(done.stdout):
                name = one["metadata"]["name"]
                # Behind the name of the set stands a hash of ten letters in a label.
                longest = 63 - len("-0123456789") if one["kind"] == "StatefulSet" else 63
                self.assertLessEqual(len(name), longest, name)
                self.assertRegex(name, r"[a-z0-9]$")

    def test_an_image_is_named_by_its_digest_or_the_version_of_the_program(self):
        image = container(objects(LEAST))["image"]
        version = re.search(r'(?m)^version = "(.+)"', (ROOT / "Cargo.toml").read_text())
        self.assertEqual(f"registry.example.org/desirepath:{version.group(1)}", image)
        digest = r"/desirepath@sha256:[0-9a-f]{64}$"
        self.assertRegex(container(objects(EVERYTHING))["image"], digest)
        self.assertEqual("registry.example.org/desirepath:2",
                         container(objects(LEAST, 'image.tag="2"'))["image"])

    def test_notes_say_what_comes_next(self):
        # Only an installation prints them, so they are rendered as an object of nobody's.
        notes = (CHART / "templates/NOTES.txt").read_text()
        wrapped = ('{{- define "notes" }}%s{{ end }}'
                   'kind: Notes\ntext: {{ include "notes" . | toJson }}')
        with Broken("templates/NOTES.txt", "Instances", "Instances") as chart:
            (chart / "templates/notes.yaml").write_text(wrapped % notes)

            def said(*case) -> str:
                done = template(*case, chart=chart)
                self.assertEqual(0, done.returncode, done.stderr)
                rendered = read_objects(done.stdout)
                [text] = [one["text"] for one in rendered if one["kind"] == "Notes"]
                return text

            link = "exec map-desirepath-0 --container desirepath -- desirepath link"
            for name, case in CASES.items():
                self.assertIn(link, said(*case), name)
            self.assertIn("nobody but the instances reaches them.", said(LEAST))
            self.assertIn("port-forward", said(LEAST))
            self.assertNotIn("port-forward", said(EVERYTHING))
            self.assertIn("a key opens only the instance", said(EVERYTHING, 'access.name=""'))

    def test_the_budget_lets_a_node_be_emptied(self):
        budget = named(objects(LEAST), "PodDisruptionBudget")["spec"]
        self.assertEqual(1, budget["maxUnavailable"])


if __name__ == "__main__":
    unittest.main()
