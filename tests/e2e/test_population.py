"""The population run over all benefits, small: case files, decisions, § 44 WoGG, report.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_population.py

The oracle is what the case files say: who applied, whose rent or maintenance nobody has stated yet (such a case must not be granted), what the ledger
granted before. All data is synthetic and written to a temporary directory.
"""
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOLS = os.path.join(ROOT, "tools", "registers")
PROGRAM = os.path.abspath(os.environ.get("ANSPRUCH", "anspruch"))
ENVIRONMENT = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
HOUSEHOLDS = "1500"
# Case file → (store and configuration, benefit, whether it is decided for the August before)
CASES = {"wohngeld": ("wohngeld", "Wohngeld", False), "unterhaltsvorschuss": ("unterhaltsvorschuss", "Unterhaltsvorschuss", False),
         "kinderzuschlag": ("kinderzuschlag", "Kinderzuschlag", False), "basiselterngeld": ("elterngeld", "Basiselterngeld", False),
         "elternbeitragsfreiheit": ("elternbeitragsfreiheit", "Elternbeitragsfreiheit", False), "schulbedarf_auf_antrag": ("schulbedarf", "Schulbedarf_auf_Antrag", True),
         "sinnesbehindertengeld": ("sinnesbehindertengeld", "Sinnesbehindertengeld", False), "grundsicherung": ("grundsicherung", "Grundsicherung", False),
         "grundsicherungsgeld": ("grundsicherungsgeld", "Grundsicherungsgeld", False)}
OWN = tuple(CASES)
STORES = {name: store for name, (store, _, _) in CASES.items()}
MONTH = {store: "2026-08" if august else "2026-11" for store, _, august in CASES.values()}
BENEFIT = {store: benefit for store, benefit, _ in CASES.values()}
# Registers that speak only of who has an entry, and hardly any applicant of this benefit has one.
SELDOM = {("kinderzuschlag", "assistance"), ("elterngeld", "training"), ("elterngeld", "disability"), ("unterhaltsvorschuss", "training")}
BASE = {}


def generate(directory, *options):
    return subprocess.run([sys.executable, os.path.join(TOOLS, "generate.py"), "--quiet", "--out", directory, *options],
                          env=ENVIRONMENT, capture_output=True, text=True, timeout=300)


def digests(directory):
    out = {}
    for name in sorted(os.listdir(directory)):
        with open(os.path.join(directory, name), "rb") as file:
            out[name] = hashlib.sha256(file.read()).hexdigest()
    return out


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def rows(directory, table):
    db = sqlite3.connect("file:%s?mode=ro" % os.path.join(directory, "registers.sqlite"), uri=True)
    found = db.execute("SELECT * FROM %s ORDER BY 1" % table).fetchall()
    db.close()
    return found


def said(path):
    """(unit, key, fact) → values in the order of the file."""
    out = {}
    for r in lines(path)[1:]:
        for fact, value in r.get("facts", {}).items() if r["kind"] == "statement" else ((r["fact"], r["value"]),) if r["kind"] == "finding" else ():
            out.setdefault((r["unit"], "/".join(r["key"]), fact), []).append(value)
    return out


def decided(store, run):
    """Key of the claim → (merits, amount, previous amount), as the store has it."""
    db = sqlite3.connect("file:%s?mode=ro" % store, uri=True)
    rows = db.execute("SELECT s.key, d.merits, d.amount_cents, d.previous_cents FROM decision d JOIN subject s ON s.id = d.claim WHERE d.run = ?", (run,)).fetchall()
    db.close()
    return {key: rest for key, *rest in rows}


