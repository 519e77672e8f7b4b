#!/usr/bin/env python3
"""`vedette watch` as a user meets it: wrong words, missing files, signals, pipes, terminals, secrets.

    test/program/behaviour_test.py [-v] [CLASS[.test] ...]
"""
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import watching
from watching import Deadline, Watching, attack, environment, failed_line, run

KEYS = ["change", "id", "rule", "title", "severity", "status", "entities", "first_event", "last_event",
        "event_count", "event_ids", "country", "city", "asn", "techniques", "reasons", "created", "updated",
        "closed"]
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z$")


def hostile_strings():
    """test/hostile-strings.txt, whose head says how it is written, without the line ends in it."""
    escape = re.compile(rb"\\(?:n|r|t|\\|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]+)\})")

    def unescape(found):
        if found[1]:
            return bytes([int(found[1], 16)])
        if found[2] or found[3]:
            return chr(int(found[2] or found[3], 16)).encode("utf-8", "surrogatepass")
        return {b"n": b"", b"r": b"\r", b"t": b"\t", b"\\": b"\\"}[found[0][1:]]

    strings = []
    for line in (watching.ROOT / "test" / "hostile-strings.txt").read_bytes().split(b"\n"):
        if not line or line.startswith(b"# "):
            continue
        repeat = re.match(rb"repeat\((\d+)\):", line)
        text = escape.sub(unescape, line[repeat.end() if repeat else 0:])
        strings.append((text * (int(repeat[1]) if repeat else 1)).replace(b"\n", b""))
    return strings


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vedette-program-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.log = self.folder / "auth.log"

    def append(self, text):
        with open(self.log, "a", encoding="utf-8") as file:
            file.write(text)


class WrongWords(InFolder):
    """Nothing was done, the word is named with what would be right, and the exit code is 2."""

    def check(self, arguments, *expected, env=None):
        code, out, err = run(*arguments, env=env)
        self.assertEqual(code, 2, err)
        self.assertEqual(out, "")
        for text in expected:
            self.assertIn(text, err)

    def test_command(self):
        self.check(["wtach"], "there is no command wtach", "did you mean watch?")
        self.check(["nonsense"], "there is no command nonsense", "--help")
        self.check([], "Usage:")

    def test_option_with_suggestion(self):
        self.check(["watch", "--thresold", "3", "x"], "--thresold", "did you mean --threshold?")
        self.check(["watch", "--form-start", "x"], "--form-start", "did you mean --from-start?")
        self.check(["watch", "--jsno", "x"], "did you mean --json?")
        self.check(["watch", "--completely-else", "x"], "There is no option --completely-else")
        self.check(["demo", "--duratoin", "3s"], "did you mean --duration?")
        self.check(["simulate", "authlog", "--lins", "3"], "did you mean --lines?")

    def test_numbers_and_spans(self):
        self.check(["watch", "--threshold", "0", "x"], "--threshold", "from 1 to 100")
        self.check(["watch", "--threshold", "many", "x"], "--threshold", "many")
        self.check(["watch", "--threshold"], "--threshold")
        self.check(["watch", "--window", "5parsecs", "x"], "--window", "5parsecs", "10m")
        self.check(["watch", "--window", "25h", "x"], "--window", "from 1 s to 1 d")
        self.check(["watch", "--lateness", "1h", "x"], "--lateness", "10 min")
        self.check(["watch", "--quiet-time", "0", "x"], "--quiet-time", "from 1 s")
        self.check(["watch", "--year", "15", "x"], "--year", "15", "1970")
        self.check(["watch", "--color", "blue", "x"], "--color", "blue", "auto")

    def test_values(self):
        self.append(attack())
        self.check(["watch", "--once", "--zone", "Mars/Olympus", self.log], "--zone", "Mars/Olympus", "Europe/")
        self.check(["watch", "--once", "--allow", "300.1.1.1", self.log], "--allow", "300.1.1.1", "10.0.0.0/8")
        self.check(["watch", "--once", "--allow", "10.0.0.0/33", self.log], "--allow", "10.0.0.0/33")
        self.check(["watch", "--once", "--allow", "10.0.0.1@someday", self.log], "--allow", "someday")
        self.check(["watch", "--once", "--allow-file", "/nowhere/list", self.log], "--allow-file", "/nowhere/list")
        self.check(["watch", "--once", "--webhook", "ftp://example.org/x", self.log], "--webhook", "https://")
        self.check(["watch", "--once", "--webhook", "https://discord.com/channels/1/2", self.log], "--webhook",
                   "/api/webhooks/")
        self.check(["watch", "--once", "--webhook", "env:NO_SUCH_NAME", self.log], "--webhook", "NO_SUCH_NAME")
        self.check(["watch", "--once", "--webhook", "file:/nowhere/url", self.log], "--webhook", "/nowhere/url")
        hook = ["--webhook", "http://127.0.0.1:1/hook"]
        self.check(["watch", "--once", *hook, "--webhook-secret", "plain-text", self.log], "--webhook-secret",
                   "env:NAME")
        self.check(["watch", "--once", *hook, "--webhook-secret", "env:NO_SUCH_NAME", self.log],
                   "--webhook-secret", "NO_SUCH_NAME")
        short = environment(KEY="whsec_c2hvcnQ=")
        self.check(["watch", "--once", *hook, "--webhook-secret", "env:KEY", self.log], "--webhook-secret",
                   env=short)
        self.check(["watch", "-", self.log], "-", "cannot be watched together with files")

    def test_a_hostile_word_is_encoded(self):
        _, _, err = run("watch", "--\x1b[31mred")
        self.assertNotIn("\x1b", err)
        _, _, err = run("\x1b]0;title\x07")
        self.assertNotIn("\x1b", err)

    def test_help_is_no_mistake(self):
        for arguments in (["--help"], ["watch", "--help"], ["demo", "--help"], ["simulate", "--help"],
                          ["simulate", "authlog", "--help"], ["--version"]):
            code, out, err = run(*arguments)
            self.assertEqual((code, err), (0, ""), arguments)
            self.assertTrue(out)


