/* Kernels of the vector VM for x86-64 processors with AVX2. See kernels.h. */
#include <string.h>
#include "base/int128.h"
#include "code/program.h"
#include "columns/columns.h"
#include "exec/kernels.h"
#if defined(__x86_64__)
#include <immintrin.h>
extern const vm_kernels vm__kernels_avx2;
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#pragma GCC optimize("O3")
#endif
/* Eight rows at a time: their half words of src, bit row % 32 of each moved to the sign. Rows are far below 2^31, so signed comparison does. */
static inline uint64_t gather64(const int32_t *ref, int64_t base, const uint64_t *src, uint64_t limit) {
  const __m256i first = _mm256_set1_epi32((int)base), end = _mm256_set1_epi32((int)limit), zero = _mm256_setzero_si256(), low = _mm256_set1_epi32(31);
  uint64_t bits = 0;
  for (unsigned j = 0; j < 8; j++) {
    const __m256i row = _mm256_sub_epi32(_mm256_loadu_si256((const __m256i *)(const void *)(ref + 8 * j)), first);
    const __m256i inside = _mm256_andnot_si256(_mm256_cmpgt_epi32(zero, row), _mm256_cmpgt_epi32(end, row));
    const __m256i word = _mm256_mask_i32gather_epi32(zero, (const int *)(const void *)src, _mm256_srli_epi32(row, 5), inside, 4);
    const __m256i sign = _mm256_sllv_epi32(word, _mm256_andnot_si256(row, low));
    bits |= (uint64_t)(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(sign)) << 8 * j;
  }
  return bits;
}
/* 32 rows at once: the byte of the window that holds each row's bit, then that bit of it. */
static inline uint64_t placed32(const uint8_t *at, __m256i low, __m256i high) {
  const __m256i place = _mm256_loadu_si256((const __m256i *)(const void *)at), byte = _mm256_and_si256(_mm256_srli_epi16(place, 3), _mm256_set1_epi8(31));
  const __m256i bit = _mm256_shuffle_epi8(_mm256_set1_epi64x((long long)UINT64_C(0x8040201008040201)), _mm256_and_si256(place, _mm256_set1_epi8(7)));
  const __m256i bytes = _mm256_blendv_epi8(_mm256_shuffle_epi8(low, byte), _mm256_shuffle_epi8(high, byte), place);
  return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_and_si256(bytes, bit), bit));
}
static inline __m256i twice(const uint64_t *a) { return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)a)); }
static inline uint64_t placed64(const uint8_t *at, const uint64_t *first, const uint64_t *second) {
  const __m256i some = _mm256_or_si256(_mm256_loadu_si256((const __m256i *)(const void *)first), _mm256_loadu_si256((const __m256i *)(const void *)second));
  if (_mm256_testz_si256(some, some)) return 0; /* states are rare */
  return placed32(at, twice(first), twice(first + 2)) | placed32(at + 32, twice(second), twice(second + 2)) << 32;
}
#define VM_PLACED_WORD placed64
/* Values behind references; the rows done. */
static inline size_t gather8(int64_t *d, const int32_t *ref, int32_t base, const int64_t *src, uint32_t limit, size_t n) {
  const __m128i start = _mm_set1_epi32(base), end = _mm_set1_epi32((int)limit), none = _mm_set1_epi32(-1);
  size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    const __m128i row = _mm_sub_epi32(_mm_loadu_si128((const __m128i *)(const void *)(ref + i)), start);
    const __m256i inside = _mm256_cvtepi32_epi64(_mm_and_si128(_mm_cmpgt_epi32(row, none), _mm_cmpgt_epi32(end, row)));
    _mm256_storeu_si256((__m256i *)(void *)(d + i), _mm256_mask_i32gather_epi64(_mm256_setzero_si256(), (const long long *)(const void *)src, row, inside, 8));
  }
  return i;
}
static inline size_t gather4(int32_t *d, const int32_t *ref, int32_t base, const int32_t *src, uint32_t limit, size_t n) {
  const __m256i start = _mm256_set1_epi32(base), end = _mm256_set1_epi32((int)limit), none = _mm256_set1_epi32(-1);
  size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const __m256i row = _mm256_sub_epi32(_mm256_loadu_si256((const __m256i *)(const void *)(ref + i)), start);
    const __m256i inside = _mm256_and_si256(_mm256_cmpgt_epi32(row, none), _mm256_cmpgt_epi32(end, row));
    _mm256_storeu_si256((__m256i *)(void *)(d + i), _mm256_mask_i32gather_epi32(_mm256_setzero_si256(), src, row, inside, 4));
  }
  return i;
}
#define VM_GATHER gather8
#define VM4_GATHER gather4
static inline uint64_t signs(__m256i x) { return (uint64_t)(unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(x)); }
static inline __m256i reached16(const uint16_t *since, __m256i at) {
  const __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)since);
  return _mm256_cmpeq_epi16(_mm256_min_epu16(x, at), x);
}
static inline uint64_t reached64(const uint16_t *since, uint16_t day) {
  const __m256i at = _mm256_set1_epi16((short)day);
  uint64_t bits = 0;
  for (unsigned j = 0; j < 64; j += 32) { /* packing works in halves: the middle quarters change places again */
    const __m256i x = _mm256_permute4x64_epi64(_mm256_packs_epi16(reached16(since + j, at), reached16(since + j + 16, at)), 0xd8);
    bits |= (uint64_t)(uint32_t)_mm256_movemask_epi8(x) << j;
  }
  return bits;
}
#define VM_REACHED_WORD reached64
static inline uint64_t signs4(__m256i x) { return (uint64_t)(unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(x)); }
#define COMPARE_SIDE(form, one, x, bytes, set) ((form) == (one) ? set((x)[0]) : _mm256_loadu_si256((const __m256i *)(const void *)((x) + 32 / (bytes) * j)))
#define COMPARE_ROWS(form, bytes, cmp, set, all, x, xone, y, yone, flip)                                                \
  uint64_t bits = 0;                                                                                                    \
  for (unsigned j = 0; j < 2 * (bytes); j++)                                                                            \
    bits |= all(cmp(COMPARE_SIDE(form, xone, x, bytes, set), COMPARE_SIDE(form, yone, y, bytes, set))) << 32 / (bytes) * j; \
  bits ^= (flip);
