/* Hypotheticals (docs/semantics.md § 7): angenommen Einheit.Angabe = wert; … gilt ergebnis.
 *
 * Static expansion. Every hypothetical gets its own copy of those results in the slice of the one it asks that depend on an assumed fact; all
 * others are shared. Each assumption becomes an auxiliary result of its unit, and reads of the assumed fact or result inside the copies
 * become reads of it. So nothing after the analysis knows hypotheticals: they are results, traced like others.
 * Order: a hypothetical is expanded after those its slice contains, so worlds nest and the inner assumption wins; if none is ready they
 * depend on each other in a circle. The dependency edges of the copies are added here, so the search for circles sees the expansion.
 * Invariant: trees are never changed in place but for the one node that stands for the hypothetical. */
#include "sema/sema_private.h"
#include <string.h>

typedef struct expansion {
  sema *s;
  sema_hypothesis *h;
  uint32_t serial, known;        /* results before the expansion */
  uint32_t *copy;                /* per known result: its copy, or ANS_NONE */
  uint32_t *aux;                 /* per assumption: the auxiliary result */
  sema_vec rules;                /* pairs of rules already copied */
  bool failed;
} expansion;
typedef struct rule_pair { const ans_rule *from; ans_rule *to; } rule_pair;

/* --- reading --------------------------------------------------------------------------------------------------------- */
static bool hypothesis__assumption(sema *s, const sema_scope *sc, const ans_syn *n, sema_assumption *a) {
  const ans_syn *path = sema__child(n, 0), *value = sema__child(n, 1);
  uint32_t unit = sc->unit;
  if (!path || path->count < 1 || path->count > 2) { SEMA_ERR0(s, ASSUMPTION_PATH, path ? path : n); return false; }
  if (path->count == 2 && !sema__unit(s, path->child[0], &unit)) return false;
  const ans_syn *last = path->child[path->count - 1];
  sema_symbol *y = sema__find(s, SPACE_MEMBER, unit, sema__text(s, last));
  if (!y) {
    SEMA_ERR(s, UNKNOWN_NAME, last, sema__text(s, last), sema__unit_name(s, unit));
    sema__suggest(s, last, sema__text(s, last), &(sema_place){SPACE_MEMBER, unit}, 1, NULL, 0);
    return false;
  }
  y->used = true;
  if (y->lost) return false;
  bool result = y->kind == SYM_RESULT;
  ans_type type = result ? VEC_AT(ans_tresult, s->results, y->index)->type : VEC_AT(ans_fact, s->facts, y->index)->type;
  if (result && VEC_AT(ans_tresult, s->results, y->index)->grain == ANS_GRAIN_DAY) { SEMA_ERR0(s, ASSUMPTION_PATH, path); return false; }
  if (sema__steers(type)) { SEMA_ERR(s, STEERING_ASSUMPTION, path, sema__type_name(s, type)); return false; }
  sema_scope there = {.unit = unit, .depth = sc->depth};
  ans_tx *x = sema__coerce(s, &there, sema__expr(s, &there, value, &type), type, value);
  *a = (sema_assumption){unit, y->index, result, type, sema__text(s, last), x};
  return x != NULL;
}

ans_tx *sema__hypothesis(sema *s, const sema_scope *sc, const ans_syn *n) {
  const ans_syn *path = sema__child(n, 0);
  sema_hypothesis h = {.count = n->count - 1, .from = s->current_result, .tree = s->tree, .syn = n};
  h.items = sema__alloc(s, h.count, sizeof *h.items);
  bool ok = h.items && path;
  for (uint32_t i = 0; h.items && i < h.count; i++) ok = hypothesis__assumption(s, sc, n->child[i + 1], &h.items[i]) && ok;
  uint32_t edges = s->edges.n;
  ans_tx *x = path ? sema__path(s, sc, path, NULL) : NULL;
  if (!ok || !x) { s->edges.n = edges; return NULL; }
  if (x->kind != ANS_TX_RESULT) { SEMA_ERR0(s, HYPOTHESIS_TARGET, path); return NULL; }
  /* The rule depends on the copy, not on the result as it is: take back the last edge (those before it belong to references). */
  if (s->edges.n > edges) s->edges.n--;
  h.target = x->index;
  h.tx = x;
  sema_hypothesis *slot = sema__push(s, &s->hypotheses, sizeof *slot, "4096 Annahmen / hypotheticals");
  if (slot) *slot = h;
  return slot ? x : NULL;
}

/* --- what depends on what ---------------------------------------------------------------------------------------------- */
static bool hypothesis__assumes(const sema_hypothesis *h, bool result, uint32_t index) {
  for (uint32_t i = 0; i < h->count; i++)
    if (h->items[i].result == result && h->items[i].index == index) return true;
  return false;
}

