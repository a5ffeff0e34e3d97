/* Selection by demand: which rows of which register can still matter (vm.h), found when a VM is made. Owns the masks and terms of a plan and
 * the order of its steps.
 *
 * Wanted registers are demanded in every row. A register is demanded in a row if some reader needs it there: a reader that is demanded, unless
 * another operand, the guard, already decides the reader's cell whatever this one holds (semantics 2.1, 2.4, 3, 5):
 *   und, oder: a false (true) operand decides against every state, error and conflict included; falls: the side not taken; a consequence
 *   whose rule is certainly not live; gilt als: where the left side is known; members whose filter is false; members of groups nobody asks for.
 * All conditions of a RESOLVE are demanded, because an error or conflict of any of them outweighs the others.
 * A mask is the OR of such terms. Guards and references must be computed before the mask and the mask before the register, so steps are
 * put in a new order; where a mask would need the register itself, the term takes a larger set (in the end all rows). A larger set is always
 * right: it only computes more. Of two operands the one on the left guards, unless the other
 * is far cheaper.
 * Invariant: what a mask holds is a superset of the rows that are read with effect; guards hold exact cells wherever a mask asks them.
 * Rejected: jumps (they break the one dispatch per instruction and batch), and dense copies of the demanded rows for every subgraph: most
 * operations are cheaper on whole bitmaps than a copy; only loops that go row by row pass over the others.
 * Programs with more than VM_DEMAND_STEPS registers, and what lies beyond VM_DEMAND_WORK steps of searching, are computed in all rows.
 * One thread; all memory is freed or handed to the VM before ans_vm_new returns. */
#include <stdlib.h>
#include "exec/demand.h"

typedef struct pending { uint32_t next; vm_term term; } pending; /* a use of a register, waiting until that register's turn */

typedef struct demand {
  const ans_program *p;
  const uint8_t *needed, *one, *watched;
  const uint32_t *split_of;
  uint32_t *mask_of, *head;      /* per register: its mask (ANS_NONE: all rows); its uses */
  pending *uses; uint32_t use_count, use_cap;
  vm_mask *masks; uint32_t mask_count, mask_cap;
  vm_term *terms; uint32_t term_count, term_cap;
  uint64_t *flow;                /* per register: number of readers, then cost with all beneath it */
  uint32_t *seen, stamp, *stack, stack_cap; /* for searches; nodes are registers, then masks */
  uint64_t work;                 /* nodes visited by searches */
  bool failed;
} demand;

static void *demand__more(demand *x, void *items, uint32_t count, uint32_t *cap, size_t size) {
  if (count < *cap) return items;
  const uint32_t want = *cap ? *cap * 2 : 256;
  void *grown = realloc(items, want * size);
  if (!grown) {
    x->failed = true;
    return items;
  }
  *cap = want;
  return grown;
}

/* What an operation costs in a batch, in units of a pass over a bitmap. Only the order matters. */
static uint64_t demand__cost(const ans_insn *in) {
  switch ((int)in->op) {
    case ANS_OP_FACT: case ANS_OP_SELF: case ANS_OP_SPLIT: case ANS_OP_SEG_FROM: case ANS_OP_SEG_TO: return 0;
    case ANS_OP_EQ: case ANS_OP_NE: case ANS_OP_LT: case ANS_OP_LE: case ANS_OP_ADD: case ANS_OP_SUB: case ANS_OP_MUL: case ANS_OP_NEG: case ANS_OP_MIN2:
    case ANS_OP_MAX2: case ANS_OP_SELECT: case ANS_OP_RESOLVE: case ANS_OP_DEFAULT: case ANS_OP_UNIT: return 4;
    case ANS_OP_GATHER: case ANS_OP_LIST_COUNT: return 8;
    case ANS_OP_YEARS_DONE: case ANS_OP_ADD_MONTHS: case ANS_OP_MONTH_OF: case ANS_OP_MONTH_FIRST: case ANS_OP_MONTH_LAST: case ANS_OP_YEAR_OF: case ANS_OP_DIVR: return 10;
    case ANS_OP_AGG_COUNT: case ANS_OP_AGG_SUM: case ANS_OP_AGG_MIN: case ANS_OP_AGG_MAX: case ANS_OP_AGG_ANY: case ANS_OP_AGG_ALL: return 30;
    case ANS_OP_TL_AT: case ANS_OP_TL_LAST_END: case ANS_OP_TL_NEXT_START: case ANS_OP_SEG_FIND: case ANS_OP_PARAM: case ANS_OP_TEXT_IS: case ANS_OP_LIST_HAS: return 60;
    case ANS_OP_RANK: case ANS_OP_MULR: case ANS_OP_TL_DAYS: case ANS_OP_HOLIDAY: case ANS_OP_WORKDAY: return 200;
    default: return 1;
  }
}

