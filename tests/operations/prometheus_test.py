"""A real Prometheus reads from a real instance, and answers what dashboards and alerts ask."""

import re
import tempfile
import time
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path

from house import alerts, dashboards, records
from instance import Instance, Prometheus, ask, until

# What Grafana puts into an expression.
PUT_IN = {"$job": "desirepath", "$instance": ".*", "$__rate_interval": "1m", "$__range": "1h"}


def asked(expression: str) -> str:
    for name, value in PUT_IN.items():
        expression = expression.replace(name, value)
    assert "$" not in expression, expression
    return expression


def touchpoints(count: int, first: int) -> list[dict]:
    """Four a customer, from the first visit to a purchase; one is there twice."""
    now = datetime.now(timezone.utc)
    kinds = ("page_viewed", "enquiry_received", "quote_sent", "purchase_made")
    made = [{
        "event_id": f"e{number}", "customer_id": f"c{number // 4}", "channel": "chat",
        "kind": kinds[number % 4], "time": (now - timedelta(seconds=count - number % count)).isoformat(),
    } for number in range(first, first + count)]
    return made + made[:1]


def from_the_future(event: str) -> dict:
    """What becomes a dead letter."""
    time_of_it = datetime.now(timezone.utc) + timedelta(hours=1)
    return {"event_id": event, "customer_id": "c0", "channel": "chat", "kind": "page_viewed",
            "time": time_of_it.isoformat()}


class Scraped(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        home = Path(folder.name)
        cls.instance = Instance(home)
        cls.addClassCleanup(cls.instance.close)
        cls.prometheus = Prometheus(home, cls.instance.port, cls.instance.read)
        cls.addClassCleanup(cls.prometheus.close)
        # The first records come once zeros were read: a rate needs both.
        until("a first scrape", lambda: cls.prometheus.query("desirepath_worker_answers == 1"))
        for first in (0, 100):
            cls.instance.send(touchpoints(100, first))
            cls.instance.send([from_the_future(f"f{first}")])
            time.sleep(1)
        counted = 'sum(desirepath_touchpoints_total{result="accepted"}) >= 200'
        until("200 counted", lambda: cls.prometheus.query(counted))

    def test_it_reads_with_a_key_and_not_without(self):
        self.assertEqual("up", self.prometheus.target()["health"])
        status, _ = ask(f"{self.instance.url}/metrics")
        self.assertEqual(401, status)

    def test_what_was_sent_is_what_is_measured(self):
        def value(expression: str) -> float:
            return float(self.prometheus.query(expression)[0]["value"][1])

        of = 'sum(desirepath_touchpoints_total{{result="{}"}})'.format
        until("both twice", lambda: self.prometheus.query(of("duplicate") + " == 2"))
        self.assertEqual(200, value(of("accepted")))
        until("nothing waits", lambda: self.prometheus.query("max(desirepath_lag_seconds) == 0"))
        self.assertEqual(4, value('count(desirepath_task_state{state="running"} == 1)'))
        lookups = "sum(desirepath_hot_lookups_total{{result=~\"{}\"}})".format
        self.assertEqual(202, value(lookups("hot|stored|new")))
        self.assertEqual(50, value(lookups("new")))
        self.assertEqual(0, value("desirepath_conservation_difference"))
        self.assertEqual(2, value(of("dead")))
        letters = 'sum by (class) (desirepath_letters_total{topic="dead-letters"}) > 0'
        found = {row["metric"]["class"]: row["value"][1] for row in self.prometheus.query(letters)}
        self.assertEqual({"future": "2"}, found)
        self.assertLess(abs(value("process_start_time_seconds") - time.time()), 600)

    def test_every_panel_of_every_dashboard_has_an_answer(self):
        for name, board in dashboards().items():
            for panel in board["panels"]:
                for target in panel.get("targets", []):
                    with self.subTest(name, panel=panel["title"]):
                        expression = asked(target["expr"])
                        found = until(expression, lambda: self.prometheus.query(expression))
                        words = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
                        for series in found:
                            self.assertEqual(set(), words - set(series["metric"]))

    def test_rules_are_evaluated_and_a_healthy_instance_fires_none(self):
        def evaluated():
            groups = self.prometheus.api("rules")["groups"]
            found = [rule for group in groups for rule in group["rules"]]
            return found if found and all(rule["health"] == "ok" for rule in found) else None

        rules = until("all rules evaluated", evaluated)
        self.assertEqual(len(alerts()) + len(records()), len(rules))
        firing = [rule["name"] for rule in rules if rule.get("state") == "firing"]
        self.assertEqual([], firing)
        late = self.prometheus.query("desirepath:counts_late:bool")
        self.assertEqual(["0"], [series["value"][1] for series in late])

    def test_a_key_that_is_wrong_is_seen(self):
        with tempfile.TemporaryDirectory() as folder:
            prometheus = Prometheus(Path(folder), self.instance.port, "dp_read_nobody")
            try:
                down = until("a scrape", lambda: prometheus.query("up == 0"))
                self.assertEqual(1, len(down))
                self.assertIn("401", prometheus.target()["lastError"])
            finally:
                prometheus.close()


if __name__ == "__main__":
    unittest.main()
