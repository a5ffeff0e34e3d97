/* Range analysis against replays of random programs (docs/adr/0014-range-analysis.md): every value lies in the interval proven for its
 * register, every operation proven computes in the bits proven, and guarded ones may fail only where a guard is violated. Random facts
 * reach the limits of 64 bits, and results are given.
 *
 * Then faults are planted in the analysis (an interval one too narrow, a guard nobody tests, a parameter row forgotten, a proof where there is
 * none, …); a fault that is never noticed fails the run, because then the comparison looks at too little.
 *
 *   ranges [--models N] [--seed S] [--rows R]
 *
 * A plain program, so that it also runs under the sanitizers. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/int128.h"
#include "compare.h"
#include "exec/machine.h"
#include "lower/lower.h"
#include "options.h"
#include "range/range.h"
#include "replay/replay.h"

enum { SPREAD = 7000003, PLANT_PLACES = 6, MAX_REPORTS = 5 };

static_assert((int)ANS_RANGE_ROWS >= (int)VM_MAX_ROWS, "sums and counts are bounded by the rows of a batch");

typedef struct tally {
  uint64_t cells, operations[ANS_PROOF_COUNT], kept, violated, given_violated, at_an_end, wrong;
  uint64_t proofs[ANS_PROOF_COUNT], guards, bounded;
} tally;

/* An analysis that may be damaged. */
typedef struct claims {
  const ans_program *p;
  const ans_ranges *r;
  ans_range_insn *insns;
  ans_range_guard *guards;
  uint32_t guard_count;
  bool given_ignored;
} claims;

static void *copied(const void *from, size_t count, size_t size) {
  void *to = calloc(count + 1, size);
  if (!to) abort();
  if (count) memcpy(to, from, count * size);
  return to;
}

static claims claims_new(const ans_program *p, const ans_ranges *r) {
  return (claims){p, r, copied(r->insns, p->insn_count, sizeof *r->insns), copied(r->guards, r->guard_count, sizeof *r->guards), r->guard_count, false};
}

static void claims_dispose(claims *k) {
  free(k->insns);
  free(k->guards);
}

typedef struct subject {
  const claims *k;
  const ans_columns *c;
  const ans_trace *t;
  uint32_t component;
  uint64_t violated; /* guards */
  tally *tally;
  const char *first; /* what is wrong, or NULL */
  uint32_t reg, row;
} subject;

static void wrong(subject *s, const char *what, uint32_t reg, uint32_t row) {
  s->tally->wrong++;
  if (s->first) return;
  s->first = what;
  s->reg = reg;
  s->row = row;
}

static bool inside(ans_range r, int64_t v) { return r.lo <= v && v <= r.hi; }

static ans_scalar cell(const subject *s, uint32_t reg, uint32_t row) { return ans_trace_get(s->t, reg, s->k->p->insns[reg].unit == 0 ? 0 : row); }

static void find_violations(subject *s) {
  const claims *k = s->k;
  for (uint32_t g = 0; g < k->guard_count; g++) {
    const uint32_t reg = k->guards[g].insn, rows = ans_trace_rows(s->t, reg);
    for (uint32_t row = 0; row < rows; row++) {
      ans_scalar v = ans_trace_get(s->t, reg, row);
      if (v.state == ANS_VALUE && !inside(k->guards[g].bound, v.v)) s->violated |= k->guards[g].bit;
    }
  }
  for (uint32_t i = 0; i < s->c->override_count && !k->given_ignored; i++) {
    const ans_override *o = &s->c->overrides[i];
    const ans_unit_columns *u = &s->c->units[k->p->results[o->result].unit];
    bool here = o->row >= u->component_first[s->component] && o->row < u->component_first[s->component + 1];
    if (here && o->value.state == ANS_VALUE && !ans_ranges_given(k->r, o->result, o->value.v)) s->violated |= ANS_RANGE_GIVEN;
  }
}

