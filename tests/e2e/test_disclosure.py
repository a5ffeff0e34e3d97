"""The disclosure of the exchange log against the stand-in's own access log, entry by entry.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_disclosure.py

Oracle: what arrived at the register, as the register itself wrote it down, with faults that make the client repeat.
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

from test_registers import PROGRAM, ROOT, Server, command, generate


class Disclosure(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.store = os.path.join(cls.directory, "store.db")
        package = os.path.join(cls.directory, "kindergeld.anp")
        command("build", "-o", package, os.path.join("rules", "bund", "estg", "kindergeld"))
        done = generate(cls.directory, "--households", "400", "--seed", "11")
        if done.returncode:
            raise RuntimeError(done.stderr)
        server = Server(cls.directory)
        try:
            with open(os.path.join(ROOT, "fixtures", "exchange", "local.json"), encoding="utf-8") as f:
                config = json.load(f)
            config.update(server_url="http://" + server.ready["http"], backoff_ms=1)
            shutil.copytree(os.path.join(ROOT, "fixtures", "exchange", "authorisations"), os.path.join(cls.directory, "authorisations"))
            shutil.copytree(os.path.join(ROOT, "fixtures", "exchange", "mappings"), os.path.join(cls.directory, "mappings"))
            path = os.path.join(cls.directory, "config.json")
            with open(path, "w", encoding="utf-8") as f:
                json.dump(config, f)
            command("import", "--store", cls.store, os.path.join(cls.directory, "casefile.jsonl"), package)
            # spread, so that no circuit breaker opens; a forged error is a provider's error and changes nothing in the exit code
            server.control("POST", "/faults", [{"service": "TH/GOV/MELDE/residents/person", "mode": mode, "count": 2, "after": 10 * i}
                                               for i, mode in enumerate(("error_old", "truncated", "early_close", "http_500", "error_new"))])
            command("fetch", "--no-progress", "--store", cls.store, "--config", path, "--month", "2026-11", package)
        finally:
            server.stop()
        with open(server.log, encoding="utf-8") as f:
            cls.arrived = [json.loads(line) for line in f]

    def disclosed(self, idnr):
        return json.loads(command("exchange", "disclosure", idnr, "--json", "--store", self.store))

    def test_complete_entry_by_entry(self):
        people = {}
        for entry in self.arrived:
            idnr = entry["target"].rsplit("/", 1)[1]
            if idnr.isdigit():
                people.setdefault(idnr, {})[entry["x_road_id"]] = entry
        self.assertGreater(len(people), 100)
        attempts = repeated = 0
        for idnr, arrived in people.items():
            report = self.disclosed(idnr)
            self.assertEqual((report["format"], report["person"]), ("anspruch-disclosure/1", idnr))
            rows = {r["request_id"]: r for r in report["requests"]}
            self.assertEqual(len(rows), len(report["requests"]), "one row an attempt")
            self.assertEqual(set(rows), set(arrived))
            for x_road_id, entry in arrived.items():
                row = rows[x_road_id]
                self.assertEqual(row["service"], entry["service"])
                self.assertLess(abs(self.seconds(row["at"]) - entry["time"]), 60)
                self.assertTrue(row["idnr_used"])
                if "legal_basis" in entry:
                    self.assertEqual((row["legal_basis"], row["purpose"], row["case"]), (entry["legal_basis"], entry["purpose"], entry["issue"]))
                if row["outcome_entry"]:
                    self.assertEqual(row["xroad_request_id"], entry["x_road_request_id"])
                repeated += row["outcome"] == "sent"
            attempts += len(rows)
        self.assertGreater(repeated, 0, "the faults made the client repeat")
        feeds = sum(1 for e in self.arrived if "/events" in e["target"])
        self.assertGreater(feeds, 0)
        self.assertEqual(attempts + feeds, len(self.arrived), "nothing arrived that is in nobody's disclosure")

    @staticmethod
    def seconds(text):
        import datetime
        return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc).timestamp()

    def test_log_lists_the_newest(self):
        rows = json.loads(command("exchange", "log", "--json", "--limit", "7", "--store", self.store))
        db = sqlite3.connect(self.store)
        self.addCleanup(db.close)
        self.assertEqual([r["entry"] for r in rows], [i for (i,) in db.execute("SELECT id FROM (SELECT id FROM exchange_log ORDER BY id DESC LIMIT 7) ORDER BY id")])
        self.assertEqual([], [r for r in rows if not r["legal_basis"] or not r["purpose"]])

    def test_a_person_nobody_asked_about(self):
        self.assertEqual(self.disclosed("00000000000")["requests"], [])
        self.assertIn("E-EXCHANGE-IDNR", command("exchange", "disclosure", "12", "--store", self.store, code=2))

    def test_an_altered_log_is_not_disclosed(self):
        copy = os.path.join(self.directory, "altered.db")
        source = sqlite3.connect(self.store)
        target = sqlite3.connect(copy)
        source.backup(target)
        person = target.execute("SELECT subject_key FROM exchange_log WHERE subject_key <> '' ORDER BY id LIMIT 1").fetchone()[0]
        target.execute("DELETE FROM exchange_log WHERE id = 5")
        target.commit()
        source.close()
        target.close()
        self.assertIn("E-STORE-CHAIN", command("exchange", "disclosure", person, "--store", copy, code=1))

    def test_holds_and_retention(self):
        copy = os.path.join(self.directory, "holds.db")
        shutil.copy(self.store, copy)
        shutil.copy(self.store + "-wal", copy + "-wal") if os.path.exists(self.store + "-wal") else None
        self.assertEqual(json.loads(command("exchange", "expire", "--json", "--store", copy))["deleted"], 0, "nothing is two years old")
        for missing in (("--reason", "x"), ("--author", "x"), ()):
            self.assertIn("E-CLI-EXCHANGE", command("exchange", "hold", "--person", "01234567895", *missing, "--store", copy, code=2))
        self.assertIn("E-CLI-EXCHANGE", command("exchange", "hold", "--reason", "x", "--author", "x", "--store", copy, code=2))
        number = json.loads(command("exchange", "hold", "--person", "01234567895", "--reason", "4 K 12/26", "--author", "Muster", "--json", "--store", copy))["hold"]
        command("exchange", "release", str(number), "--author", "Muster", "--store", copy)
        self.assertIn("E-EXCHANGE-HOLD", command("exchange", "release", str(number), "--author", "Muster", "--store", copy, code=5))
        holds = json.loads(command("exchange", "holds", "--json", "--store", copy))
        self.assertEqual([(h["reason"], h["released_by"]) for h in holds], [("4 K 12/26", "Muster")])
        self.assertIn("E-CLI-EXCHANGE", command("exchange", "forget", "--store", copy, code=2))


if __name__ == "__main__":
    unittest.main()
