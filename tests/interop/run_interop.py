"""Our SOAP consumer against registers made with other people's libraries, another SOAP client against our stand-in, and our header blocks by another schema processor.

    python3 tests/interop/run_interop.py PROGRAM

Needs the package registry: requirements.txt goes into a disposable environment (or ANSPRUCH_INTEROP_VENV names one that has them). 77 and a printed reason if that
is impossible. docs/exchange-interop.md says what was found. Synthetic data only.
"""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

sys.dont_write_bytecode = True
from environment import begin, free_port, HERE, wait_for

PYTHON = begin(__name__)

import test_soap

MAPPING = {
    "format": "anspruch-mapping/1", "register": "disability", "media": "xml", "namespaces": {"t": "urn:interop:1"},
    "facts": [{"unit": "Mitglied", "fact": "GdB", "row": {"refers": "Person"}, "value": {"kind": "integer", "path": "t:grad", "min": 20, "max": 100}, "absent": {"value": 0}}]}


def envelope(root):
    return {"status": {"path": root + "/t:status", "found": "found", "no_data": "no_data_released"}, "register": root + "/t:register", "subject": root + "/t:idnr", "as_of": root + "/t:stand", "record": root + "/t:datensatz", "coverage": "complete"}


class Interop(test_soap.Exchange):
    def peer(self, script, *arguments):
        port = free_port()
        process = subprocess.Popen([PYTHON, os.path.join(HERE, script), str(port), *arguments])
        self.addCleanup(process.wait, 20)
        self.addCleanup(process.terminate)
        wait_for(port, process, script)
        return port

    def against(self, script, root, fields, unwrap, fault):
        """Fetches from the peer and compares every answer with what the number says it must be."""
        port = self.peer(script, "2026-11-20")
        mapping = os.path.join(tempfile.mkdtemp(dir=self.directory), "mapping.json")
        with open(mapping, "w", encoding="utf-8") as file:
            json.dump(dict(MAPPING, answer=envelope(root)), file)

        def change(register):
            register["mapping"] = mapping
            register["soap"] = {"namespace": "urn:interop:1", "qualified": True, "unwrap": unwrap, "repeatable": True, **fields,
                                "request": [{"element": "idnr", "value": "idnr"}, {"element": "zweck", "value": "purpose"}]}
        store = self.store()
        counts = self.fetch(store, self.config(change=change, server_url="http://127.0.0.1:%d" % port, user_id="DEanspruch", max_attempts=1))
        answers = dict(self.rows(store, "SELECT subject_key, outcome FROM exchange_log WHERE outcome <> 'sent'"))
        nine = {idnr for idnr in answers if idnr.endswith("9")}
        self.assertGreater(len(answers), 40)
        self.assertTrue(nine)
        self.assertEqual({idnr: o for idnr, o in answers.items() if idnr not in nine}, {idnr: "data" for idnr in answers if idnr not in nine}, counts)
        self.assertEqual({answers[idnr] for idnr in nine}, {fault})
        degrees = self.rows(store, "SELECT s.key, a.number FROM assertion a JOIN subject s ON s.id = a.subject JOIN name f ON f.id = a.fact JOIN name o ON o.id = a.source "
                                   "WHERE f.text = 'GdB' AND o.text = 'Versorgungsamt' AND a.state = 0 AND a.superseded_at = 0")
        self.assertGreater(len(degrees), 40)
        for key, number in degrees:
            idnr = re.search(r"\d{11}$", key).group()
            self.assertEqual(number, 20 + 10 * (int(idnr[-1]) % 9), key)
        print("%s: %d answers read, %d faults classified as %s" % (script, len(degrees), len(nine), fault))

    def test_provider_made_with_fastapi_xroad_soap(self):
        self.against("provider_fastapi.py", "/t:personResponse", {"action": "person", "qualified": False}, False, "outcome_unknown")

    def test_provider_made_with_spyne(self):
        self.against("provider_spyne.py", "/t:personResult", {}, True, "outcome_unknown")

    def test_zeep_reads_the_stand_in(self):
        person = self.person()
        for family, code in (("new", "server.clientproxy.unknown_member"), ("old", "Server.ClientProxy.UnknownMember")):
            done = subprocess.run([PYTHON, os.path.join(HERE, "consumer_zeep.py"), self.server.ready["http"], os.path.join(HERE, "register.wsdl"), person, family, self.server.ready["control"]],
                                  capture_output=True, text=True, timeout=120)
            self.assertEqual(done.returncode, 0, done.stderr)
            said = json.loads(done.stdout)
            self.assertEqual(said, {"root": "{urn:synthetisch:xschwerbehinderung:1}auskunft", "idnr": person, "id": "4711", "service": "person", "hash": True, "fault": code})
        print("zeep: answer, echoed header and both families of faults read")

    def test_header_blocks_by_another_schema_processor(self):
        """What the program really sends, caught by a socket, by xmlschema; the schema is not part of this repository."""
        named = os.environ.get("ANSPRUCH_XROAD_XSD")
        folder = next((f for f in ([named] if named else []) + ["../shared/exchange/xsd"] if os.path.exists(os.path.join(f, "xroad.xsd"))), None)
        if not folder:
            self.skipTest("xroad.xsd is not at hand: name its folder in ANSPRUCH_XROAD_XSD")
        listener = socket.create_server(("127.0.0.1", 0))
        caught = []

        def catch():
            plain, _ = listener.accept()
            with plain:
                data = b""
                while b"</SOAP-ENV:Envelope>" not in data:
                    data += plain.recv(65536)
                caught.append(data)
        thread = threading.Thread(target=catch, daemon=True)
        thread.start()
        test_soap.command("fetch", "--no-progress", "--store", self.store(), "--config", self.config(server_url="http://127.0.0.1:%d" % listener.getsockname()[1], parallel=1, max_attempts=1, user_id="DEanspruch",
                          total_timeout_ms=2000), "--month", "2026-11", self.package, code=6)
        thread.join(20)
        listener.close()
        head, _, body = caught[0].partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"POST / HTTP/1.1\r\n"))
        self.assertIn(b"\r\nContent-Type: text/xml; charset=utf-8\r\n", head)
        self.assertNotIn(b"Expect:", head)
        path = os.path.join(self.directory, "request.xml")
        with open(path, "wb") as file:
            file.write(body)
        done = subprocess.run([PYTHON, os.path.join(HERE, "validate_header.py"), folder, path], capture_output=True, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        print(done.stdout.strip())


if __name__ == "__main__":
    if PYTHON is None:
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], "-q"])
