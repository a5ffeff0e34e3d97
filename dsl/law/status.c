/* Paragraph × status: for every unit of a law, what the rules say of it. The meaning is in docs/formats/law.md, "Status"; in short: a rule
 * speaks of the unit it cites and of nothing else, unless that unit has a single part; who says something of a provision as a whole
 * (abgebildet, nicht abgebildet, an assessment by a human) speaks of everything below, until something nearer is said.
 *
 * Two passes over the units in text order: down, what is said of each; up, what that makes of the units that contain others. So a tick on an
 * Absatz can never hide an open sentence in it. All memory is in the status's arena; one thread. */
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "law/law_private.h"
#include "law/uses.h"

typedef struct status__ref { uint32_t unit, use; } status__ref;
typedef struct status__half { uint32_t unit; uint8_t said; uint32_t order; ans_cite cite; } status__half;
typedef struct status__unit { uint8_t exact, whole, pass; uint32_t exact_basis, pass_basis, children; } status__unit;
typedef struct status__run {
  const ans_law_uses *u;
  const ans_law *law;
  ans_law_status *out;
  status__unit *unit;
  status__ref *refs; uint32_t ref_count, ref_capacity;
  status__half *halves; uint32_t half_count, half_capacity;
  ans_status status;
} status__run;

const char *ans_law_state_name(ans_law_state s, ans_lang lang) {
  static const char *const names[ANS_LAW_S_COUNT][2] = {{"umgesetzt", "coded"}, {"Mensch", "human"}, {"nicht abgebildet", "not modelled"}, {"offen", "open"}, {"weggefallen", "repealed"}};
  return names[s][lang == ANS_LANG_EN];
}

const char *ans_law_state_key(ans_law_state s) {
  static const char *const keys[ANS_LAW_S_COUNT] = {"coded", "human", "not_modelled", "open", "repealed"};
  return keys[s];
}

static bool status__grow(status__run *r, void *items, uint32_t count, uint32_t *capacity, size_t size) {
  if (count < *capacity) return true;
  uint32_t fresh = *capacity ? *capacity * 2 : 256;
  void *grown = reallocarray(*(void **)items, fresh, size);
  if (!grown) { r->status = ANS_MEMORY; return false; }
  *(void **)items = grown;
  *capacity = fresh;
  return true;
}

static uint8_t status__bit(ans_law_role role) {
  switch (role) {
    case ANS_LAW_CODED: return 1u << ANS_LAW_S_CODED;
    case ANS_LAW_HUMAN: return 1u << ANS_LAW_S_HUMAN;
    case ANS_LAW_OMITTED: return 1u << ANS_LAW_S_OMITTED;
    case ANS_LAW_MENTIONED: case ANS_LAW_TESTED: case ANS_LAW_RANGE_END: default: return 0;
  }
}

static ans_law_state status__first(uint8_t said) {
  for (int s = ANS_LAW_S_CODED; s < ANS_LAW_S_OPEN; s++)
    if (said & (1u << s)) return (ans_law_state)s;
  return ANS_LAW_S_OPEN;
}

static void status__touch(status__run *r, uint32_t unit) {
  while (r->law->units[unit].parent != ANS_NONE) unit = r->law->units[unit].parent;
  r->out->units[unit].touched = true; /* spread to what lies below on the way down */
}

/* Ranges multiply citations by units, so their product has a limit of its own. */
static bool status__refer(status__run *r, uint32_t unit, uint32_t use) {
  if (r->ref_count >= ANS_LAW_MAX_REFS) r->status = ANS_LIMIT;
  if (r->status != ANS_OK || !status__grow(r, &r->refs, r->ref_count, &r->ref_capacity, sizeof *r->refs)) return false;
  r->refs[r->ref_count++] = (status__ref){unit, use};
  status__touch(r, unit);
  return true;
}

static void status__apply(status__run *r, uint32_t unit, uint32_t use) {
  const ans_law_use *x = &r->u->uses[use];
  if (!status__refer(r, unit, use)) return;
  if (x->whole) r->unit[unit].whole |= status__bit(x->role);
  else r->unit[unit].exact |= status__bit(x->role);
}

/* The units of a range are siblings; nothing is applied where an end does not exist or stands first (`law check` reports the former). */
static void status__range(status__run *r, uint32_t unit, uint32_t use) {
  ans_cite end[1];
  ans_law_target t;
  uint32_t n = 0;
  const ans_law_unit *units = r->law->units;
  if (ans_cite_parse(r->u->uses[use].until, end, 1, &n, NULL) != ANS_OK || n != 1) return;
  ans_law_answer answer = ans_law_resolve(r->law, end, &t);
  if ((answer != ANS_LAW_FOUND && answer != ANS_LAW_REPEALED) || units[t.unit].parent != units[unit].parent || t.unit < unit) return;
  for (uint32_t i = unit; i <= t.unit && r->status == ANS_OK; i = units[i].end) status__apply(r, i, use);
}

