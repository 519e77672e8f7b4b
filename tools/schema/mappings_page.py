#!/usr/bin/env python3
"""Writes docs/guides/cloud-tables.md from schema/mappings/*.txt and schema/sign_in_errors.txt:
mappings_page.py > docs/guides/cloud-tables.md (--check: says whether the page is what they say now)."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "guides" / "cloud-tables.md"
INTRODUCTION = """# What cloud services say, as tables

Written by `tools/schema/mappings_page.py` from `schema/mappings/*.txt` and `schema/sign_in_errors.txt`; do not edit.

Each record that a service answers is a row of the first table below whose condition holds. A text column takes an
object as JSON text, a dynamic one as a value; members that are null are left out; a member that is in no column is
in no table. `TimeGenerated` is the time named here. A record is known by its id: the same id with the same content
is stored once, with other content the new version takes the old one's place. What has another type than its column
is left out of the row, and the whole record is in `VedetteQuarantine` too, with the reason; so is a record that
cannot be read at all. Answers of Log Analytics queries go into the table they were asked for, by the names and types
of the local schema.

Sign-ins are rows of `ASimAuthenticationEventLogs` as well, and log-ins for the detectors of brute force, password
spraying and successes after failures: [which error codes count](#error-codes-of-sign-ins) is told at the end.
"""


def words(line):
    found, rest = [], line.strip()
    while rest and not rest.startswith("#"):
        if rest[0] == '"':
            text, _, rest = rest[1:].partition('"')
            found.append(f'"{text}"')
        else:
            text, _, rest = rest.partition(" ")
            found.append(text)
        rest = rest.strip()
    return found


def source(word):
    known = {"@tenant": "the tenant", "@received": "time of receipt", "@day": "day of receipt",
             "@record": "the whole record"}
    if word.startswith("/"):
        return f"`{word[1:]}` of the whole answer"
    return known.get(word, word if word.startswith('"') else f"`{word}`")


def mappings(text):
    out, names = [], {}
    for line in text.splitlines():
        found = words(line)
        if not found:
            continue
        if found[0] == "names":
            names[found[1]] = found[2:]
        elif found[0] == "format":
            settings = dict(word.split("=", 1) for word in found[2:])
            ids = " and ".join(source(word) for word in settings["id"].split(","))
            times = ", else ".join(source(word) for word in settings["time"].split(","))
            out.append(f"\n## {found[1]}\n\nId: {ids}. Time: {times}.\n")
        elif found[0] == "table":
            when = f", when `{found[3]}` is {' or '.join(found[4:])}" if len(found) > 2 else ""
            out.append(f"\n### {found[1]}{when}\n\n| column | comes from |\n| --- | --- |\n")
        else:
            sources = ", else ".join(source(word) for word in found[1:] if not word.startswith(":"))
            how = [word[1:] for word in found[1:] if word.startswith(":")]
            out.append(f"| {found[0]} | {sources}{' (' + how[0] + ')' if how else ''} |\n")
    return "".join(out)


def page():
    out = [INTRODUCTION]
    for name in ("graph", "office", "sentinel"):
        out.append(mappings((ROOT / "schema" / "mappings" / f"{name}.txt").read_text(encoding="utf-8")))
    out.append("\n## Error codes of sign-ins\n\nOnly `credential` counts as a failed log-in, and only a success for "
               "which a credential was given as a\nsuccess. A code that is not here counts as neither.\n\n"
               "| class | code | name | EventResultDetails |\n| --- | --- | --- | --- |\n")
    for line in (ROOT / "schema" / "sign_in_errors.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            out.append("| " + " | ".join(line.split(" ", 3)) + " |\n")
    return "".join(out)


def main():
    text = page()
    if "--check" not in sys.argv[1:]:
        sys.stdout.write(text)
    elif PAGE.read_text(encoding="utf-8") != text:
        sys.exit(f"{PAGE.relative_to(ROOT)} is not what the data says; write it anew: "
                 "tools/schema/mappings_page.py > " + str(PAGE.relative_to(ROOT)))


main()
