/* Owns: evaluating a chunk of claims. All claims go through the vector VM, each period only those that something happens to (exec/span.h); the ones that are open or change something are decided again by the
 * replay interpreter, which must agree (a disagreement is quarantined, never released). Thread rule: one worker per thread. */
#include "batch/worker.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/error.h"
#include "base/hash.h"
#include "num/calendar.h"

uint64_t batch__now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* what else the machine does is not counted */
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

ans_status batch__worker_open(batch_worker *w, const char *path, int64_t known_at, ans_error *err) {
  const ans_program *p = w->program;
  const ans_benefit *b = &p->benefits[w->benefit];
  uint32_t wanted[3], n = 0;
  wanted[n++] = p->results[b->entitled_result].insn;
  if (b->amount_result != ANS_NONE) wanted[n++] = p->results[b->amount_result].insn;
  if (b->payout_result != ANS_NONE) wanted[n++] = p->results[b->payout_result].insn;
  ans_status st = ans_store_open(path, ANS_STORE_READ, &w->store, err);
  if (st == ANS_OK) st = ans_store_set_cache(w->store, BATCH_CACHE_MIB, err);
  if (st == ANS_OK) st = ans_fact_loader_new(w->store, p, known_at, &w->loader, err);
  if (st == ANS_OK && !w->options->rows_only) st = ans_fact_loader_use_chunks(w->loader, w->options->chunk_key, err);
  if (st == ANS_OK && !(w->span = ans_span_new(p, wanted, n, 0))) st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "batch", NULL);
  if (st == ANS_OK) ans_span_law_known(w->span, w->law_known);
  return st;
}

void batch__worker_close(batch_worker *w) {
  free(w->awards);
  ans_span_free(w->span);
  ans_fact_loader_free(w->loader);
  ans_store_close(w->store);
}

static void add_bad(batch_chunk *chunk, int64_t claim, const ans_error *why, bool internal) {
  if (chunk->bad_count == chunk->bad_capacity) {
    uint32_t cap = chunk->bad_capacity ? chunk->bad_capacity * 2 : 8;
    batch_bad *fresh = realloc(chunk->bad, cap * sizeof *fresh);
    if (!fresh) {
      chunk->status = ans_error_set(&chunk->error, ANS_MEMORY, "E-MEMORY", NULL, "batch", NULL);
      return;
    }
    chunk->bad = fresh;
    chunk->bad_capacity = cap;
  }
  batch_bad *b = &chunk->bad[chunk->bad_count++];
  *b = (batch_bad){.claim = claim, .internal = internal};
  snprintf(b->code, sizeof b->code, "%s", why->code ? why->code : "E-UNKNOWN");
  ans_error_render(why, ANS_LANG_DE, b->reason, sizeof b->reason);
}

static void on_bad(void *ctx, int64_t claim, const ans_error *why) { add_bad(ctx, claim, why, false); }

static bool add_award(void *ctx, const ans_award_span *a) {
  batch_worker *w = ctx;
  if (w->award_count == w->award_capacity) {
    size_t cap = w->award_capacity ? w->award_capacity * 2 : 2048;
    ans_award_span *fresh = realloc(w->awards, cap * sizeof *fresh);
    if (!fresh) return !(w->award_memory = true);
    w->awards = fresh;
    w->award_capacity = cap;
  }
  w->awards[w->award_count++] = *a;
  return true;
}

/* The ledger of all claims of the chunk in one scan; a question for each claim and period would cost more than deciding it. */
static ans_status read_awards(batch_worker *w, const batch_chunk *chunk, ans_error *err) {
  const ans_batch_options *o = w->options;
  w->award_count = 0;
  w->award_memory = false;
  if (chunk->claim_count == 0) return ANS_OK;
  ans_status st = ans_store_awards_between(w->store, o->benefit, chunk->claims[0].id, chunk->claims[chunk->claim_count - 1].id, o->first_period, o->last_period, add_award, w, err);
  return st == ANS_OK && w->award_memory ? ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "batch", NULL) : st;
}

/* What the ledger grants: the newest row that covers the period; 0 says "ended". */
static void award_of(const batch_worker *w, int64_t claim, int32_t period, ans_claim_context *x) {
  size_t lo = 0, hi = w->award_count;
  while (lo < hi) { /* the first row of a later claim */
    size_t mid = lo + (hi - lo) / 2;
    if (w->awards[mid].claim <= claim) lo = mid + 1;
    else hi = mid;
  }
  const ans_award_span *newest = NULL;
  while (lo > 0 && w->awards[lo - 1].claim == claim) {
    const ans_award_span *a = &w->awards[--lo];
    if (period >= a->from_period && period <= a->to_period && (!newest || a->id > newest->id)) newest = a;
  }
  x->has_award = newest && newest->amount_cents > 0;
  x->award_cents = newest ? newest->amount_cents : 0;
}

