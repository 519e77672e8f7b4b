#!/usr/bin/env python3
"""Hunts as files, and hunts on a workspace elsewhere, as a user meets them.

    test/program/hunts_test.py [-v] [CLASS[.test] ...]
"""
import csv
import io
import json
import os
import pathlib
import re
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "fault"))
import receiver  # noqa: E402
import watching  # noqa: E402
from serve_test import AtSite  # noqa: E402
from cloud_test import SECRET, AtTenant, SimulatedTenant  # noqa: E402


def hunt(*words, env=None):
    code, output, errors = watching.run("hunt", *words, env=env)
    return code, output, errors


class HuntFiles(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vedette-hunts-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def test_the_shipped_ones_are_listed_and_shown(self):
        code, output, errors = hunt("list")
        self.assertEqual(code, 0, errors)
        names = [line.split()[0] for line in output.splitlines()]
        self.assertGreaterEqual(len(names), 30)
        self.assertIn("impossible-travel", names)
        code, output, errors = hunt("show", "impossible-travel")
        self.assertEqual(code, 0, errors)
        self.assertIn("T1078.004", output)
        self.assertIn("--param speed=VALUE", output)

    def test_a_new_hunt_is_good_as_it_is_and_can_be_run_by_its_name(self):
        code, output, errors = hunt("new", "our-first", "--hunts", str(self.folder))
        self.assertEqual(code, 0, errors)
        path = str(self.folder / "our-first.yaml")
        code, output, errors = hunt("test", path)
        self.assertEqual((code, output.splitlines()[-1]), (0, "1 hunts, 2 tests, 0 failed"), output + errors)
        code, _, errors = hunt("new", "our-first", "--hunts", str(self.folder))
        self.assertEqual(code, 1)
        self.assertIn("exists", errors)
        code, output, errors = hunt("run", "our-first", "--hunts", str(self.folder), "--param", "addresses=3",
                                    "--format", "json", "--data", str(self.folder / "none"))
        self.assertEqual(code, 0, errors)
        self.assertEqual(json.loads(output)["rows"], [])

    def test_a_test_that_does_not_hold_fails_and_says_what_is_found(self):
        path = self.write("bad.yaml", "name: bad\nquery: SigninLogs | where ResultType == '0'\ntests:\n"
                          "  - name: it finds a failure\n    rows:\n      SigninLogs:\n"
                          "        - {TimeGenerated: -1h, ResultType: 0, UserPrincipalName: ann@contoso.example}\n"
                          "    finds:\n      - {UserPrincipalName: bo@contoso.example}\n")
        code, output, _ = hunt("test", path)
        self.assertEqual(code, 1)
        self.assertIn("FAIL  bad: it finds a failure", output)
        self.assertIn("line 9: the row that should be found is not", output)
        self.assertIn("found: TimeGenerated: 2026-06-01T11:00:00Z", output)
        self.assertIn("1 failed", output)

    def test_bad_files_are_refused_with_line_and_remedy(self):
        code, _, errors = hunt("test", self.write("a.yaml", "name: a\nqery: print 1\n"))
        self.assertEqual(code, 1)
        self.assertIn("line 2: there is no \"qery\"; did you mean query?", errors)
        code, output, _ = hunt("test", self.write("b.yaml", "name: b\nquery: SigninLog | take 1\n"))
        self.assertEqual(code, 1)
        self.assertIn("did you mean 'SigninLogs'?", output)
        code, output, _ = hunt("test", self.write("c.yaml", "name: c\nquery: SigninLogs\ntests:\n  - name: t\n    rows:\n"
                                                  "      SigninLogs: [{ResultTyp: 0}]\n    finds: []\n"))
        self.assertEqual(code, 1)
        self.assertIn("line 6: SigninLogs has no column ResultTyp; did you mean ResultType?", output)
        code, _, errors = hunt("run", "impossible-travl")
        self.assertEqual(code, 2)
        self.assertIn("did you mean impossible-travel?", errors)
        code, _, errors = hunt("run", "impossible-travel", "--param", "speed=fast")
        self.assertEqual(code, 2)
        self.assertIn("speed is a number", errors)

    def test_sentinels_hunting_query_runs_as_it_is(self):
        path = self.write("sentinel.yaml", "id: 2a4f0a12-0000-4000-8000-000000000000\nname: Any sign-in\n"
                          "description: |\n  'All of them.'\nrequiredDataConnectors:\n  - connectorId: AzureActiveDirectory\n"
                          "    dataTypes: [SigninLogs]\ntactics: [InitialAccess]\nrelevantTechniques: [T1078]\n"
                          "query: |\n  SigninLogs\n  | summarize count()\nversion: 1.0.0\n")
        code, output, errors = hunt("run", path, "--format", "json", "--data", str(self.folder / "none"))
        self.assertEqual(code, 0, errors)
        self.assertEqual(json.loads(output)["rows"], [[0]])

    def test_an_answer_is_drawn_and_written(self):
        picture = self.folder / "chart.svg"
        code, output, errors = hunt("datatable(Country: string, n: long)['<DE>', 12, 'FR', 6] | render barchart", "--chart",
                                    "--svg", str(picture), "--data", str(self.folder / "none"))
        self.assertEqual(code, 0, errors)
        bars = [line for line in output.splitlines() if "\u2588" in line]
        self.assertEqual([line.split()[0] for line in bars], ["<DE>", "FR"])
        self.assertGreater(bars[0].count("\u2588"), bars[1].count("\u2588"))
        text = picture.read_text(encoding="utf-8")
        self.assertTrue(text.startswith("<svg "))
        self.assertNotIn("<DE>", text)
        code, _, errors = hunt("print 'no numbers'", "--chart", "--data", str(self.folder / "none"))
        self.assertEqual(code, 1)
        self.assertIn("one of numbers", errors)


class FunctionFiles(AtSite):
    """Functions in files, called by queries on the command line, of the running service, and elsewhere."""

    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.site.folder, "functions")
        self.folder.mkdir()
        self.folder.joinpath("failed.kql").write_text(
            "let FailedOf = (user: string, more: long = 1) {\n  Syslog | where SyslogMessage has user\n"
            "  | summarize Lines = count() | extend Lines = Doubled(Lines) + more\n};\n", encoding="utf-8")
        self.folder.joinpath("twice.csl").write_text(
            ".create-or-alter function with (docstring = \"Twice\") Doubled(x: long) { x * 2 }\n", encoding="utf-8")
        self.folder.joinpath("parser.yaml").write_text(
            "id: 1\nFunction:\n  Title: Parser for Contoso\nFunctionName: ContosoEvent\nFunctionAlias: ContosoEvent\n"
            "FunctionQuery: |\n  union isfuzzy=true Contoso_CL, (print Vendor = 'Contoso')\n", encoding="utf-8")

    def ask(self, query, *words):
        code, output, errors = hunt(query, "--data", str(self.site.data), "--format", "json", *words)
        self.assertEqual(code, 0, errors)
        return json.loads(output)["rows"]

    def test_they_are_listed_with_what_is_wrong(self):
        code, output, errors = hunt("functions", "--functions", str(self.folder))
        self.assertEqual(code, 0, output + errors)
        self.assertIn("FailedOf(user: string, more: long = 1)\n", output)
        self.assertIn("Doubled(x: long)\n  Twice\n", output)
        self.assertIn("ContosoEvent()\n  Parser for Contoso\n", output)
        self.folder.joinpath("bad.kql").write_text("let Bad = () {\n  T | wheer x\n};\n", encoding="utf-8")
        self.folder.joinpath("SigninLogs.kql").write_text("print 1\n", encoding="utf-8")
        self.folder.joinpath("none.kql").write_text("NoSuchTable | take 1\n", encoding="utf-8")
        code, output, _ = hunt("functions", "--functions", str(self.folder))
        self.assertEqual(code, 1)
        self.assertRegex(output, r"FAIL  \S+/bad.kql: line 2: KQL108: there is no operator 'wheer'")
        self.assertRegex(output, r"FAIL  \S+/SigninLogs.kql: SigninLogs is a table's name")
        self.assertIn("does not bind: in the function none: there is no table 'NoSuchTable'", output)
        self.assertIn("4 functions, 3 with problems", output)
        # The others can be called all the same.
        code, output, errors = hunt("print Doubled(4)", "--functions", str(self.folder), "--format", "json",
                                    "--data", str(self.site.data))
        self.assertEqual((code, json.loads(output)["rows"]), (0, [[8]]))
        self.assertIn("not read: ", errors)

    def test_a_query_calls_them_and_its_errors_point_at_the_call(self):
        named = ("--functions", str(self.folder))
        self.assertEqual(self.ask("FailedOf('nobody', 5)", *named), [[5]])
        self.assertEqual(self.ask("ContosoEvent | project Vendor", *named), [["Contoso"]])
        self.folder.joinpath("Late.kql").write_text("SigninLogs\n| where Usr == 1\n", encoding="utf-8")
        code, _, errors = hunt("SigninLogs | count;\nLate | count", *named, "--data", str(self.site.data))
        self.assertEqual(code, 1)
        self.assertIn("in the function Late: there is no column, variable or function 'Usr' here (line 2, column 1)", errors)
        code, output, errors = hunt("FailedOf('x')", "--check", *named)
        self.assertEqual((code, output), (0, "Lines: long\n"), errors)

    def test_a_hunts_test_rows_are_what_they_read(self):
        path = pathlib.Path(self.site.folder, "calls.yaml")
        path.write_text("name: calls\nquery: FailedOf('root')\ntests:\n  - name: two lines\n    rows:\n      Syslog:\n"
                        "        - {TimeGenerated: -1h, _times: 2, SyslogMessage: Failed password for root}\n"
                        "    finds:\n      - {Lines: 5}\n", encoding="utf-8")
        code, output, errors = hunt("test", str(path), "--functions", str(self.folder))
        self.assertEqual(code, 0, output + errors)

    def test_the_running_service_knows_them_and_files_that_change(self):
        with open(self.site.settings, "a", encoding="utf-8") as file:
            file.write(f"[hunt]\nfunctions = {json.dumps(str(self.folder))}\n")
        self.append(watching.failed_line(0))
        with self.site.serve() as program:
            program.wait_until_ready()
            program.wait_until_worked_off(1)
            self.assertEqual(self.ask("FailedOf('Failed')"), [[3]])
            self.folder.joinpath("more.kql").write_text("let Doubled3 = (x: long) { Doubled(x) + 3 };\n", encoding="utf-8")
            self.assertEqual(self.ask("print Doubled3(2)"), [[7]])
            # Those of who asks go before those of the service.
            own = pathlib.Path(self.site.folder, "own")
            own.mkdir()
            own.joinpath("d.kql").write_text("let Doubled = (x: long) { x * 200 };\n", encoding="utf-8")
            self.assertEqual(self.ask("print Doubled(1)", "--functions", str(own)), [[200]])


