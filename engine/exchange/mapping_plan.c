/* From items to assertions: which rows a fact is about, and what holds on which day. Days are cut where an item may begin or end; between two cuts nothing changes,
 * so each piece is judged once, and equal neighbours become one assertion. The table "What becomes of the entries" of docs/formats/register-mapping.md is
 * plan__any, plan__sum and plan__single. Rows are found by the references of the package; the store is only asked, never searched by key pattern.
 * Memory: rows of one fact on the stack of the call, cuts on the heap; limits MAPPING_MAX_ROWS and MAPPING_MAX_ENTRIES. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "exchange/mapping.h"

typedef struct plan__day { bool said; uint8_t state; mapping__stored value; const char *reason; } plan__day;

static plan__day plan__unknown(const char *reason) { return (plan__day){.said = true, .state = ANS_UNKNOWN, .value = {.kind = ANS_V_NONE}, .reason = reason}; }
static plan__day plan__known(mapping__stored v) { return (plan__day){.said = true, .state = ANS_VALUE, .value = v}; }

static bool plan__equal(const mapping__stored *x, const mapping__stored *y) { return x->kind == y->kind && x->number == y->number && strcmp(x->text ? x->text : "", y->text ? y->text : "") == 0; }

static bool plan__possible(const mapping__item *x, int64_t day) { return x->from_first <= day && day <= x->to_last; }
static bool plan__certain(const mapping__item *x, int64_t day) { return x->from_last <= day && day <= x->to_first; }
static const char *plan__doubt(const mapping__item *x, int64_t day) { return x->unknown ? x->unknown : plan__certain(x, day) ? NULL : "Zeitraum des Eintrags nur teilweise bekannt"; }

/* `deciding` is the value that settles the day when one certain entry has it: true for "any", false for "all". */
static plan__day plan__any(const mapping__item *const *items, size_t n, int64_t day, bool covered, bool deciding) {
  const char *doubt = NULL;
  for (size_t i = 0; i < n; i++) {
    if (!plan__possible(items[i], day)) continue;
    const char *why = plan__doubt(items[i], day);
    if (!why && (items[i]->value.number != 0) == deciding) return plan__known(items[i]->value);
    if (why && !doubt) doubt = why;
  }
  if (doubt) return plan__unknown(doubt);
  return covered ? plan__known((mapping__stored){.kind = ANS_V_INT, .number = !deciding}) : (plan__day){.said = false}; /* outside, there may be others */
}

static plan__day plan__sum(const mapping__item *const *items, size_t n, int64_t day, bool covered) {
  mapping__stored sum = {.kind = ANS_V_INT};
  if (!covered) return (plan__day){.said = false}; /* there, an entry is no proof that there is no second one */
  for (size_t i = 0; i < n; i++) {
    if (!plan__possible(items[i], day)) continue;
    const char *why = plan__doubt(items[i], day);
    if (why) return plan__unknown(why);
    if (__builtin_add_overflow(sum.number, items[i]->value.number, &sum.number)) return plan__unknown("Summe nicht darstellbar");
  }
  return plan__known(sum);
}

static plan__day plan__single(const mapping__item *const *items, size_t n, int64_t day) {
  const mapping__item *known = NULL;
  const char *doubt = NULL;
  for (size_t i = 0; i < n; i++) {
    if (!plan__possible(items[i], day)) continue;
    const char *why = plan__doubt(items[i], day);
    if (why && !doubt) doubt = why;
    if (why) continue;
    if (known && !plan__equal(&known->value, &items[i]->value)) return plan__unknown(ANS_UNKNOWN_CONTRADICTORY "e Einträge im Register");
    known = items[i];
  }
  return doubt || !known ? plan__unknown(doubt) : plan__known(known->value);
}

typedef struct plan__run {
  exchange__adapter *a;
  const mapping__fact *f;
  const ans_fact *fact;
  int32_t coverage;
  const mapping__item *items[MAPPING_MAX_ENTRIES]; size_t count; /* of the present row */
} plan__run;

static plan__day plan__absent(const plan__run *r) {
  plan__day none = {.said = true, .state = ANS_NOT_APPLICABLE, .value = {.kind = ANS_V_NONE}};
  mapping__stored v;
  if (r->f->absent == MAPPING_ABSENT_NONE) return none;
  if (r->f->absent == MAPPING_ABSENT_VALUE && mapping__store(r->a->program, r->fact->type, &r->f->absent_value, &v)) return plan__known(v);
  return plan__unknown("im Register nicht eingetragen");
}

