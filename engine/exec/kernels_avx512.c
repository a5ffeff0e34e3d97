/* Kernels of the vector VM for x86-64 processors with AVX-512 F, BW, DQ and VL. See kernels.h. */
#include <string.h>
#include "base/int128.h"
#include "code/program.h"
#include "columns/columns.h"
#include "exec/kernels.h"
#if defined(__x86_64__)
#include <immintrin.h>
extern const vm_kernels vm__kernels_avx512;
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2")
#pragma GCC optimize("O3")
#endif
/* Neighbours mostly name rows close together: the sixteen half words of src around the first one lie in a register. False if some row lies elsewhere. */
static inline bool gather_near(const int32_t *ref, int64_t base, const uint64_t *src, uint64_t limit, uint64_t *out) {
  const uint32_t first = (uint32_t)ref[0] - (uint32_t)base;
  const uint64_t words = (limit + 63) / 64;
  if (first >= limit) return false;
  const uint64_t from = first >> 6 > 3 ? (first >> 6) - 3 : 0;
  const __m512i table = _mm512_maskz_loadu_epi64((__mmask8)(words - from < 8 ? (1u << (words - from)) - 1 : 255), src + from);
  const __m512i start = _mm512_set1_epi32((int)base), end = _mm512_set1_epi32((int)limit), low = _mm512_set1_epi32(31), one = _mm512_set1_epi32(1);
  const __m512i at = _mm512_set1_epi32((int)(2 * from)), sixteen = _mm512_set1_epi32(16);
  uint64_t bits = 0;
  __mmask16 far = 0;
  for (unsigned j = 0; j < 4; j++) {
    const __m512i row = _mm512_sub_epi32(_mm512_loadu_si512(ref + 16 * j), start), word = _mm512_sub_epi32(_mm512_srli_epi32(row, 5), at);
    const __mmask16 inside = _mm512_cmplt_epu32_mask(row, end);
    far |= _mm512_mask_cmpge_epu32_mask(inside, word, sixteen);
    bits |= (uint64_t)_mm512_mask_test_epi32_mask(inside, _mm512_srlv_epi32(_mm512_permutexvar_epi32(word, table), _mm512_and_si512(row, low)), one) << 16 * j;
  }
  *out = bits;
  return !far;
}
/* Sixteen rows at a time: their half words of src, then bit row % 32 of each. */
static inline uint64_t gather64(const int32_t *ref, int64_t base, const uint64_t *src, uint64_t limit) {
  const __m512i first = _mm512_set1_epi32((int)base), end = _mm512_set1_epi32((int)limit), low = _mm512_set1_epi32(31), one = _mm512_set1_epi32(1);
  uint64_t bits = 0;
  if (gather_near(ref, base, src, limit, &bits)) return bits;
  bits = 0;
  for (unsigned j = 0; j < 4; j++) {
    const __m512i row = _mm512_sub_epi32(_mm512_loadu_si512(ref + 16 * j), first);
    const __mmask16 inside = _mm512_cmplt_epu32_mask(row, end);
    const __m512i word = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), inside, _mm512_srli_epi32(row, 5), src, 4);
    bits |= (uint64_t)_mm512_test_epi32_mask(_mm512_srlv_epi32(word, _mm512_and_si512(row, low)), one) << 16 * j;
  }
  return bits;
}
/* 64 rows at once: the byte of the window that holds each row's bit, then that bit of it. Each half of the rows has its window. */
static inline __m512i twice(const uint64_t *a, const uint64_t *b) {
  const __m256i low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)a)), high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)b));
  return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}
