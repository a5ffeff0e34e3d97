/* Relevant missing facts against brute force (docs/semantics.md § 11): random programs over small domains, every completion of all missing cells tried.
 *
 *   list ⊇ relevant            always, also without any evaluation (bound 0);
 *   exact ⇒ list = relevant;   proven ⇒ relevant;
 *   most lists are exact, and a good part of what is missing is not in them: so neither an empty list nor one that names everything passes.
 *
 * The completions tried here are written down from the definition and know nothing of the engine's thresholds: numbers of years 0 … 22 and the largest, every day around the dates that the
 * program can compare with, every step function with at most one change inside the period. Constants of the programs are small, so that these stand for all admissible ones.
 *
 *   relevance [--count N] [--seed S] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decide/decide.h"
#include "num/calendar.h"
#include "random.h"
#include "options.h"

enum { MONTH = 2026 * 12 + 5, PERSONS = 2, CLAIMS = 2, MOST_COMPLETIONS = 2500, MOST_MISSING = 7, POOL = 48, EDGE_YEARS = 150 };
enum { A, B, C, N, M, G, T, SCALARS = T, PERSON_FACTS };
static const int64_t CONST_DAY = 14000; /* 2008-05-01 */

typedef struct parts { int64_t from, to; } parts;
typedef struct program { ans_program *p; uint32_t person, claim, facts[PERSON_FACTS], who; unsigned bounded; } program;
/* One cell that may be missing: a scalar, a reference, or one of the three parts of a timeline. */
typedef struct cell { uint32_t fact, row; bool timeline; int64_t from, to; uint8_t state; uint32_t options; const int64_t *values; int64_t v, w, change; } cell;
typedef struct world {
  program g;
  int64_t first, last;
  int64_t truth[2], art[3], refs[PERSONS], values[SCALARS][96]; /* of n, m and g: those within their declared bounds that stand for all */
  uint32_t value_count[SCALARS];
  ans_scalar scalar[SCALARS][PERSONS], who[CLAIMS];
  struct { int64_t from, to, v, w, change; bool missing; } part[PERSONS][4]; /* before, period known, period missing part, after */
  cell missing[MOST_MISSING];
  uint32_t missing_count, total;
} world;
typedef struct tally { unsigned bounded, cases, undetermined, exact, open_cells, listed, relevant, unproven, dropped, failures; } tally;

static const ans_type TRUTH = {.tag = ANS_T_BOOL}, YEARS = {.tag = ANS_T_INT, .measure = ANS_M_YEARS}, DATE = {.tag = ANS_T_DATE}, COUNT = {.tag = ANS_T_INT}, DAYS = {.tag = ANS_T_INT, .measure = ANS_M_DAYS};

/* --- random programs ------------------------------------------------------------------------------------------------------------ */
typedef struct maker { ans_builder *b; rnd r, bounds; program g; uint32_t pool[POOL], pooled, number[8], first_day, last_day, param; ans_type art, ref; } maker;

static uint32_t insn(maker *k, ans_opcode op, uint32_t unit, ans_type type, uint32_t x, uint32_t y, uint32_t z) {
  return ans_builder_insn(k->b, (ans_insn){.op = (uint16_t)op, .unit = (uint16_t)unit, .type = type, .a = x, .b = y, .c = z});
}
static uint32_t constant(maker *k, ans_type type, int64_t v) { return insn(k, ANS_OP_CONST, 0, type, ans_builder_const(k->b, v), ANS_NONE, ANS_NONE); }
static uint32_t on_person(maker *k, ans_opcode op, uint32_t x, uint32_t y) { return insn(k, op, k->g.person, TRUTH, x, y, ANS_NONE); }
/* Declared bounds of half of the numbers and dates, from a stream of their own: tighter than the natural ones, wider, or beyond them. */
static void bounds(maker *k, ans_fact *f) {
  if (!ans_type_bounded(f->type) || !rnd_percent(&k->bounds, 50)) return;
  const int64_t low = f->type.tag == ANS_T_DATE ? CONST_DAY + rnd_range(&k->bounds, -3, 6000) : rnd_percent(&k->bounds, 10) ? EDGE_YEARS + 5 : rnd_range(&k->bounds, -3, 9);
  f->bounds = (uint8_t)(1 + rnd_below(&k->bounds, 3));
  if (f->bounds & ANS_FACT_LEAST) f->low = low;
  if (f->bounds & ANS_FACT_GREATEST) f->high = f->type.tag == ANS_T_DATE ? low + rnd_range(&k->bounds, 0, 3000) : low + (rnd_percent(&k->bounds, 20) ? 400 : rnd_range(&k->bounds, 0, 9));
  k->g.bounded++;
}

