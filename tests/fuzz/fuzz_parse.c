/* libFuzzer target: any bytes through the parser. Beyond crashes and sanitizer reports it checks that the tokens give the input back and
 * that what is found wrong can be printed. Run: fuzz_parse -max_total_time=60 CORPUS tests/golden/syntax/trees */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "syntax/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_lossless(const ans_tree *t) {
  size_t at = 0;
  for (uint32_t i = 0; i < t->token_count; i++) {
    if (t->tokens[i].trivia_at != at || t->tokens[i].at < at) abort();
    at = (size_t)t->tokens[i].at + t->tokens[i].len;
  }
  if (at != t->source.len) abort();
}

static void check_ranges(const ans_tree *t, const ans_syn *n) {
  if (n->first <= n->last && n->last >= t->token_count) abort();
  for (uint32_t i = 0; i < n->count; i++)
    if (n->child[i]) check_ranges(t, n->child[i]);
}

static void check_printing(const ans_diags *d, bool json) {
  char *text = NULL;
  size_t len = 0;
  FILE *f = open_memstream(&text, &len);
  if (!f) return;
  ans_diags_print(d, f, (ans_diag_options){.lang = ANS_LANG_DE, .json = json});
  fclose(f);
  if (ans_diags_errors(d) && !len) abort();
  free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  ans_diags *d = ans_diags_new();
  ans_tree *t = NULL;
  ans_error err;
  ans_status status = ans_tree_parse("fuzz.recht", (const char *)data, size, d, &t, &err);
  if (status == ANS_OK) {
    check_lossless(t);
    check_ranges(t, t->root);
    ans_syn_text(t, t->root);
  } else if (status != ANS_LIMIT && status != ANS_MEMORY) {
    abort();
  }
  check_printing(d, false);
  check_printing(d, true);
  ans_tree_free(t);
  ans_diags_free(d);
  return 0;
}
