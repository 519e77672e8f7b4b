#!/usr/bin/env python3
"""Who gets to the web app, and how: TLS of our own against other people's clients, `vedette user`.

    test/program/access_test.py [-v] [CLASS[.test] ...]
"""
import collections
import concurrent.futures
import contextlib
import http.client
import json
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fault"))
import serving  # noqa: E402
import watching  # noqa: E402
from watching import run  # noqa: E402


def curl(*arguments):
    done = subprocess.run(["curl", "--silent", "--show-error", "--include", "--max-time", "20", "--noproxy", "*", *arguments],
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def s_client(port, *arguments):
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *arguments], input="",
                          capture_output=True, text=True, timeout=30, check=False)
    return done.stdout + done.stderr


class AtSite(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vedette-access-")
        self.addCleanup(folder.cleanup)
        self.site = serving.Site(folder.name)
        self.site.__enter__()
        self.addCleanup(self.site.__exit__)

    def serve(self, http=""):
        """With these lines in the section [http]."""
        self.settings = getattr(self, "settings", None) or self.site.settings.read_text()
        self.site.settings.write_text(self.settings.replace("[http]\nport = 0\n", "[http]\nport = 0\n" + http))
        return self.site.serve()

    def port_of(self, program):
        program.said("no administrator yet")  # the last that a start says
        return int(program.address.rsplit(":", 1)[1])


@unittest.skipUnless(shutil.which("curl") and shutil.which("openssl"), "curl and openssl are not installed")
class Tls(AtSite):
    """S19: everywhere but on loopback; TLS 1.2 at least; with our own certificate or with one that is made."""

    def test_a_made_certificate_is_told_and_kept(self):
        settings = "tls = \"on\"\nhosts = [\"vedette.example.org\"]\n"
        fingerprints = []
        for _ in range(2):
            with self.serve(settings) as program:
                port = self.port_of(program)
                fingerprints.append(program.said("certificate")["sha256"])
                certificate = str(self.site.data / "tls" / "certificate.pem")
                trusted = ["--cacert", certificate]
                code, said, errors = curl(*trusted, f"https://localhost:{port}/healthz")
                self.assertEqual(code, 0, errors)
                self.assertTrue(said.startswith("HTTP/1.1 200"), said)
                self.assertNotIn("Strict-Transport-Security", said)
                name = ["--resolve", f"vedette.example.org:{port}:127.0.0.1"]
                code, said, errors = curl(*trusted, *name, f"https://vedette.example.org:{port}/")
                self.assertEqual(code, 0, errors)
                self.assertIn("Strict-Transport-Security: max-age=31536000", said)
                self.assertNotEqual(curl(f"https://localhost:{port}/healthz")[0], 0, "trusted without being told to")
                self.assertNotEqual(curl(f"http://localhost:{port}/healthz")[0], 0, "answered without TLS")
                shown = s_client(port, "-showcerts")
                ours = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-sha256"], input=shown,
                                      capture_output=True, text=True, check=True).stdout
                self.assertIn(fingerprints[-1], ours)
                self.assertIn("https://", (self.site.data / "setup-link").read_text())
                program.end()
        self.assertEqual(fingerprints[0], fingerprints[1], "a new one at each start")
        self.assertEqual(stat.S_IMODE((self.site.data / "tls" / "key.pem").stat().st_mode), 0o600)
        self.assertIn("alternative", s_text(certificate).lower())

    def test_what_is_old_is_refused(self):
        with self.serve("tls = \"on\"\n") as program:
            port = self.port_of(program)
            self.assertIn("TLSv1.3", s_client(port, "-tls1_3"))
            self.assertIn("Cipher is ECDHE-ECDSA", s_client(port, "-tls1_2"))
            for old in (["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], ["-tls1_2", "-cipher", "AES128-SHA"],
                        ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256"]):
                self.assertIn("Cipher is (NONE)", s_client(port, *old), old)
            self.assertIn("Secure Renegotiation IS", s_client(port, "-tls1_2"))
            self.assertIn("Compression: NONE", s_client(port, "-tls1_2"))
            program.end()

    def test_our_own_certificate_is_read_again_when_it_changes(self):
        key, certificate = self.site.folder / "own.key", self.site.folder / "own.pem"

        def make(days):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                            "-out", certificate, "-days", str(days), "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
                           capture_output=True, check=True)
        make(3)
        with self.serve(f"certificate = \"{certificate}\"\nkey = \"{key}\"\n") as program:
            address = f"https://localhost:{self.port_of(program)}/healthz"
            self.assertEqual(curl("--cacert", str(certificate), address)[0], 0)
            make(4)
            self.assertEqual(curl("--cacert", str(certificate), address)[0], 0, "the new one is not served")
            program.end()
        self.assertFalse((self.site.data / "tls").exists())

    def test_loopback_is_plain_and_other_addresses_are_not(self):
        for address, scheme in (("127.0.0.1", "http"), ("0.0.0.0", "https")):
            with self.serve(f"address = \"{address}\"\n") as program:
                code, said, errors = curl("--insecure", f"{scheme}://localhost:{self.port_of(program)}/healthz")
                self.assertEqual(code, 0, errors)
                self.assertIn("200", said)
                program.end()


def s_text(certificate):
    return subprocess.run(["openssl", "x509", "-noout", "-text", "-in", certificate], capture_output=True, text=True, check=True).stdout


@unittest.skipUnless(shutil.which("curl"), "curl is not installed")
class BehindProxy(AtSite):
    """S18: what a proxy says of the browser counts only where an administrator named the proxy."""

    def log_in(self, program, *headers):
        return curl("-X", "POST", "-H", "X-Vedette: 1", "-H", "Host: vedette.example.org", *headers,
                    "-d", json.dumps({"name": "anna", "password": "wrong password here"}),
                    f"http://127.0.0.1:{self.port_of(program)}/api/v1/session")[1]

    def test_the_address_in_the_audit_log(self):
        forwarded = ["-H", "X-Forwarded-For: 1.1.1.1, 198.51.100.9", "-H", "X-Forwarded-Proto: https"]
        for proxies, address, hsts in (("[]", "from 127.0.0.1", False), ("[\"127.0.0.1\"]", "from 198.51.100.9", True)):
            with self.serve(f"hosts = [\"vedette.example.org\"]\nproxies = {proxies}\n") as program:
                said = self.log_in(program, *forwarded)
                self.assertTrue(said.startswith("HTTP/1.1 401"), said)
                self.assertEqual("Strict-Transport-Security" in said, hsts)
                token = (self.site.data / "token").read_text().strip()
                _, audit, _ = curl("-H", f"Authorization: Bearer {token}", f"http://127.0.0.1:{self.port_of(program)}/api/v1/audit")
                self.assertEqual(json.loads(audit.split("\n\n", 1)[1])["rows"][0]["detail"], address)
                program.end()


class Guessing(AtSite):
    PASSWORD = "correct horse battery"

    def ask(self, connection, name, password, address="198.51.100.9", cookie=""):
        """(status, cookies, the answer)"""
        connection.request("POST", "/api/v1/session", json.dumps({"name": name, "password": password}),
                           {"Host": "localhost", "X-Vedette": "1", "X-Forwarded-For": address, "Cookie": cookie})
        answer = connection.getresponse()
        cookies = "; ".join(value.split(";")[0] for key, value in answer.getheaders() if key == "Set-Cookie")
        return answer.status, cookies, json.loads(answer.read())

    def connect(self, program):
        connection = http.client.HTTPConnection("127.0.0.1", self.port_of(program), timeout=watching.DEADLINE_S)
        self.addCleanup(connection.close)
        return connection

    def add(self, name):
        made = subprocess.run([watching.PROGRAM, "user", "add", name, "--role", "admin", "--data", str(self.site.data)],
                              input=self.PASSWORD + "\n", capture_output=True, text=True, check=False)
        self.assertEqual(made.returncode, 0, made.stderr)

    def test_a_thousand_guesses_and_the_owner(self):
        """S3, over HTTP: at most 20 of them are looked at, from whatever addresses, and the owner gets in."""
        with self.serve("proxies = [\"127.0.0.1\"]\n") as program:
            connection = self.connect(program)
            self.add("anna")
            status, browser, _ = self.ask(connection, "anna", self.PASSWORD)
            self.assertEqual(status, 200)
            answers = collections.Counter(
                self.ask(connection, "anna", f"guess number {i}", f"198.51.100.{i % 200}")[0] for i in range(1000))
            self.assertEqual(set(answers), {401, 429})
            self.assertLessEqual(answers[401], 20)
            self.assertGreaterEqual(answers[401], 4)
            self.assertEqual(self.ask(connection, "anna", self.PASSWORD, cookie=browser)[0], 200)
            program.end()

    def test_fifty_log_ins_at_once(self):
        """S2: each hash takes 64 MiB; two are made at a time."""
        with self.serve("proxies = [\"127.0.0.1\"]\n") as program:
            port = self.port_of(program)
            before = self.peak_bytes(program, "VmRSS")

            def wrong(i):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4 * watching.DEADLINE_S)
                with contextlib.closing(connection):
                    return self.ask(connection, f"user{i}", "wrong password here", f"198.51.100.{i}")[0]
            with concurrent.futures.ThreadPoolExecutor(50) as pool:
                self.assertEqual(set(pool.map(wrong, range(50))), {401})
            self.assertLess(self.peak_bytes(program, "VmHWM") - before, 200_000_000)
            program.end()

    def peak_bytes(self, program, name):
        for line in pathlib.Path(f"/proc/{program.process.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"{name} is not told")


class Users(AtSite):
    def test_people_are_made_and_changed_beside_a_running_serve(self):
        with self.serve() as program:
            where = ["--data", str(self.site.data)]
            # A start that finds somebody already says nothing of a missing administrator: so it ends first.
            address = f"http://127.0.0.1:{self.port_of(program)}/api/v1/session"
            made = subprocess.run([watching.PROGRAM, "user", "add", "anna", "--role", "admin", *where], input="correct horse battery\n",
                                  capture_output=True, text=True, check=False)
            self.assertEqual(made.returncode, 0, made.stderr)
            body = json.dumps({"name": "anna", "password": "correct horse battery"})
            log_in = ["-X", "POST", "-H", "X-Vedette: 1", "-d", body, address]
            self.assertTrue(curl(*log_in)[1].startswith("HTTP/1.1 200"))
            code, said, _ = run("user", "list", *where)
            self.assertEqual(code, 0)
            self.assertRegex(said, r"anna +admin +allowed +off +20")
            self.assertEqual(run("user", "disable", "anna", *where)[0], 1)  # the last administrator
            second = subprocess.run([watching.PROGRAM, "user", "add", "bert", "--role", "admin", *where], input="\n",
                                    capture_output=True, text=True, check=False)
            self.assertIn("The password is ", second.stdout)
            self.assertEqual(run("user", "disable", "anna", *where)[0], 0)
            self.assertTrue(curl(*log_in)[1].startswith("HTTP/1.1 401"))
            self.assertEqual(run("audit", "verify", *where)[0], 0)
            program.end()


if __name__ == "__main__":
    unittest.main()
