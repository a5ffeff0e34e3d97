/* The population as the content of a store, written through its API. See workload.h. */
#include <inttypes.h>
#include <stdio.h>
#include "facts/facts.h"
#include "workload.h"

enum { RECORDED_AT = 1767225600 /* 2026-01-01, UTC */ };

typedef struct writer {
  ans_store *store;
  const ans_program *program;
  const bench_population *w;
  uint64_t *assertions;
  ans_error *err;
} writer;

static const char *source_of(const ans_program *p, const ans_fact *f) { return f->source_count ? p->sources[f->first_source].source : ANS_SOURCE_FINDING; }

static ans_status put(const writer *x, int64_t subject, uint32_t fact, int32_t from, int32_t to, uint8_t state, int64_t value) {
  const ans_program *p = x->program;
  const ans_fact *f = &p->facts[fact];
  const bool named = f->type.tag == ANS_T_ENUM && state == ANS_VALUE;
  ans_assertion a = {.subject = subject, .fact = f->name, .source = source_of(p, f), .from_day = from, .to_day = to, .state = state,
                     .kind = state != ANS_VALUE ? ANS_V_NONE : named ? ANS_V_TEXT : ANS_V_INT, .number = named ? 0 : value,
                     .text = named ? p->enum_values[p->enums[f->type.ref].first_value + (uint32_t)value] : "", .author = "", .recorded_at = RECORDED_AT};
  ++*x->assertions;
  return ans_store_put_assertion(x->store, &a, NULL, x->err);
}

static ans_status put_all(const writer *x, int64_t subject, const bench_cell *cells, const uint32_t *cell_facts, uint32_t cell_count, const bench_run *lines, const uint32_t *line_facts,
                          uint32_t line_count) {
  ans_status status = ANS_OK;
  for (uint32_t k = 0; k < cell_count && status == ANS_OK; k++)
    if (cells[k].state != ANS_UNKNOWN) status = put(x, subject, cell_facts[k], ANS_OPEN_PAST, ANS_OPEN_FUTURE, cells[k].state, cells[k].value);
  for (uint32_t k = 0; k < line_count; k++)
    for (uint32_t i = 0; i < lines[k].count && status == ANS_OK; i++) {
      const ans_interval *v = &x->w->pool[lines[k].first + i];
      status = put(x, subject, line_facts[k], v->from, v->to, v->state, v->value);
    }
  return status;
}

static ans_status put_claim(const writer *x, int64_t claim, const bench_pair *pair, int64_t award, int32_t month) {
  const char *benefit = x->program->benefits[0].name;
  if (pair->cell[BENCH_APPLIED].state != ANS_VALUE || award == BENCH_NOTHING) return ANS_OK;
  if (award >= 0) {
    const ans_award a = {.claim = claim, .benefit = benefit, .from_period = month, .to_period = INT32_MAX, .amount_cents = award, .notice = "", .recorded_at = RECORDED_AT};
    return ans_store_put_award(x->store, &a, NULL, x->err);
  }
  const ans_application a = {.claim = claim, .benefit = benefit, .received_day = pair->cell[BENCH_APPLIED].value, .reference = ""};
  return ans_store_put_application(x->store, &a, NULL, x->err);
}

static void key_of(char out[32], uint64_t number) { snprintf(out, 32, "P%010" PRIu64, number); }

/* The Kindschaft "<recipient>/<child>" with its two references, as the case file creates it. */
static ans_status put_pair(const writer *x, uint64_t recipient, uint64_t child, int64_t *claim) {
  static const char *const facts[] = {ANS_FACT_RECIPIENT, ANS_FACT_CHILD};
  const uint64_t numbers[] = {recipient, child};
  int64_t targets[2];
  char key[64], one[32], two[32];
  key_of(one, recipient);
  key_of(two, child);
  snprintf(key, sizeof key, "%s/%s", one, two);
  ans_status status = ans_store_subject(x->store, ANS_UNIT_PAIR, key, true, claim, x->err);
  for (unsigned k = 0; k < 2 && status == ANS_OK; k++) {
    key_of(one, numbers[k]);
    status = ans_store_subject(x->store, ANS_UNIT_PERSON, one, true, &targets[k], x->err);
    const ans_assertion a = {.subject = *claim, .fact = facts[k], .source = ANS_SOURCE_LEDGER, .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .state = ANS_VALUE, .kind = ANS_V_SUBJECT, .number = targets[k]};
    if (status == ANS_OK) status = ans_store_put_assertion(x->store, &a, NULL, x->err);
    ++*x->assertions;
  }
  return status;
}

ans_status bench_store_write(ans_store *s, const ans_program *p, const bench_names *n, const bench_population *w, const int64_t *awards, int32_t month, uint64_t first_key, uint64_t *assertions,
                             ans_error *err) {
  const writer x = {s, p, w, assertions, err};
  ans_status status = ANS_OK;
  char one[32];
  for (uint32_t i = 0; i < w->person_count && status == ANS_OK; i++) {
    int64_t subject;
    key_of(one, first_key + i);
    status = ans_store_subject(s, ANS_UNIT_PERSON, one, true, &subject, err);
    if (status == ANS_OK)
      status = put_all(&x, subject, w->persons[i].cell, n->person_cell, BENCH_PERSON_SCALAR_COUNT, w->persons[i].line, n->person_line, BENCH_PERSON_TIMELINE_COUNT);
  }
  for (uint32_t i = 0; i < w->pair_count && status == ANS_OK; i++) {
    const bench_pair *pair = &w->pairs[i];
    int64_t claim;
    status = put_pair(&x, first_key + pair->recipient, first_key + pair->child, &claim);
    if (status == ANS_OK) status = put_all(&x, claim, pair->cell, n->pair_cell, BENCH_PAIR_SCALAR_COUNT, pair->line, n->pair_line, BENCH_PAIR_TIMELINE_COUNT);
    if (status == ANS_OK) status = put_claim(&x, claim, pair, awards[i], month);
  }
  return status;
}
