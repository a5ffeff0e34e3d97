/* Declarations: header, norms, enumerations, units with members, results. Names come first (pass 1), so that types may refer to units
 * of later files; members, results, parameters and section headings follow in source order (pass 2), and everything that carries an
 * expression is put aside with its section for pass 3. */
#include "sema/sema_private.h"
#include <string.h>
#include "num/period.h"

/* "je Jahr"; nothing written: calendar months. */
static uint32_t declare__period_kind(sema *s, const ans_syn *word) {
  const char *w = word ? sema__text(s, word) : "je Monat";
  return strcmp(w, "je Tag") == 0 ? ANS_PERIOD_DAY : strcmp(w, "je Halbjahr") == 0 ? ANS_PERIOD_HALF_YEAR : strcmp(w, "je Jahr") == 0 ? ANS_PERIOD_YEAR : ANS_PERIOD_MONTH;
}

bool sema__header(sema *s) {
  const ans_syn *p = s->tree->root ? sema__child(s->tree->root, 0) : NULL;
  if (!p || p->kind != ANS_SYN_PACKAGE) {
    ans_diags_add(s->diags, ANS_DIAG_PACKAGE_MISSING, &s->tree->source, NULL, NULL, (char *)NULL);
    return false;
  }
  s->m->name = sema__text(s, sema__child(p, 0));
  s->m->version = sema__text(s, sema__child(p, 1));
  s->m->title = sema__string(s, sema__child(p, 2));
  s->m->period_kind = declare__period_kind(s, sema__child(p, 5));
  bool ok = sema__period_number(s, sema__child(p, 3), &s->m->first_period);
  ok = sema__period_number(s, sema__child(p, 4), &s->m->last_period) && ok; /* both are checked */
  if (ok && s->m->last_period < s->m->first_period) { SEMA_ERR0(s, PERIOD_SPAN, p); return false; }
  return ok;
}

static void declare__norm(sema *s, const ans_syn *n) {
  if (!sema__declare(s, SPACE_NORM, 0, sema__child(n, 0), SYM_NORM, s->norms.n)) return;
  sema_norm *x = sema__push(s, &s->norms, sizeof *x, "normen / laws");
  int32_t stand;
  if (sema__child(n, 3)) (void)sema__date(s, n->child[3], &stand);
  if (x) *x = (sema_norm){sema__text(s, n->child[0]), (n->flags & ANS_SYNF_UNCHECKED) != 0};
}

static void declare__enum(sema *s, const ans_syn *n) {
  uint32_t index = s->enums.n, first = s->enum_values.n;
  if (!sema__declare(s, SPACE_TYPE, 0, sema__child(n, 0), SYM_ENUM, index)) return;
  ans_enum *e = sema__push(s, &s->enums, sizeof *e, "auswahlen / enumerations");
  if (!e) return;
  *e = (ans_enum){sema__text(s, n->child[0]), first, 0};
  for (uint32_t i = 1; i < n->count; i++) {
    if (!sema__declare(s, SPACE_ENUM_VALUE, index, n->child[i], SYM_VALUE, s->enum_values.n - first)) continue;
    const char **v = sema__push(s, &s->enum_values, sizeof *v, "Auswahlwerte / enumeration values");
    if (!v) return;
    *v = sema__text(s, n->child[i]);
  }
  VEC_AT(ans_enum, s->enums, index)->value_count = s->enum_values.n - first;
}

static void declare__unit(sema *s, const ans_syn *n) {
  uint32_t index = s->units.n;
  if (!sema__declare(s, SPACE_TYPE, 0, sema__child(n, 0), SYM_UNIT, index)) return;
  ans_unit *u = sema__push(s, &s->units, sizeof *u, "256 einheiten / units");
  if (!u) return;
  *u = (ans_unit){sema__text(s, n->child[0]), sema__string(s, sema__child(n, 1)), ANS_NONE};
  const ans_syn *aliases = sema__child(n, 2);
  for (uint32_t i = 0; aliases && i < aliases->count; i++) (void)sema__declare(s, SPACE_TYPE, 0, aliases->child[i], SYM_UNIT, index);
}

