#!/usr/bin/env python3
"""What `vedette watch --webhook` sends over real sockets: one message an attack, then updates; waits that
are asked for, errors and absences of the other side; the signature; delivery at the end.

    test/program/messages_test.py [-v] [CLASS[.test] ...]
"""
import base64
import hashlib
import hmac
import pathlib
import socket
import sys
import tempfile
import threading
import unittest

from receiver import Receiver, as_anybody, as_discord, as_slack
from watching import Watching, attack, environment, failed_line, run

DISCORD, SLACK, HOOK = "/api/webhooks/1/tok", "/services/T0/B0/x", "/hook"
KEY = b"twenty-four bytes of key"


class Messages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vedette-messages-")
        self.addCleanup(folder.cleanup)
        self.log = pathlib.Path(folder.name) / "auth.log"
        self.log.touch()

    def append(self, text):
        with open(self.log, "a", encoding="utf-8") as file:
            file.write(text)

    def watching(self, hook, *more, env=None):
        return Watching("watch", "--from-start", "--json", "--update-interval", "10s", "--webhook", hook, *more,
                        self.log, env=env)

    def end(self, program, expected):
        code, _ = program.end()
        self.assertEqual(code, 0)
        summary = program.stderr.rest()
        self.assertTrue(any(expected in line for line in summary), summary)

    def live_one_attack(self, receiver, program):
        """An attack begins, goes on, and is over: the program's three changes, each with its requests."""
        self.append(attack())
        receiver.wait_for(1)
        self.append(failed_line(30))
        receiver.wait_for(2)
        self.append(failed_line(2000, "198.51.100.9"))
        return receiver.wait_for(3)


class Discord(Messages):
    def test_one_message_then_edits(self):
        with Receiver(as_discord) as receiver, self.watching(receiver.url(DISCORD)) as program:
            requests = self.live_one_attack(receiver, program)
            self.end(program, "Discord at http://127.0.0.1")
        self.assertEqual([request.method for request in requests], ["POST", "PATCH", "PATCH"])
        self.assertEqual(len(receiver.requests), 3)
        self.assertTrue(requests[0].path.startswith(DISCORD + "?"), requests[0].path)
        self.assertIn("wait=true", requests[0].path)
        for request in requests[1:]:
            self.assertEqual(request.path.split("?")[0], DISCORD + "/messages/9001")
        for request in requests:
            embed = request.json()["embeds"][0]
            self.assertIn("192.0.2.1", embed["title"])
            self.assertEqual(request.json()["allowed_mentions"], {"parse": []})
        self.assertIn("4 failed attempts", requests[2].body.decode())

    def test_two_attacks_are_two_messages(self):
        with Receiver(as_discord) as receiver, self.watching(receiver.url(DISCORD)) as program:
            self.append(attack("192.0.2.1") + attack("198.51.100.1", 10))
            requests = receiver.wait_for(2)
            self.end(program, "2 sent")
        self.assertEqual([request.method for request in requests], ["POST", "POST"])
        titles = {request.json()["embeds"][0]["title"] for request in requests}
        self.assertEqual(len(titles), 2)

    def test_wait_that_is_asked_for(self):
        def answer(number, request):
            if number == 1:
                return 429, {"Content-Type": "application/json", "Retry-After": "2"}, '{"retry_after": 1.5}'
            return as_discord(number, request)

        self.check_wait(answer, DISCORD, 1.5)

    def check_wait(self, answer, path, seconds):
        with Receiver(answer) as receiver, self.watching(receiver.url(path)) as program:
            self.append(attack())
            first, second = receiver.wait_for(2)
            self.end(program, "1 sent, 1 tried again")
        self.assertGreaterEqual(second.arrived - first.arrived, seconds)
        self.assertEqual(len(receiver.requests), 2)
        return first, second


class Slack(Messages):
    def test_one_message_and_what_is_new(self):
        with Receiver(as_slack) as receiver, self.watching(receiver.url(SLACK)) as program:
            requests = self.live_one_attack(receiver, program)
            self.end(program, "Slack at http://127.0.0.1")
        for request in requests:
            self.assertEqual((request.method, request.path), ("POST", SLACK))
            self.assertIn("192.0.2.1", request.body.decode())
            self.assertTrue(request.json()["text"])

    def test_wait_that_is_asked_for(self):
        def answer(number, request):
            return (429, {"Retry-After": "2"}, "rate_limited") if number == 1 else as_slack(number, request)

        Discord.check_wait(self, answer, SLACK, 2)


