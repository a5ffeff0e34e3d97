"""The command `anspruch test`: tables in both directions, their mistakes, reports, mutation test. The rule set is invented."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest
from html.parser import HTMLParser

ROOT = pathlib.Path(__file__).resolve().parents[2]
KINDERGELD = ROOT / "rules/bund/estg/kindergeld"
RULES = """paket probe/tabelle version 1.0.0 titel "Probe" zeitraum von 01.2020 bis 12.2024
norm PG "Probegesetz"
auswahl Art = rot; blau
einheit Person
  angabe Geburtsdatum : Datum
  angabe Stufe : Zahl
  angabe Stunden_je_Woche : Dezimal(1) Stunden je Woche
  angabe Lohn : Geld je Monat
  angabe Art : Art
  angabe Antrag : Monatszahl
  angabe wohnt : Wahrheitswert im Zeitverlauf
  beurteilung fähig : Wahrheitswert
ende
einheit Paar
  verweis Kind : Person
ende
§ 1 Abs. 1 PG
ergebnis Person.alt : Wahrheitswert
regel Person.alt
  wenn Person hat zu Beginn des Monats das 18. Lebensjahr vollendet und Stufe >= 3
ergebnis Person.Zahlung : Geld je Monat sonst 0,00 € je Monat
regel Person.Zahlung ist Lohn wenn alt und fähig und Art = rot und wohnt zu Beginn des Monats und Stunden_je_Woche > 1,5 Stunden je Woche und Antrag <= Monat
ergebnis Paar.gut : Wahrheitswert
regel Paar.gut wenn Kind.alt
prüffall "achtzehn; und \\"drei\\"" § 1 Abs. 1 PG
  Person A: Geburtsdatum = 01.06.2002 Stufe = 3 Stunden_je_Woche = 12,5 Stunden je Woche Lohn = 1 234,50 € je Monat Art = rot Antrag = 01.2020
    wohnt = wahr bis 31.12.2022, falsch ab 01.01.2023 fähig = wahr
  Paar p: Kind = A
  erwarte A.alt im 05.2020 = falsch
  erwarte A.alt von 06.2020 bis 07.2020 = wahr
  erwarte A.Zahlung im 06.2020 = 1 234,50 € je Monat
  erwarte A.Zahlung im 01.2023 = 0,00 € je Monat
  erwarte p.gut im 06.2020 = wahr
ende
prüffall "zu niedrig"
  Person A: Geburtsdatum = 01.06.2002 Stufe = 2
  Person B: Geburtsdatum = 15.06.2002 Stufe = 3
  Person Leer:
  erwarte A.alt im 06.2020 = falsch
  erwarte A.Zahlung im 06.2020 = 0,00 € je Monat
  erwarte B.alt im 06.2020 = falsch
  erwarte Leer.alt im 06.2020 = unbekannt
  erwarte Leer.Zahlung im 06.2020 = offen
