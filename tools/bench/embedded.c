/* See embedded.h. */
#include "embedded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "bench.h"

bool embedded_make(embedded *e, embed_code code, const ans_program *p, const ans_columns *c, uint32_t step) {
  char hex[65];
  *e = (embedded){.code = code, .step = step};
  ans_hex(p->sha256, 32, hex);
  if (strcmp(hex, code.package->sha256) != 0) {
    fprintf(stderr, "bench: the emitted C is of package %s, not of %s: build bench again\n", code.package->sha256, hex);
    return false;
  }
  e->inputs = calloc((size_t)c->components / step + 2, sizeof *e->inputs);
  for (uint32_t k = 0; e->inputs && k < c->components; k += step) {
    const embed_input in = embed_input_new(code.package, c, k);
    const size_t size = code.memory(in.bytes);
    if (size > e->size) e->size = size;
    e->inputs[e->count++] = in;
  }
  e->block = malloc(e->size + 1);
  if (e->inputs && e->block) return true;
  fprintf(stderr, "bench: out of memory\n");
  return false;
}

void embedded_dispose(embedded *e) {
  for (uint32_t i = 0; i < e->count; i++) embed_input_free(&e->inputs[i]);
  free(e->inputs);
  free(e->block);
  *e = (embedded){.count = 0};
}

bool embedded_period(embedded *e, int32_t period) { return e->code.start(&e->run, e->block, e->size, period, AN_DAY_MAX) == AN_OK; }

bool embedded_evaluate(embedded *e, uint32_t i) {
  const an_status s = e->code.evaluate(&e->run, e->inputs[i].bytes);
  if (s != AN_OK) fprintf(stderr, "bench: the emitted C refused component %u with status %d\n", i * e->step, (int)s);
  return s == AN_OK;
}

ans_scalar embedded_cell(const embedded *e, uint32_t reg, uint32_t row) {
  const an_cell cell = an_get(&e->run, reg, row);
  return (ans_scalar){cell.v, cell.state};
}

bool embedded_time(embedded *e, int32_t period, double *ns) {
  const uint64_t t0 = bench_cpu();
  bool ok = embedded_period(e, period);
  for (uint32_t i = 0; i < e->count && ok; i++) ok = embedded_evaluate(e, i);
  *ns = (double)(bench_cpu() - t0);
  return ok;
}
