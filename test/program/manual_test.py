#!/usr/bin/env python3
"""The hunting manual tells the truth: each of its console blocks is run, and prints what stands there.

    test/program/manual_test.py [-v]
    test/program/manual_test.py --update    writes what is printed into the manual; look at it before you commit
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import watching  # noqa: E402

PAPERS = HERE.parent.parent / "docs" / "papers"
MANUAL = PAPERS / "hunting-manual.md"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def said(block, folder, home):
    """The block as it would be now: its commands, each with what it prints."""
    (folder / "bin").mkdir(exist_ok=True)
    if not (folder / "bin" / "vedette").exists():
        os.symlink(watching.PROGRAM, folder / "bin" / "vedette")
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    text = ""
    for line in block.splitlines():
        if not line.startswith("$ "):
            continue
        done = subprocess.run(["sh", "-c", line[2:]], cwd=home, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=watching.DEADLINE_S, check=False,
                              env=watching.environment(HOME=str(home), PATH=path))
        text += line + "\n" + done.stdout.decode("utf-8").replace("\r\n", "\n")  # as CSV ends its lines
    return text


def manual_now():
    with tempfile.TemporaryDirectory(prefix="vedette-manual-") as folder:
        folder = pathlib.Path(folder)
        home = folder / "home"
        shutil.copytree(PAPERS / "sample", home)
        text = MANUAL.read_text(encoding="utf-8")
        return text, BLOCK.sub(lambda found: "```console\n" + said(found.group(1), folder, home) + "```", text)


class Manual(unittest.TestCase):
    def test_every_command_prints_what_the_manual_says(self):
        text, now = manual_now()
        self.assertGreater(text.count("\n$ vedette "), 12)
        self.maxDiff = None
        self.assertEqual(now, text)


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        MANUAL.write_text(manual_now()[1], encoding="utf-8")
    else:
        unittest.main()