class Files(InFolder):
    def test_missing_file_is_waited_for(self):
        with Watching("watch", "--json", self.log) as program:
            program.stderr.wait_for(lambda line: "does not exist yet; waiting for it" in line, "the notice")
            self.append(attack())
            alert = program.wait_for_alert()
            self.assertEqual(alert["entities"][0], {"type": "ip", "value": "192.0.2.1"})
            self.assertEqual(program.end()[0], 0)

    def test_missing_file_with_once(self):
        code, out, err = run("watch", "--once", self.log)
        self.assertEqual((code, out), (1, ""))
        self.assertIn(f"cannot open {self.log}: No such file or directory", err)

    def test_one_of_two_files_missing_with_once(self):
        self.append(attack())
        code, out, err = run("watch", "--once", "--json", self.log, f"{self.log}.1")
        self.assertEqual(code, 1)
        self.assertIn('"rule":"brute_force"', out)
        self.assertIn(f"cannot open {self.log}.1: No such file or directory", err)

    def test_folder(self):
        code, out, err = run("watch", "--once", self.folder)
        self.assertEqual((code, out), (1, ""))
        self.assertIn("is a folder, not a log file", err)

    def test_no_permission(self):
        if os.geteuid() != 0 or shutil.which("setpriv") is None:
            self.skipTest("needs root and setpriv, to run the program as another user")
        self.append(attack())
        os.chmod(self.log, 0o600)
        os.chmod(self.folder, 0o755)
        program = self.copy_for_everybody()
        done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, "watch",
                               "--once", self.log], capture_output=True, env=environment(), check=False,
                              timeout=watching.DEADLINE_S)
        err = done.stderr.decode()
        self.assertEqual((done.returncode, done.stdout), (1, b""), err)
        self.assertIn(f"cannot open {self.log}: Permission denied", err)
        self.assertIn("run as root", err)

    def copy_for_everybody(self):
        """The build folder may lie where another user cannot go."""
        place = pathlib.Path(tempfile.mkdtemp(prefix="vedette-copy-"))
        self.addCleanup(shutil.rmtree, place)
        os.chmod(place, 0o755)
        return shutil.copy(watching.PROGRAM, place / "vedette")

    def test_no_file_and_no_log_on_this_machine(self):
        if any(os.path.exists(path) for path in ("/var/log/auth.log", "/var/log/secure", "/var/log/messages")):
            self.skipTest("this machine has a log of its own")
        if any(os.path.isdir(path) for path in ("/run/log/journal", "/var/log/journal")):
            self.skipTest("this machine has a systemd journal")
        code, out, err = run("watch", "--once")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("nor /var/log/secure exists", err)
        self.assertIn("vedette watch FILE", err)

    def test_standard_input(self):
        code, out, _ = run("watch", "--json", "-", stdin=attack().encode())
        self.assertEqual(code, 0)
        self.assertEqual([json.loads(line)["change"] for line in out.splitlines()], ["opened", "closed"])

    def test_globs_and_duplicates_of_a_file(self):
        self.append(attack())
        code, out, _ = run("watch", "--once", "--json", self.folder / "*.log", self.log)
        self.assertEqual(code, 0)
        self.assertEqual(len([line for line in out.splitlines() if '"opened"' in line]), 1)
        self.assertEqual(json.loads(out.splitlines()[-1])["event_count"], 3)

    def test_empty_file(self):
        self.append("")
        code, out, err = run("watch", "--once", "--json", self.log)
        self.assertEqual((code, out), (0, ""))
        self.assertIn("Read 0 lines", err)


