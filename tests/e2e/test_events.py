"""Life events on the command line: repeated, out of order, cancelled, of no concern; which claims they raise, and that they become candidates of the run.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_events.py

Persons are synthetic. The store is read with SQL as the oracle of what was kept.
"""
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.abspath(os.environ.get("ANSPRUCH", "anspruch"))
MOTHER, FATHER, CHILD, BABY, STRANGER = ("0000000000%d" % i for i in range(1, 6))


class Events(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)
        self.store = os.path.join(self.directory, "s.db")
        self.package = os.path.join(self.directory, "kindergeld.anp")
        self.command("build", "-o", self.package, "rules/bund/estg/kindergeld")
        self.write("empty.jsonl", '{"kind":"header","format":"anspruch-casefile/1","synthetic":true,"seed":1,"as_of":"2026-06"}\n')
        self.command("import", "--store", self.store, self.path("empty.jsonl"), self.package)
        self.ingest({"event_id": "B-0", "event": "birth", "day": "2015-02-11", "child": CHILD, "parents": [MOTHER, FATHER]})
        self.process()

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)

    def command(self, *args, code=0):
        done = subprocess.run([PROGRAM, *args], cwd=ROOT, capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def ingest(self, *events, source="Melderegister", code=0):
        self.write("events.json", json.dumps({"format": "anspruch-events/1", "feed": "f", "source": source, "events": events}))
        text = self.command("events", "ingest", self.path("events.json"), "--json", "--store", self.store, code=code)
        return text if code else json.loads(text)

    def counted(self, event):
        report = self.ingest(event)
        return [report[k] for k in ("recorded", "repeated", "unconcerned")]

    def process(self):
        return json.loads(self.command("events", "process", self.package, "--json", "--store", self.store, "--month", "2026-06"))

    @staticmethod
    def keys(report):
        return {r["row"] for r in report["rows"]}

    def sql(self, text):
        db = sqlite3.connect(self.store)
        try:
            return db.execute(text).fetchall()
        finally:
            db.close()

    def test_a_birth_raises_both_parents_and_they_are_asked_about_not_refused(self):
        report = self.ingest({"event_id": "B-1", "event": "birth", "day": "2026-06-01", "child": BABY, "parents": [MOTHER, FATHER]}, source="Standesamt")
        self.assertEqual((report["events"], report["recorded"]), (1, 3))
        touched = self.process()
        self.assertEqual(self.keys(touched) & {MOTHER + "/" + BABY, FATHER + "/" + BABY}, {MOTHER + "/" + BABY, FATHER + "/" + BABY})
        self.assertEqual({r["merits"] for r in touched["rows"]}, {"undetermined"})
        self.assertEqual(self.process()["rows"], [], "looked at once")

    def test_death_of_a_parent(self):
        self.ingest({"event_id": "D-1", "event": "death", "day": "2026-06-03", "persons": [FATHER]})
        self.assertIn(FATHER + "/" + CHILD, self.keys(self.process()))

    def test_repeated_and_unknown_persons(self):
        move = {"event_id": "M-1", "event": "move", "day": "2026-06-03", "persons": [MOTHER, STRANGER]}
        self.assertEqual(self.counted(move), [1, 0, 1])
        self.assertEqual(self.counted(move), [0, 1, 1])
        self.assertEqual(self.sql("SELECT count(*) FROM subject WHERE key LIKE '%" + STRANGER + "%'"), [(0,)], "nothing is kept about a stranger")
        self.assertIn(MOTHER + "/" + CHILD, self.keys(self.process()))
        self.ingest(move)
        self.assertEqual(self.process()["events"], 0)

    def test_cancelled_before_it_arrives(self):
        self.ingest({"event_id": "S-1", "event": "cancellation", "replaces": "D-1"})
        self.ingest({"event_id": "D-1", "event": "death", "day": "2026-06-03", "persons": [FATHER]})
        self.assertEqual(self.process()["events"], 0)

    def test_cancelled_after_it_was_looked_at(self):
        self.ingest({"event_id": "D-1", "event": "death", "day": "2026-06-03", "persons": [FATHER]})
        first = self.keys(self.process())
        self.ingest({"event_id": "S-1", "event": "cancellation", "replaces": "D-1"})
        again = self.process()
        self.assertEqual(self.keys(again), first, "the claims are decided once more")
        self.assertEqual({r["event"] for r in again["rows"]}, {"cancellation"})
        self.assertEqual(self.process()["events"], 0)

    def test_correction_and_account(self):
        self.ingest({"event_id": "T-1", "event": "training_begin", "day": "2026-06-01", "persons": [CHILD]}, source="Bildungsregister")
        self.ingest({"event_id": "T-2", "event": "training_begin", "day": "2026-06-02", "persons": [CHILD], "replaces": "T-1"}, source="Bildungsregister")
        self.assertLessEqual({r["event_id"] for r in self.process()["rows"]}, {"T-2"})
        self.ingest({"event_id": "A-1", "event": "account", "day": "2026-06-02", "persons": [MOTHER]}, source="Kontoregister")
        report = self.process()
        self.assertEqual((report["events"], report["rows"]), (1, []), "no fact of the package comes from there")

    def test_rows_that_a_birth_makes(self):
        """An authority that never heard of the parents: the configuration says which row a birth makes, and the row is a claim with what the form must ask."""
        package, store = self.path("elterngeld.anp"), self.path("e.db")
        self.command("build", "-o", package, "rules/bund/beeg/elterngeld")
        self.command("import", "--store", store, self.path("empty.jsonl"), package)
        with open(os.path.join(ROOT, "fixtures", "exchange", "elterngeld.json"), encoding="utf-8") as f:
            config = json.load(f)
        for register in config["registers"]:
            register["mapping"] = os.path.join(ROOT, "fixtures", "exchange", register["mapping"])
        self.write("config.json", json.dumps(config))
        birth = {"event_id": "B-1", "event": "birth", "day": "2026-06-01", "child": BABY, "parents": [MOTHER]}
        self.write("events.json", json.dumps({"format": "anspruch-events/1", "feed": "f", "source": "Standesamt", "events": [birth]}))
        ingest = ["events", "ingest", self.path("events.json"), package, "--json", "--store", store, "--config", self.path("config.json")]
        for _ in range(2):     # a repeated event makes nothing twice
            self.command(*ingest)
        db = sqlite3.connect(store)
        self.assertEqual(db.execute("SELECT count(*) FROM subject WHERE key = ?", (MOTHER + "/" + BABY + "/01",)).fetchone(), (1,))
        self.assertEqual(db.execute("SELECT count(*) FROM assertion a JOIN subject s ON s.id = a.subject WHERE s.key LIKE '%/0_'").fetchone(), (4,), "two references of each row and nothing else")
        db.close()
        touched = json.loads(self.command("events", "process", package, "--json", "--store", store, "--month", "2026-06"))
        self.assertEqual([(r["row"], r["merits"], r["procedure"]) for r in touched["rows"]], [(MOTHER + "/" + BABY + "/0%d" % i, "undetermined", "refer") for i in (1, 2)], "nationality not fetched yet: a residence title would be for a human")
        # configuration and package belong together, and must fit
        self.assertIn("E-CLI-NEED", self.command("events", "ingest", self.path("events.json"), package, "--store", store, code=2))
        self.assertIn("E-CLI-EVENTS-PACKAGE", self.command("events", "ingest", self.path("events.json"), "--store", store, "--config", self.path("config.json"), code=2))
        text = self.command("events", "ingest", self.path("events.json"), self.package, "--store", store, "--config", self.path("config.json"), code=6)
        self.assertIn("birth_rows.unit", text)

    def test_a_bad_document_changes_nothing(self):
        good = {"event_id": "M-1", "event": "move", "day": "2026-06-03", "persons": [MOTHER]}
        for field, bad in (("event", {"event": "miracle"}), ("day", {"day": "2026-02-30"}), ("persons", {"persons": ["12"]}), ("persons", {"persons": []}), ("event_id", {"event_id": ""}),
                           ("replaces", {"event": "cancellation"}), ("child", {"event": "birth"})):
            text = self.ingest(good, dict(good, **bad), code=5)
            self.assertIn("E-EXCHANGE-EVENTS", text)
            self.assertIn("2: " + field, text)
        self.assertEqual(self.process()["events"], 0)
        self.assertIn("E-CLI-EVENTS", self.command("events", "forget", "x", code=2))


if __name__ == "__main__":
    unittest.main()