#define VM_EQ(form, ea, eb) COMPARE_ROWS(form, 8, _mm256_cmpeq_epi64, _mm256_set1_epi64x, signs, a, 1, b, 2, UINT64_C(0))
#define VM_LT(form, ea, eb) COMPARE_ROWS(form, 8, _mm256_cmpgt_epi64, _mm256_set1_epi64x, signs, b, 2, a, 1, UINT64_C(0))
#define VM_LE(form, ea, eb) COMPARE_ROWS(form, 8, _mm256_cmpgt_epi64, _mm256_set1_epi64x, signs, a, 1, b, 2, ~UINT64_C(0))
#define VM4_EQ(form, ea, eb) COMPARE_ROWS(form, 4, _mm256_cmpeq_epi32, _mm256_set1_epi32, signs4, a, 1, b, 2, UINT64_C(0))
#define VM4_LT(form, ea, eb) COMPARE_ROWS(form, 4, _mm256_cmpgt_epi32, _mm256_set1_epi32, signs4, b, 2, a, 1, UINT64_C(0))
#define VM4_LE(form, ea, eb) COMPARE_ROWS(form, 4, _mm256_cmpgt_epi32, _mm256_set1_epi32, signs4, a, 1, b, 2, ~UINT64_C(0))
#define VM_GATHER_WORD gather64
#define VM_KERNELS vm__kernels_avx2
#define VM_NAME "avx2"
#include "exec/kernels.inc"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#else
typedef int vm__no_avx2; /* a translation unit must declare something */
#endif
