/* Private to engine/exchange: elements of libxml2 trees. Trees belong to the caller. */
#ifndef ANS_EXCHANGE_XML_H
#define ANS_EXCHANGE_XML_H
#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

#define X(text) ((const xmlChar *)(text))

/* Adds a child; text that XML cannot carry (control characters) sets *failed, so that it does not become something else on the way. NULL parents too. */
xmlNode *exchange__xml_text(xmlNode *parent, xmlNs *space, const char *name, const char *text, bool *failed);
xmlNode *exchange__xml_element(xmlNode *parent, xmlNs *space, const char *name, bool *failed);
bool exchange__xml_dump(xmlNode *root, char **out, size_t *size); /* malloc'd */

bool exchange__xml_is(const xmlNode *n, const char *space /* NULL: any or none */, const char *name);
/* The last child of this name, and how many there are. */
const xmlNode *exchange__xml_child(const xmlNode *of, const char *space, const char *name, unsigned *count);
const xmlNode *exchange__xml_only_element(const xmlNode *of);
/* Text of an element that holds nothing but text and fits. */
bool exchange__xml_copy(const xmlNode *n, char *out, size_t size);
bool exchange__xml_says(const xmlNode *n, const char *text);
#endif
