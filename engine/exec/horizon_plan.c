/* The part of horizon.h that looks at the program only: which registers depend on the period alone, their cells in every period of the span, and of what kind every
 * other register is. Owns the making and freeing of a vm_horizon.
 *
 * Registers that depend on the period alone are evaluated by the VM itself, as a program of their own in which they all have one row: no second meaning of any operation exists.
 * The kinds are found in one pass in the order of the program, each from those of the operands. What no case below knows is HZ_ABSORB: as soon as an operand changes in any
 * way, the demanded rows are evaluated anew. That is always right, and all there is for a program that truly depends on the period each time.
 * Rejected: proofs over all periods of the package. A span is short, its tables are exact, and a law that changes in the middle of it is nothing special. */
#include <stdlib.h>
#include "exec/horizon.h"
#include "num/period.h"

/* What an operand does in the span. */
typedef struct hz_view { uint8_t kind; int8_t sign; bool sure, number, echo; uint32_t table; } hz_view; /* TABLE: of a shape that neither SHIFT nor TIMES follows */

typedef struct hz_plan { vm_horizon *h; const ans_vm *vm; const ans_program *p; bool all_table, all_still; uint32_t still; /* taken for fixed, or ANS_NONE */ } hz_plan;

/* --- tables ------------------------------------------------------------------------------------------------------------- */
static void hz__operand(void *ctx, uint32_t reg) {
  hz_plan *x = ctx;
  x->all_table = x->all_table && x->h->regs[reg].kind == HZ_TABLE;
  x->all_still = x->all_still && !hz__table(x->h, reg);
}

static void hz__find_tables(hz_plan *x) {
  vm_horizon *h = x->h;
  for (uint32_t i = 0; i < x->p->insn_count; i++) {
    const ans_insn *in = &x->p->insns[i];
    if (!h->regs[i].planned) continue;
    x->all_table = !vm__reads_rows((ans_opcode)in->op) || in->op == ANS_OP_SEG_FROM || in->op == ANS_OP_SEG_TO;
    if (x->all_table) vm__operands(x->p, in, hz__operand, x);
    if (in->unit && !x->all_table) continue;
    h->regs[i].kind = HZ_TABLE;
    h->regs[i].table = h->table_count++;
  }
}

/* The program of the tables: their registers with one row each. Segments are whole periods. */
static ans_insn *hz__shadow_insns(const hz_plan *x) {
  ans_insn *insns = malloc(((size_t)x->p->insn_count + 1) * sizeof *insns);
  for (uint32_t i = 0; insns && i < x->p->insn_count; i++) {
    insns[i] = x->p->insns[i];
    if (x->h->regs[i].kind != HZ_TABLE) continue;
    insns[i].unit = 0;
    if (insns[i].op == ANS_OP_SEG_FROM) insns[i].a = 1;
    if (insns[i].op == ANS_OP_SEG_TO) insns[i].a = 2;
    if (insns[i].op == ANS_OP_SEG_FROM || insns[i].op == ANS_OP_SEG_TO) insns[i].op = ANS_OP_PERIOD;
  }
  return insns;
}

static ans_status hz__evaluate(hz_plan *x, ans_vm *shadow, const ans_columns *none, ans_error *err) {
  vm_horizon *h = x->h;
  ans_status status = ANS_OK;
  for (uint32_t k = 0; k < h->periods && status == ANS_OK; k++) {
    status = ans_vm_run(shadow, none, 0, 0, h->first_period + (int32_t)k, err);
    for (uint32_t i = 0; i < x->p->insn_count && status == ANS_OK; i++) {
      if (h->regs[i].kind != HZ_TABLE) continue;
      const ans_scalar cell = ans_vm_get(shadow, i, 0);
      h->tables[h->regs[i].table].v[k] = cell.v;
      h->tables[h->regs[i].table].state[k] = cell.state;
    }
  }
  return status;
}

static ans_status hz__memory(ans_error *err) { return ans_error_set(err, ANS_MEMORY, "E-EXEC-NOMEM", NULL, NULL); }

