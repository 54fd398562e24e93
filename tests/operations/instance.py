"""The program and a Prometheus that reads from it, each in a folder of its own."""

import json
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import yaml

from house import DEPLOY, PROGRAM, PROMETHEUS, RULES

WAIT = 60.0


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def until(what: str, look):
    """What `look` finds, asked again until it is something."""
    end = time.monotonic() + WAIT
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < end, f"not within {WAIT} s: {what}"
        time.sleep(0.2)


def ask(url: str, body: bytes | None = None, key: str | None = None) -> tuple[int, str]:
    headers = {"content-type": "application/json"} if body else {}
    headers |= {"authorization": f"Bearer {key}"} if key else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


class Server:
    """A process that is ended at the end, whatever happens."""

    def __init__(self, folder: Path, name: str, arguments: list, environment: dict | None = None):
        self.log = folder / f"{name}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(arguments, cwd=folder, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, env=environment)

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Instance(Server):
    """`desirepath run` on an empty folder, with a key to read and one to send."""

    def __init__(self, folder: Path):
        self.data, self.port = folder / "data", free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        config = folder / "desirepath.toml"
        config.write_text(f'[log]\ndata = "{self.data}"\npartitions = 2\n'
                          f'[http]\nlisten = "127.0.0.1:{self.port}"\n')
        super().__init__(folder, "desirepath", [PROGRAM, "run", "--config", str(config)])
        until(f"desirepath is alive: {self.log}", lambda: ask(f"{self.url}/livez")[0] == 200)
        self.read, self.ingest = self.key("read"), self.key("ingest")

    def key(self, right: str) -> str:
        made = subprocess.run([PROGRAM, "key", "create", right, "--data", self.data, "--json"],
                              capture_output=True, text=True, check=True, timeout=30)
        return json.loads(made.stdout)["key"]

    def send(self, touchpoints: list[dict]):
        status, said = ask(f"{self.url}/v1/touchpoints", json.dumps(touchpoints).encode(), self.ingest)
        assert status in (200, 202, 207), (status, said)


class Prometheus(Server):
    """Prometheus with our configuration, its places and its haste put in."""

    def __init__(self, folder: Path, target: int, key: str):
        (folder / "key").write_text(key)
        config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["rule_files"] = [str(RULES)]
        [scraped] = config["scrape_configs"]
        scraped["authorization"]["credentials_file"] = str(folder / "key")
        scraped["static_configs"] = [{"targets": [f"127.0.0.1:{target}"]}]
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        super().__init__(folder, "prometheus", [
            PROMETHEUS / "prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
            f"--web.listen-address=127.0.0.1:{port}"])
        until(f"Prometheus is ready: {self.log}", lambda: ask(f"{self.url}/-/ready")[0] == 200)

    def api(self, path: str, **words: str):
        query = urllib.parse.urlencode(words)
        status, said = ask(f"{self.url}/api/v1/{path}?{query}")
        assert status == 200, f"{words}: {said}"
        return json.loads(said)["data"]

    def query(self, expression: str) -> list[dict]:
        return self.api("query", query=expression)["result"]

    def target(self) -> dict:
        [target] = self.api("targets")["activeTargets"]
        return target
