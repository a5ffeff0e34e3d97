/* UTF-8: strict validation (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF), decoding, edit distance for "did you mean". */
#ifndef ANS_BASE_UTF8_H
#define ANS_BASE_UTF8_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/* Length of the longest valid prefix; equals len iff all of it is valid. NUL bytes are valid UTF-8 (callers that forbid them say so). */
size_t ans_utf8_valid_prefix(const char *s, size_t len);
bool ans_utf8_valid(const char *s, size_t len);
/* Decodes one code point at s (len > 0 bytes left). Returns its length 1…4, or 0 if it is not valid. */
size_t ans_utf8_decode(const char *s, size_t len, uint32_t *code_point);
/* No control characters (C0, DEL, C1): for names and one-line texts. s must be valid UTF-8. */
bool ans_utf8_printable(const char *s, size_t len);
/* Levenshtein distance in code points, ASCII case ignored; returns limit + 1 as soon as it exceeds limit. Texts longer than 63 code
 * points are never near anything. */
unsigned ans_text_distance(const char *a, const char *b, unsigned limit);
/* True if candidate is close enough to word to be suggested, and closer than *best (start with UINT_MAX); then updates *best. */
bool ans_text_closer(const char *word, const char *candidate, unsigned *best);
#endif
