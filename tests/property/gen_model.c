/* Declarations, rules and results of random models; expressions are in gen_expr.c. See gen_model.h. */
#include "gen_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "num/calendar.h"
#include "num/period.h"

void *gen__alloc(gen *g, size_t count, size_t size) {
  void *p = ans_arena_array(g->arena, count ? count : 1, size);
  if (!p) abort();
  return p;
}

const char *gen__name(gen *g, const char *stem, uint32_t n) {
  char buffer[64];
  int len = snprintf(buffer, sizeof buffer, "%s%u", stem, n);
  char *s = ans_arena_text(g->arena, buffer, (size_t)len);
  if (!s) abort();
  return s;
}

const ans_type GEN_TYPES[GEN_TYPE_COUNT] = {
    [GEN_BOOL] = {ANS_T_BOOL, 0, ANS_M_NONE, ANS_PER_NONE, 0},
    [GEN_INT] = {ANS_T_INT, 0, ANS_M_NONE, ANS_PER_NONE, 0},
    [GEN_YEARS] = {ANS_T_INT, 0, ANS_M_YEARS, ANS_PER_NONE, 0},
    [GEN_MONTHCOUNT] = {ANS_T_INT, 0, ANS_M_MONTHS, ANS_PER_NONE, 0},
    [GEN_DAYS] = {ANS_T_INT, 0, ANS_M_DAYS, ANS_PER_NONE, 0},
    [GEN_DECIMAL] = {ANS_T_DECIMAL, 2, ANS_M_NONE, ANS_PER_NONE, 0},
    [GEN_HOURS] = {ANS_T_DECIMAL, 1, ANS_M_HOURS, ANS_PER_WEEK, 0},
    [GEN_MONEY] = {ANS_T_MONEY, 2, ANS_M_NONE, ANS_PER_MONTH, 0},
    [GEN_DATE] = {ANS_T_DATE, 0, ANS_M_NONE, ANS_PER_NONE, 0},
    [GEN_MONTH] = {ANS_T_MONTH, 0, ANS_M_NONE, ANS_PER_NONE, 0},
    [GEN_ENUM_A] = {ANS_T_ENUM, 0, ANS_M_NONE, ANS_PER_NONE, 0},
    [GEN_ENUM_B] = {ANS_T_ENUM, 0, ANS_M_NONE, ANS_PER_NONE, 1},
    [GEN_REF_1] = {ANS_T_REF, 0, ANS_M_NONE, ANS_PER_NONE, 1},
    [GEN_REF_2] = {ANS_T_REF, 0, ANS_M_NONE, ANS_PER_NONE, 2},
    [GEN_REF_3] = {ANS_T_REF, 0, ANS_M_NONE, ANS_PER_NONE, 3},
};

bool gen__same_type(ans_type a, ans_type b) {
  return a.tag == b.tag && a.scale == b.scale && a.measure == b.measure && a.per == b.per && a.ref == b.ref;
}

uint32_t gen__provision(gen *g, uint32_t parent) {
  if (g->m->provision_count >= GEN_MAX_PROVISIONS) return 0;
  uint32_t i = g->m->provision_count++;
  g->m->provisions[i] = (ans_provision){.text = gen__name(g, parent == ANS_NONE ? "Gesetz " : "§ ", i), .law = "SynG", .parent = parent};
  return i;
}

static void add_fact(gen *g, uint32_t unit, ans_type type, uint8_t kind) {
  if (g->m->fact_count >= GEN_MAX_FACTS) return;
  uint32_t i = g->m->fact_count++;
  uint8_t nature = ANS_NATURE_FACT;
  if (type.tag != ANS_T_REF && rnd_percent(&g->r, 12)) nature = rnd_percent(&g->r, 50) ? ANS_NATURE_BEURTEILUNG : ANS_NATURE_ERMESSEN;
  g->m->facts[i] = (ans_fact){.name = gen__name(g, kind == ANS_FACT_TIMELINE ? "verlauf" : type.tag == ANS_T_REF ? "verweis" : "angabe", i),
                              .label = "", .unit = unit, .type = type, .kind = kind, .nature = nature,
                              .provision = rnd_percent(&g->r, 50) ? ANS_NONE : 0};
}

