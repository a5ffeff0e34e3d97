/* Numbers for the texts of one load, so that sources are compared and timelines joined like any other values: the normal form decides whether
 * two sources say the same. Open addressing over a growing array; given back or emptied with the load. */
#include "facts/internal.h"

#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "text/text.h"

enum { TEXTS_FIRST = 64 };

void facts__texts_reset(facts__texts *t) {
  for (size_t i = 0; i < t->count; i++) free(t->items[i]);
  free(t->items);
  free(t->slots);
  *t = (facts__texts){0};
}

static size_t texts__slot(const facts__texts *t, const char *s) {
  uint64_t h = UINT64_C(0xcbf29ce484222325);
  for (const char *c = s; *c; c++) h = (h ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
  size_t k = (size_t)(h ^ h >> 29) & (t->capacity * 2 - 1);
  while (t->slots[k] && strcmp(t->items[t->slots[k] - 1], s) != 0) k = (k + 1) & (t->capacity * 2 - 1);
  return k;
}

static bool texts__grow(facts__texts *t) {
  if (t->count < t->capacity) return true;
  size_t n = t->capacity ? t->capacity * 2 : TEXTS_FIRST;
  size_t *slots = calloc(n * 2, sizeof *slots);
  char **items = realloc(t->items, n * sizeof *items);
  if (items) t->items = items;
  if (!slots || !items) {
    free(slots);
    return false;
  }
  free(t->slots);
  t->slots = slots;
  t->capacity = n;
  for (size_t i = 0; i < t->count; i++) t->slots[texts__slot(t, t->items[i])] = i + 1;
  return true;
}

ans_status facts__text(facts__texts *t, const char *s, int64_t *number) {
  char *normal = NULL;
  size_t len = 0;
  ans_text_fault fault = ans_text_normal(s, strlen(s), &normal, &len);
  if (fault == ANS_TEXT_MEMORY) return ANS_MEMORY;
  if (fault != ANS_TEXT_FINE) return ANS_INPUT;
  if (!texts__grow(t)) {
    free(normal);
    return ANS_MEMORY;
  }
  size_t slot = texts__slot(t, normal);
  if (t->slots[slot]) {
    free(normal);
  } else {
    t->items[t->count++] = normal;
    t->slots[slot] = t->count;
  }
  *number = (int64_t)t->slots[slot] - 1;
  return ANS_OK;
}

bool facts__list(const ans_program *p, uint32_t enumeration, const char *s, int64_t *set) {
  const ans_enum *e = &p->enums[enumeration];
  *set = 0;
  for (const char *end; *s; s = *end ? end + 1 : end) {
    end = strchrnul(s, FACTS_LIST_SEPARATOR);
    const size_t n = (size_t)(end - s);
    uint32_t i = 0;
    while (i < e->value_count && (strlen(p->enum_values[e->first_value + i]) != n || memcmp(p->enum_values[e->first_value + i], s, n) != 0)) i++;
    if (i == e->value_count || *set >> i & 1 || (*end && !end[1])) return false;
    *set |= INT64_C(1) << i;
  }
  return true;
}
