#!/usr/bin/env python3
"""Indicators outwards, beside the simulated tenant and MISP: what a push leaves in the workspace.

    test/program/intel_push_test.py [-v] [CLASS[.test] ...]
"""
import json
import pathlib
import subprocess
import sys
import unittest
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fault"))
import watching  # noqa: E402
from cloud_test import SECRET, SimulatedTenant  # noqa: E402
from intel_test import KEY, AtIntel, SimulatedMisp  # noqa: E402
from watching import failed_line, run  # noqa: E402


class Workspace:
    """What the simulated Sentinel shows to who signs in."""

    def __init__(self, tenant):
        settings = dict(line.split("   #")[0].split(" = ", 1) for line in tenant.settings)
        self.settings = {name.strip(): json.loads(value) for name, value in settings.items()}
        self.url = self.settings["arm"]

    def token(self, service):
        body = urllib.parse.urlencode({
            "grant_type": "client_credentials", "client_id": self.settings["client_id"], "client_secret": SECRET,
            "scope": f"https://{service}/.default"}).encode()
        with urllib.request.urlopen(f"{self.url}/{self.settings['id']}/oauth2/v2.0/token", body,
                                    timeout=watching.DEADLINE_S) as answer:
            return json.load(answer)["access_token"]

    def ask(self, path, body=None, service="management.azure.com"):
        request = urllib.request.Request(
            self.url + path, data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token(service)}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=watching.DEADLINE_S) as answer:
            return json.load(answer)

    def held(self):
        """By source and id, those that are not revoked."""
        path = ("/subscriptions/x/resourceGroups/y/providers/Microsoft.OperationalInsights/workspaces/z/providers/"
                "Microsoft.SecurityInsights/threatIntelligence/main/indicators?api-version=2024-03-01")
        all_of_it = {}
        while path:
            page = self.ask(path)
            all_of_it.update({(each["properties"]["source"], each["name"]): each["properties"]
                              for each in page["value"] if not each["properties"]["revoked"]})
            path = page.get("nextLink", "").removeprefix(self.url)
        return all_of_it


class AtWorkspace(AtIntel):
    def settings(self, text):
        with open(self.site.settings, "a", encoding="utf-8") as file:
            file.write(text)

    def point(self, tenant, misp=None, more=""):
        settings = Workspace(tenant).settings
        self.settings(tenant.toml([]) + (misp.toml() if misp else "") +
                      f"[[push]]\nname = \"soc\"\ntenant = \"northwind\"\n"
                      f"workspace_id = \"{settings['workspace_id']}\"\n{more}")

    def serving(self, **more):
        return self.site.serve(env=watching.environment(VEDETTE_MISP_KEY=KEY, VEDETTE_CLIENT_SECRET=SECRET, **more))

    def ours(self, where="true"):
        rows = self.site.hunt("ThreatIntelIndicators | summarize arg_max(Modified, Revoked, Confidence, ValidUntil) by "
                              f"Id, SourceSystem | where Revoked == false and ({where})")
        return {(row["SourceSystem"], row["Id"]) for row in rows}

    def push(self, *words, code=0):
        found, output, errors = run("intel", "push", "--data", self.site.data, "--format", "json", *words)
        self.assertEqual(found, code, (output, errors))
        return json.loads(output)

    def pushed(self):
        return {each["source"]: each for each in self.push()["sources"]}["push:soc"]


