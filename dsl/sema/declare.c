/* Declarations: header, norms, enumerations, units with members, results. Names come first (pass 1), so that types may refer to units
 * of later files; members, results, parameters and section headings follow in source order (pass 2), and everything that carries an
 * expression is put aside with its section for pass 3. */
#include "sema/sema_private.h"
#include <string.h>

/* Decisions cite a law by its short name alone, so it must mean one law in the whole program. */
static void declare__norm_once(sema *s, const ans_syn *at, const char *name, const char *doknr) {
  for (uint32_t i = 0; *doknr && i < s->norms.n; i++) {
    const sema_norm *x = VEC_AT(sema_norm, s->norms, i);
    if (x->package == s->package || !*x->doknr || strcmp(x->name, name) != 0 || strcmp(x->doknr, doknr) == 0) continue;
    SEMA_ERR(s, NORM_CLASH, at, name, doknr, s->packs[x->package].name, x->doknr);
    return;
  }
}

static void declare__norm(sema *s, const ans_syn *n) {
  if (!sema__declare(s, SPACE_NORM, 0, sema__child(n, 0), SYM_NORM, s->norms.n)) return;
  sema_norm *x = sema__push(s, &s->norms, sizeof *x, "4096 normen / laws");
  int32_t stand;
  if (sema__child(n, 3)) (void)sema__date(s, n->child[3], &stand);
  if (!x) return;
  *x = (sema_norm){sema__text(s, n->child[0]), sema__child(n, 2) ? sema__text(s, n->child[2]) : "", (n->flags & ANS_SYNF_UNCHECKED) != 0, s->package};
  declare__norm_once(s, n->child[0], x->name, x->doknr);
}

/* A norm that could not be read still has a name: without it every heading would be lost as well. */
static void declare__norm_name(sema *s, const ans_syn *n) {
  ans_syn *name = sema__alloc(s, 1, sizeof *name);
  if (!name) return;
  *name = (ans_syn){.kind = ANS_SYN_IDENT, .first = n->first + 1, .last = n->first + 1};
  if (sema__find(s, SPACE_NORM, 0, sema__text(s, name)) || !sema__declare(s, SPACE_NORM, 0, name, SYM_NORM, s->norms.n)) return;
  sema_norm *x = sema__push(s, &s->norms, sizeof *x, "4096 normen / laws");
  if (x) *x = (sema_norm){sema__text(s, name), "", false, s->package};
}

static void declare__enum(sema *s, const ans_syn *n) {
  uint32_t index = s->enums.n, first = s->enum_values.n;
  if (sema__dropped(s, n)) return;
  if (!sema__declare(s, SPACE_TYPE, 0, sema__child(n, 0), SYM_ENUM, index)) { sema__lose(s, n); return; }
  ans_enum *e = sema__push(s, &s->enums, sizeof *e, "4096 auswahlen / enumerations");
  sema_origin *origin = e ? sema__push(s, &s->enum_origin, sizeof *origin, "4096 auswahlen / enumerations") : NULL;
  if (!origin) return;
  *origin = (sema_origin){s->tree, n};
  *e = (ans_enum){sema__text(s, n->child[0]), first, 0};
  for (uint32_t i = 1; i < n->count; i++) {
    if (!sema__declare(s, SPACE_ENUM_VALUE, index, n->child[i], SYM_VALUE, s->enum_values.n - first)) continue;
    const char **v = sema__push(s, &s->enum_values, sizeof *v, "65536 Auswahlwerte / enumeration values");
    if (!v) return;
    *v = sema__text(s, n->child[i]);
  }
  VEC_AT(ans_enum, s->enums, index)->value_count = s->enum_values.n - first;
}

/* einheit Person ergänzt um …: only for a unit that came with `nutzt`. */
static void declare__more(sema *s, const ans_syn *n) {
  sema_symbol *y = sema__find(s, SPACE_TYPE, 0, sema__text(s, sema__child(n, 0)));
  if (y && y->kind == SYM_UNIT && y->foreign) { y->used = true; return; }
  if (y && y->kind == SYM_UNIT) { SEMA_ERR(s, EXTENDS_OWN, sema__child(n, 0), y->name); return; }
  uint32_t none;
  if (!s->last_run) (void)sema__unit(s, sema__child(n, 0), &none); /* reports */
}

