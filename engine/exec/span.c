/* See span.h. Owns the results of the present period for every row, and for every component the last period in which they hold.
 * The first period is evaluated as a run over everything; after that, the components whose results no longer hold are picked into dense columns (pick.c) of a batch each and run.
 * Where most components must be run, everything is: a copy would cost more than it saves. Where that goes on, as for a program that depends on each period, nothing
 * is asked about later periods any more.
 * A span of one period is a plain run, and so is every period where a wanted register refers to segments, which are numbered through a run. One thread. */
#include <stdlib.h>
#include "exec/horizon.h"
#include "exec/pick.h"
#include "exec/span.h"

enum {
  SPAN_ALL = 2,                  /* one component in so many to be evaluated: all are */
  SPAN_GIVE_UP = 2               /* so many periods in a row in which seven of eight components do not hold: no horizon any more */
};

typedef struct span_output { uint32_t reg; int64_t *v; uint8_t *state; size_t cap; } span_output;

struct ans_span {
  const ans_program *p;
  ans_vm *vm;
  vm_horizon *horizon;           /* of the periods and the law of the span before too, if they are the same */
  int32_t horizon_law;
  const ans_columns *c;
  int32_t first, last, at;
  bool plain;                    /* every period is run in full, and the VM holds the results */
  unsigned restless;
  uint64_t evaluated;
  uint16_t *holds, *picked_holds; /* per component */
  uint32_t *list;
  size_t component_cap;
  span_output *outputs;          /* as those of the VM */
  vm_picked pick;
  bool picks;
};

ans_span *ans_span_new(const ans_program *p, const uint32_t *wanted, uint32_t n, uint32_t chunk) {
  ans_span *s = calloc(1, sizeof *s);
  if (!s) return NULL;
  s->p = p;
  s->vm = vm__horizon_vm(p, wanted, n, chunk);
  s->outputs = s->vm ? calloc((size_t)s->vm->output_count + 1, sizeof *s->outputs) : NULL;
  if (!s->outputs) {
    ans_span_free(s);
    return NULL;
  }
  for (uint32_t k = 0; k < s->vm->output_count; k++) s->outputs[k].reg = s->vm->outputs[k].reg;
  return s;
}

void ans_span_free(ans_span *s) {
  if (!s) return;
  if (s->vm) {
    vm__horizon_free(s->vm, s->horizon);
    if (s->picks) vm__pick_free(s->vm, &s->pick);
    for (uint32_t k = 0; s->outputs && k < s->vm->output_count; k++) {
      free(s->outputs[k].v);
      free(s->outputs[k].state);
    }
  }
  ans_vm_free(s->vm);
  free(s->outputs);
  free(s->holds);
  free(s->picked_holds);
  free(s->list);
  free(s);
}

void ans_span_law_known(ans_span *s, int32_t day) { ans_vm_law_known(s->vm, day); }
uint64_t ans_span_evaluated(const ans_span *s) { return s->evaluated; }

/* --- results -------------------------------------------------------------------------------------------------------------- */
/* Not handed out: registers of derived units. Not kept: those with one row for all, which the tables hold. */
static bool span__kept(const ans_span *s, const span_output *o) {
  const uint32_t unit = s->p->insns[o->reg].unit;
  return unit != 0 && s->p->units[unit].parent == ANS_NONE && !s->vm->regs[o->reg].one;
}

static ans_status span__reserve(ans_span *s, ans_error *err) {
  for (uint32_t k = 0; k < s->vm->output_count; k++) {
    span_output *o = &s->outputs[k];
    if (!span__kept(s, o)) continue;
    const size_t rows = s->c->units[s->p->insns[o->reg].unit].rows;
    void *v = o->v, *state = o->state;
    size_t cap = o->cap;
    ans_status status = vm__grow(s->vm, &v, &cap, rows, sizeof *o->v, false, err);
    o->v = v;
    if (status == ANS_OK) status = vm__grow(s->vm, &state, &o->cap, rows, sizeof *o->state, false, err);
    o->state = state;
    if (status != ANS_OK) return status;
  }
  return ANS_OK;
}

static void span__spread(int64_t *v, uint8_t *state, const vm_output *from, uint32_t first, uint32_t rows) {
  if (from->v) memcpy(v, from->v + first, rows * sizeof *v);
  else
    for (uint32_t i = 0; i < rows; i++) v[i] = from->bits[0] ? (int64_t)vm__bit(from->bits[0], first + i) : 0;
  memset(state, 0, rows);
  for (unsigned p = 1; p <= ANS_PLANES; p++)
    for (uint32_t i = 0; from->bits[p] && i < rows && (first + i) >> 6 < from->bit_cap[p]; i++)
      if (vm__bit(from->bits[p], first + i)) state[i] = (uint8_t)p;
}

