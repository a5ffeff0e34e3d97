"""schemathesis against `anspruch serve`: requests generated from docs/formats/provider-openapi.json, good ones and bad ones, and every answer checked against the same document.

    python3 tests/interop/run_provider.py PROGRAM

Three ways: questions by a client with rights, documents of life events by a register with rights, and anything at all by anybody. Oracles: the OpenAPI document in schemathesis' reading, and the exchange log:
what was answered or refused is on record as often as the provider says, no answer is a server error, and a question asked before and after gets the same answer. ANSPRUCH_INTEROP_SEED chooses other requests.
Environment as in run_interop.py. Synthetic data only.
"""
import json
import os
import re
import sqlite3
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
from environment import begin

PYTHON = begin(__name__)

import provider
from test_registers import ROOT

SEED = os.environ.get("ANSPRUCH_INTEROP_SEED", "1")
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance", "response_schema_conformance", "negative_data_rejection", "unsupported_method", "missing_required_header")
PEOPLE = [provider.RECIPIENT, provider.MEMBER, provider.ENDED, provider.APPLICANT, provider.BLOCKED, provider.STRANGER, provider.DOUBTFUL]


def without_limits(document):
    document["limits"]["requests_per_second"] = 10000
    for service in document["services"]:
        for client in service["clients"]:
            client["requests_per_second"] = 10000


class Generated(unittest.TestCase):
    def setUp(self):
        self.office = provider.Office()
        self.addCleanup(self.office.remove)
        with open(os.path.join(ROOT, "docs", "formats", "provider-openapi.json"), encoding="utf-8") as file:
            self.document = json.load(file)

    def only(self, path, method, **schemas):
        """Of the description one operation, with the parameters that lead to a service of the sample configuration."""
        operation = self.document["paths"][path]
        self.document["paths"] = {path: operation}
        for parameter in operation[method]["parameters"]:
            parameter["schema"] = schemas.get(parameter["name"], parameter["schema"])

    def generate(self, examples, headers=None):
        """(outcomes in the log, counts of the provider) after the run."""
        self.office.write("openapi.json", json.dumps(self.document))
        server = provider.Provider(self.office, without_limits)
        stopped = False
        try:
            before = server.ask(provider.RECIPIENT)
            options = [part for name, value in (headers or {}).items() if name != "Content-Type" for part in ("-H", "%s:%s" % (name, value))]
            done = subprocess.run([PYTHON, "-m", "schemathesis.cli", "run", self.office.path("openapi.json"), "-u", server.url, "--phases", "examples,coverage,fuzzing", "-n", str(examples), "--seed", SEED, "--checks", ",".join(CHECKS),
                                   "--suppress-health-check", "all", "--request-timeout", "20", *options], cwd=self.office.directory, capture_output=True, text=True, timeout=600)
            self.assertEqual(done.returncode, 0, done.stdout[-6000:] + done.stderr[-2000:])
            generated = int(re.search(r"(\d+) generated, \1 passed", done.stdout)[1])
            self.assertGreater(generated, examples // 2)
            self.assertEqual(server.ask(provider.RECIPIENT), before)
            counts, stopped = server.stop(), True
        finally:
            if not stopped:
                server.stop()
        database = sqlite3.connect(self.office.store)
        try:
            log = dict(database.execute("SELECT outcome, count(*) FROM exchange_log GROUP BY 1").fetchall())
        finally:
            database.close()
        print("%s: %d generated, provider %s, log %s" % (self.id().rpartition(".")[2], generated, counts, log))
        self.assertEqual(counts["failed"], 0)
        self.assertEqual(counts["answered"], sum(n for outcome, n in log.items() if outcome.startswith("answered")))
        self.assertGreaterEqual(counts["answered"] + counts["refused"] + counts["limited"] + counts["events"], generated)
        self.assertLessEqual(log.get("refused", 0), counts["refused"])
        return log, counts

    def test_questions(self):
        self.only("/{service}/{idnr}", "get", service={"enum": ["wohngeld"]}, idnr={"enum": PEOPLE},
                  month={"anyOf": [{"enum": ["2026-06", "2025-01", "2024-12", "2030-01"]}, {"type": "string", "pattern": "^20[0-9]{2}-(0[1-9]|1[0-2])$"}]})
        log, _ = self.generate(400, provider.HEADERS)
        for outcome in ("answered", "answered_undetermined", "answered_no_data", "refused"):
            self.assertGreater(log[outcome], 5)

    def test_documents_of_events(self):
        self.only("/{events}", "post", events={"enum": ["ereignisse"]})
        log, counts = self.generate(300, provider.PUSH)
        self.assertGreater(log["events_received"], 20)
        self.assertEqual(counts["events"], 0)      # nothing that was generated is a document of events

    def test_anything_by_anybody(self):
        self.generate(400)


if __name__ == "__main__":
    if PYTHON is None:
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], "-q"])
