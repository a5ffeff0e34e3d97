/* Properties of the semantics that hold without knowing the right answer, on both engines:
 *   permutation   the order of rows does not change results (models without ranks, whose ties follow the order);
 *   monotony      completing unknown and human facts never flips a result that was a value (models without bekannt, vorhanden, gilt als);
 *   position      a component's results do not depend on what else is in the batch, nor on where it stands there.
 *
 *   properties [--count N] [--seed S] [--rows R] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "exec/vm.h"
#include "lower/lower.h"
#include "replay/replay.h"
#include "options.h"

/* Answers of an engine: per component, result, row; references relative to the component so that positions do not show. */
typedef struct answers { ans_scalar ***cell; uint32_t count; const ans_model *m; } answers;

static void *zeroed(size_t count, size_t size) {
  void *p = calloc(count + 1, size);
  if (!p) abort();
  return p;
}

static void answers_free(answers *a) {
  for (uint32_t k = 0; k < a->count; k++) {
    for (uint32_t i = 0; i < a->m->result_count; i++) free(a->cell[k][i]);
    free(a->cell[k]);
  }
  free(a->cell);
}

static ans_scalar relative(const ans_columns *c, ans_type t, uint32_t component, ans_scalar v) {
  if (t.tag == ANS_T_REF && v.state == ANS_VALUE) v.v -= c->units[t.ref].component_first[component];
  return v;
}

static bool failed(const char *what, const ans_error *err) {
  print_error(what, err);
  return false;
}

/* Runs components [first, first+count) in one batch; replay instead of the VM if asked. cell[k] belongs to component first+k. */
static bool run(answers *a, const ans_model *m, const ans_columns *c, uint32_t first, uint32_t count, int32_t period, bool replay) {
  ans_error err = {0};
  uint32_t n = 0, *wanted = zeroed(m->result_count, sizeof *wanted);
  for (uint32_t i = 0; i < m->result_count; i++)
    if (m->results[i].grain == ANS_GRAIN_ROW) wanted[n++] = c->program->results[i].insn;
  *a = (answers){zeroed(count, sizeof *a->cell), count, m};
  ans_vm *vm = replay ? NULL : ans_vm_new(c->program, wanted, n, 7);
  bool ok = replay || (vm && ans_vm_run(vm, c, first, count, period, &err) == ANS_OK);
  for (uint32_t k = 0; k < count; k++) {
    a->cell[k] = zeroed(m->result_count, sizeof **a->cell);
    ans_trace *trace = NULL;
    if (ok && replay) ok = ans_replay_run(c, first + k, period, &trace, &err) == ANS_OK;
    for (uint32_t i = 0; i < m->result_count && ok; i++) {
      const uint32_t *starts = c->units[m->results[i].unit].component_first;
      uint32_t base = starts[first + k], rows = starts[first + k + 1] - base, reg = c->program->results[i].insn;
      a->cell[k][i] = zeroed(rows, sizeof ***a->cell);
      if (m->results[i].grain != ANS_GRAIN_ROW) continue;
      for (uint32_t row = 0; row < rows; row++)
        a->cell[k][i][row] = relative(c, m->results[i].type, first + k, replay ? ans_trace_get(trace, reg, row) : ans_vm_get(vm, reg, base + row));
    }
    ans_trace_free(trace);
  }
  ans_vm_free(vm);
  free(wanted);
  return ok || failed("an engine refused", &err);
}

typedef struct world { uint64_t seed; uint32_t number; ans_model *m; gen_data *d; ans_program *p; rnd r; gen_traits traits; } world;

static bool world_new(world *w, uint64_t seed, uint32_t number, uint32_t rows, gen_options options) {
  uint64_t own = seed * 9000011u + number;
  *w = (world){.seed = seed, .number = number, .r = rnd_seed(own, 4)};
  w->m = gen_model(own, options, &w->traits);
  w->d = gen_data_new(own, w->m, rows, w->traits.extreme);
  ans_error err = {0};
  return ans_lower_program(w->m, &w->p, &err) == ANS_OK || failed("lowering", &err);
}

