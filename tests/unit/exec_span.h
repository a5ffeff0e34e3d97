/* How long results hold (exec/horizon.h): on random SSA programs over random rows, no result of a component changes before the period that the VM named, and spans (exec/span.h) hand out what runs of
 * single periods do; faults planted in the analysis are caught by just that. Used by test_exec.c only. All data are synthetic. */
#ifndef ANS_TEST_EXEC_SPAN_H
#define ANS_TEST_EXEC_SPAN_H
#include "exec/horizon.h"
#include "exec/span.h"

enum { S_MONTHS = 25, S_FIRST = MONTH - 12, S_ROWS = 100, S_WANTED = 400 };

typedef struct span_case { /* one program with its rows and the results of every month alone */
  ans_program *p;
  ans_columns *c;
  uint32_t wanted[S_WANTED], n;
  bool one[S_WANTED];        /* depends on the month alone: no matter of components */
  ans_scalar *cells;
  size_t rows;               /* most rows of any unit */
} span_case;

static ans_scalar *span_cell(const span_case *s, uint32_t month, uint32_t k, uint32_t row) { return &s->cells[((size_t)month * s->n + k) * s->rows + row]; }
static uint32_t span_rows(const span_case *s, uint32_t k) { return s->p->insns[s->wanted[k]].unit ? s->c->units[s->p->insns[s->wanted[k]].unit].rows : 1; }

/* The results of every month alone. */
static void span_months(span_case *s) {
  for (uint32_t u = 0; u < s->p->unit_count; u++) s->rows = s->c->units[u].rows > s->rows ? s->c->units[u].rows : s->rows;
  s->rows++;
  s->cells = calloc((size_t)S_MONTHS * (s->n + 1) * s->rows, sizeof *s->cells);
  cr_assert(s->cells);
  ans_vm *vm = ans_vm_new(s->p, s->wanted, s->n, 0);
  for (uint32_t k = 0; k < s->n; k++) s->one[k] = vm->regs[s->wanted[k]].one;
  for (uint32_t m = 0; m < S_MONTHS; m++) {
    OK(ans_vm_run(vm, s->c, 0, s->c->components, S_FIRST + (int32_t)m, ERR));
    for (uint32_t k = 0; k < s->n; k++)
      for (uint32_t row = 0; row < span_rows(s, k); row++) *span_cell(s, m, k, row) = ans_vm_get(vm, s->wanted[k], row);
  }
  ans_vm_free(vm);
}

static void span_make(span_case *s, random_program *x, int number) {
  seed_state = (uint64_t)number * 7000003 + 5;
  *s = (span_case){.p = x_program(x)};
  if (number % 3) x->results = 0; /* components with given results are evaluated in every period, and test nothing else */
  s->c = x_columns(x, s->p, S_ROWS);
  for (uint32_t r = 0; r < s->p->insn_count; r++) { /* few are asked, so that demand decides; references to segments are numbered through a run */
    const ans_insn *in = &s->p->insns[r];
    const bool base = in->unit <= X_UNITS, plain = in->type.tag != ANS_T_REF || in->type.ref <= X_UNITS;
    if (base && plain && (below(14) == 0 || (in->op == ANS_OP_GATHER && below(5) == 0))) s->wanted[s->n++] = r;
  }
  span_months(s);
}

