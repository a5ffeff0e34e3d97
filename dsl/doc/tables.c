/* Tables of a page: results and what they need, parameters with their days, facts, test cases, paragraph × status. Values are shown as the
 * rule text says them. */
#include <string.h>
#include "doc/doc_private.h"

static void tables__section(doc *d, const char *id, const char *de, const char *en) {
  doc__printf(d, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">", id, id);
  doc__put(d, doc__say(d, de, en));
  doc__put(d, "</h2>\n");
}

static void tables__section_end(doc *d) { doc__put(d, "</section>\n"); }

static void tables__words(doc *d, uint32_t tree, const ans_syn *n) { doc__cell(d, doc__words(d, tree, n)); }

static const char *tables__label(doc *d, uint32_t tree, const ans_syn *string) { return string ? doc__unquoted(d, doc__words(d, tree, string)) : ""; }

/* --- results ------------------------------------------------------------------------------------------------------------------------ */

/* The other ends of the edges of one result. */
static void tables__ends(doc *d, const doc__edge *list, uint32_t count, uint32_t result, bool forward, doc__kind kind, uint32_t *shown) {
  for (uint32_t i = 0; i < count; i++) {
    if ((forward ? list[i].from : list[i].to) != result) continue;
    if ((*shown)++) doc__put(d, ", ");
    doc__link(d, kind, forward ? list[i].to : list[i].from);
  }
}

/* "aus bund/estg/kindergeld" for what another package declares. */
static void tables__from(doc *d, const doc__item *x) {
  if (!x || x->own || !d->package[x->tree]) return;
  doc__put(d, doc__say(d, " <small>aus ", " <small>from "));
  doc__text(d, d->package[x->tree]);
  doc__put(d, "</small>");
}

void doc__results(doc *d) {
  tables__section(d, "ergebnisse", "Ergebnisse", "Results");
  doc__table(d, doc__say(d, "Ergebnisse: was sie brauchen und wo sie gebraucht werden", "Results: what they need and where they are used"),
             doc__say(d, "Ergebnis|Typ|Bedeutung|braucht Ergebnisse|Angaben|Parameter|gebraucht von", "Result|Type|Meaning|needs results|Facts|Parameters|used by"));
  for (uint32_t r = 0; r < d->m->result_count; r++) {
    if (d->base[r] != r) continue;
    const doc__item *x = d->declared[r] == ANS_NONE ? NULL : &d->items[d->declared[r]];
    uint32_t n[4] = {0};
    if (x && x->own) {
      doc__put(d, "<tr><th scope=\"row\">");
      doc__link(d, DOC__RESULT, r);
    } else { /* declared on no part of this page, so it is at home here */
      doc__put(d, "<tr><th scope=\"row\" id=\"");
      doc__anchor(d, DOC__RESULT, r);
      doc__put(d, "\">");
      doc__result_name(d, r);
      tables__from(d, x);
    }
    doc__put(d, "</th>");
    if (x) tables__words(d, x->tree, doc__child(x->syn, 1));
    else doc__cell(d, "");
    doc__put(d, "<td lang=\"de\">");
    doc__text(d, d->m->results[r].label);
    doc__put(d, "</td><td>");
    tables__ends(d, d->edges, d->edge_count, r, true, DOC__RESULT, &n[0]);
    doc__put(d, "</td><td>");
    tables__ends(d, d->reads, d->read_count, r, true, DOC__FACT, &n[1]);
    doc__put(d, "</td><td>");
    tables__ends(d, d->takes, d->take_count, r, true, DOC__PARAM, &n[2]);
    doc__put(d, "</td><td>");
    tables__ends(d, d->edges, d->edge_count, r, false, DOC__RESULT, &n[3]);
    doc__put(d, "</td></tr>\n");
  }
  doc__table_end(d);
  tables__section_end(d);
}

/* --- parameters --------------------------------------------------------------------------------------------------------------------- */

