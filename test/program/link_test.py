#!/usr/bin/env python3
"""Acknowledging from a message: the link in a policy's mail, and the page behind it.

    test/program/link_test.py [-v] [CLASS[.test] ...]
"""
import email
import email.policy
import json
import pathlib
import re
import sys
import unittest
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fault"))
import mail_server  # noqa: E402
import serving  # noqa: E402
import watching  # noqa: E402
from serve_test import AtSite  # noqa: E402

HOST = "vedette.example.org"
LINK = re.compile(rf"https://{re.escape(HOST)}(/acknowledge/[\w.-]+)")
POLICY = """name: brute-force
type: Brute Force
description: Somebody looks at each.
match:
  any:
    title: ["brute force"]
steps:
  - {do: notify, after: 0h}
  - {do: warn, after: 72h}
  - {do: lock, after: 120h}
"""
PASSWORD = "a sentence that nobody guesses"


def links_in(mail):
    """Those of the text and of the HTML; they must be the same one."""
    message = email.message_from_bytes(mail.content, policy=email.policy.default)
    found = [LINK.findall(part.get_content()) for part in message.iter_parts()]
    assert len(found) == 2 and found[0] == found[1], found
    return found[0]


class Links(AtSite):
    def configure(self, server, who):
        policies = self.site.folder / "policies"
        policies.mkdir()
        (policies / "brute-force.yaml").write_text(POLICY, encoding="utf-8")
        text = self.site.settings.read_text(encoding="utf-8")
        text = text.replace("[http]\n", f"[http]\npublic_url = \"https://{HOST}\"\n")
        self.site.settings.write_text(
            text + "[[channel]]\nname = \"mail\"\nkind = \"mail\"\nto = [\"soc@example.org\"]\n"
            f"[smtp]\nhost = \"localhost\"\nport = {server.port}\nfrom = \"vedette@example.org\"\ntls = \"none\"\n"
            f"[policies]\nfolder = {serving.toml(policies)}\nacknowledge_by_link = \"{who}\"\n", encoding="utf-8")

    def attack(self):
        """With the policy armed, an incident comes."""
        code, output, errors = watching.run("policy", "arm", "brute-force", "--mode", "dry-run", "--as", "anna",
                                            "--config", self.site.settings, "--data", self.site.data,
                                            stdin=b"arm brute-force dry-run\n")
        self.assertEqual(code, 0, output + errors)
        self.append(watching.attack("192.0.2.7"))

    def ask(self, program, path, method="GET", cookie="", **headers):
        """(status, headers, text) as the web server in front passes it on."""
        request = urllib.request.Request(program.address + path, method=method, data=b"" if method == "POST" else None,
                                         headers={"Host": HOST, **headers})
        if cookie:
            request.add_header("Cookie", cookie)
        try:
            with urllib.request.urlopen(request, timeout=watching.DEADLINE_S) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()

    def incident(self, program):
        status, text = program.get("/api/v1/incidents/1", program.token())
        self.assertEqual(status, 200, text)
        return json.loads(text)

    def wait_for_link(self, server):
        def told():
            return next((links for mail in server.mails for links in [links_in(mail)] if links), None)
        return self.program.poll(told, "a mail with a link")[0]

    def log_in(self, program):
        """The first administrator, and the cookie."""
        key = (self.site.data / "setup-link").read_text(encoding="ascii").strip().split("#")[1]
        body = json.dumps({"key": key, "name": "anna", "password": PASSWORD}).encode()
        request = urllib.request.Request(program.address + "/api/v1/setup", data=body,
                                         headers={"Host": HOST, "X-Vedette": "1"})
        with urllib.request.urlopen(request, timeout=watching.DEADLINE_S) as answer:
            return answer.headers["Set-Cookie"].split(";")[0]

    def test_a_mail_is_looked_through_and_then_a_person_presses_the_button(self):
        with mail_server.ScriptedServer() as server:
            self.configure(server, "anybody")
            with self.site.serve() as self.program:
                program = self.program
                program.wait_until_ready()
                self.attack()
                link = self.wait_for_link(server)
                # What looks through mails: it opens, it asks for the head, it fetches beforehand, often.
                for _ in range(5):
                    status, headers, page = self.ask(program, link)
                    self.assertEqual(status, 200, page)
                    self.assertIn("Acknowledge incident 1?", page)
                    self.ask(program, link, "HEAD")
                    self.ask(program, link, **{"Sec-Purpose": "prefetch"})
                    for other in re.findall(r"(?:href|src|action)=\"(/[^\"]*)", page):
                        self.ask(program, other)
                self.assertEqual(self.incident(program)["status"], "New")
                self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
                self.assertNotIn("script-src", headers["Content-Security-Policy"])
                self.assertEqual(headers["Cache-Control"], "no-store")
                self.assertEqual(headers["Referrer-Policy"], "no-referrer")
                self.assertNotIn("<script", page)
                # Not by another site's page, and not by what is made up.
                self.assertEqual(self.ask(program, link, "POST", Origin="https://evil.example")[0], 403)
                self.assertEqual(self.ask(program, link[:-1] + ("A" if link[-1] != "A" else "B"), "POST")[0], 404)
                self.assertEqual(self.incident(program)["status"], "New")
                status, _, page = self.ask(program, link, "POST", Origin="null", **{"Sec-Fetch-Site": "same-origin"})
                self.assertEqual(status, 200, page)
                incident = self.incident(program)
                self.assertEqual(incident["status"], "Active")
                self.assertIn(("the link to soc@example.org (mail)", "acknowledged: New, now Active"),
                              [(each["actor"], each["text"]) for each in incident["timeline"]])
                # Once.
                for method in ("GET", "POST"):
                    status, _, page = self.ask(program, link, method)
                    self.assertEqual(status, 410)
                    self.assertIn("was acknowledged on", page)
                self.assertEqual(self.ask(program, "/acknowledge/1.2.bWFpbA.made-up")[0], 404)
                audit = program.get("/api/v1/audit", program.token())[1]
                self.assertIn('"actor":"the link to soc@example.org (mail)"', audit)
                program.end()
                said = "\n".join(program.log.seen + program.log.rest())
        self.assertNotIn(link, said)
        self.assertNotIn(link.rsplit(".", 1)[1], said)
        self.assertEqual((self.site.data / "links.key").stat().st_mode & 0o777, 0o600)
        self.assertNotIn(link.rsplit(".", 1)[1].encode(), (self.site.data / "state.db").read_bytes())

    def test_with_log_in_it_takes_a_person(self):
        with mail_server.ScriptedServer() as server:
            self.configure(server, "log-in")
            with self.site.serve() as self.program:
                program = self.program
                program.wait_until_ready()
                self.attack()
                link = self.wait_for_link(server)
                self.assertNotIn("192.0.2.7", self.ask(program, link)[2], "nobody is logged in yet")
                status, _, page = self.ask(program, link, "POST")
                self.assertEqual(status, 401)
                self.assertIn(f'<a href="/login?to={link}">', page)
                self.assertEqual(self.incident(program)["status"], "New")
                status, _, page = self.ask(program, link, "POST", self.log_in(program))
                self.assertEqual(status, 200, page)
                incident = self.incident(program)
                self.assertEqual([each["actor"] for each in incident["timeline"]
                                  if each["text"].startswith("acknowledged")], ["anna"])
                program.end()


if __name__ == "__main__":
    unittest.main()
