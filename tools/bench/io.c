/* Ways to keep facts and decisions, per household: written and read again. Facts: assertions as rows, column chunks plain, with zstd, encrypted, both; and the cells alone in one
 * raw file that is mapped, whole and unchecked, as what no format can beat. Decisions: rows and blocks. Every way starts from the same filled store, in a process of its own;
 * pages are warm, as they are when a night's work is read. Reading means: into the columns that the evaluators take, a thousand claims at a time. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "storage.h"

enum { AT_ONCE = 1024 /* claims, as in a run */, LARGE = 100000 /* larger sizes only when asked for alone */ };

typedef enum way { ROWS, CHUNKS, CHUNKS_ZSTD, CHUNKS_ENCRYPTED, CHUNKS_BOTH, RAW, DECISION_ROWS, DECISION_BLOCKS, WAYS } way;
static const char *const way_names[WAYS] = {"facts: rows", "facts: chunks", "facts: chunks, zstd", "facts: chunks, encrypted", "facts: chunks, zstd, encrypted", "facts: raw columns, mapped", "decisions: rows", "decisions: blocks"};

typedef struct task { const ans_program *p; const char *path; way how; } task;
typedef struct measured { double write_cpu, write_wall, read_cpu, read_wall; uint64_t bytes, items; } measured;

/* A sum over what was read, equal for equal facts: all ways must agree, and nothing is read for nothing. */
static uint64_t mix(uint64_t sum, uint64_t x) { return (sum ^ x) * UINT64_C(0x9E3779B97F4A7C15); }

static uint64_t sum_of(const ans_columns *c, uint64_t sum) {
  for (uint32_t f = 0; f < c->program->fact_count; f++) {
    const ans_unit_columns *u = &c->units[c->program->facts[f].unit];
    const ans_timeline *t = &c->timelines[f];
    const ans_column *col = &c->facts[f];
    if (c->program->facts[f].kind == ANS_FACT_TIMELINE) {
      for (uint32_t i = 0; u->rows && i < t->offsets[u->rows]; i++) sum = mix(sum, (uint64_t)t->items[i].value ^ (uint64_t)t->items[i].from << 32);
      continue;
    }
    for (uint32_t w = 0; w < (u->rows + 63) / 64; w++) sum = mix(sum, (col->planes[0] ? col->planes[0][w] : 0) ^ (col->truth ? col->truth[w] : 0));
    for (uint32_t r = 0; !col->truth && r < u->rows; r++) sum = mix(sum, (uint64_t)ans_values_get(&col->values, r));
  }
  return sum;
}

/* --- facts -------------------------------------------------------------------------------------------------------------------------------------------------------- */
typedef struct claims { int64_t *items; size_t count, capacity; } claims;

static bool collect(void *ctx, int64_t claim, unsigned why) {
  claims *c = ctx;
  (void)why;
  if (c->count == c->capacity) {
    c->capacity = c->capacity ? c->capacity * 2 : 4096;
    int64_t *more = realloc(c->items, c->capacity * sizeof *more);
    if (!more) abort();
    c->items = more;
  }
  c->items[c->count++] = claim;
  return true;
}

typedef bool each_columns(void *ctx, const ans_columns *c);

