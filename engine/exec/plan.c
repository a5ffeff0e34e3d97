/* From a verified program and the wanted registers to an executable plan: the backward slice of what is wanted, registers with one
 * row apart from those with many, and a buffer for each register by liveness (linear scan), so that the working set of a batch
 * stays small. Also owns construction and destruction of ans_vm.
 * Registers with many rows run in the order of demand.c, which also says in which rows they matter.
 * A register's buffer is given back after its last reader; readers and results never share one, so kernels may assume no overlap. */
#include <stdlib.h>
#include "exec/machine.h"

void vm__operands(const ans_program *p, const ans_insn *in, vm_visit *visit, void *ctx) {
  const uint32_t *list;
  switch ((ans_opcode)in->op) {
    case ANS_OP_CONST: case ANS_OP_PERIOD: case ANS_OP_FACT: case ANS_OP_SELF: case ANS_OP_SEG_FROM: case ANS_OP_SEG_TO:
    case ANS_OP_HUMAN: case ANS_OP_COUNT: return;
    case ANS_OP_SPLIT:
      list = p->lists + in->b;
      for (uint32_t k = 0; k + 2 < in->c; k += 3) {
        if (list[k] == ANS_SPLIT_DATE) visit(ctx, list[k + 1]);
        else if (list[k] != ANS_SPLIT_EVERY_DAY && list[k + 2] != ANS_NONE) visit(ctx, list[k + 2]);
      }
      return;
    case ANS_OP_PARAM:
      for (uint32_t k = 0; k < in->c; k++) visit(ctx, p->lists[in->b + k]);
      return;
    case ANS_OP_RESOLVE: case ANS_OP_MULR: case ANS_OP_TL_DAYS:
      for (uint32_t k = 0; k < in->b; k++) visit(ctx, p->lists[in->a + k]);
      return;
    case ANS_OP_SEG_FIND:
      visit(ctx, in->a);
      visit(ctx, in->c);
      return;
    case ANS_OP_TL_AT: case ANS_OP_TL_LAST_END: case ANS_OP_TL_NEXT_START:
      if (in->b != ANS_NONE) visit(ctx, in->b);
      visit(ctx, in->c);
      return;
    case ANS_OP_AGG_COUNT: case ANS_OP_AGG_SUM: case ANS_OP_AGG_MIN: case ANS_OP_AGG_MAX: case ANS_OP_AGG_ANY: case ANS_OP_AGG_ALL:
    case ANS_OP_RANK:
      visit(ctx, in->a);
      if (in->b != ANS_NONE) visit(ctx, in->b);
      if (in->op != ANS_OP_AGG_COUNT) visit(ctx, in->c);
      return;
    case ANS_OP_SELECT:
      visit(ctx, in->a);
      visit(ctx, in->b);
      visit(ctx, in->c);
      return;
    case ANS_OP_GATHER: case ANS_OP_AND: case ANS_OP_OR: case ANS_OP_ADD: case ANS_OP_SUB: case ANS_OP_MUL: case ANS_OP_MIN2:
    case ANS_OP_MAX2: case ANS_OP_DIVR: case ANS_OP_EQ: case ANS_OP_NE: case ANS_OP_LT: case ANS_OP_LE: case ANS_OP_DEFAULT:
    case ANS_OP_YEARS_DONE: case ANS_OP_ADD_MONTHS: case ANS_OP_LIST_HAS:
      visit(ctx, in->a);
      visit(ctx, in->b);
      return;
    case ANS_OP_NOT: case ANS_OP_NEG: case ANS_OP_GUARD: case ANS_OP_KNOWN: case ANS_OP_PRESENT: case ANS_OP_MONTH_OF:
    case ANS_OP_MONTH_FIRST: case ANS_OP_MONTH_LAST: case ANS_OP_YEAR_OF: case ANS_OP_UNIT: case ANS_OP_HOLIDAY: case ANS_OP_WORKDAY:
    case ANS_OP_TEXT_IS: case ANS_OP_LIST_COUNT:
      visit(ctx, in->a);
      return;
  }
}