static void facts(gen *g) {
  /* Two pointers 2→1 (the children of two parents), 1→1 across households, 1→2, 1→3, 3→1, and some more. */
  static const uint32_t POINTERS[][2] = {{2, GEN_REF_1}, {2, GEN_REF_1}, {1, GEN_REF_1}, {1, GEN_REF_2}, {1, GEN_REF_3}, {3, GEN_REF_1}};
  for (size_t i = 0; i < sizeof POINTERS / sizeof *POINTERS; i++) add_fact(g, POINTERS[i][0], GEN_TYPES[POINTERS[i][1]], ANS_FACT_SCALAR);
  for (uint32_t i = rnd_below(&g->r, 3); i > 0; i--)
    add_fact(g, 1 + rnd_below(&g->r, 3), GEN_TYPES[GEN_REF_1 + rnd_below(&g->r, 3)], ANS_FACT_SCALAR);
  for (uint32_t u = 1; u < GEN_UNITS; u++) {
    for (uint32_t t = 0; t < GEN_REF_1; t++)
      if (t == GEN_BOOL || rnd_percent(&g->r, t == GEN_DATE ? 75 : g->options.small ? 25 : 40)) add_fact(g, u, GEN_TYPES[t], ANS_FACT_SCALAR);
    add_fact(g, u, GEN_TYPES[GEN_BOOL], ANS_FACT_TIMELINE);
    for (uint32_t i = rnd_below(&g->r, 3); i > 0; i--) add_fact(g, u, GEN_TYPES[rnd_below(&g->r, GEN_TYPE_COUNT)], ANS_FACT_TIMELINE);
  }
}

/* Texts and lists steer: only facts have them. */
static void steering_facts(gen *g) {
  for (uint32_t u = 1; u < GEN_UNITS; u++) {
    const uint32_t odds[2] = {g->options.small ? 25 : 50, g->options.small ? 15 : 30}; /* per cent: scalar, timeline */
    for (uint8_t kind = ANS_FACT_SCALAR; kind <= ANS_FACT_TIMELINE; kind++) {
      if (rnd_percent(&g->r, odds[kind])) add_fact(g, u, (ans_type){.tag = ANS_T_TEXT, .ref = g->m->fact_count}, kind);
      if (rnd_percent(&g->r, odds[kind])) add_fact(g, u, (ans_type){.tag = ANS_T_LIST, .ref = rnd_below(&g->r, 2)}, kind);
    }
  }
}

static void enums(gen *g) {
  static const char *const VALUES[] = {"rot", "gelb", "blau", "eins", "zwei", "drei", "vier"};
  g->m->enums = gen__alloc(g, 2, sizeof *g->m->enums);
  g->m->enum_values = gen__alloc(g, 7, sizeof *g->m->enum_values);
  memcpy(g->m->enum_values, VALUES, sizeof VALUES);
  g->m->enum_value_count = 7;
  g->m->enum_count = 2;
  g->m->enums[0] = (ans_enum){"Farbe", 0, 3};
  g->m->enums[1] = (ans_enum){"Stufe", 3, 4};
}

/* Cells of one key: the whole line, or it cut at one to three points; with a hole now and then (no row: an error of the case). */
static uint32_t key_ranges(gen *g, bool enumeration, uint32_t most, int64_t lo[4], int64_t hi[4]) {
  uint32_t n = 1 + rnd_below(&g->r, most);
  int64_t at = enumeration ? 0 : INT64_MIN;
  for (uint32_t i = 0; i < n; i++) {
    lo[i] = at;
    hi[i] = i + 1 == n ? INT64_MAX : enumeration ? (int64_t)i : (i ? at : -5) + rnd_range(&g->r, 1, 7);
    at = i + 1 == n ? at : hi[i] + 1;
    if (i > 0 && rnd_percent(&g->r, 6) && lo[i] < hi[i]) lo[i]++;
  }
  return n;
}

