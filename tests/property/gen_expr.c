/* Random typed expressions. Every production keeps what the analysis guarantees: types, units of measure, units, grains. */
#include "gen_internal.h"
#include "num/period.h"

#include "num/calendar.h"
#include <stdlib.h>
#include <string.h>

/* Grain and unit of a node follow from its operands; folds over days and members leave their scope. */
uint8_t gen__grain(ans_tx_kind kind, uint32_t n, ans_tx **args) {
  uint8_t grain = ANS_GRAIN_UNIFORM;
  if (kind == ANS_TX_DAYS_ANY || kind == ANS_TX_DAYS_ALL || kind == ANS_TX_DAYS_COUNT || kind == ANS_TX_RANK) return ANS_GRAIN_ROW;
  bool aggregate = kind >= ANS_TX_AGG_COUNT && kind <= ANS_TX_AGG_ALL;
  if (kind == ANS_TX_DAY) return ANS_GRAIN_DAY;
  if (aggregate || kind == ANS_TX_SELF || (kind >= ANS_TX_FACT && kind <= ANS_TX_RESULT) || kind == ANS_TX_TL_DAYS) grain = ANS_GRAIN_ROW;
  for (uint32_t i = aggregate ? 2 : 0; i < (aggregate && n > 3 ? 3 : n); i++)
    if (args[i] && args[i]->grain > grain) grain = args[i]->grain;
  return grain;
}

ans_tx *gen__node(gen *g, scope s, ans_tx_kind kind, ans_type t, uint32_t n, ans_tx **args) {
  ans_tx *x = gen__alloc(g, 1, sizeof *x);
  *x = (ans_tx){.kind = (uint16_t)kind, .grain = gen__grain(kind, n, args), .type = t, .provision = ANS_NONE, .count = n,
                .arg = gen__alloc(g, n, sizeof *x->arg)};
  for (uint32_t i = 0; i < n; i++) x->arg[i] = args[i];
  x->unit = x->grain == ANS_GRAIN_UNIFORM ? 0 : s.unit;
  if (kind >= ANS_TX_AGG_COUNT && kind <= ANS_TX_RANK) g->traits.groups = true;
  if (kind == ANS_TX_RANK) g->traits.ranks = true;
  if ((kind >= ANS_TX_TL_AT && kind <= ANS_TX_TL_NEXT_START) || kind == ANS_TX_TL_DAYS) g->traits.timelines = true;
  if (kind == ANS_TX_TL_DAYS || kind == ANS_TX_DAYS_COUNT) g->traits.day_counts = true;
  return x;
}

static ans_tx *indexed(gen *g, scope s, ans_tx_kind kind, ans_type t, uint32_t index, uint32_t n, ans_tx **args) {
  ans_tx *x = gen__node(g, s, kind, t, n, args);
  x->index = index;
  return x;
}

#define NODE(kind, type, ...) \
  gen__node(g, s, kind, type, (uint32_t)(sizeof((ans_tx *[]){__VA_ARGS__}) / sizeof(ans_tx *)), (ans_tx *[]){__VA_ARGS__})
#define INDEXED(kind, type, index, ...) \
  indexed(g, s, kind, type, index, (uint32_t)(sizeof((ans_tx *[]){__VA_ARGS__}) / sizeof(ans_tx *)), (ans_tx *[]){__VA_ARGS__})

int64_t gen__constant(gen *g, ans_type t) {
  int32_t small = rnd_range(&g->r, 0, 25);
  bool extreme = g->extreme && rnd_percent(&g->r, 5);
  switch ((ans_type_tag)t.tag) {
    case ANS_T_BOOL: return rnd_below(&g->r, 2);
    case ANS_T_ENUM: return rnd_below(&g->r, g->m->enums[t.ref].value_count);
    case ANS_T_DATE: return GEN_DAY_2015 + rnd_range(&g->r, -2000, 12 * 365);
    case ANS_T_MONTH: return 2015 * 12 + rnd_range(&g->r, 0, 143);
    case ANS_T_MONEY: return extreme ? INT64_MAX - small : 100 * small + rnd_range(&g->r, -3, 3);
    case ANS_T_DECIMAL: return extreme ? INT64_MIN + small : 10 * small - rnd_range(&g->r, 0, 50);
    case ANS_T_INT: return extreme ? INT64_MAX / 2 + small : t.measure == ANS_M_YEARS ? 18 + small % 8 : small - 3;
    case ANS_T_REF: case ANS_T_TEXT: case ANS_T_LIST: break;
  }
  return 0;
}

ans_tx *gen__const(gen *g, ans_type t, int64_t v) {
  ans_tx *x = gen__node(g, (scope){0}, ANS_TX_CONST, t, 0, NULL);
  x->value = v;
  return x;
}

static ans_tx *period(gen *g, scope s, uint32_t which) {
  if (which == 0 && g->m->period_kind != ANS_PERIOD_MONTH) /* only months have a number */
    return NODE(ANS_TX_MONTH_OF, GEN_TYPES[GEN_MONTH], period(g, s, 1));
  return indexed(g, s, ANS_TX_PERIOD, GEN_TYPES[which == 0 ? GEN_MONTH : GEN_DATE], which, 0, NULL);
}

