/* Indexed parameter lookups (semantics 4.4). Owns the index of one parameter.
 *
 * The day and the keys are cut into elementary intervals: a node holds the intervals of one dimension among the rows that are left, each
 * leads to a node of the next dimension or to a row. A lookup is one binary search per dimension, so the first and the last row of a table
 * cost the same. Ranges that overlap each other in one dimension appear in several nodes; a table that would need more than
 * LOOKUP_MAX_ENTRIES intervals per row (none that a statute prints) is scanned instead. Rejected: hashing of keys, which ranges forbid.
 * Invariant: the intervals of a node are ascending and cover everything from the first on. One thread per index. */
#include <stdlib.h>
#include "base/error.h"
#include "exec/machine.h"

enum { LOOKUP_MAX_ENTRIES = 64 /* intervals per row, and as a base 4096 */, LOOKUP_BASE = 4096 };

void vm__lookup_free(vm_lookup *l) {
  free(l->own);
  free(l->start);
  free(l->next);
  free(l->nodes);
  *l = (vm_lookup){0};
}

static ans_status lookup__memory(ans_error *err) { return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "exec", NULL); }

/* The rows known; a row without a written end ends on the day before the next later block that is known. */
static ans_status lookup__known(vm_lookup *l, const ans_param_row *rows, uint32_t n, int32_t law_known, ans_error *err) {
  l->rows = rows;
  l->count = n;
  if (law_known == ANS_DAY_MAX) return ANS_OK;
  l->own = malloc(((size_t)n + 1) * sizeof *l->own);
  if (!l->own) return lookup__memory(err);
  uint32_t known = 0;
  for (uint32_t i = 0; i < n; i++)
    if (rows[i].promulgated_day <= law_known) l->own[known++] = rows[i];
  for (uint32_t i = known, later = ANS_NONE; i-- > 0;) { /* rows are sorted by from_day: `later` is the next block */
    if (i + 1 < known && l->own[i + 1].from_day > l->own[i].from_day) later = i + 1;
    if (l->own[i].open_end) l->own[i].to_day = later == ANS_NONE ? ANS_OPEN_FUTURE : l->own[later].from_day - 1;
  }
  l->rows = l->own;
  l->count = known;
  return ANS_OK;
}

static int64_t lookup__low(const ans_param_row *r, uint32_t level) { return level ? r->key_lo[level - 1] : r->from_day; }
static int64_t lookup__high(const ans_param_row *r, uint32_t level) { return level ? r->key_hi[level - 1] : r->to_day; }

static int lookup__order(const void *a, const void *b) {
  const int64_t *x = a, *y = b;
  return (*x > *y) - (*x < *y);
}

static bool lookup__grow(void **data, size_t size, uint32_t need, uint32_t *cap) {
  if (need <= *cap) return true;
  uint32_t grown = *cap ? *cap : 64;
  while (grown < need) grown *= 2;
  void *p = realloc(*data, grown * size);
  if (!p) return false;
  *data = p;
  *cap = grown;
  return true;
}

/* A new node with `count` intervals that begin at cut[…]; ANS_NONE when memory is out. */
static uint32_t lookup__node(vm_lookup *l, const int64_t *cut, uint32_t count) {
  void *start = l->start, *next = l->next, *nodes = l->nodes;
  uint32_t cap = l->entry_cap;
  bool ok = lookup__grow(&start, sizeof *l->start, l->entries + count, &cap);
  l->start = start;
  cap = l->entry_cap;
  ok = ok && lookup__grow(&next, sizeof *l->next, l->entries + count, &cap);
  l->next = next;
  if (ok) l->entry_cap = cap;
  ok = ok && lookup__grow(&nodes, sizeof *l->nodes, l->node_count + 1, &l->node_cap);
  l->nodes = nodes;
  if (!ok) return ANS_NONE;
  l->nodes[l->node_count] = (struct vm_lookup_node){l->entries, count};
  for (uint32_t i = 0; i < count; i++) {
    l->start[l->entries + i] = cut[i];
    l->next[l->entries + i] = ANS_NONE;
  }
  l->entries += count;
  return l->node_count++;
}

/* Cuts where the set of covering rows may change, ascending, without repetition. */
static uint32_t lookup__cuts(const vm_lookup *l, const uint32_t *some, uint32_t n, uint32_t level, int64_t *cut) {
  uint32_t cuts = 0, unique = 0;
  for (uint32_t i = 0; i < n; i++) {
    int64_t high = lookup__high(&l->rows[some[i]], level);
    cut[cuts++] = lookup__low(&l->rows[some[i]], level);
    if (high != INT64_MAX) cut[cuts++] = high + 1;
  }
  if (cuts) qsort(cut, cuts, sizeof *cut, lookup__order);
  for (uint32_t i = 0; i < cuts; i++)
    if (i == 0 || cut[i] != cut[unique - 1]) cut[unique++] = cut[i];
  return unique;
}

