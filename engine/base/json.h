/* Writes JSON forwards into a bounded buffer: no document, no memory per value, one check at the end (ans_buffer.failed). The caller keeps the order: a key before every value of an
 * object, as many ends as beginnings. Compact, in the spelling of ans_buffer_json_short. Caller storage; not thread-safe. */
#ifndef ANS_BASE_JSON_H
#define ANS_BASE_JSON_H
#include <stdint.h>
#include "base/buffer.h"

typedef struct ans_json {
  ans_buffer *out;
  bool comma;            /* the next item comes after another one */
} ans_json;

enum { ANS_JSON_INT = 20 }; /* most characters of a number */
/* Writes v in decimal without a final NUL and returns the end. At most ANS_JSON_INT characters. */
char *ans_json_digits(char *out, int64_t v);
/* The same, most numbers being small. */
static inline char *ans_json_small(char *out, int64_t v) {
  if ((uint64_t)v >= 10) return ans_json_digits(out, v);
  *out = (char)('0' + v);
  return out + 1;
}

/* A comma if one is due. */
static inline void ans_json_next(ans_json *j) {
  if (j->comma) ans_buffer_char(j->out, ',');
  j->comma = true;
}
void ans_json_open(ans_json *j, char bracket);    /* '{' or '[' */
void ans_json_close(ans_json *j, char bracket);   /* '}' or ']' */
void ans_json_key(ans_json *j, const char *key);  /* plain ASCII without quotes and backslashes */
/* Values (after a key, or in an array). */
void ans_json_string(ans_json *j, const char *s); /* UTF-8 */
void ans_json_integer(ans_json *j, int64_t v);
void ans_json_truth(ans_json *j, bool v);
/* JSON prepared earlier: a value, or the members of an object (with their keys and commas between them). Nothing if len is 0. */
void ans_json_raw(ans_json *j, const char *json, size_t len);
/* Members. */
void ans_json_set(ans_json *j, const char *key, const char *s); /* left out if s is NULL or empty */
void ans_json_set_checked(ans_json *j, const char *key, const char *s); /* left out also if s is not UTF-8: for what was cut somewhere */
void ans_json_set_integer(ans_json *j, const char *key, int64_t v);
void ans_json_set_truth(ans_json *j, const char *key, bool v);
#endif
