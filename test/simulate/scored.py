#!/usr/bin/env python3
"""Watching a simulated log tells its truth: every planned alert, once, and no other.

    test/simulate/scored.py VEDETTE FOLDER

In each format of stamps and each naming of sshd, in the order of the file.
"""
import calendar
import json
import os
import pathlib
import subprocess
import sys
import time

SCORER = pathlib.Path(__file__).resolve().parent.parent / "score_alerts.py"


def score(vedette, folder, stamp_format, naming, seed):
    log, truth, alerts = (folder / f"{stamp_format}-{naming}.{end}"
                          for end in ("log", "truth", "alerts"))
    subprocess.run([vedette, "simulate", "authlog", "--seed", str(seed), "--size", "15MB",
                    "--quiet", "--rate", "60", "--format", stamp_format, "--naming", naming,
                    "--start", "2026-06-01T00:00:00Z", "--out", log, "--truth", truth], check=True)
    # The year of old stamps is inferred from the time of the file's last change.
    mix = json.loads(truth.read_text(encoding="utf-8").splitlines()[-1])["mix"]
    changed = calendar.timegm(time.strptime(mix["last_line"][:19], "%Y-%m-%dT%H:%M:%S"))
    os.utime(log, (changed, changed))
    with open(alerts, "wb") as out:
        subprocess.run([vedette, "watch", "--from-start", "--once", "--json", log], stdout=out,
                       stderr=subprocess.DEVNULL, check=True)
    result = subprocess.run([sys.executable, SCORER, "--attempts", alerts, truth],
                            capture_output=True, text=True, check=False)
    print(f"{stamp_format} {naming}: {result.stdout}", end="")
    return result.returncode == 0


def main():
    vedette, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    runs = [(stamp_format, naming) for stamp_format in ("rfc3164", "rfc3339", "journal")
            for naming in ("sshd", "sshd-session", "mixed")]
    return 0 if all([score(vedette, folder, *run, 40 + i) for i, run in enumerate(runs)]) else 1


if __name__ == "__main__":
    sys.exit(main())
