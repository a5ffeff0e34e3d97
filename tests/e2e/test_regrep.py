"""The draft for NOOTS: the same facts by evidence requests as by REST. Claims nothing about conformance (docs/exchange.md).

    ANSPRUCH=PROGRAM python3 -m unittest tests/e2e/test_regrep.py

Between program and stand-in stands a connection node written here with Python's own XML library: it reads the request, asks the stand-in by REST and wraps what comes back. All data is synthetic.
"""
import http.server
import os
import sys
import threading
import unittest
import urllib.request
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from test_mappings import command
from test_soap import Exchange, SERVICE

QUERY, RIM, RS, XSI, OWN = ("{urn:oasis:names:tc:ebxml-regrep:xsd:query:4.0}", "{urn:oasis:names:tc:ebxml-regrep:xsd:rim:4.0}", "{urn:oasis:names:tc:ebxml-regrep:xsd:rs:4.0}",
                            "{http://www.w3.org/2001/XMLSchema-instance}", "{urn:anspruch:nachweis:1}")
REQUIREMENT = "urn:synthetisch:nachweis:grad-der-behinderung"


class Node(http.server.BaseHTTPRequestHandler):
    """One evidence request. `server.fault` changes the answer."""
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        root = ElementTree.fromstring(self.rfile.read(int(self.headers["Content-Length"])))
        slots = {s.get("name"): s.findtext(RIM + "SlotValue/" + RIM + "Value") for s in root.findall(RIM + "Slot")}
        person = root.findtext(QUERY + "Query/" + RIM + "Slot/" + RIM + "SlotValue/" + OWN + "Person/" + OWN + "Identifier")
        self.server.seen.append((root.get("id"), slots, person, self.path, self.headers["Content-Type"], root.tag))
        body = self.answer(root, slots, person)
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ebrs+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self, root, slots, person):
        for prefix, uri in (("q", QUERY), ("r", RIM), ("e", RS), ("xsi", XSI)):
            ElementTree.register_namespace(prefix, uri[1:-1])
        out = ElementTree.Element(QUERY + "QueryResponse", {"requestId": root.get("id"), "status": "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success"})

        def slot(parent, name, kind):
            value = ElementTree.SubElement(ElementTree.SubElement(parent, RIM + "Slot", {"name": name}), RIM + "SlotValue", {XSI + "type": "r:" + kind})
            return value
        for name in ("SpecificationIdentifier", "EvidenceRequester", "EvidenceProvider", "Unknown"):
            ElementTree.SubElement(slot(out, name, "StringValueType"), RIM + "Value").text = slots.get(name, "a slot that nobody knows")
        request = urllib.request.Request(self.server.registers + "/r1/" + SERVICE + "/" + person, headers={
            "X-Road-Client": slots["EvidenceRequester"], "X-Road-Id": root.get("id").rsplit(":", 1)[1], "X-Road-Issue": slots["CaseIdentifier"], "Accept": "application/xml",
            "X-Anspruch-Legal-Basis": urllib.request.quote(slots["LegalBasis"]), "X-Anspruch-Purpose": urllib.request.quote(slots["Purpose"]), "X-Anspruch-IdNr-Used": slots["IdentificationNumberUsed"]})
        with urllib.request.urlopen(request, timeout=20) as answered:
            evidence = ElementTree.fromstring(answered.read())
        if self.server.fault == "other_id":
            out.set("requestId", "urn:uuid:00000000-0000-4000-8000-000000000000")
        if self.server.fault or "no_data_released" in ElementTree.tostring(evidence, "unicode"):
            kind = {"denied": "AuthorizationExceptionType", "not_found": "ObjectNotFoundExceptionType"}.get(self.server.fault or "not_found")
            if kind:
                out.set("status", out.get("status").replace("Success", "Failure"))
                ElementTree.SubElement(out, RS + "Exception", {XSI + "type": "e:" + kind, "message": "-"})
                return ElementTree.tostring(out)
        slot(ElementTree.SubElement(ElementTree.SubElement(out, RIM + "RegistryObjectList"), RIM + "RegistryObject"), "Evidence", "AnyValueType").append(evidence)
        return ElementTree.tostring(out)


class Draft(Exchange):
    def setUp(self):
        super().setUp()
        self.node = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Node)
        self.node.registers, self.node.seen, self.node.fault = "http://" + self.server.ready["http"], [], None
        threading.Thread(target=self.node.serve_forever, daemon=True).start()
        self.addCleanup(self.node.server_close)
        self.addCleanup(self.node.shutdown)

    def draft(self, **more):
        def change(register):
            for key in ("service_version", "soap"):
                register.pop(key, None)
            register.update(protocol="regrep", regrep=dict({"path": "/nachweise", "requirement": REQUIREMENT}, **more))
        return self.config(change=change, server_url="http://127.0.0.1:%d" % self.node.server_port)

    def facts(self, store):
        return self.rows(store, "SELECT s.key, f.text, a.from_day, a.to_day, a.state, a.kind, a.number, t.text FROM assertion a JOIN subject s ON s.id = a.subject JOIN name f ON f.id = a.fact "
                                "LEFT JOIN name t ON t.id = a.text JOIN name o ON o.id = a.source WHERE o.text = 'Versorgungsamt' AND a.superseded_at = 0 ORDER BY 1, 2, 3")

    def test_the_same_facts_as_by_rest(self):
        one, two = self.store(), self.store()
        by_rest = self.fetch(one, self.config("wohngeld.json"))
        drafted = self.fetch(two, self.draft())
        self.assertGreater(by_rest["requests"], 20)
        self.assertEqual({k: drafted[k] for k in ("requests", "no_data", "invalid", "failed", "assertions")}, {k: by_rest[k] for k in ("requests", "no_data", "invalid", "failed", "assertions")})
        self.assertEqual(self.facts(two), self.facts(one))
        identifier, slots, person, path, media, root = self.node.seen[0]
        self.assertEqual((path, media, root), ("/nachweise", "application/x-ebrs+xml", QUERY + "QueryRequest"))
        self.assertEqual((slots["Requirement"], slots["EvidenceProvider"], slots["LegalBasis"], slots["IdentificationNumberUsed"]), (REQUIREMENT, SERVICE, "§ 33 Abs. 2 WoGG", "true"))
        logged = dict(self.rows(two, "SELECT request_id, subject_key FROM exchange_log WHERE outcome = 'sent'"))
        self.assertEqual({i.rsplit(":", 1)[1]: p for i, _, p, *_ in self.node.seen}, logged)

    def test_what_is_not_the_answer_is_not_believed(self):
        for fault, outcome, code in (("other_id", "security_incident", 6), ("denied", "denied", 6), ("not_found", "no_data_released", 0)):
            with self.subTest(fault):
                self.node.fault = fault
                store = self.store()
                self.fetch(store, self.draft(), code=code) if code == 0 else self.refused(store, code)
                self.assertIn((outcome,), self.rows(store, "SELECT DISTINCT outcome FROM exchange_log"))
                self.assertEqual([f for f in self.facts(store) if f[4] == 0], [], "nothing is known then")

    def refused(self, store, code):
        command("fetch", "--json", "--no-progress", "--store", store, "--config", self.draft(), "--month", "2026-11", self.package, code=code)

    def test_configuration(self):
        for more, field in (({"path": "nachweise"}, "regrep.path"), ({"requirement": ""}, "requirement"), ({"mode": 1}, "mode")):
            with self.subTest(field):
                self.assertIn(field, command("fetch", "--no-progress", "--store", self.store(), "--config", self.draft(**more), "--month", "2026-11", self.package, code=6))


if __name__ == "__main__":
    unittest.main()