/* --- what a register costs with all that lies beneath it --------------------------------------------------------------- */
/* What several readers share counts for each of them by its part, as in technology mapping ("area flow"): the cost of a condition that many rules
 * ask anyway is small. In 1/64 of a unit; saturating. */
enum { COST_UNIT = 64, LEFT_FIRST = 4 /* the text names first what decides most cases: the right side guards only if it is that much cheaper */ };
#define COST_MAX (UINT64_C(1) << 40)

static void demand__count_reader(void *ctx, uint32_t reg) { ((demand *)ctx)->flow[reg]++; }

typedef struct demand_sum { const demand *x; uint64_t sum; } demand_sum;
static void demand__add_flow(void *ctx, uint32_t reg) {
  demand_sum *s = ctx;
  if (s->x->needed[reg] && !s->x->one[reg]) s->sum += s->x->flow[reg];
}

static void demand__flows(demand *x) {
  for (uint32_t i = 0; i < x->p->insn_count; i++)
    if (x->needed[i] && !x->one[i]) vm__operands(x->p, &x->p->insns[i], demand__count_reader, x);
  for (uint32_t i = 0; i < x->p->insn_count; i++) { /* operands come first: their counts have become costs already */
    demand_sum s = {x, demand__cost(&x->p->insns[i]) * COST_UNIT};
    const uint64_t readers = x->flow[i] ? x->flow[i] : 1;
    if (!x->needed[i] || x->one[i]) continue;
    if (x->p->insns[i].op != ANS_OP_SPLIT) vm__operands(x->p, &x->p->insns[i], demand__add_flow, &s); /* days are cut in any case */
    x->flow[i] = (s.sum > COST_MAX ? COST_MAX : s.sum) / readers;
  }
}

/* --- the graph of what must come first -------------------------------------------------------------------------------- */
typedef struct demand_walk { demand *x; uint32_t count, above; vm_visit *visit; } demand_walk;

static void demand__push(void *ctx, uint32_t node) {
  demand_walk *k = ctx;
  demand *x = k->x;
  if (node == ANS_NONE || x->seen[node] == x->stamp) return;
  /* Registers below `above` have no masks yet and read only smaller ones: they cannot lead to it. */
  if (node < x->p->insn_count && (node < k->above || !x->needed[node] || x->one[node])) return;
  x->seen[node] = x->stamp;
  x->stack[k->count++] = node;
}
static void demand__push_mask(demand_walk *k, uint32_t mask) {
  if (mask != ANS_NONE) k->visit(k, k->x->p->insn_count + mask);
}

/* Whatever must be computed before a node. */
static void demand__before(demand_walk *k, uint32_t node) {
  demand *x = k->x;
  if (node >= x->p->insn_count) {
    const vm_mask *m = &x->masks[node - x->p->insn_count];
    k->visit(k, x->split_of[m->unit]);
    for (uint32_t t = m->first_term; t < m->first_term + m->terms; t++) {
      demand__push_mask(k, x->terms[t].from);
      k->visit(k, x->terms[t].guard);
      k->visit(k, x->terms[t].ref);
    }
    return;
  }
  const ans_insn *in = &x->p->insns[node];
  demand__push_mask(k, x->mask_of[node]);
  vm__operands(x->p, in, k->visit, k);
  if (x->split_of[in->unit] != node) k->visit(k, x->split_of[in->unit]);
  if (in->op == ANS_OP_SEG_FIND) k->visit(k, x->split_of[in->b]);
  for (uint32_t t = 0; in->op == ANS_OP_SPLIT && t + 2 < in->c; t += 3)
    if (x->p->lists[in->b + t] == ANS_SPLIT_SEGMENTS) k->visit(k, x->split_of[x->p->lists[in->b + t + 1]]);
}

