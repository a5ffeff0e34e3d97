/* See versus.h. */
#include "versus.h"

static bool side_run(const side *x, int32_t month, double *ns) {
  ans_error err = {0};
  x->vm->k = x->kernels;
  const uint64_t t0 = bench_cpu();
  if (bench_failed("vm", ans_vm_run(x->vm, x->columns, 0, x->columns->components, month, &err), &err)) return false;
  *ns = (double)(bench_cpu() - t0) / x->per;
  return true;
}

bool versus(const side *a, const side *b, int32_t month, unsigned rounds, double *ns, double *ratio) {
  double first[MOST_ROUNDS], ratios[MOST_ROUNDS], warm, second;
  if (!side_run(a, month, &warm) || !side_run(b, month, &warm)) return false; /* the first runs allocate */
  for (unsigned k = 0; k < rounds; k++) {
    const bool swap = k % 2;
    if (swap ? !side_run(b, month, &second) || !side_run(a, month, &first[k]) : !side_run(a, month, &first[k]) || !side_run(b, month, &second)) return false;
    ratios[k] = second / first[k];
  }
  *ns = bench_median(first, rounds);
  *ratio = bench_median(ratios, rounds);
  return true;
}
