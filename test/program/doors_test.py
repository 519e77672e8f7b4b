#!/usr/bin/env python3
"""What comes in beside files and plain syslog: systemd journals, rotated logs, JSON over HTTP, syslog-ng,
and the records of who gained power, through `watch` and `serve`, with real peers where they are installed.

    test/program/doors_test.py [-v] [CLASS[.test] ...]
"""
import concurrent.futures
import datetime
import gzip
import http.client
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fault"))
import mail_server  # noqa: E402
import serving  # noqa: E402
import watching  # noqa: E402
from senders_test import AtDoor, need, port_of  # noqa: E402
from serve_test import AtSite  # noqa: E402

TOKEN = "0123456789abcdef0123456789abcdef"
START = datetime.datetime(2026, 6, 1, 8, 0, tzinfo=datetime.timezone.utc)


def sshd_line(number, address="192.0.2.9"):
    at = START + datetime.timedelta(seconds=number)
    return (f"{at:%Y-%m-%dT%H:%M:%S}.000000+00:00 web1 sshd[{2000 + number}]: Failed password for root from {address} "
            f"port {40000 + number} ssh2\n")


def alerts_of(text):
    return [json.loads(line) for line in text.splitlines()]


def opened(text):
    return {(alert["rule"], alert["entities"][0]["value"]) for alert in alerts_of(text) if alert["change"] == "opened"}


class Journals:
    """A folder of journal files, written by systemd-journal-remote."""

    def __init__(self, folder):
        need("journalctl")
        self.writer = pathlib.Path("/usr/lib/systemd/systemd-journal-remote")
        if not self.writer.exists():
            raise unittest.SkipTest("systemd-journal-remote is not installed here")
        self.folder = folder
        self.files = 0
        folder.mkdir()

    def add(self, entries):
        """Each (seconds since START, identifier, message)."""
        data = b""
        for seconds, identifier, message in entries:
            at = int(START.timestamp() * 1_000_000) + int(seconds * 1_000_000)
            data += (f"__REALTIME_TIMESTAMP={at}\n__MONOTONIC_TIMESTAMP={int(seconds * 1_000_000) + 1}\n"
                     f"_BOOT_ID={7:032x}\nPRIORITY=6\nSYSLOG_FACILITY=10\nSYSLOG_IDENTIFIER={identifier}\n"
                     f"_PID={3000 + int(seconds)}\n_HOSTNAME=web1\n").encode()
            if b"\n" in message:
                data += b"MESSAGE\n" + struct.pack("<Q", len(message)) + message + b"\n\n"
            else:
                data += b"MESSAGE=" + message + b"\n\n"
        subprocess.run([self.writer, "-o", self.folder / "remote.journal", "-"], input=data, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=watching.DEADLINE_S)


def failed(first, count, address="192.0.2.9"):
    return [(first + number, "sshd", b"Failed password for root from %s port %d ssh2" % (address.encode(), 40000 + first))
            for number in range(count)]


