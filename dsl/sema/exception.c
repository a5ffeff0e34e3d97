/* Structure between rules: exceptions find what they limit, versions of one provision follow or supersede each other, results must not be circular.
 *
 * Which rules does "ausnahme für X von C" limit? Every top rule of X at or below C. Only if there is none: every exception of X at or
 * below C. So a citation of a whole paragraph never drags the paragraph's own exceptions along, and exceptions to exceptions need
 * no other syntax. Erroneous exceptions (no target) keep target ANS_NONE with kind BLOCK/OVERRIDE and are left out. */
#include "sema/sema_private.h"
#include <string.h>

static bool exception__is_top(const sema_rule *r) { return r->rule->kind == ANS_RULE_PLAIN; }

static bool exception__push(sema *s, ans_rule ***list, uint32_t *count, ans_rule *what) {
  if ((*count & (*count - 1)) == 0) { /* grows at powers of two */
    ans_rule **grown = sema__alloc(s, *count ? (size_t)*count * 2 : 1, sizeof *grown);
    if (!grown) return false;
    if (*count) memcpy(grown, *list, *count * sizeof *grown);
    *list = grown;
  }
  (*list)[(*count)++] = what;
  return true;
}

static uint32_t exception__attach(sema *s, uint32_t index, const uint32_t *same, uint32_t n, bool top) {
  uint32_t found = 0;
  for (uint32_t i = 0; i < n; i++) {
    const sema_rule *e = VEC_AT(sema_rule, s->rules, index), *r = VEC_AT(sema_rule, s->rules, same[i]);
    if (same[i] == index || exception__is_top(r) != top || r->rule->provision == ANS_NONE) continue;
    if (!sema__covers(s, e->target, r->rule->provision)) continue;
    if (!exception__push(s, &r->rule->exceptions, &r->rule->exception_count, e->rule)) return found;
    found++;
  }
  return found;
}

/* Depth-first search over exceptions of one result; grey met again: a circle. */
static bool exception__circle(sema *s, uint32_t index, const uint32_t *same, uint32_t n, uint32_t depth) {
  sema_rule *e = VEC_AT(sema_rule, s->rules, index);
  if (e->mark == 2) return false;
  if (e->mark == 1 || depth > SEMA_MAX_DEPTH) {
    sema__enter(s, e->tree);
    SEMA_ERR(s, EXCEPTION_CYCLE, e->syn, e->rule->provision == ANS_NONE ? "" : VEC_AT(ans_provision, s->provisions, e->rule->provision)->text);
    return true;
  }
  e->mark = 1;
  for (uint32_t k = 0; k < e->rule->exception_count; k++)
    for (uint32_t i = 0; i < n; i++)
      if (VEC_AT(sema_rule, s->rules, same[i])->rule == e->rule->exceptions[k] && exception__circle(s, same[i], same, n, depth + 1)) return true;
  e->mark = 2;
  return false;
}

/* Can a heading of which only the number is known (NULL: not even that) be at or below the provision? */
static bool exception__may_be(const sema *s, uint32_t provision, const char *number) {
  const sema_cite *c = VEC_AT(sema_cite, s->cites, provision);
  return !number || (c->count && c->part[0].count && strcmp(c->part[0].number[0], number) == 0);
}

/* May the rule that the exception looks for be one that could not be read, or one below a heading that could not? */
static bool exception__target_lost(sema *s, const sema_rule *e, const uint32_t *same, uint32_t n) {
  for (uint32_t i = 0; i < n; i++) {
    const sema_rule *r = VEC_AT(sema_rule, s->rules, same[i]);
    if (r != e && r->rule->provision == ANS_NONE && !(r->syn->flags & ANS_SYNF_AUXILIARY) && exception__may_be(s, e->target, r->number)) return true;
  }
  for (uint32_t i = 0; i < s->lost_rules.n; i++) {
    const sema_lost_rule *r = VEC_AT(sema_lost_rule, s->lost_rules, i);
    if (r->section == ANS_NONE ? exception__may_be(s, e->target, r->number) : sema__covers(s, e->target, r->section)) return true;
  }
  return false;
}

