/* Hypotheticals of random models: what the analysis makes of "angenommen f = e gilt r" (dsl/sema/hypothesis.c), made here from typed trees.
 * The assumption becomes an auxiliary result, every result in the slice of r that reads f is copied with reads of f and of copied results
 * exchanged, and a new last result asks the copy of r, sometimes by way of a reference. Later hypotheticals may ask earlier ones: worlds nest. */
#include "gen_internal.h"

#include <stdlib.h>

typedef struct world {
  gen *g;
  uint32_t fact, aux, known;
  uint32_t *copy;   /* per known result: its copy, or ANS_NONE */
} world;

typedef bool visit_fn(const ans_tx *x, void *user);

/* True if visit is true for some node of a tree or of the rules of a result. */
static bool some_tx(const ans_tx *x, visit_fn *visit, void *user) {
  if (!x) return false;
  if (visit(x, user)) return true;
  for (uint32_t i = 0; i < x->count; i++)
    if (some_tx(x->arg[i], visit, user)) return true;
  return false;
}

static bool some_rule(const ans_rule *r, visit_fn *visit, void *user) {
  if (some_tx(r->condition, visit, user) || some_tx(r->value, visit, user)) return true;
  for (uint32_t i = 0; i < r->exception_count; i++)
    if (some_rule(r->exceptions[i], visit, user)) return true;
  return false;
}

static bool some_node(const ans_tresult *r, visit_fn *visit, void *user) {
  if (some_tx(r->fallback, visit, user)) return true;
  for (uint32_t i = 0; i < r->rule_count; i++)
    if (some_rule(r->rules[i], visit, user)) return true;
  return false;
}

/* --- which fact, which results ------------------------------------------------------------------------------------------ */
typedef struct search { gen *g; bool *slice; uint32_t hit, seen; } search;

static bool draw_fact(const ans_tx *x, void *user) {
  search *s = user;
  bool computed = x->type.tag != ANS_T_REF && x->type.tag != ANS_T_TEXT && x->type.tag != ANS_T_LIST; /* what stands behind "über", and what only steers, cannot be assumed */
  bool assumable = x->kind == ANS_TX_FACT && computed;
  if (assumable && rnd_below(&s->g->r, ++s->seen) == 0) s->hit = x->index;
  return false;
}

static bool mark_read(const ans_tx *x, void *user) {
  search *s = user;
  if (x->kind == ANS_TX_RESULT) s->slice[x->index] = true;
  return false;
}

static bool reads_assumed(const ans_tx *x, void *user) {
  const world *w = user;
  return x->kind == ANS_TX_FACT ? x->index == w->fact : x->kind == ANS_TX_RESULT && x->index < w->known && w->copy[x->index] != ANS_NONE;
}

static uint32_t by_order(const gen *g, uint32_t known, uint32_t order) {
  for (uint32_t i = 0; i < known; i++)
    if (g->m->results[i].order == order) return i;
  abort();
}

/* Everything the target depends on: a result only reads results of smaller order. */
static void slice_of(gen *g, search *s, uint32_t known, uint32_t target) {
  s->slice[target] = true;
  for (uint32_t o = known; o-- > 0;) {
    uint32_t i = by_order(g, known, o);
    if (s->slice[i]) (void)some_node(&g->m->results[i], mark_read, s);
  }
}

/* --- copies --------------------------------------------------------------------------------------------------------------- */
static ans_tx *copy_tx(const world *w, const ans_tx *x) {
  if (!x) return NULL;
  ans_tx *to = gen__alloc(w->g, 1, sizeof *to);
  *to = *x;
  bool assumed = x->kind == ANS_TX_FACT && x->index == w->fact;
  to->count = assumed ? 2 : x->count;
  to->arg = gen__alloc(w->g, to->count, sizeof *to->arg);
  for (uint32_t i = 0; i < x->count; i++) to->arg[i] = copy_tx(w, x->arg[i]);
  if (assumed) {
    to->kind = ANS_TX_RESULT;
    to->index = w->aux;
  } else if (x->kind == ANS_TX_RESULT && x->index < w->known && w->copy[x->index] != ANS_NONE) {
    to->index = w->copy[x->index];
  }
  return to;
}

