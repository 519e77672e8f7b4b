#!/usr/bin/env python3
"""Threat intelligence as a person uses it: indicators from files, and the incidents that they make of log-ins.

    test/program/intel_test.py [-v] [CLASS[.test] ...]
"""
import http.server
import json
import pathlib
import socket
import subprocess
import sys
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fault"))
import serving  # noqa: E402
import watching  # noqa: E402
from serve_test import AtSite  # noqa: E402
from watching import failed_line, run  # noqa: E402


def bundle(*objects):
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": [
        {"type": "indicator", "spec_version": "2.1", "pattern_type": "stix", "created": "2026-01-01T00:00:00Z",
         "valid_from": "2026-01-01T00:00:00Z", **each} for each in objects]})


def scanner(address="203.0.113.77", **more):
    return {"id": "indicator--6b9a1a4e-0000-4000-8000-000000000001", "modified": "2026-01-01T00:00:00Z",
            "pattern": f"[ipv4-addr:value = '{address}']", "confidence": 100, "description": "scans SSH", **more}


class AtIntel(AtSite):
    def matches(self, program):
        return [alert for alert in serving.alerts_of(program) if alert["rule"] == "indicator_match"]

    def pull(self, code=0):
        """What `intel pull` says, by source."""
        found, output, errors = run("intel", "pull", "--data", self.site.data, "--format", "json")
        self.assertEqual(found, code, (output, errors))
        return {each["source"]: each for each in json.loads(output)["sources"]}


