/* Parsing of untrusted XML. libxml2 builds the document, but our handlers stand before it: an entity or markup declaration, a reference to an
 * entity that is not predefined, too many or too deep elements end the parse at once, so that neither expansion ("billion laughs") nor a
 * file or address behind an entity can be reached. A document type that only names an external DTD (as the official gii files do) is
 * tolerated and never loaded. Rejected: a pull reader, because the tables of statutes need look-ahead that a tree gives for free. */
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "law/law_private.h"

typedef struct xml__guard { const char *code; long nodes, depth; } xml__guard;

static void xml__refuse(void *ctx, const char *code) {
  xmlParserCtxtPtr p = ctx;
  xml__guard *g = p->_private;
  if (!g->code) g->code = code;
  xmlStopParser(p);
}

static void xml__start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces, const xmlChar **ns, int attributes,
                       int defaulted, const xmlChar **values) {
  xmlParserCtxtPtr p = ctx;
  xml__guard *g = p->_private;
  if (g->code) return;
  g->nodes += 1 + namespaces + attributes;
  if (g->nodes > ANS_LAW_MAX_NODES) { xml__refuse(ctx, "E-LAW-NODES"); return; }
  if (++g->depth > ANS_LAW_MAX_DEPTH) { xml__refuse(ctx, "E-LAW-DEPTH"); return; }
  xmlSAX2StartElementNs(ctx, name, prefix, uri, namespaces, ns, attributes, defaulted, values);
}

static void xml__end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
  xml__guard *g = ((xmlParserCtxtPtr)ctx)->_private;
  if (g->code) return;
  g->depth--;
  xmlSAX2EndElementNs(ctx, name, prefix, uri);
}

static void xml__entity(void *ctx, const xmlChar *name, int type, const xmlChar *public_id, const xmlChar *system_id, xmlChar *content) {
  (void)name, (void)type, (void)public_id, (void)system_id, (void)content;
  xml__refuse(ctx, "E-LAW-ENTITY");
}
static void xml__unparsed(void *ctx, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id, const xmlChar *notation) {
  (void)name, (void)public_id, (void)system_id, (void)notation;
  xml__refuse(ctx, "E-LAW-ENTITY");
}
static void xml__notation(void *ctx, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id) {
  (void)name, (void)public_id, (void)system_id;
  xml__refuse(ctx, "E-LAW-ENTITY");
}
static void xml__element(void *ctx, const xmlChar *name, int type, xmlElementContentPtr content) {
  (void)name, (void)type, (void)content;
  xml__refuse(ctx, "E-LAW-ENTITY");
}
static void xml__attribute(void *ctx, const xmlChar *element, const xmlChar *name, int type, int def, const xmlChar *value, xmlEnumerationPtr tree) {
  (void)element, (void)name, (void)type, (void)def, (void)value;
  if (tree) xmlFreeEnumeration(tree); /* the handler owns it */
  xml__refuse(ctx, "E-LAW-ENTITY");
}
static void xml__reference(void *ctx, const xmlChar *name) {
  (void)name;
  xml__refuse(ctx, "E-LAW-ENTITY");
}
/* Only the five predefined entities exist here (amp, lt, gt, quot, apos). */
static xmlEntityPtr xml__get_entity(void *ctx, const xmlChar *name) {
  xmlEntityPtr e = xmlGetPredefinedEntity(name);
  if (!e) xml__refuse(ctx, "E-LAW-ENTITY");
  return e;
}
static xmlEntityPtr xml__get_parameter_entity(void *ctx, const xmlChar *name) {
  (void)name;
  xml__refuse(ctx, "E-LAW-ENTITY");
  return NULL;
}
static void xml__external(void *ctx, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id) {
  (void)ctx, (void)name, (void)public_id, (void)system_id; /* named, never loaded */
}

static void xml__guard_handlers(xmlParserCtxtPtr p) {
  p->sax->startElementNs = xml__start;
  p->sax->endElementNs = xml__end;
  p->sax->internalSubset = xml__external;
  p->sax->externalSubset = xml__external;
  p->sax->entityDecl = xml__entity;
  p->sax->unparsedEntityDecl = xml__unparsed;
  p->sax->notationDecl = xml__notation;
  p->sax->elementDecl = xml__element;
  p->sax->attributeDecl = xml__attribute;
  p->sax->reference = xml__reference;
  p->sax->getEntity = xml__get_entity;
  p->sax->getParameterEntity = xml__get_parameter_entity;
  p->sax->comment = NULL;
  p->sax->processingInstruction = NULL;
}

