/* Growable buffer with a maximum; doubles, never shrinks. See buffer.h for the sticky failure rule. */
#include "base/buffer.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ans_buffer_init(ans_buffer *b, size_t max_bytes) {
  memset(b, 0, sizeof *b);
  b->max = max_bytes ? max_bytes : (size_t)1 << 30;
  if (b->max > SIZE_MAX / 4) b->max = SIZE_MAX / 4;
}

void ans_buffer_dispose(ans_buffer *b) {
  free(b->data);
  b->data = NULL;
  b->len = b->cap = 0;
}

/* Room for len more bytes and the final NUL. */
static bool buffer__reserve(ans_buffer *b, size_t len) {
  if (b->failed) return false;
  if (len > b->max - b->len) {
    b->failed = b->full = true;
    return false;
  }
  size_t need = b->len + len + 1;
  if (need <= b->cap) return true;
  size_t cap = b->cap ? b->cap : 256;
  while (cap < need) cap *= 2;
  char *p = realloc(b->data, cap);
  if (!p) {
    b->failed = true;
    return false;
  }
  b->data = p;
  b->cap = cap;
  return true;
}

void ans_buffer_append(ans_buffer *b, const void *data, size_t len) {
  if (!buffer__reserve(b, len)) return;
  if (len) memcpy(b->data + b->len, data, len);
  b->len += len;
  b->data[b->len] = 0;
}

void ans_buffer_text(ans_buffer *b, const char *s) { ans_buffer_append(b, s, strlen(s)); }

void ans_buffer_char(ans_buffer *b, char c) { ans_buffer_append(b, &c, 1); }

void ans_buffer_printf(ans_buffer *b, const char *format, ...) {
  va_list ap, again;
  va_start(ap, format);
  va_copy(again, ap);
  int n = vsnprintf(NULL, 0, format, ap);
  va_end(ap);
  if (n < 0) {
    b->failed = true;
  } else if (buffer__reserve(b, (size_t)n)) {
    vsnprintf(b->data + b->len, (size_t)n + 1, format, again);
    b->len += (size_t)n;
  }
  va_end(again);
}

void ans_buffer_json(ans_buffer *b, const char *s) {
  ans_buffer_char(b, '"');
  for (const char *from = s;;) {
    const char *p = from;
    while ((unsigned char)*p >= 0x20 && *p != '"' && *p != '\\' && *p != 0x7f) p++;
    if (p != from) ans_buffer_append(b, from, (size_t)(p - from));
    if (!*p) break;
    if (*p == '"' || *p == '\\') {
      ans_buffer_char(b, '\\');
      ans_buffer_char(b, *p);
    } else if (*p == '\n') {
      ans_buffer_text(b, "\\n");
    } else {
      ans_buffer_printf(b, "\\u%04x", (unsigned)(unsigned char)*p);
    }
    from = p + 1;
  }
  ans_buffer_char(b, '"');
}

char *ans_buffer_take(ans_buffer *b, size_t *len) {
  if (!b->data) ans_buffer_append(b, "", 0);
  if (b->failed) return NULL;
  char *p = b->data;
  if (len) *len = b->len;
  b->data = NULL;
  b->len = b->cap = 0;
  return p;
}