static uint32_t fact(maker *k, const char *name, uint32_t unit, ans_type type, uint8_t kind, uint8_t nature) {
  ans_fact f = {.name = name, .label = "", .unit = unit, .type = type, .kind = kind, .nature = nature, .provision = ANS_NONE};
  bounds(k, &f);
  return ans_builder_fact(k->b, &f, NULL, 0);
}

static void tables(maker *k) {
  static const char *const values[] = {"eins", "zwei", "drei"};
  ans_builder_header(k->b, "test/erheblich", "1.0.0", "Test", MONTH - 120, MONTH + 120);
  k->g.person = ans_builder_unit(k->b, &(ans_unit){.name = "Person", .label = "", .parent = ANS_NONE});
  k->g.claim = ans_builder_unit(k->b, &(ans_unit){.name = "Antragsfall", .label = "", .parent = ANS_NONE});
  k->art = (ans_type){.tag = ANS_T_ENUM, .ref = ans_builder_enum(k->b, "Art", values, 3)};
  k->ref = (ans_type){.tag = ANS_T_REF, .ref = k->g.person};
  uint32_t *f = k->g.facts;
  f[A] = fact(k, "a", k->g.person, TRUTH, ANS_FACT_SCALAR, ANS_NATURE_FACT);
  f[B] = fact(k, "b", k->g.person, TRUTH, ANS_FACT_SCALAR, ANS_NATURE_BEURTEILUNG);
  f[C] = fact(k, "c", k->g.person, k->art, ANS_FACT_SCALAR, ANS_NATURE_FACT);
  f[N] = fact(k, "n", k->g.person, YEARS, ANS_FACT_SCALAR, ANS_NATURE_FACT);
  f[M] = fact(k, "m", k->g.person, YEARS, ANS_FACT_SCALAR, ANS_NATURE_FACT);
  f[G] = fact(k, "g", k->g.person, DATE, ANS_FACT_SCALAR, ANS_NATURE_FACT);
  f[T] = fact(k, "t", k->g.person, TRUTH, ANS_FACT_TIMELINE, ANS_NATURE_FACT);
  k->g.who = fact(k, "wer", k->g.claim, k->ref, ANS_FACT_SCALAR, ANS_NATURE_FACT);
  ans_param_row rows[3] = {{.from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .promulgated_day = ANS_OPEN_PAST, .value = 1, .provision = ANS_NONE}};
  for (int i = 0; i < 3; i++) {
    rows[i] = rows[0];
    for (int j = 0; j < ANS_MAX_KEYS; j++) rows[i].key_lo[j] = INT64_MIN, rows[i].key_hi[j] = INT64_MAX;
    rows[i].key_lo[0] = i == 0 ? INT64_MIN : i * 4;
    rows[i].key_hi[0] = i == 2 ? INT64_MAX : i * 4 + 3;
    rows[i].value = rnd_range(&k->r, 0, 9);
  }
  ans_param param = {.name = "Staffel", .label = "", .type = YEARS, .provision = 0, .key_count = 1};
  param.provision = ans_builder_provision(k->b, &(ans_provision){.text = "§ 1 TestG", .law = "TestG", .parent = ANS_NONE});
  k->param = ans_builder_param(k->b, &param, rows, 3);
}

