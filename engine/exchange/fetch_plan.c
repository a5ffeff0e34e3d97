/* Data minimisation driven by the rules (ADR-0017): a register is asked about a person only while the result of a claim can depend on what it would say.
 *
 * For each open claim its case is loaded, and every cell that a register still to be asked could set is made unknown: also cells that have a value now, if the register may replace it. `decide`
 * then names the cells that the result can depend on, whatever all of them become (a value, not applicable, no answer): an over-approximation, so a register that delivers none of them can change
 * nothing. Of the registers that deliver one, the cheapest is asked, about the persons concerned; when the answers of all claims are in, the plan is made anew. A claim for which nothing is left is
 * closed: the cells of later rounds are a subset. Registers that make rows (whose child is this?) are asked before, unplanned: a row that is not there yet has no cells to look at.
 * A case that cannot be loaded, or lies beyond the limits of the analysis, is asked about as a whole. Nothing here reads a clock but through freshness.
 * Memory: one case, and one entry per thing wanted in a round. Thread rule: the caller's thread. */
#include "exchange/fetch.h"

#include <stdlib.h>
#include <string.h>
#include "decide/decide.h"

enum { PLAN_MAX_POINTED = 8 };

typedef struct plan__case {
  fetch__run *f;
  int64_t claim;
  ans_fact_loader *loader;
  ans_columns *columns;
  uint32_t component, row, person_unit;
  uint64_t **open;                   /* per fact and row: registers still to be asked that could set the cell; NULL: none */
  uint64_t **needed;                 /* the same, of cells the result depends on */
  fetch__person **people;            /* per row of the unit of persons */
  uint64_t *pending;                 /* per row of the unit of persons: registers still to be asked */
  uint64_t chosen_from;              /* registers of all needed cells */
  unsigned reg;                      /* being marked, about person row `at` */
  uint32_t at;
  bool refused;
  ans_status failed;
  ans_error *err;
} plan__case;

/* --- what could still be said ------------------------------------------------------------------------------------------------------- */
static void plan__mark(plan__case *c, uint32_t fact, uint32_t row) {
  uint32_t rows = c->columns->units[c->f->program->facts[fact].unit].rows;
  bool settled = false;
  if (!c->open[fact]) c->open[fact] = calloc(rows, sizeof **c->open);
  if (!c->open[fact]) c->failed = fetch__oom(c->err);
  const char *source = exchange__source_of(&c->f->config->registers[c->reg], c->f->program->facts[fact].name);
  if (c->failed == ANS_OK) c->failed = ans_fact_settled(c->loader, c->columns, fact, row, source, &settled, c->err);
  if (c->failed == ANS_OK && !settled) c->open[fact][row] |= UINT64_C(1) << c->reg;
}

/* The persons that a row of another unit leads to straight away. */
static unsigned plan__pointed(const plan__case *c, uint32_t unit, uint32_t row, uint32_t out[PLAN_MAX_POINTED]) {
  const ans_program *p = c->f->program;
  unsigned n = 0;
  if (unit == c->person_unit) {
    out[0] = row;
    return 1;
  }
  for (uint32_t f = 0; f < p->fact_count && n < PLAN_MAX_POINTED; f++) {
    if (p->facts[f].unit != unit || p->facts[f].kind != ANS_FACT_SCALAR || p->facts[f].type.tag != ANS_T_REF || p->facts[f].type.ref != c->person_unit) continue;
    ans_scalar v = ans_columns_get(c->columns, f, row);
    if (v.state == ANS_VALUE) out[n++] = (uint32_t)v.v;
  }
  return n;
}

static void plan__on_delivered(void *ctx, const char *unit, const char *name) {
  plan__case *c = ctx;
  uint32_t u = ans_program_find_unit(c->f->program, unit), fact = u == ANS_NONE ? ANS_NONE : ans_program_find_fact(c->f->program, u, name);
  if (fact == ANS_NONE || c->failed != ANS_OK) return;
  if (u == c->person_unit) {
    plan__mark(c, fact, c->at);
    return;
  }
  for (uint32_t row = 0; row < c->columns->units[u].rows && c->failed == ANS_OK; row++) {
    uint32_t to[PLAN_MAX_POINTED];
    unsigned n = plan__pointed(c, u, row, to);
    bool about = n == PLAN_MAX_POINTED; /* more than are looked at: counts as about everybody */
    for (unsigned i = 0; i < n; i++) about = about || to[i] == c->at;
    if (about) plan__mark(c, fact, row);
  }
}