static void add_param(gen *g) {
  uint32_t i = g->m->param_count++;
  static const uint8_t TYPES[] = {GEN_INT, GEN_MONEY, GEN_DECIMAL, GEN_MONEY, GEN_YEARS, GEN_DATE, GEN_BOOL, GEN_ENUM_A};
  ans_type type = GEN_TYPES[TYPES[rnd_below(&g->r, 8)]];
  ans_param *p = &g->m->params[i];
  *p = (ans_param){.name = gen__name(g, "parameter", i), .label = "", .type = type, .provision = 0, .key_count = rnd_percent(&g->r, 70) ? rnd_below(&g->r, 3) : 3 + rnd_below(&g->r, ANS_MAX_KEYS - 2),
                   .first_row = g->m->param_row_count};
  for (uint32_t k = 0; k < ANS_MAX_KEYS; k++) g->key_enum[i][k] = rnd_percent(&g->r, 40);
  int32_t from = ANS_OPEN_PAST;
  for (uint32_t period = 1 + rnd_below(&g->r, 3); period > 0; period--) {
    int32_t to = period == 1 ? ANS_OPEN_FUTURE : GEN_DAY_2015 + rnd_range(&g->r, 0, 12 * 365 / (int32_t)period);
    if (from != ANS_OPEN_PAST && to < from) to = ANS_OPEN_FUTURE;
    int64_t lo[ANS_MAX_KEYS][4], hi[ANS_MAX_KEYS][4];
    uint32_t n[ANS_MAX_KEYS], cells = 1;
    int32_t gap = rnd_percent(&g->r, 15) ? rnd_range(&g->r, 1, 700) : 0; /* now and then: an error of the case */
    ans_param_row block = {.from_day = from, .to_day = to, .promulgated_day = from, .provision = ANS_NONE, .open_end = gap == 0 && rnd_percent(&g->r, 60)};
    if (from != ANS_OPEN_PAST && rnd_percent(&g->r, 50)) block.promulgated_day = from + rnd_range(&g->r, -500, 300);
    for (uint32_t k = 0; k < ANS_MAX_KEYS; k++) {
      lo[k][0] = INT64_MIN;
      hi[k][0] = INT64_MAX;
      n[k] = k < p->key_count ? key_ranges(g, g->key_enum[i][k], k < 2 ? 3 : 2, lo[k], hi[k]) : 1;
      cells *= n[k];
      g->key_ranges[i] = g->key_ranges[i] || n[k] > 1;
    }
    for (uint32_t cell = 0; cell < cells; cell++) {
      ans_param_row row = block;
      for (uint32_t k = ANS_MAX_KEYS, rest = cell; k-- > 0; rest /= n[k]) { /* the last key runs fastest: rows come out sorted */
        row.key_lo[k] = lo[k][rest % n[k]];
        row.key_hi[k] = hi[k][rest % n[k]];
      }
      row.value = gen__constant(g, type);
      g->m->param_rows[g->m->param_row_count++] = row;
    }
    if (to == ANS_OPEN_FUTURE) break;
    from = to + 1 + gap;
  }
  p->row_count = g->m->param_row_count - p->first_row;
}

/* --- rules ------------------------------------------------------------------------------------------------------------ */

static void validity(gen *g, ans_rule *r) {
  r->from_day = ANS_OPEN_PAST;
  r->to_day = ANS_OPEN_FUTURE;
  if (rnd_percent(&g->r, 15)) r->from_day = GEN_DAY_2015 + rnd_range(&g->r, -400, 9 * 365);
  if (rnd_percent(&g->r, 15)) r->to_day = (r->from_day == ANS_OPEN_PAST ? GEN_DAY_2015 : r->from_day) + rnd_range(&g->r, 0, 9 * 365);
  r->promulgated_day = r->from_day;
  if (r->from_day != ANS_OPEN_PAST && rnd_percent(&g->r, 50)) r->promulgated_day = r->from_day + rnd_range(&g->r, -500, 300);
  g->traits.dated = g->traits.dated || r->from_day != ANS_OPEN_PAST || r->to_day != ANS_OPEN_FUTURE;
  g->traits.promulgated = g->traits.promulgated || r->promulgated_day != r->from_day;
}

