/* Owns: the public API as thin calls into decide; the only file that sees both the public handles and the private structures. */
#include "anspruch/anspruch.h"
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/hash.h"
#include "decide/decide.h"
#include "num/period.h"

struct ans_package { ans_program *program; ans_wording *wording; };

static ans_status wrap(ans_program *program, ans_package **out, ans_error *err) {
  *out = malloc(sizeof **out);
  ans_wording *wording = *out ? ans_wording_new(program) : NULL;
  if (wording) {
    **out = (ans_package){program, wording};
    return ANS_OK;
  }
  free(*out);
  *out = NULL;
  ans_program_free(program);
  return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "api", NULL);
}

ans_status ans_package_open(const char *path, ans_package **out, ans_error *err) {
  ans_program *program = NULL;
  *out = NULL;
  ans_status st = ans_program_load(path, &program, err);
  return st == ANS_OK ? wrap(program, out, err) : st;
}

ans_status ans_package_from_bytes(const void *bytes, size_t size, const char *name, ans_package **out, ans_error *err) {
  ans_program *program = NULL;
  *out = NULL;
  ans_status st = ans_program_decode(bytes, size, name, &program, err);
  return st == ANS_OK ? wrap(program, out, err) : st;
}

void ans_package_close(ans_package *p) {
  if (!p) return;
  ans_wording_free(p->wording);
  ans_program_free(p->program);
  free(p);
}
const char *ans_package_name(const ans_package *p) { return p->program->name; }
const char *ans_package_version(const ans_package *p) { return p->program->version; }
void ans_package_identity(const ans_package *p, char out[65]) { ans_hex(p->program->sha256, 32, out); }
void ans_string_free(char *s) { free(s); }
const char *ans_library_version(void) { return ANS_VERSION; }
ans_status ans_package_schema(const ans_package *p, char **json, ans_error *err) { return ans_case_schema(p->program, json, err); }
ans_status ans_explanation_text(const char *json, char **text, ans_error *err) { return ans_explain_text(json, false, ANS_EXPLAIN_TREE, text, err); }

typedef struct request { ans_columns *columns; uint32_t benefit; int32_t period; } request;

static ans_status open_request(const ans_package *p, const char *json, size_t size, const char *benefit, const char *period, request *r, ans_error *err) {
  uint32_t kind = 0;
  *r = (request){0};
  if (!period || !ans_period_parse(period, strlen(period), &kind, &r->period) || kind != p->program->period_kind)
    return ans_error_set(err, ANS_USAGE, "E-API-PERIOD", p->program->name, period ? period : "", ans_period_form(p->program->period_kind), NULL);
  r->benefit = benefit ? ans_program_find_benefit(p->program, benefit) : p->program->benefit_count == 1 ? 0 : ANS_NONE;
  if (r->benefit == ANS_NONE) return ans_error_set(err, ANS_USAGE, "E-API-BENEFIT", p->program->name, benefit ? benefit : "", NULL);
  return ans_case_parse(p->program, json, size, "case", &r->columns, err);
}

static ans_status decide_row(const request *r, uint32_t row, ans_outcome *o, ans_trace **t, uint32_t *component, ans_error *err) {
  uint32_t unit = r->columns->program->benefits[r->benefit].unit;
  ans_claim_context none = {0};
  *component = ans_columns_component_of(r->columns, unit, row);
  return ans_decide_claim(r->columns, *component, r->benefit, row, r->period, &none, 4096, o, t, err);
}