class DataExplorer(unittest.TestCase):
    """A database of Azure Data Explorer, asked by somebody who is signed in to the Azure command line."""

    ROWS = [["2026-06-01T08:00:00.1234567Z", 7, {"a": [1]}, "1.02:03:04", True],
            {"OneApiErrors": [{"error": {"@message": "The result is larger than 64 MB"}}]}]

    def answer(self, _number, request):
        self.asked = request
        columns = [("t", "datetime"), ("n", "long"), ("d", "dynamic"), ("s", "timespan"), ("b", "bool")]
        frames = [{"FrameType": "DataSetHeader", "Version": "v2.0"},
                  {"FrameType": "DataTable", "TableKind": "PrimaryResult", "Rows": self.ROWS,
                   "Columns": [{"ColumnName": name, "ColumnType": kind} for name, kind in columns]},
                  {"FrameType": "DataSetCompletion", "HasErrors": True, "OneApiErrors": []}]
        return 200, {"Content-Type": "application/json"}, json.dumps(frames)

    def test_the_same_text_types_and_what_is_missing(self):
        folder = tempfile.TemporaryDirectory(prefix="vedette-adx-")
        self.addCleanup(folder.cleanup)
        program = pathlib.Path(folder.name, "az")
        program.write_text("#!/bin/sh\necho '{\"accessToken\":\"of-the-command-line\"}'\n", encoding="utf-8")
        program.chmod(0o755)
        with receiver.Receiver(self.answer) as cluster:
            # Nobody answers for a managed identity.
            env = watching.environment(PATH=f"{folder.name}:{os.environ['PATH']}",
                                       IDENTITY_ENDPOINT="", AZURE_TENANT_ID="", AZURE_CLIENT_ID="")
            code, output, errors = hunt("T | take 5", "--on", f"adx:{cluster.url('/Security%20Logs')}", "--format", "json",
                                        "--data", folder.name, env=env)
        self.assertEqual(code, 0, errors)
        self.assertEqual((self.asked.path, self.asked.headers["Authorization"]),
                         ("/v2/rest/query", "Bearer of-the-command-line"))
        self.assertEqual((self.asked.json()["db"], self.asked.json()["csl"]), ("Security Logs", "T | take 5"))
        answer = json.loads(output)
        self.assertEqual(answer["rows"], [["2026-06-01T08:00:00.1234567Z", 7, {"a": [1]}, "1.02:03:04", True]])
        self.assertEqual([column["type"] for column in answer["columns"]],
                         ["datetime", "long", "dynamic", "timespan", "bool"])
        self.assertEqual(answer["partial"], ["The result is larger than 64 MB"])
        self.assertIn("the answer is partial: The result is larger than 64 MB", errors)


