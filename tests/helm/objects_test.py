"""The objects: they know each other, the pods are closed, and no secret is in them."""

import re
import unittest

from house import CASES, DEPLOY, EVERYTHING, FULLNAME, LEAST, NAMESPACE, Broken
from house import container, named, objects, pod, read_yaml
from schema import COPIES

LABELS = {"app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/version",
          "app.kubernetes.io/managed-by", "helm.sh/chart"}
OWN = {"app.kubernetes.io/name", "app.kubernetes.io/instance"}
# Volumes that the restricted standard of Kubernetes lets in.
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim",
           "projected", "secret"}


def selectors(found: list[dict]) -> dict[str, dict]:
    """Everything that chooses pods by labels, by where it stands."""
    chosen = {}
    for one in found:
        kind, spec = f"{one['kind']} {one['metadata']['name']}", one.get("spec", {})
        if one["kind"] == "Service":
            chosen[kind] = spec["selector"]
        elif "selector" in spec:
            chosen[kind] = spec["selector"]["matchLabels"]
        elif one["kind"] == "NetworkPolicy":
            chosen[kind] = spec["podSelector"]["matchLabels"]
            for way, key in (("ingress", "from"), ("egress", "to")):
                for rule in spec.get(way, [])[:1]:
                    chosen[f"{kind} {way}"] = rule[key][0]["podSelector"]["matchLabels"]
    for spread in pod(found).get("topologySpreadConstraints", []):
        chosen[f"spread {spread['topologyKey']}"] = spread["labelSelector"]["matchLabels"]
    return chosen


def misled(found: list[dict]) -> list[str]:
    """What chooses other pods than ours, or asks for a port that they do not have."""
    labels = named(found, "StatefulSet")["spec"]["template"]["metadata"]["labels"]
    # By more than these two, such as a version, an upgrade would lose the pods that run.
    wrong = [where for where, chosen in selectors(found).items()
             if set(chosen) != OWN or not chosen.items() <= labels.items()]
    ports = {port["name"] for port in container(found)["ports"]}
    text = repr([one for one in found if one["kind"] not in ("ConfigMap", "PrometheusRule")])
    asked = set(re.findall(r"'(?:port|targetPort)': '(\w+)'", text))
    asked |= {port["name"] for port in named(found, "Service")["spec"]["ports"]}
    return wrong + sorted(asked - ports)


def open_doors(spec: dict) -> list[str]:
    """What the restricted standard of Kubernetes, and what ours adds to it, refuse of a pod."""
    whole = spec["securityContext"]
    wrong = [key for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key)]
    if whole.get("seccompProfile") != {"type": "RuntimeDefault"}:
        wrong.append("seccompProfile")
    if not whole.get("runAsNonRoot") or not whole.get("runAsUser"):
        wrong.append("runs as root")
    if spec.get("automountServiceAccountToken") is not False:
        wrong.append("a token")
    for volume in spec["volumes"]:
        wrong += [f"volume {volume['name']}" for key in volume if key not in VOLUMES | {"name"}]
    for one in spec["containers"] + spec.get("initContainers", []):
        own = one.get("securityContext", {})
        closed = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                  "capabilities": {"drop": ["ALL"]}}
        wrong += [f"{one['name']} {key}" for key in closed if own.get(key) != closed[key]]
        if set(own) - set(closed) or [port for port in one.get("ports", []) if "hostPort" in port]:
            wrong.append(f"{one['name']} says more")
        if "limits" not in one.get("resources", {}):
            wrong.append(f"{one['name']} has no limit")
    return wrong