static plan__day plan__on(const plan__run *r, int64_t day) {
  bool covered = r->coverage <= day && day <= r->a->horizon && r->coverage != ANS_OPEN_FUTURE, any = false;
  for (size_t i = 0; i < r->count && !any; i++) any = plan__possible(r->items[i], day);
  if (!any) return covered ? plan__absent(r) : (plan__day){.said = false};
  switch (r->f->overlap) {
  case MAPPING_ANY: return plan__any(r->items, r->count, day, covered, true);
  case MAPPING_ALL: return plan__any(r->items, r->count, day, covered, false);
  case MAPPING_SUM: return plan__sum(r->items, r->count, day, covered);
  case MAPPING_SINGLE:
  case MAPPING_NO_OVERLAP: break;
  }
  return plan__single(r->items, r->count, day);
}

static void plan__put(const plan__run *r, int64_t subject, int64_t from, int64_t to, const plan__day *d) {
  if (!d->said) return;
  ans_assertion x = exchange__assertion(r->a, subject, r->f->fact);
  x.from_day = (int32_t)from;
  x.to_day = (int32_t)to;
  x.state = d->state;
  x.kind = d->value.kind;
  x.number = d->value.number;
  x.text = d->state == ANS_VALUE ? d->value.text : d->reason;
  exchange__put(r->a, &x);
}

static int plan__by_int(const void *x, const void *y) {
  int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
  return (a > b) - (a < b);
}

/* Where something may change; the first day of a piece, and one past the last. */
static size_t plan__cuts(const plan__run *r, int64_t *cuts) {
  size_t n = 0;
  if (r->coverage != ANS_OPEN_FUTURE) {
    cuts[n++] = r->coverage;
    cuts[n++] = (int64_t)r->a->horizon + 1;
  }
  for (size_t i = 0; i < r->count; i++) {
    cuts[n++] = r->items[i]->from_first;
    cuts[n++] = r->items[i]->from_last;
    cuts[n++] = (int64_t)r->items[i]->to_first + 1;
    cuts[n++] = (int64_t)r->items[i]->to_last + 1;
  }
  qsort(cuts, n, sizeof *cuts, plan__by_int);
  return n;
}

static void plan__timeline(const plan__run *r, int64_t subject) {
  int64_t *cuts = malloc((4 * r->count + 2) * sizeof *cuts), begin = 0, end = 0;
  plan__day pending = {.said = false};
  if (!cuts) {
    r->a->failed_memory = true;
    return;
  }
  size_t n = plan__cuts(r, cuts);
  for (size_t k = 0; k + 1 < n; k++) {
    if (cuts[k] == cuts[k + 1]) continue;
    plan__day now = plan__on(r, cuts[k]);
    bool same = now.said && pending.said && now.state == pending.state && plan__equal(&now.value, &pending.value) && strcmp(now.reason ? now.reason : "", pending.reason ? pending.reason : "") == 0;
    if (!same) {
      plan__put(r, subject, begin, end - 1, &pending);
      pending = now;
      begin = cuts[k];
    }
    end = cuts[k + 1];
  }
  plan__put(r, subject, begin, end - 1, &pending);
  free(cuts);
}

/* --- rows -------------------------------------------------------------------------------------------------------------------------------- */
typedef struct plan__rows { int64_t ids[MAPPING_MAX_ROWS]; char *keys[MAPPING_MAX_ROWS]; size_t n; ans_arena *arena; bool many, failed; } plan__rows;

static bool plan__collect(void *ctx, int64_t subject, const char *key) {
  plan__rows *rows = ctx;
  for (size_t i = 0; i < rows->n; i++)
    if (rows->ids[i] == subject) return true;
  if (rows->n == MAPPING_MAX_ROWS) return !(rows->many = true);
  rows->keys[rows->n] = ans_arena_text(rows->arena, key, strlen(key));
  if (!rows->keys[rows->n]) return !(rows->failed = true);
  rows->ids[rows->n++] = subject;
  return true;
}

