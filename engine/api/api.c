/* Owns: the public API as thin calls into decide; the only file that sees both the public handles and the private structures. */
#include "anspruch/anspruch.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/hash.h"
#include "decide/decide.h"
#include "num/period.h"

struct ans_package { ans_program *program; };

static ans_status wrap(ans_program *program, ans_package **out, ans_error *err) {
  *out = malloc(sizeof **out);
  if (*out) {
    (*out)->program = program;
    return ANS_OK;
  }
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
  request r;
  json_t *claims = json_array();
  *json = NULL;
  ans_status st = claims ? open_request(p, case_json, size, benefit, period, &r, err) : ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "api", NULL);
  uint32_t rows = st == ANS_OK ? r.columns->units[p->program->benefits[r.benefit].unit].rows : 0;
  for (uint32_t row = 0; st == ANS_OK && row < rows; row++) {
    ans_outcome o;
    ans_trace *t = NULL;
    uint32_t component;
    st = decide_row(&r, row, &o, &t, &component, err);
    json_t *claim = st == ANS_OK ? ans_claim_json(r.columns, r.benefit, row, r.period, &o) : NULL;
    if (st == ANS_OK && (!claim || json_array_append_new(claims, claim) != 0)) st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "api", NULL);
    ans_trace_free(t);
  }
  if (st == ANS_OK) {
    json_t *root = ans_decisions_json(p->program, claims);
    *json = root ? json_dumps(root, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
    json_decref(root);
    if (!*json) st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "api", NULL);
  }
  json_decref(claims);
  if (claims && r.columns) ans_columns_free(r.columns);
  return st;
}

ans_status ans_case_explain(const ans_package *p, const char *case_json, size_t size, const char *benefit, const char *row_id, const char *period, char **json, ans_error *err) {
  request r;
  *json = NULL;
  ans_status st = open_request(p, case_json, size, benefit, period, &r, err);
  uint32_t row = ANS_NONE, component;
  if (st == ANS_OK) {
    const ans_unit_columns *u = &r.columns->units[p->program->benefits[r.benefit].unit];
    for (uint32_t i = 0; i < u->rows; i++)
      if (row_id && !strcmp(u->ids[i], row_id)) row = i;
    if (row == ANS_NONE) st = ans_error_set(err, ANS_USAGE, "E-API-ROW", NULL, row_id ? row_id : "", NULL);
  }
  if (st == ANS_OK) {
    ans_outcome o;
    ans_trace *t = NULL;
    st = decide_row(&r, row, &o, &t, &component, err);
    if (st == ANS_OK) st = ans_explain_json(r.columns, component, t, r.benefit, row, r.period, &o, NULL, json, err);
    ans_trace_free(t);
  }
  ans_columns_free(r.columns);
  return st;
}
