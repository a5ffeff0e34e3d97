/* From assertions to columns: finds the connected component of every claim, resolves its cells, and hands whole components to the columns builder.
 *
 * A component is found by breadth-first search from the claim: forwards along every live reference assertion (of any source, so that both sides
 * of a contradiction are in the component), backwards through the store's index of referrers. Per subject one range scan; there is no query per cell.
 * Everything about a component is checked before the first row goes to the builder, because a builder row cannot be taken back: a claim with bad
 * data is reported and leaves the others untouched.
 * Memory: bounded by the components of one call (each at most FACTS_MAX_COMPONENT_ROWS rows); working arrays are reused from call to call.
 * Thread rule: a loader belongs to the thread of its store handle. Results do not depend on the order of claims or of assertions. */
#include "facts/loader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ans_status loader__oom(ans_error *err) { return ans_error_set(err, ANS_MEMORY, "E-FACT-MEMORY", NULL, (char *)NULL); }

bool loader__reserve(void **array, size_t *capacity, size_t need, size_t size) {
  if (need <= *capacity) return true;
  size_t n = *capacity ? *capacity : 64;
  while (n < need) n *= 2;
  void *grown = realloc(*array, n * size);
  if (!grown) return false;
  *array = grown;
  *capacity = n;
  return true;
}

ans_status ans_fact_loader_new(ans_store *s, const ans_program *p, int64_t known_at, ans_fact_loader **out, ans_error *err) {
  *out = calloc(1, sizeof **out);
  if (!*out) return loader__oom(err);
  (*out)->store = s;
  (*out)->program = p;
  (*out)->known_at = known_at;
  (*out)->room = (ans_columns_room){calloc((size_t)p->unit_count + 1, sizeof(uint32_t)), calloc((size_t)p->fact_count + 1, sizeof(uint32_t))};
  if ((*out)->room.rows && (*out)->room.intervals) return ANS_OK;
  ans_fact_loader_free(*out);
  *out = NULL;
  return loader__oom(err);
}

static void loader__reset(ans_fact_loader *l) {
  for (size_t i = 0; i < l->row_count; i++) free(l->rows[i].key);
  l->row_count = l->cell_count = 0;
  facts__texts_reset(&l->texts);
  if (l->slots) memset(l->slots, 0, l->slot_capacity * sizeof *l->slots);
  l->failed = ANS_OK;
}

void ans_fact_loader_free(ans_fact_loader *l) {
  if (!l) return;
  loader__reset(l);
  free(l->rows);
  free(l->cells);
  free(l->slots);
  free(l->names);
  free(l->intervals);
  free(l->cuts);
  free(l->room.rows);
  free(l->room.intervals);
  facts__chunks_free(l->chunks);
  free(l);
}

/* --- subject → row ------------------------------------------------------------------------------------------------------------- */
static size_t loader__slot(const ans_fact_loader *l, int64_t subject) {
  size_t i = (size_t)((uint64_t)subject * 0x9E3779B97F4A7C15u >> 20) & (l->slot_capacity - 1);
  while (l->slots[i] && l->rows[l->slots[i] - 1].subject != subject) i = (i + 1) & (l->slot_capacity - 1);
  return i;
}

static bool loader__grow_slots(ans_fact_loader *l) {
  if ((l->row_count + 1) * 2 <= l->slot_capacity) return true;
  size_t n = l->slot_capacity ? l->slot_capacity * 2 : 1024;
  uint32_t *slots = calloc(n, sizeof *slots);
  if (!slots) return false;
  free(l->slots);
  l->slots = slots;
  l->slot_capacity = n;
  for (size_t i = 0; i < l->row_count; i++) l->slots[loader__slot(l, l->rows[i].subject)] = (uint32_t)i + 1;
  return true;
}

/* Row of a subject, or SIZE_MAX. */
size_t loader__find(const ans_fact_loader *l, int64_t subject) {
  if (!l->slot_capacity) return SIZE_MAX;
  uint32_t r = l->slots[loader__slot(l, subject)];
  return r ? r - 1 : SIZE_MAX;
}

static void loader__refuse(ans_fact_loader *l, const ans_error *why) {
  if (l->bad.status == ANS_OK) l->bad = *why; /* the first reason stays */
}

/* Adds a subject to the component being built. A subject that is not of the unit a reference must lead to is not a member: otherwise a wrong reference
 * would draw an innocent case into the refusal, or not, depending on which is read first. Returns false if it is of another unit. */
