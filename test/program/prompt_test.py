#!/usr/bin/env python3
"""The hunt prompt on a terminal, as a person uses it: every test types and waits for what is shown.

    test/program/prompt_test.py [-v] [CLASS[.test] ...]
"""
import fcntl
import os
import pathlib
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import watching  # noqa: E402

SEQUENCES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
UP, ALT_ENTER, CTRL_C, CTRL_D, CTRL_R, TAB = "\x1b[A", "\x1b\r", "\x03", "\x04", "\x12", "\t"
LONG = "range x from 1 to 400000000000 step 1 | where hash(tostring(x)) == -1 | count"


class Prompt:
    """`vedette hunt ARGUMENTS` on a terminal of 100 x 30. What it shows is `text`, without its sequences."""

    def __init__(self, *arguments, home, env=None):
        self.ours, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.before = termios.tcgetattr(theirs)
        environment = watching.environment(HOME=str(home), TERM="xterm", **(env or {}))
        environment.pop("XDG_STATE_HOME", None)
        self.process = subprocess.Popen([watching.PROGRAM, "hunt", *map(str, arguments)], stdin=theirs, stdout=theirs,
                                        stderr=theirs, env=environment, start_new_session=True, cwd=home)
        self.theirs, self.text, self.read_to = theirs, "", 0

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.ours)
        os.close(self.theirs)

    def more(self, deadline):
        if not select.select([self.ours], [], [], max(deadline.left(), 0.001))[0]:
            raise AssertionError(f"nothing came in time; so far: {self.text[-2000:]!r}")
        piece = os.read(self.ours, 65536).decode("utf-8", "replace")
        self.text += SEQUENCES.sub("", piece)

    def wait_for(self, pattern):
        """What matches behind everything that was waited for before."""
        deadline = watching.Deadline()
        while True:
            found = re.compile(pattern, re.DOTALL).search(self.text, self.read_to)
            if found:
                self.read_to = found.end()
                return found
            self.more(deadline)

    def type(self, text):
        os.write(self.ours, text.encode("utf-8"))

    def enter(self, text):
        self.type(text + "\r")

    def leave(self):
        self.type(CTRL_D)
        return self.process.wait(timeout=watching.DEADLINE_S)


