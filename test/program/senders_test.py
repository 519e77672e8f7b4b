#!/usr/bin/env python3
"""Syslog over the network, with real senders where they are installed: logger(1), rsyslog.

    test/program/senders_test.py [-v] [CLASS[.test] ...]
"""
import contextlib
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fault"))
import mail_server  # noqa: E402
import serving  # noqa: E402
import watching  # noqa: E402
from serve_test import AtSite  # noqa: E402

DOOR = "[[syslog]]\ntransport = \"tcp\"\nport = 0\n"


def failed(number, address="192.0.2.9"):
    return (f"<38>1 2026-06-01T08:00:{number:02}.000000+00:00 web1 sshd {2000 + number} - - "
            f"Failed password for root from {address} port {40000 + number} ssh2")


def port_of(program):
    return int(program.said("door open")["port"])


def connect(program):
    return socket.create_connection(("127.0.0.1", port_of(program)), timeout=watching.DEADLINE_S)


def need(name):
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if path is None:
        raise unittest.SkipTest(f"{name} is not installed here")
    return path


class AtDoor(AtSite):
    more = DOOR

    def setUp(self):
        super().setUp()
        with open(self.site.settings, "a", encoding="utf-8") as settings:
            settings.write(self.more)

    def wait_for_rows(self, program, count):
        program.wait_until_worked_off(count)
        self.assertEqual(self.count("Syslog"), count)


