#!/usr/bin/env python3
"""`vedette demo` as somebody sees it who has just built it.

    test/program/demo_test.py [-v] [CLASS[.test] ...]
"""
import http.client
import json
import pathlib
import re
import signal
import subprocess
import sys
import unittest
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fault"))
import watching  # noqa: E402

WITHIN_S = 60  # of the greeting


class Demo(unittest.TestCase):
    """One demo for all of it: it takes a minute."""

    def setUp(self):
        self.process = subprocess.Popen([watching.PROGRAM, "demo"], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=watching.environment())
        self.lines = watching.Lines(self.process.stdout)
        self.complaints = watching.Lines(self.process.stderr)
        self.addCleanup(self.process.wait)
        self.addCleanup(self.process.kill)
        greeting = [self.lines.wait_for(lambda line: word in line, word)
                    for word in ("Web app", "User", "Password", "hunt --data")]
        self.url, self.user, self.password = (line.split()[-1] for line in greeting[:3])
        self.data = re.search(r"--data (\S+)", greeting[3]).group(1)

    def ask(self, query):
        done = subprocess.run([watching.PROGRAM, "hunt", "--data", self.data, "--format", "json", query],
                              capture_output=True, text=True, check=False, timeout=watching.DEADLINE_S,
                              env=watching.environment())
        return json.loads(done.stdout)["rows"] if done.returncode == 0 else []

    def wait_for(self, what, enough):
        deadline = watching.Deadline(WITHIN_S)
        while not enough(found := what()):
            self.assertGreater(deadline.left(), 0, found)
            try:  # what is told meanwhile is time that passes
                self.lines.next(watching.Deadline(0.5))
            except AssertionError:
                pass
        return found

    def api(self, method, path, body=None, headers=None):
        place = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=watching.DEADLINE_S)
        origin = {"X-Vedette": "1", "Content-Type": "application/json", **(headers or {})}
        connection.request(method, path, json.dumps(body) if body is not None else None, origin)
        reply = connection.getresponse()
        said = reply.read()
        cookies = [value.split(";")[0] for name, value in reply.getheaders() if name.lower() == "set-cookie"]
        connection.close()
        return reply.status, (json.loads(said) if said.startswith((b"{", b"[")) else said), cookies

    def indicators_in_and_out(self, session):
        """Indicators of a MISP, a log-in over Remote Desktop from one of them, and all of them on to Sentinel."""
        visitor = "203.0.113.77"

        def reasons():
            rows = self.api("GET", "/api/v1/incidents?limit=100", None, session)[1]["rows"]
            return [" ".join(reason for alert in self.api("GET", f"/api/v1/incidents/{row['number']}", None, session)[1][
                "alerts"] for reason in alert["reasons"]) for row in rows if visitor in json.dumps(row)]
        self.wait_for(reasons, lambda found: any(
            f"{visitor} is an indicator of community with confidence 100" in text and "failed" in text for text in found))
        sources = self.wait_for(
            lambda: {each["source"]: each for each in json.loads(subprocess.run(
                [watching.PROGRAM, "intel", "sources", "--data", self.data, "--format", "json"], capture_output=True,
                text=True, check=True, timeout=watching.DEADLINE_S, env=watching.environment()).stdout)["sources"]},
            lambda found: found.get("push:sentinel", {}).get("taken", 0) > 0)
        self.assertEqual(sources["misp:community:indicators"]["state"], "ok")
        self.assertEqual(sources["push:sentinel"]["refused"], {})

    def test_a_company_under_attack_is_there_within_a_minute(self):
        status, told, cookies = self.api("POST", "/api/v1/session", {"name": self.user, "password": self.password})
        self.assertEqual(status, 200, told)
        session = {"Cookie": "; ".join(cookies)}
        tables = self.wait_for(
            lambda: {row[0]: row[1] for row in self.ask(
                "union withsource=T SigninLogs, AADNonInteractiveUserSignInLogs, AuditLogs, IdentityInfo, OfficeActivity, "
                "SecurityIncident, Syslog | summarize n = count() by T | project T, n")},
            lambda found: len(found) == 7 and found["SigninLogs"] > 50)
        self.assertGreater(tables["Syslog"], 20)
        rules = self.wait_for(
            lambda: {each["rule"] for each in self.api("GET", "/api/v1/incidents?limit=100", None, session)[1]["rows"]},
            lambda found: {"password_spray", "guessed_password", "brute_force", "sensitive_change"} <= found)
        self.lines.wait_for(lambda line: "[chat]" in line and "@northwind.example" in line or "Password spray" in line,
                            "a message about the tenant")
        self.indicators_in_and_out(session)
        self.process.send_signal(signal.SIGINT)
        self.lines.wait_for(lambda line: "That was simulated" in line, "the end")
        self.assertEqual(self.process.wait(watching.DEADLINE_S), 0)
        self.assertFalse(pathlib.Path(self.data).exists())
        self.assertGreaterEqual(len(rules), 5, rules)


class DemoDuration(unittest.TestCase):
    def test_it_ends_by_itself(self):
        done = subprocess.run([watching.PROGRAM, "demo", "--duration", "3s"], capture_output=True, text=True,
                              check=False, timeout=watching.DEADLINE_S, env=watching.environment())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Password", done.stdout)
        self.assertIn("That was simulated", done.stdout)
        self.assertEqual(done.stderr, "")


if __name__ == "__main__":
    unittest.main()
