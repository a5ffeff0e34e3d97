/* What can be proven about conditions without computing cases: implication, contradiction, and that a case exists.
 *
 * A condition is read as a conjunction of atoms "term in set". A term is any expression (a fact, a result, an aggregate), compared with constants; two terms are
 * one if their trees are equal, because evaluation is pure. Comparisons, `in`, negation, and/or over one term give sets of spans; any other truth-valued
 * expression is a term of its own with the set {true}. "x hat am D das n. Lebensjahr vollendet" is a statement about the completed years of x on D, because the day of
 * completion grows with n (a date of birth so late that the day leaves the calendar aside: there the comparison is an error).
 *
 * Soundness: a condition is true only if every conjunct is the value true, and a comparison is true only if its term is a value in the set. So "true in every case" covers
 * unknown and n/a as well. An atom that does not fit (CONDITION_ATOMS, CONDITION_SPANS) is left out and the condition marked partial: it may still imply, and is never implied.
 * Pure functions, no memory. Recursion is bounded by the depth of expressions (SEMA_MAX_DEPTH). */
#include "sema/condition.h"
#include "num/calendar.h"

enum { CONDITION_BRANCHES = 256 /* of disjunctions tried for one proof */, CONDITION_SPLIT_DEPTH = 24 };

/* --- sets ------------------------------------------------------------------------------------------------------------- */
static const condition_set EVERYTHING = {1, {{INT64_MIN, INT64_MAX}}};

static bool set__push(condition_set *s, int64_t lo, int64_t hi) {
  if (lo > hi) return true;
  if (s->count && s->at[s->count - 1].hi != INT64_MAX && s->at[s->count - 1].hi + 1 >= lo) { /* spans come ascending */
    if (hi > s->at[s->count - 1].hi) s->at[s->count - 1].hi = hi;
    return true;
  }
  if (s->count && s->at[s->count - 1].hi == INT64_MAX) return true;
  if (s->count == CONDITION_SPANS) return false;
  s->at[s->count++] = (condition_span){lo, hi};
  return true;
}

static bool set__intersect(const condition_set *a, const condition_set *b, condition_set *out) {
  condition_set r = {.count = 0};
  for (uint32_t i = 0, k = 0; i < a->count && k < b->count;) {
    int64_t lo = a->at[i].lo > b->at[k].lo ? a->at[i].lo : b->at[k].lo, hi = a->at[i].hi < b->at[k].hi ? a->at[i].hi : b->at[k].hi;
    if (lo <= hi && r.count == CONDITION_SPANS) return false;
    if (lo <= hi) r.at[r.count++] = (condition_span){lo, hi};
    if (a->at[i].hi < b->at[k].hi) i++;
    else k++;
  }
  *out = r;
  return true;
}

static bool set__unite(const condition_set *a, const condition_set *b, condition_set *out) {
  condition_set r = {.count = 0};
  for (uint32_t i = 0, k = 0; i < a->count || k < b->count;) {
    bool first = k == b->count || (i < a->count && a->at[i].lo <= b->at[k].lo);
    const condition_span *s = first ? &a->at[i++] : &b->at[k++];
    if (!set__push(&r, s->lo, s->hi)) return false;
  }
  *out = r;
  return true;
}

static bool set__complement(const condition_set *a, condition_set *out) {
  condition_set r = {.count = 0};
  int64_t next = INT64_MIN;
  for (uint32_t i = 0; i < a->count; i++) {
    if (a->at[i].lo > next && !set__push(&r, next, a->at[i].lo - 1)) return false;
    if (a->at[i].hi == INT64_MAX) { *out = r; return true; }
    next = a->at[i].hi + 1;
  }
  if (!set__push(&r, next, INT64_MAX)) return false;
  *out = r;
  return true;
}

static bool set__within(const condition_set *a, const condition_set *b) {
  for (uint32_t i = 0, k = 0; i < a->count; i++) {
    while (k < b->count && b->at[k].hi < a->at[i].lo) k++;
    if (k == b->count || b->at[k].lo > a->at[i].lo || b->at[k].hi < a->at[i].hi) return false;
  }
  return true;
}

