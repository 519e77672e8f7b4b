"""The rivals of ./dev bench hunt, each with the same rows in a table of its own: chDB, SQLite, PostgreSQL.

A rival is made with the folder of its rows, the TSV file they come from and the seconds that a question may take;
`ask` gives (milliseconds, rows), or raises TooLong.
"""
import json
import os
import pathlib
import pwd
import shutil
import sqlite3
import subprocess
import time

COLUMNS = ("TimeGenerated", "ResultType", "UserPrincipalName", "IPAddress", "Location", "AppDisplayName",
           "ClientAppUsed", "UserAgent", "DeviceDetail", "DurationMs")
NUMBERS = {"TimeGenerated", "DurationMs"}


class Missing(Exception):
    """The rival cannot be had on this machine."""


class TooLong(Exception):
    """The rival was stopped: it had no answer in its time."""


def table(number, text, quote='"'):
    return ", ".join(f"{quote}{name}{quote} {number if name in NUMBERS else text}" for name in COLUMNS)


class Sqlite:
    name = "SQLite"
    # A bare column is of the row with the greatest: SQLite's own promise.
    words = {"system": "json_extract(DeviceDetail, '$.operatingSystem')", "ilike": "LIKE",
             "missing": "known.Location IS NULL", "latest_address": "IPAddress", "latest_place": "Location"}

    def __init__(self, folder, rows, seconds):
        self.seconds = seconds
        file = folder / "signins.sqlite"
        fresh = not file.exists()
        self.base = sqlite3.connect(file)
        if fresh:
            self.base.executescript("PRAGMA journal_mode = off; PRAGMA synchronous = off;"
                                    f"CREATE TABLE signins ({table('INTEGER', 'TEXT')})")
            with open(rows, encoding="utf-8") as lines:
                marks = ", ".join("?" * len(COLUMNS))
                self.base.executemany(f"INSERT INTO signins VALUES ({marks})",
                                      (line.rstrip("\n").split("\t") for line in lines))
            self.base.execute("CREATE INDEX by_time ON signins (TimeGenerated)")
            self.base.commit()

    def ask(self, sql):
        begun = time.perf_counter()
        self.base.set_progress_handler(lambda: time.perf_counter() - begun > self.seconds, 100_000)
        try:
            rows = len(self.base.execute(sql).fetchall())
        except sqlite3.OperationalError as problem:
            if "interrupted" in str(problem):
                raise TooLong from problem
            raise
        return (time.perf_counter() - begun) * 1000, rows

    def close(self):
        self.base.close()