static ans_tx *day(gen *g, scope s) { return gen__node(g, s, ANS_TX_DAY, GEN_TYPES[GEN_DATE], 0, NULL); }

/* The day to ask a timeline or parameter: mostly the day of day grain or a bound of the period, sometimes a computed date. */
static ans_tx *asked_day(gen *g, scope s, uint32_t depth) {
  if (s.day && rnd_percent(&g->r, 65)) return day(g, s);
  if (depth > 0 && rnd_percent(&g->r, 30)) return gen__expr(g, s, GEN_TYPES[GEN_DATE], depth - 1);
  return period(g, s, 1 + rnd_percent(&g->r, 25));
}

/* A random scalar (timeline) fact of a unit and type, or ANS_NONE. */
static uint32_t find_fact(gen *g, uint32_t unit, ans_type t, uint8_t kind) {
  uint32_t hit = ANS_NONE, seen = 0;
  for (uint32_t i = 0; i < g->m->fact_count; i++) {
    const ans_fact *f = &g->m->facts[i];
    if (f->unit == unit && f->kind == kind && gen__same_type(f->type, t) && rnd_below(&g->r, ++seen) == 0) hit = i;
  }
  return hit;
}

static uint32_t find_result(gen *g, scope s, uint32_t unit, ans_type t) {
  uint32_t hit = ANS_NONE, seen = 0;
  for (uint32_t i = 0; i < g->m->result_count; i++) {
    const ans_tresult *r = &g->m->results[i];
    if (r->unit == unit && r->order < s.limit && gen__same_type(r->type, t) && rnd_below(&g->r, ++seen) == 0) hit = i;
  }
  return hit;
}

/* A reference to a row of unit `target`; every unit reaches every other through the fixed pointers (gen_model.c: facts). */
static ans_tx *reference(gen *g, scope s, uint32_t target, uint32_t depth) {
  ans_type t = GEN_TYPES[GEN_REF_1 + target - 1];
  if (depth > 0 && rnd_percent(&g->r, 8))
    return NODE(ANS_TX_SELECT, t, gen__expr(g, s, GEN_TYPES[GEN_BOOL], depth - 1), reference(g, s, target, depth - 1),
                reference(g, s, target, depth - 1));
  if (depth > 0 && !g->options.monotone && rnd_percent(&g->r, 4))
    return NODE(ANS_TX_DEFAULT, t, reference(g, s, target, depth - 1), reference(g, s, target, depth - 1));
  uint32_t timeline = find_fact(g, s.unit, t, ANS_FACT_TIMELINE);
  if (timeline != ANS_NONE && rnd_percent(&g->r, 40)) return INDEXED(ANS_TX_TL_AT, t, timeline, NULL, asked_day(g, s, 0));
  uint32_t result = find_result(g, s, s.unit, t);
  if (result != ANS_NONE && rnd_percent(&g->r, 40)) {
    bool daily = g->m->results[result].grain == ANS_GRAIN_DAY;
    return INDEXED(ANS_TX_RESULT, t, result, NULL, !daily ? NULL : s.day ? day(g, s) : period(g, s, 1));
  }
  uint32_t pointer = find_fact(g, s.unit, t, ANS_FACT_SCALAR);
  if (s.unit == target && (pointer == ANS_NONE || rnd_percent(&g->r, 20))) return gen__node(g, s, ANS_TX_SELF, t, 0, NULL);
  if (pointer != ANS_NONE && (s.unit == 1 || rnd_percent(&g->r, 75))) return INDEXED(ANS_TX_FACT, t, pointer, NULL);
  /* By way of a person. */
  ans_tx *person = INDEXED(ANS_TX_FACT, GEN_TYPES[GEN_REF_1], find_fact(g, s.unit, GEN_TYPES[GEN_REF_1], ANS_FACT_SCALAR), NULL);
  if (target == 1) return person;
  return INDEXED(ANS_TX_FACT, t, find_fact(g, 1, t, ANS_FACT_SCALAR), person);
}

static ans_tx *parameter(gen *g, scope s, ans_type t, uint32_t depth) {
  uint32_t hit = ANS_NONE, seen = 0;
  for (uint32_t i = 0; i < g->m->param_count; i++)
    if (gen__same_type(g->m->params[i].type, t) && rnd_below(&g->r, ++seen) == 0) hit = i;
  if (hit == ANS_NONE) return NULL;
  ans_tx *args[1 + ANS_MAX_KEYS] = {asked_day(g, s, depth)};
  for (uint32_t k = 0; k < g->m->params[hit].key_count; k++)
    args[k + 1] = gen__expr(g, s, GEN_TYPES[g->key_enum[hit][k] ? GEN_ENUM_A : GEN_INT], depth ? depth - 1 : 0);
  g->traits.tables[g->m->params[hit].key_count] = true;
  g->traits.ranges = g->traits.ranges || g->key_ranges[hit];
  return indexed(g, s, ANS_TX_PARAM, t, hit, 1 + g->m->params[hit].key_count, args);
}

