"""An addon of mitmproxy: a reverse proxy between client and security server that does to answers what proxies do when they are broken, misconfigured or hostile.

Two listeners: `reverse:http` (mitmproxy reads and writes HTTP; breaks of the first table) and `reverse:tcp` (breaks below HTTP, of the second table). The file BREAK_CONTROL says
which break is on and for whom: {"mode": NAME, "person": IDNR or null, "times": N or -1}; every request is noted in BREAK_LOG, with the break that met it. Synthetic data only.
"""
import asyncio
import gzip
import json
import os
import re

from mitmproxy import http
from mitmproxy.proxy import commands, events, layer

CONTROL, LOG = os.environ["BREAK_CONTROL"], os.environ["BREAK_LOG"]
PAGE = b"<!DOCTYPE html><html><head><title>Wartung</title></head><body><h1>502 Bad Gateway</h1><hr>proxy</body></html>"
SECONDS = 60     # longer than any client of the tests waits
HTTP2 = b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00d\x00\x04\x00\x01\x00\x00\x00\x05\x00\xff\xff\xff"     # a SETTINGS frame


class Control:
    """What is on, and what has happened."""

    def __init__(self):
        self.used, self.text, self.on = {}, None, {}

    def read(self):
        with open(CONTROL, encoding="ascii") as file:
            text = file.read()
        if text != self.text:
            self.text, self.on, self.used = text, json.loads(text), {}
        return self.on

    def take(self, request):
        """The break for the bytes of this request, or None; both go on record."""
        on = self.read()
        person = (re.search(rb"(?:/|>)(\d{11})(?= |\?|<)", request) or [None, b""])[1].decode()
        message = (re.search(rb"(?i)\r\nx-road-id: ([^\r]+)\r\n", request) or re.search(rb"<xrd:id>([^<]+)<", request) or [None, b""])[1].decode()
        mode = on.get("mode") if on.get("person") in (None, person) and (on["times"] < 0 or self.used.get("n", 0) < on["times"]) else None
        if mode:
            self.used["n"] = self.used.get("n", 0) + 1
        self.note(id=message, person=person, mode=mode)
        return mode

    @staticmethod
    def note(**entry):
        with open(LOG, "a", encoding="ascii") as file:
            file.write(json.dumps(entry) + "\n")


control = Control()


# --- breaks that HTTP can express: the answer as mitmproxy has read it, changed in place
def only(response, *names):
    """Keeps of the header fields those named, as a proxy that answers by itself has none of the others."""
    for name in list(response.headers):
        if name.lower() not in names:
            del response.headers[name]


def own_answer(response, status, kind="text/html", body=PAGE):
    response.status_code = status
    only(response)
    response.headers["Content-Type"] = kind
    response.content = body


def error_page_kept(response):
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    response.content = PAGE