static void status__half_cited(status__run *r, const ans_cite *c, uint32_t unit, uint32_t use) {
  const ans_law_use *x = &r->u->uses[use];
  if (!status__refer(r, unit, use) || !status__grow(r, &r->halves, r->half_count, &r->half_capacity, sizeof *r->halves)) return;
  r->halves[r->half_count] = (status__half){unit, status__bit(x->role), r->half_count, *c};
  r->half_count++;
}

static void status__single(status__run *r, const ans_cite *c, const uses__cite *of) {
  ans_law_target t;
  if (!ans_law_uses_is(r->u, r->law, c->law)) return;
  ans_law_answer answer = ans_law_resolve(r->law, c, &t);
  if (answer != ANS_LAW_FOUND && answer != ANS_LAW_REPEALED) {
    if (t.unit != ANS_NONE) status__touch(r, t.unit);
    return;
  }
  for (uint32_t i = of->first; i != UINT32_MAX && r->status == ANS_OK; i = r->u->next[i]) {
    if (r->u->uses[i].role == ANS_LAW_RANGE_END) status__touch(r, t.unit);
    else if (c->part[c->count - 1].level == ANS_LAW_HALF) status__half_cited(r, c, t.unit, i);
    else if (*r->u->uses[i].until) status__range(r, t.unit, i);
    else status__apply(r, t.unit, i);
  }
}

static void status__collect(status__run *r) {
  ans_cite *single = calloc(ANS_LAW_MAX_EXPANDED, sizeof *single);
  if (!single) { r->status = ANS_MEMORY; return; }
  for (uint32_t i = 0; i < r->u->cite_count && r->status == ANS_OK; i++) {
    uint32_t n = 0;
    if (ans_cite_parse(r->u->cites[i].text, single, ANS_LAW_MAX_EXPANDED, &n, NULL) != ANS_OK) continue;
    for (uint32_t k = 0; k < n; k++) status__single(r, &single[k], &r->u->cites[i]);
  }
  free(single);
}

/* --- half-sentences --------------------------------------------------------------------------------------------------------------- */
static int status__by_unit(const void *a, const void *b) {
  const status__half *x = a, *y = b;
  if (x->unit != y->unit) return x->unit < y->unit ? -1 : 1;
  return (x->order > y->order) - (x->order < y->order);
}

/* What is said of the half-sentence of that number, among the n records of one unit. */
static uint8_t status__half_said(const status__half *h, uint32_t n, const char *number) {
  uint8_t said = 0;
  for (uint32_t i = 0; i < n; i++)
    if (strcmp(h[i].cite.part[h[i].cite.count - 1].number, number) == 0) said |= h[i].said;
  return said;
}

/* A sentence whose half-sentences are cited one by one is settled when each of them is; otherwise it stays open, though partly said. */
static void status__halves(status__run *r) {
  if (r->half_count) qsort(r->halves, r->half_count, sizeof *r->halves, status__by_unit);
  for (uint32_t i = 0, n; i < r->half_count; i += n) {
    for (n = 1; i + n < r->half_count && r->halves[i + n].unit == r->halves[i].unit;) n++;
    ans_cite c = r->halves[i].cite;
    uint8_t all = 0, said = 1;
    for (unsigned number = 1; number < 1000 && said; number++) {
      ans_law_target t;
      char *digits = c.part[c.count - 1].number;
      ans_itoa(digits, number);
      if (ans_law_resolve(r->law, &c, &t) != ANS_LAW_FOUND) break;
      said = status__half_said(r->halves + i, n, digits);
      all |= said;
    }
    if (said) r->unit[r->halves[i].unit].exact |= all;
    else r->out->units[r->halves[i].unit].partly = all != 0;
  }
}

/* --- down and up ------------------------------------------------------------------------------------------------------------------ */
static void status__down(status__run *r) {
  const ans_law_unit *units = r->law->units;
  for (uint32_t i = 0; i < r->law->unit_count; i++) {
    status__unit *x = &r->unit[i];
    const uint32_t p = units[i].parent;
    const status__unit *above = p == ANS_NONE ? NULL : &r->unit[p];
    ans_law_unit_status *s = &r->out->units[i];
    if (above) s->touched = r->out->units[p].touched;
    x->exact_basis = i;
    bool citable = units[i].level < ANS_LAW_TRIPLE; /* rules cannot cite what is below, so it goes with the unit above */
    if (above && (above->children == 1 || !citable) && !x->exact && !x->whole) { /* one part is the whole */
      x->exact = above->exact;
      x->exact_basis = above->exact_basis;
    }
    x->pass = x->whole ? x->whole : x->exact ? 0 : above ? above->pass : 0;
    x->pass_basis = x->whole ? i : above ? above->pass_basis : ANS_NONE;
    s->said = x->exact | x->whole;
    s->basis = x->exact ? x->exact_basis : s->said ? i : ANS_NONE;
    if (!s->said && x->pass) {
      s->said = x->pass;
      s->basis = x->pass_basis;
    }
    s->leaf = units[i].end == i + 1;
    s->state = law__repealed(r->law->text + units[i].at, units[i].len) ? ANS_LAW_S_REPEALED : status__first(s->said);
    if (above && r->out->units[p].state == ANS_LAW_S_REPEALED) s->state = ANS_LAW_S_REPEALED;
    if (!s->leaf && s->state != ANS_LAW_S_REPEALED && s->said) s->partly = true; /* kept if an open part is found below */
  }
}