static void declare__unit(sema *s, const ans_syn *n) {
  uint32_t index = s->units.n;
  if (n->flags & ANS_SYNF_MORE) { declare__more(s, n); return; }
  if (sema__dropped(s, n)) return;
  if (!sema__declare(s, SPACE_TYPE, 0, sema__child(n, 0), SYM_UNIT, index)) { sema__lose(s, n); return; }
  ans_unit *u = sema__push(s, &s->units, sizeof *u, "256 einheiten / units");
  sema_origin *origin = u ? sema__push(s, &s->unit_origin, sizeof *origin, "256 einheiten / units") : NULL;
  if (!origin) return;
  *origin = (sema_origin){s->tree, n};
  *u = (ans_unit){sema__text(s, n->child[0]), sema__string(s, sema__child(n, 1)), ANS_NONE};
  const ans_syn *aliases = sema__child(n, 2);
  for (uint32_t i = 0; aliases && i < aliases->count; i++) (void)sema__declare(s, SPACE_TYPE, 0, aliases->child[i], SYM_UNIT, index);
}

static void declare__names_of(sema *s, bool first_file) {
  const ans_syn *root = s->tree->root, *header = sema__child(root, 0);
  if (!first_file && header) SEMA_ERR0(s, PACKAGE_TWICE, header);
  if (first_file) sema__import_types(s);
  for (uint32_t i = 1; root && i < root->count; i++) {
    const ans_syn *n = root->child[i];
    if (!n) continue;
    if (n->kind == ANS_SYN_NORM) declare__norm(s, n);
    else if (n->kind == ANS_SYN_ENUM) declare__enum(s, n);
    else if (n->kind == ANS_SYN_UNIT) declare__unit(s, n);
    else if (n->kind == ANS_SYN_ERROR && sema__norm_lost(s, n)) declare__norm_name(s, n);
    else if (n->kind == ANS_SYN_PACKAGE) SEMA_ERR0(s, PACKAGE_TWICE, n);
  }
}

void sema__declare_names(sema *s) {
  for (uint32_t p = 0; p < s->pack_count; p++)
    for (uint32_t t = 0; t < s->packs[p].tree_count; t++) {
      sema__enter(s, s->m->trees[s->packs[p].first_tree + t]);
      declare__names_of(s, t == 0);
    }
}

/* --- members -------------------------------------------------------------------------------------------------------- */
static void declare__sources(sema *s, const ans_syn *list, ans_fact *f) {
  uint32_t rank = 0;
  f->first_source = s->sources.n;
  for (uint32_t i = 0; list && i < list->count; i++) {
    const ans_syn *n = list->child[i];
    if (n->flags & ANS_SYNF_BEFORE) rank++;
    ans_source_rank *r = sema__push(s, &s->sources, sizeof *r, "262144 quellen / sources");
    if (!r) return;
    *r = (ans_source_rank){sema__text(s, n), rank};
    if (strcmp(r->source, "Antrag") == 0) f->from_application = 1;
    f->source_count++;
  }
}

/* von A bis B, mindestens A, höchstens B: what a value of the fact can be (docs/semantics.md § 1). */
static void declare__bounds(sema *s, const ans_syn *n, ans_fact *f) {
  const ans_syn *ends[2] = {sema__child(n, 0), sema__child(n, 1)};
  int64_t *values[2] = {&f->low, &f->high};
  bool ok = true;
  if (!ans_type_bounded(f->type)) { SEMA_ERR(s, BOUNDS_TYPE, n, sema__type_name(s, f->type)); return; }
  for (uint32_t k = 0; k < 2; k++) { /* both are checked */
    if (!ends[k]) continue;
    bool good = sema__value(s, ends[k], f->type, values[k]);
    if (good && (*values[k] < -ANS_MAX_BOUND || *values[k] > ANS_MAX_BOUND)) { SEMA_ERR(s, NUMBER_RANGE, ends[k], sema__words(s, ends[k])); good = false; }
    if (good) f->bounds |= (uint8_t)(k ? ANS_FACT_GREATEST : ANS_FACT_LEAST);
    ok = ok && good;
  }
  if (ok && ends[0] && ends[1] && f->low > f->high) { SEMA_ERR(s, BOUNDS_ORDER, n, sema__words(s, ends[0]), sema__words(s, ends[1])); ok = false; }
  if (!ok) f->bounds = 0, f->low = f->high = 0; /* reported; no case is measured by it */
}