static uint32_t a_number(maker *k) {
  uint32_t n = insn(k, ANS_OP_FACT, k->g.person, YEARS, k->g.facts[rnd_percent(&k->r, 60) ? N : M], ANS_NONE, ANS_NONE), key[2];
  switch (rnd_below(&k->r, 6)) {
    case 0: return insn(k, ANS_OP_ADD, k->g.person, YEARS, n, insn(k, ANS_OP_FACT, k->g.person, YEARS, k->g.facts[M], ANS_NONE, ANS_NONE), ANS_NONE);
    case 1: return insn(k, ANS_OP_SUB, k->g.person, YEARS, constant(k, YEARS, rnd_range(&k->r, 0, 9)), n, ANS_NONE);
    case 2: return insn(k, ANS_OP_MAX2, k->g.person, YEARS, n, constant(k, YEARS, rnd_range(&k->r, 0, 9)), ANS_NONE);
    case 3:
      key[0] = k->first_day;
      key[1] = n;
      return insn(k, ANS_OP_PARAM, k->g.person, YEARS, k->param, ans_builder_list(k->b, key, 2), 2);
    default: return n;
  }
}

static uint32_t a_timeline(maker *k) {
  uint32_t span[2] = {k->first_day, k->last_day}, walk;
  switch (rnd_below(&k->r, 5)) {
    case 4: /* ends within the period: no constant completion shows it */
      walk = on_person(k, ANS_OP_NOT, insn(k, ANS_OP_TL_AT, k->g.person, TRUTH, k->g.facts[T], ANS_NONE, k->last_day), ANS_NONE);
      return on_person(k, ANS_OP_AND, insn(k, ANS_OP_TL_AT, k->g.person, TRUTH, k->g.facts[T], ANS_NONE, k->first_day), walk);
    case 0: return insn(k, ANS_OP_TL_AT, k->g.person, TRUTH, k->g.facts[T], ANS_NONE, rnd_percent(&k->r, 50) ? k->first_day : k->last_day);
    case 1: return on_person(k, ANS_OP_LE, constant(k, DAYS, rnd_range(&k->r, 1, 31)), insn(k, ANS_OP_TL_DAYS, k->g.person, DAYS, ans_builder_list(k->b, span, 2), 2, k->g.facts[T]));
    case 2: walk = insn(k, ANS_OP_TL_LAST_END, k->g.person, DATE, k->g.facts[T], ANS_NONE, k->first_day); break;
    default: walk = insn(k, ANS_OP_TL_NEXT_START, k->g.person, DATE, k->g.facts[T], ANS_NONE, k->last_day); break;
  }
  return on_person(k, ANS_OP_PRESENT, walk, ANS_NONE);
}

static uint32_t a_leaf(maker *k) {
  uint32_t g = insn(k, ANS_OP_FACT, k->g.person, DATE, k->g.facts[G], ANS_NONE, ANS_NONE), who, a;
  switch (rnd_below(&k->r, 10)) {
    case 0:
    case 1: return insn(k, ANS_OP_FACT, k->g.person, TRUTH, k->g.facts[A], ANS_NONE, ANS_NONE);
    case 2: return insn(k, ANS_OP_FACT, k->g.person, TRUTH, k->g.facts[B], ANS_NONE, ANS_NONE);
    case 3: return on_person(k, ANS_OP_EQ, insn(k, ANS_OP_FACT, k->g.person, k->art, k->g.facts[C], ANS_NONE, ANS_NONE), constant(k, k->art, rnd_below(&k->r, 3)));
    case 4:
    case 5:
      a = rnd_below(&k->r, 3);
      return on_person(k, a == 0 ? ANS_OP_LT : a == 1 ? ANS_OP_LE : ANS_OP_EQ, a_number(k), constant(k, YEARS, rnd_range(&k->r, 0, 9)));
    case 6: return on_person(k, ANS_OP_LE, insn(k, ANS_OP_YEARS_DONE, k->g.person, DATE, g, constant(k, YEARS, rnd_percent(&k->r, 50) ? 18 : 1), ANS_NONE), k->first_day);
    case 7: return on_person(k, ANS_OP_LT, g, constant(k, DATE, CONST_DAY));
    case 8:
      who = insn(k, ANS_OP_FACT, k->g.claim, k->ref, k->g.who, ANS_NONE, ANS_NONE);
      a = insn(k, ANS_OP_AGG_COUNT, k->g.person, COUNT, who, ANS_NONE, ANS_NONE);
      return on_person(k, ANS_OP_LT, constant(k, COUNT, rnd_range(&k->r, 0, 1)), a);
    default: return a_timeline(k);
  }
}

