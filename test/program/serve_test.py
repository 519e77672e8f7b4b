#!/usr/bin/env python3
"""`vedette serve` as a user meets it: the way of a line, the HTTP interface, one instance, --once, backup.

    test/program/serve_test.py [-v] [CLASS[.test] ...]
"""
import itertools
import json
import os
import pathlib
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import unittest
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fault"))
import serving  # noqa: E402
import watching  # noqa: E402
from watching import attack, failed_line, run  # noqa: E402


class AtSite(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vedette-serve-")
        self.addCleanup(folder.cleanup)
        self.site = serving.Site(folder.name)
        self.site.__enter__()
        self.addCleanup(self.site.__exit__)

    def append(self, text):
        with open(self.site.log, "a", encoding="utf-8") as file:
            file.write(text)

    def count(self, query):
        return self.site.count(query)


class Vertical(AtSite):
    def test_a_line_reaches_a_row_an_incident_and_a_message_and_survives_kill_9(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            self.append(attack("192.0.2.7"))
            told = self.site.hook.wait_for(1)[0].json()
            self.assertEqual(told["entities"][0]["value"], "192.0.2.7")
            program.kill_after(0)
        self.append(attack("192.0.2.8", 100))
        with self.site.serve() as program:
            self.assertLess(program.wait_until_ready(), 30)
            self.site.hook.wait_for(2)
            program.wait_until_worked_off(6)
            alerts = serving.alerts_of(program)
            self.assertEqual(program.end()[0], 0)
        self.assertEqual(sorted(alert["entities"][0]["value"] for alert in alerts), ["192.0.2.7", "192.0.2.8"])
        self.assertEqual(self.count("Syslog"), 6)
        self.assertEqual(self.count("ASimAuthenticationEventLogs | where EventResult == 'Failure'"), 6)
        ids = [request.headers["webhook-id"] for request in self.site.hook.requests]
        self.assertEqual(len(set(ids)), 2, ids)

    def test_hunt_asks_the_running_serve(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            self.append(attack())
            program.wait_until_worked_off(3)
            self.assertEqual(self.count("Syslog"), 3)
            code, _, errors = run("hunt", "--data", self.site.data, "Syslog | wher x")
            self.assertEqual(code, 1)
            self.assertIn("wher", errors)
            program.end()

    def test_an_import_goes_through_the_running_serve_and_twice_is_once(self):
        rows = [{"TimeGenerated": f"2026-05-01T00:00:{i:02d}Z", "ResultType": str(i), "Odd": i} for i in range(50)]
        file = self.site.folder / "rows.ndjson"
        file.write_text("\n".join(json.dumps(row) for row in rows) + "\n{broken\n")
        table = self.site.folder / "rows.csv"
        table.write_text('TimeGenerated [UTC],ResultType,Identity\n"5/2/2026, 1:29:25.983 PM",0,"a ""b"", c"\n')
        for times in (2, 1):
            with self.site.serve() as program:
                program.wait_until_ready()
                for _ in range(times):
                    code, output, errors = run("import", "SigninLogs", "--data", self.site.data, file, table)
                    self.assertEqual((code, errors), (0, ""))
                    self.assertIn("SigninLogs: 51 rows handed to the running serve", output)
                    self.assertRegex(output, r"50  Odd: the table has no such column")
                    self.assertIn("1 unreadable", output)
                    self.assertEqual(self.count("SigninLogs"), 51)
                program.kill_after(0)
        with self.site.serve() as program:
            program.wait_until_ready()
            self.assertEqual(self.count("SigninLogs | where Identity == 'a \"b\", c' and ResultType == '0'"), 1)
            self.assertEqual(self.count("VedetteQuarantine"), 0)
            code, _, errors = run("import", "NoSuchTable", "--data", self.site.data, file)
            self.assertEqual(code, 2, errors)
            program.end()

    def test_health_rows_are_not_needed_for_an_idle_start(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            code, seconds = program.end()
        self.assertEqual(code, 0)
        self.assertLess(seconds, 10)


class Http(AtSite):
    def raw(self, program, text):
        host, port = program.address.removeprefix("http://").rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=watching.DEADLINE_S) as connection:
            connection.sendall(text)
            connection.shutdown(socket.SHUT_WR)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        return answer

    def test_who_may_ask(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            self.assertEqual(program.get("/healthz")[0], 200)
            self.assertEqual(program.get("/api/v1/incidents")[0], 401)
            self.assertEqual(program.get("/api/v1/incidents", "x" * 64)[0], 401)
            self.assertEqual(program.get("/api/v1/incidents", program.token())[0], 200)
            self.assertEqual(stat.S_IMODE(os.stat(self.site.data / "token").st_mode), 0o600)
            self.assertEqual(stat.S_IMODE(os.stat(self.site.data).st_mode), 0o700)
            answer = self.raw(program, b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
            self.assertTrue(answer.startswith(b"HTTP/1.1 421"), answer)
            token = program.token()
            code, _ = program.end()
            self.assertEqual(code, 0)
            self.assertNotIn(token, "\n".join(program.log.rest()))

    # S18: what two servers could read in two ways is refused.
    def test_smuggling_is_refused(self):
        head = b"POST /api/v1/incidents HTTP/1.1\r\nHost: localhost\r\n"
        odd = [
            b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
            b"Content-Length: +4\r\n\r\nabcd",
            b"Content-Length : 4\r\n\r\nabcd",
            b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
            b"Content-Length: 99999999999\r\n\r\n",
            b"X: " + b"a" * 20_000 + b"\r\n\r\n",
        ]
        with self.site.serve() as program:
            program.wait_until_ready()
            for rest in odd:
                answer = self.raw(program, head + rest)
                status = answer.split(b" ", 2)[1] if answer else b"closed"
                self.assertIn(status, (b"400", b"401", b"413", b"431", b"closed"), (rest[:60], answer[:100]))
                self.assertEqual(answer.count(b"HTTP/1.1 "), 1 if answer else 0, rest[:60])
            self.assertEqual(program.get("/healthz")[0], 200)
            program.end()

    def test_metrics_are_prometheus_text(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            self.append(attack())
            program.wait_until_worked_off(3)
            values = program.metrics()
            self.assertEqual(values["vedette_events_total"], 3)
            self.assertEqual(values["vedette_incidents_opened_total"], 1)
            program.poll(lambda: program.metrics()['vedette_messages_sent_total{channel="hook"}'] == 1, "the message")
            program.end()


class Instance(AtSite):
    def test_the_second_one_is_told_who_has_the_folder(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            code, _, errors = run("serve", "--config", self.site.settings, "--data", self.site.data)
            self.assertEqual(code, 1)
            self.assertIn(f"process {program.process.pid}", errors)
            self.assertEqual(run("health", "--data", self.site.data)[:2], (0, "ready\n"))
            program.end()
        code, _, errors = run("health", "--data", self.site.data)
        self.assertEqual(code, 1)
        self.assertIn("no `vedette serve` runs", errors)

    def test_a_wrong_file_is_told_whole_and_nothing_starts(self):
        self.site.settings.write_text("[journal]\nkeep_day = 3\n[stor]\n", encoding="utf-8")
        code, _, errors = run("serve", "--config", self.site.settings, "--data", self.site.data)
        self.assertEqual(code, 2)
        self.assertIn("vedette.toml:2:", errors)
        self.assertIn("vedette.toml:3:", errors)
        self.assertFalse(self.site.data.exists())

    def test_config_check_and_show(self):
        code, output, _ = run("config", "check", self.site.settings)
        self.assertEqual((code, "in order" in output), (0, True))
        code, output, _ = run("config", "show", self.site.settings)
        self.assertEqual(code, 0)
        self.assertNotIn(self.site.hook.url("/hook"), output)


class Container(unittest.TestCase):
    def test_its_environment_is_its_settings_and_the_set_up_link_is_printed(self):
        with socket.socket() as probe:
            try:
                probe.bind(("0.0.0.0", 5000))
            except OSError:
                self.skipTest("port 5000, the container's, is taken on this machine")
        with tempfile.TemporaryDirectory(prefix="vedette-container-") as data:
            env = watching.environment(VEDETTE_DATA=data, SMTP_SERVER="smtp.example.org", SMTP_PORT="465",
                                       SMTP_FROM="vedette@example.org", ALERT_RECIPIENTS="it@example.org")
            process = subprocess.Popen([watching.PROGRAM, "serve", "--container"], env=env, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            try:
                link = watching.Lines(process.stdout).wait_for(lambda line: "/setup#" in line, "the set-up link")
                self.assertIn("http://localhost:5000/setup#", link)
                log = watching.Lines(process.stderr)
                log.wait_for(lambda line: "smtp.example.org" in line, "the channel of the environment")
                log.wait_for(lambda line: "started" in line, "the start")
                with urllib.request.urlopen("http://localhost:5000/healthz", timeout=watching.DEADLINE_S) as answer:
                    self.assertEqual(answer.status, 200)
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(timeout=watching.DEADLINE_S), 0)
            finally:
                process.kill()
                process.wait()
                process.stdout.close()
                process.stderr.close()


class Once(AtSite):
    def test_each_run_goes_on_where_the_last_one_ended(self):
        self.append(attack("192.0.2.1"))
        self.site.once()
        self.assertEqual(len(self.site.hook.requests), 1)
        self.site.once()
        self.assertEqual(len(self.site.hook.requests), 1)
        self.append(failed_line(5, "192.0.2.1") + attack("192.0.2.2", 200))
        os.rename(self.site.log, str(self.site.log) + ".1")
        self.site.log.touch()
        self.append(attack("192.0.2.3", 300))
        self.site.once()
        self.assertEqual(self.count("Syslog"), 10)
        told = {request.json()["entities"][0]["value"] for request in self.site.hook.requests}
        self.assertEqual(told, {"192.0.2.1", "192.0.2.2", "192.0.2.3"})


class Backup(AtSite):
    def test_a_backup_under_way_is_restored_elsewhere(self):
        copy, restored = self.site.folder / "copy", self.site.folder / "restored"
        with self.site.serve() as program:
            program.wait_until_ready()
            self.append(attack("192.0.2.1"))
            program.wait_until_worked_off(3)
            set_on_the_page = "[identity]\nfailed_attempts = 4\n"
            (pathlib.Path(self.site.data) / "detections.toml").write_text(set_on_the_page, encoding="utf-8")
            code, output, errors = run("backup", "--data", self.site.data, copy)
            self.assertEqual(code, 0, errors)
            self.assertIn("in the journal", output)
            program.end()
        code, output, errors = run("verify", copy)
        self.assertEqual(code, 0, output + errors)
        code, output, errors = run("restore", "--data", restored, copy)
        self.assertEqual(code, 0, output + errors)
        self.assertEqual((restored / "detections.toml").read_text(encoding="utf-8"), set_on_the_page)
        self.site.data = restored
        self.append(attack("192.0.2.2", 100))
        with self.site.serve() as program:
            program.wait_until_ready()
            program.wait_until_worked_off(6)
            self.assertEqual(len(serving.alerts_of(program)), 2)
            program.end()
        self.assertEqual(self.count("Syslog"), 6)
        # The copy may have been made before the first message's receipt: then it comes again, as itself.
        told = {request.headers["webhook-id"] for request in self.site.hook.requests}
        self.assertEqual(len(told), 2)
        code, _, errors = run("restore", "--data", restored, copy)
        self.assertEqual((code, "not empty" in errors), (1, True))

    def settings_with(self, more):
        return self.site.settings.read_text(encoding="utf-8") + more

    def test_the_restored_goes_on_right_though_its_journal_is_trimmed(self):
        copy, restored = self.site.folder / "copy", self.site.folder / "restored"
        with self.site.serve() as program:
            program.wait_until_ready()
            self.append(attack("192.0.2.1"))
            program.wait_until_worked_off(3)
            self.assertEqual(run("backup", "--data", self.site.data, copy)[0], 0)
            program.end()
        self.assertEqual(run("restore", "--data", restored, copy)[0], 0)
        self.site.data = restored
        # Everything that is worked off goes at the next start.
        self.site.settings.write_text(self.settings_with("[journal]\nbytes_max = 1\n"), encoding="utf-8")
        for number in range(3):
            self.append(attack(f"192.0.2.{number + 2}", 100 * (number + 1)))
            self.site.once()
        self.assertEqual(self.count("Syslog"), 12)
        code, output, _ = run("verify", restored)
        self.assertEqual(code, 0, output)

    def test_a_backup_says_when_the_journal_lacks_the_open_day(self):
        self.site.settings.write_text(self.settings_with("[journal]\nbytes_max = 1\n"), encoding="utf-8")
        self.append(attack("192.0.2.1"))
        self.site.once()
        with self.site.serve() as program:
            program.wait_until_ready()
            tries = itertools.count()

            # Whole until the journal is trimmed. (It need not be empty then: the log's place comes into it again
            # at the start, before or after.)
            def is_refused():
                code, _, errors = run("backup", "--data", self.site.data, self.site.folder / f"copy{next(tries)}")
                return code == 1 and errors

            self.assertIn("bytes_max", program.poll(is_refused, "the journal's trimming"))
            program.end()
        code, _, errors = run("backup", "--data", self.site.data, self.site.folder / "whole")
        self.assertEqual(code, 0, errors)


if __name__ == "__main__":
    unittest.main()
