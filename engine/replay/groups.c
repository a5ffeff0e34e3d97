/* Aggregates and ranks (semantics 3): aggregates row by row over the members that refer to it, ranks whole registers at a time. Sums are exact in 128 bits, which no table of
 * 2^32 rows can leave. Ranks sort once instead of comparing all pairs, so that a component of 100,000 rows is no way to stall a replay. */
#include <stdlib.h>
#include <string.h>
#include "base/int128.h"
#include "replay/internal.h"

typedef struct tally {
  ans_int128 sum;
  int64_t best;
  bool any;     /* an element entered (sum, minimum, maximum) or decided (es gibt, jede) */
  uint8_t state; /* maximum of the contributed states */
  bool open[2];  /* minimum, maximum: a value entered possibly (unknown, human); open_best is the one of them that could move the extreme most */
  int64_t open_best[2];
} tally;

static void tally__state(tally *x, uint8_t s) { x->state = replay__max(x->state, s); }

static bool tally__better(uint16_t op, int64_t x, int64_t y) { return op == ANS_OP_AGG_MIN ? x < y : x > y; }

static void tally__possible(tally *x, uint16_t op, unsigned which, int64_t v) {
  if (!x->open[which] || tally__better(op, v, x->open_best[which])) x->open_best[which] = v;
  x->open[which] = true;
}

static void tally__number(tally *x, uint16_t op, ans_scalar f, ans_scalar e) {
  if (e.state == ANS_NOT_APPLICABLE) return;
  if (e.state == ANS_VALUE && (f.state == ANS_UNKNOWN || f.state == ANS_HUMAN)) { /* enters possibly */
    if (op != ANS_OP_AGG_SUM) tally__possible(x, op, f.state == ANS_HUMAN, e.v);
    else if (e.v != 0) tally__state(x, f.state);
    return;
  }
  if (f.state != ANS_VALUE || e.state != ANS_VALUE) {
    tally__state(x, replay__max(f.state, e.state));
    return;
  }
  bool better = !x->any || tally__better(op, e.v, x->best);
  x->sum += e.v;
  if (better) x->best = e.v;
  x->any = true;
}

/* es gibt: f und e, decided by true. jede: nicht f oder e, decided by false. f is not false here. */
static void tally__truth(tally *x, uint16_t op, ans_scalar f, ans_scalar e) {
  bool exists = op == ANS_OP_AGG_ANY;
  if (e.state == ANS_NOT_APPLICABLE || replay__is(e, exists ? 0 : 1)) return;
  uint8_t s = replay__max(f.state, e.state);
  if (s == ANS_VALUE) x->any = true;
  else tally__state(x, s);
}

static void tally__member(const ans_trace *t, const ans_insn *in, tally *x, ans_scalar f, uint32_t m) {
  if (in->op == ANS_OP_AGG_COUNT) {
    if (f.state == ANS_VALUE) x->sum++;
    else tally__state(x, f.state);
  } else if (in->op == ANS_OP_AGG_ANY || in->op == ANS_OP_AGG_ALL) {
    tally__truth(x, in->op, f, replay__cell(t, in->c, m));
  } else {
    tally__number(x, in->op, f, replay__cell(t, in->c, m));
  }
}

static ans_scalar tally__result(const tally *x, uint16_t op) {
  if (op == ANS_OP_AGG_ANY || op == ANS_OP_AGG_ALL) {
    bool exists = op == ANS_OP_AGG_ANY;
    if (x->any) return replay__value(exists);
    return x->state ? replay__state(x->state) : replay__value(!exists);
  }
  uint8_t state = x->state;
  for (unsigned human = 0; human < 2; human++)
    if (x->open[human] && (!x->any || tally__better(op, x->open_best[human], x->best))) state = replay__max(state, human ? ANS_HUMAN : ANS_UNKNOWN);
  if (state) return replay__state(state);
  if (op == ANS_OP_AGG_MIN || op == ANS_OP_AGG_MAX) return x->any ? replay__value(x->best) : replay__state(ANS_NOT_APPLICABLE);
  if (x->sum < INT64_MIN || x->sum > INT64_MAX) return replay__state(ANS_ERRONEOUS);
  return replay__value((int64_t)x->sum);
}