class Webhook(Messages):
    def test_bodies_are_what_json_prints(self):
        with Receiver(as_anybody) as receiver, self.watching(receiver.url(HOOK)) as program:
            requests = self.live_one_attack(receiver, program)
            self.end(program, "3 sent")
            printed = program.changes()
        self.assertEqual([request.json() for request in requests], printed)
        self.assertEqual([change["change"] for change in printed], ["opened", "updated", "closed"])

    def verify(self, request):
        """The receiving side of Standard Webhooks, in its own words."""
        identity, moment = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        signed = f"{identity}.{moment}.".encode() + request.body
        wanted = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        signatures = request.headers["webhook-signature"].split(" ")
        self.assertIn(f"v1,{wanted}", signatures)
        return identity

    def test_signature(self):
        env = environment(HOOK_KEY="whsec_" + base64.b64encode(KEY).decode())
        def answer(number, request):
            return (500, {}, "") if number == 1 else as_anybody(number, request)

        with (Receiver(answer) as receiver,
              self.watching(receiver.url(HOOK), "--webhook-secret", "env:HOOK_KEY", env=env) as program):
            self.append(attack())
            receiver.wait_for(2)
            self.append(failed_line(30))
            requests = receiver.wait_for(3)
            self.end(program, "2 sent, 1 tried again")
        identities = [self.verify(request) for request in requests]
        self.assertEqual(identities[0], identities[1], "a message that is tried again keeps its id")
        self.assertNotEqual(identities[1], identities[2])

    def test_errors_of_the_service_are_tried_again(self):
        def answer(number, request):
            return (503, {}, "later") if number <= 2 else as_anybody(number, request)

        with Receiver(answer) as receiver, self.watching(receiver.url(HOOK)) as program:
            self.append(attack())
            requests = receiver.wait_for(3)
            self.end(program, "1 sent, 2 tried again")
        self.assertEqual(len({request.body for request in requests}), 1)

    def test_what_the_service_refuses_is_not_tried_again(self):
        with Receiver(lambda number, request: (400, {}, "no")) as receiver, self.watching(receiver.url(HOOK)) as program:
            self.append(attack())
            receiver.wait_for(1)
            program.stderr.wait_for(lambda line: "400" in line, "the refusal")
            self.end(program, "1 FAILED")
        self.assertEqual(len(receiver.requests), 1)

    def test_away_and_back(self):
        with socket.create_server(("127.0.0.1", 0)) as place:
            port = place.getsockname()[1]
        with self.watching(f"http://127.0.0.1:{port}/hook") as program:
            self.append(attack())
            program.stderr.wait_for(lambda line: f"127.0.0.1:{port}" in line and "Telling" not in line, "the failure")
            with Receiver(as_anybody, port) as receiver:
                self.assertEqual(receiver.wait_for(1)[0].json()["change"], "opened")
                self.end(program, "1 sent")

    def test_what_waits_is_delivered_at_the_end(self):
        answered = threading.Event()

        def answer(number, request):
            if number == 1:
                answered.wait(30)
            return as_anybody(number, request)

        with Receiver(answer) as receiver, self.watching(receiver.url(HOOK)) as program:
            self.append(attack("192.0.2.1") + attack("198.51.100.1", 10) + attack("203.0.113.1", 20))
            receiver.wait_for(1)
            program.stdout.wait_for(lambda line: "203.0.113.1" in line, "the third alert")
            program.send(2)
            answered.set()
            self.assertEqual(program.wait(), 0)
            self.assertTrue(any("3 sent" in line for line in program.stderr.rest()), program.stderr.seen)
        self.assertEqual(len(receiver.requests), 3)

    def test_what_cannot_be_delivered_is_said(self):
        # Bound and not listening: nobody answers there, and no other program can take the port.
        with socket.socket() as place:
            place.bind(("127.0.0.1", 0))
            port = place.getsockname()[1]
            self.append(attack())
            _, _, err = run("watch", "--once", "--webhook", f"http://127.0.0.1:{port}/hook", self.log)
        self.assertIn("NOT DELIVERED", err)

    def test_once_delivers_the_closed_attack_in_one_message(self):
        self.append(attack())
        with Receiver(as_anybody) as receiver:
            code, _, err = run("watch", "--once", "--webhook", receiver.url(HOOK), self.log)
            self.assertEqual(code, 0, err)
            self.assertEqual(receiver.wait_for(1)[-1].json()["entities"][0]["value"], "192.0.2.1")
            self.assertEqual(receiver.requests[-1].json()["status"], "closed")

    def test_several_channels(self):
        with Receiver(as_discord) as chat, Receiver(as_anybody) as hook:
            with self.watching(chat.url(DISCORD), "--webhook", hook.url(HOOK)) as program:
                self.append(attack())
                chat.wait_for(1)
                hook.wait_for(1)
                self.end(program, "1 sent")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
