/* Statute and rules side by side, in the statute's order: a row for each Absatz (or § without Absätze), on the left its words with the state
 * of every unit, on the right what the package says at or below it. Laws whose text was not given follow with their citations alone. */
#include <stdlib.h>
#include <string.h>
#include "doc/doc_private.h"

/* The items under one citation. law: index of the status, or ANS_NONE; unit, row: in that law. */
typedef struct provisions__group { const char *citation, *norm; uint32_t law, unit, row, first, count, order; } provisions__group;
typedef struct provisions__run { doc *d; provisions__group *groups; uint32_t count; uint32_t *items; uint32_t ticks; /* boxes written */ } provisions__run;

static bool provisions__shown(const doc__item *x) {
  switch (x->syn->kind) {
    case ANS_SYN_RESULT: case ANS_SYN_PARAM: case ANS_SYN_RULE: case ANS_SYN_EXCEPTION: case ANS_SYN_HUMAN: case ANS_SYN_STATEMENT: case ANS_SYN_BENEFIT: return true;
    default: return false;
  }
}

static const char *provisions__norm(const char *citation) {
  const char *blank = strrchr(citation, ' ');
  return blank ? blank + 1 : "";
}

static uint32_t provisions__row(const ans_law *law, uint32_t unit) {
  for (uint32_t u = unit; law->units[u].parent != ANS_NONE; u = law->units[u].parent)
    if (law->units[u].level == ANS_LAW_SUBSECTION && law->units[law->units[u].parent].parent == ANS_NONE) return u;
  while (law->units[unit].parent != ANS_NONE) unit = law->units[unit].parent;
  return unit;
}

/* Finds the citation in the laws that were given; of several units (Satz 2, 3) the first. */
static void provisions__place(doc *d, provisions__group *g) {
  ans_cite *cites = calloc(ANS_LAW_MAX_EXPANDED, sizeof *cites);
  uint32_t n = 0;
  g->norm = provisions__norm(g->citation);
  g->law = g->unit = g->row = ANS_NONE;
  if (!cites) { d->failed = true; return; }
  if (ans_cite_parse(g->citation, cites, ANS_LAW_MAX_EXPANDED, &n, NULL) != ANS_OK) n = 0;
  for (size_t i = 0; n && g->law == ANS_NONE && i < d->p->status_count; i++) {
    ans_law_target t;
    const ans_law *law = d->p->status[i].law;
    if (!ans_law_uses_is(d->p->uses, law, cites[0].law)) continue;
    ans_law_answer answer = ans_law_resolve(law, &cites[0], &t);
    if (answer != ANS_LAW_FOUND && answer != ANS_LAW_REPEALED) continue;
    g->law = (uint32_t)i;
    g->unit = t.unit;
    g->row = provisions__row(law, t.unit);
  }
  free(cites);
}

/* Digits by their value, so that § 9 comes before § 10. */
static int provisions__natural(const char *a, const char *b) {
  while (*a && *b) {
    size_t x = strspn(a, "0123456789"), y = strspn(b, "0123456789");
    if (x && y) {
      if (x != y) return x < y ? -1 : 1;
      int c = strncmp(a, b, x);
      if (c) return c;
      a += x;
      b += y;
    } else if (*a != *b) {
      return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
    } else {
      a++;
      b++;
    }
  }
  return (*a != 0) - (*b != 0);
}

static int provisions__order(const void *a, const void *b) {
  const provisions__group *x = a, *y = b;
  if (x->law != y->law) return x->law < y->law ? -1 : 1;
  if (x->law != ANS_NONE && x->unit != y->unit) return x->unit < y->unit ? -1 : 1;
  int c = x->law == ANS_NONE ? strcmp(x->norm, y->norm) : 0;
  if (c == 0 && x->law == ANS_NONE) c = provisions__natural(x->citation, y->citation);
  return c ? c : (x->order > y->order) - (x->order < y->order);
}

