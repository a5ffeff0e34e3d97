"""Registers asked by SOAP: the same facts as by REST, every way a SOAP peer can go wrong, retries, keys and limits.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_soap.py

Oracle: the same registers asked by REST, and the stand-in's own access log. All data is synthetic.
"""
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from test_mappings import EXCHANGE, ROOT, command
from test_registers import Server, generate

SERVICE = "TH/GOV/VERSORGUNG/disability/person"
UNKNOWN = 2
PACKAGE = "rules/bund/wogg/wohngeld"
# mode of the stand-in: (class in the exchange log, exit code of fetch). 6: the operator must hear about it.
MODES = {
    "soap_wrong_id": ("security_incident", 6), "soap_missing_client": ("security_incident", 6), "soap_duplicate_id": ("security_incident", 6), "soap_other_service": ("security_incident", 6),
    "soap_fault_other_header": ("security_incident", 6), "soap_fault_200": ("outcome_unknown", 0), "soap_fault_500": ("outcome_unknown", 0), "soap_fault_client": ("our_fault", 6),
    "soap_forged_fault": ("provider_error", 0), "soap_business_fault": ("provider_error", 0), "soap_multipart": ("invalid", 0), "soap_other_body": ("invalid", 0), "soap_12": ("invalid", 0),
    "soap_empty_body": ("invalid", 0), "soap_xxe": ("invalid", 0), "soap_bomb": ("invalid", 0), "soap_deep": ("invalid", 0), "html_200": ("invalid", 0), "xml_error": ("invalid", 0),
    "truncated": ("invalid", 0), "invalid_utf8": ("invalid", 0), "gzip_bomb": ("invalid", 0), "redirect": ("invalid", 0), "oversized": ("invalid", 0), "header_flood": ("invalid", 0),
    "early_close": ("outcome_unknown", 0), "close_at_once": ("outcome_unknown", 0), "http_500": ("outcome_unknown", 0), "http_404": ("provider_error", 0), "not_what_was_asked": ("invalid", 0)}