def setUpModule():
    BASE["directory"] = tempfile.mkdtemp(prefix="population-test.")
    BASE["work"], BASE["report"] = (os.path.join(BASE["directory"], n) for n in ("work", "report"))
    done = subprocess.run([sys.executable, os.path.join(TOOLS, "run_population.py"), "--households", HOUSEHOLDS, "--seed", "3", "--jobs", "2", "--anspruch", PROGRAM,
                           "--work", BASE["work"], "--report", BASE["report"]], env=ENVIRONMENT, capture_output=True, text=True, timeout=900)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    with open(os.path.join(BASE["report"], "figures.json"), encoding="utf-8") as file:
        BASE["figures"] = json.load(file)
    BASE["population"] = os.path.join(BASE["work"], "population")
    with open(os.path.join(BASE["population"], "manifest.json"), encoding="utf-8") as file:
        BASE["manifest"] = json.load(file)


def tearDownModule():
    shutil.rmtree(BASE["directory"], ignore_errors=True)


class Generator(unittest.TestCase):
    def test_same_seed_same_bytes_whatever_the_number_of_processes(self):
        first, second = (os.path.join(BASE["directory"], n) for n in ("g1", "g2"))
        for directory, jobs in ((first, "1"), (second, "2")):
            self.assertEqual(generate(directory, "--households", "5600", "--seed", "5", "--benefits", "--jobs", jobs).returncode, 0)
        self.assertEqual(digests(first), digests(second))
        self.assertTrue(all("casefile-%s-late.jsonl" % name in digests(first) for name in OWN))

    def test_registers_and_kindergeld_do_not_depend_on_the_option(self):
        with_, without = (os.path.join(BASE["directory"], n) for n in ("w1", "w0"))
        self.assertEqual(generate(with_, "--households", "300", "--benefits").returncode, 0)
        self.assertEqual(generate(without, "--households", "300").returncode, 0)
        a, b = digests(with_), digests(without)
        self.assertEqual(a["casefile.jsonl"], b["casefile.jsonl"])
        self.assertNotIn("casefile-wohngeld.jsonl", b)
        for table in ("residents", "births", "idnr", "training", "employment", "civil", "disability", "care", "birth_events"):
            self.assertEqual(*(rows(directory, table) for directory in (with_, without)), table)
        for table in ("assistance", "insurance", "family", "housing"):
            self.assertTrue(rows(with_, table), table)
            self.assertEqual(rows(without, table), [], table)

    def test_what_registers_hold_is_not_in_the_case_files_and_the_other_way_round(self):
        """`--benefits file` states the same households in full; what is left out otherwise is counted, and in no line is anything else different."""
        full, lean = (os.path.join(BASE["directory"], n) for n in ("full", "lean"))
        self.assertEqual(generate(full, "--households", "900", "--benefits", "file").returncode, 0)
        self.assertEqual(generate(lean, "--households", "900", "--benefits").returncode, 0)
        self.assertEqual(digests(full)["registers.sqlite"], digests(lean)["registers.sqlite"])
        for name in OWN:
            stated, kept = (said(os.path.join(d, "casefile-%s.jsonl" % name)) for d in (full, lean))
            left_out = {k: v for k, v in stated.items() if k not in kept}
            self.assertTrue(left_out, name)
            for key, values in kept.items():
                if key[-1] == "Transferleistung":       # what a recipient conceals
                    self.assertEqual(values, ["keine"])
                    continue
                self.assertEqual(values, stated[key], key)
            self.assertNotIn("Geburtsdatum", {key[-1] for key in kept})
            delivered = {"elternbeitragsfreiheit": "Betreut", "sinnesbehindertengeld": "Merkzeichen_Bl"}.get(name, "Geburtsdatum")
            self.assertIn(delivered, {key[-1] for key in left_out}, name)

    def test_a_month_after_the_population_is_refused(self):
        done = generate(os.path.join(BASE["directory"], "late"), "--households", "20", "--as-of", "2025-03", "--benefits", "--benefits-as-of", "2025-04")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--benefits-as-of", done.stderr)

    def test_files_declare_themselves_synthetic_and_count_what_they_hold(self):
        for benefit, counts in BASE["manifest"]["benefit_counts"].items():
            records = lines(os.path.join(BASE["population"], "casefile-%s.jsonl" % benefit.lower()))
            self.assertTrue(records[0]["synthetic"])
            for kind in ("application", "statement", "finding"):
                self.assertEqual(sum(1 for r in records if r["kind"] == kind), counts[kind + "s"], (benefit, kind))
            identifiers = [r.get(r["kind"]) for r in records[1:]]
            self.assertEqual(len(identifiers), len(set(identifiers)))