static uint32_t any_of(maker *k) { return k->pool[rnd_below(&k->r, k->pooled)]; }

/* Truth at person grain, built bottom-up out of a pool. */
static void truths(maker *k) {
  uint32_t leaves = 3 + rnd_below(&k->r, 4), inner = 2 + rnd_below(&k->r, 5);
  for (uint32_t i = 0; i < leaves; i++) k->pool[k->pooled++] = a_leaf(k);
  for (uint32_t i = 0; i < inner; i++) {
    uint32_t x = any_of(k), y = any_of(k), l[5] = {constant(k, TRUTH, 0), x, constant(k, TRUTH, 1), y, any_of(k)}, made;
    switch (rnd_below(&k->r, 9)) {
      case 0:
      case 1: made = on_person(k, ANS_OP_AND, x, y); break;
      case 2:
      case 3: made = on_person(k, ANS_OP_OR, x, y); break;
      case 4: made = on_person(k, ANS_OP_NOT, x, ANS_NONE); break;
      case 5: made = insn(k, ANS_OP_SELECT, k->g.person, TRUTH, x, y, any_of(k)); break;
      case 6: made = insn(k, ANS_OP_RESOLVE, k->g.person, TRUTH, ans_builder_list(k->b, l, 5), 5, ANS_NONE); break;
      case 7: made = on_person(k, ANS_OP_AND, on_person(k, ANS_OP_KNOWN, x, ANS_NONE), y); break;
      default: made = on_person(k, ANS_OP_DEFAULT, x, y); break;
    }
    k->pool[k->pooled++] = made;
  }
}

static program make_program(uint64_t seed) {
  maker k = {.b = ans_builder_new(), .r = rnd_seed(seed, 1), .bounds = rnd_seed(seed, 3)};
  ans_type money = {.tag = ANS_T_MONEY, .scale = 2, .per = ANS_PER_MONTH};
  ans_error err = {0};
  tables(&k);
  k.first_day = insn(&k, ANS_OP_PERIOD, 0, DATE, 1, ANS_NONE, ANS_NONE);
  k.last_day = insn(&k, ANS_OP_PERIOD, 0, DATE, 2, ANS_NONE, ANS_NONE);
  truths(&k);
  uint32_t who = insn(&k, ANS_OP_FACT, k.g.claim, k.ref, k.g.who, ANS_NONE, ANS_NONE), top = k.pool[k.pooled - 1];
  uint32_t yes = ans_builder_insn_fresh(k.b, (ans_insn){.op = ANS_OP_GATHER, .unit = (uint16_t)k.g.claim, .type = TRUTH, .a = who, .b = top});
  uint32_t more = insn(&k, ANS_OP_GATHER, k.g.claim, TRUTH, who, any_of(&k), ANS_NONE);
  uint32_t inner = insn(&k, ANS_OP_SELECT, k.g.claim, money, more, constant(&k, money, 25000), constant(&k, money, 10000));
  uint32_t amount = ans_builder_insn_fresh(k.b, (ans_insn){.op = ANS_OP_SELECT, .unit = (uint16_t)k.g.claim, .type = money, .a = yes, .b = inner, .c = constant(&k, money, 0)});
  uint32_t r1 = ans_builder_result(k.b, &(ans_result){.name = "Anspruch", .label = "", .unit = k.g.claim, .type = TRUTH, .insn = yes, .provision = 0});
  uint32_t r2 = ans_builder_result(k.b, &(ans_result){.name = "Betrag", .label = "", .unit = k.g.claim, .type = money, .insn = amount, .provision = 0});
  ans_builder_benefit(k.b, &(ans_benefit){.name = "Hilfe", .unit = k.g.claim, .entitled_result = r1, .amount_result = r2, .payout_result = ANS_NONE, .recipient_fact = k.g.who, .subject_fact = ANS_NONE,
                                          .regime_provision = 0, .application_provision = ANS_NONE});
  if (ans_builder_freeze(k.b, &k.g.p, &err) != ANS_OK) {
    printf("program %" PRIu64 ": %s %s %s\n", seed, err.code ? err.code : "", err.args[0], err.args[1]);
    abort();
  }
  ans_builder_free(k.b);
  return k.g;
}

