"""The program on what the chart gives it: it reads it, starts, and answers the probes."""

import base64
import json
import re
import ssl
import subprocess
import tempfile
import tomllib
import unittest
from pathlib import Path

from house import CASES, EVERYTHING, FULLNAME, LEAST, NAMESPACE, PROGRAM, Broken
from house import named, objects, read_yaml
from laid_out import LaidOut

PEER = f"{FULLNAME}-0.{FULLNAME}-peers.{NAMESPACE}.svc:8080"

# A secret for a webhook, as it has to be written.
SIGNS = b"whsec_" + base64.b64encode(b"x" * 32)


def configuration(found: list[dict]) -> dict:
    return tomllib.loads(named(found, "ConfigMap", "-config")["data"]["desirepath.toml"])


def certificate(folder: Path) -> dict[str, bytes]:
    """A Secret as an issuer in the cluster writes it, for the name of an instance."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=desirepath", "-addext",
         f"subjectAltName=DNS:*.{FULLNAME}-peers.{NAMESPACE}.svc,DNS:{FULLNAME}",
         "-keyout", folder / "tls.key", "-out", folder / "tls.crt"],
        check=True, capture_output=True, timeout=60)
    files = {name: (folder / name).read_bytes() for name in ("tls.crt", "tls.key")}
    return {**files, "ca.crt": files["tls.crt"]}


class Program(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)

    def lay_out(self, case: tuple, secrets: dict | None = None, chart: Path | None = None):
        found = objects(*case, **({"chart": chart} if chart else {}))
        return LaidOut(self.home / "pod", found, secrets)

    def check(self, laid_out: LaidOut) -> subprocess.CompletedProcess:
        return laid_out.say("check", "--offline", "--config", "desirepath.toml")

    def test_it_reads_every_configuration(self):
        for name, case in CASES.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                secrets = {"shop-tls": certificate(self.home), "shop-webhook": {"secret": SIGNS}}
                laid_out = LaidOut(Path(folder), objects(*case), secrets)
                done = self.check(laid_out)
                self.assertEqual(0, done.returncode, done.stdout + done.stderr)
                place = laid_out.here(PEER)
                self.assertRegex(done.stdout, rf'http\.advertise +"https?://{re.escape(place)}"')

    def test_a_configuration_that_is_broken_is_noticed(self):
        with Broken("templates/_config.tpl", '"behind_proxy" true', '"behind_proxi" true') as chart:
            done = self.check(self.lay_out((LEAST,), chart=chart))
            self.assertEqual(78, done.returncode, done.stdout + done.stderr)
            self.assertIn("did you mean", done.stderr)

    def test_what_values_say_is_what_the_program_is_told(self):
        said, told = read_yaml(EVERYTHING)["config"], configuration(objects(*CASES["everything"]))
        for section, keys in said.items():
            if section == "source":
                self.assertEqual(keys, told["source"])
                continue
            for key, value in keys.items():
                is_longer = (section, key) == ("http", "hosts")
                (self.assertLess if is_longer else self.assertEqual)(
                    *((set(value), set(told[section][key])) if is_longer
                      else (value, told[section][key])), (section, key))

    def test_texts_arrive_as_they_are(self):
        texts = ("yes", "1e3", "0o7", "{{ .Values }}", 'a"b\\c', "<&>", "ä\t–", "# no", "~", "")
        for text in texts:
            section = {"application_id": text, "client": {"client.rack": text}}
            with self.subTest(text):
                told = configuration(objects(LEAST, f"config.kafka={json.dumps(section)}"))
                self.assertEqual(section, told["kafka"])
        for number in (0, 1, 45_000, 2_147_483_647):
            section = {"client": {"session.timeout.ms": number}}
            told = configuration(objects(LEAST, f"config.kafka={json.dumps(section)}"))
            self.assertEqual(section, told["kafka"])

    def test_it_starts_answers_probes_and_closes(self):
        with self.lay_out((LEAST,)).start() as running:
            for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
                running.until(probe, lambda: running.probe(probe) == 200)
            # Which is why probes say a name: by the address of a pod nobody is let in.
            self.assertEqual(403, running.ask("/livez", {"Host": "10.0.0.7:8080"}))
            for name in (PEER, FULLNAME, f"{FULLNAME}.{NAMESPACE}.svc:8080"):
                self.assertEqual(200, running.ask("/readyz", {"Host": name}), name)
            self.assertEqual(401, running.ask("/metrics", {"Host": PEER}))
            link = running.of.say("link")
            self.assertRegex(link.stdout, rf"https://{FULLNAME}/\?token=\w+", link.stderr)
            self.assertEqual(0, running.stop(), running.log.read_text())

    def test_it_speaks_tls_by_a_secret(self):
        secrets = {"shop-tls": certificate(self.home)}
        with self.lay_out(CASES["least with TLS"], secrets).start() as running:
            trusting = ssl.create_default_context(cadata=secrets["shop-tls"]["ca.crt"].decode())
            # As kubelets ask: they look at no name.
            trusting.check_hostname = False
            for probe in ("livenessProbe", "readinessProbe"):
                running.until(probe, lambda: running.probe(probe, trusting) == 200)
            self.assertEqual(0, running.stop(), running.log.read_text())

    def test_keys_of_a_secret_open_an_instance_and_what_changes_is_taken(self):
        def make(name: str) -> tuple[str, dict]:
            folder = self.home / name
            made = subprocess.run([PROGRAM, "key", "create", "read", "--json", "--data", folder],
                                  capture_output=True, text=True, check=True, timeout=60)
            access = (folder / "access.json").read_bytes()
            return json.loads(made.stdout)["key"], {"shop-access": {"access.json": access}}

        def metrics(running, key: str) -> int:
            headers = {"Host": PEER, "Authorization": f"Bearer {key}"}
            return running.ask("/metrics", headers)

        case = (LEAST, 'access={"name": "shop-access"}')
        key, secrets = make("first")
        with self.lay_out(case, secrets).start() as running:
            running.until("it is ready", lambda: running.probe("readinessProbe") == 200)
            self.assertEqual(200, metrics(running, key))
            own = json.loads(running.of.say("key", "create", "read", "--json").stdout)["key"]
            running.stop()
        # The same Secret again takes nothing back that was made meanwhile.
        with self.lay_out(case, secrets).start() as running:
            running.until("it is ready", lambda: running.probe("readinessProbe") == 200)
            self.assertEqual((200, 200), (metrics(running, key), metrics(running, own)))
            running.stop()
        other, secrets = make("second")
        with self.lay_out(case, secrets).start() as running:
            running.until("it is ready", lambda: running.probe("readinessProbe") == 200)
            self.assertEqual((401, 200), (metrics(running, key), metrics(running, other)))


if __name__ == "__main__":
    unittest.main()