static bool fits(ans_int128 v, unsigned width) {
  return width == 32 ? v >= INT32_MIN && v <= INT32_MAX : v >= INT64_MIN && v <= INT64_MAX;
}

static bool scaled_fits(ans_int128 v, int places, unsigned width) {
  for (; places > 0 && fits(v, 64); places--) v *= 10;
  return fits(v, width);
}

/* The machine's part of a proof, computed in 128 bits: operands (0 where they are no values), intermediates and result. */
static bool computes_in(const subject *s, const ans_insn *in, uint32_t row, unsigned width) {
  const ans_insn *insns = s->k->p->insns;
  const uint32_t *l = s->k->p->lists + in->a;
  if (in->op == ANS_OP_AGG_SUM) {
    ans_int128 up = 0, down = 0; /* no partial sum leaves these two */
    for (uint32_t m = 0; m < ans_trace_rows(s->t, in->a); m++) {
      const int64_t v = cell(s, in->c, m).v;
      if (v > 0) up += v;
      else down += v;
    }
    return fits(up, width) && fits(down, width);
  }
  if (in->op == ANS_OP_MULR) {
    const int64_t a = cell(s, l[0], row).v, b = cell(s, l[1], row).v, d = in->b == 3 ? cell(s, l[2], row).v : 1;
    const int places = in->type.scale - insns[l[0]].type.scale - insns[l[1]].type.scale + (in->b == 3 ? insns[l[2]].type.scale : 0);
    return fits(a, width) && fits(b, width) && scaled_fits((ans_int128)a * b, places, width) && scaled_fits(d, -places, width);
  }
  const int64_t a = cell(s, in->a, row).v, b = in->op == ANS_OP_NEG ? 0 : cell(s, in->b, row).v;
  if (!fits(a, width) || !fits(b, width)) return false;
  if (in->op == ANS_OP_DIVR) {
    const int places = in->type.scale + insns[in->b].type.scale - insns[in->a].type.scale;
    return scaled_fits(a, places, width) && scaled_fits(b, -places, width);
  }
  ans_int128 exact = in->op == ANS_OP_ADD ? (ans_int128)a + b : in->op == ANS_OP_SUB ? (ans_int128)a - b : in->op == ANS_OP_NEG ? -(ans_int128)a : (ans_int128)a * b;
  return fits(exact, width);
}

typedef struct worst { const subject *s; uint32_t row; uint8_t state; } worst;
static void worst_operand(void *ctx, uint32_t reg) {
  worst *w = ctx;
  ans_scalar v = cell(w->s, reg, w->row);
  if (v.state > w->state) w->state = v.state;
}

static uint8_t divisor_state(const subject *s, const ans_insn *in, uint32_t row, int64_t *divisor) {
  const uint32_t *l = s->k->p->lists + in->a;
  *divisor = 1;
  if (in->op == ANS_OP_MULR && in->b == 2) return ANS_VALUE;
  ans_scalar d = cell(s, in->op == ANS_OP_DIVR ? in->b : l[2], row);
  *divisor = d.v;
  return d.state;
}