static void world_free(world *w) {
  ans_program_free(w->p);
  gen_data_free(w->d);
  gen_model_free(w->m);
}

static void complain(const world *w, const char *property, uint32_t k, uint32_t i, uint32_t row, ans_scalar before, ans_scalar after) {
  char x[48], y[48];
  print_cell(x, w->m->results[i].type, before);
  print_cell(y, w->m->results[i].type, after);
  printf("%s broken: seed %" PRIu64 " model %u component %u result %u row %u: %s, then %s\n", property, w->seed, w->number, k, i, row, x, y);
}

/* --- permutation -------------------------------------------------------------------------------------------------------- */

typedef uint32_t *units_order[GEN_UNITS];

static units_order *permutation(world *w) {
  units_order *order = zeroed(w->d->count, sizeof *order);
  for (uint32_t k = 0; k < w->d->count; k++)
    for (uint32_t u = 1; u < GEN_UNITS; u++) {
      uint32_t n = w->d->components[k].rows[u];
      order[k][u] = zeroed(n, sizeof(uint32_t));
      for (uint32_t i = 0; i < n; i++) order[k][u][i] = i;
      for (uint32_t i = n; i > 1; i--) {
        uint32_t j = rnd_below(&w->r, i), t = order[k][u][i - 1];
        order[k][u][i - 1] = order[k][u][j];
        order[k][u][j] = t;
      }
    }
  return order;
}

static bool same_permuted(const world *w, const answers *before, const answers *after, units_order *order) {
  for (uint32_t k = 0; k < w->d->count; k++)
    for (uint32_t i = 0; i < w->m->result_count; i++) {
      ans_type t = w->m->results[i].type;
      uint32_t unit = w->m->results[i].unit;
      if (w->m->results[i].grain != ANS_GRAIN_ROW) continue;
      for (uint32_t at = 0; at < w->d->components[k].rows[unit]; at++) {
        ans_scalar y = after->cell[k][i][at], x = before->cell[k][i][order[k][unit][at]];
        if (t.tag == ANS_T_REF && y.state == ANS_VALUE) y.v = order[k][t.ref][y.v];
        if (x.state == y.state && x.v == y.v) continue;
        complain(w, "permutation", k, i, at, x, y);
        return false;
      }
    }
  return true;
}

static bool permutation_holds(world *w, uint64_t *checked) {
  ans_error err = {0};
  units_order *order = permutation(w);
  ans_columns *straight = gen_columns(w->p, w->m, w->d, NULL, 0, NULL, &err), *mixed = gen_columns(w->p, w->m, w->d, NULL, 0, order, &err);
  bool ok = (straight && mixed) || failed("columns", &err);
  for (int engine = 0; engine < 2 && ok; engine++) {
    answers x, y;
    bool ran = run(&x, w->m, straight, 0, w->d->count, w->d->periods[0], engine);
    ran = run(&y, w->m, mixed, 0, w->d->count, w->d->periods[0], engine) && ran;
    ok = ran && same_permuted(w, &x, &y, order);
    answers_free(&x);
    answers_free(&y);
    *checked += 1;
  }
  ans_columns_free(straight);
  ans_columns_free(mixed);
  for (uint32_t k = 0; k < w->d->count; k++)
    for (uint32_t u = 1; u < GEN_UNITS; u++) free(order[k][u]);
  free(order);
  return ok;
}

/* --- position ----------------------------------------------------------------------------------------------------------- */

static bool same_component(const world *w, uint32_t k, ans_scalar **x, ans_scalar **y) {
  for (uint32_t i = 0; i < w->m->result_count; i++)
    for (uint32_t row = 0; row < w->d->components[k].rows[w->m->results[i].unit]; row++) {
      if (x[i][row].state == y[i][row].state && x[i][row].v == y[i][row].v) continue;
      complain(w, "position", k, i, row, x[i][row], y[i][row]);
      return false;
    }
  return true;
}

