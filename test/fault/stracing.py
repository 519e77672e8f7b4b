"""Runs a program under strace, so that its calls to the kernel fail, are slow or are its last."""
import os
import shutil
import signal

# What changes a file or makes it durable.
WRITING = "write,pwrite64,writev,pwritev,fsync,fdatasync,ftruncate,fallocate,unlink,unlinkat,rename,renameat,renameat2"


def is_there():
    return shutil.which("strace") is not None


def prefix(inject, calls=WRITING, paths=()):
    """What stands before the program; `inject` as strace takes it ("signal=KILL:when=3"), for those calls on those
    paths (all paths when none is named). strace counts for each thread."""
    words = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={calls}", "-e", f"inject={calls}:{inject}"]
    for path in paths:
        words += ["-P", str(path)]
    return words


def send(process, number=signal.SIGTERM):
    """To what strace runs; strace ends with it."""
    with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
        child = int(file.read().split()[0])
    os.kill(child, number)
