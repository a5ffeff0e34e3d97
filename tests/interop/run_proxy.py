"""mitmproxy between our client and the stand-in security server, breaking answers in the ways of proxies (proxy_addon.py): right data or a classified error, never anything else.

    python3 tests/interop/run_proxy.py PROGRAM

For each break and protocol: what the log must say about the person it met, what the others' answers must be (unharmed), how often the question may arrive (a POST that is not declared repeatable: once), whose
evidence there may be, and that a second fetch with the proxy well again ends with the facts of an undisturbed run, asking only what is missing. Oracles: the undisturbed run, the stand-in's access log, the
addon's own notes, and the altered bodies read with other readers. Environment as in run_interop.py. Synthetic data only.
"""
import itertools
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import unittest
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
from environment import begin, free_port, HERE, wait_for

PYTHON = begin(__name__)

import test_soap
from test_registers import TOOLS, command

DATA, SECURITY, INVALID, UNKNOWN, DENIED, UNREACHABLE, PROVIDER, OURS = "data", "security_incident", "invalid", "outcome_unknown", "denied", "unreachable", "provider_error", "our_fault"
REST, SOAP = "rest", "soap"
REGISTERS = {REST: ("wohngeld.json", "insurance", "TH/GOV/DSRV/insurance/person", "DSRV"), SOAP: ("wohngeld-soap.json", "disability", test_soap.SERVICE, "Versorgungsamt")}
EXIT = {SECURITY: 6, DENIED: 6, OURS: 6}      # the operator must hear about it
# What a break is worth to REST and to SOAP (docs/exchange.md, "What is checked"). SOAP has its ids in the body: it does not look at x-road-… fields, and a swapped body has swapped them.
HTTP = {
    "body_cut_length_kept": (UNKNOWN, UNKNOWN), "body_cut_length_fits": (UNKNOWN, INVALID), "error_page_200": (SECURITY, INVALID), "error_page_200_headers_kept": (INVALID, INVALID),
    "proxy_502": (UNREACHABLE, UNKNOWN), "proxy_503": (UNREACHABLE, UNKNOWN), "proxy_504": (UNREACHABLE, UNKNOWN), "proxy_403": (DENIED, DENIED), "proxy_407": (OURS, OURS), "proxy_408": (UNREACHABLE, UNKNOWN),
    "proxy_429": (UNREACHABLE, UNKNOWN), "unasked_502": (UNREACHABLE, UNKNOWN), "unasked_503": (UNREACHABLE, UNKNOWN), "unasked_504": (UNREACHABLE, UNKNOWN), "status_203": (INVALID, INVALID), "status_206": (INVALID, INVALID),
    "status_304": (INVALID, INVALID), "id_removed": (SECURITY, DATA), "type_removed": (INVALID, INVALID), "id_doubled": (SECURITY, DATA), "id_joined": (SECURITY, DATA), "type_doubled": (INVALID, INVALID),
    "type_doubled_otherwise": (INVALID, INVALID), "error_header_added": (PROVIDER, DATA), "recased": (DATA, DATA), "decorated": (DATA, DATA), "chunked": (DATA, DATA), "gzip": (INVALID, INVALID), "gzip_said_only": (INVALID, INVALID),
    "redirect_302": (INVALID, INVALID), "redirect_307": (INVALID, INVALID), "redirect_308": (INVALID, INVALID), "latin_1": (INVALID, INVALID), "http_1_0": (DATA, DATA), "header_flood": (INVALID, INVALID),
    "short_delay": (DATA, DATA), "long_delay": (UNKNOWN, UNKNOWN), "swapped": (SECURITY, SECURITY), "bodies_swapped": (INVALID, SECURITY), "cached": (SECURITY, SECURITY), "killed_before": (UNKNOWN, UNKNOWN),
    "killed_after": (UNKNOWN, UNKNOWN)}
