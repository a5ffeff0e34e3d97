/* Functions and aggregates. Functions are one table of name, arguments and maker; aggregates type their filter and element in the
 * member unit (docs/language.md "Functions", docs/semantics.md § 3). */
#include "sema/sema_private.h"
#include "num/calendar.h"
#include <string.h>

typedef enum call_id {
  CALL_KNOWN, CALL_PRESENT, CALL_LAST_END, CALL_NEXT_START, CALL_MONTH_OF, CALL_MONTH_FIRST, CALL_MONTH_LAST, CALL_YEAR_OF, CALL_FULL_MONTHS,
  CALL_MONTHS_BETWEEN, CALL_PLUS_MONTHS, CALL_MIN, CALL_MAX, CALL_ROUND, CALL_PER_MONTH, CALL_PER_YEAR, CALL_DAYS_WITH, CALL_AVERAGE, CALL_HOLIDAY,
  CALL_WORKDAY, CALL_DEADLINE, CALL_WEEKS, CALL_LIFE_MONTH_FIRST, CALL_LIFE_MONTH_LAST, CALL_NUMBER_OF, CALL_COUNT_IN
} call_id;
enum { CALL_ANY_NUMBER = 16 /* most arguments of größer_von and kleiner_von */, CALL_MAX_AVERAGE = 60 /* months */ };
static const struct { const char *name; call_id id; uint32_t arguments, most; } call__table[] = {
    {"bekannt", CALL_KNOWN, 1, 1}, {"vorhanden", CALL_PRESENT, 1, 1}, {"letztes_Ende", CALL_LAST_END, 2, 2}, {"nächster_Beginn", CALL_NEXT_START, 2, 2},
    {"Monat_von", CALL_MONTH_OF, 1, 1}, {"erster_Tag", CALL_MONTH_FIRST, 1, 1}, {"letzter_Tag", CALL_MONTH_LAST, 1, 1}, {"Jahr_von", CALL_YEAR_OF, 1, 1},
    {"volle_Monate_zwischen", CALL_FULL_MONTHS, 2, 2}, {"Monate_zwischen", CALL_MONTHS_BETWEEN, 2, 2}, {"plus_Monate", CALL_PLUS_MONTHS, 3, 3},
    {"kleiner_von", CALL_MIN, 2, CALL_ANY_NUMBER}, {"größer_von", CALL_MAX, 2, CALL_ANY_NUMBER}, {"gerundet", CALL_ROUND, 3, 3},
    {"je_Monat", CALL_PER_MONTH, 3, 3}, {"je_Jahr", CALL_PER_YEAR, 1, 1}, {"Tage_mit", CALL_DAYS_WITH, 3, 3}, {"Durchschnitt", CALL_AVERAGE, 5, 5},
    {"ist_Feiertag", CALL_HOLIDAY, 1, 1}, {"nächster_Werktag", CALL_WORKDAY, 1, 1}, {"Fristende", CALL_DEADLINE, 2, 2}, {"Wochen", CALL_WEEKS, 1, 1},
    {"Lebensmonat_Beginn", CALL_LIFE_MONTH_FIRST, 2, 2}, {"Lebensmonat_Ende", CALL_LIFE_MONTH_LAST, 2, 2}, {"Zahl_aus", CALL_NUMBER_OF, 1, 1},
    {"Anzahl_in", CALL_COUNT_IN, 1, 1}};

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
  bool ok = sema__path_timeline(s, sc, n->child[1], sema__text(s, n->child[0]), false, &fact, &args[0]);
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
  ans_tx *date = call__typed(s, sc, n->child[1], ANS_T_DATE), *months = sema__expr(s, sc, n->child[2], NULL);
  ans_tx *args[2] = {date, months};
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

/* Two or more arguments, folded from the left: strict, so the order cannot be seen. */
static ans_tx *call__extreme(sema *s, const sema_scope *sc, const ans_syn *n, ans_tx_kind kind, const ans_type *hint) {
  const char *name = sema__text(s, n->child[0]);
  ans_tx *x = sema__expr(s, sc, n->child[1], hint);
  bool ok = x != NULL;
  for (uint32_t i = 2; i < n->count; i++) {
    ans_tx *args[2] = {x, sema__expr(s, sc, n->child[i], x ? &x->type : hint)};
    ok = ok && sema__unify(s, sc, n, name, &args[0], &args[1]);
    if (!ok) continue;
    ans_type t = args[0]->type;
    if (!sema__ordered(t)) { SEMA_ERR(s, ORDER_TYPE, n, sema__type_name(s, t), name); return NULL; }
    x = sema__tx(s, sc, kind, t, n, 2, args);
    ok = x != NULL;
  }
  return ok ? x : NULL;
}

