/* What life events touch: which claims must be decided again, and what they come to with the facts there are now.
 *
 * An event of a source about a person can change what that source says about this person, and about rows that point straight at the person; a birth also makes
 * such rows. These cells are made unknown, and every claim of the case (nothing outside a connected component is ever read) whose result can depend on one of
 * them is raised: in the current period, or in one between the day of the event and now. For a birth the new rows' references count too, so that whoever
 * merely counts rows is found. A package without pairs learns of a child by rows that nobody has yet: there the parents' whole cases are raised. What ans_decide_depends rules out cannot change; so the claims raised are a superset of those that do.
 * Not covered: an event that joins two cases. Which other case, no register says beforehand; it is found when the new references come in with the facts.
 * One transaction an event. Thread rule: the store handle's thread. */
#include "batch/batch.h"

#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "num/period.h"

enum { EVENTS_MAX_BACK = 36 };

typedef struct events__process {
  ans_store *store;
  const ans_program *program;
  const ans_events_options *o;
  ans_events_report *report;
  ans_events_visit *visit;
  void *ctx;
  uint32_t benefit;
  ans_life_event event;
  bool birth;                        /* the person is the child that was born */
  bool whole;                        /* rows will come of which nothing is known: every claim of the case is touched */
  const char *person;                /* key of the person the event names */
  ans_columns *columns, *blank;      /* as they are; with the cells of the event unknown */
  bool **picked;                     /* per fact: the rows whose cell the event can change; NULL for none */
  ans_fact_loader *loader;           /* of columns */
  bool refused;
  ans_error why;
} events__process;

static bool events__accepts(const ans_program *p, const ans_fact *f, const char *source) {
  for (uint32_t i = 0; i < f->source_count; i++)
    if (strcmp(p->sources[f->first_source + i].source, source) == 0) return true;
  return f->source_count == 0;
}

static bool events__pick(void *ctx, const ans_columns *c, uint32_t fact, uint32_t row) {
  const events__process *e = ctx;
  (void)c;
  return e->picked[fact] && e->picked[fact][row];
}

static void events__bad(void *ctx, int64_t claim, const ans_error *why) {
  events__process *e = ctx;
  (void)claim;
  e->refused = true;
  e->why = *why;
}

static ans_status events__load(events__process *e, uint32_t unit, int64_t subject, ans_columns **out, ans_error *err) {
  uint32_t component = 0, row = 0;
  return ans_fact_loader_load(e->loader, unit, &subject, 1, out, &component, &row, events__bad, e, err);
}

/* Whether a row is the person's own or points straight at it. */
static bool events__about(const events__process *e, uint32_t unit, uint32_t row, uint32_t person_unit, uint32_t self) {
  const ans_program *p = e->program;
  if (unit == person_unit) return row == self;
  for (uint32_t f = 0; f < p->fact_count; f++) {
    if (p->facts[f].unit != unit || p->facts[f].kind != ANS_FACT_SCALAR || p->facts[f].type.tag != ANS_T_REF || p->facts[f].type.ref != person_unit) continue;
    ans_scalar v = ans_columns_get(e->columns, f, row);
    if (v.state == ANS_VALUE && v.v == (int64_t)self) return true;
  }
  return false;
}

/* One fact: references of rows that are there already stay; of a child just born everything is new, also to whom its rows lead. */
static ans_status events__mark_fact(events__process *e, uint32_t fact, uint32_t person_unit, uint32_t self, ans_error *err) {
  const ans_fact *f = &e->program->facts[fact];
  uint32_t rows = e->columns->units[f->unit].rows;
  bool settled = false;
  if (!rows || (!e->birth && (f->type.tag == ANS_T_REF || !events__accepts(e->program, f, e->event.source)))) return ANS_OK;
  e->picked[fact] = calloc(rows, sizeof(bool));
  if (!e->picked[fact]) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "events", (char *)NULL);
  ans_status status = ANS_OK;
  for (uint32_t r = 0; r < rows && status == ANS_OK; r++) {
    if (!events__about(e, f->unit, r, person_unit, self)) continue;
    bool leads = f->type.tag == ANS_T_REF && f->kind == ANS_FACT_SCALAR && f->type.ref == person_unit;
    ans_scalar v = leads ? ans_columns_get(e->columns, fact, r) : (ans_scalar){0};
    bool own = leads && v.state == ANS_VALUE && v.v == (int64_t)self; /* that the row is about this child is what makes it concerned */
    if (!e->birth) status = ans_fact_settled(e->loader, e->columns, fact, r, e->event.source, &settled, err);
    e->picked[fact][r] = e->birth ? !own : !settled;
  }
  return status;
}

static ans_status events__mark(events__process *e, uint32_t person_unit, ans_error *err) {
  const ans_unit_columns *people = &e->columns->units[person_unit];
  uint32_t self = 0;
  while (self < people->rows && !(people->ids[self] && strcmp(people->ids[self], e->person) == 0)) self++;
  ans_status status = ANS_OK;
  for (uint32_t f = 0; f < e->program->fact_count && self < people->rows && status == ANS_OK; f++) status = events__mark_fact(e, f, person_unit, self, err);
  return status;
}

static ans_status events__touches(events__process *e, uint32_t row, bool *touched, ans_error *err) {
  uint32_t kind = e->program->period_kind;
  int32_t current = e->o->period, first = ans_period_of(kind, e->event.day);
  *touched = false;
  if (first > current || !ans_period_valid(kind, first)) first = current;
  if (current - first > EVENTS_MAX_BACK) first = current - EVENTS_MAX_BACK;
  ans_status status = ANS_OK;
  for (int32_t period = current; period >= first && !*touched && status == ANS_OK; period--) {
    if (period < e->program->first_period || period > e->program->last_period) continue;
    status = ans_decide_depends(e->blank, 0, e->benefit, row, period, events__pick, e, touched, err);
  }
  return status;
}

