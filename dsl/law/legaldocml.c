/* Reader of LegalDocML.de, the German profile of Akoma Ntoso 3.0. Read is the subset a promulgated act needs (docs/formats/law.md): the
 * regulatory text's <article> (or <section>) elements whose <num> names a § or Artikel, anywhere below <body>; in them <paragraph> (Absatz),
 * <list> with <intro>, <point> (or <item>) and <wrapUp>, <content> with <p>, inline markup and tables; annexes with <num> or <heading>
 * "Anlage …". Elements are told by local name, because the namespace changes with each version of the profile. */
#include <string.h>
#include "law/law_private.h"

static void akn__flow(law__reader *r, const xmlNode *n, law__flow *f);

static bool akn__is_any(const xmlNode *n, const char *const *names) {
  for (size_t i = 0; names[i]; i++)
    if (law__xml_is(n, names[i])) return true;
  return false;
}

static const char *akn__num(law__reader *r, const xmlNode *n) {
  static const char *const skip[] = {"authorialNote", "noteRef", NULL};
  return law__xml_text(r, law__xml_child(n, "num"), skip);
}

static bool akn__ignored(const xmlNode *n) {
  static const char *const names[] = {"num", "heading", "subheading", "authorialNote", "noteRef", "meta", "toc", "marker", NULL};
  return akn__is_any(n, names);
}

/* Points follow each other directly under <list> (or under the paragraph itself): the first opens the list, each adds an item. */
static void akn__point(law__reader *r, const xmlNode *n, law__flow *f) {
  law__flush(r, f);
  law__inline *list = f->last && f->last->kind == LAW__LIST ? f->last : law__add(r, f, LAW__LIST);
  law__item *item = list ? law__add_item(r, list, akn__num(r, n)) : NULL;
  if (!item) return;
  akn__flow(r, n, &item->flow);
  law__flush(r, &item->flow);
}

static void akn__table(law__reader *r, const xmlNode *n, law__flow *f) {
  law__flush(r, f);
  law__inline *x = law__add(r, f, LAW__OPAQUE);
  if (!x) return;
  ans_buffer b;
  ans_buffer_init(&b, ANS_LAW_MAX_TEXT);
  for (const xmlNode *row = n->children; row; row = row->next) {
    for (const xmlNode *cell = row->children; cell; cell = cell->next) {
      if (!law__xml_is(cell, "td") && !law__xml_is(cell, "th")) continue;
      ans_buffer_char(&b, ' ');
      ans_buffer_text(&b, law__xml_text(r, cell, NULL));
    }
  }
  const char *text = b.failed ? NULL : ans_arena_text(r->arena, b.data ? b.data : "", b.len);
  ans_buffer_dispose(&b);
  if (text) x->text = text;
  else law__fail(r, ANS_MEMORY, "E-MEMORY", "law");
}

static void akn__element(law__reader *r, const xmlNode *c, law__flow *f) {
  static const char *const points[] = {"point", "item", "indent", NULL};
  static const char *const blocks[] = {"p", "intro", "wrapUp", "content", "block", "blockList", "listIntroduction", "listWrapUp", "subparagraph", NULL};
  if (akn__ignored(c)) return;
  if (akn__is_any(c, points)) {
    akn__point(r, c, f);
  } else if (law__xml_is(c, "table")) {
    akn__table(r, c, f);
  } else if (law__xml_is(c, "br") || law__xml_is(c, "eol")) {
    law__text(r, " ");
  } else if (akn__is_any(c, blocks)) {
    law__flush(r, f);
    if (f->first && f->last->kind != LAW__BREAK) law__add(r, f, LAW__BREAK);
    akn__flow(r, c, f);
    law__flush(r, f);
  } else {
    akn__flow(r, c, f);
  }
}

/* Blanks between block elements are layout, not text. */
static bool akn__mixed(const xmlNode *n) {
  static const char *const structure[] = {"article", "section", "paragraph", "subparagraph", "list", "point", "item", "indent", "intro", "wrapUp", "content", "blockList", "table", NULL};
  return !akn__is_any(n, structure);
}

static void akn__flow(law__reader *r, const xmlNode *n, law__flow *f) {
  bool mixed = akn__mixed(n);
  for (const xmlNode *c = n->children; c && r->status == ANS_OK; c = c->next) {
    if (mixed && c->type == XML_TEXT_NODE && c->content) law__text(r, (const char *)c->content);
    if (c->type == XML_ELEMENT_NODE) akn__element(r, c, f);
  }
}

/* The label goes in front of the text, where the common code expects it as in print. */
static void akn__block(law__reader *r, law__para *p, const xmlNode *n) {
  law__flow f = {0};
  const char *num = akn__num(r, n);
  if (*num) {
    law__text(r, num);
    law__text(r, " ");
    law__flush(r, &f);
  }
  akn__flow(r, n, &f);
  law__flush(r, &f);
  law__add_block(r, p, f);
}

static void akn__provision(law__reader *r, const xmlNode *n, law__para *p) {
  for (const xmlNode *c = n->children; c && r->status == ANS_OK; c = c->next) {
    if (c->type != XML_ELEMENT_NODE || akn__ignored(c)) continue;
    if (law__xml_is(c, "paragraph") || p->level != ANS_LAW_ANNEX) {
      akn__block(r, p, c);
    } else {
      law__flow f = {0};
      akn__element(r, c, &f);
      law__flush(r, &f);
      law__add_block(r, p, f);
    }
  }
}

static void akn__name(law__reader *r, const xmlNode *n) {
  if (law__xml_is(n, "docTitle") && !*r->title) r->title = law__xml_text(r, n, NULL);
  if (law__xml_is(n, "FRBRthis") && !*r->id) {
    xmlChar *v = xmlGetNoNsProp(n, (const xmlChar *)"value");
    const char *id = v ? ans_arena_text(r->arena, (const char *)v, strlen((const char *)v)) : NULL;
    if (id) r->id = id;
    xmlFree(v);
  }
  if (!law__xml_is(n, "inline") && !law__xml_is(n, "shortTitle")) return;
  xmlChar *kind = xmlGetNoNsProp(n, (const xmlChar *)"refersTo"), *alias = kind ? NULL : xmlGetNoNsProp(n, (const xmlChar *)"name");
  const char *k = kind ? (const char *)kind : alias ? (const char *)alias : "";
  if (*k == '#') k++;
  if (law__xml_is(n, "inline") && strcmp(k, "amtliche-abkuerzung") == 0 && !*r->name) r->name = law__xml_text(r, n, NULL);
  xmlFree(kind);
  xmlFree(alias);
}

static void akn__walk(law__reader *r, const xmlNode *n) {
  static const char *const provisions[] = {"article", "section", NULL};
  static const char *const annexes[] = {"attachment", "doc", "hcontainer", NULL};
  for (const xmlNode *c = n->children; c && r->status == ANS_OK; c = c->next) {
    if (c->type != XML_ELEMENT_NODE) continue;
    akn__name(r, c);
    const xmlNode *heading = law__xml_child(c, "heading");
    law__para *p = NULL;
    if (akn__is_any(c, provisions)) p = law__add_para(r, akn__num(r, c), law__xml_text(r, heading, NULL));
    if (!p && akn__is_any(c, annexes)) {
      const char *num = akn__num(r, c);
      if (strncmp(num, "Anlage", 6) == 0) p = law__add_para(r, num, law__xml_text(r, heading, NULL));
    }
    if (p) akn__provision(r, c, p);
    else akn__walk(r, c);
  }
}

void law__read_legaldocml(law__reader *r, const xmlNode *root) { akn__walk(r, root); }
