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
  if (cap > b->max + 1) cap = b->max + 1; /* so that room within the capacity is room within the maximum */
  char *p = realloc(b->data, cap);
  if (!p) {
    b->failed = true;
    return false;
  }
  b->data = p;
  b->cap = cap;
  return true;
}

/* Mostly there is room: no call. */
static inline bool buffer__room(ans_buffer *b, size_t len) { return (!b->failed && b->cap - b->len > len) || buffer__reserve(b, len); }

void ans_buffer_append(ans_buffer *b, const void *data, size_t len) {
  if (!buffer__room(b, len)) return;
  if (len) memcpy(b->data + b->len, data, len);
  b->len += len;
  b->data[b->len] = 0;
}

char *ans_buffer_room(ans_buffer *b, size_t n) {
  return buffer__room(b, n) ? b->data + b->len : NULL;
}

void ans_buffer_used(ans_buffer *b, const char *end) {
  b->len = (size_t)(end - b->data);
  b->data[b->len] = 0;
}

void ans_buffer_insert(ans_buffer *b, size_t at, const void *data, size_t len) {
  if (!len || !buffer__reserve(b, len)) return;
  memmove(b->data + at + len, b->data + at, b->len - at);
  memcpy(b->data + at, data, len);
  b->len += len;
  b->data[b->len] = 0;
}

void ans_buffer_text(ans_buffer *b, const char *s) { ans_buffer_append(b, s, strlen(s)); }

void ans_buffer_char(ans_buffer *b, char c) {
  if (!buffer__room(b, 1)) return;
  b->data[b->len++] = c;
  b->data[b->len] = 0;
}

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

/* The letter after the backslash, or 0. */
static char buffer__letter(unsigned char c, bool brief) {
  if (c == '"' || c == '\\') return (char)c;
  if (c == '\n') return 'n';
  if (!brief) return 0;
  return c == '\b' ? 'b' : c == '\f' ? 'f' : c == '\r' ? 'r' : c == '\t' ? 't' : 0;
}

static void buffer__quote(ans_buffer *b, const char *s, bool brief) {
  const char *hex = brief ? "0123456789ABCDEF" : "0123456789abcdef";
  ans_buffer_char(b, '"');
  for (const char *from = s;;) {
    const char *p = from;
    while ((unsigned char)*p >= 0x20 && *p != '"' && *p != '\\' && (brief || *p != 0x7f)) p++;
    if (p != from) ans_buffer_append(b, from, (size_t)(p - from));
    if (!*p) break;
    const unsigned char c = (unsigned char)*p;
    const char letter = buffer__letter(c, brief), escape[6] = {'\\', letter ? letter : 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    ans_buffer_append(b, escape, letter ? 2 : 6);
    from = p + 1;
  }
  ans_buffer_char(b, '"');
}

void ans_buffer_json(ans_buffer *b, const char *s) { buffer__quote(b, s, false); }
void ans_buffer_json_short(ans_buffer *b, const char *s) { buffer__quote(b, s, true); }

char *ans_buffer_take(ans_buffer *b, size_t *len) {
  if (!b->data) ans_buffer_append(b, "", 0);
  if (b->failed) return NULL;
  char *p = b->data;
  if (len) *len = b->len;
  b->data = NULL;
  b->len = b->cap = 0;
  return p;
}