/* Whether `node` cannot be computed before register reg. */
static bool demand__reaches(demand *x, uint32_t node, uint32_t reg) {
  demand_walk k = {x, 0, reg, demand__push};
  if (node == reg) return true;
  x->stamp++;
  demand__push(&k, node);
  while (k.count) {
    const uint32_t at = x->stack[--k.count];
    if (at == reg || ++x->work > VM_DEMAND_WORK) return true;
    demand__before(&k, at);
  }
  return false;
}

/* --- uses --------------------------------------------------------------------------------------------------------------- */
static void demand__use(demand *x, uint32_t reg, vm_term term) {
  if (reg == ANS_NONE || x->one[reg] || x->failed) return;
  x->uses = demand__more(x, x->uses, x->use_count, &x->use_cap, sizeof *x->uses);
  if (x->failed) return;
  x->uses[x->use_count] = (pending){x->head[reg], term};
  x->head[reg] = x->use_count++;
}

static void demand__row(demand *x, uint32_t reg, uint32_t from) {
  demand__use(x, reg, (vm_term){.from = from, .guard = ANS_NONE, .ref = ANS_NONE, .way = VM_WAY_ROW});
}
static void demand__guarded(demand *x, uint32_t reg, uint32_t from, uint32_t guard, uint8_t when) {
  demand__use(x, reg, (vm_term){.from = from, .guard = guard, .ref = ANS_NONE, .way = VM_WAY_ROW, .when = when});
}
static void demand__way(demand *x, uint32_t reg, uint32_t from, uint8_t way, uint32_t ref, uint32_t guard) {
  demand__use(x, reg, (vm_term){.from = from, .guard = guard, .ref = ref, .way = way, .when = VM_WHEN_NOT_FALSE});
}

typedef struct demand_reader { demand *x; uint32_t from; } demand_reader;
static void demand__strict(void *ctx, uint32_t reg) { demand__row(((demand_reader *)ctx)->x, reg, ((demand_reader *)ctx)->from); }
static void demand__every(void *ctx, uint32_t reg) { demand__way(((demand_reader *)ctx)->x, reg, ((demand_reader *)ctx)->from, VM_WAY_ALL, ANS_NONE, ANS_NONE); }
static void demand__always(void *ctx, uint32_t reg) { demand__row(((demand_reader *)ctx)->x, reg, ANS_NONE); }

static void demand__connective(demand *x, const ans_insn *in, uint32_t from) {
  const bool left = x->one[in->a] || (!x->one[in->b] && x->flow[in->a] / LEFT_FIRST <= x->flow[in->b]);
  const uint32_t guard = left ? in->a : in->b;
  demand__row(x, guard, from);
  demand__guarded(x, left ? in->b : in->a, from, guard, in->op == ANS_OP_AND ? VM_WHEN_NOT_FALSE : VM_WHEN_NOT_TRUE);
}