static ans_status hz__fill_tables(hz_plan *x, ans_error *err) {
  ans_program shadow = *x->p;
  uint32_t *wanted = calloc((size_t)x->p->insn_count + 1, sizeof *wanted), n = 0, none_first[1] = {0};
  ans_unit_columns *units = calloc((size_t)x->p->unit_count + 1, sizeof *units);
  ans_insn *insns = hz__shadow_insns(x);
  ans_columns none = {.program = &shadow, .units = units};
  for (uint32_t i = 0; wanted && i < x->p->insn_count; i++)
    if (x->h->regs[i].kind == HZ_TABLE) wanted[n++] = i;
  for (uint32_t u = 0; units && u < x->p->unit_count; u++) units[u].component_first = none_first;
  shadow.insns = insns;
  shadow.result_count = 0; /* nothing can be overridden */
  ans_vm *vm = wanted && units && insns ? ans_vm_new(&shadow, wanted, n, 0) : NULL;
  ans_status status = vm ? ANS_OK : hz__memory(err);
  if (vm) {
    ans_vm_law_known(vm, x->vm->law_known);
    status = hz__evaluate(x, vm, &none, err);
  }
  ans_vm_free(vm);
  free(wanted);
  free(units);
  free(insns);
  return status;
}

static bool hz__number(const ans_type *t) { return t->tag == ANS_T_INT || t->tag == ANS_T_DECIMAL || t->tag == ANS_T_MONEY; }

static void hz__shape(vm_horizon *h, hz_table *t, const ans_type *type) {
  const bool number = hz__number(type), ordered = number || type->tag == ANS_T_DATE || type->tag == ANS_T_MONTH;
  t->rising = ordered;
  t->positive = number;
  t->next[h->periods - 1] = (uint16_t)h->periods;
  for (uint32_t k = h->periods - 1; k-- > 0;) t->next[k] = t->v[k] == t->v[k + 1] && t->state[k] == t->state[k + 1] ? t->next[k + 1] : (uint16_t)(k + 1);
  t->constant = t->next[0] == h->periods;
  for (uint32_t k = 0; k < h->periods; k++) {
    t->rising = t->rising && !t->state[k] && (k == 0 || t->v[k] >= t->v[k - 1]);
    t->positive = t->positive && !t->state[k] && t->v[k] > 0 && t->v[k] <= HZ_LARGEST_FACTOR;
  }
  int64_t rise;
  if (__builtin_sub_overflow(t->v[h->periods - 1], t->v[0], &rise) || rise > HZ_LARGEST_RISE) t->rising = false;
}

static bool hz__add_table(vm_horizon *h) {
  if (h->table_count == h->table_cap) {
    const uint32_t cap = h->table_cap ? h->table_cap * 2 : 64;
    hz_table *grown = realloc(h->tables, cap * sizeof *grown);
    if (!grown) return false;
    h->tables = grown;
    h->table_cap = cap;
  }
  hz_table *x = &h->tables[h->table_count++];
  *x = (hz_table){.v = calloc(h->periods, sizeof *x->v), .state = calloc(h->periods, sizeof *x->state), .next = calloc(h->periods, sizeof *x->next)};
  return x->v && x->state && x->next;
}

