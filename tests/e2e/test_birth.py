"""One birth at five authorities (tools/demo-birth): every office raises and decides what the birth touches, with procedure and reasons, and nothing else changes hands.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_birth.py

Oracle: the document that was sent, the stores of the five offices (read with SQL) and the law of each benefit, as the comments say. All data is synthetic.
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
BASE = {}


def setUpModule():
    BASE["directory"] = tempfile.mkdtemp(prefix="birth-test.")
    done = subprocess.run([sys.executable, os.path.join(ROOT, "tools", "demo-birth"), "--anspruch", PROGRAM, "--dir", BASE["directory"], "--json"], capture_output=True, text=True, timeout=900)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    BASE["told"] = json.loads(done.stdout)
    BASE["claims"] = {o["benefit"]: o["claims"] for o in BASE["told"]["offices"]}


def tearDownModule():
    shutil.rmtree(BASE["directory"], ignore_errors=True)


class Birth(unittest.TestCase):
    def of(self, benefit, newborn):
        return [c for c in BASE["claims"][benefit] if c["newborn"] == newborn]

    def test_the_same_document_raised_claims_at_all_five(self):
        with open(os.path.join(BASE["directory"], "birth.json"), encoding="utf-8") as file:
            event = json.load(file)["events"][0]
        self.assertEqual((event["child"], event["parents"], event["day"]), (BASE["told"]["child"], BASE["told"]["parents"], BASE["told"]["day"]))
        for benefit in ("Kindergeld", "Basiselterngeld", "Wohngeld", "Unterhaltsvorschuss", "Elternbeitragsfreiheit"):
            for parent in event["parents"]:
                self.assertTrue([c for c in self.of(benefit, True) if parent in c["row"]], (benefit, parent))
            db = sqlite3.connect(os.path.join(BASE["directory"], benefit, "store.sqlite"))
            kinds = {k for k, in db.execute("SELECT n.text FROM life_event e JOIN name n ON n.id = e.kind")}
            db.close()
            self.assertEqual(kinds, {"birth", "parenthood"}, benefit)

    def test_procedures(self):
        # A child without award, an application required and only the form can say the rest: a pre-filled application (§ 67 EStG).
        self.assertEqual({(c["merits"], c["procedure"]) for c in self.of("Kindergeld", True)}, {("undetermined", "offer")})
        # Elterngeld: German parents get the form; where the residence title is a judgement, a human first.
        self.assertLessEqual({(c["merits"], c["procedure"]) for c in self.of("Basiselterngeld", True)}, {("undetermined", "offer"), ("undetermined", "refer")})
        self.assertIn("offer", {c["procedure"] for c in self.of("Basiselterngeld", True)})
        # More Wohngeld needs an application (§ 27 Abs. 1 WoGG) about which nothing is known yet; the running award stays as it is until then.
        self.assertEqual({c["merits"] for c in self.of("Wohngeld", True)}, {"undetermined"})
        self.assertIn(("entitled", "issue", "unchanged"), {(c["merits"], c["procedure"], c["action"]) for c in self.of("Wohngeld", False)})
        # That the child lives with one parent alone is for the authority to find out.
        self.assertEqual({(c["merits"], c["procedure"]) for c in self.of("Unterhaltsvorschuss", True)}, {("undetermined", "refer")})
        # A newborn child is in no day care: nothing to decide; the elder child stays free of charge.
        self.assertEqual({(c["merits"], c["procedure"]) for c in self.of("Elternbeitragsfreiheit", True)}, {("not_entitled", "none")})
        self.assertIn(("entitled", "issue", "unchanged"), {(c["merits"], c["procedure"], c["action"]) for c in self.of("Elternbeitragsfreiheit", False)})

    def test_every_claim_has_reasons_and_open_ones_say_what_is_missing(self):
        for benefit, claims in BASE["claims"].items():
            for c in claims:
                self.assertTrue(c["reasons"], (benefit, c["row"]))
                if c["merits"] == "undetermined":
                    self.assertTrue(c["missing"], (benefit, c["row"]))

    def test_no_office_sees_another_ones_facts(self):
        """The pair of parent and child is made everywhere; otherwise a store holds only rows of its own package and sources it was told by."""
        db = sqlite3.connect(os.path.join(BASE["directory"], "Elternbeitragsfreiheit", "store.sqlite"))
        units = {u for u, in db.execute("SELECT DISTINCT n.text FROM subject s JOIN name n ON n.id = s.unit")}
        asked = {r for r, in db.execute("SELECT DISTINCT register_name FROM exchange_log")}
        db.close()
        self.assertEqual(units, {"Person", "Betreuung", "Kindschaft"})
        self.assertEqual(asked, {"residents", "daycare", "school"})


if __name__ == "__main__":
    unittest.main()