void sema__declare_names(sema *s) {
  for (uint32_t t = 0; t < s->m->tree_count; t++) {
    s->tree = s->m->trees[t];
    const ans_syn *root = s->tree->root, *header = sema__child(root, 0);
    if (t && header) SEMA_ERR0(s, PACKAGE_TWICE, header);
    for (uint32_t i = 1; root && i < root->count; i++) {
      const ans_syn *n = root->child[i];
      if (!n) continue;
      if (n->kind == ANS_SYN_NORM) declare__norm(s, n);
      else if (n->kind == ANS_SYN_ENUM) declare__enum(s, n);
      else if (n->kind == ANS_SYN_UNIT) declare__unit(s, n);
      else if (n->kind == ANS_SYN_PACKAGE) SEMA_ERR0(s, PACKAGE_TWICE, n);
    }
  }
}

/* --- members -------------------------------------------------------------------------------------------------------- */
static void declare__sources(sema *s, const ans_syn *list, ans_fact *f) {
  uint32_t rank = 0;
  f->first_source = s->sources.n;
  for (uint32_t i = 0; list && i < list->count; i++) {
    const ans_syn *n = list->child[i];
    if (n->flags & ANS_SYNF_BEFORE) rank++;
    ans_source_rank *r = sema__push(s, &s->sources, sizeof *r, "quellen / sources");
    if (!r) return;
    *r = (ans_source_rank){sema__text(s, n), rank};
    if (strcmp(r->source, "Antrag") == 0) f->from_application = 1;
    f->source_count++;
  }
}

static void declare__member(sema *s, uint32_t unit, const ans_syn *n) {
  const ans_syn *name = sema__child(n, 1), *type = sema__child(n, 2);
  const char *word = sema__text(s, sema__child(n, 0));
  if (!name || !type || !sema__declare(s, SPACE_MEMBER, unit, name, SYM_FACT, s->facts.n)) return;
  ans_fact f = {.name = sema__text(s, name), .label = sema__string(s, sema__child(n, 3)), .unit = unit, .provision = ANS_NONE};
  f.kind = n->flags & ANS_SYNF_TIMELINE ? ANS_FACT_TIMELINE : ANS_FACT_SCALAR;
  f.nature = word[0] == 'b' ? ANS_NATURE_BEURTEILUNG : word[0] == 'e' ? ANS_NATURE_ERMESSEN : ANS_NATURE_FACT;
  bool typed = sema__type(s, type, &f.type);
  if (typed && (f.type.tag == ANS_T_REF) != (word[0] == 'v')) SEMA_ERR(s, MEMBER_TYPE, type, word, sema__type_name(s, f.type));
  else if (typed && f.type.tag == ANS_T_REF && f.kind == ANS_FACT_TIMELINE) SEMA_ERR0(s, TIMELINE_REFERENCE, n);
  declare__sources(s, sema__child(n, 4), &f);
  if (sema__child(n, 5)) f.provision = sema__provision(s, n->child[5], false);
  ans_fact *slot = sema__push(s, &s->facts, sizeof *slot, "8192 Angaben / facts");
  if (slot) *slot = f;
}

static void declare__members(sema *s, const ans_syn *n) {
  const sema_symbol *y = sema__find(s, SPACE_TYPE, 0, sema__text(s, sema__child(n, 0)));
  if (!y || y->kind != SYM_UNIT || y->syn != n->child[0]) return; /* a duplicate was reported */
  uint32_t unit = y->index;
  const ans_syn *list = sema__child(n, 3);
  for (uint32_t i = 0; list && i < list->count; i++)
    if (list->child[i] && list->child[i]->kind == ANS_SYN_MEMBER) declare__member(s, unit, list->child[i]);
}

/* --- results -------------------------------------------------------------------------------------------------------- */
static void declare__result(sema *s, const ans_syn *n) {
  const ans_syn *path = sema__child(n, 0), *type = sema__child(n, 1);
  if (!path || path->count != 2) { SEMA_ERR0(s, RESULT_PATH, path ? path : n); return; }
  uint32_t unit;
  if (!sema__unit(s, path->child[0], &unit)) return;
  if (!sema__declare(s, SPACE_MEMBER, unit, path->child[1], SYM_RESULT, s->results.n)) return;
  ans_tresult r = {.name = sema__text(s, path->child[1]), .label = sema__string(s, sema__child(n, 3)), .unit = unit, .provision = n->flags & ANS_SYNF_AUXILIARY ? ANS_NONE : s->section};
  r.grain = n->flags & ANS_SYNF_PER_DAY ? ANS_GRAIN_DAY : ANS_GRAIN_ROW;
  bool typed = type && sema__type(s, type, &r.type);
  if (typed && r.type.tag != ANS_T_BOOL && !sema__child(n, 2)) SEMA_ERR(s, DEFAULT_MISSING, path, r.name, sema__type_name(s, r.type));
  ans_tresult *slot = sema__push(s, &s->results, sizeof *slot, "8192 ergebnisse / results");
  sema_result *side = sema__push(s, &s->result_side, sizeof *side, "8192 ergebnisse / results");
  if (slot) *slot = r;
  if (side) *side = (sema_result){s->tree, n};
}

