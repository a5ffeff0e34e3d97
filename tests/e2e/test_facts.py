"""Registers of the benefits other than Kindergeld, and the table of docs/registers.md that says who delivers which fact.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_facts.py

Oracles: docs/registers.md for shapes and rates; for the table the rule packages as `anspruch disasm` lists them, the mappings of fixtures/exchange and
the case files that the generator writes.
"""
import collections
import json
import os
import re
import shutil
import subprocess
import sys
import sqlite3
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from test_registers import CLIENT, POLICY, ROOT, SERVICES, XML, Server, generate, strict_json

PROGRAM = os.path.abspath(os.environ.get("ANSPRUCH", "anspruch"))
EXCHANGE = os.path.join(ROOT, "fixtures", "exchange")
PACKAGES = {"Wohngeld": "bund/wogg/wohngeld", "Unterhaltsvorschuss": "bund/uhvorschg/unterhaltsvorschuss", "Kinderzuschlag": "bund/bkgg/kinderzuschlag",
            "Elterngeld": "bund/beeg/elterngeld", "Elternbeitragsfreiheit": "thueringen/kita", "Schulbedarf": "bund/but/schulbedarf",
            "Sinnesbehindertengeld": "thueringen/sinnbgg", "Grundsicherung": "bund/sgb12/grundsicherung",
            "Grundsicherungsgeld": "bund/sgb2/grundsicherungsgeld", "Kindergeld": "bund/estg/kindergeld"}
FILES = {"Wohngeld": "wohngeld", "Unterhaltsvorschuss": "unterhaltsvorschuss", "Kinderzuschlag": "kinderzuschlag", "Elterngeld": "basiselterngeld",
         "Elternbeitragsfreiheit": "elternbeitragsfreiheit", "Schulbedarf": "schulbedarf_auf_antrag", "Sinnesbehindertengeld": "sinnesbehindertengeld", "Grundsicherung": "grundsicherung",
         "Grundsicherungsgeld": "grundsicherungsgeld"}
CONFIGURATIONS = {"Kindergeld": "local.json", **{name: name.lower() + ".json" for name in FILES}}
# What the adapters in C deliver (docs/exchange.md); everything else that a register delivers stands in a mapping.
BUILT_IN = {"residents": {"Person.Geburtsdatum", "Person.Sterbedatum", "Person.Staatsangehörigkeit", "Person.Wohnsitz", "Kindschaft.Art"},
            "births": {"Person.Geburtsdatum", "Kindschaft.Art"}, "idnr": {"Person.IdNr_vergeben"},
            "training": {"Person.Ausbildung", "Person.Studium", "Person.Erstausbildung_abgeschlossen"},
            "employment": {"Person." + f for f in ("Wochenstunden", "Geringfügig", "Ausbildungsdienstverhältnis", "Arbeitsuchend", "Ausbildungsplatz_gesucht",
                                                   "Freiwilligendienst")}}
OWN = ("civil", "disability", "care", "assistance", "insurance", "family", "youth", "housing", "maternity", "school", "daycare")
BASE = {}


def setUpModule():
    BASE["directory"] = tempfile.mkdtemp(prefix="facts-test.")
    done = generate(BASE["directory"], "--households", "10000", "--seed", "4", "--benefits")
    if done.returncode:
        raise RuntimeError(done.stderr)
    BASE["db"] = sqlite3.connect(os.path.join(BASE["directory"], "registers.sqlite"))


def tearDownModule():
    BASE["db"].close()
    shutil.rmtree(BASE["directory"], ignore_errors=True)


def table():
    """Rows of the table in docs/registers.md: [(package, fact, sources, delivered by, flaws)]."""
    with open(os.path.join(ROOT, "docs", "registers.md"), encoding="utf-8") as file:
        text = file.read().split("## Facts and who delivers them")[1].split("\n## ")[0]
    found = re.findall(r"^\| `([^`]+\.[^`]+)` \| (\S+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", text, re.M)
    return [(package, fact, *(cell.strip() for cell in rest)) for fact, package, *rest in found]


def configuration(package):
    """[(configuration of a register, its mapping or None)]"""
    with open(os.path.join(EXCHANGE, CONFIGURATIONS[package]), encoding="utf-8") as file:
        registers = json.load(file)["registers"]
    out = []
    for register in registers:
        mapping = None
        if "mapping" in register:
            with open(os.path.join(EXCHANGE, register["mapping"]), encoding="utf-8") as file:
                mapping = json.load(file)
        out.append((register, mapping))
    return out


