/* Command doc: rule packages as a static site, one page a package and an index. The test cases are run first, so that a page says what they
 * gave. Files are written whole or not at all; other files in the folder are left alone. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/error.h"
#include "doc/doc.h"
#include "laws.h"
#include "testing.h"

typedef struct doc_unit {
  cli_package package;
  ans_law_uses *uses;
  ans_law_status *status; size_t status_count;
  uint8_t **outcomes;         /* per case */
  unsigned failed;
} doc_unit;

static void close_unit(doc_unit *u) {
  for (size_t i = 0; i < u->status_count; i++) ans_law_status_dispose(&u->status[i]);
  for (uint32_t i = 0; u->outcomes && i < u->package.compilation.model->case_count; i++) free(u->outcomes[i]);
  free(u->status);
  free(u->outcomes);
  ans_law_uses_free(u->uses);
  cli_package_free(&u->package);
}

static bool failed_at(const json_t *failures, const char *path, uint32_t line) {
  size_t i;
  json_t *o;
  json_array_foreach(failures, i, o) {
    const char *p = json_string_value(json_object_get(o, "path"));
    if (p && strcmp(p, path) == 0 && json_integer_value(json_object_get(o, "line")) == (json_int_t)line) return true;
  }
  return false;
}

/* Runs the cases and keeps the outcome of every expectation. */
static ans_status run_cases(const cli_args *a, doc_unit *u, ans_error *err) {
  const ans_model *m = u->package.compilation.model;
  tester t = {.a = a, .m = m, .p = u->package.program, .failures = json_array(), .quiet = true, .law_known = ANS_DAY_MAX};
  ans_status st = t.failures ? test_run(&t, err) : ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "doc", NULL);
  u->outcomes = calloc((size_t)m->case_count + 1, sizeof *u->outcomes);
  for (uint32_t i = 0; st == ANS_OK && i < m->case_count; i++) {
    const ans_tcase *c = &m->cases[i];
    if (u->outcomes) u->outcomes[i] = calloc((size_t)c->expect_count + 1, 1);
    if (!u->outcomes || !u->outcomes[i]) st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "doc", NULL);
    for (uint32_t k = 0; st == ANS_OK && k < c->expect_count; k++) u->outcomes[i][k] = failed_at(t.failures, c->path, c->expects[k].line) ? ANS_DOC_FAILED : ANS_DOC_PASSED;
  }
  u->failed = t.failed;
  json_decref(t.failures);
  return st;
}

static ans_status open_unit(const cli_args *a, doc_unit *u, const char *path, const cli_laws *laws, ans_error *err) {
  ans_status st = cli_package_open(a, path, &u->package, err);
  if (st == ANS_OK && !u->package.from_text) st = ans_error_set(err, ANS_USAGE, "E-DOC-TEXT", path, NULL);
  if (st == ANS_OK) st = cli_laws_uses(&u->package, &u->uses, err);
  u->status = calloc(laws->count + 1, sizeof *u->status);
  if (st == ANS_OK && !u->status) st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "doc", NULL);
  for (size_t i = 0; st == ANS_OK && i < laws->count; i++) {
    st = ans_law_status_make(u->uses, laws->laws[i], false, &u->status[u->status_count], err);
    if (st != ANS_OK) break;
    if (u->status[u->status_count].sections) u->status_count++; /* laws this package does not cite are not on its page */
    else ans_law_status_dispose(&u->status[u->status_count]);
  }
  return st == ANS_OK ? run_cases(a, u, err) : st;
}

static ans_status write_page(const char *folder, const char *name, ans_buffer *b, ans_error *err) {
  size_t n = strlen(folder) + strlen(name) + 2;
  char *path = malloc(n);
  if (!path) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "doc", NULL);
  snprintf(path, n, "%s/%s", folder, name);
  ans_status st = test_write(path, b->data, b->len, err);
  free(path);
  return st;
}

static ans_status check_names(const ans_doc_package *p, size_t n, ans_error *err) {
  char a[ANS_DOC_FILE_NAME], b[ANS_DOC_FILE_NAME];
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < i; k++)
      if (strcmp(ans_doc_file_name(p[i].model->name, a), ans_doc_file_name(p[k].model->name, b)) == 0) return ans_error_set(err, ANS_USAGE, "E-DOC-NAME", NULL, p[i].model->name, p[k].model->name, a, NULL);
  return ANS_OK;
}

static ans_status write_site(const cli_args *a, const ans_doc_package *p, size_t n, const char *folder, ans_error *err) {
  char name[ANS_DOC_FILE_NAME];
  ans_status st = check_names(p, n, err);
  if (st == ANS_OK && mkdir(folder, 0777) != 0 && errno != EEXIST) st = ans_error_set(err, ANS_IO, "E-CLI-OUTPUT", folder, strerrordesc_np(errno), NULL);
  for (size_t i = 0; i <= n && st == ANS_OK; i++) {
    ans_buffer b;
    ans_buffer_init(&b, ANS_DOC_MAX_BYTES);
    st = i < n ? ans_doc_page(&p[i], a->lang, &b, err) : ans_doc_index(p, n, a->lang, &b, err);
    if (st == ANS_OK) st = write_page(folder, i < n ? ans_doc_file_name(p[i].model->name, name) : "index.html", &b, err);
    if (st == ANS_OK) printf("%s/%s\n", folder, i < n ? name : "index.html");
    ans_buffer_dispose(&b);
  }
  return st;
}

int cli_doc(const cli_args *a) {
  ans_error err = {0};
  cli_laws laws = {.count = 0};
  const char *folder = NULL;
  size_t n = (size_t)a->positional_count, opened = 0;
  unsigned failed = 0;
  doc_unit *units = calloc(n, sizeof *units);
  ans_doc_package *pages = calloc(n, sizeof *pages);
  ans_status st = units && pages ? cli_need(a, OPT_OUTPUT, &folder, &err) : ans_error_set(&err, ANS_MEMORY, "E-MEMORY", NULL, "doc", NULL);
  if (st == ANS_OK) st = cli_laws_open(&laws, a->repeated[OPT_LAW], a->repeat_count[OPT_LAW], &err);
  for (size_t i = 0; i < n && st == ANS_OK; i++) {
    doc_unit *u = &units[opened++];
    st = open_unit(a, u, a->positional[i], &laws, &err);
    failed += u->failed;
    if (st == ANS_OK)
      pages[i] = (ans_doc_package){u->package.compilation.model, u->package.program->sha256, u->uses, u->status, u->status_count, (const uint8_t *const *)u->outcomes};
  }
  if (st == ANS_OK) st = write_site(a, pages, n, folder, &err);
  for (size_t i = 0; i < opened; i++) close_unit(&units[i]);
  free(units);
  free(pages);
  cli_laws_close(&laws);
  if (st != ANS_OK) return cli_fail(a, st, &err);
  if (failed) printf("%u %s\n", failed, cli_say(a, "Prüffälle nicht erfüllt", "test cases failed"));
  return failed ? ANS_NEGATIVE : ANS_OK;
}