static bool loader__add(ans_fact_loader *l, int64_t subject, uint32_t component, uint32_t expected, char unit[256]) {
  char key[512];
  size_t known = loader__find(l, subject);
  if (l->failed != ANS_OK) return true;
  if (known != SIZE_MAX && expected != ANS_NONE && l->rows[known].unit != expected) return false;
  if (known != SIZE_MAX && l->rows[known].component != component) { /* only next to a component that was given up half-read */
    (void)ans_error_set(&l->bad, ANS_INPUT, "E-FACT-LINKED", NULL, l->rows[known].key, (char *)NULL);
    return true;
  }
  if (known != SIZE_MAX) return true;
  l->failed = ans_store_subject_name(l->store, subject, unit, 256, key, sizeof key, l->err);
  if (l->failed != ANS_OK) return true;
  uint32_t u = ans_program_find_unit(l->program, unit);
  if (expected != ANS_NONE && u != expected) return false;
  char *copy = strdup(key);
  if (!copy || !loader__grow_slots(l) || !loader__reserve((void **)&l->rows, &l->row_capacity, l->row_count + 1, sizeof *l->rows)) {
    free(copy);
    l->failed = loader__oom(l->err);
    return true;
  }
  l->rows[l->row_count] = (loader__row){.subject = subject, .unit = u, .component = component, .key = copy, .index = ANS_NONE};
  l->slots[loader__slot(l, subject)] = (uint32_t)l->row_count + 1;
  l->row_count++;
  return true;
}

/* --- reading one subject ------------------------------------------------------------------------------------------------------- */
/* The fact an interned name means for a unit. Pointer comparison suffices: the store interns. */
static uint32_t loader__fact(ans_fact_loader *l, uint32_t unit, const char *name) {
  for (size_t i = 0; i < l->name_count; i++)
    if (l->names[i].text == name && l->names[i].unit == unit) return l->names[i].fact;
  uint32_t fact = ans_program_find_fact(l->program, unit, name);
  if (loader__reserve((void **)&l->names, &l->name_capacity, l->name_count + 1, sizeof *l->names)) l->names[l->name_count++] = (loader__name){name, unit, fact};
  return fact;
}

/* Names the row that an error is about. */
static void loader__refuse_row(ans_fact_loader *l, ans_error *why, const loader__row *row) {
  snprintf(why->where, sizeof why->where, "%s %.200s", l->program->units[row->unit].name, row->key);
  loader__refuse(l, why);
}

static void loader__refuse_unstable(ans_fact_loader *l) {
  ans_error why = {0};
  (void)ans_error_set(&why, ANS_INPUT, "E-CHUNK-UNSTABLE", NULL, l->rows[l->current].key, (char *)NULL);
  loader__refuse(l, &why);
}

static bool loader__on_assertion(void *ctx, const ans_assertion *a) {
  ans_fact_loader *l = ctx;
  uint32_t unit = l->rows[l->current].unit, fact = loader__fact(l, unit, a->fact);
  if (fact == ANS_NONE) return true; /* another package's fact */
  if (!loader__reserve((void **)&l->cells, &l->cell_capacity, l->cell_count + 1, sizeof *l->cells)) {
    l->failed = loader__oom(l->err);
    return false;
  }
  loader__cell *cell = &l->cells[l->cell_count];
  ans_error why = {0};
  ans_status fits = facts__convert(l->program, &l->program->facts[fact], a, &l->texts, &cell->claim, &why);
  if (fits == ANS_MEMORY) {
    l->failed = loader__oom(l->err);
    return false;
  }
  if (fits != ANS_OK) {
    loader__refuse_row(l, &why, &l->rows[l->current]);
    return true;
  }
  cell->fact = fact;
  l->cell_count++;
  const ans_fact *f = &l->program->facts[fact];
  char other[256] = "?";
  if (f->type.tag == ANS_T_REF && a->kind == ANS_V_SUBJECT && !loader__add(l, a->number, l->rows[l->current].component, f->type.ref, other)) {
    (void)ans_error_set(&why, ANS_INPUT, "E-FACT-REF", NULL, f->name, other, l->program->units[f->type.ref].name, (char *)NULL);
    loader__refuse_row(l, &why, &l->rows[l->current]);
  }
  return l->failed == ANS_OK;
}

/* For a chunk: only what holds from known_at on may go in, so nothing may begin or end later. */
static bool loader__on_any_assertion(void *ctx, const ans_assertion *a) {
  ans_fact_loader *l = ctx;
  if (a->recorded_at > l->known_at || a->superseded_at > l->known_at) {
    loader__refuse_unstable(l);
    return false;
  }
  return a->superseded_at ? true : loader__on_assertion(ctx, a);
}