class Signals(InFolder):
    def check_end(self, number):
        self.append(attack())
        with Watching("watch", "--from-start", self.log) as program:
            program.stdout.wait_for(lambda line: "brute force" in line, "the alert")
            code, seconds = program.end(number)
            self.assertEqual(code, 0)
            self.assertLess(seconds, 2)
            summary = program.stderr.rest()
            self.assertTrue(any(line.startswith("Read 3 lines") for line in summary), summary)
            self.assertTrue(any("1 opened, 0 withdrawn, 1 still open" in line for line in summary), summary)

    def test_interrupt(self):
        self.check_end(signal.SIGINT)

    def test_terminate(self):
        self.check_end(signal.SIGTERM)

    def test_second_interrupt_ends_at_once(self):
        # A channel that takes the connection and never answers: the drain would wait for it.
        import socket
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.append(attack())
            hook = f"http://127.0.0.1:{silent.getsockname()[1]}/hook"
            with Watching("watch", "--from-start", "--webhook", hook, self.log) as program:
                program.stdout.wait_for(lambda line: "brute force" in line, "the alert")
                silent.settimeout(watching.DEADLINE_S)
                connection, _ = silent.accept()
                with connection:
                    program.send(signal.SIGINT)
                    # Once the first is taken no further line is read; the second then finds it so.
                    deadline = Deadline()
                    while program.process.poll() is None and deadline.left() > 0:
                        program.send(signal.SIGINT)
                        try:
                            program.process.wait(timeout=0.1)
                        except subprocess.TimeoutExpired:
                            continue
                    self.assertEqual(program.wait(), 130)

    def test_interrupt_while_waiting_for_standard_input(self):
        with Watching("watch", "-", stdin=subprocess.PIPE) as program:
            program.process.stdin.write(attack().encode())
            program.process.stdin.flush()
            program.stdout.wait_for(lambda line: "brute force" in line, "the alert")
            code, seconds = program.end()
            self.assertEqual(code, 0)
            self.assertLess(seconds, 2)


