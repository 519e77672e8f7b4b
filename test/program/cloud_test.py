#!/usr/bin/env python3
"""Collecting from Microsoft's clouds as a user does, from `vedette simulate tenant` on this machine.

    test/program/cloud_test.py [-v] [CLASS[.test] ...]
"""
import base64
import email
import email.policy
import json
import os
import pathlib
import subprocess
import sys
import unittest
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fault"))
import mail_server  # noqa: E402
import watching  # noqa: E402
from serve_test import AtSite  # noqa: E402

SECRET = "simulated-secret"


class SimulatedTenant:
    """`vedette simulate tenant` with its settings. Use with `with`."""

    def __init__(self, *arguments):
        words = [watching.PROGRAM, "simulate", "tenant", "--people", "40", "--days", "2", "--no-quota", *arguments]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        env=watching.environment())
        self.lines = watching.Lines(self.process.stdout)
        self.lines.wait_for(lambda line: "workspace_id" in line, "settings")
        self.settings = [line.strip() for line in self.lines.seen if " = " in line and line.startswith("  ")]

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.process.kill()
        self.process.wait()

    def toml(self, collect, secret="env:VEDETTE_CLIENT_SECRET"):
        """What was printed, in its sections, and what is to be collected."""
        cloud = [line for line in self.settings if "http://" in line]
        tenant = [line for line in self.settings if "http://" not in line and not line.startswith("client_secret")
                  and not line.startswith("name") and not line.startswith("collect")]
        return "\n".join(["[cloud]", *cloud, "[tenant]", "name = \"northwind\"", *tenant,
                          f"client_secret = \"{secret}\"", f"collect = {json.dumps(collect)}",
                          "back_fill_days = 0", ""])


class AtTenant(AtSite):
    def settings(self, text):
        with open(self.site.settings, "a", encoding="utf-8") as file:
            file.write(text)

    def once(self):
        with self.site.serve("--once", env=watching.environment(VEDETTE_CLIENT_SECRET=SECRET)) as program:
            code = program.wait()
            deadline = watching.Deadline()
            while program.log.next(deadline) is not None:
                pass
            told = [json.loads(line).get("text", "") for line in program.log.seen if line.startswith("{")]
        self.assertEqual(code, 0, told[-5:])
        return told

    def doctor(self, secret=SECRET):
        result = subprocess.run(
            [watching.PROGRAM, "doctor", "--config", self.site.settings, "--data", self.site.data, "--format", "json"],
            capture_output=True, text=True, timeout=watching.DEADLINE_S, check=False,
            env=watching.environment(VEDETTE_CLIENT_SECRET=secret))
        found = json.loads(result.stdout)["tenants"][0]["features"] if result.stdout else []
        return result, {each["feature"]: each["verdict"] for each in found}


class Clouds(AtTenant):
    def test_once_pulls_every_feed(self):
        with SimulatedTenant() as tenant:
            self.settings(tenant.toml(["sign-ins", "audits", "risk", "identities"]))
            told = self.once()
            for feed in ["sign-ins:interactive", "sign-ins:non-interactive", "sign-ins:service-principal",
                         "sign-ins:managed-identity", "directory-audits", "risk-detections", "risky-users",
                         "identities"]:
                pulled = [text for text in told if text.startswith(f"graph:northwind:{feed} ") and "first pull" in text]
                self.assertEqual(len(pulled), 1, told)
            again = self.once()
            self.assertTrue(any("first pull" in text for text in again), again)

    def test_the_doctor_says_what_works_and_what_is_missing(self):
        with SimulatedTenant("--licence", "p1", "--without", "User.EnableDisableAccount.All") as tenant:
            self.settings(tenant.toml(["sign-ins", "audits", "risk", "identities"]))
            result, verdicts = self.doctor()
            self.assertEqual(result.returncode, 1, result.stderr)
            self.assertEqual(verdicts["interactive sign-ins"], "works")
            self.assertEqual(verdicts["risk detections"], "impossible")
            self.assertEqual(verdicts["disabling accounts"], "impossible")
            self.assertNotIn(SECRET, result.stdout + result.stderr)

    def test_a_wrong_secret_is_said_and_nothing_else_is_asked(self):
        with SimulatedTenant() as tenant:
            self.settings(tenant.toml(["sign-ins"]))
            result, verdicts = self.doctor("wrong-secret")
            self.assertEqual(result.returncode, 1)
            self.assertEqual(verdicts, {"sign in to the tenant": "impossible"})
            self.assertNotIn("wrong-secret", result.stdout + result.stderr)

    def test_settings_with_a_secret_in_them_are_refused(self):
        with SimulatedTenant() as tenant:
            self.settings(tenant.toml(["sign-ins"], secret="planted-secret"))
        code, _, errors = watching.run("config", "check", str(self.site.settings))
        self.assertEqual(code, 1)
        self.assertIn("must not stand in this file", errors)
        self.assertNotIn("planted-secret", errors)

    def test_settings_of_an_older_tool_are_imported(self):
        old = pathlib.Path(self.site.folder, ".env")
        old.write_text("TENANT_ID=contoso.com\nCLIENT_ID=app\nCLIENT_SECRET=planted-secret\n", encoding="utf-8")
        secrets = pathlib.Path(self.site.folder, "secrets")
        secrets.mkdir()
        code, output, errors = watching.run("config", "import", "--secrets", str(secrets), str(old))
        self.assertEqual(code, 0, errors)
        self.assertNotIn("planted-secret", output)
        kept = secrets / "client-secret"
        self.assertEqual(kept.read_text(encoding="utf-8"), "planted-secret")
        self.assertEqual(os.stat(kept).st_mode & 0o777, 0o600)
        made = pathlib.Path(self.site.folder, "made.toml")
        made.write_text(output, encoding="utf-8")
        code, _, errors = watching.run("config", "check", str(made))
        self.assertEqual(code, 0, errors)