static bool loader__on_referrer(void *ctx, int64_t subject, const char *key) {
  ans_fact_loader *l = ctx;
  char unit[256];
  (void)key;
  (void)loader__add(l, subject, l->rows[l->current].component, ANS_NONE, unit);
  return l->failed == ANS_OK && l->row_count - l->first <= FACTS_MAX_COMPONENT_ROWS; /* the refusal follows in loader__component */
}

static ans_status loader__referrers(ans_fact_loader *l, const loader__row *row, ans_error *err) {
  const ans_program *p = l->program;
  int64_t subject = row->subject;
  uint32_t unit = row->unit;
  for (uint32_t f = 0; f < p->fact_count; f++) {
    if (p->facts[f].type.tag != ANS_T_REF || p->facts[f].type.ref != unit) continue;
    ans_status status = ans_store_referrers(l->store, p->units[p->facts[f].unit].name, p->facts[f].name, subject, l->known_at, loader__on_referrer, l, err);
    if (status != ANS_OK) return status;
    if (l->failed != ANS_OK) return l->failed;
  }
  return ANS_OK;
}

static ans_status loader__read(ans_fact_loader *l, size_t i, ans_error *err) {
  l->current = i;
  l->rows[i].first_cell = l->cell_count;
  if (l->rows[i].unit == ANS_NONE) return ANS_OK; /* a unit the package does not know takes no part */
  bool later = false;
  ans_status status = l->making ? ans_store_assertions_ever(l->store, l->rows[i].subject, loader__on_any_assertion, l, err) : ans_store_assertions(l->store, l->rows[i].subject, l->known_at, loader__on_assertion, l, err);
  if (status == ANS_OK) status = l->failed;
  if (status == ANS_OK && l->making) status = ans_store_referred_after(l->store, l->rows[i].subject, l->known_at, &later, err);
  if (later) loader__refuse_unstable(l);
  l->rows[i].cells = l->cell_count - l->rows[i].first_cell;
  return status == ANS_OK ? loader__referrers(l, &l->rows[i], err) : status;
}

/* Reads the whole component of a claim. l->bad tells whether it must be refused. */
static ans_status loader__component(ans_fact_loader *l, int64_t claim, uint32_t component, ans_error *err) {
  size_t first = l->row_count, first_cell = l->cell_count;
  char unit[256];
  l->bad = (ans_error){0};
  l->first = first;
  (void)loader__add(l, claim, component, ANS_NONE, unit);
  for (size_t i = first; i < l->row_count && l->failed == ANS_OK; i++) {
    if (l->row_count - first > FACTS_MAX_COMPONENT_ROWS || l->cell_count - first_cell > FACTS_MAX_COMPONENT_ASSERTIONS) {
      char b[24];
      ans_error why = {0};
      (void)ans_error_set(&why, ANS_LIMIT, "E-FACT-SIZE", NULL, ans_itoa(b, FACTS_MAX_COMPONENT_ROWS), (char *)NULL);
      l->bad = why; /* above any other reason: what was read is incomplete */
      return ANS_OK;
    }
    ans_status status = loader__read(l, i, err);
    if (status != ANS_OK) return status;
  }
  return l->failed;
}

/* --- resolving ------------------------------------------------------------------------------------------------------------------ */
static int loader__by_fact(const void *x, const void *y) {
  const loader__cell *a = x, *b = y;
  if (a->fact != b->fact) return a->fact < b->fact ? -1 : 1;
  if (a->claim.from != b->claim.from) return a->claim.from < b->claim.from ? -1 : 1;
  return (a->claim.to > b->claim.to) - (a->claim.to < b->claim.to);
}
static int loader__by_int(const void *x, const void *y) {
  int64_t a = *(const int64_t *)x, b = *(const int64_t *)y;
  return (a > b) - (a < b);
}

/* Intervals of a timeline: the days are cut wherever an assertion begins or ends; between two cuts nothing changes. Unknown days are left out
 * (a day in no interval is unknown, or human for human facts); equal neighbours are joined, so that the cut points of sources do not show. */