/* --- kinds ---------------------------------------------------------------------------------------------------------------- */
static hz_view hz__view(const hz_plan *x, uint32_t reg) {
  const hz_reg *r = &x->h->regs[reg];
  const hz_table *t = hz__table(x->h, reg);
  if (!t || reg == x->still) return (hz_view){.kind = HZ_STILL, .sign = 1};
  if (r->kind != HZ_TABLE) return (hz_view){.kind = r->kind, .sign = r->sign, .sure = r->sure, .echo = r->echo, .table = r->table};
  return (hz_view){.kind = t->rising ? HZ_SHIFT : t->positive ? HZ_TIMES : HZ_TABLE, .sign = 1, .sure = true, .echo = t->rising, .number = t->positive, .table = r->table};
}
/* A positive number of the period as a multiple of itself. */
static hz_view hz__multiple(const hz_plan *x, uint32_t reg) {
  hz_view v = hz__view(x, reg);
  if (v.number) v.kind = HZ_TIMES;
  return v;
}
static bool hz__same_table(const vm_horizon *h, uint32_t a, uint32_t b) {
  const hz_table *s = &h->tables[a], *t = &h->tables[b];
  return a == b || (memcmp(s->v, t->v, h->periods * sizeof *s->v) == 0 && memcmp(s->state, t->state, h->periods) == 0);
}
static bool hz__alike(const vm_horizon *h, const hz_view *a, const hz_view *b) {
  return a->kind == b->kind && a->sign == b->sign && hz__same_table(h, a->table, b->table);
}
/* The register is the table itself, or another one of the same cells. */
static bool hz__is_table(const hz_plan *x, uint32_t reg, uint32_t table) { return x->h->regs[reg].kind == HZ_TABLE && hz__same_table(x->h, x->h->regs[reg].table, table); }
static bool hz__zero(const hz_plan *x, uint32_t reg) {
  const hz_reg *r = &x->h->regs[reg];
  return r->kind == HZ_TABLE && x->h->tables[r->table].constant && !x->h->tables[r->table].state[0] && x->h->tables[r->table].v[0] == 0;
}

static void hz__carry(hz_reg *r, hz_act act, const hz_view *v, bool sure) {
  r->act = (uint8_t)act;
  r->kind = v->kind;
  r->sign = v->sign;
  r->table = v->table;
  r->sure = sure;
}

/* x ± y. */
static bool hz__sum(hz_plan *x, hz_reg *r, const ans_insn *in) {
  const bool minus = in->op == ANS_OP_SUB;
  const hz_view a = hz__view(x, in->a), b = hz__view(x, in->b), ta = hz__multiple(x, in->a), tb = hz__multiple(x, in->b);
  if (a.kind == HZ_SHIFT && b.kind == HZ_STILL) {
    hz__carry(r, HZ_ROWS, &a, a.sure);
  } else if (a.kind == HZ_STILL && b.kind == HZ_SHIFT) {
    hz_view moved = b;
    if (minus) moved.sign = (int8_t)-moved.sign;
    hz__carry(r, HZ_ROWS, &moved, b.sure);
  } else if (minus && a.kind == HZ_SHIFT && hz__alike(x->h, &a, &b) && a.sure && b.sure) {
    r->act = HZ_NOTHING;
  } else if (!minus && ta.kind == HZ_TIMES && hz__alike(x->h, &ta, &tb) && ta.sure && tb.sure) {
    hz__carry(r, HZ_ROWS, &ta, true);
  } else {
    return false;
  }
  return true;
}

static bool hz__product(hz_plan *x, hz_reg *r, const ans_insn *in) {
  const hz_view a = hz__multiple(x, in->a), b = hz__multiple(x, in->b);
  if (a.kind == HZ_TIMES && b.kind == HZ_STILL) hz__carry(r, HZ_ROWS, &a, a.sure);
  else if (a.kind == HZ_STILL && b.kind == HZ_TIMES) hz__carry(r, HZ_ROWS, &b, b.sure);
  else return false;
  return true;
}

/* A multiple of the table divided by the table is the same whole number in every period, before and after rounding. */
static bool hz__quotient(hz_plan *x, hz_reg *r, uint32_t a, uint32_t b) {
  const hz_view m = hz__multiple(x, a);
  if (m.kind != HZ_TIMES || !m.sure || !hz__is_table(x, b, m.table)) return false;
  r->act = HZ_NOTHING;
  return true;
}
/* a · b / d */
static bool hz__ratio(hz_plan *x, hz_reg *r, const uint32_t *list, uint32_t n) {
  if (n != 3) return false;
  if (hz__view(x, list[1]).kind == HZ_STILL) return hz__quotient(x, r, list[0], list[2]);
  return hz__view(x, list[0]).kind == HZ_STILL && hz__quotient(x, r, list[1], list[2]);
}