/* --- terms ------------------------------------------------------------------------------------------------------------ */
static uint64_t term__hash(const ans_tx *x) {
  if (!x) return 7;
  uint64_t h = 1469598103934665603u;
  const uint64_t part[] = {x->kind, x->unit, x->index, (uint64_t)x->value, x->state, x->type.tag, x->type.scale, x->count};
  for (size_t i = 0; i < sizeof part / sizeof *part; i++) h = (h ^ part[i]) * 1099511628211u;
  for (uint32_t i = 0; i < x->count; i++) h = (h ^ term__hash(x->arg[i])) * 1099511628211u;
  return h;
}

static bool term__same(const ans_tx *a, const ans_tx *b) {
  if (a == b) return true;
  if (!a || !b) return false;
  bool same = a->kind == b->kind && a->grain == b->grain && a->unit == b->unit && a->index == b->index && a->value == b->value && a->state == b->state && a->count == b->count;
  same = same && a->type.tag == b->type.tag && a->type.scale == b->type.scale && a->type.measure == b->type.measure && a->type.per == b->type.per && a->type.ref == b->type.ref;
  for (uint32_t i = 0; same && i < a->count; i++) same = term__same(a->arg[i], b->arg[i]);
  return same;
}

static bool atom__same_term(const condition_atom *a, const condition_atom *b) { return a->hash == b->hash && term__same(a->term, b->term) && term__same(a->day, b->day); }

static condition_set term__domain(const ans_model *m, const condition_atom *a) {
  condition_set s = EVERYTHING;
  if (a->day) return s;
  if (a->term->type.tag == ANS_T_BOOL) s.at[0] = (condition_span){0, 1};
  if (a->term->type.tag == ANS_T_ENUM && a->term->type.ref < m->enum_count) s.at[0] = (condition_span){0, (int64_t)m->enums[a->term->type.ref].value_count - 1};
  return s;
}

/* --- atoms ------------------------------------------------------------------------------------------------------------ */
static void atom__of_term(const ans_tx *term, const ans_tx *day, condition_set set, condition_atom *out) {
  *out = (condition_atom){.term = term, .day = day, .hash = term__hash(term) * 31 + (day ? term__hash(day) : 0), .set = set};
}

/* t < c, t <= c, c < t, c <= t as spans; a comparison that no value can satisfy is the empty set. */
static bool atom__order(const ans_tx *x, condition_atom *out) {
  const ans_tx *a = x->arg[0], *b = x->arg[1];
  bool strict = x->kind == ANS_TX_LT;
  condition_set s = {.count = 0};
  if (b->kind == ANS_TX_CONST && a->kind != ANS_TX_CONST) {
    if (!(strict && b->value == INT64_MIN)) s = (condition_set){1, {{INT64_MIN, b->value - strict}}};
    atom__of_term(a, NULL, s, out);
    return true;
  }
  if (a->kind != ANS_TX_CONST || b->kind == ANS_TX_CONST) return false;
  if (!(strict && a->value == INT64_MAX)) s = (condition_set){1, {{a->value + strict, INT64_MAX}}};
  atom__of_term(b, NULL, s, out);
  return true;
}

/* completed(b; n) <= D: at least n years; D < completed(b; n): fewer than n. */
static bool atom__age(const ans_tx *x, condition_atom *out) {
  const ans_tx *a = x->arg[0], *b = x->arg[1];
  const bool reached = x->kind == ANS_TX_LE && a->kind == ANS_TX_YEARS_DONE, before = x->kind == ANS_TX_LT && b->kind == ANS_TX_YEARS_DONE;
  const ans_tx *done = reached ? a : b, *day = reached ? b : a;
  if ((!reached && !before) || done->count != 2 || done->arg[1]->kind != ANS_TX_CONST || day->kind == ANS_TX_YEARS_DONE) return false;
  int64_t n = done->arg[1]->value;
  if (n <= 0 || n > 1000) return false;
  atom__of_term(done->arg[0], day, reached ? (condition_set){1, {{n, INT64_MAX}}} : (condition_set){1, {{INT64_MIN, n - 1}}}, out);
  return true;
}