static ans_status loader__timeline(ans_fact_loader *l, const facts__claim *claims, uint32_t n, uint32_t *count, ans_error *err) {
  *count = 0;
  if (!loader__reserve((void **)&l->cuts, &l->cut_capacity, 2 * (size_t)n, sizeof *l->cuts) ||
      !loader__reserve((void **)&l->intervals, &l->interval_capacity, 2 * (size_t)n, sizeof *l->intervals))
    return loader__oom(err);
  size_t cuts = 0, active = 0;
  for (uint32_t i = 0; i < n; i++) {
    l->cuts[cuts++] = claims[i].from;
    l->cuts[cuts++] = (int64_t)claims[i].to + 1;
  }
  qsort(l->cuts, cuts, sizeof *l->cuts, loader__by_int);
  for (size_t i = 0; i + 1 < cuts; i++) {
    if (l->cuts[i] == l->cuts[i + 1]) continue;
    while (active < n && claims[active].to < l->cuts[i]) active++; /* sorted by beginning: a finished prefix never comes back */
    facts__resolved r = facts__resolve(claims + active, n - (uint32_t)active, (int32_t)l->cuts[i]);
    if (r.outcome != FACTS_KNOWN) continue;
    const facts__claim *w = &claims[active + r.winner];
    ans_interval *last = *count ? &l->intervals[*count - 1] : NULL;
    int32_t from = (int32_t)l->cuts[i], to = (int32_t)(l->cuts[i + 1] - 1);
    if (last && (int64_t)last->to + 1 == from && last->state == w->state && last->value == w->value) last->to = to;
    else l->intervals[(*count)++] = (ans_interval){.from = from, .to = to, .value = w->state == ANS_VALUE ? w->value : 0, .state = w->state};
  }
  return ANS_OK;
}

/* Numbers of this load become values of the columns; equal texts stay equal. */
static ans_status loader__texts(const ans_fact_loader *l, ans_columns_builder *b, uint32_t fact, facts__claim *claims, uint32_t n, ans_error *err) {
  for (uint32_t i = 0; i < n; i++) {
    const char *text = claims[i].state == ANS_VALUE ? l->texts.items[claims[i].value] : NULL;
    ans_status status = text ? ans_columns_text(b, fact, text, strlen(text), NULL, &claims[i].value, err) : ANS_OK;
    if (status != ANS_OK) return status;
  }
  return ANS_OK;
}

/* claims: scratch of the caller. */
static ans_status loader__set(ans_fact_loader *l, ans_columns_builder *b, const loader__row *row, uint32_t fact, facts__claim *claims, uint32_t n, ans_error *err) {
  const ans_fact *f = &l->program->facts[fact];
  ans_status numbered = f->type.tag == ANS_T_TEXT ? loader__texts(l, b, fact, claims, n, err) : ANS_OK;
  if (numbered != ANS_OK) return numbered;
  if (f->kind == ANS_FACT_TIMELINE) {
    uint32_t count = 0;
    ans_status status = loader__timeline(l, claims, n, &count, err);
    for (uint32_t i = 0; f->type.tag == ANS_T_REF && i < count; i++)
      if (l->intervals[i].state == ANS_VALUE) l->intervals[i].value = l->rows[loader__find(l, l->intervals[i].value)].index;
    return status == ANS_OK && count ? ans_columns_set_timeline(b, fact, row->index, l->intervals, count, err) : status;
  }
  facts__resolved r = facts__resolve(claims, n, 0);
  if (r.outcome != FACTS_KNOWN) return ANS_OK; /* not set: unknown, or human for human facts */
  ans_scalar v = {.v = 0, .state = claims[r.winner].state};
  if (v.state == ANS_VALUE) v.v = f->type.tag == ANS_T_REF ? (int64_t)l->rows[loader__find(l, claims[r.winner].value)].index : claims[r.winner].value;
  return ans_columns_set(b, fact, row->index, v, err);
}

/* Sets every fact of the row that somebody asserts. scratch: FACTS_MAX_ASSERTIONS_PER_CELL claims. */
static ans_status loader__set_facts(ans_fact_loader *l, ans_columns_builder *b, const loader__row *row, facts__claim *scratch, ans_error *err) {
  const loader__cell *cells = l->cells + row->first_cell;
  for (size_t i = 0; i < row->cells;) {
    uint32_t n = 0;
    for (; i + n < row->cells && cells[i + n].fact == cells[i].fact; n++) scratch[n] = cells[i + n].claim;
    ans_status status = loader__set(l, b, row, cells[i].fact, scratch, n, err);
    if (status != ANS_OK) return status;
    i += n;
  }
  return ANS_OK;
}

/* --- ancestry -------------------------------------------------------------------------------------------------------------------- */
/* Target row of a resolved reference, or SIZE_MAX. */
static size_t loader__target(const ans_fact_loader *l, const loader__row *row, uint32_t fact) {
  facts__claim claims[16];
  uint32_t n = 0;
  for (size_t i = 0; i < row->cells && n < 16; i++) {
    const loader__cell *c = &l->cells[row->first_cell + i];
    if (c->fact == fact) claims[n++] = c->claim;
  }
  facts__resolved r = facts__resolve(claims, n, 0);
  return r.outcome == FACTS_KNOWN && claims[r.winner].state == ANS_VALUE ? loader__find(l, claims[r.winner].value) : SIZE_MAX;
}

typedef struct loader__edge { uint32_t child, parent; } loader__edge;

