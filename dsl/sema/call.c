/* Functions and aggregates. Functions are one table of name, arguments and maker; aggregates type their filter and element in the
 * member unit (docs/language.md "Functions", docs/semantics.md § 3). */
#include "sema/sema_private.h"
#include <string.h>

typedef enum call_id {
  CALL_KNOWN, CALL_PRESENT, CALL_LAST_END, CALL_NEXT_START, CALL_MONTH_OF, CALL_MONTH_FIRST, CALL_MONTH_LAST, CALL_YEAR_OF, CALL_FULL_MONTHS,
  CALL_MONTHS_BETWEEN, CALL_PLUS_MONTHS, CALL_MIN, CALL_MAX, CALL_ROUND
} call_id;
static const struct { const char *name; call_id id; uint32_t arguments; } call__table[] = {
    {"bekannt", CALL_KNOWN, 1}, {"vorhanden", CALL_PRESENT, 1}, {"letztes_Ende", CALL_LAST_END, 2}, {"nächster_Beginn", CALL_NEXT_START, 2},
    {"Monat_von", CALL_MONTH_OF, 1}, {"erster_Tag", CALL_MONTH_FIRST, 1}, {"letzter_Tag", CALL_MONTH_LAST, 1}, {"Jahr_von", CALL_YEAR_OF, 1},
    {"volle_Monate_zwischen", CALL_FULL_MONTHS, 2}, {"Monate_zwischen", CALL_MONTHS_BETWEEN, 2}, {"plus_Monate", CALL_PLUS_MONTHS, 3},
    {"kleiner_von", CALL_MIN, 2}, {"größer_von", CALL_MAX, 2}, {"gerundet", CALL_ROUND, 3}};

/* An operand of a given plain type, or NULL after a report. */
static ans_tx *call__typed(sema *s, const sema_scope *sc, const ans_syn *n, ans_type_tag tag) {
  return sema__coerce(s, sc, sema__expr(s, sc, n, NULL), sema__plain(tag), n);
}

static ans_tx *call__unary(sema *s, const sema_scope *sc, const ans_syn *n, ans_tx_kind kind, ans_type type, ans_tx *x) {
  return x ? sema__tx(s, sc, kind, type, n, 1, &x) : NULL;
}

static bool call__word(sema *s, const ans_syn *call, const ans_syn *n, const char *const *words, uint32_t *which, const char *all) {
  const char *w = sema__words(s, n);
  for (uint32_t i = 0; words[i]; i++)
    if (strcmp(words[i], w) == 0) { *which = i; return true; }
  SEMA_ERR(s, ARGUMENT_WORD, n, sema__text(s, sema__child(call, 0)), all);
  return false;
}

static ans_tx *call__timeline(sema *s, const sema_scope *sc, const ans_syn *n, ans_tx_kind kind) {
  uint32_t fact = ANS_NONE;
  ans_tx *args[2] = {NULL, NULL};
  bool ok = sema__path_timeline(s, sc, n->child[1], sema__text(s, n->child[0]), &fact, &args[0]);
  args[1] = call__typed(s, sc, n->child[2], ANS_T_DATE);
  if (!ok || !args[1]) return NULL;
  ans_tx *x = sema__tx(s, sc, kind, sema__plain(ANS_T_DATE), n, 2, args);
  if (!x) return NULL;
  x->index = fact;
  if (x->grain < ANS_GRAIN_ROW) x->grain = ANS_GRAIN_ROW;
  x->unit = sc->unit;
  return x;
}