class Output(InFolder):
    def attacks(self, count):
        return "".join(attack(f"10.{n // 250}.{n % 250}.1", 0) for n in range(count))

    def test_json_is_the_documented_shape(self):
        self.append(attack() + failed_line(5, user="admin").replace("Failed", "Accepted"))
        code, out, err = run("watch", "--once", "--json", self.log)
        self.assertEqual(code, 0)
        changes = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([change["change"] for change in changes], ["opened", "opened", "closed", "closed"])
        for change in changes:
            self.assertEqual(list(change), KEYS)
            self.assertIn(change["status"], ("open", "closed"))
            self.assertRegex(change["id"], "^[0-9a-f]{16}$")
            for name in ("first_event", "last_event", "created", "updated"):
                self.assertRegex(change[name], TIME)
            self.assertEqual(change["closed"] is None, change["status"] == "open")
            self.assertTrue(all(sorted(entity) == ["type", "value"] for entity in change["entities"]))
            self.assertLessEqual(len(change["event_ids"]), 100)
            self.assertTrue(change["techniques"] and change["reasons"] and change["title"])
            self.assertIn(change["severity"], ("Informational", "Low", "Medium", "High"))
        self.assertIn("Read 4 lines", err)

    def test_closed_standard_output_ends_it(self):
        self.append(self.attacks(2000))
        process = subprocess.Popen([watching.PROGRAM, "watch", "--once", "--json", str(self.log)],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
        with process:
            self.assertTrue(json.loads(process.stdout.readline()))
            process.stdout.close()
            err = process.stderr.read().decode()
            self.assertEqual(process.wait(timeout=watching.DEADLINE_S), 1, err)
        self.assertNotIn("terminate", err)

    def test_full_disk_behind_standard_output(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full here")
        self.append(attack())
        with open("/dev/full", "wb") as full:
            done = subprocess.run([watching.PROGRAM, "watch", "--once", str(self.log)], stdout=full,
                                  stderr=subprocess.PIPE, env=environment(), check=False,
                                  timeout=watching.DEADLINE_S)
        self.assertEqual(done.returncode, 1)
        self.assertIn("standard output", done.stderr.decode())

    def test_quiet_means_quiet(self):
        self.append(attack() + "no stamp\n")
        code, out, err = run("watch", "--once", "--quiet", self.log)
        self.assertEqual((code, err), (0, ""))
        self.assertIn("brute force", out)

    def test_no_status_line_and_no_colour_without_a_terminal(self):
        self.append(self.attacks(500))
        _, out, err = run("watch", "--once", self.log)
        for text in (out, err):
            self.assertNotIn("\x1b", text)
            self.assertNotIn("\r", text)

    def test_colour_when_asked_for(self):
        self.append(attack())
        self.assertIn("\x1b[", run("watch", "--once", "--color", "always", self.log)[1])
        self.assertNotIn("\x1b", run("watch", "--once", "--color", "never", self.log)[1])

    def test_hostile_strings_are_encoded(self):
        users = [user for user in hostile_strings() if user.strip() and len(user) < 100_000]
        self.assertGreater(len(users), 100)
        with open(self.log, "wb") as file:
            for number, user in enumerate(users):
                line = failed_line(number, f"10.1.{number % 250}.{number // 250 + 1}", "USER").encode()
                file.write(line.replace(b"USER", user).replace(b"Failed password for",
                                                               b"Failed password for invalid user"))
        for arguments in ([], ["--show-unreadable"]):
            done = subprocess.run([watching.PROGRAM, "watch", "--once", "--threshold", "1", "--color", "never",
                                   *arguments, str(self.log)], capture_output=True, env=environment(),
                                  check=False, timeout=watching.DEADLINE_S)
            self.assertEqual(done.returncode, 0)
            self.assertGreaterEqual(done.stdout.count(b"brute force"), len(users))
            for stream in (done.stdout, done.stderr):
                text = stream.decode("utf-8")  # strict: whatever came in, UTF-8 goes out
                bad = re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]",
                                 text)
                self.assertEqual(bad, [])


