"""anspruch exchange check and fetch --preflight: what is wrong with a connection is said, with the remedy, before anything about a person is sent.

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_preflight.py

Oracle: the access log of the stand-in (only metaservices may be in it), and hand-made answers of a listener for what the stand-in would never say.
"""
import http.server
import json
import os
import sys
import threading
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import test_soap
from test_mappings import command

META = ("listMethods", "allowedMethods", "getOpenAPI")


class Answers(http.server.BaseHTTPRequestHandler):
    """What a test says, by the last part of the path: (status, content type, body); the echo headers are right."""
    said = {}

    def do_GET(self):
        code = self.path.partition("?")[0].rpartition("/")[2]
        status, kind, body = self.said[code]
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if self.path.startswith("/r1/"):
            for name, value in (("client", self.headers["X-Road-Client"]), ("id", self.headers["X-Road-Id"]), ("request-id", "1"), ("service", self.path.partition("?")[0][len("/r1/"):])):
                self.send_header("x-road-" + name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Preflight(test_soap.Exchange):
    def check(self, config, code=0, *options):
        return command("exchange", "check", "--lang", "en", "--config", config, *options, code=code)

    def arrived(self, since):
        return self.entries(since)

    def wrong(self, code, change=None, **changes):
        since = len(self.entries())
        text = self.check(self.config(change=change, **changes), 6)
        self.assertIn(code, text)
        for entry in self.arrived(since):
            self.assertTrue(entry["target"].startswith("/listClients") or entry.get("service", "").rpartition("/")[2] in META, entry)
        return text

    def test_a_right_connection(self):
        for name in ("wohngeld.json", "wohngeld-soap.json"):
            since = len(self.entries())
            text = self.check(self.config(name, only=None))
            self.assertEqual(text.count(": ready"), 6)
            sent = self.arrived(since)
            self.assertTrue(sent and all(e["status"] == 200 and "idnr_used" not in e for e in sent))
            self.assertEqual(sum(e.get("soap", False) for e in sent), 2 if "soap" in name else 0)
        self.assertEqual([r["ok"] for r in json.loads(self.check(self.config(only=None), 0, "--json"))], [True] * 6)

    def test_everything_that_can_be_wrong_is_named(self):
        self.wrong("E-EXCHANGE-CHECK-CLIENT", client_id="TH/GOV/WOGEB/other")
        self.wrong("E-EXCHANGE-CHECK-CLIENT", client_id="XX/GOV/WOGEB/anspruch")
        self.wrong("E-EXCHANGE-CHECK-MEMBER", lambda r: r.update(service_id="TH/GOV/VERSORGUNG/none/person"))
        self.wrong("E-EXCHANGE-CHECK-MEMBER", lambda r: r.update(service_id="TH/GOV/NONE/disability/person"))
        self.assertIn("asked for: SOAP", self.wrong("E-EXCHANGE-CHECK-SERVICE", lambda r: r.update(service_version="v2")))
        self.wrong("E-EXCHANGE-CHECK-SERVICE", lambda r: r.update(service_id="TH/GOV/VERSORGUNG/disability/human"))
        self.wrong("E-EXCHANGE-CHECK-ACCESS", client_id="TH/GOV/UVSTELLE/anspruch")
        self.wrong("E-EXCHANGE-CHECK-SERVER", server_url="http://127.0.0.1:1")

        def rest(r):
            del r["soap"], r["protocol"], r["service_version"]
        self.wrong("E-EXCHANGE-CHECK-ACCESS", rest, client_id="TH/GOV/UVSTELLE/anspruch")

        def batch(r):
            rest(r)
            r["service_id"] += "s"
        self.wrong("E-EXCHANGE-CHECK-ENDPOINT", batch)

    def test_all_findings_are_shown(self):
        text = self.check(self.config("wohngeld.json", only=None, client_id="TH/GOV/ELTERNGELD/anspruch"), 6)
        for register in ("assistance", "insurance", "family", "care"):
            self.assertIn("preflight %s: TH/GOV/ELTERNGELD/anspruch may not call" % register, text)
        self.assertIn("residents: ready", text)

    def test_fetch_with_preflight_sends_nothing_about_anybody(self):
        since, store = len(self.entries()), self.store()
        before = self.rows(store, "SELECT count(*) FROM exchange_log")
        text = command("fetch", "--preflight", "--no-progress", "--lang", "en", "--store", store, "--config", self.config("wohngeld.json", only=None, client_id="TH/GOV/ELTERNGELD/anspruch"), "--month", "2026-11", self.package, code=6)
        self.assertIn("E-EXCHANGE-CHECK-ACCESS", text)
        self.assertEqual(self.rows(store, "SELECT count(*) FROM exchange_log"), before)
        self.assertFalse(any("idnr_used" in e for e in self.entries(since)))
        self.assertGreater(json.loads(command("fetch", "--preflight", "--json", "--no-progress", "--store", store, "--config", self.config(only=None), "--month", "2026-11", self.package))["evidence"], 100)

    def test_answers_that_say_nothing_usable(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        kind = "application/json"
        clients = json.dumps({"member": [{"id": dict(zip(("xroad_instance", "member_class", "member_code", "subsystem_code"), c.split("/")))} for c in ("TH/GOV/WOGEB/anspruch", "TH/GOV/VERSORGUNG/disability")]}).encode()

        def methods(**changes):
            return json.dumps({"service": [dict({"service_code": "person", "service_type": "REST", "endpoint_list": [{"method": "GET", "path": "/**"}]}, **changes)]}).encode()

        def description(paths):
            return json.dumps({"openapi": "3.0.0", "paths": paths}).encode()

        def rest(r):
            del r["soap"], r["protocol"], r["service_version"]
        open_api = methods(service_type="OPENAPI", endpoint_list=[])
        for name, said, expected in (
                ("no clients", {"listClients": (200, kind, b"{}")}, "CHECK-SERVER"),
                ("not JSON", {"listClients": (200, "text/html", clients)}, "CHECK-SERVER"),
                ("duplicate keys", {"listClients": (200, kind, b'{"member":[],"member":[]}')}, "CHECK-SERVER"),
                ("an error", {"listClients": (503, kind, clients)}, "CHECK-SERVER"),
                ("too large", {"listClients": (200, kind, b'{"member":[],"x":"' + b"x" * 200000 + b'"}')}, "CHECK-SERVER"),
                ("no list", {"allowedMethods": (200, kind, b'{"service":{}}')}, "CHECK-SERVER"),
                ("allowed", {"allowedMethods": (200, kind, methods())}, None),
                ("segment", {"allowedMethods": (200, kind, methods(endpoint_list=[{"method": "GET", "path": "/*"}]))}, None),
                ("another path", {"allowedMethods": (200, kind, methods(endpoint_list=[{"method": "GET", "path": "/*/photo"}, {"method": "POST", "path": "/*"}]))}, "CHECK-ENDPOINT"),
                ("described", {"allowedMethods": (200, kind, open_api), "getOpenAPI": (200, kind, description({"/{idnr}": {"get": {}}}))}, None),
                ("described in YAML", {"allowedMethods": (200, kind, open_api), "getOpenAPI": (200, "text/yaml", b"openapi: 3.0.0")}, None),
                ("another shape", {"allowedMethods": (200, kind, open_api), "getOpenAPI": (200, kind, description({"/search": {"get": {}}, "/{idnr}": {"post": {}}}))}, "CHECK-SHAPE")):
            with self.subTest(name=name):
                Answers.said = dict({"listClients": (200, kind, clients), "listMethods": (200, kind, methods())}, **said)
                config = self.config(change=rest, server_url="http://127.0.0.1:%d" % server.server_address[1], max_body_bytes=100000)
                text = self.check(config, 6 if expected else 0)
                self.assertIn(expected or "ready", text)

    def test_usage(self):
        self.assertIn("E-CLI-EXCHANGE", command("exchange", "chekc", code=2))


if __name__ == "__main__":
    unittest.main()