/* Monat_von(e) − Monat_von(d) − 1, or n − m of month numbers. */
static ans_tx *call__months(sema *s, const sema_scope *sc, const ans_syn *n, bool full) {
  ans_type months = {ANS_T_INT, 0, ANS_M_MONTHS, 0, 0};
  ans_tx *a = call__typed(s, sc, n->child[1], full ? ANS_T_DATE : ANS_T_MONTH), *b = call__typed(s, sc, n->child[2], full ? ANS_T_DATE : ANS_T_MONTH);
  if (full) {
    a = call__unary(s, sc, n, ANS_TX_MONTH_OF, sema__plain(ANS_T_MONTH), a);
    b = call__unary(s, sc, n, ANS_TX_MONTH_OF, sema__plain(ANS_T_MONTH), b);
  }
  if (!a || !b) return NULL;
  ans_tx *difference[2] = {b, a};
  ans_tx *x = sema__tx(s, sc, ANS_TX_SUB, months, n, 2, difference);
  if (!full || !x) return x;
  ans_tx *minus[2] = {x, sema__const(s, months, 1, NULL)};
  return minus[1] ? sema__tx(s, sc, ANS_TX_SUB, months, n, 2, minus) : NULL;
}

static ans_tx *call__plus_months(sema *s, const sema_scope *sc, const ans_syn *n) {
  static const char *const words[] = {"streng", "gekürzt", "verlängert", NULL}; /* order of ans_clip */
  uint32_t clip = 0;
  ans_tx *args[2] = {call__typed(s, sc, n->child[1], ANS_T_DATE), sema__expr(s, sc, n->child[2], NULL)};
  bool ok = call__word(s, n, n->child[3], words, &clip, "gekürzt, verlängert, streng");
  if (args[1] && !(args[1]->type.tag == ANS_T_INT && args[1]->type.per == ANS_PER_NONE && (args[1]->type.measure == ANS_M_NONE || args[1]->type.measure == ANS_M_MONTHS))) {
    SEMA_ERR(s, EXPECTED_TYPE, n->child[2], "Zahl Monate", sema__type_name(s, args[1]->type));
    return NULL;
  }
  if (!ok || !args[0] || !args[1]) return NULL;
  ans_tx *x = sema__tx(s, sc, ANS_TX_ADD_MONTHS, sema__plain(ANS_T_DATE), n, 2, args);
  if (x) x->index = clip;
  return x;
}

static ans_tx *call__extreme(sema *s, const sema_scope *sc, const ans_syn *n, ans_tx_kind kind, const ans_type *hint) {
  const char *name = sema__text(s, n->child[0]);
  ans_tx *args[2] = {sema__expr(s, sc, n->child[1], hint), NULL};
  args[1] = sema__expr(s, sc, n->child[2], args[0] ? &args[0]->type : hint);
  if (!sema__unify(s, sc, n, name, &args[0], &args[1])) return NULL;
  ans_type t = args[0]->type;
  if (t.tag == ANS_T_BOOL || t.tag == ANS_T_ENUM || t.tag == ANS_T_REF) { SEMA_ERR(s, ORDER_TYPE, n, sema__type_name(s, t), name); return NULL; }
  return sema__tx(s, sc, kind, t, n, 2, args);
}

static ans_tx *call__round(sema *s, const sema_scope *sc, const ans_syn *n) {
  static const char *const words[] = {"kaufmännisch", "auf", "ab", NULL}; /* order of ans_rounding */
  uint32_t mode = 0;
  const ans_syn *what = sema__strip(n->child[1]);
  ans_tx *a = NULL, *b = NULL;
  bool ok = call__word(s, n, n->child[2], words, &mode, "kaufmännisch, auf, ab");
  if (what && what->kind == ANS_SYN_BINARY && sema__text(s, sema__child(what, 0))[0] == '/') {
    a = sema__expr(s, sc, sema__child(what, 1), NULL);
    b = sema__expr(s, sc, sema__child(what, 2), NULL);
    ok = ok && b;
  } else {
    a = sema__expr(s, sc, what, NULL);
  }
  return ok ? sema__round(s, sc, n, a, b, mode, n->child[3]) : NULL;
}

