#!/usr/bin/env python3
"""Responses as people use them: `vedette actions` beside a running `vedette serve`, upon a simulated tenant.

    test/program/response_test.py [-v] [CLASS[.test] ...]
"""
import json
import os
import unittest
import urllib.error
import urllib.parse
import urllib.request

import watching
from cloud_test import SECRET, AtTenant, SimulatedTenant


class TenantAdmin:
    """What the tenant itself says of its accounts."""

    def __init__(self, tenant):
        self.client = {line.split(" = ")[0]: line.split('"')[1] for line in tenant.settings if '"' in line}
        self.address = self.client["graph"]
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": self.client["client_id"],
                                       "client_secret": SECRET,
                                       "scope": "https://graph.microsoft.com/.default"}).encode()
        with urllib.request.urlopen(f"{self.address}/{self.client['id']}/oauth2/v2.0/token", form) as answer:
            self.token = json.load(answer)["access_token"]

    def ask(self, path):
        request = urllib.request.Request(self.address + "/v1.0" + path,
                                         headers={"Authorization": "Bearer " + self.token})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def members(self):
        """Accounts of people without any role, by user principal name."""
        holders = {row["principalId"] for kind in ("roleAssignments", "roleEligibilitySchedules")
                   for row in self.ask(f"/roleManagement/directory/{kind}")["value"]}
        users = self.ask("/users?$select=id,userPrincipalName,userType,department")["value"]
        return [user for user in users if user["id"] not in holders and user["userType"] == "Member"
                and user["department"] and not user["userPrincipalName"].startswith("emergency")]

    def administrator(self):
        role = self.ask("/roleManagement/directory/roleAssignments")["value"][-1]
        return self.ask(f"/users/{role['principalId']}")

    def is_enabled(self, user):
        return self.ask(f"/users/{user}?$select=accountEnabled")["accountEnabled"]


class AtTenantAccounts(AtTenant):
    def setUp(self):
        if os.getuid() != 0:
            self.skipTest("telling two persons apart takes sudo's SUDO_USER, which counts for root only")
        super().setUp()
        self.tenant = self.enterContext(SimulatedTenant())
        self.admin = TenantAdmin(self.tenant)
        self.settings(self.tenant.toml([]) + "[respond]\ntenant = \"northwind\"\n"
                      "break_glass = [\"aaaaaaaa-0000-4000-8000-000000000001\"]\n")

    def serve(self):
        return self.site.serve(env=watching.environment(VEDETTE_CLIENT_SECRET=SECRET))

    def actions(self, person, *words):
        return watching.run("actions", *words, "--data", self.site.data,
                            env=watching.environment(SUDO_USER=person, VEDETTE_CLIENT_SECRET=SECRET))

    def decide(self, person, *words):
        code, output, errors = self.actions(person, *words)
        self.assertEqual(code, 0, output + errors)
        return output

    def show(self, number):
        return json.loads(self.decide("anna", "show", str(number), "--format", "json"))

    def wait_for(self, program, number, state):
        def is_there():
            shown = self.show(number)
            return shown if shown["state"] == state else None
        try:
            return program.poll(is_there, f"action {number} {state}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {self.show(number)}") from None


class Actions(AtTenantAccounts):
    def test_an_account_is_locked_by_two_persons_and_given_back(self):
        member = self.admin.members()[0]
        with self.serve() as program:
            program.wait_until_ready()
            self.decide("anna", "ask", member["userPrincipalName"].upper(), "--reason", "phished")
            shown = self.wait_for(program, 1, "waiting_for_approval")
            self.assertEqual(shown["target"], member["id"])
            code, _, errors = self.actions("anna", "approve", "1", "--config", self.site.settings)
            self.assertEqual(code, 1)
            self.assertIn("somebody else must approve it", errors)
            self.assertTrue(self.admin.is_enabled(member["id"]))
            self.decide("berta", "approve", "1", "--config", self.site.settings)
            self.wait_for(program, 1, "done")
            self.assertFalse(self.admin.is_enabled(member["id"]))
            # Everything is stopped, and what was done can be undone all the same.
            self.decide("berta", "stop", "a false alarm")
            self.decide("carl", "ask", self.admin.members()[1]["userPrincipalName"])
            self.assertIn("responses are stopped", self.wait_for(program, 2, "denied")["outcome"])
            self.decide("anna", "undo", "1")
            self.wait_for(program, 1, "undone")
            self.assertTrue(self.admin.is_enabled(member["id"]))
            self.assertIn("STOPPED", self.decide("anna", "list"))
            self.decide("berta", "resume")
            self.assertNotIn("STOPPED", self.decide("anna", "list"))
            self.assertEqual(program.end()[0], 0)
        code, output, errors = watching.run("audit", "verify", "--data", self.site.data)
        self.assertEqual(code, 0, errors)
        self.assertIn("is whole", output)

    def test_who_is_protected_is_not_locked_whoever_approves(self):
        administrator = self.admin.administrator()
        with self.serve() as program:
            program.wait_until_ready()
            self.decide("anna", "ask", administrator["id"])
            self.assertIn("cannot lock: ", self.wait_for(program, 1, "denied")["outcome"])
            self.decide("berta", "approve", "1", "--config", self.site.settings)
            self.assertIn("cannot lock: ", self.wait_for(program, 1, "denied")["outcome"])
            self.assertTrue(self.admin.is_enabled(administrator["id"]))

    def test_the_kill_switch_needs_nothing_but_the_folder(self):
        folder = self.site.folder / "fresh"
        folder.mkdir()
        for verb, is_thrown in [("stop", True), ("stop", True), ("resume", False), ("resume", False)]:
            code, output, errors = watching.run("actions", verb, "--data", folder)
            self.assertEqual(code, 0, output + errors)
            self.assertEqual((folder / "respond.stop").exists(), is_thrown)

    def test_words_that_are_wrong_are_told(self):
        for words, said in [(["aprove", "1"], "did you mean approve?"), (["show", "7"], "no actions yet")]:
            more = ["--data", self.site.data] if words[0] == "show" else []
            code, _, errors = watching.run("actions", *words, *more)
            self.assertNotEqual(code, 0)
            self.assertIn(said, errors)
        code, output, _ = watching.run("actions", "--help")
        self.assertEqual(code, 0)
        self.assertIn("kill switch", output)


if __name__ == "__main__":
    unittest.main()
