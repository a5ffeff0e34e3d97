/* See compare.h. */
#include "compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exec/vm.h"
#include "lower/lower.h"
#include "num/calendar.h"
#include "num/period.h"
#include "replay/replay.h"

enum { COMPARE_THIRD = 3 /* the run that wants few results */ };
static const uint32_t CHUNKS[COMPARE_CHUNKS] = {1, 3, 4096, 4096};

static int32_t law_known_in(uint32_t kind, int32_t period) { return period % 2 ? ANS_DAY_MAX : (int32_t)ans_period_first(kind, period) + period * 37 % 900 - 600; }

bool expected_new(expected *out, const ans_model *m, const ans_columns *c, int32_t period, ans_error *err) {
  *out = (expected){m, c, period, law_known_in(m->period_kind, period), calloc(c->components + 1, sizeof(ans_ref *))};
  if (!out->refs) abort();
  for (uint32_t k = 0; k < c->components; k++) {
    out->refs[k] = ans_ref_run_known(m, c, k, period, out->law_known, err);
    if (out->refs[k]) continue;
    expected_dispose(out);
    return false;
  }
  return true;
}

void expected_dispose(expected *e) {
  for (uint32_t k = 0; e->refs && k < e->c->components; k++) ans_ref_free(e->refs[k]);
  free(e->refs);
  e->refs = NULL;
}

ans_scalar expected_cell(const expected *e, uint32_t result, uint32_t component, uint32_t row) { return ans_ref_result(e->refs[component], result, row); }

static bool same(ans_scalar a, ans_scalar b) { return a.state == b.state && a.v == b.v; } /* v is 0 unless a value: compared too */

typedef struct engines {
  ans_vm *vm[COMPARE_CHUNKS];
  unsigned chunks;
  ans_trace *trace, *demand;
} engines;

static bool wants(const expected *e, unsigned run, uint32_t result) {
  return e->m->results[result].grain == ANS_GRAIN_ROW && (run != COMPARE_THIRD || (result + (uint32_t)e->period) % 3 == 0);
}

static comparison start(engines *g, const expected *e, const ans_columns *c, unsigned chunks, ans_error *err) {
  const ans_program *p = c->program;
  uint32_t *wanted = calloc(p->result_count + 1, sizeof *wanted);
  if (!wanted) abort();
  g->chunks = chunks;
  comparison r = COMPARE_EQUAL;
  for (uint32_t i = 0; i < COMPARE_CHUNKS && r == COMPARE_EQUAL; i++) {
    if (!(chunks >> i & 1)) continue;
    uint32_t n = 0;
    for (uint32_t k = 0; k < p->result_count; k++)
      if (wants(e, i, k)) wanted[n++] = p->results[k].insn;
    g->vm[i] = ans_vm_new(p, wanted, n, CHUNKS[i]);
    if (!g->vm[i]) abort();
    ans_vm_law_known(g->vm[i], e->law_known);
    if (ans_vm_run(g->vm[i], c, 0, c->components, e->period, err) != ANS_OK) r = COMPARE_FAILED;
  }
  free(wanted);
  return r;
}

static comparison compare_component(engines *g, const expected *e, const ans_columns *c, uint32_t k, mismatch *first) {
  for (uint32_t i = 0; i < e->m->result_count; i++) {
    if (e->m->results[i].grain != ANS_GRAIN_ROW) continue;
    uint32_t reg = c->program->results[i].insn, unit = e->m->results[i].unit, base = c->units[unit].component_first[k];
    for (uint32_t row = 0; row < ans_ref_rows(e->refs[k], unit); row++) {
      mismatch x = {.result = i, .component = k, .row = row, .period = e->period, .reference = expected_cell(e, i, k, row), .chunks = g->chunks};
      for (uint32_t v = 0; v < COMPARE_CHUNKS; v++) {
        if (!g->vm[v] || !wants(e, v, i)) continue;
        x.vm[v] = ans_vm_get(g->vm[v], reg, base + row);
        x.vm_differs = x.vm_differs || !same(x.vm[v], x.reference);
      }
      x.replay = ans_trace_get(g->trace, reg, row);
      x.demand = ans_trace_get(g->demand, reg, row);
      x.replay_differs = !same(x.replay, x.reference) || !same(x.demand, x.reference);
      if (!x.vm_differs && !x.replay_differs) continue;
      *first = x;
      return COMPARE_DIFFERENT;
    }
  }
  return COMPARE_EQUAL;
}