ende
"""
HEADER = "fall;monat;Person.A.Geburtsdatum;Person.A.Stufe;erwarte A.alt\n"


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.outside, self.captions, self.lang = [], [], 0, None

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.outside += [v for k, v in attrs if k in ("src", "href") or (v and "//" in v)]
        self.captions += tag == "caption"
        self.lang = values.get("lang", self.lang) if tag == "html" else self.lang
        if tag == "script":
            self.outside.append("script")
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag


class Testing(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)
        self.rules = self.path / "probe.recht"
        self.rules.write_text(RULES, encoding="utf-8")

    def run_test(self, *args, expect=0, rules=None):
        done = subprocess.run([os.environ["ANSPRUCH"], "test", str(rules or self.rules), "--lang", "de", *map(str, args)], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout, done.stderr

    def table(self, text, expect=0, raw=None):
        file = self.path / "faelle.csv"
        file.write_bytes(raw if raw is not None else text.encode("utf-8"))
        return self.run_test("--table", file, expect=expect)

    def test_round_trip(self):
        first, second = self.path / "a.csv", self.path / "b.csv"
        for rules in (self.rules, KINDERGELD):
            _, checks = re.search(r"(\d+) Prüffälle, (\d+) Erwartungen", self.run_test("--export-table", first, rules=rules)[0]).groups()
            out, _ = self.run_test("--table", first, "--export-table", second, rules=rules)
            self.assertIn(f", {checks} Erwartungen", out)
            self.assertEqual(first.read_text(encoding="utf-8"), re.sub(r" \(Zeile \d+\)", "", second.read_text(encoding="utf-8")))
        self.run_test("--export-table", first)
        self.assertIn('"achtzehn; und ""drei"""', first.read_text(encoding="utf-8"))

    def test_spreadsheet_forms(self):
        out, _ = self.table(None, raw=b"\xef\xbb\xbf" + (HEADER.replace("\n", ";;\r\n") + "eins;2020-06; 01.06.2002 ;3;wahr;;\r\n;;;;;;\r\nzwei;2020-04..2020-05;01.06.2002;\"3\";falsch\r\n").encode())
        self.assertIn("2 Prüffälle, 3 Erwartungen", out)

    def test_a_difference_names_the_line(self):
        out, _ = self.table(HEADER + "eins;06.2020;01.06.2002;3;wahr\nzwei;06.2020;01.06.2002;3;falsch\n", expect=1)
        self.assertRegex(out, r"faelle\.csv:3: zwei \(Zeile 3\): A\.alt im 06\.2020 .*erwartet nein, berechnet ja")

    def test_mistakes_name_line_and_column(self):
        good = "eins;06.2020;01.06.2002;3;wahr\n"
        cases = [
            ("", "E-TAB-EMPTY"), (HEADER, "E-TAB-EMPTY"), ("fall;monat;Person.A\n", "E-TAB-COLUMN-MISSING"), ("monat;erwarte A.alt\n", "E-TAB-COLUMN-MISSING"),
            ("fall;monat;Person.A.x y;erwarte A.alt\n", r"faelle\.csv:1 \(Spalte 3\).*Person\.A\.x y"), ("fall;monat;fall;erwarte A.alt\n", r"E-TAB-COLUMN-TWICE.*Spalte 3"),
            ("fall,monat,erwarte A.alt\n", "E-TAB-COLUMN"), (HEADER + "eins;13.2020;01.06.2002;3;wahr\n", r"E-TAB-PERIOD.*faelle\.csv:2 \(Spalte 2\)"),
            (HEADER + ";06.2020;01.06.2002;3;wahr\n", "E-TAB-NAME"), (HEADER + "eins;06.2020;01.06.2002;3;\n", "E-TAB-EXPECT"),
            (HEADER + "eins;06.2020;01.06.2002;3;wahr;zuviel\n", r"E-TAB-CELLS.*Spalte 6"), (HEADER + good + "zwei;06.2020;\"01.06.2002;3;wahr\n", r"E-TAB-QUOTE.*:3 \(Spalte 3\)"),
            (HEADER + "eins;06.2020;01.06.2002 -- x;3;wahr\n", r"E-TAB-CELL.*Spalte 3"), (HEADER + "eins;06.2020;31.02.2002;3;wahr\n", r"faelle\.csv:2: Spalte 3 „Person\.A\.Geburtsdatum“: R0013"),
            (HEADER + good + "zwei;06.2020;01.06.2002;drei;wahr\n", r"faelle\.csv:3: Spalte 4 „Person\.A\.Stufe“: R"),
            (HEADER + "eins;06.2020;01.06.2002;3;wahr erwarte A.alt im 07.2020 = wahr\n", "E-TAB-SHAPE"),
            (HEADER + "eins;06.2020;01.06.2002;3;wahr ende regel Person.alt wenn wahr\n", "E-TAB|R0"),
            (HEADER + "eins;06.2020;01.06.2002;3 Person B: Stufe = 3;wahr\n", "E-TAB-SHAPE"),
            ("fall;monat;vorschrift;Person.A.Stufe;erwarte A.alt\neins;06.2020;§ 1 Abs. 1;3;unbekannt\n", r"E-TAB-LAW.*Spalte 3"),
        ]
        for text, message in cases:
            with self.subTest(message):
                out, err = self.table(text, expect=5)
                self.assertRegex(err, message)
        _, err = self.table(None, raw=HEADER.encode() + b"\xe4ins;06.2020;01.06.2002;3;wahr\n", expect=5)
        self.assertRegex(err, f"E-TAB-UTF8.*{len(HEADER.encode()) + 1}")

    def test_limits(self):
        _, err = self.table("fall;monat" + "".join(f";Person.A{i}.Stufe" for i in range(4096)) + ";erwarte A.alt\n", expect=9)
        self.assertIn("E-TAB-LIMIT", err)
        _, err = self.table(HEADER + "e;06.2020;;;unbekannt\n" * 16001, expect=9)
        self.assertIn("E-TAB-LIMIT", err)
        _, err = self.table("x" * (16 * 2**20 + 2), expect=9)
        self.assertIn("E-CLI-TOO-LARGE", err)

    def test_json_and_page_say_the_same(self):
        page = self.path / "r.html"
        out, _ = self.run_test("--json", "--report", page)
        report = json.loads(out)
        self.assertEqual((report["format"], report["failed"], report["failures"]), ("anspruch-test/1", 0, []))
        coverage = report["packages"][0]["coverage"]
        self.assertEqual(coverage["summary"]["rules"], len(coverage["rules"]))
        self.assertTrue(all(rule["live"] for rule in coverage["rules"]))
        self.assertTrue(any(c["true"] and c["false"] for c in coverage["conditions"]))
        self.assertTrue(any(not c["false"] for c in coverage["conditions"]))
        self.assertTrue(all(c["path"].endswith("probe.recht") for c in coverage["conditions"]))
        text, parser = page.read_text(encoding="utf-8"), Page()
        parser.feed(text)
        self.assertEqual((parser.open, parser.outside, parser.lang), ([], [], "de"))
        self.assertGreaterEqual(parser.captions, 2)
        for condition in coverage["conditions"]:
            self.assertIn(f":{condition['line']}</td>", text)

    def test_failures_reach_the_page_escaped(self):
        self.rules.write_text(RULES.replace('prüffall "zu niedrig"', 'prüffall "<b>&"').replace("A.alt im 06.2020 = falsch", "A.alt im 06.2020 = wahr"), encoding="utf-8")
        page = self.path / "r.html"
        self.run_test("--report", page, expect=1)
        self.assertIn("&lt;b&gt;&amp;", page.read_text(encoding="utf-8"))

    def test_mutants(self):
        report = json.loads(self.run_test("--mutate", "--json", expect=1)[0])["packages"][0]["mutation"]
        self.assertEqual(report["mutants"], report["killed"] + report["survived"] + report["equivalent"] + report["invalid"])
        keys = {(s["line"], s["key"]) for s in report["survivors"]}
        lines = RULES.splitlines()
        age, money = lines.index("  wenn Person hat zu Beginn des Monats das 18. Lebensjahr vollendet und Stufe >= 3") + 1, next(i for i, x in enumerate(lines, 1) if x.startswith("regel Person.Zahlung"))
        self.assertFalse({k for line, k in keys if line == age}, keys)      # both sides of the age and of the step are tested
        self.assertIn((money, "wert-größer"), keys)                          # nobody tests 1,6 hours
        self.assertNotIn((money, "regel-weg"), keys)
        again = json.loads(self.run_test("--mutate", "--json", expect=1)[0])["packages"][0]["mutation"]
        self.assertEqual(report, again)
        sample = json.loads(self.run_test("--mutate", "--json", "--limit", "3", expect=0)[0])["packages"][0]["mutation"]  # the three are noticed
        self.assertEqual(sample["killed"] + sample["survived"] + sample["invalid"], 3)

    def test_marks(self):
        def marked(comment):
            self.rules.write_text(re.sub(r"(regel Person\.Zahlung .*)", lambda m: m.group(1) + "  " + comment, RULES), encoding="utf-8")
            return json.loads(self.run_test("--mutate", "--json", expect=1)[0])["packages"][0]["mutation"]
        plain = marked("-- ohne Kennzeichnung")
        good = marked("-- gleichwertig: wert-größer zwischen 1,5 und 1,6 liegt kein Fall der Probe")
        self.assertEqual((good["equivalent"], good["survived"], good["stale_marks"]), (1, plain["survived"] - 1, []))
        for comment in ("-- gleichwertig: regel-weg stimmt nicht", "-- gleichwertig: unsinn gibt es nicht", "-- gleichwertig: wert-größer"):
            self.assertEqual(len(marked(comment)["stale_marks"]), 1, comment)

    def test_a_mark_may_name_several_mutants(self):
        line = re.search(r"regel Person\.Zahlung .*", RULES).group()
        def survivors(comment):
            self.rules.write_text(RULES.replace(line, line + "  " + comment), encoding="utf-8")
            return json.loads(self.run_test("--mutate", "--json", expect=1)[0])["packages"][0]["mutation"]
        at = RULES.splitlines().index(line) + 1
        keys = [s["key"] for s in survivors("-- keine")["survivors"] if s["line"] == at]
        self.assertGreater(len(keys), 1)
        both = survivors(f"-- gleichwertig: {keys[0]},{keys[1]} zum Zeigen")
        self.assertEqual((both["equivalent"], both["stale_marks"]), (2, []))
        self.assertEqual(len(survivors(f"-- gleichwertig: {keys[0]},regel-weg,unsinn zum Zeigen")["stale_marks"]), 2)

    def package(self, rows):
        """A folder with the rules and a list of survivors."""
        folder = self.path / "paket"
        folder.mkdir(exist_ok=True)
        (folder / "1.recht").write_text(RULES, encoding="utf-8")
        (folder / "mutanten.csv").write_text(rows, encoding="utf-8")
        return folder

    def test_listed_survivors(self):
        head = "ergebnis;vorschrift;text;mutant;anzahl;grund\n"
        def mutation(rows, expect):
            return json.loads(self.run_test("--mutate", "--json", expect=expect, rules=self.package(rows))[0])["packages"][0]["mutation"]
        plain = mutation(head, 1)
        self.assertGreater(plain["survived"], 1)
        money = [s for s in plain["survivors"] if s["of"] == "Person.Zahlung"]
        rest = plain["survived"] - len(money)
        everything = head + f"Person.Zahlung;;;;{len(money)};\"zum Zeigen; mit Semikolon\"\n" + (f";;*;*;{rest};alles Übrige\n" if rest else "")
        good = mutation(everything, 0)
        self.assertEqual((good["survived"], good["listed"], good["stale_marks"]), (0, plain["survived"], []))
        self.assertEqual({s["reason"] for s in good["listed_survivors"] if s["of"] == "Person.Zahlung"}, {"zum Zeigen; mit Semikolon"})
        for rows in (everything.replace(f";;;;{len(money)};", f";;;;{len(money) + 1};"), everything + "Person.Zahlung;;gibt es nicht;*;1;trifft nichts\n"):
            self.assertEqual(len(mutation(rows, 1)["stale_marks"]), 1, rows)
        self.assertEqual(mutation(everything.replace("Person.Zahlung;;;;", "Person.Zahlung;;;regel-weg;"), 1)["stale_marks"][0]["line"], 2)
        whole = self.run_test("--mutate", "--jobs", "1", rules=self.package(everything))[0]
        self.assertEqual(whole, self.run_test("--mutate", "--jobs", "3", rules=self.package(everything))[0])
        self.run_test("--mutate", "--limit", "3", rules=self.package(everything))  # a sample does not count

    def test_mistakes_in_the_list(self):
        head = "ergebnis;vorschrift;text;mutant;anzahl;grund\n"
        for rows, message in (("", "E-MUTL-CELLS"), ("a;b;c;d;e;f\n", "E-MUTL-HEAD"), (head + "a;b;c;d;1\n", "E-MUTL-CELLS.*mutanten\\.csv:2"), (head + "\na;b;c;d;1;f;g\n", "E-MUTL-CELLS.*:3"),
                              (head + "a;b;c;d;0;Grund\n", "E-MUTL-COUNT"), (head + "a;b;c;d;viele;Grund\n", "E-MUTL-COUNT"), (head + "a;b;c;d;1;-\n", "E-MUTL-REASON"),
                              (head + "a;b;\"c;d;1;Grund\n", "E-MUTL-CELLS"), (head + "a;b;c;d;1;Gr\0und\n", "E-MUTL-CELLS")):
            _, err = self.run_test("--mutate", expect=5, rules=self.package(rows))
            self.assertRegex(err, message, rows)
        _, err = self.run_test("--mutate", expect=9, rules=self.package(head + "a;b;c;d;1;Grund\n" * 4097))
        self.assertIn("E-MUTL-LIMIT", err)

    def test_mutants_need_green_tests(self):
        self.rules.write_text(RULES.replace("A.alt im 06.2020 = falsch", "A.alt im 06.2020 = wahr"), encoding="utf-8")
        _, err = self.run_test("--mutate", expect=1)
        self.assertIn("E-CLI-MUTATE-RED", err)


