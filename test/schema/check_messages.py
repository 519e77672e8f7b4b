#!/usr/bin/env python3
"""Holds the bodies that the channels make against the services' own descriptions.

Usage: check_messages.py WRITE_MESSAGE_BODIES SOURCE_FOLDER SHARED_FOLDER WORK_FOLDER

Runs WRITE_MESSAGE_BODIES to write bodies (harmless, bare and hostile) into WORK_FOLDER, then checks
- Discord's with the execute-webhook schema of its OpenAPI description, and with its documented limits;
- Slack's with the Block Kit limits file;
- Teams' with the Adaptive Card schema 1.4 and the size that it takes;
- the webhook's signature scheme with an HMAC computed here.
Exit 77 (skipped, said loudly) when the descriptions or python3-jsonschema are not there.
"""
import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

SKIPPED = 77


def skip(why):
    print(f"SKIPPED: {why}")
    sys.exit(SKIPPED)


def units(text):
    """What Discord and Slack count at most: UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


class Report:
    def __init__(self):
        self.checked = 0
        self.failed = []

    def expect(self, truth, where, what):
        self.checked += 1
        if not truth:
            self.failed.append(f"{where}: {what}")


def for_json_schema(node):
    """OpenAPI 3.1 is JSON Schema 2020-12, except that Discord marks exclusive unions by its own
    "x-discord-union"; formats with a pattern of their own stay. Only $refs are rewritten to $defs."""
    if isinstance(node, dict):
        return {
            key: value.replace("#/components/schemas/", "#/$defs/")
            if key == "$ref" and isinstance(value, str)
            else for_json_schema(value)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [for_json_schema(item) for item in node]
    return node


def discord_validator(shared, jsonschema):
    path = shared / "contracts/discord/webhook-execute.openapi.json"
    description = json.loads(path.read_text())
    (operation,) = [item["post"] for item in description["paths"].values() if "post" in item]
    body = operation["requestBody"]["content"]["application/json"]["schema"]
    schema = for_json_schema(body)
    schema["$defs"] = for_json_schema(description["components"]["schemas"])
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def check_discord(body, validator, where, report):
    errors = [error.message[:200] for error in validator.iter_errors(body)]
    report.expect(not errors, where, f"schema: {errors}")
    report.expect(body.get("allowed_mentions") == {"parse": []}, where, "mentions are possible")
    report.expect(units(body.get("content", "")) <= 2000, where, "content")
    embeds = body["embeds"]
    report.expect(1 <= len(embeds) <= 10, where, "number of embeds")
    total = 0
    for embed in embeds:
        texts = [(embed.get("title", ""), 256), (embed.get("description", ""), 4096),
                 (embed.get("footer", {}).get("text", ""), 2048)]
        report.expect(len(embed.get("fields", [])) <= 25, where, "number of fields")
        for field in embed.get("fields", []):
            report.expect(field["name"].strip() and field["value"].strip(), where, "an empty field")
            texts += [(field["name"], 256), (field["value"], 1024)]
        for text, limit in texts:
            report.expect(units(text) <= limit, where, f"{units(text)} over {limit}")
            total += units(text)
    report.expect(total <= 6000, where, f"embeds together {total}")


def check_slack(body, limits, where, report):
    blocks = body["blocks"]
    low, high = limits["text_object.text"]
    report.expect(body["text"], where, "no text")
    report.expect(units(body["text"]) <= limits["message"]["text_recommended_chars"], where, "text")
    report.expect(len(blocks) <= limits["message"]["blocks"], where, "number of blocks")
    # "All blocks together over about 13,000 characters have been refused."
    report.expect(units(json.dumps(blocks, ensure_ascii=False)) <= 13000, where, "blocks together")

    def text_object(value, limit):
        report.expect(value["type"] == "plain_text" and value["emoji"] is False, where, "not plain text")
        report.expect(low <= units(value["text"]) <= min(high, limit), where, f"text of {units(value['text'])}")
        report.expect("<" not in value["text"] and ">" not in value["text"], where, "unescaped")

    for block in blocks:
        kind = block["type"]
        if kind == "header":
            text_object(block["text"], limits["header.text"])
        elif kind == "section":
            report.expect("text" in block or block.get("fields"), where, "an empty section")
            if "text" in block:
                text_object(block["text"], limits["section.text"][1])
            report.expect(len(block.get("fields", [])) <= limits["section.fields"], where, "fields")
            for field in block.get("fields", []):
                text_object(field, limits["section.fields.text"])
        elif kind == "context":
            report.expect(1 <= len(block["elements"]) <= limits["context.elements"], where, "elements")
            for element in block["elements"]:
                text_object(element, high)
        else:
            report.expect(False, where, f"unexpected block {kind}")


def teams_validator(shared, jsonschema):
    """The card's schema has $ref beside other members in draft 6's way, where they are passed over."""
    schema = json.loads((shared / "contracts/teams/adaptive-card-1.4.0.schema.json").read_text(encoding="utf-8-sig"))
    return jsonschema.Draft6Validator(schema)


TEAMS_BYTES_MAX = 21_000  # 28 KB by the documentation; less was seen to fail


def check_teams(body, validator, where, report):
    report.expect(len(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()) <= TEAMS_BYTES_MAX,
                  where, "size")
    report.expect(set(body) == {"type", "attachments"} and body["type"] == "message", where, "envelope")
    (attachment,) = body["attachments"]
    report.expect(attachment["contentType"] == "application/vnd.microsoft.card.adaptive", where, "content type")
    card = dict(attachment["content"])
    # Teams' own extension, which the schema does not know: nobody is mentioned by it.
    report.expect(card.pop("msteams") == {"width": "Full"}, where, "msteams")
    errors = [error.message[:200] for error in validator.iter_errors(card)]
    report.expect(not errors, where, f"schema: {errors}")
    texts = [block["text"] for block in card["body"] if block["type"] == "TextBlock"]
    texts += [fact["value"] for block in card["body"] if block["type"] == "FactSet" for fact in block["facts"]
              if fact["title"] != "First and last (UTC)"]
    for text in texts:
        # Bold, italic, code, struck out, links; lists and headings at the start of a line. A link needs its brackets.
        plain = re.sub(r"\\.", "", text)
        report.expect(not re.search(r"[*_\[\]<>`~]", plain), where, f"markup in {text[:80]}")
        report.expect(not re.search(r"(?m)^ *[-+#]", text), where, f"a list or heading in {text[:80]}")
        shown = re.sub(r"\\(.)", r"\1", text)
        report.expect(not re.search(r"(?<!\[)://", shown), where, "a link")


def check_signature_vector(report):
    """The vector that src/notify/channels_test.cpp holds our signature against, computed independently."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    content = b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}'
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    report.expect(signature == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "vector", signature)


