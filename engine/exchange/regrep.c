/* Evidence request and answer as RegRep 4 documents: written and read. Contract: regrep.h.
 *
 * A slot that the program knows must stand there exactly once, with its type; slots it does not know are passed over, as RegRep wants it. Evidence stands in the document (a repository item
 * as an attachment would have to be taken apart, which this layer does nowhere). Pure functions; trees are freed here unless they are the caller's. */
#include "exchange/regrep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "exchange/xml.h"

#define REGREP_UUID "urn:uuid:"

/* The slots that carry a text, of both documents. */
typedef struct regrep__slot { const char *name, *type; size_t query, reply; bool in_reply; } regrep__slot;
#define BOTH(field) offsetof(exchange__query, field), offsetof(exchange__reply, field), true
#define ONLY(field) offsetof(exchange__query, field), 0, false
static const regrep__slot regrep__slots[] = {{"SpecificationIdentifier", "StringValueType", BOTH(specification)}, {"EvidenceRequester", "StringValueType", BOTH(requester)}, {"EvidenceProvider", "StringValueType", BOTH(provider)},
                                             {"IssueDateTime", "DateTimeValueType", ONLY(issued)},              {"Requirement", "StringValueType", ONLY(requirement)},     {"Purpose", "StringValueType", ONLY(purpose)},
                                             {"LegalBasis", "StringValueType", ONLY(legal_basis)},              {"CaseIdentifier", "StringValueType", ONLY(case_id)}};
enum { REGREP_SLOTS = sizeof regrep__slots / sizeof *regrep__slots };

/* --- writing ---------------------------------------------------------------------------------------------------------------------------- */
typedef struct regrep__writer { xmlDoc *doc; xmlNode *root; xmlNs *query, *rim, *rs, *xsi, *own; bool failed; } regrep__writer;

static void regrep__attribute(regrep__writer *w, xmlNode *n, xmlNs *space, const char *name, const char *value) {
  if (!n || !xmlNewNsProp(n, space, X(name), X(value))) w->failed = true;
}

static regrep__writer regrep__begin(const char *name) {
  regrep__writer w = {.doc = xmlNewDoc(X("1.0"))};
  w.root = w.doc ? xmlNewDocNode(w.doc, NULL, X(name), NULL) : NULL;
  if (w.root) {
    xmlDocSetRootElement(w.doc, w.root);
    w.query = xmlNewNs(w.root, X(REGREP_QUERY), X("query"));
    w.rim = xmlNewNs(w.root, X(REGREP_RIM), X("rim"));
    w.rs = xmlNewNs(w.root, X(REGREP_RS), X("rs"));
    w.xsi = xmlNewNs(w.root, X(REGREP_XSI), X("xsi"));
    w.own = xmlNewNs(w.root, X(REGREP_OWN), X("n"));
    xmlSetNs(w.root, w.query);
  }
  w.failed = !w.root || !w.query || !w.rim || !w.rs || !w.xsi || !w.own;
  return w;
}

/* The value element of a new slot. */
static xmlNode *regrep__slot_value(regrep__writer *w, xmlNode *parent, const char *name, const char *type) {
  char typed[64];
  xmlNode *slot = exchange__xml_element(parent, w->rim, "Slot", &w->failed), *value = exchange__xml_element(slot, w->rim, "SlotValue", &w->failed);
  snprintf(typed, sizeof typed, "rim:%s", type);
  if (w->failed) return NULL;
  regrep__attribute(w, slot, NULL, "name", name);
  regrep__attribute(w, value, w->xsi, "type", typed);
  return value;
}

static void regrep__texts(regrep__writer *w, const void *record, bool reply) {
  for (size_t i = 0; i < REGREP_SLOTS && !w->failed; i++) {
    const regrep__slot *s = &regrep__slots[i];
    if (reply && !s->in_reply) continue;
    xmlNode *value = regrep__slot_value(w, w->root, s->name, s->type);
    (void)exchange__xml_text(value, w->rim, "Value", (const char *)record + (reply ? s->reply : s->query), &w->failed);
  }
}

static bool regrep__finish(regrep__writer *w, char **out, size_t *size) {
  *out = NULL;
  bool ok = !w->failed && exchange__xml_dump(w->root, out, size);
  xmlFreeDoc(w->doc);
  return ok;
}