static bool hypothesis__reads_fact(const ans_tx *x) {
  return x->kind == ANS_TX_FACT || x->kind == ANS_TX_TL_AT || x->kind == ANS_TX_TL_LAST_END || x->kind == ANS_TX_TL_NEXT_START || x->kind == ANS_TX_TL_DAYS ||
         (x->kind >= ANS_TX_AGG_COUNT && x->kind <= ANS_TX_RANK);
}

static bool hypothesis__mentions(const sema_hypothesis *h, const ans_tx *x) {
  if (!x) return false;
  if (hypothesis__reads_fact(x) ? hypothesis__assumes(h, false, x->index) : x->kind == ANS_TX_RESULT && hypothesis__assumes(h, true, x->index)) return true;
  for (uint32_t i = 0; i < x->count; i++)
    if (hypothesis__mentions(h, x->arg[i])) return true;
  return false;
}

static bool hypothesis__rule_mentions(const sema_hypothesis *h, const ans_rule *r, uint32_t depth) {
  if (hypothesis__mentions(h, r->condition) || hypothesis__mentions(h, r->value)) return true;
  for (uint32_t i = 0; depth < SEMA_MAX_DEPTH && i < r->exception_count; i++)
    if (hypothesis__rule_mentions(h, r->exceptions[i], depth + 1)) return true;
  return false;
}

/* Everything that `root` depends on (forward), along the edges so far. */
static void hypothesis__reach(const sema *s, uint32_t root, uint8_t *mark) {
  mark[root] = 1;
  for (bool more = true; more;) {
    more = false;
    for (uint32_t i = 0; i < s->edges.n; i++) {
      const sema_edge *e = VEC_AT(sema_edge, s->edges, i);
      if (mark[e->from] && !mark[e->to]) mark[e->to] = more = true;
    }
  }
}

/* Which results of the slice must be copied: those that mention an assumption, and those that depend on one of them. */
static void hypothesis__affected(sema *s, const sema_hypothesis *h, const uint8_t *slice, uint8_t *affected) {
  for (uint32_t r = 0; r < s->results.n; r++) {
    const ans_tresult *x = VEC_AT(ans_tresult, s->results, r);
    if (!slice[r] || hypothesis__assumes(h, true, r)) continue;
    affected[r] = hypothesis__mentions(h, x->fallback);
    for (uint32_t i = 0; i < x->rule_count && !affected[r]; i++) affected[r] = hypothesis__rule_mentions(h, x->rules[i], 0);
  }
  for (bool more = true; more;) {
    more = false;
    for (uint32_t i = 0; i < s->edges.n; i++) {
      const sema_edge *e = VEC_AT(sema_edge, s->edges, i);
      if (!slice[e->from] || !affected[e->to] || affected[e->from] || hypothesis__assumes(h, true, e->from)) continue;
      affected[e->from] = more = true;
    }
  }
}

/* --- copies ------------------------------------------------------------------------------------------------------------ */
static void hypothesis__refuse(expansion *x, ans_diag_id id) {
  if (!x->failed) {
    sema__enter(x->s, x->h->tree);
    SEMA_SAY(x->s, id, x->h->syn, (char *)NULL);
  }
  x->failed = true;
}

static uint32_t hypothesis__aux_of(const expansion *x, bool result, uint32_t index) {
  for (uint32_t i = x->h->count; i-- > 0;) /* the last of two assumptions about one fact holds */
    if (x->h->items[i].result == result && x->h->items[i].index == index) return x->aux[i];
  return ANS_NONE;
}

static ans_tx *hypothesis__copy(expansion *x, ans_tx *t);

static ans_tx *hypothesis__read(expansion *x, const ans_tx *t, uint32_t result, ans_tx *row) {
  ans_tx *args[2] = {row, NULL};
  sema_scope sc = {.unit = t->unit};
  ans_tx *r = sema__tx(x->s, &sc, ANS_TX_RESULT, t->type, t->syntax, 2, args);
  if (!r) { x->failed = true; return NULL; }
  r->index = result;
  if (r->grain < ANS_GRAIN_ROW) r->grain = ANS_GRAIN_ROW;
  r->unit = t->unit;
  return r;
}

