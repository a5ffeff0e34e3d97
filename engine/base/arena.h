/* Bump arena with alignment and overflow checks. Everything allocated lives until ans_arena_free. Not thread-safe.
 * With -DANS_ARENA_EXACT each allocation is its own malloc, so that sanitizers see every bound. */
#ifndef ANS_BASE_ARENA_H
#define ANS_BASE_ARENA_H
#include <stddef.h>
typedef struct ans_arena ans_arena;
ans_arena *ans_arena_new(size_t max_bytes /* 0 = 4 GiB */);
/* About so much will be asked for: the next time the arena needs memory, it takes that at once. */
void ans_arena_expect(ans_arena *a, size_t bytes);
void ans_arena_free(ans_arena *a);
/* Everything allocated is gone; the largest chunk is kept for what comes next, so that doing the same again asks the system for nothing. */
void ans_arena_reset(ans_arena *a);
void *ans_arena_alloc(ans_arena *a, size_t size);               /* zeroed, 16-byte aligned; NULL on exhaustion */
void *ans_arena_array(ans_arena *a, size_t count, size_t size); /* overflow-checked */
char *ans_arena_text(ans_arena *a, const char *s, size_t len);  /* NUL-terminated copy */
#endif