static inline uint64_t placed64(const uint8_t *at, const uint64_t *first, const uint64_t *second) {
  const __m256i some = _mm256_or_si256(_mm256_loadu_si256((const __m256i *)(const void *)first), _mm256_loadu_si256((const __m256i *)(const void *)second));
  if (_mm256_testz_si256(some, some)) return 0; /* states are rare */
  const __m512i place = _mm512_loadu_si512(at), byte = _mm512_and_si512(_mm512_srli_epi16(place, 3), _mm512_set1_epi8(31));
  const __m512i bit = _mm512_shuffle_epi8(_mm512_set1_epi64((long long)UINT64_C(0x8040201008040201)), _mm512_and_si512(place, _mm512_set1_epi8(7)));
  const __m512i bytes = _mm512_mask_shuffle_epi8(_mm512_shuffle_epi8(twice(first, second), byte), _mm512_movepi8_mask(place), twice(first + 2, second + 2), byte);
  return _mm512_test_epi8_mask(bytes, bit);
}
#define VM_PLACED_WORD placed64
static inline uint64_t place32(uint8_t *at, uint32_t *from, const int32_t *ref, int64_t base, uint64_t limit) {
  const __m512i start = _mm512_set1_epi32((int)base), end = _mm512_set1_epi32((int)limit);
  const __m512i a = _mm512_sub_epi32(_mm512_loadu_si512(ref), start), b = _mm512_sub_epi32(_mm512_loadu_si512(ref + 16), start);
  const __mmask16 some = _mm512_cmplt_epu32_mask(a, end), more = _mm512_cmplt_epu32_mask(b, end);
  const uint32_t low = _mm512_reduce_min_epu32(_mm512_mask_min_epu32(_mm512_mask_mov_epi32(end, some, a), more, _mm512_mask_mov_epi32(end, some, a), b));
  const uint32_t high = _mm512_reduce_max_epu32(_mm512_max_epu32(_mm512_maskz_mov_epi32(some, a), _mm512_maskz_mov_epi32(more, b)));
  const uint32_t first = some || more ? low >> 6 : 0;
  const __m512i window = _mm512_set1_epi32((int)(first << 6));
  *from = (high >> 6) - first < VM_WINDOW ? first : VM_FAR;
  _mm_storeu_si128((__m128i *)(void *)at, _mm512_cvtepi32_epi8(_mm512_sub_epi32(a, window)));
  _mm_storeu_si128((__m128i *)(void *)(at + 16), _mm512_cvtepi32_epi8(_mm512_sub_epi32(b, window)));
  return (uint64_t)some | (uint64_t)more << 16;
}
#define VM_PLACE place32
/* Timelines, eight rows at a time. An interval is three words: from and to, the value, the state in the lowest byte. */
_Static_assert(sizeof(ans_interval) == 24 && offsetof(ans_interval, to) == 4 && offsetof(ans_interval, value) == 8 && offsetof(ans_interval, state) == 16, "layout of intervals");
typedef struct lanes { __m512i first, last; __mmask8 some; } lanes; /* index of the first word of the first and the last interval */
static inline lanes line_lanes(const vm_lines *s, unsigned k, __mmask8 todo) {
  const __m512i low = _mm512_set1_epi64(0xffffffff);
  __m512i pair; /* offsets of the row and of the next one */
  if (s->rows) {
    const __m256i named = _mm256_maskz_loadu_epi32(todo, s->rows + k);
    const __m512i row = _mm512_cvtepi32_epi64(named);
    todo &= _mm512_cmplt_epu64_mask(_mm512_sub_epi64(row, _mm512_set1_epi64(s->low)), _mm512_set1_epi64(s->count));
    pair = _mm512_mask_i32gather_epi64(_mm512_setzero_si512(), todo, named, s->offsets, 4);
  } else {
    const uint32_t *at = s->offsets + s->row0 + k;
    const __m512i next = _mm512_cvtepu32_epi64(_mm256_maskz_loadu_epi32(todo, at + 1));
    pair = _mm512_or_si512(_mm512_cvtepu32_epi64(_mm256_maskz_loadu_epi32(todo, at)), _mm512_slli_epi64(next, 32));
  }
  const __m512i first = _mm512_and_si512(pair, low), end = _mm512_srli_epi64(pair, 32), last = _mm512_sub_epi64(end, _mm512_set1_epi64(1));
  return (lanes){_mm512_add_epi64(first, _mm512_slli_epi64(first, 1)), _mm512_add_epi64(last, _mm512_slli_epi64(last, 1)), _mm512_mask_cmplt_epu64_mask(todo, first, end)};
}
/* Lanes of `todo` whose interval at `word` covers from … to. */
static inline __mmask8 line_covers(const vm_lines *s, __m512i word, __mmask8 todo, __m512i from, __m512i to) {
  const __m512i span = _mm512_mask_i64gather_epi64(_mm512_setzero_si512(), todo, word, s->items, 8);
  const __m512i first = _mm512_srai_epi64(_mm512_slli_epi64(span, 32), 32), last = _mm512_srai_epi64(span, 32);
  return _mm512_mask_cmple_epi64_mask(_mm512_mask_cmple_epi64_mask(todo, first, from), to, last);
}
static uint64_t k_lines_change(const vm_lines *s, uint64_t todo, int64_t from, int64_t to) {
  const __m512i a = _mm512_set1_epi64(from), b = _mm512_set1_epi64(to);
  uint64_t change = 0;
  for (unsigned k = 0; k < 64; k += 8) {
    if (!(todo >> k & 255)) continue;
    const lanes l = line_lanes(s, k, (__mmask8)(todo >> k));
    __mmask8 left = l.some & (__mmask8)~line_covers(s, l.first, l.some, a, b);
    if (left) left &= (__mmask8)~line_covers(s, l.last, left, a, b);
    change |= (uint64_t)left << k;
  }
  return change;
}
/* v8 or v4 gets the values, or neither. */
static inline uint64_t lines_at(const vm_lines *s, uint64_t todo, int64_t *v8, int32_t *v4, uint64_t *truth) {
  const __m512i byte = _mm512_set1_epi64(255), one = _mm512_set1_epi64(1), two = _mm512_set1_epi64(2);
  uint64_t found = 0, bits = 0;
  for (unsigned k = 0; k < 64; k += 8) {
    if (!(todo >> k & 255)) continue;
    const lanes l = line_lanes(s, k, (__mmask8)(todo >> k));
    const __m512i day = s->one_day ? _mm512_set1_epi64(s->days[0]) : _mm512_cvtepi32_epi64(_mm256_maskz_loadu_epi32(l.some, s->days + k));
    const __mmask8 first = line_covers(s, l.first, l.some, day, day), rest = l.some & (__mmask8)~first;
    const __mmask8 last = rest ? line_covers(s, l.last, rest, day, day) : 0;
    const __m512i word = _mm512_mask_mov_epi64(l.first, last, l.last);
    __mmask8 hit = first | last;
    const __m512i state = _mm512_mask_i64gather_epi64(byte, hit, _mm512_add_epi64(word, two), s->items, 8);
    hit &= _mm512_testn_epi64_mask(state, byte);
    const __m512i value = _mm512_mask_i64gather_epi64(_mm512_setzero_si512(), hit, _mm512_add_epi64(word, one), s->items, 8);
    if (v8) _mm512_mask_storeu_epi64(v8 + k, hit, value);
    if (v4) _mm512_mask_cvtepi64_storeu_epi32(v4 + k, hit, value);
    found |= (uint64_t)hit << k;
    bits |= (uint64_t)_mm512_test_epi64_mask(value, value) << k;
  }
  *truth = bits;
  return found;
}
static inline uint64_t reached64(const uint16_t *since, uint16_t day) {
  const __m512i at = _mm512_set1_epi16((short)day);
  return _mm512_cmple_epu16_mask(_mm512_loadu_si512(since), at) | (uint64_t)_mm512_cmple_epu16_mask(_mm512_loadu_si512(since + 32), at) << 32;
}
#define VM_REACHED_WORD reached64
#define COMPARE_ROWS(form, bytes, cmp, set)                                                                             \
  uint64_t bits = 0;                                                                                                    \
  for (unsigned j = 0; j < (bytes); j++)                                                                                \
    bits |= (uint64_t)cmp((form) == 1 ? set(a[0]) : _mm512_loadu_si512(a + 64 / (bytes) * j),                           \
                          (form) == 2 ? set(b[0]) : _mm512_loadu_si512(b + 64 / (bytes) * j)) << 64 / (bytes) * j;
