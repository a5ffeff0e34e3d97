#!/usr/bin/env python3
"""Stand-in for an X-Road security server with synthetic registers behind it (docs/registers.md).

Owns: the services, access rights, the request policy of the registers, the access log, the listening sockets and the control
port. It is a test peer: it implements the REST message protocol towards an information system, not the exchange between
security servers, and holds synthetic data only. Python standard library only, so that it runs wherever python3 is.

Rules: plain HTTP on loopback only; HTTPS needs the exact client certificate; faults and changes come in over the control port
(loopback, own socket) and never from a request. One event loop, no threads.
"""
import argparse
import asyncio
import hashlib
import ipaddress
import json
import os
import signal
import ssl
import sys
import time
import urllib.parse
import uuid

sys.dont_write_bytecode = True      # no __pycache__ beside the sources

import faults as fault_modes
import http11
import metaservices
import social
import soap
import xroad
from store import Store, StoreError

INSTANCE = "TH"
# (member, subsystem): (register, single service, batch service)
SUBSYSTEMS = {
    ("MELDE", "residents"): ("residents", "person", "persons"),
    ("STANDESAMT", "births"): ("births", "child", "children"),
    ("BZST", "idnr"): ("idnr", "account", "accounts"),
    ("BILDUNG", "training"): ("training", "person", "persons"),
    ("DSRV", "employment"): ("employment", "person", "persons"),
    ("MELDE", "civil"): ("civil", "person", "persons"),
    ("VERSORGUNG", "disability"): ("disability", "person", "persons"),
    ("PFLEGE", "care"): ("care", "person", "persons"),
    ("JOBCENTER", "assistance"): ("assistance", "person", "persons"),
    ("DSRV", "insurance"): ("insurance", "person", "persons"),
    ("FAMKASSE", "family"): ("family", "person", "persons"),
    ("JUGEND", "youth"): ("youth", "person", "persons"),
    ("WOHNGELD", "housing"): ("housing", "person", "persons"),
    ("KRANKEN", "maternity"): ("maternity", "person", "persons"),
    ("BILDUNG", "school"): ("school", "person", "persons"),
    ("KITA", "daycare"): ("daycare", "child", "children"),
}
MAX_BATCH = 100
MAX_PAGE = 1000
ALL_MEMBERS = frozenset(member for member, _ in SUBSYSTEMS)
CLIENTS = {
    ("TH", "GOV", "FAMKA", "anspruch"): ALL_MEMBERS,
    ("TH", "GOV", "FAMKA", "limited"): ALL_MEMBERS - {"DSRV"},
    ("TH", "GOV", "WOGEB", "anspruch"): frozenset(("MELDE", "STANDESAMT", "JOBCENTER", "DSRV", "VERSORGUNG", "PFLEGE", "FAMKASSE")),
    ("TH", "GOV", "UVSTELLE", "anspruch"): frozenset(("MELDE", "STANDESAMT", "JOBCENTER", "DSRV", "FAMKASSE", "BILDUNG", "JUGEND")),
    ("TH", "GOV", "KIZUKASSE", "anspruch"): frozenset(("MELDE", "STANDESAMT", "JOBCENTER", "FAMKASSE", "WOHNGELD")),
    ("TH", "GOV", "ELTERNGELD", "anspruch"): frozenset(("MELDE", "STANDESAMT", "BILDUNG", "VERSORGUNG", "KRANKEN")),
    ("TH", "GOV", "KITAAMT", "anspruch"): frozenset(("MELDE", "BILDUNG", "KITA")),
    ("TH", "GOV", "BUTSTELLE", "anspruch"): frozenset(("MELDE", "BILDUNG", "JOBCENTER", "FAMKASSE", "WOHNGELD")),
    ("TH", "GOV", "SINNESAMT", "anspruch"): frozenset(("MELDE", "VERSORGUNG", "PFLEGE")),
    ("TH", "GOV", "SOZIALAMT", "anspruch"): frozenset(("MELDE", "DSRV", "JOBCENTER", "VERSORGUNG")),
    ("TH", "GOV", "JOBCENTER", "anspruch"): frozenset(("MELDE", "VERSORGUNG", "DSRV", "FAMKASSE", "JOBCENTER")),
}
LIFE_FEEDS = (("MELDE", "residents"), ("BZST", "idnr"), ("BILDUNG", "training"))  # deaths and moves, accounts, beginnings and ends of training
POLICY_HEADERS = ("x-road-issue", "x-anspruch-legal-basis", "x-anspruch-purpose", "x-anspruch-idnr-used")
JSON_TYPE = "application/json; charset=utf-8"
XML_TYPE = "application/xml; charset=utf-8"


