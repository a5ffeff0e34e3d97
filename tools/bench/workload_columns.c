/* The population as the columns that VM and replay read. See workload.h. */
#include <stdio.h>
#include <string.h>
#include "base/error.h"
#include "workload.h"

static bool refuse(const ans_program *p, const char *name) {
  fprintf(stderr, "bench: package %s has no \"%s\" of the form this workload was written for\n", p->name, name);
  return false;
}

static bool find_fact(const ans_program *p, uint32_t unit, const char *name, ans_fact_kind kind, uint32_t *out) {
  *out = ans_program_find_fact(p, unit, name);
  return (*out != ANS_NONE && p->facts[*out].kind == kind) || refuse(p, name);
}

/* The workload writes enumeration values by number: their order must be the one it was written for. */
static bool check_values(const ans_program *p, uint32_t fact, const char *const *values, uint32_t n) {
  const ans_type t = p->facts[fact].type;
  bool ok = t.tag == ANS_T_ENUM && p->enums[t.ref].value_count == n;
  for (uint32_t k = 0; ok && k < n; k++) ok = strcmp(p->enum_values[p->enums[t.ref].first_value + k], values[k]) == 0;
  return ok || refuse(p, p->facts[fact].name);
}

bool bench_names_bind(const ans_program *p, bench_names *out) {
  static const char *const places[] = {"Inland", "EU_EWR", "Drittstaat"}, *const nations[] = {"Deutsch", "EU_EWR", "Drittstaat"};
  static const char *const taxes[] = {"keine", "erweitert", "auf_Antrag"}, *const kinds[] = {"leiblich", "angenommen", "Pflegekind", "Kind_des_Ehegatten", "Enkel"};
  out->person_unit = ans_program_find_unit(p, "Person");
  out->pair_unit = ans_program_find_unit(p, "Kindschaft");
  if (out->person_unit == ANS_NONE || out->pair_unit == ANS_NONE) return refuse(p, "Person, Kindschaft");
  bool ok = find_fact(p, out->pair_unit, "Berechtigter", ANS_FACT_SCALAR, &out->recipient) && find_fact(p, out->pair_unit, "Kind", ANS_FACT_SCALAR, &out->child);
#define X(name, text) ok = ok && find_fact(p, out->person_unit, text, ANS_FACT_SCALAR, &out->person_cell[BENCH_##name]);
  BENCH_PERSON_SCALARS(X)
#undef X
#define X(name, text) ok = ok && find_fact(p, out->person_unit, text, ANS_FACT_TIMELINE, &out->person_line[BENCH_##name]);
  BENCH_PERSON_TIMELINES(X)
#undef X
#define X(name, text) ok = ok && find_fact(p, out->pair_unit, text, ANS_FACT_SCALAR, &out->pair_cell[BENCH_##name]);
  BENCH_PAIR_SCALARS(X)
#undef X
#define X(name, text) ok = ok && find_fact(p, out->pair_unit, text, ANS_FACT_TIMELINE, &out->pair_line[BENCH_##name]);
  BENCH_PAIR_TIMELINES(X)
#undef X
  return ok && check_values(p, out->person_line[BENCH_RESIDENCE], places, 3) && check_values(p, out->person_cell[BENCH_NATION], nations, 3) &&
         check_values(p, out->person_line[BENCH_TAX], taxes, 3) && check_values(p, out->pair_cell[BENCH_KIND], kinds, 5);
}

static ans_status put_facts(ans_columns_builder *b, const bench_population *w, uint32_t row, const bench_cell *cells, const uint32_t *cell_facts, uint32_t cell_count, const bench_run *lines,
                            const uint32_t *line_facts, uint32_t line_count, ans_error *err) {
  ans_status status = ANS_OK;
  for (uint32_t k = 0; k < cell_count && status == ANS_OK; k++)
    status = ans_columns_set(b, cell_facts[k], row, (ans_scalar){cells[k].value, cells[k].state}, err);
  for (uint32_t k = 0; k < line_count && status == ANS_OK; k++)
    if (lines[k].count) status = ans_columns_set_timeline(b, line_facts[k], row, w->pool + lines[k].first, lines[k].count, err);
  return status;
}

static ans_status put_cluster(ans_columns_builder *b, const bench_names *n, const bench_population *w, uint32_t cluster, ans_error *err) {
  const bench_cluster *c = &w->clusters[cluster];
  uint32_t row;
  ans_status status = ans_columns_begin_component(b, err);
  for (uint32_t i = c[0].first_person; i < c[1].first_person && status == ANS_OK; i++) {
    status = ans_columns_add_row(b, n->person_unit, NULL, &row, err);
    if (status == ANS_OK)
      status = put_facts(b, w, row, w->persons[i].cell, n->person_cell, BENCH_PERSON_SCALAR_COUNT, w->persons[i].line, n->person_line, BENCH_PERSON_TIMELINE_COUNT, err);
  }
  for (uint32_t i = c[0].first_pair; i < c[1].first_pair && status == ANS_OK; i++) {
    const bench_pair *x = &w->pairs[i];
    status = ans_columns_add_row(b, n->pair_unit, NULL, &row, err);
    if (status == ANS_OK) status = ans_columns_set(b, n->recipient, row, (ans_scalar){x->recipient, ANS_VALUE}, err);
    if (status == ANS_OK) status = ans_columns_set(b, n->child, row, (ans_scalar){x->child, ANS_VALUE}, err);
    if (status == ANS_OK) status = put_facts(b, w, row, x->cell, n->pair_cell, BENCH_PAIR_SCALAR_COUNT, x->line, n->pair_line, BENCH_PAIR_TIMELINE_COUNT, err);
  }
  return status == ANS_OK ? ans_columns_end_component(b, err) : status;
}

ans_status bench_columns(const ans_program *p, const bench_names *n, const bench_population *w, ans_columns **out, ans_error *err) {
  ans_columns_builder *b = ans_columns_builder_new(p);
  ans_status status = b ? ANS_OK : ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "columns", (char *)NULL);
  for (uint32_t k = 0; k < w->cluster_count && status == ANS_OK; k++) status = put_cluster(b, n, w, k, err);
  if (status == ANS_OK) status = ans_columns_finish(b, out, err);
  ans_columns_builder_free(b);
  return status;
}