class Decisions(unittest.TestCase):
    def test_every_application_is_decided_or_named_open(self):
        for benefit, result in BASE["figures"]["benefits"].items():
            first = result["before"]
            self.assertEqual(first["entitled"] + first["not_entitled"] + first["undetermined"], first["cases"])
            self.assertEqual(first["quarantined"], 0)
        for name, (_, benefit, august) in CASES.items():
            month = "2026-08" if august else "2026-11"
            claims = set()
            for r in lines(os.path.join(BASE["population"], "casefile-%s.jsonl" % name))[1:]:
                if r["kind"] == "application" and r["received"][:7] <= month or r["kind"] == "award" and r["from"] <= month <= r["to"]:
                    claims.add("/".join(r["key"]))
            self.assertEqual(BASE["figures"]["benefits"][benefit]["before"]["cases"], len(claims), benefit)

    def test_at_least_sixty_percent_are_determined(self):
        for benefit, result in BASE["figures"]["benefits"].items():
            self.assertGreater(result["before"]["cases"], 0, benefit)
            self.assertGreaterEqual(result["before"]["determined_percent"], 60.0, benefit)
            if "late" in result:
                self.assertGreaterEqual(result["late"]["determined_percent"], result["before"]["determined_percent"])

    def test_an_explanation_is_about_the_benefit_that_was_decided(self):
        """Day care and school needs have several benefits of one unit; the explanation and the replay are those of the run's, decided as stored."""
        for store in ("elternbeitragsfreiheit", "schulbedarf", "sinnesbehindertengeld"):
            path = os.path.join(BASE["work"], store + ".sqlite")
            run = lambda *arguments: subprocess.run([PROGRAM, *arguments, "--store", path], capture_output=True, text=True, timeout=120)
            rows = json.loads(run("worklist", "--run", "1", "--limit", "100000", "--json").stdout)
            self.assertEqual({r["benefit"] for r in rows}, {BENEFIT[store]})
            by_kind = {(r["merits"], r["receipt"]): r for r in rows}
            for (merits, receipt), r in by_kind.items():
                done = run("explain", "--decision", str(r["decision"]), "--json")
                self.assertEqual(done.returncode, 0, done.stderr)
                explained = json.loads(done.stdout)
                self.assertEqual((explained["benefit"], explained["merits"]), (BENEFIT[store], merits))
                if receipt:
                    self.assertEqual(run("replay", str(r["decision"])).returncode, 0)

    def waiting(self, name, fact):
        return {"/".join(r["key"]) for r in lines(os.path.join(BASE["population"], "casefile-%s-late.jsonl" % name))[1:] if fact in r["facts"]}

    def test_nothing_is_granted_before_the_answer_it_depends_on(self):
        waited = 0
        for name, fact in (("wohngeld", "Entgelt"), ("unterhaltsvorschuss", "Unterhaltszahlung"), ("kinderzuschlag", "Erwerbseinkünfte")):
            rows = decided(os.path.join(BASE["work"], STORES[name] + ".sqlite"), 1)
            homes = {key[1] for key, forms in said(os.path.join(BASE["population"], "casefile-%s.jsonl" % name)).items() if key[2] == "Wohnform" and forms != ["gemietet"]}
            for key in self.waiting(name, fact) - homes:       # in homes and own houses the rent stated is not what counts
                waited += 1
                self.assertNotEqual(rows[key][0], 0, (name, key))
        self.assertGreater(waited, 0)

    def test_contradicting_rents_are_not_decided_by_either(self):
        stated = {}
        for r in lines(os.path.join(BASE["population"], "casefile-wohngeld.jsonl")):
            if r["kind"] == "statement" and r["unit"] == "Haushalt" and "Entgelt" in r["facts"]:
                stated.setdefault("/".join(r["key"]), set()).add(r["facts"]["Entgelt"])
        rows = decided(os.path.join(BASE["work"], "wohngeld.sqlite"), 1)
        rented = {key[1] for key, forms in said(os.path.join(BASE["population"], "casefile-wohngeld.jsonl")).items() if key[2] == "Wohnform" and forms == ["gemietet"]}
        contradicted = [key for key, rents in stated.items() if len(rents) > 1 and key in rented]
        self.assertTrue(contradicted)
        for key in contradicted:
            self.assertNotEqual(rows[key][0], 0, key)

    def test_no_one_on_assistance_without_a_finding_gets_wohngeld(self):
        """What the Jobcenter says counts, also against those who state that they receive nothing."""
        records = lines(os.path.join(BASE["population"], "casefile-wohngeld.jsonl"))
        avoidable = {tuple(r["key"]) for r in records if r["kind"] == "finding" and r["fact"] == "Hilfebedürftigkeit_vermeidbar" and r["value"]}
        assisted = {"%011d" % number for number, _ in rows(BASE["population"], "assistance")}
        blocked = {"%011d" % number for number, blocked, _ in rows(BASE["population"], "residents") if blocked}
        members = {}
        for r in records:
            if r["kind"] == "statement" and r["unit"] == "Mitglied":
                members.setdefault(r["key"][0], set()).add(r["key"][1])
        decisions, compared = decided(os.path.join(BASE["work"], "wohngeld.sqlite"), 1), 0
        for head, people in members.items():
            if people <= assisted - blocked and not any((head, p) in avoidable for p in people):
                compared += 1
                self.assertNotEqual(decisions[head][0], 0, head)
        self.assertGreater(compared, 0)
        concealed = [r for r in records if r["kind"] == "statement" and r["facts"] == {"Transferleistung": "keine"}]
        self.assertEqual(len(concealed), BASE["manifest"]["benefit_counts"]["Wohngeld"]["concealed"])
        self.assertTrue(all(r["key"][1] in assisted for r in concealed))


    def test_a_single_person_without_means_gets_standard_need_and_dwelling(self):
        """Grundsicherungsgeld by hand: 563 euro (level 1, 2026) with rent and heating, for people alone whose file shows nothing else."""
        said_of = said(os.path.join(BASE["population"], "casefile-grundsicherungsgeld.jsonl"))
        blocked = {"%011d" % number for number, is_blocked, _ in rows(BASE["population"], "residents") if is_blocked}
        members = {}
        for r in lines(os.path.join(BASE["population"], "casefile-grundsicherungsgeld.jsonl"))[1:]:
            if r["unit"] == "Person" and "Haushalt" in r.get("references", {}):
                members.setdefault(r["references"]["Haushalt"], []).append(r)
        decisions, compared = decided(os.path.join(BASE["work"], "grundsicherungsgeld.sqlite"), 1), 0
        wanted = {("Person", "Erwerbseinkommen"): "0.00", ("Person", "Sonstige_Einnahmen"): "0.00", ("Person", "Warmwasser_dezentral"): False, ("Person", "Erwerbsfähig"): True,
                  ("Person", "Bedarf_zu_prüfen"): False, ("Person", "Ausgeschlossen_SGB_II"): False, ("Haushalt", "Umzug_zu_prüfen"): False,
                  ("Haushalt", "Unterkunft_anzuerkennen"): True, ("Haushalt", "Wohneigentum"): "kein_Eigentum"}
        for head, people in members.items():
            one = lambda unit, fact: said_of.get((unit, head, fact), [None])[0]
            plain = len(people) == 1 and head not in blocked and all(one(unit, fact) == value for (unit, fact), value in wanted.items())
            if not plain or float(one("Person", "Vermögen_der_Person") or "1e9") > 5000 or decisions[head][0] == 2:
                continue
            costs = [one("Haushalt", name) for name in ("Kosten_der_Unterkunft", "Kosten_der_Heizung")]
            self.assertEqual(decisions[head][:2], [0, 56300 + sum(int(x.replace(".", "")) for x in costs)], head)
            compared += 1
        self.assertGreater(compared, 10)


