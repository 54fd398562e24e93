"""Dashboards: every panel asks for what is measured, says what it shows, and leads to a page."""

import re
import unittest

from house import alerts, dashboards, metrics_in, metrics_of_the_program


def panels(board: dict) -> list[dict]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


class Dashboards(unittest.TestCase):
    def test_every_panel_asks_for_what_is_measured(self):
        known = metrics_of_the_program() | {"up"}
        for name, board in dashboards().items():
            for panel in panels(board):
                with self.subTest(name, panel=panel["title"]):
                    for target in panel["targets"]:
                        self.assertEqual(set(), metrics_in(target["expr"]) - known)
                        self.assertIn('job="$job",instance=~"$instance"', target["expr"])

    def test_every_panel_says_what_it_shows_and_in_which_unit(self):
        for name, board in dashboards().items():
            ids = [panel["id"] for panel in board["panels"]]
            self.assertEqual(len(ids), len(set(ids)), name)
            for panel in panels(board):
                with self.subTest(name, panel=panel["title"]):
                    self.assertTrue(panel["description"].endswith("."))
                    self.assertTrue(panel["fieldConfig"]["defaults"]["unit"])
                    self.assertEqual("${datasource}", panel["datasource"]["uid"])

    def test_panels_lead_to_the_pages_of_alerts(self):
        names = {alert["alert"] for alert in alerts()}
        linked = {re.sub(r".*/(\w+)\.md$", r"\1", link["url"])
                  for board in dashboards().values()
                  for panel in panels(board) for link in panel.get("links", [])}
        self.assertEqual(set(), linked - names)
        self.assertGreater(len(linked), len(names) * 3 // 4, names - linked)

    def test_no_panel_lies_over_another(self):
        for name, board in dashboards().items():
            taken: dict[tuple[int, int], str] = {}
            for panel in board["panels"]:
                place = panel["gridPos"]
                self.assertLessEqual(place["x"] + place["w"], 24, panel["title"])
                for x in range(place["x"], place["x"] + place["w"]):
                    for y in range(place["y"], place["y"] + place["h"]):
                        self.assertNotIn((x, y), taken, f"{name}: {panel['title']}")
                        taken[x, y] = panel["title"]


if __name__ == "__main__":
    unittest.main()