bool exchange__query_write(const exchange__query *q, char **out, size_t *size) {
  char id[64];
  regrep__writer w = regrep__begin("QueryRequest");
  snprintf(id, sizeof id, REGREP_UUID "%s", q->id);
  if (!w.failed) {
    regrep__attribute(&w, w.root, NULL, "id", id);
    regrep__texts(&w, q, false);
    (void)exchange__xml_text(regrep__slot_value(&w, w.root, "IdentificationNumberUsed", "BooleanValueType"), w.rim, "Value", q->idnr_used ? "true" : "false", &w.failed);
    regrep__attribute(&w, exchange__xml_element(w.root, w.query, "ResponseOption", &w.failed), NULL, "returnType", "LeafClassWithRepositoryItem");
    xmlNode *query = exchange__xml_element(w.root, w.query, "Query", &w.failed);
    regrep__attribute(&w, query, NULL, "queryDefinition", "DocumentQuery");
    xmlNode *person = exchange__xml_element(regrep__slot_value(&w, query, "NaturalPerson", "AnyValueType"), w.own, "Person", &w.failed);
    (void)exchange__xml_text(person, w.own, "Identifier", q->person, &w.failed);
  }
  return regrep__finish(&w, out, size);
}

bool exchange__reply_write(const exchange__reply *a, char **out, size_t *size) {
  char id[64], status[128], type[REGREP_TEXT + 8];
  regrep__writer w = regrep__begin("QueryResponse");
  snprintf(id, sizeof id, REGREP_UUID "%s", a->id);
  snprintf(status, sizeof status, REGREP_STATUS "%s", a->success ? "Success" : "Failure");
  if (!w.failed) {
    regrep__attribute(&w, w.root, NULL, "requestId", id);
    regrep__attribute(&w, w.root, NULL, "status", status);
    regrep__texts(&w, a, true);
  }
  if (!w.failed && a->success) {
    xmlNode *list = exchange__xml_element(w.root, w.rim, "RegistryObjectList", &w.failed), *object = exchange__xml_element(list, w.rim, "RegistryObject", &w.failed);
    xmlNode *value = regrep__slot_value(&w, object, "Evidence", "AnyValueType"), *copy = a->evidence ? xmlDocCopyNode((xmlNode *)(uintptr_t)a->evidence, w.doc, 1) : NULL;
    if (!value || !copy || !xmlAddChild(value, copy)) w.failed = true;
  } else if (!w.failed) {
    xmlNode *e = exchange__xml_element(w.root, w.rs, "Exception", &w.failed);
    snprintf(type, sizeof type, "rs:%s", a->exception);
    regrep__attribute(&w, e, w.xsi, "type", type);
    regrep__attribute(&w, e, NULL, "message", a->message);
  }
  return regrep__finish(&w, out, size);
}

/* --- reading ------------------------------------------------------------------------------------------------------------------------------ */
static bool regrep__get(const xmlNode *n, const char *space, const char *name, char *out, size_t size) {
  xmlChar *said = xmlGetNsProp((xmlNode *)(uintptr_t)n, X(name), X(space));
  bool ok = said && strlen((const char *)said) < size;
  if (ok) memcpy(out, said, strlen((const char *)said) + 1);
  xmlFree(said);
  return ok;
}

/* The name after the prefix, if the prefix means this namespace. */
static bool regrep__type(const xmlNode *n, const char *space, char out[REGREP_TEXT]) {
  char typed[REGREP_TEXT], prefix[64];
  if (!n || !regrep__get(n, REGREP_XSI, "type", typed, sizeof typed)) return false;
  const char *colon = strchr(typed, ':');
  if (!colon || (size_t)(colon - typed) >= sizeof prefix) return false;
  snprintf(prefix, sizeof prefix, "%.*s", (int)(colon - typed), typed);
  const xmlNs *ns = xmlSearchNs(n->doc, (xmlNode *)(uintptr_t)n, X(prefix));
  if (!ns || strcmp((const char *)ns->href, space) != 0) return false;
  memmove(out, colon + 1, strlen(colon + 1) + 1);
  return true;
}

/* The value of the one slot of this name and type; NULL if it is missing, repeated or of another type. */
static const xmlNode *regrep__value(const xmlNode *in, const char *name, const char *type) {
  char said[REGREP_TEXT];
  const xmlNode *found = NULL;
  unsigned slots = 0, values = 0;
  for (const xmlNode *n = in ? in->children : NULL; n; n = n->next) {
    if (!exchange__xml_is(n, REGREP_RIM, "Slot") || !regrep__get(n, NULL, "name", said, sizeof said) || strcmp(said, name) != 0) continue;
    found = exchange__xml_child(n, REGREP_RIM, "SlotValue", &values);
    slots++;
  }
  return slots == 1 && values == 1 && regrep__type(found, REGREP_RIM, said) && strcmp(said, type) == 0 ? found : NULL;
}

