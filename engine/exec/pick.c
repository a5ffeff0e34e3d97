/* Dense copies of the components that must be evaluated again, so that batches stay full. Values and bitmaps are gathered with the kernels of the VM, timelines copied
 * in whole runs; references move with their component. Buffers are kept from pick to pick: the copies are as large as a batch and stay in the cache.
 * Rejected: evaluating in place with a list of rows, which every timeline operation and every fact would pay for; the builder of engine/columns, which allocates and checks.
 * The source satisfies ans_columns_check; so does the copy, except that facts which no step reads are empty and rows have no names. */
#include <stdlib.h>
#include "exec/pick.h"

enum { PICK_UNIT_ROWS, PICK_UNIT_STARTS, PICK_UNIT_BUFFERS };
enum { PICK_VALUES, PICK_TRUTH, PICK_PLANES, PICK_OFFSETS = PICK_PLANES + ANS_PLANES, PICK_ITEMS, PICK_SINCE, PICK_NECK_SINCE, PICK_TAIL_VALUES, PICK_TAIL_TRUTH, PICK_TAIL_PLANES,
  PICK_NECK_VALUES = PICK_TAIL_PLANES + ANS_PLANES, PICK_NECK_TRUTH, PICK_NECK_PLANES, PICK_FACT_BUFFERS = PICK_NECK_PLANES + ANS_PLANES };
enum { PICK_SLACK = 64 * sizeof(int64_t) }; /* kernels may read to the end of a word of rows */

static ans_status pick__room(ans_vm *vm, vm_scratch *b, size_t bytes, void **out, ans_error *err) {
  const ans_status status = vm__grow(vm, &b->data, &b->bytes, bytes + PICK_SLACK, 1, false, err);
  *out = b->data;
  return status;
}

static vm_scratch *pick__unit(vm_picked *k, uint32_t unit, unsigned which) { return &k->buffers[unit * PICK_UNIT_BUFFERS + which]; }
static vm_scratch *pick__fact(const ans_program *p, vm_picked *k, uint32_t fact, unsigned which) {
  return &k->buffers[p->unit_count * PICK_UNIT_BUFFERS + fact * PICK_FACT_BUFFERS + which];
}

ans_status vm__pick_new(ans_vm *vm, vm_picked *k, ans_error *err) {
  const ans_program *p = vm->program;
  *k = (vm_picked){.columns = {.program = p}};
  k->used = calloc((size_t)p->fact_count + 1, 1);
  k->rows = calloc((size_t)p->unit_count + 1, sizeof *k->rows);
  k->source_rows = calloc((size_t)p->unit_count + 1, sizeof *k->source_rows);
  k->buffers = calloc((size_t)p->unit_count * PICK_UNIT_BUFFERS + (size_t)p->fact_count * PICK_FACT_BUFFERS + 1, sizeof *k->buffers);
  k->columns.units = calloc((size_t)p->unit_count + 1, sizeof *k->columns.units);
  k->columns.facts = calloc((size_t)p->fact_count + 1, sizeof *k->columns.facts);
  k->columns.timelines = calloc((size_t)p->fact_count + 1, sizeof *k->columns.timelines);
  if (!k->used || !k->rows || !k->source_rows || !k->buffers || !k->columns.units || !k->columns.facts || !k->columns.timelines) {
    vm__pick_free(vm, k);
    return ans_error_set(err, ANS_MEMORY, "E-EXEC-NOMEM", NULL, NULL);
  }
  for (uint32_t s = 0; s < vm->step_count; s++) {
    const ans_insn *in = vm->steps[s].in;
    if (!in) continue;
    if (in->op == ANS_OP_FACT || in->op == ANS_OP_TL_AT || in->op == ANS_OP_TL_LAST_END || in->op == ANS_OP_TL_NEXT_START) k->used[in->a] = 1;
    if (in->op == ANS_OP_TL_DAYS) k->used[in->c] = 1;
    for (uint32_t t = 0; in->op == ANS_OP_SPLIT && t + 2 < in->c; t += 3)
      if (p->lists[in->b + t] == ANS_SPLIT_TIMELINE) k->used[p->lists[in->b + t + 1]] = 1;
  }
  return ANS_OK;
}

