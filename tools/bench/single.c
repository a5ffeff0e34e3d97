/* What one claim costs beside a batch, for any package with columns: from the package file (read, checksum, verified) to the first decision, a replay, its trace and explanation as JSON; and the evaluation of a batch by one and by two
 * threads (wall clock, so it says something on an idle machine only). See bench.h. */
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bench.h"
#include "decide/decide.h"
#include "exec/vm.h"
#include "replay/replay.h"

enum { SINGLE_ROUNDS = 9, SINGLE_SHARE = 40 };

typedef struct place { uint32_t component, row; } place; /* a claim */

/* The claims of every SINGLE_SHARE-th component, first row each. */
static uint32_t claims_of(const ans_columns *c, uint32_t unit, place *out, uint32_t cap) {
  uint32_t n = 0;
  for (uint32_t k = 0; k < c->components && n < cap; k += SINGLE_SHARE)
    if (c->units[unit].component_first[k] < c->units[unit].component_first[k + 1]) out[n++] = (place){k, c->units[unit].component_first[k]};
  return n;
}

/* Loads the package, reads the case and decides its first claim. */
static bool first_decision(const char *path, const char *json, uint32_t unit, int32_t month, double *ms) {
  ans_error err = {0};
  ans_program *p = NULL;
  ans_columns *c = NULL;
  ans_outcome o = {.ask_next = ANS_NONE};
  const uint64_t t0 = bench_cpu();
  bool ok = !bench_failed(path, ans_program_load(path, &p, &err), &err) && !bench_failed("case", ans_case_parse(p, json, strlen(json), "bench", &c, &err), &err);
  ok = ok && c->units[unit].rows > 0 && !bench_failed("decide", ans_decide_claim(c, 0, 0, 0, month, &(ans_claim_context){0}, 0, &o, NULL, &err), &err);
  *ms = (double)(bench_cpu() - t0) / 1e6;
  ans_columns_free(c);
  ans_program_free(p);
  return ok;
}

static bool measure_load(ans_program *p, const ans_columns *c, const place *at, uint32_t unit, const char *folder, int32_t month, double *ms) {
  char path[600], *json = NULL;
  double times[SINGLE_ROUNDS];
  ans_error err = {0};
  (void)mkdir(folder, 0777);
  snprintf(path, sizeof path, "%s/single.package", folder);
  bool ok = !bench_failed(path, ans_program_save(p, path, &err), &err) && !bench_failed("case", ans_case_format(c, at->component, &json, &err), &err);
  for (int k = 0; k < SINGLE_ROUNDS && ok; k++) ok = first_decision(path, json, unit, month, &times[k]);
  if (ok) *ms = bench_median(times, SINGLE_ROUNDS);
  free(json);
  unlink(path);
  return ok;
}

/* Means over the chosen claims, ns and counts; wording_ns: preparing the package's wording, once. */
typedef struct explained { double replay_ns, demand_ns, explain_ns, explain_bytes, trace_ns, trace_bytes, steps, wording_ns; } explained;

static void count_step(void *ctx, const ans_slice_cell *cell) { *(uint64_t *)ctx += cell->roots != 0; }

/* Number of steps of a claim's trace. */
static uint64_t steps_of(const ans_program *p, const ans_trace *t, uint32_t row) {
  const ans_benefit *b = &p->benefits[0];
  const uint32_t results[3] = {b->entitled_result, b->amount_result, b->payout_result};
  ans_trace_cell roots[3];
  uint32_t n = 0;
  uint64_t steps = 0;
  for (int i = 0; i < 3; i++)
    if (results[i] != ANS_NONE) roots[n++] = (ans_trace_cell){p->results[results[i]].insn, row - ans_trace_first_row(t, b->unit)};
  return ans_trace_slice(t, roots, n, count_step, &steps) ? steps : 0;
}

/* One claim: the replay of its component, the decision, then trace and explanation into buffers that were used before, as whoever writes many of them does. */
static bool explain_one(ans_columns *c, place at, int32_t month, const ans_wording *w, ans_buffer out[2], explained *sum) {
  const ans_explain_options options = {.wording = w};
  ans_error err = {0};
  ans_trace *all = NULL, *t = NULL;
  ans_outcome o = {.ask_next = ANS_NONE};
  const uint64_t t0 = bench_cpu();
  if (bench_failed("replay", ans_replay_run(c, at.component, month, &all, &err), &err)) return false;
  const uint64_t t1 = bench_cpu();
  ans_trace_free(all);
  if (bench_failed("replay", ans_replay_demand(c, at.component, month, ANS_DAY_MAX, &t, &err), &err)) return false;
  const ans_benefit *b = &c->program->benefits[0];
  const uint32_t rel = at.row - ans_trace_first_row(t, b->unit);
  o.entitled = ans_trace_get(t, c->program->results[b->entitled_result].insn, rel);
  o.amount = ans_trace_get(t, c->program->results[b->amount_result].insn, rel);
  o.payout = b->payout_result == ANS_NONE ? o.amount : ans_trace_get(t, c->program->results[b->payout_result].insn, rel);
  const uint64_t t2 = bench_cpu();
  sum->steps += (double)steps_of(c->program, t, at.row); /* also makes the cells that only a slice reads */
  out[0].len = out[1].len = 0;
  const uint64_t t3 = bench_cpu();
  bool ok = !bench_failed("trace", ans_trace_json(w, c, t, 0, at.row, &out[0], &err), &err);
  const uint64_t t4 = bench_cpu();
  ok = ok && !bench_failed("explain", ans_explain_write(c, t, 0, at.row, month, &o, &options, &out[1], &err), &err);
  sum->replay_ns += (double)(t1 - t0);
  sum->demand_ns += (double)(t2 - t1);
  sum->trace_ns += (double)(t4 - t3);
  sum->explain_ns += (double)(bench_cpu() - t4);
  sum->trace_bytes += (double)out[0].len;
  sum->explain_bytes += (double)out[1].len;
  ans_trace_free(t);
  return ok;
}