/* A new opcode must be added here and in vm__operands; the unit test runs every opcode of the table. */
static vm_op *const plan__ops[ANS_OP_COUNT] = {
  [ANS_OP_CONST] = vm__op_const, [ANS_OP_PERIOD] = vm__op_period, [ANS_OP_FACT] = vm__op_fact, [ANS_OP_SELF] = vm__op_self,
  [ANS_OP_SPLIT] = vm__op_split, [ANS_OP_SEG_FROM] = vm__op_segment, [ANS_OP_SEG_TO] = vm__op_segment,
  [ANS_OP_SEG_FIND] = vm__op_seg_find, [ANS_OP_GATHER] = vm__op_gather, [ANS_OP_TL_AT] = vm__op_timeline,
  [ANS_OP_TL_LAST_END] = vm__op_timeline, [ANS_OP_TL_NEXT_START] = vm__op_timeline, [ANS_OP_PARAM] = vm__op_param,
  [ANS_OP_AGG_COUNT] = vm__op_count, [ANS_OP_AGG_SUM] = vm__op_sum, [ANS_OP_AGG_MIN] = vm__op_minmax,
  [ANS_OP_AGG_MAX] = vm__op_minmax, [ANS_OP_AGG_ANY] = vm__op_any, [ANS_OP_AGG_ALL] = vm__op_any, [ANS_OP_RANK] = vm__op_rank,
  [ANS_OP_NOT] = vm__op_not, [ANS_OP_AND] = vm__op_and, [ANS_OP_OR] = vm__op_or, [ANS_OP_ADD] = vm__op_arith,
  [ANS_OP_SUB] = vm__op_arith, [ANS_OP_MUL] = vm__op_arith, [ANS_OP_NEG] = vm__op_arith, [ANS_OP_MIN2] = vm__op_arith,
  [ANS_OP_MAX2] = vm__op_arith, [ANS_OP_DIVR] = vm__op_divide, [ANS_OP_EQ] = vm__op_compare, [ANS_OP_NE] = vm__op_compare,
  [ANS_OP_LT] = vm__op_compare, [ANS_OP_LE] = vm__op_compare, [ANS_OP_SELECT] = vm__op_select, [ANS_OP_RESOLVE] = vm__op_resolve,
  [ANS_OP_GUARD] = vm__op_guard, [ANS_OP_KNOWN] = vm__op_known, [ANS_OP_PRESENT] = vm__op_present,
  [ANS_OP_DEFAULT] = vm__op_default, [ANS_OP_HUMAN] = vm__op_human, [ANS_OP_YEARS_DONE] = vm__op_date,
  [ANS_OP_ADD_MONTHS] = vm__op_date, [ANS_OP_MONTH_OF] = vm__op_date, [ANS_OP_MONTH_FIRST] = vm__op_date,
  [ANS_OP_MONTH_LAST] = vm__op_date, [ANS_OP_YEAR_OF] = vm__op_date, [ANS_OP_MULR] = vm__op_mul_round, [ANS_OP_UNIT] = vm__op_unit,
  [ANS_OP_TL_DAYS] = vm__op_timeline_days, [ANS_OP_HOLIDAY] = vm__op_holiday, [ANS_OP_WORKDAY] = vm__op_date,
  [ANS_OP_TEXT_IS] = vm__op_text_is, [ANS_OP_LIST_HAS] = vm__op_list_has, [ANS_OP_LIST_COUNT] = vm__op_list_count,
};

/* What the planner knows about each register; arrays of insn_count. */
typedef struct plan {
  const ans_program *p;
  uint8_t *needed, *one, *result;
  uint32_t *last;     /* step that reads it last, or defines it */
  uint32_t *slot_of;  /* value slot, then bit slot: two per register */
  uint32_t *split_of; /* per unit: its SPLIT instruction */
  uint32_t *group_of; /* reference register → index of its groups */
  uint32_t *free_values, *free_bits, free_value_count, free_bit_count;
  bool all_one;       /* for plan__one */
  uint32_t step;
} plan;

static void plan__need(void *ctx, uint32_t reg) { ((plan *)ctx)->needed[reg] = 1; }
static void plan__check_one(void *ctx, uint32_t reg) {
  plan *x = ctx;
  x->all_one = x->all_one && x->one[reg];
}
static void plan__read(void *ctx, uint32_t reg) {
  plan *x = ctx;
  x->last[reg] = x->step;
}

