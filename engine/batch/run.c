/* Owns: the run. Workers evaluate chunks in any order; the calling thread commits them in claim order, so the output does not depend on the number
 * of threads. A bounded window keeps memory flat. Every chunk is one transaction that also moves the run's cursor: a kill loses at most uncommitted
 * chunks, and the resumed run continues behind the cursor. */
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/error.h"
#include "base/hash.h"
#include "batch/worker.h"
#include "num/calendar.h"

enum { REASONS_BYTES = 512 };
typedef struct claim_list { batch_claim *items; size_t count, capacity; int64_t after; bool failed; } claim_list;

typedef struct pipeline {
  const char *path;
  const ans_program *program;
  const ans_batch_options *options;
  uint32_t benefit;
  int64_t known_at;
  int32_t law_known, facts_known;
  batch_chunk *chunks; size_t chunk_count;
  int64_t claim_count;
  size_t next, committed, window;
  bool *ready;
  bool stop;
  pthread_mutex_t lock;
  pthread_cond_t changed;
} pipeline;

static bool collect_claim(void *ctx, int64_t claim, unsigned why) {
  claim_list *l = ctx;
  if (claim <= l->after) return true;
  if (l->count == l->capacity) {
    size_t cap = l->capacity ? l->capacity * 2 : 4096;
    batch_claim *fresh = realloc(l->items, cap * sizeof *fresh);
    if (!fresh) { l->failed = true; return false; }
    l->items = fresh;
    l->capacity = cap;
  }
  l->items[l->count++] = (batch_claim){claim, why};
  return true;
}

static bool take(pipeline *p, size_t *k) {
  pthread_mutex_lock(&p->lock);
  while (!p->stop && p->next < p->chunk_count && p->next >= p->committed + p->window) pthread_cond_wait(&p->changed, &p->lock);
  bool ok = !p->stop && p->next < p->chunk_count;
  if (ok) *k = p->next++;
  pthread_mutex_unlock(&p->lock);
  return ok;
}

static void *work(void *ctx) {
  pipeline *p = ctx;
  batch_worker w = {.program = p->program, .options = p->options, .benefit = p->benefit, .law_known = p->law_known, .facts_known = p->facts_known};
  ans_error err = {0};
  ans_status st = batch__worker_open(&w, p->path, p->known_at, &err);
  size_t k;
  while (take(p, &k)) {
    batch_chunk *chunk = &p->chunks[k];
    if (st == ANS_OK) {
      batch__evaluate(&w, chunk);
    } else {
      chunk->status = st;
      chunk->error = err;
    }
    pthread_mutex_lock(&p->lock);
    p->ready[k] = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
  }
  batch__worker_close(&w);
  return NULL;
}

static ans_status case_key(ans_store *s, int64_t claim, uint8_t key[32], ans_error *err) {
  char name[64], hex[65], *stored = NULL;
  size_t n = 0;
  snprintf(name, sizeof name, "case-key/%lld", (long long)claim);
  ans_status st = ans_store_get_text(s, name, &stored, err);
  if (st != ANS_OK) return st;
  if (stored) {
    bool ok = sodium_hex2bin(key, 32, stored, strlen(stored), NULL, &n, NULL) == 0 && n == 32;
    free(stored);
    return ok ? ANS_OK : ans_error_set(err, ANS_STORE, "E-BATCH-KEY", name, NULL);
  }
  randombytes_buf(key, 32);
  ans_hex(key, 32, hex);
  return ans_store_set_text(s, name, hex, err);
}

static void seal_decision(ans_run_seal *seal, const ans_decision *d) {
  ans_run_seal_add(seal, &(ans_sealed_decision){d->claim, d->period, d->merits, d->procedure, d->action, d->amount_cents, d->payout_cents, d->previous_cents, d->has_leaf ? d->leaf : NULL});
}

/* Decisions of one commit: the next number, and those that go into a block. */
typedef struct commit_list { int64_t next_id; ans_decision *block; char (*reasons)[REASONS_BYTES]; uint32_t count; } commit_list;

