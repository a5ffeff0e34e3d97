/* Private to the command test: the package under test, running cases, and what is kept for reports. One thread. */
#ifndef ANS_CLI_TESTING_H
#define ANS_CLI_TESTING_H
#include <jansson.h>
#include "cli.h"
#include "exec/vm.h"
#include "mutate/mutate.h"

/* The package of rule text, and with --table the same package with the table's cases added. p and m are the ones to use. */
typedef struct test_suite {
  const cli_args *a;
  cli_package package;
  ans_tree *table_tree; ans_model *table_model; ans_program *table_program;
  const ans_model *m;
  const ans_program *p;
} test_suite;

/* A comment `-- unerreichbar: KEY, weil GRUND`; texts point into the source. */
enum { MARK_LIVE = 1, MARK_TRUE = 2, MARK_FALSE = 4 };
typedef struct test_mark {
  const char *path, *key, *reason;
  size_t key_len, reason_len;
  uint32_t line;
  unsigned outcome, number;   /* MARK_*, 0 for a key that is none; which condition of the line */
  bool applies, reached;
} test_mark;

typedef struct tester {
  const cli_args *a;
  const ans_model *m;
  const ans_program *p;
  ans_vm *vm;
  uint8_t *hit;               /* per node: 1 seen true, 2 seen false, 4 seen otherwise, 8 seen as a human's matter; NULL: not recorded */
  test_mark *marks; uint32_t mark_count;
  uint8_t *marked; uint32_t *mark_of; /* per node: MARK_* bits; for each of the three outcomes the last mark that names it */
  const char *only_path;      /* cases of this file only (a table), or NULL */
  int32_t law_known;          /* ANS_DAY_MAX: all law */
  unsigned cases, failed, checks;
  json_t *failures;           /* array; also printed unless quiet */
  bool quiet;
} tester;

/* test_run.c */
bool test_selected(const tester *t, const ans_tcase *c);      /* --filter, --table */
bool test_same(ans_scalar a, ans_scalar b);
uint32_t test_row(const ans_tcase *c, const uint32_t *rows, const char *name);
ans_vm *test_vm(const ans_program *p, int32_t law_known);     /* keeps every result; NULL without memory */
/* Runs the selected cases on both engines. Counts, failures and hits go to the tester. */
ans_status test_run(tester *t, ans_error *err) ANS_MUST_CHECK;
/* `fehlt`: whether the relevant missing facts of the claim are exactly the expected ones. */
ans_status test_missing(const tester *t, ans_columns *cols, const ans_tcase *c, const ans_texpect *e, const uint32_t *rows, int32_t month, bool *ok, ans_error *err) ANS_MUST_CHECK;

/* test_table.c: cases as a table, one a row (docs/formats/test-table.md). */
ans_status test_table_load(test_suite *s, const char *path, ans_error *err) ANS_MUST_CHECK;
ans_status test_table_export(const tester *t, const char *path, ans_error *err) ANS_MUST_CHECK;

int test_cut(const char *text, int max);                       /* bytes to print of a long text: at most max, whole code points (for %.*s) */

/* test_marks.c: what is marked as unreachable, after test_run; false without memory. */
bool test_marks(tester *t);
void test_marks_free(tester *t);
const char *test_mark_wrong(const tester *t, const test_mark *k); /* why the mark is not true, or NULL */
json_t *test_marks_json(const tester *t);                         /* the marks that are not true */

/* test_coverage.c */
const ans_rule *test_node_rule(const tester *t, uint32_t node); /* of a rule or condition, or NULL */
const char *test_node_path(const tester *t, uint32_t node);   /* file of a rule or condition */
json_t *test_coverage(const tester *t);                       /* provisions, rules, conditions, wrong marks, summary */
/* Everything reached or marked (only with a true mark). */
bool test_coverage_complete(const json_t *coverage);
void test_coverage_print(const tester *t, const json_t *coverage);

/* test_hunt.c: the verdict of every mutant, in `verdicts` (one for each). limit: 0 for all of them, else a sample of so many. */
typedef uint8_t test_verdict;
enum { TEST_NOT_EXAMINED, TEST_KILLED, TEST_SURVIVED, TEST_INVALID };
ans_status test_hunt(const tester *t, ans_mutants *mutants, uint32_t limit, unsigned jobs, test_verdict *verdicts, ans_error *err) ANS_MUST_CHECK;

/* test_survivors.c: survivors that mutanten.csv in the folder of the package explains; patterns point into `bytes`. No file: no entries. */
typedef struct test_listed { const char *result, *provision, *text, *key, *reason; uint32_t expected, found, line; } test_listed;
typedef struct test_list { char path[1024]; char *bytes; test_listed *entries; uint32_t count; } test_list;
ans_status test_list_load(const char *package, test_list *out, ans_error *err) ANS_MUST_CHECK; /* free in every case */
void test_list_free(test_list *list);
/* The first entry that matches, and counts it there; NULL if none does. */
const test_listed *test_list_find(test_list *list, const char *result, const char *provision, const ans_mutant *x);

/* test_mutate.c: adds "mutation" to the package's report. *clean is false if a mutant survives that is neither marked nor listed, or if marks or
 * entries of the list no longer apply. path: the package. */
ans_status test_mutate(tester *t, ans_model *model, const char *path, json_t *report, bool *clean, ans_error *err) ANS_MUST_CHECK;

/* test_report.c: the report (anspruch-test/1) as one page of HTML without scripts or anything from outside. */
ans_status test_report_html(const cli_args *a, const json_t *root, const char *path, ans_error *err) ANS_MUST_CHECK;
ans_status test_write(const char *path, const char *text, size_t len, ans_error *err) ANS_MUST_CHECK; /* all or nothing: temporary file and rename */
#endif