/* Tells every operand of register reg where it is needed. */
static void demand__tell(demand *x, uint32_t reg) {
  const ans_insn *in = &x->p->insns[reg];
  const uint32_t from = x->mask_of[reg], *list = x->p->lists;
  demand_reader r = {x, from};
  switch ((int)in->op) {
    case ANS_OP_AND: case ANS_OP_OR: demand__connective(x, in, from); return;
    case ANS_OP_SELECT:
      demand__row(x, in->a, from);
      demand__guarded(x, in->b, from, in->a, VM_WHEN_NOT_FALSE);
      demand__guarded(x, in->c, from, in->a, VM_WHEN_NOT_TRUE);
      return;
    case ANS_OP_DEFAULT:
      demand__row(x, in->a, from);
      demand__guarded(x, in->b, from, in->a, VM_WHEN_UNKNOWN);
      return;
    case ANS_OP_RESOLVE:
      demand__row(x, list[in->a], from);
      for (uint32_t k = 1; k + 1 < in->b; k += 2) {
        demand__row(x, list[in->a + k], from);
        demand__guarded(x, list[in->a + k + 1], from, list[in->a + k], VM_WHEN_NOT_FALSE);
      }
      return;
    case ANS_OP_GATHER:
      demand__row(x, in->a, from);
      demand__way(x, in->b, from, VM_WAY_SOURCE, in->a, ANS_NONE);
      return;
    case ANS_OP_AGG_COUNT: case ANS_OP_AGG_SUM: case ANS_OP_AGG_MIN: case ANS_OP_AGG_MAX: case ANS_OP_AGG_ANY: case ANS_OP_AGG_ALL:
      demand__way(x, in->a, from, VM_WAY_ALL, ANS_NONE, ANS_NONE); /* membership of every row is asked */
      demand__way(x, in->b, from, VM_WAY_MEMBER, in->a, ANS_NONE);
      if (in->op != ANS_OP_AGG_COUNT) demand__way(x, in->c, from, VM_WAY_MEMBER, in->a, in->b);
      return;
    case ANS_OP_RANK: vm__operands(x->p, in, demand__every, &r); return;
    case ANS_OP_SPLIT: vm__operands(x->p, in, demand__always, &r); return; /* segments are numbered: all of them, whoever reads them */
    default: vm__operands(x->p, in, demand__strict, &r); return;
  }
}

/* --- masks -------------------------------------------------------------------------------------------------------------- */
static bool demand__all(const vm_term *t) { return t->from == ANS_NONE && t->guard == ANS_NONE && t->way == VM_WAY_ROW; }
static bool demand__implies(const vm_term *a, const vm_term *b) { /* every row of a is one of b */
  return a->from == b->from && a->way == b->way && a->ref == b->ref && (b->guard == ANS_NONE || (a->guard == b->guard && a->when == b->when));
}

typedef struct demand_terms { vm_term item[VM_DEMAND_TERMS]; uint32_t count; bool all; } demand_terms;

static void demand__join(demand_terms *out, const vm_term *t) {
  uint32_t keep = 0;
  for (uint32_t k = 0; k < out->count && !out->all; k++)
    if (demand__implies(t, &out->item[k])) return;
  for (uint32_t k = 0; k < out->count; k++)
    if (!demand__implies(&out->item[k], t)) out->item[keep++] = out->item[k];
  out->count = keep;
  out->all = out->all || demand__all(t) || keep == VM_DEMAND_TERMS;
  if (!out->all) out->item[out->count++] = *t;
}

/* A mask with these terms; an existing one if they are just that. ANS_NONE: all rows. */
static uint32_t demand__make(demand *x, const demand_terms *terms, uint32_t unit) {
  const vm_term *only = &terms->item[0];
  if (terms->all) return ANS_NONE;
  if (terms->count == 1 && only->guard == ANS_NONE && only->way == VM_WAY_ROW) return only->from;
  x->masks = demand__more(x, x->masks, x->mask_count, &x->mask_cap, sizeof *x->masks);
  if (x->failed || x->mask_count >= x->p->insn_count) return ANS_NONE;
  x->masks[x->mask_count] = (vm_mask){.unit = unit, .first_term = x->term_count, .terms = terms->count};
  for (uint32_t k = 0; k < terms->count; k++) {
    x->terms = demand__more(x, x->terms, x->term_count, &x->term_cap, sizeof *x->terms);
    if (x->failed) return ANS_NONE;
    x->terms[x->term_count++] = terms->item[k];
  }
  return x->mask_count++;
}

static uint32_t demand__widen(demand *x, uint32_t mask, uint32_t reg, unsigned depth);

/* Makes a term computable before register reg, by asking for more rows where it is not. */
static void demand__loosen(demand *x, uint32_t reg, vm_term *t, unsigned depth) {
  t->from = demand__widen(x, t->from, reg, depth);
  if (t->guard != ANS_NONE && !x->one[t->guard] && demand__reaches(x, t->guard, reg)) t->guard = ANS_NONE;
  if (t->ref != ANS_NONE && !x->one[t->ref] && demand__reaches(x, t->ref, reg)) {
    t->from = t->ref = ANS_NONE;
    t->way = VM_WAY_ROW;
  }
  if (t->from == ANS_NONE && t->way != VM_WAY_SOURCE) { /* all targets: all members */
    t->way = VM_WAY_ROW;
    t->ref = ANS_NONE;
  }
}