static ans_status write_decision(ans_store *s, const ans_program *p, const ans_batch_options *o, int64_t run, batch_decision *d, commit_list *list, ans_run_seal *seal, ans_batch_report *rep, ans_error *err) {
  char own[REASONS_BYTES], *reasons = list->block ? list->reasons[list->count] : own, unit[64], key_text[256];
  ans_reasons_format(d->outcome.reasons, reasons, REASONS_BYTES);
  ans_decision row = {.run = run, .claim = d->claim, .period = d->period, .merits = (uint8_t)d->outcome.merits, .procedure = (uint8_t)d->outcome.procedure,
                      .action = (uint8_t)d->outcome.action, .amount_cents = d->outcome.amount.v, .payout_cents = d->outcome.payout.v,
                      .previous_cents = d->previous_cents, .has_leaf = d->changed, .reason_codes = reasons};
  memcpy(row.facts_sha, d->facts_sha, 32);
  memcpy(row.trace_sha, d->trace_sha, 32);
  ans_status st = ANS_OK;
  if (d->changed) {
    uint8_t key[32];
    ans_receipt receipt = {.semantics_version = p->semantics_version, .claim_key = key_text, .benefit = o->benefit, .period = d->period, .previous_cents = d->previous_cents, .outcome = d->outcome};
    memcpy(receipt.package_sha, p->sha256, 32);
    memcpy(receipt.facts_sha, d->facts_sha, 32);
    memcpy(receipt.trace_sha, d->trace_sha, 32);
    st = ans_store_subject_name(s, d->claim, unit, sizeof unit, key_text, sizeof key_text, err);
    if (st == ANS_OK) st = case_key(s, d->claim, key, err);
    if (st == ANS_OK && d->snapshot) st = ans_store_put_snapshot(s, d->facts_sha, d->snapshot, strlen(d->snapshot), err);
    if (st != ANS_OK) return st;
    ans_receipt_leaf(&receipt, key, row.leaf);
    rep->leaves++;
  }
  if (!d->changed && !o->store_unchanged) return ANS_OK;
  seal_decision(seal, &row);
  row.id = list->next_id++;
  if (d->changed || !list->block) return ans_store_put_decision(s, &row, NULL, err);
  list->block[list->count++] = row;
  return ANS_OK;
}

static ans_status write_decisions(ans_store *s, const ans_program *p, const ans_batch_options *o, batch_chunk *chunk, ans_run *run, ans_run_seal *seal, ans_batch_report *rep, ans_error *err) {
  commit_list list = {0};
  if (o->decision_chunks) {
    list.block = calloc(chunk->decision_count + 1u, sizeof *list.block);
    list.reasons = calloc(chunk->decision_count + 1u, sizeof *list.reasons);
  }
  ans_status st = o->decision_chunks && !(list.block && list.reasons) ? ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "batch", NULL) : ans_store_next_decision(s, &list.next_id, err);
  for (uint32_t i = 0; i < chunk->decision_count && st == ANS_OK; i++) st = write_decision(s, p, o, run->id, &chunk->decisions[i], &list, seal, rep, err);
  if (st == ANS_OK && list.block) st = ans_store_put_decision_chunk(s, run, list.block, list.count, err);
  free(list.block);
  free(list.reasons);
  return st;
}

static void count(ans_batch_report *rep, uint8_t merits, uint8_t procedure, uint8_t action, int64_t previous) {
  rep->decisions++;
  rep->table[merits][procedure]++;
  rep->actions[action]++;
  if (previous > 0) {
    rep->awards++;
    if (action == ANS_ACTION_CHANGE || action == ANS_ACTION_END || action == ANS_ACTION_RECOVERY) rep->changed_awards++;
  }
  if (procedure == ANS_PROCEDURE_REFER) rep->referred++;
}