class Chdb:
    name = "chDB"
    words = {"system": "JSONExtractString(DeviceDetail, 'operatingSystem')", "ilike": "ILIKE",
             "missing": "known.Location = ''",
             "latest_address": "argMax(IPAddress, TimeGenerated)", "latest_place": "argMax(Location, TimeGenerated)"}

    def __init__(self, folder, rows, seconds):
        modules = folder.parent / "chdb" / "node_modules"
        if not (modules / "chdb").exists():
            modules.parent.mkdir(parents=True, exist_ok=True)
            for file in ("package.json", "package-lock.json"):
                shutil.copy(pathlib.Path(__file__).parent / file, modules.parent)
            # Not `npm ci`: the registry has not every platform's sibling, and it refuses a lock file that lacks one.
            done = subprocess.run(["npm", "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"],
                                  cwd=modules.parent, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise Missing("npm cannot install chdb: " + done.stderr.strip()[-300:])
        data = folder / "chdb"
        fresh = not (folder / "chdb.complete").exists()
        if fresh:
            shutil.rmtree(data, ignore_errors=True)
        script = pathlib.Path(__file__).parent / "chdb.js"
        self.node = subprocess.Popen(["node", script, modules, data], text=True,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if fresh:
            self.ask("CREATE DATABASE IF NOT EXISTS hunt")
            columns = table('Int64', 'String', '`')
            self.ask(f"CREATE TABLE hunt.signins ({columns}) ENGINE = MergeTree ORDER BY TimeGenerated")
            self.ask(f"INSERT INTO hunt.signins SELECT * FROM file('{rows}', 'TSV', '{columns}')")
            (folder / "chdb.complete").touch()
        self.ask("SET max_threads = 2")
        self.ask(f"SET max_execution_time = {seconds}")
        self.ask("SET use_query_condition_cache = 0")  # a question that is asked again is to be answered again

    def ask(self, sql):
        self.node.stdin.write(json.dumps(sql.replace("FROM signins", "FROM hunt.signins")) + "\n")
        self.node.stdin.flush()
        line = self.node.stdout.readline()
        answer = json.loads(line) if line else {"error": "chDB ended"}
        if "TIMEOUT_EXCEEDED" in answer.get("error", ""):
            raise TooLong
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["ms"], answer["rows"]

    def close(self):
        self.node.stdin.close()
        self.node.wait()


class Postgres:
    name = "PostgreSQL"
    words = {"system": "DeviceDetail::json->>'operatingSystem'", "ilike": "ILIKE", "missing": "known.Location IS NULL",
             "latest_address": "(array_agg(IPAddress ORDER BY TimeGenerated DESC))[1]",
             "latest_place": "(array_agg(Location ORDER BY TimeGenerated DESC))[1]"}

    def __init__(self, folder, rows, seconds):
        self.limit = ""
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
        if not programs or not shutil.which("psql"):
            raise Missing("apt-get install postgresql postgresql-client")
        self.programs = programs[-1].parent
        self.data = folder / "postgres"
        self.socket = "/tmp"
        as_postgres = ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
        self.user = as_postgres if os.geteuid() == 0 else []
        fresh = not (folder / "postgres.complete").exists()
        if fresh:
            shutil.rmtree(self.data, ignore_errors=True)
            self.data.mkdir(parents=True)
            if self.user:
                os.chown(self.data, pwd.getpwnam("postgres").pw_uid, -1)
            self.run([self.programs / "initdb", "-D", self.data, "-A", "trust", "-U", "bench", "-E", "UTF8"])
        self.run([self.programs / "pg_ctl", "-D", self.data, "-w", "-l", "/dev/null", "-o",
                  f"-k {self.socket} -p 54329 -c listen_addresses= -c shared_buffers=1GB -c work_mem=256MB"
                  " -c fsync=off", "start"])
        if fresh:
            self.psql(f"CREATE TABLE signins ({table('bigint', 'text', '')})")
            self.psql(f"\\copy signins FROM '{rows}'")
            self.psql("CREATE INDEX ON signins USING brin (TimeGenerated)")
            self.psql("VACUUM ANALYZE signins")
            (folder / "postgres.complete").touch()
        self.limit = f"SET statement_timeout = '{seconds}s';\n"

    def run(self, command):
        done = subprocess.run(self.user + [str(word) for word in command], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise Missing(done.stdout.strip()[-300:])

    def psql(self, sql):
        timed = self.limit + "\\timing on\n" + sql.rstrip().rstrip(";") + "\n;\n"
        done = subprocess.run(["psql", "-h", self.socket, "-p", "54329", "-U", "bench", "-d", "postgres", "-XqAt"],
                              input=sql + "\n" if sql.startswith("\\") else timed,
                              capture_output=True, text=True, check=False)
        if "statement timeout" in done.stderr:
            raise TooLong
        if done.returncode != 0 or "ERROR" in done.stderr:
            raise RuntimeError(done.stderr.strip()[-300:])
        return done.stdout

    def ask(self, sql):
        lines = self.psql(sql).splitlines()
        took = [line for line in lines if line.startswith("Time: ")][-1]
        return float(took.split()[1]), len([line for line in lines if not line.startswith("Time: ")])

    def close(self):
        self.run([self.programs / "pg_ctl", "-D", self.data, "-m", "fast", "stop"])


ALL = (Chdb, Sqlite, Postgres)