static bool call__is(sema *s, const ans_syn *n, char op) {
  return n && n->kind == ANS_SYN_BINARY && sema__text(s, sema__child(n, 0))[0] == op;
}

static const char *const call__modes[] = {"kaufmännisch", "auf", "ab", NULL}; /* order of ans_rounding */

static ans_tx *call__round(sema *s, const sema_scope *sc, const ans_syn *n) {
  uint32_t mode = 0;
  const ans_syn *what = sema__strip(n->child[1]), *over = NULL, *factor = NULL;
  bool ok = call__word(s, n, n->child[2], call__modes, &mode, "kaufmännisch, auf, ab");
  if (call__is(s, what, '/')) {
    over = sema__child(what, 2);
    what = sema__strip(sema__child(what, 1));
  }
  if (call__is(s, what, '*')) {
    factor = sema__child(what, 2);
    what = sema__child(what, 1);
  }
  ans_tx *a = sema__expr(s, sc, what, NULL), *f = factor ? sema__expr(s, sc, factor, NULL) : NULL, *d = over ? sema__expr(s, sc, over, NULL) : NULL;
  if (!ok || (factor && !f) || (over && !d)) return NULL;
  return sema__round(s, sc, n, a, f, d, mode, n->child[3]);
}

/* Twelve months are a year: exact in one direction, a written rounding in the other. */
static ans_tx *call__per(sema *s, const sema_scope *sc, const ans_syn *n, uint8_t from, uint8_t to) {
  ans_tx *x = sema__expr(s, sc, n->child[1], NULL);
  uint32_t mode = 0;
  bool month = to == ANS_PER_MONTH, ok = !month || call__word(s, n, n->child[2], call__modes, &mode, "kaufmännisch, auf, ab");
  if (!x || !ok) return NULL;
  if (!sema__numeric(x->type) || x->type.per != from) {
    SEMA_ERR(s, EXPECTED_TYPE, n->child[1], month ? "Geld je Jahr" : "Geld je Monat", sema__type_name(s, x->type));
    return NULL;
  }
  ans_tx *twelve = sema__const(s, sema__plain(ANS_T_INT), 12, NULL);
  x = month ? sema__round(s, sc, n, x, NULL, twelve, mode, n->child[3]) : sema__multiply(s, sc, n, x, twelve);
  return x ? sema__unit_of_measure(s, sc, x, x->type.measure, to, n) : NULL;
}

static ans_tx *call__days_with(sema *s, const sema_scope *sc, const ans_syn *n) {
  uint32_t fact = ANS_NONE;
  ans_tx *args[3] = {NULL, NULL, NULL};
  bool ok = sema__path_timeline(s, sc, n->child[1], sema__text(s, n->child[0]), false, &fact, &args[0]);
  args[1] = call__typed(s, sc, n->child[2], ANS_T_DATE);
  args[2] = call__typed(s, sc, n->child[3], ANS_T_DATE);
  if (!ok || !args[1] || !args[2]) return NULL;
  ans_type days = {ANS_T_INT, 0, ANS_M_DAYS, 0, 0};
  ans_tx *x = sema__tx(s, sc, ANS_TX_TL_DAYS, days, n, 3, args);
  if (!x) return NULL;
  x->index = fact;
  if (x->grain < ANS_GRAIN_ROW) x->grain = ANS_GRAIN_ROW;
  x->unit = sc->unit;
  return x;
}