static void check_operation(subject *s, uint32_t reg, uint32_t row, ans_scalar v) {
  const ans_range_insn *o = &s->k->insns[reg];
  const ans_insn *in = &s->k->p->insns[reg];
  const bool divides = in->op == ANS_OP_DIVR || in->op == ANS_OP_MULR;
  worst w = {s, row, ANS_VALUE};
  int64_t divisor = 1;
  s->tally->operations[o->proof]++;
  if (o->proof == ANS_PROOF_GUARDED) ++*(o->needs & s->violated ? &s->tally->violated : &s->tally->kept);
  if (o->needs & s->violated) return;
  if (o->width && !computes_in(s, in, row, o->width)) wrong(s, "an operation does not fit the bits proven", reg, row);
  if (in->op == ANS_OP_AGG_SUM) { /* members, not rows: overflow shows in their states */
    bool known = true;
    for (uint32_t m = 0; m < ans_trace_rows(s->t, in->a); m++)
      known = known && cell(s, in->c, m).state < ANS_ERRONEOUS && cell(s, in->a, m).state < ANS_ERRONEOUS && (in->b == ANS_NONE || cell(s, in->b, m).state == ANS_VALUE);
    if (o->width && known && v.state == ANS_ERRONEOUS) wrong(s, "a proven sum overflows", reg, row);
    return;
  }
  ans_range_operands(s->k->p, in, worst_operand, &w);
  if (w.state != ANS_VALUE) return;
  if (divides) (void)divisor_state(s, in, row, &divisor);
  if (divisor == 0 && o->flags & ANS_RANGE_DIVISOR) wrong(s, "a divisor proven not to be 0 is 0", reg, row);
  if (o->width && divisor != 0 && v.state != ANS_VALUE) wrong(s, "a proven operation has no value", reg, row);
  if (o->width && v.state == ANS_VALUE && !fits(v.v, o->width)) wrong(s, "a result does not fit the bits proven", reg, row);
  if (o->flags & ANS_RANGE_TOTAL && v.state != ANS_VALUE) wrong(s, "an operation that always has a value has none", reg, row);
  if (divides && o->flags & ANS_RANGE_QUOTIENT_52 && v.state == ANS_VALUE && (v.v >= INT64_C(1) << 52 || v.v <= -(INT64_C(1) << 52)))
    wrong(s, "a quotient is not below 2^52", reg, row);
}

/* Calendar operations: TOTAL is a promise about strict operations whose operands are values. */
static bool strict_date(uint16_t op) {
  switch ((int)op) {
    case ANS_OP_YEARS_DONE: case ANS_OP_ADD_MONTHS: case ANS_OP_MONTH_FIRST: case ANS_OP_MONTH_LAST: case ANS_OP_WORKDAY: case ANS_OP_HOLIDAY:
    case ANS_OP_MONTH_OF: case ANS_OP_YEAR_OF: return true;
    default: return false;
  }
}

static void check_register(subject *s, uint32_t reg) {
  const ans_range_insn *o = &s->k->insns[reg];
  const ans_insn *in = &s->k->p->insns[reg];
  const bool held = !(o->value_needs & s->violated);
  for (uint32_t row = 0; row < ans_trace_rows(s->t, reg); row++) {
    const ans_scalar v = ans_trace_get(s->t, reg, row);
    s->tally->cells++;
    if (v.state == ANS_VALUE) {
      if (!inside(o->always, v.v)) wrong(s, "a value outside its interval", reg, row);
      if (held && !inside(o->held, v.v)) wrong(s, "a value outside its guarded interval", reg, row);
      s->tally->at_an_end += v.v == o->always.lo || v.v == o->always.hi;
    }
    if (ans_trace_overridden(s->t, reg, row)) continue;
    if (ans_range_arithmetic((ans_opcode)in->op)) check_operation(s, reg, row, v);
    if (!strict_date(in->op) || !(o->flags & ANS_RANGE_TOTAL) || o->needs & s->violated) continue;
    worst w = {s, row, ANS_VALUE};
    ans_range_operands(s->k->p, in, worst_operand, &w);
    if (w.state == ANS_VALUE && v.state != ANS_VALUE) wrong(s, "a day that always exists does not", reg, row);
  }
}

/* --- one model --------------------------------------------------------------------------------------------------------- */
typedef struct world {
  ans_model *m;
  gen_data *d;
  ans_program *p;
  ans_columns *c;
  uint32_t traces;
  ans_trace **trace; /* one per component and period */
  uint32_t bounded;  /* facts with declared bounds */
} world;

static void world_dispose(world *w) {
  for (uint32_t i = 0; i < w->traces; i++) ans_trace_free(w->trace[i]);
  free(w->trace);
  ans_columns_free(w->c);
  ans_program_free(w->p);
  gen_data_free(w->d);
  gen_model_free(w->m);
}