/* Contributed to every row by members whose reference is not known: as if in its group, their filter at least of that state. */
struct replay_everywhere { tally x; };

static const tally *aggregate__everywhere(ans_trace *t, uint32_t reg) {
  const ans_insn *in = &t->p->insns[reg];
  if (t->everywhere[reg]) return &t->everywhere[reg]->x;
  struct replay_everywhere *all = ans_arena_alloc(t->arena, sizeof *all);
  const replay_group *g = t->groups[in->a];
  if (!all) return NULL;
  for (uint32_t i = 0; i < g->open_count; i++) {
    const uint32_t m = g->open[i];
    ans_scalar ref = replay__cell(t, in->a, m), f = replay__filter(t, in->b, m);
    if (!replay__is(f, 0)) tally__member(t, in, &all->x, replay__state(replay__max(f.state, ref.state)), m);
  }
  t->everywhere[reg] = all;
  return &all->x;
}

bool replay__aggregate(ans_trace *t, uint32_t reg, uint32_t row, ans_scalar *v) {
  const ans_insn *in = &t->p->insns[reg];
  const tally *everywhere = replay__group(t, in->a) ? aggregate__everywhere(t, reg) : NULL;
  tally own = {0};
  if (!everywhere) return false;
  const replay_group *g = t->groups[in->a];
  for (uint32_t i = g->offsets[row]; i < g->offsets[row + 1]; i++) {
    ans_scalar f = replay__filter(t, in->b, g->members[i]);
    if (!replay__is(f, 0)) tally__member(t, in, &own, f, g->members[i]);
  }
  tally__state(&own, everywhere->state);
  for (unsigned human = 0; human < 2; human++)
    if (everywhere->open[human]) tally__possible(&own, in->op, human, everywhere->open_best[human]);
  *v = tally__result(&own, in->op);
  return true;
}

/* --- ranks ---------------------------------------------------------------------------------------------------------------- */
typedef struct ranked {
  uint32_t group, row; /* group ANS_NONE: reference not known, possibly in every group */
  int64_t key;
  uint8_t state;       /* of the filter (and of the reference in the open group); ANS_VALUE: certainly counted */
  uint8_t before;      /* open group: maximum state of the items up to and including this one */
} ranked;

static int ranked__order(const void *x, const void *y) {
  const ranked *a = x, *b = y;
  if (a->group != b->group) return a->group < b->group ? -1 : 1;
  if (a->key != b->key) return a->key < b->key ? -1 : 1;
  return a->row < b->row ? -1 : a->row > b->row;
}

typedef struct ranking {
  ranked *items; /* keys known, sorted by (group, key, row); the open group is last */
  uint32_t count, open; /* open: index of the first item of the open group */
  uint8_t *always; /* per group: state contributed by rows whose key is not a value */
  uint8_t always_open;
} ranking;

static uint8_t rank__key_state(ans_scalar k) { return k.state == ANS_NOT_APPLICABLE ? (uint8_t)ANS_ERRONEOUS : k.state; }

static void ranking__collect(const ans_trace *t, const ans_insn *in, ranking *k) {
  uint32_t target = t->p->insns[in->a].type.ref;
  for (uint32_t q = 0; q < replay__rows(t, in->unit); q++) {
    ans_scalar ref = replay__cell(t, in->a, q), f = replay__filter(t, in->b, q), key = replay__cell(t, in->c, q);
    if (ref.state == ANS_NOT_APPLICABLE || replay__is(f, 0)) continue;
    bool open = ref.state != ANS_VALUE;
    uint32_t group = open ? ANS_NONE : replay__row(t, target, ref.v);
    uint8_t s = open ? replay__max(f.state, ref.state) : f.state;
    if (key.state == ANS_VALUE) {
      k->items[k->count++] = (ranked){group, q, key.v, s, 0};
    } else {
      uint8_t *slot = open ? &k->always_open : &k->always[group];
      *slot = replay__max(*slot, replay__max(s, rank__key_state(key)));
    }
  }
  if (k->count) qsort(k->items, k->count, sizeof *k->items, ranked__order);
  for (k->open = 0; k->open < k->count && k->items[k->open].group != ANS_NONE;) k->open++;
  uint8_t s = ANS_VALUE;
  for (uint32_t i = k->open; i < k->count; i++) k->items[i].before = s = replay__max(s, k->items[i].state);
}