class SystemdJournal(AtSite):
    def setUp(self):
        super().setUp()
        self.journals = Journals(self.site.folder / "journals")

    def test_watch_reads_it_once(self):
        self.journals.add(failed(0, 3) + [(4, "cron", b"Failed password for root from 192.0.2.66 port 1 ssh2"),
                                          (5, "useradd", b"new user: name=bob, UID=1001, GID=1001, home=/srv/bob, "
                                                         b"shell=/bin/bash, from=none"),
                                          (6, "login", b"a\nROOT LOGIN ON tty1"), (7, "login", b"ROOT LOGIN ON tty1")])
        code, out, err = watching.run("watch", "--once", "--json", "--journal-folder", self.journals.folder)
        self.assertEqual(code, 0, err)
        self.assertEqual(opened(out), {("brute_force", "192.0.2.9"), ("new_user", "bob"), ("root_login", "root")})
        self.assertIn("Read 6 lines", err)

    def test_what_is_wrong_is_told(self):
        empty = self.site.folder / "empty"
        empty.mkdir()
        code, out, err = watching.run("watch", "--once", "--journal-folder", empty)
        self.assertEqual(out, "")
        self.assertIn("systemd journal", err)
        code, _, err = watching.run("watch", "--journal", self.site.log)
        self.assertEqual(code, 2)
        self.assertIn("cannot be watched together", err)

    def settings(self, read):
        with open(self.site.settings, "a", encoding="utf-8") as settings:
            settings.write(f"[[systemd_journal]]\nname = \"web1\"\nfolder = {serving.toml(self.journals.folder)}\n"
                           f"read = \"{read}\"\n")

    def test_serve_goes_on_where_it_was_killed(self):
        self.settings("all")
        self.journals.add(failed(0, 3))
        with self.site.serve() as program:
            program.wait_until_ready()
            self.site.hook.wait_for(1)
            self.journals.add(failed(10, 3, "198.51.100.10"))  # while it follows
            self.site.hook.wait_for(2)
            program.kill_after(0)
        self.journals.add(failed(20, 3, "203.0.113.11"))  # while it is down
        with self.site.serve() as program:
            program.wait_until_ready()
            self.site.hook.wait_for(3)
            program.wait_until_worked_off(9)
            alerts = serving.alerts_of(program)
            self.assertEqual(program.end()[0], 0)
        self.assertEqual(sorted((alert["entities"][0]["value"], alert["event_count"]) for alert in alerts),
                         [("192.0.2.9", 3), ("198.51.100.10", 3), ("203.0.113.11", 3)])
        rows = self.site.hunt("Syslog")
        self.assertEqual(len(rows), 9)
        self.assertEqual({(row["HostName"], row["ProcessName"], row["Facility"], row["SeverityLevel"]) for row in rows},
                         {("web1", "sshd", "authpriv", "info")})

    def test_serve_once(self):
        self.settings("all")
        self.journals.add(failed(0, 3))
        self.site.once()
        self.assertEqual(self.count("Syslog"), 3)
        self.site.once()
        self.assertEqual(self.count("Syslog"), 3)


class RotatedLogs(AtSite):
    """Three attacks, of which two lie in what was rotated away."""

    def setUp(self):
        super().setUp()
        self.log = pathlib.Path(self.site.log)
        packed = "".join(sshd_line(number, "192.0.2.1") for number in range(3))
        with gzip.open(str(self.log) + ".2.gz", "wb") as file:
            file.write(packed.encode())
        # The attack goes on in the next file.
        pathlib.Path(str(self.log) + ".1").write_text(
            sshd_line(3, "192.0.2.1") + "".join(sshd_line(100 + number, "192.0.2.2") for number in range(3)),
            encoding="utf-8")
        self.log.write_text("".join(sshd_line(200 + number, "192.0.2.3") for number in range(3)), encoding="utf-8")
        moment = START.timestamp()
        for index, name in enumerate((".2.gz", ".1", "")):
            os.utime(str(self.log) + name, (moment + 300 * index, moment + 300 * index))

    def test_watch_from_the_start(self):
        with watching.Watching("watch", "--json", "--from-start", self.log) as program:
            program.wait_for_alert(lambda alert: alert["entities"][0]["value"] == "192.0.2.3")
            program.end()
            changes = program.changes()
        found = [alert["entities"][0]["value"] for alert in changes if alert["change"] == "opened"]
        self.assertEqual(found, ["192.0.2.1", "192.0.2.2", "192.0.2.3"])

    def test_a_packed_file_by_its_name(self):
        code, out, err = watching.run("watch", "--once", "--json", str(self.log) + ".2.gz", str(self.log) + ".1")
        self.assertEqual(code, 0, err)
        self.assertEqual(opened(out), {("brute_force", "192.0.2.1"), ("brute_force", "192.0.2.2")})
        closed = [alert for alert in alerts_of(out) if alert["change"] == "closed"]
        self.assertEqual(sorted(alert["event_count"] for alert in closed), [3, 4])
        code, _, err = watching.run("watch", "--once", str(self.log) + ".9.gz")
        self.assertEqual(code, 1, err)
        self.assertIn(".9.gz", err)

    def test_serve_reads_them_once_whatever_they_are_called_then(self):
        text = self.site.settings.read_text(encoding="utf-8")
        if "read = \"all\"" not in text:
            self.site.settings.write_text(text.replace("[[file]]\n", "[[file]]\nread = \"all\"\n"), encoding="utf-8")
        with self.site.serve() as program:
            program.wait_until_ready()
            program.wait_until_worked_off(10)
            program.kill_after(0)
        os.rename(str(self.log) + ".2.gz", str(self.log) + ".3.gz")
        os.rename(str(self.log) + ".1", str(self.log) + ".2")
        with self.site.serve() as program:
            program.wait_until_ready()
            with open(self.log, "a", encoding="utf-8") as log:
                log.write(sshd_line(300, "192.0.2.4"))
            program.wait_until_worked_off(11)
            self.assertEqual(program.end()[0], 0)
        self.assertEqual(self.count("Syslog"), 11)