static void tables__range(doc *d, uint32_t tree, const ans_syn *range) {
  const ans_syn *lo = doc__child(range, 0), *hi = doc__child(range, 1);
  doc__put(d, "<td>");
  if (!lo && !hi) doc__put(d, doc__say(d, "jede", "every"));
  else if (lo == hi) doc__text(d, doc__words(d, tree, lo));
  else {
    if (lo && !hi) doc__put(d, doc__say(d, "ab ", "from "));
    doc__text(d, doc__words(d, tree, lo));
    if (hi) doc__put(d, lo ? doc__say(d, " bis ", " to ") : doc__say(d, "bis ", "up to "));
    doc__text(d, doc__words(d, tree, hi));
  }
  doc__put(d, "</td>");
}

static void tables__param_row(doc *d, uint32_t tree, const ans_syn *row, uint32_t keys) {
  for (uint32_t i = 4; i < row->count; i++) {
    const ans_syn *cell = row->child[i], *source = doc__child(row, 3);
    doc__put(d, "<tr>");
    tables__words(d, tree, doc__child(row, 0));
    tables__words(d, tree, doc__child(row, 1));
    tables__words(d, tree, doc__child(row, 2));
    for (uint32_t k = 0; k < keys; k++) {
      if (cell->count > 1 + k) tables__range(d, tree, cell->child[1 + k]);
      else doc__cell(d, doc__say(d, "jede", "every"));
    }
    doc__put(d, "<td class=\"n\">");
    doc__text(d, doc__words(d, tree, doc__child(cell, 0)));
    doc__put(d, "</td><td>");
    if (source) doc__text(d, source->kind == ANS_SYN_STRING ? tables__label(d, tree, source) : doc__words(d, tree, source));
    if (row->flags & ANS_SYNF_UNCHECKED) doc__put(d, doc__say(d, " <strong>ungeprüft</strong>", " <strong>unverified</strong>"));
    doc__put(d, "</td></tr>\n");
  }
}

static void tables__param(doc *d, const doc__item *x, uint32_t index) {
  const ans_param *p = &d->m->params[index];
  const ans_syn *keys = doc__child(x->syn, 1);
  ans_buffer columns;
  ans_buffer_init(&columns, 65536);
  ans_buffer_text(&columns, doc__say(d, "ab|bis|verkündet", "from|until|promulgated"));
  for (uint32_t k = 0; keys && k < keys->count; k++) ans_buffer_printf(&columns, "|%s", doc__words(d, x->tree, doc__child(keys->child[k], 0)));
  ans_buffer_text(&columns, doc__say(d, "|Wert|Quelle", "|Value|Source"));
  doc__put(d, "<h3 id=\"");
  doc__anchor(d, DOC__PARAM, index);
  doc__put(d, "\">");
  doc__text(d, p->name);
  tables__from(d, x);
  doc__put(d, "</h3>\n<p lang=\"de\">");
  doc__text(d, p->label);
  doc__put(d, *p->label ? " · " : "");
  doc__text(d, doc__words(d, x->tree, doc__child(x->syn, 2)));
  doc__put(d, *x->citation ? " · " : "");
  doc__text(d, x->syn->flags & ANS_SYNF_AUXILIARY ? "hilfsdefinition" : x->citation);
  doc__put(d, "</p>\n");
  if (columns.failed) d->failed = true;
  doc__table(d, p->name, columns.data ? columns.data : "");
  for (uint32_t i = 4; i < x->syn->count; i++) tables__param_row(d, x->tree, x->syn->child[i], keys ? keys->count : 0);
  doc__table_end(d);
  ans_buffer_dispose(&columns);
}

void doc__parameters(doc *d) {
  uint8_t *shown = doc__alloc(d, d->m->param_count, 1);
  if (!d->m->param_count || !shown) return;
  tables__section(d, "parameter", "Parameter", "Parameters");
  for (uint32_t i = 0; i < d->item_count; i++) {
    if (d->items[i].syn->kind != ANS_SYN_PARAM) continue;
    const char *name = doc__words(d, d->items[i].tree, doc__child(d->items[i].syn, 0));
    for (uint32_t p = 0; p < d->m->param_count; p++) {
      size_t own = strcspn(d->m->params[p].name, " ");
      const char *package = d->package[d->items[i].tree], *said = d->m->params[p].name + own; /* "Satz (bund/estg/kindergeld)" where names are equal */
      if (strlen(name) != own || memcmp(d->m->params[p].name, name, own) != 0 || (p >= d->m->first_own_param) != d->items[i].own) continue;
      if (*said && (!package || strncmp(said + 2, package, strlen(package)) != 0)) continue;
      if (!shown[p]) tables__param(d, &d->items[i], p);
      shown[p] = 1;
    }
  }
  tables__section_end(d);
}

