/* Prüffälle: the base case is merged (later statements win), rows keep the order of their first mention, values are typed. A reference
 * value is a row name and may name a row that is given further down. */
#include "sema/sema_private.h"
#include <stdlib.h>
#include <string.h>

typedef struct case_build {
  sema_vec rows, givens, expects;
  const ans_syn *case_syn;
  bool ok;
  bool lost;                     /* its base case, or a line of it, could not be read: rows may be missing */
} case_build;

static struct ans_trow *case__row(case_build *b, const char *name) {
  for (uint32_t i = 0; i < b->rows.n; i++)
    if (strcmp(VEC_AT(struct ans_trow, b->rows, i)->name, name) == 0) return VEC_AT(struct ans_trow, b->rows, i);
  return NULL;
}

/* --- givens --------------------------------------------------------------------------------------------------------- */
static bool case__state(const char *word, uint8_t *state) {
  static const struct { const char *word; ans_state state; } words[] = {{"unbekannt", ANS_UNKNOWN}, {"entfällt", ANS_NOT_APPLICABLE}, {"offen", ANS_HUMAN},
      {"fehler", ANS_ERRONEOUS}, {"widerspruch", ANS_CONFLICT}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(words[i].word, word) == 0) { *state = (uint8_t)words[i].state; return true; }
  return false;
}

static bool case__value(sema *s, const ans_syn *n, ans_type type, bool human, ans_tgiven_value *v) {
  const ans_syn *value = sema__child(n, 0);
  v->from = ANS_OPEN_PAST;
  v->to = ANS_OPEN_FUTURE;
  if (!value || !sema__interval(s, sema__child(n, 1), sema__child(n, 2), &v->from, &v->to)) return false;
  if (value->kind == ANS_SYN_KEYWORD) {
    if (!case__state(sema__text(s, value), &v->value.state)) return false;
    if (human && v->value.state == ANS_UNKNOWN) v->value.state = ANS_HUMAN; /* a missing finding is open, not unknown */
    return true;
  }
  if (type.tag == ANS_T_REF) {
    if (value->kind != ANS_SYN_IDENT && value->kind != ANS_SYN_PATH) { SEMA_ERR(s, CASE_ROW_UNKNOWN, value, sema__words(s, value)); return false; }
    v->ref_row = sema__text(s, value);
    return true;
  }
  if (type.tag == ANS_T_LIST) return sema__list_value(s, value, type, &v->value.v);
  if (type.tag == ANS_T_TEXT) {
    if (value->kind != ANS_SYN_STRING) { SEMA_ERR(s, LITERAL_EXPECTED, value, sema__type_name(s, type)); return false; }
    v->text = sema__text_literal(s, value);
    return v->text != NULL;
  }
  return sema__value(s, value, type, &v->value.v);
}

/* A case with a value that the package declares impossible proves nothing: no case document can hold it (E-COL-BOUNDS). */
static bool case__admitted(sema *s, const ans_syn *n, const ans_fact *f, const ans_tgiven_value *v) {
  char bounds[ANS_BOUNDS_TEXT];
  if (!f || v->value.state != ANS_VALUE || ans_fact_admits(f, v->value.v)) return true;
  SEMA_ERR(s, CASE_BOUNDS, sema__child(n, 0), sema__words(s, sema__child(n, 0)), f->name, ans_fact_bounds_format(f, true, bounds));
  return false;
}

static int case__order(const void *a, const void *b) {
  const ans_tgiven_value *x = a, *y = b;
  return x->from < y->from ? -1 : x->from > y->from;
}

static ans_tgiven *case__given_slot(sema *s, case_build *b, const char *row, const ans_tgiven *key, const ans_syn *at) {
  for (uint32_t i = 0; i < b->givens.n; i++) {
    ans_tgiven *g = VEC_AT(ans_tgiven, b->givens, i);
    if (g->fact != key->fact || g->result != key->result || strcmp(g->row, row) != 0) continue;
    if (g->own) {
      SEMA_ERR(s, CASE_ASSIGNED_TWICE, at, sema__text(s, at), sema__format(s, "%u", g->line));
      b->ok = false;
      return NULL;
    }
    return g;
  }
  return sema__push(s, &b->givens, sizeof(ans_tgiven), "4000 Angaben eines Falls / facts of a case");
}