/* A cell of this row or, by a reference, of another one: fact, timeline or earlier result. NULL if the unit drawn has none of the type. */
static ans_tx *cell_access(gen *g, scope s, ans_type t, uint32_t depth) {
  uint32_t unit = s.unit;
  ans_tx *row = NULL;
  if (rnd_percent(&g->r, 35)) {
    unit = 1 + rnd_below(&g->r, GEN_UNITS - 1);
    row = reference(g, s, unit, depth ? depth - 1 : 0);
  }
  uint32_t result = find_result(g, s, unit, t);
  if (result != ANS_NONE && rnd_percent(&g->r, 45)) {
    bool daily = g->m->results[result].grain == ANS_GRAIN_DAY;
    return INDEXED(ANS_TX_RESULT, t, result, row, !daily ? NULL : s.day && rnd_percent(&g->r, 85) ? day(g, s) : period(g, s, 1));
  }
  uint32_t timeline = find_fact(g, unit, t, ANS_FACT_TIMELINE);
  if (timeline != ANS_NONE && rnd_percent(&g->r, s.day ? 70 : 35)) return INDEXED(ANS_TX_TL_AT, t, timeline, row, asked_day(g, s, depth));
  uint32_t fact = find_fact(g, unit, t, ANS_FACT_SCALAR);
  return fact == ANS_NONE ? NULL : INDEXED(ANS_TX_FACT, t, fact, row);
}

static ans_tx *leaf(gen *g, scope s, ans_type t, uint32_t depth) {
  if (t.tag == ANS_T_REF) return reference(g, s, t.ref, depth);
  if (t.tag == ANS_T_DATE && rnd_percent(&g->r, 40)) return s.day && rnd_percent(&g->r, 60) ? day(g, s) : period(g, s, 1 + rnd_below(&g->r, 2));
  if (t.tag == ANS_T_MONTH && rnd_percent(&g->r, 40)) return period(g, s, 0);
  ans_tx *x = NULL;
  if (rnd_percent(&g->r, 15)) x = parameter(g, s, t, depth);
  for (int attempt = 0; !x && attempt < 3; attempt++) x = cell_access(g, s, t, depth);
  if (x && rnd_percent(&g->r, t.tag == ANS_T_BOOL ? 97 : 80)) return x;
  return gen__const(g, t, gen__constant(g, t));
}

/* --- aggregates and ranks ----------------------------------------------------------------------------------------------- */

/* A group that rules make: an earlier row-grain reference result of some unit (of `unit`, if it is not 0), or NULL. */
static ans_tx *derived_group(gen *g, scope s, uint32_t unit) {
  uint32_t hit = ANS_NONE, seen = 0;
  for (uint32_t i = 0; i < g->m->result_count; i++) {
    const ans_tresult *r = &g->m->results[i];
    if (r->type.tag == ANS_T_REF && r->grain == ANS_GRAIN_ROW && r->order < s.limit && (!unit || r->unit == unit) && rnd_below(&g->r, ++seen) == 0) hit = i;
  }
  if (hit == ANS_NONE) return NULL;
  s.unit = g->m->results[hit].unit;
  return INDEXED(ANS_TX_RESULT, g->m->results[hit].type, hit, NULL, NULL);
}

static ans_tx *aggregate(gen *g, scope s, ans_tx_kind kind, ans_type t, uint32_t depth) {
  uint32_t pointer = ANS_NONE, seen = 0;
  for (uint32_t i = 0; i < g->m->fact_count; i++) {
    const ans_fact *f = &g->m->facts[i];
    bool near = f->kind == ANS_FACT_SCALAR && f->type.tag == ANS_T_REF;
    for (int weight = near && f->type.ref == s.unit ? 4 : near; weight > 0; weight--)
      if (rnd_below(&g->r, ++seen) == 0) pointer = i;
  }
  ans_tx *group = rnd_percent(&g->r, 45) ? derived_group(g, s, 0) : NULL;
  uint32_t target = group ? group->type.ref : g->m->facts[pointer].type.ref;
  scope member = {.unit = group ? group->unit : g->m->facts[pointer].unit, .day = false, .limit = s.limit};
  uint32_t inner = depth ? depth - 1 : 0;
  ans_tx *filter = rnd_percent(&g->r, 60) ? gen__expr(g, member, GEN_TYPES[GEN_BOOL], inner) : NULL;
  ans_tx *element = kind == ANS_TX_AGG_COUNT ? NULL : gen__expr(g, member, t, inner);
  ans_tx *row = target == s.unit && rnd_percent(&g->r, 85) ? NULL : reference(g, s, target, 0);
  if (group) {
    g->traits.derived = true;
    return INDEXED(kind, t, ANS_NONE, filter, element, row, group);
  }
  return INDEXED(kind, t, pointer, filter, element, row);
}

