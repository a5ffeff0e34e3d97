/* Text facts: the normal form of a text and full matches of PCRE2 patterns under fixed limits. The one place that runs PCRE2.
 *
 * A match must mean the same on every machine and in every later year, so everything that a build of PCRE2 may decide is fixed here: newline and
 * \R conventions, UTF and Unicode properties on, no JIT, no optimisations that skip work (whether a pair of pattern and text reaches a limit
 * depends on the two alone). Rejected: JIT (counts its limit in another way), POSIX expressions (no Unicode properties), an own matcher.
 * Threads: pure functions but for ans_pattern_match, which uses working memory of the pattern: one thread at a time for each ans_pattern. */
#ifndef ANS_TEXT_H
#define ANS_TEXT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "anspruch/status.h"

enum {
  ANS_TEXT_MAX_BYTES = 4000,             /* of a text fact, in normal form */
  ANS_PATTERN_MAX_BYTES = 1000,
  ANS_PATTERN_MAX_NESTING = 50,          /* parentheses */
  ANS_PATTERN_MATCH_LIMIT = 1000000,     /* steps of backtracking */
  ANS_PATTERN_DEPTH_LIMIT = 100000,      /* backtracking points kept at a time */
  ANS_PATTERN_HEAP_LIMIT = 20480         /* KiB for them */
};

/* What is wrong with a text: not UTF-8 (or a NUL inside), control characters, longer than ANS_TEXT_MAX_BYTES. */
typedef enum ans_text_fault { ANS_TEXT_FINE, ANS_TEXT_UTF8, ANS_TEXT_CONTROL, ANS_TEXT_LONG, ANS_TEXT_MEMORY } ans_text_fault;
/* The text in Unicode normal form C; *out is malloc'd and NUL-terminated, and NULL unless the result is ANS_TEXT_FINE. */
ans_text_fault ans_text_normal(const char *s, size_t len, char **out, size_t *out_len);

typedef struct ans_pattern ans_pattern;
typedef enum ans_pattern_kind {
  ANS_PATTERN_SYNTAX,                    /* PCRE2 does not accept it */
  ANS_PATTERN_LONG,                      /* more than ANS_PATTERN_MAX_BYTES */
  ANS_PATTERN_SETTING,                   /* begins with "(*": settings of the matcher are not the rule's business */
  ANS_PATTERN_CALLOUT                    /* has callouts */
} ans_pattern_kind;
typedef struct ans_pattern_fault { ans_pattern_kind kind; size_t offset /* bytes from the beginning */; char text[160] /* PCRE2's words for SYNTAX, else "" */; } ans_pattern_fault;
/* Compiles a pattern (UTF-8, no NUL). ANS_INPUT with *fault set if it is not acceptable, ANS_MEMORY. Free with ans_pattern_free. */
ans_status ans_pattern_compile(const char *pattern, size_t len, ans_pattern **out, ans_pattern_fault *fault) ANS_MUST_CHECK;
void ans_pattern_free(ans_pattern *p);

/* The whole text against the pattern. FAILED: a limit was reached, so the question has no answer. */
typedef enum ans_match { ANS_MATCH_NO, ANS_MATCH_YES, ANS_MATCH_FAILED, ANS_MATCH_MEMORY } ans_match;
ans_match ans_pattern_match(ans_pattern *p, const char *text, size_t len);
#endif