/* Durchschnitt(f; n; m; mode; grain): the n values of f on the first days of the n months before month m, summed and divided once. */
static ans_tx *call__average(sema *s, const sema_scope *sc, const ans_syn *n) {
  uint32_t fact = ANS_NONE, mode = 0;
  ans_tx *row = NULL, *sum = NULL, *month = NULL;
  int64_t count = 0;
  ans_type counted, months = {ANS_T_INT, 0, ANS_M_MONTHS, 0, 0};
  bool ok = sema__path_timeline(s, sc, n->child[1], sema__text(s, n->child[0]), true, &fact, &row);
  ok = call__word(s, n, n->child[4], call__modes, &mode, "kaufmännisch, auf, ab") && ok;
  const ans_syn *number = sema__strip(n->child[2]);
  bool literal = number && number->kind == ANS_SYN_INT && sema__literal(s, number, &count, &counted);
  if (!literal || count < 1 || count > CALL_MAX_AVERAGE || (counted.measure != ANS_M_NONE && counted.measure != ANS_M_MONTHS) || counted.per) {
    SEMA_ERR(s, AVERAGE_MONTHS, n->child[2], sema__format(s, "%d", CALL_MAX_AVERAGE));
    ok = false;
  }
  month = call__typed(s, sc, n->child[3], ANS_T_MONTH);
  if (!ok || !month) return NULL;
  ans_type type = VEC_AT(ans_fact, s->facts, fact)->type;
  for (int64_t i = count; i >= 1; i--) {
    ans_tx *back[2] = {month, sema__const(s, months, i, NULL)};
    ans_tx *first = back[1] ? sema__tx(s, sc, ANS_TX_SUB, sema__plain(ANS_T_MONTH), n, 2, back) : NULL;
    ans_tx *at[2] = {row, call__unary(s, sc, n, ANS_TX_MONTH_FIRST, sema__plain(ANS_T_DATE), first)};
    ans_tx *value = at[1] ? sema__tx(s, sc, ANS_TX_TL_AT, type, n, 2, at) : NULL;
    if (!value) return NULL;
    value->index = fact;
    if (value->grain < ANS_GRAIN_ROW) value->grain = ANS_GRAIN_ROW;
    value->unit = sc->unit;
    sum = sum ? sema__arith(s, sc, n, ANS_TX_ADD, "+", sum, value) : value;
  }
  return sema__round(s, sc, n, sum, NULL, sema__const(s, sema__plain(ANS_T_INT), count, NULL), mode, n->child[5]);
}

static ans_tx *call__calendar(sema *s, const sema_scope *sc, const ans_syn *n, ans_tx_kind kind, ans_tx *day) {
  ans_tx *x = call__unary(s, sc, n, kind, sema__plain(kind == ANS_TX_HOLIDAY ? ANS_T_BOOL : ANS_T_DATE), day);
  if (x) x->index = ANS_JURISDICTION_THUERINGEN;
  return x;
}

/* Months after a date with the given clipping; `n` counts months or is a plain number. */
static ans_tx *call__later(sema *s, const sema_scope *sc, const ans_syn *n, ans_tx *day, ans_tx *count, ans_clip clip) {
  ans_tx *args[2] = {day, count};
  ans_tx *x = day && count ? sema__tx(s, sc, ANS_TX_ADD_MONTHS, sema__plain(ANS_T_DATE), n, 2, args) : NULL;
  if (x) x->index = clip;
  return x;
}

/* § 187 Abs. 1, § 188 BGB: the day of the event does not count; a period of months ends on the day of the same number, or on the last day of
 * the month that has none. § 193 BGB, § 26 Abs. 3 SGB X: an end on a Saturday, Sunday or holiday moves to the next working day. */
static ans_tx *call__deadline(sema *s, const sema_scope *sc, const ans_syn *n) {
  ans_tx *day = call__typed(s, sc, n->child[1], ANS_T_DATE), *span = sema__expr(s, sc, n->child[2], NULL), *end = NULL;
  if (!day || !span) return NULL;
  ans_type t = span->type;
  bool whole = t.tag == ANS_T_INT && !t.per;
  if (whole && t.measure == ANS_M_DAYS) end = sema__arith(s, sc, n, ANS_TX_ADD, "+", day, span);
  else if (whole && t.measure == ANS_M_MONTHS) end = call__later(s, sc, n, day, span, ANS_CLIP_MONTH_END);
  else SEMA_ERR(s, EXPECTED_TYPE, n->child[2], "Zahl Tage, Zahl Monate", sema__type_name(s, t));
  return end ? call__calendar(s, sc, n, ANS_TX_WORKDAY, end) : NULL;
}

static ans_tx *call__weeks(sema *s, const sema_scope *sc, const ans_syn *n) {
  ans_type days = {ANS_T_INT, 0, ANS_M_DAYS, 0, 0};
  ans_tx *x = call__typed(s, sc, n->child[1], ANS_T_INT);
  return x ? sema__multiply(s, sc, n, x, sema__const(s, days, 7, NULL)) : NULL;
}