/* Indices of the rules of each result, in source order: same[first[r] … first[r+1]). */
static uint32_t *exception__by_result(sema *s, uint32_t **first) {
  uint32_t *start = sema__alloc(s, (size_t)s->results.n + 2, sizeof *start), *same = sema__alloc(s, s->rules.n, sizeof *same);
  if (!start || !same) return NULL;
  for (uint32_t i = 0; i < s->rules.n; i++) start[VEC_AT(sema_rule, s->rules, i)->result + 2]++;
  for (uint32_t r = 0; r < s->results.n; r++) start[r + 2] += start[r + 1];
  for (uint32_t i = 0; i < s->rules.n; i++) same[start[VEC_AT(sema_rule, s->rules, i)->result + 1]++] = i;
  *first = start;
  return same;
}

void sema__attach(sema *s) {
  uint32_t *first = NULL, *same = exception__by_result(s, &first);
  if (!same) return;
  for (uint32_t r = 0; r < s->results.n; r++) {
    const uint32_t *mine = same + first[r];
    uint32_t n = first[r + 1] - first[r], top = 0;
    ans_tresult *result = VEC_AT(ans_tresult, s->results, r);
    result->rules = sema__alloc(s, n, sizeof *result->rules);
    if (!result->rules) return;
    for (uint32_t i = 0; i < n; i++) {
      const sema_rule *x = VEC_AT(sema_rule, s->rules, mine[i]);
      if (exception__is_top(x)) { result->rules[top++] = x->rule; continue; }
      if (x->target == ANS_NONE || exception__attach(s, mine[i], mine, n, true) || exception__attach(s, mine[i], mine, n, false)) continue;
      if (exception__target_lost(s, x, mine, n)) continue;
      sema__enter(s, x->tree);
      SEMA_ERR(s, EXCEPTION_NO_TARGET, x->syn, result->name, VEC_AT(ans_provision, s->provisions, x->target)->text);
    }
    result->rule_count = top;
    for (uint32_t i = 0; i < n; i++)
      if (!exception__is_top(VEC_AT(sema_rule, s->rules, mine[i])) && exception__circle(s, mine[i], mine, n, 0)) {
        VEC_AT(sema_result, s->result_side, r)->bad = true;
        break;
      }
  }
}

/* --- versions ------------------------------------------------------------------------------------------------------- */
/* Text of the rule without its dates: equal means the same content. */
static bool exception__same_content(const sema_rule *a, const sema_rule *b) {
  return a->rule->kind == b->rule->kind && a->rule->human == b->rule->human && strcmp(a->rule->text, b->rule->text) == 0 &&
         strcmp(a->rule->reason, b->rule->reason) == 0;
}

static bool exception__same_value(sema *s, const sema_rule *a, const sema_rule *b) {
  const ans_syn *x = sema__child(a->syn, a->syn->kind == ANS_SYN_EXCEPTION ? 3 : 2), *y = sema__child(b->syn, b->syn->kind == ANS_SYN_EXCEPTION ? 3 : 2);
  if (a->syn->kind != b->syn->kind) return false;
  if (a->rule->human || !x || !y) return a->rule->human || (!x && !y);
  const char *p = ans_syn_text(a->tree, x), *q = ans_syn_text(b->tree, y);
  if (!p || !q) { s->oom = true; return false; }
  return strcmp(p, q) == 0;
}

/* Of two overlapping dated versions the one promulgated later replaces the other, if its promulgation shows in the text (semantics 4.4). */
static bool exception__supersede(sema *s, const sema_rule *a, const sema_rule *b) {
  if (!a->dated || !b->dated || a->rule->promulgated_day == b->rule->promulgated_day) return false;
  ans_rule *later = a->rule, *earlier = b->rule;
  if (later->promulgated_day < earlier->promulgated_day) { later = b->rule; earlier = a->rule; }
  return later->promulgated_day != later->from_day && exception__push(s, &earlier->superseders, &earlier->superseder_count, later);
}

/* Two dated texts of one provision for one result: one promulgated later supersedes the other on the days both cover; otherwise equal spans are
 * alternatives of one version, disjoint spans are versions that follow each other, and anything between is a version whose end was forgotten. */
