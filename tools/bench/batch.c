/* End to end: a store is filled through its API, then `batch` decides one month. Filling and every run happen in a child process of their own, so that the peak of memory
 * belongs to that run alone. Every run gets a fresh copy of the filled store: a second run over the same store would find its snapshots already there. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "batch/batch.h"
#include "bench.h"
#include "scalar.h"

enum { MONTH = 2026 * 12 + 5, CLUSTERS_AT_ONCE = 2000, UNKNOWN_UP_TO = 100000 /* larger sizes are run once, with all facts known */, AWARD_WRONG = 80, AWARD_MISSING = 100, AWARD_NOT_ENDED = 200 /* ten thousandths */ };

typedef struct filled { uint64_t compact_ns, chunks, chunk_bytes, households, families, persons, pairs, assertions, fill_ns, bytes; } filled;
typedef struct ran { ans_batch_report report; uint64_t wall_ns; } ran;

/* --- child processes ------------------------------------------------------------------------------------------------------------------------------------------- */
typedef bool child_work(const void *in, void *out);

/* Runs work in a child; *out comes back through a pipe, *usage tells the child's largest resident set and processor time. What earlier parts of this program have freed is
 * given back before, because a child begins with its parent's pages. */
static bool in_child(child_work *work, const void *in, void *out, size_t out_size, struct rusage *usage) {
  int fds[2], status = 0;
  if (pipe(fds) != 0) return false;
  fflush(NULL);
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
  const pid_t pid = fork();
  if (pid == 0) {
    close(fds[0]);
    const bool ok = work(in, out) && write(fds[1], out, out_size) == (ssize_t)out_size;
    fflush(NULL);
    _exit(ok ? 0 : 1);
  }
  close(fds[1]);
  size_t got = 0;
  for (ssize_t n = 1; pid > 0 && n > 0 && got < out_size; got += (size_t)(n > 0 ? n : 0)) n = read(fds[0], (char *)out + got, out_size - got);
  close(fds[0]);
  while (pid > 0 && wait4(pid, &status, 0, usage) < 0 && errno == EINTR) {}
  return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 && got == out_size;
}

/* --- filling ------------------------------------------------------------------------------------------------------------------------------------------------------ */
typedef struct fill_task { const ans_program *p; const bench_names *n; const bench_options *o; const char *path; uint32_t households; unsigned unknown_percent; } fill_task;

/* What the ledger holds in a steady state: what the law gives, with mistakes at a stated rate; open results as often awarded as not; where nothing is due, nothing, except for
 * awards that nobody has ended yet. */
static void ledger(const bench_population *w, const bench_decision *d, uint64_t *random, int64_t *awards) {
  for (uint32_t k = 0; k < w->pair_count; k++) {
    const bool open = !d[k].payout_known, missing = bench_chance(random, AWARD_MISSING), wrong = bench_chance(random, AWARD_WRONG);
    int64_t cents = open || (!d[k].payout_cents && bench_chance(random, AWARD_NOT_ENDED)) ? 25900 : d[k].payout_cents;
    if (wrong && cents) cents -= 400;
    awards[k] = !cents ? BENCH_NOTHING : missing || (open && bench_chance(random, 5000)) ? BENCH_APPLICATION : cents;
  }
}

static bool fill_piece(const fill_task *t, ans_store *s, bench_population *w, uint64_t *random, filled *f) {
  ans_error err = {0};
  bench_decision *d = calloc((size_t)w->pair_count + 1, sizeof *d);
  int64_t *awards = calloc((size_t)w->pair_count + 1, sizeof *awards);
  bool ok = d && awards && bench_scalar(w, 0, w->cluster_count, MONTH, d);
  if (ok) {
    ledger(w, d, random, awards);
    ok = !bench_failed("store", ans_store_begin(s, &err), &err) &&
         !bench_failed("store", bench_store_write(s, t->p, t->n, w, awards, MONTH, f->persons, &f->assertions, &err), &err) && !bench_failed("store", ans_store_commit(s, &err), &err);
  }
  free(d);
  free(awards);
  f->households += w->households;
  f->families += w->families;
  f->persons += w->person_count;
  f->pairs += w->pair_count;
  return ok;
}