class Terminal(InFolder):
    """Under a pseudo terminal: the status line gives way to alerts."""

    def read_terminal(self, master, until, process):
        text, deadline = b"", Deadline()
        while not until(text):
            self.assertGreater(deadline.left(), 0, text[-500:])
            ready, _, _ = select.select([master], [], [], min(0.2, deadline.left()))
            if not ready:
                continue
            try:
                part = os.read(master, 65536)
            except OSError:  # the other side was closed
                break
            if not part:
                break
            text += part
        return text

    def screen(self, text):
        """What a terminal shows of it: \\r goes to the line's start, ESC [K clears the rest."""
        lines, column = [""], 0
        for token in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", text):
            if token == "\n":
                lines.append("")
                column = 0
            elif token == "\r":
                column = 0
            elif token == "\x1b[K":
                lines[-1] = lines[-1][:column]
            elif not token.startswith("\x1b"):
                lines[-1] = lines[-1][:column].ljust(column) + token + lines[-1][column + len(token):]
                column += len(token)
        return lines

    def test_status_line_and_alerts_do_not_mix(self):
        master, slave = pty.openpty()
        process = subprocess.Popen([watching.PROGRAM, "watch", "--color", "always", str(self.log)],
                                   stdin=subprocess.DEVNULL, stdout=slave, stderr=slave, env=environment())
        os.close(slave)
        text = b""
        try:
            self.append("")
            text += self.read_terminal(master, lambda t: b"watching: 0 lines" in t, process)
            for number in range(3):
                self.append(attack(f"192.0.2.{number}", 100 * number))
                status = f"watching: {3 * number + 3} lines".encode()
                text += self.read_terminal(master, lambda t: status in t, process)
            process.send_signal(signal.SIGINT)
            text += self.read_terminal(master, lambda t: b"still open" in t, process)
            self.assertEqual(process.wait(timeout=watching.DEADLINE_S), 0)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            os.close(master)
        lines = [line.rstrip() for line in self.screen(text.decode().replace("\r\n", "\n"))]
        alerts = [line for line in lines if "brute force from" in line]
        self.assertEqual(len(alerts), 3, lines)
        for line in lines:
            self.assertFalse("watching:" in line and "brute force" in line, line)
        self.assertFalse([line for line in lines if line.startswith("watching:")],
                         "the last status line gives way to the summary")
        self.assertTrue(any(line.startswith("Alerts: 3 opened") for line in lines), lines)


class Secrets(InFolder):
    """A secret given by reference stands in no process list and in nothing that is written."""

    TOKEN = "s3cr3t-t0ken-of-the-webhook"
    KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjSw"

    def check(self, hook, key, env):
        self.append(attack())
        with Watching("watch", "--json", "--from-start", "--webhook", hook, "--webhook-secret", key, self.log,
                      env=env) as program:
            program.wait_for_alert()
            command_line = pathlib.Path(f"/proc/{program.process.pid}/cmdline").read_bytes().decode()
            # Nobody listens there: what fails is told, and must be told without the secret.
            program.stderr.wait_for(lambda line: "127.0.0.1" in line and "Telling" not in line, "the failure")
            program.send(signal.SIGTERM)
            program.send(signal.SIGTERM)
            told = "\n".join(program.stdout.rest() + program.stderr.rest())
        for secret in (self.TOKEN, self.KEY, self.KEY[6:]):
            self.assertNotIn(secret, command_line)
            self.assertNotIn(secret, told)
        self.assertIn("webhook at http://127.0.0.1:1", told)

    def test_by_environment(self):
        url = f"http://127.0.0.1:1/hook/{self.TOKEN}"
        self.check("env:HOOK_URL", "env:HOOK_KEY", environment(HOOK_URL=url, HOOK_KEY=self.KEY))

    def test_by_file(self):
        (self.folder / "url").write_text(f"http://127.0.0.1:1/hook/{self.TOKEN}\n", encoding="ascii")
        (self.folder / "key").write_text(self.KEY + "\n", encoding="ascii")
        self.check(f"file:{self.folder}/url", f"file:{self.folder}/key", environment())

    def test_a_wrong_address_is_not_repeated(self):
        env = environment(HOOK_URL=f"htp://example.org/{self.TOKEN}")
        code, _, err = run("watch", "--once", "--webhook", "env:HOOK_URL", self.log, env=env)
        self.assertEqual(code, 2)
        self.assertNotIn(self.TOKEN, err)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[1:]])
