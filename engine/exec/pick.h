/* Some components of columns as columns of their own (pick.c). Private to the VM: only what a plan reads is there, and texts are shared with the source. */
#ifndef ANS_EXEC_PICK_H
#define ANS_EXEC_PICK_H
#include "exec/machine.h"

typedef struct vm_picked {
  ans_columns columns;           /* what was picked last; valid until the next pick */
  uint8_t *used;                 /* per fact: the plan reads it */
  int32_t **rows;                /* per unit: source row of every row */
  uint32_t *source_rows;         /* per unit: rows of the source */
  vm_scratch *buffers;           /* per unit, then per fact */
  size_t override_cap;
} vm_picked;

ans_status vm__pick_new(ans_vm *vm, vm_picked *k, ans_error *err) ANS_MUST_CHECK;
void vm__pick_free(ans_vm *vm, vm_picked *k);
/* The components list[0 … n) (ascending) of c. */
ans_status vm__pick(ans_vm *vm, vm_picked *k, const ans_columns *c, const uint32_t *list, uint32_t n, ans_error *err) ANS_MUST_CHECK;
#endif