class ProviderError(Exception):
    """An error that the register itself answers: no X-Road-Error header."""

    def __init__(self, status, kind, message):
        super().__init__(message)
        self.status = status
        self.kind = kind


def services():
    """All service codes with their method: {(member, subsystem, code): (method, register, kind)}."""
    table = {}
    for (member, subsystem), (register, single, batch) in SUBSYSTEMS.items():
        table[(member, subsystem, single)] = ("GET", register, "single")
        table[(member, subsystem, batch)] = ("POST", register, "batch")
        table[(member, subsystem, "listMethods")] = ("GET", register, "meta")
        table[(member, subsystem, "allowedMethods")] = ("GET", register, "meta")
        table[(member, subsystem, "getOpenAPI")] = ("GET", register, "meta")
    table[("STANDESAMT", "births", "events")] = ("GET", "births", "events")
    for member, subsystem in LIFE_FEEDS:
        table[(member, subsystem, "events")] = ("GET", subsystem, "life")
    return table


SERVICES = services()
# The registers that answer XML answer it over SOAP too: (member, subsystem, service code) -> register, all in version v1.
SOAP_SERVICES = {(member, subsystem, single): register for (member, subsystem), (register, single, _) in SUBSYSTEMS.items() if register in social.XML}
SOAP_TYPE = "text/xml; charset=utf-8"


class AccessLog:
    """JSON lines, one per request, written in blocks. The file is for comparison with the client's own exchange log."""

    def __init__(self, path):
        self._file = open(path, "a", encoding="utf-8", buffering=1 << 16) if path else None

    def write(self, entry):
        if self._file:
            self._file.write(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + "\n")

    def flush(self):
        if self._file:
            self._file.flush()


