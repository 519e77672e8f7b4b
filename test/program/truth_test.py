#!/usr/bin/env python3
"""The simulator's truth, end to end: `vedette simulate authlog` writes a log and the attacks in it,
`vedette watch --json` reads the log, and test/score_alerts.py compares.

    test/program/truth_test.py [-v] [CLASS[.test] ...]

In file order: every planned attack is found, at its times and with its attempts; nothing else is told,
nothing withdrawn. With a lateness of 5 s, lines shuffled within 5 s, repeated, or split over a rotation
end in the same alerts as the lines in order: the same (rule, entities, event ids, first, last).

VEDETTE_TRUTH_LINES (default 200,000) and VEDETTE_TRUTH_SEED (added to each seed) make it longer and other.
"""
import datetime
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

import watching

LINES = int(os.environ.get("VEDETTE_TRUTH_LINES", "200000"))
SEED = int(os.environ.get("VEDETTE_TRUTH_SEED", "0"))
SCORER = watching.ROOT / "test" / "score_alerts.py"
NAMINGS = ("sshd", "sshd-session", "mixed")
LATENESS_S = 5


def stamp_seconds(line):
    """The time of a line in seconds, from any fixed moment."""
    if line[:1].isdigit():
        stamp = line.split(b" ", 1)[0].decode().replace(",", ".")
        return datetime.datetime.fromisoformat(stamp).timestamp()
    moment = datetime.datetime.strptime("2026 " + line[:15].decode(), "%Y %b %d %H:%M:%S")
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp()


class Truth(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vedette-truth-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.log, self.truth = self.folder / "auth.log", self.folder / "truth.ndjson"

    def simulate(self, form, naming, seed, *more):
        code, _, err = watching.run("simulate", "authlog", "--seed", seed, "--lines", LINES, "--format", form,
                                    "--naming", naming, "--out", self.log, "--truth", self.truth, "--quiet", *more)
        self.assertEqual(code, 0, err)

    def watch(self, *arguments):
        """The changes; also left in FOLDER/alerts.ndjson."""
        alerts = self.folder / "alerts.ndjson"
        with open(alerts, "wb") as out:
            done = subprocess.run([watching.PROGRAM, "watch", "--once", "--json", "--quiet", "--zone", "UTC",
                                   "--year", "2026", *map(str, arguments)], stdout=out, stderr=subprocess.PIPE,
                                  env=watching.environment(), check=False, timeout=watching.DEADLINE_S * 5)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return [json.loads(line) for line in alerts.read_text(encoding="utf-8").splitlines()]

    def check_score(self, *more):
        done = subprocess.run([sys.executable, "-B", str(SCORER), str(self.folder / "alerts.ndjson"),
                               str(self.truth), *more], capture_output=True, text=True, check=False,
                              timeout=watching.DEADLINE_S)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        # A log without attacks would prove nothing.
        self.assertNotIn("0 of 0", done.stdout)
        return done.stdout

    def check_life(self, changes):
        """Each alert is opened once and closed or withdrawn once."""
        state = {}
        for change in changes:
            before, word = state.get(change["id"]), change["change"]
            expected = {"opened": (None,)}.get(word, ("opened", "updated"))
            self.assertIn(before, expected, f"alert {change['id']} was {word} after {before}")
            # Something that happened is over as it is told.
            is_over = word == "opened" and change["status"] == "closed"
            state[change["id"]] = "closed" if is_over else word
        self.assertEqual([i for i, word in state.items() if word in ("opened", "updated")], [])

    def in_order(self, form):
        for number, naming in enumerate(NAMINGS):
            with self.subTest(naming=naming):
                self.simulate(form, naming, SEED + 11 + number)
                changes = self.watch(self.log)
                self.check_life(changes)
                self.check_score("--attempts")
                self.assertFalse([c for c in changes if c["change"] == "withdrawn"])

    def final_set(self, changes):
        last = {change["id"]: change for change in changes}
        return sorted(json.dumps([a["rule"], a["entities"], sorted(a["event_ids"]), a["first_event"],
                                  a["last_event"], a["event_count"]])
                      for a in last.values() if a["status"] != "withdrawn")

    def any_order(self, form, naming):
        self.simulate(form, naming, SEED + 21)
        lateness = ("--lateness", f"{LATENESS_S}s")
        changes = self.watch(*lateness, self.log)
        self.check_life(changes)
        self.check_score()
        expected = self.final_set(changes)
        lines = self.log.read_bytes().splitlines(keepends=True)
        self.assertEqual(len(lines), LINES)

        middle = len(lines) // 2
        self.write("auth.log.1", lines[:middle])
        self.write("auth.log.0", lines[middle:])
        self.same(expected, *lateness, self.folder / "auth.log.1", self.folder / "auth.log.0")

        shuffle = random.Random(SEED + 5)
        times = [stamp_seconds(line) for line in lines]
        def shuffled(copies):
            arrivals = [(time + shuffle.uniform(0, LATENESS_S - 0.1), number)
                        for number, time in enumerate(times) for _ in range(copies(number))]
            return [lines[number] for _, number in sorted(arrivals)]

        self.write("shuffled", shuffled(lambda number: 1))
        self.same(expected, *lateness, self.folder / "shuffled")
        # Only a stamp with a fraction says that the same words twice are the same record.
        if form != "rfc3164":
            self.write("repeated", shuffled(lambda number: 2 if number % 10 == 0 else 1))
            self.same(expected, *lateness, self.folder / "repeated")

    def write(self, name, lines):
        (self.folder / name).write_bytes(b"".join(lines))

    def same(self, expected, *arguments):
        changes = self.watch(*arguments)
        self.check_life(changes)
        told = self.final_set(changes)
        if told != expected:
            only_there = [entry for entry in told if entry not in expected][:3]
            only_here = [entry for entry in expected if entry not in told][:3]
            self.fail(f"{arguments[-1]}: {len(told)} alerts, {len(expected)} in order.\n"
                      f"only here: {json.dumps(only_there, indent=1)}\nonly in order: {json.dumps(only_here, indent=1)}")


class Rfc3164(Truth):
    def test_in_order(self):
        self.in_order("rfc3164")

    def test_any_order(self):
        self.any_order("rfc3164", "mixed")


class Rfc3339(Truth):
    def test_in_order(self):
        self.in_order("rfc3339")

    def test_any_order(self):
        self.any_order("rfc3339", "sshd-session")


class Journal(Truth):
    def test_in_order(self):
        self.in_order("journal")

    def test_any_order(self):
        self.any_order("journal", "sshd")


if __name__ == "__main__":
    unittest.main()
