/* Demand of registers: the plan of masks (demand.c) that masks.c fills per batch. Part of machine.h. */
#ifndef ANS_EXEC_DEMAND_H
#define ANS_EXEC_DEMAND_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "code/program.h"

enum {
  VM_DEMAND_STEPS = 16384,       /* registers with many rows that are analysed; larger programs compute every row */
  VM_DEMAND_TERMS = 24,          /* of one mask; more readers than that: all rows */
  VM_DEMAND_DEPTH = 6,           /* guards behind guards that are given up one by one, before a mask becomes all rows */
  VM_DEMAND_GAIN = 24,           /* cost of all that a guard must be able to save, to be asked */
  VM_DEMAND_COST = 8             /* operations that gain by a mask, see demand__cost */
};
#define VM_DEMAND_WORK UINT64_C(8000000) /* nodes visited while a plan is made: parts of a second; registers after that are computed in all rows */

typedef enum vm_way {
  VM_WAY_ROW,                    /* the rows of the reader themselves */
  VM_WAY_SOURCE,                 /* rows that the reader's reference names */
  VM_WAY_MEMBER,                 /* rows whose reference names a row of the reader, and those whose reference is open */
  VM_WAY_ALL                     /* every row if the reader needs any */
} vm_way;
typedef enum vm_when { VM_WHEN_NOT_FALSE, VM_WHEN_NOT_TRUE, VM_WHEN_UNKNOWN } vm_when;

typedef struct vm_term {
  uint32_t from;                 /* mask of the reader; ANS_NONE: all its rows */
  uint32_t guard;                /* register of the unit of the mask, or uniform; ANS_NONE: none */
  uint32_t ref;                  /* SOURCE: reference of the reader; MEMBER: reference of the members; else ANS_NONE */
  uint8_t way, when;
} vm_term;

typedef struct vm_mask {
  uint32_t unit, first_term, terms;
  bool used;
  /* per batch */
  bool any, all;
  size_t count;                  /* rows */
  uint64_t *bits;
  size_t cap;
} vm_mask;

typedef struct vm_demand {
  uint32_t *order, count;        /* registers with many rows, and insn_count + mask, each after what it reads */
  uint32_t *mask_of;             /* per register: its mask, ANS_NONE: all rows */
  vm_mask *masks; uint32_t mask_count;
  vm_term *terms;
} vm_demand;

/* needed, one: per register, see plan.c; split_of: SPLIT per unit or ANS_NONE; output_of: ANS_NONE unless wanted. watched, or NULL: registers whose rows somebody wants to know even where no
 * operation gains by it. False: out of memory. */
bool vm__demand_plan(const ans_program *p, const uint8_t *needed, const uint8_t *one, const uint32_t *split_of, const uint32_t *output_of, const uint8_t *watched, vm_demand *out);
void vm__demand_free(vm_demand *d);

/* Calls visit for every register that in reads (plan.c). */
typedef void vm_visit(void *ctx, uint32_t reg);
void vm__operands(const ans_program *p, const ans_insn *in, vm_visit *visit, void *ctx);
#endif