/* t with the assumptions put in; t itself where nothing changes. */
static ans_tx *hypothesis__copy(expansion *x, ans_tx *t) {
  if (!t || x->failed) return t;
  bool fact = hypothesis__reads_fact(t), result = t->kind == ANS_TX_RESULT;
  uint32_t aux = fact || result ? hypothesis__aux_of(x, result, t->index) : ANS_NONE;
  if (aux != ANS_NONE && (result || t->kind == ANS_TX_FACT || t->kind == ANS_TX_TL_AT)) return hypothesis__read(x, t, aux, hypothesis__copy(x, t->arg[0]));
  if (aux != ANS_NONE) { hypothesis__refuse(x, t->kind >= ANS_TX_AGG_COUNT && t->kind <= ANS_TX_RANK ? ANS_DIAG_ASSUMPTION_MEMBERS : ANS_DIAG_ASSUMPTION_HISTORY); return t; }
  uint32_t index = result && t->index < x->known && x->copy[t->index] != ANS_NONE ? x->copy[t->index] : t->index;
  ans_tx *changed = NULL;
  for (uint32_t i = 0; i < t->count || (i == 0 && index != t->index); i++) {
    ans_tx *arg = i < t->count ? hypothesis__copy(x, t->arg[i]) : NULL;
    if (!changed && (index != t->index || arg != t->arg[i])) {
      changed = sema__alloc(x->s, 1, sizeof *changed);
      ans_tx **args = sema__alloc(x->s, t->count, sizeof *args);
      if (!changed || !args) { x->failed = true; return t; }
      *changed = *t;
      changed->origin = t->origin ? t->origin : t;
      changed->index = index;
      changed->arg = args;
      if (t->count) memcpy(args, t->arg, t->count * sizeof *args);
    }
    if (changed && i < t->count) changed->arg[i] = arg;
  }
  return changed ? changed : t;
}

static ans_rule *hypothesis__rule(expansion *x, const ans_rule *r, uint32_t depth) {
  for (uint32_t i = 0; i < x->rules.n; i++)
    if (VEC_AT(rule_pair, x->rules, i)->from == r) return VEC_AT(rule_pair, x->rules, i)->to;
  ans_rule *to = sema__alloc(x->s, 1, sizeof *to);
  ans_rule **exceptions = sema__alloc(x->s, r->exception_count, sizeof *exceptions);
  if (!to || !exceptions || depth > SEMA_MAX_DEPTH) { x->failed = true; return NULL; }
  *to = *r;
  to->origin = r->origin ? r->origin : r;
  to->condition = hypothesis__copy(x, r->condition);
  to->value = hypothesis__copy(x, r->value);
  to->exceptions = exceptions;
  for (uint32_t i = 0; i < r->exception_count && !x->failed; i++) exceptions[i] = hypothesis__rule(x, r->exceptions[i], depth + 1);
  rule_pair *pair = sema__push(x->s, &x->rules, sizeof *pair, "16384 regeln / rules");
  if (pair) *pair = (rule_pair){r, to};
  return to;
}

static uint32_t hypothesis__new(expansion *x, ans_tresult r, const char *name) {
  sema *s = x->s;
  uint32_t index = s->results.n;
  r.label = sema__format(s, "%s, %s", r.label && *r.label ? r.label : name, sema__words(s, x->h->syn));
  r.name = sema__format(s, "%s (angenommen %u)", name, x->serial);
  ans_tresult *slot = sema__push(s, &s->results, sizeof *slot, "8192 ergebnisse / results");
  sema_result *side = slot ? sema__push(s, &s->result_side, sizeof *side, "8192 ergebnisse / results") : NULL;
  if (!slot || !side) { x->failed = true; return ANS_NONE; }
  *slot = r;
  *side = (sema_result){x->h->tree, x->h->syn, false};
  return index;
}

static void hypothesis__edge(sema *s, uint32_t from, uint32_t to) {
  if (from == ANS_NONE || to == ANS_NONE) return;
  sema_edge *e = sema__push(s, &s->edges, sizeof *e, "262144 Verweise auf Ergebnisse / references to results");
  if (e) *e = (sema_edge){from, to};
}

static void hypothesis__value_edges(sema *s, uint32_t from, const ans_tx *x) {
  if (!x) return;
  if (x->kind == ANS_TX_RESULT) hypothesis__edge(s, from, x->index);
  for (uint32_t i = 0; i < x->count; i++) hypothesis__value_edges(s, from, x->arg[i]);
}

static void hypothesis__assume(expansion *x) {
  for (uint32_t i = 0; i < x->h->count && !x->failed; i++) {
    const sema_assumption *a = &x->h->items[i];
    ans_tresult r = {.label = "", .unit = a->unit, .grain = ANS_GRAIN_ROW, .type = a->type, .provision = ANS_NONE, .fallback = a->value};
    x->aux[i] = hypothesis__new(x, r, sema__format(x->s, "%s %u", a->name, i + 1));
    if (!x->failed) hypothesis__value_edges(x->s, x->aux[i], a->value);
  }
}

static void hypothesis__bodies(expansion *x) {
  sema *s = x->s;
  for (uint32_t r = 0; r < x->known && !x->failed; r++) {
    if (x->copy[r] == ANS_NONE) continue;
    ans_tresult from = *VEC_AT(ans_tresult, s->results, r);
    ans_rule **rules = sema__alloc(s, from.rule_count, sizeof *rules);
    if (!rules) { x->failed = true; return; }
    ans_tx *fallback = hypothesis__copy(x, from.fallback);
    for (uint32_t i = 0; i < from.rule_count && !x->failed; i++) rules[i] = hypothesis__rule(x, from.rules[i], 0);
    ans_tresult *to = VEC_AT(ans_tresult, s->results, x->copy[r]);
    to->fallback = fallback;
    to->rules = rules;
  }
}

