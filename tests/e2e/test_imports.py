"""Packages that use each other, on the command line. The packages below packages/ are invented."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "tests/e2e/packages"
SURCHARGE = PACKAGES / "probe/zuschlag"
CASE = {"format": "anspruch-case/1", "units": {
    "Person": [{"id": "E", "Einkommen": "100.00", "Bezirk": "Inland"}, {"id": "K", "Geburtsdatum": "2015-01-01", "Wohnung": [{"value": "Inland"}]}],
    "Kindschaft": [{"id": "k", "Kind": "K", "Berechtigter": "E", "Antrag": True}]}}


class Imports(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)

    def run_command(self, *args, code=0):
        done = subprocess.run([os.environ["ANSPRUCH"], *map(str, args)], capture_output=True, text=True, check=False, timeout=60,
                              env={**os.environ, "LC_ALL": "C.UTF-8", "LANG": "de"}, cwd=self.path)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def copy(self):
        """The invented packages, to be changed."""
        shutil.copytree(PACKAGES / "probe", self.path / "probe")
        return self.path / "probe"

    def replace(self, path, old, new):
        text = path.read_text(encoding="utf-8")
        self.assertIn(old, text)
        path.write_text(text.replace(old, new), encoding="utf-8")

    def decide(self, case):
        (self.path / "fall.json").write_text(json.dumps(case), encoding="utf-8")
        return json.loads(self.run_command("explain", SURCHARGE, "fall.json", "--month", "2026-04", "--row", "E", "--json").stdout)

    def test_own_cases(self):
        """One benefit uses another's result, computed and given; only the package's own cases and rules count."""
        done = self.run_command("test", SURCHARGE, "--coverage", "--json")
        report = json.loads(done.stdout)
        self.assertEqual((report["cases"], report["failed"]), (4, 0))
        rules = report["packages"][0]["coverage"]["rules"]
        self.assertEqual({pathlib.Path(r["path"]).name for r in rules}, {"zuschlag.recht"})
        self.assertIn("5 Prüffälle", self.run_command("test", SURCHARGE, PACKAGES / "probe/kindergeld").stdout)

    def test_mutation_changes_own_rules_only(self):
        done = self.run_command("test", SURCHARGE, "--mutate", "--json", "--no-progress", code=1)
        mutants = json.loads(done.stdout)["packages"][0]["mutation"]
        text = json.dumps(mutants, ensure_ascii=False)
        self.assertIn("zuschlag.recht", text)
        self.assertNotIn("kindergeld.recht", text)

    def test_only_what_is_needed_is_asked(self):
        facts = json.loads(self.run_command("facts", SURCHARGE).stdout)
        units = facts["properties"]["units"]["properties"]
        self.assertEqual(set(units), {"Person", "Kindschaft"})
        self.assertEqual(set(units["Person"]["items"]["properties"]), {"id", "Geburtsdatum", "Wohnung", "Einkommen", "Bezirk"})
        self.assertEqual(set(units["Kindschaft"]["items"]["properties"]), {"id", "Kind", "Berechtigter", "Antrag"})

    def test_explanation_goes_through_the_other_package(self):
        computed = self.decide(CASE)
        self.assertEqual(computed["amount_cents"], 35000)
        self.assertEqual([p["name"] for p in computed["package"]["uses"]], ["probe/gruppen", "probe/kindergeld"])
        text = json.dumps(computed["tree"], ensure_ascii=False)
        for part in ("Das Kindergeld beträgt 250,00 € je Monat.", "§ 1 KG", "01.01.2015", "Wohnung", "Kindergeld: 250,00 € je Monat.",
                     "Mit 250,00 € je Monat Kindergeld bleiben 350,00 € je Monat.", "Für das Kind werden 250,00 € je Monat gezahlt."):
            self.assertIn(part, text)
        shown = self.run_command("explain", SURCHARGE, "fall.json", "--month", "2026-04", "--row", "E").stdout
        self.assertIn("Genutzte Regelwerke: probe/gruppen 1.0.0, probe/kindergeld 1.2.0", shown)

    def test_result_given_by_another_authority(self):
        """The result has the name that its own package gave it, and what it would need is no longer asked."""
        case = json.loads(json.dumps(CASE))
        del case["units"]["Kindschaft"][0]["Antrag"]
        case["overrides"] = [{"unit": "Kindschaft", "id": "k", "result": "Betrag", "value": "300.00"}]
        given = self.decide(case)
        self.assertEqual((given["merits"], given["amount_cents"], given["missing"]), ("entitled", 30000, []))
        self.assertIn('"given": true', json.dumps(given["tree"]))
        self.assertNotIn("Das Kindergeld beträgt", json.dumps(given["tree"], ensure_ascii=False))

    def test_package_file(self):
        """build, disasm and the file itself name what it was built with: the identity of that package as built by itself."""
        built = self.run_command("build", SURCHARGE, "-o", "z.anp").stdout
        listing = self.run_command("disasm", "z.anp").stdout
        for name, version in (("gruppen", "1.0.0"), ("kindergeld", "1.2.0")):
            self.run_command("build", PACKAGES / "probe" / name, "-o", f"{name}.anp")
            sha = hashlib.sha256((self.path / f"{name}.anp").read_bytes()).hexdigest()
            self.assertIn(f"nutzt probe/{name} {version}, SHA-256 {sha}", built)
            self.assertIn(f"uses probe/{name} version {version} sha256 {sha}", listing)
        self.assertEqual(self.run_command("disasm", SURCHARGE).stdout, listing)

    def test_same_bytes_from_anywhere(self):
        self.run_command("build", SURCHARGE, "-o", "a.anp")
        first = (self.path / "a.anp").read_bytes()
        probe = self.copy()
        for args in (("probe/zuschlag/",), (probe / "zuschlag/zuschlag.recht",)):
            self.run_command("build", *args, "-o", "b.anp")
            self.assertEqual((self.path / "b.anp").read_bytes(), first)
        shutil.move(probe / "zuschlag", self.path / "anderswo")
        done = self.run_command("build", "anderswo", "-o", "c.anp", code=3)
        self.assertIn("endet nicht auf seinen Namen", done.stderr)
        self.run_command("build", "anderswo", "--packages", self.path, "-o", "c.anp")
        self.assertEqual((self.path / "c.anp").read_bytes(), first)
        self.run_command("convert", "anderswo/zuschlag.recht", "-o", "anderswo/surcharge.law")
        (self.path / "anderswo/zuschlag.recht").unlink()
        self.assertIn("uses probe/gruppen version 1.0.0: Person; Ort as Gegend", (self.path / "anderswo/surcharge.law").read_text(encoding="utf-8"))
        self.run_command("build", "anderswo", "--packages", self.path, "-o", "c.anp")
        self.assertEqual((self.path / "c.anp").read_bytes(), first)

    def test_a_change_in_the_other_package_is_another_identity(self):
        probe = self.copy()
        self.run_command("build", "probe/zuschlag", "-o", "a.anp")
        self.replace(probe / "kindergeld/kindergeld.recht", "250,00", "255,00")
        self.run_command("build", "probe/zuschlag", "-o", "b.anp")
        self.assertNotEqual((self.path / "a.anp").read_bytes(), (self.path / "b.anp").read_bytes())
        self.run_command("test", "probe/zuschlag", code=1)

    def check_message(self, code, line, words):
        done = self.run_command("check", "probe/zuschlag", code=3)
        self.assertRegex(done.stderr, rf"(?m)^probe/\S+:{line}:\d+: Fehler {code}: ")
        for w in words:
            self.assertIn(w, done.stderr)
        self.assertIn("^~", done.stderr)

    def test_problems_with_line_and_caret(self):
        probe = self.copy()
        text = probe / "zuschlag/zuschlag.recht"
        whole = text.read_text(encoding="utf-8")
        for old, new, code, line, words in (
                ("kindergeld version 1.2.0", "kindergeld version 1.3.0", "R1031", 5, ("version 1.3.0", "version 1.2.0")),
                ("probe/kindergeld version", "probe/elterngeld version", "R1030", 5, ("probe/elterngeld", "gesucht: probe/elterngeld")),
                ("von 01.2023", "von 01.2019", "R1033", 5, ("01.2019 – 12.2026", "01.2020 – 12.2026")),
                ("Kindschaft.Betrag als Kindergeld", "Kindschaft.Betraag als Kindergeld", "R1034", 5, ("Meinten Sie „Betrag“?",))):
            self.replace(text, old, new)
            self.check_message(code, line, words)
            text.write_text(whole, encoding="utf-8")
        self.replace(probe / "gruppen/gruppen.recht", "zeitraum von", "zeitraum von von")
        self.assertIn("probe/gruppen/gruppen.recht:3:", self.run_command("check", "probe/zuschlag", code=3).stderr)

    def test_circle_names_the_chain(self):
        probe = self.copy()
        path = probe / "gruppen/gruppen.recht"
        path.write_text(re.sub(r"(zeitraum .*)", r"\1\n  nutzt probe/zuschlag version 1.0.0: Person.Zuschlag", path.read_text(encoding="utf-8"), count=1), encoding="utf-8")
        self.check_message("R1032", 4, ("probe/zuschlag → probe/gruppen → probe/zuschlag",))


if __name__ == "__main__":
    unittest.main()