class PullsOfDataExplorer(AtSite):
    """Rows of a query in Azure Data Explorer come into a table here, once, window by window."""

    def answer(self, _number, request):
        if request.path.endswith("/token"):
            return 200, {"Content-Type": "application/json"}, '{"access_token":"of-the-application","expires_in":3600}'
        body = request.json()
        self.asked.append((request.headers["Authorization"], body["db"], body["csl"]))
        columns = [("TimeGenerated", "datetime"), ("Tries", "long"), ("Who", "string")]
        rows = [["2026-06-01T08:00:00Z", 7, "ann"], ["2026-06-01T09:00:00Z", 2, "=cmd|'/c calc'!A1"]]
        frames = [{"FrameType": "DataSetHeader", "Version": "v2.0"},
                  {"FrameType": "DataTable", "TableKind": "PrimaryResult", "Rows": rows,
                   "Columns": [{"ColumnName": name, "ColumnType": kind} for name, kind in columns]},
                  {"FrameType": "DataSetCompletion", "HasErrors": False}]
        return 200, {"Content-Type": "application/json"}, json.dumps(frames)

    def test_rows_come_once(self):
        self.asked = []
        with receiver.Receiver(self.answer) as cluster:
            with open(self.site.settings, "a", encoding="utf-8") as file:
                file.write("\n".join(["[cloud]", f"authority = \"{cluster.url('')}\"", "[[adx]]", "name = \"security\"",
                                      f"cluster = \"{cluster.url('')}\"", "database = \"Security Logs\"",
                                      "[[pull]]", "name = \"tries\"", "on = \"adx:security\"", "into = \"Tries_CL\"",
                                      "query = \"T | summarize Tries = count() by Who, bin(TimeGenerated, 1h)\"", ""]))
            env = watching.environment(AZURE_TENANT_ID="11111111-2222-4333-8444-555555555555",
                                       AZURE_CLIENT_ID="22222222-2222-4333-8444-555555555555", AZURE_CLIENT_SECRET=SECRET)
            for _ in range(2):
                with self.site.serve("--once", env=env) as program:
                    self.assertEqual(program.wait(), 0)
                code, output, errors = hunt("Tries_CL | sort by TimeGenerated asc | project TimeGenerated, Tries, Who",
                                            "--data", str(self.site.data), "--format", "json")
                self.assertEqual(code, 0, errors)
                self.assertEqual(json.loads(output)["rows"], [["2026-06-01T08:00:00Z", 7, "ann"],
                                                              ["2026-06-01T09:00:00Z", 2, "=cmd|'/c calc'!A1"]])
        authorization, database, query = self.asked[0]
        self.assertEqual((authorization, database), ("Bearer of-the-application", "Security Logs"))
        self.assertIn("T | summarize Tries = count() by Who, bin(TimeGenerated, 1h)", query)