static ans_tx *consequence(gen *g, scope s, ans_type type, bool plain) {
  if (type.tag != ANS_T_BOOL) return gen__expr(g, s, type, 2);
  uint32_t x = rnd_below(&g->r, 100);
  if (plain && x < 50) return NULL; /* true */
  if (x < 75) return gen__const(g, type, plain && x < 70);
  return gen__expr(g, s, type, 2);
}

static ans_rule *rule(gen *g, scope s, ans_type type, uint8_t kind, uint32_t deep, uint32_t wanted_depth) {
  ans_rule *r = gen__alloc(g, 1, sizeof *r);
  r->kind = kind;
  r->provision = gen__provision(g, 0);
  r->reason = r->reason_not = r->text = "";
  r->path = "erzeugt.recht";
  r->line = ++g->line;
  validity(g, r);
  if (!rnd_percent(&g->r, 12)) r->condition = gen__expr(g, s, GEN_TYPES[GEN_BOOL], deep > 1 ? 2 : 3);
  if (kind != ANS_RULE_OVERRIDE && rnd_percent(&g->r, 8)) {
    r->human = 1;
    r->nature = (uint8_t)rnd_below(&g->r, 3);
    if (kind == ANS_RULE_PLAIN) {
      r->value = gen__node(g, s, ANS_TX_NONVALUE, type, 0, NULL);
      r->value->state = ANS_HUMAN;
      r->value->provision = r->provision;
    }
  } else if (kind != ANS_RULE_BLOCK) {
    r->value = consequence(g, s, type, kind == ANS_RULE_PLAIN || rnd_percent(&g->r, 50));
    if (kind == ANS_RULE_OVERRIDE && !r->value) r->value = gen__const(g, type, 0);
  }
  if (deep > g->depth_seen) g->depth_seen = deep;
  uint32_t n = deep < wanted_depth ? 1 + rnd_below(&g->r, deep == 0 ? 2 : 3) / 2 : rnd_percent(&g->r, deep < 4 ? 12 : 0);
  r->exception_count = n;
  r->exceptions = gen__alloc(g, n, sizeof *r->exceptions);
  for (uint32_t i = 0; i < n; i++) {
    /* An overriding exception of a blocking one would have nothing to replace: only rules with a consequence are overridden. */
    bool block = kind == ANS_RULE_BLOCK || rnd_percent(&g->r, 55);
    uint8_t k = block ? ANS_RULE_BLOCK : ANS_RULE_OVERRIDE;
    r->exceptions[i] = rule(g, s, type, k, deep + 1, i == 0 ? wanted_depth : 0);
  }
  return r;
}

static void result(gen *g, uint32_t i, uint32_t order) {
  ans_tresult *r = &g->m->results[i];
  scope s = {.unit = r->unit, .day = r->grain == ANS_GRAIN_DAY, .limit = order};
  bool truth = r->type.tag == ANS_T_BOOL;
  if (rnd_percent(&g->r, 30)) { /* an expression and nothing else: shows what rules would mask */
    r->fallback = gen__expr(g, s, r->type, 1 + rnd_below(&g->r, 3));
    return;
  }
  r->fallback = truth && !rnd_percent(&g->r, 15) ? NULL : gen__expr(g, s, r->type, 1);
  r->rule_count = 1 + rnd_below(&g->r, 3);
  r->rules = gen__alloc(g, r->rule_count, sizeof *r->rules);
  for (uint32_t k = 0; k < r->rule_count; k++)
    r->rules[k] = rule(g, s, r->type, ANS_RULE_PLAIN, 0, rnd_percent(&g->r, g->options.small ? 50 : 25) ? 3 : rnd_below(&g->r, 2));
}

