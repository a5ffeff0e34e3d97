"""Tests of the register stand-in and the population generator: python3 -m unittest tests/e2e/test_registers.py

The oracle is docs/registers.md and the X-Road REST specification. The request hash is recomputed here from the specification's
words, not with the server's code. Only the standard library is needed; the TLS tests need the openssl command.
"""
import base64
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOLS = os.path.join(ROOT, "tools", "registers")
SAMPLE = os.path.join(ROOT, "fixtures", "population", "sample")
sys.dont_write_bytecode = True
ENVIRONMENT = dict(os.environ, PYTHONDONTWRITEBYTECODE="1")
PERSON = "/r1/TH/GOV/MELDE/residents/person/"
POLICY = [("X-Road-Issue", "KG-0000000001"), ("X-Anspruch-Legal-Basis", "%C2%A7 68 Abs. 4 EStG"), ("X-Anspruch-Purpose", "test"),
          ("X-Anspruch-IdNr-Used", "true")]
CLIENT = [("X-Road-Client", "TH/GOV/FAMKA/anspruch")]
SERVICES = {"residents": "MELDE/residents/person", "births": "STANDESAMT/births/child", "idnr": "BZST/idnr/account",
            "training": "BILDUNG/training/person", "employment": "DSRV/employment/person", "civil": "MELDE/civil/person",
            "disability": "VERSORGUNG/disability/person", "care": "PFLEGE/care/person", "assistance": "JOBCENTER/assistance/person",
            "insurance": "DSRV/insurance/person", "family": "FAMKASSE/family/person", "youth": "JUGEND/youth/person",
            "housing": "WOHNGELD/housing/person", "maternity": "KRANKEN/maternity/person", "school": "BILDUNG/school/person",
            "daycare": "KITA/daycare/child"}
XML = {"disability": "urn:synthetisch:xschwerbehinderung:1", "care": "urn:synthetisch:xpflege:1"}


PROGRAM = os.path.abspath(os.environ.get("ANSPRUCH", "anspruch"))  # for the tests that use the registers, not for those of this file


def command(*args, code=0):
    """Runs the program from the root of the repository; output and errors, or the failure with both."""
    done = subprocess.run([PROGRAM, *args], cwd=ROOT, capture_output=True, text=True, timeout=300)
    if done.returncode != code:
        raise AssertionError("%s: %d\n%s%s" % (" ".join(args), done.returncode, done.stdout, done.stderr))
    return done.stdout + done.stderr


def generate(directory, *options):
    return subprocess.run([sys.executable, os.path.join(TOOLS, "generate.py"), "--quiet", "--out", directory, *options],
                          env=ENVIRONMENT, capture_output=True, text=True, timeout=300)