void sema__versions(sema *s) {
  uint32_t *first = NULL, *same = exception__by_result(s, &first);
  if (!same) return;
  for (uint32_t r = 0; r < s->results.n; r++) {
    for (uint32_t i = first[r]; i < first[r + 1]; i++) {
      for (uint32_t k = first[r]; k < i; k++) {
        const sema_rule *a = VEC_AT(sema_rule, s->rules, same[k]), *b = VEC_AT(sema_rule, s->rules, same[i]);
        const ans_rule *x = a->rule, *y = b->rule;
        if (a->undated || b->undated || x->provision == ANS_NONE || x->provision != y->provision || a->target != b->target) continue;
        bool overlap = x->from_day <= y->to_day && y->from_day <= x->to_day, equal = x->from_day == y->from_day && x->to_day == y->to_day;
        if (overlap && exception__supersede(s, a, b)) continue;
        bool content = overlap && exception__same_content(a, b) && exception__same_value(s, a, b);
        sema__enter(s, b->tree);
        const char *line = overlap ? sema__format(s, "%u", x->line) : "";
        if (content) { SEMA_ERR(s, VERSION_DUPLICATE, b->syn, line); break; }
        if (overlap && !equal && a->dated && b->dated) { SEMA_ERR(s, VERSION_OVERLAP, b->syn, line); break; }
      }
    }
  }
}

/* --- circles of results --------------------------------------------------------------------------------------------- */
typedef struct exception_graph { uint32_t *first, *to; uint8_t *mark, *told; uint32_t *from, order; } exception_graph;

/* One message for results that hang together: circles that share a result with one that was reported are not counted again. */
static void exception__report_cycle(sema *s, exception_graph *g, uint32_t at, uint32_t back) {
  bool known = g->told[back];
  for (uint32_t r = at; r != back; r = g->from[r]) known = known || g->told[r];
  g->told[back] = 1;
  for (uint32_t r = at; r != back; r = g->from[r]) g->told[r] = 1;
  if (known) return;
  const char *text = VEC_AT(ans_tresult, s->results, back)->name;
  uint32_t steps = 0, path[8];
  for (uint32_t r = at; r != back && steps < 8; r = g->from[r]) path[steps++] = r;
  while (steps) text = sema__format(s, "%s → %s", text, VEC_AT(ans_tresult, s->results, path[--steps])->name);
  text = sema__format(s, "%s → %s", text, VEC_AT(ans_tresult, s->results, back)->name);
  const sema_result *side = VEC_AT(sema_result, s->result_side, back);
  sema__enter(s, side->tree);
  SEMA_ERR(s, RESULT_CYCLE, sema__child(side->syn, 0), text);
}

/* Iterative depth-first search (a chain of results may be long): assigns topological positions, reports circles. */
static void exception__visit(sema *s, exception_graph *g, uint32_t *stack, uint32_t *next, uint32_t root) {
  uint32_t depth = 0;
  stack[depth++] = root;
  g->mark[root] = 1;
  next[root] = g->first[root];
  while (depth) {
    uint32_t r = stack[depth - 1];
    if (next[r] == g->first[r + 1]) {
      g->mark[r] = 2;
      VEC_AT(ans_tresult, s->results, r)->order = g->order++;
      depth--;
      continue;
    }
    uint32_t to = g->to[next[r]++];
    if (g->mark[to] == 1) { exception__report_cycle(s, g, r, to); continue; }
    if (g->mark[to]) continue;
    g->mark[to] = 1;
    g->from[to] = r;
    next[to] = g->first[to];
    stack[depth++] = to;
  }
}

void sema__cycles(sema *s) {
  uint32_t n = s->results.n, m = s->edges.n;
  exception_graph g = {sema__alloc(s, (size_t)n + 2, sizeof(uint32_t)), sema__alloc(s, m, sizeof(uint32_t)), sema__alloc(s, n, 1), sema__alloc(s, n, 1), sema__alloc(s, n, sizeof(uint32_t)), 0};
  uint32_t *stack = sema__alloc(s, n, sizeof *stack), *next = sema__alloc(s, n, sizeof *next);
  if (!g.first || !g.to || !g.mark || !g.told || !g.from || !stack || !next) return;
  for (uint32_t i = 0; i < m; i++) g.first[VEC_AT(sema_edge, s->edges, i)->from + 2]++;
  for (uint32_t r = 0; r < n; r++) g.first[r + 2] += g.first[r + 1];
  for (uint32_t i = 0; i < m; i++) g.to[g.first[VEC_AT(sema_edge, s->edges, i)->from + 1]++] = VEC_AT(sema_edge, s->edges, i)->to;
  for (uint32_t r = 0; r < n; r++)
    if (!g.mark[r]) exception__visit(s, &g, stack, next, r);
}
