/* The vector kernels that this machine can run, chosen by setting the VM's table, which only a measuring program may do. */
#ifndef ANS_BENCH_ISA_H
#define ANS_BENCH_ISA_H
#include "exec/machine.h"

#if defined(__x86_64__)
extern const vm_kernels vm__kernels_avx2, vm__kernels_avx512;
#endif

enum { MAX_ISA = 3 };
typedef struct isa { const char *name; const vm_kernels *kernels; } isa;

static inline unsigned isas(isa out[MAX_ISA]) {
  unsigned n = 0;
  out[n++] = (isa){"vm portable", &vm__kernels_base};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) out[n++] = (isa){"vm avx2", &vm__kernels_avx2};
  if (vm__kernels() == &vm__kernels_avx512) out[n++] = (isa){"vm avx512", &vm__kernels_avx512};
#endif
  return n;
}
#endif
