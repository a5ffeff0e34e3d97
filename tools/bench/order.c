/* What it would bring to keep households of one size together: the three laws over one population, as its clusters come and ordered by size. A cluster is what references connect; its size is the number
 * of rows it has, its shape that number for each unit. Ordered columns are made by copying clusters one by one (ans_columns_append), so that only the order differs; every result is compared. See bench.h. */
#include <stdlib.h>
#include "laws_stage.h"
#include "versus.h"

typedef struct placed { const ans_columns *columns; uint32_t component, size; bool by_shape; } placed;

static uint32_t rows_of(const ans_columns *c, uint32_t unit, uint32_t component) {
  const uint32_t *first = c->units[unit].component_first;
  return first ? first[component + 1] - first[component] : 0;
}

static int by_size(const void *x, const void *y) {
  const placed *a = x, *b = y;
  if (a->size != b->size) return a->size < b->size ? -1 : 1;
  for (uint32_t u = 1; a->by_shape && u < a->columns->program->unit_count; u++) {
    const uint32_t m = rows_of(a->columns, u, a->component), n = rows_of(a->columns, u, b->component);
    if (m != n) return m < n ? -1 : 1;
  }
  return a->component < b->component ? -1 : a->component > b->component;
}

/* The same components in another order; order: theirs, components entries. NULL with a line on stderr. */
static ans_columns *ordered(const ans_columns *c, bool by_shape, placed *order) {
  ans_error err = {0};
  ans_columns *out = NULL;
  for (uint32_t k = 0; k < c->components; k++) {
    order[k] = (placed){.columns = c, .component = k, .by_shape = by_shape};
    for (uint32_t u = 1; u < c->program->unit_count; u++) order[k].size += rows_of(c, u, k);
  }
  qsort(order, c->components, sizeof *order, by_size);
  ans_columns_builder *b = ans_columns_builder_new(c->program);
  ans_status status = b ? ANS_OK : ans_error_set(&err, ANS_MEMORY, "E-MEMORY", NULL, "order", (char *)NULL);
  for (uint32_t k = 0; k < c->components && status == ANS_OK; k++) status = ans_columns_append(b, c, order[k].component, order[k].component + 1, &err);
  if (status == ANS_OK) status = ans_columns_finish(b, &out, &err);
  ans_columns_builder_free(b);
  return bench_failed("order", status, &err) ? NULL : out;
}

/* Rows in which the results of the law differ between its own columns, as the VM has just evaluated them, and kept ones of the others. */
static uint64_t different(const law *l, const ans_columns *other, const placed *order, const ans_scalar *kept) {
  uint64_t differences = 0;
  for (uint32_t k = 0; k < other->components; k++) {
    const uint32_t from = l->columns->units[l->unit].component_first[order[k].component], to = other->units[l->unit].component_first[k];
    for (uint32_t r = 0; r < rows_of(other, l->unit, k); r++)
      for (uint32_t j = 0; j < 2; j++) {
        const ans_scalar a = ans_vm_get(l->vm, l->reg[j], from + r), b = kept[2 * (to + r) + j];
        differences += a.v != b.v || a.state != b.state;
      }
  }
  return differences;
}

static bool order_of(law *l, const isa *set, bool by_shape, double households, unsigned rounds, bench_report *r, uint64_t *differences) {
  placed *order = calloc((size_t)l->columns->components + 1, sizeof *order);
  ans_scalar *kept = calloc(2 * (size_t)l->rows + 1, sizeof *kept);
  ans_columns *other = order && kept ? ordered(l->columns, by_shape, order) : NULL;
  ans_error err = {0};
  double ns = 0, ratio = 1;
  l->vm->k = set->kernels;
  bool ok = other && !bench_failed("vm", ans_vm_run(l->vm, other, 0, other->components, TIMED_MONTH, &err), &err);
  for (uint32_t row = 0; row < l->rows && ok; row++)
    for (uint32_t j = 0; j < 2; j++) kept[2 * row + j] = ans_vm_get(l->vm, l->reg[j], row);
  ok = ok && law_run(l, set->kernels, TIMED_MONTH);
  if (ok) *differences += different(l, other, order, kept);
  ok = ok && versus(&(side){l->vm, l->columns, set->kernels, households}, &(side){l->vm, other, set->kernels, households}, TIMED_MONTH, rounds, &ns, &ratio);
  if (ok) {
    const char *how = by_shape ? "shape" : "size";
    printf("  by %-6s %-22s %-12s %10.1f ns per household as they come, ordered %+7.1f %%\n", how, l->name, set->name, ns, 100 * (ratio - 1));
    bench_report_row(r, "order");
    bench_report_text(r, "by", how);
    bench_report_text(r, "law", l->name);
    bench_report_text(r, "engine", set->name);
    bench_report_number(r, "ns", ns);
    bench_report_number(r, "ratio", ratio);
  }
  ans_columns_free(other);
  free(order);
  free(kept);
  return ok;
}

bool bench_order(const bench_options *o, bench_report *r, uint64_t *differences) {
  const unsigned rounds = 3 * o->rounds;
  laws_stage s;
  bool ok = laws_make(&s, o, 0);
  if (ok) printf("\nclusters ordered by size, %u families, median of %u rounds, processor time\n", o->families, rounds);
  for (unsigned k = 0; k < 2 * LAW_COUNT * s.isa_count && ok; k++)
    ok = order_of(&s.law[k / 2 / s.isa_count], &s.isa[k / 2 % s.isa_count], k % 2, s.base.households, rounds, r, differences);
  laws_dispose(&s);
  return ok;
}