/* Edges child → parent: facts "Elternteil…" of a unit to itself, and every claim row from its subject to its recipient. */
static size_t loader__edges(const ans_fact_loader *l, size_t first, size_t last, loader__edge *edges, size_t max) {
  const ans_program *p = l->program;
  size_t n = 0;
  for (size_t i = first; i < last; i++) {
    const loader__row *row = &l->rows[i];
    if (row->unit == ANS_NONE) continue;
    for (uint32_t f = 0; f < p->fact_count; f++) {
      const ans_fact *fact = &p->facts[f];
      if (fact->unit != row->unit || fact->type.tag != ANS_T_REF || fact->type.ref != fact->unit || strncmp(fact->name, "Elternteil", 10) != 0) continue;
      size_t t = loader__target(l, row, f);
      if (t != SIZE_MAX && n < max) edges[n++] = (loader__edge){(uint32_t)i, (uint32_t)t};
    }
    for (uint32_t k = 0; k < p->benefit_count; k++) {
      const ans_benefit *x = &p->benefits[k];
      if (x->unit != row->unit || x->subject_fact == ANS_NONE || x->recipient_fact == ANS_NONE) continue;
      size_t child = loader__target(l, row, x->subject_fact), parent = loader__target(l, row, x->recipient_fact);
      if (child != SIZE_MAX && parent != SIZE_MAX && n < max) edges[n++] = (loader__edge){(uint32_t)child, (uint32_t)parent};
    }
  }
  return n;
}

/* Refuses a component in which somebody is his own ancestor (Kahn's algorithm: what cannot be peeled off is on or above a cycle). */
static ans_status loader__check_ancestry(ans_fact_loader *l, size_t first, size_t last, ans_error *err) {
  size_t rows = last - first, per_row = l->program->benefit_count, left = 0;
  for (uint32_t f = 0; f < l->program->fact_count; f++) per_row += strncmp(l->program->facts[f].name, "Elternteil", 10) == 0;
  size_t max = rows * per_row;
  loader__edge *edges = malloc((max ? max : 1) * sizeof *edges);
  uint32_t *children = calloc(rows ? rows : 1, sizeof *children);
  if (!edges || !children) {
    free(edges);
    free(children);
    return loader__oom(err);
  }
  size_t n = loader__edges(l, first, last, edges, max);
  for (size_t i = 0; i < n; i++) children[edges[i].parent - first]++;
  for (bool again = true; again;) { /* at most one pass per generation */
    again = false;
    left = 0;
    for (size_t i = 0; i < n; i++) {
      if (children[edges[i].child - first] == 0) {
        children[edges[i].parent - first]--;
        again = true;
      } else {
        edges[left++] = edges[i];
      }
    }
    n = left;
  }
  ans_status status = left ? ans_error_set(err, ANS_INPUT, "E-FACT-CYCLE", NULL, l->rows[edges[0].child].key, (char *)NULL) : ANS_OK;
  free(edges);
  free(children);
  return status;
}

/* --- emission ---------------------------------------------------------------------------------------------------------------------- */
static int loader__by_unit_key(const void *x, const void *y, void *ctx) {
  const ans_fact_loader *l = ctx;
  const loader__row *a = &l->rows[*(const size_t *)x], *b = &l->rows[*(const size_t *)y];
  if (a->unit != b->unit) return a->unit < b->unit ? -1 : 1;
  return strcmp(a->key, b->key);
}

/* Sorts the cells of every row and finds whatever could make the builder refuse later. */
static ans_status loader__validate(ans_fact_loader *l, size_t first, size_t last, ans_error *err) {
  ans_error why = {0};
  for (size_t i = first; i < last; i++) {
    loader__row *row = &l->rows[i];
    loader__cell *cells = l->cells + row->first_cell;
    if (row->cells > 1) qsort(cells, row->cells, sizeof *cells, loader__by_fact);
    for (size_t k = 0; k < row->cells; k++) { /* the case document refuses it too, and a sealed snapshot must be readable */
      const ans_type type = l->program->facts[cells[k].fact].type;
      if (type.tag != ANS_T_REF || type.ref != row->unit || cells[k].claim.state != ANS_VALUE || cells[k].claim.value != row->subject) continue;
      (void)ans_error_set(&why, ANS_INPUT, "E-CASE-SELF", NULL, row->key, (char *)NULL);
      loader__refuse_row(l, &why, row);
      return ANS_OK;
    }
    for (size_t k = FACTS_MAX_ASSERTIONS_PER_CELL; k < row->cells; k++) {
      if (cells[k].fact != cells[k - FACTS_MAX_ASSERTIONS_PER_CELL].fact) continue;
      char b[24];
      (void)ans_error_set(&why, ANS_LIMIT, "E-FACT-MANY", NULL, l->program->facts[cells[k].fact].name, ans_itoa(b, FACTS_MAX_ASSERTIONS_PER_CELL), (char *)NULL);
      loader__refuse_row(l, &why, row);
      return ANS_OK;
    }
  }
  ans_status status = loader__check_ancestry(l, first, last, &why);
  if (status == ANS_MEMORY) return loader__oom(err);
  if (status != ANS_OK) loader__refuse(l, &why);
  return ANS_OK;
}

