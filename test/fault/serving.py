"""`vedette serve` under fault: starts it, kills it, asks it, and holds what it kept against the truth.

The checker (C of the reliability plan): every line that was written is one row of Syslog; the
alerts in the incidents are those that were planned; a webhook's message comes once, or again with
the same id.
"""
import collections
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "program"), str(HERE.parent)]
import receiver  # noqa: E402
import score_alerts  # noqa: E402
import watching  # noqa: E402
from watching import PROGRAM, Deadline, Lines, environment  # noqa: E402

HOOKS_PROGRAM = os.environ.get("VEDETTE_HOOKS_PROGRAM", str(watching.ROOT / "build" / "vedette_with_hooks"))

READY_S = 5.0  # from start to ready, by the plan


def toml(text):
    return json.dumps(str(text))


class Site:
    """A data folder, a log file, a webhook receiver, and the settings that join them."""

    def __init__(self, folder, more="", log_name="auth.log", reserve="1 MB", answer=receiver.as_anybody):
        self.folder = pathlib.Path(folder)
        self.logs = self.folder / "logs"
        self.logs.mkdir()
        self.log = self.logs / log_name
        self.log.touch()
        self.data = self.folder / "data"
        self.settings = self.folder / "vedette.toml"
        self.hook = receiver.Receiver(answer)
        self.settings.write_text(
            f"[[file]]\npath = {toml(self.log)}\nread = \"all\"\n"
            f"[[channel]]\nname = \"hook\"\nkind = \"webhook\"\nurl = {toml(self.hook.url('/hook'))}\n"
            f"[room]\nreserve = {toml(reserve)}\n[http]\nport = 0\n[log]\nformat = \"json\"\nlevel = \"debug\"\n" + more)

    def __enter__(self):
        self.hook.__enter__()
        return self

    def __exit__(self, *failure):
        self.hook.__exit__(*failure)

    def serve(self, *arguments, **more):
        return Serving(self, *arguments, **more)

    def once(self):
        with self.serve("--once") as program:
            code = program.wait()
            assert code == 0, f"serve --once ended with {code}: {program.log.seen[-5:]}"

    def hunt(self, query):
        """Rows as objects; from the running serve when there is one."""
        code, output, errors = watching.run("hunt", "--data", self.data, "--format", "ndjson", query)
        assert code == 0, f"hunt ended with {code}: {errors}"
        return [json.loads(line) for line in output.splitlines()]


    def count(self, query):
        return list(self.hunt(query + " | count")[0].values())[0]


class Serving:
    """One run of the service. Use with `with`: it is killed and reaped at the end."""

    def __init__(self, site, *arguments, program=PROGRAM, env=None, prefix=()):
        self.site = site
        self.begun = time.monotonic()
        self.process = subprocess.Popen(
            [*prefix, program, "serve", "--config", site.settings, "--data", site.data, *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env=env or environment())
        self.log = Lines(self.process.stderr)

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def said(self, message, **fields):
        """The log's first object with that message and those fields."""
        def wanted(line):
            if not line.startswith("{"):
                return False
            said = json.loads(line)
            return said["message"] == message and all(said.get(name) == value for name, value in fields.items())
        return json.loads(self.log.wait_for(wanted, f"{message} {fields}"))

    @property
    def address(self):
        return self.said("listening")["address"]

    def get(self, path, token=None):
        """(status, text)"""
        request = urllib.request.Request(self.address + path)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=watching.DEADLINE_S) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def token(self):
        return (self.site.data / "token").read_text(encoding="ascii").strip()

    def metrics(self):
        status, text = self.get("/metrics")
        assert status == 200, (status, text)
        values = {}
        for line in text.splitlines():
            if not line.startswith("#") and line:
                name, value = line.rsplit(" ", 1)
                values[name] = float(value)
        return values

    def poll(self, wanted, what):
        """Asks again and again until `wanted` gives something, or the program ends."""
        deadline = Deadline()
        while deadline.left() > 0:
            found = wanted()
            if found:
                return found
            try:
                code = self.process.wait(timeout=0.02)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"it ended with {code} while it was waited for {what}: {self.log.seen[-5:]}")
        raise AssertionError(f"{what} did not come in time; the log ends with {self.log.seen[-5:]}")

    def wait_until_ready(self):
        self.poll(lambda: self.get("/readyz")[0] == 200, "readiness")
        return time.monotonic() - self.begun

    def wait_until_worked_off(self, rows):
        """Syslog has that many rows, everything in the journal is done, and every message is told. What is
        missing then is for the checks to say."""

        def done():
            values = self.metrics()
            waiting = values.get('vedette_messages_waiting{channel="hook"}', 0)
            return (values["vedette_bytes_unread"] == 0 and waiting == 0 and values["vedette_ready"] == 1 and
                    values["vedette_detection_position"] == values["vedette_journal_position"])
        try:
            # Once more at the end: rows are stored before their incidents are recorded.
            self.poll(lambda: done() and self.site.count("Syslog") >= rows and done(), "the end of the work")
        except AssertionError as error:
            if self.process.poll() is not None:
                raise
            print(f"not all was worked off: {str(error)[:500]}; {self.site.count('Syslog')} of {rows} rows")

    def kill_after(self, seconds):
        """kill -9 when that much time has passed; False when it had ended by itself."""
        try:
            self.process.wait(timeout=seconds)
            return False
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            return True

    def wait(self):
        return self.process.wait(timeout=watching.DEADLINE_S)

    def end(self, number=signal.SIGTERM):
        """(exit code, seconds)"""
        begun = time.monotonic()
        self.process.send_signal(number)
        return self.wait(), time.monotonic() - begun