class AtWorkspace(AtTenant):
    def setUp(self):
        super().setUp()
        # Attacks of each kind twice a day, so that two days of any week hold some.
        self.tenant = self.enterContext(SimulatedTenant("--attack-cycle", "12"))
        self.values = dict(re.findall(r'(\w+) = "([^"]*)"', "\n".join(self.tenant.settings)))
        cloud = [line for line in self.tenant.settings if "http://" in line]
        self.settings("\n".join(["[cloud]", *cloud, "[[workspace]]", "name = \"production\"",
                                 f"id = \"{self.values['workspace_id']}\"", ""]))
        self.ambient = watching.environment(AZURE_TENANT_ID=self.values["id"], AZURE_CLIENT_ID=self.values["client_id"],
                                            AZURE_CLIENT_SECRET=SECRET)

    def hunt(self, *words, env=None):
        return hunt(*words, "--on", "workspace:production", "--config", str(self.site.settings),
                    "--data", str(self.site.data), env=env or self.ambient)


class RemoteHunts(AtWorkspace):
    """The flow of somebody who hunts in a workspace: sign in with what is there, look, hunt, export, tell."""

    def test_sign_in_look_hunt_export_and_tell(self):
        code, output, errors = self.hunt("SigninLogs | take 5", "--format", "json")
        self.assertEqual(code, 0, errors)
        answer = json.loads(output)
        self.assertEqual(len(answer["rows"]), 5)
        types = {column["name"]: column["type"] for column in answer["columns"]}
        self.assertEqual((types["TimeGenerated"], types["LocationDetails"]), ("datetime", "dynamic"))

        functions = pathlib.Path(self.site.folder, "functions")
        functions.mkdir()
        functions.joinpath("Recent.kql").write_text("SigninLogs | where TimeGenerated > ago(2d)\n", encoding="utf-8")
        code, output, errors = self.hunt("Recent | count", "--functions", str(functions), "--format", "json")
        self.assertEqual(code, 0, errors)
        self.assertGreater(json.loads(output)["rows"][0][0], 0)

        code, output, errors = self.hunt("run", "impossible-travel", "--param", "period=2d", "--format", "csv",
                                         "--notify", "hook")
        self.assertEqual(code, 0, errors)
        rows = list(csv.DictReader(io.StringIO(output)))
        self.assertGreater(len(rows), 0, "nobody of the simulated tenant travelled")
        self.assertGreaterEqual(float(rows[0]["Speed"]), 1000)
        self.assertIn("told hook", errors)
        told = self.site.hook.wait_for(1)[0].json()
        self.assertEqual((told["rule"], told["title"]), ("hunt:impossible-travel", "Impossible travel"))
        self.assertIn(rows[0]["UserPrincipalName"], [entity["value"] for entity in told["entities"]])

    def test_what_is_wrong_is_said_in_the_services_words(self):
        code, output, errors = self.hunt("SigninLogs | where Usr == 1")
        self.assertEqual((code, output), (1, ""))
        self.assertIn("no column", errors)
        self.assertIn("'Usr'", errors)
        wrong = {**self.ambient, "AZURE_CLIENT_SECRET": "another-secret"}
        code, _, errors = self.hunt("SigninLogs | take 1", env=wrong)
        self.assertEqual(code, 1)
        self.assertIn("environment: ", errors)
        self.assertNotIn("another-secret", errors)
        code, _, errors = hunt("SigninLogs", "--on", "workspace:prodction", "--config", str(self.site.settings),
                               env=self.ambient)
        self.assertEqual(code, 1)
        self.assertIn("did you mean production?", errors)

    def test_here_and_there_differ_by_what_only_one_has(self):
        code, output, errors = hunt("SigninLogs | summarize Rows = count()", "--on", "both:workspace:production",
                                    "--config", str(self.site.settings), "--data", str(self.site.data),
                                    "--format", "json", env=self.ambient)
        self.assertEqual(code, 0, errors)
        rows = dict(json.loads(output)["rows"])
        self.assertEqual(rows["local"], 0)
        self.assertGreater(rows["workspace:production"], 0)

    def test_an_incident_is_opened_once(self):
        with self.site.serve(env=self.ambient) as program:
            program.wait_until_ready()
            words = ["SigninLogs | where TimeGenerated > ago(2d) | summarize Rows = count() by Location | take 1000",
                     "--incident", "--format", "ndjson"]
            code, _, errors = self.hunt(*words)
            self.assertEqual(code, 0, errors)
            self.assertIn("an incident is open", errors)
            self.site.hook.wait_for(1)
        code, output, errors = watching.run("incidents", "list", "--data", str(self.site.data), "--format", "json")
        self.assertEqual(code, 0, errors)
        self.assertIn("hunt:query", output)