bool vm__reads_rows(ans_opcode op) {
  switch ((int)op) {
    case ANS_OP_FACT: case ANS_OP_SELF: case ANS_OP_SPLIT: case ANS_OP_SEG_FROM: case ANS_OP_SEG_TO: case ANS_OP_SEG_FIND:
    case ANS_OP_GATHER: case ANS_OP_TL_AT: case ANS_OP_TL_LAST_END: case ANS_OP_TL_NEXT_START: case ANS_OP_TL_DAYS: case ANS_OP_AGG_COUNT:
    case ANS_OP_AGG_SUM: case ANS_OP_AGG_MIN: case ANS_OP_AGG_MAX: case ANS_OP_AGG_ANY: case ANS_OP_AGG_ALL: case ANS_OP_RANK: return true;
    default: return false;
  }
}

static bool plan__groups(ans_opcode op) { return (op >= ANS_OP_AGG_COUNT && op <= ANS_OP_AGG_ALL) || op == ANS_OP_RANK; }

static void plan__mark(plan *x, const uint32_t *wanted, uint32_t n) {
  const ans_program *p = x->p;
  for (uint32_t u = 0; u < p->unit_count; u++) x->split_of[u] = ANS_NONE;
  for (uint32_t i = 0; i < p->insn_count; i++) {
    if (p->insns[i].op == ANS_OP_SPLIT) x->split_of[p->insns[i].a] = i;
    x->group_of[i] = ANS_NONE;
  }
  for (uint32_t k = 0; k < n; k++)
    if (wanted[k] < p->insn_count) x->needed[wanted[k]] = 1;
  for (uint32_t r = 0; r < p->result_count; r++) x->result[p->results[r].insn] = 1;
  for (uint32_t i = p->insn_count; i-- > 0;) {
    const ans_insn *in = &p->insns[i];
    if (!x->needed[i]) continue;
    vm__operands(p, in, plan__need, x);
    /* Rows of derived units exist only after their SPLIT. */
    if (x->split_of[in->unit] != ANS_NONE) x->needed[x->split_of[in->unit]] = 1;
    if (in->op == ANS_OP_SEG_FIND) x->needed[x->split_of[in->b]] = 1;
    for (uint32_t k = 0; in->op == ANS_OP_SPLIT && k + 2 < in->c; k += 3)
      if (p->lists[in->b + k] == ANS_SPLIT_SEGMENTS) x->needed[x->split_of[p->lists[in->b + k + 1]]] = 1;
  }
  for (uint32_t i = 0; i < p->insn_count; i++) {
    x->all_one = !vm__reads_rows((ans_opcode)p->insns[i].op);
    if (x->all_one) vm__operands(p, &p->insns[i], plan__check_one, x);
    /* A base result can be overridden row by row; it then needs a row each. */
    x->one[i] = p->insns[i].unit == 0 || (x->all_one && !x->result[i]);
  }
}

/* The registers that filling a mask reads. */
static void plan__mask_operands(const ans_vm *vm, uint32_t mask, vm_visit *visit, void *ctx) {
  const vm_mask *m = &vm->demand.masks[mask];
  for (const vm_term *t = vm->demand.terms + m->first_term, *end = t + m->terms; t < end; t++) {
    if (t->guard != ANS_NONE) visit(ctx, t->guard);
    if (t->ref != ANS_NONE) visit(ctx, t->ref);
  }
}

static void plan__mask(ans_vm *vm, plan *x, uint32_t mask) {
  vm->steps[vm->step_count] = (vm_step){.reg = mask, .demand = ANS_NONE, .value_slot = ANS_NONE, .bit_slot = ANS_NONE, .output = ANS_NONE};
  x->step = vm->step_count++;
  plan__mask_operands(vm, mask, plan__read, x);
}

/* Operations that have nothing to gain by passing over rows. */
static bool plan__whole(ans_opcode op) {
  return op == ANS_OP_FACT || op == ANS_OP_SELF || op == ANS_OP_SPLIT || op == ANS_OP_SEG_FROM || op == ANS_OP_SEG_TO;
}