/* Rows that exist already and that this fact of the register may be about. */
static ans_status plan__existing(exchange__adapter *a, const mapping__fact *f, plan__rows *rows, ans_error *err) {
  rows->n = 0;
  rows->arena = a->arena;
  rows->many = rows->failed = false;
  ans_status status = ANS_OK;
  if (f->rows == MAPPING_PERSON) (void)plan__collect(rows, a->person, a->idnr);
  else status = ans_store_referrers(a->store, f->unit, f->rows == MAPPING_REFERS ? f->refers : f->references[f->own].name, a->person, INT64_MAX, plan__collect, rows, err);
  if (rows->many) a->invalid = "zu viele Zeilen zu dieser Person";
  a->failed_memory = a->failed_memory || rows->failed;
  return status;
}

static bool plan__join(const mapping__item *x, const unsigned *parts, unsigned n, char out[MAPPING_MAX_KEY + 1]) {
  size_t used = 0;
  for (unsigned i = 0; i < n; i++) {
    const char *part = x->parts[parts ? parts[i] : i];
    if (used + strlen(part) + 1 > MAPPING_MAX_KEY) return false;
    used += (size_t)snprintf(out + used, MAPPING_MAX_KEY + 1 - used, "%s%s", i ? "/" : "", part);
  }
  return true;
}

static bool plan__planned(const exchange__adapter *a, int64_t subject, const char *fact) {
  for (size_t i = 0; i < a->count; i++)
    if (a->planned[i].a.subject == subject && strcmp(a->planned[i].a.fact, fact) == 0) return true;
  return false;
}

/* The references of a row this register makes are its own assertions: when it names the row no longer, they are taken back, and the row is no part of any case. */
static ans_status plan__refer(exchange__adapter *a, const mapping__fact *f, const mapping__item *x, int64_t row, ans_error *err) {
  char key[MAPPING_MAX_KEY + 1];
  for (unsigned i = 0; i < f->reference_count; i++) {
    const mapping__reference *r = &f->references[i];
    const ans_fact *fact = mapping__fact_of(a->program, f->unit, r->name);
    if (plan__planned(a, row, r->name)) continue; /* by another fact of the same row */
    ans_assertion y = exchange__assertion(a, row, fact->name);
    y.state = ANS_VALUE;
    y.kind = ANS_V_SUBJECT;
    if (!plan__join(x, r->parts, r->count, key)) return ANS_OK; /* not longer than the row's own key, which fitted */
    ans_status status = ans_store_subject(a->store, a->program->units[fact->type.ref].name, key, true, &y.number, err);
    if (status != ANS_OK) return status;
    exchange__put(a, &y);
  }
  return ANS_OK;
}

/* Makes the rows the entries name. */
static ans_status plan__make(exchange__adapter *a, const mapping__fact *f, const mapping__entries *entries, plan__rows *rows, ans_error *err) {
  char key[MAPPING_MAX_KEY + 1];
  bool pair = strcmp(f->unit, ANS_UNIT_PAIR) == 0;
  for (size_t i = 0; i < entries->count && !a->invalid; i++) {
    const mapping__item *x = &entries->items[i];
    int64_t row = 0;
    if (!plan__join(x, NULL, f->part_count, key)) {
      a->invalid = "Antwort ungültig: Schlüssel einer Zeile zu lang";
      return ANS_OK;
    }
    ans_status status = pair ? ans_fact_pair(a->store, x->parts[0], x->parts[1], &row, err) : ans_store_subject(a->store, f->unit, key, true, &row, err);
    if (status == ANS_OK && !pair) status = plan__refer(a, f, x, row, err);
    if (status != ANS_OK) return status;
    if (!plan__collect(rows, row, key)) a->invalid = "zu viele Zeilen zu dieser Person";
  }
  return ANS_OK;
}

typedef struct plan__target { const char *fact; int64_t id; bool several; } plan__target;
static bool plan__on_target(void *ctx, const ans_assertion *x) {
  plan__target *t = ctx;
  if (strcmp(x->fact, t->fact) != 0 || x->state != ANS_VALUE || x->kind != ANS_V_SUBJECT) return true;
  t->several = t->several || (t->id && t->id != x->number);
  t->id = x->number;
  return true;
}