static ans_status xml__failed(const char *file, xmlParserCtxtPtr p, const xml__guard *g, ans_error *err) {
  char where[240], line[24];
  const xmlError *e = xmlCtxtGetLastError(p);
  int at = e && e->line > 0 && !g->code ? e->line : p->input ? p->input->line : 0;
  size_t n = strnlen(file, 200);
  memcpy(where, file, n);
  where[n] = 0;
  if (at > 0) {
    strcat(where, ":");
    strcat(where, ans_itoa(line, at));
  }
  if (g->code && strcmp(g->code, "E-LAW-ENTITY") == 0) return ans_error_set(err, ANS_INPUT, g->code, where, NULL);
  char limit[24];
  if (g->code) return ans_error_set(err, ANS_LIMIT, g->code, where, ans_itoa(limit, strcmp(g->code, "E-LAW-DEPTH") == 0 ? ANS_LAW_MAX_DEPTH : ANS_LAW_MAX_NODES), NULL);
  if (e && e->code == XML_ERR_NO_MEMORY) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", file, "law", NULL);
  char reason[160] = "kein XML / no XML";
  if (e && e->message) {
    strncpy(reason, e->message, sizeof reason - 1);
    reason[sizeof reason - 1] = 0;
    reason[strcspn(reason, "\n")] = 0;
  }
  return ans_error_set(err, ANS_INPUT, "E-LAW-XML", where, reason, NULL);
}

ans_status law__xml_parse(const char *file, const void *bytes, size_t size, xmlDocPtr *out, ans_error *err) {
  *out = NULL;
  if (size > ANS_LAW_MAX_BYTES) {
    char limit[24];
    return ans_error_set(err, ANS_LIMIT, "E-LAW-SIZE", file, ans_itoa(limit, ANS_LAW_MAX_BYTES), NULL);
  }
  if (size == 0) return ans_error_set(err, ANS_INPUT, "E-LAW-XML", file, "leere Datei / empty file", NULL);
  xmlParserCtxtPtr p = xmlCreateMemoryParserCtxt(bytes, (int)size);
  if (!p) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", file, "law", NULL);
  xml__guard guard = {0};
  p->_private = &guard;
  xmlCtxtUseOptions(p, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
  xml__guard_handlers(p);
  xmlParseDocument(p);
  ans_status status = ANS_OK;
  if (guard.code || !p->wellFormed || !p->myDoc || !xmlDocGetRootElement(p->myDoc)) status = xml__failed(file, p, &guard, err);
  xmlDocPtr doc = p->myDoc;
  p->myDoc = NULL;
  xmlFreeParserCtxt(p);
  if (status != ANS_OK) {
    xmlFreeDoc(doc);
    return status;
  }
  *out = doc;
  return ANS_OK;
}

bool law__xml_is(const xmlNode *n, const char *local_name) { return n && n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, local_name) == 0; }

const xmlNode *law__xml_child(const xmlNode *n, const char *local_name) {
  for (const xmlNode *c = n ? n->children : NULL; c; c = c->next)
    if (law__xml_is(c, local_name)) return c;
  return NULL;
}

static void xml__collect(law__reader *r, const xmlNode *n, const char *const *skip, ans_buffer *b) {
  for (const xmlNode *c = n->children; c; c = c->next) {
    if (c->type == XML_TEXT_NODE && c->content) ans_buffer_text(b, (const char *)c->content);
    if (c->type != XML_ELEMENT_NODE) continue;
    bool skipped = false;
    for (size_t i = 0; skip && skip[i]; i++) skipped = skipped || law__xml_is(c, skip[i]);
    if (skipped) continue;
    bool apart = law__xml_is(c, "BR") || law__xml_is(c, "br") || law__xml_is(c, "p");
    if (apart) ans_buffer_char(b, ' ');
    xml__collect(r, c, skip, b);
    if (apart) ans_buffer_char(b, ' ');
  }
}

const char *law__xml_text(law__reader *r, const xmlNode *n, const char *const *skip) {
  if (!n) return "";
  ans_buffer b;
  ans_buffer_init(&b, ANS_LAW_MAX_BYTES);
  xml__collect(r, n, skip, &b);
  char *raw = ans_buffer_take(&b, NULL), *nfc = NULL;
  ans_buffer folded;
  ans_buffer_init(&folded, ANS_LAW_MAX_TEXT);
  bool blank = false;
  if (raw) law__normal(raw, &nfc);
  if (nfc) law__fold(&folded, 0, &blank, nfc);
  const char *text = nfc && !folded.failed ? ans_arena_text(r->arena, folded.data ? folded.data : "", folded.len) : NULL;
  free(raw);
  free(nfc);
  ans_buffer_dispose(&folded);
  if (text) return text;
  law__fail(r, ANS_MEMORY, "E-MEMORY", "law");
  return "";
}
