/* Reading columns cell by cell, and the acyclicity check of pointers. Pure; thread-safe on shared columns. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "columns/columns.h"

ans_scalar ans_columns_get(const ans_columns *c, uint32_t fact, uint32_t row) {
  const ans_column *col = &c->facts[fact];
  ans_scalar v = {0, ans_planes_state(col->planes, row)};
  if (v.state == ANS_VALUE) v.v = col->truth ? (int64_t)(col->truth[row >> 6] >> (row & 63) & 1) : ans_values_get(&col->values, row);
  return v;
}

ans_scalar ans_columns_on_day(const ans_columns *c, uint32_t fact, uint32_t row, int64_t day) {
  const ans_timeline *t = &c->timelines[fact];
  uint32_t lo = t->offsets[row], hi = t->offsets[row + 1];
  while (lo < hi) { /* the first interval that ends on or after the day */
    uint32_t mid = lo + (hi - lo) / 2;
    if (t->items[mid].to < day) lo = mid + 1;
    else hi = mid;
  }
  if (lo < t->offsets[row + 1] && t->items[lo].from <= day) return (ans_scalar){t->items[lo].value, t->items[lo].state};
  return (ans_scalar){0, c->program->facts[fact].nature == ANS_NATURE_FACT ? ANS_UNKNOWN : ANS_HUMAN};
}

static ans_status access__cycle(const ans_columns *c, uint32_t fact, uint32_t row, ans_error *err) {
  const ans_fact *f = &c->program->facts[fact];
  const ans_unit_columns *u = &c->units[f->unit];
  char n[24];
  const char *id = u->ids && u->ids[row] ? u->ids[row] : ans_itoa(n, row);
  return ans_error_set(err, ANS_INPUT, "E-COL-CYCLE", c->program->units[f->unit].name, f->name, id, NULL);
}

typedef struct frame {
  uint32_t row, next; /* next pointer fact to follow */
} frame;

ans_status ans_columns_check_acyclic_all(const ans_columns *c, const uint32_t *facts, uint32_t n, ans_error *err) {
  if (n == 0) return ANS_OK;
  uint32_t unit = c->program->facts[facts[0]].unit, rows = c->units[unit].rows;
  for (uint32_t i = 0; i < n; i++) {
    const ans_fact *f = &c->program->facts[facts[i]];
    if (f->unit != unit || f->kind != ANS_FACT_SCALAR || f->type.tag != ANS_T_REF || f->type.ref != unit)
      return ans_error_set(err, ANS_INTERNAL, "E-INTERNAL", f->name, "not a pointer of a unit to itself", NULL);
  }
  uint8_t *mark = calloc((size_t)rows + 1, 1); /* 0 new, 1 on the path, 2 done */
  frame *stack = malloc(((size_t)rows + 1) * sizeof *stack);
  ans_status s = mark && stack ? ANS_OK : ans_error_set(err, ANS_MEMORY, "E-MEMORY", "columns", "acyclic", NULL);
  for (uint32_t r = 0; r < rows && s == ANS_OK; r++) {
    if (mark[r]) continue;
    uint32_t depth = 0;
    stack[depth++] = (frame){r, 0};
    mark[r] = 1;
    while (depth && s == ANS_OK) {
      frame *top = &stack[depth - 1];
      if (top->next == n) {
        mark[top->row] = 2;
        depth--;
        continue;
      }
      uint32_t fact = facts[top->next++];
      ans_scalar v = ans_columns_get(c, fact, top->row);
      if (v.state != ANS_VALUE) continue;
      uint32_t to = (uint32_t)v.v;
      if (mark[to] == 1) s = access__cycle(c, fact, to, err);
      else if (mark[to] == 0) {
        mark[to] = 1;
        stack[depth++] = (frame){to, 0};
      }
    }
  }
  free(mark);
  free(stack);
  return s;
}

ans_status ans_columns_check_acyclic(const ans_columns *c, uint32_t fact, ans_error *err) { return ans_columns_check_acyclic_all(c, &fact, 1, err); }