/* The results of a run over all components. */
static void span__take_all(ans_span *s) {
  for (uint32_t k = 0; k < s->vm->output_count; k++) {
    const span_output *o = &s->outputs[k];
    if (span__kept(s, o)) span__spread(o->v, o->state, &s->vm->outputs[k], 0, (uint32_t)s->vm->outputs[k].rows);
  }
}

/* The results of a run over picked components. References come back to the rows they name in the source. */
static void span__take_picked(ans_span *s, const uint32_t *list, uint32_t n) {
  for (uint32_t k = 0; k < s->vm->output_count; k++) {
    const span_output *o = &s->outputs[k];
    const ans_insn *in = &s->p->insns[o->reg];
    if (!span__kept(s, o)) continue;
    const uint32_t *from = s->pick.columns.units[in->unit].component_first, *to = s->c->units[in->unit].component_first;
    for (uint32_t i = 0; i < n; i++) {
      int64_t *v = o->v + to[list[i]];
      uint8_t *state = o->state + to[list[i]];
      const uint32_t rows = from[i + 1] - from[i];
      span__spread(v, state, &s->vm->outputs[k], from[i], rows);
      if (in->type.tag != ANS_T_REF) continue;
      const int64_t shift = (int64_t)s->c->units[in->type.ref].component_first[list[i]] - (int64_t)s->pick.columns.units[in->type.ref].component_first[i];
      for (uint32_t r = 0; r < rows; r++) v[r] += state[r] ? 0 : shift;
    }
  }
}

ans_scalar ans_span_get(const ans_span *s, uint32_t reg, uint32_t row) {
  const ans_scalar none = {0, ANS_ERRONEOUS};
  if (s->plain) return ans_vm_get(s->vm, reg, row);
  if (reg >= s->p->insn_count || s->vm->output_of[reg] == ANS_NONE) return none;
  const uint32_t unit = s->p->insns[reg].unit;
  const span_output *o = &s->outputs[s->vm->output_of[reg]];
  if (unit && (s->p->units[unit].parent != ANS_NONE || row >= s->c->units[unit].rows)) return none;
  if (span__kept(s, o)) return (ans_scalar){o->v[row], o->state[row]};
  const hz_table *t = &s->horizon->tables[s->horizon->regs[reg].table];
  return (ans_scalar){t->v[s->at - s->first], t->state[s->at - s->first]};
}

/* --- periods -------------------------------------------------------------------------------------------------------------- */
/* Components with a result that was given: the kinds of horizon.h are about computed cells, so these are evaluated in every period. */
static void span__given(ans_span *s, const ans_columns *c, uint16_t *holds) {
  for (uint32_t i = 0; i < c->override_count; i++) {
    const uint32_t *starts = c->units[s->p->results[c->overrides[i].result].unit].component_first;
    uint32_t lo = 0, hi = c->components;
    while (hi - lo > 1) {
      const uint32_t mid = lo + (hi - lo) / 2;
      if (starts[mid] <= c->overrides[i].row) lo = mid;
      else hi = mid;
    }
    holds[lo] = (uint16_t)(s->at - s->first);
  }
}

static ans_status span__run(ans_span *s, const ans_columns *c, uint16_t *holds, ans_error *err) {
  s->horizon->at = (uint32_t)(s->at - s->first);
  s->horizon->holds = holds;
  s->vm->horizon = s->horizon;
  const ans_status status = ans_vm_run(s->vm, c, 0, c->components, s->at, err);
  s->vm->horizon = NULL;
  s->evaluated += c->components;
  if (status == ANS_OK) span__given(s, c, holds);
  return status;
}

static ans_status span__everything(ans_span *s, ans_error *err) {
  if (s->plain) {
    s->evaluated += s->c->components;
    return ans_vm_run(s->vm, s->c, 0, s->c->components, s->at, err);
  }
  const ans_status status = span__run(s, s->c, s->holds, err);
  if (status == ANS_OK) span__take_all(s);
  return status;
}