static ans_status loader__emit_component(ans_fact_loader *l, loader__load *load, size_t first, size_t last, ans_error *err) {
  size_t n = 0;
  if (!loader__reserve((void **)&load->order, &load->order_capacity, last - first, sizeof *load->order)) return loader__oom(err);
  for (size_t i = first; i < last; i++)
    if (l->rows[i].unit != ANS_NONE) load->order[n++] = i;
  qsort_r(load->order, n, sizeof *load->order, loader__by_unit_key, l);
  ans_status status = ans_columns_begin_component(load->builder, err);
  for (size_t i = 0; i < n && status == ANS_OK; i++) {
    loader__row *row = &l->rows[load->order[i]];
    status = ans_columns_add_row(load->builder, row->unit, row->key, &row->index, err);
  }
  for (size_t i = 0; i < n && status == ANS_OK; i++)
    status = loader__set_facts(l, load->builder, &l->rows[load->order[i]], load->scratch, err);
  return status == ANS_OK ? ans_columns_end_component(load->builder, err) : status;
}

/* One claim: reads and emits its component unless an earlier claim already did. *component UINT32_MAX with l->bad set: refused. */
static ans_status loader__claim(ans_fact_loader *l, loader__load *load, uint32_t unit, int64_t claim, ans_error *err) {
  size_t known = loader__find(l, claim), first = l->row_count;
  if (known != SIZE_MAX) return ANS_OK;
  ans_status status = loader__component(l, claim, load->components, err);
  if (status != ANS_OK) return status;
  if (l->bad.status == ANS_OK && l->rows[first].unit != unit) {
    char b[24];
    ans_error why = {0};
    (void)ans_error_set(&why, ANS_INPUT, "E-FACT-UNIT", NULL, ans_itoa(b, claim), l->program->units[unit].name, (char *)NULL);
    loader__refuse(l, &why);
  }
  if (l->bad.status == ANS_OK) status = loader__validate(l, first, l->row_count, err);
  if (status == ANS_OK && l->bad.status == ANS_OK) {
    status = loader__emit_component(l, load, first, l->row_count, err);
    load->components++;
  } else {
    for (size_t i = first; i < l->row_count; i++) l->rows[i].component = UINT32_MAX;
  }
  return status;
}

static void loader__measure(ans_fact_loader *l, const ans_columns *c) {
  for (uint32_t u = 0; u < l->program->unit_count; u++) l->room.rows[u] = c->units[u].rows;
  for (uint32_t f = 0; f < l->program->fact_count; f++) l->room.intervals[f] = c->timelines[f].offsets ? c->timelines[f].offsets[c->units[l->program->facts[f].unit].rows] : 0;
}

static int loader__by_claim(const void *x, const void *y) {
  const loader__order *a = x, *b = y;
  if (a->claim != b->claim) return a->claim < b->claim ? -1 : 1;
  return (a->index > b->index) - (a->index < b->index);
}

/* Reasons of refused components, kept for the other claims in them: reasons[k] belongs to the component that begins at row first[k]. */
typedef struct loader__refusals { ans_error *reasons; size_t *first, count, reason_capacity, first_capacity; } loader__refusals;

static bool loader__remember(loader__refusals *r, size_t row, const ans_error *why) {
  if (!loader__reserve((void **)&r->reasons, &r->reason_capacity, r->count + 1, sizeof *r->reasons) || !loader__reserve((void **)&r->first, &r->first_capacity, r->count + 1, sizeof *r->first)) return false;
  r->reasons[r->count] = *why;
  r->first[r->count++] = row;
  return true;
}

