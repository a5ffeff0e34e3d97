/* Which rows a register is computed in (exec/demand.h), and that plans of large programs stay within their limits. Used by test_exec.c only. */
#ifndef ANS_TEST_EXEC_DEMAND_H
#define ANS_TEST_EXEC_DEMAND_H

/* Rows that the mask of a register holds after a run; UINT32_MAX: it has no mask and is computed in all rows. */
static uint32_t demanded(const ans_vm *vm, uint32_t reg) {
  const uint32_t m = vm->demand.mask_of[reg];
  return m == ANS_NONE ? UINT32_MAX : (uint32_t)vm->demand.masks[m].count;
}

/* g and t on day 1: t matters where g is not false. g unknown is no false. */
Test(exec, rows_that_matter) {
  enum { ROWS = 300 };
  ans_builder *b = begin();
  const uint32_t u = unit(b, "U", ANS_NONE), v = unit(b, "V", ANS_NONE);
  const uint32_t g = fact(b, u, "g", BOOL, ANS_FACT_SCALAR, ANS_NATURE_FACT), line = fact(b, u, "t", BOOL, ANS_FACT_TIMELINE, ANS_NATURE_FACT);
  const uint32_t to = fact(b, v, "to", ref_to(u), ANS_FACT_SCALAR, ANS_NATURE_FACT), f = fact(b, v, "f", BOOL, ANS_FACT_SCALAR, ANS_NATURE_FACT);
  const uint32_t day = op(b, ANS_OP_PERIOD, 0, DATE, 1, 0, 0), late = constant(b, DATE, ANS_DAY_MAX), never = op(b, ANS_OP_LE, 0, BOOL, late, day, 0);
  const uint32_t rg = op(b, ANS_OP_FACT, u, BOOL, g, 0, 0), rt = op(b, ANS_OP_TL_AT, u, BOOL, line, ANS_NONE, day);
  const uint32_t both = op(b, ANS_OP_AND, u, BOOL, rg, rt, 0), second = op(b, ANS_OP_TL_AT, u, BOOL, line, ANS_NONE, late);
  const uint32_t nobody = op(b, ANS_OP_AND, u, BOOL, never, second, 0), out = op(b, ANS_OP_OR, u, BOOL, both, nobody, 0);
  const uint32_t rto = op(b, ANS_OP_FACT, v, ref_to(u), to, 0, 0), rf = op(b, ANS_OP_FACT, v, BOOL, f, 0, 0);
  const uint32_t there = op(b, ANS_OP_GATHER, v, BOOL, rto, out, 0), asked = op(b, ANS_OP_AND, v, BOOL, rf, there, 0);
  ans_program *p = freeze(b);
  ans_columns_builder *cb = ans_columns_builder_new(p);
  uint32_t row, unlike_false = 0, named = 0;
  seed_state = 3;
  OK(ans_columns_begin_component(cb, ERR));
  for (uint32_t i = 0; i < ROWS; i++) {
    const uint32_t how = below(4);
    OK(ans_columns_add_row(cb, u, NULL, &row, ERR));
    OK(ans_columns_set(cb, g, row, how == 3 ? st(ANS_UNKNOWN) : val(how == 2), ERR));
    OK(ans_columns_set_timeline(cb, line, row, &(ans_interval){ANS_OPEN_PAST, ANS_OPEN_FUTURE, below(2), ANS_VALUE}, 1, ERR));
    unlike_false += how > 1;
    OK(ans_columns_add_row(cb, v, NULL, &row, ERR));
    OK(ans_columns_set(cb, to, row, val(i), ERR));
    OK(ans_columns_set(cb, f, row, val(i % 10 == 0), ERR));
    named += i % 10 == 0 && how > 1;
  }
  OK(ans_columns_end_component(cb, ERR));
  ans_columns *c = NULL;
  OK(ans_columns_finish(cb, &c, ERR));
  ans_columns_builder_free(cb);
  ans_vm *vm = ans_vm_new(p, &out, 1, 0);
  OK(ans_vm_run(vm, c, 0, 1, MONTH, ERR));
  cr_assert_eq(demanded(vm, rt), unlike_false, "%u, not %u", demanded(vm, rt), unlike_false);
  cr_assert_eq(demanded(vm, second), 0, "law that is not in force asks for nothing");
  ans_vm_free(vm);
  vm = ans_vm_new(p, &asked, 1, 0); /* one row in ten is named by a row that needs it */
  OK(ans_vm_run(vm, c, 0, 1, MONTH, ERR));
  cr_assert_eq(demanded(vm, rt), named, "%u, not %u", demanded(vm, rt), named);
  ans_vm_free(vm);
  const uint32_t two[] = {out, rt};
  vm = ans_vm_new(p, two, 2, 0);
  OK(ans_vm_run(vm, c, 0, 1, MONTH, ERR));
  cr_assert_eq(demanded(vm, rt), UINT32_MAX, "a wanted register is exact everywhere");
  ans_vm_free(vm);
  ans_columns_free(c);
  ans_program_free(p);
}