void vm__pick_free(ans_vm *vm, vm_picked *k) {
  const size_t n = (size_t)vm->program->unit_count * PICK_UNIT_BUFFERS + (size_t)vm->program->fact_count * PICK_FACT_BUFFERS;
  for (size_t b = 0; k->buffers && b < n; b++) {
    free(k->buffers[b].data);
    vm->bytes -= k->buffers[b].bytes;
  }
  vm->bytes -= k->override_cap * sizeof *k->columns.overrides;
  free(k->columns.overrides);
  free(k->columns.units);
  free(k->columns.facts);
  free(k->columns.timelines);
  free(k->buffers);
  free(k->rows);
  free(k->source_rows);
  free(k->used);
  *k = (vm_picked){0};
}

/* --- rows ----------------------------------------------------------------------------------------------------------------- */
static ans_status pick__rows(ans_vm *vm, vm_picked *k, const ans_columns *c, uint32_t unit, const uint32_t *list, uint32_t n, ans_error *err) {
  const uint32_t *starts = c->units[unit].component_first;
  uint32_t rows = 0;
  void *data;
  for (uint32_t i = 0; i < n; i++) rows += starts[list[i] + 1] - starts[list[i]];
  ans_status status = pick__room(vm, pick__unit(k, unit, PICK_UNIT_STARTS), ((size_t)n + 1) * sizeof(uint32_t), &data, err);
  if (status != ANS_OK) return status;
  uint32_t *first = k->columns.units[unit].component_first = data;
  status = pick__room(vm, pick__unit(k, unit, PICK_UNIT_ROWS), (size_t)rows * sizeof(int32_t), &data, err);
  if (status != ANS_OK) return status;
  int32_t *row = k->rows[unit] = data;
  uint32_t at = 0;
  for (uint32_t i = 0; i < n; i++) {
    first[i] = at;
    for (uint32_t r = starts[list[i]]; r < starts[list[i] + 1]; r++) row[at++] = (int32_t)r;
  }
  first[n] = at;
  k->columns.units[unit].rows = rows;
  k->source_rows[unit] = c->units[unit].rows;
  return ANS_OK;
}

/* --- cells ---------------------------------------------------------------------------------------------------------------- */
static ans_status pick__bits(ans_vm *vm, const vm_picked *k, uint32_t unit, vm_scratch *b, const uint64_t *from, uint64_t **out, ans_error *err) {
  const uint32_t rows = k->columns.units[unit].rows;
  void *data;
  *out = NULL;
  if (!from) return ANS_OK;
  const ans_status status = pick__room(vm, b, (vm__words(rows) + 1) * sizeof(uint64_t), &data, err);
  if (status != ANS_OK) return status;
  *out = data;
  vm__gather_bits(vm, true, *out, &(vm_reg){.v4 = k->rows[unit]}, 0, from, k->source_rows[unit], rows);
  return ANS_OK;
}

static ans_status pick__values(ans_vm *vm, const vm_picked *k, uint32_t unit, vm_scratch *b, const ans_values *from, ans_values *out, ans_error *err) {
  const uint32_t rows = k->columns.units[unit].rows;
  void *data;
  *out = (ans_values){0};
  if (!from->data) return ANS_OK;
  const ans_status status = pick__room(vm, b, (size_t)rows * from->bytes, &data, err);
  if (status != ANS_OK) return status;
  *out = (ans_values){data, from->bytes};
  if (from->bytes == 4) vm->k->v4.gather(data, k->rows[unit], 0, from->data, k->source_rows[unit], rows);
  else vm->k->v8.gather(data, k->rows[unit], 0, from->data, k->source_rows[unit], rows);
  return ANS_OK;
}