class Objects(unittest.TestCase):
    def each(self):
        for name, case in CASES.items():
            with self.subTest(name):
                yield objects(*case)

    def test_every_object_has_labels_a_namespace_and_a_name_of_its_own(self):
        for found in self.each():
            names = [(one["kind"], one["metadata"]["name"]) for one in found]
            self.assertEqual(len(names), len(set(names)), names)
            for one in found:
                meta = one["metadata"]
                self.assertLessEqual(LABELS, set(meta["labels"]), meta["name"])
                self.assertEqual(NAMESPACE, meta["namespace"], meta["name"])
                self.assertTrue(meta["name"].startswith(FULLNAME))

    def test_selectors_choose_the_pods_and_ports_are_theirs(self):
        for found in self.each():
            self.assertGreaterEqual(len(selectors(found)), 6)
            self.assertEqual([], misled(found))
        for file, old in (("templates/services.yaml", "targetPort: http"),
                          ("templates/_pod.tpl", "port: http")):
            with Broken(file, old, f"{old}s") as chart:
                self.assertEqual(["https"], misled(objects(LEAST, chart=chart)), file)
        for new in ('include "desirepath.labels" .', 'dict "app" "other" | toYaml'):
            with Broken("templates/poddisruptionbudget.yaml", 'include "desirepath.selector" .',
                        new) as chart:
                self.assertEqual([f"PodDisruptionBudget {FULLNAME}"],
                                 misled(objects(LEAST, chart=chart)))

    def test_pods_pass_the_restricted_standard(self):
        for found in self.each():
            self.assertEqual([], open_doors(pod(found)))
            self.assertIs(False, named(found, "ServiceAccount")["automountServiceAccountToken"])
        for file, old, new, wrong in (
            ("templates/_pod.tpl", "drop: [ALL]", "drop: []", "desirepath capabilities"),
            ("templates/_pod.tpl", "runAsNonRoot: true", "runAsNonRoot: false", "runs as root"),
            ("templates/_pod.tpl", "emptyDir: {sizeLimit: 64Mi}", "hostPath: {path: /tmp}",
             "volume tmp"),
        ):
            with Broken(file, old, new) as chart:
                self.assertEqual([wrong], open_doors(pod(objects(LEAST, chart=chart))))

    def test_every_mount_has_its_volume_and_every_volume_is_mounted(self):
        for found in self.each():
            spec, claims = pod(found), named(found, "StatefulSet")["spec"]["volumeClaimTemplates"]
            volumes = [one["name"] for one in spec["volumes"]]
            volumes += [one["metadata"]["name"] for one in claims]
            self.assertEqual(len(volumes), len(set(volumes)), volumes)
            mounts = [mount for one in spec["containers"] + spec.get("initContainers", [])
                      for mount in one["volumeMounts"]]
            self.assertEqual(set(volumes), {mount["name"] for mount in mounts})
            paths = [mount["mountPath"] for mount in container(found)["volumeMounts"]]
            self.assertEqual(len(paths), len(set(paths)), paths)
            # What is written to is the volume and /tmp.
            writable = [mount["mountPath"] for mount in container(found)["volumeMounts"]
                        if not mount.get("readOnly")]
            self.assertEqual(["/var/lib/desirepath", "/tmp"], writable)

    def test_secrets_are_named_and_never_written(self):
        values = read_yaml(EVERYTHING)
        found = objects(*CASES["everything"])
        self.assertEqual([], [one for one in found if one["kind"] == "Secret"])
        named_here = {values["applicationSecret"]["name"], values["access"]["name"],
                      values["tls"]["secretName"], values["ingress"]["tlsSecretName"],
                      values["podMonitor"]["keySecret"]["name"], *values["image"]["pullSecrets"],
                      *values["secretFiles"].values(),
                      *(one["name"] for one in values["secretEnv"].values())}
        text = repr([one for one in found if one["kind"] != "ConfigMap"])
        for name in named_here:
            self.assertIn(f"'{name}'", text)
        for variable in container(found)["env"]:
            if variable["name"] in values["secretEnv"]:
                self.assertEqual(["secretKeyRef"], list(variable["valueFrom"]))
        for volume in pod(found)["volumes"]:
            # For the group of the pods: the user may not write them, others may not read them.
            self.assertEqual(0o440, volume.get("secret", {}).get("defaultMode", 0o440))

    def test_instances_have_names_by_which_the_others_find_them(self):
        for found in self.each():
            stateful = named(found, "StatefulSet")["spec"]
            peers = named(found, "Service", "-peers")["spec"]
            self.assertEqual(f"{FULLNAME}-peers", stateful["serviceName"])
            self.assertEqual("None", peers["clusterIP"])
            self.assertIs(True, peers["publishNotReadyAddresses"])
            [said] = [one["value"] for one in container(found)["env"]
                      if one["name"] == "DESIREPATH__HTTP__ADVERTISE"]
            scheme = container(found)["livenessProbe"]["httpGet"]["scheme"].lower()
            place = f"{FULLNAME}-peers.{NAMESPACE}.svc:8080"
            self.assertEqual(f"{scheme}://$(POD_NAME).{place}", said)
            for monitor in [one for one in found if one["kind"] == "PodMonitor"]:
                [endpoint] = monitor["spec"]["podMetricsEndpoints"]
                self.assertEqual(scheme, endpoint["scheme"])
                self.assertEqual("${1}." + place, endpoint["relabelings"][0]["replacement"])

    def test_nobody_else_is_let_in_unless_it_is_said(self):
        [rule] = named(objects(LEAST), "NetworkPolicy")["spec"]["ingress"]
        self.assertEqual(["podSelector"], [key for one in rule["from"] for key in one])
        policy = named(objects(EVERYTHING), "NetworkPolicy")["spec"]
        self.assertEqual(["Ingress", "Egress"], policy["policyTypes"])
        self.assertEqual(2, len(policy["ingress"][0]["from"]))
        # Each other, names, and what was said.
        self.assertEqual(3, len(policy["egress"]))

    def test_another_configuration_is_another_pod(self):
        def sum_of(*case) -> str:
            template = named(objects(*case), "StatefulSet")["spec"]["template"]
            return template["metadata"]["annotations"]["checksum/config"]

        self.assertEqual(sum_of(LEAST), sum_of(LEAST, "podLabels={}", "replicas=1"))
        self.assertNotEqual(sum_of(LEAST), sum_of(LEAST, 'config.time={"idle_bound": "5s"}'))
        self.assertNotEqual(sum_of(LEAST), sum_of(LEAST, 'journey="x"'))


