/* SOAP 1.1 as X-Road speaks it (PR-MESS 4.0): the envelope of a request, and what an answer is worth.
 *
 * A request is document/literal wrapped, its wrapper named like the service; the header blocks are those of the specification and nothing else. An answer must
 * repeat client, service, id and protocol version exactly once and unchanged; userId and issue may be dropped (there are providers that do), never changed, for the id
 * alone says what is answered; requestHash is not recomputed. Faults come with
 * status 200 or 500; their code is the same vocabulary as X-Road-Error. Plain Client and Server are the provider's own: of a plain Server nobody knows whether the
 * request was carried out. Attachments are refused as a whole: a multipart answer is not taken apart. XML is parsed by document.c under its limits.
 * Pure functions over one request; the parsed tree belongs to the request. */
#include <libxml/tree.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/utf8.h"
#include "exchange/mapping.h"
#include "exchange/xml.h"

#define SOAP__ENVELOPE "http://schemas.xmlsoap.org/soap/envelope/"
#define SOAP__XROAD "http://x-road.eu/xsd/xroad.xsd"
#define SOAP__ID "http://x-road.eu/xsd/identifiers"

static const char *const soap__parts[] = {"xRoadInstance", "memberClass", "memberCode", "subsystemCode", "serviceCode"};
enum { SOAP_CLIENT_PARTS = 4, SOAP_SERVICE_PARTS = 5, SOAP_PART = 128 };

/* --- the request ------------------------------------------------------------------------------------------------------------------- */
typedef struct soap__writer { xmlNs *envelope, *xroad, *id; bool failed; } soap__writer;

static xmlNode *soap__text(soap__writer *w, xmlNode *parent, xmlNs *space, const char *name, const char *text) { return exchange__xml_text(parent, space, name, text, &w->failed); }
static xmlNode *soap__element(soap__writer *w, xmlNode *parent, xmlNs *space, const char *name) { return exchange__xml_element(parent, space, name, &w->failed); }

/* One part of "INST/CLASS/…". */
static bool soap__part(const char *id, unsigned i, char out[SOAP_PART]) {
  while (i-- && id) id = strchr(id, '/') ? strchr(id, '/') + 1 : NULL;
  size_t n = id ? strcspn(id, "/") : 0;
  if (n == 0 || n >= SOAP_PART) return false;
  memcpy(out, id, n);
  out[n] = 0;
  return true;
}

static void soap__identifier(soap__writer *w, xmlNode *header, const char *name, const char *type, const char *id, unsigned parts, const char *version) {
  char part[SOAP_PART];
  xmlNode *n = soap__element(w, header, w->xroad, name);
  if (!n || !xmlNewNsProp(n, w->id, X("objectType"), X(type))) {
    w->failed = true;
    return;
  }
  for (unsigned i = 0; i < parts; i++) {
    if (soap__part(id, i, part)) soap__text(w, n, w->id, soap__parts[i], part);
    else w->failed = true;
  }
  if (version) soap__text(w, n, w->id, "serviceVersion", version);
}

static const char *soap__value(const exchange__request *r, const exchange__soap_field *f) {
  switch (f->value) {
  case SOAP_TEXT: return f->text;
  case SOAP_IDNR: return r->subject_key;
  case SOAP_LEGAL_BASIS: return r->reg->legal_basis;
  case SOAP_PURPOSE: return r->reg->purpose;
  case SOAP_CASE: return r->case_id;
  case SOAP_FIELDS: return r->fields ? r->fields : "";
  case SOAP_KEY: return r->idempotency_key;
  }
  return "";
}

/* "a/b": b inside the a that is there already, if it is the last one written. */
static void soap__field(soap__writer *w, xmlNode *wrapper, xmlNs *space, const exchange__soap_field *f, const char *value) {
  xmlNode *at = wrapper;
  const char *s = f->element;
  for (const char *slash; at && (slash = strchr(s, '/')); s = slash + 1) {
    char name[SOAP_PART];
    snprintf(name, sizeof name, "%.*s", (int)(slash - s), s);
    bool same = at->last && at->last->type == XML_ELEMENT_NODE && strcmp((const char *)at->last->name, name) == 0 && !(at->last->children && at->last->children->type == XML_TEXT_NODE);
    at = same ? at->last : soap__element(w, at, space, name);
  }
  if (at) soap__text(w, at, space, s, value);
}

