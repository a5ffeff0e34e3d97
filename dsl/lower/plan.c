/* What must be computed before what, and where days change.
 *
 * One walk over every rule collects, per unit with day-grain expressions, the sources of change (timelines, dates compared with the day,
 * segments of other units), and, per result and per split, what its registers read. Day grain is constant between these points because
 * every leaf that varies with the day contributes its own: a leaf that fits no source (Tag in arithmetic, letztes_Ende(f; Tag), a reference
 * that itself changes by the day, a fold over the days of members) cuts the unit at every day. */
#include "lower/lower_private.h"

typedef struct plan_edge { uint32_t from, to; } plan_edge;
typedef struct plan {
  lower *l;
  uint32_t from;                 /* node at hand */
  lower_map seen;                /* typed nodes visited for this node */
  plan_edge *edge; uint32_t edges, cap;
} plan;

static uint32_t plan__split_node(const plan *p, uint32_t unit) { return p->l->m->result_count + unit; }

static void plan__depend(plan *p, uint32_t to) {
  lower *l = p->l;
  if (p->edges == p->cap) {
    uint32_t cap = p->cap ? p->cap * 2 : 256;
    plan_edge *grown = lower__alloc(l, cap, sizeof *grown);
    if (!grown) return;
    for (uint32_t i = 0; i < p->edges; i++) grown[i] = p->edge[i];
    p->edge = grown;
    p->cap = cap;
  }
  p->edge[p->edges++] = (plan_edge){p->from, to};
}

/* When the comparison of the day with a date changes its value: bit 1 on the date, bit 2 on the day after it. */
static uint32_t plan__date_starts(ans_tx_kind op, bool day_left) {
  if (op == ANS_TX_LE) return day_left ? 2 : 1; /* Tag <= d holds until d; d <= Tag from d on */
  if (op == ANS_TX_LT) return day_left ? 1 : 2;
  return 1 | 2;                                 /* equal on d only */
}

static void plan__source(plan *p, uint32_t unit, ans_split_kind kind, uint32_t index, const ans_tx *tx) {
  lower *l = p->l;
  lower_unit *u = &l->unit[unit];
  u->days = true;
  if (u->every_day) return;
  if (kind == ANS_SPLIT_EVERY_DAY || (tx && tx->grain == ANS_GRAIN_DAY)) { u->every_day = true; return; }
  for (uint32_t i = 0; i < u->count; i++)
    if (u->source[i].kind == kind && u->source[i].tx == tx && (kind == ANS_SPLIT_DATE || u->source[i].index == index)) {
      if (kind == ANS_SPLIT_DATE) u->source[i].index |= index;
      return;
    }
  if (u->count == u->cap) {
    uint32_t cap = u->cap ? u->cap * 2 : 16;
    lower_source *grown = lower__alloc(l, cap, sizeof *grown);
    if (!grown) return;
    for (uint32_t i = 0; i < u->count; i++) grown[i] = u->source[i];
    u->source = grown;
    u->cap = cap;
  }
  u->source[u->count++] = (lower_source){kind, index, tx};
}

static bool plan__is_day(const ans_tx *x) { return x && x->kind == ANS_TX_DAY; }
static bool plan__own(const ans_tx *row) { return !row || row->kind == ANS_TX_SELF; }

static void plan__walk(plan *p, const ans_tx *x);

static void plan__children(plan *p, const ans_tx *x, bool days_too) {
  for (uint32_t i = 0; i < x->count; i++)
    if (x->arg[i] && (days_too || !plan__is_day(x->arg[i]))) plan__walk(p, x->arg[i]);
}