/* The last two computed results are entitlement and amount of the model's benefit: a claim is a row of unit 2. */
static void benefit_result(gen *g, uint32_t i, bool amount) {
  ans_tresult *r = &g->m->results[i];
  r->unit = 2;
  r->grain = ANS_GRAIN_ROW;
  r->type = GEN_TYPES[amount ? GEN_MONEY : GEN_BOOL];
  if (amount) g->m->benefits[0].amount_result = i;
  else g->m->benefits[0].entitled_result = i;
}

static void benefit(gen *g) {
  g->m->benefits = gen__alloc(g, 1, sizeof *g->m->benefits);
  g->m->benefit_count = 1;
  g->m->benefits[0] = (ans_benefit){.name = "Hilfe", .unit = 2, .payout_result = ANS_NONE, .recipient_fact = 0, .subject_fact = ANS_NONE, .regime_provision = 0,
                                    .application_provision = rnd_percent(&g->r, 50) ? 0 : ANS_NONE};
}

/* Results are declared in one order and computed in another; types and grains first, so that rules may name any earlier-computed one. */
static void results(gen *g) {
  uint32_t n = g->options.small ? 3 + rnd_below(&g->r, 3) : 8 + rnd_below(&g->r, 7);
  g->m->result_count = n;
  g->m->results = gen__alloc(g, (size_t)n * GEN_WORLDS, sizeof *g->m->results);
  uint32_t *by_order = gen__alloc(g, n, sizeof *by_order);
  for (uint32_t i = 0; i < n; i++) by_order[i] = i;
  for (uint32_t i = n - 1; i > 0; i--) {
    uint32_t j = rnd_below(&g->r, i + 1), swap = by_order[i];
    by_order[i] = by_order[j];
    by_order[j] = swap;
  }
  for (uint32_t o = 0; o < n; o++) {
    uint32_t i = by_order[o];
    uint32_t type = rnd_percent(&g->r, 45) ? GEN_BOOL : rnd_below(&g->r, GEN_TYPE_COUNT);
    g->m->results[i] = (ans_tresult){.name = gen__name(g, "ergebnis", i), .label = "", .unit = 1 + rnd_below(&g->r, 3),
                                     .grain = rnd_percent(&g->r, 22) ? ANS_GRAIN_DAY : ANS_GRAIN_ROW, .type = GEN_TYPES[type],
                                     .provision = rnd_percent(&g->r, 50) ? ANS_NONE : 0, .order = o};
    if (g->options.benefit && o + 2 >= n) benefit_result(g, i, o + 1 == n);
  }
  for (uint32_t o = 0; o < n; o++) result(g, by_order[o], o);
  gen__hypotheticals(g);
}

/* A stream of its own: everything else of a model stays what it is for the seed when its period changes. */
static void draw_kind(ans_model *m, uint64_t seed) {
  rnd r = rnd_seed(seed, 7);
  const uint32_t drawn = rnd_below(&r, 100);
  m->period_kind = drawn < 65 ? ANS_PERIOD_MONTH : drawn < 90 ? ANS_PERIOD_DAY : drawn < 96 ? ANS_PERIOD_HALF_YEAR : ANS_PERIOD_YEAR;
  m->first_period = ans_period_of(m->period_kind, ans_month_first(m->first_period));
  m->last_period = ans_period_of(m->period_kind, ans_month_last(m->last_period));
}

uint32_t gen_rows(const ans_model *m, uint32_t rows) {
  const uint32_t days = ans_period_days(m->period_kind), fewer = rows * 31 / (days > 31 ? days : 31);
  return fewer > 3 ? fewer : 3;
}