/* --- random cases ------------------------------------------------------------------------------------------------------------------ */

/* Admissible or not is written down from the definition: declared ends take the place of the natural ones, which move along where they are passed. */
static void ends_of(const ans_fact *f, int64_t *low, int64_t *high) {
  const bool date = f->type.tag == ANS_T_DATE;
  const int64_t least = date ? ans_month_first(MONTH - EDGE_YEARS * 12) : 0, most = date ? ans_month_last(MONTH + EDGE_YEARS * 12) : EDGE_YEARS;
  *low = f->bounds & ANS_FACT_LEAST ? f->low : least;
  *high = f->bounds & ANS_FACT_GREATEST ? f->high : most;
  if (*low > *high && f->bounds == ANS_FACT_LEAST) *high = *low + (most - least);
  if (*low > *high && f->bounds == ANS_FACT_GREATEST) *low = *high - (most - least);
}

static void add_value(world *w, int fact, int64_t v) {
  int64_t low, high;
  ends_of(&w->g.p->facts[w->g.facts[fact]], &low, &high);
  for (uint32_t i = 0; i < w->value_count[fact]; i++)
    if (w->values[fact][i] == v) return;
  if (v >= low && v <= high) w->values[fact][w->value_count[fact]++] = v;
}

static void add_ends(world *w, int fact) {
  int64_t low, high;
  ends_of(&w->g.p->facts[w->g.facts[fact]], &low, &high);
  add_value(w, fact, low);
  add_value(w, fact, high);
}

static void domains(world *w) {
  const int64_t around[] = {CONST_DAY, w->first, ans_date_from_ymd(2025, 6, 1), ans_date_from_ymd(2008, 6, 1)};
  for (int i = 0; i < 2; i++) w->truth[i] = i;
  for (int i = 0; i < 3; i++) w->art[i] = i;
  for (int i = 0; i < PERSONS; i++) w->refs[i] = i;
  for (int f = N; f <= M; f++) {
    for (int i = -12; i <= 22; i++) add_value(w, f, i);
    add_ends(w, f);
  }
  for (size_t i = 0; i < sizeof around / sizeof *around; i++)
    for (int64_t d = -2; d <= 2; d++) add_value(w, G, around[i] + d);
  add_ends(w, G);
}

/* Completions of a part of a timeline: constant, or with one change on any day (outside the period one day stands for all: programs only ask there whether a run ended or begins). */
static uint32_t part_options(const world *w, int64_t from, int64_t to) { return from >= w->first && to <= w->last ? 2 + 2 * (uint32_t)(to - from) : 4; }