/* The number of a counted thing: 24 Monate -> 24, 19,50 Stunden je Woche -> 19,50. Money has no such number: it is divided by money. */
static ans_tx *call__number_of(sema *s, const sema_scope *sc, const ans_syn *n) {
  ans_tx *x = sema__expr(s, sc, n->child[1], NULL);
  if (!x) return NULL;
  bool number = x->type.tag == ANS_T_INT || x->type.tag == ANS_T_DECIMAL;
  if (number && (x->type.measure || x->type.per)) return sema__unit_of_measure(s, sc, x, ANS_M_NONE, ANS_PER_NONE, n);
  SEMA_ERR(s, EXPECTED_TYPE, n->child[1], "Zahl Monate, Dezimal Stunden …", sema__type_name(s, x->type));
  return NULL;
}

/* The n-th month of life begins on the day of birth's number n − 1 months later and ends before the (n+1)-th begins (§ 187 Abs. 2 Satz 2,
 * § 188 Abs. 2, 3 BGB): where the month lacks the day, the month of life ends with the calendar month and the next begins on its first. */
static ans_tx *call__life_month(sema *s, const sema_scope *sc, const ans_syn *n, bool last) {
  ans_type months = {ANS_T_INT, 0, ANS_M_MONTHS, 0, 0}, days = {ANS_T_INT, 0, ANS_M_DAYS, 0, 0};
  ans_tx *birth = call__typed(s, sc, n->child[1], ANS_T_DATE), *number = call__typed(s, sc, n->child[2], ANS_T_INT);
  number = number ? sema__unit_of_measure(s, sc, number, ANS_M_MONTHS, ANS_PER_NONE, n) : NULL;
  if (!birth || !number) return NULL;
  if (!last) number = sema__arith(s, sc, n, ANS_TX_SUB, "-", number, sema__const(s, months, 1, NULL));
  ans_tx *day = call__later(s, sc, n, birth, number, ANS_CLIP_NEXT_DAY);
  return last && day ? sema__arith(s, sc, n, ANS_TX_SUB, "-", day, sema__const(s, days, 1, NULL)) : day;
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
    uint32_t least = call__table[i].arguments, most = call__table[i].most;
    if (n->count - 1 < least || n->count - 1 > most) {
      SEMA_ERR(s, ARGUMENT_COUNT, n, name, least == most ? sema__format(s, "%u", least) : sema__format(s, "%u–%u", least, most), sema__format(s, "%u", n->count - 1));
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
      case CALL_PER_MONTH: return call__per(s, sc, n, ANS_PER_YEAR, ANS_PER_MONTH);
      case CALL_PER_YEAR: return call__per(s, sc, n, ANS_PER_MONTH, ANS_PER_YEAR);
      case CALL_DAYS_WITH: return call__days_with(s, sc, n);
      case CALL_AVERAGE: return call__average(s, sc, n);
      case CALL_HOLIDAY: return call__calendar(s, sc, n, ANS_TX_HOLIDAY, call__typed(s, sc, n->child[1], ANS_T_DATE));
      case CALL_WORKDAY: return call__calendar(s, sc, n, ANS_TX_WORKDAY, call__typed(s, sc, n->child[1], ANS_T_DATE));
      case CALL_DEADLINE: return call__deadline(s, sc, n);
      case CALL_WEEKS: return call__weeks(s, sc, n);
      case CALL_LIFE_MONTH_FIRST: return call__life_month(s, sc, n, false);
      case CALL_LIFE_MONTH_LAST: return call__life_month(s, sc, n, true);
      case CALL_NUMBER_OF: return call__number_of(s, sc, n);
      case CALL_COUNT_IN: return sema__count_in(s, sc, n, n->child[1]);
    }
  }
  sema_symbol *param = sema__param_of(s, sc, n);
  if (param) return sema__param(s, sc, n, param, NULL);
  SEMA_ERR(s, UNKNOWN_FUNCTION, head, name);
  sema__suggest(s, head, name, &(sema_place){SPACE_PARAM, 0}, 1, names, sizeof names / sizeof *names);
  return NULL;
}

/* --- aggregates ----------------------------------------------------------------------------------------------------- */
typedef struct call_group { uint32_t member, pointer, target; ans_tx *row, *reference; /* reference: a group made by rules; pointer is ANS_NONE then */ } call_group;

