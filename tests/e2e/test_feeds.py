"""Feeds of life events polled from registers: every kind once, twice, late, out of order, cancelled before and after it arrives; positions, broken pages, and the push of the same feed.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_feeds.py

Oracle: the events that were put into the stand-in, and the store read with SQL. All data is synthetic.
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

KINDS = {"death": "residents", "move": "residents", "account": "idnr", "training_begin": "training", "training_end": "training"}
SERVICES = {"residents": "TH/GOV/MELDE/residents/events", "idnr": "TH/GOV/BZST/idnr/events", "training": "TH/GOV/BILDUNG/training/events"}
SOURCES = {"residents": "Melderegister", "idnr": "IdNr-Register", "training": "Bildungsregister"}
STRANGER = "99999999990"


class Feeds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.package = os.path.join(cls.directory, "kindergeld.anp")
        command("build", "-o", cls.package, os.path.join("rules", "bund", "estg", "kindergeld"))
        assert generate(cls.directory, "--households", "60", "--seed", "2").returncode == 0
        cls.imported = os.path.join(cls.directory, "imported.db")
        command("import", "--store", cls.imported, os.path.join(cls.directory, "casefile.jsonl"), cls.package)
        db = sqlite3.connect(cls.imported)
        cls.people = [r[0] for r in db.execute("SELECT s.key FROM subject s JOIN name n ON n.id = s.unit WHERE n.text = 'Person' AND length(s.key) = 11 ORDER BY 1")]
        db.close()

    def setUp(self):
        self.server = Server(self.directory)
        self.addCleanup(self.server.stop)
        self.store = os.path.join(tempfile.mkdtemp(dir=self.directory), "store.db")
        shutil.copy(self.imported, self.store)
        with open(os.path.join(ROOT, "fixtures", "exchange", "feeds.json"), encoding="utf-8") as f:
            config = dict(json.load(f), server_url="http://" + self.server.ready["http"], backoff_ms=1, max_attempts=2)
        config["policy"]["authorisations"] = os.path.join(ROOT, "fixtures", "exchange", config["policy"]["authorisations"])
        self.config = self.store + ".json"
        with open(self.config, "w", encoding="utf-8") as f:
            json.dump(config, f)

    def add(self, feed, *events):
        self.assertEqual(self.server.control("POST", "/feeds", {"feed": feed, "events": events})[0], 200)

    def poll(self, code=0):
        text = command("events", "poll", "--json", "--lang", "en", "--store", self.store, "--config", self.config, code=code)
        return json.loads(text) if code == 0 else text

    def sql(self, text, *values):
        db = sqlite3.connect(self.store)
        try:
            return db.execute(text, values).fetchall()
        finally:
            db.close()

    def in_force(self):
        return self.sql("SELECT f.text, e.event_id, k.text, s.key FROM life_event e JOIN name f ON f.id = e.feed JOIN name k ON k.id = e.kind JOIN subject s ON s.id = e.person "
                        "WHERE NOT EXISTS(SELECT 1 FROM event_cancelled c WHERE c.feed = e.feed AND c.event_id = e.event_id) ORDER BY 1, 2, 4")

    def event(self, number, kind, person=None, day="2026-10-05", **more):
        return dict({"event_id": "%s-%s" % (kind, number), "event": kind, "day": day, "persons": [person or self.people[0]]}, **more)

    def test_every_kind_arrives_with_its_source(self):
        for kind, feed in KINDS.items():
            self.add(feed, self.event(1, kind), self.event(2, kind, STRANGER))
        report = self.poll()
        self.assertEqual((report["events"], report["recorded"], report["unconcerned"]), (10, 5, 5))
        self.assertEqual(self.in_force(), sorted((feed, kind + "-1", kind, self.people[0]) for kind, feed in KINDS.items()))
        self.assertEqual(set(self.sql("SELECT f.text, o.text FROM life_event e JOIN name f ON f.id = e.feed JOIN name o ON o.id = e.source")), set(SOURCES.items()))
        self.assertEqual(self.poll()["events"], 0, "the position is kept")
        rows = self.sql("SELECT count(*) FROM evidence WHERE subject_key = ''")
        self.assertEqual(rows, [(0,)], "a page names strangers: none is kept")
        self.assertNotIn(STRANGER, [r[0] for r in self.sql("SELECT key FROM subject")])

    def test_twice_late_out_of_order_and_cancelled_of_every_kind(self):
        for kind, feed in KINDS.items():
            with self.subTest(kind):
                person = self.people[3]
                cancel = {"event_id": kind + "-s", "event": "cancellation", "replaces": kind + "-later"}
                self.add(feed, self.event("twice", kind, person), self.event("twice", kind, person), self.event("late", kind, person, day="2019-02-28"),
                         cancel, self.event("later", kind, person), self.event("wrong", kind, person), self.event("right", kind, self.people[4], replaces=kind + "-wrong"),
                         self.event("first", kind, person, day="2026-10-09"), self.event("second", kind, person, day="2026-10-01"))
                self.poll()
                self.add(feed, self.event("twice", kind, person), {"event_id": kind + "-t", "event": "cancellation", "replaces": kind + "-first"})
                self.assertEqual(self.poll()["recorded"], 0)
                mine = [(e, p) for f, e, k, p in self.in_force() if k == kind]
                self.assertEqual(mine, sorted([(kind + "-late", person), (kind + "-right", self.people[4]), (kind + "-second", person), (kind + "-twice", person)]))
        self.assertEqual(self.sql("SELECT day FROM life_event WHERE event_id = 'death-late'"), [(17955,)])

    def test_pages(self):
        self.add("residents", *[self.event(i, "move", self.people[i % 20]) for i in range(1203)])
        self.assertEqual(self.poll()["events"], 1203)
        self.assertEqual(len(self.in_force()), 1203)
        pages = self.sql("SELECT count(*) FROM exchange_log WHERE register_name = 'residents-events' AND outcome = 'data'")
        self.assertEqual(pages, [(3,)])
        self.assertEqual(self.sql("SELECT DISTINCT subject_key, idnr_used, case_id FROM exchange_log WHERE register_name = 'residents-events'"), [("", 0, "FEED-residents")])

    def test_a_bad_page_keeps_the_position_and_stops_no_other_feed(self):
        self.add("residents", self.event(1, "move"))
        self.poll()
        for bad in (dict(self.event(2, "move"), day="2026-02-30"), dict(self.event(2, "move"), persons=["1"]), {"event_id": "x", "event": "cancellation"}, dict(self.event(2, "move"), event="wedding")):
            with self.subTest(bad=bad):
                self.setUp()
                self.add("residents", self.event(1, "move"), bad)
                self.add("training", self.event(9, "training_begin"))
                text = self.poll(code=6)
                self.assertIn("E-EXCHANGE-FEED", text)
                self.assertIn(SERVICES["residents"], text)
                self.assertEqual([e[1] for e in self.in_force()], ["training_begin-9"])
                self.assertEqual(self.sql("SELECT key FROM setting WHERE key LIKE 'feed.%' ORDER BY 1"), [("feed.training.cursor",)])

    def test_broken_peers(self):
        for mode in ("truncated", "early_close", "http_500", "wrong_echo", "html_200", "error_new"):
            with self.subTest(mode):
                self.setUp()
                self.add("residents", self.event(1, "move"))
                self.server.control("POST", "/faults", [{"service": SERVICES["residents"], "mode": mode, "count": 20}])
                self.poll(code=6)
                self.server.control("DELETE", "/faults")
                self.assertEqual(self.poll()["recorded"], 1)

    def test_the_same_feed_pushed_and_polled(self):
        document = self.store + ".events"
        with open(document, "w", encoding="utf-8") as f:
            json.dump({"format": "anspruch-events/1", "feed": "residents", "source": "Melderegister", "events": [self.event(1, "move")]}, f)
        command("events", "ingest", document, "--store", self.store)
        self.add("residents", self.event(1, "move"), self.event(2, "move"))
        report = self.poll()
        self.assertEqual((report["recorded"], report["repeated"]), (1, 1))

    def test_claims_are_raised_and_asked_about_again(self):
        recipient = self.sql("SELECT s.key FROM award a JOIN subject s ON s.id = a.claim WHERE a.superseded_at = 0 AND a.to_month > 24322 LIMIT 1")[0][0].split("/")[0]
        self.add("residents", self.event(1, "death", recipient, day="2026-11-03"))
        self.poll()
        touched = json.loads(command("events", "process", self.package, "--json", "--store", self.store, "--month", "2026-11"))
        self.assertTrue(any(r["row"].startswith(recipient + "/") for r in touched["rows"]), touched)

    def test_preflight_and_arguments(self):
        self.assertIn("residents-events", command("exchange", "check", "--config", self.config, "--lang", "en"))
        self.assertIn("E-CLI-EVENTS", command("events", "poll", "x", "y", "--store", self.store, code=2))
        self.assertIn("E-CLI-EVENTS", command("events", "ingest", "--store", self.store, code=2))


if __name__ == "__main__":
    unittest.main()