MARKED = """paket probe/marke version 1.0.0 titel "Probe" zeitraum von 01.2020 bis 12.2024
norm PG "Probegesetz"
auswahl Haltung = liegt; sitzt; steht
einheit Person
  angabe alt : Wahrheitswert
  angabe krank : Wahrheitswert
  angabe Haltung : Haltung
  beurteilung heikel : Wahrheitswert
ende
§ 1 PG
ergebnis Person.gut : Wahrheitswert
regel Person.gut
  wenn alt  MARK1
   und krank und Haltung in (liegt; sitzt)  MARK2
§ 2 PG
ausnahme für Person.gut von § 1 PG  MARK3
  wenn nicht alt
§ 3 PG
ermessen für Person.gut von § 1 PG
  wenn heikel
  "Ein Mensch entscheidet."
prüffall "alle"
  Person A: alt = wahr krank = wahr Haltung = sitzt heikel = falsch
  Person B: alt = wahr krank = falsch Haltung = liegt heikel = falsch
  Person C: alt = wahr krank = wahr Haltung = steht heikel = wahr
  Person D: alt = wahr krank = wahr Haltung = liegt heikel = wahr
  erwarte A.gut im 01.2020 = wahr
  erwarte B.gut im 01.2020 = falsch
  erwarte C.gut im 01.2020 = falsch
  erwarte D.gut im 01.2020 = offen
ende
"""


