#!/usr/bin/env python3
"""Threat intelligence as a person uses it: indicators from files, and the incidents that they make of log-ins.

    test/program/intel_test.py [-v] [CLASS[.test] ...]
"""
import json
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fault"))
import serving  # noqa: E402
from serve_test import AtSite  # noqa: E402
from watching import failed_line, run  # noqa: E402


def bundle(*objects):
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": [
        {"type": "indicator", "spec_version": "2.1", "pattern_type": "stix", "created": "2026-01-01T00:00:00Z",
         "valid_from": "2026-01-01T00:00:00Z", **each} for each in objects]})


def scanner(address="203.0.113.77", **more):
    return {"id": "indicator--6b9a1a4e-0000-4000-8000-000000000001", "modified": "2026-01-01T00:00:00Z",
            "pattern": f"[ipv4-addr:value = '{address}']", "confidence": 100, "description": "scans SSH", **more}


class Intel(AtSite):
    def take(self, text, *words, name="indicators.json"):
        file = self.site.folder / name
        file.write_text(text, encoding="utf-8")
        code, output, errors = run("intel", "import", "--data", self.site.data, "--source", "MISP", *words, file)
        self.assertEqual((code, errors), (0, ""))
        return output

    def matches(self, program):
        return [alert for alert in serving.alerts_of(program) if alert["rule"] == "indicator_match"]

    def wait_for_matches(self, program, count):
        program.poll(lambda: len(self.matches(program)) == count, f"{count} matches")
        return self.matches(program)

    def test_a_log_in_from_an_indicator_is_an_incident_also_after_kill_9(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            self.append(failed_line(0, "203.0.113.77"))  # before anything is known of it
            program.wait_until_worked_off(1)
            self.assertIn("1 indicators handed to the running serve", self.take(bundle(scanner())))
            self.append(failed_line(1, "203.0.113.77"))
            told = self.site.hook.wait_for(1)[0].json()
            self.assertEqual(told["rule"], "indicator_match")
            self.assertEqual(told["entities"][0], {"type": "ip", "value": "203.0.113.77"})
            self.assertIn("203.0.113.77 is an indicator of MISP with confidence 100", told["reasons"])
            self.assertEqual(told["techniques"], ["T1110"])
            program.kill_after(0)
        with self.site.serve() as program:
            program.wait_until_ready()
            self.append(failed_line(2, "203.0.113.77"))
            program.poll(lambda: self.matches(program)[0]["event_count"] == 2, "the second event")
            self.assertEqual(len(self.matches(program)), 1)
            self.take(bundle(scanner(modified="2026-02-01T00:00:00Z", revoked=True)))
            self.append(failed_line(3, "203.0.113.77"))
            program.wait_until_worked_off(4)
            self.assertEqual(self.matches(program)[0]["event_count"], 2)
            self.assertEqual(program.end()[0], 0)

    def test_both_tables_hold_it_once_and_it_can_be_shown(self):
        for _ in range(2):
            self.take(bundle(scanner(), scanner("192.168.1.1", id="indicator--2")))
        self.assertEqual(self.count("ThreatIntelIndicators"), 1)
        row = self.site.hunt("ThreatIntelIndicators")[0]
        self.assertEqual((row["ObservableKey"], row["ObservableValue"], row["Confidence"], row["IsActive"]),
                         ("ipv4-addr:value", "203.0.113.77", 100, True))
        older = self.site.hunt("ThreatIntelligenceIndicator | where NetworkIP == '203.0.113.77'")
        self.assertEqual([(row["ConfidenceScore"], row["Active"]) for row in older], [(100, True)])
        for words in (("list",), ("list", "--source", "MISP"), ("show", "203.0.113.77")):
            code, output, _ = run("intel", *words, "--data", self.site.data, "--format", "ndjson")
            self.assertEqual(code, 0)
            self.assertEqual(json.loads(output)["ObservableValue"], "203.0.113.77")
        self.assertEqual(run("intel", "list", "--source", "x", "--data", self.site.data, "--format", "ndjson")[:2],
                         (0, ""))

    def test_what_is_refused_is_told_with_its_reason(self):
        output = self.take("203.0.113.7\n10.0.0.1\n\n0.0.0.0/0\nnonsense\n", name="list.txt")
        self.assertIn("1 indicators read; 1 stored", output)
        self.assertIn("1  a private address", output)
        self.assertIn("1  a network larger than any that is given out", output)

    def test_a_lower_confidence_is_recorded_and_nobody_is_told(self):
        self.take("203.0.113.78\n", "--confidence", "60", name="list.txt")
        self.take(bundle(scanner()))
        with self.site.serve() as program:
            program.wait_until_ready()
            self.append(failed_line(0, "203.0.113.78") + failed_line(1, "203.0.113.77"))
            matches = self.wait_for_matches(program, 2)
            self.assertEqual({(each["entities"][0]["value"], each["severity"]) for each in matches},
                             {("203.0.113.77", "Medium"), ("203.0.113.78", "Informational")})
            told = self.site.hook.wait_for(1)
            self.assertEqual([each.json()["entities"][0]["value"] for each in told], ["203.0.113.77"])
            self.assertEqual(program.end()[0], 0)

    def test_wrong_words(self):
        self.assertEqual(run("intel", "--data", self.site.data)[0], 2)
        self.assertEqual(run("intel", "import", "x")[0], 2)
        self.assertEqual(run("intel", "import", "--source", "x", "--confidence", "101", "x")[0], 2)


if __name__ == "__main__":
    unittest.main()