/* Every kind of step that horizon_plan.c knows, each on the way to one result: dates and money that move with the month against fixed ones. */
static void span_directed(span_case *s, uint64_t seed) {
  const ans_type days = {.tag = ANS_T_INT, .measure = ANS_M_DAYS}, money = {.tag = ANS_T_INT};
  ans_builder *b = begin();
  seed_state = seed;
  *s = (span_case){0};
  const uint32_t u = unit(b, "U", ANS_NONE), v = unit(b, "V", ANS_NONE), day_unit = unit(b, "U je Tag", u);
  const uint32_t fd = fact(b, u, "d", DATE, ANS_FACT_SCALAR, ANS_NATURE_FACT), fe = fact(b, u, "e", DATE, ANS_FACT_SCALAR, ANS_NATURE_FACT), fg = fact(b, u, "g", BOOL, ANS_FACT_SCALAR, ANS_NATURE_FACT);
  const uint32_t fm = fact(b, u, "m", money, ANS_FACT_SCALAR, ANS_NATURE_FACT), ft = fact(b, u, "t", BOOL, ANS_FACT_TIMELINE, ANS_NATURE_FACT), fr = fact(b, v, "r", ref_to(u), ANS_FACT_SCALAR, ANS_NATURE_FACT);
  const int32_t law = (int32_t)ans_month_first(MONTH + 3);
  const ans_param_row rows[2] = {{ANS_OPEN_PAST, law - 1, ANS_OPEN_PAST, {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN}, {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX}, 5, ANS_NONE, 0, 0},
                                 {law, ANS_OPEN_FUTURE, law, {INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN}, {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX}, 9, ANS_NONE, 0, 0}};
  const uint32_t param = ans_builder_param(b, &(ans_param){.name = "p", .label = "", .type = INT, .provision = ANS_NONE}, rows, 2);
  const uint32_t first = op(b, ANS_OP_PERIOD, 0, DATE, 1, 0, 0), last = op(b, ANS_OP_PERIOD, 0, DATE, 2, 0, 0), one = constant(b, days, 1), yes = constant(b, BOOL, 1);
  const uint32_t length = op(b, ANS_OP_ADD, 0, days, op(b, ANS_OP_SUB, 0, days, last, first, 0), one, 0);
  const uint32_t d = op(b, ANS_OP_FACT, u, DATE, fd, 0, 0), e = op(b, ANS_OP_FACT, u, DATE, fe, 0, 0), g = op(b, ANS_OP_FACT, u, BOOL, fg, 0, 0), m = op(b, ANS_OP_FACT, u, money, fm, 0, 0);
  const uint32_t self = op(b, ANS_OP_SELF, u, ref_to(u), 0, 0, 0), r = op(b, ANS_OP_FACT, v, ref_to(u), fr, 0, 0);
  const uint32_t split[] = {ANS_SPLIT_TIMELINE, ft, ANS_NONE, ANS_SPLIT_DATE, d, 0};
  const uint32_t parent = op(b, ANS_OP_SPLIT, day_unit, ref_to(u), day_unit, ans_builder_list(b, split, 6), 6);
  const uint32_t from = op(b, ANS_OP_SEG_FROM, day_unit, DATE, 0, 0, 0), to = op(b, ANS_OP_SEG_TO, day_unit, DATE, 0, 0, 0), on = op(b, ANS_OP_TL_AT, day_unit, BOOL, ft, parent, from);
  const uint32_t span = op(b, ANS_OP_ADD, day_unit, days, op(b, ANS_OP_SUB, day_unit, days, to, from, 0), one, 0);
  uint32_t w[20], n = 0;
  w[n++] = op(b, ANS_OP_LT, u, BOOL, first, e, 0);
  w[n++] = op(b, ANS_OP_LE, u, BOOL, e, op(b, ANS_OP_DEFAULT, u, DATE, d, first, 0), 0);
  w[n++] = op(b, ANS_OP_LT, u, BOOL, op(b, ANS_OP_SELECT, u, DATE, g, first, d), e, 0);
  w[n++] = op(b, ANS_OP_LT, u, BOOL, op(b, ANS_OP_RESOLVE, u, DATE, ans_builder_list(b, (const uint32_t[]){first, g, d}, 3), 3, 0), e, 0);
  w[n++] = op(b, ANS_OP_EQ, u, BOOL, op(b, ANS_OP_MAX2, u, DATE, first, d, 0), e, 0);
  w[n++] = op(b, ANS_OP_LE, u, BOOL, op(b, ANS_OP_SUB, u, days, e, first, 0), op(b, ANS_OP_SUB, u, days, e, d, 0), 0);
  w[n++] = op(b, ANS_OP_TL_AT, u, BOOL, ft, ANS_NONE, first);
  w[n++] = op(b, ANS_OP_PARAM, u, INT, param, ans_builder_list(b, (const uint32_t[]){op(b, ANS_OP_SELECT, u, DATE, g, first, d)}, 1), 1);
  w[n++] = op(b, ANS_OP_MONTH_OF, u, MONTHS, op(b, ANS_OP_SELECT, u, DATE, g, d, first), 0, 0);
  w[n++] = op(b, ANS_OP_AGG_ANY, u, BOOL, parent, ANS_NONE, on);
  w[n++] = op(b, ANS_OP_GATHER, u, BOOL, op(b, ANS_OP_SEG_FIND, u, ref_to(day_unit), self, day_unit, d), on, 0);
  w[n++] = op(b, ANS_OP_MULR, u, money, ans_builder_list(b, (const uint32_t[]){op(b, ANS_OP_UNIT, u, money, op(b, ANS_OP_AGG_SUM, u, days, parent, on, span), 0, 0), m, op(b, ANS_OP_UNIT, 0, money, length, 0, 0)}, 3), 3, 0);
  w[n++] = op(b, ANS_OP_LT, u, BOOL, op(b, ANS_OP_AGG_MIN, u, DATE, parent, on, from), e, 0);
  w[n++] = op(b, ANS_OP_LT, v, BOOL, op(b, ANS_OP_GATHER, v, DATE, r, op(b, ANS_OP_SELECT, u, DATE, g, first, d), 0), op(b, ANS_OP_GATHER, v, DATE, r, e, 0), 0);
  w[n++] = op(b, ANS_OP_LE, u, BOOL, op(b, ANS_OP_MONTH_OF, u, MONTHS, op(b, ANS_OP_SELECT, u, DATE, g, d, first), 0, 0), op(b, ANS_OP_MONTH_OF, u, MONTHS, e, 0, 0), 0);
  w[n++] = op(b, ANS_OP_LT, u, BOOL, op(b, ANS_OP_ADD_MONTHS, u, DATE, op(b, ANS_OP_DEFAULT, u, DATE, d, last, 0), constant(b, INT, 3), 1), e, 0);
  w[n++] = op(b, ANS_OP_AND, u, BOOL, g, yes, 0);
  s->p = freeze(b);
  ans_columns_builder *cb = ans_columns_builder_new(s->p);
  for (uint32_t row = 0; row < S_ROWS; row++) {
    uint32_t at;
    line l;
    OK(ans_columns_begin_component(cb, ERR));
    OK(ans_columns_add_row(cb, u, NULL, &at, ERR));
    OK(ans_columns_add_row(cb, v, NULL, &at, ERR));
    if (below(3)) OK(ans_columns_set(cb, fd, row, val(ans_month_first(S_FIRST) + below(800)), ERR));
    OK(ans_columns_set(cb, fe, row, below(3) ? val(ans_month_first(S_FIRST + (int32_t)below(S_MONTHS)) + below(2)) : val(ans_month_first(S_FIRST) + below(800)), ERR));
    OK(ans_columns_set(cb, fg, row, below(6) ? val(below(2)) : st(ANS_UNKNOWN), ERR));
    OK(ans_columns_set(cb, fm, row, val(below(70000)), ERR));
    OK(ans_columns_set(cb, fr, row, val(row), ERR));
    first_day = ans_month_first(S_FIRST + (int32_t)below(S_MONTHS));
    line_fill(&l, ANS_UNKNOWN, true);
    OK(ans_columns_set_timeline(cb, ft, row, l.item, l.n, ERR));
    OK(ans_columns_end_component(cb, ERR));
  }
  OK(ans_columns_finish(cb, &s->c, ERR));
  ans_columns_builder_free(cb);
  s->wanted[s->n++] = w[below(n)]; /* one at a time: what changes in it is not hidden by the others */
  span_months(s);
}

