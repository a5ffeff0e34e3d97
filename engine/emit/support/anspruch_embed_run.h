/* One evaluation of an emitted package: memory, checking the input, day segments, aggregates and ranks (docs/semantics.md, sections 3, 4.2, 6).
 * Private to emitted sources.
 *
 * Memory is a bump over the caller's block, given back by setting `used` to what it was. Whoever takes memory sets the fault when there is
 * none. Invariant: a register's cells are written in full before anything reads them. */
#ifndef ANSPRUCH_EMBED_RUN_H
#define ANSPRUCH_EMBED_RUN_H
#include "anspruch_embed_ops.h"

/* --- memory ----------------------------------------------------------------------------------------------------------------------------- */
static inline bool an_fail(an_run *run, an_status status, uint32_t unit, uint32_t row, uint32_t fact, uint32_t result) {
  run->fault = (an_fault){status, unit, row, fact, result, 0};
  return false;
}
/* count items of size bytes, aligned to 16; not cleared. NULL with the fault set when the block is too small. */
static inline void *an_take(an_run *run, size_t count, size_t size) {
  const size_t bytes = count > (SIZE_MAX - 32) / size ? SIZE_MAX - 32 : (count * size + 15) & ~(size_t)15;
  if (bytes > run->size - run->used) {
    an_fail(run, AN_MEMORY, AN_NONE, AN_NONE, AN_NONE, AN_NONE);
    run->fault.need = bytes > SIZE_MAX - run->used ? SIZE_MAX : run->used + bytes;
    return NULL;
  }
  void *p = run->block + run->used;
  run->used += bytes;
  return p;
}
/* The cells of a unit whose number of rows is known. */
static inline bool an_take_cells(an_run *run, uint32_t unit) {
  const uint32_t registers = run->package->units[unit].registers;
  run->cell_count += (uint64_t)run->rows[unit] * registers;
  if (run->cell_count > AN_MAX_CELLS) return an_fail(run, AN_LIMIT, unit, AN_NONE, AN_NONE, AN_NONE);
  run->cells[unit] = an_take(run, (size_t)run->rows[unit] * registers, sizeof(an_cell));
  return run->cells[unit] != NULL;
}
static inline uint32_t an_period_days(uint32_t kind) {
  static const uint32_t days[] = {31, 1, 184, 366};
  return days[kind];
}
typedef struct an_table { /* how a unit's rows stand in the input of every package */
  const void *rows;
  uint32_t count;
} an_table;
static inline an_table an_table_of(const void *input, const an_unit_info *unit) {
  an_table t = {NULL, 0};
  if (!input) return t;
  memcpy(&t.rows, (const unsigned char *)input + unit->offset, sizeof t.rows);
  memcpy(&t.count, (const unsigned char *)input + unit->offset + sizeof t.rows, sizeof t.count);
  return t;
}
static inline size_t an_sum_sizes(size_t total, size_t count, size_t size) {
  if (total == SIZE_MAX || (size && count > (SIZE_MAX - total - 64) / size)) return SIZE_MAX;
  return total + count * size + 32;
}
/* A block that always suffices for the input: every day its own segment, and the scratch memory of the largest aggregate. */
static inline size_t an_memory(const an_package *p, const void *input) {
  size_t total = an_sum_sizes(64, p->unit_count, sizeof(an_cell *) + sizeof(uint32_t) + sizeof(an_segments) + 48), most = 1;
  for (uint32_t i = 0; i < p->unit_count; i++) {
    const an_unit_info *u = &p->units[i];
    const size_t above = u->parent == AN_NONE ? 0 : an_table_of(input, &p->units[u->parent]).count;
    const size_t rows = i == 0 ? 1 : u->parent == AN_NONE ? an_table_of(input, u).count : above * an_period_days(p->period_kind);
    total = an_sum_sizes(total, rows, (size_t)u->registers * sizeof(an_cell) + (u->parent == AN_NONE ? 0 : sizeof(an_segment)));
    total = an_sum_sizes(total, above + 1, sizeof(uint32_t));
    if (rows > most) most = rows;
  }
  return an_sum_sizes(total, most + 1, 128);
}