class Detections(AtTenant):
    """The settings of detections over the API: kept, obeyed after a restart, tried on what is stored."""

    def ask(self, program, path, method="GET", body=None):
        token = pathlib.Path(self.site.data, "token").read_text(encoding="utf-8").strip()
        request = urllib.request.Request(
            program.address + path, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=watching.DEADLINE_S) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())

    def serving(self):
        return self.site.serve(env=watching.environment(VEDETTE_CLIENT_SECRET=SECRET))

    def test_what_is_set_is_kept_and_its_effect_is_shown_before(self):
        with SimulatedTenant() as tenant:
            self.settings(tenant.toml(["sign-ins", "audits", "identities"]).replace("back_fill_days = 0",
                                                                                   "back_fill_days = 2"))
            self.settings("[identity]\nfailed_minutes = 20\n")
            self.once()
            with self.serving() as program:
                program.wait_until_ready()
                status, shown = self.ask(program, "/api/v1/detections")
                self.assertEqual(status, 200)
                settings = {each["name"]: each for each in shown["settings"]}
                self.assertEqual((settings["failed_minutes"]["value"], settings["failed_minutes"]["default"]), (20, 10))
                stricter = {"failed_attempts": 2, "failed_minutes": 60, "alert_score": 40}
                status, effect = self.ask(program, "/api/v1/detections/preview", "POST",
                                          {"settings": stricter, "days": 7})
                self.assertEqual(status, 200, effect)
                self.assertGreater(effect["events"], 500)
                self.assertFalse(effect["is_cut"])
                status, same = self.ask(program, "/api/v1/detections/preview", "POST", {"settings": {}})
                self.assertEqual((same["added"], same["removed"]), ([], []))
                self.assertEqual([each["now"] for each in same["rules"]], [each["then"] for each in same["rules"]])
                self.assertIn("All Company", [each["name"] for each in shown["groups"]])
                nobody = {"working_hours": ["All Company; Sat 03:00-03:01; UTC; none; all"], "work_grace_minutes": 0,
                          "after_hours_habits": False}
                status, effect = self.ask(program, "/api/v1/detections/preview", "POST", {"settings": nobody})
                self.assertEqual(status, 200, effect)
                company, rest = effect["hours"]
                self.assertEqual((company["who"], rest["who"]), ("All Company", ""))
                self.assertGreaterEqual(company["people"], company["came"])
                self.assertGreaterEqual(company["came"], company["came_outside"])
                self.assertGreater(company["came_outside"], 5)
                self.assertGreaterEqual(company["alerts"], company["came_outside"])
                after_hours = next(each for each in effect["rules"] if each["rule"] == "after_hours")
                self.assertEqual(after_hours["then"], company["alerts"] + rest["alerts"])
                status, refused = self.ask(program, "/api/v1/detections", "PUT",
                                           {"version": shown["version"], "settings": {"working_hours": ["Finance; Mo-Fr"]}})
                self.assertEqual((status, refused["problems"][0]["setting"]), (422, "working_hours"))
                status, refused = self.ask(program, "/api/v1/detections", "PUT",
                                           {"version": shown["version"], "settings": {"failed_attempts": 1}})
                self.assertEqual((status, refused["problems"][0]["setting"]), (422, "failed_attempts"))
                status, changed = self.ask(program, "/api/v1/detections", "PUT",
                                           {"version": shown["version"], "settings": stricter})
                self.assertEqual(status, 200, changed)
                status, _ = self.ask(program, "/api/v1/detections", "PUT",
                                     {"version": shown["version"], "settings": {"failed_attempts": 9}})
                self.assertEqual(status, 409)
                _, log = self.ask(program, "/api/v1/audit")
                self.assertEqual(log["rows"][0]["detail"], "alert_score 60 -> 40; failed_attempts 5 -> 2; "
                                                           "failed_minutes 20 -> 60")
            with self.serving() as program:
                program.wait_until_ready()
                _, shown = self.ask(program, "/api/v1/detections")
                settings = {each["name"]: each for each in shown["settings"]}
                self.assertEqual([settings[name]["value"] for name in stricter], list(stricter.values()))
                self.assertEqual((settings["failed_minutes"]["file"], settings["failed_minutes"]["changed"]), (20, True))


