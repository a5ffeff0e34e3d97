/* See unchecked.h. The loops are those of engine/exec/kernels.inc without what collects overflow. */
#include "unchecked.h"
#include <string.h>

#if defined(__clang__)
#define LEVEL
#else
#define LEVEL optimize("O3"),
#endif
#define ARITH(name, form, attributes, x, op, y)                                                                                                  \
  attributes static uint64_t name##form(int64_t *restrict d, const int64_t *restrict a, const int64_t *restrict b, size_t n) {                   \
    for (size_t i = 0; i < n; i++) d[i] = (int64_t)((uint64_t)(x) op (uint64_t)(y));                                                             \
    return 0;                                                                                                                                    \
  }
#define FORMS(name, attributes, op) ARITH(name, 0, attributes, a[i], op, b[i]) ARITH(name, 1, attributes, a[0], op, b[i]) ARITH(name, 2, attributes, a[i], op, b[0])
#define TABLE(set, attributes)                                                                                                                   \
  FORMS(add_##set, attributes, +)                                                                                                                \
  FORMS(sub_##set, attributes, -)                                                                                                                \
  FORMS(mul_##set, attributes, *)                                                                                                                \
  attributes static uint64_t neg_##set(int64_t *restrict d, const int64_t *restrict a, const int64_t *restrict b, size_t n) {                    \
    (void)b;                                                                                                                                     \
    for (size_t i = 0; i < n; i++) d[i] = (int64_t)(0 - (uint64_t)a[i]);                                                                         \
    return 0;                                                                                                                                    \
  }                                                                                                                                              \
  static void use_##set(vm_kernels *k) {                                                                                                         \
    vm_arith *const add[3] = {add_##set##0, add_##set##1, add_##set##2}, *const sub[3] = {sub_##set##0, sub_##set##1, sub_##set##2};             \
    vm_arith *const mul[3] = {mul_##set##0, mul_##set##1, mul_##set##2};                                                                         \
    memcpy(k->add, add, sizeof add);                                                                                                             \
    memcpy(k->sub, sub, sizeof sub);                                                                                                             \
    memcpy(k->mul, mul, sizeof mul);                                                                                                             \
    k->neg = neg_##set;                                                                                                                          \
  }
TABLE(portable, __attribute__((LEVEL noinline)))
#if defined(__x86_64__)
TABLE(avx2, __attribute__((LEVEL noinline, target("avx2"))))
TABLE(avx512, __attribute__((LEVEL noinline, target("avx512f,avx512bw,avx512dq,avx512vl,avx2"))))
#endif

#define NEVER_OUTSIDE(name, V)                                                                                                                   \
  static bool name(const V *a, int64_t lo, int64_t hi, size_t n) {                                                                               \
    (void)a;                                                                                                                                     \
    (void)lo;                                                                                                                                    \
    (void)hi;                                                                                                                                    \
    (void)n;                                                                                                                                     \
    return false;                                                                                                                                \
  }
NEVER_OUTSIDE(never_outside4, int32_t)
NEVER_OUTSIDE(never_outside8, int64_t)

void unchecked_of(const vm_kernels *k, vm_kernels *out) {
  *out = *k;
  out->v8.outside = never_outside8;
  out->v4.outside = never_outside4;
  use_portable(out);
#if defined(__x86_64__)
  if (!strcmp(k->name, "avx2")) use_avx2(out);
  if (!strcmp(k->name, "avx512")) use_avx512(out);
#endif
}