class Intel(AtIntel):
    def take(self, text, *words, name="indicators.json"):
        file = self.site.folder / name
        file.write_text(text, encoding="utf-8")
        code, output, errors = run("intel", "import", "--data", self.site.data, "--source", "MISP", *words, file)
        self.assertEqual((code, errors), (0, ""))
        return output

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

    def test_what_was_stored_before_the_indicator_came_is_told_once(self):
        with open(self.site.settings, "a", encoding="utf-8") as file:
            file.write("[intel]\nretro_days = 3650\n")

        def past():
            return [alert for alert in serving.alerts_of(program) if alert["rule"] == "indicator_past"]
        with self.site.serve() as program:
            program.wait_until_ready()
            self.append(failed_line(0, "203.0.113.77") + failed_line(1, "203.0.113.77") + failed_line(2, "203.0.113.79"))
            program.wait_until_worked_off(3)
            self.take(bundle(scanner()))
            program.poll(past, "what is found by looking back")
            alert = past()[0]
            self.assertEqual((len(past()), alert["event_count"], alert["entities"][0]["value"]), (1, 2, "203.0.113.77"))
            self.assertIn("found in what is stored, when the indicator came", alert["reasons"])
            self.assertEqual(self.site.hook.wait_for(1)[0].json()["rule"], "indicator_past")
            program.kill_after(0)
        with self.site.serve() as program:
            program.wait_until_ready()
            self.take(bundle(scanner()))
            self.append(failed_line(3, "203.0.113.77"))
            self.wait_for_matches(program, 1)
            self.assertEqual([alert["event_count"] for alert in past()], [2])
            self.assertEqual(program.end()[0], 0)

    def test_rows_of_any_table_are_held_against_indicators_but_for_warning_lists(self):
        ours = self.site.folder / "ours.json"
        ours.write_text(json.dumps({"name": "ours", "type": "cidr", "list": ["203.0.113.78/32"]}), encoding="utf-8")
        with open(self.site.settings, "a", encoding="utf-8") as file:
            file.write(f"[intel]\nwarning_lists = [{json.dumps(str(ours))}]\n")
        self.take("203.0.113.77\n203.0.113.78\nevil.example.com\n", "--confidence", "100", name="list.txt")
        rows = self.site.folder / "rows.json"
        rows.write_text(json.dumps([{"TimeGenerated": "2026-06-01T08:00:00Z", "DestinationIP": "203.0.113.77",
                                     "DeviceName": "fw1", "DeviceAction": "allow"},
                                    {"TimeGenerated": "2026-06-01T08:00:01Z", "DestinationIP": "203.0.113.78"},
                                    {"TimeGenerated": "2026-06-01T08:00:02Z", "RequestURL": "https://www.evil.example.com/x"}
                                    ]), encoding="utf-8")
        with self.site.serve() as program:
            program.wait_until_ready()
            code, output, errors = run("import", "CommonSecurityLog", rows, "--data", self.site.data)
            self.assertEqual(code, 0, (output, errors))
            found = {(each["entities"][0]["type"], each["entities"][0]["value"])
                     for each in self.wait_for_matches(program, 2)}
            self.assertEqual(found, {("ip", "203.0.113.77"), ("host", "www.evil.example.com")})
            _, output, _ = run("intel", "sources", "--data", self.site.data)
            self.assertIn("matches that warning lists took away since the start:\n          1  ours\n", output)
            self.assertEqual(program.metrics()['vedette_indicator_matches_passed_over_total{list="ours"}'], 1)
            self.assertEqual(program.metrics()["vedette_indicators"], 3)
            self.assertEqual(program.end()[0], 0)

    def test_ports_names_and_free_text_mean_the_same_as_rows_arrive_and_looking_back(self):
        with open(self.site.settings, "a", encoding="utf-8") as file:
            file.write("[intel]\nretro_days = 3650\n")
        patterns = ("[network-traffic:dst_ref.value = '198.51.100.7' AND network-traffic:dst_port = 443]",
                    "[domain-name:value = 'c2.example']", "[ipv4-addr:value = '198.51.100.9']")
        objects = bundle(*(scanner(pattern=pattern, id=f"indicator--{number}") for number, pattern in enumerate(patterns)))
        rows = self.site.folder / "rows.json"
        rows.write_text(json.dumps([
            {"TimeGenerated": "2026-06-01T08:00:00Z", "DestinationIP": "198.51.100.7", "DestinationPort": 443},
            {"TimeGenerated": "2026-06-01T08:00:01Z", "DestinationIP": "198.51.100.7", "DestinationPort": 443},
            {"TimeGenerated": "2026-06-01T08:00:02Z", "DestinationIP": "198.51.100.7", "DestinationPort": 80},
            {"TimeGenerated": "2026-06-01T08:00:03Z", "DestinationIP": "198.51.100.7"},
            {"TimeGenerated": "2026-06-01T08:00:04Z", "RequestURL": "https://c2.example/x"},
            {"TimeGenerated": "2026-06-01T08:00:05Z", "RequestURL": "https://www.c2.example/x"},
            {"TimeGenerated": "2026-06-01T08:00:06Z", "Message": "built outbound to 198.51.100.9/443"}]), encoding="utf-8")

        def told(rule):
            return {alert["entities"][0]["value"]: (alert["event_count"], alert["severity"])
                    for alert in serving.alerts_of(program) if alert["rule"] == rule}
        with self.site.serve() as program:
            program.wait_until_ready()
            for name in ("CommonSecurityLog", "Again_CL"):
                if name == "Again_CL":
                    self.take(objects)
                    program.poll(lambda: len(told("indicator_past")) == 3, "what is found by looking back")
                    # The same, later: as rows that arrive. (The same rows of one file are known.)
                    rows.write_text(rows.read_text(encoding="utf-8").replace("T08:", "T09:"), encoding="utf-8")
                code, output, errors = run("import", "CommonSecurityLog", rows, "--data", self.site.data)
                self.assertEqual(code, 0, (output, errors))
            program.poll(lambda: len(told("indicator_match")) == 3, "what is found as rows arrive")
            self.assertEqual({name: count for name, (count, _) in told("indicator_match").items()},
                             {"198.51.100.7": 2, "c2.example": 1, "198.51.100.9": 1})
            self.assertEqual(told("indicator_match"), told("indicator_past"))
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


KEY = "simulated-key"


