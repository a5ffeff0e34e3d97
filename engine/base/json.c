/* The JSON writer. See json.h. Rejected: writing through a library's document tree, which allocates for every value and took ten times as long as all that it described. */
#include "base/json.h"
#include <string.h>
#include "base/utf8.h"

/* Digits of m, which is at most 2^63 and so has at most 19. */
static unsigned json__length(uint64_t m) {
  unsigned n = 1;
  for (uint64_t limit = 10; n < 19 && m >= limit; n++) limit *= 10;
  return n;
}

char *ans_json_digits(char *out, int64_t v) {
  uint64_t m = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
  if (v < 0) *out++ = '-';
  char *const end = out + json__length(m), *at = end; /* where they belong at once */
  do *--at = (char)('0' + m % 10);
  while (m /= 10);
  return end;
}

void ans_json_open(ans_json *j, char bracket) {
  ans_json_next(j);
  ans_buffer_char(j->out, bracket);
  j->comma = false;
}

void ans_json_close(ans_json *j, char bracket) {
  ans_buffer_char(j->out, bracket);
  j->comma = true;
}

void ans_json_key(ans_json *j, const char *key) {
  const size_t len = strlen(key);
  char *p = ans_buffer_room(j->out, len + 4);
  if (!p) return;
  if (j->comma) *p++ = ',';
  *p++ = '"';
  memcpy(p, key, len);
  p[len] = '"';
  p[len + 1] = ':';
  ans_buffer_used(j->out, p + len + 2);
  j->comma = false;
}

void ans_json_string(ans_json *j, const char *s) {
  ans_json_next(j);
  ans_buffer_json_short(j->out, s);
}

void ans_json_integer(ans_json *j, int64_t v) {
  ans_json_next(j);
  char *p = ans_buffer_room(j->out, ANS_JSON_INT);
  if (p) ans_buffer_used(j->out, ans_json_digits(p, v));
}

void ans_json_truth(ans_json *j, bool v) {
  ans_json_next(j);
  ans_buffer_text(j->out, v ? "true" : "false");
}

void ans_json_raw(ans_json *j, const char *json, size_t len) {
  if (!len) return;
  ans_json_next(j);
  ans_buffer_append(j->out, json, len);
}

void ans_json_set(ans_json *j, const char *key, const char *s) {
  if (!s || !*s) return;
  ans_json_key(j, key);
  ans_json_string(j, s);
}

void ans_json_set_checked(ans_json *j, const char *key, const char *s) {
  if (s && ans_utf8_valid(s, strlen(s))) ans_json_set(j, key, s);
}

void ans_json_set_integer(ans_json *j, const char *key, int64_t v) {
  ans_json_key(j, key);
  ans_json_integer(j, v);
}

void ans_json_set_truth(ans_json *j, const char *key, bool v) {
  ans_json_key(j, key);
  ans_json_truth(j, v);
}
