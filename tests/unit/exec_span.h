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
  ans_vm *vm = ans_vm_new(s->p, s->wanted, s->n, chunk);
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
  const int programs = asked ? atoi(asked) / 2 : 1500;
  random_program *x = malloc(sizeof *x);
  uint64_t held = 0, possible = 0;
  uint32_t caught[FAULT_COUNT] = {0};
  for (int i = 0; i < programs; i++) {
    span_case s;
    span_make(&s, x, i);
    cr_assert_not(span_wrong(&s, FAULT_NONE, chunks[i % CHUNKS], &held, &possible), "program %d: a result changed before it was said to", i);
    for (int f = FAULT_ACT; f < FAULT_COUNT; f++) {
      uint64_t ignored = 0;
      if (caught[f] < 2) caught[f] += span_wrong(&s, f, 0, &ignored, &ignored);
    }
    span_drop(&s);
  }
  printf("results hold: %llu of %llu periods found\n", (unsigned long long)held, (unsigned long long)possible);
  cr_assert_gt(held * 4, possible, "hardly anything was found to hold");
  for (int f = FAULT_ACT; f < FAULT_COUNT; f++) /* HZ_NOTHING is no fault, and a sum of references to whole periods does not occur */
    if (f != FAULT_ACT + HZ_NOTHING) cr_assert_geq(caught[f], 2, "planted fault %d was caught %u times", f, caught[f]);
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
    span_make(&s, x, i);
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