def file_hash(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def strict_json(text):
    """Parses and refuses what docs/registers.md excludes: duplicate keys, null, floating point."""
    def pairs(items):
        keys = [k for k, _ in items]
        if len(keys) != len(set(keys)):
            raise ValueError("duplicate key in %r" % keys)
        if any(v is None for _, v in items):
            raise ValueError("null in %r" % keys)
        return dict(items)

    def no_float(value):
        raise ValueError("floating point number %s" % value)
    return json.loads(text, object_pairs_hook=pairs, parse_float=no_float)


class Server:
    """A running stand-in. `wire` keeps the raw bytes of the last exchange."""

    def __init__(self, directory, *options):
        self.log = os.path.join(directory, "access.jsonl")
        self.process = subprocess.Popen([sys.executable, os.path.join(TOOLS, "server.py"), "--data", os.path.join(directory, "registers.sqlite"),
                                         "--http-port", "0", "--control-port", "0", "--access-log", self.log, *options],
                                        env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the server did not start")
        self.ready = json.loads(line)

    def address(self, name):
        host, port = self.ready[name].rsplit(":", 1)
        return host, int(port)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.process.stdout.close()

    def call(self, target, headers=None, method="GET", body=None, port="http", context=None, timeout=20):
        """(status, [(name, value)], body). `headers` None: the usual ones with a fixed message id."""
        host, number = self.address(port)
        if context:
            connection = http.client.HTTPSConnection("127.0.0.1", number, context=context, timeout=timeout)
        else:
            connection = http.client.HTTPConnection(host, number, timeout=timeout)
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in CLIENT + POLICY if headers is None else headers:
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            connection.close()

    def control(self, method, path, document=None):
        body = None if document is None else json.dumps(document).encode()
        status, _, answer = self.call(path, [], method, body, "control")
        return status, json.loads(answer)

    def raw(self, data, timeout=20):
        """Sends raw bytes and reads until the server closes."""
        with socket.create_connection(self.address("http"), timeout=timeout) as connection:
            connection.sendall(data)
            got = b""
            while True:
                piece = connection.recv(65536)
                if not piece:
                    return got
                got += piece


def header(headers, name):
    return [v for n, v in headers if n.lower() == name]


class WithServer(unittest.TestCase):
    OPTIONS = ()

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="registers-")
        done = generate(cls.directory, "--households", "1200", "--seed", "5", "--jobs", "1")
        if done.returncode:
            raise RuntimeError(done.stderr)
        cls.db = sqlite3.connect(os.path.join(cls.directory, "registers.sqlite"))
        cls.known = "%011d" % cls.db.execute("SELECT r.idnr FROM residents r JOIN births b ON b.idnr=r.idnr JOIN training t ON t.idnr=r.idnr "
                                             "WHERE blocked=0 LIMIT 1").fetchone()[0]
        cls.server = Server(cls.directory, *cls.OPTIONS)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.db.close()
        shutil.rmtree(cls.directory)

    def setUp(self):
        self.server.control("DELETE", "/faults")


class Protocol(WithServer):
    def test_echo_headers(self):
        status, headers, body = self.server.call(PERSON + self.known, CLIENT + POLICY + [("X-Road-Id", "fa2e18a5-c2cb-4d09-b994-f57727f7c3fb")])
        self.assertEqual(status, 200)
        self.assertEqual(header(headers, "x-road-id"), ["fa2e18a5-c2cb-4d09-b994-f57727f7c3fb"])
        self.assertEqual(header(headers, "x-road-client"), ["TH/GOV/FAMKA/anspruch"])
        self.assertEqual(header(headers, "x-road-service"), ["TH/GOV/MELDE/residents/person"])
        self.assertRegex(header(headers, "x-road-request-id")[0], r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
        self.assertEqual(header(headers, "x-road-error"), [])
        self.assertEqual(strict_json(body)["idnr"], self.known)

    def test_message_id_is_made_when_absent(self):
        first = header(self.server.call(PERSON + self.known)[1], "x-road-id")
        second = header(self.server.call(PERSON + self.known)[1], "x-road-id")
        self.assertEqual((len(first), len(second)), (1, 1))
        self.assertNotEqual(first, second)

    def expected_hash(self, method, target, sent, request_id, body=b""):
        skipped = ("host", "content-length", "user-agent", "connection", "expect", "te", "trailer", "upgrade", "server", "keep-alive",
                   "transfer-encoding", "proxy-authenticate", "proxy-authorization")
        text = method + "\r\n" + target + "\r\n"
        for name, value in sent:
            if name.lower() not in skipped:
                text += name + ":" + value + "\r\n"
        text += "x-road-request-id:" + request_id + "\r\n"
        digest = hashlib.sha512(text.encode()).digest()
        if body:
            digest = hashlib.sha512(digest + hashlib.sha512(body).digest()).digest()
        return base64.b64encode(digest).decode()

    def test_request_hash_without_and_with_body(self):
        sent = CLIENT + [("X-Road-Id", "m-1"), ("User-Agent", "x"), ("Accept", "application/json")] + POLICY
        target = PERSON + self.known
        _, headers, _ = self.server.call(target, sent)
        self.assertEqual(header(headers, "x-road-request-hash"), [self.expected_hash("GET", target, sent, header(headers, "x-road-request-id")[0])])
        body = json.dumps({"idnrs": [self.known]}).encode()
        target = "/r1/TH/GOV/MELDE/residents/persons?x=1"
        _, headers, _ = self.server.call(target, sent, "POST", body)
        self.assertEqual(header(headers, "x-road-request-hash"), [self.expected_hash("POST", target, sent, header(headers, "x-road-request-id")[0], body)])

    def test_identifiers_are_decoded_by_segment(self):
        status, headers, _ = self.server.call("/r1/TH/GOV/MELDE/%72esidents/person/" + self.known)
        self.assertEqual((status, header(headers, "x-road-service")), (200, ["TH/GOV/MELDE/residents/person"]))
        for target in ("/r1/TH%2FGOV%2FMELDE%2Fresidents%2Fperson/" + self.known, "/r1/TH/GOV/MELDE/residents%2Fperson/x", "/r1/TH/GOV//residents/person/1",
                       "/r1/TH/GOV/MELDE/resi%ZZ/person/1", "/r1/TH/GOV/MELDE/resi%ff/person/1", "/r1/TH/GOV/MELDE", "/r2/TH/GOV/MELDE/residents/person/1",
                       PERSON + "1" * 2001):
            status, headers, body = self.server.call(target)
            self.assertEqual((status, header(headers, "x-road-error")), (500, ["client.invalid_request"]), target)
            self.assertEqual(set(strict_json(body)), {"type", "message", "detail"})

    def test_client_exactly_once_known_and_well_formed(self):
        for clients, kind in (([], "client.missing_header"), (["TH/GOV/FAMKA/anspruch"] * 2, "client.invalid_request"),
                              (["TH/GOV"], "client.invalid_client_identifier"), (["TH/GOV/FAMKA/an spruch"], "client.invalid_client_identifier"),
                              (["TH/GOV/FAMKA/anspruch/x"], "client.invalid_client_identifier"),
                              (["TH/GOV/FAMKA/stranger"], "server.clientproxy.unknown_member"), (["EE/GOV/FAMKA/anspruch"], "server.clientproxy.unknown_member")):
            status, headers, _ = self.server.call(PERSON + self.known, [("X-Road-Client", c) for c in clients] + POLICY)
            self.assertEqual((status, header(headers, "x-road-error")), (500, [kind]), clients)

    def test_access_rights_and_unknown_services(self):
        limited = [("X-Road-Client", "TH/GOV/FAMKA/limited")] + POLICY
        self.assertEqual(self.server.call(PERSON + self.known, limited)[0], 200)
        for target, headers, kind in (("/r1/TH/GOV/DSRV/employment/person/" + self.known, limited, "server.serverproxy.access_denied"),
                                      ("/r1/TH/GOV/MELDE/residents/animal/1", None, "server.serverproxy.unknown_service"),
                                      ("/r1/TH/GOV/NIX/residents/person/1", None, "server.clientproxy.unknown_member")):
            status, got, _ = self.server.call(target, headers)
            self.assertEqual((status, header(got, "x-road-error")), (500, [kind]))

    def test_error_families_and_xml(self):
        for mode, kind in (("error_old", "Server.ServerProxy.AccessDenied"), ("error_new", "server.serverproxy.access_denied")):
            self.server.control("POST", "/faults", {"mode": mode, "code": "access_denied"})
            status, headers, body = self.server.call(PERSON + self.known)
            self.assertEqual((status, header(headers, "x-road-error"), strict_json(body)["type"]), (500, [kind], kind))
        self.server.control("POST", "/faults", [{"mode": "error_old", "code": "global_conf_outdated", "where": "server.clientproxy"},
                                                {"mode": "error_new", "code": "global_conf_outdated"}])
        self.assertEqual(strict_json(self.server.call(PERSON + self.known)[2])["type"], "Server.ClientProxy.OutdatedGlobalConf")
        status, headers, body = self.server.call(PERSON + self.known, CLIENT + POLICY + [("Accept", "application/xml")])
        self.assertRegex(body.decode(), r"^<error><type>server\.serverproxy\.global_conf_outdated</type><message>[^<]+</message><detail>[0-9a-f-]{36}</detail></error>$")
        self.assertTrue(header(headers, "content-type")[0].startswith("application/xml"))
        self.assertEqual(self.server.control("POST", "/family", {"family": "old"})[0], 200)
        try:
            self.assertEqual(header(self.server.call(PERSON, [])[1], "x-road-error"), ["Client.MissingHeader"])
        finally:
            self.server.control("POST", "/family", {"family": "new"})

    def test_policy_headers_are_mandatory(self):
        for missing in range(4):
            headers = CLIENT + POLICY[:missing] + POLICY[missing + 1:]
            status, got, body = self.server.call(PERSON + self.known, headers)
            self.assertEqual((status, header(got, "x-road-error"), strict_json(body)["type"]), (400, [], "policy_missing_header"))
            self.assertEqual(len(header(got, "x-road-id")), 1)
        status, _, body = self.server.call(PERSON + self.known, CLIENT + POLICY + [POLICY[1]])
        self.assertEqual((status, strict_json(body)["type"]), (400, "policy_missing_header"))
        status, _, body = self.server.call(PERSON + self.known, CLIENT + POLICY[:3] + [("X-Anspruch-IdNr-Used", "false")])
        self.assertEqual((status, strict_json(body)["type"]), (400, "idnr_use_not_declared"))

    def test_provider_errors(self):
        many = json.dumps({"idnrs": [self.known] * 101}).encode()
        batch = "/r1/TH/GOV/MELDE/residents/persons"
        for target, method, body, status, kind in ((PERSON + "123", "GET", None, 400, "invalid_idnr"), (PERSON, "GET", None, 400, "invalid_idnr"),
                                                   (PERSON + self.known + "/x", "GET", None, 404, "not_found"), (PERSON + "%C2%B2" * 11, "GET", None, 400, "invalid_idnr"),
                                                   (batch, "POST", b"nonsense", 400, "invalid_body"), (batch, "POST", b'{"idnrs":[]}', 400, "invalid_body"),
                                                   (batch, "POST", b'{"idnrs":[7]}', 400, "invalid_idnr"), (batch, "POST", many, 413, "too_many_numbers"),
                                                   (batch, "GET", None, 405, "method_not_allowed"), (PERSON + self.known, "DELETE", None, 405, "method_not_allowed"),
                                                   ("/r1/TH/GOV/STANDESAMT/births/events?limit=0", "GET", None, 400, "invalid_query"),
                                                   ("/r1/TH/GOV/STANDESAMT/births/events?after=999999999999", "GET", None, 400, "invalid_cursor")):
            got, headers, answer = self.server.call(target, None, method, body)
            self.assertEqual((got, strict_json(answer)["type"], header(headers, "x-road-error")), (status, kind, []), (target, body and body[:40]))

    def test_malformed_http(self):
        for data in (b"NONSENSE\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
                     b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
                     b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n", b"GET /" + b"x" * 40000):
            self.assertRegex(self.server.raw(data)[:12], rb"^HTTP/1.1 4\d\d")

    def test_keep_alive_and_pipelining(self):
        lines = "GET %s HTTP/1.1\r\nHost: x\r\n" % (PERSON + self.known) + "".join("%s: %s\r\n" % h for h in CLIENT + POLICY)
        answer = self.server.raw((lines + "\r\n" + lines + "Connection: close\r\n\r\n").encode())
        self.assertEqual(answer.count(b"HTTP/1.1 200 OK"), 2)

    def test_access_log(self):
        self.server.call(PERSON + self.known, CLIENT + POLICY + [("X-Road-Id", "log-me")])
        self.server.control("GET", "/stats")
        with open(self.server.log, encoding="utf-8") as file:
            entries = [json.loads(line) for line in file]
        entry = [e for e in entries if e.get("x_road_id") == "log-me"][0]
        self.assertEqual((entry["client"], entry["service"], entry["issue"], entry["legal_basis"], entry["purpose"], entry["idnr_used"], entry["status"]),
                         ("TH/GOV/FAMKA/anspruch", "TH/GOV/MELDE/residents/person", "KG-0000000001", "§ 68 Abs. 4 EStG", "test", True, 200))

    def test_metaservices(self):
        methods = strict_json(self.server.call("/r1/TH/GOV/MELDE/residents/listMethods", CLIENT)[2])["service"]
        self.assertEqual([m["service_code"] for m in methods], ["events", "person", "persons"])
        codes = [m["id"]["subsystem_code"] for m in strict_json(self.server.call("/listClients", [("Accept", "application/json")])[2])["member"]]
        self.assertIn("residents", codes)


class NoDataReleased(WithServer):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.blocked = "%011d" % cls.db.execute("SELECT idnr FROM residents WHERE blocked=1").fetchone()[0]
        cls.unknown = "99999999999"

    def test_unknown_and_blocked_are_byte_identical(self):
        for register, service in SERVICES.items():
            target = "/r1/TH/GOV/%s/" % service
            answers = [self.server.call(target + number) for number in (self.blocked, self.unknown)]
            bodies = {body for _, _, body in answers}
            nothing = b'{"status":"no_data_released"}'
            if register in XML:
                nothing = ('<?xml version="1.0" encoding="UTF-8"?>\n<r:auskunft xmlns:r="%s"><r:nachrichtenkopf><r:status>no_data_released</r:status>'
                           '</r:nachrichtenkopf></r:auskunft>' % XML[register]).encode()
            self.assertEqual(bodies, {nothing}, register)
            fixed = [[(n, v) for n, v in headers if n not in ("x-road-id", "x-road-request-id", "x-road-request-hash")] for _, headers, _ in answers]
            self.assertEqual((answers[0][0], fixed[0]), (answers[1][0], fixed[1]))

    def test_batch_answers_in_order(self):
        numbers = [self.known, self.unknown, self.blocked, self.known]
        for service in ("MELDE/residents/persons", "STANDESAMT/births/children", "BZST/idnr/accounts", "BILDUNG/training/persons", "DSRV/employment/persons"):
            status, _, body = self.server.call("/r1/TH/GOV/" + service, None, "POST", json.dumps({"idnrs": numbers}).encode())
            items = strict_json(body)["items"]
            self.assertEqual((status, [i["idnr"] for i in items]), (200, numbers))
            self.assertEqual([i["status"] for i in items], ["found", "no_data_released", "no_data_released", "found"])
            self.assertEqual(items[1], {"status": "no_data_released", "idnr": self.unknown})
            single = strict_json(self.server.call("/r1/TH/GOV/%s/%s" % (SERVICES[items[0]["register"]], self.known))[2])
            self.assertEqual(items[0], single)

    def test_known_person_without_entries_is_found(self):
        number = "%011d" % self.db.execute("SELECT idnr FROM residents WHERE blocked=0 AND idnr NOT IN (SELECT idnr FROM training)").fetchone()[0]
        answer = strict_json(self.server.call("/r1/TH/GOV/BILDUNG/training/person/" + number)[2])
        self.assertEqual((answer["status"], answer["record"]["contracts"]), ("found", []))

    def test_corrections_reach_the_answer_but_not_blocked_persons(self):
        for number in (self.known, self.blocked):
            self.server.control("POST", "/records", {"register": "idnr", "idnr": number, "record": {"idnr_assigned": True, "iban": "DE00"}})
        self.assertEqual(strict_json(self.server.call("/r1/TH/GOV/BZST/idnr/account/" + self.known)[2])["record"]["iban"], "DE00")
        self.assertEqual(self.server.call("/r1/TH/GOV/BZST/idnr/account/" + self.blocked)[2], b'{"status":"no_data_released"}')

    def test_feed_pages_join_up(self):
        total = self.db.execute("SELECT count(*) FROM birth_events").fetchone()[0]
        self.assertGreater(total, 3)
        seen, after = [], ""
        for _ in range(total + 2):
            page = strict_json(self.server.call("/r1/TH/GOV/STANDESAMT/births/events?limit=2" + after)[2])
            seen += [e["cursor"] for e in page["events"]]
            if not page["more"]:
                break
            after = "&after=" + page["next"]
        self.assertEqual(len(seen), total)
        self.assertEqual(seen, sorted(set(seen)))
        for limit, more in ((total, False), (total - 1, True)):
            page = strict_json(self.server.call("/r1/TH/GOV/STANDESAMT/births/events?limit=%d" % limit)[2])
            self.assertEqual((len(page["events"]), page["more"]), (limit, more))
        last = strict_json(self.server.call("/r1/TH/GOV/STANDESAMT/births/events?after=" + seen[-1])[2])
        self.assertEqual((last["events"], last["next"], last["more"]), ([], seen[-1], False))


class FaultSwitches(WithServer):
    def arm(self, mode, **fields):
        status, answer = self.server.control("POST", "/faults", dict({"mode": mode, "service": "TH/GOV/MELDE/residents/person"}, **fields))
        self.assertEqual(status, 200, answer)

    def ask(self, **options):
        return self.server.call(PERSON + self.known, **options)

    def good(self):
        return self.ask()[2]

    def test_fault_is_used_up_and_limited_to_its_service(self):
        self.arm("http_500", count=2, after=1)
        self.assertEqual([self.ask()[0] for _ in range(5)], [200, 500, 500, 200, 200])
        self.arm("http_500", idnr="00000000001")
        self.assertEqual(self.ask()[0], 200)
        self.server.control("DELETE", "/faults")
        self.arm("http_404")
        self.assertEqual(self.server.call("/r1/TH/GOV/BZST/idnr/account/" + self.known)[0], 200)
        status, headers, _ = self.ask()
        self.assertEqual((status, header(headers, "x-road-error")), (404, []))

    def test_control_refuses_nonsense(self):
        for document in ({"mode": "explode"}, {"mode": "stall", "cuont": 1}, {"mode": "stall", "count": "1"}, 7):
            self.assertEqual(self.server.control("POST", "/faults", document)[0], 400)
        self.assertEqual(self.server.control("POST", "/records", {"register": "nix", "idnr": self.known, "record": {}})[0], 400)

    def test_retry_then_ok(self):
        self.arm("retry_then_ok")
        self.assertEqual([self.ask()[0] for _ in range(3)], [500, 500, 200])

    def test_stall(self):
        self.arm("stall")
        with self.assertRaises(TimeoutError):
            self.ask(timeout=0.5)
        self.assertEqual(self.ask()[0], 200)

    def test_slow_drip_delivers_the_whole_answer(self):
        good = self.good()
        self.arm("slow_drip", interval_ms=0)
        self.assertEqual(self.ask()[2], good)

    def test_early_close_and_lies(self):
        good = self.good()
        self.arm("early_close")
        with self.assertRaises(http.client.IncompleteRead):
            self.ask()
        self.arm("content_length_lie")
        self.assertEqual(self.ask()[2], good[:-17])
        self.arm("truncated")
        status, headers, body = self.ask()
        self.assertEqual((status, int(header(headers, "content-length")[0]), body), (200, len(body), good[:len(good) // 2]))

    def test_oversized_and_gzip_bomb(self):
        self.arm("oversized", bytes=3000000)
        self.assertEqual(len(self.ask()[2]), 3000000 + 31)
        self.arm("gzip_bomb", bytes=8 << 20)
        _, headers, body = self.ask()
        self.assertEqual(header(headers, "content-encoding"), ["gzip"])
        self.assertLess(len(body), 100000)

    def test_wrong_content(self):
        self.arm("redirect")
        status, headers, _ = self.ask()
        self.assertEqual((status, len(header(headers, "location"))), (302, 1))
        self.arm("html_200")
        status, headers, body = self.ask()
        self.assertEqual((status, header(headers, "content-type")), (200, ["text/html; charset=utf-8"]))
        self.arm("not_what_was_asked")
        self.assertNotEqual(strict_json(self.ask()[2])["idnr"], self.known)
        self.arm("invalid_utf8")
        with self.assertRaises(UnicodeDecodeError):
            self.ask()[2].decode("utf-8")
        self.arm("duplicate_keys")
        with self.assertRaisesRegex(ValueError, "duplicate key"):
            strict_json(self.ask()[2])
        self.arm("bom")
        self.assertEqual(self.ask()[2][:3], b"\xef\xbb\xbf")

    def test_wrong_echo(self):
        self.arm("wrong_echo", header="x-road-service")
        self.assertNotEqual(header(self.ask()[1], "x-road-service"), ["TH/GOV/MELDE/residents/person"])
        self.arm("missing_echo", header="x-road-client")
        self.assertEqual(header(self.ask()[1], "x-road-client"), [])
        self.arm("duplicate_header")
        self.assertEqual(len(header(self.ask()[1], "x-road-id")), 2)
        self.arm("forged_xroad_error")
        status, headers, _ = self.ask()
        self.assertEqual((status, header(headers, "x-road-error")), (200, ["Server.ServerProxy.AccessDenied"]))


class RejectedBasis(WithServer):
    OPTIONS = ("--reject-legal-basis", "§ 68 Abs. 4 EStG")

    def test_rejected(self):
        status, headers, body = self.server.call(PERSON + self.known)
        self.assertEqual((status, strict_json(body)["type"], header(headers, "x-road-error")), (403, "legal_basis_rejected", []))


@unittest.skipUnless(shutil.which("openssl"), "the command openssl is missing (install the package openssl)")
class MutualTls(WithServer):
    @classmethod
    def setUpClass(cls):
        cls.certs = tempfile.mkdtemp(prefix="certs-")
        cls.made = subprocess.run([os.path.join(TOOLS, "make-certs.sh"), cls.certs], capture_output=True, text=True, check=True)
        cls.OPTIONS = ("--https-port", "0", "--certs", cls.certs)
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        shutil.rmtree(cls.certs)

    def context(self, client=None):
        context = ssl.create_default_context(cafile=os.path.join(self.certs, "ca.crt"))
        if client:
            context.load_cert_chain(os.path.join(self.certs, client + ".crt"), os.path.join(self.certs, client + ".key"))
        return context

    def ask(self, client):
        return self.server.call(PERSON + self.known, port="https", context=self.context(client))

    def test_exact_certificate_is_served(self):
        status, _, body = self.ask("client")
        self.assertEqual((status, strict_json(body)["status"]), (200, "found"))

    def test_no_or_other_certificate_gets_no_data(self):
        for client in (None, "client-other"):
            status, headers, body = self.ask(client)
            self.assertEqual((status, header(headers, "x-road-error")), (500, ["server.clientproxy.ssl_authentication_failed"]))
            self.assertNotIn(b"record", body)

    def test_untrusted_and_expired_certificates_fail(self):
        for client in ("client-untrusted", "client-expired"):
            with self.assertRaises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected), msg=client):
                self.ask(client)

    def test_certificates_are_idempotent(self):
        before = {n: file_hash(os.path.join(self.certs, n)) for n in os.listdir(self.certs)}
        again = subprocess.run([os.path.join(TOOLS, "make-certs.sh"), self.certs], capture_output=True, text=True, check=True)
        self.assertIn("complete", again.stdout)
        self.assertEqual(before, {n: file_hash(os.path.join(self.certs, n)) for n in os.listdir(self.certs)})

    def test_wrong_server_certificates_do_not_verify(self):
        for name in ("server-wrong-name", "server-expired"):
            server = Server(self.directory, "--https-port", "0", "--certs", self.certs, "--server-cert", name)
            try:
                with self.assertRaises(ssl.SSLCertVerificationError, msg=name):
                    server.call(PERSON + self.known, port="https", context=self.context("client"))
            finally:
                server.stop()


class ServerOptions(unittest.TestCase):
    def refused(self, *options):
        done = subprocess.run([sys.executable, os.path.join(TOOLS, "server.py"), *options], env=ENVIRONMENT, capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 2)
        self.assertNotIn("Traceback", done.stderr)
        return done.stderr

    def test_refusals(self):
        with tempfile.NamedTemporaryFile(suffix=".sqlite") as junk:
            junk.write(b"junk" * 500)
            junk.flush()
            self.assertIn("no population file", self.refused("--data", junk.name, "--http-port", "0"))
            self.assertIn("loopback", self.refused("--data", junk.name, "--http-port", "0", "--http-host", "0.0.0.0"))
            self.assertIn("--certs", self.refused("--data", junk.name, "--https-port", "0"))
            self.assertIn("nothing to listen on", self.refused("--data", junk.name))


class Population(unittest.TestCase):
    """Statistics of 20,000 households, computed from the files, not from the generator's own counters."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="population-")
        done = generate(cls.directory, "--households", "20000", "--seed", "11")
        if done.returncode:
            raise RuntimeError(done.stderr)
        with open(os.path.join(cls.directory, "manifest.json"), encoding="utf-8") as file:
            cls.manifest = json.load(file)
        db = sqlite3.connect(os.path.join(cls.directory, "registers.sqlite"))
        cls.residents, cls.blocked = {}, set()
        for number, blocked, record in db.execute("SELECT idnr, blocked, record FROM residents"):
            cls.residents["%011d" % number] = strict_json(record)
            if blocked:
                cls.blocked.add("%011d" % number)
        cls.tables = {t: {"%011d" % n: strict_json(r) for n, r in db.execute("SELECT idnr, record FROM " + t)}
                      for t in ("births", "idnr", "training", "employment")}
        cls.events = [strict_json(e) for e, in db.execute("SELECT event FROM birth_events ORDER BY position")]
        db.close()
        cls.lines = []
        with open(os.path.join(cls.directory, "casefile.jsonl"), encoding="utf-8") as file:
            for line in file:
                cls.lines.append(strict_json(line))

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.directory)

    def kind(self, name):
        return [line for line in self.lines if line["kind"] == name]

    def near(self, hits, total, rate, tolerance=0.35):
        """The observed share lies within the tolerance of the stated rate (plus four standard deviations of the count)."""
        expected = total * rate
        self.assertLessEqual(abs(hits - expected), tolerance * expected + 4 * max(1, expected) ** 0.5, "%d of %d, stated %g" % (hits, total, rate))
        self.assertGreater(hits, 0)

    def current(self, number):
        return [a["address_id"] for a in self.residents[number]["addresses"] if a["kind"] == "main" and "to" not in a]

    def test_declared_synthetic(self):
        self.assertIs(self.manifest["synthetic"], True)
        self.assertEqual(self.lines[0], {"kind": "header", "format": "anspruch-casefile/1", "synthetic": True, "seed": 11, "as_of": "2026-11"})
        self.assertTrue(all(r["family_name"].startswith("Muster-") for r in self.residents.values()))

    def test_numbers_can_never_be_real(self):
        for number in self.residents:
            product = 10
            for digit in number[:10]:
                product = ((int(digit) + product) % 10 or 10) * 2 % 11
            self.assertNotEqual((11 - product) % 10, int(number[10]), number)
        for account in self.tables["idnr"].values():
            if "iban" in account:
                iban = account["iban"]
                self.assertEqual(int(iban[4:] + "1314" + iban[2:4]) % 97, 1)
                self.assertEqual(iban[4], "9")

    def test_exact_number_of_households(self):
        counts = self.manifest["counts"]
        self.assertEqual(counts["households"], 20000)
        self.assertEqual(counts["persons"], len(self.residents))
        for name in ("award", "application", "finding", "statement", "payment"):
            self.assertEqual(counts[name + "s"], len(self.kind(name)))
        self.assertEqual(counts["casefile_lines"], len(self.lines))
        self.assertEqual(counts["birth_events"], len(self.events))

    def test_age_and_household_structure(self):
        ages = [2026 - int(r["birth_date"][:4]) for r in self.residents.values() if isinstance(r.get("birth_date"), str)]
        shares = [sum(1 for a in ages if low <= a < high) / len(ages) for low, high in ((0, 18), (18, 65), (65, 120))]
        self.assertTrue(0.11 < shares[0] < 0.20 and 0.50 < shares[1] < 0.68 and 0.20 < shares[2] < 0.33, shares)
        self.assertTrue(0.21 < self.manifest["counts"]["families"] / 20000 < 0.28)

    def test_cross_household_families(self):
        """At least 15 % of the recipients have a child with a legal parent, or a child itself, at another address."""
        recipients = {}
        for award in self.kind("award"):
            recipients.setdefault(award["recipient"], []).append(award["child"])
        crossing = 0
        for recipient, children in recipients.items():
            home = self.current(recipient)
            others = [p.get("idnr") for c in children for p in self.tables["births"].get(c, {"parents": []})["parents"]]
            people = [n for n in others + children if n in self.residents and n != recipient]
            crossing += any(self.current(n) and home and not set(self.current(n)) & set(home) for n in people)
        self.assertGreaterEqual(crossing / len(recipients), 0.15)
        self.assertGreater(self.manifest["counts"]["cross_household_families"], 0.15 * self.manifest["counts"]["families"])

    def test_register_flaws_at_stated_rates(self):
        rates, people = self.manifest["assumed_rates"], list(self.residents.values())
        third = [r for r in people if any(m["kind"] == "in" for m in r["moves"]) and r["nationalities"] and
                 not set(r["nationalities"]) & {"DE", "PL", "RO", "BG", "CZ", "HU", "IT", "FR"}]
        self.near(sum(1 for r in third if isinstance(r.get("birth_date"), dict)), len(third), rates["partial_birth_date_third_country"])
        self.near(sum(1 for r in people if "birth_date" not in r), len(people), rates["birth_date_missing"])
        self.near(sum(1 for r in people if not r["nationalities"]), len(people), rates["nationality_missing"])
        settled = [r for r in people if len([a for a in r["addresses"] if a["kind"] == "main"]) > 1]
        self.near(sum(1 for r in settled if sum(1 for a in r["addresses"] if "to" not in a) > 1), len(settled), rates["two_main_addresses"])
        births = self.tables["births"]
        self.near(sum(1 for n, b in births.items() if isinstance(self.residents[n].get("birth_date"), str) and
                      self.residents[n]["birth_date"] != b["birth_date"]), len(births), rates["birth_date_contradiction"])
        two = [b for b in births.values() if len(b["parents"]) == 2]
        self.near(sum(1 for b in two if any("idnr" not in p for p in b["parents"])), len(two), rates["parent_without_idnr"])
        periods = [p for e in self.tables["employment"].values() for p in e["periods"]]
        self.near(sum(1 for p in periods if "weekly_hours" not in p), len(periods), rates["weekly_hours_missing"])
        self.near(len(self.blocked), len(people), (rates["blocked_person"] + 0.5 * rates["blocked_household"]), 0.5)

    def test_case_file_flaws_at_stated_rates(self):
        rates = self.manifest["assumed_rates"]
        running = [a for a in self.kind("award") if "to" not in a["history"][-1]]
        late = [a for a in running if a["history"][-1]["amount_cents"] != 25900]
        self.near(len(late), len(running), rates["award_wrong_amount"])
        households = {}
        for line in self.kind("finding"):
            if line["fact"] == "Haushaltsaufnahme":
                households.setdefault(tuple(line["key"]), []).append(line)
        without = [a for a in self.kind("award") if (a["recipient"], a["child"]) not in households]
        self.near(len(without), len(self.kind("award")), rates["finding_household_missing"])
        clashes = sum(1 for group in households.values() if any(
            a["value"] != b["value"] and a["from"] <= b.get("to", "9999") and b["from"] <= a.get("to", "9999")
            for i, a in enumerate(group) for b in group[i + 1:]))
        self.near(clashes, len(households), rates["finding_contradicts"])

    def test_edge_cases_occur(self):
        today = self.manifest["as_of_date"]
        running = [a for a in self.kind("award") if "to" not in a["history"][-1]]
        births, awards = self.tables["births"], {a["child"] for a in self.kind("award")}
        self.assertTrue(any(b.get("multiple_birth") == 2 for b in births.values()), "twins")
        self.assertTrue(any("death_date" in self.residents[a["child"]] or "death_date" in self.residents[a["recipient"]] for a in running), "dead")
        abroad = [a for a in running if any(m["kind"] == "out" for m in self.residents[a["child"]]["moves"])]
        self.assertTrue(abroad, "running award of a child that moved abroad")
        adults = [a["child"] for a in running if a["child"] in births and births[a["child"]]["birth_date"] < "2008-11-02"]
        idle = [c for c in adults if c in self.tables["training"] and not any(
            c2["to"] >= today for c2 in self.tables["training"][c]["contracts"]) and not any(
            "to" not in e for e in self.tables["training"][c]["enrolments"])]
        self.assertTrue(idle, "running award of an adult without training")
        self.assertTrue(any(e["event"] == "birth" and e.get("child_idnr") not in awards and e["birth_date"] >= "2026-11-01" for e in self.events), "newborn without award")
        applications = [a for a in self.kind("application") if a["child"] not in awards]
        self.assertTrue(applications, "pending application")
        hours = {p.get("weekly_hours") for e in self.tables["employment"].values() for p in e["periods"]}
        self.assertTrue({"20.0", "20.5", "21.0"} <= hours)
        self.assertTrue(any(a["amount_cents"] in (21000, 22500) for award in self.kind("award") for a in award["history"]), "third child before 2023")
        self.assertEqual({e["event"] for e in self.events} - {"birth", "correction", "cancellation"}, set())
        self.assertLess(len({e["event_id"] for e in self.events}), len(self.events), "duplicated events")

    def test_ledger_is_well_formed(self):
        seen, current, ids_seen = set(), None, set()
        for line in self.lines[1:]:
            if line["case"] != current:
                self.assertNotIn(line["case"], seen, "the lines of a case are adjacent")
                seen.add(line["case"])
                current = line["case"]
            if line["kind"] != "payment":
                self.assertNotIn((line["kind"], line[line["kind"]]), ids_seen)
                ids_seen.add((line["kind"], line[line["kind"]]))
            if "to" in line and "from" in line:
                self.assertLessEqual(line["from"], line["to"])
            for key in ("recipient", "child", "applicant"):
                if key in line:
                    self.assertIn(line[key], self.residents)
        for award in self.kind("award"):
            before = ""
            for entry in award["history"]:
                self.assertGreater(entry["from"], before)
                before = entry.get("to", "9999-12")
                self.assertGreaterEqual(before, entry["from"])
                self.assertGreater(entry["amount_cents"], 18000)

    def test_periods_are_ordered_and_not_in_the_future(self):
        today = self.manifest["as_of_date"]
        for number, record in self.residents.items():
            self.assertTrue(record["addresses"], number)
            for address in record["addresses"]:
                self.assertLessEqual(address.get("from", ""), min(address.get("to", today), today), number)
            for move in record["moves"]:
                self.assertLessEqual(move["date"], today)
        for number, record in self.tables["employment"].items():
            for key in ("periods", "job_seeking", "training_place_seeking", "voluntary_service"):
                for period in record[key]:
                    self.assertLessEqual(period["from"], min(period.get("to", today), today), number)
        for number, record in self.tables["training"].items():
            for contract in record["contracts"]:
                self.assertLess(contract["from"], contract["to"], number)
                self.assertEqual(contract["state"] == "active", contract["to"] > today, number)


class Determinism(unittest.TestCase):
    NAMES = ("registers.sqlite", "casefile.jsonl", "manifest.json")

    def hashes(self, *options):
        with tempfile.TemporaryDirectory(prefix="determinism-") as directory:
            done = generate(directory, *options)
            self.assertEqual(done.returncode, 0, done.stderr)
            return [file_hash(os.path.join(directory, n)) for n in self.NAMES]

    def test_same_seed_same_bytes_whatever_the_processes(self):
        one = self.hashes("--households", "10500", "--seed", "3", "--jobs", "1")
        self.assertEqual(one, self.hashes("--households", "10500", "--seed", "3", "--jobs", "3"))
        other = self.hashes("--households", "10500", "--seed", "4", "--jobs", "2")
        self.assertFalse(set(one) & set(other))

    def test_families_are_exact(self):
        with tempfile.TemporaryDirectory(prefix="families-") as directory:
            self.assertEqual(generate(directory, "--families", "1300", "--seed", "2").returncode, 0)
            with open(os.path.join(directory, "manifest.json"), encoding="utf-8") as file:
                counts = json.load(file)["counts"]
            self.assertEqual(counts["families"], 1300)
            self.assertTrue(3.4 < counts["households"] / 1300 < 4.9, counts["households"])

    def test_as_of_moves_the_reference_month(self):
        with tempfile.TemporaryDirectory(prefix="asof-") as directory:
            self.assertEqual(generate(directory, "--households", "500", "--as-of", "2022-03").returncode, 0)
            with open(os.path.join(directory, "casefile.jsonl"), encoding="utf-8") as file:
                text = file.read()
            self.assertIn('"as_of":"2022-03"', text.split("\n")[0])
            self.assertFalse(re.search(r'"(received|recorded_on|notice)":"2022-(0[4-9]|1)', text) or re.search(r'"from":"202[3-9]', text))

    def test_refusals(self):
        with tempfile.TemporaryDirectory(prefix="refusal-") as directory:
            for options in (("--households", "9"), ("--households", "10000001"), ("--families", "0"), ("--as-of", "2026-13"), ("--as-of", "1999-01"),
                            ("--as-of", "2027-01"), ("--seed", "-1"), ("--jobs", "0")):
                done = generate(directory, *options)
                self.assertEqual(done.returncode, 2, options)
                self.assertNotIn("Traceback", done.stderr)
            self.assertEqual(generate(directory, "--households", "10").returncode, 0)
            again = generate(directory, "--households", "10")
            self.assertEqual((again.returncode, "--force" in again.stderr), (2, True))
            self.assertEqual(generate(directory, "--households", "10", "--force").returncode, 0)

    def test_committed_sample_is_what_the_generator_writes(self):
        with open(os.path.join(SAMPLE, "manifest.json"), encoding="utf-8") as file:
            manifest = json.load(file)
        with tempfile.TemporaryDirectory(prefix="sample-") as directory:
            done = generate(directory, "--families", str(manifest["families_requested"]), "--seed", str(manifest["seed"]), "--answers", "1000")
            self.assertEqual(done.returncode, 0, done.stderr)
            for name in ("casefile.jsonl", "answers.jsonl", "manifest.json"):
                self.assertEqual(file_hash(os.path.join(directory, name)), file_hash(os.path.join(SAMPLE, name)),
                                 name + " differs: run tools/registers/make-sample.sh and look at the difference")


if __name__ == "__main__":
    unittest.main()