/* One claim through the rows: its component and, once that is emitted, its row. */
static ans_status loader__by_rows(ans_fact_loader *l, loader__load *load, uint32_t unit, const loader__order *o, loader__refusals *refused, uint32_t *component, uint32_t *claim_row, ans_fact_bad *bad, void *ctx, ans_error *err) {
  size_t before = l->row_count;
  ans_status status = facts__chunks_flush(l, load, err); /* components keep the order of their claims */
  if (status == ANS_OK) status = loader__claim(l, load, unit, o->claim, err);
  if (status != ANS_OK) return status;
  if (l->row_count > before && l->rows[before].component == UINT32_MAX && !loader__remember(refused, before, &l->bad)) return loader__oom(err);
  size_t row = loader__find(l, o->claim);
  *component = l->rows[row].component;
  *claim_row = l->rows[row].component == UINT32_MAX ? UINT32_MAX : l->rows[row].index;
  if (*component != UINT32_MAX || !bad) return ANS_OK;
  size_t k = refused->count; /* the refused component this row belongs to: the last one that begins at or before it */
  while (k > 0 && refused->first[k - 1] > row) k--;
  bad(ctx, o->claim, &refused->reasons[k - 1]);
  return ANS_OK;
}

/* Claims in order, from chunks where they are clean, else from rows. */
static ans_status loader__all(ans_fact_loader *l, loader__load *load, uint32_t unit, const loader__order *order, uint32_t n, uint32_t *claim_component, uint32_t *claim_row, ans_fact_bad *bad, void *ctx, ans_error *err) {
  loader__refusals refused = {0};
  ans_status status = facts__chunks_plan(l, order, n, err);
  for (uint32_t i = 0; i < n && status == ANS_OK; i++) {
    uint32_t at = order[i].index;
    bool taken = false;
    status = facts__chunks_take(l, load, unit, i, order[i].claim, &taken, &claim_component[at], &claim_row[at], err);
    if (status == ANS_OK && !taken) status = loader__by_rows(l, load, unit, &order[i], &refused, &claim_component[at], &claim_row[at], bad, ctx, err);
  }
  if (status == ANS_OK) status = facts__chunks_flush(l, load, err);
  free(refused.reasons);
  free(refused.first);
  return status;
}

ans_status ans_fact_loader_load(ans_fact_loader *l, uint32_t unit, const int64_t *claims, uint32_t n, ans_columns **out, uint32_t *claim_component, uint32_t *claim_row, ans_fact_bad *bad, void *ctx, ans_error *err) {
  *out = NULL;
  loader__reset(l);
  l->err = err;
  loader__load load = {.builder = ans_columns_builder_roomy(l->program, &l->room), .scratch = malloc(FACTS_MAX_ASSERTIONS_PER_CELL * sizeof(facts__claim))};
  loader__order *order = malloc((n ? n : 1) * sizeof *order);
  bool reading = false;
  ans_status status = load.builder && load.scratch && order ? ans_store_begin_read(l->store, &reading, err) : loader__oom(err);
  for (uint32_t i = 0; i < n && status == ANS_OK; i++) order[i] = (loader__order){claims[i], i};
  if (status == ANS_OK) qsort(order, n, sizeof *order, loader__by_claim);
  if (status == ANS_OK) status = loader__all(l, &load, unit, order, n, claim_component, claim_row, bad, ctx, err);
  ans_store_end_read(l->store, reading);
  if (status == ANS_OK) status = ans_columns_finish(load.builder, out, err);
  if (status == ANS_OK) loader__measure(l, *out);
  if (status == ANS_OK) facts__chunks_settle(l, *out, unit, order, n, claim_component, claim_row);
  ans_columns_builder_free(load.builder);
  free(load.scratch);
  free(load.order);
  free(order);
  return status;
}

/* --- provenance ---------------------------------------------------------------------------------------------------------------------- */
typedef struct loader__question { ans_fact_loader *loader; uint32_t fact; facts__claim *claims; uint32_t n; ans_status status; ans_error *err; } loader__question;

static bool loader__collect(void *ctx, const ans_assertion *a) {
  loader__question *q = ctx;
  const ans_fact *f = &q->loader->program->facts[q->fact];
  if (strcmp(a->fact, f->name) != 0) return true;
  if (q->n == FACTS_MAX_ASSERTIONS_PER_CELL) return false;
  q->status = facts__convert(q->loader->program, f, a, &q->loader->texts, &q->claims[q->n++], q->err);
  return q->status == ANS_OK;
}

static void loader__copy(char *out, size_t size, const char *text) { snprintf(out, size, "%s", text ? text : ""); }

static void loader__missing(const ans_program *p, const ans_fact *f, const facts__claim *claims, uint32_t n, int32_t day, ans_provenance *out) {
  for (uint32_t i = 0; i < n; i++)
    if (claims[i].rank == UINT32_MAX && claims[i].from <= day && day <= claims[i].to) {
      snprintf(out->reason, sizeof out->reason, "nur von %.40s gemeldet; diese Quelle sieht das Regelpaket nicht vor", claims[i].source);
      return;
    }
  size_t used = (size_t)snprintf(out->reason, sizeof out->reason, "nicht geliefert%s", f->source_count ? " (vorgesehen: " : "");
  for (uint32_t i = 0; i < f->source_count && used < sizeof out->reason; i++)
    used += (size_t)snprintf(out->reason + used, sizeof out->reason - used, "%s%s%s", i ? ", " : "", p->sources[f->first_source + i].source, i + 1 == f->source_count ? ")" : "");
}