ans_status ans_case_decide(const ans_package *p, const char *case_json, size_t size, const char *benefit, const char *period, char **json, ans_error *err) {
  request r = {0};
  ans_buffer out;
  ans_json j = {&out, false};
  *json = NULL;
  ans_buffer_init(&out, 0);
  ans_status st = open_request(p, case_json, size, benefit, period, &r, err);
  uint32_t rows = st == ANS_OK ? r.columns->units[p->program->benefits[r.benefit].unit].rows : 0;
  ans_decisions_open(&j, p->program);
  for (uint32_t row = 0; st == ANS_OK && row < rows; row++) {
    ans_outcome o;
    ans_trace *t = NULL;
    uint32_t component;
    st = decide_row(&r, row, &o, &t, &component, err);
    if (st == ANS_OK) ans_decisions_claim(&j, r.columns, r.benefit, row, r.period, &o);
    ans_trace_free(t);
  }
  ans_decisions_close(&j);
  if (st == ANS_OK) *json = ans_buffer_take(&out, NULL);
  if (st == ANS_OK && !*json) st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "api", NULL);
  ans_buffer_dispose(&out);
  ans_columns_free(r.columns);
  return st;
}

/* The claim that the row names, decided. r->columns and *t are the caller's in every case. */
static ans_status decide_named(const ans_package *p, const char *case_json, size_t size, const char *benefit, const char *row_id, const char *period, request *r, uint32_t *row, ans_outcome *o, ans_trace **t,
                               ans_error *err) {
  uint32_t component;
  ans_status st = open_request(p, case_json, size, benefit, period, r, err);
  *row = ANS_NONE;
  if (st != ANS_OK) return st;
  const ans_unit_columns *u = &r->columns->units[p->program->benefits[r->benefit].unit];
  for (uint32_t i = 0; i < u->rows; i++)
    if (row_id && !strcmp(u->ids[i], row_id)) *row = i;
  if (*row == ANS_NONE) return ans_error_set(err, ANS_USAGE, "E-API-ROW", NULL, row_id ? row_id : "", NULL);
  return decide_row(r, *row, o, t, &component, err);
}

/* What is written about the claim that the row names. */
typedef ans_status claim_writer(const ans_package *p, const request *r, uint32_t row, const ans_outcome *o, const ans_trace *t, ans_buffer *out, ans_error *err);

static ans_status write_named(const ans_package *p, const char *case_json, size_t size, const char *benefit, const char *row_id, const char *period, claim_writer *write, char **json, ans_error *err) {
  request r = {0};
  uint32_t row;
  ans_outcome o;
  ans_trace *t = NULL;
  ans_buffer out;
  *json = NULL;
  ans_buffer_init(&out, 0);
  ans_status st = decide_named(p, case_json, size, benefit, row_id, period, &r, &row, &o, &t, err);
  if (st == ANS_OK) st = write(p, &r, row, &o, t, &out, err);
  if (st == ANS_OK) *json = ans_buffer_take(&out, NULL);
  ans_buffer_dispose(&out);
  ans_trace_free(t);
  ans_columns_free(r.columns);
  return st;
}

static ans_status write_explanation(const ans_package *p, const request *r, uint32_t row, const ans_outcome *o, const ans_trace *t, ans_buffer *out, ans_error *err) {
  return ans_explain_write(r->columns, t, r->benefit, row, r->period, o, &(ans_explain_options){.wording = p->wording}, out, err);
}

static ans_status write_trace(const ans_package *p, const request *r, uint32_t row, const ans_outcome *o, const ans_trace *t, ans_buffer *out, ans_error *err) {
  (void)o;
  return ans_trace_json(p->wording, r->columns, t, r->benefit, row, out, err);
}

ans_status ans_case_explain(const ans_package *p, const char *case_json, size_t size, const char *benefit, const char *row_id, const char *period, char **json, ans_error *err) {
  return write_named(p, case_json, size, benefit, row_id, period, write_explanation, json, err);
}

ans_status ans_case_trace(const ans_package *p, const char *case_json, size_t size, const char *benefit, const char *row_id, const char *period, char **json, ans_error *err) {
  return write_named(p, case_json, size, benefit, row_id, period, write_trace, json, err);
}

ans_status ans_package_trace_legend(const ans_package *p, char **json, ans_error *err) {
  ans_buffer out;
  *json = NULL;
  ans_buffer_init(&out, 0);
  ans_status st = ans_trace_legend(p->wording, &out, err);
  if (st == ANS_OK) *json = ans_buffer_take(&out, NULL);
  ans_buffer_dispose(&out);
  return st;
}