static void plan__step(ans_vm *vm, plan *x, uint32_t i, bool once) {
  const ans_program *p = vm->program;
  vm_step *st = &vm->steps[vm->step_count];
  *st = (vm_step){.in = &p->insns[i], .op = plan__ops[p->insns[i].op], .reg = i, .demand = ANS_NONE, .value_slot = ANS_NONE, .bit_slot = ANS_NONE};
  st->one = once;
  if (!once && !plan__whole((ans_opcode)st->in->op)) st->demand = vm->demand.mask_of[i];
  st->output = vm->output_of[i];
  x->all_one = !vm__reads_rows((ans_opcode)st->in->op);
  if (x->all_one) vm__operands(p, st->in, plan__check_one, x);
  st->fill = !once && x->all_one;
  st->own = x->result[i];
  st->first_patch = 0;
  x->step = vm->step_count++;
  x->last[i] = x->step;
  vm__operands(p, st->in, plan__read, x);
  if (plan__groups((ans_opcode)st->in->op)) {
    uint32_t *g = &x->group_of[st->in->a];
    if (*g == ANS_NONE) *g = vm->group_count++;
    st->aux = *g;
  }
}

/* Results by register, for overrides. patch_results lists results grouped by the step that holds them. */
static void plan__patches(ans_vm *vm, const plan *x) {
  const ans_program *p = vm->program;
  uint32_t *step_of = x->slot_of, filled = 0; /* slot_of is not used yet */
  for (uint32_t i = 0; i < p->insn_count; i++) step_of[i] = ANS_NONE;
  for (uint32_t s = vm->once_count; s < vm->step_count; s++)
    if (vm->steps[s].in) step_of[vm->steps[s].reg] = s;
  for (uint32_t r = 0; r < p->result_count; r++)
    if (step_of[p->results[r].insn] != ANS_NONE) vm->steps[step_of[p->results[r].insn]].patches++;
  for (uint32_t s = vm->once_count; s < vm->step_count; s++) {
    vm->steps[s].first_patch = filled;
    filled += vm->steps[s].patches;
    vm->steps[s].patches = 0;
  }
  for (uint32_t r = 0; r < p->result_count; r++) {
    if (step_of[p->results[r].insn] == ANS_NONE) continue;
    vm_step *st = &vm->steps[step_of[p->results[r].insn]];
    vm->patch_results[st->first_patch + st->patches++] = r;
  }
}

static uint32_t plan__take(uint32_t *free_slots, uint32_t *free_count, uint32_t *total) {
  return *free_count ? free_slots[--*free_count] : (*total)++;
}

typedef struct plan_release { plan *x; uint32_t step; } plan_release;
static void plan__release(void *ctx, uint32_t reg) {
  const plan_release *r = ctx;
  uint32_t *slot = &r->x->slot_of[2 * reg];
  if (r->x->last[reg] != r->step) return;
  if (slot[0] != ANS_NONE) r->x->free_values[r->x->free_value_count++] = slot[0];
  if (slot[1] != ANS_NONE) r->x->free_bits[r->x->free_bit_count++] = slot[1];
  slot[0] = slot[1] = ANS_NONE;
}

static void plan__slots(ans_vm *vm, plan *x) {
  for (uint32_t i = 0; i < 2 * vm->program->insn_count; i++) x->slot_of[i] = ANS_NONE;
  for (uint32_t s = vm->once_count; s < vm->step_count; s++) {
    vm_step *st = &vm->steps[s];
    plan_release r = {x, s};
    if (!st->in) {
      plan__mask_operands(vm, st->reg, plan__release, &r);
      continue;
    }
    const ans_opcode op = (ans_opcode)st->in->op;
    const bool view = op == ANS_OP_SPLIT || op == ANS_OP_SEG_FROM || op == ANS_OP_SEG_TO; /* reads the segment arrays in place */
    uint32_t *slot = &x->slot_of[2 * st->reg];
    if (!view) slot[1] = plan__take(x->free_bits, &x->free_bit_count, &vm->bit_slot_count);
    if (!view && st->in->type.tag != ANS_T_BOOL && (op != ANS_OP_FACT || st->own || st->narrow != (ans_fact_bytes(&vm->program->facts[st->in->a]) == 4)))
      slot[0] = plan__take(x->free_values, &x->free_value_count, &vm->value_slot_count);
    st->value_slot = slot[0];
    st->bit_slot = slot[1];
    vm__operands(vm->program, st->in, plan__release, &r);
    plan__release(&r, st->reg); /* a register that nobody reads: its output was copied */
  }
}

static void plan__free(plan *x) {
  free(x->needed);
  free(x->one);
  free(x->result);
  free(x->last);
  free(x->slot_of);
  free(x->split_of);
  free(x->group_of);
  free(x->free_values);
  free(x->free_bits);
}