/* Loads all claims, page by page; the loading alone is timed. */
static bool load_all(const task *t, const ans_chunk_key *key, measured *m, uint64_t *sum, each_columns *each, void *ctx) {
  ans_store *s = NULL;
  ans_fact_loader *l = NULL;
  ans_error err = {0};
  claims all = {0};
  uint32_t component[AT_ONCE], row[AT_ONCE];
  const ans_benefit *b = &t->p->benefits[0];
  bool ok = !bench_failed("store", ans_store_open(t->path, ANS_STORE_READ, &s, &err), &err) && !bench_failed("store", ans_fact_loader_new(s, t->p, INT64_MAX, &l, &err), &err);
  if (ok && t->how != ROWS) ok = !bench_failed("chunks", ans_fact_loader_use_chunks(l, key, &err), &err);
  ok = ok && !bench_failed("claims", ans_store_claims(s, b->name, t->p->period_kind, BENCH_MONTH, BENCH_MONTH, collect, &all, &err), &err);
  for (size_t i = 0; ok && i < all.count; i += AT_ONCE) {
    ans_columns *c = NULL;
    const uint32_t n = (uint32_t)(all.count - i < AT_ONCE ? all.count - i : AT_ONCE);
    const uint64_t c0 = bench_cpu(), t0 = bench_now();
    ok = !bench_failed("load", ans_fact_loader_load(l, b->unit, all.items + i, n, &c, component, row, NULL, NULL, &err), &err);
    m->read_wall += (double)(bench_now() - t0);
    m->read_cpu += (double)(bench_cpu() - c0);
    if (ok) *sum = sum_of(c, *sum);
    if (ok && each) ok = each(ctx, c);
    ans_columns_free(c);
  }
  m->items = all.count;
  free(all.items);
  ans_fact_loader_free(l);
  ans_store_close(s);
  return ok;
}

static bool chunks(const task *t, measured *m, uint64_t *sum) {
  const ans_chunk_key key = {.bytes = {1, 2, 3}};
  const bool sealed = t->how == CHUNKS_ENCRYPTED || t->how == CHUNKS_BOTH;
  bench_compacted c;
  const uint64_t c0 = bench_cpu();
  if (!bench_compact(t->path, t->p, t->how == CHUNKS_ZSTD || t->how == CHUNKS_BOTH, sealed ? &key : NULL, &c)) return false;
  m->write_cpu = (double)(bench_cpu() - c0);
  m->write_wall = (double)c.ns;
  m->bytes = c.bytes;
  return load_all(t, sealed ? &key : NULL, m, sum, NULL, NULL);
}

/* --- raw columns: per page of claims the rows of every unit, then every array as it lies in memory ------------------------------------------------------------------- */
typedef struct raw { FILE *f; bool ok; } raw;

static void raw_put(raw *r, const void *from, size_t n) { r->ok = r->ok && (n == 0 || fwrite(from, 1, n, r->f) == n) && (n % 8 == 0 || fwrite((const char[8]){0}, 1, 8 - n % 8, r->f) == 8 - n % 8); }

static bool raw_write(void *ctx, const ans_columns *c) {
  raw *r = ctx;
  for (uint32_t f = 0; f < c->program->fact_count; f++) {
    const uint32_t rows = c->units[c->program->facts[f].unit].rows, words = (rows + 63) / 64;
    if (c->program->facts[f].kind == ANS_FACT_TIMELINE) {
      raw_put(r, c->timelines[f].offsets, ((size_t)rows + 1) * sizeof(uint32_t));
      raw_put(r, c->timelines[f].items, c->timelines[f].offsets[rows] * sizeof(ans_interval));
      continue;
    }
    for (int k = 0; k < ANS_HUMAN; k++)
      if (c->facts[f].planes[k]) raw_put(r, c->facts[f].planes[k], words * sizeof(uint64_t));
    if (c->facts[f].truth) raw_put(r, c->facts[f].truth, words * sizeof(uint64_t));
    else raw_put(r, c->facts[f].values.data, (size_t)rows * c->facts[f].values.bytes);
  }
  return r->ok;
}