/* --- facts -------------------------------------------------------------------------------------------------------------------------- */

static uint32_t tables__fact(const doc *d, const char *unit, const char *name) {
  for (uint32_t f = 0; f < d->m->fact_count; f++)
    if (strcmp(d->m->facts[f].name, name) == 0 && strcmp(d->m->units[d->m->facts[f].unit].name, unit) == 0) return f;
  return ANS_NONE;
}

static void tables__member(doc *d, const doc__item *x, const char *unit, const ans_syn *n, uint8_t *shown) {
  const uint32_t tree = x->tree;
  const char *name = doc__words(d, tree, doc__child(n, 1));
  uint32_t fact = tables__fact(d, unit, name);
  if (fact == ANS_NONE || shown[fact]) return;
  shown[fact] = 1;
  doc__put(d, "<tr><th scope=\"row\" id=\"");
  doc__anchor(d, DOC__FACT, fact);
  doc__put(d, "\">");
  doc__text(d, unit);
  doc__put(d, ".");
  doc__text(d, name);
  tables__from(d, x);
  doc__put(d, "</th>");
  tables__words(d, tree, doc__child(n, 0));
  doc__put(d, "<td>");
  doc__text(d, doc__words(d, tree, doc__child(n, 2)));
  if (doc__child(n, 6)) {
    doc__put(d, " ");
    doc__text(d, doc__words(d, tree, doc__child(n, 6)));
  }
  if (n->flags & ANS_SYNF_TIMELINE) doc__put(d, doc__say(d, " im Zeitverlauf", " over time"));
  doc__put(d, "</td><td lang=\"de\">");
  doc__text(d, tables__label(d, tree, doc__child(n, 3)));
  doc__put(d, "</td>");
  tables__words(d, tree, doc__child(n, 4));
  tables__words(d, tree, doc__child(n, 5));
  doc__put(d, "</tr>\n");
}

void doc__facts(doc *d) {
  uint8_t *shown = doc__alloc(d, d->m->fact_count, 1);
  if (!shown) return;
  tables__section(d, "angaben", "Angaben", "Facts");
  doc__table(d, doc__say(d, "Angaben, Verweise und Feststellungen, die das Paket braucht", "Facts, references and assessments the package needs"),
             doc__say(d, "Angabe|Art|Typ|Bedeutung|Quellen|nach", "Fact|Kind|Type|Meaning|Sources|under"));
  for (uint32_t i = 0; i < d->item_count; i++) {
    const doc__item *x = &d->items[i];
    const ans_syn *members = x->syn->kind == ANS_SYN_UNIT ? doc__child(x->syn, 3) : NULL;
    const char *unit = members ? doc__words(d, x->tree, doc__child(x->syn, 0)) : "";
    for (uint32_t k = 0; members && k < members->count; k++)
      if (members->child[k] && members->child[k]->kind == ANS_SYN_MEMBER) tables__member(d, x, unit, members->child[k], shown);
  }
  for (uint32_t f = 0; f < d->m->fact_count; f++) { /* members added to a unit that has another name here */
    if (shown[f]) continue;
    doc__put(d, "<tr><th scope=\"row\" id=\"");
    doc__anchor(d, DOC__FACT, f);
    doc__put(d, "\">");
    doc__text(d, d->m->units[d->m->facts[f].unit].name);
    doc__put(d, ".");
    doc__text(d, d->m->facts[f].name);
    doc__put(d, "</th><td></td><td></td><td lang=\"de\">");
    doc__text(d, d->m->facts[f].label);
    doc__put(d, "</td><td></td><td></td></tr>\n");
  }
  doc__table_end(d);
  tables__section_end(d);
}

/* --- test cases --------------------------------------------------------------------------------------------------------------------- */

