#!/usr/bin/env python3
"""Runs the golden cases: the real program on a known log, its alerts held against what is expected.

    test/golden/run.py [--program build/vedette] [--update] [CASE...]

A case is a folder with a file `case`, the logs it reads, and `expected`. `case` has comment lines that
say what it is about, and lines `key: value`:

    run: watch --once --json a.log      the arguments; a second `run` must give the same final alerts
    exit: 0                             the exit code of each run (0 when it is not given)
    alerts: final | changes | none      compare each alert's last state (sorted), or every change in
                                        order, or nothing
    columns: rule entities event_count  what of each alert stands in `expected`; `source` is the first
                                        entity, `users` the accounts, `spread` first to last event
    stderr: a regular expression        what matches in a line of standard error stands in `expected` too
    runs: expected.json                 in place of `expected`: the brute-force runs that
                                        expected_runs.py found in the log (see same_runs)

A run's folder is a temporary one with the case's files copied into it; `make_input.py`, if the case has
one, is run there first and writes what is too large or too odd to be kept as a file. {shared} stands for
../shared beside the repository; a case that names it is skipped (exit 77) where that is absent.
Two runs are the same when the sets of (rule, entities, event ids, first and last event) are equal.

--update writes what came out into `expected`; read the difference before committing it.
"""
import argparse
import datetime
import difflib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SHARED = ROOT.parent / "shared"
SKIPPED = 77
KEYS = {"run", "exit", "alerts", "columns", "stderr", "runs"}
DEADLINE_S = 120
RUN_SLACK_S = 5