static ans_tx *rank(gen *g, scope s, uint32_t depth) {
  uint32_t pointer = ANS_NONE, seen = 0;
  for (uint32_t i = 0; i < g->m->fact_count; i++) {
    const ans_fact *f = &g->m->facts[i];
    if (f->unit == s.unit && f->kind == ANS_FACT_SCALAR && f->type.tag == ANS_T_REF && rnd_below(&g->r, ++seen) == 0) pointer = i;
  }
  static const uint8_t KEYS[] = {GEN_DATE, GEN_DATE, GEN_INT, GEN_MONEY, GEN_MONTH, GEN_YEARS};
  scope row = {.unit = s.unit, .day = false, .limit = s.limit};
  uint32_t inner = depth ? depth - 1 : 0;
  ans_tx *filter = rnd_percent(&g->r, 50) ? gen__expr(g, row, GEN_TYPES[GEN_BOOL], inner) : NULL;
  ans_tx *key = gen__expr(g, row, GEN_TYPES[KEYS[rnd_below(&g->r, 6)]], inner);
  ans_tx *group = rnd_percent(&g->r, 45) ? derived_group(g, s, s.unit) : NULL;
  if (group) return INDEXED(ANS_TX_RANK, GEN_TYPES[GEN_INT], ANS_NONE, filter, key, group);
  return INDEXED(ANS_TX_RANK, GEN_TYPES[GEN_INT], pointer, filter, key);
}

/* --- by type ------------------------------------------------------------------------------------------------------------ */

static ans_tx *years_done(gen *g, scope s, uint32_t depth) {
  return NODE(ANS_TX_YEARS_DONE, GEN_TYPES[GEN_DATE], leaf(g, s, GEN_TYPES[GEN_DATE], 0),
              rnd_percent(&g->r, 60) ? gen__const(g, GEN_TYPES[GEN_YEARS], 18 + rnd_below(&g->r, 8))
                                     : gen__expr(g, s, GEN_TYPES[GEN_YEARS], depth ? depth - 1 : 0));
}

static ans_tx *comparison(gen *g, scope s, uint32_t depth) {
  if (rnd_percent(&g->r, 25)) { /* an age, as rules ask it */
    ans_tx *when = s.day && rnd_percent(&g->r, 70) ? day(g, s) : period(g, s, 1 + rnd_below(&g->r, 2));
    return NODE(ANS_TX_LE, GEN_TYPES[GEN_BOOL], years_done(g, s, depth), when);
  }
  static const uint8_t ORDERED[] = {GEN_INT, GEN_YEARS, GEN_MONTHCOUNT, GEN_DAYS, GEN_DECIMAL, GEN_HOURS, GEN_MONEY, GEN_DATE, GEN_DATE, GEN_MONTH};
  uint32_t op = rnd_below(&g->r, 6);
  ans_type t = GEN_TYPES[op < 2 ? rnd_below(&g->r, GEN_TYPE_COUNT) : ORDERED[rnd_below(&g->r, 10)]];
  static const uint8_t OPS[] = {ANS_TX_EQ, ANS_TX_NE, ANS_TX_LT, ANS_TX_LE, ANS_TX_LT, ANS_TX_LE};
  ans_tx *a = gen__expr(g, s, t, depth - 1), *b = gen__expr(g, s, t, depth - 1);
  if (op >= 2 && rnd_percent(&g->r, 15)) b = NODE(rnd_percent(&g->r, 50) ? ANS_TX_MIN2 : ANS_TX_MAX2, t, a, b); /* equal as often as not */
  return NODE(OPS[op], GEN_TYPES[GEN_BOOL], a, b);
}

static ans_tx *days_fold(gen *g, scope s, ans_tx_kind kind, ans_type t, uint32_t depth) {
  scope daily = {.unit = s.unit, .day = true, .limit = s.limit};
  bool long_period = g->m->period_kind == ANS_PERIOD_HALF_YEAR || g->m->period_kind == ANS_PERIOD_YEAR;
  if (s.day && long_period) return leaf(g, s, t, depth); /* the reference would look at every day for every day of a year, and so on */
  return NODE(kind, t, gen__expr(g, daily, GEN_TYPES[GEN_BOOL], depth - 1));
}

/* Productions open to every type. */
static ans_tx *general(gen *g, scope s, ans_type t, uint32_t depth) {
  if (rnd_percent(&g->r, 55) || g->options.monotone)
    return NODE(ANS_TX_SELECT, t, gen__expr(g, s, GEN_TYPES[GEN_BOOL], depth - 1), gen__expr(g, s, t, depth - 1), gen__expr(g, s, t, depth - 1));
  return NODE(ANS_TX_DEFAULT, t, gen__expr(g, s, t, depth - 1), leaf(g, s, t, 0));
}

/* --- texts and lists -------------------------------------------------------------------------------------------------- */

static const char *const PATTERNS[] = {".*", "(0[4-7]|99)\\d{3}", "\\p{Lu}\\p{Ll}+", "[^ ]+ [^ ]+", "(?i)WEIMAR|jena", "K.ln", "(?=.*\\d).{5}", "(a+)+b"};

static int by_text(const void *a, const void *b) {
  const char *const *x = a, *const *y = b;
  return strcmp(*x, *y);
}

