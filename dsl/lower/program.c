/* Entry point of the lowering: tables in the model's order (equal indices are promised by lower.h), then splits and results in dependency
 * order, then results, benefits and the explanation table. The same model gives the same bytes: nothing here iterates a hash map. */
#include "lower/lower_private.h"
#include "base/error.h"
#include <string.h>

static void program__units(lower *l) {
  const ans_model *m = l->m;
  for (uint32_t i = 1; i < m->unit_count; i++) {
    ans_unit u = m->units[i];
    u.parent = ANS_NONE;
    (void)ans_builder_unit(l->b, &u);
  }
  for (uint32_t i = 1; i < m->unit_count; i++) {
    if (!l->unit[i].days) continue;
    char name[300];
    size_t n = strlen(m->units[i].name);
    if (n > 240) { (void)lower__fail(l, "name of a unit too long"); return; }
    memcpy(name, m->units[i].name, n);
    memcpy(name + n, "×Tag", sizeof "×Tag");
    ans_unit u = {name, "", i};
    l->unit[i].derived = ans_builder_unit(l->b, &u);
  }
}

static void program__tables(lower *l) {
  const ans_model *m = l->m;
  for (uint32_t i = 0; i < m->import_count; i++) (void)ans_builder_import(l->b, &m->imports[i]);
  for (uint32_t i = 0; i < m->enum_count; i++)
    (void)ans_builder_enum(l->b, m->enums[i].name, m->enum_values + m->enums[i].first_value, m->enums[i].value_count);
  for (uint32_t i = 0; i < m->provision_count; i++) (void)ans_builder_provision(l->b, &m->provisions[i]);
  for (uint32_t i = 0; i < m->fact_count; i++)
    (void)ans_builder_fact(l->b, &m->facts[i], m->sources ? m->sources + m->facts[i].first_source : NULL, m->facts[i].source_count);
  for (uint32_t i = 0; i < m->param_count; i++)
    (void)ans_builder_param(l->b, &m->params[i], m->param_rows ? m->param_rows + m->params[i].first_row : NULL, m->params[i].row_count);
}

static void program__results(lower *l) {
  for (uint32_t i = 0; i < l->m->result_count; i++) {
    const ans_tresult *r = &l->m->results[i];
    ans_result x = {r->name, r->label, r->grain == ANS_GRAIN_DAY ? l->unit[r->unit].derived : r->unit, r->type, l->result[i], r->provision};
    (void)ans_builder_result(l->b, &x);
  }
  for (uint32_t i = 0; i < l->m->benefit_count; i++) (void)ans_builder_benefit(l->b, &l->m->benefits[i]);
}

static ans_status program__lower(lower *l) {
  const ans_model *m = l->m;
  uint32_t *order = NULL, n = 0;
  l->unit = lower__alloc(l, m->unit_count, sizeof *l->unit);
  l->result = lower__alloc(l, m->result_count, sizeof *l->result);
  if (!l->unit || !l->result) return l->status;
  for (uint32_t i = 0; i < m->unit_count; i++) l->unit[i].derived = l->unit[i].split = ANS_NONE;
  for (uint32_t i = 0; i < m->result_count; i++) l->result[i] = ANS_NONE;
  ans_builder_header(l->b, m->name, m->version, m->title, m->first_month, m->last_month);
  if (!lower__plan(l, &order, &n)) return l->status;
  program__units(l);
  program__tables(l);
  for (uint32_t i = 0; i < n && l->status == ANS_OK; i++) {
    if (order[i] < m->result_count) lower__result(l, order[i]);
    else lower__split(l, order[i] - m->result_count);
  }
  if (l->status != ANS_OK) return l->status;
  program__results(l);
  lower__nodes(l);
  return l->status;
}

ans_status ans_lower_program(const ans_model *m, ans_program **out, ans_error *err) {
  *out = NULL;
  lower l = {.m = m, .err = err, .arena = ans_arena_new((size_t)1 << 30), .b = ans_builder_new()};
  if (!l.arena || !l.b) l.status = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "lower", (char *)NULL);
  if (l.status == ANS_OK) (void)program__lower(&l);
  /* ANS_LIMIT without a message: a table of the builder is full or memory is out; freeze says which. */
  if (l.status == ANS_OK || l.status == ANS_LIMIT) {
    ans_status frozen = ans_builder_freeze(l.b, out, err);
    if (frozen == ANS_OK && l.status == ANS_LIMIT) {
      ans_program_free(*out);
      *out = NULL;
      frozen = ans_error_set(err, ANS_INTERNAL, "E-INTERNAL", NULL, "limit without a cause", (char *)NULL);
    }
    l.status = frozen;
  }
  ans_builder_free(l.b);
  ans_arena_free(l.arena);
  return l.status;
}
