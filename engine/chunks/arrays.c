/* Arrays of numbers in the narrowest of a few encodings. Why so few: a column of facts is nearly always constant, a small range, or bits, and each of the
 * loops below is one that a compiler turns into vector code; anything cleverer is left to zstd. All numbers are little-endian.
 * An array: u8 encoding, u8 width, u16 zero, u32 count, i64 base, then the data. Exactly one form of an array is written, and the reader accepts no other
 * count than the one it expects. Pure. */
#include <endian.h>
#include <string.h>
#include "chunks/chunks.h"

enum { ARRAYS_BLOCK = 512 };       /* numbers on their way through the stack */

static void arrays__head(ans_buffer *b, uint8_t encoding, uint8_t width, uint32_t n, int64_t base) {
  uint8_t head[ANS_CHUNK_ARRAY_HEAD] = {encoding, width};
  uint32_t count = htole32(n);
  uint64_t bits = htole64((uint64_t)base);
  memcpy(head + 4, &count, 4);
  memcpy(head + 8, &bits, 8);
  ans_buffer_append(b, head, sizeof head);
}

static void arrays__offsets(ans_buffer *b, const int64_t *v, uint32_t n, int64_t base, uint8_t width) {
  uint8_t block[8 * ARRAYS_BLOCK];
  for (uint32_t i = 0; i < n;) {
    uint32_t part = n - i < ARRAYS_BLOCK ? n - i : ARRAYS_BLOCK;
    for (uint32_t k = 0; k < part; k++) {
      uint64_t x = htole64((uint64_t)v[i + k] - (uint64_t)base); /* little-endian: the low bytes come first */
      memcpy(block + (size_t)k * width, &x, width);
    }
    ans_buffer_append(b, block, (size_t)part * width);
    i += part;
  }
}

/* The head; how many bytes an offset has. */
static uint8_t arrays__range(ans_buffer *b, int64_t low, int64_t high, uint32_t n) {
  uint64_t range = (uint64_t)high - (uint64_t)low;
  uint8_t width = range == 0 ? 0 : range <= UINT8_MAX ? 1 : range <= UINT16_MAX ? 2 : range <= UINT32_MAX ? 4 : 8;
  arrays__head(b, width ? ANS_CHUNK_OFFSETS : ANS_CHUNK_CONSTANT, width, n, low);
  return width;
}

void ans_chunk_put_ints(ans_buffer *b, const int64_t *v, uint32_t n) {
  int64_t low = n ? v[0] : 0, high = low;
  for (uint32_t i = 1; i < n; i++) {
    if (v[i] < low) low = v[i];
    if (v[i] > high) high = v[i];
  }
  const uint8_t width = arrays__range(b, low, high, n);
  if (width) arrays__offsets(b, v, n, low, width);
}

void ans_chunk_put_i32s(ans_buffer *b, const int32_t *v, uint32_t n) {
  int32_t low = n ? v[0] : 0, high = low;
  int64_t block[ARRAYS_BLOCK];
  for (uint32_t i = 1; i < n; i++) {
    low = v[i] < low ? v[i] : low;
    high = v[i] > high ? v[i] : high;
  }
  const uint8_t width = arrays__range(b, low, high, n);
  for (uint32_t i = 0; width && i < n; i += ARRAYS_BLOCK) {
    const uint32_t part = n - i < ARRAYS_BLOCK ? n - i : ARRAYS_BLOCK;
    for (uint32_t k = 0; k < part; k++) block[k] = v[i + k];
    arrays__offsets(b, block, part, low, width);
  }
}

void ans_chunk_put_u32s(ans_buffer *b, const uint32_t *v, uint32_t n) {
  uint32_t low = n ? v[0] : 0, high = low;
  for (uint32_t i = 1; i < n; i++) {
    if (v[i] < low) low = v[i];
    if (v[i] > high) high = v[i];
  }
  uint32_t range = high - low;
  uint8_t width = range == 0 ? 0 : range <= UINT8_MAX ? 1 : range <= UINT16_MAX ? 2 : 4;
  arrays__head(b, width ? ANS_CHUNK_OFFSETS : ANS_CHUNK_CONSTANT, width, n, low);
  for (uint32_t i = 0; width && i < n; i++) {
    uint32_t x = htole32(v[i] - low);
    ans_buffer_append(b, &x, width);
  }
}