/* --- checking the input ----------------------------------------------------------------------------------------------------------------- */
static inline bool an_possible(const an_run *run, an_type type, int64_t lowest, int64_t highest, int64_t v, const an_extras *x) {
  if (type.tag == AN_REF) return v >= 0 && v < run->rows[type.ref];
  if (type.tag == AN_TEXT) return v >= 0 && v < x->text_count && x->texts[v].fact == type.ref;
  return v >= lowest && v <= highest;
}
static inline bool an_interval_fits(const an_interval *x, const an_interval *before) {
  if (x->from != AN_OPEN_PAST && (x->from < AN_DAY_MIN || x->from > AN_DAY_MAX)) return false;
  if (x->to != AN_OPEN_FUTURE && (x->to < AN_DAY_MIN || x->to > AN_DAY_MAX)) return false;
  return x->from <= x->to && (!before || before->to < x->from);
}
static inline bool an_check_fact(an_run *run, uint32_t fact, uint32_t row, const unsigned char *bytes, const an_extras *x) {
  const an_fact_info *f = &run->package->facts[fact];
  if (!f->timeline) {
    an_fact v;
    memcpy(&v, bytes, sizeof v);
    if (v.is > AN_IS_HUMAN || (v.is == AN_IS_VALUE && !an_possible(run, f->type, f->lowest, f->highest, v.v, x))) return an_fail(run, AN_FACT, f->unit, row, fact, AN_NONE);
    return true;
  }
  an_timeline t;
  memcpy(&t, bytes, sizeof t);
  if (t.count && !t.items) return an_fail(run, AN_INTERVAL, f->unit, row, fact, AN_NONE);
  for (uint32_t i = 0; i < t.count; i++) {
    const an_interval *v = &t.items[i];
    if (!an_interval_fits(v, i ? v - 1 : NULL)) return an_fail(run, AN_INTERVAL, f->unit, row, fact, AN_NONE);
    if (v->is > AN_IS_HUMAN || (v->is == AN_IS_VALUE && !an_possible(run, f->type, f->lowest, f->highest, v->v, x))) return an_fail(run, AN_FACT, f->unit, row, fact, AN_NONE);
  }
  return true;
}
static inline an_extras an_extras_of(const an_run *run) {
  an_extras x;
  memcpy(&x, (const unsigned char *)run->input + run->package->extras, sizeof x);
  return x;
}
static inline bool an_check_extras(an_run *run, const an_extras *x) {
  const an_package *p = run->package;
  if (x->given_count && !x->given) return an_fail(run, AN_GIVEN, AN_NONE, AN_NONE, AN_NONE, AN_NONE);
  for (uint32_t i = 0; i < x->text_count; i++)
    if (!x->texts[i].text || (x->texts[i].holds & x->texts[i].failed)) return an_fail(run, AN_TEXT_INPUT, AN_NONE, i, x->texts[i].fact, AN_NONE);
  for (uint32_t i = 0; i < x->given_count; i++) {
    const an_given *g = &x->given[i];
    const an_result_info *r = g->result < p->result_count ? &p->results[g->result] : NULL;
    bool ok = r && r->unit != 0 && p->units[r->unit].parent == AN_NONE && g->row < run->rows[r->unit] && g->fact.is >= AN_IS_VALUE && g->fact.is <= AN_IS_HUMAN;
    ok = ok && (i == 0 || g[-1].result < g->result || (g[-1].result == g->result && g[-1].row < g->row));
    ok = ok && (g->fact.is != AN_IS_VALUE || an_possible(run, r->type, r->lowest, r->highest, g->fact.v, x));
    if (!ok) return an_fail(run, AN_GIVEN, r ? r->unit : AN_NONE, g->row, AN_NONE, g->result);
  }
  return true;
}
static inline bool an_check_input(an_run *run) {
  const an_package *p = run->package;
  const an_extras x = an_extras_of(run);
  if (x.text_count && !x.texts) return an_fail(run, AN_TEXT_INPUT, AN_NONE, AN_NONE, AN_NONE, AN_NONE);
  for (uint32_t i = 0; i < p->fact_count; i++) {
    const an_unit_info *u = &p->units[p->facts[i].unit];
    const unsigned char *bytes = an_table_of(run->input, u).rows;
    for (uint32_t row = 0; row < run->rows[p->facts[i].unit]; row++)
      if (!an_check_fact(run, i, row, bytes + (size_t)row * u->row_size + p->facts[i].offset, &x)) return false;
  }
  return an_check_extras(run, &x);
}

