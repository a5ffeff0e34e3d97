/* Command test: runs prüffälle on the vector machine and on the replay interpreter; both must give the expected cell exactly. Coverage: which provisions
 * were live in some case, and which conditions came out both ways. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "cli.h"
#include "decide/decide.h"
#include "exec/vm.h"
#include "num/calendar.h"

typedef struct tester {
  const cli_args *a;
  const ans_model *m;
  const ans_program *p;
  ans_vm *vm;
  uint8_t *hit;               /* per node: 1 seen true, 2 seen false, 4 seen otherwise */
  unsigned cases, failed, checks;
  json_t *report;
} tester;

static bool same(ans_scalar a, ans_scalar b) { return a.state == b.state && (a.state != ANS_VALUE || a.v == b.v); }

static void complain(tester *t, const ans_tcase *c, const ans_texpect *e, int32_t month, const char *engine, ans_scalar got, const ans_columns *cols) {
  const ans_result *r = &t->p->results[e->result];
  char want[96], have[96];
  ans_value_text(t->p, cols, r->type, e->value, want, sizeof want);
  ans_value_text(t->p, cols, r->type, got, have, sizeof have);
  if (t->report)
    json_array_append_new(t->report, json_pack("{s:s,s:s,s:i,s:s,s:s,s:s,s:s}", "case", c->name, "path", c->path, "line", (int)e->line, "result", r->name, "engine", engine, "expected", want, "actual", have));
  else
    printf("%s:%u: %s: %s.%s %s %02d.%04d (%s): %s %s, %s %s\n", c->path, e->line, c->name, e->row, r->name, cli_say(t->a, "im", "in"), month % 12 + 1, month / 12, engine,
           cli_say(t->a, "erwartet", "expected"), want, cli_say(t->a, "berechnet", "computed"), have);
}

static void note_hit(tester *t, const ans_trace *trace) {
  for (uint32_t i = 0; i < t->p->node_count; i++) {
    uint32_t reg = t->p->nodes[i].insn, rows = ans_trace_rows(trace, reg);
    for (uint32_t r = 0; r < rows; r++) {
      ans_scalar v = ans_trace_get(trace, reg, r);
      t->hit[i] |= v.state != ANS_VALUE ? 4 : v.v ? 1 : 2;
    }
  }
}

static uint32_t row_of(const ans_tcase *c, const uint32_t *rows, const char *name) {
  for (uint32_t i = 0; i < c->row_count; i++)
    if (!strcmp(c->rows[i].name, name)) return rows[i];
  return ANS_NONE;
}

/* `fehlt`: the relevant missing facts of the claim must be exactly these. */
static ans_status check_missing(tester *t, ans_columns *cols, const ans_tcase *c, const ans_texpect *e, const uint32_t *rows, uint32_t row, int32_t month, bool *ok, ans_error *err) {
  const ans_result *r = &t->p->results[e->result];
  ans_claim_context x = {0};
  ans_outcome o;
  *ok = true;
  for (uint32_t b = 0; b < t->p->benefit_count && e->missing_count; b++) {
    if (t->p->benefits[b].unit != r->unit) continue;
    ans_status st = ans_decide_claim(cols, 0, b, row, month, &x, 4096, &o, NULL, err);
    if (st != ANS_OK) return st;
    unsigned found = 0;
    for (uint32_t i = 0; i < e->missing_count; i++) {
      bool hit = false;
      for (uint32_t k = 0; k < o.missing_count; k++) hit |= o.missing[k].fact == e->missing[i].fact && o.missing[k].row == row_of(c, rows, e->missing[i].row);
      found += hit;
    }
    *ok = found == e->missing_count && !o.missing_truncated;
    for (uint32_t k = 0; k < o.missing_count && *ok; k++) {
      bool listed = false;
      for (uint32_t i = 0; i < e->missing_count; i++) listed |= o.missing[k].fact == e->missing[i].fact && o.missing[k].row == row_of(c, rows, e->missing[i].row);
      *ok = listed;
    }
    if (!*ok && !t->report)
      for (uint32_t k = 0; k < o.missing_count; k++)
        printf("%s:%u: %s: %s %s.%s\n", c->path, e->line, c->name, cli_say(t->a, "tatsächlich fehlt", "actually missing:"), cols->units[t->p->facts[o.missing[k].fact].unit].ids[o.missing[k].row],
               t->p->facts[o.missing[k].fact].name);
    return ANS_OK;
  }
  return ANS_OK;
}

static ans_status check_month(tester *t, ans_columns *cols, const ans_tcase *c, const ans_texpect *e, const uint32_t *rows, int32_t month, bool *ok, ans_error *err) {
  const ans_result *r = &t->p->results[e->result];
  uint32_t row = row_of(c, rows, e->row);
  ans_trace *trace = NULL;
  bool missing_ok = true;
  ans_status st = ans_vm_run(t->vm, cols, 0, cols->components, month, err);
  if (st == ANS_OK) st = ans_replay_run(cols, 0, month, &trace, err);
  if (st != ANS_OK) return st;
  ans_scalar vm = ans_vm_get(t->vm, r->insn, row), replay = ans_trace_get(trace, r->insn, row - ans_trace_first_row(trace, r->unit));
  if (!same(vm, e->value)) complain(t, c, e, month, "VM", vm, cols);
  if (!same(replay, e->value)) complain(t, c, e, month, "Nachrechnung", replay, cols);
  note_hit(t, trace);
  ans_trace_free(trace);
  t->checks++;
  st = check_missing(t, cols, c, e, rows, row, month, &missing_ok, err);
  if (!missing_ok && !t->report) printf("%s:%u: %s: %s\n", c->path, e->line, c->name, cli_say(t->a, "die fehlenden Angaben sind andere als erwartet", "the missing facts differ from the expected ones"));
  *ok = *ok && same(vm, e->value) && same(replay, e->value) && missing_ok;
  return st;
}