class Push(AtWorkspace):
    def test_the_workspace_ends_with_exactly_the_right_set_after_kills_and_faults(self):
        with SimulatedTenant("--fault", "throttle-seconds=2@upload", "--fault", "closed@upload") as tenant, \
                SimulatedMisp("--attributes", "4000", "--invalid", "0", "--days", "3") as misp:
            self.point(tenant, misp)
            there = Workspace(tenant)
            with self.serving() as program:
                program.wait_until_ready()
                self.pull()
            for at_least in (1, 700, 1500):  # a kill amid the first push, again and again
                with self.serving() as program:
                    program.wait_until_ready()
                    program.poll(lambda: len(there.held()) >= at_least, f"{at_least} of them are there")
                    program.kill_after(0)
            with self.serving() as program:
                program.wait_until_ready()
                told = self.pushed()
                self.assertEqual((told["state"], told["refused"]), ("ok", {}))
                ours = self.ours()
                self.assertGreater(len(ours), 2000)
                self.assertEqual(set(there.held()), ours)
                sent = told["taken"]
                self.assertEqual(self.pushed()["taken"], sent)  # nothing is sent twice
                # What MISP takes back is taken back there.
                gone = misp.change("/attributes/restSearch", limit=1, page=1, to_ids=1, published=1,
                                   type=["ip-dst"])["response"]["Attribute"][0]
                misp.change(f"/attributes/edit/{gone['id']}", to_ids=False)
                misp.change(f"/events/publish/{gone['event_id']}")
                self.pull()
                forecast = self.push("--dry-run")["pushes"][0]
                self.assertGreaterEqual(forecast["withdrawn"], 1)
                self.assertEqual(set(there.held()), ours)
                self.pushed()
                self.assertEqual(set(there.held()), self.ours())
                self.assertNotIn(("office", f"indicator--{gone['uuid']}"), there.held())
                self.assertEqual(program.end()[0], 0)

    def test_the_filter_confidence_and_the_workspace_as_a_table(self):
        with SimulatedTenant() as tenant, SimulatedMisp("--attributes", "200", "--indicator", "203.0.113.77") as misp:
            self.point(tenant, misp, "confidence = 100\ntypes = [\"ip\"]\nsource_system = \"Vedette\"\n")
            with self.serving() as program:
                program.wait_until_ready()
                self.pull()
                self.pushed()
                there = Workspace(tenant)
                held = there.held()
                self.assertEqual(len(held), len(self.ours("Confidence == 100 and Id in ((ThreatIntelIndicators | where "
                                                          "ObservableKey startswith 'ipv' | project Id))")))
                self.assertEqual({source for source, _ in held}, {"Vedette"})
                self.assertEqual({each["confidence"] for each in held.values()}, {100})
                rows = there.ask(f"/v1/workspaces/{there.settings['workspace_id']}/query", {
                    "query": "ThreatIntelIndicators | where Pattern has '203.0.113.77' | project Confidence, Revoked"},
                    "api.loganalytics.io")
                self.assertEqual(rows["tables"][0]["rows"], [[100, False]])
                code, output, _ = run("intel", "sources", "--data", self.site.data)
                self.assertEqual(code, 0)
                self.assertRegex(output, r"push:soc  ok\n  last success 20.*\n  since the start: .* looked at; sent: ")
                self.assertEqual(program.end()[0], 0)

    def test_a_missing_role_is_said_with_a_remedy(self):
        with SimulatedTenant("--no-arm-access") as tenant:
            self.point(tenant)
            self.site.folder.joinpath("list.txt").write_text("203.0.113.7\n", encoding="utf-8")
            with self.serving() as program:
                program.wait_until_ready()
                self.assertEqual(run("intel", "import", "--data", self.site.data, "--source", "list",
                                     self.site.folder / "list.txt")[0], 0)
                found = {each["source"]: each for each in self.push(code=1)["sources"]}["push:soc"]
                self.assertIn("403", found["trouble"])
                self.assertIn("Microsoft Sentinel Contributor", found["remedy"])
                self.assertEqual(program.end()[0], 0)

    def test_wrong_settings_are_said(self):
        self.settings("[[push]]\ntenant = \"nobody\"\nworkspace_id = \"x\"\ntypes = [\"adress\"]\n"
                      "source_system = \"Microsoft Sentinel\"\n")
        code, _, errors = run("config", "check", str(self.site.settings))
        self.assertEqual(code, 1)
        for words in ("is no GUID", "is no type of indicators", "there is no [[tenant]] \"nobody\"",
                      "not be \"Microsoft Sentinel\""):
            self.assertIn(words, errors)


class Sightings(AtWorkspace):
    def test_misp_is_told_once_that_its_indicator_was_met(self):
        with SimulatedMisp("--attributes", "0", "--indicator", "203.0.113.77") as misp:
            self.settings(misp.toml("sightings = true\n"))
            with self.serving() as program:
                program.wait_until_ready()
                self.pull()
                self.append(failed_line(1, "203.0.113.77") + failed_line(2, "203.0.113.77"))
                program.poll(lambda: self.matches(program), "a match")
                found = {each["source"]: each for each in self.push()["sources"]}
                self.assertEqual(found["sightings:office"]["state"], "ok")
                self.assertEqual(self.sightings(misp), 1)
                program.kill_after(0)
            with self.serving() as program:
                program.wait_until_ready()
                self.push()
                self.assertEqual(self.sightings(misp), 1)
                self.assertEqual(program.end()[0], 0)

    def sightings(self, misp):
        request = urllib.request.Request(misp.url + "/sightings/index/1", headers={"Authorization": KEY})
        with urllib.request.urlopen(request, timeout=watching.DEADLINE_S) as answer:
            return len(json.load(answer))