/* As many of the components as fill a batch, at least one. */
static uint32_t span__batch(const ans_span *s, const uint32_t *list, uint32_t n) {
  for (uint32_t u = 1; u < s->p->unit_count; u++) {
    const uint32_t *starts = s->c->units[u].component_first;
    uint32_t rows = 0, k = 0;
    if (s->p->units[u].parent != ANS_NONE) continue;
    while (k < n && (k == 0 || rows + starts[list[k] + 1] - starts[list[k]] <= s->vm->chunk)) {
      rows += starts[list[k] + 1] - starts[list[k]];
      k++;
    }
    n = k;
  }
  return n;
}

static ans_status span__some(ans_span *s, const uint32_t *list, uint32_t n, ans_error *err) {
  ans_status status = s->picks ? ANS_OK : vm__pick_new(s->vm, &s->pick, err);
  s->picks = status == ANS_OK;
  for (uint32_t at = 0, some; at < n && status == ANS_OK; at += some) {
    some = span__batch(s, list + at, n - at);
    status = vm__pick(s->vm, &s->pick, s->c, list + at, some, err);
    if (status == ANS_OK) status = span__run(s, &s->pick.columns, s->picked_holds, err);
    if (status != ANS_OK) return status;
    span__take_picked(s, list + at, some);
    for (uint32_t i = 0; i < some; i++) s->holds[list[at + i]] = s->picked_holds[i];
  }
  return status;
}

static bool span__derived_references(const ans_span *s) { /* numbered through a run: they mean nothing beside another one */
  for (uint32_t k = 0; k < s->vm->output_count; k++) {
    const ans_insn *in = &s->p->insns[s->outputs[k].reg];
    if (in->unit && s->p->units[in->unit].parent == ANS_NONE && in->type.tag == ANS_T_REF && s->p->units[in->type.ref].parent != ANS_NONE) return true;
  }
  return false;
}

static ans_status span__prepare(ans_span *s, ans_error *err) {
  const uint32_t periods = (uint32_t)(s->last - s->first) + 1, n = s->c->components;
  if (s->horizon && (s->horizon->first_period != s->first || s->horizon->periods != periods || s->horizon_law != s->vm->law_known)) {
    vm__horizon_free(s->vm, s->horizon);
    s->horizon = NULL;
  }
  ans_status status = s->horizon ? ANS_OK : vm__horizon_new(s->vm, s->first, periods, &s->horizon, err);
  s->horizon_law = s->vm->law_known;
  if (status == ANS_OK && n >= s->component_cap) {
    free(s->holds);
    free(s->picked_holds);
    free(s->list);
    s->holds = calloc((size_t)n + 1, sizeof *s->holds);
    s->picked_holds = calloc((size_t)n + 1, sizeof *s->picked_holds);
    s->list = calloc((size_t)n + 1, sizeof *s->list);
    s->component_cap = s->holds && s->picked_holds && s->list ? (size_t)n + 1 : 0;
    if (!s->component_cap) status = ans_error_set(err, ANS_MEMORY, "E-EXEC-NOMEM", NULL, NULL);
  }
  return status == ANS_OK ? span__reserve(s, err) : status;
}

ans_status ans_span_begin(ans_span *s, const ans_columns *c, int32_t first, int32_t last, ans_error *err) {
  char limit[24];
  if (last < first || (int64_t)last - first >= ANS_SPAN_MAX_PERIODS) return ans_error_set(err, ANS_LIMIT, "E-EXEC-SPAN", s->p->name, ans_itoa(limit, ANS_SPAN_MAX_PERIODS), NULL);
  s->c = c;
  s->first = s->at = first;
  s->last = last;
  s->restless = 0;
  s->evaluated = 0;
  s->plain = true;
  if (first == last || span__derived_references(s) || c->program != s->p || first < s->p->first_period || last > s->p->last_period) return span__everything(s, err);
  const ans_status status = span__prepare(s, err);
  if (status != ANS_OK) return status;
  s->plain = false;
  return span__everything(s, err);
}

ans_status ans_span_next(ans_span *s, ans_error *err) {
  uint32_t n = 0;
  s->at++;
  if (s->plain) return span__everything(s, err);
  for (uint32_t k = 0; k < s->c->components; k++)
    if (s->holds[k] < (uint32_t)(s->at - s->first)) s->list[n++] = k;
  s->restless = (uint64_t)n * 8 >= (uint64_t)s->c->components * 7 ? s->restless + 1 : 0;
  if (s->restless >= SPAN_GIVE_UP) s->plain = true;
  if (s->plain || (uint64_t)n * SPAN_ALL >= s->c->components) return span__everything(s, err);
  return span__some(s, s->list, n, err);
}