void ans_chunk_put_bits(ans_buffer *b, const uint64_t *words, uint32_t n) {
  uint64_t any = 0, all = UINT64_MAX;
  for (uint32_t w = 0; words && w < (n + 63) / 64; w++) {
    uint32_t left = n - w * 64;
    any |= words[w];
    all &= left >= 64 ? words[w] : words[w] | ~((UINT64_C(1) << left) - 1);
  }
  if (!any || all == UINT64_MAX) {
    arrays__head(b, ANS_CHUNK_CONSTANT, 0, n, any != 0);
    return;
  }
  arrays__head(b, ANS_CHUNK_BITS, 0, n, 0);
  for (uint32_t w = 0; w < (n + 63) / 64; w++) {
    uint32_t left = n - w * 64;
    uint64_t x = htole64(words[w]);
    ans_buffer_append(b, &x, left >= 64 ? 8 : (left + 7) / 8);
  }
}

void ans_chunk_put_bytes(ans_buffer *b, const void *bytes, uint32_t n) {
  arrays__head(b, ANS_CHUNK_BYTES, 0, n, 0);
  if (n) ans_buffer_append(b, bytes, n);
}

/* --- reading -------------------------------------------------------------------------------------------------------------------- */
typedef struct arrays__header { uint8_t encoding; ans_chunk_ints ints; } arrays__header;

/* Reads the head of an array of n items and finds its data; false (and failed) unless all of it is there. */
static bool arrays__begin(ans_chunk_reader *r, uint32_t n, arrays__header *h) {
  uint32_t count = 0;
  uint64_t base = 0, bytes = 0;
  if (r->failed || r->end - r->at < ANS_CHUNK_ARRAY_HEAD) return !(r->failed = true);
  h->encoding = r->at[0];
  h->ints.width = r->at[1];
  memcpy(&count, r->at + 4, 4);
  memcpy(&base, r->at + 8, 8);
  h->ints.base = (int64_t)le64toh(base);
  bool ok = r->at[2] == 0 && r->at[3] == 0 && le32toh(count) == n;
  if (h->encoding == ANS_CHUNK_CONSTANT) ok = ok && h->ints.width == 0;
  else if (h->encoding == ANS_CHUNK_OFFSETS) ok = ok && (h->ints.width == 1 || h->ints.width == 2 || h->ints.width == 4 || h->ints.width == 8), bytes = (uint64_t)n * h->ints.width;
  else if (h->encoding == ANS_CHUNK_BITS) ok = ok && h->ints.width == 0 && h->ints.base == 0, bytes = ((uint64_t)n + 7) / 8;
  else if (h->encoding == ANS_CHUNK_BYTES) ok = ok && h->ints.width == 0 && h->ints.base == 0, bytes = n;
  else ok = false;
  if (!ok || bytes > (uint64_t)(r->end - r->at - ANS_CHUNK_ARRAY_HEAD)) return !(r->failed = true);
  h->ints.data = r->at + ANS_CHUNK_ARRAY_HEAD;
  r->at = h->ints.data + bytes;
  return true;
}

/* One loop for each width, so that each is a plain widening addition. */
static void arrays__widen(const ans_chunk_ints *h, int64_t *v, uint32_t n) {
  const uint64_t base = (uint64_t)h->base;
  switch (h->width) {
  case 1:
    for (uint32_t i = 0; i < n; i++) v[i] = (int64_t)(base + h->data[i]);
    return;
  case 2:
    for (uint32_t i = 0; i < n; i++) {
      uint16_t x;
      memcpy(&x, h->data + (size_t)i * 2, 2);
      v[i] = (int64_t)(base + le16toh(x));
    }
    return;
  case 4:
    for (uint32_t i = 0; i < n; i++) {
      uint32_t x;
      memcpy(&x, h->data + (size_t)i * 4, 4);
      v[i] = (int64_t)(base + le32toh(x));
    }
    return;
  case 8:
    for (uint32_t i = 0; i < n; i++) {
      uint64_t x;
      memcpy(&x, h->data + (size_t)i * 8, 8);
      v[i] = (int64_t)(base + le64toh(x));
    }
    return;
  default:
    for (uint32_t i = 0; i < n; i++) v[i] = h->base;
  }
}

ans_chunk_ints ans_chunk_find_ints(ans_chunk_reader *r, uint32_t n) {
  arrays__header h;
  if (arrays__begin(r, n, &h) && h.encoding > ANS_CHUNK_OFFSETS) r->failed = true;
  return r->failed ? (ans_chunk_ints){0} : h.ints;
}

