#!/usr/bin/env python3
"""`vedette notify list|test|preview`, and channels that are tickets, as a person would use them.

    test/program/channels_test.py [-v] [CLASS[.test] ...]
"""
import json
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fault"))
import mail_server  # noqa: E402
import receiver  # noqa: E402
import serving  # noqa: E402
from serve_test import AtSite  # noqa: E402
from watching import attack, failed_line, run  # noqa: E402

SECRET = "planted-secret"


class Channels(AtSite):
    def configure(self, text):
        with open(self.site.settings, "a", encoding="utf-8") as settings:
            settings.write(text)

    def channel(self, name, url, more=""):
        self.configure(f"[[channel]]\nname = {serving.toml(name)}\nurl = {serving.toml(url)}\n{more}")

    def notify(self, *words, data=True):
        more = ("--data", self.site.data) if data else ()
        return run("notify", *words, "--config", self.site.settings, *more)


class Commands(Channels):
    def test_a_list_says_where_and_by_which_rules(self):
        self.channel("team chat", "https://discord.com/api/webhooks/1/" + SECRET,
                     "quiet = \"22:00-07:00\"\nquiet_zone = \"Europe/Berlin\"\nfallback = \"hook\"\n")
        code, output, errors = self.notify("list")
        self.assertEqual(code, 0, errors)
        self.assertNotIn(SECRET, output)
        for words in ("team chat: Discord at https://discord.com", "more than 10 in 10 min as a digest",
                      "at most every 1 h", "quiet 22:00-07:00 (Europe/Berlin), except High", "also by \"hook\"",
                      "0 waiting"):
            self.assertIn(words, output)
        code, output, errors = self.notify("list", "--json")
        self.assertEqual([each["kind"] for each in json.loads(output)], ["webhook", "discord"])

    def test_a_test_message_says_what_was_answered(self):
        code, output, errors = self.notify("test", "hook", data=False)
        self.assertEqual(code, 0, errors)
        self.assertIn("It answered 204", output)
        self.assertIn("Delivered.", output)
        said = self.site.hook.requests[0].json()
        self.assertEqual(said["rule"], "test")
        self.assertIn("nothing happened", said["title"])
        self.assertIn(self.site.hook.requests[0].headers["webhook-id"], output)

    def test_a_failure_says_what_to_do(self):
        with receiver.Receiver(lambda *_: (403, {}, "no such team\x1b[31m")) as wrong:
            self.channel("wrong", wrong.url("/" + SECRET))
            code, output, errors = self.notify("test", "wrong", data=False)
        self.assertEqual(code, 1)
        self.assertIn("It answered 403: no such team\\x1b[31m", output)
        self.assertIn("not delivered: it answered 403", errors)
        self.assertIn("What to do: look at the channel's url", errors)
        self.assertNotIn(SECRET, output + errors)
        with mail_server.ScriptedServer() as gone:
            port = gone.port
        self.configure(f"[[channel]]\nname = \"mail\"\nkind = \"mail\"\nto = [\"a@example.org\"]\n[smtp]\n"
                       f"host = \"localhost\"\nport = {port}\ntls = \"none\"\nfrom = \"v@example.org\"\n")
        code, output, errors = self.notify("test", "mail", data=False)
        self.assertEqual(code, 1)
        self.assertIn("What to do: look at [smtp] host and port", errors)

    def test_mail_is_tested_too(self):
        with mail_server.ScriptedServer() as server:
            self.configure(f"[[channel]]\nname = \"mail\"\nkind = \"mail\"\nto = [\"a@example.org\"]\n[smtp]\n"
                           f"host = \"localhost\"\nport = {server.port}\ntls = \"none\"\nfrom = \"v@example.org\"\n")
            code, output, errors = self.notify("test", "mail", data=False)
            self.assertEqual(code, 0, errors)
            self.assertIn("It answered 250 queued", output)
            self.assertEqual(server.wait_for(1)[0].recipients, ["a@example.org"])

    def test_an_unknown_channel_is_said(self):
        code, _, errors = self.notify("test", "hock", data=False)
        self.assertEqual(code, 1)
        self.assertIn("did you mean \"hook\"?", errors)

    def test_a_preview_of_every_kind(self):
        for kind in ("discord", "slack", "teams", "webhook", "jira", "servicenow", "github"):
            code, output, errors = self.notify("preview", kind)
            self.assertEqual(code, 0, errors)
            body = output.split("--- body.json\n")[1]
            json.loads(body)
            self.assertIn("203.0.113.7", body.replace("\\\\", ""))
            self.assertFalse(self.site.hook.requests)
        self.assertNotIn("Bearer token", output)
        folder = self.site.folder / "preview"
        code, output, errors = self.notify("preview", "mail", "--change", "closed", "--save", folder)
        self.assertEqual(code, 0, errors)
        self.assertIn("Closed: High: SSH brute force", (folder / "mail.txt").read_text(encoding="utf-8"))
        self.assertIn("<h2", (folder / "mail.html").read_text(encoding="utf-8"))
        self.assertIn("Message-ID: ", (folder / "mail.eml").read_text(encoding="utf-8"))

    def test_templates_of_ones_own(self):
        folder = self.site.folder / "templates"
        folder.mkdir()
        (folder / "webhook.json").write_text('{"say": "{{severity}} {{title}} {{incident}}"}', encoding="utf-8")
        self.configure(f"[notify]\ntemplates = {serving.toml(folder)}\n")
        self.append(attack("192.0.2.7"))
        self.site.once()
        self.assertEqual(self.site.hook.wait_for(1)[0].json()["say"],
                         "Medium SSH brute force from 192.0.2.7 on web1 1")
        code, output, errors = self.notify("preview", "hook", "--incident", "1")
        self.assertEqual(code, 0, errors)
        self.assertIn("Medium SSH brute force from 192.0.2.7 on web1 1", output)
        (folder / "mail.txt").write_text("{{headlin}}", encoding="utf-8")
        code, _, errors = run("config", "check", self.site.settings)
        self.assertEqual(code, 1)
        self.assertIn("mail.txt: there is no field {{headlin}}; did you mean headline?", errors)


