/* See fill.h. */
#include "fill.h"
#include "bench.h"

static ans_scalar any_value(const ans_program *p, const ans_fact *f, uint32_t unknown, uint64_t *random) {
  if (bench_chance(random, unknown)) return (ans_scalar){0, ANS_UNKNOWN};
  if (f->type.tag == ANS_T_BOOL) return (ans_scalar){bench_below(random, 2), ANS_VALUE};
  if (f->type.tag == ANS_T_ENUM) return (ans_scalar){bench_below(random, p->enums[f->type.ref].value_count), ANS_VALUE};
  if (f->type.tag == ANS_T_DATE) return (ans_scalar){bench_below(random, 20000), ANS_VALUE};
  return (ans_scalar){bench_below(random, bench_chance(random, 5000) ? 5 : 20000), ANS_VALUE};
}

static bool one_row(const ans_program *p, ans_columns_builder *b, uint32_t k, uint32_t unknown, uint64_t *random) {
  ans_error err = {0};
  bool ok = !bench_failed("columns", ans_columns_begin_component(b, &err), &err);
  for (uint32_t u = 1, row; u < p->unit_count && ok; u++) ok = p->units[u].parent != ANS_NONE || !bench_failed("columns", ans_columns_add_row(b, u, NULL, &row, &err), &err);
  for (uint32_t f = 0; f < p->fact_count && ok; f++)
    if (p->facts[f].kind == ANS_FACT_SCALAR && p->facts[f].type.tag != ANS_T_REF) ok = !bench_failed(p->facts[f].name, ans_columns_set(b, f, k, any_value(p, &p->facts[f], unknown, random), &err), &err);
  return ok && !bench_failed("columns", ans_columns_end_component(b, &err), &err);
}

ans_columns *fill_scalars(const ans_program *p, const fill_rates *rates) {
  ans_columns_builder *b = ans_columns_builder_new(p);
  ans_columns *c = NULL;
  ans_error err = {0};
  uint64_t random = rates->seed;
  bool ok = b != NULL;
  for (uint32_t k = 0; k < rates->rows && ok; k++) ok = one_row(p, b, k, rates->blank_every && k % rates->blank_every == 0 ? 10000 : rates->unknown, &random);
  if (ok) (void)bench_failed("columns", ans_columns_finish(b, &c, &err), &err);
  ans_columns_builder_free(b);
  return c;
}