class OnATerminal(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vedette-prompt-")
        self.addCleanup(folder.cleanup)
        self.home = pathlib.Path(folder.name)
        self.data = self.home / "data"

    def prompt(self, *arguments, **more):
        prompt = Prompt("--data", self.data, *arguments, home=self.home, **more)
        self.enterContext(prompt) if hasattr(self, "enterContext") else self.addCleanup(prompt.__exit__)
        prompt.wait_for(r"Vedette: hunting.*kql> ")
        return prompt

    def store_sign_ins(self):
        rows = self.home / "rows.ndjson"
        rows.write_text("".join(
            f'{{"TimeGenerated":"2026-06-01T08:0{n}:00Z","ResultType":"{code}","UserPrincipalName":"{name}@contoso.example"}}\n'
            for n, (code, name) in enumerate((("50126", "ann"), ("50053", "bo"), ("0", "cy")))), encoding="utf-8")
        code, _, errors = watching.run("import", "SigninLogs", str(rows), "--data", str(self.data))
        self.assertEqual(code, 0, errors)


class PromptKeys(OnATerminal):
    def test_a_query_over_several_lines_is_answered(self):
        prompt = self.prompt()
        prompt.enter("range x from 1 to 3 step 1 |")
        prompt.enter("extend y = x * x |")
        prompt.type("where y > 3" + ALT_ENTER)
        prompt.enter("| project Square = y")
        prompt.wait_for(r"Square\s+-+\s+4\s+9\s.*kql> ")
        self.assertEqual(prompt.leave(), 0)
        self.assertEqual(termios.tcgetattr(prompt.theirs), prompt.before, "the terminal is as it was")

    def test_what_is_pasted_runs_at_enter_and_not_before(self):
        prompt = self.prompt()
        prompt.type("\x1b[200~print a = 40\n| extend b = a + 2\n| project b\x1b[201~")
        prompt.wait_for(r"\| project b")
        self.assertNotIn("42", prompt.text)
        prompt.enter("")
        prompt.wait_for(r"42\s.*kql> ")

    def test_an_error_points_at_its_place(self):
        prompt = self.prompt()
        prompt.enter("SigninLogs | where IpAddress == ''")
        prompt.wait_for(r"KQL201: there is no column.*'IpAddress'.*\^\^\^\^\^\^\^\^\^.*did you mean 'IPAddress'.*kql> ")
        prompt.enter("print ok = 1")
        prompt.wait_for(r"ok\s.*1.*kql> ")

    def test_control_c_clears_the_text_and_stops_a_query_and_not_the_prompt(self):
        prompt = self.prompt()
        prompt.type("print 'never run'" + CTRL_C)
        prompt.wait_for(r"\^C.*kql> ")
        prompt.enter(LONG)
        prompt.wait_for(r"\(Ctrl-C stops it\)")
        prompt.type(CTRL_C)
        prompt.wait_for(r"KQL404: the query was stopped.*kql> ")
        # Typed while the query ran, taken afterwards.
        prompt.enter(LONG)
        prompt.wait_for(r"\(Ctrl-C stops it\)")
        prompt.type("print typed = 'ahead'\r" + CTRL_C)
        prompt.wait_for(r"KQL404.*typed\s+-+\s+ahead\s.*kql> ")
        self.assertEqual(prompt.leave(), 0)

    def test_a_signal_ends_it_and_gives_the_terminal_back(self):
        prompt = self.prompt()
        prompt.process.send_signal(signal.SIGTERM)
        self.assertEqual(prompt.process.wait(timeout=watching.DEADLINE_S), 0)
        self.assertEqual(termios.tcgetattr(prompt.theirs), prompt.before)

    def test_a_chart_is_drawn(self):
        prompt = self.prompt()
        prompt.enter("datatable(Country: string, n: long)['DE', 12, 'FR', 6] | render barchart")
        prompt.wait_for("DE\\s+\u2588+ 12\r*\n.*FR\\s+\u2588+ 6")

    def test_without_a_terminal_a_query_is_needed(self):
        code, _, errors = watching.run("hunt", "--data", str(self.data))
        self.assertEqual(code, 2)
        self.assertIn("give a query", errors)
        done = self.prompt()
        self.assertEqual(done.leave(), 0)
        code, _, errors = watching.run("hunt", "--last", "x")
        self.assertEqual(code, 2)


class PromptHistory(OnATerminal):
    def test_it_is_kept_for_its_owner_alone_and_comes_back(self):
        prompt = self.prompt()
        prompt.enter("print first = 1")
        prompt.wait_for(r"first\s.*1.*kql> ")
        prompt.type("print second = 2" + ALT_ENTER)
        prompt.enter("| project second")
        prompt.wait_for(r"second\s+-+\s+2.*kql> ")
        prompt.enter(" print hidden = 3")
        prompt.wait_for(r"hidden\s+-+\s+3.*kql> ")
        self.assertEqual(prompt.leave(), 0)
        path = self.home / ".local/state/vedette/hunt_history"
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        self.assertEqual(path.parent.stat().st_mode & 0o777, 0o700)
        self.assertEqual(path.read_text(encoding="utf-8"), "print first = 1\nprint second = 2\\n| project second\n")
        again = self.prompt()
        again.type(UP)
        again.wait_for(r"print second = 2\s+\| project second")
        again.type(CTRL_C)
        again.wait_for(r"\^C.*kql> ")
        again.type(CTRL_R + "FIRST")
        again.wait_for(r"print first = 1")
        again.type("\r\r")
        again.wait_for(r"first\s+-+\s+1.*kql> ")

    def test_where_it_cannot_be_kept_that_is_said_once(self):
        (self.home / ".local").write_text("in the way", encoding="utf-8")
        prompt = self.prompt()
        prompt.enter("print one = 1")
        prompt.wait_for(r"is remembered until the prompt is left.*one\s+-+\s+1.*kql> ")
        prompt.type(UP)
        prompt.wait_for(r"print one = 1")


class PromptCompletion(OnATerminal):
    def test_tables_operators_and_columns(self):
        prompt = self.prompt()
        prompt.type("SigninL" + TAB)
        prompt.wait_for(r"SigninLogs")
        prompt.type(" | summ" + TAB + " Tries = dcou" + TAB)
        prompt.wait_for(r"summarize Tries = dcount\w*")
        prompt.type(CTRL_C)
        prompt.wait_for(r"kql> ")
        prompt.type("SigninLogs | project Who = UserPrincipalName, IPAddress | where " + TAB + TAB)
        prompt.wait_for(r"Who\s+IPAddress")
        prompt.type("Wh" + TAB + " == 'x' | count")
        prompt.wait_for(r"where Who == 'x' \| count")
        prompt.enter("")
        prompt.wait_for(r"Count\s+-+\s+0.*kql> ")

    def test_values_of_a_column_come_from_the_store(self):
        self.store_sign_ins()
        prompt = self.prompt()
        prompt.type("SigninLogs | where ResultType == '5" + TAB)
        # They are looked up while one may go on typing, and then completed as far as all agree.
        prompt.wait_for(r"ResultType == '50")
        prompt.type("1" + TAB)
        prompt.wait_for(r"ResultType == '50126'")
        prompt.enter(" | project Found = UserPrincipalName")
        prompt.wait_for(r"Found\s+-+\s+ann@contoso.example.*kql> ")


class PromptCommands(OnATerminal):
    def test_options_hold_for_the_next_queries(self):
        prompt = self.prompt()
        prompt.enter(".format csv")
        prompt.enter("print a = 1, b = 'x'")
        prompt.wait_for(r"\na,b\r*\n1,x\r*\n.*kql> ")
        prompt.enter(".out answer.csv")
        prompt.enter("print c = 2")
        prompt.enter(".settings")
        prompt.wait_for(r"\.format csv\s+\.out answer\.csv")
        self.assertEqual((self.home / "answer.csv").read_text(encoding="utf-8"), "c\n2\n")
        prompt.enter(".format parqet")
        prompt.wait_for(r"there is no format 'parqet'")
        prompt.enter(".formt csv")
        prompt.wait_for(r"there is no command \.formt; did you mean \.format\?")
        prompt.enter(".out off")
        prompt.enter(".format parquet")
        prompt.wait_for(r"needs --out FILE")
        prompt.enter(".on workspace:nowhere")
        prompt.wait_for(r"no \[\[workspace\]\] \"nowhere\"")
        prompt.enter(".quit")
        self.assertEqual(prompt.process.wait(timeout=watching.DEADLINE_S), 0)

    def test_what_there_is_is_shown(self):
        self.store_sign_ins()
        prompt = self.prompt()
        prompt.enter(".tables")
        prompt.wait_for(r"SigninLogs\s+3\s+2026-06-01T08:02:00Z")
        prompt.enter(".tables watchl")
        prompt.wait_for(r"\nWatchlist\r*\n")
        prompt.enter(".schema SigninLogs")
        prompt.wait_for(r"UserPrincipalName\s+string")
        prompt.enter(".schema SigninLog")
        prompt.wait_for(r"did you mean SigninLogs\?")
        prompt.enter(".functions strcat_d")
        prompt.wait_for(r"strcat_delim\(")
        prompt.enter(".hunts spray")
        prompt.wait_for(r"password-spray ")
        prompt.enter(".help")
        prompt.wait_for(r"\.explain.*Alt-Enter.*kql> ")

    def test_the_last_query_is_kept_and_run_by_its_name(self):
        prompt = self.prompt("--hunts", self.home)
        prompt.type("print Kept = 7" + ALT_ENTER)
        prompt.enter("| extend More = Kept + 1")
        prompt.wait_for(r"8\s.*kql> ")
        prompt.enter(".save seven")
        prompt.wait_for(r"seven\.yaml is there")
        prompt.enter(".run seven")
        prompt.wait_for(r"Kept\s+More.*7\s+8.*kql> ")
        prompt.enter(".save seven")
        prompt.wait_for(r"exists")
        prompt.enter(".save seven.kql")
        prompt.wait_for(r"seven\.kql is there")
        self.assertEqual((self.home / "seven.kql").read_text(encoding="utf-8"), "print Kept = 7\n| extend More = Kept + 1\n")
        prompt.enter(".explain")
        prompt.wait_for(r"SELECT ")


if __name__ == "__main__":
    unittest.main()