static bool hz__comparison(hz_plan *x, hz_reg *r, const ans_insn *in) {
  const hz_view a = hz__view(x, in->a), b = hz__view(x, in->b), ta = hz__multiple(x, in->a), tb = hz__multiple(x, in->b);
  r->act = HZ_NOTHING;
  if (a.kind == HZ_SHIFT && b.kind == HZ_SHIFT && hz__alike(x->h, &a, &b) && a.sure && b.sure) return true;
  /* Multiples keep their sign, and their order to the table itself. */
  if ((ta.kind == HZ_TIMES && hz__zero(x, in->b)) || (tb.kind == HZ_TIMES && hz__zero(x, in->a))) return true;
  if ((ta.kind == HZ_TIMES && ta.sure && hz__is_table(x, in->b, ta.table)) || (tb.kind == HZ_TIMES && tb.sure && hz__is_table(x, in->a, tb.table))) return true;
  r->act = HZ_COMPARE;
  return (a.kind == HZ_SHIFT || a.kind == HZ_STILL) && (b.kind == HZ_SHIFT || b.kind == HZ_STILL);
}

static bool hz__pick(hz_plan *x, hz_reg *r, const ans_insn *in) {
  const hz_view a = hz__view(x, in->a), b = hz__view(x, in->b);
  if (a.kind == HZ_SHIFT && b.kind == HZ_STILL) hz__carry(r, HZ_PICK, &a, false);
  else if (a.kind == HZ_STILL && b.kind == HZ_SHIFT) hz__carry(r, HZ_PICK, &b, false);
  else if (a.kind == HZ_SHIFT && hz__alike(x->h, &a, &b) && a.sure && b.sure) hz__carry(r, HZ_FOLD, &a, true);
  else return false;
  return true;
}

/* One of several values: those that move must move alike; the others are fixed. */
static bool hz__choice(hz_plan *x, hz_reg *r, hz_act act, const uint32_t *values, uint32_t n, uint32_t step) {
  hz_view moving = {.kind = HZ_STILL};
  bool sure = true, echo = true;
  for (uint32_t k = 0; k < n; k += step) {
    const hz_view v = hz__view(x, values[k]);
    if (v.kind == HZ_TABLE || (v.kind != HZ_STILL && moving.kind != HZ_STILL && !hz__alike(x->h, &v, &moving))) return false;
    if (v.kind != HZ_STILL) moving = v;
  }
  for (uint32_t k = 0; k < n; k += step) {
    const hz_view v = hz__view(x, values[k]);
    sure = sure && (v.kind != HZ_STILL ? v.sure : moving.kind == HZ_TIMES && hz__zero(x, values[k]));
    echo = echo && (v.kind == HZ_STILL || v.echo);
  }
  hz__carry(r, act, &moving, sure);
  r->echo = echo && moving.kind == HZ_SHIFT;
  return true;
}

static bool hz__fold(hz_plan *x, hz_reg *r, const ans_insn *in) {
  if (hz__table(x->h, in->a) || (in->b != ANS_NONE && hz__table(x->h, in->b))) return false;
  const hz_view v = in->op == ANS_OP_AGG_SUM ? hz__multiple(x, in->c) : hz__view(x, in->c);
  if (!v.sure || v.kind != (in->op == ANS_OP_AGG_SUM ? HZ_TIMES : HZ_SHIFT)) return false;
  hz__carry(r, HZ_FOLD, &v, true);
  return true;
}

/* Another date, month or year from one that follows a table in some rows: there it follows the table of what becomes of each value. */
static bool hz__date(hz_plan *x, hz_reg *r, const ans_insn *in) {
  const bool two = in->op == ANS_OP_ADD_MONTHS || in->op == ANS_OP_YEARS_DONE;
  const hz_view a = hz__view(x, in->a);
  const hz_reg *second = two ? &x->h->regs[in->b] : NULL;
  vm_horizon *h = x->h;
  if (a.kind != HZ_SHIFT || !a.echo || (two && (second->kind != HZ_TABLE || !h->tables[second->table].constant || h->tables[second->table].state[0]))) return false;
  const int64_t b = two ? h->tables[second->table].v[0] : 0;
  if (!hz__add_table(h)) return false;
  hz_table *t = &h->tables[h->table_count - 1];
  for (uint32_t k = 0; k < h->periods; k++)
    if (!vm__date(in, h->tables[a.table].v[k], b, &t->v[k]) || (in->type.tag == ANS_T_DATE && (t->v[k] < ANS_DAY_MIN || t->v[k] > ANS_DAY_MAX))) return false;
  hz__shape(h, t, &in->type);
  if (!t->rising) return false;
  hz__carry(r, HZ_ROWS, &(hz_view){.kind = HZ_SHIFT, .sign = 1, .table = h->table_count - 1}, a.sure);
  r->echo = true;
  return true;
}