/* --- law promulgated later (semantics 4.4): from a stream of its own, so that the rest of a model does not depend on it ------------------ */
static int row_order(const void *a, const void *b) {
  const ans_param_row *x = a, *y = b;
  if (x->from_day != y->from_day) return x->from_day < y->from_day ? -1 : 1;
  for (int k = 0; k < ANS_MAX_KEYS; k++)
    if (x->key_lo[k] != y->key_lo[k]) return x->key_lo[k] < y->key_lo[k] ? -1 : 1;
  return (x->promulgated_day > y->promulgated_day) - (x->promulgated_day < y->promulgated_day);
}

/* Another row of this promulgation: the two could not be told apart. */
static bool promulgation_taken(const ans_param_row *rows, uint32_t n, int32_t day) {
  for (uint32_t i = 0; i < n; i++)
    if (rows[i].promulgated_day == day) return true;
  return false;
}

/* What the analysis does: a row without a written end ends on the day before the next later block. Rows are sorted. */
static void close_rows(ans_param_row *rows, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    if (!rows[i].open_end) continue;
    rows[i].to_day = ANS_OPEN_FUTURE;
    for (uint32_t k = n; k-- > i + 1;)
      if (rows[k].from_day > rows[i].from_day) rows[i].to_day = rows[k].from_day - 1;
  }
}

static void supersede_rows(gen *g, rnd *r) {
  ans_param *p = &g->m->params[g->m->param_count - 1]; /* the last one: its rows are the last rows */
  ans_param_row *rows = g->m->param_rows + p->first_row;
  for (uint32_t n = p->row_count, i = 0; i < n; i++) {
    if (!rnd_percent(r, 40)) continue;
    ans_param_row late = rows[i];
    if (rnd_percent(r, 50)) late.from_day = GEN_DAY_2015 + rnd_range(r, 0, 8 * 365);
    late.to_day = (late.from_day == ANS_OPEN_PAST ? GEN_DAY_2015 : late.from_day) + rnd_range(r, 0, 1500);
    late.open_end = rnd_percent(r, 30);
    late.promulgated_day = GEN_DAY_2015 + rnd_range(r, -600, 4500);
    while (promulgation_taken(rows, p->row_count, late.promulgated_day)) late.promulgated_day++;
    late.value = gen__constant(g, p->type);
    rows[p->row_count++] = late;
    g->m->param_row_count++;
    g->traits.superseding = true;
  }
  qsort(rows, p->row_count, sizeof *rows, row_order);
  close_rows(rows, p->row_count);
}

static void supersede_rules(gen *g, rnd *r, uint32_t n, ans_rule **rules) {
  for (uint32_t i = 0; i < n; i++) {
    supersede_rules(g, r, rules[i]->exception_count, rules[i]->exceptions);
    if (n < 2 || !rnd_percent(r, 15)) continue;
    ans_rule *other = rules[(i + 1 + rnd_below(r, n - 1)) % n];
    rules[i]->superseder_count = 1 + rnd_below(r, 2);
    rules[i]->superseders = gen__alloc(g, 2, sizeof *rules[i]->superseders);
    rules[i]->superseders[0] = rules[i]->superseders[1] = other;
    if (rnd_percent(r, 60)) { /* law that reaches back */
      other->from_day = GEN_DAY_2015 + rnd_range(r, -400, 9 * 365);
      other->to_day = rnd_percent(r, 50) ? ANS_OPEN_FUTURE : other->from_day + rnd_range(r, 0, 9 * 365);
      other->promulgated_day = other->from_day + rnd_range(r, 1, 900);
    }
    g->traits.superseding = true;
  }
}

static void supersede(gen *g, uint64_t seed) {
  rnd r = rnd_seed(seed, 7);
  if (rnd_percent(&r, 35)) supersede_rows(g, &r);
  for (uint32_t i = 0; i < g->m->result_count; i++) supersede_rules(g, &r, g->m->results[i].rule_count, g->m->results[i].rules);
}

/* Declared bounds of every third number, amount, date or month, from one side or both: tight ones, wide ones, a single value, and beyond what anybody has. The numbers come from
 * a stream of their own: everything else of a model is as it would be without. */
