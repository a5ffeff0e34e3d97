"""The X-Road SOAP message protocol (PR-MESS 4.0) and the SOAP metaservices (PR-META) as a security server speaks them.

Owns: reading a request with its header blocks, answers and faults, and what a broken or hostile SOAP peer sends. Written from the
specification with Python's own XML reader, independent of the client in this repository. Pure functions, no state.
"""
import re
import xml.etree.ElementTree as ElementTree
import xml.sax.saxutils

from xroad import XRoadError, error_type

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
XROAD = "http://x-road.eu/xsd/xroad.xsd"
ID = "http://x-road.eu/xsd/identifiers"
SERVICE = "urn:synthetisch:register:soap:1"      # namespace of the registers' own SOAP services
VERSION = "v1"
CLIENT_PARTS = ("xRoadInstance", "memberClass", "memberCode", "subsystemCode")
SERVICE_PARTS = CLIENT_PARTS + ("serviceCode", "serviceVersion")
ONCE = ("client", "service", "id", "userId", "issue", "protocolVersion")
XML_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def tag(space, name):
    return "{%s}%s" % (space, name)


class Message:
    """A request: `client` (3 or 4 parts), `service` (5 parts), `version` or None, texts of the other blocks, `body` (the wrapper)."""
    __slots__ = ("client", "service", "version", "texts", "blocks", "body")


def _identifier(block, names):
    parts = {}
    for child in block:
        name = child.tag.partition("}")[2]
        if child.tag != tag(ID, name) or name not in names or name in parts or len(child) or not child.text:
            raise XRoadError("client", "invalid_soap", "Malformed identifier in the SOAP header")
        parts[name] = child.text
    return parts


def _kind(block):
    return block.get(tag(ID, "objectType"))


def parse(content_type, body):
    """Reads a request. Raises XRoadError."""
    if not content_type.lower().startswith("text/xml"):
        raise XRoadError("client", "invalid_content_type", "Invalid content type: " + content_type[:80])
    if b"<!DOCTYPE" in body:
        raise XRoadError("client", "invalid_xml", "Document type declarations are not allowed")
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        raise XRoadError("client", "invalid_xml", "The message is no well-formed XML") from None
    headers, bodies = root.findall(tag(ENVELOPE, "Header")), root.findall(tag(ENVELOPE, "Body"))
    if root.tag != tag(ENVELOPE, "Envelope") or len(headers) > 1 or len(bodies) != 1:
        raise XRoadError("client", "invalid_soap", "The message is no SOAP 1.1 envelope")
    if not headers:
        raise XRoadError("client", "missing_header", "The message has no SOAP header")
    message = Message()
    message.blocks, message.texts = list(headers[0]), {}
    for name in ONCE:
        found = headers[0].findall(tag(XROAD, name))
        if len(found) > 1:
            raise XRoadError("client", "duplicate_header_field", "SOAP header %s occurs twice" % name)
        if not found and name not in ("userId", "issue"):
            raise XRoadError("client", "missing_header_field", "SOAP header %s is missing" % name)
        if found and name not in ("client", "service"):
            message.texts[name] = found[0].text or ""
    if message.texts["protocolVersion"] != "4.0":
        raise XRoadError("client", "invalid_protocol_version", "Only protocol version 4.0 is known")
    if not message.texts["id"]:
        raise XRoadError("client", "missing_header_field", "SOAP header id is empty")
    client, service = headers[0].find(tag(XROAD, "client")), headers[0].find(tag(XROAD, "service"))
    parts = _identifier(client, CLIENT_PARTS)
    message.client = tuple(parts[n] for n in CLIENT_PARTS if n in parts)
    if len(message.client) < 3 or _kind(client) != ("SUBSYSTEM" if len(message.client) == 4 else "MEMBER"):
        raise XRoadError("client", "invalid_client_identifier", "The client identifier is incomplete")
    parts = _identifier(service, SERVICE_PARTS)
    message.version = parts.pop("serviceVersion", None)
    if len(parts) != 5 or _kind(service) != "SERVICE":
        raise XRoadError("client", "invalid_service_identifier", "The service identifier is incomplete")
    message.service = tuple(parts[n] for n in SERVICE_PARTS[:5])
    wrappers = list(bodies[0])
    if len(wrappers) != 1:
        raise XRoadError("client", "invalid_body", "The SOAP body must hold exactly one element")
    message.body = wrappers[0]
    if message.body.tag.rpartition("}")[2] != message.service[4]:
        raise XRoadError("client", "invalid_body", "The element of the body is not named like the service code")
    return message


def values(message):
    """The elements of one of the registers' own requests: {local name: text}. None if the request has another shape."""
    found = {}
    for child in message.body:
        name = child.tag.rpartition("}")[2]
        if child.tag != tag(SERVICE, name) or len(child) or name in found:
            return None
        found[name] = child.text or ""
    return found if message.body.tag == tag(SERVICE, message.service[4]) else None


def esc(text):
    return xml.sax.saxutils.escape(text)


def envelope(blocks, body, space=ENVELOPE):
    header = "<SOAP-ENV:Header>%s</SOAP-ENV:Header>" % blocks if blocks is not None else ""
    return ('%s<SOAP-ENV:Envelope xmlns:SOAP-ENV="%s" xmlns:xrd="%s" xmlns:id="%s">%s<SOAP-ENV:Body>%s</SOAP-ENV:Body></SOAP-ENV:Envelope>'
            % (XML_DECLARATION, space, XROAD, ID, header, body)).encode()