class Case:
    def __init__(self, folder):
        self.folder, self.name = folder, folder.name
        self.commands, self.exit_code, self.alerts = [], 0, "final"
        self.columns, self.stderr, self.runs = [], None, None
        for number, line in enumerate((folder / "case").read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            key, _, value = (part.strip() for part in line.partition(":"))
            if key not in KEYS:
                sys.exit(f"{folder / 'case'}:{number}: unknown key {key!r}; known are {sorted(KEYS)}")
            if key == "run":
                self.commands.append(shlex.split(value))
            elif key == "exit":
                self.exit_code = int(value)
            elif key == "columns":
                self.columns = value.split()
            else:
                setattr(self, key, value)
        if not self.commands:
            sys.exit(f"{folder / 'case'}: no `run:` line")

    def needs_shared(self):
        return any("{shared}" in word for command in self.commands for word in command)


def column_of(alert, name):
    entities = alert["entities"]
    if name == "source":
        return f"{entities[0]['type']} {entities[0]['value']}" if entities else None
    if name == "users":
        return [entity["value"] for entity in entities if entity["type"] == "account"]
    if name == "entities":
        return [f"{entity['type']} {entity['value']}" for entity in entities]
    if name == "spread":
        return f"{alert['first_event']} .. {alert['last_event']}"
    return alert[name]


def final_alerts(changes):
    """Each alert's last state, without those that were withdrawn."""
    last = {}
    for change in changes:
        last[change["id"]] = change
    return [alert for alert in last.values() if alert["status"] != "withdrawn"]


def identity_of(alert):
    return json.dumps([alert["rule"], alert["entities"], sorted(alert["event_ids"]), alert["first_event"],
                       alert["last_event"]])


def run_command(program, command, folder):
    arguments = [word.replace("{shared}", str(SHARED)) for word in command]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("VEDETTE_")}
    # Places are looked for beside the program and in the repository; a case's zone is its own.
    environment["TZ"] = "UTC"
    done = subprocess.run([str(program), *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=DEADLINE_S, check=False)
    return done.returncode, done.stdout.decode("utf-8", "strict"), done.stderr.decode("utf-8", "replace")


def read_changes(text, problems):
    changes = []
    for line in text.splitlines():
        try:
            changes.append(json.loads(line))
        except json.JSONDecodeError:
            problems.append(f"standard output has a line that is not JSON: {line[:200]!r}")
    return changes


def outcome_text(case, changes, stderr):
    lines = []
    if case.alerts != "none":
        shown = final_alerts(changes) if case.alerts == "final" else changes
        for alert in shown:
            lines.append(json.dumps({name: column_of(alert, name) for name in case.columns},
                                    ensure_ascii=False))
        if case.alerts == "final":
            lines.sort()
    if case.stderr:
        pattern = re.compile(case.stderr)
        lines += ["stderr: " + found.group() for line in stderr.splitlines() if (found := pattern.search(line))]
    return "".join(line + "\n" for line in lines)


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def same_runs(case, changes, problems):
    """Vedette's brute-force alerts are the runs of the independent script: each once, no other.

    The script counts only "Failed ..." lines (or, in a log without them, PAM's). Vedette reads every
    record that sshd and PAM wrote of a session, and counts an attempt once: an attempt whose "Failed"
    line is missing (the client left first) is one more, and the first or last record of an attempt may
    be PAM's or "Invalid user", seconds from the "Failed" line. So first and last event are the same
    within RUN_SLACK_S seconds, and the count is the same or at most 1 % and one attempt larger.
    """
    written = (case.folder / case.runs).read_text(encoding="utf-8")
    log = [word for word in case.commands[0] if "{shared}" in word][0].replace("{shared}", str(SHARED))
    found_now = subprocess.run([sys.executable, "-B", str(HERE / "expected_runs.py"), log], check=True,
                               capture_output=True, text=True, timeout=DEADLINE_S).stdout
    if found_now != written:
        problems.append(f"{case.runs} is not what expected_runs.py finds in {log}")
    expected = json.loads(written)["list"]
    told = [alert for alert in final_alerts(changes) if alert["rule"] == "brute_force"]
    opened = [change["id"] for change in changes if change["change"] == "opened"]
    if len(opened) != len(set(opened)):
        problems.append("an alert was opened twice")
    if any(change["change"] == "withdrawn" for change in changes):
        problems.append("an alert was withdrawn, though the file is in order")
    for run in expected:
        def fits(alert, run=run):
            year = alert["first_event"][:4]
            first, last = (seconds(f"{year}-{run[key].replace(' ', 'T')}Z") for key in ("first", "last"))
            return (alert["entities"][0]["value"] == run["source"]
                    and abs(seconds(alert["first_event"]) - first) <= RUN_SLACK_S
                    and abs(seconds(alert["last_event"]) - last) <= RUN_SLACK_S)
        found = [alert for alert in told if fits(alert)]
        if len(found) != 1:
            problems.append(f"the run {run} is in {len(found)} alerts; it must be in one")
            continue
        told.remove(found[0])
        count, least = found[0]["event_count"], run["attempts"]
        if not least <= count <= least + max(1, least // 100):
            problems.append(f"the run {run} is told with {count} attempts")
    for alert in told:
        problems.append(f"an alert that is no run: {alert['entities'][0]} {alert['first_event']} "
                        f"{alert['last_event']} {alert['event_count']}")


def run_case(case, program, update):
    """The problems found; empty when the case is as expected."""
    if case.needs_shared() and not SHARED.is_dir():
        return None
    problems, first_set = [], None
    for number, command in enumerate(case.commands):
        with tempfile.TemporaryDirectory(prefix="vedette-golden-") as name:
            folder = pathlib.Path(name) / "case"
            shutil.copytree(case.folder, folder)
            maker = folder / "make_input.py"
            if maker.exists():
                subprocess.run([sys.executable, "-B", str(maker)], cwd=folder, check=True, timeout=DEADLINE_S)
            code, stdout, stderr = run_command(program, command, folder)
        shown = shlex.join(command)
        if code != case.exit_code:
            problems.append(f"`{shown}` ended with {code}, not {case.exit_code}; it said:\n{stderr}")
        changes = read_changes(stdout, problems) if "--json" in command else []
        alerts = sorted(identity_of(alert) for alert in final_alerts(changes))
        if number == 0:
            first_set = alerts
        elif alerts != first_set:
            difference = difflib.unified_diff(first_set, alerts, "the first run", shown, lineterm="", n=0)
            problems.append("the final alerts differ:\n" + "\n".join(difference))
        if case.runs:
            same_runs(case, changes, problems)
        if number == 0 and (case.columns or case.stderr):
            compare(case, outcome_text(case, changes, stderr), update, problems)
    return problems


def compare(case, outcome, update, problems):
    path = case.folder / "expected"
    if update:
        if not path.exists() or path.read_text(encoding="utf-8") != outcome:
            print(f"  {case.name}: expected was written anew")
        path.write_text(outcome, encoding="utf-8")
        return
    expected = path.read_text(encoding="utf-8") if path.exists() else ""
    if not path.exists():
        problems.append("there is no `expected`; write it with --update and read it")
    if outcome != expected:
        difference = difflib.unified_diff(expected.splitlines(), outcome.splitlines(), "expected", "told",
                                          lineterm="", n=0)
        problems.append("it came out otherwise:\n" + "\n".join(difference))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help="names of case folders (default: all)")
    parser.add_argument("--program", default=ROOT / "build" / "vedette", type=pathlib.Path)
    parser.add_argument("--update", action="store_true", help="write `expected` anew")
    options = parser.parse_args()
    known = {path.parent.name: path.parent for path in sorted(HERE.glob("*/case"))}
    unknown = [name for name in options.cases if name not in known]
    if unknown:
        sys.exit(f"there is no golden case {unknown[0]}; there are: {' '.join(known)}")
    failed = skipped = 0
    names = options.cases or list(known)
    for name in names:
        problems = run_case(Case(known[name]), options.program.resolve(), options.update)
        if problems is None:
            skipped += 1
            print(f"SKIPPED {name}: needs {SHARED}, which is not there")
            continue
        failed += bool(problems)
        for problem in problems:
            print(f"FAILED {name}: {problem}")
    print(f"{len(names) - failed - skipped} golden cases as expected, {failed} not, {skipped} skipped")
    if failed:
        print("If the change is meant: ./dev golden --update, then read `git diff test/golden`.")
        return 1
    return SKIPPED if skipped == len(names) else 0


if __name__ == "__main__":
    sys.exit(main())