typedef struct provisions__ref { const char *citation; uint32_t item; } provisions__ref;
static int provisions__by_citation(const void *a, const void *b) {
  const provisions__ref *x = a, *y = b;
  int c = strcmp(x->citation, y->citation);
  return c ? c : (x->item > y->item) - (x->item < y->item);
}

static void provisions__collect(provisions__run *r) {
  doc *d = r->d;
  provisions__ref *refs = doc__alloc(d, d->item_count, sizeof *refs);
  uint32_t n = 0;
  r->groups = doc__alloc(d, d->item_count, sizeof *r->groups);
  r->items = doc__alloc(d, d->item_count, sizeof *r->items);
  if (!refs || !r->groups || !r->items) return;
  for (uint32_t i = 0; i < d->item_count; i++)
    if (d->items[i].own && d->items[i].section && provisions__shown(&d->items[i])) refs[n++] = (provisions__ref){d->items[i].citation, i};
  if (n) qsort(refs, n, sizeof *refs, provisions__by_citation);
  for (uint32_t i = 0; i < n && !d->failed; i++) {
    r->items[i] = refs[i].item;
    if (!i || strcmp(refs[i].citation, refs[i - 1].citation) != 0) {
      provisions__group *g = &r->groups[r->count++];
      *g = (provisions__group){.citation = refs[i].citation, .first = i, .order = refs[i].item};
      provisions__place(d, g);
    }
    r->groups[r->count - 1].count++;
  }
  if (r->count) qsort(r->groups, r->count, sizeof *r->groups, provisions__order);
}

/* --- the right side --------------------------------------------------------------------------------------------------------------- */

static void provisions__cases(doc *d, const char *citation) {
  uint32_t found = 0;
  for (uint32_t pass = 0; pass < 2; pass++) {
    for (uint32_t i = 0; i < d->m->case_count; i++) {
      const ans_tcase *c = &d->m->cases[i];
      bool cites = false;
      for (uint32_t k = 0; k < c->provision_count; k++) cites = cites || strcmp(d->m->provisions[c->provisions[k]].text, citation) == 0;
      if (!cites) continue;
      if (pass == 0) {
        found++;
        continue;
      }
      doc__printf(d, "<li><a href=\"#fall-%u\">", i + 1);
      doc__text(d, c->name);
      doc__put(d, "</a></li>");
    }
    if (pass == 0 && !found) return;
    if (pass == 0) doc__printf(d, "<details class=\"tests\"><summary>%u %s</summary><ul lang=\"de\">", found, doc__say(d, found == 1 ? "Prüffall" : "Prüffälle", found == 1 ? "test case" : "test cases"));
  }
  doc__put(d, "</ul></details>\n");
}

static void provisions__group_out(provisions__run *r, const provisions__group *g) {
  doc *d = r->d;
  doc__printf(d, "<article id=\"regel-%u\">\n<h4>", g->order);
  if (g->law != ANS_NONE) {
    doc__put(d, "<a href=\"#");
    doc__unit_id(d, g->law, g->unit);
    doc__put(d, "\">");
  }
  doc__text(d, g->citation);
  if (g->law != ANS_NONE) doc__put(d, "</a>");
  doc__put(d, "</h4>\n");
  for (uint32_t i = 0; i < g->count; i++) doc__source(d, &d->items[r->items[g->first + i]]);
  provisions__cases(d, g->citation);
  doc__put(d, "</article>\n");
}