static ans_status plan__mark_all(plan__case *c) {
  const ans_unit_columns *people = &c->columns->units[c->person_unit];
  fetch__run *f = c->f;
  for (uint32_t row = 0; row < people->rows; row++) {
    c->people[row] = people->ids[row] ? fetch__find(f, people->ids[row]) : NULL;
    for (unsigned i = 0; c->people[row] && i < f->config->register_count; i++) {
      bool pending = false;
      ans_status status = fetch__is_pending(f, c->people[row], i, &pending, c->err);
      if (status != ANS_OK) return status;
      if (!pending) continue;
      c->pending[row] |= UINT64_C(1) << i;
      c->reg = i;
      c->at = row;
      exchange__delivered(f->program, &f->config->registers[i], plan__on_delivered, c);
      if (c->failed != ANS_OK) return c->failed;
    }
  }
  return ANS_OK;
}

/* --- what matters -------------------------------------------------------------------------------------------------------------------- */
static bool plan__pick(void *ctx, const ans_columns *columns, uint32_t fact, uint32_t row) {
  const plan__case *c = ctx;
  (void)columns;
  return c->open[fact] && c->open[fact][row];
}

static bool plan__on_need(void *ctx, uint32_t fact, uint32_t row) {
  plan__case *c = ctx;
  if (!c->needed[fact]) c->needed[fact] = calloc(c->columns->units[c->f->program->facts[fact].unit].rows, sizeof **c->needed);
  if (!c->needed[fact]) {
    c->failed = fetch__oom(c->err);
    return false;
  }
  c->needed[fact][row] = c->open[fact][row];
  c->chosen_from |= c->open[fact][row];
  return true;
}

static void plan__need_everything(plan__case *c) {
  for (uint32_t f = 0; f < c->f->program->fact_count; f++)
    for (uint32_t row = 0; c->open[f] && row < c->columns->units[c->f->program->facts[f].unit].rows && c->failed == ANS_OK; row++)
      if (c->open[f][row]) (void)plan__on_need(c, f, row);
}

static ans_status plan__needs(plan__case *c) {
  const ans_program *p = c->f->program;
  uint32_t benefit = ans_program_find_benefit(p, c->f->options->benefit);
  int32_t first = c->f->options->first_period, last = c->f->options->period;
  ans_status status = ans_decide_blank(c->columns, c->component, plan__pick, c, c->err);
  for (int32_t period = first < p->first_period ? p->first_period : first; period <= last && period <= p->last_period && status == ANS_OK; period++) {
    bool whole = false;
    status = ans_decide_needs(c->columns, c->component, benefit, c->row, period, plan__pick, c, plan__on_need, c, &whole, c->err);
    if (status == ANS_OK && whole) plan__need_everything(c);
    if (status == ANS_OK) status = c->failed;
  }
  return status;
}

/* --- whom to ask ---------------------------------------------------------------------------------------------------------------------- */
static ans_status plan__want(fetch__run *f, const fetch__person *p, unsigned reg, uint32_t fact, ans_error *err) {
  if (f->want_count == f->want_capacity) {
    size_t n = f->want_capacity ? f->want_capacity * 2 : 1024;
    fetch__want *grown = realloc(f->wants, n * sizeof *grown);
    if (!grown) return fetch__oom(err);
    f->wants = grown;
    f->want_capacity = n;
  }
  f->wants[f->want_count++] = (fetch__want){(uint32_t)(p - f->persons), reg, fact};
  return ANS_OK;
}

static unsigned plan__cheapest(const fetch__run *f, uint64_t from) {
  unsigned best = FETCH_REGISTERS;
  for (unsigned i = 0; i < f->config->register_count; i++)
    if ((from >> i & 1) && (best == FETCH_REGISTERS || f->config->registers[i].cost < f->config->registers[best].cost)) best = i;
  return best;
}