class SecurityServer:
    def __init__(self, store, log, error_family, client_certificates, rejected_bases, client_auth=True):
        self.client_auth = client_auth
        self.active, self.max_active = {}, {}
        self.store = store
        self.log = log
        self.family = error_family
        self.client_certificates = client_certificates
        self.rejected_bases = rejected_bases
        self.faults = fault_modes.Faults()
        self.connections = set()
        self.counters = {"requests": 0, "errors": 0, "faults": 0}
        self._tasks = set()

    # --- request cycle
    def handle(self, request, connection):
        self.counters["requests"] += 1
        request_id = str(uuid.uuid4())
        entry = {"time": round(time.time(), 3), "method": request.method, "target": request.target, "x_road_request_id": request_id,
                 "tls": request.secure}
        echo = []
        fault = None
        try:
            if request.target == "/" and request.method == "POST":
                return self._handle_soap(request, connection, entry)
            self._check_tls(request)
            if request.target.partition("?")[0] == "/listClients" and request.method == "GET":
                return self._list_clients(request, connection, entry)
            target = xroad.parse_target(request.target)
            client = xroad.parse_client(request.values("x-road-client"))
            echo = self._echo(request, target, client, request_id, entry)
            handler = self._authorise(target, client)
            service = "/".join(target.service)
            fault = self.faults.take(service, target.path[0] if target.path else None)
            if fault:
                self.counters["faults"] += 1
                entry["fault"] = fault.mode
                if fault.mode in ("error_old", "error_new", "retry_then_ok"):
                    raise xroad.XRoadError(fault.where, fault.code, "Fault switched on for this test")
            body = self._provide(request, target, handler, entry)
            xml = handler[1] in social.XML and handler[2] in ("single", "batch")
            status, headers = 200, [("Content-Type", XML_TYPE if xml else JSON_TYPE)]
        except xroad.XRoadError as problem:
            family = {"error_old": "old", "error_new": "new"}.get(fault.mode if fault else "", self.family)
            return self._send_xroad_error(request, connection, entry, echo, problem, family)
        except ProviderError as problem:
            self.counters["errors"] += 1
            entry["error"] = problem.kind
            status, headers = problem.status, [("Content-Type", JSON_TYPE)]
            body = json.dumps({"type": problem.kind, "message": str(problem)}, ensure_ascii=False).encode()
        if fault:
            return self._send_fault(fault, connection, entry, status, headers + echo, body, target, handler)
        return self._send(connection, entry, status, headers + echo, body)

    def _check_tls(self, request):
        if request.secure and self.client_auth and request.peer_certificate not in self.client_certificates:
            raise xroad.XRoadError("server.clientproxy", "ssl_authentication_failed",
                                   "The client needs HTTPS with a registered client certificate")

    def _echo(self, request, target, client, request_id, entry):
        """Checks the message id and computes the x-road-* response headers."""
        ids = request.values("x-road-id")
        if len(ids) > 1 or (ids and not 0 < len(ids[0]) <= 255):
            raise xroad.XRoadError("client", "invalid_request", "Header X-Road-Id must occur at most once")
        headers = request.headers
        message_id = ids[0] if ids else str(uuid.uuid4())
        if not ids:
            headers = headers + [("x-road-id", message_id)]
        digest = xroad.request_hash(request.method, request.target, headers, request.body, request_id)
        service_text = xroad.encode_identifier(target.service)
        client_text = xroad.encode_identifier(client)
        entry.update({"x_road_id": message_id, "client": client_text, "service": service_text, "request_hash": digest})
        return [("x-road-client", client_text), ("x-road-service", service_text), ("x-road-id", message_id),
                ("x-road-request-id", request_id), ("x-road-request-hash", digest)]

    def _authorise(self, target, client):
        """(method, register, kind) of the service, if it exists and the client may call it."""
        if client[0] != INSTANCE or client not in CLIENTS:
            raise xroad.XRoadError("server.clientproxy", "unknown_member", "Client '%s' not found" % "/".join(client))
        instance, member_class, member, subsystem, code = target.service
        if instance != INSTANCE or member_class != "GOV" or (member, subsystem) not in SUBSYSTEMS:
            raise xroad.XRoadError("server.clientproxy", "unknown_member", "Service provider '%s' not found" % "/".join(target.service[:4]))
        handler = SERVICES.get((member, subsystem, code))
        if handler is None:
            raise xroad.XRoadError("server.serverproxy", "unknown_service", "Service '%s' not found" % "/".join(target.service))
        if member not in CLIENTS[client] and handler[2] != "meta":
            raise xroad.XRoadError("server.serverproxy", "access_denied", "Request is not allowed: '%s'" % "/".join(target.service))
        return handler

    # --- the registers
    def _provide(self, request, target, handler, entry):
        method, register, kind = handler
        if kind == "meta":
            return self._meta(target, xroad.parse_client(request.values("x-road-client")))
        policy = self._check_policy(request, entry)
        if request.method != method:
            raise ProviderError(405, "method_not_allowed", "this service answers %s" % method)
        if kind in ("events", "life"):
            return self._events(target, register if kind == "life" else None)
        if policy["x-anspruch-idnr-used"] != "true":
            raise ProviderError(400, "idnr_use_not_declared", "the request names an IdNr: X-Anspruch-IdNr-Used must be true")
        if kind == "batch":
            if target.path:
                raise ProviderError(404, "not_found", "nothing below this service")
            return self.store.batch(register, parse_batch(request.body))
        if len(target.path) != 1:
            raise ProviderError(404, "not_found", "exactly one IdNr belongs below this service")
        check_idnr(target.path[0])
        return self.store.answer(register, target.path[0])

    # --- metaservices
    def _list_clients(self, request, connection, entry):
        query = urllib.parse.parse_qs(request.target.partition("?")[2])
        known = query.get("xRoadInstance", [INSTANCE]) == [INSTANCE]
        members = sorted({("GOV", m, s) for m, s in SUBSYSTEMS} | {(c[1], c[2], c[3]) for c in CLIENTS}) if known else []
        accept = request.values("accept")
        kind, body = metaservices.list_clients(INSTANCE, members, bool(accept) and "application/json" in accept[0].lower())
        return self._send(connection, entry, 200, [("Content-Type", kind)], body)

    def _meta(self, target, client):
        code = target.service[4]
        offered = {name: method for (member, subsystem, name), (method, _, kind) in SERVICES.items() if (member, subsystem) == target.service[2:4] and kind != "meta"}
        if code == "getOpenAPI":
            asked = urllib.parse.parse_qs(target.query).get("serviceCode", [""])[0]
            if asked not in offered:
                raise ProviderError(400, "invalid_service_code", "getOpenAPI: this provider has no such service")
            return metaservices.open_api(asked, offered[asked])
        if code == "allowedMethods" and target.service[2] not in CLIENTS[client]:
            offered = {}
        return metaservices.list_methods(target.service[:4], sorted(offered.items()))

    # --- SOAP
    def _handle_soap(self, request, connection, entry):
        try:
            self._check_tls(request)
            kinds = request.values("content-type")
            message = soap.parse(kinds[0] if len(kinds) == 1 else "", request.body)
            service = "/".join(message.service)
            entry.update({"x_road_id": message.texts["id"], "client": "/".join(message.client), "service": service, "version": message.version, "issue": message.texts.get("issue"),
                          "idempotency_key": "".join(request.values("idempotency-key")), "soap": True})
            register = self._authorise_soap(message)
            asked = soap.values(message) if register else {}
            if asked is None:
                raise xroad.XRoadError("server.serverproxy", "service_failed", "The request does not have the shape of the service")
            fault = self.faults.take(service, asked.get("idnr"))
            if fault:
                self.counters["faults"] += 1
                entry["fault"] = fault.mode
                if fault.mode in ("error_old", "error_new", "retry_then_ok"):
                    raise xroad.XRoadError(fault.where, fault.code, "Fault switched on for this test")
        except xroad.XRoadError as problem:
            fault = locals().get("fault")
            family = {"error_old": "old", "error_new": "new"}.get(fault.mode if fault else "", self.family)
            self.counters["errors"] += 1
            detail = str(uuid.uuid4())
            entry.update({"error": xroad.error_type(problem.where, problem.code, family), "detail": detail})
            return self._send(connection, entry, 500, [("Content-Type", SOAP_TYPE)], soap.xroad_fault(problem, family, detail))
        blocks = soap.echo(message, xroad.soap_hash(request.body))
        space = soap.SERVICE if register else soap.XROAD
        inner = self._soap_person(register, asked, entry) if register else self._soap_methods(message)
        body, headers = soap.answer(blocks, message.service[4], inner, space), [("Content-Type", SOAP_TYPE)]
        if fault and fault.mode in soap.MODES:
            status, kind, body = soap.spoil(fault.mode, blocks, message.service[4], inner)
            return self._send(connection, entry, status, [("Content-Type", kind or SOAP_TYPE)], body)
        if fault:
            return self._send_fault(fault, connection, entry, 200, headers, body, xroad.Target(message.service, [asked.get("idnr", "0")], ""), ("POST", register, "soap"))
        return self._send(connection, entry, 200, headers, body)

    def _authorise_soap(self, message):
        """The register behind the service; None for a metaservice."""
        if message.client not in CLIENTS:
            raise xroad.XRoadError("server.clientproxy", "unknown_member", "Client '%s' not found" % "/".join(message.client))
        instance, member_class, member, subsystem, code = message.service
        if instance != INSTANCE or member_class != "GOV" or (member, subsystem) not in SUBSYSTEMS:
            raise xroad.XRoadError("server.clientproxy", "unknown_member", "Service provider '%s' not found" % "/".join(message.service[:4]))
        if code in ("listMethods", "allowedMethods"):
            return None
        if (member, subsystem, code) not in SOAP_SERVICES or message.version != soap.VERSION:
            raise xroad.XRoadError("server.serverproxy", "unknown_service", "Service '%s' not found" % "/".join(message.service))
        if member not in CLIENTS[message.client]:
            raise xroad.XRoadError("server.serverproxy", "access_denied", "Request is not allowed: '%s'" % "/".join(message.service))
        return SOAP_SERVICES[(member, subsystem, code)]

    def _soap_methods(self, message):
        found = [(code, soap.VERSION) for member, subsystem, code in sorted(SOAP_SERVICES) if (member, subsystem) == message.service[2:4]]
        if message.service[4] == "allowedMethods" and message.service[2] not in CLIENTS[message.client]:
            found = []
        return soap.methods(message.service[4], message.service[:4], found)

    def _soap_person(self, register, asked, entry):
        """Content of the answer; what the register refuses is a business error in the place of the data."""
        try:
            basis, purpose = asked.get("rechtsgrundlage", ""), asked.get("zweck", "")
            if set(asked) != {"idnr", "rechtsgrundlage", "zweck"} or not basis or not purpose:
                raise ProviderError(400, "policy_missing", "idnr, rechtsgrundlage and zweck, each once")
            entry.update({"legal_basis": basis, "purpose": purpose, "idnr_used": True})
            if basis in self.rejected_bases:
                raise ProviderError(403, "legal_basis_rejected", "the register does not accept this legal basis: " + basis)
            check_idnr(asked["idnr"])
            return self.store.answer(register, asked["idnr"]).decode()
        except ProviderError as problem:
            self.counters["errors"] += 1
            entry["error"] = problem.kind
            return soap.business_fault(problem.kind, str(problem))

    def _check_policy(self, request, entry):
        policy = {}
        for name in POLICY_HEADERS:
            values = request.values(name)
            if len(values) != 1 or not 1 <= len(values[0]) <= 200 or not all(" " <= c <= "~" for c in values[0]):
                raise ProviderError(400, "policy_missing_header", "header %s must occur once with 1 to 200 visible ASCII characters" % name)
            policy[name] = values[0]
        if policy["x-anspruch-idnr-used"] not in ("true", "false"):
            raise ProviderError(400, "policy_missing_header", "header x-anspruch-idnr-used must be true or false")
        basis = urllib.parse.unquote(policy["x-anspruch-legal-basis"])
        entry.update({"issue": policy["x-road-issue"], "legal_basis": basis, "purpose": urllib.parse.unquote(policy["x-anspruch-purpose"]),
                      "idnr_used": policy["x-anspruch-idnr-used"] == "true",
                      "fields": urllib.parse.unquote("".join(request.values("x-anspruch-fields")))})
        if basis in self.rejected_bases:
            raise ProviderError(403, "legal_basis_rejected", "the register does not accept this legal basis: " + basis)
        return policy

    def _events(self, target, life=None):
        if target.path:
            raise ProviderError(404, "not_found", "nothing below this service")
        try:
            query = urllib.parse.parse_qs(target.query, keep_blank_values=True, strict_parsing=bool(target.query), max_num_fields=10)
        except ValueError:
            raise ProviderError(400, "invalid_query", "malformed query") from None
        if set(query) - {"after", "limit"} or any(len(v) != 1 for v in query.values()):
            raise ProviderError(400, "invalid_query", "only after and limit, each once")
        limit = query.get("limit", ["100"])[0]
        if not (limit.isascii() and limit.isdigit() and len(limit) <= 4 and 1 <= int(limit) <= MAX_PAGE):
            raise ProviderError(400, "invalid_query", "limit must be 1 to %d" % MAX_PAGE)
        page = self.store.life_events(life, query.get("after", [None])[0], int(limit)) if life else self.store.events(query.get("after", [None])[0], int(limit))
        if page is None:
            raise ProviderError(400, "invalid_cursor", "this cursor was never given out")
        return page

    # --- answers
    def _send(self, connection, entry, status, headers, body):
        entry.update({"status": status, "bytes": len(body), "body_sha256": hashlib.sha256(body).hexdigest()})
        self.log.write(entry)
        connection.write(http11.head(status, headers, len(body)) + body)
        connection.done()

    def _send_xroad_error(self, request, connection, entry, echo, problem, family):
        self.counters["errors"] += 1
        kind = xroad.error_type(problem.where, problem.code, family)
        detail = str(uuid.uuid4())
        accept = request.values("accept")
        content_type, body = xroad.error_body(kind, str(problem), detail, accept[0] if accept else None)
        entry.update({"error": kind, "detail": detail})
        headers = [("Content-Type", content_type), ("X-Road-Error", kind)]
        if problem.where == "server.serverproxy":
            headers += echo      # the provider's side has seen the request and signs its fault with the ids
        self._send(connection, entry, 500, headers, body)

    def _send_fault(self, fault, connection, entry, status, headers, body, target, handler):
        mode = fault.mode
        if mode == "delay":
            self._later(fault, connection, entry, status, headers, body, "/".join(target.service))
            return
        if mode in fault_modes.TRANSPORT_MODES:
            entry.update({"status": status, "bytes": len(body)})
            self.log.write(entry)
            task = asyncio.ensure_future(fault_modes.send_badly(fault, connection, status, headers, body))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        if mode in fault_modes.ECHO_MODES:
            headers = fault_modes.spoil_headers(fault, headers)
        elif mode in fault_modes.BODY_MODES:
            content_type, extra, body = fault_modes.spoil_body(fault, body)
            if content_type:
                headers = [(n, content_type if n == "Content-Type" else v) for n, v in headers]
            headers = headers + extra
        elif mode == "redirect":
            status, body = 302, b""
            headers = headers + [("Location", "/r1/TH/GOV/MELDE/residents/person/00000000000")]
        elif mode == "not_what_was_asked":
            body = self._other_body(target, handler)
        elif mode in ("http_500", "http_404"):
            status = int(mode[5:])
            body = b'{"type":"provider_failure","message":"Fault switched on for this test"}'
        self._send(connection, entry, status, headers, body)

    def _later(self, fault, connection, entry, status, headers, body, service):
        """A good answer after a while; counts how many were waiting together."""
        self.active[service] = self.active.get(service, 0) + 1
        self.max_active[service] = max(self.max_active.get(service, 0), self.active[service])

        async def wait():
            await asyncio.sleep(fault.interval_ms / 1000)
            self.active[service] -= 1
            if not connection.gone:
                self._send(connection, entry, status, headers, body)
        task = asyncio.ensure_future(wait())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _other_body(self, target, handler):
        asked = target.path[0] if target.path and target.path[0].isdigit() else "0"
        if handler[2] == "soap":
            return soap.envelope("", "")
        if handler[2] == "single":
            return self.store.answer(handler[1], self.store.another(asked))
        if handler[2] == "batch":
            return self.store.batch(handler[1], [self.store.another(asked)])
        return self.store.answer("residents", self.store.another("0"))

    # --- control port
    def control(self, request, connection):
        status, document = 200, None
        path = request.target.partition("?")[0]
        try:
            if (request.method, path) == ("GET", "/health"):
                document = {"ready": True}
            elif (request.method, path) == ("GET", "/stats"):
                self.log.flush()
                document = dict(self.counters, max_active=self.max_active)
            elif (request.method, path) == ("GET", "/faults"):
                document = [f.describe() for f in self.faults.armed]
            elif (request.method, path) == ("POST", "/faults"):
                document = [self.faults.add(fields).describe() for fields in fault_modes.parse_control(request.body)]
            elif (request.method, path) == ("DELETE", "/faults"):
                self.faults.armed.clear()
                document = []
            elif (request.method, path) == ("POST", "/records"):
                for change in fault_modes.parse_control(request.body):
                    check_idnr(change.get("idnr"))
                    self.store.override(change.get("register"), change["idnr"], change.get("record"))
                document = {"changed": True}
            elif (request.method, path) == ("POST", "/feeds"):
                for entry in fault_modes.parse_control(request.body):
                    self.store.add_life_events(entry.get("feed"), entry.get("events"))
                document = {"changed": True}
            elif (request.method, path) == ("POST", "/family"):
                family = json.loads(request.body or b"{}").get("family")
                if family not in ("old", "new"):
                    raise ValueError("family must be old or new")
                self.family = family
                document = {"family": family}
            else:
                status, document = 404, {"message": "unknown control request"}
        except (ValueError, StoreError, ProviderError) as problem:
            status, document = 400, {"message": str(problem)}
        body = json.dumps(document).encode()
        connection.write(http11.head(status, [("Content-Type", JSON_TYPE)], len(body)) + body)
        connection.done()