/* --- running ---------------------------------------------------------------------------------------------------------------------------- */
static inline void an_period_span(an_run *run, uint32_t kind, int32_t n) {
  switch (kind) {
    case 1:
      run->first_day = run->last_day = n;
      return;
    case 2:
      run->first_day = (int32_t)an_day(n / 2, n % 2 ? 7 : 1, 1);
      run->last_day = n % 2 ? (int32_t)an_day(n / 2, 12, 31) : (int32_t)an_day(n / 2, 6, 30);
      return;
    case 3:
      run->first_day = (int32_t)an_day(n, 1, 1);
      run->last_day = (int32_t)an_day(n, 12, 31);
      return;
    default:
      run->first_day = (int32_t)an_day(n / 12, n % 12 + 1, 1);
      run->last_day = (int32_t)an_day(n / 12, n % 12 + 1, an_month_days(n / 12, n % 12 + 1));
  }
}
static inline an_status an_start(an_run *run, const an_package *p, void *block, size_t size, int32_t period, int32_t law_known) {
  *run = (an_run){.package = p, .period = period, .law_known = law_known};
  const size_t skew = (16 - (uintptr_t)block % 16) % 16;
  run->block = block;
  if (!block || size < skew) size = 0;
  else run->block += skew, size -= skew;
  run->size = size;
  if (period < p->first_period || period > p->last_period || law_known < AN_DAY_MIN || law_known > AN_DAY_MAX) {
    an_fail(run, AN_PERIOD, AN_NONE, AN_NONE, AN_NONE, AN_NONE);
    return AN_PERIOD;
  }
  an_period_span(run, p->period_kind, period);
  run->cells = an_take(run, p->unit_count, sizeof *run->cells);
  if (run->cells) run->rows = an_take(run, p->unit_count, sizeof *run->rows);
  if (run->rows) run->segments = an_take(run, p->unit_count, sizeof *run->segments);
  if (run->segments) memset(run->rows, 0, p->unit_count * sizeof *run->rows);
  if (run->segments) run->rows[0] = 1;
  if (!run->segments || !an_take_cells(run, 0)) {
    run->rows = NULL; /* nothing can be read */
    return run->fault.status;
  }
  p->periodic(run);
  run->kept = run->used;
  return AN_OK;
}
static inline bool an_run_rows(an_run *run) {
  const an_package *p = run->package;
  for (uint32_t i = 1; i < p->unit_count; i++) {
    const an_table t = p->units[i].parent == AN_NONE ? an_table_of(run->input, &p->units[i]) : (an_table){NULL, 0};
    if (t.count > AN_MAX_ROWS) return an_fail(run, AN_LIMIT, i, AN_NONE, AN_NONE, AN_NONE);
    if (t.count && !t.rows) return an_fail(run, AN_FACT, i, 0, AN_NONE, AN_NONE);
    run->rows[i] = t.count;
  }
  run->rows[0] = 1;
  if (!an_check_input(run)) return false;
  for (uint32_t i = 1; i < p->unit_count; i++)
    if (p->units[i].parent == AN_NONE && !an_take_cells(run, i)) return false;
  return true;
}
static inline an_status an_evaluate(an_run *run, const void *input) {
  if (!run->kept) return run->fault.status != AN_OK ? run->fault.status : AN_MEMORY; /* never started */
  run->input = input;
  run->used = run->kept;
  run->cell_count = run->package->units[0].registers;
  run->fault = (an_fault){AN_OK, AN_NONE, AN_NONE, AN_NONE, AN_NONE, 0};
  if (!input) an_fail(run, AN_FACT, AN_NONE, AN_NONE, AN_NONE, AN_NONE);
  else if (an_run_rows(run) && run->package->evaluate(run)) return AN_OK;
  memset(run->rows, 0, run->package->unit_count * sizeof *run->rows); /* nothing half computed can be read */
  return run->fault.status;
}

