"""How old a fact may be: asked again in time, and unknown with its reason when the register cannot confirm it.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_freshness.py

Times are moved in the store itself; faults are switches of the stand-in registers. Oracles: the store read with SQL, the registers' log, the decisions before.
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
RESIDENTS = "TH/GOV/MELDE/residents/person"


def limit(days):
    return lambda registers: [r.update(max_age_days={"Wohnsitz": days}) for r in registers if r["register"] == "residents"]


class Freshness(Retrieval):
    def setUp(self):
        super().setUp()
        self.load()
        self.fetch(self.config())
        self.before = self.states()

    def age(self, days):
        database = sqlite3.connect(self.store)
        database.execute("UPDATE assertion SET recorded_at = max(recorded_at - ?, 0)", (days * DAY,))
        database.execute("UPDATE evidence SET received_at = received_at - ?", (days * DAY,))
        database.commit()
        database.close()

    def states(self):
        """(person, fact) → states and reasons of what the residents register says."""
        found = {}
        for key, fact, state, reason in self.rows("SELECT s.key, f.text, a.state, coalesce(x.text, '') FROM assertion a JOIN subject s ON s.id = a.subject JOIN name f ON f.id = a.fact JOIN name o ON o.id = a.source"
                                                  " LEFT JOIN name x ON x.id = a.text WHERE a.superseded_at = 0 AND o.text = 'Melderegister' AND f.text IN ('Wohnsitz', 'Geburtsdatum') ORDER BY 1, 2, a.from_day"):
            found.setdefault((key, fact), []).append((state, reason if state == 2 else ""))
        return found

    def asked(self, config):
        before = len(self.arrived())
        text = self.fetch(config)
        return [e for e in self.arrived()[before:] if e["service"] == RESIDENTS], text

    def test_the_shortest_age_decides_when_an_answer_is_fresh(self):
        self.age(5)
        self.assertEqual(self.asked(self.config(freshness_hours=8000, registers=limit(6)))[0], [])
        for retrieval in ("planned", "everything"):
            self.age(2)
            asked, _ = self.asked(self.config(policy={"retrieval": retrieval}, freshness_hours=8000, registers=limit(1)))
            self.assertGreater(len(asked), 50, retrieval)

    def unreachable(self, config):
        """The register cannot be reached at all: its address of service is gone."""
        self.server.control("POST", "/faults", [{"service": RESIDENTS, "mode": "early_close", "count": 1000000}])
        self.addCleanup(self.server.control, "DELETE", "/faults")
        self.assertIn("E-EXCHANGE-STOPPED", self.fetch(config, code=6))

    def test_what_is_too_old_and_cannot_be_confirmed_is_unknown(self):
        config = self.config(freshness_hours=1, max_attempts=1, registers=limit(30))
        self.age(40)
        self.unreachable(config)
        after = self.states()
        stale = [k for k in after if k[1] == "Wohnsitz" and self.before[k][0][0] == 0]
        self.assertGreater(len(stale), 50)
        for key in stale:
            self.assertEqual(len(after[key]), 1)
            self.assertRegex(after[key][0][1], r"^Angabe veraltet \(Stand 20\d\d-\d\d-\d\d\)$")
            self.assertEqual(after[key[0], "Geburtsdatum"], self.before[key[0], "Geburtsdatum"], "a fact without limit stays")
        command("batch", "--store", self.store, "--no-progress", "--month", MONTH, "--brake-change", "off", "--brake-refer", "off", self.package)
        decisions = json.loads(command("worklist", "--store", self.store, "--limit", "100000", "--json"))
        concerned = [d for d in decisions if any(k in d["row"].split("/") for k, _ in stale)]
        self.assertGreater(len([d for d in concerned if d["merits"] == "undetermined" and d["procedure"] in ("ask", "refer")]), 30)
        self.assertEqual([d for d in concerned if d["merits"] == "not_entitled" and d["action"] in ("end", "recovery")], [], "nothing is taken from anybody because a register is silent")
        row = next(d["row"] for d in concerned if d["merits"] == "undetermined")
        self.assertIn("veraltet", command("explain", self.package, "--store", self.store, "--row", row, "--month", MONTH, "--all"))
        self.server.control("DELETE", "/faults")
        self.fetch(config)
        self.assertEqual(self.states(), self.before, "and known again when the register confirms it")

    def test_what_is_not_too_old_stays(self):
        self.age(20)
        self.unreachable(self.config(freshness_hours=1, max_attempts=1, registers=limit(30)))
        self.assertEqual(self.states(), self.before)

    def test_ages_of_facts_that_the_register_delivers(self):
        for bad in ({"Augenfarbe": 3}, {"Wohnsitz": 0}, {"Wohnsitz": "3"}, 3):
            config = self.config(registers=lambda registers, bad=bad: [r.update(max_age_days=bad) for r in registers if r["register"] == "residents"])
            self.assertIn("E-EXCHANGE-CONFIG", self.fetch(config, code=6))


if __name__ == "__main__":
    unittest.main()
