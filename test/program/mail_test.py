#!/usr/bin/env python3
"""Mails of `vedette serve`: through aiosmtpd as a real server, and through a scripted one that does what the
worst do (experiment E14).

    test/program/mail_test.py [-v] [CLASS[.test] ...]
"""
import email
import email.policy
import json
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fault"))
import mail_server  # noqa: E402
import serving  # noqa: E402
from serve_test import AtSite  # noqa: E402
from watching import attack, run  # noqa: E402

SECRET = "planted-secret"


def read_mail(content):
    if isinstance(content, str):
        content = content.encode()
    return email.message_from_bytes(content, policy=email.policy.default)


class Mail(AtSite):
    def configure(self, port, more="", to=("soc@example.org",)):
        recipients = ", ".join(serving.toml(address) for address in to)
        with open(self.site.settings, "a", encoding="utf-8") as settings:
            settings.write(f"[[channel]]\nname = \"mail\"\nkind = \"mail\"\nto = [{recipients}]\n"
                           f"[smtp]\nhost = \"localhost\"\nport = {port}\nfrom = \"vedette@example.org\"\n{more}")

    def configure_plain(self, server, **more):
        self.configure(server.port, "tls = \"none\"\n", **more)

    def certificate(self, name="localhost"):
        made = mail_server.make_certificate(self.site.folder, name)
        if made is None:
            self.skipTest("openssl is not installed here")
        return made

    def trust(self, certificate):
        return f"[notify]\nca_file = {serving.toml(certificate[0])}\n"

    def messages(self, state):
        code, output, errors = run("incidents", "messages", "--data", self.site.data, "--format", "json")
        self.assertEqual(code, 0, errors)
        return [each for each in json.loads(output) if each["channel"] == "mail" and each["state"] == state]

    # Whoever keeps the mail finds a log that was rewritten, also one whose end was cut off.
    def test_the_end_of_the_audit_log_is_mailed_once_a_day(self):
        with mail_server.ScriptedServer(script={"MAIL": ["451 later"]}) as server:
            self.configure_plain(server)
            with open(self.site.settings, "a", encoding="utf-8") as settings:
                settings.write("[audit]\nmail_to = \"anchor@example.org\"\n")
            self.site.once()  # makes the data folder
            code, output, errors = run("policy", "arm", "twill", "--mode", "dry-run", "--as", "anna", "--config",
                                       self.site.settings, "--data", self.site.data, stdin=b"arm twill dry-run\n")
            self.assertEqual(code, 0, output + errors)
            with self.site.serve() as program:
                program.said("audit", text="its end is not mailed yet: the sender's address was answered with 451 "
                             "(later); trying again")
                program.end()
            for _ in range(2):
                with self.site.serve() as program:
                    head = program.said("audit")["head"]
                    program.end()
        self.assertEqual([mail.recipients for mail in server.mails], [["anchor@example.org"]])
        mail = read_mail(server.mails[0].content)
        self.assertIn("The audit log ends at entry 1", mail["Subject"])
        self.assertIn(head, mail.get_body(("plain",)).get_content())
        code, output, errors = run("audit", "verify", "--noted", head, "--data", self.site.data)
        self.assertEqual(code, 0, errors)

    def test_through_a_real_server_with_starttls_and_a_log_in(self):
        python = mail_server.python_with_aiosmtpd()
        if python is None:
            self.skipTest("aiosmtpd is not installed here")
        certificate = self.certificate()
        with mail_server.RealServer(python, certificate) as server:
            (self.site.folder / "password").write_text(SECRET + "\n", encoding="ascii")
            self.configure(server.port, "user = \"vedette\"\npassword = "
                           + serving.toml(f"file:{self.site.folder / 'password'}") + "\n" + self.trust(certificate),
                           to=("soc@example.org", "night@example.org"))
            with self.site.serve() as program:
                program.wait_until_ready()
                self.append(attack("192.0.2.7"))
                kept = json.loads(server.lines.wait_for(lambda line: line.startswith("{"), "a mail"))
                program.end()
                self.assertNotIn(SECRET, "\n".join(program.log.rest()))
        self.assertTrue(kept["tls"])
        self.assertEqual(kept["from"], "vedette@example.org")
        self.assertEqual(kept["to"], ["soc@example.org", "night@example.org"])
        mail = read_mail(kept["content"])
        self.assertEqual(mail["Subject"], "[#1] Medium: SSH brute force from 192.0.2.7 on web1")
        self.assertEqual(mail["To"], "soc@example.org, night@example.org")
        self.assertIn("vedette.incident.1@example.org", mail["References"])
        self.assertFalse(mail.defects)
        parts = [part.get_content_type() for part in mail.iter_parts()]
        self.assertEqual(parts, ["text/plain", "text/html"])
        for part in mail.iter_parts():
            self.assertIn("192.0.2.7", part.get_content())

    # E14: what is not for good is tried again until it is taken, and then it is one mail.
    def deliver_against(self, script):
        with mail_server.ScriptedServer(script=script) as server:
            self.configure_plain(server)
            with self.site.serve() as program:
                program.wait_until_ready()
                self.append(attack())
                server.wait_for(1)
                program.poll(lambda: self.messages("sent"), "the receipt")
                program.end()
            self.assertEqual(len(server.mails), 1)
            self.assertFalse(any(server.script.values()), server.script)

    def test_temporary_failures_are_tried_again(self):
        self.deliver_against({"GREETING": ["421 too busy"], "MAIL": ["451 later"], "RCPT": ["450 greylisted"]})

    def test_a_connection_that_breaks_is_made_again(self):
        self.deliver_against({"GREETING": ["cut"], "DATA": ["cut"], "END": ["452 full"]})

    def repeat_against(self, ending):
        with mail_server.ScriptedServer(script={"END": [ending]}) as server:
            self.configure_plain(server)
            with self.site.serve() as program:
                program.wait_until_ready()
                self.append(attack())
                # A mail's own deadline is 30 s.
                first, second = server.wait_for(2, within_s=90)
                program.poll(lambda: self.messages("sent"), "the receipt")
                program.end()
            self.assertEqual(len(server.mails), 2)
            self.assertEqual(first.content, second.content)
            self.assertTrue(read_mail(first.content)["Message-ID"])

    def test_a_mail_whose_answer_is_lost_comes_again_under_its_id(self):
        self.repeat_against("cut after")

    # The server has the mail and never says so: the deadline ends that, and the mail comes once more.
    def test_a_server_that_hangs_after_the_content_gets_it_once_more_at_most(self):
        self.repeat_against("hang after")

    def test_a_server_that_refuses_connections_gets_the_mail_when_it_is_back(self):
        with mail_server.ScriptedServer() as gone:
            port = gone.port
        self.configure(port, "tls = \"none\"\n")
        with self.site.serve() as program:
            program.wait_until_ready()
            self.append(attack())
            program.log.wait_for(lambda line: "trying again" in line, "the failure")
            with mail_server.ScriptedServer(port=port) as server:
                server.wait_for(1)
                program.poll(lambda: self.messages("sent"), "the receipt")
                program.end()
                self.assertEqual(len(server.mails), 1)

    # 10 MB an hour: so slow a line, and a server that says so.
    def test_a_throttled_server_gets_each_mail_once(self):
        throttled = ["450 4.7.1 over 10 MB an hour, come again"] * 3
        with mail_server.ScriptedServer(script={"MAIL": ["250 ok", *throttled]}, bytes_s=10_000_000 / 3600) as server:
            self.configure_plain(server)
            with self.site.serve() as program:
                program.wait_until_ready()
                self.append(attack("192.0.2.7"))
                server.wait_for(1)
                self.append(attack("198.51.100.8", 100))
                server.wait_for(2)
                program.poll(lambda: len(self.messages("sent")) == 2, "the receipts")
                program.end()
            self.assertEqual(len(server.mails), 2)
            self.assertFalse(any(server.script.values()), server.script)

    def test_one_recipient_waits_and_the_other_has_it_once(self):
        with mail_server.ScriptedServer(script={"RCPT": ["250 ok", "450 later"]}) as server:
            self.configure_plain(server, to=("a@example.org", "b@example.org"))
            with self.site.serve() as program:
                program.wait_until_ready()
                self.append(attack())
                first, second = server.wait_for(2)
                program.poll(lambda: self.messages("sent"), "the receipt")
                program.end()
            self.assertEqual((first.recipients, second.recipients), (["a@example.org"], ["b@example.org"]))

    def test_a_mail_that_is_refused_for_good_is_parked_and_shown(self):
        with mail_server.ScriptedServer(script={"END": ["554 5.7.1 we think it is spam"]}) as server:
            self.configure_plain(server)
            with self.site.serve() as program:
                program.wait_until_ready()
                self.append(attack())
                parked = program.poll(lambda: self.messages("failed"), "the refusal")
                self.append(attack("192.0.2.8", 100))
                server.wait_for(1)
                program.end()
            self.assertIn("spam", parked[0]["error"])
            self.assertEqual(len(server.mails), 1)

    # Somebody between us and the server takes "STARTTLS" out: nothing is said to him.
    def test_stripped_encryption_gets_nothing(self):
        with mail_server.ScriptedServer(user=("vedette", SECRET)) as server:
            self.configure(server.port, f"user = \"vedette\"\npassword = \"{SECRET}\"\n")
            with self.site.serve() as program:
                program.wait_until_ready()
                self.append(attack())
                program.log.wait_for(lambda line: "offers no encryption" in line, "the refusal")
                program.end()
            self.assertFalse([command for command in server.commands if not command.startswith(("EHLO", "HELO", "QUIT"))])
            self.assertFalse(server.mails)

    def test_a_wrong_certificate_gets_nothing(self):
        certificate = self.certificate("other.example.org")
        with mail_server.ScriptedServer(certificate=certificate, user=("vedette", SECRET)) as server:
            self.configure(server.port, f"user = \"vedette\"\npassword = \"{SECRET}\"\n" + self.trust(certificate))
            with self.site.serve() as program:
                program.wait_until_ready()
                self.append(attack())
                program.log.wait_for(lambda line: "destination broken" in line, "the refusal")
                program.end()
            self.assertFalse([command for command in server.commands if command.startswith(("AUTH", "MAIL"))])

    def test_tls_from_the_start_and_a_token(self):
        certificate = self.certificate()
        token = self.site.folder / "token.txt"
        token.write_text("a-token", encoding="ascii")
        with mail_server.ScriptedServer(certificate=certificate, from_the_start=True, user=("vedette",),
                                        token="a-token") as server:
            self.configure(server.port, "tls = \"tls\"\nuser = \"vedette\"\ntoken = "
                           + serving.toml(f"file:{token}") + "\n" + self.trust(certificate))
            with self.site.serve() as program:
                program.wait_until_ready()
                self.append(attack())
                server.wait_for(1)
                program.end()
            self.assertEqual(sum(command.startswith("AUTH XOAUTH2") for command in server.commands), 1)

    def test_a_wrong_password_is_told_and_the_mail_kept(self):
        certificate = self.certificate()
        with mail_server.ScriptedServer(certificate=certificate, user=("vedette", "another")) as server:
            self.configure(server.port, f"user = \"vedette\"\npassword = \"{SECRET}\"\n" + self.trust(certificate))
            with self.site.serve() as program:
                program.wait_until_ready()
                self.append(attack())
                line = program.log.wait_for(lambda line: "destination broken" in line, "the refusal")
                self.assertIn("535", line)
                program.end()
                self.assertNotIn(SECRET, "\n".join(program.log.rest()))
            self.assertEqual(len(self.messages("waiting")), 1)

    # Section 10: names of users that would like to be headers, markup or links.
    def test_hostile_names_stay_text(self):
        names = ["x\\015\\012Bcc:evil@example.org", "<img/src=x>", "http://evil.example/", "=?utf-8?b?YQ==?="]
        with mail_server.ScriptedServer() as server:
            self.configure_plain(server)
            with self.site.serve() as program:
                program.wait_until_ready()
                self.append("".join(
                    f"2026-06-01T08:00:0{number}.000000+00:00 web1 sshd[{number + 1}]: Failed password for invalid user "
                    f"{name} from 192.0.2.66 port 4{number} ssh2\n" for number, name in enumerate(names)))
                mail = read_mail(server.wait_for(1)[0].content)
                program.end()
        self.assertIsNone(mail["Bcc"])
        self.assertFalse(mail.defects)
        html = mail.get_body(("html",)).get_content()
        self.assertNotIn("<img", html)
        self.assertNotIn("http://", html)


if __name__ == "__main__":
    unittest.main()