class AtTenantMail(AtTenant):
    options = ()

    def setUp(self):
        super().setUp()
        self.tenant = self.enterContext(SimulatedTenant(*self.options))
        self.address = next(line.split('"')[1] for line in self.tenant.settings if line.startswith("graph"))

    def ask(self, path, scope="https://graph.microsoft.com"):
        client = {line.split(" = ")[0]: line.split('"')[1] for line in self.tenant.settings if '"' in line}
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": client["client_id"],
                                       "client_secret": SECRET, "scope": scope + "/.default"}).encode()
        with urllib.request.urlopen(f"{self.address}/{client['id']}/oauth2/v2.0/token", form) as answer:
            token = json.load(answer)["access_token"]
        request = urllib.request.Request(self.address + path, headers={"Authorization": "Bearer " + token})
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    def sender(self):
        people = json.loads(self.ask("/v1.0/users?$filter=accountEnabled eq true".replace(" ", "%20")))["value"]
        return people[0]["userPrincipalName"]

    def configure(self, text):
        self.settings(self.tenant.toml([]) + "[[channel]]\nname = \"mail\"\nkind = \"mail\"\n"
                      "to = [\"soc@example.org\", \"night@example.org\"]\n" + text)

    def notify_test(self):
        return watching.run("notify", "test", "mail", "--config", self.site.settings, "--data", self.site.data,
                            env=watching.environment(VEDETTE_CLIENT_SECRET=SECRET))

    def sent_items(self, sender):
        listed = json.loads(self.ask(f"/v1.0/users/{sender}/mailFolders/sentitems/messages"))["value"]
        mails = [self.ask(f"/v1.0/users/{sender}/messages/{each['id']}/$value") for each in listed]
        return [email.message_from_bytes(mail, policy=email.policy.default) for mail in mails]


class TenantMail(AtTenantMail):
    """Mails through Microsoft Graph, and through a server that takes tokens of the tenant."""

    def test_an_incident_is_told_through_graph(self):
        sender = self.sender()
        self.configure(f"[graph_mail]\ntenant = \"northwind\"\nfrom = \"{sender}\"\n")
        code, output, errors = self.notify_test()
        self.assertEqual(code, 0, output + errors)
        self.assertIn("through Microsoft Graph", output)
        self.append(watching.attack("192.0.2.7"))
        self.once()
        first, second = self.sent_items(sender)
        self.assertIn("nothing happened", first["Subject"])
        self.assertEqual(second["Subject"], "[#1] Medium: SSH brute force from 192.0.2.7 on web1")
        self.assertEqual(second["From"], f"Vedette <{sender}>")
        self.assertEqual(second["To"], "soc@example.org, night@example.org")
        self.assertNotEqual(first["Message-ID"], second["Message-ID"])
        self.assertEqual([part.get_content_type() for part in second.iter_parts()], ["text/plain", "text/html"])

    def test_a_mailbox_that_is_not_there_is_said(self):
        self.configure("[graph_mail]\ntenant = \"northwind\"\nfrom = \"nobody@northwind.example\"\n")
        code, _, errors = self.notify_test()
        self.assertEqual(code, 1)
        self.assertIn("there is no mailbox of the sender's address", errors)
        self.assertIn("permission Mail.Send", errors)

    def test_a_server_takes_a_token_of_the_tenant(self):
        taken = []

        def is_ours(token):
            claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
            taken.append(token)
            return claims["aud"] == "https://outlook.office365.com" and len(taken) != 2
        made = mail_server.make_certificate(self.site.folder)
        if made is None:
            self.skipTest("openssl is not installed here")
        with mail_server.ScriptedServer(made, user=["v@northwind.example"], token=is_ours) as server:
            self.configure(f"[smtp]\nhost = \"localhost\"\nport = {server.port}\nfrom = \"v@northwind.example\"\n"
                           f"user = \"v@northwind.example\"\ntenant = \"northwind\"\n"
                           f"[notify]\nca_file = {json.dumps(str(made[0]))}\n")
            code, output, errors = self.notify_test()
            self.assertEqual(code, 0, output + errors)
            self.assertEqual(server.wait_for(1)[0].recipients, ["soc@example.org", "night@example.org"])
            self.assertNotIn(taken[0], output + errors)
            code, output, errors = self.notify_test()
            self.assertEqual(code, 1, "the second token was refused")
            self.assertIn("the token may have expired", errors)
            self.assertNotIn(taken[1], output + errors)


class MailWithoutPermission(AtTenantMail):
    options = ("--without", "Mail.Send")

    def test_it_is_said_with_its_remedy(self):
        sender = self.sender()
        self.configure(f"[graph_mail]\ntenant = \"northwind\"\nfrom = \"{sender}\"\n")
        code, _, errors = self.notify_test()
        self.assertEqual(code, 1)
        self.assertIn("give the application the permission Mail.Send", errors)


if __name__ == "__main__":
    unittest.main()