void ans_chunk_get_ints(ans_chunk_reader *r, int64_t *v, uint32_t n) {
  const ans_chunk_ints found = ans_chunk_find_ints(r, n);
  if (r->failed) memset(v, 0, n * sizeof *v);
  else arrays__widen(&found, v, n);
}

/* Offsets of one or two bytes from a base that leaves room for all of them, and constants: nothing to look at, a plain widening addition. */
static bool arrays__widen4(const ans_chunk_ints *h, int32_t *v, uint32_t n) {
  const int64_t most = h->width == 1 ? UINT8_MAX : h->width == 2 ? UINT16_MAX : 0;
  if (h->width > 2 || h->base < INT32_MIN || h->base > INT32_MAX - most) return false;
  const int32_t base = (int32_t)h->base;
  if (h->width == 0)
    for (uint32_t i = 0; i < n; i++) v[i] = base;
  else if (h->width == 1)
    for (uint32_t i = 0; i < n; i++) v[i] = base + h->data[i];
  else
    for (uint32_t i = 0; i < n; i++) {
      uint16_t x;
      memcpy(&x, h->data + (size_t)i * 2, 2);
      v[i] = base + le16toh(x);
    }
  return true;
}

void ans_chunk_get_i32s(ans_chunk_reader *r, int32_t *v, uint32_t n) {
  const ans_chunk_ints found = ans_chunk_find_ints(r, n);
  int64_t block[ARRAYS_BLOCK];
  if (!r->failed && arrays__widen4(&found, v, n)) return;
  for (uint32_t i = 0; i < n && !r->failed; i += ARRAYS_BLOCK) {
    const uint32_t part = n - i < ARRAYS_BLOCK ? n - i : ARRAYS_BLOCK;
    bool bad = false;
    ans_chunk_read_ints(found, i, part, block);
    for (uint32_t k = 0; k < part; k++) {
      bad |= (block[k] < INT32_MIN) | (block[k] > INT32_MAX);
      v[i + k] = (int32_t)(uint32_t)(uint64_t)block[k];
    }
    r->failed = bad;
  }
  if (r->failed) memset(v, 0, n * sizeof *v);
}

void ans_chunk_read_ints(ans_chunk_ints array, uint32_t first, uint32_t n, int64_t *v) {
  if (array.width) array.data += (size_t)first * array.width;
  arrays__widen(&array, v, n);
}

void ans_chunk_get_u32s(ans_chunk_reader *r, uint32_t *v, uint32_t n, uint32_t max) {
  arrays__header h;
  int64_t block[256];
  if (arrays__begin(r, n, &h) && h.encoding > ANS_CHUNK_OFFSETS) r->failed = true;
  if (r->failed) memset(v, 0, n * sizeof *v);
  for (uint32_t i = 0; i < n && !r->failed; i += 256) {
    uint32_t part = n - i < 256 ? n - i : 256;
    arrays__widen(&h.ints, block, part);
    h.ints.data += (size_t)part * h.ints.width;
    for (uint32_t k = 0; k < part; k++) {
      if (block[k] < 0 || block[k] > max) r->failed = true;
      v[i + k] = (uint32_t)block[k];
    }
  }
  if (r->failed) memset(v, 0, n * sizeof *v);
}

void ans_chunk_get_bits(ans_chunk_reader *r, uint64_t *words, uint32_t n) {
  arrays__header h;
  memset(words, 0, (n + 63) / 64 * sizeof *words);
  if (!arrays__begin(r, n, &h)) return;
  if (h.encoding == ANS_CHUNK_CONSTANT && (h.ints.base == 0 || h.ints.base == 1)) {
    if (h.ints.base) memset(words, 0xff, (n + 63) / 64 * sizeof *words);
    if (h.ints.base && n % 64) words[n / 64] = (UINT64_C(1) << n % 64) - 1;
    return;
  }
  if (h.encoding != ANS_CHUNK_BITS) {
    r->failed = true;
    return;
  }
  memcpy(words, h.ints.data, (n + 7) / 8);
  for (uint32_t w = 0; w < (n + 63) / 64; w++) words[w] = le64toh(words[w]);
  if (n % 64 && words[n / 64] >> n % 64) r->failed = true; /* bits beyond the end */
}

const uint8_t *ans_chunk_get_bytes(ans_chunk_reader *r, uint32_t n) {
  arrays__header h;
  if (!arrays__begin(r, n, &h)) return NULL;
  if (h.encoding == ANS_CHUNK_BYTES) return h.ints.data;
  r->failed = true;
  return NULL;
}