class SimulatedMisp:
    """`vedette simulate misp`. Use with `with`."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([watching.PROGRAM, "simulate", "misp", *arguments], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, env=watching.environment())
        lines = watching.Lines(self.process.stdout)
        self.url = lines.wait_for(lambda line: "url = " in line, "its address").split('"')[1]

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.process.kill()
        self.process.wait()

    def toml(self, more=""):
        return f"[[misp]]\nname = \"office\"\nurl = {json.dumps(self.url)}\nkey = \"env:VEDETTE_MISP_KEY\"\n{more}"

    def change(self, path, **body):
        request = urllib.request.Request(self.url + path, method="POST", data=json.dumps(body).encode(),
                                         headers={"Authorization": KEY})
        with urllib.request.urlopen(request, timeout=watching.DEADLINE_S) as answer:
            return json.load(answer)


class Misp(AtIntel):
    def settings(self, text):
        with open(self.site.settings, "a", encoding="utf-8") as file:
            file.write(text)

    def serving(self, key=KEY):
        return self.site.serve(env=watching.environment(VEDETTE_MISP_KEY=key))

    def test_a_log_in_from_an_indicator_of_misp_is_an_incident_until_it_is_taken_back(self):
        with SimulatedMisp("--attributes", "300", "--invalid", "20", "--indicator", "203.0.113.77") as misp:
            self.settings(misp.toml())
            with self.serving() as program:
                program.wait_until_ready()
                pulled = self.pull()["misp:office:indicators"]
                self.assertEqual(pulled["state"], "ok")
                self.assertGreater(pulled["taken"], 150)
                self.assertGreater(pulled["refused"]["a private address"], 0)
                known = self.count("ThreatIntelIndicators | where Revoked == false")
                self.append(failed_line(1, "203.0.113.77"))
                told = self.site.hook.wait_for(1)[0].json()
                self.assertEqual(told["rule"], "indicator_match")
                self.assertIn("203.0.113.77 is an indicator of office with confidence 100", told["reasons"])
                program.kill_after(0)
            found = misp.change("/attributes/restSearch", value="203.0.113.77")["response"]["Attribute"][0]
            misp.change(f"/attributes/edit/{found['id']}", to_ids=False)
            misp.change(f"/events/publish/{found['event_id']}")
            with self.serving() as program:
                program.wait_until_ready()
                self.assertGreater(self.pull()["misp:office:withdrawals"]["withdrawn"], 0)
                self.assertEqual(self.count("ThreatIntelIndicators | where Revoked == false"), known)
                self.append(failed_line(2, "203.0.113.77"))
                program.wait_until_worked_off(2)
                self.assertEqual([each["event_count"] for each in self.matches(program)], [1])
                code, output, _ = run("intel", "sources", "--data", self.site.data)
                self.assertEqual(code, 0)
                self.assertRegex(output, r"misp:office:indicators  ok\n  last success 20.*, read up to 20.*Z, ")
                self.assertEqual(program.end()[0], 0)

    def test_what_is_wrong_is_said_with_a_remedy(self):
        with SimulatedMisp("--attributes", "10") as misp:
            self.settings(misp.toml())
            with self.serving(key="wrong") as program:
                program.wait_until_ready()
                refused = self.pull(code=1)["misp:office:indicators"]
                self.assertIn("403", refused["trouble"])
                self.assertIn("set key of this [[misp]]", refused["remedy"])
                self.assertNotIn("wrong", json.dumps(refused))
                self.assertEqual(program.end()[0], 0)

    def test_faults_pass_and_what_is_there_comes_once(self):
        with SimulatedMisp("--attributes", "2500", "--days", "3", "--invalid", "50", "--fault", "throttle-seconds",
                           "--fault", "500", "--fault", "html-login") as misp:
            self.settings(misp.toml())
            with self.serving() as program:
                program.wait_until_ready()
                program.poll(lambda: self.source("misp:office:indicators").get("last_success") and
                             "behind" not in self.source("misp:office:indicators"), "all of it")
                self.assertGreater(self.source("misp:office:indicators")["failures"], 0)
                self.pull()
                rows = self.count("ThreatIntelIndicators | where Revoked == false")
                self.assertGreater(rows, 800)
                self.assertEqual(self.count("ThreatIntelIndicators | where Revoked == false | distinct Id"), rows)
                self.assertEqual(program.end()[0], 0)

    def source(self, name):
        code, output, errors = run("intel", "sources", "--data", self.site.data, "--format", "json")
        self.assertEqual(code, 0, errors)
        return {each["source"]: each for each in json.loads(output)["sources"]}[name]

    def test_once_pulls_and_settings_are_checked(self):
        with SimulatedMisp("--attributes", "100", "--indicator", "203.0.113.77") as misp:
            self.settings(misp.toml())
            with self.site.serve("--once", env=watching.environment(VEDETTE_MISP_KEY=KEY)) as program:
                self.assertEqual(program.wait(), 0)
            self.assertEqual(self.count("ThreatIntelIndicators | where ObservableValue == '203.0.113.77'"), 1)
        code, _, errors = run("intel", "pull", "--data", self.site.data)
        self.assertEqual(code, 1)
        self.assertIn("no `vedette serve` runs", errors)
        self.settings("[[misp]]\nurl = \"http://misp.example.org\"\nkey = \"planted\"\n")
        code, _, errors = run("config", "check", str(self.site.settings))
        self.assertEqual(code, 1)
        self.assertIn("must begin with https://", errors)
        self.assertIn("must not stand in this file", errors)
        self.assertNotIn("planted", errors)


class ListServer:
    """Files with ETags, as public feeds are served. Use with `with`."""

    def __init__(self):
        self.files, self.answers = {}, []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = server.files.get(self.path)
                etag = None if body is None else f'"{hash(body)}"'
                status = 404 if body is None else 304 if self.headers.get("If-None-Match") == etag else 200
                server.answers.append((self.path, status))
                self.send_response(status)
                if etag:
                    self.send_header("ETag", etag)
                self.send_header("Content-Length", str(len(body) if status == 200 else 0))
                self.end_headers()
                if status == 200:
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *failure):
        self.server.shutdown()
        self.server.server_close()


class Feeds(AtIntel):
    def test_lists_and_misp_feeds_are_pulled_once_for_each_change(self):
        event = "5e6f0000-0000-4000-8000-000000000001"
        with ListServer() as lists:
            lists.files = {
                "/list.txt": b"# made just now\n203.0.113.77\n10.0.0.1\n",
                "/list.csv": b'"id","ip"\n"1","203.0.113.78"\n',
                "/osint/manifest.json": json.dumps({event: {"timestamp": str(int(time.time())), "info": "x"}}).encode(),
                f"/osint/{event}.json": json.dumps({"Event": {"uuid": event, "Attribute": [
                    {"uuid": "5e6f0000-0000-4000-8000-000000000002", "type": "ip-src", "value": "203.0.113.79",
                     "to_ids": True, "timestamp": str(int(time.time()))}]}}).encode()}
            described = self.site.folder / "feeds.json"
            described.write_text(json.dumps([
                {"Feed": {"name": "one", "url": lists.url + "/list.txt", "source_format": "freetext"}},
                {"Feed": {"name": "two", "url": lists.url + "/list.csv", "source_format": "csv",
                          "settings": json.dumps({"csv": {"value": "2", "delimiter": ","}})}},
                {"Feed": {"name": "three", "url": lists.url + "/osint", "source_format": "misp"}},
                {"Feed": {"name": "other", "url": lists.url + "/gone", "source_format": "freetext"}}]))
            code, output, _ = run("intel", "feeds", described)
            self.assertEqual((code, "4 feeds" in output), (0, True))
            code, output, _ = run("intel", "feeds", "--only", "one", "--only", "TWO", "--only", "three", described)
            self.assertEqual(code, 0)
            with open(self.site.settings, "a", encoding="utf-8") as file:
                file.write(output)
            with self.site.serve() as program:
                program.wait_until_ready()
                pulled = self.pull()
                self.assertEqual({name: (each["state"], each["taken"]) for name, each in pulled.items()},
                                 {"feed:one": ("ok", 1), "feed:two": ("ok", 1), "feed:three": ("ok", 1)})
                self.assertEqual(pulled["feed:one"]["refused"], {"a private address": 1})
                self.append(failed_line(1, "203.0.113.78") + failed_line(2, "203.0.113.79"))
                program.poll(lambda: len(self.matches(program)) == 2, "two matches")
                lists.answers.clear()
                lists.files["/list.txt"] += b"203.0.113.80\n"
                self.assertEqual(self.pull()["feed:one"]["taken"], 2)
                self.assertEqual({(path, status) for path, status in lists.answers if path != "/list.txt"},
                                 {("/list.csv", 304), ("/osint/manifest.json", 304)})
                self.assertEqual(self.count("ThreatIntelIndicators"), 4)
                program.kill_after(0)
            lists.answers.clear()
            with self.site.serve() as program:
                program.wait_until_ready()
                self.pull()
                self.assertEqual({status for _, status in lists.answers}, {304})
                code, output, errors = run("intel", "retro", "--data", self.site.data, "--days", "3650", "--format",
                                           "ndjson")
                self.assertEqual(code, 0, errors)
                found = {row["Address"]: row["LogIns"] for row in map(json.loads, output.splitlines())}
                self.assertEqual(found, {"203.0.113.78": 1, "203.0.113.79": 1})
                self.assertEqual(program.end()[0], 0)


    def test_a_name_that_means_a_private_address_is_not_asked_unless_the_settings_say_so(self):
        name = socket.gethostname()
        try:
            if not socket.gethostbyname(name).startswith("127."):
                self.skipTest(f"{name} is not this machine's loopback")
        except OSError:
            self.skipTest(f"{name} has no address")
        with ListServer() as lists:
            lists.files = {"/list.txt": b"203.0.113.77\n"}
            url = lists.url.replace("127.0.0.1", name) + "/list.txt"
            with open(self.site.settings, "a", encoding="utf-8") as file:
                file.write(f"[[feed]]\nname = \"closed\"\nurl = \"{url}\"\n"
                           f"[[feed]]\nname = \"open\"\nurl = \"{url}\"\npublic_only = false\n")
            with self.site.serve() as program:
                program.wait_until_ready()
                pulled = self.pull(code=1)
                self.assertEqual(pulled["feed:open"]["state"], "ok")
                self.assertNotEqual(pulled["feed:closed"]["state"], "ok")
                self.assertIn("public_only = false", pulled["feed:closed"]["remedy"])
                self.assertEqual(len(lists.answers), pulled["feed:open"]["pulls"])
                self.assertEqual(program.end()[0], 0)


class Upload(AtIntel):
    """As misp2sentinel uploads to Microsoft Sentinel."""

    def send(self, program, path, body, token, form=False):
        data = urllib.parse.urlencode(body) if form else json.dumps(body)
        headers = {"Content-Type": "application/x-www-form-urlencoded" if form else "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(program.address + path, method="POST", data=data.encode(), headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=watching.DEADLINE_S) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def test_what_is_uploaded_is_held_against_log_ins(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            upload = "/workspaces/1c4dc0fd-695f-4608-b956-e5bad47b67ef/threat-intelligence-stix-objects:upload"
            good = json.loads(bundle(scanner()))["objects"][0]
            hash_pattern = {**good, "id": "indicator--2", "pattern": "[file:hashes.'SHA256' = '" + "a" * 64 + "']"}
            other = {**good, "id": "indicator--3", "pattern": "[file:name = 'x.exe']"}
            body = {"sourcesystem": "misp2sentinel", "stixobjects": [good, hash_pattern, other]}
            self.assertEqual(self.send(program, upload, body, "wrong")[0], 401)
            self.assertEqual(self.send(program, upload, body, None)[0], 401)
            self.assertEqual(self.send(program, upload, body, program.token()), (200, ""))
            status, text = self.send(program, upload, {**body, "stixobjects": [{"type": "indicator"}]}, program.token())
            self.assertEqual((status, json.loads(text)["errors"][0]["recordIndex"]), (400, 0))
            program.poll(lambda: self.count("ThreatIntelIndicators") == 2, "its rows")
            code, output, _ = run("intel", "sources", "--data", self.site.data, "--format", "json")
            self.assertEqual(code, 0)
            told = json.loads(output)["sources"][0]
            self.assertEqual((told["source"], told["taken"], sum(told["refused"].values())),
                             ("upload:misp2sentinel", 2, 1))

            def matched():
                self.append(failed_line(matched.lines, "203.0.113.77"))
                matched.lines += 1
                return self.matches(program)
            matched.lines = 0
            # Rows come before the look-up that is made of them.
            program.poll(matched, "an incident")
            self.assertEqual(program.end()[0], 0)


    def api_token(self, program):
        """As the first administrator makes one on the page Settings, API tokens."""
        link = self.site.data / "setup-link"
        program.poll(link.exists, "the link for the set-up")
        key = link.read_text(encoding="ascii").strip().split("#")[1]

        def post(path, body, **headers):
            request = urllib.request.Request(program.address + path, data=json.dumps(body).encode(),
                                             headers={"X-Vedette": "1", **headers})
            with urllib.request.urlopen(request, timeout=watching.DEADLINE_S) as answer:
                return answer.headers["Set-Cookie"], answer.read()
        cookie, _ = post("/api/v1/setup", {"key": key, "name": "anna", "password": "the long password of a test"})
        _, made = post("/api/v1/tokens", {"name": "misp", "role": "analyst", "days": 30}, Cookie=cookie.split(";")[0])
        return json.loads(made)["token"]

    # The requests as misp2sentinel makes them, and of the answers only what it reads.
    def test_misp2sentinel_with_the_older_address_and_with_graph(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            secret = self.api_token(program)
            status, text = self.send(program, "/1c4dc0fd-695f-4608-b956-e5bad47b67ef/oauth2/v2.0/token",
                                     {"client_id": "b1", "scope": "https://management.azure.com/.default",
                                      "client_secret": secret, "grant_type": "client_credentials"}, None, form=True)
            self.assertEqual(status, 200, text)
            token = json.loads(text)["access_token"]
            objects = json.loads(bundle(*(scanner(
                f"203.0.113.{number}", id=f"indicator--{number}", valid_until="2036-01-01T00:00:00Z", labels=["tlp:amber"],
                created_by_ref="identity--1", indicator_types=["WatchList"], kill_chain_phases=[], name="an event",
                external_references=[{"source_name": "MISP", "external_id": "e1"}], pattern_version="2.1",
                object_marking_refs=[], revoked=False) for number in range(100))))["objects"]
            workspace = "1c4dc0fd-695f-4608-b956-e5bad47b67ef"
            status, text = self.send(program, f"/{workspace}/threatintelligence:upload-indicators?api-version=2022-07-01",
                                     {"sourcesystem": "MISP", "value": objects}, token)
            self.assertEqual(status, 200, text)
            self.assertEqual(json.loads(text).get("errors", []), [])
            graph = {"threatType": "watchlist", "tlpLevel": "Amber", "description": "an event", "targetProduct": "Azure Sentinel",
                     "action": "alert", "passiveOnly": False, "externalId": "e1", "confidence": 100, "tags": ["x"],
                     "lastReportedDateTime": "2026-01-01 00:00:00", "expirationDateTime": "2036-01-01",
                     "networkDestinationIPv4": "198.51.100.7", "networkIPv4": "198.51.100.7",
                     "indicatorRequestHash": "f" * 64}
            submit = "/beta/security/tiindicators/submitTiIndicators"
            status, text = self.send(program, submit, {"value": [graph, {**graph, "indicatorRequestHash": "0" * 64}]}, token)
            self.assertEqual(status, 200, text)
            given = {each["indicatorRequestHash"]: each["id"] for each in json.loads(text)["value"] if "Error" not in each}
            self.assertEqual(len(set(given.values())), 2)
            self.assertEqual(json.loads(self.send(program, submit, {"value": []}, token)[1]), {"value": []})
            program.poll(lambda: self.count("ThreatIntelIndicators") == 102, "all of them")
            main = ("/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w/providers/"
                    "Microsoft.SecurityInsights/threatIntelligence/main")

            def query(**more):
                status, text = self.send(program, f"{main}/queryIndicators?api-version=2025-09-01",
                                         {"pageSize": 10, "includeDisabled": False, **more}, token)
                self.assertEqual(status, 200, text)
                return json.loads(text)
            self.assertEqual([each["properties"]["pattern"] for each in
                              query(keywords="'203.0.113.7'", patternTypes=["ipv4-addr"])["value"]],
                             ["[ipv4-addr:value = '203.0.113.7']"])
            self.assertEqual(query(keywords="'203.0.113.7'", patternTypes=["url"])["value"], [])
            names, page = [], query(sources=["MISP"])
            while True:
                names += [each["name"] for each in page["value"]]
                if "nextLink" not in page:
                    break
                page = query(sources=["MISP"], skipToken=page["nextLink"])
            self.assertEqual((len(names), len(set(names))), (100, 100))
            self.assertEqual(self.send(program, "/beta/security/tiindicators/deleteTiIndicators",
                                       {"value": [given["0" * 64]]}, token)[0], 200)
            gone = urllib.request.Request(program.address + f"{main}/indicators/7?api-version=2025-06-01", method="DELETE",
                                          headers={"Authorization": f"Bearer {token}"})
            with urllib.request.urlopen(gone, timeout=watching.DEADLINE_S) as answer:
                self.assertIn(answer.status, (200, 204))
            program.poll(lambda: query(keywords="'203.0.113.7'")["value"] == [], "its withdrawal")
            program.poll(lambda: [each["properties"]["externalId"] for each in
                                  query(sources=["SecurityGraph"])["value"]] == [given["f" * 64]], "the other withdrawal")
            self.assertEqual(program.end()[0], 0)


if __name__ == "__main__":
    unittest.main()