static void soap__body(soap__writer *w, xmlNode *envelope, xmlNode *body, const exchange__request *r) {
  const exchange__soap *s = r->reg->soap;
  xmlNode *wrapper = soap__element(w, body, NULL, strrchr(r->reg->service_id, '/') + 1);
  /* Declared at the root as all others: there are providers that look for namespaces only there. */
  xmlNs *space = wrapper ? xmlNewNs(envelope, X(s->space), X("tns")) : NULL;
  if (!space) {
    w->failed = true;
    return;
  }
  xmlSetNs(wrapper, space);
  for (size_t i = 0; i < s->field_count; i++) soap__field(w, wrapper, space, &s->fields[i], soap__value(r, &s->fields[i]));
}

/* xmlNewChild without namespace inherits the parent's, so children are written with it and detached afterwards. */
static void soap__unqualify(xmlNode *n) {
  for (xmlNode *c = n->children; c; c = c->next)
    if (c->type == XML_ELEMENT_NODE) {
      c->ns = NULL;
      soap__unqualify(c);
    }
}

bool exchange__soap_request(const ans_xroad_config *c, const exchange__request *r, char **out, size_t *size) {
  soap__writer w = {0};
  xmlDoc *doc = xmlNewDoc(X("1.0"));
  xmlNode *envelope = doc ? xmlNewDocNode(doc, NULL, X("Envelope"), NULL) : NULL;
  *out = NULL;
  if (envelope) {
    xmlDocSetRootElement(doc, envelope);
    w.envelope = xmlNewNs(envelope, X(SOAP__ENVELOPE), X("SOAP-ENV"));
    w.xroad = xmlNewNs(envelope, X(SOAP__XROAD), X("xrd"));
    w.id = xmlNewNs(envelope, X(SOAP__ID), X("id"));
    xmlSetNs(envelope, w.envelope);
  }
  w.failed = !envelope || !w.envelope || !w.xroad || !w.id;
  xmlNode *header = w.failed ? NULL : soap__element(&w, envelope, w.envelope, "Header"), *body = w.failed ? NULL : soap__element(&w, envelope, w.envelope, "Body");
  if (!w.failed) {
    soap__identifier(&w, header, "client", "SUBSYSTEM", c->client_id, SOAP_CLIENT_PARTS, NULL);
    soap__identifier(&w, header, "service", "SERVICE", r->reg->service_id, SOAP_SERVICE_PARTS, r->reg->soap->version);
    if (c->user_id) soap__text(&w, header, w.xroad, "userId", c->user_id);
    soap__text(&w, header, w.xroad, "id", r->request_id);
    if (r->case_id[0]) soap__text(&w, header, w.xroad, "issue", r->case_id);
    soap__text(&w, header, w.xroad, "protocolVersion", "4.0");
    soap__body(&w, envelope, body, r);
    if (!r->reg->soap->qualified && body->children) soap__unqualify(body->children);
  }
  bool ok = !w.failed && exchange__xml_dump(envelope, out, size);
  xmlFreeDoc(doc);
  return ok;
}

/* --- the answer -------------------------------------------------------------------------------------------------------------------- */
static bool soap__same_identifier(const xmlNode *n, const char *type, const char *id, unsigned parts, const char *version) {
  char part[SOAP_PART];
  unsigned elements = 0, count = 0;
  xmlChar *said = n ? xmlGetNsProp((xmlNode *)(uintptr_t)n, X("objectType"), X(SOAP__ID)) : NULL;
  bool same = said && strcmp((const char *)said, type) == 0;
  xmlFree(said);
  for (const xmlNode *c = n ? n->children : NULL; c; c = c->next) elements += c->type == XML_ELEMENT_NODE;
  for (unsigned i = 0; same && i < parts; i++) same = soap__part(id, i, part) && exchange__xml_says(exchange__xml_child(n, SOAP__ID, soap__parts[i], &count), part) && count == 1;
  if (same && version) same = exchange__xml_says(exchange__xml_child(n, SOAP__ID, "serviceVersion", &count), version) && count == 1;
  return same && elements == parts + (version != NULL);
}