/* Cells of the same trace made on demand: whatever is read first, in the order the period and the component choose, all are what the ordered replay has; so are the identities. */
static comparison compare_demand(engines *g, const expected *e, const ans_columns *c, uint32_t k, ans_error *err) {
  const ans_program *p = c->program;
  const bool backwards = ((uint32_t)e->period + k) & 1;
  comparison r = COMPARE_EQUAL;
  uint8_t a[32] = {0}, b[32] = {1};
  for (uint32_t pass = 0; pass < 2 && r == COMPARE_EQUAL; pass++) { /* the second time in memory used before */
    for (uint32_t n = 0; n < p->result_count; n++) {
      const uint32_t i = backwards ? p->result_count - 1 - n : n, reg = p->results[i].insn, rows = ans_trace_rows(g->demand, reg);
      if (rows && (ans_trace_hash(g->trace, reg, rows - 1, a, err) != ANS_OK || ans_trace_hash(g->demand, reg, rows - 1, b, err) != ANS_OK)) return COMPARE_FAILED;
      if (rows && memcmp(a, b, sizeof a)) r = COMPARE_DIFFERENT;
    }
    for (uint32_t i = 0; pass && i < p->insn_count; i++) {
      if (ans_trace_rows(g->demand, i) != ans_trace_rows(g->trace, i)) r = COMPARE_DIFFERENT;
      for (uint32_t row = 0; row < ans_trace_rows(g->trace, i) && r == COMPARE_EQUAL; row++)
        if (!same(ans_trace_get(g->demand, i, row), ans_trace_get(g->trace, i, row))) r = COMPARE_DIFFERENT;
      if (r == COMPARE_DIFFERENT) {
        printf("cells on demand differ from the ordered replay: register %u (%s)\n", i, ans_opcode_mnemonic((ans_opcode)p->insns[i].op));
        return r;
      }
    }
    if (ans_trace_check(g->demand, err) != ANS_OK || (!pass && ans_replay_forget(g->demand, err) != ANS_OK)) return COMPARE_FAILED;
  }
  return r;
}

comparison compare_engines(const expected *e, const ans_columns *c, unsigned chunks, mismatch *first, ans_error *err) {
  engines g = {0};
  comparison r = start(&g, e, c, chunks, err);
  for (uint32_t k = 0; k < c->components && r == COMPARE_EQUAL; k++) {
    if (ans_replay_run_known(c, k, e->period, e->law_known, &g.trace, err) != ANS_OK || ans_replay_demand(c, k, e->period, e->law_known, &g.demand, err) != ANS_OK) r = COMPARE_FAILED;
    else r = compare_component(&g, e, c, k, first);
    if (r == COMPARE_EQUAL && (r = compare_demand(&g, e, c, k, err)) == COMPARE_DIFFERENT) *first = (mismatch){.component = k, .period = e->period};
    ans_trace_free(g.trace);
    ans_trace_free(g.demand);
    g.trace = g.demand = NULL;
  }
  for (uint32_t i = 0; i < COMPARE_CHUNKS; i++) ans_vm_free(g.vm[i]);
  return r;
}

void print_cell(char out[48], ans_type t, ans_scalar v) {
  static const char *const STATES[] = {"value", "n/a", "unknown", "human", "error", "conflict"};
  char day[11];
  if (v.state != ANS_VALUE) {
    snprintf(out, 48, "%s%s", v.state < ANS_STATE_COUNT ? STATES[v.state] : "?", v.v ? " (with a value!)" : "");
  } else if (t.tag == ANS_T_DATE && v.v >= ANS_DAY_MIN && v.v <= ANS_DAY_MAX) {
    ans_date_format_iso(v.v, day);
    snprintf(out, 48, "%s", day);
  } else if (t.tag == ANS_T_BOOL) {
    snprintf(out, 48, "%s", v.v ? "true" : "false");
  } else {
    snprintf(out, 48, "%" PRId64 "%s", v.v, t.tag == ANS_T_REF ? " (row)" : "");
  }
}

void mismatch_print(const ans_model *m, const mismatch *x) {
  const ans_tresult *r = &m->results[x->result];
  char cell[48], when[ANS_PERIOD_TEXT];
  print_cell(cell, r->type, x->reference);
  printf("  result %u (%s.%s) component %u row %u %s\n    reference   %s\n", x->result, m->units[r->unit].name, r->name, x->component,
         x->row, ans_period_format(m->period_kind, x->period, when), cell);
  for (uint32_t i = 0; i < COMPARE_CHUNKS; i++) {
    if (!(x->chunks >> i & 1) || (i == COMPARE_THIRD && (x->result + (uint32_t)x->period) % 3)) continue;
    print_cell(cell, r->type, x->vm[i]);
    printf("    vm/%-8u %s\n", CHUNKS[i], cell);
  }
  print_cell(cell, r->type, x->replay);
  printf("    replay      %s\n", cell);
  print_cell(cell, r->type, x->demand);
  printf("    on demand   %s\n", cell);
}

void print_error(const char *what, const ans_error *err) {
  char text[1024];
  if (err->code && err->code[0] == 'E' && err->code[2] == 'R' && err->code[3] == 'E' && err->code[4] == 'F') printf("%s: reference: %s\n", what, err->where);
  else printf("%s: %s\n", what, ans_error_render(err, ANS_LANG_EN, text, sizeof text));
}

bool claims_world_make(claims_world *w, uint64_t seed, uint32_t rows, bool extreme) {
  gen_traits traits;
  ans_error err = {0};
  *w = (claims_world){.m = gen_model(seed, (gen_options){.benefit = true, .small = seed % 3 != 0, .kinds = true}, &traits)};
  w->d = gen_data_new(seed, w->m, rows, extreme);
  const bool ok = ans_lower_program(w->m, &w->p, &err) == ANS_OK && (w->c = gen_columns(w->p, w->m, w->d, NULL, w->d->count, NULL, &err)) != NULL;
  if (!ok) print_error("a random program with a benefit", &err);
  return ok;
}

void claims_world_dispose(claims_world *w) {
  ans_columns_free(w->c);
  ans_program_free(w->p);
  gen_data_free(w->d);
  gen_model_free(w->m);
}