static void add_predicate(gen *g, uint32_t fact, uint8_t bit) {
  static const char *const LITERALS[] = {"", "Weimar", "Jena", "K\u00f6ln", "99423", "07743 Jena"}; /* in normal form, as the analysis leaves them */
  ans_model *m = g->m;
  bool pattern = rnd_percent(&g->r, 55);
  uint32_t n = pattern ? 1 : 1 + rnd_below(&g->r, 3), first = m->predicate_text_count;
  for (uint32_t i = 0; i < n; i++) {
    const uint32_t which = rnd_below(&g->r, 5);
    m->predicate_texts[m->predicate_text_count++] = !pattern ? LITERALS[which < 3 ? 2 * i + which % 2 : 2 * i] /* distinct */ : PATTERNS[rnd_percent(&g->r, 4) ? 7 : rnd_below(&g->r, 7)];
  }
  if (!pattern) qsort(m->predicate_texts + first, n, sizeof *m->predicate_texts, by_text);
  m->predicates[m->predicate_count++] = (ans_predicate){.fact = fact, .kind = pattern ? ANS_PREDICATE_MATCHES : ANS_PREDICATE_ONE_OF, .bit = bit, .first_text = first, .text_count = n};
}

static bool predicate_known(const ans_model *m, const ans_predicate *x) {
  for (const ans_predicate *p = m->predicates; p < x; p++) {
    bool same = p->fact == x->fact && p->kind == x->kind && p->text_count == x->text_count;
    for (uint32_t i = 0; same && i < x->text_count; i++) same = strcmp(m->predicate_texts[p->first_text + i], m->predicate_texts[x->first_text + i]) == 0;
    if (same) return true;
  }
  return false;
}

void gen__predicates(gen *g) {
  ans_model *m = g->m;
  for (uint32_t f = 0; f < m->fact_count; f++) {
    uint8_t bit = 0;
    for (uint32_t i = m->facts[f].type.tag == ANS_T_TEXT ? 1 + rnd_below(&g->r, 4) : 0; i > 0 && m->predicate_count < GEN_MAX_PREDICATES; i--) {
      add_predicate(g, f, bit);
      const ans_predicate *last = &m->predicates[m->predicate_count - 1];
      if (predicate_known(m, last)) m->predicate_text_count = m->predicates[--m->predicate_count].first_text; /* the analysis shares equal questions */
      else bit++;
    }
  }
}

/* A text or list of this row or, by a reference, of another one; NULL if the unit drawn has none. */
static ans_tx *steering_cell(gen *g, scope s, ans_type_tag tag, uint32_t depth) {
  uint32_t unit = s.unit, hit = ANS_NONE, seen = 0;
  ans_tx *row = NULL;
  if (rnd_percent(&g->r, 35)) unit = 1 + rnd_below(&g->r, GEN_UNITS - 1);
  for (uint32_t i = 0; i < g->m->fact_count; i++)
    if (g->m->facts[i].unit == unit && g->m->facts[i].type.tag == tag && rnd_below(&g->r, ++seen) == 0) hit = i;
  if (hit == ANS_NONE) return NULL;
  if (unit != s.unit) row = reference(g, s, unit, depth ? depth - 1 : 0);
  if (tag == ANS_T_TEXT) g->traits.texts = true;
  else g->traits.lists = true;
  const ans_fact *f = &g->m->facts[hit];
  if (f->kind == ANS_FACT_TIMELINE) return INDEXED(ANS_TX_TL_AT, f->type, hit, row, asked_day(g, s, depth));
  return INDEXED(ANS_TX_FACT, f->type, hit, row);
}

/* A question about a text or a list, or NULL. */
static ans_tx *steering(gen *g, scope s, uint32_t depth) {
  const ans_type t = GEN_TYPES[GEN_BOOL];
  bool text = rnd_percent(&g->r, 60);
  ans_tx *x = steering_cell(g, s, text ? ANS_T_TEXT : ANS_T_LIST, depth);
  if (!x) return NULL;
  if (!g->options.monotone && rnd_percent(&g->r, 10)) return NODE(rnd_percent(&g->r, 50) ? ANS_TX_KNOWN : ANS_TX_PRESENT, t, x);
  if (!text) return NODE(ANS_TX_LIST_HAS, t, x, gen__expr(g, s, GEN_TYPES[x->type.ref ? GEN_ENUM_B : GEN_ENUM_A], depth - 1));
  uint32_t predicate = ANS_NONE, seen = 0;
  for (uint32_t i = 0; i < g->m->predicate_count; i++)
    if (g->m->predicates[i].fact == x->type.ref && rnd_below(&g->r, ++seen) == 0) predicate = i;
  return predicate == ANS_NONE ? NULL : INDEXED(ANS_TX_TEXT_IS, t, predicate, x);
}