def body_cut(response):
    response.raw_content = response.raw_content[:len(response.raw_content) // 2]     # Content-Length stays


def body_cut_to_fit(response):
    response.content = response.raw_content[:len(response.raw_content) // 2]


def doubled(name, value=None):
    def change(response):
        response.headers.fields += ((name.encode(), (value or response.headers.get(name, "")).encode()),)
    return change


def changed(name, value):
    def change(response):
        response.headers[name] = value
    return change


def removed(name):
    def change(response):
        response.headers.pop(name, None)
    return change


def recased(response):
    response.headers.fields = tuple((n.swapcase() if i % 2 else n.upper(), v) for i, (n, v) in enumerate(response.headers.fields))


def decorated(response):
    for name, value in (("Via", "1.1 proxy"), ("X-Cache", "MISS"), ("Age", "0"), ("Set-Cookie", "route=1; Path=/"), ("Alt-Svc", 'h2="127.0.0.1:1"; ma=60'), ("Strict-Transport-Security", "max-age=60"), ("Connection", "keep-alive")):
        response.headers[name] = value


def chunked(response):
    response.headers.pop("Content-Length", None)
    response.headers["Transfer-Encoding"] = "chunked"


def packed(response):
    response.content = gzip.compress(response.raw_content)
    response.headers["Content-Encoding"] = "gzip"


def moved(status):
    def change(response):
        own_answer(response, status)
        response.headers["Location"] = control.on["trap"]
    return change


def in_latin_1(response):
    text = response.raw_content.decode("utf-8").replace("</", " \u00e4</", 1) if b"</" in response.raw_content else response.raw_content.decode("utf-8").replace('":"', '":"\u00e4', 1)
    response.headers["Content-Type"] = response.headers["Content-Type"].split(";")[0] + "; charset=iso-8859-1"
    response.content = text.encode("latin-1")


def old_version(response):
    response.http_version = "HTTP/1.0"


def flood(response):
    response.headers.fields += tuple((b"X-Padding-%d" % i, b"x" * 1000) for i in range(200))


HTTP = {
    "body_cut_length_kept": body_cut, "body_cut_length_fits": body_cut_to_fit, "error_page_200": lambda r: own_answer(r, 200), "error_page_200_headers_kept": error_page_kept,
    "proxy_502": lambda r: own_answer(r, 502), "proxy_503": lambda r: own_answer(r, 503), "proxy_504": lambda r: own_answer(r, 504), "proxy_403": lambda r: own_answer(r, 403), "proxy_407": lambda r: own_answer(r, 407),
    "proxy_408": lambda r: own_answer(r, 408), "proxy_429": lambda r: own_answer(r, 429), "status_203": lambda r: setattr(r, "status_code", 203), "status_206": lambda r: setattr(r, "status_code", 206), "status_304": lambda r: own_answer(r, 304, body=b""),
    "id_removed": removed("x-road-id"), "type_removed": removed("Content-Type"), "id_doubled": doubled("x-road-id"), "type_doubled": doubled("Content-Type"), "type_doubled_otherwise": doubled("Content-Type", "text/html"),
    "id_joined": lambda r: changed("x-road-id", r.headers.get("x-road-id", "") + ", " + r.headers.get("x-road-id", ""))(r), "error_header_added": changed("X-Road-Error", "Server.ServerProxy.AccessDenied"), "recased": recased,
    "decorated": decorated, "chunked": chunked, "gzip": packed, "gzip_said_only": changed("Content-Encoding", "gzip"), "redirect_302": moved(302), "redirect_307": moved(307), "redirect_308": moved(308),
    "latin_1": in_latin_1, "http_1_0": old_version, "header_flood": flood, "short_delay": None, "long_delay": None, "swapped": None, "bodies_swapped": None, "cached": None, "byte": None}
UNASKED = {"unasked_502": 502, "unasked_503": 503, "unasked_504": 504}      # the proxy answers without asking anybody


class Http:
    def __init__(self):
        self.first, self.met, self.cache = None, None, {}

    def request(self, flow):
        head = b"%s %s HTTP/1.1\r\n" % (flow.request.method.encode(), flow.request.path.encode()) + b"".join(b"%s: %s\r\n" % pair for pair in flow.request.headers.fields)
        mode = flow.metadata["mode"] = control.take(head + b"\r\n" + (flow.request.raw_content or b""))
        if mode in UNASKED:
            flow.response = http.Response.make(UNASKED[mode], PAGE, {"Content-Type": "text/html"})
            flow.metadata["mode"] = None
        elif mode == "killed_before":
            flow.kill()

    async def response(self, flow):
        mode, response = flow.metadata["mode"], flow.response
        key = re.sub(rb"<xrd:id>[^<]*", b"", flow.request.raw_content or b"") + flow.request.path.encode()
        cached = self.cache.setdefault(key, (response.headers.fields, response.raw_content))
        if mode == "killed_after":
            flow.kill()
        elif mode in ("short_delay", "long_delay"):
            await asyncio.sleep(0.3 if mode == "short_delay" else SECONDS)
        elif mode == "cached":
            response.headers.fields, response.raw_content = cached
        elif mode == "byte":
            self.byte(flow)
        elif mode in ("swapped", "bodies_swapped"):
            await self.swap(flow, mode)
        elif mode:
            HTTP[mode](response)

    def byte(self, flow):
        """One byte of the body is another one; which follows from how many were changed before, so that a fetch changes many places."""
        body, n = bytearray(flow.response.raw_content), control.used["n"]
        at = (n * 7919 + control.on["seed"]) % len(body)
        body[at] = (body[at] ^ (1 << n % 7)) if n % 2 else 0x30 + n % 10
        flow.response.raw_content = bytes(body)
        control.note(id=(re.search(rb"<xrd:id>([^<]+)<", flow.request.raw_content or b"") or [b"", flow.request.headers.get("x-road-id", "").encode()])[1].decode(), body=body.decode("latin-1"))

    async def swap(self, flow, mode):
        if self.first is None:
            self.first, self.met = flow, asyncio.Event()
            await asyncio.wait_for(self.met.wait(), SECONDS)
            return
        other, self.first = self.first, None
        flow.response.raw_content, other.response.raw_content = other.response.raw_content, flow.response.raw_content
        for name in ("Content-Length",) if mode == "bodies_swapped" else ():
            flow.response.headers[name], other.response.headers[name] = other.response.headers[name], flow.response.headers[name]
        if mode == "swapped":
            flow.response.headers, other.response.headers = other.response.headers, flow.response.headers
        self.met.set()

    def next_layer(self, asked):
        if asked.context.client.proxy_mode.scheme == "tcp" and len(asked.context.layers) == 1:
            asked.layer = Bytes(asked.context)

    def client_connected(self, client):
        on = control.read()
        if on.get("mode") == "closed_on_accept" and client.proxy_mode.scheme == "tcp":
            if on["times"] < 0 or control.used.get("n", 0) < on["times"]:
                control.used["n"] = control.used.get("n", 0) + 1
                control.note(id=None, person=None, mode="closed_on_accept")
                client.error = "closed for the test"


# --- breaks below HTTP: (what the client gets, whether the connection ends then) of head (with its blank line) and body
def pieces(*sizes_and_data, end=b"0\r\n\r\n"):
    return b"".join(b"%s\r\n%s\r\n" % (s, d) for s, d in sizes_and_data) + end


def without_length(head):
    return re.sub(rb"(?i)content-length: \d+\r\n", b"", head)


def as_chunks(head):
    return without_length(head)[:-2] + b"Transfer-Encoding: chunked\r\n\r\n"


def with_length(head, text):
    return re.sub(rb"(?i)(content-length: )\d+", rb"\g<1>" + text, head)


def foreign(head):
    """The answer's head with the ids of a message of somebody else."""
    return re.sub(rb"(?i)(x-road-id: )[^\r]+", rb"\g<1>11111111-1111-4111-8111-111111111111", head)


def stranger(body):
    return re.sub(rb"(<(?:\w+:)?id(?: [^>]*)?>)[^<]+", rb"\g<1>11111111-1111-4111-8111-111111111111", body)


BYTES = {
    "closed_after_request": lambda h, b: (b"", True), "closed_in_status_line": lambda h, b: (h[:9], True), "closed_in_header": lambda h, b: (h[:len(h) // 2], True), "closed_after_head": lambda h, b: (h, True),
    "closed_in_body": lambda h, b: (h + b[:len(b) // 2], True), "closed_before_last_byte": lambda h, b: (h + b[:-1], True), "closed_after_answer": lambda h, b: (h + b, True),
    "length_absent": lambda h, b: (without_length(h) + b, True), "length_absent_body_cut": lambda h, b: (without_length(h) + b[:len(b) // 2], True),
    "length_too_small": lambda h, b: (with_length(h, b"%d" % (len(b) - 17)) + b, False), "length_too_large": lambda h, b: (with_length(h, b"%d" % (len(b) + 17)) + b, True),
    "length_negative": lambda h, b: (with_length(h, b"-1") + b, True), "length_no_number": lambda h, b: (with_length(h, b"viel") + b, True), "length_huge": lambda h, b: (with_length(h, b"99999999999999999999999") + b, True),
    "length_twice": lambda h, b: (h[:-2] + b"Content-Length: %d\r\n\r\n" % len(b) + b, False), "length_twice_smaller": lambda h, b: (h[:-2] + b"Content-Length: %d\r\n\r\n" % (len(b) // 2) + b, False),
    "length_twice_larger": lambda h, b: (h[:-2] + b"Content-Length: %d\r\n\r\n" % (len(b) * 2) + b, True),
    "chunks": lambda h, b: (as_chunks(h) + pieces(*((b"1", b[i:i + 1]) for i in range(len(b)))), False), "chunks_with_extension_and_trailer": lambda h, b: (as_chunks(h) + pieces((b"%x;a=b" % len(b), b), end=b"0\r\nX-Trailer: 1\r\n\r\n"), False),
    "chunks_trailer_of_ours": lambda h, b: (as_chunks(h) + pieces((b"%x" % len(b), b), end=b"0\r\nx-road-id: 11111111-1111-4111-8111-111111111111\r\n\r\n"), False),
    "chunk_size_no_number": lambda h, b: (as_chunks(h) + pieces((b"zz", b)), True), "chunk_size_negative": lambda h, b: (as_chunks(h) + pieces((b"-5", b)), True), "chunk_size_overflow": lambda h, b: (as_chunks(h) + pieces((b"f" * 17, b)), True),
    "chunk_larger_than_said": lambda h, b: (as_chunks(h) + pieces((b"%x" % (len(b) - 9), b)), True), "chunk_cut": lambda h, b: (as_chunks(h) + b"%x\r\n" % len(b) + b[:len(b) // 2], True),
    "chunks_without_end": lambda h, b: (as_chunks(h) + pieces((b"%x" % len(b), b), end=b""), True), "chunks_end_early": lambda h, b: (as_chunks(h) + pieces((b"%x" % (len(b) // 2), b[:len(b) // 2])), False),
    "chunks_and_length": lambda h, b: (h[:-2] + b"Transfer-Encoding: chunked\r\n\r\n" + pieces((b"%x" % len(b), b)), False),
    "interim_100": lambda h, b: (b"HTTP/1.1 100 Continue\r\n\r\n" + h + b, False), "interim_102_103": lambda h, b: (b"HTTP/1.1 102 Processing\r\n\r\n" + foreign(h).replace(b"200 OK", b"103 Early Hints", 1).replace(b"Content-Length", b"X-Length") + h + b, False),
    "interim_many": lambda h, b: (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 40 + h + b, False), "interim_endless": lambda h, b: (b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 20000, True),
    "interim_only": lambda h, b: (b"HTTP/1.1 100 Continue\r\n\r\n", True), "interim_with_the_answer": lambda h, b: (h.replace(b"200 OK", b"103 Early Hints", 1) + b, True), "switched": lambda h, b: (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n" + HTTP2, True),
    "http_2": lambda h, b: (HTTP2, True), "http_0_9": lambda h, b: (b, True), "http_3_0": lambda h, b: (h.replace(b"HTTP/1.1", b"HTTP/3.0", 1) + b, True), "noise_before": lambda h, b: (b"\r\n\r\nnoise\r\n" + h + b, True), "line_ends_bare": lambda h, b: (h.replace(b"\r\n", b"\n") + b, False),
    "id_folded": lambda h, b: (re.sub(rb"(?i)(x-road-id|content-type): ", rb"\g<1>:\r\n ", h) + b, False), "header_with_nul": lambda h, b: (h.replace(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nX-Nul: a\0b\r\n", 1) + b, True),
    "answer_of_another_first": lambda h, b: (with_length(foreign(h), b"%d" % len(stranger(b))) + stranger(b) + h + b, False), "answer_of_another_after": lambda h, b: (h + b + with_length(foreign(h), b"%d" % len(stranger(b))) + stranger(b), False)}


class Bytes(layer.Layer):
    """Forwards request by request; an answer goes on when it is complete, spoiled if a break is on."""

    def __init__(self, context):
        super().__init__(context)
        self.asked, self.said, self.mode = b"", b"", None

    def _handle_event(self, event):
        client, server = self.context.client, self.context.server
        if isinstance(event, events.Start):
            if server.timestamp_start is None and (yield commands.OpenConnection(server)):
                yield commands.CloseConnection(client)
        elif isinstance(event, events.ConnectionClosed):
            yield commands.CloseConnection(server if event.connection == client else client)
        elif isinstance(event, events.DataReceived) and event.connection == client:
            self.asked += event.data
            if self.complete(self.asked):
                request, self.asked = self.asked, b""
                self.mode = control.take(request)
                if self.mode == "closed_before_forwarding":
                    yield commands.CloseConnection(client)
                else:
                    yield commands.SendData(server, request)
        elif isinstance(event, events.DataReceived):
            self.said += event.data
            if self.complete(self.said):
                (head, body), self.said = self.split(self.said), b""
                data, end = BYTES[self.mode](head, body) if self.mode else (head + body, False)
                if data:
                    yield commands.SendData(client, data)
                if end:
                    yield commands.CloseConnection(client)

    @staticmethod
    def split(data):
        head, _, body = data.partition(b"\r\n\r\n")
        return head + b"\r\n\r\n", body

    def complete(self, data):
        head, body = self.split(data)
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)\r\n", head)
        return b"\r\n\r\n" in data and len(body) >= int(length[1] if length else 0)


addons = [Http()]