static ans_rule *copy_rule(const world *w, const ans_rule *r) {
  ans_rule *to = gen__alloc(w->g, 1, sizeof *to);
  *to = *r;
  to->condition = copy_tx(w, r->condition);
  to->value = copy_tx(w, r->value);
  to->exceptions = gen__alloc(w->g, r->exception_count, sizeof *to->exceptions);
  for (uint32_t i = 0; i < r->exception_count; i++) to->exceptions[i] = copy_rule(w, r->exceptions[i]);
  return to;
}

static uint32_t add_result(gen *g, const char *stem, ans_tresult r) {
  uint32_t i = g->m->result_count++;
  r.name = gen__name(g, stem, i);
  r.order = i; /* the results before have the orders below */
  g->m->results[i] = r;
  return i;
}

static void copy_result(const world *w, uint32_t from) {
  ans_tresult r = w->g->m->results[from];
  w->copy[from] = add_result(w->g, "angenommen", r);
  ans_tresult *to = &w->g->m->results[w->copy[from]];
  to->fallback = copy_tx(w, r.fallback);
  to->rules = gen__alloc(w->g, r.rule_count, sizeof *to->rules);
  for (uint32_t i = 0; i < r.rule_count; i++) to->rules[i] = copy_rule(w, r.rules[i]);
}

/* Adds one hypothetical if the result drawn depends on a fact that can be assumed; at most 2·n + 2 results for n. */
static void hypothesis(gen *g) {
  uint32_t known = g->m->result_count, target = rnd_below(&g->r, known);
  search s = {.g = g, .slice = gen__alloc(g, known, sizeof *s.slice), .hit = ANS_NONE};
  world w = {.g = g, .known = known, .copy = gen__alloc(g, known, sizeof *w.copy)};
  if (g->m->results[target].grain != ANS_GRAIN_ROW) return;
  slice_of(g, &s, known, target);
  for (uint32_t i = 0; i < known; i++)
    if (s.slice[i]) (void)some_node(&g->m->results[i], draw_fact, &s);
  if (s.hit == ANS_NONE) return;
  w.fact = s.hit;
  const ans_fact *f = &g->m->facts[s.hit];
  scope there = {.unit = f->unit, .limit = known};
  w.aux = add_result(g, "annahme", (ans_tresult){.label = "", .unit = f->unit, .grain = ANS_GRAIN_ROW, .type = f->type, .provision = ANS_NONE,
                                                  .fallback = gen__expr(g, there, f->type, rnd_below(&g->r, 2))});
  for (uint32_t i = 0; i < known; i++) w.copy[i] = ANS_NONE;
  for (uint32_t o = 0; o < known; o++) { /* in order, so that the copies of what is read exist */
    uint32_t i = by_order(g, known, o);
    if (s.slice[i] && some_node(&g->m->results[i], reads_assumed, &w)) copy_result(&w, i);
  }
  ans_tresult asked = g->m->results[target];
  bool far = rnd_percent(&g->r, 30);
  scope asking = {.unit = far ? 1 + rnd_below(&g->r, GEN_UNITS - 1) : asked.unit, .limit = known};
  ans_tx *args[2] = {far ? gen__expr(g, asking, GEN_TYPES[GEN_REF_1 + asked.unit - 1], 0) : NULL, NULL};
  ans_tx *x = gen__node(g, asking, ANS_TX_RESULT, asked.type, 2, args);
  x->index = w.copy[target];
  (void)add_result(g, "frage", (ans_tresult){.label = "", .unit = asking.unit, .grain = ANS_GRAIN_ROW, .type = asked.type, .provision = ANS_NONE, .fallback = x});
  g->traits.worlds++;
}

void gen__hypotheticals(gen *g) {
  uint32_t most = g->options.small ? 2 : 3;
  for (uint32_t i = 0; i < most && rnd_percent(&g->r, 45); i++) hypothesis(g);
}
