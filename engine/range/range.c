/* The analysis: one pass forward that also infers guards, and one that says what every register and proof rests on. Owns the memory of
 * ans_ranges and of the work arrays. See range.h for what is promised. */
#include <stdlib.h>
#include "base/error.h"
#include "range/range_private.h"

enum { RANGE__PARAM_ROWS = 4000000 /* rows of parameters looked at; a lookup beyond has the range of its type */ };

typedef struct ranges_block { /* what the caller gets a view of */
  ans_ranges view;
  ans_range_insn *insns;
  ans_range_guard *guards;
} ranges_block;

bool ans_range_arithmetic(ans_opcode op) {
  switch ((int)op) {
    case ANS_OP_ADD: case ANS_OP_SUB: case ANS_OP_MUL: case ANS_OP_NEG: case ANS_OP_DIVR: case ANS_OP_MULR: case ANS_OP_AGG_SUM: return true;
    default: return false;
  }
}

static void range__dispose(range_analysis *x) {
  free(x->always);
  free(x->plain);
  free(x->held);
  free(x->bound);
  free(x->param);
  free(x->given);
  free(x->dirty);
  free(x->seen);
}

static bool range__alloc(range_analysis *x, const ans_program *p) {
  const size_t n = (size_t)p->insn_count + 1;
  *x = (range_analysis){.p = p, .work = (uint64_t)ANS_RANGE_WORK * p->insn_count + 65536};
  x->always = calloc(n, sizeof *x->always);
  x->plain = calloc(n, sizeof *x->plain);
  x->held = calloc(n, sizeof *x->held);
  x->bound = calloc(n, sizeof *x->bound);
  x->param = calloc(n, sizeof *x->param);
  x->given = calloc(n, 1);
  x->dirty = calloc(n, 1);
  x->seen = calloc(n, 1);
  return x->always && x->plain && x->held && x->bound && x->param && x->given && x->dirty && x->seen;
}

/* Results of base units may be given (semantics § 6, engine/columns); those of the period and of day segments may not. */
static void range__find_given(range_analysis *x) {
  const ans_program *p = x->p;
  for (uint32_t r = 0; r < p->result_count; r++)
    if (p->results[r].unit != 0 && p->units[p->results[r].unit].parent == ANS_NONE) x->given[p->results[r].insn] = 1;
}

static void range__forward(range_analysis *x) {
  const ans_program *p = x->p;
  uint64_t rows_left = RANGE__PARAM_ROWS;
  for (uint32_t i = 0; i < p->insn_count; i++) {
    const ans_insn *in = &p->insns[i];
    bool total;
    x->bound[i] = RANGE_FULL;
    if (in->op == ANS_OP_PARAM) x->param[i] = range__param(x, in, x->always, &rows_left);
    x->always[i] = range__operation(x, i, x->always, &total);
    x->plain[i] = range__operation(x, i, x->plain, &total);
    if (x->given[i]) x->always[i] = range__hull(x->always[i], range__type(p, in->type));
    if (ans_range_arithmetic((ans_opcode)in->op) && !range__width(p, in, x->held)) range__guard(x, i);
    x->held[i] = range__held(x, i);
  }
}

typedef struct range_needs { const ans_range_insn *insns; uint64_t mask; } range_needs;
static void range__collect(void *ctx, uint32_t reg) {
  range_needs *n = ctx;
  n->mask |= n->insns[reg].value_needs;
}

/* The proof of an arithmetic operation: from the fewest conditions that suffice. mask: the guards that its operands rest on. */
static void range__prove(const range_analysis *x, uint32_t i, uint64_t mask, ans_range_insn *o) {
  const ans_program *p = x->p;
  const ans_insn *in = &p->insns[i];
  const ans_range *levels[3] = {x->always, x->plain, x->held};
  const uint64_t needs[3] = {0, ANS_RANGE_GIVEN & mask, mask};
  unsigned level = 0;
  while (level < 2 && !range__width(p, in, levels[level])) level++;
  bool total;
  (void)range__operation(x, i, levels[level], &total);
  o->width = (uint8_t)range__width(p, in, levels[level]);
  o->needs = needs[level];
  o->flags = (uint8_t)((o->flags & ANS_RANGE_GIVEN_RESULT) | (total ? ANS_RANGE_TOTAL : 0));
  if (in->op == ANS_OP_DIVR || in->op == ANS_OP_MULR) o->flags |= range__division_flags(p, in, levels[level]);
  if (!o->width) o->proof = ANS_PROOF_WIDE;
  else if (o->needs & ~ANS_RANGE_GIVEN) o->proof = ANS_PROOF_GUARDED;
  else o->proof = o->width == 32 ? ANS_PROOF_32 : ANS_PROOF_64;
}