bool sema__result_path(sema *s, const ans_syn *path, uint32_t *unit, uint32_t *result) {
  if (!path || path->count != 2) { SEMA_ERR0(s, RESULT_PATH, path); return false; }
  if (!sema__unit(s, path->child[0], unit)) return false;
  const char *name = sema__text(s, path->child[1]);
  sema_symbol *y = sema__find(s, SPACE_MEMBER, *unit, name);
  if (!y || y->kind != SYM_RESULT) {
    SEMA_ERR(s, UNKNOWN_RESULT, path->child[1], name, sema__unit_name(s, *unit));
    sema__suggest(s, path->child[1], name, &(sema_place){SPACE_MEMBER, *unit}, 1, NULL, 0);
    return false;
  }
  *result = y->index;
  return true;
}

/* --- pass 2 --------------------------------------------------------------------------------------------------------- */
static bool declare__cited(sema *s, const ans_syn *n, const char *what) {
  if (s->section != ANS_NONE || s->section_broken || n->flags & ANS_SYNF_AUXILIARY) return true;
  SEMA_ERR(s, UNCITED, n, what);
  return false;
}

static void declare__later(sema *s, const ans_syn *n) {
  sema_item *i = sema__push(s, &s->items, sizeof *i, "16384 regeln / rules");
  if (i) *i = (sema_item){s->tree, n, s->section, s->section_norm, s->section_broken};
}

static void declare__human(sema *s, const ans_syn *n) {
  if (!declare__cited(s, n, sema__words(s, sema__child(n, 0)))) return;
  if (sema__child(n, 1)) { declare__later(s, n); return; }
  struct ans_tunmodelled *u = sema__push(s, &s->unmodelled, sizeof *u, "nicht abgebildet");
  if (u) *u = (struct ans_tunmodelled){s->section, sema__string(s, sema__child(n, 5)), sema__line(s, n)};
}

void sema__declare_members(sema *s) {
  for (uint32_t t = 0; t < s->m->tree_count; t++) {
    s->tree = s->m->trees[t];
    s->section = s->section_norm = ANS_NONE;
    s->section_broken = false;
    const ans_syn *root = s->tree->root;
    for (uint32_t i = 1; root && i < root->count; i++) {
      const ans_syn *n = root->child[i];
      if (!n) continue;
      if (n->kind == ANS_SYN_SECTION) (void)sema__open_section(s, n);
      else if (n->kind == ANS_SYN_UNIT) declare__members(s, n);
      else if (n->kind == ANS_SYN_RESULT) declare__result(s, n);
      else if (n->kind == ANS_SYN_PARAM) { if (declare__cited(s, n, "parameter")) sema__declare_param(s, n); }
      else if (n->kind == ANS_SYN_RULE) { if (declare__cited(s, n, "regel")) declare__later(s, n); }
      else if (n->kind == ANS_SYN_EXCEPTION) { if (declare__cited(s, n, "ausnahme")) declare__later(s, n); }
      else if (n->kind == ANS_SYN_HUMAN) declare__human(s, n);
      else if (n->kind == ANS_SYN_BENEFIT || n->kind == ANS_SYN_BASECASE || n->kind == ANS_SYN_TESTCASE) declare__later(s, n);
    }
  }
}

/* Declarations that nothing uses. Results count as used by a benefit, another result or a test; facts and parameters by an expression. */
void sema__unused(sema *s) {
  for (uint32_t k = 0; k < s->symbols.n; k++) {
    const sema_symbol *y = VEC_AT(sema_symbol, s->symbols, k);
    bool asked = y->kind == SYM_FACT || y->kind == SYM_RESULT || y->kind == SYM_PARAM || y->kind == SYM_ENUM || y->kind == SYM_NORM;
    if (!asked || y->used || !y->syn) continue;
    s->tree = y->tree;
    SEMA_ERR(s, UNUSED, y->syn, y->name);
  }
}
