#!/usr/bin/env python3
"""Does to a log file everything that happens to log files, and writes down what must be read from it.

The workload of experiment E32: lines are appended to FOLDER/auth.log while the file is rotated by
rename, copied and cut (copytruncate), deleted and created again, replaced, moved away and back,
reached through a symbolic link that is pointed elsewhere, left empty, written to late by a
program that still holds the rotated file, given lines in two parts, lines of nearly 1 MB and its
old inode number again.

Every line is one failed log-in with an address, a /24 and a user of its own. Watched with a
threshold of one failure, each line is one alert with one event: a missing alert is a lost line,
an event count of two a line that was read twice. TRUTH gets one "number<TAB>address" for each
line, in the order written.

What no reader can see is not done: a file is cut, deleted or replaced only after it held a line
for --pause-ms, so that the reader had a look at it.

The same seed does the same. Python's standard library only.
"""

import argparse
import ipaddress
import os
import random
import shutil
import sys
import time
from datetime import datetime, timedelta, timezone

FIRST_ADDRESS = int(ipaddress.IPv4Address("20.0.0.7"))
START = datetime(2026, 6, 1, 8, 0, 0, tzinfo=timezone.utc)
LONG_LINE_BYTES = 1_000_000


class LogFile:
    """The file under its name, the program that writes to it, and the record of what was written."""

    def __init__(self, folder, name, truth, seed, pause_s):
        self.folder, self.name, self.truth = folder, name, truth
        self.random = random.Random(seed)
        self.pause_s = pause_s
        self.number = 0
        self.generation = 0
        self.begun = None  # a line whose end is not written yet
        self.late = None  # the descriptor of a rotated file
        self.has_line = self.was_seen = False
        self.counts = {}
        self.open_current()

    # Paths and descriptors.
    @property
    def path(self):
        return os.path.join(self.folder, self.name)

    def beside(self, suffix):
        self.generation += 1
        return f"{self.path}{suffix}{self.generation}"

    def open_current(self):
        flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
        self.current = os.open(self.path, flags, 0o640)
        self.has_line = self.was_seen = False

    def let_go_of_late(self):
        if self.late is not None:
            os.close(self.late)
            self.late = None

    # Lines.
    def next_line(self, user_bytes=0):
        self.number += 1
        address = ipaddress.IPv4Address(FIRST_ADDRESS + self.number * 256)
        self.truth.write(f"{self.number}\t{address}\n")
        stamp = (START + timedelta(milliseconds=self.number)).isoformat(timespec="microseconds")
        user = f"user{self.number}".ljust(user_bytes, "x")
        return (f"{stamp} host sshd[{self.number}]: Failed password for invalid user {user} "
                f"from {address} port 22 ssh2\n").encode()

    def put(self, descriptor, data):
        while data:
            data = data[os.write(descriptor, data):]

    def finish_line(self):
        if self.begun:
            self.put(self.current, self.begun)
            self.begun, self.has_line = None, True

    def ready_to_lose(self):
        """Before the file is taken away under the reader: a line is in it, and the reader had time."""
        if not self.has_line and not self.begun:
            self.write()
        self.finish_line()
        if not self.was_seen:
            self.let_reader_look()
            self.was_seen = True

    def let_reader_look(self):
        time.sleep(self.pause_s)

    # Actions.
    def write(self):
        self.finish_line()
        count = self.random.randint(1, 20)
        self.put(self.current, b"".join(self.next_line() for _ in range(count)))
        self.has_line = True

    def write_part(self):
        if self.begun:
            return self.finish_line()
        line = self.next_line()
        at = self.random.randint(1, len(line) - 1)
        self.put(self.current, line[:at])
        self.begun = line[at:]

    def write_long(self):
        self.finish_line()
        self.put(self.current, self.next_line(LONG_LINE_BYTES))
        self.has_line = True

    def write_late(self):
        if self.late is not None:
            self.put(self.late, self.next_line())

    def rotate(self):
        self.ready_to_lose()
        self.let_go_of_late()
        os.rename(self.path, self.beside("."))
        self.late = self.current
        self.open_current()

    def copytruncate(self):
        self.ready_to_lose()
        shutil.copyfile(self.path, self.beside(".copy"))
        os.ftruncate(self.current, 0)
        self.has_line = self.was_seen = False

    def delete(self):
        self.ready_to_lose()
        self.let_go_of_late()
        os.unlink(self.path)
        self.late = self.current
        if self.random.random() < 0.5:
            time.sleep(self.pause_s)  # away for long enough to be missed
        self.open_current()

    def delete_for_inode_reuse(self):
        self.ready_to_lose()
        self.let_go_of_late()
        inode = os.stat(self.path).st_ino
        os.unlink(self.path)
        os.close(self.current)
        self.open_current()
        if os.stat(self.path).st_ino == inode:
            self.count("inode number came again")

    def replace(self):
        self.ready_to_lose()
        self.let_go_of_late()
        other = self.path + ".new"
        self.late = self.current
        self.current = os.open(other, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o640)
        self.write()
        self.was_seen = False
        os.rename(other, self.path)

    def move_away_and_back(self):
        away = self.path + ".away"
        os.rename(self.path, away)
        if not self.begun:
            self.write()
        os.rename(away, self.path)

    def leave_empty(self):
        self.rotate()
        time.sleep(self.pause_s)

    def retarget_link(self):
        """The name becomes a link to a new file; the next rotation makes it a plain file again."""
        self.ready_to_lose()
        self.let_go_of_late()
        target = self.beside("-target")
        link = self.path + ".link"
        self.late = self.current
        self.current = os.open(target, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC, 0o640)
        self.has_line = self.was_seen = False
        os.symlink(os.path.basename(target), link)
        os.rename(link, self.path)

    def count(self, what):
        self.counts[what] = self.counts.get(what, 0) + 1

    def act(self):
        actions = [self.write_part, self.write_late, self.rotate, self.copytruncate, self.delete,
                   self.delete_for_inode_reuse, self.replace, self.move_away_and_back,
                   self.leave_empty,
                   self.retarget_link]
        weights = [8, 4, 4, 4, 3, 2, 3, 3, 1, 3]
        actions += [self.write, self.write_long]
        weights += [30, 1]
        action = self.random.choices(actions, weights)[0]
        self.count(action.__name__)
        action()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="where the log file lives; it must exist")
    parser.add_argument("truth", help="file that gets number and address of each line")
    parser.add_argument("--name", default="auth.log")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--actions", type=int, default=500)
    parser.add_argument("--pause-ms", type=int, default=200, help="what the reader is given to look")
    arguments = parser.parse_args()
    with open(arguments.truth, "w", encoding="ascii") as truth:
        log = LogFile(arguments.folder, arguments.name, truth, arguments.seed,
                      arguments.pause_ms / 1000)
        for _ in range(arguments.actions):
            log.act()
        log.finish_line()
    summary = ", ".join(f"{what} {count}" for what, count in sorted(log.counts.items()))
    print(f"{log.number} lines; {summary}", file=sys.stderr)


if __name__ == "__main__":
    main()
