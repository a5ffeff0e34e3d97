/* Reader of gii XML, the format of gesetze-im-internet.de: <dokumente><norm><metadaten><enbez>§ 32</enbez>…<text><Content><P>(1) …
 * The first norm carries the law's own data. Lists are <DL> with <DT> labels and <DD>, sentence numbers <SUP class="Rec">, tables CALS.
 * Left out because they are the publisher's and not the law's: footnotes, <noindex>, <kommentar>, the table of contents. */
#include <string.h>
#include "law/law_private.h"

static void gii__flow(law__reader *r, const xmlNode *n, law__flow *f);

static bool gii__is_any(const xmlNode *n, const char *const *names) {
  for (size_t i = 0; names[i]; i++)
    if (law__xml_is(n, names[i])) return true;
  return false;
}

static bool gii__ignored(const xmlNode *n) {
  static const char *const names[] = {"FnR", "FnArea", "Footnotes", "Footnote", "fussnoten", "noindex", "kommentar", "TOC", NULL};
  return gii__is_any(n, names);
}

static void gii__list(law__reader *r, const xmlNode *n, law__flow *f) {
  law__flush(r, f);
  law__inline *list = law__add(r, f, LAW__LIST);
  const char *label = "";
  for (const xmlNode *c = n->children; c && list; c = c->next) {
    if (law__xml_is(c, "DT")) label = law__xml_text(r, c, NULL);
    if (!law__xml_is(c, "DD")) continue;
    law__item *item = law__add_item(r, list, label);
    if (!item) return;
    gii__flow(r, c, &item->flow);
    law__flush(r, &item->flow);
    label = "";
  }
}

static void gii__opaque(law__reader *r, const xmlNode *n, law__flow *f) {
  static const char *const skip[] = {"FnR", "Footnotes", "noindex", "kommentar", NULL};
  law__flush(r, f);
  law__inline *x = law__add(r, f, LAW__OPAQUE);
  if (!x) return;
  ans_buffer b;
  ans_buffer_init(&b, ANS_LAW_MAX_TEXT);
  /* Cells are words of their own: without the blank, "1" and "2" in neighbouring cells would read 12. */
  const xmlNode *at = n->children;
  while (at) {
    if (law__xml_is(at, "entry")) {
      ans_buffer_char(&b, ' ');
      ans_buffer_text(&b, law__xml_text(r, at, skip));
    }
    if (at->children && !law__xml_is(at, "entry")) {
      at = at->children;
      continue;
    }
    while (at != n && !at->next) at = at->parent;
    at = at == n ? NULL : at->next;
  }
  const char *text = b.failed ? NULL : ans_arena_text(r->arena, b.data ? b.data : "", b.len);
  ans_buffer_dispose(&b);
  if (text) x->text = text;
  else law__fail(r, ANS_MEMORY, "E-MEMORY", "law");
}

static void gii__image(law__reader *r, const xmlNode *n) {
  xmlChar *src = xmlGetNoNsProp(n, (const xmlChar *)"SRC");
  law__text(r, " [");
  law__text(r, src ? (const char *)src : "IMG");
  law__text(r, "] ");
  xmlFree(src);
}

static bool gii__sentence_number(const xmlNode *n, uint32_t *number) {
  if (!law__xml_is(n, "SUP") || !n->children || n->children->type != XML_TEXT_NODE) return false;
  xmlChar *class = xmlGetNoNsProp(n, (const xmlChar *)"class");
  bool rec = class && strcmp((const char *)class, "Rec") == 0;
  xmlFree(class);
  const char *s = (const char *)n->children->content;
  s += strspn(s, " \n\t");
  size_t digits = strspn(s, "0123456789");
  if (!rec || digits == 0 || digits > 4) return false;
  *number = 0;
  for (size_t i = 0; i < digits; i++) *number = *number * 10 + (uint32_t)(s[i] - '0');
  return *number > 0;
}