static bool plan__alloc(plan *x, ans_vm *vm, const ans_program *p, uint32_t n) {
  const size_t count = (size_t)p->insn_count + 1, units = (size_t)p->unit_count + 1;
  *x = (plan){.p = p};
  x->needed = calloc(count, 1);
  x->one = calloc(count, 1);
  x->result = calloc(count, 1);
  x->last = calloc(count, sizeof(uint32_t));
  x->slot_of = calloc(2 * count, sizeof(uint32_t));
  x->split_of = calloc(units, sizeof(uint32_t));
  x->group_of = calloc(count, sizeof(uint32_t));
  x->free_values = calloc(count, sizeof(uint32_t));
  x->free_bits = calloc(count, sizeof(uint32_t));
  vm->steps = calloc(2 * count, sizeof *vm->steps);
  vm->patch_results = calloc((size_t)p->result_count + 1, sizeof(uint32_t));
  vm->regs = calloc(count, sizeof *vm->regs);
  vm->output_of = calloc(count, sizeof(uint32_t));
  vm->outputs = calloc((size_t)n + 1, sizeof *vm->outputs);
  vm->segments = calloc(units, sizeof *vm->segments);
  vm->lookups = calloc((size_t)p->param_count + 1, sizeof *vm->lookups);
  vm->tables = calloc((size_t)p->param_count + 1, sizeof *vm->tables);
  vm->settled = calloc((size_t)p->fact_count + 1, sizeof *vm->settled);
  vm->rows = calloc(units, sizeof(uint32_t));
  vm->base = calloc(units, sizeof(uint32_t));
  vm->run_first = calloc(units, sizeof(uint32_t));
  vm->run_rows = calloc(units, sizeof(uint64_t));
  return x->needed && x->one && x->result && x->last && x->slot_of && x->split_of && x->group_of && x->free_values && x->free_bits &&
         vm->steps && vm->patch_results && vm->regs && vm->output_of && vm->outputs && vm->segments && vm->lookups && vm->tables && vm->settled && vm->rows && vm->base &&
         vm->run_first && vm->run_rows;
}

/* Storage whose size is known only after planning. */
static bool plan__storage(ans_vm *vm, const plan *x) {
  vm->one_values = calloc((size_t)vm->once_count + 1, sizeof(int64_t));
  vm->one_bits = calloc(((size_t)vm->once_count + 1) * (ANS_PLANES + 1), sizeof(uint64_t));
  vm->value_slots = calloc((size_t)vm->value_slot_count + 1, sizeof(vm_slot));
  vm->bit_slots = calloc((size_t)vm->bit_slot_count + 1, sizeof(vm_slot));
  vm->groups = calloc((size_t)vm->group_count + 1, sizeof(vm_groups));
  vm->places = calloc((size_t)vm->step_count + 1, sizeof(vm_places));
  if (!vm->one_values || !vm->one_bits || !vm->value_slots || !vm->bit_slots || !vm->groups || !vm->places) return false;
  for (uint32_t s = vm->once_count; s < vm->step_count; s++)
    if (vm->steps[s].in && vm->steps[s].in->type.tag == ANS_T_REF) vm->regs[vm->steps[s].reg].places = &vm->places[vm->place_count++];
  for (uint32_t i = 0; i < vm->program->insn_count; i++)
    if (x->group_of[i] != ANS_NONE) vm->groups[x->group_of[i]].reg = i;
  for (uint32_t s = 0; s < vm->once_count; s++) {
    vm_reg *r = &vm->regs[vm->steps[s].reg];
    uint64_t *bits = vm->one_bits + (size_t)s * (ANS_PLANES + 1);
    r->one = true;
    if (vm->steps[s].in->type.tag == ANS_T_BOOL) r->t = bits;
    else if (vm->steps[s].narrow) r->v4 = (int32_t *)(void *)&vm->one_values[s];
    else r->v8 = &vm->one_values[s];
    for (unsigned k = 0; k < ANS_PLANES; k++) r->p[k] = bits + 1 + k;
  }
  return true;
}

/* Looking at a register for a guard costs about as much as the check that it saves. So a proof under guards is used only where its guards, shared with the other operations that rest on
 * them, come to less than half a look. */