/* The reference that `y`, a fact or a result per row, holds in the rows of a unit; NULL if it is none. */
static ans_tx *call__reference(sema *s, uint32_t unit, const sema_symbol *y, const ans_syn *syn) {
  bool fact = y && y->kind == SYM_FACT, result = y && y->kind == SYM_RESULT;
  if (!fact && !result) return NULL;
  if (fact ? VEC_AT(ans_fact, s->facts, y->index)->kind != ANS_FACT_SCALAR : VEC_AT(ans_tresult, s->results, y->index)->grain != ANS_GRAIN_ROW) return NULL;
  ans_type type = fact ? VEC_AT(ans_fact, s->facts, y->index)->type : VEC_AT(ans_tresult, s->results, y->index)->type;
  if (type.tag != ANS_T_REF) return NULL;
  ans_tx *none[2] = {NULL, NULL};
  sema_scope there = {.unit = unit};
  ans_tx *x = sema__tx(s, &there, fact ? ANS_TX_FACT : ANS_TX_RESULT, type, syn, fact ? 1 : 2, none);
  if (!x) return NULL;
  x->index = y->index;
  x->grain = ANS_GRAIN_ROW;
  x->unit = unit;
  if (result && s->current_result != ANS_NONE) {
    sema_edge *e = sema__push(s, &s->edges, sizeof *e, "262144 Verweise auf Ergebnisse / references to results");
    if (e) *e = (sema_edge){s->current_result, y->index};
  }
  return x;
}

/* unit über reference: members of this row (the reference points to the current unit), or, when the current unit has the reference of
 * that name itself, the members that share its target. */
static bool call__group(sema *s, const sema_scope *sc, const ans_syn *n, call_group *g) {
  const ans_syn *unit = sema__child(n, 2), *via = sema__child(n, 3);
  if (!unit || !via || !sema__unit(s, unit, &g->member)) return false;
  const char *name = sema__text(s, via);
  sema_symbol *y = sema__find(s, SPACE_MEMBER, g->member, name);
  if (y && y->lost) return false;
  ans_tx *reference = call__reference(s, g->member, y, via);
  if (!reference) {
    SEMA_ERR(s, UNKNOWN_REFERENCE, via, name, sema__unit_name(s, g->member));
    sema__suggest(s, via, name, &(sema_place){SPACE_MEMBER, g->member}, 1, NULL, 0);
    return false;
  }
  y->used = true;
  g->pointer = reference->kind == ANS_TX_FACT ? y->index : ANS_NONE;
  g->reference = reference->kind == ANS_TX_FACT ? NULL : reference;
  g->target = reference->type.ref;
  g->row = NULL;
  if (g->target == sc->unit) return true;
  const sema_symbol *own = sema__find(s, SPACE_MEMBER, sc->unit, name);
  if (own && own->lost) return false;
  g->row = call__reference(s, sc->unit, own, via);
  if (g->row && g->row->type.ref == g->target) return true;
  SEMA_ERR(s, REFERENCE_TARGET, via, name, sema__unit_name(s, g->target), sema__unit_name(s, sc->unit));
  return false;
}

static ans_tx *call__aggregate_node(sema *s, const sema_scope *sc, const ans_syn *n, ans_tx_kind kind, ans_type type, const call_group *g, ans_tx *filter, ans_tx *element) {
  ans_tx *args[4] = {filter, element, kind == ANS_TX_RANK ? g->reference : g->row, g->reference};
  ans_tx *x = sema__tx(s, sc, kind, type, n, (kind == ANS_TX_RANK ? 2u : 3u) + (g->reference ? 1u : 0u), args);
  if (!x) return NULL;
  x->index = g->pointer;
  if (x->grain < ANS_GRAIN_ROW) x->grain = ANS_GRAIN_ROW;
  x->unit = sc->unit;
  return x;
}

ans_tx *sema__aggregate(sema *s, const sema_scope *sc, const ans_syn *n, const ans_type *hint) {
  const char *word = sema__text(s, sema__child(n, 0));
  const ans_syn *element_syn = sema__child(n, 1), *filter_syn = sema__child(n, 4);
  call_group g = {0, 0, 0, NULL, NULL};
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
  bool sum = word[0] == 'S', ordered = sema__ordered(t);
  if (sum ? !sema__numeric(t) : !ordered) { SEMA_ERR(s, ORDER_TYPE, element_syn, sema__type_name(s, t), sema__words(s, sema__child(n, 0))); return NULL; }
  if (rank) return call__aggregate_node(s, sc, n, ANS_TX_RANK, sema__plain(ANS_T_INT), &g, filter, element);
  return call__aggregate_node(s, sc, n, sum ? ANS_TX_AGG_SUM : word[0] == 'M' ? ANS_TX_AGG_MIN : ANS_TX_AGG_MAX, t, &g, filter, element);
}