/* The facts once more as column chunks, as `anspruch store compact` makes them. */
static bool make_chunks(const fill_task *t, ans_store *s, filled *f) {
  ans_error err = {0};
  ans_compact_report r;
  const uint64_t t0 = bench_now();
  const bool ok = !bench_failed("compact", ans_fact_compact(s, t->p, &(ans_compact_options){.now = (int64_t)time(NULL), .compress = true}, &r, &err), &err);
  f->compact_ns = bench_now() - t0;
  f->chunks = ok ? (uint64_t)r.written : 0;
  f->chunk_bytes = ok ? (uint64_t)r.bytes : 0;
  return ok;
}

static bool fill_work(const void *in, void *out) {
  const fill_task *t = in;
  filled *f = out;
  const bench_rates rates = {.seed = t->o->seed, .unknown_percent = t->unknown_percent};
  bench_population w = {0};
  ans_store *s = NULL;
  ans_error err = {0};
  struct stat info;
  uint64_t random = t->o->seed ^ 0xA5A5, at = 0;
  const uint64_t t0 = bench_now();
  *f = (filled){0};
  bool ok = !bench_failed("store", ans_store_open(t->path, ANS_STORE_CREATE, &s, &err), &err);
  while (ok && f->households < t->households) {
    const uint64_t rest = t->households - f->households;
    const uint32_t count = (uint32_t)(rest < CLUSTERS_AT_ONCE ? (rest + 1) / 2 : CLUSTERS_AT_ONCE); /* a cluster has one to a few households: approach the number from below */
    bench_population_make(&w, &rates, at, count, true);
    at += count;
    ok = fill_piece(t, s, &w, &random, f);
  }
  f->fill_ns = bench_now() - t0;
  ok = ok && make_chunks(t, s, f);
  ans_store_close(s);
  bench_population_dispose(&w);
  f->bytes = ok && stat(t->path, &info) == 0 ? (uint64_t)info.st_size : 0;
  return ok;
}

/* --- files --------------------------------------------------------------------------------------------------------------------------------------------------------- */
static void drop(const char *path) {
  static const char *const ends[] = {"", "-wal", "-shm"};
  char name[512];
  for (unsigned k = 0; k < 3; k++) {
    snprintf(name, sizeof name, "%s%s", path, ends[k]);
    unlink(name);
  }
}

/* Copies and syncs, so that writing the copy back is not charged to the run. */
static bool copy(const char *from, const char *to) {
  enum { BLOCK = 1 << 20 };
  char *block = malloc(BLOCK);
  const int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool ok = block && in >= 0 && out >= 0;
  for (ssize_t n = 1; ok && n > 0;) {
    n = read(in, block, BLOCK);
    ok = n >= 0;
    for (ssize_t done = 0; ok && done < n;) {
      const ssize_t k = write(out, block + done, (size_t)(n - done));
      ok = k > 0;
      done += ok ? k : 0;
    }
  }
  ok = ok && fsync(out) == 0;
  if (in >= 0) close(in);
  if (out >= 0) close(out);
  free(block);
  if (!ok) fprintf(stderr, "bench: %s cannot be copied to %s: %s\n", from, to, strerror(errno));
  return ok;
}

/* --- running -------------------------------------------------------------------------------------------------------------------------------------------------------- */
/* How facts are read and unchanged decisions written. */
typedef enum variant { ROWS, CHUNKS, CHUNKS_AND_BLOCKS, VARIANTS } variant;
static const char *const variant_names[VARIANTS] = {"rows", "chunks", "chunks, decision blocks"};
typedef struct run_task { const ans_program *p; const char *path; unsigned jobs; variant how; } run_task;

static bool run_work(const void *in, void *out) {
  const run_task *t = in;
  ran *r = out;
  const ans_batch_options o = {.benefit = t->p->benefits[0].name, .first_period = MONTH, .last_period = MONTH, .current_period = MONTH, .jobs = t->jobs, .brake_change_permille = ANS_BRAKE_OFF,
                               .brake_refer_permille = ANS_BRAKE_OFF, .store_unchanged = true, .rows_only = t->how == ROWS, .decision_chunks = t->how == CHUNKS_AND_BLOCKS};
  ans_error err = {0};
  const uint64_t t0 = bench_now();
  *r = (ran){.wall_ns = 0};
  const ans_status status = ans_batch_run(t->path, t->p, &o, &r->report, &err);
  r->wall_ns = bench_now() - t0;
  return !bench_failed("batch", status, &err);
}