ans_tx *sema__call(sema *s, const sema_scope *sc, const ans_syn *n, const ans_type *hint) {
  const ans_syn *head = sema__child(n, 0);
  if (!head) return NULL;
  const char *name = sema__text(s, head);
  ans_type truth = sema__plain(ANS_T_BOOL), date = sema__plain(ANS_T_DATE), month = sema__plain(ANS_T_MONTH), number = sema__plain(ANS_T_INT);
  const char *names[sizeof call__table / sizeof *call__table];
  for (size_t i = 0; i < sizeof call__table / sizeof *call__table; i++) {
    names[i] = call__table[i].name;
    if (strcmp(call__table[i].name, name) != 0) continue;
    if (n->count - 1 != call__table[i].arguments) {
      SEMA_ERR(s, ARGUMENT_COUNT, n, name, sema__format(s, "%u", call__table[i].arguments), sema__format(s, "%u", n->count - 1));
      return NULL;
    }
    switch (call__table[i].id) {
      case CALL_KNOWN: return call__unary(s, sc, n, ANS_TX_KNOWN, truth, sema__expr(s, sc, n->child[1], NULL));
      case CALL_PRESENT: return call__unary(s, sc, n, ANS_TX_PRESENT, truth, sema__expr(s, sc, n->child[1], NULL));
      case CALL_LAST_END: return call__timeline(s, sc, n, ANS_TX_TL_LAST_END);
      case CALL_NEXT_START: return call__timeline(s, sc, n, ANS_TX_TL_NEXT_START);
      case CALL_MONTH_OF: return call__unary(s, sc, n, ANS_TX_MONTH_OF, month, call__typed(s, sc, n->child[1], ANS_T_DATE));
      case CALL_MONTH_FIRST: return call__unary(s, sc, n, ANS_TX_MONTH_FIRST, date, call__typed(s, sc, n->child[1], ANS_T_MONTH));
      case CALL_MONTH_LAST: return call__unary(s, sc, n, ANS_TX_MONTH_LAST, date, call__typed(s, sc, n->child[1], ANS_T_MONTH));
      case CALL_YEAR_OF: return call__unary(s, sc, n, ANS_TX_YEAR_OF, number, call__typed(s, sc, n->child[1], ANS_T_DATE));
      case CALL_FULL_MONTHS: return call__months(s, sc, n, true);
      case CALL_MONTHS_BETWEEN: return call__months(s, sc, n, false);
      case CALL_PLUS_MONTHS: return call__plus_months(s, sc, n);
      case CALL_MIN: return call__extreme(s, sc, n, ANS_TX_MIN2, hint);
      case CALL_MAX: return call__extreme(s, sc, n, ANS_TX_MAX2, hint);
      case CALL_ROUND: return call__round(s, sc, n);
    }
  }
  sema_symbol *param = sema__param_of(s, sc, n);
  if (param) return sema__param(s, sc, n, param, NULL);
  SEMA_ERR(s, UNKNOWN_FUNCTION, head, name);
  sema__suggest(s, head, name, &(sema_place){SPACE_PARAM, 0}, 1, names, sizeof names / sizeof *names);
  return NULL;
}

/* --- aggregates ----------------------------------------------------------------------------------------------------- */
typedef struct call_group { uint32_t member, pointer, target; ans_tx *row; } call_group;

/* unit über reference: members of this row (the reference points to the current unit), or, when the current unit has the reference of
 * that name itself, the members that share its target. */
static bool call__group(sema *s, const sema_scope *sc, const ans_syn *n, call_group *g) {
  const ans_syn *unit = sema__child(n, 2), *via = sema__child(n, 3);
  if (!unit || !via || !sema__unit(s, unit, &g->member)) return false;
  const char *name = sema__text(s, via);
  sema_symbol *y = sema__find(s, SPACE_MEMBER, g->member, name);
  const ans_fact *f = y && y->kind == SYM_FACT ? VEC_AT(ans_fact, s->facts, y->index) : NULL;
  if (!f || f->type.tag != ANS_T_REF) {
    SEMA_ERR(s, UNKNOWN_REFERENCE, via, name, sema__unit_name(s, g->member));
    sema__suggest(s, via, name, &(sema_place){SPACE_MEMBER, g->member}, 1, NULL, 0);
    return false;
  }
  y->used = true;
  g->pointer = y->index;
  g->target = f->type.ref;
  g->row = NULL;
  if (g->target == sc->unit) return true;
  const sema_symbol *own = sema__find(s, SPACE_MEMBER, sc->unit, name);
  const ans_fact *o = own && own->kind == SYM_FACT ? VEC_AT(ans_fact, s->facts, own->index) : NULL;
  if (!o || o->kind != ANS_FACT_SCALAR || o->type.tag != ANS_T_REF || o->type.ref != g->target) {
    SEMA_ERR(s, REFERENCE_TARGET, via, name, sema__unit_name(s, g->target), sema__unit_name(s, sc->unit));
    return false;
  }
  ans_tx *this_row = NULL;
  g->row = sema__tx(s, sc, ANS_TX_FACT, o->type, via, 1, &this_row);
  if (!g->row) return false;
  g->row->index = own->index;
  g->row->grain = ANS_GRAIN_ROW;
  g->row->unit = sc->unit;
  return true;
}

