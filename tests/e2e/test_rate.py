"""A new rate of Kindergeld takes one parameter line and one test case: shown on a copy of the rule set. Rate and promulgation are invented for the test."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RULES = ROOT / "rules/bund/estg/kindergeld"
LINE = '  ab 01.01.2027 verkündet 15.12.2026                                 : jede -> 267,00 € je Monat "erfunden, zur Probe"\n'
CASE = """
prüffall "Betrag 2027" § 66 Abs. 1 EStG wie "Mutter und Kind"
  erwarte km.Betrag von 01.2027 bis 12.2027 = 267,00 € je Monat
ende
"""
FACTS = {
    "format": "anspruch-case/1", "comment": "Synthetic. Mother and child.",
    "units": {
        "Person": [{"id": "M", "Geburtsdatum": "1985-03-15", "Sterbedatum": None, "IdNr_vergeben": True, "Staatsangehörigkeit": "Deutsch",
                    "Wohnsitz": [{"value": "Inland"}], "Erstausbildung_abgeschlossen": None},
                   {"id": "K", "Geburtsdatum": "2012-09-14", "Sterbedatum": None, "IdNr_vergeben": True, "Staatsangehörigkeit": "Deutsch",
                    "Wohnsitz": [{"value": "Inland"}], "Erstausbildung_abgeschlossen": None}],
        "Kindschaft": [{"id": "km", "Berechtigter": "M", "Kind": "K", "Art": "leiblich", "Antragseingang": "2012-10-01"}],
    },
}


def run(*args):
    p = subprocess.run([os.environ["ANSPRUCH"], *map(str, args)], capture_output=True, text=True, encoding="utf-8", timeout=120)
    return p.returncode, p.stdout, p.stderr


class Rate(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.top = pathlib.Path(self.dir.name)
        self.rules = self.top / "kindergeld"
        shutil.copytree(RULES, self.rules)
        self.case = self.top / "case.json"
        self.case.write_text(json.dumps(FACTS), encoding="utf-8")

    def add_line(self):
        """Puts LINE after the last row of Kindergeldsatz; nothing else of the file changes."""
        path = self.rules / "4-hoehe.recht"
        text = path.read_text(encoding="utf-8")
        row = re.search(r"^parameter Kindergeldsatz .*\n(?: .*\n)+", text, re.M)
        path.write_text(text[:row.end()] + LINE + text[row.end():], encoding="utf-8")

    def add_case(self):
        with open(self.rules / "pruef-4-hoehe-und-antrag.recht", "a", encoding="utf-8") as file:
            file.write(CASE)

    def amounts(self, *options):
        """Amount in cents by month, from the package as it stands in the copy."""
        package = self.top / "kindergeld.rpk"
        code, out, err = run("build", self.rules, "-o", package)
        self.assertEqual(code, 0, out + err)
        found = {}
        for month in ("2026-12", "2027-01", "2027-12"):
            code, out, err = run("decide", package, self.case, "--month", month, "--json", *options)
            self.assertEqual(code, 0, out + err)
            found[month] = [c["amount_cents"] for c in json.loads(out)["claims"]]
        return found

    def test_the_rate_in_force_goes_on(self):
        self.assertEqual(self.amounts(), {"2026-12": [25900], "2027-01": [25900], "2027-12": [25900]})

    def test_the_case_alone_fails(self):
        self.add_case()
        code, out, err = run("test", self.rules)
        self.assertEqual(code, 1, out + err)
        self.assertIn("Betrag 2027", out + err)

    def test_one_line_and_one_case(self):
        before = {p.name: p.read_text(encoding="utf-8").count("\n") for p in self.rules.iterdir()}
        self.add_line()
        self.add_case()
        after = {p.name: p.read_text(encoding="utf-8").count("\n") for p in self.rules.iterdir()}
        self.assertEqual({n: after[n] - before[n] for n in after if after[n] != before[n]},
                         {"4-hoehe.recht": 1, "pruef-4-hoehe-und-antrag.recht": CASE.count("\n")})
        code, out, err = run("fmt", "--check", self.rules)
        self.assertEqual(code, 0, out + err)
        code, out, err = run("test", self.rules, "--require-coverage")
        self.assertEqual(code, 0, out + err)
        self.assertEqual(self.amounts(), {"2026-12": [25900], "2027-01": [26700], "2027-12": [26700]})

    def test_who_does_not_know_the_new_law_gets_the_old_rate(self):
        self.add_line()
        self.assertEqual(self.amounts("--law-known", "2026-12-14")["2027-01"], [25900])
        self.assertEqual(self.amounts("--law-known", "2026-12-15")["2027-01"], [26700])

    def test_beyond_2027_is_refused(self):
        package = self.top / "kindergeld.rpk"
        self.assertEqual(run("build", self.rules, "-o", package)[0], 0)
        code, out, err = run("decide", package, self.case, "--month", "2028-01")
        self.assertEqual(code, 5, out + err)
        self.assertIn("E-REPLAY-PERIOD", err)
        self.assertIn("2027-12", err)


if __name__ == "__main__":
    unittest.main()