/* --- registers of whole units ----------------------------------------------------------------------------------------------------------- */
typedef struct an_at { uint32_t unit, position; } an_at; /* a register; position AN_NONE: none */
#define AN_AT(unit, position) ((an_at){(unit), (position)})
#define AN_NOWHERE ((an_at){0, AN_NONE})
static inline an_cell *an_cell_at(const an_run *run, an_at at, uint32_t row) {
  return run->cells[at.unit] + (at.unit ? (size_t)row * run->package->units[at.unit].registers : 0) + at.position;
}
static inline an_cell an_filter_at(const an_run *run, an_at at, uint32_t row) { return at.position == AN_NONE ? an_val(1) : an_condition(*an_cell_at(run, at, row)); }

/* A result that cannot be given (by the period or by the day). */
static inline an_cell an_computed(an_cell c) {
  c.given = 0;
  return c;
}
/* A result's cell (6): what was given takes the place of what was computed before anything reads it. */
static inline an_cell an_result_cell(const an_extras *x, uint32_t result, uint32_t row, an_cell computed) {
  uint32_t lo = 0, hi = x->given_count;
  computed.given = 0;
  while (lo < hi) {
    const uint32_t mid = lo + (hi - lo) / 2;
    const an_given *g = &x->given[mid];
    if (g->result < result || (g->result == result && g->row < row)) lo = mid + 1;
    else hi = mid;
  }
  if (lo == x->given_count || x->given[lo].result != result || x->given[lo].row != row) return computed;
  computed = an_given_fact(x->given[lo].fact, AN_UNKNOWN);
  computed.given = 1;
  return computed;
}
static inline void an_result_cells(an_run *run, const an_extras *x, uint32_t result, an_at at) {
  for (uint32_t row = 0; row < run->rows[at.unit]; row++) *an_cell_at(run, at, row) = an_result_cell(x, result, row, *an_cell_at(run, at, row));
}

