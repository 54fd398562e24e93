"""The composition: what it sets is known, what it mounts is there, nothing is open to others."""

import os
import re
import subprocess
import tempfile
import unittest

from house import DEPLOY, PROGRAM, dashboards, read_yaml

COMPOSE = DEPLOY / "compose.yaml"


def check(environment: dict) -> subprocess.CompletedProcess:
    """What the program says of variables, without a broker."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": os.environ["PATH"], **environment,
                       "DESIREPATH__LOG__DATA": f"{folder}/data"}
        return subprocess.run([PROGRAM, "check", "--offline"], cwd=folder, env=environment,
                              capture_output=True, text=True, check=False, timeout=60)


class Compose(unittest.TestCase):
    def setUp(self):
        self.composed = read_yaml(COMPOSE)
        self.services = self.composed["services"]

    def test_every_key_that_it_sets_is_one_that_the_program_knows(self):
        said = self.services["desirepath"]["environment"]
        self.assertGreater(len(said), 3)
        done = check(said)
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertIn("127.0.0.1:9092", done.stdout)
        planted = check({**said, "DESIREPATH__KAFKA__BROKER": "x"})
        self.assertEqual(78, planted.returncode, planted.stdout + planted.stderr)

    def test_what_is_mounted_is_there_and_every_volume_is_declared(self):
        for name, service in self.services.items():
            for volume in service.get("volumes", []):
                with self.subTest(name, volume=volume):
                    source = volume.split(":")[0]
                    if source.startswith("."):
                        self.assertTrue((DEPLOY / source).exists())
                        self.assertTrue(volume.endswith(":ro"))
                    else:
                        self.assertIn(source, self.composed["volumes"])

    def test_places_agree_between_the_composition_and_what_it_mounts(self):
        mounted = {volume.split(":")[1] for service in self.services.values()
                   for volume in service.get("volumes", [])}
        config = read_yaml(DEPLOY / "prometheus/prometheus.yml")
        [scraped] = config["scrape_configs"]
        self.assertLessEqual(set(config["rule_files"]), mounted)
        folder, name = os.path.split(scraped["authorization"]["credentials_file"])
        self.assertIn(folder, mounted)
        self.assertIn(f">/keys/{name}", self.services["key"]["command"][0])
        said = self.services["desirepath"]["environment"]
        self.assertEqual([said["DESIREPATH__HTTP__LISTEN"]], scraped["static_configs"][0]["targets"])
        self.assertEqual("desirepath", scraped["job_name"])
        [provider] = read_yaml(DEPLOY / "grafana/provisioning/dashboards/desirepath.yml")["providers"]
        for name in dashboards():
            self.assertIn(f"{provider['options']['path']}/{name}", mounted)
        [source] = read_yaml(DEPLOY / "grafana/provisioning/datasources/prometheus.yml")["datasources"]
        listen = [word for word in self.services["prometheus"]["command"] if "listen" in word]
        self.assertEqual([f"--web.listen-address={source['url'].removeprefix('http://')}"], listen)

    def test_images_have_a_version_and_start_in_an_order_that_exists(self):
        for name, service in self.services.items():
            with self.subTest(name):
                self.assertRegex(service["image"], r":(v?\d+(\.\d+){2}|local)$")
                self.assertLessEqual(set(service.get("depends_on", [])), set(self.services))

    def test_nothing_listens_beyond_this_machine(self):
        text = COMPOSE.read_text()
        for address in re.findall(r"(?:://|[ =]|@)([\w.]+):(\d{4})\b", text):
            self.assertEqual("127.0.0.1", address[0], address)
        self.assertNotIn("0.0.0.0", text)
        self.assertFalse([name for name, service in self.services.items() if "ports" in service])
        self.assertEqual("127.0.0.1", self.services["grafana"]["environment"]["GF_SERVER_HTTP_ADDR"])


if __name__ == "__main__":
    unittest.main()