def simulate(folder, seed, lines, rate=20):
    """(lines of a log with attacks, path of its truth); a late line at its end lets every attack be over."""
    log, truth = pathlib.Path(folder) / "simulated.log", pathlib.Path(folder) / "truth.ndjson"
    subprocess.run([PROGRAM, "simulate", "authlog", "--quiet", "--seed", str(seed), "--lines", str(lines),
                    "--rate", str(rate), "--format", "rfc3339", "--start", "2026-06-01T00:00:00Z",
                    "--out", log, "--truth", truth], check=True)
    text = log.read_bytes().splitlines(keepends=True)
    last = text[-1].split(b" ", 1)[0].decode()
    day = f"2026-06-{int(last[8:10]) + 2:02}"
    text.append(f"{day}T00:00:00.000000+00:00 web1 sshd[1]: Server listening on 0.0.0.0 port 22.\n".encode())
    return text, truth


SYSLOG = (" | project Time=strcat(format_datetime(TimeGenerated, 'yyyy-MM-dd'), 'T', "
          "format_datetime(TimeGenerated, 'HH:mm:ss.ffffff')), HostName, ProcessName, ProcessID, SyslogMessage")


def check_rows(site, lines):
    """Each line is one row. Lines that are the same to the microsecond are one record to Vedette."""
    wanted = collections.Counter()
    for line in {line.decode("utf-8", "replace").rstrip("\n") for line in lines}:
        stamp, host, message = line.split(" ", 2)
        wanted[(stamp[:26], host, message)] += 1
    got = collections.Counter()
    # A hunt gives 500,000 rows at most.
    parts = 1 + len(wanted) // 250_000
    for row in (row for part in range(parts)
                for row in site.hunt(f"Syslog | where hash(SyslogMessage, {parts}) == {part}" + SYSLOG)):
        pid = row["ProcessID"]
        tag = row["ProcessName"] + (f"[{pid}]" if pid is not None else "")
        message = f"{tag}: {row['SyslogMessage']}" if row["ProcessName"] else row["SyslogMessage"]
        got[(row["Time"], row["HostName"], message)] += 1
    problems = []
    lost, doubled = wanted - got, got - wanted
    if lost:
        problems.append(f"{sum(lost.values())} lines have no row, such as {next(iter(lost))}")
    if doubled:
        problems.append(f"{sum(doubled.values())} rows too many, such as {next(iter(doubled))}")
    return problems


def alerts_of(program):
    alerts, before = [], ""
    while True:
        status, text = program.get("/api/v1/alerts?limit=1000" + before, program.token())
        assert status == 200, (status, text)
        page = json.loads(text)
        alerts += page["rows"]
        if not page["more"]:
            return alerts
        before = f"&before={min(alert['incident'] for alert in page['rows'])}"


def check_alerts(program, folder, truth):
    """The alerts that the incidents hold are those that were planned."""
    alerts = alerts_of(program)
    path = pathlib.Path(folder) / "alerts.ndjson"
    path.write_text("".join(json.dumps({**alert, "change": "closed"}) + "\n" for alert in alerts), encoding="utf-8")
    scored = subprocess.run([sys.executable, HERE.parent / "score_alerts.py", "--attempts", path, truth],
                            capture_output=True, text=True, check=False)
    problems = []
    if scored.returncode != 0:
        problems.append("the alerts are not those that were planned:\n" + scored.stdout)
    ids = collections.Counter(alert["id"] for alert in alerts)
    twice = [name for name, count in ids.items() if count > 1]
    if twice:
        problems.append(f"alerts in two incidents: {twice[:5]}")
    return problems


def check_messages(site, program):
    """Each incident was told; a message that came again has the same id and says the same."""
    problems = []
    bodies = {}
    for request in list(site.hook.requests):
        name = request.headers.get("webhook-id")
        if name in bodies and bodies[name] != request.body:
            problems.append(f"two messages with the id {name}")
        bodies[name] = request.body
    opened = collections.Counter()
    for body in bodies.values():
        said = json.loads(body)
        if said["change"] == "opened":
            opened[said["id"]] += 1
    for name, count in opened.items():
        if count > 1:
            problems.append(f"the opening of {name} was told {count} times under different ids")
    status, text = program.get("/api/v1/incidents?limit=1000", program.token())
    assert status == 200, (status, text)
    incidents = json.loads(text)["rows"]
    told = {json.loads(body)["id"] for body in bodies.values()}
    silent = [incident for incident in incidents
              if not incident.get("merged_into")
              and not told & {incident["id"], *(alert["id"] for alert in incident["alerts"])}]
    if silent:
        problems.append(f"{len(silent)} of {len(incidents)} incidents were never told, such as {silent[0]['id']}")
    return problems, len(incidents), len(site.hook.requests), len(bodies)


def at_clock(moment, factor=1):
    """The environment in which a program with test hooks believes that it is that moment (a datetime, UTC)."""
    return environment(VEDETTE_TEST_CLOCK=f"{moment:%Y-%m-%dT%H:%M:%S}Z,{factor}")


def folder_for(name):
    return tempfile.TemporaryDirectory(prefix=f"vedette-{name.lower()}-")