ans_doc_outcome doc__outcome(const ans_doc_package *p, uint32_t one) {
  const ans_tcase *c = &p->model->cases[one];
  ans_doc_outcome all = p->outcomes && c->expect_count ? ANS_DOC_PASSED : ANS_DOC_NOT_RUN;
  for (uint32_t i = 0; p->outcomes && i < c->expect_count; i++) {
    if (p->outcomes[one][i] == ANS_DOC_FAILED) return ANS_DOC_FAILED;
    if (p->outcomes[one][i] == ANS_DOC_NOT_RUN) all = ANS_DOC_NOT_RUN;
  }
  return all;
}

static void tables__outcome(doc *d, const char *element, ans_doc_outcome o) {
  static const char *const names[3][2] = {{"nicht ausgeführt", "not run"}, {"erfüllt", "passed"}, {"nicht erfüllt", "failed"}};
  doc__printf(d, "<%s%s>", element, o == ANS_DOC_FAILED ? " class=\"no\"" : "");
  doc__put(d, names[o][d->lang == ANS_LANG_EN]);
  doc__printf(d, "</%s>", element);
}

static void tables__expects(doc *d, uint32_t tree, const ans_syn *list, uint32_t one) {
  const ans_tcase *c = &d->m->cases[one];
  doc__table(d, doc__say(d, "Erwartungen", "Expectations"), doc__say(d, "Ergebnis|Monat|erwartet|fehlende Angaben|Ausgang", "Result|Month|expected|missing facts|Outcome"));
  for (uint32_t i = 0; list && i < list->count; i++) {
    const ans_syn *e = list->child[i], *to = doc__child(e, 3), *missing = doc__child(e, 5);
    doc__put(d, "<tr><td>");
    doc__text(d, doc__words(d, tree, doc__child(e, 0)));
    doc__put(d, ".");
    doc__text(d, doc__words(d, tree, doc__child(e, 1)));
    doc__put(d, "</td><td>");
    doc__text(d, doc__words(d, tree, doc__child(e, 2)));
    if (to) doc__put(d, doc__say(d, " bis ", " to "));
    doc__text(d, doc__words(d, tree, to));
    doc__put(d, "</td>");
    tables__words(d, tree, doc__child(e, 4));
    tables__words(d, tree, missing && missing->count ? missing : NULL);
    tables__outcome(d, "td", d->p->outcomes && i < c->expect_count ? (ans_doc_outcome)d->p->outcomes[one][i] : ANS_DOC_NOT_RUN);
    doc__put(d, "</tr>\n");
  }
  doc__table_end(d);
}

static void tables__case(doc *d, const doc__item *x, uint32_t one) {
  const ans_tcase *c = &d->m->cases[one];
  doc__printf(d, "<article id=\"fall-%u\">\n<h3 lang=\"de\">", one + 1);
  doc__text(d, c->name);
  doc__put(d, "</h3>\n<p>");
  tables__outcome(d, "strong", doc__outcome(d->p, one));
  for (uint32_t i = 0; i < c->provision_count; i++) {
    doc__put(d, " · ");
    doc__text(d, d->m->provisions[c->provisions[i]].text);
  }
  doc__put(d, "</p>\n");
  tables__expects(d, x->tree, doc__child(x->syn, 4), one);
  doc__put(d, doc__say(d, "<details><summary>Sachverhalt</summary>\n", "<details><summary>Facts of the case</summary>\n"));
  doc__source(d, x);
  doc__put(d, "</details>\n</article>\n");
}

void doc__cases(doc *d) {
  if (!d->m->case_count) return;
  tables__section(d, "faelle", "Prüffälle", "Test cases");
  for (uint32_t i = 0; i < d->item_count; i++) {
    if (!d->items[i].own || d->items[i].syn->kind != ANS_SYN_BASECASE) continue;
    doc__put(d, "<details><summary>");
    doc__put(d, doc__say(d, "Grundfall ", "Base case "));
    doc__text(d, tables__label(d, d->items[i].tree, doc__child(d->items[i].syn, 0)));
    doc__put(d, "</summary>\n");
    doc__source(d, &d->items[i]);
    doc__put(d, "</details>\n");
  }
  for (uint32_t i = 0; i < d->item_count; i++) {
    const doc__item *x = &d->items[i];
    if (!x->own || x->syn->kind != ANS_SYN_TESTCASE) continue;
    const ans_tree *t = d->m->trees[x->tree];
    uint32_t line = ans_syn_token(t, x->syn)->line;
    for (uint32_t c = 0; c < d->m->case_count; c++)
      if (d->m->cases[c].line == line && strcmp(d->m->cases[c].path, t->source.path) == 0) tables__case(d, x, c);
  }
  tables__section_end(d);
}

