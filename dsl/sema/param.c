/* Dated parameters: rows, key ranges, and the check that every day of the package's span and every key has exactly one value (and no
 * other day two).
 *
 * A block "ab DATE" without "bis" ends on the day before the next later block. A row whose promulgation is later than that of another, and
 * is not its first day of validity, supersedes the other on the days and keys both cover (semantics 4.4: what is checked per state of knowledge, and why). Completeness of keys: every enumeration or truth value;
 * Zahl from 1 upwards, Dezimal and Geld from 0 upwards, dates and months from the first start named upwards. Overlaps, inside the span or not, are looked for once among all pairs of rows. The check for gaps sweeps elementary
 * intervals: time first, then one key after the other, then a sort by the last; the rows of a cell are handed down, so a table laid out as a
 * grid costs rows · cuts per key. The row limit bounds it. */
#include "sema/sema_private.h"
#include "num/calendar.h"
#include "num/period.h"
#include "num/money.h"
#include <stdlib.h>
#include <string.h>

static bool param__key_type(sema *s, const ans_syn *n, ans_type t) {
  if (t.tag != ANS_T_REF && !sema__steers(t)) return true;
  SEMA_ERR(s, KEY_TYPE, n, sema__type_name(s, t));
  return false;
}

static bool param__range(sema *s, const ans_syn *n, ans_type t, int64_t *lo, int64_t *hi) {
  const ans_syn *from = sema__child(n, 0), *to = sema__child(n, 1);
  *lo = INT64_MIN;
  *hi = INT64_MAX;
  if (from && !sema__value(s, from, t, lo)) return false;
  if (to == from && from) { *hi = *lo; return true; }
  if (to && !sema__value(s, to, t, hi)) return false;
  if (*hi < *lo) { SEMA_ERR0(s, KEY_RANGE_ORDER, n); return false; }
  return true;
}

/* Cells of one block; false when any was erroneous. */
static bool param__cells(sema *s, const ans_syn *block, ans_type type, const sema_param *side, const ans_param_row *shape, uint32_t *rows) {
  bool ok = true;
  for (uint32_t i = 4; i < block->count; i++) {
    const ans_syn *cell = block->child[i];
    ans_param_row row = *shape;
    for (uint32_t k = 0; k < ANS_MAX_KEYS; k++) { row.key_lo[k] = INT64_MIN; row.key_hi[k] = INT64_MAX; }
    if (cell->count - 1 != side->key_count && cell->count != 1) {
      SEMA_ERR(s, PARAM_CELL_KEYS, cell, sema__format(s, "%u", cell->count - 1), sema__format(s, "%u", side->key_count));
      ok = false;
      continue;
    }
    bool good = sema__value(s, cell->child[0], type, &row.value);
    for (uint32_t k = 0; k + 1 < cell->count; k++) good = param__range(s, cell->child[k + 1], side->key[k], &row.key_lo[k], &row.key_hi[k]) && good;
    ans_param_row *slot = good ? sema__push(s, &s->param_rows, sizeof *slot, "65536 Parameterzeilen / parameter rows") : NULL;
    if (slot) { *slot = row; ++*rows; }
    ok = ok && slot;
  }
  return ok;
}

static bool param__block(sema *s, const ans_syn *n, ans_type type, const sema_param *side, uint32_t *rows) {
  ans_param_row shape = {.provision = ANS_NONE, .unchecked = (n->flags & ANS_SYNF_UNCHECKED) != 0};
  bool ok = sema__interval(s, sema__child(n, 0), sema__child(n, 1), &shape.from_day, &shape.to_day);
  shape.promulgated_day = shape.from_day;
  shape.open_end = shape.to_day == ANS_OPEN_FUTURE;
  if (sema__child(n, 2)) ok = sema__date(s, n->child[2], &shape.promulgated_day) && ok;
  const ans_syn *source = sema__child(n, 3);
  if (source) shape.provision = source->kind == ANS_SYN_STRING ? sema__source_text(s, source, shape.unchecked) : sema__provision(s, source, shape.unchecked);
  return param__cells(s, n, type, side, &shape, rows) && ok;
}

static int param__order(const void *a, const void *b) {
  const ans_param_row *x = a, *y = b;
  if (x->from_day != y->from_day) return x->from_day < y->from_day ? -1 : 1;
  for (int k = 0; k < ANS_MAX_KEYS; k++)
    if (x->key_lo[k] != y->key_lo[k]) return x->key_lo[k] < y->key_lo[k] ? -1 : 1;
  if (x->promulgated_day != y->promulgated_day) return x->promulgated_day < y->promulgated_day ? -1 : 1;
  return x->to_day != y->to_day ? (x->to_day < y->to_day ? -1 : 1) : 0;
}

