#!/usr/bin/env python3
"""The scorer convicts what it should: missed, false, withdrawn, late and miscounted alerts."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCORER = pathlib.Path(__file__).with_name("score_alerts.py")


def planned(address="1.2.3.4", first="10:00:00", last="10:05:00", rule="brute_force", **more):
    return {"rule": rule, "entity": {"type": "ip", "value": address}, "attempts": 30,
            "first_event": f"2026-06-01T{first}Z", "last_event": f"2026-06-01T{last}Z", **more}


def alert(address="1.2.3.4", first="10:00:00", last="10:05:00", rule="brute_force", **more):
    return {"change": "closed", "id": f"{rule}-{address}-{first}", "rule": rule, "event_count": 30,
            "status": "closed", "entities": [{"type": "ip", "value": address}],
            "first_event": f"2026-06-01T{first}Z", "last_event": f"2026-06-01T{last}Z", **more}


class ScoreAlerts(unittest.TestCase):
    def score(self, alerts, truth, *options):
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for name, entries in (("alerts", alerts), ("truth", truth + [{"mix": {"lines": 1}}])):
                paths.append(pathlib.Path(folder, name))
                text = "".join(json.dumps(entry) + "\n" for entry in entries)
                paths[-1].write_text(text, encoding="utf-8")
            result = subprocess.run([sys.executable, str(SCORER), "--json", *options, *paths],
                                    capture_output=True, text=True, check=False)
        score = json.loads(result.stdout)
        self.assertEqual(result.returncode == 0, score["equal"])
        return score

    def test_equal(self):
        opened = alert(last="10:00:20", change="opened", status="open", event_count=3)
        score = self.score([opened, alert(first="10:00:00.5", id=opened["id"])], [planned()])
        self.assertTrue(score["equal"])
        self.assertEqual((score["owed"], score["found"]), (1, 1))

    def test_nothing_owed_nothing_told(self):
        self.assertTrue(self.score([], [])["equal"])

    def test_missed(self):
        score = self.score([], [planned()])
        self.assertFalse(score["equal"])
        self.assertEqual(score["recall_percent"], 0.0)

    def test_false(self):
        self.assertEqual(self.score([alert(), alert("9.9.9.9")], [planned()])["false_alerts"], 1)
        self.assertFalse(self.score([alert(rule="password_spray")], [planned()])["equal"])

    def test_one_attack_told_twice_is_false(self):
        score = self.score([alert(last="10:02:00"), alert(first="10:03:00")], [planned()])
        self.assertEqual(score["false_alerts"], 1)

    def test_two_attacks_of_one_address(self):
        truth = [planned(), planned(first="12:00:00", last="12:01:00")]
        self.assertTrue(self.score([alert(first="12:00:01", last="12:01:00"), alert()],
                                   truth)["equal"])
        self.assertEqual(self.score([alert()], truth)["found"], 1)

    def test_withdrawn(self):
        score = self.score([alert(), alert("9.9.9.9", status="withdrawn")], [planned()])
        self.assertFalse(score["equal"])
        self.assertEqual((score["withdrawn"], score["false_alerts"]), (1, 0))

    def test_other_times(self):
        late = [alert(first="10:00:06")]
        self.assertEqual(self.score(late, [planned()])["different_times"], 1)
        self.assertFalse(self.score(late, [planned()])["equal"])
        self.assertTrue(self.score(late, [planned()], "--any-times")["equal"])
        self.assertTrue(self.score(late, [planned()], "--slack-seconds", "7")["equal"])

    def test_success_counts_by_its_moment(self):
        truth = [planned(rule="success_after_failures", success="2026-06-01T10:06:00.25Z")]
        near = alert(rule="success_after_failures", first="10:06:00", last="10:06:00")
        self.assertTrue(self.score([near], truth)["equal"])
        far = alert(rule="success_after_failures", first="10:01:00", last="10:02:00")
        self.assertFalse(self.score([far], truth)["equal"])

    def test_uncertain_is_neither_owed_nor_wrong(self):
        truth = [planned(certain=False)]
        self.assertTrue(self.score([], truth)["equal"])
        self.assertTrue(self.score([alert()], truth)["equal"])

    def test_attempts(self):
        wrong = [alert(event_count=29)]
        self.assertTrue(self.score(wrong, [planned()])["equal"])
        self.assertFalse(self.score(wrong, [planned()], "--attempts")["equal"])


if __name__ == "__main__":
    unittest.main()