static void plan__afford(ans_vm *vm) {
  enum { LOOK = 1024 };
  uint32_t looks[64] = {0};
  for (uint32_t g = 0; g < vm->ranges->guard_count; g++) looks[__builtin_ctzll(vm->ranges->guards[g].bit)] += LOOK;
  for (unsigned turn = 0; turn < 3; turn++) { /* what is given up makes the guards of the others dearer */
    uint32_t users[64] = {0};
    for (uint32_t s = 0; s < vm->step_count; s++)
      for (uint64_t bits = vm->steps[s].proven ? vm->steps[s].needs : 0; bits; bits &= bits - 1) users[__builtin_ctzll(bits)]++;
    for (uint32_t s = 0; s < vm->step_count; s++) {
      uint64_t share = 0;
      for (uint64_t bits = vm->steps[s].proven ? vm->steps[s].needs : 0; bits; bits &= bits - 1) share += looks[__builtin_ctzll(bits)] / users[__builtin_ctzll(bits)];
      if (share >= LOOK / 2) vm->steps[s].proven = false;
    }
  }
}

/* Whether an arithmetic operation can compute at 4 bytes: operands and result have them. Two operands of 32 bits do not overflow 64, so that a number that comes of them is the value of the
 * register, which fits. A day plus or minus 32 bits may wrap, but not back into the calendar, which is shorter than 2^22 days either way: it is outside as the exact sum is. */
static bool plan__fits(const ans_vm *vm, const vm_step *st) {
  const ans_insn *in = st->in;
  const ans_opcode op = (ans_opcode)in->op;
  if (!st->narrow || !ans_range_narrow(vm->ranges, in->a) || (op != ANS_OP_NEG && !ans_range_narrow(vm->ranges, in->b))) return false;
  return in->type.tag != ANS_T_DATE || op == ANS_OP_ADD || op == ANS_OP_SUB || op == ANS_OP_MIN2 || op == ANS_OP_MAX2;
}

static bool plan__widths(ans_vm *vm) {
  if (ans_ranges_new(vm->program, &vm->ranges, NULL) != ANS_OK) return false;
  for (uint32_t s = 0; s < vm->step_count; s++) {
    vm_step *st = &vm->steps[s];
    if (!st->in) continue;
    st->narrow = ans_range_narrow(vm->ranges, st->reg);
    st->fits = st->op == vm__op_arith && plan__fits(vm, st);
  }
  return true;
}

/* What range analysis says of each step: which operations need no check, and which registers must be looked at for that. Guards that nobody's proof rests on are not. */
static void plan__ranges(ans_vm *vm) {
  uint64_t used = 0;
  const ans_ranges *r = vm->ranges;
  for (uint32_t s = 0; s < vm->step_count; s++) {
    vm_step *st = &vm->steps[s];
    if (!st->in || st->op != vm__op_arith || !ans_range_arithmetic((ans_opcode)st->in->op)) continue;
    const ans_range_insn *x = &r->insns[st->reg];
    st->proven = x->width != 0;
    st->total = x->flags & ANS_RANGE_TOTAL;
    st->needs = x->needs;
  }
  plan__afford(vm);
  for (uint32_t s = 0; s < vm->step_count; s++) used |= vm->steps[s].proven ? vm->steps[s].needs : 0;
  for (uint32_t s = 0; s < vm->step_count; s++) {
    vm_step *st = &vm->steps[s];
    uint32_t lo = 0, hi = r->guard_count;
    if (!st->in) continue;
    while (lo < hi) {
      const uint32_t mid = lo + (hi - lo) / 2;
      if (r->guards[mid].insn < st->reg) lo = mid + 1;
      else hi = mid;
    }
    st->first_guard = lo;
    while (lo < r->guard_count && r->guards[lo].insn == st->reg) lo++;
    st->guards = lo - st->first_guard;
    bool any = false;
    for (uint32_t g = 0; g < st->guards; g++) any = any || (r->guards[st->first_guard + g].bit & used);
    if (!any) st->guards = 0;
  }
}

