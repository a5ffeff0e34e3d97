"""Retrieval driven by the rules: the decisions are those of fetching everything, and less is asked.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_plan.py

Oracles: a second store into which everything is fetched, and the access log of the stand-in registers. The counts of the report must be the difference of the two.
ANSPRUCH_PLAN_HOUSEHOLDS: size of the population (default 400; docs/exchange.md shows larger ones), with ANSPRUCH_PLAN_SHOW=1 to print the rows; ANSPRUCH_PLAN_UPDATE=1 writes the rows of the default into the page.
"""
import json
import os
import random
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from retrieval import EXCHANGE, MONTH, Retrieval
from test_registers import ROOT, command

SEED = int(os.environ.get("ANSPRUCH_TEST_SEED", "20261122"))
HOUSEHOLDS = os.environ.get("ANSPRUCH_PLAN_HOUSEHOLDS", "400")


class Planned(Retrieval):
    POPULATION = ("--households", HOUSEHOLDS, "--seed", "21", "--benefits")

    def decide(self, store):
        command("batch", "--store", store, "--no-progress", "--month", MONTH, "--brake-change", "off", "--brake-refer", "off", self.package)
        listed = json.loads(command("worklist", "--store", store, "--limit", "1000000", "--json"))
        return {(d["row"], d["month"]): (d["merits"], d["procedure"], d["action"], d["previous_cents"], d["amount_cents"]) for d in listed}

    def retrieve(self, retrieval, *options, store, **changes):
        before = len(self.arrived())
        report = json.loads(self.fetch(self.config(policy={"retrieval": retrieval}, **changes), "--json", *options, store=store))
        return report, self.arrived()[before:]

    @staticmethod
    def about(entries):
        """(person, service) of every request that names somebody."""
        return [(e["target"].rsplit("/", 1)[1], e["service"]) for e in entries if e["idnr_used"]]

    @staticmethod
    def fields(entries):
        return sum(len(e["fields"].split(", ")) for e in entries if e["idnr_used"])

    def table_row(self, counts, persons):
        """A row of the table in docs/exchange.md: every register about everybody, as configured, planned."""
        with open(os.path.join(EXCHANGE, self.CONFIGURATION), encoding="utf-8") as f:
            registers = sum(r["register"] != "births-events" for r in json.load(f)["registers"])
        return "| %s | %s | %d | %d / %d / %d | %d / %d | %d / %d |" % (os.path.basename(self.PACKAGE), HOUSEHOLDS, counts["claims"], registers * persons, *counts["requests"], *counts["fields"], *counts["persons"])

    def show(self, counts, persons):
        print(self.table_row(counts, persons))

    def check_documented(self, row):
        """The table of docs/exchange.md is what comes out; ANSPRUCH_PLAN_UPDATE=1 writes it anew."""
        path = os.path.join(ROOT, "docs", "exchange.md")
        with open(path, encoding="utf-8") as f:
            lines = f.read().split("\n")
        at = [i for i, line in enumerate(lines) if line.split("|")[:3] == row.split("|")[:3]]
        self.assertEqual(len(at), 1, "one row " + row)
        if os.environ.get("ANSPRUCH_PLAN_UPDATE"):
            lines[at[0]] = row
            with open(path, "w", encoding="utf-8") as f:
                f.write("\n".join(lines))
        self.assertEqual(lines[at[0]], row)

    def spoil(self, store):
        """Registers that fail for good about some people: what they would have said is unknown, and the plan must come to what fetching everything comes to."""
        chance = random.Random(SEED)
        with open(os.path.join(EXCHANGE, self.CONFIGURATION), encoding="utf-8") as f:
            services = [r["service_id"] for r in json.load(f)["registers"] if r["register"] != "births-events"]
        people = [k for (k,) in self.rows("SELECT DISTINCT s.key FROM subject s JOIN name n ON n.id = s.unit WHERE n.text = 'Person' ORDER BY s.key", store=store)]
        faults = [{"service": service, "idnr": person, "mode": chance.choice(("html_200", "not_what_was_asked", "duplicate_keys", "http_404")), "count": -1}
                  for person in people for service in services if chance.random() < 0.15]
        self.assertGreater(len(faults), 15)
        blocked = {int(p) for p in people if p.isdigit() and chance.random() < 0.1}
        self.block(lambda idnr: idnr in blocked)
        self.server.control("POST", "/faults", faults)
        self.addCleanup(self.server.control, "DELETE", "/faults")

    def compare_spoilt(self):
        decisions = []
        for retrieval in ("everything", "planned"):
            store = self.store + "." + retrieval
            self.load(store=store)
            if retrieval == "everything":
                self.spoil(store)
            report, entries = self.retrieve(retrieval, store=store)
            self.assertGreater(report["invalid"] + report["failed"], 5)
            self.assertGreater(report["no_data"], 3)
            decisions.append(self.decide(store))
            self.assertEqual(len(self.about(entries)), len(set(self.about(entries))))
        self.assertEqual(decisions[0], decisions[1], "seed %d" % SEED)
        self.assertGreater(len([d for d in decisions[0].values() if d[0] == "undetermined"]), 3)

    def compare(self):
        whole, planned = self.store, self.store + ".planned"
        self.load(store=whole)
        self.load(store=planned)
        all_report, all_entries = self.retrieve("everything", store=whole)
        report, entries = self.retrieve("planned", store=planned)
        everything, asked = self.about(all_entries), self.about(entries)
        self.assertEqual(len(asked), len(set(asked)), "nobody is asked about twice")
        self.assertEqual(set(asked) - set(everything), set(), "nothing is asked that would not be asked anyway")
        decisions = self.decide(whole)
        self.assertEqual(self.decide(planned), decisions)
        self.assertGreater(len({d[0] for d in decisions.values()}), 1, "several outcomes")
        spared = len(everything) - len(asked)        # the report cannot know the age of whom nobody was asked about: with from_age it may count a little too much
        self.assertTrue(spared <= report["spared_requests"] <= spared + spared // 50, (spared, report))
        self.assertEqual((report["fields"], all_report["fields"]), (self.fields(entries), self.fields(all_entries)))
        self.assertEqual(report["asked_persons"], len({p for p, _ in asked}))
        self.assertGreaterEqual(report["spared_persons"], len({p for p, _ in everything} - {p for p, _ in asked}))
        counts = {"claims": len(decisions), "requests": (len(everything), len(asked)), "fields": (all_report["fields"], report["fields"]), "persons": (all_report["asked_persons"], report["asked_persons"]), "rounds": report["rounds"]}
        if os.environ.get("ANSPRUCH_PLAN_SHOW"):
            self.show(counts, all_report["persons"])
        if HOUSEHOLDS == "400":
            self.check_documented(self.table_row(counts, all_report["persons"]))
        self.assertLess(counts["fields"][1], counts["fields"][0])
        self.assertLess(counts["requests"][1], counts["requests"][0])
        again, entries = self.retrieve("planned", store=planned)
        self.assertEqual(self.about(entries), [], "what is fresh or cannot matter is not asked")
        return planned


class Kindergeld(Planned):
    def test_the_same_decisions(self):
        self.compare()

    def test_the_same_decisions_where_registers_fail(self):
        self.compare_spoilt()

    def files(self):
        found = {}
        for name in os.listdir(os.path.dirname(self.store)):
            with open(os.path.join(os.path.dirname(self.store), name), "rb") as f:
                found[name] = f.read()
        return {name: data for name, data in found.items() if not name.endswith("-shm") and data}

    def test_the_plan_is_shown_and_nothing_is_sent_or_written(self):
        self.load()
        before, files = len(self.arrived()), self.files()
        config = self.config(policy={"retrieval": "planned"})
        plan = json.loads(self.fetch(config, "--plan", "--json"))
        self.assertEqual(len(self.arrived()), before)
        self.assertEqual(self.files(), files)
        asked = {r["register"]: r["persons"] for r in plan["requests"]}
        self.assertEqual(set(asked), {"births", "residents"}, "first whose child it is, then what the rules still need")
        self.assertTrue(all(r["fields"] and "person" not in r for r in plan["requests"]))
        self.fetch(config)
        self.assertEqual(json.loads(self.fetch(config, "--plan", "--json"))["requests"], [])
        self.assertIn("Nothing is to be asked", self.fetch(config, "--plan"))
        self.assertIn("E-CLI-PLAN", self.fetch(self.config(policy={"retrieval": "everything"}), "--plan", code=2))

    def test_one_case(self):
        whole, one = self.store, self.store + ".one"
        self.load(store=whole)
        self.load(store=one)
        self.retrieve("everything", store=whole)
        decisions = self.decide(whole)
        claim, month = next(k for k, d in sorted(decisions.items()) if d[0] == "entitled")
        plan = json.loads(self.fetch(self.config(policy={"retrieval": "planned"}), "--plan", "--row", claim, "--json", store=one))
        self.assertTrue({r["person"] for r in plan["requests"]} & set(claim.split("/")) and len({r["person"] for r in plan["requests"]}) < 12)
        report, entries = self.retrieve("planned", "--row", claim, store=one)
        self.assertLess(len({p for p, _ in self.about(entries)}), 12)
        self.assertEqual(self.decide(one)[claim, month], decisions[claim, month])
        self.assertIn("E-CLI-STORE-ROW", self.fetch(self.config(policy={"retrieval": "planned"}), "--row", "nobody", store=one, code=5))

    def test_the_cheaper_register_is_asked_first(self):
        employment, training = "TH/GOV/DSRV/employment/person", "TH/GOV/BILDUNG/training/person"
        orders = []
        for cost in ({"employment": 1, "training": 50}, {"employment": 50, "training": 1}):
            store = "%s.%d" % (self.store, cost["training"])
            self.load(store=store)
            _, entries = self.retrieve("planned", store=store, registers=lambda registers, cost=cost: [r.update(cost=cost[r["register"]]) for r in registers if r["register"] in cost])
            first = {}
            for person, service in self.about(entries):
                if service in (employment, training):
                    first.setdefault(person, service)
            orders.append(list(first.values()))
        self.assertGreater(orders[0].count(employment), orders[0].count(training))
        self.assertGreater(orders[1].count(training), orders[1].count(employment))

    def test_a_register_that_fails_is_not_asked_for_ever(self):
        self.load()
        self.addCleanup(self.server.control, "DELETE", "/faults")
        self.server.control("POST", "/faults", [{"service": "TH/GOV/BZST/idnr/account", "mode": "html_200", "count": 100000}])
        report, entries = self.retrieve("planned", store=self.store)
        self.assertGreater(report["invalid"], 100)
        asked = self.about(entries)
        self.assertEqual(len(asked), len(set(asked)))


class Wohngeld(Planned):
    PACKAGE, CASEFILE, CONFIGURATION = "bund/wogg/wohngeld", "casefile-wohngeld.jsonl", "wohngeld.json"

    def test_the_same_decisions(self):
        self.compare()

    def test_the_same_decisions_where_registers_fail(self):
        self.compare_spoilt()


class Kinderzuschlag(Planned):
    PACKAGE, CASEFILE, CONFIGURATION = "bund/bkgg/kinderzuschlag", "casefile-kinderzuschlag.jsonl", "kinderzuschlag.json"

    def test_the_same_decisions(self):
        self.compare()

    def test_the_same_decisions_where_registers_fail(self):
        self.compare_spoilt()


class Unterhaltsvorschuss(Planned):
    PACKAGE, CASEFILE, CONFIGURATION = "bund/uhvorschg/unterhaltsvorschuss", "casefile-unterhaltsvorschuss.jsonl", "unterhaltsvorschuss.json"

    def test_the_same_decisions(self):
        self.compare()

    def test_the_same_decisions_where_registers_fail(self):
        self.compare_spoilt()


del Planned

if __name__ == "__main__":
    unittest.main()