/* --- day segments (4.2) ----------------------------------------------------------------------------------------------------------------- */
typedef enum an_change_kind { AN_CHANGE_TIMELINE, AN_CHANGE_DATE, AN_CHANGE_SEGMENTS, AN_CHANGE_EVERY_DAY } an_change_kind;
typedef struct an_change {
  an_change_kind kind;
  an_at at;                            /* reference to the row that owns timeline or segments (none: the row itself), or the date */
  an_field field;                      /* timeline */
  uint32_t unit;                       /* of segments */
} an_change;
static inline void an_starts_on(const an_run *run, bool starts[AN_MAX_DAYS], int64_t day) {
  if (day > run->first_day && day <= run->last_day) starts[day - run->first_day] = true;
}
static inline bool an_no_change(const an_interval *x, const an_interval *y) { /* adjacent intervals of equal content are one */
  return (int64_t)x->to + 1 == y->from && x->is == y->is && (x->is != AN_IS_VALUE || x->v == y->v);
}
static inline bool an_says_nothing(const an_interval *x, uint8_t missing) {
  return x->is == AN_IS_MISSING || x->is == AN_IS_UNKNOWN || (x->is == AN_IS_HUMAN && missing == AN_HUMAN);
}
static inline void an_timeline_changes(const an_run *run, an_field field, int64_t row, bool starts[AN_MAX_DAYS]) {
  const an_timeline t = an_timeline_of(field, row);
  for (uint32_t i = 0; i < t.count; i++) {
    const an_interval *x = &t.items[i];
    if (an_says_nothing(x, field.missing)) continue;
    if (i == 0 || !an_no_change(x - 1, x)) an_starts_on(run, starts, x->from);
    if (i + 1 == t.count || !an_no_change(x, x + 1)) an_starts_on(run, starts, (int64_t)x->to + 1);
  }
}
static inline void an_changes(const an_run *run, const an_change *change, uint32_t row, bool starts[AN_MAX_DAYS]) {
  if (change->kind == AN_CHANGE_EVERY_DAY) {
    for (int64_t day = run->first_day; day <= run->last_day; day++) an_starts_on(run, starts, day);
    return;
  }
  an_cell at = an_val(row);
  if (change->at.position != AN_NONE) at = *an_cell_at(run, change->at, row);
  if (at.state != AN_VALUE) return; /* then every day has that state */
  if (change->kind == AN_CHANGE_DATE) {
    an_starts_on(run, starts, at.v);
  } else if (change->kind == AN_CHANGE_TIMELINE) {
    an_timeline_changes(run, change->field, at.v, starts);
  } else {
    const an_segments *g = &run->segments[change->unit];
    for (uint32_t i = g->first[at.v]; i < g->first[at.v + 1]; i++) an_starts_on(run, starts, g->items[i].from);
  }
}
static inline void an_starts(const an_run *run, const an_change *changes, uint32_t n, uint32_t row, bool starts[AN_MAX_DAYS]) {
  memset(starts, 0, AN_MAX_DAYS * sizeof *starts);
  starts[0] = true;
  for (uint32_t i = 0; i < n; i++) an_changes(run, &changes[i], row, starts);
}
/* Makes the rows of a unit of segments and their first register, the row of the parent. */
static inline bool an_split(an_run *run, uint32_t unit, uint32_t position, const an_change *changes, uint32_t n) {
  const uint32_t rows = run->rows[run->package->units[unit].parent];
  const int32_t days = run->last_day - run->first_day + 1;
  an_segments *g = &run->segments[unit];
  bool starts[AN_MAX_DAYS];
  uint32_t total = 0, at = 0;
  g->first = an_take(run, (size_t)rows + 1, sizeof *g->first);
  if (!g->first) return false;
  for (uint32_t row = 0; row < rows; row++) {
    g->first[row] = total; /* at most AN_MAX_ROWS * AN_MAX_DAYS */
    an_starts(run, changes, n, row, starts);
    for (int32_t d = 0; d < days; d++) total += starts[d];
  }
  g->first[rows] = total;
  g->items = an_take(run, total, sizeof *g->items);
  run->rows[unit] = total;
  if (!g->items || !an_take_cells(run, unit)) return false;
  for (uint32_t row = 0; row < rows; row++) {
    an_starts(run, changes, n, row, starts);
    for (int32_t d = 0; d < days; d++) {
      if (!starts[d]) continue;
      if (at > g->first[row]) g->items[at - 1].to = run->first_day + d - 1;
      *an_cell_at(run, AN_AT(unit, position), at) = an_val(row);
      g->items[at++] = (an_segment){row, run->first_day + d, run->last_day};
    }
  }
  return true;
}
static inline an_cell an_seg_find(const an_run *run, uint32_t unit, an_cell row, an_cell day) {
  AN_STRICT(row, day);
  const an_segments *g = &run->segments[unit];
  for (uint32_t i = g->first[row.v]; i < g->first[row.v + 1]; i++)
    if (g->items[i].from <= day.v && day.v <= g->items[i].to) return an_val(i);
  return an_st(AN_ERROR); /* a day outside the period */
}