class Exchange(unittest.TestCase):
    """A population, its case file imported, a stand-in; no tests of its own."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.package = os.path.join(cls.directory, "wohngeld.anp")
        command("build", "-o", cls.package, PACKAGE)
        assert generate(cls.directory, "--households", "150", "--seed", "3", "--benefits").returncode == 0
        cls.server = Server(cls.directory, *cls.options())
        cls.addClassCleanup(cls.server.stop)
        cls.imported = os.path.join(cls.directory, "imported.db")
        command("import", "--store", cls.imported, os.path.join(cls.directory, "casefile-wohngeld.jsonl"), cls.package)

    @classmethod
    def options(cls):
        return ()

    def setUp(self):
        self.server.control("DELETE", "/faults")

    def config(self, name="wohngeld-soap.json", only="disability", change=None, **changes):
        """`only`: the one register to ask, None for all; `change` is given the entry of that one, or of the register asked by SOAP."""
        with open(os.path.join(EXCHANGE, name), encoding="utf-8") as file:
            config = json.load(file)
        if only:
            config["registers"] = [r for r in config["registers"] if r["register"] == only]
        for register in config["registers"]:
            register["mapping"] = os.path.join(EXCHANGE, register["mapping"])
            if change and register["register"] == (only or "disability"):
                change(register)
        config["policy"]["authorisations"] = os.path.join(EXCHANGE, config["policy"]["authorisations"])
        config.update({"server_url": "http://" + self.server.ready["http"], "backoff_ms": 1, "max_attempts": 3, "freshness_hours": 0}, **changes)
        path = os.path.join(tempfile.mkdtemp(dir=self.directory), name)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(config, file)
        return path

    def store(self):
        target = os.path.join(tempfile.mkdtemp(dir=self.directory), "store.db")
        shutil.copy(self.imported, target)
        return target

    def fetch(self, store, config, code=0):
        text = command("fetch", "--json", "--no-progress", "--store", store, "--config", config, "--month", "2026-11", self.package, code=code)
        return json.loads(text)

    def rows(self, store, sql, *values):
        database = sqlite3.connect(store)
        try:
            return database.execute(sql, values).fetchall()
        finally:
            database.close()

    def facts(self, store):
        return sorted(self.rows(store, "SELECT s.key, f.text, o.text, a.from_day, a.to_day, a.state, a.number FROM assertion a JOIN subject s ON s.id = a.subject JOIN name f ON f.id = a.fact "
                                       "JOIN name o ON o.id = a.source WHERE a.superseded_at = 0"), key=repr)

    def entries(self, since=0):
        self.server.control("GET", "/stats")
        with open(self.server.log, encoding="utf-8") as file:
            return [json.loads(line) for line in file][since:]

    def person(self):
        """Somebody about whom the disability register is asked and has data."""
        store = self.store()
        self.fetch(store, self.config())
        return self.rows(store, "SELECT e.subject_key FROM evidence e WHERE e.outcome = 0 ORDER BY 1 LIMIT 1")[0][0]


class Soap(Exchange):
    def test_soap_and_rest_deliver_the_same_facts(self):
        rest, soap = self.store(), self.store()
        first = self.fetch(rest, self.config("wohngeld.json", only=None))
        second = self.fetch(soap, self.config(only=None))
        self.assertEqual((second["invalid"], second["failed"]), (0, 0))
        self.assertEqual(first, second)
        self.assertEqual(self.facts(rest), self.facts(soap))
        self.assertTrue(any(fact == "GdB" and state == 0 and number for _, fact, _, _, _, state, number in self.facts(soap)), "nobody is disabled: the comparison shows nothing")

    def test_what_is_sent(self):
        since = len(self.entries())
        store = self.store()
        self.fetch(store, self.config(user_id="DEanspruch"))
        entries = self.entries(since)
        self.assertTrue(entries and all(e["soap"] and e["version"] == "v1" and e["legal_basis"] == "§ 33 Abs. 2 WoGG" and e["purpose"] == "Prüfung Wohngeld" and e["issue"] for e in entries))
        ids, keys = {e["x_road_id"] for e in entries}, {e["idempotency_key"] for e in entries}
        self.assertEqual((len(ids), len(keys)), (len(entries), len(entries)))
        logged = {row[0] for row in self.rows(store, "SELECT request_id FROM exchange_log WHERE outcome = 'sent'")}
        self.assertEqual(logged, ids, "every request of the server's log is in ours, and no other")

    def test_every_broken_answer_is_classified_and_believed_by_nobody(self):
        person = self.person()
        for mode, (outcome, code) in MODES.items():
            with self.subTest(mode=mode):
                self.server.control("DELETE", "/faults")
                self.assertEqual(self.server.control("POST", "/faults", {"mode": mode, "service": SERVICE, "idnr": person, "count": -1})[0], 200)
                store = self.store()
                command("fetch", "--no-progress", "--store", store, "--config", self.config(), "--month", "2026-11", self.package, code=code)
                said = self.rows(store, "SELECT outcome, error_detail FROM exchange_log WHERE subject_key = ? AND outcome <> 'sent' ORDER BY id DESC LIMIT 1", person)
                self.assertEqual(said[0][0], outcome, said)
                self.assertTrue(said[0][1], "no reason is logged")
                states = self.rows(store, "SELECT a.state FROM assertion a JOIN subject s ON s.id = a.subject JOIN name o ON o.id = a.source WHERE s.key LIKE '%' || ? AND o.text = 'Versorgungsamt' AND a.superseded_at = 0", person)
                self.assertEqual({row[0] for row in states}, {UNKNOWN})

    def test_an_answer_about_somebody_else_is_not_kept(self):
        """Neither believed nor stored: it would stand under a wrong name, and in nobody's disclosure."""
        family = "TH/GOV/FAMKASSE/family/person"
        self.server.control("POST", "/faults", {"mode": "not_what_was_asked", "service": family, "count": 3})
        store = self.store()
        self.assertEqual(self.fetch(store, self.config("wohngeld.json", only="family"))["invalid"], 3)
        kept = self.rows(store, "SELECT subject_key, outcome, body FROM evidence WHERE service = (SELECT id FROM name WHERE text = ?)", family)
        self.assertEqual([body for _, outcome, body in kept if outcome == 2], [None] * 3)
        for person, _, body in kept:
            self.assertIn(json.loads(body).get("idnr", person) if body else person, (person,))
        self.assertGreater(len(kept), 10)

    def test_both_families_of_fault_codes(self):
        person = self.person()
        for mode in ("error_old", "error_new"):
            for where, code, outcome, exit_code in (("server.serverproxy", "access_denied", "denied", 6), ("server.clientproxy", "unknown_member", "denied", 6), ("server.clientproxy", "ssl_authentication_failed", "denied", 6),
                                                    ("server.serverproxy", "service_disabled", "denied", 6), ("client", "invalid_soap", "our_fault", 6), ("client", "missing_header_field", "our_fault", 6),
                                                    ("server.clientproxy", "inconsistent_response", "security_incident", 6), ("server.clientproxy", "signature_verification", "security_incident", 6),
                                                    ("server.clientproxy", "network_error", "unreachable", 0), ("server.serverproxy", "maintenance_mode", "unreachable", 0),
                                                    ("server.clientproxy", "global_conf_outdated", "unreachable", 0), ("server.clientproxy", "timestamping_failed", "unreachable", 0),
                                                    ("server.clientproxy", "io_error", "outcome_unknown", 0)):
                with self.subTest(mode=mode, code=code):
                    self.server.control("DELETE", "/faults")
                    self.server.control("POST", "/faults", {"mode": mode, "where": where, "code": code, "service": SERVICE, "idnr": person, "count": -1})
                    store = self.store()
                    command("fetch", "--no-progress", "--store", store, "--config", self.config(parallel=1), "--month", "2026-11", self.package, code=exit_code)
                    said = self.rows(store, "SELECT outcome, error_detail FROM exchange_log WHERE subject_key = ? AND outcome <> 'sent' ORDER BY id DESC LIMIT 1", person)
                    self.assertEqual(said[0][0], outcome, said)

    def test_all_attempts_have_one_key_and_their_own_id(self):
        person = self.person()
        self.server.control("POST", "/faults", {"mode": "retry_then_ok", "service": SERVICE, "idnr": person, "count": 2})
        since = len(self.entries())
        counts = self.fetch(self.store(), self.config())
        self.assertEqual((counts["retries"], counts["failed"]), (2, 0))
        faulty = [e for e in self.entries(since) if e.get("fault")]
        key = faulty[0]["idempotency_key"]
        attempts = [e for e in self.entries(since) if e["idempotency_key"] == key]
        self.assertEqual((len(attempts), len({e["x_road_id"] for e in attempts})), (3, 3))

    def test_after_an_unknown_outcome_only_what_may_be_repeated_is_repeated(self):
        person = self.person()
        for repeatable, key, sent in ((True, False, 3), (False, False, 1), (False, True, 3)):
            def change(register):
                register["soap"]["repeatable"] = repeatable
                if key:
                    register["soap"]["request"].append({"element": "schluessel", "value": "idempotency_key"})
            with self.subTest(repeatable=repeatable, key=key):
                self.server.control("DELETE", "/faults")
                self.server.control("POST", "/faults", {"mode": "close_at_once", "service": SERVICE, "idnr": person, "count": -1})
                since = len(self.entries())
                command("fetch", "--no-progress", "--store", self.store(), "--config", self.config(change=change, parallel=1), "--month", "2026-11", self.package)
                self.assertEqual(sum(e.get("fault") == "close_at_once" for e in self.entries(since)), sent)

    def test_a_register_is_never_asked_more_at_once_than_it_allows(self):
        def limit(register):
            register["in_flight"] = 2
        self.server.control("POST", "/faults", {"mode": "delay", "service": SERVICE, "count": -1, "interval_ms": 50})
        self.fetch(self.store(), self.config(change=limit))
        self.assertEqual(self.server.control("GET", "/stats")[1]["max_active"][SERVICE], 2)
        self.fetch(self.store(), self.config())
        self.assertGreater(self.server.control("GET", "/stats")[1]["max_active"][SERVICE], 2, "without the limit more are under way, so the limit was what held them")

    def test_configuration(self):
        def set_to(field, value):
            return lambda register: register.update({field: value})

        def in_soap(field, value):
            return lambda register: register["soap"].update({field: value})
        store = self.store()
        since = len(self.entries())
        for change in (set_to("protocol", "SOAP"), set_to("protocol", "rest"), set_to("service_version", "v/1"), set_to("requests_per_second", 0), set_to("in_flight", 0), in_soap("namespace", ""), in_soap("request", []),
                       in_soap("request", [{"element": "a b", "value": "idnr"}]), in_soap("request", [{"element": "a", "value": "zweck"}]), in_soap("request", [{"element": "a", "text": "x"}]),
                       in_soap("request", [{"element": "a", "value": "idnr"}, {"element": "b", "value": "idnr"}]), in_soap("request", [{"element": "a", "value": "idnr", "text": "x"}]),
                       in_soap("qualified", 1), in_soap("wrap", True), lambda register: register.pop("soap"), lambda register: register.pop("mapping")):
            text = command("fetch", "--no-progress", "--store", store, "--config", self.config(change=change), "--month", "2026-11", self.package, code=6)
            self.assertIn("E-EXCHANGE-CONFIG", text)
        self.assertIn("user_id", command("fetch", "--no-progress", "--store", store, "--config", self.config(user_id="anspruch"), "--month", "2026-11", self.package, code=6))
        self.assertEqual(self.entries(since), [])

    def test_stale_answers_and_answers_from_the_future_are_asked_again(self):
        store, config = self.store(), self.config(freshness_hours=20)
        everybody = self.fetch(store, config)["requests"]
        for age, asked in ((3600, 0), (21 * 3600, everybody), (-3600, everybody)):     # an hour ahead: the clock was set back since
            with self.subTest(age=age):
                database = sqlite3.connect(store)
                database.execute("UPDATE evidence SET received_at = CAST(strftime('%s', 'now') AS INTEGER) - ? WHERE service = (SELECT id FROM name WHERE text = ?)", (age, SERVICE))
                database.commit()
                database.close()
                since = len(self.entries())
                command("fetch", "--no-progress", "--store", store, "--config", config, "--month", "2026-11", self.package)
                self.assertEqual(len(self.entries(since)), asked)

    def test_a_service_version_that_is_not_there(self):
        text = command("fetch", "--no-progress", "--store", self.store(), "--config", self.config(change=lambda r: r.update(service_version="v2")), "--month", "2026-11", self.package, code=6)
        self.assertIn("E-EXCHANGE-STOPPED", text)


if __name__ == "__main__":
    unittest.main()