/* The entries that count for one row; those whose narrowing number is missing, or that of the row is not clear, count as unknown for it. */
static ans_status plan__choose(plan__run *r, const mapping__entries *entries, int64_t row, const char *key, ans_error *err) {
  char unit[64], number[160] = "", own[MAPPING_MAX_KEY + 1];
  plan__target t = {.fact = r->f->where};
  r->count = 0;
  ans_status status = t.fact ? ans_store_assertions(r->a->store, row, INT64_MAX, plan__on_target, &t, err) : ANS_OK;
  if (status == ANS_OK && t.id && !t.several) status = ans_store_subject_name(r->a->store, t.id, unit, sizeof unit, number, sizeof number, err);
  for (size_t i = 0; i < entries->count && status == ANS_OK; i++) {
    const mapping__item *x = &entries->items[i];
    if (r->f->rows == MAPPING_KEY && (!plan__join(x, NULL, r->f->part_count, own) || strcmp(own, key) != 0)) continue;
    if (t.fact && x->where && number[0] && strcmp(x->where, number) != 0) continue;
    if (t.fact && (!x->where || !number[0]) && !x->unknown) {
      mapping__item *strange = ans_arena_alloc(r->a->arena, sizeof *strange);
      if (!strange) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
      *strange = *x;
      strange->unknown = "Eintrag nicht zuzuordnen";
      x = strange;
    }
    r->items[r->count++] = x;
  }
  return status;
}

static void plan__scope(exchange__adapter *a, const mapping__fact *f, const plan__rows *rows, bool references) {
  for (size_t i = 0; i < rows->n; i++) {
    exchange__in_scope(a, rows->ids[i], f->fact);
    for (unsigned k = 0; references && f->create && strcmp(f->unit, ANS_UNIT_PAIR) != 0 && k < f->reference_count; k++) exchange__in_scope(a, rows->ids[i], f->references[k].name);
  }
}

/* The whole span of a fact whose list the answer does not hold at all. */
static void plan__not_kept(const plan__run *r, int64_t subject) {
  plan__day d = plan__unknown("im Register nicht geführt");
  plan__put(r, subject, ANS_OPEN_PAST, ANS_OPEN_FUTURE, &d);
}

ans_status mapping__plan(exchange__adapter *a, const exchange__mapping *m, const mapping__fact *f, const mapping__entries *entries, int32_t coverage_from, ans_error *err) {
  plan__rows rows;
  plan__run r = {.a = a, .f = f, .fact = mapping__fact_of(a->program, f->unit, f->fact), .coverage = coverage_from};
  (void)m;
  ans_status status = plan__existing(a, f, &rows, err);
  if (status == ANS_OK && f->create && !a->invalid) status = plan__make(a, f, entries, &rows, err);
  if (status != ANS_OK || a->invalid || a->failed_memory) return status;
  plan__scope(a, f, &rows, true);
  for (size_t i = 0; i < rows.n && status == ANS_OK && !a->invalid; i++) {
    status = plan__choose(&r, entries, rows.ids[i], rows.keys[i], err);
    if (status != ANS_OK) break;
    if (!entries->listed) plan__not_kept(&r, rows.ids[i]);
    else if (f->create && r.count == 0) continue; /* a row the register does not name: it says nothing about it */
    else if (r.fact->kind == ANS_FACT_TIMELINE) plan__timeline(&r, rows.ids[i]);
    else {
      plan__day d = plan__on(&r, a->as_of);
      plan__put(&r, rows.ids[i], ANS_OPEN_PAST, ANS_OPEN_FUTURE, &d);
    }
  }
  return status;
}

ans_status exchange__mapping_scope(exchange__adapter *a, const exchange__mapping *m, ans_error *err) {
  ans_arena_free(a->arena);
  a->arena = ans_arena_new(256u << 20);
  if (!a->arena) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  ans_status status = ANS_OK;
  for (size_t i = 0; i < m->fact_count && status == ANS_OK; i++) {
    plan__rows rows;
    if (!exchange__wanted(a->program, a->reg, m->facts[i].unit, m->facts[i].fact)) continue;
    status = plan__existing(a, &m->facts[i], &rows, err);
    if (status == ANS_OK) plan__scope(a, &m->facts[i], &rows, false); /* what it said stays unclear: the rows it made stay */
  }
  return status;
}