static void print_run(const filled *f, const ran *x, unsigned jobs, variant how, unsigned unknown_percent, const struct rusage *usage, bench_report *r) {
  const ans_batch_report *b = &x->report;
  const double h = (double)f->households, read_ns = (double)b->read_ns / h, evaluate_ns = (double)b->evaluate_ns / h, write_ns = (double)b->write_ns / h, wall_ns = (double)x->wall_ns / h;
  const double cpu_ns = ((double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e9 + (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1e3) / h;
  const double per_claim = b->claims ? (double)x->wall_ns / (double)b->claims : 0;
  printf("  %s, jobs %u: read %.0f + evaluate %.0f + write %.0f ns per household (summed over threads); wall %.0f (%.2f s), processor %.0f ns per household; wall %.0f ns per claim; peak %ld MiB\n", variant_names[how], jobs, read_ns,
         evaluate_ns, write_ns, wall_ns, (double)x->wall_ns / 1e9, cpu_ns, per_claim, usage->ru_maxrss / 1024);
  printf("          %" PRId64 " claims, %" PRId64 " decisions, %" PRId64 " with a receipt, %" PRId64 " quarantined\n", b->claims, b->decisions, b->leaves, b->quarantined);
  bench_report_row(r, "batch");
  bench_report_number(r, "jobs", jobs);
  bench_report_number(r, "column_chunks", how != ROWS);
  bench_report_number(r, "decision_blocks", how == CHUNKS_AND_BLOCKS);
  bench_report_number(r, "unknown_percent", unknown_percent);
  bench_report_number(r, "store_mib", (double)(f->bytes >> 20));
  bench_report_number(r, "households", h);
  bench_report_number(r, "claims", (double)b->claims);
  bench_report_number(r, "receipts", (double)b->leaves);
  bench_report_number(r, "quarantined", (double)b->quarantined);
  bench_report_number(r, "read_ns_per_household", read_ns);
  bench_report_number(r, "evaluate_ns_per_household", evaluate_ns);
  bench_report_number(r, "write_ns_per_household", write_ns);
  bench_report_number(r, "wall_ns_per_household", wall_ns);
  bench_report_number(r, "wall_ns_per_claim", per_claim);
  bench_report_number(r, "cpu_ns_per_household", cpu_ns);
  bench_report_number(r, "peak_kib", (double)usage->ru_maxrss);
}

/* One case: looked up by its rows, and corrected (which marks its component); median over a sample of the claims spread over the store. */
typedef struct sample { int64_t *claims; size_t count, seen, every; } sample;
static bool pick_claim(void *ctx, int64_t subject, const char *key) {
  sample *s = ctx;
  (void)key;
  if (s->seen++ % s->every == 0 && s->count < 1000) s->claims[s->count++] = subject;
  return s->count < 1000;
}
static int by_time(const void *x, const void *y) {
  const uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
  return (a > b) - (a < b);
}

static bool look_up(ans_fact_loader *l, const ans_program *p, int64_t claim, uint64_t *ns) {
  ans_columns *c = NULL;
  uint32_t component, row;
  ans_error err = {0};
  const uint64_t t0 = bench_now();
  const bool ok = !bench_failed("look-up", ans_fact_loader_load(l, p->benefits[0].unit, &claim, 1, &c, &component, &row, NULL, NULL, &err), &err);
  *ns = bench_now() - t0;
  ans_columns_free(c);
  return ok;
}

static bool correct_one(ans_store *s, int64_t claim, uint64_t *ns) {
  ans_error err = {0};
  ans_assertion a = {.subject = claim, .fact = ANS_FACT_APPLIED, .source = ANS_SOURCE_APPLICATION, .from_day = ANS_OPEN_PAST, .to_day = ANS_OPEN_FUTURE, .kind = ANS_V_INT, .number = 19000, .recorded_at = (int64_t)time(NULL)};
  const uint64_t t0 = bench_now();
  const bool ok = !bench_failed("correction", ans_store_begin(s, &err), &err) && !bench_failed("correction", ans_store_supersede(s, claim, a.source, a.fact, a.recorded_at, &err), &err) &&
                  !bench_failed("correction", ans_store_put_assertion(s, &a, NULL, &err), &err) && !bench_failed("correction", ans_store_commit(s, &err), &err);
  *ns = bench_now() - t0;
  return ok;
}

static bool case_in_store(const ans_program *p, const char *path, bench_report *r) {
  uint64_t *looked = calloc(1000, sizeof *looked), *corrected = calloc(1000, sizeof *corrected);
  sample x = {.claims = calloc(1000, sizeof *x.claims), .every = 7};
  char work[500];
  ans_store *s = NULL;
  ans_fact_loader *l = NULL;
  ans_error err = {0};
  snprintf(work, sizeof work, "%s-single", path);
  drop(work);
  bool ok = looked && corrected && x.claims && copy(path, work) && !bench_failed("store", ans_store_open(work, ANS_STORE_WRITE, &s, &err), &err) && !bench_failed("store", ans_fact_loader_new(s, p, INT64_MAX, &l, &err), &err) &&
            !bench_failed("store", ans_fact_loader_use_chunks(l, NULL, &err), &err) && !bench_failed("store", ans_store_subjects(s, p->units[p->benefits[0].unit].name, 0, pick_claim, &x, &err), &err);
  for (size_t i = 0; ok && i < x.count; i++) ok = look_up(l, p, x.claims[i], &looked[i]) && correct_one(s, x.claims[i], &corrected[i]);
  if (ok && x.count) {
    qsort(looked, x.count, sizeof *looked, by_time);
    qsort(corrected, x.count, sizeof *corrected, by_time);
    printf("  one case: looked up in %.0f us (99 %%: %.0f), corrected in %.0f us with its durable commit (99 %%: %.0f)\n", (double)looked[x.count / 2] / 1e3, (double)looked[x.count * 99 / 100] / 1e3, (double)corrected[x.count / 2] / 1e3,
           (double)corrected[x.count * 99 / 100] / 1e3);
    bench_report_row(r, "single");
    bench_report_number(r, "look_up_us", (double)looked[x.count / 2] / 1e3);
    bench_report_number(r, "correct_us", (double)corrected[x.count / 2] / 1e3);
  }
  ans_fact_loader_free(l);
  ans_store_close(s);
  drop(work);
  free(looked);
  free(corrected);
  free(x.claims);
  return ok;
}

static bool one_size(const ans_program *p, const bench_names *n, const bench_options *o, uint32_t households, unsigned unknown_percent, bench_report *r) {
  char full[480], work[480];
  filled f;
  struct rusage usage;
  snprintf(full, sizeof full, "%s/bench-%u.store", o->directory, households);
  snprintf(work, sizeof work, "%s/bench-%u-run.store", o->directory, households);
  drop(full);
  const fill_task task = {p, n, o, full, households, unknown_percent};
  bool ok = in_child(fill_work, &task, &f, sizeof f, &usage);
  if (ok)
    printf("\n%u %% of the facts unknown: %" PRIu64 " households, %" PRIu64 " clusters with children, %" PRIu64 " persons, %" PRIu64 " pairs, %" PRIu64 " assertions, store %" PRIu64 " MiB; filled in %.1f s\n", unknown_percent, f.households, f.families, f.persons,
           f.pairs, f.assertions, f.bytes >> 20, (double)f.fill_ns / 1e9);
  if (ok)
    printf("  column chunks: %" PRIu64 ", %" PRIu64 " KiB, made in %.1f s (%.0f ns per household)\n", f.chunks, f.chunk_bytes >> 10, (double)f.compact_ns / 1e9, (double)f.compact_ns / (double)f.households);
  ok = ok && case_in_store(p, full, r);
  for (unsigned k = 0; ok && k < 2 * VARIANTS; k++) { /* with one thread in turn, then with two */
    const unsigned jobs = 1 + k / VARIANTS;
    const variant how = (variant)(k % VARIANTS);
    const run_task run = {p, work, jobs, how};
    ran x;
    drop(work);
    ok = copy(full, work) && in_child(run_work, &run, &x, sizeof x, &usage);
    if (ok) print_run(&f, &x, jobs, how, unknown_percent, &usage, r);
    fflush(stdout);
    drop(work);
  }
  drop(full);
  return ok;
}

bool bench_batch(const ans_program *p, const bench_names *n, const bench_options *o, bench_report *r) {
  bool ok = true;
  if (mkdir(o->directory, 0700) != 0 && errno != EEXIST) {
    fprintf(stderr, "bench: directory %s: %s\n", o->directory, strerror(errno));
    return false;
  }
  for (unsigned k = 0; ok && k < o->size_count; k++) ok = one_size(p, n, o, o->sizes[k], 0, r) && (o->sizes[k] > UNKNOWN_UP_TO || one_size(p, n, o, o->sizes[k], 3, r));
  return ok;
}