class Tickets(Channels):
    # One ticket an incident, and what follows is a comment on it, also by the next process.
    def test_an_incident_is_one_issue(self):
        def as_github(number, request):
            made = 201, {}, json.dumps({"id": number, "number": 7 if request.path.endswith("/issues") else 0})
            return made
        with receiver.Receiver(as_github) as github:
            self.channel("tickets", github.url("/repos/example/incidents"),
                         f"kind = \"github\"\ntoken = \"{SECRET}\"\n")
            with self.site.serve() as program:
                program.wait_until_ready()
                self.append(attack("192.0.2.7"))
                github.wait_for(1)
                program.end()
            with self.site.serve() as program:
                program.wait_until_ready()
                # It goes on, and an hour later it is over.
                self.append("".join(failed_line(10 + number, "192.0.2.7") for number in range(200)))
                self.append("2026-06-01T12:00:00.000000+00:00 web1 sshd[1]: Server listening on 0.0.0.0 port 22.\n")
                requests = github.wait_for(2)
                program.end()
            for request in github.requests:
                self.assertEqual(request.headers["Authorization"], "Bearer " + SECRET)
            self.assertEqual(requests[0].path, "/repos/example/incidents/issues")
            self.assertEqual({request.path for request in github.requests[1:]},
                             {"/repos/example/incidents/issues/7/comments"})
            self.assertIn("192.0.2.7", requests[0].json()["title"])
            self.assertNotIn(SECRET, "".join(request.body.decode() for request in github.requests))

    # The issue is made and its answer lost with the process: the next one finds it by its key.
    def test_a_kill_before_the_answer_opens_no_second_issue(self):
        issues, running = [], []

        def as_github(_number, request):
            if request.method == "GET":
                return 200, {}, json.dumps(issues)
            if not request.path.endswith("/issues"):
                return 201, {}, "{}"
            issues.insert(0, {"number": 7 + len(issues), "body": request.json()["body"]})
            if len(issues) == 1:
                running[0].process.kill()
                running[0].process.wait()
            return 201, {}, json.dumps(issues[0])
        with receiver.Receiver(as_github) as github:
            self.channel("tickets", github.url("/repos/example/incidents"),
                         f"kind = \"github\"\ntoken = \"{SECRET}\"\n")
            with self.site.serve() as program:
                running.append(program)
                self.append(attack("192.0.2.7"))
                program.wait()
            with self.site.serve() as program:
                program.wait_until_ready()
                program.poll(lambda: program.metrics()['vedette_messages_waiting{channel="tickets"}'] == 0, "the ticket")
                self.append("2026-06-01T12:00:00.000000+00:00 web1 sshd[1]: Server listening on 0.0.0.0 port 22.\n")
                comment = next(filter(lambda request: request.method == "POST", github.wait_for(3)[2:]), None)
                program.end()
        self.assertEqual(len(issues), 1)
        self.assertIn("per_page=10", github.requests[1].path)
        self.assertEqual(comment.path, "/repos/example/incidents/issues/7/comments")


if __name__ == "__main__":
    unittest.main()