ans_vm *vm__new(const ans_program *p, const uint32_t *wanted, uint32_t n, uint32_t chunk, const uint8_t *watched) {
  plan x;
  ans_vm *vm = calloc(1, sizeof *vm);
  if (!vm) return NULL;
  vm->program = p;
  vm->k = vm__kernels_named(getenv(VM_ISA_VARIABLE));
  vm->law_known = ANS_DAY_MAX;
  vm->known_stamp = 1;
  vm->chunk = chunk == 0 ? VM_DEFAULT_CHUNK : chunk > VM_MAX_CHUNK ? VM_MAX_CHUNK : chunk;
  bool ok = plan__alloc(&x, vm, p, n);
  if (ok) {
    for (uint32_t i = 0; i < p->insn_count; i++) vm->output_of[i] = ANS_NONE;
    for (uint32_t k = 0; k < n; k++) {
      if (wanted[k] >= p->insn_count || vm->output_of[wanted[k]] != ANS_NONE) continue;
      vm->output_of[wanted[k]] = vm->output_count;
      vm->outputs[vm->output_count++].reg = wanted[k];
    }
    plan__mark(&x, wanted, n);
    for (uint32_t i = 0; i < p->insn_count; i++)
      if (x.needed[i] && x.one[i]) plan__step(vm, &x, i, true);
    vm->once_count = vm->step_count;
    ok = vm__demand_plan(p, x.needed, x.one, x.split_of, vm->output_of, watched, &vm->demand);
  }
  if (ok) {
    for (uint32_t k = 0; k < vm->demand.count; k++) {
      const uint32_t at = vm->demand.order[k];
      if (at < p->insn_count) plan__step(vm, &x, at, false);
      else plan__mask(vm, &x, at - p->insn_count);
    }
    plan__patches(vm, &x);
    ok = plan__widths(vm);
  }
  if (ok) {
    plan__slots(vm, &x);
    ok = plan__storage(vm, &x);
    plan__ranges(vm);
  }
  plan__free(&x);
  if (ok) return vm;
  ans_vm_free(vm);
  return NULL;
}

ans_vm *ans_vm_new(const ans_program *p, const uint32_t *wanted, uint32_t n, uint32_t chunk) { return vm__new(p, wanted, n, chunk, NULL); }

void ans_vm_law_known(ans_vm *vm, int32_t day) {
  if (day == vm->law_known) return;
  vm->law_known = day;
  vm->known_stamp++;
}

void ans_vm_free(ans_vm *vm) {
  if (!vm) return;
  for (uint32_t i = 0; vm->value_slots && i < vm->value_slot_count; i++) free(vm->value_slots[i].data);
  for (uint32_t i = 0; vm->bit_slots && i < vm->bit_slot_count; i++) free(vm->bit_slots[i].data);
  for (uint32_t i = 0; vm->groups && i < vm->group_count; i++) {
    free(vm->groups[i].offsets);
    free(vm->groups[i].items);
    free(vm->groups[i].loose);
  }
  for (uint32_t i = 0; i < vm->place_count; i++) free(vm->places[i].inside);
  free(vm->places);
  for (uint32_t i = 0; vm->segments && i < vm->program->unit_count; i++) {
    free(vm->segments[i].days);
    free(vm->segments[i].cut);
    free(vm->segments[i].from);
  }
  for (uint32_t i = 0; vm->tables && i < vm->program->param_count; i++) vm__table_free(&vm->tables[i]);
  for (uint32_t i = 0; vm->lookups && i < vm->program->param_count; i++) vm__lookup_free(&vm->lookups[i]);
  for (uint32_t i = 0; vm->outputs && i < vm->output_count; i++) {
    free(vm->outputs[i].v);
    for (unsigned s = 0; s <= ANS_PLANES; s++) free(vm->outputs[i].bits[s]);
  }
  for (unsigned i = 0; i < sizeof vm->scratch / sizeof *vm->scratch; i++) free(vm->scratch[i].data);
  free(vm->zeros.data);
  free(vm->reciprocals.data);
  ans_ranges_free(vm->ranges);
  vm__demand_free(&vm->demand);
  free(vm->steps);
  free(vm->patch_results);
  free(vm->regs);
  free(vm->one_values);
  free(vm->one_bits);
  free(vm->value_slots);
  free(vm->bit_slots);
  free(vm->groups);
  free(vm->segments);
  free(vm->tables);
  for (uint32_t i = 0; vm->settled && i < vm->program->fact_count; i++) {
    free(vm->settled[i].bits);
    free(vm->settled[i].made);
  }
  free(vm->settled);
  free(vm->lookups);
  free(vm->outputs);
  free(vm->output_of);
  free(vm->rows);
  free(vm->base);
  free(vm->run_first);
  free(vm->run_rows);
  free(vm);
}
