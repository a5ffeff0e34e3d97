"""Metaservices of the stand-in (PR-META, PR-MREST): who is there, what is offered, what is allowed, how a service is described. Pure functions."""
import json

import soap


def list_clients(instance, members, as_json):
    """(content type, bytes); `members`: sorted [(class, member, subsystem)]."""
    if as_json:
        listed = [{"id": {"object_type": "SUBSYSTEM", "xroad_instance": instance, "member_class": k, "member_code": m, "subsystem_code": s},
                   "name": m, "subsystem_name": s} for k, m, s in members]
        return "application/json;charset=utf-8", json.dumps({"member": listed}).encode()
    text = "".join('<xrd:member><xrd:id id:objectType="SUBSYSTEM">%s</xrd:id><xrd:name>%s</xrd:name></xrd:member>'
                   % ("".join("<id:%s>%s</id:%s>" % (n, soap.esc(v), n) for n, v in zip(soap.CLIENT_PARTS, (instance,) + entry)), soap.esc(entry[1])) for entry in members)
    return "text/xml;charset=utf-8", ('%s<xrd:clientList xmlns:xrd="%s" xmlns:id="%s">%s</xrd:clientList>' % (soap.XML_DECLARATION, soap.XROAD, soap.ID, text)).encode()


def endpoint(method, code):
    return {"method": method, "path": "/" if code == "events" or method == "POST" else "/*"}


def list_methods(provider, services):
    """JSON list of REST services; `services`: [(code, method)]."""
    instance, member_class, member, subsystem = provider
    return json.dumps({"service": [{"object_type": "SERVICE", "xroad_instance": instance, "member_class": member_class, "member_code": member, "subsystem_code": subsystem,
                                    "service_code": code, "service_type": "OPENAPI", "endpoint_list": [endpoint(method, code)]} for code, method in sorted(services)]}).encode()


def open_api(code, method):
    """The description of one REST service as JSON."""
    path = "/" if endpoint(method, code)["path"] == "/" else "/{idnr}"
    operation = {"operationId": code, "responses": {"200": {"description": "docs/registers.md"}}}
    if path != "/":
        operation["parameters"] = [{"name": "idnr", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9]{11}$"}}]
    return json.dumps({"openapi": "3.0.0", "info": {"title": code, "version": "1"}, "paths": {path: {method.lower(): operation}}}).encode()
