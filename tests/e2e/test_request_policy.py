"""What a request states, and what the abstract authorisation keeps from being sent.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_request_policy.py

Oracle: the access log of the stand-in registers: what was not allowed did not arrive, and what arrived states what it is for.
"""
import json
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from retrieval import Retrieval
from test_registers import command

EMPLOYMENT = "TH/GOV/DSRV/employment/person"
FEED = "TH/GOV/STANDESAMT/births/events"


class RequestPolicy(Retrieval):
    def setUp(self):
        super().setUp()
        self.load()

    def refused(self, change, service, register):
        before, config = len(self.arrived()), self.config(entries=change)
        text = self.fetch(config, code=6)
        self.assertIn("E-EXCHANGE-REFUSED", text)
        self.assertIn(register, text)
        new = self.arrived()[before:]
        self.assertTrue(any(e["service"] != service for e in new), "the other registers were asked")
        self.assertFalse([e for e in new if e["service"] == service], "what is not authorised does not leave")
        self.assertEqual(self.rows("SELECT outcome, subject_key, count(*) FROM exchange_log WHERE service = ? GROUP BY 1, 2", service), [("refused", "", 1)])
        command("audit", "verify", "--store", self.store)
        text = command("exchange", "check", "--lang", "en", "--config", config, code=6)
        self.assertIn("E-EXCHANGE-CHECK-AUTHORISED", text)
        self.assertIn(register + ": not authorised", text)

    def test_absent(self):
        self.refused(lambda entries: [e for e in entries if e["service"] != EMPLOYMENT], EMPLOYMENT, "employment")
        reasons = self.rows("SELECT DISTINCT r.text FROM assertion a JOIN name n ON n.id = a.source JOIN name r ON r.id = a.text WHERE n.text = 'DSRV'")
        self.assertEqual(reasons, [("Abruf nicht zugelassen",)], "the facts say why they are unknown")

    def test_negative(self):
        self.refused(lambda entries: entries + [dict(e, allowed=False) for e in entries if e["service"] == EMPLOYMENT], EMPLOYMENT, "employment")

    def test_the_use_of_the_number_is_part_of_it(self):
        self.refused(lambda entries: [dict(e, idnr_used=False) if e["service"] == EMPLOYMENT else e for e in entries], EMPLOYMENT, "employment")

    def test_expired_and_another_purpose(self):
        self.refused(lambda entries: [dict(e, to="2020-12-31") if e["service"] == EMPLOYMENT else dict(e, **{"from": "2019-01-01"}) for e in entries], EMPLOYMENT, "employment")

    def test_a_feed(self):
        before, config = len(self.arrived()), self.config(entries=lambda entries: [e for e in entries if e["service"] != FEED])
        self.assertIn("E-EXCHANGE", self.fetch(config, code=6))
        self.assertFalse([e for e in self.arrived()[before:] if e["service"] == FEED])
        self.assertEqual(self.rows("SELECT DISTINCT outcome FROM exchange_log WHERE service = ?", FEED), [("refused",)])

    def test_every_request_states_its_fields_and_they_are_on_record(self):
        before = len(self.arrived())
        self.fetch(self.config())
        new = self.arrived()[before:]
        self.assertGreater(len(new), 100)
        stated = {e["x_road_id"]: e["fields"] for e in new}
        self.assertEqual([e for e in new if not e["fields"]], [])
        logged = dict(self.rows("SELECT request_id, fields FROM exchange_log WHERE outcome = 'sent'"))
        self.assertEqual(logged, stated)
        self.assertEqual(self.rows("SELECT count(*) FROM exchange_log WHERE outcome <> 'sent' AND fields <> ''"), [(0,)])
        by_service = {e["service"]: set(e["fields"].split(", ")) for e in new}
        self.assertIn("Person.Geburtsdatum", by_service["TH/GOV/MELDE/residents/person"])
        self.assertNotIn("Person.Ausbildungszeiten", by_service["TH/GOV/MELDE/residents/person"])
        person = next(e for e in new if e["service"] == EMPLOYMENT)["target"].rsplit("/", 1)[1]
        report = json.loads(command("exchange", "disclosure", person, "--json", "--store", self.store))
        self.assertTrue(report["requests"] and all(r["fields"] for r in report["requests"]))


if __name__ == "__main__":
    unittest.main()