def facts_of(package):
    """{fact: [(source, rank)]} of a rule package, references left out."""
    path = os.path.join(BASE["directory"], package + ".anp")
    rules = os.path.join(ROOT, "rules")
    subprocess.run([PROGRAM, "build", os.path.join(rules, PACKAGES[package]), "--packages", rules, "-o", path], check=True, capture_output=True, timeout=120)
    text = subprocess.run([PROGRAM, "disasm", path], check=True, capture_output=True, text=True, timeout=120).stdout
    out = {}
    for name, rest in re.findall(r"^fact \d+ (\S+) : (.*)$", text, re.M):
        if not rest.startswith("ref "):
            sources = rest.split(" from ")[1] if " from " in rest else ""
            out[name] = [(s, int(rank)) for s, rank in re.findall(r"(\S+?)\((\d+)\)", sources)]
    return out


def sources_text(sources):
    text = ""
    for i, (name, rank) in enumerate(sources):
        text += ("" if i == 0 else "; " if rank == sources[i - 1][1] else " vor ") + name
    return text


class Table(unittest.TestCase):
    def test_every_fact_of_every_package_is_in_the_table_once_with_its_sources(self):
        rows = table()
        self.assertEqual([k for k, n in collections.Counter((p, f) for p, f, *_ in rows).items() if n > 1], [])
        for package in PACKAGES:
            stated = {fact: sources for p, fact, sources, *_ in rows if p == package}
            self.assertEqual(stated, {fact: sources_text(s) for fact, s in facts_of(package).items()}, package)

    def test_the_registers_named_are_those_that_deliver(self):
        for package in PACKAGES:
            facts = facts_of(package)
            named = {fact: set(re.findall(r"register `([a-z]+)`", by)) for p, fact, _, by, _ in table() if p == package}
            delivered = {fact: set() for fact in facts}
            for register, mapping in configuration(package):
                name = register["register"]
                known = set(BUILT_IN.get(name, ())) | {"%s.%s" % (f["unit"], f["fact"]) for f in (mapping or {}).get("facts", ())}
                for fact in known & set(facts):
                    source = register.get("fact_sources", {}).get(fact.partition(".")[2], register["source"])
                    if source in [s for s, _ in facts[fact]]:
                        delivered[fact].add(name)
            self.assertEqual(named, delivered, package)

    def test_a_fact_that_a_mapping_names_exists_in_a_package_that_takes_it(self):
        facts = {package: facts_of(package) for package in PACKAGES}
        for name in sorted(os.listdir(os.path.join(EXCHANGE, "mappings"))):
            with open(os.path.join(EXCHANGE, "mappings", name), encoding="utf-8") as file:
                mapping = json.load(file)
            self.assertEqual(mapping["register"] + ".json", name)
            for f in mapping["facts"]:
                users = [p for p in PACKAGES if "%s.%s" % (f["unit"], f["fact"]) in facts[p] and any(m and m["register"] == mapping["register"] for _, m in configuration(p))]
                self.assertTrue(users, (name, f["unit"], f["fact"]))

    def test_the_case_files_hold_what_the_table_says(self):
        by = {(p, f): text for p, f, _, text, _ in table()}
        for package, name in FILES.items():
            seen = set()
            for suffix in ("", "-late"):
                with open(os.path.join(BASE["directory"], "casefile-%s%s.jsonl" % (name, suffix)), encoding="utf-8") as file:
                    for r in map(json.loads, file):
                        kind = r["kind"]
                        names = r.get("facts", {}) if kind == "statement" else [r["fact"]] if kind == "finding" else r["stated"] if kind == "application" else ()
                        seen.update((r["unit"] + "." + f, kind) for f in names)
            for fact, kind in seen:
                text, flaws = by[(package, fact)], {f: x for p, f, _, _, x in table() if p == package}[fact]
                self.assertTrue("case file: " + kind in text or "register" in text and ("stated" in flaws or "states" in flaws), (package, fact, kind, text))
            for (p, fact), text in by.items():
                for kind in re.findall(r"case file: (\w+)", text) if p == package else ():
                    self.assertIn((fact, kind), seen)


