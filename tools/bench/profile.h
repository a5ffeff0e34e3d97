/* Shares of time per kind of operation of the VM (profile.c). */
#ifndef ANS_BENCH_PROFILE_H
#define ANS_BENCH_PROFILE_H
#include "exec/vm.h"

/* Prints them for a run over all components of c in one month. Not thread-safe; the hook of the VM is its own while it runs. */
bool bench_profile(ans_vm *vm, const ans_columns *c, int32_t month, const char *law, double households);
#endif
