"""What a pod would find: files where its mounts are, variables, and its command, without a cluster.

Folders of the pod lie in one of the test's own, and every text that names one of them is rewritten.
"""

import os
import re
import shlex
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from house import FULLNAME, PROGRAM, container, named, pod

FOLDERS = ("/etc/desirepath", "/run/desirepath", "/var/lib/desirepath")
WAIT = 60.0


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class LaidOut:
    """A pod's files. `secrets`: what stands in a Secret, NAME to {KEY: bytes}."""

    def __init__(self, home: Path, found: list[dict], secrets: dict | None = None):
        self.home, self.found, self.secrets = home, found, secrets or {}
        self.port = free_port()
        spec = pod(found)
        self.volumes = {one["name"]: one for one in spec["volumes"]}
        for one in spec["containers"] + spec.get("initContainers", []):
            for mount in one["volumeMounts"]:
                if mount["mountPath"] != "/tmp":
                    self.mount(mount)

    def here(self, text: str) -> str:
        """A text of the pod, its folders and its port those of this test."""
        for folder in FOLDERS:
            text = re.sub(rf"(?<![\w/]){folder}(?![\w])", f"{self.home}{folder}", text)
        return re.sub(r":8080(?!\d)", f":{self.port}", text)

    def mount(self, mount: dict):
        folder = Path(self.here(mount["mountPath"]))
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in self.files(self.volumes.get(mount["name"], {})):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)

    def files(self, volume: dict):
        """The files of a volume; of a claim there is none yet."""
        if "secret" in volume:
            source = volume["secret"]
            data = self.secrets.get(source["secretName"], {})
            chosen = source.get("items") or [{"key": key, "path": key} for key in data]
            yield from ((one["path"], data.get(one["key"], b"x" * 32)) for one in chosen)
        for source in volume.get("projected", {}).get("sources", []):
            map_ = source["configMap"]
            data = named(self.found, "ConfigMap", map_["name"].removeprefix(FULLNAME))["data"]
            chosen = map_.get("items") or [{"key": key, "path": key} for key in data]
            yield from ((one["path"], self.here(data[one["key"]]).encode()) for one in chosen)

    def environment(self) -> dict[str, str]:
        """The variables of the container, and the PATH of this machine."""
        made = {"PATH": os.environ["PATH"], "POD_NAME": f"{FULLNAME}-0"}
        for one in container(self.found)["env"]:
            if "value" in one:
                put_in = re.sub(r"\$\((\w+)\)", lambda name: made[name.group(1)], one["value"])
                made[one["name"]] = self.here(put_in)
            elif "secretKeyRef" in one["valueFrom"]:
                reference = one["valueFrom"]["secretKeyRef"]
                data = self.secrets.get(reference["name"], {})
                made[one["name"]] = data.get(reference["key"], b"x" * 32).decode()
        return made

    def folder(self) -> str:
        return self.here(container(self.found)["workingDir"])

    def say(self, *arguments: str) -> subprocess.CompletedProcess:
        """A command in the container, as `kubectl exec` would run it."""
        return subprocess.run([PROGRAM, *arguments], cwd=self.folder(), env=self.environment(),
                              capture_output=True, text=True, check=False, timeout=60)

    def prepare(self):
        """Runs the containers that run before."""
        for one in pod(self.found).get("initContainers", []):
            words = one["command"] + [self.here(text) for text in one["args"]]
            done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
            assert done.returncode == 0, f"{shlex.join(words)}: {done.stderr}"

    def start(self) -> "Running":
        self.prepare()
        return Running(self)


class Running:
    """The container's own command, until the end of a `with`."""

    def __init__(self, laid_out: LaidOut):
        self.of = laid_out
        words = [laid_out.here(text) for text in container(laid_out.found)["args"]]
        self.log = laid_out.home / "log"
        with self.log.open("a") as log:
            self.process = subprocess.Popen([PROGRAM, *words], cwd=laid_out.folder(), stdout=log,
                                            stderr=log, env=laid_out.environment())

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ends it as a cluster does, within the time that the pod has for it."""
        self.process.terminate()
        return self.process.wait(pod(self.of.found)["terminationGracePeriodSeconds"])

    def ask(self, path: str, headers: dict, tls=None) -> int:
        """The status of an answer; 0 where nobody answers."""
        scheme = "https" if tls else "http"
        request = urllib.request.Request(f"{scheme}://127.0.0.1:{self.of.port}{path}",
                                         headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=10, context=tls) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def probe(self, name: str, tls=None) -> int:
        """What a probe gets; asked as the node does, by address."""
        get = container(self.of.found)[name]["httpGet"]
        assert (get["scheme"] == "HTTPS") == (tls is not None), get
        headers = {one["name"]: one["value"] for one in get["httpHeaders"]}
        return self.ask(get["path"], headers, tls)

    def until(self, what: str, look):
        end = time.monotonic() + WAIT
        while not look():
            assert self.process.poll() is None, f"it has ended: {self.log.read_text()}"
            assert time.monotonic() < end, f"not within {WAIT} s: {what}; {self.log.read_text()}"
            time.sleep(0.2)