/* Open ends close on the day before the next later block. */
static void param__close(ans_param_row *rows, uint32_t n) {
  for (uint32_t i = n; i-- > 0;) {
    if (rows[i].to_day != ANS_OPEN_FUTURE) continue;
    for (uint32_t k = i + 1; k < n; k++)
      if (rows[k].from_day > rows[i].from_day) { rows[i].to_day = rows[k].from_day - 1; break; }
  }
}

static bool param__keys(sema *s, const ans_syn *list, sema_param *side) {
  bool ok = true;
  if (list && list->count > ANS_MAX_KEYS) { SEMA_ERR0(s, PARAM_KEY_LIMIT, list); return false; }
  for (uint32_t k = 0; list && k < list->count; k++) {
    const ans_syn *type = sema__child(list->child[k], 1);
    ok = sema__type(s, type, &side->key[k]) && param__key_type(s, type, side->key[k]) && ok;
    side->key_count++;
  }
  return ok;
}

void sema__declare_param(sema *s, const ans_syn *n) {
  const ans_syn *name = sema__child(n, 0), *type = sema__child(n, 2);
  uint32_t index = s->params.n, first = s->param_rows.n, rows = 0;
  sema_symbol *y = name && type ? sema__declare(s, SPACE_PARAM, 0, name, SYM_PARAM, index) : NULL;
  if (!y) return;
  ans_param p = {.name = sema__text(s, name), .label = sema__string(s, sema__child(n, 3)), .provision = n->flags & ANS_SYNF_AUXILIARY ? ANS_NONE : s->section, .first_row = first};
  sema_param side = {.tree = s->tree, .syn = n};
  bool ok = sema__type(s, type, &p.type) && param__key_type(s, type, p.type);
  ok = param__keys(s, sema__child(n, 1), &side) && ok;
  p.key_count = side.key_count;
  bool typed = ok;
  y->lost = !typed;
  for (uint32_t i = 4; typed && i < n->count; i++) /* every row, so that each mistake is shown */
    ok = n->child[i] && n->child[i]->kind == ANS_SYN_PARAM_ROW && param__block(s, n->child[i], p.type, &side, &rows) && ok;
  p.row_count = rows;
  if (rows) {
    qsort(VEC_AT(ans_param_row, s->param_rows, first), rows, sizeof(ans_param_row), param__order);
    param__close(VEC_AT(ans_param_row, s->param_rows, first), rows);
  }
  if (!ok) side.syn = NULL; /* reported: no coverage check */
  ans_param *slot = sema__push(s, &s->params, sizeof *slot, "4096 parameter / parameters");
  sema_param *extra = !slot ? NULL : sema__push(s, &s->param_side, sizeof *extra, "4096 parameter / parameters");
  if (slot) *slot = p;
  if (extra) *extra = side;
}

/* --- coverage ------------------------------------------------------------------------------------------------------- */
typedef struct param_check {
  sema *s;
  const ans_param *p;
  const sema_param *side;
  const ans_param_row *rows;
  int32_t day;
  int64_t at[ANS_MAX_KEYS];      /* keys of the elementary cell being looked at */
  bool inside, reported;         /* inside: gaps count (day in the package's span, keys in their domains) */
} param_check;

static const char *param__key_text(sema *s, ans_type t, int64_t v) {
  char text[ANS_NUMBER_TEXT];
  if (t.tag == ANS_T_ENUM) {
    const ans_enum *e = VEC_AT(ans_enum, s->enums, t.ref);
    return v >= 0 && v < e->value_count ? *VEC_AT(const char *, s->enum_values, e->first_value + (uint32_t)v) : "?";
  }
  if (t.tag == ANS_T_BOOL) return v ? "wahr" : "falsch";
  const bool day = t.tag == ANS_T_DATE && v >= ANS_DAY_MIN && v <= ANS_DAY_MAX, month = t.tag == ANS_T_MONTH && v > 0 && v < 120000;
  const bool number = t.tag != ANS_T_DATE && t.tag != ANS_T_MONTH;
  return sema__format(s, "%s", ans_number_format(day || month || number ? t : sema__plain(ANS_T_INT), v, true, text));
}

