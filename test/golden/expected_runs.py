#!/usr/bin/env python3
"""The brute-force runs of an auth.log, found in the plainest way: regular expressions and lists.

    test/golden/expected_runs.py FILE [--year 2000] [--attempts 3] [--window 60] [--quiet 600]

This shares nothing with Vedette but the rule's words: a run begins when one source has failed at
least `attempts` times within `window` seconds (both ends included), with the oldest failure of that
window; it goes on while failures keep coming within `quiet` seconds; a success of the source forgets
what was counted before a run. Prints one JSON object; test/golden/*/expected.json are such outputs.

What counts: where the file has "Failed ..." lines, those ("message repeated N times" counts N);
where it has none (old PAM-only logs), PAM's "authentication failure" lines of sshd. A source is the
address, or the host name where only that is written. Stamps have no year and no zone: the year is
the given one (only differences matter), and the zone is taken for UTC.
"""
import argparse
import datetime
import json
import re

HEAD = re.compile(r"^(\w{3})\s+(\d+) (\d\d):(\d\d):(\d\d) (\S+) (.*)$")
SSHD = re.compile(r"^sshd(?:-session|-auth)?(?:\(pam_unix\))?\[\d+\]: (.*)$")
REPEATED = re.compile(r"^message repeated (\d+) times: \[ (.*)\]$")
FAILED = re.compile(r"^Failed \S+ for (?:invalid user )?(.*) from (\S+) port \d+(?: ssh2)?.*$")
ACCEPTED = re.compile(r"^Accepted \S+ for (.*) from (\S+) port \d+.*$")
PAM = re.compile(r"^(?:pam_unix\(sshd:auth\): )?authentication failure; .*rhost=(\S+)"
                 r"(?:\s+user=(\S+))?\s*$")
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def read(path, year):
    """(failed, accepted, pam): lists of (time, source, count), in the order of the file."""
    failed, accepted, pam = [], [], []
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            head = HEAD.match(line.rstrip("\n"))
            if not head:
                continue
            month, day, hour, minute, second, _, rest = head.groups()
            time = datetime.datetime(year, MONTHS.index(month) + 1, int(day), int(hour), int(minute),
                                     int(second))
            tagged = SSHD.match(rest)
            if not tagged:
                continue
            message, count = tagged.group(1), 1
            repeated = REPEATED.match(message)
            if repeated:
                count, message = int(repeated.group(1)), repeated.group(2)
            for pattern, group, found in ((FAILED, 2, failed), (ACCEPTED, 2, accepted),
                                          (PAM, 1, pam)):
                match = pattern.match(message)
                if match:
                    found.append((time, match.group(group), count))
    return failed, accepted, pam


def runs_of(failures, successes, attempts, window, quiet):
    """The runs of one source: dictionaries with first, last, attempts."""
    runs, recent, current = [], [], None
    events = [(time, order, count) for order, (time, count) in enumerate(failures)]
    events += [(time, len(failures) + order, 0) for order, time in enumerate(successes)]
    for time, _, count in sorted(events):
        if count == 0:
            recent = []
            continue
        if current and (time - current["last"]).total_seconds() <= quiet:
            current["last"] = time
            current["attempts"] += count
            recent = []
            continue
        current = None
        recent = [entry for entry in recent if (time - entry[0]).total_seconds() <= window]
        recent.append((time, count))
        total = sum(entry[1] for entry in recent)
        if total >= attempts:
            current = {"first": recent[0][0], "last": time, "attempts": total}
            runs.append(current)
            recent = []
    return runs


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file")
    parser.add_argument("--year", type=int, default=2000)
    parser.add_argument("--attempts", type=int, default=3)
    parser.add_argument("--window", type=int, default=60, help="seconds")
    parser.add_argument("--quiet", type=int, default=600, help="seconds")
    options = parser.parse_args()

    failed, accepted, pam = read(options.file, options.year)
    counted = failed or pam
    by_source = {}
    for time, source, count in counted:
        by_source.setdefault(source, ([], []))[0].append((time, count))
    for time, source, _ in accepted:
        by_source.setdefault(source, ([], []))[1].append(time)
    runs = []
    for source, (failures, successes) in by_source.items():
        for run in runs_of(failures, successes, options.attempts, options.window, options.quiet):
            runs.append({"source": source,
                         "first": run["first"].strftime("%m-%d %H:%M:%S"),
                         "last": run["last"].strftime("%m-%d %H:%M:%S"),
                         "attempts": run["attempts"]})
    runs.sort(key=lambda run: (run["first"], run["source"]))
    print(json.dumps({"rule": "brute_force", "counted": "Failed" if failed else "PAM",
                      "failures": sum(count for _, _, count in counted),
                      "runs": len(runs)})[:-1] + ",")
    print(' "list": [')
    print(",\n".join("  " + json.dumps(run) for run in runs))
    print(" ]}")


if __name__ == "__main__":
    main()
