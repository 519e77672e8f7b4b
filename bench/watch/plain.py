#!/usr/bin/env python3
"""The script that one writes in an afternoon: brute force by address in an auth.log, plainly.

    plain.py FILE        prints one line an attack: address, first and last attempt, attempts

A rival of `vedette watch` in bench/watch: the same brute-force rule (3 failures in 60 seconds, a
success forgets, ten quiet minutes end an attack), nothing else: no sessions, no other rules, no
geography.
"""
import re
import sys
from collections import deque
from datetime import datetime

FAILED = re.compile(r"sshd(?:-session)?\[\d+\]: (?:message repeated (\d+) times: \[ )?"
                    r"Failed \S+ for (?:invalid user )?.* from (\S+) port \d+ ssh2")
ACCEPTED = re.compile(r"sshd(?:-session)?\[\d+\]: Accepted \S+ for .* from (\S+) port \d+ ssh2")
ATTEMPTS, WINDOW, QUIET = 3, 60.0, 600.0


def main():
    recent, attacks, done = {}, {}, []
    stamp_text, stamp = "", 0.0
    year = datetime.now().year
    with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
        for line in file:
            failed = FAILED.search(line) if "Failed " in line else None
            if failed:
                count, address = int(failed.group(1) or 1), failed.group(2)
            elif "Accepted " in line and (accepted := ACCEPTED.search(line)):
                recent.pop(accepted.group(1), None)
                continue
            else:
                continue
            if line[:15] != stamp_text:
                stamp_text = line[:15]
                if stamp_text[0].isdigit():
                    stamp = datetime.fromisoformat(line[:19]).timestamp()
                else:
                    dated = f"{year} {stamp_text}"
                    stamp = datetime.strptime(dated, "%Y %b %d %H:%M:%S").timestamp()
            attack = attacks.get(address)
            if attack and stamp - attack[1] <= QUIET:
                attack[1] = stamp
                attack[2] += count
                continue
            if attack:
                done.append((address, *attacks.pop(address)))
            window = recent.setdefault(address, deque())
            window.append((stamp, count))
            while stamp - window[0][0] > WINDOW:
                window.popleft()
            total = sum(entry[1] for entry in window)
            if total >= ATTEMPTS:
                attacks[address] = [window[0][0], stamp, total]
                del recent[address]
    done += [(address, *attack) for address, attack in attacks.items()]
    for address, first, last, total in sorted(done, key=lambda attack: attack[1]):
        print(address, datetime.fromtimestamp(first), datetime.fromtimestamp(last), total)


if __name__ == "__main__":
    main()
