/* PCRE2 patterns of `entspricht` (docs/semantics.md § 1, "Texts"): compiled with fixed options, matched against the whole text with explicit limits.
 * Limits make a pathological pattern end in a named error of the case after a bounded amount of work; they count steps, never time.
 * Memory: the compiled pattern, and backtracking points up to ANS_PATTERN_HEAP_LIMIT. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>
#include "text/text.h"

struct ans_pattern {
  pcre2_code *code;
  pcre2_match_context *context;
  pcre2_match_data *data;
};

/* The last line switches off what would decide a match without trying it: limits then count the same steps in every version of the library. */
static const uint32_t pattern__options = PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C |
                                         PCRE2_NO_START_OPTIMIZE | PCRE2_NO_AUTO_POSSESS | PCRE2_NO_DOTSTAR_ANCHOR;

static ans_status pattern__fault(ans_pattern_fault *fault, ans_pattern_kind kind, size_t offset) {
  *fault = (ans_pattern_fault){.kind = kind, .offset = offset};
  return ANS_INPUT;
}

typedef struct pattern__callout { bool found; size_t offset; } pattern__callout;
static int pattern__on_callout(pcre2_callout_enumerate_block *block, void *ctx) {
  pattern__callout *c = ctx;
  c->found = true;
  c->offset = block->pattern_position;
  return 1;
}

static ans_status pattern__compile(pcre2_compile_context *context, const char *pattern, size_t len, pcre2_code **out, ans_pattern_fault *fault) {
  int error = 0;
  PCRE2_SIZE offset = 0;
  bool set = pcre2_set_newline(context, PCRE2_NEWLINE_LF) == 0 && pcre2_set_bsr(context, PCRE2_BSR_UNICODE) == 0 &&
             pcre2_set_parens_nest_limit(context, ANS_PATTERN_MAX_NESTING) == 0;
  if (!set) return ANS_MEMORY;
  *out = pcre2_compile((PCRE2_SPTR)pattern, len, pattern__options, &error, &offset, context);
  if (!*out) {
    if (error == PCRE2_ERROR_HEAP_FAILED) return ANS_MEMORY;
    pattern__fault(fault, ANS_PATTERN_SYNTAX, offset > len ? len : offset);
    PCRE2_UCHAR text[sizeof fault->text];
    if (pcre2_get_error_message(error, text, sizeof text) > 0) memcpy(fault->text, text, sizeof text);
    return ANS_INPUT;
  }
  pattern__callout callout = {false, 0};
  (void)pcre2_callout_enumerate(*out, pattern__on_callout, &callout);
  return callout.found ? pattern__fault(fault, ANS_PATTERN_CALLOUT, callout.offset) : ANS_OK;
}

ans_status ans_pattern_compile(const char *pattern, size_t len, ans_pattern **out, ans_pattern_fault *fault) {
  *out = NULL;
  *fault = (ans_pattern_fault){.kind = ANS_PATTERN_SYNTAX};
  if (len > ANS_PATTERN_MAX_BYTES) return pattern__fault(fault, ANS_PATTERN_LONG, ANS_PATTERN_MAX_BYTES);
  if (len >= 2 && memcmp(pattern, "(*", 2) == 0) return pattern__fault(fault, ANS_PATTERN_SETTING, 0);
  ans_pattern *p = calloc(1, sizeof *p);
  pcre2_compile_context *context = pcre2_compile_context_create(NULL);
  ans_status s = p && context ? pattern__compile(context, pattern, len, &p->code, fault) : ANS_MEMORY;
  pcre2_compile_context_free(context);
  if (s == ANS_OK) {
    p->context = pcre2_match_context_create(NULL);
    p->data = pcre2_match_data_create(1, NULL); /* only whether it matches is asked */
    bool ok = p->context && p->data && pcre2_set_match_limit(p->context, ANS_PATTERN_MATCH_LIMIT) == 0 &&
              pcre2_set_depth_limit(p->context, ANS_PATTERN_DEPTH_LIMIT) == 0 && pcre2_set_heap_limit(p->context, ANS_PATTERN_HEAP_LIMIT) == 0;
    if (!ok) s = ANS_MEMORY;
  }
  if (s != ANS_OK) {
    ans_pattern_free(p);
    return s;
  }
  *out = p;
  return ANS_OK;
}

void ans_pattern_free(ans_pattern *p) {
  if (!p) return;
  pcre2_match_data_free(p->data);
  pcre2_match_context_free(p->context);
  pcre2_code_free(p->code);
  free(p);
}

ans_match ans_pattern_match(ans_pattern *p, const char *text, size_t len) {
  int r = pcre2_match(p->code, (PCRE2_SPTR)text, len, 0, 0, p->data, p->context);
  if (r >= 0) return ANS_MATCH_YES;
  if (r == PCRE2_ERROR_NOMATCH) return ANS_MATCH_NO;
  return r == PCRE2_ERROR_NOMEMORY ? ANS_MATCH_MEMORY : ANS_MATCH_FAILED;
}