def echo(message, digest):
    """The header blocks as they came, in their order, and the request hash. A list, so that faults can spoil it."""
    blocks = []
    for block in message.blocks:
        text = ElementTree.tostring(block, encoding="unicode").strip()
        blocks.append((block.tag.rpartition("}")[2], text))
    blocks.append(("requestHash", '<xrd:requestHash algorithmId="http://www.w3.org/2001/04/xmlenc#sha512">%s</xrd:requestHash>' % digest))
    return blocks


def answer(blocks, code, inner, space=SERVICE):
    inner = re.sub(r"^<\?xml[^>]*\?>\s*", "", inner)
    return envelope("".join(text for _, text in blocks), '<tns:%sResponse xmlns:tns="%s">%s</tns:%sResponse>' % (code, space, inner, code))


def business_fault(code, text):
    return "<fault><faultCode>%s</faultCode><faultString>%s</faultString></fault>" % (esc(code), esc(text))


def fault(code, message, detail, blocks=None):
    body = ("<SOAP-ENV:Fault><faultcode>%s</faultcode><faultstring>%s</faultstring><faultactor></faultactor>"
            "<detail><faultDetail xmlns=\"\">%s</faultDetail></detail></SOAP-ENV:Fault>" % (esc(code), esc(message), esc(detail)))
    return envelope(None if blocks is None else "".join(text for _, text in blocks), body)


def xroad_fault(problem, family, detail):
    return fault(error_type(problem.where, problem.code, family), str(problem), detail)


def methods(code, provider, services):
    """Content of listMethodsResponse and allowedMethodsResponse; `services`: [(service code, version)]."""
    listed = ""
    for name, version in services:
        parts = "".join("<id:%s>%s</id:%s>" % (n, esc(v), n) for n, v in zip(SERVICE_PARTS, tuple(provider) + (name, version)))
        listed += '<xrd:service id:objectType="SERVICE">%s</xrd:service>' % parts
    return listed


# --- what a broken peer sends: mode -> (status or None, content type or None, body)
MODES = ("soap_wrong_id", "soap_missing_client", "soap_duplicate_id", "soap_other_service", "soap_fault_200", "soap_fault_500", "soap_fault_client", "soap_forged_fault",
         "soap_business_fault", "soap_multipart", "soap_other_body", "soap_12", "soap_empty_body", "soap_xxe", "soap_bomb", "soap_deep", "soap_fault_other_header")


def spoil(mode, blocks, code, inner):
    """(status, content type or None, body) of a spoiled answer."""
    def with_blocks(changed):
        return 200, None, answer(changed, code, inner)
    good = answer(blocks, code, inner)
    if mode == "soap_wrong_id":
        return with_blocks([(n, "<xrd:id>00000000-0000-4000-8000-000000000000</xrd:id>" if n == "id" else t) for n, t in blocks])
    if mode == "soap_missing_client":
        return with_blocks([(n, t) for n, t in blocks if n != "client"])
    if mode == "soap_duplicate_id":
        return with_blocks(blocks + [(n, t) for n, t in blocks if n == "id"])
    if mode == "soap_other_service":
        return with_blocks([(n, re.sub(r"serviceCode>[^<]*<", "serviceCode>other<", t) if n == "service" else t) for n, t in blocks])
    if mode == "soap_fault_200":
        return 200, None, fault("SOAP-ENV:Server", "Fault switched on for this test", "0", blocks)
    if mode == "soap_fault_500":
        return 500, None, fault("SOAP-ENV:Server", "Fault switched on for this test", "0", blocks)
    if mode == "soap_fault_client":
        return 500, None, fault("SOAP-ENV:Client", "Fault switched on for this test", "0", blocks)
    if mode == "soap_forged_fault":
        return 200, None, fault("Provider.Own.Code", "Fault switched on for this test", "0", blocks)
    if mode == "soap_fault_other_header":
        return 500, None, fault("SOAP-ENV:Server", "Fault switched on for this test", "0",
                                [(n, "<xrd:id>00000000-0000-4000-8000-000000000000</xrd:id>" if n == "id" else t) for n, t in blocks])
    if mode == "soap_business_fault":
        return 200, None, answer(blocks, code, business_fault("REG-17", "Fault switched on for this test"))
    if mode == "soap_multipart":
        part = b"--b\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + good + b"\r\n--b\r\nContent-Type: application/octet-stream\r\n\r\nx\r\n--b--\r\n"
        return 200, "multipart/related; type=\"text/xml\"; boundary=b", part
    if mode == "soap_other_body":
        return 200, None, answer(blocks, "other", inner)
    if mode == "soap_12":
        return 200, None, good.replace(ENVELOPE.encode(), b"http://www.w3.org/2003/05/soap-envelope")
    if mode == "soap_empty_body":
        return 200, None, envelope("".join(t for _, t in blocks), "")
    if mode == "soap_xxe":
        head = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
        return 200, None, good.replace(b"?>\n", b"?>\n" + head, 1)
    if mode == "soap_bomb":
        entities = b'<!ENTITY a "aaaaaaaaaa">' + b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(12))
        return 200, None, good.replace(b"?>\n", b"?>\n<!DOCTYPE x [" + entities + b"]>", 1)
    if mode == "soap_deep":
        return 200, None, answer(blocks, code, "<d>" * 5000 + "</d>" * 5000)
    raise AssertionError(mode)