static ans_status commit_chunk(ans_store *s, const ans_program *p, const ans_batch_options *o, batch_chunk *chunk, ans_run *run, ans_run_seal *seal, ans_batch_report *rep, ans_error *err) {
  ans_status st = ans_store_begin(s, err);
  if (st == ANS_OK) st = write_decisions(s, p, o, chunk, run, seal, rep, err);
  for (uint32_t i = 0; i < chunk->bad_count && st == ANS_OK; i++) st = ans_store_put_quarantine(s, run->id, chunk->bad[i].claim, chunk->bad[i].code, chunk->bad[i].reason, err);
  run->last_claim = chunk->claims[chunk->claim_count - 1].id;
  run->decisions += chunk->decision_count;
  run->leaves = (int64_t)seal->tree.count;
  if (st == ANS_OK) st = ans_store_put_run(s, run, err);
  if (st == ANS_OK) st = ans_store_commit(s, err);
  else ans_store_rollback(s);
  if (st != ANS_OK) return st;
  for (uint32_t i = 0; i < chunk->decision_count; i++) {
    const batch_decision *d = &chunk->decisions[i];
    count(rep, (uint8_t)d->outcome.merits, (uint8_t)d->outcome.procedure, (uint8_t)d->outcome.action, d->previous_cents);
  }
  rep->quarantined += chunk->bad_count;
  return ANS_OK;
}

typedef struct resume { ans_run_seal *seal; ans_batch_report *report; } resume;
static bool resume_decision(void *ctx, const ans_decision *d) {
  resume *r = ctx;
  seal_decision(r->seal, d);
  count(r->report, d->merits, d->procedure, d->action, d->previous_cents);
  return true;
}

static int32_t known_day(int32_t day) { return day ? day : ANS_DAY_MAX; }

static ans_status open_run(ans_store *s, const ans_program *p, const ans_batch_options *o, ans_run *run, ans_run_seal *seal, ans_batch_report *rep, ans_error *err) {
  bool found = false;
  ans_run asked = {.period_kind = p->period_kind, .package_name = p->name, .benefit = o->benefit, .semantics_version = p->semantics_version, .first_period = o->first_period, .last_period = o->last_period,
                   .law_known = known_day(o->law_known), .facts_known = known_day(o->facts_known)};
  memcpy(asked.package_sha, p->sha256, 32);
  ans_status st = ans_store_unfinished_run(s, &asked, run, &found, err);
  if (st != ANS_OK) return st;
  if (found) {
    resume r = {seal, rep};
    rep->resumed = true;
    st = ans_store_decisions(s, run->id, resume_decision, &r, err);
    rep->leaves = (int64_t)seal->tree.count;
    return st;
  }
  unsigned char *bytes = NULL;
  size_t size = 0;
  *run = asked;
  run->started_at = (int64_t)time(NULL);
  if (run->facts_known != ANS_DAY_MAX && run->facts_known > run->started_at / 86400) return ans_error_set(err, ANS_USAGE, "E-BATCH-KNOWN", NULL, NULL); /* what will be recorded is not known */
  st = ans_program_encode((ans_program *)(uintptr_t)p, &bytes, &size, err);
  if (st == ANS_OK) st = ans_store_begin(s, err);
  if (st == ANS_OK) {
    st = ans_store_put_package(s, p->sha256, bytes, size, err);
    if (st == ANS_OK) st = ans_store_put_run(s, run, err);
    if (st == ANS_OK) st = ans_store_commit(s, err);
    else ans_store_rollback(s);
  }
  free(bytes);
  return st;
}