def check_idnr(text):
    if not (isinstance(text, str) and len(text) == 11 and text.isascii() and text.isdigit()):
        raise ProviderError(400, "invalid_idnr", "an IdNr has 11 digits")


def parse_batch(body):
    try:
        document = json.loads(body.decode("utf-8"))
    except ValueError:
        raise ProviderError(400, "invalid_body", "the body is no JSON document in UTF-8") from None
    numbers = document.get("idnrs") if isinstance(document, dict) and set(document) == {"idnrs"} else None
    if not isinstance(numbers, list) or not numbers:
        raise ProviderError(400, "invalid_body", "the body must be {\"idnrs\":[…]} with at least one number")
    if len(numbers) > MAX_BATCH:
        raise ProviderError(413, "too_many_numbers", "at most %d numbers" % MAX_BATCH)
    for number in numbers:
        check_idnr(number)
    return numbers


# --- start and stop
def arguments(argv):
    parser = argparse.ArgumentParser(description="Stand-in X-Road security server with synthetic registers (test peer).",
                                     epilog="Example: server.py --data population/registers.sqlite --http-port 8080 --control-port 8081")
    parser.add_argument("--data", required=True, metavar="FILE", help="registers.sqlite made by generate.py")
    parser.add_argument("--http-host", default="127.0.0.1", help="loopback address for plain HTTP (default %(default)s)")
    parser.add_argument("--http-port", type=int, metavar="PORT", help="plain HTTP; 0 picks a free port; absent: no plain HTTP")
    parser.add_argument("--https-host", default="127.0.0.1", help="address for HTTPS (default %(default)s)")
    parser.add_argument("--https-port", type=int, metavar="PORT", help="HTTPS with client certificate; 0 picks a free port")
    parser.add_argument("--control-port", type=int, metavar="PORT", help="control endpoint on loopback; 0 picks a free port")
    parser.add_argument("--certs", metavar="DIR", help="directory of make-certs.sh: server.crt, server.key, ca.crt, client.crt")
    parser.add_argument("--server-cert", default="server", metavar="NAME", choices=("server", "server-wrong-name", "server-expired", "server-other", "server-untrusted", "server-wrong-usage"),
                        help="which server certificate to show (make-certs.sh)")
    parser.add_argument("--client-auth", choices=("required", "none"), default="required", help="HTTPS with or without client certificate (default %(default)s)")
    parser.add_argument("--scenario", metavar="FILE", help="recorded scenario: a JSON list of faults armed at the start (as POST /faults)")
    parser.add_argument("--error-family", choices=("old", "new"), default="new", help="error codes before or since X-Road 7.8.0")
    parser.add_argument("--reject-legal-basis", action="append", default=[], metavar="TEXT", help="legal basis the registers refuse")
    parser.add_argument("--access-log", metavar="FILE", help="append one JSON line per request")
    parser.add_argument("--ready-file", metavar="FILE", help="written when listening, with the same line as standard output")
    return parser.parse_args(argv)