/* Units that contain others: open if one below is. Later units first, so children are done before their parents. */
static void status__up(status__run *r) {
  const ans_law_unit *units = r->law->units;
  for (uint32_t i = r->law->unit_count; i-- > 0;) {
    ans_law_unit_status *s = &r->out->units[i];
    if (s->leaf || s->state == ANS_LAW_S_REPEALED) continue;
    uint8_t below = 0;
    bool open = false, settled = s->partly, live = false;
    for (uint32_t c = i + 1; c < units[i].end; c = units[c].end) {
      const ans_law_unit_status *x = &r->out->units[c];
      if (x->state == ANS_LAW_S_REPEALED) continue;
      live = true;
      open = open || x->state == ANS_LAW_S_OPEN;
      settled = settled || x->state != ANS_LAW_S_OPEN || x->partly;
      if (x->state != ANS_LAW_S_OPEN) below |= (uint8_t)(1u << x->state);
    }
    s->state = !live ? ANS_LAW_S_REPEALED : open ? ANS_LAW_S_OPEN : status__first(below);
    s->partly = open && settled;
  }
}

/* Citations of each unit, in the order of the rule text. */
static bool status__uses(status__run *r) {
  ans_law_status *s = r->out;
  s->uses = ans_arena_array(s->arena, (size_t)r->ref_count + 1, sizeof *s->uses);
  if (!s->uses) return false;
  for (uint32_t i = 0; i < r->ref_count; i++) s->units[r->refs[i].unit].use_count++;
  for (uint32_t i = 0, at = 0; i < r->law->unit_count; i++) {
    s->units[i].first_use = at;
    at += s->units[i].use_count;
    s->units[i].use_count = 0;
  }
  for (uint32_t i = 0; i < r->ref_count; i++) {
    ans_law_unit_status *x = &s->units[r->refs[i].unit];
    s->uses[x->first_use + x->use_count++] = &r->u->uses[r->refs[i].use];
  }
  return true;
}

static int status__by_use(const void *a, const void *b) {
  const status__ref *x = a, *y = b;
  if (x->use != y->use) return x->use < y->use ? -1 : 1;
  return (x->unit > y->unit) - (x->unit < y->unit);
}

bool ans_law_status_shown(const ans_law_status *s, uint32_t unit) { return s->whole || s->units[unit].touched; }

static void status__count(ans_law_status *s) {
  for (uint32_t i = 0; i < s->law->unit_count; i++) {
    if (!ans_law_status_shown(s, i)) continue;
    s->sections += s->law->units[i].parent == ANS_NONE;
    if (!s->units[i].leaf) continue;
    s->leaves++;
    s->count[s->units[i].state]++;
  }
}

ans_status ans_law_status_make(const ans_law_uses *u, const ans_law *law, bool whole, ans_law_status *out, ans_error *err) {
  *out = (ans_law_status){.law = law, .whole = whole, .arena = ans_arena_new(0)};
  status__run r = {.u = u, .law = law, .out = out, .status = ANS_OK};
  out->units = out->arena ? ans_arena_array(out->arena, (size_t)law->unit_count + 1, sizeof *out->units) : NULL;
  r.unit = calloc((size_t)law->unit_count + 1, sizeof *r.unit);
  if (!out->units || !r.unit) r.status = ANS_MEMORY;
  for (uint32_t i = 0; r.status == ANS_OK && i < law->unit_count; i++)
    if (law->units[i].parent != ANS_NONE) r.unit[law->units[i].parent].children++;
  if (r.status == ANS_OK) status__collect(&r);
  if (r.status == ANS_OK) {
    status__halves(&r);
    status__down(&r);
    status__up(&r);
    if (r.ref_count) qsort(r.refs, r.ref_count, sizeof *r.refs, status__by_use);
    if (!status__uses(&r)) r.status = ANS_MEMORY;
  }
  if (r.status == ANS_OK) status__count(out);
  free(r.unit);
  free(r.refs);
  free(r.halves);
  if (r.status == ANS_OK) return ANS_OK;
  ans_law_status_dispose(out);
  char limit[24];
  if (r.status == ANS_LIMIT) return ans_error_set(err, ANS_LIMIT, "E-LAW-USES", NULL, ans_itoa(limit, ANS_LAW_MAX_REFS), NULL);
  return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "law", NULL);
}

void ans_law_status_dispose(ans_law_status *s) {
  ans_arena_free(s->arena);
  *s = (ans_law_status){0};
}
