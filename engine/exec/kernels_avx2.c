/* Kernels of the vector VM for x86-64 processors with AVX2. See kernels.h. */
#include <string.h>
#include "base/int128.h"
#include "code/program.h"
#include "exec/kernels.h"
#if defined(__x86_64__)
extern const vm_kernels vm__kernels_avx2;
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#pragma GCC optimize("O3")
#endif
#define VM_KERNELS vm__kernels_avx2
#include "exec/kernels.inc"
#if defined(__clang__)
#pragma clang attribute pop
#endif
#else
typedef int vm__no_avx2; /* a translation unit must declare something */
#endif
