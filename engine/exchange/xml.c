/* Reading and writing XML element by element, for the documents whose shape the program knows itself (SOAP, RegRep). Contract: xml.h. No state. */
#include "exchange/xml.h"

#include <stdlib.h>
#include <string.h>
#include "base/utf8.h"

xmlNode *exchange__xml_text(xmlNode *parent, xmlNs *space, const char *name, const char *text, bool *failed) {
  xmlNode *n = parent && ans_utf8_printable(text, strlen(text)) ? xmlNewTextChild(parent, space, X(name), X(text)) : NULL;
  if (!n) *failed = true;
  return n;
}

xmlNode *exchange__xml_element(xmlNode *parent, xmlNs *space, const char *name, bool *failed) {
  xmlNode *n = parent ? xmlNewChild(parent, space, X(name), NULL) : NULL;
  if (!n) *failed = true;
  return n;
}

/* Without XML declaration: UTF-8 is what XML has without it and what Content-Type says, and there are readers that stumble over the declaration. */
bool exchange__xml_dump(xmlNode *root, char **out, size_t *size) {
  xmlBuffer *bytes = xmlBufferCreate();
  int n = bytes ? xmlNodeDump(bytes, root->doc, root, 0, 0) : -1;
  *out = n > 0 ? malloc((size_t)n) : NULL;
  if (*out) {
    memcpy(*out, xmlBufferContent(bytes), (size_t)n);
    *size = (size_t)n;
  }
  if (bytes) xmlBufferFree(bytes);
  return *out != NULL;
}

bool exchange__xml_is(const xmlNode *n, const char *space, const char *name) {
  if (n->type != XML_ELEMENT_NODE || strcmp((const char *)n->name, name) != 0) return false;
  return !space || (n->ns && strcmp((const char *)n->ns->href, space) == 0); /* NULL: any namespace or none */
}

const xmlNode *exchange__xml_child(const xmlNode *of, const char *space, const char *name, unsigned *count) {
  const xmlNode *found = NULL;
  *count = 0;
  for (const xmlNode *n = of ? of->children : NULL; n; n = n->next)
    if (exchange__xml_is(n, space, name)) {
      found = n;
      ++*count;
    }
  return found;
}

const xmlNode *exchange__xml_only_element(const xmlNode *of) {
  const xmlNode *found = NULL;
  for (const xmlNode *n = of ? of->children : NULL; n; n = n->next) {
    if (n->type != XML_ELEMENT_NODE) continue;
    if (found) return NULL;
    found = n;
  }
  return found;
}

/* Text of an element that holds nothing but text. */
bool exchange__xml_copy(const xmlNode *n, char *out, size_t size) {
  out[0] = 0;
  size_t used = 0;
  for (const xmlNode *c = n ? n->children : NULL; c; c = c->next) {
    size_t len = (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE) && c->content ? strlen((const char *)c->content) : size;
    if (used + len >= size) return false;
    memcpy(out + used, c->content, len);
    used += len;
    out[used] = 0;
  }
  return n != NULL;
}

bool exchange__xml_says(const xmlNode *n, const char *text) {
  char said[256];
  return exchange__xml_copy(n, said, sizeof said) && strcmp(said, text) == 0;
}
