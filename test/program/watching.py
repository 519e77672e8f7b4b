"""Runs the real program and waits for what it does: lines it writes, its end. Never for a time to pass.

The program under test is named by VEDETTE_PROGRAM (ctest sets it), or is build/vedette.
"""
import json
import os
import pathlib
import queue
import signal
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = os.environ.get("VEDETTE_PROGRAM", str(ROOT / "build" / "vedette"))
# Long enough for a loaded machine and a sanitised build; only a failing test waits so long.
DEADLINE_S = float(os.environ.get("VEDETTE_TEST_DEADLINE_S", "60"))


def environment(**more):
    kept = {key: value for key, value in os.environ.items() if not key.startswith("VEDETTE_")}
    return {**kept, "TZ": "UTC", **more}


class Deadline:
    def __init__(self, seconds=DEADLINE_S):
        self.end = time.monotonic() + seconds

    def left(self):
        return max(0.0, self.end - time.monotonic())


class Lines:
    """What one stream brings, read by a thread of its own, so that the program never waits for us."""

    def __init__(self, stream):
        self.seen, self.waiting = [], queue.Queue()
        self.thread = threading.Thread(target=self.read, args=(stream,), daemon=True)
        self.thread.start()

    def read(self, stream):
        for line in stream:
            self.waiting.put(line.decode("utf-8", "surrogateescape").rstrip("\n"))
        self.waiting.put(None)
        stream.close()

    def next(self, deadline):
        """The next line, or None when the stream has ended; raises when the deadline passes."""
        try:
            line = self.waiting.get(timeout=max(deadline.left(), 0.001))
        except queue.Empty:
            raise AssertionError(f"nothing came in time; so far: {self.seen[-20:]}") from None
        if line is None:
            self.waiting.put(None)
        else:
            self.seen.append(line)
        return line

    def wait_for(self, wanted, what):
        """The first line (also of those seen) for which `wanted` is true."""
        for line in self.seen:
            if wanted(line):
                return line
        deadline = Deadline()
        while (line := self.next(deadline)) is not None:
            if wanted(line):
                return line
        raise AssertionError(f"the stream ended without {what}; it held: {self.seen[-20:]}")

    def rest(self):
        deadline = Deadline()
        while self.next(deadline) is not None:
            pass
        return self.seen


class Watching:
    """`vedette ARGUMENTS` while it runs. Use with `with`: it is killed and reaped at the end."""

    def __init__(self, *arguments, stdin=subprocess.DEVNULL, env=None, cwd=None, prefix=()):
        self.process = subprocess.Popen([*prefix, PROGRAM, *map(str, arguments)], stdin=stdin,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd,
                                        env=env or environment())
        self.stdout, self.stderr = Lines(self.process.stdout), Lines(self.process.stderr)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stdin:
            self.process.stdin.close()

    def wait_until_watching(self):
        self.stderr.wait_for(lambda line: line.startswith("Watching "), "`Watching ...`")
        return self

    def wait_for_alert(self, wanted=lambda alert: True):
        line = self.stdout.wait_for(lambda line: wanted(json.loads(line)), "the alert")
        return json.loads(line)

    def changes(self):
        """All of standard output, as objects; the program must have ended or be about to."""
        return [json.loads(line) for line in self.stdout.rest()]

    def send(self, number):
        self.process.send_signal(number)

    def end(self, number=signal.SIGINT):
        """Asks the program to end and returns (exit code, seconds it took)."""
        begun = time.monotonic()
        self.send(number)
        return self.wait(), time.monotonic() - begun

    def wait(self):
        return self.process.wait(timeout=DEADLINE_S)


def run(*arguments, stdin=None, env=None, cwd=None, prefix=()):
    """Runs to the end; (exit code, standard output, standard error) as text."""
    given = {"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}
    done = subprocess.run([*prefix, PROGRAM, *map(str, arguments)], capture_output=True, cwd=cwd, check=False,
                          env=env or environment(), timeout=DEADLINE_S, **given)
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


def failed_line(number, address="192.0.2.1", user="root", host="web1"):
    """A failed log-in, in its own session, `number` seconds after 2026-06-01 08:00 UTC."""
    hours, seconds = divmod(number, 3600)
    return (f"2026-06-01T{8 + hours:02}:{seconds // 60:02}:{seconds % 60:02}.000000+00:00 {host} "
            f"sshd[{1000 + number}]: Failed password for {user} from {address} port {40000 + number} ssh2\n")


def attack(address="192.0.2.1", first=0):
    return "".join(failed_line(first + second, address) for second in range(3))