static bool hz__inside(const ans_insn *in) { return in->op == ANS_OP_SEG_FROM || in->op == ANS_OP_SEG_TO || (in->op == ANS_OP_PERIOD && (in->a == 1 || in->a == 2)); }
static bool hz__follows(const hz_view *day) { return day->kind == HZ_STILL || (day->kind == HZ_SHIFT && day->sign > 0); }

static bool hz__asked(hz_plan *x, hz_reg *r, const ans_insn *in) {
  if (in->op == ANS_OP_PARAM) {
    const uint32_t *list = x->p->lists + in->b;
    const hz_view day = hz__view(x, list[0]);
    for (uint32_t k = 1; k < in->c; k++)
      if (hz__table(x->h, list[k])) return false;
    r->act = day.kind == HZ_STILL ? HZ_NOTHING : HZ_PARAM;
    return hz__follows(&day);
  }
  const hz_view day = hz__view(x, in->c);
  r->act = day.kind == HZ_STILL ? HZ_NOTHING : HZ_TIMELINE;
  return hz__follows(&day) && (in->b == ANS_NONE || !hz__table(x->h, in->b));
}

/* True: r says how the register goes on. Some operand moves. */
static bool hz__known(hz_plan *x, hz_reg *r, const ans_insn *in) {
  const uint32_t *list;
  switch ((int)in->op) {
    case ANS_OP_ADD: case ANS_OP_SUB: return hz__sum(x, r, in);
    case ANS_OP_MUL: return hz__product(x, r, in);
    case ANS_OP_DIVR: return hz__quotient(x, r, in->a, in->b);
    case ANS_OP_MULR: return hz__ratio(x, r, x->p->lists + in->a, in->b);
    case ANS_OP_EQ: case ANS_OP_NE: case ANS_OP_LT: case ANS_OP_LE: return hz__comparison(x, r, in);
    case ANS_OP_MIN2: case ANS_OP_MAX2: return hz__pick(x, r, in);
    case ANS_OP_AGG_SUM: case ANS_OP_AGG_MIN: case ANS_OP_AGG_MAX: return hz__fold(x, r, in);
    case ANS_OP_TL_AT: case ANS_OP_TL_LAST_END: case ANS_OP_TL_NEXT_START: case ANS_OP_PARAM: return hz__asked(x, r, in);
    case ANS_OP_UNIT: return hz__choice(x, r, HZ_ROWS, &in->a, 1, 1);
    case ANS_OP_GATHER: return !hz__table(x->h, in->a) && hz__choice(x, r, HZ_GATHER, &in->b, 1, 1);
    case ANS_OP_SELECT: return !hz__table(x->h, in->a) && hz__choice(x, r, HZ_SELECT, (const uint32_t[]){in->b, in->c}, 2, 1);
    case ANS_OP_DEFAULT: return hz__choice(x, r, HZ_DEFAULT, (const uint32_t[]){in->a, in->b}, 2, 1);
    case ANS_OP_RESOLVE:
      list = x->p->lists + in->a;
      for (uint32_t k = 1; k < in->b; k += 2)
        if (hz__table(x->h, list[k])) return false;
      return hz__choice(x, r, HZ_RESOLVE, list, in->b, 2);
    case ANS_OP_MONTH_OF: case ANS_OP_YEAR_OF: case ANS_OP_MONTH_FIRST: case ANS_OP_MONTH_LAST: case ANS_OP_ADD_MONTHS: case ANS_OP_YEARS_DONE: case ANS_OP_WORKDAY: return hz__date(x, r, in);
    case ANS_OP_KNOWN: case ANS_OP_PRESENT: /* states do not move */
      r->act = HZ_NOTHING;
      return hz__view(x, in->a).kind != HZ_TABLE;
    default: return false;
  }
}

