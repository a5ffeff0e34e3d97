"""`anspruch build --report`, and the ratchet of proven operations: tests/e2e/ranges.json holds, per rule set, which share of the arithmetic
operations needs no check, unconditionally or under guards, and which share of the registers with values has 4 bytes, in thousandths. The test fails when a share has got more than 5 % worse and when a
rule set is missing. `ANS_RANGES_UPDATE=1` writes what is proven now."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
RATCHET = ROOT / "tests/e2e/ranges.json"
WORSE = 50  # thousandths of the old share

RULES = """paket test/spannen version 1.0.0 titel "Spannen" zeitraum von 01.2024 bis 12.2024
norm BGB "Bürgerliches Gesetzbuch"
einheit Person
  angabe Einkommen : Geld je Monat
  angabe Miete : Geld je Monat
  angabe Fläche : Dezimal(6)
  angabe Anteil : Dezimal(6)
ende
§ 1 BGB
ergebnis Person.Rest : Geld je Monat sonst 0 € je Monat
regel Person.Rest ist Einkommen - Miete
ergebnis Person.Teil : Dezimal(6) sonst 0
regel Person.Teil ist gerundet(Fläche * Anteil; kaufmännisch; 6)
ergebnis Person.Fünf : Zahl sonst 0
regel Person.Fünf ist 2 + 3
"""


def run(*args, code=0, lang="de"):
    done = subprocess.run([os.environ["ANSPRUCH"], *map(str, args)], capture_output=True, text=True, check=False, timeout=120, env={**os.environ, "ANSPRUCH_LANG": lang})
    if done.returncode != code:
        raise AssertionError(f"exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def rule_sets():
    return sorted({p.parent.relative_to(ROOT / "rules").as_posix() for p in (ROOT / "rules").rglob("*.recht")})


def shares(report):
    proven = report["proven_32"] + report["proven_64"]
    count = report["operations"]
    share = lambda n: n * 1000 // count if count else 1000
    return {"operations": count, "proven": share(proven), "proven_or_guarded": share(proven + report["guarded"]),
            "registers_4": report["registers_4"] * 1000 // max(1, report["registers_4"] + report["registers_8"])}


class Ratchet(unittest.TestCase):
    def test_no_rule_set_has_got_worse(self):
        now = {name: shares(json.loads(run("build", ROOT / "rules" / name, "--packages", ROOT / "rules", "--report", "--json"))) for name in rule_sets()}
        self.assertGreater(len(now), 5)
        if os.environ.get("ANS_RANGES_UPDATE"):
            RATCHET.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        kept = json.loads(RATCHET.read_text(encoding="utf-8"))
        for name, mine in now.items():
            self.assertIn(name, kept, f"{name} is not in {RATCHET.name}: ANS_RANGES_UPDATE=1")
            for key in ("proven", "proven_or_guarded", "registers_4"):
                self.assertGreaterEqual(mine[key] * 1000, kept[name][key] * (1000 - WORSE), f"{name}: {key} fell from {kept[name][key]} to {mine[key]} thousandths")


class Report(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.file = self.folder / "spannen.recht"
        self.file.write_text(RULES, encoding="utf-8")

    def test_json(self):
        report = json.loads(run("build", self.file, "--report", "--json"))
        self.assertEqual(report["package"], "test/spannen")
        self.assertEqual((report["operations"], report["proven_32"], report["guarded"], report["wide"]), (3, 1, 1, 1))
        self.assertEqual((report["registers_4"], report["registers_8"]), (6, 9))
        self.assertEqual({g["name"] for g in report["guards"]}, {"Person.Einkommen", "Person.Miete"})
        self.assertEqual(report["guards"][0]["high"], "46116860184273879.03")
        by_result = {o["result"]: o for o in report["open"]}
        self.assertEqual(by_result["Person.Rest"]["proof"], "guarded")
        self.assertEqual(by_result["Person.Rest"]["guards"], [0, 1])
        self.assertEqual(by_result["Person.Rest"]["provision"], "§ 1 BGB")
        self.assertEqual(by_result["Person.Rest"]["line"], RULES.splitlines().index("regel Person.Rest ist Einkommen - Miete") + 1)
        wide = by_result["Person.Teil"]
        self.assertEqual((wide["proof"], wide["operation"]), ("wide", "mul.round"))
        self.assertEqual({h["name"]: h["high"] for h in wide["would_prove"]}, {"Person.Fläche": "3037.000499", "Person.Anteil": "3037.000499"})

    def test_text_in_both_languages(self):
        german, english = run("build", self.file, "--report"), run("build", self.file, "--report", lang="en")
        self.assertIn("Person.Einkommen: -46.116.860.184.273.879,04 bis 46.116.860.184.273.879,03", german)
        self.assertIn("33,3 %  weit", german)
        self.assertIn("  Register mit Werten je Zeile: 6 in 4 Byte, 9 in 8 Byte\n", german)
        self.assertIn("  registers with values, a row: 6 in 4 bytes, 9 in 8 bytes\n", english)
        self.assertIn("§ 1 BGB: sub, mit Schranke\n      Person.Einkommen, Person.Miete\n", german)
        self.assertIn("bewiesen mit Person.Fläche: -3.037,000499 bis 3.037,000499", german)
        self.assertIn("proven with Person.Fläche: -3037.000499 to 3037.000499", english)
        self.assertEqual(german.count("\n"), english.count("\n"))

    def test_declared_bounds(self):
        bounded = RULES.replace("Einkommen : Geld je Monat", "Einkommen : Geld je Monat von 0 € je Monat bis 1 000 000 € je Monat").replace("Miete : Geld je Monat", "Miete : Geld je Monat mindestens 0 € je Monat")
        self.file.write_text(bounded, encoding="utf-8")
        report = json.loads(run("build", self.file, "--report", "--json"))
        self.assertEqual((report["operations"], report["proven_32"], report["proven_64"], report["declared"], report["guarded"], report["wide"]), (3, 1, 1, 1, 0, 1))
        self.assertEqual(report["bounds"], [{"fact": "Person.Einkommen", "low": "0.00", "high": "1000000.00"}, {"fact": "Person.Miete", "low": "0.00", "high": None}])
        self.assertEqual(report["guards"], [])
        self.assertEqual((report["registers_4"], report["registers_8"]), (7, 8))  # Einkommen has bounds on both sides
        german, english = run("build", self.file, "--report"), run("build", self.file, "--report", lang="en")
        self.assertIn("Vereinbarte Grenzen:\n  Person.Einkommen: 0,00 … 1.000.000,00\n  Person.Miete: 0,00 …\n", german)
        self.assertIn("       1   33,3 %  davon erst durch vereinbarte Grenzen von Angaben\n", german)
        self.assertIn("Declared bounds:\n  Person.Einkommen: 0.00 … 1000000.00\n", english)
        self.assertIn("of these only by declared bounds of facts", english)

    def test_with_and_without_a_package(self):
        out = self.folder / "spannen.anp"
        run("build", self.file, "--report")
        self.assertFalse(out.exists())
        json.loads(run("build", self.file, "--report", "--json", "-o", out))
        self.assertTrue(out.exists())
        from_package = run("build", out, "--report", "--json")
        self.assertEqual(json.loads(from_package), json.loads(run("build", self.file, "--report", "--json")))
        run("build", self.file, code=2)  # neither report nor output
        self.assertIn("--report DATEI.html", run("test", "--help"))
        self.assertIn("--report ", run("build", "--help"))


if __name__ == "__main__":
    unittest.main()