class Fetch(unittest.TestCase):
    """Registers instead of paper: what is fetched, that a second fetch changes nothing, and that the decisions are those of a full case file."""

    def configuration(self, benefit, **changes):
        with open(os.path.join(BASE["work"], "exchange-%s.json" % ("local" if benefit == "kindergeld" else benefit)), encoding="utf-8") as file:
            return {**json.load(file), **changes}

    def test_every_benefit_asked_its_registers_and_every_register_said_something(self):
        for benefit, result in BASE["figures"]["benefits"].items():
            fetched = result["fetched"]
            self.assertGreater(fetched["assertions"], fetched["persons"], benefit)
            self.assertEqual((fetched["invalid"], fetched["failed"]), (0, 0), benefit)
        for store in ("kindergeld",) + tuple(STORES.values()):
            db = sqlite3.connect("file:%s?mode=ro" % os.path.join(BASE["work"], store + ".sqlite"), uri=True)
            sources = {source for source, in db.execute(
                "SELECT DISTINCT s.text FROM assertion a JOIN name s ON s.id = a.source WHERE a.evidence > 0 AND a.state IN (0, 1)")}
            asked = {name for name, in db.execute("SELECT DISTINCT register_name FROM exchange_log")}
            db.close()
            registers = self.configuration(store)["registers"]
            self.assertEqual(asked, {r["register"] for r in registers}, store)
            for register in registers:
                if (store, register["register"]) in SELDOM:
                    continue
                passed_on = set(register.get("fact_sources", {}).values())
                self.assertTrue(sources & ({register["source"]} | passed_on), (store, register["register"]))

    def test_the_purpose_and_basis_of_every_request_are_those_of_the_benefit(self):
        for store, law in (("wohngeld", "WoGG"), ("unterhaltsvorschuss", "UhVorschG"), ("kinderzuschlag", "BKGG"), ("elterngeld", "BEEG"),
                           ("elternbeitragsfreiheit", "ThürKigaG"), ("schulbedarf", "BKGG"), ("sinnesbehindertengeld", "ThürSinnbGG"), ("grundsicherung", "SGB_XII"), ("grundsicherungsgeld", "SGB_II SGB_X")):
            db = sqlite3.connect("file:%s?mode=ro" % os.path.join(BASE["work"], store + ".sqlite"), uri=True)
            bases = [basis for basis, in db.execute("SELECT DISTINCT legal_basis FROM exchange_log")]
            db.close()
            self.assertEqual({basis.split()[-1] for basis in bases}, set(law.split()), store)

    def test_a_second_fetch_of_an_unchanged_population_writes_no_assertions(self):
        server = subprocess.Popen([sys.executable, os.path.join(TOOLS, "server.py"), "--data", os.path.join(BASE["population"], "registers.sqlite"), "--http-port", "0"],
                                  env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
        try:
            address = "http://" + json.loads(server.stdout.readline())["http"]
            for store in ("kindergeld",) + tuple(STORES.values()):
                path = os.path.join(BASE["work"], "again.json")
                with open(path, "w", encoding="utf-8") as file:
                    json.dump(self.configuration(store, server_url=address, freshness_hours=0), file)
                copy = os.path.join(BASE["work"], "again.sqlite")
                shutil.copyfile(os.path.join(BASE["work"], store + ".sqlite"), copy)
                done = subprocess.run([PROGRAM, "fetch", "--json", "--no-progress", "--store", copy, "--config", path, "--month", MONTH.get(store, "2026-11"),
                                       "--benefit", BENEFIT.get(store, "Kindergeld"), os.path.join(BASE["work"], store + ".anp")], capture_output=True, text=True, timeout=300)
                self.assertEqual(done.returncode, 0, done.stderr)
                report = json.loads(done.stdout)
                os.unlink(copy)
                self.assertGreater(report["requests"], 10, store)
                self.assertEqual(report["assertions"], 0, store)
        finally:
            server.terminate()
            server.wait(20)
            server.stdout.close()

    def test_decisions_from_registers_are_those_of_an_office_that_was_told_everything(self):
        """The oracle is the same population with `--benefits file`: nothing fetched, everything stated. Where both know enough, both decide alike, to the cent."""
        full = os.path.join(BASE["directory"], "told")
        self.assertEqual(generate(full, "--households", HOUSEHOLDS, "--seed", "3", "--benefits", "file").returncode, 0)
        for name, store in STORES.items():
            path, package = os.path.join(full, store + ".sqlite"), os.path.join(BASE["work"], store + ".anp")
            for arguments in (("import", "--store", path, os.path.join(full, "casefile-%s.jsonl" % name), package),
                              ("batch", "--no-progress", "--store", path, "--month", MONTH[store], "--benefit", BENEFIT[store], "--brake-change", "off", "--brake-refer", "off", package)):
                done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=300)
                self.assertEqual(done.returncode, 0, done.stderr)
            told, fetched = decided(path, 1), decided(os.path.join(BASE["work"], store + ".sqlite"), 1)
            self.assertEqual(set(told), set(fetched))
            both = [key for key in told if told[key][0] != 2 and fetched[key][0] != 2]
            for key in both:
                self.assertEqual(told[key], fetched[key], (name, key))
            self.assertGreaterEqual(len(both), 0.6 * len(told), name)