static void declare_bounds(gen *g, uint64_t seed) {
  rnd r = rnd_seed(seed, 11);
  for (uint32_t i = 0; i < g->m->fact_count; i++) {
    ans_fact *f = &g->m->facts[i];
    if (!ans_type_bounded(f->type) || !rnd_percent(&r, 35)) continue;
    const bool dated = f->type.tag == ANS_T_DATE, month = f->type.tag == ANS_T_MONTH, money = f->type.tag == ANS_T_MONEY;
    const int64_t base = dated ? rnd_range(&r, 7000, 17900) : month ? 2019 * 12 + rnd_range(&r, -48, 30) : money ? 100 * rnd_range(&r, -20, 12) : rnd_range(&r, -4, 16);
    static const int32_t WIDTHS[] = {0, 1, 5, 40, 400, 20000, 2000000000};
    int64_t width = WIDTHS[rnd_below(&r, dated || month ? 5 : 7)];
    if (width == 2000000000 && rnd_percent(&r, 50)) width = ANS_MAX_BOUND - 10000;
    f->bounds = rnd_percent(&r, 60) ? ANS_FACT_LEAST | ANS_FACT_GREATEST : rnd_percent(&r, 60) ? ANS_FACT_LEAST : ANS_FACT_GREATEST;
    if (f->bounds & ANS_FACT_LEAST) f->low = base;
    if (f->bounds & ANS_FACT_GREATEST) f->high = base + width;
    g->traits.bounded++;
  }
}

ans_model *gen_model(uint64_t seed, gen_options options, gen_traits *traits) {
  gen g = {.r = rnd_seed(seed, 1), .options = options, .arena = ans_arena_new(0)};
  if (!g.arena) abort();
  ans_model *m = g.m = gen__alloc(&g, 1, sizeof *m);
  *m = (ans_model){.name = "synthetisch/modell", .version = "1.0.0", .title = "Synthetisches Modell", .first_period = 2015 * 12,
                   .last_period = 2026 * 12 + 11, .arena = g.arena, .unit_count = GEN_UNITS};
  if (options.kinds) draw_kind(m, seed);
  g.extreme = rnd_percent(&g.r, 25);
  static const char *const UNITS[GEN_UNITS] = {"", "Person", "Kindschaft", "Haushalt"};
  m->units = gen__alloc(&g, GEN_UNITS, sizeof *m->units);
  for (uint32_t u = 0; u < GEN_UNITS; u++) m->units[u] = (ans_unit){UNITS[u], "", ANS_NONE};
  m->provisions = gen__alloc(&g, GEN_MAX_PROVISIONS, sizeof *m->provisions);
  m->facts = gen__alloc(&g, GEN_MAX_FACTS, sizeof *m->facts);
  m->sources = gen__alloc(&g, 1, sizeof *m->sources);
  m->params = gen__alloc(&g, GEN_MAX_PARAMS, sizeof *m->params);
  m->param_rows = gen__alloc(&g, GEN_MAX_PARAMS * 216, sizeof *m->param_rows);
  gen__provision(&g, ANS_NONE);
  enums(&g);
  facts(&g);
  steering_facts(&g);
  declare_bounds(&g, seed);
  m->predicates = gen__alloc(&g, GEN_MAX_PREDICATES, sizeof *m->predicates);
  m->predicate_texts = gen__alloc(&g, GEN_MAX_LITERALS, sizeof *m->predicate_texts);
  gen__predicates(&g);
  for (uint32_t i = 1 + rnd_below(&g.r, GEN_MAX_PARAMS); i > 0; i--) add_param(&g);
  if (options.benefit) benefit(&g);
  results(&g);
  supersede(&g, seed);
  g.traits.nested = g.depth_seen >= 3;
  g.traits.extreme = g.extreme;
  if (traits) *traits = g.traits;
  return m;
}

void gen_model_free(ans_model *m) {
  if (m) ans_arena_free(m->arena);
}