static bool regrep__text(const xmlNode *in, const char *name, const char *type, char *out, size_t size) {
  unsigned n = 0;
  const xmlNode *value = exchange__xml_child(regrep__value(in, name, type), REGREP_RIM, "Value", &n);
  return n == 1 && exchange__xml_copy(value, out, size) && out[0];
}

/* NULL, or the name of the first slot that is not as it must be. */
static const char *regrep__read_texts(const xmlNode *root, void *record, bool reply) {
  for (size_t i = 0; i < REGREP_SLOTS; i++) {
    const regrep__slot *s = &regrep__slots[i];
    if (reply && !s->in_reply) continue;
    if (!regrep__text(root, s->name, s->type, (char *)record + (reply ? s->reply : s->query), REGREP_TEXT)) return s->name;
  }
  return NULL;
}

static bool regrep__uuid(const xmlNode *root, const char *attribute, char out[EXCHANGE_ID_SIZE]) {
  char said[96];
  size_t prefix = strlen(REGREP_UUID);
  if (!regrep__get(root, NULL, attribute, said, sizeof said) || strncmp(said, REGREP_UUID, prefix) != 0 || strlen(said + prefix) != 36) return false;
  memcpy(out, said + prefix, 37);
  return true;
}

static const char *regrep__read_query(const xmlNode *root, exchange__query *out) {
  char flag[8], definition[64];
  unsigned n = 0;
  if (!exchange__xml_is(root, REGREP_QUERY, "QueryRequest")) return "QueryRequest";
  if (!regrep__uuid(root, "id", out->id)) return "id";
  const char *why = regrep__read_texts(root, out, false);
  if (why) return why;
  if (!regrep__text(root, "IdentificationNumberUsed", "BooleanValueType", flag, sizeof flag) || (strcmp(flag, "true") != 0 && strcmp(flag, "false") != 0)) return "IdentificationNumberUsed";
  out->idnr_used = strcmp(flag, "true") == 0;
  const xmlNode *query = exchange__xml_child(root, REGREP_QUERY, "Query", &n);
  if (n != 1 || !regrep__get(query, NULL, "queryDefinition", definition, sizeof definition) || strcmp(definition, "DocumentQuery") != 0) return "Query";
  const xmlNode *person = exchange__xml_only_element(regrep__value(query, "NaturalPerson", "AnyValueType"));
  const xmlNode *identifier = person && exchange__xml_is(person, REGREP_OWN, "Person") ? exchange__xml_child(person, REGREP_OWN, "Identifier", &n) : NULL;
  return identifier && n == 1 && exchange__xml_copy(identifier, out->person, sizeof out->person) && exchange__is_idnr(out->person) ? NULL : "NaturalPerson";
}

const char *exchange__query_read(const char *bytes, size_t size, exchange__query *out) {
  exchange__document d = {0};
  memset(out, 0, sizeof *out);
  const char *why = exchange__parse_xml(bytes, size, &d);
  if (!why) why = regrep__read_query(xmlDocGetRootElement(d.xml), out);
  exchange__document_dispose(&d);
  return why;
}

const char *exchange__reply_read(const exchange__document *d, exchange__reply *out) {
  const xmlNode *root = d->xml ? xmlDocGetRootElement(d->xml) : NULL;
  char status[128];
  unsigned n = 0;
  memset(out, 0, sizeof *out);
  if (!root || !exchange__xml_is(root, REGREP_QUERY, "QueryResponse")) return "QueryResponse";
  if (!regrep__uuid(root, "requestId", out->id)) return "requestId";
  const char *why = regrep__read_texts(root, out, true);
  if (why) return why;
  if (!regrep__get(root, NULL, "status", status, sizeof status) || strncmp(status, REGREP_STATUS, strlen(REGREP_STATUS)) != 0) return "status";
  out->success = strcmp(status + strlen(REGREP_STATUS), "Success") == 0;
  if (!out->success && strcmp(status + strlen(REGREP_STATUS), "Failure") != 0) return "status";
  const xmlNode *list = exchange__xml_child(root, REGREP_RIM, "RegistryObjectList", &n), *exception = exchange__xml_child(root, REGREP_RS, "Exception", out->success ? &(unsigned){0} : &n);
  if (out->success == (exception != NULL) || out->success != (list != NULL) || n != 1) return out->success ? "RegistryObjectList" : "Exception";
  if (!out->success) {
    if (!regrep__get(exception, NULL, "message", out->message, sizeof out->message)) out->message[0] = 0;
    return regrep__type(exception, REGREP_RS, out->exception) ? NULL : "Exception";
  }
  out->evidence = exchange__xml_only_element(regrep__value(exchange__xml_only_element(list), "Evidence", "AnyValueType"));
  return out->evidence ? NULL : "Evidence";
}