/* --- paragraph × status ------------------------------------------------------------------------------------------------------------- */

void doc__unit_id(doc *d, size_t law, uint32_t unit) { doc__printf(d, "gesetz%zu-%u", law + 1, unit); }

/* The citations of a unit that decide its state, or those that only mention it; test cases are counted. */
static void tables__status_uses(doc *d, const ans_law_status *s, const ans_law_unit_status *x, bool deciding) {
  uint32_t shown = 0, tests = 0;
  for (uint32_t i = 0; i < x->use_count; i++) {
    const ans_law_use *u = s->uses[x->first_use + i];
    tests += u->role == ANS_LAW_TESTED;
    if (u->role == ANS_LAW_TESTED || (u->role >= ANS_LAW_CODED) != deciding) continue;
    doc__put(d, shown++ ? "<br/>" : "");
    doc__text(d, u->what);
    doc__put(d, " (");
    doc__text(d, doc__file(u->file));
    doc__printf(d, ":%u)", u->line);
  }
  if (deciding || !tests) return;
  doc__printf(d, "%s%u ", shown ? "<br/>" : "", tests);
  doc__put(d, doc__say(d, tests == 1 ? "Prüffall" : "Prüffälle", tests == 1 ? "test case" : "test cases"));
}

static void tables__status_row(doc *d, size_t law, uint32_t unit) {
  const ans_law_status *s = &d->p->status[law];
  const ans_law_unit_status *x = &s->units[unit];
  char text[ANS_CITE_TEXT];
  doc__put(d, "<tr><th scope=\"row\"><a href=\"#");
  doc__unit_id(d, law, unit);
  doc__put(d, "\">");
  doc__text(d, ans_law_cite_unit(s->law, unit, text));
  doc__put(d, "</a></th><td>");
  doc__states(d, x);
  doc__put(d, "</td><td>");
  if (x->leaf && x->state < ANS_LAW_S_OPEN && x->basis != ANS_NONE && x->basis != unit) doc__text(d, ans_law_cite_unit(s->law, x->basis, text));
  doc__put(d, "</td><td lang=\"de\">");
  tables__status_uses(d, s, x, true);
  doc__put(d, "</td><td>");
  tables__status_uses(d, s, x, false);
  doc__put(d, "</td></tr>\n");
}

void doc__status_tables(doc *d) {
  if (!d->p->status_count) return;
  tables__section(d, "stand", "Paragraf × Stand", "Paragraph × status");
  for (size_t l = 0; l < d->p->status_count; l++) {
    const ans_law_status *s = &d->p->status[l];
    if (!s->sections) continue;
    doc__put(d, "<h3>");
    doc__text(d, s->law->name);
    doc__printf(d, "</h3>\n<p>%u %s, %u %s:", s->sections, doc__say(d, "Paragrafen, Artikel und Anlagen", "sections, articles and annexes"), s->leaves, doc__say(d, "kleinste Einheiten", "smallest units"));
    for (int k = 0; k < ANS_LAW_S_COUNT; k++) {
      doc__printf(d, "%s %u ", k ? "," : "", s->count[k]);
      doc__text(d, ans_law_state_name((ans_law_state)k, d->lang));
    }
    doc__put(d, ".</p>\n");
    doc__table(d, s->law->title, doc__say(d, "Fundstelle|Stand|durch|entschieden von|auch genannt in", "Citation|Status|by|decided by|also cited in"));
    for (uint32_t u = 0; u < s->law->unit_count; u++)
      if (s->units[u].touched) tables__status_row(d, l, u);
    doc__table_end(d);
  }
  tables__section_end(d);
}