/* Maximum state of the rows with unknown reference that would come before (key, row). */
static uint8_t ranking__open_before(const ranking *k, const ranked *r) {
  uint32_t lo = k->open, hi = k->count;
  ranked probe = {ANS_NONE, r->row, r->key, 0, 0};
  while (lo < hi) {
    uint32_t mid = lo + (hi - lo) / 2;
    if (ranked__order(&k->items[mid], &probe) < 0) lo = mid + 1;
    else hi = mid;
  }
  return lo > k->open ? k->items[lo - 1].before : (uint8_t)ANS_VALUE;
}

bool replay__rank(ans_trace *t, uint32_t reg) {
  const ans_insn *in = &t->p->insns[reg];
  uint32_t rows = replay__rows(t, in->unit), groups = replay__rows(t, t->p->insns[in->a].type.ref);
  ranking k = {.items = calloc((size_t)rows + 1, sizeof *k.items), .always = calloc((size_t)groups + 1, 1)};
  bool ok = k.items && k.always && replay__group(t, in->a);
  if (ok) ranking__collect(t, in, &k);
  /* Rows that have no rank: their own filter is false, or their filter, reference or key is not a value. */
  for (uint32_t r = 0; ok && r < rows; r++) {
    ans_scalar f = replay__filter(t, in->b, r);
    uint8_t s = replay__max(f.state, replay__max(replay__cell(t, in->a, r).state, rank__key_state(replay__cell(t, in->c, r))));
    replay__put(t, reg, r, replay__state(replay__is(f, 0) ? (uint8_t)ANS_NOT_APPLICABLE : s));
  }
  int64_t certain = 0;
  uint8_t state = ANS_VALUE;
  for (uint32_t i = 0; ok && i < k.open; i++) {
    const ranked *x = &k.items[i];
    if (i == 0 || k.items[i - 1].group != x->group) certain = 0, state = ANS_VALUE;
    if (x->state != ANS_VALUE) {
      state = replay__max(state, x->state);
      continue;
    }
    uint8_t s = replay__max(replay__max(state, k.always[x->group]), replay__max(k.always_open, ranking__open_before(&k, x)));
    replay__put(t, reg, x->row, s == ANS_VALUE ? replay__value(certain + 1) : replay__state(s));
    certain++;
  }
  free(k.items);
  free(k.always);
  return ok;
}

/* --- member index, for slices ------------------------------------------------------------------------------------------------ */
bool replay__group(ans_trace *t, uint32_t ref_reg) {
  if (t->groups[ref_reg]) return true;
  const ans_insn *in = &t->p->insns[ref_reg];
  uint32_t members = replay__rows(t, in->unit), targets = replay__rows(t, in->type.ref);
  replay_group *g = ans_arena_alloc(t->arena, sizeof *g);
  if (!g) return false;
  g->offsets = ans_arena_array(t->arena, (size_t)targets + 2, sizeof *g->offsets);
  g->members = ans_arena_array(t->arena, (size_t)members + 1, sizeof *g->members);
  g->open = ans_arena_array(t->arena, (size_t)members + 1, sizeof *g->open);
  if (!g->offsets || !g->members || !g->open) return false;
  for (uint32_t m = 0; m < members; m++) {
    ans_scalar ref = replay__cell(t, ref_reg, m);
    if (ref.state == ANS_VALUE) g->offsets[replay__row(t, in->type.ref, ref.v) + 2]++;
    else if (ref.state != ANS_NOT_APPLICABLE) g->open[g->open_count++] = m;
  }
  for (uint32_t i = 2; i < targets + 2; i++) g->offsets[i] += g->offsets[i - 1];
  for (uint32_t m = 0; m < members; m++) {
    ans_scalar ref = replay__cell(t, ref_reg, m);
    if (ref.state == ANS_VALUE) g->members[g->offsets[replay__row(t, in->type.ref, ref.v) + 1]++] = m;
  }
  t->groups[ref_reg] = g;
  return true;
}
