/* Instructions of this thread by the processor's own counter, where the kernel offers one (often not in virtual machines): for all instruction sets, which callgrind cannot do. */
#ifndef ANS_BENCH_COUNTER_H
#define ANS_BENCH_COUNTER_H
#include <stdbool.h>
#include <stdint.h>
#if defined(__linux__)
#include <linux/perf_event.h>
#include <sys/syscall.h>
#endif
#include <unistd.h>

/* A file descriptor to close, or -1: not available. Counts from now on, user mode only. */
static inline int counter_open(void) {
#if defined(__linux__) && defined(SYS_perf_event_open)
  struct perf_event_attr a = {.type = PERF_TYPE_HARDWARE, .size = sizeof a, .config = PERF_COUNT_HW_INSTRUCTIONS, .exclude_kernel = 1, .exclude_hv = 1};
  return (int)syscall(SYS_perf_event_open, &a, 0, -1, -1, 0UL);
#else
  return -1;
#endif
}
/* What was counted so far; false: nothing could be read. */
static inline bool counter_read(int fd, uint64_t *count) { return fd >= 0 && read(fd, count, sizeof *count) == (ssize_t)sizeof *count; }
#endif
