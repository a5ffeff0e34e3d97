"""kill -9 at any moment of a retrieval or of processing events: nothing that was delivered is lost, nothing is sent twice that must not be, and the end is that of an undisturbed run.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_kill.py

ANSPRUCH_KILL_ROUNDS: rounds of each test (default 10); ANSPRUCH_TEST_SEED: the seed of the moments (printed on failure). Killed is only the test's own child, by its process id.
Oracles: an undisturbed run, and the access log of the stand-in registers. Whether a kill hits is left to chance; that enough of them do is checked.
"""
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from retrieval import MONTH, Retrieval
from test_registers import PROGRAM, ROOT, command

ROUNDS = int(os.environ.get("ANSPRUCH_KILL_ROUNDS", "10"))
SEED = int(os.environ.get("ANSPRUCH_TEST_SEED", "20261122"))
MAX_KILLS = 12      # of one command in one round; then it may end


class Killed(Retrieval):
    retrieval = "planned"
    freshness = 20

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.random = random.Random(SEED)
        cls.hits = 0

    def setUp(self):
        super().setUp()
        self.load()
        self.path = self.config(policy={"retrieval": self.retrieval}, parallel=2, freshness_hours=self.freshness)

    def commands(self, store):
        return [self.fetch_arguments(self.path, store=store)]

    def progress(self, store):
        """Grows with every transaction that matters here."""
        return self.rows("SELECT (SELECT count(*) FROM exchange_log) + (SELECT count(*) FROM evidence) + (SELECT count(*) FROM assertion) + (SELECT count(*) FROM event) + (SELECT count(*) FROM life_event_done)", store=store)[0][0]

    def disturbed(self, arguments, store):
        """Runs a command and kills it again and again: after it has committed something and a little longer, or at any time."""
        for _ in range(MAX_KILLS):
            before = self.progress(store)
            process = subprocess.Popen([PROGRAM, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            if self.random.random() < 0.7:
                until = before + self.random.choice((1, 2, 5, 20, 80, 300))
                while process.poll() is None and self.progress(store) < until:
                    time.sleep(0.001)
                time.sleep(self.random.choice((0, 0, 0.002, 0.01, 0.03)))
            else:
                time.sleep(self.random.uniform(0, 0.4))
            process.kill()
            errors = process.stderr.read()
            process.stderr.close()
            if process.wait(60) == 0:
                return
            self.assertEqual(process.returncode, -9, errors)
            type(self).hits += self.progress(store) > before
            self.assertEqual(self.rows("PRAGMA integrity_check", store=store), [("ok",)])
        command(*arguments)

    def facts(self, store):
        return sorted(map(repr, self.rows(
            "SELECT u.text, s.key, f.text, o.text, a.from_day, a.to_day, a.state, a.kind, CASE a.kind WHEN 3 THEN (SELECT t.key FROM subject t WHERE t.id = a.number) ELSE a.number END, x.text FROM assertion a"
            " JOIN subject s ON s.id = a.subject JOIN name u ON u.id = s.unit JOIN name f ON f.id = a.fact JOIN name o ON o.id = a.source LEFT JOIN name x ON x.id = a.text WHERE a.superseded_at = 0", store=store)))

    def decisions(self, store):
        command("batch", "--store", store, "--no-progress", "--month", MONTH, "--brake-change", "off", "--brake-refer", "off", self.package)
        return {d["row"]: (d["merits"], d["procedure"], d["action"], d["amount_cents"]) for d in json.loads(command("worklist", "--store", store, "--limit", "100000", "--json"))}

    def check_delivery(self, store, entries):
        """Every answer that left the registers is in evidence, or the same was asked again: by GET, or by POST with the same key."""
        stored = {i for (i,) in self.rows("SELECT request_id FROM evidence", store=store)}
        logged = dict(self.rows("SELECT request_id, service || ' ' || subject_key FROM exchange_log WHERE outcome = 'sent'", store=store))
        self.assertEqual({e["x_road_id"] for e in entries} - set(logged), set(), "nothing left without an entry in the log")
        ids = [e["x_road_id"] for e in entries]
        self.assertEqual(len(ids), len(set(ids)), "no message id was sent twice")
        again = {}
        for at, e in enumerate(entries):
            again.setdefault(logged[e["x_road_id"]], []).append((at, e))
        lost = 0
        for what, same in again.items():
            self.assertTrue(what.endswith(" ") or any(e["x_road_id"] in stored for _, e in same), "nothing of %s was kept" % what)
            keys = [e.get("idempotency_key", "") for _, e in same]
            for i, (at, e) in enumerate(same):
                if e["x_road_id"] in stored or not what.split(" ")[1]:
                    continue
                lost += 1
                self.assertLess(i, len(same) - 1, "asked again")
                self.assertTrue(e["method"] == "GET" or (keys[i] and keys[i] == keys[i + 1]), (keys, e["method"]))
            answered = [k for k, (_, e) in zip(keys, same) if e["x_road_id"] in stored]
            self.assertEqual(len([k for k in answered if k]), len({k for k in answered if k}), "after an answer was kept the next question has a key of its own")
        return lost

    def round(self, number, expected):
        store = "%s.%d" % (self.store, number)
        shutil.copy(self.store, store)
        before = len(self.arrived())
        for arguments in self.commands(store):
            self.disturbed(arguments, store)
        lost = self.check_delivery(store, self.arrived()[before:])
        self.assertEqual(self.facts(store), expected[0])
        self.assertEqual(self.decisions(store), expected[1])
        command("audit", "verify", "--store", store)
        return lost

    def rounds(self):
        undisturbed = self.store + ".whole"
        shutil.copy(self.store, undisturbed)
        for arguments in self.commands(undisturbed):
            command(*arguments)
        expected = (self.facts(undisturbed), self.decisions(undisturbed))
        self.assertGreater(len(expected[0]), 200)
        lost = 0
        for number in range(ROUNDS):
            with self.subTest(round=number, seed=SEED):
                lost += self.round(number, expected)
        self.assertGreater(self.hits, ROUNDS, "kills hit runs that had committed something; seed %d" % SEED)
        return lost


class Rest(Killed):
    """Kindergeld over REST: births feed, planned retrieval, then life events and what they touch."""

    def commands(self, store):
        events = os.path.join(self.folder, "events.json")
        if not os.path.exists(events):
            people = [k for (k,) in self.rows("SELECT DISTINCT s.key FROM subject s JOIN name n ON n.id = s.unit WHERE n.text = 'Person' ORDER BY s.key LIMIT 12")]
            with open(events, "w", encoding="utf-8") as f:
                json.dump({"format": "anspruch-events/1", "feed": "residents", "source": "Melderegister",
                           "events": [{"event_id": "M-%d" % i, "event": "move", "day": "2026-11-%02d" % (i + 1), "persons": [p]} for i, p in enumerate(people)]}, f)
        return [self.fetch_arguments(self.path, store=store), ["events", "ingest", events, "--store", store], ["events", "process", self.package, "--month", MONTH, "--store", store],
                self.fetch_arguments(self.path, store=store)]

    def test_any_moment(self):
        self.assertGreater(self.rounds(), 0, "some answers were delivered and not kept; they were asked for again")


class Soap(Killed):
    """Wohngeld with a register that is asked by POST."""
    PACKAGE, CASEFILE, CONFIGURATION = "bund/wogg/wohngeld", "casefile-wohngeld.jsonl", "wohngeld-soap.json"
    POPULATION = ("--households", "160", "--seed", "5", "--benefits")
    retrieval = "everything"

    def test_any_moment(self):
        self.rounds()


del Killed

if __name__ == "__main__":
    unittest.main()