/* --- aggregates (3) --------------------------------------------------------------------------------------------------------------------- */
typedef enum an_aggregate_kind { AN_AGG_COUNT, AN_AGG_SUM, AN_AGG_MIN, AN_AGG_MAX, AN_AGG_ANY, AN_AGG_ALL } an_aggregate_kind;
typedef struct an_tally {
  an_wide sum;
  int64_t best, possible_best[2];      /* possible: entered by members that belong perhaps; [0] unknown, [1] human */
  uint8_t state;                       /* maximum of the contributed states */
  bool any, possible[2];               /* any: a value entered, or a truth value decided */
} an_tally;
static inline bool an_better(an_aggregate_kind kind, int64_t x, int64_t y) { return kind == AN_AGG_MIN ? x < y : x > y; }
static inline void an_tally_possible(an_tally *t, an_aggregate_kind kind, int which, int64_t v) {
  if (!t->possible[which] || an_better(kind, v, t->possible_best[which])) t->possible_best[which] = v;
  t->possible[which] = true;
}
static inline void an_tally_number(an_tally *t, an_aggregate_kind kind, an_cell f, an_cell x) {
  if (x.state == AN_NOT_APPLICABLE) return;
  if (x.state != AN_VALUE || f.state >= AN_ERROR) {
    t->state = an_max(t->state, an_worst(f, x));
  } else if (f.state != AN_VALUE) { /* would change something only with a value that counts */
    if (kind != AN_AGG_SUM) an_tally_possible(t, kind, f.state == AN_HUMAN, x.v);
    else if (x.v != 0) t->state = an_max(t->state, f.state);
  } else {
    t->sum += x.v;
    if (!t->any || an_better(kind, x.v, t->best)) t->best = x.v;
    t->any = true;
  }
}
/* f is true or not a value, never false. */
static inline void an_tally_member(an_tally *t, an_aggregate_kind kind, an_cell f, an_cell x) {
  if (kind == AN_AGG_COUNT) {
    if (f.state == AN_VALUE) t->sum++;
    else t->state = an_max(t->state, f.state);
  } else if (kind == AN_AGG_ANY || kind == AN_AGG_ALL) {
    if (x.state == AN_NOT_APPLICABLE || an_eq1(x, kind == AN_AGG_ALL)) return;
    if (an_worst(f, x) == AN_VALUE) t->any = true;
    else t->state = an_max(t->state, an_worst(f, x));
  } else {
    an_tally_number(t, kind, f, x);
  }
}
static inline an_cell an_tally_result(const an_tally *t, an_aggregate_kind kind) {
  uint8_t state = t->state;
  if (kind == AN_AGG_ANY || kind == AN_AGG_ALL) return t->any ? an_val(kind == AN_AGG_ANY) : state ? an_st(state) : an_val(kind == AN_AGG_ALL);
  for (int human = 0; human < 2; human++)
    if (t->possible[human] && (!t->any || an_better(kind, t->possible_best[human], t->best))) state = an_max(state, human ? AN_HUMAN : AN_UNKNOWN);
  if (state) return an_st(state);
  if (kind == AN_AGG_MIN || kind == AN_AGG_MAX) return t->any ? an_val(t->best) : an_st(AN_NOT_APPLICABLE);
  return an_fit(t->sum);
}
/* Of every row of to's unit: the members, rows of ref's unit, that refer to it. */
static inline bool an_aggregate(an_run *run, an_aggregate_kind kind, an_at to, an_at ref, an_at filter, an_at element) {
  const size_t mark = run->used;
  const uint32_t rows = run->rows[to.unit], members = run->rows[ref.unit];
  an_tally *all = an_take(run, (size_t)rows + 1, sizeof *all); /* the last: members whose reference is not known count in every row */
  if (!all) return false;
  memset(all, 0, ((size_t)rows + 1) * sizeof *all);
  for (uint32_t m = 0; m < members; m++) {
    const an_cell r = *an_cell_at(run, ref, m);
    an_cell f = an_filter_at(run, filter, m);
    if (r.state == AN_NOT_APPLICABLE || an_eq1(f, 0)) continue;
    if (r.state != AN_VALUE) f = an_st(an_worst(f, r));
    an_tally_member(&all[r.state == AN_VALUE ? (size_t)r.v : rows], kind, f, element.position == AN_NONE ? an_val(1) : *an_cell_at(run, element, m));
  }
  for (uint32_t i = 0; i < rows; i++) {
    all[i].state = an_max(all[i].state, all[rows].state);
    for (int human = 0; human < 2; human++)
      if (all[rows].possible[human]) an_tally_possible(&all[i], kind, human, all[rows].possible_best[human]);
    *an_cell_at(run, to, i) = an_tally_result(&all[i], kind);
  }
  run->used = mark;
  return true;
}