/* Numbers the guards and fills in what each instruction rests on. */
static void range__conclude(range_analysis *x, ranges_block *out) {
  const ans_program *p = x->p;
  uint32_t guards = 0;
  for (uint32_t i = 0; i < p->insn_count; i++) {
    ans_range_insn *o = &out->insns[i];
    range_needs operands = {out->insns, 0};
    bool total;
    const ans_range value = range__operation(x, i, x->held, &total);
    ans_range_operands(p, &p->insns[i], range__collect, &operands);
    *o = (ans_range_insn){.always = x->always[i], .held = range__meet(value, x->bound[i]), .needs = operands.mask, .value_needs = operands.mask};
    if (x->given[i]) o->value_needs |= ANS_RANGE_GIVEN;
    if (!range__inside(value, x->bound[i])) {
      /* What is tested is all that is known: then the register rests on this guard alone, wherever its values came from. Below the bound
       * that was inferred this asks nothing new of a case, since only one that violates another guard can violate it there. */
      out->guards[guards] = (ans_range_guard){i, o->held, UINT64_C(1) << (guards < ANS_RANGE_MASKED ? guards + 1 : 63)};
      o->value_needs = out->guards[guards++].bit;
    }
    if (range__equal(o->held, o->always)) o->value_needs = 0;
    else if (range__equal(o->held, x->plain[i])) o->value_needs &= ANS_RANGE_GIVEN;
    o->flags = (uint8_t)((total ? ANS_RANGE_TOTAL : 0) | (x->given[i] ? ANS_RANGE_GIVEN_RESULT : 0));
    if (!ans_range_arithmetic((ans_opcode)p->insns[i].op)) continue;
    range__prove(x, i, operands.mask, o);
    out->view.count[o->proof]++;
    out->view.unless_given += (o->proof == ANS_PROOF_32 || o->proof == ANS_PROOF_64) && o->needs;
  }
  out->view.guard_count = guards;
}

ans_status ans_ranges_new(const ans_program *p, ans_ranges **out, ans_error *err) {
  range_analysis x;
  ranges_block *block = calloc(1, sizeof *block);
  *out = NULL;
  bool ok = range__alloc(&x, p) && block;
  if (ok) {
    block->insns = calloc((size_t)p->insn_count + 1, sizeof *block->insns);
    block->guards = calloc((size_t)p->insn_count + 1, sizeof *block->guards);
    ok = block->insns && block->guards;
  }
  if (ok) {
    range__find_given(&x);
    range__forward(&x);
    range__conclude(&x, block);
    block->view.program = p;
    block->view.insns = block->insns;
    block->view.guards = block->guards;
    *out = &block->view;
  } else if (block) {
    ans_ranges_free(&block->view);
  }
  range__dispose(&x);
  return ok ? ANS_OK : ans_error_set(err, ANS_MEMORY, "E-MEMORY", p->name, "range analysis", NULL);
}

bool ans_range_narrow(const ans_ranges *r, uint32_t insn) {
  const ans_type_tag tag = (ans_type_tag)r->program->insns[insn].type.tag;
  const ans_range x = r->insns[insn].always;
  if (tag == ANS_T_BOOL) return false;
  return tag == ANS_T_DATE || tag == ANS_T_REF || range__empty(x) || (x.lo >= INT32_MIN && x.hi <= INT32_MAX);
}

void ans_ranges_free(ans_ranges *r) {
  ranges_block *block = (ranges_block *)(void *)r; /* the view is its first member */
  if (!block) return;
  free(block->insns);
  free(block->guards);
  free(block);
}

bool ans_ranges_given(const ans_ranges *r, uint32_t result, int64_t value) {
  return range__has(r->insns[r->program->results[result].insn].held, value);
}

ans_status ans_ranges_hint(const ans_ranges *r, uint32_t insn, ans_range_guard *out, uint32_t *n) {
  range_analysis x;
  const uint32_t capacity = *n;
  *n = 0;
  if (!range__alloc(&x, r->program)) {
    range__dispose(&x);
    return ANS_MEMORY;
  }
  for (uint32_t i = 0; i < r->program->insn_count; i++) {
    x.held[i] = x.param[i] = r->insns[i].held;
    x.always[i] = r->insns[i].always;
    x.bound[i] = RANGE_FULL;
  }
  for (uint32_t k = 0; k < r->guard_count; k++) x.bound[r->guards[k].insn] = r->guards[k].bound;
  *n = range__hint(&x, insn, out, capacity);
  range__dispose(&x);
  return ANS_OK;
}
