/* Command test: prüffälle of rule text and of tables on both engines; coverage, mutation test, reports. Here the options are put together;
 * the parts are in test_*.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "testing.h"

static ans_status open_suite(test_suite *s, const cli_args *a, const char *path, ans_error *err) {
  *s = (test_suite){.a = a};
  ans_status st = cli_package_open(a, path, &s->package, err);
  if (st == ANS_OK && !s->package.from_text) st = ans_error_set(err, ANS_USAGE, "E-CLI-TEST-TEXT", path, NULL);
  if (st != ANS_OK) return st;
  s->m = s->package.compilation.model;
  s->p = s->package.program;
  return a->value[OPT_TABLE] ? test_table_load(s, a->value[OPT_TABLE], err) : ANS_OK;
}

static void close_suite(test_suite *s) {
  ans_program_free(s->table_program);
  ans_model_free(s->table_model);
  ans_tree_free(s->table_tree);
  cli_package_free(&s->package);
}

/* Prints the coverage where it is asked for. False if a mark is not true, or if coverage is required and something is neither reached nor
 * marked. Marks are judged in every run: a test that refutes one proves that what it calls unreachable can happen. */
static bool judge_coverage(const tester *t, const json_t *coverage) {
  const cli_args *a = t->a;
  bool wrong = json_array_size(json_object_get(coverage, "wrong_marks")) > 0, asked = a->value[OPT_COVERAGE] || a->value[OPT_REQUIRE_COVERAGE];
  if ((asked || wrong) && !a->value[OPT_JSON]) test_coverage_print(t, coverage);
  return !wrong && (!a->value[OPT_REQUIRE_COVERAGE] || test_coverage_complete(coverage));
}

static ans_status run_suite(tester *t, test_suite *s, json_t *packages, const char *path, bool *clean, ans_error *err) {
  const cli_args *a = t->a;
  unsigned failed_before = t->failed;
  t->m = s->m;
  t->p = s->p;
  t->only_path = s->table_tree ? s->table_tree->source.path : NULL;
  if (a->value[OPT_EXPORT_TABLE]) {
    ans_status st = test_table_export(t, a->value[OPT_EXPORT_TABLE], err);
    if (st != ANS_OK) return st;
  }
  t->hit = calloc((size_t)t->p->node_count + 1, 1);
  ans_status st = t->hit ? test_run(t, err) : ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "test", NULL);
  if (st == ANS_OK && !test_marks(t)) st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "test", NULL);
  if (st == ANS_OK) {
    json_t *coverage = test_coverage(t);
    *clean = judge_coverage(t, coverage);
    json_t *report = json_pack("{s:s,s:s,s:s,s:s,s:o}", "path", path, "name", t->p->name, "version", t->p->version, "title", t->p->title, "coverage", coverage);
    if (!report) st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "test", NULL);
    bool killed_all = true;
    if (st == ANS_OK && a->value[OPT_MUTATE] && t->failed == failed_before) st = test_mutate(t, s->table_model ? s->table_model : s->package.compilation.model, path, report, &killed_all, err);
    else if (st == ANS_OK && a->value[OPT_MUTATE]) st = ans_error_set(err, ANS_NEGATIVE, "E-CLI-MUTATE-RED", path, NULL);
    *clean = *clean && killed_all;
    json_array_append_new(packages, report);
  }
  test_marks_free(t);
  free(t->hit);
  t->hit = NULL;
  return st;
}

/* Prints or writes what was asked for. */
static ans_status finish(const tester *t, json_t *packages, ans_error *err) {
  const cli_args *a = t->a;
  json_t *root = json_pack("{s:s,s:i,s:i,s:i,s:O,s:O}", "format", "anspruch-test/1", "cases", (int)t->cases, "failed", (int)t->failed, "checks", (int)t->checks, "failures", t->failures, "packages", packages);
  if (!root) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "test", NULL);
  if (a->value[OPT_JSON]) {
    json_dumpf(root, stdout, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    putchar('\n');
  } else {
    printf("%u %s, %u %s, %u %s\n", t->cases, cli_say(a, "Prüffälle", "test cases"), t->checks, cli_say(a, "Erwartungen (Vektormaschine und Nachrechnung)", "expectations (vector machine and replay)"),
           t->failed, cli_say(a, "fehlgeschlagen", "failed"));
  }
  ans_status st = a->value[OPT_REPORT] ? test_report_html(a, root, a->value[OPT_REPORT], err) : ANS_OK;
  json_decref(root);
  return st;
}

int cli_test(const cli_args *a) {
  ans_error err = {0};
  tester t = {.a = a, .failures = json_array(), .quiet = a->value[OPT_JSON] != NULL};
  json_t *packages = json_array();
  ans_status st = ANS_OK;
  bool clean = true;
  if ((a->value[OPT_TABLE] || a->value[OPT_EXPORT_TABLE]) && a->positional_count != 1) st = ans_error_set(&err, ANS_USAGE, "E-CLI-TABLE-ONE", NULL, NULL);
  if (st == ANS_OK && a->value[OPT_FACTS_KNOWN]) st = ans_error_set(&err, ANS_USAGE, "E-CLI-FACTS-KNOWN-CASE", NULL, NULL);
  if (st == ANS_OK) st = cli_law_known(a, &t.law_known, &err);
  for (int i = 0; i < a->positional_count && st == ANS_OK; i++) {
    test_suite s;
    bool one = true;
    st = open_suite(&s, a, a->positional[i], &err);
    if (st == ANS_OK) st = run_suite(&t, &s, packages, a->positional[i], &one, &err);
    clean = clean && one;
    close_suite(&s);
  }
  if (st == ANS_OK || (st == ANS_NEGATIVE && t.failed)) {
    ans_status written = finish(&t, packages, st == ANS_OK ? &err : NULL);
    if (st == ANS_OK) st = written;
  }
  json_decref(packages);
  json_decref(t.failures);
  if (st == ANS_OK && t.cases == 0) st = ans_error_set(&err, ANS_NEGATIVE, "E-CLI-NO-TESTS", NULL, NULL);
  if (st != ANS_OK) return cli_fail(a, st, &err);
  return t.failed || !clean ? ANS_NEGATIVE : ANS_OK;
}