static ans_tx *call__aggregate_node(sema *s, const sema_scope *sc, const ans_syn *n, ans_tx_kind kind, ans_type type, const call_group *g, ans_tx *filter, ans_tx *element) {
  ans_tx *args[3] = {filter, element, g->row};
  ans_tx *x = sema__tx(s, sc, kind, type, n, kind == ANS_TX_RANK ? 2 : 3, args);
  if (!x) return NULL;
  x->index = g->pointer;
  if (x->grain < ANS_GRAIN_ROW) x->grain = ANS_GRAIN_ROW;
  x->unit = sc->unit;
  return x;
}

ans_tx *sema__aggregate(sema *s, const sema_scope *sc, const ans_syn *n, const ans_type *hint) {
  const char *word = sema__text(s, sema__child(n, 0));
  const ans_syn *element_syn = sema__child(n, 1), *filter_syn = sema__child(n, 4);
  call_group g = {0, 0, 0, NULL};
  if (!call__group(s, sc, n, &g)) return NULL;
  bool rank = word[0] == 'R';
  if (rank && g.member != sc->unit) { SEMA_ERR(s, RANK_UNIT, n, sema__unit_name(s, sc->unit), sema__unit_name(s, g.member)); return NULL; }
  sema_scope sub = *sc;
  sub.unit = g.member;
  if (sub.day && sub.day->kind != ANS_TX_DAY && sub.day->grain != ANS_GRAIN_UNIFORM) { sub.day = NULL; sub.day_blocked = true; }
  bool any = word[0] == 'e', all = word[0] == 'j', count = word[0] == 'A';
  ans_tx *filter = filter_syn ? sema__condition(s, &sub, filter_syn) : NULL, *element = NULL;
  if (any) element = sema__const(s, sema__plain(ANS_T_BOOL), 1, NULL);
  else if (all) element = sema__condition(s, &sub, element_syn);
  else if (!count) element = sema__expr(s, &sub, element_syn, hint);
  if ((filter_syn && !filter) || (!count && !element)) return NULL;
  if (any) return call__aggregate_node(s, sc, n, ANS_TX_AGG_ANY, sema__plain(ANS_T_BOOL), &g, filter, element);
  if (all) return call__aggregate_node(s, sc, n, ANS_TX_AGG_ALL, sema__plain(ANS_T_BOOL), &g, filter, element);
  if (count) return call__aggregate_node(s, sc, n, ANS_TX_AGG_COUNT, sema__plain(ANS_T_INT), &g, filter, NULL);
  ans_type t = element->type;
  bool sum = word[0] == 'S', ordered = t.tag != ANS_T_BOOL && t.tag != ANS_T_ENUM && t.tag != ANS_T_REF;
  if (sum ? !sema__numeric(t) : !ordered) { SEMA_ERR(s, ORDER_TYPE, element_syn, sema__type_name(s, t), sema__words(s, sema__child(n, 0))); return NULL; }
  if (rank) return call__aggregate_node(s, sc, n, ANS_TX_RANK, sema__plain(ANS_T_INT), &g, filter, element);
  return call__aggregate_node(s, sc, n, sum ? ANS_TX_AGG_SUM : word[0] == 'M' ? ANS_TX_AGG_MIN : ANS_TX_AGG_MAX, t, &g, filter, element);
}
