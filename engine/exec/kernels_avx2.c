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
/* Four rows at a time: their words of src, bit row % 64 of each moved to the sign. Rows are far below 2^63, so signed comparison does. */
static inline uint64_t gather64(const int64_t *ref, int64_t base, const uint64_t *src, uint64_t limit) {
  const __m256i first = _mm256_set1_epi64x(base), end = _mm256_set1_epi64x((long long)limit), zero = _mm256_setzero_si256(), low = _mm256_set1_epi64x(63);
  uint64_t bits = 0;
  for (unsigned j = 0; j < 16; j++) {
    const __m256i row = _mm256_sub_epi64(_mm256_loadu_si256((const __m256i *)(const void *)(ref + 4 * j)), first);
    const __m256i inside = _mm256_andnot_si256(_mm256_cmpgt_epi64(zero, row), _mm256_cmpgt_epi64(end, row));
    const __m256i word = _mm256_mask_i64gather_epi64(zero, (const long long *)(const void *)src, _mm256_srli_epi64(row, 6), inside, 8);
    const __m256i sign = _mm256_sllv_epi64(word, _mm256_andnot_si256(row, low));
    bits |= (uint64_t)(unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(sign)) << 4 * j;
  }
  return bits;
}
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
#define COMPARE_SIDE(form, one, x) ((form) == (one) ? _mm256_set1_epi64x((x)[0]) : _mm256_loadu_si256((const __m256i *)(const void *)((x) + 4 * j)))
#define COMPARE_ROWS(form, cmp, x, xone, y, yone, flip)                                                                 \
  uint64_t bits = 0;                                                                                                    \
  for (unsigned j = 0; j < 16; j++) bits |= signs(cmp(COMPARE_SIDE(form, xone, x), COMPARE_SIDE(form, yone, y))) << 4 * j; \
  bits ^= (flip);
#define VM_EQ(form, ea, eb) COMPARE_ROWS(form, _mm256_cmpeq_epi64, a, 1, b, 2, UINT64_C(0))
#define VM_LT(form, ea, eb) COMPARE_ROWS(form, _mm256_cmpgt_epi64, b, 2, a, 1, UINT64_C(0))
#define VM_LE(form, ea, eb) COMPARE_ROWS(form, _mm256_cmpgt_epi64, a, 1, b, 2, ~UINT64_C(0))
#define VM_GATHER_WORD gather64
static inline __m128i gather4(const int64_t *ref, int64_t base, const int32_t *src, uint64_t limit) {
  const __m256i row = _mm256_sub_epi64(_mm256_loadu_si256((const __m256i *)(const void *)ref), _mm256_set1_epi64x(base));
  const __m256i inside = _mm256_andnot_si256(_mm256_cmpgt_epi64(_mm256_setzero_si256(), row), _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)limit), row));
  const __m128i mask = _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(inside, _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6)));
  return _mm256_mask_i64gather_epi32(_mm_setzero_si128(), src, row, mask, 4);
}
static inline void gather4_narrow(int32_t *d, const int64_t *ref, int64_t base, const int32_t *src, uint64_t limit) { _mm_storeu_si128((__m128i *)(void *)d, gather4(ref, base, src, limit)); }
static inline void gather4_widen(int64_t *d, const int64_t *ref, int64_t base, const int32_t *src, uint64_t limit) {
  _mm256_storeu_si256((__m256i *)(void *)d, _mm256_cvtepi32_epi64(gather4(ref, base, src, limit)));
}
#define VM_GATHER_ROWS 4
#define VM_GATHER_NARROW gather4_narrow
#define VM_GATHER_WIDEN gather4_widen
#define VM_KERNELS vm__kernels_avx2
#define VM_NAME "avx2"
#include "exec/kernels.inc"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#else
typedef int vm__no_avx2; /* a translation unit must declare something */
#endif