static bool same_scalar(ans_scalar a, ans_scalar b) { return a.state == b.state && a.v == b.v; }

/* Facts of a component are the same in every period: their snapshot is made for its first receipt of the chunk, and its hash is theirs. */
static ans_status hash_decision(batch_facts *facts, const ans_columns *c, uint32_t component, const ans_trace *t, uint32_t benefit, uint32_t row, batch_receipt *d, ans_error *err) {
  batch_facts *f = &facts[component];
  ans_status st = ans_claim_trace_hash(c, t, benefit, row, ANS_RECEIPT_UNION, d->trace_sha, err);
  if (st == ANS_OK && !f->known) {
    st = ans_case_format(c, component, &d->snapshot, err);
    if (st == ANS_OK) ans_sha256_once(d->snapshot, strlen(d->snapshot), f->sha); /* as ans_columns_component_hash */
  }
  if (st != ANS_OK) return st;
  f->known = true;
  memcpy(d->facts_sha, f->sha, sizeof f->sha);
  return ANS_OK;
}

typedef struct span_cells { const ans_span *span; const ans_program *p; uint32_t row; } span_cells;

static ans_scalar span_cell(void *ctx, uint32_t result) {
  const span_cells *x = ctx;
  return ans_span_get(x->span, x->p->results[result].insn, x->row);
}

static void drop_receipt(batch_decision *d) {
  if (d->receipt) free(d->receipt->snapshot);
  free(d->receipt);
  d->receipt = NULL;
}

/* A claim that changes something, decided again by replay: the same as the VM found (o), with its hashes. */
static ans_status make_receipt(batch_worker *w, ans_columns *c, uint32_t component, uint32_t row, int32_t period, const ans_claim_context *x, const ans_outcome *o, batch_decision *d, ans_error *err) {
  const ans_benefit *b = &w->program->benefits[w->benefit];
  const uint32_t enumerate = w->options->enumerate ? w->options->enumerate : 64;
  ans_trace *t = NULL;
  batch_receipt *receipt = d->receipt = calloc(1, sizeof *receipt);
  if (!receipt) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "batch", NULL);
  ans_outcome *replayed = &receipt->outcome;
  ans_status st = ans_decide_claim_known(c, component, w->benefit, row, period, w->law_known, x, enumerate, replayed, &t, err);
  ans_outcome_limit(replayed, w->law_known, w->facts_known);
  if (st == ANS_OK && !(same_scalar(replayed->entitled, o->entitled) && same_scalar(replayed->amount, o->amount) && same_scalar(replayed->payout, o->payout)))
    st = ans_error_set(err, ANS_INTERNAL, "E-BATCH-MISMATCH", b->name, NULL);
  if (st == ANS_OK) st = ans_batch_clarify(w->loader, c, replayed, err);
  if (st == ANS_OK) st = hash_decision(w->facts, c, component, t, w->benefit, row, receipt, err);
  ans_trace_free(t);
  return st;
}

/* Decides one claim and period. Returns false when the claim was quarantined. */
static bool decide_one(batch_worker *w, batch_chunk *chunk, ans_columns *c, const batch_claim *claim, uint32_t component, uint32_t row, int32_t period, batch_decision *d) {
  const ans_program *p = w->program;
  const ans_benefit *b = &p->benefits[w->benefit];
  ans_outcome own = {.ask_next = ANS_NONE};
  const ans_outcome *o = &own;
  ans_claim_context x = {.past = period < w->options->current_period, .has_application = claim->why & 2u};
  ans_error err = {0};
  ans_status st = ANS_OK;
  award_of(w, claim->id, period, &x);
  *d = (batch_decision){.claim = claim->id, .period = period, .previous_cents = x.has_award ? x.award_cents : 0};
  ans_outcome_cells(b, &own, span_cell, &(span_cells){w->span, p, row});
  ans_decide_procedure(p, b, &x, &own);
  ans_outcome_limit(&own, w->law_known, w->facts_known);
  if (own.action != ANS_ACTION_UNCHANGED && own.action != ANS_ACTION_NONE) {
    st = make_receipt(w, c, component, row, period, &x, &own, d, &err);
    if (st == ANS_OK) o = &d->receipt->outcome;
  }
  d->merits = (uint8_t)o->merits;
  d->procedure = (uint8_t)o->procedure;
  d->action = (uint8_t)o->action;
  d->reasons = o->reasons;
  d->amount_cents = o->amount.v;
  d->payout_cents = o->payout.v;
  if (st == ANS_OK) return true;
  add_bad(chunk, claim->id, &err, st == ANS_INTERNAL);
  drop_receipt(d);
  return false;
}

