/* Kernels of the vector VM for x86-64 processors with AVX-512 F, BW, DQ and VL. See kernels.h. */
#include <string.h>
#include "base/int128.h"
#include "code/program.h"
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
/* Eight rows at a time: their words of src, then bit row % 64 of each. */
static inline uint64_t gather64(const int64_t *ref, int64_t base, const uint64_t *src, uint64_t limit) {
  const __m512i first = _mm512_set1_epi64(base), end = _mm512_set1_epi64((long long)limit), low = _mm512_set1_epi64(63), one = _mm512_set1_epi64(1);
  uint64_t bits = 0;
  for (unsigned j = 0; j < 8; j++) {
    const __m512i row = _mm512_sub_epi64(_mm512_loadu_si512(ref + 8 * j), first);
    const __mmask8 inside = _mm512_cmplt_epu64_mask(row, end);
    const __m512i word = _mm512_mask_i64gather_epi64(_mm512_setzero_si512(), inside, _mm512_srli_epi64(row, 6), src, 8);
    bits |= (uint64_t)_mm512_test_epi64_mask(_mm512_srlv_epi64(word, _mm512_and_si512(row, low)), one) << 8 * j;
  }
  return bits;
}
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
