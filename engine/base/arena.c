/* Bump arena: a list of chunks that grow geometrically, released together.
 *
 * Why a bump arena: programs, cases and models are built once, read many times and dropped as a whole; per-object frees would only add
 * ways to be wrong. Rejected: obstack (no maximum, no overflow checks).
 * Invariants: used <= size in every chunk; total <= max. Memory is zeroed when it is handed out, so that what nobody asks for costs nothing. Not thread-safe; one owner. */
#include "base/arena.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_ALIGN = 16, ARENA_FIRST = 4096, ARENA_LARGEST = 1 << 20 };

typedef struct arena_chunk {
  struct arena_chunk *next;
  size_t size, used;
  _Alignas(ARENA_ALIGN) unsigned char data[];
} arena_chunk;

struct ans_arena {
  arena_chunk *head;
  size_t max, total, next_size;
};

ans_arena *ans_arena_new(size_t max_bytes) {
  ans_arena *a = calloc(1, sizeof *a);
  if (!a) return NULL;
  a->max = max_bytes ? max_bytes : (size_t)4 << 30;
  a->next_size = ARENA_FIRST;
  return a;
}

void ans_arena_expect(ans_arena *a, size_t bytes) {
  if (a && bytes > a->next_size) a->next_size = bytes < ARENA_LARGEST ? bytes : ARENA_LARGEST;
}

void ans_arena_free(ans_arena *a) {
  if (!a) return;
  for (arena_chunk *c = a->head; c;) {
    arena_chunk *next = c->next;
    free(c);
    c = next;
  }
  free(a);
}

void ans_arena_reset(ans_arena *a) {
  arena_chunk *largest = NULL;
  for (arena_chunk *c = a->head; c; c = c->next)
    if (!largest || c->size > largest->size) largest = c;
  for (arena_chunk *c = a->head; c;) {
    arena_chunk *next = c->next;
    if (c != largest) free(c);
    c = next;
  }
  a->head = largest;
  a->total = largest ? largest->size : 0;
  if (!largest) return;
  largest->next = NULL;
  largest->used = 0;
}

static arena_chunk *arena__chunk(ans_arena *a, size_t size) {
  if (size > a->max - a->total || size > SIZE_MAX - sizeof(arena_chunk)) return NULL;
  arena_chunk *c = malloc(sizeof *c + size);
  if (!c) return NULL;
  c->size = size;
  c->used = 0;
  c->next = a->head;
  a->head = c;
  a->total += size;
  return c;
}

void *ans_arena_alloc(ans_arena *a, size_t size) {
  if (!a || size > SIZE_MAX - ARENA_ALIGN) return NULL;
#ifdef ANS_ARENA_EXACT
  arena_chunk *own = arena__chunk(a, size ? size : 1);
  return own ? memset(own->data, 0, own->size) : NULL;
#else
  size_t need = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
  if (need == 0) need = ARENA_ALIGN;
  arena_chunk *c = a->head;
  if (!c || c->size - c->used < need) {
    size_t want = a->next_size < need ? need : a->next_size;
    if (want > a->max - a->total) want = need; /* near the maximum: exactly what is asked for */
    c = arena__chunk(a, want);
    if (!c) return NULL;
    if (a->next_size < ARENA_LARGEST) a->next_size *= 2;
  }
  void *p = c->data + c->used;
  c->used += need;
  return memset(p, 0, need);
#endif
}

void *ans_arena_array(ans_arena *a, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) return NULL;
  return ans_arena_alloc(a, bytes);
}

char *ans_arena_text(ans_arena *a, const char *s, size_t len) {
  if (len == SIZE_MAX) return NULL;
  char *p = ans_arena_alloc(a, len + 1);
  if (!p) return NULL;
  if (len) memcpy(p, s, len);
  p[len] = 0;
  return p;
}
