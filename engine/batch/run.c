/* Owns: the run. Workers take pages of claims in order and evaluate them in any order; the calling thread commits them in claim order, so the output does not
 * depend on the number of threads. Memory is a window of pages, whatever the number of claims: the list of claims is read page by page, not kept. Every page
 * is one transaction that also moves the run's cursor: a kill loses at most uncommitted pages, and the resumed run continues behind the cursor. The
 * commits of a run form a group (store.h): what a power cut takes is decided again, and the run is finished, and told, only after the wait for the disk. */
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/arena.h"
#include "base/error.h"
#include "base/hash.h"
#include "batch/worker.h"
#include "num/calendar.h"

enum { REASONS_BYTES = 512, FEED_SPAN = 65536 /* subject ids looked through at once: at most so many claims in memory */ };
typedef struct page { batch_chunk chunk; batch_claim *claims; bool ready; } page;

typedef struct pipeline {
  const char *path;
  const ans_program *program;
  const ans_batch_options *options;
  uint32_t benefit, per_page;
  int64_t known_at;
  int32_t law_known, facts_known;
  ans_store *feed;                     /* reads the claims; used under the lock */
  int64_t after, last_subject;         /* ids looked through so far, and the last one there was when the run began */
  batch_claim *fed; uint32_t fed_count, fed_next; /* claims of the last span, and those not handed out yet */
  page *window; size_t width;          /* page k lies in window[k % width] from when it is handed out until it is committed */
  int64_t claim_count;                 /* of the whole run, for the progress report; 0 if nobody asks */
  size_t next, committed;
  bool exhausted, stop;                /* no more claims */
  pthread_mutex_t lock;
  pthread_cond_t changed;
} pipeline;

static bool feed_claim(void *ctx, int64_t claim, unsigned why) {
  pipeline *p = ctx;
  p->fed[p->fed_count++] = (batch_claim){claim, why};
  return true; /* a span has no more claims than ids */
}

static bool count_claim(void *ctx, int64_t claim, unsigned why) {
  (void)claim;
  (void)why;
  ++*(int64_t *)ctx;
  return true;
}

static ans_status read_claims(pipeline *p, int64_t after, int64_t last, ans_claim_visit *visit, void *ctx, ans_error *err) {
  const ans_batch_options *o = p->options;
  return ans_store_claims_between(p->feed, o->benefit, p->program->period_kind, o->first_period, o->last_period, after, last, visit, ctx, err);
}

/* The next claims into the page after the last; false: there are none. A failure is met in order: it is a page too. */
static bool next_page(pipeline *p, page *at) {
  uint32_t n = 0;
  ans_status st = ANS_OK;
  at->chunk = (batch_chunk){.claims = at->claims};
  at->ready = false;
  while (n < p->per_page && st == ANS_OK) {
    for (; n < p->per_page && p->fed_next < p->fed_count; n++) at->claims[n] = p->fed[p->fed_next++];
    if (n == p->per_page || p->after >= p->last_subject) break;
    p->fed_count = p->fed_next = 0;
    st = read_claims(p, p->after, p->after + FEED_SPAN, feed_claim, p, &at->chunk.error);
    p->after += FEED_SPAN;
  }
  at->chunk.status = st;
  at->chunk.claim_count = n;
  p->exhausted = st != ANS_OK || n == 0;
  return n > 0 || st != ANS_OK;
}

static page *take(pipeline *p) {
  page *at = NULL;
  pthread_mutex_lock(&p->lock);
  while (!p->stop && !p->exhausted && p->next >= p->committed + p->width) pthread_cond_wait(&p->changed, &p->lock);
  if (!p->stop && !p->exhausted && next_page(p, &p->window[p->next % p->width])) at = &p->window[p->next++ % p->width];
  if (p->exhausted) pthread_cond_broadcast(&p->changed);
  pthread_mutex_unlock(&p->lock);
  return at;
}

