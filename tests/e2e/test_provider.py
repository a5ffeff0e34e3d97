"""The provider side, `anspruch serve`: what is answered to whom, what is on record, and what broken clients achieve (nothing).

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_provider.py

Oracles: the case file written here, the OpenAPI description in docs/formats/provider-openapi.json, and the log read with SQL. Our own consumer asks the provider in test_consumer_*.
"""
import json
import os
import re
import shutil
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
import unittest
import warnings

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import terminators
from provider import APPLICANT, BLOCKED, DOUBTFUL, ENDED, FIXTURES, HEADERS, MEMBER, Office, Provider, PUSH, RECIPIENT, STRANGER
from test_registers import ROOT, TOOLS, command

with open(os.path.join(ROOT, "docs", "formats", "provider-openapi.json"), encoding="utf-8") as f:
    OPENAPI = json.load(f)


def conforms(schema, value):
    """The part of JSON Schema that the description uses; an unknown word is an error of the test."""
    known = {"$ref", "oneOf", "type", "const", "enum", "pattern", "required", "properties", "additionalProperties", "description", "minimum", "example"}
    if set(schema) - known:
        raise AssertionError("not understood: %s" % (set(schema) - known))
    if "$ref" in schema:
        return conforms(OPENAPI["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], value)
    if "oneOf" in schema:
        return sum(conforms(s, value) for s in schema["oneOf"]) == 1
    if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
        return False
    if "type" in schema and not isinstance(value, {"object": dict, "string": str, "boolean": bool, "integer": int}[schema["type"]]):
        return False
    if "pattern" in schema and not re.fullmatch(schema["pattern"], value):
        return False
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        return (set(schema.get("required", ())) <= set(value) and (schema.get("additionalProperties", True) or set(value) <= set(properties))
                and all(conforms(properties[k], v) for k, v in value.items() if k in properties))
    return True


class Case(unittest.TestCase):
    def setUp(self):
        self.office = Office()
        self.addCleanup(self.office.remove)
        self.provider = None
        self.addCleanup(self.stop)

    def start(self, change=None):
        self.provider = Provider(self.office, change)
        return self.provider

    def stop(self):
        counts = self.provider.stop() if self.provider else None
        self.provider = None
        return counts

    def sql(self, text, *values):
        db = sqlite3.connect(self.office.store)
        try:
            return db.execute(text, values).fetchall()
        finally:
            db.close()

    def outcomes(self):
        return [r[0] for r in self.sql("SELECT outcome FROM exchange_log ORDER BY id")]


class Answers(Case):
    def record(self, idnr, query="?month=2026-06", service="wohngeld", **more):
        status, _, body = self.provider.call("/%s/%s%s" % (service, idnr, query), **more)
        self.assertEqual(status, 200, body)
        schema = OPENAPI["paths"]["/{service}/{idnr}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        value = json.loads(body)
        self.assertTrue(conforms(schema, value), body)
        self.assertFalse(conforms(schema, dict(value, more=1)), "the description allows nothing else")
        return value.get("record", value["status"])

    def test_what_the_ledger_says(self):
        self.start()
        for idnr, month, expected in ((RECIPIENT, "2026-06", True), (RECIPIENT, "2025-03", True), (RECIPIENT, "2025-02", False), (ENDED, "2026-02", True), (ENDED, "2026-03", False)):
            with self.subTest(idnr=idnr, month=month):
                self.assertEqual(self.record(idnr, "?month=" + month), {"month": month, "recipient": expected})

    def test_no_is_said_only_where_the_ledger_can_carry_it(self):
        self.start()
        for idnr, month, why in ((ENDED, "2024-12", "before the ledger is complete"), (ENDED, "2999-01", "not decided yet"), (APPLICANT, "2026-06", "an application is open"),
                                 (APPLICANT, "2026-03", "it may reach back"), (DOUBTFUL, "2026-06", "two sources name two recipients"), (MEMBER, "2026-06", "the same")):
            with self.subTest(why):
                self.assertEqual(self.record(idnr, "?month=" + month), "undetermined")
        self.assertEqual(self.record(RECIPIENT, "?month=2999-01")["recipient"], True)  # awarded until further notice

    def test_an_empty_ledger_says_nobody_nothing(self):
        db = sqlite3.connect(self.office.store)
        with db:
            db.execute("DELETE FROM award")
        db.close()
        self.start()
        self.assertEqual(self.record(ENDED), "undetermined")

    def test_unknown_and_blocked_are_the_same_bytes(self):
        self.start()
        answers = {i: self.provider.call("/wohngeld/%s?month=2026-06" % i, X_Road_Request_Id="r") for i in (BLOCKED, STRANGER)}
        (one, two) = answers.values()
        self.assertEqual(one[2], b'{"status":"no_data_released"}')
        self.assertEqual((one[0], one[2], [(k, v) for k, v in one[1].items() if k != "Date"]), (two[0], two[2], [(k, v) for k, v in two[1].items() if k != "Date"]))
        self.assertEqual(self.outcomes(), ["answered_no_data"] * 2)
        command("exchange", "unblock", BLOCKED, "--store", self.office.store, "--reason", "ended", "--author", "Muster")
        self.assertEqual(self.record(BLOCKED), {"month": "2026-06", "recipient": True})
        command("exchange", "block", BLOCKED, "--store", self.office.store, "--reason", "again", "--author", "Muster")
        self.assertEqual(self.record(BLOCKED), "no_data_released")

    def test_a_register_that_released_nothing_counts_as_a_block(self):
        db = sqlite3.connect(self.office.store)
        with db:
            db.execute("INSERT OR IGNORE INTO name(text) VALUES('Melderegister')")
            db.execute("INSERT INTO evidence(source, service, subject_key, request_id, xroad_request_id, received_at, outcome) SELECT id, 0, ?, '', '', 1, 1 FROM name WHERE text = 'Melderegister'", (RECIPIENT,))
        db.close()
        self.start()
        self.assertEqual(self.record(RECIPIENT), "no_data_released")

    def test_a_block_needs_reason_and_author(self):
        self.assertIn("E-SERVE-BLOCK", command("exchange", "block", RECIPIENT, "--store", self.office.store, code=2))
        self.assertIn("E-EXCHANGE-IDNR", command("exchange", "block", "1", "--store", self.office.store, "--reason", "x", "--author", "y", code=2))

    def test_only_what_is_asked_for(self):
        self.start()
        kiz = {"X_Road_Client": "TH/GOV/KIZUKASSE/anspruch", "X_Anspruch_Legal_Basis": "%C2%A7 10 Abs. 2 BKGG", "X_Anspruch_Purpose": "Pr%C3%BCfung Kinderzuschlag"}
        self.assertEqual(self.record(RECIPIENT, "?month=2026-06", "wohngeld-hoehe", **kiz), {"month": "2026-06", "amount": "210.50"})
        self.assertEqual(self.record(RECIPIENT, "?month=2025-06&fields=recipient", "wohngeld-hoehe", **kiz), {"month": "2025-06", "recipient": True})
        self.assertEqual(self.record(RECIPIENT, "?month=2025-06&fields=recipient,amount", "wohngeld-hoehe", **kiz), {"month": "2025-06", "recipient": True, "amount": "200.00"})
        self.assertEqual(self.record(ENDED, "?month=2026-06", "wohngeld-hoehe", **kiz), {"month": "2026-06", "amount": "0.00"})
        self.assertEqual(self.provider.ask(RECIPIENT, "?month=2026-06&fields=amount")[0], 403)

    def test_the_present_month_and_both_forms_of_the_path(self):
        self.start()
        self.assertEqual(self.record(RECIPIENT, "")["month"], time.strftime("%Y-%m"))
        for target in ("/r1/TH/GOV/WOGEB/anspruch/wohngeld/" + RECIPIENT, "/wohngeld/%30%30000000100"):
            self.assertEqual(self.provider.call(target)[0], 200, target)
        self.assertEqual(self.provider.call("/r1/TH/GOV/OTHER/anspruch/wohngeld/" + RECIPIENT)[0], 404)

    def test_echo(self):
        self.start()
        _, headers, _ = self.provider.call("/wohngeld/" + RECIPIENT, X_Road_Request_Id="0e7f", X_Road_Request_Hash="aGFzaA==")
        self.assertEqual([headers.get_all(k) for k in ("x-road-client", "x-road-service", "x-road-id", "x-road-request-id", "x-road-request-hash")],
                         [[HEADERS["X-Road-Client"]], ["TH/GOV/WOGEB/anspruch/wohngeld"], [HEADERS["X-Road-Id"]], ["0e7f"], ["aGFzaA=="]])
        self.assertEqual(self.provider.call("/wohngeld/" + RECIPIENT, X_Road_Service="TH/GOV/WOGEB/anspruch/other")[0], 404)

    def test_other_benefits_need_no_c(self):
        """Kindergeld by the package's own declaration, and about the child instead of the recipient."""
        package = self.office.path("kindergeld.anp")
        command("build", "-o", package, "rules/bund/estg/kindergeld")
        lines = [{"kind": "header", "format": "anspruch-casefile/1", "synthetic": True, "seed": 1, "as_of": "2026-10"}]
        lines += [{"kind": "award", "case": "KG-%d" % n, "award": "AW-KG-%d" % n, "benefit": "Kindergeld", "recipient": RECIPIENT, "child": "0000000020%d" % n, "from": "2026-01",
                   "history": [{"from": "2026-01", "amount_cents": 25900}]} for n in (1, 2)]
        self.office.write("kg.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
        command("import", "--store", self.office.store, self.office.path("kg.jsonl"), package)

        def change(document):
            for name, about in (("kindergeld", "recipient"), ("kindergeld-kind", "subject"), ("kindergeld-weg", ["Kindschaft.Berechtigter"])):
                document["services"].append(dict(document["services"][0], service=name, package="kindergeld.anp", benefit="Kindergeld", about=about, fields=["amount"],
                                                 clients=[dict(document["services"][0]["clients"][0], fields=["amount"])]))
        self.start(change)
        self.assertEqual(self.record(RECIPIENT, "?month=2026-06", "kindergeld")["amount"], "518.00")
        self.assertEqual(self.record(RECIPIENT, "?month=2026-06", "kindergeld-weg")["amount"], "518.00")
        self.assertEqual(self.record("00000000201", "?month=2026-06", "kindergeld-kind")["amount"], "259.00")

    def offer(self, package, benefit, lines, about, complete_from):
        """Another office with one service `x`; its provider takes the place of this one."""
        directory = os.path.join(self.office.directory, benefit)
        os.mkdir(directory)
        with open(os.path.join(directory, "cases.jsonl"), "w", encoding="utf-8") as f:
            f.writelines(json.dumps(line) + "\n" for line in [{"kind": "header", "format": "anspruch-casefile/1", "synthetic": True, "seed": 1, "as_of": "2026-10"}] + lines)
        self.office.store = os.path.join(directory, "office.db")
        command("build", "-o", os.path.join(directory, "x.anp"), package)
        command("import", "--store", self.office.store, os.path.join(directory, "cases.jsonl"), os.path.join(directory, "x.anp"))

        def change(document):
            document["services"] = [dict(document["services"][0], service="x", package=benefit + "/x.anp", benefit=benefit, about=about, complete_from=complete_from, fields=["recipient", "amount"],
                                         clients=[dict(document["services"][0]["clients"][0], fields=["recipient", "amount"])])]
        self.stop()
        self.start(change)

    def test_benefits_of_other_units_and_periods(self):
        child, claim = "00000000301", {"kind": "award", "case": "C-1", "award": "AW-1"}
        reference = {"kind": "statement", "case": "C-1", "statement": "ST-1", "facts": {}, "received": "2025-01-02"}
        for package, benefit, unit, references, history, complete, query, yes, no in (
                ("rules/bund/uhvorschg/unterhaltsvorschuss", "Unterhaltsvorschuss", "Sache", {"Kind": child, "Elternteil": RECIPIENT}, {"from": "2026-01", "to": "2026-06", "amount_cents": 22700}, "2025-01", "?month=2026-%02d", 6, 7),
                ("rules/bund/bkgg/kinderzuschlag", "Kinderzuschlag", "Haushalt", {"Berechtigter": RECIPIENT}, {"from": "2026-01", "to": "2026-06", "amount_cents": 29700}, "2025-01", "?month=2026-%02d", 6, 7),
                ("tests/e2e/periods/tag.recht", "Tagegeld", "Antrag", {"Empfänger": RECIPIENT}, {"from": "2026-01-05", "to": "2026-01-09", "amount_cents": 1000}, "2025-01-01", "?period=2026-01-%02d", 9, 10)):
            with self.subTest(benefit):
                self.offer(package, benefit, [dict(reference, unit=unit, key=["A"], references=references), dict(claim, benefit=benefit, unit=unit, key=["A"], **{"from": history["from"]}, history=[history])], "recipient", complete)
                self.assertEqual(self.record(RECIPIENT, query % yes + "&fields=recipient,amount", "x"), {"month" if "month" in query else "period": query.split("=")[1] % yes, "recipient": True, "amount": "%d.00" % (history["amount_cents"] // 100)})
                self.assertEqual(self.record(RECIPIENT, query % no, "x")["recipient"], False)
        self.assertEqual(self.provider.call("/x/%s?month=2026-01" % RECIPIENT)[0], 400, "a benefit by the day is not asked by the month")

    @unittest.skipUnless(shutil.which("curl"), "curl is missing")
    def test_curl(self):
        self.start()
        headers = [part for k, v in HEADERS.items() for part in ("-H", "%s: %s" % (k, v))]
        done = subprocess.run(["curl", "-sS", "--noproxy", "*", "-i", *headers, self.provider.url + "/wohngeld/" + RECIPIENT + "?month=2026-06"], capture_output=True, text=True, timeout=20)
        self.assertTrue(done.stdout.startswith("HTTP/1.1 200"), done)
        self.assertIn('"recipient":true', done.stdout)
        done = subprocess.run(["curl", "-sS", "--noproxy", "*", "--path-as-is", "-o", "-", *headers, self.provider.url + "/wohngeld/../wohngeld/" + RECIPIENT], capture_output=True, text=True, timeout=20)
        self.assertIn("invalid_target", done.stdout)

    def test_members_of_the_household_are_found_by_their_references(self):
        lines = [{"kind": "header", "format": "anspruch-casefile/1", "synthetic": True, "seed": 1, "as_of": "2026-10"},
                 {"kind": "statement", "case": "WG-0000000001", "statement": "ST-M", "unit": "Mitglied", "key": [RECIPIENT, APPLICANT], "references": {"Haushalt": RECIPIENT, "Person": APPLICANT}, "facts": {}, "received": "2025-01-02"}]
        self.office.write("m.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
        command("import", "--store", self.office.store, self.office.path("m.jsonl"), self.office.package)
        self.start(lambda d: d["services"][0].update(about=["Mitglied.Person", "Mitglied.Haushalt"]))
        self.assertEqual(self.record(APPLICANT), {"month": "2026-06", "recipient": True})


class Rights(Case):
    def refused(self, status, kind, target="/wohngeld/" + RECIPIENT, **more):
        got, _, body = self.provider.call(target, **more)
        self.assertEqual((got, json.loads(body)["type"]), (status, kind), body)
        self.assertTrue(conforms(OPENAPI["components"]["schemas"]["Error"], json.loads(body)), body)
        self.assertNotIn(b"recipient\"", body)

    def test_every_refusal_names_its_reason_and_is_on_record(self):
        self.start()
        self.refused(403, "access_denied", X_Road_Client="TH/GOV/NOBODY/anspruch")
        self.refused(403, "legal_basis_not_agreed", X_Anspruch_Legal_Basis="%C2%A7 1 EStG")
        self.refused(403, "purpose_not_agreed", X_Anspruch_Purpose="Neugier")
        self.refused(403, "representation_not_agreed", X_Road_Represented_Party="GOV/OTHER")
        self.refused(400, "idnr_not_declared", X_Anspruch_IdNr_Used="false")
        self.refused(403, "field_not_allowed", "/wohngeld/%s?fields=amount" % RECIPIENT)
        self.refused(400, "invalid_fields", "/wohngeld/%s?fields=iban" % RECIPIENT)
        self.refused(400, "invalid_period", "/wohngeld/%s?month=2026-13" % RECIPIENT)
        self.refused(400, "invalid_period", "/wohngeld/%s?period=2026-H1" % RECIPIENT)
        self.refused(400, "invalid_period", "/wohngeld/%s?period=2026-01&month=2026-01" % RECIPIENT)
        self.refused(400, "invalid_idnr", "/wohngeld/123")
        self.refused(400, "invalid_idnr", "/wohngeld")
        rows = self.sql("SELECT outcome, error_detail, subject_key, register_name FROM exchange_log ORDER BY id")
        self.assertEqual({r[0] for r in rows}, {"refused"})
        self.assertEqual((len(rows), rows[0][1:]), (12, ("access_denied", RECIPIENT, "TH/GOV/NOBODY/anspruch")))
        self.assertEqual([r[2] for r in rows[10:]], ["", ""])
        self.assertIn("12 ", command("audit", "verify", "--store", self.office.store, "--quick"))

    def test_malformed_requests(self):
        self.start()
        for name in HEADERS:
            self.refused(400, "missing_header", drop=(name,))
        self.refused(400, "invalid_header", X_Road_Client="TH/GOV/FAMKA%2Fanspruch")
        self.refused(400, "invalid_header", X_Anspruch_Purpose="%zz")
        self.refused(400, "invalid_header", X_Anspruch_Purpose="%00")
        self.refused(400, "invalid_header", X_Anspruch_Purpose="%ff")
        self.refused(400, "invalid_header", X_Road_Id="x" * 129)
        self.refused(400, "invalid_header", X_Road_Issue="x" * 399)
        for target in ("/wohngeld/..", "/wohngeld//" + RECIPIENT, "/wohngeld/%2e%2e", "/wohngeld/0000000%2F100", "/wohngeld/%00", "/wohngeld/%", "/wohngeld/" + RECIPIENT + "?month", "/" + "a/" * 9, "/wohngeld/" + "1" * 1990):
            self.refused(400, "invalid_target", target)
        self.refused(400, "unknown_parameter", "/wohngeld/%s?idnr=1" % RECIPIENT)
        self.refused(400, "duplicate_parameter", "/wohngeld/%s?month=2026-01&month=2026-02" % RECIPIENT)
        self.refused(404, "unknown_service", "/nothing/" + RECIPIENT)
        self.refused(404, "unknown_service", "/r1/TH/GOV")
        self.refused(405, "method_not_allowed", method="POST", body="x")
        self.refused(405, "method_not_allowed", method="DELETE")
        self.refused(400, "unexpected_body", method="GET", body="x")
        self.assertEqual(self.outcomes(), [], "whoever cannot be told is not on record")

    def test_rates(self):
        def slow(document):
            document["services"][0]["clients"][0]["requests_per_second"] = 3
        self.start(slow)
        answers = [self.provider.call("/wohngeld/" + RECIPIENT) for _ in range(8)]
        self.assertEqual([a[0] for a in answers[:3]], [200] * 3)
        limited = [a for a in answers if a[0] == 429]
        self.assertGreater(len(limited), 1)
        self.assertEqual(limited[0][1]["Retry-After"], "1")
        strangers = [self.provider.call("/wohngeld/" + RECIPIENT, X_Road_Client="TH/GOV/X%d/y" % i)[0] for i in range(6)]
        self.assertEqual((strangers[0], set(strangers[1:]) & {429}), (403, {429}))
        self.assertEqual(len(self.outcomes()), len([a for a in answers if a[0] == 200]) + strangers.count(403))

    def test_without_a_log_nothing_is_said(self):
        self.start()
        db = sqlite3.connect(self.office.store)
        with db:
            db.execute("CREATE TRIGGER full BEFORE INSERT ON exchange_log BEGIN SELECT RAISE(ABORT, 'full'); END")
        status, headers, body = self.provider.call("/wohngeld/" + RECIPIENT)
        self.assertEqual((status, json.loads(body)["type"], headers["Retry-After"]), (503, "unavailable", "30"))
        self.assertNotIn(b"recipient", body)
        status, _, body = self.provider.call("/wohngeld/" + RECIPIENT, X_Road_Client="TH/GOV/NOBODY/anspruch")
        self.assertEqual((status, json.loads(body)["type"]), (503, "unavailable"))
        events = json.dumps({"format": "anspruch-events/1", "feed": "residents", "source": "Melderegister", "events": [{"event_id": "M-1", "event": "move", "day": "2026-11-03", "persons": [RECIPIENT]}]})
        self.assertEqual(self.provider.call("/ereignisse", PUSH, "POST", events)[0], 503)
        self.assertEqual(db.execute("SELECT count(*) FROM life_event").fetchone(), (0,))
        with db:
            db.execute("DROP TRIGGER full")
        db.close()
        self.assertEqual(self.provider.call("/wohngeld/" + RECIPIENT)[0], 200)
        self.assertEqual(self.stop()["failed"], 3)

    def test_disclosure_shows_who_asked(self):
        self.start()
        self.provider.ask(RECIPIENT)
        self.provider.ask(RECIPIENT)  # the same X-Road-Id again: two requests, two rows
        self.provider.ask(RECIPIENT, X_Road_Client="TH/GOV/NOBODY/anspruch")
        rows = json.loads(command("exchange", "disclosure", RECIPIENT, "--json", "--store", self.office.store))["requests"]
        self.assertEqual([(r["direction"], r["register"], r["outcome"], r["purpose"]) for r in rows],
                         [("asked_by", "TH/GOV/FAMKA/anspruch", "answered", "Prüfung Kindergeld")] * 2 + [("asked_by", "TH/GOV/NOBODY/anspruch", "refused", "Prüfung Kindergeld")])

    def test_configuration_is_checked(self):
        def at(*path, **values):
            def change(document):
                for key in path:
                    document = document[key]
                document.update(values)
            return change
        for change, field in ((at("listen", address="0.0.0.0"), "listen"), (at("services", 0, benefit="Nichts"), "benefit"), (at("services", 0, about=["Mitglied.Person"]), "about"),
                              (at("services", 0, about=["Haushalt.Nichts"]), "about"), (at("services", 0, complete_from="2026"), "complete_from"), (at("services", 0, fields=["iban"]), "fields"),
                              (at("services", 0, "clients", 0, legal_bases=["irgendeine"]), "legal_bases"), (at("services", 0, "clients", 0, fields=["amount"]), "fields"),
                              (at("services", 0, "clients", 0, client_id="TH/GOV"), "client_id"), (at("services", 0, service="r1"), "service"), (at("services", 2, receives="all"), "receives"),
                              (at("limits", connections=0), "connections"), (at("services", 0, mode="open"), "mode"), (at("services", 0, clients=[]), "clients")):
            with self.subTest(field=field):
                text = command("serve", "--lang", "en", "--config", self.office.config(change), "--store", self.office.store, code=6)
                self.assertIn("E-EXCHANGE-CONFIG", text)
                self.assertIn(field, text)
        self.assertIn("E-PKG", command("serve", "--config", self.office.config(at("services", 0, package="cases.jsonl")), "--store", self.office.store, code=4))
        self.start()
        self.assertIn("E-SERVE-LISTEN", command("serve", "--config", self.office.config(at("listen", port=self.provider.port), "second.json"), "--store", self.office.store, code=6))


class Push(Case):
    def push(self, *events, feed="residents", source="Melderegister", text=None, **more):
        body = text if text is not None else json.dumps({"format": "anspruch-events/1", "feed": feed, "source": source, "events": events})
        status, _, answer = self.provider.call("/ereignisse", PUSH, "POST", body, **more)
        return status, json.loads(answer)

    def kept(self):
        return self.sql("SELECT event_id FROM life_event ORDER BY event_id")

    def test_events_are_taken_over_once(self):
        self.start()
        move = {"event_id": "M-1", "event": "move", "day": "2026-11-03", "persons": [RECIPIENT, STRANGER]}
        self.assertEqual(self.push(move), (200, {"events": 1}))
        self.assertEqual(self.push(move), (200, {"events": 1}), "who is known here cannot be told from the answer")
        self.assertEqual(self.kept(), [("M-1",)])
        self.assertEqual(self.push({"event_id": "S-1", "event": "cancellation", "replaces": "M-1"}), (200, {"events": 1}))
        self.assertEqual(self.sql("SELECT event_id FROM event_cancelled"), [("M-1",)])
        self.assertEqual(self.outcomes(), ["events_received"] * 3)
        self.assertEqual(self.stop()["events"], 3)

    def test_whole_or_not_at_all_and_only_in_the_own_name(self):
        self.start(lambda d: d["services"][2]["clients"][0].update(requests_per_second=100))
        good = {"event_id": "M-1", "event": "move", "day": "2026-11-03", "persons": [RECIPIENT]}
        for status, kind, call in ((400, "invalid_events", lambda: self.push(good, dict(good, event_id="M-2", day="2026-02-30"))), (400, "invalid_events", lambda: self.push(good, feed="other")),
                                   (400, "invalid_events", lambda: self.push(good, source="Standesamt")), (400, "invalid_events", lambda: self.push(text='{"format":1,"format":1}')),
                                   (400, "invalid_events", lambda: self.push(text="")), (415, "unsupported_media_type", lambda: self.push(good, Content_Type="text/plain")),
                                   (403, "access_denied", lambda: self.push(good, X_Road_Client="TH/GOV/FAMKA/anspruch")), (413, "too_large", lambda: self.push(text=" " * 2000000))):
            got, body = call()
            self.assertEqual((got, body["type"]), (status, kind))
        self.assertEqual(self.provider.call("/ereignisse/x", PUSH, "POST", "{}")[0], 400)
        self.assertEqual(self.provider.call("/ereignisse", PUSH)[0], 405)
        self.assertEqual(self.kept(), [])

    def test_chunked_body(self):
        self.start()
        body = json.dumps({"format": "anspruch-events/1", "feed": "residents", "source": "Melderegister", "events": [{"event_id": "M-%d" % i, "event": "death", "day": "2026-11-03", "persons": [RECIPIENT]} for i in range(2000)]}).encode()
        self.assertEqual(self.provider.call("/ereignisse", PUSH, "POST", iter([body[i:i + 1000] for i in range(0, len(body), 1000)]))[0], 200)
        self.assertEqual(len(self.kept()), 2000)


class BrokenClients(Case):
    def raw(self, data, wait=5.0):
        """Sends bytes, returns what comes back until the peer closes or the time is over."""
        with socket.create_connection(("127.0.0.1", self.provider.port), timeout=wait) as s:
            got = b""
            try:
                s.sendall(data)
                while True:
                    part = s.recv(65536)
                    if not part:
                        return got, True
                    got += part
            except socket.timeout:
                return got, False
            except ConnectionError:
                return got, True

    def request(self, extra=b"", target=b"/wohngeld/" + RECIPIENT.encode()):
        head = b"".join(b"%s: %s\r\n" % (k.encode(), v.encode()) for k, v in HEADERS.items())
        return b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n" + head + extra + b"\r\n"

    def alive(self):
        self.assertEqual(self.provider.call("/wohngeld/" + RECIPIENT)[0], 200)

    def test_garbage(self):
        self.start(lambda d: d["limits"].update(request_ms=1000))
        for data in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\0" * 5000, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET http://[::/ HTTP/1.1\r\nHost: x\r\n\r\n",
                     self.request(b"X-Flood: " + b"a" * 100000 + b"\r\n"), self.request(b"".join(b"X-%d: y\r\n" % i for i in range(5000))), self.request(target=b"/" + b"a" * 60000), b"POST /ereignisse HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                     b"POST /ereignisse HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b""):
            answer, closed = self.raw(data)
            self.assertTrue(closed, data[:40])
            self.assertNotIn(b" 200 ", answer[:20])
            self.alive()

    def test_duplicate_headers_are_no_choice(self):
        self.start()
        for name in HEADERS:
            answer, _ = self.raw(self.request(b"%s: %s\r\nConnection: close\r\n" % (name.lower().encode(), HEADERS[name].encode())))
            self.assertIn(b"duplicate_header", answer)

    def test_pipelined_requests_are_answered_in_order(self):
        self.start()
        answer, _ = self.raw(self.request() + self.request(target=b"/wohngeld/" + STRANGER.encode()) + self.request(b"Connection: close\r\n"))
        bodies = [part.split(b"\r\n\r\n", 1)[1] for part in answer.split(b"HTTP/1.1 200 OK")[1:]]
        self.assertEqual([b"found" in b for b in bodies], [True, False, True])

    def test_slow_clients_are_cut(self):
        """One byte now and then keeps no connection: the whole request has one deadline."""
        self.start(lambda d: d["limits"].update(request_ms=700, connections=4))
        head = self.request()
        body = b"POST /ereignisse HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
        ended = []

        def drip(data):
            s = socket.create_connection(("127.0.0.1", self.provider.port), timeout=10)
            try:
                for i in range(200):
                    s.sendall(data[i:i + 1] or b"x")
                    time.sleep(0.05)
            except OSError:
                ended.append(True)
            finally:
                s.close()
        threads = [threading.Thread(target=drip, args=(d,)) for d in (head, b"G", body, body)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(len(ended), 4)
        self.alive()
        self.assertGreaterEqual(self.stop()["cut"], 4)

    def test_many_connections_do_not_starve_for_ever(self):
        self.start(lambda d: d["limits"].update(request_ms=700, connections=8))
        held = [socket.create_connection(("127.0.0.1", self.provider.port)) for _ in range(40)]
        time.sleep(2.5)
        for s in held:
            s.close()
        self.alive()

    def test_who_hangs_up_early_is_still_on_record(self):
        self.start()
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", self.provider.port)) as s:
                s.sendall(self.request())
        self.alive()
        self.assertGreaterEqual(len(self.outcomes()), 1)
        self.assertEqual(set(self.outcomes()), {"answered"})

    def test_a_request_under_way_ends_before_the_server(self):
        self.start()
        body = json.dumps({"format": "anspruch-events/1", "feed": "residents", "source": "Melderegister", "events": []}).encode()
        head = b"".join(b"%s: %s\r\n" % (k.encode(), v.encode()) for k, v in PUSH.items())
        s = socket.create_connection(("127.0.0.1", self.provider.port), timeout=10)
        s.sendall(b"POST /ereignisse HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n%s\r\n" % (len(body), head) + body[:5])
        deadline = time.monotonic() + 10
        self.alive()
        self.provider.process.send_signal(15)
        while time.monotonic() < deadline:  # no new connection is taken
            try:
                socket.create_connection(("127.0.0.1", self.provider.port), timeout=1).close()
            except OSError:
                break
        s.sendall(body[5:])
        answer = b""
        while part := s.recv(65536):
            answer += part
        s.close()
        self.assertIn(b"HTTP/1.1 200 OK", answer)
        text, _ = self.provider.process.communicate(timeout=30)
        self.provider = None
        self.assertEqual(json.loads(text)["answered"], 1)


@unittest.skipUnless(shutil.which("openssl"), "openssl is missing")
class Tls(Case):
    def setUp(self):
        super().setUp()
        subprocess.run(["sh", os.path.join(TOOLS, "make-certs.sh"), self.office.path("certs")], check=True, capture_output=True)
        subprocess.run(["sh", os.path.join(TOOLS, "make-certs.sh"), self.office.path("other")], check=True, capture_output=True)

    def context(self, client=None):
        context = ssl.create_default_context(cafile=self.office.path("certs/ca.crt"))
        context.check_hostname = False
        if client:
            context.load_cert_chain(self.office.path(client + "/client.crt"), self.office.path(client + "/client.key"))
        return context

    def test_client_certificates(self):
        self.start(lambda d: d["listen"].update(tls={"certificate": "certs/server.crt", "key": "certs/server.key", "client_ca": "certs/ca.crt"}))
        self.assertEqual(self.provider.call("/wohngeld/" + RECIPIENT, context=self.context("certs"))[0], 200)
        for client in (None, "other"):
            status, _, body = self.provider.call("/wohngeld/" + RECIPIENT, context=self.context(client))
            self.assertEqual((status, json.loads(body)["type"]), (403, "unknown_peer"))
        old = self.context("certs")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # old on purpose
            old.minimum_version = ssl.TLSVersion.TLSv1
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        with self.assertRaises(OSError):
            self.provider.call("/wohngeld/" + RECIPIENT, context=old)
        self.assertEqual(len(self.outcomes()), 1)

    def test_behind_a_program_that_ends_tls(self):
        """The usual place: TLS ends on this machine, and what the other side did wrong there never reaches the provider."""
        kinds = [k for k in terminators.ALL if not k.missing()]
        if not kinds:
            self.skipTest("; ".join(k.missing() for k in terminators.ALL))
        self.start(lambda d: d.setdefault("limits", {}).update(request_ms=2000))
        certs = self.office.path("certs")
        direct = self.provider.ask(RECIPIENT)
        self.assertEqual((direct[0], direct[1]["status"]), (200, "found"))
        plain, served = self.provider.port, 1
        for kind in kinds:
            with self.subTest(peer=kind.name), kind(self.office.directory, "127.0.0.1:%d" % plain, os.path.join(certs, "server"), os.path.join(certs, "client"), os.path.join(certs, "ca")) as peer:
                self.provider.port = peer.port
                try:
                    self.assertEqual(self.provider.ask(RECIPIENT, context=self.context("certs")), direct)
                    status, headers, _ = self.provider.call("/wohngeld/" + RECIPIENT + "?month=2026-06", context=self.context("certs"))
                    self.assertEqual((status, [headers.get_all(name) for name in ("x-road-client", "x-road-id")]), (200, [[HEADERS["X-Road-Client"]], [HEADERS["X-Road-Id"]]]))
                    served += 2
                    for client in (None, "other"):
                        with self.assertRaises(OSError):      # an alert, since TLS 1.3 in the place of the answer
                            self.provider.call("/wohngeld/" + RECIPIENT, context=self.context(client))
                    # What haproxy reads for itself or stunnel passes on: refused by either, and none of it is a question on record.
                    for bad in (b"GET /wohngeld/" + RECIPIENT.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"GET /wohngeld/ HTTP/9.9\r\n\r\n", b"\x00\x01\r\n\r\n"):
                        with socket.create_connection(("127.0.0.1", peer.port), 20) as raw, self.context("certs").wrap_socket(raw) as secure:
                            secure.sendall(bad)
                            said = secure.recv(65536)
                            self.assertRegex(said, rb"^(HTTP/1\.[01] [45]|$)", bad)
                finally:
                    self.provider.port = plain
        self.assertEqual(self.outcomes(), ["answered"] * served)

    def test_another_address_needs_them(self):
        def change(document):
            document["listen"].update(address="0.0.0.0", tls={"certificate": "certs/server.crt", "key": "certs/server.key"})
        self.assertIn("client_ca", command("serve", "--config", self.office.config(change), "--store", self.office.store, code=6))


class Consumer(Case):
    """Our own consumer asks our own provider: Kinderzuschlag about Wohngeld."""

    def setUp(self):
        super().setUp()
        self.package = self.office.path("kinderzuschlag.anp")
        self.consumer = self.office.path("consumer.db")
        command("build", "-o", self.package, "rules/bund/bkgg/kinderzuschlag")
        lines = [{"kind": "header", "format": "anspruch-casefile/1", "synthetic": True, "seed": 1, "as_of": "2026-10"}]
        for n, person in enumerate((RECIPIENT, ENDED, APPLICANT, BLOCKED, STRANGER)):
            name = "KZ-%010d" % n
            lines += [{"kind": "statement", "case": name, "statement": "ST-" + name, "unit": "Haushalt", "key": [person], "references": {"Berechtigter": person}, "facts": {}, "received": "2026-10-02"},
                      {"kind": "application", "case": name, "application": "AN-" + name, "benefit": "Kinderzuschlag", "unit": "Haushalt", "key": [person], "received": "2026-10-02", "stated": {}}]
        self.office.write("kiz.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
        command("import", "--store", self.consumer, self.office.path("kiz.jsonl"), self.package)

    def test_consumer_and_provider_agree_and_keep_the_same_record(self):
        self.start()
        shutil.copytree(os.path.join(FIXTURES, "mappings"), self.office.path("mappings"))
        with open(os.path.join(FIXTURES, "kinderzuschlag.json"), encoding="utf-8") as f:
            config = dict(json.load(f), server_url=self.provider.url)
        config["policy"]["authorisations"] = os.path.join(FIXTURES, config["policy"]["authorisations"])
        self.office.write("consumer.json", json.dumps(config))
        report = json.loads(command("fetch", "--json", "--no-progress", "--store", self.consumer, "--config", self.office.path("consumer.json"), "--month", time.strftime("%Y-%m"), self.package))
        self.assertEqual((report["requests"], report["no_data"], report["invalid"], report["failed"]), (5, 2, 1, 0))
        db = sqlite3.connect(self.consumer)
        self.addCleanup(db.close)
        facts = db.execute("SELECT s.key, a.state, a.number FROM assertion a JOIN name f ON f.id = a.fact JOIN name o ON o.id = a.source JOIN subject s ON s.id = a.subject "
                           "WHERE f.text = 'Wohngeld' AND o.text = 'Wohngeldbehörde' AND a.superseded_at = 0 ORDER BY 1").fetchall()
        self.assertEqual(facts, [(RECIPIENT, 0, 21050), (ENDED, 0, 0), (APPLICANT, 2, 0), (BLOCKED, 2, 0), (STRANGER, 2, 0)])
        asked = db.execute("SELECT request_id, xroad_request_id, subject_key, legal_basis, purpose, case_id FROM exchange_log WHERE outcome <> 'sent' ORDER BY request_id").fetchall()
        answered = self.sql("SELECT request_id, xroad_request_id, subject_key, legal_basis, purpose, case_id FROM exchange_log ORDER BY request_id")
        self.assertEqual((len(asked), asked), (5, answered))


if __name__ == "__main__":
    unittest.main()