static bool is_bad(const batch_chunk *chunk, int64_t claim) {
  for (uint32_t i = 0; i < chunk->bad_count; i++)
    if (chunk->bad[i].claim == claim) return true;
  return false;
}

static int by_claim_period(const void *x, const void *y) {
  const batch_decision *a = x, *b = y;
  if (a->claim != b->claim) return a->claim < b->claim ? -1 : 1;
  return (a->period > b->period) - (a->period < b->period);
}

static void sort_decisions(batch_chunk *chunk) { /* those of one period are in order */
  bool sorted = true;
  for (uint32_t i = 1; i < chunk->decision_count && sorted; i++) sorted = by_claim_period(&chunk->decisions[i - 1], &chunk->decisions[i]) <= 0;
  if (!sorted) qsort(chunk->decisions, chunk->decision_count, sizeof *chunk->decisions, by_claim_period);
}

static void evaluate_periods(batch_worker *w, batch_chunk *chunk, ans_columns *c, const uint32_t *component, const uint32_t *row) {
  const ans_batch_options *o = w->options;
  w->facts = calloc((size_t)c->components + 1, sizeof *w->facts);
  if (!w->facts) chunk->status = ans_error_set(&chunk->error, ANS_MEMORY, "E-MEMORY", NULL, "batch", NULL);
  for (int32_t period = o->first_period; period <= o->last_period && chunk->status == ANS_OK; period++) {
    chunk->status = period == o->first_period ? ans_span_begin(w->span, c, period, o->last_period, &chunk->error) : ans_span_next(w->span, &chunk->error);
    for (uint32_t i = 0; i < chunk->claim_count && chunk->status == ANS_OK; i++) {
      if (component[i] == UINT32_MAX || is_bad(chunk, chunk->claims[i].id)) continue;
      batch_decision *d = &chunk->decisions[chunk->decision_count];
      if (decide_one(w, chunk, c, &chunk->claims[i], component[i], row[i], period, d)) chunk->decision_count++;
    }
  }
  free(w->facts);
  w->facts = NULL;
  sort_decisions(chunk);
}

void batch__evaluate(batch_worker *w, batch_chunk *chunk) {
  const ans_batch_options *o = w->options;
  uint32_t n = chunk->claim_count, periods = (uint32_t)(o->last_period - o->first_period + 1);
  int64_t *ids = calloc(n, sizeof *ids);
  uint32_t *component = calloc(n, sizeof *component), *row = calloc(n, sizeof *row);
  chunk->decisions = malloc(((size_t)n * periods + 1) * sizeof *chunk->decisions); /* each is written before it counts */
  ans_columns *c = NULL;
  uint64_t t0 = batch__now_ns();
  if (!ids || !component || !row || !chunk->decisions) {
    chunk->status = ans_error_set(&chunk->error, ANS_MEMORY, "E-MEMORY", NULL, "batch", NULL);
  } else {
    for (uint32_t i = 0; i < n; i++) ids[i] = chunk->claims[i].id;
    chunk->status = ans_fact_loader_load(w->loader, w->program->benefits[w->benefit].unit, ids, n, &c, component, row, on_bad, chunk, &chunk->error);
    if (chunk->status == ANS_OK) chunk->status = read_awards(w, chunk, &chunk->error);
  }
  uint64_t t1 = batch__now_ns();
  chunk->read_ns += t1 - t0;
  if (chunk->status == ANS_OK) evaluate_periods(w, chunk, c, component, row);
  chunk->evaluate_ns += batch__now_ns() - t1;
  ans_columns_free(c);
  free(ids);
  free(component);
  free(row);
}

void batch__chunk_dispose(batch_chunk *chunk) {
  for (uint32_t i = 0; i < chunk->decision_count; i++) drop_receipt(&chunk->decisions[i]);
  free(chunk->decisions);
  free(chunk->bad);
  *chunk = (batch_chunk){0};
}