class Redecision(unittest.TestCase):
    def test_every_running_award_is_decided_again_once(self):
        again = BASE["figures"]["redecision_2025"]
        ledger = [r for r in lines(os.path.join(BASE["work"], "awards-2024.jsonl")) if r["kind"] == "award"]
        self.assertGreater(len(ledger), 20)
        self.assertEqual(len(ledger), again["running_january"])
        self.assertEqual(again["higher"] + again["lower"] + again["unchanged"] + again["ended"] + again["open"] + again["quarantined"], again["running_january"])
        rows = decided(os.path.join(BASE["work"], "wohngeld-44.sqlite"), 2)
        for award in ledger:
            self.assertEqual(rows[award["key"][0]][2], award["history"][0]["amount_cents"])

    def test_sums_follow_from_the_decisions(self):
        again, rows = BASE["figures"]["redecision_2025"], decided(os.path.join(BASE["work"], "wohngeld-44.sqlite"), 2)
        changed = [(amount, before) for merits, amount, before in rows.values() if merits == 0 and before]
        rise = sum(amount - before for amount, before in changed) / 100
        self.assertAlmostEqual(again["sum_after_euro"] - again["sum_before_euro"], rise, places=2)
        self.assertEqual(again["higher"], sum(1 for amount, before in changed if amount > before))