static void span_drop(span_case *s) {
  free(s->cells);
  ans_columns_free(s->c);
  ans_program_free(s->p);
}

/* The period before which some result of the component is another one than in `from`; S_MONTHS if none. */
static uint32_t span_changes(const span_case *s, uint32_t component, uint32_t from) {
  for (uint32_t m = from + 1; m < S_MONTHS; m++)
    for (uint32_t k = 0; k < s->n; k++) {
      const uint32_t unit = s->p->insns[s->wanted[k]].unit, *starts = s->c->units[unit].component_first;
      for (uint32_t row = starts[component]; !s->one[k] && row < starts[component + 1]; row++)
        if (!same(*span_cell(s, from, k, row), *span_cell(s, m, k, row))) return m;
    }
  return S_MONTHS;
}

/* Mistakes in the analysis. Each makes some results seem to hold that need not. */
enum { FAULT_NONE, FAULT_ACT /* one kind of step says nothing: + hz_act */, FAULT_SIGN = FAULT_ACT + HZ_FOLD + 1, FAULT_SURE, FAULT_NEXT, FAULT_CONSTANT, FAULT_COUNT };

static void span_plant(vm_horizon *h, const ans_program *p, int fault) {
  for (uint32_t i = 0; i < p->insn_count; i++) {
    hz_reg *r = &h->regs[i];
    if (fault >= FAULT_ACT && fault < FAULT_SIGN && r->act == fault - FAULT_ACT) r->act = HZ_NOTHING;
    if (fault == FAULT_SIGN && r->kind == HZ_SHIFT) r->sign = (int8_t)-r->sign;
    if (fault == FAULT_SURE && r->kind == HZ_SHIFT && r->act >= HZ_ROWS) r->kind = HZ_STILL; /* what moves is taken for fixed */
  }
  for (uint32_t t = 0; t < h->table_count; t++) {
    if (fault == FAULT_CONSTANT && below(2)) h->tables[t].constant = true;
    for (uint32_t k = 0; fault == FAULT_NEXT && k < h->periods; k++) h->tables[t].next[k] += h->tables[t].next[k] < h->periods; /* a period late */
  }
}