#define VM_EQ(form, ea, eb) COMPARE_ROWS(form, 8, _mm512_cmpeq_epi64_mask, _mm512_set1_epi64)
#define VM_LT(form, ea, eb) COMPARE_ROWS(form, 8, _mm512_cmplt_epi64_mask, _mm512_set1_epi64)
#define VM_LE(form, ea, eb) COMPARE_ROWS(form, 8, _mm512_cmple_epi64_mask, _mm512_set1_epi64)
#define VM4_EQ(form, ea, eb) COMPARE_ROWS(form, 4, _mm512_cmpeq_epi32_mask, _mm512_set1_epi32)
#define VM4_LT(form, ea, eb) COMPARE_ROWS(form, 4, _mm512_cmplt_epi32_mask, _mm512_set1_epi32)
#define VM4_LE(form, ea, eb) COMPARE_ROWS(form, 4, _mm512_cmple_epi32_mask, _mm512_set1_epi32)
/* 64 rows by a mask, at both widths: `lanes` values of V in a vector. */
#define MASKED(width, V, lanes, epi)                                                                                    \
  static inline void blend64_##width(V *d, uint64_t bits, const V *a, const V *b, unsigned form) {                      \
    for (unsigned j = 0; j < 64; j += lanes) {                                                                          \
      const __m512i x = form & 1 ? _mm512_set1_##epi(a[0]) : _mm512_loadu_si512(a + j), y = form & 2 ? _mm512_set1_##epi(b[0]) : _mm512_loadu_si512(b + j); \
      _mm512_storeu_si512(d + j, _mm512_mask_mov_##epi(y, (__mmask##lanes)(bits >> j), x));                             \
    }                                                                                                                   \
  }                                                                                                                     \
  static inline void take64_##width(V *d, uint64_t bits, const V *a, bool one) {                                        \
    for (unsigned j = 0; j < 64; j += lanes) {                                                                          \
      const __mmask##lanes m = (__mmask##lanes)(bits >> j);                                                             \
      _mm512_mask_storeu_##epi(d + j, m, one ? _mm512_set1_##epi(a[0]) : _mm512_maskz_loadu_##epi(m, a + j));           \
    }                                                                                                                   \
  }                                                                                                                     \
  static inline void clear64_##width(V *d, uint64_t bits) {                                                             \
    for (unsigned j = 0; j < 64; j += lanes) _mm512_mask_storeu_##epi(d + j, (__mmask##lanes)(bits >> j), _mm512_setzero_si512()); \
  }                                                                                                                     \
  static inline void bounds64_##width(const V *a, uint64_t bits, V *lo, V *hi) {                                        \
    __m512i low = _mm512_set1_##epi(*lo), high = _mm512_set1_##epi(*hi);                                                \
    for (unsigned j = 0; j < 64; j += lanes) {                                                                          \
      const __m512i x = _mm512_loadu_si512(a + j);                                                                      \
      low = _mm512_mask_min_##epi(low, (__mmask##lanes)(bits >> j), low, x);                                            \
      high = _mm512_mask_max_##epi(high, (__mmask##lanes)(bits >> j), high, x);                                         \
    }                                                                                                                   \
    *lo = _mm512_reduce_min_##epi(low);                                                                                 \
    *hi = _mm512_reduce_max_##epi(high);                                                                                \
  }
