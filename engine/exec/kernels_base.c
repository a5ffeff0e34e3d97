/* Kernels of the vector VM for the baseline instruction set of the build; also chooses the variant at run time. See kernels.h. */
#include <string.h>
#include "base/int128.h"
#include "code/program.h"
#include "columns/columns.h"
#include "exec/kernels.h"
#if !defined(__clang__)
#pragma GCC optimize("O3")
#endif
#define VM_KERNELS vm__kernels_base
#define VM_NAME "portable"
#include "exec/kernels.inc"

#if defined(__x86_64__)
extern const vm_kernels vm__kernels_avx2, vm__kernels_avx512;
#endif

const vm_kernels *vm__kernels_named(const char *name) {
  const bool any = !name || !*name;
#if defined(__x86_64__)
  if ((any || !strcmp(name, vm__kernels_avx512.name)) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return &vm__kernels_avx512;
  if ((any || !strcmp(name, vm__kernels_avx2.name)) && __builtin_cpu_supports("avx2")) return &vm__kernels_avx2;
#endif
  return any || !strcmp(name, vm__kernels_base.name) ? &vm__kernels_base : NULL;
}

const vm_kernels *vm__kernels(void) { return vm__kernels_named(NULL); }

bool vm__divide(int64_t a, int64_t b, int mode, int64_t *q) {
  if (b == 0 || (a == INT64_MIN && b == -1)) return false;
  int64_t t = a / b, r = a % b;
  if (r) {
    uint64_t mr = r < 0 ? 0 - (uint64_t)r : (uint64_t)r, mb = b < 0 ? 0 - (uint64_t)b : (uint64_t)b;
    bool away = mode == ANS_ROUND_HALF_UP ? mr >= mb - mr : mode == ANS_ROUND_UP;
    if (away) t += (a < 0) == (b < 0) ? 1 : -1; /* cannot overflow: a remainder means |b| > 1 */
  }
  *q = t;
  return true;
}
