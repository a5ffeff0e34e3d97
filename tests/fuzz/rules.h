/* What fuzz targets with rules of their own share: the rules as a program. */
#ifndef ANS_FUZZ_RULES_H
#define ANS_FUZZ_RULES_H
#include <stdio.h>
#include <stdlib.h>
#include "lower/lower.h"

/* Made once, of the first rules given, kept for the life of the process. Ends the process where the rules are wrong, which is a mistake of the target. */
static inline ans_program *fuzz_program(const char *rules, size_t size) {
  static ans_program *p;
  static ans_model *m;
  static ans_tree *t;
  if (p) return p;
  ans_diags *d = ans_diags_new();
  ans_error err = {0};
  ans_status st = d ? ans_tree_parse("fuzz.recht", rules, size, d, &t, &err) : ANS_MEMORY;
  if (st == ANS_OK && !ans_diags_errors(d)) st = ans_sema_analyse(&t, 1, d, &m, &err);
  if (m && st == ANS_OK) st = ans_lower_program(m, &p, &err);
  if (d && ans_diags_errors(d)) ans_diags_print(d, stderr, (ans_diag_options){.lang = ANS_LANG_EN});
  ans_diags_free(d);
  if (!p) abort();
  return p;
}
#endif