/* --- ranks (3) -------------------------------------------------------------------------------------------------------------------------- */
typedef struct an_ranked {
  int64_t key;
  uint32_t group, row;                 /* group: rows of the target unit, or its number for a row that may be in every group */
  uint8_t state, before;               /* before: in that last group, the greatest state up to here */
} an_ranked;
static inline bool an_ranks_before(const an_ranked *a, const an_ranked *b) {
  if (a->group != b->group) return a->group < b->group;
  return a->key != b->key ? a->key < b->key : a->row < b->row;
}
static inline void an_sift(an_ranked *x, uint32_t at, uint32_t n) {
  for (uint32_t child; (child = 2 * at + 1) < n; at = child) {
    if (child + 1 < n && an_ranks_before(&x[child], &x[child + 1])) child++;
    if (!an_ranks_before(&x[at], &x[child])) return;
    const an_ranked t = x[at];
    x[at] = x[child];
    x[child] = t;
  }
}
/* Heap sort: no recursion, no memory; no two rows are equal, so that the order is unique. */
static inline void an_sort_ranked(an_ranked *x, uint32_t n) {
  for (uint32_t i = n / 2; i-- > 0;) an_sift(x, i, n);
  for (uint32_t end = n; end > 1;) {
    const an_ranked t = x[--end];
    x[end] = x[0];
    x[0] = t;
    an_sift(x, 0, end);
  }
}
typedef struct an_ranking {
  an_ranked *items;
  uint32_t count, open, groups;        /* open: index of the first item that may be in every group */
  uint8_t *always;                     /* per group, and in [groups] for all: states of rows whose key is not known */
} an_ranking;
static inline uint8_t an_key_state(an_cell key) { return key.state == AN_NOT_APPLICABLE ? (uint8_t)AN_ERROR : key.state; }
static inline void an_rank_collect(const an_run *run, an_ranking *k, an_at to, an_at ref, an_at filter, an_at key) {
  for (uint32_t q = 0; q < run->rows[to.unit]; q++) {
    const an_cell r = *an_cell_at(run, ref, q), f = an_filter_at(run, filter, q), x = *an_cell_at(run, key, q);
    if (r.state == AN_NOT_APPLICABLE || an_eq1(f, 0)) continue;
    const uint32_t group = r.state == AN_VALUE ? (uint32_t)r.v : k->groups;
    if (x.state == AN_VALUE) k->items[k->count++] = (an_ranked){x.v, group, q, an_worst(f, r), 0};
    else k->always[group] = an_max(k->always[group], an_max(an_worst(f, r), an_key_state(x)));
  }
  an_sort_ranked(k->items, k->count);
  for (k->open = 0; k->open < k->count && k->items[k->open].group != k->groups;) k->open++;
  uint8_t s = AN_VALUE;
  for (uint32_t i = k->open; i < k->count; i++) k->items[i].before = s = an_max(s, k->items[i].state);
}
static inline uint8_t an_rank_open_before(const an_ranking *k, const an_ranked *x) {
  uint32_t lo = k->open, hi = k->count;
  const an_ranked probe = {x->key, k->groups, x->row, 0, 0};
  while (lo < hi) {
    const uint32_t mid = lo + (hi - lo) / 2;
    if (an_ranks_before(&k->items[mid], &probe)) lo = mid + 1;
    else hi = mid;
  }
  return lo > k->open ? k->items[lo - 1].before : (uint8_t)AN_VALUE;
}
static inline bool an_rank(an_run *run, an_at to, an_at ref, uint32_t target, an_at filter, an_at key) {
  const size_t mark = run->used;
  const uint32_t rows = run->rows[to.unit];
  an_ranking k = {.groups = run->rows[target]};
  k.items = an_take(run, (size_t)rows + 1, sizeof *k.items);
  if (k.items) k.always = an_take(run, (size_t)k.groups + 1, 1);
  if (!k.always) return false;
  memset(k.always, 0, (size_t)k.groups + 1);
  an_rank_collect(run, &k, to, ref, filter, key);
  for (uint32_t r = 0; r < rows; r++) { /* overwritten below where the row has a rank */
    const an_cell f = an_filter_at(run, filter, r);
    const uint8_t s = an_max(an_worst(f, *an_cell_at(run, ref, r)), an_key_state(*an_cell_at(run, key, r)));
    *an_cell_at(run, to, r) = an_st(an_eq1(f, 0) ? (uint8_t)AN_NOT_APPLICABLE : s);
  }
  int64_t certain = 0;
  uint8_t state = AN_VALUE;
  for (uint32_t i = 0; i < k.open; i++) {
    const an_ranked *x = &k.items[i];
    if (i == 0 || x[-1].group != x->group) certain = 0, state = AN_VALUE;
    if (x->state != AN_VALUE) {
      state = an_max(state, x->state);
      continue;
    }
    const uint8_t s = an_max(an_max(state, k.always[x->group]), an_max(k.always[k.groups], an_rank_open_before(&k, x)));
    *an_cell_at(run, to, x->row) = s == AN_VALUE ? an_val(certain + 1) : an_st(s);
    certain++;
  }
  run->used = mark;
  return true;
}
#endif