static bool add_missing(world *w, cell x) {
  if (w->missing_count == MOST_MISSING || (uint64_t)w->total * x.options > MOST_COMPLETIONS) return false;
  w->total *= x.options;
  w->missing[w->missing_count++] = x;
  return true;
}

static ans_scalar random_cell(world *w, rnd *r, uint32_t fact, uint32_t row, const int64_t *values, uint32_t n, uint8_t state, uint32_t percent) {
  if (rnd_percent(r, percent) && add_missing(w, (cell){.fact = fact, .row = row, .state = state, .options = n, .values = values})) return (ans_scalar){0, state};
  return (ans_scalar){values[rnd_below(r, n)], ANS_VALUE};
}

static void timeline(world *w, rnd *r, uint32_t row, uint32_t percent) {
  int64_t middle = w->first + (rnd_percent(r, 50) ? 0 : rnd_below(r, 20));
  int64_t from[4] = {ANS_DAY_MIN, w->first, middle, w->last + 1}, to[4] = {w->first - 1, middle - 1, w->last, ANS_DAY_MAX};
  for (int i = 0; i < 4; i++) {
    w->part[row][i].from = from[i];
    w->part[row][i].to = to[i];
    w->part[row][i].v = w->part[row][i].w = rnd_below(r, 2);
    w->part[row][i].change = to[i];
    if (i == 1 || !rnd_percent(r, percent)) continue;
    w->part[row][i].missing = add_missing(w, (cell){.fact = w->g.facts[T], .row = row, .timeline = true, .from = from[i], .to = to[i], .state = ANS_UNKNOWN, .options = part_options(w, from[i], to[i])});
  }
}

static void make_case(world *w, rnd *r) {
  static const uint32_t chance = 35;
  w->total = 1;
  for (uint32_t i = 0; i < CLAIMS; i++) w->who[i] = random_cell(w, r, w->g.who, i, w->refs, PERSONS, ANS_UNKNOWN, 25);
  for (uint32_t i = 0; i < PERSONS; i++) {
    w->scalar[A][i] = random_cell(w, r, w->g.facts[A], i, w->truth, 2, ANS_UNKNOWN, chance);
    w->scalar[B][i] = random_cell(w, r, w->g.facts[B], i, w->truth, 2, ANS_HUMAN, chance);
    w->scalar[C][i] = random_cell(w, r, w->g.facts[C], i, w->art, 3, ANS_UNKNOWN, chance);
    w->scalar[N][i] = random_cell(w, r, w->g.facts[N], i, w->values[N], w->value_count[N], ANS_UNKNOWN, chance);
    w->scalar[M][i] = random_cell(w, r, w->g.facts[M], i, w->values[M], w->value_count[M], ANS_UNKNOWN, chance);
    w->scalar[G][i] = random_cell(w, r, w->g.facts[G], i, w->values[G], w->value_count[G], ANS_UNKNOWN, chance);
    timeline(w, r, i, chance);
  }
}

static void put(ans_status st) {
  if (st != ANS_OK) abort();
}

static ans_columns *columns_of(const world *w) {
  ans_columns_builder *b = ans_columns_builder_new(w->g.p);
  ans_columns *c = NULL;
  uint32_t row;
  put(ans_columns_begin_component(b, NULL));
  for (uint32_t i = 0; i < PERSONS; i++) put(ans_columns_add_row(b, w->g.person, i ? "p1" : "p0", &row, NULL));
  for (uint32_t i = 0; i < CLAIMS; i++) put(ans_columns_add_row(b, w->g.claim, i ? "k1" : "k0", &row, NULL));
  for (uint32_t i = 0; i < CLAIMS; i++) put(ans_columns_set(b, w->g.who, i, w->who[i], NULL));
  for (uint32_t i = 0; i < PERSONS; i++) {
    ans_interval items[8];
    uint32_t n = 0;
    for (int f = 0; f < SCALARS; f++) put(ans_columns_set(b, w->g.facts[f], i, w->scalar[f][i], NULL));
    for (int k = 0; k < 4; k++) {
      int64_t from = w->part[i][k].from, to = w->part[i][k].to, change = w->part[i][k].change;
      if (w->part[i][k].missing || from > to) continue;
      if (change > from) items[n++] = (ans_interval){(int32_t)from, (int32_t)change - 1, w->part[i][k].v, ANS_VALUE};
      items[n++] = (ans_interval){(int32_t)(change > from ? change : from), (int32_t)to, w->part[i][k].w, ANS_VALUE};
    }
    put(ans_columns_set_timeline(b, w->g.facts[T], i, items, n, NULL));
  }
  put(ans_columns_end_component(b, NULL));
  put(ans_columns_finish(b, &c, NULL));
  ans_columns_builder_free(b);
  return c;
}