static bool world_new(world *w, uint64_t seed, uint32_t number, uint32_t rows) {
  const uint64_t own = seed * SPREAD + number;
  gen_traits traits;
  ans_error err = {0};
  *w = (world){.m = gen_model(own, (gen_options){.kinds = true, .small = number % 3 != 0}, &traits)};
  w->bounded = traits.bounded;
  w->d = gen_data_new(own, w->m, gen_rows(w->m, rows), traits.extreme);
  bool ok = ans_lower_program(w->m, &w->p, &err) == ANS_OK && (w->c = gen_columns(w->p, w->m, w->d, NULL, 0, NULL, &err));
  if (ok) w->trace = calloc((size_t)w->c->components * GEN_PERIODS + 1, sizeof *w->trace);
  for (uint32_t i = 0; ok && i < GEN_PERIODS; i++)
    for (uint32_t k = 0; ok && k < w->c->components; k++) {
      const int32_t period = w->d->periods[i], known = period % 2 ? ANS_DAY_MAX : 365 * (30 + period % 30); /* the law as it was known on some day */
      ok = ans_replay_run_known(w->c, k, period, known, &w->trace[w->traces], &err) == ANS_OK;
      w->traces += ok;
    }
  if (!ok) print_error("no model", &err);
  return ok;
}

/* Number of wrong claims; *first names one. */
static uint64_t check(const world *w, const claims *k, tally *t, const char **first, uint32_t *reg) {
  const uint64_t before = t->wrong;
  *first = NULL;
  for (uint32_t i = 0; i < w->traces; i++) {
    subject s = {.k = k, .c = w->c, .t = w->trace[i], .component = i % w->c->components, .tally = t};
    find_violations(&s);
    t->given_violated += s.violated & ANS_RANGE_GIVEN;
    for (uint32_t r = 0; r < w->p->insn_count; r++) check_register(&s, r);
    if (s.first && !*first) {
      *first = s.first;
      *reg = s.reg;
    }
  }
  return t->wrong - before;
}

/* --- planted faults ---------------------------------------------------------------------------------------------------- */
typedef enum fault { FAULT_UPPER, FAULT_LOWER, FAULT_GUARDED_END, FAULT_GUARD, FAULT_GIVEN, FAULT_WIDE, FAULT_NARROW, FAULT_TOTAL, FAULT_PARAMETER, FAULT_FACT_TYPE, FAULT_BOUNDS, FAULTS } fault;
static const char *const FAULT_NAMES[FAULTS] = {"upper end one too low", "lower end one too high", "guarded interval one too narrow", "guard not tested", "given results not tested",
                                                "wide operation called proven", "64 bits called 32", "operation called total", "parameter row forgotten", "fact believed to be small", "declared bound believed tighter"};

static uint32_t pick(rnd *r, const claims *k, bool (*fits_here)(const claims *, uint32_t)) {
  const uint32_t n = k->p->insn_count, start = rnd_below(r, n);
  for (uint32_t i = 0; i < n; i++)
    if (fits_here(k, (start + i) % n)) return (start + i) % n;
  return ANS_NONE;
}

static bool has_range(const claims *k, uint32_t i) { return k->insns[i].always.lo < k->insns[i].always.hi; }
static bool is_guarded_value(const claims *k, uint32_t i) { return k->insns[i].held.lo < k->insns[i].held.hi && k->insns[i].held.lo > -1000000 && k->insns[i].value_needs; }
static bool is_wide(const claims *k, uint32_t i) { return k->insns[i].proof == ANS_PROOF_WIDE || k->insns[i].proof == ANS_PROOF_GUARDED; }
static bool is_64(const claims *k, uint32_t i) { return k->insns[i].width == 64; }
static bool is_partial(const claims *k, uint32_t i) { return (ans_range_arithmetic((ans_opcode)k->p->insns[i].op) || strict_date(k->p->insns[i].op)) && !(k->insns[i].flags & ANS_RANGE_TOTAL); }
static bool is_fact(const claims *k, uint32_t i) { return k->p->insns[i].op == ANS_OP_FACT && k->insns[i].always.hi == INT64_MAX; }