static ans_status plan__ask(plan__case *c) {
  const ans_program *p = c->f->program;
  unsigned reg = plan__cheapest(c->f, c->chosen_from);
  ans_status status = ANS_OK;
  for (uint32_t f = 0; f < p->fact_count; f++)
    for (uint32_t row = 0; c->needed[f] && row < c->columns->units[p->facts[f].unit].rows; row++) {
      uint32_t to[PLAN_MAX_POINTED];
      if (!(c->needed[f][row] >> reg & 1)) continue;
      unsigned n = plan__pointed(c, p->facts[f].unit, row, to);
      for (uint32_t at = 0; n == PLAN_MAX_POINTED && at < c->columns->units[c->person_unit].rows && status == ANS_OK; at++)
        if (c->pending[at] >> reg & 1) status = plan__want(c->f, c->people[at], reg, f, c->err);
      for (unsigned i = 0; n < PLAN_MAX_POINTED && i < n && status == ANS_OK; i++)
        if (c->pending[to[i]] >> reg & 1) status = plan__want(c->f, c->people[to[i]], reg, f, c->err);
      if (status != ANS_OK) return status;
    }
  return ANS_OK;
}

/* --- one claim ------------------------------------------------------------------------------------------------------------------------- */
static void plan__on_bad(void *ctx, int64_t claim, const ans_error *why) {
  plan__case *c = ctx;
  (void)claim;
  (void)why;
  c->refused = true;
}

static ans_status plan__load(plan__case *c) {
  const ans_program *p = c->f->program;
  uint32_t unit = p->benefits[ans_program_find_benefit(p, c->f->options->benefit)].unit;
  ans_status status = ans_fact_loader_load(c->loader, unit, &c->claim, 1, &c->columns, &c->component, &c->row, plan__on_bad, c, c->err);
  if (status != ANS_OK || c->refused) return status;
  uint32_t people = c->columns->units[c->person_unit].rows;
  c->open = calloc((size_t)p->fact_count + 1, sizeof *c->open);
  c->needed = calloc((size_t)p->fact_count + 1, sizeof *c->needed);
  c->people = calloc((size_t)people + 1, sizeof *c->people);
  c->pending = calloc((size_t)people + 1, sizeof *c->pending);
  return c->open && c->needed && c->people && c->pending ? ANS_OK : fetch__oom(c->err);
}

static void plan__forget(plan__case *c) {
  for (uint32_t f = 0; f < c->f->program->fact_count; f++) {
    if (c->open) free(c->open[f]);
    if (c->needed) free(c->needed[f]);
  }
  free(c->open);
  free(c->needed);
  free(c->people);
  free(c->pending);
  ans_columns_free(c->columns);
}

static bool plan__on_whole(void *ctx, const char *idnr, uint32_t reference) {
  fetch__person *p = fetch__find(ctx, idnr);
  (void)reference;
  if (p) p->whole = true;
  return true;
}

/* *open: something was wanted, and the claim is looked at again in the next round. */
static ans_status plan__claim(fetch__run *f, ans_fact_loader *loader, int64_t claim, bool *open, ans_error *err) {
  plan__case c = {.f = f, .claim = claim, .loader = loader, .person_unit = ans_program_find_unit(f->program, ANS_UNIT_PERSON), .err = err};
  size_t before = f->want_count;
  *open = false;
  if (c.person_unit == ANS_NONE) return ANS_OK; /* no register is asked about anything but persons */
  ans_status status = plan__load(&c);
  if (status == ANS_OK && c.refused) status = exchange__reach_claim(f->store, f->program, claim, plan__on_whole, f, err);
  if (status == ANS_OK && !c.refused) status = plan__mark_all(&c);
  bool any = false;
  for (uint32_t i = 0; status == ANS_OK && !c.refused && i < f->program->fact_count; i++) any = any || c.open[i];
  if (status == ANS_OK && any) status = plan__needs(&c);
  if (status == ANS_OK && any && c.chosen_from) status = plan__ask(&c);
  *open = f->want_count > before;
  plan__forget(&c);
  return status;
}

