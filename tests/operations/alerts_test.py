"""Alerts: each fires, each stays quiet, each has a page, and none asks for what is not measured."""

import re
import subprocess
import unittest

from house import CASES, DEPLOY, PROMETHEUS, ROOT, RULES
from house import alerts, metrics_in, metrics_of_the_program, read_yaml, records


def promtool(*arguments: str) -> str:
    done = subprocess.run([PROMETHEUS / "promtool", *arguments], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout
    return done.stdout


def firing(case: dict) -> set[tuple[str, str]]:
    """Alerts and severities that a case expects to fire."""
    said = set()
    for test in case["promql_expr_test"]:
        for sample in test["exp_samples"]:
            said.add(tuple(re.findall(r'(?:alertname|severity)="(\w+)"', sample["labels"])))
    return said


class Alerts(unittest.TestCase):
    def test_rules_are_read_by_prometheus(self):
        self.assertIn("SUCCESS", promtool("check", "rules", str(RULES)))

    def test_every_case_fires_what_it_says_and_nothing_else(self):
        self.assertEqual(2, len(CASES), CASES)
        promtool("test", "rules", *map(str, CASES))

    def test_every_alert_fires_in_one_case_and_stays_quiet_in_one(self):
        cases = [case for path in CASES for case in read_yaml(path)["tests"]]
        fires = set().union(*map(firing, cases))
        for alert in alerts():
            name, severity = alert["alert"], alert["labels"]["severity"]
            with self.subTest(name, severity=severity):
                self.assertIn((name, severity), fires, "it fires in no case")
                own = [case["name"] for case in cases
                       if case["name"].startswith(f"{name} stays quiet") and not firing(case)]
                self.assertTrue(own, "no case of its own in which nothing fires")

    def test_every_alert_has_a_page_and_every_page_an_alert(self):
        names = {alert["alert"] for alert in alerts()}
        pages = {page.stem for page in (DEPLOY / "runbook").glob("*.md")} - {"README"}
        self.assertEqual(names, pages)
        listed = set(re.findall(r"\[(\w+)\]", (DEPLOY / "runbook/README.md").read_text()))
        self.assertEqual(names, listed - {"desirepath"})
        for alert in alerts():
            page = ROOT / alert["annotations"]["runbook"]
            self.assertEqual(alert["alert"], page.stem)
            text = page.read_text()
            for part in ("**How to check.**", "**What to do.**"):
                self.assertIn(part, text, page)

    def test_no_rule_and_no_page_asks_for_what_is_not_measured(self):
        known = metrics_of_the_program() | {rule["record"] for rule in records()}
        texts = {rule.get("alert") or rule["record"]: rule["expr"] for rule in alerts() + records()}
        texts |= {page.name: page.read_text() for page in (DEPLOY / "runbook").glob("*.md")}
        for name, text in texts.items():
            with self.subTest(name):
                self.assertEqual(set(), metrics_in(text) - known)
        self.assertEqual({"desirepath_nothing"}, metrics_in("rate(desirepath_nothing[5m])") - known)


if __name__ == "__main__":
    unittest.main()