class Pulls(AtWorkspace):
    """Rows of a query in the simulated workspace, in tables here: once, however often they are asked for."""

    def test_rows_come_once_and_what_is_summed_is_brought_up_to_date(self):
        self.settings("[[pull]]\nname = \"sign-ins\"\non = \"workspace:production\"\ninto = \"SigninLogs\"\n"
                      "query = \"SigninLogs | where ResultType == '0'\"\n"
                      "[[pull]]\nname = \"by-user\"\non = \"workspace:production\"\ninto = \"ByUser_CL\"\n"
                      "query = \"SigninLogs | summarize Tries = count() by UserPrincipalName, "
                      "TimeGenerated = bin(TimeGenerated, 1h)\"\n"
                      "keys = [\"UserPrincipalName\", \"TimeGenerated\"]\noverlap = \"2h\"\n")
        # Of a time that lies within every pull, whenever the tenant's clock and ours are asked.
        _, output, errors = self.hunt("SigninLogs | where TimeGenerated < ago(2h) | summarize max(TimeGenerated)",
                                      "--format", "json")
        last = json.loads(output)["rows"][0][0]
        within = f"| where TimeGenerated between (datetime({last}) - 16h .. datetime({last}))"
        _, output, errors = self.hunt(f"SigninLogs {within} | summarize Good = countif(ResultType == '0'), Tries = count()",
                                      "--format", "json")
        good, tries = json.loads(output)["rows"][0]
        self.assertGreater(good, 0, errors)
        for _ in range(2):
            with self.site.serve("--once", env=self.ambient) as program:
                self.assertEqual(program.wait(), 0)
            self.assertEqual(self.local(f"SigninLogs {within} | count"), good)
            self.assertEqual(self.local("SigninLogs | where ResultType != '0' | count"), 0)
            self.assertEqual(self.local("ByUser_CL | summarize Rows = count() by UserPrincipalName, TimeGenerated "
                                        "| where Rows > 1 | count"), 0)
            self.assertGreaterEqual(self.local("ByUser_CL | summarize tolong(sum(Tries))"), tries)

    def local(self, query):
        code, output, errors = hunt(query, "--data", str(self.site.data), "--format", "json", env=self.ambient)
        self.assertEqual(code, 0, errors)
        return json.loads(output)["rows"][0][0]

    def test_a_pull_of_a_query_that_is_wrong_says_so_and_where_it_goes_is_checked(self):
        pull = "[[pull]]\nname = \"wrong\"\non = \"workspace:production\"\ninto = \"Own_CL\"\nquery = \"SigninLogs | where Usr == 1\"\n"
        self.settings(pull)
        with self.site.serve(env=self.ambient) as program:
            program.wait_until_ready()
            program.log.wait_for(lambda line: "pull:wrong" in line and "'Usr'" in line, "what is wrong")
            self.assertEqual(program.end()[0], 0)
        for was, becomes, said in (("workspace:production", "workspace:prodction", "did you mean production?"),
                                   ("Own_CL", "Owned", "there is no table"), ("Own_CL", "VedetteQuarantine", "own tables"),
                                   ("wrong", "Wrong One", "small letters")):
            text = pathlib.Path(self.site.settings).read_text(encoding="utf-8")
            changed = pathlib.Path(self.site.folder, "changed.toml")
            changed.write_text(text.replace(pull, pull.replace(was, becomes)), encoding="utf-8")
            code, _, errors = watching.run("config", "check", str(changed))
            self.assertEqual(code, 1)
            self.assertIn(said, errors)