/* The mask itself, or one that holds more rows and can be filled before register reg. */
static uint32_t demand__widen(demand *x, uint32_t mask, uint32_t reg, unsigned depth) {
  demand_terms terms = {.count = 0};
  if (mask == ANS_NONE || !demand__reaches(x, x->p->insn_count + mask, reg)) return mask;
  if (depth == 0 || ++x->work > VM_DEMAND_WORK) return ANS_NONE;
  const vm_mask m = x->masks[mask];
  for (uint32_t k = m.first_term; k < m.first_term + m.terms && !terms.all; k++) {
    vm_term t = x->terms[k];
    demand__loosen(x, reg, &t, depth - 1);
    demand__join(&terms, &t);
  }
  return demand__make(x, &terms, m.unit);
}

static void demand__mask(demand *x, uint32_t reg) {
  demand_terms terms = {.count = 0};
  for (uint32_t u = x->head[reg]; u != ANS_NONE && !terms.all && !x->failed; u = x->uses[u].next) {
    vm_term t = x->uses[u].term;
    demand__loosen(x, reg, &t, VM_DEMAND_DEPTH);
    demand__join(&terms, &t);
  }
  x->mask_of[reg] = x->failed ? ANS_NONE : demand__make(x, &terms, x->p->insns[reg].unit);
}

static bool demand__watched(const demand *x, uint32_t reg) { return x->watched && x->watched[reg]; }
static bool demand__dead(const demand *x, uint32_t reg) { return !x->needed[reg] || x->one[reg]; }

/* A mask that only cheap operations use is not worth filling: they take the larger one that it is part of. x->flow has served its purpose and holds gains. */
static void demand__prune(demand *x) {
  uint32_t *use = x->seen; /* the mask to use instead */
  for (uint32_t m = 0; m < x->mask_count; m++) x->flow[m] = 0;
  for (uint32_t i = 0; i < x->p->insn_count; i++)
    if (!demand__dead(x, i) && x->mask_of[i] != ANS_NONE) x->flow[x->mask_of[i]] += demand__cost(&x->p->insns[i]) + (demand__watched(x, i) ? VM_DEMAND_GAIN : 0);
  for (uint32_t m = x->mask_count; m-- > 0;) /* a mask's parents are older */
    for (uint32_t t = x->masks[m].first_term; t < x->masks[m].first_term + x->masks[m].terms; t++)
      if (x->terms[t].from != ANS_NONE) x->flow[x->terms[t].from] += x->flow[m];
  for (uint32_t m = 0; m < x->mask_count; m++) {
    const vm_term *t = &x->terms[x->masks[m].first_term];
    for (uint32_t k = 0; k < x->masks[m].terms; k++)
      if (x->terms[x->masks[m].first_term + k].from != ANS_NONE) x->terms[x->masks[m].first_term + k].from = use[x->terms[x->masks[m].first_term + k].from];
    use[m] = x->flow[m] < VM_DEMAND_GAIN && x->masks[m].terms == 1 && t->way == VM_WAY_ROW ? t->from : m;
  }
  for (uint32_t i = 0; i < x->p->insn_count; i++)
    if (x->mask_of[i] != ANS_NONE) x->mask_of[i] = use[x->mask_of[i]];
}

static void demand__analyse(demand *x, const uint32_t *output_of) {
  demand__flows(x);
  for (uint32_t i = x->p->insn_count; i-- > 0 && !x->failed;) {
    const ans_opcode op = (ans_opcode)x->p->insns[i].op;
    if (demand__dead(x, i)) continue;
    const bool all = output_of[i] != ANS_NONE || op == ANS_OP_SPLIT || x->head[i] == ANS_NONE || x->work > VM_DEMAND_WORK;
    if (!all) demand__mask(x, i);
    demand__tell(x, i);
  }
  demand__prune(x);
  /* Only masks that an operation gains by are made. */
  for (uint32_t i = 0; i < x->p->insn_count; i++)
    if (!demand__dead(x, i) && x->mask_of[i] != ANS_NONE && (demand__watched(x, i) || demand__cost(&x->p->insns[i]) >= VM_DEMAND_COST)) x->masks[x->mask_of[i]].used = true;
  for (uint32_t m = x->mask_count; m-- > 0;) /* a mask's parents are older */
    for (uint32_t t = x->masks[m].first_term; x->masks[m].used && t < x->masks[m].first_term + x->masks[m].terms; t++)
      if (x->terms[t].from != ANS_NONE) x->masks[x->terms[t].from].used = true;
  for (uint32_t i = 0; i < x->p->insn_count; i++)
    if (x->mask_of[i] != ANS_NONE && !x->masks[x->mask_of[i]].used) x->mask_of[i] = ANS_NONE;
}

