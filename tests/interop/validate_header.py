"""Validates the header blocks of a SOAP request by xmlschema. Arguments: folder of xroad.xsd, the request. The import of xml.xsd (xml:lang) is answered by xmlschema itself."""
import os
import sys
import xml.etree.ElementTree as ElementTree

import xmlschema

folder, request = sys.argv[1:]
schema = xmlschema.XMLSchema(os.path.join(folder, "xroad.xsd"), allow="local")
header = ElementTree.parse(request).getroot()[0]
names = []
for block in header:
    errors = list(schema.elements[block.tag.partition("}")[2]].iter_errors(block))
    if errors:
        sys.exit("%s: %s" % (block.tag, errors[0]))
    names.append(block.tag.partition("}")[2])
broken = header.find("{http://x-road.eu/xsd/xroad.xsd}client")
broken.remove(broken[0])
if not list(schema.elements["client"].iter_errors(broken)):
    sys.exit("the schema accepts a client without instance: the check shows nothing")
print("xmlschema: %s are valid" % ", ".join(names))