static bool damage(claims *k, fault f, rnd *r) {
  if (f == FAULT_GIVEN) {
    k->given_ignored = true;
    return true;
  }
  if (f == FAULT_GUARD) {
    if (!k->guard_count) return false;
    k->guard_count = 0;
    return true;
  }
  static bool (*const where[FAULTS])(const claims *, uint32_t) = {[FAULT_UPPER] = has_range, [FAULT_LOWER] = has_range, [FAULT_GUARDED_END] = is_guarded_value,
                                                                  [FAULT_WIDE] = is_wide, [FAULT_NARROW] = is_64, [FAULT_TOTAL] = is_partial, [FAULT_FACT_TYPE] = is_fact};
  const uint32_t i = pick(r, k, where[f]);
  if (i == ANS_NONE) return false;
  ans_range_insn *o = &k->insns[i];
  switch ((int)f) {
    case FAULT_UPPER: o->always.hi--; break;
    case FAULT_LOWER: o->always.lo++; break;
    case FAULT_GUARDED_END: o->held.lo++; o->held.hi--; break;
    case FAULT_WIDE: o->width = 64; o->needs = 0; break;
    case FAULT_NARROW: o->width = 32; break;
    case FAULT_TOTAL: o->flags |= ANS_RANGE_TOTAL; o->needs = 0; break;
    default: o->always = (ans_range){-50, 50}; break; /* FAULT_FACT_TYPE */
  }
  return true;
}

/* The analysis of a program of which one parameter row is never in force. */
static bool forget_row(const world *w, rnd *r, ans_program *other, ans_param_row **rows) {
  if (w->p->param_row_count == 0) return false;
  *other = *w->p;
  *rows = copied(w->p->param_rows, w->p->param_row_count, sizeof **rows);
  (*rows)[rnd_below(r, w->p->param_row_count)].from_day = INT32_MAX;
  other->param_rows = *rows;
  return true;
}

/* The analysis of a program in which one fact declares tighter bounds. */
static bool tighten_bounds(const world *w, rnd *r, ans_program *other, ans_fact **facts) {
  const uint32_t n = w->p->fact_count, start = rnd_below(r, n);
  *other = *w->p;
  *facts = copied(w->p->facts, n, sizeof **facts);
  other->facts = *facts;
  for (uint32_t i = 0; i < n; i++) {
    ans_fact *f = &(*facts)[(start + i) % n];
    if (!f->bounds || (f->bounds & ANS_FACT_LEAST && f->bounds & ANS_FACT_GREATEST && f->low == f->high)) continue;
    if (f->bounds & ANS_FACT_LEAST) f->low++;
    else f->high--;
    return true;
  }
  return false;
}

typedef struct score { uint32_t planted, caught; } score;

static void plant(const world *w, const ans_ranges *r, fault f, rnd *random, score *out) {
  ans_error err = {0};
  ans_ranges *mine = NULL;
  ans_program other;
  ans_param_row *rows = NULL;
  ans_fact *facts = NULL;
  tally t = {0};
  const char *first;
  uint32_t reg;
  if (f == FAULT_PARAMETER) {
    if (!forget_row(w, random, &other, &rows) || ans_ranges_new(&other, &mine, &err) != ANS_OK) return;
  }
  if (f == FAULT_BOUNDS) {
    const bool any = tighten_bounds(w, random, &other, &facts);
    if (any && ans_ranges_new(&other, &mine, &err) != ANS_OK) abort();
    if (!any) {
      free(facts);
      return;
    }
  }
  claims k = claims_new(w->p, mine ? mine : r);
  if (mine || damage(&k, f, random)) {
    out->planted++;
    out->caught += check(w, &k, &t, &first, &reg) > 0;
  }
  claims_dispose(&k);
  ans_ranges_free(mine);
  free(rows);
  free(facts);
}