/* Change points that a day-grain node itself brings; true when its direct TX_DAY operands are covered by them. */
static bool plan__changes(plan *p, const ans_tx *x) {
  const ans_tx *a = lower__arg(x, 0), *b = lower__arg(x, 1), *other = plan__is_day(a) ? b : a;
  switch ((ans_tx_kind)x->kind) {
    case ANS_TX_TL_AT:
      if (!plan__is_day(b)) return false;
      plan__source(p, x->unit, ANS_SPLIT_TIMELINE, x->index, plan__own(a) ? NULL : a);
      return true;
    case ANS_TX_RESULT:
      if (!plan__is_day(b)) return false;
      if (!plan__own(a)) plan__source(p, x->unit, ANS_SPLIT_SEGMENTS, p->l->m->results[x->index].unit, a);
      return true;
    case ANS_TX_LT: case ANS_TX_LE: case ANS_TX_EQ: case ANS_TX_NE:
      if (plan__is_day(a) == plan__is_day(b)) return plan__is_day(a); /* the day with itself never changes */
      if (!other || other->grain == ANS_GRAIN_DAY) return false;
      plan__source(p, x->unit, ANS_SPLIT_DATE, plan__date_starts((ans_tx_kind)x->kind, plan__is_day(a)), other);
      return true;
    case ANS_TX_AGG_COUNT: case ANS_TX_AGG_SUM: case ANS_TX_AGG_MIN: case ANS_TX_AGG_MAX: case ANS_TX_AGG_ANY: case ANS_TX_AGG_ALL: case ANS_TX_RANK:
      if ((a && a->grain == ANS_GRAIN_DAY) || (b && b->grain == ANS_GRAIN_DAY)) plan__source(p, x->unit, ANS_SPLIT_EVERY_DAY, 0, NULL);
      return false;
    case ANS_TX_CONST: case ANS_TX_NONVALUE: case ANS_TX_PERIOD: case ANS_TX_DAY: case ANS_TX_SELF: case ANS_TX_FACT: case ANS_TX_TL_LAST_END:
    case ANS_TX_TL_NEXT_START: case ANS_TX_PARAM: case ANS_TX_NOT: case ANS_TX_AND: case ANS_TX_OR: case ANS_TX_ADD: case ANS_TX_SUB: case ANS_TX_MUL:
    case ANS_TX_NEG: case ANS_TX_MIN2: case ANS_TX_MAX2: case ANS_TX_DIVR: case ANS_TX_SELECT: case ANS_TX_KNOWN: case ANS_TX_PRESENT: case ANS_TX_DEFAULT:
    case ANS_TX_YEARS_DONE: case ANS_TX_ADD_MONTHS: case ANS_TX_MONTH_OF: case ANS_TX_MONTH_FIRST: case ANS_TX_MONTH_LAST: case ANS_TX_YEAR_OF:
    case ANS_TX_DAYS_ANY: case ANS_TX_DAYS_ALL: case ANS_TX_DAYS_COUNT: case ANS_TX_MULR: case ANS_TX_UNIT: case ANS_TX_TL_DAYS: case ANS_TX_HOLIDAY:
    case ANS_TX_WORKDAY: case ANS_TX_TEXT_IS: case ANS_TX_LIST_HAS: case ANS_TX_LIST_COUNT: case ANS_TX_COUNT: break;
  }
  return false;
}

static void plan__walk(plan *p, const ans_tx *x) {
  lower *l = p->l;
  if (!x || l->status != ANS_OK) return;
  if (x->grain == ANS_GRAIN_DAY) {
    l->unit[x->unit].days = true;
    plan__depend(p, plan__split_node(p, x->unit));
  }
  if (x->kind == ANS_TX_DAY) { plan__source(p, x->unit, ANS_SPLIT_EVERY_DAY, 0, NULL); return; } /* its parent did not cover it */
  if (lower__map_get(&p->seen, x) != ANS_NONE) return;
  lower__map_put(l, &p->seen, x, 1);
  if (x->kind == ANS_TX_RESULT) plan__depend(p, x->index);
  if (x->kind == ANS_TX_DAYS_ANY || x->kind == ANS_TX_DAYS_ALL || x->kind == ANS_TX_DAYS_COUNT) {
    l->unit[x->unit].days = true;
    plan__depend(p, plan__split_node(p, x->unit));
  }
  bool covered = x->grain == ANS_GRAIN_DAY && plan__changes(p, x);
  plan__children(p, x, !covered);
}

static void plan__rule(plan *p, const ans_rule *r, uint32_t depth) {
  if (lower__map_get(&p->seen, r) != ANS_NONE || depth > 1000) return;
  lower__map_put(p->l, &p->seen, r, 1);
  plan__walk(p, r->condition);
  plan__walk(p, r->value);
  for (uint32_t i = 0; i < r->exception_count; i++) plan__rule(p, r->exceptions[i], depth + 1);
}

static void plan__result(plan *p, uint32_t i) {
  const ans_tresult *r = &p->l->m->results[i];
  p->from = i;
  p->seen = (lower_map){0};
  if (r->grain == ANS_GRAIN_DAY) {
    p->l->unit[r->unit].days = true;
    plan__depend(p, plan__split_node(p, r->unit));
  }
  plan__walk(p, r->fallback);
  for (uint32_t k = 0; k < r->rule_count; k++) plan__rule(p, r->rules[k], 0);
}

