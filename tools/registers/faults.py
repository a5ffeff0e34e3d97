"""Fault switches of the stand-in security server: what a broken, hostile or overloaded peer does.

Owns: the list of armed faults and how each mode spoils an answer. Faults are armed over the control port only; nothing in a
request of the system under test can reach them. A fault is used up after `count` matching requests (-1: never).
"""
import asyncio
import gzip
import io
import json

import http11
import soap

MODES = ("stall", "slow_drip", "early_close", "content_length_lie", "oversized", "redirect", "html_200", "wrong_echo", "missing_echo",
         "duplicate_header", "forged_xroad_error", "error_old", "error_new", "truncated", "not_what_was_asked", "invalid_utf8",
         "duplicate_keys", "http_500", "http_404", "retry_then_ok", "gzip_bomb", "bom", "xml_200", "xml_error", "xxe", "xml_bomb", "delay",
         "close_at_once", "header_flood") + soap.MODES
OPTIONS = {"service": str, "mode": str, "count": int, "after": int, "idnr": str, "where": str, "code": str, "header": str, "bytes": int,
           "interval_ms": int}
STALL_SECONDS = 600


class FaultError(ValueError):
    pass


class Fault:
    def __init__(self, fields):
        for key, value in fields.items():
            kind = OPTIONS.get(key)
            if kind is None:
                raise FaultError("unknown field %r; known: %s" % (key, ", ".join(sorted(OPTIONS))))
            if type(value) is not kind:
                raise FaultError("field %r must be of type %s" % (key, kind.__name__))
        self.mode = fields.get("mode")
        if self.mode not in MODES:
            raise FaultError("unknown mode %r; known: %s" % (self.mode, ", ".join(MODES)))
        self.service = fields.get("service", "*")
        self.count = fields.get("count", 2 if self.mode == "retry_then_ok" else 1)
        self.after = fields.get("after", 0)
        self.idnr = fields.get("idnr")
        self.where = fields.get("where", "server.serverproxy")
        self.code = fields.get("code", "network_error")
        self.header = fields.get("header", "x-road-id")
        self.bytes = fields.get("bytes", 11 * 1024 * 1024)
        self.interval_ms = fields.get("interval_ms", 200)
        self.used = 0
        if self.where not in ("client", "server.clientproxy", "server.serverproxy"):
            raise FaultError("where must be client, server.clientproxy or server.serverproxy")
        if not 0 <= self.bytes <= 1 << 30 or self.interval_ms < 0:
            raise FaultError("bytes or interval_ms out of range")

    def describe(self):
        return {"mode": self.mode, "service": self.service, "count": self.count, "after": self.after, "used": self.used}


class Faults:
    def __init__(self):
        self.armed = []

    def add(self, fields):
        fault = Fault(fields)
        self.armed.append(fault)
        return fault

    def take(self, service, idnr):
        """The first armed fault for this request, used once; None normally."""
        for fault in self.armed:
            if fault.service not in ("*", service) or (fault.idnr is not None and fault.idnr != idnr):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.used += 1
            if fault.count > 0:
                fault.count -= 1
                if fault.count == 0:
                    self.armed.remove(fault)
            return fault
        return None


def spoil_headers(fault, headers):
    """Header list (name, value) with the echo headers spoiled."""
    if fault.mode == "wrong_echo":
        wrong = {"x-road-id": "00000000-0000-4000-8000-000000000000", "x-road-client": "TH/GOV/OTHER/subsystem",
                 "x-road-service": "TH/GOV/OTHER/subsystem/service"}.get(fault.header, "wrong")
        return [(n, wrong if n == fault.header else v) for n, v in headers]
    if fault.mode == "missing_echo":
        return [(n, v) for n, v in headers if n != fault.header]
    if fault.mode == "duplicate_header":
        return headers + [(fault.header, "11111111-1111-4111-8111-111111111111")]
    if fault.mode == "forged_xroad_error":
        return headers + [("X-Road-Error", "Server.ServerProxy.AccessDenied")]
    return headers