static void case__assign(sema *s, case_build *b, uint32_t unit, const char *row, const ans_syn *n) {
  const ans_syn *name = sema__child(n, 0);
  const char *text = sema__text(s, name);
  sema_symbol *y = sema__case_member(s, unit, text);
  if (!y) {
    SEMA_ERR(s, CASE_FACT_UNKNOWN, name, text, sema__unit_name(s, unit));
    sema__suggest(s, name, text, &(sema_place){SPACE_MEMBER, unit}, 1, NULL, 0);
    b->ok = false;
    return;
  }
  if (y->lost) { b->ok = false; return; }
  ans_tgiven g = {.unit = unit, .row = row, .fact = ANS_NONE, .result = ANS_NONE, .line = sema__line(s, n), .own = true};
  ans_type type;
  bool timeline = false, human = false;
  const ans_fact *f = NULL;
  if (y->kind == SYM_FACT) {
    f = VEC_AT(ans_fact, s->facts, y->index);
    g.fact = y->index;
    type = f->type;
    timeline = f->kind == ANS_FACT_TIMELINE;
    human = f->nature != ANS_NATURE_FACT;
  } else {
    const ans_tresult *r = VEC_AT(ans_tresult, s->results, y->index);
    g.result = y->index;
    type = r->type;
    if (r->grain == ANS_GRAIN_DAY) { SEMA_ERR(s, CASE_DAY_RESULT, name, text); b->ok = false; return; }
  }
  uint32_t values = n->count - 1;
  const ans_syn *only = sema__child(n, 1);
  if (!timeline && (values != 1 || sema__child(only, 1) || sema__child(only, 2))) { SEMA_ERR(s, CASE_SEVERAL_VALUES, name, text); b->ok = false; return; }
  g.value_count = values;
  g.values = sema__alloc(s, values, sizeof *g.values);
  bool ok = g.values != NULL;
  for (uint32_t i = 0; ok && i < values; i++) ok = case__value(s, n->child[i + 1], type, human, &g.values[i]) && case__admitted(s, n->child[i + 1], f, &g.values[i]);
  if (ok && timeline) {
    qsort(g.values, values, sizeof *g.values, case__order);
    for (uint32_t i = 1; ok && i < values; i++)
      if (g.values[i].from <= g.values[i - 1].to) { SEMA_ERR(s, CASE_INTERVALS, name, text); ok = false; }
  }
  /* What no case document and no store can hold (E-CASE-SELF) proves nothing. */
  if (ok && type.tag == ANS_T_REF && type.ref == unit && g.values[0].ref_row && strcmp(g.values[0].ref_row, row) == 0) {
    SEMA_ERR(s, CASE_SELF, name, row, text);
    ok = false;
  }
  b->ok = b->ok && ok;
  if (!ok) return;
  ans_tgiven *slot = case__given_slot(s, b, row, &g, name);
  if (slot) *slot = g;
}

static void case__given(sema *s, case_build *b, const ans_syn *n) {
  uint32_t unit;
  const char *name = sema__text(s, sema__child(n, 1));
  struct ans_trow *row = case__row(b, name);
  if (!sema__case_unit(s, sema__child(n, 0), &unit)) { b->ok = false; b->lost = true; return; }
  if (row && row->unit != unit) {
    SEMA_ERR(s, CASE_ROW_UNIT, sema__child(n, 1), name, sema__unit_name(s, row->unit), sema__unit_name(s, unit));
    b->ok = false;
    return;
  }
  if (!row) {
    row = sema__push(s, &b->rows, sizeof *row, "1000 Zeilen eines Falls / rows of a case");
    if (row) *row = (struct ans_trow){unit, name};
  }
  for (uint32_t i = 2; i < n->count; i++)
    if (n->child[i] && n->child[i]->kind == ANS_SYN_ASSIGN) case__assign(s, b, unit, name, n->child[i]);
}

/* References name rows of the right unit; checked when all rows are known. */
static void case__references(sema *s, case_build *b) {
  for (uint32_t i = 0; i < b->givens.n; i++) {
    const ans_tgiven *g = VEC_AT(ans_tgiven, b->givens, i);
    ans_type type = g->fact != ANS_NONE ? VEC_AT(ans_fact, s->facts, g->fact)->type : VEC_AT(ans_tresult, s->results, g->result)->type;
    for (uint32_t k = 0; k < g->value_count; k++) {
      const char *name = g->values[k].ref_row;
      if (!name) continue;
      const struct ans_trow *row = case__row(b, name);
      if (row && row->unit == type.ref) continue;
      if (row) SEMA_ERR(s, CASE_ROW_UNIT, sema__child(b->case_syn, 0), name, sema__unit_name(s, row->unit), sema__unit_name(s, type.ref));
      else if (!b->lost && !sema__is_lost(s, name)) SEMA_ERR(s, CASE_ROW_UNKNOWN, sema__child(b->case_syn, 0), name);
      if (!g->own) b->lost = true; /* said of the base case: once is enough */
      b->ok = false;
    }
  }
}