/* --- rounds ---------------------------------------------------------------------------------------------------------------------------- */
static int plan__order(const void *x, const void *y) {
  const fetch__want *a = x, *b = y;
  if (a->person != b->person) return a->person < b->person ? -1 : 1;
  if (a->reg != b->reg) return a->reg < b->reg ? -1 : 1;
  return (a->fact > b->fact) - (a->fact < b->fact);
}

/* One request for each person and register, stating the facts that some claim needs. */
static ans_status plan__send(fetch__run *f, ans_error *err) {
  ans_status status = ANS_OK;
  if (f->want_count) qsort(f->wants, f->want_count, sizeof *f->wants, plan__order);
  for (size_t i = 0; i < f->want_count && status == ANS_OK;) {
    char text[EXCHANGE_FIELDS_SIZE] = "";
    const fetch__want w = f->wants[i];
    uint32_t n = 0;
    for (uint32_t last = ANS_NONE; i < f->want_count && f->wants[i].person == w.person && f->wants[i].reg == w.reg; last = f->wants[i++].fact) {
      const ans_fact *fact = &f->program->facts[f->wants[i].fact];
      if (f->wants[i].fact == last) continue;
      if (!exchange__state_field(text, f->program->units[fact->unit].name, fact->name)) text[0] = 0; /* more than can be stated: the policy refuses it */
      n++;
    }
    const char *fields = ans_arena_text(f->arena, text, strlen(text));
    status = fields ? fetch__queue(f, &f->persons[w.person], w.reg, fields, n, err) : fetch__oom(err);
  }
  f->want_count = 0;
  return status == ANS_OK ? fetch__flush(f, err) : status;
}

/* Everything about the persons of cases that cannot be read. */
static ans_status plan__whole(fetch__run *f, ans_error *err) {
  ans_status status = ANS_OK;
  for (size_t k = 0; k < f->count && status == ANS_OK; k++)
    for (unsigned i = 0; f->persons[k].whole && i < f->config->register_count && status == ANS_OK; i++) {
      bool pending = false;
      status = fetch__is_pending(f, &f->persons[k], i, &pending, err);
      if (status == ANS_OK && pending) status = fetch__queue(f, &f->persons[k], i, f->fields[i], f->field_count[i], err);
    }
  return status == ANS_OK ? fetch__flush(f, err) : status;
}

/* What fetching everything would have asked beyond: the difference that the plan makes. */
static ans_status plan__count_spared(fetch__run *f, ans_error *err) {
  for (size_t k = 0; k < f->count; k++) {
    bool spared = false;
    for (unsigned i = 0; i < f->config->register_count; i++) {
      bool pending = false;
      ans_status status = fetch__is_pending(f, &f->persons[k], i, &pending, err);
      if (status != ANS_OK) return status;
      if (!pending) continue;
      spared = true;
      f->report->spared_requests++;
      f->report->spared_fields += f->field_count[i];
    }
    f->report->spared_persons += spared && !f->persons[k].asked;
  }
  return ANS_OK;
}

ans_status fetch__plan(fetch__run *f, ans_error *err) {
  ans_status status = ANS_OK;
  for (bool more = true; more && status == ANS_OK;) {
    ans_fact_loader *loader = NULL;
    size_t kept = 0;
    status = ans_fact_loader_new(f->store, f->program, INT64_MAX, &loader, err);
    for (size_t i = 0; i < f->claim_count && status == ANS_OK; i++) {
      bool open = false;
      status = plan__claim(f, loader, f->claims[i], &open, err);
      if (open) f->claims[kept++] = f->claims[i];
    }
    ans_fact_loader_free(loader);
    if (status != ANS_OK) return status;
    f->claim_count = kept;
    more = f->want_count > 0 && !f->options->on_planned; /* without sending, the first round is all that can be known */
    status = plan__send(f, err);
    f->report->rounds++;
  }
  if (status == ANS_OK) status = plan__whole(f, err);
  return status == ANS_OK && !f->options->on_planned ? plan__count_spared(f, err) : status;
}