/* A column of a fact, or the tails of a timeline (first: the buffers of either). */
static ans_status pick__column(ans_vm *vm, vm_picked *k, uint32_t fact, unsigned values, unsigned truth, unsigned planes, const ans_column *from, ans_column *to, ans_error *err) {
  const ans_program *p = vm->program;
  const uint32_t unit = p->facts[fact].unit;
  ans_status status = pick__values(vm, k, unit, pick__fact(p, k, fact, values), &from->values, &to->values, err);
  if (status == ANS_OK) status = pick__bits(vm, k, unit, pick__fact(p, k, fact, truth), from->truth, &to->truth, err);
  for (unsigned s = 0; s < ANS_PLANES && status == ANS_OK; s++) status = pick__bits(vm, k, unit, pick__fact(p, k, fact, planes + s), from->planes[s], &to->planes[s], err);
  return status;
}

/* References of the picked rows move with their component. */
static ans_status pick__move(const vm_picked *k, const ans_columns *c, uint32_t fact, const uint32_t *list, uint32_t n, const ans_column *x, ans_error *err) {
  const uint32_t unit = c->program->facts[fact].unit, target = c->program->facts[fact].type.ref, *first = k->columns.units[unit].component_first;
  bool fit = true;
  for (uint32_t i = 0; i < n; i++) {
    const int64_t shift = (int64_t)k->columns.units[target].component_first[i] - (int64_t)c->units[target].component_first[list[i]];
    for (uint32_t r = first[i]; r < first[i + 1]; r++)
      if (!x->planes[0] || !vm__bit(x->planes[0], r)) fit &= ans_values_set(&x->values, r, ans_values_get(&x->values, r) + shift);
  }
  return fit ? ANS_OK : ans_columns_damaged(c, fact, "values", err);
}

static ans_status pick__timeline(ans_vm *vm, vm_picked *k, const ans_columns *c, uint32_t fact, const uint32_t *list, uint32_t n, ans_error *err) {
  const ans_program *p = vm->program;
  const uint32_t unit = p->facts[fact].unit, rows = k->columns.units[unit].rows, *starts = c->units[unit].component_first;
  const ans_timeline *from = &c->timelines[fact];
  const bool refs = p->facts[fact].type.tag == ANS_T_REF;
  ans_timeline *to = &k->columns.timelines[fact];
  size_t count = 0;
  void *data;
  *to = (ans_timeline){0};
  if (!from->offsets) return ANS_OK;
  for (uint32_t i = 0; i < n; i++) { /* the rows lie far apart: all their intervals are fetched before the first is copied */
    __builtin_prefetch(from->items + from->offsets[starts[list[i]]]);
    count += from->offsets[starts[list[i] + 1]] - from->offsets[starts[list[i]]];
  }
  ans_status status = pick__room(vm, pick__fact(p, k, fact, PICK_OFFSETS), ((size_t)rows + 1) * sizeof(uint32_t), &data, err);
  to->offsets = data;
  if (status == ANS_OK) status = pick__room(vm, pick__fact(p, k, fact, PICK_ITEMS), count * sizeof(ans_interval), &data, err);
  to->items = data;
  if (status != ANS_OK) return status;
  uint32_t row = 0, item = 0;
  for (uint32_t i = 0; i < n; i++) {
    const uint32_t begin = from->offsets[starts[list[i]]], end = from->offsets[starts[list[i] + 1]];
    for (uint32_t r = starts[list[i]]; r < starts[list[i] + 1]; r++) to->offsets[row++] = item + from->offsets[r] - begin;
    if (end > begin) memcpy(to->items + item, from->items + begin, (end - begin) * sizeof *to->items);
    const uint32_t target = p->facts[fact].type.ref;
    const int64_t shift = refs ? (int64_t)k->columns.units[target].component_first[i] - (int64_t)c->units[target].component_first[list[i]] : 0;
    for (uint32_t t = item; refs && t < item + end - begin; t++)
      if (to->items[t].state == ANS_VALUE) to->items[t].value += shift;
    item += end - begin;
  }
  to->offsets[rows] = item;
  if (!from->since) return ANS_OK;
  status = pick__room(vm, pick__fact(p, k, fact, PICK_SINCE), (size_t)rows * sizeof *to->since, &data, err);
  to->since = data;
  if (status == ANS_OK) status = pick__room(vm, pick__fact(p, k, fact, PICK_NECK_SINCE), (size_t)rows * sizeof *to->neck_since, &data, err);
  to->neck_since = data;
  if (status != ANS_OK) return status;
  for (uint32_t r = 0; r < rows; r++) {
    to->since[r] = from->since[k->rows[unit][r]];
    to->neck_since[r] = from->neck_since[k->rows[unit][r]];
  }
  status = pick__column(vm, k, fact, PICK_TAIL_VALUES, PICK_TAIL_TRUTH, PICK_TAIL_PLANES, &from->tail, &to->tail, err);
  if (status == ANS_OK) status = pick__column(vm, k, fact, PICK_NECK_VALUES, PICK_NECK_TRUTH, PICK_NECK_PLANES, &from->neck, &to->neck, err);
  if (status == ANS_OK && refs) status = pick__move(k, c, fact, list, n, &to->tail, err);
  if (status == ANS_OK && refs) status = pick__move(k, c, fact, list, n, &to->neck, err);
  return status;
}

