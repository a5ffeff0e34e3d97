/* Random components and their layout as columns. See gen_model.h. */
#include "gen_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "num/calendar.h"
#include "num/period.h"

/* The last one is as bad as it gets for the pattern (a+)+b. */
const char *const GEN_TEXTS[GEN_TEXT_COUNT] = {"", "Weimar", "weimar", "Jena", "K\u00f6ln", "Ko\u0308ln", "99423", "07743", "07743 Jena", "12345", "\U0001f600", "Stra\u00dfe 1", "\u00c4", "A\u0308",
                                               "aaab", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac"};

static void *take(ans_arena *a, size_t count, size_t size) {
  void *p = ans_arena_array(a, count ? count : 1, size);
  if (!p) abort();
  return p;
}

/* Days where rules turn: 29 February, month ends, 1st and 2nd, birthdays around the 18th, 21st and 25th, the ends of the calendar. */
static int64_t random_day(rnd *r, bool extreme) {
  static const int32_t EDGES[] = {
      10957 + 59 /* 2000-02-29 */, 8094 /* 1992-02-29 */, 12477 /* 2004-02-29 */, 16435 /* 2014-12-31 */, 16436 /* 2015-01-01 */,
      17225 /* 2017-02-28 */, 17897 /* 2019-01-01 */, 17928 /* 2019-02-01 */, 17955 /* 2019-02-28 */, 18292 /* 2020-01-31 */,
      18293 /* 2020-02-01 */, 18294 /* 2020-02-02 */, 18321 /* 2020-02-29 */, 18322 /* 2020-03-01 */, 11354 /* 2001-02-01 */, 11720 /* 2002-02-02 */};
  if (extreme && rnd_percent(r, 5)) return rnd_percent(r, 50) ? ANS_DAY_MIN + rnd_range(r, 0, 2) : ANS_DAY_MAX - rnd_range(r, 0, 2);
  uint32_t x = rnd_below(r, 100);
  if (x < 25) return EDGES[rnd_below(r, sizeof EDGES / sizeof *EDGES)];
  if (x < 50) return 17897 + rnd_range(r, -40, 500);
  if (x < 75) return rnd_range(r, 7000, 19000);
  return rnd_range(r, 16000, 20800);
}

ans_scalar gen_value(rnd *r, const ans_model *m, ans_type t, const gen_component *k, bool extreme) {
  int64_t v = 0;
  bool edge = extreme && rnd_percent(r, 8);
  switch ((ans_type_tag)t.tag) {
    case ANS_T_BOOL: v = rnd_below(r, 2); break;
    case ANS_T_ENUM: v = rnd_below(r, m->enums[t.ref].value_count); break;
    case ANS_T_REF:
      if (k->rows[t.ref] == 0) return (ans_scalar){0, ANS_NOT_APPLICABLE};
      v = rnd_below(r, k->rows[t.ref]);
      break;
    case ANS_T_DATE: v = random_day(r, extreme); break;
    case ANS_T_MONTH: v = edge ? rnd_percent(r, 50) ? 119999 : 12 : 2019 * 12 + rnd_range(r, -48, 60); break;
    case ANS_T_INT: v = t.measure == ANS_M_YEARS ? rnd_range(r, 15, 28) : rnd_range(r, -4, 24); break;
    case ANS_T_DECIMAL: v = rnd_range(r, -150, 450); break;
    case ANS_T_MONEY: v = rnd_percent(r, 40) ? 100 * rnd_range(r, -2, 12) : rnd_range(r, -5000, 60000); break;
    case ANS_T_TEXT: v = rnd_percent(r, 2) ? GEN_TEXT_COUNT - 1 : rnd_below(r, GEN_TEXT_COUNT - 1); break;
    case ANS_T_LIST: v = rnd_below(r, UINT32_C(1) << m->enums[t.ref].value_count); break;
  }
  if (edge && (t.tag == ANS_T_INT || t.tag == ANS_T_DECIMAL || t.tag == ANS_T_MONEY)) {
    static const int64_t NEAR[] = {INT64_MAX, INT64_MIN, INT64_MAX / 2, INT64_MIN / 2, INT64_MAX / 100, 3037000500, -3037000500, INT64_MAX - 100};
    v = NEAR[rnd_below(r, 8)];
  }
  return (ans_scalar){v, ANS_VALUE};
}

/* What lies outside goes to an end, or somewhere near one. */
static int64_t admissible(rnd *r, const ans_fact *f, int64_t v) {
  const bool least = f->bounds & ANS_FACT_LEAST, greatest = f->bounds & ANS_FACT_GREATEST;
  if (!f->bounds || (ans_fact_admits(f, v) && !rnd_percent(r, 10))) return v;
  const bool low = least && (!greatest || rnd_percent(r, 50));
  const int64_t step = rnd_percent(r, 50) ? 0 : rnd_below(r, 50), length = least && greatest ? f->high - f->low : 50;
  const int64_t inside = step > length ? length : step;
  return low ? f->low + inside : f->high - inside;
}

ans_scalar gen_fact_value(rnd *r, const ans_model *m, uint32_t fact, const gen_component *k, bool extreme) {
  ans_scalar v = gen_value(r, m, m->facts[fact].type, k, extreme);
  if (v.state == ANS_VALUE) v.v = admissible(r, &m->facts[fact], v.v);
  return v;
}

/* Of a fact, or (ANS_NONE) of a result of the type. */
static ans_scalar cell(rnd *r, const ans_model *m, uint32_t fact, ans_type t, const gen_component *k, bool extreme, uint32_t missing_percent) {
  if (rnd_percent(r, missing_percent)) {
    static const uint8_t STATES[] = {ANS_UNKNOWN, ANS_UNKNOWN, ANS_NOT_APPLICABLE, ANS_HUMAN};
    return (ans_scalar){0, STATES[rnd_below(r, 4)]};
  }
  return fact == ANS_NONE ? gen_value(r, m, t, k, extreme) : gen_fact_value(r, m, fact, k, extreme);
}

/* Intervals around the evaluated months: adjacent, with gaps, open at either end, of every state. */
static gen_timeline timeline(gen_data *d, rnd *r, const ans_model *m, uint32_t fact, const gen_component *k, bool extreme, uint32_t missing) {
  uint32_t n = rnd_below(r, 7);
  gen_timeline out = {0, take(d->arena, n, sizeof(ans_interval))};
  int64_t from = rnd_percent(r, 45) ? ANS_OPEN_PAST : random_day(r, false) - rnd_below(r, 900);
  for (uint32_t i = 0; i < n; i++) {
    int64_t base = from == ANS_OPEN_PAST ? 17000 + rnd_range(r, 0, 1200) : from;
    int64_t length = rnd_percent(r, 40) ? rnd_range(r, 0, 12) : rnd_percent(r, 50) ? rnd_range(r, 10, 200) : rnd_range(r, 100, 1500);
    int64_t to = i + 1 == n && rnd_percent(r, 50) ? ANS_OPEN_FUTURE : base + length;
    if (to != ANS_OPEN_FUTURE && to >= ANS_DAY_MAX - 5000) break;
    ans_scalar v = cell(r, m, fact, m->facts[fact].type, k, extreme, missing);
    out.items[out.count++] = (ans_interval){(int32_t)from, (int32_t)to, v.v, v.state};
    if (to == ANS_OPEN_FUTURE) break;
    from = to + 1 + (rnd_percent(r, 18) ? rnd_range(r, 1, 60) : 0);
  }
  return out;
}

/* A pointer stays in the household or leaves it; both kinds are counted. */
static ans_scalar pointer(gen_data *d, rnd *r, const gen_component *k, uint32_t unit, uint32_t row, uint32_t target, uint32_t missing) {
  if (k->rows[target] == 0) return (ans_scalar){0, rnd_percent(r, 50) ? ANS_NOT_APPLICABLE : ANS_UNKNOWN};
  if (rnd_percent(r, missing / 2 + 3)) {
    static const uint8_t STATES[] = {ANS_NOT_APPLICABLE, ANS_UNKNOWN, ANS_HUMAN, ANS_NOT_APPLICABLE};
    return (ans_scalar){0, STATES[rnd_below(r, 4)]};
  }
  uint32_t hit = rnd_below(r, k->rows[target]);
  bool leave = rnd_percent(r, 30);
  for (int attempt = 0; attempt < 20 && (k->household[target][hit] != k->household[unit][row]) != leave; attempt++) hit = rnd_below(r, k->rows[target]);
  d->pointers++;
  d->cross_pointers += k->household[target][hit] != k->household[unit][row];
  return (ans_scalar){hit, ANS_VALUE};
}

static void fill_facts(gen_data *d, rnd *r, const ans_model *m, gen_component *k, bool extreme, uint32_t missing) {
  for (uint32_t f = 0; f < m->fact_count; f++) {
    const ans_fact *fact = &m->facts[f];
    uint32_t n = k->rows[fact->unit];
    if (fact->kind == ANS_FACT_TIMELINE) {
      k->timelines[f] = take(d->arena, n, sizeof(gen_timeline));
      for (uint32_t row = 0; row < n; row++) k->timelines[f][row] = timeline(d, r, m, f, k, extreme, missing);
      continue;
    }
    k->facts[f] = take(d->arena, n, sizeof(ans_scalar));
    k->set[f] = take(d->arena, n, sizeof(bool));
    for (uint32_t row = 0; row < n; row++) {
      k->set[f][row] = !rnd_percent(r, missing / 3);
      k->facts[f][row] = fact->type.tag == ANS_T_REF ? pointer(d, r, k, fact->unit, row, fact->type.ref, missing)
                                                     : cell(r, m, f, fact->type, k, extreme, missing);
      if (row > 0 && rnd_percent(r, 12)) k->facts[f][row] = k->facts[f][row - 1]; /* twins: equal keys */
      d->unknowns += !k->set[f][row] || k->facts[f][row].state == ANS_UNKNOWN;
    }
  }
}

static void fill_overrides(gen_data *d, rnd *r, const ans_model *m, gen_component *k, bool extreme) {
  k->overrides = take(d->arena, m->result_count * 2, sizeof *k->overrides);
  for (uint32_t i = 0; i < m->result_count; i++) {
    const ans_tresult *res = &m->results[i];
    if (res->grain != ANS_GRAIN_ROW || k->rows[res->unit] == 0 || !rnd_percent(r, 12)) continue;
    ans_scalar v = cell(r, m, ANS_NONE, res->type, k, extreme, 15);
    k->overrides[k->override_count++] = (gen_override){i, rnd_below(r, k->rows[res->unit]), v};
  }
}

static void component(gen_data *d, rnd *r, const ans_model *m, gen_component *k, uint32_t rows, bool extreme, bool overrides) {
  uint32_t households = 1 + rnd_below(r, 1 + rows / 4);
  for (uint32_t u = 1; u < GEN_UNITS; u++) {
    k->rows[u] = rows < 3 ? (rows >= u) : u == 1 ? rows - rows / 3 - rows / 4 : u == 2 ? rows / 3 : rows / 4;
    k->household[u] = take(d->arena, k->rows[u], sizeof(uint32_t));
    for (uint32_t i = 0; i < k->rows[u]; i++) k->household[u][i] = rnd_below(r, households);
  }
  k->facts = take(d->arena, m->fact_count, sizeof *k->facts);
  k->set = take(d->arena, m->fact_count, sizeof *k->set);
  k->timelines = take(d->arena, m->fact_count, sizeof *k->timelines);
  static const uint32_t MISSING[] = {0, 4, 12, 30};
  fill_facts(d, r, m, k, extreme, MISSING[rnd_below(r, 4)]);
  if (overrides) fill_overrides(d, r, m, k, extreme);
}

gen_data *gen_data_new(uint64_t seed, const ans_model *m, uint32_t rows, bool extreme) {
  rnd r = rnd_seed(seed, 2);
  ans_arena *arena = ans_arena_new(0);
  if (!arena) abort();
  gen_data *d = take(arena, 1, sizeof *d);
  d->arena = arena;
  d->components = take(arena, rows ? rows : 1, sizeof *d->components);
  bool overrides = rnd_percent(&r, 35);
  while (rows > 0) {
    uint32_t n = 1 + rnd_below(&r, rnd_percent(&r, 30) ? 4 : rnd_percent(&r, 90) ? 30 : 250);
    if (n > rows) n = rows;
    component(d, &r, m, &d->components[d->count++], n, extreme, overrides);
    rows -= n;
  }
  static const int32_t EDGE_MONTHS[] = {2019 * 12 + 1, 2020 * 12 + 1, 2019 * 12, 2020 * 12 + 2, 2015 * 12, 2026 * 12 + 11};
  for (int i = 0; i < GEN_PERIODS; i++)
    d->periods[i] = i < 2 ? ans_period_of(m->period_kind, ans_month_first(EDGE_MONTHS[rnd_below(&r, 6)])) : rnd_range(&r, m->first_period, m->last_period);
  return d;
}

void gen_data_free(gen_data *d) {
  if (d) ans_arena_free(d->arena);
}

/* --- layout ------------------------------------------------------------------------------------------------------------- */

typedef struct layout { /* rows[u][i]: absolute row of the component's row i */
  ans_columns_builder *b;
  const ans_model *m;
  const gen_component *k;
  uint32_t *rows[GEN_UNITS];
} layout;

static ans_scalar placed(const layout *l, ans_type t, ans_scalar v) {
  if (t.tag == ANS_T_REF && v.state == ANS_VALUE) v.v = l->rows[t.ref][v.v];
  if (t.tag == ANS_T_TEXT && v.state == ANS_VALUE) {
    ans_error err;
    if (ans_columns_text(l->b, t.ref, GEN_TEXTS[v.v], strlen(GEN_TEXTS[v.v]), NULL, &v.v, &err) != ANS_OK) abort();
  }
  return v;
}

static ans_status lay_fact(const layout *l, uint32_t f, ans_error *err) {
  const ans_fact *fact = &l->m->facts[f];
  for (uint32_t row = 0; row < l->k->rows[fact->unit]; row++) {
    ans_status st = ANS_OK;
    if (fact->kind == ANS_FACT_TIMELINE) {
      const gen_timeline *t = &l->k->timelines[f][row];
      ans_interval items[8];
      for (uint32_t i = 0; i < t->count; i++) {
        items[i] = t->items[i];
        items[i].value = placed(l, fact->type, (ans_scalar){items[i].value, items[i].state}).v;
      }
      st = ans_columns_set_timeline(l->b, f, l->rows[fact->unit][row], items, t->count, err);
    } else if (l->k->set[f][row]) {
      st = ans_columns_set(l->b, f, l->rows[fact->unit][row], placed(l, fact->type, l->k->facts[f][row]), err);
    }
    if (st != ANS_OK) return st;
  }
  return ANS_OK;
}

static ans_status lay_component(layout *l, uint32_t id, uint32_t *const *rows_order, ans_error *err) {
  ans_status st = ans_columns_begin_component(l->b, err);
  for (uint32_t u = 1; u < GEN_UNITS && st == ANS_OK; u++) {
    l->rows[u] = calloc(l->k->rows[u] + 1, sizeof(uint32_t));
    if (!l->rows[u]) abort();
    for (uint32_t i = 0; i < l->k->rows[u] && st == ANS_OK; i++) {
      char name[48];
      snprintf(name, sizeof name, "%u-%u-%04u", id, u, i);
      st = ans_columns_add_row(l->b, u, name, &l->rows[u][rows_order ? rows_order[u][i] : i], err);
    }
  }
  for (uint32_t f = 0; f < l->m->fact_count && st == ANS_OK; f++) st = lay_fact(l, f, err);
  for (uint32_t i = 0; i < l->k->override_count && st == ANS_OK; i++) {
    const gen_override *o = &l->k->overrides[i];
    const ans_tresult *r = &l->m->results[o->result];
    st = ans_columns_set_override(l->b, o->result, l->rows[r->unit][o->row], placed(l, r->type, o->value), err);
  }
  if (st == ANS_OK) st = ans_columns_end_component(l->b, err);
  for (uint32_t u = 1; u < GEN_UNITS; u++) {
    free(l->rows[u]);
    l->rows[u] = NULL;
  }
  return st;
}

ans_columns *gen_columns(const ans_program *p, const ans_model *m, const gen_data *d, const uint32_t *order, uint32_t n,
                         uint32_t *(*rows_order)[GEN_UNITS], ans_error *err) {
  layout l = {.b = ans_columns_builder_new(p), .m = m};
  if (!l.b) abort();
  ans_status st = ANS_OK;
  if (!order) n = d->count;
  for (uint32_t i = 0; i < n && st == ANS_OK; i++) {
    uint32_t id = order ? order[i] : i;
    l.k = &d->components[id];
    st = lay_component(&l, id, rows_order ? rows_order[id] : NULL, err);
  }
  ans_columns *c = NULL;
  if (st == ANS_OK) st = ans_columns_finish(l.b, &c, err);
  ans_columns_builder_free(l.b);
  return st == ANS_OK ? c : NULL;
}