static bool measure_explain(ans_columns *c, const place *at, uint32_t n, int32_t month, explained *e) {
  ans_buffer out[2];
  const uint64_t t0 = bench_cpu();
  ans_wording *w = ans_wording_new(c->program);
  bool ok = w != NULL;
  *e = (explained){.wording_ns = (double)(bench_cpu() - t0)};
  ans_buffer_init(&out[0], 0);
  ans_buffer_init(&out[1], 0);
  for (uint32_t k = 0; k < n && ok; k++) ok = explain_one(c, at[k], month, w, out, e);
  double *means[] = {&e->replay_ns, &e->demand_ns, &e->explain_ns, &e->explain_bytes, &e->trace_ns, &e->trace_bytes, &e->steps};
  for (size_t i = 0; i < sizeof means / sizeof *means; i++) *means[i] /= n;
  ans_buffer_dispose(&out[0]);
  ans_buffer_dispose(&out[1]);
  ans_wording_free(w);
  return ok;
}

typedef struct half { ans_vm *vm; const ans_columns *c; uint32_t first, count; int32_t month; bool ok; } half;

static void *run_half(void *arg) {
  half *h = arg;
  ans_error err = {0};
  h->ok = !bench_failed("vm", ans_vm_run(h->vm, h->c, h->first, h->count, h->month, &err), &err);
  return NULL;
}

/* The whole batch in one thread, and its halves in two. */
static bool measure_threads(const ans_program *p, const ans_columns *c, uint32_t reg, int32_t month, double *speedup) {
  double one[SINGLE_ROUNDS], two[SINGLE_ROUNDS];
  const uint32_t middle = c->components / 2;
  half all = {ans_vm_new(p, &reg, 1, 0), c, 0, c->components, month, false}, a = {ans_vm_new(p, &reg, 1, 0), c, 0, middle, month, false}, b = {ans_vm_new(p, &reg, 1, 0), c, middle, c->components - middle, month, false};
  bool ok = all.vm && a.vm && b.vm;
  for (int k = 0; k < SINGLE_ROUNDS && ok; k++) {
    pthread_t other;
    uint64_t t0 = bench_now();
    (void)run_half(&all);
    one[k] = (double)(bench_now() - t0);
    t0 = bench_now();
    ok = pthread_create(&other, NULL, run_half, &b) == 0;
    if (!ok) break;
    (void)run_half(&a);
    (void)pthread_join(other, NULL);
    two[k] = (double)(bench_now() - t0);
    ok = all.ok && a.ok && b.ok;
  }
  if (ok) *speedup = bench_median(one, SINGLE_ROUNDS) / bench_median(two, SINGLE_ROUNDS);
  ans_vm_free(all.vm);
  ans_vm_free(a.vm);
  ans_vm_free(b.vm);
  return ok;
}

bool bench_single(ans_program *p, ans_columns *c, const bench_options *o, int32_t month, bench_report *r) {
  const ans_benefit *benefit = &p->benefits[0];
  const uint32_t reg = p->results[benefit->amount_result].insn, unit = p->insns[reg].unit;
  const uint32_t cap = c->components / SINGLE_SHARE + 1;
  place *at = calloc(cap, sizeof *at);
  const uint32_t n = at ? claims_of(c, unit, at, cap) : 0;
  explained x = {0};
  double load = 0, speedup = 0;
  const bool ok = n && measure_load(p, c, &at[0], unit, o->directory, month, &load) && measure_explain(c, at, n, month, &x) && measure_threads(p, c, reg, month, &speedup);
  if (ok) {
    printf("  %-20s package file to first decision %.1f ms; replay %.1f us, one claim on demand %.1f us; trace as JSON %.2f us (%.0f bytes, %.0f steps, %.1f ns a step); explanation as JSON %.1f us (%.0f bytes), wording of the package "
           "once %.0f us; %u claims; two threads %.2f x as fast as one (wall clock)\n",
           benefit->name, load, x.replay_ns / 1e3, x.demand_ns / 1e3, x.trace_ns / 1e3, x.trace_bytes, x.steps, x.trace_ns / x.steps, x.explain_ns / 1e3, x.explain_bytes, x.wording_ns / 1e3, n, speedup);
    bench_report_row(r, "single");
    bench_report_text(r, "law", benefit->name);
    bench_report_number(r, "first_decision_ms", load);
    bench_report_number(r, "replay_us", x.replay_ns / 1e3);
    bench_report_number(r, "demand_us", x.demand_ns / 1e3);
    bench_report_number(r, "trace_us", x.trace_ns / 1e3);
    bench_report_number(r, "trace_bytes", x.trace_bytes);
    bench_report_number(r, "trace_steps", x.steps);
    bench_report_number(r, "explanation_us", x.explain_ns / 1e3);
    bench_report_number(r, "explanation_bytes", x.explain_bytes);
    bench_report_number(r, "wording_us", x.wording_ns / 1e3);
    bench_report_number(r, "claims", n);
    bench_report_number(r, "two_threads", speedup);
  }
  free(at);
  return ok;
}