/* NULL, or the header block that is not what was sent. */
static const char *soap__echo(const ans_xroad_config *c, const exchange__request *r, const xmlNode *header) {
  unsigned n = 0;
  if (!soap__same_identifier(exchange__xml_child(header, SOAP__XROAD, "client", &n), "SUBSYSTEM", c->client_id, SOAP_CLIENT_PARTS, NULL) || n != 1) return "client";
  if (!soap__same_identifier(exchange__xml_child(header, SOAP__XROAD, "service", &n), "SERVICE", r->reg->service_id, SOAP_SERVICE_PARTS, r->reg->soap->version) || n != 1) return "service";
  if (!exchange__xml_says(exchange__xml_child(header, SOAP__XROAD, "id", &n), r->request_id) || n != 1) return "id";
  if (!exchange__xml_says(exchange__xml_child(header, SOAP__XROAD, "protocolVersion", &n), "4.0") || n != 1) return "protocolVersion";
  const xmlNode *user = exchange__xml_child(header, SOAP__XROAD, "userId", &n);
  if (n > 1 || (n && (!c->user_id || !exchange__xml_says(user, c->user_id)))) return "userId";
  const xmlNode *issue = exchange__xml_child(header, SOAP__XROAD, "issue", &n);
  if (n > 1 || (n && (!r->case_id[0] || !exchange__xml_says(issue, r->case_id)))) return "issue";
  exchange__xml_child(header, SOAP__XROAD, "requestHash", &n);
  return n > 1 ? "requestHash" : NULL;
}

static void soap__printable(char *s) {
  for (; *s; s++)
    if (*s < 0x20 || *s > 0x7e) *s = '?';
}

/* The code decides. A fault may carry the header blocks; if it does, they must be ours. */
static void soap__fault(const ans_xroad_config *c, exchange__request *r, const xmlNode *header, const xmlNode *fault) {
  char code[160], detail[sizeof r->server_detail];
  unsigned n = 0, several = 0;
  const xmlNode *at = exchange__xml_child(fault, NULL, "faultcode", &several);
  exchange__xml_child(header, SOAP__XROAD, "id", &n);
  if (n && soap__echo(c, r, header)) {
    r->outcome = ANS_X_SECURITY;
    exchange__detail(r, "SOAP-Fault mit fremdem Kopf / fault with another's header: %s", soap__echo(c, r, header));
    return;
  }
  if (several != 1 || !exchange__xml_copy(at, code, sizeof code) || !code[0]) {
    r->outcome = ANS_X_INVALID;
    exchange__detail(r, "SOAP-Fault ohne faultcode / without faultcode");
    return;
  }
  soap__printable(code);
  const char *bare = strchr(code, ':') ? strchr(code, ':') + 1 : code;
  if (strcmp(bare, "Server") == 0) r->outcome = ANS_X_OUTCOME_UNKNOWN;
  else if (strcmp(bare, "Client") == 0) r->outcome = ANS_X_OUR_FAULT;
  else if (strcmp(bare, "VersionMismatch") == 0 || strcmp(bare, "MustUnderstand") == 0) r->outcome = ANS_X_OUR_FAULT;
  else r->outcome = strncasecmp(bare, "client.", 7) == 0 || strncasecmp(bare, "server.", 7) == 0 ? ans_exchange_classify(bare) : ANS_X_PROVIDER;
  exchange__detail(r, "%s", code);
  at = exchange__xml_child(exchange__xml_child(fault, NULL, "detail", &n), NULL, "faultDetail", &n);
  if (exchange__xml_copy(at, detail, sizeof detail)) {
    soap__printable(detail);
    memcpy(r->server_detail, detail, sizeof detail);
  }
}

/* A business error stands where the data would stand: fault/faultCode, or faultCode directly. It says nothing about the person. */
static bool soap__business_error(exchange__request *r, const xmlNode *in) {
  char code[80];
  unsigned n = 0;
  const xmlNode *fault = exchange__xml_child(in, NULL, "fault", &n), *at = exchange__xml_child(fault ? fault : in, NULL, "faultCode", &n);
  if (!at && !fault) return false;
  if (!exchange__xml_copy(at, code, sizeof code)) snprintf(code, sizeof code, "fault");
  soap__printable(code);
  r->outcome = ANS_X_PROVIDER;
  exchange__detail(r, "Register meldet / register reports: %s", code);
  return true;
}