static void complete(world *w, const cell *x, uint32_t option) {
  if (!x->timeline) {
    ans_scalar v = {x->values[option], ANS_VALUE};
    if (x->fact == w->g.who) w->who[x->row] = v;
    for (int f = 0; f < SCALARS; f++)
      if (x->fact == w->g.facts[f]) w->scalar[f][x->row] = v;
    return;
  }
  for (int k = 0; k < 4; k++) {
    if (w->part[x->row][k].from != x->from || w->part[x->row][k].to != x->to) continue;
    bool inside = x->from >= w->first && x->to <= w->last;
    w->part[x->row][k].missing = false;
    w->part[x->row][k].v = option & 1;
    w->part[x->row][k].w = option < 2 ? (option & 1) : !(option & 1);
    w->part[x->row][k].change = option < 2 ? x->to : inside ? x->from + option / 2 : x->to < w->first ? x->to - 9 : x->from + 10;
  }
}

/* --- brute force ------------------------------------------------------------------------------------------------------------------------ */

typedef struct answer { ans_scalar entitled, amount; } answer;
static bool differs(ans_scalar a, ans_scalar b) { return a.state != b.state || a.v != b.v; }

static void relevant_by_definition(const world *w, uint32_t claim, bool relevant[MOST_MISSING]) {
  answer *all = calloc(w->total, sizeof *all);
  if (!all) abort();
  for (uint32_t k = 0; k < w->total; k++) {
    world full = *w;
    uint32_t rest = k;
    for (uint32_t i = 0; i < w->missing_count; rest /= w->missing[i].options, i++) complete(&full, &w->missing[i], rest % w->missing[i].options);
    ans_columns *c = columns_of(&full);
    ans_trace *t = NULL;
    put(ans_replay_run(c, 0, MONTH, &t, NULL));
    all[k] = (answer){ans_trace_get(t, w->g.p->results[0].insn, claim), ans_trace_get(t, w->g.p->results[1].insn, claim)};
    ans_trace_free(t);
    ans_columns_free(c);
  }
  for (uint32_t i = 0, stride = 1; i < w->missing_count; stride *= w->missing[i].options, i++) {
    relevant[i] = false;
    for (uint32_t k = 0; k < w->total && !relevant[i]; k++) {
      uint32_t base = k - k / stride % w->missing[i].options * stride;
      relevant[i] = differs(all[k].entitled, all[base].entitled) || differs(all[k].amount, all[base].amount);
    }
  }
  free(all);
}

/* --- comparison ---------------------------------------------------------------------------------------------------------------------------- */

static const ans_missing *listed(const ans_outcome *o, const cell *x) {
  for (uint32_t i = 0; i < o->missing_count; i++)
    if (o->missing[i].fact == x->fact && o->missing[i].row == x->row && (!x->timeline || (o->missing[i].day >= x->from && o->missing[i].day <= x->to))) return &o->missing[i];
  return NULL;
}

