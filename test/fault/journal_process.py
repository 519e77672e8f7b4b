"""A process that writes to a journal and says what was acknowledged, and what is found there later."""

import os
import pathlib
import queue
import signal
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = os.environ.get('VEDETTE_JOURNAL_PROGRAM', str(ROOT / 'build' / 'test' / 'journal_program'))
WAIT_S = 60


class Writer:
    """Reads the lines of a writing process as they come."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.lines, self.seen, self.ended = queue.Queue(), [], False
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip('\n'))
        self.lines.put(None)

    def take(self, timeout=WAIT_S):
        """The next line, or None at the end."""
        line = None if self.ended else self.lines.get(timeout=timeout)
        if line is not None:
            self.seen.append(line)
        self.ended = line is None
        return line

    def wait_for(self, begin, count):
        """False when the process ended before it said so many such lines."""
        deadline = time.monotonic() + WAIT_S
        while count > 0 and time.monotonic() < deadline:
            line = self.take()
            if line is None:
                return False
            count -= line.startswith(begin)
        assert count == 0, f'waited {WAIT_S} s for {begin}'
        return True

    def stop_dead(self):
        """No thread runs, and none is in the kernel on behalf of an fsync: what comes then does not meet one."""
        pid = self.process.pid
        os.kill(pid, signal.SIGSTOP)
        deadline = time.monotonic() + WAIT_S
        while not all(state_of(task) in 'Tt' for task in tasks_of(pid)):
            assert time.monotonic() < deadline, 'the process does not stop'
            time.sleep(0.002)

    def kill(self):
        """Ends it, and reads what it had said. A strace in between ends with what it traces."""
        for child in children_of(self.process.pid) or [self.process.pid]:
            os.kill(child, signal.SIGKILL)
        self.process.wait()
        self.reader.join()
        while self.take() is not None:
            pass
        self.process.stdout.close()

    def acknowledged(self):
        return [line.split()[1] for line in self.seen if line.startswith('ACK ')]


def children_of(pid):
    try:
        return [int(child) for child in pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text().split()]
    except FileNotFoundError:
        return []


def tasks_of(pid):
    return list(pathlib.Path(f'/proc/{pid}/task').iterdir())


def state_of(task):
    try:
        return (task / 'stat').read_text().rsplit(')', 1)[1].split()[0]
    except FileNotFoundError:
        return 'T'


def check(path):
    """(ids in the journal, what is wrong with it)"""
    done = subprocess.run([PROGRAM, 'check', path], capture_output=True, text=True, timeout=WAIT_S, check=False)
    lines = done.stdout.splitlines()
    wrong = [line for line in lines if line.startswith(('ERROR', 'ALTERED'))]
    if done.returncode != 0 or not lines or lines[-1] != 'broken 0':
        wrong.append(f'exit {done.returncode}, at the end: {lines[-1:]}')
    records = [line.split() for line in lines if line[:1].isdigit()]
    positions = [int(position) for _, position in records]
    if positions != list(range(1, len(positions) + 1)):
        wrong.append('positions are not 1, 2, 3 ...')
    return {name for name, _ in records}, wrong