BYTES = {
    "closed_before_forwarding": (UNKNOWN, UNKNOWN), "closed_after_request": (UNKNOWN, UNKNOWN), "closed_in_status_line": (UNKNOWN, UNKNOWN), "closed_in_header": (UNKNOWN, UNKNOWN), "closed_after_head": (UNKNOWN, UNKNOWN),
    "closed_in_body": (UNKNOWN, UNKNOWN), "closed_before_last_byte": (UNKNOWN, UNKNOWN), "closed_after_answer": (DATA, DATA), "length_absent": (DATA, DATA), "length_absent_body_cut": (UNKNOWN, INVALID),
    "length_too_small": (UNKNOWN, INVALID), "length_too_large": (UNKNOWN, UNKNOWN), "length_negative": (INVALID, INVALID), "length_no_number": (INVALID, INVALID), "length_huge": (DATA, DATA), "length_twice": (DATA, DATA),
    "length_twice_smaller": (UNKNOWN, INVALID), "length_twice_larger": (UNKNOWN, UNKNOWN), "chunks": (DATA, DATA), "chunks_with_extension_and_trailer": (DATA, DATA), "chunks_trailer_of_ours": (SECURITY, DATA),
    "chunk_size_no_number": (UNKNOWN, UNKNOWN), "chunk_size_negative": (UNKNOWN, UNKNOWN), "chunk_size_overflow": (UNKNOWN, UNKNOWN), "chunk_larger_than_said": (UNKNOWN, UNKNOWN), "chunk_cut": (UNKNOWN, UNKNOWN),
    "chunks_without_end": (UNKNOWN, UNKNOWN), "chunks_end_early": (UNKNOWN, INVALID), "chunks_and_length": (DATA, DATA), "interim_100": (DATA, DATA), "interim_102_103": (DATA, DATA), "interim_many": (DATA, DATA),
    "interim_endless": (INVALID, INVALID), "interim_only": (UNKNOWN, UNKNOWN), "interim_with_the_answer": (INVALID, INVALID), "switched": (SECURITY, INVALID), "http_2": (INVALID, INVALID), "http_0_9": (INVALID, INVALID),
    "http_3_0": (INVALID, INVALID), "noise_before": (INVALID, INVALID), "line_ends_bare": (DATA, DATA), "id_folded": (SECURITY, INVALID), "header_with_nul": (INVALID, INVALID), "answer_of_another_first": (SECURITY, SECURITY),
    "answer_of_another_after": (DATA, DATA)}
WAITING = ("body_cut_length_kept", "long_delay")      # the answer never ends: the client's own limit does
TWO = ("swapped", "bodies_swapped")                   # meets any two persons