/* What is said of a row that has no rules of its own: by statements above it, or with a scope of their own. */
static void provisions__said(doc *d, const ans_law_status *s, uint32_t unit) {
  const ans_law_unit_status *x = &s->units[unit];
  uint32_t basis = x->use_count || x->basis == ANS_NONE ? unit : x->basis;
  const ans_law_unit_status *b = &s->units[basis];
  uint32_t shown = 0;
  for (uint32_t i = 0; i < b->use_count; i++) {
    const ans_law_use *u = s->uses[b->first_use + i];
    if (u->role == ANS_LAW_TESTED) continue;
    doc__put(d, shown++ ? "<br/>" : "<p lang=\"de\">");
    doc__text(d, u->what);
    doc__printf(d, " (");
    doc__text(d, doc__file(u->file));
    doc__printf(d, ":%u)", u->line);
  }
  if (shown) doc__put(d, "</p>\n");
}

/* --- the left side ---------------------------------------------------------------------------------------------------------------- */

static const provisions__group *provisions__find(const provisions__run *r, size_t law, const char *citation) {
  for (uint32_t i = 0; i < r->count; i++)
    if (r->groups[i].law == law && strcmp(r->groups[i].citation, citation) == 0) return &r->groups[i];
  return NULL;
}

/* From the words to what was made of them: links to the rules that cite this very unit; what else cites it (a fact, a row of a parameter, a
 * statement whose scope it is) is named. */
static void provisions__unit_rules(provisions__run *r, size_t law, uint32_t unit) {
  doc *d = r->d;
  const ans_law_status *s = &d->p->status[law];
  const ans_law_unit_status *x = &s->units[unit];
  const provisions__group *last = NULL;
  for (uint32_t i = 0; i < x->use_count; i++) {
    const ans_law_use *u = s->uses[x->first_use + i];
    const provisions__group *g = provisions__find(r, law, u->citation);
    if (u->role == ANS_LAW_TESTED || (g && g == last)) continue;
    last = g;
    if (g) {
      doc__printf(d, " <a href=\"#regel-%u\" aria-label=\"", g->order);
      doc__text(d, g->citation);
      doc__put(d, doc__say(d, ": zur Regel\">→ Regel</a>", ": to the rule\">→ rule</a>"));
    } else {
      const char *text = strchr(u->what, '"'); /* the state says the rest already */
      doc__put(d, " <span class=\"why\">");
      doc__text(d, text ? doc__unquoted(d, text) : u->what);
      doc__put(d, "</span>");
    }
  }
}

static void provisions__unit_state(provisions__run *r, size_t law, uint32_t unit) {
  doc *d = r->d;
  const ans_law_status *s = &d->p->status[law];
  const ans_law_unit_status *x = &s->units[unit];
  char text[ANS_CITE_TEXT];
  doc__put(d, " ");
  doc__states(d, x);
  if (x->leaf && x->state < ANS_LAW_S_OPEN && x->basis != ANS_NONE && x->basis != unit) {
    doc__put(d, doc__say(d, " durch <a href=\"#", " by <a href=\"#"));
    doc__unit_id(d, law, x->basis);
    doc__put(d, "\">");
    doc__text(d, ans_law_cite_unit(s->law, x->basis, text));
    doc__put(d, "</a>");
  }
  if (x->leaf) provisions__unit_rules(r, law, unit);
  if (!x->leaf || x->state == ANS_LAW_S_REPEALED) return;
  r->ticks++;
  doc__put(d, " <input type=\"checkbox\" aria-label=\"");
  doc__text(d, ans_law_cite_unit(s->law, unit, text));
  doc__put(d, doc__say(d, " verglichen\"/>", " compared\"/>"));
}

static void provisions__unit(provisions__run *r, size_t law, uint32_t unit) {
  doc *d = r->d;
  const ans_law *l = d->p->status[law].law;
  const ans_law_unit *u = &l->units[unit];
  ans_law_words own = ans_law_own_words(l, unit);
  doc__put(d, "<li id=\"");
  doc__unit_id(d, law, unit);
  doc__put(d, "\"><span class=\"label\">");
  doc__text(d, ans_law_keyword(u->level));
  doc__put(d, " ");
  doc__text(d, u->number);
  doc__put(d, "</span> ");
  doc__span(d, own.lead, own.lead_len);
  if (unit + 1 == u->end || u->level <= ANS_LAW_SUBSECTION) provisions__unit_state(r, law, unit);
  if (unit + 1 < u->end) {
    doc__put(d, "\n<ul>\n");
    for (uint32_t c = unit + 1; c < u->end; c = l->units[c].end) provisions__unit(r, law, c);
    doc__put(d, "</ul>\n");
  }
  doc__span(d, own.tail, own.tail_len);
  doc__put(d, "</li>\n");
}