static uint32_t hz__changes(const vm_horizon *h, uint32_t reg) {
  const hz_table *t = &h->tables[h->regs[reg].table];
  uint32_t n = 0;
  for (uint32_t k = t->next[0]; k < h->periods; k = t->next[k]) n++;
  return n;
}

/* Of two operands that move in different ways, the one that changes more rarely (an amount of the law) is taken for fixed until it does. */
static bool hz__known_until(hz_plan *x, hz_reg *r, const ans_insn *in) {
  if ((in->op != ANS_OP_ADD && in->op != ANS_OP_SUB && in->op != ANS_OP_MUL) || in->a == in->b || !hz__table(x->h, in->a) || !hz__table(x->h, in->b)) return false;
  x->still = hz__changes(x->h, in->a) < hz__changes(x->h, in->b) ? in->a : in->b;
  const bool known = hz__known(x, r, in);
  r->also = x->still;
  x->still = ANS_NONE;
  return known;
}

static void hz__classify(hz_plan *x) {
  for (uint32_t i = 0; i < x->p->insn_count; i++) {
    const ans_insn *in = &x->p->insns[i];
    hz_reg *r = &x->h->regs[i];
    if (!r->planned || r->kind == HZ_TABLE) continue;
    x->all_still = true;
    vm__operands(x->p, in, hz__operand, x);
    if (in->op == ANS_OP_SPLIT) r->act = HZ_SPLIT;
    else if (in->op == ANS_OP_SEG_FIND) r->act = hz__table(x->h, in->a) || !hz__inside(&x->p->insns[in->c]) ? HZ_NOW : HZ_NOTHING; /* a day of the period, whichever it is */
    else if (x->all_still) r->act = HZ_NOTHING;
    else if (!hz__known(x, r, in) && !hz__known_until(x, r, in)) *r = (hz_reg){.act = HZ_ABSORB, .planned = true, .also = ANS_NONE};
  }
}

/* --- cuts ------------------------------------------------------------------------------------------------------------------ */
/* Whether it matters that a row has two segments with the same cells instead of one. It does not where segments are only read on their days (timelines, comparisons with fixed dates), found by a day of
 * theirs, asked for any, all, the least or the greatest, or where their lengths are added up. Everything else about first and last days, counts, other sums and ranks says that cuts count. */
enum { CUT_NO_DAY, CUT_FIRST, CUT_LAST, CUT_DIFFERENCE /* last - first */, CUT_LENGTH /* that and 1 */ };
typedef struct hz_cuts { hz_plan *x; uint8_t *role; const ans_insn *in; uint32_t at; } hz_cuts;

static bool hz__one_day(const hz_plan *x, uint32_t reg) {
  const hz_reg *r = &x->h->regs[reg];
  return r->kind == HZ_TABLE && x->h->tables[r->table].constant && !x->h->tables[r->table].state[0] && x->h->tables[r->table].v[0] == 1;
}

static uint8_t hz__role(const hz_cuts *k, const ans_insn *in) {
  if (in->op == ANS_OP_SEG_FROM) return CUT_FIRST;
  if (in->op == ANS_OP_SEG_TO) return CUT_LAST;
  if (in->op == ANS_OP_SUB && k->role[in->a] == CUT_LAST && k->role[in->b] == CUT_FIRST && in->type.tag == ANS_T_INT) return CUT_DIFFERENCE;
  return in->op == ANS_OP_ADD && k->role[in->a] == CUT_DIFFERENCE && hz__one_day(k->x, in->b) ? CUT_LENGTH : CUT_NO_DAY;
}