static ans_tx *truth(gen *g, scope s, uint32_t depth) {
  ans_type t = GEN_TYPES[GEN_BOOL];
  uint32_t x = rnd_below(&g->r, 100);
  if (x < 24) return NODE(rnd_percent(&g->r, 50) ? ANS_TX_AND : ANS_TX_OR, t, gen__expr(g, s, t, depth - 1), gen__expr(g, s, t, depth - 1));
  if (x < 32) return NODE(ANS_TX_NOT, t, gen__expr(g, s, t, depth - 1));
  if (x < 52) return comparison(g, s, depth);
  if (x < 62) return aggregate(g, s, rnd_percent(&g->r, 50) ? ANS_TX_AGG_ANY : ANS_TX_AGG_ALL, t, depth);
  if (x < 70) return days_fold(g, s, rnd_percent(&g->r, 50) ? ANS_TX_DAYS_ANY : ANS_TX_DAYS_ALL, t, depth);
  if (x < 78 && !g->options.monotone)
    return NODE(rnd_percent(&g->r, 50) ? ANS_TX_KNOWN : ANS_TX_PRESENT, t, gen__expr(g, s, GEN_TYPES[rnd_below(&g->r, GEN_TYPE_COUNT)], depth - 1));
  if (x < 84) return general(g, s, t, depth);
  if (x < 92 && (x & 1)) {
    ans_tx *q = steering(g, s, depth);
    if (q) return q;
  }
  if (x < 86) return NODE(ANS_TX_HOLIDAY, t, gen__expr(g, s, GEN_TYPES[GEN_DATE], depth - 1));
  return leaf(g, s, t, depth);
}

static ans_tx *product(gen *g, scope s, ans_type t, uint32_t depth) {
  /* At most one operand has a measure; scales add up, so the factor without one is an integer. */
  ans_tx *factor = gen__expr(g, s, GEN_TYPES[GEN_INT], depth - 1), *other = gen__expr(g, s, t, depth - 1);
  return rnd_percent(&g->r, 50) ? NODE(ANS_TX_MUL, t, factor, other) : NODE(ANS_TX_MUL, t, other, factor);
}

/* round(a/b): a quotient that keeps the measure of a, or of two equal measures; a may be a product of scale 4 (share of an amount). */
static ans_tx *quotient(gen *g, scope s, ans_type t, uint32_t depth) {
  ans_tx *a, *b;
  if (t.measure == ANS_M_NONE && t.per == ANS_PER_NONE && rnd_percent(&g->r, 50)) {
    static const uint8_t BOTH[] = {GEN_MONEY, GEN_HOURS, GEN_YEARS, GEN_INT, GEN_DECIMAL};
    ans_type u = GEN_TYPES[BOTH[rnd_below(&g->r, 5)]];
    a = gen__expr(g, s, u, depth - 1);
    b = gen__expr(g, s, u, depth - 1);
  } else if (t.scale == 2 && rnd_percent(&g->r, 50)) {
    ans_type wide = t;
    wide.scale = 4;
    a = NODE(ANS_TX_MUL, wide, gen__expr(g, s, t, depth - 1), gen__expr(g, s, GEN_TYPES[GEN_DECIMAL], depth - 1));
    b = gen__const(g, GEN_TYPES[GEN_INT], rnd_percent(&g->r, 70) ? 1 : rnd_range(&g->r, -3, 7));
  } else {
    a = gen__expr(g, s, t, depth - 1);
    b = gen__expr(g, s, GEN_TYPES[rnd_percent(&g->r, 70) ? GEN_INT : GEN_DECIMAL], depth - 1);
  }
  return INDEXED(ANS_TX_DIVR, t, rnd_below(&g->r, 3), a, b);
}

/* round(a·b) or round(a·b/d): scales of the factors up to 10 digits in sum, so that only 128 bits hold the intermediate. */
static ans_tx *rounded_product(gen *g, scope s, ans_type t, uint32_t depth) {
  ans_type fine = {ANS_T_DECIMAL, (uint8_t)(rnd_percent(&g->r, 50) ? 10 : 2), 0, 0, 0};
  ans_tx *factor = fine.scale == 2 ? gen__expr(g, s, GEN_TYPES[GEN_DECIMAL], depth - 1)
                                   : gen__const(g, fine, rnd_percent(&g->r, 50) ? 4797 * (int64_t)rnd_range(&g->r, -2000, 2000) : (int64_t)rnd_below(&g->r, UINT32_MAX) * 65537);
  ans_tx *a = gen__expr(g, s, t, depth - 1), *d = rnd_percent(&g->r, 40) ? gen__expr(g, s, GEN_TYPES[rnd_percent(&g->r, 50) ? GEN_INT : GEN_DECIMAL], depth - 1) : NULL;
  if (rnd_percent(&g->r, 50)) {
    ans_tx *swap = a;
    a = factor;
    factor = swap;
  }
  uint32_t mode = rnd_below(&g->r, 3);
  return d ? INDEXED(ANS_TX_MULR, t, mode, a, factor, d) : INDEXED(ANS_TX_MULR, t, mode, a, factor);
}

/* Days of a span, of this row or of one that a reference leads to. */
static ans_tx *span_days(gen *g, scope s, ans_type t, uint32_t depth) {
  uint32_t unit = s.unit;
  ans_tx *row = NULL;
  if (rnd_percent(&g->r, 30)) {
    unit = 1 + rnd_below(&g->r, GEN_UNITS - 1);
    row = reference(g, s, unit, 0);
  }
  uint32_t f = find_fact(g, unit, GEN_TYPES[GEN_BOOL], ANS_FACT_TIMELINE); /* every unit has one */
  return INDEXED(ANS_TX_TL_DAYS, t, f, row, asked_day(g, s, depth), gen__expr(g, s, GEN_TYPES[GEN_DATE], depth - 1));
}