/* Edges of the copies: as the originals', but to copies where there are some, and to the auxiliary result for an assumed one. */
static void hypothesis__edges(expansion *x) {
  sema *s = x->s;
  for (uint32_t i = 0, n = s->edges.n; i < n; i++) {
    sema_edge e = *VEC_AT(sema_edge, s->edges, i);
    if (e.from >= x->known || x->copy[e.from] == ANS_NONE) continue;
    uint32_t aux = hypothesis__aux_of(x, true, e.to);
    hypothesis__edge(s, x->copy[e.from], aux != ANS_NONE ? aux : e.to < x->known && x->copy[e.to] != ANS_NONE ? x->copy[e.to] : e.to);
  }
  for (uint32_t r = 0; r < x->known; r++)
    for (uint32_t i = 0; x->copy[r] != ANS_NONE && i < x->h->count; i++) hypothesis__edge(s, x->copy[r], x->aux[i]);
  hypothesis__edge(s, x->h->from, x->copy[x->h->target]);
}

static void hypothesis__expand(sema *s, uint32_t index, const uint8_t *slice) {
  sema_hypothesis *h = VEC_AT(sema_hypothesis, s->hypotheses, index);
  expansion x = {.s = s, .h = h, .serial = index + 1, .known = s->results.n};
  sema__enter(s, h->tree);
  uint8_t *affected = sema__alloc(s, x.known, 1);
  x.copy = sema__alloc(s, x.known, sizeof *x.copy);
  x.aux = sema__alloc(s, h->count, sizeof *x.aux);
  if (!affected || !x.copy || !x.aux) return;
  hypothesis__affected(s, h, slice, affected);
  if (!affected[h->target]) { SEMA_ERR0(s, HYPOTHESIS_NO_EFFECT, h->syn); return; }
  hypothesis__assume(&x);
  for (uint32_t r = 0; r < x.known; r++) {
    x.copy[r] = ANS_NONE;
    if (!affected[r] || x.failed) continue;
    ans_tresult shape = *VEC_AT(ans_tresult, s->results, r);
    x.copy[r] = hypothesis__new(&x, shape, shape.name);
  }
  if (!x.failed) hypothesis__bodies(&x);
  if (x.failed) return;
  hypothesis__edges(&x);
  h->tx->index = x.copy[h->target];
}

/* A slice with a mistake in it, or with a result that a lost rule may belong to, shows nothing about what depends on what. */
static bool hypothesis__uncertain(sema *s, const uint8_t *slice) {
  for (uint32_t r = 0; r < s->results.n; r++) {
    if (!slice[r]) continue;
    const ans_tresult *x = VEC_AT(ans_tresult, s->results, r);
    if (s->unit_lost[SEMA_MAX_UNITS + 1] || s->unit_lost[x->unit] || VEC_AT(sema_result, s->result_side, r)->bad || sema__is_lost(s, x->name)) return true;
  }
  return false;
}

void sema__hypotheses(sema *s) {
  uint32_t n = s->hypotheses.n, left = n;
  if (s->hypotheses.max == UINT32_MAX) return; /* too many: reported */
  while (left && !s->oom) {
    bool moved = false;
    for (uint32_t i = 0; i < n; i++) {
      sema_hypothesis *h = VEC_AT(sema_hypothesis, s->hypotheses, i);
      if (h->done) continue;
      uint8_t *slice = sema__alloc(s, s->results.n, 1);
      if (!slice) return;
      hypothesis__reach(s, h->target, slice);
      bool ready = true; /* no hypothetical inside the slice is still to be expanded */
      for (uint32_t k = 0; k < n && ready; k++) {
        const sema_hypothesis *other = VEC_AT(sema_hypothesis, s->hypotheses, k);
        ready = other->done || other->from == ANS_NONE || !slice[other->from];
      }
      if (!ready) continue;
      if (!hypothesis__uncertain(s, slice)) hypothesis__expand(s, i, slice);
      else if (h->from != ANS_NONE) VEC_AT(sema_result, s->result_side, h->from)->bad = true;
      h->done = moved = true;
      left--;
    }
    if (moved) continue;
    for (uint32_t i = 0; i < n; i++) {
      const sema_hypothesis *h = VEC_AT(sema_hypothesis, s->hypotheses, i);
      sema__enter(s, h->tree);
      if (!h->done) { SEMA_ERR0(s, HYPOTHESIS_CYCLE, h->syn); return; }
    }
  }
}