class Registers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(BASE["directory"])

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def number(self, query):
        return "%011d" % BASE["db"].execute(query).fetchone()[0]

    def ask(self, register, number, client="TH/GOV/FAMKA/anspruch"):
        return self.server.call("/r1/TH/GOV/%s/%s" % (SERVICES[register], number), [("X-Road-Client", client)] + POLICY)

    def test_single_answers_have_the_documented_envelope(self):
        for register in OWN:
            number = self.number("SELECT x.idnr FROM %s x JOIN residents r ON r.idnr=x.idnr WHERE blocked=0" % register)
            status, headers, body = self.ask(register, number)
            kind = [v for n, v in headers if n.lower() == "content-type"]
            self.assertEqual(status, 200)
            if register not in XML:
                answer = strict_json(body)
                self.assertEqual([answer[k] for k in ("status", "register", "idnr", "as_of")], ["found", register, number, "2026-11-20"])
                self.assertRegex(answer["record"]["coverage_from"], r"^\d{4}-\d\d-\d\d$")
                self.assertEqual(kind, ["application/json; charset=utf-8"])
                continue
            self.assertEqual(kind, ["application/xml; charset=utf-8"])
            root, name = ElementTree.fromstring(body), "{%s}" % XML[register]
            head = root.find(name + "nachrichtenkopf")
            self.assertEqual([head.find(name + k).text for k in ("status", "register", "identifikationsnummer", "auskunftsstand")], ["found", register, number, "2026-11-20"])
            self.assertTrue(root.find(name + "datensatz").findall(name + "feststellung"))

    def test_xml_batches_keep_the_order_and_release_nothing_about_blocked_persons(self):
        known = self.number("SELECT x.idnr FROM disability x JOIN residents r ON r.idnr=x.idnr WHERE blocked=0")
        blocked = self.number("SELECT idnr FROM residents WHERE blocked=1")
        status, _, body = self.server.call("/r1/TH/GOV/VERSORGUNG/disability/persons", None, "POST", json.dumps({"idnrs": [blocked, known, "99999999999"]}).encode())
        name = "{%s}" % XML["disability"]
        answers = [[e.find(name + "nachrichtenkopf").find(name + k).text for k in ("status", "identifikationsnummer")] for e in ElementTree.fromstring(body)]
        self.assertEqual((status, answers), (200, [["no_data_released", blocked], ["found", known], ["no_data_released", "99999999999"]]))

    def test_an_authority_gets_only_what_it_needs(self):
        number = self.number("SELECT idnr FROM maternity")
        for client, register, allowed in (("ELTERNGELD", "maternity", True), ("WOGEB", "maternity", False), ("WOGEB", "assistance", True), ("KIZUKASSE", "disability", False),
                                          ("UVSTELLE", "youth", True), ("ELTERNGELD", "youth", False)):
            status, headers, _ = self.ask(register, number, "TH/GOV/%s/anspruch" % client)
            error = [v for n, v in headers if n.lower() == "x-road-error"]
            self.assertEqual((status, error), (200, []) if allowed else (500, ["server.serverproxy.access_denied"]), (client, register))

    def test_every_configured_service_may_be_called_by_its_client(self):
        for package, name in CONFIGURATIONS.items():
            with open(os.path.join(EXCHANGE, name), encoding="utf-8") as file:
                config = json.load(file)
            number = self.number("SELECT idnr FROM residents WHERE blocked=0")
            for register, _ in configuration(package):
                target = "" if register["register"] == "births-events" else "/" + number
                status, _, body = self.server.call("/r1/" + register["service_id"] + target, [("X-Road-Client", config["client_id"])] + POLICY)
                self.assertEqual(status, 200, (package, register["register"], body[:200]))

    def test_corrections_of_xml_records(self):
        number = self.number("SELECT x.idnr FROM care x JOIN residents r ON r.idnr=x.idnr WHERE blocked=0 ORDER BY 1 DESC")
        status, _ = self.server.control("POST", "/records", {"register": "care", "idnr": number, "record": {"not": "xml"}})
        self.assertEqual(status, 400)
        record = "<r:datensatz><r:vollstaendigAb>2001-02-03</r:vollstaendigAb></r:datensatz>"
        self.assertEqual(self.server.control("POST", "/records", {"register": "care", "idnr": number, "record": record})[0], 200)
        self.assertIn(record.encode(), self.ask("care", number)[2])

    def test_without_benefits_nothing_is_claimed_about_incomes(self):
        directory = os.path.join(BASE["directory"], "plain")
        self.assertEqual(generate(directory, "--households", "60").returncode, 0)
        server = Server(directory)
        try:
            db = sqlite3.connect(os.path.join(directory, "registers.sqlite"))
            number = "%011d" % db.execute("SELECT idnr FROM residents WHERE blocked=0").fetchone()[0]
            db.close()
            for register, found in (("assistance", False), ("insurance", False), ("family", False), ("civil", True)):
                body = server.call("/r1/TH/GOV/%s/%s" % (SERVICES[register], number))[2]
                self.assertEqual(strict_json(body)["status"], "found" if found else "no_data_released", register)
        finally:
            server.stop()


