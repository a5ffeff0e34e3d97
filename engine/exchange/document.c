/* Answers as trees that paths select: JSON of jansson, XML of libxml2.
 *
 * The peer is not trusted. XML is parsed with our handlers in front of libxml2's: a document type, any declaration, a reference to an entity that XML does not
 * predefine, a processing instruction, too many or too deep elements end the parse at once; nothing is ever loaded. Paths are walked here step by step, because
 * an XPath engine can be kept busy for hours by a short expression. Memory: the trees, bounded by the size of the answer and MAPPING_XML_NODES. */
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>

#include <string.h>
#include <strings.h>
#include "exchange/mapping.h"

/* --- parsing XML ----------------------------------------------------------------------------------------------------------------- */
typedef struct document__guard { const char *why; long nodes, depth; } document__guard;

static document__guard *document__guard_of(void *ctx) { return ((xmlParserCtxtPtr)ctx)->_private; }

static void document__refuse(void *ctx, const char *why) {
  document__guard *g = document__guard_of(ctx);
  if (!g->why) g->why = why;
  xmlStopParser(ctx);
}

static void document__start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespaces, const xmlChar **ns, int attributes, int defaulted, const xmlChar **values) {
  document__guard *g = document__guard_of(ctx);
  if (g->why) return;
  g->nodes += 1 + namespaces + attributes;
  if (g->nodes > MAPPING_XML_NODES) document__refuse(ctx, "XML mit zu vielen Elementen");
  else if (++g->depth > MAPPING_XML_DEPTH) document__refuse(ctx, "XML zu tief geschachtelt");
  else xmlSAX2StartElementNs(ctx, name, prefix, uri, namespaces, ns, attributes, defaulted, values);
}

static void document__end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
  document__guard *g = document__guard_of(ctx);
  if (g->why) return;
  g->depth--;
  xmlSAX2EndElementNs(ctx, name, prefix, uri);
}

static const char document__no_type[] = "XML mit Dokumenttyp oder Entitäten";
static void document__subset(void *ctx, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id) {
  (void)name, (void)public_id, (void)system_id;
  document__refuse(ctx, document__no_type);
}
static void document__entity(void *ctx, const xmlChar *name, int type, const xmlChar *public_id, const xmlChar *system_id, xmlChar *content) {
  (void)name, (void)type, (void)public_id, (void)system_id, (void)content;
  document__refuse(ctx, document__no_type);
}
static void document__attribute(void *ctx, const xmlChar *element, const xmlChar *name, int type, int def, const xmlChar *value, xmlEnumerationPtr tree) {
  (void)element, (void)name, (void)type, (void)def, (void)value;
  if (tree) xmlFreeEnumeration(tree); /* the handler owns it */
  document__refuse(ctx, document__no_type);
}
static void document__reference(void *ctx, const xmlChar *name) {
  (void)name;
  document__refuse(ctx, document__no_type);
}
static xmlEntityPtr document__get_entity(void *ctx, const xmlChar *name) {
  xmlEntityPtr e = xmlGetPredefinedEntity(name);
  if (!e) document__refuse(ctx, document__no_type);
  return e;
}
static xmlEntityPtr document__get_parameter_entity(void *ctx, const xmlChar *name) {
  (void)name;
  document__refuse(ctx, document__no_type);
  return NULL;
}
static void document__instruction(void *ctx, const xmlChar *target, const xmlChar *data) {
  (void)target, (void)data;
  document__refuse(ctx, "XML mit Verarbeitungsanweisung");
}

static void document__guard_handlers(xmlParserCtxtPtr p) {
  p->sax->startElementNs = document__start;
  p->sax->endElementNs = document__end;
  p->sax->internalSubset = document__subset;
  p->sax->externalSubset = document__subset;
  p->sax->entityDecl = document__entity;
  p->sax->attributeDecl = document__attribute;
  p->sax->reference = document__reference;
  p->sax->getEntity = document__get_entity;
  p->sax->getParameterEntity = document__get_parameter_entity;
  p->sax->processingInstruction = document__instruction;
  p->sax->comment = NULL;
}