static void wrong(tally *y, uint64_t seed, const world *w, const cell *x, const char *what) {
  y->failures++;
  printf("seed %" PRIu64 ": %s.%s of row %u%s: %s\n", seed, w->g.p->units[w->g.p->facts[x->fact].unit].name, w->g.p->facts[x->fact].name, x->row, x->timeline ? (x->to < w->first ? " (before the period)" : x->from > w->last ? " (after the period)" : " (period)") : "", what);
}

static void check_claim(tally *y, uint64_t seed, const world *w, uint32_t claim) {
  ans_columns *c = columns_of(w);
  ans_outcome o, slice;
  bool relevant[MOST_MISSING];
  put(ans_decide_claim(c, 0, 0, claim, MONTH, &(ans_claim_context){0}, ANS_ENUMERATE_MAX, &o, NULL, NULL));
  put(ans_decide_claim(c, 0, 0, claim, MONTH, &(ans_claim_context){0}, 0, &slice, NULL, NULL));
  ans_columns_free(c);
  y->cases++;
  if (o.merits != ANS_MERITS_UNDETERMINED) return;
  y->undetermined++;
  y->exact += o.missing_exact;
  relevant_by_definition(w, claim, relevant);
  uint32_t found = 0;
  for (uint32_t i = 0; i < w->missing_count; i++) {
    const ans_missing *m = listed(&o, &w->missing[i]);
    y->open_cells++;
    y->relevant += relevant[i];
    y->listed += m != NULL;
    y->dropped += !m;
    y->unproven += m && !m->proven;
    found += m != NULL;
    if (relevant[i] && !m) wrong(y, seed, w, &w->missing[i], "relevant, not listed");
    if (relevant[i] && !listed(&slice, &w->missing[i])) wrong(y, seed, w, &w->missing[i], "relevant, not in the slice");
    if (m && !relevant[i] && o.missing_exact) wrong(y, seed, w, &w->missing[i], "listed as exact, not relevant");
    if (m && !relevant[i] && m->proven) wrong(y, seed, w, &w->missing[i], "called proven, not relevant");
  }
  if (found != o.missing_count) {
    y->failures++;
    printf("seed %" PRIu64 ": %u cells listed, %u of them are missing\n", seed, o.missing_count, found);
  }
  if (o.missing_count && (o.ask_next == ANS_NONE || (!o.missing[o.ask_next].proven && o.missing_exact))) {
    y->failures++;
    printf("seed %" PRIu64 ": what to ask next is not among the proven\n", seed);
  }
}

static void run(tally *y, uint64_t seed) {
  rnd r = rnd_seed(seed, 2);
  world w = {.g = make_program(seed), .first = ans_month_first(MONTH), .last = ans_month_last(MONTH)};
  y->bounded += w.g.bounded;
  domains(&w);
  make_case(&w, &r);
  for (uint32_t i = 0; i < CLAIMS; i++) check_claim(y, seed, &w, i);
  ans_program_free(w.g.p);
}

int main(int argc, char **argv) {
  uint64_t seed = number_option(argc, argv, "--seed", 1), count = number_option(argc, argv, "--count", 400);
  tally y = {0};
  for (uint64_t i = 0; i < count; i++) run(&y, seed * 1000003 + i);
  printf("%u claims, %u undetermined, %u lists exact; of %u missing cells %u relevant, %u listed (%u of them unproven)\n", y.cases, y.undetermined, y.exact, y.open_cells, y.relevant, y.listed, y.unproven);
  bool enough = y.undetermined * 4 >= y.cases && y.relevant * 6 >= y.open_cells && y.dropped * 5 >= y.open_cells;
  if (!y.bounded) printf("no fact declares bounds\n");
  bool mostly_exact = y.exact * 100 >= y.undetermined * 95, close = (y.listed - y.relevant) * 50 <= y.listed;
  if (!enough) printf("the cases are too easy: too few open claims, relevant cells or irrelevant ones\n");
  if (!mostly_exact || !close) printf("too few lists are exact, or they are too long\n");
  return y.failures || !enough || !mostly_exact || !close || !y.bounded;
}