static bool atom__equal(const ans_tx *x, condition_atom *out) {
  const ans_tx *a = x->arg[0], *b = x->arg[1];
  if ((a->kind == ANS_TX_CONST) == (b->kind == ANS_TX_CONST)) return false;
  const int64_t c = a->kind == ANS_TX_CONST ? a->value : b->value;
  condition_set s = {1, {{c, c}}};
  if (x->kind == ANS_TX_NE && !set__complement(&s, &s)) return false;
  atom__of_term(a->kind == ANS_TX_CONST ? b : a, NULL, s, out);
  return true;
}

/* What x says about one term; false if it is not a statement about one term. */
static bool atom__read(const ans_tx *x, condition_atom *out) {
  condition_atom other;
  switch (x->kind) {
    case ANS_TX_LT: case ANS_TX_LE: return atom__age(x, out) || atom__order(x, out);
    case ANS_TX_EQ: case ANS_TX_NE: return atom__equal(x, out);
    case ANS_TX_NOT:
      if (!atom__read(x->arg[0], out)) return false;
      return set__complement(&out->set, &out->set);
    case ANS_TX_AND: case ANS_TX_OR:
      if (x->count == 0 || !atom__read(x->arg[0], out)) return false;
      for (uint32_t i = 1; i < x->count; i++) {
        if (!atom__read(x->arg[i], &other) || !atom__same_term(out, &other)) return false;
        if (!(x->kind == ANS_TX_AND ? set__intersect(&out->set, &other.set, &out->set) : set__unite(&out->set, &other.set, &out->set))) return false;
      }
      return true;
    case ANS_TX_CONST: return false;
    default:
      if (x->type.tag != ANS_T_BOOL) return false;
      atom__of_term(x, NULL, (condition_set){1, {{1, 1}}}, out);
      return true;
  }
}

/* --- conditions ------------------------------------------------------------------------------------------------------- */
static void condition__put(const ans_model *m, condition *c, const condition_atom *a) {
  condition_set domain = term__domain(m, a), set;
  if (!set__intersect(&a->set, &domain, &set)) { c->partial = true; return; }
  for (uint32_t i = 0; i < c->count; i++) {
    if (!atom__same_term(&c->at[i], a)) continue;
    if (!set__intersect(&c->at[i].set, &set, &c->at[i].set)) c->partial = true;
    c->never = c->never || c->at[i].set.count == 0;
    return;
  }
  c->never = c->never || set.count == 0;
  if (c->count == CONDITION_ATOMS) { c->partial = true; return; }
  c->at[c->count] = *a;
  c->at[c->count++].set = set;
}

static void condition__collect(const ans_model *m, condition *c, const ans_tx *x, bool negated) {
  condition_atom a;
  if (x->kind == ANS_TX_CONST) {
    c->never = c->never || (x->value != 0) == negated;
    return;
  }
  if (x->kind == ANS_TX_NOT) { condition__collect(m, c, x->arg[0], !negated); return; }
  if (x->kind == (negated ? ANS_TX_OR : ANS_TX_AND)) { /* a false disjunction: every part is false */
    for (uint32_t i = 0; i < x->count; i++) condition__collect(m, c, x->arg[i], negated);
    return;
  }
  if (!atom__read(x, &a)) { /* a truth value as a whole */
    atom__of_term(x, NULL, (condition_set){1, {{1, 1}}}, &a);
    if ((x->kind == ANS_TX_OR || x->kind == ANS_TX_AND) && c->splits < CONDITION_SPLITS) c->split[c->splits++] = (struct condition_split){x, negated};
  }
  if (negated && !set__complement(&a.set, &a.set)) { c->partial = true; return; }
  condition__put(m, c, &a);
}