/* Of rows for the same day and keys the one promulgated last counts; promulgations differ (verifier). n ≥ 1. */
static uint32_t lookup__last_promulgated(const vm_lookup *l, const uint32_t *some, uint32_t n) {
  uint32_t best = some[0];
  for (uint32_t i = 1; i < n; i++)
    if (l->rows[some[i]].promulgated_day > l->rows[best].promulgated_day) best = some[i];
  return best;
}

/* Node over the rows some[0…n) from `level` on. Depth is bounded by the number of keys. *full: too many intervals. */
static ans_status lookup__level(vm_lookup *l, const uint32_t *some, uint32_t n, uint32_t level, uint32_t *node, bool *full, ans_error *err) {
  int64_t *cut = malloc((2 * (size_t)n + 1) * sizeof *cut);
  uint32_t *inner = malloc(((size_t)n + 1) * sizeof *inner);
  ans_status status = cut && inner ? ANS_OK : lookup__memory(err);
  uint32_t cuts = status == ANS_OK ? lookup__cuts(l, some, n, level, cut) : 0;
  if ((uint64_t)l->entries + cuts > (uint64_t)LOOKUP_MAX_ENTRIES * l->count + LOOKUP_BASE) *full = true;
  *node = status == ANS_OK && !*full ? lookup__node(l, cut, cuts) : ANS_NONE;
  if (status == ANS_OK && !*full && *node == ANS_NONE) status = lookup__memory(err);
  for (uint32_t k = 0; k < cuts && status == ANS_OK && !*full; k++) {
    uint32_t m = 0, next = ANS_NONE;
    for (uint32_t i = 0; i < n; i++)
      if (lookup__low(&l->rows[some[i]], level) <= cut[k] && cut[k] <= lookup__high(&l->rows[some[i]], level)) inner[m++] = some[i];
    /* No parameter has more keys than ANS_MAX_KEYS (verifier); said here too, so that a compiler that unrolls the recursion sees where it ends. */
    if (m && (level + 1 == l->levels || level == ANS_MAX_KEYS)) next = lookup__last_promulgated(l, inner, m);
    else if (m) status = lookup__level(l, inner, m, level + 1, &next, full, err);
    l->next[l->nodes[*node].first + k] = next;
  }
  free(cut);
  free(inner);
  return status;
}

ans_status vm__lookup_build(vm_lookup *l, const ans_program *p, uint32_t param, int32_t law_known, uint64_t stamp, ans_error *err) {
  if (l->stamp == stamp) return ANS_OK;
  const ans_param *m = &p->params[param];
  vm__lookup_free(l);
  l->levels = 1 + m->key_count;
  ans_status status = lookup__known(l, p->param_rows + m->first_row, m->row_count, law_known, err);
  uint32_t *all = malloc(((size_t)l->count + 1) * sizeof *all), root = ANS_NONE;
  if (status == ANS_OK && !all) status = lookup__memory(err);
  bool full = false;
  if (status == ANS_OK) {
    for (uint32_t i = 0; i < l->count; i++) all[i] = i;
    status = lookup__level(l, all, l->count, 0, &root, &full, err);
  }
  free(all);
  l->indexed = !full;
  if (status == ANS_OK) l->stamp = stamp;
  return status;
}

static bool lookup__scan(const vm_lookup *l, int64_t day, const int64_t *keys, int64_t *v) {
  const ans_param_row *best = NULL;
  for (uint32_t i = 0; i < l->count && l->rows[i].from_day <= day; i++) {
    const ans_param_row *r = &l->rows[i];
    bool hit = day <= r->to_day && (!best || r->promulgated_day > best->promulgated_day);
    for (uint32_t k = 0; hit && k + 1 < l->levels; k++) hit = r->key_lo[k] <= keys[k] && keys[k] <= r->key_hi[k];
    if (hit) best = r;
  }
  if (best) *v = best->value;
  return best != NULL;
}

bool vm__lookup_find(const vm_lookup *l, int64_t day, const int64_t *keys, int64_t *v, uint64_t *steps) {
  if (!l->indexed) return lookup__scan(l, day, keys, v);
  uint32_t node = 0;
  uint64_t compared = 0;
  for (uint32_t level = 0; level < l->levels && node != ANS_NONE; level++) {
    const struct vm_lookup_node *x = &l->nodes[node];
    const int64_t asked = level ? keys[level - 1] : day, *start = l->start + x->first;
    uint32_t at = 0;
    for (uint32_t n = x->count; n > 1; compared++) { /* no early way out: every value of a node costs the same */
      const uint32_t half = n / 2;
      if (start[at + half] <= asked) at += half;
      n -= half;
    }
    compared++;
    node = x->count && start[at] <= asked ? l->next[x->first + at] : ANS_NONE;
  }
  if (steps) *steps += compared;
  if (node == ANS_NONE) return false;
  *v = l->rows[node].value;
  return true;
}