def main():
    writer, source, shared_beside, work_folder = sys.argv[1:]
    shared = pathlib.Path(os.environ.get("VEDETTE_SHARED", shared_beside))
    work = pathlib.Path(work_folder)
    if not (shared / "contracts/discord").is_dir():
        skip(f"{shared}/contracts is not there: the services' descriptions are not part of this repository")
    try:
        import jsonschema
    except ImportError:
        skip("python3-jsonschema is not installed")

    shutil.rmtree(work, ignore_errors=True)
    subprocess.run([writer, source, str(work)], check=True)

    report = Report()
    check_signature_vector(report)
    validator = discord_validator(shared, jsonschema)
    # The schema must be able to say no, or its yes is worth nothing.
    for wrong in ({"embeds": [{"title": "x" * 257}]}, {"embeds": [{"fields": [{"name": "x"}]}]},
                  {"embeds": "x"}, {"allowed_mentions": {"parse": ["everything"]}}):
        report.expect(not validator.is_valid(wrong), "schema", f"accepts {str(wrong)[:60]}")
    limits = json.loads((shared / "contracts/slack/block-kit-limits.json").read_text())
    cards = teams_validator(shared, jsonschema)
    for wrong in ({"type": "AdaptiveCard", "version": 5}, {"type": "AdaptiveCard", "version": "1.4", "body": [{"type": "TextBlock"}]},
                  {"type": "AdaptiveCard", "version": "1.4", "body": [{"type": "FactSet", "facts": [{"title": 1}]}]}):
        report.expect(not cards.is_valid(wrong), "card schema", f"accepts {str(wrong)[:60]}")
    bodies = 0
    for path in sorted(work.glob("*/*.json")):
        body = json.loads(path.read_text(encoding="utf-8"))
        where = f"{path.parent.name}/{path.name}"
        bodies += 1
        if path.parent.name == "discord":
            check_discord(body, validator, where, report)
        elif path.parent.name == "slack":
            check_slack(body, limits, where, report)
        elif path.parent.name == "teams":
            check_teams(body, cards, where, report)
    report.expect(bodies > 1000, "bodies", f"only {bodies} were written")
    print(f"{bodies} bodies, {report.checked} checks, {len(report.failed)} failed")
    for line in report.failed[:20]:
        print("  " + line)
    sys.exit(1 if report.failed else 0)


main()
