/* Running cases: vector machine and replay must both give the expected cell exactly. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "replay/replay.h"
#include "testing.h"
#include "num/period.h"

bool test_same(ans_scalar a, ans_scalar b) { return a.state == b.state && (a.state != ANS_VALUE || a.v == b.v); }

int test_cut(const char *text, int max) {
  size_t n = strlen(text);
  if (n <= (size_t)max) return (int)n;
  for (n = (size_t)max; n && ((unsigned char)text[n] & 0xC0) == 0x80;) n--;
  return (int)n;
}

bool test_selected(const tester *t, const ans_tcase *c) {
  if (t->only_path && strcmp(c->path, t->only_path) != 0) return false;
  return !t->a->value[OPT_FILTER] || strstr(c->name, t->a->value[OPT_FILTER]);
}

ans_vm *test_vm(const ans_program *p, int32_t law_known) {
  uint32_t *wanted = calloc((size_t)p->result_count + 1, sizeof *wanted);
  for (uint32_t i = 0; wanted && i < p->result_count; i++) wanted[i] = p->results[i].insn;
  ans_vm *vm = wanted ? ans_vm_new(p, wanted, p->result_count, 0) : NULL;
  free(wanted);
  if (vm) ans_vm_law_known(vm, law_known);
  return vm;
}

uint32_t test_row(const ans_tcase *c, const uint32_t *rows, const char *name) {
  for (uint32_t i = 0; i < c->row_count; i++)
    if (!strcmp(c->rows[i].name, name)) return rows[i];
  return ANS_NONE;
}

static void record(tester *t, const ans_tcase *c, const ans_texpect *e, int32_t period, const char *engine, const char *want, const char *have) {
  char when[ANS_PERIOD_TEXT];
  ans_period_format(t->p->period_kind, period, when);
  json_array_append_new(t->failures, json_pack("{s:s,s:s,s:i,s:s,s:s,s:s*,s:s,s:s,s:s,s:s}", "case", c->name, "path", c->path, "line", (int)e->line, "row", e->row, "result",
                                               t->p->results[e->result].name, "month", t->p->period_kind == ANS_PERIOD_MONTH ? when : NULL, "period", when, "engine", engine, "expected", want, "actual", have));
}

static void complain(tester *t, const ans_tcase *c, const ans_texpect *e, int32_t period, const char *engine, ans_scalar got, const ans_columns *cols) {
  const ans_result *r = &t->p->results[e->result];
  char want[320], have[320], when[ANS_PERIOD_TEXT];
  ans_value_text(t->p, cols, r->type, e->value, want, sizeof want);
  ans_value_text(t->p, cols, r->type, got, have, sizeof have);
  record(t, c, e, period, engine, want, have);
  if (!t->quiet)
    printf("%s:%u: %s: %s.%s %s (%s): %s %s, %s %s\n", c->path, e->line, c->name, e->row, r->name, ans_period_phrase(t->p->period_kind, period, t->a->lang == ANS_LANG_EN, when), engine,
           cli_say(t->a, "erwartet", "expected"), want, cli_say(t->a, "berechnet", "computed"), have);
}

static void note_hit(tester *t, const ans_trace *trace) {
  for (uint32_t i = 0; t->hit && i < t->p->node_count; i++) {
    uint32_t reg = t->p->nodes[i].insn, rows = ans_trace_rows(trace, reg);
    for (uint32_t r = 0; r < rows; r++) {
      ans_scalar v = ans_trace_get(trace, reg, r);
      t->hit[i] |= v.state == ANS_HUMAN ? 12 : v.state != ANS_VALUE ? 4 : v.v ? 1 : 2;
    }
  }
}

static bool listed(const ans_outcome *o, uint32_t fact, uint32_t row) {
  for (uint32_t k = 0; k < o->missing_count; k++)
    if (o->missing[k].fact == fact && o->missing[k].row == row) return true;
  return false;
}

static bool wanted(const ans_tcase *c, const ans_texpect *e, const uint32_t *rows, uint32_t fact, uint32_t row) {
  for (uint32_t i = 0; i < e->missing_count; i++)
    if (e->missing[i].fact == fact && test_row(c, rows, e->missing[i].row) == row) return true;
  return false;
}

ans_status test_missing(const tester *t, ans_columns *cols, const ans_tcase *c, const ans_texpect *e, const uint32_t *rows, int32_t period, bool *ok, ans_error *err) {
  ans_claim_context x = {0};
  ans_outcome o;
  uint32_t b = 0;
  *ok = true;
  while (b < t->p->benefit_count && t->p->benefits[b].unit != t->p->results[e->result].unit) b++;
  if (!e->missing_count || b == t->p->benefit_count) return ANS_OK;
  ans_status st = ans_decide_claim_known(cols, 0, b, test_row(c, rows, e->row), period, t->law_known, &x, 4096, &o, NULL, err);
  if (st != ANS_OK) return st;
  *ok = !o.missing_truncated;
  for (uint32_t i = 0; i < e->missing_count; i++) *ok = *ok && listed(&o, e->missing[i].fact, test_row(c, rows, e->missing[i].row));
  for (uint32_t k = 0; k < o.missing_count; k++) *ok = *ok && wanted(c, e, rows, o.missing[k].fact, o.missing[k].row);
  for (uint32_t k = 0; !*ok && !t->quiet && k < o.missing_count; k++)
    printf("%s:%u: %s: %s %s.%s\n", c->path, e->line, c->name, cli_say(t->a, "tatsächlich fehlt", "actually missing:"), cols->units[t->p->facts[o.missing[k].fact].unit].ids[o.missing[k].row],
           t->p->facts[o.missing[k].fact].name);
  return ANS_OK;
}

static ans_status check_period(tester *t, ans_columns *cols, const ans_tcase *c, const ans_texpect *e, const uint32_t *rows, int32_t period, bool *ok, ans_error *err) {
  const ans_result *r = &t->p->results[e->result];
  uint32_t row = test_row(c, rows, e->row);
  ans_trace *trace = NULL;
  bool missing_ok = true;
  ans_status st = ans_vm_run(t->vm, cols, 0, cols->components, period, err);
  if (st == ANS_OK) st = ans_replay_run_known(cols, 0, period, t->law_known, &trace, err);
  if (st != ANS_OK) return st;
  ans_scalar vm = ans_vm_get(t->vm, r->insn, row), replay = ans_trace_get(trace, r->insn, row - ans_trace_first_row(trace, r->unit));
  if (!test_same(vm, e->value)) complain(t, c, e, period, "VM", vm, cols);
  if (!test_same(replay, e->value)) complain(t, c, e, period, cli_say(t->a, "Nachrechnung", "replay"), replay, cols);
  note_hit(t, trace);
  ans_trace_free(trace);
  t->checks++;
  st = test_missing(t, cols, c, e, rows, period, &missing_ok, err);
  if (!missing_ok) {
    const char *text = cli_say(t->a, "die fehlenden Angaben sind andere als erwartet", "the missing facts differ from the expected ones");
    record(t, c, e, period, "", cli_say(t->a, "fehlende Angaben wie genannt", "missing facts as named"), text);
    if (!t->quiet) printf("%s:%u: %s: %s\n", c->path, e->line, c->name, text);
  }
  *ok = *ok && test_same(vm, e->value) && test_same(replay, e->value) && missing_ok;
  return st;
}

static ans_status run_case(tester *t, const ans_tcase *c, ans_error *err) {
  ans_columns *cols = NULL;
  uint32_t *rows = NULL;
  bool ok = true;
  ans_status st = ans_testcase_columns(t->m, t->p, c, &cols, &rows, err);
  for (uint32_t i = 0; i < c->expect_count && st == ANS_OK; i++)
    for (int32_t period = c->expects[i].from_period; period <= c->expects[i].to_period && st == ANS_OK; period++) st = check_period(t, cols, c, &c->expects[i], rows, period, &ok, err);
  free(rows);
  ans_columns_free(cols);
  t->cases++;
  if (!ok) t->failed++;
  return st;
}

ans_status test_run(tester *t, ans_error *err) {
  ans_status st = ANS_OK;
  t->vm = test_vm(t->p, t->law_known);
  if (!t->vm) st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "test", NULL);
  for (uint32_t i = 0; st == ANS_OK && i < t->m->case_count; i++)
    if (test_selected(t, &t->m->cases[i])) st = run_case(t, &t->m->cases[i], err);
  ans_vm_free(t->vm);
  t->vm = NULL;
  return st;
}
