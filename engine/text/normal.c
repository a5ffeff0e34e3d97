/* The normal form of texts (docs/semantics.md § 1): Unicode NFC, so that a letter with a mark is the same text whether a register sent one
 * character or two. Owns nothing; pure. */
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>
#include "base/utf8.h"
#include "text/text.h"

enum { NORMAL_MAX_RAW = 4 * ANS_TEXT_MAX_BYTES }; /* NFC never shortens a text to less than a third; beyond this it is not tried */

static ans_text_fault normal__check(const char *s, size_t len) {
  if (len > NORMAL_MAX_RAW) return ANS_TEXT_LONG;
  if (!ans_utf8_valid(s, len) || memchr(s, 0, len)) return ANS_TEXT_UTF8;
  return ans_utf8_printable(s, len) ? ANS_TEXT_FINE : ANS_TEXT_CONTROL;
}

static bool normal__ascii(const char *s, size_t len) {
  for (size_t i = 0; i < len; i++)
    if ((unsigned char)s[i] >= 0x80) return false;
  return true;
}

ans_text_fault ans_text_normal(const char *s, size_t len, char **out, size_t *out_len) {
  *out = NULL;
  *out_len = 0;
  ans_text_fault fault = len ? normal__check(s, len) : ANS_TEXT_FINE;
  if (fault != ANS_TEXT_FINE) return fault;
  char *text = NULL;
  size_t n = len;
  if (len == 0 || normal__ascii(s, len)) {
    text = malloc(len + 1);
    if (!text) return ANS_TEXT_MEMORY;
    if (len) memcpy(text, s, len);
    text[len] = 0;
  } else {
    utf8proc_uint8_t *composed = NULL;
    utf8proc_ssize_t m = utf8proc_map((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)len, &composed, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    if (m < 0) return m == UTF8PROC_ERROR_INVALIDUTF8 ? ANS_TEXT_UTF8 : ANS_TEXT_MEMORY;
    text = (char *)composed;
    n = (size_t)m;
  }
  if (n > ANS_TEXT_MAX_BYTES) {
    free(text);
    return ANS_TEXT_LONG;
  }
  *out = text;
  *out_len = n;
  return ANS_TEXT_FINE;
}