static void param__report(param_check *c, bool gap) {
  if (c->reported) return;
  c->reported = true;
  sema *s = c->s;
  char day[11];
  ans_date_format_de(c->day, day);
  const char *where = sema__format(s, "%s", day);
  for (uint32_t k = 0; k < c->side->key_count; k++) where = sema__format(s, "%s%s%s", where, k ? " / " : ", ", param__key_text(s, c->side->key[k], c->at[k]));
  const ans_syn *at = sema__child(c->side->syn, 0);
  if (gap) SEMA_ERR(s, PARAM_GAP, at, c->p->name, where);
  else SEMA_ERR(s, PARAM_OVERLAP, at, c->p->name, where);
}

/* The smallest and largest key that must be covered; *lo = INT64_MIN: from the first start named on. */
static void param__domain(sema *s, ans_type t, int64_t *lo, int64_t *hi) {
  *hi = INT64_MAX;
  *lo = INT64_MIN;
  if (t.tag == ANS_T_INT) *lo = 1;
  else if (t.tag == ANS_T_DECIMAL || t.tag == ANS_T_MONEY) *lo = 0;
  else if (t.tag == ANS_T_BOOL) { *lo = 0; *hi = 1; }
  else if (t.tag == ANS_T_ENUM) { *lo = 0; *hi = (int64_t)VEC_AT(ans_enum, s->enums, t.ref)->value_count - 1; }
}

typedef struct param_span { int64_t lo, hi; uint32_t row; } param_span;
static int param__span_order(const void *a, const void *b) {
  const param_span *x = a, *y = b;
  return x->lo != y->lo ? (x->lo < y->lo ? -1 : 1) : x->hi != y->hi ? (x->hi < y->hi ? -1 : 1) : 0;
}

/* --- overlaps: once for all pairs of rows, sorted by their first days -------------------------------------------------- */
static bool param__both(param_check *c, const ans_param_row *a, const ans_param_row *b) {
  const ans_param_row *later = a->promulgated_day > b->promulgated_day ? a : b;
  if (a->promulgated_day != b->promulgated_day && later->promulgated_day != later->from_day) return false; /* supersedes the other */
  for (uint32_t k = 0; k < c->side->key_count; k++)
    if (a->key_lo[k] > b->key_hi[k] || b->key_lo[k] > a->key_hi[k]) return false;
  return true;
}

static void param__overlaps(param_check *c) {
  uint32_t n = c->p->row_count;
  const ans_param_row *one = NULL, *two = NULL;
  for (uint32_t i = 0; i < n; i++)
    for (uint32_t k = i + 1; k < n && c->rows[k].from_day <= c->rows[i].to_day && (!two || c->rows[k].from_day < two->from_day); k++)
      if (param__both(c, &c->rows[i], &c->rows[k])) { one = &c->rows[i]; two = &c->rows[k]; }
  if (!two) return;
  c->day = two->from_day;
  for (uint32_t k = 0; k < c->side->key_count; k++) {
    int64_t lo, hi;
    param__domain(c->s, c->side->key[k], &lo, &hi);
    if (one->key_lo[k] > lo) lo = one->key_lo[k];
    c->at[k] = two->key_lo[k] > lo ? two->key_lo[k] : lo;
  }
  param__report(c, false);
}

/* --- gaps ------------------------------------------------------------------------------------------------------------- */
/* Spans of the last key: reports the first gap of its domain. Superseding rows lie over others and cover too. */
static void param__line(param_check *c, param_span *span, uint32_t n, uint32_t key) {
  int64_t next, last;
  param__domain(c->s, c->side->key[key], &next, &last);
  qsort(span, n, sizeof *span, param__span_order);
  if (!c->inside) return;
  if (next == INT64_MIN) next = n ? span[0].lo : 0;
  for (uint32_t i = 0; i < n && span[i].lo <= next; i++) {
    if (span[i].hi < next) continue;
    if (span[i].hi >= last) return;
    next = span[i].hi + 1;
  }
  c->at[key] = next;
  param__report(c, true);
}

static int param__number_order(const void *a, const void *b) {
  const int64_t *x = a, *y = b;
  return *x < *y ? -1 : *x > *y;
}

static void param__cells_of(param_check *c, const uint32_t *active, uint32_t n, uint32_t key);

