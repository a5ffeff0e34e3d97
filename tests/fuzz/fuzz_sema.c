/* libFuzzer target: any bytes as a rule file through analysis and lowering. Beyond crashes it checks that a file without errors gives a
 * program: the verifier refusing what the analysis accepted is a finding, and so is a package that does not come back from its bytes. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lower/lower.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_package(ans_program *p) {
  unsigned char *bytes = NULL;
  size_t len = 0;
  ans_program *back = NULL;
  ans_error err = {0};
  ans_status st = ans_program_encode(p, &bytes, &len, &err);
  if (st == ANS_MEMORY || st == ANS_LIMIT) return;
  if (st != ANS_OK || ans_program_decode(bytes, len, "fuzz", &back, &err) != ANS_OK || memcmp(back->sha256, p->sha256, sizeof p->sha256) != 0) abort();
  ans_program_free(back);
  free(bytes);
}

static void check_cases(const ans_model *m, const ans_program *p) {
  for (uint32_t i = 0; i < m->case_count; i++) {
    ans_columns *columns = NULL;
    uint32_t *rows = NULL;
    ans_error err = {0};
    if (ans_testcase_columns(m, p, &m->cases[i], &columns, &rows, &err) == ANS_INTERNAL) abort();
    ans_columns_free(columns);
    free(rows);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  ans_diags *d = ans_diags_new();
  ans_tree *t = NULL;
  ans_model *m = NULL;
  ans_program *p = NULL;
  ans_error err = {0};
  ans_status st = d ? ans_tree_parse("fuzz.recht", (const char *)data, size, d, &t, &err) : ANS_MEMORY;
  if (st == ANS_OK) st = ans_sema_analyse(&t, 1, d, &m, &err); /* files with mistakes of syntax too */
  if (st == ANS_OK && !m != (ans_diags_errors(d) != 0)) abort(); /* a model, or at least one error, never both */
  if (m) {
    st = ans_lower_program(m, &p, &err);
    if (st != ANS_OK && st != ANS_LIMIT && st != ANS_MEMORY) {
      fprintf(stderr, "lowering refused an accepted file: %s\n", err.code ? err.code : "?");
      abort();
    }
  }
  if (p) {
    check_package(p);
    check_cases(m, p);
  }
  ans_program_free(p);
  ans_model_free(m);
  ans_tree_free(t);
  ans_diags_free(d);
  return 0;
}
