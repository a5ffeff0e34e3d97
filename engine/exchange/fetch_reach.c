/* Who a claim is about, for claims of any unit: the persons to whom the rows of its case lead.
 *
 * From the claim's row the walk follows references forward (a share of rent → its household) and backward (the members of that household), and stops at
 * persons: their other rows are other cases. One step further, asked for separately, are the persons who share a row with such a person (the other parent of a
 * child, a sibling in the household); their rows are not walked. Which rows there are is what case file and registers said so far.
 * Memory: the rows of one case, at most REACH_MAX_ROWS; what lies beyond is not asked about, and stays unknown. Thread rule: the store handle's thread. */
#include <stdlib.h>
#include <string.h>
#include "exchange/internal.h"

enum { REACH_MAX_ROWS = 4000 };
typedef struct reach__walk {
  ans_store *store;
  const ans_program *program;
  exchange__reach_visit *visit;
  void *ctx;
  struct { int64_t id; uint32_t unit; } rows[REACH_MAX_ROWS]; size_t count;
  uint32_t unit;                        /* of the rows being collected */
  bool expand;                          /* walk on from rows that are no persons */
  bool stopped;
  ans_status status;
  ans_error *err;
} reach__walk;

static void reach__add(reach__walk *w, int64_t id, uint32_t unit) {
  for (size_t i = 0; i < w->count; i++)
    if (w->rows[i].id == id) return;
  if (w->count == REACH_MAX_ROWS) return;
  w->rows[w->count].id = id;
  w->rows[w->count++].unit = unit;
}

static bool reach__is_person(const reach__walk *w, uint32_t unit) { return strcmp(w->program->units[unit].name, ANS_UNIT_PERSON) == 0; }

static bool reach__person(reach__walk *w, int64_t id, uint32_t reference) {
  char unit[64], key[160];
  w->status = ans_store_subject_name(w->store, id, unit, sizeof unit, key, sizeof key, w->err);
  if (w->status == ANS_OK && !w->visit(w->ctx, key, reference)) w->stopped = true;
  return w->status == ANS_OK && !w->stopped;
}

static bool reach__forward(void *ctx, const ans_assertion *x) {
  reach__walk *w = ctx;
  if (x->state != ANS_VALUE || x->kind != ANS_V_SUBJECT) return true;
  uint32_t f = ans_program_find_fact(w->program, w->unit, x->fact);
  if (f == ANS_NONE || w->program->facts[f].type.tag != ANS_T_REF) return true;
  uint32_t target = w->program->facts[f].type.ref;
  if (reach__is_person(w, target)) return reach__person(w, x->number, f);
  if (w->expand) reach__add(w, x->number, target);
  return true;
}

static bool reach__backward(void *ctx, int64_t subject, const char *key) {
  reach__walk *w = ctx;
  (void)key;
  reach__add(w, subject, w->unit);
  return true;
}

static ans_status reach__referring(reach__walk *w, int64_t id, uint32_t unit) {
  const ans_program *p = w->program;
  ans_status status = ANS_OK;
  for (uint32_t f = 0; f < p->fact_count && status == ANS_OK; f++) {
    if (p->facts[f].type.tag != ANS_T_REF || p->facts[f].type.ref != unit) continue;
    w->unit = p->facts[f].unit;
    status = ans_store_referrers(w->store, p->units[w->unit].name, p->facts[f].name, id, INT64_MAX, reach__backward, w, w->err);
  }
  return status;
}

static ans_status reach__run(reach__walk *w, size_t first) {
  ans_status status = ANS_OK;
  for (size_t i = first; i < w->count && status == ANS_OK && !w->stopped; i++) {
    w->unit = w->rows[i].unit;
    status = ans_store_assertions(w->store, w->rows[i].id, INT64_MAX, reach__forward, w, w->err);
    if (status == ANS_OK) status = w->status;
    if (status == ANS_OK && w->expand && !w->stopped) status = reach__referring(w, w->rows[i].id, w->rows[i].unit);
  }
  return status;
}

static ans_status reach__new(ans_store *s, const ans_program *p, exchange__reach_visit *visit, void *ctx, reach__walk **out, ans_error *err) {
  reach__walk *w = *out = calloc(1, sizeof *w);
  if (!w) return ans_error_set(err, ANS_MEMORY, "E-EXCHANGE-CURL", NULL, "memory", (char *)NULL);
  w->store = s;
  w->program = p;
  w->visit = visit;
  w->ctx = ctx;
  w->status = ANS_OK;
  w->err = err;
  return ANS_OK;
}

ans_status exchange__reach_claim(ans_store *s, const ans_program *p, int64_t claim, exchange__reach_visit *visit, void *ctx, ans_error *err) {
  char unit[64], key[256];
  reach__walk *w;
  ans_status status = ans_store_subject_name(s, claim, unit, sizeof unit, key, sizeof key, err);
  uint32_t u = status == ANS_OK ? ans_program_find_unit(p, unit) : ANS_NONE;
  if (status != ANS_OK || u == ANS_NONE) return status;
  status = reach__new(s, p, visit, ctx, &w, err);
  if (status != ANS_OK) return status;
  w->expand = true;
  reach__add(w, claim, u);
  if (reach__is_person(w, u)) (void)w->visit(w->ctx, key, ANS_NONE);
  status = reach__run(w, 0);
  free(w);
  return status;
}

ans_status exchange__reach_person(ans_store *s, const ans_program *p, int64_t person, exchange__reach_visit *visit, void *ctx, ans_error *err) {
  uint32_t u = ans_program_find_unit(p, ANS_UNIT_PERSON);
  reach__walk *w;
  if (u == ANS_NONE) return ANS_OK;
  ans_status status = reach__new(s, p, visit, ctx, &w, err);
  if (status != ANS_OK) return status;
  status = reach__referring(w, person, u);
  if (status == ANS_OK) status = reach__run(w, 0); /* only their own references: expand is off */
  free(w);
  return status;
}