static void gii__element(law__reader *r, const xmlNode *c, law__flow *f) {
  static const char *const paragraphs[] = {"P", "LA", "Title", "Subtitle", "Ident", "pre", "Citation", "QuoteR", "QuoteL", NULL};
  static const char *const tables[] = {"table", "Table", NULL};
  uint32_t number;
  if (gii__ignored(c)) return;
  if (gii__sentence_number(c, &number)) {
    law__flush(r, f);
    law__inline *x = law__add(r, f, LAW__MARK);
    if (x) x->mark = number;
  } else if (law__xml_is(c, "DL")) {
    gii__list(r, c, f);
  } else if (gii__is_any(c, tables)) {
    gii__opaque(r, c, f);
  } else if (law__xml_is(c, "IMG") || law__xml_is(c, "FILE")) {
    gii__image(r, c);
  } else if (law__xml_is(c, "BR")) {
    law__text(r, " ");
  } else if (gii__is_any(c, paragraphs)) {
    law__flush(r, f);
    if (f->first) law__add(r, f, LAW__BREAK);
    gii__flow(r, c, f);
    law__flush(r, f);
  } else {
    gii__flow(r, c, f);
  }
}

static void gii__flow(law__reader *r, const xmlNode *n, law__flow *f) {
  for (const xmlNode *c = n->children; c && r->status == ANS_OK; c = c->next) {
    if (c->type == XML_TEXT_NODE && c->content) law__text(r, (const char *)c->content);
    if (c->type == XML_ELEMENT_NODE) gii__element(r, c, f);
  }
}

static void gii__content(law__reader *r, const xmlNode *content, law__para *p) {
  for (const xmlNode *c = content->children; c && r->status == ANS_OK; c = c->next) {
    if (c->type != XML_ELEMENT_NODE || gii__ignored(c)) continue;
    law__flow f = {0};
    if (law__xml_is(c, "P")) gii__flow(r, c, &f);
    else gii__element(r, c, &f);
    law__flush(r, &f);
    law__add_block(r, p, f);
  }
}

static void gii__law_data(law__reader *r, const xmlNode *norm, const xmlNode *data) {
  xmlChar *id = xmlGetNoNsProp(norm, (const xmlChar *)"doknr");
  r->name = law__xml_text(r, law__xml_child(data, "jurabk"), NULL);
  r->official = law__xml_text(r, law__xml_child(data, "amtabk"), NULL);
  r->title = law__xml_text(r, law__xml_child(data, "langue"), NULL);
  r->id = id ? ans_arena_text(r->arena, (const char *)id, strlen((const char *)id)) : "";
  xmlFree(id);
  for (const xmlNode *c = data->children; c; c = c->next) {
    if (!law__xml_is(c, "standangabe")) continue;
    const char *kind = law__xml_text(r, law__xml_child(c, "standtyp"), NULL);
    if (strcmp(kind, "Stand") == 0) r->state = law__xml_text(r, law__xml_child(c, "standkommentar"), NULL);
  }
  if (!r->id) r->id = "";
}

void law__read_gii(law__reader *r, const xmlNode *root) {
  bool first = true;
  for (const xmlNode *norm = root->children; norm && r->status == ANS_OK; norm = norm->next) {
    if (!law__xml_is(norm, "norm")) continue;
    const xmlNode *data = law__xml_child(norm, "metadaten");
    if (!data) continue;
    if (first) gii__law_data(r, norm, data);
    first = false;
    const xmlNode *enbez = law__xml_child(data, "enbez");
    if (!enbez) continue; /* the law's own data, and headings of parts */
    law__para *p = law__add_para(r, law__xml_text(r, enbez, NULL), law__xml_text(r, law__xml_child(data, "titel"), NULL));
    const xmlNode *text = p ? law__xml_child(law__xml_child(norm, "textdaten"), "text") : NULL;
    for (const xmlNode *c = text ? text->children : NULL; c; c = c->next)
      if (law__xml_is(c, "Content")) gii__content(r, c, p);
  }
}
