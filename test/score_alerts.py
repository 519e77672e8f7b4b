#!/usr/bin/env python3
"""Scores the alerts of `vedette watch --json` against the truth of `vedette simulate authlog`.

    test/score_alerts.py ALERTS TRUTH [--slack-seconds 5] [--attempts] [--json]

ALERTS: one JSON object a line, one for each change (opened, updated, withdrawn, closed).
TRUTH:  one planned alert a line ("rule" ...); other lines (the mix) are passed over.

The truth is about attacks: alerts that tell of one event (who gained power) or of ourselves are passed over.
An alert is found when rule and entity are the same and their times overlap (for
success_after_failures: when the success lies within the alert). Each side is used once. The first
and last event must then be the same up to the slack: sshd's and PAM's lines of one attempt are
seconds apart, and old stamps have whole seconds; --any-times drops this. A planned alert that is
not "certain" is neither owed nor wrong.

Exit 0 when every owed alert was given, at the right times, none was false and none was withdrawn; 1
otherwise.
"""
import argparse
import collections
import datetime
import json
import sys


NO_ATTACKS = {"new_user", "new_administrator", "root_login", "room_short"}


def seconds(text):
    """An ISO 8601 time with up to 7 fractional digits and Z, as seconds since 1970."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    moment = datetime.datetime.strptime(whole + "Z", "%Y-%m-%dT%H:%M:%S%z")
    return moment.timestamp() + (int(fraction) / 10 ** len(fraction) if fraction else 0.0)


def read_alerts(path):
    """The last state of each alert, and how many there were of each change."""
    last, changes = {}, collections.Counter()
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                alert = json.loads(line)
            except json.JSONDecodeError as error:
                sys.exit(f"{path}:{number}: not JSON: {error}")
            if "rule" not in alert or "entities" not in alert or alert["rule"] in NO_ATTACKS:
                continue
            changes[alert.get("change", "none")] += 1
            last[alert["id"]] = alert
    return last, changes


def read_truth(path):
    planned = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            if "rule" in entry:
                planned.append(entry)
    return planned


def key_of(rule, entity):
    return rule, entity["type"], entity["value"]


def span_of(entry):
    if entry["rule"] == "success_after_failures" and "success" in entry:
        return seconds(entry["success"]), seconds(entry["success"])
    return seconds(entry["first_event"]), seconds(entry["last_event"])


def distance(alert, planned, slack):
    """How far apart in time; None when they do not even overlap."""
    first, last = span_of(alert)
    planned_first, planned_last = span_of(planned)
    if first - slack > planned_last or last + slack < planned_first:
        return None
    return abs(first - planned_first) + abs(last - planned_last)


def same_times(alert, planned, slack):
    if planned["rule"] == "success_after_failures":
        return True
    return all(abs(a - b) <= slack for a, b in zip(span_of(alert), span_of(planned)))


def match(alerts, planned, slack):
    """(pairs, alerts left, planned left). Greedy by distance within one rule and entity."""
    waiting = collections.defaultdict(list)
    for entry in planned:
        waiting[key_of(entry["rule"], entry["entity"])].append(entry)
    pairs, left = [], []
    for alert in sorted(alerts, key=lambda a: a["first_event"]):
        candidates = waiting[key_of(alert["rule"], alert["entities"][0])]
        distances = [distance(alert, candidate, slack) for candidate in candidates]
        near = [(apart, i) for i, apart in enumerate(distances) if apart is not None]
        if near:
            pairs.append((alert, candidates.pop(min(near)[1])))
        else:
            left.append(alert)
    return pairs, left, [entry for entries in waiting.values() for entry in entries]


def describe(entry):
    entity = entry.get("entity") or entry["entities"][0]
    attempts = entry.get("attempts", entry.get("event_count"))
    return (f"{entry['rule']} {entity['type']} {entity['value']} "
            f"{entry['first_event']} to {entry['last_event']}, {attempts} attempts")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("alerts")
    parser.add_argument("truth")
    parser.add_argument("--slack-seconds", type=float, default=5.0)
    parser.add_argument("--attempts", action="store_true",
                        help="also demand equal attempts (brute_force and password_spray)")
    parser.add_argument("--any-times", action="store_true",
                        help="do not compare first and last event")
    parser.add_argument("--json", action="store_true", help="print the score as one JSON object")
    options = parser.parse_args()

    last, changes = read_alerts(options.alerts)
    planned = read_truth(options.truth)
    withdrawn = [alert for alert in last.values() if alert["status"] == "withdrawn"]
    standing = [alert for alert in last.values() if alert["status"] != "withdrawn"]
    pairs, false_alerts, missed = match(standing, planned, options.slack_seconds)
    owed_missed = [entry for entry in missed if entry.get("certain", True)]
    owed = sum(1 for entry in planned if entry.get("certain", True))
    certain = [(alert, entry) for alert, entry in pairs if entry.get("certain", True)]
    wrong_counts = [(alert, entry) for alert, entry in certain
                    if entry["rule"] in ("brute_force", "password_spray")
                    and alert["event_count"] != entry["attempts"]]
    other_times = [(alert, entry) for alert, entry in certain
                   if not same_times(alert, entry, options.slack_seconds)]
    found = len(certain)
    score = {
        "owed": owed,
        "found": found,
        "recall_percent": round(100.0 * found / owed, 4) if owed else 100.0,
        "false_alerts": len(false_alerts),
        "withdrawn": len(withdrawn),
        "still_open": sum(1 for alert in standing if alert["status"] == "open"),
        "different_times": len(other_times),
        "different_attempts": len(wrong_counts),
        "changes": dict(sorted(changes.items())),
    }
    good = (not owed_missed and not false_alerts and not withdrawn
            and (options.any_times or not other_times)
            and not (options.attempts and wrong_counts))
    score["equal"] = good
    if options.json:
        print(json.dumps(score))
    else:
        print(f"{found} of {owed} planned alerts found ({score['recall_percent']} %), "
              f"{len(false_alerts)} false, {len(withdrawn)} withdrawn, "
              f"{len(other_times)} at other times, "
              f"{len(wrong_counts)} with another number of attempts")
        for title, entries in (("missed", owed_missed), ("false", false_alerts),
                               ("withdrawn", withdrawn)):
            for entry in entries[:10]:
                print(f"  {title}: {describe(entry)}")
            if len(entries) > 10:
                print(f"  {title}: {len(entries) - 10} more")
        for alert, entry in other_times[:5]:
            print(f"  times: told {alert['first_event']} to {alert['last_event']}: "
                  f"{describe(entry)}")
        for alert, entry in wrong_counts[:5]:
            print(f"  attempts: {alert['event_count']} told, {entry['attempts']} true: "
                  f"{describe(entry)}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