class Proxy(test_soap.Exchange):
    numbers = itertools.count()      # two breaks of the same name are two

    @classmethod
    def options(cls):
        cls.certs = os.path.join(cls.directory, "certs")
        subprocess.run(["sh", os.path.join(TOOLS, "make-certs.sh"), cls.certs], check=True, capture_output=True)
        return ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.control_file, cls.notes_file = os.path.join(cls.directory, "break.json"), os.path.join(cls.directory, "notes.jsonl")
        cls.trap = socket.create_server(("127.0.0.1", 0))      # where redirects lead; nobody may come
        cls.addClassCleanup(cls.trap.close)
        cls.proxies = {"http": free_port(), "tcp": free_port()}
        cls.arm(None)
        pem = os.path.join(cls.directory, "proxy.pem")
        with open(pem, "wb") as out:
            for name in ("server.key", "server.crt"):
                with open(os.path.join(cls.certs, name), "rb") as file:
                    out.write(file.read())
        modes = [part for scheme, port in cls.proxies.items() for part in ("--mode", "reverse:%s://%s@127.0.0.1:%d" % (scheme, cls.server.ready["http"], port))]
        cls.process = subprocess.Popen([os.path.join(os.path.dirname(PYTHON), "mitmdump"), "-q", *modes, "-s", os.path.join(HERE, "proxy_addon.py"), "--certs", "*=" + pem, "--set", "confdir=" + os.path.join(cls.directory, "mitmproxy")],
                                       env=dict(os.environ, BREAK_CONTROL=cls.control_file, BREAK_LOG=cls.notes_file, PYTHONDONTWRITEBYTECODE="1"))
        cls.addClassCleanup(cls.process.wait, 20)
        cls.addClassCleanup(cls.process.terminate)
        for port in cls.proxies.values():
            wait_for(port, cls.process, "mitmdump")
        cls.undisturbed, cls.people, cls.victims = {}, {}, {}

    @classmethod
    def arm(cls, mode, person=None, times=-1, **more):
        with open(cls.control_file + ".new", "w", encoding="ascii") as file:
            json.dump({"mode": mode, "person": person, "times": times, "number": next(cls.numbers), "trap": "http://127.0.0.1:%d/" % cls.trap.getsockname()[1], **more}, file)
        os.replace(cls.control_file + ".new", cls.control_file)

    def notes(self, since=0):
        with open(self.notes_file, encoding="ascii") as file:
            return [json.loads(line) for line in file][since:]

    def through(self, protocol, scheme, tls=None, **changes):
        name, register, _, _ = REGISTERS[protocol]
        url = ("https" if tls else "http") + "://127.0.0.1:%d" % self.proxies[scheme]
        changes = dict({"server_url": url, "max_attempts": 2, "freshness_hours": 20, "total_timeout_ms": 20000}, **changes)
        if tls:
            changes["tls"] = tls

        def once(entry):
            if protocol == SOAP:
                entry["soap"]["repeatable"] = False
        return self.config(name, only=register, change=once, **changes)

    def run_fetch(self, store, config, code):
        return command("fetch", "--no-progress", "--lang", "en", "--store", store, "--config", config, "--month", "2026-11", self.package, code=code)

    def base(self, protocol):
        """Facts of an undisturbed run through the proxy, equal to those without it; everybody asked about, and one of them with data."""
        if protocol not in self.undisturbed:
            facts = []
            for address in (self.server.ready["http"], "127.0.0.1:%d" % self.proxies["http"], "127.0.0.1:%d" % self.proxies["tcp"]):
                store = self.store()
                self.run_fetch(store, self.through(protocol, "http", server_url="http://" + address), 0)
                facts.append(self.facts(store))
            self.assertEqual(facts[0], facts[1])
            self.assertEqual(facts[0], facts[2])
            self.undisturbed[protocol] = facts[0]
            self.people[protocol] = {person for _, person, outcome, _ in self.kept(store, protocol) if outcome in (0, 1)}
            self.victims[protocol] = max((len(body), person) for _, person, outcome, body in self.kept(store, protocol) if outcome == 0)[1]
            self.assertGreater(len(self.people[protocol]), 20)
        return self.undisturbed[protocol]

    def outcome(self, store, person):
        return self.rows(store, "SELECT outcome, error_detail FROM exchange_log WHERE subject_key = ? AND outcome <> 'sent' ORDER BY id DESC LIMIT 1", person)[0]

    def setUp(self):
        super().setUp()
        self.arm(None)
        for protocol in (REST, SOAP):
            self.base(protocol)

    def without(self, facts, people):
        return [f for f in facts if not any(p in f[0] for p in people)]

    def kept(self, store, protocol):
        """Evidence of the register: (message id, person, outcome, text)."""
        return self.rows(store, "SELECT request_id, subject_key, outcome, body FROM evidence WHERE service = (SELECT id FROM name WHERE text = ?)", REGISTERS[protocol][2])

    def about(self, store, source, person):
        """States of what the source says now."""
        return self.rows(store, "SELECT a.state, t.text FROM assertion a JOIN subject s ON s.id = a.subject JOIN name o ON o.id = a.source LEFT JOIN name t ON t.id = a.text "
                                "WHERE s.key LIKE '%' || ? AND o.text = ? AND a.superseded_at = 0", person, source)

    def assertEvidence(self, store, protocol, met, expected):
        """What is kept under a name is about that person, and what was believed is what the register had to say; nothing is kept of answers that may be somebody else's."""
        for _, person, outcome, body in self.kept(store, protocol):
            named = set(re.findall(rb"(?<!\d)\d{11}(?!\d)", body or b"")) & {p.encode() for p in self.people[protocol]}
            self.assertLessEqual(named, {person.encode()}, "%s has evidence about somebody else: %r" % (person, body))
            if person not in met:
                self.assertIn(outcome, (0, 1))
                self.assertTrue(body)
            elif expected != DATA:
                self.assertNotIn(outcome, (0, 1), body)
            if expected == SECURITY and person in met:
                self.assertFalse(body)

    def assertSent(self, store, protocol, notes, arrived, met):
        """Nothing was sent that is not in the log, nothing twice under one id, and a POST without idempotency key once."""
        logged = [i for i, in self.rows(store, "SELECT request_id FROM exchange_log WHERE outcome = 'sent'")]
        seen = [n["id"] for n in notes if n.get("id") and "body" not in n]
        self.assertEqual(len(seen), len(set(seen)))
        self.assertLessEqual(set(seen), set(logged))
        self.assertLessEqual({e["x_road_id"] for e in arrived}, set(seen))
        for person in met:
            self.assertLessEqual(sum(n["person"] == person for n in notes if "person" in n), 1 if protocol == SOAP else 2, person)

    def try_break(self, scheme, mode, protocol, expected):
        source = REGISTERS[protocol][3]
        self.arm(mode, None if mode in TWO else self.victims[protocol], 2 if mode in TWO else -1)
        store, notes, arrived = self.store(), len(self.notes()), len(self.entries())
        config = self.through(protocol, scheme, **({"total_timeout_ms": 2000} if mode in WAITING else {}))
        text = self.run_fetch(store, config, EXIT.get(expected, 0))
        if expected == SECURITY:
            self.assertIn("E-EXCHANGE-SECURITY", text)
        notes, arrived = self.notes(notes), self.entries(arrived)
        met = {n["person"] for n in notes if n.get("mode") == mode}
        self.assertEqual(len(met), 2 if mode in TWO else 1, "the break met nobody")
        self.assertSent(store, protocol, notes, arrived, met)
        self.assertEqual(set(self.rows(store, "SELECT request_id FROM exchange_log WHERE outcome = 'sent'")), set(self.rows(store, "SELECT request_id FROM exchange_log WHERE outcome <> 'sent'"))
                         | {(n["id"],) for n in notes if n.get("person") in met})
        for person in met:
            outcome, why = self.outcome(store, person)
            self.assertEqual(outcome, expected, why)
            if expected != DATA:
                self.assertTrue(why, "no reason is logged")
                said = self.about(store, source, person)
                self.assertEqual({state for state, _ in said}, {test_soap.UNKNOWN})
                self.assertTrue(all(reason for _, reason in said), "unknown without a reason")
        unharmed = self.people[protocol] - (met if expected != DATA else set())
        if expected in (DENIED, OURS) or mode == "closed_after_answer":      # the first stops the register; after the other a POST may have met the dead connection: of unknown outcome, and not sent again
            unharmed &= {p for p, in self.rows(store, "SELECT subject_key FROM exchange_log WHERE outcome IN ('data', 'no_data_released')")}
        self.assertEvidence(store, protocol, self.people[protocol] - unharmed | met, expected)
        harmed = self.people[protocol] - unharmed
        self.assertEqual(self.without(self.facts(store), harmed), self.without(self.undisturbed[protocol], harmed))
        self.heal(store, protocol, scheme)

    def heal(self, store, protocol, scheme):
        """The proxy is well again: only what is missing is asked for, and the end is that of an undisturbed run."""
        self.arm(None)
        missing = self.people[protocol] - {person for _, person, outcome, _ in self.kept(store, protocol) if outcome in (0, 1)}
        since = len(self.notes())
        self.run_fetch(store, self.through(protocol, scheme), 0)
        self.assertEqual(sorted(n["person"] for n in self.notes(since)), sorted(missing))
        self.assertEqual(self.facts(store), self.undisturbed[protocol])
        command("audit", "verify", "--store", store)

    def breaks(self, scheme, table):
        for mode, outcomes in table.items():
            for protocol, expected in zip((REST, SOAP), outcomes):
                with self.subTest(mode=mode, protocol=protocol):
                    self.try_break(scheme, mode, protocol, expected)

    def test_what_a_proxy_makes_of_http(self):
        self.breaks("http", HTTP)

    def test_what_a_proxy_makes_of_bytes(self):
        self.breaks("tcp", BYTES)

    def test_connections_closed_before_anything_is_said(self):
        for protocol in (REST, SOAP):
            with self.subTest(protocol=protocol):
                self.arm("closed_on_accept", None, 3)
                store, notes = self.store(), len(self.notes())
                self.run_fetch(store, self.through(protocol, "tcp"), 0)
                self.assertEqual(sum(n["mode"] == "closed_on_accept" for n in self.notes(notes)), 3)
                lost = {p for p, in self.rows(store, "SELECT subject_key FROM exchange_log WHERE outcome = 'outcome_unknown'")}
                self.assertEqual(len(lost), 3 if protocol == SOAP else 0)     # REST asks again at once
                self.assertEvidence(store, protocol, lost, UNKNOWN)
                self.heal(store, protocol, "tcp")

    def test_at_the_second_attempt_all_is_well(self):
        for scheme, mode in (("http", "proxy_502"), ("http", "killed_after"), ("tcp", "closed_in_body"), ("tcp", "closed_in_header"), ("tcp", "chunk_cut")):
            with self.subTest(mode=mode):
                self.arm(mode, self.victims[REST], 1)
                store = self.store()
                self.run_fetch(store, self.through(REST, scheme), 0)
                self.assertEqual(self.facts(store), self.undisturbed[REST])
                sent = self.rows(store, "SELECT count(*), count(DISTINCT request_id) FROM exchange_log WHERE subject_key = ? AND outcome = 'sent'", self.victims[REST])
                self.assertEqual(sent, [(2, 2)])

    def test_redirects_lead_nowhere(self):
        """The trap of the redirect tests has heard from nobody (a connection would wait in its queue)."""
        for mode in ("redirect_302", "redirect_307", "redirect_308"):
            for protocol in (REST, SOAP):
                self.try_break("http", mode, protocol, INVALID)
        self.trap.setblocking(False)
        with self.assertRaises(BlockingIOError):
            self.trap.accept()

    def test_one_byte_of_the_body_is_another_one(self):
        """Every answer of a fetch with one byte changed, each at another place, also in the values. Nothing but TLS can notice each of these; what must hold without it: what is believed is what the altered
        text says in the reading of others, and it is about the person who was asked about."""
        believed = refused = 0
        for protocol in (REST, SOAP):
            for seed in range(6):
                with self.subTest(protocol=protocol, seed=seed):
                    self.arm("byte", None, -1, seed=seed * 131)
                    store, notes = self.store(), len(self.notes())
                    command_line = ["fetch", "--no-progress", "--store", store, "--config", self.through(protocol, "http", max_attempts=1), "--month", "2026-11", self.package]
                    self.assertIn(subprocess.run([os.environ["ANSPRUCH"], *command_line], capture_output=True, timeout=300).returncode, (0, 6))
                    bodies = {n["id"]: n["body"].encode("latin-1") for n in self.notes(notes) if "body" in n}
                    ended = self.rows(store, "SELECT request_id, subject_key, outcome, error_detail FROM exchange_log WHERE outcome NOT IN ('sent', 'not_sent')")
                    self.assertEqual({e[0] for e in ended}, set(bodies))
                    kept = {request: body for request, _, outcome, body in self.kept(store, protocol) if outcome == 0}
                    for request, person, outcome, why in ended:
                        self.assertIn(outcome, (DATA, "no_data_released", INVALID, SECURITY, UNKNOWN, PROVIDER), why)
                        if outcome != DATA:
                            refused += 1
                            self.assertTrue(why or outcome == "no_data_released")
                            continue
                        believed += 1
                        self.assertEqual(kept[request], bodies[request])
                        self.assertEqual(self.names(protocol, bodies[request]), person)
                    for _, person, _, body in self.kept(store, protocol):     # also what is kept and not believed names nobody else
                        self.assertFalse({p for p in self.people[protocol] - {person} if p.encode() in (body or b"")})
                    self.heal_all(store, protocol)
        print("one byte changed: %d answers believed as they then read, %d refused" % (believed, refused))
        self.assertGreater(believed, 50)
        self.assertGreater(refused, 50)

    def names(self, protocol, body):
        """Whom a text is about, by Python's own readers."""
        if protocol == REST:
            return json.loads(body.decode("utf-8"))["idnr"]
        found = [e.text.strip() for e in ElementTree.fromstring(body.decode("utf-8")).iter() if e.tag.endswith("}identifikationsnummer")]
        self.assertEqual(len(found), 1)
        return found[0]

    def heal_all(self, store, protocol):
        self.arm(None)
        self.run_fetch(store, self.through(protocol, "http", freshness_hours=0), 0)
        self.assertEqual(self.facts(store), self.undisturbed[protocol])

    def test_a_proxy_without_its_server(self):
        """mitmproxy's own 502, and the stand-in back afterwards."""
        for protocol, outcome in ((REST, UNREACHABLE), (SOAP, UNKNOWN)):
            with self.subTest(protocol=protocol):
                port = free_port()
                process = subprocess.Popen([os.path.join(os.path.dirname(PYTHON), "mitmdump"), "-q", "--mode", "reverse:http://127.0.0.1:%d@127.0.0.1:%d" % (free_port(), port), "--set", "connection_strategy=lazy",
                                            "--set", "confdir=" + os.path.join(self.directory, "mitmproxy")])
                try:
                    wait_for(port, process, "mitmdump")
                    store = self.store()
                    text = self.run_fetch(store, self.through(protocol, "http", server_url="http://127.0.0.1:%d" % port, backoff_ms=1), 6)
                    self.assertIn("unreachable", text)
                    said = set(self.rows(store, "SELECT outcome, error_detail FROM exchange_log WHERE outcome <> 'sent'"))
                    self.assertIn((outcome, "HTTP 502"), said)
                    self.assertEqual({o for o, _ in said} - {outcome, "not_sent"}, set())
                finally:
                    process.terminate()
                    process.wait(20)
                self.heal(store, protocol, "http")

    def test_http2_by_alpn_is_not_taken(self):
        """mitmproxy ends TLS too and offers HTTP/2; the client speaks HTTP/1.1, and every answer is right."""
        context = ssl.create_default_context(cafile=os.path.join(self.certs, "ca.crt"))
        context.set_alpn_protocols(["h2", "http/1.1"])
        with socket.create_connection(("127.0.0.1", self.proxies["http"]), 20) as plain, context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
            self.assertEqual(secure.selected_alpn_protocol(), "h2", "the peer offers it")
        tls = {"mode": "server-only", "ca_file": os.path.join(self.certs, "ca.crt")}
        for protocol in (REST, SOAP):
            store = self.store()
            self.run_fetch(store, self.through(protocol, "http", tls=tls), 0)
            self.assertEqual(self.facts(store), self.undisturbed[protocol])
            self.arm("proxy_502", self.victims[protocol])
            self.run_fetch(store, self.through(protocol, "http", tls=tls, freshness_hours=0), 0)
            self.assertEqual(self.outcome(store, self.victims[protocol])[0], UNREACHABLE if protocol == REST else UNKNOWN)
            self.arm(None)


if __name__ == "__main__":
    if PYTHON is None:
        sys.exit(77)
    unittest.main(argv=[sys.argv[0], "-q"])