/* The claim becomes a candidate and is decided with the facts there are now. */
static ans_status events__raise(events__process *e, uint32_t row, ans_error *err) {
  const ans_benefit *b = &e->program->benefits[e->benefit];
  const char *key = e->columns->units[b->unit].ids[row];
  char id[160];
  int64_t claim = 0;
  bool added = false;
  unsigned why = 0;
  ans_claim_context x = {0};
  ans_outcome outcome = {0};
  ans_status status = ans_store_subject(e->store, e->program->units[b->unit].name, key, false, &claim, err);
  if (status != ANS_OK || !claim) return status;
  snprintf(id, sizeof id, "%.120s%s", e->event.event_id, e->event.cancelled ? "#storno" : "");
  status = ans_store_put_event(e->store, e->event.feed, id, e->event.cancelled ? "cancellation" : e->event.kind, e->event.day, claim, b->name, &added, err);
  if (status != ANS_OK || !added) return status; /* raised already through another person of the same event */
  e->report->claims++;
  status = ans_store_award_at(e->store, b->name, claim, e->o->period, &x.has_award, &x.award_cents, err);
  if (status == ANS_OK) status = ans_store_claim_why(e->store, b->name, e->program->period_kind, e->o->period, e->o->period, claim, &why, err);
  x.has_application = why & 2u;
  if (status == ANS_OK) status = ans_decide_claim(e->columns, 0, e->benefit, row, e->o->period, &x, 64, &outcome, NULL, err);
  if (status == ANS_OK) status = ans_batch_clarify(e->loader, e->columns, &outcome, err);
  if (status == ANS_OK && e->visit) e->visit(e->ctx, &e->event, key, &outcome);
  return status;
}

static ans_status events__case(events__process *e, uint32_t person_unit, ans_error *err) {
  ans_status status = ans_fact_loader_new(e->store, e->program, INT64_MAX, &e->loader, err);
  if (status == ANS_OK) status = events__load(e, person_unit, e->event.person, &e->columns, err);
  if (status == ANS_OK && !e->refused) status = events__load(e, person_unit, e->event.person, &e->blank, err);
  e->picked = calloc((size_t)e->program->fact_count + 1, sizeof *e->picked);
  if (status == ANS_OK && !e->picked) status = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "events", (char *)NULL);
  if (status != ANS_OK || e->refused) return status;
  status = events__mark(e, person_unit, err);
  if (status == ANS_OK) status = ans_decide_blank(e->blank, 0, events__pick, e, err);
  uint32_t unit = e->program->benefits[e->benefit].unit;
  for (uint32_t row = 0; row < e->columns->units[unit].rows && status == ANS_OK; row++) {
    bool touched = false;
    if (e->whole) touched = true;
    else status = events__touches(e, row, &touched, err);
    e->report->considered++;
    if (status == ANS_OK && touched) status = events__raise(e, row, err);
  }
  return status;
}

static void events__forget(events__process *e) {
  ans_columns_free(e->columns);
  ans_columns_free(e->blank);
  e->columns = e->blank = NULL;
  ans_fact_loader_free(e->loader);
  e->loader = NULL;
  for (uint32_t f = 0; e->picked && f < e->program->fact_count; f++) free(e->picked[f]);
  free(e->picked);
  e->picked = NULL;
}

static ans_status events__one(events__process *e, ans_error *err) {
  char unit[64], key[256];
  uint32_t person_unit = ans_program_find_unit(e->program, ANS_UNIT_PERSON);
  ans_status status = ans_store_begin(e->store, err);
  if (status != ANS_OK) return status;
  status = ans_store_subject_name(e->store, e->event.person, unit, sizeof unit, key, sizeof key, err);
  e->person = key;
  e->birth = strcmp(e->event.kind, "birth") == 0;
  bool parent = strcmp(e->event.kind, "parenthood") == 0, pairs = ans_program_find_unit(e->program, ANS_UNIT_PAIR) != ANS_NONE;
  e->whole = parent && !pairs; /* where there are pairs, the rows are there, and the child's own entry finds whoever depends on them */
  if (parent && pairs) person_unit = ANS_NONE;
  e->refused = false;
  if (status == ANS_OK && person_unit != ANS_NONE) status = events__case(e, person_unit, err);
  if (status == ANS_OK && e->refused) e->report->refused++;
  if (status == ANS_OK && e->refused && e->visit) e->visit(e->ctx, &e->event, key, NULL);
  if (status == ANS_OK) status = ans_store_life_event_done(e->store, e->o->benefit, &e->event, err);
  events__forget(e);
  if (status == ANS_OK) return ans_store_commit(e->store, err);
  ans_store_rollback(e->store);
  return status;
}

ans_status ans_events_process(ans_store *s, const ans_program *p, const ans_events_options *o, ans_events_visit *visit, void *ctx, ans_events_report *report, ans_error *err) {
  events__process e = {.store = s, .program = p, .o = o, .report = report, .visit = visit, .ctx = ctx, .benefit = ans_program_find_benefit(p, o->benefit)};
  char event_id[129];
  bool found = false;
  memset(report, 0, sizeof *report);
  if (e.benefit == ANS_NONE) return ans_error_set(err, ANS_USAGE, "E-BATCH-BENEFIT", NULL, o->benefit, (char *)NULL);
  for (int64_t after = 0;; after = e.event.id) {
    ans_status status = ans_store_next_life_event(s, o->benefit, after, &e.event, event_id, &found, err);
    if (status != ANS_OK || !found) return status;
    report->events++;
    status = events__one(&e, err);
    if (status != ANS_OK) return status;
  }
}