static void loader__outside(const ans_fact *f, const facts__claim *w, ans_provenance *out) {
  char value[ANS_NUMBER_TEXT], bounds[ANS_BOUNDS_TEXT];
  snprintf(out->reason, sizeof out->reason, ANS_UNKNOWN_OUTSIDE ": %.40s nennt %.28s (%.40s)", w->source, ans_number_format(f->type, w->value, true, value), ans_fact_bounds_format(f, true, bounds));
}

ans_status ans_fact_provenance(ans_fact_loader *l, uint32_t fact, const char *row_id, int32_t day, ans_provenance *out, ans_error *err) {
  memset(out, 0, sizeof *out);
  const ans_program *p = l->program;
  const ans_fact *f = &p->facts[fact];
  int64_t subject = 0;
  ans_status status = ans_store_subject(l->store, p->units[f->unit].name, row_id, false, &subject, err);
  if (status != ANS_OK) return status;
  if (!subject) return ans_error_set(err, ANS_INPUT, "E-FACT-UNKNOWN", NULL, row_id, p->units[f->unit].name, (char *)NULL);
  loader__question q = {.loader = l, .fact = fact, .claims = malloc(FACTS_MAX_ASSERTIONS_PER_CELL * sizeof(facts__claim)), .err = err};
  if (!q.claims) return loader__oom(err);
  status = ans_store_assertions(l->store, subject, l->known_at, loader__collect, &q, err);
  if (status == ANS_OK) status = q.status;
  if (status == ANS_OK) {
    facts__resolved r = facts__resolve(q.claims, q.n, f->kind == ANS_FACT_SCALAR ? 0 : day);
    const facts__claim *w = r.outcome == FACTS_MISSING ? NULL : &q.claims[r.winner];
    if (!w) loader__missing(p, f, q.claims, q.n, f->kind == ANS_FACT_SCALAR ? 0 : day, out);
    if (w && r.outcome == FACTS_UNKNOWN) loader__copy(out->reason, sizeof out->reason, w->reason && *w->reason ? w->reason : "nicht bekannt");
    if (w && r.outcome == FACTS_CONTRADICTORY)
      snprintf(out->reason, sizeof out->reason, ANS_UNKNOWN_CONTRADICTORY ": %.40s und %.40s nennen Verschiedenes", w->source, q.claims[r.other].source);
    if (w && r.outcome == FACTS_OUTSIDE) loader__outside(f, w, out);
    if (w) {
      loader__copy(out->source, sizeof out->source, w->source);
      loader__copy(out->author, sizeof out->author, w->author);
      out->evidence = w->evidence;
      out->received_at = w->recorded_at;
      ans_evidence head;
      bool found = false;
      if (w->evidence) status = ans_store_evidence(l->store, w->evidence, &head, NULL, NULL, &found, err);
      if (status == ANS_OK && found) out->received_at = head.received_at;
    }
  }
  free(q.claims);
  return status;
}

ans_status ans_fact_settled(ans_fact_loader *l, const ans_columns *c, uint32_t fact, uint32_t row, const char *source, bool *settled, ans_error *err) {
  const ans_program *p = l->program;
  const ans_fact *f = &p->facts[fact];
  ans_provenance from = {0};
  *settled = false;
  if (f->kind != ANS_FACT_SCALAR || ans_columns_get(c, fact, row).state > ANS_NOT_APPLICABLE) return ANS_OK;
  ans_status status = ans_fact_provenance(l, fact, c->units[f->unit].ids[row], 0, &from, err);
  *settled = status == ANS_OK && from.source[0] && facts__rank(p, f, from.source) < facts__rank(p, f, source);
  return status;
}

ans_status ans_fact_needs_human(ans_fact_loader *l, const ans_columns *c, uint32_t fact, uint32_t row, int32_t day, bool *needs, ans_error *err) {
  ans_provenance from = {0};
  *needs = false;
  ans_status status = ans_fact_provenance(l, fact, c->units[l->program->facts[fact].unit].ids[row], day, &from, err);
  static const char *const begins[] = {ANS_UNKNOWN_CONTRADICTORY, ANS_UNKNOWN_OUTSIDE};
  *needs = status == ANS_OK && strcmp(from.reason, ANS_UNKNOWN_WITHHELD) == 0;
  for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) *needs = *needs || (status == ANS_OK && strncmp(from.reason, begins[i], strlen(begins[i])) == 0);
  return status;
}