/* Whether some component is said to hold longer than it does; *held: periods it was said to hold beyond the first, *lost: those it could have. */
static bool span_wrong(const span_case *s, int fault, uint32_t chunk, uint64_t *held, uint64_t *lost) {
  uint16_t holds[256];
  vm_horizon *h = NULL;
  ans_vm *vm = vm__horizon_vm(s->p, s->wanted, s->n, chunk);
  bool wrong = false;
  cr_assert_lt(s->c->components, 256);
  OK(vm__horizon_new(vm, S_FIRST, S_MONTHS, &h, ERR));
  span_plant(h, s->p, fault);
  for (uint32_t m = 0; m < S_MONTHS && !wrong; m += 1 + below(4)) {
    h->at = m;
    h->holds = holds;
    vm->horizon = h;
    OK(ans_vm_run(vm, s->c, 0, s->c->components, S_FIRST + (int32_t)m, ERR));
    vm->horizon = NULL;
    for (uint32_t c = 0; c < s->c->components; c++) {
      bool given = false;
      for (uint32_t o = 0; o < s->c->override_count; o++) {
        const uint32_t *starts = s->c->units[s->p->results[s->c->overrides[o].result].unit].component_first;
        given = given || (s->c->overrides[o].row >= starts[c] && s->c->overrides[o].row < starts[c + 1]);
      }
      if (given) continue;
      const uint32_t change = span_changes(s, c, m);
      wrong = wrong || holds[c] >= change;
      *held += holds[c] - m;
      *lost += change - 1 - m;
    }
  }
  vm__horizon_free(vm, h);
  ans_vm_free(vm);
  return wrong;
}

Test(exec, results_hold, .timeout = 0) {
  const char *asked = getenv("ANS_TEST_PROGRAMS");
  const int programs = asked ? atoi(asked) / 2 : 1000;
  random_program *x = malloc(sizeof *x);
  uint64_t held = 0, possible = 0;
  uint32_t caught[FAULT_COUNT] = {0};
  for (int i = 0; i < programs; i++) {
    span_case s;
    if (i % 4 == 3) span_directed(&s, (uint64_t)i);
    else span_make(&s, x, i);
    cr_assert_not(span_wrong(&s, FAULT_NONE, chunks[i % CHUNKS], &held, &possible), "program %d: a result changed before it was said to", i);
    for (int f = FAULT_ACT; f < FAULT_COUNT; f++) {
      uint64_t ignored = 0;
      if (caught[f] < 2) caught[f] += span_wrong(&s, f, 0, &ignored, &ignored);
    }
    span_drop(&s);
  }
  printf("results hold: %llu of %llu periods found\n", (unsigned long long)held, (unsigned long long)possible);
  cr_assert_gt(held * 4, possible, "hardly anything was found to hold");
  for (int f = FAULT_ACT; f < FAULT_COUNT; f++) printf("planted fault %d: caught %u times\n", f, caught[f]);
  for (int f = FAULT_ACT; f < FAULT_COUNT; f++)
    if (f != FAULT_ACT + HZ_NOTHING) /* which is no fault */ cr_assert_geq(caught[f], 2, "planted fault %d was caught %u times", f, caught[f]);
  free(x);
}