static void *work(void *ctx) {
  pipeline *p = ctx;
  batch_worker w = {.program = p->program, .options = p->options, .benefit = p->benefit, .law_known = p->law_known, .facts_known = p->facts_known};
  ans_error err = {0};
  ans_status st = batch__worker_open(&w, p->path, p->known_at, &err);
  for (page *at = take(p); at; at = take(p)) {
    if (st != ANS_OK) {
      at->chunk.status = st;
      at->chunk.error = err;
    } else if (at->chunk.status == ANS_OK) {
      batch__evaluate(&w, &at->chunk);
    }
    pthread_mutex_lock(&p->lock);
    at->ready = true;
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
typedef struct commit_list { int64_t next_id; ans_decision *block; ans_arena *reasons; uint32_t count; } commit_list;

static ans_status write_decision(ans_store *s, const ans_program *p, const ans_batch_options *o, int64_t run, const batch_decision *d, commit_list *list, ans_run_seal *seal, ans_batch_report *rep, ans_error *err) {
  char reasons[REASONS_BYTES], unit[64], key_text[256];
  const batch_receipt *own = d->receipt;
  ans_reasons_format(d->reasons, reasons, REASONS_BYTES);
  ans_decision row = {.run = run, .claim = d->claim, .period = d->period, .merits = d->merits, .procedure = d->procedure, .action = d->action, .amount_cents = d->amount_cents, .payout_cents = d->payout_cents,
                      .previous_cents = d->previous_cents, .has_leaf = own != NULL, .reason_codes = reasons};
  ans_status st = ANS_OK;
  if (own) {
    uint8_t key[32];
    ans_receipt receipt = {.form = ANS_RECEIPT_UNION, .semantics_version = p->semantics_version, .claim_key = key_text, .benefit = o->benefit, .period = d->period, .previous_cents = d->previous_cents, .outcome = own->outcome};
    memcpy(row.facts_sha, own->facts_sha, 32);
    memcpy(row.trace_sha, own->trace_sha, 32);
    memcpy(receipt.package_sha, p->sha256, 32);
    memcpy(receipt.facts_sha, own->facts_sha, 32);
    memcpy(receipt.trace_sha, own->trace_sha, 32);
    st = ans_store_subject_name(s, d->claim, unit, sizeof unit, key_text, sizeof key_text, err);
    if (st == ANS_OK) st = case_key(s, d->claim, key, err);
    if (st == ANS_OK && own->snapshot) st = ans_store_put_snapshot(s, own->facts_sha, own->snapshot, strlen(own->snapshot), err);
    if (st != ANS_OK) return st;
    ans_receipt_leaf(&receipt, key, row.leaf);
    rep->leaves++;
  }
  if (!own && !o->store_unchanged) return ANS_OK;
  seal_decision(seal, &row);
  row.id = list->next_id++;
  if (own || !list->block) return ans_store_put_decision(s, &row, NULL, err);
  row.reason_codes = ans_arena_text(list->reasons, reasons, strlen(reasons));
  if (!row.reason_codes) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "batch", NULL);
  list->block[list->count++] = row;
  return ANS_OK;
}

static ans_status write_decisions(ans_store *s, const ans_program *p, const ans_batch_options *o, batch_chunk *chunk, ans_run *run, ans_run_seal *seal, ans_batch_report *rep, ans_error *err) {
  commit_list list = {0};
  if (o->decision_chunks) {
    list.block = malloc((chunk->decision_count + 1u) * sizeof *list.block);
    list.reasons = ans_arena_new(0);
  }
  ans_status st = o->decision_chunks && !(list.block && list.reasons) ? ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "batch", NULL) : ans_store_next_decision(s, &list.next_id, err);
  for (uint32_t i = 0; i < chunk->decision_count && st == ANS_OK; i++) st = write_decision(s, p, o, run->id, &chunk->decisions[i], &list, seal, rep, err);
  if (st == ANS_OK && list.block) st = ans_store_put_decision_chunk(s, run, list.block, list.count, err);
  free(list.block);
  ans_arena_free(list.reasons);
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
    count(rep, d->merits, d->procedure, d->action, d->previous_cents);
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

/* Page k once it is evaluated; NULL: there are no more. */
static page *await_page(pipeline *pl, size_t k) {
  page *at = &pl->window[k % pl->width];
  pthread_mutex_lock(&pl->lock);
  while (!(k < pl->next && at->ready) && !(pl->exhausted && k >= pl->next)) pthread_cond_wait(&pl->changed, &pl->lock);
  bool there = k < pl->next;
  pthread_mutex_unlock(&pl->lock);
  return there ? at : NULL;
}

static ans_status consume(pipeline *pl, ans_store *s, ans_run *run, ans_run_seal *seal, ans_batch_report *rep, bool *internal, ans_error *err) {
  ans_status st = ANS_OK;
  page *at;
  for (size_t k = 0; st == ANS_OK && (at = await_page(pl, k)) != NULL; k++) {
    batch_chunk *chunk = &at->chunk;
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

static ans_status open_window(pipeline *pl, unsigned jobs, ans_error *err) {
  pl->per_page = pl->options->claims_per_chunk ? pl->options->claims_per_chunk : 1024;
  pl->width = 2u * jobs;
  pl->window = calloc(pl->width, sizeof *pl->window);
  bool ok = pl->window != NULL;
  for (size_t k = 0; k < pl->width && ok; k++) ok = (pl->window[k].claims = calloc(pl->per_page, sizeof *pl->window[k].claims)) != NULL;
  ok = ok && (pl->fed = calloc(FEED_SPAN, sizeof *pl->fed)) != NULL;
  if (!ok) return ans_error_set(err, ANS_MEMORY, "E-MEMORY", NULL, "batch", NULL);
  ans_status st = ans_store_open(pl->path, ANS_STORE_READ, &pl->feed, err);
  if (st == ANS_OK) st = ans_store_set_cache(pl->feed, BATCH_CACHE_MIB, err);
  if (st == ANS_OK) st = ans_store_last_subject(pl->feed, &pl->last_subject, err);
  return st == ANS_OK && pl->options->progress ? read_claims(pl, pl->after, pl->last_subject, count_claim, &pl->claim_count, err) : st;
}

static void close_window(pipeline *pl) {
  for (size_t k = 0; pl->window && k < pl->width; k++) {
    batch__chunk_dispose(&pl->window[k].chunk);
    free(pl->window[k].claims);
  }
  free(pl->window);
  free(pl->fed);
  ans_store_close(pl->feed);
}

static ans_status run_pipeline(pipeline *pl, ans_store *s, ans_run *run, ans_run_seal *seal, ans_batch_report *rep, bool *internal, ans_error *err) {
  unsigned jobs = pl->options->jobs ? pl->options->jobs : 1, started = 0;
  pthread_t threads[64];
  if (jobs > 64) jobs = 64;
  ans_status st = open_window(pl, jobs, err);
  if (st == ANS_OK) {
    pthread_mutex_init(&pl->lock, NULL);
    pthread_cond_init(&pl->changed, NULL);
    while (started < jobs && pthread_create(&threads[started], NULL, work, pl) == 0) started++;
    st = started ? consume(pl, s, run, seal, rep, internal, err) : ans_error_set(err, ANS_MEMORY, "E-BATCH-THREAD", "batch", NULL);
    for (unsigned i = 0; i < started; i++) pthread_join(threads[i], NULL);
    pthread_cond_destroy(&pl->changed);
    pthread_mutex_destroy(&pl->lock);
  }
  close_window(pl);
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
  pipeline pl = {.path = path, .program = p, .options = o};
  *rep = (ans_batch_report){0};
  ans_run_seal_init(&seal);
  ans_status st = check_options(p, o, &pl.benefit, err);
  if (st == ANS_OK) st = ans_store_open(path, ANS_STORE_WRITE, &s, err);
  if (st == ANS_OK) st = ans_store_set_cache(s, BATCH_CACHE_MIB, err);
  if (st == ANS_OK) st = ans_store_check_period_kind(s, o->benefit, p->period_kind, err); /* before a run is recorded */
  if (st == ANS_OK) st = open_run(s, p, o, &run, &seal, rep, err);
  rep->run = run.id;
  pl.after = run.last_claim;
  pl.law_known = known_day(o->law_known);
  pl.facts_known = known_day(o->facts_known);
  pl.known_at = run.started_at;
  if (pl.facts_known != ANS_DAY_MAX && ans_batch_known_at(pl.facts_known) < pl.known_at) pl.known_at = ans_batch_known_at(pl.facts_known);
  if (st == ANS_OK) st = ans_store_begin_group(s, err);
  if (st == ANS_OK) st = run_pipeline(&pl, s, &run, &seal, rep, &internal, err);
  if (st == ANS_OK) st = ans_store_end_group(s, err);
  bool stopped = o->stop_after && pl.stop;
  if (st == ANS_OK && !stopped) st = finish_run(s, p, o, &run, &seal, rep, err);
  ans_store_close(s);
  if (st == ANS_OK && internal) return ans_error_set(err, ANS_INTERNAL, "E-BATCH-MISMATCH", o->benefit, NULL);
  if (st == ANS_OK && rep->brake) return brake_error(o, rep, err);
  return st;
}