/* Thousands of conditions that guard each other in circles of use: planning ends, and every register comes after what it reads. */
Test(exec, plans_of_large_programs) {
  static const uint32_t sizes[] = {300, 3000, 40000}; /* the last one beyond VM_DEMAND_STEPS */
  for (unsigned k = 0; k < 3; k++) {
    ans_builder *b = begin();
    const uint32_t u = unit(b, "U", ANS_NONE), line = fact(b, u, "t", BOOL, ANS_FACT_TIMELINE, ANS_NATURE_FACT), day = op(b, ANS_OP_PERIOD, 0, DATE, 1, 0, 0);
    const uint32_t born = fact(b, u, "d", DATE, ANS_FACT_SCALAR, ANS_NATURE_FACT), since = op(b, ANS_OP_FACT, u, DATE, born, 0, 0);
    uint32_t last[8];
    seed_state = sizes[k];
    for (unsigned i = 0; i < 8; i++) last[i] = op(b, ANS_OP_LE, u, BOOL, since, constant(b, DATE, i), 0);
    for (uint32_t i = 0; i < sizes[k]; i++) {
      const uint32_t x = last[below(8)], y = i % 5 ? last[below(8)] : op(b, ANS_OP_TL_AT, u, BOOL, line, ANS_NONE, op(b, ANS_OP_ADD, u, DATE, since, constant(b, (ans_type){.tag = ANS_T_INT, .measure = ANS_M_DAYS}, i), 0));
      last[below(8)] = op(b, i % 3 ? ANS_OP_AND : ANS_OP_OR, u, BOOL, x, y, 0);
    }
    ans_program *p = freeze(b);
    const uint32_t wanted = p->insn_count - 1;
    ans_vm *vm = ans_vm_new(p, &wanted, 1, 0);
    cr_assert_not_null(vm);
    uint32_t *at = calloc(p->insn_count, sizeof *at);
    for (uint32_t s = 0; s < vm->step_count; s++)
      if (vm->steps[s].in) at[vm->steps[s].reg] = s + 1;
    uint32_t registers = 0;
    for (uint32_t s = vm->once_count; s < vm->step_count; s++) {
      const vm_step *step = &vm->steps[s];
      if (!step->in) continue;
      registers++;
      if (step->in->op == ANS_OP_AND || step->in->op == ANS_OP_OR) cr_assert(at[step->in->a] && at[step->in->b] && at[step->in->a] <= s && at[step->in->b] <= s);
    }
    cr_assert_eq(vm->demand.mask_count == 0, registers > VM_DEMAND_STEPS, "%u registers, %u masks", registers, vm->demand.mask_count);
    cr_assert_eq(registers > VM_DEMAND_STEPS, k == 2);
    free(at);
    ans_vm_free(vm);
    ans_program_free(p);
  }
}
#endif