MASKED(8, int64_t, 8, epi64)
MASKED(4, int32_t, 16, epi32)
#define VM_BLEND blend64_8
#define VM_TAKE take64_8
#define VM_CLEAR clear64_8
#define VM_BOUNDS bounds64_8
#define VM4_BLEND blend64_4
#define VM4_TAKE take64_4
#define VM4_CLEAR clear64_4
#define VM4_BOUNDS bounds64_4
/* Bits of eight rows that fall into the current word are collected lane by lane; rows of other words wait for the next one. */
typedef struct scatter_word { __m512i bits; uint64_t word; } scatter_word;
static inline void scatter_flush(uint64_t *d, const scatter_word *x) {
  const __m256i half = _mm256_or_si256(_mm512_castsi512_si256(x->bits), _mm512_extracti64x4_epi64(x->bits, 1));
  const __m128i quarter = _mm_or_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
  d[x->word] |= (uint64_t)_mm_cvtsi128_si64(_mm_or_si128(quarter, _mm_unpackhi_epi64(quarter, quarter)));
}
static inline void scatter_rows(uint64_t *d, scatter_word *x, const int32_t *ref, int64_t base, uint64_t todo, uint64_t limit) {
  const __m512i start = _mm512_set1_epi64(base), end = _mm512_set1_epi64((long long)limit), low = _mm512_set1_epi64(63), one = _mm512_set1_epi64(1);
  for (unsigned k = 0; k < 64; k += 8) {
    if (!(todo >> k & 255)) continue;
    const __m512i row = _mm512_sub_epi64(_mm512_cvtepi32_epi64(_mm256_maskz_loadu_epi32((__mmask8)(todo >> k), ref + k)), start), word = _mm512_srli_epi64(row, 6);
    const __m512i bit = _mm512_sllv_epi64(one, _mm512_and_si512(row, low));
    __mmask8 left = _mm512_mask_cmplt_epu64_mask((__mmask8)(todo >> k), row, end);
    while (left) {
      const __mmask8 here = _mm512_mask_cmpeq_epi64_mask(left, word, _mm512_set1_epi64((long long)x->word));
      x->bits = _mm512_mask_or_epi64(x->bits, here, x->bits, bit);
      left &= (__mmask8)~here;
      if (!left) break;
      scatter_flush(d, x);
      x->bits = _mm512_setzero_si512();
      x->word = (uint64_t)_mm_cvtsi128_si64(_mm512_castsi512_si128(_mm512_maskz_compress_epi64(left, word)));
    }
  }
}
#define VM_SCATTER_WORD
/* A list of at most 32 values lies in four registers, or in two. Returns the rows done. */
static inline size_t listed32_8(int64_t *at, const int32_t *key, int32_t low, int32_t span, const int64_t *place, size_t n) {
  const uint32_t some = span < 32 ? (UINT32_C(1) << span) - 1 : UINT32_MAX;
  const __m512i a = _mm512_maskz_loadu_epi64((__mmask8)some, place), b = _mm512_maskz_loadu_epi64((__mmask8)(some >> 8), place + 8);
  const __m512i c = _mm512_maskz_loadu_epi64((__mmask8)(some >> 16), place + 16), e = _mm512_maskz_loadu_epi64((__mmask8)(some >> 24), place + 24);
  const __m256i first = _mm256_set1_epi32(low), last = _mm256_set1_epi32(low + span - 1);
  const __m512i sixteen = _mm512_set1_epi64(16);
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m256i near = _mm256_min_epi32(_mm256_max_epi32(_mm256_loadu_si256((const __m256i *)(const void *)(key + i)), first), last);
    const __m512i x = _mm512_cvtepi32_epi64(_mm256_sub_epi32(near, first));
    __m512i v = _mm512_permutex2var_epi64(a, x, b);
    if (span > 16) v = _mm512_mask_mov_epi64(v, _mm512_test_epi64_mask(x, sixteen), _mm512_permutex2var_epi64(c, x, e));
    _mm512_storeu_si512(at + i, v);
  }
  return i;
}
static inline size_t listed32_4(int32_t *at, const int32_t *key, int32_t low, int32_t span, const int32_t *place, size_t n) {
  const uint32_t some = span < 32 ? (UINT32_C(1) << span) - 1 : UINT32_MAX;
  const __m512i a = _mm512_maskz_loadu_epi32((__mmask16)some, place), b = _mm512_maskz_loadu_epi32((__mmask16)(some >> 16), place + 16);
  const __m512i first = _mm512_set1_epi32(low), last = _mm512_set1_epi32(low + span - 1);
  size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    const __m512i x = _mm512_sub_epi32(_mm512_min_epi32(_mm512_max_epi32(_mm512_loadu_si512(key + i), first), last), first);
    _mm512_storeu_si512(at + i, _mm512_permutex2var_epi32(a, x, b));
  }
  return i;
}
#define VM_LISTED listed32_8
#define VM4_LISTED listed32_4
#define VM_WIDE
#define VM_LINES(s, todo, v, truth) lines_at(s, todo, _Generic((v), int64_t *: (v), default: NULL), _Generic((v), int32_t *: (v), default: NULL), truth)
#define VM_GATHER_WORD gather64
#define VM_KERNELS vm__kernels_avx512
#define VM_NAME "avx512"
#include "exec/kernels.inc"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#else
typedef int vm__no_avx512; /* a translation unit must declare something */
#endif