/* --- order ---------------------------------------------------------------------------------------------------------------- */
enum { NODE_NEW, NODE_OPEN, NODE_PLACED };

/* A node may wait on the stack several times; the first to be opened places it. */
static void demand__wait(void *ctx, uint32_t node) {
  demand_walk *k = ctx;
  demand *x = k->x;
  if (node == ANS_NONE || x->seen[node] != NODE_NEW || x->failed) return;
  if (node < x->p->insn_count && (!x->needed[node] || x->one[node])) return;
  x->stack = demand__more(x, x->stack, k->count, &x->stack_cap, sizeof *x->stack);
  if (!x->failed) x->stack[k->count++] = node;
}

/* Everything before its readers, otherwise in the order of the program: depth first, without recursion. */
static void demand__order(demand *x, vm_demand *out) {
  const uint32_t regs = x->p->insn_count;
  for (size_t n = 0; n < (size_t)regs + x->mask_count; n++) x->seen[n] = NODE_NEW;
  for (uint32_t root = 0; root < regs; root++) {
    demand_walk k = {x, 0, 0, demand__wait};
    demand__wait(&k, root);
    while (k.count && !x->failed) {
      const uint32_t at = x->stack[k.count - 1];
      if (x->seen[at] == NODE_NEW) {
        x->seen[at] = NODE_OPEN;
        demand__before(&k, at);
        continue;
      }
      if (x->seen[at] == NODE_OPEN) out->order[out->count++] = at;
      x->seen[at] = NODE_PLACED;
      k.count--;
    }
  }
}

static void demand__free(demand *x) {
  free(x->head);
  free(x->uses);
  free(x->flow);
  free(x->seen);
  free(x->stack);
}

void vm__demand_free(vm_demand *d) {
  free(d->order);
  free(d->mask_of);
  for (uint32_t m = 0; m < d->mask_count; m++) free(d->masks[m].bits);
  free(d->masks);
  free(d->terms);
  *d = (vm_demand){0};
}

bool vm__demand_plan(const ans_program *p, const uint8_t *needed, const uint8_t *one, const uint32_t *split_of, const uint32_t *output_of, const uint8_t *watched, vm_demand *out) {
  const size_t regs = (size_t)p->insn_count + 1;
  uint32_t steps = 0;
  for (uint32_t i = 0; i < p->insn_count; i++) steps += needed[i] && !one[i];
  demand x = {.p = p, .needed = needed, .one = one, .watched = watched, .split_of = split_of, .stack_cap = (uint32_t)(2 * regs)};
  x.mask_of = malloc(regs * sizeof(uint32_t));
  x.head = malloc(regs * sizeof(uint32_t));
  x.flow = calloc(regs, sizeof(uint64_t));
  x.seen = calloc(2 * regs, sizeof(uint32_t));
  x.stack = malloc(2 * regs * sizeof(uint32_t));
  *out = (vm_demand){.order = malloc(2 * regs * sizeof(uint32_t))};
  x.failed = !x.mask_of || !x.head || !x.flow || !x.seen || !x.stack || !out->order;
  for (uint32_t i = 0; !x.failed && i < p->insn_count; i++) x.mask_of[i] = x.head[i] = ANS_NONE;
  if (!x.failed && steps <= VM_DEMAND_STEPS) demand__analyse(&x, output_of);
  if (!x.failed) demand__order(&x, out);
  out->mask_of = x.mask_of;
  out->masks = x.masks;
  out->mask_count = x.mask_count;
  out->terms = x.terms;
  demand__free(&x);
  if (x.failed) vm__demand_free(out);
  return !x.failed;
}