/* Reading: every word once. */
static bool raw_read(const char *path, measured *m) {
  const uint64_t c0 = bench_cpu(), t0 = bench_now();
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  const size_t n = (size_t)bench_file_size(path);
  const uint64_t *words = fd >= 0 && n ? mmap(NULL, n, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
  if (fd >= 0) close(fd);
  if (words == MAP_FAILED) return false;
  uint64_t a = 0, b = 0;
  for (size_t i = 0; i + 1 < n / 8; i += 2) a += words[i], b ^= words[i + 1];
  munmap((void *)(uintptr_t)words, n);
  m->read_cpu = (double)(bench_cpu() - c0);
  m->read_wall = (double)(bench_now() - t0);
  m->bytes = n;
  return (a | b) != 0;
}

static bool raw_file(const task *t, measured *m, uint64_t *sum) {
  char path[520];
  snprintf(path, sizeof path, "%s.raw", t->path);
  raw r = {fopen(path, "wbe"), true};
  const uint64_t c0 = bench_cpu(), t0 = bench_now();
  bool ok = r.f && load_all(t, NULL, m, sum, raw_write, &r);
  if (r.f) ok = fflush(r.f) == 0 && fsync(fileno(r.f)) == 0 && fclose(r.f) == 0 && ok;
  m->write_cpu = (double)(bench_cpu() - c0) - m->read_cpu; /* the writing alone: what was read for it came from rows */
  m->write_wall = (double)(bench_now() - t0) - m->read_wall;
  ok = ok && raw_read(path, m);
  unlink(path);
  return ok;
}

/* --- decisions ----------------------------------------------------------------------------------------------------------------------------------------------------- */
typedef struct writing { ans_store *s; ans_run run; way how; ans_decision block[AT_ONCE]; uint32_t n; int64_t id; bool ok; } writing;

static bool write_block(writing *w) {
  ans_error err = {0};
  bool ok = !bench_failed("decisions", ans_store_begin(w->s, &err), &err);
  for (uint32_t i = 0; ok && w->how == DECISION_ROWS && i < w->n; i++) ok = !bench_failed("decisions", ans_store_put_decision(w->s, &w->block[i], NULL, &err), &err);
  if (ok && w->how == DECISION_BLOCKS) ok = !bench_failed("decisions", ans_store_put_decision_chunk(w->s, &w->run, w->block, w->n, &err), &err);
  w->n = 0;
  return ok && !bench_failed("decisions", ans_store_commit(w->s, &err), &err);
}

static bool put_decisions(writing *w, const claims *all) {
  bool ok = true;
  for (size_t i = 0; ok && i < all->count; i++) {
    w->block[w->n++] = (ans_decision){.id = ++w->id, .run = w->run.id, .claim = all->items[i], .period = BENCH_MONTH, .merits = ANS_MERITS_ENTITLED, .action = ANS_ACTION_UNCHANGED, .amount_cents = 25900 + (int64_t)(i % 3), .payout_cents = 25900 + (int64_t)(i % 3),
                                      .previous_cents = 25900 + (int64_t)(i % 3), .reason_codes = "[]"};
    if (w->n == AT_ONCE) ok = write_block(w);
  }
  return ok && write_block(w);
}

typedef struct counted { uint64_t n, sum; } counted;
static bool count_decision(void *ctx, const ans_decision *d) {
  counted *c = ctx;
  c->n++;
  c->sum = mix(c->sum, (uint64_t)d->claim ^ (uint64_t)d->payout_cents << 32);
  return true;
}

static bool decisions(const task *t, measured *m, uint64_t *sum) {
  ans_error err = {0};
  claims all = {0};
  counted c = {0};
  writing *w = calloc(1, sizeof *w);
  const ans_benefit *b = &t->p->benefits[0];
  bool ok = w && !bench_failed("store", ans_store_open(t->path, ANS_STORE_WRITE, &w->s, &err), &err) && !bench_failed("claims", ans_store_claims(w->s, b->name, t->p->period_kind, BENCH_MONTH, BENCH_MONTH, collect, &all, &err), &err);
  const uint64_t before = bench_file_size(t->path);
  if (ok) {
    w->how = t->how;
    w->run = (ans_run){.period_kind = t->p->period_kind, .package_name = t->p->name, .semantics_version = t->p->semantics_version, .first_period = BENCH_MONTH, .last_period = BENCH_MONTH, .started_at = 1};
    memcpy(w->run.package_sha, t->p->sha256, 32);
    ok = !bench_failed("run", ans_store_begin(w->s, &err), &err) && !bench_failed("run", ans_store_put_run(w->s, &w->run, &err), &err) && !bench_failed("run", ans_store_commit(w->s, &err), &err) && !bench_failed("run", ans_store_begin_group(w->s, &err), &err);
  }
  uint64_t c0 = bench_cpu(), t0 = bench_now();
  ok = ok && put_decisions(w, &all) && !bench_failed("run", ans_store_end_group(w->s, &err), &err);
  m->write_cpu = (double)(bench_cpu() - c0);
  m->write_wall = (double)(bench_now() - t0);
  c0 = bench_cpu();
  t0 = bench_now();
  ok = ok && !bench_failed("decisions", ans_store_decisions(w->s, w->run.id, count_decision, &c, &err), &err) && c.n == all.count;
  m->read_cpu = (double)(bench_cpu() - c0);
  m->read_wall = (double)(bench_now() - t0);
  if (w) ans_store_close(w->s); /* what is in the log goes into the file */
  m->bytes = bench_file_size(t->path) - before;
  m->items = all.count;
  *sum = c.sum;
  free(all.items);
  free(w);
  return ok;
}

/* --- all of them ----------------------------------------------------------------------------------------------------------------------------------------------------- */
typedef struct result { measured m; uint64_t sum; } result;

static bool one_way(const void *in, void *out) {
  const task *t = in;
  result *x = out;
  *x = (result){.sum = 1};
  if (t->how == ROWS) return load_all(t, NULL, &x->m, &x->sum, NULL, NULL);
  if (t->how == RAW) return raw_file(&(task){t->p, t->path, ROWS}, &x->m, &x->sum);
  return t->how < RAW ? chunks(t, &x->m, &x->sum) : decisions(t, &x->m, &x->sum);
}

static void print_way(way how, const measured *m, const bench_filled *f, bench_report *r) {
  const double h = (double)f->households, write = how == ROWS ? (double)f->ns / h : m->write_cpu / h;
  const uint64_t bytes = how == ROWS ? f->bytes : m->bytes;
  printf("  %-32s written %8.0f ns per household, read %8.1f (wall clock %8.1f); %.1f bytes per household; %" PRIu64 " claims\n", way_names[how], write, m->read_cpu / h, m->read_wall / h, (double)bytes / h, m->items);
  bench_report_row(r, "io");
  bench_report_text(r, "way", way_names[how]);
  bench_report_number(r, "households", h);
  bench_report_number(r, "write_ns_per_household", write);
  bench_report_number(r, "read_ns_per_household", m->read_cpu / h);
  bench_report_number(r, "read_wall_ns_per_household", m->read_wall / h);
  bench_report_number(r, "bytes_per_household", (double)bytes / h);
}

static bool fill_work(const void *in, void *out) { return bench_fill(in, out); }

static bool one_size(const ans_program *p, const bench_names *n, const bench_options *o, uint32_t households, bench_report *r) {
  char full[480], work[490];
  bench_filled f;
  bench_usage u;
  uint64_t facts = 0, decided = 0;
  snprintf(full, sizeof full, "%s/bench-%u.store", o->directory, households);
  snprintf(work, sizeof work, "%s-io", full);
  bench_drop_store(full);
  const bench_filling filling = {.p = p, .n = n, .path = full, .seed = o->seed, .households = households};
  bool ok = bench_in_child(fill_work, &filling, &f, sizeof f, &u);
  if (ok) printf("\nways to keep facts and decisions, %" PRIu64 " households, processor time (rows of facts written: wall clock, the whole filling of the store)\n", f.households);
  for (unsigned k = 0; ok && k < WAYS; k++) {
    const task t = {p, work, (way)k};
    result x;
    bench_drop_store(work);
    ok = bench_copy(full, work) && bench_in_child(one_way, &t, &x, sizeof x, &u);
    uint64_t *sum = k < DECISION_ROWS ? &facts : &decided;
    if (ok) print_way((way)k, &x.m, &f, r);
    if (ok && *sum && *sum != x.sum) {
      fprintf(stderr, "bench: %s: what was read is not what the other ways read\n", way_names[k]);
      ok = false;
    }
    *sum = x.sum;
    fflush(stdout);
  }
  bench_drop_store(work);
  bench_drop_store(full);
  return ok;
}

bool bench_io(const ans_program *p, const bench_names *n, const bench_options *o, bench_report *r) {
  bool ok = bench_directory(o->directory);
  for (unsigned k = 0; ok && k < o->size_count; k++)
    if (o->sizes[k] <= LARGE || o->size_count == 1) ok = one_size(p, n, o, o->sizes[k], r);
  return ok;
}