class SimulatedTaxii:
    """`vedette simulate taxii`. Use with `with`."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([watching.PROGRAM, "simulate", "taxii", *arguments], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, env=watching.environment())
        lines = watching.Lines(self.process.stdout)
        self.url = lines.wait_for(lambda line: "url = " in line, "its address").split('"')[1]

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.process.kill()
        self.process.wait()

    def toml(self, more="", user="vedette"):
        return (f"[[taxii]]\nname = \"isac\"\nurl = {json.dumps(self.url)}\nuser = \"{user}\"\n"
                f"password = \"env:VEDETTE_TAXII_PASSWORD\"\n{more}")


class Taxii(AtWorkspace):
    def serving(self, password="simulated-password"):
        return self.site.serve(env=watching.environment(VEDETTE_TAXII_PASSWORD=password))

    def test_all_of_it_comes_once_over_kills_and_faults_and_log_ins_are_held_against_it(self):
        with SimulatedTaxii("--indicators", "3000", "--page", "100", "--invalid", "20", "--indicator", "203.0.113.77",
                            "--fault", "throttle-seconds", "--fault", "500", "--fault", "next-loop", "--fault",
                            "wrong-types") as taxii:
            self.settings(taxii.toml())
            for at_least in (1, 500):
                with self.serving() as program:
                    program.wait_until_ready()
                    program.poll(lambda: self.count("ThreatIntelIndicators") >= at_least, f"{at_least} of them")
                    program.kill_after(0)
            with self.serving() as program:
                program.wait_until_ready()
                program.poll(lambda: self.count("ThreatIntelIndicators | where ObservableValue == '203.0.113.77'") == 1,
                             "the last of them")
                pulled = self.pull()["taxii:isac"]
                self.assertEqual(pulled["state"], "ok")
                rows = self.count("ThreatIntelIndicators")
                self.assertEqual(self.count("ThreatIntelIndicators | distinct Id"), rows)
                self.assertGreater(rows, 2000)
                self.append(failed_line(1, "203.0.113.77"))
                told = self.site.hook.wait_for(1)[0].json()
                self.assertIn("203.0.113.77 is an indicator of isac with confidence 100", told["reasons"])
                self.assertEqual(program.end()[0], 0)

    def test_a_wrong_password_and_wrong_settings_are_said(self):
        with SimulatedTaxii("--indicators", "10") as taxii:
            self.settings(taxii.toml())
            with self.serving(password="wrong-one") as program:
                program.wait_until_ready()
                refused = self.pull(code=1)["taxii:isac"]
                self.assertIn("401", refused["trouble"])
                self.assertIn("user and password", refused["remedy"])
                self.assertNotIn("wrong-one", json.dumps(refused))
                self.assertEqual(program.end()[0], 0)
        self.settings("[[taxii]]\nname = \"x\"\nurl = \"http://taxii.example.org/\"\nuser = \"u\"\ntoken = \"planted\"\n")
        code, _, errors = run("config", "check", str(self.site.settings))
        self.assertEqual(code, 1)
        for words in ("must begin with https://", "must not stand in this file", "belong together"):
            self.assertIn(words, errors)
        self.assertNotIn("planted", errors)


class Vault(AtWorkspace):
    def environment(self, there):
        return watching.environment(AZURE_TENANT_ID=there.settings["id"], AZURE_CLIENT_ID=there.settings["client_id"],
                                    AZURE_CLIENT_SECRET=SECRET)

    def vaulted(self, there, misp):
        return (f"[cloud]\nauthority = \"{there.url}\"\n[[misp]]\nname = \"office\"\nurl = {json.dumps(misp.url)}\n"
                f"key = \"vault:{there.url}/secrets/misp-key\"\ninterval = \"1m\"\n")

    def test_a_key_lies_in_a_vault_and_a_changed_one_is_known(self):
        with SimulatedTenant("--secret", f"misp-key={KEY}") as tenant, \
                SimulatedMisp("--attributes", "10", "--indicator", "203.0.113.77") as misp:
            there = Workspace(tenant)
            self.settings(self.vaulted(there, misp))
            with self.site.serve(env=self.environment(there)) as program:
                program.wait_until_ready()
                self.assertEqual(self.pull()["misp:office:indicators"]["state"], "ok")
                self.assertEqual(program.end()[0], 0)
            code, output, _ = run("config", "show", str(self.site.settings), env=self.environment(there))
            self.assertEqual(code, 0)
            self.assertIn(f"vault:{there.url}/secrets/misp-key", output)
            self.assertNotIn(KEY, output)

    def test_what_cannot_be_had_is_said_with_a_remedy(self):
        with SimulatedTenant("--secret", f"misp-key={KEY}", "--no-vault-access") as tenant, \
                SimulatedMisp("--attributes", "10") as misp:
            there = Workspace(tenant)
            self.settings(self.vaulted(there, misp))
            code, _, errors = run("config", "check", str(self.site.settings), env=self.environment(there))
            self.assertEqual(code, 1)
            self.assertIn("Key Vault Secrets User", errors)
            self.assertNotIn(KEY, errors)
            self.settings("[[misp]]\nname = \"b\"\nurl = \"https://x.example\"\nkey = \"vault:https://evil.example/secrets/x\"\n")
            code, _, errors = run("config", "check", str(self.site.settings), env=self.environment(there))
            self.assertEqual(code, 1)
            self.assertIn("is no reference to a vault", errors)


if __name__ == "__main__":
    unittest.main()