class SyslogTcp(AtDoor):
    def test_messages_become_rows_and_an_incident_and_survive_kill_9(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            with connect(program) as sender:
                for number in range(3):
                    text = failed(number)
                    framed = f"{len(text)} {text}" if number % 2 else text + "\n"
                    sender.sendall(framed.encode())
                sender.sendall(b"<13>Jun  1 08:00:00 app: two\0<13>no form at all\n")
                told = self.site.hook.wait_for(1)[0].json()
                self.assertEqual(told["entities"][0]["value"], "192.0.2.9")
                self.wait_for_rows(program, 5)
            program.kill_after(0)
        with self.site.serve() as program:
            program.wait_until_ready()
            rows = self.site.hunt("Syslog | sort by TimeGenerated asc, ProcessID asc")
            self.assertEqual(len(rows), 5)
            self.assertEqual(program.end()[0], 0)
        sshd = [row for row in rows if row["ProcessName"] == "sshd"]
        self.assertEqual({row["HostIP"] for row in rows}, {"127.0.0.1"})
        self.assertEqual({(row["HostName"], row["Facility"], row["SeverityLevel"]) for row in sshd},
                         {("web1", "auth", "info")})
        # A stamp that is far from the receipt is kept, and does not move our time.
        self.assertTrue(all(row["EventTime"].startswith("2026-06-01T08:00:0") for row in sshd), sshd)
        self.assertEqual(self.count("ASimAuthenticationEventLogs"), 3)

    def test_what_was_sent_before_a_stop_is_kept(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            with connect(program) as sender:
                lines = b"".join(b"<13>1 - h app - - - %d\n" % number for number in range(20_000))
                sender.sendall(lines)
                self.assertEqual(program.end()[0], 0)
        self.assertEqual(self.count("Syslog"), 20_000)

    # Ten times the everyday rate, from several senders at once; nothing is lost.
    def test_a_burst_loses_nothing(self):
        senders, each = 10, 5_000
        with self.site.serve() as program:
            program.wait_until_ready()
            for number in range(senders):
                with connect(program) as sender:
                    sender.sendall(b"".join(b"<13>1 - h%d app - - - %d\n" % (number, line)
                                            for line in range(each)))
            self.wait_for_rows(program, senders * each)
            values = program.metrics()
            self.assertEqual(values['vedette_syslog_messages_total{door="syslog:tcp:0"}'], senders * each)
            self.assertEqual(program.end()[0], 0)
        self.assertEqual(self.count("Syslog | distinct HostName, SyslogMessage"), senders * each)

    def test_hostile_fields_are_text(self):
        strings = (HERE.parent / "hostile-strings.txt").read_bytes().splitlines()
        sent = [line for line in strings if line.strip()]
        with self.site.serve() as program:
            program.wait_until_ready()
            with connect(program) as sender:
                for text in sent:
                    message = b"<13>1 - h app - - - " + text
                    sender.sendall(b"%d " % len(message) + message)
            self.wait_for_rows(program, len(sent))
            program.end()

    def test_logger_of_util_linux(self):
        logger = need("logger")
        with self.site.serve() as program:
            program.wait_until_ready()
            common = [logger, "--server", "127.0.0.1", "--port", str(port_of(program)), "--tcp", "--tag", "probe"]
            for more in (["--rfc5424"], ["--rfc3164"], ["--octet-count", "--rfc5424"]):
                subprocess.run([*common, *more, "text " + more[0]], check=True, timeout=watching.DEADLINE_S)
            self.wait_for_rows(program, 3)
            program.end()
        rows = self.site.hunt("Syslog")
        self.assertEqual({row["SyslogMessage"] for row in rows},
                         {"text --rfc5424", "text --rfc3164", "text --octet-count"})
        self.assertEqual({row["ProcessName"] for row in rows}, {"probe"})
        self.assertEqual({row["HostName"] for row in rows}, {socket.gethostname()})


class SyslogUdp(AtDoor):
    more = DOOR.replace("tcp", "udp")

    def test_datagrams_become_rows_and_an_incident(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.connect(("127.0.0.1", port_of(program)))
                for number in range(3):
                    sender.send(failed(number).encode())
                self.site.hook.wait_for(1)
            self.wait_for_rows(program, 3)
            program.end()

    # E20: a flood; what is not stored is counted.
    def test_a_flood_is_counted_to_the_last_datagram(self):
        sent = 60_000
        with self.site.serve() as program:
            program.wait_until_ready()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.connect(("127.0.0.1", port_of(program)))
                for number in range(sent):
                    sender.send(b"<13>1 - h app - - - " + b"x" * 1000 + b" %d" % number)
            program.poll(lambda: sent == sum(program.metrics()[f'vedette_syslog_{name}_total{{door="syslog:udp:0"}}']
                                             for name in ("messages", "dropped")), "all to be counted")
            taken = int(program.metrics()['vedette_syslog_messages_total{door="syslog:udp:0"}'])
            self.wait_for_rows(program, taken)
            print(f"{sent} sent, {taken} stored, {sent - taken} dropped and counted")
            program.end()

    def test_logger_of_util_linux(self):
        logger = need("logger")
        with self.site.serve() as program:
            program.wait_until_ready()
            subprocess.run([logger, "--server", "127.0.0.1", "--port", str(port_of(program)), "--udp", "--tag", "probe",
                            "a text"], check=True, timeout=watching.DEADLINE_S)
            self.wait_for_rows(program, 1)
            program.end()


class SyslogTls(AtSite):
    """A door whose clients need a certificate too."""

    def setUp(self):
        super().setUp()
        made = [mail_server.make_certificate(self.site.folder, name) for name in ("localhost", "sender", "stranger")]
        if not all(made):
            self.skipTest("openssl is not installed here")
        self.server, self.sender, self.stranger = made
        with open(self.site.settings, "a", encoding="utf-8") as settings:
            settings.write("[[syslog]]\ntransport = \"tls\"\nport = 0\n"
                           f"certificate = {serving.toml(self.server[0])}\nkey = {serving.toml(self.server[1])}\n"
                           f"client_ca = {serving.toml(self.sender[0])}\n")

    def speak(self, program, certificate):
        context = ssl.create_default_context(cafile=self.server[0])
        if certificate:
            context.load_cert_chain(*certificate)
        return context.wrap_socket(connect(program), server_hostname="localhost")

    def test_a_sender_with_its_certificate_and_nobody_else(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            with self.speak(program, self.sender) as sender:
                self.assertIn(sender.version(), ("TLSv1.2", "TLSv1.3"))
                for number in range(3):
                    text = failed(number)
                    sender.sendall(f"{len(text)} {text}".encode())
                self.site.hook.wait_for(1)
            for certificate in (None, self.stranger):
                # With TLS 1.3 the client learns of the refusal when it reads.
                with self.assertRaises((ssl.SSLError, ConnectionError)):
                    with self.speak(program, certificate) as sender:
                        sender.sendall(b"5 <13>a")
                        while sender.recv(100):
                            pass
                        raise ConnectionError("it was ended")
            with connect(program) as plain, contextlib.suppress(ConnectionError):
                plain.sendall(b"<13>not encrypted\n")
                while plain.recv(100):  # an alert of TLS at most, then the end
                    pass
            program.log.wait_for(lambda line: "TLS: " in line, "the refusal")
            program.wait_until_worked_off(3)
            self.assertEqual(self.count("Syslog"), 3)
            program.end()

    def test_a_key_that_does_not_fit_is_told(self):
        text = self.site.settings.read_text(encoding="utf-8")
        self.site.settings.write_text(text.replace(str(self.server[1]), str(self.sender[1])), encoding="utf-8")
        code, _, errors = watching.run("serve", "--config", self.site.settings, "--data", self.site.data)
        self.assertEqual(code, 1)
        self.assertIn("the key", errors)


class Rsyslog(AtDoor):
    def forward(self, program, settings, count, more=""):
        """rsyslog reads a file and forwards it; returns when all of it is in the store."""
        daemon = need("rsyslogd")
        folder = self.site.folder / "rsyslog"
        folder.mkdir()
        log = folder / "in.log"
        # A line that is long, one that is empty, and one with a byte that is no UTF-8.
        log.write_bytes(b"".join(b"line %d %s\n" % (number, b"\xff" * (number % 50)) for number in range(count)))
        (folder / "rsyslog.conf").write_text(
            "module(load=\"imfile\")\nglobal(workDirectory=\"%s\" %s)\n"
            "input(type=\"imfile\" File=\"%s\" Tag=\"probe:\")\n"
            "action(type=\"omfwd\" target=\"127.0.0.1\" port=\"%d\" protocol=\"tcp\" %s)\n"
            % (folder, more, log, port_of(program), settings), encoding="utf-8")
        process = subprocess.Popen([daemon, "-n", "-f", folder / "rsyslog.conf", "-i", folder / "pid"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.wait_for_rows_of_probe(program, count)

    def wait_for_rows_of_probe(self, program, count):
        rows = "Syslog | where ProcessName == 'probe'"
        program.poll(lambda: self.count(rows) >= count, f"{count} forwarded lines")
        self.assertEqual(self.count(rows + " | distinct SyslogMessage"), count)

    def test_octet_counted(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            self.forward(program, 'TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"', 2_000)
            program.end()

    def test_lines_in_the_forward_format(self):
        with self.site.serve() as program:
            program.wait_until_ready()
            self.forward(program, 'template="RSYSLOG_ForwardFormat"', 2_000)
            program.end()

    def test_over_tls(self):
        made = mail_server.make_certificate(self.site.folder, "localhost")
        if made is None or not list(pathlib.Path("/usr/lib").glob("*/rsyslog/lmnsd_gtls.so")):
            self.skipTest("openssl or rsyslog-gnutls is not installed here")
        text = self.site.settings.read_text(encoding="utf-8")
        self.site.settings.write_text(text.replace("transport = \"tcp\"", "transport = \"tls\"\n"
            f"certificate = {serving.toml(made[0])}\nkey = {serving.toml(made[1])}"), encoding="utf-8")
        with self.site.serve() as program:
            program.wait_until_ready()
            self.forward(program, 'TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format" '
                         'StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name" '
                         'StreamDriverPermittedPeers="localhost"', 2_000,
                         more=f'defaultNetstreamDriverCAFile="{made[0]}"')
            program.end()


if __name__ == "__main__":
    unittest.main()