def tls_context(directory, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(os.path.join(directory, name + ".crt"), os.path.join(directory, name + ".key"))
    context.load_verify_locations(os.path.join(directory, "ca.crt"))
    # Optional in the handshake, mandatory for every request: a client without certificate gets the error that a security
    # server gives (ssl_authentication_failed), a client with an untrusted or expired one fails in the handshake.
    context.verify_mode = ssl.CERT_OPTIONAL
    with open(os.path.join(directory, "client.crt"), encoding="ascii") as file:
        return context, {ssl.PEM_cert_to_DER_cert(file.read())}


async def listen(options, server):
    loop = asyncio.get_running_loop()
    ready = {"ready": True}
    sockets = []

    async def bind(name, handler, host, port, context=None):
        made = await loop.create_server(lambda: http11.Connection(handler, server.connections), host, port, ssl=context, backlog=512)
        sockets.append(made)
        bound = made.sockets[0].getsockname()
        ready[name] = "%s:%d" % (bound[0], bound[1])

    if options.http_port is not None:
        await bind("http", server.handle, options.http_host, options.http_port)
    if options.https_port is not None:
        context, server.client_certificates = tls_context(options.certs, options.server_cert)
        await bind("https", server.handle, options.https_host, options.https_port, context)
    if options.control_port is not None:
        await bind("control", server.control, "127.0.0.1", options.control_port)
    return ready, sockets


async def run(options, server):
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    ready, sockets = await listen(options, server)
    line = json.dumps(ready)
    if options.ready_file:
        with open(options.ready_file + ".tmp", "w", encoding="ascii") as file:
            file.write(line + "\n")
        os.replace(options.ready_file + ".tmp", options.ready_file)
    print(line, flush=True)
    while not stop.is_set():
        try:
            await asyncio.wait_for(stop.wait(), 0.5)
        except asyncio.TimeoutError:
            server.log.flush()
    for made in sockets:
        made.close()
    for connection in list(server.connections):
        connection.close()
    server.log.flush()


def fail(text):
    print("server.py: " + text, file=sys.stderr)
    return 2


def main(argv=None):
    options = arguments(argv)
    if options.http_port is None and options.https_port is None:
        return fail("nothing to listen on: give --http-port or --https-port")
    try:
        loopback = options.http_host == "localhost" or ipaddress.ip_address(options.http_host).is_loopback
    except ValueError:
        loopback = False
    if options.http_port is not None and not loopback:
        return fail("plain HTTP is for loopback only; use --https-port for %s" % options.http_host)
    if options.https_port is not None and not options.certs:
        return fail("--https-port needs --certs DIR (make it with tools/registers/make-certs.sh DIR)")
    try:
        server = SecurityServer(Store(options.data), AccessLog(options.access_log), options.error_family, set(),
                                frozenset(options.reject_legal_basis), options.client_auth == "required")
        if options.scenario:
            with open(options.scenario, "rb") as file:
                for fields in fault_modes.parse_control(file.read()):
                    server.faults.add(fields)
        asyncio.run(run(options, server))
    except (StoreError, fault_modes.FaultError) as problem:
        return fail(str(problem))
    except (OSError, ssl.SSLError) as problem:
        return fail("cannot start: %s" % problem)
    return 0


if __name__ == "__main__":
    sys.exit(main())