/* --- expectations --------------------------------------------------------------------------------------------------- */
static bool case__missing(sema *s, case_build *b, const ans_syn *list, ans_texpect *e) {
  bool ok = true;
  e->missing = sema__alloc(s, list ? list->count : 0, sizeof *e->missing);
  if (!e->missing) return false;
  for (uint32_t i = 0; list && i < list->count; i++) {
    const ans_syn *path = list->child[i];
    const struct ans_trow *row = path->count == 2 ? case__row(b, sema__text(s, path->child[0])) : NULL;
    const sema_symbol *y = row ? sema__case_member(s, row->unit, sema__text(s, path->child[1])) : NULL;
    bool silent = (!row && b->lost) || (y && y->lost);
    if (!silent && (!y || y->kind != SYM_FACT)) SEMA_ERR(s, CASE_MISSING_FACT, path, sema__words(s, path));
    if (silent || !y || y->kind != SYM_FACT) { ok = false; continue; }
    e->missing[e->missing_count].row = row->name;
    e->missing[e->missing_count++].fact = y->index;
  }
  return ok;
}

static void case__expect(sema *s, case_build *b, const ans_syn *n) {
  ans_texpect e = {.line = sema__line(s, n)};
  const ans_syn *row_syn = sema__child(n, 0), *name = sema__child(n, 1), *value = sema__child(n, 4);
  const struct ans_trow *row = case__row(b, sema__text(s, row_syn));
  if (!row && !b->lost) SEMA_ERR(s, CASE_ROW_UNKNOWN, row_syn, sema__text(s, row_syn));
  if (!row) { b->ok = false; return; }
  e.row = row->name;
  sema_symbol *y = sema__find(s, SPACE_MEMBER, row->unit, sema__text(s, name));
  if (!y || y->kind != SYM_RESULT) {
    SEMA_ERR(s, CASE_RESULT_UNKNOWN, name, sema__text(s, name), sema__unit_name(s, row->unit));
    sema__suggest(s, name, sema__text(s, name), &(sema_place){SPACE_MEMBER, row->unit}, 1, NULL, 0);
    b->ok = false;
    return;
  }
  y->used = true;
  if (y->lost) { b->ok = false; return; }
  e.result = y->index;
  const ans_tresult *r = VEC_AT(ans_tresult, s->results, y->index);
  if (r->grain == ANS_GRAIN_DAY) { SEMA_ERR(s, CASE_DAY_RESULT, name, r->name); b->ok = false; return; }
  bool ok = !s->no_span && sema__period_number(s, s->m->period_kind, sema__child(n, 2), &e.from_period); /* without a span there is no kind either */
  e.to_period = e.from_period;
  if (!s->no_span && sema__child(n, 3)) ok = sema__period_number(s, s->m->period_kind, n->child[3], &e.to_period) && ok;
  if (ok && (e.from_period < s->m->first_period || e.to_period > s->m->last_period || e.to_period < e.from_period)) {
    SEMA_ERR0(s, CASE_PERIOD_OUTSIDE, sema__child(n, 2));
    ok = false;
  }
  if (!value) ok = false;
  else if (value->kind == ANS_SYN_KEYWORD) ok = case__state(sema__text(s, value), &e.value.state) && ok;
  else if (r->type.tag == ANS_T_REF) { SEMA_ERR(s, LITERAL_EXPECTED, value, "unbekannt, offen, entfällt, fehler oder widerspruch"); ok = false; }
  else ok = sema__value(s, value, r->type, &e.value.v) && ok;
  ok = case__missing(s, b, sema__child(n, 5), &e) && ok;
  b->ok = b->ok && ok;
  ans_texpect *slot = ok ? sema__push(s, &b->expects, sizeof *slot, "4000 Erwartungen eines Falls / expectations of a case") : NULL;
  if (slot) *slot = e;
}

/* --- cases ---------------------------------------------------------------------------------------------------------- */
static void case__finish(sema *s, case_build *b, const ans_syn *n, ans_tcase *t) {
  const ans_syn *citations = sema__child(n, 2);
  t->provisions = sema__alloc(s, citations ? citations->count : 0, sizeof *t->provisions);
  for (uint32_t i = 0; t->provisions && citations && i < citations->count; i++) {
    uint32_t p = sema__provision(s, citations->child[i], false);
    if (p != ANS_NONE) t->provisions[t->provision_count++] = p;
  }
  t->rows = b->rows.at;
  t->row_count = b->rows.n;
  t->givens = b->givens.at;
  t->given_count = b->givens.n;
  t->expects = b->expects.at;
  t->expect_count = b->expects.n;
}

