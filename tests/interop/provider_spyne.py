"""The same register made with spyne. The header blocks are copied from the request by hand, because spyne knows nothing of X-Road."""
import logging
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

from lxml import etree
from spyne import Application, ServiceBase, Unicode, rpc
from spyne.model.complex import ComplexModel
from spyne.model.fault import Fault
from spyne.protocol.soap import Soap11
from spyne.server.wsgi import WsgiApplication

logging.disable(logging.CRITICAL)      # the faults of the test are no news
SPACE = "urn:interop:1"
ENVELOPE = "{http://schemas.xmlsoap.org/soap/envelope/}"


class Record(ComplexModel):
    __namespace__ = SPACE
    grad = Unicode


class Answer(ComplexModel):
    __namespace__ = SPACE
    status, register, idnr, stand, datensatz = Unicode, Unicode, Unicode, Unicode, Record


class Register(ServiceBase):
    @rpc(Unicode, Unicode, _returns=Answer)
    def person(ctx, idnr, zweck):
        digit = int(idnr[-1])
        if digit == 9:
            raise Fault("Server", "no answer about this number, for the test")
        return Answer(status="found", register="disability", idnr=idnr, stand=sys.argv[2], datensatz=Record(grad=str(20 + 10 * (digit % 9))))


def copy_header(ctx):
    if ctx.out_document is None or ctx.in_document is None or ctx.out_error is not None:
        return
    header = ctx.in_document.find(ENVELOPE + "Header")
    ctx.out_document.insert(0, etree.fromstring(etree.tostring(header)))
    ctx.out_string = [etree.tostring(ctx.out_document, xml_declaration=True, encoding="UTF-8")]


Register.event_manager.add_listener("method_return_string", copy_header)


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


make_server("127.0.0.1", int(sys.argv[1]), WsgiApplication(Application([Register], SPACE, in_protocol=Soap11(validator="lxml"), out_protocol=Soap11())), handler_class=Quiet).serve_forever()
