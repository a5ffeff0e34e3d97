/* See embed_input.h. */
#include "embed_input.h"

#include <stdlib.h>
#include <string.h>

static void *zeroed(size_t count, size_t size) {
  void *p = calloc(count + 1, size);
  if (!p) abort();
  return p;
}

static uint8_t said(uint8_t state, uint8_t missing) { return state == missing ? (uint8_t)AN_IS_MISSING : (uint8_t)(state + AN_IS_VALUE); }

int64_t embed_relative(const ans_columns *c, ans_type t, ans_scalar v, uint32_t component) {
  return t.tag == ANS_T_REF && v.state == ANS_VALUE ? v.v - c->units[t.ref].component_first[component] : v.v;
}

static an_fact fact_of(const an_package *package, const ans_columns *c, uint32_t k, uint32_t fact, uint32_t row) {
  const ans_scalar v = ans_columns_get(c, fact, row);
  return (an_fact){embed_relative(c, c->program->facts[fact].type, v, k), said(v.state, package->facts[fact].missing)};
}

static an_timeline timeline_of(const an_package *package, const ans_columns *c, uint32_t k, uint32_t fact, uint32_t row, an_interval *to) {
  const ans_timeline *t = &c->timelines[fact];
  const uint32_t n = t->offsets[row + 1] - t->offsets[row];
  for (uint32_t i = 0; i < n; i++) {
    const ans_interval *x = &t->items[t->offsets[row] + i];
    to[i] = (an_interval){x->from, x->to, embed_relative(c, c->program->facts[fact].type, (ans_scalar){x->value, x->state}, k), said(x->state, package->facts[fact].missing)};
  }
  return (an_timeline){to, n};
}

static void put_fact(const an_package *package, const ans_columns *c, uint32_t k, uint32_t fact, embed_input *in) {
  const ans_fact *f = &c->program->facts[fact];
  const uint32_t first = c->units[f->unit].component_first[k], end = c->units[f->unit].component_first[k + 1];
  const uint32_t *offsets = c->timelines[fact].offsets;
  if (f->kind == ANS_FACT_TIMELINE) in->items[fact] = zeroed(offsets[end] - offsets[first], sizeof **in->items);
  for (uint32_t row = first; row < end; row++) {
    unsigned char *at = in->rows[f->unit] + (row - first) * package->units[f->unit].row_size + package->facts[fact].offset;
    if (f->kind == ANS_FACT_SCALAR) {
      const an_fact v = fact_of(package, c, k, fact, row);
      memcpy(at, &v, sizeof v);
    } else {
      const an_timeline v = timeline_of(package, c, k, fact, row, in->items[fact] + (offsets[row] - offsets[first]));
      memcpy(at, &v, sizeof v);
    }
  }
}

static void put_extras(const an_package *package, const ans_columns *c, uint32_t k, embed_input *in) {
  an_extras x = {.text_count = c->text_count};
  in->texts = zeroed(c->text_count, sizeof *in->texts);
  for (uint32_t i = 0; i < c->text_count; i++) in->texts[i] = (an_text){c->texts[i].text, c->texts[i].fact, c->texts[i].holds, c->texts[i].failed};
  in->given = zeroed(c->override_count, sizeof *in->given);
  for (uint32_t i = 0; i < c->override_count; i++) {
    const ans_override *o = &c->overrides[i];
    const ans_result *r = &c->program->results[o->result];
    const uint32_t first = c->units[r->unit].component_first[k];
    if (o->row < first || o->row >= c->units[r->unit].component_first[k + 1]) continue;
    in->given[x.given_count++] = (an_given){o->result, o->row - first, {embed_relative(c, r->type, o->value, k), (uint8_t)(o->value.state + AN_IS_VALUE)}};
  }
  x.texts = in->texts;
  x.given = in->given;
  memcpy(in->bytes + package->extras, &x, sizeof x);
}

embed_input embed_input_new(const an_package *package, const ans_columns *c, uint32_t component) {
  const ans_program *p = c->program;
  embed_input in = {.units = p->unit_count, .facts = p->fact_count};
  in.bytes = zeroed(package->extras + sizeof(an_extras), 1);
  in.rows = zeroed(p->unit_count, sizeof *in.rows);
  in.items = zeroed(p->fact_count, sizeof *in.items);
  for (uint32_t u = 1; u < p->unit_count; u++) {
    if (p->units[u].parent != ANS_NONE) continue;
    const uint32_t n = c->units[u].component_first[component + 1] - c->units[u].component_first[component];
    in.rows[u] = zeroed(n, package->units[u].row_size);
    memcpy(in.bytes + package->units[u].offset, &in.rows[u], sizeof in.rows[u]);
    memcpy(in.bytes + package->units[u].offset + sizeof in.rows[u], &n, sizeof n);
  }
  for (uint32_t i = 0; i < p->fact_count; i++) put_fact(package, c, component, i, &in);
  put_extras(package, c, component, &in);
  return in;
}

void embed_input_free(embed_input *in) {
  for (uint32_t i = 0; i < in->units; i++) free(in->rows[i]);
  for (uint32_t i = 0; i < in->facts; i++) free(in->items[i]);
  free(in->rows);
  free(in->items);
  free(in->texts);
  free(in->given);
  free(in->bytes);
}