class Agrees(unittest.TestCase):
    """With what stands beside the chart."""

    def setUp(self):
        self.found = objects(*CASES["everything"])

    def test_alerts_and_dashboards_are_those_of_deploy(self):
        for copy, origin in COPIES.items():
            self.assertEqual(origin.read_text(), copy.read_text(),
                             f"{copy.name} is stale: UPDATE=1 tests/helm.sh")
        rules = read_yaml(DEPLOY / "alerts/desirepath.rules.yml")
        self.assertEqual(rules["groups"], named(self.found, "PrometheusRule")["spec"]["groups"])
        shown = named(self.found, "ConfigMap", "-dashboards")["data"]
        boards = {path.name: path.read_text() for path in (DEPLOY / "grafana").glob("*.json")}
        self.assertEqual(boards, shown)

    def test_it_is_scraped_as_elsewhere(self):
        config = read_yaml(DEPLOY / "prometheus/prometheus.yml")
        [scraped] = config["scrape_configs"]
        [endpoint] = named(self.found, "PodMonitor")["spec"]["podMetricsEndpoints"]
        self.assertEqual(config["global"]["scrape_interval"], endpoint["interval"])
        [job] = [one["replacement"] for one in endpoint["relabelings"]
                 if one["targetLabel"] == "job"]
        self.assertEqual(scraped["job_name"], job)
        self.assertIn(f'job="{job}"', (DEPLOY / "alerts/desirepath.rules.yml").read_text())

    def test_it_gets_the_time_to_close_that_it_gets_elsewhere(self):
        grace = pod(self.found)["terminationGracePeriodSeconds"]
        composed = read_yaml(DEPLOY / "compose.yaml")["services"]["desirepath"]
        self.assertEqual(f"{grace}s", composed["stop_grace_period"])
        unit = (DEPLOY / "package/desirepath.service").read_text()
        self.assertIn(f"TimeoutStopSec={grace}s\n", unit)

    def test_who_hangs_is_restarted_before_somebody_is_woken(self):
        probe = container(self.found)["livenessProbe"]
        groups = named(self.found, "PrometheusRule")["spec"]["groups"]
        [waits] = [rule["for"] for group in groups for rule in group["rules"]
                   if rule.get("alert") == "DesirepathDown"]
        self.assertLess(probe["periodSeconds"] * probe["failureThreshold"],
                        int(waits.removesuffix("m")) * 60)


if __name__ == "__main__":
    unittest.main()