static ans_status consume(pipeline *pl, ans_store *s, ans_run *run, ans_run_seal *seal, ans_batch_report *rep, bool *internal, ans_error *err) {
  ans_status st = ANS_OK;
  for (size_t k = 0; k < pl->chunk_count && st == ANS_OK; k++) {
    batch_chunk *chunk = &pl->chunks[k];
    pthread_mutex_lock(&pl->lock);
    while (!pl->ready[k]) pthread_cond_wait(&pl->changed, &pl->lock);
    pthread_mutex_unlock(&pl->lock);
    st = chunk->status;
    if (st != ANS_OK && err) *err = chunk->error;
    for (uint32_t i = 0; i < chunk->bad_count; i++) *internal |= chunk->bad[i].internal;
    uint64_t t0 = batch__now_ns();
    if (st == ANS_OK) st = commit_chunk(s, pl->program, pl->options, chunk, run, seal, rep, err);
    rep->write_ns += batch__now_ns() - t0;
    rep->read_ns += chunk->read_ns;
    rep->evaluate_ns += chunk->evaluate_ns;
    rep->claims += chunk->claim_count;
    batch__chunk_dispose(chunk);
    if (st == ANS_OK && pl->options->progress) pl->options->progress(pl->options->ctx, rep->claims, pl->claim_count);
    pthread_mutex_lock(&pl->lock);
    pl->committed = k + 1;
    if (st != ANS_OK || (pl->options->stop_after && (int64_t)(k + 1) >= pl->options->stop_after)) pl->stop = true;
    pthread_cond_broadcast(&pl->changed);
    bool stop = pl->stop;
    pthread_mutex_unlock(&pl->lock);
    if (stop) break;
  }
  return st;
}

static ans_status run_pipeline(pipeline *pl, claim_list *claims, ans_store *s, ans_run *run, ans_run_seal *seal, ans_batch_report *rep, bool *internal, ans_error *err) {
  uint32_t per = pl->options->claims_per_chunk ? pl->options->claims_per_chunk : 1024;
  unsigned jobs = pl->options->jobs ? pl->options->jobs : 1;
  pthread_t threads[64];
  unsigned started = 0;
  if (jobs > 64) jobs = 64;
  pl->chunk_count = (claims->count + per - 1) / per;
  pl->claim_count = (int64_t)claims->count;
  pl->window = 2u * jobs;
  pl->chunks = calloc(pl->chunk_count + 1, sizeof *pl->chunks);
  pl->ready = calloc(pl->chunk_count + 1, sizeof *pl->ready);
  if (!pl->chunks || !pl->ready) {
    free(pl->chunks);
    free(pl->ready);
    return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "batch", NULL);
  }
  for (size_t k = 0; k < pl->chunk_count; k++) {
    size_t first = k * per, n = claims->count - first;
    pl->chunks[k].claims = claims->items + first;
    pl->chunks[k].claim_count = (uint32_t)(n < per ? n : per);
  }
  pthread_mutex_init(&pl->lock, NULL);
  pthread_cond_init(&pl->changed, NULL);
  while (started < jobs && pthread_create(&threads[started], NULL, work, pl) == 0) started++;
  ans_status st = started ? consume(pl, s, run, seal, rep, internal, err) : ans_error_set(err, ANS_MEMORY, "E-BATCH-THREAD", "batch", NULL);
  for (unsigned i = 0; i < started; i++) pthread_join(threads[i], NULL);
  for (size_t k = 0; k < pl->chunk_count; k++) batch__chunk_dispose(&pl->chunks[k]);
  pthread_cond_destroy(&pl->changed);
  pthread_mutex_destroy(&pl->lock);
  free(pl->chunks);
  free(pl->ready);
  return st;
}

static bool over(int64_t part, int64_t whole, unsigned permille) { return permille < ANS_BRAKE_OFF && whole > 0 && part * 1000 > whole * (int64_t)permille; }

static void apply_brakes(const ans_batch_options *o, ans_batch_report *rep) {
  if (over(rep->changed_awards, rep->awards, o->brake_change_permille)) rep->brake = ANS_BRAKE_CHANGE;
  else if (over(rep->referred, rep->decisions, o->brake_refer_permille)) rep->brake = ANS_BRAKE_REFER;
}

static ans_status brake_error(const ans_batch_options *o, const ans_batch_report *rep, ans_error *err) {
  bool change = rep->brake == ANS_BRAKE_CHANGE;
  char part[24], whole[24], limit[24];
  return ans_error_set(err, ANS_BRAKE, change ? "E-BATCH-BRAKE-CHANGE" : "E-BATCH-BRAKE-REFER", o->benefit, ans_itoa(part, change ? rep->changed_awards : rep->referred),
                       ans_itoa(whole, change ? rep->awards : rep->decisions), ans_itoa(limit, change ? o->brake_change_permille : o->brake_refer_permille), NULL);
}