static ans_status run_case(tester *t, const ans_tcase *c, ans_error *err) {
  ans_columns *cols = NULL;
  uint32_t *rows = NULL;
  bool ok = true;
  ans_status st = ans_testcase_columns(t->m, t->p, c, &cols, &rows, err);
  for (uint32_t i = 0; i < c->expect_count && st == ANS_OK; i++)
    for (int32_t month = c->expects[i].from_month; month <= c->expects[i].to_month && st == ANS_OK; month++) st = check_month(t, cols, c, &c->expects[i], rows, month, &ok, err);
  free(rows);
  ans_columns_free(cols);
  t->cases++;
  if (!ok) t->failed++;
  return st;
}

static void print_coverage(const tester *t) {
  unsigned rules = 0, live = 0, conditions = 0, both = 0;
  for (uint32_t i = 0; i < t->p->node_count; i++) {
    const ans_node *n = &t->p->nodes[i];
    bool rule = n->kind == ANS_NODE_RULE || n->kind == ANS_NODE_EXCEPTION;
    const char *where = n->provision == ANS_NONE ? "" : t->p->provisions[n->provision].text;
    if (rule) {
      rules++;
      live += t->hit[i] & 1;
      if (!(t->hit[i] & 1)) printf("  %s %u: %s – %s\n", cli_say(t->a, "Zeile", "line"), n->line, where, cli_say(t->a, "in keinem Prüffall erfüllt", "never satisfied"));
    } else if (n->kind == ANS_NODE_CONDITION) {
      conditions++;
      both += (t->hit[i] & 3) == 3;
      if ((t->hit[i] & 3) != 3)
        printf("  %s %u: %s – „%.60s“ %s\n", cli_say(t->a, "Zeile", "line"), n->line, where, n->text,
               t->hit[i] & 1 ? cli_say(t->a, "nie verneint", "never false") : cli_say(t->a, "nie bejaht", "never true"));
    }
  }
  printf("%s: %u/%u %s, %u/%u %s\n", cli_say(t->a, "Abdeckung", "coverage"), live, rules, cli_say(t->a, "Regeln und Ausnahmen erfüllt", "rules and exceptions satisfied"), both, conditions,
         cli_say(t->a, "Bedingungen in beiden Ausgängen", "conditions with both outcomes"));
}

static ans_status test_path(const cli_args *a, const char *path, tester *t, ans_error *err) {
  cli_package pkg;
  ans_status st = cli_package_open(a, path, &pkg, err);
  if (st == ANS_OK && !pkg.from_text) st = ans_error_set(err, ANS_USAGE, "E-CLI-TEST-TEXT", path, NULL);
  uint32_t *wanted = NULL;
  if (st == ANS_OK) {
    t->p = pkg.program;
    t->m = pkg.compilation.model;
    wanted = calloc(t->p->result_count + 1, sizeof *wanted);
    t->hit = calloc(t->p->node_count + 1, 1);
    for (uint32_t i = 0; wanted && i < t->p->result_count; i++) wanted[i] = t->p->results[i].insn;
    t->vm = wanted ? ans_vm_new(t->p, wanted, t->p->result_count, 0) : NULL;
    if (!t->vm || !t->hit) st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "test", NULL);
  }
  for (uint32_t i = 0; st == ANS_OK && i < t->m->case_count; i++)
    if (!a->value[OPT_FILTER] || strstr(t->m->cases[i].name, a->value[OPT_FILTER])) st = run_case(t, &t->m->cases[i], err);
  if (st == ANS_OK && a->value[OPT_COVERAGE]) print_coverage(t);
  free(wanted);
  free(t->hit);
  t->hit = NULL;
  ans_vm_free(t->vm);
  t->vm = NULL;
  cli_package_free(&pkg);
  return st;
}

int cli_test(const cli_args *a) {
  ans_error err = {0};
  tester t = {.a = a, .report = a->value[OPT_JSON] ? json_array() : NULL};
  ans_status st = ANS_OK;
  for (int i = 0; i < a->positional_count && st == ANS_OK; i++) st = test_path(a, a->positional[i], &t, &err);
  if (st == ANS_OK && t.report) {
    json_t *root = json_pack("{s:s,s:i,s:i,s:i,s:O}", "format", "anspruch-test/1", "cases", (int)t.cases, "failed", (int)t.failed, "checks", (int)t.checks, "failures", t.report);
    json_dumpf(root, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    putchar('\n');
    json_decref(root);
  } else if (st == ANS_OK) {
    printf("%u %s, %u %s, %u %s\n", t.cases, cli_say(a, "Prüffälle", "test cases"), t.checks, cli_say(a, "Erwartungen (Vektormaschine und Nachrechnung)", "expectations (vector machine and replay)"), t.failed,
           cli_say(a, "fehlgeschlagen", "failed"));
  }
  json_decref(t.report);
  if (st == ANS_OK && t.cases == 0) st = ans_error_set(&err, ANS_NEGATIVE, "E-CLI-NO-TESTS", NULL, NULL);
  if (st != ANS_OK) return cli_fail(a, st, &err);
  return t.failed ? ANS_NEGATIVE : ANS_OK;
}
