"""Minimal HTTP/1.1 server connection on asyncio.

Owns: reading one request after another from a connection (keep-alive, pipelining), limits, and writing whatever bytes the
handler produces. Written by hand because the stand-in must be able to break the protocol on purpose (false lengths, early
close, single bytes), which a web framework prevents, and because it needs no package outside the standard library.

Invariants: at most one request of a connection is in the handler; the handler calls `connection.done()` exactly once for
each request that does not close the connection. Single-threaded (one event loop); nothing is shared between connections.
"""
import asyncio

MAX_HEAD_BYTES = 32 * 1024
MAX_HEADERS = 100
MAX_BODY_BYTES = 10 * 1024 * 1024
IDLE_SECONDS = 120


class Request:
    """One request: `headers` are (name, value) pairs as sent, in order of arrival; `target` is the undecoded request target."""
    __slots__ = ("method", "target", "headers", "body", "secure", "peer_certificate")

    def __init__(self, method, target, headers, body, secure, peer_certificate):
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.secure = secure
        self.peer_certificate = peer_certificate

    def values(self, lower_name):
        """All values of a header, given its lower-case name."""
        return [v for n, v in self.headers if n.lower() == lower_name]


class BadRequest(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def parse_head(head):
    """Splits a head (bytes without the final blank line). Returns (method, target, headers, keep_alive, content_length)."""
    lines = head.decode("iso-8859-1").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise BadRequest(400, "malformed request line")
    method, target, version = parts
    if len(lines) - 1 > MAX_HEADERS:
        raise BadRequest(431, "too many headers")
    headers = []
    keep_alive = version != "HTTP/1.0"
    length = None
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or name[-1] in " \t" or line[0] in " \t":
            raise BadRequest(400, "malformed header line")
        value = value.strip(" \t")
        headers.append((name, value))
        lower = name.lower()
        if lower == "content-length":
            if length is not None or not value.isdigit() or len(value) > 12:
                raise BadRequest(400, "malformed Content-Length")
            length = int(value)
        elif lower == "transfer-encoding":
            raise BadRequest(411, "send Content-Length")
        elif lower == "connection" and "close" in value.lower():
            keep_alive = False
    if (length or 0) > MAX_BODY_BYTES:
        raise BadRequest(413, "body above 10 MiB")
    return method, target, headers, keep_alive, length or 0


class Connection(asyncio.Protocol):
    """`handler(request, connection)` is called for each complete request; it writes and calls done()."""

    def __init__(self, handler, registry):
        self._handler = handler
        self._registry = registry
        self._buffer = b""
        self._pending = None
        self._busy = False
        self._keep_alive = True
        self._timer = None
        self._continued = False
        self._drained = None
        self.transport = None
        self.secure = False
        self.peer_certificate = None

    # --- asyncio callbacks
    def connection_made(self, transport):
        self.transport = transport
        tls = transport.get_extra_info("ssl_object")
        self.secure = tls is not None
        self.peer_certificate = tls.getpeercert(binary_form=True) if tls else None
        self._registry.add(self)
        self._arm()

    def connection_lost(self, exc):
        self._registry.discard(self)
        if self._timer:
            self._timer.cancel()
        if self._drained and not self._drained.done():
            self._drained.set_result(None)
        self.transport = None

    def pause_writing(self):
        self._drained = asyncio.get_running_loop().create_future()

    def resume_writing(self):
        if self._drained and not self._drained.done():
            self._drained.set_result(None)
        self._drained = None

    def data_received(self, data):
        self._buffer = self._buffer + data if self._buffer else data
        if len(self._buffer) > MAX_HEAD_BYTES + MAX_BODY_BYTES:
            self.close()
            return
        if not self._busy:
            self._next()

    # --- for handlers
    def write(self, data):
        if self.transport:
            self.transport.write(data)

    async def drained(self):
        """Waits while the peer does not read; returns at once after a disconnect."""
        if self._drained and self.transport:
            await self._drained

    @property
    def gone(self):
        return self.transport is None

    def close(self):
        if self.transport:
            self.transport.close()

    def done(self):
        """The answer of the current request is written; go on with the next one."""
        self._busy = False
        if not self._keep_alive:
            self.close()
            return
        self._arm()
        if self._buffer and self.transport:
            asyncio.get_running_loop().call_soon(self._next)

    # --- internals
    def _arm(self):
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._idle)
            self._last = asyncio.get_running_loop().time()
        else:
            self._last = asyncio.get_running_loop().time()

    def _idle(self):
        """One timer per connection, re-armed lazily: cancelling a timer for every request would cost more than the request."""
        loop = asyncio.get_running_loop()
        rest = self._last + IDLE_SECONDS - loop.time()
        if self._busy:
            rest = IDLE_SECONDS
        if rest <= 0:
            self.close()
        else:
            self._timer = loop.call_later(rest, self._idle)

    def _next(self):
        if self._busy or not self.transport:
            return
        try:
            request = self._take()
        except BadRequest as problem:
            text = str(problem).encode()
            self._buffer = b""
            self.write(b"HTTP/1.1 %d Bad Request\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
                       % (problem.status, len(text), text))
            self.close()
            return
        if request is None:
            return
        self._busy = True
        self._handler(request, self)

    def _take(self):
        if self._pending is None:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                if len(self._buffer) > MAX_HEAD_BYTES:
                    raise BadRequest(431, "head above 32 KiB")
                return None
            if end > MAX_HEAD_BYTES:
                raise BadRequest(431, "head above 32 KiB")
            method, target, headers, keep_alive, length = parse_head(self._buffer[:end])
            self._keep_alive = keep_alive
            self._buffer = self._buffer[end + 4:]
            self._pending = (method, target, headers, length)
            self._continued = False
        method, target, headers, length = self._pending
        if len(self._buffer) < length:
            if not self._continued and any(n.lower() == "expect" and v.lower() == "100-continue" for n, v in headers):
                self.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                self._continued = True
            return None
        body = self._buffer[:length]
        self._buffer = self._buffer[length:]
        self._pending = None
        return Request(method, target, headers, body, self.secure, self.peer_certificate)


REASONS = {200: "OK", 302: "Found", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
           413: "Payload Too Large", 414: "URI Too Long", 500: "Internal Server Error", 503: "Service Unavailable"}


def head(status, headers, length):
    """Serialises a response head. `headers`: (name, value) pairs; `length` None leaves Content-Length out."""
    lines = ["HTTP/1.1 %d %s" % (status, REASONS.get(status, "Status"))]
    lines.extend("%s: %s" % pair for pair in headers)
    if length is not None:
        lines.append("Content-Length: %d" % length)
    return ("\r\n".join(lines) + "\r\n\r\n").encode("iso-8859-1")