/* All keys but the last: for each elementary interval of this key the rows that cover it must be complete in the following keys. */
static void param__grid(param_check *c, const uint32_t *active, uint32_t n, uint32_t key) {
  int64_t lo, hi, *cut = sema__alloc(c->s, 2 * (size_t)n + 2, sizeof *cut), from = INT64_MAX;
  uint32_t *inner = sema__alloc(c->s, n, sizeof *inner);
  if (!cut || !inner) return;
  param__domain(c->s, c->side->key[key], &lo, &hi);
  for (uint32_t i = 0; i < n; i++) if (c->rows[active[i]].key_lo[key] < from) from = c->rows[active[i]].key_lo[key];
  if (lo == INT64_MIN) lo = from;
  uint32_t cuts = 0;
  bool inside = c->inside;
  cut[cuts++] = lo;
  for (uint32_t i = 0; i < n; i++) {
    const ans_param_row *r = &c->rows[active[i]];
    cut[cuts++] = r->key_lo[key];
    if (r->key_hi[key] < hi) cut[cuts++] = r->key_hi[key] + 1;
  }
  qsort(cut, cuts, sizeof *cut, param__number_order);
  for (uint32_t k = 0; k < cuts && !c->reported; k++) {
    if ((k && cut[k] == cut[k - 1]) || cut[k] > hi) continue;
    uint32_t m = 0;
    for (uint32_t i = 0; i < n; i++) {
      const ans_param_row *r = &c->rows[active[i]];
      if (r->key_lo[key] <= cut[k] && cut[k] <= r->key_hi[key]) inner[m++] = active[i];
    }
    c->at[key] = cut[k];
    c->inside = inside && cut[k] >= lo;
    param__cells_of(c, inner, m, key + 1);
  }
  c->inside = inside;
}

static void param__cells_of(param_check *c, const uint32_t *active, uint32_t n, uint32_t key) {
  if (c->reported) return;
  for (uint32_t k = key + 1; k < c->side->key_count; k++) c->at[k] = 1;
  if (key + 1 < c->side->key_count) { param__grid(c, active, n, key); return; }
  param_span *span = sema__alloc(c->s, n, sizeof *span);
  if (!span) return;
  for (uint32_t i = 0; i < n; i++) span[i] = (param_span){c->rows[active[i]].key_lo[key], c->rows[active[i]].key_hi[key], active[i]};
  param__line(c, span, n, key);
}

static void param__day(param_check *c, uint32_t *active, uint32_t n) {
  if (c->side->key_count == 0) {
    if (n == 0 && c->inside) param__report(c, true);
    return;
  }
  param__cells_of(c, active, n, 0);
}

void sema__check_param(sema *s, uint32_t param) {
  param_check c = {s, VEC_AT(ans_param, s->params, param), VEC_AT(sema_param, s->param_side, param), NULL, 0, {1, 1, 1, 1}, true, false};
  if (!c.side->syn) return;
  sema__enter(s, c.side->tree);
  if (c.p->row_count > SEMA_MAX_ROWS_OF_PARAM) { SEMA_ERR(s, TOO_MANY, sema__child(c.side->syn, 0), "4096 Zeilen je Parameter / rows per parameter"); return; }
  c.rows = c.p->row_count ? VEC_AT(ans_param_row, s->param_rows, c.p->first_row) : NULL;
  param__overlaps(&c);
  int64_t first = ans_period_first(s->m->period_kind, s->packs[s->package].first_period), last = ans_period_last(s->m->period_kind, s->packs[s->package].last_period);
  uint32_t n = c.p->row_count, cuts = 0;
  int64_t *cut = sema__alloc(s, 2 * (size_t)n + 1, sizeof *cut);
  uint32_t *active = sema__alloc(s, n, sizeof *active);
  if (!cut || !active) return;
  cut[cuts++] = first;
  for (uint32_t i = 0; i < n; i++) {
    cut[cuts++] = c.rows[i].from_day;
    if (c.rows[i].to_day != ANS_OPEN_FUTURE) cut[cuts++] = (int64_t)c.rows[i].to_day + 1;
  }
  qsort(cut, cuts, sizeof *cut, param__number_order);
  for (uint32_t k = 0; k < cuts && !c.reported; k++) {
    if (k && cut[k] == cut[k - 1]) continue;
    uint32_t m = 0;
    for (uint32_t i = 0; i < n; i++)
      if (c.rows[i].from_day <= cut[k] && cut[k] <= c.rows[i].to_day) active[m++] = i;
    c.day = (int32_t)cut[k];
    c.inside = !s->no_span && cut[k] >= first && cut[k] <= last;
    if (c.inside) param__day(&c, active, m);
  }
}