class Marks(unittest.TestCase):
    """`-- unerreichbar: KEY, weil GRUND`: explained where no case reaches, refuted where one does."""

    def run_marked(self, marks, *options):
        with tempfile.TemporaryDirectory() as d:
            path = pathlib.Path(d) / "m.recht"
            text = MARKED
            for i in (1, 2, 3):
                text = text.replace(f"MARK{i}", marks.get(i, ""))
            path.write_text(text, encoding="utf-8")
            p = subprocess.run([os.environ["ANSPRUCH"], "test", str(path), "--lang", "de", *options], capture_output=True, text=True, encoding="utf-8", timeout=60)
            return p.returncode, p.stdout + p.stderr

    TRUE = {1: "-- unerreichbar: verneint, weil alle alt sind", 3: "-- unerreichbar: erfüllt, weil alle alt sind"}

    def test_what_no_case_reaches_is_required_to_be_explained(self):
        code, said = self.run_marked({}, "--require-coverage")
        self.assertEqual(code, 1)
        self.assertIn("„alt“ nie verneint", said)
        self.assertIn("§ 2 PG – in keinem Prüffall erfüllt", said)
        self.assertIn("„nicht alt“ nie bejaht", said)
        self.assertNotIn("Haltung in", said)  # one condition, though it lists two values
        self.assertNotIn("§ 3 PG", said)      # handed over to a human once: satisfied
        self.assertEqual(self.run_marked({})[0], 0)

    def test_marks_explain(self):
        text = dict(self.TRUE)
        code, said = self.run_marked(text, "--coverage", "--require-coverage")
        self.assertEqual(code, 1, said)  # the condition of the exception is not marked yet
        self.assertIn("2 als unerreichbar begründet", said)
        self.assertIn("„nicht alt“ nie bejaht", said)
        marked = MARKED.replace("  wenn nicht alt\n", "  wenn nicht alt  -- unreachable: true, because everybody is old\n")
        with tempfile.TemporaryDirectory() as d:
            path = pathlib.Path(d) / "m.recht"
            path.write_text(marked.replace("MARK1", self.TRUE[1]).replace("MARK2", "").replace("MARK3", self.TRUE[3]), encoding="utf-8")
            p = subprocess.run([os.environ["ANSPRUCH"], "test", str(path), "--json", "--require-coverage"], capture_output=True, text=True, encoding="utf-8", timeout=60)
            self.assertEqual(p.returncode, 0, p.stdout)
            coverage = json.loads(p.stdout)["packages"][0]["coverage"]
            self.assertEqual((coverage["summary"]["explained"], coverage["summary"]["missing"], coverage["wrong_marks"]), (3, 0, []))
            self.assertEqual([r["unreachable"] for r in coverage["rules"] if "unreachable" in r], ["weil alle alt sind"])

    def test_a_reached_mark_fails_every_run(self):
        for marks, why in (({1: "-- unerreichbar: bejaht, weil nie"}, "ein Prüffall erreicht es"), ({2: "-- unerreichbar: verneint.2 weil nie"}, "ein Prüffall erreicht es"),
                           ({2: "-- unerreichbar: verneint.3 weil nie"}, "nichts, was sie meint"), ({3: "-- unerreichbar: erfüllt"}, "die Begründung fehlt"),
                           ({3: "-- unerreichbar: nie, weil so"}, "keine von erfüllt"), ({1: "-- unerreichbar: erfüllt, weil falsche Zeile"}, "nichts, was sie meint")):
            code, said = self.run_marked(marks)
            self.assertEqual(code, 1, said)
            self.assertIn(why, said)

    def test_a_mark_inside_a_text_is_none(self):
        code, said = self.run_marked({2: '\n  begründung "-- unerreichbar: bejaht, weil nie"'})
        self.assertEqual(code, 0, said)

if __name__ == "__main__":
    unittest.main()