/* What the split of a unit reads: its dates, references and other splits. */
static void plan__split(plan *p, uint32_t unit) {
  const lower_unit *u = &p->l->unit[unit];
  p->from = plan__split_node(p, unit);
  p->seen = (lower_map){0};
  for (uint32_t i = 0; i < u->count && !u->every_day; i++) {
    plan__walk(p, u->source[i].tx);
    if (u->source[i].kind == ANS_SPLIT_SEGMENTS) plan__depend(p, plan__split_node(p, u->source[i].index));
  }
}

/* --- topological order ---------------------------------------------------------------------------------------------- */
typedef struct plan_order { uint32_t *first, *to, *next, *stack, *out, out_count, depth; uint8_t *mark; } plan_order;

static bool plan__adjacency(plan *p, uint32_t nodes, plan_order *o) {
  lower *l = p->l;
  o->first = lower__alloc(l, (size_t)nodes + 2, sizeof *o->first);
  o->to = lower__alloc(l, p->edges, sizeof *o->to);
  o->next = lower__alloc(l, nodes, sizeof *o->next);
  o->stack = lower__alloc(l, nodes, sizeof *o->stack);
  o->out = lower__alloc(l, nodes, sizeof *o->out);
  o->mark = lower__alloc(l, nodes, 1);
  if (!o->first || !o->to || !o->next || !o->stack || !o->out || !o->mark) return false;
  for (uint32_t i = 0; i < p->edges; i++) o->first[p->edge[i].from + 2]++;
  for (uint32_t n = 0; n < nodes; n++) o->first[n + 2] += o->first[n + 1];
  for (uint32_t i = 0; i < p->edges; i++) o->to[o->first[p->edge[i].from + 1]++] = p->edge[i].to;
  return true;
}

/* ANS_NONE: done. Otherwise the split on a circle that must give way. */
static uint32_t plan__visit(plan *p, plan_order *o, uint32_t root) {
  uint32_t results = p->l->m->result_count;
  o->depth = 0;
  o->stack[o->depth++] = root;
  o->mark[root] = 1;
  o->next[root] = o->first[root];
  while (o->depth) {
    uint32_t n = o->stack[o->depth - 1];
    if (o->next[n] == o->first[n + 1]) {
      o->mark[n] = 2;
      o->out[o->out_count++] = n;
      o->depth--;
      continue;
    }
    uint32_t to = o->to[o->next[n]++];
    if (o->mark[to] == 1) {
      for (uint32_t k = o->depth; k-- > 0;) {
        if (o->stack[k] >= results && !p->l->unit[o->stack[k] - results].every_day) return o->stack[k] - results;
        if (o->stack[k] == to) break;
      }
      (void)lower__fail(p->l, "results depend on each other in a circle");
      return ANS_NONE;
    }
    if (o->mark[to]) continue;
    o->mark[to] = 1;
    o->next[to] = o->first[to];
    o->stack[o->depth++] = to;
  }
  return ANS_NONE;
}

bool lower__plan(lower *l, uint32_t **order, uint32_t *n) {
  const uint32_t nodes = l->m->result_count + l->m->unit_count;
  for (uint32_t round = 0; round <= l->m->unit_count && l->status == ANS_OK; round++) {
    plan p = {.l = l};
    plan_order o = {0};
    for (uint32_t i = 0; i < l->m->result_count; i++) plan__result(&p, i);
    for (uint32_t u = 1; u < l->m->unit_count; u++) plan__split(&p, u); /* its expressions are parts of rules, so no source is new */
    if (l->status != ANS_OK || !plan__adjacency(&p, nodes, &o)) return false;
    uint32_t victim = ANS_NONE;
    for (uint32_t i = 0; i < nodes && victim == ANS_NONE && l->status == ANS_OK; i++)
      if (!o.mark[i]) victim = plan__visit(&p, &o, i);
    if (victim == ANS_NONE) {
      *order = o.out;
      *n = o.out_count;
      return l->status == ANS_OK;
    }
    l->unit[victim].every_day = true;
    l->unit[victim].count = 0;
  }
  if (l->status == ANS_OK) (void)lower__fail(l, "splits depend on each other in a circle");
  return false;
}