class Contents(unittest.TestCase):
    """Rates and consistency of what the registers hold."""

    @classmethod
    def setUpClass(cls):
        cls.records = {r: {"%011d" % n: strict_json(text) for n, text in BASE["db"].execute("SELECT idnr, record FROM " + r)} for r in OWN if r not in XML}
        cls.xml = {r: {"%011d" % n: text for n, text in BASE["db"].execute("SELECT idnr, record FROM " + r)} for r in XML}
        cls.residents = {"%011d" % n: strict_json(text) for n, text in BASE["db"].execute("SELECT idnr, record FROM residents")}

    def near(self, hits, total, rate):
        expected = total * rate
        self.assertLessEqual(abs(hits - expected), 0.35 * expected + 4 * max(1, expected) ** 0.5, "%d of %d, stated %g" % (hits, total, rate))
        self.assertGreater(hits, 0)

    def test_marital_status_follows_the_marriages(self):
        unknown = 0
        for number, record in self.records["civil"].items():
            states = record["marital_status"]
            days = [s["from"] for s in states]
            self.assertEqual(days, sorted(days))
            for before, after in zip(states, states[1:]):
                self.assertLess(before["to"], after["from"])
            unknown += states[-1]["status"] == "NB"
            married = [m for m in self.residents[number]["marriages"] if "to" not in m]
            if states[-1]["status"] not in ("NB", "VH"):
                self.assertEqual(married, [], number)
            elif states[-1]["status"] == "VH":
                self.assertTrue(married, number)
        self.near(unknown, len(self.records["civil"]), 0.004)

    def test_flaws_at_stated_rates(self):
        wages = [w for r in self.records["insurance"].values() for w in r["wages"]]
        self.near(sum("gross" not in w for w in wages), len(wages), 0.02)
        months = [m for r in self.records["maternity"].values() for m in r["months"]]
        self.near(sum("amount" not in m for m in months), len(months), 0.02)
        self.near(sum("gradDerBehinderung" not in text for text in self.xml["disability"].values()), len(self.xml["disability"]), 0.01)
        onset = [re.search("<r:eintritt>([^<]*)<", text) for text in self.xml["disability"].values()]
        self.near(sum(1 for m in onset if m and len(m.group(1)) < 10), len(onset), 0.02)
        with_account = [r for r in self.records["youth"].values() if "maintenance" in r]
        self.near(sum(r["maintenance"][-1]["month"] < "2026-11" for r in with_account if r["maintenance"]), len(with_account), 0.08)
        current = [r["current"] for r in self.records["assistance"].values()]
        self.near(sum("housing_considered" not in c for c in current), len(current), 0.01)

    def test_records_are_well_formed(self):
        for number, text in list(self.xml["disability"].items()) + list(self.xml["care"].items()):
            self.assertEqual(ElementTree.fromstring(text.replace("<r:datensatz>", '<r:datensatz xmlns:r="urn:x">', 1)).tag, "{urn:x}datensatz", number)
        for register, records in self.records.items():
            for record in records.values():
                for part in record.values():
                    for entry in part if isinstance(part, list) else ():
                        if "from" in entry and "to" in entry:
                            self.assertLessEqual(entry["from"], entry["to"], (register, entry))
                        for key in ("monthly", "yearly", "gross", "amount"):
                            self.assertRegex(entry.get(key, "0.00"), r"^\d+\.\d\d$")

    def test_kindergeld_is_the_ledger_of_the_case_file(self):
        running = {}
        with open(os.path.join(BASE["directory"], "casefile.jsonl"), encoding="utf-8") as file:
            for r in map(json.loads, file):
                if r["kind"] == "award" and "to" not in r:
                    running[r["child"]] = (r["recipient"], "%d.%02d" % divmod(r["history"][-1]["amount_cents"], 100))
        compared = 0
        for child, record in self.records["family"].items():
            paid = [(e["recipient_idnr"], e["monthly"]) for e in record["kindergeld"] if "to" not in e]
            self.assertEqual(paid, [running[child]] if child in running else [], child)
            compared += bool(paid)
        self.assertGreater(compared, 1000)


if __name__ == "__main__":
    unittest.main()