/* --- overrides ------------------------------------------------------------------------------------------------------------ */
/* The picked row of a source row, or ANS_NONE. */
static uint32_t pick__find(const vm_picked *k, uint32_t unit, uint32_t row) {
  uint32_t lo = 0, hi = k->columns.units[unit].rows;
  while (lo < hi) {
    const uint32_t mid = lo + (hi - lo) / 2;
    if ((uint32_t)k->rows[unit][mid] < row) lo = mid + 1;
    else hi = mid;
  }
  return lo < k->columns.units[unit].rows && (uint32_t)k->rows[unit][lo] == row ? lo : ANS_NONE;
}

static ans_status pick__overrides(ans_vm *vm, vm_picked *k, const ans_columns *c, ans_error *err) {
  void *data = k->columns.overrides;
  k->columns.override_count = 0;
  if (!c->override_count) return ANS_OK;
  const ans_status status = vm__grow(vm, &data, &k->override_cap, c->override_count, sizeof *k->columns.overrides, false, err);
  k->columns.overrides = data;
  for (uint32_t i = 0; i < c->override_count && status == ANS_OK; i++) { /* rows keep their order, so the copy is sorted */
    ans_override o = c->overrides[i];
    const ans_type type = vm->program->results[o.result].type;
    o.row = pick__find(k, vm->program->results[o.result].unit, o.row);
    if (o.row == ANS_NONE) continue;
    if (type.tag == ANS_T_REF && o.value.state == ANS_VALUE) o.value.v = pick__find(k, type.ref, (uint32_t)o.value.v);
    k->columns.overrides[k->columns.override_count++] = o;
  }
  return status;
}

ans_status vm__pick(ans_vm *vm, vm_picked *k, const ans_columns *c, const uint32_t *list, uint32_t n, ans_error *err) {
  const ans_program *p = vm->program;
  ans_status status = ANS_OK;
  k->columns.components = n;
  k->columns.first_day = c->first_day;
  k->columns.texts = c->texts;
  k->columns.text_count = c->text_count;
  for (uint32_t u = 1; u < p->unit_count && status == ANS_OK; u++) status = pick__rows(vm, k, c, u, list, n, err);
  for (uint32_t f = 0; f < p->fact_count && status == ANS_OK; f++) {
    if (!k->used[f]) continue;
    if (p->facts[f].kind == ANS_FACT_TIMELINE) {
      status = pick__timeline(vm, k, c, f, list, n, err);
      continue;
    }
    status = pick__column(vm, k, f, PICK_VALUES, PICK_TRUTH, PICK_PLANES, &c->facts[f], &k->columns.facts[f], err);
    if (status == ANS_OK && p->facts[f].type.tag == ANS_T_REF) status = pick__move(k, c, f, list, n, &k->columns.facts[f], err);
  }
  return status == ANS_OK ? pick__overrides(vm, k, c, err) : status;
}