/* A read of a register with a role that does not show cuts. */
static bool hz__harmless(const hz_cuts *k, uint32_t reg) {
  const ans_insn *in = k->in;
  const uint8_t role = k->role[reg];
  if (role == CUT_DIFFERENCE) return k->role[k->at] == CUT_LENGTH;
  if (role == CUT_LENGTH) return in->op == ANS_OP_AGG_SUM && in->c == reg && (in->b == ANS_NONE || in->b != reg);
  if (k->role[k->at] == CUT_DIFFERENCE) return true;
  switch ((int)in->op) {
    case ANS_OP_TL_AT: case ANS_OP_TL_LAST_END: case ANS_OP_TL_NEXT_START: case ANS_OP_SEG_FIND: return in->c == reg;
    case ANS_OP_EQ: case ANS_OP_NE: case ANS_OP_LT: case ANS_OP_LE: return hz__view(k->x, in->a == reg ? in->b : in->a).kind == HZ_STILL;
    default: return false;
  }
}

static void hz__cut_operand(void *ctx, uint32_t reg) {
  hz_cuts *k = ctx;
  const uint32_t unit = k->x->p->insns[reg].unit;
  if (k->role[reg] && !hz__harmless(k, reg)) k->x->h->counts_cuts[unit] = 1;
}

/* Members in a derived unit that are counted, added up (lengths excepted) or ranked. */
static void hz__cut_members(const hz_cuts *k) {
  const ans_insn *in = k->in;
  const bool sum = in->op == ANS_OP_AGG_SUM && k->role[in->c] != CUT_LENGTH;
  if (sum || in->op == ANS_OP_AGG_COUNT || in->op == ANS_OP_RANK) k->x->h->counts_cuts[k->x->p->insns[in->a].unit] = 1;
}

static ans_status hz__find_cuts(hz_plan *x, ans_error *err) {
  const ans_program *p = x->p;
  hz_cuts k = {.x = x, .role = calloc((size_t)p->insn_count + 1, 1)};
  if (!k.role) return hz__memory(err);
  for (k.at = 0; k.at < p->insn_count; k.at++) {
    k.in = &p->insns[k.at];
    if (!x->h->regs[k.at].planned) continue;
    k.role[k.at] = hz__role(&k, k.in);
    vm__operands(p, k.in, hz__cut_operand, &k);
    if ((k.in->op >= ANS_OP_AGG_COUNT && k.in->op <= ANS_OP_AGG_ALL) || k.in->op == ANS_OP_RANK) hz__cut_members(&k);
  }
  for (uint32_t i = p->insn_count; i-- > 0;) { /* cuts of one unit are cuts of those split later by its segments */
    const ans_insn *in = &p->insns[i];
    for (uint32_t t = 0; in->op == ANS_OP_SPLIT && x->h->regs[i].planned && x->h->counts_cuts[in->a] && t + 2 < in->c; t += 3)
      if (p->lists[in->b + t] == ANS_SPLIT_SEGMENTS) x->h->counts_cuts[p->lists[in->b + t + 1]] = 1;
  }
  free(k.role);
  return ANS_OK;
}

/* --- demand ---------------------------------------------------------------------------------------------------------------- */
/* Without tables, before there is a plan: what may move (numbers and dates from the period, and what carries them on), and who reads it. The rows that these readers matter in decide when results cease to hold. */
typedef struct hz_watch { uint8_t *moves; bool any; } hz_watch;
static void hz__watch_operand(void *ctx, uint32_t reg) { ((hz_watch *)ctx)->any |= ((hz_watch *)ctx)->moves[reg]; }

static bool hz__carries(const ans_insn *in) {
  if (in->unit == 0) return true;
  if (!hz__number(&in->type) && in->type.tag != ANS_T_DATE && in->type.tag != ANS_T_MONTH) return false;
  switch ((int)in->op) {
    case ANS_OP_TL_AT: case ANS_OP_TL_LAST_END: case ANS_OP_TL_NEXT_START: case ANS_OP_TL_DAYS: case ANS_OP_PARAM: case ANS_OP_AGG_COUNT: case ANS_OP_RANK: return false;
    default: return true;
  }
}