/* Durchschnitt(f; n; m; mode; grain) as the analysis makes it: the values on the first days of the n months before m, summed, divided once.
 * NULL if no unit near has a timeline of the type. */
static ans_tx *average(gen *g, scope s, ans_type t, uint32_t depth) {
  uint32_t unit = rnd_percent(&g->r, 25) ? 1 + rnd_below(&g->r, GEN_UNITS - 1) : s.unit, fact = find_fact(g, unit, t, ANS_FACT_TIMELINE);
  if (fact == ANS_NONE) return NULL;
  ans_tx *row = unit == s.unit ? NULL : reference(g, s, unit, 0), *sum = NULL;
  ans_tx *month = rnd_percent(&g->r, 60) ? period(g, s, 0) : gen__expr(g, s, GEN_TYPES[GEN_MONTH], depth - 1);
  uint32_t n = rnd_percent(&g->r, 50) ? 6 : 1 + rnd_below(&g->r, 12);
  for (uint32_t i = n; i >= 1; i--) {
    ans_tx *before = NODE(ANS_TX_SUB, GEN_TYPES[GEN_MONTH], month, gen__const(g, GEN_TYPES[GEN_MONTHCOUNT], i));
    ans_tx *value = INDEXED(ANS_TX_TL_AT, t, fact, row, NODE(ANS_TX_MONTH_FIRST, GEN_TYPES[GEN_DATE], before));
    sum = sum ? NODE(ANS_TX_ADD, t, sum, value) : value;
  }
  g->traits.averages = true;
  return INDEXED(ANS_TX_DIVR, t, rnd_below(&g->r, 3), sum, gen__const(g, GEN_TYPES[GEN_INT], n));
}

/* The same number under another measure. */
static ans_tx *converted(gen *g, scope s, ans_type t, uint32_t depth) {
  static const uint8_t WHOLE[] = {GEN_INT, GEN_YEARS, GEN_MONTHCOUNT, GEN_DAYS};
  if (t.tag != ANS_T_INT) return leaf(g, s, t, depth);
  return NODE(ANS_TX_UNIT, t, gen__expr(g, s, GEN_TYPES[WHOLE[rnd_below(&g->r, 4)]], depth - 1));
}

static ans_tx *number(gen *g, scope s, ans_type t, uint32_t depth) {
  bool plain = gen__same_type(t, GEN_TYPES[GEN_INT]);
  if (plain && rnd_percent(&g->r, 12)) {
    ans_tx *list = steering_cell(g, s, ANS_T_LIST, depth);
    if (list) return NODE(ANS_TX_LIST_COUNT, t, list);
  }
  if (plain && rnd_percent(&g->r, 50)) {
    uint32_t x = rnd_below(&g->r, g->options.no_rank ? 3 : 5);
    if (x == 0) return NODE(ANS_TX_YEAR_OF, t, gen__expr(g, s, GEN_TYPES[GEN_DATE], depth - 1));
    return x < 3 ? aggregate(g, s, ANS_TX_AGG_COUNT, t, depth) : rank(g, s, depth);
  }
  if (t.measure == ANS_M_DAYS && rnd_percent(&g->r, 60)) {
    if (rnd_percent(&g->r, 30)) return span_days(g, s, t, depth);
    if (rnd_percent(&g->r, 70)) return days_fold(g, s, ANS_TX_DAYS_COUNT, t, depth);
    return NODE(ANS_TX_SUB, t, gen__expr(g, s, GEN_TYPES[GEN_DATE], depth - 1), gen__expr(g, s, GEN_TYPES[GEN_DATE], depth - 1));
  }
  if (t.measure == ANS_M_MONTHS && rnd_percent(&g->r, 40))
    return NODE(ANS_TX_SUB, t, gen__expr(g, s, GEN_TYPES[GEN_MONTH], depth - 1), gen__expr(g, s, GEN_TYPES[GEN_MONTH], depth - 1));
  ans_tx *mean = rnd_percent(&g->r, 25) ? average(g, s, t, depth) : NULL;
  if (mean) return mean;
  switch (rnd_below(&g->r, 12)) {
    case 10: return rounded_product(g, s, t, depth);
    case 11: return converted(g, s, t, depth);
    case 0: return NODE(ANS_TX_ADD, t, gen__expr(g, s, t, depth - 1), gen__expr(g, s, t, depth - 1));
    case 1: return NODE(ANS_TX_SUB, t, gen__expr(g, s, t, depth - 1), gen__expr(g, s, t, depth - 1));
    case 2: return NODE(ANS_TX_NEG, t, gen__expr(g, s, t, depth - 1));
    case 3: return NODE(rnd_percent(&g->r, 50) ? ANS_TX_MIN2 : ANS_TX_MAX2, t, gen__expr(g, s, t, depth - 1), gen__expr(g, s, t, depth - 1));
    case 4: return product(g, s, t, depth);
    case 5: return quotient(g, s, t, depth);
    case 6: case 7: return aggregate(g, s, ANS_TX_AGG_SUM + rnd_below(&g->r, 3), t, depth);
    case 8: return general(g, s, t, depth);
    default: return leaf(g, s, t, depth);
  }
}

