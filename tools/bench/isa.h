/* The vector kernels that this machine can run, chosen by setting the VM's table, which only a measuring program may do. */
#ifndef ANS_BENCH_ISA_H
#define ANS_BENCH_ISA_H
#include "exec/machine.h"

enum { MAX_ISA = 3 };
typedef struct isa { const char *name; const vm_kernels *kernels; } isa;

static inline unsigned isas(isa out[MAX_ISA]) {
  static const char *const names[MAX_ISA] = {"vm portable", "vm avx2", "vm avx512"};
  unsigned n = 0;
  for (unsigned i = 0; i < MAX_ISA; i++) {
    const vm_kernels *k = vm__kernels_named(names[i] + strlen("vm "));
    if (k) out[n++] = (isa){names[i], k};
  }
  return n;
}
#endif
