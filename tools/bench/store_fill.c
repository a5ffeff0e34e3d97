/* Fills a store with a synthetic population through the store's API, piece by piece: memory is one piece. See storage.h. */
#include <stdlib.h>
#include "scalar.h"
#include "storage.h"

enum { CLUSTERS_AT_ONCE = 2000, AWARD_WRONG = 80, AWARD_MISSING = 100, AWARD_NOT_ENDED = 200, OPEN_AWARDED = 5000 /* ten thousandths */, CHANGED_OF_PERMILLE = 10 /* ten thousandths */ };

/* A steady state: what the law gives, with mistakes at a stated rate; open results as often awarded as not; where nothing is due, nothing, except for awards that nobody has ended yet. */
static int64_t steady(const bench_decision *d, uint64_t *random) {
  const bool open = !d->payout_known, missing = bench_chance(random, AWARD_MISSING), wrong = bench_chance(random, AWARD_WRONG);
  int64_t cents = open || (!d->payout_cents && bench_chance(random, AWARD_NOT_ENDED)) ? 25900 : d->payout_cents;
  if (wrong && cents) cents -= 400;
  return !cents ? BENCH_NOTHING : missing || (open && bench_chance(random, OPEN_AWARDED)) ? BENCH_APPLICATION : cents;
}

/* A given share changes: awards that are wrong, claims not decided yet, and open ones; everything else in the ledger is right. */
static int64_t changed(const bench_decision *d, unsigned permille, uint64_t *random) {
  const bool drawn = bench_chance(random, permille * CHANGED_OF_PERMILLE), wrong = bench_chance(random, 5000);
  if (!d->payout_known) return drawn ? BENCH_APPLICATION : BENCH_NOTHING;
  if (!d->payout_cents) return BENCH_NOTHING;
  return !drawn ? d->payout_cents : wrong ? d->payout_cents - 400 : BENCH_APPLICATION;
}

static bool fill_piece(const bench_filling *t, ans_store *s, bench_population *w, uint64_t *random, bench_filled *f) {
  ans_error err = {0};
  bench_decision *d = calloc((size_t)w->pair_count + 1, sizeof *d);
  int64_t *awards = calloc((size_t)w->pair_count + 1, sizeof *awards);
  bool ok = d && awards && bench_scalar(w, 0, w->cluster_count, BENCH_MONTH, d);
  for (uint32_t k = 0; ok && k < w->pair_count; k++) {
    awards[k] = t->changed_permille ? changed(&d[k], t->changed_permille, random) : steady(&d[k], random);
    if (w->pairs[k].cell[BENCH_APPLIED].state != ANS_VALUE) awards[k] = BENCH_NOTHING; /* nobody asked */
    f->claims += awards[k] != BENCH_NOTHING;
  }
  ok = ok && !bench_failed("store", ans_store_begin(s, &err), &err) &&
       !bench_failed("store", bench_store_write(s, t->p, t->n, w, awards, BENCH_MONTH, f->persons, &f->assertions, &err), &err) && !bench_failed("store", ans_store_commit(s, &err), &err);
  if (ok && t->also) ok = t->also(t->ctx, w, awards, f->persons);
  free(d);
  free(awards);
  f->households += w->households;
  f->families += w->families;
  f->persons += w->person_count;
  f->pairs += w->pair_count;
  return ok;
}

bool bench_fill(const bench_filling *t, bench_filled *f) {
  const bench_rates rates = {.seed = t->seed, .unknown_percent = t->unknown_percent};
  bench_population w = {0};
  ans_store *s = NULL;
  ans_error err = {0};
  uint64_t random = t->seed ^ 0xA5A5, at = 0;
  const uint64_t t0 = bench_now();
  *f = (bench_filled){0};
  bool ok = !bench_failed("store", ans_store_open(t->path, ANS_STORE_CREATE, &s, &err), &err) && !bench_failed("store", ans_store_begin_group(s, &err), &err);
  while (ok && f->households < t->households) {
    const uint64_t rest = t->households - f->households;
    const uint32_t count = (uint32_t)(rest < CLUSTERS_AT_ONCE ? (rest + 1) / 2 : CLUSTERS_AT_ONCE); /* a cluster has one to a few households: approach the number from below */
    bench_population_make(&w, &rates, at, count, true);
    at += count;
    ok = fill_piece(t, s, &w, &random, f);
  }
  ok = ok && !bench_failed("store", ans_store_end_group(s, &err), &err);
  ans_store_close(s);
  f->ns = bench_now() - t0;
  f->bytes = bench_file_size(t->path);
  bench_population_dispose(&w);
  return ok;
}

bool bench_compact(const char *path, const ans_program *p, bool compress, const ans_chunk_key *key, bench_compacted *out) {
  ans_error err = {0};
  ans_compact_report r;
  ans_store *s = NULL;
  const uint64_t t0 = bench_now();
  bool ok = !bench_failed("store", ans_store_open(path, ANS_STORE_WRITE, &s, &err), &err) &&
            !bench_failed("compact", ans_fact_compact(s, p, &(ans_compact_options){.now = (int64_t)time(NULL), .compress = compress, .key = key}, &r, &err), &err);
  ans_store_close(s);
  *out = (bench_compacted){.ns = bench_now() - t0};
  if (ok) out->chunks = (uint64_t)r.written, out->bytes = (uint64_t)r.bytes;
  return ok;
}
