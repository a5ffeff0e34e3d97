"""Who clarifies what is missing: a claim that a withheld fact holds open, or one outside the declared bounds, goes to a human; one that a merely missing fact holds open is asked about.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_referral.py

The Auskunftssperre is set in the stand-in's own data. Oracle: the same claims without it, and the reasons of the facts in the store.
"""
import json
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from retrieval import MONTH, Retrieval
from test_registers import command

CLARIFICATION = "facts_need_clarification"


class Referral(Retrieval):
    PACKAGE, CASEFILE, CONFIGURATION = "bund/uhvorschg/unterhaltsvorschuss", "casefile-unterhaltsvorschuss.jsonl", "unterhaltsvorschuss.json"
    POPULATION = ("--households", "500", "--seed", "4", "--benefits")

    def decide(self):
        command("batch", "--store", self.store, "--no-progress", "--month", MONTH, "--brake-change", "off", "--brake-refer", "off", self.package)
        listed = json.loads(command("worklist", "--store", self.store, "--limit", "100000", "--json"))
        reasons = dict(self.rows("SELECT id, reason_codes FROM decision"))
        return {d["row"]: (d["merits"], d["procedure"], json.loads(reasons[d["decision"]])) for d in listed}, {d["row"]: d["decision"] for d in listed}

    def block(self, every):
        super().block(lambda idnr: idnr // 10 % every == 0)      # without the check digit

    def test_withheld_is_referred_and_missing_is_asked(self):
        self.load()
        self.block(3)
        self.fetch(self.config())
        decisions, numbers = self.decide()
        referred = [row for row, (_, _, reasons) in decisions.items() if CLARIFICATION in reasons]
        self.assertGreater(len(referred), 3)
        for row in referred:
            self.assertEqual(decisions[row][:2], ("undetermined", "refer"))
            text = command("explain", self.package, "--store", self.store, "--row", row, "--month", MONTH, "--all")
            self.assertIn("keine Daten freigegeben", text)
            self.assertIn("ein Mensch klärt sie", text)
        self.assertIn("ein Mensch klärt sie", command("explain", "--store", self.store, "--decision", str(numbers[referred[0]])))
        one = json.loads(command("decide", self.package, "--store", self.store, "--row", referred[0], "--month", MONTH, "--json"))
        self.assertEqual(one["claims"][0]["procedure"], "refer")
        asked = [row for row, d in decisions.items() if d[1] == "ask"]
        for row in asked[:5]:
            self.assertNotIn(CLARIFICATION, decisions[row][2])
        command("audit", "verify", "--store", self.store)
        self.assertIn("undetermined", {d[0] for d in decisions.values()})

    def test_a_value_outside_the_declared_bounds_is_kept_and_clarified(self):
        """Maintenance of -450 EUR in the file of every second case: nobody is decided on it, the others are decided as before."""
        self.load()
        self.fetch(self.config())
        before, _ = self.decide()
        with open(self.casefile, encoding="utf-8") as file:
            lines = file.read().split('"Unterhaltszahlung":"0.00"')
        self.store = os.path.join(self.folder, "data", "outside.db")
        self.casefile = os.path.join(self.folder, "outside.jsonl")
        with open(self.casefile, "w", encoding="utf-8") as file:
            file.write("".join(part + ("" if i + 1 == len(lines) else '"Unterhaltszahlung":"-450.00"' if i % 2 else '"Unterhaltszahlung":"0.00"') for i, part in enumerate(lines)))
        self.load()
        self.fetch(self.config())
        after, numbers = self.decide()
        self.assertEqual(set(before), set(after))
        changed = sorted(row for row in after if after[row] != before[row])
        self.assertGreater(len(changed), 3)
        for row in changed:
            self.assertEqual(after[row][:2], ("undetermined", "refer"), row)
            self.assertIn(CLARIFICATION, after[row][2])
            text = command("explain", self.package, "--store", self.store, "--row", row, "--month", MONTH, "--all")
            self.assertIn("außerhalb der vereinbarten Grenzen: ", text)
            self.assertIn("nennt -450,00 (0,00 … 10.000.000,00)", text)
        self.assertIn("ein Mensch klärt sie", command("explain", "--store", self.store, "--decision", str(numbers[changed[0]])))
        command("audit", "verify", "--store", self.store)

    def test_nothing_withheld_nothing_referred_for_it(self):
        self.load()
        self.block(10 ** 9)
        self.fetch(self.config())
        decisions, _ = self.decide()
        self.assertEqual([row for row, d in decisions.items() if CLARIFICATION in d[2] and "keine Daten freigegeben" in command("explain", self.package, "--store", self.store, "--row", row, "--month", MONTH, "--all")], [])


if __name__ == "__main__":
    unittest.main()