static void declare__member(sema *s, uint32_t unit, const ans_syn *n) {
  const ans_syn *name = sema__child(n, 1), *type = sema__child(n, 2);
  const char *word = sema__text(s, sema__child(n, 0));
  sema_symbol *y = name && type && !sema__dropped(s, n) ? sema__declare(s, SPACE_MEMBER, unit, name, SYM_FACT, s->facts.n) : NULL;
  if (!y) return;
  ans_fact f = {.name = sema__text(s, name), .label = sema__string(s, sema__child(n, 3)), .unit = unit, .provision = ANS_NONE};
  f.kind = n->flags & ANS_SYNF_TIMELINE ? ANS_FACT_TIMELINE : ANS_FACT_SCALAR;
  f.nature = word[0] == 'b' ? ANS_NATURE_BEURTEILUNG : word[0] == 'e' ? ANS_NATURE_ERMESSEN : ANS_NATURE_FACT;
  bool typed = sema__type(s, type, &f.type);
  y->lost = !typed;
  if (typed && f.type.tag == ANS_T_TEXT) f.type.ref = s->facts.n; /* answers about a text belong to its fact */
  if (typed && (f.type.tag == ANS_T_REF) != (word[0] == 'v')) SEMA_ERR(s, MEMBER_TYPE, type, word, sema__type_name(s, f.type));
  else if (typed && f.type.tag == ANS_T_REF && f.kind == ANS_FACT_TIMELINE) SEMA_ERR0(s, TIMELINE_REFERENCE, n);
  if (typed && sema__child(n, 6)) declare__bounds(s, n->child[6], &f);
  declare__sources(s, sema__child(n, 4), &f);
  if (sema__child(n, 5)) f.provision = sema__provision(s, n->child[5], false);
  ans_fact *slot = sema__push(s, &s->facts, sizeof *slot, "8192 Angaben / facts");
  sema_origin *origin = slot ? sema__push(s, &s->fact_origin, sizeof *origin, "8192 Angaben / facts") : NULL;
  if (slot) *slot = f;
  if (origin) *origin = (sema_origin){s->tree, n};
}

static void declare__members(sema *s, const ans_syn *n) {
  const sema_symbol *y = sema__find(s, SPACE_TYPE, 0, sema__text(s, sema__child(n, 0)));
  if (!y || y->kind != SYM_UNIT || (n->flags & ANS_SYNF_MORE ? !y->foreign : y->syn != n->child[0])) return; /* a duplicate was reported */
  uint32_t unit = y->index;
  const ans_syn *list = sema__child(n, 3);
  for (uint32_t i = 0; list && i < list->count; i++)
    if (list->child[i] && list->child[i]->kind == ANS_SYN_MEMBER) declare__member(s, unit, list->child[i]);
}

/* --- results -------------------------------------------------------------------------------------------------------- */
static void declare__result(sema *s, const ans_syn *n) {
  const ans_syn *path = sema__child(n, 0), *type = sema__child(n, 1);
  uint32_t unit;
  if (!path || path->count != 2) { SEMA_ERR0(s, RESULT_PATH, path ? path : n); sema__lose(s, n); return; }
  if (!sema__unit(s, path->child[0], &unit)) { sema__lose(s, n); return; }
  sema_symbol *y = sema__declare(s, SPACE_MEMBER, unit, path->child[1], SYM_RESULT, s->results.n);
  if (!y) return;
  ans_tresult r = {.name = sema__text(s, path->child[1]), .label = sema__string(s, sema__child(n, 3)), .unit = unit, .provision = n->flags & ANS_SYNF_AUXILIARY ? ANS_NONE : s->section};
  r.imported = s->package != sema__own(s);
  r.grain = n->flags & ANS_SYNF_PER_DAY ? ANS_GRAIN_DAY : ANS_GRAIN_ROW;
  bool typed = type && sema__type(s, type, &r.type);
  y->lost = !typed;
  if (typed && sema__steers(r.type)) {
    SEMA_ERR(s, STEERING_RESULT, type, sema__type_name(s, r.type));
    r.type.ref = ANS_NONE; /* what uses it stays silent */
  } else if (typed && r.type.tag != ANS_T_BOOL && !sema__child(n, 2)) SEMA_ERR(s, DEFAULT_MISSING, path, r.name, sema__type_name(s, r.type));
  ans_tresult *slot = sema__push(s, &s->results, sizeof *slot, "8192 ergebnisse / results");
  sema_result *side = slot ? sema__push(s, &s->result_side, sizeof *side, "8192 ergebnisse / results") : NULL;
  if (slot) *slot = r;
  if (side) *side = (sema_result){s->tree, n, !typed};
}

bool sema__result_path(sema *s, const ans_syn *path, uint32_t *unit, uint32_t *result, bool *typed) {
  *unit = ANS_NONE;
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
  *typed = !y->lost;
  if (!y->foreign) return true;
  uint32_t package = sema__package_of(s, VEC_AT(sema_result, s->result_side, y->index)->tree);
  SEMA_ERR(s, FOREIGN_RESULT, path->child[1], name, s->packs[package].name);
  return false;
}

/* --- pass 2 --------------------------------------------------------------------------------------------------------- */
static void declare__cited(sema *s, const ans_syn *n, const char *what) {
  if (s->section != ANS_NONE || s->section_broken || n->flags & ANS_SYNF_AUXILIARY) return;
  SEMA_ERR(s, UNCITED, n, what);
  s->section_number = NULL;
  s->section_broken = true; /* one heading is missing, not one for each item up to the next */
}

static void declare__later(sema *s, const ans_syn *n) {
  sema_item *i = sema__push(s, &s->items, sizeof *i, "16384 regeln / rules");
  if (i) *i = (sema_item){s->tree, n, s->section, s->section_norm, s->section_broken, s->section_number};
}

