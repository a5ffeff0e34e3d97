/* Growable byte buffer with a maximum. Failure is sticky: appends after it do nothing, so that a writer checks once at the end.
 * Caller storage; not thread-safe. */
#ifndef ANS_BASE_BUFFER_H
#define ANS_BASE_BUFFER_H
#include <stdbool.h>
#include <stddef.h>
typedef struct ans_buffer {
  char *data;        /* NUL-terminated once anything was appended; NULL before */
  size_t len, cap, max;
  bool failed;       /* out of memory, or max would be exceeded */
  bool full;         /* failed because of max */
} ans_buffer;
void ans_buffer_init(ans_buffer *b, size_t max_bytes /* 0 = 1 GiB */);
void ans_buffer_dispose(ans_buffer *b);
void ans_buffer_append(ans_buffer *b, const void *data, size_t len);
/* Room for at least n bytes at the end, to be written directly; NULL if failed. ans_buffer_used says up to where they were written (within that room). For writers
 * that check once for several small items. */
char *ans_buffer_room(ans_buffer *b, size_t n);
void ans_buffer_used(ans_buffer *b, const char *end);
/* Puts bytes before position at (at most len). */
void ans_buffer_insert(ans_buffer *b, size_t at, const void *data, size_t len);
void ans_buffer_text(ans_buffer *b, const char *s);
void ans_buffer_char(ans_buffer *b, char c);
void ans_buffer_printf(ans_buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* JSON string literal with quotes; control characters, quote and backslash escaped. s must be UTF-8. This spelling enters hashes (case documents) and never changes. */
void ans_buffer_json(ans_buffer *b, const char *s);
/* The same string in the spelling of explanations: \b, \f, \n, \r, \t, other control characters as \u00XX in capitals, DEL as it is. */
void ans_buffer_json_short(ans_buffer *b, const char *s);
/* Hands the bytes over (malloc'd, NUL-terminated, "" if nothing was appended); the buffer is empty afterwards. NULL if failed. */
char *ans_buffer_take(ans_buffer *b, size_t *len /* may be NULL */);
#endif
