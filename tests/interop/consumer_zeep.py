"""zeep, a SOAP client that others wrote, asks the stand-in by a WSDL. Arguments: address, WSDL, number, family of codes, address of the control port. Prints JSON."""
import json
import sys
import urllib.request

from lxml import etree
from zeep import Client
from zeep.exceptions import Fault

address, wsdl, idnr, family, control = sys.argv[1:6]
urllib.request.urlopen(urllib.request.Request("http://%s/family" % control, data=json.dumps({"family": family}).encode(), method="POST"), timeout=20).read()
client = Client(wsdl)
service = client.create_service("{urn:synthetisch:register:soap:1}binding", "http://%s/" % address)
identifier = {"objectType": "SUBSYSTEM", "xRoadInstance": "TH", "memberClass": "GOV", "memberCode": "WOGEB", "subsystemCode": "anspruch"}


def ask(code="person", client_of=identifier, **body):
    headers = {"client": client_of, "service": {"objectType": "SERVICE", "xRoadInstance": "TH", "memberClass": "GOV", "memberCode": "VERSORGUNG", "subsystemCode": "disability", "serviceCode": code, "serviceVersion": "v1"},
               "userId": "DEtest", "id": "4711", "issue": "WG-1", "protocolVersion": "4.0"}
    answer = service[code](_soapheaders=headers, **body)
    return answer


found = ask(idnr=idnr, rechtsgrundlage="§ 33 Abs. 2 WoGG", zweck="Prüfung Wohngeld")
content = found.body._value_1
assert etree.iselement(content)
result = {"root": content.tag, "idnr": content.findtext(".//{*}identifikationsnummer"), "id": found.header.id, "service": found.header.service.serviceCode, "hash": bool(found.header.requestHash)}
try:
    ask(client_of=dict(identifier, memberCode="NOBODY"), idnr=idnr, rechtsgrundlage="§ 33 Abs. 2 WoGG", zweck="x")
    result["fault"] = None
except Fault as fault:
    result["fault"] = fault.code
print(json.dumps(result))