class Report(unittest.TestCase):
    def test_plots_are_well_formed_and_load_nothing(self):
        names = [n for n in os.listdir(BASE["report"]) if n.endswith(".svg")]
        self.assertEqual(len(names), 12)
        for name in names:
            root = xml.etree.ElementTree.parse(os.path.join(BASE["report"], name)).getroot()
            self.assertTrue(root.tag.endswith("svg"))
            for element in root.iter():
                self.assertFalse([a for a in element.attrib if a.endswith("href")])

    def test_the_table_shows_the_figures(self):
        with open(os.path.join(BASE["report"], "figures.md"), encoding="utf-8") as file:
            text = file.read()
        for benefit, result in BASE["figures"]["benefits"].items():
            x = result["before"]
            self.assertIn("| %s | %d | %d | %d |" % (benefit, x["cases"], x["entitled"], x["not_entitled"]), text)

    def test_the_page_shows_the_documented_run(self):
        with open(os.path.join(ROOT, "docs", "population.md"), encoding="utf-8") as file:
            page = file.read().splitlines()
        with open(os.path.join(ROOT, "docs", "population", "figures.md"), encoding="utf-8") as file:
            for line in file.read().splitlines()[1:]:
                self.assertIn(line, page)


if __name__ == "__main__":
    unittest.main()