class Ingest(AtSite):
    def setUp(self):
        super().setUp()
        token = self.site.folder / "ingest-token"
        token.write_text(TOKEN + "\n", encoding="utf-8")
        with open(self.site.settings, "a", encoding="utf-8") as settings:
            settings.write(f"[ingest]\ntoken = \"file:{token}\"\nport = 0\n")

    def send(self, program, body, table="SigninLogs", method="POST", path=None, **headers):
        port = int(program.said("door open", door="ingest")["port"])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=watching.DEADLINE_S)
        fields = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        fields.update({name.replace("_", "-"): value for name, value in headers.items()})
        fields = {name: value for name, value in fields.items() if value is not None}
        try:
            connection.request(method, path or f"/ingest/{table}", body=body, headers=fields)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), dict(answer.getheaders())
        finally:
            connection.close()

    @staticmethod
    def sign_in(number, **more):
        at = datetime.datetime.now(datetime.timezone.utc)
        return {"TimeGenerated": at.isoformat(), "UserPrincipalName": f"user{number}@example.org", "ResultType": "50126",
                "IPAddress": "192.0.2.1", **more}

    def test_rows_of_every_form_are_typed_and_durable(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            rows = [self.sign_in(number) for number in range(6)]
            status, text, _ = self.send(program, json.dumps(rows[:2], indent=1))
            self.assertEqual((status, json.loads(text)), (200, {"rows": 2}))
            status, text, _ = self.send(program, "\n".join(json.dumps(row) for row in rows[2:4]) + "\n",
                                        Content_Type="application/x-ndjson; charset=utf-8")
            self.assertEqual((status, json.loads(text)), (200, {"rows": 2}))
            self.assertEqual(self.send(program, json.dumps(rows[4], indent=2))[0], 200)
            self.assertEqual(self.send(program, gzip.compress(json.dumps([rows[5]]).encode()),
                                       Content_Encoding="gzip")[0], 200)
            self.assertEqual(self.send(program, '{"Number": 7, "Text": "x"}', table="Mine_CL")[0], 200)
            program.kill_after(0)  # what was answered with 200 is there
        with self.site.serve() as program:
            program.wait_until_ready()
            program.poll(lambda: self.count("SigninLogs") == 6 and self.count("Mine_CL") == 1, "the rows")
            found = self.site.hunt("SigninLogs | project UserPrincipalName, ResultType, TimeGenerated")
            self.assertEqual({row["UserPrincipalName"] for row in found}, {row["UserPrincipalName"] for row in rows})
            values = program.metrics()
            self.assertEqual(values["vedette_ingest_rows_total"], 0)  # of this run
            program.end()

    def test_a_repeat_under_its_key_is_not_doubled(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            body = json.dumps([self.sign_in(1), self.sign_in(2)])
            twice = json.dumps([{"TimeGenerated": "2026-06-01T00:00:00Z", "_ItemId": "a", "ResultType": "0"}] * 2)
            for _ in range(3):
                self.assertEqual(self.send(program, body, Idempotency_Key="batch-1")[0], 200)
            self.assertEqual(self.send(program, body)[0], 200)  # without a key it is another one
            self.assertEqual(self.send(program, twice, table="AuditLogs")[0], 200)
            program.poll(lambda: self.count("SigninLogs") >= 4 and self.count("AuditLogs") >= 1, "the rows")
            self.assertEqual(program.end()[0], 0)
        self.assertEqual(self.count("SigninLogs"), 4)
        self.assertEqual(self.count("AuditLogs"), 1)

    def test_what_does_not_fit_is_in_the_quarantine(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            body = "\n".join([json.dumps(self.sign_in(1)), "{\"broken\": ", json.dumps(self.sign_in(2, TimeGenerated="soon")),
                              json.dumps(self.sign_in(3, NoSuchColumn=1)), json.dumps(self.sign_in(4))])
            self.assertEqual(self.send(program, body)[0], 200)
            program.poll(lambda: self.count("SigninLogs") == 4, "the rows")
            reasons = [row["Reason"] for row in self.site.hunt("VedetteQuarantine | where Source == 'ingest:SigninLogs'")]
            self.assertEqual(len(reasons), 3, reasons)
            self.assertIn("TimeGenerated: is no datetime", reasons)
            self.assertIn("NoSuchColumn: the table has no such column", reasons)
            program.end()

    def test_who_is_turned_away(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            body = json.dumps(self.sign_in(1))
            for wanted, arguments in (
                    (401, {"Authorization": None}), (401, {"Authorization": "Bearer " + TOKEN[:-1] + "0"}),
                    (401, {"Authorization": "Basic " + TOKEN}), (421, {"Host": "evil.example.org"}),
                    (404, {"path": "/"}), (404, {"path": "/ingest/../x"}), (404, {"table": "NoSuchTable"}),
                    (404, {"table": "VedetteQuarantine"}), (405, {"method": "GET"}),
                    (415, {"Content_Type": "text/csv"}), (415, {"Content_Encoding": "br"}),
                    (400, {"Idempotency_Key": "x" * 300})):
                status, text, _ = self.send(program, body, **arguments)
                self.assertEqual(status, wanted, (arguments, text))
                self.assertIn("error", json.loads(text))
            bomb = gzip.compress(b"[" + b" " * 50_000_000 + b"]")
            for wanted, text, more in (
                    (400, "", {}), (400, "no json", {}), (400, "[{}", {}), (400, "7", {}),
                    (413, bomb, {"Content_Encoding": "gzip"}), (400, b"no gzip", {"Content_Encoding": "gzip"}),
                    (400, gzip.compress(body.encode())[:-6], {"Content_Encoding": "gzip"}),
                    (413, None, {"Content_Length": "9000000"})):  # before a byte of it comes
                self.assertEqual(self.send(program, text, **more)[0], wanted, more)
            self.assertEqual(program.metrics()["vedette_ingest_rows_total"], 0)
            self.assertEqual(program.end()[0], 0)
        self.assertEqual(self.count("SigninLogs"), 0)

    # Ten senders at once, who do as they are told: nothing is lost, nothing doubled.
    def test_a_burst_loses_nothing(self):
        senders, each, rows = 10, 20, 25

        def send(program, sender):
            answers = []
            for number in range(each):
                body = json.dumps([self.sign_in(f"{sender}-{number}-{row}") for row in range(rows)])
                while True:
                    status, _, headers = self.send(program, body, Idempotency_Key=f"{sender}-{number}")
                    answers.append(status)
                    if status == 200:
                        break
                    self.assertIn(status, (429, 503))
                    self.assertIn("Retry-After", headers)
            return answers

        with self.site.serve() as program:
            program.wait_until_ready()
            with concurrent.futures.ThreadPoolExecutor(senders) as pool:
                answers = sum(pool.map(lambda sender: send(program, sender), range(senders)), [])
            self.assertEqual(answers.count(200), senders * each)
            total = senders * each * rows
            program.poll(lambda: self.count("SigninLogs") >= total, "all rows")
            self.assertEqual(program.metrics()["vedette_ingest_rows_total"], total)
            self.assertEqual(program.end()[0], 0)
        self.assertEqual(self.count("SigninLogs | distinct UserPrincipalName"), total)
        self.assertEqual(self.count("SigninLogs"), total)

    def test_the_settings_say_what_is_wrong(self):
        text = self.site.settings.read_text(encoding="utf-8")
        for setting, wanted in (("token = \"secret in the file\"", "env:NAME or file:PATH"),
                                ("token = \"env:NOT_THERE_AT_ALL\"", "ingest.token"),
                                ("address = \"0.0.0.0\"", "this machine's own")):
            changed = text[:text.index("[ingest]")] + "[ingest]\n" + setting + "\n"
            self.site.settings.write_text(changed, encoding="utf-8")
            code, _, err = watching.run("config", "check", self.site.settings)
            self.assertNotEqual(code, 0)
            self.assertIn(wanted, err)


class SyslogNg(AtDoor):
    """syslog-ng as a sender, from where it is installed or unpacked (./dev unpacks it for the tests)."""

    @staticmethod
    def program_and_environment():
        installed = shutil.which("syslog-ng") or shutil.which("syslog-ng", path="/usr/sbin:/sbin")
        if installed:
            return [installed], dict(os.environ)
        root = os.environ.get("VEDETTE_SYSLOG_NG", str(HERE.parent.parent / ".cache/dev/peers/syslog-ng"))
        unpacked = pathlib.Path(root) / "usr/sbin/syslog-ng"
        if not unpacked.exists():
            raise unittest.SkipTest("syslog-ng is neither installed nor unpacked here (./dev test unpacks it)")
        libraries = ":".join(str(path) for path in sorted({path.parent for path in pathlib.Path(root).rglob("*.so*")}))
        modules = next(pathlib.Path(root).rglob("libaffile.so")).parent
        return ([unpacked, f"--module-path={modules}"], {**os.environ, "LD_LIBRARY_PATH": libraries})

    def forward(self, program, destination, count):
        words, environment = self.program_and_environment()
        folder = self.site.folder / "syslog-ng"
        folder.mkdir()
        log = folder / "in.log"
        log.write_bytes(b"".join(b"<38>Jun  1 08:00:00 web1 probe[7]: line %d %s\n" % (number, b"x" * (number % 300))
                                 for number in range(count)))
        settings = folder / "syslog-ng.conf"
        settings.write_text(
            "@version: 3.38\n@define autoload-compiled-modules 1\noptions { stats_freq(0); keep_hostname(yes); };\n"
            f"source s {{ file(\"{log}\" follow-freq(1)); }};\n"
            f"destination d {{ {destination} }};\nlog {{ source(s); destination(d); flags(flow-control); }};\n",
            encoding="utf-8")
        process = subprocess.Popen([*words, "--foreground", "--no-caps", f"--cfgfile={settings}",
                                    f"--persist-file={folder}/persist", f"--pidfile={folder}/pid",
                                    f"--control={folder}/control"], env=environment, cwd=folder,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        rows = "Syslog | where ProcessName == 'probe'"

        def is_there():
            self.assertIsNone(process.poll(), "syslog-ng ended by itself")
            return self.count(rows) >= count

        program.poll(is_there, f"{count} forwarded lines")
        self.assertEqual(self.count(rows + " | distinct SyslogMessage"), count)

    def test_octet_counted(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            self.forward(program, f'syslog("127.0.0.1" port({port_of(program)}) transport("tcp"));', 2_000)
            program.end()

    def test_over_tls(self):
        made = mail_server.make_certificate(self.site.folder, "localhost")
        if made is None:
            self.skipTest("openssl is not installed here")
        text = self.site.settings.read_text(encoding="utf-8")
        self.site.settings.write_text(text.replace("transport = \"tcp\"", "transport = \"tls\"\n"
            f"certificate = {serving.toml(made[0])}\nkey = {serving.toml(made[1])}"), encoding="utf-8")
        with self.site.serve() as program:
            program.wait_until_ready()
            self.forward(program, f'syslog("localhost" port({port_of(program)}) transport("tls") '
                                  f'tls(ca-file("{made[0]}") peer-verify(required-trusted)));', 2_000)
            program.end()


class Accounts(AtSite):
    def test_who_gains_power_reaches_incidents_rows_and_messages(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            with open(self.site.log, "a", encoding="utf-8") as log:
                stamp = "2026-06-01T08:15:30.000000+00:00 web1 "
                log.write(stamp + "useradd[1]: new user: name=bob, UID=1001, GID=1001, home=/srv/bob, "
                                  "shell=/bin/bash, from=none\n" +
                          stamp + "usermod[2]: add 'bob' to group 'sudo'\n" +
                          stamp + "usermod[2]: add 'bob' to shadow group 'sudo'\n" +
                          stamp + "sudo: ann : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/true\n" +
                          stamp + "sshd[3]: Accepted publickey for root from 192.0.2.5 port 1 ssh2: ED25519 SHA256:x\n")
            told = [request.json() for request in self.site.hook.wait_for(3)]
            program.wait_until_worked_off(5)
            status, text = program.get("/api/v1/incidents", program.token())
            self.assertEqual(status, 200, text)
            incidents = json.loads(text)["rows"]
            self.assertEqual(program.end()[0], 0)
        self.assertEqual({(message["change"], message["rule"]) for message in told},
                         {("opened", "new_user"), ("opened", "new_administrator"), ("opened", "root_login")})
        self.assertEqual(self.count("ASimUserManagementActivityLogs | where GroupName == 'sudo' and TargetUsername == 'bob'"
                                    " and EventType == 'UserAddedToGroup'"), 2)
        elevated = self.site.hunt("ASimAuthenticationEventLogs | where EventType == 'Elevate'")
        self.assertEqual([(row["ActorUsername"], row["TargetUsername"], row["EventProduct"]) for row in elevated],
                         [("ann", "root", "sudo")])
        # A new user who becomes an administrator is one story.
        self.assertEqual(sorted(len(incident["alerts"]) for incident in incidents), [1, 2])


if __name__ == "__main__":
    unittest.main()