/* What is handed out, with picked components, given results and references. */
Test(exec, span_equals_runs, .timeout = 0) {
  const char *asked = getenv("ANS_TEST_PROGRAMS");
  const int programs = asked ? atoi(asked) / 2 : 500;
  random_program *x = malloc(sizeof *x);
  uint64_t evaluated = 0, all = 0;
  for (int i = 0; i < programs; i++) {
    span_case s;
    if (i % 4 == 3) span_directed(&s, (uint64_t)i);
    else span_make(&s, x, i);
    ans_span *span = ans_span_new(s.p, s.wanted, s.n, chunks[i % CHUNKS]);
    cr_assert(span);
    for (uint32_t m = 0; m < S_MONTHS; m++) {
      if (m) OK(ans_span_next(span, ERR));
      else OK(ans_span_begin(span, s.c, S_FIRST, S_FIRST + S_MONTHS - 1, ERR));
      for (uint32_t k = 0; k < s.n; k++)
        for (uint32_t row = 0; row < span_rows(&s, k); row++) {
          const ans_scalar got = ans_span_get(span, s.wanted[k], row), want = *span_cell(&s, m, k, row);
          cr_assert(same(got, want), "program %d month %u r%u (%s) row %u: span %d/%lld, alone %d/%lld", i, m, s.wanted[k], ans_opcode_mnemonic((ans_opcode)s.p->insns[s.wanted[k]].op), row, got.state,
                    (long long)got.v, want.state, (long long)want.v);
        }
    }
    evaluated += ans_span_evaluated(span);
    all += (uint64_t)s.c->components * S_MONTHS;
    OK(ans_span_begin(span, s.c, MONTH, MONTH, ERR)); /* a span of one period, after another one */
    for (uint32_t k = 0; k < s.n; k++) cr_assert(same(ans_span_get(span, s.wanted[k], 0), *span_cell(&s, MONTH - S_FIRST, k, 0)));
    ans_span_free(span);
    span_drop(&s);
  }
  printf("spans: %llu of %llu evaluations\n", (unsigned long long)evaluated, (unsigned long long)all);
  cr_assert_lt(evaluated, all - all / 10, "nothing was reused");
  free(x);
}

Test(exec, span_limits) {
  ans_builder *b = begin();
  const uint32_t u = unit(b, "U", ANS_NONE), f = fact(b, u, "f", BOOL, ANS_FACT_SCALAR, ANS_NATURE_FACT), rf = op(b, ANS_OP_FACT, u, BOOL, f, 0, 0);
  ans_program *p = freeze(b);
  ans_columns_builder *cb = ans_columns_builder_new(p);
  ans_columns *c = NULL;
  ans_error err = {0};
  OK(ans_columns_finish(cb, &c, ERR));
  ans_columns_builder_free(cb);
  ans_span *s = ans_span_new(p, &rf, 1, 0);
  cr_assert_eq(ans_span_begin(s, c, MONTH, MONTH - 1, &err), ANS_LIMIT);
  cr_assert_eq(ans_span_begin(s, c, 0, ANS_SPAN_MAX_PERIODS, &err), ANS_LIMIT);
  cr_assert_str_eq(err.code, "E-EXEC-SPAN");
  OK(ans_span_begin(s, c, MONTH, MONTH + 1, ERR)); /* nobody */
  OK(ans_span_next(s, ERR));
  cr_assert_eq(ans_span_get(s, rf, 0).state, ANS_ERRONEOUS, "no such row");
  cr_assert_neq(ans_span_begin(s, c, p->last_period, p->last_period + 1, &err) == ANS_OK ? ans_span_next(s, &err) : ANS_OK, ANS_OK, "no period of the package");
  cr_assert_str_eq(err.code, "E-EXEC-PERIOD");
  ans_span_free(s);
  ans_columns_free(c);
  ans_program_free(p);
}
#endif
