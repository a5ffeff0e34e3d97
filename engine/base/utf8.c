/* UTF-8 helpers. Written out instead of using iconv or libunistring: fifty lines, no locale, no allocation. */
#include "base/utf8.h"
#include <string.h>

size_t ans_utf8_decode(const char *s, size_t len, uint32_t *code_point) {
  if (len == 0) return 0;
  const unsigned char *u = (const unsigned char *)s;
  uint32_t c = u[0];
  size_t n = c < 0x80 ? 1 : c >= 0xc2 && c <= 0xdf ? 2 : c >= 0xe0 && c <= 0xef ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
  if (n == 0 || n > len) return 0;
  if (n > 1) c &= 0x7fu >> n;
  for (size_t i = 1; i < n; i++) {
    if ((u[i] & 0xc0) != 0x80) return 0;
    c = c << 6 | (u[i] & 0x3fu);
  }
  if ((n == 3 && (c < 0x800 || (c >= 0xd800 && c <= 0xdfff))) || (n == 4 && (c < 0x10000 || c > 0x10ffff))) return 0;
  *code_point = c;
  return n;
}

size_t ans_utf8_valid_prefix(const char *s, size_t len) {
  size_t i = 0;
  while (i < len) {
    uint32_t c;
    if ((unsigned char)s[i] < 0x80) { /* keys and most names are ASCII */
      i++;
      continue;
    }
    size_t n = ans_utf8_decode(s + i, len - i, &c);
    if (n == 0) break;
    i += n;
  }
  return i;
}

bool ans_utf8_valid(const char *s, size_t len) { return ans_utf8_valid_prefix(s, len) == len; }

bool ans_utf8_printable(const char *s, size_t len) {
  size_t i = 0;
  while (i < len) {
    uint32_t c;
    size_t n = ans_utf8_decode(s + i, len - i, &c);
    if (n == 0 || c < 0x20 || (c >= 0x7f && c <= 0x9f)) return false;
    i += n;
  }
  return true;
}

enum { TEXT_MAX = 63 };

static size_t text__points(const char *s, uint32_t out[TEXT_MAX]) {
  size_t len = strlen(s), count = 0;
  for (size_t i = 0; i < len;) {
    uint32_t c = 0;
    size_t n = ans_utf8_decode(s + i, len - i, &c);
    if (n == 0) n = 1, c = 0xfffd;
    if (count == TEXT_MAX) return TEXT_MAX + 1;
    out[count++] = c >= 'A' && c <= 'Z' ? c + 32 : c;
    i += n;
  }
  return count;
}

unsigned ans_text_distance(const char *a, const char *b, unsigned limit) {
  uint32_t x[TEXT_MAX], y[TEXT_MAX];
  size_t nx = text__points(a, x), ny = text__points(b, y);
  if (nx > TEXT_MAX || ny > TEXT_MAX) return limit + 1;
  unsigned row[TEXT_MAX + 1];
  for (size_t j = 0; j <= ny; j++) row[j] = (unsigned)j;
  for (size_t i = 1; i <= nx; i++) {
    unsigned diagonal = row[0];
    row[0] = (unsigned)i;
    for (size_t j = 1; j <= ny; j++) {
      unsigned swap = diagonal + (x[i - 1] != y[j - 1]);
      diagonal = row[j];
      unsigned gap = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
      row[j] = swap < gap ? swap : gap;
    }
  }
  return row[ny] > limit ? limit + 1 : row[ny];
}

bool ans_text_closer(const char *word, const char *candidate, unsigned *best) {
  size_t len = strlen(word);
  unsigned limit = len <= 3 ? 1 : len <= 8 ? 2 : 3;
  unsigned d = ans_text_distance(word, candidate, limit);
  if (d > limit || d >= *best) return false;
  *best = d;
  return true;
}