static void case__base(sema *s, case_build *b, const ans_syn *n) {
  const ans_syn *base = sema__child(n, 1);
  if (!base) return;
  const char *name = sema__string(s, base);
  sema_symbol *y = sema__find(s, SPACE_BASECASE, 0, name);
  if (!y) {
    bool silent = sema__is_lost(s, "grundfall"); /* one could not be read: it may be this one */
    if (!silent) SEMA_ERR(s, CASE_BASE_UNKNOWN, base, name);
    if (!silent) sema__suggest(s, base, name, &(sema_place){SPACE_BASECASE, 0}, 1, NULL, 0);
    b->ok = false;
    b->lost = true;
    return;
  }
  y->used = true;
  sema_item item = *VEC_AT(sema_item, s->items, y->index);
  ans_tree *mine = s->tree;
  b->lost = item.syn->flags & ANS_SYNF_ERROR || y->lost;
  sema__enter(s, item.tree);
  s->quiet++; /* its mistakes were reported where it stands */
  for (uint32_t i = 1; i < item.syn->count; i++)
    if (item.syn->child[i] && item.syn->child[i]->kind == ANS_SYN_GIVEN) case__given(s, b, item.syn->child[i]);
  s->quiet--;
  sema__enter(s, mine);
}

/* What was said of a base case in one prüffall is not said again in the next. */
static void case__lost_base(sema *s, const ans_syn *n) {
  sema_symbol *y = sema__child(n, 1) ? sema__find(s, SPACE_BASECASE, 0, sema__string(s, n->child[1])) : NULL;
  if (y) y->lost = true;
}

static void case__one(sema *s, const sema_item *item) {
  const ans_syn *n = item->syn;
  case_build b = {.case_syn = n, .ok = true, .rows = {.max = SEMA_MAX_CASE_ROWS}, .givens = {.max = SEMA_MAX_CASE_FACTS}, .expects = {.max = SEMA_MAX_CASE_FACTS}};
  bool skipped = (n->flags & ANS_SYNF_ERROR) != 0;
  const ans_syn *givens = sema__child(n, 3), *expects = sema__child(n, 4);
  case__base(s, &b, n);
  b.lost = b.lost || skipped;
  for (uint32_t i = 0; i < b.givens.n; i++) VEC_AT(ans_tgiven, b.givens, i)->own = false;
  for (uint32_t i = 0; givens && i < givens->count; i++)
    if (givens->child[i] && givens->child[i]->kind == ANS_SYN_GIVEN) case__given(s, &b, givens->child[i]);
  case__references(s, &b);
  if (b.lost && !skipped) case__lost_base(s, n);
  for (uint32_t i = 0; expects && i < expects->count; i++)
    if (expects->child[i] && expects->child[i]->kind == ANS_SYN_EXPECT) case__expect(s, &b, expects->child[i]);
  ans_tcase *t = sema__push(s, &s->cases, sizeof *t, "16384 prüffälle / test cases");
  if (!t) return;
  *t = (ans_tcase){.name = sema__string(s, sema__child(n, 0)), .path = s->tree->source.path, .line = sema__line(s, n)};
  case__finish(s, &b, n, t);
}

/* A base case is checked on its own, so that a mistake is reported once, where it stands, even if no prüffall uses it. False if rows were lost. */
static bool case__check_base(sema *s, const sema_item *item) {
  case_build b = {.case_syn = item->syn, .ok = true, .rows = {.max = SEMA_MAX_CASE_ROWS}, .givens = {.max = SEMA_MAX_CASE_FACTS}};
  for (uint32_t i = 1; i < item->syn->count; i++)
    if (item->syn->child[i] && item->syn->child[i]->kind == ANS_SYN_GIVEN) case__given(s, &b, item->syn->child[i]);
  return !b.lost;
}

static bool case__name(sema *s, sema_space space, const ans_syn *name, uint32_t index) {
  const char *text = sema__string(s, name);
  const sema_symbol *old = sema__find(s, space, 0, text);
  if (!old) return sema__declare_text(s, space, 0, text, name, SYM_CASE, index) != NULL;
  SEMA_ERR(s, CASE_TWICE, name, text, sema__format(s, "%u", old->syn ? ans_syn_token(old->tree, old->syn)->line : 1));
  return false;
}

void sema__cases(sema *s) {
  for (uint32_t i = 0; i < s->items.n; i++) {
    sema_item item = *VEC_AT(sema_item, s->items, i);
    sema__enter(s, item.tree);
    if (item.syn->kind != ANS_SYN_BASECASE || !case__name(s, SPACE_BASECASE, sema__child(item.syn, 0), i)) continue;
    bool whole = case__check_base(s, &item);
    sema_symbol *y = sema__find(s, SPACE_BASECASE, 0, sema__string(s, sema__child(item.syn, 0)));
    if (y) y->lost = !whole;
  }
  for (uint32_t i = 0; i < s->items.n; i++) {
    sema_item item = *VEC_AT(sema_item, s->items, i);
    sema__enter(s, item.tree);
    s->section = item.section;
    s->section_norm = item.norm;
    if (item.syn->kind == ANS_SYN_TESTCASE && case__name(s, SPACE_CASE, sema__child(item.syn, 0), i)) case__one(s, &item);
  }
}