/* --- rows ------------------------------------------------------------------------------------------------------------------------- */

static bool provisions__has(const provisions__run *r, size_t law, uint32_t row) {
  for (uint32_t i = 0; i < r->count; i++)
    if (r->groups[i].law == law && r->groups[i].row == row) return true;
  return false;
}

/* whole: the words of the row are those of all its units; otherwise (a § above its Absätze) they follow in rows of their own. */
static void provisions__pair(provisions__run *r, size_t law, uint32_t row, bool whole) {
  doc *d = r->d;
  const ans_law *l = d->p->status[law].law;
  bool ruled = provisions__has(r, law, row);
  char name[ANS_CITE_TEXT];
  if (!ruled && whole) {
    char text[ANS_CITE_TEXT];
    doc__put(d, "<details><summary>");
    doc__text(d, ans_law_cite_unit(l, row, text));
    doc__put(d, " ");
    doc__state(d, d->p->status[law].units[row].state, d->p->status[law].units[row].partly);
    doc__put(d, "</summary>\n");
  }
  doc__put(d, "<div class=\"pair\">\n<div class=\"law\" lang=\"de\" tabindex=\"0\" role=\"region\" aria-label=\"");
  doc__text(d, ans_law_cite_unit(l, row, name));
  doc__put(d, "\">\n");
  if (whole && l->units[row].parent != ANS_NONE) {
    doc__put(d, "<ul>\n");
    provisions__unit(r, law, row);
    doc__put(d, "</ul>\n");
  } else if (whole) {
    ans_law_words own = ans_law_own_words(l, row);
    doc__put(d, "<p>");
    doc__span(d, own.lead, own.lead_len);
    if (row + 1 == l->units[row].end) provisions__unit_state(r, law, row);
    doc__put(d, "</p>\n");
    if (row + 1 < l->units[row].end) {
      doc__put(d, "<ul>\n");
      for (uint32_t c = row + 1; c < l->units[row].end; c = l->units[c].end) provisions__unit(r, law, c);
      doc__put(d, "</ul>\n");
    }
    doc__put(d, "<p>");
    doc__span(d, own.tail, own.tail_len);
    doc__put(d, "</p>\n");
  } else {
    doc__put(d, doc__say(d, "<p>Zum Paragrafen im Ganzen:</p>\n", "<p lang=\"en\">On the paragraph as a whole:</p>\n"));
  }
  doc__put(d, "</div>\n<div class=\"rules\">\n");
  for (uint32_t i = 0; i < r->count; i++)
    if (r->groups[i].law == law && r->groups[i].row == row) provisions__group_out(r, &r->groups[i]);
  if (!ruled) provisions__said(d, &d->p->status[law], row);
  doc__put(d, "</div>\n</div>\n");
  if (!ruled && whole) doc__put(d, "</details>\n");
}