def spoil_body(fault, body):
    """(content type or None, extra headers, body) for the modes that change the body only."""
    if fault.mode == "html_200":
        return "text/html; charset=utf-8", [], b"<!DOCTYPE html><html><body><h1>Wartungsseite</h1></body></html>"
    if fault.mode == "xml_200":
        return "application/xml", [], b"<?xml version=\"1.0\"?><answer><status>found</status></answer>"
    if fault.mode == "truncated":
        return None, [], body[:len(body) // 2]
    if fault.mode == "invalid_utf8":
        cut = body.find(b'"') + 1
        return None, [], body[:cut] + b"\xff\xfe" + body[cut:]
    if fault.mode == "duplicate_keys":
        return None, [], b'{"status":"found","status":"no_data_released",' + body[1:]
    if fault.mode == "xml_error":      # an error document of a proxy in front of the register
        return "application/xml", [], b"<error><type>provider</type><message>Wartung</message><detail>0</detail></error>"
    if fault.mode == "xxe":
        return None, [], body.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>', 1)
    if fault.mode == "xml_bomb":
        entities = b'<!ENTITY a "aaaaaaaaaa">' + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(12))
        return None, [], body.replace(b"?>", b"?><!DOCTYPE x [" + entities + b"]>", 1)
    if fault.mode == "bom":
        return None, [], b"\xef\xbb\xbf" + body
    if fault.mode == "gzip_bomb":
        packed = io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as out:
            block = b" " * (1 << 20)
            for _ in range(fault.bytes >> 20):
                out.write(block)
        return None, [("Content-Encoding", "gzip")], packed.getvalue()
    return None, [], body


async def send_badly(fault, connection, status, headers, body):
    """The modes that break the transport. Ends with the connection closed unless the answer stayed well formed."""
    if fault.mode == "stall":
        for _ in range(STALL_SECONDS * 2):
            if connection.gone:
                return
            await asyncio.sleep(0.5)
        connection.close()
    elif fault.mode == "slow_drip":
        connection.write(http11.head(status, headers, len(body)))
        for i in range(len(body)):
            if connection.gone:
                return
            connection.write(body[i:i + 1])
            await asyncio.sleep(fault.interval_ms / 1000)
        connection.done()
    elif fault.mode == "close_at_once":
        connection.close()
    elif fault.mode == "header_flood":
        connection.write(http11.head(status, headers + [("X-Padding", "x" * 1000)] * 200, len(body)) + body)
        connection.done()
    elif fault.mode == "early_close":
        connection.write(http11.head(status, headers, len(body)) + body[:len(body) // 2])
        connection.close()
    elif fault.mode == "content_length_lie":
        connection.write(http11.head(status, headers, max(0, len(body) - 17)) + body)
        connection.close()
    elif fault.mode == "oversized":
        begin = b'{"status":"found","padding":"'
        connection.write(http11.head(status, headers, len(begin) + fault.bytes + 2) + begin)
        rest = fault.bytes
        while rest > 0 and not connection.gone:
            piece = min(rest, 65536)
            connection.write(b"x" * piece)
            rest -= piece
            await connection.drained()
        connection.write(b'"}')
        if not connection.gone:
            connection.done()
    else:
        raise AssertionError(fault.mode)


TRANSPORT_MODES = ("stall", "slow_drip", "early_close", "content_length_lie", "oversized", "close_at_once", "header_flood")
ECHO_MODES = ("wrong_echo", "missing_echo", "duplicate_header", "forged_xroad_error")
BODY_MODES = ("html_200", "xml_200", "truncated", "invalid_utf8", "duplicate_keys", "bom", "gzip_bomb", "xml_error", "xxe", "xml_bomb")


def parse_control(body):
    """Fault fields of a control request body (one object or a list)."""
    try:
        document = json.loads(body)
    except (ValueError, UnicodeDecodeError):
        raise FaultError("the body is no JSON document") from None
    entries = document if isinstance(document, list) else [document]
    if not all(isinstance(e, dict) for e in entries):
        raise FaultError("the body must be an object or a list of objects")
    return entries
