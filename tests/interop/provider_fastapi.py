"""A register made with fastapi-xroad-soap, the provider library of the Estonian register centre: the degree of disability follows from the last digit of the number."""
import sys

import uvicorn
from fastapi_xroad_soap import MessageBody, SoapService
from fastapi_xroad_soap.elements import String

SPACE = {"nsmap": {"t": "urn:interop:1"}, "ns": "t"}
service = SoapService(path="/", this_namespace="urn:interop:1")


class person(MessageBody):      # noqa: N801: the library takes the element name from the class, the namespace from the request
    idnr = String(tag="idnr", length=11)
    zweck = String(tag="zweck")


class Record(MessageBody, tag="datensatz", **SPACE):
    grad = String(tag="grad", ns="t")


class PersonResponse(MessageBody, tag="personResponse", **SPACE):
    status = String(tag="status", ns="t")
    name = String(tag="register", ns="t")
    idnr = String(tag="idnr", ns="t")
    stand = String(tag="stand", ns="t")
    datensatz = Record.Element(tag="datensatz", ns="t")


@service.action("person")
def answer(body: person) -> PersonResponse:
    digit = int(body.idnr[-1])
    if digit == 9:
        raise RuntimeError("no answer about this number, for the test")
    return PersonResponse(status="found", name="disability", idnr=body.idnr, stand=sys.argv[2], datensatz=Record(grad=str(20 + 10 * (digit % 9))))


uvicorn.run(service, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
