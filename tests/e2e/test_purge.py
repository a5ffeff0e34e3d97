"""Retention of facts: who is in no case any more is forgotten, everybody else is decided as before.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_purge.py

Times are moved in the store itself (everything was recorded 400 days earlier); the oracle is the store read with SQL, its bytes on disk, and the decisions of those who stay.
"""
import json
import os
import sqlite3
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from retrieval import MONTH, Retrieval
from test_registers import command

DAY = 86400
RETENTION = {"no_case_days": 30, "closed_case_days": 3000}


class Purge(Retrieval):
    def setUp(self):
        super().setUp()
        self.load()
        self.settings = self.config()
        self.fetch(self.settings)
        self.settings = self.config(policy={"retention": RETENTION})
        self.change("UPDATE assertion SET recorded_at = max(recorded_at - ?, 0)", 400 * DAY)
        self.change("UPDATE evidence SET received_at = received_at - ?", 400 * DAY)
        self.change("UPDATE award SET recorded_at = recorded_at - ?", 400 * DAY)

    def change(self, sql, *values):
        database = sqlite3.connect(self.store)
        database.execute(sql, values)
        database.commit()
        database.close()

    def families(self):
        """Components: sets of persons whom rows of Kindschaft join, with their claims; none of them has a candidate of an event."""
        pairs = [(i, key) for i, key in self.rows("SELECT s.id, s.key FROM subject s JOIN name n ON n.id = s.unit WHERE n.text = 'Kindschaft'")]
        groups = []
        for claim, key in pairs:
            persons, claims = set(key.split("/")), {claim}
            for group in [g for g in groups if g[0] & persons]:
                persons, claims = persons | group[0], claims | group[1]
                groups.remove(group)
            groups.append((persons, claims))
        busy = {c for (c,) in self.rows("SELECT claim FROM event")}
        return sorted(((sorted(p), sorted(c)) for p, c in groups if not c & busy), key=lambda g: g[0])

    def forget_case(self, claims):
        """As if there had never been one: what a candidate of an event leaves that came to nothing."""
        for claim in claims:
            for table in ("award", "application", "payment", "case_number"):
                self.change("DELETE FROM %s WHERE claim = ?" % table, claim)

    def end_case(self, claims, period, days_ago):
        for claim in claims:
            self.change("UPDATE award SET to_month = ?, from_month = min(from_month, ?), recorded_at = recorded_at - ? WHERE claim = ?", period, period, days_ago * DAY, claim)
            self.change("UPDATE application SET received_day = received_day - ?, closed_at = (received_day - ?) * 86400 WHERE claim = ?", days_ago, days_ago, claim)
            self.change("UPDATE payment SET recorded_at = recorded_at - ? WHERE claim = ?", days_ago * DAY, claim)

    def known(self, persons):
        """How many facts, answers and rows there are about these persons."""
        marks = ",".join("?" * len(persons))
        return tuple(self.rows(sql % marks, *persons)[0][0] for sql in (
            "SELECT count(*) FROM assertion a JOIN subject s ON s.id = a.subject WHERE s.key IN (%s)", "SELECT count(*) FROM evidence WHERE subject_key IN (%s)", "SELECT count(*) FROM subject WHERE key IN (%s)"))

    def purge(self, *options, code=0):
        text = command("store", "purge", "--json", "--store", self.store, "--config", self.settings, *options, code=code)
        return text if code else json.loads(text)

    def dump(self):
        database = sqlite3.connect(self.store)
        try:
            return list(database.iterdump())
        finally:
            database.close()

    def decisions(self):
        command("batch", "--store", self.store, "--no-progress", "--month", MONTH, "--brake-change", "off", "--brake-refer", "off", self.package)
        return {d["row"]: (d["merits"], d["procedure"], d["action"], d["amount_cents"]) for d in json.loads(command("worklist", "--store", self.store, "--limit", "100000", "--json"))}

    def test_who_is_in_no_case_is_forgotten_and_nobody_else(self):
        (gone, claims), (ended, ended_claims), (long_ago, old_claims) = self.families()[:3]
        self.assertGreater(len(self.families()), 10)
        self.forget_case(claims)
        self.end_case(ended_claims, 2025 * 12, 0)            # ended some time ago: its period runs
        self.end_case(old_claims, 2010 * 12, 5000)           # ended before the period
        self.assertTrue(all(all(self.known(people)) for people in (gone, ended, long_ago)))
        kept = self.known(ended)
        before = self.dump()
        planned = self.purge("--dry-run")
        self.assertEqual(self.dump(), before, "a dry run changes nothing")
        done = self.purge()
        self.assertEqual({k: v for k, v in planned.items() if k != "dry_run"}, {k: v for k, v in done.items() if k != "dry_run"})
        self.assertGreaterEqual(done["rows"], len(gone) + len(long_ago))
        self.assertEqual(self.known(gone), (0, 0, 0))
        self.assertEqual(self.known(long_ago), (0, 0, 0), "no ledger row names the person itself")
        self.assertEqual(self.known(ended), kept)
        self.assertEqual(self.rows("SELECT outcome, subject_key FROM exchange_log ORDER BY id DESC LIMIT 1"), [("purged", "")])
        command("audit", "verify", "--store", self.store)
        self.assertEqual(self.rows("PRAGMA foreign_key_check"), [])
        self.assertEqual(self.purge()["rows"], 0)
        # on disk the numbers stand only where they have a period of their own: the log and the ledger's rows
        self.change("DELETE FROM exchange_log WHERE subject_key IN (%s)" % ",".join("?" * len(gone)), *gone)
        self.change("VACUUM")
        with open(self.store, "rb") as f:
            data = f.read()
        self.assertEqual([p for p in gone if p.encode() in data and not any(p in k for (k,) in self.rows("SELECT key FROM subject"))], [])

    def test_the_others_are_decided_as_before(self):
        people, claims = self.families()[0]
        self.forget_case(claims)
        twin = self.store + ".twin"
        source, target = sqlite3.connect(self.store), sqlite3.connect(twin)
        source.backup(target)
        source.close()
        target.close()
        self.assertGreater(self.purge()["facts"], 0)
        after = self.decisions()
        self.store, purged = twin, self.store
        self.assertEqual(after, self.decisions())
        self.store = purged
        self.assertTrue(after and not [row for row in after if set(row.split("/")) & set(people)])

    def test_holds(self):
        (first, claims), (second, second_claims) = self.families()[:2]
        self.forget_case(claims)
        self.forget_case(second_claims)
        known = self.known(first)
        number = str(json.loads(command("exchange", "hold", "--person", first[0], "--reason", "4 K 12/26", "--author", "Muster", "--json", "--store", self.store))["hold"])
        self.purge()
        self.assertEqual((self.known(first), self.known(second)), (known, (0, 0, 0)), "with the person the whole case stays")
        command("exchange", "release", number, "--author", "Muster", "--store", self.store)
        every = str(json.loads(command("exchange", "hold", "--all", "--reason", "Prüfung", "--author", "Muster", "--json", "--store", self.store))["hold"])
        self.assertEqual(self.purge()["rows"], 0)
        command("exchange", "release", every, "--author", "Muster", "--store", self.store)
        self.purge()
        self.assertEqual(self.known(first), (0, 0, 0))

    def test_what_is_recent_stays(self):
        people, claims = self.families()[0]
        self.forget_case(claims)
        self.change("UPDATE evidence SET received_at = received_at + ? WHERE subject_key = ?", 390 * DAY, people[0])
        self.assertEqual(self.purge()["rows"], 0)

    def test_column_chunks_keep_no_copy_and_numbers_of_answers_are_not_used_again(self):
        people, claims = self.families()[0]
        command("store", "compact", "--store", self.store, self.package)
        self.forget_case(claims)
        chunks = self.rows("SELECT count(*) FROM chunk")[0][0]
        newest = self.rows("SELECT max(id) FROM evidence")[0][0]
        self.change("UPDATE evidence SET subject_key = ? WHERE id = ?", people[0], newest)
        self.assertGreater(self.purge()["chunks"], 0)
        self.assertLess(self.rows("SELECT count(*) FROM chunk")[0][0], chunks)
        self.assertLess(self.rows("SELECT max(id) FROM evidence")[0][0], newest)
        self.assertEqual(self.rows("SELECT value FROM counter WHERE key = 'evidence'"), [(newest,)])
        self.fetch(self.config(freshness_hours=0))
        self.assertGreater(self.rows("SELECT min(id) FROM evidence WHERE received_at > ?", self.rows("SELECT max(at) FROM exchange_log")[0][0] - 300)[0][0], newest)

    def test_periods_are_stated(self):
        self.settings = self.config(policy={"retention": {"no_case_days": 30, "closed_case_days": 10}})
        self.assertIn("E-EXCHANGE-CONFIG", self.purge(code=6))
        with open(self.settings, encoding="utf-8") as f:
            config = json.load(f)
        del config["policy"]["retention"]
        with open(self.settings, "w", encoding="utf-8") as f:
            json.dump(config, f)
        self.assertIn("E-EXCHANGE-RETENTION", self.purge(code=6))


if __name__ == "__main__":
    unittest.main()
