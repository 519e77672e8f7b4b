#!/usr/bin/env python3
"""Queries that want to hurt: each ends in a clear message or a bounded answer, in bounded time and memory.

    test/program/hostile_hunts_test.py [-v] [CLASS[.test] ...]      HOSTILE_RUNS=100 for the slow tier

Memory is the program's own peak (its limit is 1 GB for the engine, 512 MB for that of a running serve; 256 MB
more are allowed). Beside a running serve they do not keep lines from being stored.
"""
import json
import os
import pathlib
import pty
import re
import resource
import subprocess
import sys
import tempfile
import time
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent.parent / "fault")]
import serving  # noqa: E402

PROGRAM = os.environ.get("VEDETTE_PROGRAM", "build/vedette")
RUNS = int(os.environ.get("HOSTILE_RUNS", "1"))
MEMORY_KB = (1024 + 256) * 1024
SERVE_MEMORY_KB = (512 + 256) * 1024
LINES_AT_ONCE = 20
SECONDS = 60

DEEP = "print " + "(" * 5000 + "1" + ")" * 5000
WIDE_LIST = "print x = 5 | where x in (" + ", ".join(str(n) for n in range(90_000)) + ")"
# What it is, the query, and how the answer may begin: a code of an error, or "" for any bounded answer.
QUERIES = [
    ("endless range", "range x from 1 to 1000000000000 step 1 | summarize max(x % 7)", ("KQL404",)),
    ("endless range, sorted", "range x from 1 to 1000000000000 step 1 | sort by x desc | take 1", ("KQL404", "KQL405")),
    ("large array", "print range(1, 200000000, 1)", ("",)),
    ("arrays in rows", "range x from 1 to 100000 step 1 | extend a = range(1, 100000, 1) | summarize make_list(a)",
     ("KQL404", "KQL405", "KQL501")),
    ("cross join", "range x from 1 to 1000000 step 1 | extend k = 1 | join kind=inner (range y from 1 to 1000000 step 1 "
     "| extend k = 1) on k | summarize max(x * y)", ("KQL404", "KQL405")),
    ("long text", "print x = strrep('ab', 1000000000) | extend y = strcat(x, x, x) | extend z = strlen(y)", ("",)),
    ("large list", WIDE_LIST, ("", "KQL4", "KQL1")),
    ("deep nesting", DEEP, ("KQL",)),
    ("many words", "print " + " + ".join("1" for _ in range(250_000)), ("KQL",)),
    ("regular expression", "print matches = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' matches regex '(a+)+$'", ("",)),
    ("drop", "print 1; DROP TABLE SigninLogs", ("KQL",)),
    ("copy", "COPY (SELECT 1) TO '/tmp/vedette-hostile.csv'", ("KQL",)),
    ("attach", "ATTACH '/etc/passwd' AS x", ("KQL",)),
    ("file", "read_csv('/etc/passwd')", ("KQL",)),
    ("file in a quoted name", "['/etc/passwd']", ("KQL",)),
    ("sql in text", "print x = \"'; COPY (SELECT 1) TO '/tmp/vedette-hostile.csv'; --\" | project strlen(x)", ("",)),
    ("own machine", "externaldata(a: string)['http://127.0.0.1:22/']", ("KQL306",)),
    ("file by address", "externaldata(a: string)['file:///etc/passwd']", ("KQL306",)),
]


def hunt(query, folder):
    """(exit code, output, problem, peak memory in KB)"""
    command = [PROGRAM, "hunt", "--data", folder, "--format", "json", "--timeout", "3", "-"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as program:
        output, problem = program.communicate(query, timeout=SECONDS)
    return program.returncode, output, problem, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss


class HuntTerminal(unittest.TestCase):
    def test_a_long_hunt_shows_that_it_goes_on_and_ends_at_control_c(self):
        with tempfile.TemporaryDirectory(prefix="vedette-hostile-") as folder:
            process, terminal = pty.fork()
            if process == 0:
                os.execv(PROGRAM, [PROGRAM, "hunt", "--data", folder, "--timeout", str(SECONDS), QUERIES[0][1]])
            output, is_stopped = b"", False
            while True:
                try:
                    piece = os.read(terminal, 4096)
                except OSError:  # the other end is closed
                    piece = b""
                if not piece:
                    break
                output += piece
                if b"(Ctrl-C stops it)" in output and not is_stopped:
                    is_stopped = True
                    os.write(terminal, b"\x03")
            code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
            os.close(terminal)
        self.assertEqual(code, 1, output)
        self.assertTrue(is_stopped)
        self.assertIn(b"KQL404: the query was stopped", output)


class Hostile(unittest.TestCase):
    def test_every_query_ends_in_a_clear_message_or_a_bounded_answer(self):
        with tempfile.TemporaryDirectory(prefix="vedette-hostile-") as folder:
            for _ in range(RUNS):
                for name, query, expected in QUERIES:
                    with self.subTest(name):
                        code, output, problem, peak = hunt(query, folder)
                        self.assertIn(code, (0, 1), problem[:300])
                        said = "" if code == 0 else json.loads(problem)["diagnostics"][0]["code"]
                        self.assertTrue(any(said.startswith(each) if each else said == "" for each in expected),
                                        (said, problem[:300]))
                        self.assertNotEqual(said, "KQL599", problem[:300])
                        self.assertLess(len(output), 128 * 1024 * 1024)
                        self.assertLess(peak, MEMORY_KB)
        self.assertFalse(os.path.exists("/tmp/vedette-hostile.csv"))


class BesideIngestion(unittest.TestCase):
    def test_lines_are_stored_while_the_queries_run(self):
        with tempfile.TemporaryDirectory(prefix="vedette-hostile-") as folder, serving.Site(folder) as site, \
                site.serve() as program:
            program.wait_until_ready()
            text, _ = serving.simulate(folder, 3, 20_000)
            written, longest_s = 0, 0.0
            for name, query, expected in (QUERIES[:6] * RUNS):
                with self.subTest(name):
                    stored_beside = 0
                    command = [PROGRAM, "hunt", "--data", site.data, "--format", "json", "--timeout", "3", query]
                    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                          text=True) as hunter:
                        while hunter.poll() is None:
                            with open(site.log, "ab") as log:
                                log.writelines(text[written:written + LINES_AT_ONCE])
                            written += LINES_AT_ONCE
                            begun = time.monotonic()
                            program.poll(lambda: program.metrics()["vedette_lines_total"] >= written, "the lines")
                            longest_s = max(longest_s, time.monotonic() - begun)
                            stored_beside += hunter.poll() is None
                        problem = hunter.stderr.read()
                    said = "" if hunter.returncode == 0 else json.loads(problem)["diagnostics"][0]["code"]
                    self.assertNotEqual(said, "KQL599", problem[:300])
                    if said == "KQL404":  # it had its three seconds
                        self.assertGreater(stored_beside, 0)
            program.wait_until_worked_off(0)
            self.assertEqual(serving.check_rows(site, text[:written]), [])
            peak = re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{program.process.pid}/status").read_text())
            print(f"{written} lines; the longest wait for {LINES_AT_ONCE} of them {longest_s:.2f} s; "
                  f"{program.metrics()['vedette_retries_total']:.0f} appends tried again; "
                  f"peak {int(peak[1]) // 1024} MB", flush=True)
            self.assertLess(int(peak[1]), SERVE_MEMORY_KB)


if __name__ == "__main__":
    sys.exit(unittest.main())