static ans_tx *last_end_or_next_start(gen *g, scope s, uint32_t depth) {
  uint32_t unit = s.unit;
  ans_tx *row = NULL;
  if (rnd_percent(&g->r, 30)) {
    unit = 1 + rnd_below(&g->r, GEN_UNITS - 1);
    row = reference(g, s, unit, 0);
  }
  uint32_t f = find_fact(g, unit, GEN_TYPES[GEN_BOOL], ANS_FACT_TIMELINE); /* every unit has one */
  return INDEXED(rnd_percent(&g->r, 50) ? ANS_TX_TL_LAST_END : ANS_TX_TL_NEXT_START, GEN_TYPES[GEN_DATE], f, row, asked_day(g, s, depth));
}

/* Fristende(day; n Tage | n Monate) as the analysis makes it: the day after the span, or the next working day (§§ 187, 188, 193 BGB). */
static ans_tx *deadline(gen *g, scope s, uint32_t depth) {
  ans_type t = GEN_TYPES[GEN_DATE];
  ans_tx *from = gen__expr(g, s, t, depth - 1), *end;
  if (rnd_percent(&g->r, 50)) end = NODE(ANS_TX_ADD, t, from, gen__expr(g, s, GEN_TYPES[GEN_DAYS], depth - 1));
  else end = INDEXED(ANS_TX_ADD_MONTHS, t, ANS_CLIP_MONTH_END, from, gen__expr(g, s, GEN_TYPES[GEN_MONTHCOUNT], depth - 1));
  g->traits.deadlines = true;
  return NODE(ANS_TX_WORKDAY, t, end);
}

static ans_tx *date(gen *g, scope s, uint32_t depth) {
  ans_type t = GEN_TYPES[GEN_DATE];
  switch (rnd_below(&g->r, 11)) {
    case 10: return rnd_percent(&g->r, 30) ? NODE(ANS_TX_WORKDAY, t, gen__expr(g, s, t, depth - 1)) : deadline(g, s, depth);
    case 0: return years_done(g, s, depth);
    case 1: return INDEXED(ANS_TX_ADD_MONTHS, t, rnd_below(&g->r, 3), gen__expr(g, s, t, depth - 1), gen__expr(g, s, GEN_TYPES[GEN_MONTHCOUNT], depth - 1));
    case 2: return NODE(rnd_percent(&g->r, 50) ? ANS_TX_MONTH_FIRST : ANS_TX_MONTH_LAST, t, gen__expr(g, s, GEN_TYPES[GEN_MONTH], depth - 1));
    case 3: return NODE(rnd_percent(&g->r, 50) ? ANS_TX_ADD : ANS_TX_SUB, t, gen__expr(g, s, t, depth - 1), gen__expr(g, s, GEN_TYPES[GEN_DAYS], depth - 1));
    case 4: case 5: return last_end_or_next_start(g, s, depth);
    case 6: return NODE(rnd_percent(&g->r, 50) ? ANS_TX_MIN2 : ANS_TX_MAX2, t, gen__expr(g, s, t, depth - 1), gen__expr(g, s, t, depth - 1));
    case 7: return aggregate(g, s, rnd_percent(&g->r, 50) ? ANS_TX_AGG_MIN : ANS_TX_AGG_MAX, t, depth);
    case 8: return general(g, s, t, depth);
    default: return leaf(g, s, t, depth);
  }
}

static ans_tx *month(gen *g, scope s, uint32_t depth) {
  ans_type t = GEN_TYPES[GEN_MONTH];
  switch (rnd_below(&g->r, 5)) {
    case 0: return NODE(ANS_TX_MONTH_OF, t, gen__expr(g, s, GEN_TYPES[GEN_DATE], depth - 1));
    case 1: return NODE(rnd_percent(&g->r, 50) ? ANS_TX_ADD : ANS_TX_SUB, t, gen__expr(g, s, t, depth - 1), gen__expr(g, s, GEN_TYPES[GEN_MONTHCOUNT], depth - 1));
    case 2: return aggregate(g, s, rnd_percent(&g->r, 50) ? ANS_TX_AGG_MIN : ANS_TX_AGG_MAX, t, depth);
    case 3: return general(g, s, t, depth);
    default: return leaf(g, s, t, depth);
  }
}

ans_tx *gen__expr(gen *g, scope s, ans_type t, uint32_t depth) {
  if (depth == 0) return leaf(g, s, t, 0);
  switch ((ans_type_tag)t.tag) {
    case ANS_T_BOOL: return truth(g, s, depth);
    case ANS_T_INT: case ANS_T_DECIMAL: case ANS_T_MONEY: return number(g, s, t, depth);
    case ANS_T_DATE: return date(g, s, depth);
    case ANS_T_MONTH: return month(g, s, depth);
    case ANS_T_REF: return reference(g, s, t.ref, depth);
    case ANS_T_ENUM: case ANS_T_TEXT: case ANS_T_LIST: break;
  }
  return rnd_percent(&g->r, 30) ? general(g, s, t, depth) : leaf(g, s, t, depth);
}