class ScheduledHunts(AtSite):
    """A hunt that serve runs by itself: what is new becomes an incident, what was there before does not."""

    def test_only_what_is_new_since_the_last_run_is_told(self):
        hunts = pathlib.Path(self.site.folder, "hunts")
        hunts.mkdir()
        hunts.joinpath("hosts.yaml").write_text(
            "name: hosts\nseverity: low\nquery: |\n  Syslog\n  | distinct HostName\nentities: {host: HostName}\n",
            encoding="utf-8")
        with open(self.site.settings, "a", encoding="utf-8") as file:
            file.write(f"[hunt]\nfolder = {json.dumps(str(hunts))}\n"
                       "[[scheduled_hunt]]\nname = \"hosts\"\nevery = \"1m\"\n")
        self.append(watching.failed_line(0, host="web1"))
        self.site.once()
        with self.site.serve() as program:
            program.wait_until_ready()
            told = [self.told(0)]
            self.assertEqual(program.end()[0], 0)
        self.assertEqual(told[0]["title"], "hosts")
        self.assertEqual(told[0]["entities"], [{"type": "host", "value": "web1"}])
        # As if a minute had passed since.
        memory = pathlib.Path(self.site.data, "hunts", "hosts.last")
        lines = memory.read_text(encoding="utf-8").splitlines()
        memory.write_text("\n".join(["2026-01-01T00:00:00Z", *lines[1:]]) + "\n", encoding="utf-8")
        self.append(watching.failed_line(1, host="web2"))
        self.site.once()
        with self.site.serve() as program:
            program.wait_until_ready()
            self.assertEqual(self.told(1)["entities"], [{"type": "host", "value": "web2"}])

    def told(self, number):
        """The message of that number about the hunt."""
        wanted = number + 1
        while True:
            requests = self.site.hook.wait_for(wanted)
            found = [request.json() for request in requests if request.json()["rule"] == "hunt:hosts"]
            if len(found) > number:
                return found[number]
            wanted = len(requests) + 1

    def test_a_hunt_that_there_is_not_is_a_problem_of_the_settings(self):
        with open(self.site.settings, "a", encoding="utf-8") as file:
            file.write("[[scheduled_hunt]]\nname = \"impossible-travl\"\nevery = \"1h\"\n")
        code, _, errors = watching.run("config", "check", str(self.site.settings))
        self.assertEqual(code, 1)
        self.assertIn("did you mean impossible-travel?", errors)


if __name__ == "__main__":
    unittest.main()