static bool position_holds(world *w, uint64_t *checked) {
  ans_error err = {0};
  uint32_t n = w->d->count, *order = zeroed(n, sizeof *order);
  for (uint32_t i = 0; i < n; i++) order[i] = i;
  for (uint32_t i = n; i > 1; i--) {
    uint32_t j = rnd_below(&w->r, i), t = order[i - 1];
    order[i - 1] = order[j];
    order[j] = t;
  }
  ans_columns *straight = gen_columns(w->p, w->m, w->d, NULL, 0, NULL, &err), *mixed = gen_columns(w->p, w->m, w->d, order, n, NULL, &err);
  bool ok = (straight && mixed) || failed("columns", &err);
  answers x = {0};
  if (ok) ok = run(&x, w->m, straight, 0, n, w->d->periods[0], false);
  for (int engine = 0; engine < 2 && ok; engine++) {
    answers y;
    ok = run(&y, w->m, mixed, 0, n, w->d->periods[0], engine);
    for (uint32_t i = 0; i < n && ok; i++) ok = same_component(w, order[i], x.cell[order[i]], y.cell[i]);
    answers_free(&y);
    *checked += 1;
  }
  for (uint32_t i = 0; i < n && ok; i++) { /* each alone, and with its successor */
    uint32_t count = i + 1 < n ? 1 + rnd_below(&w->r, 2) : 1;
    answers y;
    ok = run(&y, w->m, mixed, i, count, w->d->periods[0], false);
    for (uint32_t k = 0; k < count && ok; k++) ok = same_component(w, order[i + k], x.cell[order[i + k]], y.cell[k]);
    answers_free(&y);
  }
  if (x.cell) answers_free(&x);
  ans_columns_free(straight);
  ans_columns_free(mixed);
  free(order);
  return ok;
}

/* --- monotony ----------------------------------------------------------------------------------------------------------- */

static bool open_state(uint8_t s) { return s == ANS_UNKNOWN || s == ANS_HUMAN; }

/* Completes open cells of a component in place, each with the given probability: scalars, intervals, and gaps after an interval. */
static uint32_t complete(world *w, gen_component *k, uint32_t percent) {
  uint32_t done = 0;
  for (uint32_t f = 0; f < w->m->fact_count; f++) {
    const ans_fact *fact = &w->m->facts[f];
    for (uint32_t row = 0; row < k->rows[fact->unit]; row++) {
      if (fact->kind == ANS_FACT_SCALAR) {
        if ((k->set[f][row] && !open_state(k->facts[f][row].state)) || !rnd_percent(&w->r, percent)) continue;
        ans_scalar v = gen_fact_value(&w->r, w->m, f, k, w->traits.extreme);
        if (v.state != ANS_VALUE) continue;
        k->set[f][row] = true;
        k->facts[f][row] = v;
        done++;
        continue;
      }
      gen_timeline *t = &k->timelines[f][row];
      for (uint32_t i = 0; i < t->count; i++) {
        if (i + 1 < t->count && t->items[i].to + 1 < t->items[i + 1].from && rnd_percent(&w->r, percent)) {
          t->items[i].to = t->items[i + 1].from - 1; /* the gap becomes like the interval before it */
          done++;
        }
        if (!open_state(t->items[i].state) || !rnd_percent(&w->r, percent)) continue;
        ans_scalar v = gen_fact_value(&w->r, w->m, f, k, w->traits.extreme);
        if (v.state != ANS_VALUE) continue;
        t->items[i].value = v.v;
        t->items[i].state = ANS_VALUE;
        done++;
      }
    }
  }
  for (uint32_t i = 0; i < k->override_count; i++) {
    if (!open_state(k->overrides[i].value.state) || !rnd_percent(&w->r, percent)) continue;
    ans_scalar v = gen_value(&w->r, w->m, w->m->results[k->overrides[i].result].type, k, w->traits.extreme);
    if (v.state == ANS_VALUE) k->overrides[i].value = v, done++;
  }
  return done;
}

