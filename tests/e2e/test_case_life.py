"""What changes in the life of a case: a corrected record, an account, the rules, several persons for one number, twins.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_case_life.py

Oracle: the undisturbed job of test_main_job.py, the registers as the stand-in's control port changes them, and the store read with SQL. All data is synthetic.
"""
import json
import os
import shutil
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import test_main_job
from test_main_job import BASE, MONTH, ROOT, Server, batch, copy_store, fetch, outcomes, rows, run, worklist, write_config

IBAN = "DE73900000000099999999"


def setUpModule():
    test_main_job.setUpModule()


class CaseLife(unittest.TestCase):
    def setUp(self):
        name = self.id().rpartition(".")[2]
        self.server = Server(BASE["directory"], name)
        self.addCleanup(self.server.stop)
        self.store = copy_store(BASE["decided"], os.path.join(BASE["directory"], name + ".sqlite"))
        self.config = write_config(os.path.join(BASE["directory"], name + ".json"), self.server)
        self.paid = sorted(row for (row, _), o in BASE["outcomes"].items() if o[0] == "entitled" and o[3])

    def correct(self, register, person, record):
        self.server.control("POST", "/records", {"register": register, "idnr": person, "record": record})

    def record(self, register, person):
        """What the register holds, before any change."""
        (record,), = rows(BASE["registers"], "SELECT record FROM %s WHERE idnr = ?" % register, int(person))
        return json.loads(record)

    def bodies(self, person, service):
        return [json.loads(b) for b, in rows(self.store, "SELECT e.body FROM evidence e JOIN name n ON n.id = e.service WHERE e.subject_key = ? AND n.text LIKE ? ORDER BY e.id", person, "%/" + service + "/%")]

    def ok(self, done, code=0):
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done

    def event(self, *events):
        path = os.path.join(BASE["directory"], self.id().rpartition(".")[2] + "-events.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"format": "anspruch-events/1", "feed": "f", "source": "Melderegister", "events": events}, file)
        self.ok(run("events", "ingest", path, "--store", self.store))

    def asked(self):
        return {e["target"].rpartition("/")[2] for e in self.server.entries() if e["idnr_used"] == "true"}

    def test_iban_changed_between_decision_and_payment(self):
        """Whoever pays reads the account again: after the register's notice the old answer is not fresh, whatever its age; it stays on file."""
        person = next(p for row in self.paid for p in row.split("/") if self.bodies(p, "idnr"))
        before = self.bodies(person, "idnr")
        self.correct("idnr", person, {"idnr_assigned": True, "iban": IBAN})
        self.ok(fetch(self.store, self.config))
        self.assertNotIn(person, self.asked(), "yesterday's answer counts as long as nobody says anything")
        self.event({"event_id": "K-1", "event": "account", "day": MONTH + "-10", "persons": [person]})
        self.ok(fetch(self.store, self.config))
        after = self.bodies(person, "idnr")
        self.assertEqual(after[:len(before)], before)
        self.assertEqual(after[-1]["record"]["iban"], IBAN)
        self.ok(batch(self.store))
        self.assertEqual(outcomes(self.store), BASE["outcomes"], "an account decides nothing")

    def test_rule_version_changed_in_the_middle_of_a_case(self):
        """A decision stays that of the rules by which it was made; the next run decides by the new ones."""
        rules = os.path.join(BASE["directory"], "rules-2")
        shutil.copytree(os.path.join(ROOT, "rules", "bund", "estg", "kindergeld"), rules)
        changed = 0
        for name in os.listdir(rules):
            path = os.path.join(rules, name)
            if not name.endswith(".recht") or name.startswith("pruef"):
                continue
            with open(path, encoding="utf-8") as file:
                text = file.read()
            new = text.replace("259,00 €", "261,00 €")
            changed += new != text
            with open(path, "w", encoding="utf-8") as file:
                file.write(new)
        self.assertEqual(changed, 1, "the rate of 2026 stands in one file")
        package = os.path.join(BASE["directory"], "rules-2.anp")
        self.ok(run("build", rules, "-o", package))
        old = {d["row"]: d for d in worklist(self.store) if d["receipt"] and d["merits"] == "entitled"}
        self.assertTrue(old)
        self.ok(run("batch", "--store", self.store, "--month", MONTH, "--brake-change", "off", "--brake-refer", "off", package))
        new = {d["row"]: d for d in worklist(self.store)}
        for row, d in old.items():
            self.assertEqual(new[row]["amount_cents"], {25900: 26100}.get(d["amount_cents"], d["amount_cents"]))
            self.ok(run("replay", "--store", self.store, str(d["decision"])))
            told = json.loads(self.ok(run("explain", "--store", self.store, "--decision", str(d["decision"]), "--json")).stdout)
            again = json.loads(self.ok(run("explain", "--store", self.store, "--decision", str(new[row]["decision"]), "--json")).stdout)
            self.assertNotEqual(told["package"]["sha256"], again["package"]["sha256"])
        self.ok(run("audit", "verify", "--store", self.store))

    def test_several_persons_matched(self):
        """Two records for one number are no answer: kept as evidence, said to be invalid, and nothing is decided from either."""
        person = self.paid[0].split("/")[0]
        record = self.record("residents", person)
        self.correct("residents", person, [record, dict(record, birth_date="1999-09-09")])
        config = write_config(self.config, self.server, freshness_hours=0)
        report = json.loads(self.ok(fetch(self.store, config)).stdout)
        self.assertEqual(report["invalid"], 1)
        self.ok(batch(self.store))
        for key, now in outcomes(self.store).items():
            if person in key[0]:
                self.assertNotEqual(now[0], "not_entitled" if BASE["outcomes"][key][0] != "not_entitled" else "", key)
                self.assertNotEqual(now[2], "end", key)
            elif person not in json.dumps(key):
                self.assertIn(now[0], (BASE["outcomes"][key][0], "undetermined"), key)

    def test_twins_of_the_same_day_and_parents_are_two_children(self):
        mother = self.paid[0].split("/")[0]
        twins = ["00000000101", "00000000102"]
        self.event(*({"event_id": "Z-%d" % i, "event": "birth", "day": MONTH + "-02", "child": child, "parents": [mother]} for i, child in enumerate(twins)))
        touched = json.loads(self.ok(run("events", "process", BASE["package"], "--json", "--store", self.store, "--month", MONTH)).stdout)
        raised = {r["row"] for r in touched["rows"]}
        self.assertLessEqual({mother + "/" + child for child in twins}, raised)

    def test_a_record_corrected_after_the_decision(self):
        """The correction supersedes what was said, the decision is made anew, and the old one can still be replayed from what was known then."""
        decided = {d["row"]: d for d in worklist(self.store)}
        child = next(row.split("/")[1] for row in self.paid if str(self.record("residents", row.split("/")[1]).get("birth_date")) > "2012")
        record = self.record("residents", child)
        self.correct("residents", child, dict(record, death_date="2026-09-15"))
        config = write_config(self.config, self.server, freshness_hours=0)
        self.ok(fetch(self.store, config))
        self.ok(batch(self.store))
        now = {key[0]: o for key, o in outcomes(self.store).items()}
        row = next(r for r in self.paid if r.endswith("/" + child))
        self.assertEqual(now[row][:3], ("not_entitled", "propose", "end"))
        history = rows(self.store, "SELECT a.superseded_at FROM assertion a JOIN subject s ON s.id = a.subject JOIN name f ON f.id = a.fact WHERE s.key = ? AND f.text = 'Sterbedatum' ORDER BY a.id", child)
        self.assertGreater(history[0][0], 0, "superseded, not overwritten")
        self.assertEqual(history[-1][0], 0)
        receipt = next(d for d in decided.values() if d["receipt"])
        self.ok(run("replay", "--store", self.store, str(receipt["decision"])))


if __name__ == "__main__":
    unittest.main()
