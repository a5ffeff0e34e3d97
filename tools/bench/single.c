/* What one claim costs beside a batch, for any package with columns: from the package file to the first decision, a replay, its explanation as JSON; and the evaluation of a batch by one and by two
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

/* Replay and explanation of the chosen claims: ns each, and bytes of an explanation. */
static bool measure_explain(ans_columns *c, const place *at, uint32_t n, int32_t month, double *replay_ns, double *json_ns, double *bytes) {
  uint64_t replay = 0, explain = 0, size = 0;
  for (uint32_t k = 0; k < n; k++) {
    ans_error err = {0};
    ans_trace *t = NULL;
    ans_outcome o = {.ask_next = ANS_NONE};
    char *json = NULL;
    if (bench_failed("decide", ans_decide_claim(c, at[k].component, 0, at[k].row, month, &(ans_claim_context){0}, 0, &o, NULL, &err), &err)) return false;
    const uint64_t t0 = bench_cpu();
    if (bench_failed("replay", ans_replay_run(c, at[k].component, month, &t, &err), &err)) return false;
    const uint64_t t1 = bench_cpu();
    const bool bad = bench_failed("explain", ans_explain_json(c, at[k].component, t, 0, at[k].row, month, &o, &(ans_explain_options){0}, &json, &err), &err);
    explain += bench_cpu() - t1;
    replay += t1 - t0;
    size += json ? strlen(json) : 0;
    free(json);
    ans_trace_free(t);
    if (bad) return false;
  }
  *replay_ns = (double)replay / n;
  *json_ns = (double)explain / n;
  *bytes = (double)size / n;
  return true;
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
  double load = 0, replay = 0, json = 0, bytes = 0, speedup = 0;
  const bool ok = n && measure_load(p, c, &at[0], unit, o->directory, month, &load) && measure_explain(c, at, n, month, &replay, &json, &bytes) && measure_threads(p, c, reg, month, &speedup);
  if (ok) {
    printf("  %-20s package file to first decision %.1f ms; replay %.1f us, explanation as JSON %.1f us (%.0f bytes), %u claims; two threads %.2f x as fast as one (wall clock)\n", benefit->name, load, replay / 1e3, json / 1e3,
           bytes, n, speedup);
    bench_report_row(r, "single");
    bench_report_text(r, "law", benefit->name);
    bench_report_number(r, "first_decision_ms", load);
    bench_report_number(r, "replay_us", replay / 1e3);
    bench_report_number(r, "explanation_us", json / 1e3);
    bench_report_number(r, "explanation_bytes", bytes);
    bench_report_number(r, "claims", n);
    bench_report_number(r, "two_threads", speedup);
  }
  free(at);
  return ok;
}
