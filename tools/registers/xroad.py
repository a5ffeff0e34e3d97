"""The X-Road REST message protocol (PR-REST 1.0.4) as a security server speaks it towards an information system.

Owns: decoding of service and client identifiers, the request hash, and error answers in both families of error codes
(before 7.8.0 `Server.ServerProxy.AccessDenied`, since then `server.serverproxy.access_denied`) as JSON or XML.
Written from the specification, independent of the client in this repository. Pure functions, no state.
"""
import base64
import hashlib
import json
import re
import urllib.parse
import xml.sax.saxutils

MAX_URL = 2000
_SEGMENT = re.compile(r"^[A-Za-z0-9'()+,\-.=?]{1,255}$")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")

# Headers that a security server does not forward and that are therefore not part of the request hash.
SKIPPED = frozenset(("transfer-encoding", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "upgrade",
                     "connection", "user-agent", "host", "content-length", "server", "expect",
                     "x-road-request-id", "x-road-request-hash"))    # these two are the server's own

# Error codes by the name since 7.8.0, with the name before. The rest is derived: AccessDenied <-> access_denied.
RENAMED = {"global_conf_outdated": "OutdatedGlobalConf", "io_error": "IOError"}


class XRoadError(Exception):
    """An error of a security server. `where` is `client`, `server.clientproxy` or `server.serverproxy`; `code` the new-style code."""

    def __init__(self, where, code, message):
        super().__init__(message)
        self.where = where
        self.code = code


def error_type(where, code, family):
    """Full error type in the family `old` or `new`."""
    if family == "new":
        return where + "." + code
    prefix = {"client": "Client", "server.clientproxy": "Server.ClientProxy", "server.serverproxy": "Server.ServerProxy"}[where]
    return prefix + "." + (RENAMED.get(code) or "".join(part.capitalize() for part in code.split("_")))


def error_body(kind, message, detail, accept):
    """Error document (content type, bytes). XML when the client accepts XML and names it before JSON."""
    accept = (accept or "").lower()
    wants_xml = ("application/xml" in accept or "text/xml" in accept)
    if wants_xml and "application/json" in accept:
        wants_xml = min(p for p in (accept.find("application/xml"), accept.find("text/xml")) if p >= 0) < accept.find("application/json")
    if wants_xml:
        text = "<error><type>%s</type><message>%s</message><detail>%s</detail></error>" % tuple(
            xml.sax.saxutils.escape(t) for t in (kind, message, detail))
        return ("text/xml" if "text/xml" in accept else "application/xml") + ";charset=utf-8", text.encode()
    return "application/json;charset=utf-8", json.dumps({"type": kind, "message": message, "detail": detail}, ensure_ascii=False).encode()


def decode_segment(raw):
    """Percent-decodes one identifier segment (UTF-8). None when it is empty, malformed or has characters X-Road forbids."""
    if not raw or _BROKEN_ESCAPE.search(raw):
        return None
    try:
        text = urllib.parse.unquote_to_bytes(raw).decode("utf-8", "strict")
    except UnicodeDecodeError:
        return None
    return text if _SEGMENT.match(text) else None


def encode_identifier(parts):
    return "/".join(urllib.parse.quote(p, safe="'()+,-.=_") for p in parts)


class Target:
    """A decoded request target: `service` (instance, class, member, subsystem, service), `path` segments below, raw `query`."""
    __slots__ = ("service", "path", "query")

    def __init__(self, service, path, query):
        self.service = service
        self.path = path
        self.query = query


def parse_target(target):
    """Decodes `/r1/{instance}/{class}/{member}/{subsystem}/{service}[/path][?query]`. Raises XRoadError."""
    if len(target) > MAX_URL:
        raise XRoadError("client", "invalid_request", "The request URL is longer than %d characters" % MAX_URL)
    raw_path, _, query = target.partition("?")
    segments = raw_path.split("/")
    if len(segments) < 2 or segments[0] != "" or segments[1] != "r1":
        raise XRoadError("client", "invalid_request", "The request URL does not begin with /r1/")
    if len(segments) < 7:
        raise XRoadError("client", "invalid_request", "The request URL names no complete service identifier")
    service = tuple(decode_segment(s) for s in segments[2:7])
    if None in service:
        raise XRoadError("client", "invalid_request", "The service identifier has an empty or malformed segment")
    path = []
    for raw in segments[7:]:
        if _BROKEN_ESCAPE.search(raw):
            raise XRoadError("client", "invalid_request", "The path has a malformed percent escape")
        try:
            path.append(urllib.parse.unquote_to_bytes(raw).decode("utf-8", "strict"))
        except UnicodeDecodeError:
            raise XRoadError("client", "invalid_request", "The path is not UTF-8") from None
    return Target(service, path, query)


def parse_client(values):
    """Client identifier from the values of X-Road-Client. Raises XRoadError unless there is exactly one well-formed value."""
    if not values:
        raise XRoadError("client", "missing_header", "Missing header X-Road-Client")
    if len(values) > 1:
        raise XRoadError("client", "invalid_request", "Header X-Road-Client must occur exactly once")
    parts = values[0].split("/")
    client = tuple(decode_segment(p) for p in parts)
    if not 3 <= len(client) <= 4 or None in client:
        raise XRoadError("client", "invalid_client_identifier", "Header X-Road-Client is no client identifier")
    return client


def request_hash(method, target, headers, body, request_id):
    """base64 of SHA-512(SHA-512(H) || SHA-512(body)), or of SHA-512(H) without a body.

    H is the verb, the path and query as sent, the forwarded headers as `name:value` in order of arrival with names as sent,
    and x-road-request-id last; each is a line that ends with CR LF."""
    lines = ["%s\r\n%s\r\n" % (method, target)]
    lines.extend("%s:%s\r\n" % (n, v) for n, v in headers if n.lower() not in SKIPPED)
    lines.append("x-road-request-id:%s\r\n" % request_id)
    digest = hashlib.sha512("".join(lines).encode("iso-8859-1")).digest()
    if body:
        digest = hashlib.sha512(digest + hashlib.sha512(body).digest()).digest()
    return base64.b64encode(digest).decode("ascii")


def soap_hash(body):
    """PR-MESS: hash of the bytes of the request."""
    return base64.b64encode(hashlib.sha512(body).digest()).decode("ascii")
