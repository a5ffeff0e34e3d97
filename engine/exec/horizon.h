/* How long results hold (ADR-0016). Private to the VM: span.c asks, horizon_plan.c analyses a program over the periods of a span, horizon.c finds, while a batch is evaluated,
 * for every component the last period whose wanted results are certainly those just computed.
 *
 * Periods of a span are counted from 0. Every register of the plan is of one kind for the span:
 *   TABLE  depends on the period alone; its cell of every period is known beforehand (a shadow program of such registers, one row, run once for each period)
 *   STILL  its cells stay as they are as long as their component holds
 *   SHIFT  in its moving rows, the value rises (sign 1) or falls (-1) with a rising table: v(k) = v + sign · (table(k) - table(now))
 *   TIMES  in its moving rows, the value is a whole multiple of a positive table: v(k) = v / table(now) · table(k)
 * A day segment that is the whole period counts as TABLE; components in which a row has several segments are evaluated anew in the next period. In periods that hold, rows may be cut:
 * where that could show, a cut lowers the horizon; elsewhere cells of segments are the same on every day until the horizon.
 * Invariant: until its horizon, every demanded cell of a component behaves as its kind says; what could not be shown to do so has lowered the horizon. */
#ifndef ANS_EXEC_HORIZON_H
#define ANS_EXEC_HORIZON_H
#include "exec/machine.h"

typedef enum hz_kind { HZ_STILL, HZ_TABLE, HZ_SHIFT, HZ_TIMES } hz_kind;
typedef enum hz_act {
  HZ_NOTHING,
  HZ_ABSORB,                     /* changes when an operand does */
  HZ_NOW,                        /* nothing is known beyond this period */
  HZ_COMPARE,                    /* one side is TABLE or SHIFT: changes when the other value is reached */
  HZ_TIMELINE, HZ_PARAM,         /* asked on a day that moves: change at the next change of what is asked */
  HZ_SPLIT,
  HZ_ROWS, HZ_GATHER, HZ_SELECT, HZ_RESOLVE, HZ_DEFAULT, HZ_PICK, HZ_FOLD /* carry moving rows from operands to the result */
} hz_act;

typedef struct hz_reg {
  uint8_t kind, act;
  int8_t sign;
  bool planned;                  /* a step of the plan computes it */
  bool sure;                     /* SHIFT, TIMES: every row that has a value moves (TIMES: or is 0) */
  bool echo;                     /* SHIFT: moving rows that have a value have that of the table */
  uint32_t table;                /* TABLE: its own; SHIFT, TIMES: with which it moves */
  uint32_t also;                 /* an operand taken for fixed, whose changes end what holds; ANS_NONE: none */
  uint64_t *moves;               /* SHIFT, TIMES: moving rows of batch `stamp`; in any other batch there are none */
  size_t cap;
  uint64_t stamp;
} hz_reg;

typedef struct hz_table {
  int64_t *v;                    /* per period */
  uint8_t *state;
  uint16_t *next;                /* per period: the first later one whose cell differs; `periods` if none */
  bool constant, rising, positive; /* rising: values that never fall; positive: values from 1 to HZ_LARGEST_FACTOR */
} hz_table;
#define HZ_LARGEST_FACTOR (INT64_C(1) << 20)
#define HZ_LARGEST_RISE (INT64_C(1) << 60)

typedef struct hz_limits { uint16_t *row; size_t cap; } hz_limits;
typedef struct hz_bounds { int64_t *day; uint32_t count; bool built; } hz_bounds; /* days on which some row of a parameter begins or has just ended, ascending */

typedef struct vm_horizon {
  uint32_t periods, at;          /* of the span; the one under evaluation */
  int32_t first_period;
  hz_reg *regs;                  /* insn_count */
  hz_table *tables; uint32_t table_count, table_cap;
  hz_limits *limits;             /* per unit: last period for each row of the batch */
  uint8_t *counts_cuts;          /* per unit: derived, and results may depend on where its rows are cut even if their cells do not (horizon_plan.c) */
  int64_t *last_day;             /* per period */
  hz_bounds *bounds;             /* per parameter */
  vm_scratch scratch;
  uint16_t *holds;               /* per component of the columns of the run: last period in which the results hold */
} vm_horizon;

/* The VM for a span: it keeps masks of demanded rows also for cheap operations where horizons may end. NULL: out of memory. */
ans_vm *vm__horizon_vm(const ans_program *p, const uint32_t *wanted, uint32_t n, uint32_t chunk);
/* Makes the analysis of the plan of `vm` for the periods first … first + count - 1 with the law that it knows. *out is the caller's to free. */
ans_status vm__horizon_new(ans_vm *vm, int32_t first, uint32_t count, vm_horizon **out, ans_error *err) ANS_MUST_CHECK;
void vm__horizon_free(ans_vm *vm, vm_horizon *h);
/* Of the batch that run.c evaluates: before its first step, after each step, after the last. */
ans_status vm__horizon_begin(ans_vm *vm, ans_error *err) ANS_MUST_CHECK;
ans_status vm__horizon_step(ans_vm *vm, const vm_step *st, const vm_reg *d, size_t n, ans_error *err) ANS_MUST_CHECK;
void vm__horizon_end(ans_vm *vm);
/* What the plan of horizon_plan.c and its reading in horizon.c have in common: the table of a register that varies, or NULL. */
static inline const hz_table *hz__table(const vm_horizon *h, uint32_t reg) {
  const hz_reg *r = &h->regs[reg];
  return r->kind == HZ_STILL || h->tables[r->table].constant ? NULL : &h->tables[r->table];
}
#endif