static ans_status finish_run(ans_store *s, const ans_program *p, const ans_batch_options *o, ans_run *run, const ans_run_seal *seal, ans_batch_report *rep, ans_error *err) {
  apply_brakes(o, rep);
  ans_status st = ans_store_last_head(s, run->previous_head, err); /* another run may have finished since this one began */
  if (st != ANS_OK) return st;
  ans_run_head(run->previous_head, seal, &(ans_run_subject){p->sha256, run->first_period, run->last_period, run->started_at, run->law_known, run->facts_known}, run->head);
  memcpy(rep->head, run->head, 32);
  run->state = rep->brake ? 2 : 1;
  run->finished_at = (int64_t)time(NULL);
  st = ans_store_begin(s, err);
  if (st == ANS_OK) st = ans_store_put_run(s, run, err);
  return st == ANS_OK ? ans_store_commit(s, err) : st;
}

static ans_status check_options(const ans_program *p, const ans_batch_options *o, uint32_t *benefit, ans_error *err) {
  *benefit = ans_program_find_benefit(p, o->benefit);
  if (*benefit == ANS_NONE) return ans_error_set(err, ANS_USAGE, "E-BATCH-BENEFIT", p->name, o->benefit, NULL);
  if (o->first_period > o->last_period || o->first_period < p->first_period || o->last_period > p->last_period) return ans_error_set(err, ANS_USAGE, "E-BATCH-PERIODS", p->name, NULL);
  if (o->last_period - o->first_period >= ANS_MAX_RUN_PERIODS) return ans_error_set(err, ANS_LIMIT, "E-BATCH-SPAN", p->name, NULL);
  return sodium_init() < 0 ? ans_error_set(err, ANS_INTERNAL, "E-BATCH-SODIUM", "batch", NULL) : ANS_OK;
}

ans_status ans_batch_run(const char *path, const ans_program *p, const ans_batch_options *o, ans_batch_report *rep, ans_error *err) {
  ans_store *s = NULL;
  ans_run run = {0};
  ans_run_seal seal;
  bool internal = false;
  claim_list claims = {0};
  pipeline pl = {.path = path, .program = p, .options = o};
  *rep = (ans_batch_report){0};
  ans_run_seal_init(&seal);
  ans_status st = check_options(p, o, &pl.benefit, err);
  if (st == ANS_OK) st = ans_store_open(path, ANS_STORE_WRITE, &s, err);
  if (st == ANS_OK) st = ans_store_check_period_kind(s, o->benefit, p->period_kind, err); /* before a run is recorded */
  if (st == ANS_OK) st = open_run(s, p, o, &run, &seal, rep, err);
  rep->run = run.id;
  claims.after = run.last_claim;
  pl.law_known = known_day(o->law_known);
  pl.facts_known = known_day(o->facts_known);
  pl.known_at = run.started_at;
  if (pl.facts_known != ANS_DAY_MAX && ans_batch_known_at(pl.facts_known) < pl.known_at) pl.known_at = ans_batch_known_at(pl.facts_known);
  if (st == ANS_OK) st = ans_store_claims(s, o->benefit, p->period_kind, o->first_period, o->last_period, collect_claim, &claims, err);
  if (st == ANS_OK && claims.failed) st = ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "batch", NULL);
  if (st == ANS_OK) st = run_pipeline(&pl, &claims, s, &run, &seal, rep, &internal, err);
  bool stopped = o->stop_after && pl.stop;
  if (st == ANS_OK && !stopped) st = finish_run(s, p, o, &run, &seal, rep, err);
  free(claims.items);
  ans_store_close(s);
  if (st == ANS_OK && internal) return ans_error_set(err, ANS_INTERNAL, "E-BATCH-MISMATCH", o->benefit, NULL);
  if (st == ANS_OK && rep->brake) return brake_error(o, rep, err);
  return st;
}