static bool one_model(uint64_t seed, uint32_t number, uint32_t rows, tally *t, score scores[FAULTS]) {
  ans_error err = {0};
  ans_ranges *r = NULL;
  world w;
  rnd random = rnd_seed(seed * SPREAD + number, 5);
  bool ok = world_new(&w, seed, number, rows) && ans_ranges_new(w.p, &r, &err) == ANS_OK;
  if (ok) {
    const char *first;
    uint32_t reg = 0;
    claims k = claims_new(w.p, r);
    ok = check(&w, &k, t, &first, &reg) == 0;
    if (!ok) printf("WRONG: seed %" PRIu64 " model %u register %u (%s): %s\n", seed, number, reg, ans_opcode_mnemonic((ans_opcode)w.p->insns[reg].op), first);
    claims_dispose(&k);
    for (int i = 0; i < ANS_PROOF_COUNT; i++) t->proofs[i] += r->count[i];
    t->guards += r->guard_count;
    t->bounded += w.bounded;
    for (uint32_t f = 0; f < FAULTS && ok; f++)
      for (int place = 0; place < PLANT_PLACES && scores[f].caught < 3; place++) plant(&w, r, (fault)f, &random, &scores[f]);
  }
  ans_ranges_free(r);
  world_dispose(&w);
  return ok;
}

int main(int argc, char **argv) {
  const uint64_t seed = number_option(argc, argv, "--seed", 1);
  const uint32_t models = (uint32_t)number_option(argc, argv, "--models", 2000), rows = (uint32_t)number_option(argc, argv, "--rows", 40);
  tally t = {0};
  score scores[FAULTS] = {0};
  uint32_t failed = 0, blind = 0;
  for (uint32_t i = 0; i < models && failed < MAX_REPORTS; i++) failed += !one_model(seed, i, rows, &t, scores);
  for (uint32_t f = 0; f < FAULTS; f++) {
    blind += scores[f].caught == 0;
    printf("  %-34s planted %4u, noticed %3u%s\n", FAULT_NAMES[f], scores[f].planted, scores[f].caught, scores[f].caught ? "" : "  NEVER NOTICED");
  }
  printf("  operations in programs: 32 bits %" PRIu64 ", 64 bits %" PRIu64 ", guarded %" PRIu64 ", wide %" PRIu64 "; %" PRIu64 " guards, %" PRIu64 " facts with declared bounds\n", t.proofs[ANS_PROOF_32], t.proofs[ANS_PROOF_64],
         t.proofs[ANS_PROOF_GUARDED], t.proofs[ANS_PROOF_WIDE], t.guards, t.bounded);
  printf("  operations computed: %" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64 "; guards kept %" PRIu64 ", violated %" PRIu64 ", given results outside %" PRIu64 "; %" PRIu64 " cells, %" PRIu64 " at an end of their interval\n",
         t.operations[ANS_PROOF_32], t.operations[ANS_PROOF_64], t.operations[ANS_PROOF_GUARDED], t.operations[ANS_PROOF_WIDE], t.kept, t.violated, t.given_violated, t.cells, t.at_an_end);
  bool idle = models >= 2000 && (!t.kept || !t.violated || !t.given_violated || !t.operations[ANS_PROOF_32] || !t.operations[ANS_PROOF_64] || !t.operations[ANS_PROOF_WIDE] || !t.bounded);
  if (idle) printf("  some case never came up\n");
  bool ok = !failed && !blind && !idle;
  printf("%s: %u models, %u failed (seed %" PRIu64 ")\n", ok ? "ok" : "FAILED", models, failed, seed);
  return ok ? 0 : 1;
}