static void soap__data(exchange__request *r, const xmlNode *wrapper) {
  char name[SOAP_PART + 16];
  const exchange__soap *s = r->reg->soap;
  snprintf(name, sizeof name, "%sResponse", strrchr(r->reg->service_id, '/') + 1);
  r->outcome = ANS_X_INVALID;
  if (!exchange__xml_is(wrapper, s->space, name)) {
    exchange__detail(r, "SOAP-Inhalt ist nicht / body is not %.100s", name);
    return;
  }
  const xmlNode *root = s->unwrap ? exchange__xml_only_element(wrapper) : wrapper;
  if (soap__business_error(r, wrapper) || (root && root != wrapper && soap__business_error(r, root))) return;
  if (!root) {
    exchange__detail(r, "SOAP-Inhalt: nicht genau ein Element / not exactly one element");
    return;
  }
  r->document.root = root;
  r->outcome = r->reg->mapping && exchange__mapping_no_data(r->reg->mapping, &r->document) ? ANS_X_NO_DATA : ANS_X_OK;
}

static void soap__envelope(const ans_xroad_config *c, exchange__request *r) {
  unsigned headers = 0, bodies = 0;
  const xmlNode *root = xmlDocGetRootElement(r->document.xml);
  const xmlNode *header = exchange__xml_child(root, SOAP__ENVELOPE, "Header", &headers), *body = exchange__xml_child(root, SOAP__ENVELOPE, "Body", &bodies), *inside = exchange__xml_only_element(body);
  r->outcome = ANS_X_INVALID;
  if (!exchange__xml_is(root, SOAP__ENVELOPE, "Envelope") || headers > 1 || bodies != 1 || !inside) {
    exchange__detail(r, "kein SOAP-1.1-Umschlag / no SOAP 1.1 envelope");
    return;
  }
  if (exchange__xml_is(inside, SOAP__ENVELOPE, "Fault")) {
    soap__fault(c, r, header, inside);
    return;
  }
  if (r->http_status != 200) {
    exchange__http_error(r);
    r->outcome = ANS_X_OUTCOME_UNKNOWN;
    return;
  }
  const char *wrong = soap__echo(c, r, header);
  if (wrong) {
    r->outcome = ANS_X_SECURITY;
    exchange__detail(r, "SOAP-Kopf %s fehlt, mehrfach oder falsch / missing, repeated or wrong", wrong);
    return;
  }
  soap__data(r, inside);
}

void exchange__soap_check(const ans_xroad_config *c, exchange__request *r, const exchange__headers *h) {
  const char *why = NULL;
  bool xml = h->content_types == 1 && exchange__is_media(h->content_type, "text/xml");
  r->outcome = ANS_X_INVALID;
  if (h->content_types == 1 && strncasecmp(h->content_type, "multipart/", 10) == 0) {
    exchange__detail(r, "Anhänge (MIME) werden nicht angenommen / attachments are not accepted");
  } else if (h->encodings) {
    exchange__detail(r, "Content-Encoding nicht erlaubt / not allowed");
  } else if (r->http_status != 200 && (r->http_status != 500 || !xml)) {
    exchange__http_error(r); /* sets the class of a GET */
    if (r->outcome == ANS_X_RETRY) r->outcome = ANS_X_OUTCOME_UNKNOWN; /* a POST: it may have been carried out, whoever says otherwise on the way back */
  } else if (!xml) {
    exchange__detail(r, "Content-Type ist nicht / is not text/xml");
  } else if (!r->body || !ans_utf8_valid(r->body, r->size)) {
    exchange__detail(r, "leer oder kein UTF-8 / empty or not UTF-8");
  } else if ((why = exchange__parse_xml(r->body, r->size, &r->document))) {
    exchange__detail(r, "%s", why);
  } else {
    soap__envelope(c, r);
  }
  if (r->http_status >= 500 && r->outcome == ANS_X_INVALID) r->outcome = ANS_X_OUTCOME_UNKNOWN; /* an error, whatever stands in it */
}
