"""What a request states, and what the abstract authorisation keeps from being sent.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_request_policy.py

Oracle: the access log of the stand-in registers: what was not allowed did not arrive, and what arrived states what it is for.
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

from test_registers import ROOT, Server, command, generate

EXCHANGE = os.path.join(ROOT, "fixtures", "exchange")
EMPLOYMENT = "TH/GOV/DSRV/employment/person"
FEED = "TH/GOV/STANDESAMT/births/events"


class RequestPolicy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.package = os.path.join(cls.directory, "kindergeld.anp")
        command("build", "-o", cls.package, os.path.join("rules", "bund", "estg", "kindergeld"))
        done = generate(cls.directory, "--households", "120", "--seed", "5")
        if done.returncode:
            raise RuntimeError(done.stderr)
        cls.server = Server(cls.directory)
        cls.addClassCleanup(cls.server.stop)

    def setUp(self):
        self.folder = tempfile.mkdtemp(dir=self.directory)
        shutil.copytree(EXCHANGE, self.folder, dirs_exist_ok=True)
        self.store = os.path.join(self.folder, "store.db")
        command("import", "--store", self.store, os.path.join(self.directory, "casefile.jsonl"), self.package)

    def config(self, change=lambda entries: entries):
        path, table = os.path.join(self.folder, "local.json"), os.path.join(self.folder, "authorisations", "examples.json")
        with open(path, encoding="utf-8") as f:
            config = json.load(f)
        with open(table, encoding="utf-8") as f:
            document = json.load(f)
        document["entries"] = change(document["entries"])
        with open(table, "w", encoding="utf-8") as f:
            json.dump(document, f)
        config.update(server_url="http://" + self.server.ready["http"], backoff_ms=1)
        with open(path, "w", encoding="utf-8") as f:
            json.dump(config, f)
        return path

    def arrived(self):
        self.server.control("GET", "/stats")
        with open(self.server.log, encoding="utf-8") as f:
            return [json.loads(line) for line in f]

    def fetch(self, config, code=0):
        return command("fetch", "--no-progress", "--lang", "en", "--store", self.store, "--config", config, "--month", "2026-11", self.package, code=code)

    def rows(self, sql, *values):
        database = sqlite3.connect(self.store)
        try:
            return database.execute(sql, values).fetchall()
        finally:
            database.close()

    def refused(self, change, service, register):
        before, config = len(self.arrived()), self.config(change)
        text = self.fetch(config, 6)
        self.assertIn("E-EXCHANGE-REFUSED", text)
        self.assertIn(register, text)
        new = self.arrived()[before:]
        self.assertTrue(any(e["service"] != service for e in new), "the other registers were asked")
        self.assertFalse([e for e in new if e["service"] == service], "what is not authorised does not leave")
        self.assertEqual(self.rows("SELECT outcome, subject_key, count(*) FROM exchange_log WHERE service = ? GROUP BY 1, 2", service), [("refused", "", 1)])
        command("audit", "verify", "--store", self.store)
        text = command("exchange", "check", "--lang", "en", "--config", config, code=6)
        self.assertIn("E-EXCHANGE-CHECK-AUTHORISED", text)
        self.assertIn(register + ": not authorised", text)

    def test_absent(self):
        self.refused(lambda entries: [e for e in entries if e["service"] != EMPLOYMENT], EMPLOYMENT, "employment")
        reasons = self.rows("SELECT DISTINCT r.text FROM assertion a JOIN name n ON n.id = a.source JOIN name r ON r.id = a.text WHERE n.text = 'DSRV'")
        self.assertEqual(reasons, [("Abruf nicht zugelassen",)], "the facts say why they are unknown")

    def test_negative(self):
        self.refused(lambda entries: entries + [dict(e, allowed=False) for e in entries if e["service"] == EMPLOYMENT], EMPLOYMENT, "employment")

    def test_the_use_of_the_number_is_part_of_it(self):
        self.refused(lambda entries: [dict(e, idnr_used=False) if e["service"] == EMPLOYMENT else e for e in entries], EMPLOYMENT, "employment")

    def test_expired_and_another_purpose(self):
        self.refused(lambda entries: [dict(e, to="2020-12-31") if e["service"] == EMPLOYMENT else dict(e, **{"from": "2019-01-01"}) for e in entries], EMPLOYMENT, "employment")

    def test_a_feed(self):
        before, config = len(self.arrived()), self.config(lambda entries: [e for e in entries if e["service"] != FEED])
        self.assertIn("E-EXCHANGE", self.fetch(config, 6))
        self.assertFalse([e for e in self.arrived()[before:] if e["service"] == FEED])
        self.assertEqual(self.rows("SELECT DISTINCT outcome FROM exchange_log WHERE service = ?", FEED), [("refused",)])

    def test_every_request_states_its_fields_and_they_are_on_record(self):
        before = len(self.arrived())
        self.fetch(self.config())
        new = self.arrived()[before:]
        self.assertGreater(len(new), 100)
        stated = {e["x_road_id"]: e["fields"] for e in new}
        self.assertEqual([e for e in new if not e["fields"]], [])
        logged = dict(self.rows("SELECT request_id, fields FROM exchange_log WHERE outcome = 'sent'"))
        self.assertEqual(logged, stated)
        self.assertEqual(self.rows("SELECT count(*) FROM exchange_log WHERE outcome <> 'sent' AND fields <> ''"), [(0,)])
        by_service = {e["service"]: set(e["fields"].split(", ")) for e in new}
        self.assertIn("Person.Geburtsdatum", by_service["TH/GOV/MELDE/residents/person"])
        self.assertNotIn("Person.Ausbildungszeiten", by_service["TH/GOV/MELDE/residents/person"])
        person = next(e for e in new if e["service"] == EMPLOYMENT)["target"].rsplit("/", 1)[1]
        report = json.loads(command("exchange", "disclosure", person, "--json", "--store", self.store))
        self.assertTrue(report["requests"] and all(r["fields"] for r in report["requests"]))


if __name__ == "__main__":
    unittest.main()