void condition__add(const ans_model *m, condition *c, const ans_tx *x) {
  if (x) condition__collect(m, c, x, false);
}

/* The last disjunction, part by part: each part makes the rest impossible. */
static bool condition__never_split(const ans_model *m, const condition *c, uint32_t depth, uint32_t *branches) {
  if (c->never) return true;
  if (c->splits == 0 || depth == CONDITION_SPLIT_DEPTH) return false;
  const struct condition_split last = c->split[c->splits - 1];
  for (uint32_t i = 0; i < last.x->count; i++) {
    if (++*branches > CONDITION_BRANCHES) return false;
    condition part = *c;
    part.splits--;
    condition__collect(m, &part, last.x->arg[i], last.negated);
    if (!condition__never_split(m, &part, depth + 1, branches)) return false;
  }
  return true;
}

bool condition__never(const ans_model *m, const condition *c) {
  uint32_t branches = 0;
  return condition__never_split(m, c, 0, &branches);
}

bool condition__implies(const condition *c, const condition *then, uint64_t *steps) {
  if (then->partial || then->never) return false;
  for (uint32_t i = 0; i < then->count; i++) {
    bool found = false;
    for (uint32_t k = 0; k < c->count && !found; k++) {
      ++*steps;
      found = atom__same_term(&c->at[k], &then->at[i]) && set__within(&c->at[k].set, &then->at[i].set);
    }
    if (!found) return false;
  }
  return true;
}

bool condition__refute(const ans_model *m, condition *c, const condition *not_this) {
  if (not_this->never) return true;
  for (uint32_t i = 0; i < not_this->count; i++) {
    condition narrowed = *c;
    condition_atom fails = not_this->at[i];
    if (!set__complement(&fails.set, &fails.set)) continue;
    condition__put(m, &narrowed, &fails);
    if (narrowed.never || (narrowed.partial && !c->partial)) continue;
    *c = narrowed;
    return true;
  }
  return false;
}

/* The fact whose value decides the term, if it can be given freely: a fact of this row or of one that references lead to, on a fixed day if it is a timeline. */
static bool term__free(const ans_tx *x, uint32_t *fact) {
  if (x->kind != ANS_TX_FACT && x->kind != ANS_TX_TL_AT) return false;
  for (const ans_tx *row = x->count ? x->arg[0] : NULL; row; row = row->count ? row->arg[0] : NULL)
    if (row->kind != ANS_TX_FACT || row->type.tag != ANS_T_REF) return false;
  if (x->kind == ANS_TX_TL_AT && (x->count < 2 || !x->arg[1] || (x->arg[1]->kind != ANS_TX_CONST && x->arg[1]->kind != ANS_TX_PERIOD && x->arg[1]->kind != ANS_TX_DAY))) return false;
  *fact = x->index;
  return true;
}

static bool atom__possible(const condition_atom *a) {
  condition_set usual = EVERYTHING, met;
  if (a->day && a->day->kind != ANS_TX_CONST && a->day->kind != ANS_TX_PERIOD && a->day->kind != ANS_TX_DAY) return false;
  if (a->day) usual.at[0] = (condition_span){0, 110};
  else if (a->term->type.tag == ANS_T_DATE) usual.at[0] = (condition_span){ANS_DAY_MIN, ANS_DAY_MAX};
  return set__intersect(&a->set, &usual, &met) && met.count > 0;
}

bool condition__possible(const ans_model *m, const condition *c) {
  uint32_t fact[CONDITION_ATOMS];
  (void)m;
  if (c->never || c->partial) return false;
  for (uint32_t i = 0; i < c->count; i++) {
    if (!term__free(c->at[i].term, &fact[i]) || !atom__possible(&c->at[i])) return false;
    for (uint32_t k = 0; k < i; k++)
      if (fact[k] == fact[i]) return false; /* two statements about one fact, on different rows or days: perhaps not independent */
  }
  return true;
}