ans_vm *vm__horizon_vm(const ans_program *p, const uint32_t *wanted, uint32_t n, uint32_t chunk) {
  hz_watch k = {.moves = calloc((size_t)p->insn_count + 1, 1)};
  uint8_t *watched = calloc((size_t)p->insn_count + 1, 1);
  for (uint32_t i = 0; k.moves && watched && i < p->insn_count; i++) {
    const ans_insn *in = &p->insns[i];
    k.any = in->op == ANS_OP_SEG_FROM || in->op == ANS_OP_SEG_TO || (in->op == ANS_OP_PERIOD && in->a != 3);
    vm__operands(p, in, hz__watch_operand, &k);
    k.moves[i] = k.any && hz__carries(in);
    watched[i] = k.any && in->unit != 0;
  }
  ans_vm *vm = k.moves && watched ? vm__new(p, wanted, n, chunk, watched) : NULL;
  free(k.moves);
  free(watched);
  return vm;
}

/* --- making and freeing ---------------------------------------------------------------------------------------------------- */
static bool hz__alloc_tables(vm_horizon *h) {
  const uint32_t count = h->table_count;
  for (h->table_count = 0; h->table_count < count;)
    if (!hz__add_table(h)) return false;
  return true;
}

ans_status vm__horizon_new(ans_vm *vm, int32_t first, uint32_t count, vm_horizon **out, ans_error *err) {
  const ans_program *p = vm->program;
  vm_horizon *h = calloc(1, sizeof *h);
  hz_plan x = {.h = h, .vm = vm, .p = p, .still = ANS_NONE};
  *out = h;
  if (!h) return hz__memory(err);
  h->periods = count;
  h->first_period = first;
  h->regs = calloc((size_t)p->insn_count + 1, sizeof *h->regs);
  h->limits = calloc((size_t)p->unit_count + 1, sizeof *h->limits);
  h->bounds = calloc((size_t)p->param_count + 1, sizeof *h->bounds);
  h->counts_cuts = calloc((size_t)p->unit_count + 1, 1);
  h->last_day = calloc((size_t)count + 1, sizeof *h->last_day);
  ans_status status = h->regs && h->limits && h->bounds && h->counts_cuts && h->last_day ? ANS_OK : hz__memory(err);
  for (uint32_t k = 0; status == ANS_OK && k < count; k++) h->last_day[k] = ans_period_last(p->period_kind, first + (int32_t)k);
  for (uint32_t i = 0; status == ANS_OK && i < p->insn_count; i++) h->regs[i].also = ANS_NONE;
  for (uint32_t s = 0; status == ANS_OK && s < vm->step_count; s++)
    if (vm->steps[s].in) h->regs[vm->steps[s].reg].planned = true;
  if (status == ANS_OK) hz__find_tables(&x);
  if (status == ANS_OK && !hz__alloc_tables(h)) status = hz__memory(err);
  if (status == ANS_OK) status = hz__fill_tables(&x, err);
  for (uint32_t i = 0; status == ANS_OK && i < p->insn_count; i++)
    if (h->regs[i].kind == HZ_TABLE) hz__shape(h, &h->tables[h->regs[i].table], &p->insns[i].type);
  if (status == ANS_OK) hz__classify(&x);
  if (status == ANS_OK) status = hz__find_cuts(&x, err);
  if (status == ANS_OK) return ANS_OK;
  vm__horizon_free(vm, h);
  *out = NULL;
  return status;
}

static void hz__release(ans_vm *vm, void *data, size_t bytes) {
  free(data);
  vm->bytes -= bytes;
}

void vm__horizon_free(ans_vm *vm, vm_horizon *h) {
  const ans_program *p = vm->program;
  if (!h) return;
  for (uint32_t i = 0; h->regs && i < p->insn_count; i++) hz__release(vm, h->regs[i].moves, h->regs[i].cap * sizeof(uint64_t));
  for (uint32_t t = 0; h->tables && t < h->table_count; t++) {
    free(h->tables[t].v);
    free(h->tables[t].state);
    free(h->tables[t].next);
  }
  for (uint32_t u = 0; h->limits && u < p->unit_count; u++) hz__release(vm, h->limits[u].row, h->limits[u].cap * sizeof(uint16_t));
  for (uint32_t k = 0; h->bounds && k < p->param_count; k++) free(h->bounds[k].day);
  hz__release(vm, h->scratch.data, h->scratch.bytes);
  free(h->regs);
  free(h->tables);
  free(h->limits);
  free(h->bounds);
  free(h->counts_cuts);
  free(h->last_day);
  free(h);
}