const char *exchange__parse_xml(const char *bytes, size_t size, exchange__document *out) {
  *out = (exchange__document){0};
  if (size == 0 || size > INT32_MAX || memchr(bytes, 0, size)) return "kein XML";
  xmlParserCtxtPtr p = xmlCreateMemoryParserCtxt(bytes, (int)size);
  if (!p) return "kein Speicher für XML";
  document__guard guard = {NULL, 0, 0};
  p->_private = &guard;
  xmlCtxtUseOptions(p, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
  document__guard_handlers(p);
  xmlParseDocument(p);
  const char *why = guard.why;
  if (!why && (!p->wellFormed || !p->nsWellFormed || !p->myDoc || !xmlDocGetRootElement(p->myDoc))) why = "XML nicht wohlgeformt";
  /* The bytes were checked to be UTF-8; a declaration that says otherwise would make other texts of them. */
  if (!why && p->myDoc->encoding && strcasecmp((const char *)p->myDoc->encoding, "UTF-8") != 0) why = "XML nicht in UTF-8";
  xmlDocPtr doc = p->myDoc;
  p->myDoc = NULL;
  xmlFreeParserCtxt(p);
  if (why) xmlFreeDoc(doc);
  else out->xml = doc;
  return why;
}

void exchange__document_dispose(exchange__document *d) {
  json_decref(d->json);
  if (d->xml) xmlFreeDoc(d->xml);
  *d = (exchange__document){0};
}

/* --- selecting ------------------------------------------------------------------------------------------------------------------- */
static const xmlNode *document__root(const exchange__document *d) { return d->root ? d->root : d->xml ? xmlDocGetRootElement(d->xml) : NULL; }

exchange__node exchange__root(const exchange__document *d) { return (exchange__node){.json = d->json, .element = document__root(d)}; }

static bool document__matches(const xmlNode *n, const exchange__step *s) {
  if (n->type != XML_ELEMENT_NODE || strcmp((const char *)n->name, s->name) != 0) return false;
  const char *space = n->ns ? (const char *)n->ns->href : NULL;
  return space && s->space ? strcmp(space, s->space) == 0 : space == s->space;
}

static exchange__found document__child(const xmlNode *from, const exchange__step *s, const xmlNode **out) {
  *out = NULL;
  for (const xmlNode *n = from->children; n; n = n->next) {
    if (!document__matches(n, s)) continue;
    if (*out) return NODE_BAD;
    *out = n;
  }
  return *out ? NODE_ONE : NODE_ABSENT;
}

static exchange__found document__select_xml(const xmlNode *at, const exchange__path *p, bool absolute, unsigned steps, exchange__node *out) {
  for (unsigned i = 0; i < steps; i++) {
    const exchange__step *s = &p->steps[i];
    if (s->attribute) {
      const xmlAttr *attr = s->space ? xmlHasNsProp(at, (const xmlChar *)s->name, (const xmlChar *)s->space) : xmlHasNsProp(at, (const xmlChar *)s->name, NULL);
      *out = (exchange__node){.attribute = attr};
      return attr ? NODE_ONE : NODE_ABSENT;
    }
    if (absolute && i == 0) {
      if (!document__matches(at, s)) return NODE_BAD;
      continue;
    }
    exchange__found found = document__child(at, s, &at);
    if (found != NODE_ONE) return found;
  }
  *out = (exchange__node){.element = at};
  return NODE_ONE;
}

static exchange__found document__select_json(json_t *at, const exchange__path *p, exchange__node *out) {
  for (unsigned i = 0; i < p->count; i++) {
    if (!json_is_object(at)) return NODE_BAD;
    at = json_object_get(at, p->steps[i].name);
    if (!at) return NODE_ABSENT;
  }
  *out = (exchange__node){.json = at};
  return json_is_null(at) ? NODE_BAD : NODE_ONE;
}

exchange__found exchange__select(const exchange__document *d, exchange__node from, const exchange__path *p, bool absolute, exchange__node *out) {
  exchange__node at = absolute ? exchange__root(d) : from;
  *out = (exchange__node){NULL, NULL, NULL};
  if (at.json) return document__select_json(at.json, p, out);
  return at.element ? document__select_xml(at.element, p, absolute, p->count, out) : NODE_BAD;
}

exchange__found exchange__select_list(const exchange__document *d, const exchange__path *p, exchange__node *out, size_t max, size_t *count) {
  exchange__node at;
  *count = 0;
  if (d->json) {
    exchange__found found = document__select_json(d->json, p, &at);
    if (found != NODE_ONE) return found;
    if (!json_is_array(at.json) || json_array_size(at.json) > max) return NODE_BAD;
    for (size_t i = 0; i < json_array_size(at.json); i++) out[(*count)++] = (exchange__node){.json = json_array_get(at.json, i)};
    return NODE_ONE;
  }
  exchange__found found = document__select_xml(document__root(d), p, true, p->count - 1, &at);
  if (found != NODE_ONE) return found;
  for (const xmlNode *n = ((const xmlNode *)at.element)->children; n; n = n->next) {
    if (!document__matches(n, &p->steps[p->count - 1])) continue;
    if (*count == max) return NODE_BAD;
    out[(*count)++] = (exchange__node){.element = n};
  }
  return NODE_ONE;
}

/* The text below an element or attribute, if there is nothing but text. */
static const char *document__content(ans_arena *arena, const xmlNode *children) {
  size_t size = 0;
  for (const xmlNode *n = children; n; n = n->next) {
    if (n->type != XML_TEXT_NODE && n->type != XML_CDATA_SECTION_NODE) return NULL;
    size += n->content ? strlen((const char *)n->content) : 0;
  }
  char *text = ans_arena_alloc(arena, size + 1);
  if (!text) return NULL;
  size_t used = 0;
  for (const xmlNode *n = children; n; n = n->next) {
    size_t len = n->content ? strlen((const char *)n->content) : 0;
    if (len) memcpy(text + used, n->content, len);
    used += len;
  }
  while (used && strchr(" \t\r\n", text[used - 1])) text[--used] = 0;
  return text + strspn(text, " \t\r\n");
}

const char *exchange__text_of(ans_arena *arena, exchange__node n) {
  if (n.json) {
    const char *s = json_string_value(n.json);
    return s && strlen(s) == json_string_length(n.json) ? s : NULL;
  }
  if (n.attribute) return document__content(arena, ((const xmlAttr *)n.attribute)->children);
  return n.element ? document__content(arena, ((const xmlNode *)n.element)->children) : NULL;
}