static void declare__statement(sema *s, const ans_syn *n) {
  if (s->package != sema__own(s)) return; /* a gap of another package is that package's to show */
  if (n->count <= 2) declare__cited(s, n, sema__words(s, sema__child(n, 0)));
  sema__declare_statement(s, n);
}

/* Skipped tokens: perhaps a rule that an exception looks for, perhaps the heading of what follows. */
static void declare__skipped(sema *s, const ans_syn *n) {
  const char *number;
  if (sema__heading_lost(s, n, &number)) {
    s->section = ANS_NONE;
    s->section_broken = true;
    s->section_number = number;
  }
  if (s->section_broken || s->section != ANS_NONE) sema__lost_rule(s, s->section_broken ? ANS_NONE : s->section, s->section_number);
}

/* Is anything of another package's section needed? Otherwise its citation is not the law of this program. */
static bool declare__section_needed(const sema *s, const ans_syn *root, uint32_t heading) {
  if (!s->last_run || s->package == sema__own(s)) return true;
  for (uint32_t i = heading + 1; i < root->count && (!root->child[i] || root->child[i]->kind != ANS_SYN_SECTION); i++) {
    const ans_syn *n = root->child[i];
    bool law = n && (n->kind == ANS_SYN_RESULT || n->kind == ANS_SYN_PARAM || n->kind == ANS_SYN_RULE || n->kind == ANS_SYN_EXCEPTION || n->kind == ANS_SYN_HUMAN);
    if (law && !sema__dropped(s, n)) return true;
  }
  return false;
}

static void declare__item(sema *s, const ans_syn *root, uint32_t i) {
  const ans_syn *n = root->child[i];
  if (sema__dropped(s, n)) return;
  if (n->kind == ANS_SYN_SECTION) (void)sema__open_section(s, n, declare__section_needed(s, root, i));
  else if (n->kind == ANS_SYN_UNIT) declare__members(s, n);
  else if (n->kind == ANS_SYN_RESULT) declare__result(s, n);
  else if (n->kind == ANS_SYN_PARAM) { declare__cited(s, n, "parameter"); sema__declare_param(s, n); }
  else if (n->kind == ANS_SYN_RULE) { declare__cited(s, n, "regel"); declare__later(s, n); }
  else if (n->kind == ANS_SYN_EXCEPTION) { declare__cited(s, n, "ausnahme"); declare__later(s, n); }
  else if (n->kind == ANS_SYN_ERROR) declare__skipped(s, n);
  else if (n->kind == ANS_SYN_HUMAN) { declare__cited(s, n, sema__words(s, sema__child(n, 0))); declare__later(s, n); }
  else if (n->kind == ANS_SYN_STATEMENT) declare__statement(s, n);
  else if (n->kind == ANS_SYN_BENEFIT || n->kind == ANS_SYN_BASECASE || n->kind == ANS_SYN_TESTCASE) { if (s->package == sema__own(s)) declare__later(s, n); }
}

void sema__declare_members(sema *s) {
  for (uint32_t p = 0; p < s->pack_count; p++) {
    if (p == sema__own(s)) s->m->first_own_param = s->params.n;
    for (uint32_t t = 0; t < s->packs[p].tree_count; t++) {
      sema__enter(s, s->m->trees[s->packs[p].first_tree + t]);
      if (t == 0) sema__import_members(s);
      s->section = s->section_norm = ANS_NONE;
      s->section_broken = false;
      const ans_syn *root = s->tree->root;
      for (uint32_t i = 1; root && i < root->count; i++)
        if (root->child[i]) declare__item(s, root, i);
    }
  }
}

/* Declarations that nothing uses. Results count as used by a benefit, another result or a test; facts and parameters by an expression. A
 * package without results of its own is there for others to use. */
void sema__unused(sema *s) {
  bool base = true;
  for (uint32_t i = 0; i < s->results.n; i++) base = base && VEC_AT(ans_tresult, s->results, i)->imported;
  for (uint32_t k = 0; k < s->symbols.n; k++) {
    const sema_symbol *y = VEC_AT(sema_symbol, s->symbols, k);
    if (sema__package_of(s, y->tree) != sema__own(s) || sema__space(y) == SPACE_SCHEMA) continue;
    bool asked = (y->kind == SYM_UNIT && y->foreign) || y->kind == SYM_FACT || y->kind == SYM_RESULT || y->kind == SYM_PARAM || y->kind == SYM_ENUM || y->kind == SYM_NORM;
    if (!asked || y->used || !y->syn || (base && y->kind != SYM_NORM && !y->foreign)) continue;
    sema__enter(s, y->tree);
    SEMA_ERR(s, UNUSED, y->syn, y->name);
  }
}