static void provisions__paragraph(provisions__run *r, size_t law, uint32_t root) {
  doc *d = r->d;
  const ans_law *l = d->p->status[law].law;
  const ans_law_unit *u = &l->units[root];
  bool divided = root + 1 < u->end && l->units[root + 1].level == ANS_LAW_SUBSECTION;
  doc__put(d, "<section>\n<h3 id=\"");
  doc__unit_id(d, law, root);
  doc__put(d, "\">");
  doc__text(d, ans_law_keyword(u->level));
  doc__put(d, " ");
  doc__text(d, u->number);
  doc__put(d, " ");
  doc__text(d, l->name);
  if (*u->title) doc__put(d, " – ");
  doc__text(d, u->title);
  doc__put(d, " ");
  doc__state(d, d->p->status[law].units[root].state, d->p->status[law].units[root].partly);
  doc__put(d, "</h3>\n");
  if (!divided) {
    provisions__pair(r, law, root, true);
  } else {
    if (provisions__has(r, law, root)) provisions__pair(r, law, root, false);
    for (uint32_t c = root + 1; c < u->end; c = l->units[c].end) provisions__pair(r, law, c, true);
  }
  doc__put(d, "</section>\n");
}

static void provisions__without_text(provisions__run *r) {
  doc *d = r->d;
  const char *norm = NULL;
  for (uint32_t i = 0; i < r->count; i++) {
    const provisions__group *g = &r->groups[i];
    if (g->law != ANS_NONE) continue;
    if (!norm || strcmp(norm, g->norm) != 0) {
      doc__put(d, "<h3>");
      doc__text(d, g->norm);
      doc__put(d, "</h3>\n");
    }
    norm = g->norm;
    doc__put(d, "<div class=\"pair\">\n<div class=\"law\"><p><span class=\"label\">");
    doc__text(d, g->citation);
    doc__put(d, "</span></p>\n<p>");
    doc__put(d, doc__say(d, "Wortlaut nicht angegeben (<code>--law</code>).", "Wording not given (<code>--law</code>)."));
    doc__put(d, "</p></div>\n<div class=\"rules\">\n");
    provisions__group_out(r, g);
    doc__put(d, "</div>\n</div>\n");
  }
}

void doc__provisions(doc *d) {
  provisions__run r = {.d = d};
  provisions__collect(&r);
  if (d->failed) return;
  doc__put(d, "<section aria-labelledby=\"vorschriften\">\n<h2 id=\"vorschriften\">");
  doc__put(d, doc__say(d, "Gesetz und Regeln", "Statute and rules"));
  doc__put(d, "</h2>\n");
  for (size_t l = 0; l < d->p->status_count; l++) {
    const ans_law *law = d->p->status[l].law;
    for (uint32_t root = 0; root < law->unit_count; root = law->units[root].end)
      if (d->p->status[l].units[root].touched) provisions__paragraph(&r, l, root);
  }
  provisions__without_text(&r);
  if (r.ticks) { /* the count is the style sheet's, since pages have no scripts */
    doc__put(d, doc__say(d, "<p>Verglichen: <span class=\"ticked\"></span> von ", "<p>Compared: <span class=\"ticked\"></span> of "));
    doc__printf(d, "%u ", r.ticks);
    doc__put(d, doc__say(d, "kleinsten Einheiten. Zugeklappte zählen nicht mit; gedruckt oder als PDF gespeichert bleiben die Haken erhalten.</p>\n",
                         "smallest units. Those folded away are not counted; print the page or save it as PDF to keep the ticks.</p>\n"));
  }
  doc__put(d, "</section>\n");
}

/* What stands outside the provisions: laws, choices, units, base of the package, auxiliary definitions before the first heading. */
void doc__definitions(doc *d) {
  doc__put(d, "<section aria-labelledby=\"begriffe\">\n<h2 id=\"begriffe\">");
  doc__put(d, doc__say(d, "Begriffe", "Definitions"));
  doc__put(d, "</h2>\n");
  for (uint32_t i = 0; i < d->item_count; i++) {
    const doc__item *x = &d->items[i];
    uint16_t kind = x->syn->kind;
    bool here = kind == ANS_SYN_PACKAGE || kind == ANS_SYN_NORM || kind == ANS_SYN_ENUM || kind == ANS_SYN_UNIT;
    if (!x->own) continue;
    if (here || (!x->section && provisions__shown(x))) doc__source(d, x);
  }
  doc__put(d, "</section>\n");
}