/* A result that was a value never becomes another value, nor n/a. It may lose its value: an error or a clash of provisions that stood behind
 * an unknown (overflow, division by zero, contradictory consequences) shows only now, and branches that agreed before no longer agree, so
 * that the state of their condition comes through. That is rare; the runner bounds how often. */
static bool monotony_holds(world *w, uint64_t *checked, uint64_t *values, uint64_t *lost) {
  ans_error err = {0};
  ans_columns *before = gen_columns(w->p, w->m, w->d, NULL, 0, NULL, &err);
  uint32_t done = 0;
  for (uint32_t k = 0; k < w->d->count; k++) done += complete(w, &w->d->components[k], k % 2 ? 100 : 40);
  ans_columns *after = gen_columns(w->p, w->m, w->d, NULL, 0, NULL, &err);
  bool ok = (before && after) || failed("columns", &err);
  answers x, y;
  if (ok) {
    ok = run(&x, w->m, before, 0, w->d->count, w->d->periods[0], false);
    ok = run(&y, w->m, after, 0, w->d->count, w->d->periods[0], false) && ok;
    for (uint32_t k = 0; k < w->d->count && ok; k++)
      for (uint32_t i = 0; i < w->m->result_count && ok; i++)
        for (uint32_t row = 0; row < w->d->components[k].rows[w->m->results[i].unit] && ok; row++) {
          ans_scalar a = x.cell[k][i][row], b = y.cell[k][i][row];
          if (w->m->results[i].grain != ANS_GRAIN_ROW || a.state != ANS_VALUE) continue;
          ++*values;
          *lost += b.state >= ANS_UNKNOWN;
          ok = b.state >= ANS_UNKNOWN || (b.state == ANS_VALUE && a.v == b.v);
          if (!ok) complain(w, "monotony", k, i, row, a, b);
        }
    answers_free(&x);
    answers_free(&y);
  }
  *checked += done;
  ans_columns_free(before);
  ans_columns_free(after);
  return ok;
}

int main(int argc, char **argv) {
  uint64_t seed = number_option(argc, argv, "--seed", 1), checked[3] = {0}, values = 0, lost = 0;
  uint32_t count = (uint32_t)number_option(argc, argv, "--count", 100), rows = (uint32_t)number_option(argc, argv, "--rows", 60);
  uint32_t broken[3] = {0};
  static const gen_options OPTIONS[3] = {{.no_rank = true}, {0}, {.monotone = true}};
  for (uint32_t i = 0; i < count; i++)
    for (int property = 0; property < 3; property++) {
      world w;
      bool ok = world_new(&w, seed, 3 * i + (uint32_t)property, rows, OPTIONS[property]);
      if (ok && property == 0) ok = permutation_holds(&w, &checked[0]);
      if (ok && property == 1) ok = position_holds(&w, &checked[1]);
      if (ok && property == 2) ok = monotony_holds(&w, &checked[2], &values, &lost);
      broken[property] += !ok;
      world_free(&w);
    }
  printf("permutation: %u of %u models broken (%" PRIu64 " comparisons)\nposition: %u of %u models broken (%" PRIu64 " comparisons)\n", broken[0], count,
         checked[0], broken[1], count, checked[1]);
  printf("monotony: %u of %u models broken (%" PRIu64 " cells completed, %" PRIu64 " values held, %" PRIu64 " of them lost to an error or conflict)\n", broken[2], count,
         checked[2], values, lost);
  bool meaningful = checked[0] && checked[1] && checked[2] >= 100 && values >= 1000 && lost * 50 <= values;
  bool ok = !broken[0] && !broken[1] && !broken[2] && meaningful;
  printf("%s (seed %" PRIu64 ")\n", ok ? "ok" : meaningful ? "FAILED" : "FAILED: too little was compared to mean anything", seed);
  return ok ? 0 : 1;
}
