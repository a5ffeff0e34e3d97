"""Register mappings on the command line: every mapping of fixtures/exchange fits every package, and a fetch through the stand-in writes what the answers say.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_mappings.py

Oracle: the answers themselves, read from the evidence with Python's own JSON and XML readers.
"""
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from test_registers import PROGRAM, ROOT, Server, command, generate

EXCHANGE = os.path.join(ROOT, "fixtures", "exchange")
PACKAGES = ("bund/wogg/wohngeld", "bund/uhvorschg/unterhaltsvorschuss", "bund/bkgg/kinderzuschlag", "bund/beeg/elterngeld", "bund/estg/kindergeld")
NAMESPACE = "{urn:synthetisch:xschwerbehinderung:1}"


class Mappings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.directory)
        cls.packages = {}
        for name in PACKAGES:
            cls.packages[name] = os.path.join(cls.directory, os.path.basename(name) + ".anp")
            command("build", "-o", cls.packages[name], os.path.join("rules", name))

    def config(self, name, change):
        """A copy of the folder of configurations, one of them changed."""
        folder = tempfile.mkdtemp(dir=self.directory)
        shutil.copytree(EXCHANGE, folder, dirs_exist_ok=True)
        path = os.path.join(folder, name)
        with open(path, encoding="utf-8") as f:
            document = json.load(f)
        change(document, folder)
        with open(path, "w", encoding="utf-8") as f:
            json.dump(document, f)
        return path

    def empty_store(self, package):
        store = os.path.join(tempfile.mkdtemp(dir=self.directory), "store.db")
        empty = os.path.join(os.path.dirname(store), "empty.jsonl")
        with open(empty, "w", encoding="utf-8") as f:
            f.write('{"kind":"header","format":"anspruch-casefile/1","synthetic":true,"seed":1,"as_of":"2026-11"}\n')
        command("import", "--store", store, empty, package)
        return store

    def test_every_mapping_fits_every_package(self):
        """A store without claims: the configuration is read and checked against the package, and nobody is asked."""
        def no_feed(document, _):
            document["registers"] = [r for r in document["registers"] if r["register"] != "births-events"]
        for name in sorted(n for n in os.listdir(EXCHANGE) if n.endswith(".json")):
            path = self.config(name, no_feed)
            for package in self.packages.values():
                with self.subTest(config=name, package=package):
                    command("fetch", "--no-progress", "--store", self.empty_store(package), "--config", path, "--month", "2026-11", package)

    def test_a_mapping_that_does_not_fit_is_refused(self):
        def wrong(_, folder):
            path = os.path.join(folder, "mappings", "disability.json")
            with open(path, encoding="utf-8") as f:
                mapping = json.load(f)
            for fact in mapping["facts"]:
                if fact["fact"] == "GdB":
                    fact["absent"] = {"value": "0"}
            with open(path, "w", encoding="utf-8") as f:
                json.dump(mapping, f)
        package = self.packages["bund/wogg/wohngeld"]
        text = command("fetch", "--no-progress", "--lang", "en", "--store", self.empty_store(package), "--config", self.config("wohngeld.json", wrong), "--month", "2026-11", package, code=6)
        for part in ("E-EXCHANGE-MAPPING-FACT", "disability.json", "Mitglied.GdB"):
            self.assertIn(part, text)

    def test_answers_become_facts_of_rows(self):
        directory = tempfile.mkdtemp(dir=self.directory)
        self.assertEqual(generate(directory, "--households", "900", "--seed", "3", "--benefits").returncode, 0)
        server = Server(directory)
        self.addCleanup(server.stop)

        def here(document, _):
            document["server_url"] = "http://" + server.ready["http"]
            document["freshness_hours"] = 0
        package, store, config = self.packages["bund/wogg/wohngeld"], os.path.join(directory, "store.db"), self.config("wohngeld.json", here)
        command("import", "--store", store, os.path.join(directory, "casefile-wohngeld.jsonl"), package)
        fetch = ("fetch", "--json", "--no-progress", "--store", store, "--config", config, "--month", "2026-11", package)
        first = json.loads(command(*fetch))
        self.assertEqual((first["invalid"], first["failed"]), (0, 0))
        self.assertGreater(first["assertions"], 1000)
        self.degrees(store)
        second = json.loads(command(*fetch))
        self.assertEqual((second["requests"], second["assertions"]), (first["requests"], 0), "unchanged answers write no assertion")

    def degrees(self, store):
        """The degree of disability in every XML answer is the fact of all of the person's rows."""
        db = sqlite3.connect(store)
        self.addCleanup(db.close)
        facts = {}
        for key, number, state in db.execute("SELECT s.key, a.number, a.state FROM assertion a JOIN name f ON f.id = a.fact JOIN name o ON o.id = a.source JOIN subject s ON s.id = a.subject "
                                             "WHERE f.text = 'GdB' AND o.text = 'Versorgungsamt' AND a.superseded_at = 0"):
            facts.setdefault(key.split("/")[1], []).append(number if state == 0 else None)
        seen = 0
        for idnr, outcome, body in db.execute("SELECT e.subject_key, e.outcome, e.body FROM evidence e JOIN name o ON o.id = e.source WHERE o.text = 'Versorgungsamt'").fetchall():
            expected = None
            if outcome == 0:
                root = ElementTree.fromstring(body)
                day = root.find(NAMESPACE + "nachrichtenkopf/" + NAMESPACE + "auskunftsstand").text
                running = [f for f in root.iter(NAMESPACE + "feststellung") if (f.findtext(NAMESPACE + "gueltigAb") or "0") <= day <= (f.findtext(NAMESPACE + "gueltigBis") or "9")]
                degrees = {f.findtext(NAMESPACE + "gradDerBehinderung") for f in running} or {"0"}
                partial = any(len(f.findtext(NAMESPACE + tag) or "2026-01-01") < 10 for f in root.iter(NAMESPACE + "feststellung") for tag in ("gueltigAb", "gueltigBis"))
                if partial or root.findtext(".//" + NAMESPACE + "vollstaendigAb") > day:
                    continue
                expected = int(degrees.pop()) if len(degrees) == 1 and None not in degrees else None
                seen += expected not in (None, 0)
            self.assertEqual(set(facts[idnr]), {expected}, idnr)
        self.assertGreater(seen, 5)


if __name__ == "__main__":
    unittest.main()
