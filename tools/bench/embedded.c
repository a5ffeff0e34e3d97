/* See embedded.h. */
#include "embedded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "kindergeld.h"

bool embedded_make(embedded *e, const ans_program *p, const ans_columns *c, uint32_t step) {
  char hex[65];
  *e = (embedded){.step = step};
  ans_hex(p->sha256, 32, hex);
  if (strcmp(hex, kindergeld_package.sha256) != 0) {
    fprintf(stderr, "bench: the emitted C is of package %s, not of %s: build bench again\n", kindergeld_package.sha256, hex);
    return false;
  }
  e->inputs = calloc((size_t)c->components / step + 2, sizeof *e->inputs);
  for (uint32_t k = 0; e->inputs && k < c->components; k += step) {
    const embed_input in = embed_input_new(&kindergeld_package, c, k);
    const size_t size = kindergeld_memory((const void *)in.bytes);
    if (size > e->size) e->size = size;
    e->inputs[e->count++] = in;
  }
  e->block = malloc(e->size);
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

bool embedded_period(embedded *e, int32_t period) { return kindergeld_start(&e->run, e->block, e->size, period, AN_DAY_MAX) == AN_OK; }

bool embedded_evaluate(embedded *e, uint32_t i) {
  const an_status s = kindergeld_evaluate(&e->run, (const void *)e->inputs[i].bytes);
  if (s != AN_OK) fprintf(stderr, "bench: the emitted C refused component %u with status %d\n", i * e->step, (int)s);
  return s == AN_OK;
}
